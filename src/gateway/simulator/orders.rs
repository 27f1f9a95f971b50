//! The order desk: each id is run at most once, each phase is said once, and only a meter makes an order delivered.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::control::restore::{Limits, Queue};
use crate::domain::grid::Instruction;
use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::link::Item;
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason, TargetStatus};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::domain::waiting::GatewayOrder;

use super::admit::accept;
use super::clock::Clock;
use super::closed_loop::{Loop, MadeUp};
use super::leases::Leases;
use super::load::Hold;
use super::nation::Fleet;
use super::progress::{Task, look};
use super::restoring::waiting;
use super::score::words as score;
use crate::gateway::Refusal;
use crate::gateway::acts::Times;
use crate::gateway::ledger::{Ledger, stated};
use crate::gateway::roll::{Roll, emergency_step, over_step};

/// An order under way.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) order: Order,
    pub(super) tasks: Vec<Task>,
    /// The order's own blocks as they began, delivered ones too.
    all: Vec<Task>,
    closed_loop: Loop,
    /// A restore's blocks that wait for their turn.
    pub(super) queue: Option<Queue>,
    /// It was under way before this life of the gateway: it does not expire any more.
    pub(super) resumed: bool,
    /// When it was accepted.
    since: Timestamp,
    /// When its progress was said last, and whether there is more to say.
    said_at: Timestamp,
    unsaid: bool,
}

/// Everything the gateway knows of orders.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) ledger: Ledger,
    pub(super) jobs: Vec<Job>,
    pub(super) leases: Leases,
    /// How restores go.
    pub(super) limits: Limits,
    /// Where more blocks were taken off than ordered, should late ones follow after all.
    pub(super) made_up: Vec<MadeUp>,
    /// What is worth an alarm.
    pub(super) news: Vec<News>,
    /// Orders that the gateway gave by itself, the youngest last, and how many of them are not told yet.
    pub(super) own: VecDeque<GatewayOrder>,
    pub(super) own_untold: usize,
}

/// What a person should hear beside the order's answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum News {
    /// A restore has stopped.
    Stopped(OrderId, String),
    /// It goes on, or is over.
    Clear(OrderId),
    /// It is given up.
    GivenUp(OrderId, String),
    /// This block does not follow; so many others take its place.
    Disobeys(usize, usize),
}

/// Where and when an order is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) world_ms: i64,
    pub(super) now: Timestamp,
    pub(super) clock: Clock,
    pub(super) nation: &'a str,
    pub(super) gateway: &'a str,
    /// The gateway's own closed loop: it works inside what a person has confirmed, whoever holds the authority.
    pub(super) own: bool,
}

/// What an order is judged by beside the fleet.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    /// Who may order; none: anybody, or the gateway itself.
    pub(super) roll: Option<&'a Roll>,
    /// Instructions of the grid operator in force.
    pub(super) standing: &'a [Instruction],
    /// What stands against its second person.
    pub(super) second: Option<Reason>,
    pub(super) times: Times,
}

impl Desk {
    /// Takes an order in; at a known id nothing happens.
    pub(super) fn submit(
        &mut self,
        order: Order,
        fleet: &mut Fleet,
        moment: Moment,
        terms: &Terms<'_>,
    ) -> Result<(), Refusal> {
        let roll = terms.roll;
        let barred = || {
            let moved = moved(&order, fleet);
            let mut against = match roll {
                Some(roll) => roll.against(&order, moved),
                None => over_step(&order, moved, emergency_step(None))
                    .into_iter()
                    .collect(),
            };
            if against.is_empty() {
                against.extend(terms.second.clone());
            }
            against
        };
        let here = (moment.nation, moment.gateway);
        let Some(mut status) = self.ledger.receive(&order, here, moment.now, barred)? else {
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
            let loads = tasks.iter().map(|task| task.load).collect();
            self.leases.begin(order.id, order.lease, loads, moment);
            let order = match roll {
                Some(_) => terms.times.cut(order),
                None => order,
            };
            self.jobs
                .push(Job::new(order, tasks, fleet, moment, terms.standing));
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
            let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut job.tasks)
                .into_iter()
                .partition(|task| taken.contains(&task.load));
            job.tasks = left;
            if let Some(queue) = &mut job.queue {
                queue.without(|row| gone.iter().any(|task| task.row == row));
            }
            if job.tasks.len() != before {
                status.at = moment.now;
                close(status, job.tasks.is_empty());
                said.push(status.clone());
            }
        }
        self.jobs.retain(|job| !job.tasks.is_empty());
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
                if task.began.is_some() || moment.world_ms < task.begins_at || job.queue.is_some() {
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
                load.order(task.target_w, moment.world_ms);
                load.shed_by = Some(job.order.issued_by.clone());
                load.hold = Some(Hold::of(&job.order, moment.world_ms));
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
        self.jobs.retain(|job| !job.tasks.is_empty());
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
                if job.order.kind == OrderKind::Curtail {
                    job.closed_loop.look(task, target, fleet, moment.world_ms);
                }
                if target.phase.is_final() {
                    fleet.loads[task.load].pending = false;
                }
            }
            let targets = &status.targets;
            job.tasks.retain(|task| !targets[task.row].phase.is_final());
            let rows = status.targets.len();
            for load in job.closed_loop.disobeying() {
                self.news.push(News::Disobeys(load, 0));
            }
            let found = job.closed_loop.make_up(&job.order, rows, fleet, moment);
            if !found.is_empty() {
                MadeUp::note(&mut self.made_up, &job.order, &job.all, &found);
                if let Some(News::Disobeys(_, instead)) = self.news.last_mut() {
                    *instead += found.len();
                }
                status.detail =
                    format!("{} more blocks take the place of late ones", found.len()).into();
            }
            for (mut task, mut target) in found {
                task.began = Some(moment.now);
                let load = &mut fleet.loads[task.load];
                load.order(task.target_w, moment.world_ms);
                load.shed_by = Some(job.order.issued_by.clone());
                load.hold = Some(Hold::of(&job.order, moment.world_ms));
                target.phase = Phase::Executing;
                status.targets.push(target);
                job.tasks.push(task);
            }
            job.unsaid |= status.targets != before;
            let patience = progress_every(status.targets.len());
            let over = job.tasks.is_empty();
            if over && job.queue.is_some() {
                self.news.push(News::Clear(job.order.id));
            }
            if over || (job.unsaid && job.said_at.age(moment.now) >= patience) {
                job.unsaid = false;
                job.said_at = moment.now;
                status.at = moment.now;
                close(status, over);
                if over && job.order.kind == OrderKind::Curtail {
                    let score = score(&job.all, status, fleet, (job.since, moment.clock));
                    let close = if status.detail.is_empty() { "" } else { "; " };
                    status.detail = format!("{}{close}{score}", status.detail).into();
                }
                said.push(status.clone());
            }
        }
        self.jobs.retain(|job| !job.tasks.is_empty());
        for status in said {
            self.ledger.say(status);
        }
    }

    /// Notes an order that the gateway gives by itself, so that every console hears whose it is before what becomes of it.
    pub(super) fn note_own(&mut self, order: Order, wanted: Power) {
        if self.own.len() == MOST_OWN {
            self.own.pop_front();
        }
        self.own.push_back(GatewayOrder { order, wanted });
        self.own_untold = (self.own_untold + 1).min(MOST_OWN);
    }

    /// What is known of an id; one that was never seen is dead from now on for orders of who `asks`.
    pub(super) fn query(
        &mut self,
        id: OrderId,
        asks: Option<Arc<str>>,
        now: Timestamp,
    ) -> Result<OrderStatus, Refusal> {
        self.ledger.query(id, asks, now)
    }

    /// The orders' memory.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The same, to be restored.
    pub(super) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Calls an order back, where no block of it has begun.
    pub(super) fn cancel(
        &mut self,
        id: OrderId,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> Result<OrderStatus, Refusal> {
        self.ledger.cancellable(id)?;
        let mut status = self.ledger.query(id, None, moment.now)?;
        if let Some(job) = self.jobs.iter_mut().find(|job| job.order.id == id) {
            for task in job.tasks.drain(..) {
                fleet.loads[task.load].pending = false;
                status.targets[task.row].phase = Phase::Cancelled;
            }
        }
        status.phase = Phase::Cancelled;
        status.detail = "called back before it began".into();
        status.at = moment.now;
        self.jobs.retain(|job| job.order.id != id);
        self.leases.end(id);
        self.ledger.say(status.clone());
        Ok(status)
    }

    /// What is under way, and the latest of what is over.
    pub(super) fn shown(&self) -> Vec<Item> {
        let answers = self.ledger.shown(self.jobs.iter().map(|job| job.order.id));
        let known: HashSet<OrderId> = answers
            .iter()
            .filter_map(|item| match item {
                Item::Order(status) => Some(status.id),
                _ => None,
            })
            .collect();
        let own = self.own.iter().filter(|own| known.contains(&own.order.id));
        own.map(|own| Item::GatewayOrder(Box::new(own.clone())))
            .chain(answers)
            .collect()
    }

    /// What was said since the last call.
    pub(super) fn said(&mut self) -> Vec<Item> {
        let told = self.own.len() - std::mem::take(&mut self.own_untold).min(self.own.len());
        let own = self.own.range(told..);
        own.map(|own| Item::GatewayOrder(Box::new(own.clone())))
            .chain(self.ledger.said())
            .collect()
    }
}

impl Job {
    pub(super) fn new(
        order: Order,
        tasks: Vec<Task>,
        fleet: &Fleet,
        moment: Moment,
        standing: &[Instruction],
    ) -> Self {
        let queue = (order.kind == OrderKind::Restore).then(|| waiting(&tasks, fleet, standing));
        Self {
            order,
            all: tasks.clone(),
            tasks,
            closed_loop: Loop::default(),
            queue,
            resumed: false,
            since: moment.now,
            said_at: moment.now,
            unsaid: false,
        }
    }
}

/// Own orders that are kept for consoles that come later.
const MOST_OWN: usize = 60;

/// What an order would move, by what its blocks draw now.
pub(super) fn moved(order: &Order, fleet: &Fleet) -> Power {
    order
        .targets
        .iter()
        .filter_map(|target| {
            let load = &fleet.loads[fleet.block(&BlockKey::new(&target.site, &target.block))?];
            let now = Power::from_watts(load.power_w as i64);
            Some(match order.kind {
                OrderKind::Curtail => (now - target.target).or_zero(),
                OrderKind::Restore => (target.target - now).or_zero(),
            })
        })
        .sum()
}

/// How often the progress of an order is told: a large answer less often, as none of them is ever dropped on its way.
fn progress_every(targets: usize) -> Duration {
    match targets {
        0..=16 => Duration::ZERO,
        17..=256 => Duration::from_secs(1),
        _ => Duration::from_secs(5),
    }
}

/// The phase of the whole, once nothing of it is under way any more.
pub(super) fn close(status: &mut OrderStatus, over: bool) {
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
