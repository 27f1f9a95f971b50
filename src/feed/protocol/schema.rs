//! The AsyncAPI 3 document of the feed, made from the types that read and write it.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::act::{AckWire, CancelWire, QueryWire, RenewWire, ShelveWire};
use super::countersign::{CountersignAnswerWire, CountersignRequestWire, CountersignWire};
use super::deed::{AuthorityWire, TagWire};
use super::field::{IdText, Time};
use super::fleet::{BlockWire, HallWire, PageWire, SiteWire};
use super::grid::{AlarmWire, GridWire};
use super::message::client::{PingWire, SubscribeWire, UnwatchWire, WatchWire};
use super::message::server::{ErrorWire, HeartbeatWire, HelloWire, PongWire};
use super::order::{OrderWire, StatusWire};
use super::reserve::{AccountWire, InflowWire, NetworkWire, RateWire};
use super::waiting::{GatewayOrderWire, RestoreQueueWire};
use super::words::TopicWord;
use super::{PATHS, SUBPROTOCOL, topics_at};
use crate::domain::link::Topic;

/// All there is of a topic, in parts; applied only when complete.
#[derive(JsonSchema)]
#[schemars(rename = "snapshot")]
#[allow(dead_code, reason = "only its shape is used")]
struct SnapshotShape {
    topic: TopicWord,
    boot: IdText,
    seq: u64,
    time: Time,
    /// From 0.
    #[schemars(range(max = 63))]
    part: u32,
    #[schemars(range(min = 1, max = 64))]
    parts: u32,
    body: BodyShape,
}

/// The lists of the topic; others are left out.
#[derive(JsonSchema)]
#[schemars(rename = "body")]
#[allow(dead_code, reason = "only its shape is used")]
struct BodyShape {
    sites: Option<Vec<SiteWire>>,
    halls: Option<Vec<HallWire>>,
    blocks: Option<Vec<BlockWire>>,
    grid: Option<GridWire>,
    accounts: Option<Vec<AccountWire>>,
    networks: Option<Vec<NetworkWire>>,
    rates: Option<Vec<RateWire>>,
    inflow: Option<Vec<InflowWire>>,
    alarms: Option<Vec<AlarmWire>>,
    orders: Option<Vec<StatusWire>>,
    countersigns: Option<Vec<CountersignWire>>,
    restore_queues: Option<Vec<RestoreQueueWire>>,
    gateway_orders: Option<Vec<GatewayOrderWire>>,
}

/// Changed or repeated items: absolute values, never differences.
#[derive(JsonSchema)]
#[schemars(rename = "update")]
#[allow(dead_code, reason = "only its shape is used")]
struct UpdateShape {
    topic: TopicWord,
    seq: u64,
    /// The number that the topic must have had before.
    prev: u64,
    time_sent: Time,
    #[schemars(range(max = 63))]
    part: u32,
    #[schemars(range(min = 1, max = 64))]
    parts: u32,
    items: Vec<ItemShape>,
}

/// One thing, named by `kind`. Receivers pass over kinds that they do not know.
#[derive(JsonSchema)]
#[schemars(rename = "item", tag = "kind", rename_all = "snake_case")]
#[allow(dead_code, reason = "only its shape is used")]
enum ItemShape {
    Site(SiteWire),
    Hall(HallWire),
    Block(BlockWire),
    Grid(GridWire),
    Account(AccountWire),
    Network(NetworkWire),
    Rate(RateWire),
    Inflow(InflowWire),
    Alarm(AlarmWire),
    Order(StatusWire),
    Countersign(CountersignWire),
    RestoreQueue(RestoreQueueWire),
    GatewayOrder(GatewayOrderWire),
}

/// Who says it.
#[derive(Clone, Copy, PartialEq)]
enum From {
    Server,
    Client,
    Either,
}

struct Message {
    name: &'static str,
    from: From,
    /// Topics on whose paths it travels; empty: all.
    topics: &'static [Topic],
    payload: Value,
}

struct Document {
    generator: SchemaGenerator,
    messages: Vec<Message>,
}

impl Document {
    fn add<T: JsonSchema>(&mut self, name: &'static str, from: From, topics: &'static [Topic]) {
        let schema: Schema = self.generator.subschema_for::<T>();
        let has_type = self
            .generator
            .definitions()
            .get(&*T::schema_name())
            .and_then(|schema| schema.pointer("/properties/type"))
            .is_some();
        // What acts holds its own type, since it must hold nothing else; the rest gets it here.
        let payload = if has_type {
            schema.to_value()
        } else {
            json!({"allOf": [schema], "required": ["type"], "properties": {"type": {"const": name}}})
        };
        self.messages.push(Message {
            name,
            from,
            topics,
            payload,
        });
    }
}

fn collect() -> Document {
    let mut settings = SchemaSettings::draft07();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut document = Document {
        generator: settings.into_generator(),
        messages: Vec::new(),
    };
    let acting = &[Topic::Order];
    let alarms = &[Topic::Alarm];
    let fleet = &[Topic::Fleet];
    document.add::<HelloWire>("hello", From::Server, &[]);
    document.add::<SnapshotShape>("snapshot", From::Server, &[]);
    document.add::<UpdateShape>("update", From::Server, &[]);
    document.add::<HeartbeatWire>("heartbeat", From::Server, &[]);
    document.add::<PongWire>("pong", From::Server, &[]);
    document.add::<PageWire>("machines", From::Server, fleet);
    document.add::<StatusWire>("order_status", From::Server, acting);
    document.add::<ErrorWire>("error", From::Either, &[]);
    document.add::<SubscribeWire>("subscribe", From::Client, &[]);
    document.add::<PingWire>("ping", From::Client, &[]);
    document.add::<WatchWire>("watch", From::Client, fleet);
    document.add::<UnwatchWire>("unwatch", From::Client, fleet);
    document.add::<OrderWire>("order", From::Client, acting);
    document.add::<QueryWire>("order_query", From::Client, acting);
    document.add::<CancelWire>("order_cancel", From::Client, acting);
    document.add::<RenewWire>("lease_renew", From::Client, acting);
    document.add::<AckWire>("alarm_ack", From::Client, alarms);
    for name in ["authority_request", "authority_release", "authority_take"] {
        document.add::<AuthorityWire>(name, From::Client, acting);
    }
    for name in ["tag_set", "tag_clear"] {
        document.add::<TagWire>(name, From::Client, acting);
    }
    document.add::<CountersignRequestWire>("countersign_request", From::Client, acting);
    document.add::<CountersignAnswerWire>("countersign_answer", From::Client, acting);
    document.add::<ShelveWire>("alarm_shelve", From::Client, alarms);
    document
}

fn channel_name(path: &str) -> &str {
    match path.trim_start_matches('/') {
        "" => "all",
        name => name,
    }
}

fn travels(message: &Message, topics: &[Topic]) -> bool {
    message.topics.is_empty() || message.topics.iter().any(|topic| topics.contains(topic))
}

fn channels(messages: &[Message]) -> Map<String, Value> {
    PATHS
        .iter()
        .map(|path| {
            let topics = topics_at(path).unwrap_or_default();
            let words: Vec<&str> = topics.iter().map(|topic| topic.word()).collect();
            let carried: Map<String, Value> = messages
                .iter()
                .filter(|message| travels(message, topics))
                .map(|message| {
                    let at = format!("#/components/messages/{}", message.name);
                    (message.name.to_owned(), json!({ "$ref": at }))
                })
                .collect();
            let channel = json!({
                "address": path,
                "description": format!("Topics: {}.", words.join(", ")),
                "messages": carried,
                "bindings": {"ws": {"method": "GET", "headers": {"type": "object", "properties": {
                    "Sec-WebSocket-Protocol": {"const": SUBPROTOCOL},
                    "Authorization": {"type": "string", "description": "Bearer token"}
                }, "required": ["Sec-WebSocket-Protocol"]}}},
            });
            (channel_name(path).to_owned(), channel)
        })
        .collect()
}

fn operations(messages: &[Message]) -> Map<String, Value> {
    let mut all = Map::new();
    for path in PATHS {
        let name = channel_name(path);
        let topics = topics_at(path).unwrap_or_default();
        // Said from the server's place.
        for (action, not) in [("send", From::Client), ("receive", From::Server)] {
            let refs: Vec<Value> = messages
                .iter()
                .filter(|message| message.from != not && travels(message, topics))
                .map(|message| json!({"$ref": format!("#/channels/{name}/messages/{}", message.name)}))
                .collect();
            all.insert(
                format!("{action}_{name}"),
                json!({
                    "action": action,
                    "channel": {"$ref": format!("#/channels/{name}")},
                    "messages": refs,
                }),
            );
        }
    }
    all
}

/// The AsyncAPI 3 document, JSON, the same for the same build.
pub fn asyncapi() -> String {
    let Document {
        mut generator,
        messages,
    } = collect();
    let schemas = generator.take_definitions(true);
    let components: Map<String, Value> = messages
        .iter()
        .map(|message| {
            let body = json!({"name": message.name, "payload": message.payload});
            (message.name.to_owned(), body)
        })
        .collect();
    let mut document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "baseload feed",
            "version": "1",
            "description": "The wire between a console and whatever serves a fleet, a grid or a reserve: WebSocket text frames, one JSON object each, at most 1 MiB and 32 levels deep. In telemetry, receivers pass over fields and types that they do not know; in whatever acts, they are an error and nothing is done.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels(&messages),
        "operations": operations(&messages),
        "components": {"messages": components, "schemas": schemas},
    });
    document.sort_all_objects();
    // A document of plain maps and strings can always be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON Schema of one message, standing on its own; none for a type that the feed does not have.
pub fn message_schema(name: &str) -> Option<Value> {
    let Document {
        mut generator,
        messages,
    } = collect();
    let message = messages.into_iter().find(|message| message.name == name)?;
    let schemas = generator.take_definitions(true);
    let mut schema = message.payload;
    schema
        .as_object_mut()?
        .insert("components".to_owned(), json!({ "schemas": schemas }));
    Some(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` of the document leads somewhere in it.
    fn check_refs(at: &Value, whole: &Value) {
        match at {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    let pointer = to.trim_start_matches('#');
                    assert!(whole.pointer(pointer).is_some(), "{to} leads nowhere");
                }
                fields.values().for_each(|value| check_refs(value, whole));
            }
            Value::Array(values) => values.iter().for_each(|value| check_refs(value, whole)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_the_text_is_stable() {
        let text = asyncapi();
        assert_eq!(text, asyncapi());
        let whole: Value = serde_json::from_str(&text).expect("it is JSON");
        check_refs(&whole, &whole);
        assert!(whole.pointer("/components/schemas/block").is_some());
    }
}
