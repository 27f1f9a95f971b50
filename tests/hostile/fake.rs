//! A gateway that says whatever the test wants, as often as the test lets it.

#![allow(dead_code, reason = "a tool for all tests of this folder")]

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, accept_hdr};

use crate::common::DEADLINE;

/// What the gateway says now; a test changes it while it runs.
#[derive(Default)]
pub(crate) struct Said {
    /// Its grid reading, without kind, quality and time; none: it serves no grid.
    pub grid: Option<Value>,
    /// Its sites: id, name, grid node.
    pub sites: Vec<(String, String, String)>,
    /// Blocks: site, id, hall, name, MW.
    pub blocks: Vec<(String, String, String, String, f64)>,
    /// What it says of its limits in `hello`, beside those of messages.
    pub limits: Value,
    /// All that consoles have sent.
    pub heard: Vec<Value>,
}

/// A gateway on loopback.
pub(crate) struct Fake {
    /// `127.0.0.1:port`.
    pub at: String,
    said: Arc<Mutex<Said>>,
    over: Arc<AtomicBool>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

impl Fake {
    /// Serves as this gateway.
    pub(crate) fn start(gateway: &'static str, said: Said) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("its address").to_string();
        let said = Arc::new(Mutex::new(said));
        let over = Arc::new(AtomicBool::new(false));
        let (world, stop) = (said.clone(), over.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (world, stop) = (world.clone(), stop.clone());
                thread::spawn(move || serve(gateway, stream, &world, &stop));
            }
        });
        Self { at, said, over }
    }

    /// A gateway of so many sites of one block of 10 MW each, with the grid at this frequency.
    pub(crate) fn of_sites(gateway: &'static str, mhz: i64, sites: &[(&str, &str)]) -> Self {
        let mut said = Said {
            grid: Some(json!({"freq_mhz": mhz})),
            ..Said::default()
        };
        for (id, name) in sites {
            let text = |text: &str| text.to_owned();
            said.sites.push((text(id), text(name), text("node 7")));
            said.blocks
                .push((text(id), text("b1"), text("h1"), text("Block 1"), 10.0));
        }
        Self::start(gateway, said)
    }

    pub(crate) fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts all links as soon as they have begun, or no longer does.
    pub(crate) fn flaps(&self, flaps: bool) {
        self.over.store(flaps, Ordering::SeqCst);
    }

    /// The address of all its topics.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/", self.at)
    }

    /// Waits until a console has sent a message of this type, and gives all of them.
    pub(crate) fn heard(&self, kind: &str) -> Vec<Value> {
        let until = Instant::now() + DEADLINE;
        loop {
            let all: Vec<Value> = self
                .said()
                .heard
                .iter()
                .filter(|m| m["type"] == kind)
                .cloned()
                .collect();
            if !all.is_empty() {
                return all;
            }
            assert!(Instant::now() < until, "no {kind} came");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[allow(
    clippy::result_large_err,
    clippy::unnecessary_wraps,
    reason = "the signature of the library's callback"
)]
fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let protocol = HeaderValue::from_static("baseload.feed.v1");
    response
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", protocol);
    Ok(response)
}

fn grid(said: &Said) -> Option<Value> {
    let mut grid = said.grid.clone()?;
    grid["kind"] = "grid".into();
    grid["quality"] = "good".into();
    grid["measured_at"] = now().into();
    Some(grid)
}

fn sites(said: &Said) -> Vec<Value> {
    let site = |(id, name, node): &(String, String, String)| {
        json!({"kind": "site", "id": id, "name": name, "region": "Brest", "grid_node": node,
            "authority": {"epoch": 0}, "site_seq": 0, "quality": "good", "measured_at": now()})
    };
    said.sites.iter().map(site).collect()
}

fn halls(said: &Said) -> Vec<Value> {
    let hall = |(site, _, hall, ..): &(String, String, String, String, f64)| json!({"kind": "hall", "site": site, "id": hall, "name": "Hall 1"});
    said.blocks.iter().map(hall).collect()
}

fn blocks(said: &Said) -> Vec<Value> {
    let block = |(site, id, hall, name, mw): &(String, String, String, String, f64)| {
        json!({"kind": "block", "site": site, "id": id, "hall": hall, "name": name, "hashrate_hs": mw * 6e16,
            "power_w": (mw * 1e6) as i64, "power_source": "meter", "target_w": 10_000_000, "floor_w": 0,
            "nameplate_w": 10_000_000, "state": "hashing", "state_since": "2026-01-15T13:44:40.000Z",
            "machines": {"total": 100, "hashing": 100, "curtailed": 0, "faulted": 0, "offline": 0},
            "accepted": 0, "rejected": 0, "stale": 0, "quality": "good", "measured_at": now()})
    };
    said.blocks.iter().map(block).collect()
}

const BOOT: &str = "7c0d1e5b9a6f43e2b1d0c9f8e7a6b5c4";
const TOPICS: [&str; 4] = ["fleet", "grid", "alarm", "order"];

struct Link {
    socket: WebSocket<TcpStream>,
    seq: u64,
}

impl Link {
    fn send(&mut self, message: &Value) -> Option<()> {
        self.socket.send(Message::text(message.to_string())).ok()
    }

    fn snapshot(&mut self, topic: &str, body: &Value) -> Option<()> {
        self.send(&json!({"type": "snapshot", "topic": topic, "boot": BOOT, "seq": self.seq, "time": now(),
            "part": 0, "parts": 1, "body": body}))
    }

    fn update(&mut self, topic: &str, items: &[Value]) -> Option<()> {
        let (seq, prev) = (self.seq + 1, self.seq);
        self.send(
            &json!({"type": "update", "topic": topic, "seq": seq, "prev": prev, "time_sent": now(),
            "part": 0, "parts": 1, "items": items}),
        )
    }

    fn all(&mut self, said: &Said) -> Option<()> {
        self.snapshot(
            "fleet",
            &json!({"sites": sites(said), "halls": halls(said), "blocks": blocks(said)}),
        )?;
        let grid = grid(said).map_or_else(|| json!({}), |grid| json!({"grid": grid}));
        self.snapshot("grid", &grid)?;
        self.snapshot("alarm", &json!({}))?;
        self.snapshot("order", &json!({}))
    }

    fn again(&mut self, said: &Said) -> Option<()> {
        let mut fleet = sites(said);
        fleet.extend(blocks(said));
        self.update("fleet", &fleet)?;
        let grid: Vec<Value> = grid(said).into_iter().collect();
        self.update("grid", &grid)?;
        self.update("alarm", &[])?;
        self.update("order", &[])?;
        self.seq += 1;
        Some(())
    }
}

/// Says hello, answers pings, and tells everything four times a second.
fn serve(gateway: &str, stream: TcpStream, said: &Mutex<Said>, over: &AtomicBool) -> Option<()> {
    let socket = accept_hdr(stream, agree).ok()?;
    let pause = Some(Duration::from_millis(50));
    socket.get_ref().set_read_timeout(pause).ok()?;
    let mut limits = json!({"frame_bytes": 1_048_576, "message_bytes": 1_048_576, "write_buffer_bytes": 4_194_304,
        "json_depth": 32});
    let own = said.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, value) in own.limits.as_object().into_iter().flatten() {
        limits[name] = value.clone();
    }
    drop(own);
    // It rises from link to link of one life.
    let seq = jiff::Timestamp::now().as_millisecond().unsigned_abs();
    let mut link = Link { socket, seq };
    link.send(&json!({"type": "hello", "version": 1, "feed": gateway, "gateway": gateway, "nation": "Belarus",
        "serves": TOPICS, "boot": BOOT, "time": now(), "heartbeat_ms": 1000, "report_period_ms": 1000,
        "simulated": false, "durable_orders": false, "acts": 2, "operators": false,
        "limits": limits}))?;
    let mut told: Option<Instant> = None;
    while !over.load(Ordering::SeqCst) {
        match link.socket.read() {
            Ok(Message::Text(text)) => {
                let message: Value = serde_json::from_str(&text).ok()?;
                let received = now();
                match message["type"].as_str() {
                    Some("ping") => link.send(
                        &json!({"type": "pong", "id": message["id"], "ping_sent": message["sent"],
                        "ping_received": received, "sent": now()}),
                    )?,
                    Some("subscribe") => {
                        let said = said.lock().unwrap_or_else(PoisonError::into_inner);
                        link.all(&said)?;
                        told = Some(Instant::now());
                    }
                    _ => {}
                }
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.heard.push(message);
            }
            Ok(_) => {}
            Err(Error::Io(error)) if is_pause(&error) => {}
            Err(_) => return None,
        }
        if told.is_some_and(|at| at.elapsed() >= Duration::from_millis(250)) {
            let said = said.lock().unwrap_or_else(PoisonError::into_inner);
            link.again(&said)?;
            told = Some(Instant::now());
        }
    }
    Some(())
}

fn is_pause(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
