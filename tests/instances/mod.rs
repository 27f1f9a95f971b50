//! Questions for the planner's solver, easy and hard, from a seed: the same seed always gives the same question.

pub(crate) mod schedules;

use baseload::control::plan::solve::{Choice, Class, Instance};

/// A small generator whose stream never changes (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    /// Seeded.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `n` less 1.
    pub(crate) fn below(&mut self, n: i64) -> i64 {
        (self.next() % n.max(1).unsigned_abs()).cast_signed()
    }

    /// Both ends included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below(most - least + 1)
    }
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Any sizes, any costs.
    Mixed,
    /// Sizes in whole kilowatts, any costs.
    Kilowatts,
    /// A third of the blocks arrive only in part.
    Ramps,
    /// At most a tenth of the load is asked for.
    Shallow,
    /// Cost in proportion to megawatts, for all blocks alike.
    Proportional,
    /// Cost within a thousandth of that.
    Nearly,
    /// In proportion, and the same wear of a stop for each.
    Stops,
    /// All blocks equal.
    Equal,
    /// Sizes and costs that differ by parts of a thousand.
    Tiny,
    /// Two sizes, few costs.
    TwoKinds,
    /// Three steps a block beside off.
    Stepped,
    /// Nodes of 50 blocks, many of which bind.
    Nodes,
    /// Nodes of 20 blocks, most of which bind.
    TightNodes,
}

impl Family {
    /// All of them.
    pub(crate) const ALL: [Self; 13] = [
        Self::Mixed,
        Self::Kilowatts,
        Self::Ramps,
        Self::Shallow,
        Self::Proportional,
        Self::Nearly,
        Self::Stops,
        Self::Equal,
        Self::Tiny,
        Self::TwoKinds,
        Self::Stepped,
        Self::Nodes,
        Self::TightNodes,
    ];
}

/// A question of `n` blocks of 0.2 to 1 MW, 20 to 120 units a MWh: 5,000 blocks are about 3,000 MW.
pub(crate) fn instance(family: Family, n: usize, seed: u64) -> Instance {
    let mut dice = Dice::new(seed ^ ((family as u64 + 1) << 40));
    let nodes = match family {
        Family::Nodes => n.div_ceil(50),
        Family::TightNodes => n.div_ceil(20),
        _ => 0,
    };
    let mut classes = Vec::with_capacity(n);
    for i in 0..n {
        let mut class = block(family, &mut dice);
        class.node = (nodes > 0).then(|| (i % nodes) as u32);
        classes.push(class);
    }
    let whole = |c: &Class| c.choices.last().copied();
    let total: i64 = classes.iter().filter_map(whole).map(|c| c.gain).sum();
    let mut caps = vec![0_i64; nodes];
    for (i, class) in classes.iter().enumerate().filter(|_| nodes > 0) {
        caps[i % nodes] += whole(class).map_or(0, |c| c.load);
    }
    for cap in &mut caps {
        *cap = *cap * dice.between(30, 90) / 100;
    }
    let need = match family {
        Family::Nodes | Family::TightNodes => caps.iter().sum::<i64>() / 100 * dice.between(30, 95),
        Family::Shallow => total / 100 * dice.between(1, 10),
        _ => total / 100 * dice.between(10, 85),
    };
    Instance {
        need,
        classes,
        caps,
    }
}

fn block(family: Family, dice: &mut Dice) -> Class {
    let mut watts = dice.between(200_000, 1_000_000);
    // Thousandths of a unit a MWh, and millionths of a unit for a stop.
    let mut rate = dice.between(20_000, 120_000);
    let mut stop = 0;
    match family {
        Family::Proportional => rate = 61_234,
        Family::Nearly => rate = 61_000 + dice.below(60),
        Family::Stops => (rate, stop) = (61_234, 25_000_000),
        Family::Equal => (watts, rate) = (600_000, 61_234),
        Family::Tiny => {
            watts = 600_000 + dice.below(1_000);
            (rate, stop) = (61_234, dice.below(5_000));
        }
        Family::TwoKinds => {
            let small = dice.below(2) == 0;
            (watts, rate) = if small {
                (600_000, 61_234)
            } else {
                (840_000, 61_300)
            };
            stop = dice.below(3) * 1_000;
        }
        Family::Kilowatts => watts = watts / 1_000 * 1_000,
        _ => {}
    }
    let cost = |watts: i64| watts * rate / 1_000 + stop;
    let mut choices = Vec::new();
    if family == Family::Stepped {
        for part in 1..4 {
            let watts = watts * part / 5;
            let cost = cost(watts) + dice.below(100_000);
            choices.push(Choice {
                gain: watts,
                load: watts,
                cost,
            });
        }
    }
    let slow = family == Family::Ramps && dice.below(3) == 0;
    choices.push(Choice {
        gain: if slow {
            watts * dice.between(30, 90) / 100
        } else {
            watts
        },
        load: watts,
        cost: cost(watts),
    });
    Class {
        node: None,
        choices,
    }
}
