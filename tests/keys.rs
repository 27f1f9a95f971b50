//! Keys in pieces, and what terminals say that is no key: no order and no dialog ever comes of them.

mod common;

use std::time::Duration;

use common::Terminal;

/// One byte after the other at 9,600 baud, and where a network splits a key.
const APART: [Duration; 2] = [Duration::from_micros(1_040), Duration::from_millis(12)];

fn demo() -> Terminal {
    let terminal = Terminal::start(&["demo", "--threads", "1"], 120, 36);
    terminal.wait_for("Astravets");
    terminal
}

/// No dialog is open: a screen's number goes there.
fn nothing_is_open(terminal: &mut Terminal, after: &[u8]) {
    let what = after.escape_ascii().to_string();
    terminal.keys("3");
    terminal.wait(&format!("Grid after {what}"), |s| s.contains("demand"));
    terminal.keys("1");
    terminal.wait(&format!("Nation after {what}"), |s| s.contains("15 MIN"));
}

#[test]
fn what_is_no_key_opens_nothing() {
    let mut terminal = demo();
    let said: [&[u8]; 13] = [
        b"\x1b[C",
        b"\x1bOC",
        b"\x1bOR",
        b"\x1bc",
        b"\x1b[200~cr!\r\x1b[201~",
        b"\x1b[>0;10;1c",
        b"\x1b[?62;22c",
        b"\x1b[24;80R",
        b"\x1b]11;rgb:cccc/cccc/cccc\x07",
        b"\x1b]52;c;cr!\x1b\\",
        b"\x1bP>|cr!\x1b\\",
        b"\x1b_cr!\x1b\\",
        b"\x1b[Mcr!",
    ];
    for bytes in said {
        for apart in APART {
            terminal.pieces(bytes, apart);
            nothing_is_open(&mut terminal, bytes);
        }
    }
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn two_lone_escs_stop_an_emergency_shed_and_no_key_in_pieces_does() {
    let mut terminal = demo();
    terminal.keys("!");
    let screen = terminal.wait("the prompt", |s| {
        s.contains("Ready.") && s.contains("and Enter")
    });
    let (_, rest) = screen.split_once("type ").expect("a word to type");
    let (word, _) = rest.split_once(" and Enter").expect("its end");
    terminal.keys(word);
    terminal.wait_for(&format!("> {word}_"));
    terminal.keys("\r");
    terminal.wait_for("SHEDDING step 1");
    terminal.wait_for("Esc Esc stops the emergency shed");
    for apart in APART {
        for _ in 0..5 {
            terminal.pieces(b"\x1b[B\x1bOA\x1b[6~", apart);
        }
    }
    terminal.keys("\x1b");
    let once = terminal.wait("once more", |s| s.contains("Esc again within 2 s"));
    assert!(once.contains("SHEDDING"), "{once}");
    terminal.keys("\x1b");
    terminal.wait_for("stopped by Esc");
    terminal.keys("q");
    terminal.wait_for("y quits");
    terminal.keys("y");
    terminal.ended();
}

#[test]
fn a_word_typed_before_its_question_is_told_as_dropped() {
    let mut terminal = demo();
    terminal.keys("c100\r");
    terminal.wait_for("arm");
    terminal.keys("aSHED 100\r");
    let screen = terminal.wait("dropped", |s| s.contains("typed too soon"));
    assert!(!screen.contains("sent "), "{screen}");
    terminal.keys("\x1b");
    terminal.keys("q");
    terminal.ended();
}
