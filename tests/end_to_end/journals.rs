//! The journals of both sides against each other: killed at any point, nothing is lost, doubled or made up.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use baseload::domain::journal::{Entry, Fact};
use baseload::domain::time::Timestamp;
use baseload::journal::audit::{Reader, Writer, verify};
use serde_json::Value;

use crate::common::{Server, Terminal, binary, quiet_port};
use crate::desk::{execute, feeds, is_live, only, order_becomes, plan};

/// How often a side is killed: few by default, as many as `BASELOAD_KILLS` says (`tests/run long kills`).
fn kills() -> usize {
    std::env::var("BASELOAD_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(3)
}

pub(crate) fn gateway(journal: &Path, place: &str) -> Server {
    let journal = journal.display().to_string();
    Server::start(&["simulator", "--journal", &journal], place)
}

pub(crate) fn console(home: &Path, at: &str) -> Terminal {
    fs::create_dir_all(home).expect("a home folder");
    let feeds = feeds(at);
    let mut args = vec!["console"];
    for feed in &feeds {
        args.extend(["--feed", feed]);
    }
    let terminal = Terminal::start_in(home, &args, 120, 36, &[]);
    is_live(&terminal);
    terminal
}

/// A console's journals.
pub(crate) fn journals(home: &Path) -> Vec<PathBuf> {
    let folder = home.join("state/baseload/journal");
    fs::read_dir(folder)
        .expect("there are journals")
        .map(|entry| entry.expect("is readable").path())
        .collect()
}

/// All bodies of a kind.
pub(crate) fn bodies(journals: &[PathBuf], kind: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for journal in journals {
        let reader = Reader::open(journal).expect("is readable");
        reader
            .each_after(0, |row| {
                if row.kind == kind {
                    found.push(serde_json::from_str(&row.body).expect("is JSON"));
                }
                None::<()>
            })
            .expect("is readable");
    }
    found
}

fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

/// What an answer says, without the times, which each side states by its own clock.
fn said(answer: &Value) -> String {
    let targets = answer["targets"].as_array().expect("targets");
    let targets: Vec<String> = targets
        .iter()
        .map(|t| {
            format!(
                "{} {} {} {}",
                t["site"], t["block"], t["phase"], t["delivered_w"]
            )
        })
        .collect();
    format!("{} {} {targets:?}", answer["id"], answer["phase"])
}

fn once(bodies: &[Value], what: &str) -> BTreeSet<String> {
    let ids: BTreeSet<String> = bodies.iter().map(id).collect();
    assert_eq!(ids.len(), bodies.len(), "{what} stand once each");
    ids
}

/// Both sides hold the same.
pub(crate) fn agree(console: &[PathBuf], gateway: &Path) {
    for journal in console.iter().map(PathBuf::as_path).chain([gateway]) {
        verify(journal, &[]).expect("is sound");
    }
    let gateway = [gateway.to_owned()];
    let intents = bodies(console, "intent");
    let orders = bodies(&gateway, "order");
    let intended = once(&intents, "intents");
    let known = once(&orders, "orders");
    assert!(known.is_subset(&intended), "{known:?} of {intended:?}");
    for order in &orders {
        let intent = intents.iter().find(|i| id(i) == id(order));
        let intent = intent.expect("it is a subset");
        for part in ["plan", "targets", "kind", "issued_by", "expires_ms"] {
            assert_eq!(intent[part], order[part], "{part}");
        }
    }
    let dead: BTreeSet<String> = bodies(&gateway, "dead").iter().map(id).collect();
    let answers = bodies(&gateway, "answer");
    let given: BTreeSet<String> = answers.iter().map(said).collect();
    let answered: BTreeSet<String> = answers.iter().map(id).collect();
    assert!(answered.is_subset(&known), "no answer without its order");
    for answer in bodies(console, "answer") {
        let told = given.contains(&said(&answer))
            || (answer["phase"] == "not_seen" && dead.contains(&id(&answer)));
        assert!(told, "no gateway said {answer}");
    }
}

#[test]
fn a_gateway_with_a_journal_knows_its_orders_after_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (journal, home) = (scratch.path().join("gateway"), scratch.path().join("home"));
    let place = format!("127.0.0.1:{}", quiet_port());
    let server = gateway(&journal, &place);
    let mut terminal = console(&home, &server.at);
    // This contract wants four minutes of notice.
    only(&mut terminal, "babruisk");
    plan(&mut terminal, "c", "40");
    execute(&mut terminal);
    terminal.keys("4");
    order_becomes(&terminal, "accepted");
    server.kill();
    order_becomes(&terminal, "unknown");
    let server = gateway(&journal, &place);
    assert!(
        server.said[0].contains("1 orders remembered"),
        "{:?}",
        server.said
    );
    order_becomes(&terminal, "failed");
    terminal.wait_for("restarted");
    terminal.keys("\x03");
    assert_eq!(terminal.ended(), 0);
    agree(&journals(&home), &journal);
    let last = Reader::open(&journals(&home)[0]).expect("is readable");
    let head = last.head().expect("a last row");
    let stop = last.each_after(head.seq - 1, |row| Some(row.kind));
    assert_eq!(stop, Ok(Some("stop".to_owned())));
}

#[test]
fn both_journals_agree_after_kills_at_any_point() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let place = format!("127.0.0.1:{}", quiet_port());
    for kill in 0..kills() {
        // The plants hold what they were told through every restart: after some kills a nation of its own begins.
        let round = kill / 3;
        let journal = scratch.path().join(format!("gateway-{round}"));
        let home = scratch.path().join(format!("home-{round}"));
        let mut server = Some(gateway(&journal, &place));
        let mut terminal = console(&home, &place);
        only(&mut terminal, "lukoml");
        plan(&mut terminal, "c", "40");
        execute(&mut terminal);
        // From before it leaves until long after it is delivered.
        thread::sleep(Duration::from_millis(
            rand::random_range(0..400) << (kill % 4),
        ));
        match kill % 3 {
            0 => terminal.signal("KILL"),
            1 => {
                server.take().map(Server::kill);
                // Another one answers what the console asks of the lost order.
                let _again = gateway(&journal, &place);
                terminal.keys("4");
                terminal.wait_for("0 under way");
                terminal.signal("KILL");
            }
            _ => {
                terminal.signal("KILL");
                server.take().map(Server::kill);
            }
        }
        terminal.ended();
        drop(server);
        agree(&journals(&home), &journal);
        assert!(!bodies(&journals(&home), "intent").is_empty());
    }
}

fn journal(home: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(binary());
    command.arg("journal").args(args);
    for (name, value) in crate::common::environment(home) {
        command.env(name, value);
    }
    let done = command.output().expect("it runs");
    let text =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.code().unwrap_or(-1), text)
}

#[test]
fn the_journal_is_verified_exported_and_read_from_the_command_line() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let home = scratch.path().join("home");
    let (code, text) = journal(&home, &["head"]);
    assert!(code == 1 && text.contains("there is no journal"), "{text}");
    let server = crate::desk::simulator();
    let mut terminal = console(&home, &server.at);
    terminal.keys("\x03");
    terminal.ended();
    let (code, head) = journal(&home, &["head"]);
    assert_eq!(code, 0, "{head}");
    let (code, text) = journal(&home, &["verify", "--head", head.trim()]);
    assert!(code == 0 && text.contains(head.trim()), "{text}");
    let (_, lines) = journal(&home, &["export"]);
    assert!(
        lines
            .lines()
            .all(|l| serde_json::from_str::<Value>(l).is_ok())
    );
    let (_, table) = journal(&home, &["export", "--format", "csv"]);
    assert!(table.starts_with("seq,at_ms,actor,kind"), "{table}");
    let (_, tail) = journal(&home, &["tail", "-n", "1"]);
    assert!(tail.contains("op7  stop"), "{tail}");
    let (code, text) = journal(&home, &["verify", "--head", "9"]);
    assert!(code == 2 && text.contains("SEQ:SHA-256"), "{text}");
    // A byte of the last row changes.
    let file = journals(&home)[0].join("audit.db");
    let mut bytes = fs::read(&file).expect("is there");
    let at = bytes.windows(4).rposition(|w| w == b"stop").expect("a row");
    bytes[at] = b'x';
    fs::write(&file, bytes).expect("is written");
    let (code, text) = journal(&home, &["verify"]);
    assert!(code == 1 && text.contains("broken at row"), "{text}");
    // No order leaves a console that can't record it.
    let mut terminal = console(&home, &server.at);
    terminal.wait_for("no orders leave");
    plan(&mut terminal, "C", "100");
    terminal.keys("a");
    terminal.wait_for("unrecorded");
}

/// The journal of a desk that has run here once.
fn begun(home: &Path, folder: &str, desk: &str) -> PathBuf {
    let at = home.join("state/baseload/journal").join(folder);
    let writer = Writer::start(vec![at.clone()], 0, drop).expect("starts");
    let entry = Entry {
        at: Timestamp::from_millis(0),
        actor: "op7".into(),
        fact: Fact::Started {
            version: "0.1.0".into(),
            desk: desk.into(),
            config: None,
            feeds: Vec::new(),
        },
    };
    let within = Duration::from_mins(1);
    let done = writer.append_within(vec![entry], within);
    done.expect("is durable");
    writer.close(within).expect("ends");
    at
}

#[test]
fn where_several_desks_have_a_journal_one_has_to_be_named_and_each_says_which_it_is() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let home = scratch.path().join("home");
    let only = begun(&home, "desk", "");
    let (code, text) = journal(&home, &["verify"]);
    let shown = only.join("audit.db").display().to_string();
    assert!(code == 0 && text.contains(&shown), "{text}");
    let second = begun(&home, "north", "north");
    for command in ["verify", "tail", "handover", "head", "export"] {
        let (code, text) = journal(&home, &[command]);
        assert_eq!(code, 2, "{command}: {text}");
        assert!(text.contains("--desk '', or --desk north"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    for command in ["verify", "tail", "handover"] {
        let (_, text) = journal(&home, &["--desk", "north", command]);
        let shown = second.join("audit.db").display().to_string();
        let says = text.contains("desk north") && text.contains(&shown);
        assert!(says, "{command}: {text}");
    }
    let (code, head) = journal(&home, &["--desk", "north", "head"]);
    assert_eq!((code, head.lines().count()), (0, 1), "for programs: {head}");
}
