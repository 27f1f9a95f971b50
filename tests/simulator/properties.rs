//! What holds whatever happens.

use std::time::Duration;

use baseload::domain::fleet::{Block, PowerSource};
use baseload::domain::ids::{BlockKey, OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{OrderKind, Phase};
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::simulator::SimulatorOptions;
use proptest::prelude::*;

use crate::desk::*;

/// What may befall a small nation.
#[derive(Debug, Clone)]
enum Act {
    Wait(u16),
    Curtail { id: u8, block: usize, level: usize },
    Restore { id: u8, block: usize },
    Query(u8),
    Cancel(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (50_u16..3_000).prop_map(Act::Wait),
        3 => (0_u8..12, 0_usize..200, 0_usize..4)
            .prop_map(|(id, block, level)| Act::Curtail { id, block, level }),
        2 => (0_u8..12, 0_usize..200).prop_map(|(id, block)| Act::Restore { id, block }),
        1 => (0_u8..12).prop_map(Act::Query),
        1 => (0_u8..12).prop_map(Act::Cancel),
    ]
}

fn small(seed: u64) -> Desk {
    let mut options = SimulatorOptions::at(START);
    options.seed = seed;
    options.sites = 4;
    options.blocks_per_site = Some(5);
    Desk::open(options)
}

/// Does it; gives everything that was said, in order.
fn perform(desk: &mut Desk, act: &Act) -> Vec<Item> {
    let blocks = desk.blocks();
    let request = match act {
        Act::Wait(ms) => {
            desk.now = desk.now + Duration::from_millis(u64::from(*ms));
            desk.gateway.advance(desk.now);
            None
        }
        Act::Curtail { id, block, level } => {
            let block = &blocks[block % blocks.len()];
            let target = block.steps.get(*level).copied().unwrap_or(block.floor);
            let order = desk.order(u128::from(*id), OrderKind::Curtail, &[(block, target)]);
            Some(Request::Order(Box::new(order)))
        }
        Act::Restore { id, block } => {
            let block = &blocks[block % blocks.len()];
            let to = block.nameplate;
            let order = desk.order(u128::from(*id), OrderKind::Restore, &[(block, to)]);
            Some(Request::Order(Box::new(order)))
        }
        Act::Query(id) => Some(Request::OrderQuery(OrderId(u128::from(*id)))),
        Act::Cancel(id) => Some(Request::OrderCancel(OrderId(u128::from(*id)))),
    };
    let mut said = Vec::new();
    if let Some(request) = request {
        said.extend(
            desk.gateway
                .request(request, LINK, desk.now)
                .unwrap_or_default(),
        );
    }
    for topic in Topic::ALL {
        said.extend(desk.gateway.changes(topic));
    }
    said
}

fn check(item: &Item, limits: &std::collections::BTreeMap<SiteId, Power>) {
    match item {
        Item::Block(block) => {
            let power = block.power.expect("a reading");
            if block.power_source != PowerSource::Firmware {
                assert!(
                    power >= block.floor,
                    "{} below its floor",
                    block.id.as_str()
                );
            }
            assert!(block.target >= Power::ZERO && block.target <= block.nameplate);
            assert!(block.hashrate.hs().is_finite() && block.hashrate.hs() >= 0.0);
            assert!(block.inlet.is_some_and(|t| t.degrees().is_finite()));
            let m = block.machines;
            assert_eq!(m.total, m.hashing + m.curtailed + m.faulted + m.offline);
            assert!(block.limits.ramp_down_w_s >= Power::ZERO);
            assert!(block.limits.shed_hours_30d.is_finite());
        }
        Item::Site(site) => {
            let meter = site.meter.expect("a meter");
            assert!(meter >= Power::ZERO && meter <= limits[&site.id]);
        }
        Item::Grid(grid) => {
            let bound = Power::from_megawatts(100_000);
            for unit in &grid.generation {
                assert!(unit.power <= unit.capacity && unit.power >= Power::ZERO);
            }
            assert!(grid.demand.is_some_and(|d| d > Power::ZERO && d < bound));
            assert!(grid.mining.is_some_and(|m| m >= Power::ZERO && m < bound));
        }
        Item::Order(status) => {
            for target in &status.targets {
                assert!(target.delivered.is_none_or(|d| d >= Power::ZERO));
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_seed_and_the_same_story_give_the_same_nation(
        seed in 0_u64..1_000, acts in proptest::collection::vec(act(), 1..25)
    ) {
        let (mut one, mut other) = (small(seed), small(seed));
        for act in &acts {
            prop_assert_eq!(perform(&mut one, act), perform(&mut other, act));
        }
        prop_assert_eq!(one.blocks(), other.blocks());
    }

    #[test]
    fn power_keeps_within_floor_limits_and_ramps_and_what_is_sent_is_valid(
        seed in 0_u64..1_000, acts in proptest::collection::vec(act(), 1..40)
    ) {
        let mut desk = small(seed);
        let sites = desk.gateway.snapshot(Topic::Fleet).into_iter().filter_map(|i| match i {
            Item::Site(site) => Some((site.id.clone(), site.node_limit.expect("a limit"))),
            _ => None,
        });
        let limits: std::collections::BTreeMap<SiteId, Power> = sites.collect();
        let mut last: std::collections::BTreeMap<BlockKey, Block> =
            desk.blocks().into_iter().map(|b| (b.key(), b)).collect();
        for act in &acts {
            for item in perform(&mut desk, act) {
                check(&item, &limits);
                let Item::Block(block) = item else { continue };
                let before = last.insert(block.key(), (*block).clone()).expect("known");
                if block.power_source == PowerSource::Firmware {
                    continue;
                }
                let draw = |b: &Block| b.power.expect("a reading").watts() as f64;
                // A step of the physics more, and the noise of two readings.
                let span = block.measured_at.age(before.measured_at)
                    .max(before.measured_at.age(block.measured_at)).as_secs_f64() + 0.25;
                let noise = 0.05 * block.nameplate.watts() as f64;
                let moved = draw(&block) - draw(&before);
                prop_assert!(moved <= block.limits.ramp_up_w_s.watts() as f64 * span + noise);
                prop_assert!(-moved <= block.limits.ramp_down_w_s.watts() as f64 * span + noise);
            }
        }
    }

    #[test]
    fn an_id_goes_through_its_phases_once(
        seed in 0_u64..1_000, acts in proptest::collection::vec(act(), 1..60)
    ) {
        let mut desk = small(seed);
        let mut phases: std::collections::BTreeMap<OrderId, Vec<Phase>> =
            std::collections::BTreeMap::new();
        for act in &acts {
            let asked = !matches!(act, Act::Wait(_));
            // The answer to the asker comes first and is no change.
            let skip = usize::from(asked);
            let said = perform(&mut desk, act);
            let changes = said.into_iter().filter_map(|i| match i {
                Item::Order(status) => Some(*status),
                _ => None,
            });
            let refused = matches!(act, Act::Cancel(_));
            for status in changes.skip(if refused { 0 } else { skip }) {
                phases.entry(status.id).or_default().push(status.phase);
            }
        }
        for (id, mut phases) in phases {
            phases.dedup();
            prop_assert!(phases.iter().filter(|p| p.is_final()).count() <= 1, "{id:?} {phases:?}");
            prop_assert!(phases.iter().filter(|p| **p == Phase::Received).count() <= 1);
            prop_assert!(phases.iter().filter(|p| **p == Phase::Executing).count() <= 1);
            let last_is_final = phases.iter().position(|p| p.is_final());
            prop_assert!(last_is_final.is_none_or(|at| at + 1 == phases.len()), "{phases:?}");
        }
    }
}
