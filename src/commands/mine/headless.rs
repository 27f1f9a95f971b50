//! Mining without a screen: lines on the standard output until it ends.

use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::line::{Line, Rate, State, Text, What};
use super::{News, Run, plain};
use crate::commands::Failure;
use crate::domain::time::Timestamp;
use crate::runtime::clock;
use crate::work::miner::Ended;

/// Lines that wait for a reader; what comes beyond them is left out, and counted.
const WAITING: usize = 4_096;
/// How often the engine is looked at.
const TICK: Duration = Duration::from_millis(250);
/// How often the rate is told.
const RATE: Duration = Duration::from_secs(10);
/// How long the last lines may take.
const SETTLE: Duration = Duration::from_secs(2);

/// Writes lines on a thread of its own: a reader that stalls stops neither signals nor mining.
struct Out {
    lines: SyncSender<String>,
    closed: Arc<Notify>,
    thread: JoinHandle<std::io::Result<()>>,
    json: bool,
    missed: u64,
}

impl Out {
    fn start(json: bool) -> std::io::Result<Self> {
        let (lines, received) = sync_channel(WAITING);
        let closed = Arc::new(Notify::new());
        let tell = closed.clone();
        let thread = thread::Builder::new()
            .name("baseload-lines".into())
            .spawn(move || {
                let ended = write_all(&received);
                tell.notify_one();
                ended
            })?;
        Ok(Self {
            lines,
            closed,
            thread,
            json,
            missed: 0,
        })
    }

    fn line(&mut self, at: Timestamp, what: What) {
        if self.missed > 0 {
            let text = format!("{} lines were left out, as nobody read them", self.missed);
            if self.send(&Line::new(at, What::Error(Text { text }))) {
                self.missed = 0;
            }
        }
        if !self.send(&Line::new(at, what)) {
            self.missed += 1;
        }
    }

    /// False where it must be left out.
    fn send(&self, line: &Line) -> bool {
        let text = if self.json {
            line.json()
        } else {
            plain::line(line)
        };
        !matches!(self.lines.try_send(text), Err(TrySendError::Full(_)))
    }

    /// Waits for what is still to be written, within bounds. A reader that had enough is no failure.
    async fn end(self) -> Result<(), Failure> {
        drop(self.lines);
        let until = Instant::now() + SETTLE;
        while !self.thread.is_finished() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if !self.thread.is_finished() {
            return Ok(());
        }
        match self.thread.join() {
            Ok(Err(error)) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Run(format!(
                "the lines cannot be written ({error}); mining has ended"
            ))),
            _ => Ok(()),
        }
    }
}

fn write_all(lines: &Receiver<String>) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    while let Ok(line) = lines.recv() {
        out.write_all(line.as_bytes())?;
        out.flush()?;
    }
    Ok(())
}

/// Why a limited run ends.
const LIMIT: &str = "the time limit";

/// Writes until a signal, a limit or the miner itself ends it.
pub(super) async fn show(
    run: &Run,
    mut news: mpsc::Receiver<News>,
    json: bool,
    start: What,
    limit: Option<Duration>,
) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut out = Out::start(json)?;
    out.line(clock::now(), start);
    let closed = out.closed.clone();
    let began = Instant::now();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Told {
        rate_at: began,
        hashing: false,
        because: Arc::from(""),
    };
    let (because, end) = loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => break ("a signal", Ok(())),
            _ = interrupt.recv() => break ("a signal", Ok(())),
            _ = hang_up.recv() => break ("a signal", Ok(())),
            () = closed.notified() => break ("nobody reads", Ok(())),
            _ = ticks.tick() => {
                tick(run, &mut out, &mut told);
                if limit.is_some_and(|limit| began.elapsed() >= limit) {
                    break (LIMIT, Ok(()));
                }
            }
            Some(it) = news.recv() => match it {
                News::Event(at, event) => out.line(at, What::of(&event, &run.mining.status())),
                News::Ended(Ended::Enough) => break ("as many blocks as were wanted", Ok(())),
                News::Ended(ended) => break ("an error", Err(ended)),
            }
        }
    };
    // What is found until the last thread rests is still told.
    tokio::task::block_in_place(|| run.mining.end());
    while let Ok(News::Event(at, event)) = news.try_recv() {
        out.line(at, What::of(&event, &run.mining.status()));
    }
    let now = clock::now();
    let engine = run.pulse(now);
    out.line(now, What::Hashrate(Rate::of(&engine, &run.mining.status())));
    out.line(now, What::Summary(run.summary(because)));
    let hashed = run.summary(because).hashes > 0;
    out.end().await?;
    match limit {
        Some(limit) if because == LIMIT && !hashed => Err(Failure::Run(format!(
            "nothing was hashed in {} s: {}",
            limit.as_secs(),
            run.mining.status().idle_because
        ))),
        _ => end.map_err(super::failure),
    }
}

/// What was told last of what is not an event.
struct Told {
    rate_at: Instant,
    hashing: bool,
    because: Arc<str>,
}

fn tick(run: &Run, out: &mut Out, told: &mut Told) {
    let now = clock::now();
    let engine = run.pulse(now);
    let status = run.mining.status();
    let hashing = status.work.is_some();
    if hashing != told.hashing || status.idle_because != told.because {
        told.hashing = hashing;
        told.because = status.idle_because.clone();
        out.line(now, What::State(State::of(None, &status)));
    }
    if told.rate_at.elapsed() >= RATE {
        told.rate_at = Instant::now();
        out.line(now, What::Hashrate(Rate::of(&engine, &status)));
    }
}
