//! The 256-bit number that a hash must not exceed, and its compact form in a header (nBits).

use super::hash::{DIFFICULTY_ONE, Hash, difficulty_of};

/// Why a compact target says nothing that could be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The sign bit is set on a number that is not zero.
    #[error("nBits {0:#010x} is negative")]
    Negative(u32),
    /// The number needs more than 256 bits.
    #[error("nBits {0:#010x} overflows 256 bits")]
    Overflow(u32),
    /// Nothing could ever meet it.
    #[error("nBits {0:#010x} is zero")]
    Zero(u32),
}

/// What a header's hash, read as a little-endian number, must not exceed. Words, the most significant first, so that
/// the derived order is the numeric one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target([u32; 8]);

impl Target {
    /// Every hash meets it.
    pub const MAX: Self = Self([u32::MAX; 8]);

    /// The easiest target that mainnet and testnet allow: 2^224 - 1.
    pub const MAINNET_LIMIT: Self = {
        let mut words = [u32::MAX; 8];
        words[0] = 0;
        Self(words)
    };

    /// The easiest target of regtest: 2^255 - 1.
    pub const REGTEST_LIMIT: Self = {
        let mut words = [u32::MAX; 8];
        words[0] = 0x7fff_ffff;
        Self(words)
    };

    /// From words, the most significant first.
    pub const fn from_words(words: [u32; 8]) -> Self {
        Self(words)
    }

    /// The words, the most significant first.
    pub const fn words(&self) -> &[u32; 8] {
        &self.0
    }

    /// From a header's nBits, with Bitcoin Core's rules: negative, overflowing and zero numbers are refused.
    pub fn from_bits(bits: u32) -> Result<Self, TargetError> {
        let size = (bits >> 24).cast_signed();
        let mut mantissa = bits & 0x007f_ffff;
        if size <= 3 {
            mantissa >>= 8 * (3 - size);
        }
        if mantissa == 0 {
            return Err(TargetError::Zero(bits));
        }
        if bits & 0x0080_0000 != 0 {
            return Err(TargetError::Negative(bits));
        }
        let too_big =
            size > 34 || (mantissa > 0xff && size > 33) || (mantissa > 0xffff && size > 32);
        if too_big {
            return Err(TargetError::Overflow(bits));
        }
        Ok(Self(placed(u64::from(mantissa), 8 * (size - 3).max(0))))
    }

    /// The compact form: rounded down to 23 or 24 bits, as Bitcoin Core does.
    pub fn to_bits(self) -> u32 {
        let mut bytes = [0_u8; 35];
        for (out, word) in bytes.chunks_exact_mut(4).zip(self.0) {
            out.copy_from_slice(&word.to_be_bytes());
        }
        let Some(first) = bytes.iter().position(|byte| *byte != 0) else {
            return 0;
        };
        let mut size = 32 - first as u32;
        let mut mantissa =
            u32::from_be_bytes([0, bytes[first], bytes[first + 1], bytes[first + 2]]);
        if mantissa & 0x0080_0000 != 0 {
            mantissa >>= 8;
            size += 1;
        }
        (size << 24) | mantissa
    }

    /// The target of a difficulty (above 0), to the precision of an `f64`. What is easier than [`Target::MAX`], or no
    /// number, gives [`Target::MAX`].
    pub fn from_difficulty(difficulty: f64) -> Self {
        let value = DIFFICULTY_ONE / difficulty;
        if value.is_nan() || value <= 0.0 || value >= 2f64.powi(256) {
            return if difficulty.is_infinite() && difficulty > 0.0 {
                Self([0; 8])
            } else {
                Self::MAX
            };
        }
        let exponent = ((value.to_bits() >> 52) & 0x7ff) as i32 - 1075;
        let mantissa = (value.to_bits() & ((1 << 52) - 1)) | (1 << 52);
        Self(placed(mantissa, exponent))
    }

    /// Difficulty as nodes and pools state it: 1 at nBits 0x1d00ffff.
    pub fn difficulty(&self) -> f64 {
        difficulty_of(&self.0)
    }

    /// Difficulty against the untruncated limit 2^224 - 1 (`pdiff`): larger than [`Target::difficulty`] by 1/65535.
    pub fn pdiff(&self) -> f64 {
        self.difficulty() * (65_536.0 / 65_535.0)
    }

    /// Does this hash prove the work?
    pub fn is_met_by(&self, hash: &Hash) -> bool {
        hash.number() <= self.0
    }
}

/// `mantissa * 2^shift`, the most significant word first; bits outside 256 are dropped.
fn placed(mantissa: u64, shift: i32) -> [u32; 8] {
    let (mantissa, shift) = if shift < 0 {
        (mantissa.checked_shr(shift.unsigned_abs()).unwrap_or(0), 0)
    } else {
        (mantissa, shift.unsigned_abs() as usize)
    };
    let wide = u128::from(mantissa) << (shift % 32);
    let mut words = [0; 8];
    for part in 0..4 {
        if let Some(at) = 7_usize.checked_sub(shift / 32 + part) {
            words[at] = (wide >> (32 * part)) as u32;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn compact_rules_are_those_of_the_network() {
        for (bits, wanted) in [
            (0x0000_0000, Err(TargetError::Zero(0x0000_0000))),
            (0x0012_3456, Err(TargetError::Zero(0x0012_3456))),
            (0x0100_3456, Err(TargetError::Zero(0x0100_3456))),
            (0x0180_3456, Err(TargetError::Zero(0x0180_3456))),
            (0x0492_3456, Err(TargetError::Negative(0x0492_3456))),
            (0x01fe_dcba, Err(TargetError::Negative(0x01fe_dcba))),
            (0xff12_3456, Err(TargetError::Overflow(0xff12_3456))),
            (0x2101_0000, Err(TargetError::Overflow(0x2101_0000))),
            (0x2300_0001, Err(TargetError::Overflow(0x2300_0001))),
            (0x0112_3456, Ok(0x12)),
            (0x0212_3456, Ok(0x1234)),
            (0x0312_3456, Ok(0x0012_3456)),
            (0x0412_3456, Ok(0x1234_5600)),
            (0x0500_9234, Ok(0x9234_0000)),
        ] {
            let wanted = wanted.map(|low: u32| Target([0, 0, 0, 0, 0, 0, 0, low]));
            assert_eq!(Target::from_bits(bits), wanted, "{bits:#010x}");
        }
        let widest = Target::from_bits(0x2200_00ff).expect("255 * 2^248 fits");
        assert_eq!(widest.words()[0], 0xff00_0000);
        assert!(Target::from_bits(0x2100_ffff).is_ok());
        assert!(Target::from_bits(0x207f_ffff).is_ok());
    }

    #[test]
    fn difficulties_are_the_published_ones() {
        let one = Target::from_bits(0x1d00_ffff).expect("valid");
        assert!((one.difficulty() - 1.0).abs() < 1e-12);
        assert!((one.pdiff() - 65_536.0 / 65_535.0).abs() < 1e-12);
        let later = Target::from_bits(0x1a44_b9f2).expect("valid");
        assert!((later.difficulty() - 244_112.487_774_34).abs() < 1e-6);
        assert_eq!(Target::from_difficulty(1.0), one);
        assert_eq!(Target::MAINNET_LIMIT.to_bits(), 0x1d00_ffff);
        assert_eq!(Target::REGTEST_LIMIT.to_bits(), 0x207f_ffff);
        assert_eq!(Target::from_difficulty(0.0), Target::MAX);
        assert_eq!(Target::from_difficulty(f64::NAN), Target::MAX);
        assert_eq!(Target::from_difficulty(f64::INFINITY), Target([0; 8]));
    }

    proptest! {
        #[test]
        fn compact_form_round_trips(words in any::<[u32; 8]>(), zeros in 0_usize..8) {
            let mut words = words;
            words[..zeros].fill(0);
            prop_assume!(words != [0; 8]);
            let exact = Target(words);
            let rounded = Target::from_bits(exact.to_bits()).expect("own output is valid");
            prop_assert!(rounded <= exact);
            prop_assert_eq!(rounded.to_bits(), exact.to_bits());
            prop_assert!(rounded.difficulty() <= exact.difficulty() * (1.0 + 1.0 / 32_768.0));
        }

        #[test]
        fn every_word_decodes_or_is_refused(bits in any::<u32>()) {
            if let Ok(target) = Target::from_bits(bits) {
                let again = Target::from_bits(target.to_bits()).expect("own output is valid");
                prop_assert_eq!(again, target);
            }
        }

        #[test]
        fn difficulty_round_trips(power in -31.0_f64..200.0) {
            let difficulty = power.exp2();
            let back = Target::from_difficulty(difficulty).difficulty();
            prop_assert!((back / difficulty - 1.0).abs() < 1e-2, "{difficulty} {back}");
        }
    }
}
