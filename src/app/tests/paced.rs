//! What a plan does to the frequency, and when its blocks move.

use super::emergency::frequency;
use super::*;
use crate::app::ahead::{Unsaid, unsaid};
use crate::domain::fleet::BlockState;
use crate::domain::order::Order;
use crate::domain::pacing::{Limits, Pacing, Restores};
use crate::domain::waiting::WaitsFor;

/// The same desk at a gateway that says how it paces what it is told.
fn paced() -> State {
    let mut state = live();
    let info = state.feeds[0].info.as_mut().expect("it has said hello");
    info.pacing = Pacing {
        spreads: true,
        restores: Some(Restores {
            limits: Limits::default(),
            wakes_ms: 10_000,
        }),
    };
    state
}

fn word(state: &State) -> String {
    let dialog = state.dialog.as_ref().expect("a dialog");
    dialog.word().expect("a plan has a word")
}

fn error(state: &State) -> &str {
    let dialog = state.dialog.as_ref().expect("a dialog");
    dialog.error.as_deref().unwrap_or_default()
}

/// Asks for this and arms it.
fn arm(state: &mut State, keys: &str) {
    typed(state, keys);
    press(state, Code::Enter);
    typed(state, "a");
    later(state, 400);
    refresh(state);
}

/// Types the word and gives the order that leaves.
fn send(state: &mut State) -> Order {
    let word = word(state);
    typed(state, &word);
    assert_eq!(
        press(state, Code::Enter),
        [Effect::Mint { count: 1 }],
        "{}",
        error(state)
    );
    let sent = update(state, Msg::Minted(vec![OrderId(9)]));
    match sent.as_slice() {
        [Effect::Send(FLEET, Request::Order(order))] => (**order).clone(),
        other => panic!("one order leaves: {other:?}"),
    }
}

/// Everything is off, and may come back.
fn all_off(state: &mut State) {
    let views = state.fleet.sites.values_mut();
    for view in views.flat_map(|view| view.blocks.values_mut()) {
        view.block.power = Some(Power::ZERO);
        view.block.target = Power::ZERO;
        view.block.state = BlockState::Curtailed;
    }
    refresh(state);
}

#[test]
fn a_shed_at_a_high_frequency_names_it_in_its_word() {
    let mut state = paced();
    frequency(&mut state, 50_082);
    arm(&mut state, "C150");
    assert_eq!(word(&state), "SHED NATION 150 AT 50.082");
    typed(&mut state, "SHED NATION 150");
    assert!(press(&mut state, Code::Enter).is_empty());
    assert!(error(&state).contains("AT 50.082"), "{}", error(&state));
    for _ in 0.."SHED NATION 150".len() {
        press(&mut state, Code::Backspace);
    }
    assert_eq!(send(&mut state).targets.len(), 2);
}

#[test]
fn a_restore_at_a_low_frequency_names_it_and_each_the_other_way_does_not() {
    for (keys, mhz, names) in [
        ("C150", 50_050, false),
        ("C150", 50_051, true),
        ("C150", 49_900, false),
        ("R150", 49_949, true),
        ("R150", 49_950, false),
        ("R150", 50_300, false),
    ] {
        let mut state = paced();
        if keys.starts_with('R') {
            all_off(&mut state);
        }
        frequency(&mut state, mhz);
        arm(&mut state, keys);
        let at = format!(" AT {}.{:03}", mhz / 1_000, mhz % 1_000);
        assert_eq!(
            word(&state).ends_with(&at),
            names,
            "{keys} at {mhz}: {}",
            word(&state)
        );
    }
}

#[test]
fn a_frequency_that_turns_after_arming_sends_nothing() {
    let mut state = paced();
    frequency(&mut state, 50_000);
    arm(&mut state, "C150");
    let word = word(&state);
    assert_eq!(word, "SHED NATION 150");
    typed(&mut state, &word);
    frequency(&mut state, 50_090);
    assert!(press(&mut state, Code::Enter).is_empty());
    assert!(error(&state).contains("50.090"), "{}", error(&state));
}

#[test]
fn what_feeds_contradict_each_other_about_is_no_direction() {
    let mut state = paced();
    state.feeds.push(Feed::new(OTHER, "grid"));
    connect(&mut state, OTHER, "other", false);
    for _ in 0..8 {
        later(&mut state, 1_000);
        refresh(&mut state);
        frequency(&mut state, 50_090);
        let reading = GridReading {
            frequency: Some(Hertz::from_millihertz(49_900)),
            measured_at: state.now,
            ..GridReading::default()
        };
        let items = vec![Item::Grid(Box::new(reading))];
        let topic = Topic::Grid;
        feed(&mut state, OTHER, FeedEvent::Update { topic, items });
    }
    arm(&mut state, "C150");
    assert!(!word(&state).contains(" AT "), "{}", word(&state));
}

#[test]
fn a_shed_is_spread_unless_the_grid_is_short_or_nobody_can_wait() {
    let order = |state: &mut State, keys: &str| {
        arm(state, keys);
        send(state)
    };
    let after = |order: &Order| -> Vec<u128> {
        let targets = order.targets.iter();
        targets.map(|target| target.after.as_millis()).collect()
    };
    // Within five minutes the last of two begins after 4 min less its ramp of 10 s.
    let mut state = paced();
    frequency(&mut state, 50_000);
    let spread = order(&mut state, "C150");
    assert_eq!(after(&spread).into_iter().max(), Some(230_000));
    assert_eq!(
        spread.expires_at,
        (state.now + Duration::from_mins(1)).shifted(250)
    );
    let mut state = paced();
    frequency(&mut state, 49_949);
    assert_eq!(
        after(&order(&mut state, "C150")),
        [0, 0],
        "the grid is short"
    );
    let mut state = live();
    frequency(&mut state, 50_000);
    assert_eq!(
        after(&order(&mut state, "C150")),
        [0, 0],
        "its gateway takes no times"
    );
    let mut state = paced();
    frequency(&mut state, 50_000);
    typed(&mut state, "C150");
    for _ in 0..4 {
        press(&mut state, Code::Right);
    }
    assert!(state.dialog.as_ref().is_some_and(curtail::Dialog::is_fast));
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    later(&mut state, 400);
    refresh(&mut state);
    assert_eq!(after(&send(&mut state)), [0, 0], "as fast as possible");
}

#[test]
fn as_fast_as_possible_is_the_shortest_time_that_is_long_enough() {
    let mut state = paced();
    for view in state.fleet.sites.values_mut() {
        for block in view.blocks.values_mut() {
            block.block.limits.notice = Duration::from_mins(1);
        }
    }
    refresh(&mut state);
    typed(&mut state, "C150");
    for _ in 0..4 {
        press(&mut state, Code::Right);
    }
    press(&mut state, Code::Enter);
    let plan = state.dialog.as_ref().and_then(|d| d.plan.as_ref());
    let plan = plan.expect("there is time enough");
    assert_eq!(plan.ask.within, Duration::from_mins(5));
    assert_eq!(plan.takes(), Some(Duration::from_secs(70)));
}

#[test]
fn an_emergency_takes_what_a_shed_has_put_off() {
    let mut state = paced();
    frequency(&mut state, 50_000);
    arm(&mut state, "C150");
    let order = send(&mut state);
    let later = order
        .targets
        .iter()
        .find(|t| !t.after.is_zero())
        .expect("put off");
    let said = |target: &crate::domain::order::OrderTarget| TargetStatus {
        site: target.site.clone(),
        block: target.block.clone(),
        phase: if target.after.is_zero() {
            Phase::Executing
        } else {
            Phase::Accepted
        },
        reasons: Vec::new(),
        delivered: None,
        measured_at: None,
    };
    let status = OrderStatus {
        id: order.id,
        phase: Phase::Executing,
        at: state.now,
        detail: "".into(),
        targets: order.targets.iter().map(said).collect(),
        issued: None,
    };
    answer(&mut state, Item::Order(Box::new(status)));
    typed(&mut state, "!");
    let prompt = state.emergency.prompt.as_ref().expect("asked");
    let parts: Vec<_> = prompt.shed.parts().map(|part| part.key.clone()).collect();
    let of = |t: &crate::domain::order::OrderTarget| {
        crate::domain::ids::BlockKey::new(&t.site, &t.block)
    };
    assert!(
        parts.contains(&of(later)),
        "its turn has not come: {parts:?}"
    );
    let begun = order
        .targets
        .iter()
        .find(|t| t.after.is_zero())
        .expect("at once");
    assert!(!parts.contains(&of(begun)), "{parts:?}");
}

#[test]
fn a_restore_is_as_slow_as_its_gateway_says_and_not_known_where_it_says_nothing() {
    let mut state = paced();
    all_off(&mut state);
    frequency(&mut state, 50_000);
    typed(&mut state, "Rall");
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("a plan");
    assert_eq!(unsaid(&state, &plan), None);
    // 250 MW at 2 MW/s, each block with 10 s to wake: 1 MW/s for 100 MW, 0.5 MW/s for 50.
    let takes = plan.takes().expect("it is known").as_secs();
    assert!((150..260).contains(&takes), "{takes}");
    let in_30 = plan.arrived(Duration::from_secs(30)).expect("it is known");
    assert!(in_30 <= Power::from_megawatts(40), "{in_30:?}");
    press(&mut state, Code::Esc);
    frequency(&mut state, 49_890);
    typed(&mut state, "Rall");
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("a plan");
    assert_eq!(
        unsaid(&state, &plan),
        Some(Unsaid::Held(WaitsFor::Frequency))
    );
    assert_eq!(plan.takes(), None);
    let mut state = live();
    all_off(&mut state);
    typed(&mut state, "Rall");
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("a plan");
    assert_eq!(unsaid(&state, &plan), Some(Unsaid::Untold));
    assert_eq!(
        (plan.takes(), plan.arrived(Duration::from_secs(30))),
        (None, None)
    );
}
