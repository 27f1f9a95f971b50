//! Operators: who they are, what they may do, and how much of it.

use std::sync::Arc;

use super::ids::SiteId;
use super::units::Power;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Looks.
    Viewer,
    /// Orders, asks for authority and releases it, agrees as the second person.
    Operator,
    /// All of that, and takes authority from others.
    Dispatcher,
    /// Hangs and clears lockouts, agrees as the second person; orders nothing.
    Engineer,
}

impl Rank {
    /// The word in files and on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Dispatcher => "dispatcher",
            Self::Engineer => "engineer",
        }
    }

    /// From the word.
    pub fn of(word: &str) -> Option<Self> {
        [
            Self::Viewer,
            Self::Operator,
            Self::Dispatcher,
            Self::Engineer,
        ]
        .into_iter()
        .find(|rank| rank.word() == word)
    }
}

/// An ed25519 public key (RFC 8032).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// One person whom a gateway knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// As it stands in orders.
    pub name: Arc<str>,
    /// What they may do.
    pub rank: Rank,
    /// What their signatures are checked with.
    pub key: PublicKey,
    /// Where; none: everywhere.
    pub sites: Option<Vec<SiteId>>,
    /// Most that they may move in a gateway's window, each way; none: not limited.
    pub limit: Option<Power>,
}

impl Operator {
    /// May they act on this site?
    pub fn covers(&self, site: &SiteId) -> bool {
        self.sites.as_ref().is_none_or(|sites| sites.contains(site))
    }
}

/// When two persons are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct TwoPersons {
    /// Curtailments that move more than this; none: never.
    pub shed_above: Option<Power>,
    /// Restores that move more than this; none: never.
    pub restore_above: Option<Power>,
}
