//! How far a value can be trusted, and what a total of such values is worth.

use std::time::Duration;

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

/// A value is stale at this many report periods (DESIGN.md, curtailment).
pub const STALE_PERIODS: u32 = 3;

/// A time that lies further ahead than clocks that were compared can differ is no time of a measurement.
const AHEAD: Duration = Duration::from_secs(5);

/// Is a value measured at `measured_at` (already corrected by the feed's skew) stale at `now`? One from the future is:
/// its age is not known, as when a clock was set back, and it must not look live until that time comes.
pub fn is_stale(measured_at: Timestamp, now: Timestamp, report_period: Duration) -> bool {
    let limit = report_period * STALE_PERIODS;
    measured_at.age(now) >= limit || now.age(measured_at) >= limit.max(AHEAD)
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
    if stated < Quality::Stale && is_stale(measured_at, now, report_period) {
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
        assert_eq!(judged(Quality::Good, at, now(0), period), Quality::Stale);
        assert_eq!(
            judged(Quality::Good, at, now(3_599_000), period),
            Quality::Good,
            "clocks are compared to within seconds, not better"
        );
    }
}
