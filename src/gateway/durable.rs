//! A gateway's journal: every order is durable before it is run, every answer before anybody hears of it, and both
//! survive the gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use crate::domain::act::Done;
use crate::domain::deed::Deed;
use crate::domain::ids::{BlockKey, OrderId, SiteId};
use crate::domain::journal::{Entry, Fact};
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::feed::protocol::order_form;
use crate::journal::audit::{Reader, Trouble, Writer};
use crate::journal::{deed_of, done_of, order_of, orders_of, status_of};

use super::acts::done;
use super::ledger::digest;

pub use super::acts::Void;

/// The disk is waited for so long; consoles hear nothing meanwhile.
const WITHIN: Duration = Duration::from_secs(2);
/// A large journal takes a while to open.
const OPEN_WITHIN: Duration = Duration::from_mins(1);

/// Where orders and answers are kept.
pub trait Keep: Debug + Send {
    /// Keeps all of these or none, and comes back once they are durable. Errors: one sentence.
    fn keep(&mut self, entries: Vec<Entry>) -> Result<(), String>;
}

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
    /// Restores that were under way.
    pub restores: Vec<Order>,
}

/// Whose order an id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The id.
    pub id: OrderId,
    /// Who issued it.
    pub by: Arc<str>,
    /// Where it acts.
    pub sites: Arc<[SiteId]>,
    /// SHA-256 of what was signed; none of an order that an older version has kept.
    pub form: Option<[u8; 32]>,
}

impl Taken {
    pub(super) fn of(order: &Order) -> Self {
        let sites: BTreeSet<&SiteId> = order.targets.iter().map(|target| &target.site).collect();
        Self {
            id: order.id,
            by: Arc::clone(&order.issued_by),
            sites: sites.into_iter().cloned().collect(),
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
    pub by: std::sync::Arc<str>,
    /// Zero: holds until restored.
    pub lease: Duration,
}

/// Codes of reasons that say of a failed target that the block was not told it in the end.
const TAKEN_BACK: [&str; 3] = ["superseded", "given_up", "restarted"];

/// A journal on disk.
#[derive(Debug)]
pub struct Durable {
    writer: Option<Writer>,
    gateway: String,
    clock: fn() -> Timestamp,
}

/// Opens the journal of a gateway, or begins it, and reads what it holds.
pub fn open(
    folder: &Path,
    gateway: &str,
    clock: fn() -> Timestamp,
) -> Result<(Durable, Past), Trouble> {
    let (tell, told) = mpsc::channel();
    let writer = Writer::start(vec![folder.to_owned()], 0, move |outcome| {
        let _ = tell.send(outcome);
    })
    .map_err(|error| Trouble::Io {
        at: folder.to_owned(),
        why: error.to_string(),
    })?;
    told.recv_timeout(OPEN_WITHIN)
        .unwrap_or(Err(Trouble::Late))?;
    let past = read(&Reader::open(folder)?)?;
    let mut durable = Durable {
        writer: Some(writer),
        gateway: gateway.to_owned(),
        clock,
    };
    let started = durable.entry(Fact::Started {
        version: env!("CARGO_PKG_VERSION").into(),
        desk: gateway.into(),
        config: None,
        feeds: Vec::new(),
    });
    durable.append(vec![started])?;
    Ok((durable, past))
}

impl Durable {
    fn entry(&self, fact: Fact) -> Entry {
        Entry {
            at: (self.clock)(),
            actor: self.gateway.as_str().into(),
            fact,
        }
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<(), Trouble> {
        let writer = self.writer.as_ref().ok_or(Trouble::Closed)?;
        writer.append_within(entries, WITHIN).map(drop)
    }
}

impl Keep for Durable {
    fn keep(&mut self, entries: Vec<Entry>) -> Result<(), String> {
        self.append(entries).map_err(|trouble| trouble.to_string())
    }
}

/// The gateway ends in good order.
impl Drop for Durable {
    fn drop(&mut self) {
        let stopped = self.entry(Fact::Stopped);
        let _ = self.append(vec![stopped]);
        if let Some(writer) = self.writer.take() {
            let _ = writer.close(WITHIN);
        }
    }
}

fn read(reader: &Reader) -> Result<Past, Trouble> {
    let mut orders: BTreeMap<u64, (OrderId, Vec<(SiteId, u64)>)> = BTreeMap::new();
    let mut answers: BTreeMap<u128, OrderStatus> = BTreeMap::new();
    let mut past = Past::default();
    let mut open: BTreeMap<u128, Order> = BTreeMap::new();
    let unreadable = reader.each_after(0, |row| {
        let understood = match &*row.kind {
            "order" => orders_of(&row).map(|(id, sequences)| {
                answers.entry(id.0).or_insert(OrderStatus {
                    id,
                    phase: Phase::Received,
                    at: row.at,
                    detail: "".into(),
                    targets: Vec::new(),
                });
                orders.insert(row.seq, (id, sequences));
                if let Some(order) = order_of(&row) {
                    past.taken.push(Taken::of(&order));
                    open.entry(id.0).or_insert(order);
                }
            }),
            "answer" => status_of(&row).map(|status| {
                if status.phase.is_final()
                    && let Some(order) = open.remove(&status.id.0)
                {
                    tell(&mut past.told, &order, &status);
                }
                answers.insert(status.id.0, status);
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
            "act" => done_of(&row).map(|act| past.acts.push(act)),
            "deed" => deed_of(&row).map(|(deed, settled)| {
                past.acts.push(done(&deed));
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
    for (id, order) in open {
        let Some(status) = answers.get(&id) else {
            continue;
        };
        match order.kind {
            OrderKind::Curtail => tell(&mut past.told, &order, status),
            OrderKind::Restore if !status.targets.is_empty() => past.restores.push(order),
            OrderKind::Restore => {}
        }
    }
    let mut highest: BTreeMap<SiteId, u64> = BTreeMap::new();
    for (id, sequences) in orders.into_values() {
        let Some(status) = answers.remove(&id.0) else {
            continue;
        };
        for (site, sequence) in sequences {
            let taken = |t: &crate::domain::order::TargetStatus| {
                t.site == site && t.phase != Phase::Rejected
            };
            if status.phase == Phase::Received || status.targets.iter().any(taken) {
                let seen = highest.entry(site).or_insert(0);
                *seen = (*seen).max(sequence);
            }
        }
        past.answers.push(status);
    }
    past.sequences = highest.into_iter().collect();
    Ok(past)
}

/// What an order's answer says that its blocks were told.
fn tell(told: &mut BTreeMap<BlockKey, Told>, order: &Order, status: &OrderStatus) {
    for row in &status.targets {
        let back = |reason: &Reason| TAKEN_BACK.contains(&reason.code());
        let was_told = match row.phase {
            Phase::Executing | Phase::Delivered => true,
            Phase::Failed => !row.reasons.iter().any(back),
            _ => false,
        };
        if !was_told {
            continue;
        }
        let named =
            |t: &&crate::domain::order::OrderTarget| t.site == row.site && t.block == row.block;
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
