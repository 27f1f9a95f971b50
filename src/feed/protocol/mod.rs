//! The feed's JSON, both ways. Nothing outside this folder knows a field's name on the wire.
//!
//! Invariant: whatever comes in is bounded before it becomes a domain value (size, depth, lengths, magnitudes), and
//! what is refused is refused as narrowly as possible: one item of telemetry, one acting message, one link. What a
//! domain value cannot say is never written.

mod act;
mod countersign;
mod deed;
mod field;
mod fleet;
mod fleet_file;
mod grid;
mod guard;
mod instruction_file;
mod machine;
mod message;
mod order;
mod reserve;
mod schema;
mod scope;
mod signing;
mod told;
mod waiting;
mod words;

use std::time::Duration;

pub use fleet_file::{FleetFile, MAX_FLEET_FILE, read_fleet_file};
pub use instruction_file::{MAX_INSTRUCTION_FILE, read_instruction_file};
pub use message::client::{
    ClientMessage, Resume, Subscribe, Unreadable, read_client, write_client,
};
pub use message::items::{Encoded, ItemKey, encode_item, snapshot_texts, update_texts};
pub use message::server::{
    Hello, Part, ServerMessage, read_server, write_order_status, write_server,
};
pub use schema::{asyncapi, message_schema};
pub use scope::{PATHS, topics_at};
pub use signing::{act_form, deed_form, order_form};

/// The WebSocket subprotocol: the version that both ends must agree on.
pub const SUBPROTOCOL: &str = "baseload.feed.v1";
/// The number in `hello` and `subscribe`.
pub const VERSION: u32 = 1;
/// Largest message and frame, bytes.
pub const MAX_MESSAGE: usize = 1 << 20;
/// Most that waits to be written to one socket, bytes.
pub const MAX_WRITE_BUFFER: usize = 4 << 20;
/// Deepest nesting of JSON.
pub const MAX_DEPTH: usize = 32;
/// Most parts of one snapshot or update.
pub const MAX_PARTS: u32 = 64;
/// Rows of a page of machines.
pub const PAGE_ROWS: usize = 500;
/// The longest that a server may be silent.
pub const MAX_HEARTBEAT: Duration = Duration::from_secs(1);

/// Why a connection was closed, as the number in the close frame.
pub mod close {
    /// What came broke the protocol.
    pub const BAD_MESSAGE: u16 = 4400;
    /// The token has expired or was withdrawn.
    pub const CREDENTIALS: u16 = 4401;
    /// Not this version.
    pub const VERSION: u16 = 4406;
    /// Nothing came for too long.
    pub const SILENCE: u16 = 4408;
    /// The other end must start from a snapshot.
    pub const RESYNC: u16 = 4410;
    /// The reader is too slow, and what waits must not be dropped.
    pub const TOO_SLOW: u16 = 4429;
    /// All places are taken, and this one was given to another: try again later.
    pub const NO_PLACE: u16 = 1013;
    /// Going away, in good order.
    pub const AWAY: u16 = 1001;
}

/// A message that cannot stand as a whole, and why: closes the link with 4400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadMessage(pub String);

impl From<serde_json::Error> for BadMessage {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
