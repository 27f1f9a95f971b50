//! Signals as the loop hears them.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that the loop listens to.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    stop: Signal,
    go_on: Signal,
    resized: Signal,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            resized: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::End,
            _ = self.interrupt.recv() => Told::End,
            _ = self.hang_up.recv() => Told::Gone,
            _ = self.stop.recv() => Told::Suspend,
            _ = self.go_on.recv() => Told::GoOn,
            _ = self.resized.recv() => Told::Resized,
        }
    }
}

/// What a signal told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// To end.
    End,
    /// The other end of the terminal is gone.
    Gone,
    /// To go to the shell.
    Suspend,
    /// It was continued.
    GoOn,
    /// The terminal has another size.
    Resized,
}
