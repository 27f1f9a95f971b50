//! What stops an emergency shed: a frequency that is too high for it, Esc, and the end of the console. What a gateway
//! still holds is called back with it.
//!
//! Invariant: what a gateway says of its limits, and what the frequency is at one place, decides about the parts there and
//! about no others.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Prompt, Run, end, is_running};
use crate::app::fleet::Realm;
use crate::app::sources::Place;
use crate::app::{Effect, State};
use crate::control::emergency::{Cut, Direction, Part, Shed, direction};
use crate::control::order::{Life, Record};
use crate::control::plan::Plan;
use crate::domain::bounds::Bounds;
use crate::domain::ids::{FeedId, OrderId, SiteId};
use crate::domain::link::{ACTS, Request};
use crate::domain::order::{FREQUENCY_HIGH, OrderKind, Phase, Reason};
use crate::domain::quality::{Quality, TELL_AGE};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// How the gateway of a feed wants an emergency to go there. This desk's own bounds hold too.
fn bounds(state: &State, feed: FeedId) -> Bounds {
    let own = &state.emergency;
    let info = state.feed(feed).and_then(|feed| feed.info.as_ref());
    let step = info.and_then(|info| info.emergency_step);
    let interval = info.and_then(|info| info.emergency_interval);
    let bar = info.and_then(|info| info.emergency_bar);
    Bounds {
        step: step.map_or(own.step, |step| step.min(own.step)),
        interval: interval.map_or(own.interval, |interval| interval.max(own.interval)),
        bar: bar.unwrap_or(Bounds::DEFAULT.bar),
        ..Bounds::DEFAULT
    }
}

/// How what goes to these feeds is cut: the fastest of their gateways sets the pace, and the slower ones have their parts in
/// every so many steps.
pub(super) fn cut(state: &State, feeds: &BTreeSet<FeedId>) -> Cut {
    let all: Vec<(FeedId, Bounds)> = feeds.iter().map(|id| (*id, bounds(state, *id))).collect();
    let fastest = all.iter().map(|(_, bounds)| bounds.interval).min();
    let interval = fastest.unwrap_or(state.emergency.interval);
    let together: Power = all.iter().map(|(_, bounds)| bounds.step).sum();
    let apart = |of: Duration| of.as_millis().div_ceil(interval.as_millis().max(1));
    let own = |(id, of): &(FeedId, Bounds)| {
        let apart = u32::try_from(apart(of.interval)).unwrap_or(u32::MAX);
        (*id, (of.step, apart))
    };
    Cut {
        step: together.min(state.emergency.step),
        interval,
        own: all.iter().map(own).collect(),
    }
}

/// Does it reach beyond one site? One alone is shed whatever the frequency: a fire does not ask for it.
pub(super) fn is_wide(shed: &Shed) -> bool {
    let mut sites = shed.parts().map(|part| &part.key.site);
    sites
        .next()
        .is_some_and(|first| sites.any(|site| site != first))
}

/// The fresh frequency that a site has: that of its node or island where a feed names that, else that of the grid as a
/// whole. A simulated grid says nothing about a real one.
struct Seen<'a> {
    from: FeedId,
    place: &'a Place,
    hertz: Hertz,
    at: Timestamp,
    quality: Quality,
}

fn seen<'a>(state: &'a State, site: &SiteId) -> Option<Seen<'a>> {
    let node = state
        .fleet
        .sites
        .get(site)
        .map(|view| &*view.site.grid_node);
    let (from, reading, quality) = state.grid.at(node.unwrap_or_default())?;
    let here = reading.grid_node.is_none() || reading.grid_node.as_deref() == node;
    let simulated = state
        .feed(from)
        .is_some_and(crate::app::feeds::Feed::is_simulated);
    let fits = !simulated || state.realm() == Realm::Simulated;
    let fresh = here && fits && quality < Quality::Stale;
    Some(Seen {
        from,
        place: &reading.grid_node,
        hertz: reading.frequency.filter(|_| fresh)?,
        at: reading.measured_at,
        quality,
    })
}

/// The highest frequency that these sites have, and what it is worth.
pub(super) fn frequency<'a>(
    state: &State,
    sites: impl Iterator<Item = &'a SiteId>,
) -> Option<(Hertz, Quality)> {
    let sites: BTreeSet<&SiteId> = sites.collect();
    let found = sites.into_iter().filter_map(|site| seen(state, site));
    found.map(|seen| (seen.hertz, seen.quality)).max()
}

/// A frequency at which nothing more may be shed.
#[derive(Debug, Clone, PartialEq)]
pub struct High {
    /// It.
    pub hertz: Hertz,
    /// When it was measured.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
}

impl High {
    /// In one sentence.
    pub(super) fn words(&self) -> Sentence {
        match &self.place {
            None => told!(
                "own-too-high",
                "the frequency is too high ({at_mhz} Hz), and would rise further",
                at_mhz = self.hertz
            ),
            Some(place) => told!(
                "own-too-high-at",
                "the frequency at {place} is too high ({at_mhz} Hz), and would rise further",
                place = place,
                at_mhz = self.hertz
            ),
        }
    }
}

/// The frequency that forbids to shed this there. Only one of the last seconds that is good, and that no other feed
/// contradicts, does.
fn too_high(state: &State, wide: bool, feed: FeedId, site: &SiteId) -> Option<High> {
    let bar = bounds(state, feed).bar;
    let seen = seen(state, site).filter(|seen| wide && seen.hertz > bar)?;
    if seen.at.age(state.now) > TELL_AGE {
        return None;
    }
    let all = state.grid.all_above(seen.from, seen.place, bar);
    all.then(|| High {
        hertz: seen.hertz,
        at: seen.at,
        place: seen.place.clone(),
    })
}

/// The same as what bars a part.
pub(super) fn bar(state: &State, wide: bool, part: &Part) -> Option<Reason> {
    too_high(state, wide, part.feed, &part.key.site).map(|high| Reason::Stated {
        code: FREQUENCY_HIGH.into(),
        text: high.words(),
    })
}

/// Why nothing of this may go; none where something may, or where there is nothing.
pub(super) fn all_too_high<'a>(
    state: &State,
    wide: bool,
    mut parts: impl Iterator<Item = &'a Part>,
) -> Option<High> {
    let of = |part: &Part| too_high(state, wide, part.feed, &part.key.site);
    let first = of(parts.next()?)?;
    parts.all(|part| of(part).is_some()).then_some(first)
}

/// The frequency at one place before the person who types, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// Where.
    pub place: Place,
    /// None where none is known.
    pub hertz: Option<Hertz>,
    /// What it says about dropping load there.
    pub direction: Direction,
    /// Feeds that contradict it, and what they say, mHz.
    pub others: Vec<(FeedId, i64)>,
    /// What would be dropped there.
    pub moved: Power,
}

/// The frequencies of all places of an emergency shed.
pub fn ways(state: &State, prompt: &Prompt) -> Vec<Way> {
    let parts = prompt.shed.parts();
    ways_of(state, parts.map(|p| (p.feed, &p.key.site, p.moved)))
}

/// The frequencies of all places at which so much is moved over these feeds.
pub fn ways_of<'a>(
    state: &State,
    parts: impl Iterator<Item = (FeedId, &'a SiteId, Power)>,
) -> Vec<Way> {
    let parts = by_site(parts);
    let wide = parts
        .keys()
        .map(|(_, site)| site)
        .collect::<BTreeSet<_>>()
        .len()
        > 1;
    let mut ways: Vec<Way> = Vec::new();
    for ((feed, site), moved) in parts {
        let way = way(state, wide, feed, site);
        let same =
            |other: &&mut Way| (&other.place, other.direction) == (&way.place, way.direction);
        match ways.iter_mut().find(same) {
            Some(known) => known.moved += moved,
            None => ways.push(Way { moved, ..way }),
        }
    }
    ways
}

fn by_site<'a>(
    parts: impl Iterator<Item = (FeedId, &'a SiteId, Power)>,
) -> BTreeMap<(FeedId, &'a SiteId), Power> {
    let mut all = BTreeMap::new();
    for (feed, site, moved) in parts {
        *all.entry((feed, site)).or_default() += moved;
    }
    all
}

/// The frequency that this plan would push further off; none where none does, or feeds contradict each other.
pub fn wrong_way(state: &State, plan: &Plan) -> Option<Hertz> {
    let parts = plan.moves.iter();
    let ways = ways_of(state, parts.map(|m| (m.feed, &m.key.site, m.moved)));
    let wrong = |way: &Way| way.others.is_empty() && way.direction.is_wrong(plan.ask.kind);
    let hertz = ways.into_iter().filter(wrong).filter_map(|way| way.hertz);
    match plan.ask.kind {
        OrderKind::Curtail => hertz.max(),
        OrderKind::Restore => hertz.min(),
    }
}

/// Is the grid short at this site, as far as is known? Then nobody waits for a shed.
pub fn is_short(state: &State, feed: FeedId, site: &SiteId) -> bool {
    let way = way(state, false, feed, site);
    way.others.is_empty() && way.direction == Direction::Low
}

fn way(state: &State, wide: bool, feed: FeedId, site: &SiteId) -> Way {
    let seen = seen(state, site);
    let hertz = seen.as_ref().map(|seen| seen.hertz);
    let others = |seen: &Seen<'_>| state.grid.contradictions_at(seen.from, seen.place);
    let direction = match direction(hertz, bounds(state, feed).bar) {
        Direction::TooHigh if too_high(state, wide, feed, site).is_none() => Direction::High,
        other => other,
    };
    Way {
        place: seen.as_ref().and_then(|seen| seen.place.clone()),
        hertz,
        direction,
        others: seen.as_ref().map(others).unwrap_or_default(),
        moved: Power::ZERO,
    }
}

/// What has left and can be called back, of this shed and of those before.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Reach {
    /// Each order, and whether its shed was wide: only then a frequency calls it back. One under its contract's notice,
    /// or at a gateway of older rules, is none of them.
    gone: BTreeMap<OrderId, bool>,
    /// What is wanted back.
    pub back: BTreeSet<OrderId>,
    /// What of that must be said once its gateway says that it holds it: it could not hear it, or may not have.
    owed: BTreeSet<OrderId>,
}

impl Reach {
    /// An order of these parts has left.
    pub(super) fn left(&mut self, id: OrderId, parts: &[Part], acts: u32, wide: bool) {
        if acts >= ACTS && parts.iter().all(|part| part.notice.is_zero()) {
            self.gone.insert(id, wide);
        }
    }

    /// What of it still waits, for the shed that follows.
    pub(super) fn kept(mut self, records: &[Record]) -> Self {
        let waiting = records.iter().filter(|record| waits(record));
        let waiting: BTreeSet<OrderId> = waiting.map(|record| record.order.id).collect();
        self.gone.retain(|id, _| waiting.contains(id));
        self.back.retain(|id| waiting.contains(id));
        self.owed.retain(|id| waiting.contains(id));
        self
    }
}

/// Does its gateway hold it, or may it: sent, and not known to have begun?
fn waits(record: &Record) -> bool {
    match record.life {
        Life::Sent | Life::Said(Phase::Received | Phase::Accepted) => true,
        Life::Unknown => record.stated != Some(Phase::Executing),
        _ => false,
    }
}

/// Steps that a gateway holds, or may.
fn held<'a>(state: &'a State, run: &'a Run) -> impl Iterator<Item = &'a Record> {
    let records = state.orders.iter();
    records.filter(move |r| run.reach.gone.contains_key(&r.order.id) && waits(r))
}

/// Is there a step that a gateway holds, or may?
pub(super) fn any_held(state: &State) -> bool {
    let run = state.emergency.run.as_ref();
    run.is_some_and(|run| held(state, run).next().is_some())
}

/// Is there anything left that can be stopped? Of one that has left whole, what a gateway is known to hold.
pub fn stoppable(state: &State) -> bool {
    is_running(state) || waiting(state).is_some()
}

/// Steps that have left and that gateways hold as far as is known; a lost link changes nothing of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub steps: usize,
    /// What they would drop.
    pub power: Power,
    /// A frequency that is too high for one of them stands before this desk. Its gateway goes by its own.
    pub high: bool,
}

/// What gateways hold of the last shed; none: nothing.
pub fn waiting(state: &State) -> Option<Waiting> {
    let run = state.emergency.run.as_ref()?;
    let known = held(state, run).filter(|record| record.life != Life::Sent);
    let mut waiting = Waiting {
        steps: 0,
        power: Power::ZERO,
        high: false,
    };
    for record in known {
        waiting.steps += 1;
        waiting.power += record.wanted;
        waiting.high |= is_barred(state, run, record);
    }
    (waiting.steps > 0).then_some(waiting)
}

fn is_barred(state: &State, run: &Run, record: &Record) -> bool {
    let wide = run.reach.gone.get(&record.order.id) == Some(&true);
    let mut sites = record.order.targets.iter().map(|target| &target.site);
    sites.any(|site| too_high(state, wide, record.feed, site).is_some())
}

/// What gateways hold and what this wants back is called back: at once where the link is live, and once more when its
/// gateway says that it holds it, where it may not have taken the order yet.
fn call_back(state: &mut State, wanted: impl Fn(&State, &Run, &Record) -> bool) -> Vec<Effect> {
    let Some(run) = state.emergency.run.as_ref() else {
        return Vec::new();
    };
    let live = state.live();
    let (mut back, mut owed, mut effects) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for record in held(state, run).filter(|record| wanted(state, run, record)) {
        let (feed, id) = (record.feed, record.order.id);
        back.insert(id);
        if live.contains(&feed) {
            effects.push(Effect::Send(feed, Request::OrderCancel(id)));
        }
        if !live.contains(&feed) || record.life != Life::Said(Phase::Accepted) {
            owed.insert(id);
        }
    }
    if let Some(run) = state.emergency.run.as_mut() {
        run.reach.back.extend(back);
        run.reach.owed.extend(owed);
    }
    effects
}

/// A link is gone, and what was said on it last may be: it is said once more.
pub(in crate::app) fn lost(state: &mut State, feed: FeedId) {
    let Some(run) = state.emergency.run.as_mut() else {
        return;
    };
    let there = state.orders.iter().filter(|record| record.feed == feed);
    let there = there.map(|record| record.order.id);
    let again: Vec<OrderId> = there.filter(|id| run.reach.back.contains(id)).collect();
    run.reach.owed.extend(again);
}

/// Calls back what could not be called back before, now that its gateway says that it holds it.
pub(super) fn owed(state: &mut State) -> Vec<Effect> {
    let live = state.live();
    let Some(run) = state.emergency.run.as_mut() else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    for record in &state.orders {
        let id = record.order.id;
        let holds = record.life == Life::Said(Phase::Accepted) && live.contains(&record.feed);
        if holds && run.reach.owed.remove(&id) {
            effects.push(Effect::Send(record.feed, Request::OrderCancel(id)));
        }
    }
    effects
}

/// What a frequency that has risen since bars is called back, once.
pub(super) fn called_back(state: &mut State) -> Vec<Effect> {
    call_back(state, |state, run, record| {
        !run.reach.back.contains(&record.order.id) && is_barred(state, run, record)
    })
}

/// No further step leaves, and none that is held begins.
pub(in crate::app) fn stop(state: &mut State, how: Sentence) -> Vec<Effect> {
    let stops = any_held(state) || is_running(state);
    let mut effects = call_back(state, |_, _, _| true);
    if stops {
        effects.extend(end(state, how, None));
    }
    effects
}
