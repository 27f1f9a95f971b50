//! One worker: waits for its turn, scans until the orders change.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use super::Find;
use super::orders::{Orders, Tally, Turn};
use super::outbox::Outbox;
use crate::domain::hashing::Scheduling;
use crate::engine::clock::thread_time;
use crate::engine::kernel::{Candidates, Work};
use crate::engine::priority;
use crate::engine::space::{Slice, Space};

/// How long a scan should take: a fraction of the 5 ms within which a pause is to be seen.
const SCAN: Duration = Duration::from_millis(1);

/// Hashes a scan, at least and at most, whatever the clock says. In hashes, not nonces: with sixteen versions a nonce
/// takes sixteen times as long as with one.
const BATCH: (u64, u64) = (1 << 8, 1 << 24);
/// Before anything was timed: short also for the slowest kernel.
const FIRST_BATCH: u64 = 1 << 10;

/// How often a sleeping worker tries again to hand over finds that the channel had no room for.
const RETRY: Duration = Duration::from_millis(100);

/// The slice that a worker is in; its nonces are those still to be done.
#[derive(Debug)]
struct Held {
    space: Arc<Space>,
    slice: Slice,
    work: Work,
}

pub(super) struct Worker {
    pub(super) index: usize,
    /// Rises after each order that was sent to any worker.
    pub(super) changes: Arc<AtomicU64>,
    pub(super) mail: Receiver<Orders>,
    pub(super) tally: Arc<Tally>,
    pub(super) finds: SyncSender<Find>,
    pub(super) idle_priority: bool,
    /// The processor it is to stay on.
    pub(super) cpu: Option<usize>,
}

/// What a worker holds while it runs.
struct Running {
    worker: Worker,
    orders: Orders,
    held: Option<Held>,
    found: Candidates,
    outbox: Outbox,
    /// Hashes of the next scan.
    batch: u64,
}

impl Worker {
    /// Works by its orders until it is told to stop; sleeps until the first.
    pub(super) fn run(self, orders: Orders) {
        if let Some(cpu) = self.cpu {
            // Where that fails the thread works all the same, where the system puts it.
            let _ = priority::bind_this_thread(cpu);
        }
        let outbox = Outbox::new(self.index, Arc::clone(&self.tally), self.finds.clone());
        let mut running = Running {
            worker: self,
            orders,
            held: None,
            found: Candidates::new(),
            outbox,
            batch: FIRST_BATCH,
        };
        running.lower();
        while running.orders.turn != Turn::Stop {
            running.turn();
        }
    }
}

impl Running {
    /// Takes the latest orders and follows them until there are others, or nothing is left to do.
    fn turn(&mut self) {
        let seen = self.worker.changes.load(SeqCst);
        self.read_orders();
        if self.orders.turn == Turn::Leave
            && let Some(held) = self.held.take()
        {
            held.space.give_back(held.slice);
        }
        let space = self.orders.space.clone();
        match space.filter(|space| self.held.is_some() || !space.used_up()) {
            Some(space) if self.orders.turn == Turn::Scan => {
                self.lower();
                // Either the engine sees this after a change of orders, or the loop below sees the change.
                self.worker.tally.scanning.store(true, SeqCst);
                self.scan(seen, &space);
            }
            _ => {
                self.worker.tally.scanning.store(false, SeqCst);
                self.outbox.hand_over();
                if self.orders.turn == Turn::Stop {
                    return;
                }
                if self.outbox.is_empty() {
                    thread::park();
                } else {
                    thread::park_timeout(RETRY);
                }
            }
        }
    }

    /// The newest orders count; what is held of another job, or was cut for another kernel, is let go.
    fn read_orders(&mut self) {
        let kernel = self.orders.kernel.name();
        loop {
            match self.worker.mail.try_recv() {
                Ok(orders) => self.orders = orders,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.orders.turn = Turn::Stop;
                    break;
                }
            }
        }
        if self.orders.kernel.name() != kernel {
            self.batch = FIRST_BATCH;
        }
        let current = self.orders.space.as_ref();
        let stays = |held: &Held| {
            let same_job = current.is_some_and(|space| Arc::ptr_eq(space, &held.space));
            same_job && held.space.suits(&held.slice)
        };
        if let Some(held) = self.held.take_if(|held| !stays(held)) {
            held.space.give_back(held.slice);
        }
    }

    /// Also before each turn: whoever waits for a pause may have raised the thread.
    fn lower(&self) {
        self.worker
            .tally
            .set_scheduling(if self.worker.idle_priority {
                priority::lower_this_thread()
            } else {
                Scheduling::Normal
            });
    }

    fn scan(&mut self, seen: u64, space: &Arc<Space>) {
        while self.worker.changes.load(SeqCst) == seen {
            let held = match self.held.take() {
                Some(held) => held,
                None => match space.claim() {
                    Some((slice, work)) => Held {
                        space: Arc::clone(space),
                        slice,
                        work,
                    },
                    None => return,
                },
            };
            self.held = self.scan_once(held);
        }
    }

    /// Scans one batch of what is held; gives back what is left of it.
    fn scan_once(&mut self, mut held: Held) -> Option<Held> {
        let nonces = nonces_of(self.batch, held.work.midstates().len());
        let range = held.slice.nonces.after(0, nonces);
        let started = Instant::now();
        let kernel = self.orders.kernel;
        let scanned = kernel.scan(&held.work, range, &mut self.found);
        if scanned.nonces == nonces {
            self.batch = fitted(self.batch, started.elapsed());
        }
        let hashes = self.worker.tally.hashes.load(Relaxed) + scanned.hashes;
        self.worker.tally.hashes.store(hashes, Relaxed);
        let cpu = u64::try_from(thread_time().as_nanos()).unwrap_or(u64::MAX);
        self.worker.tally.cpu.store(cpu, Relaxed);
        for candidate in self.found.drain() {
            let (job, roll) = (held.space.job().id, held.slice.roll);
            self.outbox.judge(candidate, &held.work, job, roll);
        }
        self.outbox.hand_over();
        held.slice.nonces = held.slice.nonces.after(scanned.nonces, u64::MAX);
        (held.slice.nonces.count > 0).then_some(held)
    }
}

impl Drop for Worker {
    /// Also on a panic, so that nobody waits for this worker to become idle.
    fn drop(&mut self) {
        self.tally.scanning.store(false, SeqCst);
    }
}

/// So many nonces make up a batch with so many midstates.
fn nonces_of(batch: u64, midstates: usize) -> u64 {
    (batch / midstates.max(1) as u64).max(1)
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
        for nanos_a_hash in [1, 22, 90, 1_000, 3_000] {
            let took = |batch: u64| Duration::from_nanos(batch * nanos_a_hash);
            let batch = (0..64).fold(FIRST_BATCH, |batch, _| fitted(batch, took(batch)));
            assert!(took(batch) <= SCAN * 3 / 2, "{batch}");
            assert!(took(batch) >= SCAN / 2, "{batch}");
        }
        for (midstates, nonces) in [(1, 256), (3, 85), (16, 16)] {
            assert_eq!(nonces_of(BATCH.0, midstates), nonces);
        }
        assert_eq!(fitted(BATCH.1, Duration::ZERO), BATCH.1);
        assert_eq!(fitted(BATCH.0, SCAN * 100), BATCH.0);
    }
}
