//! `baseload status` on real gateways: what a script gets.

use std::process::{Command, Output, Stdio};

use crate::common::{Server, binary, environment, quiet_port};

fn status(args: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a folder");
    Command::new(binary())
        .arg("status")
        .args(args)
        .env_clear()
        .envs(environment(home.path()))
        .output()
        .expect("it runs")
}

fn json(output: &Output) -> serde_json::Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().next().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {text} {:?}", output.stderr))
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_nation_that_is_well_is_one_table_and_one_object() {
    let server = Server::simulator("127.0.0.1:0");
    let url = format!("ws://{}/", server.at);
    let plain = status(&["--feed", &url, "--wait", "60"]);
    let table = words(&plain.stdout);
    assert!(!table.contains('\x1b'), "no escape: {table}");
    assert!(table.contains("SIMULATED"), "{table}");
    let hertz = ["frequency 49.", "frequency 50."];
    assert!(hertz.iter().any(|start| table.contains(start)), "{table}");
    let head = table
        .lines()
        .position(|l| l.starts_with("SITE"))
        .expect("a head line");
    assert!(
        table.lines().skip(head).any(|l| l.starts_with("Astravets")),
        "a line a site: {table}"
    );

    let all = json(&status(&["--feed", &url, "--json", "--wait", "60"]));
    assert_eq!(all["simulated"], true);
    let sites = all["sites"].as_array().expect("sites");
    let powers: i64 = sites.iter().filter_map(|s| s["power_w"].as_i64()).sum();
    assert!(powers > 0);
    assert_eq!(
        powers,
        all["fleet"]["power_w"].as_i64().unwrap_or(0)
            + all["fleet"]["last_known_power_w"].as_i64().unwrap_or(0),
        "the total is its sites: {all}"
    );
    let one = json(&status(&[
        "--feed",
        &url,
        "--json",
        "--site",
        "astravets",
        "--wait",
        "60",
    ]));
    assert_eq!(one["sites"].as_array().map(Vec::len), Some(1), "{one}");
    assert!(one.get("fleet").is_none(), "no total of one site: {one}");

    let none = status(&["--feed", &url, "--site", "nosuch", "--wait", "60"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(
        words(&none.stderr).contains("--site nosuch: no site"),
        "{none:?}"
    );
}

#[test]
fn a_feed_that_is_down_is_critical() {
    let url = format!("ws://127.0.0.1:{}/", quiet_port());
    let output = status(&["--feed", &url, "--wait", "0.5"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(words(&output.stdout).contains("CRITICAL  the feed"));
    assert!(words(&output.stderr).starts_with("baseload: critical: the feed"));
}

#[test]
fn a_frequency_far_off_is_critical() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("low.toml");
    let text = "[[event]]\nat = 1\ndo = \"frequency\"\nmhz = -450\nfor = 600\n";
    std::fs::write(&script, text).expect("written");
    let script = script.display().to_string();
    let server = Server::start(&["simulator", "--script", &script], "127.0.0.1:0");
    let url = format!("ws://{}/grid", server.at);
    let mut child = Command::new(binary())
        .args([
            "status",
            "--feed",
            &url,
            "--json",
            "--watch",
            "--interval",
            "0.5",
        ])
        .env_clear()
        .envs(environment(folder.path()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // Reports until the first that is critical; a reader that goes away then ends the watching, with that verdict.
    let out = child.stdout.take().expect("piped");
    let lines = std::io::BufRead::lines(std::io::BufReader::new(out));
    let found = lines.take(240).map_while(Result::ok).find(|line| {
        let report: serde_json::Value = serde_json::from_str(line).expect("JSON");
        report["critical"].as_array().is_some_and(|all| {
            all.iter()
                .any(|c| c.as_str().is_some_and(|c| c.contains("very low")))
        })
    });
    let line = found.expect("a very low frequency within the script's time");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(3), "{line} {ended:?}");
}

#[test]
fn without_a_feed_it_says_what_to_give() {
    let output = status(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output.stderr).contains("no feed is configured"));
}

#[test]
fn a_console_that_has_no_terminal_tells_the_same() {
    let server = Server::simulator("127.0.0.1:0");
    let home = tempfile::tempdir().expect("a folder");
    let url = format!("ws://{}/", server.at);
    let output = Command::new(binary())
        .args(["console", "--feed", &url])
        .env_clear()
        .envs(environment(home.path()))
        .output()
        .expect("it runs");
    let table = words(&output.stdout);
    assert!(
        !table.contains('\x1b') && table.contains("\nAstravets"),
        "{table}"
    );
    assert!(words(&output.stderr).contains("this is `baseload status`"));
}
