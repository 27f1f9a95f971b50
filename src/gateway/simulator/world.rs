//! Demand, generation and the dispatcher of the simulated grid.
//!
//! The dispatcher plans a surplus for mining and follows demand with gas and the combined plants, within their ramps.
//! What is not soaked up flows over the ties (`tie_line_deviation`) and moves the frequency.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::grid::{GenerationUnit, GridReading, GridState, Instruction};
use crate::domain::quality::Quality;
use crate::domain::reserve::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

use super::chance::Chance;
use super::clock::Clock;
use super::curves::{demand, sun};
use super::frequency::{STEP_S, Swing};

/// Surplus that the dispatcher plans for, over the fleet's nameplate: what the fleet draws with its cooling, and some.
const PLANNED: f64 = 1.075;
/// The same in the evening peak.
const PLANNED_PEAK: f64 = 0.90;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Drive {
    Nuclear,
    Follows,
    Heat,
    Wind,
    Sun,
    Water,
}

#[derive(Debug)]
struct Plant {
    name: Arc<str>,
    kind: &'static str,
    drive: Drive,
    capacity: f64,
    power: f64,
    /// Out until then.
    tripped_until: Option<i64>,
    /// On its way back.
    starting: bool,
}

/// The grid.
#[derive(Debug)]
pub(super) struct World {
    plants: Vec<Plant>,
    swing: Swing,
    chance: Chance,
    nameplate_mw: f64,
    demand: f64,
    export: f64,
    /// Fast noise of the whole area, MW; slow noise of demand and wind, as parts.
    jitter: f64,
    drift: f64,
    gusts: f64,
    /// Extra imbalance by script, MW, until then.
    shove: Option<(f64, i64)>,
    /// The frequency's meter is dead until then.
    blind_until: i64,
    mining_mw: f64,
    trips: u32,
    standing: Vec<Instruction>,
    state: GridState,
}

impl World {
    /// The grid at rest at the start, with this much mining, MW.
    pub(super) fn new(seed: u64, nameplate_mw: f64, mining_mw: f64, clock: Clock) -> Self {
        let plant = |name: &str, kind, drive, capacity: f64| Plant {
            name: name.into(),
            kind,
            drive,
            capacity,
            power: 0.0,
            tripped_until: None,
            starting: false,
        };
        let mut world = Self {
            plants: vec![
                plant("Astravets 1", "nuclear", Drive::Nuclear, 1_110.0),
                plant("Astravets 2", "nuclear", Drive::Nuclear, 1_110.0),
                plant("Lukoml GRES", "gas", Drive::Follows, 2_700.0),
                plant("Biaroza GRES", "gas", Drive::Follows, 1_060.0),
                plant("Minsk CHP-4", "chp", Drive::Follows, 1_000.0),
                plant("other CHP", "chp", Drive::Heat, 2_400.0),
                plant("wind", "wind", Drive::Wind, 125.0),
                plant("solar", "solar", Drive::Sun, 270.0),
                plant("hydro", "hydro", Drive::Water, 95.0),
            ],
            swing: Swing::at_rest(0.0),
            chance: Chance::new(seed, 2),
            nameplate_mw,
            demand: 0.0,
            export: 0.0,
            jitter: 0.0,
            drift: 0.0,
            gusts: 0.5,
            shove: None,
            blind_until: i64::MIN,
            mining_mw,
            trips: 0,
            standing: Vec::new(),
            state: GridState::Normal,
        };
        world.second(0, clock, 1e9);
        world.swing = Swing::at_rest(world.imbalance(0));
        world
    }

    /// Another second: weather, demand, dispatch. `ramp` stretches the plants' ramps (without bound at the start).
    fn second(&mut self, world_ms: i64, clock: Clock, ramp: f64) {
        self.drift += -self.drift / 900.0 + self.chance.bell() * 0.0003;
        self.gusts = (self.gusts + (0.35 - self.gusts) / 3_600.0 + self.chance.bell() * 0.004)
            .clamp(0.02, 0.95);
        self.jitter += -self.jitter / 15.0 + self.chance.bell() * 3.0;
        self.demand = demand(clock, world_ms) * (1.0 + self.drift);
        let hour = clock.hour(world_ms);
        self.export = 230.0 + 70.0 * ((hour - 3.0) / 24.0 * std::f64::consts::TAU).cos();
        let cold = clock.cold(world_ms);
        for plant in &mut self.plants {
            if let Some(until) = plant.tripped_until {
                if world_ms < until {
                    plant.power = 0.0;
                    continue;
                }
                plant.tripped_until = None;
                plant.starting = true;
            }
            let wanted = match plant.drive {
                Drive::Nuclear => plant.capacity * 0.998,
                Drive::Heat => plant.capacity * (0.52 + 0.26 * cold),
                Drive::Wind => plant.capacity * self.gusts,
                Drive::Sun => plant.capacity * sun(hour, cold),
                Drive::Water => plant.capacity * 0.45,
                Drive::Follows => continue,
            };
            // 3 % of capacity a minute, as a big unit comes back.
            let most = plant.capacity * 0.03 / 60.0 * ramp;
            plant.power += (wanted - plant.power).clamp(-most, most);
            if plant.starting && wanted - plant.power < 1.0 {
                plant.starting = false;
            }
        }
        let others: f64 = self
            .plants
            .iter()
            .filter(|plant| plant.drive != Drive::Follows)
            .map(|plant| plant.power)
            .sum();
        let follow: f64 = self.following().map(|plant| plant.capacity).sum();
        let needed = demand(clock, world_ms) + self.export + self.planned(hour) - others;
        let part = (needed / follow).clamp(0.12, 0.97);
        for plant in &mut self.plants {
            if plant.drive == Drive::Follows && plant.tripped_until.is_none() {
                // 1.5 % of capacity a minute.
                let most = plant.capacity * 0.015 / 60.0 * ramp;
                plant.power += (plant.capacity * part - plant.power).clamp(-most, most);
                plant.starting = plant.starting && plant.power < plant.capacity * part - 1.0;
            }
        }
    }

    fn following(&self) -> impl Iterator<Item = &Plant> {
        self.plants
            .iter()
            .filter(|plant| plant.drive == Drive::Follows && plant.tripped_until.is_none())
    }

    /// Surplus that the dispatcher plans for, MW; half an hour to and from the evening peak.
    fn planned(&self, hour: f64) -> f64 {
        let peak = ((hour - 16.5) / 0.5)
            .min((20.5 - hour) / 0.5)
            .clamp(0.0, 1.0);
        self.nameplate_mw * (PLANNED + (PLANNED_PEAK - PLANNED) * peak)
    }

    /// A quarter of a second of frequency, or any whole number of its steps; `mining_mw` is what the fleet draws.
    pub(super) fn step(&mut self, world_ms: i64, dt_ms: i64, mining_mw: f64, clock: Clock) {
        self.mining_mw = mining_mw;
        if world_ms / 1_000 != (world_ms - dt_ms) / 1_000 {
            self.second(world_ms, clock, 1.0);
            self.dispatch(world_ms, clock);
        }
        if self.shove.is_some_and(|(_, until)| until <= world_ms) {
            self.shove = None;
        }
        let imbalance = self.imbalance(world_ms) + self.jitter;
        for _ in 0..(dt_ms as f64 / 1_000.0 / STEP_S).round() as u32 {
            self.swing.step(imbalance);
        }
    }

    /// After a leap in time too long to be integrated: at rest again.
    pub(super) fn leap(&mut self, world_ms: i64, mining_mw: f64, clock: Clock) {
        self.mining_mw = mining_mw;
        self.shove = None;
        self.jitter = 0.0;
        self.second(world_ms, clock, 1e9);
        self.swing = Swing::at_rest(self.imbalance(world_ms));
        self.dispatch(world_ms, clock);
    }

    /// More generation than load, MW: what flows over the ties beyond the schedule.
    fn imbalance(&self, world_ms: i64) -> f64 {
        let shove = self
            .shove
            .filter(|&(_, until)| world_ms < until)
            .map_or(0.0, |(mw, _)| mw);
        self.surplus() - self.mining_mw + shove
    }

    fn surplus(&self) -> f64 {
        let generation: f64 = self.plants.iter().map(|plant| plant.power).sum();
        generation - self.demand - self.export
    }

    /// Frequency, mHz.
    pub(super) fn millihertz(&self) -> i64 {
        50_000 + (self.swing.deviation_hz() * 1_000.0).round() as i64
    }

    /// The dispatcher's eyes: state and instructions.
    fn dispatch(&mut self, world_ms: i64, clock: Clock) {
        let deviation = self.surplus() - self.mining_mw;
        let frequency = self.millihertz();
        // Once it is not normal, it takes more to be normal again.
        let (low, short) = match self.state {
            GridState::Normal => (49_900, -300.0),
            GridState::Alert | GridState::Emergency => (49_930, -200.0),
        };
        self.state = if frequency < 49_800 || deviation < -600.0 {
            GridState::Emergency
        } else if frequency < low || deviation < short {
            GridState::Alert
        } else {
            GridState::Normal
        };
        let hour = clock.hour(world_ms);
        let peak_id = format!("peak-{}", clock.day(world_ms));
        let peak = (16.25..20.5).contains(&hour);
        let known = self.standing.iter().any(|i| *i.id == *peak_id);
        if peak && !known && self.nameplate_mw > 0.0 {
            let ends = world_ms + ((20.5 - hour) * 3_600_000.0) as i64;
            let from = world_ms + (((16.5 - hour).max(0.0)) * 3_600_000.0) as i64;
            self.standing.push(Instruction {
                id: peak_id.into(),
                target: ten_megawatts(self.nameplate_mw * PLANNED_PEAK),
                from: clock.wall(from),
                to: Some(clock.wall(ends)),
                ramp_w_s: Power::from_watts((500_000.0 * clock.speed()) as i64),
                reason: "evening peak".into(),
            });
        }
        let now = clock.wall(world_ms);
        self.standing
            .retain(|instruction| instruction.to.is_none_or(|to| to > now));
    }

    /// Takes a unit off; false where there is none of that name.
    pub(super) fn trip(&mut self, unit: &str, world_ms: i64, until: i64, clock: Clock) -> bool {
        let Some(plant) = self.plants.iter_mut().find(|plant| *plant.name == *unit) else {
            return false;
        };
        plant.power = 0.0;
        plant.tripped_until = Some(until);
        plant.starting = false;
        self.trips += 1;
        let target = ten_megawatts(self.surplus().clamp(0.0, self.nameplate_mw));
        self.instruct(
            &format!("trip-{}", self.trips),
            target,
            world_ms,
            Some(until),
            format!("{unit} tripped"),
            clock,
        );
        true
    }

    /// Puts an instruction of the dispatcher up.
    pub(super) fn instruct(
        &mut self,
        id: &str,
        target: Power,
        world_ms: i64,
        until: Option<i64>,
        reason: String,
        clock: Clock,
    ) {
        self.standing.retain(|instruction| *instruction.id != *id);
        self.standing.push(Instruction {
            id: id.into(),
            target,
            from: clock.wall(world_ms),
            to: until.map(|until| clock.wall(until)),
            ramp_w_s: Power::ZERO,
            reason: reason.into(),
        });
    }

    /// Pulls the frequency by about so much for a while.
    pub(super) fn pull(&mut self, millihertz: f64, until: i64) {
        self.shove = Some((Swing::imbalance_for(millihertz / 1_000.0), until));
    }

    /// What the dispatcher wants.
    pub(super) fn instructions(&self) -> &[Instruction] {
        &self.standing
    }

    /// Nobody reads the frequency until then.
    pub(super) fn blind_until(&mut self, until: i64) {
        self.blind_until = until;
    }

    /// Does nobody read the frequency?
    pub(super) fn blind(&self, world_ms: i64) -> bool {
        world_ms < self.blind_until
    }

    /// Is there such a unit?
    pub(super) fn has_unit(&self, unit: &str) -> bool {
        self.plants.iter().any(|plant| *plant.name == *unit)
    }

    /// Units that are out, with what they could give, MW.
    pub(super) fn units(&self) -> impl Iterator<Item = (&Arc<str>, f64, bool)> {
        self.plants
            .iter()
            .map(|plant| (&plant.name, plant.capacity, plant.tripped_until.is_some()))
    }

    /// The grid as it is reported.
    pub(super) fn reading(&self, now: Timestamp, world_ms: i64) -> GridReading {
        let surplus = self.surplus();
        GridReading {
            grid_node: None,
            frequency: (!self.blind(world_ms)).then(|| Hertz::from_millihertz(self.millihertz())),
            tie_line_deviation: Some(megawatts(surplus - self.mining_mw)),
            demand: Some(megawatts(self.demand)),
            mining: Some(megawatts(self.mining_mw)),
            export: Some(megawatts(self.export)),
            generation: self.plants.iter().map(unit).collect(),
            surplus: Some(megawatts(surplus)),
            price: Some(self.price()),
            state: Some(self.state),
            instructions: self.standing.clone(),
            quality: Quality::Good,
            measured_at: now,
        }
    }

    /// Dearer the more of the following plant is in use.
    fn price(&self) -> Money {
        let in_use = (self.demand - 3_500.0) / 2_500.0;
        let byn = 118.0 + 95.0 * in_use.clamp(0.0, 1.2);
        Money {
            amount: Decimal::new((byn * 100.0).round() as i64, 2),
            currency: Currency("BYN".into()),
        }
    }
}

fn unit(plant: &Plant) -> GenerationUnit {
    let state = if plant.tripped_until.is_some() {
        "tripped"
    } else if plant.starting {
        "starting"
    } else {
        "running"
    };
    GenerationUnit {
        unit: plant.name.clone(),
        kind: plant.kind.into(),
        power: megawatts(plant.power),
        capacity: megawatts(plant.capacity),
        state: state.into(),
    }
}

fn megawatts(mw: f64) -> Power {
    Power::from_watts((mw * 1e6).round() as i64)
}

fn ten_megawatts(mw: f64) -> Power {
    Power::from_megawatts((mw / 10.0).floor() as i64 * 10)
}
