//! Two feeds that speak of the same thing and do not say the same.

use super::*;
use crate::domain::fleet::PowerSource;

const SECOND: FeedId = FeedId(1);

/// A desk with two real feeds of the grid.
fn desk_of_two() -> State {
    let mut state = live();
    state.feeds.push(Feed::new(SECOND, "second"));
    connect(&mut state, SECOND, "h", false);
    state
}

fn hertz(mhz: i64, at: Timestamp) -> GridReading {
    GridReading {
        frequency: Some(Hertz::from_millihertz(mhz)),
        measured_at: at,
        ..GridReading::default()
    }
}

fn tell(state: &mut State, from: FeedId, reading: GridReading) {
    let items = vec![Item::Grid(Box::new(reading))];
    let topic = Topic::Grid;
    feed(state, from, FeedEvent::Update { topic, items });
}

/// So many seconds in which each feed states its frequency once a second.
fn seconds(state: &mut State, count: usize, mhz: [i64; 2]) {
    for _ in 0..count {
        let now = state.now;
        refresh(state);
        tell(state, FLEET, hertz(mhz[0], now));
        tell(state, SECOND, hertz(mhz[1], now));
        later(state, 1_000);
    }
}

fn alarm_of<'a>(state: &'a State, kind: &str) -> Option<&'a crate::domain::alarm::Alarm> {
    let open = |a: &&crate::domain::alarm::Alarm| &*a.kind == kind && a.state.is_open();
    state.alarms.values().find(open)
}

#[test]
fn a_disputed_frequency_bars_no_emergency_and_raises_the_top_alarm() {
    for mhz in [[50_900, 49_000], [49_000, 50_900]] {
        let mut state = desk_of_two();
        seconds(&mut state, 8, mhz);
        let alarm = alarm_of(&state, "frequency_disputed").expect("an alarm");
        assert_eq!(alarm.priority.number(), 1);
        for figure in ["50.900", "49.000"] {
            assert!(alarm.text.contains(figure), "{}", alarm.text);
        }
        assert_eq!(typed(&mut state, "!"), [Effect::DropInput], "{mhz:?}");
        later(&mut state, 400);
        let word = state.emergency.prompt.as_ref().expect("asked").word.clone();
        typed(&mut state, &word);
        let effects = press(&mut state, Code::Enter);
        assert!(
            matches!(effects.as_slice(), [Effect::MintShed { .. }]),
            "{mhz:?}: {effects:?}"
        );
    }
}

#[test]
fn what_differs_bars_nothing_from_the_first_second_on() {
    let mut state = desk_of_two();
    seconds(&mut state, 1, [50_900, 49_000]);
    assert_eq!(typed(&mut state, "!"), [Effect::DropInput]);
}

#[test]
fn what_agrees_is_compared_at_the_same_time_and_is_no_dispute() {
    // The frequency falls by 400 mHz/s; the second feed's readings are 800 ms older.
    let mut state = desk_of_two();
    let mut mhz = 52_000;
    for _ in 0..12 {
        let now = state.now;
        tell(&mut state, FLEET, hertz(mhz, now));
        tell(&mut state, SECOND, hertz(mhz + 320, now.shifted(-800)));
        later(&mut state, 1_000);
        mhz -= 400;
    }
    assert!(alarm_of(&state, "frequency_disputed").is_none());
    // And 20 mHz are none either, 60 are one.
    let mut state = desk_of_two();
    seconds(&mut state, 10, [50_000, 50_020]);
    assert!(alarm_of(&state, "frequency_disputed").is_none());
    seconds(&mut state, 4, [50_000, 50_060]);
    assert!(alarm_of(&state, "frequency_disputed").is_none(), "not yet");
    seconds(&mut state, 6, [50_000, 50_060]);
    assert!(alarm_of(&state, "frequency_disputed").is_some());
}

#[test]
fn surplus_and_demand_are_compared_too() {
    let mut state = desk_of_two();
    for _ in 0..9 {
        let now = state.now;
        for (from, mw) in [(FLEET, 1_000), (SECOND, 970)] {
            let reading = GridReading {
                surplus: Some(Power::from_megawatts(mw)),
                demand: Some(Power::from_megawatts(5_000)),
                ..hertz(50_000, now)
            };
            tell(&mut state, from, reading);
        }
        later(&mut state, 1_000);
    }
    let alarm = alarm_of(&state, "balance_disputed").expect("an alarm");
    assert!(alarm.text.contains("surplus"), "{}", alarm.text);
    assert!(alarm_of(&state, "frequency_disputed").is_none());
    assert_eq!(state.grid.quality, Quality::Uncertain);
}

#[test]
fn a_meter_that_two_feeds_read_differently_is_uncertain() {
    for (mw, disputed) in [(99, false), (90, true)] {
        let mut state = desk_of_two();
        for _ in 0..9 {
            let now = state.now;
            refresh(&mut state);
            let mut other = sample::block("astravets", "1", mw, 17.0);
            other.power_source = PowerSource::Meter;
            other.measured_at = now;
            let items = vec![
                Item::Site(Box::new(sample::site("astravets"))),
                Item::Block(Box::new(other)),
            ];
            let topic = Topic::Fleet;
            feed(&mut state, SECOND, FeedEvent::Update { topic, items });
            later(&mut state, 1_000);
        }
        let view = &state.fleet.sites[&SiteId::new("astravets")];
        assert_eq!(
            view.summary.quality == Quality::Uncertain,
            disputed,
            "{mw} MW"
        );
        let alarm = alarm_of(&state, "meter_disputed");
        assert_eq!(alarm.is_some(), disputed, "{mw} MW");
        if let Some(alarm) = alarm {
            assert!(alarm.text.contains("90.0") && alarm.text.contains("100.0"));
        }
    }
}
