//! What comes into the reserve, by day and by site. A day is one of UTC, the same for every desk.

use std::time::Duration;

use rust_decimal::Decimal;

use super::history::Answer;
use super::ids::SiteId;
use super::reserve::{BalanceSource, Money};
use super::time::Timestamp;

/// Days that are kept and shown, today included.
pub const MOST_DAYS: usize = 31;
/// Rows of one day.
pub const MOST_ROWS: usize = 500;
/// Rows of all days of a feed that are kept; the oldest days go first.
pub const MOST_ROWS_KEPT: usize = 5_000;

const A_DAY: Duration = Duration::from_hours(24);
const A_DAY_MS: i64 = 86_400_000;

/// A day of UTC, counted from 1970-01-01.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Day(pub i32);

impl Day {
    /// The day of a time.
    pub fn of(at: Timestamp) -> Self {
        let days = at.millis().div_euclid(A_DAY_MS);
        // Days of any time in milliseconds are some 10^11 at most: those beyond an i32 are no calendar's.
        Self(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// When it begins.
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(i64::from(self.0) * A_DAY_MS)
    }

    /// So many days before it.
    #[must_use]
    pub fn before(self, days: usize) -> Self {
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        Self(self.0.saturating_sub(days))
    }
}

/// What came into one account of the books on a day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InflowRow {
    /// Which site earned it; none for the nation's own.
    pub site: Option<SiteId>,
    /// How much, not negative.
    pub money: Money,
    /// Who says so.
    pub source: BalanceSource,
}

/// What came in on one day; at most [`MOST_ROWS`] rows, each site, currency and source once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InflowDay {
    /// Which day.
    pub day: Day,
    /// By site.
    pub rows: Vec<InflowRow>,
    /// When it was stated, by the sender's clock corrected by the skew.
    pub measured_at: Timestamp,
}

/// By how much a balance grew on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Negative where more went out than came in.
    pub amount: Decimal,
    /// A part of one of its two days is not known, or was uncertain.
    pub unsure: bool,
}

/// The growth of each of `count` days from `first` on, the last of them today and not over yet, of a series in sat that was asked for by days of UTC. A day that
/// is not known, or whose eve is not, is a gap: nothing is spread over days that nobody saw.
pub fn growth(answer: &Answer, first: Day, count: usize) -> Vec<Option<Growth>> {
    let of = |day: Day| answer.at(day.start()).filter(|_| answer.step == A_DAY);
    let day = |index: usize| {
        Day(first
            .0
            .saturating_add(i32::try_from(index).unwrap_or(i32::MAX)))
    };
    (0..count)
        .map(|index| {
            let (eve, this) = (of(day(index).before(1))?, of(day(index))?);
            let sat = this.last.checked_sub(eve.last)?;
            let is_today = index + 1 == count;
            let known = eve.coverage > 0.9 && (is_today || this.coverage > 0.9);
            Some(Growth {
                amount: Decimal::new(sat, 8),
                unsure: !known || this.unsure > 0.0 || eve.unsure > 0.0,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::history::{Bucket, Grain, Series};

    fn bucket(last: i64, coverage: f32) -> Bucket {
        Bucket {
            min: last,
            max: last,
            mean: last,
            last,
            coverage,
            unsure: 0.0,
        }
    }

    fn answer(first: Day, buckets: Vec<Option<Bucket>>) -> Answer {
        Answer {
            gateway: None,
            series: Series::ReserveOf(BalanceSource::Node),
            from: first.start(),
            step: A_DAY,
            grain: Grain::Quarter,
            buckets,
        }
    }

    #[test]
    fn a_day_is_the_difference_to_its_eve_and_a_gap_stays_one() {
        let first = Day(20_000);
        let buckets = vec![
            Some(bucket(500, 1.0)),
            Some(bucket(800, 1.0)),
            None,
            Some(bucket(900, 1.0)),
            Some(bucket(850, 0.5)),
            Some(bucket(860, 1.0)),
            Some(bucket(861, 0.3)),
        ];
        let grown = growth(&answer(first, buckets), first, 7);
        let amount = |at: usize| grown[at].map(|g| g.amount);
        assert_eq!(amount(0), None, "its eve is not known");
        assert_eq!(amount(1), Some(Decimal::new(300, 8)));
        assert_eq!(amount(2), None);
        assert_eq!(amount(3), None, "two days' growth is not one day's");
        assert_eq!(amount(4), Some(Decimal::new(-50, 8)), "spent");
        assert_eq!(grown[1].map(|g| g.unsure), Some(false));
        assert_eq!(grown[4].map(|g| g.unsure), Some(true));
        assert_eq!(
            grown[5].map(|g| g.unsure),
            Some(true),
            "its eve was half seen"
        );
        assert_eq!(grown[6].map(|g| g.unsure), Some(false), "today is not over");
    }

    #[test]
    fn other_steps_than_days_say_nothing() {
        let first = Day(20_000);
        let mut answer = answer(first, vec![Some(bucket(1, 1.0)); 3]);
        answer.step = Duration::from_hours(25);
        assert_eq!(growth(&answer, first, 3), [None, None, None]);
    }

    #[test]
    fn days_begin_at_midnight_of_utc() {
        let at = Timestamp::from_millis(1_768_484_701_007);
        assert_eq!(
            Day::of(at).start(),
            Timestamp::from_millis(1_768_435_200_000)
        );
        assert_eq!(Day::of(Day(7).start()), Day(7));
        assert_eq!(Day::of(Timestamp::from_millis(-1)), Day(-1));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(from: i64, first: i32, lasts: Vec<Option<i64>>, count in 0usize..60) {
            let mut answer = answer(Day(0), lasts.into_iter().map(|l| l.map(|l| bucket(l, 1.0))).collect());
            answer.from = Timestamp::from_millis(from);
            prop_assert_eq!(growth(&answer, Day(first), count).len(), count);
            let _ = Day::of(Timestamp::from_millis(from)).before(count);
        }
    }
}
