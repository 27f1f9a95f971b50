//! How many megawatts the interlocks allow to be dropped within a stated time.

use std::time::Duration;

use super::interlock::{Candidate, lowest, reasons};
use super::plan::moves;
use crate::domain::fleet::Block;
use crate::domain::order::OrderKind;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// The four times on the screen (DESIGN.md): 10 s, 30 s, 5 min, 15 min.
pub const WITHIN: [Duration; 4] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(5),
    Duration::from_mins(15),
];

/// How much of `depth` arrives within `within` at the block's ramp, its contract's notice taken off first.
pub fn arriving(block: &Block, depth: Power, within: Duration) -> Power {
    let Some(ramping) = within.checked_sub(block.limits.notice) else {
        return Power::ZERO;
    };
    let ramp = block.limits.ramp_down_w_s;
    if ramp <= Power::ZERO {
        return depth;
    }
    let millis = i64::try_from(ramping.as_millis()).unwrap_or(i64::MAX);
    depth.min(ramp.portion(millis, 1_000))
}

/// What this block can shed in each of [`WITHIN`]; nothing where an interlock stands in the way.
pub fn sheddable(candidate: &Candidate<'_>, operator: &str, now: Timestamp) -> [Power; 4] {
    let block = candidate.block;
    if !reasons(candidate, OrderKind::Curtail, operator, now).is_empty() {
        return [Power::ZERO; 4];
    }
    let depth = moves(block, OrderKind::Curtail, lowest(block, now));
    WITHIN.map(|within| arriving(block, depth, within))
}
