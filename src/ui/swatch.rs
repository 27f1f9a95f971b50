//! A small piece of the Nation screen, to see a theme by: figures made up, widgets and roles the screen's own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::look::Look;
use super::pen::Pen;
use super::text;
use super::theme::Role;
use super::widgets::spark::History;
use super::widgets::strip::{Fact, Part, strip};
use super::widgets::table::{Cell, Column, Row, Shown, table};

/// Lines of a swatch.
pub const LINES: u16 = 11;

const COLUMNS: [Column; 6] = [
    Column::words("SITE", (12, 14, 18), 0),
    Column::figures("HASHRATE", 11, 2),
    Column::figures("MW", 7, 0),
    Column::words("STATE", (10, 14, 18), 1),
    Column::words("QUALITY", (7, 9, 9), 3),
    Column::words("15 MIN", (8, 12, 16), 4),
];

/// Name, hashrate, MW and how they are known, state, quality, where the trend goes.
type Sample = (
    &'static str,
    &'static str,
    (Role, &'static str),
    (Role, &'static str),
    (Role, &'static str),
    f32,
);

const SAMPLES: [Sample; 5] = [
    (
        "Astravets",
        "24.61 EH/s",
        (Role::Value, "411.2"),
        (Role::StateHashing, "hashing"),
        (Role::TextDim, "good"),
        0.1,
    ),
    (
        "Biaroza",
        "6.10 EH/s",
        (Role::Value, "112.4"),
        (Role::StateRamping, "ramping"),
        (Role::TextDim, "good"),
        -0.7,
    ),
    (
        "Mazyr",
        "0 H/s",
        (Role::Value, "1.1"),
        (Role::StateCurtailed, "curtailed"),
        (Role::TextDim, "good"),
        -0.9,
    ),
    (
        "Polatsk",
        "4.72 EH/s",
        (Role::ValueStale, "? 88.0"),
        (Role::ValueStale, "stale 40 s"),
        (Role::ValueStale, "stale"),
        0.0,
    ),
    (
        "Salihorsk",
        "3.96 EH/s",
        (Role::ValueUncertain, "f 71.0"),
        (Role::StateFaulted, "faulted"),
        (Role::ValueUncertain, "uncertain"),
        -0.2,
    ),
];

/// A wave between 0 and 1 that ends higher or lower by `slope`.
fn wave(slope: f32) -> History {
    let samples = (0..48u8)
        .map(|at| {
            let x = f32::from(at) / 48.0;
            Some((0.75 + slope * x + 0.12 * (x * 14.0).sin()).clamp(0.0, 1.0))
        })
        .collect();
    History {
        samples,
        capacity: 48,
    }
}

fn key(key: &str, label: &str) -> Fact {
    Fact {
        weight: 1,
        forms: vec![vec![
            Part::Words(Role::Key, key.to_owned()),
            Part::Words(Role::KeyLabel, format!(" {label}")),
        ]],
        keeps: None,
    }
}

/// A swatch of the look, with the theme's name, that many columns wide.
pub fn swatch(name: &str, look: &Look, width: u16) -> Buffer {
    let area = Rect::new(0, 0, width.max(1), LINES);
    let mut buffer = Buffer::empty(area);
    text::measured(look.wide, look.glyphs, || {
        draw(&mut Pen::new(&mut buffer, look), area, name);
    });
    buffer
}

fn draw(pen: &mut Pen<'_>, area: Rect, name: &str) {
    pen.paint(area, Role::Ground);
    let line = |y| (area.x + 1, area.y + y, area.width.saturating_sub(2));
    let top = [
        Fact::words(0, Role::Title, name),
        Fact::words(2, Role::TextDim, "a piece of the Nation screen"),
        Fact::words(1, Role::Simulated, " SIMULATED "),
    ];
    strip(pen, line(0), 2, &top, &[]);
    let trend = Fact {
        weight: 3,
        forms: vec![vec![Part::Spark(12, wave(0.0), 0.0, 1.0)]],
        keeps: None,
    };
    let facts = [
        Fact::figure(0, "", Role::Value, "50.012", "Hz"),
        trend,
        Fact::figure(1, "surplus", Role::Value, "1 482", "MW"),
        Fact::figure(2, "mining", Role::Value, "1 184", "of 1 200 MW"),
    ];
    strip(pen, line(1), 2, &facts, &[]);
    pen.rule(area.x, area.y + 2, area.width);
    let body = Rect {
        y: area.y + 3,
        height: 6,
        ..area
    };
    let shown = Shown {
        rows: SAMPLES.len(),
        cursor: 1,
        sorted: None,
    };
    table(pen, body, &COLUMNS, shown, &|at| row(at));
    let alarms = [
        Fact::words(0, Role::Alarm1, " !1 under-frequency "),
        Fact::words(1, Role::Alarm2, " !2 block 3 "),
        Fact::words(2, Role::Alarm3, "!3 meter lost"),
        Fact::words(3, Role::Alarm4, "!4 note"),
    ];
    strip(pen, line(9), 2, &alarms, &[]);
    let keys = [
        Fact::words(0, Role::Chosen, "1 Nation"),
        key("2", "Site"),
        key("c", "curtail"),
        key("r", "restore"),
        key("?", "help"),
    ];
    strip(pen, line(10), 2, &keys, &[]);
}

fn row(at: usize) -> Row {
    let Some((name, rate, power, state, quality, slope)) = SAMPLES.get(at) else {
        return Row::default();
    };
    Row {
        cells: vec![
            Cell::new(Role::Text, *name),
            Cell::new(Role::Value, *rate),
            Cell::new(power.0, power.1),
            Cell::new(state.0, state.1),
            Cell::new(quality.0, quality.1),
            Cell::Spark(wave(*slope), 0.0, 1.0),
        ],
        cursor: at == 1,
        marked: at == 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::look::Glyphs;
    use crate::ui::theme::{Tier, built_in, names};

    #[test]
    fn every_theme_has_a_swatch_at_any_width() {
        for name in names() {
            for width in [0, 1, 20, 76, 200] {
                let theme = built_in(name).expect("a built-in theme loads");
                let mut look = Look::new(theme, Tier::True, Glyphs::Unicode);
                for wide in [false, true] {
                    look.wide = wide;
                    let drawn = swatch(name, &look, width);
                    assert_eq!(drawn.area.height, LINES);
                }
            }
        }
    }

    #[test]
    fn a_swatch_shows_what_a_theme_is_for() {
        let theme = built_in("grey").expect("a built-in theme loads");
        let look = Look::new(theme, Tier::True, Glyphs::Unicode);
        let drawn = swatch("grey", &look, 76);
        let text: String = drawn
            .content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        for part in [
            "grey",
            "SIMULATED",
            "Astravets",
            "!1",
            "!4",
            "stale",
            "curtail",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }
}
