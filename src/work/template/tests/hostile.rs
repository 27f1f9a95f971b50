//! Nodes that answer wrongly: a refusal in words, never a panic, never a block that is not sound.

use super::*;

#[test]
fn each_wrong_field_is_named() {
    let hash = "00".repeat(32);
    for (field, value) in [
        ("height", json!(0)),
        ("height", json!(-1)),
        ("height", json!(500_000_000)),
        ("height", json!("200")),
        ("height", json!(200.5)),
        ("version", json!(0)),
        ("version", json!(-5)),
        ("version", json!(0x8000_0000_u32)),
        ("vbrequired", json!(0x8000_0000_u32)),
        ("vbavailable", json!({ "x": 32 })),
        ("vbavailable", json!({ "x": "1" })),
        ("vbavailable", json!([1])),
        ("previousblockhash", json!("00")),
        ("previousblockhash", json!("zz".repeat(32))),
        ("bits", json!("207fffff00")),
        ("bits", json!(0x207f_ffff)),
        ("target", json!("00")),
        ("curtime", json!(0)),
        ("curtime", json!(1_u64 << 32)),
        ("mintime", json!("now")),
        ("coinbasevalue", json!(2_100_000_000_000_001_u64)),
        ("coinbasevalue", json!(-1)),
        ("transactions", json!({})),
        ("rules", json!("segwit")),
        ("rules", json!([1])),
        ("rules", json!(["x".repeat(65)])),
        ("rules", json!(vec!["x"; 65])),
        ("sigoplimit", json!(80_001)),
        ("weightlimit", json!(4_000_001)),
        ("sizelimit", json!(-1)),
        ("coinbaseaux", json!({ "flags": "0" })),
        ("coinbaseaux", json!({ "flags": 1 })),
        ("default_witness_commitment", json!("6a")),
        (
            "default_witness_commitment",
            json!(format!("6a24aa21a9ee{hash}")),
        ),
        ("longpollid", json!("x".repeat(513))),
        ("longpollid", json!(7)),
        ("workid", json!([])),
        ("submitold", json!("yes")),
        ("expires", json!("soon")),
        ("noncerange", json!("00000000000fffff")),
        ("signet_challenge", json!("5")),
        ("capabilities", json!([null])),
    ] {
        let words = refused(&with(field, value.clone()));
        assert!(
            words.contains(&format!("`{field}`")),
            "{field} {value}: {words}"
        );
    }
    for field in [
        "height",
        "version",
        "previousblockhash",
        "bits",
        "curtime",
        "coinbasevalue",
        "transactions",
    ] {
        let words = refused(&with(field, Value::Null));
        assert_eq!(
            words,
            format!(
                "the node's template has no `{field}`; the node is too old, or answers wrongly"
            )
        );
    }
    for value in [json!(null), json!([]), json!("x"), json!(1)] {
        assert!(refused(&value).contains("is no JSON object"));
    }
}

#[test]
fn fields_that_contradict_each_other_are_told() {
    let words = refused(&with("rules", json!(["csv", "!segwit", "!cat\u{7}flap"])));
    assert!(words.contains("the rule `cat.flap`"), "{words}");
    assert!(read(&with("rules", json!(["!segwit", "catflap"])), &two()).is_ok());
    let words = refused(&with("bits", json!("207ffffe")));
    assert!(
        words.contains("bits 0x207ffffe and another target"),
        "{words}"
    );
    for bits in ["21008000", "00000000", "20800000", "ff123456"] {
        let words = refused(&with("bits", json!(bits)));
        assert!(
            words.contains(&format!("0x{bits}, which no block of regtest")),
            "{words}"
        );
    }
    let words = refused(&with("mintime", json!(1_700_000_001)));
    assert!(
        words.contains("is of time 1700000000, outside its own bounds 1700000001 to"),
        "{words}"
    );
    assert!(refused(&with("maxtime", json!(1_699_999_999))).contains("outside its own bounds"));
    let words = refused(&with("coinbasevalue", json!(SUBSIDY + 1)));
    assert!(words.contains("5000000001 sat"), "{words}");
}

#[test]
fn easier_targets_than_the_chain_allows_are_refused() {
    let payouts = Payouts::parse(&["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"]).expect("sound");
    let main = TemplateOptions {
        payouts: payouts.for_chain(Chain::Main).expect("it fits"),
        tag: Tag::default(),
    };
    let error = read(&template(200, &[], 0), &main).expect_err("regtest's bits");
    assert!(
        error
            .to_string()
            .contains("which no block of main can have")
    );
}

fn transaction_fault(change: impl Fn(&mut Value)) -> String {
    let first = spending(outpoint([1; 32]), Some(vec![1, 2, 3]), vec![0x51]);
    let second = spending(OutPoint::new(first.compute_txid(), 0), None, vec![0x51]);
    let mut value = template(200, &[first, second], 500);
    assert!(read(&value, &two()).is_ok());
    change(&mut value["transactions"]);
    refused(&value)
}

#[test]
fn transactions_that_are_not_what_they_are_said_to_be_are_refused() {
    let other = "11".repeat(32);
    let says = |words: String, what: &str| assert!(words.contains(what), "{words}");
    says(
        transaction_fault(|t| t[1]["txid"] = json!(other)),
        "transactions[1], has another hash",
    );
    says(
        transaction_fault(|t| t[0]["hash"] = json!(other)),
        "transactions[0], has another hash",
    );
    says(
        transaction_fault(|t| t[0]["hash"] = t[0]["txid"].clone()),
        "has another hash",
    );
    says(
        transaction_fault(|t| t[0]["data"] = Value::Null),
        "transactions[0], has no `data`",
    );
    says(
        transaction_fault(|t| t[0]["data"] = json!("0")),
        "is not in hex",
    );
    says(
        transaction_fault(|t| t[0]["data"] = json!("00")),
        "can't be decoded",
    );
    says(
        transaction_fault(|t| t[1]["depends"] = json!([2])),
        "depends on one that does not come",
    );
    says(
        transaction_fault(|t| t[1]["depends"] = json!([0])),
        "depends on one that does not come",
    );
    says(
        transaction_fault(|t| t[1]["depends"] = json!([1, 1])),
        "`depends`",
    );
    says(
        transaction_fault(|t| t[0]["sigops"] = json!(80_001)),
        "`sigops`",
    );
    says(transaction_fault(|t| t[1] = t[0].clone()), "is there twice");
    says(
        transaction_fault(|t| t.as_array_mut().expect("a list").swap(0, 1)),
        "spends one that comes after",
    );
    says(
        transaction_fault(|t| t[0] = json!(7)),
        "transactions[0], is no JSON object",
    );
    says(
        transaction_fault(|t| t[0]["fee"] = json!(2 * SUBSIDY)),
        "is not its fees and a subsidy",
    );
    let mut coinbase = spending(OutPoint::null(), None, vec![0x51]);
    coinbase.input[0].script_sig = ScriptBuf::from_bytes(vec![1, 2, 3]);
    says(refused(&template(200, &[coinbase], 0)), "is a coinbase");
    let trailing = |t: &mut Value| {
        let data = t[0]["data"].as_str().expect("hex").to_owned();
        t[0]["data"] = json!(data + "00");
    };
    says(transaction_fault(trailing), "can't be decoded");
}

#[test]
fn too_many_and_too_big_are_refused() {
    let words = refused(&with("transactions", json!(vec![0; 16_667])));
    assert!(
        words.contains("`transactions` that is not a list of at most 16666"),
        "{words}"
    );
    let big = |n: u8| spending(outpoint([n; 32]), Some(vec![0; 999_900]), vec![0x51]);
    let bigs: Vec<Transaction> = (1..=5).map(big).collect();
    let words = refused(&template(200, &bigs, 0));
    assert!(
        words.contains("transactions[4], makes a block that is too big"),
        "{words}"
    );
}

/// A transaction has one serialisation: no count longer than need be, no mark of witnesses without any.
#[test]
fn other_serialisations_are_refused() {
    let plain = encode::serialize(&spending(outpoint([1; 32]), None, vec![0x51]));
    let (version, rest) = plain.split_at(4);
    let (body, lock_time) = rest.split_at(rest.len() - 4);
    let long = [version, &[0xfd], &[1, 0], &body[1..], lock_time].concat();
    let marked = [version, &[0, 1], body, &[0], lock_time].concat();
    for bytes in [long, marked] {
        let entry = json!({ "data": bytes.to_lower_hex_string(), "fee": 0 });
        let words = refused(&with("transactions", json!([entry])));
        assert!(
            words.contains("transactions[0], can't be decoded"),
            "{words}"
        );
    }
}

/// Their sum is more than 64 bits hold.
#[test]
fn fees_past_all_numbers_are_refused() {
    let small = |n: u16| {
        let mut seed = [1; 32];
        seed[..2].copy_from_slice(&n.to_le_bytes());
        spending(outpoint(seed), None, Vec::new())
    };
    let many: Vec<Transaction> = (0..9_000).map(small).collect();
    let mut value = template(200, &many, 0);
    for entry in value["transactions"].as_array_mut().expect("a list") {
        entry["fee"] = json!(2_100_000_000_000_000_u64);
    }
    assert!(refused(&value).contains("is not its fees and a subsidy"));
    // A single one without a fee leaves the sum unknown, and dropping the rest impossible.
    value["transactions"][0]["fee"] = Value::Null;
    value["weightlimit"] = json!(400_000);
    assert!(refused(&value).contains("which is not its fees"));
    value["transactions"][8_999]["fee"] = json!(-1);
    let error = read(&value, &two()).expect_err("one that goes has no fee");
    assert_eq!(error, TemplateError::UnknownFee);
}

#[test]
fn ids_before_segwit_may_stand_under_hash_alone() {
    let plain = spending(outpoint([1; 32]), None, vec![0x51]);
    let mut value = template(200, &[plain], 0);
    let entry = value["transactions"][0].as_object_mut().expect("an object");
    entry.remove("txid");
    entry.remove("depends");
    entry.remove("weight");
    assert!(read(&value, &two()).is_ok());
    entry_hash_is_checked(value);
}

fn entry_hash_is_checked(mut value: Value) {
    value["transactions"][0]["hash"] = json!("22".repeat(32));
    assert!(refused(&value).contains("has another hash"));
}

/// Any small JSON value.
fn absurd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just(0_u64),
            Just(1),
            Just(u64::from(u32::MAX)),
            Just(4_000_000),
            Just(1_700_000_000)
        ]
        .prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9a-f]{0,80}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[[]]]])),
        Just(json!({ "a": { "b": [1] } })),
    ]
}

/// Changes one place of a template, chosen by numbers.
fn mutate(value: &mut Value, path: &[usize], how: &Value, cut: usize) {
    match (path.split_first(), value) {
        (Some((at, rest)), Value::Object(object)) if !object.is_empty() => {
            let key = object.keys().nth(at % object.len()).cloned();
            let key = key.expect("the object is not empty");
            if rest.is_empty() && cut.is_multiple_of(3) {
                object.remove(&key);
            } else if let Some(inner) = object.get_mut(&key) {
                mutate(inner, rest, how, cut);
            }
        }
        (Some((at, rest)), Value::Array(list)) if !list.is_empty() => {
            let at = at % list.len();
            if rest.is_empty() && cut.is_multiple_of(3) {
                let again = list[at].clone();
                list.push(again);
            } else {
                mutate(&mut list[at], rest, how, cut);
            }
        }
        (_, Value::String(text)) if cut.is_multiple_of(2) => {
            text.truncate(text.floor_char_boundary(cut % 90));
        }
        (_, place) => *place = how.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is changed: a refusal, or a sound block within all limits that pays us.
    #[test]
    fn changed_templates_are_refused_or_sound(
        list in transactions(),
        changes in proptest::collection::vec(
            (proptest::collection::vec(any::<usize>(), 1..4), absurd(), any::<usize>()), 1..4),
    ) {
        let mut value = template(200, &list, 300);
        for (path, how, cut) in &changes {
            mutate(&mut value, path, how, *cut);
        }
        if let Ok(template) = read(&value, &two()) {
            let block = checked_block(&template, 5);
            prop_assert!(block.weight().to_wu() <= 4_000_000);
            let view = template.view(0, "1".into(), 1.0);
            prop_assert_eq!(view.proof, Proof::PaysUs);
            let limit = value["weightlimit"].as_u64().unwrap_or(4_000_000);
            prop_assert!(template.weight() <= limit);
        }
    }

    #[test]
    fn cut_or_garbled_text_is_refused_or_sound(list in transactions(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut text = template(200, &list, 300).to_string().into_bytes();
        let at = at.index(text.len());
        if cut {
            text.truncate(at);
        } else {
            text[at] = byte;
        }
        if let Ok(value) = serde_json::from_slice::<Value>(&text)
            && let Ok(template) = read(&value, &two())
        {
            checked_block(&template, 0);
        }
    }
}
