//! Drives the restore queues: which blocks rise, and when none does.

use std::collections::BTreeMap;

use crate::control::restore::{Queue, Seen, Step, Waiting};
use crate::domain::fleet::BlockState;
use crate::domain::grid::Instruction;
use crate::domain::ids::BlockKey;
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Hertz;
use crate::gateway::durable::Past;
use crate::gateway::ledger::stated;

use super::load::{Hold, Load};
use super::nation::Fleet;
use super::orders::{Desk, Job, Moment, News, close};
use super::progress::Task;

/// What a restore looks at beside its blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    pub(super) frequency: Option<Hertz>,
    pub(super) instructions: &'a [Instruction],
}

/// The queue of an order's blocks.
pub(super) fn waiting(tasks: &[Task], fleet: &Fleet, standing: &[Instruction]) -> Queue {
    let blocks = tasks.iter().map(|task| {
        let load = &fleet.loads[task.load];
        Waiting {
            place: task.row,
            watts: task.wanted_w(),
            up_w_s: load.limits.ramp_up_w_s,
            down_w_s: load.limits.ramp_down_w_s,
            joules_per_terahash: load.class.watts / load.class.terahash,
        }
    });
    Queue::new(blocks.collect(), standing)
}

fn seen<'a>(fleet: &Fleet, moment: Moment, grid: Grid<'a>, mining_w: f64) -> Seen<'a> {
    let rising = fleet
        .loads
        .iter()
        .filter_map(|load| load.rising(moment.world_ms));
    let (coming_w, rising_w_s) =
        rising.fold((0.0, 0.0), |(w, s), (left, rate)| (w + left, s + rate));
    Seen {
        at_ms: moment.world_ms,
        now: moment.clock.wall(moment.world_ms),
        frequency: grid.frequency,
        mining_w,
        instructions: grid.instructions,
        rising_w_s,
        coming_w,
    }
}

impl Desk {
    /// Releases what is due, stops what must stop, goes on or gives up; called at every step of the world.
    pub(super) fn give_back(&mut self, fleet: &mut Fleet, moment: Moment, grid: Grid) {
        if self.jobs.iter().all(|job| job.queue.is_none()) {
            return;
        }
        let mining_w = fleet.mining_w();
        let mut said = Vec::new();
        for job in &mut self.jobs {
            let Some(status) = self.ledger.answer_mut(job.order.id) else {
                continue;
            };
            if job.queue.is_none() || job.order.not_before.is_some_and(|at| at > moment.now) {
                continue;
            }
            let began = status.phase == Phase::Executing;
            if !began && job.order.expires_at < moment.now {
                expire(job.tasks.drain(..), status, fleet, moment);
                said.push(status.clone());
                self.news.push(News::Clear(job.order.id));
                continue;
            }
            if job.bar(status, fleet, moment) {
                status.at = moment.now;
                close(status, job.tasks.is_empty());
                said.push(status.clone());
            }
            if job.tasks.is_empty() {
                self.news.push(News::Clear(job.order.id));
                continue;
            }
            let Some(queue) = &mut job.queue else {
                continue;
            };
            let seen = seen(fleet, moment, grid, mining_w);
            let under_way = job.tasks.iter().any(|task| {
                task.began.is_some() && fleet.loads[task.load].rising(moment.world_ms).is_some()
            });
            let Some(step) = queue.next(&seen, &self.limits, under_way) else {
                continue;
            };
            let hold = |fleet: &mut Fleet, tasks: &[Task], held: bool| {
                for task in tasks.iter().filter(|task| task.began.is_some()) {
                    fleet.loads[task.load].held = held;
                }
            };
            let minutes = self.limits.patience_ms / 60_000;
            let waits = queue.len();
            match step {
                Step::Release(row, rate) => {
                    job.release((row, rate), status, fleet, moment);
                    status.detail = match waits {
                        0 => "".into(),
                        n => told!("blocks-wait", "{n} more blocks wait their turn", n = n),
                    };
                }
                Step::Stopped(why) => {
                    hold(fleet, &job.tasks, true);
                    let why = why.sentence();
                    status.detail = told!(
                        "restore-stopped-waits",
                        "restore stopped: {why}; {waits} blocks wait; it goes on by itself, or is given up after {minutes} min",
                        why = why.clone(),
                        waits = waits,
                        minutes = minutes
                    );
                    self.news.push(News::Stopped(job.order.id, why));
                }
                Step::GoesOn => {
                    hold(fleet, &job.tasks, false);
                    status.detail =
                        told!("goes-on", "goes on; {n} blocks wait their turn", n = waits);
                    self.news.push(News::Clear(job.order.id));
                }
                Step::GivenUp(why) => {
                    let why = why.sentence();
                    let text = told!(
                        "given-up",
                        "given up after {minutes} min stopped: {why}",
                        minutes = minutes,
                        why = why.clone()
                    );
                    let tasks = job.tasks.drain(..);
                    take_back((tasks, &job.order), status, fleet, moment, &text);
                    close(status, true);
                    status.detail = text;
                    self.news.push(News::GivenUp(job.order.id, why));
                }
            }
            status.at = moment.now;
            said.push(status.clone());
        }
        self.jobs.retain(|job| !job.tasks.is_empty());
        for status in said {
            self.say(status);
        }
    }

    /// Goes on with the restores of an earlier life, which was `alive` last then; one that was left alone for longer than
    /// a stopped one may wait is given up. One that had not begun begins, expires and is called back as before.
    /// Instructions that stand now are new to it.
    pub(super) fn resume(
        &mut self,
        (restores, alive): (Vec<Order>, Option<Timestamp>),
        fleet: &mut Fleet,
        moment: Moment,
    ) {
        for order in restores {
            let Some(status) = self.ledger.answer_mut(order.id) else {
                continue;
            };
            let expires = status.phase != Phase::Executing && order.expires_at < moment.now;
            // Nobody has missed it before it could begin.
            let alone_since = alive.max(order.not_before).unwrap_or(status.at);
            let alone_ms = moment.now.millis() - alone_since.millis();
            let given_up = !expires && alone_ms > self.limits.patience_ms;
            let mut tasks = Vec::new();
            for (row, target) in status.targets.iter_mut().enumerate() {
                if target.phase.is_final() {
                    continue;
                }
                let index = fleet.block(&BlockKey::new(&target.site, &target.block));
                let wanted = order.targets.get(row);
                match (index, wanted) {
                    (Some(index), Some(wanted)) if !given_up => {
                        let load = &mut fleet.loads[index];
                        load.pending = true;
                        load.waits = true;
                        let watts = wanted.target.watts() as f64;
                        tasks.push(Task::new(index, row, load, watts, moment.world_ms));
                    }
                    _ => {
                        let text = told!(
                            "given-up-away",
                            "given up: the gateway was away for too long"
                        );
                        target.phase = Phase::Failed;
                        target.reasons = vec![stated("given_up", text)];
                    }
                }
            }
            let over = tasks.is_empty();
            status.at = moment.now;
            close(status, over);
            if over {
                status.detail = told!(
                    "given-up-away",
                    "given up: the gateway was away for too long"
                );
            } else {
                let waits = tasks.len();
                status.detail = told!(
                    "goes-on-restarted",
                    "goes on after a restart of the gateway; {n} blocks wait their turn",
                    n = waits
                );
                self.jobs.push(Job::new(order, tasks, fleet, moment, &[]));
            }
            let status = status.clone();
            self.say(status);
        }
    }
}

impl Job {
    /// The block of this row rises, at so many W/s.
    fn release(
        &mut self,
        (row, rate): (usize, f64),
        status: &mut OrderStatus,
        fleet: &mut Fleet,
        moment: Moment,
    ) {
        let Some(task) = self.tasks.iter_mut().find(|task| task.row == row) else {
            return;
        };
        task.began = Some(moment.now);
        let load = &mut fleet.loads[task.load];
        load.order(task.target_w, moment.world_ms);
        load.rise_w_s = rate;
        load.shed_by = None;
        load.hold = Some(Hold::of(&self.order, moment.world_ms));
        status.targets[row].phase = Phase::Executing;
        status.phase = Phase::Executing;
    }
}

/// None of it has begun in time.
fn expire(
    tasks: impl Iterator<Item = Task>,
    status: &mut OrderStatus,
    fleet: &mut Fleet,
    moment: Moment,
) {
    for task in tasks {
        status.targets[task.row].phase = Phase::Expired;
        status.targets[task.row].reasons = vec![Reason::Expired];
        fleet.loads[task.load].pending = false;
    }
    status.at = moment.now;
    close(status, true);
}

/// A restore is given up: what was half way up goes back to where it was.
fn take_back(
    (tasks, order): (impl Iterator<Item = Task>, &Order),
    status: &mut OrderStatus,
    fleet: &mut Fleet,
    moment: Moment,
    why: &Sentence,
) {
    for task in tasks {
        put_back(&task, order, fleet, moment);
        status.targets[task.row].phase = Phase::Failed;
        status.targets[task.row].reasons = vec![stated("given_up", why.clone())];
    }
}

/// A block of an order that goes no further with it: what was on its way goes back to where it was.
pub(super) fn put_back(task: &Task, order: &Order, fleet: &mut Fleet, moment: Moment) {
    let load = &mut fleet.loads[task.load];
    if task.began.is_some() {
        load.order(task.from_w, moment.world_ms);
        load.shed_by = Some(order.issued_by.clone());
        load.hold = Some(Hold::of(order, moment.world_ms));
    }
    load.pending = false;
}

/// Sets the plants to what they were told before: losing the gateway changes no load. A simulated plant has no memory of
/// its own, so the journal is it; a block on its way begins it anew.
pub(super) fn hold_as_told(past: &Past, fleet: &mut Fleet) {
    let mut lowest: BTreeMap<usize, f64> = BTreeMap::new();
    for (key, told) in &past.told {
        let Some(index) = fleet.block(key) else {
            continue;
        };
        let load = &mut fleet.loads[index];
        let Some(mut target_w) = load.holds(told.target.watts() as f64) else {
            continue;
        };
        if told.target.watts() == 0 {
            target_w = target_w.max(load.must_run_at(0));
        }
        load.target_w = target_w;
        let full_w = load.full_w();
        if told.kind == OrderKind::Curtail {
            load.shed_by = Some(told.by.clone());
            load.hold = Some(Hold {
                order: told.order,
                kind: told.kind,
                by: told.by.clone(),
                reason: "".into(),
                since: None,
            });
        }
        if target_w < full_w {
            lowest.insert(index, target_w);
        }
    }
    for (index, target_w) in lowest {
        settle(&mut fleet.loads[index], target_w);
    }
}

/// Tells blocks again what they were told before a time without the journal, where that is less than they are told now.
pub(super) fn told_again(past: &Past, fleet: &mut Fleet, world_ms: i64) {
    for (key, told) in &past.told {
        let Some(index) = fleet.block(key) else {
            continue;
        };
        let load = &mut fleet.loads[index];
        let Some(target_w) = load.holds(told.target.watts() as f64) else {
            continue;
        };
        let target_w = target_w.max(load.must_run_at(world_ms));
        if told.kind != OrderKind::Curtail || target_w >= load.target_w {
            continue;
        }
        load.order(target_w, world_ms);
        load.shed_by = Some(told.by.clone());
        load.hold = Some(Hold {
            order: told.order,
            kind: told.kind,
            by: told.by.clone(),
            reason: "".into(),
            since: None,
        });
    }
}

fn settle(load: &mut Load, target_w: f64) {
    load.power_w = load.power_w.min(target_w.max(load.floor_w));
    load.judge(0);
    if load.state == BlockState::Curtailed {
        load.state_since = 0;
    }
}
