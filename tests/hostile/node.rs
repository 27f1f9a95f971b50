//! A node that answers more than a miner needs, or what its network cannot have.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::common::{binary, environment};

/// The miner may have so much in memory at most, while it reads an answer of 31 MB.
const MOST_KIB: u64 = 160 << 10;
/// What a real node gave.
const TEMPLATE: &str = include_str!("../fixtures/template/core-main.json");

/// Answers `getblockchaininfo` and `getblocktemplate` with these results; ends with the test.
fn node(info: String, template: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = serve(stream, &info, &template);
        }
    });
    url
}

fn serve(mut stream: TcpStream, info: &str, template: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match asked["method"].as_str() {
        Some("getblockchaininfo") => info,
        Some("getblocktemplate") => template,
        _ => "null",
    };
    let answer = format!(r#"{{"result":{result},"error":null,"id":1}}"#);
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
        answer.len()
    )?;
    stream.write_all(answer.as_bytes())
}

struct Miner(
    Child,
    #[allow(dead_code, reason = "goes with it")] tempfile::TempDir,
);

impl Drop for Miner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A miner on this node.
fn miner(url: &str, more: &[&str]) -> Miner {
    let home = tempfile::tempdir().expect("a scratch folder");
    let cookie = home.path().join("cookie");
    fs::write(&cookie, "u:p\n").expect("writes");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&cookie, private).expect("is ours");
    let child = Command::new(binary())
        .args([
            "mine",
            "--headless",
            "--json",
            "--threads=1",
            "--kernel=sha2",
        ])
        .arg("--payout=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
        .arg(format!("--node={url}"))
        .arg(format!("--cookie-file={}", cookie.display()))
        .args(more)
        .envs(environment(home.path()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    Miner(child, home)
}

/// What is said of this node, and the most KiB that the miner has had by then.
fn said_of(url: &str, more: &[&str]) -> (String, u64) {
    let mut miner = miner(url, more);
    let lines = BufReader::new(miner.0.stdout.take().expect("its output")).lines();
    let said = lines
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .find(|line| line["health"] == "wrong answers" || line["event"] == "job")
        .expect("it says how the node stands");
    let status = fs::read_to_string(format!("/proc/{}/status", miner.0.id())).expect("it runs");
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
    (
        said["detail"].as_str().unwrap_or_default().to_owned(),
        most.expect("a size"),
    )
}

/// A list of this, so many bytes long.
fn many(one: &str, bytes: usize) -> String {
    format!("[{}]", vec![one; bytes / (one.len() + 1)].join(","))
}

#[test]
fn many_small_things_take_no_more_than_their_bytes() {
    let info = || r#"{"chain":"main"}"#.to_owned();
    let named =
        |name: &str, one: &str, mib: usize| format!(r#"{{"{name}":{}}}"#, many(one, mib << 20));
    for (info, template) in [
        (info(), named("transactions", "{}", 31)),
        (info(), named("transactions", "{}", 15)),
        (info(), named("transactions", r#"{"fee":1}"#, 15)),
        (info(), named("transactions", r#"{"a":{"b":[0]}}"#, 15)),
        (info(), named("rules", "0", 15)),
        (info(), named("junk", r#"{"a":{}}"#, 15)),
        (info(), many("{}", 15 << 20)),
        (many("{}", 15 << 20), String::new()),
        (named("chain", "{}", 0), String::new()),
    ] {
        let head: String = template.chars().take(40).collect();
        let (said, most) = said_of(&node(info, template), &[]);
        assert!(!said.is_empty(), "{head}: nothing is said");
        assert!(most < MOST_KIB, "{head}: {most} KiB for {said}");
    }
}

#[test]
fn a_template_that_is_too_easy_for_main_is_not_hashed() {
    for bits in ["1d00ffff", "207fffff", "171c3d00"] {
        let mut template: Value = serde_json::from_str(TEMPLATE).expect("JSON");
        template["bits"] = json!(bits);
        template
            .as_object_mut()
            .expect("an object")
            .remove("target");
        let url = node(r#"{"chain":"main"}"#.to_owned(), template.to_string());
        let (said, _) = said_of(&url, &[]);
        assert!(
            said.contains("which no block of main can have"),
            "{bits}: {said}"
        );
    }
}

#[test]
fn a_node_on_another_chain_than_the_network_that_is_named_is_not_mined_on() {
    let on = |chain: &str| node(format!(r#"{{"chain":"{chain}"}}"#), TEMPLATE.to_owned());
    let (said, _) = said_of(&on("test"), &["--network=main"]);
    assert!(said.contains("it is on the old testnet3"), "{said}");
    for chain in ["testnet4", "signet", "regtest"] {
        let mut mine = miner(&on(chain), &["--network=main"]);
        let mut why = String::new();
        let mut out = mine.0.stderr.take().expect("its words");
        out.read_to_string(&mut why).expect("text");
        assert_eq!(mine.0.wait().expect("it ends").code(), Some(2), "{why}");
        let sentence = format!("the node is on {chain}, and --network names main; ");
        assert!(why.contains(&sentence), "{why}");
        assert_eq!(why.trim_end().lines().count(), 1, "{why}");
    }
}

/// What this node's template of main comes to, with its time so many seconds off ours.
fn of_time(seconds: i64) -> String {
    let mut template: Value = serde_json::from_str(TEMPLATE).expect("JSON");
    let time = jiff::Timestamp::now().as_second() + seconds;
    (template["curtime"], template["mintime"]) = (time.into(), (time - 3_000).into());
    said_of(
        &node(r#"{"chain":"main"}"#.to_owned(), template.to_string()),
        &[],
    )
    .0
}

#[test]
fn a_template_of_another_time_is_not_hashed() {
    for hours in [-30_000, -3, 3, 100] {
        let said = of_time(hours * 3_600);
        assert!(
            said.contains("its time is more than 2 h off"),
            "{hours} h: {said}"
        );
    }
    for minutes in [-110, 0, 110] {
        assert_eq!(of_time(minutes * 60), "", "{minutes} min");
    }
}
