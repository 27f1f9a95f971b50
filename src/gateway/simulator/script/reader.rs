//! Reads a script's text, and says where it is wrong.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::domain::ids::{BlockId, SiteId};

use super::{BlockFault, Event, Fault, Script, ScriptError};

/// Largest file, bytes.
const MOST_BYTES: usize = 1 << 20;
/// Most events of a file.
const MOST_EVENTS: usize = 10_000;
/// Latest event and longest fault, s: a year.
const MOST_SECONDS: f64 = 31_557_600.0;

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
            "late_machine" | "deaf_machine" => {
                let machines = self.line.machines.take().map_or(1, Spanned::into_inner);
                let hears = action == "late_machine";
                self.block(BlockFault::Late { machines, hears }, 60.0)?
            }
            "local_mode" => self.block(BlockFault::Local, 600.0)?,
            "block_fault" => self.block(BlockFault::Faulted, 600.0)?,
            "frequency" => Fault::Frequency {
                millihertz: self.number("mhz", |l| &mut l.mhz, None, -500.0..=500.0)?,
                for_ms: self.lasts(60.0)?,
            },
            "frequency_lost" => Fault::Blind {
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
                reason: match self.line.reason {
                    Some(_) => self.word("reason", |l| &mut l.reason)?,
                    None => String::new(),
                },
            },
            other => {
                let span = self.line.action.span();
                return Err(self.wrong(
                    span,
                    format!(
                        "no fault is called `{other}`; known are unit_trip, link_loss, stuck_block, lying_firmware, \
                         late_machine, deaf_machine, local_mode, block_fault, frequency, frequency_lost, authority_taken, authority_released and \
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
