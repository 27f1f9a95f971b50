//! A real node (bcoin on regtest), installed by `tests/node/install`; killed when it is dropped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use baseload::work::node::rpc::{Auth, Client, Fault, SHORT};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{secret, until};

/// An address of bcoin's regtest.
pub(crate) const ADDRESS: &str = "rb1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysngv04wj";

pub(crate) struct Bcoin {
    dir: TempDir,
    port: u16,
    child: Option<Child>,
    runtime: tokio::runtime::Runtime,
}

impl Bcoin {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().expect("a scratch folder");
        secret(&dir.path().join("key"), "sesame\n");
        let mut node = Self {
            dir,
            port: crate::common::quiet_port(),
            child: None,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
        };
        node.restart();
        node
    }

    /// Starts it on the chain that it has, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
        let binary = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(target)
            .join("node-counterpart/node_modules/bcoin/bin/node");
        assert!(binary.exists(), "run tests/node/install");
        let log = File::create(self.dir.path().join("log")).expect("a log");
        let child = Command::new("node")
            .arg(binary)
            .arg("--network=regtest")
            .arg(format!(
                "--prefix={}",
                self.dir.path().join("chain").display()
            ))
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

    /// The arguments that name it.
    pub(crate) fn arguments(&self) -> Vec<String> {
        vec![
            format!("--node=http://127.0.0.1:{}", self.port),
            "--rpc-user=x".to_owned(),
            format!(
                "--rpc-password-file={}",
                self.dir.path().join("key").display()
            ),
        ]
    }

    pub(crate) fn try_call(&self, method: &str, params: Value) -> Result<Value, Fault> {
        let auth = Auth::Password {
            user: "x".to_owned(),
            file: self.dir.path().join("key"),
        };
        let url = format!("http://127.0.0.1:{}", self.port);
        let client = Client::new(&url, auth, |_| Ok(())).expect("a URL");
        self.runtime.block_on(client.call(method, params, SHORT))
    }

    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        let answer = self.try_call(method, params);
        answer.unwrap_or_else(|fault| panic!("{method}: {}", fault.sentence()))
    }

    pub(crate) fn height(&self) -> u64 {
        let height = self.call("getblockcount", json!([]));
        height.as_u64().expect("a number")
    }

    /// The hash of the chain's block at a height.
    pub(crate) fn hash(&self, height: u64) -> String {
        let hash = self.call("getblockhash", json!([height]));
        hash.as_str().expect("a hash").to_owned()
    }

    /// The serialised block at a height.
    pub(crate) fn raw(&self, height: u64) -> Vec<u8> {
        let raw = self.call("getblock", json!([self.hash(height), false]));
        let hex = raw.as_str().expect("hex").as_bytes();
        data_encoding::HEXLOWER.decode(hex).expect("hex")
    }
}

impl Drop for Bcoin {
    fn drop(&mut self) {
        self.kill();
    }
}
