//! What `/proc` says of a process and its machine.

use std::fs;
use std::time::Duration;

/// CPU time of a process so far, user and system.
pub(crate) fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse::<u64>().ok())
        .sum();
    // Linux counts in hundredths of a second wherever `USER_HZ` is looked at.
    Duration::from_millis(ticks * 10)
}

/// A line of `/proc/PID/status` in MiB.
pub(crate) fn mebibytes(pid: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(f64::NAN, |kib| kib / 1_024.0)
}

/// Are all hashing threads of a process asleep? None where it has none.
pub(crate) fn hashers_sleep(pid: u32) -> Option<bool> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let mut found = None;
    for task in tasks.flatten() {
        let Ok(stat) = fs::read_to_string(task.path().join("stat")) else {
            continue;
        };
        if stat.contains("(baseload-hash") {
            let sleeps = stat
                .rsplit_once(") ")
                .is_some_and(|(_, rest)| rest.starts_with('S'));
            found = Some(found.unwrap_or(true) && sleeps);
        }
    }
    found
}

/// Processor time of all hashing threads of a process so far.
pub(crate) fn hashers_cpu(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let nanos = tasks.flatten().filter_map(|task| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let spent = fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanos: u64 = spent.split(' ').next()?.parse().ok()?;
        name.starts_with("baseload-hash").then_some(nanos)
    });
    Duration::from_nanos(nanos.sum())
}

/// Load average and cores.
pub(crate) fn busy() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let one = load.split_whitespace().next().unwrap_or("?");
    format!("load {one} on {cores} cores")
}
