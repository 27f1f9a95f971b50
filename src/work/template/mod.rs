//! From a node's block template to headers, blocks, and the proof of whom they pay.
//!
//! Invariant: every block that is made here keeps the node's and the network's limits, commits to the witnesses that it
//! carries, and pays the asked-for addresses all of its value in their shares, which is proved from its bytes. What the
//! node states is held against its own transactions; what does not agree is refused.

mod coinbase;
mod error;
mod fields;
mod headers;
mod limits;
mod merkle;
mod parse;
mod sieve;
mod tag;
#[cfg(test)]
mod tests;
mod transactions;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use self::coinbase::{Coinbase, Parts, put_size};
pub use self::error::TemplateError;
pub use self::fields::Place;
pub use self::headers::TemplateHeaders;
use self::limits::{Load, fitting};
use self::parse::Stated;
pub use self::sieve::Sieved;
pub use self::tag::{MAX_TAG, Tag, TagError};
use super::paid::{self, Paid};
use super::payout::ChainPayouts;
use crate::domain::mining::{Chain, Proof, WorkView};
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;
use crate::engine::header::{Hash, Header};
use crate::engine::target::Target;

/// What the miner wants of every block.
#[derive(Debug, Clone)]
pub struct TemplateOptions {
    /// Whom it pays, and on which chain.
    pub payouts: ChainPayouts,
    /// Words in the coinbase.
    pub tag: Tag,
}

/// A template that can be mined on.
#[derive(Debug, Clone)]
pub struct Template {
    chain: Chain,
    received: Timestamp,
    stated: Stated,
    fees: Option<u64>,
    load: Load,
    coinbase: Coinbase,
    paid: Paid,
    branch: Vec<Hash>,
}

impl Template {
    /// Reads and checks the result of `getblocktemplate`, and makes the coinbase. `received`: when it came.
    pub fn from_json(
        value: &Value,
        options: &TemplateOptions,
        received: Timestamp,
    ) -> Result<Self, TemplateError> {
        let chain = options.payouts.chain();
        let payouts = options.payouts.payouts();
        let mut stated = Stated::read(value, chain)?;
        let whole = commitment(&stated.entries);
        if stated.commitment.is_some_and(|given| given != whole) {
            return Err(TemplateError::Commitment);
        }
        let make = |stated: &Stated, commitment: Hash| {
            Coinbase::new(&Parts {
                height: stated.height,
                value: stated.value,
                payouts,
                tag: options.tag.bytes(),
                aux: &stated.aux,
                commitment: stated.segwit.then_some(commitment),
            })
        };
        // Value and commitment don't change its size or its signature checks.
        let draft = make(&stated, whole);
        let sigops = draft.sigops(stated.segwit);
        let (kept, load) = fitting(&draft, sigops, &stated.entries, &stated.limits).ok_or(
            TemplateError::NoRoom {
                outputs: payouts.list().len(),
            },
        )?;
        drop_after(&mut stated, kept)?;
        let coinbase = make(&stated, commitment(&stated.entries));
        let paid = paid::read(&coinbase.whole(0), Some(chain), Some(payouts))
            .ok()
            .filter(|paid| paid.proof == Proof::PaysUs)
            .ok_or(TemplateError::Unproved)?;
        let ids: Vec<Hash> = stated.entries.iter().map(|entry| entry.txid).collect();
        Ok(Self {
            chain,
            received,
            fees: transactions::fees(&stated.entries),
            load,
            branch: merkle::branch(&ids),
            coinbase,
            paid,
            stated,
        })
    }

    /// The chain that it is for.
    pub const fn chain(&self) -> Chain {
        self.chain
    }

    /// When it came.
    pub const fn received(&self) -> Timestamp {
        self.received
    }

    /// Height of the block to be found.
    pub const fn height(&self) -> u32 {
        self.stated.height
    }

    /// Hash of the block before.
    pub const fn previous(&self) -> Hash {
        self.stated.previous
    }

    /// The target in compact form.
    pub const fn bits(&self) -> u32 {
        self.stated.bits
    }

    /// What a block's hash must not exceed.
    pub const fn target(&self) -> Target {
        self.stated.target
    }

    /// Version of its headers, nothing rolled.
    pub const fn version(&self) -> u32 {
        self.stated.version
    }

    /// The version bits that may be rolled: those of BIP 320, without any that the node requires, has in use or has set.
    pub const fn version_mask(&self) -> u32 {
        self.stated.version_mask
    }

    /// The node's time when it made this, in seconds since 1970.
    pub const fn curtime(&self) -> u32 {
        self.stated.curtime
    }

    /// The least time that a header may have.
    pub const fn mintime(&self) -> u32 {
        self.stated.mintime
    }

    /// The greatest time that a header may have.
    pub const fn maxtime(&self) -> u32 {
        self.stated.maxtime
    }

    /// The node's time at `now`, by our own clock since it came; within the bounds of a header.
    pub fn time_at(&self, now: Timestamp) -> u32 {
        let ahead = self.received.age(now).as_secs();
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        self.bounded(self.stated.curtime.saturating_add(ahead))
    }

    /// What a longpoll sends back (BIP 22); none where the node has none.
    pub fn longpoll_id(&self) -> Option<&str> {
        self.stated.longpoll_id.as_deref()
    }

    /// What `submitblock` sends back (BIP 22).
    pub fn work_id(&self) -> Option<&str> {
        self.stated.work_id.as_deref()
    }

    /// The node wants blocks of this template even when it has a newer one.
    pub const fn submit_old(&self) -> bool {
        self.stated.submit_old
    }

    /// How long after it came the node forgets it.
    pub const fn expires(&self) -> Option<Duration> {
        self.stated.expires
    }

    /// The node checks proposals (BIP 23).
    pub const fn takes_proposals(&self) -> bool {
        self.stated.takes_proposals
    }

    /// Transactions of the block, the coinbase included.
    pub fn transactions(&self) -> usize {
        self.stated.entries.len() + 1
    }

    /// Weight units of the block.
    pub const fn weight(&self) -> u64 {
        self.load.weight
    }

    /// Satoshi that the coinbase pays.
    pub const fn reward(&self) -> u64 {
        self.stated.value
    }

    /// Headers of one time (brought within the template's bounds), from one extra-nonce on.
    pub fn headers(self: &Arc<Self>, time: u32, extranonce_first: u64) -> TemplateHeaders {
        TemplateHeaders {
            template: Arc::clone(self),
            time: self.bounded(time),
            first: extranonce_first,
        }
    }

    /// The header of an extra-nonce and a time, its nonce 0.
    pub fn header(&self, time: u32, extranonce: u64) -> Header {
        Header {
            version: self.stated.version,
            previous: self.stated.previous,
            merkle_root: merkle::root(self.coinbase.id(extranonce), &self.branch),
            time,
            bits: self.stated.bits,
            nonce: 0,
        }
    }

    /// The whole block, serialised with its witnesses. `header` is a solved one of [`Template::headers`], with the
    /// extra-nonce that it was made with.
    pub fn block(&self, header: &Header, extranonce: u64) -> Vec<u8> {
        let mut block = Vec::with_capacity(self.load.size as usize);
        block.extend(header.to_bytes());
        put_size(&mut block, self.transactions());
        block.extend(self.coinbase.whole(extranonce));
        for entry in &self.stated.entries {
            block.extend(&entry.raw);
        }
        block
    }

    /// The first block, unsolved, for the node to check (BIP 23, `mode: proposal`).
    pub fn proposal(&self) -> Vec<u8> {
        self.block(&self.header(self.stated.curtime, 0), 0)
    }

    /// What a person sees of it. `share_difficulty` is that of the job's target.
    pub fn view(&self, source: usize, name: Arc<str>, share_difficulty: f64) -> WorkView {
        let sats = |value| Sats::from_sat(i64::try_from(value).unwrap_or(i64::MAX));
        WorkView {
            source,
            name,
            height: Some(self.stated.height),
            previous: self.stated.previous.to_string().into(),
            transactions: Some(self.transactions()),
            fees: self.fees.map(sats),
            reward: self.paid.reward,
            weight: Some(self.load.weight),
            network_difficulty: self.stated.target.difficulty(),
            share_difficulty,
            version_mask: self.stated.version_mask,
            received: self.received,
            payments: self.paid.payments.clone(),
            coinbase_text: Arc::clone(&self.paid.text),
            proof: self.paid.proof,
        }
    }

    fn bounded(&self, time: u32) -> u32 {
        time.clamp(self.stated.mintime, self.stated.maxtime)
    }
}

/// The hash that commits to the witnesses (BIP 141): over their tree, the coinbase's leaf zero, and the reserved value.
fn commitment(entries: &[transactions::Entry]) -> Hash {
    let ids: Vec<Hash> = entries.iter().map(|entry| entry.wtxid).collect();
    let root = merkle::root(Hash::default(), &merkle::branch(&ids));
    merkle::root(root, &[Hash::default()])
}

/// Leaves out the transactions after the first `kept`, and what they pay.
fn drop_after(stated: &mut Stated, kept: usize) -> Result<(), TemplateError> {
    let dropped = stated.entries.split_off(kept);
    let fees = transactions::fees(&dropped).ok_or(TemplateError::UnknownFee)?;
    let value = stated.value;
    stated.value = value
        .checked_sub(fees)
        .ok_or(TemplateError::Value { value })?;
    Ok(())
}
