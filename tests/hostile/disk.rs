//! A gateway whose journal can't be written, can't be read or is another's: it sheds in an emergency, does nothing
//! else, and says so on every screen.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use baseload::journal::audit::{Reader, verify};
use serde_json::{Value, json};

use crate::attacker::Link;
use crate::common::{DEADLINE, Server, Terminal, binary};

/// Blocks of a site that may be ordered, as the gateway tells them.
struct Fleet(Value);

impl Fleet {
    fn of(link: &mut Link) -> Self {
        link.subscribe(&["fleet", "order", "alarm"]);
        let whole = |m: &Value| m["type"] == "snapshot" && m["topic"] == "fleet";
        let mut all = link.wait("the fleet", whole)["body"].clone();
        while all["blocks"].as_array().is_none_or(Vec::is_empty) {
            all = link.wait("the fleet", whole)["body"].clone();
        }
        Self(all)
    }

    fn site(&self, id: &str) -> &Value {
        let sites = self.0["sites"].as_array().expect("sites");
        sites
            .iter()
            .find(|site| site["id"] == id)
            .expect("such a site")
    }

    fn block(&self, site: &str, block: &str) -> &Value {
        let mut blocks = self.0["blocks"].as_array().expect("blocks").iter();
        blocks
            .find(|b| b["site"] == site && b["id"] == block)
            .expect("such a block")
    }

    /// Blocks of Lukoml that anything may be done with.
    fn free(&self) -> Vec<&Value> {
        let blocks = self.0["blocks"].as_array().expect("blocks").iter();
        blocks
            .filter(|b| {
                let zero = |name: &str| b[name].as_i64().unwrap_or(0) == 0;
                b["site"] == "lukoml"
                    && b["power_source"] == "meter"
                    && b["state"] == "hashing"
                    && zero("must_run_w")
                    && zero("min_on_s")
                    && b["tags"].as_array().is_none_or(Vec::is_empty)
            })
            .collect()
    }

    /// An order for one of them; `seq` counts the orders of a test.
    fn order(&self, at: usize, (id, seq): (&str, u64), kind: &str, emergency: bool) -> Value {
        let block = self.free()[at];
        let site = self.site("lukoml");
        let target = match kind {
            "restore" => &block["nameplate_w"],
            _ => &block["floor_w"],
        };
        let now = jiff::Timestamp::now();
        let later = now + jiff::SignedDuration::from_mins(4);
        let mut order = json!({
            "type": "order", "id": id, "plan": "00".repeat(32), "nation": "Belarus",
            "gateway": "simulator", "kind": kind,
            "targets": [{"site": "lukoml", "block": block["id"], "target_w": target,
                "epoch": site["authority"]["epoch"], "site_seq": site["site_seq"].as_u64().expect("a number") + seq}],
            "substitutes": [], "extra_w_max": 0, "reason": "test", "issued_by": "op7",
            "issued_at": format!("{now:.3}"), "expires_at": format!("{later:.3}"), "lease_s": 0,
        });
        if emergency {
            order["emergency"] = true.into();
        }
        order
    }
}

/// An id that differs in its last characters.
fn id(number: u64) -> String {
    format!("01KF0Q7HZK3M5N7P9R1S3T{number:04}")
}

fn simulator(journal: &Path) -> Server {
    let journal = journal.display().to_string();
    Server::start(&["simulator", "--journal", &journal], "127.0.0.1:0")
}

/// No file of this process may grow any more, or all may again: what a full disk does, and one with room.
pub(crate) fn full(server: &Server, full: bool) {
    let limit = if full {
        "0:unlimited"
    } else {
        "unlimited:unlimited"
    };
    let done = Command::new("prlimit")
        .args([
            "--pid",
            &server.pid().to_string(),
            &format!("--fsize={limit}"),
        ])
        .status();
    assert!(done.expect("prlimit runs").success());
}

fn kinds(journal: &Path, id: &str) -> Vec<String> {
    let mut found = Vec::new();
    let reader = Reader::open(journal).expect("is readable");
    let all = reader.each_after(0, |row| {
        if row.body.contains(id) {
            found.push(row.kind);
        }
        None::<()>
    });
    all.expect("is readable");
    found
}

/// Waits for the alarm of the gateway's journal, standing or over.
fn alarm(server: &Server, part: &str, over: bool) -> Value {
    let mut link = Link::open(&server.at, "/");
    link.subscribe(&["alarm"]);
    let told = |a: &&Value| {
        let text = a["text"].as_str().unwrap_or_default();
        text.contains(part) && a["cleared"].is_string() == over
    };
    let all = |m: &Value| {
        m["items"]
            .as_array()
            .or(m["body"]["alarms"].as_array())
            .cloned()
    };
    let message = link.wait(part, |m| {
        all(m).is_some_and(|items| items.iter().any(|a| told(&a)))
    });
    let items = all(&message).unwrap_or_default();
    items.iter().find(told).expect("it was there").clone()
}

fn is_refused(answer: &Value) -> bool {
    answer["type"] == "error" && answer["code"] == "journal"
}

#[test]
fn a_full_disk_bars_everything_but_an_emergency_whose_record_follows() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let journal = scratch.path().join("journal");
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    let fleet = Fleet::of(&mut link);
    full(&server, true);
    let answer = link.ask(&fleet.order(0, (&id(1), 1), "curtail", false), &id(1));
    assert!(is_refused(&answer), "{answer}");
    let answer = link.ask(&fleet.order(0, (&id(2), 2), "curtail", true), &id(2));
    assert_eq!(answer["type"], "order_status", "{answer}");
    let detail = answer["detail"].as_str().expect("a detail");
    assert!(detail.contains("unjournaled"), "{answer}");
    let told = alarm(&server, "the gateway's journal can't be written", false);
    assert_eq!(told["priority"], 1, "{told}");
    let query = json!({"type": "order_query", "id": id(2)});
    let until = Instant::now() + DEADLINE;
    while link.ask(&query, &id(2))["phase"] != "delivered" {
        assert!(Instant::now() < until, "it is not delivered");
    }
    let block = fleet.free()[1]["id"].clone();
    for (n, act) in [
        fleet.order(0, (&id(3), 3), "restore", false),
        fleet.order(1, (&id(4), 4), "curtail", false),
        json!({"type": "tag_set", "id": id(5), "site": "lukoml", "block": block, "kind": "maintenance",
            "epoch": 0, "by": "op7", "reason": "fan", "at": format!("{:.3}", jiff::Timestamp::now())}),
        json!({"type": "authority_request", "id": id(6), "site": "lukoml", "epoch": 0, "by": "op7",
            "reason": "shift", "at": format!("{:.3}", jiff::Timestamp::now())}),
        json!({"type": "order_query", "id": id(7)}),
    ]
    .into_iter()
    .zip(3..)
    .map(|(act, n)| (n, act))
    {
        let answer = link.ask(&act, &id(n));
        assert!(is_refused(&answer), "{act}: {answer}");
    }
    assert_eq!(kinds(&journal, &id(2)), [""; 0]);
    full(&server, false);
    alarm(&server, "the gateway's journal can't be written", true);
    let written = kinds(&journal, &id(2));
    assert_eq!(written[0], "order", "{written:?}");
    assert!(written.contains(&"answer".to_owned()), "{written:?}");
    assert_eq!(
        kinds(&journal, &id(4)),
        [""; 0],
        "what was refused is not there"
    );
    let answer = link.ask(&fleet.order(1, (&id(8), 8), "curtail", false), &id(8));
    assert_eq!(answer["type"], "order_status", "{answer}");
    server.kill();
    verify(&journal, &[]).expect("is sound");
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    let answer = link.ask(&json!({"type": "order_query", "id": id(2)}), &id(2));
    assert_eq!(
        answer["phase"], "delivered",
        "it is known after a restart: {answer}"
    );
}

#[test]
fn a_second_gateway_on_one_journal_sheds_only_and_takes_the_past_up_when_it_is_free() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let journal = scratch.path().join("journal");
    let first = simulator(&journal);
    let mut link = Link::open(&first.at, "/");
    let fleet = Fleet::of(&mut link);
    let run = link.ask(&fleet.order(0, (&id(1), 1), "curtail", false), &id(1));
    assert_eq!(run["type"], "order_status", "{run}");
    let tagged = fleet.free()[2]["id"].as_str().expect("an id").to_owned();
    link.send(
        &json!({"type": "tag_set", "id": id(2), "site": "lukoml", "block": tagged, "kind": "maintenance",
            "epoch": 0, "by": "op7", "reason": "people in the hall", "at": format!("{:.3}", jiff::Timestamp::now())}),
    );
    let hung = |m: &Value| m.to_string().contains("people in the hall");
    link.wait("the tag", hung);

    let second = simulator(&journal);
    let mut other = Link::open(&second.at, "/");
    let theirs = Fleet::of(&mut other);
    let told = alarm(&second, "the gateway's journal can't be read", false);
    assert_eq!(told["priority"], 1, "{told}");
    assert!(
        told["text"].to_string().contains("another process"),
        "{told}"
    );
    for (n, act) in [
        (3, theirs.order(3, (&id(3), 1), "restore", false)),
        (4, theirs.order(3, (&id(4), 1), "curtail", false)),
        (1, json!({"type": "order_query", "id": id(1)})),
    ] {
        let answer = other.ask(&act, &id(n));
        assert!(is_refused(&answer), "{act}: {answer}");
    }
    let answer = other.ask(&theirs.order(4, (&id(5), 1), "curtail", true), &id(5));
    assert_eq!(answer["type"], "order_status", "{answer}");
    assert_eq!(answer["phase"], "executing", "{answer}");

    first.kill();
    alarm(&second, "the gateway's journal can't be read", true);
    let answer = other.ask(&json!({"type": "order_query", "id": id(1)}), &id(1));
    assert_eq!(answer["type"], "order_status", "{answer}");
    assert_ne!(
        answer["phase"], "not_seen",
        "the past is known again: {answer}"
    );
    let mut third = Link::open(&second.at, "/");
    let now = Fleet::of(&mut third);
    let tags = now.block("lukoml", &tagged)["tags"].to_string();
    assert!(tags.contains("people in the hall"), "{tags}");
    assert_eq!(
        kinds(&journal, &id(5))[0],
        "order",
        "what was owed is written"
    );
    verify(&journal, &[]).expect("is sound");
}

#[test]
fn a_broken_journal_is_on_every_screen_and_bars_no_emergency() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let journal = scratch.path().join("journal");
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    let fleet = Fleet::of(&mut link);
    link.ask(&fleet.order(0, (&id(1), 1), "curtail", false), &id(1));
    server.kill();
    // A byte of what was recorded changes.
    for file in ["audit.db", "audit.db-wal"] {
        let file = journal.join(file);
        let mut bytes = fs::read(&file).unwrap_or_default();
        while let Some(at) = bytes.windows(7).position(|w| w == b"curtail") {
            bytes[at] = b'x';
        }
        fs::write(&file, bytes).expect("is written");
    }
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    let fleet = Fleet::of(&mut link);
    alarm(&server, "the gateway's journal can't be read", false);
    let answer = link.ask(&fleet.order(1, (&id(2), 1), "restore", false), &id(2));
    assert!(is_refused(&answer), "{answer}");
    let answer = link.ask(&fleet.order(1, (&id(3), 1), "curtail", true), &id(3));
    assert_eq!(answer["phase"], "executing", "{answer}");
    let home = scratch.path().join("home");
    fs::create_dir_all(&home).expect("a home folder");
    let feeds = ["fleet", "grid", "reserve"].map(|path| format!("ws://{}/{path}", server.at));
    let mut args = vec!["console"];
    for feed in &feeds {
        args.extend(["--feed", feed]);
    }
    let mut terminal = Terminal::start_in(&home, &args, 120, 36, &[]);
    for screen in 1..=8 {
        terminal.keys(&screen.to_string());
        terminal.wait(&format!("it on screen {screen}"), |text| {
            text.contains("journal can't be read")
        });
    }
}

#[test]
fn lockouts_and_authority_are_known_after_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let journal = scratch.path().join("journal");
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    let fleet = Fleet::of(&mut link);
    let block = fleet.free()[0]["id"].as_str().expect("an id").to_owned();
    let at = || format!("{:.3}", jiff::Timestamp::now());
    link.send(
        &json!({"type": "authority_request", "id": id(1), "site": "lukoml", "epoch": 0, "by": "op7",
        "reason": "shift", "at": at()}),
    );
    link.send(
        &json!({"type": "tag_set", "id": id(2), "site": "lukoml", "block": block, "kind": "maintenance",
        "epoch": 0, "by": "op7", "reason": "people in the hall", "at": at()}),
    );
    link.wait("the tag", |m| m.to_string().contains("people in the hall"));
    server.kill();
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    let fleet = Fleet::of(&mut link);
    let authority = &fleet.site("lukoml")["authority"];
    assert_eq!(authority["holder"], "op7", "{authority}");
    assert_eq!(authority["epoch"], 1, "{authority}");
    let tags = fleet.block("lukoml", &block)["tags"].to_string();
    assert!(tags.contains("people in the hall"), "{tags}");
}

/// What lies beside a journal must not lead anywhere else.
#[test]
fn a_journals_files_follow_no_links() {
    for name in ["audit.head", "audit.lock", "audit.db", "audit.db-wal"] {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let journal = scratch.path().join("journal");
        simulator(&journal).kill();
        let precious = scratch.path().join("precious");
        fs::write(&precious, "").expect("is written");
        let _ = fs::remove_file(journal.join(name));
        std::os::unix::fs::symlink(&precious, journal.join(name)).expect("a link");
        let server = simulator(&journal);
        let mut link = Link::open(&server.at, "/");
        Fleet::of(&mut link);
        let told = alarm(&server, "is a link", false);
        assert!(told["text"].to_string().contains(name), "{told}");
        assert_eq!(fs::read(&precious).expect("is there"), b"", "{name}");
    }
}

/// A FIFO in a file's place must not hold the gateway up.
#[test]
fn a_journals_files_are_files() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let journal = scratch.path().join("journal");
    simulator(&journal).kill();
    let head = journal.join("audit.head");
    fs::remove_file(&head).expect("it was there");
    let made = Command::new("mkfifo").arg(&head).status();
    assert!(made.expect("mkfifo runs").success());
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    Fleet::of(&mut link);
    alarm(&server, "is no file", false);
}

#[test]
fn desks_with_names_spelt_alike_have_journals_of_their_own() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let server = Server::simulator("127.0.0.1:0");
    let feed = format!("ws://{}/fleet", server.at);
    let long = ["1", "2"].map(|end| "n".repeat(63) + end);
    let [first, second] = &long;
    let names = [
        "A/B", "A B", "A-B", "a-b", "..", "Å", "A\u{30a}", first, second,
    ];
    for (n, name) in names.iter().enumerate() {
        let config = scratch.path().join(format!("desk{n}.toml"));
        let quoted = json!(name);
        fs::write(&config, format!("desk = {quoted}\n")).expect("is written");
        let config = config.display().to_string();
        let args = ["console", "--config", &config, "--feed", &feed];
        let mut terminal = Terminal::start_in(scratch.path(), &args, 100, 30, &[]);
        terminal.wait_for("1 Nation");
        terminal.keys("\x03");
        terminal.ended();
        let mut command = Command::new(binary());
        command.args(["journal", "--desk", name, "tail", "-n", "9"]);
        for (key, value) in crate::common::environment(scratch.path()) {
            command.env(key, value);
        }
        let out = command.output().expect("it runs");
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert_eq!(text.matches("  start").count(), 1, "{name:?}: {text}");
    }
    let folders = fs::read_dir(scratch.path().join("state/baseload/journal"));
    assert_eq!(folders.expect("it is there").count(), names.len());
}

/// A filesystem of its own that can be made to hang: whoever writes to it waits until it is let go.
struct Disk {
    scratch: tempfile::TempDir,
}

impl Disk {
    /// Errors: why this machine can't have one.
    fn new() -> Result<Self, String> {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let (image, at) = (scratch.path().join("image"), scratch.path().join("at"));
        let file = fs::File::create(&image).expect("is made");
        file.set_len(64 << 20).expect("has room");
        fs::create_dir(&at).expect("is made");
        let disk = Self { scratch };
        run(Command::new("mkfs.ext4").arg("-q").arg(&image))?;
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(&at))?;
        Ok(disk)
    }

    fn at(&self) -> std::path::PathBuf {
        self.scratch.path().join("at")
    }

    fn hang(&self, hang: bool) -> Result<(), String> {
        let how = if hang { "--freeze" } else { "--unfreeze" };
        run(Command::new("fsfreeze").arg(how).arg(self.at()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.hang(false);
        let _ = run(Command::new("umount").arg("-l").arg(self.at()));
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let out = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let why = String::from_utf8_lossy(&out.stderr);
    out.status
        .success()
        .then_some(())
        .ok_or_else(|| format!("{command:?}: {why}"))
}

#[test]
#[ignore = "needs root and a loop device"]
fn a_disk_that_hangs_bars_everything_but_an_emergency_whose_record_follows() {
    let disk = match Disk::new() {
        Ok(disk) => disk,
        Err(why) => return println!("skipped: {why}"),
    };
    let journal = disk.at().join("journal");
    // Declared after the disk: it ends before that is taken away, and can't while the disk hangs.
    let server = simulator(&journal);
    let mut link = Link::open(&server.at, "/");
    let fleet = Fleet::of(&mut link);
    let home = tempfile::tempdir().expect("a home folder");
    let feed = format!("ws://{}/fleet", server.at);
    let args = ["console", "--feed", &feed];
    let terminal = Terminal::start_in(home.path(), &args, 120, 36, &[]);
    terminal.wait_for("1 Nation");
    let thaw = Thaw(&disk);
    disk.hang(true).expect("it hangs");

    let began = Instant::now();
    let answer = link.ask(&fleet.order(0, (&id(1), 1), "curtail", true), &id(1));
    assert_eq!(answer["phase"], "executing", "{answer}");
    let detail = answer["detail"].as_str().expect("a detail");
    assert!(detail.starts_with("unjournaled"), "{answer}");
    assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
    // All that wait for their records end, and none waits for those before it.
    let began = Instant::now();
    for n in ACTS {
        link.send(&fleet.order(1, (&id(n), n), "curtail", false));
    }
    let mut open: BTreeSet<String> = ACTS.map(id).collect();
    let mut many = 0;
    while !open.is_empty() {
        let answer = link.wait("a refusal", |m| m["about"].is_string());
        // A link has 256 that wait for their records at most.
        let busy = answer["code"] == "busy";
        many += u32::from(busy);
        assert!(is_refused(&answer) || busy, "{answer}");
        open.remove(answer["about"].as_str().expect("an id"));
    }
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert!(many > 0, "all of them waited at once");
    let answer = link.ask(&fleet.order(2, (&id(2), 2), "curtail", true), &id(2));
    assert_eq!(answer["type"], "order_status", "{answer}");
    assert!(
        matches!(answer["phase"].as_str(), Some("executing" | "accepted")),
        "{answer}"
    );
    let told = alarm(&server, "the gateway's journal can't be written", false);
    assert_eq!(told["priority"], 1, "{told}");
    let owed = told["text"].as_str().expect("text");
    assert!(owed.contains("owed"), "{told}");
    terminal.wait("it, on the console", |text| {
        text.contains("journal can't be written")
    });

    drop(thaw);
    alarm(&server, "the gateway's journal can't be written", true);
    let until = Instant::now() + DEADLINE;
    for n in 1..=2 {
        // The alarm is over with the first write that is done; the rest follows.
        while kinds(&journal, &id(n)).first().map(String::as_str) != Some("order") {
            assert!(Instant::now() < until, "the record of {n} is not written");
        }
    }
    // What was refused is not done later.
    for n in [10, 11, 299] {
        let query = json!({"type": "order_query", "id": id(n)});
        let phase = link.ask(&query, &id(n))["phase"].clone();
        assert!(
            matches!(phase.as_str(), Some("not_seen" | "rejected")),
            "{n}: {phase}"
        );
    }
    let answer = link.ask(&fleet.order(3, (&id(3), 300), "curtail", false), &id(3));
    assert_eq!(answer["type"], "order_status", "{answer}");
    server.kill();
    verify(&journal, &[]).expect("is sound");
}

/// Ordinary orders while the disk hangs, fewer than a second's flood.
const ACTS: std::ops::Range<u64> = 10..300;

/// Lets the disk go however the test ends: a process that waits for it can't be ended.
struct Thaw<'a>(&'a Disk);

impl Drop for Thaw<'_> {
    fn drop(&mut self) {
        let _ = self.0.hang(false);
    }
}
