//! The two lines above the lanes: the balance as it is now, and what the lanes show.

use ratatui::layout::Rect;

use super::{View, clock, lanes};
use crate::app::State;
use crate::app::axis::{Span, Window, grain, lane, looks_back, waits, window};
use crate::app::history::Standing;
use crate::app::wanted::ruling;
use crate::domain::grid::GridState;
use crate::domain::history::{Grain, GridFigure, Series, SiteFigure};
use crate::domain::quality::Quality;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::screens::cells::value_role;
use crate::ui::screens::inset;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Live figures, whatever the lanes show.
pub(super) fn balance(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let (state, reading) = (view.state, view.reading);
    let quality = state.grid.quality;
    let role = value_role(quality);
    let mark = if quality >= Quality::Stale { "? " } else { "" };
    let mw = |weight, name: &str, power: Option<Power>| {
        power.map(|p| {
            let figure = format!("{mark}{}", format::megawatts(p));
            Fact::figure(weight, name, role, &figure, say!("unit-mw"))
        })
    };
    let generated: Power = reading.generation.iter().map(|u| u.power).sum();
    let generated = (!reading.generation.is_empty()).then_some(generated);
    // Surplus and mining have a lane; where names have no room there, they stand here.
    let narrow = view.gutter.is_narrow;
    let facts: Vec<Fact> = [
        mw(0, say!("grid-surplus"), reading.surplus.filter(|_| narrow)),
        mw(2, say!("grid-generation"), generated),
        mw(1, say!("grid-demand"), reading.demand),
        mw(3, say!("grid-export"), reading.export),
        mw(5, say!("grid-tie-line"), reading.tie_line_deviation),
        mw(4, say!("grid-mining"), reading.mining),
    ]
    .into_iter()
    .flatten()
    .collect();
    let word = match (reading.state, quality) {
        (_, Quality::Stale) => (
            Role::ValueStale,
            say!("value-stale", age = format::span(state.grid.age)),
        ),
        (_, Quality::Bad) => (Role::ValueBad, say!("value-bad").to_owned()),
        (None, _) => (Role::TextDim, say!("grid-unstated").to_owned()),
        (Some(GridState::Normal), _) => (Role::Text, say!("grid-normal").to_owned()),
        (Some(GridState::Alert), _) => (Role::Alarm2, say!("frame-grid-alert").to_owned()),
        (Some(GridState::Emergency), _) => (Role::Alarm1, say!("frame-grid-emergency").to_owned()),
    };
    let instructed = instructed(state);
    let right = match instructed {
        // However well the grid does, something is wanted.
        Some(more) => {
            let whole = Fact::words(0, word.0, format!("{}, {more}", word.1));
            let brief = Fact::words(0, Role::TextStrong, more);
            Fact {
                keeps: Some(3),
                ..whole.or(brief)
            }
        }
        None => Fact::words(0, word.0, word.1),
    };
    strip(pen, inset(area), 3, &facts, &[right]);
}

/// That an instruction holds, or comes soon.
fn instructed(state: &State) -> Option<&'static str> {
    let rules = ruling(state)?;
    Some(if rules.is_in_force(state.now) {
        say!("grid-instructed")
    } else {
        say!("grid-instructed-soon")
    })
}

fn length(span: Span) -> String {
    match span {
        Span::Minute => format!("1 {}", say!("unit-minute")),
        Span::FiveMinutes => format!("5 {}", say!("unit-minute")),
        Span::Quarter => format!("15 {}", say!("unit-minute")),
        Span::Hour => format!("1 {}", say!("unit-hour")),
        Span::SixHours => format!("6 {}", say!("unit-hour")),
        Span::Day => format!("24 {}", say!("unit-hour")),
        Span::Week => format!("7 {}", say!("axis-days")),
        Span::Month => format!("30 {}", say!("axis-days")),
    }
}

/// What the lanes show: which time, how it is known, and what of it is not.
pub(super) fn status(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let state = view.state;
    let span = length(state.axis.span);
    let mut facts = Vec::new();
    if view.is_past() {
        let time = clock::stretch(window(state), state.now, &pen.look().zone);
        let is_ahead = view.columns.from >= state.now;
        let long = if is_ahead {
            say!("axis-ahead", time = time.as_str())
        } else {
            say!("axis-looking", time = time.as_str())
        };
        let brief = say!("axis-looking-brief", time = time.as_str());
        let padded = |words: String| Fact::words(0, Role::Frozen, format!(" {words} "));
        let mut looking = padded(long).or(padded(brief));
        looking.keeps = Some(3);
        facts.push(looking);
        if !is_ahead {
            facts.push(Fact::words(3, Role::TextDim, say!("axis-means")));
        }
    } else {
        facts.push(Fact::words(0, Role::Text, say!("axis-live", span = span)));
    }
    facts.extend(standing(state));
    let coarse = match grain(state) {
        Some(Grain::Minute) => Some(format!("1 {}", say!("unit-minute"))),
        Some(Grain::Quarter) => Some(format!("15 {}", say!("unit-minute"))),
        Some(Grain::Second) | None => None,
    };
    if let Some(grain) = coarse {
        let long = say!("axis-grain", grain = grain.as_str());
        let brief = say!("axis-grain-brief", grain = grain.as_str());
        let dim = |words| Fact::words(2, Role::TextDim, words);
        facts.push(dim(long).or(dim(brief)));
    }
    if let Some(time) = unsure(view, &pen.look().zone) {
        let words = say!("axis-unsure", time = time);
        facts.push(Fact::words(5, Role::ValueUncertain, words));
    }
    if let Some(since) = state
        .grid
        .since
        .filter(|since| *since > view.columns.from && looks_back(state))
    {
        let since = format::minute(since, &pen.look().zone);
        let words = say!("axis-heard-since", time = since);
        facts.push(Fact::words(6, Role::TextDim, words));
    }
    let right = if view.gutter.is_narrow {
        range(view)
    } else {
        Vec::new()
    };
    strip(pen, inset(area), 3, &facts, &right);
}

/// From when until when something drawn was uncertain.
fn unsure(view: &View<'_>, zone: &jiff::tz::TimeZone) -> Option<String> {
    let of = |series| {
        let points = lane(view.state, series, &view.columns).into_iter();
        points.map(|point| point.is_some_and(|p| p.unsure))
    };
    let frequency = Series::Grid(GridFigure::Frequency);
    let mining = Series::Nation(SiteFigure::Power);
    let columns: Vec<bool> = of(&frequency)
        .zip(of(&mining))
        .map(|(a, b)| a || b)
        .collect();
    let first = columns.iter().position(|unsure| *unsure)?;
    let last = columns.iter().rposition(|unsure| *unsure)?;
    let window = Window {
        from: view.columns.start(first),
        to: view.columns.start(last + 1).min(view.state.now),
    };
    Some(clock::stretch(window, view.state.now, zone))
}

/// Least and greatest frequency, where its lane has no room for them.
fn range(view: &View<'_>) -> Vec<Fact> {
    let Some(all) = lanes::frequency_of(view) else {
        return Vec::new();
    };
    let figure = |value: f32| format::decimal(f64::from(value), 3);
    let words = format!("{} .. {}", figure(all.min), figure(all.max));
    vec![Fact::words(1, Role::Text, words)]
}

/// What the history says where the trends alone are not enough.
fn standing(state: &State) -> Option<Fact> {
    if !looks_back(state) {
        return None;
    }
    let words = match &state.history.standing {
        Standing::Open(_) if waits(state) => {
            return Some(Fact::words(3, Role::TextDim, say!("axis-waits")));
        }
        Standing::Open(_) => return None,
        Standing::Opening => say!("axis-opening").to_owned(),
        Standing::Absent => say!("axis-absent").to_owned(),
        // A sentence of its own.
        Standing::Off(why) => why.to_string(),
    };
    let strong = |words| Fact::words(1, Role::TextStrong, words);
    Some(strong(words).or(strong(say!("axis-off-brief").to_owned())))
}
