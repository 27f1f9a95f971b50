//! Putting text and signs on the grid of cells. Everything is clipped to the buffer, and every text is cleaned.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

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
        let (end, _) =
            self.buffer
                .set_stringn(x, y, clean, usize::from(most), self.look.style(role));
        end.saturating_sub(x)
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
