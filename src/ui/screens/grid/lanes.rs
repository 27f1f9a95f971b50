//! Lanes that are drawn as lines.

use ratatui::layout::Rect;

use super::View;
use super::gutter::{Entry, entry, label, of_feed};
use crate::app::axis::{Point, whole};
use crate::domain::history::{GridFigure, Series, SiteFigure};
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::lane::{columns, dotted, heights, line};
use crate::ui::widgets::spark::place;

/// How far from 50 Hz the scale may reach, Hz: in steps, so that it does not move with each sample. The band is always in
/// sight, so that a calm grid looks calm.
const REACHES: [f64; 8] = [0.06, 0.12, 0.22, 0.55, 1.1, 2.2, 5.5, 50.0];
/// Edges of the bands, what matters most first.
const BANDS: [f64; 7] = [50.05, 49.95, 50.2, 49.8, 50.0, 51.0, 49.0];

/// The row of a value between two others.
fn row(value: f64, (low, high): (f64, f64), height: u16) -> u16 {
    ((1.0 - place(value, low, high)) * f64::from(height.saturating_sub(1))).round() as u16
}

/// The line of the present, where the axis goes on behind it.
fn present(pen: &mut Pen<'_>, view: &View<'_>, plot: Rect) {
    if let Some(now) = view.now().filter(|now| now + 1 < view.plot.1) {
        let sign = pen.look().glyphs.upright();
        for y in plot.top()..plot.bottom() {
            pen.sign(plot.x + now, y, Role::TrendBand, sign);
        }
    }
}

/// Least, mean and greatest of the frequency.
pub(super) fn frequency_of(view: &View<'_>) -> Option<Point> {
    whole(&view.halves(&Series::Grid(GridFigure::Frequency)))
}

/// Frequency with its bands.
pub(super) fn frequency(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let halves = view.halves(&Series::Grid(GridFigure::Frequency));
    let all = whole(&halves);
    let far = all.map_or(0.0, |p| f64::from((p.max - 50.0).max(50.0 - p.min)));
    let reach = REACHES.into_iter().find(|r| far <= *r).unwrap_or(50.0);
    let scale = (50.0 - reach, 50.0 + reach);
    let plot = view.lane_of(area);
    let rule = pen.look().glyphs.rule();
    let mut taken: Vec<u16> = Vec::new();
    for value in BANDS.into_iter().filter(|v| (v - 50.0).abs() <= reach) {
        let at = row(value, scale, area.height);
        if taken.contains(&at) {
            continue;
        }
        taken.push(at);
        for x in plot.left()..plot.right() {
            pen.sign(x, area.y + at, Role::TrendBand, rule);
        }
        label(pen, view, area.x, area.y + at, &format::decimal(value, 2));
    }
    present(pen, view, plot);
    line(pen, plot, &halves, scale);
    if view.gutter.is_narrow {
        return;
    }
    let room = view.gutter.figure.saturating_sub(1);
    pen.text(
        area.x + 1,
        area.y,
        room,
        Role::TextDim,
        say!("grid-frequency"),
    );
    let Some(all) = all else { return };
    let mut facts = vec![
        (say!("grid-least"), all.min),
        (say!("axis-mean"), all.mean),
        (say!("grid-most"), all.max),
    ];
    if area.height < 4 {
        facts.remove(1);
    }
    let rows = (area.y + 1..area.bottom()).zip(facts);
    for (y, (name, value)) in rows {
        let figure = format::decimal(f64::from(value), 3);
        let fact = Entry {
            name,
            role: if all.unsure {
                Role::ValueUncertain
            } else {
                Role::Text
            },
            figure: &figure,
            unit: "",
        };
        entry(pen, view, area.x, y, &fact);
    }
}

/// Edges of a scale around values: whole multiples of a round step, so that they seldom move.
pub(super) fn around(least: f64, most: f64, narrowest: f64) -> (f64, f64) {
    let span = (most - least).max(narrowest);
    let ten = 10f64.powf((span / 2.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|n| n * ten)
        .find(|step| span / step <= 4.0)
        .unwrap_or(span);
    let (low, high) = ((least / step).floor() * step, (most / step).ceil() * step);
    if high > low {
        (low, high)
    } else {
        (low - step, low + step)
    }
}

/// The scale's edges as labels, where two rows have room for them.
fn edges(pen: &mut Pen<'_>, view: &View<'_>, area: Rect, (low, high): (f64, f64), places: usize) {
    if area.height < 2 {
        return;
    }
    label(pen, view, area.x, area.y, &format::decimal(high, places));
    let bottom = area.bottom() - 1;
    label(pen, view, area.x, bottom, &format::decimal(low, places));
    if low < 0.0 && high > 0.0 {
        let zero = area.y + row(0.0, (low, high), area.height);
        let rule = pen.look().glyphs.rule();
        let plot = view.lane_of(area);
        for x in plot.left()..plot.right() {
            pen.sign(x, zero, Role::TrendBand, rule);
        }
        if zero > area.y && zero < bottom {
            label(pen, view, area.x, zero, "0");
        }
    }
}

/// What a lane's figure says: the present, or the mean of a past window.
fn figure(view: &View<'_>, points: &[Option<Point>], now: Option<f64>, places: usize) -> String {
    let value = if view.is_past() {
        whole(points).map(|p| f64::from(p.mean))
    } else {
        now
    };
    value.map_or_else(
        || format::NONE.to_owned(),
        |value| format::decimal(value, places),
    )
}

/// Surplus against mining load, in one scale.
pub(super) fn surplus(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let surplus = view.halves(&Series::Grid(GridFigure::Surplus));
    let mining = view.halves(&Series::Nation(SiteFigure::Power));
    let all = [whole(&surplus), whole(&mining)];
    let least = all.iter().flatten().map(|p| f64::from(p.min));
    let most = all.iter().flatten().map(|p| f64::from(p.max));
    let least = least.fold(f64::INFINITY, f64::min);
    let most = most.fold(f64::NEG_INFINITY, f64::max);
    let plot = view.lane_of(area);
    let scale = if least <= most {
        around(least, most, 20.0)
    } else {
        (0.0, 1.0)
    };
    if least <= most {
        edges(pen, view, area, scale, 0);
    }
    present(pen, view, plot);
    line(pen, plot, &surplus, scale);
    dotted(pen, plot, &mining, &surplus, scale);
    if view.gutter.is_narrow {
        return;
    }
    let glyphs = pen.look().glyphs;
    let through = if glyphs.has_braille() {
        '⠒'
    } else {
        glyphs.rule()
    };
    let now = view.reading.surplus.map(Power::megawatts);
    let (role, words) = of_feed(view, &figure(view, &surplus, now, 1));
    let unit = say!("unit-mw");
    let first = Entry {
        name: &format!("  {}", say!("grid-surplus")),
        role,
        figure: &words,
        unit,
    };
    entry(pen, view, area.x, area.y, &first);
    pen.sign(area.x + 1, area.y, Role::Value, through);
    if area.height < 2 {
        return;
    }
    let totals = view.state.totals();
    let now = (totals.sites > 0).then(|| totals.load().megawatts());
    let words = figure(view, &mining, now, 1);
    let (role, words) = match (view.is_past(), totals.stale > 0) {
        (true, _) => (Role::Text, words),
        (false, true) => (Role::ValueStale, format!("? {words}")),
        (false, false) => (Role::Value, words),
    };
    let name = if totals.auxiliary > Power::ZERO {
        say!("axis-load")
    } else {
        say!("axis-mining")
    };
    let second = Entry {
        name: &format!("  {name}"),
        role,
        figure: &words,
        unit,
    };
    entry(pen, view, area.x, area.y + 1, &second);
    pen.sign(area.x + 1, area.y + 1, Role::Value, glyphs.dot());
}

/// A lane of one figure: a strip in one row, a line in more.
struct Single<'a> {
    points: &'a [Option<Point>],
    name: &'a str,
    now: Option<f64>,
    places: usize,
    unit: &'a str,
    /// The least reach of its scale.
    narrowest: f64,
}

fn single(pen: &mut Pen<'_>, view: &View<'_>, area: Rect, lane: &Single<'_>) {
    let all = whole(lane.points);
    let scale = all.map_or((0.0, 1.0), |p| {
        around(f64::from(p.min), f64::from(p.max), lane.narrowest)
    });
    let plot = view.lane_of(area);
    let is_long = text::width(lane.unit, 20) > 3;
    present(pen, view, plot);
    if area.height == 1 {
        let place = (plot.x, plot.y, plot.width);
        heights(pen, place, &columns(lane.points), scale);
    } else {
        // A long unit and the upper label would touch.
        let labelled = if is_long && area.height == 2 {
            Rect {
                y: area.y + 1,
                height: 1,
                ..area
            }
        } else {
            area
        };
        if all.is_some() {
            edges(pen, view, labelled, scale, lane.places.min(1));
        }
        line(pen, plot, lane.points, scale);
    }
    let (role, words) = of_feed(view, &figure(view, lane.points, lane.now, lane.places));
    let is_below = is_long && area.height >= 3;
    let words = Entry {
        name: lane.name,
        role,
        figure: &words,
        unit: if is_below { "" } else { lane.unit },
    };
    entry(pen, view, area.x, area.y, &words);
    if is_below {
        let (at, width) = view.gutter.state;
        let x = area.x + at;
        pen.text(x, area.y + 1, width, Role::TextDim, lane.unit);
    }
}

/// Demand without mining.
pub(super) fn demand(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let points = view.halves(&Series::Grid(GridFigure::Demand));
    let now = view.reading.demand.map(Power::megawatts);
    let lane = Single {
        points: &points,
        name: say!("grid-demand"),
        now,
        places: 1,
        unit: say!("unit-mw"),
        narrowest: now.unwrap_or_default().abs() / 50.0 + 1.0,
    };
    single(pen, view, area, &lane);
}

/// Price of energy.
pub(super) fn price(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    use rust_decimal::prelude::ToPrimitive;
    let Some(price) = &view.reading.price else {
        return;
    };
    let points = view.halves(&Series::Price(price.currency.clone()));
    let now = price.amount.to_f64();
    let lane = Single {
        points: &points,
        name: say!("grid-price"),
        now,
        places: 2,
        unit: &say!("grid-price-unit", currency = price.currency.0.as_ref()),
        narrowest: now.unwrap_or_default().abs() / 10.0 + 0.1,
    };
    single(pen, view, area, &lane);
}
