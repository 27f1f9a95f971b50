//! Cells as lines of text, for a terminal that is not taken: what was printed stays in its history.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use super::sgr::{PLAIN, Pen, sgr};

/// The lines of a buffer, each ending as the terminal was before; without colours and modifiers where `styled` is false.
pub fn lines(buffer: &Buffer, styled: bool) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut pen = PLAIN;
        let mut line = String::new();
        let mut x = buffer.area.left();
        while x < buffer.area.right() {
            let Some(cell) = buffer.cell((x, y)) else {
                break;
            };
            let wanted = Pen::of(cell);
            if styled && wanted != pen {
                // Writing to a String can't fail.
                let _ = write!(line, "\x1b[{}m", sgr(pen, wanted));
                pen = wanted;
            }
            line.push_str(cell.symbol());
            x += u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
        }
        if styled && pen != PLAIN {
            line.push_str("\x1b[0m");
        }
        text.push_str(if styled { &line } else { line.trim_end() });
        text.push('\n');
    }
    text
}
