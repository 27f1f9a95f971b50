//! News of new blocks by a real ZMQ publisher (PyPI `pyzmq`).

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use baseload::work::node::zmq::{News, follow, place};

use crate::bcoin::{Bcoin, PATIENCE, counterpart};
use crate::miner::{Miner, options};

#[test]
#[ignore = "needs pyzmq"]
fn blocks_and_gaps_are_heard() {
    let mut publisher = Command::new(counterpart().join("venv/bin/python"))
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/node/publisher.py"
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python is there: run tests/node/install");
    let mut lines = BufReader::new(publisher.stdout.take().expect("piped")).lines();
    let mut line = || lines.next().expect("a line").expect("readable");
    let address = place(&format!("tcp://127.0.0.1:{}", line())).expect("an endpoint");
    let (tell, heard) = channel();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    runtime.spawn(async move { follow(&address, move |news| drop(tell.send(news)), || 0.0).await });
    let next = || heard.recv_timeout(PATIENCE).expect("news");
    assert_eq!(next(), News::Up);
    assert_eq!(line(), "subscribed");
    let mut input = publisher.stdin.take().expect("piped");
    for (byte, number) in [(1, 7), (2, 8), (3, 11)] {
        writeln!(input, "{} {number}", format!("{byte:02x}").repeat(32)).expect("it listens");
    }
    assert_eq!(next(), News::Block("01".repeat(32)));
    assert_eq!(next(), News::Block("02".repeat(32)));
    assert_eq!(next(), News::Gap(2));
    assert_eq!(next(), News::Block("03".repeat(32)));
    drop(input);
    publisher.wait().expect("it ends with its input");
    assert!(matches!(next(), News::Down(_)));
}

/// Neither a question nor a renewal of the template comes as soon.
#[test]
#[ignore = "needs bcoin and pyzmq"]
fn a_tip_that_is_published_is_worked_on_at_once() {
    let node = Bcoin::publishing();
    let mut wishes = options(&[&node], &node.dir.path().join("spool"));
    wishes.poll = Duration::from_mins(10);
    let mut miner = Miner::start(wishes);
    miner.hashing = false;
    miner.run_until("work", |m| m.work.is_some());
    let mut others = options(&[&node], &node.dir.path().join("others"));
    others.nodes[0].zmq = None;
    let mut other = Miner::start(others);
    other.mine(1);
    let began = Instant::now();
    other.settle(&node);
    let tip = node.tip();
    miner.run_until("work on its tip", |m| {
        m.work.as_ref().is_some_and(|work| *work.previous == *tip)
    });
    assert!(began.elapsed() < Duration::from_secs(20));
}
