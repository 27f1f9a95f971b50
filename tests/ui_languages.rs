//! Every screen at three sizes in Russian and Belarusian: its text, and that nothing runs over.

#![allow(missing_docs, reason = "a test has no public face")]

mod nation;

use std::fmt::Write;
use std::sync::OnceLock;

use baseload::app::{Size, State};
use baseload::domain::language::Language;
use baseload::ui::look::{Glyphs, Look};
use baseload::ui::theme::{Role, Tier, parse};
use jiff::tz::{TimeZone, offset};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

const SIZES: [(u16, u16); 3] = [(40, 12), (80, 24), (120, 36)];
const CYRILLIC: [Language; 2] = [Language::Russian, Language::Belarusian];

/// Heads have a colour of their own here, so that they are told from what stands beside them.
const THEME: &str = "inherits = \"grey\"\n[roles]\n\"header\" = \"#010203\"\n";

/// The states of each size, made once.
fn states(size: (u16, u16)) -> &'static [(&'static str, State)] {
    static STATES: [OnceLock<Vec<(&'static str, State)>>; 3] = [const { OnceLock::new() }; 3];
    let at = SIZES
        .iter()
        .position(|s| *s == size)
        .expect("a size of the list");
    STATES[at].get_or_init(|| nation::all(Size::of(size.0, size.1)))
}

fn look(language: Language, tier: Tier, glyphs: Glyphs) -> Look {
    let theme = parse("test", THEME).expect("the theme loads");
    let mut look = Look::new(theme, tier, glyphs)
        .in_zone(TimeZone::fixed(offset(3)))
        .in_language(language);
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

fn line(buffer: &Buffer, y: u16) -> String {
    let cells = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol());
    cells.collect::<String>().trim_end().to_owned()
}

fn text(buffer: &Buffer) -> String {
    (0..buffer.area.height).fold(String::new(), |mut text, y| {
        let _ = writeln!(text, "{}", line(buffer, y));
        text
    })
}

/// One file a language and size: all screens one after the other.
#[test]
fn every_screen_in_every_language() {
    for language in CYRILLIC {
        for (width, height) in SIZES {
            let look = look(language, Tier::True, Glyphs::Unicode);
            let mut all = String::new();
            for (name, state) in states((width, height)) {
                let screen = text(&drawn(state, &look, (width, height)));
                let _ = writeln!(all, "== {name}\n{screen}");
            }
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(format!("all-{}-{width}x{height}", language.code()), all);
            });
        }
    }
}

#[test]
fn the_text_does_not_hang_on_the_colours() {
    for language in CYRILLIC {
        for size in SIZES {
            for (name, state) in states(size) {
                let of = |tier| text(&drawn(state, &look(language, tier, Glyphs::Unicode), size));
                let full = of(Tier::True);
                for tier in [Tier::Indexed, Tier::Ansi16, Tier::Mono] {
                    assert_eq!(full, of(tier), "{name} {language:?} {size:?} {tier:?}");
                }
            }
        }
    }
}

#[test]
fn ascii_terminals_are_spoken_to_in_english() {
    for (name, state) in states((80, 24)) {
        let of = |language| {
            text(&drawn(
                state,
                &look(language, Tier::True, Glyphs::Ascii),
                (80, 24),
            ))
        };
        let english = of(Language::English);
        for language in CYRILLIC {
            assert_eq!(english, of(language), "{name} {language:?}");
        }
    }
}

#[test]
fn simulated_stands_on_every_screen_in_every_language() {
    let fed = |name: &str| name != "silent" && !name.starts_with("solo");
    for (language, word) in [
        (Language::English, "SIMULATED"),
        (Language::Russian, "СИМУЛЯЦИЯ"),
        (Language::Belarusian, "СІМУЛЯЦЫЯ"),
    ] {
        let look = look(language, Tier::Mono, Glyphs::Unicode);
        for size in SIZES {
            for (name, state) in states(size).iter().filter(|(name, _)| fed(name)) {
                let all = text(&drawn(state, &look, size));
                assert!(all.contains(word), "{name} {language:?} {size:?}");
            }
        }
    }
}

/// Lines in which a head is cut.
fn cut_heads(buffer: &Buffer, look: &Look) -> Vec<String> {
    let head = look.style(Role::Header).fg.expect("heads have a colour");
    let is_cut = |y: &u16| {
        (0..buffer.area.width).any(|x| {
            let cell = &buffer[(x, *y)];
            cell.symbol() == "…" && cell.fg == head
        })
    };
    let lines = (0..buffer.area.height).filter(is_cut);
    lines.map(|y| line(buffer, y)).collect()
}

/// Heads of tables, keys and what they do are never cut; a head has a short word where it needs one.
#[test]
fn heads_and_keys_stand_whole() {
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let look = look(language, Tier::True, Glyphs::Unicode);
        for size in SIZES {
            for (name, state) in states(size) {
                let buffer = drawn(state, &look, size);
                for head in cut_heads(&buffer, &look) {
                    wrong.push(format!("{name} {language:?} {size:?}: {head}"));
                }
                let foot = line(&buffer, size.1 - 1);
                if foot.contains('…') {
                    wrong.push(format!("{name} {language:?} {size:?} keys: {foot}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Told in the system's own sentence, which is longer than any line.
const LONG: [&str; 2] = ["journal-broken", "solo-down"];

/// No more is cut than in English where a screen has its full size.
#[test]
fn no_line_is_cut_that_is_whole_in_english() {
    let mut wrong = Vec::new();
    for size in [(80, 24), (120, 36)] {
        for (name, state) in states(size).iter().filter(|(name, _)| !LONG.contains(name)) {
            let of = |language| {
                let buffer = drawn(state, &look(language, Tier::True, Glyphs::Unicode), size);
                (0..size.1).map(|y| line(&buffer, y)).collect::<Vec<_>>()
            };
            // What is cut in its middle, a hash or an address, shows both ends on purpose.
            let is_cut = |(line, at): (&str, usize)| {
                let behind = line[at + '…'.len_utf8()..].chars().next();
                behind.is_none_or(|c| !c.is_alphanumeric())
            };
            let count = |lines: &[String]| {
                let signs = |line| str::match_indices(line, '…').map(move |(at, _)| (line, at));
                let all = lines.iter().flat_map(|line| signs(line.as_str()));
                all.filter(|sign| is_cut(*sign)).count()
            };
            let english = count(&of(Language::English));
            for language in CYRILLIC {
                let lines = of(language);
                let there = count(&lines);
                if there > english {
                    let cut: Vec<_> = lines.into_iter().filter(|l| l.contains('…')).collect();
                    wrong.push(format!(
                        "{name} {language:?} {size:?}: {there} cuts, {english} in English\n  {}",
                        cut.join("\n  ")
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
