//! A process that appends and says which rows are durable: this test program, started again.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use baseload::domain::journal::{Entry, Fact};
use baseload::domain::time::Timestamp;
use baseload::journal::audit::{Writer, shown_head};

/// Everything is waited for at most so long; loaded machines are slow.
pub(crate) const WITHIN: Duration = Duration::from_mins(1);
const FOLDER: &str = "BASELOAD_TEST_APPEND_TO";

pub(crate) fn note(text: &str) -> Entry {
    Entry {
        at: Timestamp::from_millis(1_700_000_000_000),
        actor: "op7".into(),
        fact: Fact::Note(text.into()),
    }
}

/// Opens a journal's writer and waits until it stands.
pub(crate) fn writer(folder: &Path) -> Result<Writer, String> {
    let (tell, told) = mpsc::channel();
    let writer = Writer::start(vec![folder.to_owned()], 0, move |opened| {
        let _ = tell.send(opened.map(drop));
    })
    .map_err(|error| error.to_string())?;
    let opened = told.recv_timeout(WITHIN).map_err(|e| e.to_string())?;
    opened.map_err(|error| error.to_string())?;
    Ok(writer)
}

/// The command that appends to a journal for ever, a line `SEQ:SHA-256` for each durable append.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", "child::appends_for_ever", "--nocapture"])
        .env(FOLDER, folder);
    command
}

/// Starts it.
pub(crate) fn start(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let out = child.stdout.take().expect("its output");
    (child, BufReader::new(out))
}

/// The next thing that it says, `row ...` or `error ...`; none at its end.
pub(crate) fn said(out: &mut BufReader<ChildStdout>) -> Option<String> {
    let mut line = String::new();
    loop {
        line.clear();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        // A line that was cut off by its end says nothing.
        if let Some(whole) = line.strip_suffix('\n')
            && let Some(at) = whole.find("row ").or_else(|| whole.find("error "))
        {
            return Some(whole[at..].to_owned());
        }
    }
}

/// Only as a child of the other tests; by itself it has nothing to do.
#[test]
fn appends_for_ever() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            std::process::exit(0);
        }
    };
    let writer = match writer(Path::new(&folder)) {
        Ok(writer) => writer,
        Err(error) => return say(format!("error {error}")),
    };
    // Several that wait at once become durable together.
    let (tell, told) = mpsc::sync_channel(16);
    for at in 0u64.. {
        let tell = tell.clone();
        let entries = vec![note(&format!("{at} {}", "x".repeat(200))), note("second")];
        writer.append(entries, move |outcome| {
            let _ = tell.send(outcome);
        });
        if at >= 8 {
            match told.recv_timeout(WITHIN).expect("an answer") {
                Ok(receipt) => say(format!("row {}", shown_head(receipt.head))),
                Err(trouble) => {
                    say(format!("error {trouble}"));
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }
}
