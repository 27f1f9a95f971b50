//! A server that says what it is told to: every odd answer a node could give.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use super::*;

/// What the server does with one connection.
enum Line {
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// A cookie is put in place, then a 401.
    NewCookie(std::path::PathBuf, &'static str),
    /// Nothing until the client goes.
    Silence,
}

struct Fake {
    url: String,
    thread: JoinHandle<Vec<String>>,
}

fn http(status: &str, body: &str) -> Line {
    let length = body.len();
    Line::Raw(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
}

fn authorization(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream);
    let (mut length, mut found) = (0, String::new());
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).expect("a request");
        let Some((name, value)) = line.trim().split_once(':') else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().expect("a length"),
            "authorization" => value.trim().clone_into(&mut found),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).expect("the body");
    found
}

/// Serves one connection a line of the script, then closes; gives the `Authorization` headers it saw.
fn fake(script: Vec<Line>) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let thread = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for line in script {
            let (mut stream, _) = listener.accept().expect("a client");
            seen.push(authorization(&stream));
            match line {
                // The client may have gone in the middle of what is too long for it.
                Line::Raw(bytes) => drop(stream.write_all(&bytes)),
                Line::NewCookie(file, cookie) => {
                    std::fs::write(file, cookie).expect("writes");
                    stream
                        .write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                        .expect("sends");
                }
                Line::Silence => drop(stream.read(&mut [0])),
            }
        }
        seen
    });
    Fake { url, thread }
}

fn ask_within(client: &Client, bounds: Bounds) -> Result<Value, Fault> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(client.call("getbestblockhash", json!([]), bounds))
}

fn open(url: &str) -> Client {
    Client::new(url, Auth::Open, |_| Ok(())).expect("a URL")
}

fn one(line: Line) -> Result<Value, Fault> {
    let fake = fake(vec![line]);
    let answer = ask_within(&open(&fake.url), SHORT);
    fake.thread.join().expect("served");
    answer
}

#[test]
fn sound_answers_of_both_dialects() {
    let good = r#"{"result":"00ab","error":null,"id":"x"}"#;
    assert_eq!(one(http("200 OK", good)), Ok(json!("00ab")));
    let without_error = r#"{"jsonrpc":"2.0","result":null,"id":1}"#;
    assert_eq!(one(http("200 OK", without_error)), Ok(Value::Null));
    for (status, code) in [("500 Internal Server Error", -10), ("200 OK", -9)] {
        let body = format!(r#"{{"result":null,"error":{{"code":{code},"message":"m"}},"id":1}}"#);
        assert_eq!(
            one(http(status, &body)),
            Err(Fault::rpc(code, "m")),
            "{status}"
        );
    }
    let unknown = r#"{"result":null,"error":{"code":-32601,"message":"m"},"id":1}"#;
    for status in ["404 Not Found", "200 OK"] {
        let missing = Fault::Missing("getbestblockhash".to_owned());
        assert_eq!(one(http(status, unknown)), Err(missing), "{status}");
    }
}

#[test]
fn odd_answers_are_told_apart() {
    for (status, code) in [
        ("503 Q", 503),
        ("404 N", 404),
        ("302 Found", 302),
        ("500 E", 500),
    ] {
        assert_eq!(
            one(http(status, "Work queue depth exceeded")),
            Err(Fault::Status(code))
        );
    }
    let forbidden = one(http("403 F", ""));
    assert!(
        matches!(forbidden, Err(Fault::Forbidden(_))),
        "{forbidden:?}"
    );
    for body in [
        "",
        "{\"result\":",
        "[1]",
        "[1,null]",
        "<html>",
        "{}",
        r#"{"result":1,"error":7}"#,
    ] {
        let fault = one(http("200 OK", body)).expect_err("no answer");
        assert!(
            matches!(fault, Fault::NotJson(_) | Fault::Cut(_)),
            "{body}: {fault:?}"
        );
    }
    let deep = "[".repeat(100_000);
    let fault = one(http("200 OK", &deep)).expect_err("no answer");
    assert!(
        matches!(fault, Fault::NotJson(_) | Fault::Cut(_)),
        "{fault:?}"
    );
    let deep = format!(r#"{{"result":{deep}{}}}"#, "]".repeat(100_000));
    assert!(one(http("200 OK", &deep)).is_err());
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"res".to_vec();
    assert!(matches!(one(Line::Raw(half)), Err(Fault::Cut(_))));
    assert!(matches!(one(Line::Raw(Vec::new())), Err(Fault::Cut(_))));
    let noise = one(Line::Raw(b"\x03\x00\xff\xffnoise\r\n\r\n".to_vec()));
    assert!(
        matches!(noise, Err(Fault::NotJson(_) | Fault::Cut(_))),
        "{noise:?}"
    );
}

#[test]
fn what_is_too_long_is_not_read() {
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(SHORT.bytes + 4096, b' ');
    assert_eq!(one(Line::Raw(endless)), Err(Fault::TooLarge(SHORT.bytes)));
    let mut heads = b"HTTP/1.1 200 OK\r\n".to_vec();
    heads.extend(b"x: y\r\n".repeat(200_000));
    assert!(one(Line::Raw(heads)).is_err());
}

#[test]
fn an_answer_is_read_as_what_was_asked_for() {
    let as_number = |body: &str| result::<u32>(200, body.as_bytes());
    assert_eq!(as_number(r#"{"result":7,"id":[{"junk":{}}]}"#), Ok(7));
    for odd in [
        r#"{"result":null}"#,
        r#"{"result":"7"}"#,
        r#"{"result":-1}"#,
    ] {
        assert!(matches!(as_number(odd), Err(Fault::Shape(_))), "{odd}");
    }
    // No result is no verdict; null is one.
    let verdict = |body: &str| result::<Option<String>>(200, body.as_bytes());
    assert_eq!(verdict(r#"{"result":null,"error":null}"#), Ok(None));
    assert!(matches!(
        verdict(r#"{"error":null}"#),
        Err(Fault::NotJson(_))
    ));
    assert!(verdict(r#"{"result":true}"#).is_err());
}

#[test]
fn silence_and_absence_end() {
    let silent = fake(vec![Line::Silence]);
    let time = Duration::from_millis(50);
    let answer = ask_within(&open(&silent.url), Bounds { time, ..SHORT });
    assert_eq!(answer, Err(Fault::Slow(time)));
    silent.thread.join().expect("the client went");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", gone.local_addr().expect("bound"));
    drop(gone);
    assert!(matches!(
        ask_within(&open(&url), SHORT),
        Err(Fault::Unreachable(_))
    ));
}

#[test]
fn a_new_cookie_is_read_after_a_401() {
    let dir = tempfile::tempdir().expect("scratch");
    let file = dir.path().join(".cookie");
    std::fs::write(&file, "u:old").expect("writes");
    let good = || http("200 OK", r#"{"result":1,"error":null}"#);
    let script = vec![
        good(),
        Line::NewCookie(file.clone(), "u:new"),
        good(),
        http("401 Unauthorized", ""),
    ];
    let fake = fake(script);
    let client = Client::new(&fake.url, Auth::Cookie(file), |_| Ok(())).expect("a URL");
    assert_eq!(ask_within(&client, SHORT), Ok(json!(1)));
    assert_eq!(ask_within(&client, SHORT), Ok(json!(1)));
    // The same cookie again: no second try.
    assert_eq!(ask_within(&client, SHORT), Err(Fault::Status(401)));
    let seen = fake.thread.join().expect("served");
    assert_eq!(
        seen,
        [
            "Basic dTpvbGQ=",
            "Basic dTpvbGQ=",
            "Basic dTpuZXc=",
            "Basic dTpuZXc="
        ]
    );
}

#[test]
fn urls() {
    for (url, label) in [
        ("http://127.0.0.1:18443", "127.0.0.1:18443"),
        ("http://[::1]:5/x", "[::1]:5"),
        ("http://node", "node:8332"),
    ] {
        assert_eq!(open(url).label(), label);
    }
    for url in [
        "",
        "node:1",
        "ftp://a",
        "http://",
        "http://u:secret@h:1",
        "http://a b",
    ] {
        let refused = Client::new(url, Auth::Open, |_| Ok(())).expect_err(url);
        assert!(!refused.contains("secret"), "{refused}");
    }
}
