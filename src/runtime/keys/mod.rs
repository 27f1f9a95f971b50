//! What comes from the terminal: its bytes, cut into keys, pastes and the one answer that is wanted. No I/O here: bytes
//! and times come in as values.

mod cutter;
pub(super) mod ground;
mod table;

pub(super) use cutter::Cutter;

use crate::app::key::Key;
use crate::ui::theme::Rgb;

/// What a person or the terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// A key.
    Key(Key),
    /// A paste, whole or its first 64 KiB.
    Paste(String),
    /// The colour of the terminal's ground (OSC 11).
    Ground(Rgb),
}

#[cfg(test)]
mod tests;
