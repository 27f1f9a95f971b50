//! What the miner knows, and what follows from news. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::ease::Seen;
use super::super::records::{Record, Records, realm};
use super::super::{Told, Work};
use crate::domain::mining::{
    BlockFate, Chain, FoundBlock, Health, Lifetime, MiningEvent, MiningStatus, ShareCounts,
    ShareVerdict, SourceKind, SourceView, WorkView,
};
use crate::domain::time::Timestamp;
use crate::engine::job::Job;
use crate::engine::worker::Find;

/// Blocks in the status.
pub const SHOWN_BLOCKS: usize = 64;
/// Reasons that are told apart; what a hostile pool says beyond them is one more.
const REASONS: usize = 32;
/// Depths at which a block is worth a line: found on, hard to undo, its coins mature.
const DEPTHS: [u32; 3] = [1, 6, 100];

/// What shall be done.
#[derive(Debug, Clone)]
pub enum Do {
    /// Hash this, and nothing else.
    Hash(Job),
    /// Hash nothing.
    Stop,
    /// A line of the log.
    Event(MiningEvent),
    /// Write the records now: what came is worth it.
    Keep,
    /// End: this chain must not be mined on, and why.
    Refuse(String),
    /// End: so many blocks were wanted, and so many are in the chain or were answered by a pool.
    Enough,
}

/// A judge of the chain that the node names: refuses one that the payout can't belong to, with a reason.
pub type Judge = Box<dyn Fn(Chain) -> Result<(), String> + Send>;

/// The miner.
pub struct Miner {
    status: MiningStatus,
    /// All that is known of each chain, earlier runs and this one.
    known: Records,
    /// What is not written yet.
    fresh: Records,
    kind: SourceKind,
    judge: Judge,
    hashes: u64,
    started: Timestamp,
    /// Blocks found in this run that reached the chain or a pool.
    reached: BTreeSet<Arc<str>>,
    /// Those of them that the chain holds or a pool has answered.
    answered: BTreeSet<Arc<str>>,
    enough: Option<usize>,
    refused: Option<String>,
}

impl Miner {
    /// A miner that has heard nothing: its source's ends by their labels, the records of earlier runs, whether a chain may
    /// be mined on, and after how many blocks it is to end.
    pub fn new(
        kind: SourceKind,
        labels: &[Arc<str>],
        known: Records,
        judge: Judge,
        enough: Option<usize>,
        now: Timestamp,
    ) -> Self {
        let source = |(place, label): (usize, &Arc<str>)| SourceView {
            label: label.clone(),
            kind,
            health: if place == 0 {
                Health::Connecting
            } else {
                Health::Spare
            },
            detail: "".into(),
            since: now,
            latency: None,
            active: false,
        };
        let mut miner = Self {
            status: MiningStatus {
                chain: None,
                sources: labels.iter().enumerate().map(source).collect(),
                work: None,
                idle_because: "waiting for the first work".into(),
                shares: ShareCounts::default(),
                best: 0.0,
                lifetime: Lifetime::default(),
                blocks: Vec::new(),
            },
            known,
            fresh: Records::new(),
            kind,
            judge,
            hashes: 0,
            started: now,
            reached: BTreeSet::new(),
            answered: BTreeSet::new(),
            enough,
            refused: None,
        };
        miner.recall();
        miner
    }

    /// How it stands.
    pub const fn status(&self) -> &MiningStatus {
        &self.status
    }

    /// Why the chain that the node named must not be mined on.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Blocks of this run that reached the chain, or were given to a pool.
    pub fn blocks_of_this_run(&self) -> usize {
        self.reached.len()
    }

    /// The name of the records that count now; none before a node has named its chain.
    fn realm(&self) -> Option<&'static str> {
        match (self.kind, self.status.chain) {
            (SourceKind::Node, None) => None,
            (_, chain) => Some(realm(chain)),
        }
    }

    /// Changes the records, both sums alike. What is counted before the chain is known counts for none.
    fn record<T>(&mut self, change: impl Fn(&mut Record) -> T) -> Option<T> {
        let realm = self.realm()?;
        change(self.fresh.entry(realm.to_owned()).or_default());
        let known = self.known.entry(realm.to_owned()).or_default();
        let out = change(known);
        self.status.lifetime = known.lifetime();
        Some(out)
    }

    /// Shows what is known of the chain.
    fn recall(&mut self) {
        let Some(record) = self.realm().and_then(|realm| self.known.get(realm)) else {
            return;
        };
        self.status.lifetime = record.lifetime();
        for mut block in record.youngest(SHOWN_BLOCKS) {
            // It was held in memory alone.
            if block.fate == BlockFate::Waiting && block.at < self.started {
                block.fate = BlockFate::Refused("it was never sent: the program ended".into());
            }
            if !self.status.blocks.iter().any(|b| b.hash == block.hash) {
                self.status.blocks.push(block);
            }
        }
        self.sort_blocks();
    }

    fn sort_blocks(&mut self) {
        let blocks = &mut self.status.blocks;
        blocks.sort_by_key(|block| (block.at, block.height));
        blocks.drain(..blocks.len().saturating_sub(SHOWN_BLOCKS));
    }

    /// What the source tells.
    pub fn told(&mut self, told: Told, now: Timestamp) -> Vec<Do> {
        if self.refused.is_some() {
            return match told {
                Told::Block(block) => self.block(&block),
                _ => Vec::new(),
            };
        }
        match told {
            Told::Chain(chain) => self.chain(chain),
            Told::Health {
                end,
                health,
                detail,
                latency,
                active,
            } => {
                let Some(view) = self.status.sources.get_mut(end) else {
                    return Vec::new();
                };
                let same = view.health == health && view.detail == detail && view.active == active;
                if view.health != health {
                    view.since = now;
                }
                view.health = health;
                view.detail = detail;
                view.latency = latency.or(view.latency);
                view.active = active;
                if same {
                    return Vec::new();
                }
                vec![Do::Event(MiningEvent::State(view.clone()))]
            }
            Told::Work(work) => self.work(*work),
            Told::NoWork(why) => {
                self.status.work = None;
                self.status.idle_because = why;
                vec![Do::Stop]
            }
            Told::Share {
                difficulty,
                verdict,
                took,
            } => {
                self.count(&verdict);
                vec![Do::Event(MiningEvent::Share {
                    difficulty,
                    verdict,
                    took,
                })]
            }
            Told::Pending(count) => {
                self.status.shares.pending = count;
                Vec::new()
            }
            Told::Block(block) => self.block(&block),
            Told::Taken(hash) => self.answered(&hash).into_iter().collect(),
            Told::Say(event) => vec![Do::Event(event)],
        }
    }

    fn chain(&mut self, chain: Chain) -> Vec<Do> {
        let before = self.status.chain;
        if before == Some(chain) {
            return Vec::new();
        }
        self.status.chain = Some(chain);
        if let Err(why) = (self.judge)(chain) {
            self.refused = Some(why.clone());
            self.status.work = None;
            self.status.idle_because = why.as_str().into();
            return vec![
                Do::Stop,
                Do::Event(MiningEvent::Error(why.as_str().into())),
                Do::Refuse(why),
            ];
        }
        self.recall();
        Vec::new()
    }

    fn work(&mut self, work: Work) -> Vec<Do> {
        let Work { job, view } = work;
        self.status.idle_because = "".into();
        // A node's header gets a new time each second: that is no news.
        let same = |old: &WorkView| {
            (old.source, old.received, &old.previous)
                == (view.source, view.received, &view.previous)
        };
        let is_news = self.kind == SourceKind::Pool || !self.status.work.as_ref().is_some_and(same);
        self.status.work = Some(view.clone());
        if self.kind == SourceKind::Node {
            let (difficulty, at) = (view.network_difficulty, view.received);
            self.record(|record| record.saw(Seen { difficulty, at }));
        }
        // The engine first: every millisecond on old work is lost.
        let news = is_news.then(|| Do::Event(MiningEvent::Job(Box::new(view))));
        std::iter::once(Do::Hash(job)).chain(news).collect()
    }

    fn count(&mut self, verdict: &ShareVerdict) {
        let shares = &mut self.status.shares;
        let other = || Arc::from("other reasons");
        match verdict {
            ShareVerdict::Accepted => {
                shares.accepted += 1;
                self.record(Record::accepted);
            }
            ShareVerdict::Stale => shares.stale += 1,
            ShareVerdict::Rejected(why) => {
                let full = shares.rejected.len() >= REASONS && !shares.rejected.contains_key(why);
                let why = if full { other() } else { why.clone() };
                *shares.rejected.entry(why).or_default() += 1;
            }
            ShareVerdict::Lost(why) => {
                let full = shares.lost.len() >= REASONS && !shares.lost.contains_key(why);
                let why = if full { other() } else { why.clone() };
                *shares.lost.entry(why).or_default() += 1;
            }
        }
    }

    fn block(&mut self, block: &FoundBlock) -> Vec<Do> {
        let of_earlier_run = block.at < self.started;
        let known = self
            .status
            .blocks
            .iter_mut()
            .find(|known| known.hash == block.hash);
        let before = known.as_ref().map(|known| known.fate.clone());
        match known {
            Some(known) => *known = block.clone(),
            None => self.status.blocks.push(block.clone()),
        }
        self.sort_blocks();
        if before.as_ref() == Some(&block.fate) {
            return Vec::new();
        }
        // Of whatever chain: blocks that wait on disk are told before the node has named its own.
        let known = |is: fn(&Record, &str) -> bool| {
            of_earlier_run && self.known.values().any(|record| is(record, &block.hash))
        };
        let (reached, lost) = (known(Record::has_reached), known(Record::has_lost));
        self.record(|record| record.block(block));
        let worth_a_line = match (&before, &block.fate) {
            (Some(BlockFate::InChain(_)), BlockFate::InChain(depth)) => DEPTHS.contains(depth),
            // Settled by an earlier run, and told then.
            (_, BlockFate::Stored) => !reached && !lost,
            (_, BlockFate::InChain(_)) => !reached,
            (None, BlockFate::SideBranch) if of_earlier_run => false,
            (_, BlockFate::SideBranch | BlockFate::Refused(_)) => !lost,
            (_, BlockFate::Waiting | BlockFate::WithPool | BlockFate::Doubted(_)) => true,
        };
        let mut out = Vec::new();
        if worth_a_line {
            out.push(Do::Event(MiningEvent::Block(block.clone())));
            out.push(Do::Keep);
        }
        let counts = matches!(
            block.fate,
            BlockFate::InChain(_) | BlockFate::WithPool | BlockFate::Doubted(_)
        );
        if matches!(block.fate, BlockFate::Refused(_)) {
            self.reached.remove(&block.hash);
            self.answered.remove(&block.hash);
        }
        // Others were found by an earlier run, and are offered again.
        if counts && !of_earlier_run {
            self.reached.insert(Arc::clone(&block.hash));
        }
        if matches!(block.fate, BlockFate::InChain(_) | BlockFate::Doubted(_)) {
            out.extend(self.answered(&block.hash));
        }
        out
    }

    /// A block of this run is in the chain, or a pool has answered it: what is only given may never have arrived.
    fn answered(&mut self, hash: &Arc<str>) -> Option<Do> {
        let is_new = self.reached.contains(hash) && self.answered.insert(Arc::clone(hash));
        let is_enough = self
            .enough
            .is_some_and(|enough| self.answered.len() == enough);
        (is_new && is_enough).then_some(Do::Enough)
    }

    /// A find, after its source has had it. Its difficulty is that of the hash itself, computed here, whatever a pool
    /// makes of it.
    pub fn found(&mut self, find: &Find, now: Timestamp) -> Vec<Do> {
        let difficulty = find.difficulty;
        if !difficulty.is_finite() || difficulty <= self.status.best {
            return Vec::new();
        }
        self.status.best = difficulty;
        let all_time = self.record(|record| record.judged(difficulty, now)) == Some(true);
        let mut out = vec![Do::Event(MiningEvent::Best {
            difficulty,
            all_time,
        })];
        if all_time {
            out.push(Do::Keep);
        }
        out
    }

    /// The engine's own count of headers since it started, all of them on real work.
    pub fn hashed(&mut self, total: u64) {
        let more = total.saturating_sub(self.hashes);
        self.hashes = self.hashes.max(total);
        if more > 0 {
            self.record(|record| record.hashed(more));
        }
    }

    /// What is to be written; it counts as written from now on.
    pub fn take_fresh(&mut self) -> Records {
        std::mem::take(&mut self.fresh)
    }

    /// What was to be written could not be.
    pub fn give_back(&mut self, unwritten: &Records) {
        super::super::records::add(&mut self.fresh, unwritten);
    }

    /// The records as they stand after writing, other programs' counts included.
    pub fn written(&mut self, mut records: Records) {
        super::super::records::add(&mut records, &self.fresh);
        self.known = records;
        self.recall();
    }
}
