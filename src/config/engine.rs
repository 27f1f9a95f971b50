//! The engine's part of the file: `engine = true`, or a table that also says how it works.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::{ConfigError, Place};
use crate::domain::cores::{CpuList, Threads};
use crate::engine::kernel::{by_name, kernels};

/// How this machine's own engine works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineConfig {
    /// The name of a kernel that this machine has; none: the fastest.
    pub kernel: Option<String>,
    /// Threads that hash; none: one a core.
    pub threads: Option<Threads>,
    /// Processors that they are bound to, in turn; none: the system places them.
    pub cpu_affinity: Option<CpuList>,
    /// They stand behind all other programs.
    pub idle_priority: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            kernel: None,
            threads: None,
            cpu_affinity: None,
            idle_priority: true,
        }
    }
}

/// As it stands in the file.
#[derive(Default)]
pub(super) enum RawEngine {
    #[default]
    Off,
    On(RawTable),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTable {
    kernel: Option<Spanned<String>>,
    threads: Option<Spanned<Count>>,
    cpu_affinity: Option<Spanned<String>>,
    cpu_priority: Option<Spanned<String>>,
}

/// A number, or words such as `50%`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(i64),
    Words(String),
}

impl<'de> Deserialize<'de> for RawEngine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SwitchOrTable)
    }
}

struct SwitchOrTable;

impl<'de> Visitor<'de> for SwitchOrTable {
    type Value = RawEngine;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or a table with kernel, threads, cpu_affinity, cpu_priority")
    }

    fn visit_bool<E>(self, on: bool) -> Result<RawEngine, E> {
        Ok(if on {
            RawEngine::On(RawTable::default())
        } else {
            RawEngine::Off
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawEngine, A::Error> {
        RawTable::deserialize(MapAccessDeserializer::new(map)).map(RawEngine::On)
    }
}

/// None where the engine stays off.
pub(super) fn checked(
    place: &Place<'_>,
    raw: RawEngine,
) -> Result<Option<EngineConfig>, ConfigError> {
    let RawEngine::On(raw) = raw else {
        return Ok(None);
    };
    if let Some(kernel) = raw
        .kernel
        .as_ref()
        .filter(|k| by_name(k.get_ref()).is_none())
    {
        let what = format!("names \"{}\"", kernel.get_ref().escape_default());
        let names: Vec<&str> = kernels().iter().map(|kernel| kernel.name()).collect();
        let mend = format!("this machine has {}", names.join(", "));
        return Err(place.error(kernel.span(), "engine.kernel", &what, &mend));
    }
    let threads = raw.threads.map(|threads| {
        let span = threads.span();
        let words = match threads.into_inner() {
            Count::Number(number) => number.to_string(),
            Count::Words(words) => words,
        };
        Spanned::new(span, words)
    });
    let idle_priority = match raw.cpu_priority.as_ref().map(|p| p.get_ref().as_str()) {
        None | Some("idle") => true,
        Some("normal") => false,
        Some(other) => {
            let what = format!("is \"{}\"", other.escape_default());
            let span = raw.cpu_priority.map_or(0..0, |p| p.span());
            return Err(place.error(span, "engine.cpu_priority", &what, "idle or normal"));
        }
    };
    Ok(Some(EngineConfig {
        kernel: raw.kernel.map(Spanned::into_inner),
        threads: parsed(place, threads, "engine.threads")?,
        cpu_affinity: parsed(place, raw.cpu_affinity, "engine.cpu_affinity")?,
        idle_priority,
    }))
}

fn parsed<T: FromStr<Err = String>>(
    place: &Place<'_>,
    field: Option<Spanned<String>>,
    key: &str,
) -> Result<Option<T>, ConfigError> {
    let Some(field) = field else { return Ok(None) };
    field.get_ref().parse().map(Some).map_err(|mend: String| {
        let shown: String = field.get_ref().chars().take(40).collect();
        let what = format!("is \"{}\"", shown.escape_default());
        place.error(field.span(), key, &what, &mend)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    fn engine(text: &str) -> Result<Option<EngineConfig>, String> {
        parse(text, Path::new("desk.toml"), &|_, _| Ok(()))
            .map(|config| config.engine)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_switch_or_a_table() {
        assert_eq!(engine(""), Ok(None));
        assert_eq!(engine("engine = false"), Ok(None));
        assert_eq!(engine("engine = true"), Ok(Some(EngineConfig::default())));
        assert_eq!(engine("[engine]\n"), Ok(Some(EngineConfig::default())));
        let text = "[engine]\nkernel = \"sha2\"\nthreads = \"50%\"\ncpu_affinity = \"0-1\"\ncpu_priority = \"normal\"\n";
        let wanted = EngineConfig {
            kernel: Some("sha2".to_owned()),
            threads: Some(Threads::Share(50)),
            cpu_affinity: "0-1".parse().ok(),
            idle_priority: false,
        };
        assert_eq!(engine(text), Ok(Some(wanted)));
        let two = engine("[engine]\nthreads = 2\n").expect("is good");
        assert_eq!(two.and_then(|e| e.threads), Some(Threads::Count(2)));
    }

    #[test]
    fn mistakes_are_named_with_file_line_and_key() {
        for (text, starts, holds) in [
            (
                "\nengine = 7\n",
                "desk.toml:2: `engine`:",
                "true, false or a table",
            ),
            (
                "[engine]\n\nkernel = \"abacus\"\n",
                "desk.toml:3: `engine.kernel`:",
                "sha2",
            ),
            (
                "[engine]\nthreads = 0\n",
                "desk.toml:2: `engine.threads`:",
                "1 to 1024",
            ),
            (
                "[engine]\nthreads = \"200%\"\n",
                "desk.toml:2: `engine.threads`:",
                "200%",
            ),
            (
                "[engine]\ncpu_affinity = \"9-1\"\n",
                "desk.toml:2: `engine.cpu_affinity`:",
                "0-3,6",
            ),
            (
                "[engine]\ncpu_priority = \"high\"\n",
                "desk.toml:2: `engine.cpu_priority`:",
                "idle",
            ),
            (
                "desk = \"A\"\n[engine]\nthread = 2\n",
                "desk.toml:3: `thread`:",
                "threads",
            ),
            (
                "[engine]\nthreads = 1.5\n",
                "desk.toml:2: `threads`:",
                "see",
            ),
        ] {
            let error = engine(text).expect_err("is refused");
            assert!(
                error.starts_with(starts) && error.contains(holds),
                "{error}"
            );
        }
    }
}
