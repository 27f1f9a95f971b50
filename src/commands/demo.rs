//! `baseload demo`: separate websocket servers for fleet, grid and reserve on loopback over one simulated nation, a
//! fourth one for this machine's real engine, and the console on all of them.

use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::net::TcpListener;

use super::console::{desk, join};
use super::look::{Environment, look};
use super::{Failure, bench, places, tokio_runtime};
use crate::app::feeds::Feed;
use crate::app::{EngineRequest, Size, State};
use crate::cli::{CpuPriority, DemoArgs, EngineArgs};
use crate::config::Config;
use crate::domain::ids::FeedId;
use crate::domain::link::Topic;
use crate::engine::job::Job;
use crate::engine::kernel::fastest;
use crate::engine::worker::{Engine, Options};
use crate::feed::socket::{Admission, FeedTarget};
use crate::gateway::Gateway;
use crate::gateway::local::Local;
use crate::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use crate::gateway::simulator::{NATION, Simulator, SimulatorOptions};
use crate::runtime::clock;
use crate::runtime::run::{EngineWiring, Pace, Wiring, run as show};

/// This machine's engine, shared by its gateway and the Engine screen.
pub type OwnEngine = Arc<Mutex<Engine>>;

/// A thread that panicked with the lock ends the whole process, so a poisoned lock still holds a sound engine.
fn locked(engine: &OwnEngine) -> MutexGuard<'_, Engine> {
    engine.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Share difficulty of the made-up job: about one find in 2^27 headers.
const SHARE_DIFFICULTY: f64 = 1.0 / 32.0;

/// Runs the demo.
pub fn run(args: &DemoArgs) -> Result<(), Failure> {
    let engine = engine_options(&args.engine)?;
    let config = Config::default();
    let look = look(&args.look, &config, &Environment::present())?;
    let _log = places::log();
    let feeds = ["fleet", "grid", "reserve", "local"];
    let views = feeds
        .iter()
        .enumerate()
        .map(|(i, name)| {
            Feed::new(
                FeedId(u16::try_from(i).unwrap_or(u16::MAX)),
                &format!("demo {name}"),
            )
        })
        .collect();
    let mut state = State::new(
        desk(&config, false),
        views,
        Size {
            columns: 80,
            rows: 24,
        },
        clock::now(),
    );
    state.demo = true;
    let pace = Pace {
        fps: args.look.fps.unwrap_or(4),
        size: args.look.size,
    };
    let options = SimulatorOptions {
        sites: usize::from(args.sites),
        seed: args.seed,
        speed: args.speed,
        ..SimulatorOptions::at(clock::now())
    };
    tokio_runtime()?
        .block_on(async { show(state, &look, pace, move || nation(options, engine)).await })?;
    Ok(())
}

/// The engine that the command line asks for.
fn engine_options(args: &EngineArgs) -> Result<Options, Failure> {
    Ok(Options {
        threads: bench::thread_count(args.threads),
        kernel: bench::chosen(args.kernel.as_deref())?.unwrap_or_else(fastest),
        idle_priority: args.cpu_priority == CpuPriority::Idle,
        // As long as the program lives, as the engine does.
        cpus: args
            .cpu_affinity
            .as_ref()
            .map_or(&[], |list| list.0.clone().leak()),
    })
}

/// Starts the servers and opens their feeds.
fn nation(options: SimulatorOptions, engine: Options) -> io::Result<Wiring> {
    let nation = start_hub(Box::new(Simulator::new(options)));
    let engine = own_engine(engine)?;
    let own = start_hub(Box::new(Local::new(engine.clone(), NATION, clock::now())));
    let servers = [
        (
            &nation,
            "fleet",
            vec![Topic::Fleet, Topic::Alarm, Topic::Order],
        ),
        (&nation, "grid", vec![Topic::Grid]),
        (&nation, "reserve", vec![Topic::Reserve]),
        (
            &own,
            "fleet",
            vec![Topic::Fleet, Topic::Alarm, Topic::Order],
        ),
    ];
    let mut targets = Vec::new();
    for (hub, path, topics) in servers {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let at = listener.local_addr()?;
        targets.push(FeedTarget {
            url: format!("ws://{at}/{path}"),
            ..FeedTarget::default()
        });
        let options = ServeOptions {
            admission: Admission {
                topics,
                ..Admission::default()
            },
            ..ServeOptions::open(path)
        };
        // It ends with the console.
        let listener = TcpListener::from_std(listener)?;
        tokio::spawn(serve(
            listener,
            hub.clone(),
            options,
            std::future::pending(),
        ));
    }
    let mut wiring = join(targets);
    wiring.engine = Some(engine_wiring(&engine));
    Ok(wiring)
}

fn start_hub(gateway: Box<dyn Gateway>) -> Hub {
    Hub::start(gateway, HubOptions::new(Arc::new(clock::now)))
}

/// Starts this machine's engine on a made-up job: it hashes for real, but what it finds belongs to no chain.
pub fn own_engine(options: Options) -> io::Result<OwnEngine> {
    let (mut engine, finds) = Engine::start(options)?;
    let seconds = u32::try_from(clock::now().millis() / 1_000).unwrap_or(u32::MAX);
    engine.set_job(Job::synthetic(1, rand::random(), seconds, SHARE_DIFFICULTY));
    // Finds of a made-up job are only counted, by the engine itself; they are fetched so that none is ever kept back.
    thread::Builder::new()
        .name("baseload-finds".into())
        .spawn(move || {
            while let Ok(find) = finds.recv() {
                tracing::info!(difficulty = find.difficulty, hash = %find.hash, "a share of the made-up job");
            }
        })?;
    Ok(Arc::new(Mutex::new(engine)))
}

/// Joins the engine to the loop.
pub fn engine_wiring(engine: &OwnEngine) -> EngineWiring {
    let (asked, told) = (engine.clone(), engine.clone());
    EngineWiring {
        status: Box::new(move |now| {
            asked
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .status(now)
        }),
        request: Box::new(move |request| {
            let mut engine = locked(&told);
            match request {
                EngineRequest::Pause => engine.pause(),
                EngineRequest::Resume => engine.resume(),
                EngineRequest::Threads(threads) => {
                    if let Err(error) = engine.set_threads(threads) {
                        tracing::warn!(%error, "the number of threads stays as it is");
                    }
                }
            }
        }),
    }
}
