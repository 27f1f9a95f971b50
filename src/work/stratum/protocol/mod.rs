//! The only place that knows Stratum v1's JSON: a line each way, typed.
//!
//! Invariant: whatever a pool sends becomes a message within these bounds or a refusal with a reason; nothing panics,
//! nothing is kept that is larger than its line.

mod hex;
mod read;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub(super) use hex::lower;
pub(super) use read::too_long;
pub use read::{read, read_mask, read_subscription};
pub use write::{
    answer_version, authorize, configure, refuse_method, submit, subscribe, suggest_difficulty,
};

/// Longest line, bytes: room for a coinbase of some thousand outputs.
pub const MAX_LINE: usize = 256 << 10;
/// Longest merkle branch: a block of 2^32 transactions.
pub const MAX_BRANCH: usize = 32;
/// Longest job id, bytes.
pub const MAX_JOB_ID: usize = 256;
/// Longest session id to resume by, bytes.
pub const MAX_SESSION_ID: usize = 256;
/// Longest extranonce of either kind, bytes.
pub const MAX_EXTRANONCE: usize = 16;
/// Longest text that is shown, characters.
pub const MAX_TEXT: usize = 200;
/// Lowest difficulty taken: below regtest's 4.66e-10 by some, where every hash is a share.
pub const MIN_DIFFICULTY: f64 = 1e-10;
/// Highest difficulty taken: several times that of any block yet.
pub const MAX_DIFFICULTY: f64 = 1e15;
/// Longest wait that a pool may ask for before a reconnect.
pub const MAX_WAIT: Duration = Duration::from_mins(1);

/// Why a line is refused: one sentence, free of the pool's own text where that could be hostile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// What came from a pool.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// The answer to a request of ours.
    Answer(Answer),
    /// An answer to nothing that we could have asked.
    StrangeAnswer,
    /// What acts on nothing: no JSON, no object, neither a call nor an answer. Says which.
    Nothing(&'static str),
    /// `mining.notify`.
    Job(Box<Notify>),
    /// `mining.set_difficulty`, from the next job on.
    Difficulty(f64),
    /// `mining.set_extranonce`, from the next job on.
    Extranonce(Extranonce),
    /// `mining.set_version_mask` (BIP 310).
    VersionMask(u32),
    /// `client.reconnect`.
    Reconnect(Reconnect),
    /// `client.show_message`, cleaned.
    Message(String),
    /// `client.get_version`, to be answered under this id.
    WantsVersion(Value),
    /// A method that we do not know; to be refused under this id where there is one.
    Unknown(Option<Value>),
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The request's number.
    pub id: u64,
    /// What came of it.
    pub result: Result<Value, PoolError>,
}

/// An error that a pool answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolError {
    /// 20 other, 21 job not found, 22 duplicate, 23 low difficulty, 24 unauthorised, 25 not subscribed.
    pub code: Option<i64>,
    /// The pool's words, cleaned and cut; may be empty.
    pub message: String,
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.message.as_str()) {
            (Some(code), "") => write!(f, "error {code}"),
            (Some(code), message) => write!(f, "{message} ({code})"),
            (None, "") => f.write_str("an error without words"),
            (None, message) => f.write_str(message),
        }
    }
}

/// Both halves of the extranonce: the pool's part, and how much of it is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extranonce {
    /// The pool's part, 0 to 16 bytes.
    pub first: Arc<[u8]>,
    /// Bytes that we fill, 1 to 16.
    pub second_len: usize,
}

/// What `mining.subscribe` is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// By which the session may be resumed.
    pub session: Option<String>,
    /// The extranonce.
    pub extranonce: Extranonce,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// The pool's name of it.
    pub id: Arc<str>,
    /// Hash of the block before, in the order of a header.
    pub previous: [u8; 32],
    /// The coinbase before the extranonce.
    pub coinbase_before: Vec<u8>,
    /// The coinbase after it.
    pub coinbase_after: Vec<u8>,
    /// What the coinbase's hash is combined with, in turn.
    pub branch: Vec<[u8; 32]>,
    /// The header's version.
    pub version: u32,
    /// The block's target in compact form.
    pub bits: u32,
    /// The header's time.
    pub time: u32,
    /// Everything before is worth nothing any more.
    pub clean: bool,
}

/// Where a pool wants us to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconnect {
    /// Another host; none: the same.
    pub host: Option<String>,
    /// Another port; none: the same.
    pub port: Option<u16>,
    /// How long to wait first, cut to [`MAX_WAIT`].
    pub wait: Duration,
}

/// A share as it is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    /// The pool's name of the job.
    pub job: Arc<str>,
    /// Our part of the extranonce.
    pub extranonce2: Vec<u8>,
    /// The header's time.
    pub time: u32,
    /// The header's nonce.
    pub nonce: u32,
    /// The header's version under the agreed mask; none where rolling was not agreed.
    pub version_bits: Option<u32>,
}

/// Text of a pool without control characters, cut to [`MAX_TEXT`] characters.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || is_turn(c) { ' ' } else { c })
        .take(MAX_TEXT)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Characters that turn the direction of text around, or hide.
const fn is_turn(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
