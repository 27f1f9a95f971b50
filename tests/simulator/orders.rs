//! Orders, from received to delivered.

use std::time::Duration;

use baseload::domain::fleet::{Block, BlockState, PowerSource};
use baseload::domain::ids::{GatewayId, OrderId};
use baseload::domain::link::{Item, Request};
use baseload::domain::order::{OrderKind, OrderStatus, Phase, Reason};
use baseload::domain::units::Power;
use baseload::gateway::Gateway;

use crate::desk::*;

#[test]
fn shedding_forty_megawatts_is_delivered_by_the_meter_and_lifts_the_frequency() {
    let mut desk = Desk::default();
    let mut twin = Desk::default();
    let blocks = free(&desk, 4);
    let before = draw(&blocks);
    let answer = desk.curtail(1, &blocks);
    assert_eq!(answer.phase, Phase::Executing);
    desk.wait(12.0);
    twin.wait(12.0);
    assert_eq!(desk.status(1).phase, Phase::Delivered);
    let lifted = desk.millihertz() - twin.millihertz();
    assert!((4..60).contains(&lifted), "{lifted} mHz");

    let phases: Vec<Phase> = desk.orders.iter().map(|s| s.phase).collect();
    assert_eq!(
        phases[..3],
        [Phase::Received, Phase::Accepted, Phase::Executing]
    );
    assert_eq!(phases.last(), Some(&Phase::Delivered));
    let delivered: Vec<i64> = desk
        .orders
        .iter()
        .map(|s| {
            s.targets
                .iter()
                .filter_map(|t| t.delivered)
                .sum::<Power>()
                .watts()
        })
        .collect();
    assert!(delivered.is_sorted(), "{delivered:?}");
    let shed = delivered.last().map_or(0.0, |w| *w as f64 / 1e6);
    assert!((before - shed).abs() < 2.0, "{shed} of {before} MW");
    assert!(
        delivered.iter().filter(|w| **w > 0).count() > 3,
        "it grows along the ramp"
    );
    let last = desk.orders.last().expect("an answer");
    for target in &last.targets {
        assert!(target.measured_at.expect("a reading") > answer.at);
    }
    let after: Vec<Block> = blocks
        .iter()
        .map(|b| desk.block(b.site.as_str(), b.id.as_str()))
        .collect();
    assert!(
        after
            .iter()
            .all(|b| b.state == BlockState::Curtailed && b.machines.hashing == 0)
    );
    assert!(draw(&after) < 1.0);
}

#[test]
fn restoring_is_slower_than_shedding_and_shares_the_fleets_cap() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 4);
    let before = draw(&blocks);
    desk.curtail(1, &blocks);
    let down = desk.until_over(1, 30.0);
    assert!(down <= 8.0, "{down} s");
    desk.wait(60.0);
    desk.restore(2, &blocks);
    desk.wait(8.0);
    assert!(
        draw(&free_again(&desk, &blocks)) < 1.0,
        "no machine wakes at once"
    );
    let up = 8.0 + desk.until_over(2, 600.0);
    assert!(up > 5.0 * down, "{up} s against {down} s");
    assert_eq!(desk.status(2).phase, Phase::Delivered);
    desk.wait(60.0);
    let after = draw(&free_again(&desk, &blocks));
    assert!(
        (after - before).abs() < 0.05 * before,
        "{after} of {before} MW"
    );

    // The whole of Lukoml and Astravets at once: no faster than 120 MW a minute.
    let many: Vec<Block> = desk
        .blocks()
        .into_iter()
        .filter(|b| ["lukoml", "astravets"].contains(&b.site.as_str()))
        .filter(|b| b.limits.must_run == Power::ZERO)
        .collect();
    desk.wait(60.0);
    desk.curtail(3, &many);
    desk.until_over(3, 100.0);
    desk.wait(60.0);
    desk.restore(4, &many);
    let mut last = desk.grid().mining.expect("mining").megawatts();
    for _ in 0..120 {
        desk.wait(1.0);
        let now = desk.grid().mining.expect("mining").megawatts();
        assert!(now - last < 2.5, "{} MW in a second", now - last);
        last = now;
    }
}

#[test]
fn an_id_is_never_run_twice_and_a_missed_id_is_dead() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 2);
    let order = desk.order(9, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
    desk.send(order.clone());
    desk.wait(10.0);
    let stored = desk.status(9);
    // The same order again: the stored answer. Another one under its id is told so. Nothing moves.
    let said = desk.orders.len();
    assert_eq!(desk.send(order), stored);
    let other = desk.curtail(9, &blocks[1..]);
    assert_eq!(other.phase, Phase::Rejected);
    assert_eq!(other.targets[0].reasons[0].code(), "id_used");
    assert_eq!(desk.status(9), stored);
    desk.wait(10.0);
    assert_eq!(desk.orders.len(), said);
    assert_eq!(
        desk.block("lukoml", blocks[1].id.as_str()).state,
        BlockState::Hashing
    );

    assert_eq!(desk.status(10).phase, Phase::NotSeen);
    let late = desk.curtail(10, &blocks[1..]);
    assert_eq!(late.phase, Phase::Rejected);
    assert_eq!(late.targets[0].reasons[0].code(), "dead_id");
    desk.wait(5.0);
    assert_eq!(
        desk.block("lukoml", blocks[1].id.as_str()).state,
        BlockState::Hashing
    );
}

#[test]
fn who_asks_for_all_the_ids_there_are_bars_nobody_from_asking() {
    let mut desk = Desk::default();
    let mut last = Phase::NotSeen;
    for id in 100..20_200 {
        let query = Request::OrderQuery(OrderId(id));
        let answer = desk.gateway.request(query, LINK, desk.now);
        let Ok([Item::Order(status)]) = answer.as_deref() else {
            panic!("{id}: {answer:?}");
        };
        last = status.phase;
    }
    assert_eq!(last, Phase::Unseen, "it is not called dead");
    assert_eq!(
        desk.status(100).phase,
        Phase::NotSeen,
        "what is dead stays so"
    );
}

#[test]
fn every_interlock_says_its_reason() {
    let mut desk = Desk::default();
    let blocks = desk.blocks();
    let find = |wanted: fn(&Block) -> bool| {
        vec![
            blocks
                .iter()
                .find(|b| wanted(b))
                .expect("such a block")
                .clone(),
        ]
    };
    let codes = |status: &OrderStatus| -> Vec<String> {
        let of = |t: &baseload::domain::order::TargetStatus| t.reasons.clone();
        let all = status.targets.iter().flat_map(of);
        all.map(|reason| reason.code().to_owned()).collect()
    };
    let local = find(|b| b.state == BlockState::Local);
    assert_eq!(codes(&desk.curtail(1, &local)), ["local_mode"]);
    let tagged = find(|b| b.lockout().is_some());
    assert_eq!(codes(&desk.curtail(2, &tagged)), ["tagged"]);
    let faulted = find(|b| b.state == BlockState::Faulted);
    assert_eq!(codes(&desk.curtail(3, &faulted)), ["not_answering"]);
    let heats = find(|b| b.limits.must_run > Power::ZERO && b.state == BlockState::Hashing);
    assert!(codes(&desk.curtail(4, &heats)).contains(&"must_run".into()));
    // Down to the heat floor it may go.
    let to_heat = (&heats[0], heats[0].limits.must_run);
    let order = desk.order(40, OrderKind::Curtail, &[to_heat]);
    assert!(!codes(&desk.send(order)).contains(&"must_run".into()));

    let one = free(&desk, 3);
    let bad = Power::from_watts(one[0].nameplate.watts() / 3);
    let order = desk.order(5, OrderKind::Curtail, &[(&one[0], bad)]);
    assert_eq!(codes(&desk.send(order)), ["bad_target"]);
    let minus = desk.order(50, OrderKind::Curtail, &[(&one[0], Power::from_watts(-5))]);
    assert_eq!(codes(&desk.send(minus)), ["bad_target"]);
    let mut ghost = one[0].clone();
    ghost.id = baseload::domain::ids::BlockId::new("b99");
    assert_eq!(codes(&desk.curtail(6, &[ghost])), ["unknown"]);
    assert_eq!(codes(&desk.restore(7, &one[..1])), ["already_there"]);
    let mut late = desk.order(8, OrderKind::Curtail, &[(&one[0], one[0].floor)]);
    late.expires_at = desk.now;
    let late = desk.send(late);
    assert_eq!(
        (late.phase, codes(&late)),
        (Phase::Expired, vec!["expired".into()])
    );
    let mut astray = desk.order(9, OrderKind::Curtail, &[(&one[0], one[0].floor)]);
    astray.gateway = GatewayId::new("another");
    assert_eq!(codes(&desk.send(astray)), ["wrong_gateway"]);
    let mut old = desk.order(10, OrderKind::Curtail, &[(&one[0], one[0].floor)]);
    old.targets[0].site_seq -= 1;
    assert_eq!(codes(&desk.send(old)), ["old_sequence"]);
    let mut leap = desk.order(11, OrderKind::Curtail, &[(&one[0], one[0].floor)]);
    leap.targets[0].site_seq = u64::MAX;
    assert_eq!(codes(&desk.send(leap)), ["sequence_leap"]);

    // One of two can be done: the order is accepted, the other says why not.
    let both = [one[0].clone(), local[0].clone()];
    let half = desk.curtail(12, &both);
    assert_eq!(half.phase, Phase::Executing);
    assert_eq!(half.targets[1].phase, Phase::Rejected);
    assert_eq!(
        codes(&desk.curtail(13, &one[..1])),
        ["order_pending", "already_there"]
    );
    desk.wait(6.0);
    assert_eq!(desk.status(12).phase, Phase::Delivered);
    let early = desk.restore(14, &one[..1]);
    assert!(matches!(
        early.targets[0].reasons[..],
        [Reason::MinimumOff { .. }]
    ));
    let twice = [one[1].clone(), one[1].clone()];
    let twice = desk.curtail(15, &twice);
    assert_eq!(twice.targets[1].reasons, [Reason::BadTarget]);
}

#[test]
fn a_contract_with_notice_waits_and_can_be_cancelled() {
    let mut desk = Desk::default();
    let sound = |b: &&Block| b.state == BlockState::Hashing && b.limits.must_run == Power::ZERO;
    let noticed = |b: &&Block| b.limits.notice == Duration::from_secs(20);
    let clean = |b: &&Block| b.tags.is_empty() && b.limits.min_on.is_zero();
    let blocks: Vec<Block> = desk
        .blocks()
        .iter()
        .filter(sound)
        .filter(noticed)
        .filter(clean)
        .take(2)
        .cloned()
        .collect();
    let calls = blocks[0].limits.calls_left;
    assert_eq!(desk.curtail(1, &blocks[..1]).phase, Phase::Accepted);
    desk.wait(10.0);
    let cancelled = desk.ask(Request::OrderCancel(OrderId(1)));
    assert_eq!(cancelled.phase, Phase::Cancelled);
    desk.wait(30.0);
    assert_eq!(desk.status(1).phase, Phase::Cancelled);

    assert_eq!(desk.curtail(2, &blocks[..1]).phase, Phase::Accepted);
    desk.wait(21.0);
    assert_eq!(desk.status(2).phase, Phase::Executing);
    let cancel = Request::OrderCancel(OrderId(2));
    let refusal = desk
        .gateway
        .request(cancel, LINK, desk.now)
        .expect_err("too late");
    assert_eq!(refusal.code, "too_late");
    let (site, id) = (blocks[0].site.as_str(), blocks[0].id.as_str());
    assert_eq!(desk.block(site, id).limits.calls_left, calls.map(|n| n - 1));

    let mut short = desk.order(3, OrderKind::Curtail, &[(&blocks[1], blocks[1].floor)]);
    short.expires_at = desk.now + Duration::from_secs(5);
    let short = desk.send(short);
    assert!(matches!(
        short.targets[0].reasons[..],
        [Reason::Notice { .. }]
    ));
}

#[test]
fn a_curtailment_overtakes_a_restore() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 1);
    desk.curtail(1, &blocks);
    desk.wait(60.0);
    desk.restore(2, &blocks);
    desk.wait(40.0);
    assert_eq!(desk.status(2).phase, Phase::Executing);
    assert_eq!(desk.curtail(3, &blocks).phase, Phase::Executing);
    assert_eq!(desk.status(2).phase, Phase::Failed);
    desk.wait(10.0);
    assert_eq!(desk.status(3).phase, Phase::Delivered);
}

#[test]
fn honest_firmware_is_delivered_by_the_grid_meter() {
    let mut desk = Desk::default();
    let firmware: Vec<Block> = desk
        .blocks()
        .into_iter()
        .filter(|b| b.power_source == PowerSource::Firmware && b.limits.must_run == Power::ZERO)
        .filter(|b| b.limits.min_on.is_zero())
        .collect();
    desk.curtail(1, &firmware);
    let notice = firmware[0].limits.notice.as_secs_f64();
    desk.wait(notice + 15.0);
    let status = desk.status(1);
    assert_eq!(status.phase, Phase::Delivered, "{status:?}");
}

#[test]
fn a_lapsed_lease_holds_and_alarms() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 1);
    let mut order = desk.order(1, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
    order.lease = Duration::from_secs(30);
    desk.send(order);
    desk.wait(35.0);
    assert!(desk.alarmed("lease of an order has lapsed"));
    assert_eq!(
        desk.block("lukoml", blocks[0].id.as_str()).state,
        BlockState::Curtailed
    );
}

#[test]
fn the_progress_of_a_large_order_is_told_once_a_second_and_its_end_at_once() {
    let mut desk = Desk::default();
    let many: Vec<Block> = desk
        .blocks()
        .into_iter()
        .filter(|b| ["lukoml", "astravets"].contains(&b.site.as_str()))
        .filter(|b| b.limits.must_run == Power::ZERO)
        .collect();
    assert!(many.len() > 30);
    desk.curtail(1, &many);
    let seconds = desk.until_over(1, 60.0);
    let said = desk.orders.len() as f64;
    assert!(
        (4.0..=5.0 + seconds).contains(&said),
        "{said} in {seconds} s"
    );
    let last = desk.orders.last().expect("an answer");
    assert_eq!(last.phase, Phase::Delivered);
    assert!(last.targets.iter().all(|t| t.phase == Phase::Delivered));
}
