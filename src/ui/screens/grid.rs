//! The grid: frequency over the last 15 minutes, the balance, who generates, what the grid operator wants.

use ratatui::layout::Rect;

use super::cells::{history, value_role};
use super::{inset, split, words};
use crate::app::State;
use crate::domain::grid::{GenerationUnit, GridReading, GridState, Instruction};
use crate::domain::quality::Quality;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::chart::{Scale, chart};
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const UNITS: &[Column] = &[
    Column::words("grid-col-unit", (9, 14, 28), 0),
    Column::words("grid-col-kind", (8, 8, 12), 3),
    Column::figures("grid-col-power", 9, 1),
    Column::figures("grid-col-capacity", 8, 4),
    Column::words("grid-col-state", (8, 9, 14), 2),
    Column::words("grid-col-load", (8, 12, 40), 5),
];

/// Draws the chart above, figures and units below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let Some((_, reading)) = &state.grid.reading else {
        let words = say!("grid-none");
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            Role::TextDim,
            words,
        );
        return;
    };
    let chart_height = if area.height < 10 {
        0
    } else {
        (area.height * 2 / 5).clamp(5, 14)
    };
    let (top, rest) = split(area, chart_height);
    if chart_height > 0 {
        frequency(pen, top, state);
    }
    let (lines, rest) = split(rest, rest.height.min(3));
    balance(pen, lines, state, reading);
    let wants = u16::try_from(reading.instructions.len())
        .unwrap_or(u16::MAX)
        .min(3);
    let (units, wanted) = split(rest, rest.height.saturating_sub(wants));
    generation(pen, units, reading, state.grid.quality);
    for (line, instruction) in reading
        .instructions
        .iter()
        .take(usize::from(wanted.height))
        .enumerate()
    {
        let place = Rect {
            y: wanted.y + line as u16,
            height: 1,
            ..wanted
        };
        instruct(pen, inset(place), instruction);
    }
}

fn frequency(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let trend = history(&state.grid.frequency);
    let (low, high) = trend.range().unwrap_or((50.0, 50.0));
    // The band is always in sight, so that a calm grid looks calm; a wild one widens the scale.
    let reach = f64::from((high - 50.0).max(50.0 - low)).max(0.06) * 1.1;
    let mut guides: Vec<(f64, String)> = Vec::new();
    for value in [49.8, 49.95, 50.0, 50.05, 50.2] {
        if (value - 50.0f64).abs() <= reach && (area.height >= 7 || (value - 50.0f64).abs() < 0.06)
        {
            guides.push((value, format::decimal(value, 2)));
        }
    }
    let (head, plot) = split(area, 1);
    let left = [Fact::figure(
        0,
        "",
        Role::TextDim,
        say!("grid-frequency"),
        "",
    )];
    let right = match trend.range() {
        Some((least, most)) => vec![
            Fact::figure(
                1,
                say!("grid-least"),
                Role::Text,
                &format::decimal(f64::from(least), 3),
                "",
            ),
            Fact::figure(
                1,
                say!("grid-most"),
                Role::Text,
                &format::decimal(f64::from(most), 3),
                "",
            ),
        ],
        None => vec![],
    };
    strip(pen, inset(head), 3, &left, &right);
    let plot = Rect {
        width: plot.width.saturating_sub(1),
        ..plot
    };
    chart(
        pen,
        plot,
        &trend,
        &Scale {
            low: 50.0 - reach,
            high: 50.0 + reach,
            guides,
        },
    );
}

fn balance(pen: &mut Pen<'_>, area: Rect, state: &State, reading: &GridReading) {
    let quality = state.grid.quality;
    let role = value_role(quality);
    let mark = if quality >= Quality::Stale { "? " } else { "" };
    let mw = |weight, name: &str, power: Option<Power>| {
        power.map(|p| {
            Fact::figure(
                weight,
                name,
                role,
                &format!("{mark}{}", format::megawatts(p)),
                say!("unit-mw"),
            )
        })
    };
    let generated: Power = reading.generation.iter().map(|u| u.power).sum();
    let generated = (!reading.generation.is_empty()).then_some(generated);
    let first: Vec<Fact> = [
        mw(2, say!("grid-generation"), generated),
        mw(1, say!("grid-demand"), reading.demand),
        mw(3, say!("grid-export"), reading.export),
        mw(0, say!("grid-surplus"), reading.surplus),
    ]
    .into_iter()
    .flatten()
    .collect();
    let word = match (reading.state, quality) {
        (_, Quality::Stale) => (
            Role::ValueStale,
            say!("value-stale", age = format::span(state.grid.age)),
        ),
        (_, Quality::Bad) => (Role::ValueBad, say!("value-bad").to_owned()),
        (None, _) => (Role::TextDim, say!("grid-unstated").to_owned()),
        (Some(GridState::Normal), _) => (Role::Text, say!("grid-normal").to_owned()),
        (Some(GridState::Alert), _) => (Role::Alarm2, say!("frame-grid-alert").to_owned()),
        (Some(GridState::Emergency), _) => (Role::Alarm1, say!("frame-grid-emergency").to_owned()),
    };
    let mut second: Vec<Fact> = [
        mw(2, say!("grid-tie-line"), reading.tie_line_deviation),
        mw(1, say!("grid-mining"), reading.mining),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(price) = &reading.price {
        let figure = format::amount(&price.amount.to_string());
        let unit = say!("grid-price-unit", currency = price.currency.0.as_ref());
        second.push(Fact::figure(3, say!("grid-price"), role, &figure, &unit));
    }
    let line = |at: u16| {
        inset(Rect {
            y: area.y + at,
            ..area
        })
    };
    let right = [Fact::words(0, word.0, word.1)];
    if area.height >= 1 {
        strip(pen, line(0), 3, &first, &right);
    }
    if area.height >= 2 {
        strip(pen, line(1), 3, &second, &[]);
    }
}

fn generation(pen: &mut Pen<'_>, area: Rect, reading: &GridReading, quality: Quality) {
    if reading.generation.is_empty() {
        return;
    }
    let shown = Shown {
        rows: reading.generation.len(),
        cursor: 0,
        sorted: None,
    };
    table(pen, area, UNITS, shown, &|at| {
        unit(&reading.generation[at], quality)
    });
}

fn unit(unit: &GenerationUnit, quality: Quality) -> Row {
    let load = if unit.capacity > Power::ZERO {
        Cell::Bar(unit.power.or_zero().megawatts() / unit.capacity.megawatts())
    } else {
        Cell::Empty
    };
    let calm = &*unit.state == "running";
    let mark = if quality >= Quality::Stale { "? " } else { "" };
    Row {
        cells: vec![
            Cell::new(Role::Text, unit.unit.as_ref()),
            Cell::new(Role::TextDim, words::generation_kind(&unit.kind)),
            Cell::new(
                value_role(quality),
                format!("{mark}{}", format::megawatts(unit.power)),
            ),
            Cell::new(Role::TextDim, format::megawatts(unit.capacity)),
            Cell::new(
                if calm {
                    Role::TextDim
                } else {
                    Role::StateFaulted
                },
                words::generation_state(&unit.state),
            ),
            load,
        ],
        cursor: false,
        marked: false,
    }
}

fn instruct(pen: &mut Pen<'_>, line: (u16, u16, u16), wanted: &Instruction) {
    let zone = &pen.look().zone;
    let from = format::clock(wanted.from, zone);
    let until = wanted.to.map_or_else(
        || say!("grid-further-notice").to_owned(),
        |to| format::clock(to, zone),
    );
    let facts = [
        Fact::words(0, Role::TextStrong, say!("grid-wants")),
        Fact::figure(
            0,
            say!("grid-mining-at"),
            Role::Value,
            &format::megawatts(wanted.target),
            say!("unit-mw"),
        ),
        Fact::figure(2, say!("grid-from"), Role::Text, &from, ""),
        Fact::figure(3, say!("grid-until"), Role::Text, &until, ""),
        Fact::words(1, Role::Text, wanted.reason.as_ref()),
    ];
    strip(pen, line, 2, &facts, &[]);
}
