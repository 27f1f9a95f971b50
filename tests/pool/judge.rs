//! What a share is worth, computed anew from what was sent, with nothing of the product's own.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A job as the pool remembers it.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: String,
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    pub branch: Vec<[u8; 32]>,
    /// In the order of a header.
    pub previous: [u8; 32],
    pub version: u32,
    pub bits: u32,
    pub time: u32,
    pub mask: Option<u32>,
    pub difficulty: f64,
    pub extranonce1: Vec<u8>,
    pub extranonce2_len: usize,
}

pub fn twice(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    (text.len().is_multiple_of(2) && text.is_ascii()).then_some(())?;
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok())
        .collect()
}

/// A coinbase that pays 50 coins to a hash of `seed`s, cut in two where so many bytes of extranonce go.
pub fn coinbase(height: u8, extranonce: usize, seed: u8) -> (Vec<u8>, Vec<u8>) {
    let mut before = vec![1, 0, 0, 0, 1];
    before.extend([0; 32]);
    before.extend([0xff; 4]);
    before.push(u8::try_from(3 + extranonce).expect("short"));
    before.extend([2, height, 1]);
    let mut after = vec![0xff; 4];
    after.push(1);
    after.extend(5_000_000_000_u64.to_le_bytes());
    after.extend([22, 0, 20]);
    after.extend([seed; 20]);
    after.extend([0; 4]);
    (before, after)
}

/// The header that a submission means, or the error that it deserves.
pub fn header(job: &Job, params: &[String]) -> Result<[u8; 80], (i64, &'static str)> {
    let word = |at: usize| {
        params
            .get(at)
            .filter(|text| text.len() == 8)
            .and_then(|text| u32::from_str_radix(text, 16).ok())
            .ok_or((20, "a field is not 8 digits"))
    };
    let extranonce2 = params
        .get(2)
        .and_then(|text| unhex(text))
        .unwrap_or_default();
    if extranonce2.len() != job.extranonce2_len {
        return Err((20, "extranonce2 has the wrong length"));
    }
    let (time, nonce) = (word(3)?, word(4)?);
    if time < job.time || time > job.time + 7200 {
        return Err((20, "ntime out of range"));
    }
    let version = match (job.mask, params.len()) {
        (None, 5) => job.version,
        (Some(mask), 6) => {
            let bits = word(5)?;
            if bits & !mask != 0 {
                return Err((20, "bits outside the mask"));
            }
            let in_place = (job.version & !mask) | bits;
            if in_place != job.version | bits {
                return Err((20, "two readings of the version"));
            }
            in_place
        }
        _ => return Err((20, "wrong number of fields")),
    };
    let whole = [&job.before[..], &job.extranonce1, &extranonce2, &job.after].concat();
    let root = job
        .branch
        .iter()
        .fold(twice(&whole), |left, right| twice(&[left, *right].concat()));
    let mut bytes = [0; 80];
    bytes[..4].copy_from_slice(&version.to_le_bytes());
    bytes[4..36].copy_from_slice(&job.previous);
    bytes[36..68].copy_from_slice(&root);
    bytes[68..72].copy_from_slice(&time.to_le_bytes());
    bytes[72..76].copy_from_slice(&job.bits.to_le_bytes());
    bytes[76..].copy_from_slice(&nonce.to_le_bytes());
    Ok(bytes)
}

/// Difficulty of a header's hash.
pub fn difficulty(header: &[u8; 80]) -> f64 {
    let number = twice(header)
        .iter()
        .rev()
        .fold(0.0, |sum, byte| sum * 256.0 + f64::from(*byte));
    65_535.0 * 208_f64.exp2() / number
}

/// Does it meet its own nBits?
pub fn is_block(header: &[u8; 80], bits: u32) -> bool {
    let exponent = i32::try_from(bits >> 24).expect("one byte");
    let target = f64::from(bits & 0x00ff_ffff) * f64::from(8 * (exponent - 3)).exp2();
    let number = twice(header)
        .iter()
        .rev()
        .fold(0.0, |sum, byte| sum * 256.0 + f64::from(*byte));
    number <= target
}
