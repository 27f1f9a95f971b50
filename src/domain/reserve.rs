//! Accounts of the state reserve.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;

use super::ids::{AccountId, SiteId};
use super::rates::{AHEAD, Freshness};
use super::time::Timestamp;
use super::units::{Hashrate, Sats};

/// A currency's code, `BTC`, `BYN`, `BYN-D`, ...
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Currency(pub Arc<str>);

impl Currency {
    /// Is it bitcoin?
    pub fn is_btc(&self) -> bool {
        &*self.0 == "BTC"
    }
}

/// An exact amount of some currency.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Money {
    /// Exact; never a float.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

/// Who says so.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum BalanceSource {
    /// A statement; nobody here has checked it.
    Claimed,
    /// Read from a bitcoin node of our own.
    Node,
}

impl BalanceSource {
    /// What is checked first.
    pub const ALL: [Self; 2] = [Self::Node, Self::Claimed];

    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Node => "node",
        }
    }
}

/// The block up to which a balance counts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AsOf {
    /// Height of the block.
    pub height: u32,
    /// Its hash, hexadecimal, as displayed.
    pub hash: Arc<str>,
    /// When it was read.
    pub time: Timestamp,
}

/// The most coinbases of one account that may be maturing.
pub const MOST_MATURING: usize = 200;

/// A coinbase that is not deep enough to be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Maturing {
    /// Height of its block.
    pub height: u32,
    /// What it pays into the account, above zero.
    pub amount: Decimal,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Account {
    /// Unique in the nation.
    pub id: AccountId,
    /// For people.
    pub label: Arc<str>,
    /// The site it belongs to; none for the nation's own.
    pub site: Option<SiteId>,
    /// Of what.
    pub currency: Currency,
    /// Spendable.
    pub mature: Decimal,
    /// Mined, not yet 100 blocks deep.
    pub immature: Decimal,
    /// Owed by pools and the like.
    pub pending: Decimal,
    /// Up to which block.
    pub as_of: Option<AsOf>,
    /// What `immature` is made of, at most [`MOST_MATURING`] coinbases, each height once; none where the feed does not say.
    pub maturing: Option<Vec<Maturing>>,
    /// Who says so.
    pub source: BalanceSource,
    /// When it was stated, by the sender's clock corrected by the skew.
    pub measured_at: Timestamp,
}

/// The bitcoin network as the reserve's own node sees it.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Network {
    /// Difficulty of the next block.
    #[serde(with = "super::exact")]
    pub difficulty: f64,
    /// Subsidy and usual fees of a block.
    pub reward: Sats,
    /// Height of the tip.
    pub height: u32,
    /// When it was read, by the sender's clock corrected by the skew.
    pub measured_at: Timestamp,
}

impl Network {
    /// From this age on it is marked: the tip has moved on since, most likely.
    pub const STALE_AFTER: Duration = Duration::from_mins(30);
    /// From this age on nothing is reckoned by it. The difficulty changes every 2,016 blocks, some two weeks, so in six
    /// hours it is another one time in fifty only, by some percent; but usual fees change with the time of the day.
    pub const USED_FOR: Duration = Duration::from_hours(6);

    /// What its age makes of it at `now`.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        if self.measured_at > now + AHEAD {
            return Freshness::Ahead;
        }
        match self.measured_at.age(now) {
            age if age <= Self::STALE_AFTER => Freshness::Fresh,
            age if age <= Self::USED_FOR => Freshness::Stale,
            _ => Freshness::TooOld,
        }
    }

    /// What a hashrate earns in an hour, in the mean: 2^32 hashes times the difficulty make one block.
    pub fn sats_per_hour(&self, hashrate: Hashrate) -> Option<Sats> {
        let blocks = hashrate.hs() * 3_600.0 / (self.difficulty * 4_294_967_296.0);
        let sats = blocks * self.reward.sat() as f64;
        (sats.is_finite() && sats.abs() < 9e15).then(|| Sats::from_sat(sats.round() as i64))
    }
}

/// A decimal number of bitcoin as satoshi; none where it has more than eight decimals or exceeds 21 million by far.
pub fn btc_to_sats(btc: Decimal) -> Option<Sats> {
    let scaled = btc.checked_mul(Decimal::from(100_000_000))?;
    if scaled.fract() != Decimal::ZERO {
        return None;
    }
    i64::try_from(scaled).ok().map(Sats::from_sat)
}

/// Bitcoin with eight decimals and a point, what is beyond them cut off.
pub fn btc_text(amount: Decimal) -> String {
    // Formatting a decimal number panics where its digits and the zeros asked for exceed its buffer of some thirty.
    if amount.abs() < Decimal::from(1_000_000_000_000_000_u64) {
        return format!("{amount:.8}");
    }
    let decimals = format!("{:.8}", amount.fract().abs());
    let decimals = decimals.strip_prefix('0').unwrap_or_default();
    format!("{}{decimals}", amount.trunc())
}

/// A sum that never panics: beyond the greatest decimal number there is it stays there.
pub fn plus(a: Decimal, b: Decimal) -> Decimal {
    a.checked_add(b).unwrap_or(if a.is_sign_negative() {
        Decimal::MIN
    } else {
        Decimal::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sats_are_exact() {
        let btc: Decimal = "12408.11302511".parse().unwrap_or_default();
        assert_eq!(btc_to_sats(btc), Some(Sats::from_sat(1_240_811_302_511)));
        let text = |text: &str| btc_text(text.parse().unwrap_or_default());
        assert_eq!(text("12408.11302511"), "12408.11302511");
        assert_eq!(text("-0.5"), "-0.50000000");
        assert_eq!(text("3.123456789"), "3.12345678");
        let beyond = "-79228162514264337593543950335.00000000";
        assert_eq!(btc_text(Decimal::MIN), beyond, "and does not panic");
        let many = "-1000000000000000.12345678";
        assert_eq!(text(many), many);
        let dust: Decimal = "0.000000001".parse().unwrap_or_default();
        assert_eq!(btc_to_sats(dust), None);
    }
}
