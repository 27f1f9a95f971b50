//! What becomes of found blocks at each node: offered until answered, followed until deep in the chain, offered again where a
//! node has lost them. No input or output: asked what is due, told what was answered.
//!
//! Invariant: a block leaves the ledger only when it is [`DEEP`] blocks deep, when the chain is that much past its height
//! without it, after [`LONG`], or when every node found it against the rules.

use std::sync::Arc;
use std::time::Duration;

use super::backoff;
use super::rpc::Fault;
use super::spool::{End, Stored};
use super::words::{Verdict, verdict};
use crate::domain::mining::{BlockFate, Chain, FoundBlock};
use crate::domain::time::Timestamp;
use crate::engine::header::Hash;

/// Confirmations after which a block is settled.
const DEEP: u32 = 100;
/// How long a block that is not in the chain is offered.
const LONG: Duration = Duration::from_hours(48);
/// After so many offers in vain a node's work is taken all the same.
const TRIES: u32 = 5;
/// `RPC_DESERIALIZATION_ERROR`.
const UNREADABLE: i64 = -22;

/// Time, as the state machine is told it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// Since the start; never goes back.
    pub(super) mono: Duration,
    /// What the clock says; may go anywhere.
    pub(super) wall: Timestamp,
    /// 0 to 1, for jitter.
    pub(super) chance: f64,
}

/// A node's chain at one height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Depth {
    /// Its height.
    pub(super) tip: u32,
    /// The block at the height that was asked for; none where the chain is shorter.
    pub(super) at: Option<String>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// Something became of a block.
    Fate(FoundBlock),
    /// The spool need not offer it any more.
    Settle(Hash, End),
    /// One sentence for the log.
    Trouble(String),
}

/// How a block stands with one node.
#[derive(Debug, Clone, PartialEq)]
enum Standing {
    /// To be offered from then on.
    Unsent(Duration),
    /// No answer yet.
    Sending,
    /// Answered.
    Answered(Verdict),
}

#[derive(Debug)]
struct AtNode {
    standing: Standing,
    /// It has judged the block at least once.
    judged: bool,
    offers: u32,
    /// When it last judged it.
    at: Duration,
    /// It has lost the block since it last had it in its chain.
    lost: bool,
}

#[derive(Debug)]
struct Entry {
    block: Arc<Stored>,
    nodes: Vec<AtNode>,
    fate: BlockFate,
    /// When the chain is asked next.
    check: Duration,
}

impl Entry {
    /// Is this the block before it, where one is named?
    fn goes_on(&self, named: Option<&str>) -> bool {
        named.is_none_or(|named| self.block.previous().is_some_and(|it| it == named))
    }

    fn told(&mut self, fate: BlockFate) -> Option<Effect> {
        if self.fate == fate {
            return None;
        }
        self.fate = fate;
        Some(Effect::Fate(self.view()))
    }

    fn view(&self) -> FoundBlock {
        FoundBlock {
            hash: self.block.hash.to_string().into(),
            height: Some(self.block.height),
            at: self.block.at,
            reward: self.block.reward,
            fate: self.fate.clone(),
        }
    }
}

/// All blocks that are followed.
#[derive(Debug)]
pub(super) struct Ledger {
    nodes: usize,
    /// Lowest first: a node needs the parent before the child.
    entries: Vec<Entry>,
    checking: bool,
}

impl Ledger {
    pub(super) const fn new(nodes: usize) -> Self {
        Self {
            nodes,
            entries: Vec::new(),
            checking: false,
        }
    }

    /// Takes a block up, one that is known already only once.
    pub(super) fn add(&mut self, block: Arc<Stored>, now: Now) -> Vec<Effect> {
        if self.entries.iter().any(|e| e.block.hash == block.hash) {
            return Vec::new();
        }
        let unsent = || AtNode {
            standing: Standing::Unsent(now.mono),
            judged: false,
            offers: 0,
            at: Duration::ZERO,
            lost: false,
        };
        let entry = Entry {
            nodes: (0..self.nodes).map(|_| unsent()).collect(),
            fate: BlockFate::Stored,
            check: now.mono,
            block,
        };
        let effect = Effect::Fate(entry.view());
        let at = self
            .entries
            .partition_point(|e| e.block.height <= entry.block.height);
        self.entries.insert(at, entry);
        vec![effect]
    }

    /// The next block to be offered to a node that is on `chain`, and that takes none but on this block where one is named;
    /// counts as sent.
    pub(super) fn offer(
        &mut self,
        node: usize,
        chain: Chain,
        only_on: Option<&str>,
        now: Now,
    ) -> Option<Arc<Stored>> {
        let on_chain = |e: &&mut Entry| e.block.chain == chain && e.goes_on(only_on);
        if self
            .entries
            .iter()
            .any(|e| e.nodes[node].standing == Standing::Sending)
        {
            return None;
        }
        let due = |e: &&mut Entry| matches!(e.nodes[node].standing, Standing::Unsent(at) if at <= now.mono);
        let entry = self.entries.iter_mut().filter(on_chain).find(due)?;
        entry.nodes[node].standing = Standing::Sending;
        Some(Arc::clone(&entry.block))
    }

    /// Is there a block that this node has yet to judge, and may soon? `only_on` as to [`Ledger::offer`].
    pub(super) fn unjudged(&self, node: usize, chain: Chain, only_on: Option<&str>) -> bool {
        self.entries.iter().any(|e| {
            let there = &e.nodes[node];
            let due = e.block.chain == chain && !there.judged && there.offers < TRIES;
            due && e.goes_on(only_on)
        })
    }

    /// The greatest height of a block that is followed on this chain.
    pub(super) fn top(&self, chain: Chain) -> Option<u32> {
        let of_chain = |e: &&Entry| e.block.chain == chain;
        let heights = self.entries.iter().filter(of_chain).map(|e| e.block.height);
        heights.max()
    }

    /// The node's chain is no longer than this, by its answer to a question of `sent`: what it had taken above is gone
    /// there, and is offered again at once, the lowest first, before work is taken from it. Not twice in a row: a node that
    /// takes a block and does not grow is left to the checks. `tells`: it is by this node that a block's fate is told. Gives
    /// how many were lost.
    pub(super) fn no_longer(
        &mut self,
        node: usize,
        chain: Chain,
        height: u32,
        tells: bool,
        sent: Duration,
        now: Now,
    ) -> (usize, Vec<Effect>) {
        let (mut lost, mut effects) = (0, Vec::new());
        for entry in &mut self.entries {
            let there = &mut entry.nodes[node];
            let gone = entry.block.chain == chain && entry.block.height > height && there.at < sent;
            if !gone || there.lost || there.standing != Standing::Answered(Verdict::Taken) {
                continue;
            }
            (there.standing, there.judged) = (Standing::Unsent(now.mono), false);
            (there.offers, there.lost) = (0, true);
            lost += 1;
            effects.extend(tells.then(|| entry.told(BlockFate::Stored)).flatten());
        }
        if tells && lost > 0 {
            effects.push(Effect::Trouble(format!(
                "the node has lost {lost} of our blocks above height {height}; they are handed in again, the lowest first"
            )));
        }
        (lost, effects)
    }

    /// Did the node take the block, by its last answer?
    pub(super) fn taken(&self, node: usize, hash: &Hash) -> bool {
        let entry = self.entries.iter().find(|e| e.block.hash == *hash);
        entry.is_some_and(|e| e.nodes[node].standing == Standing::Answered(Verdict::Taken))
    }

    /// Is there a block that no node ever judged?
    pub(super) fn unheard(&self) -> bool {
        self.entries
            .iter()
            .any(|e| e.nodes.iter().all(|n| !n.judged))
    }

    /// The node is back: what waits is offered now.
    pub(super) fn back(&mut self, node: usize, now: Now) {
        for entry in &mut self.entries {
            if let Standing::Unsent(at) = &mut entry.nodes[node].standing {
                *at = now.mono.min(*at);
            }
        }
    }

    /// A node's answer to an offer.
    pub(super) fn answered(
        &mut self,
        node: usize,
        hash: &Hash,
        answer: Result<Option<String>, Fault>,
        now: Now,
    ) -> Vec<Effect> {
        let Some(at) = self.entries.iter().position(|e| e.block.hash == *hash) else {
            return Vec::new();
        };
        let entry = &mut self.entries[at];
        let there = &mut entry.nodes[node];
        there.offers = there.offers.saturating_add(1);
        // A node that cannot be reached is tried often; one that has judged is asked again at its leisure.
        let soon = now.mono + backoff::after(there.offers, now.chance);
        let later = now.mono + backoff::after(there.offers, now.chance) * 6;
        let judged = match answer {
            Ok(answer) => verdict(answer.as_deref()),
            Err(Fault::Rpc {
                code: UNREADABLE,
                message,
            }) => Verdict::Broken(format!("the node cannot read it ({message})")),
            Err(fault @ Fault::Rpc { .. }) => Verdict::NotYet(fault.sentence()),
            Err(fault) => {
                there.standing = Standing::Unsent(soon);
                let first = there.offers == 1;
                return first
                    .then(|| {
                        let hash = entry.block.hash;
                        Effect::Trouble(format!(
                            "block {hash} is on disk but not handed in yet: {}; it is offered until it is answered",
                            fault.sentence()
                        ))
                    })
                    .into_iter()
                    .collect();
            }
        };
        (there.judged, there.at) = (true, now.mono);
        there.standing = match &judged {
            Verdict::NotYet(_) | Verdict::Unclear(_) => Standing::Unsent(later),
            Verdict::Taken | Verdict::Broken(_) => Standing::Answered(judged.clone()),
        };
        entry.check = now.mono;
        let (height, taken) = (entry.block.height, judged == Verdict::Taken);
        if taken {
            // What was refused for the want of this one is offered at once.
            for child in self.entries.iter_mut().filter(|e| e.block.height > height) {
                if let Standing::Unsent(at) = &mut child.nodes[node].standing {
                    *at = now.mono.min(*at);
                }
            }
        }
        self.judged(at, judged)
    }

    fn judged(&mut self, at: usize, judged: Verdict) -> Vec<Effect> {
        let entry = &mut self.entries[at];
        let standing_well = matches!(entry.fate, BlockFate::InChain(_));
        let hash = entry.block.hash;
        let mut effects = Vec::new();
        match judged {
            Verdict::Taken => {}
            Verdict::NotYet(why) => {
                if !standing_well {
                    effects.push(Effect::Trouble(format!(
                        "block {hash}: {why}; it is offered again"
                    )));
                }
            }
            Verdict::Unclear(why) => {
                if !standing_well {
                    effects.extend(entry.told(BlockFate::Refused(why.into())));
                }
            }
            Verdict::Broken(why) => {
                if !standing_well {
                    effects.extend(entry.told(BlockFate::Refused(why.as_str().into())));
                }
                let broken =
                    |n: &AtNode| matches!(n.standing, Standing::Answered(Verdict::Broken(_)));
                if entry.nodes.iter().all(broken) {
                    effects.push(Effect::Settle(hash, End::Refused(why.into())));
                    self.entries.remove(at);
                }
            }
        }
        effects
    }

    /// The next block whose place in the chain is to be asked for; counts as asked.
    pub(super) fn check(&mut self, node: usize, chain: Chain, now: Now) -> Option<Arc<Stored>> {
        if self.checking {
            return None;
        }
        let entry = self
            .entries
            .iter()
            .filter(|e| e.block.chain == chain && e.nodes[node].judged && e.check <= now.mono)
            .min_by_key(|e| e.check)?;
        self.checking = true;
        Some(Arc::clone(&entry.block))
    }

    /// A node's answer to where a block stands.
    pub(super) fn checked(
        &mut self,
        node: usize,
        hash: &Hash,
        answer: Result<Depth, Fault>,
        now: Now,
    ) -> Vec<Effect> {
        self.checking = false;
        let Some(at) = self.entries.iter().position(|e| e.block.hash == *hash) else {
            return Vec::new();
        };
        let entry = &mut self.entries[at];
        entry.check = now.mono + Duration::from_secs(5);
        let Ok(depth) = answer else {
            return Vec::new();
        };
        let ours = depth.at.as_deref() == Some(&*hash.to_string());
        let past = depth.tip.saturating_sub(entry.block.height);
        if ours {
            entry.nodes[node].lost = false;
            entry.check = now.mono + Duration::from_secs(if past < 6 { 5 } else { 30 });
            let mut effects: Vec<Effect> = entry
                .told(BlockFate::InChain(past + 1))
                .into_iter()
                .collect();
            if past + 1 >= DEEP {
                self.entries.remove(at);
                effects.push(Effect::Settle(*hash, End::Done));
            }
            return effects;
        }
        let refused = matches!(entry.fate, BlockFate::Refused(_));
        let rolled_back = matches!(entry.fate, BlockFate::InChain(_));
        let mut effects = Vec::new();
        if !refused {
            let fate = if depth.at.is_some() {
                BlockFate::SideBranch
            } else {
                BlockFate::Stored
            };
            effects.extend(entry.told(fate));
        }
        if rolled_back {
            effects.push(Effect::Trouble(format!(
                "the node's chain no longer holds block {hash}; it is offered again"
            )));
        }
        if past >= DEEP || entry.block.at.age(now.wall) >= LONG {
            let end = match self.entries.remove(at).fate {
                BlockFate::Refused(why) => End::Refused(why),
                _ => End::Lost,
            };
            effects.push(Effect::Settle(*hash, end));
            return effects;
        }
        let there = &mut entry.nodes[node];
        if there.standing == Standing::Answered(Verdict::Taken) {
            // The first time at once; a node that keeps losing it is not pestered.
            let wait = if rolled_back {
                there.offers = 0;
                Duration::ZERO
            } else {
                backoff::after(there.offers, now.chance) * 6
            };
            there.standing = Standing::Unsent(now.mono + wait);
        }
        effects
    }

    /// How many are followed.
    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests;
