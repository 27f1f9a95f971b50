//! Orders called back while they are under way: what has not begun never does, the rest goes on.

use std::path::Path;
use std::time::Duration;

use baseload::domain::act::{Done, Stamp};
use baseload::domain::fleet::{Block, BlockState};
use baseload::domain::ids::{BlockId, GatewayId, OrderId};
use baseload::domain::journal::{Entry, Fact};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{OrderKind, OrderStatus, Phase};
use baseload::domain::sentence::Field;
use baseload::domain::time::Timestamp;
use baseload::domain::units::Power;
use baseload::gateway::durable::{Heard, Keep};
use baseload::gateway::simulator::{GATEWAY, SimulatorOptions};
use baseload::gateway::{Gateway, Refusal};

use crate::desk::{Desk, LINK, START, free};
use crate::durable::{Disk, State, kept};
use crate::paced::{code, spread};
use crate::prompt::open;

const BACK: Request = Request::OrderCancel(OrderId(2));

/// Some blocks rise by order 2 and the others wait their turn.
fn half_back(desk: &mut Desk) -> Vec<Block> {
    let blocks = free(desk, 8);
    desk.curtail(1, &blocks);
    desk.until_over(1, 60.0);
    desk.wait(60.0);
    desk.restore(2, &blocks);
    desk.wait(4.0);
    blocks
}

fn of(status: &OrderStatus, phase: Phase) -> Vec<BlockId> {
    let with = status.targets.iter().filter(|t| t.phase == phase);
    with.map(|t| t.block.clone()).collect()
}

fn again(desk: &mut Desk) -> Result<Vec<Item>, Refusal> {
    desk.gateway.request(BACK, LINK, desk.now)
}

/// A console words in its own language how it ended, before the score of the sites.
#[test]
fn how_a_shed_ended_that_was_called_back_in_part_is_told_by_its_code() {
    let mut desk = Desk::default();
    let order = spread(&desk, 2);
    desk.send(order);
    desk.ask(BACK);
    desk.until_over(2, 60.0);
    let over = desk.status(2);
    let told = over.detail.code().expect("it has a code");
    assert_eq!(&*told.code, "both", "{over:?}");
    let Some(Field::Sentence(first)) = told.fields.get("first") else {
        panic!("{over:?}");
    };
    assert_eq!(code(first), Some("part-delivered-back"));
}

#[test]
fn what_has_not_begun_is_called_back_block_by_block_and_the_rest_goes_on() {
    let mut desk = Desk::default();
    let blocks = half_back(&mut desk);
    let before = desk.status(2);
    assert_eq!(before.phase, Phase::Executing);
    let waits = of(&before, Phase::Accepted);
    let rises = of(&before, Phase::Executing);
    assert!(!waits.is_empty() && !rises.is_empty(), "{before:?}");
    let back = desk.ask(BACK);
    assert_eq!(back.phase, Phase::Executing, "{back:?}");
    assert_eq!(of(&back, Phase::Cancelled), waits);
    assert_eq!(of(&back, Phase::Executing), rises);
    for target in back.targets.iter().filter(|t| t.phase == Phase::Cancelled) {
        assert_eq!(target.reasons[0].code(), "called_back");
    }
    let fleet = desk.gateway.snapshot(Topic::Fleet);
    let queued = fleet.into_iter().find_map(|item| match item {
        Item::RestoreQueue(queue) => Some(queue.rows.len()),
        _ => None,
    });
    assert_eq!(queued, Some(0), "nothing waits its turn");
    desk.until_over(2, 900.0);
    let over = desk.status(2);
    assert_eq!(over.phase, Phase::Delivered, "{over:?}");
    let words = format!(
        "{} of 8 blocks delivered, {} called back",
        rises.len(),
        waits.len()
    );
    assert_eq!(&*over.detail, words);
    for block in &blocks {
        let off = desk.block("lukoml", block.id.as_str()).state == BlockState::Curtailed;
        assert_eq!(off, waits.contains(&block.id), "{:?}", block.id);
    }
    // They are free for another order.
    let left: Vec<Block> = blocks
        .into_iter()
        .filter(|b| waits.contains(&b.id))
        .collect();
    let anew = desk.restore(3, &left);
    assert!(of(&anew, Phase::Rejected).is_empty(), "{anew:?}");
}

#[test]
fn calling_back_again_changes_nothing_and_is_answered_alike() {
    let mut desk = Desk::default();
    half_back(&mut desk);
    let first = desk.ask(BACK);
    assert_eq!(desk.ask(BACK), first);
    desk.until_over(2, 900.0);
    let over = desk.status(2);
    assert_eq!(desk.ask(BACK), over, "however far it has come since");
}

#[test]
fn where_all_has_begun_it_is_too_late_and_stays_so() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 2);
    desk.curtail(2, &blocks);
    let no = again(&mut desk).expect_err("it is too late");
    assert_eq!(no.code, "too_late");
    desk.until_over(2, 60.0);
    assert_eq!(again(&mut desk).expect_err("it is over").code, "too_late");
    assert_eq!(desk.status(2).phase, Phase::Delivered);
}

#[test]
fn a_shed_is_called_back_where_a_contract_has_it_wait() {
    let mut desk = Desk::default();
    let allowed = |b: &&Block| b.limits.must_run == Power::ZERO && b.tags.is_empty();
    let sound = |b: &&Block| b.state == BlockState::Hashing && b.limits.min_on.is_zero();
    let blocks = desk.blocks();
    let mut sound = blocks.iter().filter(allowed).filter(sound);
    let waits = sound.find(|b| !b.limits.notice.is_zero()).cloned();
    let waits = waits.expect("a block with notice");
    let mut blocks = free(&desk, 2);
    blocks.push(waits.clone());
    let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
    let mut order = desk.order(2, OrderKind::Curtail, &off);
    order.lease = Duration::from_mins(1);
    let answer = desk.send(order);
    assert_eq!(
        of(&answer, Phase::Accepted),
        std::slice::from_ref(&waits.id),
        "{answer:?}"
    );
    let back = desk.ask(BACK);
    assert_eq!(of(&back, Phase::Cancelled), std::slice::from_ref(&waits.id));
    desk.until_over(2, 60.0);
    desk.wait(waits.limits.notice.as_secs_f64() + 60.0);
    let kept = desk.block(waits.site.as_str(), waits.id.as_str());
    assert_eq!(kept.target, waits.target, "it never began");
    assert!(
        desk.alarmed("lease of an order has lapsed"),
        "that of the others runs on"
    );
    desk.wait(60.0);
    assert!(desk.stands("lease of an order has lapsed"));
}

fn durable(folder: &Path) -> Desk {
    kept(folder, || START, SimulatorOptions::at(START)).0
}

#[test]
fn what_was_called_back_stays_so_over_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut desk = durable(&folder);
    half_back(&mut desk);
    let back = of(&desk.ask(BACK), Phase::Cancelled);
    drop(desk);
    let mut desk = durable(&folder);
    desk.until_over(2, 900.0);
    assert_eq!(of(&desk.status(2), Phase::Cancelled), back);
    assert_eq!(of(&desk.ask(BACK), Phase::Cancelled), back);
}

/// One act of a console of today.
fn stamped(request: Request, act: u128) -> Request {
    let stamp = Stamp {
        act: OrderId(act),
        by: "operator 7".into(),
        gateway: GatewayId::new(GATEWAY),
        desk: "A".into(),
        at: START,
        signature: None,
        raised: None,
    };
    Request::Stamped(Box::new(request), Box::new(stamp))
}

#[test]
fn what_was_refused_of_an_order_that_nobody_knows_is_refused_alike_after_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut refused = Vec::new();
    for _ in 0..2 {
        let mut desk = durable(&folder);
        for (act, request) in [
            (70, Request::OrderCancel(OrderId(2))),
            (71, Request::LeaseRenew(OrderId(2))),
        ] {
            let no = desk.tell(stamped(request, act)).expect_err("is refused");
            refused.push((no.code, no.message.to_string()));
        }
    }
    assert_eq!(refused[0].0, "unknown_order");
    assert_eq!(refused[..2], refused[2..]);
}

/// What a restart says of an order is told once it is recorded, and so is who asks again what it did before.
#[test]
fn an_act_that_comes_again_on_a_slow_disk_is_answered_after_a_restart_too() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut desk = durable(&folder);
    let blocks = free(&desk, 2);
    let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
    let mut order = desk.order(2, OrderKind::Curtail, &off);
    order.lease = Duration::from_mins(5);
    desk.send(order);
    let renew = || stamped(Request::LeaseRenew(OrderId(2)), 70);
    assert_eq!(desk.ask(renew()).phase, Phase::Executing);
    drop(desk);
    let (keep, past) = open(&folder, GATEWAY, || START);
    drop(keep);
    let mut desk = Desk::default();
    let storage = Disk::default();
    storage.is(State::Hangs);
    let past = past.expect("a journal");
    desk.gateway.durable(Box::new(storage.clone()), past);
    let again = desk
        .gateway
        .request(renew(), LINK, desk.now)
        .expect("is no error");
    assert!(again.is_empty() && desk.gateway.late().is_empty());
    storage.is(State::Well);
    desk.wait(0.25);
    let late = desk.gateway.late();
    let Some(Ok([Item::Order(status)])) = late.first().map(|late| late.answer.as_deref()) else {
        panic!("{late:?}");
    };
    assert_eq!(status.phase, Phase::Failed, "it was under way");
}

/// A gateway that ended after it had recorded the act, and before it had done it.
#[test]
fn what_was_recorded_as_called_back_never_begins_after_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut desk = durable(&folder);
    half_back(&mut desk);
    let before = desk.status(2);
    let waits = of(&before, Phase::Accepted);
    drop(desk);
    let (mut keep, _) = open(&folder, GATEWAY, || START);
    let act = Fact::Act(Box::new(Done {
        act: OrderId(70),
        what: "order_cancel".into(),
        about: ulid::Ulid(2).to_string().into(),
        by: "operator 7".into(),
        desk: "A".into(),
        at: START,
        form: [0; 32],
        signature: None,
    }));
    keep.submit(vec![Entry {
        at: before.at,
        actor: "operator 7".into(),
        fact: act,
    }]);
    while !matches!(keep.heard().pop(), Some(Heard::Kept(Ok(())))) {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(keep);
    for _ in 0..2 {
        let mut desk = durable(&folder);
        assert_eq!(of(&desk.status(2), Phase::Cancelled), waits, "{before:?}");
        drop(desk);
    }
}

fn told(desk: &Desk) -> Vec<OrderStatus> {
    let items = desk.gateway.snapshot(Topic::Order).into_iter();
    let order = |item| match item {
        Item::Order(status) => Some(*status),
        _ => None,
    };
    items.filter_map(order).collect()
}

#[test]
fn whose_an_order_is_is_told_to_everybody_and_after_a_restart_too() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut desk = durable(&folder);
    let blocks = free(&desk, 2);
    let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
    let mut order = desk.order(2, OrderKind::Curtail, &off);
    (order.desk, order.reason) = (Some("desk B".into()), "the evening peak".into());
    let at: Timestamp = order.issued_at;
    desk.send(order);
    desk.until_over(2, 60.0);
    let first = told(&desk);
    let issued = first[0].issued.clone().expect("whose it is");
    assert_eq!(
        (&*issued.by, issued.desk.as_deref()),
        ("operator 7", Some("desk B"))
    );
    assert_eq!(
        (issued.kind, &*issued.reason),
        (OrderKind::Curtail, "the evening peak")
    );
    assert_eq!(issued.at, at);
    let drew: f64 = blocks
        .iter()
        .map(|b| b.power.expect("a reading").megawatts())
        .sum();
    let wanted = issued.wanted.expect("what it wants").megawatts();
    assert!((wanted - drew).abs() < 0.5, "{wanted} of {drew}");
    drop(desk);
    assert_eq!(told(&durable(&folder)), first, "the same after a restart");
}

#[test]
fn the_last_200_orders_are_told_and_of_refused_ones_some() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 1);
    for id in 1..=60 {
        // Nothing to be done: it is refused, and told to all.
        let answer = desk.restore(id, &blocks);
        assert_eq!(answer.phase, Phase::Rejected);
        desk.wait(0.25);
    }
    for id in 61..=300 {
        let mut order = desk.order(id, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
        order.not_before = Some(desk.now + Duration::from_mins(5));
        desk.send(order);
        desk.ask(Request::OrderCancel(OrderId(id)));
        desk.wait(0.25);
    }
    let all = told(&desk);
    assert_eq!(all.len(), 200);
    assert_eq!(all.last().map(|s| s.id), Some(OrderId(300)), "the youngest");
    assert!(all.iter().all(|status| status.issued.is_some()));
}
