use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::ids::{BlockId, GatewayId, OrderId, SiteId};
use crate::domain::journal::Fact;
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, PlanHash, TargetStatus};
use crate::domain::units::Power;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn entry(fact: Fact) -> Entry {
    Entry {
        at: at(0),
        actor: "test".into(),
        fact,
    }
}

fn note(number: usize) -> Entry {
    entry(Fact::Note(number.to_string().into()))
}

fn text(entry: &Entry) -> usize {
    match &entry.fact {
        Fact::Note(text) => text.parse().expect("a number"),
        other => panic!("{other:?}"),
    }
}

fn answer(id: u128, targets: usize) -> Entry {
    let target = TargetStatus {
        site: SiteId::new("a"),
        block: BlockId::new("b"),
        phase: Phase::Executing,
        reasons: Vec::new(),
        delivered: None,
        measured_at: None,
    };
    entry(Fact::Answer(Box::new(OrderStatus {
        id: OrderId(id),
        phase: Phase::Executing,
        at: at(0),
        detail: "".into(),
        targets: vec![target; targets],
        issued: None,
    })))
}

fn order() -> Fact {
    Fact::Order(Box::new(Order {
        id: OrderId(7),
        plan: PlanHash([0; 32]),
        nation: "Belarus".into(),
        gateway: GatewayId::new("simulator"),
        kind: OrderKind::Curtail,
        targets: Vec::new(),
        substitutes: Vec::new(),
        extra_max: Power::ZERO,
        reason: "".into(),
        issued_by: "op7".into(),
        countersigned_by: None,
        issued_at: at(0),
        expires_at: at(1),
        lease: std::time::Duration::ZERO,
        emergency: true,
        signature: None,
        countersignature: None,
        desk: None,
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    }))
}

fn full() -> Event {
    Event::Written(Err("the disk is full".into()))
}

fn outcomes(effects: &[Effect]) -> Vec<&Outcome> {
    let settled = effects.iter().filter_map(|effect| match effect {
        Effect::Settled(_, outcome) => Some(outcome),
        Effect::Write(_) => None,
    });
    settled.collect()
}

fn writes(effects: &[Effect]) -> bool {
    effects.iter().any(|e| matches!(e, Effect::Write(_)))
}

fn given_up(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::GivenUp(_))
}

fn refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(_))
}

#[test]
fn nothing_is_settled_before_it_is_durable_and_one_write_is_under_way() {
    let mut records = Records::new(Ok(()));
    records.put(note(1), Duty::Before, at(0));
    records.put(note(2), Duty::After, at(0));
    let effects = records.on(Event::Tick, at(0));
    assert_eq!(effects, [Effect::Write(vec![note(1), note(2)])]);
    records.put(note(3), Duty::After, at(1));
    assert_eq!(records.on(Event::Tick, at(1)), []);
    let effects = records.on(Event::Written(Ok(())), at(2));
    assert_eq!(outcomes(&effects), [&Outcome::Durable, &Outcome::Durable]);
    let effects = records.on(Event::Tick, at(2));
    assert_eq!(effects, [Effect::Write(vec![note(3)])]);
    let effects = records.on(Event::Written(Ok(())), at(3));
    assert_eq!(outcomes(&effects), [&Outcome::Durable]);
    assert_eq!(records.standing(), None);
}

#[test]
fn a_full_disk_refuses_what_may_wait_and_owes_the_rest_until_there_is_room() {
    let mut records = Records::new(Ok(()));
    records.put(note(1), Duty::Soon, at(0));
    records.put(note(2), Duty::Before, at(0));
    records.on(Event::Tick, at(0));
    let effects = records.on(full(), at(1));
    let settled = outcomes(&effects);
    assert_eq!(settled[0], &Outcome::Owed);
    assert!(refused(settled[1]), "{settled:?}");
    let (_, effects) = records.put(note(3), Duty::After, at(2));
    assert_eq!(outcomes(&effects), [&Outcome::Owed], "it is told at once");
    let standing = records.standing().expect("it can't be used");
    assert_eq!((standing.owed, standing.read), (2, true));
    // It is tried again by itself, and everything owed comes in its order.
    assert_eq!(records.on(Event::Tick, at(500)), []);
    let effects = records.on(Event::Tick, at(1_000));
    assert_eq!(effects, [Effect::Write(vec![note(1), note(3)])]);
    let effects = records.on(Event::Written(Ok(())), at(1_001));
    assert_eq!(outcomes(&effects), [&Outcome::Durable], "the emergency's");
    assert_eq!(records.standing(), None);
}

#[test]
fn what_is_said_while_a_full_disk_is_tried_again_refuses_nobody() {
    let mut records = Records::new(Ok(()));
    records.put(note(1), Duty::After, at(0));
    records.on(Event::Tick, at(0));
    records.on(full(), at(1));
    records.put(note(2), Duty::Before, at(2));
    assert!(writes(&records.on(Event::Tick, at(2))), "an act tries it");
    let (_, effects) = records.put(note(3), Duty::After, at(3));
    assert_eq!(outcomes(&effects), [&Outcome::Owed]);
    let (_, effects) = records.put(note(4), Duty::Before, at(3));
    assert_eq!(effects, [], "it waits for what comes of that");
    let effects = records.on(Event::Written(Ok(())), at(4));
    assert_eq!(outcomes(&effects), [&Outcome::Durable]);
    assert!(writes(&records.on(Event::Tick, at(4))));
}

#[test]
fn a_disk_that_hangs_holds_an_emergency_up_for_a_moment_and_bars_the_rest() {
    let mut records = Records::new(Ok(()));
    records.put(note(1), Duty::Before, at(0));
    records.put(note(2), Duty::Soon, at(10));
    records.put(note(3), Duty::After, at(10));
    records.on(Event::Tick, at(10));
    assert_eq!(records.on(Event::Tick, at(100)), []);
    let effects = records.on(Event::Tick, at(110));
    assert_eq!(outcomes(&effects), [&Outcome::Owed], "the emergency");
    let (_, effects) = records.put(note(4), Duty::AfterOwed, at(110));
    assert_eq!(outcomes(&effects), [&Outcome::Owed], "and its answer");
    let effects = records.on(Event::Tick, at(2_010));
    let settled = outcomes(&effects);
    assert!(settled.iter().any(|o| given_up(o)), "{settled:?}");
    assert!(settled.contains(&&Outcome::Owed), "{settled:?}");
    assert!(records.standing().is_some());
    // It is known to hang: nothing waits for it any more.
    let (_, effects) = records.put(note(5), Duty::Before, at(2_011));
    assert!(refused(outcomes(&effects)[0]));
    let (_, effects) = records.put(note(6), Duty::Soon, at(2_012));
    assert_eq!(outcomes(&effects), [&Outcome::Owed]);
    // It answers after all: what was refused stands there too, and that is told.
    let effects = records.on(Event::Written(Ok(())), at(9_000));
    assert_eq!(outcomes(&effects), [&Outcome::TooLate, &Outcome::Durable]);
    let rest = vec![note(4), note(6)];
    assert_eq!(records.on(Event::Tick, at(9_000)), [Effect::Write(rest)]);
}

#[test]
fn what_waits_too_long_behind_slow_writes_is_refused_though_no_write_hangs() {
    let mut records = Records::new(Ok(()));
    records.put(note(1), Duty::Before, at(0));
    records.on(Event::Tick, at(0));
    records.put(note(2), Duty::Before, at(100));
    records.on(Event::Written(Ok(())), at(1_900));
    assert!(writes(&records.on(Event::Tick, at(1_900))));
    records.put(note(3), Duty::Before, at(1_950));
    let effects = records.on(Event::Tick, at(2_100));
    let settled = outcomes(&effects);
    assert!(settled.len() == 1 && given_up(settled[0]), "{settled:?}");
    assert_eq!(records.standing(), None, "a slow disk is no broken one");
    let effects = records.on(Event::Written(Ok(())), at(3_800));
    assert_eq!(outcomes(&effects), [&Outcome::TooLate]);
    // One that was not even begun in time is not written any more.
    let effects = records.on(Event::Tick, at(3_950));
    assert!(refused(outcomes(&effects)[0]) && !writes(&effects));
}

#[test]
fn a_journal_that_is_not_open_is_not_written_until_it_is() {
    let mut records = Records::new(Err("locked".into()));
    let (_, effects) = records.put(note(1), Duty::Before, at(0));
    assert!(refused(outcomes(&effects)[0]) && !writes(&effects));
    let (_, effects) = records.put(note(2), Duty::Soon, at(0));
    assert_eq!(effects, [Effect::Settled(Number::of(2), Outcome::Owed)]);
    assert!(!writes(&records.on(Event::Tick, at(5_000))));
    assert!(!records.standing().expect("it can't be used").read);
    records.on(Event::Opened, at(6_000));
    let effects = records.on(Event::Tick, at(6_000));
    assert_eq!(effects, [Effect::Write(vec![note(2)])]);
}

#[test]
fn emergency_orders_are_the_last_to_be_let_go() {
    let mut records = Records::new(Err("locked".into()));
    records.put(entry(order()), Duty::Soon, at(0));
    for round in 0..300 {
        records.put(answer(round / 2, 1_000), Duty::After, at(1));
    }
    let standing = records.standing().expect("it can't be used");
    assert!(standing.owed < 210 && standing.lost > 90, "{standing:?}");
    records.on(Event::Opened, at(2));
    let Some(Effect::Write(entries)) = records.on(Event::Tick, at(2)).pop() else {
        panic!("nothing is written");
    };
    assert!(matches!(entries[0].fact, Fact::Order(_)));
    // Of each order the last answer outlives those that it has overtaken.
    let ids = entries[1..].iter().map(|entry| match &entry.fact {
        Fact::Answer(status) => status.id,
        other => panic!("{other:?}"),
    });
    let ids: std::collections::BTreeSet<_> = ids.collect();
    assert_eq!(ids.len(), 150);
}

/// Whose act waits for it would wait for ever.
#[test]
fn what_is_not_settled_is_not_let_go() {
    let mut records = Records::new(Ok(()));
    records.put(note(0), Duty::After, at(0));
    records.on(Event::Tick, at(0));
    records.on(Event::Written(Err("the disk is full".into())), at(0));
    let (waits, _) = records.put(note(1), Duty::Before, at(1));
    for id in 0..300 {
        records.put(answer(id, 1_000), Duty::After, at(1));
    }
    let settled = records.on(Event::Tick, at(5_000));
    let of = |effect: &Effect| matches!(effect, Effect::Settled(number, Outcome::Refused(_)) if *number == waits);
    assert!(settled.iter().any(of), "it is not settled");
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8),
    Answer(bool),
    Pass(u16),
    Shut,
    Open,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..4).prop_map(Step::Put),
        3 => any::<bool>().prop_map(Step::Answer),
        2 => (0_u16..3_000).prop_map(Step::Pass),
        1 => Just(Step::Shut),
        1 => Just(Step::Open),
    ]
}

proptest! {
    /// Whatever the disk does: what is written is in order and once, each entry is settled once and in time, and what was
    /// refused is written only where that is told.
    #[test]
    fn every_entry_is_settled_in_time(steps in proptest::collection::vec(step(), 0..80)) {
        let mut records = Records::new(Ok(()));
        let (mut now, mut count) = (0, 0);
        let mut flight: Option<Vec<usize>> = None;
        let mut written: Vec<usize> = Vec::new();
        let mut settled: BTreeMap<usize, Vec<Outcome>> = BTreeMap::new();
        for step in steps {
            let effects = match step {
                Step::Put(duty) => {
                    count += 1;
                    settled.insert(count, Vec::new());
                    let duty = [Duty::Before, Duty::Soon, Duty::After, Duty::AfterOwed][usize::from(duty)];
                    records.put(note(count), duty, at(now)).1
                }
                Step::Answer(well) if flight.is_some() => {
                    let batch = flight.take().unwrap_or_default();
                    if well {
                        written.extend(batch);
                        records.on(Event::Written(Ok(())), at(now))
                    } else {
                        records.on(full(), at(now))
                    }
                }
                Step::Answer(_) => Vec::new(),
                Step::Pass(ms) => {
                    now += i64::from(ms);
                    let effects = records.on(Event::Tick, at(now));
                    if ms >= 2_000 && flight.is_some() && !writes(&effects) {
                        let open: Vec<_> = settled.iter().filter(|(_, o)| o.is_empty()).collect();
                        let now_settled = outcomes(&effects).len();
                        prop_assert!(open.len() <= now_settled, "{open:?} wait for a disk that hangs");
                    }
                    effects
                }
                Step::Shut => records.on(Event::Shut("gone".into()), at(now)),
                Step::Open => records.on(Event::Opened, at(now)),
            };
            for effect in effects {
                match effect {
                    Effect::Write(entries) => {
                        prop_assert!(flight.is_none(), "two writes at once");
                        flight = Some(entries.iter().map(text).collect());
                    }
                    Effect::Settled(number, outcome) => {
                        let number = usize::try_from(number.value()).expect("small");
                        settled.entry(number).or_default().push(outcome);
                    }
                }
            }
        }
        prop_assert!(written.is_sorted_by(|a, b| a < b), "{written:?}");
        for (number, outcomes) in settled {
            let there = written.contains(&number);
            match outcomes.as_slice() {
                [] => prop_assert!(!there),
                [Outcome::Durable] | [Outcome::Owed, Outcome::Durable] => prop_assert!(there),
                [Outcome::Refused(_)] => prop_assert!(!there, "{number} was refused and is written"),
                [Outcome::Owed | Outcome::GivenUp(_)] => {}
                [Outcome::GivenUp(_), Outcome::Refused(_)] => prop_assert!(!there),
                [Outcome::GivenUp(_), Outcome::TooLate] => prop_assert!(there),
                other => prop_assert!(false, "{number}: {other:?}"),
            }
        }
    }
}
