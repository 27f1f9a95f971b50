//! The closed loop of a curtailment: what a block does not take off in time is taken off by the next ones on the list that
//! the operator saw and confirmed, and by no others.
//!
//! Invariant: all substitutes together move at most the order's `extra_max`, so even where a late block follows after all,
//! no more is moved than was ordered and that. A substitute passes the same interlocks as any block. Where a late block
//! follows after all, substitutes that are no longer needed are given back ([`MadeUp`]): trimming is restoring, an order
//! of its own with a restore's limits.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::fleet::PowerSource;
use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::order::{Order, OrderKind, OrderTarget, Phase, PlanHash, TargetStatus};
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
    /// Blocks that became late since they were asked for.
    disobeying: Vec<usize>,
}

impl Loop {
    /// Of an order that nothing takes a place in any more.
    pub(super) fn spent(order: &Order) -> Self {
        Self {
            used: order.substitutes.len(),
            ..Self::default()
        }
    }

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
            if task.began.is_some() {
                self.disobeying.push(task.load);
            }
            let delivered_w = target.delivered.map_or(0.0, |power| power.watts() as f64);
            self.owed_w += (task.wanted_w() - delivered_w).max(0.0);
        }
    }

    /// Blocks that have become late since the last call.
    pub(super) fn disobeying(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.disobeying)
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

/// A curtailment that substitutes helped out, watched until they are not needed any more.
#[derive(Debug)]
pub(super) struct MadeUp {
    pub(super) order: OrderId,
    /// Its plan, its issuer, and whether two persons agreed to it.
    pub(super) plan: PlanHash,
    pub(super) by: Arc<str>,
    pub(super) two: bool,
    /// The order's own blocks: what they drew, and what was wanted of them, W.
    ordered: Vec<(usize, f64, f64)>,
    /// What took their place, and moved so much, W.
    substitutes: Vec<(usize, f64)>,
}

impl MadeUp {
    /// Remembers what has taken the place of what. Rows of substitutes come after the order's own.
    pub(super) fn note(
        list: &mut Vec<Self>,
        order: &Order,
        tasks: &[Task],
        found: &[(Task, TargetStatus)],
    ) {
        let own = tasks.iter().filter(|task| task.row < order.targets.len());
        let at = list.iter().position(|made| made.order == order.id);
        let at = at.unwrap_or_else(|| {
            list.push(Self {
                order: order.id,
                plan: order.plan,
                by: Arc::clone(&order.issued_by),
                // Who is named there was heard to agree; an emergency asks nobody.
                two: order.countersigned_by.is_some() && !order.emergency,
                ordered: own.map(|t| (t.load, t.baseline_w, t.target_w)).collect(),
                substitutes: Vec::new(),
            });
            list.len() - 1
        });
        let new = found.iter().map(|(task, _)| (task.load, task.wanted_w()));
        list[at].substitutes.extend(new);
    }

    /// These of the order's own blocks were called back: they are not wanted any more.
    pub(super) fn without(&mut self, gone: &[usize]) {
        self.ordered.retain(|(load, ..)| !gone.contains(load));
    }

    /// A substitute that can be given back with all that was ordered still off, by the meters: the most efficient first.
    pub(super) fn spare(&mut self, fleet: &Fleet) -> Option<usize> {
        let still = |load: usize| fleet.loads[load].target_w < fleet.loads[load].full_w() - 1.0;
        self.substitutes.retain(|&(load, _)| still(load));
        let off = |load: usize, baseline_w: f64| {
            let load = &fleet.loads[load];
            // Firmware is no witness that something is off.
            let read = load.source != PowerSource::Firmware;
            let off_w = if read {
                baseline_w - load.reading.power.watts() as f64
            } else {
                0.0
            };
            off_w.max(0.0)
        };
        let ordered: f64 = self
            .ordered
            .iter()
            .map(|&(_, from, to)| (from - to).max(0.0))
            .sum();
        let moved: f64 = self
            .ordered
            .iter()
            .map(|&(load, from, _)| off(load, from))
            .sum();
        let helped: f64 = self
            .substitutes
            .iter()
            .map(|&(load, w)| off(load, fleet.loads[load].target_w + w).min(w))
            .sum();
        // A little that the meters can't tell.
        let excess = moved + helped - 0.99 * ordered;
        let fits = |s: &&(usize, f64)| s.1 <= excess && !fleet.loads[s.0].pending;
        let need = |load: usize| {
            let class = fleet.loads[load].class;
            class.watts / class.terahash
        };
        let best = self
            .substitutes
            .iter()
            .filter(fits)
            .min_by(|a, b| need(a.0).total_cmp(&need(b.0)));
        best.map(|s| s.0)
    }

    /// Nothing is left to be given back, or the order's own blocks have been restored.
    pub(super) fn is_over(&self, fleet: &Fleet) -> bool {
        let on = |&(load, _, to): &(usize, f64, f64)| fleet.loads[load].target_w > to + 1.0;
        self.substitutes.is_empty() || self.ordered.iter().all(on)
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
        after: std::time::Duration::ZERO,
    };
    if !reasons(order, &target, station, load, station.site_seq, moment).is_empty() {
        return None;
    }
    let task = Task::new(index, row, load, lowest_w, moment.world_ms);
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
