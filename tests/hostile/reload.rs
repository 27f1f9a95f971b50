//! Who is let in and who may act, changed in their files while the gateway runs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::attacker::{Link, Person, operators};
use crate::common::Server;

pub(crate) const OPERATOR: &str = "operator-token-0001";
pub(crate) const VIEWER: &str = "viewer-token-000001";

/// Puts a file in its place at once, as a careful editor does.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).expect("is written");
    fs::set_permissions(&new, Permissions::from_mode(0o600)).expect("is ours");
    fs::rename(&new, path).expect("is put in its place");
}

pub(crate) fn tokens(folder: &Path, lines: &str) -> PathBuf {
    let path = folder.join("tokens");
    replace(&path, lines);
    path
}

pub(crate) fn both() -> String {
    format!("operator {OPERATOR}\nviewer {VIEWER}\n")
}

pub(crate) fn simulator(more: &[&str]) -> Server {
    let args: Vec<&str> = ["simulator"].iter().chain(more).copied().collect();
    Server::start(&args, "127.0.0.1:0")
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// An order that takes the first block of a link's fleet to 0, for `minutes`, unsigned.
pub(crate) fn order(link: &mut Link, by: &str) -> Value {
    link.subscribe(&["fleet", "order"]);
    let shot = link.wait("the fleet", |m| {
        m["type"] == "snapshot" && m["topic"] == "fleet"
    });
    let block = &shot["body"]["blocks"][0];
    let sites = shot["body"]["sites"].as_array().expect("sites");
    let site = sites.iter().find(|s| s["id"] == block["site"]);
    let site = site.expect("its site");
    let now = jiff::Timestamp::now();
    let time = |t: jiff::Timestamp| format!("{t:.3}");
    json!({
        "type": "order",
        "id": ulid::Ulid(rand::random::<u128>() >> 1).to_string(),
        "plan": "07".repeat(32),
        "nation": link.hello["nation"],
        "gateway": link.hello["gateway"],
        "kind": "curtail",
        "targets": [{
            "site": block["site"], "block": block["id"], "target_w": 0,
            "epoch": site["authority"]["epoch"],
            "site_seq": site["site_seq"].as_u64().unwrap_or(0) + 1,
        }],
        "extra_w_max": 0,
        "reason": "test",
        "issued_by": by,
        "issued_at": time(now),
        "expires_at": time(now + jiff::SignedDuration::from_mins(2)),
        "lease_s": 0,
        "desk": "A",
    })
}

/// Waits until a token is refused at the door.
fn refused(at: &str, token: &str) {
    let until = std::time::Instant::now() + crate::common::DEADLINE;
    while Link::with_token(at, "/fleet", Some(token)).is_ok() {
        assert!(std::time::Instant::now() < until, "is let in anew");
    }
    let why = Link::with_token(at, "/fleet", Some(token)).err();
    assert!(why.is_some_and(|why| why.contains("401")));
}

#[test]
fn a_withdrawn_token_loses_its_links_and_is_refused_anew() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = tokens(scratch.path(), &both());
    let server = simulator(&["--tokens", text(&file)]);
    let open = |token| Link::with_token(&server.at, "/fleet", Some(token)).expect("is let in");
    let (mut stays, mut goes) = (open(OPERATOR), open(VIEWER));
    replace(&file, &format!("operator {OPERATOR}\n"));
    assert_eq!(goes.closed(), 4401);
    refused(&server.at, VIEWER);
    let asked = order(&mut stays, "anybody");
    let id = asked["id"].as_str().expect("text").to_owned();
    assert_eq!(stays.ask(&asked, &id)["type"], "order_status");
}

#[test]
fn a_token_that_may_only_look_from_now_on_gives_no_order_over_its_old_link() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = tokens(scratch.path(), &both());
    let server = simulator(&["--tokens", text(&file)]);
    let mut link = Link::with_token(&server.at, "/fleet", Some(OPERATOR)).expect("is let in");
    replace(&file, &format!("viewer {OPERATOR}\nviewer {VIEWER}\n"));
    let until = std::time::Instant::now() + crate::common::DEADLINE;
    loop {
        let asked = order(&mut link, "anybody");
        let id = asked["id"].as_str().expect("text").to_owned();
        let answer = link.ask(&asked, &id);
        if answer["code"] == "read_only" {
            return;
        }
        assert!(std::time::Instant::now() < until, "still orders");
    }
}

/// Waits for a standing alarm whose text holds `words`.
fn alarm(link: &mut Link, words: &str) -> Value {
    link.subscribe(&["alarm"]);
    let of = |list: &Value| {
        let found = list.as_array()?.iter().find(|a| {
            a["text"].as_str().is_some_and(|t| t.contains(words)) && a["cleared"].is_null()
        });
        found.cloned()
    };
    let either = |m: &Value| of(&m["items"]).or_else(|| of(&m["body"]["alarms"]));
    let message = link.wait(words, |m| either(m).is_some());
    either(&message).expect("was just there")
}

#[test]
fn a_person_taken_off_the_roll_gives_no_new_order_and_what_is_under_way_goes_on_and_is_told() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (anna, boris) = (Person::new("anna"), Person::new("boris"));
    let entries = [anna.entry("dispatcher", ""), boris.entry("dispatcher", "")];
    let file = operators(scratch.path(), "", &entries);
    let server = simulator(&["--operators", text(&file), "--speed", "0.1"]);
    let mut link = Link::open(&server.at, "/fleet");
    let first = anna.sign(order(&mut link, "anna"));
    let id = first["id"].as_str().expect("text").to_owned();
    let answer = link.ask(&first, &id);
    assert_ne!(answer["phase"], "rejected", "{answer}");
    replace(&file, &boris.entry("dispatcher", ""));
    let told = alarm(&mut link, "anna");
    assert_eq!(told["priority"], 2, "{told}");
    let next = anna.sign(order(&mut link, "anna"));
    let next_id = next["id"].as_str().expect("text").to_owned();
    let answer = link.ask(&next, &next_id);
    assert!(answer.to_string().contains("unknown_operator"), "{answer}");
    let still = link.ask(&json!({"type": "order_query", "id": id}), &id);
    assert!(
        ["accepted", "executing", "delivered"].contains(&still["phase"].as_str().unwrap_or("")),
        "{still}"
    );
}

#[test]
fn a_file_that_can_not_be_used_changes_nothing_and_raises_an_alarm() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let anna = Person::new("anna");
    let file = operators(scratch.path(), "", &[anna.entry("dispatcher", "")]);
    let whole = fs::read_to_string(&file).expect("is there");
    let letters = tokens(scratch.path(), &both());
    let args = ["--operators", text(&file), "--tokens", text(&letters)];
    let server = simulator(&args);
    let mut link = Link::with_token(&server.at, "/fleet", Some(OPERATOR)).expect("is let in");
    replace(&file, &format!("{whole}\nrank = 3\n"));
    let told = alarm(&mut link, "is not used: line");
    assert_eq!(told["priority"], 2, "{told}");
    fs::remove_file(&letters).expect("is there");
    alarm(&mut link, "tokens file");
    let asked = anna.sign(order(&mut link, "anna"));
    let id = asked["id"].as_str().expect("text").to_owned();
    assert_ne!(link.ask(&asked, &id)["phase"], "rejected");
    assert!(Link::with_token(&server.at, "/fleet", None).is_err());
    // Others may write it: then it is nobody's word.
    replace(&file, &whole);
    link.subscribe(&["alarm"]);
    link.wait("the alarm's end", |m| {
        m["items"].as_array().is_some_and(|items| {
            items.iter().any(|a| {
                a["text"]
                    .as_str()
                    .is_some_and(|t| t.contains("operators file"))
                    && !a["cleared"].is_null()
            })
        })
    });
    fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("is ours");
    alarm(&mut link, "others may write");
}

#[test]
fn sighup_reads_the_files_anew_and_ends_nothing() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = tokens(scratch.path(), &both());
    let log = scratch.path().join("gateway.log");
    let server = simulator(&["--tokens", text(&file), "--log", text(&log)]);
    let mut link = Link::with_token(&server.at, "/fleet", Some(VIEWER)).expect("is let in");
    let pid = server.pid().to_string();
    let sent = Command::new("kill").args(["-HUP", &pid]).status();
    assert!(sent.expect("kill runs").success());
    crate::crowd::wait_log(&log, "read anew");
    replace(&file, &format!("operator {OPERATOR}\n"));
    let sent = Command::new("kill").args(["-HUP", &pid]).status();
    assert!(sent.expect("kill runs").success());
    assert_eq!(link.closed(), 4401);
    assert!(Link::with_token(&server.at, "/fleet", Some(OPERATOR)).is_ok());
}

#[test]
fn the_last_token_is_withdrawn_and_a_file_half_written_withdraws_none() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = tokens(scratch.path(), &both());
    let server = simulator(&["--tokens", text(&file)]);
    let mut link = Link::with_token(&server.at, "/fleet", Some(OPERATOR)).expect("is let in");
    replace(&file, "");
    alarm(&mut link, "tokens file");
    assert!(Link::with_token(&server.at, "/fleet", Some(VIEWER)).is_ok());
    replace(&file, "# nobody until the new tokens are given out\n");
    assert_eq!(link.closed(), 4401);
    refused(&server.at, OPERATOR);
    assert!(
        Link::with_token(&server.at, "/fleet", None).is_err(),
        "nobody"
    );
    replace(&file, &both());
    let until = std::time::Instant::now() + crate::common::DEADLINE;
    while Link::with_token(&server.at, "/fleet", Some(OPERATOR)).is_err() {
        assert!(std::time::Instant::now() < until, "is let in again");
    }
}

#[test]
fn the_last_operator_is_taken_off_the_roll() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let anna = Person::new("anna");
    let file = operators(scratch.path(), "", &[anna.entry("dispatcher", "")]);
    let server = simulator(&["--operators", text(&file)]);
    let mut link = Link::open(&server.at, "/fleet");
    replace(&file, "");
    alarm(&mut link, "operators file");
    replace(&file, "# nobody orders here until tomorrow\n");
    let until = std::time::Instant::now() + crate::common::DEADLINE;
    loop {
        let asked = anna.sign(order(&mut link, "anna"));
        let id = asked["id"].as_str().expect("text").to_owned();
        let answer = link.ask(&asked, &id);
        if answer.to_string().contains("unknown_operator") {
            return;
        }
        assert!(std::time::Instant::now() < until, "orders on: {answer}");
    }
}
