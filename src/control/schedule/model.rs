//! What each block can do over the steps: ways down and back, with what they bring and cost. Blocks that are alike in
//! all of it are one shape with so many members.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::profile::{MOST_STEPS, Profile};
use crate::control::interlock::{Candidate, lowest};
use crate::control::plan::{Prices, Terms, Worth, given_up, moves};
use crate::control::sheddable::arriving;
use crate::domain::order::OrderKind;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Most calls of one block in a schedule, whatever its contract says.
pub const MOST_CALLS: usize = 3;

/// Most targets of one block that are weighed: the deepest, and the first that it names.
pub(super) const MOST_WAYS: usize = 4;

/// Watts, or watts in one step, by step.
pub(super) type Steps = [i64; MOST_STEPS];

/// One target that a block may be called to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Way {
    pub(super) target: Power,
    /// Watts off once it has arrived.
    pub(super) depth: i64,
    /// What a call costs, whatever its length.
    pub(super) wear: i64,
    /// Watts off at the end of the first, second, ... step of a call, and what that step costs.
    pub(super) down: Vec<(i64, i64)>,
    /// The same after the restore, until nothing is off.
    pub(super) up: Vec<(i64, i64)>,
    /// Fewest steps of a call.
    pub(super) least: usize,
    /// What a step costs once it has arrived.
    pub(super) full: i64,
    /// It arrives and comes back within a step.
    pub(super) fast: bool,
}

/// Blocks that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) node: Option<u32>,
    /// First step that it may be called in.
    pub(super) first: usize,
    pub(super) calls: usize,
    pub(super) starts: usize,
    /// Steps from a restore to the next call, at least.
    pub(super) rest: usize,
    pub(super) ways: Vec<Way>,
}

/// One call of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Span {
    pub(super) from: u8,
    /// The step of the restore; the number of steps where there is none.
    pub(super) until: u8,
    pub(super) way: u8,
}

/// What a block does over all steps: its calls, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Column {
    pub(super) spans: [Span; MOST_CALLS],
    pub(super) len: u8,
}

impl Column {
    pub(super) fn calls(&self) -> &[Span] {
        &self.spans[..usize::from(self.len)]
    }

    pub(super) fn of(spans: &[Span]) -> Self {
        let mut column = Self::default();
        for span in spans.iter().take(MOST_CALLS) {
            column.spans[usize::from(column.len)] = *span;
            column.len += 1;
        }
        column
    }
}

/// What a column brings and costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effect {
    /// Watts off at the end of each step.
    pub(super) shed: Steps,
    /// Watts given back in each step.
    pub(super) back: Steps,
    pub(super) cost: i64,
}

impl Shape {
    /// The ways that prices are moved by. Where all are fast they cost in proportion but for rounding, and a part of a
    /// block is never dearer or cheaper by the watt than the whole: the deepest stands for all.
    pub(super) fn leading(&self) -> &[Way] {
        let alike = self
            .ways
            .iter()
            .all(|way| way.fast && way.least == self.ways[0].least);
        &self.ways[..if alike {
            self.ways.len().min(1)
        } else {
            self.ways.len()
        }]
    }

    /// What `column` brings and costs in `steps` steps.
    pub(super) fn effect(&self, column: &Column, steps: usize) -> Effect {
        let mut effect = Effect {
            shed: [0; MOST_STEPS],
            back: [0; MOST_STEPS],
            cost: 0,
        };
        for span in column.calls() {
            let way = &self.ways[usize::from(span.way)];
            let (from, until) = (usize::from(span.from), usize::from(span.until));
            effect.cost += way.wear;
            for at in from..until.min(steps) {
                let (watts, cost) = way.down[at - from];
                effect.shed[at] += watts;
                effect.cost += cost;
            }
            if until >= steps {
                continue;
            }
            let mut last = way.down[until - 1 - from].0;
            let tail = way.up.iter().copied().chain(std::iter::once((0, 0)));
            for (at, (watts, cost)) in (until..steps).zip(tail) {
                effect.shed[at] += watts;
                effect.back[at] += last - watts;
                effect.cost += cost;
                last = watts;
            }
        }
        effect
    }

    /// May a block of this shape do that?
    pub(super) fn allows(&self, column: &Column, steps: usize) -> bool {
        let mut ready = self.first;
        let mut starts = 0;
        for span in column.calls() {
            let (from, until) = (usize::from(span.from), usize::from(span.until));
            let back = until < steps;
            starts += usize::from(back);
            let long =
                until > from && (!back || until - from >= self.ways[usize::from(span.way)].least);
            if from < ready || !long || until > steps {
                return false;
            }
            ready = if back { until + self.rest } else { usize::MAX };
        }
        usize::from(column.len) <= self.calls && starts <= self.starts
    }
}

/// The question.
pub(super) struct Model {
    pub(super) steps: usize,
    pub(super) wanted: Steps,
    pub(super) give_back: i64,
    pub(super) shapes: Vec<Shape>,
    /// By shape: the usable candidates that have it, in the order of their keys.
    pub(super) members: Vec<Vec<usize>>,
    /// Names of nodes that could be overfilled, and the most that may be off at each.
    pub(super) nodes: Vec<(Arc<str>, i64)>,
    /// Added to the cost of each watt off in a step, so that no shedding earns.
    pub(super) charge: i64,
}

/// Makes the question of usable candidates, each with its first step.
pub(super) fn model(
    usable: &[(&Candidate<'_>, usize)],
    profile: &Profile,
    now: Timestamp,
    terms: &Terms,
) -> Model {
    let steps = profile.wanted.len().min(MOST_STEPS);
    let nodes = nodes(usable, now);
    let charge = usable
        .iter()
        .flat_map(|(c, _)| depths(c, now).into_iter().map(move |d| (c, d)))
        .map(|(c, (_, depth))| {
            let (hourly, _) = price(c, depth, terms);
            let step = hourly.div_euclid(per_hour(profile));
            if step < 0 {
                -step.div_euclid(depth.watts().max(1))
            } else {
                0
            }
        })
        .max()
        .unwrap_or(0);
    let mut shapes = Vec::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<Shape, usize> = HashMap::new();
    for (at, (candidate, first)) in usable.iter().enumerate() {
        let mut shape = shape(candidate, *first, profile, now, terms, charge);
        let node = nodes
            .iter()
            .position(|(name, _)| *name == candidate.site.grid_node);
        shape.node = node.map(|n| n as u32);
        let next = shapes.len();
        let number = *known.entry(shape.clone()).or_insert(next);
        if number == next {
            shapes.push(shape);
            members.push(Vec::new());
        }
        members[number].push(at);
    }
    let mut wanted = [0; MOST_STEPS];
    for (to, from) in wanted.iter_mut().zip(&profile.wanted) {
        *to = from.watts();
    }
    Model {
        steps,
        wanted,
        give_back: profile.give_back.watts(),
        shapes,
        members,
        nodes,
        charge,
    }
}

fn per_hour(profile: &Profile) -> i64 {
    i64::try_from(3_600_000 / profile.step.as_millis().max(1)).unwrap_or(1)
}

/// Nodes with a limit that all their blocks together could pass.
fn nodes(usable: &[(&Candidate<'_>, usize)], now: Timestamp) -> Vec<(Arc<str>, i64)> {
    let mut sums: BTreeMap<&Arc<str>, (i64, i64)> = BTreeMap::new();
    for (candidate, _) in usable {
        let full = moves(
            candidate.block,
            OrderKind::Curtail,
            lowest(candidate.block, now),
        );
        let limit = candidate.site.node_limit.map_or(i64::MAX, Power::watts);
        let (sum, least) = sums
            .entry(&candidate.site.grid_node)
            .or_insert((0, i64::MAX));
        *sum += full.watts();
        *least = limit.min(*least);
    }
    sums.into_iter()
        .filter(|(_, (sum, limit))| sum > limit)
        .map(|(name, (_, limit))| (name.clone(), limit))
        .collect()
}

/// Every target that it may be called to, and what that takes off.
fn depths(candidate: &Candidate<'_>, now: Timestamp) -> Vec<(Power, Power)> {
    let block = candidate.block;
    let lowest = lowest(block, now);
    let mut targets = vec![lowest];
    for step in &block.steps {
        if *step > lowest && *step < block.target && !targets.contains(step) {
            targets.push(*step);
        }
    }
    // A way more is work without end on a hostile file; the deepest and the first few are as good.
    targets.truncate(MOST_WAYS);
    targets
        .into_iter()
        .map(|target| (target, moves(block, OrderKind::Curtail, target)))
        .filter(|(_, depth)| *depth > Power::ZERO)
        .collect()
}

/// What `depth` gives up in an hour, and the wear of the call.
fn price(candidate: &Candidate<'_>, depth: Power, terms: &Terms) -> (i64, i64) {
    let (site, block) = (candidate.site, candidate.block);
    match &terms.worth {
        Worth::Hashrate => (given_up(&terms.worth, site, block, depth), 0),
        Worth::Money(prices) => {
            let worn = Worth::Money(Prices {
                hash: 0,
                tariff: 0,
                tariffs: BTreeMap::new(),
                stop: prices.stop,
            });
            let hourly = Worth::Money(Prices {
                stop: 0,
                ..prices.clone()
            });
            (
                given_up(&hourly, site, block, depth),
                given_up(&worn, site, block, depth),
            )
        }
    }
}

fn shape(
    candidate: &Candidate<'_>,
    first: usize,
    profile: &Profile,
    now: Timestamp,
    terms: &Terms,
    charge: i64,
) -> Shape {
    let limits = &candidate.block.limits;
    let steps = profile.wanted.len().min(MOST_STEPS);
    let millis = profile.step.as_millis().max(1);
    let ceil = |time: std::time::Duration| {
        usize::try_from(time.as_millis().div_ceil(millis)).unwrap_or(usize::MAX / 4)
    };
    let mut slowest = 0;
    let ways = depths(candidate, now)
        .into_iter()
        .map(|(target, depth)| {
            let (hourly, wear) = price(candidate, depth, terms);
            let whole = depth.watts();
            let cost = |watts: i64| {
                let part = i128::from(hourly) * i128::from(watts);
                let part = part.div_euclid(i128::from(whole) * i128::from(per_hour(profile)));
                part as i64 + charge * watts
            };
            let down: Vec<(i64, i64)> = (1..=steps as u32)
                .map(|count| arriving(candidate.block, depth, profile.step * count).watts())
                .map(|watts| (watts, cost(watts)))
                .collect();
            let ramp = limits.ramp_up_w_s.watts();
            let mut up = Vec::new();
            if ramp > 0 {
                let each = limits.ramp_up_w_s.portion(millis as i64, 1_000).watts();
                let mut left = whole - each;
                while left > 0 && up.len() < steps {
                    up.push((left, cost(left)));
                    left -= each;
                }
            }
            if ramp > 0 {
                slowest = slowest.max(up.len() + 1);
            }
            // No block turns round on its way.
            let arrives = down.iter().take_while(|(watts, _)| *watts < whole).count() + 1;
            Way {
                target,
                full: cost(whole),
                fast: up.is_empty() && down.first().is_some_and(|(watts, _)| *watts == whole),
                depth: whole,
                wear,
                down,
                up,
                least: arrives.max(ceil(limits.min_off)).max(1),
            }
        })
        .collect();
    let calls = limits.calls_left.map_or(MOST_CALLS, |left| left as usize);
    let starts = limits.starts_per_hour.map_or(MOST_CALLS, |most| {
        most.saturating_sub(limits.starts_last_hour) as usize
    });
    Shape {
        node: None,
        first,
        calls: calls.min(MOST_CALLS),
        starts: starts.min(MOST_CALLS),
        // A restore may go out as late as at the end of its step.
        rest: 1 + ceil(limits.min_on).max(slowest),
        ways,
    }
}
