//! What a kernel is given, and what it gives back.

use crate::engine::header::{Hash, Header};
use crate::engine::sha;
use crate::engine::target::Target;

/// Most midstates in one piece of work.
pub const MAX_MIDSTATES: usize = 16;

/// The state after a header's first 64 bytes, for one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Midstate {
    /// The version that it belongs to.
    pub version: u32,
    /// The eight state words.
    pub state: [u32; 8],
}

/// Consecutive nonces, as the nonce stands in the hashed message: a big-endian word. The header's nonce is that word
/// with its bytes swapped. Wraps at 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceRange {
    /// The first message word.
    pub first: u32,
    /// How many, 0 to 2^32.
    pub count: u64,
}

impl NonceRange {
    /// Every nonce there is.
    pub const ALL: Self = Self {
        first: 0,
        count: 1 << 32,
    };

    /// The message word `offset` places on.
    pub const fn word(&self, offset: u64) -> u32 {
        self.first.wrapping_add(offset as u32)
    }

    /// What is left after `done` nonces, and at most `most` of it.
    pub fn after(&self, done: u64, most: u64) -> Self {
        let done = done.min(self.count);
        Self {
            first: self.word(done),
            count: (self.count - done).min(most),
        }
    }
}

/// A header in all that a scan needs: midstates, the end of the message, and the target.
#[derive(Debug, Clone)]
pub struct Work {
    header: Header,
    midstates: Vec<Midstate>,
    tail: [u32; 3],
    target: Target,
}

impl Work {
    /// For the header's own version.
    pub fn new(header: Header, target: Target) -> Self {
        Self {
            midstates: vec![midstate(&header, header.version)],
            tail: header.tail(),
            header,
            target,
        }
    }

    /// For several versions of the same header; none where `versions` is empty, holds more than [`MAX_MIDSTATES`] or
    /// the same version twice.
    pub fn rolled(header: Header, versions: &[u32], target: Target) -> Option<Self> {
        let twice = (1..versions.len()).any(|i| versions[..i].contains(&versions[i]));
        if versions.is_empty() || versions.len() > MAX_MIDSTATES || twice {
            return None;
        }
        Some(Self {
            midstates: versions.iter().map(|v| midstate(&header, *v)).collect(),
            tail: header.tail(),
            header,
            target,
        })
    }

    /// One to [`MAX_MIDSTATES`] of them, each of another version.
    pub fn midstates(&self) -> &[Midstate] {
        &self.midstates
    }

    /// Message words 16 to 18: end of the merkle root, time, bits. Word 19 is the nonce.
    pub const fn tail(&self) -> [u32; 3] {
        self.tail
    }

    /// The filter: a hash whose last digest word, bytes swapped, exceeds this misses the target. Zero for every target
    /// below 2^224, and then the last digest word itself must be zero.
    pub const fn highest(&self) -> u32 {
        self.target.words()[0]
    }

    /// What a hash must not exceed.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The header that a candidate stands for.
    pub fn header(&self, candidate: Candidate) -> Header {
        Header {
            version: self.midstates[usize::from(candidate.midstate)].version,
            nonce: candidate.word.swap_bytes(),
            ..self.header
        }
    }

    /// Hashes a candidate again from its 80 bytes, by another path than any kernel's.
    pub fn recheck(&self, candidate: Candidate) -> (Header, Hash) {
        let header = self.header(candidate);
        (header, Hash::of(&header.to_bytes()))
    }
}

fn midstate(header: &Header, version: u32) -> Midstate {
    let rolled = Header { version, ..*header };
    Midstate {
        version,
        state: sha::midstate(&rolled.first_block()),
    }
}

/// A nonce that passed the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The nonce as it stands in the message.
    pub word: u32,
    /// Which midstate of the work.
    pub midstate: u8,
}

/// A bounded buffer of candidates, allocated once.
#[derive(Debug)]
pub struct Candidates {
    found: Vec<Candidate>,
    capacity: usize,
}

impl Candidates {
    /// Enough for a step of 32 lanes with all midstates.
    pub const CAPACITY: usize = 32 * MAX_MIDSTATES;

    /// Room for [`Candidates::CAPACITY`].
    pub fn new() -> Self {
        Self::with_capacity(Self::CAPACITY)
    }

    /// Room for so many and never more. A kernel whose step does not fit makes no headway.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            found: Vec::with_capacity(capacity),
            capacity,
        }
    }

    /// How many more fit.
    pub fn room(&self) -> usize {
        self.capacity - self.found.len()
    }

    /// Adds one; false, and nothing added, where there is no room.
    pub fn push(&mut self, candidate: Candidate) -> bool {
        let fits = self.room() > 0;
        if fits {
            self.found.push(candidate);
        }
        fits
    }

    /// What was found since the last call.
    pub fn drain(&mut self) -> impl Iterator<Item = Candidate> {
        self.found.drain(..)
    }
}

impl Default for Candidates {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_wrap_and_end() {
        let range = NonceRange {
            first: u32::MAX - 1,
            count: 4,
        };
        let words: Vec<u32> = (0..range.count).map(|i| range.word(i)).collect();
        assert_eq!(words, [u32::MAX - 1, u32::MAX, 0, 1]);
        assert_eq!(range.after(3, 9), NonceRange { first: 1, count: 1 });
        assert_eq!(range.after(7, 9), NonceRange { first: 2, count: 0 });
        assert_eq!(NonceRange::ALL.after(1 << 32, 1).count, 0);
    }

    #[test]
    fn versions_must_differ_and_be_few() {
        let bytes = include_bytes!("../../../tests/fixtures/headers/mainnet-125552.bin");
        let header = Header::from_bytes(bytes);
        assert!(Work::rolled(header, &[], Target::MAX).is_none());
        assert!(Work::rolled(header, &[1, 2, 1], Target::MAX).is_none());
        let many: Vec<u32> = (0..17).collect();
        assert!(Work::rolled(header, &many, Target::MAX).is_none());
        let work = Work::rolled(header, &many[..16], Target::MAX).expect("sixteen");
        assert_eq!(work.midstates().len(), 16);
        let (first, hash) = work.recheck(Candidate {
            word: header.nonce.swap_bytes(),
            midstate: 1,
        });
        assert_eq!((first, hash), (header, header.hash()));
    }
}
