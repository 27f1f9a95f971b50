//! An order called back from the keys, and the orders of other desks.

use super::*;
use crate::app::cancel::{self, Step, Wrong};
use crate::app::notice::Cancel;
use crate::app::progress::{Stands, standing, stands};
use crate::app::told::MOST;
use crate::app::waiting::{self, Whose};
use crate::control::plan::Excluded;
use crate::domain::ids::{BlockId, BlockKey};
use crate::domain::order::{Issued, Reason};

const ID: OrderId = OrderId(9);

fn target(block: &str, phase: Phase, at: Timestamp) -> TargetStatus {
    let back = Reason::Stated {
        code: "called_back".into(),
        text: "called back before it began".into(),
    };
    TargetStatus {
        site: SiteId::new("astravets"),
        block: BlockId::new(block),
        phase,
        reasons: Vec::from_iter((phase == Phase::Cancelled).then_some(back)),
        delivered: None,
        measured_at: Some(at),
    }
}

fn says(state: &mut State, id: OrderId, phase: Phase, blocks: [Phase; 2]) {
    let at = state.now;
    let status = OrderStatus {
        id,
        phase,
        at,
        detail: "".into(),
        targets: vec![target("1", blocks[0], at), target("2", blocks[1], at)],
        issued: None,
    };
    answer(state, Item::Order(Box::new(status)));
}

/// A shed of both blocks of Astravets, one on its way and one that waits; screen 4 is shown.
fn half_begun() -> State {
    let mut state = live();
    typed(&mut state, "coff");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    later(&mut state, 400);
    refresh(&mut state);
    typed(&mut state, "SHED 200");
    press(&mut state, Code::Enter);
    update(&mut state, Msg::Minted(vec![ID]));
    says(
        &mut state,
        ID,
        Phase::Executing,
        [Phase::Executing, Phase::Accepted],
    );
    typed(&mut state, "4");
    state
}

fn step(state: &State) -> Option<Step> {
    let prompt = state.cancelling.prompt.as_ref();
    prompt.map(|prompt| prompt.step.clone())
}

fn wrong(state: &State) -> Option<Wrong> {
    state.cancelling.prompt.as_ref().and_then(|p| p.wrong)
}

/// Asks, arms and types the word.
fn cancel(state: &mut State) -> Vec<Effect> {
    typed(state, "xa");
    later(state, 400);
    typed(state, "CANCEL 000009");
    press(state, Code::Enter)
}

fn fate(state: &State) -> Option<Cancel> {
    cancel::fate(state, FLEET, ID).cloned()
}

#[test]
fn enter_alone_a_wrong_word_or_a_late_one_cancel_nothing() {
    let mut state = half_begun();
    typed(&mut state, "x");
    for _ in 0..3 {
        assert_eq!(press(&mut state, Code::Enter), []);
    }
    assert_eq!(typed(&mut state, "a"), [Effect::DropInput]);
    typed(&mut state, "CANCEL 000009");
    assert_eq!(
        press(&mut state, Code::Enter),
        [],
        "typed before it could be read"
    );
    later(&mut state, 400);
    typed(&mut state, "cancel 000009");
    assert_eq!(press(&mut state, Code::Enter), []);
    assert_eq!(wrong(&state), Some(Wrong::Word));
    later(&mut state, 10_000);
    assert_eq!(
        (step(&state), wrong(&state)),
        (Some(Step::Check), Some(Wrong::TimeOver))
    );
    press(&mut state, Code::Esc);
    assert!(step(&state).is_none() && fate(&state).is_none());
}

#[test]
fn what_waits_is_called_back_and_its_answer_is_told() {
    let mut state = half_begun();
    let sent = cancel(&mut state);
    assert_eq!(sent, [Effect::Send(FLEET, Request::OrderCancel(ID))]);
    assert_eq!(
        (step(&state), fate(&state)),
        (Some(Step::Sent), Some(Cancel::Sent))
    );
    says(
        &mut state,
        ID,
        Phase::Executing,
        [Phase::Executing, Phase::Cancelled],
    );
    later(&mut state, 250);
    assert_eq!(fate(&state), Some(Cancel::Done { back: 1, on: 1 }));
    let record = &state.orders[0];
    assert_eq!(&*record.standing(), "executing, 1 of 2 blocks cancelled");
    // What has moved already goes the other way from the same dialog.
    typed(&mut state, "r");
    let dialog = state.dialog.as_ref().expect("a restore is offered");
    assert_eq!(dialog.kind, OrderKind::Restore);
    let first = BlockKey::new(&SiteId::new("astravets"), &BlockId::new("1"));
    assert_eq!(dialog.scope, curtail::Scope::Blocks([first].into()));
}

#[test]
fn it_is_journalled_before_it_leaves() {
    let mut state = half_begun();
    state.journal = crate::app::journal::Journal::opening();
    let effects = cancel(&mut state);
    let [Effect::Journal { entries, .. }] = effects.as_slice() else {
        panic!("into the journal first: {effects:?}");
    };
    let fact = &entries[0].fact;
    let sent = crate::domain::journal::Fate::CancelSent;
    assert!(
        matches!(fact, crate::domain::journal::Fact::Fate { id: ID, fate, .. } if *fate == sent),
        "{fact:?}"
    );
}

#[test]
fn after_a_lost_link_nobody_knows_whether_it_came_until_the_order_is_asked_for() {
    for came in [true, false] {
        let mut state = half_begun();
        cancel(&mut state);
        feed(&mut state, FLEET, FeedEvent::Link(down()));
        later(&mut state, 250);
        assert_eq!(fate(&state), Some(Cancel::Unknown));
        later(&mut state, 20_000);
        assert_eq!(fate(&state), Some(Cancel::Unknown), "however long");
        let asked = feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
        assert!(
            asked.contains(&Effect::Send(FLEET, Request::OrderQuery(ID))),
            "{asked:?}"
        );
        let cancels = |effects: &[Effect]| {
            let is = |e: &&Effect| matches!(e, Effect::Send(_, Request::OrderCancel(_)));
            effects.iter().filter(is).count()
        };
        assert_eq!(cancels(&asked), 0, "never twice by itself");
        let second = if came {
            Phase::Cancelled
        } else {
            Phase::Accepted
        };
        says(&mut state, ID, Phase::Executing, [Phase::Executing, second]);
        let expected = if came {
            Cancel::Done { back: 1, on: 1 }
        } else {
            Cancel::NotThere
        };
        later(&mut state, 250);
        later(&mut state, 4_000);
        assert_eq!(fate(&state), Some(expected));
    }
}

#[test]
fn what_a_gateway_refuses_or_leaves_unanswered_is_told() {
    let error = |code: &str, message: &str| FeedEvent::Error {
        code: code.into(),
        message: message.into(),
        about: Some(ulid::Ulid(9).to_string().into()),
    };
    let mut state = half_begun();
    cancel(&mut state);
    feed(
        &mut state,
        FLEET,
        error("too_late", "the order is executing"),
    );
    assert_eq!(fate(&state), Some(Cancel::TooLate));
    let mut state = half_begun();
    cancel(&mut state);
    feed(&mut state, FLEET, error("rank", "not yours"));
    assert_eq!(fate(&state), Some(Cancel::Refused("not yours".into())));
    assert_eq!(
        state.orders[0].life,
        Life::Said(Phase::Executing),
        "the order goes on"
    );
    let mut state = half_begun();
    cancel(&mut state);
    let asked = update(&mut state, Msg::Tick(NOW + Duration::from_secs(20)));
    assert_eq!(fate(&state), Some(Cancel::Unknown));
    assert!(
        asked.contains(&Effect::Send(FLEET, Request::OrderQuery(ID))),
        "{asked:?}"
    );
}

#[test]
fn where_nothing_waits_nothing_is_armed_and_the_other_way_is_offered() {
    let mut state = half_begun();
    says(&mut state, ID, Phase::Executing, [Phase::Executing; 2]);
    typed(&mut state, "xa");
    assert_eq!(
        (step(&state), wrong(&state)),
        (Some(Step::Check), Some(Wrong::NothingWaits))
    );
    typed(&mut state, "r");
    assert!(state.dialog.is_some());
}

fn told(id: u128, by: &str, phase: Phase, blocks: usize) -> OrderStatus {
    let block = |n: usize| target(&n.to_string(), phase, NOW);
    OrderStatus {
        id: OrderId(id),
        phase,
        at: NOW,
        detail: "".into(),
        targets: (1..=blocks).map(block).collect(),
        issued: Some(Arc::new(Issued {
            by: by.into(),
            countersigned_by: None,
            desk: Some("B".into()),
            kind: OrderKind::Curtail,
            reason: "the evening peak".into(),
            wanted: Some(Power::from_megawatts(200)),
            at: NOW,
        })),
    }
}

#[test]
fn anothers_order_is_listed_as_anothers_and_a_dispatchers_to_cancel() {
    let mut state = live();
    let mut rules = info("g", false);
    rules.operators = true;
    feed(&mut state, FLEET, FeedEvent::Hello(Box::new(rules)));
    answer(
        &mut state,
        Item::Order(Box::new(told(5, "anna", Phase::Accepted, 2))),
    );
    let all = waiting::orders(&state);
    assert_eq!((all.len(), all[0].whose), (1, Whose::Told));
    assert_eq!(all[0].record.order.desk.as_deref(), Some("B"));
    assert_eq!(all[0].record.wanted, Power::from_megawatts(200));
    assert!(state.orders.is_empty() && state.fleet.pending.is_empty());
    state.desk.role = "operator".into();
    typed(&mut state, "4xa");
    assert_eq!(wrong(&state), Some(Wrong::Anothers));
    press(&mut state, Code::Esc);
    state.desk.role = "dispatcher".into();
    typed(&mut state, "xa");
    assert!(matches!(step(&state), Some(Step::Armed { .. })));
    press(&mut state, Code::Esc);
    // Its link is lost: asked for once it is back, in a way that changes nothing.
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    assert_eq!(state.curtailing.told[0].life, Life::Unknown);
    let asked = feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    assert!(
        asked.contains(&Effect::Send(FLEET, Request::OrderLook(OrderId(5)))),
        "{asked:?}"
    );
}

#[test]
fn a_gateway_that_tells_orders_without_end_fills_no_memory_and_takes_none_of_ours() {
    let mut state = half_begun();
    answer(
        &mut state,
        Item::Order(Box::new(told(5, "anna", Phase::Accepted, 2))),
    );
    for id in 1_000..2_000 {
        let status = told(id, "op", Phase::Delivered, 100);
        answer(&mut state, Item::Order(Box::new(status)));
    }
    answer(
        &mut state,
        Item::Order(Box::new(told(9, "mallory", Phase::Delivered, 2))),
    );
    let told = &state.curtailing.told;
    assert_eq!(told.len(), MOST);
    assert!(
        told.iter().any(|r| r.order.id == OrderId(5)),
        "what is under way stays"
    );
    assert!(told.iter().all(|r| r.order.id != ID), "ours stays ours");
    let blocks: usize = told.iter().map(|r| r.order.targets.len()).sum();
    assert!(blocks <= 10_000, "{blocks}");
    // What its snapshot does not tell any more is gone.
    let snapshot = FeedEvent::Snapshot {
        topic: Topic::Order,
        items: Vec::new(),
        continuous: false,
    };
    feed(&mut state, FLEET, snapshot);
    assert!(state.curtailing.told.is_empty());
    assert_eq!(waiting::orders(&state).len(), 1);
}

#[test]
fn an_older_gateway_that_does_not_say_whose_it_is_adds_nothing() {
    let mut state = live();
    let status = OrderStatus {
        issued: None,
        ..told(5, "anna", Phase::Executing, 2)
    };
    answer(&mut state, Item::Order(Box::new(status)));
    assert!(waiting::orders(&state).is_empty());
}

#[test]
fn a_plan_says_that_an_order_is_under_way_on_what_it_leaves_out() {
    let state = half_begun();
    let left = |block: &str, reason| Excluded {
        key: BlockKey::new(&SiteId::new("astravets"), &BlockId::new(block)),
        reasons: vec![reason],
    };
    let none = cancel::under_way(&state, &[left("1", Reason::LocalMode)]);
    assert_eq!(none, None);
    let excluded = [
        left("1", Reason::OrderPending),
        left("2", Reason::OrderPending),
    ];
    let found = cancel::under_way(&state, &excluded).expect("an order is");
    assert_eq!((found.blocks, found.orders.as_slice()), (2, &[ID][..]));
}

#[test]
fn an_order_has_one_word_wherever_it_is_told() {
    let mut state = half_begun();
    later(&mut state, 60_000);
    refresh(&mut state);
    let late = |state: &State| matches!(stands(state, &state.orders[0]), Stands::Late(_));
    assert!(late(&state));
    assert!(standing(&state, &state.orders[0]).starts_with("late "));
    typed(&mut state, "H");
    let report = |state: &State| state.handover.view.as_ref().expect("open").text.to_string();
    assert!(report(&state).contains("late "), "{}", report(&state));
    press(&mut state, Code::Esc);
    // Nobody knows whether it is late once its gateway is gone.
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    later(&mut state, 1_000);
    assert_eq!(stands(&state, &state.orders[0]), Stands::Is(Life::Unknown));
    typed(&mut state, "H");
    assert!(report(&state).contains("unknown"), "{}", report(&state));
}

#[test]
fn a_handover_tells_when_an_order_was_delivered_by_the_meters_and_not_when_it_was_given() {
    let mut state = half_begun();
    let given = state.orders[0].sent_at;
    state.now = given.shifted(20 * 60_000);
    let measured = given.shifted(7 * 60_000);
    let mut status = told(9, "op", Phase::Delivered, 2);
    for target in &mut status.targets {
        target.delivered = Some(Power::from_megawatts(100));
        target.measured_at = Some(measured);
    }
    answer(&mut state, Item::Order(Box::new(status)));
    let curtailed = sample::block("astravets", "1", 100, 17.0);
    let curtailed = Block {
        state: crate::domain::fleet::BlockState::Curtailed,
        measured_at: state.now,
        ..curtailed
    };
    answer(&mut state, Item::Block(Box::new(curtailed)));
    assert_eq!(state.orders[0].delivered_at(), Some(measured));
    typed(&mut state, "H");
    let report = state.handover.view.as_ref().expect("open").text.to_string();
    let when = |at| crate::app::handover::report::when(at, &jiff::tz::TimeZone::UTC);
    let words = format!(
        "ordered at {}, delivered by the meters at {}",
        when(given),
        when(measured)
    );
    assert!(report.contains(&words), "{report}");
}

#[test]
fn what_is_heard_after_a_lost_link_was_so_when_its_gateway_says_and_not_when_it_was_asked() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![ID]));
    let sent = state.orders[0].sent_at;
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    later(&mut state, 20 * 60_000);
    connect(&mut state, FLEET, "g", false);
    let at = sent.shifted(1_000);
    let status = OrderStatus {
        at,
        issued: None,
        ..told(9, "op", Phase::Accepted, 2)
    };
    answer(&mut state, Item::Order(Box::new(status)));
    assert_eq!(state.orders[0].accepted_at(), Some(at));
    // A time before it left is nobody's to state.
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![ID]));
    let status = OrderStatus {
        at: sent.shifted(-3_600_000),
        issued: None,
        ..told(9, "op", Phase::Accepted, 2)
    };
    answer(&mut state, Item::Order(Box::new(status)));
    assert_eq!(state.orders[0].accepted_at(), Some(state.orders[0].sent_at));
}
