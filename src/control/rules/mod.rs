//! Automatic shed, opt-in: what a gateway sheds by itself when the frequency falls or the grid operator says so.
//!
//! Invariant: a rule sheds only on a frequency that is known and stayed below its limit for its whole time (or on an
//! instruction in force), never more than its own limit stands shed, and once it has fired it stays spent until the
//! frequency has been above its hysteresis for long enough. Giving back is ordered only where the rule says so, and then
//! it is a restore like any other ([`super::restore`]).
//!
//! Pure: time and readings in, decisions out; which blocks, says `pick`. A rule never acts at a site whose authority
//! somebody holds: taking it is how a person takes over.

mod pick;

use std::sync::Arc;

use crate::domain::grid::{Instruction, ruling};
use crate::domain::ids::SiteId;
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

pub use pick::{Candidate, pick};

/// When a rule gives back what it shed: above this frequency for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiveBack {
    /// Above.
    pub above: Hertz,
    /// For so long, ms.
    pub for_ms: i64,
}

/// Below a frequency for a time: shed, in steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Under {
    /// Its name; its orders are issued by `rule NAME`.
    pub name: Arc<str>,
    /// Below.
    pub below: Hertz,
    /// For so long, ms.
    pub for_ms: i64,
    /// So much in all.
    pub shed: Power,
    /// So much at once at most.
    pub step: Power,
    /// So long between two steps, ms.
    pub every_ms: i64,
    /// So much of it may stand shed, over all its firings.
    pub most: Power,
    /// It can fire again after the frequency has been above this
    pub rearm_above: Hertz,
    /// for so long, ms.
    pub rearm_ms: i64,
    /// At these sites only; none: everywhere.
    pub sites: Option<Vec<SiteId>>,
    /// Given back by itself; none: never.
    pub give_back: Option<GiveBack>,
}

/// Follows the grid operator's instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Its name.
    pub name: Arc<str>,
    /// So much may stand shed by it.
    pub most: Power,
    /// At so many sites at most.
    pub most_sites: usize,
    /// At these sites only; none: everywhere.
    pub sites: Option<Vec<SiteId>>,
    /// Less than this above the instruction is let be.
    pub slack: Power,
    /// Given back once no instruction is in force; else never by itself.
    pub give_back: bool,
}

/// The rules of a gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// By frequency.
    pub under: Vec<Under>,
    /// By instruction.
    pub follow: Option<Follow>,
}

impl Rules {
    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.under.is_empty() && self.follow.is_none()
    }
}

/// What the gateway sees.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The time that rules are counted in, ms.
    pub at_ms: i64,
    /// The same as the grid operator's clock has it.
    pub now: Timestamp,
    /// The frequency; none where it is not known or old.
    pub frequency: Option<Hertz>,
    /// What is mined, W.
    pub mining_w: f64,
    /// And what of it is ordered off and still on its way, W.
    pub falling_w: f64,
    /// What the grid operator wants.
    pub instructions: &'a [Instruction],
}

/// What a rule wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Take so much off.
    Shed {
        /// Which rule.
        rule: Arc<str>,
        /// At least so much where it can, W.
        want_w: f64,
        /// And never more, W.
        most_w: f64,
        /// Why, in words.
        why: Sentence,
    },
    /// Give back what it shed.
    GiveBack {
        /// Which rule.
        rule: Arc<str>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// Waits; below since.
    Armed(Option<i64>),
    /// Has ordered so much off, W, where so much of its own stood shed before, W, and looks again at that time.
    Firing(f64, f64, i64),
    /// Has shed all it may.
    Spent,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct UnderState {
    stage: Stage,
    /// Above the hysteresis since.
    rearms_since: Option<i64>,
    /// Above the frequency of giving back since.
    gives_since: Option<i64>,
    gave: bool,
}

/// Where each rule stands.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    rules: Rules,
    under: Vec<UnderState>,
    /// The instruction that is followed: its id, since when, and what was mined then, W.
    followed: Option<(Arc<str>, i64, f64)>,
    followed_gave: bool,
    /// What was ordered off gets so long to arrive at the meters.
    follows_from: i64,
}

impl Watch {
    /// All rules armed.
    pub fn new(rules: Rules) -> Self {
        let armed = UnderState {
            stage: Stage::Armed(None),
            rearms_since: None,
            gives_since: None,
            gave: true,
        };
        Self {
            under: vec![armed; rules.under.len()],
            rules,
            followed: None,
            followed_gave: true,
            follows_from: i64::MIN,
        }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What the rules want now. `standing` tells what stands shed by a rule, W. Called with every reading.
    pub fn look(&mut self, seen: &Seen, standing: impl Fn(&str) -> f64) -> Vec<Decision> {
        let mut decisions = Vec::new();
        for (rule, state) in self.rules.under.iter().zip(&mut self.under) {
            decisions.extend(under(rule, state, seen, &standing));
        }
        decisions.extend(self.follow(seen, &standing));
        decisions
    }

    fn follow(&mut self, seen: &Seen, standing: impl Fn(&str) -> f64) -> Option<Decision> {
        let rule = self.rules.follow.as_ref()?;
        let stands_w = standing(&rule.name);
        let Some(instruction) = ruling(seen.instructions, seen.now) else {
            self.followed = None;
            // Once, and only what is the rule's own.
            if rule.give_back && !self.followed_gave && stands_w > 0.0 {
                self.followed_gave = true;
                return Some(Decision::GiveBack {
                    rule: rule.name.clone(),
                });
            }
            return None;
        };
        // The direction is checked: nothing is shed at high frequency.
        if seen.frequency.is_none_or(|at| at > HIGH) {
            return None;
        }
        if self.followed.as_ref().is_none_or(|f| f.0 != instruction.id) {
            self.followed = Some((instruction.id.clone(), seen.at_ms, seen.mining_w));
        }
        let (_, since, began_w) = self.followed.as_ref()?;
        let target_w = instruction.target.watts() as f64;
        let ramp = instruction.ramp_w_s.watts() as f64;
        let line_w = if ramp > 0.0 {
            (began_w - ramp * (seen.at_ms - since) as f64 / 1_000.0).max(target_w)
        } else {
            target_w
        };
        let want_w = seen.mining_w - seen.falling_w - line_w;
        let most_w = rule.most.watts() as f64 - stands_w;
        if want_w <= rule.slack.watts() as f64 || most_w <= 0.0 || seen.at_ms < self.follows_from {
            return None;
        }
        self.followed_gave = false;
        self.follows_from = seen.at_ms.saturating_add(FOLLOW_EVERY_MS);
        Some(Decision::Shed {
            rule: rule.name.clone(),
            want_w: want_w.min(most_w),
            most_w,
            why: told!(
                "instruction-wants",
                "instruction {id} wants mining at {target_kw} MW",
                id = &*instruction.id,
                target_kw = instruction.target.watts() / 1_000
            ),
        })
    }
}

/// Between two steps after an instruction, ms.
const FOLLOW_EVERY_MS: i64 = 5_000;

/// Above this, load is what the grid lacks.
const HIGH: Hertz = Hertz::from_millihertz(50_200);

/// Since when, while it holds.
fn since(holds: bool, since: &mut Option<i64>, at_ms: i64) -> i64 {
    if holds {
        at_ms - *since.get_or_insert(at_ms)
    } else {
        *since = None;
        -1
    }
}

fn under(
    rule: &Under,
    state: &mut UnderState,
    seen: &Seen,
    standing: impl Fn(&str) -> f64,
) -> Option<Decision> {
    let below = seen.frequency.is_some_and(|at| at < rule.below);
    let above = |limit: Hertz| seen.frequency.is_some_and(|at| at > limit);
    let rearms = since(above(rule.rearm_above), &mut state.rearms_since, seen.at_ms);
    if rearms >= rule.rearm_ms && !matches!(state.stage, Stage::Armed(_)) {
        state.stage = Stage::Armed(None);
    }
    if let Some(back) = rule.give_back {
        let calm = since(above(back.above), &mut state.gives_since, seen.at_ms);
        if calm >= back.for_ms && !state.gave && standing(&rule.name) > 0.0 {
            state.gave = true;
            return Some(Decision::GiveBack {
                rule: rule.name.clone(),
            });
        }
    }
    let (done_w, before_w) = match &mut state.stage {
        Stage::Armed(below_since) => {
            if since(below, below_since, seen.at_ms) < rule.for_ms {
                return None;
            }
            (0.0, standing(&rule.name))
        }
        Stage::Firing(done_w, before_w, next_ms) => {
            if !below || seen.at_ms < *next_ms {
                return None;
            }
            (*done_w, *before_w)
        }
        Stage::Spent => return None,
    };
    // What was ordered counts from then on, whether or not it has arrived.
    let stands_w = standing(&rule.name).max(before_w + done_w);
    let left_w = (rule.shed.watts() as f64 - done_w)
        .min(rule.most.watts() as f64 - stands_w)
        .max(0.0);
    let want_w = left_w.min(rule.step.watts() as f64);
    let done_w = done_w + want_w;
    state.stage = if want_w <= 0.0 || done_w >= rule.shed.watts() as f64 {
        Stage::Spent
    } else {
        Stage::Firing(done_w, before_w, seen.at_ms.saturating_add(rule.every_ms))
    };
    if want_w <= 0.0 {
        return None;
    }
    state.gave = false;
    let mhz = seen.frequency.map_or(0, Hertz::millihertz);
    Some(Decision::Shed {
        rule: rule.name.clone(),
        want_w,
        most_w: left_w,
        why: told!("frequency-at", "frequency {at_mhz} Hz", at_mhz = mhz),
    })
}

#[cfg(test)]
mod tests;
