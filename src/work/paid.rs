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
