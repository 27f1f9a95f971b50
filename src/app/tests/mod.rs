//! Keys and feed events in, state and effects out: no terminal, no socket.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;

use super::feeds::Feed;
use super::fleet::Realm;
use super::key::{Code, Key};
use super::nav::{Depth, Screen};
use super::{Desk, Effect, Msg, Overlay, Size, State, curtail, rows, update};
use crate::control::order::Life;
use crate::domain::fleet::{Block, Site};
use crate::domain::grid::GridReading;
use crate::domain::ids::{AccountId, BootId, FeedId, GatewayId, HallId, OrderId, SiteId};
use crate::domain::link::{DownCause, FeedEvent, FeedInfo, Item, LinkState, Request, Topic};
use crate::domain::order::{OrderKind, OrderStatus, Phase, TargetStatus};
use crate::domain::quality::Quality;
use crate::domain::reserve::{Account, BalanceSource, Currency};
use crate::domain::sample::{self, NOW};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

mod adversity;
mod alarms;
mod axis;
mod cancel;
mod chain;
mod clocks;
mod deeds;
mod delivery;
mod emergency;
mod handover;
mod help;
mod history;
mod holdings;
mod journal;
mod machines;
mod paced;
mod palette;
mod racks;
mod second;
mod solo;
mod sources;
mod waiting;

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
        two_persons: crate::domain::operator::TwoPersons::default(),
        emergency_step: None,
        emergency_interval: None,
        emergency_bar: None,
        limit_window: None,
        watch_filter: None,
        acts: crate::domain::link::ACTS,
        operators: false,
        pacing: crate::domain::pacing::Pacing::default(),
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

/// A second, simulated feed of one site, `toy`, with a block of so many megawatts.
fn train(state: &mut State, mw: i64) {
    state.feeds.push(Feed::new(FeedId(1), "training"));
    connect(state, FeedId(1), "sim", true);
    let items = vec![
        Item::Site(Box::new(sample::site("toy"))),
        Item::Block(Box::new(sample::block("toy", "1", mw, 18.0))),
    ];
    snapshot(state, FeedId(1), items);
}

const OTHER: FeedId = FeedId(1);
const TOY: FeedId = FeedId(2);

/// A desk with three feeds of a reserve, the last of them simulated.
fn desk_of_three() -> State {
    let mut state = live();
    for (id, simulated) in [(OTHER, false), (TOY, true)] {
        state.feeds.push(Feed::new(id, "reserve"));
        connect(&mut state, id, "r", simulated);
    }
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
        detail: "closed by the other end".into(),
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

/// A bitcoin account with nothing but what is mature.
fn bitcoin_account(id: &str, mature: Decimal, source: BalanceSource) -> Account {
    Account {
        id: AccountId::new(id),
        label: Arc::from(id),
        site: None,
        currency: Currency(Arc::from("BTC")),
        mature,
        immature: Decimal::ZERO,
        pending: Decimal::ZERO,
        as_of: None,
        maturing: None,
        source,
        measured_at: NOW,
    }
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
        detail: "".into(),
        targets: vec![TargetStatus {
            site: SiteId::new("astravets"),
            block: crate::domain::ids::BlockId::new("2"),
            phase,
            reasons: Vec::new(),
            delivered: Some(Power::from_megawatts(delivered)),
            measured_at: Some(NOW + Duration::from_secs(2)),
        }],
        issued: None,
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
                detail: "no".into(),
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
fn an_order_that_is_not_seen_yet_stays_unknown_until_it_has_expired() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let unseen = |state: &mut State, at| {
        let Item::Order(mut status) = status(OrderId(9), Phase::Unseen, 0) else {
            unreachable!("it is one");
        };
        (status.at, status.targets) = (at, Vec::new());
        answer(state, Item::Order(status));
    };
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    let skew = FeedEvent::Skew {
        offset_ms: 250,
        uncertainty_ms: 1,
    };
    // By this desk's clock; an order's end is by its gateway's.
    let end = state.orders[0].order.expires_at.shifted(-250);
    let tomorrow = end + Duration::from_hours(24);
    // Its own word for the time is not enough; the last of them one that has not been compared with ours.
    for (at, compared) in [(NOW, true), (tomorrow, true), (tomorrow, false)] {
        if compared {
            feed(&mut state, FLEET, skew.clone());
        } else {
            state.feeds[0].skew = None;
        }
        unseen(&mut state, at);
        assert_eq!(state.orders[0].life, Life::Unknown, "{at:?}");
        assert!(!state.fleet.pending.is_empty(), "its blocks are barred");
        let now = state.now.shifted(10_000);
        let asks = update(&mut state, Msg::Tick(now));
        let query = Effect::Send(FLEET, Request::OrderQuery(OrderId(9)));
        assert!(asks.contains(&query), "{asks:?}");
    }
    let left = state.now.age(end);
    state.now = state.now + left;
    feed(&mut state, FLEET, skew);
    unseen(&mut state, end.shifted(1_000));
    assert_eq!(state.orders[0].life, Life::Unknown, "not beyond doubt yet");
    state.now = end.shifted(1_000);
    unseen(&mut state, end);
    assert_eq!(
        state.orders[0].life,
        Life::Unknown,
        "it may have come since"
    );
    unseen(&mut state, end.shifted(1_000));
    assert_eq!(state.orders[0].life, Life::Said(Phase::NotSeen));
    assert!(state.fleet.pending.is_empty());
}

#[test]
fn an_order_that_the_other_end_will_not_take_is_over_with_its_reason() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let error = |code: &str| FeedEvent::Error {
        code: Arc::from(code),
        message: "this token may only look".into(),
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
        message: "this token may only look".into(),
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
    train(&mut state, 500);
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
