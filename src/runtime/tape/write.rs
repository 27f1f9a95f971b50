//! Writing a recording, on a thread of its own.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::head::Head;
use super::pack::{Packer, Room};
use super::{Event, LONGEST_LINE, bounds};
use crate::app::Msg;
use crate::app::tape::End;

/// Messages that wait for the disk.
const QUEUE: usize = 2_048;
/// Bytes of them: the longest, and as much again.
const QUEUE_BYTES: usize = 2 * LONGEST_LINE;
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

/// What waits is JSON already: its size is known, and nothing of the state is kept alive by it.
enum Item {
    Head(String),
    Event(u64, String),
}

impl Item {
    const fn bytes(&self) -> usize {
        let (Self::Head(json) | Self::Event(_, json)) = self;
        json.len()
    }
}

/// A recording that is being written. Dropped, it is closed: only the console's own end waits for that.
pub struct Recording {
    items: Option<SyncSender<Item>>,
    /// Bytes that wait for the disk.
    waiting: Arc<AtomicUsize>,
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
        let waiting = Arc::new(AtomicUsize::new(0));
        let queue = Queue {
            items: queue,
            waiting: waiting.clone(),
        };
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
            waiting,
            end,
            done,
            began: Instant::now(),
        })
    }

    /// The first line; before anything else.
    pub fn begin(&mut self, head: &Head) {
        self.began = Instant::now();
        self.put(head, Item::Head);
    }

    /// One event. Never waits.
    pub fn take(&mut self, event: Event<'_>) {
        let t = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(event) = kept(event) {
            self.put(&event, |json| Item::Event(t, json));
        }
    }

    /// How it has ended by itself; none while it goes on.
    pub fn ended(&self) -> Option<End> {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        end.clone()
    }

    fn put(&mut self, what: &impl serde::Serialize, item: impl FnOnce(String) -> Item) {
        // One that has ended costs nothing more.
        let Some(items) = &self.items else { return };
        let item = match json(what) {
            Ok(json) => item(json),
            Err(end) => return self.over(end),
        };
        let bytes = item.bytes();
        if self.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes > QUEUE_BYTES {
            return self.over(End::Behind);
        }
        match items.try_send(item) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.over(End::Behind),
            // The thread has said why it ended.
            Err(TrySendError::Disconnected(_)) => self.items = None,
        }
    }

    /// Nothing more is taken; what waits is still written, and then how it ended.
    fn over(&mut self, end: End) {
        let mut told = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        told.get_or_insert(end);
        drop(told);
        self.items = None;
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
fn kept(event: Event<'_>) -> Option<Event<'_>> {
    match &event {
        Event::Msg(msg) => match msg.as_ref() {
            Msg::Paste(_) => Some(Event::Msg(Cow::Owned(Msg::Paste(String::new())))),
            // The end of the console, not of what is seen.
            Msg::Terminate => None,
            _ => Some(event),
        },
        _ => Some(event),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, End> {
    let json = serde_json::to_string(value).map_err(|error| End::Failed(error.to_string()))?;
    if json.len() > LONGEST_LINE {
        let long = format!("a message is longer than {} MiB", LONGEST_LINE >> 20);
        return Err(End::Failed(long));
    }
    Ok(json)
}

/// A line as it stands in the file: when, and what.
fn line(t: u64, event: &str) -> String {
    format!("{{\"t\":{t},\"event\":{event}}}")
}

/// The other end of what waits.
struct Queue {
    items: Receiver<Item>,
    waiting: Arc<AtomicUsize>,
}

fn serve(mut packer: Packer<File>, limit: u64, queue: &Queue, told: &Mutex<Option<End>>) {
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
    let closed = json(&Event::End(end)).map(|end| packer.last(line(t, &end).as_bytes()));
    if !matches!(closed, Ok(Ok(_))) {
        tracing::warn!("the recording could not be closed");
    }
}

/// Until the console or the recording ends; gives the time of the last line.
fn record(packer: &mut Packer<File>, limit: u64, queue: &Queue) -> Result<u64, (End, u64)> {
    let failed = |error: io::Error, t| (End::Failed(error.to_string()), t);
    let mut last = 0;
    let mut flushed = Instant::now();
    loop {
        let wait = FLUSH.saturating_sub(flushed.elapsed());
        let item = match queue.items.recv_timeout(wait) {
            Ok(item) => item,
            Err(RecvTimeoutError::Timeout) => {
                packer.flush().map_err(|error| failed(error, last))?;
                flushed = Instant::now();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(last),
        };
        let bytes = item.bytes();
        let line = match item {
            Item::Head(head) => head,
            Item::Event(t, event) => {
                // What is written is what can be played.
                let admitted = bounds::admit(&event);
                admitted.map_err(|what| (End::Failed(format!("a message {what}")), last))?;
                last = t;
                line(t, &event)
            }
        };
        let room = packer.line(line.as_bytes());
        queue.waiting.fetch_sub(bytes, Ordering::Relaxed);
        match room.map_err(|error| failed(error, last))? {
            Room::Taken => {}
            Room::Full => return Err((End::Full(limit), last)),
            Room::Dense => {
                let dense = "it would unpack to more than a replay takes".to_owned();
                return Err((End::Failed(dense), last));
            }
        }
        if flushed.elapsed() >= FLUSH {
            packer.flush().map_err(|error| failed(error, last))?;
            flushed = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::domain::ids::{BlockId, BlockKey, FeedId, SiteId};
    use crate::domain::link::{FeedEvent, Item as Told, Topic};

    /// Many items, each of them a little other than the next.
    fn large(seed: u64) -> Msg {
        let name = |n: u64| {
            format!(
                "{:064x}",
                u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c)
            )
        };
        let item = |n| {
            Told::BadBlock(BlockKey::new(
                &SiteId::new(&name(n)),
                &BlockId::new(&name(!n)),
            ))
        };
        let items = (seed..seed + 50_000).map(item).collect();
        let topic = Topic::Fleet;
        Msg::Feed(FeedId(0), FeedEvent::Update { topic, items })
    }

    #[test]
    fn a_disk_that_hangs_holds_neither_the_memory_nor_the_screen() {
        // Nobody reads at the other end: after what the system takes, writing waits for ever.
        let (disk, other) = UnixStream::pair().expect("a pair");
        let file = File::from(OwnedFd::from(disk));
        let mut recording = Recording::start(file, 1 << 40).expect("begins");
        let msg = large(7);
        let bytes = serde_json::to_string(&msg).expect("is written").len();
        let mut taken = 0;
        while recording.ended().is_none() && taken < QUEUE {
            recording.take(Event::Msg(Cow::Borrowed(&msg)));
            taken += 1;
        }
        assert_eq!(recording.ended(), Some(End::Behind));
        assert!(taken * bytes < 3 * QUEUE_BYTES, "{taken} of {bytes} bytes");
        // What comes after is not even packed, and nothing more waits.
        let waiting = recording.waiting.load(Ordering::Relaxed);
        recording.take(Event::Msg(Cow::Borrowed(&msg)));
        assert!(recording.items.is_none());
        assert!(recording.waiting.load(Ordering::Relaxed) <= waiting);
        // It is closed once the disk goes on.
        let reader = std::thread::spawn(move || io::copy(&mut &other, &mut io::sink()));
        drop(recording);
        let read = reader.join().expect("ends").expect("reads");
        assert!(read > 0);
    }
}
