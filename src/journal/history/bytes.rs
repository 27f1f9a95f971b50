//! Whole numbers as few bytes, and packed bytes back within a bound.

/// What can be wrong with stored bytes; they count as a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// Effort of packing: higher ones gain less than 1 % on ten minutes and cost several times as much.
const LEVEL: i32 = 3;
/// Packed by zstd, or as it is.
const PACKED: u8 = 1;
const PLAIN: u8 = 0;

/// Seven bits a byte, the lowest first.
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A signed number, small ones of either sign in few bytes.
pub(super) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Takes a number off the front.
pub(super) fn take(bytes: &mut &[u8]) -> Result<u64, Broken> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Broken)?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        // The tenth byte holds one bit.
        if shift == 63 && bits > 1 {
            return Err(Broken);
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Broken)
}

/// Takes a signed number off the front.
pub(super) fn take_signed(bytes: &mut &[u8]) -> Result<i64, Broken> {
    let value = take(bytes)?;
    Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

/// As small as it gets.
pub(super) fn pack(plain: &[u8]) -> Vec<u8> {
    if let Ok(packed) = zstd::bulk::compress(plain, LEVEL)
        && packed.len() < plain.len()
    {
        let mut out = Vec::with_capacity(packed.len() + 1);
        out.push(PACKED);
        out.extend(packed);
        return out;
    }
    let mut out = Vec::with_capacity(plain.len() + 1);
    out.push(PLAIN);
    out.extend(plain);
    out
}

/// The bytes that were packed, at most `most` of them whatever the packed ones say.
pub(super) fn unpack(packed: &[u8], most: usize) -> Result<Vec<u8>, Broken> {
    match packed.split_first() {
        Some((&PACKED, rest)) => zstd::bulk::decompress(rest, most).map_err(|_| Broken),
        Some((&PLAIN, rest)) if rest.len() <= most => Ok(rest.to_vec()),
        _ => Err(Broken),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_number_comes_back(value: i64) {
            let mut out = Vec::new();
            put_signed(&mut out, value);
            let mut bytes = out.as_slice();
            prop_assert_eq!(take_signed(&mut bytes), Ok(value));
            prop_assert!(bytes.is_empty());
        }

        #[test]
        fn any_bytes_come_back(plain: Vec<u8>) {
            prop_assert_eq!(unpack(&pack(&plain), plain.len()), Ok(plain));
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = pack(&vec![0; 1 << 20]);
        assert!(bomb.len() < 1_000);
        assert_eq!(unpack(&bomb, 16 << 10), Err(Broken));
    }
}
