//! How far a block of an order has come, by readings alone.
//!
//! A block with a meter or a PDU is judged by it. Firmware is never believed: a block that only its firmware speaks
//! for is judged by the site's grid meter, less house load, less what the site's metered blocks draw. What is left over
//! is what the blocks without a meter draw together; while that is more than they are allowed, none of them has delivered.

use std::time::Duration;

use crate::domain::fleet::PowerSource;
use crate::domain::order::{OrderKind, Phase, TargetStatus};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::gateway::ledger::stated;

use super::load::Load;
use super::nation::{Fleet, Station};

/// A curtailment that has not arrived after this time has failed.
const DOWN_MS: i64 = 90_000;
/// A restore gets this long beyond its ramp and its place under the fleet's cap.
const UP_MS: i64 = 600_000;

/// One block of an order under way.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) load: usize,
    /// Its place in the answer.
    pub(super) row: usize,
    pub(super) target_w: f64,
    /// What it drew when the order came.
    pub(super) baseline_w: f64,
    /// World time at which it begins: now, after the notice, or when it is its turn in a shed that is spread.
    pub(super) begins_at: i64,
    /// The same without its turn: before this nothing lets it begin.
    pub(super) earliest: i64,
    /// So much later than others of its order it may begin.
    pub(super) after: Duration,
    pub(super) began: Option<Timestamp>,
    /// Its target before.
    pub(super) from_w: f64,
}

impl Task {
    pub(super) fn new(
        index: usize,
        row: usize,
        load: &Load,
        target_w: f64,
        begins_at: i64,
    ) -> Self {
        Self {
            load: index,
            row,
            target_w: load.holds(target_w).unwrap_or(load.target_w),
            baseline_w: if load.source == PowerSource::Firmware {
                load.target_w.min(load.full_w())
            } else {
                load.reading.power.watts() as f64
            },
            begins_at,
            earliest: begins_at,
            after: Duration::ZERO,
            began: None,
            from_w: load.target_w,
        }
    }

    /// What it shall move in the end, W.
    pub(super) fn wanted_w(&self) -> f64 {
        (self.baseline_w - self.target_w).abs()
    }
}

/// Updates one target of an answer from the latest readings.
pub(super) fn look(
    task: &Task,
    kind: OrderKind,
    fleet: &Fleet,
    world_ms: i64,
    target: &mut TargetStatus,
) {
    let Some(began) = task.began else {
        return;
    };
    let load = &fleet.loads[task.load];
    let station = &fleet.stations[load.station];
    let end_w = task.target_w.min(load.full_w());
    let wanted_w = (task.baseline_w - end_w).abs().max(1.0);
    let (off_w, slack_w, read_at) = if load.source == PowerSource::Firmware {
        let (beyond_w, claim_w) = unmetered(fleet, station);
        let beyond_w = match kind {
            OrderKind::Curtail => beyond_w,
            OrderKind::Restore => -beyond_w,
        };
        let slack = 0.03 * claim_w + 0.006 * station.meter_w;
        (beyond_w, slack, station.metered_at)
    } else {
        let read_w = load.reading.power.watts() as f64;
        let off_w = match kind {
            OrderKind::Curtail => read_w - end_w,
            OrderKind::Restore => end_w - read_w,
        };
        // No further off than whoever ordered it lets a meter be.
        let slack = (0.03 * load.nameplate_w).min((0.1 * wanted_w).max(500_000.0));
        (off_w, slack, load.reading.at)
    };
    let is_there = off_w <= slack_w;
    if read_at > began {
        // Until it is there it is said as it is read.
        let missing_w = if is_there { 0.0 } else { off_w };
        let delivered = (wanted_w - missing_w).clamp(0.0, wanted_w);
        target.delivered = Some(Power::from_watts(delivered.round() as i64));
        target.measured_at = Some(read_at);
        if is_there && load.wakes_at <= world_ms {
            target.phase = Phase::Delivered;
            return;
        }
    }
    let deadline = match kind {
        OrderKind::Curtail => DOWN_MS,
        OrderKind::Restore => UP_MS + (load.nameplate_w / load.limits.ramp_up_w_s * 1_000.0) as i64,
    };
    // The fleet's cap may hold a restore back for long: its deadline runs only once the block is on its own way up.
    let waits = kind == OrderKind::Restore && load.power_w < end_w - 0.03 * load.nameplate_w;
    let patience = if waits { 4 } else { 1 };
    if world_ms - load.target_since > deadline * patience {
        target.phase = Phase::Failed;
        target.reasons = vec![stated(
            "not_delivered",
            told!("not-followed", "the meter did not follow the order in time"),
        )];
    }
}

/// How much more the unmetered blocks of a site draw together than they are allowed, W (negative: less), and how much
/// they are by the data sheet.
pub(super) fn unmetered(fleet: &Fleet, station: &Station) -> (f64, f64) {
    let mut left_w = station.meter_w / (1.0 + station.overhead);
    let mut allowed_w = 0.0;
    let mut sheet_w = 0.0;
    for load in fleet.of(station) {
        if load.source == PowerSource::Firmware {
            allowed_w += load.target_w.min(load.full_w());
            sheet_w += load.nameplate_w;
        } else {
            left_w -= load.reading.power.watts() as f64;
        }
    }
    (left_w - allowed_w, sheet_w)
}
