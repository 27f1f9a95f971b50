//! What waits to be recorded, and what may be done meanwhile: a state machine without a disk and without a clock.
//!
//! Invariant: entries are written in the order in which they came, one batch at a time; what is settled as refused is
//! never done, and what is owed is kept until it is written. Nothing here waits: a disk that hangs or is full is an
//! event, and every entry is settled within a bounded time whatever the disk does.

mod queue;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::journal::Entry;
use crate::domain::time::Timestamp;

pub(super) use queue::{Number, Standing};
use queue::{One, Queue};

/// An emergency waits so long for its record, then it runs without.
const SOON_MS: i64 = 100;
/// Everything else waits so long. A write that takes longer is a disk that hangs.
const LATE_MS: i64 = 2_000;
/// What is owed is tried again after so long.
const AGAIN_MS: i64 = 1_000;
/// Entries of one write, and of the first one after a failure.
const BATCH: usize = 256;
const PROBE: usize = 16;

/// What an entry has to do with the act that it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// Nothing is done before it is durable.
    Before,
    /// An emergency: it is done in any case, after its record where the disk is quick.
    Soon,
    /// It has been done; people are told once this is durable.
    After,
    /// It has been done without its record: people are told at once.
    AfterOwed,
}

/// What has become of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is durable; of an emergency this comes after [`Outcome::Owed`] too.
    Durable,
    /// It is not, and will be written when that can be.
    Owed,
    /// It is not, and is let go: nothing may be done.
    Refused(Arc<str>),
    /// The same, while it is being written: it is [`Outcome::Refused`] or [`Outcome::TooLate`] in the end.
    GivenUp(Arc<str>),
    /// It was given up, and has become durable after all.
    TooLate,
}

/// What happens to it.
#[derive(Debug)]
pub(super) enum Event {
    /// The journal stands ready.
    Opened,
    /// It can't be opened, in one sentence.
    Shut(Arc<str>),
    /// What became of the write under way.
    Written(Result<(), Arc<str>>),
    /// Time passes, or what was put is all there: it is written where nothing is being written.
    Tick,
}

/// What it wants.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    /// These shall become durable, all or none; one write is under way at a time.
    Write(Vec<Entry>),
    /// An entry is settled.
    Settled(Number, Outcome),
}

/// All entries that are not durable yet.
#[derive(Debug)]
pub(super) struct Records {
    queue: Queue,
    /// How many entries at the front are being written, and since when.
    flight: Option<(usize, Timestamp)>,
    tried: Option<Timestamp>,
    /// None: the journal can be written as far as is known.
    trouble: Option<Arc<str>>,
    open: bool,
}

impl Records {
    /// Of a journal that stands ready, or of one that can't be opened.
    pub(super) fn new(opened: Result<(), Arc<str>>) -> Self {
        Self {
            queue: Queue::default(),
            flight: None,
            tried: None,
            open: opened.is_ok(),
            trouble: opened.err(),
        }
    }

    /// Takes an entry in; it is written with the next [`Event::Tick`]. What becomes of it is an [`Effect::Settled`] with
    /// its number, of this call or a later one.
    pub(super) fn put(
        &mut self,
        entry: Entry,
        duty: Duty,
        now: Timestamp,
    ) -> (Number, Vec<Effect>) {
        let number = self.queue.push(entry, duty, now);
        let mut effects = Vec::new();
        let this = |one: &One| one.number == number;
        match (duty, self.trouble.clone()) {
            (Duty::AfterOwed, None) => self.queue.owe(this, &mut effects),
            // Told at once; whether the disk is well again is found out by the next act, or in a second.
            (Duty::After | Duty::AfterOwed, Some(_)) => {
                self.queue.owe(this, &mut effects);
                self.queue.let_go(self.flying());
            }
            (Duty::Before | Duty::Soon, Some(why)) if !self.open || self.hangs(now) => {
                self.queue.fail(this, &why, self.flying(), &mut effects);
            }
            _ => {}
        }
        (number, effects)
    }

    /// Something has happened.
    pub(super) fn on(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Opened => {
                self.open = true;
                self.trouble = None;
            }
            Event::Shut(why) => {
                self.open = false;
                self.fail(&why, &mut effects);
            }
            Event::Written(outcome) => self.written(outcome, &mut effects),
            Event::Tick => self.tick(now, &mut effects),
        }
        effects
    }

    fn written(&mut self, outcome: Result<(), Arc<str>>, effects: &mut Vec<Effect>) {
        let Some((count, _)) = self.flight.take() else {
            return;
        };
        match outcome {
            Ok(()) => {
                self.queue.durable(count, effects);
                self.trouble = None;
            }
            Err(why) => self.fail(&why, effects),
        }
    }

    /// What stands at the front can't be written, so nothing behind it can be either.
    fn fail(&mut self, why: &Arc<str>, effects: &mut Vec<Effect>) {
        self.trouble = Some(why.clone());
        self.queue.fail(|_| true, why, self.flying(), effects);
    }

    fn flying(&self) -> usize {
        self.flight.map_or(0, |(count, _)| count)
    }

    fn hangs(&self, now: Timestamp) -> bool {
        self.flight
            .is_some_and(|(_, since)| now.millis() - since.millis() >= LATE_MS)
    }

    fn tick(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.hangs(now) {
            return self.fail(
                &"the disk has not answered in time; see to it".into(),
                effects,
            );
        }
        let waits = |one: &One| now.millis() - one.since.millis();
        // Writes that are slow, one behind the other, hold nothing up for longer than one that hangs.
        let late = |one: &One| waits(one) >= LATE_MS;
        let why = "the disk is too slow: its record took too long".into();
        self.queue.fail(late, &why, self.flying(), effects);
        if self.flight.is_some() {
            let soon = |one: &One| one.duty == Duty::Soon && waits(one) >= SOON_MS;
            return self.queue.owe(soon, effects);
        }
        let again = |at: Timestamp| now.millis() - at.millis() >= AGAIN_MS;
        let tries =
            self.trouble.is_none() || self.queue.has_unsettled() || self.tried.is_none_or(again);
        if tries {
            self.begin(now, effects);
        }
    }

    fn begin(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if !self.open || self.queue.is_empty() {
            return;
        }
        let most = if self.trouble.is_some() { PROBE } else { BATCH };
        let entries = self.queue.front(most);
        self.flight = Some((entries.len(), now));
        self.tried = Some(now);
        effects.push(Effect::Write(entries));
    }

    /// Why the journal can't be used, and what is owed; none where it can be.
    pub(super) fn standing(&self) -> Option<Standing> {
        let why = self.trouble.clone()?;
        Some(self.queue.standing(why, self.open))
    }

    /// What is left at the end and has been done, for one last write.
    pub(super) fn left(&mut self) -> Vec<Entry> {
        self.queue.left(self.flying())
    }
}
