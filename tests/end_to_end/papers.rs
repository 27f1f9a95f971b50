//! Commands that print and end: doctor, schema, headers, keys, themes, completions, man.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::common::{binary, environment, quiet_port};
use crate::desk::simulator;

fn run(args: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a scratch folder");
    Command::new(binary())
        .args(args)
        .envs(environment(home.path()))
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn doctor_is_content_with_a_live_gateway() {
    let server = simulator();
    let fleet = format!("ws://{}/fleet", server.at);
    let grid = format!("ws://{}/grid", server.at);
    let output = run(&["doctor", "--feed", &fleet, "--feed", &grid]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for what in ["terminal", "config", "theme", "cpu", "clock"] {
        let lines = text.lines().filter(|l| l[6..].starts_with(what)).count();
        assert_eq!(lines, 1, "one line for {what}:\n{text}");
    }
    let feeds: Vec<&str> = text.lines().filter(|l| l.contains("  feed ")).collect();
    assert_eq!(feeds.len(), 2, "{text}");
    assert!(
        feeds
            .iter()
            .all(|l| l.starts_with("ok") && l.contains("SIMULATED")),
        "{text}"
    );
}

#[test]
fn doctor_names_the_mend_where_nobody_answers() {
    let nobody = format!("ws://127.0.0.1:{}/fleet", quiet_port());
    let output = run(&["doctor", "--feed", &nobody]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let line = text
        .lines()
        .find(|l| l.contains("  feed "))
        .expect("a line of the feed");
    assert!(
        line.starts_with("BAD") && line.contains("refused") && line.contains("; check"),
        "{line}"
    );
}

#[test]
fn the_schema_is_json_and_speaks_of_every_message() {
    let output = run(&["schema"]);
    assert_eq!(output.status.code(), Some(0));
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("one JSON document");
    assert!(
        document["asyncapi"]
            .as_str()
            .is_some_and(|v| v.starts_with("3.")),
        "{}",
        document["asyncapi"]
    );
    let text = out(&output);
    for kind in ["hello", "snapshot", "order_status", "order_query", "watch"] {
        assert!(text.contains(kind), "{kind}");
    }
}

#[test]
fn mainnet_headers_are_verified_and_broken_ones_are_not() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/headers");
    for (name, count) in [
        ("mainnet-0-2.bin", "3 headers"),
        ("mainnet-125552.bin", "1 header"),
    ] {
        let path = folder.join(name).display().to_string();
        let output = run(&["verify-headers", &path]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(out(&output).contains(count), "{}", out(&output));
    }
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let broken = scratch.path().join("broken");
    let mut bytes = std::fs::read(folder.join("mainnet-0-2.bin")).expect("the fixture");
    bytes[100] ^= 1;
    std::fs::write(&broken, bytes).expect("writes");
    let output = run(&["verify-headers", broken.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("header") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn tables_completions_and_the_manual_are_printed() {
    for (args, holds) in [
        (&["keys"][..], "curtail"),
        (&["themes"], "grey (default)"),
        (&["completions", "bash"], "_baseload"),
        (&["completions", "zsh"], "#compdef baseload"),
        (&["man"], ".TH baseload"),
        (&["--help"], "gateway"),
        (&["--version"], "baseload"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(out(&output).contains(holds), "{args:?}: {}", out(&output));
        assert!(output.stderr.is_empty(), "{args:?}: {output:?}");
    }
    let output = run(&["nosuch"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_reader_that_has_had_enough_is_no_fault() {
    for args in [
        &["schema"][..],
        &["keys"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["doctor"],
    ] {
        let home = tempfile::tempdir().expect("a scratch folder");
        let mut child = Command::new(binary())
            .args(args)
            .envs(environment(home.path()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut first = String::new();
        let mut reader = BufReader::with_capacity(16, child.stdout.take().expect("its output"));
        reader.read_line(&mut first).expect("text");
        drop(reader);
        let ended = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!said.contains("panicked"), "{args:?}: {said}");
        assert_eq!(ended.status.code(), Some(0), "{args:?}: {said}");
    }
}
