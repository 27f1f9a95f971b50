//! The core without threads, and the threads with a real engine and a source inside this test.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::records::{Records, Store};
use super::super::{Source, Told, Work};

use super::*;
use crate::domain::hashing::WorkKind;
use crate::domain::mining::{
    BlockFate, Chain, FoundBlock, Health, MiningEvent, Proof, ShareVerdict, SourceKind, WorkView,
};
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;
use crate::engine::header::{Hash, Header};
use crate::engine::job::Job;
use crate::engine::kernel::Portable;
use crate::engine::target::Target;
use crate::engine::worker::{Engine, Find, Options};

const DEADLINE: Duration = Duration::from_mins(1);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn any_chain() -> Judge {
    Box::new(|_| Ok(()))
}

fn miner(judge: Judge, enough: Option<usize>) -> Miner {
    let labels = ["a:1".into(), "b:2".into()];
    Miner::new(
        SourceKind::Node,
        &labels,
        Records::new(),
        judge,
        enough,
        at(1_000),
    )
}

fn work(id: u64, difficulty: f64) -> Work {
    let mut job = Job::synthetic(id, id, 1, difficulty);
    job.synthetic = false;
    Work {
        job,
        view: WorkView {
            source: 0,
            name: id.to_string().into(),
            height: Some(5),
            previous: "00".into(),
            transactions: Some(1),
            fees: Some(Sats::ZERO),
            reward: Sats::from_sat(50),
            weight: Some(1_000),
            network_difficulty: 1.0,
            share_difficulty: difficulty,
            version_mask: 0,
            received: at(1_000),
            payments: Vec::new(),
            coinbase_text: "".into(),
            proof: Proof::PaysUs,
        },
    }
}

fn find(difficulty: f64) -> Find {
    let header = Header::from_bytes(&[0; 80]);
    Find {
        job: 1,
        roll: 0,
        header,
        hash: Hash::default(),
        difficulty,
        thread: 0,
    }
}

fn block(number: u8, fate: BlockFate) -> FoundBlock {
    FoundBlock {
        hash: format!("{number:064x}").into(),
        height: Some(u32::from(number)),
        at: at(2_000 + i64::from(number)),
        reward: Sats::from_sat(1),
        fate,
    }
}

fn health(end: usize, health: Health) -> Told {
    Told::Health {
        end,
        health,
        detail: "".into(),
        latency: Some(Duration::from_millis(3)),
        active: health == Health::Live,
    }
}

fn events(dos: &[Do]) -> Vec<MiningEvent> {
    dos.iter()
        .filter_map(|it| match it {
            Do::Event(event) => Some(event.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn work_goes_to_the_engine_before_anyone_is_told() {
    let mut miner = miner(any_chain(), None);
    assert!(miner.status().work.is_none() && !miner.status().idle_because.is_empty());
    let dos = miner.told(Told::Work(Box::new(work(7, 1.0))), at(1));
    assert!(matches!(&dos[0], Do::Hash(job) if job.id == 7));
    assert!(matches!(&dos[1], Do::Event(MiningEvent::Job(_))));
    assert!(miner.status().idle_because.is_empty());
    // The same template with another time is hashed, and no news.
    let dos = miner.told(Told::Work(Box::new(work(8, 1.0))), at(2));
    assert!(matches!(dos[..], [Do::Hash(_)]));
    let dos = miner.told(Told::NoWork("the tip has moved".into()), at(2));
    assert!(matches!(dos[..], [Do::Stop]));
    assert!(miner.status().work.is_none());
    assert_eq!(&*miner.status().idle_because, "the tip has moved");
}

#[test]
fn a_source_speaks_only_where_something_changed() {
    let mut miner = miner(any_chain(), None);
    let said = events(&miner.told(health(0, Health::Live), at(5)));
    assert!(
        matches!(&said[..], [MiningEvent::State(view)] if view.active && &*view.label == "a:1")
    );
    assert!(miner.told(health(0, Health::Live), at(6)).is_empty());
    assert_eq!(miner.status().sources[0].since, at(5));
    assert!(miner.told(health(9, Health::Live), at(6)).is_empty());
    assert_eq!(miner.told(health(0, Health::Down), at(7)).len(), 1);
    assert_eq!(miner.status().sources[1].health, Health::Spare);
}

#[test]
fn a_chain_that_the_payout_does_not_fit_is_never_mined_on() {
    let judge: Judge = Box::new(|chain| match chain {
        Chain::Regtest => Ok(()),
        other => Err(format!("not on {}", other.word())),
    });
    let mut miner = miner(judge, None);
    assert!(miner.told(Told::Chain(Chain::Regtest), at(1)).is_empty());
    let dos = miner.told(Told::Chain(Chain::Main), at(2));
    assert!(matches!(&dos[0], Do::Stop));
    assert!(matches!(dos.last(), Some(Do::Refuse(why)) if why == "not on main"));
    let dos = miner.told(Told::Work(Box::new(work(1, 1.0))), at(3));
    assert!(dos.is_empty());
}

#[test]
fn shares_are_counted_by_what_became_of_them() {
    let mut miner = miner(any_chain(), None);
    miner.told(Told::Chain(Chain::Main), at(1));
    let share = |verdict| Told::Share {
        difficulty: 1.0,
        verdict,
        took: None,
    };
    miner.told(share(ShareVerdict::Accepted), at(2));
    miner.told(share(ShareVerdict::Stale), at(2));
    for reason in 0..100 {
        miner.told(
            share(ShareVerdict::Rejected(format!("{reason}").into())),
            at(2),
        );
        miner.told(share(ShareVerdict::Lost(format!("{reason}").into())), at(2));
    }
    miner.told(Told::Pending(4), at(3));
    let shares = &miner.status().shares;
    assert_eq!((shares.accepted, shares.stale, shares.pending), (1, 1, 4));
    assert_eq!((shares.rejected_total(), shares.lost_total()), (100, 100));
    assert_eq!((shares.rejected.len(), shares.lost.len()), (33, 33));
    assert_eq!(miner.status().lifetime.shares, 1);
}

#[test]
fn the_best_is_the_hashs_own_difficulty_and_of_its_chain() {
    let mut miner = miner(any_chain(), None);
    let said = events(&miner.found(&find(3.0), at(1)));
    let early = MiningEvent::Best {
        difficulty: 3.0,
        all_time: false,
    };
    assert_eq!(
        said,
        [early],
        "before the chain is known it counts for this run only"
    );
    miner.told(Told::Chain(Chain::Regtest), at(1));
    assert!(miner.found(&find(2.0), at(2)).is_empty());
    assert!(miner.found(&find(f64::INFINITY), at(2)).is_empty());
    let dos = miner.found(&find(5.0), at(3));
    let better = MiningEvent::Best {
        difficulty: 5.0,
        all_time: true,
    };
    assert_eq!(events(&dos), [better]);
    assert!(matches!(dos.last(), Some(Do::Keep)));
    let status = miner.status();
    assert!((status.best - 5.0).abs() < 1e-9 && (status.lifetime.best - 5.0).abs() < 1e-9);
    assert_eq!(status.lifetime.best_at, Some(at(3)));
    let fresh = miner.take_fresh();
    assert!(fresh.contains_key("regtest") && fresh.len() == 1);
}

#[test]
fn a_block_is_told_when_its_fate_changes_and_counts_once() {
    let mut miner = miner(any_chain(), Some(2));
    miner.told(Told::Chain(Chain::Regtest), at(1));
    let mut tell = |number, fate| miner.told(Told::Block(block(number, fate)), at(9));
    assert_eq!(events(&tell(1, BlockFate::Stored)).len(), 1);
    assert!(tell(1, BlockFate::Stored).is_empty());
    let dos = tell(1, BlockFate::InChain(1));
    assert_eq!(events(&dos).len(), 1);
    assert!(dos.iter().any(|it| matches!(it, Do::Keep)));
    assert!(tell(1, BlockFate::InChain(2)).is_empty());
    assert_eq!(events(&tell(1, BlockFate::InChain(6))).len(), 1);
    assert_eq!(events(&tell(1, BlockFate::SideBranch)).len(), 1);
    assert_eq!(events(&tell(1, BlockFate::InChain(1))).len(), 1);
    let refused = tell(2, BlockFate::Refused("high-hash".into()));
    assert!(!refused.iter().any(|it| matches!(it, Do::Enough)));
    let last = tell(3, BlockFate::InChain(1));
    assert!(last.iter().any(|it| matches!(it, Do::Enough)));
    assert_eq!(miner.status().lifetime.blocks, 2);
    assert_eq!(miner.blocks_of_this_run(), 2);
    assert_eq!(miner.status().blocks.len(), 3);
}

#[test]
fn a_block_that_a_pool_has_been_given_is_enough_once_the_pool_has_answered() {
    let is_enough = |dos: &[Do]| dos.iter().any(|it| matches!(it, Do::Enough));
    for refused in [false, true] {
        let mut miner = miner(any_chain(), Some(1));
        miner.told(Told::Chain(Chain::Regtest), at(1));
        let given = block(1, BlockFate::WithPool);
        let hash = given.hash.clone();
        assert!(
            !is_enough(&miner.told(Told::Block(given), at(9))),
            "it may be lost"
        );
        assert!(!is_enough(
            &miner.told(Told::Taken("another".into()), at(9))
        ));
        let answered = if refused {
            Told::Block(block(1, BlockFate::Doubted("stale".into())))
        } else {
            Told::Taken(hash)
        };
        assert!(is_enough(&miner.told(answered.clone(), at(9))));
        assert!(!is_enough(&miner.told(answered, at(9))), "once");
        assert_eq!(miner.blocks_of_this_run(), 1);
    }
}

#[test]
fn blocks_of_earlier_runs_are_shown_and_do_not_count_for_this_one() {
    let mut miner = miner(any_chain(), Some(1));
    miner.told(Told::Chain(Chain::Regtest), at(1));
    let old = FoundBlock {
        at: at(10),
        ..block(1, BlockFate::InChain(1))
    };
    let dos = miner.told(Told::Block(old), at(2_000));
    assert!(!dos.iter().any(|it| matches!(it, Do::Enough)));
    assert_eq!(miner.blocks_of_this_run(), 0);
    assert_eq!(miner.status().blocks.len(), 1);
}

#[test]
fn what_an_earlier_run_told_of_a_block_is_not_told_again() {
    let mut earlier = miner(any_chain(), None);
    earlier.told(Told::Chain(Chain::Regtest), at(1_000));
    for number in [1, 2] {
        earlier.told(Told::Block(block(number, BlockFate::Stored)), at(2_100));
    }
    earlier.told(Told::Block(block(1, BlockFate::InChain(1))), at(2_200));
    let known = earlier.take_fresh();
    let labels = ["a:1".into()];
    let mut miner = Miner::new(
        SourceKind::Node,
        &labels,
        known,
        any_chain(),
        None,
        at(9_000),
    );
    let mut tell = |number, fate| events(&miner.told(Told::Block(block(number, fate)), at(9_001)));
    assert!(tell(1, BlockFate::Stored).is_empty());
    assert_eq!(tell(2, BlockFate::Stored).len(), 1, "offered again");
    miner.told(Told::Chain(Chain::Regtest), at(9_002));
    let mut tell = |number, fate| events(&miner.told(Told::Block(block(number, fate)), at(9_003)));
    assert!(tell(1, BlockFate::InChain(3)).is_empty());
    assert_eq!(tell(2, BlockFate::InChain(1)).len(), 1);
    assert_eq!(tell(1, BlockFate::InChain(6)).len(), 1);
    assert_eq!(miner.status().lifetime.blocks, 2);
}

#[test]
fn only_the_last_blocks_are_shown() {
    let mut miner = miner(any_chain(), None);
    for number in 0..200 {
        miner.told(Told::Block(block(number, BlockFate::Stored)), at(9));
    }
    let blocks = &miner.status().blocks;
    assert_eq!(blocks.len(), SHOWN_BLOCKS);
    assert_eq!(blocks.last().and_then(|b| b.height), Some(199));
}

proptest! {
    /// Whatever comes in whatever order: the engine is on the last work or on nothing, and what is written adds up.
    #[test]
    fn the_engine_follows_the_last_word(steps in proptest::collection::vec(0_u8..7, 0..60)) {
        let mut miner = miner(any_chain(), None);
        miner.told(Told::Chain(Chain::Main), at(1));
        let (mut hashing, mut wanted) = (None, None);
        let mut written = Records::new();
        let mut total = 0;
        for (number, step) in (1_u64..).zip(steps) {
            let now = at(i64::try_from(number).expect("small"));
            let dos = match step {
                0 => {
                    wanted = Some(number);
                    miner.told(Told::Work(Box::new(work(number, 1.0))), now)
                }
                1 => {
                    wanted = None;
                    miner.told(Told::NoWork("gone".into()), now)
                }
                2 => miner.found(&find(number as f64), now),
                3 => {
                    total += 10;
                    miner.hashed(total);
                    Vec::new()
                }
                4 => {
                    let fresh = miner.take_fresh();
                    super::super::records::add(&mut written, &fresh);
                    miner.written(written.clone());
                    Vec::new()
                }
                5 => {
                    let fresh = miner.take_fresh();
                    miner.give_back(&fresh);
                    Vec::new()
                }
                _ => miner.told(health(0, Health::Live), now),
            };
            for it in dos {
                match it {
                    Do::Hash(job) => hashing = Some(job.id),
                    Do::Stop => hashing = None,
                    _ => {}
                }
            }
            prop_assert_eq!(hashing, wanted);
            prop_assert_eq!(miner.status().work.is_some(), wanted.is_some());
            prop_assert_eq!(miner.status().lifetime.hashes, total);
        }
        let fresh = miner.take_fresh();
        super::super::records::add(&mut written, &fresh);
        let hashes = written.get("main").map_or(0, |record| record.lifetime().hashes);
        prop_assert_eq!(hashes, total);
    }
}

/// Takes finds into a list.
struct Listing {
    finds: Arc<Mutex<Vec<Find>>>,
    _teller: Sender<Told>,
}

impl Source for Listing {
    fn found(&mut self, find: &Find) {
        self.finds.lock().expect("no panic").push(*find);
    }
}

struct Bench {
    mining: Mining,
    engine: Arc<Mutex<Engine>>,
    teller: Sender<Told>,
    finds: Arc<Mutex<Vec<Find>>>,
    said: std::sync::mpsc::Receiver<MiningEvent>,
}

fn start(store: Option<Store>) -> Bench {
    let options = Options {
        threads: 2,
        ..Options::default()
    };
    let (engine, found) = Engine::start(options).expect("threads");
    let engine = Arc::new(Mutex::new(engine));
    let (teller, told) = channel();
    let finds = Arc::new(Mutex::new(Vec::new()));
    let (say, said) = channel();
    let known = store
        .as_ref()
        .map_or_else(Records::new, |s| s.load().records);
    let labels = ["a:1".into()];
    let miner = Miner::new(SourceKind::Node, &labels, known, any_chain(), None, at(1));
    let mining = Mining::start(Setup {
        miner,
        source: Box::new(Listing {
            finds: finds.clone(),
            _teller: teller.clone(),
        }),
        told,
        engine: engine.clone(),
        finds: found,
        kernel: Some(&Portable),
        store,
        clock: Arc::new(|| at(2_000)),
        events: Box::new(move |event| drop(say.send(event))),
        ended: Box::new(|_| {}),
    })
    .expect("threads");
    Bench {
        mining,
        engine,
        teller,
        finds,
        said,
    }
}

fn wait(what: &str, mut seen: impl FnMut() -> bool) {
    let until = Instant::now() + DEADLINE;
    while !seen() {
        assert!(Instant::now() < until, "never saw {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_engine_hashes_what_the_source_gives_and_finds_go_to_the_source_and_the_disk() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let store = Store::new(scratch.path().to_owned());
    let bench = start(Some(store.clone()));
    bench
        .teller
        .send(Told::Chain(Chain::Regtest))
        .expect("hears");
    bench
        .teller
        .send(Told::Work(Box::new(work(1, 1e-6))))
        .expect("hears");
    wait("finds", || bench.finds.lock().expect("no panic").len() > 5);
    let status = bench.mining.engine(at(2_500));
    assert_eq!(status.work, WorkKind::Chain);
    bench
        .teller
        .send(Told::NoWork("the node is down".into()))
        .expect("hears");
    wait("an engine at rest", || {
        let status = bench.mining.engine(at(3_000));
        status.idle && status.work == WorkKind::Nothing
    });
    let Bench {
        mining,
        engine,
        teller,
        finds,
        said,
    } = bench;
    drop(teller);
    mining.end();
    let hashes = engine.lock().expect("no panic").status(at(4_000)).hashes;
    let kept = store.load().records["regtest"].lifetime();
    assert_eq!(kept.hashes, hashes);
    let finds = finds.lock().expect("no panic");
    let best = finds.iter().map(|f| f.difficulty).fold(0.0, f64::max);
    assert!((kept.best - best).abs() < 1e-12 && best >= 1e-6);
    let limit = Target::from_difficulty(1e-6);
    assert!(finds.iter().all(|f| limit.is_met_by(&f.header.hash())));
    let bests = said
        .try_iter()
        .filter(|e| matches!(e, MiningEvent::Best { .. }));
    assert!(bests.count() >= 1);
}

#[test]
fn a_pause_stays_a_pause_when_work_comes() {
    let bench = start(None);
    bench.engine.lock().expect("no panic").pause();
    bench
        .teller
        .send(Told::Work(Box::new(work(1, 1e-6))))
        .expect("hears");
    wait("the work", || bench.mining.status().work.is_some());
    wait("the job", || {
        bench.mining.engine(at(9)).work == WorkKind::Chain
    });
    let status = bench.mining.engine(at(10));
    assert!(status.paused && status.hashes == 0);
    bench.engine.lock().expect("no panic").resume();
    wait("hashing", || bench.mining.engine(at(11)).hashes > 0);
    drop(bench.teller);
    bench.mining.end();
}

#[test]
fn after_the_end_no_work_is_taken() {
    let bench = start(None);
    let teller = bench.teller.clone();
    drop(bench.teller);
    teller
        .send(Told::Work(Box::new(work(1, 1e-6))))
        .expect("hears");
    wait("finds", || {
        !bench.finds.lock().expect("no panic").is_empty()
    });
    let (stop, stopped) = channel::<()>();
    let telling = std::thread::spawn(move || {
        for id in 2_u64.. {
            let told = teller.send(Told::Work(Box::new(work(id, 1e-6))));
            if told.is_err() || stopped.try_recv().is_ok() {
                return;
            }
            std::thread::yield_now();
        }
    });
    let engine = bench.engine.clone();
    // The teller of this test outlives the source: the end does not wait for it without bound.
    bench.mining.end();
    let mut engine = engine.lock().expect("no panic");
    assert_eq!(engine.status(at(9)).work, WorkKind::Nothing);
    let _ = stop.send(());
    telling.join().expect("no panic");
}
