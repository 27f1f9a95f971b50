//! What is told of reports put together by hand.

use rust_decimal::Decimal;

use super::report::{self, Report};
use super::table::table;
use crate::app::feeds::Feed;
use crate::app::{Desk, Msg, Size, State, update};
use crate::domain::ids::{AccountId, FeedId};
use crate::domain::link::{DownCause, FeedEvent, Item, LinkState, Topic};
use crate::domain::reserve::{Account, BalanceSource, Currency};
use crate::domain::time::Timestamp;

fn state() -> State {
    let desk = Desk {
        name: "A".into(),
        operator: "seven".into(),
        role: "viewer".into(),
        read_only: true,
    };
    let feeds = vec![Feed::new(FeedId(0), "fleet")];
    let now = Timestamp::from_millis(1_700_000_000_000);
    State::new(desk, feeds, Size::of(0, 0), now)
}

fn report(state: &State) -> Report {
    report::of(state, None).expect("all sites")
}

#[test]
fn what_is_not_known_is_left_out_and_not_zero() {
    let told = report(&state());
    let json = serde_json::to_value(&told).expect("JSON");
    assert!(
        json.get("fleet").is_none() && json.get("grid").is_none(),
        "{json}"
    );
    assert_eq!(json["time"], "2023-11-14T22:13:20.000Z");
    assert_eq!(
        told.critical,
        ["the feed fleet is not live: not connected yet"]
    );
}

#[test]
fn what_a_feed_says_can_not_act_on_a_terminal() {
    let mut state = state();
    let detail = "no\x1b[2J\x07 certificate\u{202e}".into();
    let link = LinkState::Down {
        retry_at: state.now,
        cause: DownCause::Tls,
        detail,
    };
    update(&mut state, Msg::Feed(FeedId(0), FeedEvent::Link(link)));
    let text = table(&report(&state));
    assert!(
        text.contains("CRITICAL  the feed fleet is not live"),
        "{text}"
    );
    let plain = |c: char| c == '\n' || !c.is_control();
    assert!(
        text.chars().all(plain) && !text.contains('\u{202e}'),
        "{text:?}"
    );
}

#[test]
fn a_site_that_is_not_known_is_named_with_those_that_are() {
    let error = report::of(&state(), Some("Lukoml")).expect_err("no site");
    assert_eq!(
        error,
        "--site Lukoml: no site has this id or name; no site has been heard of"
    );
}

fn account(id: &str, mature: Decimal, source: BalanceSource) -> Item {
    Item::Account(Box::new(Account {
        id: AccountId::new(id),
        label: id.into(),
        site: None,
        currency: Currency("BTC".into()),
        mature,
        immature: Decimal::ONE,
        pending: Decimal::ZERO,
        as_of: None,
        maturing: None,
        source,
        measured_at: Timestamp::from_millis(1_700_000_000_000),
    }))
}

fn hold(state: &mut State, items: Vec<Item>) {
    let topic = Topic::Reserve;
    let event = FeedEvent::Update { topic, items };
    update(state, Msg::Feed(FeedId(0), event));
}

#[test]
fn the_reserve_is_what_is_checked_and_what_is_claimed_stands_beside_it() {
    use BalanceSource::{Claimed, Node};
    let mut state = state();
    let link = FeedEvent::Link(LinkState::Live);
    update(&mut state, Msg::Feed(FeedId(0), link));
    hold(&mut state, vec![account("b", Decimal::from(20), Claimed)]);
    let json = serde_json::to_value(report(&state)).expect("JSON");
    let held = &json["reserve"];
    assert!(
        held.get("mature_btc").is_none(),
        "nothing is checked: {held}"
    );
    assert_eq!(held["claimed"]["mature_btc"], "20.00000000");
    let text = table(&report(&state));
    assert!(!text.contains("reserve "), "{text}");

    hold(&mut state, vec![account("a", Decimal::from(10), Node)]);
    let told = report(&state);
    let json = serde_json::to_value(&told).expect("JSON");
    let held = &json["reserve"];
    assert_eq!(held["mature_btc"], "10.00000000");
    assert_eq!(held["immature_btc"], "1.00000000");
    assert_eq!(held["claimed"]["mature_btc"], "20.00000000");
    assert_eq!(
        (&held["accounts"], &held["claimed_accounts"]),
        (&2.into(), &1.into())
    );
    let text = table(&told);
    assert!(
        text.contains(
            "reserve 10.00000000 BTC mature, 1.00000000 BTC immature; accounts: 1, checked\n"
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "claimed 20.00000000 BTC mature, 1.00000000 BTC immature; accounts: 1, not checked\n"
        ),
        "{text}"
    );

    // What a hostile feed states beyond all numbers ends no report.
    hold(
        &mut state,
        vec![
            account("c", Decimal::MAX, Node),
            account("d", Decimal::MAX, Node),
        ],
    );
    table(&report(&state));
}
