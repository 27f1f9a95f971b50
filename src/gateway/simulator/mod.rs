//! A whole nation, simulated: sites, halls, blocks and machines, a grid with a frequency, and a reserve.
//!
//! Invariant: the nation is a pure function of its options, the times it was given and what was asked of it. It has no
//! clock and no I/O of its own. It obeys orders only through its own interlocks, runs no id twice, and says `delivered`
//! only by a meter.
//!
//! Its time may run faster than the wall's ([`SimulatorOptions::speed`]); what it sends bears the wall's time. Physics
//! advances in fixed steps of 250 ms (frequency: 50 ms), so loads and frequency do not depend on how often it is asked.

mod acting;
mod admit;
mod alarms;
mod beginning;
mod boards;
mod chance;
mod clock;
mod closed_loop;
mod command;
mod counted;
mod curves;
mod departed;
mod faults;
mod frequency;
mod interlock;
mod leases;
mod load;
mod machines;
mod nation;
mod orders;
mod own;
mod physics;
mod plants;
mod progress;
mod queued;
mod recording;
mod reserve;
mod restoring;
mod ruling;
mod score;
pub mod script;
mod spread;
mod takings;
mod tape;
mod telemetry;
mod watch;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::control::rules::Watch;
use crate::domain::bounds::Bounds;
use crate::domain::filter::MachineFilter;
use crate::domain::fleet::{Machine, MachinePage};
use crate::domain::ids::{GatewayId, HallId, SiteId};
use crate::domain::link::{Item, Request, Topic};
use crate::domain::machine::MachineDetail;
use crate::domain::pacing::Pacing;
use crate::domain::quality::Quality;
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::acts::Acts;
use crate::gateway::agreements::Agreements;
use crate::gateway::durable::{Keep, Past, Wake};
use crate::gateway::roll::{Roll, bounds};
use crate::gateway::rule_book::{LeaseRule, RuleBook};
use crate::gateway::{Gateway, Identity, Late, LinkId, Refusal};

use alarms::Alarms;
use chance::Chance;
use clock::Clock;
use nation::Fleet;
use orders::{Desk, Moment};
use recording::Recording;
use reserve::Reserve;
pub use script::{Script, ScriptError};
use world::World;

/// The nation's name on the wire.
pub const NATION: &str = "Belarus";
/// The gateway's id on the wire.
pub const GATEWAY: &str = "simulator";
/// Each value is sent at least so often.
const REPORT_MS: i64 = 1_000;
/// Blocks on their way, and the grid, are read more often.
const QUICK_MS: i64 = 250;
const GRID_MS: i64 = 500;
/// More sites than this are not laid out.
const MOST_SITES: usize = 5_000;
const MOST_BLOCKS: usize = 100;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct SimulatorOptions {
    /// 1 to 5,000 sites; beyond 12 they share the same 1,450 MW.
    pub sites: usize,
    /// The same seed gives the same nation.
    pub seed: u64,
    /// How much faster than the wall, 0.01 to 3,600.
    pub speed: f64,
    /// The wall's time at the start; the nation's season and hour follow it.
    pub start: Timestamp,
    /// Faults on demand.
    pub script: Option<Script>,
    /// Who may order it; none: anybody, without signatures.
    pub roll: Option<Arc<Roll>>,
    /// Exactly so many blocks a site (1 to 100), for tests of load; else by size.
    pub blocks_per_site: Option<usize>,
    /// What it sheds by itself, and how restores and leases go; none: nothing by itself.
    pub rules: Option<RuleBook>,
    /// Its name among gateways: [`GATEWAY`], where it has none of its own.
    pub id: &'static str,
}

impl SimulatorOptions {
    /// The default nation: 12 sites, seed 1, at the wall's speed.
    pub fn at(start: Timestamp) -> Self {
        Self {
            sites: 12,
            seed: 1,
            speed: 1.0,
            start,
            script: None,
            roll: None,
            blocks_per_site: None,
            rules: None,
            id: GATEWAY,
        }
    }
}

/// The nation.
#[derive(Debug)]
pub struct Simulator {
    id: &'static str,
    clock: Clock,
    seed: u64,
    fleet: Fleet,
    world: World,
    reserve: Reserve,
    desk: Desk,
    recording: Recording,
    acts: Acts,
    agreements: Agreements,
    alarms: Alarms,
    /// Who has orders under way, and a key that is not on the roll any more.
    departed: BTreeSet<Arc<str>>,
    script: Script,
    played: usize,
    /// Blocks that are sound again at a world time.
    mends: Vec<(i64, usize)>,
    readings: Chance,
    failures: Chance,
    /// Ids of the gateway's own orders, and how many it has issued.
    ids: Chance,
    issued: u16,
    rules: Option<Watch>,
    /// Rules that give back: as long as anything of theirs is off, it is tried again.
    giving_back: BTreeSet<Arc<str>>,
    /// Blocks that are given back where their lease lapses, and those that wait for it.
    lease_rule: LeaseRule,
    due_back: Vec<own::Due>,
    disobeying: Vec<usize>,
    world_ms: i64,
    now: Timestamp,
    read_at: Timestamp,
    quick_at: Timestamp,
    grid_at: Timestamp,
    /// What `changes` has to tell of each telemetry topic.
    due: Due,
}

#[derive(Debug, Default)]
struct Due {
    fleet: Option<Which>,
    grid: bool,
    reserve: bool,
}

/// Which blocks are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Moving,
}

impl Simulator {
    /// Lays the nation out. Numbers out of range are taken at the nearest end of their range.
    pub fn new(options: SimulatorOptions) -> Self {
        let clock = Clock::new(options.start, options.speed);
        let fleet = nation::lay_out(
            options.sites.clamp(1, MOST_SITES),
            options.blocks_per_site.map(|n| n.clamp(1, MOST_BLOCKS)),
            options.seed,
            clock,
            options.start,
        );
        let mining_mw = fleet.mining_w() / 1e6;
        let world = World::new(options.seed, fleet.nameplate_w() / 1e6, mining_mw, clock);
        let book = options.rules.unwrap_or_default();
        let desk = Desk {
            limits: book.restore,
            ..Desk::default()
        };
        let mut simulator = Self {
            id: options.id,
            clock,
            seed: options.seed,
            reserve: Reserve::new(options.seed, &fleet, clock),
            fleet,
            world,
            desk,
            recording: Recording::default(),
            acts: Acts::new(options.roll),
            agreements: Agreements::default(),
            alarms: Alarms::default(),
            departed: BTreeSet::new(),
            script: options.script.unwrap_or_default(),
            played: 0,
            mends: Vec::new(),
            readings: Chance::new(options.seed, 5),
            failures: Chance::new(options.seed, 6),
            ids: Chance::new(options.seed, 7),
            issued: 0,
            rules: (!book.rules.is_empty()).then(|| Watch::new(book.rules)),
            lease_rule: book.lease,
            giving_back: BTreeSet::new(),
            due_back: Vec::new(),
            disobeying: Vec::new(),
            world_ms: 0,
            now: options.start,
            read_at: options.start,
            quick_at: options.start,
            grid_at: options.start,
            due: Due::default(),
        };
        simulator.read(true);
        simulator
    }

    /// Takes up the orders of an earlier life, and keeps all from now on. The plants themselves begin anew.
    pub fn durable(&mut self, keep: Box<dyn Keep>, past: Past) {
        self.known_again(&past);
        restoring::hold_as_told(&past, &mut self.fleet);
        self.read(true);
        let left = (past.restores.clone(), past.alive);
        let spreads = past.spreads.clone();
        let leases = leases::of(&past, &self.fleet);
        self.desk.ledger_mut().keep_in(keep, Ok(past), self.now);
        let moment = self.moment();
        for (id, term, loads) in leases {
            self.desk.leases.begin(id, term, loads, moment);
        }
        self.desk.resume(left, &mut self.fleet, moment);
        self.desk.resume_spreads(spreads, &mut self.fleet, moment);
        self.departed_meanwhile();
        self.carry_on();
    }

    /// Begins without its journal, which can't be opened: only emergency sheds are done, until it can be.
    pub fn unread(&mut self, keep: Box<dyn Keep>, why: &str) {
        let ledger = self.desk.ledger_mut();
        ledger.keep_in(keep, Err(why.into()), self.now);
        self.carry_on();
    }

    /// The journal is there at last. Blocks are told what they were told before, where that is less than they draw and
    /// nobody has ordered them since; nothing of before is gone on with.
    fn take_up(&mut self, mut past: Past) {
        past.restores.clear();
        past.spreads.clear();
        self.known_again(&past);
        restoring::told_again(&past, &mut self.fleet, self.world_ms);
        let leases = leases::of(&past, &self.fleet);
        self.desk.ledger_mut().restore(past, self.now);
        let moment = self.moment();
        for (id, term, loads) in leases {
            self.desk.leases.begin(id, term, loads, moment);
        }
        self.due.fleet = Some(Which::All);
    }

    fn known_again(&mut self, past: &Past) {
        for (site, sequence) in &past.sequences {
            if let Some(site) = self.fleet.site(site) {
                let station = &mut self.fleet.stations[site];
                station.site_seq = station.site_seq.max(*sequence);
            }
        }
        self.acts.restore(&past.acts, self.now);
        self.refused_then(past);
        self.deeds_of(past);
        self.desk.count_again(past, &self.fleet, self.now);
    }

    /// Names in the script that this nation does not have, with their lines; those events would be passed over.
    pub fn script_errors(&self) -> Vec<ScriptError> {
        faults::unknown(self, &self.script)
    }

    fn moment(&self) -> Moment<'static> {
        Moment {
            world_ms: self.world_ms,
            now: self.now,
            clock: self.clock,
            nation: NATION,
            gateway: self.id,
            bounds: bounds(self.acts.roll()),
            frequency: self.frequency(),
            own: false,
            rule: false,
            read: self.desk.ledger().standing().is_none_or(|s| s.read),
        }
    }

    /// Reads the instruments: all of them, or only where something moves.
    fn read(&mut self, all: bool) {
        let (now, world_ms) = (self.now, self.world_ms);
        let outside = curves::outside(self.clock, world_ms);
        // Below 12 degrees outside, warm air is fed back.
        let air_c = (outside + 5.0).max(17.0);
        for site in 0..self.fleet.stations.len() {
            let station = &self.fleet.stations[site];
            if station.silent_until.is_some_and(|until| world_ms < until) {
                continue;
            }
            let mut moved = all;
            for index in station.blocks.clone() {
                let load = &mut self.fleet.loads[index];
                if all || load.moving() {
                    telemetry::read_block(load, air_c, world_ms, now, &mut self.readings);
                    moved = true;
                }
            }
            if moved {
                telemetry::read_site(&mut self.fleet, site, now, &mut self.readings);
            }
        }
        let moment = self.moment();
        self.desk.follow(&mut self.fleet, moment);
        self.own_orders();
        if all {
            self.watch();
        }
    }

    fn fleet_items(&self, all: bool, halls: bool) -> Vec<Item> {
        let mut items = Vec::new();
        for station in &self.fleet.stations {
            let silent = station
                .silent_until
                .is_some_and(|until| self.world_ms < until);
            // A snapshot holds silent sites too, with the age of their values; updates don't.
            if silent && !halls {
                continue;
            }
            let blocks = self.fleet.of(station);
            let worst = if blocks
                .iter()
                .all(|load| load.reading.quality == Quality::Good)
            {
                Quality::Good
            } else {
                Quality::Uncertain
            };
            if all || blocks.iter().any(load::Load::moving) {
                let site = telemetry::site_item(station, worst);
                items.push(Item::Site(Box::new(site)));
            }
            if halls {
                items.extend(telemetry::hall_items(station).map(|h| Item::Hall(Box::new(h))));
            }
            for load in blocks.iter().filter(|load| all || load.moving()) {
                let block = telemetry::block_item(load, station, self.clock, &self.desk.leases);
                items.push(Item::Block(Box::new(block)));
            }
        }
        if all {
            items.push(Item::RestoreQueue(Box::new(self.restore_queue())));
        }
        items
    }

    fn grid_items(&self) -> Vec<Item> {
        vec![Item::Grid(Box::new(
            self.world.reading(self.grid_at, self.world_ms),
        ))]
    }

    fn reserve_items(&self, all: bool) -> Vec<Item> {
        let accounts = self.reserve.accounts(self.clock, self.read_at);
        let item = |account| Item::Account(Box::new(account));
        let network = Item::Network(Box::new(self.reserve.network(self.read_at)));
        let rates = self.reserve.rates(self.clock).into_iter();
        let inflow = self.reserve.inflow(all, self.read_at).into_iter();
        accounts
            .into_iter()
            .map(item)
            .chain([network])
            .chain(rates.map(|rate| Item::Rate(Box::new(rate))))
            .chain(inflow.map(|day| Item::Inflow(Box::new(day))))
            .collect()
    }
}

impl Gateway for Simulator {
    fn identity(&self) -> Identity {
        Identity {
            gateway: GatewayId::new(self.id),
            nation: NATION.into(),
            report_period: Duration::from_millis(REPORT_MS as u64),
            simulated: true,
            durable_orders: self.desk.ledger().is_durable(),
            two_persons: self.acts.roll().map(Roll::two_persons).unwrap_or_default(),
            operators: self.acts.roll().is_some(),
        }
    }

    fn bounds(&self) -> Option<Bounds> {
        Some(bounds(self.acts.roll()))
    }

    fn pacing(&self) -> Pacing {
        Pacing {
            spreads: true,
            restores: Some(self.restores()),
        }
    }

    fn advance(&mut self, now: Timestamp) {
        if now <= self.now {
            return self.carry_on();
        }
        self.now = now;
        self.carry_on();
        self.run_to(self.clock.world(now));
        self.agreements.advance(now);
        let since = |at: Timestamp| now.millis() - at.millis();
        if since(self.read_at) >= REPORT_MS {
            self.read_at = now;
            self.quick_at = now;
            self.read(true);
            self.due.fleet = Some(Which::All);
            self.due.reserve = true;
        } else if since(self.quick_at) >= QUICK_MS {
            self.quick_at = now;
            self.read(false);
            self.due.fleet.get_or_insert(Which::Moving);
        }
        if since(self.grid_at) >= GRID_MS {
            self.grid_at = now;
            self.due.grid = true;
        }
        self.carry_on();
    }

    fn wake_with(&mut self, wake: Wake) {
        self.desk.ledger_mut().wake_with(wake);
    }

    fn late(&mut self) -> Vec<Late> {
        self.recording.late()
    }

    fn snapshot(&self, topic: Topic) -> Vec<Item> {
        match topic {
            Topic::Fleet => self.fleet_items(true, true),
            Topic::Grid => self.grid_items(),
            Topic::Reserve => self.reserve_items(true),
            Topic::Alarm => self.alarms.shown(),
            Topic::Order => {
                let mut items = self.desk.shown();
                items.extend(self.agreements.shown());
                items
            }
        }
    }

    fn changes(&mut self, topic: Topic) -> Vec<Item> {
        let take = std::mem::take::<bool>;
        match topic {
            Topic::Fleet => match self.due.fleet.take() {
                Some(which) => self.fleet_items(which == Which::All, false),
                None => Vec::new(),
            },
            Topic::Grid if take(&mut self.due.grid) => self.grid_items(),
            Topic::Reserve if take(&mut self.due.reserve) => self.reserve_items(false),
            Topic::Grid | Topic::Reserve => Vec::new(),
            Topic::Alarm => self.alarms.said(),
            Topic::Order => {
                let mut items = self.desk.said();
                items.extend(self.agreements.said());
                items
            }
        }
    }

    fn machines(
        &self,
        site: &SiteId,
        hall: &HallId,
        page: u32,
        filter: &MachineFilter,
    ) -> Result<MachinePage, Refusal> {
        let unknown = || Refusal {
            code: "unknown_hall",
            message: told!("no-such-page", "no such page of such a hall stands here"),
        };
        let station = &self.fleet.stations[self.fleet.site(site).ok_or_else(unknown)?];
        let hall = station.halls.iter().position(|(id, _)| id == hall);
        let blocks = self.fleet.of(station);
        machines::page(
            station,
            blocks,
            hall.ok_or_else(unknown)?,
            (page, filter),
            self.seed,
            station.metered_at,
        )
        .ok_or_else(unknown)
    }

    fn machine(&self, site: &SiteId, row: &Machine) -> Option<MachineDetail> {
        let station = &self.fleet.stations[self.fleet.site(site)?];
        let blocks = self.fleet.of(station);
        machines::detail(blocks, row, self.seed, (self.clock, self.world_ms))
    }

    fn request(
        &mut self,
        request: Request,
        link: LinkId,
        now: Timestamp,
    ) -> Result<Vec<Item>, Refusal> {
        self.advance(now);
        match request {
            Request::OrderLook(id) => {
                self.may_say(id)?;
                let status = self.desk.ledger().looked_at(id, self.now);
                Ok(vec![Item::Order(Box::new(status))])
            }
            Request::Watch { .. } | Request::Unwatch { .. } => Ok(Vec::new()),
            Request::Stamped(request, stamp) => self.ask(*request, Some(stamp), link),
            request => self.ask(request, None, link),
        }
    }

    fn operators(&mut self, roll: Arc<Roll>, now: Timestamp) {
        self.new_roll(roll, now);
    }

    fn trouble(&mut self, sort: &'static str, what: Option<String>, now: Timestamp) {
        self.file_trouble(sort, what, now);
    }
}
