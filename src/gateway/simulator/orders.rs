//! The order desk: each id is run at most once, each phase is said once, and only a meter makes an order delivered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::link::Item;
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason, TargetStatus, span};
use crate::domain::time::Timestamp;

use super::clock::Clock;
use super::interlock::reasons;
use super::nation::Fleet;
use super::progress::{Task, look};
use crate::gateway::Refusal;
use crate::gateway::ledger::{Ledger, stated};

/// A restore wakes its blocks this far apart.
const STAGGER_MS: i64 = 1_500;
/// And spreads them over no more than this.
const STAGGER_MOST_MS: i64 = 60_000;

/// An order under way.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) order: Order,
    pub(super) tasks: Vec<Task>,
    lease_until: Option<i64>,
}

/// Everything the gateway knows of orders.
#[derive(Debug, Default)]
pub(super) struct Desk {
    ledger: Ledger,
    jobs: Vec<Job>,
    leases: Vec<(OrderId, i64)>,
}

/// Where and when an order is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) world_ms: i64,
    pub(super) now: Timestamp,
    pub(super) clock: Clock,
    pub(super) nation: &'a str,
    pub(super) gateway: &'a str,
}

impl Desk {
    /// Takes an order in; at a known id nothing happens.
    pub(super) fn submit(
        &mut self,
        order: Order,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> Result<(), Refusal> {
        let Moment {
            nation, gateway, ..
        } = moment;
        let Some(mut status) = self.ledger.receive(&order, nation, gateway, moment.now)? else {
            return Ok(());
        };
        let tasks = match status.phase {
            Phase::Received => accept(&order, fleet, moment, &mut status),
            _ => Vec::new(),
        };
        if !tasks.is_empty() {
            self.supersede(&tasks, fleet, moment);
            for task in &tasks {
                fleet.loads[task.load].pending = true;
            }
            let lease = i64::try_from(order.lease.as_millis()).unwrap_or(i64::MAX);
            self.jobs.push(Job {
                lease_until: (lease > 0).then(|| {
                    let world = lease as f64 * moment.clock.speed();
                    moment.world_ms.saturating_add(world as i64)
                }),
                order,
                tasks,
            });
        }
        self.ledger.say(status);
        Ok(())
    }

    /// Ends the restores that a curtailment of the same block overtakes.
    fn supersede(&mut self, tasks: &[Task], fleet: &Fleet, moment: Moment) {
        let taken: HashSet<usize> = tasks
            .iter()
            .map(|task| task.load)
            .filter(|&load| fleet.loads[load].pending)
            .collect();
        if taken.is_empty() {
            return;
        }
        let mut said = Vec::new();
        for job in &mut self.jobs {
            let Some(status) = self.ledger.answer_mut(job.order.id) else {
                continue;
            };
            let before = job.tasks.len();
            for task in &job.tasks {
                if taken.contains(&task.load) {
                    let target = &mut status.targets[task.row];
                    target.phase = if task.began.is_some() {
                        Phase::Failed
                    } else {
                        Phase::Cancelled
                    };
                    target.reasons = vec![stated("superseded", "overtaken by a curtailment")];
                }
            }
            job.tasks.retain(|task| !taken.contains(&task.load));
            if job.tasks.len() != before {
                status.at = moment.now;
                close(status, job.tasks.is_empty());
                said.push(status.clone());
            }
        }
        self.end_jobs(moment.world_ms);
        for status in said {
            self.ledger.say(status);
        }
    }

    /// Begins what is due; called at every step of the world.
    pub(super) fn begin(&mut self, fleet: &mut Fleet, moment: Moment) {
        let mut said = Vec::new();
        for job in &mut self.jobs {
            let Some(status) = self.ledger.answer_mut(job.order.id) else {
                continue;
            };
            let mut begun = false;
            let mut late = false;
            let expired = job.order.expires_at < moment.now;
            for task in &mut job.tasks {
                if task.began.is_some() || moment.world_ms < task.begins_at {
                    continue;
                }
                let load = &mut fleet.loads[task.load];
                if expired {
                    status.targets[task.row].phase = Phase::Expired;
                    status.targets[task.row].reasons = vec![Reason::Expired];
                    load.pending = false;
                    late = true;
                    continue;
                }
                task.began = Some(moment.now);
                load.order(task.target_w, moment.world_ms, task.stagger_ms);
                if job.order.kind == OrderKind::Curtail
                    && let Some(calls) = &mut load.limits.calls_left
                {
                    *calls = calls.saturating_sub(1);
                }
                status.targets[task.row].phase = Phase::Executing;
                begun = true;
            }
            if late {
                let targets = &status.targets;
                job.tasks
                    .retain(|task| targets[task.row].phase != Phase::Expired);
            }
            if begun || late {
                status.at = moment.now;
                if begun {
                    status.phase = Phase::Executing;
                    status.detail = "".into();
                }
                close(status, job.tasks.is_empty());
                said.push(status.clone());
            }
        }
        self.end_jobs(moment.world_ms);
        for status in said {
            self.ledger.say(status);
        }
    }

    /// Compares what is executing with the readings; called after every reading.
    pub(super) fn follow(&mut self, fleet: &mut Fleet, moment: Moment) {
        let mut said = Vec::new();
        for job in &mut self.jobs {
            let Some(status) = self.ledger.answer_mut(job.order.id) else {
                continue;
            };
            let before = status.targets.clone();
            for task in &job.tasks {
                let target = &mut status.targets[task.row];
                look(task, job.order.kind, fleet, moment.world_ms, target);
                if target.phase.is_final() {
                    fleet.loads[task.load].pending = false;
                }
            }
            let targets = &status.targets;
            job.tasks.retain(|task| !targets[task.row].phase.is_final());
            if status.targets != before {
                status.at = moment.now;
                close(status, job.tasks.is_empty());
                said.push(status.clone());
            }
        }
        self.end_jobs(moment.world_ms);
        for status in said {
            self.ledger.say(status);
        }
    }

    /// What is known of an id. An id that was never seen is dead from now on.
    pub(super) fn query(&mut self, id: OrderId, now: Timestamp) -> OrderStatus {
        self.ledger.query(id, now)
    }

    /// Calls an order back, where no block of it has begun.
    pub(super) fn cancel(
        &mut self,
        id: OrderId,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> Result<OrderStatus, Refusal> {
        self.ledger.cancellable(id)?;
        let mut status = self.ledger.query(id, moment.now);
        if let Some(job) = self.jobs.iter_mut().find(|job| job.order.id == id) {
            for task in job.tasks.drain(..) {
                fleet.loads[task.load].pending = false;
                status.targets[task.row].phase = Phase::Cancelled;
            }
        }
        status.phase = Phase::Cancelled;
        status.detail = "called back before it began".into();
        status.at = moment.now;
        // A lease begins with the load's change; here nothing has changed.
        self.jobs.retain(|job| job.order.id != id);
        self.ledger.say(status.clone());
        Ok(status)
    }

    /// Orders whose lease has lapsed since the last call.
    pub(super) fn lapsed(&mut self, world_ms: i64) -> Vec<OrderId> {
        let gone = self.leases.iter().filter(|lease| lease.1 <= world_ms);
        let ids = gone.map(|lease| lease.0).collect();
        self.leases.retain(|lease| lease.1 > world_ms);
        ids
    }

    /// What is under way, and the latest of what is over.
    pub(super) fn shown(&self) -> Vec<Item> {
        self.ledger.shown(self.jobs.iter().map(|job| job.order.id))
    }

    /// What was said since the last call.
    pub(super) fn said(&mut self) -> Vec<Item> {
        self.ledger.said()
    }

    fn end_jobs(&mut self, world_ms: i64) {
        let leases = &mut self.leases;
        self.jobs.retain(|job| {
            if !job.tasks.is_empty() {
                return true;
            }
            if let Some(until) = job.lease_until {
                leases.push((job.order.id, until.max(world_ms)));
            }
            false
        });
    }
}

/// Judges each target; gives those that can be done as tasks and writes the answer.
fn accept(order: &Order, fleet: &mut Fleet, moment: Moment, status: &mut OrderStatus) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut seen = HashSet::new();
    let mut sequences: HashMap<usize, (u64, u64)> = HashMap::new();
    let mut notice_ms = 0;
    for (row, target) in order.targets.iter().enumerate() {
        let key = BlockKey::new(&target.site, &target.block);
        let mut answer = TargetStatus {
            site: target.site.clone(),
            block: target.block.clone(),
            phase: Phase::Rejected,
            reasons: Vec::new(),
            delivered: None,
            measured_at: None,
        };
        match (fleet.site(&target.site), fleet.block(&key)) {
            (Some(site), Some(index)) if seen.insert(index) => {
                let station = &fleet.stations[site];
                let load = &fleet.loads[index];
                let (before, highest) = sequences
                    .entry(site)
                    .or_insert((station.site_seq, station.site_seq));
                answer.reasons = reasons(order, target, station, load, *before, moment);
                if answer.reasons.is_empty() {
                    *highest = (*highest).max(target.site_seq);
                    answer.phase = Phase::Accepted;
                    let wait = match order.kind {
                        OrderKind::Curtail => load.limits.notice_ms,
                        OrderKind::Restore => 0,
                    };
                    notice_ms = notice_ms.max(wait);
                    let place = i64::try_from(tasks.len()).unwrap_or(i64::MAX);
                    tasks.push(Task::new(
                        index,
                        row,
                        load,
                        target.target.watts() as f64,
                        moment.world_ms + wait,
                        (place * STAGGER_MS) % STAGGER_MOST_MS,
                    ));
                }
            }
            (Some(_), Some(_)) => answer.reasons.push(Reason::BadTarget),
            _ => answer.reasons.push(Reason::Unknown),
        }
        status.targets.push(answer);
    }
    for (site, (_, highest)) in sequences {
        fleet.stations[site].site_seq = highest;
    }
    let refused = order.targets.len() - tasks.len();
    status.phase = if tasks.is_empty() {
        Phase::Rejected
    } else {
        Phase::Accepted
    };
    status.detail = accepted_detail(
        refused,
        order.targets.len(),
        moment.clock.wall_span(notice_ms),
    );
    tasks
}

fn accepted_detail(refused: usize, all: usize, notice: Duration) -> Arc<str> {
    let mut words = String::new();
    if refused > 0 {
        words = format!("{refused} of {all} blocks refused");
    }
    if !notice.is_zero() && refused < all {
        if !words.is_empty() {
            words.push_str("; ");
        }
        words.push_str("begins after notice of ");
        words.push_str(&span(notice));
    }
    words.into()
}

/// The phase of the whole, once nothing of it is under way any more.
fn close(status: &mut OrderStatus, over: bool) {
    if !over {
        return;
    }
    let any = |phase| status.targets.iter().any(|target| target.phase == phase);
    status.phase = if any(Phase::Failed) {
        Phase::Failed
    } else if any(Phase::Delivered) {
        Phase::Delivered
    } else if any(Phase::Expired) {
        Phase::Expired
    } else {
        Phase::Cancelled
    };
    let count = |phase| {
        let with = |target: &&TargetStatus| target.phase == phase;
        status.targets.iter().filter(with).count()
    };
    let (delivered, all) = (count(Phase::Delivered), status.targets.len());
    if delivered < all {
        status.detail = format!("{delivered} of {all} blocks delivered").into();
    }
}
