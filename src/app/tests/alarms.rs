//! Alarms: raised after their delays, said once, grouped, shelved with a reason, called for once.

use super::*;
use crate::app::alarms::list::{self, View};
use crate::app::alarms::{OWN, rates};
use crate::domain::alarm::{Alarm, AlarmState, Priority};
use crate::domain::ids::AlarmId;
use crate::domain::journal::Fact;

pub(super) fn alarm(id: &str, kind: &str, priority: Priority, site: Option<&str>) -> Alarm {
    Alarm {
        id: AlarmId::new(id),
        priority,
        state: AlarmState::Unacknowledged,
        kind: kind.into(),
        site: site.map(SiteId::new),
        block: None,
        text: format!("{kind} of {id}").into(),
        raised: NOW,
        occurrence: None,
        cleared: None,
        shelf: None,
        changes: 1,
    }
}

fn told(state: &mut State, alarms: Vec<Alarm>) -> Vec<Effect> {
    let items = alarms
        .into_iter()
        .map(|a| Item::Alarm(Box::new(a)))
        .collect();
    feed(
        state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Alarm,
            items,
        },
    )
}

/// Lets seconds pass with fresh telemetry in each.
fn pass(state: &mut State, seconds: usize) -> Vec<Effect> {
    let mut effects = Vec::new();
    for _ in 0..seconds {
        let now = state.now.shifted(1_000);
        effects.extend(update(state, Msg::Tick(now)));
        refresh(state);
    }
    effects
}

/// The same in silence.
fn silence(state: &mut State, seconds: usize) -> Vec<Effect> {
    (0..seconds)
        .flat_map(|_| {
            let now = state.now.shifted(1_000);
            update(state, Msg::Tick(now))
        })
        .collect()
}

fn own(state: &State, kind: &str) -> Vec<AlarmState> {
    let of = |(key, alarm): (&(FeedId, AlarmId), &Alarm)| {
        (key.0 == OWN && &*alarm.kind == kind).then_some(alarm.state)
    };
    state.alarms.iter().filter_map(of).collect()
}

fn calls(effects: &[Effect]) -> usize {
    let is_call = |e: &&Effect| matches!(e, Effect::Alert(_));
    effects.iter().filter(is_call).count()
}

fn facts(effects: &[Effect]) -> Vec<&Fact> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Journal { entries, .. } => Some(entries.iter().map(|entry| &entry.fact)),
            _ => None,
        })
        .flatten()
        .collect()
}

#[test]
fn a_lost_feed_is_raised_after_its_delay_and_its_silent_sites_stand_under_it() {
    let mut state = live();
    pass(&mut state, 3);
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    silence(&mut state, 8);
    assert_eq!(own(&state, "feed_lost"), []);
    silence(&mut state, 40);
    assert_eq!(own(&state, "feed_lost"), [AlarmState::Unacknowledged]);
    assert_eq!(own(&state, "site_stale").len(), 2);
    let lines = list::lines(&state, View::Active);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].is_parent && lines[0].text.contains("2 sites stale"));
    assert_eq!(lines[0].members.len(), 3);
    assert_eq!(state.alarm_counts(), [0, 1, 0, 0]);
    // Enter shows each; a on the parent goes for all.
    press(&mut state, Code::Esc);
    typed(&mut state, "7");
    press(&mut state, Code::Enter);
    assert_eq!(list::lines(&state, View::Active).len(), 3);
    assert_eq!(state.alarm_counts(), [0, 1, 0, 0]);
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    assert_eq!(own(&state, "feed_lost"), [AlarmState::Acknowledged]);
    assert_eq!(own(&state, "site_stale"), [AlarmState::Acknowledged; 2]);
    connect(&mut state, FLEET, "g", false);
    pass(&mut state, 10);
    assert_eq!(list::lines(&state, View::Active), []);
}

#[test]
fn what_the_gateway_says_of_a_site_is_not_said_again_here() {
    let mut state = live();
    pass(&mut state, 3);
    told(
        &mut state,
        vec![alarm("s", "silent", Priority::P2, Some("lukoml"))],
    );
    silence(&mut state, 40);
    let told_here: Vec<_> = list::lines(&state, View::Active)
        .into_iter()
        .filter(|l| &*l.kind == "site_stale")
        .filter_map(|l| l.site)
        .collect();
    assert_eq!(told_here, [SiteId::new("astravets")]);
}

#[test]
fn two_hundred_alarms_of_one_kind_are_one_line_and_one_call() {
    let mut state = live();
    let alarms = (0..200)
        .map(|n| alarm(&format!("u{n}"), "unit_trip", Priority::P1, None))
        .collect();
    let mut effects = told(&mut state, alarms);
    effects.extend(pass(&mut state, 60));
    assert_eq!(calls(&effects), 1);
    let lines = list::lines(&state, View::Active);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].text.starts_with("200 x "), "{}", lines[0].text);
    assert!(rates::rates(&state).is_flood());
    assert_eq!(state.alarm_counts(), [1, 0, 0, 0]);
    typed(&mut state, "7");
    let acks = typed(&mut state, "a");
    let sent = |e: &&Effect| matches!(e, Effect::Send(_, Request::AlarmAck(_)));
    assert_eq!(acks.iter().filter(sent).count(), 200);
}

#[test]
fn the_top_priority_calls_once_each_and_again_only_for_a_new_one() {
    let mut state = live();
    let first = alarm("a", "unit_trip", Priority::P1, None);
    let mut effects = told(
        &mut state,
        vec![first.clone(), alarm("b", "fault", Priority::P2, None)],
    );
    effects.extend(pass(&mut state, 2));
    // Told again and again, as after each reconnect.
    effects.extend(told(&mut state, vec![first.clone(), first.clone()]));
    effects.extend(pass(&mut state, 30));
    assert_eq!(calls(&effects), 1);
    let mut seen = first.clone();
    seen.state = AlarmState::Acknowledged;
    told(&mut state, vec![seen]);
    assert_eq!(calls(&pass(&mut state, 30)), 0);
    // It goes and comes again: that is news.
    let mut again = first;
    again.state = AlarmState::Normal;
    told(&mut state, vec![again.clone()]);
    pass(&mut state, 1);
    again.state = AlarmState::Unacknowledged;
    told(&mut state, vec![again]);
    assert_eq!(calls(&pass(&mut state, 2)), 1);
}

#[test]
fn several_within_seconds_are_called_for_once_and_none_is_forgotten() {
    let mut state = live();
    told(&mut state, vec![alarm("a", "x", Priority::P1, None)]);
    assert_eq!(calls(&pass(&mut state, 1)), 1);
    for id in ["b", "c", "d"] {
        told(&mut state, vec![alarm(id, "y", Priority::P1, None)]);
        assert_eq!(calls(&pass(&mut state, 1)), 0);
    }
    let later = pass(&mut state, 20);
    assert_eq!(calls(&later), 1);
    let said = later
        .iter()
        .any(|e| matches!(e, Effect::Alert(s) if s.starts_with("3 alarms")));
    assert!(said, "{later:?}");
}

#[test]
fn a_desk_can_have_it_quiet() {
    let mut state = live();
    state.alarming.settings.call = false;
    told(
        &mut state,
        vec![alarm("a", "unit_trip", Priority::P1, None)],
    );
    assert_eq!(calls(&pass(&mut state, 30)), 0);
}

#[test]
fn shelving_asks_for_a_time_and_a_reason_and_is_journalled() {
    let mut state = live();
    update(&mut state, Msg::JournalOpened(Err("no disk".into())));
    told(
        &mut state,
        vec![alarm("a", "fault", Priority::P2, Some("lukoml"))],
    );
    pass(&mut state, 1);
    typed(&mut state, "7");
    // The journal's own alarm stands above it by its kind; choose the gateway's.
    while list::chosen(&state).is_some_and(|l| &*l.kind != "fault") {
        let before = list::chosen(&state);
        typed(&mut state, "j");
        assert_ne!(list::chosen(&state), before);
    }
    // Longer than the desk allows is not offered, nor is a shelf without a reason.
    typed(&mut state, "z5");
    assert!(
        state
            .alarming
            .prompt
            .as_ref()
            .is_some_and(|p| matches!(p.ask, crate::app::alarms::deeds::Ask::Time { .. }))
    );
    typed(&mut state, "2");
    assert_eq!(press(&mut state, Code::Enter), []);
    typed(&mut state, "hi");
    assert_eq!(press(&mut state, Code::Enter), []);
    typed(&mut state, " fan");
    let effects = press(&mut state, Code::Enter);
    let sent = effects.iter().find_map(|e| match e {
        Effect::Send(_, Request::AlarmShelve { until, reason, .. }) => {
            Some((*until, reason.clone()))
        }
        _ => None,
    });
    assert_eq!(sent, Some((state.now.shifted(3_600_000), "hi fan".into())));
    let shelved = facts(&effects)
        .into_iter()
        .any(|f| matches!(f, Fact::Shelved { reason, .. } if &**reason == "hi fan"));
    assert!(shelved, "{effects:?}");
    // Esc leaves nothing behind, and `!` is part of the text.
    typed(&mut state, "z1because!");
    assert!(state.emergency.prompt.is_none());
    press(&mut state, Code::Esc);
    assert_eq!(state.alarming.prompt, None);
}

#[test]
fn an_alarm_of_this_console_is_shelved_here_and_comes_back_by_itself_and_says_so() {
    let mut state = live();
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    silence(&mut state, 12);
    typed(&mut state, "7z1testing");
    press(&mut state, Code::Enter);
    assert_eq!(own(&state, "feed_lost"), [AlarmState::Shelved]);
    assert_eq!(list::shelved(&state).len(), 1);
    assert_eq!(rates::rates(&state).shelved, 1);
    silence(&mut state, 890);
    assert_eq!(own(&state, "feed_lost"), [AlarmState::Shelved]);
    silence(&mut state, 15);
    assert_eq!(own(&state, "feed_lost"), [AlarmState::Unacknowledged]);
    let said = state.said.as_ref().map(|(_, sentence)| sentence.clone());
    assert!(said.is_some_and(|s| s.starts_with("back from its shelf")));
}

#[test]
fn only_an_engineer_takes_an_alarm_out_of_service_and_it_stays_in_sight() {
    let mut state = live();
    told(
        &mut state,
        vec![alarm("a", "fault", Priority::P2, Some("lukoml"))],
    );
    pass(&mut state, 1);
    typed(&mut state, "7x");
    assert_eq!(state.alarming.prompt, None);
    state.desk.role = "engineer".into();
    typed(&mut state, "xsensor broken");
    press(&mut state, Code::Enter);
    assert_eq!(list::lines(&state, View::Active), []);
    // Another occurrence of the same is out of service as well; once it is over, the entry stays.
    let mut old = alarm("a", "fault", Priority::P2, Some("lukoml"));
    old.state = AlarmState::Normal;
    let mut new = alarm("b", "fault", Priority::P2, Some("lukoml"));
    told(&mut state, vec![old, new.clone()]);
    assert_eq!(state.alarm_counts(), [0; 4]);
    new.state = AlarmState::Normal;
    told(&mut state, vec![new.clone()]);
    typed(&mut state, "vv");
    let lines = list::shown(&state);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].state, AlarmState::OutOfService);
    typed(&mut state, "xy");
    new.state = AlarmState::Unacknowledged;
    told(&mut state, vec![new]);
    assert_eq!(state.alarm_counts(), [0, 1, 0, 0]);
}

#[test]
fn a_curtailed_block_that_hashes_nothing_is_suppressed_and_counted() {
    let mut state = live();
    for block in state
        .fleet
        .sites
        .values_mut()
        .flat_map(|v| v.blocks.values_mut())
    {
        block.block.hashrate = crate::domain::units::Hashrate::from_hs(0.0);
        block.block.machines.total = 10;
        block.block.target = block.block.floor;
        block.block.power = Some(block.block.floor);
        block.block.state = crate::domain::fleet::BlockState::Curtailed;
    }
    let blocks = state.fleet.block_count();
    for _ in 0..130 {
        let now = state.now.shifted(1_000);
        for block in state
            .fleet
            .sites
            .values_mut()
            .flat_map(|v| v.blocks.values_mut())
        {
            block.block.measured_at = now;
        }
        for view in state.fleet.sites.values_mut() {
            view.site.measured_at = now;
        }
        update(&mut state, Msg::Tick(now));
    }
    assert_eq!(rates::rates(&state).suppressed, blocks);
    assert_eq!(
        own(&state, "no_hashrate"),
        vec![AlarmState::Suppressed; blocks]
    );
    assert_eq!(state.alarm_counts(), [0; 4]);
}

#[test]
fn a_clock_that_jumps_back_loses_no_alarm_and_calls_nobody_twice() {
    let mut state = live();
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    silence(&mut state, 12);
    assert_eq!(own(&state, "feed_lost"), [AlarmState::Unacknowledged]);
    told(
        &mut state,
        vec![alarm("a", "unit_trip", Priority::P1, None)],
    );
    assert_eq!(calls(&silence(&mut state, 1)), 1);
    later(&mut state, -7_200_000);
    let effects = silence(&mut state, 30);
    assert_eq!(calls(&effects), 0);
    assert_eq!(own(&state, "feed_lost"), [AlarmState::Unacknowledged]);
}

fn told_by(state: &mut State, from: FeedId, alarm: Alarm) {
    let topic = Topic::Alarm;
    let items = vec![Item::Alarm(Box::new(alarm))];
    feed(state, from, FeedEvent::Update { topic, items });
}

/// Seconds of a low frequency that `FLEET` states.
fn low_frequency(state: &mut State, seconds: usize) {
    for _ in 0..seconds {
        let reading = GridReading {
            frequency: Some(Hertz::from_millihertz(49_500)),
            measured_at: state.now,
            ..GridReading::default()
        };
        let topic = Topic::Grid;
        let items = vec![Item::Grid(Box::new(reading))];
        feed(state, FLEET, FeedEvent::Update { topic, items });
        pass(state, 1);
    }
}

#[test]
fn only_who_rules_the_frequency_stands_in_for_the_desks_own_alarm_of_it() {
    let low = || alarm("f", "frequency_low", Priority::P2, None);
    for (from, gateway, wanted) in [(FeedId(1), "h", 1), (FeedId(1), "g", 0), (FLEET, "g", 0)] {
        let mut state = live();
        state.feeds.push(Feed::new(FeedId(1), "other"));
        connect(&mut state, FeedId(1), gateway, false);
        told_by(&mut state, from, low());
        low_frequency(&mut state, 10);
        assert_eq!(
            own(&state, "frequency_low").len(),
            wanted,
            "{from:?} {gateway}"
        );
    }
}

#[test]
fn a_gateways_alarm_that_is_set_aside_or_of_less_weight_silences_no_own_one() {
    use AlarmState::{Acknowledged, OutOfService, Shelved, Suppressed, Unacknowledged};
    let cases = [
        (Priority::P1, Unacknowledged, 0),
        (Priority::P1, Acknowledged, 0),
        (Priority::P2, Unacknowledged, 0),
        (Priority::P3, Unacknowledged, 1),
        (Priority::P4, Unacknowledged, 1),
        (Priority::P1, Suppressed, 1),
        (Priority::P1, Shelved, 1),
        (Priority::P1, OutOfService, 1),
    ];
    for (priority, stands, wanted) in cases {
        let mut state = live();
        let low = alarm("f", "frequency_low", priority, None);
        let low = Alarm {
            state: stands,
            ..low
        };
        told_by(&mut state, FLEET, low);
        low_frequency(&mut state, 10);
        let own = own(&state, "frequency_low").len();
        assert_eq!(own, wanted, "{priority:?} {stands:?}");
    }
}

#[test]
fn only_whose_site_it_is_stands_in_for_the_desks_own_alarm_of_it() {
    for (from, wanted) in [(FeedId(1), 1), (FLEET, 0)] {
        let mut state = live();
        state.feeds.push(Feed::new(FeedId(1), "other"));
        connect(&mut state, FeedId(1), "h", false);
        told_by(
            &mut state,
            from,
            alarm("s", "silent", Priority::P4, Some("lukoml")),
        );
        // Astravets goes on reporting, Lukoml does not.
        for _ in 0..60 {
            let now = state.now.shifted(1_000);
            update(&mut state, Msg::Tick(now));
            let site = Site {
                measured_at: now,
                ..sample::site("astravets")
            };
            let items = vec![Item::Site(Box::new(site))];
            let topic = Topic::Fleet;
            feed(&mut state, FLEET, FeedEvent::Update { topic, items });
        }
        let ours = |(key, alarm): &(&(FeedId, AlarmId), &Alarm)| {
            key.0 == OWN
                && &*alarm.kind == "site_stale"
                && alarm.site == Some(SiteId::new("lukoml"))
        };
        assert_eq!(state.alarms.iter().filter(ours).count(), wanted, "{from:?}");
    }
}
