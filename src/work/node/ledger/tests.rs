use super::*;
use crate::domain::units::Sats;

fn now(seconds: u64) -> Now {
    Now {
        mono: Duration::from_secs(seconds),
        wall: Timestamp::from_millis(1_000_000 + seconds.cast_signed() * 1000),
        chance: 0.0,
    }
}

fn block(height: u32) -> Arc<Stored> {
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

fn offered(ledger: &mut Ledger, node: usize, at: u64) -> Option<u32> {
    ledger
        .offer(node, Chain::Regtest, None, now(at))
        .map(|b| b.height)
}

fn down() -> Result<Option<String>, Fault> {
    Err(Fault::Unreachable("x".to_owned()))
}

#[allow(clippy::unnecessary_wraps, reason = "as the ledger takes it")]
fn depth(tip: u32, at: Option<&Hash>) -> Result<Depth, Fault> {
    let at = at.map(ToString::to_string);
    Ok(Depth { tip, at })
}

#[test]
fn offered_to_every_node_the_parent_first_until_each_has_answered() {
    let mut ledger = Ledger::new(2);
    ledger.add(block(2), now(0));
    ledger.add(block(1), now(0));
    assert!(ledger.add(block(1), now(0)).is_empty());
    assert_eq!(offered(&mut ledger, 0, 0), Some(1));
    assert_eq!(offered(&mut ledger, 0, 0), None, "one at a time");
    assert_eq!(offered(&mut ledger, 1, 0), Some(1));
    let trouble = ledger.answered(0, &block(1).hash, down(), now(0));
    assert!(matches!(&trouble[..], [Effect::Trouble(_)]));
    assert_eq!(offered(&mut ledger, 0, 0), Some(2), "the other meanwhile");
    ledger.answered(0, &block(2).hash, Ok(None), now(0));
    assert_eq!(offered(&mut ledger, 0, 1), Some(1), "and again");
    assert!(ledger.unjudged(0, Chain::Regtest, None) && ledger.unjudged(1, Chain::Regtest, None));
    ledger.answered(0, &block(1).hash, Ok(None), now(1));
    assert!(!ledger.unjudged(0, Chain::Regtest, None) && !ledger.unheard());
    assert!(ledger.offer(1, Chain::Main, None, now(9)).is_none());
}

#[test]
fn followed_until_deep_and_offered_again_when_lost() {
    let mut ledger = Ledger::new(1);
    let ours = block(10);
    ledger.add(Arc::clone(&ours), now(0));
    offered(&mut ledger, 0, 0);
    ledger.answered(0, &ours.hash, Ok(None), now(0));
    assert!(ledger.check(0, Chain::Regtest, now(0)).is_some());
    assert!(
        ledger.check(0, Chain::Regtest, now(0)).is_none(),
        "asked once"
    );
    let fate = |effects: &[Effect]| match &effects[0] {
        Effect::Fate(block) => block.fate.clone(),
        other => panic!("{other:?}"),
    };
    let told = ledger.checked(0, &ours.hash, depth(10, Some(&ours.hash)), now(0));
    assert_eq!(fate(&told), BlockFate::InChain(1));
    let told = ledger.checked(0, &ours.hash, depth(9, None), now(9));
    assert_eq!(fate(&told), BlockFate::Stored);
    assert_eq!(offered(&mut ledger, 0, 9), Some(10));
    ledger.answered(0, &ours.hash, Ok(Some("duplicate".to_owned())), now(9));
    let other = Hash::of(b"other");
    let told = ledger.checked(0, &ours.hash, depth(11, Some(&other)), now(10));
    assert_eq!(fate(&told), BlockFate::SideBranch);
    assert_eq!(
        offered(&mut ledger, 0, 90),
        Some(10),
        "the chain may change its mind"
    );
    let told = ledger.checked(0, &ours.hash, depth(109, Some(&ours.hash)), now(99));
    assert_eq!(fate(&told), BlockFate::InChain(100));
    assert_eq!(told[1], Effect::Settle(ours.hash, End::Done));
    assert_eq!(ledger.len(), 0);
}

#[test]
fn given_up_only_for_good_reasons() {
    let refuse = || Ok(Some("rejected: bad-cb-amount".to_owned()));
    let mut ledger = Ledger::new(2);
    let ours = block(10);
    ledger.add(Arc::clone(&ours), now(0));
    for node in [0, 1] {
        assert_eq!(offered(&mut ledger, node, 0), Some(10));
    }
    ledger.answered(0, &ours.hash, refuse(), now(0));
    assert_eq!(ledger.len(), 1, "the other node may take it");
    let end = ledger.answered(1, &ours.hash, refuse(), now(0));
    assert!(end.iter().any(|effect| matches!(
        effect,
        Effect::Settle(hash, End::Refused(why)) if *hash == ours.hash && why.contains("bad-cb-amount")
    )));

    let mut ledger = Ledger::new(1);
    ledger.add(Arc::clone(&ours), now(0));
    for at in [0, 1000, 2000] {
        assert_eq!(offered(&mut ledger, 0, at), Some(10), "no parent there yet");
        ledger.answered(
            0,
            &ours.hash,
            Ok(Some("prev-blk-not-found".to_owned())),
            now(at),
        );
    }
    let other = Hash::of(b"other");
    let end = ledger.checked(0, &ours.hash, depth(110, Some(&other)), now(2001));
    assert!(end.contains(&Effect::Settle(ours.hash, End::Lost)));

    let mut ledger = Ledger::new(1);
    ledger.add(Arc::clone(&ours), now(0));
    let late = 49 * 3600;
    let end = ledger.checked(0, &ours.hash, depth(9, None), now(late));
    assert!(end.contains(&Effect::Settle(ours.hash, End::Lost)));
}

#[test]
fn a_child_follows_its_parent_at_once() {
    let mut ledger = Ledger::new(1);
    for height in [1, 2] {
        ledger.add(block(height), now(0));
        assert_eq!(offered(&mut ledger, 0, 0), Some(height));
        let answer = (height == 2).then(|| "rejected: bad-prevblk".to_owned());
        ledger.answered(0, &block(height).hash, Ok(answer), now(0));
    }
    ledger.checked(0, &block(1).hash, depth(1, Some(&block(1).hash)), now(0));
    ledger.checked(0, &block(1).hash, depth(0, None), now(0));
    assert_eq!(offered(&mut ledger, 0, 0), Some(1));
    assert_eq!(offered(&mut ledger, 0, 0), None);
    ledger.answered(0, &block(1).hash, Ok(None), now(0));
    assert_eq!(offered(&mut ledger, 0, 0), Some(2));
}

#[test]
fn a_refusal_in_unknown_words_is_told_and_the_block_still_offered() {
    let mut ledger = Ledger::new(1);
    ledger.add(block(1), now(0));
    assert_eq!(offered(&mut ledger, 0, 0), Some(1));
    let effects = ledger.answered(0, &block(1).hash, Ok(Some("unknown-work".into())), now(0));
    assert!(matches!(
        &effects[..],
        [Effect::Fate(FoundBlock { fate: BlockFate::Refused(why), .. })] if why.contains("unknown-work")
    ));
    assert_eq!(offered(&mut ledger, 0, 3600), Some(1), "it is not dropped");
    ledger.answered(0, &block(1).hash, Ok(None), now(3600));
    let hash = block(1).hash;
    let effects = ledger.checked(0, &hash, depth(1, Some(&hash)), now(3601));
    assert!(matches!(
        &effects[..],
        [Effect::Fate(FoundBlock {
            fate: BlockFate::InChain(1),
            ..
        })]
    ));
}

/// A node that takes a block and does not grow would be given it for ever.
#[test]
fn what_is_lost_is_offered_at_once_the_lowest_first_and_not_twice_in_a_row() {
    let mut ledger = Ledger::new(1);
    for height in [1, 2, 3] {
        ledger.add(block(height), now(0));
        assert_eq!(offered(&mut ledger, 0, 0), Some(height));
        ledger.answered(0, &block(height).hash, Ok(None), now(1));
    }
    let chain = Chain::Regtest;
    let mut lose = |sent, at| {
        let sent = Duration::from_secs(sent);
        ledger.no_longer(0, chain, 1, true, sent, now(at)).0
    };
    assert_eq!(lose(1, 2), 0, "asked before it took them");
    assert_eq!(lose(2, 3), 2);
    assert!(ledger.unjudged(0, chain, None));
    for height in [2, 3] {
        assert_eq!(offered(&mut ledger, 0, 3), Some(height));
        let twice = Ok(Some("duplicate".to_owned()));
        ledger.answered(0, &block(height).hash, twice, now(4));
    }
    assert!(!ledger.unjudged(0, chain, None));
    let sent = Duration::from_secs(9);
    assert_eq!(ledger.no_longer(0, chain, 1, true, sent, now(9)).0, 0);
    // Once it was in the chain again it may be lost again.
    let hash = block(2).hash;
    ledger.checked(0, &hash, depth(2, Some(&hash)), now(9));
    assert_eq!(ledger.no_longer(0, chain, 1, true, sent, now(10)).0, 1);
}
