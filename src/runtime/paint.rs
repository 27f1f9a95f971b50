//! Changed cells to bytes: only what differs, in as few bytes as it takes, wrapped in synchronized output (CSI 2026).
//! A frame without a change is no bytes at all. What stands between two changes is written again where that is shorter
//! than a move over it.

use std::convert::Infallible;
use std::io::Write;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Cell, CellDiffOption};
use ratatui::layout::{Position, Size};
use unicode_width::UnicodeWidthStr;

use super::sgr::{PLAIN, Pen, look_the_same, sgr};

/// A backend that collects a frame's bytes; it asks the terminal nothing.
#[derive(Debug, Clone)]
pub struct Painter {
    size: Size,
    bytes: Vec<u8>,
    /// Where the terminal's cursor is, where that is known.
    at: Option<(u16, u16)>,
    pen: Pen,
    /// What the terminal shows, by row; none where that is not known or is the second half of a wide character.
    shown: Vec<Option<Cell>>,
    /// What was shown where this frame has written: of the later of two ways to draw it.
    before: Vec<(usize, Option<Cell>)>,
}

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

impl Painter {
    /// A painter for a screen of that size, which must be blank.
    pub fn new(columns: u16, rows: u16) -> Self {
        Self {
            size: Size::new(columns, rows),
            bytes: Vec::new(),
            at: None,
            pen: PLAIN,
            shown: blank(columns, rows),
            before: Vec::new(),
        }
    }

    /// The screen has another size now; what it shows is not known until it has been cleared.
    pub fn resized(&mut self, columns: u16, rows: u16) {
        self.size = Size::new(columns, rows);
        self.shown = vec![None; usize::from(columns) * usize::from(rows)];
        self.at = None;
    }

    /// The bytes of the frame, or none where nothing changed.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() {
            return None;
        }
        let body = std::mem::take(&mut self.bytes);
        let mut frame = Vec::with_capacity(body.len() + BEGIN.len() + END.len());
        frame.extend_from_slice(BEGIN);
        frame.extend_from_slice(&body);
        frame.extend_from_slice(END);
        Some(frame)
    }

    /// What is on the screen is not known any more: the next frame begins with a blank one.
    pub fn forget(&mut self) {
        self.bytes.clear();
        self.at = None;
        self.pen = PLAIN;
        self.shown = blank(self.size.width, self.size.height);
        self.bytes.extend_from_slice(b"\x1b[0m\x1b[2J");
    }

    fn place(&self, x: u16, y: u16) -> usize {
        usize::from(y) * usize::from(self.size.width) + usize::from(x)
    }

    /// Writes what stands before `x` again, where that takes no more than `most` bytes and no pen but the present one
    /// and then `next`, which is dipped in any case.
    fn rewrite(&mut self, (from, y): (u16, u16), x: u16, next: Pen, most: usize) -> bool {
        let gap = self.place(from, y)..self.place(x, y);
        let Some(cells) = self.shown.get(gap.clone()) else {
            return false;
        };
        let mut taken = 0;
        let mut turn = gap.end;
        for (at, cell) in gap.clone().zip(cells) {
            let Some(cell) = cell else { return false };
            taken += cell.symbol().len();
            let pen = if at < turn { self.pen } else { next };
            if !pen.draws(cell) {
                if at >= turn || !next.draws(cell) {
                    return false;
                }
                turn = at;
            }
        }
        if taken > most {
            return false;
        }
        for at in gap {
            if at == turn {
                self.dip(next);
            }
            if let Some(Some(cell)) = self.shown.get(at) {
                self.bytes.extend_from_slice(cell.symbol().as_bytes());
            }
        }
        true
    }

    fn go(&mut self, x: u16, y: u16, next: Pen) {
        match self.at {
            Some((cx, cy)) if cy == y && cx == x => {}
            Some((cx, cy)) if cy == y && cx < x => {
                let by = x - cx;
                let move_bytes = match by {
                    1 => 3,
                    2..=9 => 4,
                    10..=99 => 5,
                    _ => 6,
                };
                if self.rewrite((cx, cy), x, next, move_bytes) {
                } else if by == 1 {
                    self.bytes.extend_from_slice(b"\x1b[C");
                } else {
                    self.escape(format_args!("\x1b[{by}C"));
                }
            }
            _ if x == 0 => self.escape(format_args!("\x1b[{}H", u32::from(y) + 1)),
            _ => self.escape(format_args!(
                "\x1b[{};{}H",
                u32::from(y) + 1,
                u32::from(x) + 1
            )),
        }
        self.at = Some((x, y));
    }

    /// Everything of one pen, then everything of the next. A blank goes with what stands before it.
    fn put_by_pen(&mut self, changed: &[(u16, u16, &Cell)]) {
        let mut pens = vec![self.pen];
        let mut last = self.pen;
        let mut groups: Vec<Vec<(u16, u16, &Cell)>> = vec![Vec::new()];
        for &(x, y, cell) in changed {
            last = last.for_cell(cell);
            let at = pens.iter().position(|p| *p == last).unwrap_or(pens.len());
            if at == pens.len() {
                pens.push(last);
                groups.push(Vec::new());
            }
            groups[at].push((x, y, cell));
        }
        for (x, y, cell) in groups.into_iter().flatten() {
            self.put(x, y, cell);
        }
    }

    /// One cell, where it is not shown already.
    fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        let place = self.place(x, y);
        if let Some(Some(shown)) = self.shown.get(place)
            && look_the_same(shown, cell)
        {
            return;
        }
        let pen = self.pen.for_cell(cell);
        self.go(x, y, pen);
        self.dip(pen);
        let symbol = cell.symbol();
        self.bytes.extend_from_slice(symbol.as_bytes());
        let width = match cell.diff_option {
            CellDiffOption::ForcedWidth(width) => width.get(),
            _ => u16::try_from(symbol.width()).unwrap_or(1).max(1),
        };
        let next = x.saturating_add(width);
        // Over the second half of a wide character the first one goes too.
        if x > 0 && self.shown.get(place).is_some_and(Option::is_none) {
            self.show(place - 1, None);
        }
        for at in 0..usize::from(width) {
            self.show(place + at, (at == 0).then(|| cell.clone()));
        }
        // At the right edge terminals differ in where the cursor is; it is placed anew.
        self.at = (next < self.size.width).then_some((next, y));
    }

    fn show(&mut self, place: usize, cell: Option<Cell>) {
        if let Some(shown) = self.shown.get_mut(place) {
            self.before.push((place, std::mem::replace(shown, cell)));
        }
    }

    /// Puts back what the frame has written so far. Gives what that was, in the order in which it was written.
    fn undo(&mut self) -> Vec<(usize, Option<Cell>)> {
        let mut written: Vec<_> = std::mem::take(&mut self.before);
        for (place, cell) in written.iter_mut().rev() {
            std::mem::swap(&mut self.shown[*place], cell);
        }
        written
    }

    fn escape(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a Vec can't fail.
        let _ = self.bytes.write_fmt(text);
    }

    fn dip(&mut self, pen: Pen) {
        if pen != self.pen {
            let codes = sgr(self.pen, pen);
            self.escape(format_args!("\x1b[{codes}m"));
            self.pen = pen;
        }
    }
}

fn blank(columns: u16, rows: u16) -> Vec<Option<Cell>> {
    vec![Some(Cell::default()); usize::from(columns) * usize::from(rows)]
}

impl Backend for Painter {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let changed: Vec<(u16, u16, &Cell)> = content.collect();
        // From left to right the pen changes often, pen by pen the cursor moves often: which is shorter depends on
        // the screen, and both are made in no time.
        let (kept, at, pen) = (self.bytes.clone(), self.at, self.pen);
        self.before.clear();
        self.put_by_pen(&changed);
        let by_pen = (std::mem::replace(&mut self.bytes, kept), self.at, self.pen);
        let written = self.undo();
        (self.at, self.pen) = (at, pen);
        for (x, y, cell) in changed {
            self.put(x, y, cell);
        }
        if by_pen.0.len() < self.bytes.len() {
            self.undo();
            (self.bytes, self.at, self.pen) = by_pen;
            for (place, cell) in written {
                self.shown[place] = cell;
            }
        }
        self.before.clear();
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.at.unwrap_or((0, 0)).into())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, _position: P) -> Result<(), Infallible> {
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.forget();
        Ok(())
    }

    fn clear_region(&mut self, _clear_type: ClearType) -> Result<(), Infallible> {
        self.forget();
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::new(0, 0),
        })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use proptest::prelude::*;
    use ratatui::Terminal;
    use ratatui::buffer::Buffer;
    use ratatui::style::{Color, Modifier, Style};

    use super::*;
    use crate::runtime::sgr::LINES;

    fn paint(terminal: &mut Terminal<Painter>, buffer: &Buffer) -> Option<Vec<u8>> {
        terminal
            .draw(|frame| frame.buffer_mut().clone_from(buffer))
            .expect("a painter can't fail");
        terminal.backend_mut().take()
    }

    #[test]
    fn an_unchanged_frame_is_no_bytes() {
        let mut terminal = Terminal::new(Painter::new(20, 3)).expect("a painter can't fail");
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 20, 3));
        buffer.set_string(2, 1, "50.012 Hz", Style::new().fg(Color::Indexed(245)));
        assert!(paint(&mut terminal, &buffer).is_some());
        assert_eq!(paint(&mut terminal, &buffer), None);
    }

    fn colours() -> impl Strategy<Value = Color> {
        prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::White),
            any::<u8>().prop_map(Color::Indexed),
            any::<[u8; 3]>().prop_map(|[r, g, b]| Color::Rgb(r, g, b)),
        ]
    }

    type Placed = (u16, u16, String, Color, Color, bool, bool);

    fn writes() -> impl Strategy<Value = Vec<Placed>> {
        let text = prop::collection::vec(
            prop_oneof!["[ -~]", Just("▃".to_owned()), Just("Ж".to_owned())],
            1..12,
        )
        .prop_map(|parts| parts.concat());
        prop::collection::vec(
            (
                0..40u16,
                0..8u16,
                text,
                colours(),
                colours(),
                any::<bool>(),
                any::<bool>(),
            ),
            0..12,
        )
    }

    fn expected(colour: Color) -> vt100::Color {
        match colour {
            Color::Reset => vt100::Color::Default,
            Color::Red => vt100::Color::Idx(1),
            Color::White => vt100::Color::Idx(15),
            Color::Indexed(n) => vt100::Color::Idx(n),
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            other => panic!("not made by the strategy: {other:?}"),
        }
    }

    proptest! {
        /// Whatever changes from frame to frame, the terminal ends up with exactly the cells of the last one.
        #[test]
        fn a_terminal_shows_what_was_drawn(frames in prop::collection::vec(writes(), 1..6)) {
            let mut terminal = Terminal::new(Painter::new(40, 8)).expect("a painter can't fail");
            let mut screen = vt100::Parser::new(NonZeroU16::new(8).expect("not 0"), NonZeroU16::new(40).expect("not 0"), 0);
            for writes in frames {
                let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 40, 8));
                for (x, y, text, fg, bg, bold, reversed) in writes {
                    let mut style = Style::new().fg(fg).bg(bg);
                    if bold {
                        style = style.add_modifier(Modifier::BOLD);
                    }
                    if reversed {
                        style = style.add_modifier(Modifier::REVERSED);
                    }
                    buffer.set_stringn(x, y, &text, usize::from(40 - x), style);
                }
                if let Some(bytes) = paint(&mut terminal, &buffer) {
                    screen.process(&bytes);
                }
                for y in 0..8 {
                    for x in 0..40 {
                        let cell = &buffer[(x, y)];
                        let shown = screen.screen().cell(y, x).expect("inside");
                        let text = if shown.contents().is_empty() { " " } else { shown.contents() };
                        prop_assert_eq!(text, cell.symbol());
                        // Of a blank without lines only the ground is seen.
                        if cell.symbol() != " " || cell.modifier.intersects(LINES) {
                            prop_assert_eq!(shown.fgcolor(), expected(cell.fg));
                            prop_assert_eq!(shown.bold(), cell.modifier.contains(Modifier::BOLD));
                            prop_assert_eq!(shown.underline(), cell.modifier.contains(Modifier::UNDERLINED));
                        }
                        prop_assert_eq!(shown.bgcolor(), expected(cell.bg));
                        prop_assert_eq!(shown.inverse(), cell.modifier.contains(Modifier::REVERSED));
                    }
                }
            }
        }
    }
}
