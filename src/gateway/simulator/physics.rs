//! How the nation moves: in fixed steps, however often it is looked at.

use super::Simulator;
use super::load::Condition;
use super::restoring::Grid;

/// A longer leap of the world (a machine that slept) is not integrated, nor one of more steps of blocks than this.
const LEAP_MS: i64 = 6 * 3_600_000;
const LEAP_BLOCK_STEPS: usize = 60_000_000;
/// Share of its machines that fails in an hour, and how long one stays down, h: about 1 % are down.
const FAILS_AN_HOUR: f64 = 0.002;
const REPAIR_HOURS: f64 = 5.0;
/// A step of the physics.
const STEP_MS: i64 = 250;

impl Simulator {
    /// Runs the world on to a time of its own.
    pub(super) fn run_to(&mut self, until: i64) {
        let steps = LEAP_BLOCK_STEPS / self.fleet.loads.len().max(1);
        let most = LEAP_MS.min(i64::try_from(steps).unwrap_or(LEAP_MS) * STEP_MS);
        if until - self.world_ms > most {
            let leap = until - until % STEP_MS - self.world_ms;
            self.world_ms += leap;
            self.play();
            self.mend();
            let moment = self.moment();
            self.desk.begin(&mut self.fleet, moment);
            self.give_back();
            self.move_loads(leap);
            let mining_mw = self.fleet.mining_w() / 1e6;
            self.world.leap(self.world_ms, mining_mw, self.clock);
        }
        while self.world_ms + STEP_MS <= until {
            self.step();
        }
    }

    fn step(&mut self) {
        self.world_ms += STEP_MS;
        self.play();
        self.mend();
        let moment = self.moment();
        self.desk.begin(&mut self.fleet, moment);
        self.give_back();
        self.move_loads(STEP_MS);
        if self.world_ms % 1_000 == 0 {
            self.count(1.0);
        }
        if self.world_ms % 10_000 == 0 {
            self.fail_some(10.0);
        }
        let mining_mw = self.fleet.mining_w() / 1e6;
        self.world
            .step(self.world_ms, STEP_MS, mining_mw, self.clock);
        self.obey_rules();
    }

    /// What waits to be given back, as the grid stands now.
    pub(super) fn give_back(&mut self) {
        let moment = self.moment();
        let grid = Grid {
            frequency: self.frequency(),
            instructions: self.world.instructions(),
        };
        self.desk.give_back(&mut self.fleet, moment, grid);
    }

    /// All blocks fall as they may; those that rise share what the fleet may rise by.
    fn move_loads(&mut self, dt_ms: i64) {
        let world_ms = self.world_ms;
        let mut rising: Vec<(usize, f64)> = Vec::new();
        for (index, load) in self.fleet.loads.iter_mut().enumerate() {
            let rise = load.fall(world_ms, dt_ms);
            if rise > 0.0 {
                rising.push((index, rise));
            }
        }
        let wanted: f64 = rising.iter().map(|rise| rise.1).sum();
        let part = (self.desk.limits.cap_w_s * dt_ms as f64 / 1_000.0 / wanted.max(1.0)).min(1.0);
        for (index, rise) in rising {
            self.fleet.loads[index].power_w += rise * part;
        }
        for load in &mut self.fleet.loads {
            load.judge(world_ms);
        }
    }

    fn count(&mut self, seconds: f64) {
        let mut exahash = Vec::with_capacity(self.fleet.stations.len());
        for station in &self.fleet.stations {
            let blocks = self
                .fleet
                .loads
                .get_mut(station.blocks.clone())
                .unwrap_or_default();
            let mut terahash = 0.0;
            for load in blocks {
                load.count_shares(seconds, station.late_part);
                terahash += f64::from(load.counts().hashing) * load.class.terahash * load.tune;
                if load.target_w < load.nameplate_w {
                    load.shed_ms += (seconds * 1_000.0) as i64;
                }
            }
            exahash.push(terahash / 1e6);
        }
        self.reserve
            .mine(&exahash, seconds, self.world_ms, self.clock);
    }

    /// Machines fail and come back.
    fn fail_some(&mut self, seconds: f64) {
        let hours = seconds / 3_600.0;
        for load in &mut self.fleet.loads {
            let fails = f64::from(load.counts().hashing) * FAILS_AN_HOUR * hours;
            let returns = f64::from(load.faulted) / REPAIR_HOURS * hours;
            let draw = self.failures.unit();
            if draw < fails {
                load.faulted += 1;
            } else if draw > 1.0 - returns && load.condition != Condition::Faulted {
                load.faulted = load.faulted.saturating_sub(1);
            }
        }
    }
}
