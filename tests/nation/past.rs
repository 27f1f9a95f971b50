//! The Grid screen over a history: an hour, a day and a month of it, gaps and uncertain parts included.

use std::sync::Arc;
use std::time::Duration;

use baseload::app::history::{Opened, Standing};
use baseload::app::{Effect, Msg, State, update};
use baseload::domain::history::{
    Answer, Ask, Book, Bucket, Grain, GridFigure, MOST_POINTS, Series, SiteFigure,
};
use baseload::domain::time::Timestamp;

use super::{NOW, at, press, tell_grid};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A wave between -1,000 and 1,000 with this period, seconds.
fn wave(second: i64, period: i64) -> i64 {
    let turn = second.rem_euclid(period) * 4_000 / period;
    match turn {
        0..1_000 => turn,
        1_000..3_000 => 2_000 - turn,
        _ => turn - 4_000,
    }
}

/// What a series was at a second, in its own unit.
fn value(series: &Series, second: i64) -> Option<i64> {
    let day = wave(second - DAY / 4, DAY);
    Some(match series {
        Series::Grid(GridFigure::Frequency) => {
            // A unit tripped two hours before the present.
            let since = second - (NOW / 1_000 - 7_000);
            let dip = if (0..600).contains(&since) {
                (since - 600) / 4
            } else {
                0
            };
            50_000 + wave(second, 997) / 40 + wave(second, 151) / 90 + dip
        }
        Series::Grid(GridFigure::Surplus) => (1_400 + day * 420 / 1_000) * 1_000_000,
        Series::Grid(GridFigure::Demand) => (4_200 - day * 800 / 1_000) * 1_000_000,
        Series::Nation(SiteFigure::Power) => (1_250 + day * 250 / 1_000) * 1_000_000,
        Series::Price(_) => 1_300_000 - day * 400,
        Series::Unit(name) if &**name == "Minsk CHP-5" => {
            let tripped = second > NOW / 1_000 - 7_000;
            if tripped { 0 } else { 610_000_000 }
        }
        Series::Unit(name) if name.starts_with("Astravets") => 1_108_000_000,
        Series::Unit(name) if &**name == "storage" => day * 40_000,
        Series::Unit(_) => (600 + day * 300 / 1_000) * 1_000_000,
        _ => return None,
    })
}

/// Was anything kept at that second? The console was off for a tenth of the time, once.
fn kept(ask: &Ask, second: i64) -> bool {
    let span = (ask.to.millis() - ask.from.millis()) / 1_000;
    let since = second - ask.from.millis() / 1_000;
    !(span * 3 / 10..span * 4 / 10).contains(&since)
}

/// The answer that a history of that past gives.
fn answer(ask: &Ask) -> Answer {
    let span = (ask.to.millis() - ask.from.millis()) / 1_000;
    let points = i64::from(ask.points.clamp(1, MOST_POINTS));
    let width = (span + points - 1) / points;
    let grain = match width {
        ..60 => Grain::Second,
        60..900 => Grain::Minute,
        _ => Grain::Quarter,
    };
    let unit = grain.seconds();
    let step = ((width + unit - 1) / unit).max(1) * unit;
    let first = (ask.from.millis() / 1_000).div_euclid(step);
    let last = (ask.to.millis() / 1_000).div_euclid(step) + 1;
    let bucket = |index: i64| {
        let second = index * step;
        let values: Vec<i64> = (0..6)
            .filter_map(|part| value(&ask.series, second + step * part / 6))
            .collect();
        let mean = values.iter().sum::<i64>() / i64::try_from(values.len()).ok()?.max(1);
        Some(Bucket {
            min: *values.iter().min()?,
            max: *values.iter().max()?,
            mean,
            last: *values.last()?,
            coverage: 1.0,
            unsure: if (second / (span / 8)) % 8 == 5 {
                0.4
            } else {
                0.0
            },
        })
        .filter(|_| kept(ask, second))
    };
    Answer {
        gateway: ask.gateway.clone(),
        series: ask.series.clone(),
        from: Timestamp::from_millis(first * step * 1_000),
        step: Duration::from_secs(step.unsigned_abs()),
        grain,
        buckets: (first..last).map(bucket).collect(),
    }
}

/// Answers all that is asked.
fn answered(state: &mut State, effects: Vec<Effect>) {
    for effect in effects {
        if let Effect::HistoryAsk { ticket, asks } = effect {
            let answers = Ok(asks.iter().map(answer).collect());
            update(state, Msg::HistoryAnswer { ticket, answers });
        }
    }
}

/// The Grid screen after these keys, its questions answered.
fn looking(told: &State, keys: &str) -> State {
    let mut state = told.clone();
    state.history.book = Some(Book {
        nation: Arc::from("Belarus"),
        simulated: true,
    });
    state.history.standing = Standing::Open(Opened {
        file: Arc::from("history.db"),
        writes: true,
    });
    let effects = press(&mut state, "3");
    answered(&mut state, effects);
    let effects = press(&mut state, keys);
    answered(&mut state, effects);
    for second in 1..=2 {
        tell_grid(&mut state, second);
        let effects = update(&mut state, Msg::Tick(at(second)));
        answered(&mut state, effects);
    }
    state
}

/// Spans and moves worth a picture.
pub(crate) fn all(told: &State) -> Vec<(&'static str, State)> {
    let mut off = looking(told, "--");
    off.history.answers.clear();
    off.history.standing = Standing::Off(Arc::from("history is off: its disk is full"));
    update(&mut off, Msg::Tick(at(3)));
    let mut ahead = looking(told, "");
    press(&mut ahead, "llll");
    vec![
        ("grid-hour-past", looking(told, "-hhhhhhhh")),
        ("grid-day", looking(told, "---")),
        ("grid-month", looking(told, "-----")),
        ("grid-minute", looking(told, "++")),
        ("grid-ahead", ahead),
        ("grid-history-off", off),
    ]
}
