//! Checks a run of raw headers: linkage, target, proof of work. That a target follows from the headers before it (the
//! retarget rule) is not checked, since a file may start anywhere.

use std::io::{self, Read};

use super::header::{HEADER_LEN, Hash, Header, hash_bytes};
use super::target::{Target, TargetError};

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not follow the header before it.
    #[error("names {named} as the block before it, but that header's hash is {actual}")]
    Link {
        /// What it says.
        named: Hash,
        /// What the header before it hashes to.
        actual: Hash,
    },
    /// Its nBits is no target.
    #[error("{0}")]
    Bits(#[from] TargetError),
    /// Its target is easier than the network allows.
    #[error("nBits {bits:#010x} is an easier target than the network allows")]
    TooEasy {
        /// Its nBits.
        bits: u32,
    },
    /// Its hash exceeds its target.
    #[error("hash {hash} exceeds the target of nBits {bits:#010x}")]
    Work {
        /// Its hash.
        hash: Hash,
        /// Its nBits.
        bits: u32,
    },
}

/// Why the check ended early. An index counts headers from 0.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A header fails.
    #[error("header {index} {fault}")]
    Header {
        /// Which.
        index: u64,
        /// How.
        fault: Fault,
    },
    /// The input ends inside a header.
    #[error("header {index} is cut off: {bytes} of 80 bytes")]
    CutOff {
        /// Which.
        index: u64,
        /// How much of it there is, 1 to 79.
        bytes: usize,
    },
    /// The input could not be read.
    #[error("header {index} can't be read")]
    Read {
        /// Headers that were read before.
        index: u64,
        /// Why.
        source: io::Error,
    },
}

const BUFFERED: usize = 4096;

/// Checks raw headers one after another and counts them. The first one's predecessor is unknown and not checked;
/// `limit` is the easiest target that the network allows ([`Target::MAINNET_LIMIT`]). Reads in pieces of 320 KiB and
/// holds no more, however long the input is.
pub fn verify_headers(mut input: impl Read, limit: &Target) -> Result<u64, VerifyError> {
    let mut buffer = vec![0; BUFFERED * HEADER_LEN];
    let mut previous = None;
    let mut index = 0;
    loop {
        let filled =
            fill(&mut input, &mut buffer).map_err(|source| VerifyError::Read { index, source })?;
        let (headers, rest) = buffer[..filled].as_chunks::<HEADER_LEN>();
        for bytes in headers {
            previous = match check(bytes, previous, limit) {
                Ok(hash) => Some(hash),
                Err(fault) => return Err(VerifyError::Header { index, fault }),
            };
            index += 1;
        }
        if !rest.is_empty() {
            let bytes = rest.len();
            return Err(VerifyError::CutOff { index, bytes });
        }
        if filled < buffer.len() {
            return Ok(index);
        }
    }
}

fn check(bytes: &[u8; HEADER_LEN], previous: Option<Hash>, limit: &Target) -> Result<Hash, Fault> {
    let header = Header::from_bytes(bytes);
    if let Some(actual) = previous.filter(|hash| *hash != header.previous) {
        let named = header.previous;
        return Err(Fault::Link { named, actual });
    }
    let bits = header.bits;
    let target = header.target()?;
    if target > *limit {
        return Err(Fault::TooEasy { bits });
    }
    let hash = hash_bytes(bytes);
    if !target.is_met_by(&hash) {
        return Err(Fault::Work { hash, bits });
    }
    Ok(hash)
}

/// Reads until the buffer is full or the input ends.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: &[u8; 240] = include_bytes!("../../tests/fixtures/headers/mainnet-0-2.bin");
    const LATER: &[u8; 80] = include_bytes!("../../tests/fixtures/headers/mainnet-125552.bin");

    fn verdict(bytes: &[u8]) -> Result<u64, VerifyError> {
        verify_headers(bytes, &Target::MAINNET_LIMIT)
    }

    #[test]
    fn real_headers_pass() {
        assert_eq!(verdict(CHAIN).expect("a real chain"), 3);
        assert_eq!(verdict(LATER).expect("a real header"), 1);
        assert_eq!(verdict(&[]).expect("nothing is wrong with nothing"), 0);
    }

    /// Hands out one byte at a time, as a slow pipe may.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn input_in_small_pieces_is_the_same() {
        let count = verify_headers(Trickle(CHAIN), &Target::MAINNET_LIMIT);
        assert_eq!(count.expect("a real chain"), 3);
    }

    /// A chain of regtest's easiest target, mined here, longer than what is read at a time.
    fn long_chain(length: usize) -> Vec<u8> {
        let mut header = Header::from_bytes(LATER);
        header.bits = Target::REGTEST_LIMIT.to_bits();
        let target = header.target().expect("regtest's own nBits");
        let mut bytes = Vec::with_capacity(length * HEADER_LEN);
        for _ in 0..length {
            while !target.is_met_by(&header.hash()) {
                header.nonce = header.nonce.wrapping_add(1);
            }
            bytes.extend(header.to_bytes());
            header.previous = header.hash();
        }
        bytes
    }

    #[test]
    fn headers_link_across_pieces() {
        let length = 2 * BUFFERED + 7;
        let mut chain = long_chain(length);
        let verdict = |bytes: &[u8]| verify_headers(bytes, &Target::REGTEST_LIMIT);
        assert_eq!(verdict(&chain).expect("a chain"), length as u64);
        let whole = BUFFERED * HEADER_LEN;
        assert_eq!(verdict(&chain[..whole]).expect("a chain"), BUFFERED as u64);
        assert!(matches!(
            verdict(&chain[..=whole]),
            Err(VerifyError::CutOff { index, bytes: 1 }) if index == BUFFERED as u64
        ));
        chain[whole + 4] ^= 1;
        assert!(matches!(
            verdict(&chain),
            Err(VerifyError::Header { index, fault: Fault::Link { .. } })
                if index == BUFFERED as u64
        ));
    }

    #[test]
    fn every_flipped_bit_is_found_where_it_is() {
        for at in 0..CHAIN.len() {
            let mut bytes = *CHAIN;
            bytes[at] ^= 1;
            let error = verdict(&bytes).expect_err("a changed header fails");
            let VerifyError::Header { index, fault } = error else {
                panic!("byte {at}: {error}");
            };
            assert_eq!(index, (at / 80) as u64, "byte {at}: {fault}");
        }
    }

    #[test]
    fn a_gap_an_easy_target_and_a_cut_are_told_apart() {
        let gap: Vec<u8> = CHAIN[..80].iter().chain(&CHAIN[160..]).copied().collect();
        assert!(matches!(
            verdict(&gap),
            Err(VerifyError::Header {
                index: 1,
                fault: Fault::Link { .. }
            })
        ));
        let mut easy = *CHAIN;
        easy[72..76].copy_from_slice(&0x207f_ffff_u32.to_le_bytes());
        assert!(matches!(
            verdict(&easy),
            Err(VerifyError::Header {
                index: 0,
                fault: Fault::TooEasy { bits: 0x207f_ffff }
            })
        ));
        assert!(matches!(
            verdict(&CHAIN[..239]),
            Err(VerifyError::CutOff {
                index: 2,
                bytes: 79
            })
        ));
    }
}
