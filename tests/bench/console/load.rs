//! The console on a nation of 1,000 sites with 10 blocks each at 1 Hz: CPU and memory of the console alone.

use std::time::{Duration, Instant};

use crate::common::{Server, Terminal};
use crate::process;

const SETTLE: Duration = Duration::from_secs(10);
const MEASURED: Duration = Duration::from_secs(40);

pub(crate) fn run() {
    println!("bars: 15 % of one core, 100 MB");
    let server = Server::start(
        &["simulator", "--sites", "1000", "--blocks", "10"],
        "127.0.0.1:0",
    );
    let urls: Vec<String> = ["fleet", "grid", "reserve"]
        .iter()
        .map(|path| format!("ws://{}/{path}", server.at))
        .collect();
    let mut args = vec!["console"];
    for url in &urls {
        args.extend(["--feed", url]);
    }
    let mut terminal = Terminal::start(&args, 120, 36);
    let pid = terminal.child.process_id().expect("it runs");
    terminal.wait("all sites", |s| s.contains("of 1 000 "));
    std::thread::sleep(SETTLE);
    let (from, before, bytes) = (Instant::now(), process::cpu(pid), terminal.raw_len());
    std::thread::sleep(MEASURED);
    let (took, used) = (from.elapsed(), process::cpu(pid).saturating_sub(before));
    println!(
        "{:.1} % of one core over {:.0} s, {:.0} MiB at most (now {:.0} MiB), {:.0} bytes/s to the terminal",
        100.0 * used.as_secs_f64() / took.as_secs_f64(),
        took.as_secs_f64(),
        process::mebibytes(pid, "VmHWM"),
        process::mebibytes(pid, "VmRSS"),
        (terminal.raw_len() - bytes) as f64 / took.as_secs_f64()
    );
    println!(
        "{}",
        terminal
            .text()
            .lines()
            .take(3)
            .collect::<Vec<_>>()
            .join("\n")
    );
    terminal.keys("q");
    terminal.ended();
}
