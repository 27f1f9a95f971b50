//! Calling an order back: what of it never begins then, what goes on, and the word that does it.

use ratatui::layout::Rect;

use super::abnormal::{wanted, whereto};
use super::cells::person;
use super::notice::cancelled;
use super::{inset, split, words};
use crate::app::State;
use crate::app::actions::{ACTIONS, Action, works_on};
use crate::app::cancel::{Prompt, Step, Wrong, fate, moved, record};
use crate::app::curtail::ARMED_FOR;
use crate::app::notes::short;
use crate::control::order::Record;
use crate::domain::order::OrderKind;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// The key that calls an order back, where it works here and something of it waits.
pub(super) fn key_of(record: &Record, state: &State) -> Option<String> {
    let waits = record.shares().waits;
    let key = state.keys.hint(Action::CancelOrder);
    let here = ACTIONS
        .iter()
        .find(|spec| spec.action == Action::CancelOrder)?;
    let works = works_on(here, state.nav.screen, state.solo) && !state.desk.read_only;
    (waits > 0 && works).then(|| say!("cancel-key", key = key, n = waits))
}

/// Draws the dialog over the body.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, prompt: &Prompt) {
    let Some(record) = record(state, prompt.feed, prompt.id) else {
        return;
    };
    if area.height == 0 {
        return;
    }
    let ask = if area.height >= 4 { 2 } else { 1 };
    let (above, below) = split(area, area.height.saturating_sub(ask));
    question(pen, below, state, prompt);
    let lines = lines(state, prompt, record);
    let gap = u16::from(above.height >= 12);
    for (at, facts) in (0..).zip(&lines) {
        let line = Rect {
            y: above.y + at + if at > 0 { gap } else { 0 },
            height: 1,
            ..above
        };
        if line.y < above.bottom() {
            strip(pen, inset(line), 2, facts, &[]);
        }
    }
}

/// Which order, what becomes of its blocks, and what is offered for those that have moved.
fn lines(state: &State, prompt: &Prompt, record: &Record) -> Vec<Vec<Fact>> {
    let shares = record.shares();
    let id = short(record.order.id.0);
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let text = |words: &str| Fact::words(0, Role::Text, words);
    let mut by = person(state, &record.order.issued_by);
    if let Some(desk) = record.order.desk.as_ref().filter(|d| !d.is_empty()) {
        by = say!("orders-by-desk", by = by, desk = person(state, desk));
    }
    let (role, stands) = words::stands(state, record);
    let measured = record.wanted > Power::ZERO;
    let unit = if measured { say!("unit-mw") } else { "" };
    let mut lines = vec![
        vec![
            Fact::words(0, Role::Title, say!("cancel-title", id = id)),
            strong(&whereto(record, state)),
            Fact::figure(0, "", Role::Value, &wanted(record), unit),
            Fact::words(1, role, stands),
            Fact::figure(2, say!("orders-issued-by"), Role::Text, &by, ""),
        ],
        vec![
            text(&say!("cancel-goes-on", n = shares.moves)),
            text(&say!("cancel-there", n = shares.there)),
        ],
    ];
    if shares.waits > 0 {
        lines[1].insert(0, strong(&say!("cancel-never", n = shares.waits)));
    }
    if shares.cancelled > 0 {
        lines.push(vec![text(&say!("cancel-cancelled", n = shares.cancelled))]);
    }
    let moved = moved(record).len();
    if moved > 0 && !matches!(prompt.step, Step::Armed { .. }) {
        let words = match record.order.kind {
            OrderKind::Curtail => say!("cancel-offer-restore", n = moved, key = "r"),
            OrderKind::Restore => say!("cancel-offer-curtail", n = moved, key = "r"),
        };
        lines.push(vec![text(&words)]);
    }
    if let Some(fate) = fate(state, prompt.feed, prompt.id) {
        let (role, words) = cancelled(fate);
        lines.push(vec![Fact::words(0, role, words)]);
    }
    lines
}

fn wrong(prompt: &Prompt) -> Option<String> {
    Some(match prompt.wrong? {
        Wrong::NothingWaits => say!("cancel-nothing-waits").to_owned(),
        Wrong::Anothers => say!("cancel-anothers").to_owned(),
        Wrong::NoLink => say!("cancel-no-link").to_owned(),
        Wrong::Word => say!("cancel-word", word = prompt.word()),
        Wrong::TimeOver => say!("cancel-time-over", key = "a").to_owned(),
    })
}

/// The question of the step; above it what is wrong.
fn question(pen: &mut Pen<'_>, area: Rect, state: &State, prompt: &Prompt) {
    let (above, line) = split(area, area.height.saturating_sub(1));
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let mut upper = wrong(prompt).map_or_else(Vec::new, |words| {
        vec![Fact::words(0, Role::Alarm2, "!"), strong(&words)]
    });
    let facts = match &prompt.step {
        Step::Check => vec![
            strong(say!("dialog-nothing-sent")),
            Fact::words(
                0,
                Role::Text,
                say!("cancel-arms", key = "a", time = format::span(ARMED_FOR)),
            ),
        ],
        Step::Sent => vec![strong(say!("cancel-left"))],
        Step::Armed { typed, .. } => {
            let armed = if prompt.is_deaf(state.now) {
                say!("dialog-arming")
            } else {
                say!("dialog-armed")
            };
            let armed = Fact::words(3, Role::Danger, format!(" {armed} "));
            let word = prompt.word();
            let typing = say!("dialog-type");
            let what = Fact::figure(0, typing, Role::TextStrong, &word, say!("dialog-to-send"))
                .or(Fact::figure(0, typing, Role::TextStrong, &word, ""));
            let left = prompt.seconds_left(state.now).unwrap_or(0);
            let time = strong(&format!("{left} {}", say!("unit-second")));
            let input = Fact::figure(0, ">", Role::Input, &format!("{typed}_"), "");
            if area.width < 60 && above.height > 0 {
                if upper.is_empty() {
                    upper = vec![what, armed];
                }
                vec![input, time]
            } else {
                vec![armed, what, time, input]
            }
        }
    };
    if above.height > 0 {
        strip(pen, inset(above), 1, &upper, &[]);
    }
    strip(pen, inset(line), 2, &facts, &[]);
}
