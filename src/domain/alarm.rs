//! Alarms as a gateway or this console raises them, in the states of ISA-18.2 / IEC 62682.

use std::sync::Arc;

use super::ids::{AlarmId, BlockId, SiteId};
use super::sentence::Sentence;
use super::time::Timestamp;

/// How much it matters; 1 is the most urgent (ISA-18.2).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
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
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum AlarmState {
    /// Active; nobody has said that they saw it.
    Unacknowledged,
    /// Active and seen.
    Acknowledged,
    /// Gone, but nobody saw it.
    ReturnedUnacknowledged,
    /// Gone and seen, and kept until a person resets it.
    Latched,
    /// Set aside for a while, with a reason.
    Shelved,
    /// Silenced by a rule: what it says is expected as things stand.
    Suppressed,
    /// Taken out of service by a person, with a reason, until put back.
    OutOfService,
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
            Self::Latched => "latched",
            Self::Shelved => "shelved",
            Self::Suppressed => "suppressed",
            Self::OutOfService => "out_of_service",
            Self::Normal => "normal",
        }
    }

    /// It wants attention: neither over nor set aside.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Unacknowledged
                | Self::Acknowledged
                | Self::ReturnedUnacknowledged
                | Self::Latched
        )
    }

    /// Nobody has said yet that they saw it.
    pub const fn is_unseen(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::ReturnedUnacknowledged)
    }
}

/// How an alarm is set aside.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shelf {
    /// Until when; it comes back by itself.
    pub until: Timestamp,
    /// Why, in the words of whoever did it.
    pub reason: Arc<str>,
}

/// Where an alarm is; nowhere where it is about no site.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The site.
    pub site: Option<SiteId>,
    /// Which block of it.
    pub block: Option<BlockId>,
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Alarm {
    /// Unique at its gateway.
    pub id: AlarmId,
    /// How much it matters.
    pub priority: Priority,
    /// Where it stands.
    pub state: AlarmState,
    /// What sort of thing it tells (`silent`, `overdraw`, `unit_trip`, ...); empty where its gateway does not say.
    pub kind: Arc<str>,
    /// Where.
    pub site: Option<SiteId>,
    /// Which block of the site, where it is about one.
    pub block: Option<BlockId>,
    /// What.
    pub text: Sentence,
    /// Since when.
    pub raised: Timestamp,
    /// The same by its gateway's own clock, to the millisecond as it said it: acts name the occurrence by it. None of an
    /// alarm that this console raised.
    #[serde(default)]
    pub occurrence: Option<Timestamp>,
    /// When it went away.
    pub cleared: Option<Timestamp>,
    /// Until when it is set aside and why, while it is.
    pub shelf: Option<Shelf>,
    /// How often it has changed since it was told last: 1, or more where several changes are told at once.
    #[serde(default = "once")]
    pub changes: u32,
}

const fn once() -> u32 {
    1
}

impl Alarm {
    /// Where it is.
    pub fn place(&self) -> Place {
        Place {
            site: self.site.clone(),
            block: self.block.clone(),
        }
    }
}
