//! One machine from near agrees with its row, whatever its state; and each block says by which order it is held.

use std::collections::BTreeSet;
use std::time::Duration;

use baseload::domain::filter::MachineFilter;
use baseload::domain::fleet::{BlockState, Machine, MachineState};
use baseload::domain::ids::{BlockKey, HallId, SiteId};
use baseload::domain::machine::BoardState;
use baseload::domain::order::OrderKind;
use baseload::gateway::Gateway;
use baseload::gateway::simulator::SimulatorOptions;

use crate::desk::{Desk, START};

fn rows(desk: &Desk) -> Vec<(baseload::domain::ids::SiteId, Machine)> {
    let halls: BTreeSet<_> = desk
        .blocks()
        .iter()
        .map(|b| (b.site.clone(), b.hall.clone()))
        .collect();
    let page = |(site, hall): &(_, HallId)| {
        let page = desk
            .gateway
            .machines(site, hall, 0, &MachineFilter::default())
            .expect("a page");
        let rows = page.rows.into_iter();
        rows.map(|row| (site.clone(), row)).collect::<Vec<_>>()
    };
    halls.iter().flat_map(page).collect()
}

#[test]
fn a_filter_is_held_against_the_whole_hall_and_its_pages_hold_what_the_halls_pages_hold() {
    let desk = Desk::default();
    let (site, hall) = (SiteId::new("biaroza"), HallId::new("hall-1"));
    let page = |page, filter: &str| {
        let filter = MachineFilter::read(filter).expect("a filter");
        desk.gateway.machines(&site, &hall, page, &filter)
    };
    let pages = page(0, "").expect("a page").pages;
    assert!(pages > 2, "a hall of several pages");
    let all: Vec<Machine> = (0..pages)
        .flat_map(|number| page(number, "").expect("a page").rows)
        .collect();
    let blocks = desk.blocks();
    let second = blocks.iter().filter(|b| b.site == site && b.hall == hall);
    let second = second.map(|b| b.id.as_str()).nth(1).expect("two blocks");
    for text in [
        "state:faulted".to_owned(),
        "-state:hashing".to_owned(),
        "state:hashing temp>40".to_owned(),
        format!("block={second}"),
        format!("block={second} state:faulted"),
        "fault:fan".to_owned(),
        "machine=none-such".to_owned(),
    ] {
        let filter = MachineFilter::read(&text).expect("a filter");
        let wanted: Vec<&Machine> = all.iter().filter(|row| filter.shows(row)).collect();
        let first = page(0, &text).expect("a page");
        let search = first.search.expect("it was looked through");
        assert_eq!(&*search.filter, text);
        assert_eq!(search.found as usize, wanted.len(), "{text}");
        assert_eq!(
            (search.of, first.total),
            (all.len() as u32, all.len() as u32)
        );
        assert_eq!(first.pages as usize, wanted.len().div_ceil(500).max(1));
        let found: Vec<Machine> = (0..first.pages)
            .flat_map(|number| page(number, &text).expect("a page").rows)
            .collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{text}");
        let beyond = page(first.pages, &text).expect("a page that is empty");
        assert!(beyond.rows.is_empty() && beyond.search.is_some());
        assert!(
            page(u32::MAX, &text)
                .expect("an empty page")
                .rows
                .is_empty()
        );
    }
}

#[test]
fn boards_add_up_to_their_machine_and_faults_name_the_bad_one() {
    for seed in [1, 7, 2_026] {
        let mut options = SimulatorOptions::at(START);
        options.seed = seed;
        let desk = Desk::open(options);
        let mut faults = BTreeSet::new();
        for (site, row) in rows(&desk) {
            let id = row.id.as_str();
            let detail = desk.gateway.machine(&site, &row).expect("a detail");
            assert_eq!(
                Some(&detail),
                desk.gateway.machine(&site, &row).as_ref(),
                "{id}"
            );
            if row.state == MachineState::Offline {
                assert!(detail.boards.is_empty(), "{id}: nobody answers");
                continue;
            }
            let sum: f64 = detail.boards.iter().map(|b| b.hashrate.hs()).sum();
            let off = (sum - row.hashrate.hs()).abs();
            assert!(off <= 1e-9 * row.hashrate.hs().max(1.0), "{id}: {sum}");
            let hottest = detail.boards.iter().filter_map(|b| b.board);
            let hottest = hottest
                .map(baseload::domain::units::Celsius::degrees)
                .fold(f64::MIN, f64::max);
            let said = row.board.expect("it answers").degrees();
            assert!((hottest - said).abs() < 1e-9, "{id}: {hottest} of {said}");
            let bad: Vec<u8> = detail
                .boards
                .iter()
                .filter(|b| b.state.is_bad())
                .map(|b| b.number)
                .collect();
            let named = row.fault.strip_prefix("hashboard ").map(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<u8>().expect("a number")
            });
            assert_eq!(
                bad,
                named.into_iter().collect::<Vec<_>>(),
                "{id}: {}",
                row.fault
            );
            let stands = detail
                .fans
                .iter()
                .position(|rpm| *rpm == 0)
                .map(|at| at + 1);
            let fan = (&*row.fault == "fan 1 stopped").then_some(1);
            assert_eq!(stands, fan, "{id}: {}", row.fault);
            let healthy = |b: &&baseload::domain::machine::Hashboard| {
                b.state == BoardState::Hashing && Some(b.chips) == b.chips_expected
            };
            if row.state == MachineState::Hashing {
                assert_eq!(
                    detail.boards.iter().filter(healthy).count(),
                    detail.boards.len()
                );
            }
            faults.insert(row.fault.clone());
        }
        assert!(faults.len() > 3, "several kinds of faults: {faults:?}");
    }
}

#[test]
fn no_two_machines_of_a_hall_stand_in_one_place() {
    let desk = Desk::default();
    let mut taken = BTreeSet::new();
    for (site, row) in rows(&desk) {
        let place = row.place.expect("a place");
        assert!(place.shelf.is_some() && place.slot.is_some());
        assert!(
            taken.insert((site, row.block.clone(), place)),
            "{:?}",
            row.id
        );
    }
}

#[test]
fn a_block_says_who_holds_it_and_until_when() {
    let mut desk = Desk::default();
    let block = desk
        .blocks()
        .into_iter()
        .find(|b| b.state == BlockState::Hashing && b.limits.notice == Duration::ZERO)
        .expect("a block to take off");
    assert_eq!(block.held, None, "nobody has ordered anything yet");
    let (site, id) = (block.site.as_str().to_owned(), block.id.as_str().to_owned());
    let mut order = desk.order(9, OrderKind::Curtail, &[(&block, block.floor)]);
    order.lease = Duration::from_hours(2);
    let sent = order.clone();
    desk.send(order);
    desk.wait(20.0);
    let held = desk.block(&site, &id).held.expect("it is held");
    assert_eq!((&held.by, held.order), (&sent.issued_by, Some(sent.id)));
    assert_eq!(held.reason, sent.reason);
    assert!(held.since.is_some_and(|since| since <= desk.now));
    assert!(held.until.is_some_and(|until| until > desk.now));
    assert!(
        desk.blocks()
            .iter()
            .filter(|b| BlockKey::new(&b.site, &b.id) != block.key())
            .all(|b| b.held.is_none()),
        "and no other"
    );
}
