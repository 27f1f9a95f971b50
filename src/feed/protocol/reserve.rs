//! Money and accounts on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::{Exact, IdText, NameText, Time};
use super::words::BalanceWord;
use crate::domain::ids::{AccountId, SiteId};
use crate::domain::reserve::{Account, AsOf, Currency, Money};

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
