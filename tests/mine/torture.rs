//! Blocks mined one after the other while node and miner are killed (-9) in turn: none is lost, and Bitcoin Core's
//! consensus code takes the whole chain. `BASELOAD_TORTURE=500x20` asks for 500 blocks and 20 kills of each; 120x3 where
//! nothing is said.

use std::collections::HashSet;
use std::path::Path;

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode;
use bitcoin::opcodes::all::OP_PUSHNUM_1;
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::transaction::Version;
use bitcoin::{
    Address, Amount, Block, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut,
    Witness,
};
use serde_json::{Value, json};

use super::bcoin::Bcoin;
use super::judge::judge;
use super::support::{Miner, until};

/// bcoin's regtest activates segwit here.
const SEGWIT: u64 = 432;
/// Coins of a block may be spent so much later, and a few blocks for safety.
const MATURE: u64 = 105;
const FEE: Amount = Amount::from_sat(20_000);

/// Anybody may spend it: no signature is needed in tests.
fn open() -> ScriptBuf {
    Builder::new().push_opcode(OP_PUSHNUM_1).into_script()
}

fn asked() -> (u64, u64) {
    let text = std::env::var("BASELOAD_TORTURE").unwrap_or_else(|_| "120x3".to_owned());
    let (blocks, kills) = text.split_once('x').expect("BLOCKSxKILLS");
    (
        blocks.parse().expect("a number of blocks"),
        kills.parse().expect("a number of kills"),
    )
}

fn arguments(node: &Bcoin) -> Vec<String> {
    let mut args = node.arguments();
    let legacy = Address::p2sh(&open(), Network::Regtest).expect("it is short");
    let witness = Address::p2wsh(&open(), Network::Regtest);
    args.push(format!("--payout={legacy}=60"));
    args.push(format!("--payout={witness}=40"));
    args.push("--poll=0.1".to_owned());
    args
}

/// Puts a transaction into the mempool that spends an old coinbase: the legacy output, and once segwit is there the
/// witness output too. A node that has just lost its last blocks may refuse it.
fn spend(node: &Bcoin, tip: u64) {
    let old: Block = encode::deserialize(&node.raw(tip - MATURE)).expect("a block");
    let coinbase = &old.txdata[0];
    let id = coinbase.compute_txid();
    let input = |index, script_sig, witness| TxIn {
        previous_output: OutPoint::new(id, index),
        script_sig,
        sequence: Sequence::MAX,
        witness,
    };
    let redeem = PushBytesBuf::try_from(open().into_bytes()).expect("short");
    let mut inputs = vec![input(
        0,
        Builder::new().push_slice(redeem).into_script(),
        Witness::new(),
    )];
    let mut value = coinbase.output[0].value;
    if tip > SEGWIT {
        inputs.push(input(
            1,
            ScriptBuf::new(),
            Witness::from_slice(&[open().into_bytes()]),
        ));
        value += coinbase.output[1].value;
    }
    let legacy = Address::p2sh(&open(), Network::Regtest).expect("it is short");
    let transaction = Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: inputs,
        output: vec![TxOut {
            value: value - FEE,
            script_pubkey: legacy.script_pubkey(),
        }],
    };
    let hex = encode::serialize_hex(&transaction);
    let _ = node.try_call("sendrawtransaction", json!([hex]));
}

/// Waits for the height; feeds the mempool on the way.
fn mine_to(node: &Bcoin, height: u64) {
    let mut fed = 0;
    until("the height", || {
        let tip = node.height();
        if tip > MATURE && tip > fed {
            spend(node, tip);
            fed = tip;
        }
        (tip >= height).then_some(())
    });
}

fn told(miner: &Miner, blocks: &mut HashSet<String>) {
    let lines = miner.seen.iter().filter(|line| line["event"] == "block");
    blocks.extend(lines.filter_map(|line| line["hash"].as_str().map(str::to_owned)));
}

/// Found blocks that the spool still follows or has settled.
fn kept(home: &Path) -> Vec<String> {
    let folder = home.join("state/baseload/blocks");
    let entries = std::fs::read_dir(folder).expect("the spool");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .filter_map(|name| Some(name.split_once('.')?.0.to_owned()))
        .filter(|stem| stem.len() == 64)
        .collect()
}

#[test]
#[ignore = "needs bcoin and the judge"]
fn no_block_is_lost_whatever_is_killed_and_the_judge_takes_the_chain() {
    let (wanted, kills) = asked();
    let home = tempfile::tempdir().expect("a scratch folder");
    let mut node = Bcoin::start();
    let mut miner = Miner::start(home.path(), &arguments(&node));
    let mut blocks = HashSet::new();
    for kill in 1..=kills {
        mine_to(&node, wanted * (2 * kill - 1) / (2 * kills + 1));
        node.kill();
        node.restart();
        mine_to(
            &node,
            (wanted * 2 * kill / (2 * kills + 1)).max(node.height() + 1),
        );
        miner.signal("KILL");
        miner.ended();
        told(&miner, &mut blocks);
        miner = Miner::start(home.path(), &arguments(&node));
    }
    mine_to(&node, wanted.max(node.height() + 2));
    miner.signal("TERM");
    assert_eq!(miner.ended().code(), Some(0));
    told(&miner, &mut blocks);
    blocks.extend(kept(home.path()));
    assert!(
        blocks.len() as u64 >= wanted,
        "{} blocks were told of",
        blocks.len()
    );
    for hash in &blocks {
        let known: Result<Value, _> = node.try_call("getblockheader", json!([hash]));
        assert!(known.is_ok(), "block {hash} is lost");
    }
    let tip = node.height();
    let chain: Vec<Vec<u8>> = (1..=tip).map(|height| node.raw(height)).collect();
    let verdict = judge(&chain);
    assert_eq!(u64::from(verdict.height), tip);
    assert_eq!(verdict.tip, node.hash(tip));
    assert!(verdict.answers.iter().all(|answer| answer == "tip"));
    let chain: Vec<Block> = chain
        .iter()
        .map(|raw| encode::deserialize(raw).expect("a block"))
        .collect();
    for (block, height) in chain.iter().zip(1_u64..) {
        let hash = block.block_hash().to_string();
        assert!(blocks.contains(&hash), "block {height} {hash} is not ours");
    }
    let spending = chain.iter().filter(|block| block.txdata.len() > 1).count();
    assert!(spending > 0, "no block held a transaction");
    let has_witness = |tx: &Transaction| tx.input.iter().any(|input| !input.witness.is_empty());
    let with_witness = chain
        .iter()
        .filter(|block| block.txdata.iter().skip(1).any(has_witness))
        .count();
    assert!(
        tip < SEGWIT + 50 || with_witness > 0,
        "no block held witness data"
    );
    println!(
        "{tip} blocks, {} told of, {spending} with transactions, {with_witness} with witness data, {kills} kills of each",
        blocks.len()
    );
}
