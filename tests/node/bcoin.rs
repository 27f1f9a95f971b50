//! A real node on loopback, killed when it is dropped.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use baseload::work::node::rpc::{Auth, Client, Fault, SHORT};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Longest wait for anything, on a machine with other work.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// Where `tests/node/install` puts things.
pub(crate) fn counterpart() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(target)
        .join("node-counterpart")
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// Waits until `done` gives something.
pub(crate) fn until<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// bcoin on regtest, alone in the world.
pub(crate) struct Bcoin {
    pub(crate) dir: TempDir,
    port: u16,
    /// Where its tips are published.
    zmq: Option<u16>,
    child: Option<Child>,
    runtime: Runtime,
}

impl Bcoin {
    /// Starts it, and waits until it answers.
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// The same, its tips published by ZMQ.
    pub(crate) fn publishing() -> Self {
        Self::start_with(Some(free_port()))
    }

    fn start_with(zmq: Option<u16>) -> Self {
        let dir = tempfile::tempdir().expect("scratch");
        let key = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(dir.path().join("key"));
        key.and_then(|mut key| key.write_all(b"sesame\n"))
            .expect("writes the key");
        let mut node = Self {
            dir,
            port: free_port(),
            zmq,
            child: None,
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
        };
        node.restart();
        node
    }

    /// Starts it again on the same chain and port.
    pub(crate) fn restart(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let here = counterpart();
        let binary = here.join("node_modules/bcoin/bin/node");
        assert!(
            binary.exists(),
            "{} is missing: run tests/node/install",
            binary.display()
        );
        let log = File::create(self.dir.path().join("log")).expect("a log");
        let chain = self.dir.path().join("chain");
        fs::create_dir_all(&chain).expect("a folder");
        let mut node = Command::new("node");
        node.arg(binary);
        if let Some(port) = self.zmq {
            let plugin = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node/tips.js");
            node.arg(format!("--plugins={plugin}"))
                .env("BASELOAD_PYTHON", here.join("venv/bin/python"))
                .env("BASELOAD_ZMQ_PORT", port.to_string());
        }
        let child = node
            .arg("--network=regtest")
            .arg(format!("--prefix={}", chain.display()))
            .arg(format!("--http-port={}", self.port))
            .args([
                "--memory=false",
                "--http-host=127.0.0.1",
                "--api-key=sesame",
                "--listen=false",
                "--max-outbound=1",
                "--only=127.0.0.1:9",
                "--no-wallet=true",
                "--workers=false",
            ])
            .env("NODE_BACKEND", "js")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("node starts"));
        until("the node answers", || {
            self.try_call("getblockcount", json!([])).ok()
        });
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it was ours");
            child.wait().expect("it ends");
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where its tips are published.
    pub(crate) fn zmq(&self) -> Option<String> {
        self.zmq.map(|port| format!("tcp://127.0.0.1:{port}"))
    }

    pub(crate) fn auth(&self) -> Auth {
        Auth::Password {
            user: "x".to_owned(),
            file: self.dir.path().join("key"),
        }
    }

    pub(crate) fn try_call(&self, method: &str, params: Value) -> Result<Value, Fault> {
        let client = Client::new(&self.url(), self.auth(), |_| Ok(())).expect("a URL");
        self.runtime.block_on(client.call(method, params, SHORT))
    }

    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        let answer = self.try_call(method, params);
        answer.unwrap_or_else(|fault| panic!("{method}: {}", fault.sentence()))
    }

    pub(crate) fn height(&self) -> u64 {
        self.call("getblockcount", json!([]))
            .as_u64()
            .expect("a number")
    }

    pub(crate) fn tip(&self) -> String {
        let tip = self.call("getbestblockhash", json!([]));
        tip.as_str().expect("a hash").to_owned()
    }

    /// The block at a height, with its transactions' ids.
    pub(crate) fn block(&self, height: u64) -> Value {
        let hash = self.call("getblockhash", json!([height]));
        self.call("getblock", json!([hash, true]))
    }
}

impl Drop for Bcoin {
    fn drop(&mut self) {
        self.kill();
    }
}
