//! The transaction that pays the reward (BIP 34, 141), as bytes with a gap for the extra-nonce.

use bitcoin::Transaction;
use bitcoin::consensus::encode;

use crate::engine::header::Hash;
use crate::work::paid::COMMITMENT;
use crate::work::payout::Payouts;

/// Longest script of a coinbase's input.
const MAX_SCRIPT: usize = 100;

/// Bytes of the extra-nonce.
const EXTRANONCE: usize = 8;

/// Not the last one, so that the lock time counts.
const SEQUENCE: u32 = 0xffff_fffe;

/// The serialised coinbase, cut in two where the extra-nonce belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coinbase {
    before: Vec<u8>,
    after: Vec<u8>,
    witness: bool,
}

/// What a coinbase is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    /// Height of the block.
    pub height: u32,
    /// Satoshi in all.
    pub value: u64,
    /// Who gets them.
    pub payouts: &'a Payouts,
    /// Words of ours.
    pub tag: &'a [u8],
    /// What the node wants in the script; each only where it has room.
    pub aux: &'a [Vec<u8>],
    /// The commitment to the witnesses; none before segwit.
    pub commitment: Option<Hash>,
}

impl Coinbase {
    pub(super) fn new(parts: &Parts<'_>) -> Self {
        let mut before = Vec::with_capacity(64 + MAX_SCRIPT);
        before.extend(2_u32.to_le_bytes());
        before.push(1);
        before.extend([0; 32]);
        before.extend(u32::MAX.to_le_bytes());
        let script = script_start(parts);
        before.push((script.len() + EXTRANONCE) as u8);
        before.extend(script);

        let mut after = Vec::new();
        after.extend(SEQUENCE.to_le_bytes());
        let shares = parts.payouts.split(parts.value);
        let list = parts.payouts.list();
        put_size(
            &mut after,
            list.len() + usize::from(parts.commitment.is_some()),
        );
        for (payout, value) in list.iter().zip(shares) {
            put_output(&mut after, value, payout.script.as_bytes());
        }
        if let Some(commitment) = parts.commitment {
            put_output(&mut after, 0, &commitment_script(&commitment));
        }
        // Ties the id to the height even where scripts repeat (BIP 54); final, as the block's height is past it.
        after.extend((parts.height - 1).to_le_bytes());
        Self {
            before,
            after,
            witness: parts.commitment.is_some(),
        }
    }

    /// The bytes that the id is made of: no witness.
    pub(super) fn bare(&self, extranonce: u64) -> Vec<u8> {
        [&self.before[..], &extranonce.to_le_bytes(), &self.after].concat()
    }

    /// The bytes in a block: with the reserved value as its witness, where it commits to witnesses.
    pub(super) fn whole(&self, extranonce: u64) -> Vec<u8> {
        if !self.witness {
            return self.bare(extranonce);
        }
        let (version, inputs) = self.before.split_at(4);
        let (outputs, lock_time) = self.after.split_at(self.after.len() - 4);
        let nonce = extranonce.to_le_bytes();
        let witness = witness();
        [
            version,
            &[0, 1],
            inputs,
            &nonce,
            outputs,
            &witness,
            lock_time,
        ]
        .concat()
    }

    /// The id with this extra-nonce.
    pub(super) fn id(&self, extranonce: u64) -> Hash {
        Hash::of(&self.bare(extranonce))
    }

    /// Signature checks in a template's unit: each of ours counts four times once segwit is active (BIP 141).
    pub(super) fn sigops(&self, segwit: bool) -> u64 {
        let coinbase = encode::deserialize::<Transaction>(&self.bare(0));
        // Ours can be read; were it not, it would not be mined on either.
        let cost = coinbase.map_or(u64::MAX / 2, |coinbase| {
            coinbase.total_sigop_cost(|_| None) as u64
        });
        if segwit { cost } else { cost / 4 }
    }

    /// Bytes without the witness.
    pub(super) fn bare_len(&self) -> u64 {
        (self.before.len() + EXTRANONCE + self.after.len()) as u64
    }

    /// Bytes in a block.
    pub(super) fn whole_len(&self) -> u64 {
        let witness = if self.witness { 2 + witness().len() } else { 0 };
        self.bare_len() + witness as u64
    }
}

/// One item of 32 zero bytes (BIP 141).
const fn witness() -> [u8; 34] {
    let mut bytes = [0; 34];
    bytes[0] = 1;
    bytes[1] = 32;
    bytes
}

fn commitment_script(commitment: &Hash) -> [u8; 38] {
    let mut script = [0; 38];
    script[..6].copy_from_slice(&COMMITMENT);
    script[6..].copy_from_slice(commitment.bytes());
    script
}

/// The script up to the extra-nonce, its push opcode included.
fn script_start(parts: &Parts<'_>) -> Vec<u8> {
    let mut script = height_push(parts.height);
    put_push(&mut script, parts.tag);
    for wanted in parts.aux {
        let mut longer = script.clone();
        put_push(&mut longer, wanted);
        if longer.len() + 1 + EXTRANONCE <= MAX_SCRIPT {
            script = longer;
        }
    }
    script.push(EXTRANONCE as u8);
    script
}

/// The shortest push of a height (BIP 34): one opcode to 16, then a number of the fewest bytes.
pub(super) fn height_push(height: u32) -> Vec<u8> {
    match height {
        0 => vec![0],
        1..=16 => vec![0x50 + height as u8],
        _ => {
            let mut number = height.to_le_bytes().to_vec();
            while number.last() == Some(&0) {
                number.pop();
            }
            // A set top bit would be a minus sign.
            if number.last().is_some_and(|top| top & 0x80 != 0) {
                number.push(0);
            }
            let mut push = vec![number.len() as u8];
            push.extend(number);
            push
        }
    }
}

/// Pushes data of at most 100 bytes, so that none of it is run or counted as signature checks. Nothing for nothing.
fn put_push(script: &mut Vec<u8>, data: &[u8]) {
    match data.len() {
        0 => return,
        len @ 1..=75 => script.push(len as u8),
        len => script.extend([0x4c, len as u8]),
    }
    script.extend(data);
}

fn put_output(out: &mut Vec<u8>, value: u64, script: &[u8]) {
    out.extend(value.to_le_bytes());
    put_size(out, script.len());
    out.extend(script);
}

/// A count as the protocol writes it (1, 3 or 5 bytes; counts here stay below 2^32).
pub(super) fn put_size(out: &mut Vec<u8>, size: usize) {
    match size {
        0..=0xfc => out.push(size as u8),
        0xfd..=0xffff => {
            out.push(0xfd);
            out.extend((size as u16).to_le_bytes());
        }
        _ => {
            out.push(0xfe);
            out.extend((size as u32).to_le_bytes());
        }
    }
}
