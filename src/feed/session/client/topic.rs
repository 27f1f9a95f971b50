//! One topic of a session: its number, and whether it is whole.

use std::time::Duration;

use crate::domain::link::Item;
use crate::domain::time::Timestamp;
use crate::feed::protocol::Part;

/// More items than any nation has; a server that sends more means harm.
const MAX_ITEMS: usize = 250_000;

/// What a message means for its topic.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Not yet, or not any more.
    Nothing,
    /// Changed items.
    Apply(Vec<Item>),
    /// All there is.
    Replace {
        /// All of it.
        items: Vec<Item>,
        /// Nothing was missed before it.
        continuous: bool,
    },
    /// Something was missed.
    Gap,
    /// It breaks the protocol.
    Hostile(&'static str),
}

/// Parts of one message, as they come.
#[derive(Debug)]
struct Assembly {
    seq: u64,
    /// None: a snapshot.
    prev: Option<u64>,
    next: u32,
    parts: u32,
    items: Vec<Item>,
}

/// One topic.
#[derive(Debug, Default)]
pub(super) struct Track {
    seq: Option<u64>,
    current: bool,
    /// Asked for on this link, and when it last moved.
    asked_at: Option<Timestamp>,
    assembly: Option<Assembly>,
    /// A number of another life was held: what comes next does not continue it.
    broken: bool,
}

impl Track {
    /// The last number applied.
    pub(super) fn seq(&self) -> Option<u64> {
        self.seq
    }

    pub(super) fn is_current(&self) -> bool {
        self.current
    }

    pub(super) fn link_lost(&mut self) {
        self.current = false;
        self.asked_at = None;
        self.assembly = None;
    }

    pub(super) fn server_restarted(&mut self) {
        self.broken |= self.seq.is_some();
        self.seq = None;
        self.link_lost();
    }

    pub(super) fn asked(&mut self, now: Timestamp) {
        self.asked_at = Some(now);
        self.current = false;
        self.assembly = None;
    }

    pub(super) fn clock_went_back(&mut self, now: Timestamp) {
        self.asked_at = self.asked_at.map(|_| now);
    }

    /// Not whole, and either not asked for or asked for in vain.
    pub(super) fn needs_asking(&self, now: Timestamp, patience: Duration) -> bool {
        !self.current && self.asked_at.is_none_or(|at| at.age(now) >= patience)
    }

    fn gap(&mut self) -> Step {
        self.assembly = None;
        self.asked_at = None;
        self.current = false;
        Step::Gap
    }

    /// Puts a part to the ones before it; the whole once it is there, an error where it does not fit.
    fn assemble(&mut self, prev: Option<u64>, part: Part) -> Result<Option<Vec<Item>>, Step> {
        if part.part == 0 && part.joins {
            return Err(Step::Hostile("a status that continues none"));
        }
        if part.parts == 1 {
            self.assembly = None;
            return Ok(Some(part.items));
        }
        if part.part == 0 {
            self.assembly = Some(Assembly {
                seq: part.seq,
                prev,
                next: 1,
                parts: part.parts,
                items: part.items,
            });
            return Ok(None);
        }
        let Some(assembly) = self.assembly.as_mut().filter(|assembly| {
            (assembly.seq, assembly.prev, assembly.next, assembly.parts)
                == (part.seq, prev, part.part, part.parts)
        }) else {
            return Err(Step::Nothing);
        };
        assembly.next += 1;
        let mut items = part.items.into_iter();
        if part.joins
            && let Some(Item::Order(further)) = items.next()
        {
            match assembly.items.last_mut() {
                Some(Item::Order(status)) if status.id == further.id => {
                    status.targets.extend(further.targets);
                }
                _ => return Err(Step::Hostile("a status that continues none")),
            }
        }
        assembly.items.extend(items);
        if assembly.items.len() > MAX_ITEMS {
            return Err(Step::Hostile("more items than a nation can have"));
        }
        if assembly.next < assembly.parts {
            return Ok(None);
        }
        Ok(self.assembly.take().map(|assembly| assembly.items))
    }

    pub(super) fn snapshot(&mut self, part: Part, now: Timestamp) -> Step {
        // Not asked for: a gap has been found since, and another snapshot is on the way.
        if self.asked_at.is_none() {
            return Step::Nothing;
        }
        self.asked_at = Some(now);
        let seq = part.seq;
        if self.seq.is_some_and(|applied| seq < applied) {
            return Step::Nothing;
        }
        match self.assemble(None, part) {
            Ok(Some(items)) => {
                let continuous = !self.broken && self.seq.is_none_or(|applied| applied == seq);
                self.seq = Some(seq);
                self.current = true;
                self.broken = false;
                Step::Replace { items, continuous }
            }
            Ok(None) => Step::Nothing,
            Err(step) => step,
        }
    }

    pub(super) fn update(&mut self, prev: u64, part: Part, now: Timestamp) -> Step {
        let seq = part.seq;
        // A repetition holds nothing new, whenever it comes.
        if seq <= prev || self.seq.is_some_and(|applied| seq <= applied) {
            return Step::Nothing;
        }
        if self.seq != Some(prev) {
            // While a snapshot is on the way, what does not fit is what the snapshot will hold.
            return if self.current {
                self.gap()
            } else {
                Step::Nothing
            };
        }
        if self.asked_at.is_some() {
            self.asked_at = Some(now);
        }
        let current = self.current;
        match self.assemble(Some(prev), part) {
            Ok(Some(items)) => {
                self.seq = Some(seq);
                Step::Apply(items)
            }
            Ok(None) => Step::Nothing,
            Err(Step::Nothing) if current => self.gap(),
            Err(step) => step,
        }
    }

    /// A heartbeat says that the server has sent more than came.
    pub(super) fn lost_tail(&mut self, sent: u64) -> bool {
        if self.current && self.seq.is_some_and(|applied| sent > applied) {
            let _ = self.gap();
            return true;
        }
        false
    }
}
