//! A schedule in the making: how many members of each shape do what, and what all of that adds up to.

use super::model::{Column, Effect, Model, Steps};
use super::profile::MOST_STEPS;

/// What all blocks together do.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub(super) shed: Steps,
    pub(super) back: Steps,
    pub(super) nodes: Vec<Steps>,
    pub(super) cost: i128,
}

/// Members of each shape by column; who does nothing is not named.
pub(super) type Doing = Vec<Vec<(Column, i64)>>;

/// A schedule in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) doing: Doing,
    pub(super) sums: Sums,
}

impl Sums {
    fn none(model: &Model) -> Self {
        Self {
            shed: [0; MOST_STEPS],
            back: [0; MOST_STEPS],
            nodes: vec![[0; MOST_STEPS]; model.nodes.len()],
            cost: 0,
        }
    }

    pub(super) fn add(&mut self, effect: &Effect, node: Option<u32>, many: i64) {
        for at in 0..MOST_STEPS {
            self.shed[at] += effect.shed[at] * many;
            self.back[at] += effect.back[at] * many;
        }
        if let Some(node) = node {
            let sums = &mut self.nodes[node as usize];
            for (sum, watts) in sums.iter_mut().zip(&effect.shed) {
                *sum += watts * many;
            }
        }
        self.cost += i128::from(effect.cost) * i128::from(many);
    }

    /// Watts missing, and watts beyond what may come back or be off at a node, all steps taken together.
    pub(super) fn misfit(&self, model: &Model) -> i64 {
        let mut misfit = 0;
        for at in 0..model.steps {
            misfit += (model.wanted[at] - self.shed[at]).max(0);
            misfit += (self.back[at] - model.give_back).max(0);
            for (sums, (_, limit)) in self.nodes.iter().zip(&model.nodes) {
                misfit += (sums[at] - limit).max(0);
            }
        }
        misfit
    }
}

/// By how much the misfit changes with `to` in place of `from` (none: nothing is done), at a node.
pub(super) fn change(
    model: &Model,
    sums: &Sums,
    node: Option<u32>,
    parts: &[(&Effect, i64)],
) -> i64 {
    let mut change = 0;
    let own = node.map(|n| (&sums.nodes[n as usize], model.nodes[n as usize].1));
    for at in 0..model.steps {
        let (mut shed, mut back) = (0, 0);
        for (effect, many) in parts {
            shed += effect.shed[at] * many;
            back += effect.back[at] * many;
        }
        if shed != 0 {
            let short = model.wanted[at] - sums.shed[at];
            change += (short - shed).max(0) - short.max(0);
            if let Some((sums, limit)) = own {
                let over = sums[at] - limit;
                change += (over + shed).max(0) - over.max(0);
            }
        }
        if back != 0 {
            let over = sums.back[at] - model.give_back;
            change += (over + back).max(0) - over.max(0);
        }
    }
    change
}

impl Draft {
    pub(super) fn of(model: &Model, doing: Doing) -> Self {
        let mut sums = Sums::none(model);
        for (shape, list) in model.shapes.iter().zip(&doing) {
            for (column, many) in list {
                sums.add(&shape.effect(column, model.steps), shape.node, *many);
            }
        }
        Self { doing, sums }
    }

    /// Members of a shape that do this.
    pub(super) fn many(&self, model: &Model, shape: usize, column: &Column) -> i64 {
        let list = &self.doing[shape];
        if column.len == 0 {
            model.members[shape].len() as i64 - list.iter().map(|(_, many)| many).sum::<i64>()
        } else {
            list.iter()
                .find(|(c, _)| c == column)
                .map_or(0, |(_, many)| *many)
        }
    }

    /// One member of a shape does `to` in place of `from`.
    pub(super) fn turn(
        &mut self,
        model: &Model,
        shape: usize,
        from: (&Column, &Effect),
        to: (&Column, &Effect),
    ) {
        let node = model.shapes[shape].node;
        self.sums.add(from.1, node, -1);
        self.sums.add(to.1, node, 1);
        let list = &mut self.doing[shape];
        if from.0.len > 0
            && let Some((_, many)) = list.iter_mut().find(|(c, _)| c == from.0)
        {
            *many -= 1;
        }
        list.retain(|(_, many)| *many > 0);
        if to.0.len > 0 {
            match list.iter_mut().find(|(c, _)| c == to.0) {
                Some((_, many)) => *many += 1,
                None => list.push((*to.0, 1)),
            }
        }
    }
}
