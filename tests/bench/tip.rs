//! From a block that another miner finds to our first hash on top of it: a real node on loopback, by each of the ways in which
//! we hear of it.
//!
//! Needs `tests/node/install`. The time begins when the other miner hands its block in, so the node's checks are in it, and ends
//! with a find of our engine on the new work. The node has no ZMQ of its own: a plugin tells a real publisher of each tip.

#![allow(missing_docs, reason = "a bench")]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use baseload::engine::worker::{Engine, Options as EngineOptions};
use baseload::runtime::clock;
use baseload::work::node::Nodes;
use baseload::work::{JobIds, Told};

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../node/bcoin.rs"]
mod bcoin;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../node/miner.rs"]
mod miner;

const TIPS: usize = 100;
/// Where nobody tells of a tip.
const POLL: Duration = Duration::from_secs(1);

/// How we hear of a tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Zmq,
    LongPoll,
    Question,
}

/// Follows the tips; tells when the first hash on each was done.
fn follower(told: &Receiver<Told>, seen: &Sender<(Arc<str>, Instant)>) {
    let (mut engine, finds) = Engine::start(EngineOptions {
        threads: 1,
        idle_priority: false,
        ..EngineOptions::default()
    })
    .expect("threads");
    let mut at_hand = None;
    let mut known = HashSet::new();
    loop {
        match told.recv_timeout(Duration::from_micros(200)) {
            Ok(Told::Work(work)) => {
                at_hand = Some((work.job.id, Arc::clone(&work.view.previous)));
                engine.set_job(work.job);
            }
            Ok(Told::NoWork(_)) => engine.clear_job(),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
            Ok(_) | Err(_) => {}
        }
        // A bounded number: on an easy chain finds come faster than a slow build takes them, and what is told must be heard too.
        for find in finds.try_iter().take(256) {
            if let Some((id, previous)) = &at_hand
                && *id == find.job
                && known.insert(Arc::clone(previous))
            {
                // A bench that is through no longer listens.
                let _ = seen.send((Arc::clone(previous), Instant::now()));
            }
        }
    }
}

fn main() {
    if !bcoin::counterpart().join("node_modules").exists() {
        println!("tip: no node to measure with; run tests/node/install");
        return;
    }
    measure(By::Zmq, "by ZMQ");
    measure(By::LongPoll, "by a long poll");
    measure(By::Question, "by a question each second");
}

fn measure(by: By, words: &str) {
    let node = match by {
        By::Zmq => bcoin::Bcoin::publishing(),
        _ => bcoin::Bcoin::start(),
    };
    let mut options = miner::options(&[&node], &node.dir.path().join("follower"));
    options.poll = match by {
        By::Question => POLL,
        _ => Duration::from_mins(10),
    };
    options.longpoll = by == By::LongPoll;
    let (teller, told) = channel();
    let nodes =
        Nodes::start(options, Arc::new(JobIds::default()), teller, clock::now).expect("starts");
    let (seen, firsts) = channel();
    let thread = std::thread::spawn(move || follower(&told, &seen));
    let mut others = miner::options(&[&node], &node.dir.path().join("other"));
    others.nodes[0].zmq = None;
    let mut other = miner::Miner::start(others);
    other.mine(1);
    other.settle(&node);
    let mut times = Vec::new();
    for number in 0..TIPS {
        match by {
            // A block must not always come just after a question.
            By::Question => std::thread::sleep(POLL * (number as u32 * 37 % 100) / 100),
            // A node that answers many long polls at once is asked less often; real blocks do not come so fast.
            By::LongPoll => std::thread::sleep(POLL * 11 / 10),
            By::Zmq => {}
        }
        times.push(once(&mut other, &node, &firsts));
    }
    drop(nodes);
    thread.join().expect("it ends with the nodes");
    times.sort();
    println!(
        "tip to first hash {words}, {TIPS} tips: p50 {:?}, p99 {:?}, most {:?}",
        times[TIPS / 2],
        times[TIPS * 99 / 100 - 1],
        times[TIPS - 1]
    );
}

/// A block of the other miner, until our first hash on it.
fn once(
    other: &mut miner::Miner,
    node: &bcoin::Bcoin,
    firsts: &Receiver<(Arc<str>, Instant)>,
) -> Duration {
    let before = other.blocks.len();
    other.hash_what_is_at_hand();
    other.run_until("a block", |m| m.blocks.len() > before);
    let began = Instant::now();
    other.settle(node);
    let tip = node.tip();
    loop {
        let (previous, at) = firsts
            .recv_timeout(bcoin::PATIENCE)
            .expect("the follower follows");
        if *previous == *tip {
            return at.saturating_duration_since(began);
        }
    }
}
