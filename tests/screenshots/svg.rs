//! A buffer of cells as an SVG. Blocks, braille and rules are shapes, so that they join up whatever the font; words are
//! text, placed word by word on the grid.

use std::fmt::Write;

use baseload::ui::look::Look;
use baseload::ui::theme::Role;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// A cell in pixels; the height divides by eight and by the four rows of braille.
const WIDTH: u32 = 9;
const HEIGHT: u32 = 20;
/// The font's size and where its letters stand in the cell.
const FONT: f32 = 14.9;
const BASE: u32 = 15;
/// Around the screen.
const MARGIN: u32 = 8;

type Rgb = (u8, u8, u8);

/// Colours of the cell with the theme's ground under it, reversal and dimming done.
fn colours(cell: &Cell, ground: (Rgb, Rgb)) -> (Rgb, Rgb) {
    let solid = |colour: Color, other: Rgb| match colour {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(index) => {
            let rgb = baseload::ui::theme::of_index(index);
            (rgb.0, rgb.1, rgb.2)
        }
        _ => other,
    };
    let (mut fg, mut bg) = (solid(cell.fg, ground.0), solid(cell.bg, ground.1));
    if cell.modifier.contains(Modifier::DIM) {
        let half =
            |a: u8, b: u8| u8::try_from((u16::from(a) * 3 + u16::from(b) * 2) / 5).unwrap_or(a);
        fg = (half(fg.0, bg.0), half(fg.1, bg.1), half(fg.2, bg.2));
    }
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    (fg, bg)
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

struct Svg(String);

impl Svg {
    fn rect(&mut self, x: u32, y: u32, width: u32, height: u32, colour: Rgb) {
        let _ = writeln!(
            self.0,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{}"/>"#,
            hex(colour)
        );
    }
}

/// The whole picture.
pub(crate) fn write(buffer: &Buffer, look: &Look) -> String {
    let ground = {
        let style = look.style(Role::Ground);
        let mut cell = Cell::default();
        cell.set_style(style);
        // A theme that leaves the ground to the terminal is drawn as on a dark one.
        colours(&cell, ((0xd0, 0xd0, 0xd0), (0x12, 0x12, 0x12)))
    };
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let (width, height) = (columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN);
    let mut svg = Svg(String::new());
    let _ = writeln!(
        svg.0,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="'DejaVu Sans Mono', monospace" font-size="{FONT}" shape-rendering="crispEdges">"#
    );
    svg.rect(0, 0, width, height, ground.1);
    for row in 0..rows {
        grounds(&mut svg, buffer, row, ground);
        shapes(&mut svg, buffer, row, ground);
        words(&mut svg, buffer, row, ground);
    }
    svg.0.push_str("</svg>\n");
    svg.0
}

fn cell(buffer: &Buffer, column: u32, row: u32) -> Option<&Cell> {
    buffer.cell((u16::try_from(column).ok()?, u16::try_from(row).ok()?))
}

/// Backgrounds other than the ground, neighbours of one colour in one piece.
fn grounds(svg: &mut Svg, buffer: &Buffer, row: u32, ground: (Rgb, Rgb)) {
    let columns = u32::from(buffer.area.width);
    let colour = |column| cell(buffer, column, row).map(|c| colours(c, ground).1);
    let mut from = 0;
    while from < columns {
        let here = colour(from);
        let until = (from..columns)
            .find(|&c| colour(c) != here)
            .unwrap_or(columns);
        if let Some(bg) = here.filter(|bg| *bg != ground.1) {
            svg.rect(
                MARGIN + from * WIDTH,
                MARGIN + row * HEIGHT,
                (until - from) * WIDTH,
                HEIGHT,
                bg,
            );
        }
        from = until;
    }
}

/// Is it drawn as a shape?
fn is_shape(symbol: &str) -> bool {
    symbol.chars().next().is_some_and(|c| {
        matches!(c, '\u{2500}' | '\u{2502}' | '\u{253c}' | '▲' | '▼' | '●' | '◆' | '\u{2580}'..='\u{2595}' | '\u{2801}'..='\u{28ff}')
    })
}

fn shapes(svg: &mut Svg, buffer: &Buffer, row: u32, ground: (Rgb, Rgb)) {
    let columns = u32::from(buffer.area.width);
    let mut column = 0;
    while column < columns {
        let Some(here) = cell(buffer, column, row) else {
            return;
        };
        let symbol = here.symbol();
        let same = |c: u32| {
            cell(buffer, c, row).is_some_and(|n| {
                n.symbol() == symbol && colours(n, ground) == colours(here, ground)
            })
        };
        // Rules and full bars in one piece.
        let run = if matches!(symbol, "─" | "█") {
            (column..columns).find(|&c| !same(c)).unwrap_or(columns) - column
        } else {
            1
        };
        if is_shape(symbol) {
            let (x, y) = (MARGIN + column * WIDTH, MARGIN + row * HEIGHT);
            shape(svg, symbol, (x, y), run, colours(here, ground));
        }
        column += run;
    }
}

fn shape(svg: &mut Svg, symbol: &str, (x, y): (u32, u32), run: u32, (fg, bg): (Rgb, Rgb)) {
    let Some(sign) = symbol.chars().next() else {
        return;
    };
    let code = u32::from(sign);
    let middle = y + HEIGHT / 2;
    let points = |svg: &mut Svg, points: &str| {
        let _ = writeln!(
            svg.0,
            r#"<polygon points="{points}" fill="{}" shape-rendering="geometricPrecision"/>"#,
            hex(fg)
        );
    };
    match sign {
        '─' => svg.rect(x, middle, run * WIDTH, 1, fg),
        '│' => svg.rect(x + WIDTH / 2, y, 1, HEIGHT, fg),
        '┼' => {
            svg.rect(x, middle, WIDTH, 1, fg);
            svg.rect(x + WIDTH / 2, y + 5, 1, HEIGHT - 10, fg);
        }
        '▲' => points(
            svg,
            &format!(
                "{},{} {},{} {},{}",
                x + 1,
                y + 14,
                x + 8,
                y + 14,
                x * 2 / 2 + 4,
                y + 7
            ),
        ),
        '▼' => points(
            svg,
            &format!(
                "{},{} {},{} {},{}",
                x + 1,
                y + 7,
                x + 8,
                y + 7,
                x + 4,
                y + 14
            ),
        ),
        '◆' => points(
            svg,
            &format!(
                "{},{} {},{} {},{} {},{}",
                x + 4,
                y + 5,
                x + 9,
                y + 10,
                x + 4,
                y + 15,
                x,
                y + 10
            ),
        ),
        '●' => {
            let _ = writeln!(
                svg.0,
                r#"<circle cx="{}" cy="{}" r="3.5" fill="{}" shape-rendering="geometricPrecision"/>"#,
                x + 4,
                y + 10,
                hex(fg)
            );
        }
        '▔' => svg.rect(x, y, WIDTH, 2, fg),
        '░' | '▒' | '▓' => {
            // A quarter, a half and three quarters of the cell in dots is about that much of the colour to the eye.
            let parts = code - 0x2590;
            let mix = |a: u8, b: u8| {
                let sum = u32::from(a) * (parts + 1) + u32::from(b) * (4 - parts);
                u8::try_from(sum / 5).unwrap_or(a)
            };
            let colour = (mix(fg.0, bg.0), mix(fg.1, bg.1), mix(fg.2, bg.2));
            svg.rect(x, y + 4, WIDTH, HEIGHT - 8, colour);
        }
        '█' => svg.rect(x, y + 4, run * WIDTH, HEIGHT - 8, fg),
        // Eight heights of a trend; a full one leaves a line of air so that rows stay apart.
        '\u{2581}'..='\u{2587}' => {
            let height = (code - 0x2580) * (HEIGHT - 4) / 8;
            svg.rect(x, y + HEIGHT - 2 - height, WIDTH, height, fg);
        }
        '\u{2589}'..='\u{258f}' => svg.rect(x, y + 4, (0x2590 - code) * WIDTH / 8, HEIGHT - 8, fg),
        '\u{2801}'..='\u{28ff}' => {
            for dot in 0..8 {
                if (code - 0x2800) >> dot & 1 == 1 {
                    let (right, line) = match dot {
                        0..=2 => (0, dot),
                        3..=5 => (1, dot - 3),
                        _ => (dot - 6, 3),
                    };
                    svg.rect(x + 1 + right * 4, y + 2 + line * 5, 2, 2, fg);
                }
            }
        }
        _ => {}
    }
}

/// Words of one style, each placed by its first column.
fn words(svg: &mut Svg, buffer: &Buffer, row: u32, ground: (Rgb, Rgb)) {
    let columns = u32::from(buffer.area.width);
    let is_word = |column: u32| {
        cell(buffer, column, row)
            .is_some_and(|c| c.symbol() != " " && !c.symbol().is_empty() && !is_shape(c.symbol()))
    };
    let style = |column: u32| cell(buffer, column, row).map(|c| (colours(c, ground).0, c.modifier));
    let mut from = 0;
    while from < columns {
        if !is_word(from) {
            from += 1;
            continue;
        }
        let until = (from..columns)
            .find(|&c| !is_word(c) || style(c) != style(from))
            .unwrap_or(columns);
        let text: String = (from..until)
            .filter_map(|c| cell(buffer, c, row))
            .map(Cell::symbol)
            .collect();
        let (fg, modifier) = style(from).unwrap_or_default();
        let mut attributes = String::new();
        for (is, attribute) in [
            (Modifier::BOLD, r#" font-weight="bold""#),
            (Modifier::ITALIC, r#" font-style="italic""#),
            (Modifier::UNDERLINED, r#" text-decoration="underline""#),
        ] {
            if modifier.contains(is) {
                attributes.push_str(attribute);
            }
        }
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let (x, y) = (MARGIN + from * WIDTH, MARGIN + row * HEIGHT + BASE);
        let length = (until - from) * WIDTH;
        let _ = writeln!(
            svg.0,
            r#"<text x="{x}" y="{y}" textLength="{length}" fill="{}"{attributes}>{escaped}</text>"#,
            hex(fg)
        );
        from = until;
    }
}
