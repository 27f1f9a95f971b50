//! The machine against an independent telling of the rules, under every order of events and steps of the clock.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const START: i64 = 1_795_355_101_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(START + second * 1_000)
}

const PLAIN: Timing = Timing {
    on: Duration::from_secs(5),
    off: Duration::from_secs(3),
    latching: false,
};
const LATCHING: Timing = Timing {
    latching: true,
    ..PLAIN
};

fn shelf(second: i64) -> Shelf {
    Shelf {
        until: at(second),
        reason: Arc::from("valve is being changed"),
    }
}

/// Raised at second 5.
fn raised(timing: Timing) -> Life {
    let mut life = Life::default();
    for second in 0..=5 {
        apply(&mut life, Event::Level(Level::Present), timing, at(second));
    }
    assert_eq!(life.state(), AlarmState::Unacknowledged);
    life
}

fn hold(life: &mut Life, level: Level, timing: Timing, seconds: std::ops::RangeInclusive<i64>) {
    for second in seconds {
        apply(life, Event::Level(level), timing, at(second));
    }
}

#[test]
fn a_condition_shorter_than_its_delay_raises_nothing() {
    let mut life = Life::default();
    hold(&mut life, Level::Present, PLAIN, 0..=4);
    hold(&mut life, Level::Absent, PLAIN, 5..=5);
    hold(&mut life, Level::Present, PLAIN, 6..=10);
    assert_eq!(life.state(), AlarmState::Normal);
    hold(&mut life, Level::Present, PLAIN, 11..=11);
    assert_eq!(life.state(), AlarmState::Unacknowledged);
    assert_eq!(life.raised, at(11));
}

#[test]
fn inside_the_deadband_it_stays_as_it_was() {
    let mut life = raised(PLAIN);
    hold(&mut life, Level::Between, PLAIN, 6..=60);
    assert_eq!(life.state(), AlarmState::Unacknowledged);
    hold(&mut life, Level::Absent, PLAIN, 61..=64);
    hold(&mut life, Level::Between, PLAIN, 65..=90);
    assert_eq!(life.state(), AlarmState::ReturnedUnacknowledged);
}

#[test]
fn seen_and_gone_is_over_and_a_latching_one_waits_for_its_reset() {
    for (timing, then) in [(PLAIN, AlarmState::Normal), (LATCHING, AlarmState::Latched)] {
        let mut life = raised(timing);
        apply(&mut life, Event::Acknowledge, timing, at(6));
        assert_eq!(life.state(), AlarmState::Acknowledged);
        hold(&mut life, Level::Absent, timing, 7..=10);
        assert_eq!(life.state(), then);
        apply(&mut life, Event::Acknowledge, timing, at(11));
        assert_eq!(life.state(), AlarmState::Normal);
    }
}

#[test]
fn gone_before_it_was_seen_it_waits_and_comes_again_as_news() {
    let mut life = raised(PLAIN);
    hold(&mut life, Level::Absent, PLAIN, 6..=9);
    assert_eq!(life.state(), AlarmState::ReturnedUnacknowledged);
    hold(&mut life, Level::Present, PLAIN, 10..=15);
    assert_eq!(life.state(), AlarmState::Unacknowledged);
    assert_eq!(life.raised, at(15));
    hold(&mut life, Level::Absent, PLAIN, 16..=19);
    apply(&mut life, Event::Acknowledge, PLAIN, at(20));
    assert_eq!(life.state(), AlarmState::Normal);
}

#[test]
fn a_shelf_ends_by_itself_and_a_clock_set_back_can_not_stretch_it() {
    let mut life = raised(PLAIN);
    apply(&mut life, Event::Shelve(shelf(900)), PLAIN, at(6));
    assert_eq!(life.state(), AlarmState::Shelved);
    hold(&mut life, Level::Present, PLAIN, 899..=899);
    assert_eq!(life.state(), AlarmState::Shelved);
    hold(&mut life, Level::Present, PLAIN, 900..=900);
    assert_eq!(life.state(), AlarmState::Unacknowledged);
    apply(&mut life, Event::Shelve(shelf(1_800)), PLAIN, at(901));
    hold(&mut life, Level::Present, PLAIN, -200_000..=-200_000);
    assert_eq!(life.state(), AlarmState::Unacknowledged);
}

#[test]
fn nothing_is_shelved_for_longer_than_a_day_or_into_the_past() {
    let mut life = raised(PLAIN);
    for second in [5, 6, 6 + 86_401, i64::MAX / 2_000] {
        apply(&mut life, Event::Shelve(shelf(second)), PLAIN, at(6));
        assert_eq!(life.state(), AlarmState::Unacknowledged, "{second}");
    }
}

#[test]
fn what_a_rule_silenced_is_no_news_once_it_is_gone() {
    let mut life = Life::default();
    apply(&mut life, Event::Suppress(true), PLAIN, at(0));
    assert_eq!(life.state(), AlarmState::Normal);
    hold(&mut life, Level::Present, PLAIN, 0..=5);
    assert_eq!(life.state(), AlarmState::Suppressed);
    hold(&mut life, Level::Absent, PLAIN, 6..=9);
    assert_eq!(life.state(), AlarmState::Normal);
    // Still there when the rule ends, it is news.
    hold(&mut life, Level::Present, PLAIN, 10..=15);
    apply(&mut life, Event::Suppress(false), PLAIN, at(16));
    assert_eq!(life.state(), AlarmState::Unacknowledged);
}

#[test]
fn raised_by_its_gateway_as_well_it_is_said_once() {
    let mut life = raised(LATCHING);
    assert!(apply(
        &mut life,
        Event::Level(Level::Elsewhere),
        LATCHING,
        at(7)
    ));
    assert_eq!(life.state(), AlarmState::Normal);
}

fn events() -> impl Strategy<Value = Event> {
    let level = prop_oneof![
        4 => Just(Level::Present),
        1 => Just(Level::Between),
        4 => Just(Level::Absent),
        1 => Just(Level::Unknown),
        1 => Just(Level::Elsewhere),
    ];
    prop_oneof![
        8 => level.prop_map(Event::Level),
        2 => Just(Event::Acknowledge),
        1 => (0..200_000_i64).prop_map(|s| Event::Shelve(shelf(s))),
        1 => Just(Event::Unshelve),
        1 => any::<bool>().prop_map(Event::Suppress),
        1 => any::<bool>().prop_map(Event::OutOfService),
    ]
}

/// May this event lead from one state to the other? Told from the standard's diagram, not from the code.
fn lawful(from: AlarmState, to: AlarmState, event: &Event, latching: bool) -> bool {
    use AlarmState::{
        Acknowledged, Latched, Normal, OutOfService, ReturnedUnacknowledged, Shelved, Suppressed,
        Unacknowledged,
    };
    if from == to {
        return true;
    }
    // What hides an alarm ends by a person, a rule or its time, and shows whatever has become of it.
    if matches!(from, Shelved) {
        return to != Latched || latching;
    }
    match event {
        Event::Acknowledge => matches!(
            (from, to, latching),
            (Unacknowledged, Acknowledged, _)
                | (ReturnedUnacknowledged, Normal, false)
                | (ReturnedUnacknowledged, Latched, true)
                | (Latched, Normal, true)
        ),
        Event::Level(Level::Present) => matches!(
            (from, to),
            (Normal | ReturnedUnacknowledged | Latched, Unacknowledged) | (Normal, Suppressed)
        ),
        Event::Level(Level::Absent) => matches!(
            (from, to, latching),
            (Unacknowledged, ReturnedUnacknowledged, _)
                | (Acknowledged, Normal, false)
                | (Acknowledged, Latched, true)
                | (Suppressed, Normal | Shelved, _)
        ),
        Event::Level(Level::Elsewhere) => to == Normal,
        Event::Level(Level::Between | Level::Unknown) | Event::Unshelve => false,
        Event::Shelve(_) => to == Shelved && !matches!(from, OutOfService | Suppressed | Normal),
        Event::Suppress(true) => to == Suppressed && from != OutOfService,
        Event::Suppress(false) => from == Suppressed,
        Event::OutOfService(true) => to == OutOfService,
        Event::OutOfService(false) => from == OutOfService,
    }
}

proptest! {
    /// Any events, doubled and out of order, with a clock that jumps: only lawful changes, each of them said, and a
    /// condition that stands is never silently forgotten.
    #[test]
    fn only_lawful_changes(
        latching in any::<bool>(),
        told in prop::collection::vec((events(), -40_i64..60, any::<bool>()), 0..120),
    ) {
        let timing = if latching { LATCHING } else { PLAIN };
        let mut life = Life::default();
        let mut now = 0;
        for (event, step, doubled) in told {
            now += step;
            for _ in 0..=u8::from(doubled) {
                let before = life.clone();
                let changed = apply(&mut life, event.clone(), timing, at(now));
                let (from, to) = (before.state(), life.state());
                prop_assert!(lawful(from, to, &event, latching), "{from:?} -> {to:?} by {event:?}");
                prop_assert_eq!(changed, (from, before.raised) != (to, life.raised));
                prop_assert!(to != AlarmState::Latched || latching);
                if let Some(shelf) = life.shelf() {
                    prop_assert!(shelf.until > at(now), "a shelf outlives its time");
                }
            }
        }
        // Whatever was done to it before: left alone with its condition, it is heard or set aside by somebody's word.
        for _ in 0..10 {
            now += 1;
            apply(&mut life, Event::Level(Level::Present), timing, at(now));
        }
        prop_assert_ne!(life.state(), AlarmState::Normal);
        prop_assert!(life.is_present());
    }
}
