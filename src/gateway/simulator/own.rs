//! What the gateway orders by itself: trims of its closed loop and restores of lapsed leases; its rules stand beside.
//!
//! Invariant: each is an order like any other: journalled (a restore before it is run), said to every console under its issuer's
//! name, and held to the same interlocks and the same limits of restoring.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::alarm::Priority;
use crate::domain::ids::{BlockKey, GatewayId, OrderId};
use crate::domain::journal::{Entry, Fact};
use crate::domain::order::{Order, OrderKind, OrderTarget, PlanHash, Reason};
use crate::domain::sentence::told;
use crate::domain::units::{Hertz, Power};
use crate::gateway::Refusal;
use crate::gateway::acts::Times;
use crate::gateway::ledger::stated;
use crate::gateway::records::Duty;
use crate::gateway::roll::Roll;

use super::alarms::{About, Place};
use super::closed_loop::MadeUp;
use super::counted::Counted;
use super::interlock::reasons;
use super::orders::{Moment, News, Serves, Terms};
use super::{NATION, Simulator};

/// Who issues the closed loop's own orders, and those of lapsed leases.
pub(super) const LOOP: &str = "closed loop";
const LEASE: &str = "lapsed lease";
/// An own order begins at once or not at all, ms of the world.
const BEGINS_WITHIN_MS: i64 = 60_000;
/// What could not be given back is tried again after so long, ms.
const AGAIN_MS: i64 = 30_000;

/// An id as people read it.
fn shown(id: OrderId) -> ulid::Ulid {
    ulid::Ulid(id.0)
}

/// Blocks of a lapsed lease that may be given back from a world time on.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) id: OrderId,
    pub(super) at_ms: i64,
    pub(super) load: usize,
}

impl Due {
    /// Why it waits, and until when at least, ms of the world.
    pub(super) fn waits_for(
        &self,
        load: &super::load::Load,
        in_band: bool,
    ) -> (crate::domain::waiting::WaitsFor, Option<i64>) {
        use crate::domain::waiting::WaitsFor;
        let off_until = load.off_since.map(|since| since + load.limits.min_off_ms);
        match off_until {
            _ if !in_band => (WaitsFor::Frequency, None),
            _ if load.pending => (WaitsFor::OrderPending, None),
            Some(until) if until > self.at_ms => (WaitsFor::MinimumOff, Some(until)),
            _ => (WaitsFor::Offset, Some(self.at_ms)),
        }
    }
}

impl Simulator {
    /// The frequency as the gateway reads it.
    pub(super) fn frequency(&self) -> Option<Hertz> {
        (!self.world.blind(self.world_ms)).then(|| Hertz::from_millihertz(self.world.millihertz()))
    }

    pub(super) fn draft(&mut self, by: &str, kind: OrderKind, reason: &str) -> Order {
        let random = (self.ids.unit() * (1_u64 << 53) as f64) as u128;
        let millis = u128::from(self.now.millis().unsigned_abs());
        Order {
            id: OrderId((millis << 80) | (random << 16) | u128::from(self.issued)),
            plan: PlanHash([0; 32]),
            nation: NATION.into(),
            gateway: GatewayId::new(self.id),
            kind,
            targets: Vec::new(),
            substitutes: Vec::new(),
            extra_max: Power::ZERO,
            reason: reason.into(),
            issued_by: by.into(),
            countersigned_by: None,
            issued_at: self.now,
            expires_at: self.now
                + self
                    .clock
                    .wall_span(BEGINS_WITHIN_MS)
                    .max(Duration::from_secs(1)),
            lease: Duration::ZERO,
            emergency: false,
            signature: None,
            countersignature: None,
            desk: None,
            countersigned_desk: None,
            freq_seen: None,
            not_before: None,
        }
    }

    pub(super) fn target(&self, load: usize, target_w: f64) -> OrderTarget {
        let load = &self.fleet.loads[load];
        let station = &self.fleet.stations[load.station];
        OrderTarget {
            site: station.id.clone(),
            block: load.id.clone(),
            // Up to the next whole watt: a target is never below what the block may draw.
            target: Power::from_watts(target_w.ceil() as i64),
            epoch: station.authority.epoch,
            site_seq: station.site_seq + 1,
            after: Duration::ZERO,
        }
    }

    /// Would the block follow such an order now?
    pub(super) fn would(
        &self,
        order: &Order,
        target: &OrderTarget,
        load: usize,
        own: bool,
    ) -> bool {
        let load = &self.fleet.loads[load];
        let station = &self.fleet.stations[load.station];
        let moment = Moment {
            own,
            ..self.moment()
        };
        reasons(order, target, station, load, station.site_seq, moment).is_empty()
    }

    /// Gives an order of the gateway's own. A shed is done at once, and its record is owed where it can't be written; a
    /// restore waits for its record.
    pub(super) fn issue(&mut self, order: Order, own: bool) -> Result<(), Refusal> {
        self.issued = self.issued.wrapping_add(1);
        if order.kind == OrderKind::Restore {
            return self.ask_own(order, own);
        }
        let entry = Entry {
            at: self.now,
            actor: order.issued_by.clone(),
            fact: Fact::Order(Box::new(order.clone())),
        };
        let ledger = self.desk.ledger_mut();
        ledger.record(vec![entry], Duty::After, self.now);
        self.obey_own(order, own)
    }

    /// Does it, once it is recorded or must be done without.
    pub(super) fn obey_own(&mut self, order: Order, own: bool) -> Result<(), Refusal> {
        let mut moment = self.moment();
        moment.own = own;
        moment.rule = order.kind == OrderKind::Curtail;
        let wanted = Counted::of(&order, &self.fleet).ordered();
        self.desk.note_own(order.clone(), wanted);
        // Others may have acted while its record was written.
        let serving = self.desk.serving.iter();
        let mut serving = serving.filter(|serves| serves.id == order.id);
        let against = serving.find_map(|serves| self.against_own(&order, serves));
        let terms = Terms {
            roll: None,
            standing: self.world.instructions(),
            against,
            times: Times {
                now: self.now,
                notice: Duration::ZERO,
            },
        };
        self.desk.submit(order, &mut self.fleet, moment, &terms)?;
        self.desk.begin(&mut self.fleet, moment);
        Ok(())
    }

    /// What the closed loop and lapsed leases want; looked at after every reading.
    pub(super) fn own_orders(&mut self) {
        let mut made_up = std::mem::take(&mut self.desk.made_up);
        for made in &mut made_up {
            if let Some(load) = made.spare(&self.fleet) {
                self.trim(made, load);
            }
        }
        made_up.retain(|made| !made.is_over(&self.fleet));
        self.desk.made_up = made_up;
        self.lapsed_blocks();
        self.tell_again();
        self.tell_news();
    }

    /// Gives a substitute back, where the person whose order it served may still give back so much.
    fn trim(&mut self, made: &MadeUp, load: usize) {
        let reason = format!(
            "trim of order {}: a late block has followed",
            shown(made.order)
        );
        let mut order = self.draft(LOOP, OrderKind::Restore, &reason);
        order.plan = made.plan;
        order.targets = vec![self.target(load, self.fleet.loads[load].nameplate_w)];
        let serves = Serves {
            id: order.id,
            order: made.order,
            person: Arc::clone(&made.by),
            two: made.two,
        };
        let may = self.would(&order, &order.targets[0], load, true)
            && self.against_own(&order, &serves).is_none();
        if may && self.issue_for(order, serves).is_ok() {
            tracing::info!(%reason, "trims");
        }
    }

    /// What stands against an order that serves another: that its lease was renewed, or what its person may give back.
    fn against_own(&self, order: &Order, serves: &Serves) -> Option<Reason> {
        if &*order.issued_by == LEASE {
            let lapsed = self.desk.leases.has_lapsed(serves.order, self.world_ms);
            return (!lapsed).then(|| {
                stated(
                    "lease",
                    told!("lease-renewed", "its lease was renewed, or is over"),
                )
            });
        }
        let counted = Counted::of(order, &self.fleet);
        let (person, tally) = (&serves.person, &self.desk.tally);
        let moved = counted.after(person, order.kind, tally, self.moment());
        let allows = |roll: &Roll| roll.allows(person, serves.two, order.kind, moved);
        let allowed = self.acts.roll().is_none_or(allows);
        (!allowed).then(|| {
            stated(
                "limit",
                told!(
                    "limit-served",
                    "it would pass what the person it serves may move"
                ),
            )
        })
    }

    /// Gives an order that serves another.
    fn issue_for(&mut self, order: Order, serves: Serves) -> Result<(), Refusal> {
        let id = order.id;
        self.desk.serves(serves);
        let issued = self.issue(order, true);
        if issued.is_err() {
            // Its record waits for another's: it comes with the next look.
            self.desk.serving.retain(|serves| serves.id != id);
        }
        issued
    }

    /// A lease has lapsed: gives how many of its blocks come back by their rule.
    pub(super) fn lapsed_lease(&mut self, id: OrderId, loads: &[usize]) -> usize {
        let mut count = 0;
        for &index in loads {
            let load = &self.fleet.loads[index];
            let key = BlockKey::new(&self.fleet.stations[load.station].id, &load.id);
            let off = load.target_w < load.nameplate_w && load.is_held_by(id);
            if off && self.lease_rule.restores(&key) {
                let offset = self.ids.unit() * self.lease_rule.offset_ms as f64;
                self.due_back.push(Due {
                    id,
                    at_ms: self.world_ms + offset as i64,
                    load: index,
                });
                count += 1;
            }
        }
        count
    }

    /// Blocks of lapsed leases whose rule says restore: at a random offset, and only with the frequency in band.
    fn lapsed_blocks(&mut self) {
        if !self.desk.limits.allows(self.frequency(), true) {
            return;
        }
        let world_ms = self.world_ms;
        for mut due in std::mem::take(&mut self.due_back) {
            let load = &self.fleet.loads[due.load];
            let done = load.target_w >= load.nameplate_w || !load.is_held_by(due.id);
            if done || !self.desk.leases.has_lapsed(due.id, world_ms) {
                continue;
            }
            if due.at_ms <= world_ms && !load.pending {
                let reason = format!("the lease of order {} has lapsed", shown(due.id));
                let person = load.hold.as_ref().map(|hold| hold.by.clone());
                let mut order = self.draft(LEASE, OrderKind::Restore, &reason);
                order.targets = vec![self.target(due.load, self.fleet.loads[due.load].nameplate_w)];
                let serves = Serves {
                    id: order.id,
                    order: due.id,
                    person: person.unwrap_or_else(|| LEASE.into()),
                    two: false,
                };
                if self.issue_for(order, serves).is_ok() {
                    due.at_ms = world_ms + AGAIN_MS;
                }
            }
            self.due_back.push(due);
        }
    }

    /// Machines that joined a curtailed block are curtailed too: a block that draws more than its target is told it
    /// again, every ten seconds.
    fn tell_again(&mut self) {
        for load in &mut self.fleet.loads {
            let Some(since) = load.over_since else {
                continue;
            };
            let over_ms = self.world_ms - since;
            let heard = load.late.is_some_and(|late| late.hears);
            if !load.pending && heard && over_ms >= 10_000 {
                load.late = None;
            }
        }
    }

    fn tell_news(&mut self) {
        let now = self.now;
        for news in std::mem::take(&mut self.desk.news) {
            match news {
                News::Stopped(id, why) => {
                    let id = shown(id);
                    let text = || {
                        told!(
                            "restore-stopped",
                            "restore {id} stopped: {why}",
                            id = &*id.to_string(),
                            why = why
                        )
                    };
                    let about = About::RestoreStopped(id.to_string());
                    self.alarms
                        .raise(about, Priority::P2, Place::Nation, text, now);
                }
                News::Clear(id) => {
                    let about = About::RestoreStopped(shown(id).to_string());
                    self.alarms.clear(&about, now);
                }
                News::GivenUp(id, why) => {
                    self.stays_off(id);
                    let id = shown(id);
                    self.alarms
                        .clear(&About::RestoreStopped(id.to_string()), now);
                    // Told until somebody has seen it; there is nothing that could return to normal by itself.
                    let about = About::RestoreGivenUp(id.to_string());
                    let text = || {
                        told!(
                            "restore-given-up",
                            "restore {id} given up: {why}; what waited stays off",
                            id = &*id.to_string(),
                            why = why
                        )
                    };
                    self.alarms
                        .raise(about.clone(), Priority::P2, Place::Nation, text, now);
                    self.alarms.clear(&about, now);
                }
                News::Disobeys(load, instead) => {
                    let index = load;
                    let load = &self.fleet.loads[index];
                    let site = self.fleet.stations[load.station].id.clone();
                    let text = || match instead {
                        0 => told!(
                            "disobeys",
                            "{block} does not follow its order; nothing may take its place",
                            block = &*load.name
                        ),
                        n => told!(
                            "disobeys-replaced",
                            "{block} does not follow its order; {n} others take its place",
                            block = &*load.name,
                            n = n
                        ),
                    };
                    let about = About::Disobeys(index);
                    self.alarms.raise(
                        about,
                        Priority::P2,
                        Place::Block(&site, &load.id),
                        text,
                        now,
                    );
                    self.disobeying.push(index);
                }
            }
        }
        let loads = &self.fleet.loads;
        let alarms = &mut self.alarms;
        self.disobeying.retain(|&index| {
            let load = &loads[index];
            let still = load.power_w > load.target_w.max(load.floor_w) + 0.03 * load.nameplate_w;
            if !still {
                alarms.clear(&About::Disobeys(index), now);
            }
            still
        });
    }
}
