//! Writing what a server says.

use serde::Serialize;

use super::ServerMessage;
use super::wire::{ErrorWire, HeartbeatWire, HelloWire, PongWire, limits};
use crate::domain::order::OrderStatus;
use crate::domain::sentence::Sentence;
use crate::feed::protocol::field::{IdText, LongText, NameText, Span, Time};
use crate::feed::protocol::fleet::PageWire;
use crate::feed::protocol::order::status_pieces;
use crate::feed::protocol::told::ToldWire;

/// Adds the `type` that the wire structs of answers do not hold themselves.
fn typed<T: Serialize>(tag: &str, value: &T) -> String {
    of_type(tag, &serde_json::to_string(value).unwrap_or_default())
}

fn of_type(tag: &str, object: &str) -> String {
    format!("{{\"type\":\"{tag}\",{}", object.get(1..).unwrap_or("}"))
}

pub(in crate::feed::protocol::message) fn write_error(
    code: &str,
    message: &Sentence,
    about: Option<&str>,
) -> String {
    typed(
        "error",
        &ErrorWire {
            code: IdText::of(code),
            message: LongText::share(message.english()),
            told: ToldWire::of(message),
            about: about.map(IdText::of),
        },
    )
}

/// Writes an answer to an order, to the asker alone: one message, or several where it is of very many blocks.
pub fn write_order_status(status: &OrderStatus) -> Vec<String> {
    status_pieces(status, true)
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
                acts: hello.info.acts,
                operators: hello.info.operators,
                limits: limits(&hello.info),
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
