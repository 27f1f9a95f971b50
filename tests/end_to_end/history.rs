//! Trends survive the console: what was shown is kept, by the second, whatever becomes of the process.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use baseload::domain::history::{Ask, GridFigure, Sample, Series, SiteFigure};
use baseload::domain::ids::{GatewayId, SiteId};
use baseload::domain::time::Timestamp;
use baseload::journal::history::{Place, Reader, Store};
use baseload::runtime::clock;

use crate::common::{DEADLINE, Terminal};
use crate::desk::{feeds, is_live, line, simulator};

fn console(home: &Path, at: &str) -> Terminal {
    fs::create_dir_all(home).expect("a home folder");
    let feeds = feeds(at);
    let mut args = vec!["console"];
    for feed in &feeds {
        args.extend(["--feed", feed]);
    }
    let terminal = Terminal::start_in(home, &args, 120, 36, &[]);
    is_live(&terminal);
    terminal
}

/// The only history under this home.
fn history(home: &Path) -> Option<PathBuf> {
    let folder = home.join("state/baseload/history");
    let mut found = fs::read_dir(folder).ok()?;
    let file = found.next()?.ok()?.path().join("history.db");
    assert!(found.next().is_none(), "one nation, one file");
    file.is_file().then_some(file)
}

/// Seconds of the nation's power that are kept of the last quarter of an hour, the last of them first.
fn kept(file: &Path) -> Vec<i64> {
    let now = clock::now();
    let question = [Ask {
        gateway: None,
        series: Series::Nation(SiteFigure::Power),
        from: now - Duration::from_mins(15),
        to: now,
        points: 900,
    }];
    let Ok(answers) = Reader::open(file).and_then(|reader| reader.answer(&question)) else {
        return Vec::new();
    };
    let first = answers[0].from.millis() / 1_000;
    let there = (first..).zip(&answers[0].buckets);
    let mut seconds: Vec<i64> = there.filter(|(_, b)| b.is_some()).map(|(s, _)| s).collect();
    seconds.reverse();
    seconds
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "never seen: {what}");
        std::thread::yield_now();
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Columns of Lukoml's sparkline that show something.
fn columns(screen: &str) -> usize {
    let row = line(screen, "Lukoml").unwrap_or_default();
    row.chars().filter(|c| ('▁'..='█').contains(c)).count()
}

/// The quarter of an hour before `now`, as a console that ran then would have left it.
fn earlier(file: &Path, now: Timestamp) {
    let place = Place::File(file.to_owned());
    let mut store = Store::open(&place).expect("opens").expect("is free");
    for back in (0..900u64).rev() {
        let at = now - Duration::from_secs(back);
        let sample = |series, value| Sample {
            gateway: Some(GatewayId::new("simulator")),
            series,
            value,
            unsure: false,
        };
        let lukoml = Series::Site(SiteId::new("lukoml"), SiteFigure::Power);
        let samples = [
            sample(lukoml, 90_000_000),
            sample(Series::Grid(GridFigure::Frequency), 49_876),
        ];
        store.take(at, &samples).expect("is taken");
    }
}

#[test]
fn a_console_that_is_killed_and_started_again_shows_its_trends_at_once() {
    let server = simulator();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let home = scratch.path().join("home");
    let mut terminal = console(&home, &server.at);
    let file = until("a history", || history(&home));
    assert!(file.to_string_lossy().contains("-simulated"), "{file:?}");
    until("three seconds of it", || {
        (kept(&file).len() >= 3).then_some(())
    });
    let before = kept(&file);
    terminal.signal("KILL");
    terminal.ended();
    let after = kept(&file);
    assert!(
        after.first() >= before.first() && after.ends_with(&before),
        "{before:?} {after:?}"
    );
    earlier(&file, clock::now());
    let terminal = console(&home, &server.at);
    terminal.wait("the whole trend of Lukoml", |s| columns(s) >= 6);
    terminal.wait("what was before is kept on", |_| {
        kept(&file).first() > after.first()
    });
}

#[test]
fn a_console_whose_history_is_corrupt_says_so_and_goes_on() {
    let server = simulator();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let home = scratch.path().join("home");
    let mut first = console(&home, &server.at);
    let file = until("a history", || history(&home));
    until("a second of it", || kept(&file).first().copied());
    first.signal("KILL");
    first.ended();
    for beside in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{beside}", file.display()));
    }
    fs::write(&file, "this is no database").expect("is written");
    let mut terminal = console(&home, &server.at);
    terminal.wait_for("history is off");
    terminal.keys("3");
    terminal.wait_for("frequency, Hz");
}
