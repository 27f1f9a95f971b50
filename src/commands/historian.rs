//! Joins a console to the history of its nation.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::places;
use crate::app::history::Opened;
use crate::app::{Effect, Msg};
use crate::config::HistoryConfig;
use crate::domain::history::{Book, Integral, Series};
use crate::domain::time::Timestamp;
use crate::journal::history::{Keep, Place, Standing, Trouble, Writer, file_of};
use crate::runtime::history::HistoryWiring;

/// How long the end of a console waits for what is still to be written.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where histories are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whither {
    /// In this folder, a file for each nation.
    Folder(PathBuf),
    /// In memory.
    Memory,
    /// There is no folder for state.
    Nowhere,
}

/// How a console's history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    whither: Whither,
    keep: Keep,
}

impl Kept {
    /// As the config has it; none where no history is wanted.
    pub fn of(config: &HistoryConfig) -> Option<Self> {
        let folder = config.dir.clone().or_else(places::histories);
        config.keep.then(|| Self {
            whither: folder.map_or(Whither::Nowhere, Whither::Folder),
            keep: Keep {
                raw_days: config.raw_days,
                minute_days: config.minute_days,
                rollup_days: config.rollup_days,
                max_bytes: u64::from(config.max_gb) * 1_000_000_000,
            },
        })
    }

    /// The demo's: never beside an operator's, and gone with it. It stays small.
    pub fn in_memory() -> Self {
        Self {
            whither: Whither::Memory,
            keep: Keep {
                raw_days: 1,
                max_bytes: 200_000_000,
                ..Keep::default()
            },
        }
    }

    fn place(&self, book: &Book) -> Option<Place> {
        match &self.whither {
            Whither::Folder(folder) => Some(Place::File(file_of(folder, book))),
            Whither::Memory => Some(Place::Memory),
            Whither::Nowhere => None,
        }
    }
}

/// Joins it to the loop. Its thread starts when it is known whose history it is.
pub fn start(kept: Kept) -> HistoryWiring {
    let (tell, news) = unbounded_channel();
    let mut historian = Historian {
        kept,
        writer: None,
        tell,
        said_behind: false,
    };
    HistoryWiring {
        execute: Box::new(move |effect| historian.execute(effect)),
        news,
    }
}

struct Historian {
    kept: Kept,
    writer: Option<Writer>,
    tell: UnboundedSender<Msg>,
    said_behind: bool,
}

impl Historian {
    fn execute(&mut self, effect: Effect) {
        match effect {
            Effect::HistoryOpen(book) => self.open(&book),
            Effect::HistoryTake(at, samples) => {
                let taken = self.writer.as_ref().map(|writer| writer.take(at, samples));
                let behind = matches!(taken, Some(Err(_)));
                if behind && !self.said_behind {
                    tracing::warn!("the history's disk does not keep up; samples are left out");
                }
                self.said_behind = behind;
            }
            Effect::HistoryAsk { ticket, asks } => {
                let tell = self.tell.clone();
                let answer = move |answers: Result<_, Trouble>| {
                    let answers = answers.map_err(|trouble| trouble.to_string().into());
                    let _ = tell.send(Msg::HistoryAnswer { ticket, answers });
                };
                match &self.writer {
                    Some(writer) => writer.ask(asks, answer),
                    None => answer(Err(Trouble::Closed)),
                }
            }
            Effect::HistorySum { ticket, of } => self.sum(ticket, of),
            _ => {}
        }
    }

    /// Each answer comes for itself; they are told together, or the first trouble.
    fn sum(&self, ticket: u64, of: Vec<(Series, Timestamp, Timestamp)>) {
        let (tell, wanted) = (self.tell.clone(), of.len());
        let sums = Arc::new(Mutex::new(Vec::with_capacity(wanted)));
        for (series, from, to) in of {
            let (tell, sums) = (tell.clone(), sums.clone());
            let done = move |sum: Result<Integral, Trouble>| {
                let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                sums.push(sum.map_err(|trouble| Arc::from(trouble.to_string())));
                if sums.len() == wanted {
                    let sums = sums.drain(..).collect();
                    let _ = tell.send(Msg::HistorySums { ticket, sums });
                }
            };
            match &self.writer {
                Some(writer) => writer.integral(series, from, to, done),
                None => done(Err(Trouble::Closed)),
            }
        }
    }

    fn open(&mut self, book: &Book) {
        // The one before ends by itself, with what it still has to write; it has another file.
        self.writer = None;
        let tell = self.tell.clone();
        let Some(place) = self.kept.place(book) else {
            let _ = tell.send(Msg::HistoryStands(Err(Trouble::Nowhere.to_string().into())));
            return;
        };
        let started = Writer::start(place, self.kept.keep, move |outcome| {
            let outcome = match outcome {
                Ok(Standing::Writes(file)) => Ok((file, true)),
                Ok(Standing::Reads(file)) => Ok((file, false)),
                Err(trouble) => Err(trouble.to_string().into()),
            };
            let outcome = outcome.map(|(file, writes)| Opened {
                file: file.display().to_string().into(),
                writes,
            });
            let _ = tell.send(Msg::HistoryStands(outcome));
        });
        match started {
            Ok(writer) => self.writer = Some(writer),
            Err(error) => {
                let why = format!("history is off: its thread could not start ({error})");
                let _ = self.tell.send(Msg::HistoryStands(Err(why.into())));
            }
        }
    }
}

/// The console ends in good order.
impl Drop for Historian {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take()
            && writer.close(FAREWELL).is_err()
        {
            tracing::warn!("the history was not closed");
        }
    }
}
