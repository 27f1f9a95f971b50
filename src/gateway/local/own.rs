//! The real engine on the switch.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::time::Timestamp;
use crate::engine::Engine;

use super::{EngineReading, Hashing};

/// The engine is shared with the Engine screen; each holds the lock for microseconds.
impl Hashing for Arc<Mutex<Engine>> {
    fn pause(&mut self) {
        locked(self).pause();
    }

    fn resume(&mut self) {
        locked(self).resume();
    }

    fn read(&mut self, now: Timestamp) -> EngineReading {
        let status = locked(self).status(now);
        EngineReading {
            hashes: status.hashes,
            rate: status.rates.second,
            threads: status.threads.len(),
            paused: status.paused,
            idle: status.idle,
        }
    }
}

/// Whoever panicked with the lock left a sound engine behind: its calls change one field at a time.
fn locked(engine: &Mutex<Engine>) -> MutexGuard<'_, Engine> {
    engine.lock().unwrap_or_else(PoisonError::into_inner)
}
