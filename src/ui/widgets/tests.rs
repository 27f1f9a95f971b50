use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bar::bar;
use super::chart::{Scale, chart};
use super::lane::{columns, dotted, heights, line};
use super::spark::{History, spark};
use super::strip::{Fact, strip};
use super::table::{Cell, Column, Layout, Row, first_row, heads, row};
use crate::app::axis::Point;
use crate::ui::look::{Glyphs, Look};
use crate::ui::pen::Pen;
use crate::ui::theme::{DEFAULT, Role, Tier, built_in};

fn look(glyphs: Glyphs) -> Look {
    Look::new(built_in(DEFAULT).expect("a theme"), Tier::True, glyphs)
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    (0..area.height)
        .map(|y| {
            let line: String = (0..area.width)
                .map(|x| buffer[(x, y)].symbol().to_owned())
                .collect();
            line.trim_end().to_owned()
        })
        .collect()
}

fn drawn(width: u16, height: u16, glyphs: Glyphs, draw: impl Fn(&mut Pen<'_>)) -> Vec<String> {
    let look = look(glyphs);
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(&mut Pen::new(&mut buffer, &look));
    lines(&buffer)
}

fn history(values: &[f32]) -> History {
    History {
        samples: values.iter().map(|v| Some(*v)).collect(),
        capacity: values.len(),
    }
}

const COLUMNS: &[Column] = &[
    Column::words("SITE", (6, 6, 10), 0),
    Column::figures("MW", 7, 1),
    Column::words("STATE", (8, 8, 12), 2),
    Column::figures("J/TH", 4, 3),
];

#[test]
fn columns_go_by_importance() {
    let shown = |width| {
        let layout = Layout::fit(COLUMNS, width);
        (0..4).filter(|at| layout.shows(*at)).collect::<Vec<_>>()
    };
    assert_eq!(shown(60), [0, 1, 2, 3]);
    assert_eq!(shown(30), [0, 1, 2]);
    assert_eq!(shown(20), [0, 1]);
    assert_eq!(shown(9), [0]);
    assert_eq!(shown(4), [0], "the first column is cut, not left out");
    assert_eq!(shown(3), [0usize; 0]);
}

#[test]
fn figures_stand_at_the_right_and_the_cursor_has_a_sign() {
    let got = drawn(32, 2, Glyphs::Unicode, |pen| {
        let area = Rect::new(0, 0, 32, 1);
        let layout = Layout::fit(COLUMNS, 32);
        heads(pen, area, COLUMNS, &layout, Some((1, false)));
        let line = Row {
            cells: vec![
                Cell::new(Role::Text, "Biaroza-Kartuzskaja"),
                Cell::new(Role::Value, "112.4"),
                Cell::new(Role::State, "ramping"),
            ],
            cursor: true,
            marked: true,
        };
        row(pen, Rect { y: 1, ..area }, COLUMNS, &layout, &line);
    });
    assert_eq!(
        got,
        [
            "   SITE           MW▼ STATE",
            "●> Biaroza…    112.4  ramping"
        ]
    );
}

#[test]
fn the_cursor_stays_in_sight() {
    for rows in 0..30 {
        for height in 1..12u16 {
            for cursor in 0..rows {
                let first = first_row(rows, cursor, height);
                assert!(first <= cursor && cursor < first + usize::from(height));
                assert!(first == 0 || first + usize::from(height) <= rows);
            }
        }
    }
}

#[test]
fn a_spark_has_eight_heights_and_gaps() {
    let mut line = history(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    line.samples[3] = None;
    let got = drawn(8, 1, Glyphs::Unicode, |pen| {
        spark(pen, 0, 0, 8, &line, 0.0, 7.0);
    });
    assert_eq!(got, ["▁▂▃ ▅▆▇█"]);
    let got = drawn(8, 1, Glyphs::Ascii, |pen| {
        spark(pen, 0, 0, 8, &line, 0.0, 7.0);
    });
    assert_eq!(got, ["__. =+*#"]);
    line.capacity = 16;
    let got = drawn(16, 1, Glyphs::Unicode, |pen| {
        spark(pen, 0, 0, 16, &line, 0.0, 7.0);
    });
    assert_eq!(
        got,
        ["        ▁▂▃ ▅▆▇█"],
        "a young history stands at the right"
    );
}

#[test]
fn a_bar_is_full_only_when_all_is_done() {
    let bars = |share, glyphs| drawn(5, 1, glyphs, |pen| bar(pen, 0, 0, 5, share));
    assert_eq!(bars(0.0, Glyphs::Unicode), ["░░░░░"]);
    assert_eq!(bars(0.5, Glyphs::Unicode), ["██▌░░"]);
    assert_eq!(bars(0.999, Glyphs::Unicode), ["████▉"]);
    assert_eq!(bars(1.0, Glyphs::Unicode), ["█████"]);
    assert_eq!(bars(0.999, Glyphs::Ascii), ["####."]);
    assert_eq!(bars(f64::NAN, Glyphs::Ascii), ["....."]);
}

#[test]
fn a_chart_follows_its_history() {
    let rising = history(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let scale = Scale {
        low: 0.0,
        high: 7.0,
        guides: vec![],
    };
    let got = drawn(4, 2, Glyphs::Unicode, |pen| {
        chart(pen, Rect::new(0, 0, 4, 2), &rising, &scale);
    });
    assert_eq!(got, ["  ⡠⠊", "⡠⠊"]);
    let got = drawn(8, 3, Glyphs::Ascii, |pen| {
        chart(pen, Rect::new(0, 0, 8, 3), &rising, &scale);
    });
    assert!(got[0].ends_with('\''), "{got:?}");
    assert!(got[2].starts_with('.'), "{got:?}");
}

/// Points of one value each, gaps where there is none.
fn points(values: &[Option<f32>]) -> Vec<Option<Point>> {
    let point = |v: f32| Point {
        min: v,
        mean: v,
        max: v,
        unsure: false,
    };
    values.iter().map(|v| v.map(point)).collect()
}

#[test]
fn two_lines_of_a_lane_are_told_apart_and_gaps_stay_empty() {
    let first = points(&[Some(1.0), Some(1.0), None, None, Some(1.0), Some(1.0)].repeat(2));
    let second = points(&[Some(0.0); 12]);
    let same = first.clone();
    let area = Rect::new(0, 0, 6, 2);
    let both = |glyphs, second: &[Option<Point>]| {
        drawn(6, 2, glyphs, |pen| {
            line(pen, area, &first, (0.0, 1.0));
            dotted(pen, area, second, &first, (0.0, 1.0));
        })
    };
    assert_eq!(both(Glyphs::Ascii, &second), ["' '' '", "oooooo"]);
    assert_eq!(both(Glyphs::Unicode, &second), ["⠉ ⠉⠉ ⠉", "••••••"]);
    // Where they are the same, both are seen.
    assert_eq!(both(Glyphs::Ascii, &same), ["o o' '", ""]);
}

#[test]
fn a_strip_shows_means_and_what_went_through_much_of_its_scale() {
    let mut halves = points(&[
        Some(0.0),
        Some(0.0),
        Some(9.0),
        Some(9.0),
        None,
        None,
        Some(0.0),
        Some(9.0),
    ]);
    let strip = |halves: &[Option<Point>]| {
        drawn(4, 1, Glyphs::Unicode, |pen| {
            heights(pen, (0, 0, 4), &columns(halves), (0.0, 9.0));
        })
    };
    assert_eq!(strip(&halves), ["▁█ │"]);
    halves.truncate(5);
    assert_eq!(strip(&halves), ["▁█"]);
}

#[test]
fn least_and_greatest_of_a_column_are_drawn() {
    let spike = Point {
        min: 0.0,
        mean: 5.0,
        max: 10.0,
        unsure: false,
    };
    let mut halves = points(&[Some(5.0); 6]);
    halves[2] = Some(spike);
    let got = drawn(3, 3, Glyphs::Ascii, |pen| {
        line(pen, Rect::new(0, 0, 3, 3), &halves, (0.0, 10.0));
    });
    assert_eq!(got, [" '", "-|-", " ."]);
}

#[test]
fn a_line_gives_up_its_least_important_facts() {
    let facts = [
        Fact::words(0, Role::Value, "50.012 Hz"),
        Fact::figure(2, "surplus", Role::Value, "1 482", "MW").or(Fact::figure(
            2,
            "",
            Role::Value,
            "1 482",
            "",
        )),
        Fact::words(1, Role::Value, "mining"),
    ];
    let right = [Fact::words(3, Role::Text, "13:45")];
    let at = |width| {
        drawn(width, 1, Glyphs::Unicode, |pen| {
            strip(pen, (0, 0, width), 2, &facts, &right);
        })[0]
            .clone()
    };
    assert_eq!(at(50), "50.012 Hz  surplus 1 482 MW  mining          13:45");
    assert_eq!(at(36), "50.012 Hz  1 482  mining       13:45");
    assert_eq!(at(26), "50.012 Hz  1 482  mining");
    assert_eq!(at(18), "50.012 Hz  mining");
    assert_eq!(at(5), "50.0…");
}

#[test]
fn a_fact_that_keeps_its_form_outlives_lesser_ones_and_then_makes_room_for_them() {
    let mut screens =
        Fact::words(0, Role::Key, "1 Nation  2 Site").or(Fact::words(0, Role::Key, "1-2"));
    screens.keeps = Some(2);
    let facts = [
        screens,
        Fact::words(1, Role::Key, "? help"),
        Fact::words(5, Role::Key, "s sort"),
    ];
    let at = |width| {
        drawn(width, 1, Glyphs::Unicode, |pen| {
            strip(pen, (0, 0, width), 2, &facts, &[]);
        })[0]
            .clone()
    };
    assert_eq!(at(40), "1 Nation  2 Site  ? help  s sort");
    assert_eq!(at(30), "1 Nation  2 Site  ? help");
    assert_eq!(at(20), "1-2  ? help  s sort");
    assert_eq!(at(12), "1-2  ? help");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_panics_at_any_size(
        width in 0u16..120, height in 0u16..40,
        x in 0u16..130, y in 0u16..50, w in 0u16..130, h in 0u16..50,
        values in prop::collection::vec(prop::option::of(any::<f32>()), 0..40),
        capacity in 0usize..60, low: f64, high: f64,
        name in any::<String>(),
    ) {
        let line = History { samples: values, capacity };
        let scale = Scale { low, high, guides: vec![(low, name.clone()), (0.0, "0".into())] };
        for glyphs in [Glyphs::Unicode, Glyphs::NoBraille, Glyphs::Ascii] {
            drawn(width, height, glyphs, |pen| {
                let area = Rect::new(x, y, w, h);
                chart(pen, area, &line, &scale);
                spark(pen, x, y, w, &line, low as f32, high as f32);
                let halves: Vec<Option<Point>> = line.samples.iter().map(|v| v.map(|v| Point { min: v, mean: -v, max: v + 1.0, unsure: v > 0.5 })).collect();
                super::lane::line(pen, area, &halves, (low, high));
                dotted(pen, area, &halves, &halves, (high, low));
                heights(pen, (x, y, w), &columns(&halves), (low, high));
                bar(pen, x, y, w, low);
                strip(pen, (x, y, w), h, &[Fact::words(0, Role::Text, name.clone())], &[Fact::words(1, Role::Text, name.clone())]);
                let layout = Layout::fit(COLUMNS, w);
                heads(pen, area, COLUMNS, &layout, Some((0, true)));
                let cells = vec![Cell::new(Role::Text, name.clone()), Cell::Bar(low), Cell::Mixed(vec![(Role::Text, name.clone())]), Cell::Spark(line.clone(), 0.0, 1.0)];
                row(pen, area, COLUMNS, &layout, &Row { cells, cursor: true, marked: true });
                pen.rule(x, y, w);
            });
        }
    }
}
