//! What stands there, and how it runs by itself.

use std::time::Duration;

use baseload::domain::filter::MachineFilter;
use baseload::domain::fleet::{Block, BlockState, MachineState, PowerSource};
use baseload::domain::grid::GridState;
use baseload::domain::ids::{BlockKey, HallId, SiteId};
use baseload::domain::link::{Item, Topic};
use baseload::domain::quality::Quality;
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::simulator::SimulatorOptions;

use crate::desk::*;

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
    assert_eq!(grid.state, Some(GridState::Normal));
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
fn pages_hold_every_machine_once_and_agree_with_their_blocks() {
    let desk = Desk::default();
    let (site, hall) = (SiteId::new("biaroza"), HallId::new("hall-1"));
    let all = MachineFilter::default();
    let first = desk
        .gateway
        .machines(&site, &hall, 0, &all)
        .expect("a page");
    let mut rows = Vec::new();
    for page in 0..first.pages {
        let page = desk
            .gateway
            .machines(&site, &hall, page, &all)
            .expect("a page");
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
    assert!(
        desk.gateway
            .machines(&site, &hall, first.pages, &all)
            .is_err()
    );
    assert!(
        desk.gateway
            .machines(&site, &HallId::new("cellar"), 0, &all)
            .is_err()
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
fn coinbases_inflow_and_rates_agree_with_the_accounts() {
    use baseload::domain::maturity;
    let mut options = SimulatorOptions::at(START);
    options.speed = 600.0;
    let mut desk = Desk::open(options);
    let same = desk.gateway.snapshot(Topic::Reserve);
    assert_eq!(same, desk.gateway.snapshot(Topic::Reserve));
    for _ in 0..3 {
        let (mut coins, mut days, mut rates) = (0, 0, 0);
        for item in desk.gateway.snapshot(Topic::Reserve) {
            match item {
                Item::Account(account) if account.currency.is_btc() => {
                    assert_eq!(maturity::difference(&account), None, "{}", account.label);
                    let tip = account.as_of.as_ref().map_or(0, |as_of| as_of.height);
                    for coinbase in account.maturing.iter().flatten() {
                        let to_go = maturity::to_go(coinbase.height, tip);
                        assert!(to_go.is_some_and(|blocks| blocks > 0), "{}", account.label);
                        coins += 1;
                    }
                }
                Item::Inflow(day) => {
                    assert!(
                        day.rows
                            .iter()
                            .all(|row| row.money.amount.is_sign_positive())
                    );
                    days += 1;
                }
                Item::Rate(rate) => {
                    assert!(rate.per_btc > rust_decimal::Decimal::from(10_000));
                    assert!(rate.at <= desk.now);
                    rates += 1;
                }
                _ => {}
            }
        }
        assert!(coins > 100, "{coins} coinbases");
        assert!((30..=31).contains(&days), "{days} days");
        assert_eq!(rates, 3);
        // Ten hours of the nation: the coinbases move on.
        desk.wait(60.0);
    }
    let told = desk.gateway.changes(Topic::Reserve);
    let days = told.iter().filter(|item| matches!(item, Item::Inflow(_)));
    assert_eq!(days.count(), 1, "days that are over are not repeated");
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

#[test]
fn a_day_by_itself_is_calm_at_every_season() {
    for day in [0, 60, 120, 180, 240, 300] {
        let mut options = SimulatorOptions::at(START + Duration::from_hours(24 * day));
        options.speed = 60.0;
        options.blocks_per_site = Some(3);
        let mut desk = Desk::open(options);
        // 24 hours of the nation in as many minutes.
        for _ in 0..24 * 60 {
            desk.wait(1.0);
            let frequency = desk.millihertz();
            assert!(
                (49_940..50_060).contains(&frequency),
                "{frequency} mHz, day {day}"
            );
            assert_eq!(desk.grid().state, Some(GridState::Normal), "day {day}");
        }
        assert_eq!(desk.alarms().len(), 1, "{:?}, day {day}", desk.alarms());
    }
}

#[test]
fn loads_and_frequency_do_not_depend_on_how_often_they_are_looked_at() {
    let (mut often, mut seldom) = (Desk::default(), Desk::default());
    for _ in 0..30 {
        often.wait(1.0);
        seldom.now = often.now;
        seldom.gateway.advance(seldom.now);
    }
    assert_eq!(often.grid(), seldom.grid());
    assert_eq!(often.grid().measured_at, often.now);
}
