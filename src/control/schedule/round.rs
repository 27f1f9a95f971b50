//! From parts to wholes: what the relaxation does in parts is given to whole blocks, one after another, each the one
//! that keeps all steps nearest to what the relaxation did.

use super::draft::Draft;
use super::model::{Column, Effect, Model};
use super::price::TICKS;
use super::profile::MOST_STEPS;
use super::relax::Relaxed;

/// Parts below this are the relaxation's past, not its answer.
const SMALL: f64 = 0.03;

/// A shape whose members are not all given something yet: how many, and what the parts were.
type Open = (usize, i64, Vec<(Column, f64)>);

/// Whole blocks near to the relaxation's parts; it may still be short.
pub(super) fn round(model: &Model, relaxed: &Relaxed) -> Draft {
    let mut doing = vec![Vec::new(); model.shapes.len()];
    let mut open: Vec<Open> = Vec::new();
    let mut sums = [0.0_f64; MOST_STEPS];
    let mut back = [0.0_f64; MOST_STEPS];
    let mut add = |effect: &Effect, part: f64, sign: f64| {
        for at in 0..MOST_STEPS {
            sums[at] += effect.shed[at] as f64 * part * sign;
            back[at] += effect.back[at] as f64 * part * sign;
        }
        (sums, back)
    };
    for (at, (shape, members)) in model.shapes.iter().zip(&model.members).enumerate() {
        let many = members.len() as i64;
        let big = || relaxed.mix[at].iter().filter(|(_, part)| *part >= SMALL);
        let whole: f64 = big().map(|(_, part)| part).sum();
        let mut left = many;
        let mut rest = Vec::new();
        for (column, part) in big() {
            let wanted = part / whole * many as f64;
            let sure = (wanted + 1e-6).floor() as i64;
            add(&shape.effect(column, model.steps), wanted, 1.0);
            if sure > 0 {
                left -= sure;
                if column.len > 0 {
                    doing[at].push((*column, sure));
                }
            }
            if wanted - sure as f64 > 1e-6 {
                rest.push((*column, wanted - sure as f64));
            }
        }
        if left > 0 && !rest.is_empty() {
            open.push((at, left, rest));
        }
    }
    // Large ones first, so that small ones can make up for them.
    let depth = |shape: usize| model.shapes[shape].ways.iter().map(|w| w.depth).max();
    open.sort_by_key(|(shape, ..)| (std::cmp::Reverse(depth(*shape)), *shape));
    let dear = relaxed.prices.cover.iter().copied().fold(0.0, f64::max) * 0.5;
    let (aim, aim_back) = add(&EMPTY, 0.0, 1.0);
    for (at, left, rest) in open {
        let shape = &model.shapes[at];
        let ways: Vec<(Column, Effect, f64)> = rest
            .iter()
            .map(|(column, _)| {
                let reduced = relaxed.prices.reduced(shape, column, model.steps);
                (*column, shape.effect(column, model.steps), reduced)
            })
            .collect();
        let mut now = (aim, aim_back);
        for ((_, effect, _), (_, part)) in ways.iter().zip(&rest) {
            now = add(effect, *part, -1.0);
        }
        for _ in 0..left {
            let score = |effect: &Effect, reduced: f64| {
                let off = |at: usize| {
                    (now.0[at] + effect.shed[at] as f64 - aim[at]).abs()
                        + (now.1[at] + effect.back[at] as f64 - aim_back[at]).max(0.0)
                };
                reduced + dear * (0..model.steps).map(off).sum::<f64>()
            };
            let best = ways
                .iter()
                .min_by(|a, b| score(&a.1, a.2).total_cmp(&score(&b.1, b.2)));
            let Some((column, effect, _)) = best else {
                break;
            };
            now = add(effect, 1.0, 1.0);
            if column.len > 0 {
                match doing[at].iter_mut().find(|(known, _)| known == column) {
                    Some((_, many)) => *many += 1,
                    None => doing[at].push((*column, 1)),
                }
            }
        }
    }
    Draft::of(model, doing)
}

const EMPTY: Effect = Effect {
    shed: [0; MOST_STEPS],
    back: [0; MOST_STEPS],
    cost: 0,
};

/// More than any schedule pays to have a watt off in one step: what a missing watt is charged with while blocks are
/// exchanged.
pub(super) fn dearest(model: &Model) -> f64 {
    let rate = |(cost, depth): (i64, i64)| cost as f64 / depth.max(1) as f64;
    model
        .shapes
        .iter()
        .flat_map(|shape| &shape.ways)
        .map(|way| {
            let steps: i64 = way.down.iter().map(|(_, cost)| cost).sum();
            rate((way.wear + steps, way.depth))
        })
        .fold(1.0 / TICKS as f64, f64::max)
}
