//! A sentence for people: in English, and where it is one of ours by a code with what stands in it, so that a console
//! words it in the language of its screen.
//!
//! Invariant: the English is always there. It is what is journalled, and what is shown where nobody knows the code.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::order::span;
use super::units::{Hertz, Power};

/// Most fields of one sentence.
pub const MOST_FIELDS: usize = 8;

/// What stands in a sentence. A number's unit is the end of its field's name: `_kw`, `_mhz`, `_ms`; all else is a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// A number.
    Number(i64),
    /// A name, or another's words.
    Words(Arc<str>),
    /// Another sentence.
    Sentence(Box<Sentence>),
}

impl From<i64> for Field {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Field {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Field {
    fn from(count: usize) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Field {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// Under a name that ends with `_kw`.
impl From<Power> for Field {
    fn from(power: Power) -> Self {
        Self::Number(power.watts() / 1_000)
    }
}

/// Under a name that ends with `_mhz`.
impl From<Hertz> for Field {
    fn from(hertz: Hertz) -> Self {
        Self::Number(hertz.millihertz())
    }
}

/// Under a name that ends with `_ms`.
impl From<Duration> for Field {
    fn from(span: Duration) -> Self {
        Self::Number(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Field {
    fn from(words: &str) -> Self {
        Self::Words(words.into())
    }
}

impl From<&Arc<str>> for Field {
    fn from(words: &Arc<str>) -> Self {
        Self::Words(Arc::clone(words))
    }
}

impl From<Sentence> for Field {
    fn from(sentence: Sentence) -> Self {
        Self::Sentence(Box::new(sentence))
    }
}

/// What there is at most, and no more than which was reached: rounded up it would promise what is not there.
const AT_MOST: [&str; 3] = ["most_kw", "arrives_kw", "done_kw"];
/// What it takes at least.
const AT_LEAST: &str = "least_kw";

/// The megawatts that a field of this name stands for, and how many decimals they are written with: of less than one all
/// that there are.
pub fn megawatts(name: &str, kw: i64) -> (f64, usize) {
    let tenths = kw.div_euclid(100);
    match kw {
        _ if kw % 1_000 == 0 => (kw as f64 / 1e3, 0),
        -999..=999 => (kw as f64 / 1e3, 3),
        _ if AT_MOST.contains(&name) => (tenths as f64 / 10.0, 1),
        _ if name == AT_LEAST => ((tenths + i64::from(kw % 100 != 0)) as f64 / 10.0, 1),
        _ => (kw as f64 / 1e3, 1),
    }
}

impl Field {
    /// As it stands in the English of a sentence, under this name.
    pub fn english(&self, name: &str) -> String {
        match self {
            Self::Words(words) => words.to_string(),
            Self::Sentence(sentence) => sentence.to_string(),
            Self::Number(kw) if name.ends_with("_kw") => {
                let (mw, places) = megawatts(name, *kw);
                format!("{mw:.places$}")
            }
            Self::Number(mhz) if name.ends_with("_mhz") => format!("{:.3}", *mhz as f64 / 1e3),
            Self::Number(ms) if name.ends_with("_ms") => {
                span(Duration::from_millis(ms.unsigned_abs()))
            }
            Self::Number(number) => number.to_string(),
        }
    }
}

/// What one of our own sentences says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which sentence.
    pub code: Arc<str>,
    /// What stands in it, by name.
    pub fields: BTreeMap<Arc<str>, Field>,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Sentence {
    english: Arc<str>,
    told: Option<Arc<Told>>,
    heard: bool,
}

/// A sentence as recordings keep it; plain words are a plain string, as they were in older ones.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Plain(Arc<str>),
    Whole {
        english: Arc<str>,
        told: Option<Told>,
        heard: bool,
    },
}

impl From<Kept> for Sentence {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Plain(english) => english.into(),
            Kept::Whole {
                english,
                told,
                heard,
            } => Self {
                english,
                told: told.map(Arc::new),
                heard,
            },
        }
    }
}

impl From<Sentence> for Kept {
    fn from(sentence: Sentence) -> Self {
        match sentence.told {
            None if !sentence.heard => Self::Plain(sentence.english),
            told => Self::Whole {
                english: sentence.english,
                told: told.map(Arc::unwrap_or_clone),
                heard: sentence.heard,
            },
        }
    }
}

/// The English with its fields, in one pass: what a field says is never filled again.
fn filled(english: &str, fields: &[(&str, Field)]) -> String {
    let mut text = String::new();
    let mut rest = english;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        match fields.iter().find(|(known, _)| *known == name) {
            Some((_, field)) => text.push_str(&field.english(name)),
            None => text.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    text + rest
}

impl Sentence {
    /// One of ours: each `{name}` of the English gives way to the field of that name. Made by `told!`.
    pub fn told<const N: usize>(code: &str, english: &str, fields: [(&str, Field); N]) -> Self {
        let text = filled(english, &fields);
        let fields = fields.into_iter().map(|(name, field)| (name.into(), field));
        Self {
            english: text.into(),
            told: Some(Arc::new(Told {
                code: code.into(),
                fields: fields.take(MOST_FIELDS).collect(),
            })),
            heard: false,
        }
    }

    /// What came over a link: another's words, with what it says of them.
    pub fn heard(english: Arc<str>, told: Option<Told>) -> Self {
        Self {
            english,
            told: told.map(Arc::new),
            heard: true,
        }
    }

    /// Its code and fields, where it has them.
    pub fn code(&self) -> Option<&Told> {
        self.told.as_deref()
    }

    /// Is it another's, so that its words stand in quotation marks?
    pub const fn is_heard(&self) -> bool {
        self.heard
    }

    /// The English.
    pub const fn english(&self) -> &Arc<str> {
        &self.english
    }
}

impl Deref for Sentence {
    type Target = str;

    fn deref(&self) -> &str {
        &self.english
    }
}

impl AsRef<str> for Sentence {
    fn as_ref(&self) -> &str {
        &self.english
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

impl From<Arc<str>> for Sentence {
    fn from(english: Arc<str>) -> Self {
        Self {
            english,
            ..Self::default()
        }
    }
}

impl From<&str> for Sentence {
    fn from(english: &str) -> Self {
        Arc::<str>::from(english).into()
    }
}

impl From<String> for Sentence {
    fn from(english: String) -> Self {
        Arc::<str>::from(english).into()
    }
}

/// A sentence of ours: `told!(code, english, name = value, ...)`. A test holds the English against the message `told-CODE`,
/// which stands in each language.
macro_rules! told {
    ($code:literal, $english:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::domain::sentence::Sentence::told(
            $code,
            $english,
            [$((stringify!($name), $crate::domain::sentence::Field::from($value))),*],
        )
    };
}
pub(crate) use told;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_english_has_its_figures_in_their_units() {
        let said = told!(
            "overdraw",
            "{block}: draws {draw_kw} MW against a target of {target_kw} for {over_ms}",
            block = "block 2",
            draw_kw = 4_130,
            target_kw = 0,
            over_ms = 62_000,
        );
        assert_eq!(
            &*said,
            "block 2: draws 4.1 MW against a target of 0 for 62 s"
        );
        assert_eq!(&*told!("f", "{at_mhz} Hz", at_mhz = 49_790), "49.790 Hz");
        let outer = told!("stopped", "stopped: {why}", why = said.clone());
        assert!(outer.starts_with("stopped: block 2"), "{outer}");
    }

    #[test]
    fn a_figure_of_megawatts_keeps_what_makes_it_that() {
        for (name, kw, text) in [
            ("moved_kw", 0, "0"),
            ("moved_kw", 40, "0.040"),
            ("moved_kw", -40, "-0.040"),
            ("moved_kw", 39_960, "40.0"),
            ("moved_kw", 40_000, "40"),
            ("least_kw", 40, "0.040"),
            ("least_kw", 40_000, "40"),
            ("least_kw", 40_010, "40.1"),
            ("least_kw", 40_100, "40.1"),
            ("most_kw", 999, "0.999"),
            ("most_kw", 39_960, "39.9"),
            ("arrives_kw", 39_960, "39.9"),
            ("most_kw", 40_040, "40.0"),
        ] {
            assert_eq!(Field::from(kw).english(name), text, "{name} {kw}");
        }
    }

    #[test]
    fn a_recording_of_before_is_read() {
        let plain: Sentence = serde_json::from_str("\"its own words\"").expect("is read");
        assert_eq!(plain, "its own words".into());
        let said = told!("a", "{n} sites", n = 3_usize);
        let text = serde_json::to_string(&said).expect("is written");
        assert_eq!(
            serde_json::from_str::<Sentence>(&text).expect("is read"),
            said
        );
    }
}
