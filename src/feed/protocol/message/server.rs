//! What a server says. Telemetry is read leniently: unknown fields and types are passed over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::items::Read;
use crate::domain::fleet::MachinePage;
use crate::domain::ids::{BootId, GatewayId};
use crate::domain::link::{FeedInfo, Item, Topic};
use crate::domain::order::OrderStatus;
use crate::domain::time::Timestamp;
use crate::feed::protocol::field::{IdText, LongText, Millis, NameText, Span, Time};
use crate::feed::protocol::fleet::PageWire;
use crate::feed::protocol::order::{StatusWire, status_pieces};
use crate::feed::protocol::{
    BadMessage, MAX_DEPTH, MAX_HEARTBEAT, MAX_MESSAGE, MAX_PARTS, MAX_WRITE_BUFFER, VERSION, guard,
};

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
        message: Arc<str>,
        /// The id that it is about.
        about: Option<Arc<str>>,
    },
    /// Of a later minor version: passed over.
    Unknown,
}

/// What the server allows.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "limits")]
pub(in crate::feed::protocol) struct LimitsWire {
    frame_bytes: u64,
    message_bytes: u64,
    write_buffer_bytes: u64,
    json_depth: u64,
}

/// The first message of a server.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "hello")]
pub(in crate::feed::protocol) struct HelloWire {
    #[serde(default = "first_version")]
    version: u32,
    feed: NameText,
    gateway: IdText,
    nation: NameText,
    serves: Vec<String>,
    boot: IdText,
    time: Time,
    /// Longest silence; at most 1,000.
    heartbeat_ms: Millis,
    report_period_ms: Millis,
    simulated: bool,
    durable_orders: bool,
    #[serde(default = "our_limits")]
    limits: LimitsWire,
}

fn first_version() -> u32 {
    VERSION
}

fn our_limits() -> LimitsWire {
    LimitsWire {
        frame_bytes: MAX_MESSAGE as u64,
        message_bytes: MAX_MESSAGE as u64,
        write_buffer_bytes: MAX_WRITE_BUFFER as u64,
        json_depth: MAX_DEPTH as u64,
    }
}

/// Still there.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "heartbeat")]
pub(in crate::feed::protocol) struct HeartbeatWire {
    time: Time,
    seq: BTreeMap<String, u64>,
}

/// The answer to a ping.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "pong")]
pub(in crate::feed::protocol) struct PongWire {
    id: u64,
    ping_sent: Time,
    ping_received: Time,
    sent: Time,
}

/// Something could not be done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "error")]
pub(in crate::feed::protocol) struct ErrorWire {
    pub(super) code: IdText,
    pub(super) message: LongText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<IdText>,
}

#[derive(Deserialize)]
struct SnapshotWire<'a> {
    topic: String,
    boot: IdText,
    seq: u64,
    #[serde(default)]
    part: u32,
    #[serde(default = "one")]
    parts: u32,
    #[serde(borrow)]
    body: BodyWire<'a>,
}

#[derive(Deserialize)]
struct BodyWire<'a> {
    #[serde(borrow, default)]
    sites: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    halls: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    blocks: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    grid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    accounts: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    networks: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    alarms: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    orders: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct UpdateWire<'a> {
    topic: String,
    seq: u64,
    prev: u64,
    #[serde(default)]
    part: u32,
    #[serde(default = "one")]
    parts: u32,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

fn one() -> u32 {
    1
}

fn topic_of(word: &str) -> Option<Topic> {
    Topic::ALL.into_iter().find(|topic| topic.word() == word)
}

/// Numbers by topic; a topic of a later version is passed over.
pub(super) fn topic_numbers(numbers: &BTreeMap<String, u64>) -> BTreeMap<Topic, u64> {
    numbers
        .iter()
        .filter_map(|(word, seq)| topic_of(word).map(|topic| (topic, *seq)))
        .collect()
}

fn checked_parts(part: u32, parts: u32) -> Result<(), BadMessage> {
    if parts == 0 || parts > MAX_PARTS || part >= parts {
        return Err(BadMessage(format!("part {part} of {parts}")));
    }
    Ok(())
}

fn read_hello(text: &str) -> Result<ServerMessage, BadMessage> {
    let wire: HelloWire = serde_json::from_str(text)?;
    let heartbeat = wire.heartbeat_ms.0;
    if heartbeat.is_zero() || heartbeat > MAX_HEARTBEAT {
        return Err(BadMessage("hello: heartbeat_ms is 1 to 1,000".to_owned()));
    }
    let report_period = wire.report_period_ms.0;
    if report_period.is_zero() || report_period > Duration::from_hours(24) {
        return Err(BadMessage(
            "hello: report_period_ms is 1 to 86,400,000".to_owned(),
        ));
    }
    Ok(ServerMessage::Hello(Box::new(Hello {
        info: FeedInfo {
            feed: wire.feed.0,
            gateway: GatewayId::new(wire.gateway.as_str()),
            nation: wire.nation.0,
            serves: wire
                .serves
                .iter()
                .filter_map(|word| topic_of(word))
                .collect(),
            boot: BootId::new(wire.boot.as_str()),
            heartbeat,
            report_period,
            simulated: wire.simulated,
            durable_orders: wire.durable_orders,
        },
        version: wire.version,
        time: wire.time.0,
    })))
}

fn read_snapshot(text: &str) -> Result<ServerMessage, BadMessage> {
    let wire: SnapshotWire<'_> = serde_json::from_str(text)?;
    checked_parts(wire.part, wire.parts)?;
    let Some(topic) = topic_of(&wire.topic) else {
        return Ok(ServerMessage::Unknown);
    };
    let body = wire.body;
    let mut read = Read::default();
    read.items
        .reserve(body.blocks.len() + body.sites.len() + body.halls.len());
    let lists = [
        ("site", body.sites),
        ("hall", body.halls),
        ("block", body.blocks),
        ("grid", body.grid.into_iter().collect()),
        ("account", body.accounts),
        ("network", body.networks),
        ("alarm", body.alarms),
        ("order", body.orders),
    ];
    for (kind, list) in lists {
        for raw in list {
            read.item(topic, kind, raw.get());
        }
    }
    Ok(ServerMessage::Snapshot {
        boot: BootId::new(wire.boot.as_str()),
        part: Part {
            topic,
            seq: wire.seq,
            part: wire.part,
            parts: wire.parts,
            items: read.items,
            bad: read.bad,
            joins: read.joins,
        },
    })
}

fn read_update(text: &str) -> Result<ServerMessage, BadMessage> {
    let wire: UpdateWire<'_> = serde_json::from_str(text)?;
    checked_parts(wire.part, wire.parts)?;
    let Some(topic) = topic_of(&wire.topic) else {
        return Ok(ServerMessage::Unknown);
    };
    let mut read = Read::default();
    read.items.reserve(wire.items.len());
    for raw in wire.items {
        read.tagged(topic, raw);
    }
    Ok(ServerMessage::Update {
        prev: wire.prev,
        part: Part {
            topic,
            seq: wire.seq,
            part: wire.part,
            parts: wire.parts,
            items: read.items,
            bad: read.bad,
            joins: read.joins,
        },
    })
}

fn read_admitted(text: &str) -> Result<ServerMessage, BadMessage> {
    Ok(match &*super::type_of(text)? {
        "update" => read_update(text)?,
        "snapshot" => read_snapshot(text)?,
        "hello" => read_hello(text)?,
        "heartbeat" => {
            let wire: HeartbeatWire = serde_json::from_str(text)?;
            ServerMessage::Heartbeat {
                time: wire.time.0,
                seq: topic_numbers(&wire.seq),
            }
        }
        "pong" => {
            let wire: PongWire = serde_json::from_str(text)?;
            ServerMessage::Pong {
                id: wire.id,
                ping_sent: wire.ping_sent.0,
                ping_received: wire.ping_received.0,
                sent: wire.sent.0,
            }
        }
        "machines" => {
            let page: MachinePage = serde_json::from_str::<PageWire>(text)?.into();
            if page.rows.len() > super::super::PAGE_ROWS {
                return Err(BadMessage("a page of more than 500 machines".to_owned()));
            }
            ServerMessage::Machines(Box::new(page))
        }
        "order_status" => {
            let wire: StatusWire = serde_json::from_str(text)?;
            let continues = wire.continues;
            ServerMessage::OrderStatus {
                status: Box::new(wire.into()),
                continues,
            }
        }
        "error" => {
            let wire: ErrorWire = serde_json::from_str(text)?;
            ServerMessage::Error {
                code: wire.code.0,
                message: wire.message.0,
                about: wire.about.map(|id| id.0),
            }
        }
        // Checked to be JSON all the same, or a link could send anything for ever.
        _ => {
            let _: &RawValue = serde_json::from_str(text)?;
            ServerMessage::Unknown
        }
    })
}

/// Reads what a server says. One bad item of telemetry is counted and, where it can be named, given as bad; the
/// rest of its message stands.
///
/// # Errors
/// A message that cannot stand as a whole: no JSON, too long, too deep, or without what its type needs.
pub fn read_server(text: &str) -> Result<ServerMessage, BadMessage> {
    guard::admit(text)?;
    read_admitted(text).or_else(|bad| match guard::quote_not_numbers(text) {
        Some(quoted) => match read_admitted(&quoted)? {
            // Only telemetry may be read so; what acts or answers must be JSON to the letter.
            message @ (ServerMessage::Snapshot { .. } | ServerMessage::Update { .. }) => {
                Ok(message)
            }
            _ => Err(bad),
        },
        None => Err(bad),
    })
}

/// Adds the `type` that the wire structs of answers do not hold themselves.
fn typed<T: Serialize>(tag: &str, value: &T) -> String {
    of_type(tag, &serde_json::to_string(value).unwrap_or_default())
}

fn of_type(tag: &str, object: &str) -> String {
    format!("{{\"type\":\"{tag}\",{}", object.get(1..).unwrap_or("}"))
}

pub(super) fn write_error(code: &str, message: &str, about: Option<&str>) -> String {
    typed(
        "error",
        &ErrorWire {
            code: IdText::of(code),
            message: LongText::of(message),
            about: about.map(IdText::of),
        },
    )
}

/// Writes an answer to an order, to the asker alone: one message, or several where it is of very many blocks.
pub fn write_order_status(status: &OrderStatus) -> Vec<String> {
    status_pieces(status)
        .iter()
        .map(|piece| of_type("order_status", piece))
        .collect()
}

/// Writes what a server says. Snapshots and updates are made of encoded items, and answers to orders may take several
/// messages (`snapshot_texts`, `update_texts`, `write_order_status`); given here they come out as nothing.
pub fn write_server(message: &ServerMessage) -> Option<String> {
    Some(match message {
        ServerMessage::Hello(hello) => typed(
            "hello",
            &HelloWire {
                version: hello.version,
                feed: NameText::share(&hello.info.feed),
                gateway: IdText::of(hello.info.gateway.as_str()),
                nation: NameText::share(&hello.info.nation),
                serves: hello
                    .info
                    .serves
                    .iter()
                    .map(|t| t.word().to_owned())
                    .collect(),
                boot: IdText::of(hello.info.boot.as_str()),
                time: Time(hello.time),
                heartbeat_ms: Span(hello.info.heartbeat),
                report_period_ms: Span(hello.info.report_period),
                simulated: hello.info.simulated,
                durable_orders: hello.info.durable_orders,
                limits: our_limits(),
            },
        ),
        ServerMessage::Heartbeat { time, seq } => typed(
            "heartbeat",
            &HeartbeatWire {
                time: Time(*time),
                seq: seq
                    .iter()
                    .map(|(topic, seq)| (topic.word().to_owned(), *seq))
                    .collect(),
            },
        ),
        ServerMessage::Pong {
            id,
            ping_sent,
            ping_received,
            sent,
        } => typed(
            "pong",
            &PongWire {
                id: *id,
                ping_sent: Time(*ping_sent),
                ping_received: Time(*ping_received),
                sent: Time(*sent),
            },
        ),
        ServerMessage::Machines(page) => typed("machines", &PageWire::from(&**page)),
        ServerMessage::Error {
            code,
            message,
            about,
        } => write_error(code, message, about.as_deref()),
        ServerMessage::Snapshot { .. }
        | ServerMessage::Update { .. }
        | ServerMessage::OrderStatus { .. }
        | ServerMessage::Unknown => return None,
    })
}
