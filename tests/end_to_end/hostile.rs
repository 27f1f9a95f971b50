//! A server that means harm: what it sends is counted and closed with the right code, never shown raw, never fatal.

use std::net::TcpListener as StdListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::common::{DEADLINE, Terminal};
use crate::desk::{bad_messages, console, is_live, live, simulator};

const SUBPROTOCOL: &str = "baseload.feed.v1";

/// What hostile names hold: clipboard and title sequences, colours, C1, bidi overrides, zero width, line breaks.
const EVIL: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}]0;owned\u{7}\u{1b}[31m\u{1b}[2J\u{9b}5m\u{9d}0;x\u{9c}\u{202e}\u{2066}\u{200b}\u{200d}\u{feff}\r\n\t\u{85}\u{2028}EVIL";

#[allow(
    clippy::result_large_err,
    clippy::unnecessary_wraps,
    reason = "the signature of the library's callback"
)]
fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    response.headers_mut().insert(
        "Sec-WebSocket-Protocol",
        HeaderValue::from_static(SUBPROTOCOL),
    );
    Ok(response)
}

/// Serves every console the same messages and tells with which code each closed; answers nothing.
fn server(messages: Vec<Message>) -> (String, Receiver<u16>) {
    let listener = StdListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("not blocking");
    let at = listener.local_addr().expect("its address").to_string();
    let (told, codes) = channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                let (messages, told) = (messages.clone(), told.clone());
                tokio::spawn(async move {
                    let Ok(mut socket) = accept_hdr_async(stream, agree).await else {
                        return;
                    };
                    for message in messages {
                        if socket.send(message).await.is_err() {
                            break;
                        }
                    }
                    while let Some(Ok(message)) = socket.next().await {
                        if let Message::Close(Some(frame)) = message {
                            let _ = told.send(frame.code.into());
                        }
                    }
                });
            }
        });
    });
    (at, codes)
}

fn hello(nation: &str, serves: &str) -> Message {
    let nation = serde_json::Value::from(nation);
    Message::text(format!(
        r#"{{"type":"hello","version":1,"feed":"evil","gateway":"evil","nation":{nation},"serves":[{serves}],"boot":"7c0d1e5b9a6f43e2b1d0c9f8e7a6b5c4","time":"2026-01-15T13:45:01.007Z","heartbeat_ms":1000,"report_period_ms":1000,"simulated":false,"durable_orders":false,"limits":{{"frame_bytes":1048576,"message_bytes":1048576,"write_buffer_bytes":4194304,"json_depth":32}}}}"#
    ))
}

/// A console on a good gateway and on the hostile one.
fn between(good: &str, evil: &str) -> Terminal {
    let feeds = [
        format!("ws://{evil}/grid"),
        format!("ws://{good}/fleet"),
        format!("ws://{good}/grid"),
    ];
    console(&feeds, &[], 120, 36)
}

fn stays_alive(terminal: &mut Terminal) {
    terminal.keys("?");
    terminal.wait_for("Keys on");
    terminal.keys("q");
    terminal.keys("1");
    terminal.wait("the nation, alive", |s| {
        s.contains("Astravets") && !s.contains("Keys on")
    });
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn garbage_closes_with_4400_and_is_counted_on_the_feeds_line() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let (open, shut) = ("[".repeat(64), "]".repeat(64));
    let nested = format!(
        r#"{{"type":"heartbeat","time":"2026-01-15T13:45:01.007Z","seq":{{}},"x":{open}1{shut}}}"#
    );
    let server_good = simulator();
    for garbage in [
        Message::text("no json at all"),
        Message::text(deep),
        Message::text(nested),
        Message::binary(vec![0_u8; 100]),
        Message::text(r#"{"type":"update","topic":"grid"}"#),
        Message::text("x".repeat((1 << 20) + 1)),
    ] {
        let kind = format!("{garbage:?}").chars().take(60).collect::<String>();
        let (at, codes) = server(vec![hello("Belarus", "\"grid\""), garbage]);
        let mut terminal = between(&server_good.at, &at);
        let code = codes
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|_| panic!("never closed after {kind}"));
        assert_eq!(code, 4400, "{kind}");
        terminal.wait_for("Astravets");
        terminal.keys("8");
        terminal.wait("a counted message", |s| bad_messages(s, &at));
        stays_alive(&mut terminal);
    }
}

#[test]
fn text_of_a_feed_never_reaches_the_terminal_raw() {
    let good = simulator();
    let long = format!("{EVIL}{}", "W".repeat(10_000));
    let names = |value: &str| serde_json::Value::from(value);
    let site = format!(
        r#"{{"kind":"site","id":{id},"name":{name},"region":{name},"grid_node":{name},"authority":{{"holder":{name},"epoch":0}},"site_seq":0,"quality":"good","measured_at":"2026-01-15T13:44:40.000Z"}}"#,
        id = names("evil"),
        name = names(&format!("{EVIL} site")),
    );
    let endless = format!(
        r#"{{"kind":"site","id":"endless","name":{},"region":"","grid_node":"","authority":{{"epoch":0}},"site_seq":0,"quality":"good","measured_at":"2026-01-15T13:44:40.000Z"}}"#,
        names(&long)
    );
    let snapshot = |topic: &str, body: &str| {
        Message::text(format!(
            r#"{{"type":"snapshot","topic":"{topic}","boot":"7c0d1e5b9a6f43e2b1d0c9f8e7a6b5c4","seq":1,"time":"2026-01-15T13:45:01.007Z","part":0,"parts":1,"body":{body}}}"#
        ))
    };
    let error = Message::text(format!(
        r#"{{"type":"error","code":"evil","message":{}}}"#,
        names(&format!("{EVIL} message"))
    ));
    let (at, _codes) = server(vec![
        hello(EVIL, "\"fleet\",\"alarm\",\"order\""),
        snapshot(
            "fleet",
            &format!(r#"{{"sites":[{site},{endless}],"halls":[],"blocks":[]}}"#),
        ),
        error,
    ]);
    let feeds = [
        format!("ws://{at}/fleet"),
        format!("ws://{}/fleet", good.at),
        format!("ws://{}/grid", good.at),
    ];
    let mut terminal = console(&feeds, &[], 120, 36);
    terminal.wait("something of the hostile feed", |s| s.contains("EVIL"));
    terminal.wait_for("Astravets");
    for key in ["2", "8", "4", "7", "1"] {
        terminal.keys(key);
        terminal.wait("the screen", |s| {
            s.contains("1-8 screens") || s.contains("baseload")
        });
    }
    terminal.keys("*");
    terminal.keys("c");
    terminal.wait_for("MW, % of ");
    terminal.keys("\x1b");
    terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    stays_alive(&mut terminal);
    let raw = terminal.raw();
    // The console's own question about the background, as it stands; nothing else of its kind.
    let text = String::from_utf8_lossy(&raw).replacen("\x1b]11;?\x07", "", 1);
    for evil in [
        "\x1b]",
        "\u{9b}",
        "\u{9d}",
        "\x1b[2J\u{9b}",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\u{2028}",
        "\u{85}",
        "\x07",
    ] {
        assert!(
            !text.contains(evil),
            "{} reached the terminal",
            evil.escape_unicode()
        );
    }
    assert!(!text.contains("ZXZpbA==\x07") && !text.contains(&"W".repeat(300)));
}

#[test]
fn a_server_that_speaks_another_version_is_told_so() {
    let (at, codes) = server(vec![Message::text(
        r#"{"type":"hello","version":2,"feed":"x","gateway":"x","nation":"x","serves":["grid"],"boot":"7c0d1e5b9a6f43e2b1d0c9f8e7a6b5c4","time":"2026-01-15T13:45:01.007Z","heartbeat_ms":1000,"report_period_ms":1000,"simulated":false,"durable_orders":false,"limits":{"frame_bytes":1048576,"message_bytes":1048576,"write_buffer_bytes":4194304,"json_depth":32}}"#,
    )]);
    let good = simulator();
    let mut terminal = between(&good.at, &at);
    assert_eq!(codes.recv_timeout(DEADLINE).expect("a close"), 4406);
    terminal.wait_for("Astravets");
    stays_alive(&mut terminal);
}

#[test]
fn a_port_that_speaks_no_websocket_is_named_as_such() {
    let good = simulator();
    let listener = StdListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = std::io::Write::write_all(
                &mut stream,
                b"HTTP/1.1 200 \x1b]0;owned\x07\r\nContent-Length: 2\r\n\r\nhi",
            );
        }
    });
    let mut terminal = between(&good.at, &at);
    terminal.wait("the reason", |s| s.contains(&at) && s.contains("!2 down"));
    stays_alive(&mut terminal);
    assert!(!String::from_utf8_lossy(&terminal.raw()).contains("owned\x07"));
}

#[test]
fn a_good_feed_beside_a_hostile_one_stays_live() {
    let good = simulator();
    drop(live(&good.at));
    let (at, codes) = server(vec![Message::text("{}")]);
    let terminal = between(&good.at, &at);
    codes.recv_timeout(DEADLINE).expect("a close");
    is_live(&terminal);
}
