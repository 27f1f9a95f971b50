//! To whom a coinbase pays, read from its bytes.

use std::sync::Arc;

use bitcoin::consensus::encode;
use bitcoin::hex::DisplayHex;
use bitcoin::{Script, Transaction, TxOut};

use super::address;
use super::payout::Payouts;
use crate::domain::mining::{Chain, Payment, Proof};
use crate::domain::units::Sats;

/// Most outputs that are shown one by one.
const SHOWN: usize = 120;

/// Most characters of a coinbase's script that are shown.
const TEXT: usize = 100;

/// `OP_RETURN`, a push of 36 bytes, and the mark of a witness commitment (BIP 141).
pub(super) const COMMITMENT: [u8; 6] = [0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed];

/// Why bytes are no coinbase.
#[derive(Debug, thiserror::Error)]
pub enum CoinbaseError {
    /// They are no transaction.
    #[error("the coinbase is no transaction: {0}")]
    Unreadable(#[from] encode::Error),
    /// They are another one.
    #[error("the first transaction is no coinbase: it spends an output")]
    NotOne,
}

/// A coinbase as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Its outputs; past the first 120 in one sum.
    pub payments: Vec<Payment>,
    /// What they come to.
    pub reward: Sats,
    /// Its script, printable characters kept and others as dots, at most 100.
    pub text: Arc<str>,
    /// Held against the payouts that were asked for.
    pub proof: Proof,
}

/// Reads a serialised coinbase, with or without its witness. `chain` gives addresses their prefix; without it scripts
/// that were not asked for are shown in hex.
pub fn read(
    bytes: &[u8],
    chain: Option<Chain>,
    payouts: Option<&Payouts>,
) -> Result<Paid, CoinbaseError> {
    let coinbase: Transaction = encode::deserialize(bytes)?;
    if !coinbase.is_coinbase() {
        return Err(CoinbaseError::NotOne);
    }
    let outputs = &coinbase.output;
    let mut payments: Vec<Payment> = outputs
        .iter()
        .take(SHOWN)
        .map(|output| payment(output, chain, payouts))
        .collect();
    let rest = outputs.get(SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        payments.push(Payment {
            to: format!("{} outputs more", rest.len()).into(),
            value: sats(sum(rest.iter())),
            ours: false,
        });
    }
    let script = coinbase
        .input
        .first()
        .map(|input| input.script_sig.as_bytes());
    Ok(Paid {
        payments,
        reward: sats(sum(outputs.iter())),
        text: text(script.unwrap_or_default()),
        proof: payouts.map_or(Proof::NotAsked, |payouts| proof(outputs, payouts)),
    })
}

fn payment(output: &TxOut, chain: Option<Chain>, payouts: Option<&Payouts>) -> Payment {
    let ours = payouts.and_then(|payouts| payouts.find(&output.script_pubkey));
    let to = match ours {
        Some(payout) => Arc::clone(&payout.address),
        None => name(&output.script_pubkey, chain).into(),
    };
    Payment {
        to,
        value: sats(output.value.to_sat()),
        ours: ours.is_some(),
    }
}

fn name(script: &Script, chain: Option<Chain>) -> String {
    if script.as_bytes().starts_with(&COMMITMENT) {
        return "OP_RETURN witness commitment".to_owned();
    }
    if script.is_op_return() {
        return format!("OP_RETURN {} bytes", script.len() - 1);
    }
    let address = chain.and_then(|chain| address::of_script(script, chain));
    address.unwrap_or_else(|| {
        let start = script.as_bytes().iter().take(40);
        let hex = start.copied().collect::<Vec<u8>>().to_lower_hex_string();
        let more = if script.len() > 40 { "..." } else { "" };
        format!("script {hex}{more}")
    })
}

/// Shares are held against the whole reward, each as [`Payouts::split`] makes it.
fn proof(outputs: &[TxOut], payouts: &Payouts) -> Proof {
    let reward = sum(outputs.iter());
    let list = payouts.list();
    let paid: Vec<u64> = list
        .iter()
        .map(|payout| sum(outputs.iter().filter(|o| o.script_pubkey == payout.script)))
        .collect();
    if paid == payouts.split(reward) {
        Proof::PaysUs
    } else if paid.iter().any(|value| *value > 0) {
        Proof::PaysUsInPart
    } else {
        Proof::PaysOthers
    }
}

fn sum<'a>(outputs: impl Iterator<Item = &'a TxOut>) -> u64 {
    outputs.fold(0, |sum, output| sum.saturating_add(output.value.to_sat()))
}

fn sats(value: u64) -> Sats {
    Sats::from_sat(i64::try_from(value).unwrap_or(i64::MAX))
}

fn text(script: &[u8]) -> Arc<str> {
    let shown = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    };
    script
        .iter()
        .take(TEXT)
        .map(shown)
        .collect::<String>()
        .into()
}

#[cfg(test)]
mod tests {
    use bitcoin::absolute::LockTime;
    use bitcoin::transaction::Version;
    use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, TxIn, Witness};
    use proptest::prelude::*;

    use super::*;

    const OURS: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    const OURS_2: &str = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    const POOL: &str = "3P14159f73E4gFr7JterCCQh9QjiTjiZrG";

    fn script(address: &str) -> ScriptBuf {
        address::read(address).expect("it is sound").0
    }

    fn coinbase(outputs: &[(ScriptBuf, u64)]) -> Vec<u8> {
        let output = |(script, value): &(ScriptBuf, u64)| TxOut {
            value: Amount::from_sat(*value),
            script_pubkey: script.clone(),
        };
        encode::serialize(&Transaction {
            version: Version::ONE,
            lock_time: LockTime::ZERO,
            input: vec![TxIn {
                previous_output: OutPoint::null(),
                script_sig: ScriptBuf::from_bytes(b"\x03\x20\xa1\x07 /pool/ \x7f\xff".to_vec()),
                sequence: Sequence::MAX,
                witness: Witness::new(),
            }],
            output: outputs.iter().map(output).collect(),
        })
    }

    fn proof(outputs: &[(&str, u64)]) -> Proof {
        let payouts = Payouts::parse(&[format!("{OURS}=97"), format!("{OURS_2}=3")]);
        let outputs: Vec<_> = outputs.iter().map(|(a, v)| (script(a), *v)).collect();
        let payouts = payouts.expect("they are sound");
        let paid = read(&coinbase(&outputs), Some(Chain::Main), Some(&payouts));
        paid.expect("it is a coinbase").proof
    }

    #[test]
    fn the_proof_is_by_address_and_share() {
        assert_eq!(proof(&[(OURS, 97), (OURS_2, 3)]), Proof::PaysUs);
        assert_eq!(proof(&[(OURS_2, 3), (OURS, 90), (OURS, 7)]), Proof::PaysUs);
        assert_eq!(proof(&[(OURS, 98), (OURS_2, 3)]), Proof::PaysUs);
        assert_eq!(proof(&[(OURS, 96), (OURS_2, 4)]), Proof::PaysUsInPart);
        assert_eq!(proof(&[(OURS, 100)]), Proof::PaysUsInPart);
        assert_eq!(
            proof(&[(OURS, 97), (OURS_2, 3), (POOL, 1)]),
            Proof::PaysUsInPart
        );
        assert_eq!(proof(&[(POOL, 100), (OURS, 0)]), Proof::PaysOthers);
        assert_eq!(proof(&[(POOL, 100)]), Proof::PaysOthers);
    }

    #[test]
    fn outputs_are_named() {
        let outputs = [
            (script(POOL), 5),
            (ScriptBuf::from_bytes(vec![0x6a, 2, 1, 2]), 0),
            (
                ScriptBuf::from_bytes([&COMMITMENT[..], &[7; 32]].concat()),
                0,
            ),
            (ScriptBuf::from_bytes(vec![0x51; 41]), 9),
        ];
        let named = |chain| {
            let paid = read(&coinbase(&outputs), chain, None).expect("it is a coinbase");
            assert_eq!(
                (paid.proof, paid.reward),
                (Proof::NotAsked, Sats::from_sat(14))
            );
            assert_eq!(&*paid.text, ". .. /pool/ ..");
            let names = paid.payments.iter().map(|p| p.to.to_string());
            names.collect::<Vec<String>>()
        };
        let hex = "51".repeat(40);
        assert_eq!(
            named(Some(Chain::Main)),
            [
                POOL,
                "OP_RETURN 3 bytes",
                "OP_RETURN witness commitment",
                &format!("script {hex}...")
            ]
        );
        assert!(named(None)[0].starts_with("script a914"));
    }

    #[test]
    fn many_outputs_are_summed_and_nothing_overflows() {
        let outputs = vec![(script(POOL), u64::MAX / 2); 500];
        let paid = read(&coinbase(&outputs), None, None).expect("it is a coinbase");
        assert_eq!(paid.payments.len(), 121);
        assert_eq!(&*paid.payments[120].to, "380 outputs more");
        assert_eq!(paid.reward, Sats::from_sat(i64::MAX));
    }

    #[test]
    fn what_is_no_coinbase_is_refused() {
        let mut bytes = coinbase(&[(script(OURS), 1)]);
        assert!(read(&bytes[..60], None, None).is_err());
        bytes[5] = 1;
        let error = read(&bytes, None, None).expect_err("it spends an output");
        assert!(matches!(error, CoinbaseError::NotOne));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..150) {
            let _ = read(&bytes, Some(Chain::Main), None);
            let sound = coinbase(&[(script(OURS), 1), (script(POOL), 2)]);
            bytes.splice(..0, sound[..at.min(sound.len())].iter().copied());
            let _ = read(&bytes, Some(Chain::Main), None);
        }
    }
}
