//! What a gateway is about to give back by itself, and what it has ordered by itself, as it says.

use std::sync::Arc;

use super::ids::{BlockId, OrderId, SiteId};
use super::order::Order;
use super::time::Timestamp;
use super::units::Power;

/// Rows of a restore queue that one gateway may state; of more it says how many.
pub const MOST_QUEUED: usize = 2_000;

/// Why a block waits to be given back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum WaitsFor {
    /// Its turn: one block after the other.
    Turn,
    /// Room under the cap of how fast all may rise together.
    RampCap,
    /// The end of its minimum time off.
    MinimumOff,
    /// A frequency in its band.
    Frequency,
    /// A frequency that anybody knows.
    FrequencyUnknown,
    /// The grid operator, who wants less.
    Instruction,
    /// A time of calm after a stop.
    Calm,
    /// Its random offset after a lapsed lease.
    Offset,
    /// Another order of it to end.
    OrderPending,
    /// Something else, in the gateway's own word.
    Stated(Arc<str>),
}

impl WaitsFor {
    /// The word on the wire.
    pub fn code(&self) -> &str {
        match self {
            Self::Turn => "turn",
            Self::RampCap => "ramp_cap",
            Self::MinimumOff => "minimum_off",
            Self::Frequency => "frequency",
            Self::FrequencyUnknown => "frequency_unknown",
            Self::Instruction => "instruction",
            Self::Calm => "calm",
            Self::Offset => "offset",
            Self::OrderPending => "order_pending",
            Self::Stated(code) => code,
        }
    }

    /// The reason with that word; one that is not known here is kept as it was said.
    pub fn of(code: &Arc<str>) -> Self {
        match &**code {
            "turn" => Self::Turn,
            "ramp_cap" => Self::RampCap,
            "minimum_off" => Self::MinimumOff,
            "frequency" => Self::Frequency,
            "frequency_unknown" => Self::FrequencyUnknown,
            "instruction" => Self::Instruction,
            "calm" => Self::Calm,
            "offset" => Self::Offset,
            "order_pending" => Self::OrderPending,
            _ => Self::Stated(code.clone()),
        }
    }

    /// Does something stand against it, beside its place in the queue?
    pub const fn is_held(&self) -> bool {
        !matches!(
            self,
            Self::Turn | Self::RampCap | Self::MinimumOff | Self::Offset
        )
    }
}

/// A block that waits to be given back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Queued {
    /// The site.
    pub site: SiteId,
    /// The block.
    pub block: BlockId,
    /// What it shall draw.
    pub target: Power,
    /// What that adds to what it draws now, never negative; none where nobody says.
    pub adds: Option<Power>,
    /// Not begun before this; none while nobody can say.
    pub not_before: Option<Timestamp>,
    /// When all of it is expected to be back; none while nobody can say.
    pub expected: Option<Timestamp>,
    /// The order that gives it back, or whose lease has lapsed.
    pub by: OrderId,
    /// Why it waits.
    pub reason: WaitsFor,
}

/// All that waits at a gateway, in the order in which it comes back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RestoreQueue {
    /// At most [`MOST_QUEUED`].
    pub rows: Vec<Queued>,
    /// So many more wait behind them.
    pub more: u32,
    /// When it stood so, by the sender's clock corrected by the skew.
    pub measured_at: Timestamp,
}

/// An order that a gateway gave by itself: by a rule, its closed loop, or for a lapsed lease.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GatewayOrder {
    /// The order; its issuer is the rule.
    pub order: Order,
    /// What it should move in all, never negative.
    pub wanted: Power,
}
