//! A figure over time in one line of eight heights.

use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// A figure over time: samples with gaps, oldest first, and how many a full history holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// Oldest first; none is a gap.
    pub samples: Vec<Option<f32>>,
    /// Samples of a full history: a shorter one is drawn at the right.
    pub capacity: usize,
}

impl History {
    /// The samples that belong to place `at` of `places`: their least, mean and greatest; none where there are none.
    pub fn bucket(&self, at: usize, places: usize) -> Option<[f32; 3]> {
        let capacity = self.capacity.max(self.samples.len()).max(1);
        let missing = capacity - self.samples.len();
        let places = places.max(1);
        let from = at * capacity / places;
        let until = ((at + 1) * capacity / places).max(from + 1);
        let slice = self.samples.get(
            from.saturating_sub(missing)..until.saturating_sub(missing).min(self.samples.len()),
        )?;
        let mut found: Option<[f32; 3]> = None;
        let mut count = 0.0;
        for value in slice.iter().flatten().filter(|v| v.is_finite()) {
            count += 1.0;
            found = Some(match found {
                None => [*value; 3],
                Some([least, sum, most]) => [least.min(*value), sum + value, most.max(*value)],
            });
        }
        found.map(|[least, sum, most]| [least, sum / count, most])
    }

    /// Least and greatest of all samples.
    pub fn range(&self) -> Option<(f32, f32)> {
        self.samples
            .iter()
            .flatten()
            .filter(|v| v.is_finite())
            .fold(None, |range, v| match range {
                None => Some((*v, *v)),
                Some((least, most)) => Some((least.min(*v), most.max(*v))),
            })
    }
}

/// Where a value lies between two others, 0 to 1; 0.5 where they are the same.
pub fn place(value: f64, low: f64, high: f64) -> f64 {
    let span = high - low;
    if span > 0.0 && span.is_finite() && value.is_finite() {
        ((value - low) / span).clamp(0.0, 1.0)
    } else {
        0.5
    }
}

/// Draws a history into `width` cells from `x`, between `low` and `high`. Gaps stay empty.
pub fn spark(
    pen: &mut Pen<'_>,
    x: u16,
    y: u16,
    width: u16,
    history: &History,
    low: f32,
    high: f32,
) {
    let levels = pen.look().glyphs.levels();
    for at in 0..width {
        if let Some([_, mean, _]) = history.bucket(usize::from(at), usize::from(width)) {
            let share = place(f64::from(mean), f64::from(low), f64::from(high));
            let level = ((share * 8.0) as usize).min(7);
            pen.sign(x.saturating_add(at), y, Role::Trend, levels[level]);
        }
    }
}
