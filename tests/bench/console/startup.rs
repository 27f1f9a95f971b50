//! From the start of the demo to its first frame, and to live figures.

use std::time::{Duration, Instant};

use crate::common::Terminal;
use crate::{millis, quantile};

const RUNS: usize = 15;
/// The end of a frame.
const FRAME: &[u8] = b"\x1b[?2026l";

pub(crate) fn run() {
    println!("bars: first frame 30 ms, live figures 2 s");
    let (mut first, mut live) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let home = tempfile::tempdir().expect("a scratch folder");
        let started = Instant::now();
        let mut terminal = Terminal::start_in(home.path(), &["demo"], 120, 36, &[]);
        first.push(until(started, || {
            terminal.raw().windows(FRAME.len()).any(|w| w == FRAME)
        }));
        live.push(until(started, || {
            let text = terminal.text();
            text.lines()
                .any(|line| line.contains("Astravets") && line.contains("H/s"))
                && text.contains(" Hz")
                && !text.contains("-.---")
        }));
        terminal.keys("q");
        terminal.ended();
    }
    for (name, mut spans) in [("first frame", first), ("live figures", live)] {
        spans.sort_unstable();
        println!(
            "{name}: median {}, worst of {RUNS} {}",
            millis(quantile(&spans, 0.5)),
            millis(quantile(&spans, 1.0))
        );
    }
}

fn until(started: Instant, reached: impl Fn() -> bool) -> Duration {
    while !reached() {
        assert!(started.elapsed() < crate::common::DEADLINE, "never");
        std::thread::sleep(Duration::from_micros(300));
    }
    started.elapsed()
}
