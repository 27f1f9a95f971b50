//! Figures of a site, a hall or the nation, each with what it is worth: coverage, age, source.

use std::sync::Arc;
use std::time::Duration;

use super::State;
use super::feeds::Feed;
use super::fleet::{BlockView, Fleet, Pending, Realm, SiteView, candidate};
use crate::control::sheddable::sheddable;
use crate::domain::fleet::{BlockState, MachineCounts, PowerSource};
use crate::domain::quality::{Concern, Quality, judged};
use crate::domain::time::Timestamp;
use crate::domain::units::{Efficiency, Hashrate, Power};

/// What a group of blocks is doing, the worst first where it is mixed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Condition {
    /// Nothing is known.
    #[default]
    Unknown,
    /// No block answers.
    Offline,
    /// So many blocks have failed; the name of the first.
    Faulted {
        /// How many.
        blocks: usize,
        /// The first one's name.
        first: Arc<str>,
    },
    /// On the way down.
    Ramping,
    /// On the way up.
    Restoring,
    /// Every block is at its floor by order.
    Curtailed,
    /// So many of all blocks are off, or lowered to a step.
    Partly {
        /// Blocks at their floor.
        off: usize,
        /// Blocks at a step between off and full.
        lowered: usize,
        /// All blocks.
        blocks: usize,
    },
    /// Some block is switched to local; the rest hashes.
    Local {
        /// How many.
        blocks: usize,
    },
    /// As ordered.
    Hashing,
}

impl Condition {
    /// Worst first, for sorting.
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Offline => 1,
            Self::Faulted { .. } => 2,
            Self::Ramping => 3,
            Self::Restoring => 4,
            Self::Local { .. } => 5,
            Self::Partly { .. } => 6,
            Self::Curtailed => 7,
            Self::Hashing => 8,
        }
    }
}

/// Figures of a site or a hall.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// What its machines hash.
    pub hashrate: Hashrate,
    /// What its blocks draw (data sheets left out), as its target speaks of blocks. Where not all of them are measured, a
    /// site's meter stands in, and what the site draws beside its blocks is part of it. None where nothing says.
    pub power: Option<Power>,
    /// What the site draws beside its blocks (cooling, house load), by its meter; none where that can't be told apart.
    pub auxiliary: Option<Power>,
    /// The worst source in `power`.
    pub source: Option<PowerSource>,
    /// What it is ordered to draw.
    pub target: Power,
    /// By data sheets.
    pub nameplate: Power,
    /// J/TH.
    pub efficiency: Option<Efficiency>,
    /// What it is doing.
    pub condition: Condition,
    /// Its machines.
    pub machines: MachineCounts,
    /// The worst quality that matters.
    pub quality: Quality,
    /// What makes it doubtful beside that.
    pub concern: Concern,
    /// Age of its oldest block's telemetry.
    pub age: Duration,
    /// Blocks in all.
    pub blocks: usize,
    /// Blocks of good quality.
    pub good: usize,
    /// Sheddable in 10 s, 30 s, 5 min, 15 min.
    pub sheddable: [Power; 4],
    /// Hottest inlet, °C.
    pub inlet: Option<f64>,
}

impl Summary {
    /// All that it draws from the grid.
    pub fn load(&self) -> Option<Power> {
        let power = self.power?;
        Some(power + self.auxiliary.unwrap_or(Power::ZERO))
    }
}

/// Figures of blocks, without a site's meter.
pub fn of_blocks<'a>(blocks: impl Iterator<Item = &'a BlockView>, now: Timestamp) -> Summary {
    let mut sum = Summary::default();
    let mut states = States::default();
    let mut worst = Quality::Good;
    let mut stale = 0;
    let mut bad = 0;
    for view in blocks {
        let block = &view.block;
        sum.blocks += 1;
        sum.hashrate += block.hashrate;
        if let Some(power) = block.power
            && block.power_source != PowerSource::Nameplate
        {
            sum.power = Some(sum.power.unwrap_or(Power::ZERO) + power);
            sum.source = sum.source.max(Some(block.power_source));
        }
        sum.target += block.target;
        sum.nameplate += block.nameplate;
        sum.machines = sum.machines.plus(block.machines);
        sum.age = sum.age.max(block.measured_at.age(now));
        if let Some(inlet) = block.inlet {
            sum.inlet = Some(sum.inlet.unwrap_or(f64::MIN).max(inlet.degrees()));
        }
        match view.quality {
            Quality::Good => sum.good += 1,
            Quality::Uncertain => worst = worst.max(Quality::Uncertain),
            Quality::Stale => stale += 1,
            Quality::Bad => bad += 1,
        }
        states.count(view);
    }
    sum.quality = match () {
        () if sum.blocks == 0 => Quality::Bad,
        () if stale > 0 => Quality::Stale,
        () if bad == sum.blocks => Quality::Bad,
        () if bad > 0 => Quality::Uncertain,
        () => worst,
    };
    sum.condition = states.condition(sum.blocks);
    sum.efficiency = sum
        .power
        .and_then(|power| Efficiency::of(power, sum.hashrate));
    sum
}

#[derive(Default)]
struct States {
    hashing: usize,
    ramping: usize,
    curtailed: usize,
    lowered: usize,
    restoring: usize,
    faulted: usize,
    offline: usize,
    local: usize,
    first_fault: Option<Arc<str>>,
}

impl States {
    fn count(&mut self, view: &BlockView) {
        match view.block.state {
            _ if view.block.is_lowered() => self.lowered += 1,
            BlockState::Hashing => self.hashing += 1,
            BlockState::Ramping => self.ramping += 1,
            BlockState::Curtailed => self.curtailed += 1,
            BlockState::Restoring => self.restoring += 1,
            BlockState::Offline => self.offline += 1,
            BlockState::Local => self.local += 1,
            BlockState::Faulted => {
                self.faulted += 1;
                self.first_fault
                    .get_or_insert_with(|| view.block.name.clone());
            }
        }
    }

    fn condition(self, blocks: usize) -> Condition {
        match () {
            () if blocks == 0 => Condition::Unknown,
            () if self.offline == blocks => Condition::Offline,
            () if self.ramping > 0 => Condition::Ramping,
            () if self.restoring > 0 => Condition::Restoring,
            () if self.faulted > 0 => Condition::Faulted {
                blocks: self.faulted,
                first: self.first_fault.unwrap_or_else(|| Arc::from("")),
            },
            () if self.curtailed > 0 && self.curtailed + self.offline + self.local == blocks => {
                Condition::Curtailed
            }
            () if self.curtailed + self.lowered > 0 => Condition::Partly {
                off: self.curtailed,
                lowered: self.lowered,
                blocks,
            },
            () if self.local > 0 => Condition::Local { blocks: self.local },
            () => Condition::Hashing,
        }
    }
}

/// More than this part of a site's nameplate is no auxiliary load: something else draws there. Percent.
const MOST_AUXILIARY: i64 = 15;

/// What a site draws beside its blocks: its meter less theirs, where each of them is measured and fresh. A meter that
/// says less than its blocks by more than meters differ tells nothing of it.
fn auxiliary(view: &SiteView, meter: Power, nameplate: Power) -> Option<Power> {
    let fresh = |b: &&BlockView| {
        let source = b.block.power_source;
        b.quality < Quality::Stale && matches!(source, PowerSource::Meter | PowerSource::Pdu)
    };
    let all = view.blocks.values();
    let powers = all.map(|b| Some(b).filter(fresh).and_then(|b| b.block.power));
    let blocks = powers.sum::<Option<Power>>()?;
    let beside = meter - blocks;
    let differ = nameplate.portion(2, 100);
    let fits = beside <= nameplate.portion(MOST_AUXILIARY, 100) && beside >= -differ;
    fits.then(|| beside.or_zero())
}

/// Figures of a site: its meter before the sum of its blocks, where these are not measured themselves.
pub fn of_site(
    view: &SiteView,
    feed: Option<&Feed>,
    pending: &Pending,
    operator: &str,
    now: Timestamp,
) -> Summary {
    let mut sum = of_blocks(view.blocks.values(), now);
    let period = feed.map_or(super::feeds::DEFAULT_PERIOD, Feed::period);
    let concern = |at| feed.map_or(Concern::None, |f| f.concern(at, now));
    let site_concern = concern(view.site.measured_at);
    let site_quality =
        judged(view.site.quality, view.site.measured_at, now, period).max(site_concern.at_best());
    let blocks = view.blocks.values();
    let worst = blocks.map(|b| concern(b.block.measured_at)).max();
    sum.concern = worst.unwrap_or(site_concern);
    // A meter that is not heard any more gives way to blocks that are; where neither is, it is what was last known.
    let heard = site_quality < Quality::Stale;
    let nothing_better = sum.power.is_none() || sum.quality >= Quality::Stale;
    if let Some(meter) = view.site.meter
        && site_quality < Quality::Bad
        && (heard || nothing_better)
    {
        sum.quality = sum.quality.max(site_quality);
        let beside = heard.then(|| auxiliary(view, meter, sum.nameplate));
        sum.auxiliary = beside.flatten();
        if sum.auxiliary.is_none() {
            sum.power = Some(meter);
            sum.source = Some(PowerSource::Meter);
            sum.efficiency = Efficiency::of(meter, sum.hashrate);
        }
    }
    if view.blocks.is_empty() {
        sum.age = view.site.measured_at.age(now);
        sum.quality = site_quality;
    }
    for block in view.blocks.values() {
        let shed = sheddable(&candidate(view, block, feed, pending, now), operator, now);
        for (total, part) in sum.sheddable.iter_mut().zip(shed) {
            *total += part;
        }
    }
    sum
}

/// Figures of all sites of one realm.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    /// Sites in all.
    pub sites: usize,
    /// Sites that hash.
    pub hashing: usize,
    /// Sites that are stale or bad.
    pub stale: usize,
    /// Age of the oldest stale one.
    pub oldest: Duration,
    /// Age of the oldest of the others.
    pub eldest: Duration,
    /// What they hash.
    pub hashrate: Hashrate,
    /// What their blocks draw: fresh part.
    pub fresh: Power,
    /// What they drew when last heard of: the rest.
    pub last_known: Power,
    /// What they draw beside their blocks, as far as that can be told apart.
    pub auxiliary: Power,
    /// What they are ordered to draw.
    pub target: Power,
    /// J/TH.
    pub efficiency: Option<Efficiency>,
    /// Machines.
    pub machines: MachineCounts,
    /// Sheddable in 10 s, 30 s, 5 min, 15 min; fresh and orderable only.
    pub sheddable: [Power; 4],
    /// Good part of all blocks by nameplate, 0..=100, rounded down.
    pub coverage: u8,
}

impl Totals {
    /// What the blocks draw, fresh and last known: what is held against the target.
    pub fn power(&self) -> Power {
        self.fresh + self.last_known
    }

    /// All that is drawn from the grid: what is held against the surplus and against what the grid operator wants.
    pub fn load(&self) -> Power {
        self.power() + self.auxiliary
    }
}

/// Adds up one realm.
pub fn totals(fleet: &Fleet, realm: Realm) -> Totals {
    let mut total = Totals::default();
    let mut good = Power::ZERO;
    let mut all = Power::ZERO;
    for view in fleet.sites.values().filter(|v| v.realm == realm) {
        let sum = &view.summary;
        total.sites += 1;
        total.hashrate += sum.hashrate;
        total.target += sum.target;
        total.machines = total.machines.plus(sum.machines);
        let power = sum.power.unwrap_or(Power::ZERO);
        total.auxiliary += sum.auxiliary.unwrap_or(Power::ZERO);
        if sum.quality >= Quality::Stale {
            total.stale += 1;
            total.oldest = total.oldest.max(sum.age);
            total.last_known += power;
        } else {
            total.fresh += power;
            total.eldest = total.eldest.max(sum.age);
            if sum.hashrate.hs() > 0.0 {
                total.hashing += 1;
            }
        }
        for (sheddable, part) in total.sheddable.iter_mut().zip(sum.sheddable) {
            *sheddable += part;
        }
        for block in view.blocks.values() {
            all += block.block.nameplate;
            if block.quality == Quality::Good {
                good += block.block.nameplate;
            }
        }
    }
    total.efficiency = Efficiency::of(total.power(), total.hashrate);
    total.coverage = if all > Power::ZERO {
        u8::try_from(i128::from(good.watts()) * 100 / i128::from(all.watts())).unwrap_or(100)
    } else {
        0
    };
    total
}

/// What orders hold off in the nation: nameplates of its blocks less their targets; less than a megawatt is nothing.
pub fn held_off(state: &State) -> Power {
    let realm = state.realm();
    let views = state.fleet.sites.values().filter(|v| v.realm == realm);
    let blocks = views.flat_map(|view| view.blocks.values());
    let off: Power = blocks
        .map(|b| (b.block.nameplate - b.block.target).or_zero())
        .sum();
    if off < Power::from_megawatts(1) {
        return Power::ZERO;
    }
    off
}
