//! What an earlier life of a gateway has left, read from its journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::control::pace::sites;
use crate::control::tally::Tally;
use crate::domain::act::Done;
use crate::domain::deed::Deed;
use crate::domain::ids::{BlockKey, OrderId, SiteId};
use crate::domain::order::{
    Issued, Order, OrderKind, OrderStatus, OrderTarget, Phase, Reason, TargetStatus,
};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::feed::protocol::order_form;
use crate::journal::audit::{Reader, Trouble};
use crate::journal::{deed_of, done_of, order_of, orders_of, status_of};

use super::acts::{Void, done};
use super::ledger::{call_back, digest};

/// What an earlier life of a gateway has left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// The last answer to each order, in the order in which they came. One that was taken in and never answered is
    /// `received`.
    pub answers: Vec<OrderStatus>,
    /// Ids that were asked for before they came.
    pub dead: Vec<Void>,
    /// Whose orders the ids of the answers stand for.
    pub taken: Vec<Taken>,
    /// Acts that came, in their order.
    pub acts: Vec<Done>,
    /// Authority that changed hands, and tags that were hung and taken off, in their order.
    pub deeds: Vec<Deed>,
    /// The highest sequence of each site that an order was accepted with.
    pub sequences: Vec<(SiteId, u64)>,
    /// What each block was told last, as far as it was told anything.
    pub told: BTreeMap<BlockKey, Told>,
    /// Restores that were accepted and not over.
    pub restores: Vec<Order>,
    /// Sheds that are spread and of which blocks wait for their turns, and when each was accepted.
    pub spreads: Vec<(Order, Timestamp)>,
    /// When it is last known to have lived.
    pub alive: Option<Timestamp>,
    /// What each person has moved in the last days.
    pub tally: Tally,
    /// When an emergency's step was last seen under way.
    pub emergency: Option<Timestamp>,
}

impl Past {
    /// Orders that are gone on with.
    pub(super) fn going_on(&self) -> impl Iterator<Item = OrderId> {
        let spreads = self.spreads.iter().map(|(order, _)| order);
        self.restores.iter().chain(spreads).map(|order| order.id)
    }
}

/// Whose order an id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The id.
    pub id: OrderId,
    /// Who issued it.
    pub by: Arc<str>,
    /// The same with all else that is told of it; none of one that was over long ago.
    pub issued: Option<Arc<Issued>>,
    /// Where it acts.
    pub sites: Arc<[SiteId]>,
    /// Until when it could be taken.
    pub expires: Timestamp,
    /// SHA-256 of what was signed; none of an order that an older version has kept.
    pub form: Option<[u8; 32]>,
}

impl Taken {
    pub(super) fn of(order: &Order) -> Self {
        let sites: BTreeSet<&SiteId> = sites(order).collect();
        Self {
            id: order.id,
            by: Arc::clone(&order.issued_by),
            issued: Some(Arc::new(Issued::of(order))),
            sites: sites.into_iter().cloned().collect(),
            expires: order.expires_at,
            form: Some(digest(&order_form(order))),
        }
    }
}

/// What a block was told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Down or up.
    pub kind: OrderKind,
    /// What it shall draw. Zero for a block that took another's place: as little as it can.
    pub target: Power,
    /// By which order.
    pub order: OrderId,
    /// Who issued it.
    pub by: Arc<str>,
    /// Zero: holds until restored.
    pub lease: Duration,
}

/// Codes of reasons that say of a failed target that the block was not told it in the end.
const TAKEN_BACK: [&str; 5] = [
    "superseded",
    "given_up",
    "tagged",
    "restarted",
    "restarted_under_way",
];

/// Reads a gateway's journal. What was ordered before `counted_since` counts for no limit any more.
pub(super) fn read(reader: &Reader, counted_since: Timestamp) -> Result<Past, Trouble> {
    let mut orders: BTreeMap<u64, (OrderId, Vec<(SiteId, u64)>)> = BTreeMap::new();
    let mut answers: BTreeMap<u128, OrderStatus> = BTreeMap::new();
    let mut past = Past::default();
    let mut open: BTreeMap<u128, Order> = BTreeMap::new();
    let mut accepted: BTreeMap<u128, Timestamp> = BTreeMap::new();
    let mut wants: BTreeMap<u128, Power> = BTreeMap::new();
    let unreadable = reader.each_after(0, |row| {
        // A start alone has brought nothing on yet.
        if row.kind != "start" {
            past.alive = Some(row.at);
        }
        let understood = match &*row.kind {
            "order" => orders_of(&row).map(|(id, sequences)| {
                answers.entry(id.0).or_insert(OrderStatus {
                    id,
                    phase: Phase::Received,
                    at: row.at,
                    detail: "".into(),
                    targets: Vec::new(),
                    issued: None,
                });
                orders.insert(row.seq, (id, sequences));
                if let Some(order) = order_of(&row) {
                    past.taken.push(Taken::of(&order));
                    if row.at >= counted_since {
                        past.tally.take(&order, |_| None, Power::ZERO);
                        if let Some(person) = serves(&order, &past.told) {
                            past.tally.serves(id, person);
                        }
                    }
                    open.entry(id.0).or_insert(order);
                }
            }),
            "answer" => status_of(&row).map(|(status, wanted)| {
                past.tally.hear(&status);
                wants.extend(wanted.map(|wanted| (status.id.0, wanted)));
                let id = status.id.0;
                if let Some(order) = open.get(&id) {
                    if order.emergency && status.phase == Phase::Executing {
                        past.emergency = past.emergency.max(Some(status.at));
                    }
                    tell(&mut past.told, order, answers.get(&id), &status);
                }
                accepted.entry(id).or_insert(status.at);
                if status.phase.is_final() {
                    open.remove(&id);
                    accepted.remove(&id);
                }
                answers.insert(id, status);
            }),
            "dead" => orders_of(&row).map(|(id, _)| {
                // Of an older version: for anybody's orders.
                let by = match &*row.actor {
                    "gateway" => "".into(),
                    name => name.into(),
                };
                past.dead.push(Void {
                    id,
                    by,
                    since: row.at,
                });
            }),
            "act" => done_of(&row).map(|act| {
                if let Some(status) = called_back(&act).and_then(|id| answers.get_mut(&id))
                    && open.contains_key(&status.id.0)
                    && call_back(status)
                {
                    past.tally.hear(status);
                    if status.phase.is_final() {
                        open.remove(&status.id.0);
                    }
                }
                past.acts.push(act);
            }),
            "deed" => deed_of(&row).map(|(deed, settled)| {
                past.acts.push(done(&deed, row.at));
                // Recorded too late to be done, it has a second row that says so. Another one may bear its id by then.
                past.deeds.retain(|other| *other != deed);
                past.deeds.extend(settled.then_some(deed));
            }),
            _ => Some(()),
        };
        understood.is_none().then_some(row.seq)
    })?;
    if let Some(seq) = unreadable {
        return Err(Trouble::Broken {
            at: reader.file().to_owned(),
            seq,
            why: "this version can't read it".into(),
        });
    }
    go_on(&mut past, open, &accepted, &answers);
    for taken in &mut past.taken {
        if let Some(issued) = &mut taken.issued {
            Arc::make_mut(issued).wanted = wants.get(&taken.id.0).copied();
        }
    }
    settle(&mut past, orders, answers);
    Ok(past)
}

/// What is under way and is gone on with.
fn go_on(
    past: &mut Past,
    open: BTreeMap<u128, Order>,
    accepted: &BTreeMap<u128, Timestamp>,
    answers: &BTreeMap<u128, OrderStatus>,
) {
    for (id, order) in open {
        let Some(status) = answers.get(&id).filter(|s| !s.targets.is_empty()) else {
            continue;
        };
        if order.kind == OrderKind::Restore {
            past.restores.push(order);
        } else if let Some(at) = accepted.get(&id).filter(|_| is_put_off(&order, status)) {
            past.spreads.push((order, *at));
        }
    }
}

/// Do blocks of it wait for turns of their own?
fn is_put_off(order: &Order, status: &OrderStatus) -> bool {
    let mut rows = order.targets.iter().zip(&status.targets);
    rows.any(|(target, row)| !target.after.is_zero() && row.phase == Phase::Accepted)
}

/// The last answer to each order, and the highest sequence that each site has taken.
fn settle(
    past: &mut Past,
    orders: BTreeMap<u64, (OrderId, Vec<(SiteId, u64)>)>,
    mut answers: BTreeMap<u128, OrderStatus>,
) {
    let mut highest: BTreeMap<SiteId, u64> = BTreeMap::new();
    for (id, sequences) in orders.into_values() {
        let Some(status) = answers.remove(&id.0) else {
            continue;
        };
        for (site, sequence) in sequences {
            let taken = |t: &TargetStatus| t.site == site && t.phase != Phase::Rejected;
            if status.phase == Phase::Received || status.targets.iter().any(taken) {
                let seen = highest.entry(site).or_insert(0);
                *seen = (*seen).max(sequence);
            }
        }
        past.answers.push(status);
    }
    past.sequences = highest.into_iter().collect();
}

/// The order that an act has called back. It is recorded before it is done: what had not begun by then never will.
fn called_back(act: &Done) -> Option<u128> {
    let id = (&*act.what == "order_cancel").then(|| ulid::Ulid::from_string(&act.about));
    Some(id?.ok()?.0)
}

/// Whose order one of the gateway's own serves: what it gives back was taken off by that person. Persons sign theirs.
fn serves<'a>(order: &Order, told: &'a BTreeMap<BlockKey, Told>) -> Option<&'a Arc<str>> {
    let own = order.signature.is_none() && order.kind == OrderKind::Restore;
    let first = order.targets.first().filter(|_| own)?;
    let told = told.get(&BlockKey::new(&first.site, &first.block))?;
    Some(&told.by)
}

/// What an order's answer says that its blocks were told since the one before.
fn tell(
    told: &mut BTreeMap<BlockKey, Told>,
    order: &Order,
    before: Option<&OrderStatus>,
    status: &OrderStatus,
) {
    for (at, row) in status.targets.iter().enumerate() {
        let known = before.and_then(|before| before.targets.get(at));
        if !was_told(order.kind, row) || known.is_some_and(|row| was_told(order.kind, row)) {
            continue;
        }
        let named = |t: &&OrderTarget| t.site == row.site && t.block == row.block;
        let target = order.targets.iter().find(named);
        told.insert(
            BlockKey::new(&row.site, &row.block),
            Told {
                kind: order.kind,
                target: target.map_or(Power::ZERO, |t| t.target),
                order: order.id,
                by: order.issued_by.clone(),
                lease: order.lease,
            },
        );
    }
}

/// A block on its way down is told so for good; one on its way up may be taken back, until it is there.
fn was_told(kind: OrderKind, row: &TargetStatus) -> bool {
    let back = |reason: &Reason| TAKEN_BACK.contains(&reason.code());
    match row.phase {
        Phase::Executing => kind == OrderKind::Curtail,
        Phase::Delivered => true,
        Phase::Failed => !row.reasons.iter().any(back),
        _ => false,
    }
}
