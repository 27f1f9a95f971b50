//! The emergency shed's steps, as the console cuts them, at a gateway: both sides agree on what may go.

use std::collections::BTreeMap;
use std::time::Duration;

use baseload::control::emergency::{Cut, INTERVAL, Shed, Step, shed};
use baseload::control::interlock::{Candidate, Standing};
use baseload::domain::fleet::{Block, BlockState, Site};
use baseload::domain::ids::{FeedId, GatewayId, OrderId, SiteId};
use baseload::domain::order::{Order, OrderKind, Phase, TargetStatus};
use baseload::domain::quality::Quality;
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::simulator::GATEWAY;

use crate::desk::*;

/// What a console would cut the nation into.
fn cut(desk: &Desk, limit: Power) -> Shed {
    let blocks = desk.blocks();
    let sites: BTreeMap<SiteId, Site> = blocks
        .iter()
        .map(|b| (b.site.clone(), desk.site(b.site.as_str())))
        .collect();
    let gateway = GatewayId::new(GATEWAY);
    let candidate = |block| Candidate {
        site: &sites[&Block::key(block).site],
        block,
        feed: FeedId(0),
        gateway: &gateway,
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
    };
    let candidates: Vec<Candidate<'_>> = blocks.iter().map(candidate).collect();
    let cut = Cut {
        step: limit,
        interval: INTERVAL,
        own: BTreeMap::new(),
    };
    shed(&candidates, "operator 7", desk.now, &cut)
}

fn order(desk: &Desk, id: u128, step: &Step) -> Order {
    let blocks = desk.blocks();
    let find = |part: &baseload::control::emergency::Part| {
        let found = blocks.iter().find(|b| b.key() == part.key);
        (found.expect("is there"), part.target)
    };
    let targets: Vec<(&Block, Power)> = step.parts.iter().map(find).collect();
    Order {
        emergency: true,
        ..desk.order(id, OrderKind::Curtail, &targets)
    }
}

fn codes(target: &TargetStatus) -> Vec<&str> {
    target
        .reasons
        .iter()
        .map(baseload::domain::order::Reason::code)
        .collect()
}

#[test]
fn every_step_of_the_nation_is_taken_whole() {
    let mut desk = Desk::default();
    let limit = desk.gateway.bounds().expect("it tells its limit").step;
    let shed = cut(&desk, limit);
    assert!(shed.steps.len() >= 3, "{} steps", shed.steps.len());
    assert!(!shed.excluded.is_empty(), "the nation has its odd blocks");
    for (id, step) in (1..).zip(&shed.steps) {
        let order = order(&desk, id, step);
        let status = desk.send(order);
        let refused: Vec<_> = status
            .targets
            .iter()
            .filter(|t| t.phase == Phase::Rejected)
            .map(codes)
            .collect();
        assert_eq!(refused, Vec::<Vec<&str>>::new(), "step {id}");
        desk.wait(1.0);
    }
}

#[test]
fn what_is_left_out_would_have_been_refused() {
    let mut desk = Desk::default();
    let shed = cut(&desk, Power::from_megawatts(300));
    for (id, left) in (1..).zip(&shed.excluded) {
        let (site, block) = (left.key.site.as_str(), left.key.block.as_str());
        let block = desk.block(site, block);
        let lone = Order {
            emergency: true,
            ..desk.order(id, OrderKind::Curtail, &[(&block, block.floor)])
        };
        assert_eq!(desk.send(lone).phase, Phase::Rejected, "{left:?}");
    }
}

#[test]
fn a_step_too_large_is_refused_unless_it_is_one_block_and_wear_bars_nothing() {
    let mut desk = Desk::default();
    let shed = cut(&desk, Power::from_megawatts(100_000));
    let whole = order(&desk, 1, &shed.steps[0]);
    let status = desk.send(whole);
    assert_eq!(status.phase, Phase::Rejected);
    assert_eq!(codes(&status.targets[0]), ["emergency_step"]);
    // A block that has just been woken is on too short a time for a careful order.
    let quick = |b: &Block| {
        !b.limits.min_on.is_zero()
            && b.state == BlockState::Hashing
            && b.limits.must_run == Power::ZERO
            && b.limits.notice.is_zero()
            && b.power.is_some_and(|p| p > Power::from_megawatts(1))
            && b.tags.is_empty()
    };
    let block: Vec<Block> = desk.blocks().into_iter().filter(quick).take(1).collect();
    assert_eq!(block.len(), 1, "some block has a minimum time on");
    assert_ne!(desk.curtail(2, &block).phase, Phase::Rejected);
    desk.until_over(2, 300.0);
    desk.wait(1_000.0);
    desk.restore(3, &free_again(&desk, &block));
    // It counts from the order that wakes it.
    desk.wait(2.0);
    let woken = free_again(&desk, &block);
    let off = desk.order(4, OrderKind::Curtail, &[(&woken[0], woken[0].floor)]);
    let careful = desk.send(off.clone());
    let codes = codes(&careful.targets[0]);
    assert!(codes.contains(&"minimum_on"), "{codes:?}");
    let hurried = Order {
        id: OrderId(5),
        emergency: true,
        ..off
    };
    assert_ne!(desk.send(hurried).phase, Phase::Rejected);
}
