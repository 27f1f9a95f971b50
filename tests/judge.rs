//! Blocks of our templates before Bitcoin Core's consensus code: it must reach our tip, and must be able to say no.

#[path = "judge/ask.rs"]
mod ask;

use std::collections::VecDeque;
use std::sync::Arc;

use baseload::domain::mining::Chain;
use baseload::domain::time::Timestamp;
use baseload::engine::header::{Hash, Header};
use baseload::engine::job::{Headers, VERSION_MASK, rolled_version};
use baseload::work::payout::Payouts;
use baseload::work::template::{Tag, Template, TemplateOptions};
use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode;
use bitcoin::hashes::Hash as _;
use bitcoin::hex::DisplayHex;
use bitcoin::opcodes::all::{OP_CHECKSIG, OP_PUSHNUM_1, OP_RETURN};
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::transaction::Version;
use bitcoin::{
    Address, Amount, Block, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut,
    Witness,
};
use serde_json::{Value, json};

use ask::judge;

const GENESIS: &str = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";
const FIRST_TIME: u32 = 1_700_000_000;
/// bcoin's regtest activates segwit here; Bitcoin Core's has it from the first block.
const SEGWIT_HEIGHT: u32 = 432;
const KEY_HASH: &str = "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn";

/// Anybody may spend it: no signature is needed in tests.
fn open() -> ScriptBuf {
    Builder::new().push_opcode(OP_PUSHNUM_1).into_script()
}

/// 90 % to a witness script hash, 9 % to a script hash, both open, and 1 % to a key hash.
fn options() -> TemplateOptions {
    let witness = Address::p2wsh(&open(), Network::Regtest);
    let legacy = Address::p2sh(&open(), Network::Regtest).expect("it is short");
    let shares = [
        format!("{witness}=90"),
        format!("{legacy}=9"),
        format!("{KEY_HASH}=1"),
    ];
    let payouts = Payouts::parse(&shares).expect("they are sound");
    TemplateOptions {
        payouts: payouts.for_chain(Chain::Regtest).expect("they fit"),
        tag: Tag::parse("/baseload/").expect("it is short"),
    }
}

const fn subsidy(height: u32) -> u64 {
    5_000_000_000 >> (height / 150)
}

/// An open output that can be spent.
#[derive(Debug, Clone)]
struct Coin {
    at: OutPoint,
    value: u64,
    witness: bool,
    /// Height of the coinbase that made it.
    height: u32,
}

/// A spend of a coin into these scripts, which share what is left after the fee.
fn spend(coin: &Coin, fee: u64, scripts: &[ScriptBuf]) -> Transaction {
    let revealed = PushBytesBuf::try_from(open().into_bytes()).expect("it is short");
    let (script_sig, witness) = if coin.witness {
        (ScriptBuf::new(), Witness::from_slice(&[open().as_bytes()]))
    } else {
        (
            Builder::new().push_slice(revealed).into_script(),
            Witness::new(),
        )
    };
    let each = (coin.value - fee) / scripts.len() as u64;
    let first = coin.value - fee - each * (scripts.len() as u64 - 1);
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: coin.at,
            script_sig,
            sequence: Sequence::MAX,
            witness,
        }],
        output: scripts
            .iter()
            .enumerate()
            .map(|(place, script)| TxOut {
                value: Amount::from_sat(if place == 0 { first } else { each }),
                script_pubkey: script.clone(),
            })
            .collect(),
    }
}

/// The miner's side: a chain that it believes in, and what it may spend.
struct Miner {
    tip: Hash,
    height: u32,
    blocks: Vec<Vec<u8>>,
    coins: VecDeque<Coin>,
}

impl Miner {
    fn new() -> Self {
        let mut tip: Vec<u8> = (0..32)
            .map(|i| u8::from_str_radix(&GENESIS[2 * i..2 * i + 2], 16).expect("hex"))
            .collect();
        tip.reverse();
        Self {
            tip: Hash::from_bytes(tip.try_into().expect("32 bytes")),
            height: 0,
            blocks: Vec::new(),
            coins: VecDeque::new(),
        }
    }

    /// The next template as a node would give it, with these transactions and their fees.
    fn json(&self, listed: &[(Transaction, u64)]) -> Value {
        let height = self.height + 1;
        let segwit = height >= SEGWIT_HEIGHT;
        let time = FIRST_TIME + height;
        let scale = if segwit { 1 } else { 4 };
        let one = |(transaction, fee): &(Transaction, u64)| {
            json!({
                "data": encode::serialize(transaction).to_lower_hex_string(),
                "txid": transaction.compute_txid().to_string(),
                "hash": transaction.compute_wtxid().to_string(),
                "depends": [],
                "fee": fee,
                "sigops": transaction.total_sigop_cost(|_| None) / scale,
            })
        };
        let fees: u64 = listed.iter().map(|(_, fee)| fee).sum();
        json!({
            "version": 0x2000_0000,
            "rules": if segwit { json!(["csv", "!segwit", "taproot"]) } else { json!(["csv"]) },
            "vbavailable": {},
            "vbrequired": 0,
            "previousblockhash": self.tip.to_string(),
            "transactions": listed.iter().map(one).collect::<Value>(),
            "coinbaseaux": { "flags": "" },
            "coinbasevalue": subsidy(height) + fees,
            "mintime": time - 5,
            "curtime": time,
            "bits": "207fffff",
            "height": height,
            "sigoplimit": 80_000 / scale,
            "sizelimit": if segwit { 4_000_000 } else { 1_000_000 },
        })
    }

    /// A block of it, solved, with some version bits rolled; not taken into the chain.
    fn solve(&self, json: &Value) -> (Header, Vec<u8>) {
        let template = Template::from_json(json, &options(), Timestamp::default());
        let template = Arc::new(template.expect("it is sound"));
        let extranonce = u64::from(self.height) << 33;
        let headers = template.headers(template.curtime(), extranonce);
        let roll = u64::from(self.height % 3);
        let mut header = headers.header(roll).expect("far from the last");
        assert_eq!(template.version_mask(), VERSION_MASK);
        header.version = rolled_version(header.version, template.version_mask(), self.height * 37);
        while !template.target().is_met_by(&header.hash()) {
            header.nonce += 1;
        }
        (header, template.block(&header, extranonce + roll))
    }

    /// Mines a block on the tip.
    fn mine(&mut self, listed: &[(Transaction, u64)]) -> Block {
        let (header, bytes) = self.solve(&self.json(listed));
        let block: Block = encode::deserialize(&bytes).expect("it is a block");
        self.tip = header.hash();
        self.height += 1;
        self.blocks.push(bytes);
        let coinbase = &block.txdata[0];
        for (vout, witness) in [(0, true), (1, false)] {
            self.coins.push_back(Coin {
                at: OutPoint::new(coinbase.compute_txid(), vout),
                value: coinbase.output[vout as usize].value.to_sat(),
                witness,
                height: self.height,
            });
        }
        block
    }

    /// A coin that has matured in the next block.
    fn coin(&mut self, witness: bool) -> Coin {
        let next = self.height + 1;
        let ripe = |coin: &Coin| coin.witness == witness && coin.height + 100 <= next;
        let place = self.coins.iter().position(ripe).expect("one has matured");
        self.coins.remove(place).expect("it is there")
    }

    fn mine_to(&mut self, height: u32) {
        let witness_program = ScriptBuf::new_p2wsh(&open().wscript_hash());
        while self.height < height {
            let next = self.height + 1;
            if next <= 110 || !next.is_multiple_of(4) {
                self.mine(&[]);
                continue;
            }
            // A parent and its child, with witness data once segwit is active.
            let segwit = next >= SEGWIT_HEIGHT;
            let coin = self.coin(segwit);
            let script = if segwit {
                witness_program.clone()
            } else {
                ScriptBuf::new_p2sh(&open().script_hash())
            };
            let parent = spend(&coin, 1_000, &[script, open()]);
            let between = Coin {
                at: OutPoint::new(parent.compute_txid(), 0),
                value: parent.output[0].value.to_sat(),
                witness: segwit,
                height: 0,
            };
            let child = spend(&between, 777, &[open()]);
            let block = self.mine(&[(parent, 1_000), (child, 777)]);
            assert_eq!(block.txdata.len(), 3);
        }
    }

    fn agrees(&self) {
        let verdict = judge(&self.blocks);
        for (place, answer) in verdict.answers.iter().enumerate() {
            assert_eq!(answer, "tip", "block {}", place + 1);
        }
        assert_eq!(verdict.height, self.height);
        assert_eq!(verdict.tip, self.tip.to_string());
    }
}

#[test]
#[ignore = "needs py-bitcoinkernel"]
fn the_judge_reaches_our_tip_through_segwit_activation() {
    let mut miner = Miner::new();
    miner.mine_to(460);
    miner.agrees();
}

#[test]
#[ignore = "needs py-bitcoinkernel"]
fn blocks_at_the_limits_of_weight_and_signature_checks_are_taken() {
    let mut miner = Miner::new();
    miner.mine_to(SEGWIT_HEIGHT + 2);
    // More than fits: 9 big ones, and small ones behind them.
    let stuffed = |length: usize| {
        let mut script = vec![OP_RETURN.to_u8()];
        script.resize(length, 0x51);
        ScriptBuf::from_bytes(script)
    };
    let mut listed: Vec<(Transaction, u64)> = (0..9)
        .map(|_| {
            (
                spend(&miner.coin(true), 5_000, &[open(), stuffed(110_000)]),
                5_000,
            )
        })
        .collect();
    for length in (1..140).map(|n| 40 + n) {
        listed.push((
            spend(&miner.coin(true), 100, &[open(), stuffed(length)]),
            100,
        ));
    }
    let block = miner.mine(&listed);
    let weight = block.weight().to_wu();
    assert!(block.txdata.len() <= listed.len(), "some had to go");
    assert!((3_998_000..=4_000_000).contains(&weight), "{weight}");

    // 80,000 in all by themselves: the coinbase's own output to a key hash needs four more.
    let checks = ScriptBuf::from_bytes(vec![OP_CHECKSIG.to_u8(); 2_000]);
    let listed: Vec<(Transaction, u64)> = (0..10)
        .map(|_| {
            (
                spend(&miner.coin(true), 200, &[open(), checks.clone()]),
                200,
            )
        })
        .collect();
    let block = miner.mine(&listed);
    assert_eq!(block.txdata.len(), 10, "one had to go");
    miner.mine(&[]);
    miner.agrees();
}

/// A block that was changed by hand, its tree and its work made right again.
fn changed(bytes: &[u8], change: impl Fn(&mut Block)) -> Vec<u8> {
    let mut block: Block = encode::deserialize(bytes).expect("it is a block");
    change(&mut block);
    block.header.merkle_root = block.compute_merkle_root().expect("there is a coinbase");
    while block.header.validate_pow(block.header.target()).is_err() {
        block.header.nonce += 1;
    }
    encode::serialize(&block)
}

#[test]
#[ignore = "needs py-bitcoinkernel"]
fn the_judge_can_say_no() {
    let mut miner = Miner::new();
    miner.mine_to(SEGWIT_HEIGHT + 1);
    let coin = miner.coin(true);
    let paying = (spend(&coin, 1_000, &[open()]), 1_000);
    let good = miner.json(std::slice::from_ref(&paying));
    let (_, sound) = miner.solve(&good);
    let with = |field: &str, value: Value| {
        let mut json = good.clone();
        json[field] = value;
        miner.solve(&json).1
    };
    let height = miner.height + 1;
    let bad = [
        ("bad-cb-height", with("height", json!(height - 1))),
        // The coinbase's lock time is tied to the height too.
        ("bad-txns-nonfinal", with("height", json!(height + 1))),
        (
            "bad-cb-amount",
            with("coinbasevalue", json!(subsidy(height) + 1_001)),
        ),
        (
            "bad-witness-merkle-match",
            changed(&sound, |block| {
                let output = block.txdata[0].output.last_mut().expect("the commitment");
                let mut script = output.script_pubkey.to_bytes();
                script[10] ^= 1;
                output.script_pubkey = ScriptBuf::from_bytes(script);
            }),
        ),
        (
            "bad-witness-nonce-size",
            changed(&sound, |block| block.txdata[0].input[0].witness.clear()),
        ),
        (
            "unexpected-witness",
            changed(&sound, |block| {
                block.txdata[0].output.pop();
                block.txdata[0].input[0].witness.clear();
            }),
        ),
        ("bad-txnmrklroot", {
            let mut bytes = changed(&sound, |_| {});
            let mut header: [u8; 80] = bytes[..80].try_into().expect("it is longer");
            let mut read = Header::from_bytes(&header);
            read.merkle_root = Hash::of(b"another");
            while !read.target().expect("sound bits").is_met_by(&read.hash()) {
                read.nonce = read.nonce.wrapping_add(1);
            }
            header.copy_from_slice(&read.to_bytes());
            bytes[..80].copy_from_slice(&header);
            bytes
        }),
        ("bad-txns-inputs-missingorspent", {
            let mut twice = coin.clone();
            twice.at.txid = bitcoin::Txid::all_zeros();
            twice.at.vout = 5;
            miner
                .solve(&miner.json(&[(spend(&twice, 1_000, &[open()]), 1_000)]))
                .1
        }),
    ];
    let before = miner.blocks.len();
    let tip = miner.tip.to_string();
    let mut blocks = miner.blocks.clone();
    blocks.extend(bad.iter().map(|(_, block)| block.clone()));
    let verdict = judge(&blocks);
    assert_eq!((verdict.height, verdict.tip), (miner.height, tip));
    for ((reason, _), answer) in bad.iter().zip(&verdict.answers[before..]) {
        assert_eq!(*answer, format!("refused {reason}"));
    }
    // What is sound is taken all the same.
    blocks.push(sound);
    let verdict = judge(&blocks);
    assert_eq!(verdict.height, height);
    assert_eq!(verdict.answers.last().map(String::as_str), Some("tip"));
}
