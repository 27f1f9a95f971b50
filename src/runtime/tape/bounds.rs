//! How large what stands in a recording may be: the same for who writes it and for who plays it, so that whatever is
//! written can be played, and a made-up file is held to what a feed could have said.

use super::LONGEST_LINE;

/// The longest text of a feed, bytes: that of the longest sentence on the wire.
const LONGEST_SAID: usize = 1_024;
/// The longest text of the console's own rooms, bytes: an error, a row of the journal.
const LONGEST_OWN: usize = 16 * 1_024;
/// The longest report of a shift, bytes.
const LONGEST_REPORT: usize = 512 * 1_024;
/// The longest line that is no feed's, bytes: thousands of rows of a journal, answers of the history for every column of
/// a screen.
const LONGEST_OWN_LINE: usize = 16 * 1_024 * 1_024;
/// What begins an event of the console's own rooms. Anything else is held to what a feed may say.
const OWN: &[&str] = &[
    "{\"say\":",
    "{\"msg\":{\"Journal",
    "{\"msg\":{\"History",
    "{\"msg\":{\"Handover",
    "{\"msg\":{\"Mining",
];
/// What stands before the one text that is as long as a page.
const REPORT: &[u8] = b"\"report\":";

/// Any recording may unpack to so many bytes of lines.
const FREE: u64 = 256 * 1_024 * 1_024;
/// A larger one to so many for each of its own. A nation whose figures stand still packs to a hundredth.
const RATIO: u64 = 1_000;
/// And none to more than so many.
const MOST: u64 = 64 * 1_024 * 1_024 * 1_024;

/// The bytes of lines that a recording of so many bytes may hold.
pub(super) const fn most_lines(packed: u64) -> u64 {
    let most = FREE.saturating_add(packed.saturating_mul(RATIO));
    if most < MOST { most } else { MOST }
}

/// Looks over an event, JSON as it stands in its line; the error says what the line does.
pub(super) fn admit(event: &str) -> Result<(), String> {
    let own = OWN.iter().any(|begin| event.starts_with(begin));
    let most = if own { LONGEST_OWN_LINE } else { LONGEST_LINE };
    if event.len() > most {
        return Err(format!("is longer than {} MiB", most >> 20));
    }
    let most = if own { LONGEST_OWN } else { LONGEST_SAID };
    texts(event.as_bytes(), |before, length| {
        let most = if own && before.ends_with(REPORT) {
            LONGEST_REPORT
        } else {
            most
        };
        if length > most {
            return Err(format!(
                "holds a text of {length} bytes where {most} are allowed"
            ));
        }
        Ok(())
    })
}

/// Hands over each text's length, bytes once read, with what stands before it.
fn texts(
    json: &[u8],
    mut take: impl FnMut(&[u8], usize) -> Result<(), String>,
) -> Result<(), String> {
    let mut at = 0;
    while let Some(quote) = find(json, at, |b| b == b'"') {
        let mut length = 0;
        at = quote + 1;
        while let Some(sign) = find(json, at, |b| b == b'"' || b == b'\\') {
            length += sign - at;
            at = sign + 1;
            if json[sign] == b'"' {
                break;
            }
            let (read, taken) = escape(&json[at..]);
            length += read;
            at = (at + taken).min(json.len());
        }
        take(&json[..quote], length)?;
    }
    Ok(())
}

fn find(json: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = json.get(from..)?;
    rest.iter().position(|b| wanted(*b)).map(|at| from + at)
}

/// The bytes that an escape stands for, at least as many as it becomes, and those that it takes after its backslash.
fn escape(rest: &[u8]) -> (usize, usize) {
    match rest {
        [b'u', b'0', b'0', b'0'..=b'7', ..] => (1, 5),
        [b'u', ..] => (3, 5),
        _ => (1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(json: &str) -> Vec<usize> {
        let mut all = Vec::new();
        let whole = texts(json.as_bytes(), |_, length| {
            all.push(length);
            Ok(())
        });
        assert_eq!(whole, Ok(()));
        all
    }

    #[test]
    fn texts_are_measured_as_they_are_read() {
        assert_eq!(lengths("1"), Vec::<usize>::new());
        assert_eq!(lengths(r#"{"a":"bcd","":["e\"f"]}"#), [1, 3, 0, 3]);
        for text in ["\u{1b}]52\u{7}", "a\\b\nc", "й", "\u{1f469}"] {
            let json = serde_json::to_string(text).expect("is written");
            assert_eq!(lengths(&json), [text.len()], "{json}");
        }
        // Written otherwise: never taken for less than it is.
        assert!(lengths(r#""\ud83d\udc69""#)[0] >= 4);
        assert_eq!(lengths(r#""\u0439\u001b""#), [4]);
    }

    #[test]
    fn what_is_no_json_does_no_harm() {
        for broken in ["\"", "\"\\", "\"\\u", "\"\\u00", "\"a\\u0041", "\"\"\""] {
            drop(lengths(broken));
        }
    }

    #[test]
    fn a_feed_says_no_more_than_the_wire_lets_it() {
        let long = |event: &str, length: usize| event.replace('~', &"x".repeat(length));
        let site = r#"{"msg":{"Feed":[0,{"Snapshot":{"items":[{"Site":{"name":"~"}}]}}]}}"#;
        assert_eq!(admit(&long(site, 1_024)), Ok(()));
        assert_eq!(
            admit(&long(site, 1_025)),
            Err("holds a text of 1025 bytes where 1024 are allowed".to_owned())
        );
        let row = r#"{"msg":{"Journalled":{"what":"~"}}}"#;
        assert_eq!(admit(&long(row, 16_384)), Ok(()));
        assert!(admit(&long(row, 16_385)).is_err());
        let report = r#"{"msg":{"HandoverSigned":{"Ok":{"statement":{"report":"~"}}}}}"#;
        assert_eq!(admit(&long(report, 524_288)), Ok(()));
        assert!(admit(&long(report, 524_289)).is_err());
        // A feed has no reports, however its name is written.
        for feed in [
            r#"{"msg":{"Feed":[0,{"report":"~"}]}}"#,
            r#"{ "msg":{"Journalled":{"what":"~"}}}"#,
            r#"{"msg":{"\u004aournalled":{"what":"~"}}}"#,
        ] {
            assert!(admit(&long(feed, 1_025)).is_err(), "{feed}");
        }
        let rows = format!("{{\"msg\":{{\"Journalled\":[{}]", "0,".repeat(8 << 20));
        assert!(admit(&rows).is_err());
    }

    #[test]
    fn a_small_file_unpacks_to_little() {
        assert_eq!(most_lines(0), FREE);
        assert_eq!(most_lines(1 << 20), FREE + (1_000 << 20));
        assert_eq!(most_lines(u64::MAX), MOST);
    }
}
