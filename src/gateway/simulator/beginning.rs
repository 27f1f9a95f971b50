//! How orders begin: after their notice, before they expire, and emergencies one step after the other.

use std::fmt::Write;
use std::time::Duration;

use crate::control::pace::{MOST_HELD, Pace, Verdict, too_many, verdict};
use crate::domain::ids::BlockKey;
use crate::domain::order::{Order, OrderKind, OrderStatus, OrderTarget, Phase, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;

use super::interlock::{barred, locked_out};
use super::load::Hold;
use super::nation::Fleet;
use super::orders::{Desk, Job, Moment, close};
use super::progress::Task;
use super::restoring::put_back;

/// An emergency's place among the steps, and what the frequency says to it.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    /// It begins then.
    at: Timestamp,
    /// It has to wait for others, with an interval of so much.
    held: Option<Duration>,
    full: bool,
    verdict: Verdict,
}

impl Turn {
    /// The turn of an emergency that comes now, after those that began and those that wait among `jobs`.
    pub(super) fn of(
        order: &Order,
        fleet: &Fleet,
        moment: Moment,
        pace: &Pace,
        jobs: &[Job],
    ) -> Self {
        let notice = |target: &OrderTarget| {
            let index = fleet.block(&BlockKey::new(&target.site, &target.block))?;
            Some(fleet.loads[index].limits.notice_ms)
        };
        let notice_ms = order.targets.iter().filter_map(notice).min().unwrap_or(0);
        let from = moment.now + moment.clock.wall_span(notice_ms);
        let waiting = || jobs.iter().filter(|job| job.waits_all());
        let turns = || waiting().filter_map(|job| job.turn.as_ref());
        let taken: Vec<Timestamp> = turns().map(|turn| turn.at).collect();
        let interval = moment.bounds.interval;
        let at = pace.slot(from, &taken, interval);
        let held = turns().filter(|turn| turn.held.is_some()).count();
        Self {
            at,
            held: (at > from).then_some(interval),
            full: at > from && held >= MOST_HELD,
            verdict: judged(order, moment, pace),
        }
    }

    /// What stands against it.
    pub(super) fn against(&self) -> Option<Reason> {
        let full = self.full.then(too_many);
        self.verdict.bar().or(full)
    }

    /// Says beside the answer how high the frequency is, and until when the step is held.
    pub(super) fn tell(&self, status: &mut OrderStatus) {
        let held = self.held.map(|interval| {
            let every = interval.as_millis() as f64 / 1_000.0;
            let until = jiff::Timestamp::from_millisecond(self.at.millis()).unwrap_or_default();
            format!("held until {until:.3}: emergency steps here are {every} s apart")
        });
        let mut words = status.detail.to_string();
        for more in held.into_iter().chain(self.verdict.warning()) {
            let close = if words.is_empty() { "" } else { "; " };
            // Writing to a string can't fail.
            let _ = write!(words, "{close}{more}");
        }
        status.detail = words.into();
    }
}

/// What the frequency says now to an emergency, with all that was accepted of its plan by now.
fn judged(order: &Order, moment: Moment, pace: &Pace) -> Verdict {
    verdict(moment.frequency, moment.bounds.bar, pace.is_wide(order))
}

/// What becomes of an order whose time has come.
enum Due {
    Begins,
    Ends(Phase, Reason),
}

impl Desk {
    /// Begins what is due; called at every step of the world.
    pub(super) fn begin(&mut self, fleet: &mut Fleet, moment: Moment) {
        let mut said = Vec::new();
        for job in &mut self.jobs {
            if let Some(why) = job.keep_pace(&self.pace, moment)
                && let Some(status) = self.ledger.answer_mut(job.order.id)
            {
                job.tell_held(why.as_ref().err(), status);
                status.at = moment.now;
                said.push(status.clone());
            }
            let Some(due) = job.due(&self.pace, moment) else {
                continue;
            };
            let Some(status) = self.ledger.answer_mut(job.order.id) else {
                continue;
            };
            match due {
                Due::Begins => {
                    job.bar(status, fleet, moment);
                    if job.begin(status, fleet, moment) && job.turn.is_some() {
                        self.pace.began(moment.now);
                    }
                }
                Due::Ends(phase, reason) => job.end((phase, &reason), status, fleet, moment.now),
            }
            status.at = moment.now;
            close(status, job.tasks.is_empty());
            said.push(status.clone());
        }
        self.jobs.retain(|job| !job.tasks.is_empty());
        for status in said {
            self.say(status);
        }
    }
}

impl Job {
    /// Has no block of it begun?
    fn waits_all(&self) -> bool {
        self.tasks.iter().all(|task| task.began.is_none())
    }

    /// May this block not begin any more? Each of a shed that is spread has as long as the first one from its own turn on.
    fn is_late(&self, task: &Task, now: Timestamp) -> bool {
        self.order.expires_at + task.after < now
    }

    /// What becomes of it now; none: nothing yet.
    fn due(&self, pace: &Pace, moment: Moment) -> Option<Due> {
        let waits = |task: &&Task| task.began.is_none();
        if self.queue.is_some() || !self.tasks.iter().any(|task| waits(&task)) {
            return None;
        }
        let turn = self.turn.as_ref();
        let held = turn.is_some_and(|turn| turn.held.is_some()) || self.held.is_held();
        let is_due = |task: &Task| task.begins_at <= moment.world_ms;
        let late = |task: &Task| (is_due(task) || held) && self.is_late(task, moment.now);
        if self.tasks.iter().filter(waits).any(late) {
            return Some(Due::Ends(Phase::Expired, Reason::Expired));
        }
        let due = self.tasks.iter().filter(waits).any(is_due);
        let may = || pace.may_begin(moment.now, moment.bounds.interval);
        let too_soon = turn.is_some_and(|turn| turn.at > moment.now || !may());
        if !due || too_soon {
            return None;
        }
        // The frequency may have risen since, and more of the plan may have come.
        let barred = turn.and_then(|_| judged(&self.order, moment, pace).bar());
        Some(barred.map_or(Due::Begins, |why| Due::Ends(Phase::Cancelled, why)))
    }

    /// What is to begin now and may not any more is cancelled, and what rises under a lockout goes back to where it was.
    /// Was there any?
    pub(super) fn bar(
        &mut self,
        status: &mut OrderStatus,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> bool {
        let (order, before) = (&self.order, self.tasks.len());
        let queued = self.queue.is_some();
        self.tasks.retain(|task| {
            let load = &fleet.loads[task.load];
            let why = match task.began {
                None if queued || task.begins_at <= moment.world_ms => {
                    barred(order, task.row, &fleet.stations[load.station], load)
                }
                Some(_) if order.kind == OrderKind::Restore => locked_out(load),
                _ => None,
            };
            let Some(why) = why else {
                return true;
            };
            let target = &mut status.targets[task.row];
            target.phase = match target.phase {
                Phase::Executing => Phase::Failed,
                _ => Phase::Cancelled,
            };
            target.reasons = vec![why];
            put_back(task, order, fleet, moment);
            false
        });
        let tasks = &self.tasks;
        let any = tasks.len() < before;
        if let Some(queue) = self.queue.as_mut().filter(|_| any) {
            queue.without(|row| !tasks.iter().any(|task| task.row == row));
        }
        any
    }

    /// The blocks that are due begin. Does any?
    fn begin(&mut self, status: &mut OrderStatus, fleet: &mut Fleet, moment: Moment) -> bool {
        let mut any = false;
        let waits = |task: &&mut Task| task.began.is_none() && task.begins_at <= moment.world_ms;
        for task in self.tasks.iter_mut().filter(waits) {
            any = true;
            task.began = Some(moment.now);
            let load = &mut fleet.loads[task.load];
            load.order(task.target_w, moment.world_ms);
            load.shed_by = Some(self.order.issued_by.clone());
            load.hold = Some(Hold::of(&self.order, moment.world_ms));
            if self.order.kind == OrderKind::Curtail
                && let Some(calls) = &mut load.limits.calls_left
            {
                *calls = calls.saturating_sub(1);
            }
            status.targets[task.row].phase = Phase::Executing;
        }
        if !any {
            return false;
        }
        status.phase = Phase::Executing;
        let warning = self.turn.as_ref().and_then(|turn| turn.verdict.warning());
        let later = |task: &&Task| task.began.is_none() && !task.after.is_zero();
        let waits = match self.tasks.iter().filter(later).count() {
            0 => Sentence::default(),
            n => told!("blocks-wait", "{n} more blocks wait their turn", n = n),
        };
        status.detail = warning.map_or(waits, Sentence::from);
        true
    }

    /// The blocks that have not begun never will; where their time is over, those that it is over for.
    pub(super) fn end(
        &mut self,
        (phase, why): (Phase, &Reason),
        status: &mut OrderStatus,
        fleet: &mut Fleet,
        now: Timestamp,
    ) {
        let tasks = std::mem::take(&mut self.tasks);
        let ends = |task: &Task| {
            let over = phase != Phase::Expired || self.is_late(task, now);
            task.began.is_none() && over
        };
        let (over, left): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(ends);
        for task in over {
            status.targets[task.row].phase = phase;
            status.targets[task.row].reasons = vec![why.clone()];
            fleet.loads[task.load].pending = false;
        }
        self.tasks = left;
        if self.tasks.is_empty() {
            status.detail = "".into();
        }
    }
}
