//! How a cell is drawn, and the SGR parameters (ECMA-48) that lead from one way to another in the fewest bytes.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// Colours and modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// Modifiers that show on a blank, in the colour of its foreground.
pub(super) const LINES: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT);

impl Pen {
    pub(super) const fn of(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// The pen that draws a cell with the least change of this one: of a blank only the ground is seen, and lines.
    pub(super) fn for_cell(self, cell: &Cell) -> Self {
        let wanted = Self::of(cell);
        if cell.symbol() == " " && !(self.modifier | wanted.modifier).intersects(LINES) {
            Self {
                bg: wanted.bg,
                ..self
            }
        } else {
            wanted
        }
    }

    /// It draws the cell as it is.
    pub(super) fn draws(self, cell: &Cell) -> bool {
        self.for_cell(cell) == self
    }
}

/// Nobody could tell them apart.
pub(super) fn look_the_same(a: &Cell, b: &Cell) -> bool {
    a.symbol() == b.symbol() && Pen::of(a).draws(b)
}

/// As a terminal is after a reset.
pub(super) const PLAIN: Pen = Pen {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

/// The shortest SGR parameters that lead from one pen to another: step by step, or all anew.
pub(super) fn sgr(from: Pen, pen: Pen) -> String {
    let gone = from.modifier - pen.modifier;
    let anew = codes(PLAIN, pen);
    let anew = if anew.is_empty() {
        String::new()
    } else {
        format!("0;{anew}")
    };
    let step = ends(gone, pen.modifier).map(|ends| {
        let kept = Pen {
            modifier: from.modifier & pen.modifier,
            ..from
        };
        let rest = codes(kept, pen);
        let gap = if ends.is_empty() || rest.is_empty() {
            ""
        } else {
            ";"
        };
        format!("{ends}{gap}{rest}")
    });
    match step {
        Some(step) if step.len() <= anew.len() => step,
        _ => anew,
    }
}

const MODIFIERS: &[(Modifier, &str)] = &[
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::SLOW_BLINK, "5"),
    (Modifier::RAPID_BLINK, "6"),
    (Modifier::REVERSED, "7"),
    (Modifier::HIDDEN, "8"),
    (Modifier::CROSSED_OUT, "9"),
];

/// The SGR parameters that lead from one pen to another with no fewer modifiers.
fn codes(from: Pen, to: Pen) -> String {
    let mut codes: Vec<String> = Vec::new();
    for (flag, code) in MODIFIERS {
        if to.modifier.contains(*flag) && !from.modifier.contains(*flag) {
            codes.push((*code).to_owned());
        }
    }
    if to.fg != from.fg {
        codes.push(colour(to.fg, false));
    }
    if to.bg != from.bg {
        codes.push(colour(to.bg, true));
    }
    codes.join(";")
}

/// The SGR parameters that end modifiers one by one; none where one that stays would end with them, as bold and dim do.
fn ends(gone: Modifier, kept: Modifier) -> Option<String> {
    let mut codes: Vec<&str> = Vec::new();
    for (flags, code) in ENDS {
        if gone.intersects(*flags) {
            if kept.intersects(*flags) {
                return None;
            }
            codes.push(code);
        }
    }
    Some(codes.join(";"))
}

const ENDS: &[(Modifier, &str)] = &[
    (Modifier::BOLD.union(Modifier::DIM), "22"),
    (Modifier::ITALIC, "23"),
    (Modifier::UNDERLINED, "24"),
    (Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK), "25"),
    (Modifier::REVERSED, "27"),
    (Modifier::HIDDEN, "28"),
    (Modifier::CROSSED_OUT, "29"),
];

/// The SGR parameter of a colour (ECMA-48, and xterm's 38/48).
fn colour(colour: Color, background: bool) -> String {
    let (base, bright, wide, reset) = if background {
        (40, 100, 48, 49)
    } else {
        (30, 90, 38, 39)
    };
    let sixteen = |n: u8| {
        if n < 8 {
            format!("{}", base + u16::from(n))
        } else {
            format!("{}", bright + u16::from(n) - 8)
        }
    };
    match colour {
        Color::Reset => reset.to_string(),
        Color::Black => sixteen(0),
        Color::Red => sixteen(1),
        Color::Green => sixteen(2),
        Color::Yellow => sixteen(3),
        Color::Blue => sixteen(4),
        Color::Magenta => sixteen(5),
        Color::Cyan => sixteen(6),
        Color::Gray => sixteen(7),
        Color::DarkGray => sixteen(8),
        Color::LightRed => sixteen(9),
        Color::LightGreen => sixteen(10),
        Color::LightYellow => sixteen(11),
        Color::LightBlue => sixteen(12),
        Color::LightMagenta => sixteen(13),
        Color::LightCyan => sixteen(14),
        Color::White => sixteen(15),
        Color::Indexed(n) if n < 16 => sixteen(n),
        Color::Indexed(n) => format!("{wide};5;{n}"),
        Color::Rgb(r, g, b) => format!("{wide};2;{r};{g};{b}"),
    }
}
