//! Fleets and profiles for the schedule, easy and hard, from a seed: the same seed always gives the same question.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use baseload::control::interlock::{Candidate, Standing};
use baseload::control::plan::{Prices, Terms, Worth};
use baseload::control::schedule::{Profile, STEP};
use baseload::domain::fleet::{
    Authority, Block, BlockLimits, BlockState, MachineCounts, PowerSource, Site,
};
use baseload::domain::ids::{BlockId, FeedId, GatewayId, HallId, SiteId};
use baseload::domain::quality::Quality;
use baseload::domain::time::Timestamp;
use baseload::domain::units::{Hashrate, Power};

use super::Dice;

/// The time of every question.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A flat amount for the hour.
    Hold,
    /// A flat amount for half an hour, then restored.
    HalfHour,
    /// Up in four steps, held, down in four.
    Ramp,
    /// Two peaks, blocks that may start once in the hour and must stay off and on for long.
    Peaks,
    /// A ramp, with slow blocks and notice.
    Slow,
    /// A ramp, nodes of five sites that bind.
    Nodes,
    /// A ramp, and three targets a block.
    Stepped,
    /// A ramp, all blocks equal.
    Equal,
    /// A ramp, cost in proportion to megawatts.
    Proportional,
    /// A ramp, each site one block of 2 to 10 MW.
    Coarse,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Hold,
        Self::HalfHour,
        Self::Ramp,
        Self::Peaks,
        Self::Slow,
        Self::Nodes,
        Self::Stepped,
        Self::Equal,
        Self::Proportional,
        Self::Coarse,
    ];
}

/// A fleet and what is asked of it.
pub(crate) struct Question {
    pub(crate) sites: Vec<Site>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) profile: Profile,
    pub(crate) terms: Terms,
    gateway: GatewayId,
}

impl Question {
    /// All blocks, fresh and free.
    pub(crate) fn candidates(&self) -> Vec<Candidate<'_>> {
        let each = self.blocks.len() / self.sites.len().max(1);
        self.blocks
            .iter()
            .enumerate()
            .map(|(at, block)| Candidate {
                site: &self.sites[(at / each.max(1)).min(self.sites.len() - 1)],
                block,
                feed: FeedId(0),
                gateway: &self.gateway,
                standing: Standing {
                    age: Duration::ZERO,
                    quality: Quality::Good,
                    link_up: true,
                    concern: baseload::domain::quality::Concern::None,
                    skew_known: true,
                    order_pending: false,
                    begun: false,
                    seen_twice: false,
                },
            })
            .collect()
    }
}

/// A question of `sites` sites of `each` blocks: 500 sites of 10 are about 3,000 MW.
pub(crate) fn question(kind: Kind, sites: usize, each: usize, seed: u64) -> Question {
    let mut dice = Dice::new(seed ^ ((kind as u64 + 101) << 40));
    let each = if kind == Kind::Coarse { 1 } else { each.max(1) };
    let mut made = Question {
        sites: Vec::new(),
        blocks: Vec::new(),
        profile: Profile {
            step: STEP,
            wanted: Vec::new(),
            give_back: Power::ZERO,
        },
        terms: Terms {
            worth: Worth::Money(Prices {
                hash: 52_250_000,
                tariff: 31_500_000,
                tariffs: BTreeMap::new(),
                stop: 4_500_000,
            }),
            node_loads: BTreeMap::new(),
            steps: baseload::control::plan::solve::STEPS,
        },
        gateway: GatewayId::new("g"),
    };
    let mut total = 0;
    for at in 0..sites {
        let own: Vec<Block> = (0..each)
            .map(|number| block(kind, at, number, &mut dice))
            .collect();
        let draws: i64 = own.iter().filter_map(|b| b.power).map(Power::watts).sum();
        total += draws;
        let mut site = site(at);
        if kind == Kind::Nodes {
            site.grid_node = Arc::from(format!("n{:03}", at / 5));
            // Read below, once the whole node is known.
            site.node_limit = Some(Power::from_watts(draws));
        }
        made.sites.push(site);
        made.blocks.extend(own);
    }
    if kind == Kind::Nodes {
        let mut most = 0;
        for node in made.sites.chunks_mut(5) {
            let sum: i64 = node
                .iter()
                .filter_map(|s| s.node_limit)
                .map(Power::watts)
                .sum();
            let limit = sum / 100 * dice.between(30, 80);
            most += limit;
            for site in node {
                site.node_limit = Some(Power::from_watts(limit));
            }
        }
        total = most;
    }
    let amount = total / 100 * dice.between(15, 70);
    made.profile = profile(kind, amount);
    made
}

fn profile(kind: Kind, amount: i64) -> Profile {
    let parts: [i64; 12] = match kind {
        Kind::Hold => [100; 12],
        Kind::HalfHour => [100, 100, 100, 100, 100, 100, 0, 0, 0, 0, 0, 0],
        Kind::Peaks => [60, 100, 100, 70, 30, 20, 20, 50, 90, 90, 40, 10],
        Kind::Slow => [0, 20, 45, 70, 100, 100, 100, 80, 60, 40, 20, 0],
        _ => [25, 50, 75, 100, 100, 100, 100, 100, 75, 50, 25, 0],
    };
    let steepest = match kind {
        Kind::Hold | Kind::HalfHour => 100,
        Kind::Peaks => 60,
        _ => 25,
    };
    // The fleet may restore faster than by the quarter rule where that was agreed; where not, the rule binds.
    let back = if matches!(kind, Kind::Ramp | Kind::Coarse) {
        amount / 100 * 20
    } else {
        amount / 100 * steepest / 4
    };
    Profile {
        step: STEP,
        wanted: parts
            .iter()
            .map(|part| Power::from_watts(amount / 100 * part))
            .collect(),
        give_back: Power::from_watts(back),
    }
}

fn site(at: usize) -> Site {
    let name = format!("s{at:03}");
    Site {
        id: SiteId::new(&name),
        name: Arc::from(&*name),
        region: Arc::from("r"),
        grid_node: Arc::from(format!("own {name}")),
        node_limit: None,
        tariff: None,
        contract: None,
        meter: None,
        authority: Authority::default(),
        site_seq: 1,
        quality: Quality::Good,
        measured_at: NOW,
    }
}

fn block(kind: Kind, site: usize, number: usize, dice: &mut Dice) -> Block {
    let watts = match kind {
        Kind::Equal => 600_000,
        Kind::Coarse => dice.between(2_000_000, 10_000_000),
        _ => dice.between(200_000, 1_000_000),
    };
    // Thousandths of a joule a terahash.
    let joules = match kind {
        Kind::Equal | Kind::Proportional => 21_000,
        _ => dice.between(15_000, 34_000),
    };
    let mins = |least: i64, most: i64, dice: &mut Dice| {
        Duration::from_mins(dice.between(least, most).unsigned_abs())
    };
    let mut limits = BlockLimits {
        min_off: Duration::from_mins(10),
        min_on: Duration::from_mins(10),
        starts_per_hour: Some(2),
        ..BlockLimits::default()
    };
    match kind {
        Kind::Equal => {}
        Kind::Peaks => {
            limits.min_off = mins(10, 30, dice);
            limits.min_on = mins(10, 30, dice);
            limits.starts_per_hour = Some(1);
        }
        Kind::Slow => {
            if dice.below(3) == 0 {
                limits.ramp_down_w_s = Power::from_watts(watts / dice.between(400, 1_200));
                limits.ramp_up_w_s = Power::from_watts(watts / dice.between(400, 900));
            }
            if dice.below(3) == 0 {
                limits.notice = mins(1, 9, dice);
            }
            limits.shed_hours_30d = dice.below(200) as f64;
        }
        _ => {
            limits.min_off = mins(5, 20, dice);
            limits.shed_hours_30d = dice.below(200) as f64;
            if dice.below(4) == 0 {
                limits.calls_left = Some(1);
            }
            if dice.below(4) == 0 {
                limits.must_run = Power::from_watts(watts / 5);
            }
        }
    }
    let name = format!("b{number:02}");
    let steps = if kind == Kind::Stepped {
        vec![
            Power::from_watts(watts / 3),
            Power::from_watts(watts / 3 * 2),
        ]
    } else {
        Vec::new()
    };
    Block {
        site: SiteId::new(&format!("s{site:03}")),
        id: BlockId::new(&name),
        hall: HallId::new("h"),
        name: Arc::from(&*name),
        hashrate: Hashrate::from_hs(watts as f64 * 1e15 / joules as f64),
        power: Some(Power::from_watts(watts)),
        power_source: PowerSource::Meter,
        target: Power::from_watts(watts),
        floor: Power::ZERO,
        steps,
        nameplate: Power::from_watts(watts),
        state: BlockState::Hashing,
        state_since: NOW.shifted(-86_400_000),
        machines: MachineCounts::default(),
        inlet: None,
        accepted: 0,
        rejected: 0,
        stale: 0,
        quality: Quality::Good,
        tags: Vec::new(),
        limits,
        held: None,
        measured_at: NOW,
    }
}
