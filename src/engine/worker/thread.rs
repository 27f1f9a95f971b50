//! One worker: waits for its turn, scans until the orders change.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::shared::{Shared, Tally};
use super::{FINDS, Find};
use crate::domain::hashing::Scheduling;
use crate::engine::kernel::{Candidate, Candidates, Kernel, Work};
use crate::engine::priority;
use crate::engine::space::{Slice, Space};

/// How long a scan should take: a fraction of the 5 ms within which a pause is to be seen.
const SCAN: Duration = Duration::from_millis(2);

/// Nonces a scan, at least and at most, whatever the clock says.
const BATCH: (u64, u64) = (64, 1 << 20);

/// How often a sleeping worker tries again to hand over finds that the channel had no room for.
const RETRY: Duration = Duration::from_millis(100);

/// The slice that a worker is in; its nonces are those still to be done.
#[derive(Debug)]
struct Held {
    space: Arc<Space>,
    slice: Slice,
    work: Work,
}

/// Leave to scan, until `Shared::changes` differs from `seen`.
struct Turn {
    seen: u64,
    space: Arc<Space>,
    kernel: &'static dyn Kernel,
}

pub(super) struct Worker {
    index: usize,
    shared: Arc<Shared>,
    tally: Arc<Tally>,
    finds: SyncSender<Find>,
    waiting: VecDeque<Find>,
    held: Option<Held>,
    /// Is this worker counted in `Orders::active`?
    counted: bool,
    batch: u64,
}

impl Worker {
    pub(super) fn new(
        index: usize,
        shared: Arc<Shared>,
        tally: Arc<Tally>,
        finds: SyncSender<Find>,
    ) -> Self {
        Self {
            index,
            shared,
            tally,
            finds,
            waiting: VecDeque::new(),
            held: None,
            counted: false,
            batch: 1 << 10,
        }
    }

    pub(super) fn run(mut self, idle_priority: bool) {
        self.tally.set_scheduling(if idle_priority {
            priority::lower_this_thread()
        } else {
            Scheduling::Normal
        });
        let mut found = Candidates::new();
        while let Some(turn) = self.await_turn() {
            self.scan(&turn, &mut found);
        }
    }

    /// Sleeps until there is something to do; none where it is time to end.
    fn await_turn(&mut self) -> Option<Turn> {
        let shared = Arc::clone(&self.shared);
        let mut orders = shared.orders();
        loop {
            let current = orders.space.as_ref();
            self.held
                .take_if(|held| !current.is_some_and(|space| Arc::ptr_eq(space, &held.space)));
            if orders.stop {
                return None;
            }
            let allowed = self.index < orders.threads;
            if !allowed && let Some(held) = self.held.take() {
                held.space.give_back(held.slice);
                // The others may sleep because nothing was left.
                shared.wake.notify_all();
            }
            if allowed
                && !orders.paused
                && let Some(space) = current
                && (self.held.is_some() || !space.used_up())
            {
                let turn = Turn {
                    seen: shared.changes.load(Relaxed),
                    space: Arc::clone(space),
                    kernel: orders.kernel,
                };
                orders.active += usize::from(!self.counted);
                self.counted = true;
                return Some(turn);
            }
            orders.active -= usize::from(self.counted);
            self.counted = false;
            shared.quiet.notify_all();
            self.hand_over();
            orders = if self.waiting.is_empty() {
                let woken = shared.wake.wait(orders);
                woken.unwrap_or_else(PoisonError::into_inner)
            } else {
                let woken = shared.wake.wait_timeout(orders, RETRY);
                woken.unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }

    fn scan(&mut self, turn: &Turn, found: &mut Candidates) {
        while self.shared.changes.load(Relaxed) == turn.seen {
            let held = match self.held.take() {
                Some(held) => held,
                None => match turn.space.claim() {
                    Some((slice, work)) => Held {
                        space: Arc::clone(&turn.space),
                        slice,
                        work,
                    },
                    None => return,
                },
            };
            self.held = self.scan_once(held, turn.kernel, found);
        }
    }

    /// Scans one batch of what is held; gives back what is left of it.
    fn scan_once(
        &mut self,
        mut held: Held,
        kernel: &dyn Kernel,
        found: &mut Candidates,
    ) -> Option<Held> {
        let range = held.slice.nonces.after(0, self.batch);
        let started = Instant::now();
        let scanned = kernel.scan(&held.work, range, found);
        if scanned.nonces == self.batch {
            self.batch = fitted(self.batch, started.elapsed());
        }
        let hashes = self.tally.hashes.load(Relaxed) + scanned.hashes;
        self.tally.hashes.store(hashes, Relaxed);
        for candidate in found.drain() {
            self.judge(candidate, &held);
        }
        self.hand_over();
        held.slice.nonces = held.slice.nonces.after(scanned.nonces, u64::MAX);
        (held.slice.nonces.count > 0).then_some(held)
    }

    /// Rechecks a candidate; a find waits to be handed over, and where too many wait, the weakest gives way.
    fn judge(&mut self, candidate: Candidate, held: &Held) {
        let (header, hash) = held.work.recheck(candidate);
        let difficulty = hash.difficulty();
        if difficulty > f64::from_bits(self.tally.best.load(Relaxed)) {
            self.tally.best.store(difficulty.to_bits(), Relaxed);
        }
        if !held.work.target().is_met_by(&hash) {
            return;
        }
        self.tally.finds.fetch_add(1, Relaxed);
        self.waiting.push_back(Find {
            job: held.space.job().id,
            roll: held.slice.roll,
            header,
            hash,
            difficulty,
            thread: self.index,
        });
        self.hand_over();
        if self.waiting.len() > FINDS {
            let by_difficulty =
                |a: &(usize, &Find), b: &(usize, &Find)| a.1.difficulty.total_cmp(&b.1.difficulty);
            let weakest = self.waiting.iter().enumerate().min_by(by_difficulty);
            if let Some(at) = weakest.map(|(at, _)| at) {
                self.waiting.remove(at);
                self.tally.lost.fetch_add(1, Relaxed);
            }
        }
    }

    /// Hands over what the channel takes. Never waits.
    fn hand_over(&mut self) {
        while let Some(find) = self.waiting.pop_front() {
            match self.finds.try_send(find) {
                Ok(()) => {}
                Err(TrySendError::Full(find)) => {
                    self.waiting.push_front(find);
                    return;
                }
                Err(TrySendError::Disconnected(_)) => {
                    self.tally.lost.fetch_add(1, Relaxed);
                }
            }
        }
    }
}

impl Drop for Worker {
    /// Also on a panic, so that nobody waits for this worker to become idle.
    fn drop(&mut self) {
        if self.counted {
            self.shared.orders().active -= 1;
            self.shared.quiet.notify_all();
        }
    }
}

/// The next batch, so that a scan takes about [`SCAN`]: twice or half of this one, where it was far off.
fn fitted(batch: u64, took: Duration) -> u64 {
    let next = if took < SCAN / 2 {
        batch * 2
    } else if took > SCAN * 3 / 2 {
        batch / 2
    } else {
        batch
    };
    next.clamp(BATCH.0, BATCH.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_settles_within_the_time_of_a_scan() {
        for nanos_a_nonce in [20, 70, 1_000, 20_000] {
            let took = |batch: u64| Duration::from_nanos(batch * nanos_a_nonce);
            let batch = (0..64).fold(1 << 10, |batch, _| fitted(batch, took(batch)));
            assert!(took(batch) <= SCAN * 3 / 2, "{batch}");
            assert!(took(batch) >= SCAN / 2, "{batch}");
        }
        assert_eq!(fitted(BATCH.1, Duration::ZERO), BATCH.1);
        assert_eq!(fitted(BATCH.0, SCAN * 100), BATCH.0);
    }
}
