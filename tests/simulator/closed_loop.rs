//! The gateway's own loop: late joiners, trims, leases.

use std::time::Duration;

use baseload::domain::fleet::{Block, BlockState};
use baseload::domain::ids::OrderId;
use baseload::domain::link::Request;
use baseload::domain::order::{OrderKind, Phase};
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::durable::Past;

use crate::desk::*;
use crate::durable::{Disk, State};

#[test]
fn machines_that_join_a_curtailed_block_are_curtailed_too() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 40\ndo = \"late_machine\"\nsite = \"lukoml\"\nblock = \"b01\"\nmachines = 5\nfor = 900\n",
    );
    let block = desk.block("lukoml", "b01");
    desk.curtail(1, std::slice::from_ref(&block));
    desk.wait(35.0);
    assert_eq!(desk.block("lukoml", "b01").machines.hashing, 0);
    let mut most = 0;
    for _ in 0..60 {
        desk.wait(1.0);
        most = most.max(desk.block("lukoml", "b01").machines.hashing);
    }
    assert!((4..=6).contains(&most), "{most} have joined");
    assert_eq!(desk.block("lukoml", "b01").machines.hashing, 0, "and sleep");
}

#[test]
fn a_late_block_that_follows_after_all_gives_its_substitutes_back() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 1\ndo = \"stuck_block\"\nsite = \"lukoml\"\nblock = \"b03\"\nfor = 50\n",
    );
    desk.wait(2.0);
    let block = desk.block("lukoml", "b03");
    let others: Vec<Block> = free(&desk, 6)
        .into_iter()
        .filter(|b| b.id != block.id)
        .take(2)
        .collect();
    let mut order = desk.order(1, OrderKind::Curtail, &[(&block, block.floor)]);
    order.substitutes = others.iter().map(Block::key).collect();
    order.extra_max = Power::from_megawatts(100);
    desk.send(order);
    desk.wait(40.0);
    let first = desk.block("lukoml", others[0].id.as_str());
    assert_eq!(
        first.target, first.floor,
        "it takes the place of the stuck one"
    );
    assert!(
        desk.alarmed("does not follow its order"),
        "{:?}",
        desk.alarms()
    );
    let before = desk.orders.len();
    desk.wait(200.0);
    let stuck = desk.block("lukoml", "b03");
    assert_eq!(stuck.state, BlockState::Curtailed, "it came loose");
    let trims: Vec<_> = desk.orders[before..]
        .iter()
        .filter(|status| status.id != OrderId(1))
        .collect();
    assert!(!trims.is_empty(), "consoles hear of the trim");
    assert_eq!(trims.last().map(|t| t.phase), Some(Phase::Delivered));
    let given = trims.iter().flat_map(|t| &t.targets);
    assert!(
        given
            .clone()
            .all(|t| others.iter().any(|o| o.id == t.block)),
        "only what took its place"
    );
    let off: Power = [&block, &others[0], &others[1]]
        .iter()
        .map(|b| b.power.expect("read") - desk.block("lukoml", b.id.as_str()).power.expect("read"))
        .sum();
    let ordered = block.power.expect("read") - block.floor;
    assert!(
        off >= ordered - Power::from_megawatts(1),
        "{off:?} of {ordered:?}"
    );
}

#[test]
fn a_lease_is_renewed_and_one_that_lapses_holds() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 1);
    let mut order = desk.order(1, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
    order.lease = Duration::from_secs(30);
    desk.send(order);
    desk.wait(25.0);
    desk.ask(Request::LeaseRenew(OrderId(1)));
    desk.wait(25.0);
    assert!(!desk.alarmed("has lapsed"), "{:?}", desk.alarms());
    desk.wait(10.0);
    assert!(desk.alarmed("hold until restored"), "{:?}", desk.alarms());
    desk.ask(Request::LeaseRenew(OrderId(1)));
    desk.wait(2.0);
    let now = desk.now;
    let refused = desk
        .gateway
        .request(Request::LeaseRenew(OrderId(2)), LINK, now);
    assert_eq!(refused.expect_err("no such lease").code, "no_lease");
    let block = desk.block("lukoml", blocks[0].id.as_str());
    assert_eq!(block.state, BlockState::Curtailed);
}

const LEASE: &str = "[lease]\nrestore = [\"lukoml\"]\noffset_s = 20\n";

#[test]
fn a_lapsed_lease_is_restored_where_its_rule_says_so_but_only_in_band() {
    let dip = "[[event]]\nat = 10\ndo = \"frequency\"\nmhz = -250\nfor = 90\n";
    let mut desk = Desk::ruled(LEASE, dip);
    let blocks = free(&desk, 2);
    let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
    let mut order = desk.order(1, OrderKind::Curtail, &off);
    order.lease = Duration::from_secs(30);
    desk.send(order);
    desk.wait(80.0);
    assert!(
        desk.alarmed("come back by their rule"),
        "{:?}",
        desk.alarms()
    );
    let now = free_again(&desk, &blocks);
    assert!(
        now.iter().all(|b| b.target == b.floor),
        "out of band: they hold"
    );
    desk.wait(240.0);
    let now = free_again(&desk, &blocks);
    assert!(now.iter().all(|b| b.target == b.nameplate), "{now:?}");
    assert!(!desk.stands("has lapsed"), "{:?}", desk.alarms());
    assert!(!desk.alarmed("does not follow"), "{:?}", desk.alarms());
}

/// Who told a block last decides about it: a lease of before gives nothing back that another order holds.
#[test]
fn a_lapsed_lease_gives_no_block_back_that_another_order_holds() {
    let mut desk = Desk::ruled(LEASE, "");
    let blocks = free(&desk, 2);
    let half = Power::from_watts(blocks[0].nameplate.watts() * 3 / 4);
    let mut order = desk.order(
        1,
        OrderKind::Curtail,
        &[(&blocks[0], half), (&blocks[1], half)],
    );
    order.lease = Duration::from_mins(1);
    desk.send(order);
    desk.wait(30.0);
    let later = desk.order(2, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
    desk.send(later);
    desk.wait(330.0);
    let now = free_again(&desk, &blocks);
    assert_eq!(now[0].target, now[0].floor, "the later order holds it");
    assert_eq!(now[1].target, now[1].nameplate, "it lapsed");
    // Nobody is told to restore what the later order holds.
    assert!(!desk.stands("has lapsed"), "{:?}", desk.alarms());
}

/// A block that is off by a lease that is given back when it lapses, and the disk.
fn leased() -> (Desk, Disk, Block) {
    let mut desk = Desk::ruled(LEASE, "");
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    let block = free(&desk, 1).remove(0);
    let mut order = desk.order(1, OrderKind::Curtail, &[(&block, block.floor)]);
    order.lease = Duration::from_secs(30);
    desk.send(order);
    (desk, storage, block)
}

#[test]
fn a_lease_that_is_renewed_while_its_restore_waits_for_its_record_holds() {
    let target = |desk: &Desk, block: &Block| desk.block("lukoml", block.id.as_str()).target;
    let (mut desk, _, block) = leased();
    while target(&desk, &block) == block.floor {
        assert!(desk.now < START + Duration::from_mins(5), "it holds");
        desk.wait(0.25);
    }
    let at = desk.now;
    let (mut desk, storage, block) = leased();
    while desk.now + Duration::from_millis(500) < at {
        desk.wait(0.25);
    }
    storage.is(State::Hangs);
    desk.wait(0.75);
    desk.ask(Request::LeaseRenew(OrderId(1)));
    storage.is(State::Well);
    desk.wait(1.0);
    assert_eq!(target(&desk, &block), block.floor);
    let own = desk.orders.last().expect("its restore is told");
    assert_ne!(own.id, OrderId(1));
    assert_eq!(own.targets[0].reasons[0].code(), "lease", "{own:?}");
}
