//! What a gateway tells of its restore queue, and of the orders that it gave by itself.

use std::collections::BTreeMap;

use baseload::domain::ids::{BlockKey, OrderId};
use baseload::domain::link::{Item, Topic};
use baseload::domain::order::Phase;
use baseload::domain::time::Timestamp;
use baseload::domain::waiting::{GatewayOrder, RestoreQueue, WaitsFor};
use baseload::gateway::Gateway;

use crate::desk::*;

fn told(desk: &Desk) -> RestoreQueue {
    let items = desk.gateway.snapshot(Topic::Fleet);
    let mut queues = items.into_iter().filter_map(|item| match item {
        Item::RestoreQueue(queue) => Some(*queue),
        _ => None,
    });
    let queue = queues.next().expect("a queue is told, empty or not");
    assert!(queues.next().is_none(), "one queue a gateway");
    queue
}

fn own(desk: &Desk) -> Vec<GatewayOrder> {
    let items = desk.gateway.snapshot(Topic::Order);
    let of = |item| match item {
        Item::GatewayOrder(own) => Some(*own),
        _ => None,
    };
    items.into_iter().filter_map(of).collect()
}

#[test]
fn the_queue_told_is_the_queue_that_is_run() {
    let mut desk = Desk::scripted("");
    assert!(told(&desk).rows.is_empty(), "nothing waits at first");
    let blocks = free(&desk, 10);
    desk.curtail(1, &blocks);
    desk.until_over(1, 40.0);
    desk.wait(80.0);
    desk.restore(2, &blocks);
    desk.wait(1.0);
    let mut first: BTreeMap<BlockKey, Timestamp> = BTreeMap::new();
    let mut steps = 0;
    let promised = told(&desk).rows.iter().filter_map(|row| row.expected).max();
    while desk.status(2).phase == Phase::Executing && steps < 2_000 {
        steps += 1;
        let queue = told(&desk);
        let waits: Vec<BlockKey> = queue
            .rows
            .iter()
            .map(|row| BlockKey::new(&row.site, &row.block))
            .collect();
        let status = desk.status(2);
        let accepted = |phase| phase == Phase::Accepted;
        let mut its_own: Vec<BlockKey> = status
            .targets
            .iter()
            .filter(|target| accepted(target.phase))
            .map(|target| BlockKey::new(&target.site, &target.block))
            .collect();
        its_own.sort();
        let mut sorted = waits.clone();
        sorted.sort();
        assert_eq!(
            sorted, its_own,
            "what is told waits, and all that waits is told"
        );
        for row in &queue.rows {
            assert_eq!(row.by, OrderId(2));
            assert!(matches!(row.reason, WaitsFor::Turn | WaitsFor::RampCap));
            let key = BlockKey::new(&row.site, &row.block);
            let time = row.not_before.expect("nothing stands against it");
            first.entry(key).or_insert(time);
            assert!(row.expected.expect("and it ends") > time);
        }
        // Two seconds for the reading, which is what a block is judged by.
        let early = first.iter().filter(|(key, _)| !waits.contains(key));
        for (key, at) in early {
            let late = desk.now.millis() - at.millis();
            assert!(
                late >= -2_000,
                "{key:?} came {late} ms after it was said to"
            );
        }
        desk.wait(0.5);
    }
    let promised = promised.expect("the end is told at first");
    let late = (desk.now.millis() - promised.millis()) / 1_000;
    assert!(
        (-60..=5).contains(&late),
        "all was back {late} s after it was expected at first: a console would call it late"
    );
    assert!(first.len() >= 4, "{} blocks waited", first.len());
    assert!(told(&desk).rows.is_empty(), "and none waits in the end");
}

#[test]
fn a_stopped_queue_promises_no_time_and_says_why() {
    let mut desk = Desk::scripted("[[event]]\nat = 45\ndo = \"frequency\"\nmhz = -300\nfor = 60\n");
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    desk.until_over(1, 40.0);
    desk.wait(80.0 - 1.0 - 40.0);
    desk.restore(2, &blocks);
    let mut held = 0;
    for _ in 0..100 {
        desk.wait(0.5);
        let queue = told(&desk);
        for row in &queue.rows {
            if row.reason == WaitsFor::Frequency {
                held += 1;
                assert_eq!(row.not_before, None);
                assert_eq!(row.expected, None);
            }
        }
    }
    assert!(held > 0, "it was stopped for a while");
}

#[test]
fn a_rule_s_order_is_told_as_the_gateway_s_own_before_its_answers() {
    let rules = "[[under_frequency]]\nname = \"uf\"\nbelow_mhz = 49800\nfor_ms = 300\nshed_mw = 60\nrearm_mhz = 49950\n";
    let mut desk = Desk::ruled(
        rules,
        "[[event]]\nat = 5\ndo = \"frequency\"\nmhz = -400\nfor = 20\n",
    );
    let blocks = free(&desk, 1);
    desk.curtail(1, &blocks);
    let mut items = Vec::new();
    for _ in 0..60 {
        desk.now = desk.now + std::time::Duration::from_millis(500);
        desk.gateway.advance(desk.now);
        items.extend(desk.gateway.changes(Topic::Order));
    }
    let mut seen = Vec::new();
    for item in &items {
        match item {
            Item::GatewayOrder(own) => seen.push(own.order.id),
            Item::Order(status) if status.id != OrderId(1) => {
                assert!(seen.contains(&status.id), "its answer came before itself");
            }
            _ => {}
        }
    }
    let own = own(&desk);
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(&*own[0].order.issued_by, "rule uf");
    assert!(own[0].wanted.megawatts() > 30.0, "{:?}", own[0].wanted);
    assert!(
        !seen.contains(&OrderId(1)),
        "a desk's order is none of its own"
    );
    assert_eq!(seen, [own[0].order.id], "and it is told once");
}
