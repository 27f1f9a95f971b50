//! Putting text and signs on the grid of cells. Everything is clipped to the buffer, and every text is cleaned.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::text;
use super::theme::Role;

/// A buffer with the look to draw in.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    look: &'a Look,
}

impl<'a> Pen<'a> {
    /// Draws on this buffer.
    pub fn new(buffer: &'a mut Buffer, look: &'a Look) -> Self {
        Self { buffer, look }
    }

    /// The look.
    pub fn look(&self) -> &'a Look {
        self.look
    }

    /// All of it.
    pub fn area(&self) -> Rect {
        *self.buffer.area()
    }

    /// Writes a text of any origin, at most `most` columns from `x`. Gives the columns that it took.
    pub fn text(&mut self, x: u16, y: u16, most: u16, role: Role, words: &str) -> u16 {
        let area = self.area();
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return 0;
        }
        let most = most.min(area.right() - x);
        let clean = text::clean(words, most, self.look.glyphs);
        if self.look.wide {
            return self.spaced(x, y, &clean, role);
        }
        if clean.is_ascii() {
            return self.plain(x, y, &clean, role);
        }
        let (end, _) =
            self.buffer
                .set_stringn(x, y, clean, usize::from(most), self.look.style(role));
        end.saturating_sub(x)
    }

    /// Writes a clean text of ASCII: one column a letter. Gives the columns.
    fn plain(&mut self, x: u16, y: u16, clean: &str, role: Role) -> u16 {
        let style = self.look.style(role);
        let mut at = x;
        for letter in clean.chars() {
            if let Some(cell) = self.buffer.cell_mut((at, y)) {
                cell.set_char(letter).set_style(style);
            }
            at = at.saturating_add(1);
        }
        at.saturating_sub(x)
    }

    /// Writes a clean text for a terminal that gives two columns to what is one elsewhere. Gives the columns.
    fn spaced(&mut self, x: u16, y: u16, clean: &str, role: Role) -> u16 {
        let style = self.look.style(role);
        let mut at = x;
        for letter in clean.graphemes(true) {
            let width = u16::try_from(letter.width_cjk()).unwrap_or(1).max(1);
            if let Some(cell) = self.buffer.cell_mut((at, y)) {
                cell.set_symbol(letter).set_style(style);
                cell.diff_option = match NonZeroU16::new(width) {
                    Some(forced) if width > 1 => CellDiffOption::ForcedWidth(forced),
                    _ => CellDiffOption::None,
                };
            }
            for behind in 1..width {
                if let Some(cell) = self.buffer.cell_mut((at.saturating_add(behind), y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
            at = at.saturating_add(width);
        }
        at.saturating_sub(x)
    }

    /// Writes a text so that it ends before `end`, at most `most` columns. Gives the columns that it took.
    pub fn text_right(&mut self, end: u16, y: u16, most: u16, role: Role, words: &str) -> u16 {
        let width = text::width(words, most.min(end));
        self.text(end.saturating_sub(width), y, width, role, words)
    }

    /// One sign of our own (not cleaned: bars, braille and rules are not on the list of what a feed may send).
    pub fn sign(&mut self, x: u16, y: u16, role: Role, sign: char) {
        let style = self.look.style(role);
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_char(sign).set_style(style);
            cell.diff_option = CellDiffOption::None;
        }
    }

    /// Gives an area the style of a role, its text left as it is.
    pub fn paint(&mut self, area: Rect, role: Role) {
        self.buffer
            .set_style(area.intersection(self.area()), self.look.style(role));
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        for position in area.intersection(self.area()).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
        self.paint(area, Role::Ground);
    }

    /// A rule from `x` on.
    pub fn rule(&mut self, x: u16, y: u16, width: u16) {
        let sign = self.look.glyphs.rule();
        for x in x..x.saturating_add(width).min(self.area().right()) {
            self.sign(x, y, Role::Rule, sign);
        }
    }
}
