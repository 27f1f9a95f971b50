//! What an emergency may not be used for, and how fast it may go.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::attacker::{Link, Person, operators};
use crate::common::{Server, Terminal};
use crate::house::act;
use crate::nation::{Nation, codes, over, send};

struct Gateway {
    server: Server,
    anna: Person,
    _folder: tempfile::TempDir,
}

/// Anna may move 20 MW, unless it is an emergency. `shove` moves the frequency by so many millihertz.
fn gateway(head: &str, shove: i64, more: &[&str]) -> Gateway {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let anna = Person::new("anna");
    let boris = Person::new("boris");
    let entries = [
        anna.entry("operator", "limit_mw = 20"),
        boris.entry("dispatcher", ""),
    ];
    let file = operators(folder.path(), head, &entries);
    let script = folder.path().join("script.toml");
    let text = format!("[[event]]\nat = 0\ndo = \"frequency\"\nmhz = {shove}\nfor = 6000\n");
    std::fs::write(&script, text).expect("is written");
    let (file, script) = (file.display().to_string(), script.display().to_string());
    let args = ["simulator", "--operators", &file, "--script", &script];
    let server = Server::start(&[&args[..], more].concat(), "127.0.0.1:0");
    Gateway {
        server,
        anna,
        _folder: folder,
    }
}

fn emergency(order: Value) -> Value {
    let mut order = order;
    order["emergency"] = json!(true);
    order["freq_seen_mhz"] = json!(49_700);
    order
}

/// Waits until the frequency is on the wanted side.
fn frequency(at: &str, wanted: impl Fn(i64) -> bool) {
    let mut link = Link::open(at, "/grid");
    link.subscribe(&["grid"]);
    let read = |m: &Value| -> Option<i64> {
        let body = m["body"]["grid"]["freq_mhz"].as_i64();
        let items = m["items"].as_array();
        body.or_else(|| items?.iter().find_map(|item| item["freq_mhz"].as_i64()))
    };
    link.wait("the frequency", |m| read(m).is_some_and(&wanted));
}

#[test]
fn a_restore_is_no_emergency() {
    let gate = gateway("", 0, &["--speed", "10"]);
    let boris = Person::new("boris");
    let mut nation = Nation::look(&gate.server.at);
    let mut link = Link::open(&gate.server.at, "/fleet");
    link.subscribe(&["order"]);
    let (blocks, _) = nation.take("astravets", 84);
    let order = nation.order(&boris, "curtail", &blocks);
    let id = order["id"].as_str().expect("text").to_owned();
    send(&mut link, &boris, order);
    assert_eq!(over(&mut link, &id), "delivered");
    let until = Instant::now() + crate::common::DEADLINE;
    // Until the minimum time off is over the gateway has other reasons too.
    let answer = loop {
        let order = emergency(nation.order(&gate.anna, "restore", &blocks));
        let answer = send(&mut link, &gate.anna, order);
        assert_eq!(answer["phase"], "rejected", "{answer}");
        let codes = codes(&answer);
        if !codes.contains(&"minimum_off".to_owned()) {
            break answer;
        }
        assert!(Instant::now() < until, "{answer}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(codes(&answer), ["emergency_restore"]);
}

#[test]
fn steps_that_come_too_soon_are_held_and_begin_when_it_is_time() {
    let gate = gateway("", -400, &[]);
    frequency(&gate.server.at, |mhz| mhz < 50_000);
    let mut nation = Nation::look(&gate.server.at);
    let mut link = Link::open(&gate.server.at, "/fleet");
    link.subscribe(&["order"]);
    let mut ids = Vec::new();
    for (site, phase) in [
        ("astravets", "executing"),
        ("lukoml", "accepted"),
        ("mazyr", "accepted"),
    ] {
        let (blocks, _) = nation.take(site, 30);
        let order = emergency(nation.order(&gate.anna, "curtail", &blocks));
        ids.push(order["id"].as_str().expect("text").to_owned());
        let answer = send(&mut link, &gate.anna, order);
        assert_eq!(answer["phase"], phase, "{site}: {answer}");
        let held = answer["detail"]
            .as_str()
            .expect("words")
            .contains("held until");
        assert_eq!(held, phase == "accepted", "{answer}");
    }
    // The third is called back while it is held; the second begins by itself.
    let fields = json!({"id": ids[2]});
    let cancel = act("order_cancel", gate.anna.name, "desk of anna", fields);
    let cancel = gate.anna.sign(cancel);
    let answer = link.ask(&cancel, &ids[2]);
    assert_eq!(answer["phase"], "cancelled", "{answer}");
    let begun = |id: &str, link: &mut Link| {
        let of = |m: &Value| {
            m["items"].as_array().is_some_and(|items| {
                items
                    .iter()
                    .any(|i| i["id"] == id && i["phase"] == "executing")
            })
        };
        let message = link.wait("it begins", of);
        let items = message["items"].as_array().expect("items").clone();
        let item = items.into_iter().find(|i| i["id"] == id).expect("there");
        item["at"]
            .as_str()
            .expect("a time")
            .parse::<jiff::Timestamp>()
            .expect("a time")
    };
    let first = begun(&ids[0], &mut link);
    let second = begun(&ids[1], &mut link);
    let apart = second.duration_since(first);
    assert!(apart.as_millis() >= 4_500, "{apart}");
}

#[test]
fn a_held_step_that_expires_is_not_begun_and_ten_are_held_at_most() {
    let gate = gateway("emergency_interval_ms = 60000", -400, &[]);
    frequency(&gate.server.at, |mhz| mhz < 50_000);
    let mut nation = Nation::look(&gate.server.at);
    let mut link = Link::open(&gate.server.at, "/fleet");
    link.subscribe(&["order"]);
    let mut send_one = |expires_ms: i64, link: &mut Link| {
        let block = nation.blocks.pop().expect("a block");
        let mut order = emergency(nation.order(&gate.anna, "curtail", &[block]));
        order["expires_at"] = crate::house::at(expires_ms).into();
        let id = order["id"].as_str().expect("text").to_owned();
        (id, send(link, &gate.anna, order))
    };
    assert_eq!(send_one(60_000, &mut link).1["phase"], "executing");
    let (short, answer) = send_one(2_000, &mut link);
    assert_eq!(answer["phase"], "accepted", "{answer}");
    for _ in 0..9 {
        let (_, answer) = send_one(60_000, &mut link);
        assert_eq!(answer["phase"], "accepted", "{answer}");
    }
    let (_, answer) = send_one(60_000, &mut link);
    assert_eq!(answer["phase"], "rejected", "{answer}");
    assert_eq!(codes(&answer), ["emergency_queue"]);
    assert_eq!(over(&mut link, &short), "expired");
    // Its place is free again.
    let (_, answer) = send_one(60_000, &mut link);
    assert_eq!(answer["phase"], "accepted", "{answer}");
}

#[test]
fn a_high_frequency_bars_the_nation_and_no_single_site() {
    let gate = gateway("", 500, &[]);
    frequency(&gate.server.at, |mhz| mhz > 50_250);
    let mut nation = Nation::look(&gate.server.at);
    let mut link = Link::open(&gate.server.at, "/fleet");
    link.subscribe(&["order"]);
    let (mut blocks, _) = nation.take("astravets", 30);
    blocks.extend(nation.take("lukoml", 30).0);
    let order = emergency(nation.order(&gate.anna, "curtail", &blocks));
    let answer = send(&mut link, &gate.anna, order);
    assert_eq!(answer["phase"], "rejected", "{answer}");
    assert_eq!(codes(&answer), ["frequency_high"]);
    // A fire at one site does not ask for the frequency; the answer warns of it.
    let plan = |order: Value, plan: &str| {
        let mut order = order;
        order["plan"] = plan.repeat(32).into();
        order
    };
    let (one, two) = blocks.split_at(blocks.len() / 2);
    let site = |blocks: &[crate::nation::Block], site: &str| -> Vec<_> {
        blocks.iter().filter(|b| b.site == site).cloned().collect()
    };
    let here = site(one, "astravets");
    let order = plan(emergency(nation.order(&gate.anna, "curtail", &here)), "11");
    let answer = send(&mut link, &gate.anna, order);
    assert_ne!(answer["phase"], "rejected", "{answer}");
    assert!(
        answer["detail"].as_str().is_some_and(|d| d.contains("Hz")),
        "{answer}"
    );
    // The nation cut up into sites is still the nation.
    let there = site(two, "lukoml");
    let order = plan(emergency(nation.order(&gate.anna, "curtail", &there)), "11");
    let answer = send(&mut link, &gate.anna, order);
    assert_eq!(answer["phase"], "rejected", "{answer}");
    assert_eq!(codes(&answer), ["frequency_high"]);
    let order = plan(emergency(nation.order(&gate.anna, "curtail", &there)), "12");
    let answer = send(&mut link, &gate.anna, order);
    assert_ne!(answer["phase"], "rejected", "{answer}");
}

#[test]
fn a_frequency_that_is_only_somewhat_high_is_warned_of_and_shed() {
    let gate = gateway("emergency_bar_mhz = 51500", 500, &[]);
    frequency(&gate.server.at, |mhz| mhz > 50_250);
    let mut nation = Nation::look(&gate.server.at);
    let mut link = Link::open(&gate.server.at, "/fleet");
    let (mut blocks, _) = nation.take("astravets", 30);
    blocks.extend(nation.take("lukoml", 30).0);
    let order = emergency(nation.order(&gate.anna, "curtail", &blocks));
    let answer = send(&mut link, &gate.anna, order);
    assert_eq!(answer["phase"], "executing", "{answer}");
    assert!(
        answer["detail"]
            .as_str()
            .is_some_and(|d| d.contains("high")),
        "{answer}"
    );
}

/// A console of its own at this gateway, when the nation is live.
fn console(at: &str) -> Terminal {
    let feeds = ["fleet", "grid"].map(|path| format!("ws://{at}/{path}"));
    let args = ["console", "--feed", &feeds[0], "--feed", &feeds[1]];
    let terminal = Terminal::start(&args, 120, 36);
    terminal.wait("the nation, live", |screen| {
        screen.contains("Astravets") && screen.contains(" Hz") && !screen.contains("stale")
    });
    terminal
}

/// Opens the prompt and types its word; gives what stood on the screen.
fn shed(terminal: &mut Terminal) -> String {
    terminal.keys("!");
    let screen = terminal.wait("the prompt", |screen| screen.contains("Ready."));
    let word = screen
        .split_once("type ")
        .and_then(|(_, rest)| rest.split_once(" and Enter"));
    let word = word.expect("the word").0.trim().to_owned();
    terminal.keys(&word);
    terminal.wait_for(&format!("> {word}_"));
    terminal.keys("\r");
    screen
}

#[test]
fn a_console_warns_of_a_high_frequency_in_plain_words_and_sheds() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let script = folder.path().join("script.toml");
    let text = "[[event]]\nat = 0\ndo = \"frequency\"\nmhz = 150\nfor = 6000\n";
    std::fs::write(&script, text).expect("is written");
    let script = script.display().to_string();
    let server = Server::start(&["simulator", "--script", &script], "127.0.0.1:0");
    frequency(&server.at, |mhz| (50_060..50_190).contains(&mhz));
    let mut terminal = console(&server.at);
    let screen = shed(&mut terminal);
    assert!(
        screen.contains("HIGH: shedding raises it further"),
        "{screen}"
    );
    terminal.wait_for("SHEDDING");
    terminal.keys("4");
    terminal.wait_for("executing");
}

#[test]
fn esc_calls_back_what_the_gateway_holds() {
    // Another desk has just begun: what this console sends is held.
    let server = Server::simulator("127.0.0.1:0");
    let mut nation = Nation::look(&server.at);
    let other = Person::new("other");
    let mut link = Link::open(&server.at, "/fleet");
    for _ in 0..9 {
        let block = nation.blocks.pop().expect("a block");
        let order = emergency(nation.order(&other, "curtail", &[block]));
        let id = order["id"].as_str().expect("text").to_owned();
        let answer = link.ask(&order, &id);
        assert_ne!(answer["phase"], "rejected", "{answer}");
    }
    let mut terminal = console(&server.at);
    shed(&mut terminal);
    terminal.keys("4");
    terminal.wait_for("accepted");
    terminal.keys("\x1b\x1b");
    terminal.wait_for("called back if not begun");
    terminal.wait_for("cancelled");
}
