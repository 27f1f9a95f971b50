//! The groups that can still matter, nearest to the break first.

use std::ops::Range;

use super::groups::Groups;
use super::states::{ROOT, Trace};

/// A way to leave a group's base point.
#[derive(Clone, Copy)]
pub(super) struct Alt {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) z: i64,
    /// Its changes in `Core::changes`.
    pub(super) first: u32,
    pub(super) count: u32,
}

/// Groups that matter, with what is left to gain beyond each.
pub(super) struct Core {
    alts: Vec<Alt>,
    ends: Vec<u32>,
    /// What an alternative changes: groups and their new points.
    changes: Vec<(u32, u32)>,
    /// Least cost per unit of more `x` from this group on.
    dearer: Vec<f64>,
    /// Most cost saved per unit of less `x` from this group on.
    cheaper: Vec<f64>,
}

/// A group, or a bundle of such, with its alternatives and what they cost per unit.
struct Near {
    apart: f64,
    group: u32,
    dearer: f64,
    cheaper: f64,
    alts: Range<usize>,
}

impl Core {
    /// Leaves out every point that costs `room` more than the base's bound, and orders the rest by nearness.
    pub(super) fn new(groups: &Groups, base: &[u32], rate: f64, room: i64) -> Self {
        let mut alts = Vec::new();
        let mut changes = Vec::new();
        let list = collect(groups, base, rate, room, &mut alts, &mut changes);
        let list = bundle(&list, rate, room, &mut alts, &mut changes);
        let list = by_turns(list, rate);
        let mut core = Self {
            alts: Vec::with_capacity(alts.len()),
            ends: Vec::new(),
            changes,
            dearer: vec![f64::INFINITY; list.len() + 1],
            cheaper: vec![f64::NEG_INFINITY; list.len() + 1],
        };
        for (at, near) in list.iter().enumerate().rev() {
            core.dearer[at] = core.dearer[at + 1].min(near.dearer);
            core.cheaper[at] = core.cheaper[at + 1].max(near.cheaper);
        }
        for near in &list {
            core.alts.extend_from_slice(&alts[near.alts.clone()]);
            core.ends.push(core.alts.len() as u32);
        }
        core
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn alts(&self, at: usize) -> &[Alt] {
        let first = if at == 0 {
            0
        } else {
            self.ends[at - 1] as usize
        };
        &self.alts[first..self.ends[at] as usize]
    }

    /// What completing a state that is `x` above the need must cost at least, from group `next` on.
    pub(super) fn completion(&self, next: usize, x: i64) -> i64 {
        if x < 0 {
            let rate = self.dearer[next];
            if rate.is_finite() {
                (-x as f64 * rate) as i64 - 4
            } else {
                i64::MAX / 4
            }
        } else {
            let rate = self.cheaper[next];
            if x > 0 && rate > 0.0 {
                (-(x as f64) * rate) as i64 - 4
            } else {
                0
            }
        }
    }

    /// Follows a state's steps back into `base`.
    pub(super) fn follow(&self, trace: &Trace, mut from: u32, base: &mut [u32]) {
        while from != ROOT {
            let (before, first, count) = trace[from as usize];
            for (group, to) in &self.changes[first as usize..(first + count) as usize] {
                base[*group as usize] = *to;
            }
            from = before;
        }
    }
}

/// Every point within `room` of the bound, by group, nearest to the break first.
fn collect(
    groups: &Groups,
    base: &[u32],
    rate: f64,
    room: i64,
    alts: &mut Vec<Alt>,
    changes: &mut Vec<(u32, u32)>,
) -> Vec<Near> {
    let mut list: Vec<Near> = Vec::new();
    for (group, at) in base.iter().enumerate() {
        let b = groups.points[*at as usize];
        let first = alts.len();
        let (mut dearer, mut cheaper) = (f64::INFINITY, f64::NEG_INFINITY);
        for to in groups.range(group) {
            if to == *at as usize {
                continue;
            }
            let p = groups.points[to];
            let (x, y) = (p.x - b.x, p.y - b.y);
            let slack = y as f64 - rate * x as f64;
            if slack >= room as f64 + 2.0 || (x == 0 && y >= 0) {
                continue;
            }
            alts.push(Alt {
                x,
                y,
                z: p.z - b.z,
                first: changes.len() as u32,
                count: 1,
            });
            changes.push((group as u32, to as u32));
            let slope = y as f64 / x as f64;
            if x > 0 {
                dearer = dearer.min(slope);
            } else if x < 0 {
                cheaper = cheaper.max(slope);
            }
        }
        if alts.len() > first {
            let apart = (dearer - rate).min(rate - cheaper).max(0.0);
            list.push(Near {
                apart,
                group: group as u32,
                dearer,
                cheaper,
                alts: first..alts.len(),
            });
        }
    }
    list.sort_unstable_by(|a, b| {
        let (p, q) = (alts[a.alts.start], alts[b.alts.start]);
        a.apart
            .total_cmp(&b.apart)
            .then(p.x.cmp(&q.x))
            .then(p.y.cmp(&q.y))
            .then(a.group.cmp(&b.group))
    });
    list
}

/// Groups that are alike go in bundles of 1, 2, 4, ...: which of them are taken makes no difference.
fn bundle(
    list: &[Near],
    rate: f64,
    room: i64,
    alts: &mut Vec<Alt>,
    changes: &mut Vec<(u32, u32)>,
) -> Vec<Near> {
    let mut bundled: Vec<Near> = Vec::new();
    let mut at = 0;
    while at < list.len() {
        let same = |n: &Near| {
            let (p, q) = (alts[list[at].alts.start], alts[n.alts.start]);
            n.alts.len() == 1 && list[at].alts.len() == 1 && (p.x, p.y, p.z) == (q.x, q.y, q.z)
        };
        let run = 1 + list[at + 1..].iter().take_while(|n| same(n)).count();
        let one = alts[list[at].alts.start];
        let slack = one.y as f64 - rate * one.x as f64;
        let mut left = if slack > 0.0 {
            run.min(((room as f64 / slack) as usize).saturating_add(1))
        } else {
            run
        };
        if left <= 2 {
            for n in &list[at..at + left] {
                bundled.push(Near {
                    alts: n.alts.clone(),
                    ..*n
                });
            }
        } else {
            let mut from = at;
            let mut size = 1;
            while left > 0 {
                let take = size.min(left);
                let first = changes.len() as u32;
                for n in &list[from..from + take] {
                    let change = changes[alts[n.alts.start].first as usize];
                    changes.push(change);
                }
                let many = take as i64;
                alts.push(Alt {
                    x: one.x * many,
                    y: one.y * many,
                    z: one.z * many,
                    first,
                    count: take as u32,
                });
                bundled.push(Near {
                    alts: alts.len() - 1..alts.len(),
                    ..list[at]
                });
                from += take;
                left -= take;
                size *= 2;
            }
        }
        at += run;
    }
    bundled
}

/// Ways up and ways down alternate where they are alike, so that sums can be made from both.
fn by_turns(list: Vec<Near>, rate: f64) -> Vec<Near> {
    let (ups, downs): (Vec<Near>, Vec<Near>) = list.into_iter().partition(|n| n.dearer.is_finite());
    let mut list = Vec::with_capacity(ups.len() + downs.len());
    let (mut ups, mut downs) = (ups.into_iter().peekable(), downs.into_iter().peekable());
    let alike = rate * 1e-5;
    let mut up = true;
    loop {
        let first = match (ups.peek(), downs.peek()) {
            (None, None) => break,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) if (a.apart - b.apart).abs() <= alike => up,
            (Some(a), Some(b)) => a.apart < b.apart,
        };
        up = !first;
        list.extend(if first { ups.next() } else { downs.next() });
    }
    list
}
