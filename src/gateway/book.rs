//! The journal of a gateway, spoken to: what is to be recorded goes out, what became of it comes in.

use std::sync::Arc;

use crate::domain::journal::Entry;
use crate::domain::time::Timestamp;

use super::durable::{Heard, Keep, Past, Wake};
use super::records::{Duty, Effect, Event, Number, Outcome, Records, Standing};

/// What the journal tells.
#[derive(Debug)]
pub(super) enum Told {
    /// What became of an entry.
    Settled(Number, Outcome),
    /// It could not be opened before, and holds this.
    Opened(Box<Past>),
}

/// A journal, and what waits for it.
#[derive(Debug)]
pub(super) struct Book {
    keep: Box<dyn Keep>,
    records: Records,
    told: Vec<Told>,
}

impl Book {
    pub(super) fn new(keep: Box<dyn Keep>, opened: Result<(), Arc<str>>) -> Self {
        Self {
            keep,
            records: Records::new(opened),
            told: Vec::new(),
        }
    }

    pub(super) fn wake_with(&mut self, wake: Wake) {
        self.keep.wake_with(wake);
    }

    pub(super) fn first(&self) -> Option<Entry> {
        self.keep.first()
    }

    pub(super) fn standing(&self) -> Option<Standing> {
        self.records.standing()
    }

    /// Gives the number of the last of these; none where there are none.
    pub(super) fn record(
        &mut self,
        entries: Vec<Entry>,
        duty: Duty,
        now: Timestamp,
    ) -> Option<Number> {
        let mut last = None;
        for entry in entries {
            let (number, effects) = self.records.put(entry, duty, now);
            last = Some(number);
            self.obey(effects);
        }
        last
    }

    /// What became of what, since the last call.
    pub(super) fn hear(&mut self, now: Timestamp) -> Vec<Told> {
        loop {
            for heard in self.keep.heard() {
                let event = match heard {
                    Heard::Kept(outcome) => Event::Written(outcome.map_err(Into::into)),
                    Heard::Shut(why) => Event::Shut(why.into()),
                    Heard::Opened(past) => {
                        self.told.push(Told::Opened(past));
                        Event::Opened
                    }
                };
                let effects = self.records.on(event, now);
                self.obey(effects);
            }
            let effects = self.records.on(Event::Tick, now);
            let writes = effects.iter().any(|e| matches!(e, Effect::Write(_)));
            self.obey(effects);
            // One that is quick may have written it by now.
            if !writes {
                return std::mem::take(&mut self.told);
            }
        }
    }

    fn obey(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Write(entries) => self.keep.submit(entries),
                Effect::Settled(number, outcome) => self.told.push(Told::Settled(number, outcome)),
            }
        }
    }
}

/// What has been done and not recorded gets one last chance.
impl Drop for Book {
    fn drop(&mut self) {
        let left = self.records.left();
        if !left.is_empty() {
            self.keep.submit(left);
        }
    }
}
