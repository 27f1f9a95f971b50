//! A gateway's journal: every order is durable before it is run, every answer before anybody hears of it, and both
//! survive the gateway.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crate::domain::ids::{OrderId, SiteId};
use crate::domain::journal::{Entry, Fact};
use crate::domain::order::{OrderStatus, Phase};
use crate::domain::time::Timestamp;
use crate::journal::audit::{Reader, Trouble, Writer};
use crate::journal::{orders_of, status_of};

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
    pub dead: Vec<OrderId>,
    /// The highest sequence of each site that an order was accepted with.
    pub sequences: Vec<(SiteId, u64)>,
}

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
            }),
            "answer" => status_of(&row).map(|status| {
                answers.insert(status.id.0, status);
            }),
            "dead" => orders_of(&row).map(|(id, _)| past.dead.push(id)),
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
