//! Whole numbers within bounds.

use toml::Spanned;

use super::{ConfigError, Place};

/// A whole number from 1 to `most`.
pub(super) fn within(
    place: &Place<'_>,
    field: Option<Spanned<i64>>,
    key: &str,
    most: u32,
    unit: &str,
) -> Result<Option<u32>, ConfigError> {
    let Some(field) = field else { return Ok(None) };
    match u32::try_from(*field.get_ref()) {
        Ok(value) if (1..=most).contains(&value) => Ok(Some(value)),
        _ => {
            let what = format!("is {}", field.get_ref());
            Err(place.error(field.span(), key, &what, &format!("1 to {most} {unit}")))
        }
    }
}
