//! The nation is shown, live and marked; a person goes down to machines and back, sorts, filters, marks, freezes.

use crate::common::Terminal;
use crate::desk::{
    ESC, PAGE_DOWN, console, feeds, frequency, is_live, line, live, only, order_of_rows, simulator,
};

const LARGEST: [&str; 3] = ["Astravets", "Lukoml", "Biaroza"];

fn frequency_moves(terminal: &Terminal) {
    let first = frequency(&terminal.text());
    terminal.wait("another frequency", |s| {
        frequency(s).is_some() && frequency(s) != first
    });
}

fn down_to_machines_and_back(terminal: &mut Terminal) {
    terminal.keys("\r");
    terminal.wait_for("hall 2");
    terminal.keys("\r");
    terminal.wait("blocks", |s| {
        s.contains("BLOCK") && s.contains("block 2") && !s.contains("blocks of hall")
    });
    terminal.keys("\r");
    terminal.wait("machines", |s| {
        s.contains("page 1 of") && s.contains("b01-00001")
    });
    terminal.keys("G");
    terminal.wait_for("b01-00500");
    terminal.keys(PAGE_DOWN);
    terminal.wait("the next page", |s| {
        s.contains("page 2 of") && s.contains("b01-00501")
    });
    terminal.keys(ESC);
    terminal.wait("blocks again", |s| {
        s.contains("block 2") && !s.contains("page 2 of")
    });
    terminal.keys(ESC);
    terminal.wait_for("hall 2");
    terminal.keys(ESC);
    terminal.wait("the nation again", |s| {
        s.contains("Lukoml") && !s.contains("hall 2")
    });
}

#[test]
fn from_the_nation_down_to_machines_and_back() {
    let server = simulator();
    let mut terminal = live(&server.at);
    terminal.wait_for("SIMULATED");
    terminal.wait("every figure of the nation", |s| {
        ["surplus", "mining", "reserve", "15 min", "% good", "15 MIN"]
            .iter()
            .all(|word| s.contains(word))
    });
    frequency_moves(&terminal);
    down_to_machines_and_back(&mut terminal);
}

#[test]
fn a_small_terminal_shows_the_same_with_fewer_columns() {
    let server = simulator();
    let mut terminal = console(&feeds(&server.at), &[], 80, 24);
    is_live(&terminal);
    let screen = terminal.wait_for("SIMULATED");
    let head = line(&screen, "SITE").expect("a head");
    assert!(
        head.contains("MW") && head.contains("STATE") && head.contains("QUALITY"),
        "{head}"
    );
    assert!(!head.contains("15 MIN"), "{head}");
    assert!(
        screen.contains("nation") && screen.contains("mining"),
        "{screen}"
    );
    frequency_moves(&terminal);
    down_to_machines_and_back(&mut terminal);
    for number in ["3", "5", "6", "7", "8", "4"] {
        terminal.keys(number);
        terminal.wait("the screen", |s| {
            s.contains(&format!("{number} ")) && s.contains("SIMULATED")
        });
    }
}

#[test]
fn rows_are_sorted_filtered_and_marked() {
    let server = simulator();
    let mut terminal = live(&server.at);
    assert_eq!(
        order_of_rows(&terminal.text(), &LARGEST),
        ["Astravets", "Biaroza", "Lukoml"]
    );
    terminal.keys("s");
    terminal.wait("the fastest first", |s| {
        s.contains("HASHRATE▼") && order_of_rows(s, &LARGEST) == LARGEST
    });
    terminal.keys("S");
    terminal.wait("the fastest last", |s| {
        order_of_rows(s, &LARGEST) == ["Biaroza", "Lukoml", "Astravets"]
    });
    only(&mut terminal, "luk");
    terminal.wait("Lukoml alone", |s| order_of_rows(s, &LARGEST) == ["Lukoml"]);
    terminal.keys(" ");
    terminal.wait("a mark", |s| {
        line(s, "Lukoml").is_some_and(|row| row.contains('●'))
    });
    terminal.keys(ESC);
    terminal.wait("all of them", |s| order_of_rows(s, &LARGEST).len() == 3);
    assert!(line(&terminal.text(), "Lukoml").is_some_and(|row| row.contains('●')));
    terminal.keys("c");
    terminal.wait_for("MW, % of ");
    assert!(
        terminal.text().contains("Lukoml") && !terminal.text().contains("Biaroza"),
        "the dialog is about what is marked"
    );
}

#[test]
fn help_lists_the_keys_of_the_screen_and_only_esc_q_and_its_own_key_close_it() {
    let server = simulator();
    let mut terminal = live(&server.at);
    terminal.keys("?");
    let help = terminal.wait_for("Keys on Nation");
    for word in ["curtail", "Esc", "filter", "armed and typed"] {
        assert!(
            help.contains(word) || help.contains("take load off"),
            "{word}"
        );
    }
    terminal.keys("cj");
    for key in [ESC, "q", "?"] {
        terminal.wait_for("Keys on Nation");
        terminal.keys(key);
        let screen = terminal.wait("the nation again", |s| {
            s.contains("Astravets") && !s.contains("Keys on")
        });
        assert!(!screen.contains("MW, % of "), "the key did nothing else");
        terminal.keys("?");
    }
}

#[test]
fn a_frozen_table_takes_no_order_while_the_frequency_stays_live() {
    let server = simulator();
    let mut terminal = live(&server.at);
    terminal.keys("f");
    terminal.wait_for("FROZEN");
    frequency_moves(&terminal);
    for key in ["c", "r", "C", "R"] {
        terminal.keys(key);
        terminal.wait_for("press f to unfreeze");
        assert!(!terminal.text().contains("MW, % of "));
    }
    terminal.keys("f");
    terminal.wait("the end of the frost", |s| !s.contains("FROZEN"));
    terminal.keys("c");
    terminal.wait_for("MW, % of ");
}
