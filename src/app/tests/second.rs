//! Two persons: asked on one desk, answered on another.

use proptest::prelude::*;

use super::*;
use crate::app::journal::{Journal, Opened, Recorded};
use crate::app::second::{Stands, WAIT};
use crate::control::order::Record;
use crate::domain::journal::{Fact, Head, SeenSite};
use crate::domain::operator::TwoPersons;
use crate::domain::order::{Agreement, Countersign, Order};

const SIGNATURE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\
                         00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A desk at a gateway that wants two persons above 50 MW.
fn desk_of(operator: &str) -> State {
    let mut state = live();
    state.desk.operator = operator.into();
    let bounded = FeedInfo {
        two_persons: TwoPersons {
            shed_above: Some(Power::from_megawatts(50)),
            restore_above: None,
        },
        ..info("g", false)
    };
    feed(&mut state, FLEET, FeedEvent::Hello(Box::new(bounded)));
    state
}

/// Confirms 100 MW at Astravets; gives the request that leaves.
fn asked(state: &mut State) -> (Order, Vec<SeenSite>) {
    order_40_mw(state);
    let effects = update(state, Msg::Minted(vec![OrderId(9)]));
    match effects.as_slice() {
        [Effect::Send(FLEET, Request::CountersignRequest(order, seen))] => {
            ((**order).clone(), seen.clone())
        }
        other => panic!("one request leaves: {other:?}"),
    }
}

fn passed_on(order: &Order, seen: &[SeenSite], agreement: Agreement) -> Item {
    Item::Countersign(Box::new(Countersign {
        order: order.clone(),
        seen: seen.to_vec(),
        agreement,
    }))
}

fn hear(state: &mut State, order: &Order, agreement: Agreement) -> Vec<Effect> {
    let items = vec![passed_on(order, &[], agreement)];
    let topic = Topic::Order;
    feed(state, FLEET, FeedEvent::Update { topic, items })
}

fn agreed_by(by: &str) -> Agreement {
    Agreement::Agreed {
        by: by.into(),
        desk: Some("A".into()),
        signature: Some(SIGNATURE.into()),
    }
}

fn orders_in(effects: &[Effect]) -> Vec<&Order> {
    let order = |effect: &'_ Effect| matches!(effect, Effect::Send(_, Request::Order(_)));
    effects
        .iter()
        .filter(|e| order(e))
        .filter_map(|effect| match effect {
            Effect::Send(_, Request::Order(order)) => Some(&**order),
            _ => None,
        })
        .collect()
}

fn said(state: &State) -> &str {
    state.said.as_ref().map_or("", |(_, said)| said)
}

/// Opens the view and types; gives what leaves.
fn answered(state: &mut State, text: &str) -> Vec<Effect> {
    assert_eq!(typed(state, "o"), [Effect::DropInput]);
    later(state, 400);
    refresh(state);
    typed(state, text);
    press(state, Code::Enter)
}

/// The same after the request of `order` has come.
fn second(order: &Order, seen: &[SeenSite]) -> State {
    let mut state = desk_of("boris");
    let items = vec![passed_on(order, seen, Agreement::Asked)];
    let topic = Topic::Order;
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    state
}

#[test]
fn what_this_desk_has_ordered_lately_counts_for_the_second_person() {
    let mut state = desk_of("op");
    let info = state.feeds[0].info.clone().expect("said hello");
    let told = |window| FeedInfo {
        limit_window: window,
        watch_filter: None,
        ..info.clone()
    };
    state.feeds[0].info = Some(told(Some(Duration::from_mins(15))));
    typed(&mut state, "c30");
    state.fleet.sites.values_mut().for_each(|view| {
        for block in view.blocks.values_mut() {
            block.block.power = Some(Power::from_megawatts(40));
        }
    });
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("a plan");
    let parts = plan.moves.clone();
    let made = |state: &mut State| {
        let gateway = parts[0].gateway.clone();
        crate::app::orders::made(state, &plan, FLEET, gateway, &parts, OrderId(3))
    };
    let order = made(&mut state);
    assert!(
        order.extra_max <= Power::from_megawatts(10),
        "what stands in stays within the limit: {:?}",
        order.extra_max
    );
    let bound = |state: &State| crate::app::second::bound(state, &plan).is_some();
    assert!(!bound(&state));
    let record = Record::sent(order, FLEET, Power::from_megawatts(20), state.now);
    state.orders.push(record);
    assert!(bound(&state), "20 MW and 40 MW are above 50");
    state.feeds[0].info = Some(told(None));
    assert!(!bound(&state), "an older gateway judges each by itself");
    state.feeds[0].info = Some(told(Some(Duration::from_mins(15))));
    state.orders[0].life = Life::Said(Phase::Rejected);
    assert!(!bound(&state), "it was refused");
    state.orders[0].life = Life::Said(Phase::Delivered);
    state.now = state.now + Duration::from_mins(16);
    assert!(!bound(&state), "long ago");
}

#[test]
fn below_the_limit_one_person_is_enough_and_above_it_nothing_leaves_but_the_question() {
    let mut state = desk_of("op");
    typed(&mut state, "c30");
    state.fleet.sites.values_mut().for_each(|view| {
        for block in view.blocks.values_mut() {
            block.block.power = Some(Power::from_megawatts(40));
        }
    });
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("a plan");
    assert_eq!(crate::app::second::bound(&state, &plan), None);
    press(&mut state, Code::Esc);
    refresh(&mut state);
    let mut state = desk_of("op");
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("a plan");
    let bound = crate::app::second::bound(&state, &plan).expect("100 MW are above 50");
    assert_eq!(bound.above, Power::from_megawatts(50));
    press(&mut state, Code::Esc);
    let (order, seen) = asked(&mut state);
    assert_eq!(
        order.plan, plan.hash,
        "what was confirmed is what is asked for"
    );
    assert!(order.countersigned_by.is_none() && order.signature.is_none());
    assert_eq!(seen[0].moved, Power::from_megawatts(100));
    assert!(state.orders.is_empty() && state.fleet.pending.is_empty());
    assert_eq!(state.second.ours[0].until, state.now + WAIT);
    assert_eq!(
        crate::app::second::until(&state, FLEET, &order),
        state.now + WAIT,
        "both desks count to the same moment"
    );
}

#[test]
fn what_goes_to_several_gateways_is_judged_together() {
    let mut state = desk_of("op");
    state.feeds.push(Feed::new(FeedId(1), "other"));
    let bounded = FeedInfo {
        two_persons: TwoPersons {
            shed_above: Some(Power::from_megawatts(120)),
            restore_above: None,
        },
        ..info("h", false)
    };
    connect(&mut state, FeedId(1), "h", false);
    feed(&mut state, FeedId(1), FeedEvent::Hello(Box::new(bounded)));
    let items = vec![
        Item::Site(Box::new(sample::site("mazyr"))),
        Item::Block(Box::new(sample::block("mazyr", "1", 90, 30.0))),
    ];
    snapshot(&mut state, FeedId(1), items);
    typed(&mut state, "Coff");
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("a plan");
    let bound = crate::app::second::bound(&state, &plan).expect("340 MW");
    assert_eq!((bound.above.watts(), bound.gateways.len()), (50_000_000, 2));
    typed(&mut state, "a");
    later(&mut state, 400);
    let word = state
        .dialog
        .as_ref()
        .and_then(curtail::Dialog::word)
        .expect("armed");
    typed(&mut state, &word);
    assert_eq!(press(&mut state, Code::Enter), [Effect::Mint { count: 2 }]);
    let effects = update(&mut state, Msg::Minted(vec![OrderId(9), OrderId(10)]));
    let requests: Vec<(FeedId, Order)> = effects
        .into_iter()
        .map(|effect| match effect {
            Effect::Send(feed, Request::CountersignRequest(order, _)) => (feed, *order),
            other => panic!("requests only: {other:?}"),
        })
        .collect();
    assert_eq!(requests[0].1.plan, requests[1].1.plan, "one plan");
    // One has agreed: nothing leaves before the other has.
    let say = |state: &mut State, at: usize| {
        let (feed_id, order) = &requests[at];
        let items = vec![passed_on(order, &[], agreed_by("boris"))];
        let topic = Topic::Order;
        feed(state, *feed_id, FeedEvent::Update { topic, items })
    };
    assert!(orders_in(&say(&mut state, 1)).is_empty());
    assert_eq!(orders_in(&say(&mut state, 0)).len(), 2);
}

#[test]
fn the_whole_way_from_the_question_over_the_other_desk_to_the_order() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    assert!(orders_in(&hear(&mut first, &order, Agreement::Asked)).is_empty());
    assert_eq!(first.second.ours[0].parts[0].stands, Stands::Asked);
    let mut other = second(&order, &seen);
    assert!(
        said(&other).contains("op asks: shed 100 MW"),
        "{}",
        said(&other)
    );
    let effects = answered(&mut other, "AGREE 100");
    let [
        Effect::Send(
            FLEET,
            Request::CountersignAnswer {
                by,
                agree: true,
                order: Some(signs),
                ..
            },
        ),
    ] = effects.as_slice()
    else {
        panic!("one answer: {effects:?}");
    };
    assert_eq!(&**by, "boris");
    let named = Order {
        countersigned_by: Some("boris".into()),
        countersigned_desk: Some("A".into()),
        ..order.clone()
    };
    assert_eq!(
        **signs, named,
        "what is signed is what is shown, and names who signs"
    );
    later(&mut first, 1_000);
    refresh(&mut first);
    let effects = hear(&mut first, &order, agreed_by("boris"));
    let orders = orders_in(&effects);
    let signed = Order {
        countersignature: Some(SIGNATURE.into()),
        ..named
    };
    assert_eq!(orders, [&signed]);
    assert_eq!(first.orders[0].life, Life::Sent);
    assert!(first.second.is_empty());
    // Doubled: nothing more leaves.
    assert!(hear(&mut first, &order, agreed_by("boris")).is_empty());
    // The other desk hears it too, and its line goes.
    hear(&mut other, &order, agreed_by("boris"));
    assert!(other.second.is_empty());
}

fn opened(state: &mut State) {
    state.journal = Journal::opening();
    let opened = Opened {
        file: Arc::from("audit.db"),
        left: Vec::new(),
        lines: Vec::new(),
        head: Head::NONE,
    };
    update(state, Msg::JournalOpened(Ok(Box::new(opened))));
}

fn facts(effects: &[Effect]) -> (u64, Vec<Fact>) {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Journal { ticket, entries } => {
                Some((*ticket, entries.iter().map(|e| e.fact.clone()).collect()))
            }
            _ => None,
        })
        .expect("something is written")
}

fn durable(state: &mut State, ticket: u64) -> Vec<Effect> {
    let recorded = Recorded {
        lines: Vec::new(),
        head: Head {
            seq: ticket,
            hash: [1; 32],
        },
    };
    let outcome = Ok(Box::new(recorded));
    update(state, Msg::Journalled { ticket, outcome })
}

fn kinds(facts: &[Fact]) -> Vec<&'static str> {
    facts.iter().map(Fact::kind).collect()
}

#[test]
fn question_answer_and_order_are_written_before_they_leave() {
    let mut first = desk_of("op");
    opened(&mut first);
    order_40_mw(&mut first);
    let effects = update(&mut first, Msg::Minted(vec![OrderId(9)]));
    let (ticket, written) = facts(&effects);
    assert_eq!((effects.len(), kinds(&written)), (1, vec!["plan", "asked"]));
    let effects = durable(&mut first, ticket);
    let [Effect::Send(FLEET, Request::CountersignRequest(order, seen))] = effects.as_slice() else {
        panic!("it leaves now: {effects:?}");
    };
    let mut other = second(order, seen);
    opened(&mut other);
    let effects = answered(&mut other, "AGREE 100");
    let (ticket, written) = facts(&effects);
    let [
        Fact::Answered {
            order: signs,
            agree: true,
            moved,
            ..
        },
    ] = written.as_slice()
    else {
        panic!("the deed: {written:?}");
    };
    assert_eq!(effects.len(), 1);
    assert_eq!(moved.watts(), 100_000_000);
    assert_eq!(signs.countersigned_by.as_deref(), Some("boris"));
    let sent = durable(&mut other, ticket);
    assert!(matches!(
        &*sent,
        [Effect::Send(_, Request::CountersignAnswer { .. })]
    ));
    let effects = hear(&mut first, order, agreed_by("boris"));
    let (ticket, written) = facts(&effects);
    assert_eq!(
        (effects.len(), kinds(&written)),
        (1, vec!["second", "intent"])
    );
    let Fact::Intent { order: intent, .. } = &written[1] else {
        panic!("the intent");
    };
    let effects = durable(&mut first, ticket);
    assert_eq!(
        orders_in(&effects),
        [&**intent],
        "what is written is what leaves"
    );
}

#[test]
fn an_answer_that_can_not_be_written_does_not_leave() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    let mut other = second(&order, &seen);
    opened(&mut other);
    let effects = answered(&mut other, "AGREE 100");
    let [Effect::Journal { ticket, entries }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let why = Arc::from("the disk is full");
    let entries = entries.clone();
    let outcome = Err(Box::new(crate::app::journal::Unrecorded { why, entries }));
    let ticket = *ticket;
    let after = update(&mut other, Msg::Journalled { ticket, outcome });
    assert!(
        !after.iter().any(|e| matches!(e, Effect::Send(..))),
        "{after:?}"
    );
    assert!(said(&other).contains("not agreed: "), "{}", said(&other));
}

#[test]
fn the_reason_of_a_refusal_is_a_text_whatever_the_layout() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    let mut other = second(&order, &seen);
    // The word by its keys on a Cyrillic layout, the reason as it is written.
    let effects = answered(&mut other, "КУАГЫУ нет тепла!");
    let [Effect::Send(_, Request::CountersignAnswer { agree, why, .. })] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!((*agree, &**why), (false, "нет тепла!"));
}

#[test]
fn a_refusal_names_its_reason_and_nothing_leaves() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    let mut other = second(&order, &seen);
    assert!(
        answered(&mut other, "REFUSE").is_empty(),
        "it wants a reason"
    );
    let error = other.second.view.as_ref().and_then(|v| v.error.clone());
    assert!(error.is_some_and(|e| e.contains("say why")));
    typed(&mut other, " heat at Astravets");
    let effects = press(&mut other, Code::Enter);
    let [
        Effect::Send(
            _,
            Request::CountersignAnswer {
                agree: false,
                why,
                order: None,
                ..
            },
        ),
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    let refused = Agreement::Refused {
        by: "boris".into(),
        why: why.clone(),
    };
    let effects = hear(&mut first, &order, refused);
    assert!(
        effects.is_empty(),
        "answered: nothing to call back: {effects:?}"
    );
    assert!(
        said(&first).contains("not sent: boris refuses: heat at Astravets"),
        "{}",
        said(&first)
    );
    assert!(first.second.is_empty() && first.orders.is_empty());
    // Late, or doubled by another: it is over.
    assert!(orders_in(&hear(&mut first, &order, agreed_by("vera"))).is_empty());
    assert!(said(&first).contains("too late"));
}

#[test]
fn unanswered_it_lapses_is_called_back_and_a_late_answer_sends_nothing() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    hear(&mut first, &order, Agreement::Asked);
    let mut other = second(&order, &seen);
    let end = first.now + WAIT;
    let effects = update(&mut first, Msg::Tick(end));
    assert_eq!(
        effects,
        [Effect::Send(FLEET, Request::OrderCancel(OrderId(9)))]
    );
    assert!(said(&first).contains("nobody has agreed in time"));
    typed(&mut other, "o");
    hear(&mut other, &order, Agreement::Lapsed);
    assert!(other.second.view.is_none() && other.second.is_empty());
    assert!(orders_in(&hear(&mut first, &order, agreed_by("boris"))).is_empty());
    assert!(said(&first).contains("too late: nothing was sent"));
    // The gateway's complaint about the calling back is no news either.
    let error = FeedEvent::Error {
        code: "unknown_order".into(),
        message: "this gateway never saw the order".into(),
        about: Some(ulid::Ulid(9).to_string().into()),
    };
    feed(&mut first, FLEET, error);
    assert!(said(&first).contains("too late"));
    // On the other desk it ends by its own clock too.
    let mut alone = second(&order, &seen);
    let end = crate::app::second::until(&alone, FLEET, &order);
    update(&mut alone, Msg::Tick(end));
    assert!(alone.second.is_empty());
}

#[test]
fn a_request_that_the_gateway_does_not_pass_on_is_given_up() {
    let mut first = desk_of("op");
    asked(&mut first);
    let now = first.now + Duration::from_secs(15);
    let effects = update(&mut first, Msg::Tick(now));
    assert_eq!(
        effects,
        [Effect::Send(FLEET, Request::OrderCancel(OrderId(9)))]
    );
    assert!(said(&first).contains("not passed the request on"));
}

#[test]
fn the_word_calls_an_own_request_back_and_esc_leaves_it() {
    let mut first = desk_of("op");
    let (order, _) = asked(&mut first);
    hear(&mut first, &order, Agreement::Asked);
    assert!(answered(&mut first, "cancel").is_empty(), "in capitals");
    press(&mut first, Code::Esc);
    assert_eq!(first.second.ours.len(), 1, "it still waits");
    assert_eq!(typed(&mut first, "q"), [], "quitting asks first");
    assert_eq!(first.overlay, Overlay::QuitAsk);
    typed(&mut first, "n");
    let effects = answered(&mut first, "CANCEL");
    assert_eq!(
        effects,
        [Effect::Send(FLEET, Request::OrderCancel(OrderId(9)))]
    );
    assert!(said(&first).contains("called back") && first.second.is_empty());
}

#[test]
fn another_order_than_was_asked_for_is_not_sent() {
    let changes: [fn(&mut Order); 4] = [
        |order| order.plan.0[0] ^= 1,
        |order| order.targets[0].target = Power::ZERO - Power::from_megawatts(1),
        |order| order.expires_at = order.expires_at.shifted(1),
        |order| order.reason = "another".into(),
    ];
    for change in changes {
        let mut first = desk_of("op");
        let (order, _) = asked(&mut first);
        let mut other = order.clone();
        change(&mut other);
        let effects = hear(&mut first, &other, agreed_by("boris"));
        assert!(orders_in(&effects).is_empty());
        assert!(said(&first).contains("another order"), "{}", said(&first));
        assert!(first.second.is_empty());
    }
}

#[test]
fn oneself_nobody_and_the_unsigned_are_no_second_person() {
    let unsigned = Agreement::Agreed {
        by: "boris".into(),
        desk: None,
        signature: None,
    };
    let short = Agreement::Agreed {
        by: "boris".into(),
        desk: None,
        signature: Some("00ff".into()),
    };
    for answer in [agreed_by("op"), agreed_by(" "), unsigned, short] {
        let mut first = desk_of("op");
        let (order, _) = asked(&mut first);
        assert!(orders_in(&hear(&mut first, &order, answer)).is_empty());
        assert!(said(&first).contains("not sent") && first.orders.is_empty());
    }
    // One's own request is not even shown on another desk of one's own.
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    let mut own = second(&order, &seen);
    own.second.theirs.clear();
    own.desk.operator = "op".into();
    hear(&mut own, &order, Agreement::Asked);
    assert!(own.second.is_empty());
}

#[test]
fn what_has_changed_while_it_waited_holds_it_back() {
    let ask = || {
        let mut first = desk_of("op");
        let (order, _) = asked(&mut first);
        hear(&mut first, &order, Agreement::Asked);
        (first, order)
    };
    // Telemetry went stale.
    let (mut first, order) = ask();
    later(&mut first, 4_000);
    assert!(orders_in(&hear(&mut first, &order, agreed_by("boris"))).is_empty());
    assert!(
        said(&first).contains("boris has agreed, but") && said(&first).contains("stale"),
        "{}",
        said(&first)
    );
    // Other megawatts.
    let (mut first, order) = ask();
    for view in first.fleet.sites.values_mut() {
        for block in view.blocks.values_mut() {
            block.block.power = Some(Power::from_megawatts(70));
        }
    }
    refresh(&mut first);
    assert!(orders_in(&hear(&mut first, &order, agreed_by("boris"))).is_empty());
    // Other hands.
    let (mut first, order) = ask();
    let site = first
        .fleet
        .sites
        .get_mut(&SiteId::new("astravets"))
        .expect("there");
    site.site.authority.epoch += 1;
    assert!(orders_in(&hear(&mut first, &order, agreed_by("boris"))).is_empty());
    assert!(said(&first).contains("changed hands"), "{}", said(&first));
    // Another order has gone there: this one's sequence is old.
    let (mut first, order) = ask();
    let site = first
        .fleet
        .sites
        .get_mut(&SiteId::new("astravets"))
        .expect("there");
    site.site.site_seq = order.targets[0].site_seq;
    assert!(orders_in(&hear(&mut first, &order, agreed_by("boris"))).is_empty());
    assert!(
        said(&first).contains("another order since"),
        "{}",
        said(&first)
    );
    assert!(first.second.is_empty() && first.orders.is_empty());
}

#[test]
fn a_lost_link_ends_the_wait_and_its_return_calls_back() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    hear(&mut first, &order, Agreement::Asked);
    let effects = feed(&mut first, FLEET, FeedEvent::Link(down()));
    assert!(effects.is_empty(), "nothing can leave: {effects:?}");
    assert!(said(&first).contains("the link was lost") && first.second.is_empty());
    let back = feed(&mut first, FLEET, FeedEvent::Link(LinkState::Live));
    assert_eq!(
        back,
        [Effect::Send(FLEET, Request::OrderCancel(OrderId(9)))]
    );
    assert!(orders_in(&hear(&mut first, &order, agreed_by("boris"))).is_empty());
    // The other desk: what its gateway no longer says is gone, what it says again is there again.
    let mut other = second(&order, &seen);
    typed(&mut other, "o");
    feed(&mut other, FLEET, FeedEvent::Link(down()));
    assert!(other.second.is_empty() && other.second.view.is_none());
    feed(&mut other, FLEET, FeedEvent::Link(LinkState::Live));
    let snapshot = |items| FeedEvent::Snapshot {
        topic: Topic::Order,
        items,
        continuous: true,
    };
    feed(
        &mut other,
        FLEET,
        snapshot(vec![passed_on(&order, &seen, Agreement::Asked)]),
    );
    assert_eq!(other.second.theirs.len(), 1);
    feed(&mut other, FLEET, snapshot(vec![]));
    assert!(other.second.is_empty());
}

#[test]
fn wrong_words_early_keys_pastes_and_the_read_only_agree_to_nothing() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    let mut other = second(&order, &seen);
    typed(&mut other, "o");
    typed(&mut other, "AGREE 100");
    assert!(
        press(&mut other, Code::Enter).is_empty(),
        "typed before it could be read"
    );
    update(&mut other, Msg::Paste("AGREE 100\n".to_owned()));
    later(&mut other, 400);
    refresh(&mut other);
    assert!(press(&mut other, Code::Enter).is_empty());
    for word in ["agree 100", "AGREE", "AGREE 99", "y"] {
        typed(&mut other, word);
        assert!(press(&mut other, Code::Enter).is_empty(), "{word}");
        for _ in 0..word.len() {
            press(&mut other, Code::Backspace);
        }
    }
    press(&mut other, Code::Esc);
    assert_eq!(other.second.theirs.len(), 1, "it still asks");
    other.desk.read_only = true;
    for word in ["AGREE 100", "REFUSE no"] {
        assert!(answered(&mut other, word).is_empty());
        let error = other.second.view.as_ref().and_then(|v| v.error.clone());
        assert!(error.is_some_and(|e| e.contains("may only look")));
        press(&mut other, Code::Esc);
    }
}

#[test]
fn other_megawatts_or_blocks_than_were_read_are_not_agreed_to() {
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    let mut other = second(&order, &seen);
    typed(&mut other, "o");
    later(&mut other, 400);
    for view in other.fleet.sites.values_mut() {
        for block in view.blocks.values_mut() {
            block.block.power = Some(Power::from_megawatts(150));
        }
    }
    refresh(&mut other);
    typed(&mut other, "AGREE 100");
    assert!(press(&mut other, Code::Enter).is_empty());
    let view = other.second.view.as_ref().expect("still open");
    assert_eq!(view.word, "AGREE 150", "what it would move now");
    assert!(
        view.error
            .as_ref()
            .is_some_and(|e| e.contains("150 MW now, not 100"))
    );
    let mut strange = order.clone();
    strange.targets[0].block = crate::domain::ids::BlockId::new("77");
    let mut other = second(&strange, &seen);
    answered(&mut other, "AGREE 1 BLOCKS");
    let error = other.second.view.as_ref().and_then(|v| v.error.clone());
    assert!(error.is_some_and(|e| e.contains("not seen from here")));
}

#[test]
fn what_the_gateway_refuses_is_said_on_either_desk() {
    let error = |code: &str, message: &str| FeedEvent::Error {
        code: code.into(),
        message: message.into(),
        about: Some(ulid::Ulid(9).to_string().into()),
    };
    let mut first = desk_of("op");
    let (order, seen) = asked(&mut first);
    let effects = feed(
        &mut first,
        FLEET,
        error("full", "32 orders wait here already"),
    );
    assert!(effects.is_empty());
    assert!(
        said(&first).contains("not sent: 32 orders wait"),
        "{}",
        said(&first)
    );
    let mut other = second(&order, &seen);
    answered(&mut other, "AGREE 100");
    feed(
        &mut other,
        FLEET,
        error(
            "not_agreed",
            "the signature is not of the key on this gateway's roll",
        ),
    );
    assert!(
        said(&other).contains("your agreement to order") && said(&other).contains("not of the key")
    );
    assert_eq!(other.second.theirs.len(), 1, "it still asks");
    answered(&mut other, "AGREE 100");
    later(&mut other, 15_000);
    assert!(
        said(&other).contains("no word of the gateway"),
        "{}",
        said(&other)
    );
}

#[test]
fn a_flood_of_requests_is_bounded() {
    let mut first = desk_of("op");
    let (order, _) = asked(&mut first);
    let mut other = desk_of("boris");
    for id in 0..500 {
        let id = OrderId(1_000 + id);
        let more = Order {
            id,
            ..order.clone()
        };
        hear(&mut other, &more, Agreement::Asked);
    }
    assert_eq!(other.second.theirs.len(), 64);
}

proptest! {
    /// Whatever comes in whatever order, an order that two must sign leaves at most once, whole as it was asked for,
    /// and with another's name and signature under it.
    #[test]
    fn nothing_leaves_without_two(steps in proptest::collection::vec(0_u8..10, 1..24)) {
        let mut first = desk_of("op");
        let (order, _) = asked(&mut first);
        let mut left: Vec<Order> = Vec::new();
        for step in steps {
            let effects = match step {
                0 => hear(&mut first, &order, Agreement::Asked),
                1 => hear(&mut first, &order, agreed_by("boris")),
                2 => hear(&mut first, &order, agreed_by("op")),
                3 => hear(&mut first, &order, Agreement::Lapsed),
                4 => hear(&mut first, &order, Agreement::Refused { by: "vera".into(), why: "no".into() }),
                5 => {
                    let other = Order { reason: "x".into(), ..order.clone() };
                    hear(&mut first, &other, agreed_by("boris"))
                }
                6 => feed(&mut first, FLEET, FeedEvent::Link(down())),
                7 => feed(&mut first, FLEET, FeedEvent::Link(LinkState::Live)),
                8 => {
                    later(&mut first, 900);
                    refresh(&mut first);
                    Vec::new()
                }
                _ => {
                    let now = first.now.shifted(40_000);
                    let effects = update(&mut first, Msg::Tick(now));
                    refresh(&mut first);
                    effects
                }
            };
            left.extend(orders_in(&effects).into_iter().cloned());
        }
        prop_assert!(left.len() <= 1);
        for sent in left {
            prop_assert_eq!(sent.countersigned_by.as_deref(), Some("boris"));
            prop_assert_eq!(sent.countersignature.as_deref(), Some(SIGNATURE));
            let bare = Order {
                countersigned_by: None,
                countersigned_desk: None,
                countersignature: None,
                ..sent
            };
            prop_assert_eq!(&bare, &order);
        }
    }
}

#[test]
fn the_word_that_agrees_names_a_site_that_may_be_taken_for_another() {
    let (order, seen) = asked(&mut desk_of("op"));
    let mut state = second(&order, &seen);
    let twin = Site {
        name: Arc::from("\u{430}stravets"),
        ..sample::site("other")
    };
    let topic = Topic::Fleet;
    let items = vec![Item::Site(Box::new(twin))];
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    later(&mut state, 1_000);
    typed(&mut state, "o");
    let word = state.second.view.as_ref().map(|view| view.word.clone());
    assert_eq!(word.as_deref(), Some("AGREE ASTRAVETS 100"));
}

#[test]
fn who_asks_under_a_name_that_looks_like_ones_own_is_shown_by_its_letters() {
    let (mut order, seen) = asked(&mut desk_of("op"));
    order.issued_by = "b\u{43e}ris".into();
    let state = second(&order, &seen);
    assert!(
        said(&state).contains("b\\u{43e}ris asks"),
        "{}",
        said(&state)
    );
}
