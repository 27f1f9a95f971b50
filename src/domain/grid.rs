//! The grid as a feed states it. Anything may be missing: a measured series holds only what was measured.

use std::sync::Arc;

use super::quality::Quality;
use super::reserve::Money;
use super::time::Timestamp;
use super::units::{Hertz, Power};

/// The grid operator's own state.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum GridState {
    /// As it should be.
    #[default]
    Normal,
    /// Margins are thin.
    Alert,
    /// Load must go.
    Emergency,
}

impl GridState {
    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }
}

/// A generating unit or a group of them.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GenerationUnit {
    /// Its name, `Astravets 1` say.
    pub unit: Arc<str>,
    /// `nuclear`, `gas`, `wind`, `hydro`, `import`, ...
    pub kind: Arc<str>,
    /// Net output; negative where it takes (storage, own use while stopped).
    pub power: Power,
    /// Net capacity.
    pub capacity: Power,
    /// `running`, `tripped`, `starting`, `outage`, ...
    pub state: Arc<str>,
}

/// What the grid operator wants of us.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Instruction {
    /// The grid operator's id of it.
    pub id: Arc<str>,
    /// Mining load wanted.
    pub target: Power,
    /// From when.
    pub from: Timestamp,
    /// Until when; none until further notice.
    pub to: Option<Timestamp>,
    /// How fast, W/s; zero: at once.
    pub ramp_w_s: Power,
    /// In the grid operator's words.
    pub reason: Arc<str>,
}

/// One reading of the grid.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct GridReading {
    /// The grid node or the island that it is of; none: the grid as a whole.
    #[serde(default)]
    pub grid_node: Option<Arc<str>>,
    /// Frequency.
    pub frequency: Option<Hertz>,
    /// Flow over the ties less the schedule.
    pub tie_line_deviation: Option<Power>,
    /// Demand without mining.
    pub demand: Option<Power>,
    /// Mining load as the grid operator sees it.
    pub mining: Option<Power>,
    /// Export (negative: import).
    pub export: Option<Power>,
    /// By unit.
    pub generation: Vec<GenerationUnit>,
    /// Generation less demand and export; mining is not subtracted.
    pub surplus: Option<Power>,
    /// Price of energy, per MWh.
    pub price: Option<Money>,
    /// The grid operator's own state; none where the feed does not say (a measured series holds none).
    pub state: Option<GridState>,
    /// What the grid operator wants of us.
    pub instructions: Vec<Instruction>,
    /// The sender's own view of this reading.
    pub quality: Quality,
    /// When it was measured, by the sender's clock corrected by the skew.
    pub measured_at: Timestamp,
}

impl GridReading {
    /// Surplus less what is mined: what may still be soaked up. Negative: what must go.
    pub fn headroom(&self, mining: Power) -> Option<Power> {
        self.surplus.map(|surplus| surplus - mining)
    }
}
