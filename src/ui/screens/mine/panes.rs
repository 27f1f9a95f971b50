//! What the lower part shows: the log, blocks, the coinbase, sources, threads.

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::{inset, split, status, words};
use crate::app::State;
use crate::app::nav::Pane;
use crate::domain::mining::{FoundBlock, SourceView, WorkView};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::screens::engine;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::table::{Cell, Column, EDGE, Layout, Row, Shown, table};

const LOG: &[Column] = &[
    Column::words("mine-col-at", (8, 8, 8), 2),
    Column::words("mine-col-about", (5, 5, 5), 1),
    Column::words("mine-col-what", (10, 40, 200), 0),
];

const BLOCKS: &[Column] = &[
    Column::figures("mine-col-height", 9, 1),
    Column::words("mine-col-hash", (13, 17, 64), 2),
    Column::words("mine-col-fate", (14, 34, 56), 0),
    Column::figures("mine-col-btc", 13, 4),
    Column::figures("mine-col-ago", 8, 3),
];

const PAYOUT: &[Column] = &[
    Column::words("mine-col-to", (13, 28, 62), 0),
    Column::figures("mine-col-btc", 13, 1),
    Column::words("mine-col-whose", (9, 11, 11), 2),
];

const SOURCES: &[Column] = &[
    Column::words("mine-col-source", (12, 21, 40), 0),
    Column::words("mine-col-kind", (4, 4, 4), 4),
    Column::words("mine-col-state", (9, 13, 14), 1),
    Column::figures("mine-col-answers", 8, 2),
    Column::figures("mine-col-for", 8, 5),
    Column::words("mine-col-why", (20, 30, 120), 3),
];

/// The pane that Tab has chosen.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    match state.nav.pane {
        Pane::Log => log(pen, area, state, false),
        Pane::Blocks => blocks(pen, area, state, Some(state.nav.pane_cursor)),
        Pane::Payout => {
            let below = coinbase(pen, area, state);
            payout(pen, below, state, state.nav.pane_cursor);
        }
        Pane::Sources => sources(pen, area, state, state.nav.pane_cursor),
        Pane::Threads => engine::threads(pen, area, state, state.nav.pane_cursor),
    }
}

fn empty(pen: &mut Pen<'_>, area: Rect, sentence: &str) {
    let (x, y, width) = inset(area);
    if area.height > 0 {
        pen.text(x, y, width, Role::TextDim, sentence);
    }
}

fn shown(rows: usize, cursor: usize) -> Shown {
    Shown {
        rows,
        cursor: cursor.min(rows.saturating_sub(1)),
        sorted: None,
    }
}

/// What happened, the youngest on top, on a screen of its own: the line under the cursor stands below in full, as a
/// narrow terminal cuts it.
pub(in super::super) fn journal(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let whole = if area.height >= 8 { 3 } else { 0 };
    let (lines, below) = split(area, area.height - whole);
    log(pen, lines, state, true);
    let cursor = state.nav.log_cursor;
    let Some(entry) = state
        .mining
        .as_ref()
        .and_then(|m| m.log.iter().nth_back(cursor))
    else {
        return;
    };
    if below.height == 0 {
        return;
    }
    pen.rule(below.x, below.y, below.width);
    let (x, y, width) = inset(below);
    let (_, role, sentence) = words::line(entry, pen.look().glyphs.ellipsis());
    for (at, line) in (1..).zip(&text::wrapped(&sentence, width, whole - 1)) {
        pen.text(x, y + at, width, role, line);
    }
}

/// What happened, the youngest on top; with the cursor even where that is the youngest, or only above older lines.
fn log(pen: &mut Pen<'_>, area: Rect, state: &State, pointing: bool) {
    let Some(mining) = state.mining.as_ref().filter(|m| !m.log.is_empty()) else {
        return empty(pen, area, say!("mine-nothing-yet"));
    };
    let zone = pen.look().zone.clone();
    let ellipsis = pen.look().glyphs.ellipsis();
    let cursor = state.nav.log_cursor;
    let rows = mining.log.len();
    table(pen, area, LOG, shown(rows, cursor), &|at| {
        let mut row = entry(state, at, &zone, ellipsis);
        row.cursor = at == cursor && (pointing || cursor > 0);
        row
    });
}

fn entry(state: &State, from_top: usize, zone: &TimeZone, ellipsis: char) -> Row {
    let log = state.mining.as_ref().map(|m| &m.log);
    let Some(entry) = log.and_then(|log| log.get(log.len().checked_sub(from_top + 1)?)) else {
        return Row::default();
    };
    let (about, role, sentence) = words::line(entry, ellipsis);
    Row {
        cells: vec![
            Cell::new(Role::TextDim, format::clock(entry.at, zone)),
            Cell::new(Role::TextDim, about),
            Cell::new(role, sentence),
        ],
        cursor: false,
        marked: false,
    }
}

/// Blocks found here, the youngest on top; `y` copies the hash of the one under the cursor.
pub(super) fn blocks(pen: &mut Pen<'_>, area: Rect, state: &State, cursor: Option<usize>) {
    let found = status(state)
        .map(|s| s.blocks.as_slice())
        .unwrap_or_default();
    if found.is_empty() {
        return empty(pen, area, say!("mine-no-block"));
    }
    let hash = width(BLOCKS, area.width, 1);
    let ellipsis = pen.look().glyphs.ellipsis();
    let at_cursor = cursor.unwrap_or(0).min(found.len() - 1);
    table(pen, area, BLOCKS, shown(found.len(), at_cursor), &|at| {
        let mut row = found
            .len()
            .checked_sub(at + 1)
            .and_then(|at| found.get(at))
            .map_or_else(Row::default, |block| {
                block_row(state, block, hash, ellipsis)
            });
        row.cursor = cursor.is_some() && at == at_cursor;
        row
    });
}

/// The width of a column of a table that is drawn in so many columns.
fn width(columns: &[Column], width: u16, column: usize) -> u16 {
    Layout::fit(columns, width.saturating_sub(EDGE))
        .place(column)
        .map_or(0, |(_, width)| width)
}

fn block_row(state: &State, block: &FoundBlock, hash: u16, ellipsis: char) -> Row {
    let (role, fate) = words::fate(&block.fate);
    Row {
        cells: vec![
            Cell::new(Role::Value, words::height(block.height)),
            Cell::new(Role::Text, words::ends(&block.hash, hash, ellipsis)),
            Cell::new(role, fate),
            Cell::new(Role::Text, format::btc(block.reward)),
            Cell::new(Role::TextDim, words::age(block.at.age(state.now))),
        ],
        cursor: false,
        marked: false,
    }
}

/// What else the block is made of: the version bits that are rolled and the coinbase's text, where there is room.
fn coinbase(pen: &mut Pen<'_>, area: Rect, state: &State) -> Rect {
    let Some(work) = status(state).and_then(|s| s.work.as_ref()) else {
        return area;
    };
    if area.height < 4 {
        return area;
    }
    let (line, below) = split(area, 1);
    let (x, y, width) = inset(line);
    let words = say!(
        "mine-version-text",
        mask = format!("{:08x}", work.version_mask),
        text = work.coinbase_text.as_ref()
    );
    pen.text(x, y, width, Role::TextDim, &words);
    below
}

/// The coinbase, output by output.
pub(super) fn payout(pen: &mut Pen<'_>, area: Rect, state: &State, cursor: usize) {
    let Some(work) = status(state).and_then(|s| s.work.as_ref()) else {
        return empty(pen, area, say!("mine-no-coinbase"));
    };
    let to = width(PAYOUT, area.width, 0);
    let ellipsis = pen.look().glyphs.ellipsis();
    let rows = shown(work.payments.len(), cursor);
    table(pen, area, PAYOUT, rows, &|at| {
        payment(work, at, to, ellipsis)
    });
}

fn payment(work: &WorkView, at: usize, to: u16, ellipsis: char) -> Row {
    let payment = &work.payments[at];
    let (role, whose) = words::whose(payment, work.proof);
    Row {
        cells: vec![
            Cell::new(role, words::ends(&payment.to, to, ellipsis)),
            Cell::new(role, format::btc(payment.value)),
            Cell::new(role, whose),
        ],
        cursor: false,
        marked: false,
    }
}

/// Nodes or pools, in order of preference.
pub(super) fn sources(pen: &mut Pen<'_>, area: Rect, state: &State, cursor: usize) {
    let sources = status(state)
        .map(|s| s.sources.as_slice())
        .unwrap_or_default();
    let rows = shown(sources.len(), cursor);
    table(pen, area, SOURCES, rows, &|at| source(&sources[at], state));
}

fn source(source: &SourceView, state: &State) -> Row {
    let (role, health) = words::health(source);
    let took = words::took(source).unwrap_or_else(|| format::NONE.to_owned());
    Row {
        cells: vec![
            Cell::new(Role::Text, source.label.as_ref()),
            Cell::new(Role::TextDim, words::kind_short(source.kind)),
            Cell::new(role, health),
            Cell::new(Role::Text, took),
            Cell::new(Role::TextDim, words::age(source.since.age(state.now))),
            Cell::new(Role::Text, source.detail.as_ref()),
        ],
        cursor: false,
        marked: false,
    }
}
