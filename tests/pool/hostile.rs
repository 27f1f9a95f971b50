//! Pools that send what no sound pool would.

use std::time::Duration;

use baseload::domain::mining::Health;
use serde_json::json;

use crate::miner::{Miner, options, pool};
use crate::scripted::{Habit, Pool, Script};

fn call(method: &str, params: &serde_json::Value) -> Vec<u8> {
    format!(
        "{}\n",
        json!({"id": null, "method": method, "params": params})
    )
    .into_bytes()
}

/// Each is refused with its reason, the link is made anew, and the next pool is mined on meanwhile.
#[test]
fn hostile_pools_are_refused_with_a_reason_and_left() {
    let good = Pool::start(Script::default());
    let branch = vec!["00".repeat(32); 33];
    let job = |branch: serde_json::Value| {
        let hash = "00".repeat(32);
        call(
            "mining.notify",
            &json!([
                "j", hash, "00", "00", branch, "20000000", "1d00ffff", "60000000", true
            ]),
        )
    };
    for (bytes, reason) in [
        (vec![b'a'; 300_000], "longer than 256 KiB"),
        (
            [vec![b'a'; 300_000], b"\n".to_vec()].concat(),
            "longer than 256 KiB",
        ),
        (b"{}\n".repeat(300), "floods"),
        (job(json!(branch)), "33 hashes"),
        (job(json!(["zz"])), "not hexadecimal"),
        (job(json!([])), "cannot be decoded"),
        (call("mining.set_difficulty", &json!([0])), "absurd"),
        (call("mining.set_difficulty", &json!([1e300])), "absurd"),
        (
            call("mining.set_extranonce", &json!(["00".repeat(17), 4])),
            "extranonce1 has 17 bytes",
        ),
        (
            call("client.show_message", &json!(["\u{1b}[31m"])).repeat(300),
            "floods",
        ),
    ] {
        let bad = Pool::start(Script {
            instead_of_job: Some(bytes),
            ..Script::default()
        });
        let mut miner = Miner::start(options(vec![pool(bad.at, "one"), pool(good.at, "two")]));
        miner.until(reason, |m| m.counts.accepted >= 1 && bad.seen().links >= 2);
        let told = miner
            .healths
            .iter()
            .find(|h| h.0 == 0 && h.1 == Health::Wrong);
        let why = &told
            .unwrap_or_else(|| panic!("{reason}: {:?}", miner.healths))
            .2;
        assert!(why.contains(reason), "{reason}: {why}");
        assert!(
            !miner
                .said
                .iter()
                .any(|said| format!("{said:?}").contains("\\u{1b}"))
        );
        assert_eq!(bad.seen().shares, 0);
        miner.finish();
    }
}

#[test]
fn an_odd_pool_is_mined_on() {
    let odd = Pool::start(Script {
        habit: Habit::Odd,
        ..Script::default()
    });
    let mut miner = Miner::start(options(vec![pool(odd.at, "one")]));
    miner.until("shares are taken", |m| m.counts.accepted >= 3);
    assert_eq!(odd.seen().links, 1, "{:?}", miner.healths);
    let said = format!("{:?}", miner.said);
    assert_eq!(
        said.matches("it is ignored").count(),
        1,
        "said once: {said}"
    );
    miner.finish();
}

/// One never answers the handshake, one begins a line and never ends it.
#[test]
fn slow_pools_are_left() {
    let good = Pool::start(Script::default());
    let silent = Script {
        habit: Habit::Silent,
        ..Script::default()
    };
    let half = Script {
        instead_of_job: Some(b"{\"id\":".to_vec()),
        ..Script::default()
    };
    for (script, reason) in [(silent, "handshake"), (half, "gives no job")] {
        let slow = Pool::start(script);
        let mut options = options(vec![pool(slow.at, "one"), pool(good.at, "two")]);
        options.timing.handshake = Duration::from_millis(500);
        options.timing.first_job = Duration::from_millis(500);
        let mut miner = Miner::start(options);
        miner.until(reason, |m| m.counts.accepted >= 1 && slow.seen().links >= 2);
        let told =
            |h: &(usize, Health, String)| h.0 == 0 && h.1 == Health::Down && h.2.contains(reason);
        assert!(miner.healths.iter().any(told), "{:?}", miner.healths);
        miner.finish();
    }
}

#[test]
fn calls_of_a_pool_are_answered() {
    let calls = [
        line(&json!({"id": 5, "method": "client.get_version", "params": []})),
        line(&json!({"id": 6, "method": "mining.ping", "params": []})),
    ];
    let server = Pool::start(Script {
        instead_of_job: Some(calls.concat()),
        ..Script::default()
    });
    let mut miner = Miner::start(options(vec![pool(server.at, "one")]));
    miner.until("both are answered", |_| server.seen().answers.len() >= 2);
    let answers = server.seen().answers.clone();
    assert_eq!(
        answers[0]["result"],
        concat!("baseload/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(answers[1]["error"][0], -32601);
    miner.finish();
}

fn line(value: &serde_json::Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}
