//! Where a pool is.

use std::fmt;

/// Longest host name (RFC 1035).
const MAX_HOST: usize = 253;

/// A pool's address that has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolAddress {
    /// Name or address, an IPv6 one without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// TLS over TCP.
    pub tls: bool,
}

/// What is wrong with a pool's address, as a sentence with its mend. Never holds what stood in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither `stratum+tcp` nor `stratum+ssl`.
    #[error("the pool's address must begin with stratum+tcp:// or stratum+ssl://")]
    Scheme,
    /// Credentials in the address.
    #[error(
        "the pool's address holds a user name or password; give --user, and the password in a file with --password-file"
    )]
    UserInfo,
    /// No port, or no number.
    #[error(
        "the pool's address needs a port from 1 to 65535, as in stratum+tcp://pool.example:3333"
    )]
    Port,
    /// No host, or one that can't be.
    #[error("the pool's address names no host; it looks like stratum+tcp://pool.example:3333")]
    Host,
    /// Something after the port.
    #[error("nothing may follow the port in the pool's address")]
    Path,
}

impl PoolAddress {
    /// Reads `stratum+tcp://host:port` or `stratum+ssl://host:port` (`stratum+tls` too).
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(AddressError::Scheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "stratum+tcp" => false,
            "stratum+ssl" | "stratum+tls" => true,
            _ => return Err(AddressError::Scheme),
        };
        if rest.contains('@') {
            return Err(AddressError::UserInfo);
        }
        let place = rest.strip_suffix('/').unwrap_or(rest);
        if place.contains(['/', '?', '#']) {
            return Err(AddressError::Path);
        }
        let (host, port) = place.rsplit_once(':').ok_or(AddressError::Port)?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or(AddressError::Port)?;
        let host = match host.strip_prefix('[').map(|h| h.strip_suffix(']')) {
            Some(Some(inside)) => inside,
            Some(None) => return Err(AddressError::Host),
            // Without brackets no one can tell where an IPv6 address ends and the port begins.
            None if host.contains(':') => return Err(AddressError::Host),
            None => host,
        };
        if !is_host(host) {
            return Err(AddressError::Host);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            tls,
        })
    }

    /// Is this name the same host?
    pub fn is_host(&self, name: &str) -> bool {
        self.host
            .eq_ignore_ascii_case(name.trim_matches(['[', ']']))
    }
}

/// Could this be a host's name or address? Held against what a pool sends too.
pub(super) fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= MAX_HOST
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
}

impl fmt::Display for PoolAddress {
    /// Host and port, as on the screen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, shown, tls) in [
            (
                "stratum+tcp://pool.example:3333",
                "pool.example:3333",
                false,
            ),
            ("stratum+ssl://pool.example:443/", "pool.example:443", true),
            ("STRATUM+TCP://[::1]:1", "[::1]:1", false),
            (" stratum+tls://10.0.0.1:65535 ", "10.0.0.1:65535", true),
        ] {
            let read = PoolAddress::parse(text).expect(text);
            assert_eq!((read.to_string().as_str(), read.tls), (shown, tls));
        }
    }

    #[test]
    fn wrong_addresses_are_refused() {
        for (text, wanted) in [
            ("http://pool.example:3333", AddressError::Scheme),
            ("pool.example:3333", AddressError::Scheme),
            ("stratum+tcp://me:secret@pool:3333", AddressError::UserInfo),
            ("stratum+tcp://pool.example", AddressError::Port),
            ("stratum+tcp://pool.example:0", AddressError::Port),
            ("stratum+tcp://pool.example:70000", AddressError::Port),
            ("stratum+tcp://:3333", AddressError::Host),
            ("stratum+tcp://::1:3333", AddressError::Host),
            ("stratum+tcp://[::1:3333", AddressError::Host),
            ("stratum+tcp://a b:3333", AddressError::Host),
            ("stratum+tcp://pool:3333/path", AddressError::Path),
        ] {
            assert_eq!(PoolAddress::parse(text), Err(wanted), "{text}");
        }
        assert!(!AddressError::UserInfo.to_string().contains("secret"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,80}") {
            let _ = PoolAddress::parse(&text);
            let _ = PoolAddress::parse(&format!("stratum+tcp://{text}"));
        }
    }
}
