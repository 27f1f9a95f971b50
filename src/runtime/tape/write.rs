//! Writing a recording, on a thread of its own.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::head::Head;
use super::pack::{Packer, Room};
use super::{Event, LONGEST_LINE, Line};
use crate::app::Msg;
use crate::app::tape::End;

/// Messages that wait for the disk.
const QUEUE: usize = 2_048;
/// What was heard is with the system after this.
const FLUSH: Duration = Duration::from_millis(500);
/// How long the end waits for the last line.
const SETTLE: Duration = Duration::from_secs(3);

/// Why no recording can be begun.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The file is there.
    #[error("--record {0}: the file is there already and is never written over; name another")]
    There(String),
    /// It can't be made.
    #[error("--record {0}: {1}; name a file in a folder that can be written")]
    Io(String, io::Error),
}

enum Item {
    Head(Box<Head>),
    Line(Line<'static>),
}

/// A recording that is being written. Dropped, it is closed.
pub struct Recording {
    items: Option<SyncSender<Item>>,
    end: Arc<Mutex<Option<End>>>,
    done: Receiver<()>,
    began: Instant,
}

impl Recording {
    /// Makes the file, for its owner alone; one that is there is never touched. At most `limit` bytes go into it.
    ///
    /// # Errors
    /// Where the file is there already, or can't be made.
    pub fn create(file: &Path, limit: u64) -> Result<Self, Refused> {
        let name = file.display().to_string();
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Refused::There(name.clone()),
                _ => Refused::Io(name.clone(), error),
            })?;
        Self::start(opened, limit).map_err(|error| Refused::Io(name, error))
    }

    fn start(file: File, limit: u64) -> io::Result<Self> {
        let (items, queue) = sync_channel(QUEUE);
        let (tell, done) = channel();
        let end = Arc::new(Mutex::new(None));
        let told = end.clone();
        let packer = Packer::new(file, limit)?;
        std::thread::Builder::new()
            .name("baseload-record".into())
            .spawn(move || {
                serve(packer, limit, &queue, &told);
                // Whoever waited may be gone.
                let _ = tell.send(());
            })?;
        Ok(Self {
            items: Some(items),
            end,
            done,
            began: Instant::now(),
        })
    }

    /// The first line; before anything else.
    pub fn begin(&mut self, head: Head) {
        self.began = Instant::now();
        self.put(Item::Head(Box::new(head)));
    }

    /// One event. Never waits.
    pub fn take(&mut self, event: Event<'_>) {
        let t = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Some(event) = owned(event) else { return };
        self.put(Item::Line(Line { t, event }));
    }

    /// How it has ended by itself; none while it goes on.
    pub fn ended(&self) -> Option<End> {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        end.clone()
    }

    fn put(&mut self, item: Item) {
        let Some(items) = &self.items else { return };
        match items.try_send(item) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
                end.get_or_insert(End::Behind);
                drop(end);
                self.items = None;
            }
            // The thread has said why it ended.
            Err(TrySendError::Disconnected(_)) => self.items = None,
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.items = None;
        // A disk that hangs does not hold the terminal back.
        let _ = self.done.recv_timeout(SETTLE);
    }
}

/// The event as it is kept. What was pasted is never a command and is nowhere shown, but may be a secret: only that
/// something was pasted is kept.
fn owned(event: Event<'_>) -> Option<Event<'static>> {
    Some(match event {
        Event::Msg(msg) => match msg.as_ref() {
            Msg::Paste(_) => Event::Msg(std::borrow::Cow::Owned(Msg::Paste(String::new()))),
            // The end of the console, not of what is seen.
            Msg::Terminate => return None,
            _ => Event::Msg(std::borrow::Cow::Owned(msg.into_owned())),
        },
        Event::Say(words) => Event::Say(words.into_owned().into()),
        Event::Theme(name) => Event::Theme(name.into_owned().into()),
        Event::End(end) => Event::End(end),
    })
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, End> {
    let line = serde_json::to_vec(value).map_err(|error| End::Failed(error.to_string()))?;
    if line.len() > LONGEST_LINE {
        let long = format!("a message is longer than {} MiB", LONGEST_LINE >> 20);
        return Err(End::Failed(long));
    }
    Ok(line)
}

fn serve(mut packer: Packer<File>, limit: u64, queue: &Receiver<Item>, told: &Mutex<Option<End>>) {
    let (end, t) = match record(&mut packer, limit, queue) {
        Ok(t) => (None, t),
        Err((end, t)) => (Some(end), t),
    };
    let end = {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = end {
            told.get_or_insert(end);
        }
        told.clone().unwrap_or(End::Closed)
    };
    let line = Line {
        t,
        event: Event::End(end),
    };
    let closed = json(&line).map(|line| packer.last(&line));
    if !matches!(closed, Ok(Ok(_))) {
        tracing::warn!("the recording could not be closed");
    }
}

/// Until the console or the recording ends; gives the time of the last line.
fn record(
    packer: &mut Packer<File>,
    limit: u64,
    queue: &Receiver<Item>,
) -> Result<u64, (End, u64)> {
    let failed = |error: io::Error, t| (End::Failed(error.to_string()), t);
    let mut last = 0;
    let mut flushed = Instant::now();
    loop {
        let wait = FLUSH.saturating_sub(flushed.elapsed());
        let line = match queue.recv_timeout(wait) {
            Ok(Item::Head(head)) => json(&head),
            Ok(Item::Line(line)) => {
                last = line.t;
                json(&line)
            }
            Err(RecvTimeoutError::Timeout) => {
                packer.flush().map_err(|error| failed(error, last))?;
                flushed = Instant::now();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(last),
        };
        let line = line.map_err(|end| (end, last))?;
        match packer.line(&line).map_err(|error| failed(error, last))? {
            Room::Taken => {}
            Room::Full => return Err((End::Full(limit), last)),
        }
        if flushed.elapsed() >= FLUSH {
            packer.flush().map_err(|error| failed(error, last))?;
            flushed = Instant::now();
        }
    }
}
