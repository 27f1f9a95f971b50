//! What bounds orders at a gateway, beside ranks and sites: how emergencies go there, and in which time it counts what a
//! person moves.

use std::time::Duration;

use super::units::{Hertz, Power};

/// The bounds of one gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Most that one step of an emergency shed may move.
    pub step: Power,
    /// Between two steps.
    pub interval: Duration,
    /// A frequency above this bars an emergency shed of more than one site.
    pub bar: Hertz,
    /// What a person has moved counts for the limits so long.
    pub window: Duration,
}

impl Bounds {
    /// Where nothing else is said.
    pub const DEFAULT: Self = Self {
        step: Power::from_megawatts(300),
        interval: Duration::from_secs(5),
        bar: Hertz::from_millihertz(50_200),
        window: Duration::from_mins(15),
    };
    /// What a step may be, megawatts: smaller ones would stretch a shed beyond what it is for.
    pub const STEPS_MW: std::ops::RangeInclusive<i64> = 10..=1_000_000;
    /// What an interval may be, milliseconds.
    pub const INTERVALS_MS: std::ops::RangeInclusive<i64> = 100..=60_000;
    /// What a bar may be, millihertz: above the band that is only warned of, and where a grid still runs.
    pub const BARS_MHZ: std::ops::RangeInclusive<i64> = 50_050..=51_500;
    /// What a window may be, minutes.
    pub const WINDOWS_MIN: std::ops::RangeInclusive<i64> = 1..=1_440;
}

impl Default for Bounds {
    fn default() -> Self {
        Self::DEFAULT
    }
}
