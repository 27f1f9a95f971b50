//! A client that says whatever the test wants, with whatever signature.

#![allow(dead_code, reason = "a tool for all tests of this folder")]

use std::collections::VecDeque;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use crate::common::DEADLINE;

/// A person with a key.
pub(crate) struct Person {
    pub name: &'static str,
    pub key: SigningKey,
}

impl Person {
    /// The same name has the same key in every run.
    pub(crate) fn new(name: &'static str) -> Self {
        let mut seed = [7; 32];
        for (at, byte) in seed.iter_mut().zip(name.bytes()) {
            *at = byte;
        }
        let key = SigningKey::from_bytes(&seed);
        Self { name, key }
    }

    /// The person's table in a file of operators; `more` are further lines of it.
    pub(crate) fn entry(&self, rank: &str, more: &str) -> String {
        let key = HEXLOWER.encode(self.key.verifying_key().as_bytes());
        format!(
            "[[operator]]\nname = \"{}\"\nrank = \"{rank}\"\nkey = \"{key}\"\n{more}\n",
            self.name
        )
    }

    /// Signs all fields of a message but its signatures, as RFC 8785 has them.
    pub(crate) fn sign(&self, mut message: Value) -> Value {
        let signature = self.signature(&message);
        message["signature"] = signature.into();
        message
    }

    /// The signature that [`Person::sign`] puts in.
    pub(crate) fn signature(&self, message: &Value) -> String {
        let mut bare = message.clone();
        let fields = bare.as_object_mut().expect("a message is an object");
        fields.remove("signature");
        fields.remove("countersignature");
        let form = serde_json_canonicalizer::to_vec(&bare).expect("is written");
        HEXLOWER.encode(&self.key.sign(&form).to_bytes())
    }
}

/// Writes a file of operators and gives its path.
pub(crate) fn operators(folder: &Path, head: &str, entries: &[String]) -> PathBuf {
    let path = folder.join("operators.toml");
    std::fs::write(&path, format!("{head}\n{}", entries.concat())).expect("is written");
    path
}

/// One websocket link.
pub(crate) struct Link {
    socket: WebSocket<TcpStream>,
    /// What `hello` said.
    pub hello: Value,
    /// When it last sent a ping: a gateway lets go of who is silent.
    pinged: Instant,
    /// What it heard last, for who looks into a test that failed.
    heard: VecDeque<String>,
}

/// So many messages of those that were heard are shown, and so much of each, characters.
const SHOWN: (usize, usize) = (20, 300);

impl Link {
    /// Connects to `at` (host:port) and waits for its hello.
    pub(crate) fn open(at: &str, path: &str) -> Self {
        Self::with_token(at, path, None).expect("is let in")
    }

    /// As [`Link::open`] with a token; errors are those of the upgrade.
    pub(crate) fn with_token(at: &str, path: &str, token: Option<&str>) -> Result<Self, String> {
        let stream = TcpStream::connect(at).map_err(|error| error.to_string())?;
        stream
            .set_read_timeout(Some(std::time::Duration::from_millis(100)))
            .map_err(|error| error.to_string())?;
        let mut request = format!("ws://{at}{path}")
            .into_client_request()
            .expect("an address");
        let headers = request.headers_mut();
        headers.insert(
            "Sec-WebSocket-Protocol",
            HeaderValue::from_static("baseload.feed.v1"),
        );
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("a header");
            headers.insert("Authorization", value);
        }
        stream.set_nonblocking(false).expect("blocks");
        let mut handshake = client(request, stream);
        let socket = loop {
            use tokio_tungstenite::tungstenite::HandshakeError;
            match handshake {
                Ok((socket, _)) => break socket,
                Err(HandshakeError::Interrupted(more)) => handshake = more.handshake(),
                Err(HandshakeError::Failure(error)) => return Err(error.to_string()),
            }
        };
        let mut link = Self {
            socket,
            hello: Value::Null,
            pinged: Instant::now(),
            heard: VecDeque::new(),
        };
        link.hello = link.wait("hello", |message| message["type"] == "hello");
        Ok(link)
    }

    /// Subscribes to these topics.
    pub(crate) fn subscribe(&mut self, topics: &[&str]) {
        self.send(&serde_json::json!({"type": "subscribe", "id": "s", "topics": topics}));
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        self.socket
            .send(Message::text(text))
            .expect("the link takes it");
    }

    /// The next message within the time left; none where the other end has closed.
    fn next(&mut self, until: Instant) -> Option<Result<Value, u16>> {
        loop {
            if self.pinged.elapsed() > std::time::Duration::from_millis(500) {
                self.pinged = Instant::now();
                let ping = r#"{"type":"ping","id":1,"sent":"2026-01-15T13:44:40.000Z"}"#;
                // One that the other end has closed is found out by reading.
                let _ = self.socket.send(Message::text(ping));
            }
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    self.note(&text);
                    return Some(Ok(serde_json::from_str(&text).expect("JSON")));
                }
                Ok(Message::Close(frame)) => {
                    return Some(Err(frame.map_or(1005, |frame| frame.code.into())));
                }
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    if Instant::now() > until {
                        return None;
                    }
                    // One that only listens is taken for dead.
                    let ping = r#"{"type":"ping","id":9,"sent":"2026-01-15T13:44:40.000Z"}"#;
                    let _ = self.socket.send(Message::text(ping));
                }
                Err(_) => return Some(Err(1006)),
            }
        }
    }

    fn note(&mut self, text: &str) {
        if self.heard.len() == SHOWN.0 {
            self.heard.pop_front();
        }
        self.heard.push_back(text.chars().take(SHOWN.1).collect());
    }

    fn last_heard(&self) -> String {
        let heard: Vec<&str> = self.heard.iter().map(String::as_str).collect();
        format!("; heard last:\n{}", heard.join("\n"))
    }

    /// Waits for a message of which `wanted` is true.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            match self.next(until) {
                Some(Ok(message)) if wanted(&message) => return message,
                Some(Ok(_)) => {}
                Some(Err(code)) => panic!("closed with {code} before {what}{}", self.last_heard()),
                None => panic!("no {what}{}", self.last_heard()),
            }
        }
    }

    /// Sends an act and waits for what it brings to this link alone: an `order_status` or an `error` about `id`.
    #[track_caller]
    pub(crate) fn ask(&mut self, message: &Value, id: &str) -> Value {
        self.send(message);
        self.answer(id)
    }

    /// Waits for an `order_status` or an `error` about `id`.
    #[track_caller]
    pub(crate) fn answer(&mut self, id: &str) -> Value {
        self.wait("the answer", |answer| match answer["type"].as_str() {
            Some("order_status") => answer["id"] == id,
            Some("error") => answer["about"] == id,
            _ => false,
        })
    }

    /// Waits until the other end closes, and gives its code.
    pub(crate) fn closed(&mut self) -> u16 {
        let until = Instant::now() + DEADLINE;
        loop {
            match self.next(until) {
                Some(Ok(_)) => {}
                Some(Err(code)) => return code,
                None => panic!("is still open"),
            }
        }
    }
}
