//! Recordings: all that the console hears, as lines of JSON, packed; and the deck that plays them.
//!
//! Invariant: the lines are what comes into `update`, in its order, so that playing them gives the same frames. Writing
//! never keeps a key waiting: a disk that is too slow ends the recording, not the console. What is read is bounded and
//! checked; what is played has no way out: every effect is dropped.

mod bounds;
mod deck;
mod head;
mod lines;
mod pack;
mod read;
mod write;

pub use deck::{Asked, Deck};
pub use head::Head;
pub(super) use head::theme_name;
pub use read::{Recorded, Unplayable};
pub use write::{Recording, Refused};

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::app::Msg;
use crate::app::tape::End;
use crate::feed::protocol::{MAX_MESSAGE, MAX_PARTS};

/// The format that is written, and the one that is read.
pub const FORMAT: u32 = 1;
/// Longest line, bytes: a snapshot comes over the wire in at most as many, and every nation is far from it.
const LONGEST_LINE: usize = MAX_PARTS as usize * MAX_MESSAGE;
/// So many bytes of lines are packed into one frame; a replay can begin at each.
const FRAME: u64 = 2 * 1024 * 1024;

/// One line after the head.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    /// When, milliseconds since the recording began.
    t: u64,
    /// What.
    event: Event<'a>,
}

/// What is recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event<'a> {
    /// Came into `update`.
    Msg(Cow<'a, Msg>),
    /// Was said by the loop itself.
    Say(Cow<'a, str>),
    /// A built-in theme was put on.
    Theme(Cow<'a, str>),
    /// The recording has ended.
    End(End),
}

impl Event<'_> {
    /// Time passing alone?
    fn is_tick(&self) -> bool {
        matches!(self, Self::Msg(msg) if matches!(**msg, Msg::Tick(_)))
    }
}
