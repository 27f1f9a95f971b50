//! On a real node.

use super::bcoin::{ADDRESS, Bcoin};
use super::support::{Miner, mine, until};

fn arguments(node: &Bcoin, more: &[&str]) -> Vec<String> {
    let mut args = node.arguments();
    args.push(format!("--payout={ADDRESS}"));
    args.extend(more.iter().map(ToString::to_string));
    args
}

#[test]
#[ignore = "needs bcoin"]
fn blocks_are_mined_told_and_counted() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let node = Bcoin::start();
    let told = home.path().join("told");
    let on_block = format!(
        "--on-block=echo $BASELOAD_FATE $BASELOAD_HEIGHT $BASELOAD_HASH >> {}",
        told.display()
    );
    let args = arguments(
        &node,
        &["--stop-after-blocks=5", "--coinbase-tag=/minsk/", &on_block],
    );
    let mut miner = Miner::start(home.path(), &args);
    assert_eq!(miner.ended().code(), Some(0));
    let summary = miner.seen.last().expect("a line");
    // One more that was found while the end was under way is not dropped, and counts like the others.
    let in_chain: std::collections::HashSet<&str> = miner
        .seen
        .iter()
        .filter(|line| line["event"] == "block" && line["fate"] == "in_chain")
        .filter_map(|line| line["hash"].as_str())
        .collect();
    assert!(in_chain.len() >= 5, "{in_chain:?}");
    let count = serde_json::Value::from(in_chain.len());
    assert_eq!(
        (&summary["blocks"], &summary["blocks_all_time"]),
        (&count, &count)
    );
    assert!(node.height() >= 5);
    let told = std::fs::read_to_string(told).expect("the command ran");
    for height in 1..=5 {
        let hash = node.hash(height);
        assert!(
            told.contains(&format!("in_chain {height} {hash}\n")),
            "{told}"
        );
        let is_told = |line: &serde_json::Value| {
            line["event"] == "block" && line["hash"] == hash.as_str() && line["fate"] == "in_chain"
        };
        assert!(miner.seen.iter().any(is_told), "block {height}");
        let raw = node.raw(height);
        assert!(raw.windows(7).any(|part| part == b"/minsk/"));
    }
    let job = miner
        .seen
        .iter()
        .find(|line| line["event"] == "job")
        .expect("a job");
    assert_eq!(job["proof"], "pays_us");
    assert_eq!(job["payments"][0]["to"], ADDRESS);
}

#[test]
#[ignore = "needs bcoin"]
fn an_address_of_another_network_is_refused_before_anything_is_mined() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let node = Bcoin::start();
    let mut args = node.arguments();
    args.push("--payout=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".to_owned());
    for headless in [false, true] {
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        if headless {
            args.push("--headless");
        }
        let output = mine(home.path(), &args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("main") && said.contains("regtest") && said.lines().count() == 1,
            "{said}"
        );
    }
    assert_eq!(node.height(), 0);
}

#[test]
#[ignore = "needs bcoin"]
fn a_block_that_a_killed_miner_left_on_disk_is_in_the_chain_after_the_next_start() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let mut node = Bcoin::start();
    let mut miner = Miner::start(home.path(), &arguments(&node, &[]));
    let is_block = |fate: &'static str| {
        move |line: &serde_json::Value| line["event"] == "block" && line["fate"] == fate
    };
    miner.wait("a block", is_block("in_chain"));
    // The node dies with work at hand: what is found from now on can only be kept.
    node.kill();
    miner.signal("KILL");
    assert!(!miner.ended().success());
    let told: Vec<String> = miner
        .seen
        .iter()
        .filter(|line| line["event"] == "block")
        .filter_map(|line| line["hash"].as_str().map(str::to_owned))
        .collect();
    node.restart();
    let before = node.height();
    let mut again = Miner::start(home.path(), &arguments(&node, &[]));
    again.wait("a block on top", |line| {
        line["event"] == "block"
            && line["fate"] == "in_chain"
            && line["height"].as_u64() > Some(before)
    });
    again.signal("TERM");
    assert_eq!(again.ended().code(), Some(0));
    // Every block that was told of is known to the node, in the chain or beside it.
    for hash in told {
        until("the block", || {
            node.try_call("getblockheader", serde_json::json!([hash]))
                .ok()
        });
    }
}

/// Two nodes: the second gives work when the first dies, and the first again once it is back.
#[test]
#[ignore = "needs bcoin"]
fn the_second_node_stands_in_for_the_first() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let (mut first, second) = (Bcoin::start(), Bcoin::start());
    let mut args = arguments(&first, &[]);
    args.insert(1, second.arguments().remove(0));
    let at = |arg: &str| arg.trim_start_matches("--node=http://").to_owned();
    let (one, two) = (at(&args[0]), at(&args[1]));
    let mut miner = Miner::start(home.path(), &args);
    let job_of = |place: &str| {
        let place = place.to_owned();
        move |line: &serde_json::Value| line["event"] == "job" && line["source"] == place.as_str()
    };
    miner.wait("work of the first", job_of(&one));
    first.kill();
    miner.wait("work of the second", job_of(&two));
    first.restart();
    miner.wait("work of the first again", job_of(&one));
    miner.signal("TERM");
    assert_eq!(miner.ended().code(), Some(0));
}
