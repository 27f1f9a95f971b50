//! Every screen at three sizes: its text, the same in ASCII, and its styles for true colour, 16 colours and none.

#![allow(missing_docs, reason = "a test has no public face")]

mod nation;

use std::fmt::Write;

use baseload::app::{Size, State};
use baseload::ui::look::{Glyphs, Look};
use baseload::ui::theme::{DEFAULT, Tier, built_in};
use jiff::tz::{TimeZone, offset};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};

fn look(tier: Tier, glyphs: Glyphs) -> Look {
    let theme = built_in(DEFAULT).expect("the default theme loads");
    let mut look = Look::new(theme, tier, glyphs).in_zone(TimeZone::fixed(offset(3)));
    "Minsk".clone_into(&mut look.zone_name);
    look
}

fn drawn(state: &State, look: &Look, (width, height): (u16, u16)) -> Buffer {
    let mut terminal =
        Terminal::new(TestBackend::new(width, height)).expect("a terminal in memory");
    terminal
        .draw(|frame| baseload::ui::view(state, look, frame))
        .expect("drawing into memory does not fail");
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width)
            .map(|x| buffer[(x, y)].symbol())
            .collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Each style once with a letter, then each line as runs of letters.
fn styles(buffer: &Buffer) -> String {
    let of = |cell: &Cell| format!("{} on {} {:?}", cell.fg, cell.bg, cell.modifier);
    let mut known: Vec<String> = Vec::new();
    let mut lines = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(usize, u16)> = Vec::new();
        for x in 0..buffer.area.width {
            let style = of(&buffer[(x, y)]);
            let index = known.iter().position(|k| *k == style).unwrap_or_else(|| {
                known.push(style);
                known.len() - 1
            });
            match runs.last_mut() {
                Some((last, count)) if *last == index => *count += 1,
                _ => runs.push((index, 1)),
            }
        }
        for (index, count) in runs {
            let letter = char::from(b'a' + u8::try_from(index).unwrap_or(25).min(25));
            let _ = write!(lines, "{letter}{count}");
        }
        lines.push('\n');
    }
    let mut legend = String::new();
    for (index, style) in known.iter().enumerate() {
        let letter = char::from(b'a' + u8::try_from(index).unwrap_or(25).min(25));
        let _ = writeln!(legend, "{letter} {style}");
    }
    format!("{legend}{lines}")
}

fn snapshots(width: u16, height: u16) {
    for (name, state) in nation::all(Size::of(width, height)) {
        let full = drawn(&state, &look(Tier::True, Glyphs::Unicode), (width, height));
        let plain = drawn(&state, &look(Tier::Ansi16, Glyphs::Ascii), (width, height));
        let mono = drawn(&state, &look(Tier::Mono, Glyphs::Unicode), (width, height));
        assert_eq!(
            text(&full),
            text(&mono),
            "{name}: what stands there does not hang on colours"
        );
        let snapshot = format!(
            "{}\n== ascii\n{}\n== true colour\n{}\n== 16 colours\n{}\n== no colour\n{}",
            text(&full),
            text(&plain),
            styles(&full),
            styles(&plain),
            styles(&mono),
        );
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), snapshot);
        });
    }
}

#[test]
fn at_40x12() {
    snapshots(40, 12);
}

#[test]
fn at_80x24() {
    snapshots(80, 24);
}

#[test]
fn at_120x36() {
    snapshots(120, 36);
}
