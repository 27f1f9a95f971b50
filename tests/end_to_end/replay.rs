//! A console that is recorded, and its recording played: the real binary in a terminal.

use std::path::Path;
use std::process::Command;

use crate::common::{Terminal, binary, environment};

fn recorded(file: &Path) -> Terminal {
    let name = file.display().to_string();
    let terminal = Terminal::start(&["demo", "--record", &name], 120, 36);
    terminal.wait_for("Astravets");
    terminal.wait_for("REC");
    terminal
}

fn played(file: &Path) -> Terminal {
    let name = file.display().to_string();
    let terminal = Terminal::start(&["replay", &name], 120, 36);
    terminal.wait_for("REPLAY");
    terminal
}

#[test]
fn a_replay_shows_what_was_seen_and_orders_nothing() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("shift.rec");
    let mut console = recorded(&file);
    console.keys("3");
    console.wait_for("GENERATION");
    console.keys("1c");
    let dialog = console.wait_for("MW, % of ");
    assert!(!dialog.contains("REPLAY"));
    console.signal("TERM");
    console.ended();

    let mut replay = played(&file);
    replay.keys("\x1b[F");
    let screen = replay.wait_for("the recording ends here: the console was closed");
    assert!(
        screen.contains("MW, % of ") && screen.contains("SIMULATED") && screen.contains("recorded"),
        "{screen}"
    );
    replay.keys("c");
    replay.wait_for("a replay: nothing can be ordered");
    replay.keys("\x1b[H");
    replay.wait("the beginning", |s| !s.contains("MW, % of "));
    // It plays on by itself, to the screens that the operator went to.
    // Slowly: it was typed faster than anyone reads.
    replay.keys("---- ");
    replay.wait_for("GENERATION");
    replay.keys("\t2");
    replay.wait_for("own view");
    replay.keys("q");
    assert_eq!(replay.ended(), 0);
}

#[test]
fn a_killed_console_leaves_what_it_heard() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("killed.rec");
    let mut console = recorded(&file);
    console.keys("3");
    console.wait_for("GENERATION");
    // Longer than what may be lost.
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    console.signal("KILL");
    console.ended();
    let mut replay = played(&file);
    replay.keys("\x1b[F");
    let screen = replay.wait_for("the recording breaks off here");
    assert!(screen.contains("GENERATION"), "{screen}");
    replay.keys("q");
    assert_eq!(replay.ended(), 0);
}

#[test]
fn a_recording_is_never_written_over_and_what_is_none_is_refused() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("letter.txt");
    std::fs::write(&file, "dear operator").expect("writes");
    let name = file.display().to_string();
    let refused = |args: &[&str]| {
        let output = Command::new(binary())
            .args(args)
            .envs(environment(scratch.path()))
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.lines().count(), 1, "{said}");
        (output.status.code(), said)
    };
    let (code, said) = refused(&["demo", "--record", &name]);
    assert_eq!(code, Some(2));
    assert!(said.contains("is there already"), "{said}");
    let (code, said) = refused(&["replay", &name]);
    assert_eq!(code, Some(1));
    assert!(said.contains("this is no recording"), "{said}");
    // What a failure repeats acts on no terminal.
    let (_, said) = refused(&["replay", "\u{1b}]52;c;aGk=\u{7}\u{202e}.rec"]);
    assert!(said.contains("?]52;c;aGk=?.rec: "), "{said:?}");
    assert!(!said.trim_end().chars().any(char::is_control), "{said:?}");
    let (code, said) = refused(&["themes", "--record", "x.rec"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("only the console and the demo"), "{said}");
    assert_eq!(
        std::fs::read_to_string(&file).expect("reads"),
        "dear operator"
    );
}
