//! A node that is slow to make a template.

use super::*;

#[test]
fn a_template_that_takes_long_is_told_and_waited_for() {
    let mut session = session(1);
    session.step(Event::Tick, now(0));
    let actions = connect(&mut session, 0, "regtest", 0);
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    assert_eq!(health(&session.step(Event::Tick, now(19_900)), 0), None);
    let (state, why) = health(&session.step(Event::Tick, now(20_100)), 0).expect("told");
    assert!(state == Health::Busy && why.contains("20 s"), "{why}");
    assert!(!asked(&session.step(Event::Tick, now(60_000))).contains(&"0 template".to_owned()));
    let answer = Ok(Answer::Template(template(1, 5, None)));
    let actions = session.step(reply(0, &ask, 0, answer), now(90_000));
    assert_eq!(works(&actions).len(), 1);
    assert_eq!(health(&actions, 0).map(|h| h.0), Some(Health::Live));
    assert_eq!(health(&session.step(Event::Tick, now(90_100)), 0), None);
}

/// While a node makes a template it may answer nothing else.
#[test]
fn a_node_that_is_silent_while_it_makes_a_template_is_busy_and_not_down() {
    let (mut session, _) = working(1, None);
    let actions = session.step(Event::Tick, now(30_000));
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let slow = || Err(Fault::Slow(Duration::from_secs(10)));
    let actions = session.step(reply(0, &Ask::Tip, 30_000, slow()), now(40_000));
    assert_eq!(health(&actions, 0).map(|h| h.0), Some(Health::Live));
    assert!(!stopped(&actions));
    let soon = session.step(Event::Tick, now(40_100));
    assert!(
        !asked(&soon).contains(&"0 tip".to_owned()),
        "not in a circle"
    );
    let actions = session.step(Event::Tick, now(50_100));
    let (state, why) = health(&actions, 0).expect("told");
    assert!(state == Health::Busy && why.contains("20 s"), "{why}");
    let answer = Ok(Answer::Template(template(1, 5, None)));
    let actions = session.step(reply(0, &ask, 30_000, answer), now(60_000));
    assert_eq!(health(&actions, 0).map(|h| h.0), Some(Health::Live));
    // Without a template under way the same silence is a failure.
    let actions = session.step(reply(0, &Ask::Tip, 61_000, slow()), now(71_000));
    assert_eq!(health(&actions, 0).map(|h| h.0), Some(Health::Down));
}

/// Where another node can give work, nobody waits for the slow one.
#[test]
fn another_node_stands_in_for_one_that_is_silent() {
    let (mut session, _) = working(2, None);
    connect(&mut session, 1, "regtest", 1);
    session.step(Event::Tick, now(30_000));
    let slow = Err(Fault::Slow(Duration::from_secs(10)));
    let actions = session.step(reply(0, &Ask::Tip, 30_000, slow), now(40_000));
    assert!(asked(&actions).contains(&"1 template".to_owned()));
}

/// What a block needs may not be allowed there any more: it is tried first.
#[test]
fn work_of_a_node_that_has_failed_meanwhile_waits_until_it_is_ready() {
    let (mut session, _) = working(1, None);
    let actions = session.step(Event::Tick, now(30_000));
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let gone = Err(Fault::Unreachable("gone".to_owned()));
    session.step(reply(0, &Ask::Tip, 30_000, gone), now(30_100));
    let answer = || Ok(Answer::Template(template(2, 6, None)));
    let actions = session.step(reply(0, &ask, 30_000, answer()), now(30_200));
    assert!(works(&actions).is_empty(), "{actions:?}");
    let actions = connect(&mut session, 0, "regtest", 31_000);
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let actions = session.step(reply(0, &ask, 31_000, answer()), now(31_010));
    assert_eq!(works(&actions).len(), 1);
}
