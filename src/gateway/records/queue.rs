//! The entries that wait, oldest first, and which of them are let go where there are too many.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use super::{Duty, Effect, Outcome};
use crate::domain::journal::{Entry, Fact};
use crate::domain::time::Timestamp;

/// Most that is owed, in targets of orders and answers: about 40 MB.
const MOST: usize = 200_000;
/// Where there is more, so much is kept.
const KEPT: usize = 150_000;

/// An entry's number; the next one's is higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::gateway) struct Number(u64);

#[cfg(test)]
impl Number {
    pub(super) const fn of(value: u64) -> Self {
        Self(value)
    }

    pub(super) const fn value(self) -> u64 {
        self.0
    }
}

/// How it stands with a journal that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway) struct Standing {
    /// Why, in one sentence.
    pub(in crate::gateway) why: Arc<str>,
    /// It has been read: ids, tags and sequences are known.
    pub(in crate::gateway) read: bool,
    /// What has been done and is not recorded.
    pub(in crate::gateway) owed: usize,
    /// What has been done and never will be.
    pub(in crate::gateway) lost: usize,
}

/// One entry that waits.
#[derive(Debug)]
pub(super) struct One {
    pub(super) number: Number,
    pub(super) duty: Duty,
    pub(super) since: Timestamp,
    entry: Entry,
    settled: bool,
}

impl One {
    /// What it costs to keep.
    fn weight(&self) -> usize {
        1 + match &self.entry.fact {
            Fact::Order(order) => order.targets.len() + order.substitutes.len(),
            Fact::Answer(status) => status.targets.len(),
            _ => 0,
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waits: VecDeque<One>,
    next: u64,
    weight: usize,
    lost: usize,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.waits.is_empty()
    }

    pub(super) fn push(&mut self, entry: Entry, duty: Duty, since: Timestamp) -> Number {
        self.next += 1;
        let number = Number(self.next);
        let one = One {
            number,
            duty,
            since,
            entry,
            settled: false,
        };
        self.weight += one.weight();
        self.waits.push_back(one);
        number
    }

    /// The first of them.
    pub(super) fn front(&self, most: usize) -> Vec<Entry> {
        let first = self.waits.iter().take(most);
        first.map(|one| one.entry.clone()).collect()
    }

    /// So many at the front are durable.
    pub(super) fn durable(&mut self, count: usize, effects: &mut Vec<Effect>) {
        for one in self.waits.drain(..count.min(self.waits.len())) {
            self.weight -= one.weight();
            let outcome = match (one.settled, one.duty) {
                (false, _) | (true, Duty::Soon) => Outcome::Durable,
                (true, Duty::Before) => Outcome::TooLate,
                (true, Duty::After | Duty::AfterOwed) => continue,
            };
            effects.push(Effect::Settled(one.number, outcome));
        }
        if self.waits.is_empty() {
            self.lost = 0;
        }
    }

    pub(super) fn has_unsettled(&self) -> bool {
        self.waits.iter().any(|one| !one.settled)
    }

    /// Those that have been done, or will be, are owed from now on.
    pub(super) fn owe(&mut self, which: impl Fn(&One) -> bool, effects: &mut Vec<Effect>) {
        for one in &mut self.waits {
            if !one.settled && one.duty != Duty::Before && which(one) {
                one.settled = true;
                effects.push(Effect::Settled(one.number, Outcome::Owed));
            }
        }
    }

    /// These can't be written now. What nothing may be done without is let go; of what is being written, so many at the
    /// front, some may become durable yet.
    pub(super) fn fail(
        &mut self,
        which: impl Fn(&One) -> bool,
        why: &Arc<str>,
        flying: usize,
        effects: &mut Vec<Effect>,
    ) {
        self.owe(&which, effects);
        let (mut at, mut gone) = (0, 0);
        self.waits.retain_mut(|one| {
            let flies = at < flying;
            at += 1;
            if one.duty != Duty::Before || !which(one) {
                return true;
            }
            let outcome = match (flies, one.settled) {
                (true, true) => return true,
                (true, false) => Outcome::GivenUp(why.clone()),
                (false, _) => Outcome::Refused(why.clone()),
            };
            effects.push(Effect::Settled(one.number, outcome));
            one.settled = true;
            if !flies {
                gone += one.weight();
            }
            flies
        });
        self.weight -= gone;
        self.let_go(flying);
    }

    /// Lets go of what is least worth keeping where too much is owed: answers that a later one of the same order has
    /// overtaken, then the oldest answers, and emergency orders last of all.
    pub(super) fn let_go(&mut self, flying: usize) {
        if self.weight <= MOST {
            return;
        }
        let mut latest = HashSet::new();
        let mut overtaken = HashSet::new();
        for one in self.waits.iter().rev() {
            if let Fact::Answer(status) = &one.entry.fact
                && !latest.insert(status.id)
            {
                overtaken.insert(one.number);
            }
        }
        self.drop_oldest(flying, |one| overtaken.contains(&one.number));
        self.drop_oldest(flying, |one| !matches!(one.entry.fact, Fact::Order(_)));
        self.drop_oldest(flying, |_| true);
    }

    fn drop_oldest(&mut self, flying: usize, which: impl Fn(&One) -> bool) {
        let (mut at, mut weight, mut lost) = (0, self.weight, 0);
        self.waits.retain(|one| {
            let flies = at < flying;
            at += 1;
            // An act waits for what is not settled.
            if flies || !one.settled || weight <= KEPT || !which(one) {
                return true;
            }
            weight -= one.weight();
            lost += 1;
            false
        });
        self.weight = weight;
        self.lost += lost;
    }

    pub(super) fn standing(&self, why: Arc<str>, read: bool) -> Standing {
        let owed = self.waits.iter().filter(|one| one.duty != Duty::Before);
        Standing {
            why,
            read,
            owed: owed.count(),
            lost: self.lost,
        }
    }

    /// Behind so many at the front, those that have been done.
    pub(super) fn left(&mut self, flying: usize) -> Vec<Entry> {
        let rest = self.waits.drain(..).skip(flying);
        let done = rest.filter(|one| one.duty == Duty::After || one.settled);
        done.map(|one| one.entry).collect()
    }
}
