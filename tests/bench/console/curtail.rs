//! From the typed Enter of an order for this machine's own engine to the last of its threads asleep.

use std::time::{Duration, Instant};

use crate::common::{DEADLINE, Terminal};
use crate::{millis, process, quantile};

const RUNS: usize = 15;
/// So long all of them must stay asleep to count as stopped.
const STILL: Duration = Duration::from_millis(50);

pub(crate) fn run() {
    println!("bar: 100 ms");
    let mut spans: Vec<Duration> = (0..RUNS).map(|_| once()).collect();
    spans.sort_unstable();
    println!(
        "Enter to all hashing threads asleep: median {}, worst of {RUNS} {}",
        millis(quantile(&spans, 0.5)),
        millis(quantile(&spans, 1.0))
    );
}

fn once() -> Duration {
    let mut terminal = Terminal::start(&["demo"], 120, 36);
    let pid = terminal.child.process_id().expect("it runs");
    terminal.wait("the engine at work", |s| {
        s.lines()
            .any(|line| line.contains("this machine") && line.contains("hashing"))
    });
    let until = Instant::now() + DEADLINE;
    while process::hashers_sleep(pid) != Some(false) {
        assert!(Instant::now() < until, "no thread ever hashed");
        std::thread::sleep(Duration::from_millis(1));
    }
    // An order needs the clocks compared, which takes a moment after the start.
    std::thread::sleep(Duration::from_secs(2));
    terminal.keys("G");
    terminal.keys("c");
    terminal.wait_for("[1 select]");
    terminal.keys("off\r");
    terminal.wait_for("[2 check]");
    terminal.keys("a");
    terminal.wait_for("SHED LOCAL");
    // Keys are not heard just after arming.
    std::thread::sleep(Duration::from_millis(500));
    terminal.keys("SHED LOCAL");
    std::thread::sleep(Duration::from_millis(300));
    terminal.keys("\r");
    let started = Instant::now();
    let mut asleep: Option<Instant> = None;
    loop {
        let now = Instant::now();
        assert!(
            now < until + DEADLINE,
            "never stopped; the screen:\n{}",
            terminal.text()
        );
        if process::hashers_sleep(pid) == Some(true) {
            let since = *asleep.get_or_insert(now);
            if now - since >= STILL {
                terminal.signal("TERM");
                terminal.ended();
                return since - started;
            }
        } else {
            asleep = None;
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}
