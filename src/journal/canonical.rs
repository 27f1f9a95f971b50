//! JSON of one form only (RFC 8785), so that the same fact always has the same SHA-256.

use std::fmt::Write;

use serde_json::Value;

/// The largest integer that every reader of JSON holds exactly.
const EXACT: u64 = (1 << 53) - 1;

/// The canonical text of a value: keys sorted, no spaces, integers only. An integer beyond 2^53 or a fraction, which
/// readers round differently, becomes a string.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// A text as a JSON string, quotes included.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => {
            let _ = write!(out, "{value}");
        }
        // serde_json escapes as RFC 8785 wants it: the short forms, then \u00xx in small letters.
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Number(number) => {
            let exact = number.as_u64().is_some_and(|n| n <= EXACT)
                || number.as_i64().is_some_and(|n| n.unsigned_abs() <= EXACT);
            if exact {
                let _ = write!(out, "{number}");
            } else {
                let _ = write!(out, "\"{number}\"");
            }
        }
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&quoted(name));
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_form_only() {
        let value = json!({
            "b": [1, -2, u64::MAX, null, true],
            "a": "\u{8}\t\n\"\\\u{1b}\u{7f}é",
            "\u{20ac}": 0.5,
        });
        assert_eq!(
            canonical(&value),
            "{\"a\":\"\\b\\t\\n\\\"\\\\\\u001b\u{7f}é\",\"b\":[1,-2,\"18446744073709551615\",null,true],\"\u{20ac}\":\"0.5\"}"
        );
    }

    #[test]
    fn keys_sort_by_utf_16_as_the_rfc_has_it() {
        // U+1F600 sorts before U+FB33 in UTF-16, after it in UTF-8.
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2});
        assert_eq!(canonical(&value), "{\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }
}
