//! What an operator does to a site beside ordering it: taking authority over it, and hanging lockouts.

use std::sync::Arc;

use super::ids::{BlockId, GatewayId, OrderId, SiteId};
use super::time::Timestamp;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Act {
    /// To hold the authority over a site that nobody holds.
    Request,
    /// To hold it no longer.
    Release,
    /// To hold it in place of whoever does.
    Take,
    /// To hang a tag on a block.
    TagSet {
        /// The block.
        block: BlockId,
        /// `maintenance` locks orders out; others inform.
        kind: Arc<str>,
    },
    /// To take a tag off.
    TagClear {
        /// The block.
        block: BlockId,
        /// Which of its tags, by kind.
        kind: Arc<str>,
        /// Which of that kind: the id of the act that hung it. None at a gateway of older rules.
        #[serde(default)]
        tag: Option<OrderId>,
    },
}

impl Act {
    /// The word on the wire.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Request => "authority_request",
            Self::Release => "authority_release",
            Self::Take => "authority_take",
            Self::TagSet { .. } => "tag_set",
            Self::TagClear { .. } => "tag_clear",
        }
    }
}

/// One such act of one operator.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Deed {
    /// Its id; a gateway never does the same id twice.
    pub id: OrderId,
    /// At which site.
    pub site: SiteId,
    /// What.
    pub act: Act,
    /// The epoch of the site that its doer saw: a change of hands in between refuses it.
    pub epoch: u64,
    /// Who.
    pub by: Arc<str>,
    /// Why, in their words.
    pub reason: Arc<str>,
    /// When, by their clock.
    pub at: Timestamp,
    /// The gateway that it is meant for; none at one of older rules.
    #[serde(default)]
    pub gateway: Option<GatewayId>,
    /// The desk that it was done at.
    #[serde(default)]
    pub desk: Option<Arc<str>>,
    /// ed25519 over the RFC 8785 form of all other fields, hexadecimal.
    pub signature: Option<Arc<str>>,
}
