//! What makes a request an act: whose it is, where it is meant for, and what it can be known by.

use std::sync::Arc;

use super::ids::{GatewayId, OrderId};
use super::time::Timestamp;

/// Under each act beside orders and deeds, which bear all of this themselves.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    /// Its id; a gateway never does the same act twice.
    pub act: OrderId,
    /// The gateway that it is meant for.
    pub gateway: GatewayId,
    /// Who acts.
    pub by: Arc<str>,
    /// At which desk.
    pub desk: Arc<str>,
    /// When, by the gateway's clock as the console knows it.
    pub at: Timestamp,
    /// Of an alarm: since when the occurrence stands that was seen, as its gateway said.
    pub raised: Option<Timestamp>,
    /// ed25519 over the RFC 8785 form of all other fields of the message, hexadecimal.
    pub signature: Option<Arc<str>>,
}

/// What a gateway keeps of an act, so that it never does it twice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Done {
    /// The act's id.
    pub act: OrderId,
    /// The message's type on the wire.
    pub what: Arc<str>,
    /// What it acts on: an order's id, an alarm's.
    pub about: Arc<str>,
    /// Who acted.
    pub by: Arc<str>,
    /// At which desk.
    pub desk: Arc<str>,
    /// When, as they say.
    pub at: Timestamp,
    /// SHA-256 of what was signed.
    pub form: [u8; 32],
    /// The signature.
    pub signature: Option<Arc<str>>,
}
