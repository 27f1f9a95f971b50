//! What was answered "no" stays undone when the same bytes come again.

use std::time::Duration;

use baseload::domain::deed::{Act, Deed};
use baseload::domain::fleet::Block;
use baseload::domain::ids::{GatewayId, OrderId};
use baseload::domain::link::{Item, Request};
use baseload::domain::order::{Order, OrderKind, OrderStatus, Phase};
use baseload::gateway::durable::{Past, Taken};
use baseload::gateway::simulator::GATEWAY;
use baseload::gateway::{Gateway, Refusal};

use baseload::commands::operator::Key;

use crate::authority::{acted, codes};
use crate::desk::{Desk, LINK, free};
use crate::durable::{Disk, State};
use crate::limits::{desk, order};

/// Anna's order, with its times changed.
fn timed(desk: &Desk, anna: &Key, id: u128, block: &Block, with: fn(&mut Order, &Desk)) -> Order {
    let mut order = order(
        desk,
        anna,
        id,
        OrderKind::Curtail,
        std::slice::from_ref(block),
    );
    with(&mut order, desk);
    anna.sign_order(&order)
}

fn deed(desk: &Desk, anna: &Key, id: u128, block: &Block, act: Act, ahead: Duration) -> Request {
    let deed = Deed {
        id: OrderId(id),
        site: block.site.clone(),
        act,
        epoch: 0,
        by: "anna".into(),
        reason: "people in the hall".into(),
        at: desk.now + ahead,
        gateway: Some(GatewayId::new(GATEWAY)),
        desk: Some("A".into()),
        signature: None,
    };
    Request::Deed(Box::new(anna.sign_deed(&deed)))
}

fn tell(desk: &mut Desk, request: &Request) -> Result<Vec<Item>, Refusal> {
    desk.gateway.request(request.clone(), LINK, desk.now)
}

/// A block with a lockout of Anna's, and the act that takes it off, of so much later.
fn locked(desk: &mut Desk, anna: &Key, ahead: Duration) -> (Block, Request) {
    let block = free(desk, 1).remove(0);
    let set = Act::TagSet {
        block: block.id.clone(),
        kind: "maintenance".into(),
    };
    let set = deed(desk, anna, 1, &block, set, Duration::ZERO);
    tell(desk, &set).expect("it is hung");
    let clear = Act::TagClear {
        block: block.id.clone(),
        kind: "maintenance".into(),
        tag: Some(OrderId(1)),
    };
    let clear = deed(desk, anna, 2, &block, clear, ahead);
    (block, clear)
}

fn is_locked(desk: &Desk, block: &Block) -> bool {
    let block = desk.block(block.site.as_str(), block.id.as_str());
    block.lockout().is_some()
}

#[test]
fn an_order_refused_for_its_times_is_not_obeyed_later() {
    let ahead = |order: &mut Order, desk: &Desk| {
        order.issued_at = desk.now + Duration::from_mins(6);
        order.expires_at = order.issued_at;
    };
    let late = |order: &mut Order, desk: &Desk| {
        order.expires_at = desk.now + Duration::from_mins(6);
    };
    let far = |order: &mut Order, desk: &Desk| {
        order.not_before = Some(desk.now + Duration::from_mins(48 * 60 + 1));
        order.expires_at = desk.now + Duration::from_mins(48 * 60 + 2);
    };
    for (with, code) in [
        (ahead as fn(&mut Order, &Desk), "out_of_time"),
        (late, "expires_late"),
        (far, "too_far_ahead"),
    ] {
        let (mut desk, anna) = desk("", "", "");
        let block = free(&desk, 1).remove(0);
        let order = timed(&desk, &anna, 1, &block, with);
        let first = desk.send(order.clone());
        assert_eq!(codes(&first), [code]);
        desk.wait(120.0);
        assert_eq!(desk.send(order.clone()), first, "{code}: the same answer");
        let other = timed(&desk, &anna, 1, &block, |_, _| {});
        assert_eq!(codes(&desk.send(other)), ["id_used"]);
    }
}

#[test]
fn orders_refused_for_their_times_have_a_share_of_their_own() {
    let (mut desk, anna) = desk("", "", "");
    let block = free(&desk, 1).remove(0);
    let ahead = |order: &mut Order, desk: &Desk| {
        order.issued_at = desk.now + Duration::from_mins(6);
        order.expires_at = order.issued_at;
    };
    for id in 1..=1_000 {
        let order = timed(&desk, &anna, id, &block, ahead);
        assert_eq!(desk.send(order).phase, Phase::Rejected);
    }
    let order = timed(&desk, &anna, 1_001, &block, ahead);
    let full = tell(&mut desk, &Request::Order(Box::new(order)));
    assert_eq!(full.expect_err("no place is left").code, "busy");
    let sound = timed(&desk, &anna, 1_002, &block, |_, _| {});
    assert_ne!(desk.send(sound).phase, Phase::Rejected, "she orders on");
}

#[test]
fn a_deed_refused_for_its_time_is_not_done_later() {
    let (mut desk, anna) = desk("", "", "");
    let (block, clear) = locked(&mut desk, &anna, Duration::from_mins(6));
    let first = tell(&mut desk, &clear).expect_err("it is of later");
    desk.wait(90.0);
    assert_eq!(tell(&mut desk, &clear), Err(first), "the same answer");
    assert!(is_locked(&desk, &block));
}

#[test]
fn a_question_of_another_time_makes_no_id_dead_later() {
    let (mut desk, anna) = desk("", "", "");
    let now = desk.now;
    desk.now = now + Duration::from_mins(6);
    let query = acted(
        &desk,
        2,
        (&anna, "anna", "A"),
        Request::OrderQuery(OrderId(1)),
    );
    desk.now = now;
    assert_eq!(desk.ask(query.clone()).phase, Phase::Unseen);
    desk.wait(90.0);
    assert_eq!(desk.ask(query).phase, Phase::Unseen);
}

#[test]
fn what_was_refused_for_want_of_its_record_is_not_done_once_there_is_room() {
    for state in [State::Full, State::Hangs] {
        let (mut desk, anna) = desk("", "", "");
        let storage = Disk::default();
        desk.gateway
            .durable(Box::new(storage.clone()), Past::default());
        let (block, clear) = locked(&mut desk, &anna, Duration::ZERO);
        let free = free(&desk, 1).remove(0);
        let order = timed(&desk, &anna, 3, &free, |_, _| {});
        let query = acted(
            &desk,
            4,
            (&anna, "anna", "A"),
            Request::OrderQuery(OrderId(5)),
        );
        let acts = [clear, Request::Order(Box::new(order)), query];
        storage.is(state);
        let mut refused = 0;
        for act in &acts {
            refused += usize::from(tell(&mut desk, act).is_err_and(|no| no.code == "journal"));
        }
        desk.wait(3.0);
        let late = desk.gateway.late().into_iter();
        refused += late
            .filter(|l| l.answer.as_ref().is_err_and(|no| no.code == "journal"))
            .count();
        assert_eq!(refused, 3);
        storage.is(State::Well);
        desk.wait(15.0);
        let [clear, order, query] = acts;
        assert_eq!(
            tell(&mut desk, &clear).expect_err("for good").code,
            "journal"
        );
        assert!(is_locked(&desk, &block), "{state:?}");
        let again = desk.ask(order);
        assert_eq!(
            (again.phase, codes(&again)),
            (Phase::Rejected, vec!["journal".into()])
        );
        if state == State::Full {
            assert_eq!(desk.ask(query).phase, Phase::Unseen, "nor is an id dead");
        }
    }
}

#[test]
fn where_the_journal_is_not_read_no_unknown_id_is_called_not_seen() {
    let (mut desk, anna) = desk("", "", "");
    desk.gateway
        .unread(Box::new(Disk::default()), "another gateway writes it");
    let now = desk.now;
    desk.now = now + Duration::from_mins(6);
    let ahead = acted(
        &desk,
        2,
        (&anna, "anna", "A"),
        Request::OrderQuery(OrderId(1)),
    );
    desk.now = now;
    for query in [
        Request::OrderQuery(OrderId(1)),
        Request::OrderLook(OrderId(1)),
        ahead,
    ] {
        let answer = tell(&mut desk, &query);
        assert_eq!(
            answer.expect_err("nobody knows").code,
            "journal",
            "{query:?}"
        );
    }
}

#[test]
fn after_a_restart_the_youngest_refusals_are_known_and_those_whose_time_is_over_are_not() {
    let hours = |hours: i64| -hours * 3_600_000;
    let mut desk = Desk::default();
    let refused = |id: u128, at| OrderStatus {
        id: OrderId(id),
        phase: Phase::Rejected,
        at,
        detail: "".into(),
        targets: Vec::new(),
        issued: None,
    };
    let old = (1..=1_500).map(|id| refused(id, desk.now.shifted(hours(30))));
    let young = (2_001..=3_500).map(|id| refused(id, desk.now.shifted(hours(2) + id as i64)));
    let past = Past {
        answers: old.chain(young).collect(),
        taken: (1..=3_500)
            .map(|id| Taken {
                id: OrderId(id),
                by: "anna".into(),
                issued: None,
                sites: [].into(),
                expires: desk.now,
                form: Some([0; 32]),
            })
            .collect(),
        ..Past::default()
    };
    desk.gateway.durable(Box::new(Disk::default()), past);
    let mut look = |id| desk.ask(Request::OrderLook(OrderId(id))).phase;
    assert_eq!(look(3_500), Phase::Rejected, "the youngest");
    assert_eq!(look(2_600), Phase::Rejected);
    assert_eq!(look(2_400), Phase::Unseen, "a thousand of one person");
    assert_eq!(look(1), Phase::Unseen);
    // They are forgotten when their own time is over, not a day after the restart.
    desk.now = desk.now.shifted(-hours(24));
    let block = free(&desk, 1).remove(0);
    desk.curtail(9_000, std::slice::from_ref(&block));
    desk.curtail(9_001, std::slice::from_ref(&block));
    let look = desk.ask(Request::OrderLook(OrderId(3_500)));
    assert_eq!(look.phase, Phase::Unseen);
}

#[test]
fn an_id_is_forgotten_once_no_such_order_could_be_taken_and_not_while_its_lease_runs() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 2);
    desk.curtail(1, &blocks[..1]);
    let mut leased = desk.order(2, OrderKind::Curtail, &[(&blocks[1], blocks[1].floor)]);
    leased.lease = Duration::from_hours(40);
    desk.send(leased);
    desk.until_over(1, 120.0);
    desk.until_over(2, 120.0);
    let look = |desk: &mut Desk, id| desk.ask(Request::OrderLook(OrderId(id))).phase;
    assert_eq!(look(&mut desk, 1), Phase::Delivered);
    let day = Duration::from_hours(24);
    for (hours, first) in [(day, Phase::Delivered), (day / 12, Phase::Unseen)] {
        desk.now = desk.now + hours;
        desk.wait(2.0);
        assert_eq!(look(&mut desk, 1), first);
        assert_eq!(look(&mut desk, 2), Phase::Delivered, "its lease runs");
    }
}
