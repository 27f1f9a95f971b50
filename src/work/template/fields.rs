//! Reads fields of a JSON object, each within its bounds. A field that is null is a field that is missing.

use std::fmt;
use std::ops::RangeInclusive;

use bitcoin::hex::FromHex;
use serde_json::{Map, Value};

use super::error::TemplateError;
use crate::engine::header::Hash;

/// Where in the template an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is the template.
    Template,
    /// One of its transactions, counted from 0.
    Transaction(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template => f.write_str("the node's template"),
            Self::Transaction(index) => {
                write!(f, "the node's template, transactions[{index}],")
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) place: Place,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value, place: Place) -> Result<Self, TemplateError> {
        match value {
            Value::Object(object) => Ok(Self { place, object }),
            _ => Err(TemplateError::NoObject(place)),
        }
    }

    pub(super) fn get(&self, field: &'static str) -> Option<&'a Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    /// Turns a missing field into an error.
    pub(super) fn need<T>(
        &self,
        field: &'static str,
        found: Option<T>,
    ) -> Result<T, TemplateError> {
        let place = self.place;
        found.ok_or(TemplateError::Missing { place, field })
    }

    pub(super) fn wrong(&self, field: &'static str, wanted: impl Into<String>) -> TemplateError {
        TemplateError::Field {
            place: self.place,
            field,
            wanted: wanted.into(),
        }
    }

    pub(super) fn whole(
        &self,
        field: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, TemplateError> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let number = value.as_u64().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| {
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            self.wrong(field, wanted)
        })
    }

    /// A whole number of 32 bits.
    pub(super) fn word(
        &self,
        field: &'static str,
        least: u32,
        most: u32,
    ) -> Result<Option<u32>, TemplateError> {
        let found = self.whole(field, u64::from(least)..=u64::from(most))?;
        // Within 32 bits by the range.
        Ok(found.map(|number| number as u32))
    }

    pub(super) fn truth(&self, field: &'static str) -> Result<Option<bool>, TemplateError> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(_) => Err(self.wrong(field, "true or false")),
        }
    }

    pub(super) fn text(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<&'a str>, TemplateError> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= most => Ok(Some(text)),
            Some(_) => Err(self.wrong(field, format!("a text of at most {most} bytes"))),
        }
    }

    pub(super) fn list(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<&'a [Value]>, TemplateError> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Array(list)) if list.len() <= most => Ok(Some(list)),
            Some(_) => Err(self.wrong(field, format!("a list of at most {most}"))),
        }
    }

    pub(super) fn object(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<&'a Map<String, Value>>, TemplateError> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Object(object)) if object.len() <= most => Ok(Some(object)),
            Some(_) => Err(self.wrong(field, format!("an object of at most {most} fields"))),
        }
    }

    /// Bytes in hex.
    pub(super) fn bytes(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<Vec<u8>>, TemplateError> {
        let wanted = || self.wrong(field, format!("hex of at most {most} bytes"));
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let text = value.as_str().filter(|text| text.len() <= 2 * most);
        let bytes = text.and_then(|text| Vec::from_hex(text).ok());
        bytes.map(Some).ok_or_else(wanted)
    }

    /// Exactly so many bytes in hex.
    pub(super) fn array<const N: usize>(
        &self,
        field: &'static str,
    ) -> Result<Option<[u8; N]>, TemplateError> {
        let wanted = || self.wrong(field, format!("hex of {N} bytes"));
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let text = value.as_str().filter(|text| text.len() == 2 * N);
        let bytes = text.and_then(|text| Vec::from_hex(text).ok()?.try_into().ok());
        bytes.map(Some).ok_or_else(wanted)
    }

    /// A hash as it is displayed: the last byte first.
    pub(super) fn hash(&self, field: &'static str) -> Result<Option<Hash>, TemplateError> {
        let bytes = self.array::<32>(field)?;
        Ok(bytes.map(|mut bytes| {
            bytes.reverse();
            Hash::from_bytes(bytes)
        }))
    }
}
