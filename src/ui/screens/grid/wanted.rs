//! What the grid operator wants and wanted, as bars over the time it holds.

use ratatui::layout::Rect;

use super::View;
use super::gutter::{Entry, entry};
use crate::app::State;
use crate::app::axis::Columns;
use crate::app::wanted::{Heard, ruling};
use crate::domain::time::Timestamp;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::screens::inset;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// An instruction on the axis.
pub(super) struct Bar<'a> {
    heard: &'a Heard,
    /// It still holds, or will.
    is_wanted: bool,
    /// Another one rules.
    is_beside: bool,
}

/// The one that rules first; then those that hold or will, the soonest first; then those that held within the axis, the
/// latest first. What several feeds say alike is one.
pub(super) fn bars<'a>(state: &'a State, columns: &Columns) -> Vec<Bar<'a>> {
    let rules = ruling(state);
    let heard = &state.grid.heard;
    let bar = |(_, heard): (usize, &'a Heard)| Bar {
        heard,
        is_wanted: heard.is_wanted(state.now),
        is_beside: rules.is_some_and(|rules| rules != heard),
    };
    let alike = |one: &Heard, other: &Heard| {
        let wanted = one.is_wanted(state.now) && other.is_wanted(state.now);
        wanted && one.instruction.is_same(&other.instruction)
    };
    let first =
        |(at, one): &(usize, &Heard)| !heard.iter().take(*at).any(|other| alike(one, other));
    let mut bars: Vec<Bar<'a>> = heard
        .iter()
        .enumerate()
        .filter(first)
        .map(bar)
        .filter(|bar| {
            let from = bar.heard.instruction.from;
            let until = bar.heard.until();
            let within = from < columns.end() && until.is_none_or(|to| to > columns.from);
            bar.is_wanted || within
        })
        .collect();
    let from = |bar: &Bar<'_>| bar.heard.instruction.from.millis();
    bars.sort_by_key(|bar| {
        (
            !bar.is_wanted,
            bar.is_beside,
            if bar.is_wanted { from(bar) } else { -from(bar) },
        )
    });
    bars
}

/// One a row. Where there are more than rows, the last row has the bars of all that are left, and says how many.
pub(super) fn draw(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let last = usize::from(area.height).saturating_sub(1);
    for (at, bar) in view.wanted.iter().enumerate().take(last + 1) {
        let row = Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        };
        let more = if at == last {
            &view.wanted[at + 1..]
        } else {
            &[]
        };
        draw_one(pen, view, row, bar, more);
    }
}

/// The columns that a bar covers.
fn covered(view: &View<'_>, heard: &Heard) -> Option<(u16, u16)> {
    let first = view.columns.place(heard.instruction.from).max(0);
    let until = heard.until().unwrap_or(view.columns.end());
    // What ends as a column begins does not cover it.
    let last = view.columns.place(until.shifted(-1));
    let last = last.min(i64::from(view.plot.1) - 1);
    (first <= last).then_some((first as u16, last as u16))
}

fn fill(pen: &mut Pen<'_>, view: &View<'_>, y: u16, (first, last): (u16, u16)) {
    let glyphs = pen.look().glyphs;
    for at in first..=last {
        // What is still to come is drawn otherwise.
        let (role, sign) = if view.columns.start(usize::from(at)) <= view.state.now {
            (Role::Progress, glyphs.full())
        } else {
            (Role::Progress, glyphs.rest())
        };
        pen.sign(view.plot.0 + at, y, role, sign);
    }
}

fn times(view: &View<'_>, pen: &Pen<'_>, heard: &Heard) -> (String, String) {
    let zone = &pen.look().zone;
    let clock = |at: Timestamp| {
        // Another day is named.
        let now = view.state.now;
        if format::day(at, zone) == format::day(now, zone) {
            format::clock(at, zone)
        } else {
            format!(
                "{} {}",
                format::short_day(at, zone),
                format::clock(at, zone)
            )
        }
    };
    let until = heard.until();
    let until = until.map_or_else(|| say!("grid-further-notice").to_owned(), clock);
    (clock(heard.instruction.from), until)
}

fn facts(view: &View<'_>, pen: &Pen<'_>, bar: &Bar<'_>, more: usize) -> Vec<Fact> {
    let (from, until) = times(view, pen, bar.heard);
    let mut facts = Vec::new();
    if more > 0 {
        let more = say!("axis-more", n = more);
        facts.push(Fact::words(1, Role::TextStrong, more));
    }
    facts.push(Fact::figure(1, say!("grid-from"), Role::Text, &from, ""));
    facts.push(Fact::figure(2, say!("grid-until"), Role::Text, &until, ""));
    let reason = bar.heard.instruction.reason.as_ref();
    if !reason.is_empty() {
        facts.push(Fact::words(3, Role::Text, reason));
    }
    facts
}

fn draw_one(pen: &mut Pen<'_>, view: &View<'_>, row: Rect, bar: &Bar<'_>, more: &[Bar<'_>]) {
    let target = format::megawatts(bar.heard.instruction.target);
    let name = match () {
        () if !bar.is_wanted => say!("axis-wanted"),
        () if bar.is_beside => say!("axis-also"),
        () => say!("axis-wants"),
    };
    let role = if bar.is_wanted {
        Role::Value
    } else {
        Role::Text
    };
    if view.gutter.is_narrow {
        let mut all = vec![Fact::figure(0, name, role, &target, say!("unit-mw"))];
        all.extend(facts(view, pen, bar, more.len()));
        strip(pen, inset(row), 2, &all, &[]);
        return;
    }
    let words = Entry {
        name,
        role,
        figure: &target,
        unit: say!("unit-mw"),
    };
    entry(pen, view, row.x, row.y, &words);
    for other in more.iter().rev() {
        if let Some(place) = covered(view, other.heard) {
            fill(pen, view, row.y, place);
        }
    }
    let own = covered(view, bar.heard);
    if let Some(place) = own {
        fill(pen, view, row.y, place);
    }
    let (at, width) = if more
        .iter()
        .any(|other| covered(view, other.heard).is_some())
    {
        // The row is not empty beside its own bar.
        own.map_or((0, 0), |(first, last)| {
            (first + 1, (last - first).saturating_sub(1))
        })
    } else {
        beside(own, view.plot.1)
    };
    let facts = facts(view, pen, bar, more.len());
    label(pen, (view.plot.0 + at, row.y, width), &facts);
}

/// The widest place for words: left or right of a bar, or in it.
fn beside(own: Option<(u16, u16)>, width: u16) -> (u16, u16) {
    let Some((first, last)) = own else {
        return (0, width);
    };
    let left = (0, first.saturating_sub(1));
    let right = ((last + 2).min(width), width.saturating_sub(last + 2));
    let within = (first + 1, (last - first).saturating_sub(1));
    [left, right, within]
        .into_iter()
        .max_by_key(|(_, room)| *room)
        .unwrap_or(left)
}

/// Words with a free column on each side, so that they stand out of a bar; those that find no room go.
fn label(pen: &mut Pen<'_>, (x, y, width): (u16, u16, u16), facts: &[Fact]) {
    if width < 4 {
        return;
    }
    strip(pen, (x, y, width), 2, facts, &[]);
}
