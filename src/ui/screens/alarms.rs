//! Alarms as the gateways raise them, the most urgent first.

use ratatui::layout::Rect;

use super::cells::{alarm_role, alarm_sign, site_name};
use crate::app::State;
use crate::app::rows;
use crate::domain::alarm::{Alarm, AlarmState};
use crate::ui::format;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const ALARMS: &[Column] = &[
    Column::words("!", (2, 2, 2), 0),
    Column::words("RAISED", (8, 8, 8), 4),
    Column::figures("AGE", 7, 5),
    Column::words("SITE", (9, 12, 16), 3),
    Column::words("WHAT", (10, 38, 120), 2),
    Column::words("STATE", (7, 7, 7), 1),
];

/// Draws the table.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let alarms: Vec<&Alarm> = state.alarms_shown().collect();
    if alarms.is_empty() {
        let words = "No alarm stands.";
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            Role::TextDim,
            words,
        );
        return;
    }
    let ids = rows::alarms(state);
    let shown = Shown {
        rows: alarms.len(),
        cursor: rows::cursor_index(&state.nav.alarms, &ids),
        sorted: None,
    };
    let zone = pen.look().zone.clone();
    table(pen, area, ALARMS, shown, &|at| {
        let mut row = row(state, alarms[at], &zone);
        row.cursor = at == shown.cursor;
        row
    });
}

/// The state in words that fit a column.
const fn word(state: AlarmState) -> (Role, &'static str) {
    match state {
        AlarmState::Unacknowledged => (Role::TextStrong, "new"),
        AlarmState::Acknowledged => (Role::TextDim, "seen"),
        AlarmState::ReturnedUnacknowledged => (Role::Text, "gone"),
        AlarmState::Shelved => (Role::TextDim, "shelved"),
        AlarmState::Normal => (Role::TextDim, "normal"),
    }
}

fn row(state: &State, alarm: &Alarm, zone: &jiff::tz::TimeZone) -> Row {
    let (role, word) = word(alarm.state);
    Row {
        cells: vec![
            Cell::new(alarm_role(alarm.priority), alarm_sign(alarm.priority)),
            Cell::new(Role::TextDim, format::clock(alarm.raised, zone)),
            Cell::new(Role::TextDim, format::age(alarm.raised, state.now)),
            alarm.site.as_ref().map_or(Cell::Empty, |site| {
                Cell::new(Role::Text, site_name(state, site))
            }),
            Cell::new(role, alarm.text.as_ref()),
            Cell::new(role, word),
        ],
        cursor: false,
        marked: false,
    }
}
