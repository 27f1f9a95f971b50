//! A figure over time as a line in many cells: braille, or strokes where a terminal has none.

use ratatui::layout::Rect;

use crate::ui::pen::Pen;
use crate::ui::theme::Role;

use super::spark::{History, place};

/// For each place the least and greatest of a number of heights (0 at the top) that a line passes; none is a gap.
pub(super) type Outline = Vec<Option<(usize, usize)>>;

/// Columns of the labels at the left, their gap included.
const LABELS: u16 = 8;

/// The scale of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// At the lower edge.
    pub low: f64,
    /// At the upper edge.
    pub high: f64,
    /// Values with a line across and a label.
    pub guides: Vec<(f64, String)>,
}

/// Draws a history into an area, labels at the left. An area too small for labels has none.
pub fn chart(pen: &mut Pen<'_>, area: Rect, history: &History, scale: &Scale) {
    let area = area.intersection(pen.area());
    if area.is_empty() {
        return;
    }
    let labels = if area.width > LABELS * 3 { LABELS } else { 0 };
    let plot = Rect {
        x: area.x + labels,
        width: area.width - labels,
        ..area
    };
    let rule = pen.look().glyphs.rule();
    for (value, label) in &scale.guides {
        let share = 1.0 - place(*value, scale.low, scale.high);
        let y = plot.y + (share * f64::from(plot.height - 1)).round() as u16;
        for x in plot.left()..plot.right() {
            pen.sign(x, y, Role::TrendBand, rule);
        }
        if labels > 0 {
            pen.text_right(plot.x - 1, y, labels - 1, Role::TextDim, label);
        }
    }
    let places = |columns: u16| {
        (0..usize::from(columns)).map(move |at| {
            let range = history.bucket(at, usize::from(columns))?;
            Some([f64::from(range[0]), f64::from(range[2])])
        })
    };
    let (low, high) = (scale.low, scale.high);
    if pen.look().glyphs.has_braille() {
        let line = outline(places(plot.width * 2), (low, high), plot.height * 4);
        braille(pen, plot, &line, &|_| Role::Value);
    } else {
        let line = outline(places(plot.width), (low, high), plot.height * 3);
        strokes(pen, plot, &line, &|_| Role::Value);
    }
}

/// The heights that a line passes between its least and greatest values, joined to its neighbour so that a jump is seen
/// as one.
pub(super) fn outline(
    places: impl Iterator<Item = Option<[f64; 2]>>,
    (low, high): (f64, f64),
    steps: u16,
) -> Outline {
    let height = |value: f64| {
        let share = 1.0 - place(value, low, high);
        (share * f64::from(steps.saturating_sub(1))).round() as usize
    };
    let mut before: Option<(usize, usize)> = None;
    places
        .map(|range| {
            let here = range.map(|[least, most]| (height(most), height(least)));
            let joined = match (before, here) {
                (Some((top, bottom)), Some((t, b))) => {
                    Some((t.min(bottom + 1), b.max(top.saturating_sub(1))))
                }
                _ => here,
            };
            before = here;
            joined
        })
        .collect()
}

/// Draws an outline of two places a column and four heights a cell; `role` is that of a column.
pub(super) fn braille(
    pen: &mut Pen<'_>,
    plot: Rect,
    line: &[Option<(usize, usize)>],
    role: &dyn Fn(usize) -> Role,
) {
    /// Dots of a cell, by column and row.
    const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
    let (width, height) = (usize::from(plot.width), usize::from(plot.height));
    let mut cells = vec![0u32; width * height];
    for (x, span) in line.iter().enumerate().take(width * 2) {
        let Some((top, bottom)) = span else { continue };
        for y in *top..=(*bottom).min((height * 4).saturating_sub(1)) {
            if let Some(cell) = cells.get_mut((y / 4) * width + x / 2) {
                *cell |= DOTS[x % 2][y % 4];
            }
        }
    }
    for (at, bits) in cells.iter().enumerate().filter(|(_, bits)| **bits != 0) {
        let x = plot.x + (at % width) as u16;
        let y = plot.y + (at / width) as u16;
        let sign = char::from_u32(0x2800 + bits).unwrap_or(' ');
        pen.sign(x, y, role(at % width), sign);
    }
}

/// Draws an outline of one place a column and three heights a cell; `role` is that of a column.
pub(super) fn strokes(
    pen: &mut Pen<'_>,
    plot: Rect,
    line: &[Option<(usize, usize)>],
    role: &dyn Fn(usize) -> Role,
) {
    let glyphs = pen.look().glyphs;
    let (width, height) = (usize::from(plot.width), usize::from(plot.height));
    for (x, span) in line.iter().enumerate().take(width) {
        let Some((top, bottom)) = span else { continue };
        let bottom = (*bottom).min((height * 3).saturating_sub(1));
        for row in top / 3..=bottom / 3 {
            let within = |step: usize| step >= row * 3 && step < row * 3 + 3;
            let sign = if top / 3 == bottom / 3 {
                glyphs.strokes()[2 - (top % 3).min(2)]
            } else if within(*top) {
                glyphs.strokes()[2 - top % 3]
            } else if within(bottom) {
                glyphs.strokes()[2 - bottom % 3]
            } else {
                glyphs.upright()
            };
            pen.sign(plot.x + x as u16, plot.y + row as u16, role(x), sign);
        }
    }
}
