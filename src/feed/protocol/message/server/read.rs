//! Reading what a server says.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{ErrorWire, HeartbeatWire, HelloWire, PongWire, bounds};
use super::{Hello, Part, ServerMessage};
use crate::domain::fleet::MachinePage;
use crate::domain::ids::{BootId, GatewayId};
use crate::domain::link::{FeedInfo, Topic};
use crate::domain::operator::TwoPersons;
use crate::domain::pacing::Pacing;
use crate::feed::protocol::field::{IdText, Time};
use crate::feed::protocol::fleet::PageWire;
use crate::feed::protocol::message;
use crate::feed::protocol::message::items::Read;
use crate::feed::protocol::order::StatusWire;
use crate::feed::protocol::told;
use crate::feed::protocol::{BadMessage, MAX_HEARTBEAT, MAX_PARTS, PAGE_ROWS, guard};

#[derive(Deserialize)]
struct SnapshotWire<'a> {
    topic: String,
    boot: IdText,
    seq: u64,
    #[serde(default)]
    part: u32,
    #[serde(default = "one")]
    parts: u32,
    #[serde(default)]
    time: Option<Time>,
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
    rates: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    inflow: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    alarms: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    orders: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    countersigns: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    restore_queues: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    gateway_orders: Vec<&'a RawValue>,
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
    #[serde(default)]
    time_sent: Option<Time>,
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
pub(in crate::feed::protocol::message) fn topic_numbers(
    numbers: &BTreeMap<String, u64>,
) -> BTreeMap<Topic, u64> {
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

pub(super) fn read_hello(text: &str) -> Result<ServerMessage, BadMessage> {
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
    let mut hello = Hello {
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
            acts: wire.acts,
            operators: wire.operators,
            two_persons: TwoPersons {
                shed_above: wire.limits.two_persons_above_w.map(|load| load.0),
                restore_above: wire.limits.two_persons_restore_above_w.map(|load| load.0),
            },
            emergency_step: None,
            emergency_interval: None,
            emergency_bar: None,
            limit_window: None,
            watch_filter: None,
            pacing: Pacing::default(),
        },
        version: wire.version,
        time: wire.time.0,
    };
    bounds(&wire.limits, &mut hello.info);
    Ok(ServerMessage::Hello(Box::new(hello)))
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
        ("rate", body.rates),
        ("inflow", body.inflow),
        ("alarm", body.alarms),
        // The order first, then what became of it.
        ("gateway_order", body.gateway_orders),
        ("order", body.orders),
        ("countersign", body.countersigns),
        ("restore_queue", body.restore_queues),
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
            time: wire.time.map(|time| time.0),
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
            time: wire.time_sent.map(|time| time.0),
            items: read.items,
            bad: read.bad,
            joins: read.joins,
        },
    })
}

fn read_admitted(text: &str) -> Result<ServerMessage, BadMessage> {
    Ok(match &*message::type_of(text)? {
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
            if page.rows.len() > PAGE_ROWS {
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
                message: told::sentence(wire.message, wire.told),
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
