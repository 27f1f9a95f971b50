//! What a person may move in all, at a gateway whose clock the test turns.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use baseload::commands::operator::Key;
use baseload::domain::fleet::Block;
use baseload::domain::ids::OrderId;
use baseload::domain::link::{Item, Request};
use baseload::domain::order::{Order, OrderKind, OrderStatus, Phase, PlanHash};
use baseload::domain::time::Timestamp;
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::durable::Past;
use baseload::gateway::roll::Roll;
use baseload::gateway::rule_book::RuleBook;
use baseload::gateway::simulator::{SimulatorOptions, script};

use crate::authority::{acted, codes, make};
use crate::desk::{Desk, LINK, START, free};
use crate::durable::{Disk, State, kept};

/// A nation with Anna and Boris, who is not limited, on its roll, and faults.
fn nation(head: &str, more: &str, faults: &str) -> (Desk, Key, Key) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let anna = make(folder.path(), "anna");
    let boris = make(folder.path(), "boris");
    let entry = |name: &str, key: &Key| {
        let key = key.public();
        format!("[[operator]]\nname = \"{name}\"\nrank = \"operator\"\nkey = \"{key}\"\n")
    };
    let (first, second) = (entry("anna", &anna), entry("boris", &boris));
    let text = format!("{head}\n{second}{first}{more}\n");
    let desk = Desk::open(SimulatorOptions {
        roll: Some(Arc::new(Roll::parse(&text).expect("a sound roll"))),
        script: Some(script::parse(faults).expect("a good script")),
        ..SimulatorOptions::at(START)
    });
    (desk, anna, boris)
}

pub(crate) fn desk(head: &str, more: &str, faults: &str) -> (Desk, Key) {
    let (desk, anna, _) = nation(head, more, faults);
    (desk, anna)
}

pub(crate) fn order(desk: &Desk, anna: &Key, id: u128, kind: OrderKind, blocks: &[Block]) -> Order {
    let target = |b: &Block| match kind {
        OrderKind::Curtail => b.floor,
        OrderKind::Restore => b.nameplate,
    };
    let targets: Vec<_> = blocks.iter().map(|b| (b, target(b))).collect();
    anna.sign_order(&Order {
        issued_by: "anna".into(),
        desk: Some("A".into()),
        expires_at: desk.now + Duration::from_mins(1),
        ..desk.order(id, kind, &targets)
    })
}

/// A stuck block whose place two others take; gives them.
fn replaced(head: &str, more: &str, seconds: u32) -> (Desk, [Key; 2], Vec<Block>) {
    let stuck = "[[event]]\nat = 1\ndo = \"stuck_block\"\nsite = \"lukoml\"\nblock = \"b03\"\n";
    let (mut desk, anna, boris) = nation(head, more, &format!("{stuck}for = {seconds}\n"));
    desk.wait(2.0);
    let block = desk.block("lukoml", "b03");
    let others = free(&desk, 10);
    let others: Vec<Block> = others.into_iter().filter(|b| b.id != block.id).collect();
    let bare = order(
        &desk,
        &anna,
        1,
        OrderKind::Curtail,
        std::slice::from_ref(&block),
    );
    let signed = anna.sign_order(&Order {
        substitutes: others.iter().take(2).map(Block::key).collect(),
        extra_max: Power::from_megawatts(100),
        signature: None,
        ..bare
    });
    assert_ne!(desk.send(signed).phase, Phase::Rejected);
    (desk, [anna, boris], others)
}

/// The same once it has come loose, and what was said since.
fn trimmed(head: &str, more: &str) -> (Desk, [Key; 2], Vec<Block>, Vec<OrderId>) {
    let (mut desk, keys, others) = replaced(head, more, 50);
    desk.wait(240.0);
    let trims = desk.orders.iter().map(|status| status.id);
    let mut trims: Vec<OrderId> = trims.filter(|id| *id != OrderId(1)).collect();
    trims.dedup();
    (desk, keys, others, trims)
}

/// Those of them that may be given back alone, but not together with the other one.
fn nearly(blocks: &[Block], other: &Block, limit: Power) -> Vec<Block> {
    let given = other.nameplate - other.floor;
    let mut sum = Power::ZERO;
    let more: Vec<Block> = blocks
        .iter()
        .take_while(|block| {
            sum += block.nameplate;
            sum <= limit
        })
        .cloned()
        .collect();
    let off: Power = more.iter().map(|b| b.nameplate - b.floor).sum();
    assert!(
        off <= limit && off + given > limit + Power::from_megawatts(1),
        "{off:?} {given:?}"
    );
    more
}

fn shed_by_boris(desk: &mut Desk, boris: &Key, blocks: &[Block]) {
    let mut shed = order(desk, boris, 8, OrderKind::Curtail, blocks);
    shed.issued_by = "boris".into();
    shed.signature = None;
    assert_ne!(desk.send(boris.sign_order(&shed)).phase, Phase::Rejected);
}

/// A block that stands in for a stuck one, about to be given back, with a disk and what Boris has shed meanwhile.
fn before_the_trim(limit: Power) -> (Desk, Disk, Key, Vec<Block>) {
    let more = format!("limit_mw = {}", limit.megawatts());
    let (mut desk, [anna, boris], others) = replaced("", &more, 80);
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    // At another site: no sequence of it keeps the two apart.
    let free = |b: &Block| {
        b.site.as_str() == "astravets"
            && b.tags.is_empty()
            && b.limits.must_run == Power::ZERO
            && b.limits.min_on.is_zero()
    };
    let elsewhere: Vec<Block> = desk.blocks().into_iter().filter(free).collect();
    let more = nearly(&elsewhere, &others[0], limit);
    shed_by_boris(&mut desk, &boris, &more);
    (desk, storage, anna, more)
}

fn trims(desk: &Desk) -> Vec<&OrderStatus> {
    let persons = [OrderId(1), OrderId(8), OrderId(9)];
    let own = desk.orders.iter();
    own.filter(|status| !persons.contains(&status.id)).collect()
}

#[test]
fn a_trim_whose_record_waits_is_held_against_what_is_moved_by_then() {
    let limit = Power::from_megawatts(40);
    let (mut desk, ..) = before_the_trim(limit);
    while trims(&desk).is_empty() {
        assert!(desk.now < START + Duration::from_mins(4), "no trim");
        desk.wait(0.25);
    }
    let at = trims(&desk)[0].at;
    // The same again, and this time her own restore waits for the disk as the trim does.
    let (mut desk, storage, anna, more) = before_the_trim(limit);
    while desk.now + Duration::from_millis(600) < at {
        desk.wait(0.25);
    }
    storage.is(State::Hangs);
    let restore = order(&desk, &anna, 9, OrderKind::Restore, &more);
    let request = Request::Order(Box::new(restore));
    assert_eq!(desk.gateway.request(request, LINK, desk.now), Ok(vec![]));
    desk.wait(1.0);
    assert!(desk.now > at && trims(&desk).is_empty());
    storage.is(State::Well);
    desk.wait(0.25);
    let own = desk.gateway.late().pop().expect("an answer").answer;
    let Ok([Item::Order(own)]) = own.as_deref() else {
        panic!("{own:?}");
    };
    assert_ne!(own.phase, Phase::Rejected, "{own:?}");
    let trims = trims(&desk);
    let trim = trims.last().expect("it is told");
    assert_eq!(codes(trim), ["limit"], "{trim:?}");
    assert_eq!(trim.phase, Phase::Rejected);
}

/// A gateway with a journal that knows Anna and Boris, or Boris alone, where leases are given back when they lapse.
fn kept_by(folder: &Path, anna: Option<&Key>, boris: &Key, clock: fn() -> Timestamp) -> Desk {
    let entry = |name: &str, key: &Key, more: &str| {
        let key = key.public();
        format!("[[operator]]\nname = \"{name}\"\nrank = \"operator\"\nkey = \"{key}\"\n{more}")
    };
    let mut text = entry("boris", boris, "");
    if let Some(anna) = anna {
        text += &entry("anna", anna, "limit_mw = 40\n");
    }
    let rules = "[lease]\nrestore = [\"lukoml\"]\noffset_s = 1\n";
    let options = SimulatorOptions {
        roll: Some(Arc::new(Roll::parse(&text).expect("a sound roll"))),
        rules: Some(RuleBook::parse(rules).expect("good rules")),
        ..SimulatorOptions::at(clock())
    };
    kept(folder, clock, options).0
}

#[test]
fn a_restore_that_was_ordered_two_days_ahead_counts_from_when_it_began_over_a_restart() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (anna, boris) = (make(folder.path(), "anna"), make(folder.path(), "boris"));
    let journal = folder.path().join("journal");
    let life = |clock| kept_by(&journal, Some(&anna), &boris, clock);
    let mut desk = life(|| START);
    let others = free(&desk, 10);
    let shed = order(&desk, &anna, 1, OrderKind::Curtail, &others[..1]);
    assert_ne!(desk.send(shed).phase, Phase::Rejected);
    let more = nearly(&others[2..], &others[0], Power::from_megawatts(40));
    shed_by_boris(&mut desk, &boris, &more);
    desk.wait(90.0);
    let begins = START + Duration::from_hours(48);
    let ahead = Order {
        not_before: Some(begins),
        expires_at: begins + Duration::from_mins(5),
        signature: None,
        ..order(&desk, &anna, 2, OrderKind::Restore, &others[..1])
    };
    assert_eq!(desk.send(anna.sign_order(&ahead)).phase, Phase::Accepted);
    drop(desk);
    let mut desk = life(|| START + Duration::from_mins(48 * 60 - 1));
    desk.wait(90.0);
    assert_eq!(desk.status(2).phase, Phase::Executing);
    desk.until_over(2, 200.0);
    drop(desk);
    let mut desk = life(|| START + Duration::from_mins(48 * 60 + 6));
    desk.wait(90.0);
    let restore = order(&desk, &anna, 9, OrderKind::Restore, &more);
    assert_eq!(codes(&desk.send(restore)), ["limit"]);
}

#[test]
fn a_lapsed_leases_restore_counts_for_its_person_over_a_restart() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (anna, boris) = (make(folder.path(), "anna"), make(folder.path(), "boris"));
    let journal = folder.path().join("journal");
    let mut desk = kept_by(&journal, Some(&anna), &boris, || START);
    let limit = Power::from_megawatts(40);
    let others = free(&desk, 10);
    let mut leased = order(&desk, &anna, 1, OrderKind::Curtail, &others[..1]);
    leased.lease = Duration::from_secs(30);
    leased.signature = None;
    assert_ne!(desk.send(anna.sign_order(&leased)).phase, Phase::Rejected);
    let more = nearly(&others[2..], &others[0], limit);
    shed_by_boris(&mut desk, &boris, &more);
    let held = |desk: &Desk| desk.block("lukoml", others[0].id.as_str());
    while held(&desk).target != others[0].nameplate {
        assert!(
            desk.now < START + Duration::from_mins(5),
            "it does not lapse"
        );
        desk.wait(1.0);
    }
    drop(desk);
    let clock = || START + Duration::from_mins(6);
    let mut desk = kept_by(&journal, Some(&anna), &boris, clock);
    desk.wait(90.0);
    let restore = order(&desk, &anna, 9, OrderKind::Restore, &more);
    assert_eq!(codes(&desk.send(restore)), ["limit"]);
}

#[test]
fn orders_of_a_key_taken_off_the_roll_while_the_gateway_was_down_go_on_and_are_told() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (anna, boris) = (make(folder.path(), "anna"), make(folder.path(), "boris"));
    let journal = folder.path().join("journal");
    let mut desk = kept_by(&journal, Some(&anna), &boris, || START);
    let blocks = free(&desk, 3);
    shed_by_boris(&mut desk, &boris, &blocks);
    desk.wait(90.0);
    let restore = order(&desk, &anna, 9, OrderKind::Restore, &blocks);
    assert_ne!(desk.send(restore).phase, Phase::Rejected);
    drop(desk);
    let words = "anna's key is not on the roll";
    let stays = kept_by(&journal, Some(&anna), &boris, || {
        START + Duration::from_mins(2)
    });
    assert!(!stays.stands(words), "{:?}", stays.alarms());
    drop(stays);
    let mut desk = kept_by(&journal, None, &boris, || START + Duration::from_mins(3));
    assert!(desk.stands(words), "{:?}", desk.alarms());
    desk.until_over(9, 600.0);
    assert_eq!(desk.status(9).phase, Phase::Delivered);
    desk.wait(2.0);
    assert!(!desk.stands(words), "{:?}", desk.alarms());
}

#[test]
fn a_trim_counts_as_a_restore_of_the_person_it_serves() {
    let (mut desk, [anna, boris], others, trims) = trimmed("", "limit_mw = 40");
    assert!(!trims.is_empty(), "it was trimmed");
    let limit = Power::from_megawatts(40);
    let more = nearly(&others[2..], &others[0], limit);
    shed_by_boris(&mut desk, &boris, &more);
    desk.wait(90.0);
    let restore = order(&desk, &anna, 9, OrderKind::Restore, &more);
    assert_eq!(codes(&desk.send(restore)), ["limit"]);
}

#[test]
fn a_trim_that_would_pass_what_one_may_give_back_alone_waits() {
    let (_, _, _, trims) = trimmed("two_persons_restore_above_mw = 1", "");
    assert_eq!(trims, Vec::new());
}

#[test]
fn what_was_moved_counts_for_a_quarter_of_an_hour() {
    let (mut desk, anna) = desk("", "limit_mw = 30", "");
    let blocks = free(&desk, 4);
    let moved: Power = blocks
        .iter()
        .map(|b| b.power.expect("read") - b.floor)
        .sum();
    assert!(moved > Power::from_megawatts(30), "{moved:?}");
    let (first, second) = blocks.split_at(2);
    let shed = order(&desk, &anna, 1, OrderKind::Curtail, first);
    assert_ne!(desk.send(shed).phase, Phase::Rejected);
    desk.wait(14.0 * 60.0);
    let early = order(&desk, &anna, 2, OrderKind::Curtail, second);
    assert_eq!(codes(&desk.send(early)), ["limit"]);
    desk.wait(61.0);
    let late = order(&desk, &anna, 3, OrderKind::Curtail, second);
    assert_ne!(desk.send(late).phase, Phase::Rejected);
}

#[test]
fn a_held_step_is_not_begun_where_the_frequency_has_risen_too_high_since() {
    let rises = "[[event]]\nat = 4\ndo = \"frequency\"\nmhz = 500\nfor = 600\n";
    let (mut desk, anna) = desk("emergency_interval_ms = 30000", "", rises);
    let blocks = free(&desk, 4);
    let hurried = |desk: &Desk, id: u128, blocks: &[Block]| {
        let mut bare = order(desk, &anna, id, OrderKind::Curtail, blocks);
        bare.emergency = true;
        bare.signature = None;
        anna.sign_order(&bare)
    };
    let first = hurried(&desk, 1, &blocks[..1]);
    assert_eq!(desk.send(first).phase, Phase::Executing);
    let elsewhere = desk.blocks();
    let elsewhere = elsewhere.iter().find(|b| {
        b.site.as_str() == "astravets" && b.tags.is_empty() && b.limits.must_run == Power::ZERO
    });
    let wide = [blocks[1].clone(), elsewhere.expect("a block").clone()];
    let second = hurried(&desk, 2, &wide);
    let answer = desk.send(second);
    assert_eq!(answer.phase, Phase::Accepted, "{answer:?}");
    assert!(answer.detail.contains("held until"), "{answer:?}");
    desk.wait(31.0);
    let answer = desk.status(2);
    assert_eq!(answer.phase, Phase::Cancelled, "{answer:?}");
    assert_eq!(codes(&answer), ["frequency_high"]);
    let free_again = desk.block("lukoml", blocks[1].id.as_str());
    let third = hurried(&desk, 3, std::slice::from_ref(&free_again));
    let answer = desk.send(third);
    assert_eq!(
        codes(&answer),
        ["frequency_high"],
        "the same plan: {answer:?}"
    );
    let mut fourth = hurried(&desk, 4, &[free_again]);
    fourth.plan = PlanHash([8; 32]);
    fourth.signature = None;
    let answer = desk.send(anna.sign_order(&fourth));
    assert_eq!(answer.phase, Phase::Executing, "one site is: {answer:?}");
    assert!(answer.detail.contains("high"), "{answer:?}");
}

#[test]
fn a_held_step_is_called_back_and_makes_room() {
    let (mut desk, anna) = desk("emergency_interval_ms = 30000", "", "");
    let blocks = free(&desk, 4);
    for (id, block) in (1..).zip(&blocks[..3]) {
        let mut bare = order(
            &desk,
            &anna,
            id,
            OrderKind::Curtail,
            std::slice::from_ref(block),
        );
        bare.emergency = true;
        bare.signature = None;
        let answer = desk.send(anna.sign_order(&bare));
        assert_eq!(answer.phase == Phase::Executing, id == 1, "{answer:?}");
    }
    let back = Request::OrderCancel(OrderId(2));
    let back = acted(&desk, 70, (&anna, "anna", "A"), back);
    assert_eq!(desk.ask(back).phase, Phase::Cancelled);
    let first = desk.block("lukoml", blocks[1].id.as_str());
    let mut bare = order(&desk, &anna, 4, OrderKind::Curtail, &[first]);
    bare.emergency = true;
    bare.signature = None;
    desk.send(anna.sign_order(&bare));
    desk.wait(31.0);
    assert_ne!(
        desk.status(4).phase,
        Phase::Accepted,
        "in the place that is free"
    );
    assert_eq!(desk.status(3).phase, Phase::Accepted);
    desk.wait(30.0);
    assert_ne!(desk.status(3).phase, Phase::Accepted);
    assert_eq!(desk.status(2).phase, Phase::Cancelled);
}
