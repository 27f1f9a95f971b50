//! What a session is made with, and what it wants done.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::mining::{Chain, FoundBlock, Health, MiningEvent, ShareVerdict};
use crate::work::Work;
use crate::work::ease::Seen;
use crate::work::stratum::coinbase::Payout;
use crate::work::stratum::protocol::{Reconnect, Refusal};

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From a new link until it is authorised.
    pub handshake: Duration,
    /// From there to the first job.
    pub first_job: Duration,
    /// From a share to its answer; then the link is made anew.
    pub answer: Duration,
    /// Without a line; then the link is made anew.
    pub silence: Duration,
    /// How long a job is hashed that no other follows, whatever else the pool says; then the link is made anew.
    pub job_age: Duration,
    /// How long a share waits for a lost link.
    pub keep_shares: Duration,
    /// How long the last job is hashed on while its link is lost.
    pub hold_work: Duration,
    /// How long a pool may give no work before the next one is tried; at once where it cannot be reached.
    pub spare_after: Duration,
    /// How long a pool of higher preference must have given work before it is returned to.
    pub return_after: Duration,
    /// The first wait before a link is tried again, doubled each time.
    pub first_wait: Duration,
    /// The longest such wait.
    pub longest_wait: Duration,
    /// How long answers are waited for when all ends.
    pub finish: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(15),
            first_job: Duration::from_mins(1),
            answer: Duration::from_mins(1),
            silence: Duration::from_mins(10),
            job_age: Duration::from_mins(30),
            keep_shares: Duration::from_mins(10),
            hold_work: Duration::from_mins(1),
            spare_after: Duration::from_secs(3),
            return_after: Duration::from_secs(30),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            finish: Duration::from_secs(2),
        }
    }
}

/// What a session is made with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its place in the list of sources.
    pub source: usize,
    /// User, often with a worker's name after a dot.
    pub user: String,
    /// Password; many pools want none.
    pub password: SecretString,
    /// Program and version, as pools are told.
    pub agent: String,
    /// A difficulty to suggest.
    pub suggest: Option<f64>,
    /// Addresses of which at least one must be paid; empty: not asked.
    pub payouts: Vec<Payout>,
    /// The network that the pool mines on; pools do not name it.
    pub chain: Chain,
    /// What is known of its difficulty from elsewhere.
    pub known: Option<Seen>,
    /// How long things may take.
    pub timing: Timing,
}

/// Why a link is ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How the pool stands then.
    pub health: Health,
    /// One sentence.
    pub why: Arc<str>,
}

impl Ended {
    /// A link that ended so.
    pub fn new(health: Health, why: impl Into<Arc<str>>) -> Self {
        Self {
            health,
            why: why.into(),
        }
    }
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Self::new(Health::Wrong, refusal.0)
    }
}

/// What a session wants done.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send this line. May hold the password.
    Send(Line),
    /// End the link; `Session::lost` is to be called then.
    Close(Ended),
    /// End the link and go there.
    Reconnect(Reconnect),
    /// Hash this.
    Work(Box<Work>),
    /// Stop hashing this pool's work.
    NoWork(Arc<str>),
    /// A share has been judged.
    Share {
        /// Its difficulty.
        difficulty: f64,
        /// What became of it.
        verdict: ShareVerdict,
        /// How long the answer took.
        took: Option<Duration>,
    },
    /// A block, or what became of it.
    Block(FoundBlock),
    /// The pool has taken the share that is the block of this hash.
    Taken(Arc<str>),
    /// For the log.
    Say(MiningEvent),
    /// How the pool stands.
    Health(Health, Arc<str>),
}

/// A line to be sent; not shown in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Line(pub String);

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(..)")
    }
}
