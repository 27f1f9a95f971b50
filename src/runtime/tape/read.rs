//! A recording, looked through once before it is played: its head, where its frames begin, how long it is, how it ends.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::head::Head;
use super::lines::{Fault, Lines, Next};
use super::{FORMAT, LONGEST_LINE, bounds};
use crate::app::tape::End;
use crate::ui::text::harmless;

/// The longest head, bytes.
const LONGEST_HEAD: usize = 1024 * 1024;
/// Most characters of what a parser says.
const LONGEST_WHY: usize = 200;
/// A line of so many bytes is news by itself.
const LONG: usize = 1024 * 1024;
/// Who waits is told how far it is at every so many lines.
const TOLD_EVERY: u64 = 1_000;
/// Most frames; each that is written holds megabytes.
const MOST_FRAMES: usize = 1_000_000;
/// The longest recording, milliseconds: ten years.
const LONGEST: u64 = 10 * 366 * 24 * 3_600 * 1_000;

/// Why a file can't be played.
#[derive(Debug, thiserror::Error)]
pub enum Unplayable {
    /// It can't be read.
    #[error("{file}: {error}; name a file that `--record` has written")]
    Io {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// It is none.
    #[error("{file}: this is no recording; name a file that `--record` has written")]
    NotOne {
        /// The file.
        file: String,
    },
    /// Another version wrote it.
    #[error(
        "{file}: made by baseload {program} in format {format}, and this one plays format {FORMAT}; play it with that version"
    )]
    Format {
        /// The file.
        file: String,
        /// Which version.
        program: String,
        /// Its format.
        format: u32,
    },
    /// Something in it is wrong.
    #[error("{file}: line {line} {what}; the file is damaged or was made by something else")]
    Line {
        /// The file.
        file: String,
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

/// A recording that can be played.
#[derive(Debug)]
pub struct Recorded {
    pub(super) file: PathBuf,
    /// The head.
    pub head: Head,
    /// The first byte of each frame, in order.
    pub(super) frames: Vec<u64>,
    /// Lines after the head that can be played, the closing one not among them.
    pub lines: u64,
    /// How long it is, milliseconds.
    pub length_ms: u64,
    /// How it ends.
    pub end: End,
}

/// As much of a head as every format has.
#[derive(Deserialize)]
struct AnyHead {
    baseload_recording: u32,
    #[serde(default)]
    program: String,
}

/// As much of a line as is needed before it is played.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rough<'a> {
    t: u64,
    #[serde(borrow)]
    event: &'a RawValue,
}

/// A closing line's event.
#[derive(Deserialize)]
struct Closing {
    end: End,
}

impl Recorded {
    /// Looks a file through.
    ///
    /// # Errors
    /// Where it can't be read, or is no recording that is played here.
    pub fn open(file: &Path) -> Result<Self, Unplayable> {
        Self::open_telling(file, &mut |_| {})
    }

    /// Looks a file through, and tells again and again how much of it is done, percent.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_telling(file: &Path, tell: &mut dyn FnMut(u64)) -> Result<Self, Unplayable> {
        let name = file.display().to_string();
        let io = |error| Unplayable::Io {
            file: name.clone(),
            error,
        };
        // Looked at before it is opened: opening a pipe waits for whoever writes into it.
        let about = std::fs::metadata(file).map_err(io)?;
        if !about.is_file() {
            return Err(Unplayable::NotOne { file: name });
        }
        let opened = File::open(file).map_err(io)?;
        let size = about.len();
        scan(file, &name, opened, size, tell)
    }
}

/// What a parser says of bytes that anyone may have written: it repeats them.
pub(super) fn why(error: &serde_json::Error) -> String {
    let said = harmless(&error.to_string()).replace('\n', " ");
    match said.char_indices().nth(LONGEST_WHY) {
        Some((at, _)) => format!("{}...", &said[..at]),
        None => said,
    }
}

fn scan(
    file: &Path,
    name: &str,
    opened: File,
    size: u64,
    tell: &mut dyn FnMut(u64),
) -> Result<Recorded, Unplayable> {
    let most = bounds::most_lines(size);
    let wrong = |line: u64, what: &str| Unplayable::Line {
        file: name.to_owned(),
        line,
        what: what.to_owned(),
    };
    let mut lines = Lines::new(opened);
    let mut line = Vec::new();
    let mut head: Option<Head> = None;
    let mut frames = Vec::new();
    let (mut count, mut bytes, mut length_ms) = (0_u64, 0_u64, 0_u64);
    let mut end = None;
    loop {
        // As a person counts them: the head is line 1.
        let number = count + 1 + u64::from(head.is_some()) + u64::from(end.is_some());
        let next = lines
            .next(&mut line)
            .map_err(|fault| match (fault, &head) {
                (Fault::Io(error), _) => Unplayable::Io {
                    file: name.to_owned(),
                    error,
                },
                (_, None) => Unplayable::NotOne {
                    file: name.to_owned(),
                },
                (Fault::Damaged, _) => wrong(number, "can't be unpacked"),
                (Fault::Long, _) => wrong(
                    number,
                    &format!("is longer than {} MiB", LONGEST_LINE >> 20),
                ),
            })?;
        match next {
            Next::Frame(offset) => {
                if frames.len() == MOST_FRAMES {
                    return Err(wrong(number, "stands in one frame too many"));
                }
                frames.push(offset);
            }
            Next::Line if head.is_none() => head = Some(head_of(name, &line)?),
            Next::Line if end.is_some() => {
                return Err(wrong(number, "stands after the line that closes it"));
            }
            Next::Line => {
                if number.is_multiple_of(TOLD_EVERY) || line.len() > LONG {
                    tell(100 * lines.read() / size.max(1));
                }
                bytes += line.len() as u64 + 1;
                if bytes > most {
                    let over = format!(
                        "is beyond the {} MiB that a file of its size holds",
                        most >> 20
                    );
                    return Err(wrong(number, &over));
                }
                let rough: Rough<'_> = serde_json::from_slice(&line)
                    .map_err(|error| wrong(number, &format!("can't be read ({})", why(&error))))?;
                bounds::admit(rough.event.get()).map_err(|what| wrong(number, &what))?;
                if rough.t < length_ms || rough.t > LONGEST {
                    return Err(wrong(number, "has a time that can't be"));
                }
                length_ms = rough.t;
                if rough.event.get().starts_with("{\"end\"") {
                    let closing: Closing =
                        serde_json::from_str(rough.event.get()).map_err(|error| {
                            wrong(number, &format!("can't be read ({})", why(&error)))
                        })?;
                    end = Some(closing.end);
                } else {
                    count += 1;
                }
            }
            Next::Cut => {
                end = Some(End::Cut);
                break;
            }
            Next::End => break,
        }
    }
    let Some(head) = head else {
        return Err(Unplayable::NotOne {
            file: name.to_owned(),
        });
    };
    Ok(Recorded {
        file: file.to_owned(),
        head,
        frames,
        lines: count,
        length_ms,
        end: end.unwrap_or(End::Cut),
    })
}

fn head_of(name: &str, line: &[u8]) -> Result<Head, Unplayable> {
    let wrong = |what: String| Unplayable::Line {
        file: name.to_owned(),
        line: 1,
        what,
    };
    if line.len() > LONGEST_HEAD {
        return Err(Unplayable::NotOne {
            file: name.to_owned(),
        });
    }
    let any: AnyHead = serde_json::from_slice(line).map_err(|_| Unplayable::NotOne {
        file: name.to_owned(),
    })?;
    if any.baseload_recording != FORMAT {
        let program = harmless(&any.program);
        let program = program.chars().filter(|c| *c != '\n');
        return Err(Unplayable::Format {
            file: name.to_owned(),
            program: program.take(40).collect(),
            format: any.baseload_recording,
        });
    }
    let head: Head = serde_json::from_slice(line)
        .map_err(|error| wrong(format!("can't be read ({})", why(&error))))?;
    head.check().map_err(wrong)?;
    Ok(head)
}
