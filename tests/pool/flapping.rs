//! Shares over links that break.

use baseload::domain::mining::{BlockFate, FoundBlock};

use crate::miner::{Miner, options, pool};
use crate::scripted::{Habit, Pool, Script};

/// Each link breaks after a few shares: before a share is judged, before it is answered, or after. Difficulties change
/// from job to job, jobs are called off, the version has bits inside the mask.
#[test]
fn a_thousand_shares_over_a_flapping_link_are_each_judged_once() {
    let server = Pool::start(Script {
        difficulties: vec![4e-6, 6e-6, 3e-6, 8e-6],
        clean_every: 11,
        version: 0x2000_6000,
        drop_every: Some(17),
        new_mask_every: Some(5),
        habit: Habit::Drips,
        ..Script::default()
    });
    let mut miner = Miner::start(options(vec![pool(server.at, "one")]));
    miner.most = 1000;
    miner.until("a thousand shares", |miner| miner.found == 1000);
    miner.finish();
    let seen = server.seen();
    assert_eq!(seen.wrong, [""; 0]);
    assert!(seen.links > 20, "{} links", seen.links);
    assert!(seen.duplicates > 0, "answers were lost");
    assert_eq!(miner.counts.lost_total(), 0, "{:?}", miner.counts.lost);
    assert_eq!(
        miner.counts.rejected_total(),
        0,
        "{:?}",
        miner.counts.rejected
    );
    assert_eq!(miner.counts.accepted, seen.accepted.len() as u64);
    assert_eq!(miner.counts.accepted + miner.counts.stale, 1000);
    assert!(miner.counts.accepted > 100, "{:?}", miner.counts);
}

/// Now and then the pool begins a new session: what could not be sent any more is lost, and said to be.
#[test]
fn shares_of_a_session_that_is_no_more_are_lost_with_the_reason() {
    let server = Pool::start(Script {
        drop_every: Some(23),
        forget_every: Some(2),
        mask: None,
        ..Script::default()
    });
    let mut miner = Miner::start(options(vec![pool(server.at, "one")]));
    miner.most = 300;
    miner.until("three hundred shares", |miner| miner.found == 300);
    miner.finish();
    let seen = server.seen();
    assert_eq!(seen.wrong, [""; 0]);
    assert_eq!(
        miner.counts.rejected_total(),
        0,
        "{:?}",
        miner.counts.rejected
    );
    assert!(miner.counts.lost_total() > 0);
    assert!(
        miner
            .counts
            .lost
            .keys()
            .all(|why| why.contains("new session"))
    );
    let accepted = seen.accepted.len() as u64;
    assert!(miner.counts.accepted <= accepted);
    assert!(miner.counts.accepted + miner.counts.lost_total() >= accepted);
}

#[test]
fn extranonces_of_every_size_make_sound_shares() {
    for (first, second, every) in [
        (0, 8, None),
        (16, 16, Some(7)),
        (4, 1, Some(5)),
        (8, 2, None),
    ] {
        let server = Pool::start(Script {
            extranonce1_len: first,
            extranonce2_len: second,
            new_extranonce_every: every.filter(|_| first > 0),
            job_every: 9,
            ..Script::default()
        });
        let mut miner = Miner::start(options(vec![pool(server.at, "one")]));
        miner.most = 60;
        miner.until("sixty shares", |miner| miner.found == 60);
        miner.finish();
        assert_eq!(server.seen().wrong, [""; 0], "{first} {second}");
        assert_eq!(miner.counts.accepted + miner.counts.stale, 60);
    }
}

#[test]
fn shares_that_are_never_answered_are_lost_with_the_reason() {
    let server = Pool::start(Script {
        habit: Habit::NeverJudges,
        ..Script::default()
    });
    let mut options = options(vec![pool(server.at, "one")]);
    options.timing.answer = std::time::Duration::from_millis(300);
    let mut miner = Miner::start(options);
    miner.most = 5;
    miner.until("all are lost", |miner| miner.judged() == 5);
    assert!(
        miner
            .counts
            .lost
            .keys()
            .all(|why| why.contains("did not answer"))
    );
    assert!(server.seen().links >= 2);
    miner.finish();
}

#[test]
fn shares_that_are_open_at_the_end_are_told_as_lost() {
    let server = Pool::start(Script {
        habit: Habit::NeverJudges,
        ..Script::default()
    });
    let mut options = options(vec![pool(server.at, "one")]);
    options.timing.finish = std::time::Duration::from_millis(50);
    let mut miner = Miner::start(options);
    miner.most = 5;
    miner.until("five are open", |miner| miner.found == 5);
    miner.break_off();
    assert_eq!(miner.judged(), 5);
    assert_eq!(miner.counts.lost_total(), 5, "{:?}", miner.counts);
}

#[test]
fn a_block_is_told_apart_from_its_share() {
    let server = Pool::start(Script {
        bits: 0x207f_ffff,
        difficulties: vec![1e-9],
        verdict: Some((20, "no thanks")),
        ..Script::default()
    });
    let mut miner = Miner::start(options(vec![pool(server.at, "one")]));
    miner.most = 8;
    miner.until("all are judged", |miner| miner.judged() == 8);
    miner.finish();
    let with_pool = |b: &&FoundBlock| b.fate == BlockFate::WithPool;
    let given = miner.blocks.iter().filter(with_pool).count();
    assert_eq!(given as u64, server.seen().blocks);
    assert!(given > 0);
    // The pool refuses the share, and may have handed the block in.
    let refused = miner
        .blocks
        .iter()
        .filter(|b| matches!(b.fate, BlockFate::Doubted(_)));
    assert_eq!(refused.count(), given);
    assert_eq!(miner.counts.rejected_total(), 8);
}
