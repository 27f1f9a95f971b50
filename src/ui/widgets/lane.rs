//! Lanes over a shared axis of time: a line with its least and greatest, a second line beside it, a strip of one row.
//! Each column is drawn from its own time alone: a gap stays empty.

use ratatui::layout::Rect;

use crate::app::axis::Point;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

use super::chart::{braille, outline, strokes};
use super::spark::place;

/// Points in half columns, two for each column of a plot.
pub type Halves = [Option<Point>];

/// What two points together say.
fn both(a: Option<Point>, b: Option<Point>) -> Option<Point> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Point {
            min: a.min.min(b.min),
            mean: f32::midpoint(a.mean, b.mean),
            max: a.max.max(b.max),
            unsure: a.unsure || b.unsure,
        }),
        (a, b) => a.or(b),
    }
}

/// The points of whole columns.
pub fn columns(halves: &Halves) -> Vec<Option<Point>> {
    let pair = |pair: &[Option<Point>]| both(pair[0], pair.get(1).copied().flatten());
    halves.chunks(2).map(pair).collect()
}

fn range(point: Option<Point>) -> Option<[f64; 2]> {
    point.map(|p| [f64::from(p.min), f64::from(p.max)])
}

fn role_of(points: &[Option<Point>], plain: Role) -> impl Fn(usize) -> Role + '_ {
    move |at| match points.get(at) {
        Some(Some(point)) if point.unsure => Role::ValueUncertain,
        _ => plain,
    }
}

/// Draws a line between two values.
pub fn line(pen: &mut Pen<'_>, plot: Rect, halves: &Halves, scale: (f64, f64)) {
    let plot = plot.intersection(pen.area());
    if plot.is_empty() {
        return;
    }
    let whole = columns(halves);
    let role = role_of(&whole, Role::Value);
    if pen.look().glyphs.has_braille() {
        let line = outline(
            halves.iter().copied().map(range),
            scale,
            plot.height.saturating_mul(4),
        );
        braille(pen, plot, &line, &role);
    } else {
        let line = outline(
            whole.iter().copied().map(range),
            scale,
            plot.height.saturating_mul(3),
        );
        strokes(pen, plot, &line, &role);
    }
}

/// Draws a second line of single signs over a first one. Where both pass a cell, each has every other column.
pub fn dotted(pen: &mut Pen<'_>, plot: Rect, halves: &Halves, first: &Halves, scale: (f64, f64)) {
    let plot = plot.intersection(pen.area());
    if plot.is_empty() {
        return;
    }
    let (whole, first) = (columns(halves), columns(first));
    let role = role_of(&whole, Role::Value);
    let sign = pen.look().glyphs.dot();
    let under = outline(first.iter().copied().map(range), scale, plot.height);
    // Not joined: a jump shows as one by the place of the next sign.
    let height = |value: f32| {
        let share = 1.0 - place(f64::from(value), scale.0, scale.1);
        (share * f64::from(plot.height - 1)).round() as usize
    };
    for (x, point) in whole.iter().enumerate().take(usize::from(plot.width)) {
        let Some(point) = point else { continue };
        for y in height(point.max)..=height(point.min) {
            let is_taken = under
                .get(x)
                .copied()
                .flatten()
                .is_some_and(|(top, bottom)| (top..=bottom).contains(&y));
            if !is_taken || x % 2 == 0 {
                pen.sign(plot.x + x as u16, plot.y + y as u16, role(x), sign);
            }
        }
    }
}

/// Draws a strip of one row in eight heights: the mean of each column, and an upright where it went through more than
/// half of the scale within its time.
pub fn heights(
    pen: &mut Pen<'_>,
    (x, y, width): (u16, u16, u16),
    points: &[Option<Point>],
    scale: (f64, f64),
) {
    let glyphs = pen.look().glyphs;
    let (low, high) = scale;
    let role = role_of(points, Role::Trend);
    for (at, point) in points.iter().enumerate().take(usize::from(width)) {
        let Some(point) = point else { continue };
        let share = |value: f32| place(f64::from(value), low, high);
        let sign = if share(point.max) - share(point.min) > 0.5 {
            glyphs.upright()
        } else {
            glyphs.levels()[((share(point.mean) * 8.0) as usize).min(7)]
        };
        pen.sign(x.saturating_add(at as u16), y, role(at), sign);
    }
}
