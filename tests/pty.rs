//! The real binary in a real terminal: it starts, obeys, and gives the terminal back whatever happens.

mod common;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use common::{DEADLINE, Terminal, binary};
use portable_pty::CommandBuilder;

fn demo() -> Terminal {
    let terminal = Terminal::start(&["demo"], 120, 36);
    terminal.wait_for("Astravets");
    terminal
}

fn restored(terminal: &Terminal) {
    let until = Instant::now() + DEADLINE;
    while terminal.is_alternate() || terminal.hides_cursor() {
        assert!(Instant::now() < until, "the terminal was not given back");
        thread::sleep(Duration::from_millis(10));
    }
    let raw = terminal.raw();
    let raw = String::from_utf8_lossy(&raw);
    let taken = raw.rfind("\x1b[?1049h").unwrap_or(0);
    let given = ["\x1b[?2004l", "\x1b[?1049l"]
        .iter()
        .all(|part| raw.rfind(part).is_some_and(|at| at > taken));
    assert!(given, "not given back");
}

#[test]
fn without_arguments_the_demo_nation_opens_marked_as_simulated_and_q_quits() {
    let mut terminal = Terminal::start(&[], 120, 36);
    terminal.wait_for("SIMULATED");
    terminal.wait_for("Astravets");
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
    restored(&terminal);
}

#[test]
fn every_screen_says_simulated() {
    let mut terminal = demo();
    for number in 1..=8 {
        terminal.keys(&number.to_string());
        terminal.wait(&format!("screen {number}"), |s| s.contains("SIMULATED"));
    }
    terminal.keys("1q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn it_draws_for_any_size_and_after_every_resize() {
    let mut terminal = demo();
    for (columns, rows) in [(80, 24), (40, 12), (1, 1), (200, 60), (120, 36)] {
        terminal.resize(columns, rows);
        thread::yield_now();
    }
    terminal.wait_for("Astravets");
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_key_that_comes_with_a_new_size_is_heard() {
    let mut terminal = demo();
    for turn in 0..40 {
        let (columns, key, shown) = if turn % 2 == 0 {
            (110, "3", "demand")
        } else {
            (120, "1", "15 MIN")
        };
        terminal.resize(columns, 36);
        terminal.keys(key);
        terminal.wait(&format!("{shown}, turn {turn}"), |s| s.contains(shown));
    }
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn all_that_is_typed_at_once_is_heard_to_the_last_key() {
    let mut terminal = demo();
    terminal.keys("/");
    terminal.wait_for("/ _");
    // More than is read in one go.
    terminal.keys(&format!("{}\r", "z".repeat(3_000)));
    terminal.wait_for("Esc clears it");
    terminal.wait("the filter is kept", |s| !s.contains("Enter keep"));
    terminal.keys("\u{1b}");
    terminal.wait_for("Astravets");
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_terminal_of_size_0_gets_80x24() {
    let mut terminal = Terminal::start(&["demo"], 0, 0);
    terminal.wait_for("SIMULATED");
    terminal.wait_for("Astravets");
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn signals_end_it_and_the_terminal_is_given_back() {
    for name in ["TERM", "INT", "HUP"] {
        let mut terminal = demo();
        terminal.signal(name);
        terminal.ended();
        restored(&terminal);
    }
}

#[test]
fn signals_end_it_though_nobody_reads_the_terminal() {
    for names in [["CONT", "TERM"], ["CONT", "HUP"]] {
        demo().ended_unread(&names);
    }
}

#[test]
fn ctrl_c_quits() {
    let mut terminal = demo();
    terminal.keys("\x03");
    assert_eq!(terminal.ended(), 0);
    restored(&terminal);
}

#[test]
fn a_line_of_9600_baud_shows_the_latest_and_keys_keep_their_turn() {
    let mut terminal = demo();
    terminal.baud(9_600);
    // Long enough for whole frames to fill what lies between, if they were sent at the usual pace.
    let clock = |screen: &str| screen.lines().next().map(str::to_owned);
    for _ in 0..5 {
        let before = clock(&terminal.text());
        terminal.wait("a later frame", |s| clock(s) != before);
    }
    for (key, shown) in [("3", "demand"), ("5", "ACCOUNT"), ("1", "15 MIN")] {
        terminal.keys(key);
        terminal.wait(shown, |s| s.contains(shown));
    }
    terminal.keys("q");
    terminal.ended();
}

#[test]
fn a_closed_terminal_ends_it() {
    let mut terminal = demo();
    terminal.hang_up();
    terminal.ended();
}

#[test]
fn a_fault_of_its_own_gives_the_terminal_back_and_says_so() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let mut terminal = Terminal::start_in(
        home.path(),
        &["demo"],
        120,
        36,
        &[("BASELOAD_TEST_PANIC_AFTER_MS", "700")],
    );
    terminal.wait_for("stopped by a fault of its own");
    assert_eq!(terminal.ended(), 1);
    restored(&terminal);
}

#[test]
fn ctrl_z_goes_to_the_shell_and_fg_comes_back() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut terminal = Terminal::spawn(home.path(), command, 120, 36, &[("PS1", "shell> ")]);
    terminal.wait_for("shell> ");
    terminal.keys(&format!("{} demo\r", binary()));
    terminal.wait_for("Astravets");
    terminal.keys("\x1a");
    terminal.wait("the shell again", |s| {
        s.contains("Stopped") && s.contains("shell> ")
    });
    assert!(!terminal.is_alternate());
    terminal.keys("fg\r");
    terminal.wait("the console again", |s| {
        s.contains("Astravets") && s.contains("SIMULATED")
    });
    terminal.keys("q");
    terminal.wait("the shell at the end", |s| {
        s.contains("shell> ") && !s.contains("SIMULATED")
    });
    terminal.keys("exit\r");
    terminal.ended();
}

#[test]
fn without_a_terminal_it_says_what_it_needs() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let output = Command::new(binary())
        .arg("demo")
        .envs(common::environment(home.path()))
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("no terminal") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn where_a_desk_was_configured_the_demo_never_opens_in_its_place() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let config = home.path().join("config/baseload");
    std::fs::create_dir_all(&config).expect("a config folder");
    let file = config.join("baseload.toml");
    std::fs::write(
        &file,
        "desk = \"A\"\n[[feed]]\nurl = \"ws://127.0.0.1:9/fleet\"\n",
    )
    .expect("writes");
    let mut terminal = Terminal::start_in(home.path(), &[], 120, 36, &[]);
    terminal.wait_for("Nation");
    assert!(!terminal.text().contains("SIMULATED"));
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
    std::fs::remove_file(&file).expect("removes");
    let output = Command::new(binary())
        .envs(common::environment(home.path()))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("baseload.toml") && said.contains("baseload demo"),
        "{said}"
    );
}
