//! When a plan moves what it moves: a shed is spread over the time asked for unless it hurries, a restore goes as its
//! gateways say that restores go there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::State;
use super::emergency::{is_short, ways_of};
use crate::control::plan::{Course, Move, Plan, last_arrival};
use crate::control::restore::{Queue, Rising, Seen, Turn, Waiting, together};
use crate::domain::fleet::{Block, BlockState};
use crate::domain::ids::{BlockKey, FeedId, OrderId};
use crate::domain::order::OrderKind;
use crate::domain::pacing::{Pacing, Restores};
use crate::domain::units::{Hertz, Power};
use crate::domain::waiting::{Queued, WaitsFor};

/// Why all of a shed goes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AtOnce {
    /// It was asked to go as fast as possible.
    Asked,
    /// The frequency is low.
    Short,
    /// Its gateway can't put blocks off.
    Untold,
}

/// Why nobody can say how long a restore takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaid {
    /// A gateway of it does not tell how restores go there.
    Untold,
    /// It would not begin now.
    Held(WaitsFor),
}

/// What a gateway says of how it paces what it is told.
fn pacing(state: &State, feed: FeedId) -> Pacing {
    let info = state.feed(feed).and_then(|feed| feed.info.as_ref());
    info.map(|info| info.pacing).unwrap_or_default()
}

/// Lays the plan out in the time asked for; none: as fast as possible.
pub(super) fn lay_out(state: &State, plan: &mut Plan, within: Option<Duration>) {
    match (plan.ask.kind, within) {
        (OrderKind::Curtail, Some(within)) => {
            let last = last_arrival(within);
            plan.spread(last, |part| at_once(state, part, false).is_some());
        }
        (OrderKind::Curtail, None) => {}
        (OrderKind::Restore, _) => give_back(state, plan),
    }
}

/// Why this block of a shed is not put off; none: it may be.
pub fn at_once(state: &State, part: &Move, fast: bool) -> Option<AtOnce> {
    if fast {
        Some(AtOnce::Asked)
    } else if is_short(state, part.feed, &part.key.site) {
        Some(AtOnce::Short)
    } else {
        (!pacing(state, part.feed).spreads).then_some(AtOnce::Untold)
    }
}

/// Why nobody can say how long this restore takes; none where it can be said.
pub fn unsaid(state: &State, plan: &Plan) -> Option<Unsaid> {
    let feeds: BTreeSet<FeedId> = plan.moves.iter().map(|part| part.feed).collect();
    feeds.into_iter().find_map(|feed| {
        let Some(restores) = pacing(state, feed).restores else {
            return Some(Unsaid::Untold);
        };
        let mine = mine(plan, feed);
        let seen = seen(state, plan, feed);
        queue(state, &mine)
            .held(&seen, &restores.limits)
            .map(Unsaid::Held)
    })
}

fn mine(plan: &Plan, feed: FeedId) -> Vec<(usize, &Move)> {
    let parts = plan.moves.iter().enumerate();
    parts.filter(|(_, part)| part.feed == feed).collect()
}

/// The blocks of a restore at each gateway, as its pacing lets them.
fn give_back(state: &State, plan: &mut Plan) {
    let feeds: BTreeSet<FeedId> = plan.moves.iter().map(|part| part.feed).collect();
    for feed in feeds {
        let Some(restores) = pacing(state, feed).restores else {
            continue;
        };
        for (at, course) in courses(state, plan, feed, &restores) {
            plan.moves[at].course = course;
        }
    }
}

fn courses(
    state: &State,
    plan: &Plan,
    feed: FeedId,
    restores: &Restores,
) -> Vec<(usize, Option<Course>)> {
    let seen = seen(state, plan, feed);
    let ours = queue(state, &mine(plan, feed));
    let before = before(state, feed);
    let queues: Vec<&Queue> = before.iter().chain([&ours]).collect();
    let rising = rising(state, feed, restores);
    let turns = together(&queues, &seen, &restores.limits, &rising, restores.wakes_ms);
    let course = |turn: Turn| {
        let after = |ms: i64| {
            let ms = ms.saturating_sub(seen.at_ms);
            Duration::from_millis(u64::try_from(ms).unwrap_or(0))
        };
        let from = turn.begins_ms.saturating_add(restores.wakes_ms);
        Course {
            from: after(from.min(turn.back_ms)),
            to: after(turn.back_ms),
        }
    };
    let turns = turns.into_iter().next_back().unwrap_or_default();
    ours.places()
        .zip(turns)
        .map(|(at, turn)| (at, turn.map(course)))
        .collect()
}

/// What the gateway sees, as far as this desk knows. A frequency that is not known here may be known there.
fn seen(state: &State, plan: &Plan, feed: FeedId) -> Seen<'static> {
    let parts = mine(plan, feed);
    let ways = ways_of(
        state,
        parts
            .iter()
            .map(|(_, part)| (feed, &part.key.site, part.moved)),
    );
    let told = ways.iter().filter(|way| way.others.is_empty());
    let hertz = told.filter_map(|way| way.hertz).min();
    Seen {
        at_ms: state.now.millis(),
        now: state.now,
        frequency: hertz.or(Some(Hertz::NOMINAL)),
        mining_w: 0.0,
        instructions: &[],
        rising_w_s: 0.0,
        coming_w: 0.0,
    }
}

/// The plan's own blocks: the most efficient come first there, as far as this desk knows which those are.
fn queue(state: &State, mine: &[(usize, &Move)]) -> Queue {
    let blocks = mine.iter().filter_map(|(at, part)| {
        let block = &state.fleet.block(&part.key)?.block;
        let need = part.moved.watts() as f64 / part.worth.max(1) as f64;
        Some(waiting(*at, block, part.moved, need))
    });
    Queue::new(blocks.collect(), &[])
}

/// What waits there already, order by order. Orders that are held up there take nothing from ours as long as they are.
fn before(state: &State, feed: FeedId) -> Vec<Queue> {
    let told = state.curtailing.queues.get(&feed);
    let mut orders: BTreeMap<OrderId, Vec<Waiting>> = BTreeMap::new();
    for (place, row) in told.iter().flat_map(|queue| queue.rows.iter().enumerate()) {
        if let Some(block) = row_waits(state, place, row) {
            orders.entry(row.by).or_default().push(block);
        }
    }
    let queues = orders.into_values();
    queues.map(|blocks| Queue::new(blocks, &[])).collect()
}

fn row_waits(state: &State, place: usize, row: &Queued) -> Option<Waiting> {
    let key = BlockKey::new(&row.site, &row.block);
    let block = &state.fleet.block(&key)?.block;
    let adds = row.adds.filter(|_| !row.reason.is_held())?;
    // They come in the order in which they are told.
    Some(waiting(place, block, adds, 0.0))
}

fn waiting(place: usize, block: &Block, adds: Power, need: f64) -> Waiting {
    Waiting {
        place,
        watts: adds.watts() as f64,
        up_w_s: block.limits.ramp_up_w_s.watts() as f64,
        down_w_s: block.limits.ramp_down_w_s.watts() as f64,
        joules_per_terahash: need,
    }
}

/// What rises at this gateway already.
fn rising(state: &State, feed: FeedId, restores: &Restores) -> Vec<Rising> {
    let sites = state.fleet.sites.values().filter(|view| view.feed == feed);
    let blocks = sites.flat_map(|view| view.blocks.values());
    let blocks = blocks.filter(|view| view.block.state == BlockState::Restoring);
    let now_ms = state.now.millis();
    blocks
        .filter_map(|view| {
            let block = &view.block;
            let left = (block.target.min(block.nameplate) - block.power?).or_zero();
            let limits = &block.limits;
            let (up, down) = (limits.ramp_up_w_s, limits.ramp_down_w_s);
            let rate_w_s = restores.limits.rise(up.watts() as f64, down.watts() as f64);
            let left_ms = (left.watts() as f64 / rate_w_s.max(1.0) * 1_000.0) as i64;
            Some(Rising {
                until_ms: now_ms.saturating_add(left_ms),
                rate_w_s,
            })
        })
        .collect()
}
