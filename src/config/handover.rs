//! The handover's part of the file: `shifts`, and `[[takes_over]]` for each person who takes over at this desk.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Place, name};

/// Who takes a shift over here, and what they sign with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taker {
    /// Their name.
    pub name: String,
    /// Their key (`baseload operator new`); it is read when they sign, so it may lie on a stick that they carry.
    pub key_file: PathBuf,
    /// The file with its passphrase, where it is encrypted.
    pub passphrase_file: Option<PathBuf>,
}

/// When shifts begin, and who takes them over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandoverConfig {
    /// Minutes of the local day.
    pub shifts: Vec<u16>,
    /// In the order of the file.
    pub takers: Vec<Taker>,
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTaker {
    name: Spanned<String>,
    key_file: Spanned<PathBuf>,
    passphrase_file: Option<PathBuf>,
}

/// Most shifts of a day.
const MOST_SHIFTS: usize = 12;
/// Most persons.
const MOST_TAKERS: usize = 40;

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str, below: u16| -> Option<u16> {
        let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|n| plain && *n < below)
    };
    Some(two(hours, 24)? * 60 + two(minutes, 60)?)
}

pub(super) fn checked(
    place: &Place<'_>,
    shifts: Option<Spanned<Vec<String>>>,
    takers: Vec<RawTaker>,
) -> Result<HandoverConfig, ConfigError> {
    let mut config = HandoverConfig::default();
    if let Some(shifts) = shifts {
        let minutes: Option<Vec<u16>> = shifts.get_ref().iter().map(|t| minute(t)).collect();
        match minutes {
            Some(minutes) if minutes.len() <= MOST_SHIFTS => config.shifts = minutes,
            _ => {
                let mend = "at most 12 local times, each as \"08:00\"";
                return Err(place.error(shifts.span(), "shifts", "holds no times of day", mend));
            }
        }
    }
    config.shifts.sort_unstable();
    let folder = place.file.parent().map(PathBuf::from).unwrap_or_default();
    for taker in takers {
        let span = taker.name.span();
        if config.takers.len() == MOST_TAKERS {
            let mend = "at most 40 persons take over at one desk";
            return Err(place.error(span, "takes_over", "is one too many", mend));
        }
        let named = name(place, Some(taker.name), "takes_over.name")?.unwrap_or_default();
        if config.takers.iter().any(|t| t.name == named) {
            let mend = "name each person once";
            return Err(place.error(span, "takes_over.name", "stands twice", mend));
        }
        // Not looked for now: it may be on a stick that is not here yet.
        config.takers.push(Taker {
            name: named,
            key_file: folder.join(taker.key_file.get_ref()),
            passphrase_file: taker.passphrase_file.map(|file| folder.join(file)),
        });
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;

    fn read(text: &str) -> Result<super::HandoverConfig, String> {
        parse(text, Path::new("/c/b.toml"), &|_, _| Ok(()))
            .map(|config| config.handover)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn shifts_and_persons_are_read_and_nonsense_is_named() {
        let config = read(
            "shifts = [\"20:00\", \"08:00\"]\n[[takes_over]]\nname = \"boris\"\nkey_file = \"k/boris\"\n",
        )
        .expect("is right");
        assert_eq!(config.shifts, [480, 1_200]);
        assert_eq!(config.takers[0].key_file, Path::new("/c/k/boris"));
        for wrong in ["8:00", "24:00", "08:60", "+8:00", "noon"] {
            let error = read(&format!("shifts = [\"{wrong}\"]")).expect_err("is wrong");
            assert!(
                error.contains("b.toml:1") && error.contains("shifts"),
                "{error}"
            );
        }
    }
}
