//! What waits to be given back, told: the restores' queues as they stand, and blocks of lapsed leases behind them.

use crate::control::restore::{Limits, Queue, Rising, Seen, together};
use crate::domain::pacing::Restores;
use crate::domain::units::Power;
use crate::domain::waiting::{MOST_QUEUED, Queued, RestoreQueue};

use super::Simulator;
use super::load::WAKE_MS;

fn power(watts: f64) -> Power {
    Power::from_watts(watts.max(0.0).round() as i64)
}

impl Simulator {
    /// How restores go here, as the wall's clock sees them.
    pub(super) fn restores(&self) -> Restores {
        let (limits, speed) = (self.desk.limits, self.clock.speed());
        let wall = |world_ms: i64| (world_ms as f64 / speed) as i64;
        Restores {
            limits: Limits {
                cap_w_s: limits.cap_w_s * speed,
                stagger_ms: wall(limits.stagger_ms),
                settle_ms: wall(limits.settle_ms),
                patience_ms: wall(limits.patience_ms),
                ..limits
            },
            wakes_ms: wall(WAKE_MS),
        }
    }

    /// The whole queue. Each order's queue is looked ahead for itself: what another one does first only delays it.
    pub(super) fn restore_queue(&self) -> RestoreQueue {
        let mut rows = Vec::new();
        let world_ms = self.world_ms;
        let rising: Vec<(f64, Rising)> = self.rising();
        let seen = Seen {
            at_ms: world_ms,
            now: self.clock.wall(world_ms),
            frequency: self.frequency(),
            mining_w: self.fleet.mining_w(),
            instructions: self.world.instructions(),
            rising_w_s: rising.iter().map(|(_, rising)| rising.rate_w_s).sum(),
            coming_w: rising.iter().map(|(left_w, _)| left_w).sum(),
        };
        let rising: Vec<Rising> = rising.into_iter().map(|(_, rising)| rising).collect();
        let wall = |ms: i64| self.clock.wall(ms);
        let jobs = self.desk.jobs.iter();
        let queues: Vec<_> = jobs
            .filter_map(|job| Some((job, job.queue.as_ref()?)))
            .collect();
        let all: Vec<&Queue> = queues.iter().map(|(_, queue)| *queue).collect();
        // When all of it is back depends on the others too; that it does not begin sooner, on nobody but itself.
        let turns = together(&all, &seen, &self.desk.limits, &rising, WAKE_MS);
        for ((job, queue), turns) in queues.into_iter().zip(turns) {
            let alone = queue.forecast(&seen, &self.desk.limits, &rising, WAKE_MS);
            for (told, turn) in alone.into_iter().zip(turns) {
                let Some(task) = job.tasks.iter().find(|task| task.row == told.place) else {
                    continue;
                };
                let load = &self.fleet.loads[task.load];
                rows.push(Queued {
                    site: self.fleet.stations[load.station].id.clone(),
                    block: load.id.clone(),
                    target: power(task.target_w),
                    adds: Some(power(told.watts)),
                    not_before: told.not_before_ms.map(wall),
                    expected: turn.map(|turn| wall(turn.back_ms)),
                    by: job.order.id,
                    reason: told.reason,
                });
            }
        }
        let in_band = self.desk.limits.allows(self.frequency(), true);
        for due in &self.due_back {
            let load = &self.fleet.loads[due.load];
            // One that is being given back already stands above, or rises.
            if load.pending || load.target_w >= load.nameplate_w {
                continue;
            }
            let (reason, not_before) = due.waits_for(load, in_band);
            rows.push(Queued {
                site: self.fleet.stations[load.station].id.clone(),
                block: load.id.clone(),
                target: power(load.nameplate_w),
                adds: Some(power(load.full_w() - load.power_w)),
                not_before: not_before.map(wall),
                expected: None,
                by: due.id,
                reason,
            });
        }
        let more = rows.len().saturating_sub(MOST_QUEUED);
        rows.truncate(MOST_QUEUED);
        RestoreQueue {
            rows,
            more: u32::try_from(more).unwrap_or(u32::MAX),
            measured_at: self.read_at,
        }
    }

    /// What rises already: how much is left of it, W, how fast it goes and until when.
    fn rising(&self) -> Vec<(f64, Rising)> {
        let world_ms = self.world_ms;
        let loads = self.fleet.loads.iter();
        loads
            .filter_map(|load| {
                let (left_w, rate_w_s) = load.rising(world_ms)?;
                let climbs_ms =
                    ((left_w - 0.01 * load.nameplate_w) / rate_w_s.max(1.0) * 1_000.0) as i64;
                let until_ms = world_ms.max(load.wakes_at).saturating_add(climbs_ms.max(0));
                Some((left_w, Rising { until_ms, rate_w_s }))
            })
            .collect()
    }
}
