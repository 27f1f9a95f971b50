//! A desk at rest: 50 sites at 1 Hz, nobody types. What the console costs then, and what it sends to the terminal.

use std::time::{Duration, Instant};

use crate::common::{Server, Terminal};
use crate::process;

const SETTLE: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(30);

pub(crate) fn run() {
    println!("bars: 0.5 % of one core, 4,096 bytes/s at 120x36");
    let server = Server::start(&["simulator", "--sites", "50"], "127.0.0.1:0");
    let feed = format!("ws://{}/", server.at);
    let mut terminal = Terminal::start(&["console", "--feed", &feed], 120, 36);
    let pid = terminal.child.process_id().expect("it runs");
    terminal.wait("all sites", |s| s.contains("of 50 "));
    for (key, screen) in (1..).zip([
        "Nation", "Site", "Grid", "Curtail", "Reserve", "Engine", "Alarms", "Journal",
    ]) {
        terminal.keys(&format!("{key}"));
        std::thread::sleep(SETTLE);
        let (from, before, bytes) = (Instant::now(), process::cpu(pid), terminal.raw_len());
        std::thread::sleep(MEASURED);
        let (took, used) = (from.elapsed(), process::cpu(pid).saturating_sub(before));
        println!(
            "{screen}: {:.2} % of one core, {:.0} bytes/s, {:.1} MiB",
            100.0 * used.as_secs_f64() / took.as_secs_f64(),
            (terminal.raw_len() - bytes) as f64 / took.as_secs_f64(),
            process::mebibytes(pid, "VmRSS"),
        );
    }
    terminal.keys("1q");
    terminal.ended();
}
