//! What a gateway says of its rules.

use crate::attacker::{Link, Person, operators};
use crate::common::Server;

#[test]
fn hello_says_which_rules_hold_and_whether_acts_are_signed() {
    let open = Server::simulator("127.0.0.1:0");
    let link = Link::open(&open.at, "/fleet");
    assert_eq!(link.hello["acts"], 2);
    assert_eq!(link.hello["operators"], false);
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let anna = Person::new("anna");
    let file = operators(scratch.path(), "", &[anna.entry("operator", "")]);
    let file = file.to_str().expect("text");
    let closed = Server::start(&["simulator", "--operators", file], "127.0.0.1:0");
    let link = Link::open(&closed.at, "/fleet");
    assert_eq!(link.hello["operators"], true);
}

#[test]
fn hello_says_how_emergencies_go_and_how_long_limits_count() {
    let open = Server::simulator("127.0.0.1:0");
    let limits = Link::open(&open.at, "/fleet").hello["limits"].clone();
    assert_eq!(limits["emergency_step_w"], 300_000_000);
    assert_eq!(limits["emergency_interval_ms"], 5_000);
    assert_eq!(limits["emergency_bar_mhz"], 50_200);
    assert_eq!(limits["limit_window_min"], 15);
}
