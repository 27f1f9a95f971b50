//! Measured series as a console meets them, from small made-up files.
#![allow(missing_docs, reason = "tests speak by their names")]

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use baseload::domain::grid::GridReading;
use baseload::domain::ids::OrderId;
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::quality::Quality;
use baseload::domain::time::Timestamp;
use baseload::domain::units::Hertz;
use baseload::gateway::Gateway;
use baseload::gateway::replay::{
    AtEnd, Replay, RowFault, RowReport, Series, load_frequency, load_load,
};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_millis(1_795_334_400_000);

fn open(name: &str) -> File {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    File::open(root.join("tests/fixtures/grid").join(name)).expect("the fixture")
}

fn frequency() -> (Series, RowReport) {
    load_frequency(open("frequency.csv")).expect("a series")
}

fn load() -> (Series, RowReport) {
    load_load(open("load.csv")).expect("a series")
}

fn reading(replay: &Replay) -> GridReading {
    match replay.snapshot(Topic::Grid).pop() {
        Some(Item::Grid(reading)) => *reading,
        other => panic!("no reading but {other:?}"),
    }
}

fn at(replay: &mut Replay, ms: i64) -> GridReading {
    replay.advance(START.shifted(ms));
    reading(replay)
}

#[test]
fn bad_rows_are_counted_and_named_and_the_rest_stands() {
    let (series, report) = frequency();
    assert_eq!(report.rows, 15);
    assert_eq!(report.values, 7);
    assert_eq!(series.len(), 7);
    assert_eq!(series.step_ms(), 10_000);
    for (fault, count) in [
        (RowFault::Columns, 1),
        (RowFault::Date, 3),
        (RowFault::Number, 2),
        (RowFault::Absurd, 1),
        (RowFault::Duplicate, 1),
        (RowFault::OutOfOrder, 2),
    ] {
        assert_eq!(report.count(fault), count, "{}", fault.words());
    }
    assert_eq!(report.lines()[0], (3, RowFault::Number));
    assert!(report.lines().contains(&(6, RowFault::Columns)));
    assert!(
        report
            .to_string()
            .starts_with("15 rows, 7 values; 1 with a wrong number of columns (line 6)")
    );
}

#[test]
fn days_of_load_lose_only_what_is_bad() {
    let (series, report) = load();
    assert_eq!(report.rows, 5);
    assert_eq!(report.count(RowFault::Absurd), 1);
    assert_eq!(report.count(RowFault::Number), 2);
    assert_eq!(report.count(RowFault::Date), 1);
    assert_eq!(report.count(RowFault::Columns), 1);
    assert_eq!(series.len(), 3 * 288 - 3);
    assert_eq!(series.span_ms(), 4 * 86_400_000);
}

#[test]
fn a_file_without_a_good_row_is_one_sentence() {
    for text in ["", "\n\n", "a,b\n", "2020-01-01 00:00:00,x\n"] {
        let error = load_frequency(text.as_bytes()).expect_err("nothing to play");
        let said = error.to_string();
        assert!(
            said.starts_with("the frequency file holds no row that can be played"),
            "{said}"
        );
        assert!(!said.contains('\n'));
    }
    assert!(load_load(&b"Year,Month,Day\n"[..]).is_err());
    let endless = std::io::repeat(b'7').take(65 << 20);
    let error = load_frequency(endless).expect_err("too large");
    assert!(error.to_string().contains("64 MiB"));
}

#[test]
fn rows_fall_due_by_the_speed_and_are_not_made_up_in_between() {
    let (frequency, load) = (frequency().0, load().0);
    let mut replay =
        Replay::new(Some(frequency), Some(load), 10.0, START).expect("something to play");
    assert!(replay.identity().simulated);
    let first = at(&mut replay, 0);
    assert_eq!(first.frequency.map(Hertz::millihertz), Some(49_996));
    assert!(first.demand.is_some_and(|d| d.watts() > 3_000_000_000));
    assert_eq!(first.mining, None);
    assert_eq!(first.surplus, None);
    let before = at(&mut replay, 999);
    assert_eq!(before.frequency, first.frequency);
    assert_eq!(before.measured_at, START);
    let second = at(&mut replay, 1_000);
    assert_eq!(second.frequency.map(Hertz::millihertz), Some(49_993));
    assert_eq!(second.measured_at, START.shifted(1_000));
    // The row of 00:00:20 was no number: the one before stands until 00:00:30.
    assert_eq!(at(&mut replay, 2_500).frequency, second.frequency);
    // Out of order, but in its place.
    assert_eq!(
        at(&mut replay, 4_000).frequency.map(Hertz::millihertz),
        Some(50_009)
    );
    // From 00:00:50 to 00:02:00 nothing was measured: after three steps the value is missing.
    assert!(at(&mut replay, 7_900).frequency.is_some());
    let hole = at(&mut replay, 8_100);
    assert_eq!((hole.frequency, hole.quality), (None, Quality::Uncertain));
    assert!(at(&mut replay, 12_000).frequency.is_some());
}

#[test]
fn a_series_begins_again_or_ends_stale() {
    let mut again = Replay::new(Some(frequency().0), None, 10.0, START).expect("a series");
    assert_eq!(again.identity().report_period, Duration::from_secs(1));
    let span = 14_000;
    assert_eq!(
        at(&mut again, span).frequency.map(Hertz::millihertz),
        Some(49_996)
    );
    let held = Replay::new(Some(frequency().0), None, 10.0, START).expect("a series");
    let mut held = held.ending(AtEnd::Hold);
    assert_eq!(at(&mut held, span - 1).quality, Quality::Good);
    let ended = at(&mut held, span + 60_000);
    assert_eq!(ended.quality, Quality::Stale);
    assert_eq!(ended.frequency.map(Hertz::millihertz), Some(50_022));
    assert!(ended.measured_at <= START.shifted(span));
}

#[test]
fn a_slow_series_is_not_stale_between_its_rows() {
    let mut replay = Replay::new(None, Some(load().0), 1.0, START).expect("a series");
    assert_eq!(replay.identity().report_period, Duration::from_mins(5));
    let late = at(&mut replay, 299_000);
    assert_eq!(late.measured_at, START);
}

#[test]
fn it_takes_no_orders_and_repeats_itself_once_a_second() {
    let mut replay = Replay::new(Some(frequency().0), None, 1.0, START).expect("a series");
    assert!(
        replay
            .request(
                Request::OrderQuery(OrderId(1)),
                baseload::gateway::LinkId(1),
                START
            )
            .is_err()
    );
    assert!(replay.snapshot(Topic::Fleet).is_empty());
    let mut said = 0;
    for ms in (0..10_000).step_by(100) {
        replay.advance(START.shifted(ms));
        said += replay.changes(Topic::Grid).len();
    }
    assert_eq!(said, 10);
    assert!(Replay::new(None, None, 1.0, START).is_err());
    assert!(Replay::new(Some(frequency().0), None, f64::NAN, START).is_err());
}

proptest! {
    #[test]
    fn no_bytes_break_the_readers(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = load_load(&bytes[..]);
        if let Ok((series, report)) = load_frequency(&bytes[..]) {
            prop_assert!(report.rows >= report.values);
            prop_assert!(series.span_ms() > 0);
        }
    }

    #[test]
    fn whatever_the_rows_a_reading_is_in_range(
        rows in proptest::collection::vec((0_u32..4_000, -4_000.0_f64..4_000.0), 1..60),
        ms in 0_i64..1_000_000_000
    ) {
        let mut text = String::new();
        for (at, deviation) in &rows {
            let (h, m, s) = (at / 3_600, at / 60 % 60, at % 60);
            writeln!(text, "2020-03-01 {h:02}:{m:02}:{s:02},{deviation}").expect("a String takes all");
        }
        if let Ok((series, report)) = load_frequency(text.as_bytes()) {
            prop_assert_eq!(report.values + report.faults() - report.count(RowFault::OutOfOrder), rows.len() as u64);
            let mut replay = Replay::new(Some(series), None, 1.0, START).expect("a series");
            let reading = at(&mut replay, ms);
            if let Some(frequency) = reading.frequency {
                prop_assert!((47_500..=52_500).contains(&frequency.millihertz()));
            }
            prop_assert!(reading.measured_at <= START.shifted(ms));
        }
    }
}
