//! The frequency at the places of a shed or a restore, which way it would go, and by how much where that is known.

use super::disputes;
use crate::app::State;
use crate::app::emergency::Way;
use crate::control::emergency::Direction;
use crate::domain::order::OrderKind;
use crate::domain::pacing::answers;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::Fact;

/// What is about to be done.
pub(super) enum What {
    /// An emergency shed, and what its largest step moves.
    Emergency {
        /// Of all its steps.
        step: Option<Power>,
    },
    /// A plan.
    Plan(OrderKind),
}

/// A line for each place, those of feeds that say otherwise, and what is read elsewhere.
pub(super) fn lines(state: &State, ways: &[Way], what: &What) -> Vec<Vec<Fact>> {
    let mut lines = Vec::new();
    for way in ways {
        lines.push(line(state, way, what, ways.len() > 1));
        lines.extend(disputes::others(state, way));
    }
    lines.extend(disputes::elsewhere(state, ways));
    lines
}

/// The frequency at one place, and what comes of it; with what goes there where there are `more`.
fn line(state: &State, way: &Way, what: &What, more: bool) -> Vec<Fact> {
    let hz = say!("unit-hz");
    let figure = way
        .hertz
        .map_or_else(|| "? -.---".to_owned(), format::hertz);
    let (role, words, brief) = judged(way, what);
    let title = match &way.place {
        Some(place) => say!("emergency-elsewhere", place = place.as_ref()),
        None => say!("emergency-frequency").to_owned(),
    };
    let value = |title: &str| Fact::figure(0, title, Role::Value, &figure, hz);
    // Which place it is must not be lost where there are several.
    let named = value(&title);
    let mut facts = vec![
        if more { named } else { named.or(value("")) },
        Fact::words(0, role, words).or(Fact::words(0, role, brief)),
    ];
    facts.extend(change(state, way, what));
    if more {
        let power = format::megawatts(way.moved);
        facts.push(Fact::figure(1, "", Role::Text, &power, say!("unit-mw")));
    }
    facts
}

/// What the frequency of the grid as a whole is expected to change by, where the desk knows how the system answers.
fn change(state: &State, way: &Way, what: &What) -> Option<Fact> {
    let moved = match what {
        What::Emergency { step } => (*step)?.min(way.moved),
        What::Plan(_) => way.moved,
    };
    let less = match what {
        What::Plan(OrderKind::Restore) => Power::ZERO - moved,
        _ => moved,
    };
    let response = state.response.filter(|_| way.place.is_none())?;
    let mhz = answers(less, response)?;
    let sign = if mhz < 0 { '-' } else { '+' };
    let figure = format!(
        "{sign}{}",
        format::decimal(mhz.unsigned_abs() as f64 / 1_000.0, 3)
    );
    let title = match what {
        What::Emergency { .. } => say!("direction-change-step"),
        What::Plan(_) => say!("direction-change"),
    };
    Some(Fact::figure(
        1,
        title,
        Role::Value,
        &figure,
        say!("unit-hz"),
    ))
}

/// What the frequency says: in full, and in brief.
fn judged(way: &Way, what: &What) -> (Role, &'static str, &'static str) {
    let bad = Role::Alarm1;
    if !way.others.is_empty() {
        return (
            bad,
            say!("emergency-contradicted"),
            say!("emergency-contradicted-brief"),
        );
    }
    match (way.direction, what) {
        (Direction::Unknown, _) => (
            Role::Alarm2,
            say!("emergency-unknown"),
            say!("emergency-unknown-brief"),
        ),
        (Direction::Low, What::Plan(OrderKind::Restore)) => (
            bad,
            say!("direction-give-low"),
            say!("direction-give-low-brief"),
        ),
        (Direction::InBand, What::Plan(OrderKind::Restore)) => (
            Role::Text,
            say!("direction-give-in-band"),
            say!("emergency-in-band-brief"),
        ),
        (_, What::Plan(OrderKind::Restore)) => (
            Role::TextStrong,
            say!("direction-give-high"),
            say!("direction-give-high-brief"),
        ),
        (Direction::Low, _) => (
            Role::TextStrong,
            say!("emergency-low"),
            say!("emergency-low-brief"),
        ),
        (Direction::InBand, _) => (
            Role::Text,
            say!("emergency-in-band"),
            say!("emergency-in-band-brief"),
        ),
        (_, What::Plan(OrderKind::Curtail)) => (
            bad,
            say!("direction-shed-high"),
            say!("emergency-high-brief"),
        ),
        (Direction::High, What::Emergency { .. }) => {
            (bad, say!("emergency-high"), say!("emergency-high-brief"))
        }
        (Direction::TooHigh, What::Emergency { .. }) => (
            bad,
            say!("emergency-too-high"),
            say!("emergency-too-high-brief"),
        ),
    }
}
