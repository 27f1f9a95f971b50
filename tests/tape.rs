//! Recordings: every message goes there and back, and what is played gives the frames that were seen.

#![allow(missing_docs, reason = "a test has no public face")]

mod nation;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use baseload::app::history::Opened;
use baseload::app::journal::{Recorded as Rows, Unrecorded};
use baseload::app::key::{Code, Key};
use baseload::app::tape::{End, Tape};
use baseload::app::{Msg, Size, State, update};
use baseload::domain::handover::{Mark, Sealed, Signed, Statement};
use baseload::domain::history::{Answer, Bucket, Grain, Integral, Series};
use baseload::domain::ids::{FeedId, GatewayId, OrderId};
use baseload::domain::journal::{Entry, Fact, Figure, Head as Row, Seen};
use baseload::domain::link::{FeedEvent, Going, Topic};
use baseload::domain::order::PlanHash;
use baseload::domain::quality::Quality;
use baseload::domain::time::Timestamp;
use baseload::runtime::tape::{Asked, Deck, Event, Head, Recorded, Recording};
use baseload::ui::look::{Glyphs, Look};
use baseload::ui::theme::{DEFAULT, Tier, built_in};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

const SIZE: (u16, u16) = (120, 36);

fn look() -> Look {
    Look::new(
        built_in(DEFAULT).expect("the default theme loads"),
        Tier::True,
        Glyphs::Unicode,
    )
}

fn size() -> Size {
    Size::of(SIZE.0, SIZE.1)
}

/// What a console of the made-up nation heard, keys and answers among it: the state before, then the messages.
fn incident() -> (State, Vec<Msg>) {
    drop(nation::heard());
    let mut state = nation::told(size());
    nation::press(&mut state, "3\u{1b}17\u{1b}1cx\u{1b}?\u{1b}");
    nation::grid_lost(&mut state);
    nation::press(&mut state, "2j\n4");
    nation::update(&mut state, Msg::Resize(Size::of(100, 30)));
    nation::press(&mut state, "1");
    nation::update(&mut state, Msg::Resize(size()));
    (nation::silent(size()), nation::heard())
}

fn line(t: u64, event: &Event<'_>) -> String {
    serde_json::to_string(&serde_json::json!({ "t": t, "event": event })).expect("is written")
}

fn msg(msg: &Msg) -> Event<'_> {
    Event::Msg(Cow::Borrowed(msg))
}

/// The lines of a recording, one message each 10 ms.
fn lines(state: &State, msgs: &[Msg]) -> Vec<String> {
    let head = serde_json::to_string(&Head::of(state, &look())).expect("is written");
    let told = (1..).zip(msgs).map(|(n, m)| line(n * 10, &msg(m)));
    let end = line(10 * (msgs.len() as u64 + 1), &Event::End(End::Closed));
    std::iter::once(head).chain(told).chain([end]).collect()
}

fn packed(lines: &[String]) -> Vec<u8> {
    let mut text = lines.join("\n");
    text.push('\n');
    zstd::stream::encode_all(text.as_bytes(), 1).expect("packs")
}

/// A file with these lines, in frames of so many.
fn file_of(folder: &Path, lines: &[String], a_frame: usize) -> PathBuf {
    let file = folder.join("incident.rec");
    let frames = lines.chunks(a_frame).flat_map(packed);
    fs::write(&file, frames.collect::<Vec<u8>>()).expect("writes");
    file
}

fn frame(state: &State, look: &Look) -> Buffer {
    let area = Rect::new(0, 0, state.size.columns, state.size.rows);
    let mut buffer = Buffer::empty(area);
    baseload::ui::paint(state, look, &mut buffer);
    buffer
}

fn deck(file: &Path) -> Deck {
    let recorded = Recorded::open(file).expect("is a recording");
    let worn = recorded.head.dress(look());
    Deck::new(recorded, worn, false, 1.0).expect("can be played")
}

fn settle(deck: &mut Deck) {
    while deck.is_seeking() {
        deck.pass(Duration::ZERO);
    }
}

/// The text that a viewer sees.
fn seen(deck: &mut Deck, (columns, rows): (u16, u16)) -> String {
    deck.resized(Size::of(columns, rows));
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("in memory");
    terminal.draw(|frame| deck.draw(frame)).expect("draws");
    terminal.backend().to_string()
}

fn is_tick(msg: &Msg) -> bool {
    matches!(msg, Msg::Tick(_))
}

#[test]
fn an_incident_gives_the_frames_that_were_seen_each_time() {
    let (mut live, msgs) = incident();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = file_of(scratch.path(), &lines(&live, &msgs), 500);
    let look = look();
    let mut frames = Vec::new();
    // A frame after each message of the last minute, keys and orders among them, and now and then before.
    let last_ones = msgs.len() - 400;
    for (n, msg) in msgs.iter().enumerate() {
        drop(update(&mut live, msg.clone()));
        if !is_tick(msg) {
            let taken = n >= last_ones || n % 97 == 0;
            frames.push(taken.then(|| frame(&live, &look)));
        }
    }
    assert!(frames.iter().flatten().count() > 300);
    let mut marked: Vec<Vec<String>> = Vec::new();
    for _ in 0..2 {
        let mut deck = deck(&file);
        let mut shown = Vec::new();
        for (n, wanted) in frames.iter().enumerate() {
            deck.step();
            settle(&mut deck);
            if let Some(wanted) = wanted {
                let played = crate::frame(deck.state(), deck.look());
                assert_eq!(&played, wanted, "message {n}");
                shown.push(seen(&mut deck, SIZE));
            }
        }
        assert!(
            shown
                .iter()
                .all(|s| s.contains("REPLAY") && s.contains("SIMULATED"))
        );
        marked.push(shown);
    }
    assert_eq!(marked[0], marked[1]);
}

#[test]
fn going_back_gives_what_going_there_gave() {
    let (live, msgs) = incident();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    // Many frames: states are kept, and kept further apart.
    let file = file_of(scratch.path(), &lines(&live, &msgs), 60);
    let mut deck = deck(&file);
    let length = 10 * msgs.len() as u64;
    let places = [length / 5, length / 2, length - 700, length];
    let mut there = Vec::new();
    for place in places {
        deck.seek(Duration::from_millis(place));
        settle(&mut deck);
        there.push((deck.place(), frame(deck.state(), deck.look())));
    }
    for (place, there) in places.iter().zip(&there).rev() {
        deck.seek(Duration::from_millis(*place));
        settle(&mut deck);
        assert_eq!(deck.place(), there.0);
        assert_eq!(frame(deck.state(), deck.look()), there.1, "at {place}");
    }
    // One forward, one back.
    deck.step();
    settle(&mut deck);
    let one = frame(deck.state(), deck.look());
    deck.step();
    settle(&mut deck);
    deck.back();
    settle(&mut deck);
    assert_eq!(frame(deck.state(), deck.look()), one);
    for _ in 0..30 {
        deck.back();
        settle(&mut deck);
    }
    deck.seek(Duration::ZERO);
    settle(&mut deck);
    assert_eq!(deck.place(), 0);
    deck.back();
    settle(&mut deck);
    assert_eq!(deck.place(), 0);
}

#[test]
fn it_plays_at_its_speed_and_stops_at_its_end() {
    let (live, msgs) = incident();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = file_of(scratch.path(), &lines(&live, &msgs), 500);
    let mut deck = deck(&file);
    deck.pass(Duration::from_secs(1));
    assert_eq!(deck.place(), 100);
    deck.key(Key::char('+'));
    deck.pass(Duration::from_secs(1));
    assert_eq!(deck.place(), 300, "twice as fast");
    deck.key(Key::char(' '));
    deck.pass(Duration::from_secs(1));
    assert_eq!((deck.place(), deck.wait()), (300, None), "paused");
    deck.key(Key::plain(Code::Right));
    settle(&mut deck);
    assert_eq!(deck.place(), 1_300);
    deck.key(Key::plain(Code::Left));
    settle(&mut deck);
    assert_eq!(deck.place(), 300);
    deck.key(Key::plain(Code::End));
    settle(&mut deck);
    assert_eq!(deck.place(), msgs.len() as u64);
    let screen = seen(&mut deck, SIZE);
    assert!(
        screen.contains("the recording ends here: the console was closed"),
        "{screen}"
    );
    assert_eq!(deck.wait(), None);
}

#[test]
fn no_key_orders_or_changes_anything() {
    let (live, msgs) = incident();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = file_of(scratch.path(), &lines(&live, &msgs), 500);
    let mut deck = deck(&file);
    deck.seek(Duration::from_millis(10 * msgs.len() as u64));
    settle(&mut deck);
    deck.key(Key::char(' '));
    let before = format!("{:?}", deck.state());
    for turn in 0..2 {
        for key in "crCR!tuToHnmMazxpe".chars() {
            deck.key(Key::char(key));
            let screen = seen(&mut deck, SIZE);
            let screen_of_its_own = turn == 1 && "mMazxp".contains(key);
            assert!(
                screen.contains("a replay: nothing can be ordered")
                    || screen_of_its_own
                    || "mMazxpe".contains(key),
                "{key}: {screen}"
            );
            assert_eq!(deck.key(Key::plain(Code::Enter)), Asked::Nothing);
        }
        assert_eq!(format!("{:?}", deck.state()), before, "nothing has changed");
        deck.key(Key::plain(Code::Tab));
    }
}

#[test]
fn a_viewer_looks_around_by_himself() {
    let (live, msgs) = incident();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = file_of(scratch.path(), &lines(&live, &msgs), 500);
    let mut deck = deck(&file);
    deck.seek(Duration::from_millis(10 * msgs.len() as u64));
    settle(&mut deck);
    let operator = seen(&mut deck, SIZE);
    assert!(operator.contains("SITE"), "{operator}");
    deck.key(Key::char('3'));
    assert!(seen(&mut deck, SIZE).contains("Tab to look around"));
    deck.key(Key::plain(Code::Tab));
    deck.key(Key::char('3'));
    let own = seen(&mut deck, SIZE);
    assert!(
        own.contains("GENERATION") && own.contains("own view") && own.contains("REPLAY"),
        "{own}"
    );
    deck.key(Key::char('1'));
    for key in "/luk".chars() {
        deck.key(Key::char(key));
    }
    deck.key(Key::plain(Code::Enter));
    let own = seen(&mut deck, SIZE);
    assert!(own.contains("Lukoml") && !own.contains("Mazyr"), "{own}");
    // Another place in time: still the viewer's view.
    deck.key(Key::char('<'));
    settle(&mut deck);
    assert!(!seen(&mut deck, SIZE).contains("Mazyr"));
    deck.key(Key::plain(Code::Tab));
    assert!(
        seen(&mut deck, SIZE).contains("Mazyr"),
        "the operator had no filter"
    );
    for size in [(1, 1), (40, 12), (80, 24), (200, 60), (119, 36)] {
        drop(seen(&mut deck, size));
    }
}

#[test]
fn a_cut_file_plays_up_to_its_last_whole_line() {
    let (live, msgs) = incident();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = file_of(scratch.path(), &lines(&live, &msgs), 500);
    let whole = fs::read(&file).expect("reads");
    let mut played = BTreeSet::new();
    for part in 1..20 {
        let cut = whole.len() * part / 20;
        fs::write(&file, &whole[..cut]).expect("writes");
        let Ok(recorded) = Recorded::open(&file) else {
            // Not even the head is whole.
            assert!(part < 8, "{part}");
            continue;
        };
        assert_eq!(recorded.end, End::Cut);
        let lines = recorded.lines;
        let mut deck = Deck::new(recorded, look(), false, 1.0).expect("can be played");
        deck.seek(Duration::from_hours(1));
        settle(&mut deck);
        assert_eq!(deck.place(), lines);
        let screen = seen(&mut deck, SIZE);
        assert!(screen.contains("the recording breaks off here"), "{screen}");
        played.insert(lines);
    }
    assert!(played.len() > 5, "{played:?}");
}

#[test]
fn what_is_no_recording_gets_one_sentence() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (live, msgs) = incident();
    let good = lines(&live, &msgs[..20]);
    let refused = |lines: &[String]| {
        let file = file_of(scratch.path(), lines, 500);
        Recorded::open(&file).expect_err("is refused").to_string()
    };
    let with = |at: usize, line: &str| {
        let mut lines = good.clone();
        line.clone_into(&mut lines[at]);
        lines
    };
    for (lines, part) in [
        (with(7, "{\"t\":70,"), "line 8 can't be read"),
        (with(7, "garbage"), "line 8 can't be read"),
        (
            with(7, "{\"t\":70,\"event\":1,\"more\":2}"),
            "line 8 can't be read",
        ),
        (
            with(7, "{\"t\":1,\"event\":{}}"),
            "line 8 has a time that can't be",
        ),
        (with(7, &good[21]), "line 8 has"),
        (with(0, "{\"a\":1}"), "this is no recording"),
        (
            with(0, "{\"baseload_recording\":2,\"program\":\"9.1\"}"),
            "made by baseload 9.1 in format 2, and this one plays format 1",
        ),
        (
            with(0, "{\"baseload_recording\":1}"),
            "line 1 can't be read",
        ),
    ] {
        let lines = if part == "line 8 has" {
            // After the line that closes it.
            let mut lines = good.clone();
            lines.push(line(999, &msg(&msgs[0])));
            let said = refused(&lines);
            assert!(
                said.contains("line 23 stands after the line that closes it"),
                "{said}"
            );
            continue;
        } else {
            lines
        };
        let said = refused(&lines);
        assert!(said.contains(part), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
    let file = scratch.path().join("noise");
    fs::write(&file, b"this is a letter, not a recording").expect("writes");
    let said = Recorded::open(&file).expect_err("is refused").to_string();
    assert!(said.contains("this is no recording"), "{said}");
    let said = Recorded::open(scratch.path())
        .expect_err("is refused")
        .to_string();
    assert!(said.contains("this is no recording"), "{said}");
    // A bit of the packed lines is turned: said with its line.
    let file = file_of(scratch.path(), &good, 5);
    let mut bytes = fs::read(&file).expect("reads");
    let at = bytes.len() - 40;
    bytes[at] ^= 0xff;
    fs::write(&file, &bytes).expect("writes");
    match Recorded::open(&file) {
        Err(error) => assert!(error.to_string().contains("line "), "{error}"),
        Ok(recorded) => assert_eq!(recorded.lines, 20, "it did not matter"),
    }
}

#[test]
fn a_made_up_file_is_held_to_what_a_console_writes() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (live, msgs) = incident();
    let good = lines(&live, &msgs[..20]);
    let refused = |at: usize, line: &str| {
        let mut lines = good.clone();
        line.clone_into(&mut lines[at]);
        let file = file_of(scratch.path(), &lines, 500);
        let said = Recorded::open(&file).expect_err("is refused").to_string();
        assert!(said.len() < 600, "{} bytes", said.len());
        assert!(!said.chars().any(char::is_control), "{said:?}");
        said
    };
    // What a parser repeats reaches no terminal as it is, and no page of it.
    let said = refused(7, "{\"t\":70,\"\\u001b]52;c;aGk=\\u0007\":0,\"event\":{}}");
    assert!(
        said.contains("line 8 can't be read (unknown field `?]52"),
        "{said}"
    );
    let long = "x".repeat(1 << 20);
    refused(7, &format!("{{\"t\":70,\"{long}\":0,\"event\":{{}}}}"));
    refused(0, &format!("{{\"baseload_recording\":1,\"{long}\":0}}"));
    // A head that no console has.
    let head = |field: &str, value: serde_json::Value| {
        let mut head: serde_json::Value = serde_json::from_str(&good[0]).expect("is JSON");
        *head.pointer_mut(field).expect("is there") = value;
        refused(0, &head.to_string())
    };
    let said = head("/handover/shifts", serde_json::json!([480, 1_500]));
    assert!(
        said.contains("line 1 begins a shift at minute 1500 of a day of 1440"),
        "{said}"
    );
    let said = head("/feeds", vec!["feed"; 513].into());
    assert!(
        said.contains("line 1 names 513 feeds where 512 are allowed"),
        "{said}"
    );
    head("/handover/takers", vec!["boris"; 257].into());
    head("/keys", serde_json::json!(vec![("top", ["t"]); 1_000]));
    head("/keys", serde_json::json!([["top", vec!["t"; 33]]]));
    head("/emergency_step", serde_json::json!(0));
    let said = head("/desk/operator", "o".repeat(4_097).into());
    assert!(
        said.contains("line 1 holds a text of 4097 bytes where 4096 are allowed"),
        "{said}"
    );
    head("/program", "o".repeat(2 << 20).into());
    // A name that no wire lets through.
    let update = msgs
        .iter()
        .find(|m| name(m) == "snapshot")
        .expect("there is one");
    let update = line(70, &msg(update));
    let name = "\"name\":\"";
    let at = update.find(name).expect("a name") + name.len();
    let said = refused(
        7,
        &format!("{}{}{}", &update[..at], "n".repeat(1_025), &update[at..]),
    );
    assert!(said.contains("line 8 holds a text of"), "{said}");
}

#[test]
fn a_small_file_that_unpacks_without_end_is_refused() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (live, msgs) = incident();
    let good = lines(&live, &msgs[..2]);
    let empty = format!("{{\"t\":0,\"event\":{}0}}", " ".repeat(16 << 20));
    let mut bytes = packed(&good[..1]);
    let heavy = packed(std::slice::from_ref(&empty));
    for _ in 0..30 {
        bytes.extend_from_slice(&heavy);
    }
    let file = scratch.path().join("bomb.rec");
    fs::write(&file, &bytes).expect("writes");
    let mut told = Vec::new();
    let said = Recorded::open_telling(&file, &mut |percent| told.push(percent))
        .expect_err("is refused")
        .to_string();
    assert!(said.contains("MiB that a file of its size holds"), "{said}");
    assert!(
        told.len() > 5 && told.is_sorted() && told.iter().all(|p| *p <= 100),
        "{told:?}"
    );
}

#[test]
fn a_terminal_of_no_size_is_played() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (live, mut msgs) = incident();
    msgs.truncate(20);
    for (columns, rows) in [(0, 0), (0, 9), (9, 0), (u16::MAX, u16::MAX)] {
        msgs[10] = Msg::Resize(Size { columns, rows });
        let file = file_of(scratch.path(), &lines(&live, &msgs), 500);
        let mut deck = deck(&file);
        deck.seek(Duration::from_hours(1));
        settle(&mut deck);
        drop(seen(&mut deck, SIZE));
    }
}

#[test]
fn a_message_that_is_none_ends_the_playing_there() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (live, msgs) = incident();
    let mut lines = lines(&live, &msgs[..20]);
    "{\"t\":100,\"event\":{\"msg\":{\"Launch\":1}}}".clone_into(&mut lines[10]);
    let file = file_of(scratch.path(), &lines, 500);
    let mut deck = deck(&file);
    deck.seek(Duration::from_hours(1));
    settle(&mut deck);
    assert_eq!(deck.place(), 9);
    let screen = seen(&mut deck, SIZE);
    assert!(
        screen.contains("line 11 of the recording can't be read"),
        "{screen}"
    );
}

fn name(msg: &Msg) -> &'static str {
    match msg {
        Msg::Tick(_) => "tick",
        Msg::Key(_) => "key",
        Msg::Paste(_) => "paste",
        Msg::Resize(_) => "resize",
        Msg::Feed(_, event) => match event {
            FeedEvent::Link(_) => "link",
            FeedEvent::Hello(_) => "hello",
            FeedEvent::Snapshot { .. } => "snapshot",
            FeedEvent::Update { .. } => "update",
            FeedEvent::Gap(_) => "gap",
            FeedEvent::Skew { .. } => "skew",
            FeedEvent::Clock(_) => "clock",
            FeedEvent::Machines(_) => "machines",
            FeedEvent::Error { .. } => "error",
            FeedEvent::Counted { .. } => "counted",
        },
        Msg::Engine(_) => "engine",
        Msg::Mining(_) => "mining",
        Msg::MiningEvent(_) => "mining event",
        Msg::Minted(_) => "minted",
        Msg::MintedDeed(_) => "minted deed",
        Msg::MintedShed(_) => "minted shed",
        Msg::NotSent(_) => "not sent",
        Msg::JournalOpened(_) => "journal opened",
        Msg::Journalled { .. } => "journalled",
        Msg::HistoryStands(_) => "history stands",
        Msg::HistoryAnswer { .. } => "history answer",
        Msg::HistorySums { .. } => "history sums",
        Msg::HandoverSigned(_) => "handover signed",
        Msg::HandoverWritten(_) => "handover written",
        Msg::OwnClock(_) => "own clock",
        Msg::Terminate => "terminate",
    }
}

/// How many names [`name`] has.
const NAMES: usize = 30;

/// Messages that the made-up nation has no use for.
#[allow(clippy::too_many_lines, reason = "a list, one entry after the other")]
fn others() -> Vec<Msg> {
    let at = Timestamp::from_millis(-5);
    let why: Arc<str> = Arc::from("a \"reason\"\u{1b}[2J\n\u{0}ў");
    let row = Row {
        seq: u64::MAX,
        hash: [255; 32],
    };
    let mark = Mark {
        by: why.clone(),
        sealed: Some(Sealed {
            key: why.clone(),
            signature: why.clone(),
        }),
    };
    let signed = Signed {
        statement: Statement {
            desk: why.clone(),
            nation: why.clone(),
            simulated: true,
            from: at,
            until: at,
            head: row,
            leaving: why.clone(),
            taking: why.clone(),
            report: why.clone(),
        },
        hash: [7; 32],
        leaving: mark.clone(),
        taking: Mark {
            sealed: None,
            ..mark
        },
    };
    let seen = Seen {
        plan: PlanHash([9; 32]),
        figures: vec![Figure {
            name: "moved_w".into(),
            value: i64::MIN,
            quality: Quality::Stale,
        }],
        sites: vec![],
        excluded: vec![],
    };
    let entry = |fact| Entry {
        at,
        actor: why.clone(),
        fact,
    };
    let entries = vec![
        entry(Fact::Plan(Box::new(seen))),
        entry(Fact::Dead(OrderId(u128::MAX))),
        entry(Fact::Handover(Box::new(signed.clone()))),
    ];
    let answer = Answer {
        gateway: Some(GatewayId::new("g")),
        series: Series::Reserve,
        from: at,
        step: Duration::new(3, 999_999_999),
        grain: Grain::Minute,
        buckets: vec![
            None,
            Some(Bucket {
                min: i64::MIN,
                max: i64::MAX,
                mean: 0,
                last: 1,
                coverage: 0.1,
                unsure: f32::NAN,
            }),
        ],
    };
    let sums = Integral {
        sum: f64::NEG_INFINITY,
        covered: Duration::from_nanos(1),
        unsure: Duration::ZERO,
        span: Duration::from_hours(10),
    };
    let feed = |event| Msg::Feed(FeedId(u16::MAX), event);
    vec![
        Msg::Paste("words".to_owned()),
        Msg::Resize(Size::of(1, u16::MAX)),
        Msg::Key(Key {
            code: Code::F(12),
            ctrl: true,
            alt: true,
        }),
        feed(FeedEvent::Gap(Topic::Reserve)),
        feed(FeedEvent::Error {
            code: why.clone(),
            message: why.clone().into(),
            about: Some(why.clone()),
        }),
        feed(FeedEvent::Counted {
            bad_items: u64::MAX,
            bad_messages: 1,
        }),
        Msg::MintedDeed(OrderId(0)),
        Msg::NotSent(OrderId(u128::MAX)),
        Msg::JournalOpened(Err(why.clone())),
        Msg::Journalled {
            ticket: 1,
            outcome: Ok(Box::new(Rows {
                lines: vec![],
                head: row,
            })),
        },
        Msg::Journalled {
            ticket: 2,
            outcome: Err(Box::new(Unrecorded {
                why: why.clone(),
                entries,
            })),
        },
        Msg::HistoryStands(Ok(Opened {
            file: why.clone(),
            writes: true,
        })),
        Msg::HistoryStands(Err(why.clone())),
        Msg::HistoryAnswer {
            ticket: 3,
            answers: Ok(vec![answer]),
        },
        Msg::HistorySums {
            ticket: 4,
            sums: Ok(vec![sums]),
        },
        Msg::HandoverSigned(Ok(Box::new(signed))),
        Msg::HandoverWritten(Ok(why.clone())),
        Msg::HandoverWritten(Err(why)),
        feed(FeedEvent::Clock(Going::Wrong { permille: 500 })),
        Msg::OwnClock(3_600_000),
        Msg::Terminate,
    ]
}

#[test]
fn every_message_goes_there_and_back() {
    drop(nation::heard());
    drop(nation::all(size()));
    let mut msgs = nation::heard();
    msgs.extend(others());
    let mut names = BTreeSet::new();
    // Thousands of the same kind tell nothing new.
    let mut told = std::collections::BTreeMap::<&str, usize>::new();
    for told_msg in &msgs {
        let kind = name(told_msg);
        let count = told.entry(kind).or_default();
        *count += 1;
        if *count > 400 && !count.is_multiple_of(50) {
            continue;
        }
        names.insert(kind);
        let text = serde_json::to_string(told_msg).expect("is written");
        let back: Msg = serde_json::from_str(&text).expect(&text);
        assert_eq!(format!("{back:?}"), format!("{told_msg:?}"), "{text}");
    }
    assert_eq!(names.len(), NAMES, "{names:?}");
}

#[test]
fn a_head_makes_the_console_that_it_was() {
    use baseload::app::keymap::{Wish, configured};
    let wish = |name: &str, keys: &[&str]| Wish {
        name: name.to_owned(),
        keys: keys.iter().map(|k| (*k).to_owned()).collect(),
        line: 1,
    };
    let mut state = nation::silent(size());
    state.keys = configured(&[
        wish("top", &["gg", "C-t"]),
        wish("freeze", &["none"]),
        wish("curtail", &["K"]),
    ])
    .expect("are good");
    state.demo = true;
    state.overlay = baseload::app::Overlay::Tour;
    state.journal = baseload::app::journal::Journal::opening();
    state.history = baseload::app::history::History::opening();
    state.handover.settings.shifts = vec![480, 1_200];
    state.say("config not used");
    let head = Head::of(&state, &look());
    let text = serde_json::to_string(&head).expect("is written");
    let back: Head = serde_json::from_str(&text).expect("is read");
    assert_eq!(back.state().keys, state.keys);
    // A map has no order of its own.
    let (mut back, mut state) = (back.state(), state);
    (back.keys, state.keys) = Default::default();
    // What the palette searches is the language's.
    (back.palette, state.palette) = Default::default();
    assert_eq!(format!("{back:?}"), format!("{state:?}"));
}

fn wait_for_end(recording: &Recording) -> End {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(end) = recording.ended() {
            return end;
        }
        assert!(Instant::now() < until, "it never ended");
        std::thread::yield_now();
    }
}

#[test]
fn a_recording_stops_at_its_limit_and_can_be_played() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("small.rec");
    let limit = 256 * 1024;
    let mut recording = Recording::create(&file, limit).expect("begins");
    let mode = fs::metadata(&file).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (state, msgs) = incident();
    recording.begin(&Head::of(&state, &look()));
    for told in msgs
        .iter()
        .filter(|m| matches!(m, Msg::Feed(..)))
        .take(1_500)
    {
        recording.take(msg(told));
    }
    assert_eq!(wait_for_end(&recording), End::Full(limit));
    recording.take(msg(&msgs[0]));
    drop(recording);
    let bytes = fs::metadata(&file).expect("is there").len();
    assert!(bytes <= limit && bytes > limit / 2, "{bytes}");
    let recorded = Recorded::open(&file).expect("can be played");
    assert_eq!(recorded.end, End::Full(limit));
    assert!(recorded.lines > 10);
    let again = Recording::create(&file, limit).err().expect("is refused");
    assert!(again.to_string().contains("is there already"), "{again}");
    assert_eq!(fs::metadata(&file).expect("is there").len(), bytes);
}

#[test]
fn what_was_pasted_is_not_kept() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("paste.rec");
    let mut recording = Recording::create(&file, 1 << 20).expect("begins");
    recording.begin(&Head::of(&nation::silent(size()), &look()));
    recording.take(msg(&Msg::Paste("hunter2".to_owned())));
    recording.take(msg(&Msg::Key(Key::char('c'))));
    drop(recording);
    let packed = fs::read(&file).expect("reads");
    let text = zstd::stream::decode_all(&packed[..]).expect("unpacks");
    let text = String::from_utf8(text).expect("is text");
    assert!(
        text.contains("Paste") && !text.contains("hunter2"),
        "{text}"
    );
    assert!(
        text.ends_with("\"event\":{\"end\":\"closed\"}}\n"),
        "{text}"
    );
    let recorded = Recorded::open(&file).expect("can be played");
    assert_eq!((recorded.lines, recorded.end), (2, End::Closed));
}

#[test]
fn a_live_console_has_no_mark_of_a_replay() {
    let (mut state, _) = incident();
    for (tape, shown) in [(Tape::None, false), (Tape::Recording, true)] {
        state.tape = tape;
        let buffer = frame(&state, &look());
        let text: String = buffer.content.iter().map(Cell::symbol).collect();
        assert!(!text.contains("REPLAY") && !text.contains("recorded"));
        assert_eq!(text.contains("REC"), shown);
    }
}
