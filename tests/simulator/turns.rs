//! What an order meets when its turn comes: a lockout, a change of hands or a frequency that it was not accepted under.

use std::path::Path;
use std::time::{Duration, Instant};

use baseload::domain::deed::{Act, Deed};
use baseload::domain::fleet::{Block, BlockState};
use baseload::domain::ids::{OrderId, SiteId};
use baseload::domain::link::Request;
use baseload::domain::order::{Order, OrderKind, Phase, PlanHash};
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::simulator::SimulatorOptions;

use crate::authority::codes;
use crate::desk::*;
use crate::durable::kept;

fn does(desk: &mut Desk, id: u128, act: Act, by: &str) {
    does_at(desk, "lukoml", id, act, by);
}

/// Does a deed and waits for its record, where there is a journal.
fn does_at(desk: &mut Desk, site: &str, id: u128, act: Act, by: &str) {
    let deed = Deed {
        id: OrderId(id),
        site: SiteId::new(site),
        act,
        epoch: desk.site(site).authority.epoch,
        by: by.into(),
        reason: "fans".into(),
        at: desk.now,
        gateway: None,
        desk: None,
        signature: None,
    };
    let stands = |desk: &Desk| {
        let tags = desk.blocks().into_iter().map(|block| block.tags);
        (desk.site(site).authority, tags.collect::<Vec<_>>())
    };
    let before = stands(desk);
    let request = Request::Deed(Box::new(deed));
    let done = desk.gateway.request(request, LINK, desk.now);
    done.expect("nothing stands against it");
    let until = Instant::now() + Duration::from_mins(1);
    while stands(desk) == before {
        assert!(Instant::now() < until, "it is not recorded");
        std::thread::yield_now();
        desk.gateway.advance(desk.now);
    }
}

fn locks(desk: &mut Desk, id: u128, block: &Block) {
    let act = Act::TagSet {
        block: block.id.clone(),
        kind: "maintenance".into(),
    };
    does(desk, id, act, "engineer");
}

fn unlocks(desk: &mut Desk, id: u128, block: &Block) {
    let act = Act::TagClear {
        block: block.id.clone(),
        kind: "maintenance".into(),
        tag: None,
    };
    does(desk, id, act, "engineer");
}

/// So many blocks, off for long enough to come back.
fn dark(desk: &mut Desk, count: usize) -> Vec<Block> {
    let blocks = free(desk, count);
    assert_ne!(desk.curtail(1, &blocks).phase, Phase::Rejected);
    desk.until_over(1, 60.0);
    desk.wait(60.0);
    blocks
}

/// A restore of blocks that are off, to begin in so many seconds.
fn later(desk: &Desk, id: u128, blocks: &[Block], seconds: u64) -> Order {
    let on: Vec<_> = blocks.iter().map(|b| (b, b.nameplate)).collect();
    let not_before = desk.now + Duration::from_secs(seconds);
    Order {
        not_before: Some(not_before),
        expires_at: not_before + Duration::from_mins(5),
        ..desk.order(id, OrderKind::Restore, &on)
    }
}

fn target(desk: &Desk, block: &Block) -> Power {
    desk.block(block.site.as_str(), block.id.as_str()).target
}

#[test]
fn a_restore_that_was_accepted_does_not_wake_a_block_that_was_locked_out_since() {
    let mut desk = Desk::default();
    let blocks = dark(&mut desk, 3);
    let order = later(&desk, 2, &blocks, 30);
    assert_eq!(desk.send(order).phase, Phase::Accepted);
    locks(&mut desk, 10, &blocks[1]);
    desk.wait(29.0);
    assert_eq!(desk.status(2).phase, Phase::Accepted);
    desk.until_over(2, 600.0);
    let status = desk.status(2);
    assert_eq!(status.targets[1].phase, Phase::Cancelled, "{status:?}");
    assert_eq!(status.targets[1].reasons[0].code(), "tagged");
    assert_eq!(status.targets[0].phase, Phase::Delivered);
    assert_eq!(target(&desk, &blocks[1]), blocks[1].floor);
    // It is anybody's again once the lockout is off.
    unlocks(&mut desk, 11, &blocks[1]);
    assert_ne!(desk.restore(3, &blocks[1..2]).phase, Phase::Rejected);
}

#[test]
fn a_block_on_its_way_up_goes_back_where_a_lockout_is_hung_on_it() {
    let mut desk = Desk::default();
    let blocks = dark(&mut desk, 8);
    assert_ne!(desk.restore(2, &blocks).phase, Phase::Rejected);
    let rising = |desk: &Desk| {
        let half = |b: &&Block| {
            let b = desk.block("lukoml", b.id.as_str());
            b.state == BlockState::Restoring
                && b.power
                    .is_some_and(|p| p > b.floor + Power::from_megawatts(1))
        };
        blocks.iter().position(|b| half(&b))
    };
    let at = loop {
        assert!(!desk.status(2).phase.is_final(), "none rises");
        desk.wait(0.5);
        if let Some(at) = rising(&desk) {
            break at;
        }
    };
    locks(&mut desk, 10, &blocks[at]);
    desk.wait(1.0);
    let status = desk.status(2);
    assert_eq!(status.targets[at].phase, Phase::Failed, "{status:?}");
    assert_eq!(status.targets[at].reasons[0].code(), "tagged");
    assert_eq!(target(&desk, &blocks[at]), blocks[at].floor);
    desk.until_over(2, 900.0);
    let status = desk.status(2);
    let delivered = status
        .targets
        .iter()
        .filter(|t| t.phase == Phase::Delivered);
    assert_eq!(delivered.count(), blocks.len() - 1, "the others come back");
    let dark = desk.block("lukoml", blocks[at].id.as_str());
    assert_eq!(dark.state, BlockState::Curtailed, "{dark:?}");
}

#[test]
fn an_order_of_before_a_change_of_hands_does_not_begin() {
    let mut desk = Desk::default();
    let blocks = dark(&mut desk, 3);
    let order = later(&desk, 2, &blocks, 30);
    assert_eq!(desk.send(order).phase, Phase::Accepted);
    does(&mut desk, 10, Act::Request, "boris");
    desk.wait(40.0);
    let status = desk.status(2);
    assert_eq!(status.phase, Phase::Cancelled, "{status:?}");
    assert_eq!(codes(&status), ["old_epoch"]);
    assert_eq!(target(&desk, &blocks[0]), blocks[0].floor);
}

/// A block whose contract wants notice, but not for long.
fn noticed(desk: &Desk) -> Block {
    let noticed = |b: &Block| {
        b.state == BlockState::Hashing
            && b.limits.must_run == Power::ZERO
            && !b.limits.notice.is_zero()
            && b.tags.is_empty()
    };
    let blocks = desk.blocks().into_iter().filter(noticed);
    blocks
        .min_by_key(|b| b.limits.notice)
        .expect("such a block")
}

#[test]
fn a_shed_that_waits_for_its_notice_leaves_a_block_alone_that_was_locked_out_since() {
    let mut desk = Desk::default();
    let block = noticed(&desk);
    let mut order = desk.order(2, OrderKind::Curtail, &[(&block, block.floor)]);
    order.expires_at = desk.now + Duration::from_hours(2);
    assert_eq!(desk.send(order).phase, Phase::Accepted);
    let tag = Act::TagSet {
        block: block.id.clone(),
        kind: "maintenance".into(),
    };
    does_at(&mut desk, block.site.as_str(), 10, tag, "engineer");
    desk.wait(block.limits.notice.as_secs_f64() + 2.0);
    let status = desk.status(2);
    assert_eq!(status.phase, Phase::Cancelled, "{status:?}");
    assert_eq!(codes(&status), ["tagged"]);
    assert_eq!(target(&desk, &block), block.target);
}

fn life(folder: &Path) -> Desk {
    kept(folder, || START, SimulatorOptions::at(START)).0
}

#[test]
fn a_lockout_bars_what_waits_over_a_restart_too() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut desk = life(&folder);
    let blocks = dark(&mut desk, 3);
    let order = later(&desk, 2, &blocks, 60);
    assert_eq!(desk.send(order).phase, Phase::Accepted);
    locks(&mut desk, 10, &blocks[0]);
    drop(desk);
    let mut desk = life(&folder);
    locks(&mut desk, 11, &blocks[1]);
    desk.until_over(2, 900.0);
    let status = desk.status(2);
    let phases: Vec<Phase> = status.targets.iter().map(|t| t.phase).collect();
    let barred = Phase::Cancelled;
    assert_eq!(phases, [barred, barred, Phase::Delivered], "{status:?}");
    assert_eq!(codes(&status), ["tagged"]);
}

#[test]
fn a_block_that_a_lockout_has_sent_back_is_off_after_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut desk = life(&folder);
    let blocks = dark(&mut desk, 1);
    assert_ne!(desk.restore(2, &blocks).phase, Phase::Rejected);
    desk.wait(20.0);
    assert_eq!(desk.status(2).phase, Phase::Executing);
    locks(&mut desk, 10, &blocks[0]);
    desk.wait(1.0);
    assert_eq!(desk.status(2).phase, Phase::Failed);
    drop(desk);
    let desk = life(&folder);
    assert_eq!(target(&desk, &blocks[0]), blocks[0].floor);
}

const LOW: &str = "[[under_frequency]]\nname = \"low\"\nbelow_mhz = 49800\nfor_ms = 500\nshed_mw = 20\nstep_mw = 20\n\
    rearm_mhz = 49950\nsites = [\"lukoml\"]\n";
const DIP: &str = "[[event]]\nat = 100\ndo = \"frequency\"\nmhz = -350\nfor = 60\n";

/// Every block of Lukoml that can be shed now, with the order that would.
fn all(desk: &Desk, id: u128) -> (Vec<Block>, Order) {
    let can = |b: &Block| b.site.as_str() == "lukoml" && b.limits.must_run == Power::ZERO;
    let blocks: Vec<Block> = desk.blocks().into_iter().filter(can).collect();
    let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
    let order = desk.order(id, OrderKind::Curtail, &off);
    (blocks, order)
}

#[test]
fn an_order_that_waits_for_its_time_does_not_keep_a_rule_from_shedding() {
    let mut desk = Desk::ruled(LOW, DIP);
    let (_, order) = all(&desk, 2);
    let not_before = desk.now + Duration::from_hours(40);
    let order = Order {
        not_before: Some(not_before),
        expires_at: not_before + Duration::from_mins(5),
        ..order
    };
    assert_eq!(desk.send(order).phase, Phase::Accepted);
    desk.wait(130.0);
    assert!(desk.alarmed("rule low: shed"), "{:?}", desk.alarms());
    let status = desk.status(2);
    let overtaken = status
        .targets
        .iter()
        .filter(|t| t.phase == Phase::Cancelled);
    assert!(overtaken.count() >= 1, "{status:?}");
    assert!(codes(&status).contains(&"superseded".to_owned()));
    assert_eq!(status.phase, Phase::Accepted, "the rest waits on");
}

#[test]
fn an_emergency_overtakes_what_waits_since_before_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let mut desk = life(&folder);
    let half = |b: &Block| {
        let step = b.steps.iter().find(|s| **s > b.floor && **s < b.nameplate);
        let plain = b.site.as_str() == "lukoml" && b.tags.is_empty();
        let free = plain && b.limits.must_run == Power::ZERO && b.limits.notice.is_zero();
        step.filter(|_| free).map(|step| (b.clone(), *step))
    };
    let (block, step) = desk.blocks().iter().find_map(half).expect("one with steps");
    let order = desk.order(1, OrderKind::Curtail, &[(&block, step)]);
    assert_ne!(desk.send(order).phase, Phase::Rejected);
    desk.until_over(1, 60.0);
    desk.wait(60.0);
    let order = later(&desk, 2, std::slice::from_ref(&block), 3_600);
    assert_eq!(desk.send(order).phase, Phase::Accepted);
    drop(desk);
    let mut desk = life(&folder);
    desk.wait(60.0);
    let order = desk.order(3, OrderKind::Curtail, &[(&block, block.floor)]);
    let order = Order {
        emergency: true,
        ..order
    };
    let status = desk.send(order);
    assert_ne!(status.phase, Phase::Rejected, "{status:?}");
    assert_eq!(desk.status(2).phase, Phase::Cancelled);
}

/// One block that an emergency may take at a site.
fn one(desk: &Desk, site: &str) -> Block {
    let free = |b: &Block| {
        b.site.as_str() == site
            && b.state == BlockState::Hashing
            && b.limits.must_run == Power::ZERO
            && b.limits.notice.is_zero()
            && b.tags.is_empty()
    };
    desk.blocks().into_iter().find(free).expect("such a block")
}

#[test]
fn whether_a_held_step_reaches_beyond_a_site_is_judged_when_its_turn_comes() {
    let mut desk = Desk::scripted("[[event]]\nat = 10\ndo = \"frequency\"\nmhz = 400\nfor = 60\n");
    let zero = Duration::ZERO;
    let sites: std::collections::BTreeSet<SiteId> = desk
        .blocks()
        .into_iter()
        .filter(|b| b.limits.notice == zero && b.tags.is_empty() && b.state == BlockState::Hashing)
        .filter(|b| b.limits.must_run == Power::ZERO)
        .map(|b| b.site)
        .collect();
    let sites: Vec<SiteId> = sites.into_iter().collect();
    desk.wait(7.5);
    let step = |desk: &Desk, id: u128, plan: u8, site: &SiteId| {
        let block = one(desk, site.as_str());
        Order {
            emergency: true,
            plan: PlanHash([plan; 32]),
            ..desk.order(id, OrderKind::Curtail, &[(&block, block.floor)])
        }
    };
    for (id, plan, site) in [(1, 1, 0), (2, 2, 1), (3, 2, 2)] {
        let order = step(&desk, id, plan, &sites[site]);
        let status = desk.send(order);
        assert_ne!(status.phase, Phase::Rejected, "{id}: {status:?}");
    }
    desk.wait(12.0);
    assert!(desk.millihertz() > 50_200, "{}", desk.millihertz());
    for id in [2, 3] {
        let status = desk.status(id);
        assert_eq!(status.phase, Phase::Cancelled, "{id}: {status:?}");
        assert_eq!(codes(&status), ["frequency_high"]);
    }
}

const BACK: &str = "restore_above_mhz = 49960\nrestore_for_ms = 5000\n";

#[test]
fn what_a_rule_could_not_give_back_at_once_comes_back_later() {
    let mut desk = Desk::ruled(&format!("{LOW}{BACK}"), DIP);
    desk.wait(130.0);
    let off = |desk: &Desk| {
        let blocks = desk.blocks().into_iter();
        blocks
            .filter(|b| b.site.as_str() == "lukoml" && b.target == b.floor)
            .collect::<Vec<Block>>()
    };
    let shed = off(&desk);
    assert!(!shed.is_empty(), "{:?}", desk.alarms());
    for (id, block) in (10..).zip(&shed) {
        locks(&mut desk, id, block);
    }
    desk.wait(120.0);
    assert_eq!(off(&desk).len(), shed.len(), "locked out");
    let orders = desk.orders.len();
    desk.wait(60.0);
    assert_eq!(desk.orders.len(), orders, "it does not ask in vain");
    for (id, block) in (30..).zip(&shed) {
        unlocks(&mut desk, id, block);
    }
    desk.wait(300.0);
    assert!(off(&desk).is_empty(), "{:?}", off(&desk));
}

#[test]
fn what_a_person_calls_back_of_a_rules_give_back_stays_called_back() {
    let mut desk = Desk::ruled(&format!("{LOW}{BACK}"), DIP);
    let own = loop {
        desk.wait(0.25);
        assert!(desk.now < START + Duration::from_mins(20));
        let begun = desk.orders.iter().map(|s| s.id).collect::<Vec<_>>();
        let found = begun.into_iter().find(|id| {
            let shown = desk.gateway.snapshot(baseload::domain::link::Topic::Order);
            shown.iter().any(|item| {
                matches!(item, baseload::domain::link::Item::GatewayOrder(own)
                    if own.order.id == *id && own.order.kind == OrderKind::Restore)
            })
        });
        if let Some(id) = found {
            break id;
        }
    };
    let status = desk.status(own.0);
    if status.phase == Phase::Accepted {
        assert_eq!(desk.ask(Request::OrderCancel(own)).phase, Phase::Cancelled);
        let known = desk.orders.iter().filter(|s| s.id != own).count();
        desk.wait(120.0);
        let later = desk.orders.iter().filter(|s| s.id != own).count();
        assert_eq!(later, known, "nothing more is ordered");
    }
}
