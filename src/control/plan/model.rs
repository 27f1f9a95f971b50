//! What may be done with each block, as the solver's question, and the solver's answer as offers.

use std::collections::BTreeMap;

use super::solve::{Answer, Choice, Class, Instance, solve};
use super::worth::{Terms, Worth, brought, efficiency, given_up};
use super::{Ask, Proof, Unit};
use crate::control::amount::Amount;
use crate::control::interlock::{Candidate, lowest};
use crate::control::sheddable::arriving;
use crate::domain::fleet::{Block, BlockState};
use crate::domain::ids::SiteId;
use crate::domain::order::OrderKind;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// One way of moving one block.
#[derive(Clone, Copy)]
pub(super) struct Offer<'a> {
    pub(super) candidate: &'a Candidate<'a>,
    pub(super) target: Power,
    /// What the target moves in the end.
    pub(super) moved: Power,
    /// What of it counts within the time asked.
    pub(super) counts: Power,
    /// What it gives up or brings.
    pub(super) worth: i64,
}

/// What was chosen, in the order of keys.
pub(super) struct Made<'a> {
    pub(super) offers: Vec<Offer<'a>>,
    pub(super) proof: Proof,
}

/// Why nothing could be chosen.
pub(super) enum Refused {
    /// This is the most.
    TooMuch(Power),
    /// This is the least.
    TooLittle(Power),
}

/// All that the block could move.
pub(super) fn full(block: &Block, kind: OrderKind, now: Timestamp) -> Power {
    match kind {
        OrderKind::Curtail => moves(block, kind, lowest(block, now)),
        OrderKind::Restore => moves(block, kind, block.nameplate),
    }
}

/// What a target would move beyond what the block is on its way to already: another desk's order is not counted twice.
pub fn moves(block: &Block, kind: OrderKind, target: Power) -> Power {
    let Some(power) = block.power else {
        return Power::ZERO;
    };
    match kind {
        OrderKind::Curtail => (settled(block, power) - target).or_zero(),
        OrderKind::Restore => (target - settled(block, power)).or_zero(),
    }
}

/// What the block draws once the order that it is following is done.
pub(super) fn settled(block: &Block, power: Power) -> Power {
    match block.state {
        BlockState::Ramping => power.min(block.target),
        BlockState::Restoring => power.max(block.target),
        _ => power,
    }
}

/// Every offer of a block, the deepest first.
fn offers<'a>(
    candidate: &'a Candidate<'a>,
    ask: Ask,
    now: Timestamp,
    worth: impl Fn(Power) -> i64,
) -> Vec<Offer<'a>> {
    let block = candidate.block;
    let lowest = lowest(block, now);
    let end = match ask.kind {
        OrderKind::Curtail => lowest,
        OrderKind::Restore => block.nameplate,
    };
    let mut targets = vec![end];
    for step in &block.steps {
        // A curtailment never raises a target, a restore never lowers one.
        let on_the_way = match ask.kind {
            OrderKind::Curtail => *step > lowest && *step < block.target,
            OrderKind::Restore => *step > block.target && *step >= lowest && *step < end,
        };
        if on_the_way && !targets.contains(step) {
            targets.push(*step);
        }
    }
    let offer = |target: Power| {
        let moved = moves(block, ask.kind, target);
        let counts = match ask.kind {
            OrderKind::Curtail => arriving(block, moved, ask.within),
            OrderKind::Restore => moved,
        };
        Offer {
            candidate,
            target,
            moved,
            counts,
            worth: worth(moved),
        }
    };
    targets.into_iter().map(offer).collect()
}

/// Numbers of the nodes that state a limit, and the limits.
struct Nodes<'a> {
    numbers: BTreeMap<&'a str, u32>,
    limits: Vec<i64>,
}

impl<'a> Nodes<'a> {
    fn of(usable: &[&'a Candidate<'a>]) -> Self {
        let mut nodes = Self {
            numbers: BTreeMap::new(),
            limits: Vec::new(),
        };
        for candidate in usable {
            let site = candidate.site;
            if let Some(limit) = site.node_limit {
                let next = nodes.limits.len() as u32;
                let number = *nodes.numbers.entry(&site.grid_node).or_insert(next);
                if number == next {
                    nodes.limits.push(limit.watts());
                }
                let least = &mut nodes.limits[number as usize];
                *least = limit.watts().min(*least);
            }
        }
        nodes
    }

    fn number(&self, candidate: &Candidate<'_>) -> Option<u32> {
        self.numbers.get(&*candidate.site.grid_node).copied()
    }
}

/// The best choice of offers.
pub(super) fn choose<'a>(
    usable: &[&'a Candidate<'a>],
    ask: Ask,
    wanted: Power,
    now: Timestamp,
    terms: &Terms,
) -> Result<Made<'a>, Refused> {
    match ask.kind {
        OrderKind::Curtail => shed(usable, ask, wanted, now, terms),
        OrderKind::Restore => give(usable, ask, wanted, now, terms),
    }
}

fn shed<'a>(
    usable: &[&'a Candidate<'a>],
    ask: Ask,
    wanted: Power,
    now: Timestamp,
    terms: &Terms,
) -> Result<Made<'a>, Refused> {
    let nodes = Nodes::of(usable);
    let ways: Vec<Vec<Offer<'a>>> = usable
        .iter()
        .map(|c| {
            offers(c, ask, now, |moved| {
                given_up(&terms.worth, c.site, c.block, moved)
            })
        })
        .collect();
    let unit = match terms.worth {
        Worth::Money(_) => Unit::Money,
        Worth::Hashrate => Unit::Hashrate,
    };
    // Where shedding earns money, a watt is charged what the best of them earns: never is more shed for the money.
    let charge = ways
        .iter()
        .flatten()
        .filter(|o| o.worth < 0 && o.moved > Power::ZERO)
        .map(|o| -o.worth.div_euclid(o.moved.watts()))
        .max()
        .unwrap_or(0);
    let charged = |o: &Offer<'_>| price(o, charge);
    let (mut instance, halves) = question(usable, &ways, &nodes, wanted, charge);
    if ask.amount == Amount::All {
        let offers: Vec<Offer<'a>> = ways.iter().map(|w| w[0]).collect();
        if fits(usable, &offers, &nodes) {
            let value = worth(&offers);
            let bound = value;
            return Ok(Made {
                offers,
                proof: Proof { unit, value, bound },
            });
        }
        // More than all: what comes back is the most that the nodes' limits leave.
        let all = ways.iter().map(|w| w[0].moved.watts()).sum::<i64>();
        instance.need = all.saturating_add(1);
    }
    let mut answer = solve(&instance, terms.steps);
    if let (Answer::Short { most }, Amount::All) = (&answer, ask.amount) {
        instance.need = *most;
        answer = solve(&instance, terms.steps);
    }
    let best = match answer {
        Answer::Best(best) => best,
        Answer::Short { most } => return Err(Refused::TooMuch(Power::from_watts(most))),
    };
    let mut picks = best.picks;
    ease(&instance, &mut picks);
    let offers: Vec<Offer<'a>> = picks
        .iter()
        .zip(&ways)
        .filter_map(|(pick, offers)| {
            let counting: Vec<&Offer<'a>> =
                offers.iter().filter(|o| o.counts > Power::ZERO).collect();
            pick.map(|at| *counting[at])
        })
        .collect();
    let value = worth(&offers);
    let charged: i128 = offers.iter().map(charged).sum();
    let apart = (charged - (i128::from(best.bound) << halves)).max(0);
    let proof = Proof {
        unit,
        value,
        bound: value.saturating_sub(apart as i64),
    };
    Ok(Made { offers, proof })
}

/// What an offer gives up, with the charge on what it moves: never negative.
fn price(offer: &Offer<'_>, charge: i64) -> i128 {
    i128::from(offer.worth) + i128::from(charge) * i128::from(offer.moved.watts())
}

fn worth(offers: &[Offer<'_>]) -> i64 {
    offers
        .iter()
        .fold(0_i64, |sum, o| sum.saturating_add(o.worth))
}

/// Does no node move more than its limit?
fn fits(usable: &[&Candidate<'_>], offers: &[Offer<'_>], nodes: &Nodes<'_>) -> bool {
    let mut left = nodes.limits.clone();
    for (candidate, offer) in usable.iter().zip(offers) {
        if let Some(node) = nodes.number(candidate) {
            left[node as usize] -= offer.moved.watts();
        }
    }
    left.iter().all(|left| *left >= 0)
}

/// What the solver is asked. What no sum could hold exactly is rounded down, by so many halves; real fleets are far
/// below.
fn question(
    usable: &[&Candidate<'_>],
    ways: &[Vec<Offer<'_>>],
    nodes: &Nodes<'_>,
    wanted: Power,
    charge: i64,
) -> (Instance, u32) {
    let most = |way: &Vec<Offer<'_>>| way.iter().map(|o| price(o, charge)).max().unwrap_or(0);
    let all: i128 = ways.iter().map(most).sum();
    let mut halves = 0;
    while all >> halves >= 1 << 46 {
        halves += 1;
    }
    let class = |(candidate, offers): (&&Candidate<'_>, &Vec<Offer<'_>>)| Class {
        node: nodes.number(candidate),
        // What does not count in time is no choice.
        choices: offers
            .iter()
            .filter(|o| o.counts > Power::ZERO)
            .map(|o| Choice {
                gain: o.counts.watts(),
                load: o.moved.watts(),
                cost: (price(o, charge) >> halves) as i64,
            })
            .collect(),
    };
    let instance = Instance {
        need: wanted.watts(),
        classes: usable.iter().zip(ways).map(class).collect(),
        caps: nodes.limits.clone(),
    };
    (instance, halves)
}

/// Takes back what the need is met without, the dearest first: where costs are equal or nothing, so the search may have
/// left it.
fn ease(instance: &Instance, picks: &mut [Option<usize>]) {
    let gain = |class: usize, pick: Option<usize>| {
        pick.map_or(0, |at| instance.classes[class].choices[at].gain)
    };
    let mut over = picks
        .iter()
        .enumerate()
        .map(|(class, pick)| gain(class, *pick))
        .sum::<i64>()
        - instance.need;
    let mut order: Vec<(i64, usize)> = picks
        .iter()
        .enumerate()
        .filter_map(|(class, pick)| {
            pick.map(|at| (-instance.classes[class].choices[at].cost, class))
        })
        .collect();
    order.sort_unstable();
    for (_, class) in order {
        let Some(at) = picks[class] else { continue };
        let now = instance.classes[class].choices[at];
        let less = std::iter::once(None)
            .chain((0..instance.classes[class].choices.len()).map(Some))
            .filter(|pick| {
                let (gain, load, cost) = pick.map_or((0, 0, 0), |at| {
                    let c = instance.classes[class].choices[at];
                    (c.gain, c.load, c.cost)
                });
                gain < now.gain && now.gain - gain <= over && load <= now.load && cost <= now.cost
            })
            .min_by_key(|pick| gain(class, *pick));
        if let Some(less) = less {
            over -= now.gain - gain(class, less);
            picks[class] = less;
        }
    }
}

fn give<'a>(
    usable: &[&'a Candidate<'a>],
    ask: Ask,
    wanted: Power,
    now: Timestamp,
    terms: &Terms,
) -> Result<Made<'a>, Refused> {
    let nodes = Nodes::of(usable);
    let known = efficiencies(usable);
    let ways: Vec<Vec<Offer<'a>>> = usable
        .iter()
        .map(|c| {
            let own = efficiency(c.block).or_else(|| known.get(&c.site.id).copied());
            offers(c, ask, now, |moved| brought(moved, own))
        })
        .collect();
    let whole: i64 = ways.iter().map(|w| w[0].moved.watts()).sum();
    if wanted.watts() > whole {
        return Err(Refused::TooMuch(Power::from_watts(whole)));
    }
    // Seen from all of it given back: what must be kept off, at the least hashrate that it would have brought.
    let mut caps: Vec<i64> = vec![0; nodes.limits.len()];
    for (name, number) in &nodes.numbers {
        let drawn = terms.node_loads.get(*name).map_or(0, |load| load.watts());
        caps[*number as usize] = (nodes.limits[*number as usize] - drawn).max(0);
    }
    let mut classes = Vec::with_capacity(ways.len());
    for (candidate, offers) in usable.iter().zip(&ways) {
        let node = nodes.number(candidate);
        let full = &offers[0];
        if let Some(node) = node {
            caps[node as usize] -= full.moved.watts();
        }
        let mut choices: Vec<Choice> = offers[1..]
            .iter()
            .map(|o| (o.moved, o.worth))
            .chain([(Power::ZERO, 0)])
            .map(|(moved, worth)| Choice {
                gain: (full.moved - moved).watts(),
                load: (moved - full.moved).watts(),
                cost: full.worth - worth,
            })
            .collect();
        if full.moved <= Power::ZERO {
            choices.clear();
        }
        classes.push(Class { node, choices });
    }
    let instance = Instance {
        need: whole - wanted.watts(),
        classes,
        caps,
    };
    let best = match solve(&instance, terms.steps) {
        Answer::Best(best) => best,
        // Giving back nothing keeps every limit, so there is always an answer.
        Answer::Short { .. } => return Err(Refused::TooMuch(Power::ZERO)),
    };
    let offers: Vec<Offer<'a>> = best
        .picks
        .iter()
        .zip(&ways)
        .filter_map(|(pick, offers)| match pick {
            None => Some(offers[0]),
            Some(at) => offers.get(at + 1).copied(),
        })
        .filter(|o| o.moved > Power::ZERO || ask.amount == Amount::All)
        .collect();
    if offers.is_empty() {
        let steps = ways
            .iter()
            .flatten()
            .map(|o| o.moved)
            .filter(|m| *m > Power::ZERO);
        return Err(Refused::TooLittle(steps.min().unwrap_or(Power::ZERO)));
    }
    let all: i64 = ways.iter().map(|w| w[0].worth).sum();
    let proof = Proof {
        unit: Unit::Hashrate,
        value: offers.iter().map(|o| o.worth).sum(),
        bound: all - best.bound,
    };
    Ok(Made { offers, proof })
}

/// Each site's mean efficiency of what runs there: what its other blocks are taken for.
fn efficiencies<'a>(usable: &[&'a Candidate<'a>]) -> BTreeMap<&'a SiteId, i64> {
    let mut sums: BTreeMap<&SiteId, (i64, i64)> = BTreeMap::new();
    for candidate in usable {
        if let Some(own) = efficiency(candidate.block) {
            let sum = sums.entry(&candidate.site.id).or_default();
            *sum = (sum.0 + own, sum.1 + 1);
        }
    }
    sums.into_iter()
        .map(|(site, (sum, count))| (site, sum / count))
        .collect()
}
