//! Plays the script: each event once, when its time has come; and ends what it began.

use crate::domain::alarm::Priority;
use crate::domain::ids::BlockKey;
use crate::domain::sentence::told;
use crate::domain::units::Power;

use super::Simulator;
use super::alarms::{About, Place};
use super::load::{Condition, Joined};
use super::script::{BlockFault, Event, Fault, Script, ScriptError};

/// Names in a script that this nation does not have; empty: it can be played as it is.
pub(super) fn unknown(simulator: &Simulator, script: &Script) -> Vec<ScriptError> {
    let missing = |event: &Event| {
        let message = match &event.fault {
            Fault::UnitTrip { unit, .. } if !simulator.world.has_unit(unit) => {
                format!("no generating unit is called `{unit}`")
            }
            Fault::LinkLoss { site, .. } | Fault::Authority { site, .. }
                if simulator.fleet.site(site).is_none() =>
            {
                format!("no site is called `{}`", site.as_str())
            }
            Fault::Block { site, block, .. } => {
                if simulator.fleet.block(&BlockKey::new(site, block)).is_some() {
                    return None;
                }
                let (block, site) = (block.as_str(), site.as_str());
                format!("no block `{block}` stands in a site `{site}`")
            }
            _ => return None,
        };
        Some(ScriptError {
            line: event.line,
            message,
        })
    };
    script.events.iter().filter_map(missing).collect()
}

impl Simulator {
    /// Plays what is due. Names that the nation does not have are passed over ([`Simulator::script_errors`] tells them
    /// before the start).
    pub(super) fn play(&mut self) {
        while let Some(event) = self.script.events.get(self.played) {
            if event.at_ms > self.world_ms {
                break;
            }
            let event = event.clone();
            self.played += 1;
            self.befall(event);
        }
    }

    fn befall(&mut self, event: Event) {
        let world_ms = self.world_ms;
        let now = self.clock.wall(world_ms);
        match event.fault {
            Fault::UnitTrip { unit, for_ms } => {
                self.world
                    .trip(&unit, world_ms, world_ms + for_ms, self.clock);
            }
            Fault::LinkLoss { site, for_ms } => {
                if let Some(site) = self.fleet.site(&site) {
                    self.fleet.stations[site].silent_until = Some(world_ms + for_ms);
                }
            }
            Fault::Block {
                site,
                block,
                for_ms,
                what,
            } => {
                if let Some(index) = self.fleet.block(&BlockKey::new(&site, &block)) {
                    self.befall_block(index, what, world_ms + for_ms);
                }
            }
            Fault::Frequency { millihertz, for_ms } => {
                self.world.pull(millihertz, world_ms + for_ms);
            }
            Fault::Blind { for_ms } => self.world.blind_until(world_ms + for_ms),
            Fault::Authority { site, holder } => {
                if let Some(index) = self.fleet.site(&site) {
                    let station = &mut self.fleet.stations[index];
                    station.authority.epoch += 1;
                    station.authority.holder = holder.as_deref().map(Into::into);
                    let about = About::Authority(index);
                    match holder {
                        Some(holder) => self.alarms.raise(
                            about,
                            Priority::P3,
                            Place::Site(&site),
                            || {
                                told!(
                                    "authority-taken",
                                    "authority taken by {holder}",
                                    holder = &*holder
                                )
                            },
                            now,
                        ),
                        None => self.alarms.clear(&about, now),
                    }
                }
            }
            Fault::Instruction {
                megawatts,
                for_ms,
                reason,
            } => {
                let id = format!("script-{}", event.line);
                let until = Some(world_ms + for_ms);
                self.world.instruct(
                    &id,
                    Power::from_megawatts(megawatts),
                    world_ms,
                    until,
                    reason,
                    self.clock,
                );
            }
        }
    }

    fn befall_block(&mut self, index: usize, what: BlockFault, until: i64) {
        let load = &mut self.fleet.loads[index];
        match what {
            BlockFault::Stuck => load.stuck_until = Some(until),
            BlockFault::Lying { part } => {
                load.lying = Some((part, until));
                load.source = crate::domain::fleet::PowerSource::Firmware;
            }
            BlockFault::Late { machines, hears } => {
                load.late = Some(Joined {
                    machines: machines.min(load.healthy()),
                    until,
                    hears,
                });
            }
            BlockFault::Local => {
                load.condition = Condition::Local;
                self.mends.push((until, index));
            }
            BlockFault::Faulted => {
                load.condition = Condition::Faulted;
                self.mends.push((until, index));
            }
        }
    }

    /// Blocks that are sound again.
    pub(super) fn mend(&mut self) {
        let world_ms = self.world_ms;
        let loads = &mut self.fleet.loads;
        self.mends.retain(|&(until, index)| {
            if until > world_ms {
                return true;
            }
            loads[index].condition = Condition::Sound;
            false
        });
    }
}
