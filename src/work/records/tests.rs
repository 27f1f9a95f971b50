use proptest::prelude::*;

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn block(number: u32, fate: BlockFate) -> FoundBlock {
    FoundBlock {
        hash: format!("{number:064x}").into(),
        height: Some(number),
        at: at(i64::from(number)),
        reward: Sats::from_sat(5_000_000_000),
        fate,
    }
}

fn one(chain: Chain, make: impl FnOnce(&mut Record)) -> Records {
    let mut record = Record::default();
    make(&mut record);
    Records::from([(realm(Some(chain)).to_owned(), record)])
}

#[test]
fn what_was_kept_is_there_at_the_next_start() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let store = Store::new(scratch.path().join("state"));
    assert_eq!(store.load(), Kept::default());
    let done = one(Chain::Main, |r| {
        r.hashed(7);
        r.accepted();
        assert!(r.judged(2.5, at(9)) && !r.judged(2.5, at(10)) && !r.judged(f64::NAN, at(11)));
        r.block(&block(3, BlockFate::Refused("bad \"cb\"".into())));
        r.block(&block(4, BlockFate::InChain(1)));
    });
    let sum = store.add(&done).expect("is written");
    assert_eq!(sum, store.load());
    assert_eq!(sum.trouble, None);
    assert_eq!(sum.records, done);
    let again = store.add(&done).expect("is written");
    let lifetime = again.records["main"].lifetime();
    let wanted = Lifetime {
        best: 2.5,
        best_at: Some(at(9)),
        hashes: 14,
        shares: 2,
        blocks: 1,
        found: 2,
    };
    assert_eq!(lifetime, wanted, "the block counts once");
    assert_eq!(
        again.records["main"].youngest(9),
        [
            block(3, BlockFate::Refused("bad \"cb\"".into())),
            block(4, BlockFate::InChain(1))
        ]
    );
}

#[test]
fn chains_do_not_mix() {
    let mut records = one(Chain::Main, |r| r.hashed(1));
    add(&mut records, &one(Chain::Regtest, |r| r.hashed(5)));
    assert_eq!(records["main"].lifetime().hashes, 1);
    assert_eq!(records["regtest"].lifetime().hashes, 5);
    assert_eq!(realm(None), "pool");
}

#[test]
fn a_corrupt_file_is_set_aside_and_said() {
    for text in [
        "",
        "{",
        "{\"version\":1}",
        "{\"version\":1,\"chains\":{\"main\":{\"best\":-3}}}",
        "[1]",
    ] {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let store = Store::new(scratch.path().to_owned());
        std::fs::write(scratch.path().join("mining.json"), text).expect("writes");
        let kept = store.load();
        let said = kept.trouble.expect("it is said");
        assert!(
            said.contains("mining.json.unreadable") && kept.records.is_empty(),
            "{said}"
        );
        let aside = std::fs::read_to_string(scratch.path().join("mining.json.unreadable"));
        assert_eq!(aside.expect("set aside"), text);
        assert!(store.add(&one(Chain::Main, |r| r.hashed(1))).is_ok());
        assert_eq!(store.load().trouble, None);
    }
}

#[test]
fn a_newer_programs_file_is_left_alone() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let store = Store::new(scratch.path().to_owned());
    let newer = "{\"version\":2,\"galaxies\":[]}";
    std::fs::write(scratch.path().join("mining.json"), newer).expect("writes");
    assert!(store.load().trouble.expect("said").contains("newer"));
    let said = store
        .add(&one(Chain::Main, |r| r.hashed(1)))
        .expect_err("not added");
    assert!(said.contains("left as it is"), "{said}");
    let text = std::fs::read_to_string(scratch.path().join("mining.json")).expect("reads");
    assert_eq!(text, newer);
}

#[test]
fn a_folder_that_cannot_be_written_is_one_sentence() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("file");
    std::fs::write(&file, "").expect("writes");
    let store = Store::new(file);
    assert!(store.load().records.is_empty());
    let said = store.add(&Records::new()).expect_err("no folder");
    assert!(said.contains("cannot be written"), "{said}");
}

#[test]
fn many_programs_at_once_lose_nothing() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().to_owned();
    let threads: Vec<_> = (0..4_u32)
        .map(|who| {
            let store = Store::new(folder.clone());
            std::thread::spawn(move || {
                for turn in 0..8_u32 {
                    let done = one(Chain::Main, |r| {
                        r.hashed(10);
                        r.judged(f64::from(who * 8 + turn), at(1));
                        // Each block is told of by two of them.
                        r.block(&block(1 + (who / 2) * 8 + turn, BlockFate::InChain(1)));
                    });
                    store.add(&done).expect("is written");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    let lifetime = Store::new(folder).load().records["main"].lifetime();
    assert_eq!((lifetime.hashes, lifetime.blocks), (320, 16));
    assert!((lifetime.best - 31.0).abs() < 1e-9);
}

#[test]
fn the_oldest_blocks_give_way_and_stay_counted() {
    let mut record = Record::default();
    let many = u32::try_from(BLOCKS).expect("few") + 10;
    for number in 0..many {
        record.block(&block(number, BlockFate::InChain(1)));
    }
    let lifetime = record.lifetime();
    assert_eq!(
        (lifetime.blocks, lifetime.found),
        (many.into(), many.into())
    );
    let youngest = record.youngest(3);
    assert_eq!(
        youngest.last().and_then(|block| block.height),
        Some(many - 1)
    );
    assert_eq!(record.youngest(10_000).len(), BLOCKS);
}

proptest! {
    /// However work is split between runs and writings, the sum is the same.
    #[test]
    fn sums_do_not_depend_on_the_order(
        steps in proptest::collection::vec((0_u8..3, 0_u64..100, 0.0_f64..10.0, 0_u32..6, any::<bool>()), 0..30),
    ) {
        let mut whole = Record::default();
        let mut parts = [Record::default(), Record::default(), Record::default()];
        for (who, hashes, best, number, reached) in steps {
            let fate = if reached { BlockFate::InChain(1) } else { BlockFate::Stored };
            for record in [&mut whole, &mut parts[usize::from(who)]] {
                record.hashed(hashes);
                record.judged(best, at(1));
                record.block(&block(number, fate.clone()));
            }
        }
        let mut sum = Record::default();
        for part in &parts {
            sum.add(part);
        }
        prop_assert_eq!(sum.lifetime(), whole.lifetime());
    }
}
