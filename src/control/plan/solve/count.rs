//! Plans of at most so many blocks and plans of more, each half with its own price on a block: where the relaxation
//! splits a block, the halves' bounds are far better than the whole's.

use super::Found;
use super::groups::Groups;
use super::relax::{Relaxed, relax};
use super::search::{BITS, Search};
use super::states::Limits;
use super::tolerance;

/// No caps: relaxation, a good answer, then the exact search of what is left.
pub(super) fn plain(
    groups: &Groups,
    need: i64,
    relaxed: &Relaxed,
    limits: &mut Limits,
) -> Option<Found> {
    let count = relaxed.count;
    let mut best = Search::new(groups, need, relaxed.rate, &relaxed.base, 0);
    best.complete();
    best.meet(BITS);
    let tol = tolerance(count as usize, groups.len());
    if best.room() > tol && best.wide() {
        best.meet(BITS + 2);
    }
    if best.value.saturating_sub(best.bound) <= tol {
        return best.found();
    }
    let width = std::mem::replace(&mut limits.width, 4_000);
    best.finish(limits);
    limits.width = width;
    if best.value.saturating_sub(best.bound) <= tol {
        return best.found();
    }
    // A plan takes at most or more than so many blocks: each half has a better bound than the whole.
    let few = count.floor().max(0.0) as usize;
    let mut bound = i64::MAX;
    let mut halves = Vec::new();
    if fewest(groups, need) <= few {
        halves.push((few, -1));
    }
    halves.push((few + 1, 1));
    let mut value = best.value;
    let mut pick = best.pick.take();
    let mut open = Vec::new();
    for (count, sign) in halves {
        let (lifted, r, by) = by_count(
            groups,
            need,
            count,
            sign,
            best.bound,
            best.rate,
            value.saturating_sub(tol),
        );
        open.push((lifted, r, by, count));
    }
    let mut searches: Vec<Search<'_>> = open
        .iter()
        .map(|(g, r, by, count)| {
            let mut s = Search::new(g, need, r.rate, &r.base, by * *count as i64);
            s.bound = s.bound.max(best.bound);
            s
        })
        .collect();
    for s in &mut searches {
        if s.value > value {
            s.value = value;
            s.pick = None;
        }
        s.complete();
        s.meet(BITS);
        if s.room() > tol && s.wide() {
            s.meet(BITS + 2);
        }
        if s.value < value {
            value = s.value;
            pick = s.pick.take();
        }
    }
    for s in &mut searches {
        if s.value > value {
            s.value = value;
            s.pick = None;
        }
        s.finish(limits);
        if s.value < value {
            value = s.value;
            pick = s.pick.take();
        }
        bound = bound.min(s.bound);
    }
    pick.map(|p| (p, bound))
}

/// Fewest groups that can meet the need.
fn fewest(groups: &Groups, need: i64) -> usize {
    let mut gains: Vec<i64> = (0..groups.len())
        .map(|g| {
            groups
                .range(g)
                .map(|at| groups.points[at].x)
                .max()
                .unwrap_or(0)
        })
        .collect();
    gains.sort_unstable_by(|a, b| b.cmp(a));
    let mut sum = 0;
    gains
        .iter()
        .take_while(|g| {
            let go = sum < need;
            sum += **g;
            go
        })
        .count()
}

fn lifted(groups: &Groups, by: i64) -> Groups {
    let mut out = Groups {
        points: groups.points.clone(),
        ends: groups.ends.clone(),
    };
    for g in 0..groups.len() {
        for at in groups.range(g).skip(1) {
            out.points[at].y -= by;
        }
    }
    out
}

/// The price of a block that lifts the bound most, where at most (`sign` -1) or at least (+1) `count` are taken.
fn by_count(
    groups: &Groups,
    need: i64,
    count: usize,
    sign: i64,
    plain: i64,
    rate: f64,
    enough: i64,
) -> (Groups, Relaxed, i64) {
    let eval = |by: i64| {
        let g = lifted(groups, by);
        let r = relax(&g, need, None);
        let mut short = need;
        let mut y = 0;
        let mut taken = 0_i64;
        for (i, b) in r.base.iter().enumerate() {
            let p = g.points[*b as usize];
            short -= p.x;
            y += p.y;
            taken += i64::from(*b as usize != g.range(i).start);
        }
        let bound = y + (r.rate * short as f64) as i64 + by * count as i64;
        let part = if short > 0 {
            (r.count - taken as f64).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (bound, count as f64 - taken as f64 - part, g, r)
    };
    let (bound0, slope0, g0, r0) = eval(0);
    // Towards `sign`; slopes are seen from there.
    let mut low = (0_i64, bound0, slope0);
    let mut high: Option<(i64, i64, f64)> = None;
    let mut top = (bound0.max(plain), 0, g0, r0);
    let mut by = sign
        * ((rate * groups.points.iter().map(|p| p.x).max().unwrap_or(0) as f64 / 1000.0) as i64
            + 1);
    for _ in 0..16 {
        let (bound, slope, g, r) = eval(by);
        if bound > top.0 {
            top = (bound, by, g, r);
        }
        if slope.abs() < 1e-9 || top.0 >= enough {
            break;
        }
        if slope * sign as f64 > 0.0 {
            low = (by, bound, slope);
        } else {
            high = Some((by, bound, slope));
        }
        let next = match high {
            None => by.saturating_mul(8),
            Some(h) => {
                // Where the two lines meet.
                let b = ((h.1 - low.1) as f64 + low.2 * low.0 as f64 - h.2 * h.0 as f64)
                    / (low.2 - h.2);
                (b.round() as i64).clamp(low.0.min(h.0), h.0.max(low.0))
            }
        };
        if next == by || next == low.0 || high.is_some_and(|h| h.0 == next) {
            break;
        }
        by = next;
    }
    (top.2, top.3, top.1)
}
