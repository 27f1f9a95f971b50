//! Numbers and spans as a recording keeps them: what is read is what was written, to the last bit, and nothing that is
//! read lies outside what the arithmetic of the house bears.

use std::time::Duration;

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest span that is read back: sums and multiples of it can't overflow.
const LONGEST: Duration = Duration::from_secs(100_000_000_000);
/// Greatest whole quantity that is read back: a thousand of them can be added up.
const GREATEST: i64 = i64::MAX / 1_000;

/// What can be written down exactly.
pub trait Exact: Sized {
    /// As it stands in a file.
    type Kept: Serialize + for<'de> Deserialize<'de>;

    /// To the file.
    fn kept(&self) -> Self::Kept;

    /// From the file; none for what is out of bounds.
    fn of(kept: Self::Kept) -> Option<Self>;
}

/// A number, or the name of one that JSON has no form for.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Float {
    /// Finite.
    Number(f64),
    /// `nan`, `inf` or `-inf`.
    Name(String),
}

impl Exact for f64 {
    type Kept = Float;

    fn kept(&self) -> Float {
        if self.is_finite() {
            Float::Number(*self)
        } else if self.is_nan() {
            Float::Name("nan".to_owned())
        } else if *self > 0.0 {
            Float::Name("inf".to_owned())
        } else {
            Float::Name("-inf".to_owned())
        }
    }

    fn of(kept: Float) -> Option<Self> {
        match kept {
            Float::Number(number) => Some(number),
            Float::Name(name) => match name.as_str() {
                "nan" => Some(Self::NAN),
                "inf" => Some(Self::INFINITY),
                "-inf" => Some(Self::NEG_INFINITY),
                _ => None,
            },
        }
    }
}

impl Exact for f32 {
    type Kept = Float;

    // Every f32 is an f64: nothing is rounded twice.
    fn kept(&self) -> Float {
        f64::from(*self).kept()
    }

    fn of(kept: Float) -> Option<Self> {
        f64::of(kept).map(|wide| wide as Self)
    }
}

impl Exact for i64 {
    type Kept = Self;

    fn kept(&self) -> Self {
        *self
    }

    fn of(kept: Self) -> Option<Self> {
        (-GREATEST..=GREATEST).contains(&kept).then_some(kept)
    }
}

impl Exact for Duration {
    /// Seconds and nanoseconds.
    type Kept = (u64, u32);

    fn kept(&self) -> (u64, u32) {
        (self.as_secs(), self.subsec_nanos())
    }

    fn of((seconds, nanos): (u64, u32)) -> Option<Self> {
        let span = Self::from_secs(seconds).checked_add(Self::from_nanos(u64::from(nanos)))?;
        (span <= LONGEST).then_some(span)
    }
}

impl<T: Exact> Exact for Option<T> {
    type Kept = Option<T::Kept>;

    fn kept(&self) -> Self::Kept {
        self.as_ref().map(Exact::kept)
    }

    fn of(kept: Self::Kept) -> Option<Self> {
        match kept {
            Some(kept) => T::of(kept).map(Some),
            None => Some(None),
        }
    }
}

/// For `#[serde(with)]`.
pub fn serialize<T: Exact, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.kept().serialize(serializer)
}

/// For `#[serde(with)]`.
pub fn deserialize<'de, T: Exact, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let kept = T::Kept::deserialize(deserializer)?;
    T::of(kept).ok_or_else(|| {
        D::Error::invalid_value(Unexpected::Other("a value out of bounds"), &"one within")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_has_no_number_for_goes_there_and_back() {
        for number in [
            0.1,
            -0.0,
            f64::MIN_POSITIVE,
            1.797_693_134_862_315_7e308,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ] {
            let text = serde_json::to_string(&number.kept()).expect("is written");
            let kept = serde_json::from_str(&text).expect("is read");
            let back = f64::of(kept).expect("is in bounds");
            assert_eq!(back.to_bits(), number.to_bits(), "{text}");
        }
        let text = serde_json::to_string(&0.1_f32.kept()).expect("is written");
        let kept = serde_json::from_str(&text).expect("is read");
        assert_eq!(f32::of(kept).map(f32::to_bits), Some(0.1_f32.to_bits()));
    }

    #[test]
    fn absurd_values_are_not_read() {
        assert_eq!(Duration::of((u64::MAX, u32::MAX)), None);
        assert_eq!(i64::of(i64::MIN), None);
        assert!(f64::of(Float::Name("1e400".to_owned())).is_none());
    }
}
