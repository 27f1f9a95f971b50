//! Alarms between a gateway and two consoles: one bell for what is urgent; seen and shelved here is seen and shelved there.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::common::{DEADLINE, Server, Terminal};
use crate::desk::{console, feeds, is_live};

const BELL: &str = "\x07\x1b]9;baseload: ";

fn calls(terminal: &Terminal) -> Vec<String> {
    let raw = terminal.raw();
    let raw = String::from_utf8_lossy(&raw).into_owned();
    raw.split(BELL)
        .skip(1)
        .map(|rest| rest.split('\x07').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_tripped_unit_rings_once_and_both_consoles_see_who_acts() {
    let mut script = tempfile::NamedTempFile::new().expect("a scratch file");
    write!(
        script,
        "[[event]]\nat = 20\ndo = \"unit_trip\"\nunit = \"hydro\"\nfor = 6000\n"
    )
    .expect("written");
    let path = script.path().to_str().expect("a plain path").to_owned();
    let server = Server::start(&["simulator", "--script", &path], "127.0.0.1:0");
    let mut one = console(&feeds(&server.at), &[], 120, 36);
    let mut two = console(&feeds(&server.at), &[], 120, 36);
    is_live(&one);
    is_live(&two);
    one.keys("7");
    two.keys("7");
    for terminal in [&one, &two] {
        terminal.wait("a new alarm", |s| {
            s.contains("hydro tripped") && s.contains("U new") && s.contains("raised")
        });
    }
    // It calls within a tick; what somebody has seen by then calls nobody.
    for terminal in [&one, &two] {
        let until = Instant::now() + DEADLINE;
        while !calls(terminal).iter().any(|c| c.contains("hydro tripped")) {
            assert!(Instant::now() < until, "nobody was called");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    // The grid's instruction stands above it.
    one.keys("/95 MW lost\r");
    one.wait("that one alone", |s| {
        s.contains("hydro tripped") && !s.contains("the grid wants mining")
    });
    one.keys("a");
    for terminal in [&one, &two] {
        terminal.wait("seen on both", |s| {
            s.lines()
                .any(|line| line.contains("A seen") && line.contains("hydro"))
        });
    }
    one.keys("z1");
    one.wait_for("why?");
    one.keys("planned work\r");
    two.keys("v");
    two.wait("shelved on the other", |s| {
        s.contains("S shelved") && s.contains("hydro tripped") && s.contains("planned work")
    });
    for terminal in [&one, &two] {
        let mut calls = calls(terminal);
        calls.retain(|call| call.contains("hydro tripped"));
        assert_eq!(calls.len(), 1, "{calls:?}");
    }
    one.keys("1q");
    assert_eq!(one.ended(), 0);
    drop(two);
}
