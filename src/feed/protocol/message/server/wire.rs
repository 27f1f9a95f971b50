//! The fields of a server's smaller messages.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::bounds::Bounds;
use crate::domain::link::FeedInfo;
use crate::domain::units::{Hertz, Power};
use crate::feed::protocol::field::{IdText, Load, LongText, Millis, NameText, Time};
use crate::feed::protocol::told::ToldWire;
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
    /// Most that one step of an emergency shed may move, 10,000,000 and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) emergency_step_w: Option<u64>,
    /// Steps begin at least so far apart, 100 to 60,000; one that comes sooner is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) emergency_interval_ms: Option<u64>,
    /// A frequency above this bars an emergency shed of more than one site, 50,050 to 51,500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) emergency_bar_mhz: Option<i64>,
    /// What a person has moved counts for the limits so long, 1 to 1,440; absent: each order is judged by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) limit_window_min: Option<u64>,
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
    LimitsWire {
        frame_bytes: MAX_MESSAGE as u64,
        message_bytes: MAX_MESSAGE as u64,
        write_buffer_bytes: MAX_WRITE_BUFFER as u64,
        json_depth: MAX_DEPTH as u64,
        two_persons_above_w: None,
        two_persons_restore_above_w: None,
        emergency_step_w: None,
        emergency_interval_ms: None,
        emergency_bar_mhz: None,
        limit_window_min: None,
    }
}

/// What this server allows, above what it wants two persons, and how emergencies go there.
pub(super) fn limits(info: &FeedInfo) -> LimitsWire {
    let millis = |span: Duration| u64::try_from(span.as_millis()).ok();
    LimitsWire {
        two_persons_above_w: info.two_persons.shed_above.map(Load),
        two_persons_restore_above_w: info.two_persons.restore_above.map(Load),
        emergency_step_w: info
            .emergency_step
            .and_then(|step| u64::try_from(step.watts()).ok()),
        emergency_interval_ms: info.emergency_interval.and_then(millis),
        emergency_bar_mhz: info.emergency_bar.map(Hertz::millihertz),
        limit_window_min: info.limit_window.map(|window| window.as_secs() / 60),
        ..no_limits()
    }
}

/// Reads what bounds a server's emergencies and limits into `info`. What no gateway could mean is as if it were not said.
pub(super) fn bounds(wire: &LimitsWire, info: &mut FeedInfo) {
    let said = |value: Option<u64>, range: RangeInclusive<i64>| {
        let value = i64::try_from(value?).ok()?;
        range.contains(&value).then_some(value.unsigned_abs())
    };
    let step = wire.emergency_step_w.and_then(|w| i64::try_from(w).ok());
    let steps = Bounds::STEPS_MW;
    let (least, most) = (*steps.start(), *steps.end());
    let may_be = Power::from_megawatts(least)..=Power::from_megawatts(most);
    info.emergency_step = step
        .map(Power::from_watts)
        .filter(|step| may_be.contains(step));
    info.emergency_interval =
        said(wire.emergency_interval_ms, Bounds::INTERVALS_MS).map(Duration::from_millis);
    let bar = wire.emergency_bar_mhz;
    info.emergency_bar = bar
        .filter(|mhz| Bounds::BARS_MHZ.contains(mhz))
        .map(Hertz::from_millihertz);
    info.limit_window = said(wire.limit_window_min, Bounds::WINDOWS_MIN).map(Duration::from_mins);
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
    /// What the message says, where it is one of our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) told: Option<ToldWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) about: Option<IdText>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::protocol::message::server::ServerMessage;

    fn told(limits: &str) -> FeedInfo {
        let hello = include_str!("../../../../../tests/fixtures/feed/hello.json");
        let mut hello: serde_json::Value = serde_json::from_str(hello).expect("JSON");
        hello["limits"] = serde_json::from_str(limits).expect("JSON");
        match super::super::read::read_hello(&hello.to_string()).expect("a hello") {
            ServerMessage::Hello(hello) => hello.info,
            other => panic!("a hello: {other:?}"),
        }
    }

    #[test]
    fn limits_that_no_gateway_could_mean_are_not_said() {
        let usual =
            r#""frame_bytes": 1, "message_bytes": 1, "write_buffer_bytes": 1, "json_depth": 1"#;
        let step = |w: u64| told(&format!("{{{usual}, \"emergency_step_w\": {w}}}")).emergency_step;
        assert_eq!(step(1), None);
        assert_eq!(step(9_999_999), None);
        assert_eq!(step(10_000_000), Some(Power::from_megawatts(10)));
        let bar =
            |mhz: i64| told(&format!("{{{usual}, \"emergency_bar_mhz\": {mhz}}}")).emergency_bar;
        for mhz in [50_049, 51_501, 55_000] {
            assert_eq!(bar(mhz), None, "{mhz}");
        }
        assert_eq!(bar(51_500), Some(Hertz::from_millihertz(51_500)));
    }
}
