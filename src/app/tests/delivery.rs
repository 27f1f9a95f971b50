//! What a gateway calls delivered, and what its meters say to that.

use super::*;
use crate::app::orders::in_sight;
use crate::control::delivery::Doubt;
use crate::domain::fleet::BlockState;

/// A desk with an order of block 2 of Astravets, 100 MW, under way.
fn ordered() -> State {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    state
}

/// Block 2 reads so many megawatts so long after now.
fn reads(state: &mut State, mw: i64, later_ms: i64) {
    later(state, later_ms);
    let mut block = sample::block("astravets", "2", 100, 19.0);
    block.power = Some(Power::from_megawatts(mw));
    block.target = Power::ZERO;
    block.state = BlockState::Curtailed;
    block.measured_at = state.now;
    let items = vec![Item::Block(Box::new(block))];
    let topic = Topic::Fleet;
    feed(state, FLEET, FeedEvent::Update { topic, items });
    later(state, 1_000);
}

fn said(with: impl FnOnce(&mut OrderStatus)) -> Item {
    let mut item = status(OrderId(9), Phase::Delivered, 100);
    if let Item::Order(status) = &mut item {
        with(status);
    }
    item
}

fn doubt(state: &State) -> Option<Doubt> {
    match state.orders[0].life {
        Life::Claimed(doubt) => Some(doubt),
        _ => None,
    }
}

#[test]
fn delivered_needs_a_reading_of_its_own_block_after_it_left_of_what_it_can_move() {
    type Lie = fn(&mut OrderStatus);
    let lies: [(Doubt, Lie); 8] = [
        (Doubt::NoReading, |s| s.targets.clear()),
        (Doubt::NoReading, |s| s.targets[0].delivered = None),
        (Doubt::NoReading, |s| s.targets[0].measured_at = None),
        (Doubt::Older, |s| s.targets[0].measured_at = Some(NOW)),
        (Doubt::Ahead, |s| {
            s.targets[0].measured_at = Some(NOW + Duration::from_hours(1));
        }),
        (Doubt::Others, |s| {
            s.targets[0].block = crate::domain::ids::BlockId::new("9");
        }),
        (Doubt::Impossible, |s| {
            s.targets[0].delivered = Some(Power::from_megawatts(-12_000_000));
        }),
        (Doubt::Impossible, |s| {
            s.targets[0].delivered = Some(Power::from_megawatts(150));
        }),
    ];
    for (wanted, lie) in lies {
        let mut state = ordered();
        answer(&mut state, said(lie));
        assert_eq!(doubt(&state), Some(wanted));
        assert_eq!(state.orders[0].delivered(), Power::ZERO, "{wanted:?}");
        assert_eq!(in_sight(&state).count(), 1, "{wanted:?} stays in sight");
        answer(&mut state, said(|_| ()));
        assert_eq!(doubt(&state), None, "said better: {wanted:?}");
    }
}

#[test]
fn another_block_s_reading_beside_its_own_makes_it_doubtful() {
    let mut state = ordered();
    let both = said(|s| {
        let mut other = s.targets[0].clone();
        other.block = crate::domain::ids::BlockId::new("9");
        s.targets.push(other);
    });
    answer(&mut state, both);
    assert_eq!(doubt(&state), Some(Doubt::Others));
    assert_eq!(state.orders[0].delivered(), Power::from_megawatts(100));
}

#[test]
fn with_an_unknown_skew_it_is_no_more_than_said_and_no_alarm() {
    let mut state = ordered();
    state.feeds[0].skew = None;
    answer(&mut state, said(|_| ()));
    assert_eq!(doubt(&state), Some(Doubt::ClockUnknown));
    assert_eq!(
        &*state.orders[0].standing(),
        "says delivered, clock unknown"
    );
    later(&mut state, 1_000);
    let alarms = state.alarms.values();
    assert!(alarms.filter(|a| &*a.kind == "order_claimed").count() == 0);
}

#[test]
fn a_meter_that_reads_full_load_two_periods_later_speaks_against_it() {
    let mut state = ordered();
    answer(&mut state, said(|_| ()));
    reads(&mut state, 100, 1_600);
    assert_eq!(doubt(&state), None, "not two periods later yet");
    reads(&mut state, 100, 2_000);
    assert_eq!(
        &*state.orders[0].standing(),
        "says delivered, meter says 100 of 100"
    );
    assert_eq!(state.orders[0].delivered(), Power::ZERO);
    later(&mut state, 1_000);
    let told = state.alarms.values().find(|a| &*a.kind == "order_claimed");
    assert!(told.is_some_and(|a| a.text.contains("meter says 100 of 100")));
    answer(&mut state, said(|_| ()));
    assert_eq!(
        doubt(&state),
        Some(Doubt::Meter),
        "saying it again is no reading"
    );
    reads(&mut state, 4, 2_000);
    assert_eq!(doubt(&state), None, "4 MW are less than a tenth of 100");
    reads(&mut state, 100, 2_000);
    assert_eq!(doubt(&state), None, "it has been borne out");
}

#[test]
fn a_delivered_of_nothing_is_held_against_what_was_ordered() {
    let mut state = ordered();
    answer(
        &mut state,
        said(|s| s.targets[0].delivered = Some(Power::ZERO)),
    );
    reads(&mut state, 100, 5_000);
    assert_eq!(doubt(&state), Some(Doubt::Meter));
}

#[test]
fn a_block_that_is_passed_over_is_not_delivered() {
    let mut state = live();
    typed(&mut state, "c150");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    later(&mut state, 400);
    refresh(&mut state);
    let dialog = state.dialog.as_ref();
    let word = dialog.and_then(curtail::Dialog::word).expect("armed");
    typed(&mut state, &word);
    press(&mut state, Code::Enter);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    assert!(state.orders[0].order.targets.len() > 1, "two blocks");
    answer(&mut state, said(|_| ()));
    assert_eq!(doubt(&state), Some(Doubt::NoReading));
}

/// The site is stated with another order's sequence, and the block as another's.
fn stated_as_anothers(state: &mut State) {
    let mut site = sample::site("astravets");
    site.site_seq = 20;
    site.measured_at = state.now;
    let topic = Topic::Fleet;
    let items = vec![Item::Site(Box::new(site))];
    feed(state, FLEET, FeedEvent::Update { topic, items });
}

#[test]
fn a_gateway_talks_no_meter_away_by_sequences_and_orders_of_others() {
    let mut state = ordered();
    answer(&mut state, said(|_| ()));
    stated_as_anothers(&mut state);
    later(&mut state, 5_000);
    let mut block = full_load(&state);
    block.held = Some(crate::domain::fleet::Held {
        by: "somebody".into(),
        order: Some(OrderId(77)),
        since: None,
        until: None,
        reason: "".into(),
    });
    stated(&mut state, FLEET, block);
    assert_eq!(doubt(&state), Some(Doubt::Meter));
}

/// Block 2 at 100 MW now.
fn full_load(state: &State) -> Block {
    Block {
        measured_at: state.now,
        ..sample::block("astravets", "2", 100, 19.0)
    }
}

fn stated(state: &mut State, from: FeedId, block: Block) {
    let topic = Topic::Fleet;
    let items = vec![Item::Block(Box::new(block))];
    feed(state, from, FeedEvent::Update { topic, items });
    later(state, 1_000);
}

#[test]
fn what_a_restore_of_this_desk_does_later_is_no_word_about_the_shed() {
    let mut state = ordered();
    answer(&mut state, said(|_| ()));
    let mut back = state.orders[0].clone();
    back.order.id = OrderId(10);
    back.order.kind = crate::domain::order::OrderKind::Restore;
    back.sent_at = state.now;
    back.life = Life::Said(Phase::Executing);
    state.orders.push(back);
    reads(&mut state, 100, 5_000);
    assert_eq!(doubt(&state), None);
    // One that its gateway has refused has moved nothing.
    state.orders[1].life = Life::Said(Phase::Rejected);
    reads(&mut state, 100, 1_000);
    assert_eq!(doubt(&state), Some(Doubt::Meter));
}

#[test]
fn a_reading_of_a_block_that_is_not_there_yet_is_held_against_its_meter_too() {
    let mut state = ordered();
    let mut item = status(OrderId(9), Phase::Executing, 90);
    answer(&mut state, item.clone());
    assert_eq!(state.orders[0].delivered(), Power::from_megawatts(90));
    reads(&mut state, 100, 4_000);
    assert_eq!(state.orders[0].delivered(), Power::ZERO, "full load");
    // Said again of a later time it is no better.
    if let Item::Order(status) = &mut item {
        status.targets[0].measured_at = Some(state.now);
        status.detail = "again".into();
    }
    answer(&mut state, item);
    reads(&mut state, 100, 1_000);
    assert_eq!(state.orders[0].delivered(), Power::ZERO);
    reads(&mut state, 12, 1_000);
    assert_eq!(state.orders[0].delivered(), Power::from_megawatts(90));
}

#[test]
fn a_substitute_is_held_against_its_meter_too() {
    let mut state = ordered();
    let key = crate::domain::ids::BlockKey::new(
        &SiteId::new("astravets"),
        &crate::domain::ids::BlockId::new("1"),
    );
    let before = crate::control::delivery::Before {
        drew: Some(Power::from_megawatts(100)),
        nameplate: Power::from_megawatts(100),
    };
    state.orders[0].order.substitutes = vec![key.clone()];
    state.orders[0].before.insert(key, before);
    let item = said(|s| {
        let mut instead = s.targets[0].clone();
        instead.block = crate::domain::ids::BlockId::new("1");
        s.targets[0].delivered = Some(Power::ZERO);
        s.targets[0].phase = Phase::Failed;
        s.targets.push(instead);
    });
    answer(&mut state, item);
    assert_eq!(state.orders[0].delivered(), Power::from_megawatts(100));
    later(&mut state, 5_000);
    refresh(&mut state);
    later(&mut state, 1_000);
    assert_eq!(doubt(&state), Some(Doubt::Meter));
    assert_eq!(state.orders[0].delivered(), Power::ZERO);
}

#[test]
fn a_meter_that_is_disputed_bears_nothing_out() {
    let other = FeedId(1);
    let mut state = ordered();
    state.feeds.push(Feed::new(other, "second"));
    connect(&mut state, other, "h", false);
    let site = Item::Site(Box::new(sample::site("astravets")));
    snapshot(&mut state, other, vec![site]);
    answer(&mut state, said(|_| ()));
    for _ in 0..9 {
        let low = Block {
            power: Some(Power::ZERO),
            target: Power::ZERO,
            state: BlockState::Curtailed,
            ..full_load(&state)
        };
        let high = full_load(&state);
        stated(&mut state, other, high);
        stated(&mut state, FLEET, low);
    }
    assert_eq!(
        &*state.orders[0].standing(),
        "says delivered, meter disputed"
    );
    assert_eq!(state.orders[0].delivered(), Power::ZERO);
}

#[test]
fn no_more_than_a_tenth_and_half_a_megawatt_is_let_pass() {
    for (moves, reads_mw, wanted) in [(100, 12, true), (100, 9, false), (10, 2, true)] {
        let mut state = ordered();
        let target = &mut state.orders[0].order.targets[0];
        target.target = Power::from_megawatts(100 - moves);
        state.orders[0].wanted = Power::from_megawatts(moves);
        answer(
            &mut state,
            said(|s| s.targets[0].delivered = Some(Power::from_megawatts(moves))),
        );
        reads(&mut state, 100 - moves + reads_mw, 5_000);
        assert_eq!(doubt(&state).is_some(), wanted, "{reads_mw} of {moves}");
    }
}

fn alarm<'a>(state: &'a State, kind: &str) -> Option<&'a crate::domain::alarm::Alarm> {
    state.alarms.values().find(|a| &*a.kind == kind)
}

/// A desk that has heard of a gateway's own order of block 2 of Astravets, given at `NOW`, so long after.
fn own(heard_ms: i64) -> State {
    let mut state = live();
    later(&mut state, heard_ms);
    answer(&mut state, super::waiting::own_order(5));
    state
}

fn own_life(state: &State) -> Life {
    state.curtailing.own[0].life
}

#[test]
fn a_gateway_s_own_order_is_held_against_its_meters_too() {
    let mut state = own(0);
    answer(&mut state, status(OrderId(5), Phase::Delivered, 100));
    reads(&mut state, 100, 5_000);
    assert_eq!(own_life(&state), Life::Claimed(Doubt::Meter));
    later(&mut state, 1_000);
    let told = alarm(&state, "order_claimed").expect("an alarm");
    assert!(told.text.contains("meter says 100 of 100"));
    reads(&mut state, 4, 1_000);
    assert_eq!(own_life(&state), Life::Said(Phase::Delivered));
}

#[test]
fn what_a_gateway_read_before_this_desk_heard_of_its_order_bears_nothing_out() {
    let hour = 3_600_000;
    let mut state = own(hour);
    answer(&mut state, status(OrderId(5), Phase::Delivered, 100));
    assert_eq!(own_life(&state), Life::Claimed(Doubt::Unheard));
    assert_eq!(state.curtailing.own[0].delivered(), Power::ZERO);
    later(&mut state, 1_000);
    assert!(alarm(&state, "order_claimed").is_none(), "nobody has lied");
}

#[test]
fn no_time_that_a_gateway_states_ends_the_watch_over_its_own_order() {
    let mut state = own(0);
    later(&mut state, 2 * 3_600_000);
    // The answer bears the time of the order itself.
    answer(&mut state, status(OrderId(5), Phase::Delivered, 100));
    reads(&mut state, 100, 5_000);
    assert_eq!(own_life(&state), Life::Claimed(Doubt::Meter));
}

#[test]
fn a_meter_that_speaks_late_raises_the_alarm_all_the_same() {
    let mut state = ordered();
    answer(&mut state, said(|_| ()));
    reads(&mut state, 100, 20 * 60_000);
    assert_eq!(doubt(&state), Some(Doubt::Meter));
    later(&mut state, 1_000);
    assert!(alarm(&state, "order_claimed").is_some());
    assert_eq!(in_sight(&state).count(), 1);
}

#[test]
fn what_is_said_better_late_is_watched_from_then_on() {
    let mut state = ordered();
    answer(&mut state, said(|s| s.targets[0].delivered = None));
    later(&mut state, 61 * 60_000);
    answer(&mut state, said(|_| ()));
    assert_eq!(doubt(&state), None);
    reads(&mut state, 100, 1_000);
    assert_eq!(doubt(&state), Some(Doubt::Meter));
}

/// An order that gives block 2 back from nothing to 100 MW.
fn restored() -> State {
    let mut state = ordered();
    let record = &mut state.orders[0];
    record.order.kind = crate::domain::order::OrderKind::Restore;
    record.order.targets[0].target = Power::from_megawatts(100);
    for before in record.before.values_mut() {
        before.drew = Some(Power::ZERO);
    }
    state
}

#[test]
fn a_restore_is_held_against_what_was_ordered_however_little_it_says_it_moved() {
    for moved in [0, 40, 100] {
        let mut state = restored();
        let moved = Power::from_megawatts(moved);
        answer(&mut state, said(|s| s.targets[0].delivered = Some(moved)));
        reads(&mut state, 0, 5_000);
        assert_eq!(doubt(&state), Some(Doubt::Meter), "{moved:?}");
        reads(&mut state, 95, 1_000);
        assert_eq!(doubt(&state), None, "{moved:?}");
    }
}

#[test]
fn machines_that_have_failed_explain_what_a_restore_lacks() {
    for (faulted, wanted) in [(0, true), (400, false)] {
        let mut state = restored();
        answer(&mut state, said(|_| ()));
        later(&mut state, 5_000);
        let mut block = full_load(&state);
        block.power = Some(Power::from_megawatts(60));
        (block.machines.faulted, block.machines.hashing) = (faulted, 1_000 - faulted);
        stated(&mut state, FLEET, block);
        assert_eq!(doubt(&state).is_some(), wanted, "{faulted}");
    }
}

/// Block 2 as its own feed and another one read it, its own saying that it is on its way at so many W/s.
fn two_read(of: (i64, i64), ramp: Power, seconds: u32) -> State {
    let other = FeedId(1);
    let mut state = ordered();
    state.feeds.push(Feed::new(other, "second"));
    connect(&mut state, other, "h", false);
    let site = Item::Site(Box::new(sample::site("astravets")));
    snapshot(&mut state, other, vec![site]);
    answer(&mut state, said(|_| ()));
    for _ in 0..seconds / 2 {
        let high = Block {
            power: Some(Power::from_megawatts(of.1)),
            ..full_load(&state)
        };
        stated(&mut state, other, high);
        // A second later.
        let mut low = full_load(&state);
        (low.power, low.state) = (Some(Power::from_megawatts(of.0)), BlockState::Ramping);
        (low.limits.ramp_down_w_s, low.target) = (ramp, Power::ZERO);
        stated(&mut state, FLEET, low);
    }
    state
}

#[test]
fn a_ramp_without_end_talks_no_dispute_away() {
    let state = two_read((0, 100), Power::from_megawatts(1_000_000), 18);
    assert_eq!(doubt(&state), Some(Doubt::Disputed));
}

#[test]
fn a_ramp_explains_a_difference_no_longer_than_it_lasts() {
    let ramp = Power::from_megawatts(10);
    let key = crate::domain::ids::BlockKey::new(
        &SiteId::new("astravets"),
        &crate::domain::ids::BlockId::new("2"),
    );
    let disputed = |state: &State| state.fleet.block(&key).expect("it").is_disputed();
    assert!(!disputed(&two_read((50, 58), ramp, 10)), "it is on its way");
    assert!(disputed(&two_read((50, 58), ramp, 30)), "long over");
}

#[test]
fn an_order_that_was_not_to_be_run_and_runs_is_said_and_shown() {
    let denials = [
        Phase::NotSeen,
        Phase::Rejected,
        Phase::Expired,
        Phase::Cancelled,
    ];
    for denied in denials {
        let mut state = ordered();
        answer(&mut state, status(OrderId(9), denied, 0));
        assert!(state.fleet.pending.is_empty());
        later(&mut state, 20 * 60_000);
        answer(&mut state, status(OrderId(9), Phase::Executing, 40));
        assert_eq!(state.orders[0].life, Life::Said(Phase::Executing));
        assert!(!state.fleet.pending.is_empty(), "its block is barred");
        later(&mut state, 1_000);
        let told = alarm(&state, "order_denied").expect("an alarm");
        assert!(told.text.contains(denied.word()), "{}", told.text);
        answer(&mut state, said(|_| ()));
        assert_eq!(state.orders[0].life, Life::Said(Phase::Delivered));
        assert_eq!(in_sight(&state).count(), 1, "{denied:?}");
    }
}
