//! The lines of `--headless --json`: one JSON object each, `at` and `event` in all of them. Fields may be added, and
//! none changes its meaning without a new `schema` number in `start`.

use jiff::Timestamp as Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::hashing::EngineStatus;
use crate::domain::mining::{
    BlockFate, Chance, FoundBlock, MiningEvent, MiningStatus, Proof, ShareVerdict, SourceKind,
    SourceView, WorkView,
};
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;

/// The number of this form of lines.
pub const SCHEMA: u32 = 1;

/// A line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "a line of baseload mine --headless --json")]
pub struct Line {
    /// When, RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What a line tells.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The first line.
    Start(Start),
    /// A node or a pool changed its state, or hashing began or ended.
    State(State),
    /// New work.
    Job(Job),
    /// How fast it hashes: every ten seconds, and at the end.
    Hashrate(Rate),
    /// A share that a pool judged, or that was lost.
    Share(Share),
    /// A hash better than all before.
    Best(Best),
    /// A block was found, or something became of one (told apart by its hash).
    Block(Block),
    /// What a pool wants a person to read; written by others.
    Message(Text),
    /// Something went wrong; mining goes on where it can.
    Error(Text),
    /// The last line.
    Summary(Summary),
}

/// The first line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Start {
    /// Of these lines.
    pub schema: u32,
    /// Of the program.
    pub version: String,
    /// `node` or `pool`.
    pub kind: String,
    /// Host and port of each source, in order of preference.
    pub sources: Vec<String>,
    /// Addresses that are to be paid, as they were given.
    pub payouts: Vec<String>,
    /// Threads that hash.
    pub threads: usize,
}

/// A state.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct State {
    /// Host and port; null where the line is about hashing alone.
    pub source: Option<String>,
    /// `connecting`, `live`, `syncing`, `no peers`, `refused`, `busy`, `down`, `wrong answers`, `spare`; null as `source` is.
    pub health: Option<String>,
    /// One sentence more; may be empty.
    pub detail: String,
    /// Work comes from this source.
    pub active: bool,
    /// How long its last answer took.
    pub latency_ms: Option<f64>,
    /// `main`, `testnet4`, `signet` or `regtest`; null where it is not known.
    pub chain: Option<String>,
    /// There is work.
    pub hashing: bool,
    /// Why there is none; empty where there is.
    pub idle_because: String,
}

/// An output of a coinbase.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Payment {
    /// An address, or what else the script is.
    pub to: String,
    /// How much.
    pub value_sat: i64,
    /// It is one of the payouts.
    pub ours: bool,
}

/// New work.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Job {
    /// The pool's job id, or the engine's number.
    pub job: String,
    /// Host and port of its source.
    pub source: Option<String>,
    /// Of the block to be found; null where a pool does not tell.
    pub height: Option<u32>,
    /// Hash of the block before.
    pub previous: String,
    /// The coinbase included; null where a pool does not tell.
    pub transactions: Option<usize>,
    /// What they pay.
    pub fees_sat: Option<i64>,
    /// What the coinbase pays in all.
    pub reward_sat: i64,
    /// Weight units of the block.
    pub weight: Option<u64>,
    /// Of a block.
    pub network_difficulty: f64,
    /// Of a share.
    pub share_difficulty: f64,
    /// The coinbase's outputs, decoded from the bytes that are hashed.
    pub payments: Vec<Payment>,
    /// What the coinbase's script says, other than printable characters as dots.
    pub coinbase_text: String,
    /// Bits of the header's version that are rolled, 8 hexadecimal digits.
    pub version_mask: String,
    /// `pays_us`, `pays_us_in_part`, `pays_others`, `not_asked`.
    pub proof: String,
}

/// A speed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Rate {
    /// Hashes a second over the last second.
    pub hs_1s: f64,
    /// Over the last minute.
    pub hs_1m: f64,
    /// Over the last 15 minutes.
    pub hs_15m: f64,
    /// Headers hashed in this run.
    pub hashes: u64,
    /// Threads that hash.
    pub threads: usize,
    /// The kernel that hashes.
    pub kernel: String,
    /// Mean seconds to a block at this rate; null without a rate or a difficulty.
    pub expected_s: Option<f64>,
    /// Probability of at least one block within 24 hours, 0 to 1.
    pub chance_today: Option<f64>,
}

/// A share.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Share {
    /// Of its hash.
    pub difficulty: f64,
    /// `accepted`, `stale`, `rejected`, `lost`.
    pub verdict: String,
    /// Why; null where it was accepted or stale.
    pub reason: Option<String>,
    /// How long the answer took.
    pub took_ms: Option<f64>,
}

/// A best hash.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Best {
    /// Of the hash.
    pub difficulty: f64,
    /// Better than in all earlier runs on this chain too.
    pub all_time: bool,
}

/// A block.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Block {
    /// As displayed.
    pub hash: String,
    /// Null where a pool did not tell.
    pub height: Option<u32>,
    /// What its coinbase pays.
    pub reward_sat: i64,
    /// When it was found.
    pub found_at: String,
    /// `stored` (on disk, not yet answered), `waiting` (for its pool), `with_pool`, `doubted` (the pool refused the share; it may
    /// be in the chain), `in_chain`, `side_branch`, `refused`.
    pub fate: String,
    /// How deep; 1 is the tip. Null where it is not in the chain.
    pub confirmations: Option<u32>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// Words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Text {
    /// One sentence.
    pub text: String,
}

/// The last line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Summary {
    /// Why it ended.
    pub because: String,
    /// How long it ran.
    pub seconds: f64,
    /// Headers hashed in this run.
    pub hashes: u64,
    /// Of this run's best hash.
    pub best: f64,
    /// Of the best hash of all runs on this chain.
    pub best_all_time: f64,
    /// Shares accepted in this run.
    pub accepted: u64,
    /// Too late.
    pub stale: u64,
    /// Refused.
    pub rejected: u64,
    /// Never judged.
    pub lost: u64,
    /// Not judged yet.
    pub pending: u64,
    /// Blocks of this run that reached the chain, or were given to a pool.
    pub blocks: usize,
    /// Blocks of all runs that reached this chain.
    pub blocks_all_time: u64,
}

/// The schema of a line, as JSON.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Line);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// RFC 3339 in UTC.
pub fn time(at: Timestamp) -> String {
    Instant::from_millisecond(at.millis())
        .map_or_else(|_| "unknown".to_owned(), |at| format!("{at:.3}"))
}

impl Line {
    /// A line of that time.
    pub fn new(at: Timestamp, what: What) -> Self {
        let at = time(at);
        Self { at, what }
    }

    /// The line as it is written, its end included.
    pub fn json(&self) -> String {
        // Strings, numbers and lists only: nothing that JSON could not say (a figure that is none becomes null).
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl What {
    /// An event, with what else there is to say of the moment.
    pub fn of(event: &MiningEvent, status: &MiningStatus) -> Self {
        match event {
            MiningEvent::State(view) => Self::State(State::of(Some(view), status)),
            MiningEvent::Job(view) => Self::Job(Job::of(view, status)),
            MiningEvent::Share {
                difficulty,
                verdict,
                took,
            } => Self::Share(Share {
                difficulty: *difficulty,
                verdict: verdict_word(verdict).to_owned(),
                reason: match verdict {
                    ShareVerdict::Rejected(why) | ShareVerdict::Lost(why) => Some(why.to_string()),
                    _ => None,
                },
                took_ms: took.map(|took| took.as_secs_f64() * 1e3),
            }),
            MiningEvent::Best {
                difficulty,
                all_time,
            } => Self::Best(Best {
                difficulty: *difficulty,
                all_time: *all_time,
            }),
            MiningEvent::Block(block) => Self::Block(Block::from(block)),
            MiningEvent::Message(text) => Self::Message(Text {
                text: text.to_string(),
            }),
            MiningEvent::Error(text) => Self::Error(Text {
                text: text.to_string(),
            }),
        }
    }
}

/// The word for a verdict.
pub const fn verdict_word(verdict: &ShareVerdict) -> &'static str {
    match verdict {
        ShareVerdict::Accepted => "accepted",
        ShareVerdict::Stale => "stale",
        ShareVerdict::Rejected(_) => "rejected",
        ShareVerdict::Lost(_) => "lost",
    }
}

/// The word for a block's fate.
pub const fn fate_word(fate: &BlockFate) -> &'static str {
    match fate {
        BlockFate::Stored => "stored",
        BlockFate::Waiting => "waiting",
        BlockFate::WithPool => "with_pool",
        BlockFate::Doubted(_) => "doubted",
        BlockFate::InChain(_) => "in_chain",
        BlockFate::SideBranch => "side_branch",
        BlockFate::Refused(_) => "refused",
    }
}

/// The word for a kind of source.
pub const fn kind_word(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Node => "node",
        SourceKind::Pool => "pool",
    }
}

impl State {
    /// A source's state, or hashing's alone.
    pub fn of(view: Option<&SourceView>, status: &MiningStatus) -> Self {
        Self {
            source: view.map(|view| view.label.to_string()),
            health: view.map(|view| view.health.word().to_owned()),
            detail: view.map_or_else(String::new, |view| view.detail.to_string()),
            active: view.is_some_and(|view| view.active),
            latency_ms: view
                .and_then(|view| view.latency)
                .map(|latency| latency.as_secs_f64() * 1e3),
            chain: status.chain.map(|chain| chain.word().to_owned()),
            hashing: status.work.is_some(),
            idle_because: status.idle_because.to_string(),
        }
    }
}

impl Job {
    fn of(view: &WorkView, status: &MiningStatus) -> Self {
        let source = status.sources.get(view.source);
        Self {
            job: view.name.to_string(),
            source: source.map(|source| source.label.to_string()),
            height: view.height,
            previous: view.previous.to_string(),
            transactions: view.transactions,
            fees_sat: view.fees.map(Sats::sat),
            reward_sat: view.reward.sat(),
            weight: view.weight,
            network_difficulty: view.network_difficulty,
            share_difficulty: view.share_difficulty,
            payments: view
                .payments
                .iter()
                .map(|payment| Payment {
                    to: payment.to.to_string(),
                    value_sat: payment.value.sat(),
                    ours: payment.ours,
                })
                .collect(),
            coinbase_text: view.coinbase_text.to_string(),
            version_mask: format!("{:08x}", view.version_mask),
            proof: match view.proof {
                Proof::PaysUs => "pays_us",
                Proof::PaysUsInPart => "pays_us_in_part",
                Proof::NotAsked => "not_asked",
                Proof::PaysOthers => "pays_others",
            }
            .to_owned(),
        }
    }
}

impl From<&FoundBlock> for Block {
    fn from(block: &FoundBlock) -> Self {
        Self {
            hash: block.hash.to_string(),
            height: block.height,
            reward_sat: block.reward.sat(),
            found_at: time(block.at),
            fate: fate_word(&block.fate).to_owned(),
            confirmations: match block.fate {
                BlockFate::InChain(depth) => Some(depth),
                _ => None,
            },
            reason: match &block.fate {
                BlockFate::Refused(why) | BlockFate::Doubted(why) => Some(why.to_string()),
                _ => None,
            },
        }
    }
}

impl Rate {
    /// How fast it hashes, and what that promises.
    pub fn of(engine: &EngineStatus, status: &MiningStatus) -> Self {
        let chance = status
            .work
            .as_ref()
            .and_then(|work| Chance::of(engine.rates.minute.hs(), work.network_difficulty));
        Self {
            hs_1s: engine.rates.second.hs(),
            hs_1m: engine.rates.minute.hs(),
            hs_15m: engine.rates.quarter_hour.hs(),
            hashes: engine.hashes,
            threads: engine.threads.len(),
            kernel: engine.kernel.to_string(),
            expected_s: chance.map(|chance| chance.expected.as_secs_f64()),
            chance_today: chance.map(|chance| chance.today),
        }
    }
}

impl Summary {
    /// What there is to say at the end.
    pub fn of(
        because: &str,
        seconds: f64,
        hashes: u64,
        status: &MiningStatus,
        blocks: usize,
    ) -> Self {
        Self {
            because: because.to_owned(),
            seconds,
            hashes,
            best: status.best,
            best_all_time: status.lifetime.best,
            accepted: status.shares.accepted,
            stale: status.shares.stale,
            rejected: status.shares.rejected_total(),
            lost: status.shares.lost_total(),
            pending: status.shares.pending,
            blocks,
            blocks_all_time: status.lifetime.blocks,
        }
    }
}
