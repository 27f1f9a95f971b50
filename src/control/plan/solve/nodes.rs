//! A node whose cap binds, solved by itself: every way to treat its blocks that could be part of the best plan becomes
//! one point of a group.

use super::groups::{Groups, Point};
use super::near::Core;
use super::relax::relax;
use super::states::{Limits, ROOT, State, Trace, within};

/// What a node can do: points in `x` and `y` as of the whole, and the choices behind each.
pub(super) struct Front {
    pub(super) points: Vec<Point>,
    pub(super) picks: Vec<Vec<(u32, u32)>>,
    /// No way has less `y - rate * x` than this.
    pub(super) floor: i64,
    /// Nothing within the room asked is missing.
    pub(super) exact: bool,
}

/// The base with as few changes as it takes to meet the need: the cheapest single one, else the greatest in turn.
fn mend(own: &Groups, base: &[u32], start: State) -> Option<Vec<u32>> {
    let mut picks = base.to_vec();
    let mut x = start.x;
    if x >= 0 {
        return Some(picks);
    }
    let single = (0..own.len())
        .flat_map(|g| own.range(g).map(move |to| (g, to)))
        .filter(|(g, to)| x + own.points[*to].x - own.points[base[*g] as usize].x >= 0)
        .min_by_key(|(g, to)| own.points[*to].y - own.points[base[*g] as usize].y);
    if let Some((g, to)) = single {
        picks[g] = to as u32;
        return Some(picks);
    }
    for (g, pick) in picks.iter_mut().enumerate() {
        let from = own.points[*pick as usize];
        if let Some(to) = own.range(g).max_by_key(|to| own.points[*to].x)
            && own.points[to].x > from.x
        {
            x += own.points[to].x - from.x;
            *pick = to as u32;
            if x >= 0 {
                return Some(picks);
            }
        }
    }
    None
}

/// The node's best ways at `rate`, all that are within `room` of the best. None where the caps can't be kept or the
/// search was ended.
pub(super) fn front(
    groups: &Groups,
    members: &[u32],
    cap: i64,
    rate: f64,
    room: i64,
    limits: &mut Limits,
) -> Option<Front> {
    let mut own = Groups::default();
    for member in members {
        own.push(groups.range(*member as usize).map(|at| {
            let p = groups.points[at];
            Point {
                x: -p.load,
                y: p.y - (rate * p.x as f64) as i64,
                z: p.x,
                load: 0,
            }
        }));
    }
    let relaxed = relax(&own, -cap, None);
    if !relaxed.reached {
        return None;
    }
    let at = |pick: u32| own.points[pick as usize];
    let sum = |f: fn(&Point) -> i64| relaxed.base.iter().map(|b| f(&at(*b))).sum::<i64>();
    let start = State {
        x: sum(|p| p.x) + cap,
        y: sum(|p| p.y),
        z: sum(|p| p.z),
        from: ROOT,
    };
    let bound = start.y + (relaxed.rate * (-start.x) as f64).floor() as i64 - own.len() as i64;
    // A first way that keeps the cap, so that the search has something to undercut.
    let mended = mend(&own, &relaxed.base, start)?;
    let first: i64 = mended.iter().map(|pick| at(*pick).y).sum();
    let mut trace = Trace::new();
    // Within ever more room: the first way found is seldom near the best.
    let span = first.saturating_sub(bound).max(0);
    let margin = room.saturating_add(2 + own.len() as i64);
    let mut guess = (span / 64).max(1);
    let (mut bases, floor, exact) = loop {
        let bar = guess.min(span);
        trace.clear();
        let core = Core::new(
            &own,
            &relaxed.base,
            relaxed.rate,
            bar.saturating_add(margin),
        );
        let best = bound.saturating_add(bar);
        let Some((states, best)) = within(&core, start, room, best, &mut trace, limits) else {
            break (vec![mended], bound, false);
        };
        if states.iter().any(|s| s.y <= bound.saturating_add(bar)) || bar >= span {
            let bases = states.iter().map(|s| {
                let mut base = relaxed.base.clone();
                core.follow(&trace, s.from, &mut base);
                base
            });
            break (bases.collect(), best, true);
        }
        guess = guess.saturating_mul(4);
    };
    if bases.is_empty() {
        bases.push(mend(&own, &relaxed.base, start)?);
    }
    let mut front = Front {
        points: Vec::new(),
        picks: Vec::new(),
        floor,
        exact,
    };
    for base in bases {
        let mut picks = Vec::with_capacity(members.len());
        let (mut x, mut y, mut z) = (0, 0, 0);
        for (i, member) in members.iter().enumerate() {
            let offset = base[i] - own.range(i).start as u32;
            let to = groups.range(*member as usize).start as u32 + offset;
            let p = groups.points[to as usize];
            x += p.x;
            y += p.y;
            z += p.z;
            picks.push((*member, to));
        }
        front.points.push(Point { x, y, z, load: 0 });
        front.picks.push(picks);
    }
    // Only what is not undercut is of use to the whole.
    let mut order: Vec<usize> = (0..front.points.len()).collect();
    order.sort_by_key(|i| (-front.points[*i].x, front.points[*i].y));
    let mut least = i64::MAX;
    order.retain(|i| {
        let keep = front.points[*i].y < least;
        least = least.min(front.points[*i].y);
        keep
    });
    Some(Front {
        floor,
        exact,
        points: order.iter().map(|i| front.points[*i]).collect(),
        picks: order
            .iter()
            .map(|i| std::mem::take(&mut front.picks[*i]))
            .collect(),
    })
}
