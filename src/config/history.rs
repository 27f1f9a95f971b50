//! The history's part of the file: whether, where and how long figures are kept.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Place};

/// How long figures are kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryConfig {
    /// Figures are kept at all.
    pub keep: bool,
    /// The folder; none: the usual one. Need not exist yet.
    pub dir: Option<PathBuf>,
    /// Every second, days.
    pub raw_days: u32,
    /// Every minute, days.
    pub minute_days: u32,
    /// Every quarter of an hour, days.
    pub rollup_days: u32,
    /// A file is kept below so many GB (10^9 bytes) by letting the oldest seconds go early.
    pub max_gb: u32,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self {
            keep: true,
            dir: None,
            raw_days: 30,
            minute_days: 90,
            rollup_days: 400,
            max_gb: 8,
        }
    }
}

/// As it stands in the file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHistory {
    keep: Option<bool>,
    dir: Option<Spanned<PathBuf>>,
    raw_days: Option<Spanned<i64>>,
    minute_days: Option<Spanned<i64>>,
    rollup_days: Option<Spanned<i64>>,
    max_gb: Option<Spanned<i64>>,
}

/// The most days and GB that can be asked for.
const MOST: i64 = 3_660;

pub(super) fn checked(place: &Place<'_>, raw: RawHistory) -> Result<HistoryConfig, ConfigError> {
    let usual = HistoryConfig::default();
    let number = |field: Option<Spanned<i64>>, key: &str, usual: u32| {
        let Some(field) = field else { return Ok(usual) };
        match u32::try_from(*field.get_ref()) {
            Ok(number) if (1..=MOST).contains(field.get_ref()) => Ok(number),
            _ => {
                let what = format!("is {}", field.get_ref());
                Err(place.error(field.span(), key, &what, "a whole number, 1 to 3660"))
            }
        }
    };
    let folder = place.file.parent().unwrap_or(Path::new("."));
    Ok(HistoryConfig {
        keep: raw.keep.unwrap_or(usual.keep),
        dir: raw.dir.map(|dir| folder.join(dir.into_inner())),
        raw_days: number(raw.raw_days, "history.raw_days", usual.raw_days)?,
        minute_days: number(raw.minute_days, "history.minute_days", usual.minute_days)?,
        rollup_days: number(raw.rollup_days, "history.rollup_days", usual.rollup_days)?,
        max_gb: number(raw.max_gb, "history.max_gb", usual.max_gb)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn history(text: &str) -> Result<HistoryConfig, String> {
        parse(text, Path::new("/etc/desk.toml"), &|_, _| Ok(()))
            .map(|config| config.history)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_kept_for_thirty_days_unless_said_otherwise() {
        assert_eq!(history(""), Ok(HistoryConfig::default()));
        let wanted = HistoryConfig {
            keep: true,
            dir: Some("/etc/past".into()),
            raw_days: 7,
            max_gb: 2,
            ..HistoryConfig::default()
        };
        let text = "[history]\ndir = \"past\"\nraw_days = 7\nmax_gb = 2\n";
        assert_eq!(history(text), Ok(wanted));
        assert!(!history("[history]\nkeep = false\n").expect("is read").keep);
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_line() {
        let told = history("[history]\nraw_days = 0\n").expect_err("is refused");
        assert_eq!(
            told,
            "/etc/desk.toml:2: `history.raw_days`: is 0; a whole number, 1 to 3660"
        );
        assert!(history("[history]\nmax_gb = 99999999999\n").is_err());
        assert!(history("[history]\nfor_ever = true\n").is_err());
    }
}
