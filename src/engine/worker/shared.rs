//! What the engine and its workers share.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::domain::hashing::Scheduling;
use crate::engine::kernel::Kernel;
use crate::engine::space::Space;

#[derive(Debug)]
pub(super) struct Orders {
    pub(super) space: Option<Arc<Space>>,
    pub(super) kernel: &'static dyn Kernel,
    pub(super) threads: usize,
    pub(super) paused: bool,
    pub(super) stop: bool,
    /// Workers that scan, or are about to.
    pub(super) active: usize,
}

#[derive(Debug)]
pub(super) struct Shared {
    /// Rises with each change of `orders`.
    pub(super) changes: AtomicU64,
    pub(super) orders: Mutex<Orders>,
    pub(super) wake: Condvar,
    pub(super) quiet: Condvar,
}

impl Shared {
    pub(super) fn new(kernel: &'static dyn Kernel) -> Self {
        Self {
            changes: AtomicU64::new(0),
            orders: Mutex::new(Orders {
                space: None,
                kernel,
                threads: 0,
                paused: false,
                stop: false,
                active: 0,
            }),
            wake: Condvar::new(),
            quiet: Condvar::new(),
        }
    }

    pub(super) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self, what: impl FnOnce(&mut Orders)) {
        let mut orders = self.orders();
        what(&mut orders);
        self.changes.fetch_add(1, Relaxed);
        drop(orders);
        self.wake.notify_all();
    }
}

/// What one worker tells. On cache lines of its own, so that publishing costs the others nothing.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Tally {
    pub(super) hashes: AtomicU64,
    pub(super) finds: AtomicU64,
    pub(super) lost: AtomicU64,
    /// Bits of an `f64`; zero before the first candidate.
    pub(super) best: AtomicU64,
    scheduling: AtomicU8,
}

impl Tally {
    pub(super) fn set_scheduling(&self, scheduling: Scheduling) {
        let code = SCHEDULINGS.iter().position(|s| *s == scheduling);
        self.scheduling.store(code.unwrap_or(0) as u8, Relaxed);
    }

    pub(super) fn scheduling(&self) -> Scheduling {
        SCHEDULINGS[usize::from(self.scheduling.load(Relaxed))]
    }
}

/// In the order of their codes; a new tally holds code 0.
const SCHEDULINGS: [Scheduling; 4] = [
    Scheduling::Unknown,
    Scheduling::Idle,
    Scheduling::Nice,
    Scheduling::Normal,
];
