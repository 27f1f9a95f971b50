//! The cheapest thing a block can do at given prices of a watt in each step. Summed over all blocks it is a proven
//! bound on every schedule, whatever the prices are (Lagrangian relaxation; Geoffrion 1974).

use std::ops::{Add, Mul, Sub};

use super::model::{Column, MOST_CALLS, MOST_WAYS, Model, Shape, Span, Way};
use super::profile::MOST_STEPS;

/// Costs are counted in these parts of a unit while prices are sought, so that a price of a watt is a whole number.
pub(super) const TICKS: i64 = 1 << 16;

/// Numbers that prices can be: fast ones to seek with, exact ones to prove with.
pub(super) trait Number:
    Copy + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    /// Of a whole number.
    fn of(value: i64) -> Self;
}

impl Number for f64 {
    fn of(value: i64) -> Self {
        value as Self
    }
}

impl Number for i128 {
    fn of(value: i64) -> Self {
        value.into()
    }
}

/// Prices in ticks a watt, none negative.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prices<N> {
    /// What a watt off at the end of a step is worth.
    pub(super) cover: Vec<N>,
    /// What giving back a watt in a step costs.
    pub(super) back: Vec<N>,
    /// By node: what a watt off in a step costs.
    pub(super) nodes: Vec<Vec<N>>,
}

impl<N: Number> Prices<N> {
    pub(super) fn none(model: &Model) -> Self {
        let zero = vec![N::of(0); model.steps];
        Self {
            cover: zero.clone(),
            back: zero.clone(),
            nodes: vec![zero; model.nodes.len()],
        }
    }

    /// What a watt is worth at a shape's node, by step.
    fn worth(&self, shape: &Shape) -> [N; MOST_STEPS] {
        let mut worth = [N::of(0); MOST_STEPS];
        for (to, from) in worth.iter_mut().zip(&self.cover) {
            *to = *from;
        }
        if let Some(node) = shape.node {
            for (to, from) in worth.iter_mut().zip(&self.nodes[node as usize]) {
                *to = *to - *from;
            }
        }
        worth
    }

    /// The part of the bound that no block has a part in.
    pub(super) fn fixed(&self, model: &Model) -> N {
        let mut sum = N::of(0);
        for at in 0..model.steps {
            sum = sum + self.cover[at] * N::of(model.wanted[at])
                - self.back[at] * N::of(model.give_back);
        }
        for ((_, limit), prices) in model.nodes.iter().zip(&self.nodes) {
            for price in prices {
                sum = sum - *price * N::of(*limit);
            }
        }
        sum
    }

    /// What a column costs at these prices.
    pub(super) fn reduced(&self, shape: &Shape, column: &Column, steps: usize) -> N {
        let effect = shape.effect(column, steps);
        let worth = self.worth(shape);
        let mut sum = N::of(effect.cost) * N::of(TICKS);
        for at in 0..steps {
            sum = sum - worth[at] * N::of(effect.shed[at]) + self.back[at] * N::of(effect.back[at]);
        }
        sum
    }

    /// The cheapest column of a shape, and what it costs at these prices.
    pub(super) fn best(&self, shape: &Shape, steps: usize) -> (N, Column) {
        self.best_of(shape, &shape.ways, steps)
    }

    /// The same of some of its ways only: no bound, but good enough to move prices by.
    pub(super) fn best_of(&self, shape: &Shape, ways: &[Way], steps: usize) -> (N, Column) {
        let worth = self.worth(shape);
        // ahead[calls][step]: the best from this step on, ready, with so many calls behind.
        let zero = N::of(0);
        let mut ahead = [[zero; MOST_STEPS + 1]; MOST_CALLS + 1];
        let mut choice = [[None::<Span>; MOST_STEPS]; MOST_CALLS];
        // By way: what a step at its full depth costs, and whether any call of it could be worth its wear.
        let mut full = [[zero; MOST_STEPS]; MOST_WAYS];
        let mut open = [false; MOST_WAYS];
        for (at, way) in ways.iter().enumerate() {
            let (depth, cost) = (N::of(way.depth), N::of(way.full) * N::of(TICKS));
            let mut best = N::of(way.wear) * N::of(TICKS);
            for step in shape.first..steps {
                full[at][step] = cost - worth[step] * depth;
                if full[at][step] < zero {
                    best = best + full[at][step];
                }
            }
            open[at] = best < zero || !way.fast;
        }
        if !open.contains(&true) {
            return (zero, Column::default());
        }
        for from in (shape.first..steps).rev() {
            for calls in 0..shape.calls {
                ahead[calls][from] = ahead[calls][from + 1];
            }
            for (way_at, way) in ways.iter().enumerate().filter(|(at, _)| open[*at]) {
                let mut sum = N::of(way.wear) * N::of(TICKS);
                for until in from + 1..=steps {
                    let mut watts = way.depth;
                    if way.fast {
                        sum = sum + full[way_at][until - 1];
                    } else {
                        let (fallen, cost) = way.down[until - 1 - from];
                        watts = fallen;
                        sum = sum + N::of(cost) * N::of(TICKS) - worth[until - 1] * N::of(watts);
                    }
                    if until < steps && until - from < way.least {
                        continue;
                    }
                    let mut whole = sum;
                    if until < steps {
                        let mut last = watts;
                        for (at, (left, cost)) in (until..steps).zip(&way.up) {
                            whole = whole + N::of(*cost) * N::of(TICKS) - worth[at] * N::of(*left)
                                + self.back[at] * N::of(last - left);
                            last = *left;
                        }
                        let gone = until + way.up.len();
                        if gone < steps {
                            whole = whole + self.back[gone] * N::of(last);
                        }
                    }
                    let next = (until + shape.rest).min(steps);
                    for calls in 0..shape.calls {
                        let value = if until == steps {
                            whole
                        } else if calls < shape.starts {
                            whole + ahead[calls + 1][next]
                        } else {
                            continue;
                        };
                        if value < ahead[calls][from] {
                            ahead[calls][from] = value;
                            choice[calls][from] = Some(Span {
                                from: from as u8,
                                until: until as u8,
                                way: way_at as u8,
                            });
                        }
                    }
                }
            }
        }
        (
            ahead[0][shape.first.min(steps)],
            follow(shape, &choice, steps),
        )
    }
}

fn follow(
    shape: &Shape,
    choice: &[[Option<Span>; MOST_STEPS]; MOST_CALLS],
    steps: usize,
) -> Column {
    let mut column = Column::default();
    let mut at = shape.first;
    while at < steps && usize::from(column.len) < shape.calls {
        match choice[usize::from(column.len)][at] {
            Some(span) => {
                column.spans[usize::from(column.len)] = span;
                column.len += 1;
                at = usize::from(span.until) + shape.rest;
            }
            None => at += 1,
        }
    }
    column
}

/// The exact bound that these prices prove, in units of cost. Rounded down.
pub(super) fn bound(model: &Model, prices: &Prices<i128>) -> i64 {
    let blocks: i128 = model
        .shapes
        .iter()
        .zip(&model.members)
        .map(|(shape, members)| prices.best(shape, model.steps).0 * members.len() as i128)
        .sum();
    let ticks = prices.fixed(model) + blocks;
    ticks
        .div_euclid(TICKS.into())
        .clamp(0, i128::from(i64::MAX)) as i64
}
