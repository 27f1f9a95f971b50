//! The search around one base: its bound, good answers, and the exact rest.

use super::groups::Groups;
use super::near::Core;
use super::states::{Limits, ROOT, State, Trace, least, meet};
use super::{Found, tolerance};

/// Groups up to which every last tick is looked for; more groups are proven to the rounding of their costs.
pub(super) const SMALL: usize = 256;
/// How many states a half search may have, as a power of two.
pub(super) const BITS: usize = 10;

/// A search around one base.
pub(super) struct Search<'a> {
    pub(super) groups: &'a Groups,
    pub(super) rate: f64,
    pub(super) base: Vec<u32>,
    pub(super) start: State,
    /// What turns `y` into a bound on `z`.
    pub(super) offset: i64,
    pub(super) bound: i64,
    pub(super) value: i64,
    pub(super) pick: Option<Vec<u32>>,
    /// About how many groups leave their first point.
    pub(super) taken: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(groups: &'a Groups, need: i64, rate: f64, base: &[u32], offset: i64) -> Self {
        let mut start = State {
            x: -need,
            y: 0,
            z: 0,
            from: ROOT,
        };
        for b in base {
            let p = groups.points[*b as usize];
            start.x += p.x;
            start.y += p.y;
            start.z += p.z;
        }
        let bound =
            offset + start.y + (rate * -(start.x as f64)).floor() as i64 - groups.len() as i64;
        let mut new = Self {
            groups,
            rate,
            base: base.to_vec(),
            start,
            offset,
            bound,
            value: i64::MAX,
            pick: None,
            taken: 0,
        };
        new.taken = base
            .iter()
            .enumerate()
            .filter(|(g, b)| **b as usize != groups.range(*g).start)
            .count();
        if start.x >= 0 {
            new.value = start.z;
            new.pick = Some(base.to_vec());
        }
        new
    }

    /// The cheapest single change that meets the need.
    pub(super) fn complete(&mut self) {
        let mut best = None;
        for (g, b) in self.base.iter().enumerate() {
            let p = self.groups.points[*b as usize];
            for to in self.groups.range(g) {
                let q = self.groups.points[to];
                let z = self.start.z + q.z - p.z;
                if self.start.x + q.x - p.x >= 0 && z < self.value {
                    self.value = z;
                    best = Some((g, to as u32));
                }
            }
        }
        if let Some((g, to)) = best {
            let mut pick = self.base.clone();
            pick[g] = to;
            self.pick = Some(pick);
        } else if self.pick.is_none() {
            self.pile();
        }
    }

    /// Is so much left open that a closer look for a good answer pays?
    pub(super) fn wide(&self) -> bool {
        Core::new(self.groups, &self.base, self.rate, self.room()).len() > 200
    }

    /// Takes the most of one group after another, the least dear first, until the need is met.
    pub(super) fn pile(&mut self) {
        let slope = |g: usize| {
            let p = self.groups.points[self.base[g] as usize];
            self.groups
                .range(g)
                .filter(|to| self.groups.points[*to].x > p.x)
                .map(|to| {
                    let q = self.groups.points[to];
                    ((q.z - p.z) as f64 / (q.x - p.x) as f64, g, to)
                })
                .min_by(|a, b| a.0.total_cmp(&b.0))
        };
        let mut ways: Vec<_> = (0..self.base.len()).filter_map(slope).collect();
        ways.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut s = self.start;
        let mut pick = self.base.clone();
        for (_, g, to) in ways {
            let (p, q) = (self.groups.points[pick[g] as usize], self.groups.points[to]);
            s.x += q.x - p.x;
            s.z += q.z - p.z;
            pick[g] = to as u32;
            if s.x >= 0 {
                if s.z < self.value {
                    self.value = s.z;
                    self.pick = Some(pick);
                }
                return;
            }
        }
    }

    pub(super) fn room(&self) -> i64 {
        self.value.saturating_sub(self.bound)
    }

    pub(super) fn meet(&mut self, bits: usize) {
        let room = self.room();
        let core = Core::new(self.groups, &self.base, self.rate, room);
        let mut trace = Trace::new();
        if let Some((a, b)) = meet(&core, self.start, &mut self.value, bits, &mut trace) {
            let mut pick = self.base.clone();
            core.follow(&trace, a.from, &mut pick);
            core.follow(&trace, b.from, &mut pick);
            self.pick = Some(pick);
        }
    }

    pub(super) fn finish(&mut self, limits: &mut Limits) {
        let margin = if self.groups.len() <= SMALL {
            0
        } else {
            tolerance(self.taken, self.groups.len()) / 2
        };
        if self.room() <= margin * 2 {
            return;
        }
        let core = Core::new(self.groups, &self.base, self.rate, self.room());
        let mut trace = Trace::new();
        let (found, lost) = least(
            &core,
            self.start,
            self.offset,
            &mut self.value,
            margin,
            &mut trace,
            limits,
        );
        if let Some(s) = found {
            let mut pick = self.base.clone();
            core.follow(&trace, s.from, &mut pick);
            self.pick = Some(pick);
        }
        if self.value < i64::MAX {
            self.bound = self.bound.max(lost.min(self.value - margin));
        }
    }

    pub(super) fn found(self) -> Option<Found> {
        let bound = self.bound;
        self.pick.map(|p| (p, bound))
    }
}
