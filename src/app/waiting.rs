//! What the Curtail screen knows beside this desk's orders: what waits to be given back, who holds which site, the orders
//! that gateways gave by themselves, and those that they tell of other desks.
//!
//! Invariant: what is only told is never among this desk's orders, so it bars no block and is counted nowhere as ours.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::fleet::{BlockView, Realm, SiteView};
use super::progress::Progress;
use super::{Effect, State};
use crate::control::order::{self, Ask, Event, Record};
use crate::domain::fleet::BlockState;
use crate::domain::ids::{BlockKey, FeedId, OrderId, SiteId};
use crate::domain::link::{Item, Request};
use crate::domain::order::OrderStatus;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::domain::waiting::{GatewayOrder, Queued, RestoreQueue};

/// Orders of gateways' own that are kept, all feeds together.
pub const MOST_OWN: usize = 60;

/// Which part of the Curtail screen has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Orders over time.
    #[default]
    Orders,
    /// What waits to be given back.
    Queue,
    /// Who holds which site, and what is locked out.
    Authority,
}

impl View {
    /// In the order that the key goes through.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Queue, Self::Authority];

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|v| *v == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Curtailing {
    /// The part that has the keys.
    pub view: View,
    /// By feed; a feed that has never told one is not here.
    pub queues: BTreeMap<FeedId, RestoreQueue>,
    /// Orders that gateways gave by themselves, in the order in which they were told.
    pub own: Vec<Record>,
    /// Orders of other desks, and of this one before it started, in the order in which they were told.
    pub told: Vec<Record>,
    /// The courses of all orders.
    pub progress: Progress,
}

impl Curtailing {
    /// All orders that this desk has not given since it started.
    pub fn heard(&self) -> impl Iterator<Item = &Record> {
        self.own.iter().chain(&self.told)
    }
}

/// Takes in a gateway's queue.
pub(super) fn take_queue(state: &mut State, feed: FeedId, queue: RestoreQueue) {
    state.curtailing.queues.insert(feed, queue);
}

/// A snapshot of a feed's fleet: what it does not tell any more is gone.
pub(super) fn snapshot(state: &mut State, feed: FeedId, items: &[Item]) {
    if !items.iter().any(|i| matches!(i, Item::RestoreQueue(_))) {
        state.curtailing.queues.remove(&feed);
    }
}

/// Takes in an order of a gateway's own. One under the id of an order of ours is nobody's but ours.
pub(super) fn heard(state: &mut State, feed: FeedId, own: GatewayOrder) {
    let id = own.order.id;
    let known = |r: &Record| r.order.id == id;
    if state.orders.iter().any(known) || state.curtailing.own.iter().any(known) {
        return;
    }
    let issued = own.order.issued_at.min(state.now);
    let record = Record {
        heard_at: Some(state.now),
        ..Record::sent(own.order, feed, own.wanted, issued)
    };
    let record = super::delivery::with_before(state, record);
    let list = &mut state.curtailing.own;
    if list.len() >= MOST_OWN {
        let over = list.iter().position(|r| r.life.is_final());
        list.remove(over.unwrap_or(0));
    }
    list.push(record);
}

/// A gateway's answer about an order of its own, or of another desk's that it has told before.
pub(super) fn status(state: &mut State, feed: FeedId, status: &OrderStatus) {
    let now = state.now;
    let clock = super::delivery::clock(state, feed);
    let mine = |r: &&mut Record| r.order.id == status.id && r.feed == feed;
    let Curtailing { own, told, .. } = &mut state.curtailing;
    if let Some(record) = own.iter_mut().chain(told).find(mine) {
        // What happened before this console came is known by the gateway's own time, and nothing else.
        let came = record
            .heard_at
            .is_some_and(|heard| status.at < heard && heard.age(now) < order::ANSWER_WITHIN);
        let at = if came {
            status.at.min(now).max(record.sent_at)
        } else {
            now
        };
        record.clock = clock;
        order::apply(record, Event::Status(super::told::trimmed(status)), at);
        record.ended_at = record.ended_at.map(|ended| ended.min(now));
    }
}

pub(super) fn each(state: &mut State, event: &Event, of: impl Fn(&Record) -> bool) -> Vec<Effect> {
    let now = state.now;
    let Curtailing { own, told, .. } = &mut state.curtailing;
    let asks = |record: &mut Record, ask: fn(OrderId) -> Request| {
        let Some(Ask::Query(id)) = order::apply(record, event.clone(), now) else {
            return None;
        };
        Some(Effect::Send(record.feed, ask(id)))
    };
    let mut effects = Vec::new();
    let own = own.iter_mut().filter(|r| of(r));
    effects.extend(own.filter_map(|record| asks(record, Request::OrderQuery)));
    // Another's order is only looked at.
    let told = told.iter_mut().filter(|r| of(r));
    effects.extend(told.filter_map(|record| asks(record, Request::OrderLook)));
    effects
}

/// A feed's link is gone or back: what its gateway's own orders have come to is not known until it has said so.
pub(super) fn link(state: &mut State, feed: FeedId, live: bool) -> Vec<Effect> {
    let event = if live {
        Event::LinkBack
    } else {
        Event::LinkLost
    };
    each(state, &event, |r| r.feed == feed)
}

/// Time has passed: asks about own orders of gateways that a live link has brought no word of.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let live = state.live();
    let effects = each(state, &Event::LinkStands, |r| live.contains(&r.feed));
    super::progress::tick(state);
    effects
}

/// Whose an order on the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// This desk has given it since it started.
    Ours,
    /// A gateway gave it by itself.
    Gateway,
    /// Its gateway tells it: another desk's, or this one's before it started.
    Told,
}

/// An order on the screen.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The order.
    pub record: &'a Record,
    /// Whose it is.
    pub whose: Whose,
}

/// All orders that are known, whoever gave them, the youngest first.
pub fn orders(state: &State) -> Vec<Listed<'_>> {
    let of = |whose| move |record| Listed { record, whose };
    let ours = state.orders.iter().rev().map(of(Whose::Ours));
    let own = state.curtailing.own.iter().rev().map(of(Whose::Gateway));
    let told = state.curtailing.told.iter().rev().map(of(Whose::Told));
    let mut all: Vec<Listed<'_>> = ours.chain(own).chain(told).collect();
    all.sort_by_key(|listed| std::cmp::Reverse(listed.record.sent_at));
    all
}

/// One block that waits, with how far it is to be believed.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// As its gateway says.
    pub queued: &'a Queued,
    /// Which feed tells it.
    pub feed: FeedId,
    /// Too old to be live.
    pub is_stale: bool,
}

/// What waits in all, in the realm of the nation's totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Some gateway tells its queue.
    pub is_told: bool,
    /// Blocks.
    pub blocks: usize,
    /// What they add in all; those of which nobody says it are left out.
    pub adds: Power,
    /// Blocks that something stands against.
    pub held: usize,
    /// When the last of all is expected to be back; none where that is not known of each.
    pub last: Option<Timestamp>,
    /// The age of the oldest queue that is too old to be live.
    pub stale: Option<Duration>,
}

fn told(state: &State) -> impl Iterator<Item = (FeedId, &RestoreQueue, bool)> {
    let simulated = state.realm() == Realm::Simulated;
    state
        .curtailing
        .queues
        .iter()
        .filter_map(move |(id, queue)| {
            let feed = state.feed(*id)?;
            let age = queue.measured_at.age(state.now);
            let is_stale = !feed.is_live() || age > (feed.period() * 3).min(feed.slow_after);
            (feed.is_simulated() == simulated).then_some((*id, queue, is_stale))
        })
}

/// Every block that waits, feed by feed in the gateway's order.
pub fn queue(state: &State) -> Vec<Row<'_>> {
    told(state)
        .flat_map(|(feed, queue, is_stale)| {
            queue.rows.iter().map(move |queued| Row {
                queued,
                feed,
                is_stale,
            })
        })
        .collect()
}

/// The queue in figures.
pub fn waiting(state: &State) -> Waiting {
    let mut sum = Waiting::default();
    let mut last: Option<Option<Timestamp>> = None;
    for (_, queue, is_stale) in told(state) {
        sum.is_told = true;
        let more = usize::try_from(queue.more).unwrap_or(usize::MAX);
        sum.blocks = sum
            .blocks
            .saturating_add(queue.rows.len())
            .saturating_add(more);
        sum.adds += queue.rows.iter().filter_map(|row| row.adds).sum();
        sum.held += queue.rows.iter().filter(|row| row.reason.is_held()).count();
        if is_stale {
            let age = queue.measured_at.age(state.now);
            sum.stale = Some(sum.stale.map_or(age, |old| old.max(age)));
        }
        let ends = queue.rows.iter().map(|row| row.expected);
        let more = (queue.more > 0).then_some(None);
        for expected in ends.chain(more) {
            last = Some(match last {
                None => expected,
                Some(last) => last.zip(expected).map(|(a, b)| a.max(b)),
            });
        }
    }
    sum.last = last.flatten();
    sum
}

/// Blocks of the nation that are held below what they could draw and wait for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldBelow {
    /// Off until somebody restores them.
    pub off: usize,
    /// Lowered to a step between off and full.
    pub lowered: usize,
}

/// What is held below full load with no restore waiting.
pub fn held_below(state: &State) -> HeldBelow {
    let realm = state.realm();
    let queued: BTreeSet<BlockKey> = queue(state)
        .iter()
        .map(|row| BlockKey::new(&row.queued.site, &row.queued.block))
        .collect();
    let sites = state.fleet.sites.values().filter(|v| v.realm == realm);
    let below: Vec<bool> = sites
        .flat_map(|view| view.blocks.values())
        .filter(|b| b.block.target < b.block.nameplate && !queued.contains(&b.block.key()))
        .map(|b| b.block.is_lowered())
        .collect();
    let lowered = below.iter().filter(|is_lowered| **is_lowered).count();
    // Blocks beyond those that are told by name wait too.
    let untold = waiting(state).blocks.saturating_sub(queued.len());
    HeldBelow {
        off: (below.len() - lowered).saturating_sub(untold),
        lowered,
    }
}

/// In whose hands a site is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hands {
    /// This desk's operator's.
    Here,
    /// Another's.
    Other(Arc<str>),
    /// Nobody's: any operator may order.
    Free,
}

/// A site in somebody's hands.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    /// The site.
    pub view: &'a SiteView,
    /// In whose hands.
    pub hands: Hands,
    /// Blocks with a lockout.
    pub locked: Vec<&'a BlockView>,
    /// Blocks switched to local.
    pub local: Vec<&'a BlockView>,
}

fn held<'a>(view: &'a SiteView, operator: &str) -> Held<'a> {
    let hands = match &view.site.authority.holder {
        None => Hands::Free,
        Some(holder) if **holder == *operator => Hands::Here,
        Some(holder) => Hands::Other(holder.clone()),
    };
    let blocks = || view.blocks.values();
    Held {
        view,
        hands,
        locked: blocks().filter(|b| b.block.lockout().is_some()).collect(),
        local: blocks()
            .filter(|b| b.block.state == BlockState::Local)
            .collect(),
    }
}

/// The sites of the nation by who holds them: own first, then what is abnormal, then the rest by name.
pub fn authority(state: &State) -> Vec<Held<'_>> {
    let realm = state.realm();
    let operator = state.desk.operator.clone();
    let sites = state.fleet.sites.values().filter(|v| v.realm == realm);
    let mut all: Vec<Held<'_>> = sites.map(|view| held(view, &operator)).collect();
    let rank = |held: &Held<'_>| match held.hands {
        Hands::Here => 0,
        Hands::Other(_) => 1,
        Hands::Free if !held.locked.is_empty() || !held.local.is_empty() => 2,
        Hands::Free => 3,
    };
    all.sort_by(|a, b| {
        let by_rank = rank(a).cmp(&rank(b));
        by_rank.then_with(|| a.view.site.name.cmp(&b.view.site.name))
    });
    all
}

/// Sites by who holds them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shares {
    /// In all.
    pub sites: usize,
    /// This desk's operator's.
    pub here: usize,
    /// Nobody's.
    pub free: usize,
    /// Others', the one with most first.
    pub others: Vec<(Arc<str>, usize)>,
    /// Blocks with a lockout.
    pub locked: usize,
    /// Blocks switched to local.
    pub local: usize,
}

/// Counts them.
pub fn shares(all: &[Held<'_>]) -> Shares {
    let mut sum = Shares::default();
    let mut others: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    for held in all {
        sum.sites += 1;
        sum.locked += held.locked.len();
        sum.local += held.local.len();
        match &held.hands {
            Hands::Here => sum.here += 1,
            Hands::Free => sum.free += 1,
            Hands::Other(holder) => *others.entry(holder).or_default() += 1,
        }
    }
    sum.others = others
        .into_iter()
        .map(|(who, n)| (who.clone(), n))
        .collect();
    sum.others.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    sum
}

/// Ids of the rows of the part that has the keys.
pub(super) fn rows(state: &State) -> Vec<Arc<str>> {
    match state.curtailing.view {
        View::Orders => super::rows::orders(state),
        View::Queue => queue(state).iter().map(row_id).collect(),
        View::Authority => authority(state)
            .iter()
            .map(|held| held.view.site.id.text())
            .collect(),
    }
}

/// A block waits once for each order that will give it back, and the cursor stays with it when those before it go.
fn row_id(row: &Row<'_>) -> Arc<str> {
    let queued = row.queued;
    let (site, block) = (queued.site.as_str(), queued.block.as_str());
    let by = ulid::Ulid(queued.by.0);
    super::rows::of_feed(row.feed, &format!("{site}/{block}/{by}"))
}

/// The site under the cursor of the authority pane, where it has the keys.
pub(super) fn site_at_cursor(state: &State) -> Option<SiteId> {
    let row = super::rows::at_cursor(&state.nav.authority, &rows(state));
    row.filter(|_| state.curtailing.view == View::Authority)
        .map(|id| SiteId::new(&id))
}
