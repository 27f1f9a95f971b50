//! The miner's threads: one hears the source and steers the engine, one brings finds to the source, one writes.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::super::records::Store;
use super::super::{Source, Told};
use super::core::{Do, Miner};
use crate::domain::hashing::EngineStatus;
use crate::domain::mining::{MiningEvent, MiningStatus};
use crate::domain::time::Timestamp;
use crate::engine::kernel::{Kernel, fastest};
use crate::engine::worker::{Engine, Find};

/// Records are written at least so often while anything changes.
const KEEP: Duration = Duration::from_secs(30);
/// How often the finds' thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);
/// How long the end waits for the workers.
const SETTLE: Duration = Duration::from_secs(3);
/// How long it waits for the source, which may wait for the answer to a block itself.
const LAST_WORD: Duration = Duration::from_secs(8);

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Why mining ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The node's chain can't be mined on with this payout, and why.
    Refused(String),
    /// As many blocks as were wanted reached the chain.
    Enough,
    /// The source is gone, which a sound program never sees.
    SourceGone,
}

/// All that the miner is joined to.
pub struct Setup {
    /// What it knows at the start.
    pub miner: Miner,
    /// Where finds go.
    pub source: Box<dyn Source>,
    /// What the source tells; the source holds the only senders.
    pub told: Receiver<Told>,
    /// The engine, without a job.
    pub engine: Arc<Mutex<Engine>>,
    /// What it finds.
    pub finds: Receiver<Find>,
    /// What hashes; none: the fastest is found first, before the first job.
    pub kernel: Option<&'static dyn Kernel>,
    /// Where records are kept; none: nowhere.
    pub store: Option<Store>,
    /// The time.
    pub clock: Clock,
    /// Takes events, from any of the threads, without waiting.
    pub events: Box<dyn Fn(MiningEvent) + Send + Sync>,
    /// Takes the end, without waiting.
    pub ended: Box<dyn Fn(Ended) + Send + Sync>,
}

/// What the threads share.
struct Shared {
    miner: Mutex<Miner>,
    engine: Arc<Mutex<Engine>>,
    clock: Clock,
    events: Box<dyn Fn(MiningEvent) + Send + Sync>,
    ended: Box<dyn Fn(Ended) + Send + Sync>,
    ending: AtomicBool,
    keep: Mutex<Option<Sender<()>>>,
}

/// A thread that panicked with a lock ends the whole process, so a poisoned lock still holds sound data.
fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn execute(&self, dos: Vec<Do>) {
        for it in dos {
            match it {
                // Where the end has begun, the engine stays empty.
                Do::Hash(job) => {
                    let mut engine = locked(&self.engine);
                    if !self.ending.load(SeqCst) {
                        engine.set_job(job);
                    }
                }
                Do::Stop => locked(&self.engine).clear_job(),
                Do::Event(event) => (self.events)(event),
                Do::Keep => {
                    if let Some(keep) = locked(&self.keep).as_ref() {
                        // Fails only where the writer has ended, after its last writing.
                        let _ = keep.send(());
                    }
                }
                Do::Refuse(why) => (self.ended)(Ended::Refused(why)),
                Do::Enough => (self.ended)(Ended::Enough),
            }
        }
    }

    /// Writes what is new.
    fn write(&self, store: &Store) {
        let fresh = locked(&self.miner).take_fresh();
        if fresh.is_empty() {
            return;
        }
        match store.add(&fresh) {
            Ok(kept) => {
                locked(&self.miner).written(kept.records);
                if let Some(trouble) = kept.trouble {
                    (self.events)(MiningEvent::Error(trouble.into()));
                }
            }
            Err(trouble) => {
                locked(&self.miner).give_back(&fresh);
                tracing::warn!(trouble, "records were not written");
                (self.events)(MiningEvent::Error(trouble.into()));
            }
        }
    }
}

/// The miner at work. Call [`Mining::end`] before it goes.
pub struct Mining {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Mining {
    /// Starts the threads. Fails where the system gives none.
    pub fn start(setup: Setup) -> std::io::Result<Self> {
        let Setup {
            miner,
            source,
            told,
            engine,
            finds,
            kernel,
            store,
            clock,
            events,
            ended,
        } = setup;
        let (keep, kept) = channel();
        let shared = Arc::new(Shared {
            miner: Mutex::new(miner),
            engine,
            clock,
            events,
            ended,
            ending: AtomicBool::new(false),
            keep: Mutex::new(Some(keep)),
        });
        let mut threads = Vec::new();
        let this = shared.clone();
        threads.push(spawn("baseload-finds", move || {
            bring(&this, source, &finds);
        })?);
        let this = shared.clone();
        threads.push(spawn("baseload-miner", move || {
            hear(&this, kernel, &told);
        })?);
        if let Some(store) = store {
            let this = shared.clone();
            threads.push(spawn("baseload-records", move || {
                keep_records(&this, &store, &kept);
            })?);
        }
        let threads = Mutex::new(threads);
        Ok(Self { shared, threads })
    }

    /// How mining stands.
    pub fn status(&self) -> MiningStatus {
        locked(&self.shared.miner).status().clone()
    }

    /// Why the chain that the node named must not be mined on, where it is so.
    pub fn refused(&self) -> Option<String> {
        locked(&self.shared.miner).refused().map(str::to_owned)
    }

    /// Blocks of this run that reached the chain, or were given to a pool.
    pub fn blocks(&self) -> usize {
        locked(&self.shared.miner).blocks_of_this_run()
    }

    /// How the engine does; its count of headers is taken into the records. Call it a few times a second, from one place.
    pub fn engine(&self, now: Timestamp) -> EngineStatus {
        let status = locked(&self.shared.engine).status(now);
        locked(&self.shared.miner).hashed(status.hashes);
        status
    }

    /// Ends: hashing stops, finds that wait are brought to the source, the source ends, the records are written. Does
    /// nothing where it has ended already.
    pub fn end(&self) {
        let shared = &self.shared;
        {
            let mut engine = locked(&shared.engine);
            shared.ending.store(true, SeqCst);
            engine.clear_job();
        }
        let until = Instant::now() + SETTLE;
        // Looks without holding the lock: the screen may still ask.
        while !locked(&shared.engine).is_idle() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        let hashes = locked(&shared.engine).status((shared.clock)()).hashes;
        locked(&shared.miner).hashed(hashes);
        let threads = std::mem::take(&mut *locked(&self.threads));
        let mut threads = threads.into_iter();
        let until = Instant::now() + LAST_WORD;
        // Finds first, then what the source still had to say, then the records of both.
        for thread in threads.by_ref().take(2) {
            while !thread.is_finished() && Instant::now() < until {
                thread::sleep(Duration::from_millis(2));
            }
        }
        locked(&shared.keep).take();
        for thread in threads {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(run)
}

/// Brings finds to the source, then counts them.
fn bring(shared: &Shared, mut source: Box<dyn Source>, finds: &Receiver<Find>) {
    loop {
        // Asked before the channel is: what came before the end is still brought.
        let ending = shared.ending.load(SeqCst);
        match finds.recv_timeout(LOOK) {
            Ok(find) => {
                source.found(&find);
                let dos = locked(&shared.miner).found(&find, (shared.clock)());
                shared.execute(dos);
            }
            Err(RecvTimeoutError::Timeout) if !ending => {}
            Err(_) => return,
        }
    }
}

/// Hears the source until it is gone.
fn hear(shared: &Shared, kernel: Option<&'static dyn Kernel>, told: &Receiver<Told>) {
    // Some tenths of a second at the start, in which the source connects.
    let kernel = kernel.unwrap_or_else(fastest);
    locked(&shared.engine).set_kernel(kernel);
    while let Ok(told) = told.recv() {
        let dos = locked(&shared.miner).told(told, (shared.clock)());
        shared.execute(dos);
    }
    if !shared.ending.load(SeqCst) {
        (shared.ended)(Ended::SourceGone);
    }
}

/// Writes now and then, when it is asked to, and at the end.
fn keep_records(shared: &Shared, store: &Store, asked: &Receiver<()>) {
    loop {
        let ended = matches!(
            asked.recv_timeout(KEEP),
            Err(RecvTimeoutError::Disconnected)
        );
        // What else was asked for meanwhile is written by this same writing.
        while asked.try_recv().is_ok() {}
        shared.write(store);
        if ended {
            return;
        }
    }
}
