//! What a journal keeps, refuses and notices.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::domain::ids::{BlockId, GatewayId, OrderId, SiteId};
use crate::domain::journal::{Entry, Fact, Head};
use crate::domain::order::{
    Order, OrderKind, OrderStatus, OrderTarget, Phase, PlanHash, Reason, TargetStatus,
};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::journal::status_of;

const WITHIN: Duration = Duration::from_mins(1);

fn note(text: &str) -> Entry {
    Entry {
        at: Timestamp::from_millis(1_700_000_000_000),
        actor: "op7".into(),
        fact: Fact::Note(text.into()),
    }
}

/// A journal's folder, and its scratch folder.
fn place() -> (TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    (scratch, folder)
}

fn open(folders: &[PathBuf]) -> (Writer, Result<Opened, Trouble>) {
    let (tell, told) = mpsc::channel();
    let writer = Writer::start(folders.to_vec(), 10, move |opened| {
        let _ = tell.send(opened);
    })
    .expect("a thread");
    let opened = told.recv_timeout(WITHIN).expect("it says how it went");
    (writer, opened)
}

/// A journal of so many rows, closed.
fn written(folder: &Path, rows: usize) -> Head {
    let (writer, opened) = open(&[folder.to_owned()]);
    let mut head = opened.expect("opens").head;
    for at in 0..rows {
        let receipt = writer.append_within(vec![note(&format!("row {at}"))], WITHIN);
        head = receipt.expect("is durable").head;
    }
    writer.close(WITHIN).expect("ends");
    head
}

fn texts(place: &Path) -> Result<Vec<String>, Trouble> {
    let mut all = Vec::new();
    Reader::open(place)?.each_after(0, |row| {
        all.push(row.text());
        None::<()>
    })?;
    Ok(all)
}

#[test]
fn rows_stay_over_an_end_and_a_new_start() {
    let (_scratch, folder) = place();
    let head = written(&folder, 3);
    assert_eq!(head.seq, 3);
    let (writer, opened) = open(std::slice::from_ref(&folder));
    let opened = opened.expect("opens again");
    assert_eq!((opened.head, opened.lines.len()), (head, 3));
    assert_eq!(&*opened.lines[2].what, "row 2");
    let receipt = writer
        .append_within(vec![note("a"), note("b")], WITHIN)
        .expect("is durable");
    assert_eq!(receipt.lines[0].seq, 4);
    writer.close(WITHIN).expect("ends");
    assert_eq!(verify(&folder, &[head]).expect("is sound"), receipt.head);
}

#[test]
fn folder_and_files_are_their_owners_alone() {
    let (_scratch, folder) = place();
    written(&folder, 1);
    let mode = |at: &Path| fs::metadata(at).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).expect("is readable") {
        let at = entry.expect("is readable").path();
        assert_eq!(mode(&at), 0o600, "{}", at.display());
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).expect("is ours");
    let (_writer, opened) = open(&[folder]);
    let why = opened.expect_err("is refused").to_string();
    assert!(why.contains("chmod 700"), "{why}");
}

#[test]
fn rows_are_neither_changed_nor_taken_out_nor_put_between() {
    let (_scratch, folder) = place();
    written(&folder, 3);
    let other = Connection::open(file_in(&folder)).expect("is a database");
    for sql in [
        "UPDATE entry SET body = '{}' WHERE seq = 2",
        "DELETE FROM entry WHERE seq = 3",
        "INSERT OR REPLACE INTO entry SELECT 2, at_ms, actor, kind, prev, '{}', sha256, signature FROM entry WHERE seq = 2",
        "INSERT INTO entry SELECT 9, at_ms, actor, kind, prev, body, sha256, signature FROM entry WHERE seq = 3",
        "INSERT INTO entry SELECT 4, at_ms, actor, kind, prev, body, sha256, signature FROM entry WHERE seq = 3",
    ] {
        let refused = other.execute(sql, []).expect_err("is refused").to_string();
        assert!(refused.contains("a journal"), "{refused}");
    }
    verify(&folder, &[]).expect("is sound");
}

#[test]
fn what_was_forged_past_the_guards_is_named() {
    let (_scratch, folder) = place();
    let head = written(&folder, 5);
    let forge = |sql: &str| {
        let copy = tempfile::tempdir().expect("a scratch folder");
        for entry in fs::read_dir(&folder).expect("is readable") {
            let at = entry.expect("is readable").path();
            fs::copy(&at, copy.path().join(at.file_name().expect("a name"))).expect("copies");
        }
        let other = Connection::open(file_in(copy.path())).expect("is a database");
        let triggers = "DROP TRIGGER entry_update; DROP TRIGGER entry_delete;";
        other
            .execute_batch(&format!("{triggers}{sql}"))
            .expect("is done");
        drop(other);
        let told = verify(copy.path(), &[head]).expect_err("is noticed");
        let (_writer, opened) = open(&[copy.path().to_owned()]);
        opened.expect_err("is refused");
        told.to_string()
    };
    let told = forge("UPDATE entry SET actor = 'op8' WHERE seq = 3");
    assert!(told.contains("row 3"), "{told}");
    let told = forge("DELETE FROM entry WHERE seq = 2");
    assert!(told.contains("row 3: row 2 is missing"), "{told}");
    let told = forge("DELETE FROM entry WHERE seq > 3");
    assert!(told.contains("row 4") && told.contains("gone"), "{told}");
    let told = forge("");
    assert!(told.contains("triggers"), "{told}");
}

#[test]
fn a_head_noted_elsewhere_must_be_in_it() {
    let (_scratch, folder) = place();
    let head = written(&folder, 2);
    let shown = shown_head(head);
    assert_eq!(parse_head(&shown), Ok(head));
    let later = Head { seq: 9, ..head };
    verify(&folder, &[later]).expect_err("is cut off");
    let other = Head {
        hash: [7; 32],
        ..head
    };
    verify(&folder, &[other]).expect_err("is another journal");
    assert!(parse_head("7").is_err() && parse_head("7:zz").is_err());
}

#[test]
fn one_writer_at_a_time_and_the_next_folder_for_the_next_one() {
    let (scratch, folder) = place();
    let (first, opened) = open(std::slice::from_ref(&folder));
    opened.expect("opens");
    let (_second, refused) = open(std::slice::from_ref(&folder));
    let why = refused.expect_err("is locked").to_string();
    assert!(why.contains(&std::process::id().to_string()), "{why}");
    let next = scratch.path().join("journal-2");
    let (_third, opened) = open(&[folder.clone(), next.clone()]);
    assert_eq!(opened.expect("opens beside it").file, file_in(&next));
    // Readers are welcome beside the writer.
    first
        .append_within(vec![note("x")], WITHIN)
        .expect("goes on");
    assert_eq!(texts(&folder).expect("is readable").len(), 1);
}

#[test]
fn a_folder_that_was_freed_is_taken_at_the_next_append() {
    let (_scratch, folder) = place();
    let (first, opened) = open(std::slice::from_ref(&folder));
    opened.expect("opens");
    let (second, refused) = open(std::slice::from_ref(&folder));
    refused.expect_err("is locked");
    first.close(WITHIN).expect("ends");
    let until = std::time::Instant::now() + WITHIN;
    while let Err(trouble) = second.append_within(vec![note("mine now")], WITHIN) {
        assert!(std::time::Instant::now() < until, "{trouble}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_is_no_journal_of_ours_is_refused_with_its_name() {
    let (_scratch, folder) = place();
    written(&folder, 1);
    let told = |folder: &Path| {
        let (_writer, opened) = open(&[folder.to_owned()]);
        opened.expect_err("is refused").to_string()
    };
    let other = Connection::open(file_in(&folder)).expect("is a database");
    other
        .pragma_update(None, "user_version", 9)
        .expect("is set");
    drop(other);
    let why = told(&folder);
    assert!(why.contains("later baseload (schema 9"), "{why}");
    let (_scratch, folder) = place();
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("is ours");
    fs::write(
        file_in(&folder),
        "a shopping list, longer than a header of 100 bytes: ".repeat(9),
    )
    .expect("is written");
    assert!(told(&folder).contains("is not a journal"));
    let other = Connection::open(folder.join("other.db")).expect("a database");
    other.execute_batch("CREATE TABLE t (x)").expect("is made");
    drop(other);
    fs::rename(folder.join("other.db"), file_in(&folder)).expect("moves");
    assert!(told(&folder).contains("is not a journal"));
    let gone = Reader::open(Path::new("/nonexistent")).expect_err("is not there");
    assert!(gone.to_string().contains("there is no journal yet"));
}

#[test]
fn a_flipped_byte_is_noticed_or_changes_nothing() {
    let (_scratch, folder) = place();
    let head = written(&folder, 240);
    let sound = texts(&folder).expect("is readable");
    let bytes = fs::read(file_in(&folder)).expect("is there");
    assert!(bytes.len() > 8 * 4_096, "several pages");
    let (_other, copy) = place();
    fs::create_dir(&copy).expect("a folder");
    let mut noticed = 0;
    for page in 0..bytes.len() / 4_096 {
        for offset in [0, 3, 5, 7, 12, 28, 60, 97, 1_000, 2_222, 3_700, 4_095] {
            let mut bytes = bytes.clone();
            bytes[page * 4_096 + offset] ^= 0x41;
            fs::write(file_in(&copy), bytes).expect("is written");
            match verify(&copy, &[head]) {
                Err(_) => noticed += 1,
                Ok(found) => {
                    assert_eq!(found, head);
                    assert!(
                        texts(&copy) == Ok(sound.clone()),
                        "page {page}, byte {offset}"
                    );
                }
            }
        }
    }
    assert!(noticed > 40, "{noticed}");
}

#[test]
fn exports_hold_what_is_hashed() {
    use sha2::{Digest, Sha256};
    let (_scratch, folder) = place();
    let (writer, opened) = open(std::slice::from_ref(&folder));
    opened.expect("opens");
    let mut entry = note("with \"quotes\", a comma\nand a line");
    entry.actor = "=cmd()".into();
    writer
        .append_within(vec![entry], WITHIN)
        .expect("is durable");
    let reader = Reader::open(&folder).expect("is readable");
    let mut lines = Vec::new();
    let count = export(&reader, Form::JsonLines, &mut lines).expect("is written");
    assert_eq!(count, Ok(1));
    let mut row: serde_json::Value = serde_json::from_slice(&lines).expect("is JSON");
    let hash = row.as_object_mut().and_then(|r| r.remove("sha256"));
    let again = Sha256::digest(crate::journal::canonical::canonical(&row));
    assert_eq!(hash, Some(hex(&again).into()));
    let mut table = Vec::new();
    export(&reader, Form::Csv, &mut table)
        .expect("is written")
        .expect("is read");
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(&*table)
        .into_records()
        .collect::<Result<_, _>>()
        .expect("is CSV");
    assert_eq!(&rows[0][2], "'=cmd()", "no formula");
    assert!(rows[0][5].contains("a comma\\nand"));
}

fn any_reason() -> impl Strategy<Value = Reason> {
    let span = || (0u64..1 << 40).prop_map(Duration::from_millis);
    let word = || "[ -~]{0,12}".prop_map(Into::into);
    prop_oneof![
        span().prop_map(|age| Reason::StaleTelemetry { age }),
        span().prop_map(|left| Reason::MinimumOff { left }),
        span().prop_map(|left| Reason::MinimumOn { left }),
        span().prop_map(|notice| Reason::Notice { notice }),
        word().prop_map(|owner| Reason::Tagged { owner }),
        word().prop_map(|holder| Reason::Authority { holder }),
        any::<u32>().prop_map(|limit| Reason::StartsPerHour { limit }),
        any::<Option<i32>>().prop_map(|at| Reason::MustRun {
            until: at.map(|at| Timestamp::from_millis(at.into())),
        }),
        (Just("x_code".into()), word()).prop_map(|(code, text)| Reason::Stated {
            code,
            text: text.into()
        }),
        Just(Reason::BadTelemetry),
        Just(Reason::LinkDown),
        Just(Reason::LocalMode),
        Just(Reason::OrderPending),
        Just(Reason::OldEpoch),
        Just(Reason::OldSequence),
        Just(Reason::CallsExhausted),
        Just(Reason::NotAnswering),
        Just(Reason::AlreadyThere),
        Just(Reason::Expired),
        Just(Reason::Unknown),
        Just(Reason::BadTarget),
        Just(Reason::SeenTwice),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn an_answer_comes_back_as_it_was(
        id in any::<u128>(),
        detail in ".{0,30}",
        reasons in prop::collection::vec(any_reason(), 0..4),
        delivered in prop::option::of(-1_000_000_000_000i64..1_000_000_000_000),
    ) {
        let status = OrderStatus {
            id: OrderId(id),
            phase: Phase::Executing,
            at: Timestamp::from_millis(5),
            detail: detail.into(),
            targets: vec![TargetStatus {
                site: SiteId::new("s\u{1b}[2J"),
                block: BlockId::new("b"),
                phase: Phase::Failed,
                reasons,
                delivered: delivered.map(Power::from_watts),
                measured_at: Some(Timestamp::from_millis(4)),
            }],
            issued: None,
        };
        let fact = Fact::Answer(Box::new(status.clone()));
        let row = Row {
            seq: 1,
            at: status.at,
            actor: "g".into(),
            kind: fact.kind().into(),
            prev: [0; 32],
            body: crate::journal::body::text(&fact),
            hash: [0; 32],
            signature: None,
        };
        prop_assert_eq!(status_of(&row), Some((status, None)));
    }
}

fn intent(emergency: bool) -> Order {
    let at = Timestamp::from_millis(1_700_000_000_000);
    Order {
        id: OrderId(9),
        plan: PlanHash([7; 32]),
        nation: "Belarus".into(),
        gateway: GatewayId::new("g"),
        kind: OrderKind::Curtail,
        targets: vec![OrderTarget {
            site: SiteId::new("s"),
            block: BlockId::new("1"),
            target: Power::ZERO,
            epoch: 1,
            site_seq: 8,
            after: Duration::ZERO,
        }],
        substitutes: Vec::new(),
        extra_max: Power::ZERO,
        reason: "emergency".into(),
        issued_by: "op7".into(),
        countersigned_by: None,
        issued_at: at,
        expires_at: at,
        lease: Duration::ZERO,
        emergency,
        signature: None,
        countersignature: None,
        desk: None,
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    }
}

#[test]
fn the_emergency_orders_of_the_last_rows_are_told_when_it_opens() {
    let (_scratch, folder) = place();
    let (writer, _) = open(std::slice::from_ref(&folder));
    let wanted = Power::from_megawatts(3);
    let left = |emergency| Entry {
        fact: Fact::Intent {
            order: Box::new(intent(emergency)),
            wanted,
        },
        ..note("")
    };
    writer
        .append_within(vec![left(false), left(true)], WITHIN)
        .expect("is durable");
    writer.close(WITHIN).expect("ends");
    let opened = open(std::slice::from_ref(&folder)).1.expect("opens again");
    assert_eq!(opened.left, [(note("").at, intent(true), wanted)]);
}
