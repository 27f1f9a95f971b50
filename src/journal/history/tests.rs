//! The whole of it, on real files.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;

use super::{Keep, Place, Reader, Standing, Store, Trouble, Writer};
use crate::domain::history::{Answer, Ask, Grain, Sample, Series, SiteFigure};
use crate::domain::ids::{GatewayId, SiteId};
use crate::domain::time::Timestamp;

/// A second that begins ten minutes, six hours and two days.
const T0: i64 = 1_700_006_400;
const WITHIN: Duration = Duration::from_mins(1);

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis((T0 + second) * 1_000)
}

fn power() -> Series {
    Series::Nation(SiteFigure::Power)
}

fn sample(value: i64) -> Sample {
    Sample {
        gateway: None,
        series: power(),
        value,
        unsure: false,
    }
}

fn store(at: &Path) -> Store {
    Store::open(&Place::File(at.to_owned()))
        .expect("opens")
        .expect("nobody else writes")
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("nation/history.db");
    (scratch, file)
}

fn ask(from: i64, to: i64, points: u16) -> Ask {
    Ask {
        gateway: None,
        series: power(),
        from: at(from),
        to: at(to),
        points,
    }
}

fn one(answers: Result<Vec<Answer>, Trouble>) -> Answer {
    answers.expect("is answered").remove(0)
}

/// A value of second `s`: a multiple of 1 kW, so that it comes back as it was.
fn value(s: i64) -> i64 {
    500_000_000 + (s % 97) * 1_000
}

/// So many seconds, packed as they pass.
fn filled(store: &mut Store, seconds: std::ops::Range<i64>) {
    for s in seconds {
        store.take(at(s), &[sample(value(s))]).expect("is taken");
        store.pack(at(s), 100).expect("is packed");
    }
}

#[test]
fn the_same_is_answered_at_every_grain_before_and_after_packing() {
    let (_scratch, file) = scratch();
    let mut store = store(&file);
    // An hour, and five minutes that are not packed.
    filled(&mut store, 0..3_900);
    let raw = one(store.answer(&[ask(3_300, 3_900, 600)]));
    assert_eq!((raw.grain, raw.buckets.len()), (Grain::Second, 600));
    for (s, bucket) in (3_300..).zip(&raw.buckets) {
        let bucket = bucket.expect("is known");
        assert_eq!(
            (bucket.min, bucket.last, bucket.coverage),
            (value(s), value(s), 1.0)
        );
    }
    for (points, grain, parts) in [(65, Grain::Minute, 65), (4, Grain::Quarter, 3)] {
        let answer = one(store.answer(&[ask(0, 3_900, points)]));
        assert_eq!((answer.grain, answer.buckets.len()), (grain, parts));
        let step = i64::try_from(answer.step.as_secs()).expect("fits");
        for (i, bucket) in (0..).zip(&answer.buckets) {
            let bucket = bucket.expect("is known");
            let mine: Vec<i64> = (i * step..((i + 1) * step).min(3_900)).map(value).collect();
            assert_eq!(Some(bucket.min), mine.iter().min().copied());
            assert_eq!(Some(bucket.max), mine.iter().max().copied());
            assert_eq!(Some(bucket.last), mine.last().copied());
            let mean = mine.iter().sum::<i64>() as f64 / mine.len() as f64;
            assert!(
                (bucket.mean as f64 - mean).abs() <= 1_000.0,
                "{bucket:?} {mean}"
            );
            let coverage = mine.len() as f32 / step as f32;
            assert!((bucket.coverage - coverage).abs() < 1e-6);
        }
    }
    // Another process sees the same.
    let reader = Reader::open(&file).expect("is readable");
    for points in [4, 65, 780, 3_900] {
        let question = [ask(0, 3_900, points)];
        assert_eq!(reader.answer(&question), store.answer(&question));
    }
}

#[test]
fn gaps_stay_gaps_and_the_integral_guesses_nothing() {
    let (_scratch, file) = scratch();
    let mut store = store(&file);
    for s in (0..1_000).chain(2_000..3_000) {
        let sample = Sample {
            unsure: s < 500,
            ..sample(36_000_000)
        };
        store.take(at(s), &[sample]).expect("is taken");
        store.pack(at(s), 100).expect("is packed");
    }
    let answer = one(store.answer(&[ask(0, 3_000, 300)]));
    assert_eq!(answer.buckets.iter().filter(|b| b.is_some()).count(), 200);
    assert!(answer.buckets[100..200].iter().all(Option::is_none));
    let sum = store
        .integral(&power(), at(30), at(2_530))
        .expect("is answered");
    assert_eq!(sum.covered.as_secs(), 970 + 530);
    assert_eq!(sum.unsure, Duration::from_secs(470));
    assert_eq!(sum.span, Duration::from_secs(2_500));
    assert!((sum.energy().wh() - 36e6 * 1_500.0 / 3_600.0).abs() < 1e-3);
    assert!((sum.coverage() - 0.6).abs() < 1e-9);
    // Within one minute, within one chunk, and nothing at all.
    let sum = store
        .integral(&power(), at(10), at(20))
        .expect("is answered");
    assert_eq!(sum.covered, Duration::from_secs(10));
    let sum = store
        .integral(&power(), at(20), at(10))
        .expect("is answered");
    assert_eq!((sum.span, sum.coverage()), (Duration::ZERO, 0.0));
}

#[test]
fn what_was_taken_is_there_after_an_end_without_farewell() {
    let (_scratch, file) = scratch();
    let mut first = store(&file);
    filled(&mut first, 0..700);
    // As after a kill: the head alone has the last 100 s, and the file was not closed.
    let copy = file.with_file_name("copy.db");
    for suffix in ["", "-wal"] {
        let with = |p: &Path| PathBuf::from(format!("{}{suffix}", p.display()));
        std::fs::copy(with(&file), with(&copy)).expect("is copied");
    }
    let mut again = store(&copy);
    let question = [ask(0, 700, 700)];
    assert_eq!(again.answer(&question), first.answer(&question));
    filled(&mut again, 700..1_300);
    let answer = one(again.answer(&[ask(0, 1_300, 1_300)]));
    assert!(answer.buckets.iter().all(Option::is_some));
}

#[test]
fn a_clock_set_back_loses_and_doubles_nothing() {
    let (_scratch, file) = scratch();
    let mut store = store(&file);
    filled(&mut store, 0..1_300);
    filled(&mut store, 300..2_000);
    let answer = one(store.answer(&[ask(0, 1_800, 30)]));
    for bucket in &answer.buckets {
        assert_eq!(bucket.map(|b| b.coverage), Some(1.0));
    }
    let sum = store
        .integral(&power(), at(0), at(2_000))
        .expect("is answered");
    assert_eq!(sum.covered, Duration::from_secs(2_000));
    // Times that no clock should show.
    for wild in [i64::MIN, -1, 0, i64::MAX] {
        store
            .take(Timestamp::from_millis(wild), &[sample(1)])
            .expect("is borne");
    }
    let wild = Ask {
        from: Timestamp::from_millis(i64::MIN),
        to: Timestamp::from_millis(i64::MAX),
        ..ask(0, 0, u16::MAX)
    };
    let answer = one(store.answer(&[wild]));
    assert!(answer.buckets.len() <= 4_097);
    assert!(answer.buckets.iter().any(Option::is_some));
}

#[test]
fn the_oldest_go_and_the_rollups_stay() {
    let (_scratch, file) = scratch();
    let mut store = store(&file);
    filled(&mut store, 0..1_200);
    let later = 40 * 86_400;
    filled(&mut store, later..later + 1_200);
    let keep = Keep::default();
    let mut rounds = 0;
    while store.let_go(&keep, at(later + 1_200)).expect("goes") > 0 {
        rounds += 1;
        assert!(rounds < 10, "it comes to an end");
    }
    let raw = |store: &Store, from| {
        let answer = one(store.answer(&[ask(from, from + 600, 600)]));
        answer.buckets.iter().flatten().count()
    };
    assert_eq!((raw(&store, 0), raw(&store, later)), (0, 600));
    let minutes = one(store.answer(&[ask(0, 1_200, 20)]));
    assert_eq!(minutes.buckets.iter().flatten().count(), 20, "minutes stay");
    // A file that is too large loses its seconds first, whatever their age.
    let small = Keep {
        max_bytes: 1,
        ..keep
    };
    while store.let_go(&small, at(later + 1_200)).expect("goes") > 0 {}
    assert_eq!(raw(&store, later), 0);
}

#[test]
fn a_rollup_that_is_broken_or_gone_is_made_again() {
    let (_scratch, file) = scratch();
    let mut first = store(&file);
    filled(&mut first, 0..1_800);
    drop(first);
    let by_hand = Connection::open(&file).expect("opens");
    by_hand
        .execute("UPDATE minute SET body = x'0102030405'", [])
        .expect("is broken");
    drop(by_hand);
    let mut second = store(&file);
    filled(&mut second, 1_800..2_500);
    let question = [ask(0, 2_400, 40)];
    let whole = |store: &Store| {
        one(store.answer(&question))
            .buckets
            .iter()
            .flatten()
            .count()
    };
    assert_eq!(whole(&second), 40);
    drop(second);
    let by_hand = Connection::open(&file).expect("opens");
    by_hand.execute("DELETE FROM minute", []).expect("is gone");
    drop(by_hand);
    assert_eq!(whole(&store(&file)), 40);
}

#[test]
fn a_chunk_that_is_broken_is_a_gap_and_nothing_worse() {
    let (_scratch, file) = scratch();
    let mut store = store(&file);
    filled(&mut store, 0..1_801);
    store
        .connection
        .execute(
            "UPDATE chunk SET body = x'00ff' WHERE id = (SELECT min(id) FROM chunk)",
            [],
        )
        .expect("is broken");
    let answer = one(store.answer(&[ask(0, 1_800, 1_800)]));
    assert_eq!(answer.buckets.iter().flatten().count(), 1_200);
}

fn told(file: &Path) -> String {
    Store::open(&Place::File(file.to_owned()))
        .expect_err("is refused")
        .to_string()
}

#[test]
fn each_trouble_is_one_sentence_with_its_mend() {
    let (_scratch, file) = scratch();
    drop(store(&file));
    let by_hand = Connection::open(&file).expect("opens");
    by_hand
        .pragma_update(None, "user_version", 9)
        .expect("is set");
    drop(by_hand);
    assert!(told(&file).contains("written by a later baseload (schema 9, this one knows 2)"));
    std::fs::write(&file, "not a database at all, whatever its name says").expect("is written");
    for beside in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{beside}", file.display()));
    }
    assert!(told(&file).contains("no history of baseload"));
    std::fs::remove_file(&file).expect("is ours");
    let other = Connection::open(&file).expect("opens");
    other.execute_batch("CREATE TABLE x (y)").expect("is made");
    drop(other);
    assert!(told(&file).contains("no history of baseload"));
    let under_a_file = file.join("history.db");
    assert!(told(&under_a_file).contains("history is off"));
    assert!(matches!(
        Reader::open(&file.with_extension("no")),
        Err(Trouble::Missing { .. })
    ));
}

#[test]
fn a_full_disk_is_said_once_and_it_goes_on_by_itself() {
    let (_scratch, file) = scratch();
    let mut store = store(&file);
    filled(&mut store, 0..10);
    // SQLite says the same where the disk is full.
    let pages: i64 = store
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("is said");
    let set = |store: &Store, most: i64| {
        store
            .connection
            .query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
            .expect("is set");
    };
    set(&store, pages);
    let full = (10..5_000).find_map(|s| store.take(at(s), &[sample(value(s))]).err());
    let full = full.expect("is full at last");
    assert!(matches!(full, Trouble::DiskFull { .. }), "{full}");
    assert!(
        one(store.answer(&[ask(0, 10, 10)]))
            .buckets
            .iter()
            .all(Option::is_some)
    );
    set(&store, 1 << 20);
    filled(&mut store, 5_000..5_010);
}

#[test]
fn a_second_console_reads_what_the_first_one_writes_and_takes_over_from_it() {
    let (_scratch, file) = scratch();
    let start = |file: &Path| {
        let (tell, news) = mpsc::channel();
        let place = Place::File(file.to_owned());
        let writer = Writer::start(place, Keep::default(), move |s| drop(tell.send(s)));
        (writer.expect("starts"), news)
    };
    let (first, news) = start(&file);
    let standing = news.recv_timeout(WITHIN).expect("is told");
    assert_eq!(standing, Ok(Standing::Writes(file.clone())));
    for s in 0..30 {
        first
            .take(at(s), vec![sample(value(s))])
            .expect("is handed over");
    }
    let answer = |writer: &Writer| {
        let (tell, told) = mpsc::channel();
        writer.ask(vec![ask(0, 30, 30)], move |a| drop(tell.send(a)));
        one(told.recv_timeout(WITHIN).expect("is told"))
    };
    let wanted = answer(&first);
    assert!(wanted.buckets.iter().all(Option::is_some));
    let (second, news) = start(&file);
    let standing = news.recv_timeout(WITHIN).expect("is told");
    assert_eq!(standing, Ok(Standing::Reads(file.clone())));
    assert_eq!(answer(&second), wanted);
    first.close(WITHIN).expect("ends");
    let deadline = std::time::Instant::now() + WITHIN;
    let mut taken_over = None;
    while taken_over.is_none() && std::time::Instant::now() < deadline {
        let _ = second.take(at(40), vec![sample(1_000_000)]);
        taken_over = news.recv_timeout(Duration::from_millis(100)).ok();
    }
    assert_eq!(taken_over, Some(Ok(Standing::Writes(file))));
    let (tell, told) = mpsc::channel();
    second.integral(power(), at(0), at(30), move |sum| drop(tell.send(sum)));
    let sum = told
        .recv_timeout(WITHIN)
        .expect("is told")
        .expect("is known");
    assert_eq!(sum.covered, Duration::from_secs(30));
}

#[test]
fn in_memory_nothing_touches_the_disk() {
    let mut store = Store::open(&Place::Memory)
        .expect("opens")
        .expect("is ours");
    filled(&mut store, 0..700);
    let answer = one(store.answer(&[ask(0, 700, 700)]));
    assert!(answer.buckets.iter().all(Option::is_some));
}

fn of_site(gateway: Option<&str>) -> (Option<GatewayId>, Series) {
    let site = Series::Site(SiteId::new("lukoml"), SiteFigure::Power);
    (gateway.map(GatewayId::new), site)
}

fn told_by(gateway: Option<&str>, value: i64) -> Sample {
    let (gateway, series) = of_site(gateway);
    Sample {
        gateway,
        series,
        ..sample(value)
    }
}

fn lasts(answers: Result<Vec<Answer>, Trouble>) -> Vec<Vec<Option<i64>>> {
    let answers = answers.expect("are answered").into_iter();
    let of = |answer: Answer| answer.buckets.iter().map(|b| b.map(|b| b.last)).collect();
    answers.map(of).collect()
}

fn of_gateways(names: &[Option<&str>], until: i64) -> Vec<Ask> {
    let of = |name: Option<&str>| {
        let (gateway, series) = of_site(name);
        Ask {
            gateway,
            series,
            ..ask(0, until, until as u16)
        }
    };
    names.iter().copied().map(of).collect()
}

#[test]
fn two_gateways_with_a_site_of_one_name_are_kept_apart() {
    let (_scratch, file) = scratch();
    let asks = of_gateways(&[Some("a"), Some("b"), Some("c")], 2);
    let wanted = vec![
        vec![Some(10_000), Some(11_000)],
        vec![Some(20_000), None],
        vec![None, None],
    ];
    let mut first = store(&file);
    let both = [told_by(Some("a"), 10_000), told_by(Some("b"), 20_000)];
    first.take(at(0), &both).expect("is taken");
    first
        .take(at(1), &[told_by(Some("a"), 11_000)])
        .expect("is taken");
    assert_eq!(lasts(first.answer(&asks)), wanted);
    drop(first);
    assert_eq!(lasts(store(&file).answer(&asks)), wanted, "opened anew");
    let reader = Reader::open(&file).expect("opens");
    assert_eq!(lasts(reader.answer(&asks)), wanted, "as another process");
}

/// A file as the first version left it: one site and the nation, each second of two.
fn of_the_first_version(file: &Path) {
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("is made");
    let old = Connection::open(file).expect("is made");
    old.execute_batch(
        "CREATE TABLE series (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)) STRICT;\
         CREATE TABLE head (seq INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, body BLOB NOT NULL) STRICT;\
         CREATE TABLE chunk (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;\
         CREATE TABLE minute (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;\
         CREATE TABLE quarter (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;\
         INSERT INTO series VALUES (1, 'site.power_w', 'lukoml'), (2, 'nation.power_w', '');\
         PRAGMA application_id = 0x626c6869; PRAGMA user_version = 1;",
    )
    .expect("is made");
    for second in 0..2 {
        let body = super::head::encode(&[(1, 700 + second, false), (2, 900 + second, false)]);
        old.execute(
            "INSERT INTO head (at_s, body) VALUES (?1, ?2)",
            (T0 + second, body),
        )
        .expect("is put in");
    }
}

#[test]
fn a_file_of_before_is_taken_over_by_the_first_gateway() {
    let (_scratch, file) = scratch();
    of_the_first_version(&file);
    // An older console still writes it: this one reads.
    let reader = Reader::open(&file).expect("opens");
    let before = vec![Some(700), Some(701)];
    let asked = reader.answer(&of_gateways(&[Some("a"), Some("b")], 2));
    assert_eq!(lasts(asked), vec![before.clone(), before.clone()]);
    drop(reader);
    let mut store = store(&file);
    let nation = ask(0, 2, 2);
    let of_nation = vec![vec![Some(900), Some(901)]];
    assert_eq!(
        lasts(store.answer(std::slice::from_ref(&nation))),
        of_nation
    );
    store
        .take(at(2), &[told_by(Some("a"), 702)])
        .expect("is taken");
    store
        .take(at(3), &[told_by(Some("b"), 1_000), sample(903)])
        .expect("is taken");
    let asks = of_gateways(&[Some("a"), Some("b")], 4);
    let wanted = vec![
        vec![Some(700), Some(701), Some(702), None],
        vec![None, None, None, Some(1_000)],
    ];
    assert_eq!(lasts(store.answer(&asks)), wanted, "the first has the past");
    while store.pack(at(700), 100).expect("is packed") > 0 {}
    assert_eq!(lasts(store.answer(&asks)), wanted, "packed");
    drop(store);
    let again = self::store(&file);
    assert_eq!(lasts(again.answer(&asks)), wanted, "opened anew");
    let nation = Ask {
        to: at(4),
        points: 4,
        ..nation
    };
    let of_nation = vec![vec![Some(900), Some(901), None, Some(903)]];
    assert_eq!(lasts(again.answer(&[nation])), of_nation, "one nation");
}
