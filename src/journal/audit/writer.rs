//! The one thread that writes. Whatever waits when it turns to the disk becomes durable together.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::chain::Row;
use super::place::{Claim, claim, file_in};
use super::schema::{check_guards, each_after, head, insert, open_to_write};
use super::trouble::Trouble;
use crate::domain::journal::{Entry, Fact, Head, Line};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::journal::body;
use crate::journal::whole::emergency_of;

/// Appends that wait for the disk.
const QUEUE: usize = 1_024;
/// Appends that become durable together.
const GROUP: usize = 256;
/// Rows at the end that are checked when a journal is opened.
const TAIL: u64 = 1_000;
/// A journal that could not be opened is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);

/// Rows that are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The rows, as they are shown.
    pub lines: Vec<Line>,
    /// The last row of the journal with them.
    pub head: Head,
}

/// A journal that stands ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its file.
    pub file: PathBuf,
    /// The last rows, oldest first.
    pub lines: Vec<Line>,
    /// The emergency orders among them: when each left, and what it should move.
    pub left: Vec<(Timestamp, Order, Power)>,
    /// The last row.
    pub head: Head,
}

/// Told once of an append: what became of it.
type Done = Box<dyn FnOnce(Result<Receipt, Trouble>) + Send>;
/// Told each time the journal was opened, or could not be.
type Told = Box<dyn FnMut(Result<Opened, Trouble>) + Send>;

struct Append {
    entries: Vec<Entry>,
    done: Done,
}

/// A journal's writer. Ends, with all that waits written, when it is dropped.
#[derive(Debug)]
pub struct Writer {
    appends: Option<SyncSender<Append>>,
    ended: Receiver<()>,
}

impl Writer {
    /// Starts the writer of the first of these folders that nobody else writes. Does not wait for the disk: `told`
    /// hears how the opening went, with the last `shown` rows. A journal that can't be opened is tried again when
    /// something is appended, not more often than every 5 s.
    pub fn start(
        folders: Vec<PathBuf>,
        shown: usize,
        told: impl FnMut(Result<Opened, Trouble>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (appends, inbox) = mpsc::sync_channel(QUEUE);
        let (end, ended) = mpsc::sync_channel(1);
        let mut desk = Desk {
            folders,
            shown,
            told: Box::new(told),
            store: Err(Trouble::Closed),
            tried: None,
        };
        thread::Builder::new()
            .name("baseload-journal".into())
            .spawn(move || {
                desk.open();
                desk.run(&inbox);
                // Closed before anybody is told: another writer may follow at once.
                drop(desk);
                let _ = end.send(());
            })?;
        Ok(Self {
            appends: Some(appends),
            ended,
        })
    }

    /// Appends all of these or none; never waits. `done` hears of it from the writer's thread once they are durable, or
    /// why they are not.
    pub fn append(
        &self,
        entries: Vec<Entry>,
        done: impl FnOnce(Result<Receipt, Trouble>) + Send + 'static,
    ) {
        let done: Done = Box::new(done);
        let Some(appends) = &self.appends else {
            return done(Err(Trouble::Closed));
        };
        match appends.try_send(Append { entries, done }) {
            Ok(()) => {}
            Err(TrySendError::Full(append)) => (append.done)(Err(Trouble::Behind)),
            Err(TrySendError::Disconnected(append)) => (append.done)(Err(Trouble::Closed)),
        }
    }

    /// Appends and waits until it is durable, at most so long. After [`Trouble::Late`] it may still become durable.
    pub fn append_within(&self, entries: Vec<Entry>, within: Duration) -> Result<Receipt, Trouble> {
        let (tell, heard) = mpsc::sync_channel(1);
        self.append(entries, move |outcome| {
            let _ = tell.send(outcome);
        });
        heard.recv_timeout(within).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => Trouble::Late,
                RecvTimeoutError::Disconnected => Trouble::Closed,
            })
        })
    }

    /// Ends it: what waits is written first, if the disk does it in this time.
    pub fn close(mut self, within: Duration) -> Result<(), Trouble> {
        self.appends = None;
        self.ended.recv_timeout(within).map_err(|_| Trouble::Late)
    }
}

/// What the thread has.
struct Desk {
    folders: Vec<PathBuf>,
    shown: usize,
    told: Told,
    store: Result<Store, Trouble>,
    tried: Option<Instant>,
}

impl Desk {
    fn open(&mut self) {
        self.tried = Some(Instant::now());
        self.store = Err(Trouble::Closed);
        for folder in &self.folders {
            self.store = Store::open(folder);
            if !matches!(self.store, Err(Trouble::Locked { .. })) {
                break;
            }
        }
        let opened = match &mut self.store {
            Ok(store) => store.opened(self.shown),
            Err(trouble) => Err(trouble.clone()),
        };
        (self.told)(opened);
    }

    fn run(&mut self, inbox: &Receiver<Append>) {
        while let Ok(first) = inbox.recv() {
            let mut group = vec![first];
            while group.len() < GROUP {
                match inbox.try_recv() {
                    Ok(next) => group.push(next),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            if self.store.is_err() && self.tried.is_none_or(|at| at.elapsed() >= AGAIN) {
                self.open();
            }
            let outcome = match &mut self.store {
                Ok(store) => store.append(&group),
                Err(trouble) => Err(trouble.clone()),
            };
            match outcome {
                Ok(receipts) => {
                    for (append, receipt) in group.into_iter().zip(receipts) {
                        (append.done)(Ok(receipt));
                    }
                }
                Err(trouble) => {
                    for append in group {
                        (append.done)(Err(trouble.clone()));
                    }
                    // What this store believes of its end may no longer hold.
                    if self.store.as_ref().is_ok_and(|store| store.doubtful) {
                        self.store = Err(trouble);
                        self.tried = None;
                    }
                }
            }
        }
    }
}

/// An open journal.
struct Store {
    at: PathBuf,
    connection: Connection,
    claim: Claim,
    head: Head,
    doubtful: bool,
}

impl Store {
    fn open(folder: &Path) -> Result<Self, Trouble> {
        let claim = claim(folder)?;
        let at = file_in(folder);
        let connection = open_to_write(&at)?;
        let mut store = Self {
            head: head(&connection, &at)?,
            at,
            connection,
            claim,
            doubtful: false,
        };
        store.check_tail()?;
        Ok(store)
    }

    /// The end of the chain must be sound, and no shorter than it was noted to be.
    fn check_tail(&mut self) -> Result<(), Trouble> {
        let broken = |seq, why| {
            Err(Trouble::Broken {
                at: self.at.clone(),
                seq,
                why,
            })
        };
        let noted = self.claim.noted.unwrap_or(Head::NONE);
        if noted.seq > self.head.seq {
            let why = format!("it and all up to {} were there, and are gone", noted.seq);
            return broken(self.head.seq + 1, why);
        }
        let first = self.head.seq.saturating_sub(TAIL);
        let mut before: Option<Head> = (first == 0).then_some(Head::NONE);
        let after = first.saturating_sub(1);
        let fault = each_after(&self.connection, &self.at, after, |row| {
            // The oldest of these is taken as it is: it is there to hang the next one on.
            let fault = before.and_then(|before| row.fault(before));
            before = Some(row.head());
            let other = row.seq == noted.seq && row.hash != noted.hash;
            fault
                .or_else(|| other.then(|| "its SHA-256 is not the one that was noted".into()))
                .map(|why| (row.seq, why))
        })?;
        match fault {
            Some((seq, why)) => broken(seq, why),
            None => Ok(()),
        }
    }

    fn opened(&mut self, shown: usize) -> Result<Opened, Trouble> {
        let (mut lines, mut left) = (Vec::new(), Vec::new());
        let after = self
            .head
            .seq
            .saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX));
        each_after(&self.connection, &self.at, after, |row| {
            lines.push(row.line());
            left.extend(emergency_of(&row));
            None::<()>
        })?;
        Ok(Opened {
            file: self.at.clone(),
            lines,
            left,
            head: self.head,
        })
    }

    /// One transaction for all that wait; one receipt each.
    fn append(&mut self, group: &[Append]) -> Result<Vec<Receipt>, Trouble> {
        let mut end = self.head;
        let mut receipts = Vec::with_capacity(group.len());
        let mut write = || {
            let making = self.connection.transaction()?;
            for append in group {
                let mut lines = Vec::with_capacity(append.entries.len());
                for entry in &append.entries {
                    let row = next(end, entry);
                    insert(&making, &row)?;
                    end = row.head();
                    lines.push(row.line());
                }
                receipts.push(Receipt { lines, head: end });
            }
            making.commit()
        };
        let written: rusqlite::Result<()> = write();
        if let Err(error) = written {
            let trouble = Trouble::of(&self.at, &error);
            // What was refused is not there; anything else, and the chain is looked at anew.
            self.doubtful = !head(&self.connection, &self.at).is_ok_and(|now| now == self.head);
            if matches!(trouble, Trouble::Corrupt { .. } | Trouble::NotOurs { .. }) {
                self.doubtful = true;
                check_guards(&self.connection, &self.at)?;
            }
            return Err(trouble);
        }
        self.head = end;
        self.claim.note(end);
        Ok(receipts)
    }
}

/// The row that an entry makes after `before`.
fn next(before: Head, entry: &Entry) -> Row {
    let mut row = Row {
        seq: before.seq + 1,
        at: entry.at,
        actor: entry.actor.to_string(),
        kind: entry.fact.kind().to_owned(),
        prev: before.hash,
        body: body::text(&entry.fact),
        hash: [0; 32],
        signature: signature(&entry.fact).map(ToString::to_string),
    };
    row.hash = row.proper_hash();
    row
}

/// The operator's own signature over what the row holds.
fn signature(fact: &Fact) -> Option<&Arc<str>> {
    match fact {
        Fact::Intent { order, .. } | Fact::Order(order) => order.signature.as_ref(),
        _ => None,
    }
}
