//! Jobs that are easier than their network can be, and blocks that are found too often to be any.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::pool;
use super::support::Miner;

/// Every other hash is a block.
const TRIVIAL: &str = "207fffff";
/// Difficulties of 1.2e14, 3.6e13, 1.1e13 and 8e12 or so, as main has had them.
const FALLING: [&str; 3] = ["17025e62", "1707e000", "1719c000"];

/// Mines on these pools, with a command for each block that writes a line.
fn start(home: &Path, args: &[String]) -> Miner {
    let on_block = format!(
        "--on-block=echo $BASELOAD_FATE >> {}",
        home.join("blocks").display()
    );
    let args: Vec<String> = args.iter().cloned().chain([on_block]).collect();
    Miner::start(home, &args)
}

fn on(pools: &[String], network: Option<&str>) -> Vec<String> {
    let network = network.map(|network| format!("--network={network}"));
    let pools = pools
        .iter()
        .flat_map(|pool| [format!("--pool={pool}"), "--user=me".to_owned()]);
    pools.chain(network).collect()
}

fn commands_run(home: &Path) -> usize {
    let told = fs::read_to_string(home.join("blocks"));
    told.map_or(0, |told| told.lines().count())
}

fn count(lines: &[Value], wanted: impl Fn(&Value) -> bool) -> usize {
    lines.iter().filter(|line| wanted(line)).count()
}

fn is_refusal(line: &Value) -> bool {
    line.to_string().contains("too easy for")
}

#[test]
fn what_is_too_easy_for_its_network_is_said_once_and_not_hashed() {
    for (bits, network) in [
        (TRIVIAL, None),
        ("1d00ffff", Some("main")),
        ("171c3d00", Some("main")),
        (TRIVIAL, Some("testnet4")),
        (TRIVIAL, Some("signet")),
    ] {
        let home = tempfile::tempdir().expect("a scratch folder");
        let bits: &'static [&'static str] = Box::leak(Box::new([bits; 5]));
        let pool = pool::start_with(bits);
        let mut args = on(&[pool], network);
        args.push("--time-limit=3".to_owned());
        let mut miner = start(home.path(), &args);
        let summary = miner.wait("the end", |line| line["event"] == "summary");
        assert_eq!(summary["hashes"], 0, "{bits:?}: {summary}");
        assert_eq!(count(&miner.seen, is_refusal), 1, "{:#?}", miner.seen);
        assert_eq!(count(&miner.seen, |line| line["event"] == "block"), 0);
        assert_eq!(commands_run(home.path()), 0);
    }
}

#[test]
fn jobs_of_another_time_are_said_once_and_not_hashed() {
    for (off, refused) in [(-10_000, 1), (10_000, 1), (-6_000, 0), (6_000, 0)] {
        let home = tempfile::tempdir().expect("a scratch folder");
        let pool = pool::start_at(&["17025e62"; 5], off);
        let mut args = on(&[pool], Some("main"));
        args.push("--time-limit=3".to_owned());
        let mut miner = start(home.path(), &args);
        let summary = miner.wait("the end", |line| line["event"] == "summary");
        assert_eq!(summary["hashes"] == 0, refused > 0, "{off}: {summary}");
        let said = |line: &Value| line.to_string().contains("more than 2 h off");
        assert_eq!(count(&miner.seen, said), refused, "{:#?}", miner.seen);
    }
}

#[test]
fn a_pool_cannot_walk_down_and_the_next_one_is_mined_on() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let walking = pool::start_with(&FALLING);
    let sound = pool::start_with(&FALLING[..1]);
    let second = sound.trim_start_matches("stratum+tcp://").to_owned();
    let mut miner = start(home.path(), &on(&[walking, sound], Some("main")));
    let refused = miner.wait("the refusal", is_refusal);
    assert_eq!(
        (&refused["event"], &refused["health"]),
        (&Value::from("state"), &Value::from("wrong answers"))
    );
    miner.wait("work of the second", |line| {
        line["event"] == "job" && line["source"] == second.as_str()
    });
    miner.wait("a share", |line| line["verdict"] == "accepted");
}

#[test]
fn of_many_siblings_a_few_are_told_and_fewer_run_a_command() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let pool = pool::start_with(&[TRIVIAL]);
    let mut args = on(&[pool], Some("regtest"));
    args.push("--time-limit=3".to_owned());
    let mut miner = start(home.path(), &args);
    miner.wait("the end", |line| line["event"] == "summary");
    let blocks = count(&miner.seen, |line| line["event"] == "block");
    assert!((1..=8).contains(&blocks), "{blocks}");
    assert!(commands_run(home.path()) <= 4);
}
