//! A stand-in for Bitcoin Core's RPC, for what no real node can be made to do here: few threads, each of which a call keeps
//! though its client has hung up; calls that a user may not make; a chain that is still fetched, or is forgotten.
//!
//! Bitcoin Core's own manners: requests wait in a queue of 16 and more are refused with 503; a long poll keeps its thread
//! until the tip moves or its time is over; 403 is a call that `rpcwhitelist` lacks.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bitcoin::Block;
use bitcoin::consensus::encode::deserialize_hex;
use serde_json::{Value, json};

use super::support::secret;

/// On regtest; whoever shows the script may spend it.
pub(crate) const ADDRESS: &str = "bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85";
/// Requests that wait for a thread.
const QUEUE: usize = 16;

/// What the node is like.
pub(crate) struct Manners {
    /// `-rpcthreads`.
    pub(crate) threads: usize,
    /// How long a long poll keeps its thread where the tip does not move, whether its client is there or not.
    pub(crate) hold: Duration,
    /// Its word for its chain.
    pub(crate) chain: &'static str,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            threads: 4,
            hold: Duration::from_mins(1),
            chain: "regtest",
        }
    }
}

/// What it knows, and how it answers now.
#[derive(Default)]
pub(crate) struct State {
    /// Hashes from the first block on.
    pub(crate) chain: Vec<String>,
    /// It drops each connection at once.
    pub(crate) down: bool,
    /// `initialblockdownload`; true for ever on regtest and on a signet of one's own.
    pub(crate) fetching: bool,
    /// Calls that are 403.
    pub(crate) forbidden: BTreeSet<&'static str>,
    /// Calls that it does not know.
    pub(crate) missing: BTreeSet<&'static str>,
    /// How long it makes a template.
    pub(crate) template_takes: Duration,
    /// Methods in the order of their coming.
    pub(crate) calls: Vec<String>,
}

impl State {
    fn tip(&self) -> &str {
        self.chain.last().map_or("", String::as_str)
    }
}

struct Inner {
    state: Mutex<State>,
    moved: Condvar,
    manners: Manners,
}

/// A node at work on loopback; it ends with the tests.
pub(crate) struct Core {
    at: SocketAddr,
    inner: Arc<Inner>,
}

impl Core {
    pub(crate) fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("bound");
        let state = State {
            chain: vec![format!("{:064x}", 7)],
            fetching: true,
            ..State::default()
        };
        let threads = manners.threads;
        let inner = Arc::new(Inner {
            state: Mutex::new(state),
            moved: Condvar::new(),
            manners,
        });
        let (queue, waiting) = sync_channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let (inner, waiting) = (inner.clone(), waiting.clone());
            std::thread::spawn(move || work(&inner, &waiting));
        }
        let door = inner.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let queue = queue.clone();
                if !door.state().down {
                    std::thread::spawn(move || take_in(stream, &queue));
                }
            }
        });
        Self { at, inner }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state()
    }

    /// Host and port.
    pub(crate) fn label(&self) -> String {
        self.at.to_string()
    }

    /// The arguments that name it.
    pub(crate) fn arguments(&self, home: &Path, more: &[&str]) -> Vec<String> {
        let file = home.join("core-password");
        secret(&file, "sesame\n");
        let named = [
            format!("--node=http://{}", self.at),
            "--rpc-user=x".to_owned(),
            format!("--rpc-password-file={}", file.display()),
            format!("--payout={ADDRESS}"),
        ];
        let more = more.iter().map(ToString::to_string);
        named.into_iter().chain(more).collect()
    }

    pub(crate) fn height(&self) -> usize {
        self.state().chain.len() - 1
    }

    /// kill -9: it is gone, and has lost its last blocks; the chain that it had.
    pub(crate) fn killed(&self, lost: usize) -> Vec<String> {
        let mut state = self.state();
        state.down = true;
        let before = state.chain.clone();
        state.chain.truncate(before.len() - lost);
        before
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An HTTP status and what is in it.
    fn answer(&self, method: &str, params: &Value) -> (u16, Value) {
        let mut state = self.state();
        state.calls.push(method.to_owned());
        if state.forbidden.contains(method) {
            return (403, Value::Null);
        }
        if state.missing.contains(method) {
            return error(-32601, "Method not found");
        }
        let result = match method {
            "getblockchaininfo" => json!({
                "chain": self.manners.chain,
                "blocks": state.chain.len() - 1,
                "bestblockhash": state.tip(),
                "initialblockdownload": state.fetching,
            }),
            "getbestblockhash" => json!(state.tip()),
            "getblockcount" => json!(state.chain.len() - 1),
            "getblockhash" => {
                let at = params[0].as_u64().unwrap_or(u64::MAX);
                let at = usize::try_from(at).ok().and_then(|at| state.chain.get(at));
                let Some(hash) = at else {
                    return error(-8, "Block height out of range");
                };
                json!(hash)
            }
            "getblockheader" => {
                if !state.chain.iter().any(|hash| params[0] == hash.as_str()) {
                    return error(-5, "Block not found");
                }
                json!({"time": now()})
            }
            "submitblock" => return self.submitted(&mut state, params),
            "getblocktemplate" => self.template(state, &params[0]),
            _ => return error(-32601, "Method not found"),
        };
        (200, json!({"result": result, "error": null}))
    }

    fn submitted(&self, state: &mut State, params: &Value) -> (u16, Value) {
        let Ok(block) = deserialize_hex::<Block>(params[0].as_str().unwrap_or_default()) else {
            return error(-22, "Block decode failed");
        };
        let hash = block.block_hash().to_string();
        let previous = block.header.prev_blockhash.to_string();
        let reason = if state.chain.contains(&hash) {
            Some("duplicate")
        } else if block.header.validate_pow(block.header.target()).is_err() {
            Some("high-hash")
        } else if previous == state.tip() {
            state.chain.push(hash);
            self.moved.notify_all();
            None
        } else if state.chain.contains(&previous) {
            Some("inconclusive")
        } else {
            Some("prev-blk-not-found")
        };
        (200, json!({"result": reason, "error": null}))
    }

    fn template<'a>(&'a self, mut state: MutexGuard<'a, State>, wishes: &Value) -> Value {
        if let Some(id) = wishes["longpollid"].as_str() {
            let waits = self
                .moved
                .wait_timeout_while(state, self.manners.hold, |state| state.tip() == id);
            state = waits.unwrap_or_else(PoisonError::into_inner).0;
        }
        let takes = state.template_takes;
        if !takes.is_zero() {
            drop(state);
            std::thread::sleep(takes);
            state = self.state();
        }
        let bits = match self.manners.chain {
            "regtest" => "207fffff",
            "signet" => "1e0377ae",
            _ => "1d00ffff",
        };
        json!({
            "version": 0x2000_0000, "rules": ["!segwit"], "vbavailable": {}, "vbrequired": 0,
            "previousblockhash": state.tip(), "height": state.chain.len(),
            "transactions": [], "coinbaseaux": {}, "coinbasevalue": 5_000_000_000_u64,
            "bits": bits, "mintime": now() - 3_600, "curtime": now(),
            "sigoplimit": 80_000, "sizelimit": 4_000_000, "weightlimit": 4_000_000,
            "mutable": ["time", "transactions", "prevblock"], "longpollid": state.tip(),
        })
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn error(code: i64, message: &str) -> (u16, Value) {
    let error = json!({"code": code, "message": message});
    (500, json!({"result": null, "error": error}))
}

type Waiting = (TcpStream, Value);

/// Reads a request; it then waits for a thread.
fn take_in(mut stream: TcpStream, queue: &SyncSender<Waiting>) {
    let Some(request) = read(&stream) else { return };
    if let Ok(copy) = stream.try_clone()
        && queue.try_send((copy, request)).is_err()
    {
        reply(&mut stream, 503, "Work queue depth exceeded");
    }
}

fn read(stream: &TcpStream) -> Option<Value> {
    let mut lines = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// One of the node's threads.
fn work(inner: &Inner, waiting: &Mutex<Receiver<Waiting>>) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok((mut stream, request)) = next else {
            return;
        };
        let method = request["method"].as_str().unwrap_or_default();
        let (status, body) = inner.answer(method, &request["params"]);
        reply(&mut stream, status, &body.to_string());
    }
}

/// The client may have gone.
fn reply(stream: &mut TcpStream, status: u16, body: &str) {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}
