//! What a server says. Telemetry is read leniently: unknown fields and types are passed over.

mod read;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::read::read_server;
pub(super) use self::read::topic_numbers;
pub(in crate::feed::protocol) use self::wire::{ErrorWire, HeartbeatWire, HelloWire, PongWire};
pub(super) use self::write::write_error;
pub use self::write::{write_order_status, write_server};
use crate::domain::fleet::MachinePage;
use crate::domain::ids::BootId;
use crate::domain::link::{FeedInfo, Item, Topic};
use crate::domain::order::OrderStatus;
use crate::domain::sentence::Sentence;
use crate::domain::time::Timestamp;

/// The first message of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Hello {
    /// Who it is.
    pub info: FeedInfo,
    /// The version of the feed that it speaks.
    pub version: u32,
    /// Its clock.
    pub time: Timestamp,
}

/// A part of a snapshot or an update.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Of what.
    pub topic: Topic,
    /// The number that the topic has with it.
    pub seq: u64,
    /// From 0.
    pub part: u32,
    /// All parts, at least 1.
    pub parts: u32,
    /// When it was sent, by the server's clock, where it says so.
    pub time: Option<Timestamp>,
    /// What it holds.
    pub items: Vec<Item>,
    /// Items that had to be refused.
    pub bad: u64,
    /// The first item is an order's status that continues the last one of the part before.
    pub joins: bool,
}

/// A message from a server.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerMessage {
    /// The first one.
    Hello(Box<Hello>),
    /// A part of all that there is of a topic.
    Snapshot {
        /// The life of the server.
        boot: BootId,
        /// The part.
        part: Part,
    },
    /// A part of what has changed.
    Update {
        /// The number that the topic must have had before.
        prev: u64,
        /// The part.
        part: Part,
    },
    /// Still there.
    Heartbeat {
        /// The server's clock.
        time: Timestamp,
        /// The last number sent, by topic.
        seq: BTreeMap<Topic, u64>,
    },
    /// The answer to a ping.
    Pong {
        /// The ping's.
        id: u64,
        /// When the client sent it, by its own clock.
        ping_sent: Timestamp,
        /// When it came, by the server's clock.
        ping_received: Timestamp,
        /// When this was sent, by the server's clock.
        sent: Timestamp,
    },
    /// A watched page.
    Machines(Box<MachinePage>),
    /// The answer to an order or a query, to the asker alone.
    OrderStatus {
        /// The answer.
        status: Box<OrderStatus>,
        /// Its targets are further ones of the answer just before.
        continues: bool,
    },
    /// Something could not be done.
    Error {
        /// Its code.
        code: Arc<str>,
        /// Its sentence.
        message: Sentence,
        /// The id that it is about.
        about: Option<Arc<str>>,
    },
    /// Of a later minor version: passed over.
    Unknown,
}
