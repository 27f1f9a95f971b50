//! The Curtail screen's other parts: the restore queue, hands, gateways' own orders, and the courses of orders.

use super::*;
use crate::app::progress::late;
use crate::app::waiting::{self, Hands, View};
use crate::domain::fleet::{Authority, BlockState, Tag};
use crate::domain::ids::BlockId;
use crate::domain::order::{Order, OrderTarget, PlanHash};
use crate::domain::waiting::{GatewayOrder, Queued, RestoreQueue, WaitsFor};

fn queued(block: &str, second: Option<i64>, reason: WaitsFor) -> Queued {
    let at = |more: i64| second.map(|s| NOW.shifted((s + more) * 1_000));
    Queued {
        site: SiteId::new("astravets"),
        block: BlockId::new(block),
        target: Power::from_megawatts(100),
        adds: Some(Power::from_megawatts(20)),
        not_before: at(0),
        expected: at(30),
        by: OrderId(77),
        reason,
    }
}

fn tell(state: &mut State, rows: Vec<Queued>, more: u32) {
    let measured_at = state.now;
    let queue = RestoreQueue {
        rows,
        more,
        measured_at,
    };
    feed(
        state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Fleet,
            items: vec![Item::RestoreQueue(Box::new(queue))],
        },
    );
}

pub(super) fn own_order(id: u128) -> Item {
    let order = Order {
        id: OrderId(id),
        plan: PlanHash([0; 32]),
        nation: Arc::from("Belarus"),
        gateway: GatewayId::new("g"),
        kind: OrderKind::Curtail,
        targets: vec![OrderTarget {
            site: SiteId::new("astravets"),
            block: BlockId::new("2"),
            target: Power::ZERO,
            epoch: 0,
            site_seq: 8,
            after: std::time::Duration::ZERO,
        }],
        substitutes: Vec::new(),
        extra_max: Power::ZERO,
        reason: Arc::from("frequency 49.790 Hz"),
        issued_by: Arc::from("rule uf-49.80"),
        countersigned_by: None,
        issued_at: NOW,
        expires_at: NOW + Duration::from_mins(1),
        lease: Duration::ZERO,
        signature: None,
        emergency: false,
        countersignature: None,
        desk: None,
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    };
    Item::GatewayOrder(Box::new(GatewayOrder {
        order,
        wanted: Power::from_megawatts(100),
    }))
}

#[test]
fn the_queue_is_added_up_and_its_end_is_known_only_where_each_end_is() {
    let mut state = live();
    assert!(!waiting::waiting(&state).is_told, "no gateway has told one");
    tell(&mut state, Vec::new(), 0);
    let sum = waiting::waiting(&state);
    assert!(sum.is_told && sum.blocks == 0);
    let rows = vec![
        queued("1", Some(5), WaitsFor::Turn),
        queued("2", Some(60), WaitsFor::RampCap),
    ];
    tell(&mut state, rows.clone(), 0);
    let sum = waiting::waiting(&state);
    assert_eq!((sum.blocks, sum.held), (2, 0));
    assert_eq!(sum.adds, Power::from_megawatts(40));
    assert_eq!(sum.last, Some(NOW.shifted(90_000)));
    tell(&mut state, rows.clone(), 3);
    let sum = waiting::waiting(&state);
    assert_eq!(
        (sum.blocks, sum.last),
        (5, None),
        "nobody tells of the rest"
    );
    tell(
        &mut state,
        vec![rows[0].clone(), queued("2", None, WaitsFor::Frequency)],
        0,
    );
    let sum = waiting::waiting(&state);
    assert_eq!((sum.held, sum.last), (1, None));
}

#[test]
fn a_queue_that_is_not_told_any_more_is_stale_and_one_left_out_of_a_snapshot_is_gone() {
    let mut state = live();
    tell(&mut state, vec![queued("1", Some(5), WaitsFor::Turn)], 0);
    assert!(!waiting::queue(&state)[0].is_stale);
    later(&mut state, 3_500);
    assert!(waiting::queue(&state)[0].is_stale);
    let age = waiting::waiting(&state).stale.expect("too old");
    assert_eq!(age, Duration::from_millis(3_500));
    tell(&mut state, vec![queued("1", Some(5), WaitsFor::Turn)], 0);
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    assert!(
        waiting::queue(&state)[0].is_stale,
        "a lost link is no live queue"
    );
    let items = vec![Item::Site(Box::new(sample::site("astravets")))];
    snapshot(&mut state, FLEET, items);
    assert!(waiting::queue(&state).is_empty());
    assert!(!waiting::waiting(&state).is_told);
}

#[test]
fn a_simulated_queue_is_never_added_to_a_real_one() {
    let mut state = live();
    let sim = FeedId(1);
    state.feeds.push(Feed::new(sim, "sim"));
    connect(&mut state, sim, "s", true);
    tell(&mut state, vec![queued("1", Some(5), WaitsFor::Turn)], 0);
    let queue = RestoreQueue {
        rows: vec![queued("9", Some(5), WaitsFor::Turn)],
        more: 0,
        measured_at: state.now,
    };
    feed(
        &mut state,
        sim,
        FeedEvent::Update {
            topic: Topic::Fleet,
            items: vec![Item::RestoreQueue(Box::new(queue))],
        },
    );
    assert_eq!(waiting::waiting(&state).blocks, 1);
}

#[test]
fn a_gateway_s_own_order_is_listed_as_its_own_and_never_counted_as_ours() {
    let mut state = live();
    state.nav.screen = Screen::Curtail;
    answer(&mut state, own_order(5));
    answer(&mut state, own_order(5));
    answer(&mut state, status(OrderId(5), Phase::Executing, 40));
    later(&mut state, 1_000);
    let all = waiting::orders(&state);
    assert_eq!(all.len(), 1, "told twice, listed once");
    assert_eq!(all[0].whose, waiting::Whose::Gateway);
    assert_eq!(all[0].record.life, Life::Said(Phase::Executing));
    assert_eq!(all[0].record.delivered(), Power::from_megawatts(40));
    assert!(state.orders.is_empty());
    assert!(state.fleet.pending.is_empty(), "it bars no block here");
    typed(&mut state, "q");
    assert_eq!(
        state.overlay,
        Overlay::None,
        "nor does it hold anybody at the desk"
    );
    assert_eq!(crate::app::orders::under_way(&state).count(), 0);
    assert_eq!(rows::orders(&state).len(), 1);
}

#[test]
fn after_a_lost_link_a_gateway_s_own_order_is_unknown_until_asked() {
    let mut state = live();
    answer(&mut state, own_order(5));
    answer(&mut state, status(OrderId(5), Phase::Executing, 40));
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    assert_eq!(state.curtailing.own[0].life, Life::Unknown);
    let effects = feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    assert!(effects.contains(&Effect::Send(FLEET, Request::OrderQuery(OrderId(5)))));
    let skew = FeedEvent::Skew {
        offset_ms: 250,
        uncertainty_ms: 1,
    };
    feed(&mut state, FLEET, skew);
    answer(&mut state, status(OrderId(5), Phase::Delivered, 100));
    assert_eq!(state.curtailing.own[0].life, Life::Said(Phase::Delivered));
}

#[test]
fn own_orders_are_bounded_and_take_no_id_of_ours() {
    let mut state = live();
    for id in 1..=200 {
        answer(&mut state, own_order(id));
    }
    assert_eq!(state.curtailing.own.len(), waiting::MOST_OWN);
    later(&mut state, 1_000);
    assert!(state.curtailing.progress.len() <= waiting::MOST_OWN);
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    answer(&mut state, own_order(9));
    assert!(state.curtailing.own.is_empty(), "ours stays ours");
}

#[test]
fn an_order_has_a_course_a_promise_and_is_late_after_it() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    later(&mut state, 250);
    let sent = state.orders[0].sent_at;
    let promised = |state: &State| {
        let track = state.curtailing.progress.of(OrderId(9)).expect("a course");
        track.promised
    };
    // The block goes down by a tenth of its load in a second.
    let first = promised(&state).expect("its ramp is known");
    assert!(first > sent && first <= sent + Duration::from_secs(10));
    for second in 1..=4 {
        later(&mut state, 1_000);
        let mut item = status(OrderId(9), Phase::Executing, second * 5);
        if let Item::Order(status) = &mut item {
            status.targets[0].measured_at = Some(state.now);
        }
        answer(&mut state, item);
        later(&mut state, 0);
    }
    let track = state.curtailing.progress.of(OrderId(9)).expect("a course");
    let course: Vec<i64> = track
        .samples()
        .iter()
        .map(|(_, p)| p.watts() / 1_000_000)
        .collect();
    assert_eq!(course, [5, 10, 15, 20]);
    let lateness = |state: &State| {
        let track = state.curtailing.progress.of(OrderId(9));
        late(&state.orders[0], track, state.now)
    };
    assert_eq!(lateness(&state), None);
    later(&mut state, 40_000);
    assert!(lateness(&state).is_some_and(|late| late > Duration::from_secs(30)));
    assert_eq!(promised(&state), Some(first), "a promise does not move");
    answer(&mut state, status(OrderId(9), Phase::Delivered, 40));
    assert_eq!(lateness(&state), None, "it is over");
}

#[test]
fn the_key_goes_through_the_parts_and_each_has_its_own_cursor() {
    let mut state = live();
    typed(&mut state, "4");
    tell(
        &mut state,
        vec![
            queued("1", Some(5), WaitsFor::Turn),
            queued("2", Some(60), WaitsFor::RampCap),
        ],
        0,
    );
    assert_eq!(state.curtailing.view, View::Orders);
    typed(&mut state, "v");
    assert_eq!(state.curtailing.view, View::Queue);
    typed(&mut state, "j");
    // The first one goes: the cursor stays with its block.
    let at = rows::at_cursor(&state.nav.queue, &rows::rows(&state)).expect("a row");
    tell(
        &mut state,
        vec![queued("2", Some(60), WaitsFor::RampCap)],
        0,
    );
    assert_eq!(
        rows::at_cursor(&state.nav.queue, &rows::rows(&state)),
        Some(at)
    );
    typed(&mut state, "v");
    assert_eq!(state.curtailing.view, View::Authority);
    typed(&mut state, "v");
    assert_eq!(state.curtailing.view, View::Orders);
}

#[test]
fn hands_are_told_own_first_then_what_is_abnormal() {
    let mut state = live();
    let holder = |who: &str| Authority {
        holder: Some(Arc::from(who)),
        epoch: 3,
    };
    let mut items = Vec::new();
    for (id, authority) in [
        ("a", Authority::default()),
        ("b", Authority::default()),
        ("c", holder("Minsk-2")),
        ("d", holder("op")),
    ] {
        items.push(Item::Site(Box::new(Site {
            authority,
            ..sample::site(id)
        })));
    }
    items.push(Item::Block(Box::new(Block {
        state: BlockState::Local,
        tags: vec![Tag {
            id: None,
            kind: Arc::from("maintenance"),
            owner: Arc::from("hall B"),
            reason: Arc::from("fan"),
        }],
        ..sample::block("b", "1", 10, 20.0)
    })));
    snapshot(&mut state, FLEET, items);
    let all = waiting::authority(&state);
    let order: Vec<&str> = all.iter().map(|held| held.view.site.id.as_str()).collect();
    assert_eq!(order, ["d", "c", "b", "a"]);
    assert_eq!(all[0].hands, Hands::Here);
    let sum = waiting::shares(&all);
    assert_eq!((sum.sites, sum.here, sum.free), (4, 1, 2));
    assert_eq!(sum.others, [(Arc::from("Minsk-2"), 1)]);
    assert_eq!((sum.locked, sum.local), (1, 1));
    // The keys of authority mean the site under the cursor there, and only there.
    typed(&mut state, "4t");
    assert!(
        state.deeds.prompt.is_none(),
        "no site is chosen among orders"
    );
    typed(&mut state, "vvGt");
    let site = state
        .deeds
        .prompt
        .as_ref()
        .map(|prompt| prompt.site.clone());
    assert_eq!(site, Some(SiteId::new("a")));
}

#[test]
fn from_the_curtail_screen_what_is_marked_is_planned_and_else_the_nation() {
    let mut state = live();
    typed(&mut state, "4c");
    let scope = |state: &State| state.dialog.as_ref().map(|d| d.scope.clone());
    assert_eq!(scope(&state), Some(curtail::Scope::Nation));
    press(&mut state, Code::Esc);
    typed(&mut state, "1gg 4c");
    let marked = curtail::Scope::Sites([SiteId::new("astravets")].into());
    assert_eq!(scope(&state), Some(marked));
    press(&mut state, Code::Esc);
    typed(&mut state, "C");
    assert_eq!(scope(&state), Some(curtail::Scope::Nation));
}

#[test]
fn a_queue_longer_than_it_is_told_promises_nothing() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    state.orders[0].order.kind = OrderKind::Restore;
    let rows = || {
        let mut row = queued("1", Some(5), WaitsFor::Turn);
        row.by = OrderId(9);
        vec![row]
    };
    let promised = |state: &State| {
        let track = state.curtailing.progress.of(OrderId(9)).expect("a course");
        track.promised
    };
    tell(&mut state, rows(), 3);
    later(&mut state, 250);
    assert_eq!(promised(&state), None, "three blocks are not told of");
    tell(&mut state, rows(), 0);
    later(&mut state, 250);
    assert!(promised(&state).is_some());
}
