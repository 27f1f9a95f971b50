//! Dialling: TCP, TLS, upgrade, and what each failure is called.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::{self, http::StatusCode};

use super::target::{Address, FeedTarget};
use super::{Duplex, Socket, limits, tls};
use crate::domain::link::DownCause;
use crate::domain::sentence::{Sentence, told};
use crate::feed::protocol::SUBPROTOCOL;

/// One address is given up after this.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// TLS and upgrade are given up after this.
const UPGRADE_WITHIN: Duration = Duration::from_secs(5);

/// Why a feed could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct DialError {
    /// By kind.
    pub cause: DownCause,
    /// As a sentence; never holds a token.
    pub detail: Sentence,
}

fn failed(cause: DownCause, detail: impl Into<Sentence>) -> DialError {
    DialError {
        cause,
        detail: detail.into(),
    }
}

async fn connect(address: &Address, insecure: bool) -> Result<TcpStream, DialError> {
    let place = format!("{}:{}", address.host, address.port);
    let unreachable = |why: Sentence| {
        let detail = told!(
            "own-link-place",
            "{place}: {why}",
            place = &*place,
            why = why
        );
        failed(DownCause::Unreachable, detail)
    };
    let found = timeout(
        CONNECT_WITHIN,
        tokio::net::lookup_host((address.host.as_str(), address.port)),
    )
    .await
    .map_err(|_| {
        unreachable(told!(
            "own-link-unresolved",
            "its name was not resolved in time"
        ))
    })?
    .map_err(|e| unreachable(e.to_string().into()))?;
    let mut last = told!("own-link-no-address", "its name has no address");
    for to in found.take(8) {
        if !allowed(to, address.tls, insecure) {
            return Err(failed(
                DownCause::Upgrade,
                told!(
                    "own-link-plain",
                    "{place} is not this machine; plain ws goes to this machine only",
                    place = &*place
                ),
            ));
        }
        match timeout(CONNECT_WITHIN, TcpStream::connect(to)).await {
            Ok(Ok(stream)) => {
                // A figure that waits for the next one is an old figure.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = error.to_string().into(),
            Err(_) => last = told!("own-link-no-answer", "no answer within 3 s"),
        }
    }
    Err(unreachable(last))
}

/// A name may lead anywhere, `localhost` too.
fn allowed(to: SocketAddr, tls: bool, insecure: bool) -> bool {
    tls || insecure || to.ip().is_loopback()
}

async fn secure(
    stream: TcpStream,
    address: &Address,
    target: &FeedTarget,
) -> Result<Box<dyn Duplex>, DialError> {
    if !address.tls {
        return Ok(Box::new(stream));
    }
    let (ca, identity) = (target.ca.clone(), target.identity.clone());
    // Reading the system's roots takes tens of milliseconds of disk.
    let config = tokio::task::spawn_blocking(move || tls::client(ca.as_deref(), identity.as_ref()))
        .await
        .map_err(|_| {
            failed(
                DownCause::Tls,
                told!("own-link-no-tls", "TLS could not be set up"),
            )
        })?
        .map_err(|e| failed(DownCause::Tls, e.0))?;
    let name = ServerName::try_from(address.host.clone()).map_err(|_| {
        failed(
            DownCause::Tls,
            told!(
                "own-link-tls-name",
                "the host's name cannot be in a certificate"
            ),
        )
    })?;
    let stream = TlsConnector::from(Arc::clone(&config))
        .connect(name, stream)
        .await
        .map_err(|e| tls_failed(&format!("{}:{}", address.host, address.port), &e))?;
    Ok(Box::new(stream))
}

fn tls_failed(place: &str, error: &io::Error) -> DialError {
    failed(
        DownCause::Tls,
        told!(
            "own-link-tls",
            "{place}: TLS: {why}",
            place = place,
            why = &*error.to_string()
        ),
    )
}

fn other_words(place: &str) -> DialError {
    failed(
        DownCause::Version,
        told!(
            "own-link-version",
            "{place} does not speak {what}",
            place = place,
            what = SUBPROTOCOL
        ),
    )
}

fn refused(error: tungstenite::Error, place: &str) -> DialError {
    match error {
        tungstenite::Error::Http(response) => match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => failed(
                DownCause::Unauthorized,
                told!(
                    "own-link-token",
                    "{place} refused the token ({status})",
                    place = place,
                    status = response.status().as_str()
                ),
            ),
            StatusCode::UPGRADE_REQUIRED => other_words(place),
            status => failed(
                DownCause::Upgrade,
                told!(
                    "own-link-http",
                    "{place} answered HTTP {status} to the upgrade",
                    place = place,
                    status = status.as_str()
                ),
            ),
        },
        tungstenite::Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            other_words(place)
        }
        // A certificate of ours that the other end refuses shows only after the TLS handshake.
        tungstenite::Error::Io(error)
            if error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>())
                .is_some() =>
        {
            tls_failed(place, &error)
        }
        error => failed(
            DownCause::Upgrade,
            told!(
                "own-link-upgrade",
                "{place}: upgrade: {why}",
                place = place,
                why = &*error.to_string()
            ),
        ),
    }
}

/// Goes to a feed and upgrades to a websocket that speaks `baseload.feed.v1`.
pub async fn dial(target: &FeedTarget) -> Result<Socket, DialError> {
    let address = target
        .address()
        .map_err(|e| failed(DownCause::Upgrade, e.to_string()))?;
    let place = format!("{}:{}", address.host, address.port);
    let mut request = address
        .uri
        .clone()
        .into_client_request()
        .map_err(|e| failed(DownCause::Upgrade, e.to_string()))?;
    let headers = request.headers_mut();
    headers.insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    if let Some(token) = &target.token {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| {
                failed(
                    DownCause::Unauthorized,
                    told!(
                        "own-link-token-characters",
                        "the token holds characters that cannot be sent"
                    ),
                )
            })?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let stream = connect(&address, target.insecure).await?;
    let upgrade = async {
        let stream = secure(stream, &address, target).await?;
        let (socket, response) = client_async_with_config(request, stream, Some(limits()))
            .await
            .map_err(|e| refused(e, &place))?;
        let agreed = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
        if agreed.is_none_or(|agreed| agreed != SUBPROTOCOL) {
            return Err(other_words(&place));
        }
        Ok(socket)
    };
    timeout(UPGRADE_WITHIN, upgrade).await.map_err(|_| {
        failed(
            DownCause::Upgrade,
            told!(
                "own-link-no-upgrade",
                "{place}: no upgrade within 5 s",
                place = &*place
            ),
        )
    })?
}
