//! What is to be hashed.

use std::fmt;
use std::sync::Arc;

use super::header::{Hash, Header};
use super::kernel::NonceRange;
use super::target::Target;

/// The version bits that may be rolled (BIP 320).
pub const VERSION_MASK: u32 = 0x1fff_e000;

/// Enough for the widest group of midstates, and few enough that the extra-nonce gets its turn.
const SYNTHETIC_MASK: u32 = 0x0001_e000;

/// Headers of one job, numbered: what else than nonce and version may vary (extra-nonce, time) is varied here.
pub trait Headers: Send + Sync {
    /// Header number `roll`, its nonce of no meaning; none past the last. Must give the same header each time, and
    /// for each `roll` one that differs from all others in more than nonce and rolled version bits.
    fn header(&self, roll: u64) -> Option<Header>;
}

/// One header and no other.
impl Headers for Header {
    fn header(&self, roll: u64) -> Option<Header> {
        (roll == 0).then_some(*self)
    }
}

/// One header, its time counted on by a second a roll.
#[derive(Debug, Clone, Copy)]
pub struct TimeRolled {
    /// The header with the first time.
    pub first: Header,
    /// How many seconds it may be ahead of that time.
    pub seconds: u32,
}

impl Headers for TimeRolled {
    fn header(&self, roll: u64) -> Option<Header> {
        let ahead = u32::try_from(roll).ok().filter(|s| *s <= self.seconds)?;
        let time = self.first.time.checked_add(ahead)?;
        Some(Header { time, ..self.first })
    }
}

/// Work of no chain: the merkle root is made of a seed and an extra-nonce. For the demo and for tests.
#[derive(Debug, Clone, Copy)]
struct Synthetic {
    seed: u64,
    template: Header,
}

impl Headers for Synthetic {
    fn header(&self, roll: u64) -> Option<Header> {
        let mut stuff = [0; 16];
        stuff[..8].copy_from_slice(&self.seed.to_le_bytes());
        stuff[8..].copy_from_slice(&roll.to_le_bytes());
        let merkle_root = Hash::of(&stuff);
        Some(Header {
            merkle_root,
            ..self.template
        })
    }
}

/// A unit of work for all workers together. Cheap to clone.
#[derive(Clone)]
pub struct Job {
    /// Comes back with each find.
    pub id: u64,
    /// The headers.
    pub headers: Arc<dyn Headers>,
    /// What a find must meet; may be easier than the headers' own nBits (a share).
    pub target: Target,
    /// Version bits that may be rolled; zero where none. At most 16 bits, as in [`VERSION_MASK`], are used.
    pub version_mask: u32,
    /// The nonces to try with each header.
    pub nonces: NonceRange,
    /// Made up here; belongs to no chain.
    pub synthetic: bool,
}

impl Job {
    /// All nonces of real headers, no version rolling.
    pub fn new(id: u64, headers: Arc<dyn Headers>, target: Target) -> Self {
        Self {
            id,
            headers,
            target,
            version_mask: 0,
            nonces: NonceRange::ALL,
            synthetic: false,
        }
    }

    /// A job that never ends and belongs to no chain, with shares at `difficulty` (above 0): one takes
    /// `difficulty * 2^32` hashes on average.
    pub fn synthetic(id: u64, seed: u64, time: u32, difficulty: f64) -> Self {
        let target = Target::from_difficulty(difficulty);
        let template = Header {
            version: 0x2000_0000,
            previous: Hash::of(b"baseload demo: no chain"),
            merkle_root: Hash::default(),
            time,
            bits: target.to_bits(),
            nonce: 0,
        };
        Self {
            version_mask: SYNTHETIC_MASK,
            synthetic: true,
            ..Self::new(id, Arc::new(Synthetic { seed, template }), target)
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("target", &self.target)
            .field("version_mask", &self.version_mask)
            .field("nonces", &self.nonces)
            .field("synthetic", &self.synthetic)
            .finish_non_exhaustive()
    }
}

/// `base` with its bits under `mask` replaced by the low bits of `index`, in order.
pub fn rolled_version(base: u32, mask: u32, index: u32) -> u32 {
    let mut version = base & !mask;
    let mut left = mask;
    let mut index = index;
    while left != 0 {
        let bit = left & left.wrapping_neg();
        if index & 1 != 0 {
            version |= bit;
        }
        index >>= 1;
        left ^= bit;
    }
    version
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_rolled_version_is_another_one() {
        let versions: HashSet<u32> = (0..1 << 16)
            .map(|index| rolled_version(0x2000_0004, VERSION_MASK, index))
            .collect();
        assert_eq!(versions.len(), 1 << 16);
        assert!(versions.iter().all(|v| v & !VERSION_MASK == 0x2000_0004));
        assert_eq!(rolled_version(7, 0, 5), 7);
    }

    #[test]
    fn time_is_rolled_within_its_bounds() {
        let bytes = include_bytes!("../../tests/fixtures/headers/mainnet-125552.bin");
        let first = Header::from_bytes(bytes);
        let rolled = TimeRolled { first, seconds: 2 };
        let times: Vec<u32> = (0..9)
            .map_while(|r| rolled.header(r))
            .map(|h| h.time)
            .collect();
        assert_eq!(times, [first.time, first.time + 1, first.time + 2]);
        let late = Header {
            time: u32::MAX,
            ..first
        };
        let rolled = TimeRolled {
            first: late,
            seconds: 9,
        };
        assert!(rolled.header(0).is_some() && rolled.header(1).is_none());
        assert!(first.header(0).is_some() && first.header(1).is_none());
    }

    #[test]
    fn synthetic_work_differs_by_roll_and_seed() {
        let a = Job::synthetic(1, 7, 0, 1.0);
        let b = Job::synthetic(1, 8, 0, 1.0);
        let roots: HashSet<Hash> = [&a, &b]
            .iter()
            .flat_map(|job| (0..100).filter_map(|r| job.headers.header(r)))
            .map(|header| header.merkle_root)
            .collect();
        assert_eq!(roots.len(), 200);
        assert!(a.synthetic);
    }
}
