//! One machine from near, on the wire.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeOwned, Deserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::field::{Degrees, IdText, LongText, NameText, Rate, Seconds, Time, Ulid, few};
use super::words::BoardWord;
use crate::domain::fleet::Held;
use crate::domain::machine::{Hashboard, MAX_BOARDS, MAX_FANS, MachineDetail, Place, Psu};
use crate::domain::units::{Celsius, Hashrate, Hertz, Voltage};

/// What can't be used costs only itself, not the message that it came in.
#[derive(Debug)]
pub(super) struct Lenient<T>(pub(super) Result<T, ()>);

impl<T: Serialize> Serialize for Lenient<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().ok().serialize(to)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(from)?;
        Ok(Self(serde_json::from_str(raw.get()).map_err(drop)))
    }
}

impl<T: JsonSchema> JsonSchema for Lenient<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T> Lenient<T> {
    /// The value of a field that may be missing; notes where it is there and can't be used.
    pub(super) fn taken<U: From<T>>(field: Option<Self>, bad: &mut bool) -> Option<U> {
        let value = field?.0.ok();
        *bad |= value.is_none();
        value.map(Into::into)
    }
}

/// At most `MAX` of them; one more is refused before it is kept.
#[derive(Debug)]
pub(super) struct Few<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Few<T, MAX> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T, const MAX: usize> Default for Few<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize, const MAX: usize> Serialize for Few<T, MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().take(MAX))
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Few<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        few::<D, T, MAX>(from).map(Self)
    }
}

impl<T: JsonSchema, const MAX: usize> JsonSchema for Few<T, MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Few{MAX}{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({"type": "array", "items": item, "maxItems": MAX})
    }
}

/// A whole number from 0 to `MAX`.
#[derive(Debug, Clone, Copy)]
pub(super) struct UpTo<const MAX: u64>(u64);

impl<const MAX: u64> Serialize for UpTo<MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(self.0.min(MAX))
    }
}

impl<'de, const MAX: u64> Deserialize<'de> for UpTo<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = u64::deserialize(from)?;
        if value > MAX {
            return Err(de::Error::custom(format!("{value} is more than {MAX}")));
        }
        Ok(Self(value))
    }
}

impl<const MAX: u64> JsonSchema for UpTo<MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("UpTo{MAX}").into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": MAX})
    }
}

/// A place in a rack, and chips of a board.
type Small = UpTo<9_999>;
/// Up to 1 kV.
type Millivolts = UpTo<1_000_000>;
/// Up to 100 GHz.
type ChipHertz = UpTo<100_000_000_000>;
/// Up to 100,000 revolutions a minute.
type Rpm = UpTo<100_000>;
/// What is counted; what passes 2^53 is no count.
type Count = UpTo<9_007_199_254_740_992>;

fn small(value: u16) -> Small {
    UpTo(u64::from(value))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what was read is at most 9,999"
)]
fn short(value: Small) -> u16 {
    value.0 as u16
}

/// Where a machine stands in its hall.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "place")]
pub(super) struct PlaceWire {
    rack: IdText,
    /// From the top, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shelf: Option<Small>,
    /// From the left, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slot: Option<Small>,
}

/// A hashboard.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "hashboard")]
pub(super) struct BoardWire {
    number: u8,
    /// Chips that answer.
    chips: Small,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chips_expected: Option<Small>,
    hashrate_hs: Rate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    board_c: Option<Degrees>,
    /// The hottest chip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chip_c: Option<Degrees>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    voltage_mv: Option<Millivolts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chip_hz: Option<ChipHertz>,
    /// Nonces that were none, since the machine started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    errors: Option<Count>,
    state: BoardWord,
}

/// A power supply.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "psu")]
pub(super) struct PsuWire {
    model: NameText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_mv: Option<Millivolts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    temperature_c: Option<Degrees>,
}

/// What else is known of the machine that a `watch` names.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "machine_detail")]
pub(super) struct DetailWire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state_since: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uptime_s: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    firmware: Option<NameText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    psu: Option<PsuWire>,
    #[serde(default, skip_serializing_if = "Few::is_empty")]
    fans_rpm: Few<Rpm, MAX_FANS>,
    #[serde(default, skip_serializing_if = "Few::is_empty")]
    boards: Few<BoardWire, MAX_BOARDS>,
}

/// The order that holds a block, or moves it now.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "held")]
pub(super) struct HeldWire {
    by: NameText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Ulid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Time>,
    /// When its lease ends; without it, it holds until restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<LongText>,
}

impl From<&Place> for PlaceWire {
    fn from(place: &Place) -> Self {
        Self {
            rack: IdText::of(&place.rack),
            shelf: place.shelf.map(small),
            slot: place.slot.map(small),
        }
    }
}

impl From<PlaceWire> for Place {
    fn from(wire: PlaceWire) -> Self {
        Self {
            rack: wire.rack.0,
            shelf: wire.shelf.map(short),
            slot: wire.slot.map(short),
        }
    }
}

fn degrees(value: Celsius) -> Degrees {
    Degrees(value.degrees())
}

fn celsius(value: Degrees) -> Celsius {
    Celsius::from_degrees(value.0)
}

fn millivolts(value: Voltage) -> Millivolts {
    UpTo(value.millivolts().max(0).unsigned_abs())
}

fn voltage(value: Millivolts) -> Voltage {
    Voltage::from_millivolts(value.0.cast_signed())
}

impl From<&Hashboard> for BoardWire {
    fn from(board: &Hashboard) -> Self {
        Self {
            number: board.number,
            chips: small(board.chips),
            chips_expected: board.chips_expected.map(small),
            hashrate_hs: Rate(board.hashrate.hs()),
            board_c: board.board.map(degrees),
            chip_c: board.chip.map(degrees),
            voltage_mv: board.voltage.map(millivolts),
            chip_hz: board
                .frequency
                .map(|hertz| UpTo(hertz.millihertz().max(0).unsigned_abs() / 1_000)),
            errors: board.errors.map(UpTo),
            state: board.state.into(),
        }
    }
}

impl From<BoardWire> for Hashboard {
    fn from(wire: BoardWire) -> Self {
        Self {
            number: wire.number,
            chips: short(wire.chips),
            chips_expected: wire.chips_expected.map(short),
            hashrate: Hashrate::from_hs(wire.hashrate_hs.0),
            board: wire.board_c.map(celsius),
            chip: wire.chip_c.map(celsius),
            voltage: wire.voltage_mv.map(voltage),
            frequency: wire
                .chip_hz
                .map(|hertz| Hertz::from_millihertz(hertz.0.cast_signed() * 1_000)),
            errors: wire.errors.map(|count| count.0),
            state: wire.state.into(),
        }
    }
}

impl From<&MachineDetail> for DetailWire {
    fn from(detail: &MachineDetail) -> Self {
        Self {
            state_since: detail.state_since.map(Time),
            uptime_s: detail.uptime.map(super::field::Span),
            firmware: (!detail.firmware.is_empty()).then(|| NameText::share(&detail.firmware)),
            psu: detail.psu.as_ref().map(|psu| PsuWire {
                model: NameText::share(&psu.model),
                output_mv: psu.output.map(millivolts),
                temperature_c: psu.temperature.map(degrees),
            }),
            fans_rpm: Few(detail
                .fans
                .iter()
                .map(|rpm| UpTo(u64::from(*rpm)))
                .collect()),
            boards: Few(detail.boards.iter().map(BoardWire::from).collect()),
        }
    }
}

impl From<DetailWire> for MachineDetail {
    fn from(wire: DetailWire) -> Self {
        Self {
            state_since: wire.state_since.map(|time| time.0),
            uptime: wire.uptime_s.map(|span| span.0),
            firmware: wire.firmware.map_or_else(|| "".into(), |text| text.0),
            psu: wire.psu.map(|psu| Psu {
                model: psu.model.0,
                output: psu.output_mv.map(voltage),
                temperature: psu.temperature_c.map(celsius),
            }),
            fans: wire
                .fans_rpm
                .0
                .into_iter()
                .map(|rpm| u32::try_from(rpm.0).unwrap_or(u32::MAX))
                .collect(),
            boards: wire.boards.0.into_iter().map(Hashboard::from).collect(),
        }
    }
}

impl From<DetailWire> for Box<MachineDetail> {
    fn from(wire: DetailWire) -> Self {
        Self::new(wire.into())
    }
}

impl From<&Held> for HeldWire {
    fn from(held: &Held) -> Self {
        Self {
            by: NameText::share(&held.by),
            order: held.order.map(Ulid),
            since: held.since.map(Time),
            until: held.until.map(Time),
            reason: (!held.reason.is_empty()).then(|| LongText::share(&held.reason)),
        }
    }
}

impl From<HeldWire> for Held {
    fn from(wire: HeldWire) -> Self {
        Self {
            by: wire.by.0,
            order: wire.order.map(|id| id.0),
            since: wire.since.map(|time| time.0),
            until: wire.until.map(|time| time.0),
            reason: wire.reason.map_or_else(|| "".into(), |text| text.0),
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
