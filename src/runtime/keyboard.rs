//! What the terminal sends, read on a thread of its own: a loop that draws or judges never delays a key, and a thread
//! that waits costs nothing.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{QueueSelector, tcflush};
use tokio::sync::mpsc;

use crate::engine::priority::short_turns_for_this_thread;

const NOW: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};
/// Events that wait at most; beyond, what is typed waits in the terminal.
const WAITING: usize = 1_024;
/// Events taken in one go.
const BATCH: usize = 256;
/// How long the library is asked for more: it does not even look where that is over before it begins.
const GLANCE: Duration = Duration::from_millis(2);
/// When it is asked once more after keys: a thread that was held up in the glance has not looked.
const AGAIN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};
/// How long to wait where too many wait already.
const FULL: Duration = Duration::from_millis(5);
/// How long throwing away waits for what is just being read: half a sequence of a slow line may be.
const PATIENCE: Duration = Duration::from_millis(20);

/// The keys of the terminal.
#[derive(Debug)]
pub(super) struct Keyboard {
    events: mpsc::Receiver<Event>,
    /// Held while something is read and handed over.
    reading: Arc<Mutex<()>>,
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
        let (hand_over, events) = mpsc::channel(WAITING);
        let reading = Arc::new(Mutex::new(()));
        let source = Arc::new(Source::open()?);
        let (read, from) = (reading.clone(), source.clone());
        std::thread::Builder::new()
            .name("baseload-keys".into())
            .spawn(move || {
                // As the screen's thread: a key must not wait for what is hashing.
                short_turns_for_this_thread();
                let mut next = Next::Wait;
                while next != Next::End {
                    next = turn(&from, &read, &hand_over, next);
                }
            })?;
        Ok(Self {
            events,
            reading,
            source,
        })
    }

    /// The next event; none where the terminal can't be read any more.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Throws away all that was typed until now, wherever it waits.
    pub(super) fn drop_waiting(&mut self) {
        let until = Instant::now() + PATIENCE;
        let reading = loop {
            match self.reading.try_lock() {
                Ok(guard) => break Some(guard),
                Err(TryLockError::Poisoned(guard)) => break Some(guard.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::yield_now(),
                Err(TryLockError::WouldBlock) => break None,
            }
        };
        // Where it can't be flushed the end of the terminal is found elsewhere.
        let _ = tcflush(self.source.fd(), QueueSelector::IFlush);
        while self.events.try_recv().is_ok() {}
        drop(reading);
    }
}

/// How the thread goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Until something comes.
    Wait,
    /// Looks once more, a moment later.
    LookAgain,
    /// There may be more that has been read and not taken.
    LookNow,
    /// There will be no more.
    End,
}

/// Waits for keys, and hands over all that there are.
fn turn(source: &Source, reading: &Mutex<()>, events: &mpsc::Sender<Event>, how: Next) -> Next {
    let fd = source.fd();
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    let at_most = match how {
        Next::LookNow => Some(&NOW),
        Next::LookAgain => Some(&AGAIN),
        Next::Wait | Next::End => None,
    };
    match poll(&mut fds, at_most) {
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return how,
        Err(_) => return Next::End,
    }
    let ready = fds[0].revents();
    // A terminal that hung up reads as an endless nothing.
    if ready.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) || events.is_closed() {
        return Next::End;
    }
    if events.capacity() < BATCH {
        std::thread::sleep(FULL);
        return how;
    }
    let _reading = reading.lock();
    let mut taken = 0;
    while taken < BATCH {
        match event::poll(GLANCE) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Next::End,
        }
        match event::read() {
            // Told by its signal: here it would come with the next key only.
            Ok(Event::Resize(..)) => {}
            Ok(event) => match events.try_send(event) {
                Ok(()) => taken += 1,
                Err(_) => return Next::End,
            },
            Err(_) => return Next::End,
        }
    }
    match taken {
        0 => Next::Wait,
        BATCH => Next::LookNow,
        _ => Next::LookAgain,
    }
}
