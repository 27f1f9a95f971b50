//! The linear relaxation: each group may be split between neighbours on its lower hull, so the cheapest steps by cost
//! per watt are taken until the need is met. It gives the base that the exact search starts from, and its bound.

use super::groups::Groups;

/// One step along a group's hull.
#[derive(Clone, Copy)]
struct Step {
    rate: f64,
    group: u32,
    to: u32,
    dx: i64,
    dload: i64,
}

/// Caps on the load of nodes; `node[g]` is the node of group `g`.
pub(super) struct Caps<'a> {
    pub(super) node: &'a [Option<u32>],
    pub(super) room: Vec<i64>,
}

/// Where the relaxation came out.
pub(super) struct Relaxed {
    /// The point taken of each group.
    pub(super) base: Vec<u32>,
    /// Cost per unit of `x` at the break.
    pub(super) rate: f64,
    /// Did the steps suffice?
    pub(super) reached: bool,
    /// Nodes whose cap binds.
    pub(super) closed: Vec<bool>,
    /// How many groups left their first point, the split one counted by its part; only without caps.
    pub(super) count: f64,
}

/// Takes steps in the order of their rates until `need` is met. A tie goes to the earlier group.
pub(super) fn relax(groups: &Groups, need: i64, caps: Option<&Caps<'_>>) -> Relaxed {
    let mut steps = Vec::with_capacity(groups.points.len());
    let mut base = Vec::with_capacity(groups.len());
    let mut sum = 0_i64;
    let mut room = caps.map(|c| c.room.clone()).unwrap_or_default();
    let mut hull: Vec<u32> = Vec::new();
    let mut rest: Vec<u32> = Vec::new();
    let mut count = 0.0;
    for group in 0..groups.len() {
        let range = groups.range(group);
        let start = lower_hull(groups, range.clone(), &mut hull, &mut rest);
        base.push(start);
        let p = groups.points[start as usize];
        if start as usize != range.start {
            count += 1.0;
        }
        sum += p.x;
        if let Some(node) = caps.and_then(|c| c.node[group]) {
            room[node as usize] -= p.load;
        }
        let mut from = p;
        for &to in &hull[1..] {
            let q = groups.points[to as usize];
            steps.push(Step {
                rate: (q.y - from.y) as f64 / (q.x - from.x) as f64,
                group: group as u32,
                to,
                dx: q.x - from.x,
                dload: q.load - from.load,
            });
            from = q;
        }
    }
    match caps {
        None => split(groups, need, sum, base, steps, count),
        Some(caps) => {
            steps.sort_unstable_by(order);
            walk(need, caps.node, room, sum, base, &steps)
        }
    }
}

/// Step by step under caps: nodes that must be relieved first, then the cheapest steps that their nodes still take.
fn walk(
    need: i64,
    node: &[Option<u32>],
    mut room: Vec<i64>,
    mut sum: i64,
    mut base: Vec<u32>,
    steps: &[Step],
) -> Relaxed {
    let node_of = |step: &Step| node[step.group as usize].map(|n| n as usize);
    let mut closed = vec![false; room.len()];
    let mut done = vec![false; steps.len()];
    for (at, step) in steps.iter().enumerate() {
        if let Some(node) = node_of(step)
            && room[node] < 0
            && step.dload < 0
        {
            room[node] -= step.dload;
            sum += step.dx;
            base[step.group as usize] = step.to;
            closed[node] = true;
            done[at] = true;
        }
    }
    let mut rate = 0.0_f64;
    for (at, step) in steps.iter().enumerate() {
        if sum >= need {
            break;
        }
        if done[at] {
            continue;
        }
        if let Some(node) = node_of(step) {
            if closed[node] && step.dload > 0 {
                continue;
            }
            if step.dload > room[node] && step.dload > 0 {
                // The node takes a part of this step and no other.
                closed[node] = true;
                let part = i128::from(step.dx) * i128::from(room[node].max(0));
                sum += (part / i128::from(step.dload)) as i64;
                rate = step.rate;
                continue;
            }
            room[node] -= step.dload;
        }
        rate = step.rate;
        sum += step.dx;
        if sum <= need {
            base[step.group as usize] = step.to;
        }
    }
    Relaxed {
        base,
        rate: rate.max(0.0),
        reached: sum >= need,
        closed,
        count: 0.0,
    }
}

fn order(a: &Step, b: &Step) -> std::cmp::Ordering {
    a.rate
        .total_cmp(&b.rate)
        .then(a.group.cmp(&b.group))
        .then(a.to.cmp(&b.to))
}

/// The same without caps: the break is found by halving, without putting all steps in order.
fn split(
    groups: &Groups,
    need: i64,
    mut sum: i64,
    mut base: Vec<u32>,
    mut steps: Vec<Step>,
    mut count: f64,
) -> Relaxed {
    let mut rest = &mut steps[..];
    let mut rate = 0.0;
    let mut part = 0.0;
    let mut reached = sum >= need;
    while sum < need && !rest.is_empty() {
        let middle = rest.len() / 2;
        let (_, pivot, _) = rest.select_nth_unstable_by(middle, order);
        let pivot = *pivot;
        let below: i64 = rest[..middle].iter().map(|s| s.dx).sum();
        if sum + below >= need {
            rest = &mut rest[..middle];
            continue;
        }
        take(groups, &rest[..middle], &mut base, &mut count);
        sum += below;
        rate = pivot.rate;
        if sum + pivot.dx > need {
            part = (need - sum) as f64 / pivot.dx as f64;
            reached = true;
            break;
        }
        take(groups, &[pivot], &mut base, &mut count);
        sum += pivot.dx;
        reached = sum >= need;
        rest = &mut rest[middle + 1..];
    }
    Relaxed {
        base,
        rate: rate.max(0.0),
        reached,
        closed: Vec::new(),
        count: count + part,
    }
}

/// Moves groups along their hulls; of several steps of a group the furthest stands.
fn take(groups: &Groups, steps: &[Step], base: &mut [u32], count: &mut f64) {
    for step in steps {
        let at = &mut base[step.group as usize];
        if *at as usize == groups.range(step.group as usize).start {
            *count += 1.0;
        }
        if groups.points[step.to as usize].x > groups.points[*at as usize].x {
            *at = step.to;
        }
    }
}

/// The lower convex hull from the group's cheapest point (the one with the most `x` of those) towards more `x`.
fn lower_hull(
    groups: &Groups,
    range: std::ops::Range<usize>,
    hull: &mut Vec<u32>,
    rest: &mut Vec<u32>,
) -> u32 {
    let points = &groups.points;
    hull.clear();
    let mut start = range.start;
    for at in range.clone() {
        let (p, s) = (points[at], points[start]);
        if p.y < s.y || (p.y == s.y && p.x > s.x) {
            start = at;
        }
    }
    hull.push(start as u32);
    if range.len() == 2 {
        let other = if start == range.start {
            range.start + 1
        } else {
            range.start
        };
        if points[other].x > points[start].x {
            hull.push(other as u32);
        }
        return start as u32;
    }
    rest.clear();
    rest.extend(
        range
            .filter(|at| points[*at].x > points[start].x)
            .map(|at| at as u32),
    );
    rest.sort_unstable_by_key(|at| (points[*at as usize].x, points[*at as usize].y, *at));
    for &at in rest.iter() {
        let q = points[at as usize];
        while hull.len() > 1 {
            let (a, b) = (
                points[hull[hull.len() - 2] as usize],
                points[hull[hull.len() - 1] as usize],
            );
            let bad = i128::from(b.y - a.y) * i128::from(q.x - b.x)
                >= i128::from(q.y - b.y) * i128::from(b.x - a.x);
            if !bad && q.x > b.x {
                break;
            }
            if q.x == b.x {
                break;
            }
            hull.pop();
        }
        let last = points[hull[hull.len() - 1] as usize];
        if q.x > last.x {
            hull.push(at);
        }
    }
    start as u32
}
