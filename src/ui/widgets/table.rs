//! Tables: columns that go by importance where there is no room, figures to the right, one unit a column.

use crate::ui::locales::constant;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;

use ratatui::layout::Rect;

use super::bar::bar;
use super::spark::{History, spark};

/// Columns between columns.
const GAP: u16 = 2;
/// Columns before the first: the signs of mark and cursor.
pub const GUTTER: u16 = 3;
/// Columns behind the last: air, and the line that says which part of all rows is shown.
pub const EDGE: u16 = 2;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The id of its head's message.
    pub head: &'static str,
    /// It is left out rather than narrower.
    pub least: u16,
    /// It takes so much before a less important column comes in.
    pub good: u16,
    /// It takes so much where there is room to spare.
    pub best: u16,
    /// Figures stand at the right.
    pub right: bool,
    /// The greatest is left out first; zero never.
    pub weight: u8,
}

impl Column {
    /// Words, at the left.
    pub const fn words(
        head: &'static str,
        (least, good, best): (u16, u16, u16),
        weight: u8,
    ) -> Self {
        Self {
            head,
            least,
            good,
            best,
            right: false,
            weight,
        }
    }

    /// Figures, at the right.
    pub const fn figures(head: &'static str, width: u16, weight: u8) -> Self {
        Self {
            head,
            least: width,
            good: width,
            best: width,
            right: true,
            weight,
        }
    }
}

/// What stands in a row at a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Words or a figure.
    Words(Role, String),
    /// A sign of our own and words behind it, at the left.
    Sign(Role, char, String),
    /// Several words in roles of their own, at the left.
    Mixed(Vec<(Role, String)>),
    /// A history between two values.
    Spark(History, f32, f32),
    /// A share.
    Bar(f64),
    /// Signs of our own, each in a role, from the left.
    Signs(Vec<(Role, char)>),
}

impl Cell {
    /// Words or a figure.
    pub fn new(role: Role, words: impl Into<String>) -> Self {
        Self::Words(role, words.into())
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// By column.
    pub cells: Vec<Cell>,
    /// The cursor is on it.
    pub cursor: bool,
    /// It is marked.
    pub marked: bool,
}

/// Where each column stands: offset from the left and width; none where it is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout(Vec<Option<(u16, u16)>>);

impl Layout {
    /// Fits columns into a width.
    pub fn fit(columns: &[Column], width: u16) -> Self {
        let mut widths: Vec<Option<u16>> = vec![None; columns.len()];
        let mut room = width.saturating_sub(GUTTER);
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by_key(|&at| columns[at].weight);
        for &at in &order {
            let column = &columns[at];
            let gap = if widths.iter().any(Option::is_some) {
                GAP
            } else {
                0
            };
            let room_here = room.saturating_sub(gap);
            if column.least <= room_here || (column.weight == 0 && room_here > 0) {
                let width = column.good.max(column.least).min(room_here);
                widths[at] = Some(width);
                room -= width + gap;
            }
        }
        // What is left is shared out evenly, the more important first.
        while room > 0 {
            let before = room;
            for &at in &order {
                if let Some(width) = widths[at].as_mut().filter(|w| **w < columns[at].best)
                    && room > 0
                {
                    *width += 1;
                    room -= 1;
                }
            }
            if room == before {
                break;
            }
        }
        let mut x = GUTTER;
        let placed = widths.into_iter().map(|width| {
            width.map(|width| {
                let place = (x, width);
                x = x.saturating_add(width).saturating_add(GAP);
                place
            })
        });
        Self(placed.collect())
    }

    /// Is the column shown?
    pub fn shows(&self, column: usize) -> bool {
        self.0.get(column).is_some_and(Option::is_some)
    }

    /// Offset and width of a column that is shown.
    pub fn place(&self, column: usize) -> Option<(u16, u16)> {
        self.0.get(column).copied().flatten()
    }
}

/// The first row to show so that the one under the cursor is in sight, about in the middle.
pub fn first_row(rows: usize, cursor: usize, height: u16) -> usize {
    let height = usize::from(height);
    cursor
        .saturating_sub(height / 2)
        .min(rows.saturating_sub(height))
}

/// Draws the heads; the column sorted by has a sign.
pub fn heads(
    pen: &mut Pen<'_>,
    area: Rect,
    columns: &[Column],
    layout: &Layout,
    sorted: Option<(usize, bool)>,
) {
    for (at, column) in columns.iter().enumerate() {
        let Some((x, width)) = layout.place(at) else {
            continue;
        };
        let x = area.x.saturating_add(x);
        let head = constant(column.head);
        if column.right {
            pen.text_right(x.saturating_add(width), area.y, width, Role::Header, head);
        } else {
            pen.text(x, area.y, width, Role::Header, head);
        }
        if let Some((by, reverse)) = sorted
            && by == at
        {
            let glyphs = pen.look().glyphs;
            let sign = if reverse { glyphs.up() } else { glyphs.down() };
            // Figures end at the right edge of their column: the sign stands in the gap behind, words leave room.
            let long = text::width(head, width);
            let place = if column.right {
                x.saturating_add(width)
            } else {
                x.saturating_add(long)
            };
            pen.sign(place, area.y, Role::TextStrong, sign);
        }
    }
}

/// What a table shows beside its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// All rows.
    pub rows: usize,
    /// The row that has to be in sight.
    pub cursor: usize,
    /// The column sorted by, and whether the other way round.
    pub sorted: Option<(usize, bool)>,
}

/// Draws heads and those rows that fit, made when they are needed. At the right edge a line says which part of all
/// rows is shown, where not all are.
pub fn table(
    pen: &mut Pen<'_>,
    area: Rect,
    columns: &[Column],
    shown: Shown,
    make: &dyn Fn(usize) -> Row,
) {
    let area = area.intersection(pen.area());
    if area.is_empty() {
        return;
    }
    let inner = Rect {
        width: area.width.saturating_sub(EDGE),
        ..area
    };
    let layout = Layout::fit(columns, inner.width);
    let height = area.height - 1;
    if height > 0 {
        heads(pen, inner, columns, &layout, shown.sorted);
    }
    let (top, height) = if height > 0 {
        (area.y + 1, height)
    } else {
        (area.y, 1)
    };
    let place = Rect {
        y: top,
        height,
        ..area
    };
    body(pen, place, (columns, &layout), shown, make);
}

/// Draws those rows that fit, without heads.
pub fn body(
    pen: &mut Pen<'_>,
    area: Rect,
    (columns, layout): (&[Column], &Layout),
    shown: Shown,
    make: &dyn Fn(usize) -> Row,
) {
    let area = area.intersection(pen.area());
    if area.is_empty() {
        return;
    }
    let inner = Rect {
        width: area.width.saturating_sub(EDGE),
        ..area
    };
    let (top, height) = (area.y, area.height);
    let first = first_row(shown.rows, shown.cursor, height);
    for (line, at) in (first..shown.rows).take(usize::from(height)).enumerate() {
        let place = Rect {
            y: top + line as u16,
            height: 1,
            ..inner
        };
        row(pen, place, columns, layout, &make(at));
    }
    scroll_line(pen, (area.right() - 1, top, height), first, shown.rows);
}

/// Which part of `rows` the `height` lines from `first` on are.
fn scroll_line(pen: &mut Pen<'_>, (x, y, height): (u16, u16, u16), first: usize, rows: usize) {
    let lines = usize::from(height);
    if rows <= lines {
        return;
    }
    let sign = pen.look().glyphs.upright();
    let from = first * lines / rows;
    let until = ((first + lines) * lines).div_ceil(rows).max(from + 1);
    for line in from..until.min(lines) {
        pen.sign(x, y + line as u16, Role::TextDim, sign);
    }
}

/// Draws one row in the first line of the area.
pub fn row(pen: &mut Pen<'_>, area: Rect, columns: &[Column], layout: &Layout, row: &Row) {
    let line = Rect {
        height: area.height.min(1),
        ..area
    };
    if line.is_empty() {
        return;
    }
    if row.cursor {
        pen.paint(line, Role::Cursor);
    }
    let glyphs = pen.look().glyphs;
    if row.marked {
        pen.sign(area.x, area.y, Role::Mark, glyphs.mark());
    }
    if row.cursor {
        pen.sign(
            area.x.saturating_add(1),
            area.y,
            Role::Mark,
            glyphs.cursor(),
        );
    }
    for (at, column) in columns.iter().enumerate() {
        let (Some((x, width)), Some(content)) = (layout.place(at), row.cells.get(at)) else {
            continue;
        };
        let x = area.x.saturating_add(x);
        let end = x.saturating_add(width).min(area.right());
        let width = end.saturating_sub(x);
        match content {
            Cell::Empty => {}
            Cell::Words(role, words) if column.right => {
                pen.text_right(end, area.y, width, *role, words);
            }
            Cell::Words(role, words) => {
                pen.text(x, area.y, width, *role, words);
            }
            Cell::Sign(role, sign, words) => {
                pen.sign(x, area.y, *role, *sign);
                let rest = width.saturating_sub(1);
                pen.text(x.saturating_add(1), area.y, rest, *role, words);
            }
            Cell::Mixed(parts) => {
                let mut x = x;
                for (role, words) in parts {
                    x = x.saturating_add(pen.text(x, area.y, end.saturating_sub(x), *role, words));
                }
            }
            Cell::Spark(history, low, high) => spark(pen, x, area.y, width, history, *low, *high),
            Cell::Bar(share) => bar(pen, x, area.y, width, *share),
            Cell::Signs(signs) => {
                for (at, (role, sign)) in (0..width).zip(signs) {
                    if *sign != ' ' {
                        pen.sign(x.saturating_add(at), area.y, *role, *sign);
                    }
                }
            }
        }
    }
}
