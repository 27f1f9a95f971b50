//! The engine's threads: they find what is there, hash nothing twice, and sleep when told to.
#![allow(
    missing_docs,
    reason = "a test binary has no readers of its documentation"
)]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use baseload::domain::hashing::{EngineStatus, Scheduling, WorkKind};
use baseload::domain::time::Timestamp;
use baseload::engine::header::Header;
use baseload::engine::job::Job;
use baseload::engine::kernel::{NonceRange, kernels, next};
use baseload::engine::target::Target;
use baseload::engine::{Engine, Find, Options};

/// Far beyond what anything here takes, even where other programs hold all cores.
const DEADLINE: Duration = Duration::from_mins(2);

const NOW: Timestamp = Timestamp::from_millis(1_000);

/// Of normal priority, so that tests end in time also where other programs hold all cores.
fn engine(threads: usize) -> (Engine, Receiver<Find>) {
    let options = Options {
        threads,
        idle_priority: false,
        ..Options::default()
    };
    Engine::start(options).expect("threads can be started")
}

/// Looks again and again until `what` holds.
fn until(engine: &mut Engine, what: impl Fn(&EngineStatus) -> bool) -> EngineStatus {
    let started = Instant::now();
    loop {
        let status = engine.status(NOW);
        if what(&status) {
            return status;
        }
        assert!(started.elapsed() < DEADLINE, "still {status:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn mainnet() -> [Header; 4] {
    let first = include_bytes!("fixtures/headers/mainnet-0-2.bin");
    let later = include_bytes!("fixtures/headers/mainnet-125552.bin");
    let (headers, _) = first.as_chunks::<80>();
    [&headers[0], &headers[1], &headers[2], later].map(Header::from_bytes)
}

/// A job of one header and few nonces.
fn window(id: u64, header: Header, target: Target, nonces: NonceRange) -> Job {
    Job {
        nonces,
        ..Job::new(id, Arc::new(header), target)
    }
}

#[test]
fn workers_find_the_genuine_nonces_of_mainnet() {
    let (mut engine, finds) = engine(2);
    for (id, header) in (7..).zip(mainnet()) {
        let genuine = header.nonce.swap_bytes();
        let nonces = NonceRange {
            first: genuine.wrapping_sub(40_000),
            count: 50_000,
        };
        let target = header.target().expect("valid nBits");
        // The template does not know the nonce.
        let template = Header { nonce: 0, ..header };
        engine.set_job(window(id, template, target, nonces));
        let find = finds.recv_timeout(DEADLINE).expect("the nonce is found");
        assert_eq!((find.job, find.roll), (id, 0));
        assert_eq!((find.header, find.hash), (header, header.hash()));
        assert!(find.difficulty >= target.difficulty());
    }
    assert!(engine.wait_idle(DEADLINE), "nothing is left to do");
    assert!(finds.try_recv().is_err(), "each is found once");
}

#[test]
fn a_job_is_hashed_once_and_to_its_end_whatever_happens_meanwhile() {
    let (mut engine, finds) = engine(3);
    let [header, ..] = mainnet();
    let target = Target::from_words([u32::MAX >> 11; 8]);
    let count = 120_000;
    let job = Job {
        version_mask: 0x6000,
        ..window(
            1,
            header,
            target,
            NonceRange {
                first: u32::MAX - 999,
                count,
            },
        )
    };
    engine.set_job(job);
    let all = count * 4;
    let mut solved = Vec::new();
    for step in 0_usize.. {
        engine
            .set_threads(1 + step % 4)
            .expect("threads can be started");
        engine.set_kernel(kernels()[step % kernels().len()]);
        if step % 3 == 0 {
            engine.pause();
            assert!(engine.wait_idle(DEADLINE));
            engine.resume();
        }
        solved.extend(finds.try_iter());
        let hashes = engine.status(NOW).hashes;
        assert!(hashes <= all, "{hashes} headers hashed of {all}");
        if hashes == all {
            break;
        }
        let _ = until(&mut engine, |status| status.hashes > hashes);
    }
    assert!(engine.wait_idle(DEADLINE));
    solved.extend(finds.try_iter());
    let status = engine.status(NOW);
    assert_eq!((status.hashes, status.finds_lost), (all, 0));
    assert_eq!(status.finds, solved.len() as u64);
    let different: HashSet<[u8; 80]> = solved.iter().map(|find| find.header.to_bytes()).collect();
    assert_eq!(different.len(), solved.len(), "a header was found twice");
    // One in 2048 of 480,000: far from 100 and 500 by any luck, and the same with every run.
    assert!((100..500).contains(&solved.len()), "{}", solved.len());
    let best = solved.iter().map(|f| f.difficulty).fold(0.0, f64::max);
    assert!(status.best_difficulty.expect("there were finds") >= best);
    for find in solved {
        assert_eq!(find.header.hash(), find.hash);
        assert!(target.is_met_by(&find.hash));
    }
}

#[test]
fn a_flood_of_finds_never_blocks_and_is_counted() {
    let (mut engine, finds) = engine(2);
    let [header, ..] = mainnet();
    let count = 5_000;
    engine.set_job(window(
        1,
        header,
        Target::MAX,
        NonceRange { first: 0, count },
    ));
    // Nobody fetches; the work ends all the same.
    let status = until(&mut engine, |status| status.finds == count);
    assert_eq!(status.hashes, count);
    assert!(status.finds_lost > 0);
    let mut fetched = Vec::new();
    while fetched.len() as u64 + engine.status(NOW).finds_lost < count {
        fetched.push(finds.recv_timeout(DEADLINE).expect("kept finds arrive"));
    }
    let best = fetched.iter().map(|f| f.difficulty).fold(0.0, f64::max);
    assert_eq!(status.best_difficulty, Some(best), "the best is not lost");
}

#[test]
fn pause_stops_the_counter_and_resume_goes_on() {
    let (mut engine, _finds) = engine(2);
    assert!(engine.is_idle());
    assert_eq!(engine.status(NOW).work, WorkKind::Nothing);
    engine.set_job(Job::synthetic(1, 42, 1_700_000_000, 1e9));
    let running = until(&mut engine, |status| {
        status.threads.iter().all(|t| t.hashes > 0)
    });
    assert_eq!(running.work, WorkKind::Synthetic);
    assert!(!running.paused && !running.idle);
    assert!(!engine.wait_idle(Duration::from_millis(1)));
    for _ in 0..5 {
        engine.pause();
        assert!(engine.wait_idle(DEADLINE), "workers see the pause");
        let at_rest = engine.status(NOW);
        assert!(at_rest.paused && at_rest.idle);
        assert_eq!(engine.status(NOW).hashes, at_rest.hashes);
        engine.resume();
        let _ = until(&mut engine, |status| status.hashes > at_rest.hashes);
    }
    engine.clear_job();
    assert!(engine.wait_idle(DEADLINE));
}

#[test]
fn every_kernel_stops_goes_on_and_hands_over_to_the_next() {
    let (mut engine, _finds) = engine(2);
    let mut known = engine.kernel();
    for id in 0..=kernels().len() as u64 {
        engine.set_job(Job::synthetic(id, 42, 1_700_000_000, 1e9));
        let before = engine.status(NOW);
        assert_eq!(&*before.kernel, known.name());
        let each_has_done_more = |than: &EngineStatus, status: &EngineStatus| {
            let mut pairs = status.threads.iter().zip(&than.threads);
            pairs.all(|(now, then)| now.hashes > then.hashes)
        };
        let _ = until(&mut engine, |status| each_has_done_more(&before, status));
        engine.pause();
        assert!(
            engine.wait_idle(DEADLINE),
            "{} sees the pause",
            known.name()
        );
        // While it is paused, another kernel takes over.
        known = next(known);
        engine.set_kernel(known);
        assert!(
            engine.wait_idle(DEADLINE),
            "a change of kernel ends no pause"
        );
        let at_rest = engine.status(NOW);
        assert_eq!(engine.status(NOW).hashes, at_rest.hashes);
        engine.resume();
        let _ = until(&mut engine, |status| each_has_done_more(&at_rest, status));
        engine.clear_job();
        assert!(engine.wait_idle(DEADLINE), "{} stops", known.name());
    }
}

#[test]
fn cycles_a_hash_are_told_where_the_clock_is_steady_and_headers_are_hashed() {
    let (mut engine, _finds) = engine(1);
    assert_eq!(engine.status(NOW).cycles_per_hash, None);
    engine.set_job(Job::synthetic(1, 42, 1_700_000_000, 1e9));
    // So Linux says that the processor's counter is steady.
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let steady = cpu.contains("constant_tsc") && cpu.contains("nonstop_tsc");
    let patience = if steady {
        DEADLINE
    } else {
        Duration::from_secs(1)
    };
    let started = Instant::now();
    let mut at = 1_000;
    let mut told = None;
    while told.is_none() && started.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(50));
        at += 50;
        told = engine.status(Timestamp::from_millis(at)).cycles_per_hash;
    }
    assert!(told.is_some() || !steady);
    // Also without optimisation.
    assert!(
        told.is_none_or(|cycles| (1.0..1e7).contains(&cycles)),
        "{told:?}"
    );
}

#[test]
fn finds_of_a_replaced_job_carry_its_id() {
    let (mut engine, finds) = engine(2);
    for id in 1..40 {
        engine.set_job(Job::synthetic(id, id, 0, 1e-6));
        let started = Instant::now();
        let find = std::iter::from_fn(|| finds.recv_timeout(DEADLINE).ok())
            .take_while(|_| started.elapsed() < DEADLINE)
            .find(|find| find.job == id)
            .expect("the new job's finds arrive");
        let job = Job::synthetic(id, id, 0, 1e-6);
        let header = job
            .headers
            .header(find.roll)
            .expect("synthetic work never ends");
        assert_eq!(find.header.merkle_root, header.merkle_root);
        assert!(job.target.is_met_by(&find.hash));
    }
}

#[cfg(target_os = "linux")]
mod threads {
    use std::fs;

    use super::*;

    /// Processor time of this process's threads of that name, in nanoseconds.
    fn clocks(name: &str) -> Vec<u64> {
        let tasks = fs::read_dir("/proc/self/task").expect("proc is mounted");
        let mut clocks = Vec::new();
        for task in tasks.flatten() {
            let comm = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            if comm.trim_end().starts_with(name) {
                let stat = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
                let spent = stat.split(' ').next().and_then(|ns| ns.parse().ok());
                clocks.push(spent.unwrap_or(0));
            }
        }
        clocks
    }

    /// Scheduling policies of this process's threads of that name (proc(5), the 41st field of `stat`).
    fn policies(name: &str) -> Vec<String> {
        let tasks = fs::read_dir("/proc/self/task").expect("proc is mounted");
        let stats = tasks
            .flatten()
            .map(|task| fs::read_to_string(task.path().join("stat")).unwrap_or_default());
        stats
            .filter(|stat| stat.contains(&format!("({name}")))
            .filter_map(|stat| {
                Some(
                    stat.rsplit_once(')')?
                        .1
                        .split_whitespace()
                        .nth(38)?
                        .to_owned(),
                )
            })
            .collect()
    }

    #[test]
    fn bound_threads_work_and_one_that_cannot_be_bound_does_too() {
        for cpus in [&[0_usize] as &'static [usize], &[1_000_000]] {
            let options = Options {
                threads: 2,
                idle_priority: false,
                cpus,
                ..Options::default()
            };
            let (mut engine, _finds) = Engine::start(options).expect("threads can be started");
            engine.set_job(Job::synthetic(1, 1, 0, 1e9));
            let _ = until(&mut engine, |s| s.threads.iter().all(|t| t.hashes > 0));
        }
    }

    /// Runs alone in a process of its own, since threads are told apart by name.
    #[test]
    fn paused_threads_take_no_processor_time() {
        if std::env::var_os("BASELOAD_TEST_ALONE").is_none() {
            let this = std::env::current_exe().expect("the test binary has a path");
            let status = std::process::Command::new(this)
                .args(["--exact", "threads::paused_threads_take_no_processor_time"])
                .env("BASELOAD_TEST_ALONE", "1")
                .status();
            assert!(status.expect("the test binary runs again").success());
            return;
        }
        let name = "baseload-hash-";
        let options = Options {
            threads: 3,
            ..Options::default()
        };
        let (mut engine, _finds) = Engine::start(options).expect("threads can be started");
        engine.set_job(Job::synthetic(1, 1, 0, 1e9));
        let status = until(&mut engine, |s| s.threads.iter().all(|t| t.hashes > 0));
        assert_eq!(clocks(name).len(), 3);
        assert!(
            status
                .threads
                .iter()
                .all(|t| matches!(t.scheduling, Scheduling::Idle | Scheduling::Nice)),
            "{status:?}"
        );
        let lowered = policies(name);
        assert_eq!(lowered.len(), 3);
        let before: u64 = clocks(name).iter().sum();
        let hashes = status.hashes;
        let _ = until(&mut engine, |s| s.hashes > hashes + 10_000);
        assert!(
            clocks(name).iter().sum::<u64>() > before,
            "hashing takes time"
        );

        engine.pause();
        assert!(engine.wait_idle(DEADLINE));
        let started = Instant::now();
        let mut last = clocks(name);
        // From the report of idleness to sleep it is a few instructions; then nothing more for as long as one looks.
        let mut still = 0;
        while still < 10 {
            std::thread::sleep(Duration::from_millis(20));
            let now = clocks(name);
            still = if now == last { still + 1 } else { 0 };
            last = now;
            assert!(started.elapsed() < DEADLINE, "paused threads still run");
        }

        // A pause may raise the threads; when they go on they stand behind the others again.
        engine.resume();
        let rested: Vec<u64> = engine
            .status(NOW)
            .threads
            .iter()
            .map(|t| t.hashes)
            .collect();
        let _ = until(&mut engine, |s| {
            s.threads
                .iter()
                .zip(&rested)
                .all(|(t, rested)| t.hashes > *rested)
        });
        assert_eq!(policies(name), lowered);

        drop(engine);
        assert_eq!(
            clocks(name),
            Vec::<u64>::new(),
            "dropping joins the threads"
        );
    }
}
