//! What goes wrong while a person works: old previews, clocks set back, servers that die, lie or flood.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::app::Note;
use crate::domain::sentence::Sentence;

fn error(state: &State) -> Sentence {
    state
        .dialog
        .as_ref()
        .and_then(|d| d.error.clone())
        .unwrap_or_default()
}

/// Astravets block 2 as it stands, changed.
fn change(state: &mut State, how: impl FnOnce(&mut Block)) {
    let key = crate::domain::ids::BlockKey::new(
        &SiteId::new("astravets"),
        &crate::domain::ids::BlockId::new("2"),
    );
    let mut block = state.fleet.block(&key).expect("it is there").block.clone();
    how(&mut block);
    feed(
        state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Fleet,
            items: vec![Item::Block(Box::new(block))],
        },
    );
}

#[test]
fn a_preview_that_has_grown_old_is_not_armed() {
    let mut state = live();
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    later(&mut state, 3_600_000);
    refresh(&mut state);
    change(&mut state, |b| b.power = Some(Power::from_megawatts(60)));
    typed(&mut state, "a");
    let dialog = state.dialog.as_ref().expect("still open");
    assert_eq!(dialog.step, curtail::Step::Check, "60 MW, not the 100 read");
    assert_eq!(
        dialog.plan.as_ref().map(|p| p.moved),
        Some(Power::from_megawatts(60)),
        "the plan is made anew"
    );
    assert!(error(&state).contains("60 MW now, not 100"));
    typed(&mut state, "a");
    assert!(
        state
            .dialog
            .is_some_and(|d| d.seconds_left(state.now).is_some())
    );
}

#[test]
fn an_armed_plan_whose_megawatts_have_changed_is_not_sent() {
    let mut state = live();
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    later(&mut state, 400);
    typed(&mut state, "SHED 100");
    change(&mut state, |b| b.power = Some(Power::from_megawatts(300)));
    assert!(press(&mut state, Code::Enter).is_empty());
    assert!(error(&state).starts_with("not sent: it would move 300 MW"));
}

#[test]
fn an_armed_plan_never_leaves_by_another_way_than_was_checked() {
    let mut state = live();
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    later(&mut state, 400);
    typed(&mut state, "SHED 100");
    // The server is another one now, under the same address.
    connect(&mut state, FLEET, "other", false);
    refresh(&mut state);
    assert!(press(&mut state, Code::Enter).is_empty());
    assert!(error(&state).contains("another feed"), "{}", error(&state));
}

#[test]
fn a_clock_set_back_disarms_and_makes_old_values_stale() {
    let mut state = live();
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    later(&mut state, -3_600_000);
    assert_eq!(
        state.dialog.as_ref().map(|d| d.step.clone()),
        Some(curtail::Step::Check),
        "not armed for an hour"
    );
    assert_eq!(
        state.totals().stale,
        2,
        "no value lives for an hour unheard"
    );
    refresh(&mut state);
    assert_eq!(state.totals().stale, 0);
}

#[test]
fn a_large_fleet_is_judged_after_the_clock_was_set_back() {
    let mut state = live();
    let mut items = vec![Item::Site(Box::new(sample::site("big")))];
    items.extend(
        (0..2_100).map(|i| Item::Block(Box::new(sample::block("big", &i.to_string(), 1, 18.0)))),
    );
    snapshot(&mut state, FLEET, items);
    later(&mut state, -3_600_000);
    assert_eq!(state.judged_at, state.now);
}

#[test]
fn what_was_marked_and_has_gone_is_named() {
    let mut state = live();
    typed(&mut state, "*");
    snapshot(
        &mut state,
        FLEET,
        vec![
            Item::Site(Box::new(sample::site("lukoml"))),
            Item::Block(Box::new(sample::block("lukoml", "1", 50, 21.0))),
        ],
    );
    state.nav.marked_sites.insert(SiteId::new("astravets"));
    state.nav.marked_sites.insert(SiteId::new("lukoml"));
    typed(&mut state, "coff");
    press(&mut state, Code::Enter);
    let plan = state.dialog.and_then(|d| d.plan).expect("lukoml can go");
    assert_eq!(plan.excluded.len(), 1);
    assert_eq!(plan.excluded[0].key.site, SiteId::new("astravets"));
}

#[test]
fn a_sequence_without_end_does_not_stop_the_console() {
    let mut state = live();
    let site = Site {
        site_seq: u64::MAX,
        ..sample::site("astravets")
    };
    feed(
        &mut state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Fleet,
            items: vec![Item::Site(Box::new(site))],
        },
    );
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    assert_eq!(state.orders[0].order.targets[0].site_seq, u64::MAX);
}

#[test]
fn an_order_outlives_the_notice_of_its_contract() {
    let mut state = live();
    change(&mut state, |b| b.limits.notice = Duration::from_mins(3));
    order_40_mw(&mut state);
    let sent = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let [Effect::Send(_, Request::Order(order))] = sent.as_slice() else {
        panic!("one order leaves: {sent:?}");
    };
    assert_eq!(
        order.expires_at,
        (state.now + Duration::from_mins(4)).shifted(250)
    );
}

#[test]
fn an_order_that_brings_no_word_is_asked_about_over_the_live_link() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let ask = [Effect::Send(FLEET, Request::OrderQuery(OrderId(9)))];
    let at = |state: &State, ms| Msg::Tick(state.now.shifted(ms));
    let soon = at(&state, 5_000);
    assert!(update(&mut state, soon).is_empty());
    let due = at(&state, 5_000);
    assert_eq!(update(&mut state, due), ask);
    let again = at(&state, 10_000);
    assert_eq!(update(&mut state, again), ask, "the question was lost too");
    answer(&mut state, status(OrderId(9), Phase::Accepted, 0));
    let much_later = at(&state, 60_000);
    assert!(update(&mut state, much_later).is_empty());
}

#[test]
fn a_server_that_cannot_read_an_order_has_refused_it() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let error = FeedEvent::Error {
        code: Arc::from("read_only"),
        message: "this token may only look; nothing is done".into(),
        about: Some(Arc::from(ulid::Ulid(9).to_string())),
    };
    feed(&mut state, FLEET, error);
    assert_eq!(state.orders[0].life, Life::Said(Phase::Rejected));
    assert!(state.fleet.pending.is_empty());
}

pub(super) fn alarm(id: &str, priority: crate::domain::alarm::Priority) -> Item {
    Item::Alarm(Box::new(crate::domain::alarm::Alarm {
        id: crate::domain::ids::AlarmId::new(id),
        priority,
        state: crate::domain::alarm::AlarmState::Unacknowledged,
        kind: "".into(),
        block: None,
        shelf: None,
        site: None,
        text: "t".into(),
        raised: NOW,
        occurrence: None,
        cleared: None,
        changes: 1,
    }))
}

fn alarms(state: &mut State, id: FeedId, items: Vec<Item>) {
    let topic = Topic::Alarm;
    feed(state, id, FeedEvent::Update { topic, items });
}

#[test]
fn a_flood_of_alarms_drowns_no_other_feeds_and_no_urgent_one() {
    use crate::domain::alarm::Priority;
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "other"));
    let flood = (0..3_000).map(|i| alarm(&i.to_string(), Priority::P4));
    alarms(&mut state, FLEET, flood.collect());
    assert_eq!(state.alarms.len(), crate::app::MAX_ALARMS);
    alarms(&mut state, FeedId(1), vec![alarm("a", Priority::P1)]);
    alarms(&mut state, FLEET, vec![alarm("b", Priority::P1)]);
    assert_eq!(state.alarm_counts()[0], 2);
    assert_eq!(state.alarms.len(), crate::app::MAX_ALARMS + 1);
}

#[test]
fn alarms_of_two_gateways_with_one_id_are_two_rows_and_each_is_acknowledged_where_it_stands() {
    use crate::domain::alarm::Priority;
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "other"));
    connect(&mut state, FeedId(1), "h", false);
    alarms(&mut state, FLEET, vec![alarm("1", Priority::P1)]);
    alarms(&mut state, FeedId(1), vec![alarm("1", Priority::P2)]);
    typed(&mut state, "7j");
    let sent = typed(&mut state, "a");
    let id = crate::domain::ids::AlarmId::new("1");
    assert_eq!(sent, [Effect::Send(FeedId(1), Request::AlarmAck(id))]);
}

#[test]
fn the_reserve_counts_an_account_once_and_nothing_simulated_beside_real() {
    use crate::domain::reserve::{Account, BalanceSource, Currency};
    let mut state = live();
    for (id, simulated) in [(1, false), (2, true)] {
        state.feeds.push(Feed::new(FeedId(id), "reserve"));
        connect(&mut state, FeedId(id), "r", simulated);
    }
    let account = |id: &str| {
        Item::Account(Box::new(Account {
            id: crate::domain::ids::AccountId::new(id),
            label: Arc::from(id),
            site: None,
            currency: Currency(Arc::from("BTC")),
            mature: rust_decimal::Decimal::from(10),
            immature: rust_decimal::Decimal::ZERO,
            pending: rust_decimal::Decimal::ZERO,
            maturing: None,
            as_of: None,
            source: BalanceSource::Node,
            measured_at: NOW,
        }))
    };
    for (id, name) in [(FLEET, "a"), (FeedId(1), "a"), (FeedId(2), "toy")] {
        let (topic, items) = (Topic::Reserve, vec![account(name)]);
        feed(&mut state, id, FeedEvent::Update { topic, items });
    }
    let bitcoin = |state: &State| {
        crate::app::holdings::bitcoin(state, BalanceSource::Node).expect("there is some")
    };
    let total = bitcoin(&state);
    assert_eq!(total.mature, rust_decimal::Decimal::from(10));
    assert_eq!((total.accounts, total.unheard), (1, 0));
    for id in [FLEET, FeedId(1)] {
        feed(&mut state, id, FeedEvent::Link(down()));
    }
    assert_eq!(bitcoin(&state).unheard, 1, "it does not look live");
}

#[test]
fn a_feed_that_names_sites_without_end_leaves_no_other_out() {
    use crate::app::fleet::MAX_SITES;
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "training"));
    connect(&mut state, FeedId(1), "sim", true);
    let site = |id: &str| Item::Site(Box::new(sample::site(id)));
    let items: Vec<Item> = (0..2 * MAX_SITES)
        .map(|at| site(&format!("x{at}")))
        .collect();
    snapshot(&mut state, FeedId(1), items);
    assert_eq!(state.fleet.sites.len(), MAX_SITES + 2, "bounded");
    assert_eq!(state.feeds[1].left_out(Topic::Fleet), MAX_SITES);
    let told = |note: &&Note| note.text.contains("more sites and blocks than");
    assert_eq!(state.notes.iter().filter(told).count(), 1, "it is said");
    let (topic, items) = (Topic::Fleet, vec![site("mazyr")]);
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    let view = &state.fleet.sites[&SiteId::new("mazyr")];
    assert_eq!((view.realm, view.feed), (Realm::Real, FLEET));
}

#[test]
fn a_simulated_feed_never_stands_in_for_a_real_one() {
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "training"));
    connect(&mut state, FeedId(1), "sim", true);
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    let reading = |millihertz| {
        Item::Grid(Box::new(GridReading {
            frequency: Some(Hertz::from_millihertz(millihertz)),
            measured_at: NOW,
            ..GridReading::default()
        }))
    };
    let grid = |state: &mut State, id, millihertz| {
        let (topic, items) = (Topic::Grid, vec![reading(millihertz)]);
        feed(state, id, FeedEvent::Update { topic, items });
    };
    grid(&mut state, FLEET, 49_900);
    later(&mut state, 60_000);
    grid(&mut state, FeedId(1), 50_000);
    assert_eq!(state.grid.reading.as_ref().map(|r| r.0), Some(FLEET));
    let (topic, site) = (Topic::Fleet, Item::Site(Box::new(sample::site("lukoml"))));
    let items = vec![site];
    feed(&mut state, FeedId(1), FeedEvent::Update { topic, items });
    let view = &state.fleet.sites[&SiteId::new("lukoml")];
    assert_eq!((view.realm, view.feed), (Realm::Real, FLEET));
    assert!(!view.also_on.is_empty(), "but it is flagged");
}

#[test]
fn a_flood_of_errors_leaves_what_was_ordered() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    for _ in 0..2_000 {
        let error = FeedEvent::Error {
            code: Arc::from("x"),
            message: "y".into(),
            about: None,
        };
        feed(&mut state, FLEET, error);
    }
    let about_orders = state
        .notes
        .iter()
        .filter(|n| n.about == crate::app::notes::About::Order);
    assert_eq!(about_orders.count(), 1);
}

#[test]
fn the_word_is_never_zero_megawatts_and_always_typable() {
    let mut state = live();
    change(&mut state, |b| {
        b.power = Some(Power::from_watts(300_000));
    });
    typed(&mut state, "c0.2");
    press(&mut state, Code::Enter);
    let mut dialog = state.dialog.expect("open");
    assert_eq!(dialog.word().as_deref(), Some("SHED 300 KW"));
    let plan = dialog.plan.as_mut().expect("planned");
    plan.moved = Power::ZERO;
    let other = crate::control::plan::Move {
        key: crate::domain::ids::BlockKey::new(
            &SiteId::new("Мазыр"),
            &crate::domain::ids::BlockId::new("1"),
        ),
        ..plan.moves[0].clone()
    };
    plan.moves.push(other);
    assert_eq!(dialog.word().as_deref(), Some("SHED 2 SITES"));
    let plan = dialog.plan.as_mut().expect("planned");
    plan.moves.remove(0);
    assert_eq!(dialog.word().as_deref(), Some("SHED 1 SITE"));
    dialog.scope = curtail::Scope::Nation;
    assert_eq!(dialog.word().as_deref(), Some("SHED NATION"));
}

#[test]
fn an_order_that_goes_wrong_is_said_and_stays_in_sight() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    answer(&mut state, status(OrderId(9), Phase::Rejected, 0));
    assert!(
        state
            .said
            .as_ref()
            .is_some_and(|(_, s)| s.contains("rejected"))
    );
    assert_eq!(crate::app::orders::in_sight(&state).count(), 1);
    later(&mut state, 300_000);
    assert_eq!(crate::app::orders::in_sight(&state).count(), 0);
}

#[test]
fn off_typed_into_a_restore_switches_nothing_on() {
    let mut state = live();
    typed(&mut state, "roff");
    press(&mut state, Code::Enter);
    let dialog = state.dialog.as_ref().expect("it stays open");
    assert_eq!(dialog.step, curtail::Step::Select);
    assert!(dialog.plan.is_none());
    let error = dialog.error.clone().unwrap_or_default();
    assert!(error.contains("type all"), "{error}");
}

#[test]
fn a_meter_that_is_not_heard_any_more_gives_way_to_blocks_that_are() {
    let mut state = live();
    let metered = |state: &mut State, at: Timestamp| {
        let mut site = sample::site("lukoml");
        site.meter = Some(Power::from_megawatts(200));
        site.measured_at = at;
        let items = vec![Item::Site(Box::new(site))];
        let topic = Topic::Fleet;
        feed(state, FLEET, FeedEvent::Update { topic, items });
        later(state, 0);
        state.fleet.sites[&SiteId::new("lukoml")].summary.clone()
    };
    let now = state.now;
    let fresh = metered(&mut state, now);
    assert_eq!(fresh.power, Some(Power::from_megawatts(200)));
    let old = metered(&mut state, now.shifted(-3_600_000));
    assert_eq!(old.power, Some(Power::from_megawatts(50)), "of its blocks");
    assert_eq!(old.quality, Quality::Good);
    assert_eq!(state.totals().fresh, Power::from_megawatts(250));
    // Where nothing is heard at all, the meter is what was last known.
    let now = state.now;
    metered(&mut state, now);
    later(&mut state, 60_000);
    let silent = &state.fleet.sites[&SiteId::new("lukoml")].summary;
    assert_eq!(silent.power, Some(Power::from_megawatts(200)));
    assert_eq!(silent.quality, Quality::Stale);
}

#[test]
fn what_is_real_and_what_is_simulated_is_never_ordered_together() {
    let mut state = live();
    train(&mut state, 50);
    for site in ["astravets", "toy"] {
        state.nav.marked_sites.insert(SiteId::new(site));
    }
    for key in ["c", "r", "!"] {
        typed(&mut state, key);
        assert!(state.dialog.is_none() && state.emergency.prompt.is_none());
        let said = state.said.as_ref().map_or("", |(_, said)| said);
        assert!(said.contains("real sites and simulated sites"), "{said}");
    }
    state.nav.marked_sites.remove(&SiteId::new("toy"));
    typed(&mut state, "c");
    assert!(state.dialog.is_some());
}
