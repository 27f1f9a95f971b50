//! What a gateway does by itself, as a console shows it, and a restore that outlives its gateway.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::common::{DEADLINE, Server, Terminal, quiet_port};
use crate::desk::{ESC, execute, feeds, line, only, order_becomes, plan};
use crate::journals::{agree, bodies, console, journals};

/// Ten times faster than the wall, so that a restore takes seconds.
fn gateway(journal: &Path, place: &str) -> Server {
    let journal = journal.display().to_string();
    let args = ["simulator", "--speed", "10", "--journal", &journal];
    Server::start(&args, place)
}

/// Plans a restore of what is marked, as soon as the minimum off time allows all of it.
fn plan_restore(terminal: &mut Terminal) {
    let until = Instant::now() + 3 * DEADLINE;
    loop {
        terminal.keys("r");
        terminal.wait_for("MW, % of ");
        terminal.keys("100%\r");
        let answer = terminal.wait("a plan, or why there is none", |s| {
            s.contains("a arms this plan") || s.contains("left out")
        });
        if answer.contains("a arms this plan") && !answer.contains("minimum off") {
            return;
        }
        assert!(Instant::now() < until, "{answer}");
        terminal.keys(ESC);
        terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    }
}

#[test]
fn a_restore_whose_gateway_is_killed_half_way_is_finished_by_the_next_one() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (journal, home) = (scratch.path().join("gateway"), scratch.path().join("home"));
    let place = format!("127.0.0.1:{}", quiet_port());
    let server = gateway(&journal, &place);
    let mut terminal = console(&home, &server.at);
    // So much that the restore stays below what the grid wants in the evening.
    plan(&mut terminal, "C", "350");
    execute(&mut terminal);
    terminal.keys("4");
    order_becomes(&terminal, "delivered");
    terminal.keys("1");
    only(&mut terminal, "lukoml");
    terminal.wait("Lukoml, curtailed", |s| {
        line(s, "Lukoml").is_some_and(|row| row.contains(" off"))
    });
    plan_restore(&mut terminal);
    execute(&mut terminal);
    terminal.keys("4");
    order_becomes(&terminal, "executing");
    server.kill();
    order_becomes(&terminal, "unknown");
    let server = gateway(&journal, &place);
    order_becomes(&terminal, "delivered");
    terminal.keys("\x03");
    assert_eq!(terminal.ended(), 0);
    drop(server);
    agree(&journals(&home), &journal);
    // It was the next gateway that finished it.
    let resumed = |answer: &serde_json::Value| {
        answer["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("goes on after a restart of the gateway"))
    };
    let answers = bodies(std::slice::from_ref(&journal), "answer");
    assert!(answers.iter().any(resumed), "{answers:?}");
    // Each block of the restore is delivered, in the words of both journals.
    for side in [journals(&home), vec![journal]] {
        let answers = bodies(&side, "answer");
        let last = answers.last().expect("answers");
        assert_eq!(last["phase"], "delivered");
        let targets = last["targets"].as_array().expect("targets");
        assert!(targets.len() > 3 && targets.iter().all(|t| t["phase"] == "delivered"));
    }
}

const RULES: &str = "[[under_frequency]]\nname = \"uf-49.80\"\nbelow_mhz = 49800\nfor_ms = 500\nshed_mw = 60\nstep_mw = 30\nrearm_mhz = 49950\n";
const DIP: &str = "[[event]]\nat = 20\ndo = \"frequency\"\nmhz = -350\nfor = 60\n";

#[test]
fn what_a_rule_sheds_is_seen_on_the_console_and_stands_in_the_gateways_journal() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (journal, home) = (scratch.path().join("gateway"), scratch.path().join("home"));
    let (rules, script) = (scratch.path().join("r.toml"), scratch.path().join("s.toml"));
    fs::write(&rules, RULES).expect("is written");
    fs::write(&script, DIP).expect("is written");
    let paths = [&rules, &script, &journal].map(|path| path.display().to_string());
    let args = [
        "simulator",
        "--rules",
        &paths[0],
        "--script",
        &paths[1],
        "--journal",
        &paths[2],
    ];
    let server = Server::start(&args, "127.0.0.1:0");
    let mut terminal = Terminal::start_in(
        &home_of(&home),
        &[
            "console",
            "--feed",
            &feeds(&server.at)[0],
            "--feed",
            &feeds(&server.at)[1],
        ],
        120,
        36,
        &[],
    );
    terminal.keys("7");
    terminal.wait_for("rule uf-49.80: shed");
    terminal.keys("\x03");
    terminal.ended();
    drop(server);
    let orders = bodies(&[journal], "order");
    assert!(!orders.is_empty());
    for order in orders {
        assert_eq!(order["issued_by"], "rule uf-49.80");
        assert!(
            order["reason"]
                .as_str()
                .is_some_and(|r| r.starts_with("frequency 49."))
        );
    }
}

fn home_of(home: &Path) -> std::path::PathBuf {
    fs::create_dir_all(home).expect("a home folder");
    home.to_owned()
}

#[test]
fn a_wrong_rule_file_is_named_with_its_line_and_key() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let rules = scratch.path().join("r.toml");
    fs::write(&rules, format!("{RULES}shed = 3\n")).expect("is written");
    let run = std::process::Command::new(crate::common::binary())
        .args(["gateway", "simulator", "--listen", "127.0.0.1:0", "--rules"])
        .arg(&rules)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{said}");
    assert!(said.contains("r.toml:8: unknown field `shed`"), "{said}");
}
