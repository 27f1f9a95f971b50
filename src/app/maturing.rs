//! When the coins of the reserve mature: counted from the chain's tip as it is known best, and from when it was known.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::State;
use super::chain;
use super::fleet::Realm;
use super::holdings::{self, CHECKED_FOR, Heard, chosen, counted, heard};
use crate::domain::maturity::{self, TimeLine, Tip};
use crate::domain::reserve::{Account, AsOf, BalanceSource};

/// When coins mature.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maturities {
    /// By who says so.
    pub lines: BTreeMap<BalanceSource, TimeLine>,
    /// Accounts with immature coins that do not say of which blocks.
    pub silent: usize,
    /// Accounts whose blocks do not add up to what they say is immature, and the greatest difference.
    pub differ: usize,
    /// The greatest such difference, without its sign.
    pub by: Decimal,
    /// Accounts that are not heard of now, or old, or counted from a tip that is.
    pub unheard: usize,
    /// Bitcoin accounts looked at.
    pub accounts: usize,
}

/// When the coins of the account under the cursor mature, or of all that count.
pub fn maturities(state: &State) -> Maturities {
    let (looked_at, realm) = match chosen(state) {
        Some(one) if holdings::simulated(state, one.0) => (vec![one], Realm::Simulated),
        Some(one) => (vec![one], Realm::Real),
        None => (counted(state), holdings::realm(state)),
    };
    let network = network(state, realm);
    let mut tips = tips(state, realm);
    tips.extend(network);
    let mut found = Maturities::default();
    for (feed, account) in looked_at {
        if !account.currency.is_btc() {
            continue;
        }
        found.accounts += 1;
        let mut old = heard(state, feed, account) != Heard::Now;
        match (&account.maturing, tip(state, account, network, &tips)) {
            (Some(maturing), Some(tip)) => {
                old |= !maturing.is_empty() && tip.at.age(state.now) > CHECKED_FOR;
                let line = found.lines.entry(account.source).or_default();
                line.take(maturing, tip, old);
            }
            _ if !account.immature.is_zero() => found.silent += 1,
            _ => {}
        }
        found.unheard += usize::from(old);
        if let Some(difference) = maturity::difference(account) {
            found.differ += 1;
            found.by = found.by.max(difference.abs());
        }
    }
    found
}

/// The tip that an account's coins are counted from: the furthest that is known of its chain. Its own is as old as its
/// statement, and blocks have been found since.
/// An account that names no block counts from the network's.
fn tip(state: &State, account: &Account, network: Option<Tip>, tips: &[Tip]) -> Option<Tip> {
    let own = account.as_of.as_ref().map(|as_of| of(state, as_of));
    let own = own.or(network)?;
    let known = tips.iter().copied().filter(|tip| tip.follows(own));
    known.chain([own]).max()
}

fn network(state: &State, realm: Realm) -> Option<Tip> {
    let known = chain::network(state, realm)?;
    Some(Tip {
        height: known.network.height,
        at: known.network.measured_at.min(state.now),
    })
}

/// What our own nodes read the accounts of this realm at; what is only claimed is good for its own account alone.
fn tips(state: &State, realm: Realm) -> Vec<Tip> {
    let simulated = realm == Realm::Simulated;
    let of_node = state.reserve.iter().filter(|((feed, _), account)| {
        account.source == BalanceSource::Node && holdings::simulated(state, *feed) == simulated
    });
    let mut tips: Vec<Tip> = of_node
        .filter_map(|(_, account)| account.as_of.as_ref())
        .map(|as_of| of(state, as_of))
        .collect();
    tips.sort_unstable();
    tips.dedup();
    tips
}

/// A time that is dated ahead counts as now.
fn of(state: &State, as_of: &AsOf) -> Tip {
    Tip {
        height: as_of.height,
        at: as_of.time.min(state.now),
    }
}
