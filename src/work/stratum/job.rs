//! A pool's job as headers: the coinbase put together, the merkle root folded, extranonce2 and time counted on.

use std::sync::Arc;

use super::protocol::{Extranonce, Notify, Refusal, Submit};
use crate::engine::header::{Hash, Header};
use crate::engine::job::{Headers, Job, VERSION_MASK};
use crate::engine::target::Target;
use crate::engine::worker::Find;

/// Seconds that a header's time may be ahead of the job's, once extranonce2 is used up.
const TIME_AHEAD: u64 = 600;
/// Bits of extranonce2 that number our takes of a job, at most.
const MOST_TAKE_BITS: u32 = 32;
/// A share's target is harder than the pool's by this part, so that no rounding of the pool's makes it too easy.
const MARGIN: f64 = 1.0 / (1_u64 << 40) as f64;

/// A job with everything that its shares need.
#[derive(Debug)]
pub struct PoolJob {
    notify: Notify,
    extranonce: Extranonce,
    /// The agreed version mask; none where rolling was not agreed.
    mask: Option<u32>,
    /// Which of our takes of whatever jobs this is: stands in extranonce2, so that a job which is sent, or taken up,
    /// again gives other headers.
    take: u64,
    difficulty: f64,
    network: Target,
}

impl PoolJob {
    /// A job under the extranonce, mask and difficulty that hold now.
    ///
    /// # Errors
    /// The job's nBits are no target.
    pub fn new(
        notify: Notify,
        extranonce: Extranonce,
        mask: Option<u32>,
        take: u64,
        difficulty: f64,
    ) -> Result<Self, Refusal> {
        let network = Target::from_bits(notify.bits)
            .map_err(|e| Refusal::new(format!("the job cannot be met: {e}")))?;
        Ok(Self {
            notify,
            extranonce,
            mask: mask.map(|mask| mask & VERSION_MASK),
            take,
            difficulty,
            network,
        })
    }

    /// As the pool sent it.
    pub fn notify(&self) -> &Notify {
        &self.notify
    }

    /// The extranonce that it is under.
    pub fn extranonce(&self) -> &Extranonce {
        &self.extranonce
    }

    /// Difficulty of a share.
    pub fn difficulty(&self) -> f64 {
        self.difficulty
    }

    /// The target of a block.
    pub fn network(&self) -> Target {
        self.network
    }

    /// The bits that are rolled: those of the mask that the job's version has not set, so that a pool which sets the
    /// sixth field's bits on top of the version means the same header as one which puts them in place of its own.
    pub fn rolled_mask(&self) -> u32 {
        self.mask.unwrap_or(0) & !self.notify.version
    }

    /// What the engine is to hash. Its target is never easier than the pool's for a share, save that every block is
    /// found.
    pub fn engine_job(self: &Arc<Self>, id: u64) -> Job {
        let share = Target::from_difficulty(self.difficulty * (1.0 + MARGIN));
        let headers: Arc<dyn Headers> = Arc::clone(self) as Arc<dyn Headers>;
        Job {
            version_mask: self.rolled_mask(),
            ..Job::new(id, headers, share.max(self.network))
        }
    }

    /// The coinbase with our part of the extranonce filled in, and where both parts stand in it.
    pub fn coinbase(&self, extranonce2: &[u8]) -> (Vec<u8>, std::ops::Range<usize>) {
        let (first, notify) = (&self.extranonce.first, &self.notify);
        let bytes = [
            &notify.coinbase_before[..],
            first,
            extranonce2,
            &notify.coinbase_after,
        ]
        .concat();
        let start = notify.coinbase_before.len();
        (bytes, start..start + first.len() + extranonce2.len())
    }

    /// Our part of the extranonce, and the seconds that time is ahead, of a roll.
    pub fn rolled(&self, roll: u64) -> Option<(Vec<u8>, u32)> {
        let len = self.extranonce.second_len;
        let bits = 8 * u32::try_from(len).ok()?;
        let take_bits = (bits / 2).min(MOST_TAKE_BITS);
        let roll_bits = (bits - take_bits).min(63);
        let ahead = roll >> roll_bits;
        if ahead > TIME_AHEAD {
            return None;
        }
        let take = u128::from(self.take & ((1 << take_bits) - 1));
        let low = u128::from(roll & ((1 << roll_bits) - 1));
        let number = (take << (bits - take_bits)) | low;
        let bytes = number.to_be_bytes();
        Some((bytes[bytes.len() - len..].to_vec(), ahead as u32))
    }

    /// The share that a find of this job is; none where it is no find of it.
    pub fn share(&self, find: &Find) -> Option<Submit> {
        let rolled = self.rolled_mask();
        let ours = Header {
            version: self.notify.version | (find.header.version & rolled),
            nonce: find.header.nonce,
            ..self.header(find.roll)?
        };
        if ours != find.header {
            return None;
        }
        let (extranonce2, _) = self.rolled(find.roll)?;
        Some(Submit {
            job: Arc::clone(&self.notify.id),
            extranonce2,
            time: find.header.time,
            nonce: find.header.nonce,
            version_bits: self.mask.map(|mask| find.header.version & mask),
        })
    }
}

impl Headers for PoolJob {
    fn header(&self, roll: u64) -> Option<Header> {
        let (extranonce2, ahead) = self.rolled(roll)?;
        let time = self.notify.time.checked_add(ahead)?;
        let (coinbase, _) = self.coinbase(&extranonce2);
        let merkle_root = self
            .notify
            .branch
            .iter()
            .fold(Hash::of(&coinbase), |left, right| {
                Hash::of(&[left.bytes(), &right[..]].concat())
            });
        Some(Header {
            version: self.notify.version,
            previous: Hash::from_bytes(self.notify.previous),
            merkle_root,
            time,
            bits: self.notify.bits,
            nonce: 0,
        })
    }
}

#[cfg(test)]
mod tests;
