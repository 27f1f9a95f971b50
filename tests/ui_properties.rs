//! Whatever the size, the terminal and the feeds' text: no panic, nothing of ours that is not ASCII where ASCII was
//! asked for, nothing raw on the wire to the terminal, and the word SIMULATED where anything is.

#![allow(missing_docs, reason = "a test has no public face")]

mod nation;

use std::num::NonZero;
use std::sync::OnceLock;
use std::time::Duration;

use baseload::app::{Size, State};
use baseload::runtime::paint::Painter;
use baseload::ui::look::{Glyphs, Look};
use baseload::ui::theme::{self, Tier, built_in};
use proptest::prelude::*;
use ratatui::backend::{CrosstermBackend, TestBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rust_decimal::Decimal;

const TIERS: [Tier; 5] = [
    Tier::True,
    Tier::Indexed,
    Tier::Ansi16,
    Tier::Ansi8,
    Tier::Mono,
];
const GLYPHS: [Glyphs; 4] = [
    Glyphs::Unicode,
    Glyphs::Braille,
    Glyphs::NoBraille,
    Glyphs::Ascii,
];

fn states() -> &'static [(&'static str, State)] {
    static STATES: OnceLock<Vec<(&'static str, State)>> = OnceLock::new();
    STATES.get_or_init(|| nation::all(Size::of(120, 36)))
}

fn look(theme: &str, tier: Tier, glyphs: Glyphs) -> Look {
    Look::new(built_in(theme).expect("a built-in theme"), tier, glyphs)
}

fn drawn(state: &State, look: &Look, width: u16, height: u16) -> Buffer {
    let mut terminal =
        Terminal::new(TestBackend::new(width, height)).expect("a terminal in memory");
    terminal
        .draw(|frame| baseload::ui::view(state, look, frame))
        .expect("drawing into memory does not fail");
    terminal.backend().buffer().clone()
}

fn words(buffer: &Buffer) -> String {
    buffer
        .content
        .iter()
        .map(ratatui::buffer::Cell::symbol)
        .collect()
}

#[test]
fn the_smallest_sizes_draw_every_screen() {
    for (_, state) in states() {
        for glyphs in GLYPHS {
            let look = look(theme::DEFAULT, Tier::Mono, glyphs);
            for width in [1, 2, 3, 5, 8, 13, 21, 34] {
                for height in 1..=14 {
                    drawn(state, &look, width, height);
                }
            }
        }
    }
}

#[test]
fn a_balance_beyond_all_numbers_is_drawn() {
    let look = look(theme::DEFAULT, Tier::Mono, Glyphs::Unicode);
    for (_, state) in states() {
        for amount in [Decimal::MAX, Decimal::MIN] {
            let mut state = state.clone();
            for account in state.reserve.values_mut() {
                account.mature = amount;
                account.immature = amount;
                account.pending = amount;
            }
            drawn(&state, &look, 120, 36);
        }
    }
}

#[test]
fn a_time_that_has_passed_unheard_is_no_time_to_come() {
    let look = look(theme::DEFAULT, Tier::Mono, Glyphs::Unicode);
    let of = |wanted: &str| {
        let found = states().iter().find(|(name, _)| *name == wanted);
        found.map(|(_, state)| state.clone()).expect("there is one")
    };
    let mut state = of("reserve-lost");
    let passed = "by now, perhaps";
    assert!(words(&drawn(&state, &look, 120, 36)).contains("≈ 14:24"));
    state.now = state.now + Duration::from_hours(12);
    let text = words(&drawn(&state, &look, 120, 36));
    assert!(text.contains(passed), "{text}");
    assert!(
        !text.contains("≈ 14:24") && !text.contains("≈ 02:24"),
        "{text}"
    );
}

#[test]
fn what_an_hour_earns_is_marked_by_an_old_difficulty_and_not_told_by_one_too_old() {
    let look = look(theme::DEFAULT, Tier::Mono, Glyphs::Unicode);
    let found = states().iter().find(|(name, _)| *name == "curtail-check");
    let mut state = found.map(|(_, state)| state.clone()).expect("there is one");
    let measured = state.now;
    let mut told = |hours| {
        for network in state.networks.values_mut() {
            network.measured_at = measured - Duration::from_hours(hours);
        }
        let text = lines(&drawn(&state, &look, 120, 36));
        let of_hour = text.into_iter().find(|line| line.contains("BTC/h"));
        of_hour.map(|line| line.contains("? "))
    };
    assert_eq!(told(0), Some(false));
    assert_eq!(told(2), Some(true));
    assert_eq!(told(7), None);
}

#[test]
fn every_key_of_the_help_can_be_scrolled_to_at_every_size() {
    let look = look(theme::DEFAULT, Tier::Mono, Glyphs::Unicode);
    let found = states().iter().find(|(name, _)| *name == "nation");
    let told = found.map(|(_, state)| state.clone()).expect("there is one");
    for rows in 5..=40 {
        for columns in [30, 40, 60, 80, 120] {
            let mut state = told.clone();
            state.size = Size { columns, rows };
            nation::press(&mut state, "?");
            let shown = |state: &State| lines(&drawn(state, &look, columns, rows));
            let first = shown(&state);
            let mut all = first.concat();
            nation::press(&mut state, "G");
            let last = shown(&state);
            assert!(
                last.concat().contains("!1 to !4"),
                "{columns}x{rows}: {last:?}"
            );
            if last == first {
                continue;
            }
            nation::press(&mut state, "k");
            assert_ne!(
                shown(&state),
                last,
                "{columns}x{rows}: up from the end moves"
            );
            nation::press(&mut state, "g");
            for _ in 0..60 {
                nation::press(&mut state, "j");
                all += &shown(&state).concat();
            }
            assert!(
                all.contains("curtail") && all.contains("C-z"),
                "{columns}x{rows}"
            );
        }
    }
}

#[test]
fn a_fault_is_told_whole_on_the_machines_page() {
    let look = look(theme::DEFAULT, Tier::Mono, Glyphs::Unicode);
    let fault =
        "hashboard 3: chip chain broken after chip 57, reads 0 of 108; the supply says 13.9 V";
    let found = states().iter().find(|(name, _)| *name == "machine-faulted");
    let mut state = found.map(|(_, state)| state.clone()).expect("there is one");
    for row in &mut state.machines.as_mut().expect("a page").rows {
        row.fault = fault.into();
    }
    for (width, height) in [(40, 12), (59, 14), (80, 24), (120, 36), (200, 50)] {
        let text = lines(&drawn(&state, &look, width, height)).join(" ");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(fault), "{width}x{height}: {text}");
    }
}

#[test]
fn simulated_stands_on_every_screen() {
    let look = look(theme::DEFAULT, Tier::Mono, Glyphs::Unicode);
    // A solo miner's console has no feeds, so nothing on it can be simulated.
    let fed = |name: &str| name != "silent" && !name.starts_with("solo");
    for (name, state) in states().iter().filter(|(name, _)| fed(name)) {
        for (width, height) in [(40, 12), (80, 24), (120, 36), (300, 100)] {
            let all = words(&drawn(state, &look, width, height));
            assert!(all.contains("SIMULATED"), "{name} at {width}x{height}");
        }
    }
}

#[test]
fn ascii_is_ascii() {
    let look = look(theme::DEFAULT, Tier::True, Glyphs::Ascii);
    for (name, state) in states() {
        for (width, height) in [(40, 12), (80, 24), (120, 36)] {
            let all = words(&drawn(state, &look, width, height));
            // The fixture's own feed text holds letters beyond ASCII in two places; they are the feed's, not ours.
            let ours: String = all.chars().filter(|c| !"ŭ°".contains(*c)).collect();
            assert!(
                ours.is_ascii(),
                "{name}: {:?}",
                ours.chars().find(|c| !c.is_ascii())
            );
        }
    }
}

#[test]
fn no_colour_means_no_colour() {
    for theme in theme::names() {
        let look = look(theme, Tier::Mono, Glyphs::Unicode);
        for (name, state) in states() {
            let buffer = drawn(state, &look, 120, 36);
            let coloured = buffer.content.iter().any(|c| {
                c.fg != ratatui::style::Color::Reset || c.bg != ratatui::style::Color::Reset
            });
            assert!(!coloured, "{theme} {name}");
        }
    }
}

/// What a terminal would get.
fn sent(state: &State, look: &Look, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
        let backend = CrosstermBackend::new(&mut bytes);
        let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport })
            .expect("a fixed viewport");
        terminal
            .draw(|frame| baseload::ui::view(state, look, frame))
            .expect("writing into memory does not fail");
    }
    bytes
}

/// The bytes of the same frame once more, and of another state's after it, as the console sends them.
fn frames(before: &State, after: &State, look: &Look, (width, height): (u16, u16)) -> [usize; 2] {
    let mut terminal = Terminal::new(Painter::new(width, height)).expect("a painter can't fail");
    let [_, same, changed] = [before, before, after].map(|state| {
        terminal
            .draw(|frame| baseload::ui::view(state, look, frame))
            .expect("a painter can't fail");
        terminal.backend_mut().take().map_or(0, |bytes| bytes.len())
    });
    [same, changed]
}

#[test]
fn a_frame_is_no_larger_than_a_slow_link_bears() {
    // Sorted by a figure, such a change also moves every row to another place: that is more than every value changing.
    for (name, before) in states().iter().filter(|(name, _)| *name != "filter") {
        let mut after = before.clone();
        nation::churned(&mut after);
        let open = |s: &State| {
            [
                s.dialog.is_some(),
                s.emergency.prompt.is_some(),
                s.second.view.is_some(),
            ]
        };
        // A prompt whose time is over gives way to the screen behind it: another screen, not another value.
        if open(before) != open(&after) {
            continue;
        }
        for tier in TIERS {
            let look = look(theme::DEFAULT, tier, Glyphs::Unicode);
            for (size, most) in [((120, 36), 3_500), ((80, 24), 2_000)] {
                let [same, changed] = frames(before, &after, &look, size);
                assert!(
                    same <= 30,
                    "{name} {tier:?} {size:?}: {same} bytes unchanged"
                );
                assert!(changed <= most, "{name} {tier:?} {size:?}: {changed} bytes");
            }
        }
    }
}

/// Only text, cursor moves, styles and the cursor's visibility may be in what is sent.
fn is_tame(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            if chars.next() != Some('[') {
                return Err("an escape that is no CSI".into());
            }
            let end = chars
                .by_ref()
                .find(|c| !matches!(c, '0'..='9' | ';' | ':' | '?'));
            if !matches!(end, Some('m' | 'H' | 'h' | 'l')) {
                return Err(format!("a CSI that ends in {end:?}"));
            }
        } else if c.is_control() {
            return Err(format!("control character {:x}", u32::from(c)));
        } else if matches!(u32::from(c), 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xe0000..=0xe0fff)
        {
            return Err(format!("hidden character {:x}", u32::from(c)));
        }
    }
    Ok(())
}

/// What a terminal shows, line by line.
fn shown(bytes: &[u8], width: u16, height: u16) -> Vec<String> {
    let size = |cells: u16| NonZero::new(cells).expect("a size above zero");
    let mut parser = vt100::Parser::new(size(height), size(width), 0);
    parser.process(bytes);
    parser
        .screen()
        .rows(0, width)
        .map(|row| row.trim_end().to_owned())
        .collect()
}

fn lines(buffer: &Buffer) -> Vec<String> {
    (0..buffer.area.height)
        .map(|y| {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1))
                    .unwrap_or(1);
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// Text as an attacker writes it.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\u{1b}[2J\u{1b}[H".to_owned()),
        Just("\u{1b}]0;owned\u{7}".to_owned()),
        Just("\u{1b}]52;c;aGk=\u{1b}\\".to_owned()),
        Just("\u{9b}31m\u{90}q\u{9c}".to_owned()),
        Just("\u{1b}P1$r\u{1b}\\".to_owned()),
        Just("\r\n\t\u{8}\u{0}\u{7f}".to_owned()),
        Just("\u{202e}\u{2066}\u{200f}".to_owned()),
        Just("\u{200b}\u{200d}\u{feff}\u{2060}".to_owned()),
        Just("e\u{301}\u{301}\u{301}\u{301}\u{301}\u{20dd}".to_owned()),
        Just("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{fe0f}".to_owned()),
        Just("\u{1f1e7}\u{1f1fe}\u{2764}\u{fe0f}".to_owned()),
        Just("北京發電".to_owned()),
        Just("\u{0e01}\u{0e33}\u{0915}\u{094d}\u{0937}".to_owned()),
        Just("SIMULATED █▇▆ ────".to_owned()),
        Just("x".repeat(10_000)),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_size_draws_every_screen(
        which in 0usize..64, width in 1u16..=300, height in 1u16..=100,
        tier in prop::sample::select(&TIERS[..]), glyphs in prop::sample::select(&GLYPHS[..]),
    ) {
        let (_, state) = &states()[which % states().len()];
        drawn(state, &look(theme::DEFAULT, tier, glyphs), width, height);
    }

    #[test]
    fn hostile_text_never_reaches_the_terminal_raw(
        which in 0usize..64, width in 1u16..=140, height in 1u16..=40, text in hostile(),
        glyphs in prop::sample::select(&GLYPHS[..]),
    ) {
        let (name, state) = &states()[which % states().len()];
        let mut state = state.clone();
        nation::tampered(&mut state, &text);
        let look = look(theme::DEFAULT, Tier::True, glyphs);
        let bytes = sent(&state, &look, width, height);
        prop_assert_eq!(is_tame(&bytes), Ok(()), "{}", name);
        // What a terminal makes of it is what was drawn: nothing moved, nothing was wider than it was taken for.
        prop_assert_eq!(shown(&bytes, width, height), lines(&drawn(&state, &look, width, height)), "{}", name);
    }
}

/// The screen of a terminal that gives two columns to characters of ambiguous width (UAX #11), after these bytes.
fn on_a_wide_terminal(bytes: &[u8], width: usize, height: usize) -> Vec<Vec<char>> {
    use unicode_width::UnicodeWidthChar;
    let text = std::str::from_utf8(bytes).expect("is UTF-8");
    let mut cells = vec![vec![' '; width]; height];
    let (mut x, mut y) = (0, 0);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\x1b' {
            let mut sequence = String::new();
            for c in rest.by_ref().skip(1) {
                sequence.push(c);
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
            let number = |at: usize| {
                let list = sequence.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                list.split(';')
                    .nth(at)
                    .and_then(|n| n.parse::<usize>().ok())
            };
            match sequence.chars().last() {
                Some('H') => (y, x) = (number(0).unwrap_or(1) - 1, number(1).unwrap_or(1) - 1),
                Some('C') => x += number(0).unwrap_or(1),
                _ => {}
            }
            continue;
        }
        let columns = c.width_cjk().unwrap_or(0);
        if columns == 0 {
            continue;
        }
        assert!(
            x + columns <= width,
            "{c} passes the right edge in line {y}"
        );
        cells[y][x] = c;
        for second in &mut cells[y][x + 1..x + columns] {
            *second = ' ';
        }
        x += columns;
    }
    cells
}

#[test]
fn letters_of_two_columns_do_not_push_the_figures_out_of_their_place() {
    let (width, height) = (120, 36);
    let (_, state) = states()
        .iter()
        .find(|(name, _)| *name == "nation")
        .expect("is there");
    let mut state = state.clone();
    state.nation = Some("Рэспубліка Беларусь".into());
    state.say("Снижение нагрузки — 5 °C");
    let mut look = look(theme::DEFAULT, Tier::Mono, Glyphs::Braille);
    look.wide = true;
    let mut terminal = Terminal::new(Painter::new(width, height)).expect("a painter can't fail");
    let mut bytes = Vec::new();
    for said in ["Снижение нагрузки — 5 °C", "plain words", "Слова"] {
        state.say(said);
        terminal
            .draw(|frame| baseload::ui::view(&state, &look, frame))
            .expect("a painter can't fail");
        bytes.extend(terminal.backend_mut().take().unwrap_or_default());
    }
    let shown = on_a_wide_terminal(&bytes, usize::from(width), usize::from(height));
    let buffer = drawn(&state, &look, width, height);
    for (y, line) in shown.iter().enumerate() {
        let wanted: Vec<char> = (0..width)
            .map(|x| buffer[(x, y as u16)].symbol().chars().next().unwrap_or(' '))
            .collect();
        let text = |line: &[char]| line.iter().collect::<String>();
        assert_eq!(text(line).trim_end(), text(&wanted).trim_end(), "line {y}");
    }
}
