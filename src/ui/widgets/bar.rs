//! A share as a bar.

use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// A bar that is full to `share` (0 to 1). Not quite all never looks like all.
pub fn bar(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, share: f64) {
    const PARTS: [char; 8] = ['░', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let glyphs = pen.look().glyphs;
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let eighths = (share * f64::from(width) * 8.0).floor() as u32;
    let full = u16::try_from(eighths / 8).unwrap_or(width).min(width);
    for at in 0..width {
        let x = x.saturating_add(at);
        let part = usize::try_from(eighths % 8).unwrap_or(0);
        if at < full {
            pen.sign(x, y, Role::Progress, glyphs.full());
        } else if at == full && part > 0 && !glyphs.is_ascii() {
            pen.sign(x, y, Role::Progress, PARTS[part]);
        } else {
            pen.sign(x, y, Role::ProgressRest, glyphs.rest());
        }
    }
}
