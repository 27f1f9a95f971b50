//! What a desk wants of its screen: characters, ground, and keys of its own.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::{ConfigError, Place};

/// Which characters of its own the console draws with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GlyphChoice {
    /// Rules, block elements and braille.
    Full,
    /// Rules and block elements.
    NoBraille,
    /// Printable ASCII.
    Ascii,
}

/// The terminal's own ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Background {
    /// As the environment or the terminal says.
    #[default]
    Auto,
    /// Light: the light theme where none is named.
    Light,
    /// Dark.
    Dark,
}

/// How wide the terminal draws what Unicode calls ambiguous (UAX #11): Cyrillic letters, rules, blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ambiguous {
    /// One column, as nearly all do.
    #[default]
    Narrow,
    /// Two, as terminals set up for Chinese, Japanese or Korean may.
    Wide,
}

/// One line of `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// The action's name as written.
    pub action: String,
    /// The keys as written.
    pub keys: Vec<String>,
    /// From 1.
    pub line: usize,
}

/// `[keys]` as it is read.
pub(super) type RawKeys = BTreeMap<String, Spanned<Value>>;

/// Checks the shape of `[keys]`; what the names mean is the screen's to know.
pub(super) fn keys(place: &Place<'_>, raw: RawKeys) -> Result<Vec<KeyLine>, ConfigError> {
    let mut lines = Vec::new();
    for (action, value) in raw {
        let span = value.span();
        let keys = match value.into_inner() {
            Value::String(key) => Some(vec![key]),
            Value::Array(list) => list
                .into_iter()
                .map(|entry| match entry {
                    Value::String(key) => Some(key),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        let Some(keys) = keys else {
            let what = "is no key";
            let mend = "write \"o\", or [\"o\", \"F5\"] for several";
            return Err(place.error(span, &format!("keys.{action}"), what, mend));
        };
        lines.push(KeyLine {
            line: place.line(&span),
            action,
            keys,
        });
    }
    lines.sort_by_key(|line| line.line);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, parse};

    fn read(text: &str) -> Result<Config, String> {
        parse(text, Path::new("desk.toml"), &|_, _| Ok(())).map_err(|e| e.to_string())
    }

    #[test]
    fn keys_are_read_with_their_lines() {
        let config = read("desk = \"A\"\n[keys]\nsort = \"o\"\ncopy = [\"x\", \"F5\"]\n");
        let keys = config.expect("is good").keys;
        let seen: Vec<_> = keys.iter().map(|k| (&*k.action, k.line)).collect();
        assert_eq!(seen, [("sort", 3), ("copy", 4)]);
        assert_eq!(keys[1].keys, ["x", "F5"]);
        for wrong in ["sort = 5", "sort = [5]", "sort = { a = 1 }"] {
            let said = read(&format!("[keys]\n\n{wrong}\n")).expect_err("is refused");
            assert!(said.starts_with("desk.toml:3: `keys.sort`:"), "{said}");
        }
    }

    #[test]
    fn the_screen_is_read() {
        let text = "glyphs = \"no-braille\"\nbackground = \"light\"\nambiguous = \"wide\"\ncolor = \"8\"\n";
        let config = read(text).expect("is good");
        assert_eq!(config.glyphs, Some(GlyphChoice::NoBraille));
        assert_eq!(config.background, Background::Light);
        assert_eq!(config.ambiguous, Ambiguous::Wide);
        let said = read("\nglyphs = \"emoji\"\n").expect_err("is refused");
        assert!(
            said.starts_with("desk.toml:2: `glyphs`:") && said.contains("no-braille"),
            "{said}"
        );
    }
}
