//! A pool that others wrote: npm `stratum-pool-sha256`, and npm `bcoin` behind it (`tests/pool/install`).

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use baseload::domain::mining::Proof;

use crate::miner::{DEADLINE, Miner, options, pool};

/// The pool, and the node behind it; both end when it is dropped.
struct Counterpart {
    process: Child,
    lines: Receiver<String>,
    at: SocketAddr,
    _data: tempfile::TempDir,
}

fn target() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

impl Counterpart {
    fn start(difficulty: f64) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let data = tempfile::tempdir().expect("a folder");
        let mut process = Command::new("node")
            .arg(root.join("tests/pool/counterpart.js"))
            .arg(target().join("pool-counterpart/node_modules"))
            .arg(data.path())
            .arg(format!("{difficulty:.12}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs; tests/pool/install installs the rest");
        let output = process.stdout.take().expect("piped");
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line.starts_with('@') && sender.send(line).is_err() {
                    // The pool must be able to go on writing.
                }
            }
        });
        let ready = lines.recv_timeout(DEADLINE).expect("the pool starts");
        let port = ready
            .strip_prefix("@ready ")
            .and_then(|port| port.parse().ok())
            .expect("the pool says its port first");
        Self {
            process,
            lines,
            at: SocketAddr::from(([127, 0, 0, 1], port)),
            _data: data,
        }
    }

    /// Shares that it has judged so far: the good ones, and what it said of others.
    fn judged(&self) -> (u64, Vec<String>) {
        let (mut good, mut others) = (0, Vec::new());
        for line in self.lines.try_iter() {
            if line.starts_with("@share {\"valid\":true") {
                good += 1;
            } else {
                others.push(line);
            }
        }
        (good, others)
    }
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        // The end of its input is the end of the pool, which ends the node.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[test]
#[ignore = "needs stratum-pool-sha256"]
fn a_real_pool_takes_our_shares() {
    let counterpart = Counterpart::start(2e-6);
    let mut options = options(vec![pool(counterpart.at, "us.one")]);
    let script = [&[0x76, 0xa9, 0x14][..], &[7; 20], &[0x88, 0xac]].concat();
    options.payouts = vec![("the pool's own".into(), script, 10_000)];
    let mut miner = Miner::start(options);
    miner.most = 300;
    miner.until("three hundred shares over several jobs", |m| {
        m.found == 300 && m.jobs >= 2
    });
    let work = miner.work.clone().expect("there is work");
    assert_eq!((work.proof, work.height), (Proof::PaysUs, Some(1)));
    assert_eq!(work.version_mask, 0, "this pool does not roll versions");
    assert!(
        work.coinbase_text.contains("EloPool"),
        "{}",
        work.coinbase_text
    );
    miner.finish();
    assert_eq!(miner.counts.accepted, 300, "{:?}", miner.counts);
    let (good, others) = counterpart.judged();
    assert_eq!((good, others), (300, Vec::new()));
}

#[test]
#[ignore = "needs stratum-pool-sha256"]
fn a_real_pool_refuses_a_wrong_user() {
    let counterpart = Counterpart::start(2e-6);
    let mut miner = Miner::start(options(vec![pool(counterpart.at, "someone")]));
    miner.until("it is refused", |m| {
        m.healths
            .iter()
            .any(|(_, _, why)| why.contains("refuses the user or password"))
    });
    assert!(miner.work.is_none());
    miner.finish();
}
