//! A gateway's journal on disk: opened, read and written by threads of its own, so that the gateway never waits for it.
//!
//! A journal that can't be opened (another gateway writes it, it is broken, or on a disk that hangs) is tried again until
//! it can be.

use std::fmt::{self, Debug};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::domain::bounds::Bounds;
use crate::domain::journal::{Entry, Fact};
use crate::domain::time::Timestamp;
use crate::journal::audit::{Reader, Trouble, Writer};

use super::acts::AHEAD;
pub use super::acts::Void;
use super::past::read;
pub use super::past::{Past, Taken, Told};

/// The end of a gateway waits for the disk so long.
const FAREWELL: Duration = Duration::from_secs(2);
/// A large journal takes a while to open.
const OPEN_WITHIN: Duration = Duration::from_mins(1);
/// The start of a gateway waits so long for it; then it serves without.
const START_WITHIN: Duration = Duration::from_secs(10);
/// One that can't be opened is tried again after so long.
const AGAIN: Duration = Duration::from_secs(2);

/// Called, from any thread, once there is something to be heard.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a journal says.
#[derive(Debug)]
pub enum Heard {
    /// What became of the entries that were submitted last: all are durable, or none. Errors: one sentence.
    Kept(Result<(), String>),
    /// It could not be opened before, and can be now.
    Opened(Box<Past>),
    /// It can't be opened, in one sentence.
    Shut(String),
}

/// No gateway counts what a person moved for longer.
const LONGEST_WINDOW: Duration = Duration::from_mins(*Bounds::WINDOWS_MIN.end() as u64);

/// Where orders and answers are kept.
pub trait Keep: Debug + Send {
    /// Takes entries to be made durable, all of them or none; never waits. No more are submitted before it has said
    /// what became of these.
    fn submit(&mut self, entries: Vec<Entry>);

    /// What it has to say since the last call.
    fn heard(&mut self) -> Vec<Heard>;

    /// Gives it what to call once it has something to say.
    fn wake_with(&mut self, wake: Wake) {
        let _ = wake;
    }

    /// What should stand in it first of this life of the gateway, and does not yet.
    fn first(&self) -> Option<Entry> {
        None
    }
}

/// What the threads say.
enum News {
    Kept(Result<(), String>),
    /// With the row of this start where that could not be written.
    Opened(Writer, Box<Past>, Option<Entry>),
    Shut(String),
}

/// How they say it.
#[derive(Clone)]
struct Tell {
    news: Sender<News>,
    wake: Arc<OnceLock<Wake>>,
}

impl Tell {
    fn say(&self, news: News) {
        let _ = self.news.send(news);
        if let Some(wake) = self.wake.get() {
            wake();
        }
    }
}

/// A journal on disk.
pub struct Durable {
    writer: Option<Writer>,
    gateway: String,
    clock: fn() -> Timestamp,
    first: Option<Entry>,
    tell: Tell,
    news: Receiver<News>,
    /// Dropped, it ends the thread that tries to open.
    _opens: Sender<()>,
}

impl Debug for Durable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Durable");
        shown.field("writer", &self.writer).finish_non_exhaustive()
    }
}

/// Begins to open the journal of a gateway, new or old, and waits a while for what it holds. Where it can't be opened by
/// then the error says why, and it is tried again as long as the gateway lives.
pub fn start(
    folder: &Path,
    gateway: &str,
    clock: fn() -> Timestamp,
) -> std::io::Result<(Durable, Result<Past, String>)> {
    let (news, heard) = mpsc::channel();
    let (opens, end) = mpsc::channel();
    let wake = Arc::default();
    let tell = Tell { news, wake };
    let (folder, teller, name) = (folder.to_owned(), tell.clone(), gateway.to_owned());
    let started = move || entry(&name, clock, started(&name));
    thread::Builder::new()
        .name("baseload-open".into())
        .spawn(move || try_to_open(&folder, &started, &teller, &end))?;
    let mut durable = Durable {
        writer: None,
        gateway: gateway.to_owned(),
        clock,
        first: None,
        tell,
        news: heard,
        _opens: opens,
    };
    let past = match durable.news.recv_timeout(START_WITHIN) {
        Ok(News::Opened(writer, past, first)) => {
            (durable.writer, durable.first) = (Some(writer), first);
            Ok(*past)
        }
        Ok(News::Shut(why)) => Err(why),
        Ok(News::Kept(_)) | Err(_) => Err(Trouble::Late.to_string()),
    };
    Ok((durable, past))
}

fn try_to_open(folder: &Path, started: &dyn Fn() -> Entry, tell: &Tell, end: &Receiver<()>) {
    let mut said = String::new();
    loop {
        match open(folder, started().at) {
            Ok((writer, past)) => {
                let first = started();
                let kept = writer.append_within(vec![first.clone()], FAREWELL);
                let owed = kept.is_err().then_some(first);
                return tell.say(News::Opened(writer, Box::new(past), owed));
            }
            Err(trouble) => {
                let why = trouble.to_string();
                if why != said {
                    tracing::error!(%why, "the gateway's journal can't be opened");
                    said.clone_from(&why);
                    tell.say(News::Shut(why));
                }
            }
        }
        if end.recv_timeout(AGAIN) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

fn open(folder: &Path, now: Timestamp) -> Result<(Writer, Past), Trouble> {
    let (tell, told) = mpsc::channel();
    let writer = Writer::start(vec![folder.to_owned()], 0, move |outcome| {
        let _ = tell.send(outcome);
    })
    .map_err(|error| Trouble::Io {
        at: folder.to_owned(),
        why: error.to_string(),
    })?;
    told.recv_timeout(OPEN_WITHIN)
        .unwrap_or(Err(Trouble::Late))?;
    // What began within the window may have been ordered so long before, and have waited for its turn then.
    let counted_since = now - LONGEST_WINDOW * 2 - AHEAD;
    let past = read(&Reader::open(folder)?, counted_since)?;
    Ok((writer, past))
}

fn entry(gateway: &str, clock: fn() -> Timestamp, fact: Fact) -> Entry {
    Entry {
        at: clock(),
        actor: gateway.into(),
        fact,
    }
}

fn started(gateway: &str) -> Fact {
    Fact::Started {
        version: env!("CARGO_PKG_VERSION").into(),
        desk: gateway.into(),
        config: None,
        feeds: Vec::new(),
    }
}

impl Keep for Durable {
    fn submit(&mut self, entries: Vec<Entry>) {
        let tell = self.tell.clone();
        let done = move |outcome: Result<(), Trouble>| {
            tell.say(News::Kept(outcome.map_err(|trouble| trouble.to_string())));
        };
        match &self.writer {
            Some(writer) => writer.append(entries, move |outcome| done(outcome.map(drop))),
            None => done(Err(Trouble::Closed)),
        }
    }

    fn heard(&mut self) -> Vec<Heard> {
        let news: Vec<News> = self.news.try_iter().collect();
        let heard = news.into_iter().map(|news| match news {
            News::Kept(outcome) => Heard::Kept(outcome),
            News::Shut(why) => Heard::Shut(why),
            News::Opened(writer, past, first) => {
                (self.writer, self.first) = (Some(writer), first);
                Heard::Opened(past)
            }
        });
        heard.collect()
    }

    fn wake_with(&mut self, wake: Wake) {
        let _ = self.tell.wake.set(wake);
    }

    fn first(&self) -> Option<Entry> {
        self.first.clone()
    }
}

/// The gateway ends in good order.
impl Drop for Durable {
    fn drop(&mut self) {
        let stopped = entry(&self.gateway, self.clock, Fact::Stopped);
        if let Some(writer) = self.writer.take() {
            writer.append(vec![stopped], drop);
            let _ = writer.close(FAREWELL);
        }
    }
}
