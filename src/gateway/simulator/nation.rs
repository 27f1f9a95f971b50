//! Lays out the nation: sites, halls and blocks, by seed.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::fleet::{Authority, BlockState, LOCKOUT, MachineCounts, PowerSource, Tag};
use crate::domain::ids::{BlockId, BlockKey, HallId, SiteId};
use crate::domain::quality::Quality;
use crate::domain::reserve::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::domain::units::{Celsius, Hashrate, Power};

use super::chance::Chance;
use super::clock::Clock;
use super::load::{CLASSES, Class, Condition, Limits, Load, Reading, SLEEP_MS, SLEEP_W};
use super::plants::{Contract, PLACES, TOWNS};

/// Blocks are laid out for about so much.
const BLOCK_MW: f64 = 12.0;
/// Blocks of a hall.
const HALL_BLOCKS: usize = 4;
/// The nation's mining, however many sites share it, MW.
const NATION_MW: f64 = 1_450.0;

/// A site.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) id: SiteId,
    pub(super) name: Arc<str>,
    pub(super) region: Arc<str>,
    pub(super) node: Arc<str>,
    pub(super) node_limit_w: f64,
    pub(super) tariff: Money,
    pub(super) contract: Contract,
    pub(super) authority: Authority,
    pub(super) site_seq: u64,
    /// Cooling and house load, as a part of what the machines draw.
    pub(super) overhead: f64,
    pub(super) halls: Vec<(HallId, Arc<str>)>,
    /// Its blocks in [`Fleet::loads`].
    pub(super) blocks: std::ops::Range<usize>,
    /// Does not report until then.
    pub(super) silent_until: Option<i64>,
    /// Part of its shares that comes too late: distance and line.
    pub(super) late_part: f64,
    /// What its grid meter said last, W.
    pub(super) meter_w: f64,
    pub(super) metered_at: Timestamp,
    /// Since when the grid meter says more than the blocks claim.
    pub(super) disagrees_since: Option<i64>,
}

/// All sites and blocks.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) stations: Vec<Station>,
    pub(super) loads: Vec<Load>,
    by_key: HashMap<BlockKey, usize>,
    by_site: HashMap<SiteId, usize>,
}

impl Fleet {
    pub(super) fn block(&self, key: &BlockKey) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    pub(super) fn site(&self, id: &SiteId) -> Option<usize> {
        self.by_site.get(id).copied()
    }

    /// A site's blocks.
    pub(super) fn of(&self, station: &Station) -> &[Load] {
        self.loads.get(station.blocks.clone()).unwrap_or_default()
    }

    /// What the nation's meters would say, W: machines with cooling and house load.
    pub(super) fn mining_w(&self) -> f64 {
        self.stations
            .iter()
            .map(|station| {
                let drawn: f64 = self.of(station).iter().map(|load| load.power_w).sum();
                drawn * (1.0 + station.overhead)
            })
            .sum()
    }

    /// By the data sheets, W.
    pub(super) fn nameplate_w(&self) -> f64 {
        self.loads.iter().map(|load| load.nameplate_w).sum()
    }
}

/// Lays out `sites` sites; with `blocks_per_site`, exactly so many blocks each.
pub(super) fn lay_out(
    sites: usize,
    blocks_per_site: Option<usize>,
    seed: u64,
    clock: Clock,
    start: Timestamp,
) -> Fleet {
    let mut chance = Chance::new(seed, 1);
    let mut fleet = Fleet {
        stations: Vec::with_capacity(sites),
        loads: Vec::new(),
        by_key: HashMap::new(),
        by_site: HashMap::new(),
    };
    for (number, megawatts) in shares(sites, &mut chance).into_iter().enumerate() {
        let station = station(
            number,
            megawatts,
            blocks_per_site,
            &mut fleet.loads,
            &mut chance,
            clock,
            start,
        );
        fleet.stations.push(station);
    }
    imperfect(&mut fleet, &mut chance);
    for (index, load) in fleet.loads.iter_mut().enumerate() {
        load.power_w = load.goal_w(0);
        load.judge(0);
        let site = &fleet.stations[load.station].id;
        fleet.by_key.insert(BlockKey::new(site, &load.id), index);
    }
    for (index, station) in fleet.stations.iter().enumerate() {
        fleet.by_site.insert(station.id.clone(), index);
    }
    fleet
}

/// Nameplate by site, MW: up to twelve as the table has them; more sites share the same nation.
fn shares(sites: usize, chance: &mut Chance) -> Vec<f64> {
    let mut weights: Vec<f64> = PLACES.iter().map(|p| p.megawatts).take(sites).collect();
    while weights.len() < sites {
        weights.push(chance.between(4.0, 24.0));
    }
    if sites > PLACES.len() {
        let scale = NATION_MW / weights.iter().sum::<f64>();
        for weight in &mut weights {
            *weight *= scale;
        }
    }
    weights
}

fn station(
    number: usize,
    megawatts: f64,
    blocks_per_site: Option<usize>,
    loads: &mut Vec<Load>,
    chance: &mut Chance,
    clock: Clock,
    start: Timestamp,
) -> Station {
    let (id, name, region, node, contract) = naming(number);
    let blocks = blocks_per_site
        .unwrap_or_else(|| ((megawatts / BLOCK_MW).round() as usize).max(3))
        .max(1);
    let first = loads.len();
    let halls = blocks.div_ceil(HALL_BLOCKS);
    for hall in 0..halls {
        let class = &CLASSES[(number + hall + chance.index(2)) % CLASSES.len()];
        for index in hall * HALL_BLOCKS..blocks.min((hall + 1) * HALL_BLOCKS) {
            let watts = megawatts * 1e6 / blocks as f64;
            loads.push(block(
                number, hall, index, class, watts, contract, chance, clock, start,
            ));
        }
    }
    let nameplate: f64 = loads[first..].iter().map(|load| load.nameplate_w).sum();
    Station {
        id: SiteId::new(&id),
        name: name.into(),
        region: region.into(),
        node: node.into(),
        node_limit_w: (nameplate * 1.12 / 1e6).ceil().max(1.0) * 1e6,
        tariff: Money {
            amount: Decimal::new(chance.between(14_000.0, 21_000.0) as i64, 2),
            currency: Currency("BYN".into()),
        },
        contract,
        authority: Authority::default(),
        site_seq: 0,
        overhead: chance.between(0.025, 0.06),
        halls: (0..halls)
            .map(|hall| {
                let number = hall + 1;
                (
                    HallId::new(&format!("hall-{number}")),
                    format!("hall {number}").into(),
                )
            })
            .collect(),
        blocks: first..loads.len(),
        silent_until: None,
        late_part: chance.between(0.0008, 0.004),
        meter_w: 0.0,
        metered_at: start,
        disagrees_since: None,
    }
}

fn naming(number: usize) -> (String, String, String, String, Contract) {
    if let Some(place) = PLACES.get(number) {
        return (
            place.id.into(),
            place.name.into(),
            place.region.into(),
            place.node.into(),
            place.contract,
        );
    }
    let beyond = number - PLACES.len();
    let (id, name, region) = TOWNS[beyond % TOWNS.len()];
    let node = format!("{name} 110 kV");
    let contract = [Contract::Instant, Contract::Fast, Contract::Slow][beyond % 7 % 3];
    match beyond / TOWNS.len() {
        0 => (id.into(), name.into(), region.into(), node, contract),
        round => (
            format!("{id}-{}", round + 1),
            format!("{name} {}", round + 1),
            region.into(),
            node,
            contract,
        ),
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site; a struct would only repeat the names"
)]
fn block(
    station: usize,
    hall: usize,
    index: usize,
    class: &'static Class,
    watts: f64,
    contract: Contract,
    chance: &mut Chance,
    clock: Clock,
    start: Timestamp,
) -> Load {
    let total = (watts / class.watts).round().max(1.0);
    let nameplate_w = total * class.watts;
    let floor_w = total * SLEEP_W;
    let stepped = chance.unit() < 0.34;
    let mut steps: Vec<f64> = if stepped {
        [0.25, 0.5, 0.75]
            .iter()
            .map(|part| (nameplate_w * part).round())
            .collect()
    } else {
        Vec::new()
    };
    // Some halls heat a town: one block in nine, all day in the cold half of the year, else until the morning.
    let heats = chance.unit() < 0.11;
    let must_run_w = if heats {
        (nameplate_w * 0.25).round()
    } else {
        0.0
    };
    if heats && !stepped {
        steps.push(must_run_w);
    }
    let must_run_until = heats.then(|| clock.next_hour(0, 6));
    let min_off_ms = (chance.between(15.0, 45.0) as i64) * 1_000;
    let number = index + 1;
    let source = if chance.unit() < 0.3 {
        PowerSource::Pdu
    } else {
        PowerSource::Meter
    };
    let off = chance.between(0.05, 0.20);
    Load {
        station,
        hall,
        id: BlockId::new(&format!("b{number:02}")),
        name: format!("block {number}").into(),
        class,
        total: total as u32,
        faulted: (total * chance.between(0.002, 0.012)) as u32,
        offline: (total * chance.between(0.0, 0.006)) as u32,
        tune: chance.between(0.975, 0.998),
        nameplate_w,
        floor_w,
        steps,
        source,
        claim: if chance.unit() < 0.7 {
            1.0 - off
        } else {
            1.0 + off
        },
        warmer: chance.between(-1.5, 3.5),
        limits: Limits {
            ramp_down_w_s: nameplate_w * 1_000.0 / SLEEP_MS as f64,
            ramp_up_w_s: nameplate_w / chance.between(60.0, 120.0),
            min_off_ms,
            min_on_ms: if chance.unit() < 0.1 { 60_000 } else { 0 },
            starts_per_hour: (chance.unit() < 0.2).then_some(6),
            must_run_w,
            must_run_until,
            notice_ms: contract.notice_ms(),
            calls_left: contract.calls(),
        },
        tags: Vec::new(),
        condition: Condition::Sound,
        power_w: floor_w,
        target_w: nameplate_w,
        target_since: -86_400_000,
        wakes_at: 0,
        state: BlockState::Hashing,
        state_since: -(chance.between(3_600.0, 400_000.0) as i64) * 1_000,
        off_since: None,
        on_since: -86_400_000,
        starts: VecDeque::new(),
        shed_ms: (chance.between(0.0, 30.0) * 3_600_000.0) as i64,
        over_since: None,
        pending: false,
        waits: false,
        rise_w_s: f64::INFINITY,
        held: false,
        shed_by: None,
        hold: None,
        stuck_until: None,
        lying: None,
        late: None,
        shares: [0.0; 3],
        reading: Reading {
            power: Power::ZERO,
            hashrate: Hashrate::ZERO,
            machines: MachineCounts::default(),
            inlet: Celsius::ZERO,
            state: BlockState::Hashing,
            accepted: 0,
            rejected: 0,
            stale: 0,
            quality: Quality::Good,
            at: start,
        },
    }
}

/// A nation is never quite in order: a faulted block, a hall read by firmware alone, a lockout, a block in local. Each
/// at another of the smaller sites; the two largest are in order.
fn imperfect(fleet: &mut Fleet, chance: &mut Chance) {
    let mut free: Vec<usize> = (0..fleet.stations.len())
        .filter(|&site| site >= 2 && fleet.stations[site].blocks.len() >= 2)
        .collect();
    let mut pick = |fleet: &Fleet| {
        if free.is_empty() {
            return None;
        }
        let site = free.swap_remove(chance.index(free.len()));
        let blocks = fleet.stations[site].blocks.clone();
        let block = blocks.start + 1 + chance.index(blocks.len() - 1);
        Some((site, block))
    };
    if let Some((_, block)) = pick(fleet) {
        let load = &mut fleet.loads[block];
        load.condition = Condition::Faulted;
        load.faulted = load.total * 38 / 100;
    }
    if let Some((site, block)) = pick(fleet) {
        let hall = fleet.loads[block].hall;
        for load in &mut fleet.loads[fleet.stations[site].blocks.clone()] {
            // Beside firmware only exact meters, so that the grid meter can tell what firmware hides.
            load.source = if load.hall == hall {
                PowerSource::Firmware
            } else {
                PowerSource::Meter
            };
        }
    }
    if let Some((_, block)) = pick(fleet) {
        fleet.loads[block].tags.push(Tag {
            id: None,
            kind: LOCKOUT.into(),
            owner: "hall shift B".into(),
            reason: "fan wall exchange".into(),
        });
    }
    if let Some((_, block)) = pick(fleet) {
        fleet.loads[block].condition = Condition::Local;
    }
}
