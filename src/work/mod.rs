//! Where jobs come from and where finds go: nodes by getblocktemplate, pools by Stratum v1.
//!
//! Invariant: a block that was found is on disk before it is sent anywhere and is offered until it is answered; no header
//! is given to the engine twice; nothing is hashed whose coinbase does not pay whom it should. Everything that a node or
//! a pool says is hostile and bounded.

pub mod address;
pub mod ease;
mod hours;
pub mod miner;
pub mod node;
pub mod paid;
pub mod payout;
pub mod records;
pub mod stratum;
pub mod template;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::domain::mining::{Chain, FoundBlock, Health, MiningEvent, ShareVerdict, WorkView};
use crate::engine::job::Job;
use crate::engine::worker::Find;

/// Numbers of engine jobs, never given twice in one run; shared by all sources.
#[derive(Debug, Default)]
pub struct JobIds(AtomicU64);

impl JobIds {
    /// The next one, from 1.
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Relaxed) + 1
    }
}

/// Work that a source gives: it replaces all before from whatever source.
#[derive(Debug, Clone)]
pub struct Work {
    /// What to hash; its target is a share's, which no block's target is easier than.
    pub job: Job,
    /// What a person sees of it.
    pub view: WorkView,
}

/// What a source tells the miner.
#[derive(Debug, Clone)]
pub enum Told {
    /// The chain, once the node has named it.
    Chain(Chain),
    /// How one of the source's ends stands (`end`: its place in the list of sources).
    Health {
        /// Which end.
        end: usize,
        /// How it stands.
        health: Health,
        /// One sentence more; may be empty.
        detail: Arc<str>,
        /// How long its last answer took.
        latency: Option<Duration>,
        /// Work comes from this one.
        active: bool,
    },
    /// New work, to be hashed at once.
    Work(Box<Work>),
    /// What is being hashed is worth nothing any more (the tip has moved, the template is too old, the link is lost), and
    /// why: hashing stops until there is other work.
    NoWork(Arc<str>),
    /// What became of a share.
    Share {
        /// Its difficulty.
        difficulty: f64,
        /// What became of it.
        verdict: ShareVerdict,
        /// How long the answer took.
        took: Option<Duration>,
    },
    /// So many shares wait for an answer or for the link.
    Pending(u64),
    /// A block was found, or something became of one (told apart by its hash).
    Block(FoundBlock),
    /// The pool has answered yes to the share that is this block.
    Taken(Arc<str>),
    /// For the log.
    Say(MiningEvent),
}

/// How a source speaks to the miner: from its own threads, never waiting.
pub type Teller = Sender<Told>;

/// The miner's hand on a source. Dropping it ends the source's threads.
pub trait Source: Send {
    /// A find of one of this source's jobs (any of the last few, also of one that was replaced). Returns at once, save
    /// that a block is on disk when it returns.
    fn found(&mut self, find: &Find);
}
