//! How far a value can be trusted, and what a total of such values is worth.

use std::time::Duration;

use super::sentence::{Sentence, told};
use super::time::Timestamp;

/// The quality of a value from a feed, best first. `Ord` puts the worst last, so `max` gives the worst of several.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum Quality {
    /// Measured, fresh and plausible.
    #[default]
    Good,
    /// There, but estimated, reported by firmware only, or with a fault beside it.
    Uncertain,
    /// True once; too old now.
    Stale,
    /// Not usable: refused, absurd or missing.
    Bad,
}

impl Quality {
    /// The word on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain => "uncertain",
            Self::Stale => "stale",
            Self::Bad => "bad",
        }
    }
}

/// What makes a value doubtful beside its age and its sender's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Concern {
    /// Nothing.
    #[default]
    None,
    /// Its sender reports too rarely to act on, and says so.
    Slow,
    /// The clock that stamped it was set, and is not yet confirmed.
    ClockSet,
    /// That clock does not run as ours: in thousandths of our rate.
    ClockWrong(i64),
}

impl Concern {
    /// The best that a value can be with it.
    pub const fn at_best(self) -> Quality {
        match self {
            Self::None => Quality::Good,
            Self::Slow | Self::ClockSet => Quality::Uncertain,
            Self::ClockWrong(_) => Quality::Bad,
        }
    }

    /// What is said of it.
    pub fn sentence(self) -> Sentence {
        match self {
            Self::None => Sentence::default(),
            Self::Slow => told!("reports-rarely", "reports too rarely to act on"),
            Self::ClockSet => told!("clock-set-now", "clock was set just now"),
            Self::ClockWrong(permille) => match rate(permille) {
                Rate::Still => told!("clock-still", "clock stands still"),
                Rate::Slow(n) => told!("clock-slow", "clock runs {n} % slow", n = n),
                Rate::Fast(n) => told!("clock-fast", "clock runs {n} % fast", n = n),
            },
        }
    }
}

/// How a clock that does not run as ours runs, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Not at all.
    Still,
    /// Too slow by so much.
    Slow(i64),
    /// Too fast by so much.
    Fast(i64),
}

/// Thousandths of our rate in words.
pub const fn rate(permille: i64) -> Rate {
    match permille {
        // As near as a slow line can tell.
        -50..=50 => Rate::Still,
        ..1_000 => Rate::Slow((1_000 - permille + 5) / 10),
        _ => Rate::Fast((permille - 1_000 + 5) / 10),
    }
}

/// Nothing older than this is acted on without a warning, whatever its sender calls its report period.
pub const SLOW_AFTER: Duration = Duration::from_secs(30);
/// Ages beyond this are told where a plan is made.
pub const TELL_AGE: Duration = Duration::from_secs(10);

/// A value is stale at this many report periods (DESIGN.md, curtailment).
pub const STALE_PERIODS: u32 = 3;

/// A time that lies further ahead than clocks that were compared can differ is no time of a measurement.
pub const AHEAD: Duration = Duration::from_secs(5);

/// Is a value measured at `measured_at` (already corrected by the feed's skew) stale at `now`?
pub fn is_stale(measured_at: Timestamp, now: Timestamp, report_period: Duration) -> bool {
    measured_at.age(now) >= report_period * STALE_PERIODS
}

/// Does it lie further ahead than clocks that were compared can differ? Then its age is not known, and it must not look
/// live until that time comes.
pub fn is_ahead(measured_at: Timestamp, now: Timestamp) -> bool {
    now.age(measured_at) >= AHEAD
}

/// When a value that is heard now and not again will be stale.
pub fn stale_from(measured_at: Timestamp, report_period: Duration) -> Timestamp {
    measured_at + report_period * STALE_PERIODS
}

/// The quality that is shown: what the sender said, or worse by age.
pub fn judged(
    stated: Quality,
    measured_at: Timestamp,
    now: Timestamp,
    report_period: Duration,
) -> Quality {
    if is_ahead(measured_at, now) {
        Quality::Bad
    } else if stated < Quality::Stale && is_stale(measured_at, now, report_period) {
        Quality::Stale
    } else {
        stated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_periods_make_a_value_stale_and_never_better() {
        let period = Duration::from_secs(1);
        let at = Timestamp::from_millis(10_000);
        let now = |ms| Timestamp::from_millis(ms);
        assert_eq!(
            judged(Quality::Good, at, now(12_999), period),
            Quality::Good
        );
        assert_eq!(
            judged(Quality::Good, at, now(13_000), period),
            Quality::Stale
        );
        assert_eq!(stale_from(at, period), now(13_000));
        assert_eq!(judged(Quality::Bad, at, now(90_000), period), Quality::Bad);
    }

    #[test]
    fn a_value_from_the_future_is_not_live() {
        let period = Duration::from_secs(1);
        let at = Timestamp::from_millis(3_600_000);
        let now = |ms| Timestamp::from_millis(ms);
        for period in [period, Duration::from_hours(24)] {
            assert_eq!(judged(Quality::Good, at, now(0), period), Quality::Bad);
        }
        assert_eq!(
            judged(Quality::Good, at, now(3_599_000), period),
            Quality::Good,
            "clocks are compared to within seconds, not better"
        );
    }
}
