//! The command palette: a line to type on, and what it finds, each with its key and where it works.

use ratatui::layout::Rect;

use super::cells::site_name;
use super::{inset, split, words};
use crate::app::State;
use crate::app::actions::Danger;
use crate::app::notice::on;
use crate::app::palette::{Entry, chosen_of, entries};
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Columns of the keys.
const KEYS: u16 = 9;
/// Columns of the names, at most.
const NAMES: u16 = 26;

/// Draws it over the whole screen: what lies below is not what is being chosen.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let (head, rest) = split(area, if area.height >= 8 { 2 } else { 1 });
    let found = entries(state);
    let typed = format!(": {}_", state.palette.typed);
    let count = say!("palette-found", n = found.len());
    strip(
        pen,
        inset(head),
        2,
        &[Fact::words(0, Role::Input, typed)],
        &[Fact::words(1, Role::TextDim, count)],
    );
    let (x, _, width) = inset(rest);
    if found.is_empty() {
        let words = say!("palette-none");
        pen.text(x + 2, rest.y, width.saturating_sub(2), Role::TextDim, words);
        return;
    }
    let room = usize::from(rest.height);
    let at = chosen_of(state, &found);
    let first = at.map_or(0, |at| (at + 1).saturating_sub(room));
    for (line, entry) in found.iter().enumerate().skip(first).take(room) {
        let y = rest.y + (line - first) as u16;
        if Some(line) == at {
            pen.paint(
                Rect {
                    y,
                    height: 1,
                    ..rest
                },
                Role::Cursor,
            );
            pen.text(x, y, 1, Role::Cursor, ">");
        }
        let place = (x + 2, y, width.saturating_sub(2));
        match entry {
            Entry::Act { spec, here, recent } => {
                let (name, does) = if *here {
                    (Role::TextStrong, Role::Text)
                } else {
                    (Role::TextDim, Role::TextDim)
                };
                let key = state.keys.first(spec).unwrap_or_default();
                let end = match (*here, *recent, spec.danger) {
                    (false, _, _) => elsewhere(spec),
                    (true, true, _) => say!("palette-recent").to_owned(),
                    (true, false, Danger::Orders) => say!("help-order").to_owned(),
                    (true, false, _) => String::new(),
                };
                one(
                    pen,
                    place,
                    (Role::Key, key),
                    (name, words::label(spec)),
                    (does, words::help(spec)),
                    &end,
                );
            }
            Entry::Site(id) => {
                let name = site_name(state, id);
                let does = say!("palette-site");
                one(
                    pen,
                    place,
                    (Role::Key, ""),
                    (Role::TextStrong, &name),
                    (Role::Text, does),
                    "",
                );
            }
        }
    }
}

fn elsewhere(spec: &crate::app::actions::Spec) -> String {
    let names: Vec<&str> = on(spec.screens).map(words::screen).collect();
    match names.first() {
        Some(first) if names.len() > 2 => say!("palette-on-more", screen = *first),
        _ => say!("palette-on", screens = names.join(", ")),
    }
}

/// Key, name, what it does, and at the right end what else is to be known.
fn one(
    pen: &mut Pen<'_>,
    (x, y, width): (u16, u16, u16),
    key: (Role, &str),
    name: (Role, &str),
    does: (Role, &str),
    end: &str,
) {
    pen.text(x, y, width.min(KEYS - 1), key.0, key.1);
    let names = NAMES.min(width.saturating_sub(KEYS));
    pen.text(x + KEYS, y, names, name.0, name.1);
    let (x, width) = (x + KEYS + NAMES, width.saturating_sub(KEYS + NAMES));
    let taken = text::width(end, width);
    // The longer sentence gives way whole: half of it says nothing.
    if width > 0 && text::width(does.1, 200) + taken + u16::from(taken > 0) * 2 <= width {
        pen.text(x, y, width, does.0, does.1);
    }
    if taken > 0 && taken <= width {
        pen.text_right(x + width, y, taken, Role::TextDim, end);
    }
}
