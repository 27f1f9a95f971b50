//! The clocks of gateways and of this desk: which are to be believed, and what that makes of the values of a feed.
//!
//! This machine's time is steady while the console runs: whoever sets its clock moves nothing here, and is told. So a
//! gateway whose clock jumps has been set, unless all gateways say the same.

use std::collections::BTreeSet;
use std::time::Duration;

use super::State;
use super::feeds::Feed;
use crate::domain::alarm::Alarm;
use crate::domain::ids::FeedId;
use crate::domain::link::Going;
use crate::domain::quality::Concern;
use crate::domain::time::Timestamp;

/// Clocks that jump within this span of each other jump together.
const TOGETHER: Duration = Duration::from_secs(15);
/// So long is waited for the others, before one that jumps is taken to be alone.
const WAIT: Duration = Duration::from_secs(3);
/// What two such jumps, or two offsets, may differ by, ms.
const ALIKE_MS: i64 = 1_000;

/// A clock is off by more than this, ms.
const FAR_MS: i64 = 2_000;

/// A feed says how its clock goes.
pub(super) fn heard(state: &mut State, index: usize, going: Going) {
    let now = state.now;
    let feed = &mut state.feeds[index];
    if let Going::Set { by_ms } = going
        && feed.clock != going
    {
        feed.set = Some((now, by_ms));
    }
    feed.clock = going;
}

/// Judges all clocks; called before values are judged.
pub(super) fn tick(state: &mut State) {
    let now = state.now;
    let alike = all_jumped_alike(&state.feeds, now);
    let others = servers(&state.feeds) > 1;
    for feed in &mut state.feeds {
        let young = feed.set.is_some_and(|(at, _)| at.age(now) < WAIT);
        feed.concern = match feed.clock {
            Going::Wrong { permille } => Concern::ClockWrong(permille),
            Going::Set { .. } if !(alike || others && young) => Concern::ClockSet,
            _ => Concern::None,
        };
    }
}

/// Feeds whose clocks have been compared.
fn compared(feeds: &[Feed]) -> impl Iterator<Item = &Feed> {
    feeds.iter().filter(|f| f.is_live() && f.skew.is_some())
}

/// How many servers they come from: feeds of one server have one clock.
fn servers(feeds: &[Feed]) -> usize {
    let infos = compared(feeds).filter_map(|f| f.info.as_ref());
    let lives: BTreeSet<_> = infos
        .map(|i| (i.gateway.as_str(), i.boot.as_str()))
        .collect();
    lives.len()
}

/// Do these all lie together?
fn together(mut all: impl Iterator<Item = i64> + Clone) -> bool {
    let (least, most) = (all.clone().min(), all.by_ref().max());
    least
        .zip(most)
        .is_some_and(|(least, most)| most.saturating_sub(least) <= ALIKE_MS)
}

fn all_jumped_alike(feeds: &[Feed], now: Timestamp) -> bool {
    let jumps = || {
        compared(feeds).map(|feed| {
            feed.set
                .filter(|(at, _)| at.age(now) < TOGETHER)
                .map(|(_, by)| by)
        })
    };
    servers(feeds) > 1
        && jumps().all(|by| by.is_some())
        && together(jumps().flatten().collect::<Vec<_>>().into_iter())
}

/// What this desk's own clock is off, ms, where that is plain: it was set while the console ran, or all gateways, two at
/// least, are off from it alike.
pub fn own_ms(state: &State) -> Option<i64> {
    let far = |ms: &i64| ms.saturating_abs() > FAR_MS;
    if far(&state.own_clock_ms) {
        return Some(state.own_clock_ms);
    }
    let offsets = compared(&state.feeds).filter_map(|f| f.skew);
    let offsets: Vec<i64> = offsets.map(|skew| skew.offset_ms).collect();
    let first = offsets.first().copied().filter(far)?;
    (servers(&state.feeds) > 1 && together(offsets.into_iter())).then_some(first)
}

/// By how many ms the time that this desk goes by is off what gateways say, and since when, where it is plain that it is
/// not theirs: several say the same, or this machine's clock has been set to it.
fn own_off(state: &State) -> Option<(Timestamp, i64)> {
    let all = compared(&state.feeds).filter_map(|f| f.skew);
    let offsets: Vec<i64> = all.map(|skew| skew.offset_ms).collect();
    let first = offsets
        .first()
        .copied()
        .filter(|ms| ms.saturating_abs() > FAR_MS)?;
    let borne_out = servers(&state.feeds) > 1 || together([first, state.own_clock_ms].into_iter());
    let is_own = borne_out && together(offsets.into_iter());
    // Where they have all jumped, it was right before.
    let jumps = compared(&state.feeds).map(|feed| feed.set.map(|(at, _)| at));
    let since = jumps.min().flatten().unwrap_or(state.started);
    is_own.then_some((since, first))
}

/// When an alarm was raised, as the wall has it: by its gateway's time, corrected by what that clock is off. By this desk's
/// time where the gateway does not say, or nobody else says that this desk is wrong.
pub fn raised(state: &State, feed: FeedId, alarm: &Alarm) -> Timestamp {
    let Some((since, own)) = own_off(state) else {
        return alarm.raised;
    };
    let skew = state.feed(feed).and_then(|feed| feed.skew);
    match (alarm.occurrence, skew) {
        (Some(said), Some(skew)) => said.shifted(own.saturating_sub(skew.offset_ms)),
        _ if alarm.raised >= since => alarm.raised.shifted(own),
        _ => alarm.raised,
    }
}
