//! The chosen alarm: what to do about it, what happens otherwise, and what has become of it so far.

use ratatui::layout::Rect;

use super::super::cells::{alarm_role, alarm_sign, site_name};
use super::super::{inset, split};
use super::known::{Part, told};
use super::word;
use crate::app::State;
use crate::app::actions::Action;
use crate::app::alarms::list::Line;
use crate::app::alarms::table::{Definition, definition};
use crate::app::alarms::{OWN, Subject};
use crate::domain::alarm::AlarmState;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Columns of the words before each line.
const NAME: u16 = 7;

type Told = Vec<(&'static str, Role, String)>;

/// Draws a rule and, below it, what fits; with one line only, what to do.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, line: &Line) {
    if area.height == 0 {
        return;
    }
    let known = definition(&line.kind);
    if area.height == 1 {
        said(pen, area, &action(state, known));
        return;
    }
    pen.rule(area.x, area.y, area.width);
    let (_, area) = split(area, 1);
    let (head, mut rest) = split(area, 1);
    heading(pen, head, state, line, known);
    let mut lines: Told = vec![action(state, known)];
    lines.extend(standing(state, line, pen));
    if let Some(known) = known {
        let of = |part| told(state, known, part);
        lines.push((say!("alarms-means"), Role::Text, of(Part::Cause)));
        lines.push((say!("alarms-else"), Role::Text, of(Part::Consequence)));
    }
    // What became of it keeps a line also where there are few.
    let past = history(state, line, pen);
    let room = usize::from(rest.height);
    if !past.is_empty() && lines.len() >= room {
        lines.truncate(room.saturating_sub(1).max(1));
    }
    lines.extend(past);
    for one in lines.into_iter().take(room) {
        let (place, more) = split(rest, 1);
        said(pen, place, &one);
        rest = more;
    }
}

fn said(pen: &mut Pen<'_>, area: Rect, (name, role, words): &(&'static str, Role, String)) {
    let (x, y, width) = inset(area);
    pen.text(x, y, width.min(NAME), Role::TextDim, name);
    let width = width.saturating_sub(NAME);
    pen.text(x.saturating_add(NAME), y, width, *role, words);
}

fn heading(pen: &mut Pen<'_>, area: Rect, state: &State, line: &Line, known: Option<&Definition>) {
    let (role, word) = word(line.state);
    let name = known.map_or_else(
        || say!("alarms-of-gateway").to_owned(),
        |known| told(state, known, Part::Name),
    );
    let mut left = vec![
        Fact::words(0, alarm_role(line.priority), alarm_sign(line.priority)),
        Fact::words(0, Role::TextStrong, name),
    ];
    if let Some(site) = &line.site {
        left.push(Fact::words(1, Role::Text, site_name(state, site)));
    }
    left.push(Fact::words(2, role, word));
    let source = match line.members.first() {
        Some((feed, _)) if *feed == OWN => say!("alarms-own").to_owned(),
        Some((feed, _)) => state.feed(*feed).map_or_else(String::new, |feed| {
            say!("alarms-from", feed = feed.label.as_ref())
        }),
        None => String::new(),
    };
    let right = [Fact::words(3, Role::TextDim, source)];
    strip(pen, inset(area), 2, &left, &right);
}

/// What to do, and how soon.
fn action(state: &State, known: Option<&Definition>) -> (&'static str, Role, String) {
    let words = known.map_or_else(
        || say!("alarms-no-cause").to_owned(),
        |known| {
            let time = format::span(known.within);
            let response = told(state, known, Part::Response);
            say!("alarms-action", time = time, response = response)
        },
    );
    (say!("alarms-do"), Role::TextStrong, words)
}

/// Why it is not in the list of active ones, or what it consists of.
fn standing(state: &State, line: &Line, pen: &Pen<'_>) -> Option<(&'static str, Role, String)> {
    let key_of = |action| state.keys.hint(action);
    if line.is_parent {
        let words = say!(
            "alarms-flood-of",
            number = line.members.len(),
            open = key_of(Action::Drill),
            ack = key_of(Action::Acknowledge),
            shelve = key_of(Action::Shelve)
        );
        return Some((say!("alarms-flood"), Role::Text, words));
    }
    let key = line.members.first()?;
    let alarm = state.alarms.get(key);
    match line.state {
        AlarmState::Shelved => {
            let shelf = alarm?.shelf.as_ref()?;
            let until = format::clock(shelf.until, &pen.look().zone);
            let left = format::span(state.now.age(shelf.until));
            Some((
                say!("alarms-until"),
                Role::Text,
                say!(
                    "alarms-shelf",
                    until = until,
                    left = left,
                    reason = shelf.reason.as_ref()
                ),
            ))
        }
        AlarmState::OutOfService => {
            let subject = alarm.map(|alarm| Subject::of(key.0, alarm));
            let out = state
                .alarming
                .out
                .iter()
                .find(|(s, out)| subject.as_ref() == Some(s) || out.alarm.id == key.1)?
                .1;
            let since = format::clock(out.since, &pen.look().zone);
            Some((
                say!("alarms-out"),
                Role::Text,
                say!(
                    "alarms-out-since",
                    since = since,
                    by = out.by.as_ref(),
                    reason = out.reason.as_ref()
                ),
            ))
        }
        AlarmState::Suppressed => {
            let words = say!("alarms-by-rule").to_owned();
            Some((say!("alarms-rule"), Role::Text, words))
        }
        AlarmState::Latched => {
            let words = say!("alarms-latched", ack = key_of(Action::Acknowledge));
            Some((say!("alarms-now"), Role::Text, words))
        }
        _ => None,
    }
}

/// What has become of it, the youngest first.
fn history(state: &State, line: &Line, pen: &Pen<'_>) -> Told {
    let Some(key) = line.members.first().filter(|_| !line.is_parent) else {
        return Vec::new();
    };
    let zone = &pen.look().zone;
    let mut past: Vec<String> = state
        .alarming
        .history(key)
        .map(|past| format!("{} {}", format::clock(past.at, zone), past.what))
        .collect();
    past.reverse();
    let name = |at: usize| if at == 0 { say!("alarms-past") } else { "" };
    past.into_iter()
        .enumerate()
        .map(|(at, words)| (name(at), Role::Text, words))
        .collect()
}
