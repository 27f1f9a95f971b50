//! What is told of reports put together by hand.

use super::report::{self, Report};
use super::table::table;
use crate::app::feeds::Feed;
use crate::app::{Desk, Msg, Size, State, update};
use crate::domain::ids::FeedId;
use crate::domain::link::{DownCause, FeedEvent, LinkState};
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
