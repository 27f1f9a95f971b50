use serde_json::{Value, json};

use super::super::ledger::Depth;
use super::super::spool::Stored;
use super::super::zmq::News;
use super::*;
use crate::domain::mining::BlockFate;
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;
use crate::work::payout::Payouts;
use crate::work::template::Tag;

const REGTEST: &str = "bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85";

fn now(millis: u64) -> Now {
    Now {
        mono: Duration::from_millis(millis),
        wall: Timestamp::from_millis(1_700_000_000_000),
        chance: 0.0,
    }
}

fn session(nodes: usize) -> Session {
    Session::new(Settings {
        nodes,
        payouts: Payouts::parse(&[REGTEST]).expect("sound"),
        tag: Tag::default(),
        poll: Duration::from_secs(1),
        longpoll: true,
        max_age: Duration::from_mins(2),
        check_proposals: false,
    })
}

/// A template on the block `tip`, without transactions.
fn template(tip: u8, height: u32, longpoll: Option<&str>) -> Arc<Template> {
    with(tip, height, longpoll, None)
}

fn stated(tip: u8, height: u32) -> Value {
    json!({
        "version": 0x2000_0000,
        "previousblockhash": format!("{tip:064x}"),
        "transactions": [],
        "coinbaseaux": {},
        "coinbasevalue": 5_000_000_000_u64,
        "target": format!("7fffff{:058x}", 0),
        "bits": "207fffff",
        "mintime": 1_600_000_000,
        "curtime": 1_700_000_000,
        "height": height,
        "sigoplimit": 80000, "sizelimit": 4_000_000, "weightlimit": 4_000_000,
        "rules": ["!segwit"], "vbavailable": {}, "vbrequired": 0,
        "mutable": ["time"],
    })
}

/// As [`template`], for so many seconds.
fn with(tip: u8, height: u32, longpoll: Option<&str>, expires: Option<u32>) -> Arc<Template> {
    let mut value = stated(tip, height);
    if let Some(id) = longpoll {
        value["longpollid"] = json!(id);
    }
    if let Some(seconds) = expires {
        value["expires"] = json!(seconds);
    }
    made(&value, REGTEST, Chain::Regtest)
}

fn made(value: &Value, address: &str, chain: Chain) -> Arc<Template> {
    let payouts = Payouts::parse(&[address])
        .expect("sound")
        .for_chain(chain)
        .expect("of its chain");
    let wishes = TemplateOptions {
        payouts,
        tag: Tag::default(),
    };
    Arc::new(Template::from_json(value, &wishes, now(0).wall).expect("a sound template"))
}

fn reply(node: usize, ask: &Ask, sent: u64, answer: Result<Answer, Fault>) -> Event {
    Event::Answer {
        node,
        ask: ask.clone(),
        sent: Duration::from_millis(sent),
        took: Duration::from_millis(1),
        answer,
    }
}

/// The answer of a node that is on this chain and says no more.
#[allow(clippy::unnecessary_wraps, reason = "as the session takes it")]
fn on(word: &str) -> Result<Answer, Fault> {
    Ok(Answer::Chain(ChainNow {
        word: word.to_owned(),
        height: None,
        tip: None,
        fetching: false,
    }))
}

/// The node names its chain, and allows all.
fn connect(session: &mut Session, node: usize, word: &str, at: u64) -> Vec<Action> {
    let actions = session.step(reply(node, &Ask::Chain, at, on(word)), now(at));
    assert!(asked(&actions).contains(&format!("{node} allowed")));
    let allowed = reply(node, &Ask::Allowed, at, Ok(Answer::Allowed));
    [actions, session.step(allowed, now(at))].concat()
}

/// What is asked, as `node name`.
fn asked(actions: &[Action]) -> Vec<String> {
    let name = |ask: &Ask| match ask {
        Ask::Chain => "chain",
        Ask::Allowed => "allowed",
        Ask::Template(_) => "template",
        Ask::Longpoll(..) => "longpoll",
        Ask::Tip => "tip",
        Ask::Parent(_) => "parent",
        Ask::Propose(_) => "propose",
        Ask::Submit(_) => "submit",
        Ask::Depth(_) => "depth",
    };
    let asks = actions.iter().filter_map(|a| match a {
        Action::Ask(node, ask) => Some(format!("{node} {}", name(ask))),
        _ => None,
    });
    asks.collect()
}

fn ask_of(actions: &[Action], which: fn(&Ask) -> bool) -> Ask {
    let found = actions.iter().find_map(|a| match a {
        Action::Ask(_, ask) if which(ask) => Some(ask.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("not asked: {:?}", asked(actions)))
}

fn works(actions: &[Action]) -> Vec<(u32, u32)> {
    let works = actions.iter().filter_map(|a| match a {
        Action::Work(_, template, time) => Some((template.height(), *time)),
        _ => None,
    });
    works.collect()
}

fn stopped(actions: &[Action]) -> bool {
    actions.iter().any(|a| matches!(a, Action::NoWork(_)))
}

fn health(actions: &[Action], node: usize) -> Option<(Health, String)> {
    actions.iter().rev().find_map(|a| match a {
        Action::Tell(Told::Health {
            end,
            health,
            detail,
            ..
        }) if *end == node => Some((*health, detail.to_string())),
        _ => None,
    })
}

/// A session that works on block `tip` of node 0, at 0 ms; and its last actions.
fn working(nodes: usize, longpoll: Option<&str>) -> (Session, Vec<Action>) {
    let mut session = session(nodes);
    session.step(Event::Tick, now(0));
    let actions = connect(&mut session, 0, "regtest", 0);
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let answer = Ok(Answer::Template(template(1, 5, longpoll)));
    let actions = session.step(reply(0, &ask, 0, answer), now(0));
    assert_eq!(works(&actions), [(5, 1_700_000_000)]);
    (session, actions)
}

fn longpoll(actions: &[Action]) -> Ask {
    ask_of(actions, |a| matches!(a, Ask::Longpoll(..)))
}

#[test]
fn a_long_poll_brings_new_work_and_is_renewed() {
    let (mut session, actions) = working(1, Some("a"));
    assert_eq!(health(&actions, 0), Some((Health::Live, String::new())));
    let first = longpoll(&actions);
    let answer = Ok(Answer::Template(template(2, 6, Some("b"))));
    let actions = session.step(reply(0, &first, 0, answer), now(40));
    assert_eq!(works(&actions), [(6, 1_700_000_000)]);
    let Ask::Longpoll(_, id) = longpoll(&actions) else {
        panic!("no long poll")
    };
    assert_eq!(id, "b");
    // No news, at once: the node is not asked in a circle.
    let again = longpoll(&actions);
    let answer = Ok(Answer::Template(template(2, 6, Some("b"))));
    let actions = session.step(reply(0, &again, 40, answer), now(50));
    assert!(!asked(&actions).contains(&"0 longpoll".to_owned()));
    assert!(asked(&session.step(Event::Tick, now(1060))).contains(&"0 longpoll".to_owned()));
}

#[test]
fn without_a_long_poll_the_tip_is_asked_for_each_second_and_a_template_each_half_minute() {
    let mut session = session(1);
    session.settings.longpoll = false;
    let (mut tips, mut templates) = (0, 0);
    for tenth in 0..=610_u64 {
        let at = tenth * 100;
        let mut actions = session.step(Event::Tick, now(at));
        while let Some(action) = actions.pop() {
            let Action::Ask(0, ask) = action else {
                continue;
            };
            let answer = match &ask {
                Ask::Chain => on("regtest").expect("an answer"),
                Ask::Allowed => Answer::Allowed,
                Ask::Template(_) => {
                    templates += 1;
                    Answer::Template(template(1, 5, Some("a")))
                }
                Ask::Tip => {
                    tips += 1;
                    Answer::Tip(format!("{:064x}", 1))
                }
                other => panic!("{other:?}"),
            };
            actions.extend(session.step(reply(0, &ask, at, Ok(answer)), now(at)));
        }
    }
    assert_eq!(templates, 3, "at first, and each half minute");
    assert!((55..=61).contains(&tips), "{tips}");
}

#[test]
fn a_publisher_that_is_down_is_told_once_and_when_it_is_back() {
    let (mut session, _) = working(1, Some("a"));
    let mut said = |news: News| {
        let actions = session.step(Event::News(0, news), now(5));
        let said = |a: &Action| matches!(a, Action::Tell(Told::Say(_)));
        actions.iter().filter(|a| said(a)).count()
    };
    let down = || News::Down("refused".to_owned());
    assert_eq!((said(down()), said(down()), said(News::Up)), (1, 0, 1));
    assert_eq!((said(News::Up), said(down())), (0, 1));
}

#[test]
fn a_node_that_makes_up_tips_is_not_asked_in_a_circle() {
    let (mut session, mut actions) = working(1, Some("0"));
    let mut polls = 0;
    for at in 1..=200 {
        if asked(&actions).contains(&"0 longpoll".to_owned()) {
            polls += 1;
            let tip = u8::try_from(at).expect("few");
            let made_up = template(tip, u32::from(tip) + 9, Some(&at.to_string()));
            let ask = longpoll(&actions);
            let answer = Ok(Answer::Template(made_up));
            actions = session.step(reply(0, &ask, at * 10, answer), now(at * 10));
        } else {
            actions = session.step(Event::Tick, now(at * 10));
        }
    }
    assert!((5..=9).contains(&polls), "{polls} in two seconds");
}

#[test]
fn the_head_of_an_answer_stops_work_on_a_dead_tip() {
    let (mut session, _) = working(1, Some("a"));
    let same = template(1, 5, None).previous();
    assert!(!stopped(&session.step(Event::Ahead(0, same), now(10))));
    let other = template(2, 6, None).previous();
    assert!(stopped(&session.step(Event::Ahead(0, other), now(10))));
}

#[test]
fn an_answer_that_breaks_off_after_its_head_does_not_leave_the_miner_idle() {
    let (mut session, actions) = working(1, Some("a"));
    let poll = longpoll(&actions);
    let other = template(2, 6, None).previous();
    assert!(stopped(&session.step(Event::Ahead(0, other), now(10))));
    let cut = Err(Fault::Unreachable("cut".to_owned()));
    let actions = session.step(reply(0, &poll, 0, cut), now(20));
    assert!(asked(&actions).contains(&"0 template".to_owned()));
}

#[test]
fn without_a_long_poll_the_tip_is_asked_for() {
    let (mut session, actions) = working(1, None);
    assert!(asked(&actions).iter().all(|a| a != "0 longpoll"));
    let actions = session.step(Event::Tick, now(1000));
    assert_eq!(asked(&actions), ["0 tip"]);
    let tip = Ok(Answer::Tip(format!("{:064x}", 1)));
    assert!(!stopped(
        &session.step(reply(0, &Ask::Tip, 1000, tip), now(1001))
    ));
    session.step(Event::Tick, now(2000));
    let tip = || Ok(Answer::Tip(format!("{:064x}", 2)));
    let actions = session.step(reply(0, &Ask::Tip, 2000, tip()), now(2001));
    assert!(stopped(&actions));
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let answer = Ok(Answer::Template(template(3, 7, None)));
    assert_eq!(
        works(&session.step(reply(0, &ask, 2001, answer), now(2005))).len(),
        1
    );
    // Asked before that template came: of no meaning.
    assert!(!stopped(
        &session.step(reply(0, &Ask::Tip, 2001, tip()), now(2006))
    ));
}

#[test]
fn time_counts_on_each_second_and_old_work_ends() {
    let (mut session, _) = working(1, None);
    assert!(works(&session.step(Event::Tick, now(900))).is_empty());
    assert_eq!(
        works(&session.step(Event::Tick, now(1000))),
        [(5, 1_700_000_001)]
    );
    assert!(works(&session.step(Event::Tick, now(1900))).is_empty());
    assert_eq!(
        works(&session.step(Event::Tick, now(7100))),
        [(5, 1_700_000_007)]
    );
    let down = Err(Fault::Unreachable("refused".to_owned()));
    let actions = session.step(reply(0, &Ask::Tip, 7100, down), now(7200));
    assert_eq!(health(&actions, 0).map(|h| h.0), Some(Health::Down));
    assert!(!stopped(&actions), "its work may still be good");
    assert_eq!(works(&session.step(Event::Tick, now(119_000))).len(), 1);
    assert!(stopped(&session.step(Event::Tick, now(120_000))));
    assert!(works(&session.step(Event::Tick, now(125_000))).is_empty());
}

#[test]
fn what_the_node_forgets_is_fetched_before_and_not_hashed_after() {
    let (mut session, _) = working(1, None);
    session.step(Event::Tick, now(30_000));
    let ask = Ask::Template(session.wishes.clone().expect("known"));
    let brief = Ok(Answer::Template(with(1, 5, None, Some(10))));
    session.step(reply(0, &ask, 30_000, brief), now(30_000));
    let early = session.step(Event::Tick, now(34_000));
    assert!(asked(&early).iter().all(|a| a != "0 template"));
    let half = session.step(Event::Tick, now(35_000));
    assert!(asked(&half).contains(&"0 template".to_owned()));
    assert!(!stopped(&session.step(Event::Tick, now(39_000))));
    assert!(stopped(&session.step(Event::Tick, now(40_000))));
}

#[test]
fn each_trouble_is_told_and_tried_again_later() {
    for (fault, expected) in [
        (Fault::rpc(-10, "x"), Health::Syncing),
        (Fault::rpc(-9, "x"), Health::NoPeers),
        (Fault::Status(401), Health::Refused),
        (Fault::Status(503), Health::Busy),
        (Fault::Cut("x".to_owned()), Health::Down),
        (Fault::Template("bad".to_owned()), Health::Wrong),
    ] {
        let mut session = session(1);
        session.step(Event::Tick, now(0));
        let actions = connect(&mut session, 0, "regtest", 0);
        let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
        let actions = session.step(reply(0, &ask, 0, Err(fault)), now(0));
        assert_eq!(health(&actions, 0).map(|h| h.0), Some(expected));
        assert!(asked(&actions).is_empty());
        assert_eq!(asked(&session.step(Event::Tick, now(300))), ["0 chain"]);
        let actions = connect(&mut session, 0, "regtest", 310);
        assert_eq!(asked(&actions), ["0 allowed", "0 template"]);
        assert_eq!(health(&actions, 0), None, "still {expected:?}");
        let answer = Ok(Answer::Template(template(1, 5, None)));
        let actions = session.step(reply(0, &ask, 310, answer), now(320));
        assert_eq!(health(&actions, 0).map(|h| h.0), Some(Health::Live));
    }
}

#[test]
fn the_second_node_stands_in_and_the_first_is_returned_to() {
    let (mut session, _) = working(2, Some("a"));
    let actions = connect(&mut session, 1, "regtest", 1);
    assert_eq!(health(&actions, 1).map(|h| h.0), Some(Health::Spare));
    assert_eq!(asked(&actions), ["1 allowed"]);
    let actions = session.step(reply(0, &Ask::Tip, 1, Err(Fault::Status(503))), now(2));
    assert!(actions.iter().any(|a| matches!(a, Action::DropLongpoll(0))));
    assert!(asked(&actions).contains(&"1 template".to_owned()));
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let actions = session.step(
        reply(1, &ask, 2, Ok(Answer::Template(template(1, 5, Some("z"))))),
        now(3),
    );
    assert_eq!(
        (works(&actions).len(), health(&actions, 1).map(|h| h.0)),
        (1, Some(Health::Live))
    );
    session.step(Event::Tick, now(400));
    let actions = connect(&mut session, 0, "regtest", 401);
    assert!(asked(&actions).contains(&"0 template".to_owned()));
    let actions = session.step(
        reply(
            0,
            &ask,
            401,
            Ok(Answer::Template(template(1, 5, Some("a")))),
        ),
        now(402),
    );
    assert_eq!(health(&actions, 0).map(|h| h.0), Some(Health::Live));
    assert_eq!(health(&actions, 1).map(|h| h.0), Some(Health::Spare));
    assert!(actions.iter().any(|a| matches!(a, Action::DropLongpoll(1))));
}

#[test]
fn a_node_of_another_chain_is_not_used() {
    for (word, part) in [
        ("main", "cannot be paid"),
        ("test", "testnet3"),
        ("liquid", "liquid"),
    ] {
        let mut session = session(1);
        session.step(Event::Tick, now(0));
        let chain = on(word);
        let actions = session.step(reply(0, &Ask::Chain, 0, chain), now(0));
        let (state, why) = health(&actions, 0).expect("told");
        assert_eq!(state, Health::Wrong);
        assert!(why.contains(part) || word == "main", "{why}");
        assert!(asked(&actions).is_empty());
    }
    let (mut session, _) = working(2, None);
    let other = on("signet");
    let actions = session.step(reply(1, &Ask::Chain, 0, other), now(1));
    assert_eq!(health(&actions, 1).map(|h| h.0), Some(Health::Wrong));
}

fn found(height: u32) -> Arc<Stored> {
    Arc::new(Stored {
        hash: Hash::of(&height.to_le_bytes()),
        height,
        chain: Chain::Regtest,
        at: now(0).wall,
        reward: Sats::from_sat(5),
        hex: String::new(),
        work_id: None,
    })
}

#[test]
fn a_found_block_is_handed_in_before_a_template_is_asked_for() {
    let (mut session, actions) = working(1, Some("a"));
    let held = actions.iter().find_map(|a| match a {
        Action::Work(_, template, _) => Some(Arc::clone(template)),
        _ => None,
    });
    let poll = longpoll(&actions);
    let block = found(5);
    let event = Event::Found(Arc::clone(&block), held.expect("working"));
    let actions = session.step(event, now(10));
    assert_eq!(asked(&actions), ["0 submit"]);
    assert!(session.owes());
    assert!(
        works(&session.step(Event::Tick, now(1500))).is_empty(),
        "no time is rolled on it"
    );
    // The long poll was answered before the block came there: it would make a sibling.
    let old = Ok(Answer::Template(template(1, 5, Some("b"))));
    assert!(works(&session.step(reply(0, &poll, 0, old), now(1510))).is_empty());
    let submit = Ask::Submit(Arc::clone(&block));
    let cut = Err(Fault::Cut("x".to_owned()));
    session.step(reply(0, &submit, 10, cut), now(1520));
    let actions = session.step(Event::Tick, now(1800));
    assert!(asked(&actions).contains(&"0 submit".to_owned()));
    let actions = session.step(reply(0, &submit, 1800, Ok(Answer::Reason(None))), now(1810));
    assert!(!session.owes());
    assert!(
        asked(&actions).contains(&"0 template".to_owned()),
        "{:?}",
        asked(&actions)
    );
    assert!(asked(&actions).contains(&"0 depth".to_owned()));
    let depth = Depth {
        tip: 5,
        at: Some(block.hash.to_string()),
    };
    let actions = session.step(
        reply(0, &Ask::Depth(block), 1810, Ok(Answer::Depth(depth))),
        now(1820),
    );
    let fate = actions.iter().find_map(|a| match a {
        Action::Tell(Told::Block(block)) => Some(block.fate.clone()),
        _ => None,
    });
    assert_eq!(fate, Some(BlockFate::InChain(1)));
}

#[test]
fn while_a_block_goes_to_disk_no_sibling_of_it_is_begun() {
    let (mut session, actions) = working(1, Some("a"));
    let poll = longpoll(&actions);
    let held = actions.iter().find_map(|a| match a {
        Action::Work(_, template, _) => Some(Arc::clone(template)),
        _ => None,
    });
    let held = held.expect("working");
    session.step(Event::Finding(held.previous()), now(10));
    // Another template on the same tip, made before the block came there.
    let again = || Ok(Answer::Template(template(1, 5, Some("b"))));
    assert!(works(&session.step(reply(0, &poll, 0, again()), now(12))).is_empty());
    session.step(Event::Found(found(5), held), now(14));
    let submit = Ask::Submit(found(5));
    let refused = Ok(Answer::Reason(Some("bad-cb-amount".to_owned())));
    session.step(reply(0, &submit, 14, refused), now(16));
    let actions = session.step(Event::Tick, now(500));
    // Refused: the tip stands, and is worked on again.
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    assert_eq!(
        works(&session.step(reply(0, &ask, 500, again()), now(510))).len(),
        1
    );
}

#[test]
fn news_stops_work_at_once_and_gaps_are_told() {
    let (mut session, _) = working(1, Some("a"));
    let known = News::Block(format!("{:064x}", 1));
    assert!(!stopped(&session.step(Event::News(0, known), now(5))));
    let actions = session.step(Event::News(0, News::Block(format!("{:064x}", 2))), now(6));
    assert!(stopped(&actions));
    assert_eq!(asked(&actions), ["0 template"]);
    let actions = session.step(Event::News(0, News::Gap(3)), now(7));
    let said = |a: &Action| matches!(a, Action::Tell(Told::Say(MiningEvent::Error(text))) if text.contains("3 messages"));
    assert!(actions.iter().any(said));
}

#[test]
fn a_refused_proposal_stops_the_work() {
    let (mut session, _) = working(1, None);
    let first = Ask::Propose(template(1, 5, None));
    let fine = Ok(Answer::Reason(None));
    assert!(!stopped(&session.step(reply(0, &first, 0, fine), now(5))));
    let refused = Ok(Answer::Reason(Some("bad-cb-amount".to_owned())));
    let actions = session.step(reply(0, &first, 0, refused), now(6));
    assert!(stopped(&actions));
    let (state, why) = health(&actions, 0).expect("told");
    assert_eq!(state, Health::Wrong);
    assert!(why.contains("pays itself more"), "{why}");
}

/// BIP 94: past 20 minutes after the parent a block has the least difficulty, so its bits are the node's to tell.
#[test]
fn on_testnet4_time_does_not_pass_the_twenty_minutes_without_new_bits() {
    const TESTS: &str = "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7";
    const CURTIME: u32 = 1_700_000_000;
    let mut session = Session::new(Settings {
        payouts: Payouts::parse(&[TESTS]).expect("sound"),
        ..session(1).settings
    });
    session.step(Event::Tick, now(0));
    let actions = connect(&mut session, 0, "testnet4", 0);
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let at = |curtime: u32| {
        let mut value = stated(1, 5);
        value["curtime"] = json!(curtime);
        value["bits"] = json!("1d00ffff");
        value["target"] = json!(format!("00000000ffff{:052x}", 0));
        made(&value, TESTS, Chain::Testnet4)
    };
    let template = at(CURTIME);
    let actions = session.step(reply(0, &ask, 0, Ok(Answer::Template(template))), now(0));
    assert_eq!(works(&actions), [(5, CURTIME)]);
    let parent = ask_of(&actions, |a| matches!(a, Ask::Parent(_)));
    let unknown = session.step(Event::Tick, now(2000));
    assert!(works(&unknown).is_empty(), "the parent's time is not known");
    let time = Ok(Answer::Parent(CURTIME - 20 * 60 + 5));
    session.step(reply(0, &parent, 2000, time), now(2001));
    assert_eq!(
        works(&session.step(Event::Tick, now(3000))),
        [(5, CURTIME + 3)]
    );
    let past = session.step(Event::Tick, now(7000));
    assert_eq!(
        works(&past),
        [(5, CURTIME + 5)],
        "the last second of these bits"
    );
    assert!(asked(&past).contains(&"0 template".to_owned()));
    assert!(works(&session.step(Event::Tick, now(8000))).is_empty());
    let late = at(CURTIME + 8);
    let actions = session.step(reply(0, &ask, 8000, Ok(Answer::Template(late))), now(8001));
    assert_eq!(works(&actions), [(5, CURTIME + 8)]);
    assert_eq!(
        works(&session.step(Event::Tick, now(9100))),
        [(5, CURTIME + 9)]
    );
}

#[test]
fn a_node_of_main_cannot_walk_its_difficulty_down() {
    let text = include_str!("../../../../tests/fixtures/template/core-main.json");
    let mut value: Value = serde_json::from_str(text).expect("JSON");
    value.as_object_mut().expect("an object").remove("target");
    (value["curtime"], value["mintime"]) = (json!(1_700_000_000), json!(1_699_990_000));
    let address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    let mut session = Session::new(Settings {
        payouts: Payouts::parse(&[address]).expect("sound"),
        ..session(1).settings
    });
    session.step(Event::Tick, now(0));
    let actions = connect(&mut session, 0, "main", 0);
    let ask = ask_of(&actions, |a| matches!(a, Ask::Template(_)));
    let mut answer = |bits: &str| {
        value["bits"] = json!(bits);
        let made = made(&value, address, Chain::Main);
        session.step(reply(0, &ask, 0, Ok(Answer::Template(made))), now(0))
    };
    assert_eq!(works(&answer("17034219")).len(), 1);
    // A fifth of it.
    let actions = answer("1710498d");
    assert!(stopped(&actions) && works(&actions).is_empty());
    let (health, why) = health(&actions, 0).expect("it is told");
    assert_eq!(health, Health::Wrong);
    assert!(why.contains("too easy for main"), "{why}");
}

mod blocks;
mod slow;
