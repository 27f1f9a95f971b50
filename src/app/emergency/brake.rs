//! What stops an emergency shed: a frequency that is too high for it, Esc, and the end of the console. What a gateway
//! still holds is called back with it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Prompt, Run, end, frequency, is_running};
use crate::app::{Effect, State};
use crate::control::emergency::{Direction, Shed, direction};
use crate::control::order::{Life, Record};
use crate::domain::bounds::Bounds;
use crate::domain::ids::{BlockKey, FeedId};
use crate::domain::link::{ACTS, FeedInfo, Request};
use crate::domain::order::Phase;
use crate::domain::quality::Quality;
use crate::domain::units::Hertz;

/// A gateway may ask for steps so far apart. Where it wants more it holds them itself: it must not slow others down.
const SLOWEST: Duration = Duration::from_secs(15);

/// How the gateways of these feeds want an emergency to go: most that a step moves, between two of them, and the frequency
/// that bars it. A gateway that says nothing keeps the usual bar.
pub(super) fn bounds(state: &State, feeds: &BTreeSet<FeedId>) -> Bounds {
    let own = &state.emergency;
    let told = || {
        feeds
            .iter()
            .filter_map(|feed| state.feed(*feed)?.info.as_ref())
    };
    let interval = |info: &FeedInfo| Some(info.emergency_interval?.min(SLOWEST));
    let bar = |info: &FeedInfo| info.emergency_bar.unwrap_or(Bounds::DEFAULT.bar);
    Bounds {
        step: told()
            .filter_map(|info| info.emergency_step)
            .fold(own.step, Ord::min),
        interval: told().filter_map(interval).fold(own.interval, Ord::max),
        bar: told().map(bar).max().unwrap_or(Bounds::DEFAULT.bar),
        ..Bounds::DEFAULT
    }
}

/// Does it reach beyond one site? One alone is shed whatever the frequency: a fire does not ask for it.
pub(super) fn is_wide(shed: &Shed) -> bool {
    let mut sites = shed.parts().map(|part| &part.key.site);
    sites
        .next()
        .is_some_and(|first| sites.any(|site| site != first))
}

/// Why the frequency forbids it. Only one that is fresh and good, and that no other feed contradicts, does.
pub(super) fn too_high(state: &State, wide: bool, bar: Hertz) -> Option<String> {
    let good = state.grid.quality == Quality::Good && state.grid.all_above(bar);
    let hertz = frequency(state).filter(|_| good && wide);
    (direction(hertz, bar) == Direction::TooHigh).then(|| {
        let hz = hertz.unwrap_or_default().millihertz() as f64 / 1_000.0;
        format!("the frequency is too high ({hz:.3} Hz), and would rise further")
    })
}

/// The frequency before the person who types, and what it says.
pub fn way(state: &State, prompt: &Prompt) -> (Option<Hertz>, Direction) {
    let hertz = frequency(state);
    let bars = too_high(state, is_wide(&prompt.shed), prompt.bounds.bar).is_some();
    let direction = match direction(hertz, prompt.bounds.bar) {
        Direction::TooHigh if !bars => Direction::High,
        other => other,
    };
    (hertz, direction)
}

/// Steps of the last shed that a gateway holds, or may: sent, and not known to have begun. One under its contract's
/// notice is none.
fn held<'a>(state: &'a State, run: &'a Run) -> impl Iterator<Item = &'a Record> {
    let acts = |feed| {
        let info = state.feed(feed).and_then(|feed| feed.info.as_ref());
        info.is_some_and(|info| info.acts >= ACTS)
    };
    let notice = |record: &Record| {
        record.order.targets.iter().any(|target| {
            let block = state
                .fleet
                .block(&BlockKey::new(&target.site, &target.block));
            block.is_some_and(|view| !view.block.limits.notice.is_zero())
        })
    };
    let waits = |life| {
        matches!(
            life,
            Life::Sent | Life::Said(Phase::Received | Phase::Accepted)
        )
    };
    state.orders.iter().filter(move |record| {
        run.has(record.order.id) && waits(record.life) && acts(record.feed) && !notice(record)
    })
}

/// Is there anything left that can be stopped? Of one that has left whole, what a gateway is known to hold.
pub fn stoppable(state: &State) -> bool {
    let known = |record: &Record| record.life != Life::Sent;
    let holds = |run: &Run| held(state, run).any(known);
    is_running(state) || state.emergency.run.as_ref().is_some_and(holds)
}

/// No further step leaves, and none that is held begins.
pub(in crate::app) fn stop(state: &mut State, how: &str) -> Vec<Effect> {
    let Some(run) = state.emergency.run.as_ref() else {
        return Vec::new();
    };
    let back: Vec<_> = held(state, run)
        .map(|record| (record.feed, record.order.id))
        .collect();
    if back.is_empty() && !run.is_on() {
        return Vec::new();
    }
    let count = back.len();
    let call = |(feed, id)| Effect::Send(feed, Request::OrderCancel(id));
    let mut effects: Vec<Effect> = back.into_iter().map(call).collect();
    effects.extend(end(state, how, count));
    effects
}
