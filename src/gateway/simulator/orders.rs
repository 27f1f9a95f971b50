//! The order desk: each id is run at most once, each phase is said once, and only a meter makes an order delivered.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::control::pace::{Pace, misused};
use crate::control::restore::{Limits, Queue};
use crate::control::tally::Tally;
use crate::domain::bounds::Bounds;
use crate::domain::grid::Instruction;
use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::link::Item;
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason, TargetStatus};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};
use crate::domain::waiting::GatewayOrder;

use super::admit::accept;
use super::beginning::Turn;
use super::clock::Clock;
use super::closed_loop::{Loop, MadeUp};
use super::counted::Counted;
use super::leases::Leases;
use super::load::Hold;
use super::nation::Fleet;
use super::progress::{Task, look};
use super::restoring::waiting;
use super::score::words as score;
use super::spread::Held;
use crate::gateway::Refusal;
use crate::gateway::acts::Times;
pub(super) use crate::gateway::ledger::close;
use crate::gateway::ledger::{Ledger, called_back, stated};
use crate::gateway::roll::Roll;

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
    /// An emergency's turn, and the frequency's warning.
    pub(super) turn: Option<Turn>,
    /// A frequency that is too high, where blocks of a shed that is spread wait for it.
    pub(super) held: Held,
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
    /// When emergency steps began, and what each person has moved lately.
    pub(super) pace: Pace,
    pub(super) tally: Tally,
    /// What orders of the gateway's own serve that wait for their record, the youngest last.
    pub(super) serving: VecDeque<Serves>,
    /// What is worth an alarm.
    pub(super) news: Vec<News>,
    /// Orders that the gateway gave by itself, the youngest last, and how many of them are not told yet.
    pub(super) own: VecDeque<GatewayOrder>,
    pub(super) own_untold: usize,
}

/// Whose order one of the gateway's own serves.
#[derive(Debug)]
pub(super) struct Serves {
    /// The gateway's own.
    pub(super) id: OrderId,
    /// The one that it serves, and who issued that.
    pub(super) order: OrderId,
    pub(super) person: Arc<str>,
    /// Two persons agreed to it.
    pub(super) two: bool,
}

/// What a person should hear beside the order's answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum News {
    /// A restore has stopped.
    Stopped(OrderId, Sentence),
    /// It goes on, or is over.
    Clear(OrderId),
    /// It is given up.
    GivenUp(OrderId, Sentence),
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
    /// How emergencies go here, and the frequency where it is known.
    pub(super) bounds: Bounds,
    pub(super) frequency: Option<Hertz>,
    /// The gateway's own closed loop: it works inside what a person has confirmed, whoever holds the authority.
    pub(super) own: bool,
    /// A shed of the gateway's own rules: an order that has not begun yields to it.
    pub(super) rule: bool,
    /// The journal has been read: epochs are known.
    pub(super) read: bool,
}

/// What an order is judged by beside the fleet.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    /// Who may order; none: anybody, or the gateway itself.
    pub(super) roll: Option<&'a Roll>,
    /// Instructions of the grid operator in force.
    pub(super) standing: &'a [Instruction],
    /// What else stands against it: its second person, or the limits of whom it serves.
    pub(super) against: Option<Reason>,
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
        let (roll, tally) = (terms.roll, &self.tally);
        let (pace, jobs) = (&self.pace, &self.jobs);
        let barred = || {
            let counted = || Counted::of(&order, fleet);
            let moved = || counted().after(&order.issued_by, order.kind, tally, moment);
            let rights = roll.map_or_else(Vec::new, |roll| roll.against(&order, moved));
            if !rights.is_empty() {
                return rights;
            }
            if !order.emergency {
                return Vec::from_iter(terms.against.clone());
            }
            let misused = misused(&order, counted().all(), moment.bounds.step);
            let turn = Turn::of(&order, fleet, moment, pace, jobs);
            misused.into_iter().chain(turn.against()).collect()
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
                let load = &mut fleet.loads[task.load];
                load.pending = true;
                load.waits = !order.emergency;
            }
            let wanted: f64 = tasks.iter().map(Task::wanted_w).sum();
            self.ledger
                .wants(order.id, Power::from_watts(wanted.round() as i64));
            let loads = tasks.iter().map(|task| task.load).collect();
            self.leases.begin(order.id, order.lease, loads, moment);
            self.tally.forget(moment.now, moment.bounds.window);
            let counted = Counted::of(&order, fleet);
            let moves = |target: &_| Some(counted.of_target(target));
            self.tally.take(&order, moves, counted.extra);
            if let Some(serves) = self.serving.iter().find(|serves| serves.id == order.id) {
                self.tally.serves(order.id, &serves.person);
            }
            let turn = Turn::of(&order, fleet, moment, &self.pace, &self.jobs);
            let turn = order.emergency.then_some(turn);
            if let Some(turn) = &turn {
                self.pace.accepted(&order);
                turn.tell(&mut status);
            }
            let order = match roll {
                Some(_) => terms.times.cut(order),
                None => order,
            };
            let mut job = Job::new(order, tasks, fleet, moment, terms.standing);
            job.turn = turn;
            self.jobs.push(job);
        }
        self.say(status);
        Ok(())
    }

    /// An order of the gateway's own, about to be given, serves a person's.
    pub(super) fn serves(&mut self, serves: Serves) {
        if self.serving.len() == MOST_OWN {
            self.serving.pop_front();
        }
        self.serving.push_back(serves);
    }

    /// Tells every console what became of an order, and counts it.
    pub(super) fn say(&mut self, status: OrderStatus) {
        self.tally.hear(&status);
        self.ledger.say(status);
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
                    target.reasons = vec![stated(
                        "superseded",
                        told!("overtaken-curtailment", "overtaken by a curtailment"),
                    )];
                }
            }
            let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut job.tasks)
                .into_iter()
                .partition(|task| taken.contains(&task.load));
            job.tasks = left;
            let loads: Vec<usize> = gone.iter().map(|task| task.load).collect();
            self.leases.without(job.order.id, &loads);
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
            self.say(status);
        }
    }

    /// Compares what is executing with the readings; called after every reading.
    pub(super) fn follow(&mut self, fleet: &mut Fleet, moment: Moment) {
        let leases = &self.leases;
        let holds = |id| leases.until(id).is_some();
        self.ledger.forget(moment.now, holds);
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
            let found = job.made_up(rows, fleet, moment);
            if !found.is_empty() {
                let moves = found.iter().map(|(task, target)| {
                    let key = BlockKey::new(&target.site, &target.block);
                    (key, Power::from_watts(task.wanted_w() as i64))
                });
                self.tally.instead(job.order.id, moves);
                MadeUp::note(&mut self.made_up, &job.order, &job.all, &found);
                if let Some(News::Disobeys(_, instead)) = self.news.last_mut() {
                    *instead += found.len();
                }
                status.detail = told!(
                    "replaced",
                    "{n} more blocks take the place of late ones",
                    n = found.len()
                );
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
                    status.detail = match std::mem::take(&mut status.detail) {
                        none if none.is_empty() => score.into(),
                        close => told!("both", "{first}; {then}", first = close, then = &*score),
                    };
                }
                said.push(status.clone());
            }
        }
        self.jobs.retain(|job| !job.tasks.is_empty());
        for status in said {
            self.say(status);
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

    /// The orders' memory.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The same, to be restored.
    pub(super) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Calls back what of an order has not begun; the rest goes on. Where that was done before, nothing more is.
    pub(super) fn cancel(
        &mut self,
        id: OrderId,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> Result<(), Refusal> {
        let at = self.jobs.iter().position(|job| job.order.id == id);
        let waits = at.is_some_and(|at| self.jobs[at].tasks.iter().any(|t| t.began.is_none()));
        if !self.ledger.cancellable(id, waits)? {
            return Ok(());
        }
        let Some(mut status) = self.ledger.answer_mut(id).cloned() else {
            return Ok(());
        };
        let gone = at.map(|at| self.jobs[at].call_back(&mut status, fleet, moment.now));
        let gone = gone.unwrap_or_default();
        let left = at.map_or(0, |at| self.jobs[at].tasks.len());
        status.at = moment.now;
        close(&mut status, left == 0);
        status.detail = told_back(&status, gone.len(), left);
        if status.phase == Phase::Cancelled {
            self.leases.end(id);
        }
        self.leases.without(id, &gone);
        for made in self.made_up.iter_mut().filter(|made| made.order == id) {
            made.without(&gone);
        }
        if let Some(at) = at.filter(|_| left == 0)
            && self.jobs.remove(at).queue.is_some()
        {
            self.news.push(News::Clear(id));
        }
        self.say(status);
        Ok(())
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
            turn: None,
            held: Held::default(),
            since: moment.now,
            said_at: moment.now,
            unsaid: false,
        }
    }

    /// What is left of an order of an earlier life. Nothing takes a place in it, and it is not scored: how much others had
    /// moved by then is not known.
    pub(super) fn resumed(order: Order, tasks: Vec<Task>, fleet: &Fleet, moment: Moment) -> Self {
        Self {
            closed_loop: Loop::spent(&order),
            all: Vec::new(),
            ..Self::new(order, tasks, fleet, moment, &[])
        }
    }

    /// What takes the place of late blocks; nothing while the frequency bars what waits.
    fn made_up(
        &mut self,
        rows: usize,
        fleet: &mut Fleet,
        moment: Moment,
    ) -> Vec<(Task, TargetStatus)> {
        if self.held.is_held() {
            return Vec::new();
        }
        let order = &self.order;
        self.closed_loop.make_up(order, rows, fleet, moment)
    }

    /// What has not begun never will; gives the blocks that this is so of.
    fn call_back(
        &mut self,
        status: &mut OrderStatus,
        fleet: &mut Fleet,
        now: Timestamp,
    ) -> Vec<usize> {
        let waiting = self.tasks.iter().filter(|task| task.began.is_none());
        let (rows, loads): (HashSet<usize>, Vec<usize>) =
            waiting.map(|task| (task.row, task.load)).unzip();
        self.end((Phase::Cancelled, &called_back()), status, fleet, now);
        self.all.retain(|task| !rows.contains(&task.row));
        // Who takes an order back wants nothing more of it to begin: none takes a late block's place.
        self.order.substitutes.clear();
        if let Some(queue) = &mut self.queue {
            queue.without(|row| rows.contains(&row));
        }
        loads
    }
}

/// What is said of an order of which so many blocks were called back, and so many go on.
fn told_back(status: &OrderStatus, back: usize, left: usize) -> Sentence {
    match (status.phase, left) {
        (Phase::Cancelled, _) => told!("called-back", "called back before it began"),
        (_, 0) => told!(
            "some-called-back",
            "{n} of {all} blocks called back before they began",
            n = back,
            all = status.targets.len()
        ),
        (_, left) => told!(
            "called-back-others-go-on",
            "{n} blocks called back before they began; {left} go on",
            n = back,
            left = left
        ),
    }
}

/// Own orders that are kept for consoles that come later.
const MOST_OWN: usize = 60;

/// How often the progress of an order is told: a large answer less often, as none of them is ever dropped on its way.
fn progress_every(targets: usize) -> Duration {
    match targets {
        0..=16 => Duration::ZERO,
        17..=256 => Duration::from_secs(1),
        _ => Duration::from_secs(5),
    }
}
