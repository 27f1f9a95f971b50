//! What a block may weigh (BIP 141), and what goes where it would weigh more.

use super::coinbase::{Coinbase, put_size};
use super::transactions::Entry;

/// Weight units, and bytes, of the biggest block.
pub(super) const MAX_BLOCK: u64 = 4_000_000;

/// Bytes of the biggest block before segwit, and without its witnesses ever after.
pub(super) const MAX_BARE: u64 = 1_000_000;

/// Signature checks of a block, each legacy one counted four times.
pub(super) const MAX_SIGOPS: u64 = 80_000;

/// Satoshi that there will ever be.
pub(super) const MAX_MONEY: u64 = 2_100_000_000_000_000;

/// Bytes of a header.
const HEADER: u64 = 80;

/// What the node allows, never more than the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Weight units.
    pub weight: u64,
    /// Bytes, witnesses included.
    pub size: u64,
    /// Signature checks, in the template's unit.
    pub sigops: u64,
}

impl Limits {
    /// The network's own.
    pub(super) const fn of_network(segwit: bool) -> Self {
        if segwit {
            Self {
                weight: MAX_BLOCK,
                size: MAX_BLOCK,
                sigops: MAX_SIGOPS,
            }
        } else {
            Self {
                weight: MAX_BLOCK,
                size: MAX_BARE,
                sigops: MAX_SIGOPS / 4,
            }
        }
    }
}

/// What a block comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    /// Weight units.
    pub weight: u64,
    /// Bytes, witnesses included.
    pub size: u64,
    /// Signature checks, in the template's unit.
    pub sigops: u64,
}

impl Load {
    /// Of a header, a count of `transactions`, and the coinbase.
    fn frame(coinbase: &Coinbase, coinbase_sigops: u64, transactions: usize) -> Self {
        let mut count = Vec::new();
        put_size(&mut count, transactions);
        let frame = HEADER + count.len() as u64;
        Self {
            weight: 4 * frame + 3 * coinbase.bare_len() + coinbase.whole_len(),
            size: frame + coinbase.whole_len(),
            sigops: coinbase_sigops,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            weight: self.weight + other.weight,
            size: self.size + other.size,
            sigops: self.sigops + other.sigops,
        }
    }

    const fn fits(&self, limits: &Limits) -> bool {
        self.weight <= limits.weight && self.size <= limits.size && self.sigops <= limits.sigops
    }
}

/// How many of the first entries fit beside the coinbase, and what the block then comes to; none where not even the
/// coinbase does. What comes last goes first: nothing that stays can depend on it.
pub(super) fn fitting(
    coinbase: &Coinbase,
    coinbase_sigops: u64,
    entries: &[Entry],
    limits: &Limits,
) -> Option<(usize, Load)> {
    let nothing = Load {
        weight: 0,
        size: 0,
        sigops: 0,
    };
    let sums = entries.iter().scan(nothing, |sum, entry| {
        *sum = sum.and(Load {
            weight: entry.weight,
            size: entry.raw.len() as u64,
            sigops: entry.sigops,
        });
        Some(*sum)
    });
    std::iter::once(nothing)
        .chain(sums)
        .enumerate()
        .map(|(kept, sum)| {
            let frame = Load::frame(coinbase, coinbase_sigops, kept + 1);
            (kept, frame.and(sum))
        })
        .take_while(|(_, load)| load.fits(limits))
        .last()
}
