//! How long all threads take to stop for a pause or a job that is taken away, and to be on a new job: each kernel, all
//! cores hashing, of idle and of normal priority, at odd moments of their scans.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use baseload::engine::header::Header;
use baseload::engine::job::{Headers, Job};
use baseload::engine::kernel::{Kernel, kernels};
use baseload::engine::{Engine, Options};

/// Of each kind, for each kernel and priority.
const TRIES: u64 = 200;
const LOOK: Duration = Duration::from_micros(50);
const DEADLINE: Duration = Duration::from_secs(30);

/// Synthetic headers that note when each thread first asked for one.
struct Watched {
    headers: Arc<dyn Headers>,
    asked: Mutex<HashMap<ThreadId, Instant>>,
}

impl Headers for Watched {
    fn header(&self, roll: u64) -> Option<Header> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .entry(thread::current().id())
            .or_insert_with(Instant::now);
        drop(asked);
        self.headers.header(roll)
    }
}

impl Watched {
    fn job(id: u64) -> (Arc<Self>, Job) {
        let job = Job::synthetic(id, id, 0, 1e9);
        let this = Arc::new(Self {
            headers: job.headers.clone(),
            asked: Mutex::default(),
        });
        let headers: Arc<dyn Headers> = this.clone();
        (this, Job { headers, ..job })
    }

    /// When the last of so many threads came; none where some have not.
    fn all_came(&self, threads: usize) -> Option<Instant> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let last = asked.values().max().copied();
        last.filter(|_| asked.len() == threads)
    }
}

pub(crate) fn run() {
    println!("from the call to all threads asleep, or on the new job; bar: 5 ms");
    println!(
        "{:<16} {:<9} {:<10} {:>8} {:>8} {:>8}",
        "kernel", "priority", "call", "p50", "p99", "worst"
    );
    for kernel in kernels() {
        for idle_priority in [true, false] {
            measure(*kernel, idle_priority);
        }
    }
}

fn measure(kernel: &'static dyn Kernel, idle_priority: bool) {
    let options = Options {
        kernel,
        idle_priority,
        ..Options::default()
    };
    let threads = options.threads;
    let (mut engine, _finds) = Engine::start(options).expect("threads can be started");
    let (mut paused, mut cleared, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    engine.set_job(Watched::job(0).1);
    // The scans' length settles.
    thread::sleep(Duration::from_millis(200));
    for id in 1..=TRIES {
        odd_moment(id * 3);
        let called = Instant::now();
        engine.pause();
        paused.push(idle_since(&engine, called));
        engine.resume();

        odd_moment(id * 3 + 1);
        let called = Instant::now();
        engine.clear_job();
        cleared.push(idle_since(&engine, called));
        engine.set_job(Watched::job(id).1);

        odd_moment(id * 3 + 2);
        let (watched, job) = Watched::job(TRIES + id);
        let called = Instant::now();
        engine.set_job(job);
        replaced.push(loop {
            if let Some(came) = watched.all_came(threads) {
                break came - called;
            }
            assert!(called.elapsed() < DEADLINE, "a thread never came");
            thread::sleep(LOOK);
        });
    }
    let priority = if idle_priority { "idle" } else { "normal" };
    for (call, spans) in [
        ("pause", &mut paused),
        ("clear_job", &mut cleared),
        ("set_job", &mut replaced),
    ] {
        spans.sort_unstable();
        let at = |share: usize| spans[(spans.len() * share / 100).min(spans.len() - 1)];
        println!(
            "{:<16} {priority:<9} {call:<10} {:>8} {:>8} {:>8}",
            kernel.name(),
            millis(at(50)),
            millis(at(99)),
            millis(at(100))
        );
    }
}

fn idle_since(engine: &Engine, called: Instant) -> Duration {
    while !engine.is_idle() {
        assert!(called.elapsed() < DEADLINE, "the threads never stopped");
        thread::sleep(LOOK);
    }
    called.elapsed()
}

/// Between 6 and 14 ms, so that calls and scans do not fall into step.
fn odd_moment(number: u64) {
    thread::sleep(Duration::from_micros(6_000 + number * 2_741 % 8_000));
}

fn millis(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1e3)
}
