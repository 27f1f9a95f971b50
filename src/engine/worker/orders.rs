//! What goes between the engine and a worker: orders one way, tallies the other. Neither side ever waits for the other
//! here: workers run behind everything else, and one that is kept off the processor must not hold up the console.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use crate::domain::hashing::Scheduling;
use crate::engine::kernel::Kernel;
use crate::engine::space::Space;

/// What a worker should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Scan, as long as there is work.
    Scan,
    /// Sleep, and keep the place in the job.
    Rest,
    /// Sleep, and leave to the others what was begun.
    Leave,
    /// End.
    Stop,
}

/// All that a worker needs to know; each order replaces the one before.
#[derive(Debug, Clone)]
pub(super) struct Orders {
    pub(super) turn: Turn,
    pub(super) space: Option<Arc<Space>>,
    pub(super) kernel: &'static dyn Kernel,
}

/// What one worker tells. On cache lines of its own, so that publishing costs the others nothing.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Tally {
    pub(super) hashes: AtomicU64,
    /// Processor time taken, nanoseconds.
    pub(super) cpu: AtomicU64,
    pub(super) finds: AtomicU64,
    pub(super) lost: AtomicU64,
    /// Bits of an `f64`; zero before the first candidate.
    pub(super) best: AtomicU64,
    /// Scans, or is about to.
    pub(super) scanning: AtomicBool,
    scheduling: AtomicU8,
}

impl Tally {
    pub(super) fn set_scheduling(&self, scheduling: Scheduling) {
        let code = SCHEDULINGS.iter().position(|s| *s == scheduling);
        self.scheduling
            .store(code.unwrap_or(0) as u8, Ordering::Relaxed);
    }

    pub(super) fn scheduling(&self) -> Scheduling {
        SCHEDULINGS[usize::from(self.scheduling.load(Ordering::Relaxed))]
    }
}

/// In the order of their codes; a new tally holds code 0.
const SCHEDULINGS: [Scheduling; 4] = [
    Scheduling::Unknown,
    Scheduling::Idle,
    Scheduling::Nice,
    Scheduling::Normal,
];
