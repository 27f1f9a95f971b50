//! The simulated nation as a console meets it: through the gateway trait, at made-up times.
#![allow(missing_docs, reason = "tests speak by their names")]

use std::time::Duration;

use baseload::domain::alarm::AlarmState;
use baseload::domain::fleet::{Block, BlockState, MachineState, PowerSource, Site};
use baseload::domain::grid::{GridReading, GridState};
use baseload::domain::ids::{BlockKey, GatewayId, HallId, OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{
    Order, OrderKind, OrderStatus, OrderTarget, Phase, PlanHash, Reason,
};
use baseload::domain::quality::Quality;
use baseload::domain::time::Timestamp;
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::simulator::{GATEWAY, NATION, Simulator, SimulatorOptions, script};
use proptest::prelude::*;

/// 2026-11-22T08:00:00Z: 11:00 in Minsk, no evening peak near.
const START: Timestamp = Timestamp::from_millis(1_795_334_400_000);

/// A nation with the time at which it stands.
struct Desk {
    gateway: Simulator,
    now: Timestamp,
    orders: Vec<OrderStatus>,
}

impl Desk {
    fn open(options: SimulatorOptions) -> Self {
        let now = options.start;
        let mut desk = Self {
            gateway: Simulator::new(options),
            now,
            orders: Vec::new(),
        };
        desk.wait(1.0);
        desk
    }

    fn default() -> Self {
        Self::open(SimulatorOptions::at(START))
    }

    fn scripted(text: &str) -> Self {
        let mut options = SimulatorOptions::at(START);
        options.script = Some(script::parse(text).expect("a good script"));
        let desk = Self::open(options);
        assert_eq!(desk.gateway.script_errors(), Vec::new());
        desk
    }

    /// Lets so many seconds pass, a quarter at a time.
    fn wait(&mut self, seconds: f64) {
        for _ in 0..(seconds * 4.0) as u32 {
            self.now = self.now + Duration::from_millis(250);
            self.gateway.advance(self.now);
            for item in self.gateway.changes(Topic::Order) {
                if let Item::Order(status) = item {
                    self.orders.push(*status);
                }
            }
        }
    }

    fn blocks(&self) -> Vec<Block> {
        let block = |item| match item {
            Item::Block(block) => Some(*block),
            _ => None,
        };
        let items = self.gateway.snapshot(Topic::Fleet);
        items.into_iter().filter_map(block).collect()
    }

    fn block(&self, site: &str, block: &str) -> Block {
        let named = |b: &Block| b.site.as_str() == site && b.id.as_str() == block;
        self.blocks().into_iter().find(named).expect("such a block")
    }

    fn site(&self, id: &str) -> Site {
        let items = self.gateway.snapshot(Topic::Fleet);
        let found = items.into_iter().find_map(|item| match item {
            Item::Site(site) if site.id.as_str() == id => Some(*site),
            _ => None,
        });
        found.expect("such a site")
    }

    fn grid(&self) -> GridReading {
        match self.gateway.snapshot(Topic::Grid).pop() {
            Some(Item::Grid(reading)) => *reading,
            other => panic!("no grid reading but {other:?}"),
        }
    }

    fn millihertz(&self) -> i64 {
        self.grid().frequency.expect("a frequency").millihertz()
    }

    fn alarms(&self) -> Vec<String> {
        let text = |item| match item {
            Item::Alarm(alarm) => Some(alarm.text.to_string()),
            _ => None,
        };
        let items = self.gateway.snapshot(Topic::Alarm);
        items.into_iter().filter_map(text).collect()
    }

    fn alarmed(&self, part: &str) -> bool {
        self.alarms().iter().any(|text| text.contains(part))
    }

    /// An order for these blocks, not sent yet.
    fn order(&self, id: u128, kind: OrderKind, targets: &[(&Block, Power)]) -> Order {
        Order {
            id: OrderId(id),
            plan: PlanHash([7; 32]),
            nation: NATION.into(),
            gateway: GatewayId::new(GATEWAY),
            kind,
            targets: targets
                .iter()
                .map(|(block, target)| {
                    let site = self.site(block.site.as_str());
                    OrderTarget {
                        site: block.site.clone(),
                        block: block.id.clone(),
                        target: *target,
                        epoch: site.authority.epoch,
                        site_seq: site.site_seq + 1,
                    }
                })
                .collect(),
            substitutes: Vec::new(),
            extra_max: Power::ZERO,
            reason: "test".into(),
            issued_by: "operator 7".into(),
            countersigned_by: None,
            issued_at: self.now,
            expires_at: self.now + Duration::from_mins(10),
            lease: Duration::ZERO,
            signature: None,
            countersignature: None,
        }
    }

    fn send(&mut self, order: Order) -> OrderStatus {
        self.ask(Request::Order(Box::new(order)))
    }

    fn ask(&mut self, request: Request) -> OrderStatus {
        let mut items = self.gateway.request(request, self.now).expect("an answer");
        match (items.pop(), items.len()) {
            (Some(Item::Order(status)), 0) => *status,
            other => panic!("not one answer but {other:?}"),
        }
    }

    fn curtail(&mut self, id: u128, blocks: &[Block]) -> OrderStatus {
        let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
        let order = self.order(id, OrderKind::Curtail, &off);
        self.send(order)
    }

    fn restore(&mut self, id: u128, blocks: &[Block]) -> OrderStatus {
        let on: Vec<_> = blocks.iter().map(|b| (b, b.nameplate)).collect();
        let order = self.order(id, OrderKind::Restore, &on);
        self.send(order)
    }

    fn status(&mut self, id: u128) -> OrderStatus {
        self.ask(Request::OrderQuery(OrderId(id)))
    }

    /// Waits until the order is over; gives the seconds that it took.
    fn until_over(&mut self, id: u128, most: f64) -> f64 {
        let mut waited = 0.0;
        while !self.status(id).phase.is_final() {
            assert!(waited < most, "still {:?}", self.status(id).phase);
            self.wait(0.5);
            waited += 0.5;
        }
        waited
    }
}

/// Metered blocks of Lukoml that anything may be done with.
fn free(desk: &Desk, count: usize) -> Vec<Block> {
    let free: Vec<Block> = desk
        .blocks()
        .into_iter()
        .filter(|b| {
            b.site.as_str() == "lukoml"
                && b.state == BlockState::Hashing
                && b.limits.must_run == Power::ZERO
                && b.limits.min_on.is_zero()
                && b.power_source == PowerSource::Meter
                && b.tags.is_empty()
        })
        .take(count)
        .collect();
    assert_eq!(free.len(), count);
    free
}

fn draw(blocks: &[Block]) -> f64 {
    let watts = |b: &Block| b.power.expect("a reading").megawatts();
    blocks.iter().map(watts).sum()
}

#[test]
fn the_default_nation_is_as_announced_and_calm() {
    let desk = Desk::default();
    let blocks = desk.blocks();
    let nameplate: f64 = blocks.iter().map(|b| b.nameplate.megawatts()).sum();
    assert!((nameplate - 1_450.0).abs() < 1.0, "{nameplate} MW");
    let sites: std::collections::BTreeSet<_> = blocks.iter().map(|b| b.site.clone()).collect();
    assert_eq!(sites.len(), 12);
    let part = |wanted: fn(&Block) -> bool| {
        blocks.iter().filter(|b| wanted(b)).count() as f64 / blocks.len() as f64
    };
    assert!(part(|b| b.state == BlockState::Hashing) > 0.95);
    assert!(part(|b| b.quality == Quality::Good) > 0.9);
    for wanted in [
        |b: &Block| b.state == BlockState::Faulted,
        |b: &Block| b.state == BlockState::Local,
        |b: &Block| b.lockout().is_some(),
        |b: &Block| b.power_source == PowerSource::Firmware,
        |b: &Block| b.limits.must_run > Power::ZERO,
        |b: &Block| !b.steps.is_empty(),
    ] {
        assert!(part(wanted) > 0.0);
    }
    let grid = desk.grid();
    let nuclear = grid.generation.iter().filter(|u| &*u.kind == "nuclear");
    let capacity: Vec<i64> = nuclear.map(|u| u.capacity.watts()).collect();
    assert_eq!(capacity, [1_110_000_000, 1_110_000_000]);
    let surplus = grid.surplus.expect("a surplus").megawatts();
    assert!((1_300.0..1_700.0).contains(&surplus), "{surplus} MW");
    assert!((49_950..50_050).contains(&desk.millihertz()));
    assert_eq!(grid.state, GridState::Normal);
    assert_eq!(desk.alarms().len(), 1, "{:?}", desk.alarms());
}

#[test]
fn demand_stays_belarusian_around_the_year() {
    for day in (0..365).step_by(29) {
        let start = START + Duration::from_hours(24 * day);
        let mut options = SimulatorOptions::at(start);
        options.speed = 3_600.0;
        options.blocks_per_site = Some(1);
        let mut desk = Desk::open(options);
        for _ in 0..24 {
            let grid = desk.grid();
            let demand = grid.demand.expect("demand").megawatts();
            assert!(
                (3_300.0..6_400.0).contains(&demand),
                "{demand} MW, day {day}"
            );
            let surplus = grid.surplus.expect("surplus").megawatts();
            assert!(
                (1_000.0..1_900.0).contains(&surplus),
                "{surplus} MW, day {day}"
            );
            // An hour in one go: coarse, but the day's shape is what counts.
            desk.now = desk.now + Duration::from_secs(1);
            desk.gateway.advance(desk.now);
        }
    }
}

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

fn free_again(desk: &Desk, blocks: &[Block]) -> Vec<Block> {
    let again = |b: &Block| desk.block(b.site.as_str(), b.id.as_str());
    blocks.iter().map(again).collect()
}

#[test]
fn an_id_is_never_run_twice_and_a_missed_id_is_dead() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 2);
    desk.curtail(9, &blocks[..1]);
    desk.wait(10.0);
    let stored = desk.status(9);
    // The same id with another content: the stored answer, and nothing moves.
    let said = desk.orders.len();
    assert_eq!(desk.curtail(9, &blocks[1..]), stored);
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
        .request(cancel, desk.now)
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
fn pages_hold_every_machine_once_and_agree_with_their_blocks() {
    let desk = Desk::default();
    let (site, hall) = (SiteId::new("biaroza"), HallId::new("hall-1"));
    let first = desk.gateway.machines(&site, &hall, 0).expect("a page");
    let mut rows = Vec::new();
    for page in 0..first.pages {
        let page = desk.gateway.machines(&site, &hall, page).expect("a page");
        assert!(page.rows.len() <= 500);
        rows.extend(page.rows);
    }
    assert_eq!(rows.len(), first.total as usize);
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|m| m.id.clone()).collect();
    assert_eq!(ids.len(), rows.len());
    for block in desk
        .blocks()
        .iter()
        .filter(|b| b.site == site && b.hall == hall)
    {
        let count = |state| {
            let of =
                |m: &&baseload::domain::fleet::Machine| m.block == block.id && m.state == state;
            rows.iter().filter(of).count()
        };
        assert_eq!(
            count(MachineState::Hashing),
            block.machines.hashing as usize
        );
        assert_eq!(
            count(MachineState::Faulted),
            block.machines.faulted as usize
        );
        assert_eq!(
            count(MachineState::Offline),
            block.machines.offline as usize
        );
    }
    assert!(desk.gateway.machines(&site, &hall, first.pages).is_err());
    assert!(
        desk.gateway
            .machines(&site, &HallId::new("cellar"), 0)
            .is_err()
    );
}

#[test]
fn a_tripped_unit_dips_the_frequency_and_the_dispatcher_wants_load_off() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 5\ndo = \"unit_trip\"\nunit = \"Astravets 1\"\nfor = 600\n",
    );
    desk.wait(9.0);
    assert!(desk.millihertz() < 49_850, "{}", desk.millihertz());
    let grid = desk.grid();
    assert_eq!(grid.state, GridState::Emergency);
    assert!(
        grid.instructions
            .iter()
            .any(|i| i.reason.contains("tripped"))
    );
    assert!(grid.surplus.expect("surplus").megawatts() < 800.0);
    assert!(desk.alarmed("Astravets 1 tripped"));
    assert!(desk.alarmed("below 49.9"));
}

#[test]
fn a_lost_link_ages_the_values_and_refuses_orders_but_changes_no_load() {
    let mut desk =
        Desk::scripted("[[event]]\nat = 5\ndo = \"link_loss\"\nsite = \"lukoml\"\nfor = 30\n");
    let blocks = free(&desk, 1);
    desk.wait(15.0);
    let aged = desk.site("lukoml").measured_at.age(desk.now);
    assert!(aged >= Duration::from_secs(9), "{aged:?}");
    assert!(desk.site("mazyr").measured_at.age(desk.now) <= Duration::from_secs(1));
    let refused = desk.curtail(1, &blocks);
    assert_eq!(refused.targets[0].reasons, [Reason::NotAnswering]);
    assert!(desk.alarmed("does not report"));
    desk.wait(25.0);
    assert!(desk.site("lukoml").measured_at.age(desk.now) <= Duration::from_secs(1));
    assert!(draw(&free_again(&desk, &blocks)) > 10.0);
}

#[test]
fn a_stuck_block_fails_its_order_and_raises_an_alarm_that_can_be_seen_and_shelved() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 1\ndo = \"stuck_block\"\nsite = \"lukoml\"\nblock = \"b03\"\nfor = 200\n",
    );
    desk.wait(2.0);
    let block = desk.block("lukoml", "b03");
    desk.curtail(1, std::slice::from_ref(&block));
    desk.wait(100.0);
    assert_eq!(desk.status(1).phase, Phase::Failed);
    assert_eq!(desk.block("lukoml", "b03").state, BlockState::Faulted);
    assert!(
        desk.alarmed("MW against a target of 0 for"),
        "{:?}",
        desk.alarms()
    );
    let find = |desk: &Desk| {
        let items = desk.gateway.snapshot(Topic::Alarm);
        items.into_iter().find_map(|item| match item {
            Item::Alarm(alarm) if alarm.text.contains("against") => Some(*alarm),
            _ => None,
        })
    };
    let id = find(&desk).expect("an alarm").id;
    let now = desk.now;
    let ack = Request::AlarmAck(id.clone());
    desk.gateway.request(ack, now).expect("acknowledged");
    assert_eq!(
        find(&desk).expect("an alarm").state,
        AlarmState::Acknowledged
    );
    let shelve = Request::AlarmShelve {
        id,
        until: now + Duration::from_secs(20),
        reason: "known".into(),
    };
    desk.gateway.request(shelve, now).expect("shelved");
    assert_eq!(find(&desk).expect("an alarm").state, AlarmState::Shelved);
    desk.wait(25.0);
    assert_eq!(
        find(&desk).expect("an alarm").state,
        AlarmState::Acknowledged
    );
    desk.wait(120.0);
    assert_eq!(
        find(&desk),
        None,
        "the block came loose, fell, and the alarm is over"
    );
    assert_eq!(desk.block("lukoml", "b03").state, BlockState::Curtailed);
}

#[test]
fn lying_firmware_is_not_believed() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 1\ndo = \"lying_firmware\"\nsite = \"biaroza\"\nblock = \"b02\"\npart = 0.4\nfor = 900\n",
    );
    desk.wait(2.0);
    let block = desk.block("biaroza", "b02");
    assert_eq!(block.power_source, PowerSource::Firmware);
    desk.curtail(1, std::slice::from_ref(&block));
    desk.wait(100.0);
    let claimed = desk.block("biaroza", "b02").power.expect("a claim");
    assert!(
        claimed.watts() <= block.floor.watts() * 12 / 10,
        "it claims to be off"
    );
    assert_eq!(desk.status(1).phase, Phase::Failed);
    assert!(
        desk.alarmed("more than the blocks account for"),
        "{:?}",
        desk.alarms()
    );
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
fn a_late_machine_in_a_curtailed_block_is_seen() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 40\ndo = \"late_machine\"\nsite = \"lukoml\"\nblock = \"b01\"\nmachines = 5\nfor = 100\n",
    );
    let block = desk.block("lukoml", "b01");
    assert_eq!(
        block.power_source,
        PowerSource::Meter,
        "the test wants a meter there"
    );
    desk.curtail(1, std::slice::from_ref(&block));
    desk.wait(30.0);
    assert_eq!(desk.block("lukoml", "b01").machines.hashing, 0);
    desk.wait(75.0);
    let hashing = desk.block("lukoml", "b01").machines.hashing;
    assert!((4..=6).contains(&hashing), "{hashing}");
    desk.wait(20.0);
    assert!(desk.alarmed("block 1: draws"), "{:?}", desk.alarms());
}

#[test]
fn local_fault_authority_and_instruction_come_by_script_and_go() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 2\ndo = \"local_mode\"\nsite = \"lukoml\"\nblock = \"b02\"\nfor = 20\n\
         [[event]]\nat = 2\ndo = \"block_fault\"\nsite = \"lukoml\"\nblock = \"b04\"\nfor = 20\n\
         [[event]]\nat = 2\ndo = \"authority_taken\"\nsite = \"mazyr\"\nholder = \"desk B\"\n\
         [[event]]\nat = 30\ndo = \"authority_released\"\nsite = \"mazyr\"\n\
         [[event]]\nat = 2\ndo = \"instruction\"\nmw = 900\nfor = 20\nreason = \"line out\"\n",
    );
    let mazyr = [desk.block("mazyr", "b01")];
    let old = desk.order(1, OrderKind::Curtail, &[(&mazyr[0], mazyr[0].floor)]);
    desk.wait(5.0);
    assert_eq!(desk.block("lukoml", "b02").state, BlockState::Local);
    assert_eq!(desk.block("lukoml", "b04").state, BlockState::Faulted);
    assert_eq!(
        desk.grid().instructions[0].target,
        Power::from_megawatts(900)
    );
    let codes: Vec<_> = desk.send(old).targets[0].reasons.clone();
    assert!(codes.contains(&Reason::Authority {
        holder: "desk B".into()
    }));
    assert!(codes.contains(&Reason::OldEpoch));
    desk.wait(30.0);
    assert_eq!(desk.block("lukoml", "b02").state, BlockState::Hashing);
    assert_eq!(desk.block("lukoml", "b04").state, BlockState::Hashing);
    assert!(desk.grid().instructions.is_empty());
    assert_eq!(desk.site("mazyr").authority.epoch, 2);
    assert_eq!(desk.site("mazyr").authority.holder, None);
}

#[test]
fn a_frequency_dip_comes_by_script() {
    let mut desk = Desk::scripted("[[event]]\nat = 5\ndo = \"frequency\"\nmhz = -150\nfor = 30\n");
    let mut lowest = 50_000;
    for _ in 0..60 {
        desk.wait(0.5);
        lowest = lowest.min(desk.millihertz());
    }
    assert!((49_700..49_900).contains(&lowest), "{lowest} mHz");
}

#[test]
fn the_shipped_script_plays_on_the_default_nation() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/scripts/training.toml"
    );
    let text = std::fs::read_to_string(path).expect("the fixture");
    let desk = Desk::scripted(&text);
    assert_eq!(desk.gateway.script_errors(), Vec::new());
    let mut options = SimulatorOptions::at(START);
    options.sites = 1;
    options.script = Some(script::parse(&text).expect("a good script"));
    let errors = Simulator::new(options).script_errors();
    assert!(
        errors[0].to_string().starts_with("script line 6: no site"),
        "{errors:?}"
    );
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
fn reserves_grow_and_mature_with_the_hashrate() {
    let mut options = SimulatorOptions::at(START);
    options.speed = 600.0;
    let mut desk = Desk::open(options);
    let sum = |desk: &Desk| {
        let items = desk.gateway.snapshot(Topic::Reserve);
        let mut all = [rust_decimal::Decimal::ZERO; 2];
        for item in items {
            if let Item::Account(account) = item
                && account.currency.is_btc()
            {
                assert!(baseload::domain::reserve::btc_to_sats(account.mature).is_some());
                all[0] += account.mature;
                all[1] += account.mature + account.immature + account.pending;
            }
        }
        all
    };
    let before = sum(&desk);
    // 20 hours: more than the 100 blocks of maturity.
    desk.wait(120.0);
    let after = sum(&desk);
    assert!(after[0] > before[0] && after[1] > before[1]);
    let hourly = (after[1] - before[1]) / rust_decimal::Decimal::from(20);
    let hourly: f64 = hourly.to_string().parse().expect("a number");
    assert!((0.8..2.5).contains(&hourly), "{hourly} BTC/h");
}

#[test]
fn a_thousand_sites_are_laid_out_and_share_the_nation() {
    let mut options = SimulatorOptions::at(START);
    options.sites = 1_000;
    options.blocks_per_site = Some(10);
    let desk = Desk::open(options);
    let blocks = desk.blocks();
    assert_eq!(blocks.len(), 10_000);
    let keys: std::collections::BTreeSet<BlockKey> = blocks.iter().map(Block::key).collect();
    assert_eq!(keys.len(), 10_000);
    let nameplate: f64 = blocks.iter().map(|b| b.nameplate.megawatts()).sum();
    assert!((1_350.0..1_550.0).contains(&nameplate), "{nameplate} MW");
}

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
        said.extend(desk.gateway.request(request, desk.now).unwrap_or_default());
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
