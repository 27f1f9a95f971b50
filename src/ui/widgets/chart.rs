//! A figure over time as a line in many cells: braille, or strokes where a terminal has none.

use ratatui::layout::Rect;

use crate::ui::pen::Pen;
use crate::ui::theme::Role;

use super::spark::{History, place};

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
    if pen.look().glyphs.has_braille() {
        braille(pen, plot, history, scale);
    } else {
        strokes(pen, plot, history, scale);
    }
}

/// For each of `columns` places, the lowest and highest of `steps` heights (0 at the top) that the line passes, joined
/// to its neighbour so that a jump is seen as one.
fn outline(
    history: &History,
    scale: &Scale,
    columns: usize,
    steps: usize,
) -> Vec<Option<(usize, usize)>> {
    let height = |value: f32| {
        let share = 1.0 - place(f64::from(value), scale.low, scale.high);
        (share * (steps.saturating_sub(1)) as f64).round() as usize
    };
    let mut line: Vec<Option<(usize, usize)>> = Vec::with_capacity(columns);
    let mut before: Option<(usize, usize)> = None;
    for at in 0..columns {
        let here = history
            .bucket(at, columns)
            .map(|[least, _, most]| (height(most), height(least)));
        line.push(match (before, here) {
            (Some((top, bottom)), Some((t, b))) => {
                Some((t.min(bottom + 1), b.max(top.saturating_sub(1))))
            }
            _ => here,
        });
        before = here;
    }
    line
}

fn braille(pen: &mut Pen<'_>, plot: Rect, history: &History, scale: &Scale) {
    /// Dots of a cell, by column and row.
    const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
    let (width, height) = (usize::from(plot.width), usize::from(plot.height));
    let line = outline(history, scale, width * 2, height * 4);
    let mut cells = vec![0u32; width * height];
    for (x, span) in line.iter().enumerate() {
        let Some((top, bottom)) = span else { continue };
        for y in *top..=(*bottom).min(height * 4 - 1) {
            cells[(y / 4) * width + x / 2] |= DOTS[x % 2][y % 4];
        }
    }
    for (at, bits) in cells.iter().enumerate().filter(|(_, bits)| **bits != 0) {
        let x = plot.x + (at % width) as u16;
        let y = plot.y + (at / width) as u16;
        pen.sign(
            x,
            y,
            Role::Value,
            char::from_u32(0x2800 + bits).unwrap_or(' '),
        );
    }
}

fn strokes(pen: &mut Pen<'_>, plot: Rect, history: &History, scale: &Scale) {
    let glyphs = pen.look().glyphs;
    let (width, height) = (usize::from(plot.width), usize::from(plot.height));
    let line = outline(history, scale, width, height * 3);
    for (x, span) in line.iter().enumerate() {
        let Some((top, bottom)) = span else { continue };
        let bottom = (*bottom).min(height * 3 - 1);
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
            pen.sign(plot.x + x as u16, plot.y + row as u16, Role::Value, sign);
        }
    }
}
