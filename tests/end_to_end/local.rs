//! This machine's engine as the site `local`: what is ordered really stops the threads, and starts them again.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{DEADLINE, Terminal};
use crate::desk::{execute, plan};

/// Clock ticks that the hashing threads of a process have run, and how many threads those are.
fn hashing(pid: u32) -> (u64, usize) {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    let mut sum = (0, 0);
    for task in tasks.flatten() {
        let Ok(stat) = fs::read_to_string(task.path().join("stat")) else {
            continue;
        };
        let Some((head, rest)) = stat.rsplit_once(')') else {
            continue;
        };
        if !head.contains("(baseload-hash") {
            continue;
        }
        let fields: Vec<u64> = rest
            .split_whitespace()
            .map(|field| field.parse().unwrap_or(0))
            .collect();
        // utime and stime, the 14th and 15th field of the line.
        sum.0 += fields[11] + fields[12];
        sum.1 += 1;
    }
    sum
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The threads have run nothing for a while: looked at over a whole second of samples.
fn is_at_rest(pid: u32) -> bool {
    let before = hashing(pid).0;
    (0..50).all(|_| {
        thread::sleep(Duration::from_millis(20));
        hashing(pid).0 == before
    })
}

fn cursor_on_local(terminal: &mut Terminal) {
    terminal.keys("1");
    terminal.wait_for("this machine");
    terminal.keys("G");
    terminal.wait("the cursor on the last row", |s| {
        s.lines()
            .any(|l| l.contains("this machine") && l.contains('>'))
    });
}

#[test]
fn curtailing_local_stops_the_hashing_threads_and_restoring_starts_them() {
    let mut terminal = Terminal::start(&["demo"], 120, 36);
    terminal.wait_for("this machine");
    let pid = terminal.child.process_id().expect("it runs");
    until("threads that hash", || {
        let (ticks, threads) = hashing(pid);
        threads > 0 && ticks > 0
    });
    cursor_on_local(&mut terminal);
    plan(&mut terminal, "c", "off");
    assert_eq!(execute(&mut terminal), "SHED LOCAL");
    until("the threads at rest", || is_at_rest(pid));
    terminal.keys("6");
    terminal.wait_for("paused");
    terminal.keys("4");
    terminal.wait("the end of the order", |s| {
        s.contains("0 under way, 1 in all") && s.contains("delivered")
    });
    cursor_on_local(&mut terminal);
    plan(&mut terminal, "r", "all");
    assert_eq!(execute(&mut terminal), "RESTORE LOCAL");
    let before = hashing(pid).0;
    until("the threads at work again", || hashing(pid).0 > before + 10);
    terminal.keys("6");
    terminal.wait("a running engine", |s| !s.contains("paused"));
}
