//! A block in hand goes before all else, and what a node has forgotten comes back to it.

use super::*;

/// The template that is being worked on.
fn held(actions: &[Action]) -> Arc<Template> {
    let held = actions.iter().rev().find_map(|a| match a {
        Action::Work(_, template, _) => Some(Arc::clone(template)),
        _ => None,
    });
    held.expect("working")
}

#[test]
fn while_a_block_is_handed_in_nothing_else_is_asked_of_its_node() {
    let (mut session, actions) = working(1, Some("a"));
    session.step(Event::Found(found(5), held(&actions)), now(10));
    for tenth in 1..=90 {
        let actions = session.step(Event::Tick, now(tenth * 100));
        assert_eq!(asked(&actions), [""; 0], "at {tenth}00 ms");
    }
    // Is it the block that takes so long, or is the node gone?
    let later = session.step(Event::Tick, now(10_100));
    assert_eq!(asked(&later), ["0 tip"]);
}

#[test]
fn a_found_block_ends_the_long_poll_and_none_is_opened_before_it_is_judged() {
    let (mut session, actions) = working(1, Some("a"));
    let actions = session.step(Event::Found(found(5), held(&actions)), now(10));
    assert!(actions.iter().any(|a| matches!(a, Action::DropLongpoll(0))));
    let submit = Ask::Submit(found(5));
    let busy = || Err(Fault::Status(503));
    session.step(reply(0, &submit, 10, busy()), now(20));
    let between = session.step(Event::Tick, now(100));
    assert!(
        asked(&between).iter().all(|a| a == "0 tip"),
        "{:?}",
        asked(&between)
    );
    let again = session.step(Event::Tick, now(2_000));
    assert_eq!(asked(&again), ["0 submit"]);
}

#[test]
fn a_template_that_was_asked_for_before_its_tip_died_is_not_worked_on() {
    let (mut session, _) = working(1, None);
    let actions = session.step(Event::Tick, now(30_000));
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    // The node makes it on the old tip, then hears of a block, and tells of that first.
    let news = News::Block(format!("{:064x}", 2));
    assert!(stopped(&session.step(Event::News(0, news), now(30_010))));
    let old = Ok(Answer::Template(template(1, 5, None)));
    let actions = session.step(reply(0, &ask, 30_000, old), now(30_020));
    assert_eq!(works(&actions), [], "on the dead tip");
    assert!(asked(&actions).contains(&"0 template".to_owned()));
    let new = Ok(Answer::Template(template(2, 6, None)));
    let actions = session.step(reply(0, &ask, 30_020, new), now(30_030));
    assert_eq!(works(&actions).len(), 1);
}

#[test]
fn a_tip_that_a_node_goes_back_to_is_worked_on_again() {
    let (mut session, actions) = working(1, None);
    let news = News::Block(format!("{:064x}", 2));
    let ask = ask_of(&session.step(Event::News(0, news), now(5)), |a| {
        matches!(a, Ask::Template(_))
    });
    let same = Ok(Answer::Template(template(1, 5, None)));
    let actions = [actions, session.step(reply(0, &ask, 6, same), now(9))].concat();
    assert_eq!(works(&actions).len(), 2, "asked for after the news");
}

#[test]
fn a_spare_is_looked_at_now_and_then_and_tried_out_only_after_a_failure() {
    let (mut session, _) = working(2, Some("a"));
    connect(&mut session, 1, "regtest", 1);
    let looked = session.step(Event::Tick, now(15_001));
    assert!(asked(&looked).contains(&"1 chain".to_owned()));
    let looked = session.step(reply(1, &Ask::Chain, 15_001, on("regtest")), now(15_002));
    assert_eq!(asked(&looked), [""; 0]);
    let down = Err(Fault::Unreachable("gone".to_owned()));
    let ask = Ask::Chain;
    session.step(reply(1, &ask, 30_002, down), now(30_002));
    connect(&mut session, 1, "regtest", 31_000);
}

/// A block whose parent is the block `tip` of the tests' templates.
fn block_on(tip: u8, height: u32) -> Arc<Stored> {
    let mut header = vec![0; 80];
    header[4] = tip;
    Arc::new(Stored {
        hash: Hash::of(&height.to_be_bytes()),
        hex: data_encoding::HEXLOWER.encode(&header),
        ..(*found(height)).clone()
    })
}

#[test]
fn kept_blocks_are_handed_in_to_a_node_that_allows_no_more_than_that() {
    let mut session = session(1);
    session.step(Event::Kept(found(5)), now(0));
    session.step(Event::Tick, now(0));
    let actions = session.step(reply(0, &Ask::Chain, 0, on("regtest")), now(1));
    assert!(asked(&actions).contains(&"0 submit".to_owned()));
    let not_that = Err(Fault::Forbidden("getblockheader".to_owned()));
    let actions = session.step(reply(0, &Ask::Allowed, 1, not_that), now(2));
    let (state, why) = health(&actions, 0).expect("told");
    assert!(
        state == Health::Refused && why.contains("getblockheader"),
        "{why}"
    );
    let done = Ok(Answer::Reason(None));
    let actions = session.step(reply(0, &Ask::Submit(found(5)), 1, done), now(3));
    assert!(works(&actions).is_empty());
}

/// A node on regtest that says how high it is, and which block that is.
fn at_height(height: u32, tip: u8) -> Answer {
    Answer::Chain(ChainNow {
        word: "regtest".to_owned(),
        height: Some(height),
        tip: Some(format!("{tip:064x}")),
        fetching: false,
    })
}

fn say_where(session: &mut Session, height: u32, tip: u8, at: u64) -> Vec<Action> {
    let said = Ok(at_height(height, tip));
    session.step(reply(0, &Ask::Chain, at, said), now(at))
}

#[test]
fn a_chain_that_is_built_anew_gets_blocks_once_its_height_rests() {
    let (mut session, _) = working(1, None);
    say_where(&mut session, 100, 1, 10);
    let lost = Err(Fault::Unreachable("gone".to_owned()));
    session.step(reply(0, &Ask::Tip, 10, lost), now(20));
    session.step(Event::Kept(block_on(9, 90)), now(21));
    assert!(!asked(&say_where(&mut session, 93, 2, 30)).contains(&"0 submit".to_owned()));
    for (second, height) in (1..=40).zip(4..) {
        let at = second * 1_000;
        let actions = say_where(&mut session, height, 3, at);
        assert!(
            !asked(&actions).contains(&"0 submit".to_owned()),
            "at {height}"
        );
        // It is looked at more often than a node that stands where it stood.
        let actions = session.step(Event::Tick, now(at + 100));
        assert!(
            !asked(&actions).contains(&"0 submit".to_owned()),
            "at {height}"
        );
    }
    assert!(!asked(&say_where(&mut session, 43, 4, 69_000)).contains(&"0 submit".to_owned()));
    // One on the present tip is none of those that come by themselves.
    let on_tip = session.step(Event::Kept(block_on(4, 44)), now(69_500));
    assert!(asked(&on_tip).contains(&"0 submit".to_owned()));
    let no = Ok(Answer::Reason(Some("bad-cb-amount".to_owned())));
    session.step(
        reply(0, &Ask::Submit(block_on(4, 44)), 69_500, no),
        now(69_600),
    );
    let actions = say_where(&mut session, 43, 4, 70_100);
    let submit = ask_of(&actions, |a| matches!(a, Ask::Submit(_)));
    assert!(
        matches!(submit, Ask::Submit(block) if block.height == 90),
        "30 s at one height"
    );
}

#[test]
fn six_blocks_less_are_a_reorganisation() {
    let (mut session, _) = working(1, None);
    say_where(&mut session, 100, 1, 10);
    session.step(Event::Kept(block_on(9, 90)), now(21));
    let submit = Ask::Submit(block_on(9, 90));
    session.step(reply(0, &submit, 21, Ok(Answer::Reason(None))), now(22));
    say_where(&mut session, 94, 1, 30);
    let actions = session.step(Event::Kept(block_on(8, 91)), now(31));
    assert!(asked(&actions).contains(&"0 submit".to_owned()));
}

#[test]
fn what_a_node_has_lost_is_handed_in_before_its_template_is_asked_for() {
    let (mut session, _) = working(1, None);
    say_where(&mut session, 20, 1, 1);
    for height in 21..=24 {
        let at = u64::from(height);
        session.step(Event::Kept(block_on(0, height)), now(at));
        let submit = Ask::Submit(block_on(0, height));
        session.step(reply(0, &submit, at, Ok(Answer::Reason(None))), now(at));
    }
    let ask = Ask::Template(session.wishes.clone().expect("known"));
    // One is under way, and another is wanted since the last block was taken.
    for at in [30, 31] {
        let answer = Ok(Answer::Template(template(1, 25, None)));
        session.step(reply(0, &ask, at, answer), now(at));
    }
    let gone = Err(Fault::Unreachable("gone".to_owned()));
    session.step(reply(0, &Ask::Tip, 100, gone), now(120));
    let mut actions = connect_at(&mut session, 20, 1_000);
    for height in 21..=24 {
        let at = 1_000 + u64::from(height);
        let submit = ask_of(&actions, |a| matches!(a, Ask::Submit(_)));
        assert!(matches!(&submit, Ask::Submit(block) if block.height == height));
        assert!(
            !asked(&actions).contains(&"0 template".to_owned()),
            "at {height}"
        );
        actions = session.step(reply(0, &submit, at, Ok(Answer::Reason(None))), now(at));
    }
    assert!(asked(&actions).contains(&"0 template".to_owned()));
}

fn connect_at(session: &mut Session, height: u32, at: u64) -> Vec<Action> {
    let actions = say_where(session, height, 1, at);
    let allowed = reply(0, &Ask::Allowed, at, Ok(Answer::Allowed));
    [actions, session.step(allowed, now(at))].concat()
}

#[test]
fn no_long_poll_is_kept_with_a_node_that_answers_nothing_beside_it() {
    let (mut session, _) = working(1, Some("a"));
    let slow = Err(Fault::Slow(Duration::from_secs(10)));
    let actions = session.step(reply(0, &Ask::Tip, 5_000, slow), now(15_000));
    assert!(actions.iter().any(|a| matches!(a, Action::DropLongpoll(0))));
    let said = |a: &Action| matches!(a, Action::Tell(Told::Say(MiningEvent::Error(text))) if text.contains("RPC thread"));
    assert!(actions.iter().any(said));
    let actions = connect(&mut session, 0, "regtest", 16_000);
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let answer = Ok(Answer::Template(template(1, 5, Some("b"))));
    let actions = session.step(reply(0, &ask, 16_000, answer), now(16_010));
    assert!(!asked(&actions).contains(&"0 longpoll".to_owned()));
}

#[test]
fn a_template_that_comes_from_a_node_that_has_become_unfit_is_not_worked_on() {
    let unfit = |session: &mut Session, fetching: bool| {
        if fetching {
            let Ok(Answer::Chain(now_on)) = on("regtest") else {
                return Vec::new();
            };
            let said = ChainNow { fetching, ..now_on };
            return session.step(
                reply(0, &Ask::Chain, 31_000, Ok(Answer::Chain(said))),
                now(31_001),
            );
        }
        session.step(reply(0, &Ask::Chain, 31_000, on("regtest")), now(31_001));
        let no = Err(Fault::Missing("submitblock".to_owned()));
        session.step(reply(0, &Ask::Allowed, 31_001, no), now(31_002))
    };
    for fetching in [true, false] {
        let (mut session, _) = working(1, None);
        let ask = ask_of(&session.step(Event::Tick, now(30_000)), |a| {
            matches!(a, Ask::Template(_))
        });
        let slow = Err(Fault::Slow(Duration::from_secs(10)));
        session.step(reply(0, &Ask::Tip, 20_000, slow), now(30_100));
        let actions = unfit(&mut session, fetching);
        assert!(health(&actions, 0).is_some() && stopped(&actions));
        let late = Ok(Answer::Template(template(1, 5, None)));
        let actions = session.step(reply(0, &ask, 30_000, late), now(40_000));
        assert!(works(&actions).is_empty(), "{fetching}");
        // Allowed again, it is.
        connect(&mut session, 0, "regtest", 50_000);
        let late = Ok(Answer::Template(template(1, 5, None)));
        assert_eq!(
            works(&session.step(reply(0, &ask, 50_000, late), now(50_001))).len(),
            1
        );
    }
}
