//! The threads that scan, and the hand on their switch.
//!
//! Invariant: between two scans of a few milliseconds a worker reads one shared number, and writes only to cells of
//! its own. All else (a new job, a pause, another number of threads) is a change of `Orders` under a lock that workers
//! take only when that number has changed. A paused worker sleeps.

mod shared;
mod thread;

use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use self::shared::{Shared, Tally};
use self::thread::Worker;
use super::header::{Hash, Header};
use super::job::Job;
use super::kernel::{Kernel, Portable};
use super::meter::{MINUTE, Meter, QUARTER_HOUR, SECOND};
use super::space::{SLICE, Space};
use crate::domain::hashing::{EngineStatus, RateWindows, ThreadStatus, WorkKind};
use crate::domain::time::Timestamp;

/// Most worker threads.
pub const MAX_THREADS: usize = 1024;

/// Finds that wait to be fetched.
const FINDS: usize = 256;

/// A header that meets its job's target, checked by hashing its 80 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Find {
    /// The job's id.
    pub job: u64,
    /// Which of the job's headers ([`super::job::Headers::header`]) it was made from.
    pub roll: u64,
    /// The solved header.
    pub header: Header,
    /// Its hash.
    pub hash: Hash,
    /// The hash's difficulty.
    pub difficulty: f64,
    /// The worker.
    pub thread: usize,
}

/// How an engine is made.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// 1 to [`MAX_THREADS`].
    pub threads: usize,
    /// What scans.
    pub kernel: &'static dyn Kernel,
    /// Stay behind everything else that runs on the machine.
    pub idle_priority: bool,
}

impl Default for Options {
    /// A thread a core, idle priority, the portable kernel.
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: &Portable,
            idle_priority: true,
        }
    }
}

#[derive(Debug)]
struct Thread {
    tally: Arc<Tally>,
    meter: Meter,
    handle: JoinHandle<()>,
}

/// The engine of this machine. Dropping it stops and joins its threads.
#[derive(Debug)]
pub struct Engine {
    idle_priority: bool,
    shared: Arc<Shared>,
    threads: Vec<Thread>,
    finds: SyncSender<Find>,
    meter: Meter,
}

impl Engine {
    /// Starts the threads; they sleep until there is a job. Finds come out of the receiver; while nobody fetches them,
    /// the best 256 a thread and 256 in the channel are kept. Fails where the system gives no thread.
    pub fn start(options: Options) -> io::Result<(Self, Receiver<Find>)> {
        let (finds, receiver) = sync_channel(FINDS);
        let mut engine = Self {
            idle_priority: options.idle_priority,
            shared: Arc::new(Shared::new(options.kernel)),
            threads: Vec::new(),
            finds,
            meter: Meter::new(QUARTER_HOUR),
        };
        engine.set_threads(options.threads)?;
        Ok((engine, receiver))
    }

    /// Replaces the job; within a few milliseconds every worker is on the new one.
    pub fn set_job(&self, job: Job) {
        self.shared.change(|orders| {
            let space = Space::new(job, orders.kernel.midstates(), SLICE);
            orders.space = Some(Arc::new(space));
        });
    }

    /// Takes the job away; the workers sleep.
    pub fn clear_job(&self) {
        self.shared.change(|orders| orders.space = None);
    }

    /// Scans with another kernel from the next scan on. The job in hand keeps its groups of versions.
    pub fn set_kernel(&self, kernel: &'static dyn Kernel) {
        self.shared.change(|orders| orders.kernel = kernel);
    }

    /// Tells all workers to stop after the scan they are in; [`Engine::wait_idle`] tells when they have. They keep
    /// their place in the job.
    pub fn pause(&self) {
        self.shared.change(|orders| orders.paused = true);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.shared.change(|orders| orders.paused = false);
    }

    /// Lets so many threads work (bounded to 1 to [`MAX_THREADS`]). Those too many sleep, and what they had begun goes
    /// to the others. Fails where the system gives no thread; those that there are go on.
    pub fn set_threads(&mut self, threads: usize) -> io::Result<()> {
        let threads = threads.clamp(1, MAX_THREADS);
        while self.threads.len() < threads {
            let thread = self.spawn(self.threads.len())?;
            self.threads.push(thread);
        }
        self.shared.change(|orders| orders.threads = threads);
        Ok(())
    }

    /// Is no worker scanning?
    pub fn is_idle(&self) -> bool {
        self.shared.orders().active == 0
    }

    /// Waits until no worker scans; false where that takes longer than `timeout`.
    pub fn wait_idle(&self, timeout: Duration) -> bool {
        let (_orders, waited) = self
            .shared
            .quiet
            .wait_timeout_while(self.shared.orders(), timeout, |orders| orders.active > 0)
            .unwrap_or_else(PoisonError::into_inner);
        !waited.timed_out()
    }

    /// Where it stands at `now`; each call feeds the meters, so call it a few times a second.
    pub fn status(&mut self, now: Timestamp) -> EngineStatus {
        let orders = self.shared.orders();
        let work = match &orders.space {
            None => WorkKind::Nothing,
            Some(space) if space.job().synthetic => WorkKind::Synthetic,
            Some(_) => WorkKind::Chain,
        };
        let (paused, idle, allowed) = (orders.paused, orders.active == 0, orders.threads);
        let kernel = orders.kernel.name();
        drop(orders);
        let (mut hashes, mut finds, mut finds_lost, mut best) = (0, 0, 0, 0.0_f64);
        let mut threads = Vec::with_capacity(allowed);
        for (index, thread) in self.threads.iter_mut().enumerate() {
            let done = thread.tally.hashes.load(Relaxed);
            hashes += done;
            finds += thread.tally.finds.load(Relaxed);
            finds_lost += thread.tally.lost.load(Relaxed);
            best = best.max(f64::from_bits(thread.tally.best.load(Relaxed)));
            thread.meter.feed(now, done);
            if index < allowed {
                threads.push(ThreadStatus {
                    rate: thread.meter.rate(SECOND),
                    hashes: done,
                    scheduling: thread.tally.scheduling(),
                });
            }
        }
        self.meter.feed(now, hashes);
        EngineStatus {
            kernel: kernel.into(),
            threads,
            paused,
            idle,
            work,
            rates: RateWindows {
                second: self.meter.rate(SECOND),
                minute: self.meter.rate(MINUTE),
                quarter_hour: self.meter.rate(QUARTER_HOUR),
            },
            best_difficulty: (best > 0.0).then_some(best),
            hashes,
            finds,
            finds_lost,
        }
    }

    fn spawn(&self, index: usize) -> io::Result<Thread> {
        let tally = Arc::new(Tally::default());
        let shared = Arc::clone(&self.shared);
        let worker = Worker::new(index, shared, Arc::clone(&tally), self.finds.clone());
        let idle_priority = self.idle_priority;
        let handle = std::thread::Builder::new()
            .name(format!("baseload-hash-{index}"))
            .spawn(move || worker.run(idle_priority))?;
        Ok(Thread {
            tally,
            meter: Meter::new(SECOND),
            handle,
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.change(|orders| orders.stop = true);
        for thread in self.threads.drain(..) {
            // A worker that panicked has said so on its own; there is nothing more to do about it here.
            let _ = thread.handle.join();
        }
    }
}
