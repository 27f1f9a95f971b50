//! The exact part: states (sum of `x` so far, cost so far) are spread over the groups that matter, nearest to the
//! break first, and dropped where another state is better or their bound shows that they lead nowhere.

use super::groups::Groups;

/// A way to leave a group's base point.
#[derive(Clone, Copy)]
struct Alt {
    x: i64,
    y: i64,
    z: i64,
    /// Its changes in `Core::changes`.
    first: u32,
    count: u32,
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

/// One partial choice.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// Above the need (negative: short).
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) z: i64,
    /// Its last step.
    pub(super) from: u32,
}

/// Marks a state that was made in this round: its `from` names the way.
const NEW: u32 = 1 << 31;

impl State {
    fn after(&self, alt: &Alt, way: usize) -> Self {
        Self {
            x: self.x + alt.x,
            y: self.y + alt.y,
            z: self.z + alt.z,
            from: way as u32 | NEW,
        }
    }

    /// The way by which it was made in this round.
    const fn way(&self) -> Option<usize> {
        if self.from != ROOT && self.from & NEW != 0 {
            Some((self.from & !NEW) as usize)
        } else {
            None
        }
    }
}

/// Steps taken, each with the one before: `(before, first change, count)`.
pub(super) type Trace = Vec<(u32, u32, u32)>;

/// No step.
pub(super) const ROOT: u32 = u32::MAX;

impl Core {
    /// Leaves out every point that costs `room` more than the base's bound, and orders the rest by nearness.
    pub(super) fn new(groups: &Groups, base: &[u32], rate: f64, room: i64) -> Self {
        struct Near {
            near: f64,
            group: u32,
            dearer: f64,
            cheaper: f64,
            alts: std::ops::Range<usize>,
        }
        let mut alts: Vec<Alt> = Vec::new();
        let mut changes: Vec<(u32, u32)> = Vec::new();
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
                let near = (dearer - rate).min(rate - cheaper).max(0.0);
                list.push(Near {
                    near,
                    group: group as u32,
                    dearer,
                    cheaper,
                    alts: first..alts.len(),
                });
            }
        }
        list.sort_unstable_by(|a, b| {
            let (p, q) = (alts[a.alts.start], alts[b.alts.start]);
            a.near
                .total_cmp(&b.near)
                .then(p.x.cmp(&q.x))
                .then(p.y.cmp(&q.y))
                .then(a.group.cmp(&b.group))
        });
        // Groups that are alike go in bundles of 1, 2, 4, ...: which of them are taken makes no difference.
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
        let list = bundled;
        // Ways up and ways down alternate where they are alike, so that sums can be made from both.
        let (ups, downs): (Vec<Near>, Vec<Near>) =
            list.into_iter().partition(|n| n.dearer.is_finite());
        let mut list = Vec::with_capacity(ups.len() + downs.len());
        let (mut ups, mut downs) = (ups.into_iter().peekable(), downs.into_iter().peekable());
        let alike = rate * 1e-5;
        let mut up = true;
        loop {
            let first = match (ups.peek(), downs.peek()) {
                (None, None) => break,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some(a), Some(b)) if (a.near - b.near).abs() <= alike => up,
                (Some(a), Some(b)) => a.near < b.near,
            };
            up = !first;
            list.extend(if first { ups.next() } else { downs.next() });
        }
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

    fn alts(&self, at: usize) -> &[Alt] {
        let first = if at == 0 {
            0
        } else {
            self.ends[at - 1] as usize
        };
        &self.alts[first..self.ends[at] as usize]
    }

    /// What completing a state that is `x` above the need must cost at least, from group `next` on.
    fn completion(&self, next: usize, x: i64) -> i64 {
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
}

/// How much may still be done.
pub(super) struct Limits {
    /// Steps of work.
    pub(super) steps: u64,
    /// Most states kept at once.
    pub(super) width: usize,
}

impl Limits {
    /// Takes the work of a round off what is left. False: it is too much.
    fn afford(&mut self, states: usize, ways: usize) -> bool {
        let work = states as u64 * (ways as u64 + 1);
        let can = states <= self.width && work <= self.steps;
        self.steps -= work.min(self.steps);
        can
    }
}

/// Looks for the state with least `z` and `x >= 0`. `offset` turns a state's `y` into a bound on its `z`; what cannot
/// be better than `best` by `margin` is dropped. Returns the best state, and the least bound of what was not looked at.
pub(super) fn least(
    core: &Core,
    start: State,
    offset: i64,
    best: &mut i64,
    margin: i64,
    trace: &mut Trace,
    limits: &mut Limits,
) -> (Option<State>, i64) {
    let mut found = None;
    let mut list = vec![start];
    let mut next: Vec<State> = Vec::new();
    for at in 0..core.len() {
        if !limits.afford(list.len(), core.alts(at).len()) {
            let bound = list
                .iter()
                .map(|s| offset + s.y + core.completion(at, s.x))
                .min();
            return (found, bound.unwrap_or(i64::MAX));
        }
        next.clear();
        let bar = *best - margin;
        let keep = |s: &State| offset + s.y + core.completion(at + 1, s.x) < bar;
        match core.alts(at) {
            [alt] => {
                // Both lists fall in `x`; they are merged.
                let (mut i, mut j) = (0, 0);
                while i < list.len() || j < list.len() {
                    let take_old =
                        j >= list.len() || (i < list.len() && list[i].x >= list[j].x + alt.x);
                    if take_old {
                        if keep(&list[i]) {
                            next.push(list[i]);
                        }
                        i += 1;
                    } else {
                        let s = list[j];
                        let s = s.after(alt, j);
                        if keep(&s) {
                            next.push(s);
                        }
                        j += 1;
                    }
                }
                thin(&mut next, &list, trace, |_| (alt.first, alt.count));
            }
            alts => {
                for s in &list {
                    if keep(s) {
                        next.push(*s);
                    }
                }
                let mut ways: Vec<(u32, Alt)> = Vec::new();
                for alt in alts {
                    for (j, s) in list.iter().enumerate() {
                        let s = s.after(alt, ways.len());
                        if keep(&s) {
                            ways.push((j as u32, *alt));
                            next.push(s);
                        }
                    }
                }
                next.sort_by(|a, b| b.x.cmp(&a.x).then(a.z.cmp(&b.z)));
                // `from` of a new state names its way; the way names the state before.
                let old: Vec<State> = ways.iter().map(|(j, _)| list[*j as usize]).collect();
                thin(&mut next, &old, trace, |way| {
                    (ways[way].1.first, ways[way].1.count)
                });
            }
        }
        std::mem::swap(&mut list, &mut next);
        for s in &list {
            if s.x < 0 {
                break;
            }
            if s.z < *best {
                *best = s.z;
                found = Some(*s);
            }
        }
        if list.is_empty() {
            break;
        }
    }
    (found, i64::MAX)
}

/// Drops every state that another one with as much `x` undercuts; the others get their step.
fn thin(
    next: &mut Vec<State>,
    before: &[State],
    trace: &mut Trace,
    step: impl Fn(usize) -> (u32, u32),
) {
    let mut least = i64::MAX;
    next.retain_mut(|s| {
        if s.z >= least {
            return false;
        }
        least = s.z;
        if let Some(way) = s.way() {
            let (first, count) = step(way);
            trace.push((before[way].from, first, count));
            s.from = (trace.len() - 1) as u32;
        }
        true
    });
}

/// All states with `x >= 0` whose `y` is within `room` of the least, no two alike in `x` and `z`.
pub(super) fn within(
    core: &Core,
    start: State,
    room: i64,
    mut best: i64,
    trace: &mut Trace,
    limits: &mut Limits,
) -> Option<(Vec<State>, i64)> {
    let mut list = vec![start];
    let mut next: Vec<State> = Vec::new();
    if start.x >= 0 {
        best = best.min(start.y);
    }
    for at in 0..core.len() {
        if !limits.afford(list.len(), core.alts(at).len()) {
            return None;
        }
        next.clear();
        let bar = best.saturating_add(room);
        let keep = |s: &State| s.y + core.completion(at + 1, s.x) <= bar;
        for s in &list {
            if keep(s) {
                next.push(*s);
            }
        }
        let mut ways: Vec<(u32, Alt)> = Vec::new();
        for alt in core.alts(at) {
            for (j, s) in list.iter().enumerate() {
                let s = s.after(alt, ways.len());
                if keep(&s) {
                    if s.x >= 0 {
                        best = best.min(s.y);
                    }
                    ways.push((list[j].from, *alt));
                    next.push(s);
                }
            }
        }
        next.sort_by(|a, b| b.x.cmp(&a.x).then(a.z.cmp(&b.z)).then(a.y.cmp(&b.y)));
        next.dedup_by(|b, a| a.x == b.x && a.z == b.z);
        for s in &mut next {
            if let Some(way) = s.way() {
                let (before, alt) = ways[way];
                trace.push((before, alt.first, alt.count));
                s.from = (trace.len() - 1) as u32;
            }
        }
        std::mem::swap(&mut list, &mut next);
    }
    list.retain(|s| s.x >= 0 && s.y <= best.saturating_add(room));
    Some((list, best))
}

/// The best pair of a state of one half of the nearest groups and a state of the other: a good answer, fast.
pub(super) fn meet(
    core: &Core,
    start: State,
    best: &mut i64,
    bits: usize,
    trace: &mut Trace,
) -> Option<(State, State)> {
    // Ways up and ways down by turns, so that either half can make up for what the other does.
    let (ups, downs): (Vec<usize>, Vec<usize>) =
        (0..core.len().min(2_000)).partition(|at| core.alts(*at)[0].x > 0);
    let mut order = Vec::with_capacity(96);
    for i in 0..48 {
        order.extend(ups.get(i));
        order.extend(downs.get(i));
    }
    let half = |from: usize, start: State, trace: &mut Trace| {
        let mut list = vec![start];
        for (i, &at) in order.iter().enumerate() {
            if list.len() >= 1 << bits {
                break;
            }
            // Of each four, the first and last, or the two between.
            if usize::from(matches!(i % 4, 1 | 2)) != from {
                continue;
            }
            let mut next = list.clone();
            let mut ways: Vec<(u32, Alt)> = Vec::new();
            for alt in core.alts(at).iter().take(16) {
                for s in &list {
                    next.push(s.after(alt, ways.len()));
                    ways.push((s.from, *alt));
                }
            }
            next.sort_by(|a, b| b.x.cmp(&a.x).then(a.z.cmp(&b.z)));
            let mut least = i64::MAX;
            next.retain_mut(|s| {
                if s.z >= least {
                    return false;
                }
                least = s.z;
                if let Some(way) = s.way() {
                    let (before, alt) = ways[way];
                    trace.push((before, alt.first, alt.count));
                    s.from = (trace.len() - 1) as u32;
                }
                true
            });
            list = next;
        }
        list
    };
    let a = half(0, start, trace);
    let b = half(
        1,
        State {
            x: 0,
            y: 0,
            z: 0,
            from: ROOT,
        },
        trace,
    );
    // `a` falls in x and z; `b` is walked from its least x up.
    let mut found = None;
    let mut j = b.len();
    for s in &a {
        // The last of `b` that still suffices: walk while the one before it is too little.
        let mut k = j;
        while k > 0 && b[k - 1].x + s.x < 0 {
            k -= 1;
        }
        j = k;
        if k == 0 {
            break;
        }
        let z = s.z + b[k - 1].z;
        if z < *best {
            *best = z;
            found = Some((*s, b[k - 1]));
        }
    }
    found
}

impl Core {
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
