//! Faults on demand: a file for tests and for training.
//!
//! The file is TOML, one `[[event]]` a fault:
//!
//! ```toml
//! [[event]]
//! at = 30                   # seconds of the simulator's own time since its start
//! do = "unit_trip"
//! unit = "Astravets 1"
//! for = 1800                # seconds; each kind has its own default
//! ```
//!
//! | `do` | fields | what happens |
//! |---|---|---|
//! | `unit_trip` | `unit`, `for` (default 1800) | a generating unit goes to 0 MW; the dispatcher wants load off |
//! | `link_loss` | `site`, `for` (60) | the site stops reporting and takes no orders; its values age, its load stays |
//! | `stuck_block` | `site`, `block`, `for` (600) | the block obeys no order |
//! | `lying_firmware` | `site`, `block`, `for` (600), `part` (0.3) | firmware claims the target, but this part of the machines hashes on |
//! | `late_machine` | `site`, `block`, `for` (60), `machines` (1) | machines that knew of no curtailment join and hash |
//! | `local_mode` | `site`, `block`, `for` (600) | somebody in the hall switches the block to local |
//! | `block_fault` | `site`, `block`, `for` (600) | the block is faulted |
//! | `frequency` | `mhz` (-500 to 500), `for` (60) | the neighbours pull the frequency by about so many mHz |
//! | `authority_taken` | `site`, `holder` | another desk takes command of the site; its epoch rises |
//! | `authority_released` | `site` | nobody holds it any more; its epoch rises |
//! | `instruction` | `mw`, `for` (900), `reason` | the dispatcher wants mining at so many MW |
//!
//! Events may stand in any order. A mistake is one sentence with its line; nothing of a wrong file is played.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::domain::ids::{BlockId, SiteId};

/// Largest file, bytes.
const MOST_BYTES: usize = 1 << 20;
/// Most events of a file.
const MOST_EVENTS: usize = 10_000;
/// Latest event and longest fault, s: a year.
const MOST_SECONDS: f64 = 31_557_600.0;

/// A checked script, sorted by time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    pub(super) events: Vec<Event>,
}

impl Script {
    /// How many events it has.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Has it none?
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// What is wrong with a script, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("script line {line}: {message}")]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and the mend.
    pub message: String,
}

/// A fault and its time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) at_ms: i64,
    pub(super) line: usize,
    pub(super) fault: Fault,
}

/// A fault. Times are spans in milliseconds of the world.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    UnitTrip {
        unit: String,
        for_ms: i64,
    },
    LinkLoss {
        site: SiteId,
        for_ms: i64,
    },
    Block {
        site: SiteId,
        block: BlockId,
        for_ms: i64,
        what: BlockFault,
    },
    Frequency {
        millihertz: f64,
        for_ms: i64,
    },
    Authority {
        site: SiteId,
        holder: Option<String>,
    },
    Instruction {
        megawatts: i64,
        for_ms: i64,
        reason: String,
    },
}

/// What befalls a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum BlockFault {
    Stuck,
    Lying { part: f64 },
    Late { machines: u32 },
    Local,
    Faulted,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    event: Vec<Spanned<Line>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Spanned<f64>,
    #[serde(rename = "do")]
    action: Spanned<String>,
    #[serde(rename = "for")]
    lasts: Option<Spanned<f64>>,
    unit: Option<Spanned<String>>,
    site: Option<Spanned<String>>,
    block: Option<Spanned<String>>,
    holder: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
    mhz: Option<Spanned<f64>>,
    mw: Option<Spanned<f64>>,
    part: Option<Spanned<f64>>,
    machines: Option<Spanned<u32>>,
}

/// Reads a script.
///
/// # Errors
/// One sentence with the line for the first mistake: not TOML, an unknown key or fault, a missing or superfluous
/// field, a number out of range, more than 1 MiB or 10,000 events.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    if text.len() > MOST_BYTES {
        return Err(ScriptError {
            line: 1,
            message: "the file is larger than 1 MiB; split it".into(),
        });
    }
    let file: File = toml::from_str(text).map_err(|error| ScriptError {
        line: line_of(text, error.span().unwrap_or(0..0)),
        message: one_line(error.message()),
    })?;
    if file.event.len() > MOST_EVENTS {
        return Err(ScriptError {
            line: 1,
            message: format!("{} events; at most 10,000 are played", file.event.len()),
        });
    }
    let mut events = Vec::with_capacity(file.event.len());
    for entry in file.event {
        let span = entry.span();
        let event = Reader {
            text,
            whole: span,
            line: entry.into_inner(),
        }
        .event()?;
        events.push(event);
    }
    events.sort_by_key(|event| event.at_ms);
    Ok(Script { events })
}

/// Takes the fields of one event; what is left over at the end was superfluous.
struct Reader<'a> {
    text: &'a str,
    whole: Range<usize>,
    line: Line,
}

impl Reader<'_> {
    fn event(mut self) -> Result<Event, ScriptError> {
        let at_ms = self.seconds(&self.line.at)?;
        let line = line_of(self.text, self.line.action.span());
        let fault = self.fault()?;
        self.nothing_left()?;
        Ok(Event { at_ms, line, fault })
    }

    fn fault(&mut self) -> Result<Fault, ScriptError> {
        let action = self.line.action.get_ref().clone();
        Ok(match action.as_str() {
            "unit_trip" => Fault::UnitTrip {
                unit: self.word("unit", |l| &mut l.unit)?,
                for_ms: self.lasts(1_800.0)?,
            },
            "link_loss" => Fault::LinkLoss {
                site: self.site()?,
                for_ms: self.lasts(60.0)?,
            },
            "stuck_block" => self.block(BlockFault::Stuck, 600.0)?,
            "lying_firmware" => {
                let part = self.number("part", |l| &mut l.part, Some(0.3), 0.01..=1.0)?;
                self.block(BlockFault::Lying { part }, 600.0)?
            }
            "late_machine" => {
                let machines = self.line.machines.take().map_or(1, Spanned::into_inner);
                self.block(BlockFault::Late { machines }, 60.0)?
            }
            "local_mode" => self.block(BlockFault::Local, 600.0)?,
            "block_fault" => self.block(BlockFault::Faulted, 600.0)?,
            "frequency" => Fault::Frequency {
                millihertz: self.number("mhz", |l| &mut l.mhz, None, -500.0..=500.0)?,
                for_ms: self.lasts(60.0)?,
            },
            "authority_taken" => Fault::Authority {
                site: self.site()?,
                holder: Some(self.word("holder", |l| &mut l.holder)?),
            },
            "authority_released" => Fault::Authority {
                site: self.site()?,
                holder: None,
            },
            "instruction" => Fault::Instruction {
                megawatts: self.number("mw", |l| &mut l.mw, None, 0.0..=100_000.0)? as i64,
                for_ms: self.lasts(900.0)?,
                reason: self.word("reason", |l| &mut l.reason)?,
            },
            other => {
                let span = self.line.action.span();
                return Err(self.wrong(
                    span,
                    format!(
                        "no fault is called `{other}`; known are unit_trip, link_loss, stuck_block, lying_firmware, \
                         late_machine, local_mode, block_fault, frequency, authority_taken, authority_released and \
                         instruction"
                    ),
                ));
            }
        })
    }

    fn block(&mut self, what: BlockFault, seconds: f64) -> Result<Fault, ScriptError> {
        Ok(Fault::Block {
            site: self.site()?,
            block: BlockId::new(&self.word("block", |l| &mut l.block)?),
            for_ms: self.lasts(seconds)?,
            what,
        })
    }

    fn site(&mut self) -> Result<SiteId, ScriptError> {
        Ok(SiteId::new(&self.word("site", |l| &mut l.site)?))
    }

    fn word(
        &mut self,
        name: &str,
        field: impl Fn(&mut Line) -> &mut Option<Spanned<String>>,
    ) -> Result<String, ScriptError> {
        let Some(value) = field(&mut self.line).take() else {
            return Err(self.lacks(name));
        };
        let span = value.span();
        let value = value.into_inner();
        if value.is_empty() || value.chars().count() > 100 {
            return Err(self.wrong(span, format!("`{name}` wants 1 to 100 characters")));
        }
        Ok(value)
    }

    fn number(
        &mut self,
        name: &str,
        field: impl Fn(&mut Line) -> &mut Option<Spanned<f64>>,
        default: Option<f64>,
        range: std::ops::RangeInclusive<f64>,
    ) -> Result<f64, ScriptError> {
        let Some(value) = field(&mut self.line).take() else {
            return default.ok_or_else(|| self.lacks(name));
        };
        if range.contains(value.get_ref()) {
            return Ok(value.into_inner());
        }
        let (low, high) = range.into_inner();
        Err(self.wrong(
            value.span(),
            format!("`{name}` must lie between {low} and {high}"),
        ))
    }

    fn lasts(&mut self, default: f64) -> Result<i64, ScriptError> {
        match self.line.lasts.take() {
            Some(value) => self.seconds(&value),
            None => Ok((default * 1_000.0) as i64),
        }
    }

    fn seconds(&self, value: &Spanned<f64>) -> Result<i64, ScriptError> {
        if (0.0..=MOST_SECONDS).contains(value.get_ref()) {
            Ok((value.get_ref() * 1_000.0) as i64)
        } else {
            Err(self.wrong(
                value.span(),
                "a time must lie between 0 and 31,557,600 seconds (a year)".into(),
            ))
        }
    }

    fn nothing_left(&mut self) -> Result<(), ScriptError> {
        let line = &self.line;
        let left = [
            ("for", line.lasts.as_ref().map(Spanned::span)),
            ("unit", line.unit.as_ref().map(Spanned::span)),
            ("site", line.site.as_ref().map(Spanned::span)),
            ("block", line.block.as_ref().map(Spanned::span)),
            ("holder", line.holder.as_ref().map(Spanned::span)),
            ("reason", line.reason.as_ref().map(Spanned::span)),
            ("mhz", line.mhz.as_ref().map(Spanned::span)),
            ("mw", line.mw.as_ref().map(Spanned::span)),
            ("part", line.part.as_ref().map(Spanned::span)),
            ("machines", line.machines.as_ref().map(Spanned::span)),
        ];
        match left.into_iter().find_map(|(name, at)| Some((name, at?))) {
            Some((name, at)) => {
                let action = line.action.get_ref();
                Err(self.wrong(at, format!("`{action}` has no `{name}`; take it out")))
            }
            None => Ok(()),
        }
    }

    fn lacks(&self, name: &str) -> ScriptError {
        let action = self.line.action.get_ref();
        self.wrong(
            self.line.action.span(),
            format!("`{action}` lacks `{name}`; add it to this event"),
        )
    }

    fn wrong(&self, at: Range<usize>, message: String) -> ScriptError {
        let at = if at.is_empty() {
            self.whole.clone()
        } else {
            at
        };
        ScriptError {
            line: line_of(self.text, at),
            message,
        }
    }
}

fn line_of(text: &str, at: Range<usize>) -> usize {
    let before = text.get(..at.start).unwrap_or_default();
    1 + before.matches('\n').count()
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text).expect_err("a mistake").to_string()
    }

    #[test]
    fn events_are_sorted_and_get_defaults() {
        let script = parse(
            "[[event]]\nat = 90\ndo = \"frequency\"\nmhz = -150\n\
             [[event]]\nat = 5.5\ndo = \"link_loss\"\nsite = \"mazyr\"\n",
        )
        .expect("a good script");
        assert_eq!(script.events[0].at_ms, 5_500);
        assert_eq!(
            script.events[0].fault,
            Fault::LinkLoss {
                site: SiteId::new("mazyr"),
                for_ms: 60_000
            }
        );
        assert_eq!(script.len(), 2);
    }

    #[test]
    fn a_mistake_is_one_sentence_with_its_line() {
        let unknown = error("[[event]]\nat = 1\ndo = \"meteor\"\n");
        assert!(unknown.starts_with("script line 3: no fault is called `meteor`"));
        assert_eq!(
            error("[[event]]\nat = 1\ndo = \"unit_trip\"\n"),
            "script line 3: `unit_trip` lacks `unit`; add it to this event"
        );
        assert_eq!(
            error("[[event]]\nat = 1\ndo = \"link_loss\"\nsite = \"a\"\nmhz = 4\n"),
            "script line 5: `link_loss` has no `mhz`; take it out"
        );
        assert_eq!(
            error("\n[[event]]\nat = 1\ndo = \"frequency\"\nmhz = 9000\n"),
            "script line 5: `mhz` must lie between -500 and 500"
        );
        for text in [
            "[[event]]\nat = -1\ndo = \"frequency\"\nmhz = 9\n",
            "[[event]]\nat = nan\ndo = \"frequency\"\nmhz = 9\n",
            "[[event]]\nat = 1\ndo = \"frequency\"\nmhz = nan\n",
            "[[event]]\nat = 1\ndo = 3\n",
            "[[event]]\nat = 1\nwhen = 3\ndo = \"frequency\"\n",
            "not toml at all",
        ] {
            assert!(!error(text).contains('\n'), "{text}");
        }
        assert!(error(&"#".repeat(MOST_BYTES + 1)).contains("1 MiB"));
    }
}
