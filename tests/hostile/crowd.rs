//! Many links that mean harm, and one person who must get through.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::attacker::Link;
use crate::common::DEADLINE;
use crate::reload::{OPERATOR, VIEWER, both, order, simulator, text, tokens};

/// Waits until a log holds `words`, and gives it whole.
pub(crate) fn wait_log(log: &Path, words: &str) -> String {
    let until = Instant::now() + DEADLINE;
    loop {
        let said = fs::read_to_string(log).unwrap_or_default();
        if said.contains(words) {
            return said;
        }
        assert!(Instant::now() < until, "no {words:?} in:\n{said}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn silent_handshakes_keep_nobody_out() {
    let server = simulator(&[]);
    let silent: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(&server.at).expect("the machine takes it"))
        .collect();
    let _link = Link::open(&server.at, "/fleet");
    let closed = |at: usize| {
        let mut stream = &silent[at];
        stream.set_nonblocking(true).expect("can be set");
        stream.read(&mut [0; 1]).is_ok_and(|count| count == 0)
    };
    assert!(closed(0), "the oldest made room");
    // All are given up after 5 s: nobody waited for that.
    assert!(!closed(200), "all were given up before anybody was let in");
}

#[test]
fn an_operator_gets_in_while_viewers_hold_all_places() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = tokens(scratch.path(), &both());
    let server = simulator(&["--tokens", text(&file)]);
    let open = |token| Link::with_token(&server.at, "/grid", Some(token)).expect("is let in");
    let mut viewers: Vec<Link> = (0..256).map(|_| open(VIEWER)).collect();
    let mut operators: Vec<Link> = (0..3).map(|_| open(OPERATOR)).collect();
    for link in &mut operators {
        link.subscribe(&["grid"]);
        link.wait("the grid", |m| m["type"] == "snapshot");
    }
    assert_eq!(viewers[0].closed(), 1013, "the oldest of them made room");
}

#[test]
fn one_more_viewer_than_there_are_places_is_refused_with_the_reason() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = tokens(scratch.path(), &both());
    let server = simulator(&["--tokens", text(&file)]);
    let open = |token| Link::with_token(&server.at, "/grid", Some(token));
    let all: Vec<Result<Link, String>> = (0..257).map(|_| open(VIEWER)).collect();
    let why = all.iter().find_map(|link| link.as_ref().err());
    assert!(why.is_some_and(|why| why.contains("503")), "{why:?}");
}

/// Pages that come until a ping sent after the last watch is answered.
fn pages(link: &mut Link, id: u32) -> usize {
    let count = std::cell::Cell::new(0);
    let machines = |m: &serde_json::Value| {
        if m["type"] == "machines" {
            count.set(count.get() + 1);
        }
    };
    link.wait("the answer", |m| {
        machines(m);
        m["type"] == "pong" && m["id"] == id
    });
    count.get()
}

#[test]
fn a_second_watch_of_the_same_page_is_no_second_watch() {
    let server = simulator(&[]);
    let mut link = Link::open(&server.at, "/fleet");
    let asked = order(&mut link, "anybody");
    let site = &asked["targets"][0]["site"];
    let shot = {
        link.subscribe(&["fleet"]);
        link.wait("the fleet", |m| {
            m["type"] == "snapshot" && m["topic"] == "fleet"
        })
    };
    let halls = shot["body"]["halls"].as_array().expect("halls");
    let hall = halls.iter().find(|h| h["site"] == *site).expect("a hall");
    let watch = json!({"type": "watch", "site": site, "hall": hall["id"], "page": 0}).to_string();
    let unwatch = json!({"type": "unwatch", "site": site, "hall": hall["id"]}).to_string();
    let began = Instant::now();
    for _ in 0..500 {
        link.send_text(&watch);
    }
    // Nor by taking it back in between.
    for _ in 0..500 {
        link.send_text(&unwatch);
        link.send_text(&watch);
    }
    link.send(&json!({"type": "ping", "id": 1, "sent": "2026-01-15T13:44:40.000Z"}));
    let count = pages(&mut link, 1);
    let periods = usize::try_from(began.elapsed().as_secs()).expect("few") + 2;
    assert!(count <= periods, "{count} pages in {periods} periods");
    // It is a watch all the same.
    link.wait("a page", |m| m["type"] == "machines");
}

#[test]
fn a_link_that_takes_nothing_costs_a_bounded_amount() {
    let server = simulator(&[]);
    let mut link = Link::open(&server.at, "/fleet");
    link.subscribe(&["fleet"]);
    let shot = link.wait("the fleet", |m| {
        m["type"] == "snapshot" && m["topic"] == "fleet"
    });
    let halls = shot["body"]["halls"].as_array().expect("halls").clone();
    let asks: Vec<Vec<u8>> = halls
        .iter()
        .flat_map(|hall| {
            let text =
                json!({"type": "watch", "site": hall["site"], "hall": hall["id"], "page": 0});
            let ping = json!({"type": "ping", "id": 7, "sent": "2026-01-15T13:44:40.000Z"});
            [frame(&text.to_string()), frame(&ping.to_string())]
        })
        .collect();
    let before = resident(server.pid());
    let mut slow: Vec<TcpStream> = (0..20).map(|_| raw(&server.at)).collect();
    let mut most = 0;
    // They ask and ask, and read nothing.
    for round in 0..3_000 {
        for stream in &mut slow {
            for ask in &asks {
                let _ = stream.write(ask);
            }
        }
        if round % 50 == 0 {
            std::thread::sleep(Duration::from_millis(50));
        }
        most = most.max(resident(server.pid()).saturating_sub(before));
    }
    println!("{} MB more for 20 links that take nothing", most >> 20);
    assert!(most < 60 << 20, "{} MB more", most >> 20);
}

/// Memory of a process, bytes.
fn resident(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find(|l| l.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|l| l.split_whitespace().nth(1)?.parse::<usize>().ok());
    kilobytes.expect("a figure") << 10
}

/// A websocket that is never read again; writes do not wait.
fn raw(at: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).expect("the machine takes it");
    let head = format!(
        "GET /fleet HTTP/1.1\r\nHost: {at}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: baseload.feed.v1\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("is taken");
    let mut first = [0; 16];
    stream.read_exact(&mut first).expect("an answer");
    assert!(first.starts_with(b"HTTP/1.1 101"), "is let in");
    stream.set_nonblocking(true).expect("does not wait");
    stream
}

/// A text frame of a client, masked with zeros.
fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short");
    let mut bytes = vec![0x81];
    if length < 126 {
        bytes.push(0x80 | length as u8);
    } else {
        bytes.push(0xfe);
        bytes.extend(length.to_be_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(text.as_bytes());
    bytes
}

#[test]
fn refusals_are_logged_and_bounded_and_nothing_hostile_or_secret_is_written_raw() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = tokens(scratch.path(), &both());
    let log = scratch.path().join("gateway.log");
    let server = simulator(&["--tokens", text(&file), "--log", text(&log)]);
    for _ in 0..300 {
        let guess = "guessed-token-00001";
        assert!(Link::with_token(&server.at, "/fleet", Some(guess)).is_err());
    }
    let mut page = TcpStream::connect(&server.at).expect("the machine takes it");
    let head = format!(
        "GET /fleet HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://evil\x1b[2J{}\r\n\r\n",
        server.at,
        "x".repeat(5_000)
    );
    page.write_all(head.as_bytes()).expect("is taken");
    let mut link = Link::with_token(&server.at, "/fleet", Some(VIEWER)).expect("is let in");
    link.send(
        &json!({"type": "error", "code": "c", "message": "gone \u{1b}[31m\nINFO forged \u{202e}"}),
    );
    let said = wait_log(&log, "forged");
    let said = if said.contains("token") {
        said
    } else {
        wait_log(&log, "token")
    };
    assert!(said.lines().count() < 60, "{said}");
    assert!(said.lines().all(|line| line.len() < 700), "{said}");
    assert!(
        said.chars().all(|c| c == '\n' || !c.is_control()),
        "{said:?}"
    );
    assert!(
        !said.contains('\u{202e}') && !said.contains("guessed-token"),
        "{said}"
    );
    assert!(!said.contains(VIEWER), "{said}");
    assert!(
        !said.lines().any(|line| line.starts_with("INFO forged")),
        "{said}"
    );
}
