//! Keys and feed events in, state and effects out: no terminal, no socket.

use std::sync::Arc;
use std::time::Duration;

use super::feeds::Feed;
use super::fleet::Realm;
use super::key::{Code, Key};
use super::nav::{Depth, Screen};
use super::{Desk, Effect, Msg, Overlay, Size, State, curtail, rows, update};
use crate::control::order::Life;
use crate::domain::fleet::{Block, Site};
use crate::domain::grid::GridReading;
use crate::domain::ids::{BootId, FeedId, GatewayId, HallId, OrderId, SiteId};
use crate::domain::link::{DownCause, FeedEvent, FeedInfo, Item, LinkState, Request, Topic};
use crate::domain::order::{OrderKind, OrderStatus, Phase, TargetStatus};
use crate::domain::quality::Quality;
use crate::domain::sample::{self, NOW};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

const FLEET: FeedId = FeedId(0);

fn info(gateway: &str, simulated: bool) -> FeedInfo {
    FeedInfo {
        feed: Arc::from("fleet"),
        gateway: GatewayId::new(gateway),
        nation: Arc::from("Belarus"),
        serves: vec![Topic::Fleet, Topic::Order, Topic::Alarm],
        boot: BootId::new("b"),
        heartbeat: Duration::from_secs(1),
        report_period: Duration::from_secs(1),
        simulated,
        durable_orders: false,
    }
}

fn desk() -> Desk {
    Desk {
        name: Arc::from("A"),
        operator: Arc::from("op"),
        role: Arc::from("dispatcher"),
        read_only: false,
    }
}

/// A desk with one live feed of two sites: Astravets 2 x 100 MW, Lukoml 1 x 50 MW.
fn live() -> State {
    let size = Size {
        columns: 120,
        rows: 36,
    };
    let mut state = State::new(desk(), vec![Feed::new(FLEET, "fleet")], size, NOW);
    connect(&mut state, FLEET, "g", false);
    let items = vec![
        Item::Site(Box::new(sample::site("astravets"))),
        Item::Site(Box::new(sample::site("lukoml"))),
        Item::Block(Box::new(sample::block("astravets", "1", 100, 17.0))),
        Item::Block(Box::new(sample::block("astravets", "2", 100, 19.0))),
        Item::Block(Box::new(sample::block("lukoml", "1", 50, 21.0))),
    ];
    snapshot(&mut state, FLEET, items);
    state
}

fn connect(state: &mut State, id: FeedId, gateway: &str, simulated: bool) {
    feed(
        state,
        id,
        FeedEvent::Hello(Box::new(info(gateway, simulated))),
    );
    feed(
        state,
        id,
        FeedEvent::Skew {
            offset_ms: 250,
            uncertainty_ms: 1,
        },
    );
    feed(state, id, FeedEvent::Link(LinkState::Live));
    feed(
        state,
        id,
        FeedEvent::Skew {
            offset_ms: 250,
            uncertainty_ms: 1,
        },
    );
}

fn snapshot(state: &mut State, id: FeedId, items: Vec<Item>) {
    feed(
        state,
        id,
        FeedEvent::Snapshot {
            topic: Topic::Fleet,
            items,
            continuous: false,
        },
    );
    let now = state.now;
    update(state, Msg::Tick(now));
}

fn feed(state: &mut State, id: FeedId, event: FeedEvent) -> Vec<Effect> {
    update(state, Msg::Feed(id, event))
}

fn down() -> LinkState {
    LinkState::Down {
        cause: DownCause::Closed,
        detail: Arc::from("closed by the other end"),
        retry_at: NOW,
    }
}

fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars()
        .flat_map(|c| update(state, Msg::Key(Key::char(c))))
        .collect()
}

fn press(state: &mut State, code: Code) -> Vec<Effect> {
    update(state, Msg::Key(Key::plain(code)))
}

fn later(state: &mut State, millis: i64) {
    let now = state.now.shifted(millis);
    update(state, Msg::Tick(now));
}

/// Fresh telemetry of everything at the present time.
fn refresh(state: &mut State) {
    let now = state.now;
    let mut items = Vec::new();
    for view in state.fleet.sites.values() {
        items.push(Item::Site(Box::new(Site {
            measured_at: now,
            ..view.site.clone()
        })));
        for block in view.blocks.values() {
            items.push(Item::Block(Box::new(Block {
                measured_at: now,
                ..block.block.clone()
            })));
        }
    }
    feed(
        state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Fleet,
            items,
        },
    );
    update(state, Msg::Tick(now));
}

/// Marks Astravets, asks for 40 MW, arms, types the word.
fn order_40_mw(state: &mut State) -> Vec<Effect> {
    typed(state, "c40");
    press(state, Code::Enter);
    assert_eq!(
        state.dialog.as_ref().map(|d| d.step.clone()),
        Some(curtail::Step::Check)
    );
    let effects = typed(state, "a");
    assert_eq!(
        effects,
        [Effect::DropInput],
        "what was typed ahead is thrown away"
    );
    later(state, 400);
    refresh(state);
    let word = state
        .dialog
        .as_ref()
        .and_then(curtail::Dialog::word)
        .expect("a plan has a word");
    typed(state, &word);
    press(state, Code::Enter)
}

fn status(id: OrderId, phase: Phase, delivered: i64) -> Item {
    Item::Order(Box::new(OrderStatus {
        id,
        phase,
        at: NOW,
        detail: Arc::from(""),
        targets: vec![TargetStatus {
            site: SiteId::new("astravets"),
            block: crate::domain::ids::BlockId::new("2"),
            phase,
            reasons: Vec::new(),
            delivered: Some(Power::from_megawatts(delivered)),
            measured_at: Some(NOW),
        }],
    }))
}

fn answer(state: &mut State, item: Item) {
    feed(
        state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Order,
            items: vec![item],
        },
    );
}

#[test]
fn an_order_goes_from_the_key_to_delivered_by_three_separate_facts() {
    let mut state = live();
    assert_eq!(order_40_mw(&mut state), [Effect::Mint { count: 1 }]);
    assert!(state.dialog.is_none());
    let sent = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let [Effect::Send(FLEET, Request::Order(order))] = sent.as_slice() else {
        panic!("one order leaves: {sent:?}");
    };
    assert_eq!(
        order.targets.len(),
        1,
        "the less efficient block alone is enough"
    );
    assert_eq!(order.targets[0].block.as_str(), "2");
    assert_eq!(order.targets[0].site_seq, 8, "above what the site has seen");
    assert_eq!(
        order.expires_at,
        (state.now + Duration::from_mins(1)).shifted(250),
        "by the gateway's clock"
    );
    assert_eq!(state.orders[0].life, Life::Sent);
    answer(&mut state, status(OrderId(9), Phase::Accepted, 0));
    assert_eq!(state.orders[0].life, Life::Said(Phase::Accepted));
    assert!(state.orders[0].answered_at.is_some() && state.orders[0].ended_at.is_none());
    answer(&mut state, status(OrderId(9), Phase::Executing, 60));
    assert_eq!(state.orders[0].delivered(), Power::from_megawatts(60));
    answer(&mut state, status(OrderId(9), Phase::Delivered, 100));
    assert!(state.orders[0].ended_at.is_some());
}

#[test]
fn enter_alone_a_wrong_word_or_a_late_word_send_nothing() {
    let mut state = live();
    typed(&mut state, "c40");
    for _ in 0..5 {
        assert!(press(&mut state, Code::Enter).is_empty());
    }
    typed(&mut state, "a");
    assert!(typed(&mut state, "SHED 100").is_empty());
    assert!(
        press(&mut state, Code::Enter).is_empty(),
        "typed before the prompt could be read"
    );
    later(&mut state, 400);
    refresh(&mut state);
    typed(&mut state, "shed 100");
    assert!(press(&mut state, Code::Enter).is_empty(), "not in capitals");
    assert!(state.dialog.as_ref().is_some_and(|d| d.error.is_some()));
    update(&mut state, Msg::Paste("SHED 100\n".to_owned()));
    assert!(
        press(&mut state, Code::Enter).is_empty(),
        "a paste is no command"
    );
    for _ in 0..8 {
        press(&mut state, Code::Backspace);
    }
    typed(&mut state, "SHED 100");
    later(&mut state, 10_000);
    assert!(
        press(&mut state, Code::Enter).is_empty(),
        "the ten seconds are over"
    );
    assert_eq!(
        state.dialog.as_ref().map(|d| d.step.clone()),
        Some(curtail::Step::Check)
    );
    press(&mut state, Code::Esc);
    assert!(state.dialog.is_none() && state.orders.is_empty() && state.minting.is_empty());
}

#[test]
fn an_interlock_that_appears_after_arming_stops_the_order() {
    let mut state = live();
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    later(&mut state, 400);
    // Three report periods without telemetry.
    later(&mut state, 3_000);
    let word = state
        .dialog
        .as_ref()
        .and_then(curtail::Dialog::word)
        .expect("still armed");
    typed(&mut state, &word);
    assert!(press(&mut state, Code::Enter).is_empty());
    assert!(state.orders.is_empty());
    let error = state
        .dialog
        .as_ref()
        .and_then(|d| d.error.clone())
        .unwrap_or_default();
    assert!(
        error.contains("not sent") && error.contains("stale"),
        "{error}"
    );
}

#[test]
fn a_link_that_stays_down_is_noted_once_for_each_reason() {
    let mut state = live();
    let notes = state.notes.len();
    let tries = |state: &mut State, cause| {
        for _ in 0..5 {
            feed(state, FLEET, FeedEvent::Link(LinkState::Connecting));
            let link = LinkState::Down {
                cause,
                detail: Arc::from("no"),
                retry_at: NOW,
            };
            feed(state, FLEET, FeedEvent::Link(link));
        }
    };
    tries(&mut state, DownCause::Unreachable);
    assert_eq!(state.notes.len(), notes + 1);
    tries(&mut state, DownCause::Unauthorized);
    assert_eq!(state.notes.len(), notes + 2, "another reason is news");
    feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    tries(&mut state, DownCause::Unauthorized);
    assert_eq!(state.notes.len(), notes + 4, "back, and down again");
}

#[test]
fn a_lost_link_leaves_the_order_unknown_and_its_return_asks() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    assert_eq!(state.orders[0].life, Life::Unknown);
    let asked = feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    assert_eq!(
        asked,
        [Effect::Send(FLEET, Request::OrderQuery(OrderId(9)))]
    );
    answer(&mut state, status(OrderId(9), Phase::NotSeen, 0));
    assert_eq!(state.orders[0].life, Life::Said(Phase::NotSeen));
}

#[test]
fn an_order_that_the_other_end_will_not_take_is_over_with_its_reason() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let error = |code: &str| FeedEvent::Error {
        code: Arc::from(code),
        message: Arc::from("this token may only look"),
        about: Some(Arc::from(ulid::Ulid(9).to_string())),
    };
    feed(&mut state, FLEET, error("read_only"));
    assert_eq!(state.orders[0].life, Life::Said(Phase::Rejected));
    assert_eq!(&*state.orders[0].detail, "this token may only look");
    assert!(state.fleet.pending.is_empty(), "its blocks are free again");
}

#[test]
fn an_error_about_a_question_takes_no_order_back() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    answer(&mut state, status(OrderId(9), Phase::Executing, 60));
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    let error = FeedEvent::Error {
        code: Arc::from("read_only"),
        message: Arc::from("this token may only look"),
        about: Some(Arc::from(ulid::Ulid(9).to_string())),
    };
    feed(&mut state, FLEET, error);
    assert_eq!(state.orders[0].life, Life::Unknown);
}

#[test]
fn a_block_under_order_is_not_ordered_again() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    refresh(&mut state);
    typed(&mut state, "coff");
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("the other block can go");
    assert_eq!(plan.moves.len(), 1);
    assert_eq!(plan.excluded[0].reasons[0].code(), "order_pending");
}

#[test]
fn read_only_and_frozen_desks_order_nothing() {
    let mut state = live();
    state.desk.read_only = true;
    typed(&mut state, "cCrR");
    assert!(state.dialog.is_none());
    state.desk.read_only = false;
    typed(&mut state, "f");
    assert!(state.is_frozen());
    typed(&mut state, "c");
    assert!(state.dialog.is_none());
    typed(&mut state, "fc");
    assert!(state.dialog.is_some());
}

#[test]
fn silence_makes_values_stale_and_totals_say_so() {
    let mut state = live();
    assert_eq!(state.totals().fresh, Power::from_megawatts(250));
    later(&mut state, 2_900);
    assert_eq!(state.totals().stale, 0);
    later(&mut state, 100);
    let totals = state.totals();
    assert_eq!((totals.stale, totals.coverage), (2, 0));
    assert_eq!(
        (totals.fresh, totals.last_known),
        (Power::ZERO, Power::from_megawatts(250))
    );
    assert_eq!(
        totals.sheddable,
        [Power::ZERO; 4],
        "nothing stale can be ordered"
    );
    assert_eq!(totals.oldest, Duration::from_secs(3));
    let view = &state.fleet.sites[&SiteId::new("lukoml")];
    assert_eq!(view.summary.quality, Quality::Stale);
    refresh(&mut state);
    assert_eq!(state.totals().stale, 0);
}

#[test]
fn real_and_simulated_are_never_added_up() {
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "training"));
    connect(&mut state, FeedId(1), "sim", true);
    let items = vec![
        Item::Site(Box::new(sample::site("toy"))),
        Item::Block(Box::new(sample::block("toy", "1", 500, 18.0))),
    ];
    snapshot(&mut state, FeedId(1), items);
    assert_eq!(state.realm(), Realm::Real);
    assert_eq!(state.totals().power(), Power::from_megawatts(250));
    assert!(state.is_simulated());
    typed(&mut state, "C10");
    press(&mut state, Code::Enter);
    let plan = state
        .dialog
        .as_ref()
        .and_then(|d| d.plan.clone())
        .expect("real blocks can go");
    assert!(plan.moves.iter().all(|m| m.key.site.as_str() != "toy"));
}

#[test]
fn a_site_on_two_feeds_counts_once_and_is_flagged() {
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "other"));
    connect(&mut state, FeedId(1), "h", false);
    let items = vec![
        Item::Site(Box::new(sample::site("lukoml"))),
        Item::Block(Box::new(sample::block("lukoml", "1", 50, 21.0))),
    ];
    let update_event = FeedEvent::Update {
        topic: Topic::Fleet,
        items,
    };
    feed(&mut state, FeedId(1), update_event);
    let now = state.now;
    update(&mut state, Msg::Tick(now));
    assert_eq!(state.totals().power(), Power::from_megawatts(250));
    assert!(!state.fleet.sites[&SiteId::new("lukoml")].also_on.is_empty());
}

#[test]
fn a_snapshot_takes_away_what_is_gone_and_only_of_its_own_feed() {
    let mut state = live();
    let items = vec![Item::Site(Box::new(sample::site("astravets")))];
    snapshot(&mut state, FLEET, items);
    assert_eq!(state.fleet.sites.len(), 1);
    assert!(
        state.fleet.sites[&SiteId::new("astravets")]
            .blocks
            .is_empty()
    );
}

#[test]
fn drilling_reaches_machines_and_backs_out_again() {
    let mut state = live();
    press(&mut state, Code::Enter);
    assert_eq!(state.nav.screen, Screen::Site);
    press(&mut state, Code::Enter);
    assert_eq!(
        state.nav.depth,
        Depth::Blocks {
            hall: HallId::new("h1")
        }
    );
    let watch = press(&mut state, Code::Enter);
    assert!(matches!(
        watch.as_slice(),
        [Effect::Send(FLEET, Request::Watch { page: 0, .. })]
    ));
    let unwatch = press(&mut state, Code::Esc);
    assert!(matches!(
        unwatch.as_slice(),
        [Effect::Send(FLEET, Request::Unwatch { .. })]
    ));
    typed(&mut state, "qq");
    assert_eq!(state.nav.screen, Screen::Nation);
    assert_eq!(typed(&mut state, "q"), [Effect::Quit]);
}

#[test]
fn quitting_with_an_order_under_way_asks_first() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    assert!(typed(&mut state, "q").is_empty());
    assert_eq!(state.overlay, Overlay::QuitAsk);
    assert!(typed(&mut state, "n").is_empty());
    assert_eq!(typed(&mut state, "qy"), [Effect::Quit]);
}

#[test]
fn the_cursor_stays_with_its_row_when_the_order_changes() {
    let mut state = live();
    press(&mut state, Code::Down);
    assert_eq!(rows::site_at_cursor(&state), Some(SiteId::new("lukoml")));
    typed(&mut state, "sS");
    assert_eq!(rows::site_at_cursor(&state), Some(SiteId::new("lukoml")));
}

#[test]
fn filters_and_marks_select_what_is_ordered() {
    let mut state = live();
    typed(&mut state, "/luk");
    press(&mut state, Code::Enter);
    assert_eq!(rows::rows(&state).len(), 1);
    typed(&mut state, "*");
    press(&mut state, Code::Esc);
    assert_eq!(rows::rows(&state).len(), 2, "Esc clears the filter");
    typed(&mut state, "c50%");
    press(&mut state, Code::Enter);
    let dialog = state.dialog.as_ref().expect("open");
    let plan = dialog.plan.as_ref().expect("a plan");
    assert!(plan.moves.iter().all(|m| m.key.site.as_str() == "lukoml"));
    assert_eq!(dialog.kind, OrderKind::Curtail);
}

#[test]
fn the_engine_of_this_machine_is_ordered_by_name_and_is_no_part_of_the_nation() {
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(2), "local"));
    connect(&mut state, FeedId(2), "local", false);
    let own = Block {
        power: None,
        nameplate: Power::ZERO,
        target: Power::ZERO,
        ..sample::block("local", "1", 1, 20.0)
    };
    snapshot(
        &mut state,
        FeedId(2),
        vec![
            Item::Site(Box::new(sample::site("local"))),
            Item::Block(Box::new(own)),
        ],
    );
    assert_eq!(state.totals().sites, 2);
    press(&mut state, Code::End);
    typed(&mut state, "coff");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    let word = state.dialog.as_ref().and_then(curtail::Dialog::word);
    assert_eq!(word.as_deref(), Some("SHED LOCAL"));
}

#[test]
fn grid_values_age_and_the_gap_stays_in_the_trend() {
    let mut state = live();
    let at = |t: Timestamp| GridReading {
        frequency: Some(Hertz::from_millihertz(50_012)),
        measured_at: t,
        ..GridReading::default()
    };
    let items = vec![Item::Grid(Box::new(at(NOW)))];
    feed(
        &mut state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Grid,
            items,
        },
    );
    later(&mut state, 1_000);
    assert_eq!(state.grid.quality, Quality::Good);
    later(&mut state, 4_000);
    assert_eq!(state.grid.quality, Quality::Stale);
    assert_eq!(state.grid.frequency.samples().last(), Some(None));
}

#[test]
fn an_order_names_the_nation_of_the_gateway_that_it_goes_to() {
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "measured"));
    let replay = FeedInfo {
        nation: Arc::from("replay"),
        serves: vec![Topic::Grid],
        ..info("replay", true)
    };
    feed(&mut state, FeedId(1), FeedEvent::Hello(Box::new(replay)));
    assert_eq!(
        state.nation.as_deref(),
        Some("Belarus"),
        "a grid feed does not rename the nation"
    );
    state.nation = Some(Arc::from("another"));
    order_40_mw(&mut state);
    let sent = update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let [Effect::Send(FLEET, Request::Order(order))] = sent.as_slice() else {
        panic!("one order leaves: {sent:?}");
    };
    assert_eq!(&*order.nation, "Belarus");
}

fn error(state: &State) -> String {
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
    assert!(error(&state).contains("60.0 MW now, not 100.0"));
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
    assert!(error(&state).starts_with("not sent: it would move 300.0 MW"));
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
        message: Arc::from("this token may only look; nothing is done"),
        about: Some(Arc::from(ulid::Ulid(9).to_string())),
    };
    feed(&mut state, FLEET, error);
    assert_eq!(state.orders[0].life, Life::Said(Phase::Rejected));
    assert!(state.fleet.pending.is_empty());
}

fn alarm(id: &str, priority: crate::domain::alarm::Priority) -> Item {
    Item::Alarm(Box::new(crate::domain::alarm::Alarm {
        id: crate::domain::ids::AlarmId::new(id),
        priority,
        state: crate::domain::alarm::AlarmState::Unacknowledged,
        site: None,
        text: Arc::from("t"),
        raised: NOW,
        cleared: None,
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
    assert_eq!(state.alarms.len(), super::MAX_ALARMS);
    alarms(&mut state, FeedId(1), vec![alarm("a", Priority::P1)]);
    alarms(&mut state, FLEET, vec![alarm("b", Priority::P1)]);
    assert_eq!(state.alarm_counts()[0], 2);
    assert_eq!(state.alarms.len(), super::MAX_ALARMS + 1);
}

#[test]
fn alarms_of_two_gateways_with_one_id_are_two_rows_and_each_is_acknowledged_where_it_stands() {
    use crate::domain::alarm::Priority;
    let mut state = live();
    state.feeds.push(Feed::new(FeedId(1), "other"));
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
            as_of: None,
            source: BalanceSource::Node,
            measured_at: NOW,
        }))
    };
    for (id, name) in [(FLEET, "a"), (FeedId(1), "a"), (FeedId(2), "toy")] {
        let (topic, items) = (Topic::Reserve, vec![account(name)]);
        feed(&mut state, id, FeedEvent::Update { topic, items });
    }
    let total = state.bitcoin();
    assert_eq!(total.mature, rust_decimal::Decimal::from(10));
    assert_eq!((total.accounts, total.unheard), (1, 0));
    for id in [FLEET, FeedId(1)] {
        feed(&mut state, id, FeedEvent::Link(down()));
    }
    assert_eq!(state.bitcoin().unheard, 1, "it does not look live");
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
            message: Arc::from("y"),
            about: None,
        };
        feed(&mut state, FLEET, error);
    }
    let about_orders = state
        .notes
        .iter()
        .filter(|n| n.about == super::notes::About::Order);
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
    assert_eq!(super::orders::in_sight(&state).count(), 1);
    later(&mut state, 300_000);
    assert_eq!(super::orders::in_sight(&state).count(), 0);
}

#[test]
fn a_link_that_stays_down_is_noted_once() {
    let mut state = live();
    for _ in 0..50 {
        feed(&mut state, FLEET, FeedEvent::Link(LinkState::Connecting));
        feed(&mut state, FLEET, FeedEvent::Link(down()));
    }
    let said_down = state.notes.iter().filter(|n| n.text.contains("down"));
    assert_eq!(said_down.count(), 1);
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
