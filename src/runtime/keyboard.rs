//! What the terminal sends, read on a thread of its own: a loop that draws or judges never delays a key, and a thread
//! that waits costs nothing. Nothing but this thread waits to see whether an Esc was one.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;

use super::keys::{Cutter, Heard};
use super::terminal;
use crate::engine::priority::short_turns_for_this_thread;

/// What waits at most; beyond, what is typed waits in the terminal.
const WAITING: usize = 4_096;
/// Bytes read in one go, each a key at most.
const BATCH: usize = 256;
/// How long to wait where too many wait already.
const FULL: Duration = Duration::from_millis(5);
/// How long throwing away waits for what is just being read.
const PATIENCE: Duration = Duration::from_millis(20);

/// The keys of the terminal.
#[derive(Debug)]
pub(super) struct Keyboard {
    heard: mpsc::Receiver<Heard>,
    /// Held while something is read and handed over.
    cutter: Arc<Mutex<Cutter>>,
    source: Arc<Source>,
}

/// Where keys come from.
#[derive(Debug)]
enum Source {
    Stdin,
    /// What was piped in is not ours to read.
    Terminal(File),
}

impl Source {
    fn open() -> io::Result<Self> {
        if io::stdin().is_terminal() {
            return Ok(Self::Stdin);
        }
        File::open("/dev/tty").map(Self::Terminal)
    }

    fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdin => rustix::stdio::stdin(),
            Self::Terminal(file) => file.as_fd(),
        }
    }
}

impl Keyboard {
    /// Begins to read.
    ///
    /// # Errors
    /// No terminal to read from, or no thread.
    pub(super) fn start() -> io::Result<Self> {
        let (hand_over, heard) = mpsc::channel(WAITING);
        let source = Arc::new(Source::open()?);
        let cutter = Cutter::new(terminal::escape_wait(), Instant::now());
        let cutter = Arc::new(Mutex::new(cutter));
        let (cuts, from) = (cutter.clone(), source.clone());
        std::thread::Builder::new()
            .name("baseload-keys".into())
            .spawn(move || {
                // As the screen's thread: a key must not wait for what is hashing.
                short_turns_for_this_thread();
                while turn(&from, &cuts, &hand_over).is_some() {}
            })?;
        Ok(Self {
            heard,
            cutter,
            source,
        })
    }

    /// What comes next; none where the terminal can't be read any more.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }

    /// Throws away all that was typed until now, wherever it waits. It is read and cut all the same: the rest of a key
    /// that comes later is no key of its own. Was there anything?
    pub(super) fn drop_waiting(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        let mut dropped = false;
        let mut reading = loop {
            match self.cutter.try_lock() {
                Ok(guard) => break Some(guard),
                Err(TryLockError::Poisoned(guard)) => break Some(guard.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::yield_now(),
                Err(TryLockError::WouldBlock) => break None,
            }
        };
        if let Some(cutter) = &mut reading {
            // Where it can't be read the end of the terminal is found elsewhere.
            while Instant::now() < until
                && let Ok(Some(heard)) = read(&self.source, cutter)
            {
                dropped |= !heard.is_empty();
            }
            cutter.mute();
        }
        while self.heard.try_recv().is_ok() {
            dropped = true;
        }
        drop(reading);
        dropped
    }
}

/// Waits for bytes, and hands over what they were. None: there will be no more.
fn turn(source: &Source, cutter: &Mutex<Cutter>, heard: &mpsc::Sender<Heard>) -> Option<()> {
    let until = lock(cutter).until();
    let ready = ready(
        source,
        until.map(|at| at.saturating_duration_since(Instant::now())),
    )?;
    // A terminal that hung up reads as an endless nothing.
    if ready.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) || heard.is_closed() {
        return None;
    }
    if heard.capacity() < 2 * BATCH {
        std::thread::sleep(FULL);
        return Some(());
    }
    let mut cutter = lock(cutter);
    let new = match read(source, &mut cutter).ok()? {
        Some(new) => new,
        None => cutter.overdue(Instant::now()),
    };
    new.into_iter().try_for_each(|one| heard.try_send(one).ok())
}

fn lock(cutter: &Mutex<Cutter>) -> MutexGuard<'_, Cutter> {
    cutter
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What the terminal is ready for, within that time; none where it can't be asked any more.
fn ready(source: &Source, at_most: Option<Duration>) -> Option<PollFlags> {
    let fd = source.fd();
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    let at_most = at_most.map(|time| Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    });
    match poll(&mut fds, at_most.as_ref()) {
        Ok(_) => Some(fds[0].revents()),
        Err(rustix::io::Errno::INTR) => Some(PollFlags::empty()),
        Err(_) => None,
    }
}

/// Cuts what has come; none where nothing has.
fn read(source: &Source, cutter: &mut Cutter) -> io::Result<Option<Vec<Heard>>> {
    let now = ready(source, Some(Duration::ZERO));
    if !now.is_some_and(|flags| flags.contains(PollFlags::IN)) {
        return Ok(None);
    }
    let mut bytes = [0; BATCH];
    match rustix::io::read(source.fd(), &mut bytes) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(count) => Ok(Some(cutter.take(&bytes[..count], Instant::now()))),
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
