//! The relaxation, in which a block may do parts of several things: prices of a watt in each step are moved until what
//! blocks do at them meets what is wanted. The prices prove a bound; what was done on the way, averaged, is close to
//! the relaxation's own answer (the volume algorithm; Barahona and Anbil 2000), and is what the rounding starts from.

use super::model::{Column, Model, Steps};
use super::price::{Prices, TICKS};
use super::profile::MOST_STEPS;

/// Weight of the newest answer in the average.
const NEWEST: f64 = 0.06;

/// Rounds without a better bound until the steps get shorter.
const IDLE: usize = 8;
/// How fast the direction turns to what the newest answer lacks.
const TURN: f64 = 0.1;

/// What each shape's members do in the relaxation: columns, and the part of the members that does each.
pub(super) type Mix = Vec<Vec<(Column, f64)>>;

/// How far the relaxation has come.
pub(super) struct Relaxed {
    /// The best prices so far.
    pub(super) prices: Prices<f64>,
    /// What they prove, in ticks, but for rounding.
    pub(super) value: f64,
    /// What was done, averaged.
    pub(super) mix: Mix,
}

/// What is missing (positive) or too much, by constraint.
struct Slope {
    cover: [f64; MOST_STEPS],
    back: [f64; MOST_STEPS],
    nodes: Vec<[f64; MOST_STEPS]>,
}

impl Slope {
    fn new(model: &Model) -> Self {
        Self {
            cover: [0.0; MOST_STEPS],
            back: [0.0; MOST_STEPS],
            nodes: vec![[0.0; MOST_STEPS]; model.nodes.len()],
        }
    }

    fn each(&self) -> impl Iterator<Item = &f64> {
        let nodes = self.nodes.iter().flatten();
        self.cover.iter().chain(&self.back).chain(nodes)
    }

    fn blend(&mut self, newest: &Self, part: f64) {
        let nodes = self.nodes.iter_mut().flatten();
        let all = self.cover.iter_mut().chain(&mut self.back).chain(nodes);
        for (old, new) in all.zip(newest.each()) {
            *old += part * (new - *old);
        }
    }
}

/// Before anything is known: each step's price is that of the dearest block it takes if blocks could be had by the step.
pub(super) fn start(model: &Model) -> Relaxed {
    let mut slopes: Vec<(f64, i64)> = Vec::new();
    for (shape, members) in model.shapes.iter().zip(&model.members) {
        if let Some(way) = shape.ways.first() {
            let cost = way.down.last().map_or(0, |(_, cost)| *cost);
            // Wear is taken as spread over half the steps.
            let wear = way.wear as f64 * 2.0 / model.steps.max(1) as f64;
            let rate = (cost as f64 + wear) / way.depth as f64;
            slopes.push((rate, way.depth * members.len() as i64));
        }
    }
    slopes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut prices = Prices::<f64>::none(model);
    for (price, wanted) in prices.cover.iter_mut().zip(&model.wanted) {
        let mut left = *wanted;
        for (rate, depth) in &slopes {
            if left <= 0 {
                break;
            }
            *price = rate * TICKS as f64;
            left -= depth;
        }
    }
    Relaxed {
        value: f64::NEG_INFINITY,
        mix: vec![Vec::new(); model.shapes.len()],
        prices,
    }
}

/// Moves the prices so many times. `best` is what the best schedule known costs, in ticks.
pub(super) fn ascend(model: &Model, relaxed: &mut Relaxed, best: Option<f64>, rounds: usize) {
    let mut pace = 1.0;
    // Slow enough for the rounds there are, and down to a few thousandths by their end.
    let slower = 0.003_f64.powf(IDLE as f64 / rounds.max(IDLE) as f64);
    let mut idle = 0_usize;
    let mut average: Option<Slope> = None;
    let mut prices = relaxed.prices.clone();
    for _ in 0..rounds {
        let (value, slope) = look(model, &prices, &mut relaxed.mix);
        let better = value > relaxed.value + relaxed.value.abs() * 1e-7;
        if value > relaxed.value {
            relaxed.value = value;
            relaxed.prices = prices.clone();
        }
        let forward: f64 = average.as_ref().map_or(1.0, |average| {
            average.each().zip(slope.each()).map(|(a, b)| a * b).sum()
        });
        if better {
            idle = 0;
            if forward >= 0.0 {
                pace = f64::min(pace * 1.1, 2.0);
            }
        } else {
            idle += 1;
            if idle >= IDLE {
                idle = 0;
                pace = f64::max(pace * slower, 1e-4);
            }
        }
        let average = match &mut average {
            Some(average) => {
                average.blend(&slope, TURN);
                average
            }
            None => average.insert(slope),
        };
        let length: f64 = average.each().map(|x| x * x).sum();
        let least = relaxed.value.abs();
        // A poor schedule says little of where the best is: steps towards it would be far too long.
        let aim = best
            .unwrap_or(f64::INFINITY)
            .min(relaxed.value + least * 0.05)
            .max(relaxed.value + least * 1e-6);
        if length < 1.0 {
            break;
        }
        let by = pace * (aim - relaxed.value) / length;
        prices = step(&relaxed.prices, average, by);
    }
}

fn step(from: &Prices<f64>, slope: &Slope, by: f64) -> Prices<f64> {
    let moved = |prices: &[f64], slopes: &Steps64| {
        let pairs = prices.iter().zip(slopes);
        pairs.map(|(p, s)| (p + by * s).max(0.0)).collect()
    };
    Prices {
        cover: moved(&from.cover, &slope.cover),
        back: moved(&from.back, &slope.back),
        nodes: from
            .nodes
            .iter()
            .zip(&slope.nodes)
            .map(|(p, s)| moved(p, s))
            .collect(),
    }
}

type Steps64 = [f64; MOST_STEPS];

/// What all blocks do at these prices; it goes into the mix.
fn look(model: &Model, prices: &Prices<f64>, mix: &mut Mix) -> (f64, Slope) {
    let steps = model.steps;
    let mut value = prices.fixed(model);
    let mut shed: Steps = [0; MOST_STEPS];
    let mut back: Steps = [0; MOST_STEPS];
    let mut nodes: Vec<Steps> = vec![[0; MOST_STEPS]; model.nodes.len()];
    for ((shape, members), mix) in model.shapes.iter().zip(&model.members).zip(mix) {
        let many = members.len() as i64;
        let (least, column) = prices.best_of(shape, shape.leading(), steps);
        value += least * many as f64;
        blend(mix, column);
        if column.len == 0 {
            continue;
        }
        let effect = shape.effect(&column, steps);
        for at in 0..steps {
            shed[at] += effect.shed[at] * many;
            back[at] += effect.back[at] * many;
        }
        if let Some(node) = shape.node {
            for (sum, watts) in nodes[node as usize].iter_mut().zip(&effect.shed) {
                *sum += watts * many;
            }
        }
    }
    let mut slope = Slope::new(model);
    for at in 0..steps {
        slope.cover[at] = (model.wanted[at] - shed[at]) as f64;
        slope.back[at] = (back[at] - model.give_back) as f64;
        for ((to, sums), (_, limit)) in slope.nodes.iter_mut().zip(&nodes).zip(&model.nodes) {
            to[at] = (sums[at] - limit) as f64;
        }
    }
    // A price of nothing that would only fall is where it belongs.
    let settle = |slopes: &mut Steps64, prices: &[f64]| {
        for (slope, price) in slopes.iter_mut().zip(prices) {
            if *price <= 0.0 && *slope < 0.0 {
                *slope = 0.0;
            }
        }
    };
    settle(&mut slope.cover, &prices.cover);
    settle(&mut slope.back, &prices.back);
    for (slopes, prices) in slope.nodes.iter_mut().zip(&prices.nodes) {
        settle(slopes, prices);
    }
    (value, slope)
}

/// Blends a column into what a shape did so far.
fn blend(mix: &mut Vec<(Column, f64)>, column: Column) {
    let first = mix.is_empty();
    let part = if first { 1.0 } else { NEWEST };
    for (_, weight) in mix.iter_mut() {
        *weight *= 1.0 - part;
    }
    if let Some((_, weight)) = mix.iter_mut().find(|(known, _)| *known == column) {
        *weight += part;
    } else {
        mix.push((column, part));
    }
    if mix.len() > 24 {
        mix.retain(|(_, weight)| *weight > 1e-3);
    }
}
