//! What goes into the session and comes out of it.

use std::sync::Arc;
use std::time::Duration;

use super::super::ledger::Depth;
use super::super::rpc::Fault;
use super::super::spool::{End, Stored};
use super::super::zmq::News;
use crate::engine::header::Hash;
use crate::work::Told;
use crate::work::payout::Payouts;
use crate::work::template::{Tag, Template, TemplateOptions};

/// What is asked of a node.
#[derive(Debug, Clone)]
pub(in crate::work::node) enum Ask {
    /// Which chain it is on.
    Chain,
    /// Whether it allows what a found block will need.
    Allowed,
    /// A template, made to these wishes.
    Template(Arc<TemplateOptions>),
    /// A template once there is a newer one than this id's.
    Longpoll(Arc<TemplateOptions>, String),
    /// The hash of its tip.
    Tip,
    /// The time of a block.
    Parent(Hash),
    /// Whether it would take the template's first block.
    Propose(Arc<Template>),
    /// To take a block.
    Submit(Arc<Stored>),
    /// Where the chain is, and what is at the block's height.
    Depth(Arc<Stored>),
}

/// Which chain a node is on, and where on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::work::node) struct ChainNow {
    /// In the node's word.
    pub(in crate::work::node) word: String,
    /// Of its tip, where it says so.
    pub(in crate::work::node) height: Option<u32>,
    /// As displayed.
    pub(in crate::work::node) tip: Option<String>,
    /// It has not got all of it yet.
    pub(in crate::work::node) fetching: bool,
}

/// What a node answers.
#[derive(Debug, Clone)]
pub(in crate::work::node) enum Answer {
    /// To `Chain`.
    Chain(ChainNow),
    /// To `Allowed`.
    Allowed,
    /// To `Template` and `Longpoll`.
    Template(Arc<Template>),
    /// As displayed.
    Tip(String),
    /// Seconds since 1970.
    Parent(u32),
    /// To `Propose` and `Submit`.
    Reason(Option<String>),
    /// To `Depth`.
    Depth(Depth),
}

/// What happens.
#[derive(Debug, Clone)]
pub(in crate::work::node) enum Event {
    /// A node answered, or did not.
    Answer {
        /// Which node.
        node: usize,
        /// What was asked.
        ask: Ask,
        /// When.
        sent: Duration,
        /// How long it took.
        took: Duration,
        /// Its answer.
        answer: Result<Answer, Fault>,
    },
    /// The head of a long poll's answer names this tip; the rest is on its way.
    Ahead(usize, Hash),
    /// A publisher told something.
    News(usize, News),
    /// A block on this one was found; it is on its way to the disk.
    Finding(Hash),
    /// A block was found, and is on disk.
    Found(Arc<Stored>, Arc<Template>),
    /// A block of an earlier run.
    Kept(Arc<Stored>),
    /// Time passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(in crate::work::node) enum Action {
    /// Ask a node; each question is answered once.
    Ask(usize, Ask),
    /// Forget the long poll that is under way; it is not answered any more.
    DropLongpoll(usize),
    /// Hash on this template with this time.
    Work(usize, Arc<Template>, u32),
    /// Stop hashing.
    NoWork(Arc<str>),
    /// Tell the miner.
    Tell(Told),
    /// Settle a block in the spool.
    Settle(Hash, End),
}

/// What the session goes by.
#[derive(Debug, Clone)]
pub(in crate::work::node) struct Settings {
    pub(in crate::work::node) nodes: usize,
    pub(in crate::work::node) payouts: Payouts,
    pub(in crate::work::node) tag: Tag,
    pub(in crate::work::node) poll: Duration,
    /// Each long poll holds one of the node's few threads, so only where a person wants it.
    pub(in crate::work::node) longpoll: bool,
    pub(in crate::work::node) max_age: Duration,
    pub(in crate::work::node) check_proposals: bool,
}
