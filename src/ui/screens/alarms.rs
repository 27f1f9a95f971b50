//! The alarms in one list, the most urgent first; how many come against what one operator can handle; and of the
//! chosen one what to do about it.

mod detail;
mod known;

use std::fmt::Write;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::cells::{alarm_role, alarm_sign, site_name};
use super::told;
use super::{inset, split};
use crate::app::State;
use crate::app::alarms::Alarming;
use crate::app::alarms::deeds::{Ask, Prompt, choices};
use crate::app::alarms::list::{self, Line, View};
use crate::app::alarms::rates::{self, Rates};
use crate::app::rows;
use crate::domain::alarm::AlarmState;
use crate::ui::format;
use crate::ui::locales::{Language, say, spoken};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, Part, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

/// The column of the state.
const STATE: usize = 1;

const ALARMS: &[Column] = &[
    Column::words("!", (2, 2, 2), 0),
    Column::words("alarms-col-state", (6, 6, 10), 1),
    Column::words("alarms-col-raised", (8, 8, 8), 5),
    Column::figures("alarms-col-age", 7, 4),
    Column::words("nation-col-site", (9, 12, 16), 3),
    Column::words("journal-col-what", (10, 26, 160), 0),
];

/// The columns; words for the state are longer in Cyrillic, and are not cut.
fn columns() -> Vec<Column> {
    let mut columns = ALARMS.to_vec();
    if spoken() != Language::English {
        columns[STATE].least = 10;
        columns[STATE].good = 10;
    }
    columns
}

/// Draws heading, list and detail.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let roomy = area.height >= 20;
    let (head, rest) = split(area, if roomy { 2 } else { 1 });
    heading(pen, head, state, roomy);
    let lines = list::shown(state);
    if lines.is_empty() {
        let words = nothing(state);
        let (x, y, width) = inset(rest);
        if rest.height > 0 {
            pen.text(x, y, width, Role::TextDim, words);
        }
        return;
    }
    let ids: Vec<Arc<str>> = lines.iter().map(|line| line.row.clone()).collect();
    let cursor = rows::cursor_index(&state.nav.alarms, &ids);
    let below = match rest.height {
        0..=4 => 0,
        5..=8 => 1,
        9..=12 => 5,
        height => (height / 2).min(10),
    };
    let (top, low) = split(rest, rest.height - below);
    let shown = Shown {
        rows: lines.len(),
        cursor,
        sorted: None,
    };
    let zone = pen.look().zone.clone();
    let columns = columns();
    table(pen, top, &columns, shown, &|at| {
        lines.get(at).map_or_else(Row::default, |line| {
            let mut row = row(state, line, &zone);
            row.cursor = at == cursor;
            row
        })
    });
    if let Some(line) = lines.get(cursor) {
        detail::draw(pen, low, state, line);
    }
}

fn nothing(state: &State) -> &'static str {
    if !state.nav.alarms.filter.is_empty() {
        return say!("alarms-none-filter");
    }
    match state.alarming.view {
        View::Active => say!("alarms-none-active"),
        View::Shelved => say!("alarms-none-shelved"),
        View::Silenced => say!("alarms-none-silenced"),
        View::All => say!("alarms-none-all"),
    }
}

/// A part of the list.
fn part(view: View) -> &'static str {
    match view {
        View::Active => say!("alarms-view-active"),
        View::Shelved => say!("alarms-view-shelved"),
        View::Silenced => say!("alarms-view-silenced"),
        View::All => say!("alarms-view-all"),
    }
}

/// The parts of the list with their counts, the one shown in brackets; beside or below them the rates.
fn heading(pen: &mut Pen<'_>, area: Rect, state: &State, roomy: bool) {
    if area.height == 0 {
        return;
    }
    let rates = rates::rates(state);
    let mut facts = Vec::new();
    for view in View::ALL {
        let count = match view {
            View::Active => list::lines(state, view)
                .iter()
                .filter(|l| !l.is_child)
                .count(),
            View::Shelved => rates.shelved,
            View::Silenced => rates.suppressed + rates.out,
            View::All => state.alarms.len(),
        };
        let words = format!("{} {count}", part(view));
        facts.push(if view == state.alarming.view {
            Fact::words(0, Role::Chosen, format!("[{words}]"))
        } else {
            Fact::words(1, Role::TextDim, format!(" {words} "))
        });
    }
    let mut figures = figures(&rates);
    if let Some(changes) = state.journal.flood() {
        let changes = format!("!2 {changes}");
        let flood = Fact::figure(
            1,
            say!("alarms-changes"),
            Role::Alarm2,
            &changes,
            say!("alarms-once"),
        );
        figures.insert(1, flood);
    }
    if roomy {
        strip(pen, inset(area), 1, &facts, &[]);
        let line = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        strip(pen, inset(line), 3, &figures, &[]);
    } else {
        strip(pen, inset(area), 1, &facts, &figures[..1]);
    }
}

/// What comes, against what the standard recommends for one operator.
fn figures(rates: &Rates) -> Vec<Fact> {
    let ten = rates.ten_minutes.to_string();
    let (role, verdict) = if rates.is_flood() {
        (Role::Alarm2, say!("alarms-flood-over"))
    } else if rates.ten_minutes > rates::MANAGEABLE {
        (Role::TextStrong, say!("alarms-above"))
    } else {
        (Role::Value, "")
    };
    let mut first = vec![
        Part::Words(Role::TextDim, format!("{} ", say!("alarms-ten-minutes"))),
        Part::Words(role, ten.clone()),
    ];
    if !verdict.is_empty() {
        first.push(Part::Words(role, format!(" {verdict}")));
    }
    let brief = vec![
        Part::Words(
            Role::TextDim,
            format!("{} ", say!("alarms-ten-minutes-brief")),
        ),
        Part::Words(role, ten),
    ];
    let total: usize = rates.day.iter().sum();
    let stale_role = if rates.stale >= rates::FEW_STALE {
        Role::TextStrong
    } else {
        Role::Value
    };
    let day = rates.day.map(|count| count.to_string()).join("-");
    vec![
        Fact {
            weight: 2,
            forms: vec![first, brief],
            keeps: None,
        },
        Fact::words(4, Role::TextDim, say!("alarms-standard")),
        Fact::figure(
            3,
            say!("alarms-standing"),
            Role::Value,
            &rates.standing.to_string(),
            "",
        ),
        Fact::figure(
            3,
            say!("alarms-over-a-day"),
            stale_role,
            &rates.stale.to_string(),
            say!("alarms-few-stale"),
        ),
        Fact::figure(
            5,
            &say!("alarms-by-priority", total = total),
            Role::Value,
            &day,
            say!("alarms-mix"),
        ),
    ]
}

/// The state as a letter and a word that fit a column.
pub(super) fn word(state: AlarmState) -> (Role, &'static str) {
    match state {
        AlarmState::Unacknowledged => (Role::TextStrong, say!("alarms-state-new")),
        AlarmState::Acknowledged => (Role::TextDim, say!("alarms-state-seen")),
        AlarmState::ReturnedUnacknowledged => (Role::Text, say!("alarms-state-gone")),
        AlarmState::Latched => (Role::Text, say!("alarms-state-latched")),
        AlarmState::Shelved => (Role::TextDim, say!("alarms-state-shelved")),
        AlarmState::Suppressed => (Role::TextDim, say!("alarms-state-rule")),
        AlarmState::OutOfService => (Role::TextDim, say!("alarms-state-out")),
        AlarmState::Normal => (Role::TextDim, say!("alarms-state-normal")),
    }
}

fn row(state: &State, line: &Line, zone: &jiff::tz::TimeZone) -> Row {
    let (role, word) = word(line.state);
    let sign = if line.state.is_open() {
        alarm_role(line.priority)
    } else {
        Role::TextDim
    };
    let is_expanded = state.alarming.expanded.contains(&line.row);
    let words = told::sentence(&line.text);
    let text = match (line.is_parent, line.is_child) {
        (true, _) if is_expanded => format!("- {words}"),
        (true, _) => format!("+ {words}"),
        (_, true) => format!("  {words}"),
        _ => words,
    };
    let changes = match &line.members[..] {
        [key] => state.alarms.get(key).map_or(1, |alarm| alarm.changes),
        _ => 1,
    };
    let text = if changes > 1 {
        format!("{text} (x{changes})")
    } else {
        text
    };
    Row {
        cells: vec![
            Cell::new(sign, alarm_sign(line.priority)),
            Cell::new(role, word),
            Cell::new(Role::TextDim, format::clock(line.at, zone)),
            Cell::new(Role::TextDim, format::age(line.raised, state.now)),
            line.site.as_ref().map_or(Cell::Empty, |site| {
                Cell::new(Role::Text, site_name(state, site))
            }),
            Cell::new(role, text),
        ],
        cursor: false,
        marked: false,
    }
}

/// The question about an alarm, with the keys of the times that this desk allows.
pub(super) fn question(prompt: &Prompt, alarming: &Alarming) -> String {
    let typed = prompt.typed.as_str();
    match &prompt.ask {
        Ask::Time { is_shelved } => {
            let mut words = say!("alarms-ask-time").to_owned();
            for (key, time) in choices(alarming) {
                let _ = write!(words, " {key} {}", format::span(time));
            }
            if *is_shelved {
                let _ = write!(words, " {}", say!("alarms-ask-bring-back", key = "0"));
            }
            words
        }
        Ask::Reason(time) => {
            let time = format::span(*time);
            say!("alarms-ask-reason", time = time, typed = typed)
        }
        Ask::Out => say!("alarms-ask-out", typed = typed),
        Ask::Back => say!("alarms-ask-back", key = "y"),
    }
}
