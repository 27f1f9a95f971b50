//! The fields of a server's smaller messages.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::operator::TwoPersons;
use crate::domain::units::Power;
use crate::feed::protocol::field::{IdText, Load, LongText, Millis, NameText, Time};
use crate::feed::protocol::{MAX_DEPTH, MAX_MESSAGE, MAX_WRITE_BUFFER, VERSION};

/// What the server allows.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "limits")]
pub(in crate::feed::protocol) struct LimitsWire {
    pub(in crate::feed::protocol) frame_bytes: u64,
    pub(in crate::feed::protocol) message_bytes: u64,
    pub(in crate::feed::protocol) write_buffer_bytes: u64,
    pub(in crate::feed::protocol) json_depth: u64,
    /// A curtailment that moves more needs two persons' signatures; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) two_persons_above_w: Option<Load>,
    /// The same of a restore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) two_persons_restore_above_w: Option<Load>,
    /// Most that one step of an emergency shed may move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) emergency_step_w: Option<u64>,
}

/// The first message of a server.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "hello")]
pub(in crate::feed::protocol) struct HelloWire {
    #[serde(default = "first_version")]
    pub(in crate::feed::protocol) version: u32,
    pub(in crate::feed::protocol) feed: NameText,
    pub(in crate::feed::protocol) gateway: IdText,
    pub(in crate::feed::protocol) nation: NameText,
    pub(in crate::feed::protocol) serves: Vec<String>,
    pub(in crate::feed::protocol) boot: IdText,
    pub(in crate::feed::protocol) time: Time,
    /// Longest silence; at most 1,000.
    pub(in crate::feed::protocol) heartbeat_ms: Millis,
    pub(in crate::feed::protocol) report_period_ms: Millis,
    pub(in crate::feed::protocol) simulated: bool,
    pub(in crate::feed::protocol) durable_orders: bool,
    /// The rules of safety that it keeps; absent or below 2: the older ones.
    #[serde(default)]
    pub(in crate::feed::protocol) acts: u32,
    /// Everything that acts here is signed by somebody that this gateway knows.
    #[serde(default)]
    pub(in crate::feed::protocol) operators: bool,
    #[serde(default = "no_limits")]
    pub(in crate::feed::protocol) limits: LimitsWire,
}

fn first_version() -> u32 {
    VERSION
}

fn no_limits() -> LimitsWire {
    limits(TwoPersons::default(), None)
}

/// What this server allows, above what it wants two persons, and the most of an emergency's step.
pub(super) fn limits(two_persons: TwoPersons, emergency_step: Option<Power>) -> LimitsWire {
    LimitsWire {
        two_persons_above_w: two_persons.shed_above.map(Load),
        two_persons_restore_above_w: two_persons.restore_above.map(Load),
        frame_bytes: MAX_MESSAGE as u64,
        message_bytes: MAX_MESSAGE as u64,
        write_buffer_bytes: MAX_WRITE_BUFFER as u64,
        json_depth: MAX_DEPTH as u64,
        emergency_step_w: emergency_step.and_then(|step| u64::try_from(step.watts()).ok()),
    }
}

/// Still there.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "heartbeat")]
pub(in crate::feed::protocol) struct HeartbeatWire {
    pub(in crate::feed::protocol) time: Time,
    pub(in crate::feed::protocol) seq: BTreeMap<String, u64>,
}

/// The answer to a ping.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "pong")]
pub(in crate::feed::protocol) struct PongWire {
    pub(in crate::feed::protocol) id: u64,
    pub(in crate::feed::protocol) ping_sent: Time,
    pub(in crate::feed::protocol) ping_received: Time,
    pub(in crate::feed::protocol) sent: Time,
}

/// Something could not be done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "error")]
pub(in crate::feed::protocol) struct ErrorWire {
    pub(in crate::feed::protocol) code: IdText,
    pub(in crate::feed::protocol) message: LongText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) about: Option<IdText>,
}
