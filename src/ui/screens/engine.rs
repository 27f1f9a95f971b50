//! This machine's own engine: how fast, how many threads, what it found.

use ratatui::layout::Rect;

use super::cells::history;
use super::{inset, mine, split, words};
use crate::app::State;
use crate::domain::hashing::{EngineStatus, WorkKind};
use crate::domain::units::{Efficiency, Hashrate};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::chart::{Scale, chart};
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const THREADS: &[Column] = &[
    Column::words("engine-col-thread", (6, 6, 8), 0),
    Column::figures("engine-col-hashrate", 11, 1),
    Column::figures("engine-col-headers", 17, 3),
    Column::words("engine-col-scheduled", (9, 10, 12), 2),
];

/// Draws figures, the last 15 minutes, and the threads.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if state.solo {
        return mine::draw(pen, area, state);
    }
    let Some(engine) = &state.engine else {
        let words = say!("engine-none");
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            Role::TextDim,
            words,
        );
        return;
    };
    let (head, rest) = split(area, area.height.min(3));
    figures(pen, head, engine);
    let chart_height = if rest.height < 9 {
        0
    } else {
        (rest.height / 2).clamp(5, 12)
    };
    let (top, rest) = split(rest, chart_height);
    trend(pen, top, state);
    threads(pen, rest, state, 0);
}

/// The last 15 minutes, with a name above.
pub(super) fn trend(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height == 0 {
        return;
    }
    let trend = history(&state.engine_trend);
    let high = f64::from(trend.range().map_or(1.0, |(_, most)| most.max(1.0))) * 1.15;
    let guide = |share: f64| (high * share, brief(Hashrate::from_hs(high * share)));
    let (name, plot) = split(area, 1);
    strip(
        pen,
        inset(name),
        2,
        &[Fact::words(0, Role::TextDim, say!("engine-trend"))],
        &[],
    );
    let plot = Rect {
        width: plot.width.saturating_sub(1),
        height: plot.height.saturating_sub(1),
        ..plot
    };
    let scale = Scale {
        low: 0.0,
        high,
        guides: vec![(0.0, "0".to_owned()), guide(0.5), guide(1.0)],
    };
    chart(pen, plot, &trend, &scale);
}

/// The threads, the row of the cursor in sight.
pub(super) fn threads(pen: &mut Pen<'_>, area: Rect, state: &State, cursor: usize) {
    let Some(engine) = &state.engine else {
        return;
    };
    let shown = Shown {
        rows: engine.threads.len(),
        cursor,
        sorted: None,
    };
    table(pen, area, THREADS, shown, &|at| {
        let thread = &engine.threads[at];
        Row {
            cells: vec![
                Cell::new(Role::Text, (at + 1).to_string()),
                Cell::new(Role::Value, format::hashrate(thread.rate)),
                Cell::new(Role::Text, format::count(thread.hashes)),
                Cell::new(Role::TextDim, words::scheduling(thread.scheduling)),
            ],
            cursor: false,
            marked: false,
        }
    });
}

/// A hashrate for the edge of a chart, `12 MH`.
fn brief(rate: Hashrate) -> String {
    let text = format::hashrate(rate);
    let (figure, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let whole = format::whole(figure);
    format!("{whole} {}", unit.trim_end_matches("/s"))
}

fn figures(pen: &mut Pen<'_>, area: Rect, engine: &EngineStatus) {
    let line = |at: u16| {
        inset(Rect {
            y: area.y + at,
            height: 1,
            ..area
        })
    };
    let state = match (engine.paused, engine.idle, engine.work != WorkKind::Nothing) {
        (true, true, _) => (Role::StateCurtailed, say!("engine-paused")),
        (true, false, _) => (Role::StateRamping, say!("engine-pausing")),
        (false, _, false) => (Role::TextStrong, say!("engine-no-job")),
        (false, true, true) => (Role::TextStrong, say!("engine-idle")),
        (false, false, true) => (Role::StateHashing, say!("engine-hashing")),
    };
    let rate = |weight, name: &str, rate: Hashrate| {
        Fact::figure(weight, name, Role::Value, &format::hashrate(rate), "")
    };
    if area.height >= 1 {
        let first = [
            Fact::words(0, state.0, state.1),
            rate(0, say!("engine-second"), engine.rates.second),
            rate(2, say!("engine-minute"), engine.rates.minute),
            rate(3, say!("engine-quarter"), engine.rates.quarter_hour),
        ];
        let threads = engine.threads.len();
        let words = say!("engine-threads", n = threads);
        let right = [
            Fact::figure(4, say!("engine-kernel"), Role::Text, &engine.kernel, ""),
            Fact::figure(1, "", Role::Text, &threads.to_string(), &words),
        ];
        strip(pen, line(0), 3, &first, &right);
    }
    if area.height >= 2 {
        let best = engine
            .best_difficulty
            .map_or_else(|| format::NONE.to_owned(), |d| format::decimal(d, 4));
        let mut second = vec![
            Fact::figure(0, say!("engine-best"), Role::Value, &best, ""),
            Fact::figure(
                2,
                say!("engine-headers"),
                Role::Text,
                &format::count(engine.hashes),
                "",
            ),
            Fact::figure(
                1,
                say!("engine-finds"),
                Role::Text,
                &format::count(engine.finds),
                "",
            ),
        ];
        if engine.finds_lost > 0 {
            second.push(Fact::figure(
                1,
                say!("engine-lost"),
                Role::Alarm3,
                &format::count(engine.finds_lost),
                "",
            ));
        }
        let right =
            if engine.work == WorkKind::Synthetic {
                vec![
                    Fact::words(0, Role::TextStrong, say!("engine-synthetic-long"))
                        .or(Fact::words(0, Role::TextStrong, say!("engine-synthetic"))),
                ]
            } else {
                vec![]
            };
        strip(pen, line(1), 3, &second, &right);
    }
    if area.height >= 3 {
        strip(pen, line(2), 3, &processor(engine), &[]);
    }
}

/// What a hash costs, and what the machine tells of its processor. Its power is all that it draws, for whatever; so is the efficiency made of it.
pub(super) fn processor(engine: &EngineStatus) -> Vec<Fact> {
    let readings = &engine.processor;
    let mut facts = Vec::new();
    if let Some(cycles) = engine.cycles_per_hash {
        let figure = format::decimal(cycles, 1);
        facts.push(Fact::figure(
            2,
            "",
            Role::Text,
            &figure,
            say!("engine-cycles"),
        ));
    }
    if let Some(celsius) = readings.temperature_c {
        let figure = format::decimal(celsius, 0);
        facts.push(Fact::figure(
            1,
            say!("engine-processor"),
            Role::Text,
            &figure,
            say!("unit-celsius"),
        ));
    }
    if readings.throttled {
        facts.push(Fact::words(0, Role::Alarm3, say!("engine-throttled")));
    }
    if let Some(power) = readings.power {
        let figure = format::power(power);
        facts.push(Fact::figure(
            2,
            say!("engine-package"),
            Role::Text,
            &figure,
            "",
        ));
        let efficiency = Efficiency::of(power, engine.rates.second);
        let figure = format::efficiency(efficiency);
        facts.push(Fact::figure(3, "", Role::Text, &figure, "J/TH"));
    }
    facts
}
