//! A console in front of a gateway of older rules: it is spoken to in the old form, and marked.

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, accept_hdr};

use crate::common::{Server, Terminal};
use crate::desk::{execute, is_live, only, order_becomes, plan};

/// What a console has said to a gateway through us.
type Heard = Arc<Mutex<Vec<Value>>>;

/// Stands before a gateway and takes out of its hello what an older one does not say.
fn before(gateway: &str, old: bool) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address").to_string();
    let (gateway, heard) = (gateway.to_owned(), Heard::default());
    let told = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (gateway, heard) = (gateway.clone(), Arc::clone(&told));
            thread::spawn(move || pass(stream, &gateway, old, &heard));
        }
    });
    (at, heard)
}

fn pass(stream: TcpStream, gateway: &str, old: bool, heard: &Heard) {
    let mut path = String::new();
    #[allow(clippy::result_large_err, reason = "the library's own type")]
    let agree = |request: &Request, mut response: Response| {
        request.uri().path().clone_into(&mut path);
        let protocol = HeaderValue::from_static("baseload.feed.v1");
        response
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", protocol);
        Ok(response)
    };
    let mut console = accept_hdr(stream, agree).expect("a console");
    let mut request = format!("ws://{gateway}{path}")
        .into_client_request()
        .expect("an address");
    let protocol = HeaderValue::from_static("baseload.feed.v1");
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", protocol);
    let stream = TcpStream::connect(gateway).expect("the gateway");
    let (mut server, _) = client(request, stream).expect("the gateway");
    for socket in [console.get_ref(), server.get_ref()] {
        socket
            .set_read_timeout(Some(Duration::from_millis(2)))
            .expect("a time");
    }
    loop {
        match next(&mut server) {
            Some(Ok(text)) => {
                let text = if old { older(&text) } else { text };
                if console.send(Message::text(text)).is_err() {
                    return;
                }
            }
            Some(Err(())) => return,
            None => {}
        }
        match next(&mut console) {
            Some(Ok(text)) => {
                let said = serde_json::from_str(&text).expect("JSON");
                heard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(said);
                if server.send(Message::text(text)).is_err() {
                    return;
                }
            }
            Some(Err(())) => return,
            None => {}
        }
    }
}

fn next(socket: &mut WebSocket<TcpStream>) -> Option<Result<String, ()>> {
    match socket.read() {
        Ok(Message::Text(text)) => Some(Ok(text.to_string())),
        Ok(_) => None,
        Err(Error::Io(error))
            if matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            ) =>
        {
            None
        }
        Err(_) => Some(Err(())),
    }
}

fn older(text: &str) -> String {
    if !text.contains("\"type\":\"hello\"") {
        return text.to_owned();
    }
    let mut hello: Value = serde_json::from_str(text).expect("JSON");
    let fields = hello.as_object_mut().expect("fields");
    fields.remove("acts");
    fields.remove("operators");
    hello.to_string()
}

fn console(at: &str) -> Terminal {
    let feeds = crate::desk::feeds(at);
    let mut args = vec!["console"];
    for feed in &feeds {
        args.extend(["--feed", feed]);
    }
    let terminal = Terminal::start(&args, 120, 36);
    is_live(&terminal);
    terminal
}

/// What a console says while its person orders, and takes a site into his hands.
fn said(old: bool) -> (Vec<Value>, Terminal) {
    let server = Server::simulator("127.0.0.1:0");
    let (at, heard) = before(&server.at, old);
    let mut terminal = console(&at);
    only(&mut terminal, "lukoml");
    plan(&mut terminal, "c", "20");
    execute(&mut terminal);
    terminal.keys("4");
    order_becomes(&terminal, "delivered");
    let all = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    drop(server);
    (all, terminal)
}

const NEW: [&str; 8] = [
    "act",
    "gateway",
    "desk",
    "countersigned_desk",
    "freq_seen_mhz",
    "not_before",
    "raised",
    "tag",
];

#[test]
fn an_older_gateway_is_spoken_to_in_the_old_form_and_marked() {
    let (all, mut terminal) = said(true);
    let acts: Vec<&Value> = all
        .iter()
        .filter(|m| {
            !matches!(
                m["type"].as_str(),
                Some("subscribe" | "ping" | "watch" | "unwatch")
            )
        })
        .collect();
    assert!(acts.iter().any(|m| m["type"] == "order"), "{acts:?}");
    for message in acts {
        for field in NEW {
            let old = field == "gateway" && message["type"] == "order";
            assert!(old || message[field].is_null(), "{field} in {message}");
        }
    }
    for screen in ["4", "8"] {
        terminal.keys(screen);
        terminal.wait_for("old safety rules");
    }
}

#[test]
fn a_gateway_of_these_rules_is_told_the_desk_and_that_anybody_may_act_is_said() {
    let (all, mut terminal) = said(false);
    let order = all.iter().find(|m| m["type"] == "order").expect("an order");
    assert!(order["desk"].is_string(), "{order}");
    for screen in ["4", "8"] {
        terminal.keys(screen);
        let text = terminal.wait_for("anybody may act");
        assert!(!text.contains("old safety rules"));
    }
}
