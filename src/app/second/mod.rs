//! The second person: orders of this desk that wait for one, and orders of others that wait for the one who sits here.
//!
//! Invariant: what needs two persons leaves this console with both signatures or not at all. Nobody is the second person
//! of his own order. However a request ends, it is said and written down, and nothing of it is left behind.

pub mod ours;
pub mod theirs;
pub mod view;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::orders::EXPIRES_AFTER;
use super::{Effect, State, naming};
use crate::control::order::{Life, Record};
use crate::control::plan::Plan;
use crate::domain::ids::{BlockKey, FeedId, GatewayId, OrderId, SiteId};
use crate::domain::link::Item;
use crate::domain::order::{Countersign, Order, OrderKind, Phase};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

pub use ours::{Part, Stands, Waiting};
pub use theirs::Theirs;
pub use view::{Of, View};

/// How long an order waits for its second person: with what it takes to leave, less than the 5 min that a gateway lets an
/// order lie ahead.
pub const WAIT: Duration = Duration::from_secs(285);
/// What is agreed to must still leave and begin before it expires.
const TO_LEAVE: Duration = Duration::from_secs(10);
/// A request or an answer that its gateway has not passed on by then has not come through.
const PASSED_ON_WITHIN: Duration = Duration::from_secs(15);
/// Requests of this desk that are over, and still recognised.
const REMEMBERED: usize = 64;

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Second {
    /// Plans of this desk that wait, oldest first.
    pub ours: Vec<Waiting>,
    /// What others ask, by feed and order.
    pub theirs: BTreeMap<(FeedId, OrderId), Theirs>,
    /// What is being looked at.
    pub view: Option<View>,
    /// Answers of this desk that no gateway has passed on yet.
    answered: Vec<theirs::Sent>,
    /// Requests of this desk that are over.
    over: VecDeque<ours::Over>,
}

impl Second {
    /// Does nothing wait?
    pub fn is_empty(&self) -> bool {
        self.ours.is_empty() && self.theirs.is_empty()
    }
}

/// Where and above what a plan needs two persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The lowest limit that is passed.
    pub above: Power,
    /// The gateways that want two signatures.
    pub gateways: BTreeSet<(FeedId, GatewayId)>,
}

/// What of a plan two persons must sign; none: it is one person's. Each gateway judges its own part; here what goes to
/// all that have such a limit is judged together, with what this desk has ordered before, so that no plan slips under it by
/// being spread.
pub fn bound(state: &State, plan: &Plan) -> Option<Bound> {
    let kind = plan.ask.kind;
    let limited = || {
        plan.moves
            .iter()
            .filter(|m| above(state, m.feed, kind).is_some())
    };
    let ordered: Power = limited().map(|m| m.moved).sum();
    let moved = ordered + before(state, kind, &|feed| above(state, feed, kind).is_some());
    let mut bound: Option<Bound> = None;
    for part in limited() {
        let Some(above) = above(state, part.feed, kind).filter(|above| moved > *above) else {
            continue;
        };
        let bound = bound.get_or_insert(Bound {
            above,
            gateways: BTreeSet::new(),
        });
        bound.above = bound.above.min(above);
        bound.gateways.insert((part.feed, part.gateway.clone()));
    }
    bound
}

/// Above what a feed's gateway wants two persons; none: never, or it does not say.
fn above(state: &State, feed: FeedId, kind: OrderKind) -> Option<Power> {
    let rule = state.feed(feed)?.info.as_ref()?.two_persons;
    match kind {
        OrderKind::Curtail => rule.shed_above,
        OrderKind::Restore => rule.restore_above,
    }
}

/// A gateway reads its meters at another moment: so many parts of a hundred of what is ordered are left for that.
const READS_OTHERWISE: i64 = 2;

/// How much more than ordered a gateway may move in place of late blocks, where one person signs: what stands in for a
/// block counts for the limit as well. None: as much as there is.
pub(super) fn room(state: &State, plan: &Plan, feed: FeedId) -> Option<Power> {
    if bound(state, plan).is_some() {
        return None;
    }
    let above = above(state, feed, plan.ask.kind)?;
    let here = plan.moves.iter().filter(|m| m.feed == feed);
    let ordered: Power = here.map(|m| m.moved).sum();
    let before = before(state, plan.ask.kind, &|other| other == feed);
    Some((above - before - ordered.portion(100 + READS_OTHERWISE, 100)).or_zero())
}

/// What this desk has ordered of `kind` at feeds with a limit, within their windows. A gateway counts by itself: this is so
/// that the second person is asked before it refuses.
fn before(state: &State, kind: OrderKind, limited: &dyn Fn(FeedId) -> bool) -> Power {
    let window = |feed: FeedId| state.feed(feed)?.info.as_ref()?.limit_window;
    let counts = |record: &&Record| {
        let order = &record.order;
        let lately = window(record.feed).is_some_and(|w| record.sent_at.age(state.now) < w);
        order.kind == kind && !order.emergency && lately && limited(record.feed)
    };
    let done = |record: &&Record| match record.life {
        Life::Said(phase) => matches!(phase, Phase::Delivered | Phase::Failed) || !phase.is_final(),
        Life::NotSent => false,
        Life::Recording | Life::Sent | Life::Unknown | Life::Forgotten | Life::Claimed(_) => true,
    };
    let records = state.orders.iter().filter(counts).filter(done);
    records.map(|record| record.wanted).sum()
}

/// Until when, by this console's clock, an order can be agreed to: then it must leave, and may still need its notice.
pub fn until(state: &State, feed: FeedId, order: &Order) -> Timestamp {
    let offset = state
        .feed(feed)
        .and_then(|feed| feed.skew)
        .map_or(0, |skew| skew.offset_ms);
    let notice = match order.kind {
        OrderKind::Curtail => order
            .targets
            .iter()
            .filter_map(|target| {
                state
                    .fleet
                    .block(&BlockKey::new(&target.site, &target.block))
            })
            .map(|view| view.block.limits.notice)
            .max()
            .unwrap_or_default(),
        OrderKind::Restore => Duration::ZERO,
    };
    let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    order
        .expires_at
        .shifted(offset.saturating_neg())
        .shifted(millis(TO_LEAVE.saturating_add(notice)).saturating_neg())
}

/// Time to go, rounded up to a second: `4:07`.
pub fn left(until: Timestamp, now: Timestamp) -> String {
    let seconds = now.age(until).as_millis().div_ceil(1_000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// An order in a few words: `shed 312.4 MW at 4 sites`.
pub fn words(order: &Order, moved: Power) -> Sentence {
    let sites: BTreeSet<&SiteId> = order.targets.iter().map(|t| &t.site).collect();
    let n = sites.len();
    match (order.kind, sites.first().filter(|_| n == 1)) {
        (OrderKind::Curtail, Some(site)) => told!(
            "own-shed-at",
            "shed {moved_kw} MW at {site}",
            moved_kw = moved,
            site = site.as_str()
        ),
        (OrderKind::Curtail, None) => told!(
            "own-shed-sites",
            "shed {moved_kw} MW at {n} sites",
            moved_kw = moved,
            n = n
        ),
        (OrderKind::Restore, Some(site)) => told!(
            "own-restore-at",
            "give back {moved_kw} MW at {site}",
            moved_kw = moved,
            site = site.as_str()
        ),
        (OrderKind::Restore, None) => told!(
            "own-restore-sites",
            "give back {moved_kw} MW at {n} sites",
            moved_kw = moved,
            n = n
        ),
    }
}

/// That somebody refuses, and why.
fn refuses(state: &State, by: &str, why: &str) -> Sentence {
    told!(
        "own-refuses",
        "{who} refuses: {why}",
        who = &*naming::person(state, by),
        why = why
    )
}

/// A gateway passes on how an order stands that waits for its second person.
pub(super) fn heard(state: &mut State, feed: FeedId, asked: Countersign) -> Vec<Effect> {
    if ours::place(state, feed, asked.order.id).is_some() {
        ours::heard(state, feed, asked)
    } else if *asked.order.issued_by == *state.desk.operator {
        ours::late(state, feed, &asked)
    } else {
        theirs::heard(state, feed, asked)
    }
}

/// All that a gateway has of orders: what is not in it any more has gone with its last life.
pub(super) fn snapshot(state: &mut State, feed: FeedId, items: &[Item]) -> Vec<Effect> {
    let has = |id: OrderId| {
        items
            .iter()
            .any(|item| matches!(item, Item::Countersign(asked) if asked.order.id == id))
    };
    theirs::only(state, feed, &has);
    ours::only(state, feed, &has)
}

/// A feed's link is gone or back.
pub(super) fn link(state: &mut State, feed: FeedId, live: bool) -> Vec<Effect> {
    if live {
        return ours::call_back_owed(state, feed);
    }
    theirs::only(state, feed, &|_| false);
    ours::lost(state, feed)
}

/// The gateway, or our own link, refuses what a ULID names. None: it is nothing of the second person's.
pub(super) fn refused(
    state: &mut State,
    feed: FeedId,
    about: &str,
    why: &Sentence,
) -> Option<Vec<Effect>> {
    let id = OrderId(ulid::Ulid::from_string(about).ok()?.0);
    ours::refused(state, feed, id, why).or_else(|| theirs::refused(state, feed, id, why))
}

/// The link did not take it. None: it is nothing of the second person's.
pub(super) fn not_sent(state: &mut State, id: OrderId) -> Option<Vec<Effect>> {
    let why = &told!("link-not-taken", "the link did not take it");
    let feeds: Vec<FeedId> = state.feeds.iter().map(|feed| feed.id).collect();
    feeds.into_iter().find_map(|feed| {
        ours::refused(state, feed, id, why).or_else(|| theirs::refused(state, feed, id, why))
    })
}

/// Time has passed.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let mut effects = ours::tick(state);
    effects.extend(theirs::tick(state));
    view::tick(state);
    effects
}

/// How much longer an order lasts that waits first.
fn longer() -> Duration {
    WAIT.saturating_sub(EXPIRES_AFTER).saturating_add(TO_LEAVE)
}

/// Has so much time passed since, or was the clock set back?
fn old(since: Timestamp, now: Timestamp, span: Duration) -> bool {
    since.age(now) >= span || now < since
}
