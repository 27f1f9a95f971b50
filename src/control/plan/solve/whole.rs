//! Caps that bind: each such node becomes one group, made of all its ways that could be part of the best plan.

use super::groups::{Groups, Point};
use super::nodes::{Front, front};
use super::relax::relax;
use super::search::{BITS, Search};
use super::states::Limits;
use super::{Found, Instance, tolerance};

/// With caps that bind: those nodes become one group each.
pub(super) fn whole(
    instance: &Instance,
    groups: &Groups,
    live: &[Option<u32>],
    alone: &[bool],
    mut rate: f64,
    limits: &mut Limits,
) -> Option<Found> {
    let need = instance.need;
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); alone.len()];
    let mut free: Vec<u32> = Vec::new();
    for (g, n) in live.iter().enumerate() {
        match n {
            Some(n) if alone[*n as usize] => members[*n as usize].push(g as u32),
            _ => free.push(g as u32),
        }
    }
    // A first guess at how far from the bound the best plan can be.
    let total: i64 = (rate * need as f64) as i64;
    let mut room = (total / (groups.len() as i64 + 1) / 16).max(1);
    let mut best: Option<(i64, Vec<u32>)> = None;
    // The rate whose bound, fronts at their best, is highest.
    let mut dual = (i64::MIN, rate);
    let mut floor = i64::MIN;
    let widest: f64 = groups.points.iter().map(|p| p.x.abs() as f64).sum();
    let steepest = (1_i64 << 58) as f64 / widest.max(1.0);
    for round in 0..12 {
        let (joint, fronts) = join(instance, groups, &free, &members, rate, room, limits)?;
        // What any plan must cost at this rate, all fronts taken at their best.
        let v = |p: &Point| p.y as f64 - rate * p.x as f64;
        let least: f64 = (0..free.len())
            .map(|g| {
                joint
                    .range(g)
                    .map(|i| v(&joint.points[i]))
                    .fold(f64::INFINITY, f64::min)
            })
            .sum();
        let fronted: i64 = fronts.iter().map(|f| f.floor).sum();
        let floor_here =
            (least + rate * need as f64).floor() as i64 + fronted - 2 * groups.len() as i64;
        if floor_here > dual.0 {
            dual = (floor_here, rate);
        }
        let exact = fronts.iter().all(|f| f.exact);
        let relaxed = relax(&joint, need, None);
        let mut search = Search::new(&joint, need, relaxed.rate, &relaxed.base, 0);
        let lp = search.bound;
        // What the fronts leave out costs more than the bound by `room`.
        let left_out = if exact {
            floor_here.saturating_add(room)
        } else {
            floor_here
        };
        floor = floor.max(lp.min(left_out));
        search.complete();
        search.meet(BITS);
        search.finish(limits);
        if let Some(pick) = &search.pick {
            let out = spread(groups, &free, &joint, &fronts, pick);
            floor = floor.max(search.bound.min(left_out));
            if best.as_ref().is_none_or(|(value, _)| search.value < *value) {
                best = Some((search.value, out));
            }
        }
        let more = 4 * groups.len() as i64 + 2;
        if let Some((value, _)) = &best {
            if value - floor <= tolerance(search.taken, groups.len()) || limits.steps == 0 {
                break;
            }
            if round < 3 && search.pick.is_some() {
                let gap = search.value - lp;
                rate = relaxed.rate;
                room = gap + gap / 8 + more;
            } else {
                // No better rate comes of it: all that could still matter is looked at.
                rate = dual.1;
                room = value - dual.0 + more;
            }
        } else {
            // Ways with more gain, whatever they cost, as far as sums stay exact.
            if round > 6 {
                break;
            }
            room = room.saturating_mul(16).min(1 << 56);
            rate = (rate.max(relaxed.rate) * 64.0).clamp(65_536.0, steepest.max(65_536.0));
        }
        if limits.steps == 0 {
            break;
        }
    }
    best.map(|(_, out)| (out, floor))
}

/// Free groups as they are, then a group for each node that stands alone.
fn join(
    instance: &Instance,
    groups: &Groups,
    free: &[u32],
    members: &[Vec<u32>],
    rate: f64,
    room: i64,
    limits: &mut Limits,
) -> Option<(Groups, Vec<Front>)> {
    let mut joint = Groups::default();
    let mut fronts = Vec::new();
    for g in free {
        joint.push(groups.range(*g as usize).map(|at| groups.points[at]));
    }
    for (n, m) in members.iter().enumerate().filter(|(_, m)| !m.is_empty()) {
        let front = front(groups, m, instance.caps[n], rate, room, limits)?;
        joint.push(front.points.iter().copied());
        fronts.push(front);
    }
    Some((joint, fronts))
}

/// What a pick of the joint groups means for the groups themselves.
fn spread(
    groups: &Groups,
    free: &[u32],
    joint: &Groups,
    fronts: &[Front],
    pick: &[u32],
) -> Vec<u32> {
    let mut out: Vec<u32> = (0..groups.len())
        .map(|g| groups.range(g).start as u32)
        .collect();
    for (i, p) in pick.iter().enumerate() {
        let which = *p as usize - joint.range(i).start;
        if let Some(g) = free.get(i) {
            out[*g as usize] += which as u32;
        } else {
            for (g, to) in &fronts[i - free.len()].picks[which] {
                out[*g as usize] = *to;
            }
        }
    }
    out
}

/// The most that can be gained under the caps, and how.
pub(super) fn most(
    instance: &Instance,
    groups: &Groups,
    live: &[Option<u32>],
    limits: &mut Limits,
) -> (Vec<u32>, i64) {
    let points = &groups.points;
    let mut picks: Vec<u32> = Vec::with_capacity(groups.len());
    let mut members = vec![Vec::new(); instance.caps.len()];
    for (g, node) in live.iter().enumerate() {
        let start = groups.range(g).start;
        let best = groups
            .range(g)
            .min_by_key(|at| (-points[*at].x, points[*at].y))
            .unwrap_or(start);
        match node {
            Some(node) => {
                members[*node as usize].push(g as u32);
                picks.push(start as u32);
            }
            None => picks.push(best as u32),
        }
    }
    for (n, members) in members.iter().enumerate().filter(|(_, m)| !m.is_empty()) {
        // What is lost of each is the cost.
        let mut own = Groups::default();
        for g in members {
            own.push(groups.range(*g as usize).map(|at| Point {
                y: -points[at].x,
                ..points[at]
            }));
        }
        let ids: Vec<u32> = (0..members.len() as u32).collect();
        let Some(front) = front(&own, &ids, instance.caps[n], 0.0, 0, limits) else {
            continue;
        };
        let best = (0..front.points.len()).max_by_key(|i| front.points[*i].x);
        for (i, to) in best.map(|i| &front.picks[i]).into_iter().flatten() {
            let g = members[*i as usize];
            let offset = *to as usize - own.range(*i as usize).start;
            picks[g as usize] = (groups.range(g as usize).start + offset) as u32;
        }
    }
    let sum = picks.iter().map(|p| points[*p as usize].x).sum();
    (picks, sum)
}
