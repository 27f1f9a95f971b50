//! The reserve as the screens show it: accounts by currency, what is checked beside what is claimed (never added up), what
//! came in, and what it is worth.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;

use super::feeds::Feed;
use super::fleet::Realm;
use super::{MAX_ACCOUNTS, MAX_FEED_ACCOUNTS, Size, State};
use crate::domain::ids::{AccountId, FeedId, SiteId};
use crate::domain::inflow::{Day, InflowDay, MOST_DAYS, MOST_ROWS_KEPT};
use crate::domain::link::Topic;
use crate::domain::rates::{Freshness, MOST_RATES, Rate};
use crate::domain::reserve::{Account, BalanceSource, Currency, plus};
use crate::domain::time::Timestamp;

/// A balance that our node has not read for three blocks' time is old; a statement is as old as it says.
pub(super) const CHECKED_FOR: Duration = Duration::from_mins(30);

/// The lower part of the Reserve screen, where there is room for one part alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Pane {
    /// When coins mature.
    #[default]
    TimeLine,
    /// What came in.
    Inflow,
    /// What it is worth.
    Rates,
}

impl Pane {
    /// The next one, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::TimeLine => Self::Inflow,
            Self::Inflow => Self::Rates,
            Self::Rates => Self::TimeLine,
        }
    }
}

/// How many panes a terminal has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Accounts alone.
    None,
    /// One, which `v` changes.
    One,
    /// All of them.
    All,
}

/// The room of a terminal.
pub const fn room(size: Size) -> Room {
    match (size.columns, size.rows) {
        (110.., 34..) => Room::All,
        (56.., 20..) => Room::One,
        _ => Room::None,
    }
}

/// What feeds state beside accounts, and which part of it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Rates by feed and currency.
    pub rates: BTreeMap<(FeedId, Currency), Rate>,
    /// Inflow by feed and day.
    pub inflow: BTreeMap<(FeedId, Day), InflowDay>,
    /// The pane shown.
    pub pane: Pane,
}

/// Takes accounts, and gives how many there was no room for. Each feed has room for its share alone, so that no feed,
/// hostile or simulated, leaves another's accounts out.
pub(super) fn take_accounts(state: &mut State, feed: FeedId, accounts: Vec<Account>) -> usize {
    let share = MAX_FEED_ACCOUNTS.min(MAX_ACCOUNTS / state.feeds.len().max(1));
    let mut held = state.reserve.keys().filter(|(id, _)| *id == feed).count();
    let mut left = 0;
    for account in accounts {
        let key = (feed, account.id.clone());
        if !state.reserve.contains_key(&key) {
            if held >= share {
                left += 1;
                continue;
            }
            held += 1;
        }
        state.reserve.insert(key, account);
    }
    left
}

/// Accounts that there was no room for.
pub fn left_out(state: &State) -> usize {
    let of = |feed: &Feed| feed.left_out(Topic::Reserve);
    state.feeds.iter().map(of).fold(0, usize::saturating_add)
}

/// Takes a rate; a feed has room for [`MOST_RATES`] of its own.
pub(super) fn take_rate(state: &mut State, feed: FeedId, rate: Rate) {
    let rates = &mut state.holdings.rates;
    let key = (feed, rate.currency.clone());
    let of_feed = rates.keys().filter(|(id, _)| *id == feed).count();
    if of_feed < MOST_RATES || rates.contains_key(&key) {
        rates.insert(key, rate);
    }
}

/// Takes a day's inflow. The oldest days of the feed go where there are more than [`MOST_DAYS`], or more than
/// [`MOST_ROWS_KEPT`] rows.
pub(super) fn take_inflow(state: &mut State, feed: FeedId, inflow: InflowDay) {
    let today = Day::of(state.now);
    // What is dated tomorrow would push out what is true; a feed's clock may be a little ahead.
    if inflow.day > Day::of(state.now + Duration::from_mins(1))
        || inflow.day <= today.before(MOST_DAYS)
    {
        return;
    }
    let days = &mut state.holdings.inflow;
    days.insert((feed, inflow.day), inflow);
    loop {
        let of_feed = || days.iter().filter(|((id, _), _)| *id == feed);
        let rows: usize = of_feed().map(|(_, inflow)| inflow.rows.len()).sum();
        if of_feed().count() <= MOST_DAYS && rows <= MOST_ROWS_KEPT {
            return;
        }
        let Some(oldest) = of_feed().map(|(key, _)| *key).next() else {
            return;
        };
        days.remove(&oldest);
    }
}

/// Forgets what a feed stated: its snapshot says all anew.
pub(super) fn forget(state: &mut State, feed: FeedId) {
    state.holdings.rates.retain(|(id, _), _| *id != feed);
    state.holdings.inflow.retain(|(id, _), _| *id != feed);
    state.networks.remove(&feed);
}

/// What an account's figures are worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    /// As stated.
    Now,
    /// Its feed is there, but our node has not read it for long.
    Stale,
    /// Its feed is not there, or missed something.
    Unheard,
}

/// Is what this feed says of the reserve heard now?
pub fn is_heard(state: &State, feed: FeedId) -> bool {
    let topic = |feed: &Feed| feed.is_live() && !feed.gaps.contains(&Topic::Reserve);
    state.feed(feed).is_some_and(topic)
}

/// What an account's figures are worth now.
pub fn heard(state: &State, feed: FeedId, account: &Account) -> Heard {
    if !is_heard(state, feed) {
        Heard::Unheard
    } else if account.source == BalanceSource::Node
        && account.measured_at.age(state.now) > CHECKED_FOR
    {
        Heard::Stale
    } else {
        Heard::Now
    }
}

/// Where a currency stands: bitcoin first, then by code.
fn place(currency: &Currency) -> (bool, &str) {
    (!currency.is_btc(), &currency.0)
}

/// All accounts in the order shown: by currency, what is checked first, then by feed and id.
pub fn accounts(state: &State) -> Vec<(FeedId, &Account)> {
    let all = state.reserve.iter();
    let mut all: Vec<(FeedId, &Account)> = all.map(|((feed, _), a)| (*feed, a)).collect();
    all.sort_by_key(|(_, account)| (place(&account.currency), Reverse(account.source)));
    all
}

/// Are the nation's accounts real ones? Simulated ones are then left out, and nothing simulated is held against them.
fn is_real(state: &State) -> bool {
    state.reserve.keys().any(|(id, _)| !simulated(state, *id))
}

pub(super) fn simulated(state: &State, feed: FeedId) -> bool {
    state.feed(feed).is_some_and(Feed::is_simulated)
}

/// The realm of the accounts that count; where no account is known, the nation's.
pub fn realm(state: &State) -> Realm {
    if state.reserve.is_empty() {
        state.realm()
    } else if is_real(state) {
        Realm::Real
    } else {
        Realm::Simulated
    }
}

/// Does what this feed states belong to the same realm as the accounts?
fn belongs(state: &State, feed: FeedId) -> bool {
    state.reserve.is_empty() || is_real(state) != simulated(state, feed)
}

/// The accounts that count: one that two feeds state counts once, the youngest, and simulated ones only where no real
/// one is known.
pub fn counted(state: &State) -> Vec<(FeedId, &Account)> {
    let real = is_real(state);
    let mut counted: BTreeMap<(&Currency, &AccountId), (FeedId, &Account)> = BTreeMap::new();
    for ((feed, id), account) in &state.reserve {
        if real && simulated(state, *feed) {
            continue;
        }
        let seen = counted
            .entry((&account.currency, id))
            .or_insert((*feed, account));
        if account.measured_at > seen.1.measured_at {
            *seen = (*feed, account);
        }
    }
    counted.into_values().collect()
}

/// What accounts of one currency and one source hold together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// Spendable.
    pub mature: Decimal,
    /// Not yet 100 blocks deep.
    pub immature: Decimal,
    /// Owed.
    pub pending: Decimal,
    /// Of how many accounts.
    pub accounts: usize,
    /// Thereof not heard of now, or old.
    pub unheard: usize,
    /// The lowest block up to which one of them counts.
    pub height: Option<u32>,
}

impl Sums {
    /// Mature and immature: what is there, without what is only owed.
    pub fn held(&self) -> Decimal {
        plus(self.mature, self.immature)
    }
}

/// Totals by currency and by who says so, in the order shown. What is checked and what is claimed is never one sum.
pub fn totals(state: &State) -> Vec<(Currency, BalanceSource, Sums)> {
    let mut totals: Vec<(Currency, BalanceSource, Sums)> = Vec::new();
    let mut all = counted(state);
    all.sort_by_key(|(_, account)| (place(&account.currency), Reverse(account.source)));
    for (feed, account) in all {
        let is_last = |(currency, source, _): &(Currency, BalanceSource, Sums)| {
            *currency == account.currency && *source == account.source
        };
        if !totals.last().is_some_and(is_last) {
            let sums = Sums::default();
            totals.push((account.currency.clone(), account.source, sums));
        }
        let Some((_, _, sums)) = totals.last_mut() else {
            continue;
        };
        sums.mature = plus(sums.mature, account.mature);
        sums.immature = plus(sums.immature, account.immature);
        sums.pending = plus(sums.pending, account.pending);
        sums.accounts += 1;
        sums.unheard += usize::from(heard(state, feed, account) != Heard::Now);
        if let Some(as_of) = &account.as_of {
            let lowest = sums.height.map_or(as_of.height, |h| h.min(as_of.height));
            sums.height = Some(lowest);
        }
    }
    totals
}

/// The bitcoin of one source.
pub fn bitcoin(state: &State, source: BalanceSource) -> Option<Sums> {
    let is =
        |(currency, of, _): &(Currency, BalanceSource, Sums)| currency.is_btc() && *of == source;
    totals(state).into_iter().find(is).map(|(_, _, sums)| sums)
}

/// The account that the cursor is on; none: all are looked at.
pub fn chosen(state: &State) -> Option<(FeedId, &Account)> {
    let row = state.nav.accounts.cursor.as_deref()?;
    let (feed, id) = row.split_once('/')?;
    let key = (FeedId(feed.parse().ok()?), AccountId::new(id));
    state.reserve.get(&key).map(|account| (key.0, account))
}

/// Moves the cursor among the accounts. Above the first stands no account: all of them.
pub(super) fn step(state: &mut State, to: impl Fn(usize, usize) -> usize) {
    let rows = super::rows::accounts(state);
    let table = &mut state.nav.accounts;
    let at = match table.cursor {
        None => 0,
        Some(_) => super::rows::cursor_index(table, &rows) + 1,
    };
    let at = to(at, rows.len() + 1).min(rows.len());
    table.index = at.saturating_sub(1);
    table.cursor = at.checked_sub(1).and_then(|at| rows.get(at).cloned());
}

/// What a bitcoin is worth, by currency: of the accounts' own realm, and of several feeds the youngest that can be used.
pub fn rates(state: &State) -> Vec<(FeedId, &Rate)> {
    let mut best: BTreeMap<&Currency, (FeedId, &Rate)> = BTreeMap::new();
    let rank = |rate: &Rate| {
        let fresh = rate.freshness(state.now);
        let used = matches!(fresh, Freshness::Fresh | Freshness::Stale);
        (used, rate.at)
    };
    for ((feed, currency), rate) in &state.holdings.rates {
        if belongs(state, *feed) {
            let seen = best.entry(currency).or_insert((*feed, rate));
            if rank(rate) > rank(seen.1) {
                *seen = (*feed, rate);
            }
        }
    }
    best.into_values().collect()
}

/// What the feeds state of what came in, bitcoin alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    /// By who says so and day.
    pub days: BTreeMap<(BalanceSource, Day), Decimal>,
    /// By site and who says so, of the last [`SITE_DAYS`] days, the most first.
    pub sites: Vec<(Option<SiteId>, BalanceSource, Decimal)>,
    /// A feed of them is not heard now.
    pub unheard: bool,
    /// Rows in other currencies, which are left out.
    pub others: usize,
}

/// Days that the inflow by site is of, today included.
pub const SITE_DAYS: usize = 7;

/// What the feeds state of what came in. What two feeds state of the same site, day and source counts once, the youngest.
pub fn stated(state: &State) -> Stated {
    type Key<'a> = (Day, Option<&'a SiteId>, BalanceSource);
    let mut rows: BTreeMap<Key<'_>, (Timestamp, Decimal)> = BTreeMap::new();
    let mut found = Stated::default();
    for ((feed, day), inflow) in &state.holdings.inflow {
        if !belongs(state, *feed) {
            continue;
        }
        found.unheard |= !is_heard(state, *feed);
        for row in &inflow.rows {
            if !row.money.currency.is_btc() {
                found.others += 1;
                continue;
            }
            let one = (inflow.measured_at, row.money.amount);
            let seen = rows
                .entry((*day, row.site.as_ref(), row.source))
                .or_insert(one);
            if one.0 > seen.0 {
                *seen = one;
            }
        }
    }
    let since = Day::of(state.now).before(SITE_DAYS - 1);
    let mut sites: BTreeMap<(Option<&SiteId>, BalanceSource), Decimal> = BTreeMap::new();
    for ((day, site, source), (_, amount)) in rows {
        let of_day = found.days.entry((source, day)).or_default();
        *of_day = plus(*of_day, amount);
        if day >= since {
            let of_site = sites.entry((site, source)).or_default();
            *of_site = plus(*of_site, amount);
        }
    }
    let sites = sites.into_iter();
    found.sites = sites
        .map(|((site, source), sum)| (site.cloned(), source, sum))
        .collect();
    found.sites.sort_by_key(|(_, _, sum)| Reverse(*sum));
    found
}
