//! What came into the reserve by day, as this console itself kept it: asked of the history while the Reserve screen is
//! looked at.

use super::history::Standing;
use super::nav::Screen;
use super::{Effect, State};
use crate::domain::history::{Ask, Series};
use crate::domain::inflow::{Day, Growth, MOST_DAYS, growth};
use crate::domain::reserve::BalanceSource;
use crate::domain::time::Timestamp;

use std::time::Duration;

/// How often the history is asked again while the screen is looked at.
const AGAIN: Duration = Duration::from_mins(10);

/// The first day shown.
pub fn first_day(now: Timestamp) -> Day {
    Day::of(now).before(MOST_DAYS - 1)
}

/// Asks the history for the days shown, and the eve of the first.
pub(super) fn tick(state: &mut State) -> Option<Effect> {
    let now = state.now;
    let is_open = matches!(state.history.standing, Standing::Open(_));
    if !is_open || state.nav.screen != Screen::Reserve {
        return None;
    }
    let due = state
        .history
        .reserve_asked
        .is_none_or(|at| now < at || at.age(now) >= AGAIN || Day::of(at) != Day::of(now));
    if !due {
        return None;
    }
    state.history.reserve_asked = Some(now);
    let from = first_day(now).before(1).start();
    // To the last second of today, so that the parts are whole days.
    let to = Day(Day::of(now).0.saturating_add(1))
        .start()
        .shifted(-1_000);
    let asks = BalanceSource::ALL.map(|source| Ask {
        gateway: None,
        series: Series::ReserveOf(source),
        from,
        to,
        points: MOST_DAYS as u16 + 1,
    });
    Some(state.history.ask_reserve(asks.into()))
}

/// By how much what is checked, or what is claimed, grew on each of the days shown, today the last.
pub fn grown(state: &State, source: BalanceSource) -> Vec<Option<Growth>> {
    let of = |series: &Series| *series == Series::ReserveOf(source);
    let answers = &state.history.reserve;
    match answers.iter().find(|answer| of(&answer.series)) {
        Some(answer) => growth(answer, first_day(state.now), MOST_DAYS),
        None => vec![None; MOST_DAYS],
    }
}
