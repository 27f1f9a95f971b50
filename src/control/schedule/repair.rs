//! From a rounded draft to a good schedule: one block's calls are exchanged for others, then those of two blocks at
//! once, as long as what is missing or too much, and then what it costs, goes down.

use super::draft::{Doing, Draft, Sums, change};
use super::model::{Column, Effect, Model, Shape, Span};
use super::price::Prices;

/// Columns of a shape that are tried.
const TRIED: usize = 12;
/// Exchanges that are tried in pairs.
const PAIRED: usize = 500;

/// What might be done by a member of a shape.
struct Try {
    column: Column,
    effect: Effect,
    /// What it costs above the cheapest at the relaxation's prices.
    above: f64,
}

/// An exchange: shape, from, to.
type Turn = (usize, usize, usize);

/// Everything that is tried, by shape; the first of each is to do nothing.
pub(super) struct Tries(Vec<Vec<Try>>);

/// What is near the best at these prices, and what the mix did.
pub(super) fn tries(model: &Model, prices: &Prices<f64>, mix: &[Vec<(Column, f64)>]) -> Tries {
    let of = |(shape, mix): (&Shape, &Vec<(Column, f64)>)| {
        let least = prices.best(shape, model.steps).0;
        let mut list: Vec<(f64, Column)> = single(shape, model.steps)
            .into_iter()
            .chain(mix.iter().map(|(column, _)| *column))
            .filter(|column| column.len > 0)
            .map(|column| (prices.reduced(shape, &column, model.steps) - least, column))
            .collect();
        list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        list.dedup_by(|a, b| a.1 == b.1);
        list.truncate(TRIED);
        let nothing = (0.0 - least, Column::default());
        std::iter::once(nothing)
            .chain(list)
            .map(|(above, column)| Try {
                effect: shape.effect(&column, model.steps),
                column,
                above,
            })
            .collect()
    };
    Tries(model.shapes.iter().zip(mix).map(of).collect())
}

/// Every column of one call.
fn single(shape: &Shape, steps: usize) -> Vec<Column> {
    let mut list = Vec::new();
    for way in 0..shape.ways.len() {
        for from in shape.first..steps {
            for until in from + 1..=steps {
                let column = Column::of(&[Span {
                    from: from as u8,
                    until: until as u8,
                    way: way as u8,
                }]);
                if shape.allows(&column, steps) {
                    list.push(column);
                }
            }
        }
    }
    list
}

impl Tries {
    /// What the draft does that is not tried yet.
    fn learn(&mut self, model: &Model, doing: &Doing, prices: &Prices<f64>) {
        for (at, (tries, list)) in self.0.iter_mut().zip(doing).enumerate() {
            for (column, _) in list {
                if tries.iter().all(|t| t.column != *column) {
                    let shape = &model.shapes[at];
                    let least = prices.best(shape, model.steps).0;
                    tries.push(Try {
                        effect: shape.effect(column, model.steps),
                        above: prices.reduced(shape, column, model.steps) - least,
                        column: *column,
                    });
                }
            }
        }
    }
}

/// Exchanges until nothing gets better, or `rounds` are over. `dear` is what a watt of misfit is charged with.
pub(super) fn mend(
    model: &Model,
    draft: &mut Draft,
    tries: &mut Tries,
    prices: &Prices<f64>,
    dear: f64,
    rounds: usize,
) {
    tries.learn(model, &draft.doing, prices);
    for _ in 0..rounds {
        if !singles(model, draft, tries, dear) && !pairs(model, draft, tries, dear) {
            break;
        }
    }
}

fn gain(model: &Model, sums: &Sums, tries: &Tries, turn: Turn, dear: f64) -> f64 {
    let (shape, from, to) = turn;
    let (from, to) = (&tries.0[shape][from].effect, &tries.0[shape][to].effect);
    let node = model.shapes[shape].node;
    let misfit = change(model, sums, node, &[(from, -1), (to, 1)]);
    (to.cost - from.cost) as f64 + dear * misfit as f64
}

fn apply(model: &Model, draft: &mut Draft, tries: &Tries, (shape, from, to): Turn) {
    let (from, to) = (&tries.0[shape][from], &tries.0[shape][to]);
    draft.turn(
        model,
        shape,
        (&from.column, &from.effect),
        (&to.column, &to.effect),
    );
}

/// Each shape's best exchange, as long as there is one. Did anything change?
fn singles(model: &Model, draft: &mut Draft, tries: &Tries, dear: f64) -> bool {
    let mut changed = false;
    for _ in 0..40 {
        let mut now = false;
        for shape in 0..tries.0.len() {
            // Members that are alike may all have to move.
            for _ in 0..model.members[shape].len().min(64) {
                let mut best: Option<(f64, Turn)> = None;
                for from in 0..tries.0[shape].len() {
                    if draft.many(model, shape, &tries.0[shape][from].column) == 0 {
                        continue;
                    }
                    for to in (0..tries.0[shape].len()).filter(|to| *to != from) {
                        let turn = (shape, from, to);
                        let by = gain(model, &draft.sums, tries, turn, dear);
                        if by < -0.5 && best.is_none_or(|(least, _)| by < least) {
                            best = Some((by, turn));
                        }
                    }
                }
                let Some((_, turn)) = best else { break };
                apply(model, draft, tries, turn);
                now = true;
            }
        }
        changed |= now;
        if !now {
            break;
        }
    }
    changed
}

/// Pairs of exchanges that are near the best at the relaxation's prices. Did anything change?
fn pairs(model: &Model, draft: &mut Draft, tries: &Tries, dear: f64) -> bool {
    let mut turns: Vec<(f64, Turn)> = Vec::new();
    for (shape, list) in tries.0.iter().enumerate() {
        for (from, was) in list.iter().enumerate() {
            if draft.many(model, shape, &was.column) == 0 {
                continue;
            }
            for (to, will) in list.iter().enumerate() {
                if to != from {
                    turns.push(((will.above - was.above), (shape, from, to)));
                }
            }
        }
    }
    let keep = PAIRED.min(turns.len());
    if keep < turns.len() {
        turns.select_nth_unstable_by(keep, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        turns.truncate(keep);
    }
    turns.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut changed = false;
    for (at, (_, first)) in turns.iter().enumerate() {
        let has = |draft: &Draft, turn: &Turn| {
            draft.many(model, turn.0, &tries.0[turn.0][turn.1].column) > 0
        };
        if !has(draft, first) {
            continue;
        }
        let mut trial = draft.sums.clone();
        let back = (first.0, first.2, first.1);
        let one = gain(model, &draft.sums, tries, *first, dear);
        let node = model.shapes[first.0].node;
        trial.add(&tries.0[first.0][first.1].effect, node, -1);
        trial.add(&tries.0[first.0][first.2].effect, node, 1);
        let mut best: Option<(f64, Turn)> = None;
        for (_, second) in &turns[at + 1..] {
            if second.0 == first.0 || *second == back {
                continue;
            }
            let by = one + gain(model, &trial, tries, *second, dear);
            if by < -0.5 && best.is_none_or(|(least, _)| by < least) && has(draft, second) {
                best = Some((by, *second));
            }
        }
        if let Some((_, second)) = best {
            apply(model, draft, tries, *first);
            apply(model, draft, tries, second);
            changed = true;
        }
    }
    changed
}

/// Leaves out what is not needed: whole calls first, then single steps of calls.
pub(super) fn trim(model: &Model, draft: &mut Draft) {
    let mut again = true;
    while again {
        again = false;
        for shape in 0..model.shapes.len() {
            let doing: Vec<Column> = draft.doing[shape].iter().map(|(c, _)| *c).collect();
            for column in doing {
                while draft.many(model, shape, &column) > 0 && shorten(model, draft, shape, &column)
                {
                    again = true;
                }
            }
        }
    }
}

/// One member's calls become less, where nothing is missing without.
fn shorten(model: &Model, draft: &mut Draft, at: usize, column: &Column) -> bool {
    let shape = &model.shapes[at];
    let now = shape.effect(column, model.steps);
    for less in shorter(column) {
        if !shape.allows(&less, model.steps) {
            continue;
        }
        let effect = shape.effect(&less, model.steps);
        let misfit = change(model, &draft.sums, shape.node, &[(&now, -1), (&effect, 1)]);
        if misfit <= 0 && effect.cost <= now.cost {
            draft.turn(model, at, (column, &now), (&less, &effect));
            return true;
        }
    }
    false
}

fn shorter(column: &Column) -> Vec<Column> {
    let calls = column.calls();
    let without = (0..calls.len()).map(|gone| {
        let left = calls.iter().enumerate().filter(|(at, _)| *at != gone);
        Column::of(&left.map(|(_, span)| *span).collect::<Vec<_>>())
    });
    let less = (0..calls.len()).flat_map(|which| {
        [(1, 0), (0, 1)].map(|(later, sooner)| {
            let mut column = *column;
            let span = &mut column.spans[which];
            span.from += later;
            span.until -= sooner;
            column
        })
    });
    without.chain(less).collect()
}
