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
