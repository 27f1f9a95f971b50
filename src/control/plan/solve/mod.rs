//! The exact one-step solver: of each block at most one choice, the gains must reach the need, nodes have caps, and
//! the sum of costs is the least there is.
//!
//! A linear relaxation gives a base and a bound, the best pair of half searches a good answer, and what both leave
//! open is searched exactly in states that their bounds and each other thin out. Where the relaxation splits a block,
//! plans of at most and of more than so many blocks are bounded apart; a node whose cap binds is solved by itself and
//! goes into the whole as one group. All in whole watts and whole units of cost; the work is counted, not timed, so
//! the same question always has the same answer.

#![allow(
    clippy::cast_possible_wrap,
    reason = "counts of blocks, far below 2^31, become terms of sums in i64"
)]

mod count;
mod groups;
mod near;
mod nodes;
mod relax;
mod search;
mod states;
mod whole;

use groups::{Groups, Point};
use relax::{Caps, Relaxed, relax};
use search::{SMALL, Search};
use states::Limits;

/// One way to treat a block, beside leaving it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Watts towards the need, above 0.
    pub gain: i64,
    /// Watts against the cap of the block's node (negative: relieves it).
    pub load: i64,
    /// Cost, not negative. The sum over all blocks must stay below 2^46.
    pub cost: i64,
}

/// A block's choices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Class {
    /// Its node, an index into [`Instance::caps`].
    pub node: Option<u32>,
    /// What may be done with it.
    pub choices: Vec<Choice>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instance {
    /// Watts that the gains must reach.
    pub need: i64,
    /// The blocks. Of plans that are alike, the one with the earlier blocks is taken.
    pub classes: Vec<Class>,
    /// Most that the loads at a node may add up to.
    pub caps: Vec<i64>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    /// By block: which choice, or none.
    pub picks: Vec<Option<usize>>,
    /// Sum of the gains.
    pub gain: i64,
    /// Sum of the costs.
    pub cost: i64,
    /// No answer costs less.
    pub bound: i64,
    /// Is there none cheaper? Of more than 256 blocks: none cheaper by more than two units a block taken, since costs
    /// are rounded to units.
    pub proven: bool,
}

/// What there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This.
    Best(Best),
    /// The need can't be met.
    Short {
        /// What can.
        most: i64,
    },
}

/// Steps of work that fit into 50 ms on a slow core.
pub const STEPS: u64 = 2_000_000;
/// Most states kept at once.
const WIDTH: usize = 100_000;
/// Below the unit of cost, overshoot decides: a unit is worth 2^16 watts.
const TICKS: u32 = 16;

/// The point taken of each group, and a bound, in ticks.
type Found = (Vec<u32>, i64);

/// Solves within so many `steps` of work; beyond, the best plan found so far with its true bound.
pub fn solve(instance: &Instance, steps: u64) -> Answer {
    let groups = grouped(instance);
    let capped = overfillable(instance);
    let live: Vec<Option<u32>> = instance
        .classes
        .iter()
        .map(|c| c.node.filter(|n| capped[*n as usize]))
        .collect();
    let mut limits = Limits {
        steps,
        width: WIDTH,
    };
    let found = if live.iter().any(Option::is_some) {
        with_caps(instance, &groups, &live, &mut limits)
    } else {
        let need = rounded(instance);
        let relaxed = relax(&groups, need, None);
        relaxed
            .reached
            .then(|| count::plain(&groups, need, &relaxed, &mut limits))
            .flatten()
    };
    if let Some(found) = found {
        Answer::Best(answer(&groups, found))
    } else {
        // Time for what can be done at all is always left.
        limits.steps = limits.steps.max(steps / 4);
        let (picks, most) = whole::most(instance, &groups, &live, &mut limits);
        if most >= instance.need {
            // Without the caps it would cost at least this.
            let loose = relax(&groups, instance.need, None);
            let bound = Search::new(&groups, instance.need, loose.rate, &loose.base, 0).bound;
            Answer::Best(answer(&groups, (picks, bound.max(0))))
        } else {
            Answer::Short { most }
        }
    }
}

fn answer(groups: &Groups, (base, bound): Found) -> Best {
    let points = base.iter().map(|b| groups.points[*b as usize]);
    let (gain, value) = points.fold((0, 0), |(x, y), p| (x + p.x, y + p.y));
    let picks: Vec<Option<usize>> = base
        .iter()
        .enumerate()
        .map(|(g, p)| (*p as usize - groups.range(g).start).checked_sub(1))
        .collect();
    let taken = picks.iter().flatten().count();
    let cost = (value - gain) >> TICKS;
    let gap = (value - bound).max(0);
    Best {
        picks,
        gain,
        cost,
        bound: cost - (gap >> TICKS),
        proven: gap <= tolerance(taken, groups.len()),
    }
}

fn grouped(instance: &Instance) -> Groups {
    let mut groups = Groups::default();
    let leave = Point {
        x: 0,
        y: 0,
        z: 0,
        load: 0,
    };
    for class in &instance.classes {
        let ways = class.choices.iter().map(|c| {
            let cost = (c.cost << TICKS) + c.gain;
            Point {
                x: c.gain,
                y: cost,
                z: cost,
                load: c.load,
            }
        });
        groups.push(std::iter::once(leave).chain(ways));
    }
    groups
}

/// Which nodes could be overfilled at all.
fn overfillable(instance: &Instance) -> Vec<bool> {
    let mut top = vec![0_i64; instance.caps.len()];
    for class in &instance.classes {
        if let Some(node) = class.node {
            let most = class.choices.iter().map(|c| c.load).max().unwrap_or(0);
            top[node as usize] += most.max(0);
        }
    }
    instance.caps.iter().zip(&top).map(|(c, t)| c < t).collect()
}

/// Nodes that bind are solved by themselves; a node that turns out to be overfilled joins them.
fn with_caps(
    instance: &Instance,
    groups: &Groups,
    live: &[Option<u32>],
    limits: &mut Limits,
) -> Option<Found> {
    let caps = Caps {
        node: live,
        room: instance.caps.clone(),
    };
    let relaxed = relax(groups, instance.need, Some(&caps));
    let mut alone = full(instance, groups, live, &relaxed);
    loop {
        let found = whole::whole(instance, groups, live, &alone, relaxed.rate, limits)?;
        let mut left = instance.caps.clone();
        for (node, point) in live.iter().zip(&found.0) {
            if let Some(node) = node {
                left[*node as usize] -= groups.points[*point as usize].load;
            }
        }
        let over: Vec<usize> = (0..left.len())
            .filter(|n| left[*n] < 0 && !alone[*n] && live.contains(&Some(*n as u32)))
            .collect();
        if over.is_empty() {
            return Some(found);
        }
        for node in over {
            alone[node] = true;
        }
    }
}

/// Nodes that bind in the relaxation, and those with less room than their largest block.
fn full(
    instance: &Instance,
    groups: &Groups,
    live: &[Option<u32>],
    relaxed: &Relaxed,
) -> Vec<bool> {
    let mut left = instance.caps.clone();
    let mut largest = vec![0; left.len()];
    for (group, node) in live.iter().enumerate() {
        if let Some(node) = node {
            let node = *node as usize;
            left[node] -= groups.points[relaxed.base[group] as usize].load;
            for at in groups.range(group) {
                largest[node] = groups.points[at].load.abs().max(largest[node]);
            }
        }
    }
    (0..left.len())
        .map(|n| relaxed.closed[n] || (left[n] < largest[n] && live.contains(&Some(n as u32))))
        .collect()
}

/// Gaps that are as good as none: nothing for few groups, else the rounding of the costs of what is taken, once in the
/// plan and once in the bound.
fn tolerance(taken: usize, groups: usize) -> i64 {
    if groups <= SMALL {
        64
    } else {
        (2 * taken as i64 + 1) << TICKS
    }
}

/// The need, rounded up to what the gains' common divisor can make of it.
fn rounded(instance: &Instance) -> i64 {
    let mut divisor = 0_i64;
    for choice in instance.classes.iter().flat_map(|c| &c.choices) {
        let (mut a, mut b) = (divisor, choice.gain);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        divisor = a.abs();
        if divisor == 1 {
            break;
        }
    }
    if divisor > 1 {
        (instance.need + divisor - 1) / divisor * divisor
    } else {
        instance.need
    }
}
