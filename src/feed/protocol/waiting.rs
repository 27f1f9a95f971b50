//! What waits to be given back, and a gateway's own orders, on the wire: both told, neither acts.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::field::{IdText, Load, Time, Ulid, few};
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

fn rows<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<QueuedWire>, D::Error> {
    few::<D, QueuedWire, MOST_QUEUED>(from)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ids::OrderId;
    use crate::domain::link::{Item, Topic};
    use crate::domain::time::Timestamp;
    use crate::domain::units::Power;
    use crate::feed::protocol::{
        MAX_MESSAGE, ServerMessage, encode_item, read_server, update_texts,
    };

    fn sent(topic: Topic, item: &Item) -> Vec<String> {
        let encoded = encode_item(item).expect("it travels");
        update_texts(topic, 2, 1, Timestamp::from_millis(0), &[&encoded])
    }

    fn read(text: &str) -> (Vec<Item>, u64) {
        match read_server(text) {
            Ok(ServerMessage::Update { part, .. }) => (part.items, part.bad),
            other => panic!("no update but {other:?}"),
        }
    }

    fn update(topic: &str, item: &str) -> String {
        format!(
            r#"{{"type":"update","topic":"{topic}","seq":2,"prev":1,"time_sent":"2026-01-15T13:45:01.007Z","items":[{item}]}}"#
        )
    }

    fn row(changed: &str, value: &str) -> String {
        let mut fields = vec![
            ("site", r#""lukoml""#),
            ("block", r#""b1""#),
            ("target_w", "20"),
            ("by", r#""01KF0Q7HZK3M5N7P9R1S3T5V7W""#),
            ("reason", r#""turn""#),
        ];
        fields.retain(|(name, _)| *name != changed);
        let mut row: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        if !value.is_empty() {
            row.push(format!("\"{changed}\":{value}"));
        }
        format!("{{{}}}", row.join(","))
    }

    fn queue(rows: &str) -> String {
        let item = format!(
            r#"{{"kind":"restore_queue","restore_queue":[{rows}],"measured_at":"2026-01-15T13:45:01.007Z"}}"#
        );
        update("fleet", &item)
    }

    #[test]
    fn what_is_absurd_is_refused_and_what_is_new_is_passed_over() {
        assert_eq!(
            read(&queue(&row("later", "1"))).0.len(),
            1,
            "a field of a later version"
        );
        let long = format!("\"{}\"", "x".repeat(65));
        for (name, value) in [
            ("target_w", "-1"),
            ("target_w", "1000000000001"),
            ("target_w", "NaN"),
            ("adds_w", "-5"),
            ("not_before", r#""9999-01-01T00:00:00Z""#),
            ("expected", "7"),
            ("by", r#""7""#),
            ("by", ""),
            ("reason", r#""""#),
            ("reason", &long),
            ("site", &long),
            ("block", "null"),
        ] {
            let (items, bad) = read(&queue(&row(name, value)));
            assert_eq!((items.len(), bad), (0, 1), "{name}: {value}");
        }
    }

    #[test]
    fn a_queue_holds_so_many_rows_and_no_more() {
        let one = row("", "");
        let many = |count| vec![one.as_str(); count].join(",");
        let (items, bad) = read(&queue(&many(MOST_QUEUED)));
        assert_eq!((items.len(), bad), (1, 0));
        let (items, bad) = read(&queue(&many(MOST_QUEUED + 1)));
        assert_eq!((items.len(), bad), (0, 1));
    }

    #[test]
    fn a_queue_too_long_is_cut_with_the_rest_counted_and_fits_a_message() {
        let long = "й".repeat(32);
        let row = Queued {
            site: SiteId::new(&long),
            block: BlockId::new(&long),
            target: Power::from_watts(1_000_000_000_000),
            adds: Some(Power::from_watts(1_000_000_000_000)),
            not_before: Some(Timestamp::from_millis(1_700_000_000_000)),
            expected: Some(Timestamp::from_millis(1_700_000_000_000)),
            by: OrderId(u128::MAX),
            reason: WaitsFor::Stated(long.as_str().into()),
        };
        let all = RestoreQueue {
            rows: vec![row; MOST_QUEUED + 5],
            more: 2,
            measured_at: Timestamp::from_millis(0),
        };
        let texts = sent(Topic::Fleet, &Item::RestoreQueue(Box::new(all)));
        assert_eq!(texts.len(), 1);
        assert!(texts[0].len() <= MAX_MESSAGE);
        match read(&texts[0]).0.as_slice() {
            [Item::RestoreQueue(read)] => {
                assert_eq!((read.rows.len(), read.more), (MOST_QUEUED, 7));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_own_order_with_anything_unknown_in_it_is_refused() {
        let order = r#""type":"order","id":"01KF0Q7HZK3M5N7P9R1S3T5V7W","plan":"a41f00000000000000000000000000000000000000000000000000000000009c","nation":"Belarus","gateway":"g","kind":"curtail","targets":[],"reason":"r","issued_by":"rule uf","issued_at":"2026-01-15T13:44:40.000Z","expires_at":"2026-01-15T13:50:01.000Z""#;
        let item = |more: &str, beside: &str| {
            let item =
                format!(r#"{{"kind":"gateway_order","gateway_order":{{{order}{more}}}{beside}}}"#);
            update("order", &item)
        };
        assert_eq!(read(&item("", "")).0.len(), 1);
        assert_eq!(read(&item("", r#","later":1"#)).0.len(), 1);
        assert_eq!(read(&item(r#","later":1"#, "")).1, 1);
        assert_eq!(read(&item("", r#","wanted_w":-1"#)).1, 1);
        let elsewhere = update("fleet", r#"{"kind":"gateway_order","gateway_order":7}"#);
        assert_eq!(read(&elsewhere), (Vec::new(), 0), "not on this topic");
    }

    proptest! {
        #[test]
        fn a_queue_comes_back_as_it_was(
            rows in proptest::collection::vec(
                ("[a-z]{1,20}", "[ -~]{1,60}", 0i64..1_000_000_000, proptest::option::of(0i64..1_000_000),
                 proptest::option::of(0i64..4_000_000_000_000), any::<u128>(), "[a-z_]{1,20}"),
                0..50),
            more in any::<u32>(),
        ) {
            let rows = rows.into_iter().map(|(site, block, target, adds, at, by, reason)| Queued {
                site: SiteId::new(&site),
                block: BlockId::new(&block),
                target: Power::from_watts(target),
                adds: adds.map(Power::from_watts),
                not_before: at.map(Timestamp::from_millis),
                expected: at.map(Timestamp::from_millis),
                by: OrderId(by),
                reason: WaitsFor::of(&reason.as_str().into()),
            });
            let queue = RestoreQueue {
                rows: rows.collect(),
                more,
                measured_at: Timestamp::from_millis(1_700_000_000_000),
            };
            let item = Item::RestoreQueue(Box::new(queue));
            let texts = sent(Topic::Fleet, &item);
            prop_assert_eq!(read(&texts[0]), (vec![item], 0));
        }

        #[test]
        fn hostile_text_never_panics(text in "\\PC{0,200}") {
            let item = format!(r#"{{"kind":"restore_queue","restore_queue":{text}}}"#);
            let _ = read_server(&update("fleet", &item));
            let item = format!(r#"{{"kind":"gateway_order","gateway_order":{text}}}"#);
            let _ = read_server(&update("order", &item));
        }
    }
}
