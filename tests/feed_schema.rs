//! Golden messages: each is what the schema says, what we read, and what we write again.

#![allow(missing_docs, reason = "a test")]

use std::fs;
use std::path::Path;

use baseload::domain::ids::BootId;
use baseload::domain::time::Timestamp;
use baseload::feed::protocol::{
    Encoded, ServerMessage, asyncapi, encode_item, message_schema, read_client, read_server,
    snapshot_texts, update_texts, write_client, write_order_status, write_server,
};
use serde_json::Value;

fn golden() -> Vec<(String, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feed");
    let mut found: Vec<(String, String)> = fs::read_dir(dir)
        .expect("the golden messages are there")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(path).expect("text"))
        })
        .collect();
    found.sort();
    found
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn kind(value: &Value) -> String {
    value["type"].as_str().expect("a type").to_owned()
}

fn time(value: &Value) -> Timestamp {
    let text = value.as_str().expect("a time");
    let time: jiff::Timestamp = text.parse().expect("RFC 3339");
    Timestamp::from_millis(time.as_millisecond())
}

fn rewritten(text: &str) -> Value {
    let message = value(text);
    if let Ok(client) = read_client(text)
        && kind(&message) != "error"
    {
        return value(&write_client(&client).expect("it is short enough"));
    }
    let read = read_server(text).expect("a server's message");
    let encode = |items: &[_]| -> Vec<Encoded> { items.iter().filter_map(encode_item).collect() };
    match &read {
        ServerMessage::Snapshot { boot, part } => {
            assert_eq!(part.bad, 0);
            let items = encode(&part.items);
            let boot = BootId::new(boot.as_str());
            let texts = snapshot_texts(part.topic, &boot, part.seq, time(&message["time"]), &items);
            assert_eq!(texts.len(), 1);
            value(&texts[0])
        }
        ServerMessage::Update { prev, part } => {
            assert_eq!(part.bad, 0);
            let items = encode(&part.items);
            let items: Vec<&Encoded> = items.iter().collect();
            let texts = update_texts(
                part.topic,
                part.seq,
                *prev,
                time(&message["time_sent"]),
                &items,
            );
            assert_eq!(texts.len(), 1);
            value(&texts[0])
        }
        ServerMessage::OrderStatus { status, .. } => value(&write_order_status(status)[0]),
        other => value(&write_server(other).expect("it can be written")),
    }
}

#[test]
fn golden_messages_come_through_unchanged() {
    for (name, text) in golden() {
        assert_eq!(rewritten(&text), value(&text), "{name}");
    }
}

#[test]
fn golden_messages_are_what_the_schema_says() {
    for (name, text) in golden() {
        let message = value(&text);
        let schema = message_schema(&kind(&message)).expect("a schema for every type");
        let validator = jsonschema::validator_for(&schema).expect("a schema that can be used");
        let wrong: Vec<String> = validator
            .iter_errors(&message)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn the_schema_refuses_what_we_refuse() {
    let schema = message_schema("order").expect("orders have a schema");
    let validator = jsonschema::validator_for(&schema).expect("usable");
    let (_, text) = golden()
        .into_iter()
        .find(|(name, _)| name == "order")
        .expect("a golden order");
    for (pointer, wrong) in [
        ("/colour", Value::from("red")),
        ("/kind", Value::from("explode")),
        ("/id", Value::from("7")),
        ("/plan", Value::from("zz")),
        ("/extra_w_max", Value::from(-1)),
        ("/targets/0/target_w", Value::from(-5)),
        ("/targets/0/extra", Value::from(1)),
        ("/reason", Value::from("x".repeat(2_000))),
    ] {
        let mut order = value(&text);
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        order.pointer_mut(parent).expect("it is there")[field] = wrong;
        assert!(!validator.is_valid(&order), "schema: {pointer}");
        let refused = read_client(&order.to_string()).expect_err(pointer);
        assert!(
            !refused.fatal,
            "an order that is wrong does not cost the link"
        );
        if pointer != "/id" {
            assert_eq!(refused.about.as_deref(), order["id"].as_str(), "{pointer}");
        }
    }
}

#[test]
fn every_type_has_a_golden_message() {
    let document = value(&asyncapi());
    let messages = document["components"]["messages"]
        .as_object()
        .expect("messages");
    let pinned: Vec<String> = golden()
        .iter()
        .map(|(_, text)| kind(&value(text)))
        .collect();
    for name in messages.keys() {
        assert!(pinned.contains(name), "no golden message for `{name}`");
    }
}
