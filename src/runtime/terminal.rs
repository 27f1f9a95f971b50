//! The terminal as a resource: taken at the start, given back whatever happens. Nothing ever waits for an
//! answer of it: the one question (for the colour of its ground, `keys`) is answered among the keys, or not at all.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Is the terminal in our hands?
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Alternate screen, cleared, cursor hidden, pastes bracketed.
const TAKE: &[u8] = b"\x1b[?1049h\x1b[2J\x1b[?25l\x1b[?2004h";
/// The reverse, with any open synchronized frame ended and colours reset.
const GIVE_BACK: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// Takes the terminal: raw mode and alternate screen. An error where there is none.
pub fn take() -> io::Result<()> {
    if !io::stdout().is_terminal() {
        return Err(io::Error::other(
            "stdout is no terminal; run baseload in one (over ssh: ssh -t)",
        ));
    }
    HOOK.call_once(|| {
        watch_for_the_end();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            tracing::error!(panic = %info, "stopped by a fault of its own");
            if cfg!(debug_assertions) {
                before(info);
            }
            let place = info.location().map_or_else(String::new, |l| format!(" ({}:{})", l.file(), l.line()));
            // A closed stderr must not panic again inside the hook.
            let _ = writeln!(
                io::stderr(),
                "baseload stopped by a fault of its own{place}; no load was changed by that; start it again and report the line"
            );
            // A console with a dead task would show figures that look live: better none at all.
            std::process::exit(1);
        }));
    });
    crossterm::terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout().lock();
    out.write_all(TAKE)?;
    out.flush()
}

/// Takes the terminal again after someone else had it. What is to be written goes with the next frame: the caller must
/// not wait for a terminal that takes nothing.
pub fn take_again() -> io::Result<&'static [u8]> {
    crossterm::terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    Ok(TAKE)
}

/// Ends the process when the terminal has gone, whatever the loop is doing: the library that reads keys can spin on a
/// terminal that hung up, and then no signal is looked at any more. The loop has half a second to end by itself.
fn watch_for_the_end() {
    let watch = || loop {
        wait_until_gone();
        if TAKEN.load(Ordering::SeqCst) && is_gone() {
            std::thread::sleep(Duration::from_millis(500));
            std::process::exit(1);
        }
        // Not ours just now, or the wait was cut short.
        std::thread::sleep(Duration::from_millis(200));
    };
    let started = std::thread::Builder::new()
        .name("baseload-watch".into())
        .spawn(watch);
    if let Err(error) = started {
        tracing::warn!(%error, "nobody watches for the end of the terminal");
    }
}

/// Gives the terminal back, once. Errors are of no use any more: the other end may be gone.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Not through the stdout lock: a writer that hangs in it must not keep the terminal. And not at all where the other
    // end takes nothing (a stalled ssh, a paused multiplexer): a process that was told to end must end.
    if takes_bytes() {
        let _ = rustix::io::write(rustix::stdio::stdout(), GIVE_BACK);
    }
    let _ = crossterm::terminal::disable_raw_mode();
}

/// Does the terminal take bytes, or will it within a moment?
fn takes_bytes() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = rustix::stdio::stdout();
    let mut fds = [PollFd::new(&stdout, PollFlags::OUT)];
    let moment = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };
    poll(&mut fds, Some(&moment)).is_ok_and(|ready| ready > 0)
        && fds[0].revents().contains(PollFlags::OUT)
}

/// Columns and rows that the terminal has now; 0x0 where it does not know.
pub fn size() -> (u16, u16) {
    rustix::termios::tcgetwinsize(rustix::stdio::stdout()).map_or((0, 0), |s| (s.ws_col, s.ws_row))
}

/// What the terminal says of its line's speed, bit/s; over ssh, what the far end said of its own.
pub fn speed() -> Option<u32> {
    let settings = rustix::termios::tcgetattr(rustix::stdio::stdout()).ok()?;
    Some(settings.output_speed())
}

/// How long a lone Esc waits for the rest of a key. Over ssh, and on a slow line, the bytes of one key come further apart.
pub fn escape_wait() -> Duration {
    /// Longest key, bytes; and the bits that a serial line takes for each.
    const KEY_BITS: u32 = 12 * 10;
    /// What a pseudo-terminal says where nobody told it a speed: no slow line in any case.
    const UNTOLD: u32 = 38_400;
    let far = std::env::var_os("SSH_CONNECTION").is_some_and(|value| !value.is_empty());
    let base = Duration::from_millis(if far { 150 } else { 50 });
    match speed() {
        Some(bits @ 1..UNTOLD) => base + Duration::from_secs(KEY_BITS.into()) / bits,
        _ => base,
    }
}

/// Has the other end of the terminal gone (closed PTY, dropped link)?
pub fn is_gone() -> bool {
    gone_within(Some(&rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    }))
}

/// Waits until the other end has gone, or a signal comes.
fn wait_until_gone() {
    let _ = gone_within(None);
}

fn gone_within(at_most: Option<&rustix::event::Timespec>) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdin = rustix::stdio::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
    poll(&mut fds, at_most).is_ok_and(|ready| {
        ready > 0
            && fds[0]
                .revents()
                .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
    })
}

/// Writes frames on a thread of its own, so that a slow or stopped terminal never stops the keys. One frame is under
/// way at most; what came meanwhile is drawn from the latest state.
#[derive(Debug)]
pub struct Writer {
    frames: mpsc::Sender<Vec<u8>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    busy: AtomicBool,
    failed: AtomicBool,
    done: Notify,
    /// The last write: bytes and microseconds; taken by who asks.
    last: Mutex<Option<(usize, Duration)>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start() -> io::Result<Self> {
        let (frames, queue) = mpsc::channel::<Vec<u8>>();
        let shared = Arc::new(Shared::default());
        let seen = shared.clone();
        std::thread::Builder::new()
            .name("baseload-write".into())
            .spawn(move || {
                while let Ok(frame) = queue.recv() {
                    let mut out = io::stdout().lock();
                    let began = Instant::now();
                    if out.write_all(&frame).and_then(|()| out.flush()).is_err() {
                        seen.failed.store(true, Ordering::SeqCst);
                    }
                    let last = Some((frame.len(), began.elapsed()));
                    *seen.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
                    seen.busy.store(false, Ordering::SeqCst);
                    seen.done.notify_one();
                }
            })?;
        Ok(Self { frames, shared })
    }

    /// Is a frame under way?
    pub fn is_busy(&self) -> bool {
        self.shared.busy.load(Ordering::SeqCst)
    }

    /// The last frame that was written, with the time that it took; each once.
    pub fn wrote(&self) -> Option<(usize, Duration)> {
        let last = &self.shared.last;
        last.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Could a frame not be written? Then the terminal is gone.
    pub fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::SeqCst)
    }

    /// Hands over a frame. Only while not busy.
    pub fn send(&self, frame: Vec<u8>) {
        self.shared.busy.store(true, Ordering::SeqCst);
        if self.frames.send(frame).is_err() {
            self.shared.failed.store(true, Ordering::SeqCst);
        }
    }

    /// Ends when the frame under way is written.
    pub async fn done(&self) {
        self.shared.done.notified().await;
    }

    /// Waits for the frame under way, at most that long.
    pub fn settle(&self, at_most: Duration) {
        let until = Instant::now() + at_most;
        while self.is_busy() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Stops this process as Ctrl-Z would, and comes back when it is continued. False where there is no shell to go to.
pub fn stop_until_continued() -> bool {
    let own = rustix::process::getpid();
    // A session leader has no shell above it that could ever say `fg`.
    if rustix::process::getsid(None).is_ok_and(|leader| leader == own) {
        return false;
    }
    let group = rustix::process::getpgrp();
    rustix::process::kill_process_group(group, rustix::process::Signal::STOP).is_ok()
}
