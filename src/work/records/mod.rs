//! What outlives the program: the best share, counts, and the blocks that were found, chain by chain.
//!
//! Invariant: two programs on one folder lose nothing of each other. Each keeps what it has done since it last wrote,
//! and adds that to whatever the file says by then, under a lock: counts add up, the better share stays, and a block
//! counts once, by its hash. A file that can't be read is set aside and never in the way.

mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(in crate::work) use store::no_link;
pub use store::{Kept, Store};

use crate::domain::mining::{BlockFate, Chain, FoundBlock, Lifetime};
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;
use crate::work::ease::Seen;

/// Blocks of one chain whose hashes are remembered; the oldest give way.
pub const BLOCKS: usize = 512;
/// Characters of a reason that are kept.
const REASON: usize = 200;

/// Under which name the records of a chain are kept. A pool does not tell its chain: its work has records of its own.
pub const fn realm(chain: Option<Chain>) -> &'static str {
    match chain {
        Some(chain) => chain.word(),
        None => "pool",
    }
}

/// A block as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Block {
    height: Option<u32>,
    at_ms: i64,
    reward_sat: i64,
    fate: Fate,
    /// It was in the chain at least once, and was counted then.
    reached: bool,
}

/// What became of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Stored,
    Waiting,
    WithPool,
    Doubted(String),
    InChain(u32),
    SideBranch,
    Refused(String),
}

impl From<&BlockFate> for Fate {
    fn from(fate: &BlockFate) -> Self {
        let cut = |why: &str| why.chars().take(REASON).collect();
        match fate {
            BlockFate::Waiting => Self::Waiting,
            BlockFate::Doubted(why) => Self::Doubted(cut(why)),
            BlockFate::Stored => Self::Stored,
            BlockFate::WithPool => Self::WithPool,
            BlockFate::InChain(depth) => Self::InChain(*depth),
            BlockFate::SideBranch => Self::SideBranch,
            BlockFate::Refused(why) => Self::Refused(cut(why)),
        }
    }
}

impl From<&Fate> for BlockFate {
    fn from(fate: &Fate) -> Self {
        match fate {
            Fate::Stored => Self::Stored,
            Fate::Waiting => Self::Waiting,
            Fate::WithPool => Self::WithPool,
            Fate::Doubted(why) => Self::Doubted(why.as_str().into()),
            Fate::InChain(depth) => Self::InChain(*depth),
            Fate::SideBranch => Self::SideBranch,
            Fate::Refused(why) => Self::Refused(why.as_str().into()),
        }
    }
}

/// What is kept of one chain, or the part of it that was done since the last writing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    best: f64,
    best_at_ms: Option<i64>,
    hashes: u64,
    shares: u64,
    blocks: u64,
    found: u64,
    /// The network's difficulty, as a node has stated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<Seen>,
    /// By hash, as displayed.
    recent: BTreeMap<String, Block>,
}

impl Record {
    /// Counts headers.
    pub const fn hashed(&mut self, count: u64) {
        self.hashes = self.hashes.saturating_add(count);
    }

    /// Counts an accepted share.
    pub const fn accepted(&mut self) {
        self.shares = self.shares.saturating_add(1);
    }

    /// Takes a hash of this difficulty; true where it is the best of all.
    pub fn judged(&mut self, difficulty: f64, at: Timestamp) -> bool {
        let better = difficulty.is_finite() && difficulty > self.best;
        if better {
            self.best = difficulty;
            self.best_at_ms = Some(at.millis());
        }
        better
    }

    /// Takes the network's difficulty.
    pub fn saw(&mut self, seen: Seen) {
        self.network = Some(self.network.map_or(seen, |known| known.and(seen)));
    }

    /// The network's difficulty, where a node has stated it.
    pub const fn network(&self) -> Option<Seen> {
        self.network
    }

    /// Takes a block as it stands now.
    pub fn block(&mut self, found: &FoundBlock) {
        let block = Block {
            height: found.height,
            at_ms: found.at.millis(),
            reward_sat: found.reward.sat(),
            fate: Fate::from(&found.fate),
            reached: matches!(found.fate, BlockFate::InChain(_)),
        };
        self.take(found.hash.to_string(), block);
    }

    fn take(&mut self, hash: String, mut block: Block) {
        let known = self.recent.get(&hash);
        let before = known.is_some_and(|known| known.reached);
        if known.is_none() {
            self.found = self.found.saturating_add(1);
        }
        if block.reached && !before {
            self.blocks = self.blocks.saturating_add(1);
        }
        block.reached |= before;
        self.recent.insert(hash, block);
        if self.recent.len() > BLOCKS {
            let oldest = self.recent.iter().min_by_key(|(_, block)| block.at_ms);
            if let Some(hash) = oldest.map(|(hash, _)| hash.clone()) {
                self.recent.remove(&hash);
            }
        }
    }

    /// Adds what was done elsewhere, or since.
    pub fn add(&mut self, other: &Self) {
        self.hashed(other.hashes);
        self.shares = self.shares.saturating_add(other.shares);
        if other.best.is_finite() && other.best > self.best {
            self.best = other.best;
            self.best_at_ms = other.best_at_ms;
        }
        if let Some(seen) = other.network {
            self.saw(seen);
        }
        for (hash, block) in &other.recent {
            self.take(hash.clone(), block.clone());
        }
    }

    /// Was this block in the chain already, when it was last written of?
    pub fn has_reached(&self, hash: &str) -> bool {
        self.recent.get(hash).is_some_and(|block| block.reached)
    }

    /// Was this block found to be of a side branch, or refused, when it was last written of?
    pub fn has_lost(&self, hash: &str) -> bool {
        let lost = |block: &Block| matches!(block.fate, Fate::SideBranch | Fate::Refused(_));
        self.recent.get(hash).is_some_and(lost)
    }

    /// The figures of it.
    pub fn lifetime(&self) -> Lifetime {
        Lifetime {
            best: self.best,
            best_at: self.best_at_ms.map(Timestamp::from_millis),
            hashes: self.hashes,
            shares: self.shares,
            blocks: self.blocks,
            found: self.found.max(self.blocks),
        }
    }

    /// The youngest blocks, the youngest last.
    pub fn youngest(&self, count: usize) -> Vec<FoundBlock> {
        let mut blocks: Vec<FoundBlock> = self
            .recent
            .iter()
            .map(|(hash, block)| FoundBlock {
                hash: hash.as_str().into(),
                height: block.height,
                at: Timestamp::from_millis(block.at_ms),
                reward: Sats::from_sat(block.reward_sat),
                fate: BlockFate::from(&block.fate),
            })
            .collect();
        blocks.sort_by_key(|block| (block.at, block.height));
        blocks.split_off(blocks.len().saturating_sub(count))
    }

    fn is_sound(&self) -> bool {
        let hash = |text: &String| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        self.best.is_finite()
            && self.best >= 0.0
            && self.network.is_none_or(|seen| seen.is_sound())
            && self.recent.len() <= 2 * BLOCKS
            && self.recent.keys().all(hash)
    }
}

/// Records by the names that [`realm`] gives.
pub type Records = BTreeMap<String, Record>;

/// Adds all of `more`.
pub fn add(records: &mut Records, more: &Records) {
    for (realm, record) in more {
        records.entry(realm.clone()).or_default().add(record);
    }
}

#[cfg(test)]
mod tests;
