//! Accepting: TLS, the token, the path and the subprotocol, all before a session begins.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::header::{
    AUTHORIZATION, ORIGIN, SEC_WEBSOCKET_PROTOCOL, WWW_AUTHENTICATE,
};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, StatusCode};

use super::{Duplex, Socket, limits};
use crate::domain::link::Topic;
use crate::feed::protocol::{SUBPROTOCOL, topics_at};
use crate::feed::session::server::Role;

/// A token that is let in.
#[derive(Debug, Clone)]
pub struct Token {
    /// What the client must show.
    pub secret: SecretString,
    /// What it may do.
    pub role: Role,
}

/// Who is let in, and to what.
#[derive(Debug, Clone, Default)]
pub struct Admission {
    /// Tokens; empty: everybody is let in (loopback).
    pub tokens: Vec<Token>,
    /// Without tokens: what everybody may do.
    pub role: Role,
    /// Topics of this server; a path with none of them is not found.
    pub topics: Vec<Topic>,
}

/// A client that was let in.
pub struct Accepted {
    /// Upgraded.
    pub socket: Socket,
    /// What it may do.
    pub role: Role,
    /// What its path serves here.
    pub topics: Vec<Topic>,
}

impl Admission {
    /// The role of whoever shows this header; none: refused. Compares hashes, and all of them, so that the time it
    /// takes tells nothing.
    fn role(&self, headers: &HeaderMap) -> Option<Role> {
        if self.tokens.is_empty() {
            return Some(self.role);
        }
        let shown = headers
            .get(AUTHORIZATION)
            .map(HeaderValue::as_bytes)
            .and_then(|value| value.strip_prefix(b"Bearer "))
            .unwrap_or_default();
        let shown = Sha256::digest(shown);
        let mut role = None;
        for token in &self.tokens {
            let held = Sha256::digest(token.secret.expose_secret().as_bytes());
            let differs = shown
                .iter()
                .zip(held.iter())
                .fold(0, |sum, (a, b)| sum | (a ^ b));
            if std::hint::black_box(differs) == 0 {
                role = Some(token.role);
            }
        }
        role
    }

    fn topics(&self, path: &str) -> Vec<Topic> {
        topics_at(path)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|topic| self.topics.contains(topic))
            .collect()
    }
}

fn offers_ours(headers: &HeaderMap) -> bool {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offered| offered.trim() == SUBPROTOCOL)
}

fn refuse(status: StatusCode, why: &str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(why.to_owned()));
    *response.status_mut() = status;
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Upgrades a connection, or answers it with HTTP 401 (token), 403 (a web page), 404 (path) or 426 (subprotocol). The caller puts a
/// time limit around it.
///
/// # Errors
/// Whatever went wrong on the way; the client has been answered where that was possible.
pub async fn accept(
    stream: TcpStream,
    tls: Option<&TlsAcceptor>,
    admission: &Admission,
) -> Result<Accepted, tungstenite::Error> {
    let _ = stream.set_nodelay(true);
    let stream: Box<dyn Duplex> = match tls {
        Some(acceptor) => Box::new(acceptor.accept(stream).await?),
        None => Box::new(stream),
    };
    let mut granted = None;
    #[allow(
        clippy::result_large_err,
        reason = "the shape of the upgrade's callback is given"
    )]
    let check = |request: &Request, mut response: Response| {
        // Only browsers send it: a page must not reach a feed on this machine behind its user's back.
        if request.headers().contains_key(ORIGIN) {
            return Err(refuse(StatusCode::FORBIDDEN, "no web page is let in"));
        }
        let Some(role) = admission.role(request.headers()) else {
            return Err(refuse(StatusCode::UNAUTHORIZED, "a token is needed here"));
        };
        let topics = admission.topics(request.uri().path());
        if topics.is_empty() {
            return Err(refuse(StatusCode::NOT_FOUND, "no feed on this path"));
        }
        if !offers_ours(request.headers()) {
            return Err(refuse(
                StatusCode::UPGRADE_REQUIRED,
                "this server speaks baseload.feed.v1 only",
            ));
        }
        response.headers_mut().insert(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
        granted = Some((role, topics));
        Ok(response)
    };
    let socket = accept_hdr_async_with_config(stream, check, Some(limits())).await?;
    let (role, topics) = granted.ok_or(tungstenite::Error::ConnectionClosed)?;
    Ok(Accepted {
        socket,
        role,
        topics,
    })
}
