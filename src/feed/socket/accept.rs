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
    /// Whoever shows one of these tokens is let in; none: everybody is (loopback).
    pub tokens: Option<Vec<Token>>,
    /// Without tokens: what everybody may do.
    pub role: Role,
    /// Topics of this server; a path with none of them is not found.
    pub topics: Vec<Topic>,
}

/// Tells tokens apart without holding one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 32]);

/// Who somebody at the door is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The token shown, where one is asked for.
    pub token: Option<TokenId>,
    /// What it may do.
    pub role: Role,
}

/// A client that was let in.
pub struct Accepted<S> {
    /// Upgraded.
    pub socket: Socket,
    /// Who it is.
    pub pass: Pass,
    /// What its path serves here.
    pub topics: Vec<Topic>,
    /// The place that it was given.
    pub seat: S,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum NotLetIn {
    /// HTTP 403.
    #[error("a web page is not let in (it sends an Origin)")]
    Origin,
    /// HTTP 401.
    #[error("no token of this gateway was shown")]
    Token,
    /// HTTP 404.
    #[error("no feed is on the path that was asked for")]
    Path,
    /// HTTP 426.
    #[error("baseload.feed.v1 was not offered")]
    Subprotocol,
    /// HTTP 503.
    #[error("all places are taken")]
    Full,
    /// TLS, HTTP or the link failed.
    #[error("{0}")]
    Link(#[from] tungstenite::Error),
}

impl NotLetIn {
    fn answer(&self) -> ErrorResponse {
        let (status, why) = match self {
            Self::Origin => (StatusCode::FORBIDDEN, "no web page is let in"),
            Self::Token => (StatusCode::UNAUTHORIZED, "a token is needed here"),
            Self::Path => (StatusCode::NOT_FOUND, "no feed on this path"),
            Self::Subprotocol => (
                StatusCode::UPGRADE_REQUIRED,
                "this server speaks baseload.feed.v1 only",
            ),
            Self::Full => (
                StatusCode::SERVICE_UNAVAILABLE,
                "all places are taken; try again later",
            ),
            Self::Link(_) => (StatusCode::BAD_REQUEST, "no upgrade"),
        };
        refuse(status, why)
    }
}

fn id_of(secret: &[u8]) -> TokenId {
    TokenId(Sha256::digest(secret).into())
}

impl Admission {
    /// Who shows this header; none: refused.
    fn pass(&self, headers: &HeaderMap) -> Option<Pass> {
        let shown = headers
            .get(AUTHORIZATION)
            .map(HeaderValue::as_bytes)
            .and_then(|value| value.strip_prefix(b"Bearer "))
            .unwrap_or_default();
        let token = self.tokens.is_some().then(|| id_of(shown));
        let role = self.role_of(token)?;
        Some(Pass { token, role })
    }

    /// What a token may do here; none: it is not let in. Compares hashes, and all of them, so that the time it takes
    /// tells nothing.
    pub fn role_of(&self, token: Option<TokenId>) -> Option<Role> {
        let Some(tokens) = &self.tokens else {
            return Some(self.role);
        };
        let shown = token?;
        let mut role = None;
        for token in tokens {
            let held = id_of(token.secret.expose_secret().as_bytes());
            let differs = shown
                .0
                .iter()
                .zip(held.0.iter())
                .fold(0, |sum, (a, b)| sum | (a ^ b));
            if std::hint::black_box(differs) == 0 {
                role = Some(token.role);
            }
        }
        role
    }

    /// Who asks, to what, and on which place; or why not. The place comes last: nobody else takes one.
    fn check<S>(
        &self,
        request: &Request,
        seat: impl FnOnce(Pass) -> Option<S>,
    ) -> Result<(Pass, Vec<Topic>, S), NotLetIn> {
        // Only browsers send it: a page must not reach a feed on this machine behind its user's back.
        if request.headers().contains_key(ORIGIN) {
            return Err(NotLetIn::Origin);
        }
        let pass = self.pass(request.headers()).ok_or(NotLetIn::Token)?;
        let topics = self.topics(request.uri().path());
        if topics.is_empty() {
            return Err(NotLetIn::Path);
        }
        if !offers_ours(request.headers()) {
            return Err(NotLetIn::Subprotocol);
        }
        let seat = seat(pass).ok_or(NotLetIn::Full)?;
        Ok((pass, topics, seat))
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

/// Upgrades a connection, or answers it with HTTP 401 (token), 403 (a web page), 404 (path), 426 (subprotocol) or 503 (no
/// place, by `seat`). The caller puts a time limit around it.
///
/// # Errors
/// Whatever went wrong on the way; the client has been answered where that was possible.
pub async fn accept<S>(
    stream: TcpStream,
    tls: Option<&TlsAcceptor>,
    admission: &Admission,
    seat: impl FnOnce(Pass) -> Option<S> + Unpin,
) -> Result<Accepted<S>, NotLetIn> {
    let _ = stream.set_nodelay(true);
    let stream: Box<dyn Duplex> = match tls {
        Some(acceptor) => Box::new(
            acceptor
                .accept(stream)
                .await
                .map_err(tungstenite::Error::from)?,
        ),
        None => Box::new(stream),
    };
    let mut granted = None;
    #[allow(
        clippy::result_large_err,
        reason = "the shape of the upgrade's callback is given"
    )]
    let check = |request: &Request, mut response: Response| {
        let found = admission.check(request, seat);
        let answer = found.as_ref().err().map(NotLetIn::answer);
        granted = Some(found);
        if let Some(refused) = answer {
            return Err(refused);
        }
        response.headers_mut().insert(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
        Ok(response)
    };
    let upgraded = accept_hdr_async_with_config(stream, check, Some(limits())).await;
    match (upgraded, granted) {
        (_, Some(Err(why))) => Err(why),
        (Ok(socket), Some(Ok((pass, topics, seat)))) => Ok(Accepted {
            socket,
            pass,
            topics,
            seat,
        }),
        (Ok(_), None) => Err(tungstenite::Error::ConnectionClosed.into()),
        (Err(error), _) => Err(error.into()),
    }
}
