//! Limits are of persons, not of orders: what somebody may move does not grow by being cut up, or named otherwise.

use serde_json::{Value, json};

use crate::attacker::{Link, Person, operators};
use crate::common::Server;
use crate::house::{act, say};
use crate::nation::{Nation, codes, send};

/// Anna may move 100 MW, and only at Astravets and Lukoml; Boris anything, with a second person above 120 MW.
struct Staff {
    folder: tempfile::TempDir,
    anna: Person,
    boris: Person,
    vera: Person,
}

impl Staff {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a scratch folder"),
            anna: Person::new("anna"),
            boris: Person::new("boris"),
            vera: Person::new("vera"),
        }
    }

    fn gateway(&self, head: &str, more: &[&str]) -> Server {
        let sites = "sites = [\"astravets\", \"lukoml\"]\nlimit_mw = 100";
        let entries = [
            self.anna.entry("operator", sites),
            self.boris.entry("dispatcher", ""),
            self.vera.entry("operator", ""),
        ];
        let head = format!("two_persons_above_mw = 120\n{head}");
        let file = operators(self.folder.path(), &head, &entries);
        let file = file.to_str().expect("text");
        let args = ["simulator", "--operators", file];
        Server::start(&[&args[..], more].concat(), "127.0.0.1:0")
    }
}

impl Staff {
    /// An order of Boris', to which Vera has agreed at her desk.
    fn agreed(&self, server: &Server, link: &mut Link, order: Value) -> Value {
        let ask = act(
            "countersign_request",
            "boris",
            "desk of boris",
            json!({"order": order}),
        );
        assert_eq!(say(link, &self.boris.sign(ask)), None);
        let mut order = order;
        order["countersigned_by"] = self.vera.name.into();
        order["countersigned_desk"] = "desk of vera".into();
        let agreed = self.vera.signature(&order);
        let fields =
            json!({"id": order["id"], "agree": true, "why": "", "countersignature": agreed});
        let answer = act("countersign_answer", "vera", "desk of vera", fields);
        let mut other = Link::open(&server.at, "/fleet");
        assert_eq!(say(&mut other, &self.vera.sign(answer)), None);
        order["countersignature"] = agreed.into();
        order
    }
}

fn rejected(answer: &Value) -> bool {
    answer["phase"] == "rejected"
}

#[test]
fn halves_of_what_is_too_much_are_too_much() {
    let staff = Staff::new();
    let server = staff.gateway("", &[]);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    let (first, mw) = nation.take("astravets", 60);
    let (second, more) = nation.take("lukoml", 45);
    assert!(mw < 100.0 && more < 100.0, "each is within the limit");
    let order = nation.order(&staff.anna, "curtail", &first);
    assert!(!rejected(&send(&mut link, &staff.anna, order)));
    let order = nation.order(&staff.anna, "curtail", &second);
    let answer = send(&mut link, &staff.anna, order);
    assert!(rejected(&answer), "{answer}");
    assert_eq!(codes(&answer), ["limit"]);
    // Another person's limit is another's.
    let order = nation.order(&staff.vera, "curtail", &second);
    assert!(!rejected(&send(&mut link, &staff.vera, order)));
}

#[test]
fn the_half_that_passes_what_one_may_move_alone_needs_the_second_person() {
    let staff = Staff::new();
    let server = staff.gateway("", &[]);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    let (first, _) = nation.take("astravets", 90);
    let (second, _) = nation.take("lukoml", 80);
    let order = nation.order(&staff.boris, "curtail", &first);
    assert!(!rejected(&send(&mut link, &staff.boris, order)));
    let order = nation.order(&staff.boris, "curtail", &second);
    let answer = send(&mut link, &staff.boris, order);
    assert!(rejected(&answer), "{answer}");
    assert_eq!(codes(&answer), ["two_persons"]);
    // With the second person's signature it goes.
    let order = nation.order(&staff.boris, "curtail", &second);
    let order = staff.agreed(&server, &mut link, order);
    let answer = send(&mut link, &staff.boris, order);
    assert!(!rejected(&answer), "{answer}");
}

#[test]
fn what_was_refused_or_called_back_does_not_count() {
    let staff = Staff::new();
    let server = staff.gateway("", &[]);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    let (blocks, _) = nation.take("astravets", 80);
    let mut late = nation.order(&staff.anna, "curtail", &blocks);
    late["targets"][0]["epoch"] = json!(7);
    for target in late["targets"].as_array_mut().expect("targets") {
        target["epoch"] = json!(7);
    }
    assert!(rejected(&send(&mut link, &staff.anna, late)));
    let order = nation.order(&staff.anna, "curtail", &blocks);
    let answer = send(&mut link, &staff.anna, order);
    assert!(!rejected(&answer), "{answer}");
}

#[test]
fn the_window_outlives_the_gateway() {
    let staff = Staff::new();
    let journal = staff.folder.path().join("journal");
    let journal = journal.to_str().expect("text");
    let more = ["--journal", journal];
    let server = staff.gateway("", &more);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    link.subscribe(&["order"]);
    let (first, _) = nation.take("astravets", 60);
    let order = nation.order(&staff.anna, "curtail", &first);
    let id = order["id"].as_str().expect("text").to_owned();
    assert!(!rejected(&send(&mut link, &staff.anna, order)));
    crate::nation::over(&mut link, &id);
    server.kill();
    let server = staff.gateway("", &more);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    let (second, _) = nation.take("lukoml", 45);
    let order = nation.order(&staff.anna, "curtail", &second);
    let answer = send(&mut link, &staff.anna, order);
    assert!(rejected(&answer), "{answer}");
    assert_eq!(codes(&answer), ["limit"]);
}

#[test]
fn substitutes_lie_within_the_scope_and_count_for_every_limit() {
    let staff = Staff::new();
    let server = staff.gateway("", &[]);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    let (own, _) = nation.take("astravets", 30);
    let (elsewhere, _) = nation.take("biaroza", 20);
    let (more, _) = nation.take("lukoml", 85);
    let keys = |blocks: &[crate::nation::Block]| -> Vec<Value> {
        let key = |b: &crate::nation::Block| json!({"site": b.site, "block": b.id});
        blocks.iter().map(key).collect()
    };
    let mut order = nation.order(&staff.anna, "curtail", &own);
    order["substitutes"] = keys(&elsewhere).into();
    order["extra_w_max"] = json!(5_000_000);
    let answer = send(&mut link, &staff.anna, order);
    assert!(rejected(&answer), "another's site: {answer}");
    assert_eq!(codes(&answer), ["scope"]);
    let mut order = nation.order(&staff.anna, "curtail", &own);
    order["substitutes"] = keys(&more).into();
    order["extra_w_max"] = json!(1_000_000_000_000_i64);
    let answer = send(&mut link, &staff.anna, order);
    assert!(rejected(&answer), "a terawatt more: {answer}");
    assert!(codes(&answer).contains(&"limit".to_owned()), "{answer}");
    let mut order = nation.order(&staff.boris, "curtail", &own);
    order["substitutes"] = [keys(&elsewhere), keys(&more)].concat().into();
    order["extra_w_max"] = json!(1_000_000_000_000_i64);
    let answer = send(&mut link, &staff.boris, order);
    assert!(rejected(&answer), "more than one may alone: {answer}");
    assert_eq!(codes(&answer), ["two_persons"]);
    let mut order = nation.order(&staff.anna, "curtail", &own);
    order["substitutes"] = keys(&more).into();
    order["extra_w_max"] = json!(2_000_000);
    let answer = send(&mut link, &staff.anna, order);
    assert!(!rejected(&answer), "within it all: {answer}");
}

#[test]
fn a_block_named_twice_counts_by_what_it_loses() {
    let staff = Staff::new();
    let server = staff.gateway("", &[]);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    let (blocks, _) = nation.take("astravets", 110);
    let mut order = nation.order(&staff.anna, "curtail", &blocks);
    let targets = order["targets"].as_array_mut().expect("targets");
    let again: Vec<Value> = targets.clone();
    for (mut target, block) in again.into_iter().zip(&blocks) {
        target["target_w"] = json!(block.nameplate);
        targets.push(target);
    }
    let answer = send(&mut link, &staff.anna, order);
    assert!(rejected(&answer), "{answer}");
    assert_eq!(codes(&answer), ["limit"]);
}

#[test]
fn the_window_is_as_long_as_the_file_says() {
    let staff = Staff::new();
    let server = staff.gateway("limit_window_min = 1", &[]);
    let mut nation = Nation::look(&server.at);
    let mut link = Link::open(&server.at, "/fleet");
    assert_eq!(link.hello["limits"]["limit_window_min"], 1);
    let (first, _) = nation.take("astravets", 60);
    let (second, _) = nation.take("lukoml", 45);
    let order = nation.order(&staff.anna, "curtail", &first);
    assert!(!rejected(&send(&mut link, &staff.anna, order)));
    let order = nation.order(&staff.anna, "curtail", &second);
    let answer = send(&mut link, &staff.anna, order);
    assert!(rejected(&answer), "{answer}");
    let text = answer["targets"][0]["reasons"][0]["text"].to_string();
    assert!(text.contains("in 60 s"), "{text}");
}
