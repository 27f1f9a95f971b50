//! The 80 bytes of a block header.

pub use super::hash::Hash;
use super::sha;
use super::target::{Target, TargetError};

/// Bytes of a header.
pub const HEADER_LEN: usize = 80;

/// A block header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Version, with the bits that may be rolled (BIP 320: 0x1fffe000).
    pub version: u32,
    /// Hash of the header before.
    pub previous: Hash,
    /// Root of the transactions' tree.
    pub merkle_root: Hash,
    /// Seconds since 1970.
    pub time: u32,
    /// The target in compact form.
    pub bits: u32,
    /// What mining varies first.
    pub nonce: u32,
}

impl Header {
    /// Reads a header; any 80 bytes are one.
    pub fn from_bytes(bytes: &[u8; HEADER_LEN]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let hash = |at: usize| {
            let mut out = [0; 32];
            out.copy_from_slice(&bytes[at..at + 32]);
            Hash::from_bytes(out)
        };
        Self {
            version: word(0),
            previous: hash(4),
            merkle_root: hash(36),
            time: word(68),
            bits: word(72),
            nonce: word(76),
        }
    }

    /// The 80 bytes.
    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..4].copy_from_slice(&self.version.to_le_bytes());
        bytes[4..36].copy_from_slice(self.previous.bytes());
        bytes[36..68].copy_from_slice(self.merkle_root.bytes());
        bytes[68..72].copy_from_slice(&self.time.to_le_bytes());
        bytes[72..76].copy_from_slice(&self.bits.to_le_bytes());
        bytes[76..].copy_from_slice(&self.nonce.to_le_bytes());
        bytes
    }

    /// The block hash.
    pub fn hash(&self) -> Hash {
        hash_bytes(&self.to_bytes())
    }

    /// The target that the header claims.
    pub fn target(&self) -> Result<Target, TargetError> {
        Target::from_bits(self.bits)
    }

    /// The first 64 bytes, which the midstate is made of.
    pub(super) fn first_block(&self) -> [u8; 64] {
        let mut block = [0; 64];
        block.copy_from_slice(&self.to_bytes()[..64]);
        block
    }

    /// Message words 16 to 18: end of the merkle root, time, bits.
    pub(super) fn tail(&self) -> [u32; 3] {
        let bytes = self.to_bytes();
        std::array::from_fn(|i| {
            let at = 64 + 4 * i;
            u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        })
    }
}

/// The block hash of a header's bytes, straight through the compression function: three blocks, no buffering.
pub(super) fn hash_bytes(bytes: &[u8; HEADER_LEN]) -> Hash {
    let mut first = [0; 64];
    first.copy_from_slice(&bytes[..64]);
    let mut second = sha::second_block([0; 3]);
    second[..16].copy_from_slice(&bytes[64..]);
    let mid = sha::midstate(&first);
    Hash::from_bytes(sha::digest(sha::finish(
        &mid,
        &second,
        &mut sha::outer_block(),
    )))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GENESIS_TO_2: &[u8; 240] = include_bytes!("../../tests/fixtures/headers/mainnet-0-2.bin");
    const BLOCK_125552: &[u8; 80] =
        include_bytes!("../../tests/fixtures/headers/mainnet-125552.bin");

    #[test]
    fn mainnet_headers_hash_to_their_names() {
        let (headers, _) = GENESIS_TO_2.as_chunks::<80>();
        let names: Vec<String> = headers
            .iter()
            .chain([BLOCK_125552])
            .map(|bytes| Header::from_bytes(bytes).hash().to_string())
            .collect();
        assert_eq!(
            names,
            [
                "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
                "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048",
                "000000006a625f06636b8bb6ac7b960a8d03705d1ace08b1a19da3fdcc99ddbd",
                "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d",
            ]
        );
        let block = Header::from_bytes(BLOCK_125552);
        let target = block.target().expect("valid nBits");
        assert!(target.is_met_by(&block.hash()));
        assert!(!target.is_met_by(&Header { nonce: 0, ..block }.hash()));
        assert!(block.hash().difficulty() > target.difficulty());
    }

    #[test]
    fn a_hash_equal_to_the_target_meets_it() {
        let hash = Header::from_bytes(BLOCK_125552).hash();
        let mut words = hash.number();
        assert!(Target::from_words(words).is_met_by(&hash));
        words[7] -= 1;
        assert!(!Target::from_words(words).is_met_by(&hash));
    }

    proptest! {
        #[test]
        fn bytes_round_trip_and_both_hash_paths_agree(
            low in any::<[u8; 32]>(), mid in any::<[u8; 32]>(), high in any::<[u8; 16]>(),
        ) {
            let mut bytes = [0; 80];
            bytes[..32].copy_from_slice(&low);
            bytes[32..64].copy_from_slice(&mid);
            bytes[64..].copy_from_slice(&high);
            let header = Header::from_bytes(&bytes);
            prop_assert_eq!(header.to_bytes(), bytes);
            prop_assert_eq!(header.hash(), Hash::of(&bytes));
        }
    }
}
