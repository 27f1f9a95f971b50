//! What goes wrong between us and a node, in words a miner understands.

use std::time::Duration;

use crate::domain::mining::Health;

/// Longest text of a node that is shown.
const SHOWN: usize = 120;

/// `RPC_CLIENT_NOT_CONNECTED`: the node knows no peer.
const NO_PEERS: i64 = -9;
/// `RPC_CLIENT_IN_INITIAL_DOWNLOAD`.
const SYNCING: i64 = -10;
/// `RPC_IN_WARMUP`.
const WARMING_UP: i64 = -28;
/// `RPC_INVALID_PARAMETER`.
pub(in crate::work::node) const OUT_OF_RANGE: i64 = -8;
/// `RPC_METHOD_NOT_FOUND`.
pub(super) const NO_METHOD: i64 = -32_601;

/// The first call that is made to a node.
pub(in crate::work::node) const CHAIN_INFO: &str = "getblockchaininfo";
/// Said of a node that is not there yet.
const FETCHING: &str = "the node is still fetching the chain; wait until it has it";

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No connection, and the system's word on it.
    Unreachable(String),
    /// The secret file cannot be used.
    Secret(String),
    /// The node has not written its cookie file yet: this one.
    NoCookie(String),
    /// Nothing within this time.
    Slow(Duration),
    /// The answer stopped in the middle.
    Cut(String),
    /// An HTTP status that is an answer in itself.
    Status(u16),
    /// HTTP 403 to this call.
    Forbidden(String),
    /// The node does not know this call.
    Missing(String),
    /// The node is in its initial download.
    Fetching,
    /// More bytes than any sound answer has.
    TooLarge(usize),
    /// Not JSON, or not JSON-RPC.
    NotJson(String),
    /// JSON, but not what the call gives.
    Shape(String),
    /// A template that cannot be mined on, and why in a sentence.
    Template(String),
    /// The node's own error.
    Rpc {
        /// Bitcoin Core's number.
        code: i64,
        /// Its words, bounded and printable.
        message: String,
    },
}

impl Fault {
    /// An error that the node gave.
    pub fn rpc(code: i64, message: &str) -> Self {
        Self::Rpc {
            code,
            message: shown(message),
        }
    }

    /// Is there no node to speak to?
    pub(in crate::work::node) const fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::NoCookie(_) | Self::Cut(_)
        )
    }

    /// What this says of the node.
    pub const fn health(&self) -> Health {
        match self {
            Self::Secret(_) | Self::Forbidden(_) | Self::Status(401) => Health::Refused,
            Self::Fetching => Health::Syncing,
            Self::Status(429 | 503) => Health::Busy,
            Self::Unreachable(_)
            | Self::NoCookie(_)
            | Self::Slow(_)
            | Self::Cut(_)
            | Self::Status(500..=599) => Health::Down,
            Self::Rpc { code, .. } => match *code {
                NO_PEERS => Health::NoPeers,
                SYNCING | WARMING_UP => Health::Syncing,
                _ => Health::Wrong,
            },
            Self::Status(_)
            | Self::Missing(_)
            | Self::TooLarge(_)
            | Self::NotJson(_)
            | Self::Shape(_)
            | Self::Template(_) => Health::Wrong,
        }
    }

    /// One sentence: what, and the mend.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unreachable(why) => {
                format!("no connection ({why}); is the node running, and its RPC port open to us?")
            }
            Self::Secret(why) | Self::Template(why) => why.clone(),
            Self::NoCookie(file) => {
                format!("{file} is not there yet; the node writes it when it starts")
            }
            Self::Slow(limit) => {
                format!(
                    "no answer within {} s; the node is overloaded or hangs",
                    limit.as_secs()
                )
            }
            Self::Cut(why) => format!("the answer broke off ({why}); asked again soon"),
            Self::Status(401) => {
                "wrong user, password or cookie; check the file that holds it".to_owned()
            }
            // The first call that is made: where even that is refused it may be the machine.
            Self::Forbidden(method) if method == CHAIN_INFO => format!(
                "the node refuses the call {method} to this user or machine; see its rpcwhitelist and rpcallowip"
            ),
            Self::Forbidden(method) => format!(
                "the node refuses the call {method} to this user, and mining needs it; add it to the user's rpcwhitelist"
            ),
            Self::Missing(method) => format!(
                "the node does not know the call {method}, which mining needs; use a node that does"
            ),
            Self::Fetching => FETCHING.to_owned(),
            Self::Status(404) => "nothing answers at this path; check the URL".to_owned(),
            Self::Status(429 | 503) => {
                "the node has more calls than it can take; asked again soon".to_owned()
            }
            Self::Status(code @ 300..=399) => format!(
                "the node sends us elsewhere (HTTP {code}), which is not followed; give its own URL"
            ),
            Self::Status(code) => {
                format!("HTTP {code} instead of an answer; is this a bitcoin node's RPC port?")
            }
            Self::TooLarge(limit) => format!(
                "an answer of more than {} MiB, which no sound node gives",
                limit.div_ceil(1024 * 1024)
            ),
            Self::NotJson(why) => {
                format!("no JSON-RPC answer ({why}); is this a bitcoin node's RPC port?")
            }
            Self::Shape(what) => format!("an answer that makes no sense: {what}"),
            Self::Rpc { code, message } => match *code {
                NO_PEERS => "the node knows no peer; give it a way out to the network".to_owned(),
                SYNCING => FETCHING.to_owned(),
                WARMING_UP => format!("the node is starting up ({message})"),
                _ => format!("the node says: {message} ({code})"),
            },
        }
    }
}

/// Text of a node, made fit to be shown: bounded, printable, on one line.
pub fn shown(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| {
            let plain = !c.is_control() && !('\u{200b}'..='\u{202e}').contains(&c);
            if plain && !('\u{2060}'..='\u{206f}').contains(&c) {
                c
            } else {
                ' '
            }
        })
        .take(SHOWN)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_its_health_and_its_sentence() {
        for (fault, health, word) in [
            (Fault::rpc(-9, "x"), Health::NoPeers, "peer"),
            (Fault::rpc(-10, "x"), Health::Syncing, "fetching the chain"),
            (Fault::rpc(-28, "Loading"), Health::Syncing, "Loading"),
            (Fault::rpc(-8, "odd"), Health::Wrong, "odd (-8)"),
            (
                Fault::Missing("getblockhash".to_owned()),
                Health::Wrong,
                "call getblockhash",
            ),
            (Fault::Status(401), Health::Refused, "password"),
            (
                Fault::NoCookie("c".to_owned()),
                Health::Down,
                "not there yet",
            ),
            (
                Fault::Forbidden("submitblock".to_owned()),
                Health::Refused,
                "call submitblock to this user, and mining needs it; add it to the user's rpcwhitelist",
            ),
            (
                Fault::Forbidden(CHAIN_INFO.to_owned()),
                Health::Refused,
                "rpcallowip",
            ),
            (Fault::Fetching, Health::Syncing, "fetching the chain"),
            (Fault::Status(404), Health::Wrong, "path"),
            (Fault::Status(302), Health::Wrong, "not followed"),
            (Fault::Status(503), Health::Busy, "more calls"),
            (Fault::Status(502), Health::Down, "HTTP 502"),
            (Fault::Cut("x".to_owned()), Health::Down, "broke off"),
        ] {
            assert_eq!(fault.health(), health, "{fault:?}");
            assert!(fault.sentence().contains(word), "{}", fault.sentence());
        }
    }

    #[test]
    fn a_nodes_text_cannot_paint_the_terminal() {
        let nasty = format!("a\u{1b}[2J\nb\u{202e}c{}", "x".repeat(900));
        let shown = shown(&nasty);
        assert!(shown.chars().count() <= SHOWN + 1);
        assert!(shown.starts_with("a [2J b c"));
    }
}
