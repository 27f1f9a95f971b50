//! The alarms' part of the file: `[alarms]`.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Place};

/// How this desk has its alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmsConfig {
    /// The bell and a notification (OSC 9) for alarms of the top priority.
    pub bell: bool,
    /// An alarm may be shelved for so long, 15 min to 24 h.
    pub longest_shelf: Duration,
}

impl Default for AlarmsConfig {
    fn default() -> Self {
        Self {
            bell: true,
            longest_shelf: Duration::from_hours(8),
        }
    }
}

/// As it stands in the file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAlarms {
    bell: Option<bool>,
    shelve_max_min: Option<Spanned<i64>>,
}

pub(super) fn checked(place: &Place<'_>, raw: RawAlarms) -> Result<AlarmsConfig, ConfigError> {
    let usual = AlarmsConfig::default();
    let longest_shelf = if let Some(minutes) = raw.shelve_max_min {
        let count = u64::try_from(*minutes.get_ref()).unwrap_or(0);
        if !(15..=1_440).contains(&count) {
            let what = format!("is {}", minutes.get_ref());
            let key = "alarms.shelve_max_min";
            return Err(place.error(minutes.span(), key, &what, "15 to 1440 minutes"));
        }
        Duration::from_mins(count)
    } else {
        usual.longest_shelf
    };
    Ok(AlarmsConfig {
        bell: raw.bell.unwrap_or(usual.bell),
        longest_shelf,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;
    use super::*;

    fn read(text: &str) -> Result<AlarmsConfig, String> {
        parse(text, Path::new("desk.toml"), &|_, _| Ok(()))
            .map(|config| config.alarms)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_bell_can_be_off_and_shelves_are_bounded() {
        assert_eq!(read(""), Ok(AlarmsConfig::default()));
        assert_eq!(
            read("[alarms]\nbell = false\nshelve_max_min = 60\n"),
            Ok(AlarmsConfig {
                bell: false,
                longest_shelf: Duration::from_hours(1)
            })
        );
        for wrong in ["0", "-1", "1441", "9223372036854775807"] {
            let error = read(&format!("[alarms]\nshelve_max_min = {wrong}\n"))
                .expect_err("it is out of bounds");
            assert!(
                error.contains("desk.toml:2: `alarms.shelve_max_min`"),
                "{error}"
            );
        }
        assert!(read("[alarms]\nbeep = true\n").is_err());
    }
}
