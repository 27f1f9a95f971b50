//! What feeds do not agree about, with both sides: in the lines above every screen, on Grid, and in the emergency's
//! prompt.

use ratatui::layout::Rect;

use super::inset;
use crate::app::State;
use crate::app::actions::Action;
use crate::app::emergency::Way;
use crate::app::sources::{Dispute, Figure, Place};
use crate::domain::ids::FeedId;
use crate::domain::units::{Hertz, Power};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

fn figure(figure: Figure, value: i64) -> String {
    match figure {
        Figure::Frequency => format::hertz(Hertz::from_millihertz(value)),
        Figure::Surplus | Figure::Demand => format::whole_megawatts(Power::from_watts(value)),
    }
}

fn unit(figure: Figure) -> &'static str {
    match figure {
        Figure::Frequency => say!("unit-hz"),
        Figure::Surplus | Figure::Demand => say!("unit-mw"),
    }
}

fn name(figure: Figure) -> &'static str {
    match figure {
        Figure::Frequency => say!("emergency-frequency"),
        Figure::Surplus => say!("grid-surplus"),
        Figure::Demand => say!("grid-demand"),
    }
}

fn label(state: &State, id: FeedId) -> &str {
    state.feed(id).map_or("", |feed| &feed.label)
}

/// Both sides of a dispute: `50.900 Hz plant / 49.000 Hz grid disputed`, who rules first.
fn both(state: &State, of: &Dispute, weight: u8, title: &str) -> Fact {
    let sides =
        [of.rules, of.other].map(|(id, value)| (label(state, id), figure(of.figure, value)));
    let [(one, first), (two, second)] = &sides;
    let (unit, word) = (unit(of.figure), say!("frame-disputed"));
    let named = format!("{first} {unit} {one} / {second} {unit} {two}");
    let brief = format!("{first} / {second} {unit}");
    let of = |words: &str| Fact::figure(weight, title, Role::Alarm1, words, word);
    of(&named).or(of(&brief))
}

fn is_main(state: &State, place: &Place) -> bool {
    let main = state
        .grid
        .reading
        .as_ref()
        .map(|(_, reading)| &reading.grid_node);
    main == Some(place)
}

/// The nation's frequency as two feeds have it, where they disagree.
pub(super) fn frequency(state: &State) -> Option<Fact> {
    let disputes = state.grid.disputes();
    let of = |d: &&Dispute| d.figure == Figure::Frequency && is_main(state, &d.place);
    disputes
        .iter()
        .find(of)
        .map(|dispute| both(state, dispute, 0, ""))
}

/// The nation's surplus as two feeds have it, where they disagree.
pub(super) fn surplus(state: &State) -> Option<Fact> {
    let disputes = state.grid.disputes();
    let of = |d: &&Dispute| d.figure == Figure::Surplus && is_main(state, &d.place);
    let title = say!("frame-surplus");
    disputes
        .iter()
        .find(of)
        .map(|dispute| both(state, dispute, 1, title))
}

/// All else that is disputed, and what other nodes and islands say.
pub(super) fn rest(state: &State) -> Vec<Fact> {
    let mut facts = Vec::new();
    for dispute in state.grid.disputes() {
        let main = is_main(state, &dispute.place);
        if main && dispute.figure != Figure::Demand {
            continue;
        }
        let place = dispute.place.as_deref().unwrap_or("");
        facts.push(both(
            state,
            &dispute,
            2,
            if main { name(dispute.figure) } else { place },
        ));
    }
    let meters = state
        .fleet
        .sites
        .values()
        .filter_map(|view| view.disputed.as_ref());
    let meters: usize = meters.map(|(_, count)| count).sum();
    if meters > 0 {
        let words = say!("frame-meters-disputed", n = meters);
        facts.push(Fact::words(2, Role::Alarm2, words));
    }
    for (_, reading) in state.grid.elsewhere() {
        let (Some(place), Some(hertz)) = (&reading.grid_node, reading.frequency) else {
            continue;
        };
        let (role, word) = super::top::judged(hertz);
        let words = format!("{} {}", format::hertz(hertz), say!("unit-hz"));
        facts.push(Fact::figure(4, place, role, &words, word));
    }
    facts
}

/// The frequency of a site's own node or island, where a feed names that.
pub(super) fn at_node(state: &State, node: &str) -> Option<Fact> {
    let (_, reading, _) = state.grid.at(node)?;
    let hertz = reading.frequency.filter(|_| reading.grid_node.is_some())?;
    let (role, word) = super::top::judged(hertz);
    let figure = format!("{} {}", format::hertz(hertz), say!("unit-hz"));
    Some(Fact::figure(1, "", role, &figure, word))
}

/// The lines of Grid: who rules, who says otherwise, and how to choose. Gives what is left of the area.
pub(super) fn lines(pen: &mut Pen<'_>, area: Rect, state: &State) -> Rect {
    let disputes = state.grid.disputes();
    let most = usize::from(area.height / 4).min(4);
    for (at, dispute) in disputes.iter().take(most).enumerate() {
        let line = Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        };
        strip(pen, inset(line), 2, &line_of(state, dispute), &[]);
    }
    let taken = disputes.len().min(most) as u16;
    Rect {
        y: area.y + taken,
        height: area.height - taken,
        ..area
    }
}

fn line_of(state: &State, dispute: &Dispute) -> Vec<Fact> {
    let unit = unit(dispute.figure);
    let title = match &dispute.place {
        Some(place) => format!("{} {place}", name(dispute.figure)),
        None => name(dispute.figure).to_owned(),
    };
    let side = |role, words: &str, value| {
        let words = format!("{words}:");
        Fact::figure(0, &words, role, &figure(dispute.figure, value), unit)
    };
    let (rules, other) = (label(state, dispute.rules.0), label(state, dispute.other.0));
    let rules = if dispute.chosen {
        say!("grid-chosen", label = rules)
    } else {
        say!("grid-rules", label = rules)
    };
    let key = state.keys.hint(Action::ChooseSource);
    vec![
        Fact::words(
            0,
            Role::Alarm1,
            format!("{title} {}", say!("frame-disputed")),
        ),
        side(Role::TextStrong, &rules, dispute.rules.1),
        side(
            Role::TextStrong,
            &say!("grid-other", label = other),
            dispute.other.1,
        ),
        Fact::words(1, Role::TextDim, say!("grid-choose", key = key)),
    ]
}

fn hz(value: i64) -> String {
    format!("{} {}", figure(Figure::Frequency, value), say!("unit-hz"))
}

/// Who says otherwise of the frequency at a place that the emergency's prompt tells.
pub(super) fn others(state: &State, way: &Way) -> Vec<Vec<Fact>> {
    let line = |(id, value): &(FeedId, i64)| {
        let (label, value) = (label(state, *id), hz(*value));
        let long = say!("emergency-disputed", label = label, value = value.as_str());
        let brief = say!("emergency-disputed-brief", value = value);
        let fact = |words| Fact::words(0, Role::Alarm1, words);
        vec![fact(long).or(fact(brief))]
    };
    way.others.iter().map(line).collect()
}

/// What the prompt says of other islands than it has `told` of.
pub(super) fn elsewhere(state: &State, told: &[Way]) -> Vec<Vec<Fact>> {
    let mut lines = Vec::new();
    let told = |place: &Place| told.iter().any(|way| way.place == *place);
    for (_, reading) in state.grid.elsewhere() {
        if told(&reading.grid_node) {
            continue;
        }
        if let (Some(place), Some(hertz)) = (&reading.grid_node, reading.frequency) {
            let title = say!("emergency-elsewhere", place = place.as_ref());
            let (role, word) = super::top::judged(hertz);
            let words = hz(hertz.millihertz());
            lines.push(vec![Fact::figure(0, &title, role, &words, word)]);
        }
    }
    lines
}
