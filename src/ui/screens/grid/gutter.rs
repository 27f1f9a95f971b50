//! What stands at the left of the lanes: names, figures with their units, and the scale.

use super::View;
use crate::domain::quality::Quality;
use crate::ui::pen::Pen;
use crate::ui::screens::cells::value_role;
use crate::ui::text;
use crate::ui::theme::Role;

/// Where the columns of the gutter end, from the left edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gutter {
    /// Only a scale: there is no room for names.
    pub(super) is_narrow: bool,
    /// Where figures end.
    pub(super) figure: u16,
    /// Where capacities end, where they have room.
    pub(super) capacity: Option<u16>,
    /// Where units and states begin, and their width.
    pub(super) state: (u16, u16),
    /// All of it, a free column at its end.
    pub(super) width: u16,
}

impl Gutter {
    /// For a screen of that width.
    pub(super) fn of(width: u16) -> Self {
        match width {
            100.. => Self {
                is_narrow: false,
                figure: 24,
                capacity: Some(31),
                state: (32, 11),
                width: 44,
            },
            60..100 => Self {
                is_narrow: false,
                figure: 20,
                capacity: None,
                state: (21, 10),
                width: 32,
            },
            _ => Self {
                is_narrow: true,
                figure: width.saturating_sub(12),
                capacity: None,
                state: (width.saturating_sub(11), 10),
                width: if width >= 24 { 7 } else { 0 },
            },
        }
    }
}

/// A name, its figure and its unit.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) role: Role,
    pub(super) figure: &'a str,
    pub(super) unit: &'a str,
}

/// Writes them.
pub(super) fn entry(pen: &mut Pen<'_>, view: &View<'_>, x: u16, y: u16, entry: &Entry<'_>) {
    let gutter = view.gutter;
    let taken = text::width(entry.figure, gutter.figure);
    let room = gutter.figure.saturating_sub(taken + 2);
    pen.text(x + 1, y, room, Role::TextDim, entry.name);
    let end = x + gutter.figure;
    pen.text_right(end, y, gutter.figure, entry.role, entry.figure);
    let (at, width) = gutter.state;
    pen.text(x + at, y, width, Role::TextDim, entry.unit);
}

/// A label of the scale.
pub(super) fn label(pen: &mut Pen<'_>, view: &View<'_>, x: u16, y: u16, words: &str) {
    let room = view.gutter.width.saturating_sub(1).min(8);
    if room > 0 {
        pen.text_right(x + view.gutter.width - 1, y, room, Role::TextDim, words);
    }
}

/// A live figure of the grid's feed bears the sign of its age; one of a past window is a mean of what was kept.
pub(super) fn of_feed(view: &View<'_>, figure: &str) -> (Role, String) {
    let quality = view.state.grid.quality;
    if view.is_past() {
        (Role::Text, figure.to_owned())
    } else if quality >= Quality::Stale {
        (value_role(quality), format!("? {figure}"))
    } else {
        (value_role(quality), figure.to_owned())
    }
}
