//! The grid as a feed states it. Anything may be missing: a measured series holds only what was measured.

use std::sync::Arc;
use std::time::Duration;

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

impl Instruction {
    /// The correction of a clock moves its times by no more from one reading to the next.
    pub const MOVED: Duration = Duration::from_secs(5);

    /// Does it hold at `now`?
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.from <= now && !self.is_over(now)
    }

    /// Has its time run out at `now`?
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.to.is_some_and(|to| to <= now)
    }

    /// Does the other say the same? Times that a clock's correction has moved by a little are the same times.
    pub fn is_same(&self, other: &Self) -> bool {
        let near = |one: Timestamp, two: Timestamp| one.age(two).max(two.age(one)) <= Self::MOVED;
        let until = match (self.to, other.to) {
            (Some(one), Some(two)) => near(one, two),
            (one, two) => one == two,
        };
        let words = (&self.id, self.target, self.ramp_w_s, &self.reason);
        let theirs = (&other.id, other.target, other.ramp_w_s, &other.reason);
        words == theirs && near(self.from, other.from) && until
    }

    /// How long its ramp lets mining take from `began` to the target.
    pub fn ramp(&self, began: Power) -> Duration {
        let rate = self.ramp_w_s.watts();
        if rate <= 0 {
            return Duration::ZERO;
        }
        let millis = (began - self.target).or_zero().portion(1_000, rate).watts();
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// Meters being what they are, mining that is above the target by no more than this meets it.
    pub fn slack(&self) -> Power {
        self.target.portion(1, 100).max(LEAST_SLACK)
    }
}

/// The instruction that rules: of those in force at `now` the lowest.
pub fn ruling<'a>(
    all: impl IntoIterator<Item = &'a Instruction>,
    now: Timestamp,
) -> Option<&'a Instruction> {
    let in_force = all.into_iter().filter(|wanted| wanted.is_in_force(now));
    in_force.min_by_key(|wanted| wanted.target)
}

/// What may still be soaked up, where `load` is drawn: up to the surplus, and to the target of the instruction that
/// rules where that is less. Negative: what must go. None where neither is known.
pub fn headroom(surplus: Option<Power>, target: Option<Power>, load: Power) -> Option<Power> {
    let most = surplus.into_iter().chain(target).min();
    most.map(|most| most - load)
}

/// The least that counts as above a target.
const LEAST_SLACK: Power = Power::from_megawatts(1);
