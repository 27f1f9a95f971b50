//! Mining on a node or a pool: where work comes from, what it is, and what became of what was found.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::time::Timestamp;
use super::units::Sats;

/// A chain of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Chain {
    /// The one whose coins are money.
    Main,
    /// Public tests (BIP 94).
    Testnet4,
    /// Public tests, blocks signed (BIP 325).
    Signet,
    /// Tests on one's own machine.
    Regtest,
}

impl Chain {
    /// The word on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Testnet4 => "testnet4",
            Self::Signet => "signet",
            Self::Regtest => "regtest",
        }
    }
}

/// What gives work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SourceKind {
    /// A bitcoin node, by getblocktemplate (BIP 22).
    Node,
    /// A pool, by Stratum v1.
    Pool,
}

/// How a node or a pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Health {
    /// Nothing heard yet.
    Connecting,
    /// It gives work.
    Live,
    /// The node is still fetching the chain.
    Syncing,
    /// The node knows no peer.
    NoPeers,
    /// It refuses our password, cookie or user.
    Refused,
    /// It answers that it is too busy.
    Busy,
    /// No answer, or half a one.
    Down,
    /// It answers what no sound node or pool would.
    Wrong,
    /// Held in reserve: another one is in use.
    Spare,
}

impl Health {
    /// The word on the screen and in the JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Syncing => "syncing",
            Self::NoPeers => "no peers",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Down => "down",
            Self::Wrong => "wrong answers",
            Self::Spare => "spare",
        }
    }
}

/// A node or a pool as it stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SourceView {
    /// Host and port, no secrets.
    pub label: Arc<str>,
    /// What it is.
    pub kind: SourceKind,
    /// How it stands.
    pub health: Health,
    /// One sentence more about that (what, and the mend); empty where there is none.
    pub detail: Arc<str>,
    /// Since when it stands so.
    pub since: Timestamp,
    /// How long its last answer took.
    #[serde(with = "super::exact")]
    pub latency: Option<Duration>,
    /// Work comes from this one.
    pub active: bool,
}

/// One output of a coinbase.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Payment {
    /// The address, or what else the script is (`OP_RETURN witness commitment`).
    pub to: Arc<str>,
    /// How much.
    pub value: Sats,
    /// It is one of the addresses that were asked for.
    pub ours: bool,
}

/// Does the coinbase, decoded from the very bytes that are hashed, pay whom it should?
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Proof {
    /// All of the reward goes to the addresses that were asked for, in their shares.
    PaysUs,
    /// At least one asked-for address is paid, and others too (a pool that takes a fee).
    PaysUsInPart,
    /// No payout was given: nothing to hold it against.
    NotAsked,
    /// None of it goes to us.
    PaysOthers,
}

/// The work at hand.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WorkView {
    /// Which source, by its place in the list.
    pub source: usize,
    /// The pool's job id, or the engine's number of it.
    pub name: Arc<str>,
    /// Height of the block to be found; none where a pool does not tell.
    pub height: Option<u32>,
    /// Hash of the block before, as displayed.
    pub previous: Arc<str>,
    /// Transactions, the coinbase included; none where a pool does not tell.
    pub transactions: Option<usize>,
    /// What they pay.
    pub fees: Option<Sats>,
    /// What the coinbase pays in all.
    pub reward: Sats,
    /// Weight units of the whole block (at most 4,000,000).
    pub weight: Option<u64>,
    /// Difficulty of a block.
    #[serde(with = "super::exact")]
    pub network_difficulty: f64,
    /// Difficulty of a share.
    #[serde(with = "super::exact")]
    pub share_difficulty: f64,
    /// Version bits that are rolled.
    pub version_mask: u32,
    /// When the source made or gave it.
    pub received: Timestamp,
    /// The coinbase's outputs.
    pub payments: Vec<Payment>,
    /// The coinbase's script, printable characters kept and others as dots.
    pub coinbase_text: Arc<str>,
    /// Whom it pays.
    pub proof: Proof,
}

/// What came of shares.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ShareCounts {
    /// Taken.
    pub accepted: u64,
    /// Sent, not answered yet, or waiting for the link.
    pub pending: u64,
    /// Too late for their job.
    pub stale: u64,
    /// Refused, by reason in words.
    pub rejected: BTreeMap<Arc<str>, u64>,
    /// Never judged, by reason in words (the link was lost, and the pool began anew).
    pub lost: BTreeMap<Arc<str>, u64>,
}

impl ShareCounts {
    /// All that were refused, stale ones not counted.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// All that were lost.
    pub fn lost_total(&self) -> u64 {
        self.lost.values().sum()
    }
}

/// What became of a share.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ShareVerdict {
    /// Taken.
    Accepted,
    /// Too late.
    Stale,
    /// Refused, and why.
    Rejected(Arc<str>),
    /// Never judged, and why.
    Lost(Arc<str>),
}

/// What became of a block.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum BlockFate {
    /// On disk, not yet answered.
    Stored,
    /// To be given to a pool, whose link is down or busy.
    Waiting,
    /// Given to a pool, which alone can tell.
    WithPool,
    /// Given to a pool, which refused the share that it is, and why. Pools hand a block in whatever they say of its share:
    /// it may be in the chain.
    Doubted(Arc<str>),
    /// In the chain, so many blocks deep (1: it is the tip).
    InChain(u32),
    /// Known to the node, another branch is ahead.
    SideBranch,
    /// Refused, and why in words.
    Refused(Arc<str>),
}

/// A block that was found here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FoundBlock {
    /// Its hash, as displayed.
    pub hash: Arc<str>,
    /// Its height, where known.
    pub height: Option<u32>,
    /// When it was found.
    pub at: Timestamp,
    /// What its coinbase pays.
    pub reward: Sats,
    /// What became of it.
    pub fate: BlockFate,
}

/// What outlives the program.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Lifetime {
    /// Difficulty of the best share ever found here on a real chain.
    #[serde(with = "super::exact")]
    pub best: f64,
    /// When that was.
    pub best_at: Option<Timestamp>,
    /// Headers hashed on real work.
    pub hashes: u64,
    /// Shares that were accepted.
    pub shares: u64,
    /// Blocks that reached the chain.
    pub blocks: u64,
    /// Blocks that were found, whatever became of them.
    #[serde(default)]
    pub found: u64,
}

/// The chance of a block, by this rate and difficulty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Mean time to a block.
    pub expected: Duration,
    /// Probability of at least one within 24 hours, 0 to 1.
    pub today: f64,
}

impl Chance {
    /// By the definition of difficulty: `difficulty * 2^32` hashes on average. None without a rate.
    pub fn of(hashes_per_second: f64, difficulty: f64) -> Option<Self> {
        let blocks_per_second = hashes_per_second / (difficulty * 4_294_967_296.0);
        if !blocks_per_second.is_finite() || blocks_per_second <= 0.0 {
            return None;
        }
        let seconds = (1.0 / blocks_per_second).min(1e18);
        Some(Self {
            expected: Duration::from_secs_f64(seconds),
            today: -(-86_400.0 * blocks_per_second).exp_m1(),
        })
    }
}

/// How standalone mining stands at one moment.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MiningStatus {
    /// The chain, once known.
    pub chain: Option<Chain>,
    /// All sources, in order of preference.
    pub sources: Vec<SourceView>,
    /// The work at hand; none where there is none that is fresh enough.
    pub work: Option<WorkView>,
    /// Why nothing is hashed though nobody paused it; empty otherwise.
    pub idle_because: Arc<str>,
    /// Shares of this run.
    pub shares: ShareCounts,
    /// Difficulty of this run's best share.
    #[serde(with = "super::exact")]
    pub best: f64,
    /// What outlives the program, this run included.
    pub lifetime: Lifetime,
    /// Blocks found, the youngest last, earlier runs' recent ones included; bounded.
    pub blocks: Vec<FoundBlock>,
}

/// Something worth a line in the log; each is also one JSON object of the headless mode.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum MiningEvent {
    /// A source changed its state.
    State(SourceView),
    /// New work.
    Job(Box<WorkView>),
    /// A share and what became of it.
    Share {
        /// Difficulty of its hash.
        #[serde(with = "super::exact")]
        difficulty: f64,
        /// What became of it.
        verdict: ShareVerdict,
        /// How long the pool took; none where it never answered or none was asked.
        #[serde(with = "super::exact")]
        took: Option<Duration>,
    },
    /// Better than all before.
    Best {
        /// Difficulty of the hash.
        #[serde(with = "super::exact")]
        difficulty: f64,
        /// Better than in all earlier runs too.
        all_time: bool,
    },
    /// A block was found, or something became of one.
    Block(FoundBlock),
    /// A pool wants this shown to a person. Hostile text.
    Message(Arc<str>),
    /// Something went wrong: one sentence, what, where, the mend.
    Error(Arc<str>),
}
