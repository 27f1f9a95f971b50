//! The closed loop of a curtailment: what a block does not take off in time is taken off by the next ones on the list that
//! the operator saw and confirmed, and by no others.
//!
//! Invariant: all substitutes together move at most the order's `extra_max`, so even where a late block follows after all,
//! no more is moved than was ordered and that. A substitute passes the same interlocks as any block.

use std::collections::HashSet;

use crate::domain::ids::BlockKey;
use crate::domain::order::{Order, OrderKind, OrderTarget, Phase, TargetStatus};
use crate::domain::units::Power;

use super::interlock::reasons;
use super::nation::Fleet;
use super::orders::Moment;
use super::progress::Task;

/// A block has so long beyond its ramp; then others take its place.
const GRACE_MS: i64 = 15_000;

/// How far the list of one order has been used.
#[derive(Debug, Default)]
pub(super) struct Loop {
    /// Substitutes that were looked at.
    used: usize,
    /// What substitutes move so far, W.
    moved_w: f64,
    /// What is still to be made up for, W.
    owed_w: f64,
    /// Rows of the answer whose lateness is accounted for.
    late: HashSet<usize>,
}

impl Loop {
    /// Looks at one block of the order: what it lacks is owed from when it is late.
    pub(super) fn look(
        &mut self,
        task: &Task,
        target: &TargetStatus,
        fleet: &Fleet,
        world_ms: i64,
    ) {
        let load = &fleet.loads[task.load];
        let ramp_ms = task.wanted_w() / load.limits.ramp_down_w_s.max(1.0) * 1_000.0;
        let late = task.began.is_some() && world_ms - load.target_since > ramp_ms as i64 + GRACE_MS;
        let failed = target.phase == Phase::Failed;
        if (late || failed) && target.phase != Phase::Delivered && self.late.insert(task.row) {
            let delivered_w = target.delivered.map_or(0.0, |power| power.watts() as f64);
            self.owed_w += (task.wanted_w() - delivered_w).max(0.0);
        }
    }

    /// The substitutes that make up for what is owed, with their rows of the answer.
    pub(super) fn make_up(
        &mut self,
        order: &Order,
        rows: usize,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> Vec<(Task, TargetStatus)> {
        let mut found: Vec<(Task, TargetStatus)> = Vec::new();
        while order.kind == OrderKind::Curtail && self.owed_w > 0.0 {
            let Some(key) = order.substitutes.get(self.used) else {
                break;
            };
            self.used += 1;
            let left_w = order.extra_max.watts() as f64 - self.moved_w;
            if let Some((task, status)) =
                fits(order, key, left_w, rows + found.len(), fleet, moment)
            {
                self.moved_w += task.wanted_w();
                self.owed_w -= task.wanted_w();
                found.push((task, status));
            }
        }
        found
    }
}

fn fits(
    order: &Order,
    key: &BlockKey,
    left_w: f64,
    row: usize,
    fleet: &mut Fleet,
    moment: Moment,
) -> Option<(Task, TargetStatus)> {
    let site = fleet.site(&key.site)?;
    let index = fleet.block(key)?;
    let station = &fleet.stations[site];
    let load = &fleet.loads[index];
    // What needs a contract's notice comes too late to help.
    if load.limits.notice_ms > 0 {
        return None;
    }
    let lowest_w = load.floor_w.max(load.must_run_at(moment.world_ms));
    let target = OrderTarget {
        site: key.site.clone(),
        block: key.block.clone(),
        target: Power::from_watts(lowest_w as i64),
        epoch: station.authority.epoch,
        site_seq: station.site_seq + 1,
    };
    if !reasons(order, &target, station, load, station.site_seq, moment).is_empty() {
        return None;
    }
    let task = Task::new(index, row, load, lowest_w, moment.world_ms, 0);
    if task.wanted_w() > left_w {
        return None;
    }
    fleet.stations[site].site_seq += 1;
    fleet.loads[index].pending = true;
    let status = TargetStatus {
        site: target.site,
        block: target.block,
        phase: Phase::Accepted,
        reasons: Vec::new(),
        delivered: None,
        measured_at: None,
    };
    Some((task, status))
}
