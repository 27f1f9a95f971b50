//! What an open console costs the hashing beside it: headers a second of the hashing threads' processor time, all cores
//! hashing, without a console and with one on 1,000 updates a second, by turns in one run.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use baseload::engine::job::Job;
use baseload::engine::kernel::fastest;
use baseload::engine::{Engine, Options};

use crate::common::Terminal;
use crate::{feed_support, keys, process};

/// Turns of each kind.
const TURNS: usize = 6;
const SETTLE: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(4);

/// Headers and the processor time that they took.
#[derive(Default)]
struct Sum {
    hashes: u64,
    cpu: Duration,
}

impl Sum {
    fn rate(&self) -> f64 {
        self.hashes as f64 / self.cpu.as_secs_f64().max(1e-9)
    }
}

pub(crate) fn run() {
    println!("bar: 3 % fewer headers a second of processor time");
    let (_runtime, url, sent) = keys::server();
    let options = Options {
        kernel: fastest(),
        ..Options::default()
    };
    let (mut engine, _finds) = Engine::start(options).expect("threads can be started");
    engine.set_job(Job::synthetic(1, 1, 0, 1e9));
    let (mut without, mut with) = (Sum::default(), Sum::default());
    let (mut updates, mut open) = (0, Duration::ZERO);
    for _ in 0..TURNS {
        measure(&mut engine, &mut without);
        let mut terminal = Terminal::start(&["console", "--feed", &url], 120, 36);
        terminal.wait("all sites", |s| s.contains("of 100 "));
        let (from, before) = (Instant::now(), sent.load(Ordering::Relaxed));
        measure(&mut engine, &mut with);
        updates += sent.load(Ordering::Relaxed) - before;
        open += from.elapsed();
        terminal.keys("q");
        terminal.ended();
    }
    println!(
        "{}, {:.0} updates a second; a second of processor time: {:.3} MH without, {:.3} MH with the console; fall {:.2} %",
        engine.kernel().name(),
        updates as f64 / open.as_secs_f64(),
        without.rate() / 1e6,
        with.rate() / 1e6,
        100.0 * (1.0 - with.rate() / without.rate())
    );
}

fn measure(engine: &mut Engine, sum: &mut Sum) {
    std::thread::sleep(SETTLE);
    let mut read = || {
        let hashes = engine.status(feed_support::now()).hashes;
        (hashes, process::hashers_cpu(std::process::id()))
    };
    let before = read();
    std::thread::sleep(MEASURED);
    let after = read();
    sum.hashes += after.0 - before.0;
    sum.cpu += after.1.saturating_sub(before.1);
}
