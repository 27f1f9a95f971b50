//! What this machine's own engine does, as plain figures for the screen.

use std::sync::Arc;

use super::units::{Hashrate, Power};

/// Hashrates over the windows that people know from miners. Zero before anything was measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct RateWindows {
    /// Over about the last second.
    pub second: Hashrate,
    /// Over the last minute, or since the start where that is less.
    pub minute: Hashrate,
    /// Over the last 15 minutes, or since the start where that is less.
    pub quarter_hour: Hashrate,
}

/// How a worker thread stands with the system's scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Scheduling {
    /// Not told yet.
    #[default]
    Unknown,
    /// Runs only where nothing else wants to (`SCHED_IDLE`).
    Idle,
    /// Nice 19.
    Nice,
    /// As any other thread.
    Normal,
}

impl Scheduling {
    /// The word on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Idle => "idle",
            Self::Nice => "nice 19",
            Self::Normal => "normal",
        }
    }
}

/// One worker thread.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct ThreadStatus {
    /// Over about the last second.
    pub rate: Hashrate,
    /// Headers hashed since the start, exactly.
    pub hashes: u64,
    /// How it is scheduled.
    pub scheduling: Scheduling,
}

/// What the machine tells of its processor; none where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct ProcessorReadings {
    /// Degrees Celsius.
    #[serde(with = "super::exact")]
    pub temperature_c: Option<f64>,
    /// It slowed itself down for heat since the reading before.
    pub throttled: bool,
    /// What all its packages draw, whatever for.
    pub power: Option<Power>,
}

/// What the engine works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum WorkKind {
    /// Nothing was given to it.
    #[default]
    Nothing,
    /// Made up here, of no chain: real hashing that can find no block.
    Synthetic,
    /// Headers of a chain.
    Chain,
}

/// The engine at one moment.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EngineStatus {
    /// The kernel's name, `sha2` say.
    pub kernel: Arc<str>,
    /// One entry a thread that may work, in order.
    pub threads: Vec<ThreadStatus>,
    /// Told to pause.
    pub paused: bool,
    /// No thread is scanning: paused and all threads have stopped, or nothing to do.
    pub idle: bool,
    /// What it works on.
    pub work: WorkKind,
    /// All threads together.
    pub rates: RateWindows,
    /// What a header costs over about the last second: cycles of the processor's reference clock (its time stamp
    /// counter) in which the threads had a processor. A core's own clock may run faster or slower than that one. None
    /// where the processor has no steady counter, or nothing was hashed.
    #[serde(with = "super::exact")]
    pub cycles_per_hash: Option<f64>,
    /// Of the best hash of this session; none before the first candidate.
    #[serde(with = "super::exact")]
    pub best_difficulty: Option<f64>,
    /// Headers hashed since the start, exactly.
    pub hashes: u64,
    /// Finds since the start, each rechecked against its job's target.
    pub finds: u64,
    /// Finds that nobody fetched in time and that had to give way to better ones.
    pub finds_lost: u64,
    /// The processor that it runs on.
    pub processor: ProcessorReadings,
}
