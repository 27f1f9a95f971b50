//! Giving load back: one block after the other, the efficient ones first, never faster than the grid may be asked to bear.
//!
//! Invariant: no block is released twice; all that rise together rise at most at the fleet's cap, and none faster than
//! its share of its own shedding ramp; nothing is released while something stands against it.
//!
//! The rule of stopping: a restore stops when the frequency leaves its band (or is not known), and when an instruction
//! of the grid operator that came after the order leaves no room for the next block. It goes on by itself once nothing
//! has stood against it for [`Limits::settle_ms`]. Stopped for [`Limits::patience_ms`], it is given up: what waits stays
//! off, what was half way up goes back, and a person orders anew. Whoever drives the queue ([`Queue::next`]) holds all
//! blocks of it that are under way while it is stopped. Above nominal frequency load is what the grid lacks, so the
//! band reaches far up.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::domain::grid::Instruction;
pub use crate::domain::pacing::Limits;
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// A stopped restore goes on only so far inside the band, mHz, so that it does not chatter.
const INSIDE_MHZ: i64 = 20;

impl Limits {
    /// Is it in the band? `inside`: by a margin.
    pub fn allows(&self, frequency: Option<Hertz>, inside: bool) -> bool {
        let margin = if inside { INSIDE_MHZ } else { 0 };
        frequency.is_some_and(|frequency| {
            let at = frequency.millihertz();
            at >= self.band.0.millihertz() + margin && at <= self.band.1.millihertz() - margin
        })
    }

    /// How fast a block may rise, W/s, by its own ramps up and down.
    pub fn rise(&self, up_w_s: f64, down_w_s: f64) -> f64 {
        up_w_s.min(self.share * down_w_s).min(self.cap_w_s)
    }
}

/// A block that waits to be given back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// What the driver knows it by.
    pub place: usize,
    /// What it adds, W.
    pub watts: f64,
    /// Its own ramp up, W/s.
    pub up_w_s: f64,
    /// Its own ramp down, W/s.
    pub down_w_s: f64,
    /// What its machines need for a terahash, J.
    pub joules_per_terahash: f64,
}

/// What the driver sees.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The time that limits are counted in, ms.
    pub at_ms: i64,
    /// The same as the grid operator's clock has it.
    pub now: Timestamp,
    /// The frequency; none where it is not known or old.
    pub frequency: Option<Hertz>,
    /// What is mined, W.
    pub mining_w: f64,
    /// What the grid operator wants.
    pub instructions: &'a [Instruction],
    /// What rises already, W/s, in the whole fleet.
    pub rising_w_s: f64,
    /// And how much of it is still to come, W.
    pub coming_w: f64,
}

/// Why a restore stops.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// Nobody knows the frequency.
    NoFrequency,
    /// It is out of its band.
    Frequency(Hertz),
    /// The grid operator wants less than the next block would make.
    Instruction(Arc<str>, Power),
}

impl Why {
    /// In words, to follow "restore stopped: ".
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::NoFrequency => told!("frequency-unknown", "the frequency is not known"),
            Self::Frequency(at) => told!(
                "frequency-out",
                "frequency {at_mhz} Hz is out of band",
                at_mhz = at.millihertz()
            ),
            Self::Instruction(id, target) => told!(
                "instruction-wants",
                "instruction {id} wants mining at {target_kw} MW",
                id = &**id,
                target_kw = target.watts() / 1_000
            ),
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Give this block back, no faster than that, W/s.
    Release(usize, f64),
    /// Nothing more; hold what is under way.
    Stopped(Why),
    /// Nothing stands against it any more.
    GoesOn,
    /// It was stopped too long: what waits is not given back.
    GivenUp(Why),
}

/// One order's blocks that wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    waiting: VecDeque<Waiting>,
    /// Instructions that stood when the order came; its issuer has seen them.
    known: BTreeSet<(Arc<str>, i64)>,
    next_ms: i64,
    stopped: Option<(i64, Why)>,
    calm_since: Option<i64>,
}

impl Queue {
    /// The blocks in the order in which they come back: the most efficient first, of equals the first named.
    pub fn new(mut blocks: Vec<Waiting>, standing: &[Instruction]) -> Self {
        blocks.sort_by(|a, b| {
            let by_efficiency = a.joules_per_terahash.total_cmp(&b.joules_per_terahash);
            by_efficiency.then(a.place.cmp(&b.place))
        });
        Self {
            waiting: blocks.into(),
            known: standing.iter().map(mark).collect(),
            next_ms: i64::MIN,
            stopped: None,
            calm_since: None,
        }
    }

    /// What the driver knows those that wait by, in their order.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        self.waiting.iter().map(|block| block.place)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Waits none?
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Is it stopped?
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Takes these out: something else was ordered of them.
    pub fn without(&mut self, gone: impl Fn(usize) -> bool) {
        self.waiting.retain(|block| !gone(block.place));
    }

    /// The next thing to do, if any. `under_way`: blocks of this queue that rise already, so that it can be stopped even
    /// where none waits.
    pub fn next(&mut self, seen: &Seen, limits: &Limits, under_way: bool) -> Option<Step> {
        if self.waiting.is_empty() && !under_way {
            return None;
        }
        if let Some(why) = self.against(seen, limits) {
            self.calm_since = None;
            let Some((since, _)) = self.stopped else {
                self.stopped = Some((seen.at_ms, why.clone()));
                return Some(Step::Stopped(why));
            };
            if seen.at_ms - since < limits.patience_ms {
                return None;
            }
            self.waiting.clear();
            self.stopped = None;
            return Some(Step::GivenUp(why));
        }
        if self.stopped.is_some() {
            let since = *self.calm_since.get_or_insert(seen.at_ms);
            if seen.at_ms - since < limits.settle_ms {
                return None;
            }
            self.stopped = None;
            return Some(Step::GoesOn);
        }
        let next = self.waiting.front()?;
        let rate = limits.rise(next.up_w_s, next.down_w_s);
        if seen.at_ms < self.next_ms || seen.rising_w_s + rate > limits.cap_w_s * (1.0 + 1e-9) {
            return None;
        }
        self.next_ms = seen.at_ms.saturating_add(limits.stagger_ms);
        let place = next.place;
        self.waiting.pop_front();
        Some(Step::Release(place, rate))
    }

    fn against(&self, seen: &Seen, limits: &Limits) -> Option<Why> {
        let Some(frequency) = seen.frequency else {
            return Some(Why::NoFrequency);
        };
        if !limits.allows(Some(frequency), self.stopped.is_some()) {
            return Some(Why::Frequency(frequency));
        }
        let more_w = self.waiting.front().map_or(0.0, |block| block.watts);
        let would_w = seen.mining_w + seen.coming_w + more_w;
        let bars = |instruction: &&Instruction| {
            instruction.is_in_force(seen.now)
                && !self.known.contains(&mark(instruction))
                && would_w > instruction.target.watts() as f64
        };
        let barring = seen.instructions.iter().find(bars)?;
        Some(Why::Instruction(barring.id.clone(), barring.target))
    }
}

/// One that comes again under its id with another target is a new one.
fn mark(instruction: &Instruction) -> (Arc<str>, i64) {
    (instruction.id.clone(), instruction.target.watts())
}

mod forecast;
#[cfg(test)]
mod tests;

pub use forecast::{Forecast, Rising, Turn, together};
