//! What a bitcoin is worth, as somebody states it: for a look at the reserve, never for a payment.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;

use super::reserve::Currency;
use super::time::Timestamp;

/// The most rates that one feed may state.
pub const MOST_RATES: usize = 16;
/// From this age on a rate is marked.
pub const STALE_AFTER: Duration = Duration::from_hours(1);
/// From this age on it is not used.
pub const USED_FOR: Duration = Duration::from_hours(24);
/// A rate may be dated so far ahead: clocks differ.
pub(super) const AHEAD: Duration = Duration::from_mins(1);
/// Less of a currency than this, or more than [`MOST_PER_BTC`], nobody pays for a bitcoin.
pub const LEAST_PER_BTC: Decimal = Decimal::from_parts(1, 0, 0, false, 8);
/// A thousand million times what a bitcoin was worth in roubles in 2025, and some.
pub const MOST_PER_BTC: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// How much of a currency one bitcoin is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rate {
    /// Of which currency; never bitcoin itself.
    pub currency: Currency,
    /// So much of it for one bitcoin, [`LEAST_PER_BTC`] to [`MOST_PER_BTC`].
    pub per_btc: Decimal,
    /// Of when, by the sender's clock corrected by the skew.
    pub at: Timestamp,
    /// Who states it, for people.
    pub source: Arc<str>,
}

/// What the age of a rate, or of another figure that is good for hours, makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As it stands now: a rate of less than an hour.
    Fresh,
    /// Marked, and still used: a rate of up to a day.
    Stale,
    /// Older: not used.
    TooOld,
    /// Dated ahead of now: its age is not known, so it is not used.
    Ahead,
}

impl Rate {
    /// What its age makes of it at `now`.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        if self.at > now + AHEAD {
            return Freshness::Ahead;
        }
        match self.at.age(now) {
            age if age < STALE_AFTER => Freshness::Fresh,
            age if age <= USED_FOR => Freshness::Stale,
            _ => Freshness::TooOld,
        }
    }

    /// So much bitcoin in this currency, exact; none where the rate is not used at `now`, or where no decimal number
    /// holds it.
    pub fn worth(&self, btc: Decimal, now: Timestamp) -> Option<Decimal> {
        match self.freshness(now) {
            Freshness::Fresh | Freshness::Stale => self.per_btc.checked_mul(btc),
            Freshness::TooOld | Freshness::Ahead => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_768_484_701_000);

    fn rate(per_btc: &str, age: Duration) -> Rate {
        Rate {
            currency: Currency("BYN".into()),
            per_btc: per_btc.parse().unwrap_or_default(),
            at: NOW - age,
            source: "NBRB".into(),
        }
    }

    #[test]
    fn the_bounds_are_what_they_say() {
        assert_eq!(LEAST_PER_BTC.to_string(), "0.00000001");
        assert_eq!(MOST_PER_BTC.to_string(), "1000000000000000");
    }

    #[test]
    fn a_worth_is_exact() {
        let btc: Decimal = "11708.50000001".parse().unwrap_or_default();
        let worth = rate("105432.10", Duration::from_mins(12)).worth(btc, NOW);
        let exact = "1234451742.8510543210";
        assert_eq!(worth.map(|w| w.to_string()).as_deref(), Some(exact));
    }

    #[test]
    fn an_old_rate_is_marked_and_then_not_used() {
        let of = |age| rate("3", age).freshness(NOW);
        let hour = Duration::from_hours(1);
        let second = Duration::from_secs(1);
        assert_eq!(of(Duration::from_secs(3_599)), Freshness::Fresh);
        assert_eq!(of(hour), Freshness::Stale);
        assert_eq!(of(hour * 24), Freshness::Stale);
        assert_eq!(of(hour * 24 + second), Freshness::TooOld);
        assert!(rate("3", hour * 25).worth(Decimal::ONE, NOW).is_none());
        let mut ahead = rate("3", Duration::ZERO);
        ahead.at = NOW + Duration::from_mins(2);
        assert_eq!(ahead.freshness(NOW), Freshness::Ahead, "not fresh for ever");
        assert!(ahead.worth(Decimal::ONE, NOW).is_none());
    }

    proptest! {
        #[test]
        fn a_worth_never_panics(a: i128, b: i128, scale in 0u32..=28, millis: i64) {
            let decimal = |digits: i128| Decimal::from_i128_with_scale(digits % (1 << 95), scale);
            let mut rate = rate("1", Duration::ZERO);
            rate.per_btc = decimal(a);
            rate.at = Timestamp::from_millis(millis);
            let _ = rate.worth(decimal(b), NOW);
        }
    }
}
