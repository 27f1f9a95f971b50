//! One machine from near: where it stands, its hashboards, its fans and its power supply.

use std::sync::Arc;
use std::time::Duration;

use super::time::Timestamp;
use super::units::{Celsius, Hashrate, Hertz, Voltage};

/// Most hashboards that one machine may have.
pub const MAX_BOARDS: usize = 16;
/// Most fans that one machine may have.
pub const MAX_FANS: usize = 16;

/// Where a machine stands in its hall.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Place {
    /// The rack's name, unique in the hall.
    pub rack: Arc<str>,
    /// Counted from the top, from 1; none where the rack has no shelves of its own.
    pub shelf: Option<u16>,
    /// Counted from the left, from 1.
    pub slot: Option<u16>,
}

/// What a hashboard is doing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum BoardState {
    /// Hashing.
    Hashing,
    /// Asleep by order, or not awake yet.
    Asleep,
    /// It does not do what it should.
    Faulted,
    /// The control board does not find it.
    Missing,
}

impl BoardState {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hashing => "hashing",
            Self::Asleep => "asleep",
            Self::Faulted => "faulted",
            Self::Missing => "missing",
        }
    }

    /// Is it other than it should be?
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Faulted | Self::Missing)
    }
}

/// A hashboard, as the machine's firmware claims.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Hashboard {
    /// As the firmware counts them.
    pub number: u8,
    /// Chips that answer.
    pub chips: u16,
    /// Chips that it was made with; none where that is not known.
    pub chips_expected: Option<u16>,
    /// What it hashes.
    pub hashrate: Hashrate,
    /// The board.
    pub board: Option<Celsius>,
    /// Its hottest chip.
    pub chip: Option<Celsius>,
    /// What feeds its chips.
    pub voltage: Option<Voltage>,
    /// What clocks its chips.
    pub frequency: Option<Hertz>,
    /// Nonces that were none, since the machine started.
    pub errors: Option<u64>,
    /// What it is doing.
    pub state: BoardState,
}

/// A power supply.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Psu {
    /// Its type.
    pub model: Arc<str>,
    /// What it gives to the hashboards.
    pub output: Option<Voltage>,
    /// How warm it is.
    pub temperature: Option<Celsius>,
}

/// What a feed tells of one machine when it is asked for it.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct MachineDetail {
    /// Since when it is in its state.
    pub state_since: Option<Timestamp>,
    /// Since its control board started.
    #[serde(with = "super::exact")]
    pub uptime: Option<Duration>,
    /// Name and version of what runs on it.
    pub firmware: Arc<str>,
    /// Its power supply.
    pub psu: Option<Psu>,
    /// Revolutions a minute of each fan, in order.
    pub fans: Vec<u32>,
    /// In order.
    pub boards: Vec<Hashboard>,
}
