//! Figures for Prometheus: `GET /metrics` over HTTP/1.1, bounded in size, time and number of connections.

use std::convert::Infallible;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::line::kind_word;
use crate::domain::hashing::EngineStatus;
use crate::domain::mining::{Chance, Health, MiningStatus};
use crate::domain::time::Timestamp;

/// Connections at a time; more wait.
const CONNECTIONS: usize = 16;
/// A connection lasts no longer.
const LONGEST: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
const HEAD: usize = 8 * 1024;

/// Gives the figures of this moment.
pub(super) type Figures = Arc<dyn Fn() -> String + Send + Sync>;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, figures: Figures) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Never closed.
        let Ok(place) = room.clone().acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file handles, say: not asked again at once.
                tracing::warn!(%error, "a connection to the metrics was not taken");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let figures = figures.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&request, &figures);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(LONGEST)
                .keep_alive(false)
                .max_buf_size(HEAD)
                .serve_connection(TokioIo::new(stream), service);
            // A peer that breaks off is no concern of ours.
            let _ = tokio::time::timeout(LONGEST, connection).await;
            drop(place);
        });
    }
}

fn answer(request: &Request<Incoming>, figures: &Figures) -> Response<String> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, figures()),
        (&Method::GET | &Method::HEAD, _) => (
            StatusCode::NOT_FOUND,
            "the figures are at /metrics\n".into(),
        ),
        _ => (
            StatusCode::METHOD_NOT_ALLOWED,
            "only GET is answered here\n".into(),
        ),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let kind = if status == StatusCode::OK {
        "text/plain; version=0.0.4; charset=utf-8"
    } else {
        "text/plain; charset=utf-8"
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

/// An address that may be listened on: loopback, or any where a person says so.
pub(super) fn check(address: SocketAddr, open: bool) -> Result<(), String> {
    if address.ip().is_loopback() || open {
        return Ok(());
    }
    Err(format!(
        "--metrics {address}: this would serve other machines too; use 127.0.0.1, or say --metrics-open"
    ))
}

/// Samples of one name.
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str, samples: &[(String, f64)]) {
        if samples.is_empty() {
            return;
        }
        let _ = writeln!(
            self.0,
            "# HELP baseload_{name} {help}\n# TYPE baseload_{name} {kind}"
        );
        for (labels, value) in samples {
            let _ = writeln!(self.0, "baseload_{name}{labels} {value}");
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: Option<f64>) {
        let sample = value.map(|value| (String::new(), value));
        self.family(name, "gauge", help, sample.as_slice());
    }

    fn counter(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, "counter", help, &[(String::new(), value)]);
    }
}

/// One label; its text may come from anywhere.
fn label(name: &str, text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_control()).take(200) {
        if matches!(c, '\\' | '"') {
            out.push('\\');
        }
        out.push(c);
    }
    format!("{name}=\"{out}\"")
}

/// All figures in Prometheus' text form. `blocks`: of this run.
pub(super) fn page(
    engine: Option<&EngineStatus>,
    status: &MiningStatus,
    blocks: usize,
    now: Timestamp,
) -> String {
    let mut page = Page(String::new());
    let kernel = engine.map_or("", |engine| &*engine.kernel);
    let info = format!(
        "{{{},{}}}",
        label("version", env!("CARGO_PKG_VERSION")),
        label("kernel", kernel)
    );
    page.family(
        "info",
        "gauge",
        "The program and its kernel; always 1.",
        &[(info, 1.0)],
    );
    if let Some(engine) = engine {
        hashing(&mut page, engine);
    }
    work(&mut page, engine, status, now);
    results(&mut page, status, blocks);
    sources(&mut page, status);
    page.0
}

fn hashing(page: &mut Page, engine: &EngineStatus) {
    let rates = [
        ("1s", engine.rates.second),
        ("1m", engine.rates.minute),
        ("15m", engine.rates.quarter_hour),
    ]
    .map(|(window, rate)| (format!("{{{}}}", label("window", window)), rate.hs()));
    page.family(
        "hashrate_hashes_per_second",
        "gauge",
        "Hashes a second over the window.",
        &rates,
    );
    let hashes = engine.hashes as f64;
    page.counter("hashes_total", "Headers hashed in this run.", hashes);
    let threads = engine.threads.len() as f64;
    page.gauge("threads", "Threads that may hash.", Some(threads));
    let paused = f64::from(u8::from(engine.paused));
    page.gauge(
        "paused",
        "1 where a person has paused hashing.",
        Some(paused),
    );
    page.gauge(
        "processor_temperature_celsius",
        "Temperature of the processor.",
        engine.processor.temperature_c,
    );
    page.gauge(
        "processor_power_watts",
        "What the processor draws.",
        engine.processor.power.map(|power| power.watts() as f64),
    );
}

fn work(page: &mut Page, engine: Option<&EngineStatus>, status: &MiningStatus, now: Timestamp) {
    let work = status.work.as_ref();
    let has_work = f64::from(u8::from(work.is_some()));
    page.gauge("has_work", "1 where there is work to hash.", Some(has_work));
    page.gauge(
        "work_height",
        "Height of the block to be found.",
        work.and_then(|work| work.height).map(f64::from),
    );
    page.gauge(
        "work_age_seconds",
        "Age of the work.",
        work.map(|work| work.received.age(now).as_secs_f64()),
    );
    page.gauge(
        "work_transactions",
        "Transactions of the block to be found, the coinbase included.",
        work.and_then(|work| work.transactions).map(|n| n as f64),
    );
    page.gauge(
        "work_reward_satoshis",
        "What the coinbase pays.",
        work.map(|work| work.reward.sat() as f64),
    );
    page.gauge(
        "network_difficulty",
        "Difficulty of a block.",
        work.map(|work| work.network_difficulty),
    );
    page.gauge(
        "share_difficulty",
        "Difficulty of a share.",
        work.map(|work| work.share_difficulty),
    );
    let chance = work
        .zip(engine)
        .and_then(|(work, engine)| Chance::of(engine.rates.minute.hs(), work.network_difficulty));
    page.gauge(
        "expected_block_seconds",
        "Mean time to a block at the rate of the last minute.",
        chance.map(|chance| chance.expected.as_secs_f64()),
    );
    page.gauge(
        "chance_today_ratio",
        "Probability of at least one block within 24 hours.",
        chance.map(|chance| chance.today),
    );
}

fn results(page: &mut Page, status: &MiningStatus, blocks: usize) {
    let shares = &status.shares;
    let verdicts = [
        ("accepted", shares.accepted),
        ("stale", shares.stale),
        ("rejected", shares.rejected_total()),
        ("lost", shares.lost_total()),
    ]
    .map(|(word, count)| (format!("{{{}}}", label("verdict", word)), count as f64));
    page.family(
        "shares_total",
        "counter",
        "Shares of this run by what became of them.",
        &verdicts,
    );
    let pending = shares.pending as f64;
    page.gauge(
        "shares_pending",
        "Shares that wait for an answer.",
        Some(pending),
    );
    let best = [("session", status.best), ("lifetime", status.lifetime.best)]
        .map(|(scope, best)| (format!("{{{}}}", label("scope", scope)), best));
    page.family(
        "best_share_difficulty",
        "gauge",
        "Difficulty of the best hash.",
        &best,
    );
    page.counter(
        "blocks_total",
        "Blocks of this run that reached the chain, or were given to a pool.",
        blocks as f64,
    );
    let lifetime = &status.lifetime;
    page.counter(
        "lifetime_hashes_total",
        "Headers hashed on this chain in all runs.",
        lifetime.hashes as f64,
    );
    page.counter(
        "lifetime_shares_total",
        "Shares accepted on this chain in all runs.",
        lifetime.shares as f64,
    );
    page.counter(
        "lifetime_blocks_total",
        "Blocks of all runs that reached this chain.",
        lifetime.blocks as f64,
    );
}

fn sources(page: &mut Page, status: &MiningStatus) {
    let of = |view: &crate::domain::mining::SourceView| {
        format!(
            "{},{}",
            label("source", &view.label),
            label("kind", kind_word(view.kind))
        )
    };
    let up: Vec<_> = status
        .sources
        .iter()
        .map(|view| {
            let live = f64::from(u8::from(view.health == Health::Live));
            let health = label("health", view.health.word());
            (format!("{{{},{health}}}", of(view)), live)
        })
        .collect();
    page.family("source_up", "gauge", "1 where the source gives work.", &up);
    let latency: Vec<_> = status
        .sources
        .iter()
        .filter_map(|view| {
            let latency = view.latency?.as_secs_f64();
            Some((format!("{{{}}}", of(view)), latency))
        })
        .collect();
    page.family(
        "source_latency_seconds",
        "gauge",
        "How long the source's last answer took.",
        &latency,
    );
}
