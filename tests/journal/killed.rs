//! Killed at any point: what was reported durable is there, the chain is sound, nothing stands twice.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use baseload::domain::journal::Head;
use baseload::journal::audit::{Reader, file_in, parse_head, verify};

use crate::child::{WITHIN, command, note, said, start, writer};

/// How often it is killed: few by default, as many as `BASELOAD_KILLS` says.
fn kills() -> u64 {
    std::env::var("BASELOAD_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(6)
}

fn heads(folder: &Path) -> Vec<Head> {
    let mut heads = Vec::new();
    let reader = Reader::open(folder).expect("is readable");
    reader
        .each_after(0, |row| {
            heads.push(row.head());
            None::<()>
        })
        .expect("is readable");
    heads
}

#[test]
fn what_was_reported_is_there_after_a_kill_at_any_point() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut reported: Vec<Head> = Vec::new();
    for kill in 0..kills() {
        if kill % 50 == 49 {
            // Each look walks the whole chain: many kills are many chains.
            complete(&folder, &reported);
            fs::remove_dir_all(&folder).expect("is ours");
            reported.clear();
        }
        let (mut child, mut out) = start(command(&folder));
        let first = said(&mut out).expect("it appends");
        let pause = Duration::from_micros(rand::random_range(0..60_000));
        let killer = thread::spawn(move || {
            thread::sleep(pause);
            let _ = child.kill();
            let _ = child.wait();
        });
        let mut line = Some(first);
        while let Some(text) = line {
            let head = text.strip_prefix("row ").expect("no error");
            reported.push(parse_head(head).expect("a head"));
            line = said(&mut out);
        }
        killer.join().expect("it is dead");
        let end = verify(&folder, &reported).expect("is sound, with all that was reported");
        assert!(end.seq >= reported.last().map_or(0, |head| head.seq));
    }
    complete(&folder, &reported);
}

/// Each number once, and all that was reported.
fn complete(folder: &Path, reported: &[Head]) {
    let all = heads(folder);
    assert!(all.iter().zip(1..).all(|(head, seq)| head.seq == seq));
    let stands =
        |head: &&Head| all.get(usize::try_from(head.seq - 1).expect("fits")) == Some(*head);
    assert_eq!(reported.iter().filter(stands).count(), reported.len());
}

#[test]
fn a_log_that_was_cut_off_is_noticed() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    // Killed, not closed: its last rows stand in the log.
    let (mut child, mut out) = start(command(&folder));
    for _ in 0..10 {
        said(&mut out).expect("it appends");
    }
    child.kill().expect("is killed");
    child.wait().expect("is dead");
    let log = file_in(&folder).with_extension("db-wal");
    let bytes = fs::read(&log).expect("there is a log");
    fs::write(&log, &bytes[..bytes.len() / 2]).expect("is cut");
    let told = verify(&folder, &[]).expect_err("is noticed").to_string();
    assert!(told.contains("gone"), "{told}");
    let told = writer(&folder).expect_err("is refused");
    assert!(told.contains("gone"), "{told}");
}

#[test]
fn a_writer_that_dies_leaves_no_lock() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut child, mut out) = start(command(&folder));
    said(&mut out).expect("it appends");
    let held = writer(&folder).expect_err("another writes it");
    assert!(held.contains(&format!("({})", child.id())), "{held}");
    child.kill().expect("is killed");
    child.wait().expect("is dead");
    let writer = writer(&folder).expect("is free");
    writer
        .append_within(vec![note("mine")], WITHIN)
        .expect("goes on");
}
