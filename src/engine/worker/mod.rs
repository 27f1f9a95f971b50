//! The threads that scan, and the hand on their switch.
//!
//! Invariant: between two scans of a few milliseconds a worker reads one shared number, and writes only to cells of
//! its own. All else (a new job, a pause, another number of threads) comes as `Orders` that it fetches when that number
//! has changed. A paused worker sleeps. The engine's side never waits for a worker, save where it is asked to.

mod orders;
mod outbox;
mod thread;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::orders::{Orders, Tally, Turn};
use self::outbox::FINDS;
use self::thread::Worker;
use super::clock::Reference;
use super::header::{Hash, Header};
use super::job::Job;
use super::kernel::{Kernel, Portable};
use super::meter::{MINUTE, Meter, QUARTER_HOUR, SECOND};
use super::priority;
use super::sensors::Sensors;
use super::space::{SLICE, Space};
use crate::domain::hashing::{EngineStatus, RateWindows, ThreadStatus, WorkKind};
use crate::domain::time::Timestamp;

/// Most worker threads.
pub const MAX_THREADS: usize = 1024;

/// How often [`Engine::wait_idle`] looks.
const LOOK: Duration = Duration::from_micros(200);

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
    /// Processors to which the threads are bound, in turn; none: the system places them.
    pub cpus: &'static [usize],
}

impl Default for Options {
    /// A thread a core, idle priority, the kernel that every CPU has ([`super::kernel::fastest`] finds the best one, which
    /// takes up to 50 ms a kernel).
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: &Portable,
            idle_priority: true,
            cpus: &[],
        }
    }
}

#[derive(Debug)]
struct Thread {
    mail: Sender<Orders>,
    tally: Arc<Tally>,
    meter: Meter,
    handle: JoinHandle<()>,
}

/// The engine of this machine. Dropping it stops and joins its threads.
#[derive(Debug)]
pub struct Engine {
    idle_priority: bool,
    cpus: &'static [usize],
    kernel: &'static dyn Kernel,
    space: Option<Arc<Space>>,
    /// How many of `threads` may work.
    allowed: usize,
    paused: bool,
    threads: Vec<Thread>,
    changes: Arc<AtomicU64>,
    finds: SyncSender<Find>,
    meter: Meter,
    /// Of processor time, nanoseconds.
    cpu: Meter,
    reference: Reference,
    sensors: Sensors,
}

impl Engine {
    /// Starts the threads; they sleep until there is a job. Finds come out of the receiver; while nobody fetches them,
    /// the first 256 and each thread's best 256 are kept. Fails where the system gives no thread.
    pub fn start(options: Options) -> io::Result<(Self, Receiver<Find>)> {
        let (finds, receiver) = sync_channel(FINDS);
        let mut engine = Self {
            idle_priority: options.idle_priority,
            cpus: options.cpus,
            kernel: options.kernel,
            space: None,
            allowed: 0,
            paused: false,
            threads: Vec::new(),
            changes: Arc::default(),
            finds,
            meter: Meter::new(QUARTER_HOUR),
            cpu: Meter::new(SECOND),
            reference: Reference::start(),
            sensors: Sensors::find(Path::new("/sys")),
        };
        engine.set_threads(options.threads)?;
        Ok((engine, receiver))
    }

    /// Replaces the job; within a few milliseconds every worker is on the new one.
    pub fn set_job(&mut self, job: Job) {
        let space = Space::new(job, self.kernel.midstates(), SLICE);
        self.space = Some(Arc::new(space));
        self.order();
    }

    /// Takes the job away; the workers sleep.
    pub fn clear_job(&mut self) {
        self.space = None;
        self.order();
    }

    /// What scans.
    pub const fn kernel(&self) -> &'static dyn Kernel {
        self.kernel
    }

    /// Scans with another kernel from the next scan on, in groups of versions as it likes them.
    pub fn set_kernel(&mut self, kernel: &'static dyn Kernel) {
        self.kernel = kernel;
        if let Some(space) = &self.space {
            space.regroup(kernel.midstates());
        }
        self.order();
    }

    /// Tells all workers to stop after the scan they are in, which takes 1 ms of processor time or so;
    /// [`Engine::wait_idle`] tells when they have. They keep their place in the job.
    pub fn pause(&mut self) {
        self.paused = true;
        self.order();
    }

    /// Goes on.
    pub fn resume(&mut self) {
        self.paused = false;
        self.order();
    }

    /// Lets so many threads work (bounded to 1 to [`MAX_THREADS`]). Those too many sleep, and what they had begun goes
    /// to the others. Fails where the system gives no thread; those that there are go on.
    pub fn set_threads(&mut self, threads: usize) -> io::Result<()> {
        let threads = threads.clamp(1, MAX_THREADS);
        while self.threads.len() < threads {
            let thread = self.spawn(self.threads.len())?;
            self.threads.push(thread);
        }
        self.allowed = threads;
        self.order();
        Ok(())
    }

    /// Is no worker scanning? Once true after a pause, it stays true and the counters stand still until something else
    /// is asked of the engine.
    pub fn is_idle(&self) -> bool {
        !self.threads.iter().any(|t| t.tally.scanning.load(SeqCst))
    }

    /// Waits until no worker scans; false where that takes longer than `timeout`.
    pub fn wait_idle(&self, timeout: Duration) -> bool {
        let started = Instant::now();
        loop {
            if self.is_idle() {
                return true;
            }
            if started.elapsed() >= timeout {
                return false;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Where it stands at `now`; each call feeds the meters, so call it a few times a second.
    pub fn status(&mut self, now: Timestamp) -> EngineStatus {
        let idle = self.is_idle();
        let (mut hashes, mut cpu, mut finds, mut finds_lost, mut best) = (0, 0, 0, 0, 0.0_f64);
        let mut threads = Vec::with_capacity(self.allowed);
        for (index, thread) in self.threads.iter_mut().enumerate() {
            let done = thread.tally.hashes.load(Relaxed);
            hashes += done;
            cpu += thread.tally.cpu.load(Relaxed);
            finds += thread.tally.finds.load(Relaxed);
            finds_lost += thread.tally.lost.load(Relaxed);
            best = best.max(f64::from_bits(thread.tally.best.load(Relaxed)));
            thread.meter.feed(now, done);
            if index < self.allowed {
                threads.push(ThreadStatus {
                    rate: thread.meter.rate(SECOND),
                    hashes: done,
                    scheduling: thread.tally.scheduling(),
                });
            }
        }
        self.meter.feed(now, hashes);
        self.cpu.feed(now, cpu);
        let cycles_per_hash = self.reference.gigahertz().and_then(|gigahertz| {
            let hashes = self.meter.per_second(SECOND);
            (hashes > 0.0).then(|| self.cpu.per_second(SECOND) * gigahertz / hashes)
        });
        EngineStatus {
            kernel: self.kernel.name().into(),
            threads,
            paused: self.paused,
            idle,
            work: match &self.space {
                None => WorkKind::Nothing,
                Some(space) if space.job().synthetic => WorkKind::Synthetic,
                Some(_) => WorkKind::Chain,
            },
            rates: RateWindows {
                second: self.meter.rate(SECOND),
                minute: self.meter.rate(MINUTE),
                quarter_hour: self.meter.rate(QUARTER_HOUR),
            },
            cycles_per_hash,
            best_difficulty: (best > 0.0).then_some(best),
            hashes,
            finds,
            finds_lost,
            processor: self.sensors.read(now),
        }
    }

    fn orders(&self, turn: Turn) -> Orders {
        Orders {
            turn,
            space: self.space.clone(),
            kernel: self.kernel,
        }
    }

    /// Tells every worker how things stand now.
    fn order(&self) {
        self.send(|index| match index {
            _ if index >= self.allowed => Turn::Leave,
            _ if self.paused => Turn::Rest,
            _ => Turn::Scan,
        });
    }

    /// Where others hold the processors, a thread of idle priority would take seconds to see an order, so it is raised
    /// for that; it lowers itself before it scans again. One that has seen the order already must not be raised any more
    /// if it scans; one that shall stop may be, and then it surely is.
    fn send(&self, turn: impl Fn(usize) -> Turn) {
        for (index, thread) in self.threads.iter().enumerate() {
            // Fails only for a worker that has panicked; it needs no orders.
            let _ = thread.mail.send(self.orders(turn(index)));
            self.raise(thread);
        }
        self.changes.fetch_add(1, SeqCst);
        for (index, thread) in self.threads.iter().enumerate() {
            if turn(index) != Turn::Scan || self.space.is_none() {
                self.raise(thread);
            }
            thread.handle.thread().unpark();
        }
    }

    fn raise(&self, thread: &Thread) {
        if self.idle_priority {
            priority::raise(&thread.handle);
        }
    }

    fn spawn(&self, index: usize) -> io::Result<Thread> {
        let tally = Arc::new(Tally::default());
        let (mail, received) = channel();
        let worker = Worker {
            index,
            changes: Arc::clone(&self.changes),
            mail: received,
            tally: Arc::clone(&tally),
            finds: self.finds.clone(),
            idle_priority: self.idle_priority,
            cpu: self.cpus.get(index % self.cpus.len().max(1)).copied(),
        };
        let first = self.orders(Turn::Rest);
        let handle = std::thread::Builder::new()
            .name(format!("baseload-hash-{index}"))
            .spawn(move || worker.run(first))?;
        Ok(Thread {
            mail,
            tally,
            meter: Meter::new(SECOND),
            handle,
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.send(|_| Turn::Stop);
        for thread in self.threads.drain(..) {
            // A worker that panicked has said so on its own; there is nothing more to do about it here.
            let _ = thread.handle.join();
        }
    }
}
