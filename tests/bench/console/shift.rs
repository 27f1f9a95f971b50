//! Eight simulated hours of the demo, its time sixty times as fast: is memory flat after the first minutes?

use std::time::{Duration, Instant};

use crate::common::Terminal;
use crate::process;

const SPEED: u32 = 60;
const SHIFT: Duration = Duration::from_hours(8);
/// Looked at so often, in the demo's time.
const EVERY: Duration = Duration::from_mins(30);

pub(crate) fn run() {
    println!("bar: within 2 MiB of where it stands after the first half hour");
    let speed = SPEED.to_string();
    let args = ["demo", "--speed", &speed, "--threads", "1"];
    let mut terminal = Terminal::start(&args, 120, 36);
    let pid = terminal.child.process_id().expect("it runs");
    terminal.wait("the nation", |s| s.contains("Astravets"));
    let began = Instant::now();
    let mut settled = None;
    let mut passed = Duration::ZERO;
    while passed < SHIFT {
        passed += EVERY;
        // Each screen has its turn.
        let screen = 1 + (passed.as_secs() / EVERY.as_secs()) % 8;
        terminal.keys(&format!("{screen}"));
        std::thread::sleep((passed / SPEED).saturating_sub(began.elapsed()));
        let now = process::mebibytes(pid, "VmRSS");
        let first = *settled.get_or_insert(now);
        println!(
            "{:.1} h: {now:.1} MiB, {:+.1}",
            passed.as_secs_f64() / 3_600.0,
            now - first
        );
    }
    terminal.keys("1q");
    terminal.ended();
}
