//! Usage errors, the lines, signals, and a reader that goes away.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::pool;
use super::support::{Miner, mine, secret, until};
use crate::common::{binary, environment, quiet_port};

const MAIN: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";

#[test]
fn what_makes_no_sense_is_refused_with_one_sentence() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let node = "--node=http://127.0.0.1:9";
    let cookie = "--cookie-file=/tmp/cookie-that-no-node-has-written";
    let nowhere = "--cookie-file=/nonexistent/cookie";
    let pool = "--pool=stratum+tcp://a:1";
    let wrong = "--payout=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5";
    let main = format!("--payout={MAIN}");
    let cases: &[(&[&str], &str)] = &[
        (&[], "--node URL"),
        (&[node, cookie], "--payout"),
        (&[node, "--pool=stratum+tcp://a:1", "--user=u"], "exclude"),
        (&[node, cookie, wrong], "checksum"),
        (&[node, cookie, "--payout=hello"], "hello"),
        (&[node, &main], "--cookie-file"),
        (&[node, nowhere, &main], "no folder /nonexistent"),
        (&["--node=ftp://a", cookie, &main], "ftp://a"),
        (&["--pool=stratum+tcp://a:1"], "one --user for each"),
        (&["--pool=gopher://a:1", "--user=u"], "--pool"),
        (
            &[pool, "--user=u", "--network=regtest", &main],
            "another --network",
        ),
        (
            &[node, cookie, "--network=signet", &main],
            "another --network",
        ),
        (
            &[node, cookie, &main, "--metrics=0.0.0.0:9", "--headless"],
            "--metrics-open",
        ),
        (&[node, cookie, &main, "--kernel=abacus"], "--kernel abacus"),
        (
            &[node, cookie, &main, "--suggest-difficulty=1"],
            "goes with --pool",
        ),
        (
            &[pool, "--user=u", "--suggest-difficulty=nan", "--headless"],
            "difficulty of NaN",
        ),
        (
            &[pool, "--user=u", "--suggest-difficulty=1e99", "--headless"],
            "difficulty of 1e99",
        ),
    ];
    for (args, says) in cases {
        let output = mine(home.path(), args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(
            said.contains(says) && said.lines().count() == 1,
            "{args:?}: {said}"
        );
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

fn against_schema(lines: &[Value]) {
    let output = Command::new(binary())
        .args(["schema", "--of", "mine"])
        .output()
        .expect("it runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for line in lines {
        if let Err(error) = schema.validate(line) {
            panic!("{error}: {line}");
        }
    }
}

#[test]
fn on_a_pool_each_line_is_json_of_the_schema_and_a_signal_ends_with_a_summary() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let password = home.path().join("password");
    secret(&password, "hush\n");
    let args = [
        format!("--pool={}", pool::start()),
        "--network=regtest".to_owned(),
        "--user=me".to_owned(),
        format!("--password-file={}", password.display()),
    ];
    for signal in ["TERM", "INT"] {
        let mut miner = Miner::start(home.path(), &args);
        let job = miner.wait("the job", |line| line["event"] == "job");
        assert_eq!(job["version_mask"], "1fffe000");
        assert!(job["coinbase_text"].is_string());
        miner.wait("a share", |line| {
            line["event"] == "share" && line["verdict"] == "accepted"
        });
        miner.signal(signal);
        assert_eq!(miner.ended().code(), Some(0));
        against_schema(&miner.seen);
        let events: Vec<&str> = miner
            .seen
            .iter()
            .filter_map(|l| l["event"].as_str())
            .collect();
        assert_eq!(events.first(), Some(&"start"));
        assert_eq!(events.last(), Some(&"summary"));
        for event in ["state", "job", "share", "best", "hashrate"] {
            assert!(events.contains(&event), "no {event} in {events:?}");
        }
        let summary = miner.seen.last().expect("a line");
        assert!(summary["accepted"].as_u64() >= Some(1) && summary["hashes"].as_u64() > Some(0));
        let text = format!("{:?}", miner.seen);
        assert!(!text.contains("hush"), "a secret in the lines");
    }
    // What both runs did is kept.
    let kept = home.path().join("state/baseload/mining.json");
    let kept = std::fs::read_to_string(kept).expect("is written");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    assert!(
        kept["chains"]["pool"]["shares"].as_u64() >= Some(2),
        "{kept}"
    );
}

/// The first pool is down: the second is mined on, and the first is told with its reason.
#[test]
fn the_second_pool_stands_in_for_the_first() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let down = format!("127.0.0.1:{}", quiet_port());
    let second = pool::start();
    let args = [
        format!("--pool=stratum+tcp://{down}"),
        "--user=one".to_owned(),
        "--network=regtest".to_owned(),
        format!("--pool={second}"),
        "--user=two".to_owned(),
    ];
    let mut miner = Miner::start(home.path(), &args);
    miner.wait("the first is down", |line| {
        line["event"] == "state" && line["source"] == down.as_str() && line["health"] == "down"
    });
    let job = miner.wait("a job", |line| line["event"] == "job");
    assert_eq!(
        job["source"].as_str(),
        second.strip_prefix("stratum+tcp://")
    );
    miner.signal("TERM");
    assert_eq!(miner.ended().code(), Some(0));
    against_schema(&miner.seen);
}

#[test]
fn a_reader_that_goes_away_ends_it_without_a_complaint() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let mut child = Command::new(binary())
        .args([
            "mine",
            "--headless",
            "--threads=1",
            "--user=me",
            "--network=regtest",
        ])
        .arg(format!("--pool={}", pool::start()))
        .envs(environment(home.path()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a first line");
    assert!(line.contains("mines on pool"), "{line}");
    drop(out);
    let status = until("its end", || child.try_wait().expect("it can be asked"));
    let mut said = String::new();
    let mut errors = child.stderr.take().expect("its errors");
    errors.read_to_string(&mut said).expect("text");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn figures_are_served_and_a_time_limit_ends_it() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let at = format!("127.0.0.1:{}", quiet_port());
    let args = [
        format!("--pool={}", pool::start()),
        "--network=regtest".to_owned(),
        "--user=me".to_owned(),
        format!("--metrics={at}"),
        "--time-limit=8".to_owned(),
    ];
    let mut miner = Miner::start(home.path(), &args);
    miner.wait("a share", |line| line["event"] == "share");
    let get = |request: &str| {
        let mut stream = TcpStream::connect(&at).expect("it listens");
        stream.write_all(request.as_bytes()).expect("sends");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        answer
    };
    let answer = get("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(
        head.starts_with("HTTP/1.1 200 OK") && head.contains("text/plain; version=0.0.4"),
        "{head}"
    );
    let mut typed = "";
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            typed = rest.split(' ').next().expect("a name");
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').expect("a sample");
            assert!(
                name.starts_with(typed) && name.starts_with("baseload_"),
                "{line}"
            );
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    for name in [
        "baseload_hashes_total ",
        "baseload_shares_total{verdict=\"accepted\"}",
        "baseload_source_up{",
    ] {
        assert!(body.contains(name), "{name} in {body}");
    }
    assert!(get("GET / HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404"));
    assert!(
        get("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            .starts_with("HTTP/1.1 405")
    );
    assert_eq!(miner.ended().code(), Some(0));
    let summary = miner.seen.last().expect("a line");
    assert_eq!(summary["because"], "the time limit");
}
