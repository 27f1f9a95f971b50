//! This machine's engine: started, and joined to the loop.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::app::EngineRequest;
use crate::engine::job::Job;
use crate::engine::kernel::{Kernel, fastest, kernels};
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

/// Starts this machine's engine on a made-up job: it hashes for real, but what it finds belongs to no chain. Without a
/// kernel the fastest is found first, on a thread of its own, as that takes some tenths of a second and the screen does
/// not wait.
pub fn start(options: Options, kernel: Option<&'static dyn Kernel>) -> io::Result<OwnEngine> {
    let (engine, finds) = Engine::start(options)?;
    let engine = Arc::new(Mutex::new(engine));
    let begun = engine.clone();
    thread::Builder::new()
        .name("baseload-trial".into())
        .spawn(move || begin(&begun, kernel.unwrap_or_else(fastest)))?;
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

/// The kernel after the one of that name among those that this processor has, round and round.
pub fn after(name: &str) -> &'static dyn Kernel {
    let all = kernels();
    let at = all.iter().position(|k| k.name() == name);
    all[at.map_or(0, |at| at + 1) % all.len()]
}

/// Joins the engine to the loop.
pub fn wiring(engine: &OwnEngine) -> EngineWiring {
    let (asked, told) = (engine.clone(), engine.clone());
    EngineWiring {
        status: Box::new(move |now| locked(&asked).status(now)),
        request: Box::new(move |request| {
            let mut engine = locked(&told);
            match request {
                EngineRequest::Pause => engine.pause(),
                EngineRequest::Resume => engine.resume(),
                EngineRequest::NextKernel => {
                    let now = engine.status(clock::now()).kernel;
                    engine.set_kernel(after(&now));
                }
                EngineRequest::Threads(threads) => {
                    if let Err(error) = engine.set_threads(threads) {
                        tracing::warn!(%error, "the number of threads stays as it is");
                    }
                }
            }
        }),
    }
}
