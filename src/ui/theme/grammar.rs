//! Reading a theme file: tables, keys and values with the line of each, so that a mistake is named where it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::style::Modifier;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::colour::{ANSI_NAMES, Rgb};
use super::role::Role;

/// What is wrong with a theme, where, and the mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct ThemeError {
    /// The file, or the name of a built-in.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong, naming the key, and what to write instead.
    pub what: String,
}

/// A colour as a file writes it: of the palette, or itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ink {
    /// A name of `[palette]`.
    Named(String),
    /// `#rrggbb`.
    Direct(Rgb),
}

/// A style of `[roles]`, with its line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RolePaint {
    pub(super) fg: Option<Ink>,
    pub(super) bg: Option<Ink>,
    pub(super) modifiers: Modifier,
    pub(super) line: usize,
    pub(super) file: String,
}

/// A style of `[ansi16]`: indices 0 to 15, none where the terminal's own colour is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct AnsiPaint {
    pub(super) fg: Option<u8>,
    pub(super) bg: Option<u8>,
    pub(super) modifiers: Modifier,
}

/// A theme file as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sheet {
    pub(super) inherits: Option<(String, usize)>,
    pub(super) palette: BTreeMap<String, Rgb>,
    pub(super) roles: BTreeMap<Role, RolePaint>,
    pub(super) ansi16: BTreeMap<Role, AnsiPaint>,
    pub(super) mono: BTreeMap<Role, Modifier>,
}

impl Sheet {
    /// This sheet over `base`: what it names wins, palette names included.
    pub(super) fn over(mut self, mut base: Self) -> Self {
        base.palette.append(&mut self.palette);
        base.roles.append(&mut self.roles);
        base.ansi16.append(&mut self.ansi16);
        base.mono.append(&mut self.mono);
        base.inherits = None;
        base
    }
}

/// A file being read.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.bytes().filter(|&b| b == b'\n').count() + 1
    }

    fn error(&self, span: &Range<usize>, what: impl Into<String>) -> ThemeError {
        ThemeError {
            file: self.file.to_owned(),
            line: self.line(span),
            what: what.into(),
        }
    }

    fn table<'v, 'i>(
        &self,
        key: &str,
        value: &'v Spanned<DeValue<'i>>,
    ) -> Result<&'v DeTable<'i>, ThemeError> {
        value.get_ref().as_table().ok_or_else(|| {
            self.error(
                &value.span(),
                format!("`{key}` must be a table; write [{key}] on a line of its own"),
            )
        })
    }

    fn string<'v>(
        &self,
        key: &str,
        value: &'v Spanned<DeValue<'_>>,
    ) -> Result<&'v str, ThemeError> {
        value.get_ref().as_str().ok_or_else(|| {
            self.error(
                &value.span(),
                format!("`{key}` must be a text in double quotes"),
            )
        })
    }

    fn role(&self, table: &str, key: &str, span: &Range<usize>) -> Result<Role, ThemeError> {
        Role::named(key).ok_or_else(|| {
            let names = Role::ALL.iter().map(|r| r.word());
            self.error(
                span,
                format!(
                    "[{table}] `{key}` is not a role; {}",
                    instead(key, names, "the roles are")
                ),
            )
        })
    }

    fn modifiers(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Modifier, ThemeError> {
        let list = value.get_ref().as_array().ok_or_else(|| {
            self.error(
                &value.span(),
                format!("`{key}` modifiers must be a list, [\"bold\"] say"),
            )
        })?;
        let mut all = Modifier::empty();
        for entry in list {
            let word = self.string(key, entry)?;
            all |= modifier(word).ok_or_else(|| {
                let names = MODIFIERS.iter().map(|(name, _)| *name);
                self.error(
                    &entry.span(),
                    format!(
                        "`{key}` has the modifier `{word}`; {}",
                        instead(word, names, "write one of")
                    ),
                )
            })?;
        }
        Ok(all)
    }
}

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

fn modifier(word: &str) -> Option<Modifier> {
    MODIFIERS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, modifier)| *modifier)
}

/// The mend: the name that was likely meant, or all there are.
pub(super) fn instead<'a>(wrong: &str, names: impl Iterator<Item = &'a str>, lead: &str) -> String {
    let names: Vec<&str> = names.collect();
    let near = names
        .iter()
        .map(|name| (edits(wrong, name), *name))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("{lead} {}", names.join(", ")),
    }
}

/// Letters to change, add or take away to come from one word to the other.
fn edits(a: &str, b: &str) -> usize {
    // A mistyped key may be long; only the front of it can be near a name.
    let a: Vec<char> = a.chars().take(40).collect();
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// Reads one file.
pub(super) fn read(file: &str, text: &str) -> Result<Sheet, ThemeError> {
    let source = Source { file, text };
    let document = DeTable::parse(text).map_err(|e| {
        let span = e.span().unwrap_or(0..0);
        source.error(&span, format!("not TOML: {}", e.message()))
    })?;
    let mut sheet = Sheet::default();
    for (key, value) in document.get_ref() {
        let span = key.span();
        let key: &str = key.get_ref();
        match key {
            "inherits" => {
                let name = source.string(key, value)?.to_owned();
                sheet.inherits = Some((name, source.line(&span)));
            }
            "palette" => sheet.palette = palette(&source, source.table(key, value)?)?,
            "roles" => sheet.roles = roles(&source, source.table(key, value)?)?,
            "ansi16" => sheet.ansi16 = ansi16(&source, source.table(key, value)?)?,
            "mono" => sheet.mono = mono(&source, source.table(key, value)?)?,
            _ => {
                let names = ["inherits", "palette", "roles", "ansi16", "mono"];
                let mend = instead(key, names.into_iter(), "a theme holds");
                return Err(source.error(&span, format!("unknown key `{key}`; {mend}")));
            }
        }
    }
    Ok(sheet)
}

fn palette(source: &Source<'_>, table: &DeTable<'_>) -> Result<BTreeMap<String, Rgb>, ThemeError> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        let name: &str = key.get_ref();
        let text = source.string(name, value)?;
        let colour = Rgb::parse(text).ok_or_else(|| {
            source.error(
                &value.span(),
                format!("[palette] `{name}` is `{text}`; write a colour as \"#rrggbb\""),
            )
        })?;
        all.insert(name.to_owned(), colour);
    }
    Ok(all)
}

fn roles(
    source: &Source<'_>,
    table: &DeTable<'_>,
) -> Result<BTreeMap<Role, RolePaint>, ThemeError> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        let span = key.span();
        let name: &str = key.get_ref();
        let role = source.role("roles", name, &span)?;
        let mut paint = RolePaint {
            line: source.line(&span),
            file: source.file.to_owned(),
            ..RolePaint::default()
        };
        if let Some(text) = value.get_ref().as_str() {
            paint.fg = Some(ink(source, name, text, &value.span())?);
        } else {
            for (part, inner) in style_table(source, name, value)? {
                let at = inner.span();
                match part {
                    "fg" => paint.fg = Some(ink(source, name, source.string(name, inner)?, &at)?),
                    "bg" => paint.bg = Some(ink(source, name, source.string(name, inner)?, &at)?),
                    _ => paint.modifiers = source.modifiers(name, inner)?,
                }
            }
        }
        all.insert(role, paint);
    }
    Ok(all)
}

fn ink(source: &Source<'_>, key: &str, text: &str, span: &Range<usize>) -> Result<Ink, ThemeError> {
    if !text.starts_with('#') {
        return Ok(Ink::Named(text.to_owned()));
    }
    Rgb::parse(text).map(Ink::Direct).ok_or_else(|| {
        source.error(
            span,
            format!("`{key}` is `{text}`; write a colour as \"#rrggbb\""),
        )
    })
}

type Parts<'v, 'i> = Vec<(&'v str, &'v Spanned<DeValue<'i>>)>;

/// The parts of an inline style, each known to be `fg`, `bg` or `modifiers`.
fn style_table<'v, 'i>(
    source: &Source<'_>,
    key: &str,
    value: &'v Spanned<DeValue<'i>>,
) -> Result<Parts<'v, 'i>, ThemeError> {
    let table = value.get_ref().as_table().ok_or_else(|| {
        source.error(
            &value.span(),
            format!("`{key}` must be a colour or {{ fg = .., bg = .., modifiers = [..] }}"),
        )
    })?;
    let mut parts = Vec::new();
    for (part, inner) in table {
        let word: &str = part.get_ref();
        if !["fg", "bg", "modifiers"].contains(&word) {
            let mend = instead(word, ["fg", "bg", "modifiers"].into_iter(), "a style holds");
            return Err(source.error(&part.span(), format!("`{key}` has `{word}`; {mend}")));
        }
        parts.push((word, inner));
    }
    Ok(parts)
}

fn ansi16(
    source: &Source<'_>,
    table: &DeTable<'_>,
) -> Result<BTreeMap<Role, AnsiPaint>, ThemeError> {
    let index = |key: &str, text: &str, span: &Range<usize>| {
        if text == "default" {
            return Ok(None);
        }
        let found = ANSI_NAMES
            .iter()
            .zip(0u8..)
            .find(|(name, _)| **name == text);
        found.map(|(_, index)| Some(index)).ok_or_else(|| {
            let names = ANSI_NAMES.iter().copied().chain(["default"]);
            let mend = instead(text, names, "write one of");
            source.error(span, format!("[ansi16] `{key}` is `{text}`; {mend}"))
        })
    };
    let mut all = BTreeMap::new();
    for (key, value) in table {
        let name: &str = key.get_ref();
        let role = source.role("ansi16", name, &key.span())?;
        let mut paint = AnsiPaint::default();
        if let Some(text) = value.get_ref().as_str() {
            paint.fg = index(name, text, &value.span())?;
        } else {
            for (part, inner) in style_table(source, name, value)? {
                let at = inner.span();
                match part {
                    "fg" => paint.fg = index(name, source.string(name, inner)?, &at)?,
                    "bg" => paint.bg = index(name, source.string(name, inner)?, &at)?,
                    _ => paint.modifiers = source.modifiers(name, inner)?,
                }
            }
        }
        all.insert(role, paint);
    }
    Ok(all)
}

fn mono(source: &Source<'_>, table: &DeTable<'_>) -> Result<BTreeMap<Role, Modifier>, ThemeError> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        let name: &str = key.get_ref();
        let role = source.role("mono", name, &key.span())?;
        all.insert(role, source.modifiers(name, value)?);
    }
    Ok(all)
}
