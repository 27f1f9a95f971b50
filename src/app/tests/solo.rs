//! A solo miner's console: its screens, its keys, its log, and what is worth an alert.

use super::*;
use crate::app::EngineRequest;
use crate::app::mining::{KEPT, block_chosen};
use crate::app::nav::Pane;
use crate::domain::hashing::{EngineStatus, ThreadStatus, WorkKind};
use crate::domain::mining::{
    BlockFate, FoundBlock, Lifetime, MiningEvent, MiningStatus, ShareCounts, ShareVerdict,
};
use crate::domain::units::Sats;

fn solo() -> State {
    let size = Size::of(120, 36);
    State::solo(desk(), size, NOW)
}

fn key(state: &mut State, c: char) -> Vec<Effect> {
    update(state, Msg::Key(Key::char(c)))
}

fn block(hash: &str, fate: BlockFate) -> FoundBlock {
    FoundBlock {
        hash: Arc::from(hash),
        height: Some(147),
        at: NOW,
        reward: Sats::from_sat(5_000_000_000),
        fate,
    }
}

fn status(blocks: Vec<FoundBlock>) -> MiningStatus {
    MiningStatus {
        chain: None,
        sources: vec![],
        work: None,
        idle_because: Arc::from(""),
        shares: ShareCounts::default(),
        best: 0.0,
        lifetime: Lifetime::default(),
        blocks,
    }
}

fn tell(state: &mut State, event: MiningEvent) -> Vec<Effect> {
    let later = state.now + Duration::from_secs(10);
    update(state, Msg::Tick(later));
    update(state, Msg::MiningEvent(event))
}

fn alerts(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Alert(words) => Some(words.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn only_screens_with_sense_are_there() {
    let mut state = solo();
    assert_eq!(state.nav.screen, Screen::Engine);
    for c in ['1', '2', '3', '4', '5', '7'] {
        state.said = None;
        assert_eq!(key(&mut state, c), vec![]);
        assert_eq!(state.nav.screen, Screen::Engine);
        let (_, said) = state.said.clone().expect("one sentence");
        assert!(said.contains("6 Engine and 8 Journal"), "{said}");
    }
    key(&mut state, '8');
    assert_eq!(state.nav.screen, Screen::Journal);
    assert_eq!(key(&mut state, 'q'), vec![]);
    assert_eq!(state.nav.screen, Screen::Engine);
    assert_eq!(key(&mut state, 'q'), vec![Effect::Quit]);
}

#[test]
fn keys_of_the_fleet_do_nothing_here() {
    for c in "crCRsSf/* a".chars() {
        let mut state = solo();
        assert_eq!(key(&mut state, c), vec![], "{c}");
        assert!(
            state.dialog.is_none() && state.overlay == Overlay::None,
            "{c}"
        );
        assert_eq!(state.keys.action(Key::char(c), Screen::Engine, true), None);
    }
}

#[test]
fn tab_goes_through_the_panes_and_comes_back_from_the_journal() {
    let mut state = solo();
    let tab = Msg::Key(Key::plain(Code::Tab));
    for pane in [
        Pane::Blocks,
        Pane::Payout,
        Pane::Sources,
        Pane::Threads,
        Pane::Log,
    ] {
        update(&mut state, tab.clone());
        assert_eq!(state.nav.pane, pane);
    }
    update(&mut state, Msg::Key(Key::plain(Code::BackTab)));
    assert_eq!(state.nav.pane, Pane::Threads);
    key(&mut state, '8');
    update(&mut state, tab);
    assert_eq!(
        (state.nav.screen, state.nav.pane),
        (Screen::Engine, Pane::Threads)
    );
}

#[test]
fn a_block_is_told_of_when_found_and_when_in_the_chain_and_never_twice() {
    let mut state = solo();
    let mut told = Vec::new();
    for fate in [
        BlockFate::Stored,
        BlockFate::Stored,
        BlockFate::InChain(1),
        BlockFate::InChain(2),
        BlockFate::SideBranch,
        BlockFate::InChain(1),
    ] {
        let effects = tell(&mut state, MiningEvent::Block(block("ab", fate)));
        told.extend(alerts(&effects).into_iter().map(str::to_owned));
    }
    assert_eq!(
        told,
        ["block 147 found", "block 147 found here is in the chain"]
    );
    let refused = block("cd", BlockFate::Refused(Arc::from("high-hash")));
    assert_eq!(tell(&mut state, MiningEvent::Block(refused)), vec![]);
}

/// On a test chain a block is long forgotten when word comes of how deep it lies.
#[test]
fn a_block_that_lies_deep_is_not_told_of_as_if_it_were_new() {
    let mut state = solo();
    tell(
        &mut state,
        MiningEvent::Block(block("old", BlockFate::Stored)),
    );
    for at in 0..100 {
        let next = block(&format!("{at}"), BlockFate::InChain(1));
        tell(&mut state, MiningEvent::Block(next));
    }
    let deep = MiningEvent::Block(block("old", BlockFate::InChain(100)));
    assert!(alerts(&tell(&mut state, deep)).is_empty());
}

#[test]
fn a_pool_that_talks_without_end_does_not_push_out_what_went_wrong() {
    let mut state = solo();
    tell(&mut state, MiningEvent::Error("what went wrong".into()));
    for _ in 0..2 * KEPT {
        tell(&mut state, MiningEvent::Message("hear me".into()));
    }
    let log = &state.mining.as_ref().expect("solo").log;
    assert_eq!(log.len(), KEPT);
    assert!(matches!(log[0].event, MiningEvent::Error(_)));
}

#[test]
fn alerts_do_not_rattle() {
    let mut state = solo();
    let mut rung = 0;
    for at in 0..100 {
        let later = state.now + Duration::from_millis(100);
        update(&mut state, Msg::Tick(later));
        let found = block(&format!("{at:064x}"), BlockFate::Stored);
        rung += alerts(&update(
            &mut state,
            Msg::MiningEvent(MiningEvent::Block(found)),
        ))
        .len();
    }
    assert_eq!(rung, 5, "ten seconds, one each two seconds");
    assert_eq!(state.mining.map(|m| m.log.len()), Some(100));
}

#[test]
fn only_the_best_of_all_time_is_worth_an_alert() {
    let mut state = solo();
    let best = |all_time| MiningEvent::Best {
        difficulty: 812.3,
        all_time,
    };
    assert_eq!(tell(&mut state, best(false)), vec![]);
    assert_eq!(alerts(&tell(&mut state, best(true))).len(), 1);
}

#[test]
fn a_flood_of_shares_does_not_push_out_what_went_wrong() {
    let mut state = solo();
    tell(&mut state, MiningEvent::Error(Arc::from("the link broke")));
    for _ in 0..2 * KEPT {
        let share = MiningEvent::Share {
            difficulty: 1.0,
            verdict: ShareVerdict::Accepted,
            took: None,
        };
        tell(&mut state, share);
    }
    let log = &state.mining.as_ref().expect("it mines").log;
    assert_eq!(log.len(), KEPT);
    assert!(matches!(log[0].event, MiningEvent::Error(_)));
}

#[test]
fn who_reads_older_lines_keeps_them_in_sight() {
    let mut state = solo();
    for n in 0..5 {
        tell(&mut state, MiningEvent::Message(Arc::from(format!("{n}"))));
    }
    key(&mut state, 'j');
    assert_eq!(state.nav.log_cursor, 1);
    tell(&mut state, MiningEvent::Message(Arc::from("more")));
    assert_eq!(state.nav.log_cursor, 2);
    key(&mut state, 'G');
    assert_eq!(state.nav.log_cursor, 5);
    key(&mut state, 'g');
    key(&mut state, 'g');
    assert_eq!(state.nav.log_cursor, 0);
    tell(&mut state, MiningEvent::Message(Arc::from("newest")));
    assert_eq!(state.nav.log_cursor, 0, "the newest stays on top");
}

#[test]
fn the_chosen_blocks_hash_is_copied() {
    let mut state = solo();
    assert_eq!(key(&mut state, 'y'), vec![]);
    assert!(state.said.is_some());
    let blocks = vec![
        block("older", BlockFate::InChain(2)),
        block("younger", BlockFate::InChain(1)),
    ];
    update(&mut state, Msg::Mining(Box::new(status(blocks))));
    assert_eq!(
        key(&mut state, 'y'),
        vec![Effect::Copy("younger".to_owned())]
    );
    update(&mut state, Msg::Key(Key::plain(Code::Tab)));
    key(&mut state, 'j');
    assert_eq!(key(&mut state, 'y'), vec![Effect::Copy("older".to_owned())]);
    // Blocks that went away leave no cursor behind.
    update(&mut state, Msg::Mining(Box::new(status(vec![]))));
    assert!(block_chosen(&state).is_none());
    assert_eq!(state.nav.pane_cursor, 0);
}

#[test]
fn the_engine_obeys_its_keys() {
    let mut state = solo();
    assert_eq!(key(&mut state, 'e'), vec![]);
    let engine = EngineStatus {
        kernel: Arc::from("sha2"),
        threads: vec![ThreadStatus::default(); 2],
        paused: false,
        idle: false,
        work: WorkKind::Chain,
        rates: crate::domain::hashing::RateWindows::default(),
        cycles_per_hash: None,
        best_difficulty: None,
        hashes: 0,
        finds: 0,
        finds_lost: 0,
        processor: crate::domain::hashing::ProcessorReadings::default(),
    };
    update(&mut state, Msg::Engine(Box::new(engine)));
    for (c, request) in [
        ('e', EngineRequest::NextKernel),
        ('p', EngineRequest::Pause),
        ('+', EngineRequest::Threads(3)),
        ('-', EngineRequest::Threads(1)),
    ] {
        assert_eq!(key(&mut state, c), vec![Effect::Engine(request)]);
    }
}
