//! Money, accounts, rates and inflow on the wire.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::field::{DayText, Exact, IdText, NameText, Time, few};
use super::words::BalanceWord;
use crate::domain::ids::{AccountId, SiteId};
use crate::domain::inflow::{InflowDay, InflowRow, MOST_ROWS};
use crate::domain::rates::{LEAST_PER_BTC, MOST_PER_BTC, Rate};
use crate::domain::reserve::{Account, AsOf, Currency, MOST_MATURING, Maturing, Money, Network};
use crate::domain::units::Sats;

/// An exact amount of a currency.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "money")]
pub(super) struct MoneyWire {
    amount: Exact,
    currency: IdText,
}

/// The block up to which a balance counts.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "as_of")]
pub(super) struct AsOfWire {
    height: u32,
    hash: NameText,
    time: Time,
}

/// A coinbase that can't be spent yet.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "maturing")]
pub(super) struct MaturingWire {
    /// Height of the coinbase's own block; each once.
    height: u32,
    /// What it pays into the account, above zero.
    amount: Exact,
}

fn coinbases<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<MaturingWire>, D::Error> {
    few::<D, MaturingWire, MOST_MATURING>(from)
}

/// At most 200 coinbases, each height once.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct MaturingList(
    #[serde(deserialize_with = "coinbases")]
    #[schemars(length(max = 200))]
    Vec<MaturingWire>,
);

/// One account of the reserve.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "account")]
pub(super) struct AccountWire {
    id: IdText,
    label: NameText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<IdText>,
    currency: IdText,
    mature: Exact,
    immature: Exact,
    pending: Exact,
    /// What `immature` is made of, where the server knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maturing: Option<MaturingList>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<AsOfWire>,
    source: BalanceWord,
    measured_at: Time,
}

impl From<&Money> for MoneyWire {
    fn from(money: &Money) -> Self {
        Self {
            amount: Exact(money.amount),
            currency: IdText::share(&money.currency.0),
        }
    }
}

impl From<MoneyWire> for Money {
    fn from(wire: MoneyWire) -> Self {
        Self {
            amount: wire.amount.0,
            currency: Currency(wire.currency.0),
        }
    }
}

impl From<&Account> for AccountWire {
    fn from(account: &Account) -> Self {
        Self {
            id: IdText::of(account.id.as_str()),
            label: NameText::share(&account.label),
            site: account.site.as_ref().map(|site| IdText::of(site.as_str())),
            currency: IdText::share(&account.currency.0),
            mature: Exact(account.mature),
            immature: Exact(account.immature),
            pending: Exact(account.pending),
            maturing: account.maturing.as_ref().map(|all| {
                let shown = all.iter().take(MOST_MATURING);
                let wire = shown.map(|coinbase| MaturingWire {
                    height: coinbase.height,
                    amount: Exact(coinbase.amount),
                });
                MaturingList(wire.collect())
            }),
            as_of: account.as_of.as_ref().map(|as_of| AsOfWire {
                height: as_of.height,
                hash: NameText::share(&as_of.hash),
                time: Time(as_of.time),
            }),
            source: account.source.into(),
            measured_at: Time(account.measured_at),
        }
    }
}

/// Each height once, and each amount above zero: anything else could be counted twice, or hide what is there.
fn coinbases_of(wire: MaturingList) -> Result<Vec<Maturing>, Absurd> {
    let mut heights = BTreeSet::new();
    wire.0
        .into_iter()
        .map(|coinbase| {
            let sane = coinbase.amount.0 > Decimal::ZERO && heights.insert(coinbase.height);
            sane.then_some(Maturing {
                height: coinbase.height,
                amount: coinbase.amount.0,
            })
            .ok_or(Absurd)
        })
        .collect()
}

impl TryFrom<AccountWire> for Account {
    type Error = Absurd;

    fn try_from(wire: AccountWire) -> Result<Self, Absurd> {
        Ok(Self {
            id: AccountId::new(wire.id.as_str()),
            label: wire.label.0,
            site: wire.site.map(|site| SiteId::new(site.as_str())),
            currency: Currency(wire.currency.0),
            mature: wire.mature.0,
            immature: wire.immature.0,
            pending: wire.pending.0,
            maturing: wire.maturing.map(coinbases_of).transpose()?,
            as_of: wire.as_of.map(|as_of| AsOf {
                height: as_of.height,
                hash: as_of.hash.0,
                time: as_of.time.0,
            }),
            source: wire.source.into(),
            measured_at: wire.measured_at.0,
        })
    }
}

/// The bitcoin network as the reserve's own node sees it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "network")]
pub(super) struct NetworkWire {
    /// Of the next block, at least 2^-32.
    difficulty: f64,
    /// Subsidy and usual fees of a block, at most 21 million BTC.
    reward_sat: u64,
    height: u32,
    measured_at: Time,
}

impl From<Network> for NetworkWire {
    fn from(network: Network) -> Self {
        Self {
            difficulty: network.difficulty,
            reward_sat: u64::try_from(network.reward.sat()).unwrap_or(0),
            height: network.height,
            measured_at: Time(network.measured_at),
        }
    }
}

/// What can't be.
#[derive(Debug)]
pub(super) struct Absurd;

impl TryFrom<NetworkWire> for Network {
    type Error = Absurd;

    fn try_from(wire: NetworkWire) -> Result<Self, Absurd> {
        // 2^224 is the difficulty at which not one hash is left.
        let likely = (1.0 / 4_294_967_296.0..2f64.powi(224)).contains(&wire.difficulty);
        let reward = i64::try_from(wire.reward_sat)
            .ok()
            .filter(|sat| *sat <= 2_100_000_000_000_000);
        match reward {
            Some(reward) if likely => Ok(Self {
                difficulty: wire.difficulty,
                reward: Sats::from_sat(reward),
                height: wire.height,
                measured_at: wire.measured_at.0,
            }),
            _ => Err(Absurd),
        }
    }
}

/// What a bitcoin is worth, as the source states it. At most 16 currencies of a feed are kept.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "rate")]
pub(super) struct RateWire {
    /// Not `BTC`.
    currency: IdText,
    /// Above zero, 10^-8 to 10^15.
    per_btc: Exact,
    /// Of when the rate is.
    at: Time,
    source: NameText,
}

impl From<&Rate> for RateWire {
    fn from(rate: &Rate) -> Self {
        Self {
            currency: IdText::share(&rate.currency.0),
            per_btc: Exact(rate.per_btc),
            at: Time(rate.at),
            source: NameText::share(&rate.source),
        }
    }
}

impl TryFrom<RateWire> for Rate {
    type Error = Absurd;

    fn try_from(wire: RateWire) -> Result<Self, Absurd> {
        let currency = Currency(wire.currency.0);
        let sane = (LEAST_PER_BTC..=MOST_PER_BTC).contains(&wire.per_btc.0);
        if currency.is_btc() || !sane {
            return Err(Absurd);
        }
        Ok(Self {
            currency,
            per_btc: wire.per_btc.0,
            at: wire.at.0,
            source: wire.source.0,
        })
    }
}

/// What came in for a site on a day.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "inflow_row")]
struct InflowRowWire {
    /// None for the nation's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<IdText>,
    /// Not negative.
    amount: Exact,
    currency: IdText,
    source: BalanceWord,
}

fn rows<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<InflowRowWire>, D::Error> {
    few::<D, InflowRowWire, MOST_ROWS>(from)
}

/// What came in on a day. A day that is over is final; it need not be repeated outside of snapshots. At most 31 days and
/// 5,000 rows of a feed are kept, the youngest.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "inflow")]
pub(super) struct InflowWire {
    /// A day of UTC.
    day: DayText,
    /// Each site, currency and source once; of more sites than fit the 200 that earned most.
    #[serde(deserialize_with = "rows")]
    #[schemars(length(max = 500))]
    rows: Vec<InflowRowWire>,
    measured_at: Time,
}

impl From<&InflowDay> for InflowWire {
    fn from(inflow: &InflowDay) -> Self {
        let row = |row: &InflowRow| InflowRowWire {
            site: row.site.as_ref().map(|site| IdText::of(site.as_str())),
            amount: Exact(row.money.amount),
            currency: IdText::share(&row.money.currency.0),
            source: row.source.into(),
        };
        Self {
            day: DayText(inflow.day),
            rows: inflow.rows.iter().take(MOST_ROWS).map(row).collect(),
            measured_at: Time(inflow.measured_at),
        }
    }
}

impl TryFrom<InflowWire> for InflowDay {
    type Error = Absurd;

    fn try_from(wire: InflowWire) -> Result<Self, Absurd> {
        let mut seen = BTreeSet::new();
        let row = |row: InflowRowWire| {
            let site = row.site.map(|site| SiteId::new(site.as_str()));
            let (currency, source) = (Currency(row.currency.0), row.source.into());
            let sane = row.amount.0 >= Decimal::ZERO
                && seen.insert((site.clone(), currency.clone(), source));
            sane.then_some(InflowRow {
                site,
                money: Money {
                    amount: row.amount.0,
                    currency,
                },
                source,
            })
            .ok_or(Absurd)
        };
        Ok(Self {
            day: wire.day.0,
            rows: wire.rows.into_iter().map(row).collect::<Result<_, _>>()?,
            measured_at: wire.measured_at.0,
        })
    }
}

#[cfg(test)]
mod tests;
