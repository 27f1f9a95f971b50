//! Why a template can't be mined on.

use super::fields::Place;

/// What is wrong with what a node gave. Each is one sentence for the miner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Not a JSON object.
    #[error("{0} is no JSON object; is this a bitcoin node?")]
    NoObject(Place),
    /// A field that has to be there is not.
    #[error("{place} has no `{field}`; the node is too old, or answers wrongly")]
    Missing {
        /// Where.
        place: Place,
        /// Which.
        field: &'static str,
    },
    /// A field out of its bounds.
    #[error("{place} has a `{field}` that is not {wanted}; the node answers wrongly")]
    Field {
        /// Where.
        place: Place,
        /// Which.
        field: &'static str,
        /// What it should be.
        wanted: String,
    },
    /// A rule that a miner must know and this one does not (BIP 9).
    #[error(
        "the node's template demands the rule `{0}`, which this version does not know; a newer version of baseload is needed"
    )]
    Rule(String),
    /// Two statements of one target.
    #[error(
        "the node's template states bits {bits:#010x} and another target than these; the node answers wrongly"
    )]
    TwoTargets {
        /// Its bits.
        bits: u32,
    },
    /// Bits that are no target, or one that is easier than the chain allows.
    #[error(
        "the node's template has bits {bits:#010x}, which no block of {chain} can have; the node answers wrongly, or is on another chain"
    )]
    Bits {
        /// Its bits.
        bits: u32,
        /// The chain.
        chain: &'static str,
    },
    /// Its own time is before the least one.
    #[error(
        "the node's template is of time {curtime}, outside its own bounds {mintime} to {maxtime}; the node answers wrongly"
    )]
    Time {
        /// Its time.
        curtime: u32,
        /// The least one.
        mintime: u32,
        /// The greatest one.
        maxtime: u32,
    },
    /// A signet whose blocks need a signature.
    #[error(
        "this signet's blocks must be signed by its owners (BIP 325), and baseload holds no such key; mine on regtest, testnet4, or a signet whose challenge is OP_TRUE"
    )]
    Signed,
    /// A transaction that does not belong into a block, or is not what it is said to be.
    #[error("the node's template, transactions[{index}], {what}; the node answers wrongly")]
    Transaction {
        /// Which, from 0.
        index: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Another commitment than that of its transactions.
    #[error(
        "the node's template commits to other witnesses than those of its transactions; the node answers wrongly"
    )]
    Commitment,
    /// More value than fees and the greatest subsidy that ever was.
    #[error(
        "the node's template gives the coinbase {value} sat, which is not its fees and a subsidy; the node answers wrongly"
    )]
    Value {
        /// `coinbasevalue`.
        value: u64,
    },
    /// The coinbase has no room even without any transaction.
    #[error(
        "a coinbase of {outputs} outputs does not fit into the node's limits; give fewer --payout"
    )]
    NoRoom {
        /// How many outputs it has.
        outputs: usize,
    },
    /// A transaction has to go, and nobody knows what it paid.
    #[error(
        "the node's template leaves no room for the coinbase and does not tell its transactions' fees; let the node reserve more (blockreservedweight), or give fewer --payout"
    )]
    UnknownFee,
    /// A fault of our own, caught before anything was hashed.
    #[error(
        "the coinbase that was made does not pay the payouts as asked, so it is not mined on; this is a fault of baseload"
    )]
    Unproved,
}
