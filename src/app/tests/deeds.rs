//! Authority from the keyboard.

use super::*;
use crate::domain::deed::{Act, Deed};
use crate::domain::fleet::Tag;
use crate::domain::ids::{BlockId, BlockKey};
use crate::domain::journal::{Fact, Stage};

fn later(state: &mut State, ms: i64) -> Vec<Effect> {
    let now = state.now.shifted(ms);
    update(state, Msg::Tick(now))
}

fn held(state: &mut State, by: Option<&str>, epoch: u64) {
    let mut site = sample::site("astravets");
    site.authority.holder = by.map(Arc::from);
    site.authority.epoch = epoch;
    let items = vec![Item::Site(Box::new(site))];
    let topic = Topic::Fleet;
    feed(state, FLEET, FeedEvent::Update { topic, items });
}

/// Confirms with the word and gives what leaves.
fn confirmed(state: &mut State, action: char, word: &str) -> Vec<Effect> {
    assert_eq!(typed(state, &action.to_string()), vec![Effect::DropInput]);
    later(state, 400);
    assert!(
        press(state, Code::Enter).is_empty(),
        "the offered reason is taken"
    );
    typed(state, word);
    assert_eq!(press(state, Code::Enter), vec![Effect::MintDeed]);
    update(state, Msg::MintedDeed(OrderId(9)))
}

fn sent(effects: &[Effect]) -> &Deed {
    match effects {
        [Effect::Send(FLEET, Request::Deed(deed))] => deed,
        other => panic!("one deed: {other:?}"),
    }
}

fn said(state: &State) -> &str {
    state.said.as_ref().map_or("", |(_, s)| s)
}

#[test]
fn taking_needs_the_word_with_the_site_and_bears_the_epoch_seen_and_the_gateways_time() {
    let mut state = live();
    held(&mut state, Some("other"), 7);
    let effects = confirmed(&mut state, 'T', "TAKE ASTRAVETS");
    let deed = sent(&effects);
    assert_eq!((&deed.act, deed.epoch), (&Act::Take, 7));
    assert_eq!(deed.at, state.now.shifted(250));
    held(&mut state, Some("op"), 8);
    later(&mut state, 100);
    assert!(
        said(&state).contains("held here, epoch 8"),
        "{}",
        said(&state)
    );
}

#[test]
fn a_wrong_word_early_keys_and_escape_leave_nothing_behind() {
    let mut state = live();
    held(&mut state, Some("other"), 7);
    typed(&mut state, "T");
    typed(&mut state, "TAKE ASTRAVETS");
    assert!(press(&mut state, Code::Enter).is_empty(), "deaf at first");
    later(&mut state, 400);
    press(&mut state, Code::Enter);
    typed(&mut state, "TAKE LUKOML");
    assert!(press(&mut state, Code::Enter).is_empty());
    press(&mut state, Code::Esc);
    assert!(state.deeds.prompt.is_none());
}

#[test]
fn a_change_of_hands_before_it_leaves_holds_it_back() {
    let mut state = live();
    typed(&mut state, "t");
    later(&mut state, 400);
    press(&mut state, Code::Enter);
    typed(&mut state, "y");
    press(&mut state, Code::Enter);
    held(&mut state, Some("other"), 99);
    assert!(update(&mut state, Msg::MintedDeed(OrderId(9))).is_empty());
    assert!(said(&state).contains("changed hands"));
}

#[test]
fn a_refusal_and_a_missing_answer_are_said() {
    let mut state = live();
    let effects = confirmed(&mut state, 't', "y");
    let about = ulid::Ulid(sent(&effects).id.0).to_string();
    let error = FeedEvent::Error {
        code: "rank".into(),
        message: "viewers hold nothing".into(),
        about: Some(about.into()),
    };
    feed(&mut state, FLEET, error);
    assert!(said(&state).contains("refused: viewers hold nothing"));
    confirmed(&mut state, 't', "y");
    later(&mut state, 16_000);
    assert!(said(&state).contains("no answer"), "{}", said(&state));
}

#[test]
fn releasing_what_is_not_held_here_asks_nothing() {
    let mut state = live();
    held(&mut state, Some("other"), 7);
    assert!(typed(&mut state, "u").is_empty());
    assert!(typed(&mut state, "t").is_empty());
    assert!(state.deeds.prompt.is_none());
}

fn tagged(state: &mut State, block: &str, owner: Option<&str>) {
    let mut block = sample::block("astravets", block, 100, 17.0);
    block.tags.extend(owner.map(|owner| Tag {
        id: None,
        kind: "maintenance".into(),
        owner: owner.into(),
        reason: "fan".into(),
    }));
    let items = vec![Item::Block(Box::new(block))];
    let topic = Topic::Fleet;
    feed(state, FLEET, FeedEvent::Update { topic, items });
}

#[test]
fn a_lockout_is_hung_on_every_block_chosen_with_the_typed_reason_and_comes_off_again() {
    let mut state = live();
    press(&mut state, Code::Enter);
    assert_eq!(typed(&mut state, "m"), vec![Effect::DropInput]);
    later(&mut state, 400);
    typed(&mut state, "fan 3");
    press(&mut state, Code::Enter);
    typed(&mut state, "y");
    let ids = press(&mut state, Code::Enter);
    assert_eq!(ids, vec![Effect::MintDeed; 2], "the hall's two blocks");
    for (id, block) in [(1, "1"), (2, "2")] {
        let effects = update(&mut state, Msg::MintedDeed(OrderId(id)));
        let deed = sent(&effects);
        let act = Act::TagSet {
            block: BlockId::new(block),
            kind: "maintenance".into(),
        };
        assert_eq!((&deed.act, &*deed.reason, &*deed.by), (&act, "fan 3", "op"));
    }
    tagged(&mut state, "1", Some("op"));
    tagged(&mut state, "2", Some("op"));
    later(&mut state, 100);
    assert!(said(&state).contains("hangs, by op"), "{}", said(&state));
    assert!(typed(&mut state, "m").is_empty(), "both hang already");
    // One of them comes off.
    press(&mut state, Code::Enter);
    typed(&mut state, "M");
    later(&mut state, 400);
    press(&mut state, Code::Enter);
    typed(&mut state, "y");
    assert_eq!(press(&mut state, Code::Enter), vec![Effect::MintDeed]);
    let effects = update(&mut state, Msg::MintedDeed(OrderId(3)));
    assert_eq!(&*sent(&effects).reason, "maintenance is over, A");
    tagged(&mut state, "1", None);
    later(&mut state, 100);
    assert!(said(&state).contains("it is off"), "{}", said(&state));
}

#[test]
fn a_typed_reason_leaves_with_the_act_and_stands_in_the_journal() {
    let mut state = live();
    state.journal = crate::app::journal::Journal::opening();
    typed(&mut state, "t");
    later(&mut state, 400);
    typed(&mut state, "drill");
    press(&mut state, Code::Enter);
    typed(&mut state, "y");
    press(&mut state, Code::Enter);
    let effects = update(&mut state, Msg::MintedDeed(OrderId(9)));
    let [Effect::Journal { entries, .. }] = effects.as_slice() else {
        panic!("first into the journal: {effects:?}");
    };
    let Fact::Deed { deed, stage, .. } = &entries[0].fact else {
        panic!("a deed: {entries:?}");
    };
    assert_eq!((&*deed.reason, *stage), ("drill", Stage::Confirmed));
}

#[test]
fn lockouts_of_two_people_never_come_off_by_one_word() {
    let mut state = live();
    let tagged = |state: &mut State, owners: [&str; 2]| {
        let block = |(id, owner): (&str, &str)| {
            let mut block = sample::block("astravets", id, 100, 17.0);
            block.tags = vec![Tag {
                id: None,
                kind: Arc::from("maintenance"),
                owner: Arc::from(owner),
                reason: Arc::from("fan"),
            }];
            Item::Block(Box::new(block))
        };
        let items = ["1", "2"].into_iter().zip(owners).map(block).collect();
        let topic = Topic::Fleet;
        feed(state, FLEET, FeedEvent::Update { topic, items });
    };
    tagged(&mut state, ["Ivanov", "Petrov"]);
    press(&mut state, Code::Enter);
    press(&mut state, Code::Enter);
    for id in ["1", "2"] {
        let key = BlockKey::new(&SiteId::new("astravets"), &BlockId::new(id));
        state.nav.marked_blocks.insert(key);
    }
    typed(&mut state, "M");
    assert!(state.deeds.prompt.is_none());
    assert!(
        said(&state).contains("2 people hang there (Ivanov, Petrov)"),
        "{}",
        said(&state)
    );
    tagged(&mut state, ["Ivanov", "Ivanov"]);
    typed(&mut state, "M");
    let prompt = state.deeds.prompt.as_ref().expect("asked");
    assert_eq!(prompt.which, "2 blocks (block 1, block 2)");
    assert_eq!(prompt.hidden, 0);
    // What is marked and has no lockout is no part of it; what has one and is filtered out is.
    state.deeds.prompt = None;
    let bare = sample::block("astravets", "2", 100, 17.0);
    let items = vec![Item::Block(Box::new(bare))];
    let topic = Topic::Fleet;
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    typed(&mut state, "/2");
    press(&mut state, Code::Enter);
    typed(&mut state, "M");
    let prompt = state.deeds.prompt.as_ref().expect("asked");
    assert_eq!((prompt.which.as_str(), prompt.hidden), ("block 1", 1));
}

#[test]
fn a_holder_whose_name_looks_like_ones_own_is_shown_by_its_letters() {
    let mut state = live();
    held(&mut state, Some("o\u{440}"), 7);
    typed(&mut state, "t");
    assert!(said(&state).contains("o\\u{440} holds"), "{}", said(&state));
    typed(&mut state, "T");
    let prompt = state.deeds.prompt.as_ref().expect("asked");
    assert_eq!(prompt.holder.as_deref(), Some("o\\u{440}"));
}
