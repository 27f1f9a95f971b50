//! Sheds that are spread over a time: whose turn is when, and what the frequency and a restart change about it.
//!
//! Invariant: nothing of such a shed begins while the frequency bars it, as it would an emergency; then its blocks go on in
//! their turns, as far apart as before.

use std::time::Duration;

use crate::control::emergency::{Direction, direction};
use crate::control::pace::{Pace, verdict};
use crate::domain::ids::BlockKey;
use crate::domain::order::{Order, OrderStatus, OrderTarget, Phase, Reason};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::Hertz;
use crate::gateway::ledger::cut_off;

use super::load::Load;
use super::nation::Fleet;
use super::orders::{Desk, Job, Moment, close};
use super::progress::Task;

/// So far below the bar a shed goes on that has waited for it, mHz.
const INSIDE_MHZ: i64 = 20;

/// How long blocks have waited for a frequency.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// World time at which that was last seen; none: they don't.
    seen: Option<i64>,
    /// In all, by the wall's clock.
    sum: Duration,
}

impl Held {
    pub(super) fn is_held(&self) -> bool {
        self.seen.is_some()
    }
}

/// The world's time at a wall time, one before the world began too.
fn world(at: Timestamp, moment: Moment) -> i64 {
    if at > moment.now {
        return moment.clock.world(at);
    }
    moment.world_ms - moment.clock.world_span(at.age(moment.now))
}

/// A block of an order that was accepted then: it begins after its notice, and later than others by its own `after`,
/// counted from then or from the earliest time that the order names.
pub(super) fn turn(
    (index, row): (usize, usize),
    load: &Load,
    order: &Order,
    (accepted, notice_ms): (Timestamp, i64),
    moment: Moment,
) -> Task {
    let target = &order.targets[row];
    let from = world(accepted, moment);
    let first = order
        .not_before
        .map_or(from, |at| world(at, moment).max(from));
    let earliest = (from + notice_ms).max(first);
    let begins_at = earliest.max(first + moment.clock.world_span(target.after));
    let watts = target.target.watts() as f64;
    Task {
        after: target.after,
        earliest,
        ..Task::new(index, row, load, watts, begins_at)
    }
}

fn is_put_off(task: &&mut Task) -> bool {
    task.began.is_none() && !task.after.is_zero()
}

impl Job {
    /// What is put off waits while the frequency bars it, and waits no more where the grid is short. Some where that has
    /// changed: errors say what bars it from now on.
    pub(super) fn keep_pace(&mut self, pace: &Pace, moment: Moment) -> Option<Result<(), Reason>> {
        let runs = self.order.not_before.is_none_or(|at| at <= moment.now);
        if !runs || !self.tasks.iter_mut().any(|task| is_put_off(&task)) {
            self.held.seen = None;
            return None;
        }
        let (frequency, was) = (moment.frequency, self.held.seen);
        // What waits goes on only below the bar by a margin, so that it does not chatter.
        let inside = Hertz::from_millihertz(was.map_or(0, |_| INSIDE_MHZ));
        let bar = moment.bounds.bar - inside;
        let why = verdict(frequency, bar, pace.is_wide(&self.order)).bar();
        let low = direction(frequency, bar) == Direction::Low;
        self.put_off_by(moment.world_ms - was.unwrap_or(moment.world_ms), moment);
        self.held.seen = why.is_some().then_some(moment.world_ms);
        for task in self.tasks.iter_mut().filter(is_put_off) {
            if self.held.is_held() {
                task.begins_at = task.begins_at.max(moment.world_ms + 1);
            } else if low && task.earliest <= moment.world_ms {
                task.begins_at = task.earliest;
            }
        }
        (was.is_some() != why.is_some()).then(|| why.map_or(Ok(()), Err))
    }

    /// All turns are so much later, and may be so, for as long as the longest turn and the lease allow.
    fn put_off_by(&mut self, world_ms: i64, moment: Moment) {
        let (longest, lease) = (OrderTarget::LONGEST_AFTER, self.order.lease);
        let span = moment.clock.wall_span(world_ms);
        self.held.sum += span;
        for task in self.tasks.iter_mut().filter(is_put_off) {
            task.begins_at += world_ms;
            let after = task.after + span;
            if self.held.sum <= longest && (lease.is_zero() || after < lease) {
                task.after = after;
            }
        }
    }

    /// Says of each block that waits for the frequency why, or that none does any more.
    pub(super) fn tell_held(&self, why: Option<&Reason>, status: &mut OrderStatus) {
        let put_off = self
            .tasks
            .iter()
            .filter(|t| t.began.is_none() && !t.after.is_zero());
        let n = put_off.clone().count();
        for task in put_off {
            status.targets[task.row].reasons = why.cloned().into_iter().collect();
        }
        status.detail = match why {
            Some(why) => told!(
                "spread-held",
                "{n} blocks wait for a lower frequency: {why}",
                n = n,
                why = why.told()
            ),
            None => told!("goes-on", "goes on; {n} blocks wait their turn", n = n),
        };
    }
}

impl Desk {
    /// Goes on with the spread sheds of an earlier life: what had not begun has its turn by the time at which the order
    /// was accepted then. What was under way is judged by the meters, and none takes a late block's place: how much
    /// others had moved by then is not known.
    pub(super) fn resume_spreads(
        &mut self,
        spreads: Vec<(Order, Timestamp)>,
        fleet: &mut Fleet,
        moment: Moment,
    ) {
        for (order, accepted) in spreads {
            let Some(status) = self.ledger.answer_mut(order.id) else {
                continue;
            };
            let tasks = resume((&order, accepted), status, fleet, moment);
            status.at = moment.now;
            close(status, tasks.is_empty());
            if !tasks.is_empty() {
                status.detail = told!(
                    "goes-on-restarted",
                    "goes on after a restart of the gateway; {n} blocks wait their turn",
                    n = tasks.len()
                );
            }
            let status = status.clone();
            let loads = tasks.iter().map(|task| task.load).collect();
            self.leases.joined(&order, loads, moment);
            self.jobs.push(Job::resumed(order, tasks, fleet, moment));
            self.say(status);
        }
    }
}

/// The blocks that wait for their turns still; of the others the answer says what became of them.
fn resume(
    (order, accepted): (&Order, Timestamp),
    status: &mut OrderStatus,
    fleet: &mut Fleet,
    moment: Moment,
) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (row, target) in status.targets.iter_mut().enumerate() {
        let index = fleet.block(&BlockKey::new(&target.site, &target.block));
        let waits = target.phase == Phase::Accepted && row < order.targets.len();
        let Some(index) = index.filter(|_| waits) else {
            cut_off(target);
            continue;
        };
        target.reasons.clear();
        let load = &mut fleet.loads[index];
        (load.pending, load.waits) = (true, true);
        let times = (accepted, load.limits.notice_ms);
        tasks.push(turn((index, row), load, order, times, moment));
    }
    tasks
}
