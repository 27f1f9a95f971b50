//! What is looked at before a message is parsed at all.

use super::{BadMessage, MAX_DEPTH, MAX_MESSAGE};

/// Refuses what is too long or nested too deep, in one pass over the bytes.
pub(super) fn admit(text: &str) -> Result<(), BadMessage> {
    if text.len() > MAX_MESSAGE {
        return Err(BadMessage(format!(
            "a message of {} bytes where {MAX_MESSAGE} are allowed",
            text.len()
        )));
    }
    shallow(text)
}

/// Refuses what is nested too deep.
pub(super) fn shallow(text: &str) -> Result<(), BadMessage> {
    let mut depth = 0_usize;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => pass_string(&mut bytes),
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(BadMessage(format!("JSON nested deeper than {MAX_DEPTH}")));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// To the end of a string whose first quote was taken.
fn pass_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(end) = bytes.find(|byte| matches!(byte, b'"' | b'\\')) {
        if end == b'"' {
            return;
        }
        bytes.next();
    }
}

/// The text with bare `NaN` and `Infinity` in quotes, or none where there are none. Some writers put them in place of
/// numbers; quoted, they spoil their own item and not the whole message.
pub(super) fn quote_not_numbers(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    let mut quoted = false;
    let mut escaped = false;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            at += 1;
            continue;
        }
        let word = ["-Infinity", "Infinity", "NaN"]
            .into_iter()
            .find(|word| bytes[at..].starts_with(word.as_bytes()));
        if let Some(word) = word {
            out.push_str(&text[from..at]);
            out.push_str("\"not a number\"");
            at += word.len();
            from = at;
        } else {
            quoted = byte == b'"';
            at += 1;
        }
    }
    (from > 0).then(|| {
        out.push_str(&text[from..]);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_outside_strings_only() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(admit(&deep(MAX_DEPTH)).is_ok());
        assert!(admit(&deep(MAX_DEPTH + 1)).is_err());
        assert!(admit(&format!("\"\\\"{}\"", "[".repeat(99))).is_ok());
    }

    #[test]
    fn not_numbers_are_quoted_outside_strings_only() {
        assert_eq!(
            quote_not_numbers(r#"{"NaN":NaN,"b":-Infinity}"#).as_deref(),
            Some(r#"{"NaN":"not a number","b":"not a number"}"#)
        );
        assert_eq!(quote_not_numbers(r#"{"NaN":1}"#), None);
    }
}
