//! What is told of those who come: each sort of news so often at most, with the number left out.
//!
//! Invariant: text from outside is written on one line, without control characters, and cut; no token is written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines of one sort in a [`SPAN`].
const MOST: u32 = 10;
const SPAN: Duration = Duration::from_mins(1);
/// Characters of text from outside.
const WIDEST: usize = 300;

/// What sort of news it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// Somebody was not let in, by why.
    Refused(&'static str),
    /// A handshake that was not ended in time, or made room.
    Handshake,
    /// A link that asks or takes too much, or too slowly.
    Flood,
    /// A link whose place another took.
    Place,
    /// A link whose token was withdrawn, or may do less.
    Token,
    /// A client's own complaint.
    Complaint,
}

impl Sort {
    const fn word(self) -> &'static str {
        match self {
            Self::Refused(word) => word,
            Self::Handshake => "handshake",
            Self::Flood => "flood",
            Self::Place => "place",
            Self::Token => "token",
            Self::Complaint => "complaint",
        }
    }
}

struct Ration {
    since: Instant,
    said: u32,
    left_out: u64,
}

/// What was said lately.
#[derive(Default)]
pub(super) struct Log {
    rations: Mutex<BTreeMap<Sort, Ration>>,
}

impl Log {
    /// Says it, unless so much of its sort has been said in the last minute.
    pub(super) fn say(&self, sort: Sort, text: impl FnOnce() -> String) {
        let mut rations = self.rations.lock().unwrap_or_else(PoisonError::into_inner);
        let ration = rations.entry(sort).or_insert_with(|| Ration {
            since: Instant::now(),
            said: 0,
            left_out: 0,
        });
        ration.renew(sort);
        if ration.said == MOST {
            ration.left_out += 1;
            return;
        }
        ration.said += 1;
        drop(rations);
        tracing::warn!("{}: {}", sort.word(), plain(&text()));
    }

    /// Time has passed: tells what was left out.
    pub(super) fn tick(&self) {
        let mut rations = self.rations.lock().unwrap_or_else(PoisonError::into_inner);
        for (sort, ration) in rations.iter_mut() {
            ration.renew(*sort);
        }
    }
}

impl Ration {
    fn renew(&mut self, sort: Sort) {
        if self.since.elapsed() < SPAN {
            return;
        }
        if self.left_out > 0 {
            let count = self.left_out;
            tracing::warn!("{}: {count} more of these are left out", sort.word());
        }
        *self = Self {
            since: Instant::now(),
            said: 0,
            left_out: 0,
        };
    }
}

/// Text from outside, as it is written: what acts on a terminal or can't be seen is escaped.
fn plain(text: &str) -> String {
    let escaped = text.chars().flat_map(|c| match c {
        '"' | '\'' => c.to_string().chars().collect::<Vec<_>>(),
        c => c.escape_debug().collect(),
    });
    let mut out: String = escaped.take(WIDEST).collect();
    if text.chars().nth(WIDEST).is_some() {
        out.push_str("...");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        let said = plain("a\u{1b}[2J\n\u{202e}b\u{200b} Мінск \"x\"");
        assert_eq!(said, "a\\u{1b}[2J\\n\\u{202e}b\\u{200b} Мінск \"x\"");
        assert!(plain(&"\u{7}".repeat(9_999)).len() < 400);
    }
}
