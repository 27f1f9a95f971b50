//! The exact part: states (sum of `x` so far, cost so far) are spread over the groups that matter, nearest to the
//! break first, and dropped where another state is better or their bound shows that they lead nowhere.

use super::near::{Alt, Core};

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
    let firsts = half(0, start, trace);
    let seconds = half(
        1,
        State {
            x: 0,
            y: 0,
            z: 0,
            from: ROOT,
        },
        trace,
    );
    // The first half falls in x and z; the second is walked from its least x up.
    let mut found = None;
    let mut j = seconds.len();
    for s in &firsts {
        // The last of them that still suffices: walk while the one before it is too little.
        let mut k = j;
        while k > 0 && seconds[k - 1].x + s.x < 0 {
            k -= 1;
        }
        j = k;
        if k == 0 {
            break;
        }
        let z = s.z + seconds[k - 1].z;
        if z < *best {
            *best = z;
            found = Some((*s, seconds[k - 1]));
        }
    }
    found
}
