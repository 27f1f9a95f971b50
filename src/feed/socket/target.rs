//! Where a feed is, and what must be true of its address.

use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use tokio_tungstenite::tungstenite::http::Uri;

use super::tls::{self, TlsError, TlsIdentity};
use crate::domain::link::Topic;

/// One configured feed.
#[derive(Debug, Clone, Default)]
pub struct FeedTarget {
    /// `wss://host[:port]/path`, or `ws://` to loopback.
    pub url: String,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<SecretString>,
    /// Certificates (PEM) to trust in place of the system's.
    pub ca: Option<PathBuf>,
    /// A client certificate.
    pub identity: Option<TlsIdentity>,
    /// Allow plain `ws` to other machines.
    pub insecure: bool,
    /// What to subscribe to; empty: all that is served.
    pub topics: Vec<Topic>,
    /// Updates of telemetry per second and topic, at most (0.01 to 1,000).
    pub max_hz: Option<f64>,
}

/// What is wrong with an address, as a sentence with its mend. Never holds what stood in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No URL.
    #[error("the feed's URL can't be read; it looks like wss://host:port/fleet")]
    Unreadable,
    /// Not ws or wss.
    #[error("the feed's URL must begin with wss:// (or ws:// to this machine)")]
    Scheme,
    /// A user or password.
    #[error(
        "the feed's URL holds a user name or password; put the token in a file and name it as token_file"
    )]
    UserInfo,
    /// A query.
    #[error(
        "the feed's URL holds a `?` part; a token belongs in a file named as token_file, and nothing else is needed"
    )]
    Query,
    /// Plain to another machine.
    #[error(
        "plain ws:// goes to this machine only; use wss://, or say insecure = true for this feed"
    )]
    Plain,
}

/// An address that has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    /// `ws://host:port/path`.
    pub(super) uri: Uri,
}

impl FeedTarget {
    /// Checks the address without going there.
    pub fn check(&self) -> Result<(), TargetError> {
        self.address().map(|_| ())
    }

    /// Reads the certificates and the key that are named, as dialling would; plain `ws` needs none.
    ///
    /// # Errors
    /// Which file cannot be used, and why.
    pub fn check_files(&self) -> Result<(), TlsError> {
        if self.url.trim_start().starts_with("wss://") {
            tls::client(self.ca.as_deref(), self.identity.as_ref())?;
        }
        Ok(())
    }

    pub(super) fn address(&self) -> Result<Address, TargetError> {
        let uri: Uri = self
            .url
            .trim()
            .parse()
            .map_err(|_| TargetError::Unreadable)?;
        let tls = match uri.scheme_str() {
            Some("wss") => true,
            Some("ws") => false,
            _ => return Err(TargetError::Scheme),
        };
        let authority = uri.authority().ok_or(TargetError::Unreadable)?;
        if authority.as_str().contains('@') {
            return Err(TargetError::UserInfo);
        }
        if uri.query().is_some() {
            return Err(TargetError::Query);
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(TargetError::Unreadable);
        }
        let here = match host.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback(),
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        };
        if !tls && !here && !self.insecure {
            return Err(TargetError::Plain);
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Address {
            host,
            port,
            tls,
            uri,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, insecure: bool) -> Result<(), TargetError> {
        FeedTarget {
            url: url.to_owned(),
            insecure,
            ..FeedTarget::default()
        }
        .check()
    }

    #[test]
    fn plain_goes_to_this_machine_only() {
        assert_eq!(check("ws://127.0.0.1:7411/fleet", false), Ok(()));
        assert_eq!(check("ws://[::1]:7411/fleet", false), Ok(()));
        assert_eq!(check("ws://localhost:7411/", false), Ok(()));
        assert_eq!(check("ws://10.0.0.1/", false), Err(TargetError::Plain));
        assert_eq!(
            check("ws://127.0.0.1.evil.by/", false),
            Err(TargetError::Plain)
        );
        assert_eq!(check("ws://10.0.0.1/", true), Ok(()));
        assert_eq!(check("wss://feed.example/fleet", false), Ok(()));
    }

    #[test]
    fn secrets_in_the_url_are_refused() {
        assert_eq!(
            check("wss://a:b@feed.example/", false),
            Err(TargetError::UserInfo)
        );
        assert_eq!(
            check("wss://feed.example/?token=x", false),
            Err(TargetError::Query)
        );
        assert_eq!(
            check("http://feed.example/", false),
            Err(TargetError::Scheme)
        );
        assert_eq!(check("feed", false), Err(TargetError::Scheme));
        assert_eq!(check("", false), Err(TargetError::Unreadable));
    }
}
