//! SHA-256 by blocks, on the `sha2` crate's compression function.

use sha2::Digest;
use sha2::block_api::compress256;

/// The state before the first block (FIPS 180-4, 5.3.3).
pub(super) const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The state after a first block.
pub(super) fn midstate(block: &[u8; 64]) -> [u32; 8] {
    let mut state = INITIAL;
    compress256(&mut state, std::slice::from_ref(block));
    state
}

/// The second block of a header's first hash, all but the nonce: words 16 to 18, and the padding of 80 bytes.
pub(super) fn second_block(tail: [u32; 3]) -> [u8; 64] {
    let mut block = [0; 64];
    for (bytes, word) in block.chunks_exact_mut(4).zip(tail) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    block[16] = 0x80;
    block[62..].copy_from_slice(&640_u16.to_be_bytes());
    block
}

/// The only block of the second hash, before the digest is put in: the padding of 32 bytes.
pub(super) const fn outer_block() -> [u8; 64] {
    let mut block = [0; 64];
    block[32] = 0x80;
    block[62] = 1; // 256 bits
    block
}

/// Both hashes from the midstate on: `second` is the block that holds the nonce. The words are those of the digest.
/// `outer` is scratch made by [`outer_block`].
#[inline]
pub(super) fn finish(mid: &[u32; 8], second: &[u8; 64], outer: &mut [u8; 64]) -> [u32; 8] {
    let mut inner = *mid;
    compress256(&mut inner, std::slice::from_ref(second));
    for (bytes, word) in outer.chunks_exact_mut(4).zip(inner) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    let mut state = INITIAL;
    compress256(&mut state, std::slice::from_ref(outer));
    state
}

/// Digest bytes of state words.
pub(super) fn digest(words: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (out, word) in bytes.chunks_exact_mut(4).zip(words) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

/// SHA-256 of SHA-256, of bytes of any length.
pub(super) fn double_sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(sha2::Sha256::digest(bytes)).into()
}
