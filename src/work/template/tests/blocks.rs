//! Coinbase, tree, commitment and headers.

use std::collections::HashSet;

use bitcoin::opcodes::all::OP_CHECKSIG;
use bitcoin::script::Builder;

use super::super::coinbase::height_push;
use super::*;
use crate::engine::job::{Headers, VERSION_MASK};

#[test]
fn heights_are_pushed_in_the_shortest_way() {
    for (height, push) in [
        (1, &[0x51][..]),
        (2, &[0x52]),
        (16, &[0x60]),
        (17, &[1, 17]),
        (127, &[1, 0x7f]),
        (128, &[2, 0x80, 0]),
        (255, &[2, 0xff, 0]),
        (256, &[2, 0, 1]),
        (32_767, &[2, 0xff, 0x7f]),
        (32_768, &[3, 0, 0x80, 0]),
        (227_931, &[3, 0x5b, 0x7a, 0x03]),
        (500_000, &[3, 0x20, 0xa1, 0x07]),
        (8_388_607, &[3, 0xff, 0xff, 0x7f]),
        (8_388_608, &[4, 0, 0, 0x80, 0]),
        (499_999_999, &[4, 0xff, 0x64, 0xcd, 0x1d]),
    ] {
        assert_eq!(height_push(height), push, "{height}");
    }
}

/// Mainnet's block 100,000.
#[test]
fn a_real_tree_has_its_root() {
    let hash = |hex: &str| {
        let value = json!({ "h": hex });
        let fields = super::super::fields::Fields::of(&value, Place::Template);
        let found = fields.expect("an object").hash("h").expect("a hash");
        found.expect("it is there")
    };
    let coinbase = hash("8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87");
    let others = [
        hash("fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4"),
        hash("6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4"),
        hash("e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d"),
    ];
    let branch = merkle::branch(&others);
    assert_eq!(branch.len(), 2);
    assert_eq!(
        merkle::root(coinbase, &branch),
        hash("f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766")
    );
    assert_eq!(merkle::root(coinbase, &merkle::branch(&[])), coinbase);
}

/// BIP 141: an empty block's witness root is the coinbase's zero leaf. The commitment is known from empty blocks of
/// every chain.
#[test]
fn an_empty_block_has_the_well_known_commitment() {
    let template = read(&template(200, &[], 0), &two()).expect("it is sound");
    let block = checked_block(&template, 7);
    let outputs = &block.txdata[0].output;
    let last = outputs.last().expect("there are outputs");
    assert_eq!(
        last.script_pubkey.to_hex_string(),
        "6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9"
    );
    assert_eq!(outputs.len(), 3);
    assert_eq!(outputs[0].value.to_sat(), 4_850_000_000);
    assert_eq!(outputs[1].value.to_sat(), 150_000_000);
    let witness: Vec<&[u8]> = block.txdata[0].input[0].witness.iter().collect();
    assert_eq!(witness, [&[0; 32]]);
}

#[test]
fn the_coinbase_script_is_height_tag_aux_and_extranonce() {
    let mut value = template(300, &[], 0);
    value["coinbaseaux"] = json!({ "flags": "2f6e6f64652f" });
    let template = read(&value, &two()).expect("it is sound");
    let block = checked_block(&template, 0x0102_0304_0506_0708);
    let script = block.txdata[0].input[0].script_sig.as_bytes();
    let wanted = [
        &[2, 0x2c, 1, 10][..],
        b"/baseload/",
        &[6],
        b"/node/",
        &[8, 8, 7, 6, 5, 4, 3, 2, 1],
    ];
    assert_eq!(script, wanted.concat());
    assert_eq!(block.txdata[0].lock_time.to_consensus_u32(), 299);
    assert!(
        block.txdata[0].input[0]
            .sequence
            .enables_absolute_lock_time()
    );
}

#[test]
fn what_the_node_wants_gives_way_to_the_tag_where_both_do_not_fit() {
    let tag = "t".repeat(MAX_TAG);
    let mut value = template(8_388_608, &[], 0);
    value["coinbaseaux"] = json!({ "a": "00".repeat(80), "b": "", "c": "00".repeat(400) });
    let template = read(&value, &options(&[REGTEST], &tag)).expect("it is sound");
    let script = checked_block(&template, 0).txdata[0].input[0]
        .script_sig
        .clone();
    assert_eq!(script.len(), 100);
    let template = read(&value, &options(&[REGTEST], "")).expect("it is sound");
    let script = checked_block(&template, 0).txdata[0].input[0]
        .script_sig
        .clone();
    assert_eq!(script.len(), 5 + 2 + 80 + 9);
    let long = Tag::parse(&"t".repeat(MAX_TAG + 1));
    assert_eq!(long, Err(TagError::Long(85)));
    assert_eq!(Tag::parse("a\nb"), Err(TagError::Control));
}

#[test]
fn what_would_weigh_too_much_goes_from_the_end_and_its_fee_with_it() {
    let big = |n: u8| spending(outpoint([n; 32]), Some(vec![0; 40_000]), vec![0x51; 99_000]);
    let bigs: Vec<Transaction> = (1..=9).map(big).collect();
    let small = |n: u8| spending(outpoint([n; 32]), None, vec![0x51; 20]);
    let mut all = bigs;
    all.extend((10..=200).map(small));
    let value = template(200, &all, 1_000);
    let whole = read(&value, &two()).expect("it is sound");
    assert_eq!(whole.transactions(), 201);
    let weight = whole.weight();
    for less in [1, 300, 5_000, 100_000, 1_000_000, 3_990_000] {
        let mut value = value.clone();
        value["weightlimit"] = json!(weight.saturating_sub(less));
        match read(&value, &two()) {
            Ok(template) => {
                assert!(template.weight() <= weight - less);
                let kept = template.transactions() as u64 - 1;
                assert!(kept < 200);
                assert_eq!(template.reward(), SUBSIDY + 1_000 * kept);
                let block = checked_block(&template, 1);
                assert_eq!(block.txdata[1..], all[..kept as usize]);
                let next = all[kept as usize].weight().to_wu();
                assert!(template.weight() + next + 8 > weight - less);
            }
            Err(error) => assert_eq!(error, TemplateError::NoRoom { outputs: 2 }),
        }
    }
    let mut blind = value.clone();
    blind["weightlimit"] = json!(weight - 1);
    blind["transactions"][199]["fee"] = Value::Null;
    assert_eq!(
        read(&blind, &two()).expect_err("unknown"),
        TemplateError::UnknownFee
    );
    let mut sized = value;
    sized["sizelimit"] = json!(800_000);
    let template = read(&sized, &two()).expect("it is sound");
    let header = template.header(template.curtime(), 0);
    assert!(template.block(&header, 0).len() <= 800_000);
}

/// The last byte of the script is used, and none past it.
#[test]
fn what_the_node_wants_is_kept_up_to_the_last_byte() {
    let length = |wanted: usize| {
        let mut value = template(8_388_608, &[], 0);
        value["coinbaseaux"] = json!({ "flags": "00".repeat(wanted) });
        let template = read(&value, &options(&[REGTEST], "")).expect("it is sound");
        let block = checked_block(&template, 0);
        block.txdata[0].input[0].script_sig.len()
    };
    assert_eq!(length(84), 100);
    assert_eq!(length(85), 14);
}

/// The count of transactions takes three bytes from 253 on.
#[test]
fn the_count_is_weighed_too() {
    let small = |n: u8| spending(outpoint([n; 32]), None, vec![0x51]);
    for transactions in [251, 252, 253] {
        let list: Vec<Transaction> = (0..transactions).map(small).collect();
        let template = read(&template(200, &list, 0), &two()).expect("it is sound");
        checked_block(&template, 0);
    }
}

#[test]
fn versions_of_no_free_bits_are_not_rolled() {
    for (version, mask) in [
        (4, 0),
        (0x1fff_ffff, 0),
        (0x2000_0000, VERSION_MASK),
        (0x2000_2001, VERSION_MASK & !0x2000),
        (0x4000_0000, 0),
        (0x6000_0000, 0),
    ] {
        let template = read(&with("version", json!(version)), &two()).expect("it is sound");
        assert_eq!(
            (template.version(), template.version_mask()),
            (version, mask)
        );
    }
}

/// Outputs to key hashes count as signature checks, four each.
#[test]
fn signature_checks_are_held_to_the_limit() {
    let checks = Builder::new().push_opcode(OP_CHECKSIG).into_script();
    let one = |n: u8| spending(outpoint([n; 32]), None, checks.to_bytes());
    let all: Vec<Transaction> = (1..=10).map(one).collect();
    let mut value = template(200, &all, 0);
    let payouts = options(&["mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"], "");
    for (limit, kept) in [(44, 10), (43, 9), (40, 9), (4, 0)] {
        value["sigoplimit"] = json!(limit);
        let template = read(&value, &payouts).expect("it is sound");
        assert_eq!(template.transactions(), kept + 1, "{limit}");
    }
    value["sigoplimit"] = json!(3);
    let error = read(&value, &payouts).expect_err("the coinbase has one");
    assert_eq!(error, TemplateError::NoRoom { outputs: 1 });
    // Where the node does not tell, what can be seen is counted.
    value["sigoplimit"] = json!(44);
    for entry in value["transactions"].as_array_mut().expect("a list") {
        entry.as_object_mut().expect("an object").remove("sigops");
    }
    assert_eq!(read(&value, &payouts).expect("sound").transactions(), 11);
    value["sigoplimit"] = json!(43);
    assert_eq!(read(&value, &payouts).expect("sound").transactions(), 10);
    // Before segwit each counts once.
    value["rules"] = json!([]);
    value["sigoplimit"] = json!(6);
    assert_eq!(read(&value, &payouts).expect("sound").transactions(), 2);
}

#[test]
fn headers_end_with_the_last_extranonce() {
    let template = Arc::new(read(&template(200, &[], 0), &two()).expect("it is sound"));
    let headers = template.headers(1_700_000_001, u64::MAX - 1);
    assert!(headers.header(0).is_some() && headers.header(1).is_some());
    assert!(headers.header(2).is_none() && headers.header(u64::MAX).is_none());
    assert_eq!(headers.extranonce(1), Some(u64::MAX));
    assert_eq!(headers.extranonce(2), None);
    assert_eq!(headers.template().height(), 200);
}

#[test]
fn times_stay_within_the_template() {
    let template = Arc::new(read(&template(200, &[], 0), &two()).expect("it is sound"));
    let time = |time| {
        template
            .headers(time, 0)
            .header(0)
            .map(|header| header.time)
    };
    assert_eq!(time(0), Some(1_296_688_603));
    assert_eq!(time(1_700_000_009), Some(1_700_000_009));
    assert_eq!(time(u32::MAX), Some(1_700_007_200));
    let at = |millis| template.time_at(Timestamp::from_millis(millis));
    assert_eq!(at(1_700_000_000_250), 1_700_000_000);
    assert_eq!(at(1_700_000_003_249), 1_700_000_002);
    assert_eq!(at(1_700_000_003_250), 1_700_000_003);
    assert_eq!(at(0), 1_700_000_000);
    assert_eq!(at(i64::MAX), 1_700_007_200);
    for (stated, kept) in [(1_700_000_060, 1_700_000_060), (u32::MAX, 1_700_007_200)] {
        let template = read(&with("maxtime", json!(stated)), &two()).expect("it is sound");
        assert_eq!(template.maxtime(), kept);
    }
}

#[test]
fn the_view_is_read_from_the_bytes() {
    let paying = spending(outpoint([9; 32]), Some(vec![1]), vec![0x51]);
    let template = read(&template(300, &[paying], 777), &two()).expect("it is sound");
    let view = template.view(2, "17".into(), 0.5);
    assert_eq!(
        (view.source, view.height, view.transactions),
        (2, Some(300), Some(2))
    );
    assert_eq!(view.fees, Some(Sats::from_sat(777)));
    assert_eq!(view.reward, Sats::from_sat(5_000_000_777));
    assert_eq!(view.proof, Proof::PaysUs);
    assert_eq!(view.version_mask, VERSION_MASK);
    let payments: Vec<(&str, i64, bool)> = view
        .payments
        .iter()
        .map(|p| (&*p.to, p.value.sat(), p.ours))
        .collect();
    assert_eq!(
        payments,
        [
            (REGTEST, 4_850_000_754, true),
            (REGTEST_2, 150_000_023, true),
            ("OP_RETURN witness commitment", 0, false),
        ]
    );
    assert_eq!(&*view.coinbase_text, ".,../baseload/.........");
    assert_eq!(
        &*view.previous,
        "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The `bitcoin` crate's tree, commitment, height, weight and payments are ours.
    #[test]
    fn blocks_are_what_the_bitcoin_crate_expects(
        list in transactions(),
        height in prop_oneof![1_u32..40, 100_u32..70_000, 1_u32..499_999_999],
        tag in "[ -~]{0,84}",
        extranonce in any::<u64>(),
        fee in 0_u64..100_000,
    ) {
        let shares = [format!("{REGTEST}=62.5"), format!("{REGTEST_2}=37.5")];
        let options = options(&[&shares[0], &shares[1]], &tag);
        let mut value = template(height, &list, fee);
        let template = read(&value, &options).expect("it is sound");
        let block = checked_block(&template, extranonce);
        prop_assert_eq!(&block.txdata[1..], &list[..]);
        let coinbase = &block.txdata[0];
        let number = Builder::new().push_int(i64::from(height)).into_script();
        prop_assert!(coinbase.input[0].script_sig.as_bytes().starts_with(number.as_bytes()));
        if height > 16 {
            prop_assert_eq!(block.bip34_block_height().expect("it is there"), u64::from(height));
        }
        let reward = template.reward();
        prop_assert_eq!(coinbase.output[0].value.to_sat(), reward - reward * 3 / 8);
        let script = coinbase.input[0].script_sig.as_bytes();
        prop_assert!(tag.is_empty() || script.windows(tag.len()).any(|part| part == tag.as_bytes()));
        let root = bitcoin::merkle_tree::calculate_root(block.txdata.iter().map(Transaction::compute_txid));
        let root = root.expect("there is a coinbase").to_byte_array();
        let header = template.header(1_700_000_000, extranonce);
        prop_assert_eq!(header.merkle_root.bytes(), &root);

        // The node's own commitment is held against ours.
        let stated = coinbase.output[2].script_pubkey.to_hex_string();
        value["default_witness_commitment"] = json!(stated);
        prop_assert!(read(&value, &options).is_ok());
        let mut other = stated.clone();
        other.replace_range(20..22, if &stated[20..22] == "00" { "01" } else { "00" });
        value["default_witness_commitment"] = json!(other);
        prop_assert_eq!(read(&value, &options).expect_err("it is another"), TemplateError::Commitment);
    }

    /// No header comes twice, whatever varies.
    #[test]
    fn headers_never_repeat(first in 0_u64..1 << 40, times in proptest::collection::hash_set(1_700_000_000_u32..1_700_007_000, 1..4)) {
        let template = Arc::new(read(&template(200, &[], 0), &two()).expect("it is sound"));
        let mut seen = HashSet::new();
        for time in times {
            // Neighbouring ranges of extra-nonces, as two runs may have.
            for start in [first, first + 20] {
                let headers = template.headers(time, start);
                for roll in 0..20 {
                    let header = headers.header(roll).expect("far from the last");
                    prop_assert!(seen.insert(header.to_bytes()));
                    prop_assert_eq!(Some(header), headers.header(roll));
                }
            }
        }
    }
}
