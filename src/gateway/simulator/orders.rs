//! The order desk: each id is run at most once, each phase is said once, and only a meter makes an order delivered.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::link::Item;
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason, TargetStatus, span};
use crate::domain::time::Timestamp;

use super::clock::Clock;
use super::interlock::{reasons, stated};
use super::nation::Fleet;
use super::progress::{Task, look};
use crate::gateway::Refusal;

/// More targets than a message of 1 MiB can answer for.
const MOST_TARGETS: usize = 4_000;
/// Ids that are kept; a desk that has run so many takes no more rather than forget one.
const MOST_IDS: usize = 1_000_000;
/// Final answers that are kept whole; older ones keep their phase.
const WHOLE_ANSWERS: usize = 1_024;
/// Final answers in a snapshot, beside all that is under way.
const SHOWN_ANSWERS: usize = 128;
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
    answers: HashMap<u128, OrderStatus>,
    dead: HashSet<u128>,
    finished: VecDeque<u128>,
    jobs: Vec<Job>,
    leases: Vec<(OrderId, i64)>,
    log: Vec<Item>,
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
        let id = order.id;
        if self.answers.contains_key(&id.0) {
            return Ok(());
        }
        if self.answers.len() + self.dead.len() >= MOST_IDS {
            return Err(Refusal {
                code: "full",
                message: "this gateway remembers 1,000,000 order ids and takes no more; restart it"
                    .into(),
            });
        }
        let mut status = OrderStatus {
            id,
            phase: Phase::Received,
            at: moment.now,
            detail: "".into(),
            targets: Vec::new(),
        };
        self.log.push(Item::Order(Box::new(status.clone())));
        let tasks = if let Some((phase, detail, reason)) = self.against_all(&order, moment) {
            status.phase = phase;
            status.detail = detail.into();
            status.targets = refused(&order, phase, &reason);
            Vec::new()
        } else {
            accept(&order, fleet, moment, &mut status)
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
        self.say(status);
        Ok(())
    }

    /// What stands against the order as a whole.
    fn against_all(
        &self,
        order: &Order,
        moment: Moment,
    ) -> Option<(Phase, &'static str, Vec<Reason>)> {
        let rejected =
            |detail, code, text| Some((Phase::Rejected, detail, vec![stated(code, text)]));
        if self.dead.contains(&order.id.0) {
            return rejected(
                "asked for before it came: this id is dead",
                "dead_id",
                "the id was answered `not_seen` before and is dead",
            );
        }
        if *order.nation != *moment.nation || order.gateway.as_str() != moment.gateway {
            return rejected(
                "meant for another gateway",
                "wrong_gateway",
                "the order names another nation or gateway",
            );
        }
        if order.targets.is_empty() || order.targets.len() > MOST_TARGETS {
            return rejected(
                "wants 1 to 4,000 targets",
                "target_count",
                "an order holds 1 to 4,000 targets",
            );
        }
        if order.expires_at <= moment.now {
            let detail = "expired before it could begin";
            return Some((Phase::Expired, detail, vec![Reason::Expired]));
        }
        None
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
            let Some(status) = self.answers.get_mut(&job.order.id.0) else {
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
            self.say(status);
        }
    }

    /// Begins what is due; called at every step of the world.
    pub(super) fn begin(&mut self, fleet: &mut Fleet, moment: Moment) {
        let mut said = Vec::new();
        for job in &mut self.jobs {
            let Some(status) = self.answers.get_mut(&job.order.id.0) else {
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
            self.say(status);
        }
    }

    /// Compares what is executing with the readings; called after every reading.
    pub(super) fn follow(&mut self, fleet: &mut Fleet, moment: Moment) {
        let mut said = Vec::new();
        for job in &mut self.jobs {
            let Some(status) = self.answers.get_mut(&job.order.id.0) else {
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
            self.say(status);
        }
    }

    /// What is known of an id. An id that was never seen is dead from now on.
    pub(super) fn query(&mut self, id: OrderId, now: Timestamp) -> OrderStatus {
        if let Some(answer) = self.answers.get(&id.0) {
            return answer.clone();
        }
        if self.answers.len() + self.dead.len() < MOST_IDS {
            self.dead.insert(id.0);
        }
        OrderStatus {
            id,
            phase: Phase::NotSeen,
            at: now,
            detail: "this gateway never saw the order, and would reject it now".into(),
            targets: Vec::new(),
        }
    }

    /// Calls an order back, where no block of it has begun.
    pub(super) fn cancel(
        &mut self,
        id: OrderId,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> Result<OrderStatus, Refusal> {
        let Some(status) = self.answers.get_mut(&id.0) else {
            return Err(Refusal {
                code: "unknown_order",
                message: "this gateway never saw the order; ask for it with order_query".into(),
            });
        };
        if status.phase != Phase::Accepted {
            return Err(Refusal {
                code: "too_late",
                message: format!(
                    "the order is {}: only what is not yet executing can be cancelled; restore instead",
                    status.phase.word()
                ),
            });
        }
        if let Some(job) = self.jobs.iter_mut().find(|job| job.order.id == id) {
            for task in job.tasks.drain(..) {
                fleet.loads[task.load].pending = false;
                status.targets[task.row].phase = Phase::Cancelled;
            }
        }
        status.phase = Phase::Cancelled;
        status.detail = "called back before it began".into();
        status.at = moment.now;
        let status = status.clone();
        self.end_jobs(moment.world_ms);
        self.say(status.clone());
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
        let over = self.finished.iter().rev().take(SHOWN_ANSWERS).rev();
        over.copied()
            .chain(self.jobs.iter().map(|job| job.order.id.0))
            .filter_map(|id| self.answers.get(&id))
            .map(|status| Item::Order(Box::new(status.clone())))
            .collect()
    }

    /// What was said since the last call.
    pub(super) fn said(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.log)
    }

    fn say(&mut self, status: OrderStatus) {
        if status.phase.is_final() {
            self.finished.push_back(status.id.0);
            if self.finished.len() > WHOLE_ANSWERS
                && let Some(oldest) = self.finished.pop_front()
                && let Some(answer) = self.answers.get_mut(&oldest)
            {
                answer.targets = Vec::new();
            }
        }
        self.log.push(Item::Order(Box::new(status.clone())));
        self.answers.insert(status.id.0, status);
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

fn refused(order: &Order, phase: Phase, reasons: &[Reason]) -> Vec<TargetStatus> {
    order
        .targets
        .iter()
        .take(MOST_TARGETS)
        .map(|target| TargetStatus {
            site: target.site.clone(),
            block: target.block.clone(),
            phase,
            reasons: reasons.to_vec(),
            delivered: None,
            measured_at: None,
        })
        .collect()
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
