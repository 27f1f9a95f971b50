//! What the gateway itself finds abnormal; looked at with every full reading.

use crate::domain::alarm::Priority;
use crate::domain::sentence::told;

use super::Simulator;
use super::alarms::{About, Place};
use super::load::{Condition, Load, OVERDRAW_MS};
use super::progress::unmetered;
use crate::domain::fleet::PowerSource;

/// A block has so long to follow before its draw is held against it.
const GRACE_MS: i64 = 15_000;
/// Limits of frequency, mHz, with their urgency.
const LOW: [(i64, Priority); 2] = [(49_900, Priority::P2), (49_800, Priority::P1)];
const HIGH: i64 = 50_200;
/// A limit is left only beyond this, mHz, so that an alarm does not chatter.
const HYSTERESIS: i64 = 20;

impl Simulator {
    /// Raises and clears.
    pub(super) fn watch(&mut self) {
        self.watch_blocks();
        self.watch_sites();
        self.watch_grid();
        let changes = self.desk.leases.look(&self.fleet, self.world_ms);
        let over = changes.over;
        for (id, loads) in changes.lapsed {
            let back = self.lapsed_lease(id, &loads);
            let text = || match back {
                0 => told!(
                    "lease-lapsed",
                    "the lease of an order has lapsed; its blocks hold until restored"
                ),
                n => told!(
                    "lease-lapsed-some",
                    "the lease of an order has lapsed; {n} of its blocks come back by their rule, the others hold",
                    n = n
                ),
            };
            self.alarms.raise(
                About::Lease(id.0),
                Priority::P2,
                Place::Nation,
                text,
                self.now,
            );
        }
        for id in over {
            self.alarms.clear(&About::Lease(id.0), self.now);
        }
        self.alarms.unshelve(self.now);
        self.watch_departed();
    }

    fn watch_blocks(&mut self) {
        let (now, world_ms) = (self.now, self.world_ms);
        for index in 0..self.fleet.loads.len() {
            let load = &mut self.fleet.loads[index];
            over(load, world_ms);
            let load = &self.fleet.loads[index];
            let place = Place::Block(&self.fleet.stations[load.station].id, &load.id);
            if load.condition == Condition::Faulted {
                let text = || {
                    told!(
                        "fault",
                        "{block}: faulted, {failed} of {all} machines",
                        block = &*load.name,
                        failed = i64::from(load.faulted),
                        all = i64::from(load.total)
                    )
                };
                self.alarms
                    .raise(About::Fault(index), Priority::P2, place, text, now);
            } else {
                self.alarms.clear(&About::Fault(index), now);
            }
            match load.over_since {
                Some(since) if world_ms - since >= OVERDRAW_MS => {
                    let text = || {
                        told!(
                            "overdraw",
                            "{block}: draws {draws_kw} MW against a target of {target_kw} for {over_ms}",
                            block = &*load.name,
                            draws_kw = load.reading.power.watts() / 1_000,
                            target_kw = above_floor_kw(load),
                            over_ms = world_ms - since
                        )
                    };
                    self.alarms
                        .raise(About::Overdraw(index), Priority::P2, place, text, now);
                }
                Some(_) => {}
                None => self.alarms.clear(&About::Overdraw(index), now),
            }
        }
    }

    fn watch_sites(&mut self) {
        let (now, world_ms) = (self.now, self.world_ms);
        for index in 0..self.fleet.stations.len() {
            let station = &self.fleet.stations[index];
            let silent = station.silent_until.is_some_and(|until| world_ms < until);
            let (beyond_w, sheet_w) = unmetered(&self.fleet, station);
            let slack_w = 0.06 * sheet_w + 0.01 * station.meter_w;
            let blocks = self.fleet.of(station);
            let settled = blocks
                .iter()
                .all(|load| world_ms - load.target_since >= GRACE_MS);
            let disagrees = sheet_w > 0.0 && settled && !silent && beyond_w > slack_w;
            let since = match (disagrees, station.disagrees_since) {
                (true, since) => Some(since.unwrap_or(world_ms)),
                (false, _) => None,
            };
            let id = station.id.clone();
            self.fleet.stations[index].disagrees_since = since;
            match since {
                Some(since) if world_ms - since >= OVERDRAW_MS => self.alarms.raise(
                    About::Disagrees(index),
                    Priority::P2,
                    Place::Site(&id),
                    || {
                        told!(
                            "meter-disagrees",
                            "grid meter reads {more_kw} MW more than the blocks account for",
                            more_kw = (beyond_w / 1e3) as i64
                        )
                    },
                    now,
                ),
                Some(_) => {}
                None => self.alarms.clear(&About::Disagrees(index), now),
            }
            if silent {
                let text = || told!("silent", "does not report to its gateway");
                self.alarms.raise(
                    About::Silent(index),
                    Priority::P2,
                    Place::Site(&id),
                    text,
                    now,
                );
            } else {
                self.alarms.clear(&About::Silent(index), now);
            }
        }
    }

    fn watch_grid(&mut self) {
        let now = self.now;
        for (unit, capacity, tripped) in self.world.units() {
            let about = About::Unit(unit.clone());
            if tripped {
                let text = || {
                    told!(
                        "unit-trip",
                        "{unit} tripped, {lost_kw} MW lost",
                        unit = unit,
                        lost_kw = (capacity * 1e3) as i64
                    )
                };
                self.alarms
                    .raise(about, Priority::P1, Place::Nation, text, now);
            } else {
                self.alarms.clear(&about, now);
            }
        }
        let frequency = self.world.millihertz();
        for (limit, priority) in LOW {
            let about = About::LowFrequency(limit);
            if frequency < limit {
                let text = || {
                    told!(
                        "frequency-low",
                        "frequency {at_mhz} Hz is below {limit_mhz}",
                        at_mhz = frequency,
                        limit_mhz = limit
                    )
                };
                self.alarms.raise(about, priority, Place::Nation, text, now);
            } else if frequency > limit + HYSTERESIS {
                self.alarms.clear(&about, now);
            }
        }
        if frequency > HIGH {
            let text = || {
                told!(
                    "frequency-high",
                    "frequency {at_mhz} Hz is above {limit_mhz}",
                    at_mhz = frequency,
                    limit_mhz = HIGH
                )
            };
            self.alarms
                .raise(About::HighFrequency, Priority::P2, Place::Nation, text, now);
        } else if frequency < HIGH - HYSTERESIS {
            self.alarms.clear(&About::HighFrequency, now);
        }
    }
}

/// Since when a block draws more than it may, by its own meter. Firmware is no witness; the site's meter is.
fn over(load: &mut Load, world_ms: i64) {
    let read_w = load.reading.power.watts() as f64;
    let late = world_ms - load.target_since >= GRACE_MS;
    let witness = load.source != PowerSource::Firmware && load.condition != Condition::Local;
    // A single machine that hashes in a block that is off is worth an alarm; noise and boards are not.
    let slack = (0.02 * load.target_w).max(0.5 * load.class.watts) + 0.01 * load.floor_w;
    if witness && late && read_w > load.target_w.max(load.floor_w) + slack {
        load.over_since.get_or_insert(world_ms);
    } else {
        load.over_since = None;
    }
}

/// The target as people say it: what is down at its floor has one of 0.
fn above_floor_kw(load: &Load) -> i64 {
    if load.target_w <= load.floor_w {
        0
    } else {
        (load.target_w / 1e3) as i64
    }
}
