//! Blocks are mined, transactions get in, nodes and miners die in the middle, and no block is lost.

use std::time::Duration;

use baseload::domain::mining::{BlockFate, Chain, Health, Proof};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use crate::bcoin::{Bcoin, until};
use crate::miner::{Miner, options};

/// Every block of the node's chain is one that this miner found.
fn all_ours(node: &Bcoin, miner: &Miner) {
    for height in 1..=node.height() {
        let hash = node.block(height)["hash"]
            .as_str()
            .expect("a hash")
            .to_owned();
        assert!(
            miner.blocks.contains_key(&*hash),
            "block {height} is another's"
        );
    }
    assert!(
        !miner
            .blocks
            .values()
            .any(|b| matches!(b.fate, BlockFate::Refused(_)))
    );
}

#[test]
#[ignore = "needs bcoin"]
fn ten_blocks_from_nothing() {
    let node = Bcoin::start();
    let mut wishes = options(&[&node], &node.dir.path().join("spool"));
    wishes.check_proposals = true;
    let mut miner = Miner::start(wishes);
    miner.mine(10);
    miner.settle(&node);
    assert_eq!(miner.chain, Some(Chain::Regtest));
    assert_eq!(miner.health[0].0, Health::Live);
    assert!(node.height() >= 10);
    assert_eq!(miner.work.as_ref().map(|w| w.proof), Some(Proof::PaysUs));
    all_ours(&node, &miner);
    assert!(miner.errors.is_empty(), "{:?}", miner.errors);
}

/// Spends the coinbase of `height`, which pays anyone: by showing the script in the witness.
fn spend(node: &Bcoin, height: u64) -> String {
    let id = node.block(height)["tx"][0]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut previous = HEXLOWER.decode(id.as_bytes()).expect("hex");
    previous.reverse();
    let script = HEXLOWER
        .decode(b"00204ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260")
        .expect("hex");
    // 50 coins until the first halving at 150; 0.001 of it as the fee.
    let value = 4_999_900_000_u64;
    let mut tx = vec![2, 0, 0, 0, 0, 1, 1];
    tx.extend(previous);
    tx.extend([0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1]);
    tx.extend(value.to_le_bytes());
    tx.push(script.len() as u8);
    tx.extend(script);
    tx.extend([1, 1, 0x51, 0, 0, 0, 0]);
    let id = node.call("sendrawtransaction", json!([HEXLOWER.encode(&tx)]));
    id.as_str().expect("an id").to_owned()
}

#[test]
#[ignore = "needs bcoin"]
fn witnesses_are_mined_and_a_killed_node_loses_no_block() {
    let mut node = Bcoin::start();
    let mut miner = Miner::start(options(&[&node], &node.dir.path().join("spool")));
    for killed_at in [150, 300] {
        miner.mine(killed_at);
        node.kill();
        miner.run_until("the node is missed", |m| m.health[0].0 == Health::Down);
        node.restart();
    }
    miner.mine(440);
    miner.settle(&node);
    all_ours(&node, &miner);
    let ids: Vec<String> = (1..=3).map(|height| spend(&node, height)).collect();
    let before = node.height();
    // This node keeps its template until the next block, unless the mempool's news comes late.
    let after = miner.in_chain() + 2;
    miner.hashing = true;
    miner.hash_what_is_at_hand();
    miner.mine(after);
    miner.settle(&node);
    all_ours(&node, &miner);
    let there: Vec<Value> = (before + 1..=node.height())
        .flat_map(|height| node.block(height)["tx"].as_array().expect("ids").clone())
        .collect();
    for id in ids {
        assert!(there.contains(&json!(id)), "{id} was not mined");
    }
}

/// A block that was found while the node was gone is handed in by the next run of the miner.
#[test]
#[ignore = "needs bcoin"]
fn a_block_on_disk_is_handed_in_at_the_next_start() {
    let mut node = Bcoin::start();
    let spool = node.dir.path().join("spool");
    let mut miner = Miner::start(options(&[&node], &spool));
    miner.hashing = false;
    miner.run_until("work", |m| m.work.is_some());
    node.kill();
    miner.hash_what_is_at_hand();
    miner.run_until("a find", |m| !m.blocks.is_empty());
    let hash = miner.blocks.keys().next().expect("one").to_string();
    assert!(spool.join(format!("{hash}.block")).exists());
    drop(miner);
    node.restart();
    assert_eq!(node.height(), 0);
    let mut again = Miner::start(options(&[&node], &spool));
    again.hashing = false;
    again.run_until("it is in the chain", |m| m.in_chain() == 1);
    assert_eq!(node.tip(), hash);
    again.settle(&node);
}

/// A block on disk whose coinbase was made to pay itself more than it may: a real node's refusal is told in words, the file is
/// kept, and the next run tells the same.
#[test]
#[ignore = "needs bcoin"]
fn a_block_that_the_node_refuses_is_told_in_words_and_kept() {
    let mut node = Bcoin::start();
    let spool = node.dir.path().join("spool");
    let mut miner = Miner::start(options(&[&node], &spool));
    miner.hashing = false;
    miner.run_until("work", |m| m.work.is_some());
    node.kill();
    miner.hash_what_is_at_hand();
    miner.run_until("a find", |m| !m.blocks.is_empty());
    drop(miner);
    for entry in std::fs::read_dir(&spool).expect("reads") {
        overpay(&entry.expect("an entry").path());
    }
    node.restart();
    let refused = |m: &Miner| {
        m.blocks.values().any(
            |b| matches!(&b.fate, BlockFate::Refused(why) if why.contains("more than subsidy")),
        )
    };
    for run in 0..2 {
        let mut again = Miner::start(options(&[&node], &spool));
        again.hashing = false;
        again.run_until("the refusal is told", refused);
        again.run_until("it is settled", |_| {
            let mut files = std::fs::read_dir(&spool).expect("reads");
            files.all(|f| f.expect("an entry").path().extension() == Some("refused".as_ref()))
        });
        assert_eq!(node.height(), 0, "run {run}");
    }
    assert!(std::fs::read_dir(&spool).expect("reads").count() > 0);
}

/// Rewrites a kept block: one satoshi too much, and the work for it done anew.
fn overpay(path: &std::path::Path) {
    use bitcoin::consensus::encode::{deserialize_hex, serialize_hex};
    let text = std::fs::read_to_string(path).expect("reads");
    let mut page: Value = serde_json::from_str(&text).expect("JSON");
    let hex = page["block"].as_str().expect("hex");
    let mut block: bitcoin::Block = deserialize_hex(hex).expect("a block");
    block.txdata[0].output[0].value += bitcoin::Amount::from_sat(1);
    block.header.merkle_root = block.compute_merkle_root().expect("a root");
    while block.header.validate_pow(block.header.target()).is_err() {
        block.header.nonce = block.header.nonce.wrapping_add(1);
    }
    let hash = block.block_hash().to_string();
    page["hash"] = json!(hash);
    page["header"] = json!(serialize_hex(&block.header));
    page["block"] = json!(serialize_hex(&block));
    std::fs::remove_file(path).expect("removes");
    let path = path.with_file_name(format!("{hash}.block"));
    std::fs::write(path, page.to_string()).expect("writes");
}

/// The first node of the list works; when it dies the second does; when it is back it does again, and gets what it missed.
#[test]
#[ignore = "needs bcoin"]
fn the_second_node_stands_in() {
    let (mut first, second) = (Bcoin::start(), Bcoin::start());
    let mut miner = Miner::start(options(&[&first, &second], &first.dir.path().join("spool")));
    miner.mine(5);
    miner.settle(&first);
    until("both have all", || (second.height() >= 5).then_some(()));
    first.kill();
    miner.run_until("the second works", |m| {
        m.health[0].0 == Health::Down && m.health[1].0 == Health::Live
    });
    miner.hashing = true;
    miner.mine(10);
    miner.settle(&second);
    first.restart();
    miner.run_until("the first works", |m| {
        m.health[0].0 == Health::Live && m.health[1].0 == Health::Spare
    });
    let deadline = std::time::Instant::now();
    while first.tip() != second.tip() {
        assert!(
            deadline.elapsed() < crate::bcoin::PATIENCE,
            "the first never caught up"
        );
        miner.run_for(50);
    }
    all_ours(&first, &miner);
}

/// The node goes back to an older chain: what it lost is offered again.
#[test]
#[ignore = "needs bcoin"]
fn a_node_that_rolled_back_gets_its_blocks_again() {
    let mut node = Bcoin::start();
    let mut miner = Miner::start(options(&[&node], &node.dir.path().join("spool")));
    miner.mine(3);
    miner.settle(&node);
    let height = node.height();
    node.kill();
    std::fs::remove_dir_all(node.dir.path().join("chain")).expect("forgets all");
    node.restart();
    let began = std::time::Instant::now();
    // Of two blocks of ours at one height the node may take the other first this time: both are offered.
    while node.height() < height {
        assert!(
            began.elapsed() < Duration::from_mins(3),
            "height {} of {height}",
            node.height()
        );
        miner.run_for(100);
    }
    all_ours(&node, &miner);
    let tip = node.tip();
    miner.run_until("work on it", |m| {
        m.work.as_ref().is_some_and(|w| *w.previous == *tip)
    });
}

#[test]
#[ignore = "needs bcoin"]
fn a_wrong_key_is_told_in_words() {
    let node = Bcoin::start();
    let key = node.dir.path().join("key");
    std::fs::write(&key, "wrong\n").expect("writes");
    let mut miner = Miner::start(options(&[&node], &node.dir.path().join("spool")));
    miner.run_until("refused", |m| m.health[0].0 == Health::Refused);
    assert!(
        miner.health[0].1.contains("password"),
        "{}",
        miner.health[0].1
    );
    std::fs::write(&key, "sesame\n").expect("writes");
    miner.mine(1);
}
