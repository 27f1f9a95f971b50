//! What is curtailed and waits to come back, block by block, as the gateways tell it.

use ratatui::layout::Rect;

use super::super::cells::site_name;
use super::super::told;
use super::super::{inset, split};
use crate::app::State;
use crate::app::notes::short;
use crate::app::rows;
use crate::app::waiting::{self, Row as Waits, Waiting};
use crate::domain::ids::BlockKey;
use crate::domain::waiting::WaitsFor;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const QUEUE: &[Column] = &[
    Column::words("nation-col-site", (9, 11, 20), 0),
    Column::words("site-col-block", (8, 8, 16), 1),
    Column::figures("desk-col-back", 8, 2),
    Column::figures("desk-col-in", 8, 3),
    Column::words("desk-col-not-before", (10, 10, 12), 5),
    Column::words("orders-col-why", (10, 24, 60), 4),
    Column::words("orders-col-order", (6, 6, 6), 6),
];

/// Why a block waits, in words.
pub(in crate::ui::screens) fn why(reason: &WaitsFor) -> String {
    match reason {
        WaitsFor::Turn => say!("desk-waits-turn"),
        WaitsFor::RampCap => say!("desk-waits-cap"),
        WaitsFor::MinimumOff => say!("desk-waits-minimum"),
        WaitsFor::Frequency => say!("desk-waits-frequency"),
        WaitsFor::FrequencyUnknown => say!("desk-waits-blind"),
        WaitsFor::Instruction => say!("desk-waits-instruction"),
        WaitsFor::Calm => say!("desk-waits-calm"),
        WaitsFor::Offset => say!("desk-waits-offset"),
        WaitsFor::OrderPending => say!("desk-waits-order"),
        WaitsFor::Stated(code) => return code.to_string(),
    }
    .to_owned()
}

/// The queue in figures, the fullest form first.
pub(super) fn brief(sum: &Waiting, state: &State) -> Vec<Fact> {
    if !sum.is_told {
        return vec![Fact::words(
            0,
            Role::TextDim,
            say!("desk-queue-untold-brief"),
        )];
    }
    let old = sum.stale.map(|age| {
        let words = say!("desk-queue-stale", age = format::span(age));
        Fact::words(0, Role::Alarm2, words)
    });
    if sum.blocks == 0 {
        let nothing = Fact::words(0, Role::TextDim, say!("desk-queue-empty-brief"));
        return [Some(nothing), old].into_iter().flatten().collect();
    }
    let blocks = i64::try_from(sum.blocks).unwrap_or(i64::MAX);
    let mut facts = vec![
        Fact::words(0, Role::Value, say!("desk-queue-blocks", n = blocks)),
        Fact::figure(
            0,
            "",
            Role::Value,
            &format::megawatts(sum.adds),
            say!("unit-mw"),
        ),
    ];
    // Of an old queue neither an end nor that there is none is known.
    let end = (sum.stale.is_none()).then_some(sum.last);
    facts.extend(end.map(|last| match last {
        Some(last) => {
            let left = std::time::Duration::from_millis(
                u64::try_from(last.millis().saturating_sub(state.now.millis())).unwrap_or(0),
            );
            let words = say!("desk-queue-last", time = format::span(left));
            Fact::words(1, Role::Text, words)
        }
        None => Fact::words(1, Role::TextStrong, say!("desk-queue-no-end")),
    }));
    if sum.held > 0 {
        let held = i64::try_from(sum.held).unwrap_or(i64::MAX);
        let words = say!("desk-queue-held", n = held);
        facts.push(Fact::words(2, Role::Alarm3, words));
    }
    facts.extend(old);
    facts
}

/// Blocks that are off, and those that are lowered to a step, with no restore waiting.
fn below(state: &State) -> Vec<Fact> {
    let below = waiting::held_below(state);
    let dim = |words: String| Fact::words(4, Role::TextDim, words);
    let off = (below.off > 0).then(|| dim(say!("desk-queue-off", n = below.off)));
    let lowered = (below.lowered > 0).then(|| dim(say!("desk-queue-lowered", n = below.lowered)));
    off.into_iter().chain(lowered).collect()
}

/// Draws the figures and the blocks.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let queue = waiting::queue(state);
    let sum = waiting::waiting(state);
    let (head, rest) = split(area, 1);
    let mut facts = brief(&sum, state);
    let below = below(state);
    facts.extend(below.iter().cloned());
    if let Some(last) = sum.last.filter(|_| sum.stale.is_none()) {
        let clock = format::clock(last, &pen.look().zone);
        facts.push(Fact::words(
            5,
            Role::TextDim,
            say!("desk-queue-by", clock = clock),
        ));
    }
    if queue.is_empty() {
        let words = if sum.is_told {
            say!("desk-queue-empty")
        } else {
            say!("desk-queue-untold")
        };
        let (x, y, width) = inset(head);
        pen.text(x + 2, y, width.saturating_sub(2), Role::TextDim, words);
        let line = Rect {
            height: rest.height.min(1),
            ..rest
        };
        if !below.is_empty() && line.height > 0 {
            let (x, y, width) = inset(line);
            strip(pen, (x + 2, y, width.saturating_sub(2)), 3, &below, &[]);
        }
        return;
    }
    let (x, y, width) = inset(head);
    strip(pen, (x + 2, y, width.saturating_sub(2)), 3, &facts, &[]);
    let ids = rows::rows(state);
    let cursor = rows::cursor_index(&state.nav.queue, &ids);
    let shown = Shown {
        rows: queue.len(),
        cursor,
        sorted: None,
    };
    let zone = pen.look().zone.clone();
    table(pen, rest, QUEUE, shown, &|at| {
        let mut row = queue
            .get(at)
            .map_or_else(Row::default, |waits| row(waits, state, &zone));
        row.cursor = at == cursor;
        row
    });
}

fn row(waits: &Waits<'_>, state: &State, zone: &jiff::tz::TimeZone) -> Row {
    let queued = waits.queued;
    let key = BlockKey::new(&queued.site, &queued.block);
    let name = state.fleet.block(&key).map_or_else(
        || queued.block.as_str().to_owned(),
        |b| told::name(&b.block.name),
    );
    let figure = if waits.is_stale {
        Role::ValueStale
    } else {
        Role::Value
    };
    let none = || format::NONE.to_owned();
    // What an old queue said of the time to come is not counted down as if it still held.
    let live = queued.not_before.filter(|_| !waits.is_stale);
    let left = live.map(|at| {
        let ms = at.millis().saturating_sub(state.now.millis());
        format::span(std::time::Duration::from_millis(
            u64::try_from(ms).unwrap_or(0),
        ))
    });
    let role = if queued.reason.is_held() {
        Role::TextStrong
    } else {
        Role::TextDim
    };
    Row {
        cells: vec![
            Cell::new(Role::Text, site_name(state, &queued.site)),
            Cell::new(Role::Text, name),
            Cell::new(figure, queued.adds.map_or_else(none, format::megawatts)),
            Cell::new(figure, left.unwrap_or_else(none)),
            Cell::new(
                Role::TextDim,
                queued
                    .not_before
                    .map_or_else(none, |at| format::clock(at, zone)),
            ),
            Cell::new(role, why(&queued.reason)),
            Cell::new(Role::TextDim, short(queued.by.0)),
        ],
        cursor: false,
        marked: false,
    }
}

/// The first blocks of the queue in a few lines, below the orders.
pub(super) fn next(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let queue = waiting::queue(state);
    let zone = pen.look().zone.clone();
    for (line, waits) in queue.iter().take(usize::from(area.height)).enumerate() {
        let row = row(waits, state, &zone);
        let place = Rect {
            y: area.y + line as u16,
            height: 1,
            ..area
        };
        let layout = crate::ui::widgets::table::Layout::fit(QUEUE, area.width.saturating_sub(2));
        crate::ui::widgets::table::row(pen, place, QUEUE, &layout, &row);
    }
}
