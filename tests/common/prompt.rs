//! A real journal that is waited for: the time of some tests runs faster than any disk.

use std::path::Path;
use std::time::{Duration, Instant};

use baseload::domain::journal::Entry;
use baseload::domain::time::Timestamp;
use baseload::gateway::durable::{Durable, Heard, Keep, Past, start};

/// Answers within the call that asks.
#[derive(Debug)]
pub(crate) struct Prompt(Durable, Vec<Heard>);

/// Opens a journal; errors say why it can't be opened yet.
pub(crate) fn open(
    folder: &Path,
    gateway: &str,
    clock: fn() -> Timestamp,
) -> (Prompt, Result<Past, String>) {
    let (keep, past) = start(folder, gateway, clock).expect("a thread");
    (Prompt(keep, Vec::new()), past)
}

/// The same once whoever wrote it before has let go of it: a slow disk takes its time.
pub(crate) fn opened(folder: &Path, gateway: &str, clock: fn() -> Timestamp) -> (Prompt, Past) {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        match open(folder, gateway, clock) {
            (keep, Ok(past)) => return (keep, past),
            (_, Err(why)) => assert!(Instant::now() < until, "{why}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Keep for Prompt {
    fn submit(&mut self, entries: Vec<Entry>) {
        self.0.submit(entries);
        let until = Instant::now() + Duration::from_mins(1);
        while self.1.is_empty() {
            assert!(Instant::now() < until, "the disk says nothing");
            std::thread::sleep(Duration::from_micros(200));
            self.1.extend(self.0.heard());
        }
    }

    fn heard(&mut self) -> Vec<Heard> {
        let mut heard = std::mem::take(&mut self.1);
        heard.extend(self.0.heard());
        heard
    }

    fn first(&self) -> Option<Entry> {
        self.0.first()
    }
}
