//! This machine's engine: started, and joined to the loop.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Failure, bench};
use crate::app::EngineRequest;
use crate::cli::{CpuPriority, EngineArgs};
use crate::config::EngineConfig;
use crate::engine::job::Job;
use crate::engine::kernel::{Kernel, fastest, next};
use crate::engine::worker::{Engine, Options};
use crate::runtime::clock;
use crate::runtime::run::EngineWiring;

/// This machine's engine, shared by its gateway and the Engine screen.
pub type OwnEngine = Arc<Mutex<Engine>>;

/// A thread that panicked with the lock ends the whole process, so a poisoned lock still holds a sound engine.
fn locked(engine: &OwnEngine) -> MutexGuard<'_, Engine> {
    engine.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Share difficulty of the made-up job: about one find in 2^27 headers.
const SHARE_DIFFICULTY: f64 = 1.0 / 32.0;

/// How an engine is to be made; without a kernel where the fastest is to be found.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// All but the kernel, which is the one that every CPU has.
    pub options: Options,
    /// The kernel that was asked for.
    pub kernel: Option<&'static dyn Kernel>,
}

/// As the command line asks.
pub fn asked(args: &EngineArgs) -> Result<Plan, Failure> {
    plan(&EngineConfig {
        kernel: args.kernel.clone(),
        threads: args.threads,
        cpu_affinity: args.cpu_affinity.clone(),
        idle_priority: args.cpu_priority == CpuPriority::Idle,
    })
}

/// As the config file asks.
pub fn plan(config: &EngineConfig) -> Result<Plan, Failure> {
    let cpus = config.cpu_affinity.as_ref();
    let options = Options {
        threads: bench::thread_count(config.threads),
        idle_priority: config.idle_priority,
        // As long as the program lives, as the engine does.
        cpus: cpus.map_or(&[], |list| list.numbers().to_vec().leak()),
        ..Options::default()
    };
    let kernel = bench::chosen(config.kernel.as_deref())?;
    Ok(Plan { options, kernel })
}

/// Starts this machine's engine on a made-up job: it hashes for real, but what it finds belongs to no chain. Without a
/// kernel the fastest is found first, on a thread of its own, as that takes some tenths of a second and the screen does
/// not wait.
pub fn start(plan: Plan) -> io::Result<OwnEngine> {
    let (engine, finds) = Engine::start(plan.options)?;
    let engine = Arc::new(Mutex::new(engine));
    let begun = engine.clone();
    thread::Builder::new()
        .name("baseload-trial".into())
        .spawn(move || begin(&begun, plan.kernel.unwrap_or_else(fastest)))?;
    // Finds of a made-up job are only counted, by the engine itself; they are fetched so that none is ever kept back.
    thread::Builder::new()
        .name("baseload-finds".into())
        .spawn(move || {
            while let Ok(find) = finds.recv() {
                tracing::info!(difficulty = find.difficulty, hash = %find.hash, "a share of the made-up job");
            }
        })?;
    Ok(engine)
}

fn begin(engine: &OwnEngine, kernel: &'static dyn Kernel) {
    let seconds = u32::try_from(clock::now().millis() / 1_000).unwrap_or(u32::MAX);
    let mut engine = locked(engine);
    engine.set_kernel(kernel);
    engine.set_job(Job::synthetic(1, rand::random(), seconds, SHARE_DIFFICULTY));
}

/// Does what a person wants of the engine.
pub fn obey(engine: &OwnEngine, request: EngineRequest) {
    let mut engine = locked(engine);
    match request {
        EngineRequest::Pause => engine.pause(),
        EngineRequest::Resume => engine.resume(),
        EngineRequest::NextKernel => {
            let kernel = next(engine.kernel());
            engine.set_kernel(kernel);
        }
        EngineRequest::Threads(threads) => {
            if let Err(error) = engine.set_threads(threads) {
                tracing::warn!(%error, "the number of threads stays as it is");
            }
        }
    }
}

/// Joins the engine to the loop.
pub fn wiring(engine: &OwnEngine) -> EngineWiring {
    let (asked, told) = (engine.clone(), engine.clone());
    EngineWiring {
        status: Box::new(move |now| locked(&asked).status(now)),
        request: Box::new(move |request| obey(&told, request)),
    }
}
