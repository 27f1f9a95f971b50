//! A block's hash, and the difficulty that it stands for.

use std::fmt;

use super::sha;

/// A double SHA-256, in the order of its bytes in a header; shown the other way round, as people know block hashes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// From bytes in the order of a header.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes in the order of a header.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 of SHA-256.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha::double_sha256(bytes))
    }

    /// The number that is held against a target, the most significant word first.
    pub fn number(&self) -> [u32; 8] {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().rev().zip(self.0.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        words
    }

    /// The difficulty of the hardest target that this hash meets.
    pub fn difficulty(&self) -> f64 {
        difficulty_of(&self.number())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().rev().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// 0xffff * 2^208.
pub(super) const DIFFICULTY_ONE: f64 = 65_535.0 * (1_u128 << 104) as f64 * (1_u128 << 104) as f64;

/// Difficulty of a number in words, the most significant first; infinite for zero.
pub(super) fn difficulty_of(words: &[u32; 8]) -> f64 {
    let value = words
        .iter()
        .fold(0.0, |sum, word| sum * 4_294_967_296.0 + f64::from(*word));
    DIFFICULTY_ONE / value
}
