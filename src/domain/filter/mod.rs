//! The language of filters: `biaroza`, `state:faulted`, `mw>5`, `-quality:good`, `state:"partly curtailed"`,
//! `block=h1-b2`. A console reads what is typed by it, and a gateway what a console asks for.
//!
//! Invariant: pure; any text can be parsed, and what is not understood is named and lets everything through. Whoever
//! acts on what a filter shows has to look at [`Filter::wrong`] first.

mod machines;

pub use machines::{LONGEST, MACHINES, MOST_TERMS, MachineFilter, NoFilter, exactly, machine};

use super::units::{Hashrate, Power};

/// What a filter may ask of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Where a word without a field is looked for.
    pub any: String,
    /// Words by field; a field may stand there several times.
    pub words: Vec<(Word, String)>,
    /// Figures by field; none where it is not known.
    pub figures: Vec<(Word, Option<f64>)>,
}

/// A field whose words are looked into.
pub type Word = &'static str;

/// The fields of a table, as [`parse`] takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// Fields of words: `state:faulted`.
    pub words: &'static [Word],
    /// Fields of figures: `mw>5`.
    pub figures: &'static [Word],
}

/// How a figure is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `=`: the same; of figures to one decimal, which is what the screen shows.
    Same,
    /// `:`: of words, it holds them; of figures as `=`.
    Has,
}

impl Compare {
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
            Self::Same | Self::Has => (value - bound).abs() < 0.05,
        }
    }
}

/// What one term asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Some word of the row holds this (lower case).
    Any(String),
    /// That field holds this (lower case).
    Holds(Word, String),
    /// That field is this and no more (lower case).
    Is(Word, String),
    /// That figure lies so. One that is not known never does.
    Lies(Word, Compare, f64),
}

/// One term; a row has to meet all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The row must not meet it.
    pub not: bool,
    /// What it asks.
    pub test: Test,
}

/// Why a part is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no such field in this table.
    NoField,
    /// After the sign there should be a number.
    NoNumber,
    /// After the colon there should be a text.
    NoText,
    /// Words can't be compared.
    NoFigure,
    /// A quotation mark is never closed.
    Open,
}

/// The first part that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// As it was typed.
    pub part: String,
    /// Why.
    pub why: Why,
}

/// A filter, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// All that is understood.
    pub terms: Vec<Term>,
    /// What is not. The terms hold all the same.
    pub wrong: Option<Wrong>,
    /// What is understood, as it was typed, one blank between two terms.
    pub text: String,
}

impl Filter {
    /// Does the row meet every term?
    pub fn shows(&self, row: &Facts) -> bool {
        self.terms.iter().all(|term| term.holds(row))
    }
}

/// Fields that hold one of a few words.
const WHOLE: [Word; 3] = ["state", "quality", "source"];
/// The field that is a time.
const TIME: Word = "age";

impl Term {
    fn holds(&self, row: &Facts) -> bool {
        let met = match &self.test {
            Test::Any(text) => row.any.to_lowercase().contains(text.as_str()),
            Test::Holds(field, text) => row.words.iter().any(|(name, words)| {
                let words = words.to_lowercase();
                let text = text.as_str();
                // One of a few words is meant from its start: `acknowledged` is not `unacknowledged`.
                name == field
                    && if WHOLE.contains(name) {
                        words.starts_with(text)
                    } else {
                        words.contains(text)
                    }
            }),
            Test::Is(field, text) => {
                let is =
                    |(name, words): &(Word, String)| name == field && words.to_lowercase() == *text;
                row.words.iter().any(is)
            }
            Test::Lies(field, compare, bound) => {
                let value = row.figures.iter().find(|(name, _)| name == field);
                return match value.and_then(|(_, value)| *value) {
                    Some(value) => compare.holds(value, *bound) != self.not,
                    // What is not known is neither above nor not above.
                    None => false,
                };
            }
        };
        met != self.not
    }
}

/// Reads a filter for a table with these fields.
pub fn parse(text: &str, fields: Fields) -> Filter {
    let mut filter = Filter::default();
    for part in parts(text) {
        match term(&part, fields) {
            Ok(Some(term)) => {
                filter.terms.push(term);
                let gap = if filter.text.is_empty() { "" } else { " " };
                filter.text.push_str(gap);
                filter.text.push_str(&part);
            }
            Ok(None) => {}
            Err(why) => {
                filter.wrong.get_or_insert(Wrong { part, why });
            }
        }
    }
    filter
}

/// Parts between blanks that no quotation marks enclose. A mark that is never closed ends with the text.
fn parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    for c in text.chars() {
        if c == '"' {
            quoted = !quoted;
        }
        if c.is_whitespace() && !quoted {
            if !part.is_empty() {
                parts.push(std::mem::take(&mut part));
            }
        } else {
            part.push(c);
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

fn plain(text: &str) -> String {
    text.replace('"', "").to_lowercase()
}

fn term(part: &str, fields: Fields) -> Result<Option<Term>, Why> {
    if part.matches('"').count() % 2 == 1 {
        return Err(Why::Open);
    }
    // A single sign is the beginning of a term that is still being typed.
    let (not, rest) = match part.strip_prefix(['-', '!']) {
        Some(rest) => (true, rest),
        None => (false, part),
    };
    let Some((name, compare, value)) = cut(rest) else {
        let words = plain(rest);
        let test = (!words.is_empty()).then_some(Test::Any(words));
        return Ok(test.map(|test| Term { not, test }));
    };
    let known = |names: &'static [Word]| names.iter().find(|n| **n == name).copied();
    let test = if let Some(field) = known(fields.figures) {
        let bound = number(&plain(value), field == TIME).ok_or(Why::NoNumber)?;
        Test::Lies(field, compare, bound)
    } else if let Some(field) = known(fields.words) {
        match (compare, plain(value)) {
            (Compare::Same | Compare::Has, text) if text.is_empty() => return Err(Why::NoText),
            (Compare::Same, text) => Test::Is(field, text),
            (Compare::Has, text) => Test::Holds(field, text),
            _ => return Err(Why::NoFigure),
        }
    } else {
        return Err(Why::NoField);
    };
    Ok(Some(Term { not, test }))
}

/// Signs, the longer ones first.
const SIGNS: [(&str, Compare); 6] = [
    (">=", Compare::AtLeast),
    ("<=", Compare::AtMost),
    (">", Compare::Above),
    ("<", Compare::Below),
    ("=", Compare::Same),
    (":", Compare::Has),
];

/// A name, a sign and what stands after it; none where there is no sign after letters alone.
fn cut(part: &str) -> Option<(String, Compare, &str)> {
    let end = part.find(|c: char| !c.is_ascii_alphabetic())?;
    let (name, rest) = part.split_at(end);
    if name.is_empty() {
        return None;
    }
    SIGNS.iter().find_map(|(sign, compare)| {
        let value = rest.strip_prefix(sign)?;
        Some((name.to_ascii_lowercase(), *compare, value))
    })
}

/// A number, with a comma or a point; where it is a time, with its unit, in seconds.
fn number(text: &str, is_time: bool) -> Option<f64> {
    let text = text.replace(',', ".");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1.0,
        _ if !is_time => return None,
        "s" => 1.0,
        "min" | "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
    let value: f64 = digits.chars().all(plain).then(|| digits.parse().ok())??;
    value.is_finite().then_some(value * unit)
}

/// A power in each of its units.
pub fn powers(figures: &mut Vec<(Word, Option<f64>)>, power: Option<Power>) {
    let watts = power.map(|p| p.watts() as f64);
    figures.push(("w", watts));
    figures.push(("kw", watts.map(|w| w / 1e3)));
    figures.push(("mw", watts.map(|w| w / 1e6)));
}

/// A hashrate in each of its units.
pub fn hashrates(figures: &mut Vec<(Word, Option<f64>)>, rate: Option<Hashrate>) {
    for (name, unit) in [("th", 1e12), ("ph", 1e15), ("eh", 1e18)] {
        figures.push((name, rate.map(|rate| rate.hs() / unit)));
    }
}
