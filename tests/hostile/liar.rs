//! A gateway that speaks the protocol well and lies in what it says: its clock, its figures, its answers to orders.

#![allow(dead_code, reason = "a tool for all tests of this folder")]

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, accept_hdr};

const BOOT: &str = "7c0d1e5b9a6f43e2b1d0c9f8e7a6b5c4";

/// How its clock goes: at `since` of ours it showed `at_ms`, and it runs so many times as fast.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    since: Instant,
    at_ms: f64,
    rate: f64,
}

impl Clock {
    /// A clock that is so far off ours and runs so fast from now on.
    pub(crate) fn off(seconds: i64, rate: f64) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        Self {
            since: Instant::now(),
            at_ms: now.as_millis() as f64 + seconds as f64 * 1_000.0,
            rate,
        }
    }

    pub(crate) fn ms(&self) -> i64 {
        (self.at_ms + self.since.elapsed().as_millis() as f64 * self.rate) as i64
    }
}

/// A time as the wire has it.
pub(crate) fn time(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).expect("a time");
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// What it says.
pub(crate) struct Says {
    pub site: &'static str,
    pub clock: Clock,
    /// Answers pings.
    pub pongs: bool,
    /// Its figures were measured so long ago, or at this time whatever the clock says.
    pub measured_ms_ago: i64,
    pub measured_ms: Option<i64>,
    pub period_ms: u64,
    pub nameplate_w: i64,
    pub power_w: i64,
    pub target_w: i64,
    pub state: &'static str,
    /// Statuses that answer an order, as the wire has them less their type and id; from the order and its clock's time.
    pub answers: fn(&Value, i64) -> Vec<Value>,
    /// Orders that came, and how often one was asked for.
    pub orders: Vec<Value>,
    pub asked: usize,
}

/// One site of one block of 428.9 MW, told honestly.
pub(crate) fn honest(site: &'static str) -> Says {
    Says {
        site,
        clock: Clock::off(0, 1.0),
        pongs: true,
        measured_ms_ago: 0,
        measured_ms: None,
        period_ms: 1_000,
        nameplate_w: 428_900_000,
        power_w: 428_900_000,
        target_w: 428_900_000,
        state: "hashing",
        answers: |_, _| Vec::new(),
        orders: Vec::new(),
        asked: 0,
    }
}

impl Says {
    fn measured(&self) -> String {
        time(
            self.measured_ms
                .unwrap_or(self.clock.ms() - self.measured_ms_ago),
        )
    }

    fn items(&self) -> (Value, Value) {
        let at = self.measured();
        let site = json!({"kind": "site", "id": self.site, "name": self.site, "region": "Brest",
            "grid_node": "node 7", "authority": {"epoch": 0}, "site_seq": 3, "quality": "good", "measured_at": at});
        let block = json!({"kind": "block", "site": self.site, "id": "b0", "hall": "h1", "name": "Block 0",
            "hashrate_hs": 2.5e19, "power_w": self.power_w, "power_source": "meter", "target_w": self.target_w,
            "floor_w": 0, "nameplate_w": self.nameplate_w, "state": self.state,
            "state_since": time(self.clock.ms() - 86_400_000),
            "machines": {"total": 1000, "hashing": 1000, "curtailed": 0, "faulted": 0, "offline": 0},
            "accepted": 1, "rejected": 0, "stale": 0, "quality": "good", "ramp_down_w_s": 100_000_000,
            "ramp_up_w_s": 100_000_000, "min_off_s": 0, "min_on_s": 0, "starts_last_hour": 0, "must_run_w": 0,
            "notice_s": 0, "shed_hours_30d": 0.0, "measured_at": at});
        (site, block)
    }

    fn hello(&self) -> Value {
        json!({"type": "hello", "version": 1, "feed": self.site, "gateway": format!("gw-{}", self.site),
            "nation": "Belarus", "serves": ["fleet", "alarm", "order"], "boot": BOOT, "time": time(self.clock.ms()),
            "heartbeat_ms": 1000, "report_period_ms": self.period_ms, "simulated": false, "durable_orders": true,
            "acts": 2, "operators": false,
            "limits": {"frame_bytes": 1_048_576, "message_bytes": 1_048_576, "write_buffer_bytes": 4_194_304,
                "json_depth": 32}})
    }
}

/// It, on a port of its own.
pub(crate) struct Liar {
    pub at: String,
    says: Arc<Mutex<Says>>,
}

impl Liar {
    pub(crate) fn start(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("its address").to_string();
        let says = Arc::new(Mutex::new(says));
        let shared = says.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let says = shared.clone();
                thread::spawn(move || serve(stream, &says));
            }
        });
        Self { at, says }
    }

    /// What it says, to be changed.
    pub(crate) fn says(&self) -> MutexGuard<'_, Says> {
        self.says.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn feed(&self) -> String {
        format!("ws://{}/fleet", self.at)
    }
}

#[allow(
    clippy::result_large_err,
    clippy::unnecessary_wraps,
    reason = "the signature of the library's callback"
)]
fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    response.headers_mut().insert(
        "Sec-WebSocket-Protocol",
        HeaderValue::from_static("baseload.feed.v1"),
    );
    Ok(response)
}

/// One console.
struct Console {
    socket: WebSocket<TcpStream>,
    seq: u64,
    orders_seq: u64,
    subscribed: bool,
}

impl Console {
    /// False where it has gone.
    fn send(&mut self, message: &Value) -> bool {
        self.socket.send(Message::text(message.to_string())).is_ok()
    }
}

fn serve(stream: TcpStream, says: &Mutex<Says>) {
    let lock = || says.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(socket) = accept_hdr(stream, agree) else {
        return;
    };
    socket
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(50)))
        .expect("a time limit");
    let mut console = Console {
        socket,
        seq: 1,
        orders_seq: 1,
        subscribed: false,
    };
    let hello = lock().hello();
    let mut goes_on = console.send(&hello);
    let mut told = Instant::now();
    while goes_on {
        match console.socket.read() {
            Ok(Message::Text(text)) => {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                goes_on = answer(&mut console, &message, &mut lock());
            }
            Ok(Message::Close(_)) => return,
            Ok(_) => {}
            Err(Error::Io(error))
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) => {}
            Err(_) => return,
        }
        if goes_on && console.subscribed && told.elapsed() > Duration::from_millis(400) {
            told = Instant::now();
            let (site, block) = lock().items();
            let now = time(lock().clock.ms());
            let (prev, seq) = (console.seq, console.seq + 1);
            console.seq = seq;
            goes_on = console.send(
                &json!({"type": "update", "topic": "fleet", "seq": seq, "prev": prev,
                "time_sent": now, "part": 0, "parts": 1, "items": [site, block]}),
            );
        }
    }
}

fn answer(console: &mut Console, message: &Value, says: &mut Says) -> bool {
    let now = time(says.clock.ms());
    match message["type"].as_str() {
        Some("ping") if says.pongs => console.send(&json!({"type": "pong", "id": message["id"],
            "ping_sent": message["sent"], "ping_received": now, "sent": now})),
        Some("subscribe") => {
            console.subscribed = true;
            let (site, block) = says.items();
            let hall = json!({"kind": "hall", "site": says.site, "id": "h1", "name": "Hall 1"});
            let fleet = json!({"sites": [site], "halls": [hall], "blocks": [block]});
            let topics = message["topics"].as_array().cloned().unwrap_or_default();
            topics.iter().all(|topic| {
                let seq = if topic == "order" { console.orders_seq } else { console.seq };
                let body = if topic == "fleet" { fleet.clone() } else { json!({}) };
                console.send(&json!({"type": "snapshot", "topic": topic, "boot": BOOT, "seq": seq, "time": now,
                    "part": 0, "parts": 1, "body": body}))
            })
        }
        Some("order" | "order_query") => {
            if message["type"] == "order" {
                says.orders.push(message.clone());
            } else {
                says.asked += 1;
            }
            let id = message["id"].clone();
            let order = says.orders.iter().find(|order| order["id"] == id).cloned();
            let Some(order) = order else { return true };
            (says.answers)(&order, says.clock.ms())
                .iter()
                .all(|status| {
                    let mut status = status.clone();
                    status["type"] = "order_status".into();
                    status["id"] = id.clone();
                    console.send(&status)
                })
        }
        _ => true,
    }
}
