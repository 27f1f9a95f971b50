//! The grid and alarms on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::{IdText, Load, LongText, MilliHertz, NameText, Time, Watts};
use super::reserve::MoneyWire;
use super::told::{self, ToldWire};
use super::words::{AlarmWord, GridWord, QualityWord};
use crate::domain::alarm::{Alarm, Priority, Shelf};
use crate::domain::grid::{GenerationUnit, GridReading, Instruction};
use crate::domain::ids::{AlarmId, BlockId, SiteId};
use crate::domain::units::Hertz;

/// A generating unit or a group of them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "generation_unit")]
pub(super) struct UnitWire {
    unit: NameText,
    kind: IdText,
    power_w: Watts,
    capacity_w: Watts,
    state: IdText,
}

/// What the grid operator wants.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "instruction")]
pub(super) struct InstructionWire {
    id: IdText,
    target_w: Load,
    from: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Time>,
    /// W/s; 0: at once.
    #[serde(default)]
    ramp_w_s: Load,
    reason: LongText,
}

/// One reading of the grid. What was not measured is left out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "grid")]
pub(super) struct GridWire {
    /// The grid node or the island that this reading is of, where it is not the grid as a whole; sites of that
    /// `grid_node` use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grid_node: Option<NameText>,
    /// Millihertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    freq_mhz: Option<MilliHertz>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tie_line_deviation_w: Option<Watts>,
    /// Without mining.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    demand_w: Option<Watts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mining_w: Option<Watts>,
    /// Negative: import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    export_w: Option<Watts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    generation: Vec<UnitWire>,
    /// Generation less demand and export; mining is not subtracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    surplus_w: Option<Watts>,
    /// Per MWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<MoneyWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<GridWord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    instructions: Vec<InstructionWire>,
    quality: QualityWord,
    measured_at: Time,
}

/// One alarm.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "alarm")]
pub(super) struct AlarmWire {
    id: IdText,
    #[schemars(range(min = 1, max = 4))]
    priority: u8,
    state: AlarmWord,
    /// What sort of thing it tells: `silent`, `fault`, `overdraw`, `unit_trip`, `frequency_low`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<IdText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<IdText>,
    /// The block of the site that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    block: Option<IdText>,
    text: LongText,
    /// What the text says, where it is one of our own.
    #[serde(
        default,
        deserialize_with = "crate::feed::protocol::told::lenient",
        skip_serializing_if = "Option::is_none"
    )]
    told: Option<ToldWire>,
    raised: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cleared: Option<Time>,
    /// While shelved: until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
    /// While shelved: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<LongText>,
    /// Where it has changed more than once since it was told last: how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes: Option<u32>,
}

impl From<&GridReading> for GridWire {
    fn from(grid: &GridReading) -> Self {
        Self {
            grid_node: grid.grid_node.as_ref().map(NameText::share),
            freq_mhz: grid.frequency.map(|f| MilliHertz(f.millihertz())),
            tie_line_deviation_w: grid.tie_line_deviation.map(Watts),
            demand_w: grid.demand.map(Watts),
            mining_w: grid.mining.map(Watts),
            export_w: grid.export.map(Watts),
            generation: grid
                .generation
                .iter()
                .map(|unit| UnitWire {
                    unit: NameText::share(&unit.unit),
                    kind: IdText::share(&unit.kind),
                    power_w: Watts(unit.power),
                    capacity_w: Watts(unit.capacity),
                    state: IdText::share(&unit.state),
                })
                .collect(),
            surplus_w: grid.surplus.map(Watts),
            price: grid.price.as_ref().map(MoneyWire::from),
            state: grid.state.map(Into::into),
            instructions: grid
                .instructions
                .iter()
                .map(|instruction| InstructionWire {
                    id: IdText::share(&instruction.id),
                    target_w: Load(instruction.target),
                    from: Time(instruction.from),
                    to: instruction.to.map(Time),
                    ramp_w_s: Load(instruction.ramp_w_s),
                    reason: LongText::share(&instruction.reason),
                })
                .collect(),
            quality: grid.quality.into(),
            measured_at: Time(grid.measured_at),
        }
    }
}

impl From<GridWire> for GridReading {
    fn from(wire: GridWire) -> Self {
        Self {
            grid_node: wire.grid_node.map(|node| node.0),
            frequency: wire.freq_mhz.map(|f| Hertz::from_millihertz(f.0)),
            tie_line_deviation: wire.tie_line_deviation_w.map(|w| w.0),
            demand: wire.demand_w.map(|w| w.0),
            mining: wire.mining_w.map(|w| w.0),
            export: wire.export_w.map(|w| w.0),
            generation: wire
                .generation
                .into_iter()
                .map(|unit| GenerationUnit {
                    unit: unit.unit.0,
                    kind: unit.kind.0,
                    power: unit.power_w.0,
                    capacity: unit.capacity_w.0,
                    state: unit.state.0,
                })
                .collect(),
            surplus: wire.surplus_w.map(|w| w.0),
            price: wire.price.map(Into::into),
            state: wire.state.map(Into::into),
            instructions: wire
                .instructions
                .into_iter()
                .map(|instruction| Instruction {
                    id: instruction.id.0,
                    target: instruction.target_w.0,
                    from: instruction.from.0,
                    to: instruction.to.map(|time| time.0),
                    ramp_w_s: instruction.ramp_w_s.0,
                    reason: instruction.reason.0,
                })
                .collect(),
            quality: wire.quality.into(),
            measured_at: wire.measured_at.0,
        }
    }
}

impl From<&Alarm> for AlarmWire {
    fn from(alarm: &Alarm) -> Self {
        Self {
            id: IdText::of(alarm.id.as_str()),
            priority: alarm.priority.number(),
            state: alarm.state.into(),
            cause: (!alarm.kind.is_empty()).then(|| IdText::share(&alarm.kind)),
            site: alarm.site.as_ref().map(|site| IdText::of(site.as_str())),
            block: alarm.block.as_ref().map(|block| IdText::of(block.as_str())),
            text: LongText::share(alarm.text.english()),
            told: ToldWire::of(&alarm.text),
            raised: Time(alarm.raised),
            cleared: alarm.cleared.map(Time),
            until: alarm.shelf.as_ref().map(|shelf| Time(shelf.until)),
            reason: alarm
                .shelf
                .as_ref()
                .map(|shelf| LongText::share(&shelf.reason)),
            changes: (alarm.changes > 1).then_some(alarm.changes),
        }
    }
}

impl TryFrom<AlarmWire> for Alarm {
    type Error = String;

    fn try_from(wire: AlarmWire) -> Result<Self, String> {
        Ok(Self {
            id: AlarmId::new(wire.id.as_str()),
            priority: match wire.priority {
                1 => Priority::P1,
                2 => Priority::P2,
                3 => Priority::P3,
                4 => Priority::P4,
                other => return Err(format!("priority {other} is not 1 to 4")),
            },
            state: wire.state.into(),
            kind: wire.cause.map_or_else(|| "".into(), |cause| cause.0),
            site: wire.site.map(|site| SiteId::new(site.as_str())),
            block: wire.block.map(|block| BlockId::new(block.as_str())),
            text: told::sentence(wire.text, wire.told),
            raised: wire.raised.0,
            occurrence: Some(wire.raised.0),
            cleared: wire.cleared.map(|time| time.0),
            shelf: wire.until.map(|until| Shelf {
                until: until.0,
                reason: wire.reason.map_or_else(|| "".into(), |reason| reason.0),
            }),
            changes: wire.changes.unwrap_or(1).max(1),
        })
    }
}
