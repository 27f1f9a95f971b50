//! The dialects of Bitcoin Core and of bcoin, from files.

use super::*;
use crate::engine::job::VERSION_MASK;

const MAIN: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
const TESTS: &str = "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c";

fn file(name: &str) -> Value {
    let path = format!(
        "{}/tests/fixtures/template/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).expect("the file is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn on(chain: Chain, address: &str) -> TemplateOptions {
    let payouts = Payouts::parse(&[address]).expect("it is sound");
    TemplateOptions {
        payouts: payouts.for_chain(chain).expect("it fits"),
        tag: Tag::default(),
    }
}

#[test]
fn core_on_main() {
    let template = read(&file("core-main"), &on(Chain::Main, MAIN)).expect("it is sound");
    assert_eq!(template.height(), 840_001);
    assert_eq!(template.bits(), 0x1703_4219);
    assert_eq!(template.transactions(), 4);
    assert_eq!(template.reward(), 312_503_500);
    assert_eq!(
        template.view(0, "1".into(), 1.0).fees,
        Some(Sats::from_sat(3_500))
    );
    assert_eq!(template.version_mask(), VERSION_MASK);
    assert!(template.takes_proposals() && template.submit_old());
    assert!(
        template
            .longpoll_id()
            .is_some_and(|id| id.ends_with("1234"))
    );
    assert_eq!((template.work_id(), template.expires()), (None, None));
    checked_block(&template, 3);
    let proposal: Block = encode::deserialize(&template.proposal()).expect("it is a block");
    assert!(proposal.check_merkle_root() && proposal.check_witness_commitment());
    assert_eq!(proposal.header.time, template.curtime());
}

#[test]
fn core_on_testnet4_and_signet() {
    let template = read(&file("core-testnet4"), &on(Chain::Testnet4, TESTS)).expect("sound");
    assert_eq!(
        (template.bits(), template.mintime()),
        (0x1d00_ffff, 1_714_777_861)
    );
    assert_eq!(template.chain(), Chain::Testnet4);
    checked_block(&template, 0);
    // Bits that are signalled, required or on offer are left alone.
    assert_eq!(template.version(), 0x2000_a000);
    assert_eq!(template.version_mask(), VERSION_MASK & !0x1401_a000);
    let signet = file("core-signet");
    let template = read(&signet, &on(Chain::Signet, TESTS)).expect("it is sound");
    checked_block(&template, 0);
    let mut owned = signet;
    owned["signet_challenge"] = json!(
        "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae"
    );
    let error = read(&owned, &on(Chain::Signet, TESTS)).expect_err("it needs a key");
    assert_eq!(error, TemplateError::Signed);
}

#[test]
fn bcoin_before_and_after_segwit() {
    let options = on(Chain::Regtest, "rb1qw508d6qejxtdg4y5r3zarvary0c5xw7k38f4sn");
    let before = read(&file("bcoin-before"), &options).expect("it is sound");
    let block = checked_block(&before, 1);
    // It states a commitment that no block may carry out yet: no witness, and no output for it.
    assert_eq!(block.txdata[0].output.len(), 1);
    assert!(block.txdata[0].input[0].witness.is_empty());
    assert_eq!(before.version(), 0x2000_0000);
    assert!(!before.submit_old() && before.takes_proposals());
    assert_eq!(before.expires(), Some(Duration::from_hours(2)));
    let after = read(&file("bcoin-after"), &options).expect("it is sound");
    let block = checked_block(&after, 1);
    assert_eq!(block.txdata[0].output.len(), 2);
    assert_eq!(block.txdata.len(), 2);
    assert!(!block.txdata[1].input[0].witness.is_empty());
    let script = block.txdata[0].input[0].script_sig.as_bytes();
    assert!(script.windows(14).any(|part| part == b"mined by bcoin"));
    let payments = after.view(0, "1".into(), 1.0).payments;
    assert_eq!(
        &*payments[0].to,
        "rb1qw508d6qejxtdg4y5r3zarvary0c5xw7k38f4sn"
    );
}

/// A node that knows no rules says by the commitment that segwit is active; none says neither.
#[test]
fn segwit_is_told_by_rules_witnesses_or_the_commitment() {
    let outputs = |value: &Value| {
        let template = read(value, &two()).expect("it is sound");
        checked_block(&template, 0).txdata[0].output.len()
    };
    let mut value = with("rules", Value::Null);
    assert_eq!(outputs(&value), 2);
    let commitment = "6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9";
    value["default_witness_commitment"] = json!(commitment);
    assert_eq!(outputs(&value), 3);
    value["rules"] = json!(["csv"]);
    assert_eq!(outputs(&value), 2);
    value["rules"] = json!(["segwit"]);
    assert_eq!(outputs(&value), 3);
    let witness = spending(outpoint([1; 32]), Some(vec![1]), vec![0x51]);
    let mut value = template(200, &[witness], 0);
    value["rules"] = json!([]);
    assert_eq!(outputs(&value), 3);
}
