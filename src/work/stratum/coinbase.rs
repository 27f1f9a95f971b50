//! What a pool's coinbase says: whom it pays, at which height, in which words.

use std::ops::Range;
use std::sync::Arc;

use bitcoin::consensus::deserialize;
use bitcoin::script::Instruction;
use bitcoin::{Address, Network, Script, Transaction, TxOut};

use super::protocol::{Refusal, lower};
use crate::domain::mining::{Chain, Payment, Proof};
use crate::domain::units::Sats;

/// An address that must be paid: how it is shown, its script, and its share in hundredths of a percent.
pub type Payout = (Arc<str>, Vec<u8>, u16);

/// Hundredths of a percent that are all.
const WHOLE: u128 = 10_000;
/// Most outputs to others that are shown one by one: every job is kept for a while.
const MOST_OTHERS: usize = 120;

/// Where the script of a coinbase's only input begins: version, count, the outpoint of none, and a length of one byte.
const SCRIPT_AT: usize = 4 + 1 + 36 + 1;
/// Longest script of that input.
const MAX_SCRIPT: usize = 100;
/// All coins that there will ever be.
const ALL_COINS: u64 = 2_100_000_000_000_000;
/// Bytes of a strange script that are shown.
const SHOWN: usize = 20;

/// A coinbase as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coinbase {
    /// Height of the block (BIP 34), where it says so.
    pub height: Option<u32>,
    /// What it pays in all.
    pub reward: Sats,
    /// To whom.
    pub payments: Vec<Payment>,
    /// Its script's printable characters, others as dots.
    pub text: String,
    /// Whom it pays, held against what was asked.
    pub proof: Proof,
}

/// Decodes the very bytes that are hashed. `extranonce` is where both its parts stand.
///
/// # Errors
/// It is no coinbase, or its extranonce lies where it could change whom it pays, or (with payouts given) it pays none of
/// them.
pub fn read(
    bytes: &[u8],
    extranonce: &Range<usize>,
    payouts: &[Payout],
    chain: Chain,
) -> Result<Coinbase, Refusal> {
    let transaction: Transaction = deserialize(bytes)
        .map_err(|_| Refusal::new("the job's coinbase cannot be decoded as a transaction"))?;
    if !transaction.is_coinbase() {
        return Err(Refusal::new(
            "the job's first transaction is no coinbase: it spends something",
        ));
    }
    let script = transaction
        .input
        .first()
        .map(|input| input.script_sig.as_script())
        .ok_or_else(|| Refusal::new("the job's coinbase has no input"))?;
    if !(2..=MAX_SCRIPT).contains(&script.len()) {
        return Err(Refusal::new(format!(
            "the coinbase's script has {} bytes; a block allows 2 to {MAX_SCRIPT}",
            script.len()
        )));
    }
    // Elsewhere it could turn one script into another from one header to the next.
    if extranonce.start < SCRIPT_AT || extranonce.end > SCRIPT_AT + script.len() {
        return Err(Refusal::new(
            "the extranonce does not lie inside the coinbase's script",
        ));
    }
    let mut reward = 0_u64;
    let mut paid = vec![0_u64; payouts.len()];
    let mut others = (0_usize, 0_u64);
    let mut payments = Vec::new();
    for output in &transaction.output {
        let value = output.value.to_sat();
        reward = reward
            .checked_add(value)
            .filter(|sum| *sum <= ALL_COINS)
            .ok_or_else(|| Refusal::new("the coinbase pays more than there are coins"))?;
        let payout = payouts
            .iter()
            .position(|(_, script, _)| script == output.script_pubkey.as_bytes());
        if let Some(at) = payout {
            paid[at] += value;
        } else if payments.len() >= MOST_OTHERS {
            others = (others.0 + 1, others.1 + value);
            continue;
        }
        payments.push(Payment {
            to: match payout {
                Some(at) => Arc::clone(&payouts[at].0),
                None => name(output, chain).into(),
            },
            value: sats(value),
            ours: payout.is_some(),
        });
    }
    if others.0 > 0 {
        payments.push(Payment {
            to: format!("{} outputs more", others.0).into(),
            value: sats(others.1),
            ours: false,
        });
    }
    let proof = held_against(payouts, &paid, reward);
    if proof == Proof::PaysOthers {
        return Err(Refusal::new(
            "the job's coinbase pays none of the payout addresses: ask the pool, or leave --payout out to mine for its account",
        ));
    }
    Ok(Coinbase {
        height: height(script),
        reward: sats(reward),
        payments,
        text: printable(script.as_bytes()),
        proof,
    })
}

/// In full is: all of it, and to each the share that was asked for, but for what rounding leaves.
fn held_against(payouts: &[Payout], paid: &[u64], reward: u64) -> Proof {
    let all: u64 = paid.iter().sum();
    let in_shares = payouts.iter().zip(paid).all(|((_, _, share), paid)| {
        u128::from(*paid) >= u128::from(reward) * u128::from(*share) / WHOLE
    });
    match all {
        _ if payouts.is_empty() => Proof::NotAsked,
        0 => Proof::PaysOthers,
        all if all == reward && in_shares => Proof::PaysUs,
        _ => Proof::PaysUsInPart,
    }
}

fn sats(value: u64) -> Sats {
    Sats::from_sat(value.cast_signed())
}

/// The height that the script begins with: a push of 1 to 4 bytes, or `OP_1` to `OP_16`.
fn height(script: &Script) -> Option<u32> {
    match script.instructions().next()?.ok()? {
        Instruction::PushBytes(push) if (1..=4).contains(&push.len()) => {
            let mut word = [0; 4];
            word[..push.len()].copy_from_slice(push.as_bytes());
            let height = u32::from_le_bytes(word);
            (height < 1 << 31).then_some(height)
        }
        Instruction::Op(op) => {
            let number = op.to_u8().checked_sub(0x50)?;
            (1..=16).contains(&number).then_some(u32::from(number))
        }
        Instruction::PushBytes(_) => None,
    }
}

fn printable(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        })
        .collect()
}

/// An address where the script has one.
fn name(output: &TxOut, chain: Chain) -> String {
    let script = output.script_pubkey.as_script();
    let bytes = script.as_bytes();
    if bytes.starts_with(&[0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed]) {
        return "OP_RETURN witness commitment".to_owned();
    }
    if script.is_op_return() {
        return format!(
            "OP_RETURN {}",
            printable(&bytes[1..bytes.len().min(1 + SHOWN)])
        );
    }
    let network = match chain {
        Chain::Main => Network::Bitcoin,
        Chain::Testnet4 => Network::Testnet4,
        Chain::Signet => Network::Signet,
        Chain::Regtest => Network::Regtest,
    };
    Address::from_script(script, network).map_or_else(
        |_| format!("script {}", lower(&bytes[..bytes.len().min(2 * SHOWN)])),
        |address| address.to_string(),
    )
}

#[cfg(test)]
mod tests;
