//! Templates made by hand, and blocks of them held against the `bitcoin` crate.

mod blocks;
mod hostile;
mod nodes;

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode;
use bitcoin::hashes::Hash as _;
use bitcoin::hex::DisplayHex;
use bitcoin::transaction::Version;
use bitcoin::{Amount, Block, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::work::payout::Payouts;

pub(super) const REGTEST: &str = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";
pub(super) const REGTEST_2: &str = "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc";
pub(super) const SUBSIDY: u64 = 5_000_000_000;

pub(super) fn options(payouts: &[&str], tag: &str) -> TemplateOptions {
    let payouts = Payouts::parse(payouts).expect("they are sound");
    TemplateOptions {
        payouts: payouts.for_chain(Chain::Regtest).expect("they fit"),
        tag: Tag::parse(tag).expect("it is short"),
    }
}

pub(super) fn two() -> TemplateOptions {
    let shares = [format!("{REGTEST}=97"), format!("{REGTEST_2}=3")];
    options(&[&shares[0], &shares[1]], "/baseload/")
}

/// A transaction that spends an output of another.
pub(super) fn spending(from: OutPoint, witness: Option<Vec<u8>>, script: Vec<u8>) -> Transaction {
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: from,
            script_sig: ScriptBuf::new(),
            sequence: Sequence::MAX,
            witness: Witness::from_slice(&Vec::from_iter(witness)),
        }],
        output: vec![TxOut {
            value: Amount::from_sat(1_000),
            script_pubkey: ScriptBuf::from_bytes(script),
        }],
    }
}

pub(super) fn outpoint(seed: [u8; 32]) -> OutPoint {
    OutPoint::new(bitcoin::Txid::from_byte_array(seed), 0)
}

/// Transactions as Bitcoin Core lists them, each with this fee.
pub(super) fn listed(transactions: &[Transaction], fee: u64) -> Value {
    let one = |transaction: &Transaction| {
        json!({
            "data": encode::serialize(transaction).to_lower_hex_string(),
            "txid": transaction.compute_txid().to_string(),
            "hash": transaction.compute_wtxid().to_string(),
            "depends": [],
            "fee": fee,
            "sigops": transaction.total_sigop_cost(|_| None),
            "weight": transaction.weight().to_wu(),
        })
    };
    transactions.iter().map(one).collect()
}

/// A template as Bitcoin Core gives it on regtest.
pub(super) fn template(height: u32, transactions: &[Transaction], fee: u64) -> Value {
    json!({
        "capabilities": ["proposal"],
        "version": 0x2000_0000,
        "rules": ["csv", "!segwit", "taproot"],
        "vbavailable": {},
        "vbrequired": 0,
        "previousblockhash": "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
        "transactions": listed(transactions, fee),
        "coinbaseaux": {},
        "coinbasevalue": SUBSIDY + fee * transactions.len() as u64,
        "longpollid": "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e22062",
        "target": "7fffff0000000000000000000000000000000000000000000000000000000000",
        "mintime": 1_296_688_603,
        "mutable": ["time", "transactions", "prevblock"],
        "noncerange": "00000000ffffffff",
        "sigoplimit": 80_000,
        "sizelimit": 4_000_000,
        "weightlimit": 4_000_000,
        "curtime": 1_700_000_000,
        "bits": "207fffff",
        "height": height,
    })
}

pub(super) fn read(value: &Value, options: &TemplateOptions) -> Result<Template, TemplateError> {
    Template::from_json(value, options, Timestamp::from_millis(1_700_000_000_250))
}

pub(super) fn refused(value: &Value) -> String {
    read(value, &two()).expect_err("it is wrong").to_string()
}

/// The template with one field replaced.
pub(super) fn with(field: &str, value: Value) -> Value {
    let mut template = template(200, &[], 0);
    template[field] = value;
    template
}

/// The block of a template, read by the `bitcoin` crate, after all that the crate can check of it.
pub(super) fn checked_block(template: &Template, extranonce: u64) -> Block {
    let header = template.header(template.curtime(), extranonce);
    let bytes = template.block(&header, extranonce);
    let block: Block = encode::deserialize(&bytes).expect("it is a block");
    assert!(block.check_merkle_root());
    assert!(block.check_witness_commitment());
    assert_eq!(block.weight().to_wu(), template.weight());
    assert!(template.weight() <= 4_000_000);
    assert_eq!(block.txdata.len(), template.transactions());
    let coinbase = block.coinbase().expect("there is one");
    assert!(coinbase.is_coinbase());
    assert!((2..=100).contains(&coinbase.input[0].script_sig.len()));
    let paid: u64 = coinbase.output.iter().map(|o| o.value.to_sat()).sum();
    assert_eq!(paid, template.reward());
    assert_eq!(
        block.header.block_hash().to_byte_array(),
        *header.hash().bytes()
    );
    block
}

/// Up to 60 transactions, some with witnesses, some spending earlier ones.
pub(super) fn transactions() -> impl Strategy<Value = Vec<Transaction>> {
    let one = (
        any::<[u8; 32]>(),
        any::<Option<u8>>(),
        proptest::option::of(proptest::collection::vec(any::<u8>(), 0..80)),
        proptest::collection::vec(any::<u8>(), 0..60),
    );
    proptest::collection::vec(one, 0..60).prop_map(|seeds| {
        let mut made: Vec<Transaction> = Vec::new();
        for (seed, parent, witness, script) in seeds {
            let parent = parent.and_then(|p| made.get(usize::from(p)));
            let from = parent.map_or(outpoint(seed), |p| OutPoint::new(p.compute_txid(), 0));
            let next = spending(from, witness, script);
            let id = next.compute_txid();
            if made.iter().all(|other| other.compute_txid() != id) {
                made.push(next);
            }
        }
        made
    })
}
