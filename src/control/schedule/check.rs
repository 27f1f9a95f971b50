//! The second opinion on a schedule: each block is walked through the steps anew, and the bound is proven again from
//! the schedule's own prices, with nothing of the planner's arithmetic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Call, Part, Schedule};
use crate::control::interlock::{Candidate, SHED_HOURS_CAP, reasons};
use crate::control::plan::{Terms, Unit, Worth};
use crate::domain::fleet::{Block, BlockState};
use crate::domain::ids::BlockKey;
use crate::domain::order::{OrderKind, Reason};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// What is wrong with a schedule, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Not as many figures as steps, too many steps, or blocks out of order.
    #[error("the schedule's lists are not in order")]
    Form,
    /// A block that is not there, or may not be called.
    #[error("the schedule calls {}, which may not be called", name(.0))]
    Unusable(BlockKey),
    /// A target that the block can't hold.
    #[error("{} can't hold the target", name(.0))]
    Target(BlockKey),
    /// Calls too soon, too short, too close to each other or too many.
    #[error("the calls of {} break its times, its starts or its contract", name(.0))]
    Times(BlockKey),
    /// Figures of a block that are not so.
    #[error("the figures of {} are not what its block says", name(.0))]
    Figures(BlockKey),
    /// A call that nothing needs.
    #[error("{} is called without need", name(.0))]
    Needless(BlockKey),
    /// Sums that are not so.
    #[error("the schedule's sums are not those of its blocks")]
    Sums,
    /// Less is off at the end of a step than is wanted.
    #[error("step {} falls short by {:.3} MW", .0 + 1, .1.megawatts())]
    Short(usize, Power),
    /// More comes back in a step than may.
    #[error("step {} gives back {:.3} MW too much", .0 + 1, .1.megawatts())]
    GiveBack(usize, Power),
    /// More is off at a node than may be.
    #[error("node {0} would exceed its limit")]
    Node(Arc<str>),
    /// The bound is better than its prices prove.
    #[error("the schedule's bound is not proven")]
    Bound,
}

fn name(key: &BlockKey) -> String {
    format!("{} {}", key.site.as_str(), key.block.as_str())
}

/// Checks a schedule against the blocks that it was made from.
pub fn check(
    schedule: &Schedule,
    candidates: &[Candidate<'_>],
    operator: &str,
    now: Timestamp,
    terms: &Terms,
) -> Result<(), Flaw> {
    let steps = schedule.profile.wanted.len();
    let formed = (1..=super::MOST_STEPS).contains(&steps)
        && schedule.shed.len() == steps
        && schedule.parts.is_sorted_by(|a, b| a.key < b.key)
        && schedule.profile.step >= Duration::from_secs(1);
    if !formed {
        return Err(Flaw::Form);
    }
    let mut usable: BTreeMap<BlockKey, Own<'_>> = BTreeMap::new();
    for candidate in candidates {
        if let Some(own) = own(candidate, schedule, operator, now, terms) {
            usable.insert(candidate.block.key(), own);
        }
    }
    let mut sums = Sums {
        shed: vec![0; steps],
        back: vec![0; steps],
        nodes: BTreeMap::new(),
        worth: 0,
    };
    for part in &schedule.parts {
        let own = usable
            .get(&part.key)
            .ok_or_else(|| Flaw::Unusable(part.key.clone()))?;
        walk(part, own, schedule, &mut sums)?;
    }
    limits(schedule, &sums, &usable)?;
    needed(schedule, &usable)?;
    proven(schedule, &sums, &usable, terms)
}

/// A block as the checker sees it.
struct Own<'a> {
    candidate: &'a Candidate<'a>,
    block: &'a Block,
    /// Milliseconds until it may be called.
    wait: u128,
    /// Targets it may be called to, with what they take off, give up in an hour, and wear.
    targets: Vec<(Power, i64, i64, i64)>,
}

struct Sums {
    shed: Vec<i64>,
    back: Vec<i64>,
    nodes: BTreeMap<Arc<str>, Vec<i64>>,
    worth: i128,
}

/// None where it may not be called in these steps at all.
fn own<'a>(
    candidate: &'a Candidate<'a>,
    schedule: &Schedule,
    operator: &str,
    now: Timestamp,
    terms: &Terms,
) -> Option<Own<'a>> {
    let block = candidate.block;
    let mut wait = 0;
    for reason in reasons(candidate, OrderKind::Curtail, operator, now) {
        match reason {
            Reason::MinimumOn { left } => wait = left.as_millis(),
            _ => return None,
        }
    }
    let whole = schedule.profile.step.as_millis() * schedule.profile.wanted.len() as u128;
    let step = schedule.profile.step.as_millis();
    if wait.div_ceil(step) * step >= whole {
        return None;
    }
    let draws = block.power?.watts();
    let heat = match block.limits.must_run_until {
        Some(until) if until <= now => 0,
        _ => block.limits.must_run.watts(),
    };
    let bottom = block.floor.watts().max(heat);
    let end = match block.state {
        BlockState::Ramping => draws.min(block.target.watts()),
        BlockState::Restoring => draws.max(block.target.watts()),
        _ => draws,
    };
    let mut targets = vec![bottom];
    for step in block.steps.iter().map(|step| step.watts()) {
        if step > bottom
            && step < block.target.watts()
            && !targets.contains(&step)
            && targets.len() < 4
        {
            targets.push(step);
        }
    }
    let targets = targets
        .into_iter()
        .filter(|target| end > *target && draws > bottom)
        .map(|target| {
            let depth = end - target;
            let (hourly, wear) = prices(candidate, depth, draws, terms);
            (Power::from_watts(target), depth, hourly, wear)
        })
        .collect();
    Some(Own {
        candidate,
        block,
        wait,
        targets,
    })
}

/// What `depth` off gives up in an hour, and what the call wears.
fn prices(candidate: &Candidate<'_>, depth: i64, draws: i64, terms: &Terms) -> (i64, i64) {
    let power = i128::from(draws.max(1));
    let part = i128::from(depth).min(power);
    let rate = (candidate.block.hashrate.hs() / 1e9).round() as i128;
    let hours = candidate
        .block
        .limits
        .shed_hours_30d
        .clamp(0.0, SHED_HOURS_CAP);
    let thousandths = (hours * 1e3).round() as i128;
    let owed = |value: i128| value.saturating_mul(thousandths) / (SHED_HOURS_CAP * 1e3) as i128;
    let narrow = |value: i128| value.clamp(-(1 << 44), 1 << 44) as i64;
    match &terms.worth {
        Worth::Money(money) => {
            let tariff = money
                .tariffs
                .get(&candidate.site.id)
                .unwrap_or(&money.tariff);
            let product = rate.saturating_mul(part).saturating_mul(money.hash.into());
            let value = product.div_euclid(power * 24_000_000);
            let energy = (part * i128::from(*tariff)).div_euclid(1_000_000);
            let wear = (part * i128::from(money.stop)).div_euclid(power);
            (
                narrow(value.saturating_add(owed(value)) - energy),
                narrow(wear),
            )
        }
        Worth::Hashrate => {
            let value = if rate == 0 {
                part * 50
            } else {
                rate.saturating_mul(part) / power
            };
            (narrow(value.saturating_add(owed(value))), 0)
        }
    }
}

/// Watts off so long after a call to `depth`, when nothing else comes.
fn fallen(block: &Block, depth: i64, after: u128) -> i64 {
    let notice = block.limits.notice.as_millis();
    if after < notice {
        return 0;
    }
    let ramp = block.limits.ramp_down_w_s.watts();
    if ramp <= 0 {
        return depth;
    }
    let fell = (after - notice).min(1 << 40) as i128 * i128::from(ramp) / 1_000;
    fell.min(depth.into()) as i64
}

/// Watts still off so many steps after a restore from `depth`.
fn risen(block: &Block, depth: i64, step: Duration, count: usize) -> i64 {
    let ramp = i128::from(block.limits.ramp_up_w_s.watts());
    if ramp <= 0 {
        return 0;
    }
    let each = ramp * step.as_millis() as i128 / 1_000;
    (i128::from(depth) - each * count as i128).max(0) as i64
}

/// What it gives up in a step at whose end so many watts are off.
fn step_cost(hourly: i64, watts: i64, depth: i64, step: Duration) -> i128 {
    let an_hour = (3_600_000 / step.as_millis().max(1)) as i128;
    (i128::from(hourly) * i128::from(watts)).div_euclid(i128::from(depth) * an_hour)
}

fn ceil(time: Duration, step: Duration) -> usize {
    time.as_millis().div_ceil(step.as_millis()).min(1 << 20) as usize
}

/// Fewest steps of a call of that depth, and from its restore to the next call.
fn pauses(own: &Own<'_>, depth: i64, step: Duration) -> (usize, usize) {
    let block = own.block;
    let millis = step.as_millis();
    let arrives = (1..=super::MOST_STEPS as u128 + 1)
        .find(|count| fallen(block, depth, count * millis) >= depth)
        .map_or(usize::MAX, |count| count as usize);
    let off = ceil(block.limits.min_off, step).max(arrives).max(1);
    let returns = |depth: i64| {
        let never = super::MOST_STEPS + 1;
        (1..=never)
            .find(|count| risen(block, depth, step, *count) == 0)
            .unwrap_or(never)
    };
    let slowest = match block.limits.ramp_up_w_s.watts() {
        1.. => own
            .targets
            .iter()
            .map(|(_, depth, ..)| returns(*depth))
            .max()
            .unwrap_or(0),
        _ => 0,
    };
    (off, 1 + ceil(block.limits.min_on, step).max(slowest))
}

/// Walks a part through the steps: its times, its figures, and what it adds to the sums.
fn walk(part: &Part, own: &Own<'_>, schedule: &Schedule, sums: &mut Sums) -> Result<(), Flaw> {
    let step = schedule.profile.step;
    let steps = schedule.profile.wanted.len();
    let times = || Flaw::Times(part.key.clone());
    let limits = &own.block.limits;
    let restores = part
        .calls
        .iter()
        .filter(|call| call.until.is_some())
        .count() as u32;
    let starts = limits
        .starts_per_hour
        .map(|most| most.saturating_sub(limits.starts_last_hour));
    if part.calls.is_empty()
        || part.calls.len() > super::MOST_CALLS
        || limits
            .calls_left
            .is_some_and(|left| part.calls.len() > left as usize)
        || starts.is_some_and(|most| restores > most)
    {
        return Err(times());
    }
    let mut off = vec![0; steps];
    let mut worth = 0;
    let mut ready = own.wait.div_ceil(step.as_millis()) as usize;
    for (at, call) in part.calls.iter().enumerate() {
        let found = own
            .targets
            .iter()
            .find(|(target, ..)| *target == call.target);
        let Some((_, depth, hourly, wear)) = found.copied() else {
            return Err(Flaw::Target(part.key.clone()));
        };
        let (least, rest) = pauses(own, depth, step);
        let until = call.until.unwrap_or(steps);
        let long = call
            .until
            .is_none_or(|until| until < steps && until - call.from.min(until) >= least);
        let ends_well = call.until.is_some() || at + 1 == part.calls.len();
        if call.from < ready || call.from >= steps || !long || !ends_well {
            return Err(times());
        }
        ready = until.saturating_add(rest);
        worth += i128::from(wear);
        let mut before = 0;
        for (now, sum) in off.iter_mut().enumerate().skip(call.from) {
            let watts = if now < until {
                fallen(
                    own.block,
                    depth,
                    (now + 1 - call.from) as u128 * step.as_millis(),
                )
            } else {
                risen(own.block, depth, step, now + 1 - until)
            };
            *sum += watts;
            worth += step_cost(hourly, watts, depth, step);
            sums.back[now] += (before - watts).max(0);
            before = watts;
        }
    }
    let said: Vec<i64> = part.shed.iter().map(|watts| watts.watts()).collect();
    if said != off || i128::from(part.worth) != worth {
        return Err(Flaw::Figures(part.key.clone()));
    }
    let node = sums
        .nodes
        .entry(own.candidate.site.grid_node.clone())
        .or_insert_with(|| vec![0; steps]);
    for at in 0..steps {
        node[at] += off[at];
        sums.shed[at] += off[at];
    }
    sums.worth += worth;
    Ok(())
}

fn limits(
    schedule: &Schedule,
    sums: &Sums,
    usable: &BTreeMap<BlockKey, Own<'_>>,
) -> Result<(), Flaw> {
    let said = schedule.shed.iter().map(|watts| watts.watts());
    if !said.eq(sums.shed.iter().copied()) || i128::from(schedule.value) != sums.worth {
        return Err(Flaw::Sums);
    }
    for (at, wanted) in schedule.profile.wanted.iter().enumerate() {
        let short = wanted.watts() - sums.shed[at];
        if short > 0 {
            return Err(Flaw::Short(at, Power::from_watts(short)));
        }
        let over = sums.back[at] - schedule.profile.give_back.watts();
        if over > 0 {
            return Err(Flaw::GiveBack(at, Power::from_watts(over)));
        }
    }
    for own in usable.values() {
        let site = own.candidate.site;
        let carried = sums.nodes.get(&site.grid_node).and_then(|n| n.iter().max());
        if let (Some(limit), Some(most)) = (site.node_limit, carried)
            && *most > limit.watts()
        {
            return Err(Flaw::Node(site.grid_node.clone()));
        }
    }
    Ok(())
}

/// No call could be left out whole with every step still met.
fn needed(schedule: &Schedule, usable: &BTreeMap<BlockKey, Own<'_>>) -> Result<(), Flaw> {
    let step = schedule.profile.step;
    for part in &schedule.parts {
        let Some(own) = usable.get(&part.key) else {
            continue;
        };
        let depth = |call: &Call| {
            let found = own
                .targets
                .iter()
                .find(|(target, ..)| *target == call.target);
            found.map_or(0, |(_, depth, ..)| *depth)
        };
        for call in &part.calls {
            let until = call.until.unwrap_or(usize::MAX);
            let spare = schedule
                .profile
                .wanted
                .iter()
                .enumerate()
                .skip(call.from)
                .all(|(now, wanted)| {
                    let watts = if now < until {
                        fallen(
                            own.block,
                            depth(call),
                            (now + 1 - call.from) as u128 * step.as_millis(),
                        )
                    } else {
                        risen(own.block, depth(call), step, now + 1 - until)
                    };
                    watts == 0 || schedule.shed[now].watts() - watts >= wanted.watts()
                });
            if spare {
                return Err(Flaw::Needless(part.key.clone()));
            }
        }
    }
    Ok(())
}

/// The bound from its prices: every usable block does what is cheapest for it at them.
fn proven(
    schedule: &Schedule,
    sums: &Sums,
    usable: &BTreeMap<BlockKey, Own<'_>>,
    terms: &Terms,
) -> Result<(), Flaw> {
    let steps = schedule.profile.wanted.len();
    let dual = &schedule.dual;
    let lists = dual.nodes.values().chain([&dual.cover, &dual.back]);
    let unit = match terms.worth {
        Worth::Money(_) => Unit::Money,
        Worth::Hashrate => Unit::Hashrate,
    };
    // A charge is there for one reason only: some block is better off shed.
    let earns = usable
        .values()
        .flat_map(|own| &own.targets)
        .any(|(_, _, hourly, _)| *hourly < 0);
    let formed = lists
        .clone()
        .all(|list| list.len() == steps && list.iter().all(|price| *price >= 0));
    if !formed || schedule.unit != unit || schedule.charge < 0 || (schedule.charge > 0 && !earns) {
        return Err(Flaw::Bound);
    }
    let mut ticks = 0_i128;
    for at in 0..steps {
        ticks += i128::from(dual.cover[at]) * i128::from(schedule.profile.wanted[at].watts());
        ticks -= i128::from(dual.back[at]) * i128::from(schedule.profile.give_back.watts());
    }
    for (node, list) in &dual.nodes {
        let limit = usable
            .values()
            .filter(|own| own.candidate.site.grid_node == *node)
            .filter_map(|own| own.candidate.site.node_limit)
            .min()
            .ok_or(Flaw::Bound)?;
        ticks -= list
            .iter()
            .map(|price| i128::from(*price) * i128::from(limit.watts()))
            .sum::<i128>();
    }
    for own in usable.values() {
        ticks += cheapest(own, schedule);
    }
    let bound = ticks.div_euclid(1 << 16);
    let off: i128 = sums.shed.iter().map(|watts| i128::from(*watts)).sum();
    let charged = sums.worth + off * i128::from(schedule.charge);
    // What no schedule undercuts is at least nothing, with the charge on what is shed.
    let most = sums.worth - (charged - bound.max(0)).max(0);
    if i128::from(schedule.bound) <= most {
        Ok(())
    } else {
        Err(Flaw::Bound)
    }
}

/// Where a block stands at the beginning of a step: ready, so many steps into a call, or so many after one's restore.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stand {
    Ready,
    Off(usize, usize),
    Back(usize, usize),
}

/// The least a block can cost at the schedule's prices, by walking all it may do, step by step.
fn cheapest(own: &Own<'_>, schedule: &Schedule) -> i128 {
    let step = schedule.profile.step;
    let steps = schedule.profile.wanted.len();
    let limits = &own.block.limits;
    let first = own.wait.div_ceil(step.as_millis()) as usize;
    let calls = limits
        .calls_left
        .map_or(usize::MAX, |left| left as usize)
        .min(super::MOST_CALLS);
    let starts = limits.starts_per_hour.map_or(usize::MAX, |most| {
        most.saturating_sub(limits.starts_last_hour) as usize
    });
    let node = schedule.dual.nodes.get(&own.candidate.site.grid_node);
    let pause: Vec<(usize, usize)> = own.targets.iter().map(|t| pauses(own, t.1, step)).collect();
    let price = |at: usize, target: usize, was: i64, watts: i64| {
        let (_, depth, hourly, _) = own.targets[target];
        let worth =
            i128::from(schedule.dual.cover[at]) - node.map_or(0, |list| i128::from(list[at]));
        let cost =
            step_cost(hourly, watts, depth, step) + i128::from(schedule.charge) * i128::from(watts);
        cost * (1 << 16) - worth * i128::from(watts)
            + i128::from(schedule.dual.back[at]) * i128::from((was - watts).max(0))
    };
    let down = |target: usize, count: usize| {
        fallen(
            own.block,
            own.targets[target].1,
            count as u128 * step.as_millis(),
        )
    };
    let up = |target: usize, count: usize| risen(own.block, own.targets[target].1, step, count);
    let mut now: BTreeMap<(usize, Stand), i128> = BTreeMap::from([((0, Stand::Ready), 0)]);
    for at in 0..steps {
        let mut next: BTreeMap<(usize, Stand), i128> = BTreeMap::new();
        let mut reach = |made: usize, stand: Stand, sum: i128| {
            let least = next.entry((made, stand)).or_insert(sum);
            *least = sum.min(*least);
        };
        for ((made, stand), sum) in now {
            let stand = match stand {
                Stand::Back(target, count) if count >= pause[target].1 => Stand::Ready,
                other => other,
            };
            match stand {
                Stand::Ready => {
                    reach(made, Stand::Ready, sum);
                    for target in 0..own.targets.len() {
                        if made < calls && at >= first {
                            let cost = (i128::from(own.targets[target].3) << 16)
                                + price(at, target, 0, down(target, 1));
                            reach(made + 1, Stand::Off(target, 1), sum + cost);
                        }
                    }
                }
                Stand::Off(target, count) => {
                    let watts = down(target, count);
                    let stays = price(at, target, watts, down(target, count + 1));
                    reach(made, Stand::Off(target, count + 1), sum + stays);
                    if count >= pause[target].0 && made <= starts {
                        let back = price(at, target, watts, up(target, 1));
                        reach(made, Stand::Back(target, 1), sum + back);
                    }
                }
                Stand::Back(target, count) => {
                    let rises = price(at, target, up(target, count), up(target, count + 1));
                    reach(made, Stand::Back(target, count + 1), sum + rises);
                }
            }
        }
        now = next;
    }
    now.into_values().min().unwrap_or(0)
}
