//! Joins a console to its desk's journal.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::desk_folder;
use crate::app::Msg;
use crate::app::journal::{KEPT, Opened, Recorded, Unrecorded};
use crate::config;
use crate::domain::journal::{Entry, Fact};
use crate::files;
use crate::journal::audit::Writer;
use crate::runtime::clock;
use crate::runtime::run::JournalWiring;

/// How long the end of a console waits for what is still to be written.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a console says of itself in the journal's first row of this run.
#[derive(Debug, Clone)]
pub struct Start {
    /// The desk's name; its journal is named after it.
    pub desk: String,
    /// Who sits there.
    pub operator: Arc<str>,
    /// SHA-256 of the config file.
    pub config: Option<[u8; 32]>,
    /// The feeds' names.
    pub feeds: Vec<Arc<str>>,
}

/// SHA-256 of a file; none where it can't be read.
pub fn hash_of(file: &Path) -> Option<[u8; 32]> {
    let bytes = files::bytes(file, config::MAX_BYTES).ok()?;
    Some(Sha256::digest(bytes).into())
}

/// Opens the desk's journal in a thread of its own; nothing here waits for the disk. A further console of the same
/// desk gets a journal beside it.
pub fn start(start: Start) -> io::Result<JournalWiring> {
    let (tell, news) = unbounded_channel();
    let Some(folders) = desk_folder::journals(&start.desk) else {
        return Ok(nowhere(tell, news));
    };
    let opened = tell.clone();
    let writer = Writer::start(folders, KEPT, move |outcome| {
        let outcome = match outcome {
            Ok(opened) => Ok(Box::new(Opened {
                file: opened.file.display().to_string().into(),
                lines: opened.lines,
                left: opened.left,
                head: opened.head,
            })),
            Err(trouble) => Err(trouble.to_string().into()),
        };
        let _ = opened.send(Msg::JournalOpened(outcome));
    })?;
    let recorder = Recorder {
        writer: Some(writer),
        operator: start.operator,
    };
    let first = recorder.entry(Fact::Started {
        version: env!("CARGO_PKG_VERSION").into(),
        desk: start.desk.into(),
        config: start.config,
        feeds: start.feeds,
    });
    // No effect of the console's bears this number.
    recorder.append(0, vec![first], &tell);
    Ok(JournalWiring {
        append: Box::new(move |ticket, entries| recorder.append(ticket, entries, &tell)),
        news,
    })
}

/// Without a place for a journal the console still shows everything, and no order leaves it.
fn nowhere(tell: UnboundedSender<Msg>, news: UnboundedReceiver<Msg>) -> JournalWiring {
    let why: Arc<str> = "this system has no folder for state; set HOME".into();
    let _ = tell.send(Msg::JournalOpened(Err(why.clone())));
    let append = move |ticket, entries| {
        let why = why.clone();
        let outcome = Err(Box::new(Unrecorded { why, entries }));
        let _ = tell.send(Msg::Journalled { ticket, outcome });
    };
    JournalWiring {
        append: Box::new(append),
        news,
    }
}

struct Recorder {
    writer: Option<Writer>,
    operator: Arc<str>,
}

impl Recorder {
    fn entry(&self, fact: Fact) -> Entry {
        Entry {
            at: clock::now(),
            actor: self.operator.clone(),
            fact,
        }
    }

    fn append(&self, ticket: u64, entries: Vec<Entry>, tell: &UnboundedSender<Msg>) {
        let Some(writer) = &self.writer else { return };
        let tell = tell.clone();
        let kept = entries.clone();
        writer.append(entries, move |outcome| {
            let outcome = match outcome {
                Ok(receipt) => Ok(Box::new(Recorded {
                    lines: receipt.lines,
                    head: receipt.head,
                })),
                Err(trouble) => Err(Box::new(Unrecorded {
                    why: trouble.to_string().into(),
                    entries: kept,
                })),
            };
            let _ = tell.send(Msg::Journalled { ticket, outcome });
        });
    }
}

/// The console ends in good order.
impl Drop for Recorder {
    fn drop(&mut self) {
        let last = self.entry(Fact::Stopped);
        if let Some(writer) = self.writer.take() {
            writer.append(vec![last], drop);
            if let Err(trouble) = writer.close(FAREWELL) {
                tracing::warn!(%trouble, "the journal was not closed");
            }
        }
    }
}
