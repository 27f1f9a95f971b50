//! The fields of a server's smaller messages.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::bounds::Bounds;
use crate::domain::link::FeedInfo;
use crate::domain::pacing::{Limits, Pacing, Restores};
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
    /// A `watch` may bear a filter of so many bytes; absent: it may bear none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) watch_filter: Option<u32>,
    /// Targets of a shed may bear `after_ms`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::feed::protocol) spreads: bool,
    /// How restores go here; absent: it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::feed::protocol) restores: Option<RestoresWire>,
}

/// How restores go at a gateway.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "restores")]
pub(in crate::feed::protocol) struct RestoresWire {
    /// All blocks together rise at most so fast, 1 to 1,000,000,000,000.
    cap_w_s: u64,
    /// A block rises at most at this part of its `ramp_down_w_s`, and never faster than its `ramp_up_w_s`; over 0 up to 1.
    share: f64,
    /// Between two blocks, at most a day, as the other times.
    stagger_ms: u64,
    /// From the call to wake until the first machine of a block hashes.
    wakes_ms: u64,
    /// Below or above nothing is given back, 40,000 to 60,000.
    low_mhz: i64,
    high_mhz: i64,
    /// A stopped restore goes on after so long without a hindrance.
    settle_ms: u64,
    /// And is given up after so long.
    give_up_ms: u64,
}

impl From<&Restores> for RestoresWire {
    fn from(restores: &Restores) -> Self {
        let Limits { band, .. } = restores.limits;
        let whole = |ms: i64| u64::try_from(ms).unwrap_or(0);
        Self {
            cap_w_s: restores.limits.cap_w_s.round().max(1.0) as u64,
            share: restores.limits.share,
            stagger_ms: whole(restores.limits.stagger_ms),
            wakes_ms: whole(restores.wakes_ms),
            low_mhz: band.0.millihertz(),
            high_mhz: band.1.millihertz(),
            settle_ms: whole(restores.limits.settle_ms),
            give_up_ms: whole(restores.limits.patience_ms),
        }
    }
}

impl RestoresWire {
    /// As it is meant; none where no gateway could mean it.
    fn said(&self) -> Option<Restores> {
        let whole = |value: u64| i64::try_from(value).ok();
        let restores = Restores {
            limits: Limits {
                cap_w_s: whole(self.cap_w_s)? as f64,
                share: self.share,
                stagger_ms: whole(self.stagger_ms)?,
                band: (
                    Hertz::from_millihertz(self.low_mhz),
                    Hertz::from_millihertz(self.high_mhz),
                ),
                settle_ms: whole(self.settle_ms)?,
                patience_ms: whole(self.give_up_ms)?,
            },
            wakes_ms: whole(self.wakes_ms)?,
        };
        restores.is_sound().then_some(restores)
    }
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
        watch_filter: None,
        spreads: false,
        restores: None,
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
        watch_filter: info.watch_filter,
        spreads: info.pacing.spreads,
        restores: info.pacing.restores.as_ref().map(Into::into),
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
    info.watch_filter = wire.watch_filter;
    info.pacing = Pacing {
        spreads: wire.spreads,
        restores: wire.restores.as_ref().and_then(RestoresWire::said),
    };
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
    #[serde(
        default,
        deserialize_with = "crate::feed::protocol::told::lenient",
        skip_serializing_if = "Option::is_none"
    )]
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
        let restores = |share: f64, low: i64, wakes: u64| {
            let text = format!(
                "{{{usual}, \"restores\": {{\"cap_w_s\": 2000000, \"share\": {share}, \"stagger_ms\": 1500, \
                 \"wakes_ms\": {wakes}, \"low_mhz\": {low}, \"high_mhz\": 51000, \"settle_ms\": 10000, \
                 \"give_up_ms\": 900000}}}}"
            );
            told(&text).pacing.restores
        };
        let usual = Restores {
            limits: Limits::default(),
            wakes_ms: 10_000,
        };
        assert_eq!(restores(0.25, 49_900, 10_000), Some(usual));
        for (share, low, wakes) in [
            (0.0, 49_900, 10_000),
            (1.01, 49_900, 10_000),
            (0.25, 51_000, 10_000),
            (0.25, 0, 10_000),
            (0.25, 49_900, 86_400_001),
            (0.25, 49_900, u64::MAX),
        ] {
            assert_eq!(restores(share, low, wakes), None, "{share} {low} {wakes}");
        }
    }
}
