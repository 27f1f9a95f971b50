//! Orders of this desk: made from an armed plan, sent, and followed until their end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::journal::{self, Then};
use super::notice::What;
use super::{Effect, Note, State, delivery, second, stamp};
use crate::control::order::{self, Ask, Event, Life, Record};
use crate::control::plan::{Move, Plan, Spare};
use crate::domain::ids::{BlockId, BlockKey, FeedId, GatewayId, OrderId, SiteId};
use crate::domain::journal::{Fact, Fate};
use crate::domain::link::Request;
use crate::domain::order::{Order, OrderKind, OrderStatus, OrderTarget, Phase, TargetStatus};
use crate::domain::sentence::Sentence;
use crate::domain::units::Power;

/// A gateway does not begin an order older than this, beside the contract's notice.
pub const EXPIRES_AFTER: Duration = Duration::from_mins(1);

/// Ended orders that are kept; ones under way are always kept.
pub const KEPT: usize = 500;

/// The plan that waits for ids gets them and leaves, one order per gateway.
pub fn issue(state: &mut State, ids: Vec<OrderId>) -> Vec<Effect> {
    if state.minting.is_empty() {
        return Vec::new();
    }
    let plan = state.minting.remove(0);
    let mut groups: BTreeMap<(FeedId, GatewayId), Vec<Move>> = BTreeMap::new();
    for part in &plan.moves {
        groups
            .entry((part.feed, part.gateway.clone()))
            .or_default()
            .push(part.clone());
    }
    if ids.len() < groups.len() {
        state.say(What::NoIds);
        return Vec::new();
    }
    if second::bound(state, &plan).is_some() {
        return second::ours::ask(state, plan, groups, ids);
    }
    let mut facts = vec![Fact::Plan(Box::new(journal::seen(state, &plan)))];
    let mut leaving = Vec::new();
    for (((feed, gateway), moves), id) in groups.into_iter().zip(ids) {
        let wanted: Power = moves.iter().map(|m| m.moved).sum();
        let order = made(state, &plan, feed, gateway, &moves, id);
        facts.push(Fact::Intent {
            order: Box::new(order.clone()),
            wanted,
        });
        leaving.push(id);
        let record = Record::recording(order, feed, wanted, state.now);
        state.orders.push(delivery::with_before(state, record));
    }
    trim(state);
    pending(state);
    state.nav.marked_sites.clear();
    state.nav.marked_blocks.clear();
    let operator = state.desk.operator.clone();
    journal::hold(state, &operator, facts, Then::Leave(leaving))
}

/// The journal holds these orders: they leave.
pub(super) fn leave(state: &mut State, ids: &[OrderId]) -> Vec<Effect> {
    let now = state.now;
    let mut effects = Vec::new();
    let mut notes = Vec::new();
    for record in &mut state.orders {
        if !ids.contains(&record.order.id) || record.life != Life::Recording {
            continue;
        }
        order::apply(record, Event::Recorded, now);
        let request = Request::Order(Box::new(record.order.clone()));
        effects.push(Effect::Send(record.feed, request));
        notes.push(Note::of_order(&record.order, record.wanted));
    }
    for note in notes {
        state.note(note);
    }
    effects
}

/// The journal could not take these orders: they do not leave.
pub(super) fn stay(state: &mut State, ids: &[OrderId], why: &str) -> Vec<Effect> {
    let event = Event::NotRecorded(format!("not in the journal: {why}").into());
    each(state, &event, |r| ids.contains(&r.order.id))
}

pub(super) fn made(
    state: &mut State,
    plan: &Plan,
    feed: FeedId,
    gateway: GatewayId,
    moves: &[Move],
    id: OrderId,
) -> Order {
    let feed_info = state.feed(feed).and_then(|f| f.info.clone());
    let offset = state
        .feeds
        .iter()
        .find(|f| f.id == feed)
        .and_then(|f| f.skew)
        .map_or(0, |s| s.offset_ms);
    // A gateway begins after the contract's notice; the order must not have expired by then.
    let notice = match plan.ask.kind {
        OrderKind::Curtail => moves
            .iter()
            .filter_map(|m| state.fleet.block(&m.key))
            .map(|view| view.block.limits.notice)
            .max()
            .unwrap_or_default(),
        OrderKind::Restore => Duration::ZERO,
    };
    let mut targets = Vec::with_capacity(moves.len());
    let mut seqs = BTreeMap::new();
    for part in moves {
        let seq = *seqs.entry(part.key.site.clone()).or_insert_with(|| {
            let used = state.fleet.sites.get_mut(&part.key.site).map(|view| {
                // A gateway may state any number; none of them may stop the console.
                view.used_seq = view.used_seq.max(view.site.site_seq).saturating_add(1);
                view.used_seq
            });
            used.unwrap_or(part.site_seq.saturating_add(1))
        });
        targets.push(OrderTarget {
            site: part.key.site.clone(),
            block: part.key.block.clone(),
            target: part.target,
            epoch: part.epoch,
            site_seq: seq,
            after: part.after,
        });
    }
    let spares: Vec<&Spare> = plan
        .spares
        .iter()
        .filter(|spare| spare.gateway == gateway)
        .collect();
    let desk = stamp::desk(state, feed);
    // The gateway holds it against its own clock; one of older rules never looks at it.
    let issued = match desk {
        Some(_) => state.now.shifted(offset),
        None => state.now,
    };
    let extra_max: Power = spares.iter().map(|spare| spare.moves).sum();
    let room = second::room(state, plan, feed);
    Order {
        id,
        plan: plan.hash,
        nation: feed_info.map_or_else(|| Arc::from(""), |i| i.nation.clone()),
        gateway,
        kind: plan.ask.kind,
        targets,
        extra_max: room.map_or(extra_max, |room| extra_max.min(room)),
        substitutes: spares.iter().map(|spare| spare.key.clone()).collect(),
        reason: Arc::from("operator"),
        issued_by: state.desk.operator.clone(),
        countersigned_by: None,
        issued_at: issued,
        // The gateway judges by its own clock, so its skew is added here.
        expires_at: (state.now + EXPIRES_AFTER + notice).shifted(offset),
        lease: Duration::ZERO,
        signature: None,
        emergency: false,
        countersignature: None,
        desk,
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    }
}

pub(super) fn trim(state: &mut State) {
    while state.orders.len() > KEPT {
        let Some(oldest) = state.orders.iter().position(|r| r.life.is_final()) else {
            return;
        };
        state.orders.remove(oldest);
    }
}

/// Which blocks have an order of ours under way.
pub(super) fn pending(state: &mut State) {
    let pending = &mut state.fleet.pending;
    pending.clear();
    for record in state.orders.iter().filter(|r| !r.life.is_final()) {
        let begun = has_begun(record);
        let waiting = waiting(record);
        // A gateway lets go of each block by itself.
        let over = record.over(|_| true);
        let of = |t: &&OrderTarget| !over.contains(&(&t.site, &t.block));
        for target in record.order.targets.iter().filter(of) {
            let feeds = pending.entry(BlockKey::new(&target.site, &target.block));
            let begun = begun && !waiting.contains(&(&target.site, &target.block));
            feeds.or_default().extend(begun.then_some(record.feed));
        }
    }
}

/// Blocks of a shed that have not begun, as its gateway says: their turn is later.
fn waiting(record: &Record) -> BTreeSet<(&SiteId, &BlockId)> {
    let spread = record.order.targets.iter().any(|t| !t.after.is_zero());
    let told = record.targets.iter();
    let accepted = |t: &&TargetStatus| spread && t.phase == Phase::Accepted;
    told.filter(accepted).map(|t| (&t.site, &t.block)).collect()
}

/// Does its gateway let no emergency overtake it? What it has not answered may never have come there.
fn has_begun(record: &Record) -> bool {
    match record.life {
        Life::Said(Phase::Executing) => record.order.kind == OrderKind::Curtail,
        Life::Said(_) => record.order.emergency,
        _ => false,
    }
}

pub(super) fn each(state: &mut State, event: &Event, of: impl Fn(&Record) -> bool) -> Vec<Effect> {
    let now = state.now;
    let mut effects = Vec::new();
    let mut notes = Vec::new();
    let mut fates = Vec::new();
    for record in state.orders.iter_mut().filter(|r| of(r)) {
        let before = record.life;
        if let Some(Ask::Query(id)) = order::apply(record, event.clone(), now) {
            effects.push(Effect::Send(record.feed, Request::OrderQuery(id)));
        }
        if record.life != before {
            notes.push((Note::of_record(record), record.went_wrong()));
            fates.extend(fate(record));
        }
    }
    for (note, wrong) in notes {
        if wrong {
            state.say(note.text.clone());
        }
        state.note(note);
    }
    pending(state);
    effects.extend(journal::write(state, fates));
    effects
}

/// What the journal should hold of a life that no gateway spoke of, or that its gateway alone speaks of.
fn fate(record: &Record) -> Option<Fact> {
    let fate = match record.life {
        Life::NotSent => Fate::NotSent,
        Life::Unknown => Fate::Unknown,
        Life::Forgotten => Fate::Forgotten,
        Life::Claimed(_) => Fate::SaysDelivered,
        Life::Recording | Life::Sent | Life::Said(_) => return None,
    };
    Some(Fact::Fate {
        id: record.order.id,
        fate,
        detail: record.doubt().map_or_else(
            || record.detail.english().clone(),
            |doubt| doubt.english().clone(),
        ),
    })
}

/// A gateway's answer: into the journal, then onto the screen.
pub fn status(state: &mut State, feed: FeedId, status: OrderStatus) -> Vec<Effect> {
    let of = |r: &&Record| r.order.id == status.id && r.feed == feed;
    let Some(record) = state.orders.iter().find(of) else {
        return Vec::new();
    };
    let status = without_end(state, record, status);
    let known = record.stated == Some(status.phase)
        && record.detail == status.detail
        && record.targets == status.targets
        && record.life != Life::Unknown;
    // That it was not seen yet is no news.
    let known = known || status.phase == Phase::Unseen;
    let facts = if journal::said_last(state, &status).unwrap_or(known) {
        Vec::new()
    } else {
        vec![Fact::Answer(Box::new(status.clone()))]
    };
    let gateway = record.order.gateway.text();
    journal::hold(state, &gateway, facts, Then::Status(feed, status))
}

/// An order that its gateway has not seen once it has expired will not be run any more, though nobody has barred its id.
fn without_end(state: &State, record: &Record, status: OrderStatus) -> OrderStatus {
    // Nothing is over by a clock that has not been compared, nor by its gateway's word for the time alone.
    let over = delivery::clock(state, record.feed).is_some_and(|off_by| {
        let there = |at| stamp::there(state, record.feed, at);
        let end = record.order.expires_at;
        there(status.at) > end && there(state.now) > end + off_by
    });
    if status.phase != Phase::Unseen || !over {
        return status;
    }
    OrderStatus {
        phase: Phase::NotSeen,
        detail: "its gateway has never seen it, and it has expired: it will not be run".into(),
        ..status
    }
}

/// Shows a gateway's answer.
pub(super) fn show(
    state: &mut State,
    feed: FeedId,
    status: OrderStatus,
    recorded: bool,
) -> Vec<Effect> {
    let id = status.id;
    let of = |r: &Record| r.order.id == id && r.feed == feed;
    let clock = delivery::clock(state, feed);
    for record in state.orders.iter_mut().filter(|r| of(r)) {
        record.unjournaled |= !recorded;
        record.clock = clock;
    }
    each(state, &Event::Status(status), of)
}

/// The link refused an order: it never left.
pub fn not_sent(state: &mut State, id: OrderId) -> Vec<Effect> {
    each(state, &Event::NotSent, |r| r.order.id == id)
}

/// The server has answered an order with an error: what it can't read or may not do is not done (FEED.md). Of an order
/// that it has spoken of, or was asked about, such an error says nothing.
pub fn refused(state: &mut State, id: OrderId, why: &Sentence) -> Vec<Effect> {
    let open = |r: &&Record| r.order.id == id && r.life == Life::Sent && r.asked.is_none();
    let Some(record) = state.orders.iter().find(open) else {
        return Vec::new();
    };
    let gateway = record.order.gateway.text();
    let status = OrderStatus {
        id,
        phase: Phase::Rejected,
        at: state.now,
        detail: why.clone(),
        targets: Vec::new(),
        issued: None,
    };
    let facts = vec![Fact::Answer(Box::new(status.clone()))];
    journal::hold(state, &gateway, facts, Then::Refused(status))
}

/// Shows that the server has answered an order with an error.
pub(super) fn show_refused(state: &mut State, status: OrderStatus, recorded: bool) -> Vec<Effect> {
    let id = status.id;
    let open = |r: &Record| r.order.id == id && r.life == Life::Sent && r.asked.is_none();
    for record in state.orders.iter_mut().filter(|r| open(r)) {
        record.unjournaled |= !recorded;
    }
    each(state, &Event::Status(status), open)
}

/// A feed's link is gone or back.
pub fn link(state: &mut State, feed: FeedId, live: bool) -> Vec<Effect> {
    let event = if live {
        Event::LinkBack
    } else {
        Event::LinkLost
    };
    each(state, &event, |r| r.feed == feed)
}

/// Time has passed: asks about orders that a live link has brought no word of.
pub fn tick(state: &mut State) -> Vec<Effect> {
    // Figures are judged once a second; meters are looked at then.
    let mut effects = if state.judged_at == state.now {
        delivery::tick(state)
    } else {
        Vec::new()
    };
    if !state.orders.iter().all(|r| r.life.is_final()) {
        let live = state.live();
        let asks = each(state, &Event::LinkStands, |r| live.contains(&r.feed));
        effects.extend(asks);
    }
    effects
}

/// An order that ended otherwise than ordered stays in sight so long: nobody may take its going for success.
pub const IN_SIGHT: Duration = Duration::from_mins(5);

/// Orders that want to be seen on every screen: those under way, and those that have lately gone wrong.
pub fn in_sight(state: &State) -> impl Iterator<Item = &Record> {
    let lately = |r: &Record| r.since().is_some_and(|at| at.age(state.now) < IN_SIGHT);
    state
        .orders
        .iter()
        .filter(move |r| !r.life.is_final() || (r.went_wrong() && lately(r)))
}

/// Orders that are not finished.
pub fn under_way(state: &State) -> impl Iterator<Item = &Record> {
    state.orders.iter().filter(|r| !r.life.is_final())
}
