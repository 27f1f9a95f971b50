//! This machine's own engine as a site of the fleet.
//!
//! Invariant: an order to curtail stops the engine inside the call that brings it, before anything is answered; it is
//! `delivered` only once the engine's counter of hashes stands still. Nothing here measures power, so none is claimed:
//! the kind of an order decides, and its target in watts can only be zero.

mod item;
mod own;

use std::sync::Arc;
use std::time::Duration;

use crate::control::pace::misused;
use crate::domain::act::Stamp;
use crate::domain::filter::MachineFilter;
use crate::domain::fleet::{Block, BlockState, MachinePage};
use crate::domain::ids::{GatewayId, HallId, OrderId, SiteId};
use crate::domain::link::{Item, Request, Topic};
use crate::domain::operator::TwoPersons;
use crate::domain::order::{Order, OrderKind, OrderTarget, Phase, Reason, TargetStatus};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::{Hashrate, Power};

use crate::gateway::acts::{About, Acts, Admitted};
use crate::gateway::ledger::{Ledger, out_of_turn, stated};
use crate::gateway::{Gateway, Identity, LinkId, Refusal, search};

/// The gateway's id on the wire.
pub const GATEWAY: &str = "local";
/// The ids of its only site, hall and block.
pub const SITE: &str = "local";
/// See [`SITE`].
pub const HALL: &str = "here";
/// See [`SITE`].
pub const BLOCK: &str = "engine";

const REPORT_MS: i64 = 1_000;
/// While an order runs the engine is read so often.
const QUICK_MS: i64 = 50;
/// An engine that has not obeyed after this time has failed.
const DEADLINE_MS: i64 = 10_000;

/// What an engine says of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngineReading {
    /// Hashes since its start; only grows.
    pub hashes: u64,
    /// Over the last second.
    pub rate: Hashrate,
    /// Worker threads.
    pub threads: usize,
    /// Told to rest.
    pub paused: bool,
    /// No thread hashes at this moment.
    pub idle: bool,
}

/// An engine that can be switched. A handle: the engine may be shared with others.
pub trait Hashing: Send {
    /// Makes all threads stop within milliseconds. Must not block longer than that.
    fn pause(&mut self);

    /// Lets them go on.
    fn resume(&mut self);

    /// How it stands at `now`.
    fn read(&mut self, now: Timestamp) -> EngineReading;
}

/// An order under way.
#[derive(Debug)]
struct Running {
    id: OrderId,
    kind: OrderKind,
    /// Its target in the answer.
    row: usize,
    began: Timestamp,
}

/// This machine.
#[derive(Debug)]
pub struct Local<H> {
    engine: H,
    nation: Arc<str>,
    ledger: Ledger,
    acts: Acts,
    running: Option<Running>,
    site_seq: u64,
    now: Timestamp,
    last: EngineReading,
    /// The counter stood still between the last two readings.
    still: bool,
    read_at: Timestamp,
    told_at: Option<Timestamp>,
    state: BlockState,
    state_since: Timestamp,
}

impl<H: Hashing> Local<H> {
    /// Puts an engine behind the gateway trait, as a site of `nation`.
    pub fn new(mut engine: H, nation: &str, now: Timestamp) -> Self {
        let last = engine.read(now);
        let mut local = Self {
            engine,
            nation: nation.into(),
            ledger: Ledger::default(),
            acts: Acts::default(),
            running: None,
            site_seq: 0,
            now,
            last,
            still: last.idle,
            read_at: now,
            told_at: None,
            state: BlockState::Hashing,
            state_since: now,
        };
        local.state = local.judged();
        local
    }

    fn read(&mut self) {
        let reading = self.engine.read(self.now);
        self.still = reading.hashes == self.last.hashes;
        self.last = reading;
        self.read_at = self.now;
        self.follow();
        let state = self.judged();
        if state != self.state {
            self.state = state;
            self.state_since = self.now;
            self.told_at = None;
        }
    }

    fn judged(&self) -> BlockState {
        let stopped = self.last.idle && self.still;
        match (self.last.paused, stopped) {
            (true, true) => BlockState::Curtailed,
            (true, false) => BlockState::Ramping,
            (false, false) => BlockState::Hashing,
            // Told to hash, but nothing does: on its way up for a while, then something is wrong (no work, say).
            (false, true) => {
                let since = match self.state {
                    BlockState::Restoring | BlockState::Faulted => self.state_since,
                    _ => self.now,
                };
                if since.age(self.now) > Duration::from_secs(10) {
                    BlockState::Faulted
                } else {
                    BlockState::Restoring
                }
            }
        }
    }

    fn hashrate(&self) -> Hashrate {
        // The window of a second lags; a counter that stands still is proof.
        if self.last.idle && self.still {
            Hashrate::ZERO
        } else {
            self.last.rate
        }
    }

    /// Compares the running order with the reading.
    fn follow(&mut self) {
        let Some(running) = &self.running else {
            return;
        };
        if self.read_at <= running.began {
            return;
        }
        let done = match running.kind {
            OrderKind::Curtail => self.last.idle && self.still,
            OrderKind::Restore => !self.still,
        };
        let overdue = self.now.millis() - running.began.millis() > DEADLINE_MS;
        if done {
            self.finish(Phase::Delivered, None);
        } else if overdue {
            let reason = stated(
                "not_delivered",
                told!("engine-not-followed", "the engine did not follow the order"),
            );
            self.finish(Phase::Failed, Some(reason));
        }
    }

    /// Ends the running order.
    fn finish(&mut self, phase: Phase, reason: Option<Reason>) {
        let Some(running) = self.running.take() else {
            return;
        };
        let Some(status) = self.ledger.answer_mut(running.id) else {
            return;
        };
        let mut status = status.clone();
        status.phase = phase;
        status.at = self.now;
        let target = &mut status.targets[running.row];
        target.phase = phase;
        target.reasons.extend(reason);
        if phase == Phase::Delivered {
            target.measured_at = Some(self.read_at);
        }
        self.ledger.say(status);
    }

    fn obey(&mut self, order: &Order) -> Result<(), Refusal> {
        // What this machine draws is not measured: no step of it is too large.
        let barred = || Vec::from_iter(misused(order, Power::ZERO, Power::ZERO));
        let received = self
            .ledger
            .receive(order, (&self.nation, GATEWAY), self.now, barred)?;
        let Some(mut status) = received else {
            return Ok(());
        };
        if status.phase != Phase::Received {
            self.ledger.say(status);
            return Ok(());
        }
        // The engine has other hands on it; what it was a moment ago does not count.
        self.last.paused = self.engine.read(self.now).paused;
        let seen = self.site_seq;
        let mut row = None;
        for target in &order.targets {
            let mut reasons = self.against(order.kind, target, seen);
            if row.is_some() && reasons.is_empty() {
                reasons.push(Reason::BadTarget);
            }
            let phase = if reasons.is_empty() {
                row = Some(status.targets.len());
                self.site_seq = target.site_seq;
                Phase::Accepted
            } else {
                Phase::Rejected
            };
            status.targets.push(TargetStatus {
                site: target.site.clone(),
                block: target.block.clone(),
                phase,
                reasons,
                delivered: None,
                measured_at: None,
            });
        }
        let Some(row) = row else {
            status.phase = Phase::Rejected;
            self.ledger.say(status);
            return Ok(());
        };
        // The engine first: stopping waits for no bookkeeping.
        match order.kind {
            OrderKind::Curtail => self.engine.pause(),
            OrderKind::Restore => self.engine.resume(),
        }
        let overtaken = stated(
            "superseded",
            told!("overtaken-order", "overtaken by a later order"),
        );
        self.finish(Phase::Failed, Some(overtaken));
        status.phase = Phase::Accepted;
        self.ledger.say(status.clone());
        status.phase = Phase::Executing;
        status.targets[row].phase = Phase::Executing;
        self.ledger.say(status);
        self.running = Some(Running {
            id: order.id,
            kind: order.kind,
            row,
            began: self.now,
        });
        self.last = self.engine.read(self.now);
        self.still = false;
        self.state = match order.kind {
            OrderKind::Curtail => BlockState::Ramping,
            OrderKind::Restore => BlockState::Restoring,
        };
        self.state_since = self.now;
        self.told_at = None;
        Ok(())
    }

    fn against(&self, kind: OrderKind, target: &OrderTarget, seen: u64) -> Vec<Reason> {
        if target.site.as_str() != SITE || target.block.as_str() != BLOCK {
            return vec![Reason::Unknown];
        }
        let mut against = out_of_turn((target.site_seq, target.epoch), (seen, 0));
        if target.target != Power::ZERO {
            against.push(Reason::BadTarget);
        }
        if !target.after.is_zero() {
            against.push(stated(
                "after",
                told!("one-block-at-once", "its one block begins at once"),
            ));
        }
        let paused = self.last.paused;
        match kind {
            OrderKind::Curtail if paused => against.push(Reason::AlreadyThere),
            OrderKind::Restore if !paused => against.push(Reason::AlreadyThere),
            OrderKind::Curtail | OrderKind::Restore => {}
        }
        against
    }

    fn block(&self) -> Block {
        item::block(self.state, self.state_since, self.hashrate(), self.read_at)
    }
}

impl<H: Hashing> Gateway for Local<H> {
    fn identity(&self) -> Identity {
        Identity {
            gateway: GatewayId::new(GATEWAY),
            nation: self.nation.clone(),
            report_period: Duration::from_millis(REPORT_MS.unsigned_abs()),
            simulated: false,
            durable_orders: self.ledger.is_durable(),
            two_persons: TwoPersons::default(),
            operators: false,
        }
    }

    fn advance(&mut self, now: Timestamp) {
        if now <= self.now {
            return;
        }
        self.now = now;
        self.ledger.forget(now, |_| false);
        let since = now.millis() - self.read_at.millis();
        let quick = self.running.is_some() || self.state == BlockState::Ramping;
        if since >= if quick { QUICK_MS } else { REPORT_MS / 4 } {
            self.read();
        }
    }

    fn snapshot(&self, topic: Topic) -> Vec<Item> {
        match topic {
            Topic::Fleet => vec![
                Item::Site(Box::new(item::site(self.site_seq, self.read_at))),
                Item::Hall(Box::new(item::hall())),
                Item::Block(Box::new(self.block())),
            ],
            Topic::Order => self
                .ledger
                .shown(self.running.iter().map(|running| running.id)),
            Topic::Grid | Topic::Reserve | Topic::Alarm => Vec::new(),
        }
    }

    fn changes(&mut self, topic: Topic) -> Vec<Item> {
        match topic {
            Topic::Order => self.ledger.said(),
            Topic::Fleet => {
                let since = |at: Timestamp| self.now.millis() - at.millis();
                if self.told_at.is_some_and(|at| since(at) < REPORT_MS) {
                    return Vec::new();
                }
                self.told_at = Some(self.now);
                vec![
                    Item::Site(Box::new(item::site(self.site_seq, self.read_at))),
                    Item::Block(Box::new(self.block())),
                ]
            }
            Topic::Grid | Topic::Reserve | Topic::Alarm => Vec::new(),
        }
    }

    fn machines(
        &self,
        site: &SiteId,
        hall: &HallId,
        page: u32,
        filter: &MachineFilter,
    ) -> Result<MachinePage, Refusal> {
        if site.as_str() != SITE || hall.as_str() != HALL || page != 0 && filter.is_empty() {
            return Err(Refusal {
                code: "unknown_hall",
                message: told!("no-such-page", "no such page of such a hall stands here"),
            });
        }
        let threads = self.last.threads;
        let row = item::machine(self.state, threads, self.hashrate());
        let rows = std::iter::once(row);
        Ok(search::page((site, hall), rows, filter, page, self.read_at))
    }

    fn request(
        &mut self,
        request: Request,
        _link: LinkId,
        now: Timestamp,
    ) -> Result<Vec<Item>, Refusal> {
        self.now = self.now.max(now);
        match request {
            Request::Stamped(request, stamp) => self.act(&request, Some(&stamp)),
            request => self.act(&request, None),
        }
    }
}

impl<H: Hashing> Local<H> {
    /// Anybody may act here, but no act is done twice.
    fn act(&mut self, request: &Request, stamp: Option<&Stamp>) -> Result<Vec<Item>, Refusal> {
        let about = About::default();
        let here = (GATEWAY, self.now);
        if !matches!(request, Request::Order(_) | Request::OrderQuery(_))
            && let Admitted::Before(answer) = self.acts.admit(request, stamp, &about, here)?
        {
            return answer.map(|()| Vec::new());
        }
        let (id, asks) = match request {
            Request::Order(order) => {
                if let Some(refused) = self.ledger.another(order, self.now) {
                    return Ok(vec![Item::Order(Box::new(refused))]);
                }
                self.obey(order)?;
                (order.id, None)
            }
            Request::OrderQuery(id) => (*id, self.acts.asks(request, stamp, here)),
            Request::OrderLook(id) => (*id, None),
            Request::OrderCancel(id) => {
                self.ledger.cancellable(*id, false)?;
                (*id, None)
            }
            Request::LeaseRenew(_) => {
                return Err(Refusal {
                    code: "unsupported",
                    message: told!("own-no-lease", "this machine's own engine keeps no leases"),
                });
            }
            Request::Deed(_)
            | Request::CountersignRequest(..)
            | Request::CountersignAnswer { .. } => {
                return Err(Refusal {
                    code: "unsupported",
                    message: told!(
                        "own-no-authority",
                        "this machine's own engine knows no authority, no lockouts and no second persons"
                    ),
                });
            }
            Request::Watch { .. } | Request::Unwatch { .. } | Request::Stamped(..) => {
                return Ok(Vec::new());
            }
            Request::AlarmAck(_) | Request::AlarmShelve { .. } => {
                return Err(Refusal {
                    code: "unknown_alarm",
                    message: told!("no-such-alarm", "no such alarm stands at this gateway"),
                });
            }
        };
        let status = self.ledger.query(id, asks, self.now)?;
        Ok(vec![Item::Order(Box::new(status))])
    }
}
