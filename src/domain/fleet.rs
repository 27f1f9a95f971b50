//! Sites, halls, blocks and machines, as a feed states them.

use std::sync::Arc;
use std::time::Duration;

use super::ids::{BlockId, BlockKey, HallId, MachineId, OrderId, SiteId};
use super::machine::{MachineDetail, Place};
use super::quality::Quality;
use super::reserve::Money;
use super::time::Timestamp;
use super::units::{Celsius, Hashrate, Power};

/// Who may order a site about, and since which change of hands.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Authority {
    /// The holder's name; none where nobody holds it (then any operator may order).
    pub holder: Option<Arc<str>>,
    /// Rises with every change of hands; orders of an older epoch are refused by the gateway.
    pub epoch: u64,
}

/// One place with one grid connection.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Site {
    /// Unique in the nation.
    pub id: SiteId,
    /// For people.
    pub name: Arc<str>,
    /// Where in the country.
    pub region: Arc<str>,
    /// The grid node that it hangs on.
    pub grid_node: Arc<str>,
    /// What the node can carry.
    pub node_limit: Option<Power>,
    /// Price of energy, per MWh.
    pub tariff: Option<Money>,
    /// The curtailment contract's class.
    pub contract: Option<Arc<str>>,
    /// The reading of the meter at the grid connection.
    pub meter: Option<Power>,
    /// Who commands here.
    pub authority: Authority,
    /// The last order sequence that the gateway has seen for this site; the next order carries a higher one.
    pub site_seq: u64,
    /// The sender's own view of this item.
    pub quality: Quality,
    /// When it was measured, by the sender's clock corrected by the skew.
    pub measured_at: Timestamp,
}

/// A building or container of a site.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hall {
    /// The site it belongs to.
    pub site: SiteId,
    /// Unique in the site.
    pub id: HallId,
    /// For people.
    pub name: Arc<str>,
}

/// What a block is doing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum BlockState {
    /// At its target, hashing.
    Hashing,
    /// On the way down.
    Ramping,
    /// At its floor by order.
    Curtailed,
    /// On the way up.
    Restoring,
    /// Draws or hashes other than it should.
    Faulted,
    /// Not answering.
    Offline,
    /// Switched to local control; orders are refused.
    Local,
}

impl BlockState {
    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hashing => "hashing",
            Self::Ramping => "ramping",
            Self::Curtailed => "curtailed",
            Self::Restoring => "restoring",
            Self::Faulted => "faulted",
            Self::Offline => "offline",
            Self::Local => "local",
        }
    }
}

/// Where a power figure comes from, best first (DESIGN.md: meter > PDU > firmware > nameplate).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum PowerSource {
    /// A power meter.
    Meter,
    /// The rack's power distribution unit.
    Pdu,
    /// Claimed by firmware; 5 to 20 % off in the field.
    Firmware,
    /// From the data sheet: never shown as if measured.
    Nameplate,
}

impl PowerSource {
    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Meter => "meter",
            Self::Pdu => "pdu",
            Self::Firmware => "firmware",
            Self::Nameplate => "nameplate",
        }
    }
}

/// How many machines a block has, and in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct MachineCounts {
    /// All of them.
    pub total: u32,
    /// Hashing now.
    pub hashing: u32,
    /// Asleep by order.
    pub curtailed: u32,
    /// Failed.
    pub faulted: u32,
    /// Not answering.
    pub offline: u32,
}

impl MachineCounts {
    /// Both added up; saturates.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            total: self.total.saturating_add(other.total),
            hashing: self.hashing.saturating_add(other.hashing),
            curtailed: self.curtailed.saturating_add(other.curtailed),
            faulted: self.faulted.saturating_add(other.faulted),
            offline: self.offline.saturating_add(other.offline),
        }
    }
}

/// A note on a block: maintenance lockout, local mode and the like.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tag {
    /// The act that hung it; none where its gateway does not say, or nobody's act did.
    #[serde(default)]
    pub id: Option<super::ids::OrderId>,
    /// `maintenance` locks orders out; others inform.
    pub kind: Arc<str>,
    /// Who hung it.
    pub owner: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
}

/// The kind of tag that locks orders out.
pub const LOCKOUT: &str = "maintenance";

/// The maintenance lockout among these, if one hangs there.
pub fn lockout(tags: &[Tag]) -> Option<&Tag> {
    tags.iter().find(|tag| &*tag.kind == LOCKOUT)
}

/// What the machines, the contract and the heat customers allow.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct BlockLimits {
    /// Fastest way down, W/s. Zero means: not known, taken as at once.
    pub ramp_down_w_s: Power,
    /// Fastest way up, W/s.
    pub ramp_up_w_s: Power,
    /// Once off, stays off at least so long.
    #[serde(with = "super::exact")]
    pub min_off: Duration,
    /// Once on, stays on at least so long.
    #[serde(with = "super::exact")]
    pub min_on: Duration,
    /// Starts allowed in an hour; none where not limited.
    pub starts_per_hour: Option<u32>,
    /// Starts in the last hour.
    pub starts_last_hour: u32,
    /// Heat customers need at least this much.
    pub must_run: Power,
    /// Until then; none with a `must_run` above zero means: until further notice.
    pub must_run_until: Option<Timestamp>,
    /// Contract notice before a call.
    #[serde(with = "super::exact")]
    pub notice: Duration,
    /// Contract calls that are left; none where not limited.
    pub calls_left: Option<u32>,
    /// Hours shed in the last 30 days.
    #[serde(with = "super::exact")]
    pub shed_hours_30d: f64,
}

impl BlockLimits {
    /// How long its load needs to fall by so much, its notice apart.
    pub fn falls_by(&self, moved: Power) -> Duration {
        let ramp = self.ramp_down_w_s.watts();
        if ramp <= 0 {
            return Duration::ZERO;
        }
        Duration::from_millis(u64::try_from(moved.portion(1_000, ramp).watts()).unwrap_or(0))
    }
}

/// What a gateway knows of the order that holds a block.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Held {
    /// Who issued it: an operator, or a rule of the gateway by its name.
    pub by: Arc<str>,
    /// Which order.
    pub order: Option<OrderId>,
    /// When it began.
    pub since: Option<Timestamp>,
    /// When its lease ends; none: until restored.
    pub until: Option<Timestamp>,
    /// Why, in the issuer's words.
    pub reason: Arc<str>,
}

/// The smallest group of machines switched together; what an order targets.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Block {
    /// The site it belongs to.
    pub site: SiteId,
    /// Unique in the site.
    pub id: BlockId,
    /// The hall it stands in.
    pub hall: HallId,
    /// For people.
    pub name: Arc<str>,
    /// What its machines hash.
    pub hashrate: Hashrate,
    /// What it draws; none where nothing measures or claims it.
    pub power: Option<Power>,
    /// Where `power` comes from.
    pub power_source: PowerSource,
    /// What it is ordered to draw.
    pub target: Power,
    /// What it draws when off.
    pub floor: Power,
    /// Intermediate targets that it can hold, beside floor and nameplate.
    pub steps: Vec<Power>,
    /// By the data sheets.
    pub nameplate: Power,
    /// What it is doing.
    pub state: BlockState,
    /// Since when.
    pub state_since: Timestamp,
    /// Its machines.
    pub machines: MachineCounts,
    /// Air at the inlet.
    pub inlet: Option<Celsius>,
    /// Shares accepted, since the gateway started.
    pub accepted: u64,
    /// Shares rejected.
    pub rejected: u64,
    /// Shares that came too late.
    pub stale: u64,
    /// The sender's own view of this item.
    pub quality: Quality,
    /// Lockouts and notes.
    pub tags: Vec<Tag>,
    /// What it allows.
    pub limits: BlockLimits,
    /// The order that holds it below its nameplate, or moves it now, where the gateway tells.
    pub held: Option<Held>,
    /// When it was measured, by the sender's clock corrected by the skew.
    pub measured_at: Timestamp,
}

impl Block {
    /// Is it held by order at a step between off and full?
    pub fn is_lowered(&self) -> bool {
        let stands = matches!(self.state, BlockState::Hashing | BlockState::Curtailed);
        stands && self.floor < self.target && self.target < self.nameplate
    }

    /// Its key in the nation.
    pub fn key(&self) -> BlockKey {
        BlockKey::new(&self.site, &self.id)
    }

    /// The heat floor that holds at `now`, zero where none does.
    pub fn must_run_at(&self, now: Timestamp) -> Power {
        match self.limits.must_run_until {
            Some(until) if until <= now => Power::ZERO,
            _ => self.limits.must_run,
        }
    }

    /// Is a maintenance lockout hung on it?
    pub fn lockout(&self) -> Option<&Tag> {
        lockout(&self.tags)
    }
}

/// What a single machine is doing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum MachineState {
    /// Hashing.
    Hashing,
    /// Asleep by order.
    Curtailed,
    /// Waking up.
    Waking,
    /// Failed.
    Faulted,
    /// Not answering.
    Offline,
}

impl MachineState {
    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hashing => "hashing",
            Self::Curtailed => "curtailed",
            Self::Waking => "waking",
            Self::Faulted => "faulted",
            Self::Offline => "offline",
        }
    }
}

/// One ASIC, as a page of a hall shows it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Machine {
    /// Unique in the site.
    pub id: MachineId,
    /// Its block.
    pub block: BlockId,
    /// Type and class, `S21` say.
    pub model: Arc<str>,
    /// What it is doing.
    pub state: MachineState,
    /// What it hashes.
    pub hashrate: Hashrate,
    /// What it claims to draw (firmware).
    pub power: Power,
    /// Hottest board.
    pub board: Option<Celsius>,
    /// What is wrong, in the firmware's words; empty when nothing is.
    pub fault: Arc<str>,
    /// Where it stands.
    pub place: Option<Place>,
    /// What it should hash, by its data sheet.
    pub nameplate: Option<Hashrate>,
    /// What else is known of it; only of a machine that was asked for, and not from every feed.
    pub detail: Option<Box<MachineDetail>>,
    /// Part of what the feed states of it can't be true and is left out.
    pub bad: bool,
}

/// One page of a hall's machines, on demand (`watch`), at most 500 rows.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MachinePage {
    /// The site.
    pub site: SiteId,
    /// The hall.
    pub hall: HallId,
    /// This page, from 0.
    pub page: u32,
    /// All pages.
    pub pages: u32,
    /// All machines of the hall.
    pub total: u32,
    /// The rows.
    pub rows: Vec<Machine>,
    /// When it was measured.
    pub measured_at: Timestamp,
    /// Its rows are those that a filter lets through, out of the whole hall.
    #[serde(default)]
    pub search: Option<Search>,
}

/// What a gateway has looked through.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Search {
    /// The filter, as it was asked for.
    pub filter: Arc<str>,
    /// Machines that it lets through.
    pub found: u32,
    /// Machines that were looked at.
    pub of: u32,
}
