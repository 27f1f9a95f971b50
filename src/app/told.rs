//! Orders that gateways tell of other desks, and of this one before it started.
//!
//! Invariant: bounded for each feed in orders and in blocks, whatever it tells; what is under way stays before what is
//! over. None of them is this desk's, whatever name stands under it.

use std::time::Duration;

use super::{State, delivery};
use crate::control::order::{Event, Record, apply};
use crate::domain::ids::FeedId;
use crate::domain::link::Item;
use crate::domain::order::{Issued, Order, OrderStatus, OrderTarget, Phase, PlanHash};
use crate::domain::units::Power;

/// Of one feed.
pub(super) const MOST: usize = 200;
/// Blocks of all of them.
const MOST_BLOCKS: usize = 10_000;
/// Reasons of one block.
const MOST_REASONS: usize = 4;

/// Takes in an order that is nobody's here.
pub(super) fn take(state: &mut State, feed: FeedId, status: &OrderStatus) {
    let is = |r: &&Record| r.order.id == status.id;
    // Under the id of one of ours it is nobody's but ours.
    if state
        .orders
        .iter()
        .chain(&state.curtailing.own)
        .any(|r| is(&r))
    {
        return;
    }
    let mut known = state.curtailing.told.iter_mut();
    if let Some(record) = known.find(|r| r.order.id == status.id && r.feed == feed) {
        if record.order.targets.len() < status.targets.len() {
            record.order.targets = targets(status);
        }
        record.wanted = wants(status).unwrap_or(record.wanted);
        return;
    }
    let unseen = matches!(status.phase, Phase::NotSeen | Phase::Unseen);
    let Some(issued) = status.issued.as_ref().filter(|_| !unseen) else {
        return;
    };
    let record = heard(state, feed, status, issued);
    state.curtailing.told.push(record);
    bound(&mut state.curtailing.told, feed);
}

/// A status with no more reasons than are kept.
pub(super) fn trimmed(status: &OrderStatus) -> OrderStatus {
    let mut status = status.clone();
    for target in &mut status.targets {
        target.reasons.truncate(MOST_REASONS);
    }
    status
}

fn wants(status: &OrderStatus) -> Option<Power> {
    status.issued.as_ref()?.wanted
}

fn targets(status: &OrderStatus) -> Vec<OrderTarget> {
    let target = status.targets.iter().map(|told| OrderTarget {
        site: told.site.clone(),
        block: told.block.clone(),
        // Nobody says what it was told to draw, nor needs it here.
        target: Power::ZERO,
        epoch: 0,
        site_seq: 0,
        after: Duration::ZERO,
    });
    target.collect()
}

fn heard(state: &State, feed: FeedId, status: &OrderStatus, issued: &Issued) -> Record {
    let info = state.feed(feed).and_then(|feed| feed.info.as_ref());
    let order = Order {
        id: status.id,
        plan: PlanHash([0; 32]),
        nation: info.map_or_else(|| "".into(), |info| info.nation.clone()),
        gateway: info.map_or_else(
            || crate::domain::ids::GatewayId::new(""),
            |info| info.gateway.clone(),
        ),
        kind: issued.kind,
        targets: targets(status),
        substitutes: Vec::new(),
        extra_max: Power::ZERO,
        reason: issued.reason.clone(),
        issued_by: issued.by.clone(),
        countersigned_by: issued.countersigned_by.clone(),
        issued_at: issued.at,
        expires_at: issued.at,
        lease: Duration::ZERO,
        emergency: false,
        signature: None,
        countersignature: None,
        desk: issued.desk.clone(),
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    };
    let wanted = wants(status).unwrap_or(Power::ZERO);
    let record = Record {
        heard_at: Some(state.now),
        clock: delivery::clock(state, feed),
        ..Record::sent(order, feed, wanted, issued.at.min(state.now))
    };
    let mut record = delivery::with_before(state, record);
    let at = status.at.min(state.now).max(record.sent_at);
    apply(&mut record, Event::Status(trimmed(status)), at);
    record
}

/// A complete snapshot of a feed's orders: what it does not tell any more is gone.
pub(super) fn anew(state: &mut State, feed: FeedId, items: &[Item]) {
    let told: std::collections::BTreeSet<_> = items
        .iter()
        .filter_map(|item| match item {
            Item::Order(status) => Some(status.id),
            _ => None,
        })
        .collect();
    let stays = |r: &Record| r.feed != feed || told.contains(&r.order.id);
    state.curtailing.told.retain(stays);
}

/// The place of the first of this feed that is over, else of its first one.
fn oldest(told: &[Record], feed: FeedId, fits: impl Fn(&Record) -> bool) -> Option<usize> {
    let of = |r: &Record| r.feed == feed && fits(r);
    let over = told.iter().position(|r| of(r) && r.life.is_final());
    over.or_else(|| told.iter().position(of))
}

fn bound(told: &mut Vec<Record>, feed: FeedId) {
    let of_feed = |r: &&Record| r.feed == feed;
    while told.iter().filter(of_feed).count() > MOST
        && let Some(at) = oldest(told, feed, |_| true)
    {
        told.remove(at);
    }
    let blocks = |told: &[Record]| {
        let of = told.iter().filter(of_feed);
        of.map(|r| r.order.targets.len()).sum::<usize>()
    };
    while blocks(told) > MOST_BLOCKS
        && let Some(at) = oldest(told, feed, |r| !r.order.targets.is_empty())
    {
        let record = &mut told[at];
        record.order.targets = Vec::new();
        (record.targets, record.readings) = (Vec::new(), Vec::new());
    }
}
