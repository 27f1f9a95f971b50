//! From an operator's emergency order to its answer, while fifty links of every kind do what they can.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::attacker::{Link, Person, operators};
use crate::common::Server;
use crate::told;

const OPERATOR: &str = "operator-token-0001";
const STOLEN: &str = "operator-token-0002";
const VIEWER: &str = "viewer-token-000001";
/// Kinds of harm with the links of each: fifty in all.
const KINDS: [(&str, usize); 8] = [
    ("watches", 7),
    ("silent", 6),
    ("orders", 7),
    ("long", 6),
    ("slow", 6),
    ("pings", 6),
    ("queries", 6),
    ("storm", 6),
];
const ORDERS: usize = 200;
const SECONDS: u64 = 40;

pub(crate) fn run() {
    println!("\n== an emergency order among 50 hostile links; bars: p99 50 ms, 200 MB");
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let tokens = scratch.path().join("tokens");
    let lines = format!("operator {OPERATOR}\noperator {STOLEN}\nviewer {VIEWER}\n");
    std::fs::write(&tokens, lines).expect("is written");
    std::fs::set_permissions(&tokens, std::fs::Permissions::from_mode(0o600)).expect("is ours");
    let anna = Person::new("anna");
    let roll = operators(scratch.path(), "", &[anna.entry("dispatcher", "")]);
    let log = scratch.path().join("gateway.log");
    let [tokens, roll, log] = [&tokens, &roll, &log].map(|path| path.to_str().expect("text"));
    let args = [
        "simulator",
        "--tokens",
        tokens,
        "--operators",
        roll,
        "--log",
        log,
    ];
    let server = Server::start(&args, "127.0.0.1:0");
    let mut link = Link::with_token(&server.at, "/fleet", Some(OPERATOR)).expect("is let in");
    let (mut quiet, _) = orders(&mut link, &anna, server.pid(), 50);
    told("nobody else", &mut quiet);
    let mut attackers: Vec<Child> = KINDS
        .iter()
        .map(|(kind, _)| start(kind, &server.at))
        .collect();
    thread::sleep(Duration::from_secs(3));
    let (mut spans, most) = orders(&mut link, &anna, server.pid(), ORDERS);
    let again = Instant::now();
    let anew = Link::with_token(&server.at, "/fleet", Some(OPERATOR));
    let back = again.elapsed();
    for attacker in &mut attackers {
        let _ = attacker.kill();
        let _ = attacker.wait();
    }
    told("50 hostile links", &mut spans);
    println!("memory of the gateway: at most {} MB", most >> 20);
    println!(
        "a console that comes anew is let in: {} after {back:.1?}",
        anew.is_ok()
    );
    let said = std::fs::read_to_string(log).unwrap_or_default();
    println!(
        "its log: {} lines, {} bytes",
        said.lines().count(),
        said.len()
    );
}

/// Starts one kind of harm at nice 19.
fn start(kind: &str, at: &str) -> Child {
    let own = std::env::current_exe().expect("this program");
    Command::new("nice")
        .args(["-n", "19"])
        .arg(own)
        .args(["attack", kind, at, &SECONDS.to_string()])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("nice runs")
}

fn time(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}

/// An order of one block of the simulated nation.
fn order(by: &str, targets: &Value) -> Value {
    let now = jiff::Timestamp::now();
    let until = now + jiff::SignedDuration::from_secs(120);
    json!({
        "type": "order", "id": ulid(), "plan": "07".repeat(32), "nation": "Belarus", "gateway": "simulator",
        "kind": "curtail", "targets": targets, "extra_w_max": 0, "reason": "bench", "issued_by": by,
        "issued_at": time(now), "expires_at": time(until), "lease_s": 0, "emergency": true,
        "desk": "bench", "freq_seen_mhz": 49_800,
    })
}

fn ulid() -> String {
    ulid::Ulid(rand::random::<u128>() >> 1).to_string()
}

/// Sends emergency orders, one block after the other, and measures until each is answered; and the gateway's memory.
fn orders(link: &mut Link, by: &Person, pid: u32, count: usize) -> (Vec<Duration>, usize) {
    let blocks = blocks(link);
    let (mut spans, mut most) = (Vec::new(), 0);
    for number in 0..count {
        thread::sleep(Duration::from_millis(60 + (number as u64 * 37) % 60));
        let mut target = blocks[number % blocks.len()].clone();
        target["site_seq"] = json!(target["site_seq"].as_u64().unwrap_or(0) + 1 + number as u64);
        let message = by.sign(order(by.name, &json!([target])));
        let id = message["id"].as_str().expect("text").to_owned();
        let sent = Instant::now();
        link.send(&message);
        link.answer(&id);
        spans.push(sent.elapsed());
        link.send(&json!({"type": "ping", "id": 1, "sent": time(jiff::Timestamp::now())}));
        most = most.max(resident(pid));
    }
    (spans, most)
}

fn blocks(link: &mut Link) -> Vec<Value> {
    link.subscribe(&["fleet", "order"]);
    let shot = link.wait("the fleet", |m| {
        m["type"] == "snapshot" && m["topic"] == "fleet"
    });
    let sites = shot["body"]["sites"].as_array().expect("sites");
    let target = |block: &Value| {
        let site = sites.iter().find(|s| s["id"] == block["site"]);
        let site = site.expect("its site");
        json!({"site": block["site"], "block": block["id"], "target_w": 0,
               "epoch": site["authority"]["epoch"], "site_seq": site["site_seq"]})
    };
    let blocks = shot["body"]["blocks"].as_array().expect("blocks");
    blocks.iter().map(target).collect()
}

fn resident(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|l| l.split_whitespace().nth(1)?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// One kind of harm; ends by itself.
pub(crate) fn attack(kind: &str, at: &str, seconds: &str) {
    let until = Instant::now() + Duration::from_secs(seconds.parse().unwrap_or(5).min(60));
    let links = KINDS.iter().find(|(name, _)| *name == kind);
    let links = links.map_or(0, |(_, links)| *links);
    let threads: Vec<_> = (0..links)
        .map(|_| {
            let (kind, at) = (kind.to_owned(), at.to_owned());
            thread::spawn(move || {
                while Instant::now() < until {
                    harm(&kind, &at, until);
                    thread::sleep(Duration::from_millis(1));
                }
            })
        })
        .collect();
    for thread in threads {
        let _ = thread.join();
    }
}

/// Until the link is closed, or for as long as it may.
fn harm(kind: &str, at: &str, until: Instant) {
    let Ok(mut stream) = TcpStream::connect(at) else {
        return;
    };
    if kind == "silent" {
        // A hundred of each, left open.
        let held: Vec<_> = (0..100).map(|_| TcpStream::connect(at)).collect();
        thread::sleep(Duration::from_secs(6).min(until.saturating_duration_since(Instant::now())));
        drop(held);
        return;
    }
    let token = match kind {
        "watches" | "slow" | "storm" | "pings" => VIEWER,
        _ => STOLEN,
    };
    if !upgrade(&mut stream, at, token) || kind == "storm" {
        return;
    }
    let reader = stream.try_clone();
    if kind != "slow"
        && let Ok(mut reader) = reader
    {
        thread::spawn(move || {
            let mut all = vec![0; 65_536];
            while reader.read(&mut all).is_ok_and(|count| count > 0) {}
        });
    }
    let messages = messages(kind);
    let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
    let mut number = 0;
    while Instant::now() < until {
        let text = match kind {
            "orders" => order("nobody", &json!([{"site": "astravets", "block": "b01", "target_w": 0, "epoch": 0, "site_seq": 1}])).to_string(),
            "queries" => json!({"type": "order_query", "id": ulid()}).to_string(),
            "long" => long_order(),
            _ => messages[number % messages.len()].clone(),
        };
        number += 1;
        match stream.write_all(&frame(&text)) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock && kind == "slow" => {
                thread::sleep(Duration::from_millis(50));
            }
            Err(_) => return,
        }
    }
}

fn messages(kind: &str) -> Vec<String> {
    let ping = json!({"type": "ping", "id": 1, "sent": time(jiff::Timestamp::now())});
    let topics = json!({"type": "subscribe", "id": "s", "topics": ["fleet", "alarm", "order"]});
    let halls = ["astravets", "biaroza", "lukoml", "mazyr"];
    let watches = halls.iter().flat_map(|site| {
        (1..3).map(move |hall| json!({"type": "watch", "site": site, "hall": format!("h{hall}"), "page": 0}))
    });
    let mut all = vec![topics];
    match kind {
        "watches" => all.extend(watches),
        "slow" => all.extend(watches.chain([ping])),
        _ => all = vec![ping],
    }
    all.iter().map(Value::to_string).collect()
}

/// Nearly as long as a message may be.
fn long_order() -> String {
    let targets: Vec<Value> = (0..3_900)
        .map(|n| json!({"site": "astravets", "block": format!("no-such-block-of-anybody-{n:05}-{}", "x".repeat(100)), "target_w": 0, "epoch": 0, "site_seq": 1}))
        .collect();
    let mut order = order("anna", &json!(targets));
    order["signature"] = json!("ab".repeat(64));
    order.to_string()
}

fn upgrade(stream: &mut TcpStream, at: &str, token: &str) -> bool {
    let head = format!(
        "GET /fleet HTTP/1.1\r\nHost: {at}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: baseload.feed.v1\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let mut first = [0; 12];
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    stream.write_all(head.as_bytes()).is_ok()
        && stream.read_exact(&mut first).is_ok()
        && first.ends_with(b"101")
}

/// A text frame of a client, masked with zeros.
fn frame(text: &str) -> Vec<u8> {
    let mut bytes = vec![0x81];
    match text.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..65_536 => {
            bytes.push(0xfe);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0xff);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(text.as_bytes());
    bytes
}
