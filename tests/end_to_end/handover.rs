//! A shift is handed over at one desk: two keys, two rows, one file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use baseload::journal::audit::verify;

use crate::common::{Terminal, binary, environment};
use crate::desk::{is_live, simulator};
use crate::journals::{bodies, journals};

fn key(folder: &Path, name: &str) {
    let output = Command::new(binary())
        .args(["operator", "new", name, "--out"])
        .arg(folder.join(format!("{name}.key")))
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
}

fn printed(home: &Path) -> Output {
    Command::new(binary())
        .args(["journal", "handover", "--desk", "post"])
        .env_clear()
        .envs(environment(home))
        .output()
        .expect("it runs")
}

/// From the report to the first word; asked again while the history is still being read.
fn signing(mut terminal: Terminal) -> Terminal {
    loop {
        terminal.keys("\r");
        let screen = terminal.wait("the first word, or why not", |s| {
            s.contains("HANDOVER post > _") || s.contains("still being read")
        });
        if screen.contains("HANDOVER post > _") {
            return terminal;
        }
        terminal.wait("the answer", |s| !s.contains("still being read"));
    }
}

#[test]
fn two_persons_hand_a_shift_over_at_one_desk() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path();
    key(folder, "anna");
    key(folder, "boris");
    let server = simulator();
    let feeds = ["fleet", "grid", "reserve"].map(|path| {
        format!(
            "[[feed]]\nname = \"{path}\"\nurl = \"ws://{}/{path}\"\n",
            server.at
        )
    });
    let text = format!(
        "desk = \"post\"\noperator = \"anna\"\nkey_file = \"anna.key\"\nshifts = [\"08:00\", \"20:00\"]\n\
         [[takes_over]]\nname = \"boris\"\nkey_file = \"boris.key\"\n{}",
        feeds.concat()
    );
    let config = folder.join("post.toml");
    fs::write(&config, text).expect("writes");
    let home = folder.join("home");
    fs::create_dir_all(&home).expect("a home folder");
    let config = config.display().to_string();
    let mut terminal = Terminal::start_in(&home, &["console", "--config", &config], 120, 36, &[]);
    is_live(&terminal);
    terminal.keys("nthe pump of hall 3 | is loud\r");
    terminal.wait_for("noted");
    // The report has what is durable.
    terminal.keys("8");
    terminal.wait("the note's row", |s| {
        s.lines()
            .any(|row| row.contains("  note  ") && row.contains("is loud"))
    });
    terminal.keys("1H");
    terminal.wait("the report", |s| s.contains("Shift handover"));
    // Nothing is signed before the history has answered.
    let mut terminal = signing(terminal);
    terminal.keys("HANDOVER post\r");
    terminal.wait("the second word", |s| s.contains("TAKEOVER boris > _"));
    terminal.keys("TAKEOVER boris\r");
    terminal.wait("its file", |s| {
        s.contains("Handed over to boris") && s.contains(".md")
    });
    terminal.keys("\x1b");
    terminal.wait("the nation again", |s| !s.contains("Handed over to"));
    terminal.keys("\x03");
    terminal.ended();

    let all = journals(&home);
    for journal in &all {
        verify(journal, &[]).expect("is sound");
    }
    let handed = bodies(&all, "handover");
    let taken = bodies(&all, "takeover");
    assert_eq!((handed.len(), taken.len()), (1, 1));
    assert_eq!(handed[0]["sha256"], taken[0]["sha256"]);
    assert_ne!(handed[0]["mark"]["key"], taken[0]["mark"]["key"]);

    let files: Vec<_> = fs::read_dir(home.join("state/baseload/handovers"))
        .expect("there is one")
        .map(|entry| entry.expect("is readable").path())
        .collect();
    assert_eq!(files.len(), 1);
    let mode = fs::metadata(&files[0])
        .expect("is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let file = fs::read_to_string(&files[0]).expect("is text");
    assert!(
        file.contains("SIMULATED") && file.contains("hall 3 \\| is loud"),
        "{file}"
    );

    let output = printed(&home);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(said.matches("signature verifies").count(), 2, "{said}");
    assert!(
        said.starts_with(&file),
        "the journal prints what the file holds: {said}"
    );
}
