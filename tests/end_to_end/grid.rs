//! Measured grid data, played again to a console.

use std::path::PathBuf;

use crate::common::Server;
use crate::desk::{console, frequency};

fn fixture(name: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/fixtures/grid")
        .join(name)
        .display()
        .to_string()
}

#[test]
fn measured_frequency_and_demand_are_shown_and_bad_rows_are_told() {
    let (frequencies, loads) = (fixture("frequency.csv"), fixture("load.csv"));
    let server = Server::start(
        &[
            "replay",
            "--frequency",
            &frequencies,
            "--load",
            &loads,
            "--speed",
            "60",
        ],
        "127.0.0.1:0",
    );
    let of = |name: &str| {
        server
            .said
            .iter()
            .find(|l| l.contains(name))
            .expect("a line of that file")
    };
    for name in ["frequency.csv", "load.csv"] {
        let report = of(name);
        assert!(
            report.contains("rows") && report.contains("(line "),
            "counts and lines of what was left out: {report}"
        );
    }
    let mut terminal = console(&[format!("ws://{}/grid", server.at)], &[], 120, 36);
    let screen = terminal.wait("a measured frequency", |s| {
        frequency(s).is_some_and(|hz| (49.0..51.0).contains(&hz))
    });
    assert!(screen.contains("SIMULATED"), "no live grid: {screen}");
    let first = frequency(&screen);
    terminal.wait("the next measurement", |s| {
        frequency(s).is_some() && frequency(s) != first
    });
    terminal.keys("3");
    terminal.wait("the demand of the file", |s| {
        s.lines().any(|l| {
            l.contains("demand")
                && [
                    "3 9", "3 8", "4 0", "4 1", "4 2", "4 3", "4 4", "4 5", "3 7",
                ]
                .iter()
                .any(|thousands| l.contains(thousands))
        })
    });
}

#[test]
fn a_file_that_is_no_series_is_refused_in_one_sentence() {
    let output = std::process::Command::new(crate::common::binary())
        .args([
            "gateway",
            "replay",
            "--listen",
            "127.0.0.1:0",
            "--frequency",
        ])
        .arg(fixture("nosuch.csv"))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("nosuch.csv") && said.lines().count() == 1,
        "{said}"
    );
}
