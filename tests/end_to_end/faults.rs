//! Faults on demand, each against a real gateway and a real console: afterwards the screen says what the meter says,
//! no outcome is made up, and both journals agree.
//!
//! One of each by default; `BASELOAD_FAULTS=100` plays a hundred, each with its own moment, site and size.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use baseload::journal::audit::verify;
use portable_pty::CommandBuilder;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::common::{DEADLINE, Server, Terminal, binary, environment, quiet_port};
use crate::desk::{ESC, execute, feeds, is_live, line, only, plan, site, state_of_the_order};
use crate::frames::{Twist, twisted};
use crate::journals::{agree, bodies, console, journals};
use crate::proxy::Line;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    LinkCut,
    LinkHeld,
    GatewayKilled,
    StuckBlock,
    LyingFirmware,
    LateMachines,
    DeafMachine,
    UnitTrip,
    LowFrequency,
    NoFrequency,
    AuthorityTaken,
    LocalMode,
    FaultedBlock,
    SiteSilent,
    Doubled,
    Reordered,
    ClockAhead,
    ClockBehind,
    DiskFull,
}

const FAULTS: [Fault; 19] = [
    Fault::LinkCut,
    Fault::StuckBlock,
    Fault::DiskFull,
    Fault::Doubled,
    Fault::GatewayKilled,
    Fault::ClockAhead,
    Fault::LyingFirmware,
    Fault::Reordered,
    Fault::LateMachines,
    Fault::UnitTrip,
    Fault::LinkHeld,
    Fault::ClockBehind,
    Fault::DeafMachine,
    Fault::LowFrequency,
    Fault::NoFrequency,
    Fault::AuthorityTaken,
    Fault::LocalMode,
    Fault::FaultedBlock,
    Fault::SiteSilent,
];

/// One trial: what goes wrong, when, and what is ordered meanwhile.
#[derive(Debug, Clone, Copy)]
struct Trial {
    fault: Fault,
    /// After the order has been confirmed, ms.
    after: u64,
    /// Of a script, s of its own time.
    at: u32,
    site: (&'static str, &'static str),
    block: u32,
    megawatts: u32,
}

fn trials() -> Vec<Trial> {
    let count = std::env::var("BASELOAD_FAULTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(FAULTS.len());
    let mut dice = StdRng::seed_from_u64(50_000);
    let sites = [
        ("lukoml", "Lukoml"),
        ("astravets", "Astravets"),
        ("biaroza", "Biaroza"),
    ];
    (0..count)
        .map(|number| Trial {
            fault: FAULTS[number % FAULTS.len()],
            after: dice.random_range(0..1_500),
            at: dice.random_range(8..60),
            site: sites[dice.random_range(0..sites.len())],
            block: dice.random_range(1..6),
            megawatts: dice.random_range(10..40),
        })
        .collect()
}

fn script(trial: Trial) -> Option<String> {
    let Trial {
        at, block, site, ..
    } = trial;
    let block = format!("site = \"{}\"\nblock = \"b{block:02}\"", site.0);
    let what = match trial.fault {
        Fault::StuckBlock => format!("do = \"stuck_block\"\n{block}\nfor = 300"),
        Fault::LyingFirmware => format!("do = \"lying_firmware\"\n{block}\nfor = 300"),
        Fault::LateMachines => format!("do = \"late_machine\"\n{block}\nmachines = 20\nfor = 300"),
        Fault::DeafMachine => format!("do = \"deaf_machine\"\n{block}\nmachines = 5\nfor = 300"),
        Fault::LocalMode => format!("do = \"local_mode\"\n{block}\nfor = 300"),
        Fault::FaultedBlock => format!("do = \"block_fault\"\n{block}\nfor = 300"),
        Fault::SiteSilent => format!("do = \"link_loss\"\nsite = \"{}\"\nfor = 60", site.0),
        Fault::UnitTrip => "do = \"unit_trip\"\nunit = \"Astravets 1\"\nfor = 300".to_owned(),
        Fault::LowFrequency => "do = \"frequency\"\nmhz = -350\nfor = 60".to_owned(),
        Fault::NoFrequency => "do = \"frequency_lost\"\nfor = 60".to_owned(),
        Fault::AuthorityTaken => {
            format!(
                "do = \"authority_taken\"\nsite = \"{}\"\nholder = \"other\"",
                site.0
            )
        }
        _ => return None,
    };
    Some(format!("[[event]]\nat = {at}\n{what}\n"))
}

/// Five times faster than the wall.
fn gateway(trial: Trial, folder: &Path, place: &str) -> Server {
    let mut args = vec!["simulator".to_owned(), "--speed".into(), "5".into()];
    args.extend([
        "--journal".to_owned(),
        folder.join("gateway").display().to_string(),
    ]);
    if let Some(text) = script(trial) {
        let file = folder.join("script.toml");
        fs::write(&file, text).expect("is written");
        args.extend(["--script".to_owned(), file.display().to_string()]);
    }
    match trial.fault {
        Fault::ClockAhead => args.extend(["--clock-ahead".to_owned(), "300".into()]),
        Fault::ClockBehind => args.extend(["--clock-ahead".to_owned(), "-300".into()]),
        _ => {}
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    Server::start(&args, place)
}

/// What the gateway itself says of a site, asked past every fault of the console's line: MW, target, quality.
fn truth(at: &str, id: &str) -> Option<(f64, f64, String)> {
    let home = tempfile::tempdir().ok()?;
    let output = Command::new(binary())
        .args(["status", "--json", "--wait", "5", "--site", id, "--feed"])
        .arg(format!("ws://{at}/fleet"))
        .env_clear()
        .envs(environment(home.path()))
        .output()
        .ok()?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let site = report["sites"].get(0)?;
    let megawatts = |name: &str| site[name].as_f64().map(|watts| watts / 1e6);
    Some((
        megawatts("power_w")?,
        megawatts("target_w")?,
        site["quality"].as_str()?.to_owned(),
    ))
}

/// Waits until the screen shows of the site what the gateway's meter says.
fn screen_is_the_meter(terminal: &mut Terminal, at: &str, of: (&str, &str), trial: Trial) {
    terminal.keys("1");
    let until = Instant::now() + 2 * DEADLINE;
    loop {
        let (told, screen) = (truth(at, of.0), terminal.text());
        let stale = line(&screen, of.1).is_some_and(|row| row.contains('?'));
        if let (Some((power, target, quality)), Some(shown)) = (&told, site(&screen, of.1)) {
            // Both move on while they are asked; the target does not.
            let alike = (shown.0 - power).abs() < 2.0 && (shown.1 - target).abs() < 0.06;
            if alike && stale == (quality == "stale") {
                return;
            }
        }
        assert!(
            Instant::now() < until,
            "{trial:?}: the meter says {told:?}, the screen:\n{screen}"
        );
        thread::sleep(Duration::from_millis(200));
    }
}

/// What may stand at the end of an order.
const ENDS: [&str; 6] = [
    "delivered",
    "failed",
    "rejected",
    "expired",
    "cancelled",
    "not",
];

fn play(trial: Trial) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let home = scratch.path().join("home");
    let place = format!("127.0.0.1:{}", quiet_port());
    let mut server = gateway(trial, scratch.path(), &place);
    if trial.fault == Fault::DiskFull {
        return without_a_disk(trial, scratch.path(), &server.at);
    }
    let between = Line::to(&server.at);
    let at = match trial.fault {
        Fault::Doubled => twisted(&server.at, Twist::Doubled),
        Fault::Reordered => twisted(&server.at, Twist::Reordered),
        _ => between.at.clone(),
    };
    let mut terminal = console(&home, &at);
    only(&mut terminal, trial.site.0);
    plan(&mut terminal, "c", &trial.megawatts.to_string());
    execute(&mut terminal);
    terminal.keys("4");
    // The moment is the fault's, not a synchronisation.
    thread::sleep(Duration::from_millis(trial.after));
    match trial.fault {
        Fault::LinkCut => {
            between.cut();
            terminal.wait("the link, down", |s| {
                s.contains("down") || s.contains("unknown")
            });
            between.mend();
        }
        Fault::LinkHeld => {
            between.hold();
            terminal.wait("the link, down", |s| {
                s.contains("down") || s.contains("unknown")
            });
            between.mend();
        }
        Fault::GatewayKilled => {
            server.kill();
            server = gateway(trial, scratch.path(), &place);
        }
        _ => {}
    }
    let until = Instant::now() + 4 * DEADLINE;
    let word = loop {
        let word = state_of_the_order(&terminal.text()).unwrap_or_default();
        if ENDS.contains(&&*word) {
            break word;
        }
        assert!(
            Instant::now() < until,
            "{trial:?}: the order never ends:\n{}",
            terminal.text()
        );
        thread::sleep(Duration::from_millis(50));
    };
    screen_is_the_meter(&mut terminal, &server.at, trial.site, trial);
    terminal.keys("\x03");
    terminal.keys("y");
    terminal.ended();
    drop(server);
    let gateway = scratch.path().join("gateway");
    agree(&journals(&home), &gateway);
    // The word on the screen is the gateway's own last word; none is made up.
    let answers = bodies(std::slice::from_ref(&gateway), "answer");
    let last = answers.last().and_then(|answer| answer["phase"].as_str());
    if word == "not" {
        assert_eq!(last, None, "{trial:?}: not sent, and yet answered");
    } else {
        assert_eq!(last, Some(&*word), "{trial:?}");
    }
}

/// The console's journal can't grow: no order leaves, and the screen says why.
fn without_a_disk(trial: Trial, folder: &Path, at: &str) {
    let home = folder.join("home");
    fs::create_dir_all(&home).expect("a home folder");
    let feeds: Vec<String> = feeds(at).iter().map(|f| format!("--feed {f}")).collect();
    // Files of this process end at 8 blocks: what a full disk is to SQLite.
    let command = format!(
        "trap '' XFSZ; ulimit -f 8; exec {} console {}",
        binary(),
        feeds.join(" ")
    );
    let mut shell = CommandBuilder::new("sh");
    shell.args(["-c", &command]);
    let mut terminal = Terminal::spawn(&home, shell, 120, 36, &[]);
    is_live(&terminal);
    let before = truth(at, trial.site.0).expect("the site");
    terminal.wait("the journal's trouble", |s| s.contains("no orders leave"));
    only(&mut terminal, trial.site.0);
    terminal.keys("c");
    terminal.wait("why not", |s| s.contains("journal"));
    terminal.keys(ESC);
    terminal.keys(ESC);
    screen_is_the_meter(&mut terminal, at, trial.site, trial);
    let after = truth(at, trial.site.0).expect("the site");
    assert!(
        (before.1 - after.1).abs() < 0.06,
        "{trial:?}: {before:?} {after:?}"
    );
    verify(&folder.join("gateway"), &[]).expect("is sound");
    assert!(
        bodies(&[folder.join("gateway")], "order").is_empty(),
        "{trial:?}"
    );
    terminal.keys("\x03");
    terminal.ended();
}

#[test]
fn after_each_fault_the_screen_is_the_meter_and_both_journals_agree() {
    let trials = trials();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if std::panic::catch_unwind(|| play(*trial)).is_err() {
                        failures.lock().expect("nobody panics with it").push(*trial);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics with it");
    assert!(
        failures.is_empty(),
        "of {} trials: {failures:#?}",
        trials.len()
    );
}
