//! Names of things. Cheap to clone, never compared across kinds.

use std::fmt;
use std::sync::Arc;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text as it is; its length is bounded where it enters (`feed/protocol`).
            pub fn new(text: &str) -> Self {
                Self(Arc::from(text))
            }

            /// The text as it came. Hostile: draw it through `ui`'s sanitiser only.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same text, shared.
            pub fn text(&self) -> Arc<str> {
                self.0.clone()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    };
}

id!(
    /// A site, unique in the nation.
    SiteId
);
id!(
    /// A hall, unique in its site.
    HallId
);
id!(
    /// A block, unique in its site.
    BlockId
);
id!(
    /// A machine, unique in its site.
    MachineId
);
id!(
    /// The server that obeys orders for a site.
    GatewayId
);
id!(
    /// An account of the reserve.
    AccountId
);
id!(
    /// An alarm.
    AlarmId
);
id!(
    /// The random id of one life of a server.
    BootId
);

/// One configured feed of this console, by its place in the configuration.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct FeedId(pub u16);

/// An order's id: a ULID, so ids sort by the time they were made.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct OrderId(pub u128);

/// As a recording keeps it: no JSON number holds 128 bits everywhere.
impl From<OrderId> for String {
    fn from(id: OrderId) -> Self {
        format!("{:032x}", id.0)
    }
}

impl TryFrom<String> for OrderId {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

/// A block in the nation: its site and its id there.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct BlockKey {
    /// The site that the block stands in.
    pub site: SiteId,
    /// The block's id within the site.
    pub block: BlockId,
}

impl BlockKey {
    /// The key of `block` in `site`.
    pub fn new(site: &SiteId, block: &BlockId) -> Self {
        Self {
            site: site.clone(),
            block: block.clone(),
        }
    }
}
