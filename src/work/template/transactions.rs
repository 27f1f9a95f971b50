//! The template's transactions, each decoded and held against what the node says of it.

use std::collections::HashMap;

use bitcoin::Transaction;
use bitcoin::consensus::encode;
use bitcoin::hashes::Hash as _;
use bitcoin::hex::FromHex;
use serde_json::Value;

use super::error::TemplateError;
use super::fields::{Fields, Place};
use super::limits::{MAX_BLOCK, MAX_MONEY, MAX_SIGOPS};
use crate::engine::header::Hash;

/// Most transactions: none has fewer than 60 bytes.
pub(super) const MOST: usize = MAX_BLOCK as usize / 240;

/// A transaction that may go into the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// As serialised in a block.
    pub raw: Vec<u8>,
    /// Its id.
    pub txid: Hash,
    /// Its id with the witness.
    pub wtxid: Hash,
    /// Weight units.
    pub weight: u64,
    /// Signature checks, in the template's unit.
    pub sigops: u64,
    /// Satoshi that it pays; none where the node does not tell.
    pub fee: Option<u64>,
}

impl Entry {
    /// It carries witness data.
    pub(super) fn has_witness(&self) -> bool {
        self.txid != self.wtxid
    }
}

/// What they pay together; none where one of them does not tell. Stops at the greatest number, which is no sound sum.
pub(super) fn fees(entries: &[Entry]) -> Option<u64> {
    let sum = |sum: u64, entry: &Entry| Some(sum.saturating_add(entry.fee?));
    entries.iter().try_fold(0, sum)
}

/// Reads all of them, in their order. An input that spends an output of the template must come after it, and no
/// transaction comes twice.
pub(super) fn read(list: &[Value]) -> Result<Vec<Entry>, TemplateError> {
    if list.len() > MOST {
        return Err(TemplateError::Field {
            place: Place::Template,
            field: "transactions",
            wanted: format!("a list of at most {MOST}"),
        });
    }
    let mut entries = Vec::with_capacity(list.len());
    let mut decoded = Vec::with_capacity(list.len());
    let mut places = HashMap::with_capacity(list.len());
    let mut bytes = 0;
    for (index, value) in list.iter().enumerate() {
        let fault = |what| TemplateError::Transaction { index, what };
        let fields = Fields::of(value, Place::Transaction(index))?;
        let (entry, transaction) = one(&fields, index)?;
        bytes += entry.raw.len() as u64;
        if bytes > MAX_BLOCK {
            return Err(fault("makes a block that is too big"));
        }
        if places.insert(entry.txid, index).is_some() {
            return Err(fault("is there twice"));
        }
        entries.push(entry);
        decoded.push(transaction);
    }
    for (index, transaction) in decoded.iter().enumerate() {
        let later = transaction.input.iter().any(|input| {
            let spent = Hash::from_bytes(input.previous_output.txid.to_byte_array());
            places.get(&spent).is_some_and(|place| *place >= index)
        });
        if later {
            let what = "spends one that comes after it";
            return Err(TemplateError::Transaction { index, what });
        }
    }
    Ok(entries)
}

fn one(fields: &Fields<'_>, index: usize) -> Result<(Entry, Transaction), TemplateError> {
    let fault = |what| TemplateError::Transaction { index, what };
    let text = fields.text("data", 2 * MAX_BLOCK as usize)?;
    let raw = Vec::from_hex(fields.need("data", text)?).map_err(|_| fault("is not in hex"))?;
    let transaction: Transaction =
        encode::deserialize(&raw).map_err(|_| fault("can't be decoded"))?;
    if transaction.input.is_empty() || transaction.output.is_empty() {
        return Err(fault("has no inputs or no outputs"));
    }
    if transaction.is_coinbase()
        || transaction
            .input
            .iter()
            .any(|i| i.previous_output.is_null())
    {
        return Err(fault("is a coinbase"));
    }
    let txid = Hash::from_bytes(transaction.compute_txid().to_byte_array());
    let wtxid = Hash::from_bytes(transaction.compute_wtxid().to_byte_array());
    let named = fields.hash("txid")?.is_none_or(|name| name == txid);
    // Before BIP 145 a template had `hash` alone, which was the id.
    let hashed = fields
        .hash("hash")?
        .is_none_or(|name| name == wtxid || (fields.get("txid").is_none() && name == txid));
    if !named || !hashed {
        return Err(fault("has another hash than stated"));
    }
    for depends in fields.list("depends", index)?.unwrap_or_default() {
        // Counted from 1, and only what came before (BIP 22).
        if !depends
            .as_u64()
            .is_some_and(|place| (1..=index as u64).contains(&place))
        {
            return Err(fault("depends on one that does not come before it"));
        }
    }
    let own_sigops = transaction.total_sigop_cost(|_| None) as u64;
    let sigops = fields.whole("sigops", 0..=MAX_SIGOPS)?;
    let fee = fields.get("fee").and_then(Value::as_i64);
    let entry = Entry {
        txid,
        wtxid,
        weight: transaction.weight().to_wu(),
        // Without a word of the node: what can be counted without the outputs that are spent.
        sigops: sigops.unwrap_or(own_sigops),
        fee: fee
            .and_then(|fee| u64::try_from(fee).ok())
            .filter(|fee| *fee <= MAX_MONEY),
        raw,
    };
    Ok((entry, transaction))
}
