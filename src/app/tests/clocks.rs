//! Clocks of gateways, old figures, and what they bar.

use super::*;
use crate::domain::link::Going;
use crate::domain::order::Reason;
use crate::domain::quality::Concern;

fn goes(state: &mut State, id: FeedId, going: Going) {
    feed(state, id, FeedEvent::Clock(going));
    let now = state.now;
    update(state, Msg::Tick(now));
}

fn why_not(state: &mut State, keys: &str) -> Vec<Reason> {
    typed(state, keys);
    press(state, Code::Enter);
    let dialog = state.dialog.take().expect("it is open");
    assert!(dialog.plan.is_none(), "a plan was made");
    dialog
        .excluded
        .into_iter()
        .flat_map(|e| e.reasons)
        .collect()
}

fn clock(reasons: &[Reason]) -> bool {
    let of = |r: &Reason| r.code() == "clock";
    !reasons.is_empty() && reasons.iter().all(of)
}

#[test]
fn a_clock_that_stands_still_bars_every_order_but_an_emergency() {
    let mut state = live();
    goes(&mut state, FLEET, Going::Wrong { permille: 0 });
    let view = &state.fleet.sites[&SiteId::new("astravets")];
    assert_eq!(view.summary.quality, Quality::Bad);
    assert_eq!(view.summary.concern, Concern::ClockWrong(0));
    let reasons = why_not(&mut state, "coff");
    assert!(clock(&reasons), "{reasons:?}");
    assert!(reasons[0].sentence() == "clock stands still");
    assert_eq!(state.totals().sheddable[3], Power::ZERO);
    typed(&mut state, "!");
    let prompt = state.emergency.prompt.as_ref().expect("it asks");
    assert!(prompt.shed.moved() > Power::ZERO);
    press(&mut state, Code::Esc);
    later(&mut state, 2_000);
    assert!(
        state
            .alarms
            .values()
            .any(|a| a.text.contains("clock stands still"))
    );
    goes(&mut state, FLEET, Going::True);
    refresh(&mut state);
    typed(&mut state, "coff");
    press(&mut state, Code::Enter);
    assert!(state.dialog.is_some_and(|d| d.plan.is_some()));
}

#[test]
fn a_clock_that_was_set_bars_restores_and_substitutes_and_no_shed() {
    let mut state = live();
    goes(&mut state, FLEET, Going::Set { by_ms: 3_600_000 });
    later(&mut state, 0);
    assert_eq!(state.feeds[0].concern, Concern::ClockSet);
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    let plan = state.dialog.take().and_then(|d| d.plan).expect("a shed");
    assert!(plan.spares.is_empty());
    let reasons = why_not(&mut state, "rall");
    assert!(reasons.iter().any(|r| r.code() == "clock"), "{reasons:?}");
}

/// Two gateways, each of its own life.
fn two() -> State {
    let mut state = live();
    state.feeds.push(Feed::new(OTHER, "other"));
    let mut told = info("h", false);
    told.boot = BootId::new("c");
    connect(&mut state, OTHER, "h", false);
    feed(&mut state, OTHER, FeedEvent::Hello(Box::new(told)));
    state
}

fn own(state: &State) -> usize {
    let alarms = state.alarms.values();
    alarms.filter(|a| &*a.kind == "own_clock").count()
}

#[test]
fn one_gateway_that_jumps_is_doubted_and_all_that_jump_alike_are_not() {
    let set = Going::Set { by_ms: 3_600_000 };
    let mut state = two();
    goes(&mut state, FLEET, set);
    assert_eq!(state.feeds[0].concern, Concern::None, "others may follow");
    later(&mut state, 4_000);
    assert_eq!(state.feeds[0].concern, Concern::ClockSet);
    let mut state = two();
    for id in [FLEET, OTHER] {
        goes(&mut state, id, set);
        let (offset_ms, uncertainty_ms) = (3_600_250, 1);
        let skew = FeedEvent::Skew {
            offset_ms,
            uncertainty_ms,
        };
        feed(&mut state, id, skew);
    }
    for _ in 0..12 {
        later(&mut state, 1_000);
        refresh(&mut state);
        assert!(state.feeds.iter().all(|f| f.concern == Concern::None));
    }
    assert_eq!(own(&state), 1);
    let of_clocks = |a: &&crate::domain::alarm::Alarm| a.kind.contains("clock");
    assert_eq!(state.alarms.values().filter(of_clocks).count(), 1);
}

#[test]
fn this_machine_s_own_clock_is_one_alarm() {
    let mut state = two();
    update(&mut state, Msg::OwnClock(-7_200_000));
    later(&mut state, 1_000);
    assert_eq!(own(&state), 1);
    assert!(state.feeds.iter().all(|f| f.concern == Concern::None));
}

#[test]
fn a_day_between_reports_makes_two_days_old_figures_no_good() {
    let mut state = live();
    state.feeds[0].info.as_mut().expect("it said").report_period = Duration::from_hours(24);
    later(&mut state, 29_000);
    let quality = |state: &State| state.fleet.sites[&SiteId::new("astravets")].summary.quality;
    assert_eq!(quality(&state), Quality::Good);
    assert!(
        state.totals().eldest >= Duration::from_secs(29),
        "it is told"
    );
    later(&mut state, 1_000);
    assert_eq!(quality(&state), Quality::Uncertain);
    let reasons = why_not(&mut state, "rall");
    assert!(reasons.iter().any(|r| r.code() == "slow"), "{reasons:?}");
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    let plan = state.dialog.take().and_then(|d| d.plan).expect("a shed");
    assert!(plan.spares.is_empty(), "no closed loop by old figures");
    state.feeds[0].slow_after = Duration::from_mins(1);
    later(&mut state, 1_000);
    assert_eq!(
        quality(&state),
        Quality::Good,
        "as the desk has configured it"
    );
}

#[test]
fn figures_of_the_far_future_are_bad() {
    let mut state = live();
    state.feeds[0].info.as_mut().expect("it said").report_period = Duration::from_hours(24);
    let mut block = sample::block("lukoml", "1", 50, 21.0);
    block.measured_at = NOW + Duration::from_hours(1);
    let items = vec![Item::Block(Box::new(block))];
    let topic = Topic::Fleet;
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    later(&mut state, 1_000);
    let view = &state.fleet.sites[&SiteId::new("lukoml")];
    assert_eq!(view.summary.quality, Quality::Bad);
}

#[test]
fn neither_an_old_frequency_nor_one_of_a_wrong_clock_bars_an_emergency() {
    let high = |state: &mut State| {
        let reading = GridReading {
            frequency: Some(Hertz::from_millihertz(50_900)),
            measured_at: state.now,
            ..GridReading::default()
        };
        let items = vec![Item::Grid(Box::new(reading))];
        let topic = Topic::Grid;
        feed(state, FLEET, FeedEvent::Update { topic, items });
        let now = state.now;
        update(state, Msg::Tick(now));
    };
    let asks = |state: &mut State| {
        typed(state, "!");
        state.emergency.prompt.take().is_some()
    };
    let mut state = live();
    state.feeds[0].info.as_mut().expect("it said").report_period = Duration::from_hours(24);
    high(&mut state);
    assert!(!asks(&mut state), "a fresh one does");
    later(&mut state, 10_000);
    assert!(!asks(&mut state), "10 s old");
    later(&mut state, 1_000);
    assert!(asks(&mut state), "11 s old");
    for going in [Going::Wrong { permille: 500 }, Going::Set { by_ms: 9_000 }] {
        high(&mut state);
        goes(&mut state, FLEET, going);
        later(&mut state, 0);
        assert!(asks(&mut state), "{going:?}");
    }
}

/// The time of day that the list shows of the one alarm of `feed`.
fn raised(state: &State, feed: FeedId) -> Timestamp {
    use crate::app::alarms::list::{View, lines};
    let lines = lines(state, View::All);
    let of_feed = |line: &&crate::app::alarms::list::Line| line.members[0].0 == feed;
    lines.iter().find(of_feed).expect("it is listed").at
}

/// An alarm of a gateway that is raised at `said` by its clock, heard while that is `offset_ms` ahead of ours.
fn rings(state: &mut State, id: FeedId, said: Timestamp, offset_ms: i64) {
    let alarm = crate::domain::alarm::Alarm {
        raised: said.shifted(-offset_ms),
        occurrence: Some(said),
        ..super::alarms::alarm("a1", "overdraw", crate::domain::alarm::Priority::P2, None)
    };
    let items = vec![Item::Alarm(Box::new(alarm))];
    let topic = Topic::Alarm;
    feed(state, id, FeedEvent::Update { topic, items });
}

fn skewed(state: &mut State, id: FeedId, offset_ms: i64) {
    let skew = FeedEvent::Skew {
        offset_ms,
        uncertainty_ms: 1,
    };
    feed(state, id, skew);
}

const HOUR_MS: i64 = 3_600_000;

#[test]
fn an_alarm_is_raised_when_its_gateway_says_though_our_clock_was_off() {
    // This machine's clock was an hour ahead when the console started, and is set right now.
    let mut state = live();
    skewed(&mut state, FLEET, -HOUR_MS);
    let said = NOW.shifted(-HOUR_MS);
    rings(&mut state, FLEET, said, -HOUR_MS);
    assert_eq!(raised(&state, FLEET), NOW, "nobody else says who is wrong");
    update(&mut state, Msg::OwnClock(-HOUR_MS));
    assert_eq!(raised(&state, FLEET), said);
    // Somebody sets this machine's clock wrong: the gateway bears out what this desk goes by.
    let mut state = live();
    rings(&mut state, FLEET, NOW, 250);
    update(&mut state, Msg::OwnClock(HOUR_MS));
    assert_eq!(raised(&state, FLEET), NOW.shifted(-250));
}

#[test]
fn an_alarm_of_before_all_clocks_jumped_stays_where_it_was() {
    let mut state = two();
    rings(&mut state, FLEET, NOW, 0);
    later(&mut state, 10_000);
    for id in [FLEET, OTHER] {
        goes(&mut state, id, Going::Set { by_ms: HOUR_MS });
        skewed(&mut state, id, HOUR_MS);
    }
    later(&mut state, 1_000);
    assert_eq!(raised(&state, FLEET), NOW, "it was right then");
    let said = NOW.shifted(11_000 + HOUR_MS);
    rings(&mut state, OTHER, said, HOUR_MS);
    assert_eq!(raised(&state, OTHER), said, "by the gateways' time");
    // A gateway whose own clock is a minute off from the others is corrected by that.
    skewed(&mut state, OTHER, HOUR_MS + 500);
    assert_eq!(raised(&state, OTHER), said.shifted(-500));
}

#[test]
fn a_gateway_that_sets_its_own_clock_moves_no_alarm_that_stands() {
    let mut state = live();
    rings(&mut state, FLEET, NOW, 0);
    goes(&mut state, FLEET, Going::Set { by_ms: HOUR_MS });
    skewed(&mut state, FLEET, HOUR_MS);
    assert_eq!(raised(&state, FLEET), NOW);
}
