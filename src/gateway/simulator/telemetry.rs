//! What the nation's instruments say, and how it stands on the wire.

use crate::domain::fleet::{Block, BlockLimits, BlockState, Hall, Held, PowerSource, Site};
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::units::{Celsius, Hashrate, Power};

use super::chance::Chance;
use super::clock::Clock;
use super::leases::Leases;
use super::load::{Condition, Load};
use super::nation::{Fleet, Station};

/// A meter's noise, as a part of the reading.
const METER_NOISE: f64 = 0.0015;
/// A PDU's.
const PDU_NOISE: f64 = 0.006;

/// Reads a block's instruments.
pub(super) fn read_block(
    load: &mut Load,
    air_c: f64,
    world_ms: i64,
    now: Timestamp,
    chance: &mut Chance,
) {
    let counts = load.counts();
    let noise = match load.source {
        PowerSource::Meter => METER_NOISE,
        _ => PDU_NOISE,
    };
    let lies = load.lying.is_some_and(|(_, until)| world_ms < until);
    let true_w = if lies {
        load.target_w.min(load.power_w)
    } else {
        load.power_w
    };
    let claim = if load.source == PowerSource::Firmware {
        load.claim
    } else {
        1.0
    };
    let said_w = true_w * claim * (1.0 + noise * chance.bell());
    // A meter in order never shows less than the sleeping boards draw, nor more than the feeder's fuses let through.
    let said_w = said_w.clamp(load.floor_w * claim.min(1.0), load.nameplate_w * 1.25);
    let reading = &mut load.reading;
    reading.power = Power::from_watts(said_w.round() as i64);
    let hashing = f64::from(counts.hashing);
    let terahash = hashing * load.class.terahash * load.tune * (1.0 + 0.004 * chance.bell());
    reading.hashrate = Hashrate::from_hs((terahash * 1e12).max(0.0));
    reading.machines = counts;
    reading.inlet = Celsius::from_degrees(((air_c + load.warmer) * 10.0).round() / 10.0);
    reading.state = load.state;
    reading.accepted = load.shares[0] as u64;
    reading.rejected = load.shares[1] as u64;
    reading.stale = load.shares[2] as u64;
    reading.quality = match (load.condition, load.source) {
        (Condition::Faulted, _) | (_, PowerSource::Firmware | PowerSource::Nameplate) => {
            Quality::Uncertain
        }
        _ => Quality::Good,
    };
    reading.at = now;
}

/// Reads a site's grid meter.
pub(super) fn read_site(fleet: &mut Fleet, site: usize, now: Timestamp, chance: &mut Chance) {
    let station = &fleet.stations[site];
    let drawn: f64 = fleet.of(station).iter().map(|load| load.power_w).sum();
    let true_w = drawn * (1.0 + station.overhead);
    let said_w = true_w * (1.0 + METER_NOISE * chance.bell());
    let said_w = said_w.clamp(0.0, station.node_limit_w);
    let station = &mut fleet.stations[site];
    station.meter_w = said_w;
    station.metered_at = now;
}

/// A site for the wire.
pub(super) fn site_item(station: &Station, quality: Quality) -> Site {
    Site {
        id: station.id.clone(),
        name: station.name.clone(),
        region: station.region.clone(),
        grid_node: station.node.clone(),
        node_limit: Some(watts(station.node_limit_w)),
        tariff: Some(station.tariff.clone()),
        contract: Some(station.contract.word().into()),
        meter: Some(watts(station.meter_w)),
        authority: station.authority.clone(),
        site_seq: station.site_seq,
        quality,
        measured_at: station.metered_at,
    }
}

/// A site's halls for the wire.
pub(super) fn hall_items(station: &Station) -> impl Iterator<Item = Hall> {
    station.halls.iter().map(|(id, name)| Hall {
        site: station.id.clone(),
        id: id.clone(),
        name: name.clone(),
    })
}

/// A block for the wire. Spans and ramps are as the wall's clock sees them: a world that runs X times faster has ramps
/// X times as steep and waits of an X-th.
pub(super) fn block_item(load: &Load, station: &Station, clock: Clock, leases: &Leases) -> Block {
    let reading = &load.reading;
    let limits = &load.limits;
    Block {
        site: station.id.clone(),
        id: load.id.clone(),
        hall: station.halls[load.hall].0.clone(),
        name: load.name.clone(),
        hashrate: reading.hashrate,
        power: Some(reading.power),
        power_source: load.source,
        target: watts(load.target_w),
        floor: watts(load.floor_w),
        steps: load.steps.iter().copied().map(watts).collect(),
        nameplate: watts(load.nameplate_w),
        state: reading.state,
        state_since: clock.wall(load.state_since),
        machines: reading.machines,
        inlet: Some(reading.inlet),
        accepted: reading.accepted,
        rejected: reading.rejected,
        stale: reading.stale,
        quality: reading.quality,
        tags: load.tags.clone(),
        limits: BlockLimits {
            ramp_down_w_s: watts(limits.ramp_down_w_s * clock.speed()),
            ramp_up_w_s: watts(limits.ramp_up_w_s * clock.speed()),
            min_off: clock.wall_span(limits.min_off_ms),
            min_on: clock.wall_span(limits.min_on_ms),
            starts_per_hour: limits.starts_per_hour,
            starts_last_hour: load.starts.len() as u32,
            must_run: watts(limits.must_run_w),
            must_run_until: limits.must_run_until.map(|until| clock.wall(until)),
            notice: clock.wall_span(limits.notice_ms),
            calls_left: limits.calls_left,
            shed_hours_30d: load.shed_ms as f64 / 3_600_000.0,
        },
        held: held(load, clock, leases),
        measured_at: reading.at,
    }
}

/// The order that holds a block below its nameplate or moves it still.
fn held(load: &Load, clock: Clock, leases: &Leases) -> Option<Held> {
    let restoring = load.state == BlockState::Restoring;
    let hold = load.hold.as_ref()?;
    (load.pending || restoring || load.target_w < load.nameplate_w).then(|| Held {
        by: hold.by.clone(),
        order: Some(hold.order),
        since: hold.since.map(|since| clock.wall(since)),
        until: leases.until(hold.order).map(|until| clock.wall(until)),
        reason: hold.reason.clone(),
    })
}

fn watts(value: f64) -> Power {
    Power::from_watts(value.round() as i64)
}
