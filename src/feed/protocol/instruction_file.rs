//! A grid instruction in a file, as the grid feed states one.

use std::sync::Arc;

use serde::Deserialize;

use super::BadMessage;
use super::field::{Load, Time};
use super::guard::shallow;
use crate::domain::grid::Instruction;

/// Largest file, bytes.
pub const MAX_INSTRUCTION_FILE: u64 = 64 << 10;

#[derive(Deserialize)]
struct FileWire {
    target_w: Load,
    from: Time,
    #[serde(default)]
    to: Option<Time>,
    #[serde(default)]
    ramp_w_s: Load,
}

/// Reads a grid instruction: `target_w`, `from`, and `to` and `ramp_w_s` where it has them; other fields are ignored.
pub fn read_instruction_file(text: &str) -> Result<Instruction, BadMessage> {
    shallow(text)?;
    let wire: FileWire = serde_json::from_str(text)?;
    let to = wire.to.map(|to| to.0);
    if to.is_some_and(|to| to <= wire.from.0) {
        return Err(BadMessage("`to` lies before `from`".to_owned()));
    }
    Ok(Instruction {
        id: Arc::from("file"),
        target: wire.target_w.0,
        from: wire.from.0,
        to,
        ramp_w_s: wire.ramp_w_s.0,
        reason: Arc::from(""),
    })
}
