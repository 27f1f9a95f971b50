//! The schedule: which blocks are off in which steps of the next hour, so that what is wanted in each step is met at
//! the least that is given up. Blocks keep their ramps, notice, least times off and on, starts, calls and must-run;
//! nodes keep their limits, and the fleet gives back no faster than it may.
//!
//! A relaxation in which blocks may be split proves a bound; its answer is rounded to whole blocks and repaired. The
//! prices that prove the bound are part of the schedule, so that [`check`] can prove it again by itself.

#![allow(
    clippy::cast_possible_wrap,
    clippy::needless_range_loop,
    reason = "counts of blocks and milliseconds, far below 2^62, become terms of sums; steps index several lists at once"
)]

pub mod check;
mod draft;
mod model;
mod price;
mod profile;
mod relax;
mod repair;
mod round;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::interlock::{Candidate, lowest, reasons};
use super::plan::solve::{Answer, Choice, Class, Instance, solve};
use super::plan::{Excluded, Terms, Unit, Worth};
use crate::domain::ids::BlockKey;
use crate::domain::order::{OrderKind, Reason};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use draft::Draft;
pub use model::MOST_CALLS;
use model::{Column, Model, model};
use price::{Prices, TICKS, bound};
pub use profile::{MOST_STEPS, Profile, STEP, STEPS};

/// One call of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// It is sent at the beginning of this step.
    pub from: usize,
    /// The restore is sent in this step; none: it is still off when the schedule ends.
    pub until: Option<usize>,
    /// What the block shall draw in between.
    pub target: Power,
}

/// One block's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The block.
    pub key: BlockKey,
    /// Its calls, in order.
    pub calls: Vec<Call>,
    /// What is off at the end of each step.
    pub shed: Vec<Power>,
    /// What it gives up over all steps.
    pub worth: i64,
}

/// Prices that prove the bound: what costs less at these prices than the blocks' cheapest ways can't exist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dual {
    /// By step, in 2^-16 units a watt: of a watt off at its end.
    pub cover: Vec<i64>,
    /// By step: of a watt given back in it.
    pub back: Vec<i64>,
    /// By node and step: of a watt off at the node.
    pub nodes: BTreeMap<Arc<str>, Vec<i64>>,
}

/// A proposal for the next steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// What was asked.
    pub profile: Profile,
    /// The blocks that are called, in the order of their keys.
    pub parts: Vec<Part>,
    /// What is off at the end of each step.
    pub shed: Vec<Power>,
    /// The blocks that can't be called at all.
    pub excluded: Vec<Excluded>,
    /// What figures are counted in.
    pub unit: Unit,
    /// What is given up over all steps.
    pub value: i64,
    /// No schedule gives up less. Where shedding earns money, so that ever more of it would, this speaks of schedules
    /// that shed no more than this one.
    pub bound: i64,
    /// Added for the proof to what a watt off in a step costs; not 0 only where shedding earns.
    pub charge: i64,
    /// What proves the bound.
    pub dual: Dual,
}

impl Schedule {
    /// The part of the value that better schedules could save at most: 0.01 is a percent.
    pub fn gap(&self) -> f64 {
        let apart = self.value.saturating_sub(self.bound).max(0);
        apart as f64 / self.value.unsigned_abs().max(1) as f64
    }
}

/// Why there is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSchedule {
    /// Nothing is wanted in any step.
    #[error("nothing is wanted in these steps")]
    NothingWanted,
    /// In some step not so much can be off.
    #[error("not so much can be off in every step")]
    TooMuch {
        /// The most that can be off at the end of each step.
        most: Vec<Power>,
        /// The blocks left out.
        excluded: Vec<Excluded>,
    },
    /// In each step by itself it could be met, but no way was found to meet all of them.
    #[error("no schedule was found that meets every step and keeps every limit")]
    NotFound {
        /// The most that can be off at the end of each step.
        most: Vec<Power>,
        /// The blocks left out.
        excluded: Vec<Excluded>,
    },
}

/// How many ways of blocks are priced before the first rounding, and between two: about a second of work in all.
const FIRST: usize = 1_200_000;
const MORE: usize = 350_000;
/// Roundings at most.
const ROUNDS: usize = 6;
/// A gap that is good enough to stop at.
const GOOD: f64 = 2e-4;

/// Makes the best schedule that it finds of `profile` over the candidates, with a proven bound.
pub fn schedule(
    profile: &Profile,
    candidates: &[Candidate<'_>],
    operator: &str,
    now: Timestamp,
    terms: &Terms,
) -> Result<Schedule, NoSchedule> {
    if profile.wanted.iter().all(|wanted| *wanted <= Power::ZERO) {
        return Err(NoSchedule::NothingWanted);
    }
    let (usable, excluded) = sift(candidates, profile, operator, now);
    let model = model(&usable, profile, now, terms);
    let most = most(&model);
    let short = (0..model.steps).any(|at| most[at].watts() < model.wanted[at]);
    if short {
        return Err(NoSchedule::TooMuch { most, excluded });
    }
    let Some((draft, prices)) = search(&model) else {
        return Err(NoSchedule::NotFound { most, excluded });
    };
    let mut made = told(&model, &usable, profile, &draft);
    made.sort_by(|a, b| a.key.cmp(&b.key));
    let charged = draft.sums.cost;
    let off: i128 = draft.sums.shed.iter().map(|w| i128::from(*w)).sum();
    let value = charged - off * i128::from(model.charge);
    let proven = i128::from(bound(&model, &prices)).min(charged);
    let narrow = |value: i128| value.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let list = |prices: &[i128]| prices.iter().map(|p| *p as i64).collect();
    Ok(Schedule {
        profile: profile.clone(),
        parts: made,
        shed: draft.sums.shed[..model.steps]
            .iter()
            .map(|w| Power::from_watts(*w))
            .collect(),
        excluded,
        unit: match terms.worth {
            Worth::Money(_) => Unit::Money,
            Worth::Hashrate => Unit::Hashrate,
        },
        value: narrow(value),
        bound: narrow(value - (charged - proven)),
        charge: model.charge,
        dual: Dual {
            cover: list(&prices.cover),
            back: list(&prices.back),
            nodes: model
                .nodes
                .iter()
                .zip(&prices.nodes)
                .map(|((name, _), prices)| (name.clone(), list(prices)))
                .collect(),
        },
    })
}

/// Who may be called, and from which step on; who has not been on for long enough has to wait.
fn sift<'a>(
    candidates: &'a [Candidate<'a>],
    profile: &Profile,
    operator: &str,
    now: Timestamp,
) -> (Vec<(&'a Candidate<'a>, usize)>, Vec<Excluded>) {
    let mut usable = Vec::new();
    let mut excluded = Vec::new();
    for candidate in candidates {
        let mut first = 0;
        let mut found = reasons(candidate, OrderKind::Curtail, operator, now);
        found.retain(|reason| match reason {
            Reason::MinimumOn { left } => {
                let steps = left.as_millis().div_ceil(profile.step.as_millis().max(1));
                first = usize::try_from(steps).unwrap_or(usize::MAX);
                first >= profile.wanted.len()
            }
            _ => true,
        });
        if found.is_empty()
            && candidate
                .block
                .power
                .is_some_and(|p| p > lowest(candidate.block, now))
        {
            usable.push((candidate, first));
        } else {
            if found.is_empty() {
                found.push(Reason::AlreadyThere);
            }
            excluded.push(Excluded {
                key: candidate.block.key(),
                reasons: found,
            });
        }
    }
    usable.sort_by_cached_key(|(c, _)| c.block.key());
    (usable, excluded)
}

/// The most that can be off at the end of each step: everything is called as early as it may be and stays off.
fn most(model: &Model) -> Vec<Power> {
    (0..model.steps)
        .map(|step| {
            let mut instance = Instance {
                need: i64::MAX / 4,
                classes: Vec::new(),
                caps: model.nodes.iter().map(|(_, limit)| *limit).collect(),
            };
            for (shape, members) in model.shapes.iter().zip(&model.members) {
                let open = shape.calls > 0 && shape.first <= step;
                let depths = shape
                    .ways
                    .iter()
                    .filter(|_| open)
                    .map(|way| way.down[step - shape.first].0);
                let choices: Vec<Choice> = depths
                    .filter(|watts| *watts > 0)
                    .map(|watts| Choice {
                        gain: watts,
                        load: watts,
                        cost: 0,
                    })
                    .collect();
                let class = Class {
                    node: shape.node,
                    choices,
                };
                instance
                    .classes
                    .extend(members.iter().map(|_| class.clone()));
            }
            let whole = |c: &Class| c.choices.iter().map(|c| c.gain).max().unwrap_or(0);
            let sum: i64 = instance.classes.iter().map(whole).sum();
            if instance.caps.is_empty() {
                return Power::from_watts(sum);
            }
            instance.need = sum + 1;
            match solve(&instance, super::plan::solve::STEPS) {
                Answer::Short { most } => Power::from_watts(most),
                Answer::Best(best) => Power::from_watts(best.gain),
            }
        })
        .collect()
}

/// Relaxes, rounds and repairs by turns until the gap is small.
fn search(model: &Model) -> Option<(Draft, Prices<i128>)> {
    let dear = round::dearest(model);
    let mut relaxed = relax::start(model);
    let ways: usize = model.shapes.iter().map(|shape| shape.leading().len()).sum();
    let rounds = |work: usize| (work / ways.max(1)).clamp(60, 1_500);
    relax::ascend(model, &mut relaxed, None, rounds(FIRST));
    let mut best: Option<Draft> = None;
    for round in 0..ROUNDS {
        let mut tries = repair::tries(model, &relaxed.prices, &relaxed.mix);
        let mut drafts = vec![round::round(model, &relaxed)];
        if round > 0 {
            drafts.extend(best.clone());
        }
        for mut draft in drafts {
            repair::mend(model, &mut draft, &mut tries, &relaxed.prices, dear, 6);
            keep(model, draft, &mut best);
        }
        if best.is_none() {
            // Everything off as early as it may be can miss nothing; what is not needed is taken back from there.
            let mut draft = everything(model);
            repair::mend(model, &mut draft, &mut tries, &relaxed.prices, dear, 12);
            keep(model, draft, &mut best);
        }
        let value = best
            .as_ref()
            .map(|draft| draft.sums.cost as f64 * TICKS as f64);
        if value.is_some_and(|value| value - relaxed.value <= value * GOOD) || round + 1 == ROUNDS {
            break;
        }
        relax::ascend(model, &mut relaxed, value, rounds(MORE));
    }
    let draft = best?;
    Some((draft, whole(&relaxed.prices)))
}

fn keep(model: &Model, mut draft: Draft, best: &mut Option<Draft>) {
    if draft.sums.misfit(model) > 0 {
        return;
    }
    repair::trim(model, &mut draft);
    if best
        .as_ref()
        .is_none_or(|best| draft.sums.cost < best.sums.cost)
    {
        *best = Some(draft);
    }
}

fn everything(model: &Model) -> Draft {
    let all = |(shape, members): (&model::Shape, &Vec<usize>)| {
        let column = Column::of(&[model::Span {
            from: shape.first as u8,
            until: model.steps as u8,
            way: 0,
        }]);
        let can = shape.calls > 0 && shape.first < model.steps;
        can.then_some((column, members.len() as i64))
            .into_iter()
            .collect()
    };
    Draft::of(
        model,
        model.shapes.iter().zip(&model.members).map(all).collect(),
    )
}

/// Prices in whole ticks: any prices prove a bound, so rounding them is no loss of truth.
fn whole(prices: &Prices<f64>) -> Prices<i128> {
    let list = |prices: &Vec<f64>| {
        let exact = |p: &f64| i128::from(p.round().clamp(0.0, 4e18) as i64);
        prices.iter().map(exact).collect()
    };
    Prices {
        cover: list(&prices.cover),
        back: list(&prices.back),
        nodes: prices.nodes.iter().map(list).collect(),
    }
}

/// The draft as parts of named blocks: of blocks that are alike, those with the lower keys are called.
fn told(
    model: &Model,
    usable: &[(&Candidate<'_>, usize)],
    profile: &Profile,
    draft: &Draft,
) -> Vec<Part> {
    let mut parts = Vec::new();
    for ((shape, members), doing) in model.shapes.iter().zip(&model.members).zip(&draft.doing) {
        let mut members = members.iter();
        let mut doing = doing.clone();
        doing.sort_unstable();
        for (column, many) in doing {
            let effect = shape.effect(&column, model.steps);
            let off: i64 = effect.shed.iter().sum();
            let calls: Vec<Call> = column
                .calls()
                .iter()
                .map(|span| Call {
                    from: usize::from(span.from),
                    until: Some(usize::from(span.until)).filter(|until| *until < model.steps),
                    target: shape.ways[usize::from(span.way)].target,
                })
                .collect();
            for member in members.by_ref().take(many as usize) {
                parts.push(Part {
                    key: usable[*member].0.block.key(),
                    calls: calls.clone(),
                    shed: effect.shed[..profile.wanted.len().min(MOST_STEPS)]
                        .iter()
                        .map(|w| Power::from_watts(*w))
                        .collect(),
                    worth: effect.cost - off * model.charge,
                });
            }
        }
    }
    parts
}
