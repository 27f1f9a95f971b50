//! What a block's load is worth, in exact whole units.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::control::interlock::SHED_HOURS_CAP;
use crate::domain::fleet::{Block, BlockState, Site};
use crate::domain::ids::SiteId;
use crate::domain::units::{Efficiency, Power};

/// What a hashrate of unknown efficiency is taken for, J/TH.
const AVERAGE: f64 = 20.0;

/// Prices in one currency, each in millionths of its unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    /// What 1 PH/s earns in a day.
    pub hash: i64,
    /// What 1 MWh costs, where the site states nothing else.
    pub tariff: i64,
    /// What 1 MWh costs at a site.
    pub tariffs: BTreeMap<SiteId, i64>,
    /// Wear of taking a whole block off once; a part of its load costs that part.
    pub stop: i64,
}

/// What is to be given up least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worth {
    /// Money: hashrate less energy, wear and rotation debt.
    Money(Prices),
    /// Hashrate and rotation debt, where there is no price: efficient blocks are kept.
    Hashrate,
}

/// What a plan may count on, beside the blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What is to be given up least.
    pub worth: Worth,
    /// What all sites at a node draw, for what it can still carry.
    pub node_loads: BTreeMap<Arc<str>, Power>,
    /// Steps of work, see [`super::solve::STEPS`].
    pub steps: u64,
}

impl Terms {
    /// Terms without prices.
    pub fn by_efficiency(node_loads: BTreeMap<Arc<str>, Power>) -> Self {
        Self {
            worth: Worth::Hashrate,
            node_loads,
            steps: super::solve::STEPS,
        }
    }
}

/// What all sites at each node draw, or are on their way up to: the meter's word or the blocks', whichever is more.
pub fn node_loads<'a, B>(
    sites: impl IntoIterator<Item = (&'a Site, B)>,
) -> BTreeMap<Arc<str>, Power>
where
    B: IntoIterator<Item = &'a Block>,
{
    let mut loads: BTreeMap<Arc<str>, Power> = BTreeMap::new();
    for (site, blocks) in sites {
        let (mut drawn, mut rising) = (Power::ZERO, Power::ZERO);
        for block in blocks {
            let power = block.power.unwrap_or(Power::ZERO);
            drawn += power;
            if block.state == BlockState::Restoring {
                rising += (block.target - power).or_zero();
            }
        }
        let metered = site.meter.unwrap_or(Power::ZERO);
        *loads.entry(site.grid_node.clone()).or_default() += drawn.max(metered) + rising;
    }
    loads
}

/// Hashrate in whole GH/s.
fn gigahashes(block: &Block) -> i128 {
    (block.hashrate.hs() / 1e9).round() as i128
}

/// What taking `moved` off a block gives up in an hour: millionths of the currency, or GH/s. Each part is rounded down.
pub(in crate::control) fn given_up(worth: &Worth, site: &Site, block: &Block, moved: Power) -> i64 {
    let power = i128::from(block.power.map_or(0, Power::watts).max(1));
    let moved = i128::from(moved.watts()).clamp(0, power);
    let debt = (block.limits.shed_hours_30d.clamp(0.0, SHED_HOURS_CAP) * 1e3).round() as i128;
    let cap = (SHED_HOURS_CAP * 1e3) as i128;
    let total = match worth {
        Worth::Money(prices) => {
            let tariff = prices.tariffs.get(&site.id).unwrap_or(&prices.tariff);
            // 10^6 GH/s in a PH/s, 24 h in a day, 10^6 W in a MW.
            let hash = (gigahashes(block).saturating_mul(moved))
                .saturating_mul(i128::from(prices.hash))
                .div_euclid(power * 24_000_000);
            let energy = (moved * i128::from(*tariff)).div_euclid(1_000_000);
            let wear = (moved * i128::from(prices.stop)).div_euclid(power);
            hash.saturating_add(hash.saturating_mul(debt) / cap) - energy + wear
        }
        Worth::Hashrate => {
            let rate = match gigahashes(block) {
                0 => moved * 1_000 / AVERAGE as i128,
                rate => rate.saturating_mul(moved) / power,
            };
            rate.saturating_add(rate.saturating_mul(debt) / cap)
        }
    };
    // Beyond this no sum of a fleet would be exact any more; no real block comes near.
    total.clamp(-(1 << 44), 1 << 44) as i64
}

/// Millijoules per terahash of a running block.
pub(super) fn efficiency(block: &Block) -> Option<i64> {
    let efficiency = Efficiency::of(block.power?, block.hashrate)?;
    let milli = (efficiency.joules_per_terahash() * 1e3).round() as i64;
    (1..1_000_000_000).contains(&milli).then_some(milli)
}

/// GH/s that `moved` brings at so many millijoules per terahash, or at the average.
pub(super) fn brought(moved: Power, efficiency: Option<i64>) -> i64 {
    let milli = i128::from(efficiency.unwrap_or((AVERAGE * 1e3) as i64));
    let rate = i128::from(moved.watts().max(0)) * 1_000_000 / milli;
    rate.min(1 << 44) as i64
}
