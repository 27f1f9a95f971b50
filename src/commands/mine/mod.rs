//! `baseload mine`: standalone mining on a node or on a pool, on the screen or as lines.

mod alerts;
mod asked;
mod headless;
pub mod line;
mod metrics;
mod plain;
mod screen;
mod sources;

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use self::alerts::{Alerts, Commands};
use self::asked::Asked;
use self::line::{Start, Summary, What, kind_word};
use super::own_engine::{self, OwnEngine};
use super::{Failure, block_on, places};
use crate::cli::MineArgs;
use crate::domain::hashing::EngineStatus;
use crate::domain::mining::{Chain, Health, MiningEvent, MiningStatus, SourceKind, SourceView};
use crate::domain::time::Timestamp;
use crate::engine::worker::Engine;
use crate::runtime::clock;
use crate::work::JobIds;
use crate::work::miner::{Ended, Miner, Mining, Setup};
use crate::work::records::{Kept, Record, Store, realm};

/// Events that wait for the screen or for the lines; more are left out.
const EVENTS: usize = 4_096;
/// How long the screen waits for a node to name its chain.
const ASKED: Duration = Duration::from_secs(2);

/// What the miner's threads tell.
#[derive(Debug)]
enum News {
    /// When, and what.
    Event(Timestamp, MiningEvent),
    /// It ended by itself.
    Ended(Ended),
}

/// Counts what there was too much of; the log is told at the first, the second, the fourth and so on.
#[derive(Debug, Default)]
struct LeftOut(AtomicU64);

impl LeftOut {
    fn one(&self, why: &str) {
        let count = self.0.fetch_add(1, Relaxed).wrapping_add(1);
        if count.is_power_of_two() {
            tracing::warn!(count, "{why}");
        }
    }
}

/// A run of the miner, and what is known of its engine.
struct Run {
    mining: Mining,
    engine: OwnEngine,
    last: Mutex<Option<EngineStatus>>,
    began: Instant,
}

impl Run {
    /// Looks at the engine, a few times a second, from one place.
    fn pulse(&self, now: Timestamp) -> EngineStatus {
        let status = self.mining.engine(now);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(status.clone());
        status
    }

    /// What there is to say at the end.
    fn summary(&self, because: &str) -> Summary {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let hashes = last.as_ref().map_or(0, |status| status.hashes);
        let status: MiningStatus = self.mining.status();
        let seconds = self.began.elapsed().as_secs_f64();
        Summary::of(because, seconds, hashes, &status, self.mining.blocks())
    }

    /// The figures for Prometheus.
    fn figures(&self) -> String {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = last.clone();
        drop(last);
        let status = self.mining.status();
        metrics::page(engine.as_ref(), &status, self.mining.blocks(), clock::now())
    }
}

/// Why the miner ended by itself, as the command fails.
fn failure(ended: Ended) -> Failure {
    match ended {
        Ended::Refused(why) => Failure::Usage(why),
        Ended::SourceGone => Failure::Run(
            "the link to nodes or pools ended by a fault of its own; the log says more".to_owned(),
        ),
        // No failure at all; never asked for.
        Ended::Enough => Failure::Run("it has ended".to_owned()),
    }
}

/// Runs the miner.
pub fn run(args: &MineArgs) -> Result<(), Failure> {
    let asked = asked::asked(args)?;
    let plan = own_engine::asked(&args.engine)?;
    if let Some(address) = args.metrics {
        metrics::check(address, args.metrics_open).map_err(Failure::Usage)?;
    }
    // Everything that may be wrong with the command line is told before anything starts.
    let look = (!args.headless).then(|| screen::look(args)).transpose()?;
    let _log = places::log();
    block_on(async {
        let metrics = match args.metrics {
            Some(address) => Some(TcpListener::bind(address).await.map_err(|error| {
                Failure::Run(format!("--metrics {address}: {error}; choose another port"))
            })?),
            None => None,
        };
        let (run, news, alerts) = start(args, &asked, plan)?;
        let run = Arc::new(run);
        if let Some(listener) = metrics {
            let figures = run.clone();
            tokio::spawn(metrics::serve(
                listener,
                Arc::new(move || figures.figures()),
            ));
        }
        let limit = args.time_limit.map(Duration::from_secs_f64);
        let shown = match look {
            None => {
                let start = What::Start(started(&asked, plan.options.threads));
                headless::show(&run, news, args.json, start, limit).await
            }
            Some(look) => match refused_at_once(&run).await {
                Some(refused) => Err(refused),
                None => Box::pin(screen::show(&run, news, &look, args, limit)).await,
            },
        };
        tokio::task::block_in_place(|| {
            run.mining.end();
            alerts.end();
        });
        shown
    })?
}

fn started(asked: &Asked, threads: usize) -> Start {
    Start {
        schema: line::SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kind: kind_word(asked.kind()).to_owned(),
        sources: asked.labels().iter().map(ToString::to_string).collect(),
        payouts: asked.payouts(),
        threads,
    }
}

/// Starts engine, source and miner.
fn start(
    args: &MineArgs,
    asked: &Asked,
    plan: own_engine::Plan,
) -> Result<(Run, mpsc::Receiver<News>, Alerts), Failure> {
    let state = places::state().ok_or_else(|| {
        Failure::Run(
            "there is no place for found blocks: the system names no home folder; set HOME"
                .to_owned(),
        )
    })?;
    let (engine, finds) = Engine::start(plan.options)?;
    let engine = Arc::new(Mutex::new(engine));
    let commands = Commands {
        on_block: args.on_block.clone(),
        on_best: args.on_best.clone(),
    };
    let (alerts, orders) = Alerts::start(commands)?;
    let (sender, news) = mpsc::channel(EVENTS);
    let store = Store::new(state.clone());
    let Kept { records, trouble } = store.load();
    let known = records.get(realm(Some(Chain::Main)));
    let known = known.and_then(Record::network);
    let (teller, told) = channel();
    let miner = Miner::new(
        asked.kind(),
        &asked.labels(),
        records,
        asked.judge(),
        args.stop_after_blocks.map(|n| n as usize),
        clock::now(),
    );
    let source = sources::start(
        asked,
        args,
        plan.options.threads,
        &state,
        known,
        Arc::new(JobIds::default()),
        teller,
    )?;
    let (events, left_out) = (sender.clone(), LeftOut::default());
    if let Some(trouble) = trouble {
        let event = MiningEvent::Error(trouble.into());
        let _ = sender.try_send(News::Event(clock::now(), event));
    }
    let mining = Mining::start(Setup {
        miner,
        source,
        told,
        engine: engine.clone(),
        finds,
        kernel: plan.kernel,
        store: Some(store),
        clock: Arc::new(clock::now),
        events: Box::new(move |event| {
            log(&event);
            orders.event(&event);
            if events.try_send(News::Event(clock::now(), event)).is_err() {
                left_out.one("events are left out: nobody takes them fast enough");
            }
        }),
        ended: Box::new(move |ended| {
            // With room for thousands it fails only where the other side has ended.
            let _ = sender.try_send(News::Ended(ended));
        }),
    })?;
    let run = Run {
        mining,
        engine,
        last: Mutex::new(None),
        began: Instant::now(),
    };
    Ok((run, news, alerts))
}

/// What must be found again after the fact goes to the log file.
fn log(event: &MiningEvent) {
    match event {
        MiningEvent::Block(block) => {
            tracing::info!(hash = %block.hash, height = block.height, fate = ?block.fate, "a block");
        }
        MiningEvent::State(view) => {
            tracing::info!(source = %view.label, health = view.health.word(), detail = %view.detail, "a source");
        }
        MiningEvent::Error(text) => tracing::warn!(%text, "an error"),
        _ => {}
    }
}

/// Waits a moment for the node to name its chain, so that a payout that does not fit is refused before the screen is
/// taken. A node that can't be reached is shown on the screen instead.
async fn refused_at_once(run: &Run) -> Option<Failure> {
    let until = Instant::now() + ASKED;
    while Instant::now() < until {
        let status = run.mining.status();
        let waits = |view: &SourceView| {
            view.kind == SourceKind::Node
                && matches!(view.health, Health::Connecting | Health::Live)
        };
        if status.chain.is_some() || !status.sources.first().is_some_and(waits) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    run.mining.refused().map(Failure::Usage)
}
