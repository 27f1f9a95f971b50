//! Orders and answers with a journal in between.

use super::*;
use crate::app::journal::{Journal, Recorded, Standing, Unrecorded};
use crate::domain::journal::{Entry, Fact, Head};

/// A desk whose journal stands open.
fn recorded() -> State {
    let mut state = live();
    state.journal = Journal::opening();
    let opened = crate::app::journal::Opened {
        file: Arc::from("audit.db"),
        left: Vec::new(),
        lines: Vec::new(),
        head: Head::NONE,
    };
    update(&mut state, Msg::JournalOpened(Ok(Box::new(opened))));
    state
}

fn appended(effects: &[Effect]) -> (u64, Vec<Entry>) {
    // An order that failed raises this console's own alarm, which is written by itself.
    let is_alarm = |effect: &&Effect| {
        matches!(effect, Effect::Journal { entries, .. }
            if entries.iter().all(|entry| &*entry.actor == crate::app::alarms::OWN_LABEL))
    };
    let rest: Vec<&Effect> = effects.iter().filter(|e| !is_alarm(e)).collect();
    let [Effect::Journal { ticket, entries }] = rest[..] else {
        panic!("only the journal is written: {effects:?}");
    };
    (*ticket, entries.clone())
}

fn kinds(entries: &[Entry]) -> Vec<&'static str> {
    entries.iter().map(|e| e.fact.kind()).collect()
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

fn refused(state: &mut State, ticket: u64, entries: Vec<Entry>) -> Vec<Effect> {
    let why = Arc::from("the journal's disk is full; free some space");
    let outcome = Err(Box::new(Unrecorded { why, entries }));
    update(state, Msg::Journalled { ticket, outcome })
}

fn heard(state: &mut State, item: Item) -> Vec<Effect> {
    let topic = Topic::Order;
    let items = vec![item];
    feed(state, FLEET, FeedEvent::Update { topic, items })
}

#[test]
fn an_order_leaves_only_once_its_intent_is_durable() {
    let mut state = recorded();
    order_40_mw(&mut state);
    let effects = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let (ticket, entries) = appended(&effects);
    assert_eq!(kinds(&entries), ["plan", "intent"]);
    let Fact::Plan(seen) = &entries[0].fact else {
        panic!("the plan comes first");
    };
    assert!(seen.figures.iter().any(|f| f.name == "moved_w"));
    assert_eq!(seen.sites.len(), 1);
    assert_eq!(state.orders[0].life, Life::Recording);
    assert!(!state.fleet.pending.is_empty(), "its blocks are taken");
    feed(
        &mut state,
        FLEET,
        FeedEvent::Skew {
            offset_ms: 1,
            uncertainty_ms: 1,
        },
    );
    let sent = durable(&mut state, ticket);
    assert!(
        matches!(&*sent, [Effect::Send(FLEET, Request::Order(_))]),
        "{sent:?}"
    );
    assert_eq!(state.orders[0].life, Life::Sent);
    assert!(durable(&mut state, ticket).is_empty(), "once only");
}

#[test]
fn an_order_that_can_not_be_recorded_does_not_leave() {
    let mut state = recorded();
    order_40_mw(&mut state);
    let effects = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let (ticket, entries) = appended(&effects);
    let after = refused(&mut state, ticket, entries);
    assert!(
        !after.iter().any(|e| matches!(e, Effect::Send(..))),
        "{after:?}"
    );
    assert_eq!(state.orders[0].life, Life::NotSent);
    assert!(state.orders[0].detail.contains("disk is full"));
    assert!(state.fleet.pending.is_empty(), "its blocks are free again");
    // The next one is refused before it is typed.
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    let error = state.dialog.as_ref().and_then(|d| d.error.clone());
    assert!(error.is_some_and(|e| e.contains("unrecorded")));
    // What it is owed is tried again, and then orders are taken as before.
    later(&mut state, 1);
    let now = state.now + Duration::from_secs(6);
    let (ticket, owed) = appended(&update(&mut state, Msg::Tick(now)));
    assert!(kinds(&owed).contains(&"note") && !kinds(&owed).contains(&"intent"));
    durable(&mut state, ticket);
    assert_eq!(state.journal.standing, Standing::Durable);
}

#[test]
fn an_order_that_the_disk_keeps_waiting_is_given_up() {
    let mut state = recorded();
    order_40_mw(&mut state);
    let effects = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let (ticket, _) = appended(&effects);
    let now = state.now + crate::app::journal::PATIENCE;
    let after = update(&mut state, Msg::Tick(now));
    assert_eq!(kinds(&appended(&after).1), ["fate"]);
    assert_eq!(state.orders[0].life, Life::NotSent);
    assert!(durable(&mut state, ticket).is_empty(), "too late: it stays");
}

#[test]
fn answers_are_durable_before_they_are_shown_and_stand_once() {
    let mut state = recorded();
    order_40_mw(&mut state);
    let effects = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let (ticket, _) = appended(&effects);
    durable(&mut state, ticket);
    let effects = heard(&mut state, status(OrderId(9), Phase::Accepted, 0));
    let (first, entries) = appended(&effects);
    assert_eq!(kinds(&entries), ["answer"]);
    let again = heard(&mut state, status(OrderId(9), Phase::Accepted, 0));
    assert!(again.is_empty(), "the same answer is not written again");
    // The link goes while the disk is at it: what came first is done first.
    let (second, _) = appended(&feed(&mut state, FLEET, FeedEvent::Link(down())));
    assert_eq!(state.orders[0].life, Life::Sent);
    durable(&mut state, first);
    assert_eq!(state.orders[0].life, Life::Said(Phase::Accepted));
    let lost = durable(&mut state, second);
    assert_eq!(state.orders[0].life, Life::Unknown);
    assert_eq!(kinds(&appended(&lost).1), ["fate"]);
    let effects = feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    let (back, _) = appended(&effects);
    let asked = durable(&mut state, back);
    assert_eq!(
        asked,
        [Effect::Send(FLEET, Request::OrderQuery(OrderId(9)))]
    );
    assert!(!state.orders[0].unjournaled);
}

#[test]
fn an_answer_that_can_not_be_recorded_is_shown_and_marked() {
    let mut state = recorded();
    order_40_mw(&mut state);
    let effects = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let (ticket, _) = appended(&effects);
    durable(&mut state, ticket);
    let effects = heard(&mut state, status(OrderId(9), Phase::Delivered, 100));
    let (ticket, entries) = appended(&effects);
    refused(&mut state, ticket, entries);
    assert_eq!(state.orders[0].life, Life::Said(Phase::Delivered));
    assert!(state.orders[0].unjournaled);
    assert!(state.journal.owed() >= 2, "the answer and the reason");
}

#[test]
fn alarms_and_acknowledgements_are_written_as_they_change() {
    use crate::domain::alarm::Priority;
    let mut state = recorded();
    let item = || super::adversity::alarm("1", Priority::P1);
    let topic = Topic::Alarm;
    let items = vec![item()];
    let raised = feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    assert_eq!(kinds(&appended(&raised).1), ["alarm"]);
    let items = vec![item()];
    let again = feed(
        &mut state,
        FLEET,
        FeedEvent::Snapshot {
            topic,
            items,
            continuous: false,
        },
    );
    assert!(again.is_empty(), "it stands as it stood");
    typed(&mut state, "7");
    let seen = typed(&mut state, "a");
    assert!(matches!(&seen[1], Effect::Journal { entries, .. } if kinds(entries) == ["ack"]));
}

#[test]
fn authority_and_tags_are_written_when_they_change() {
    let mut state = recorded();
    let mut site = sample::site("lukoml");
    site.authority.holder = Some(Arc::from("other desk"));
    site.authority.epoch = 1;
    let mut block = sample::block("lukoml", "1", 50, 21.0);
    block.tags.push(crate::domain::fleet::Tag {
        id: None,
        kind: Arc::from("maintenance"),
        owner: Arc::from("fitter"),
        reason: Arc::from("fans"),
    });
    let items = vec![Item::Site(Box::new(site)), Item::Block(Box::new(block))];
    let topic = Topic::Fleet;
    let update = FeedEvent::Update { topic, items };
    let effects = feed(&mut state, FLEET, update.clone());
    assert_eq!(kinds(&appended(&effects).1), ["authority", "tag"]);
    assert!(feed(&mut state, FLEET, update).is_empty(), "no news");
}

#[test]
fn a_note_is_said_to_be_noted_once_it_is() {
    let said = |state: &State| {
        state
            .said
            .as_ref()
            .map_or(String::new(), |(_, s)| s.to_string())
    };
    let mut state = recorded();
    state.remark = Some(super::super::remark::Remark::default());
    typed(&mut state, "unit 2 is loud");
    let (ticket, entries) = appended(&press(&mut state, Code::Enter));
    assert_eq!(kinds(&entries), ["note"]);
    assert_eq!(said(&state), "", "the disk has not answered");
    durable(&mut state, ticket);
    assert_eq!(said(&state), "noted");
    state.remark = Some(super::super::remark::Remark::default());
    typed(&mut state, "unit 2 is quiet");
    let (ticket, entries) = appended(&press(&mut state, Code::Enter));
    refused(&mut state, ticket, entries);
    assert!(
        said(&state).starts_with("kept here until"),
        "{}",
        said(&state)
    );
    assert!(state.journal.owed() > 0);
}

#[test]
fn an_alarm_that_went_and_came_again_between_two_messages_is_written() {
    use crate::domain::alarm::Priority;
    let mut state = recorded();
    let mut tell = |occurrence: i64| {
        let Item::Alarm(mut alarm) = super::adversity::alarm("a", Priority::P2) else {
            unreachable!("it is one");
        };
        alarm.occurrence = Some(NOW.shifted(occurrence));
        let (topic, items) = (Topic::Alarm, vec![Item::Alarm(alarm)]);
        let effects = feed(&mut state, FLEET, FeedEvent::Update { topic, items });
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Journal { .. }))
    };
    let written = [0, 0, 1_000].map(&mut tell);
    assert_eq!(written, [true, false, true]);
}

#[test]
fn a_flood_of_alarms_fills_no_disk_and_its_number_is_told() {
    use crate::domain::alarm::Priority;
    let mut state = recorded();
    let rows = |effects: &[Effect]| -> usize {
        let of = |effect: &Effect| match effect {
            Effect::Journal { entries, .. } => entries.len(),
            _ => 0,
        };
        effects.iter().map(of).sum()
    };
    let (mut written, mut shown) = (0, 0);
    for second in 1..=20 {
        for part in 0..7 {
            let id = |n| format!("{second}-{part}-{n}");
            let items = (0..1_000).map(|n| super::adversity::alarm(&id(n), Priority::P2));
            let topic = Topic::Alarm;
            let items = items.collect();
            written += rows(&feed(&mut state, FLEET, FeedEvent::Update { topic, items }));
        }
        let now = NOW + std::time::Duration::from_secs(second);
        written += rows(&update(&mut state, Msg::Tick(now)));
        shown = shown.max(state.alarms.len());
    }
    assert!(written < 700, "{written} rows of 140,000 changes");
    assert_eq!(state.journal.flood(), Some(7_000));
    assert!(shown <= crate::app::MAX_ALARMS + 100, "{shown} are kept");
}
