//! The one thread that has the history's file: takes seconds, answers questions, and tidies up in between.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread;
use std::time::{Duration, Instant};

use super::place::Place;
use super::reader::Reader;
use super::retention::Keep;
use super::store::Store;
use super::trouble::Trouble;
use crate::domain::history::{Answer, Ask, Integral, Sample, Series};
use crate::domain::time::Timestamp;

/// What waits for the thread.
const QUEUE: usize = 256;
/// Chunks packed between two looks at what waits: a few milliseconds.
const PACKED: usize = 40;
/// A file that could not be opened or written is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);
/// Old rows are let go once the clock has gone on evenly for so long: one that jumps ahead must not cost the past.
const EVEN: Duration = Duration::from_mins(5);

/// How a history stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// This process writes it.
    Writes(PathBuf),
    /// Another process of this machine writes it; this one reads.
    Reads(PathBuf),
}

/// Told of how it stands, whenever that changes.
type Told = Box<dyn FnMut(Result<Standing, Trouble>) + Send>;
/// Told once of a question.
type Answered<T> = Box<dyn FnOnce(Result<T, Trouble>) + Send>;

enum Wish {
    Take(Timestamp, Vec<Sample>),
    Ask(Vec<Ask>, Answered<Vec<Answer>>),
    Sum(Series, Timestamp, Timestamp, Answered<Integral>),
}

/// A history at work. Ends, with all that waits written, when it is dropped.
#[derive(Debug)]
pub struct Writer {
    wishes: Option<SyncSender<Wish>>,
    ended: Receiver<()>,
}

impl Writer {
    /// Starts it; does not wait for the disk. `told` hears from its thread how it stands, and again when that changes.
    pub fn start(
        at: Place,
        keep: Keep,
        told: impl FnMut(Result<Standing, Trouble>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wishes, inbox) = mpsc::sync_channel(QUEUE);
        let (end, ended) = mpsc::sync_channel(1);
        let mut desk = Desk {
            at,
            keep,
            told: Box::new(told),
            store: Err(Trouble::Closed),
            reader: None,
            tried: None,
            said: None,
            last: None,
            even_since: None,
        };
        thread::Builder::new()
            .name("baseload-history".into())
            .spawn(move || {
                desk.run(&inbox);
                // Closed before anybody is told: another writer may follow at once.
                drop(desk);
                let _ = end.send(());
            })?;
        Ok(Self {
            wishes: Some(wishes),
            ended,
        })
    }

    /// Hands over what was shown at one second; never waits. Where too much waits already it is left out.
    pub fn take(&self, at: Timestamp, samples: Vec<Sample>) -> Result<(), Trouble> {
        let wishes = self.wishes.as_ref().ok_or(Trouble::Closed)?;
        wishes
            .try_send(Wish::Take(at, samples))
            .map_err(|error| match error {
                TrySendError::Full(_) => Trouble::Behind,
                TrySendError::Disconnected(_) => Trouble::Closed,
            })
    }

    /// Asks; never waits. `done` hears the answers from the history's thread, in the order of the questions.
    pub fn ask(
        &self,
        asks: Vec<Ask>,
        done: impl FnOnce(Result<Vec<Answer>, Trouble>) + Send + 'static,
    ) {
        self.wish(Wish::Ask(asks, Box::new(done)));
    }

    /// Asks for a series added up over a time; never waits.
    pub fn integral(
        &self,
        series: Series,
        from: Timestamp,
        to: Timestamp,
        done: impl FnOnce(Result<Integral, Trouble>) + Send + 'static,
    ) {
        self.wish(Wish::Sum(series, from, to, Box::new(done)));
    }

    fn wish(&self, wish: Wish) {
        let back = match &self.wishes {
            None => Some((wish, Trouble::Closed)),
            Some(wishes) => match wishes.try_send(wish) {
                Ok(()) => None,
                Err(TrySendError::Full(wish)) => Some((wish, Trouble::Behind)),
                Err(TrySendError::Disconnected(wish)) => Some((wish, Trouble::Closed)),
            },
        };
        match back {
            Some((Wish::Ask(_, done), why)) => done(Err(why)),
            Some((Wish::Sum(.., done), why)) => done(Err(why)),
            Some((Wish::Take(..), _)) | None => {}
        }
    }

    /// Ends it: what waits is written first, if the disk does it in this time.
    pub fn close(mut self, within: Duration) -> Result<(), Trouble> {
        self.wishes = None;
        self.ended.recv_timeout(within).map_err(|_| Trouble::Behind)
    }
}

/// What the thread has.
struct Desk {
    at: Place,
    keep: Keep,
    told: Told,
    store: Result<Store, Trouble>,
    reader: Option<Reader>,
    tried: Option<Instant>,
    said: Option<Result<Standing, Trouble>>,
    /// The second taken last.
    last: Option<Timestamp>,
    even_since: Option<Instant>,
}

impl Desk {
    fn run(&mut self, inbox: &Receiver<Wish>) {
        self.open();
        let mut more = false;
        loop {
            let wait = if more { Duration::ZERO } else { AGAIN };
            match inbox.recv_timeout(wait) {
                Ok(wish) => self.grant(wish),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            more = self.tidy();
        }
    }

    /// Tells of how it stands where that is news.
    fn say(&mut self, standing: Result<Standing, Trouble>) {
        if self.said.as_ref() != Some(&standing) {
            self.said = Some(standing.clone());
            (self.told)(standing);
        }
    }

    fn open(&mut self) {
        if self.store.is_ok() || self.tried.is_some_and(|at| at.elapsed() < AGAIN) {
            return;
        }
        self.tried = Some(Instant::now());
        match Store::open(&self.at) {
            Ok(Some(store)) => {
                self.reader = None;
                let standing = Standing::Writes(store.file().to_owned());
                self.store = Ok(store);
                // After a fault it is well again when something was written, and not before.
                if !matches!(self.said, Some(Err(_))) {
                    self.say(Ok(standing));
                }
            }
            Ok(None) => self.read_only(),
            Err(trouble) => self.failed(trouble),
        }
    }

    /// Another process writes: what it wrote can be read.
    fn read_only(&mut self) {
        let Place::File(at) = self.at.clone() else {
            return;
        };
        if self.reader.is_none() {
            match Reader::open(&at) {
                Ok(reader) => self.reader = Some(reader),
                Err(trouble) => return self.failed(trouble),
            }
        }
        self.store = Err(Trouble::Locked { at: at.clone() });
        self.say(Ok(Standing::Reads(at)));
    }

    fn failed(&mut self, trouble: Trouble) {
        tracing::warn!(%trouble, "the history");
        self.tried = Some(Instant::now());
        self.say(Err(trouble.clone()));
        // The file is opened anew: what the store believes of it may no longer hold.
        self.store = Err(trouble);
    }

    fn grant(&mut self, wish: Wish) {
        self.open();
        match wish {
            Wish::Take(at, samples) => {
                if let Ok(store) = &mut self.store {
                    match store.take(at, &samples) {
                        Ok(()) => {
                            let standing = Standing::Writes(store.file().to_owned());
                            self.say(Ok(standing));
                        }
                        Err(trouble) => self.failed(trouble),
                    }
                }
                self.timed(at);
            }
            Wish::Ask(asks, done) => done(match (&self.store, &self.reader) {
                (Ok(store), _) => store.answer(&asks),
                (Err(_), Some(reader)) => reader.answer(&asks),
                (Err(trouble), None) => Err(trouble.clone()),
            }),
            Wish::Sum(series, from, to, done) => done(match (&self.store, &self.reader) {
                (Ok(store), _) => store.integral(&series, from, to),
                (Err(_), Some(reader)) => reader.integral(&series, from, to),
                (Err(trouble), None) => Err(trouble.clone()),
            }),
        }
    }

    fn timed(&mut self, at: Timestamp) {
        let even = self
            .last
            .is_some_and(|last| last <= at && last.age(at) < Duration::from_secs(30));
        if !even {
            self.even_since = Some(Instant::now());
        }
        self.last = Some(at);
    }

    /// Packs what has passed and lets go what is old, a little of it. Gives whether there is more to do.
    fn tidy(&mut self) -> bool {
        let (Ok(store), Some(now)) = (&mut self.store, self.last) else {
            return false;
        };
        let even = self.even_since.is_some_and(|at| at.elapsed() >= EVEN);
        let done = store.pack(now, PACKED).and_then(|packed| {
            let gone = if even && packed == 0 {
                store.let_go(&self.keep, now)?
            } else {
                0
            };
            Ok(packed > 0 || gone > 0)
        });
        match done {
            Ok(more) => more,
            Err(trouble) => {
                self.failed(trouble);
                false
            }
        }
    }
}
