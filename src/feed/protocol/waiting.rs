//! What waits to be given back, and a gateway's own orders, on the wire: both told, neither acts.

use schemars::JsonSchema;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::field::{IdText, Load, Time, Ulid};
use super::order::OrderWire;
use crate::domain::ids::{BlockId, SiteId};
use crate::domain::order::Order;
use crate::domain::waiting::{GatewayOrder, MOST_QUEUED, Queued, RestoreQueue, WaitsFor};

/// A block that waits to be given back.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "queued")]
struct QueuedWire {
    site: IdText,
    block: IdText,
    target_w: Load,
    /// What that adds to what it draws now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adds_w: Option<Load>,
    /// Absent while nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Time>,
    /// When all of it is expected to be back; absent while nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<Time>,
    /// The order that gives it back, or whose lease has lapsed.
    by: Ulid,
    /// `turn`, `ramp_cap`, `minimum_off`, `frequency`, `frequency_unknown`, `instruction`, `calm`, `offset`,
    /// `order_pending`, or a word of the gateway's own.
    reason: IdText,
}

/// All that waits to be given back at a gateway, in its order.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "restore_queue")]
pub(super) struct RestoreQueueWire {
    #[serde(deserialize_with = "rows")]
    #[schemars(length(max = 2_000))]
    restore_queue: Vec<QueuedWire>,
    /// So many more wait behind them.
    #[serde(default, skip_serializing_if = "is_zero")]
    more: u32,
    measured_at: Time,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Stops reading at the first row too many: a list without an end is not held in memory first.
fn rows<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<QueuedWire>, D::Error> {
    struct Rows;
    impl<'de> Visitor<'de> for Rows {
        type Value = Vec<QueuedWire>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "at most {MOST_QUEUED} blocks that wait")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut rows = Vec::new();
            while let Some(row) = list.next_element()? {
                if rows.len() == MOST_QUEUED {
                    return Err(de::Error::invalid_length(MOST_QUEUED + 1, &self));
                }
                rows.push(row);
            }
            Ok(rows)
        }
    }
    from.deserialize_seq(Rows)
}

impl From<&RestoreQueue> for RestoreQueueWire {
    fn from(queue: &RestoreQueue) -> Self {
        let cut = queue.rows.len().saturating_sub(MOST_QUEUED);
        Self {
            restore_queue: queue
                .rows
                .iter()
                .take(MOST_QUEUED)
                .map(|row| QueuedWire {
                    site: IdText::of(row.site.as_str()),
                    block: IdText::of(row.block.as_str()),
                    target_w: Load(row.target),
                    adds_w: row.adds.map(Load),
                    not_before: row.not_before.map(Time),
                    expected: row.expected.map(Time),
                    by: Ulid(row.by),
                    reason: IdText::of(row.reason.code()),
                })
                .collect(),
            more: queue
                .more
                .saturating_add(u32::try_from(cut).unwrap_or(u32::MAX)),
            measured_at: Time(queue.measured_at),
        }
    }
}

impl From<RestoreQueueWire> for RestoreQueue {
    fn from(wire: RestoreQueueWire) -> Self {
        Self {
            rows: wire
                .restore_queue
                .into_iter()
                .map(|row| Queued {
                    site: SiteId::new(row.site.as_str()),
                    block: BlockId::new(row.block.as_str()),
                    target: row.target_w.0,
                    adds: row.adds_w.map(|load| load.0),
                    not_before: row.not_before.map(|time| time.0),
                    expected: row.expected.map(|time| time.0),
                    by: row.by.0,
                    reason: WaitsFor::of(&row.reason.0),
                })
                .collect(),
            more: wire.more,
            measured_at: wire.measured_at.0,
        }
    }
}

/// An order that a gateway gave by itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "gateway_order")]
pub(super) struct GatewayOrderWire {
    pub(super) gateway_order: OrderWire,
    /// What it should move in all.
    #[serde(default)]
    wanted_w: Load,
}

impl From<&GatewayOrder> for GatewayOrderWire {
    fn from(own: &GatewayOrder) -> Self {
        Self {
            gateway_order: OrderWire::from(&own.order),
            wanted_w: Load(own.wanted),
        }
    }
}

impl From<GatewayOrderWire> for GatewayOrder {
    fn from(wire: GatewayOrderWire) -> Self {
        Self {
            order: Order::from(wire.gateway_order),
            wanted: wire.wanted_w.0,
        }
    }
}
