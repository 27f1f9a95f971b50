//! The Grid screen's axis of time: how much of it, until when, and what of it is asked of the history.
//!
//! Invariant: what is not known is a gap. Nothing is interpolated, and an answer of the history stands only where it
//! speaks of the same realm, real or simulated, as the reading beside it.

mod lane;

use std::time::Duration;

pub use lane::{Point, grain, lane, whole};

use super::history::{self, Standing};
use super::nav::Screen;
use super::{Effect, State};
use crate::domain::history::{Ask, GridFigure, MOST_POINTS, Series, SiteFigure};
use crate::domain::ids::GatewayId;
use crate::domain::time::Timestamp;

/// How much time the axis shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Span {
    /// 1 min.
    Minute,
    /// 5 min.
    FiveMinutes,
    /// 15 min: what trends hold without a history.
    #[default]
    Quarter,
    /// 1 h.
    Hour,
    /// 6 h.
    SixHours,
    /// 24 h.
    Day,
    /// 7 d.
    Week,
    /// 30 d.
    Month,
}

impl Span {
    /// The shortest first.
    pub const ALL: [Self; 8] = [
        Self::Minute,
        Self::FiveMinutes,
        Self::Quarter,
        Self::Hour,
        Self::SixHours,
        Self::Day,
        Self::Week,
        Self::Month,
    ];

    /// How long it is.
    pub const fn length(self) -> Duration {
        match self {
            Self::Minute => Duration::from_mins(1),
            Self::FiveMinutes => Duration::from_mins(5),
            Self::Quarter => RECENT,
            Self::Hour => Duration::from_hours(1),
            Self::SixHours => Duration::from_hours(6),
            Self::Day => Duration::from_hours(24),
            Self::Week => Duration::from_hours(7 * 24),
            Self::Month => FAR,
        }
    }

    fn shorter(self) -> Self {
        Self::ALL
            .into_iter()
            .rfind(|s| *s < self)
            .unwrap_or(Self::Minute)
    }

    fn longer(self) -> Self {
        Self::ALL
            .into_iter()
            .find(|s| *s > self)
            .unwrap_or(Self::Month)
    }
}

/// How far back the axis goes, and how far ahead at most.
pub const FAR: Duration = Duration::from_hours(30 * 24);
/// What trends hold.
pub const RECENT: Duration = Duration::from_mins(15);
/// A question is asked at most so often.
const AT_MOST: Duration = Duration::from_secs(1);
/// A question that got no answer is asked again after this.
const AGAIN: Duration = Duration::from_secs(10);
/// A live view asks again at least so often: trends hold what came since.
const AT_LEAST: Duration = Duration::from_mins(5);

/// The axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// How much time it shows.
    pub span: Span,
    /// Until when; none follows the present.
    pub end: Option<Timestamp>,
    question: Option<Question>,
    asked_at: Option<Timestamp>,
}

/// What was asked of the history last.
#[derive(Debug, Clone, PartialEq)]
struct Question {
    span: Span,
    end: Option<Timestamp>,
    from: Timestamp,
    to: Timestamp,
    points: u16,
    series: Vec<(Option<GatewayId>, Series)>,
}

/// From when until when the axis goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From then.
    pub from: Timestamp,
    /// Until then; ahead of now where an instruction is.
    pub to: Timestamp,
}

/// The axis as columns of equal time. They begin at whole multiples of their length, so that a column holds the same
/// seconds from one frame to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// When the first begins.
    pub from: Timestamp,
    /// How long one is, ms; 1 at least.
    pub step: i64,
    /// How many there are; 1 at least.
    pub count: usize,
}

impl Columns {
    /// The axis in so many columns.
    pub fn of(state: &State, count: u16) -> Self {
        let count = i64::from(count.max(1));
        // An even number, so that it can be halved.
        let step = (millis(state.axis.span.length()) / count / 2 * 2).max(2);
        let to = window(state).to.millis();
        let to = to.saturating_add(step - 1).div_euclid(step) * step;
        Self {
            from: Timestamp::from_millis(to).shifted(-step * count),
            step,
            count: usize::try_from(count).unwrap_or(1),
        }
    }

    /// The same time in twice as many columns.
    #[must_use]
    pub fn halved(self) -> Self {
        Self {
            step: self.step / 2,
            count: self.count * 2,
            ..self
        }
    }

    /// The column that holds a time; below zero or past the last where it lies outside.
    pub fn place(&self, at: Timestamp) -> i64 {
        at.millis()
            .saturating_sub(self.from.millis())
            .div_euclid(self.step.max(1))
    }

    /// When a column begins.
    pub fn start(&self, column: usize) -> Timestamp {
        let column = i64::try_from(column).unwrap_or(i64::MAX);
        self.from.shifted(self.step.saturating_mul(column))
    }

    /// When the last ends.
    pub fn end(&self) -> Timestamp {
        self.start(self.count)
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// The last moment ahead that an instruction speaks of.
fn ahead(state: &State) -> Option<Timestamp> {
    let (_, reading) = state.grid.reading.as_ref()?;
    let farthest = state.now + FAR;
    reading
        .instructions
        .iter()
        .flat_map(|wanted| [Some(wanted.from), wanted.to])
        .flatten()
        .filter(|at| *at > state.now)
        .map(|at| at.min(farthest))
        .max()
}

/// Where a live axis ends: now, or a tenth of it later where an instruction lies ahead.
fn live_end(state: &State) -> Timestamp {
    let more = ahead(state).map_or(Duration::ZERO, |_| state.axis.span.length() / 10);
    state.now + more
}

/// The latest end that can be looked at.
fn last_end(state: &State) -> Timestamp {
    let live = live_end(state);
    ahead(state).map_or(live, |at| {
        live.max((at + state.axis.span.length() / 10).min(state.now + FAR))
    })
}

/// The axis in so many columns.
pub fn columns_of(state: &State, count: u16) -> Columns {
    Columns::of(state, count)
}

/// From when until when the axis goes now.
pub fn window(state: &State) -> Window {
    let to = state.axis.end.unwrap_or_else(|| live_end(state));
    Window {
        from: to - state.axis.span.length(),
        to,
    }
}

/// Keeps a chosen end between what is kept and what is known ahead.
fn clamped(state: &mut State) {
    let Some(end) = state.axis.end else { return };
    let first = state.now - FAR + state.axis.span.length();
    let end = end.max(first).min(last_end(state));
    // A month is all there is: nothing to look back to.
    let whole = state.axis.span.length() >= FAR;
    state.axis.end = (!whole).then_some(end);
}

/// Shows less time, or more. A live axis stays live; another keeps its middle.
pub(super) fn zoom(state: &mut State, closer: bool) -> Vec<Effect> {
    let before = state.axis.span;
    let span = if closer {
        before.shorter()
    } else {
        before.longer()
    };
    let middle = state.axis.end.map(|end| end - before.length() / 2);
    state.axis.span = span;
    if let Some(middle) = middle {
        let end = middle + span.length() / 2;
        state.axis.end = (closer || end < live_end(state)).then_some(end);
        clamped(state);
    }
    tick(state).into_iter().collect()
}

/// Moves by a quarter of what is shown.
pub(super) fn pan(state: &mut State, forward: bool) -> Vec<Effect> {
    let live = live_end(state);
    let end = state.axis.end.unwrap_or(live);
    let quarter = state.axis.span.length() / 4;
    let to = if forward {
        (end + quarter).min(last_end(state))
    } else {
        end - quarter
    };
    // Whoever passes the present stops there first.
    let passes =
        state.axis.end.is_some() && ((end < live && to >= live) || (end > live && to <= live));
    let stays = forward && to <= live && end >= live;
    state.axis.end = (!passes && !stays).then_some(to);
    clamped(state);
    tick(state).into_iter().collect()
}

/// Back to the present. Gives whether it was elsewhere.
pub(super) fn to_live(state: &mut State) -> bool {
    state.axis.end.take().is_some()
}

/// The series of the screen's lanes.
fn series(state: &State) -> Vec<Series> {
    let mut all = vec![
        Series::Grid(GridFigure::Frequency),
        Series::Grid(GridFigure::Surplus),
        Series::Grid(GridFigure::Demand),
        Series::Nation(SiteFigure::Power),
    ];
    if let Some((_, reading)) = &state.grid.reading {
        all.extend(
            reading
                .price
                .as_ref()
                .map(|p| Series::Price(p.currency.clone())),
        );
        let units = reading.generation.iter().take(history::MOST_UNITS);
        all.extend(units.map(|unit| Series::Unit(unit.unit.clone())));
    }
    all
}

/// Can the trends alone not show it?
pub fn looks_back(state: &State) -> bool {
    window(state).from < state.now - RECENT
        && (state.axis.end.is_some() || state.axis.span > Span::Quarter)
}

/// Is an answer of the history still to come?
pub fn waits(state: &State) -> bool {
    looks_back(state) && matches!(state.history.standing, Standing::Open(_)) && !is_answered(state)
}

/// Has the last question been answered?
fn is_answered(state: &State) -> bool {
    let Some(question) = &state.axis.question else {
        return false;
    };
    let first = question.series.first();
    state.history.answers.iter().any(|answer| {
        let length = u32::try_from(answer.buckets.len()).unwrap_or(u32::MAX);
        first
            .is_some_and(|(gateway, series)| (&answer.gateway, &answer.series) == (gateway, series))
            && answer.from <= question.from
            && answer.from + answer.step.saturating_mul(length) >= question.to
    })
}

/// Time passes, or something else is looked at: asks the history where it is due.
pub(super) fn tick(state: &mut State) -> Option<Effect> {
    clamped(state);
    let is_open = matches!(state.history.standing, Standing::Open(_));
    if state.nav.screen != Screen::Grid || !is_open || !looks_back(state) {
        state.axis.question = None;
        return None;
    }
    let now = state.now;
    let shown = window(state);
    let columns = state.size.columns.max(1);
    let bucket = (state.axis.span.length() / u32::from(columns)).max(AT_MOST);
    let next = Question {
        span: state.axis.span,
        end: state.axis.end,
        from: shown.from - bucket,
        to: shown.to.min(now),
        points: columns.saturating_mul(2).min(MOST_POINTS),
        series: series(state)
            .into_iter()
            .map(|series| (history::gateway(state, &series), series))
            .collect(),
    };
    let since = state
        .axis
        .asked_at
        .filter(|at| *at <= now)
        .map(|at| at.age(now));
    let is_due = match &state.axis.question {
        None => true,
        Some(asked) => {
            let other = (asked.span, asked.end, asked.points) != (next.span, next.end, next.points)
                || asked.series != next.series;
            let moved = asked.to.age(next.to) >= bucket.min(AT_LEAST) || asked.to > next.to;
            let lost = !state.history.waits()
                && !is_answered(state)
                && since.is_none_or(|since| since >= AGAIN);
            other || moved || lost
        }
    };
    if !is_due || since.is_some_and(|since| since < AT_MOST) {
        return None;
    }
    let ask = |(gateway, series): &(Option<GatewayId>, Series)| Ask {
        gateway: gateway.clone(),
        series: series.clone(),
        from: next.from,
        to: next.to,
        points: next.points,
    };
    let asks = next.series.iter().map(ask).collect();
    let effect = history::ask(state, asks)?;
    state.axis.question = Some(next);
    state.axis.asked_at = Some(now);
    Some(effect)
}
