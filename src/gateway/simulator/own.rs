//! What the gateway orders by itself: trims of its closed loop, restores of lapsed leases, and what its rules say.
//!
//! Invariant: each is an order like any other: journalled before it is run, said to every console under its issuer's
//! name, and held to the same interlocks and the same limits of restoring.

use std::time::Duration;

use crate::control::rules::{Candidate, Decision, Seen, Under, pick};
use crate::domain::alarm::Priority;
use crate::domain::fleet::PowerSource;
use crate::domain::ids::{BlockKey, GatewayId, OrderId, SiteId};
use crate::domain::order::{Order, OrderKind, OrderStatus, OrderTarget, Phase, PlanHash};
use crate::domain::units::{Hertz, Power};
use crate::gateway::Refusal;

use super::alarms::About;
use super::interlock::reasons;
use super::orders::News;
use super::{GATEWAY, NATION, Simulator};

/// Who issues the closed loop's own orders, and those of lapsed leases.
const LOOP: &str = "closed loop";
const LEASE: &str = "lapsed lease";
/// An own order begins at once or not at all, ms of the world.
const BEGINS_WITHIN_MS: i64 = 60_000;
/// What could not be given back is tried again after so long, ms.
const AGAIN_MS: i64 = 30_000;

/// An id as people read it.
fn shown(id: OrderId) -> ulid::Ulid {
    ulid::Ulid(id.0)
}

/// Who issues a rule's orders.
fn issuer(rule: &str) -> String {
    format!("rule {rule}")
}

/// Blocks of a lapsed lease that may be given back from a world time on.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) id: OrderId,
    pub(super) at_ms: i64,
    pub(super) load: usize,
}

impl Simulator {
    /// The frequency as the gateway reads it.
    pub(super) fn frequency(&self) -> Option<Hertz> {
        (!self.world.blind(self.world_ms)).then(|| Hertz::from_millihertz(self.world.millihertz()))
    }

    fn draft(&mut self, by: &str, kind: OrderKind, reason: &str) -> Order {
        let random = (self.ids.unit() * (1_u64 << 53) as f64) as u128;
        let millis = u128::from(self.now.millis().unsigned_abs());
        Order {
            id: OrderId((millis << 80) | (random << 16) | u128::from(self.issued)),
            plan: PlanHash([0; 32]),
            nation: NATION.into(),
            gateway: GatewayId::new(GATEWAY),
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
        }
    }

    fn target(&self, load: usize, target_w: f64) -> OrderTarget {
        let load = &self.fleet.loads[load];
        let station = &self.fleet.stations[load.station];
        OrderTarget {
            site: station.id.clone(),
            block: load.id.clone(),
            // Up to the next whole watt: a target is never below what the block may draw.
            target: Power::from_watts(target_w.ceil() as i64),
            epoch: station.authority.epoch,
            site_seq: station.site_seq + 1,
        }
    }

    fn issue(&mut self, order: Order, own: bool) -> Result<OrderStatus, Refusal> {
        let id = order.id;
        self.issued = self.issued.wrapping_add(1);
        let mut moment = self.moment();
        moment.own = own;
        let standing = self.world.instructions().to_vec();
        self.desk
            .submit(order, &mut self.fleet, moment, None, &standing)?;
        self.desk.begin(&mut self.fleet, moment);
        self.desk.query(id, self.now)
    }

    /// What the closed loop and lapsed leases want; looked at after every reading.
    pub(super) fn own_orders(&mut self) {
        let mut made_up = std::mem::take(&mut self.desk.made_up);
        for made in &mut made_up {
            if let Some(load) = made.spare(&self.fleet) {
                let reason = format!(
                    "trim of order {}: a late block has followed",
                    shown(made.order)
                );
                let mut order = self.draft(LOOP, OrderKind::Restore, &reason);
                order.targets = vec![self.target(load, self.fleet.loads[load].nameplate_w)];
                if let Ok(status) = self.issue(order, true)
                    && status.phase != Phase::Rejected
                {
                    tracing::info!(%reason, "trimmed");
                }
            }
        }
        made_up.retain(|made| !made.is_over(&self.fleet));
        self.desk.made_up = made_up;
        self.lapsed_blocks();
        self.tell_again();
        self.tell_news();
    }

    /// A lease has lapsed: gives how many of its blocks come back by their rule.
    pub(super) fn lapsed_lease(&mut self, id: OrderId, loads: &[usize]) -> usize {
        let mut count = 0;
        for &index in loads {
            let load = &self.fleet.loads[index];
            let key = BlockKey::new(&self.fleet.stations[load.station].id, &load.id);
            if self.lease_rule.restores(&key) && load.target_w < load.nameplate_w {
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
            let back = load.target_w >= load.nameplate_w;
            if back || !self.desk.leases.has_lapsed(due.id) {
                continue;
            }
            if due.at_ms <= world_ms && !load.pending {
                let reason = format!("the lease of order {} has lapsed", shown(due.id));
                let mut order = self.draft(LEASE, OrderKind::Restore, &reason);
                order.targets = vec![self.target(due.load, self.fleet.loads[due.load].nameplate_w)];
                let _ = self.issue(order, true);
                due.at_ms = world_ms + AGAIN_MS;
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
                    let text = || format!("restore {id} stopped: {why}");
                    let about = About::Named(format!("restore {id}"));
                    self.alarms.raise(about, Priority::P2, None, text, now);
                }
                News::Clear(id) => {
                    let about = About::Named(format!("restore {}", shown(id)));
                    self.alarms.clear(&about, now);
                }
                News::GivenUp(id, why) => {
                    let id = shown(id);
                    self.alarms
                        .clear(&About::Named(format!("restore {id}")), now);
                    // Told until somebody has seen it; there is nothing that could return to normal by itself.
                    let about = About::Named(format!("given up {id}"));
                    let text = || format!("restore {id} given up: {why}; what waited stays off");
                    self.alarms
                        .raise(about.clone(), Priority::P2, None, text, now);
                    self.alarms.clear(&about, now);
                }
                News::Disobeys(load, instead) => {
                    let index = load;
                    let load = &self.fleet.loads[index];
                    let site = self.fleet.stations[load.station].id.clone();
                    let text = || match instead {
                        0 => format!(
                            "{} does not follow its order; nothing may take its place",
                            load.name
                        ),
                        n => format!(
                            "{} does not follow its order; {n} others take its place",
                            load.name
                        ),
                    };
                    let about = About::Named(format!("disobeys {index}"));
                    self.alarms
                        .raise(about, Priority::P2, Some(&site), text, now);
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
                alarms.clear(&About::Named(format!("disobeys {index}")), now);
            }
            still
        });
    }

    /// What stands shed by a rule, W.
    fn standing(fleet: &super::nation::Fleet, rule: &str) -> f64 {
        let by = issuer(rule);
        let of = |load: &&super::load::Load| load.shed_by.as_deref() == Some(&*by);
        let shed =
            |load: &super::load::Load| (load.full_w() - load.target_w.max(load.floor_w)).max(0.0);
        fleet.loads.iter().filter(of).map(shed).sum()
    }

    /// Lets the rules look, and does what they decide; called at every step of the world.
    pub(super) fn obey_rules(&mut self) {
        let Some(mut rules) = self.rules.take() else {
            return;
        };
        let overheads = |load: &super::load::Load| 1.0 + self.fleet.stations[load.station].overhead;
        let falling = self.fleet.loads.iter().map(|load| {
            let goal_w = load.target_w.max(load.floor_w);
            (load.power_w - goal_w).max(0.0) * overheads(load)
        });
        let seen = Seen {
            at_ms: self.world_ms,
            now: self.clock.wall(self.world_ms),
            frequency: self.frequency(),
            mining_w: self.fleet.mining_w(),
            falling_w: falling.sum(),
            instructions: self.world.instructions(),
        };
        let decisions = rules.look(&seen, |rule| Self::standing(&self.fleet, rule));
        for decision in decisions {
            match decision {
                Decision::Shed {
                    rule,
                    want_w,
                    most_w,
                    why,
                } => {
                    let all = rules.rules();
                    let under: Option<&Under> = all.under.iter().find(|under| under.name == rule);
                    let (sites, most_sites) = match (under, &all.follow) {
                        (Some(under), _) => (under.sites.clone(), usize::MAX),
                        (None, Some(follow)) => (follow.sites.clone(), follow.most_sites),
                        (None, None) => (None, 0),
                    };
                    self.shed_by_rule(&rule, (want_w, most_w), sites.as_deref(), most_sites, &why);
                }
                Decision::GiveBack { rule } => self.give_back_by_rule(&rule),
            }
        }
        if self.world_ms % 1_000 == 0 {
            let names = rules.rules().under.iter().map(|under| &under.name);
            for name in names.chain(rules.rules().follow.iter().map(|follow| &follow.name)) {
                let about = About::Named(issuer(name));
                if Self::standing(&self.fleet, name) <= 0.0 {
                    self.alarms.clear(&about, self.now);
                }
            }
        }
        self.rules = Some(rules);
    }

    fn shed_by_rule(
        &mut self,
        rule: &str,
        (want_w, most_w): (f64, f64),
        sites: Option<&[SiteId]>,
        most_sites: usize,
        why: &str,
    ) {
        let by = issuer(rule);
        let mut order = self.draft(&by, OrderKind::Curtail, why);
        let moment = self.moment();
        let (mut candidates, mut held, mut taken) = (Vec::new(), 0, Vec::new());
        for (index, load) in self.fleet.loads.iter().enumerate() {
            let station = &self.fleet.stations[load.station];
            let mine = load.shed_by.as_deref() == Some(&*by) && load.target_w < load.full_w();
            if mine {
                taken.push(station.id.clone());
            }
            if sites.is_some_and(|sites| !sites.contains(&station.id)) || load.limits.notice_ms > 0
            {
                continue;
            }
            let lowest_w = load.floor_w.max(load.must_run_at(moment.world_ms));
            let target = self.target(index, lowest_w);
            let against = reasons(&order, &target, station, load, station.site_seq, moment);
            if !against.is_empty() {
                let other = |r: &crate::domain::order::Reason| r.code() == "authority";
                held += usize::from(against.iter().any(other));
                continue;
            }
            let draws_w = match load.source {
                PowerSource::Firmware => load.target_w.min(load.full_w()),
                _ => load.reading.power.watts() as f64,
            };
            candidates.push((
                target,
                Candidate {
                    key: BlockKey::new(&station.id, &load.id),
                    watts: draws_w - lowest_w,
                    joules_per_terahash: load.class.watts / load.class.terahash,
                },
            ));
        }
        taken.sort_unstable();
        taken.dedup();
        // Sites where the rule has shed already count; of new ones there may be so many more.
        let new_sites = most_sites.saturating_sub(taken.len());
        let known: Vec<Candidate> = candidates
            .iter()
            .map(|(_, candidate)| candidate.clone())
            .filter(|candidate| {
                most_sites == usize::MAX || new_sites > 0 || taken.contains(&candidate.key.site)
            })
            .collect();
        let sites_now = if new_sites > 0 {
            new_sites
        } else {
            taken.len()
        };
        let keys = pick(known, want_w, most_w, sites_now);
        let chosen =
            |target: &OrderTarget| keys.contains(&BlockKey::new(&target.site, &target.block));
        let sum_w: f64 = candidates
            .iter()
            .filter(|(target, _)| chosen(target))
            .map(|(_, candidate)| candidate.watts)
            .sum();
        let left_out = match held {
            0 => String::new(),
            n => format!("; {n} blocks left out: the authority over their sites is held"),
        };
        order.targets = candidates
            .into_iter()
            .map(|(target, _)| target)
            .filter(chosen)
            .collect();
        let shed = !order.targets.is_empty();
        let text = if !shed {
            format!("{by}: nothing could be shed, {why}{left_out}")
        } else {
            match self.issue(order, false) {
                Ok(_) => {
                    let in_all = Self::standing(&self.fleet, rule) / 1e6;
                    let in_all = in_all.max(sum_w / 1e6);
                    format!("{by}: shed {in_all:.0} MW, {why}{left_out}")
                }
                Err(refusal) => format!("{by}: nothing is shed, {why}: {refusal}"),
            }
        };
        tracing::warn!(%text, "a rule has acted");
        let about = About::Named(by);
        // Each step that sheds is a new occurrence; that nothing can be shed is said once.
        if shed {
            self.alarms.clear(&about, self.now);
        }
        self.alarms
            .raise(about, Priority::P1, None, || text, self.now);
    }

    fn give_back_by_rule(&mut self, rule: &str) {
        let by = issuer(rule);
        let mut order = self.draft(&by, OrderKind::Restore, "as the rule says");
        for (index, load) in self.fleet.loads.iter().enumerate() {
            if load.shed_by.as_deref() == Some(&*by) {
                order.targets.push(self.target(index, load.nameplate_w));
            }
        }
        if !order.targets.is_empty()
            && let Err(refusal) = self.issue(order, false)
        {
            tracing::error!(%refusal, %by, "nothing is given back");
        }
    }
}
