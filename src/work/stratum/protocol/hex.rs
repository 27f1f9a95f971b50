//! Hexadecimal, as pools write it.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use super::Refusal;

/// Bytes, of `what` for the refusal.
pub(super) fn bytes(text: &str, what: &str) -> Result<Vec<u8>, Refusal> {
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_| Refusal::new(format!("the {what} is not hexadecimal")))
}

/// 32 bytes.
pub(super) fn hash(text: &str, what: &str) -> Result<[u8; 32], Refusal> {
    bytes(text, what)?
        .try_into()
        .map_err(|_| Refusal::new(format!("the {what} is not 32 bytes long")))
}

/// A number of up to 32 bits, the most significant digit first.
pub(super) fn word(text: &str, what: &str) -> Result<u32, Refusal> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let sound = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !sound || digits.len() > 8 {
        return Err(Refusal::new(format!(
            "the {what} is not 8 hexadecimal digits"
        )));
    }
    u32::from_str_radix(digits, 16)
        .map_err(|_| Refusal::new(format!("the {what} is not 8 hexadecimal digits")))
}

/// Lower-case digits.
pub(in crate::work::stratum) fn lower(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}
