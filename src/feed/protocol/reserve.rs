//! Money and accounts on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::{Exact, IdText, NameText, Time};
use super::words::BalanceWord;
use crate::domain::ids::{AccountId, SiteId};
use crate::domain::reserve::{Account, AsOf, Currency, Money, Network};
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

impl From<AccountWire> for Account {
    fn from(wire: AccountWire) -> Self {
        Self {
            id: AccountId::new(wire.id.as_str()),
            label: wire.label.0,
            site: wire.site.map(|site| SiteId::new(site.as_str())),
            currency: Currency(wire.currency.0),
            mature: wire.mature.0,
            immature: wire.immature.0,
            pending: wire.pending.0,
            as_of: wire.as_of.map(|as_of| AsOf {
                height: as_of.height,
                hash: as_of.hash.0,
                time: as_of.time.0,
            }),
            source: wire.source.into(),
            measured_at: wire.measured_at.0,
        }
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

/// A network that can't be.
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
