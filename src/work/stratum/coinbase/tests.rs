use bitcoin::consensus::serialize;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, TxIn, Witness, absolute, transaction};
use proptest::prelude::*;

use super::*;

fn script(seed: u8) -> Vec<u8> {
    let mut bytes = vec![0, 20];
    bytes.extend([seed; 20]);
    bytes
}

fn transaction(sig: Vec<u8>, outputs: &[(u64, Vec<u8>)]) -> Transaction {
    Transaction {
        version: transaction::Version::TWO,
        lock_time: absolute::LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::null(),
            script_sig: ScriptBuf::from_bytes(sig),
            sequence: Sequence::MAX,
            witness: Witness::new(),
        }],
        output: outputs
            .iter()
            .map(|(value, script)| TxOut {
                value: Amount::from_sat(*value),
                script_pubkey: ScriptBuf::from_bytes(script.clone()),
            })
            .collect(),
    }
}

fn sig() -> Vec<u8> {
    [&[3, 0x10, 0x27, 0x0c], &b"/pool\x1b/"[..], &[0; 8]].concat()
}

fn ours() -> Vec<Payout> {
    vec![("us".into(), script(1), 10_000)]
}

fn judged(outputs: &[(u64, Vec<u8>)], payouts: &[Payout]) -> Result<Coinbase, Refusal> {
    let bytes = serialize(&transaction(sig(), outputs));
    read(
        &bytes,
        &(SCRIPT_AT + 11..SCRIPT_AT + 19),
        payouts,
        Chain::Regtest,
    )
}

#[test]
fn it_is_proven_whom_the_coinbase_pays() {
    let commitment = [&[0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed][..], &[0; 32]].concat();
    let all = judged(&[(50, script(1)), (0, commitment.clone())], &ours()).expect("pays us");
    assert_eq!(
        (all.proof, all.reward.sat(), all.height),
        (Proof::PaysUs, 50, Some(796_432))
    );
    assert_eq!(all.text, "..'./pool./........");
    assert_eq!((&*all.payments[0].to, all.payments[0].ours), ("us", true));
    assert_eq!(&*all.payments[1].to, "OP_RETURN witness commitment");
    let part = judged(&[(49, script(1)), (1, script(2))], &ours()).expect("pays us in part");
    assert_eq!(part.proof, Proof::PaysUsInPart);
    assert!(part.payments[1].to.starts_with("bcrt1q"));
    let none = judged(&[(50, script(2))], &ours()).expect_err("pays others");
    assert!(none.0.contains("pays none of the payout addresses"));
    // Named without being paid is not paid.
    assert!(judged(&[(0, script(1)), (50, script(2))], &ours()).is_err());
    let unasked = judged(&[(50, script(2))], &[]).expect("not asked");
    assert_eq!(unasked.proof, Proof::NotAsked);
}

#[test]
fn in_full_is_in_the_shares_that_were_asked_for() {
    let payouts = [
        ("us".into(), script(1), 9_700),
        ("state".into(), script(2), 300),
    ];
    let proof = |outputs: &[(u64, Vec<u8>)]| judged(outputs, &payouts).expect("pays").proof;
    assert_eq!(
        proof(&[(9_701, script(1)), (300, script(2))]),
        Proof::PaysUs
    );
    assert_eq!(proof(&[(10_000, script(2))]), Proof::PaysUsInPart);
    assert_eq!(
        proof(&[(300, script(1)), (9_700, script(2))]),
        Proof::PaysUsInPart
    );
}

#[test]
fn many_outputs_are_summed_but_ours_is_shown() {
    let mut outputs = vec![(1, script(2)); 800];
    outputs.push((50, script(1)));
    let read = judged(&outputs, &ours()).expect("pays us in part");
    assert_eq!(read.payments.len(), MOST_OTHERS + 2);
    assert!(read.payments[MOST_OTHERS].ours);
    let rest = &read.payments[MOST_OTHERS + 1];
    assert_eq!((&*rest.to, rest.value.sat()), ("680 outputs more", 680));
}

#[test]
fn an_extranonce_that_could_change_the_outputs_is_refused() {
    let bytes = serialize(&transaction(sig(), &[(50, script(1))]));
    let end = SCRIPT_AT + sig().len();
    for (start, end) in [
        (SCRIPT_AT - 1, SCRIPT_AT + 3),
        (end - 4, end + 1),
        (end + 20, end + 24),
    ] {
        assert!(
            read(&bytes, &(start..end), &ours(), Chain::Main).is_err(),
            "{start}..{end}"
        );
    }
}

#[test]
fn what_is_no_coinbase_is_refused() {
    let of = |transaction: &Transaction| {
        let bytes = serialize(transaction);
        read(&bytes, &(SCRIPT_AT..SCRIPT_AT + 1), &[], Chain::Main)
    };
    let sound = transaction(sig(), &[(50, script(1))]);
    assert!(of(&sound).is_ok());
    let mut spends = sound.clone();
    spends.input[0].previous_output.vout = 0;
    assert!(of(&spends).is_err());
    assert!(of(&transaction(vec![1; 101], &[(50, script(1))])).is_err());
    assert!(of(&transaction(vec![1], &[(50, script(1))])).is_err());
    assert!(
        of(&transaction(
            sig(),
            &[(u64::MAX, script(1)), (2, script(1))]
        ))
        .is_err()
    );
    assert!(read(&[0; 60], &(42..50), &[], Chain::Main).is_err());
    let mut long = serialize(&sound);
    long.push(0);
    assert!(read(&long, &(42..50), &[], Chain::Main).is_err());
}

#[test]
fn heights_are_read_as_they_are_pushed() {
    for (bytes, wanted) in [
        (&[0x51, 0][..], Some(1)),
        (&[0x60, 0], Some(16)),
        (&[0x01, 17], Some(17)),
        (&[0x02, 0x2c, 0x01], Some(300)),
        (&[0x04, 1, 2, 3, 0x80], None),
        (&[0x61, 0], None),
        (&[0x05, 1, 2, 3, 4, 5], None),
        (&[0x05, 1], None),
    ] {
        assert_eq!(height(Script::from_bytes(bytes)), wanted, "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200), start in 0_usize..100, len in 0_usize..32,
        at in 0_usize..100, byte in any::<u8>(),
    ) {
        let _ = read(&bytes, &(start..start + len), &ours(), Chain::Main);
        let mut nearly = serialize(&transaction(sig(), &[(50, script(1))]));
        let at = at % nearly.len();
        nearly[at] = byte;
        let _ = read(&nearly, &(start..start + len), &ours(), Chain::Main);
    }
}
