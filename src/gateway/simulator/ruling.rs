//! What the gateway's rules decide, done: orders under their names, and an alarm of the first priority each.

use std::sync::Arc;

use crate::control::rules::{Candidate, Decision, Seen, Under, pick};
use crate::domain::alarm::Priority;
use crate::domain::fleet::PowerSource;
use crate::domain::ids::{BlockKey, OrderId, SiteId};
use crate::domain::order::{OrderKind, OrderTarget};
use crate::domain::sentence::{Sentence, told};

use super::Simulator;
use super::alarms::{About, Place};
use super::interlock::reasons;
use super::orders::Moment;

/// What stands before a rule's name where it issues orders.
const RULE: &str = "rule ";

/// Who issues a rule's orders.
fn issuer(rule: &str) -> String {
    format!("{RULE}{rule}")
}

/// A rule has shed so much in all, and left so many blocks out.
fn rule_shed(rule: &str, shed_kw: i64, why: &Sentence, held: usize) -> Sentence {
    let why = why.clone();
    match held {
        0 => told!(
            "rule-shed",
            "rule {rule}: shed {shed_kw} MW, {why}",
            rule = rule,
            shed_kw = shed_kw,
            why = why
        ),
        n => told!(
            "rule-shed-part",
            "rule {rule}: shed {shed_kw} MW, {why}; {n} blocks left out: the authority over their sites is held",
            rule = rule,
            shed_kw = shed_kw,
            why = why,
            n = n
        ),
    }
}

/// A rule wanted to shed and could not.
fn rule_shed_nothing(rule: &str, why: &Sentence, held: usize) -> Sentence {
    let why = why.clone();
    match held {
        0 => told!(
            "rule-nothing",
            "rule {rule}: nothing could be shed, {why}",
            rule = rule,
            why = why
        ),
        n => told!(
            "rule-nothing-part",
            "rule {rule}: nothing could be shed, {why}; {n} blocks left out: the authority over their sites is held",
            rule = rule,
            why = why,
            n = n
        ),
    }
}

impl Simulator {
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
        let mut decisions = rules.look(&seen, |rule| Self::standing(&self.fleet, rule));
        if self.world_ms % 1_000 == 0 && self.may_record().is_ok() {
            let sheds = |rule: &Arc<str>| {
                let by = |d: &Decision| matches!(d, Decision::Shed { rule: by, .. } if by == rule);
                decisions.iter().any(by)
            };
            let mut again = std::mem::take(&mut self.giving_back);
            again.retain(|rule| !sheds(rule));
            decisions.extend(again.into_iter().map(|rule| Decision::GiveBack { rule }));
        }
        for decision in decisions {
            match decision {
                Decision::Shed {
                    rule,
                    want_w,
                    most_w,
                    why,
                } => {
                    self.giving_back.remove(&rule);
                    let all = rules.rules();
                    let under: Option<&Under> = all.under.iter().find(|under| under.name == rule);
                    let (sites, most_sites) = match (under, &all.follow) {
                        (Some(under), _) => (under.sites.clone(), usize::MAX),
                        (None, Some(follow)) => (follow.sites.clone(), follow.most_sites),
                        (None, None) => (None, 0),
                    };
                    self.shed_by_rule(&rule, (want_w, most_w), sites.as_deref(), most_sites, &why);
                }
                Decision::GiveBack { rule } => self.give_back_by_rule(rule),
            }
        }
        if self.world_ms % 1_000 == 0 {
            let names = rules.rules().under.iter().map(|under| &under.name);
            for name in names.chain(rules.rules().follow.iter().map(|follow| &follow.name)) {
                let about = About::Rule(issuer(name));
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
        why: &Sentence,
    ) {
        let by = issuer(rule);
        let mut order = self.draft(&by, OrderKind::Curtail, why);
        let moment = Moment {
            rule: true,
            ..self.moment()
        };
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
        order.targets = candidates
            .into_iter()
            .map(|(target, _)| target)
            .filter(chosen)
            .collect();
        let shed = !order.targets.is_empty();
        let text = if shed {
            match self.issue(order, false) {
                Ok(()) => {
                    let in_all = Self::standing(&self.fleet, rule) / 1e6;
                    let shed_kw = (in_all.max(sum_w / 1e6) * 1e3) as i64;
                    rule_shed(rule, shed_kw, why, held)
                }
                Err(refusal) => told!(
                    "rule-refused",
                    "rule {rule}: nothing is shed, {why}: {refusal}",
                    rule = rule,
                    why = why.clone(),
                    refusal = refusal.message
                ),
            }
        } else {
            rule_shed_nothing(rule, why, held)
        };
        tracing::warn!(%text, "a rule has acted");
        let about = About::Rule(by);
        // Each step that sheds is a new occurrence; that nothing can be shed is said once.
        if shed {
            self.alarms.clear(&about, self.now);
        }
        self.alarms
            .raise(about, Priority::P1, Place::Nation, || text, self.now);
    }

    /// Gives back what may come back now of what a rule has shed; the rest is looked at again.
    fn give_back_by_rule(&mut self, rule: Arc<str>) {
        let by = issuer(&rule);
        let mut order = self.draft(&by, OrderKind::Restore, "as the rule says");
        let mut off = false;
        for (index, load) in self.fleet.loads.iter().enumerate() {
            if load.shed_by.as_deref() != Some(&*by) {
                continue;
            }
            off = true;
            let target = self.target(index, load.nameplate_w);
            if self.would(&order, &target, index, false) {
                order.targets.push(target);
            }
        }
        if off {
            self.giving_back.insert(rule);
        }
        if !order.targets.is_empty()
            && let Err(refusal) = self.issue(order, false)
        {
            tracing::error!(%refusal, %by, "nothing is given back yet");
        }
    }

    /// This give-back of a rule was called back, or given up: a person orders anew.
    pub(super) fn stays_off(&mut self, id: OrderId) {
        let own = self.desk.own.iter().find(|own| own.order.id == id);
        let by = own.and_then(|own| own.order.issued_by.strip_prefix(RULE));
        if let Some(rule) = by {
            self.giving_back.remove(rule);
        }
    }
}
