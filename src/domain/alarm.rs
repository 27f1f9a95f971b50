//! Alarms as a gateway raises them.

use std::sync::Arc;

use super::ids::{AlarmId, SiteId};
use super::time::Timestamp;

/// How much it matters; 1 is the most urgent (ISA-18.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Now.
    P1,
    /// Soon.
    P2,
    /// This shift.
    P3,
    /// For the record.
    P4,
}

impl Priority {
    /// 1 to 4.
    pub const fn number(self) -> u8 {
        match self {
            Self::P1 => 1,
            Self::P2 => 2,
            Self::P3 => 3,
            Self::P4 => 4,
        }
    }
}

/// Where an alarm stands (ISA-18.2 names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmState {
    /// Active; nobody has said that they saw it.
    Unacknowledged,
    /// Active and seen.
    Acknowledged,
    /// Gone, but nobody saw it.
    ReturnedUnacknowledged,
    /// Set aside for a while, with a reason.
    Shelved,
    /// Gone.
    Normal,
}

impl AlarmState {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unacknowledged => "unacknowledged",
            Self::Acknowledged => "acknowledged",
            Self::ReturnedUnacknowledged => "returned_unacknowledged",
            Self::Shelved => "shelved",
            Self::Normal => "normal",
        }
    }
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Unique at its gateway.
    pub id: AlarmId,
    /// How much it matters.
    pub priority: Priority,
    /// Where it stands.
    pub state: AlarmState,
    /// Where.
    pub site: Option<SiteId>,
    /// What.
    pub text: Arc<str>,
    /// Since when.
    pub raised: Timestamp,
    /// When it went away.
    pub cleared: Option<Timestamp>,
}
