//! Fields of the wire: each refuses on reading what its domain value must never hold.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::domain::filter::{self, MachineFilter};
use crate::domain::ids::OrderId;
use crate::domain::inflow::Day;
use crate::domain::order::PlanHash;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// ±1 TW: more than any nation has.
const MAX_WATTS: i64 = 1_000_000_000_000;
/// A million million million of any currency.
const MAX_AMOUNT: i64 = 1_000_000_000_000_000_000;
/// A million times the world's hashrate of today.
const MAX_HASHRATE: f64 = 1e27;

/// A text of at most `MAX` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bounded<const MAX: usize>(pub(super) Arc<str>);

/// An id: 1 to 64 bytes.
pub(super) type IdText = Bounded<64>;
/// A name: at most 256 bytes.
pub(super) type NameText = Bounded<256>;
/// A sentence: at most 1,024 bytes.
pub(super) type LongText = Bounded<1024>;

impl<const MAX: usize> Bounded<MAX> {
    /// Cut between characters where it is too long, so that what we write can always be read.
    pub(super) fn of(text: &str) -> Self {
        let mut end = text.len().min(MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self(Arc::from(&text[..end]))
    }

    /// The same text, shared where it fits.
    pub(super) fn share(text: &Arc<str>) -> Self {
        if text.len() <= MAX {
            Self(Arc::clone(text))
        } else {
            Self::of(text)
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Serialize for Bounded<MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// Visits a string and hands it to a function: no copy where the input can be borrowed.
struct Text<F>(&'static str, F);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Text<F> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.1(text).map_err(E::custom)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Bounded<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text("a text", |text: &str| {
            if text.len() > MAX {
                Err(format!(
                    "a text of {} bytes where {MAX} are allowed",
                    text.len()
                ))
            } else if MAX == 64 && text.is_empty() {
                Err("an empty id".to_owned())
            } else {
                Ok(Self(Arc::from(text)))
            }
        }))
    }
}

impl<const MAX: usize> JsonSchema for Bounded<MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let least = usize::from(MAX == 64);
        json_schema!({"type": "string", "minLength": least, "maxLength": MAX})
    }
}

/// A filter of machines: at most 512 bytes and 32 terms, all of them understood.
#[derive(Debug, Clone)]
pub(super) struct FilterText(pub(super) MachineFilter);

impl Serialize for FilterText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.text())
    }
}

impl<'de> Deserialize<'de> for FilterText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text("a filter", |text: &str| {
            let filter = MachineFilter::read(text).map_err(|why| why.to_string())?;
            Ok(Self(filter))
        }))
    }
}

impl JsonSchema for FilterText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "FilterText".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "maxLength": filter::LONGEST})
    }
}

/// Any power, ±1 TW, whole watts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Watts(pub(super) Power);

/// A load, a target or a rating: 0 to 1 TW, whole watts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Load(pub(super) Power);

macro_rules! whole_watts {
    ($name:ident, $least:expr) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_i64(self.0.watts().clamp($least, MAX_WATTS))
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let watts = i64::deserialize(from)?;
                if ($least..=MAX_WATTS).contains(&watts) {
                    Ok(Self(Power::from_watts(watts)))
                } else {
                    Err(de::Error::custom(format!("{watts} W is out of range")))
                }
            }
        }
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "integer", "minimum": $least, "maximum": MAX_WATTS})
            }
        }
    };
}
whole_watts!(Watts, -MAX_WATTS);
whole_watts!(Load, 0_i64);

/// A finite number between two bounds.
macro_rules! bounded_float {
    ($(#[$doc:meta])* $name:ident, $least:expr, $most:expr, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub(super) struct $name(pub(super) f64);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let sane = if self.0.is_nan() { $least } else { self.0.clamp($least, $most) };
                to.serialize_f64(sane)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let value = f64::deserialize(from)?;
                if ($least..=$most).contains(&value) {
                    Ok(Self(value))
                } else {
                    Err(de::Error::custom(format!("{value} {} is out of range", $what)))
                }
            }
        }
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "number", "minimum": $least, "maximum": $most})
            }
        }
    };
}
bounded_float!(
    /// H/s, 0 to 1e27.
    Rate, 0.0, MAX_HASHRATE, "H/s"
);
bounded_float!(
    /// °C, -100 to 500.
    Degrees, -100.0, 500.0, "°C"
);
bounded_float!(
    /// Hours, 0 to 10,000.
    Hours, 0.0, 10_000.0, "h"
);
bounded_float!(
    /// Updates per second that a client wants at most.
    PerSecond, 0.01, 1_000.0, "Hz"
);

/// Whole millihertz, 0 to 1 MHz: far beyond any grid, and far from overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MilliHertz(pub(super) i64);

impl Serialize for MilliHertz {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0.clamp(0, 1_000_000_000))
    }
}

impl<'de> Deserialize<'de> for MilliHertz {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = i64::deserialize(from)?;
        if (0..=1_000_000_000).contains(&value) {
            Ok(Self(value))
        } else {
            Err(de::Error::custom(format!("{value} mHz is out of range")))
        }
    }
}

impl JsonSchema for MilliHertz {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "MilliHertz".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": 1_000_000_000})
    }
}

/// A whole number of seconds or milliseconds, at most ten years' worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span<const PER_SECOND: u64>(pub(super) Duration);

/// Whole seconds.
pub(super) type Seconds = Span<1>;
/// Whole milliseconds.
pub(super) type Millis = Span<1000>;

const TEN_YEARS: u64 = 10 * 366 * 86_400;

impl<const PER_SECOND: u64> Serialize for Span<PER_SECOND> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let per = u128::from(PER_SECOND);
        // Rounded up: a limit must not become shorter on the wire.
        let units = (self.0.as_millis() * per).div_ceil(1000);
        let most = TEN_YEARS * PER_SECOND;
        to.serialize_u64(u64::try_from(units).unwrap_or(most).min(most))
    }
}

impl<'de, const PER_SECOND: u64> Deserialize<'de> for Span<PER_SECOND> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let units = u64::deserialize(from)?;
        if units > TEN_YEARS * PER_SECOND {
            return Err(de::Error::custom(format!("{units} is more than ten years")));
        }
        Ok(Self(Duration::from_millis(units * (1000 / PER_SECOND))))
    }
}

impl<const PER_SECOND: u64> JsonSchema for Span<PER_SECOND> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Span{PER_SECOND}").into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": TEN_YEARS * PER_SECOND})
    }
}

/// A field that is a string on the wire and something exact in the domain.
macro_rules! as_string {
    ($name:ident, $what:literal, $schema:tt, |$value:ident| $show:expr, |$text:ident| $read:expr) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let $value = &self.0;
                to.collect_str(&$show)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(Text($what, |$text: &str| $read.map(Self)))
            }
        }
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// A point in time: RFC 3339, UTC, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub(super) Timestamp);

/// An exact decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exact(pub(super) Decimal);

/// A day of UTC: `2026-01-15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayText(pub(super) Day);

/// An order's id: a ULID in Crockford's base 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ulid(pub(super) OrderId);

/// SHA-256, 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(pub(super) PlanHash);

fn in_range(time: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(time.millis()).unwrap_or(if time.millis() < 0 {
        jiff::Timestamp::UNIX_EPOCH
    } else {
        jiff::Timestamp::MAX
    })
}

fn read_time(text: &str) -> Result<Timestamp, String> {
    // A leap of a thousand years is no time of a measurement; a long text is no time at all.
    if text.len() > 40 {
        return Err("a time is at most 40 bytes".to_owned());
    }
    let time: jiff::Timestamp = text
        .parse()
        .map_err(|_| "not a time in RFC 3339".to_owned())?;
    let millis = time.as_millisecond();
    if (0..=7_258_118_400_000).contains(&millis) {
        Ok(Timestamp::from_millis(millis))
    } else {
        Err("a time outside the years 1970 to 2199".to_owned())
    }
}

fn read_day(text: &str) -> Result<Day, String> {
    let wrong = || "not a day like 2026-01-15".to_owned();
    if text.len() != 10 {
        return Err(wrong());
    }
    let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    // One day has one name: what can be written in two ways could be counted twice.
    if !(1970..2200).contains(&date.year()) || date.to_string() != text {
        return Err(wrong());
    }
    let start = date.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    let millis = start.map_err(|_| wrong())?.timestamp().as_millisecond();
    Ok(Day::of(Timestamp::from_millis(millis)))
}

fn read_decimal(text: &str) -> Result<Decimal, String> {
    if text.len() > 40 {
        return Err("a decimal number is at most 40 bytes".to_owned());
    }
    let number = Decimal::from_str_exact(text).map_err(|_| "not a decimal number".to_owned())?;
    // More than all the money there is, and far from where a sum of ten thousand such accounts would overflow.
    if number.abs() > Decimal::from(MAX_AMOUNT) {
        return Err(format!("an amount beyond {MAX_AMOUNT}"));
    }
    Ok(number)
}

fn read_hash(text: &str) -> Result<PlanHash, String> {
    let wrong = || "a plan's hash is 64 hexadecimal digits".to_owned();
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(wrong());
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(PlanHash(hash))
}

pub(super) struct Hex<'a>(pub(super) &'a [u8; 32]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

as_string!(Time, "a time", {"type": "string", "format": "date-time"},
    |time| format_args!("{:.3}", in_range(*time)), |text| read_time(text));
as_string!(DayText, "a day", {"type": "string", "format": "date"},
    |day| in_range(day.start()).to_zoned(jiff::tz::TimeZone::UTC).date(), |text| read_day(text));
as_string!(Exact, "a decimal number", {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$", "maxLength": 40},
    |number| number, |text| read_decimal(text));
as_string!(Ulid, "a ULID", {"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
    |id| ulid::Ulid(id.0),
    |text| ulid::Ulid::from_string(text).map(|id| OrderId(id.0)).map_err(|_| "not a ULID".to_owned()));
as_string!(Hash, "a plan's hash", {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    |hash| Hex(&hash.0), |text| read_hash(text));

/// At most `MAX` of a list: what is beyond is not even read.
pub(super) fn few<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MAX: usize>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct Counted<T, const MAX: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Counted<T, MAX> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX}")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = list.next_element()? {
                if all.len() == MAX {
                    return Err(de::Error::custom(format!("a list of more than {MAX}")));
                }
                all.push(one);
            }
            Ok(all)
        }
    }
    from.deserialize_seq(Counted::<T, MAX>(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_milliseconds() {
        let time = Time(Timestamp::from_millis(1_767_225_600_007));
        let text = serde_json::to_string(&time).expect("a time can be written");
        assert_eq!(text, "\"2026-01-01T00:00:00.007Z\"");
        let back: Time = serde_json::from_str(&text).expect("and read");
        assert_eq!(back, time);
    }

    #[test]
    fn a_day_has_one_name() {
        let day: DayText = serde_json::from_str("\"2026-01-15\"").expect("a day");
        assert_eq!(day.0.start(), Timestamp::from_millis(1_768_435_200_000));
        let text = serde_json::to_string(&day).expect("can be written");
        assert_eq!(text, "\"2026-01-15\"");
        for wrong in [
            "20260115",
            "2026-1-15",
            "2026-02-30",
            "9999-01-01",
            "1969-12-31",
            "2026-01-15T00",
            "",
        ] {
            assert!(
                serde_json::from_str::<DayText>(&format!("\"{wrong}\"")).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_absurd_is_refused() {
        assert!(serde_json::from_str::<Load>("-1").is_err());
        assert!(serde_json::from_str::<Watts>("1000000000001").is_err());
        assert!(serde_json::from_str::<Rate>("1e999").is_err());
        assert!(serde_json::from_str::<Time>("\"9999-01-01T00:00:00Z\"").is_err());
        assert!(serde_json::from_str::<Exact>("\"1000000000000000001\"").is_err());
        assert!(serde_json::from_str::<IdText>("\"\"").is_err());
        assert!(serde_json::from_str::<IdText>(&format!("\"{}\"", "x".repeat(65))).is_err());
    }

    #[test]
    fn a_cut_falls_between_characters() {
        let long = "й".repeat(40);
        assert_eq!(IdText::of(&long).as_str().chars().count(), 32);
    }
}
