//! A hall's machines: the filter is asked of the gateway, and what was not looked through is told.

use super::*;
use crate::app::machines::{self, Reach};
use crate::app::scope::{Scope, selected};
use crate::domain::filter::MachineFilter;
use crate::domain::fleet::{Machine, MachinePage, MachineState, Search};
use crate::domain::ids::{BlockId, BlockKey, MachineId};
use crate::domain::units::Hashrate;

fn row(number: u32) -> Machine {
    let faulted = number.is_multiple_of(3);
    Machine {
        id: MachineId::new(&format!("m-{number:04}")),
        block: BlockId::new(if number < 1_000 { "1" } else { "2" }),
        model: "S21".into(),
        state: if faulted {
            MachineState::Faulted
        } else {
            MachineState::Hashing
        },
        hashrate: Hashrate::from_hs(2e14),
        power: Power::from_watts(3_500),
        board: None,
        fault: "".into(),
        place: None,
        nameplate: None,
        detail: None,
        bad: false,
    }
}

/// The hall as its gateway has it: 2,000 machines; `filters`: it looks through all of them.
fn answer(state: &mut State, filters: bool) -> Vec<Effect> {
    let watch = state.watch.clone().expect("a hall is watched");
    let all: Vec<Machine> = (0..2_000).map(row).collect();
    let filter = if filters {
        watch.filter.clone()
    } else {
        MachineFilter::default()
    };
    let found: Vec<Machine> = all.into_iter().filter(|row| filter.shows(row)).collect();
    let count = found.len();
    let page = MachinePage {
        site: watch.site,
        hall: watch.hall,
        page: watch.page,
        pages: count.div_ceil(500).max(1) as u32,
        total: 2_000,
        rows: found
            .into_iter()
            .skip(watch.page as usize * 500)
            .take(500)
            .collect(),
        measured_at: state.now,
        search: (!filter.is_empty()).then(|| Search {
            filter: filter.text().clone(),
            found: count as u32,
            of: 2_000,
        }),
    };
    feed(state, FLEET, FeedEvent::Machines(Box::new(page)))
}

/// The second block of Astravets is opened.
fn second_block(filters: bool) -> State {
    let mut state = live();
    let told = FeedInfo {
        watch_filter: filters.then_some(512),
        ..info("g", false)
    };
    feed(&mut state, FLEET, FeedEvent::Hello(Box::new(told)));
    press(&mut state, Code::Enter);
    press(&mut state, Code::Enter);
    press(&mut state, Code::Down);
    press(&mut state, Code::Enter);
    answer(&mut state, filters);
    state
}

fn asked(effects: &[Effect]) -> Vec<(u32, String)> {
    let of = |effect: &Effect| match effect {
        Effect::Send(FLEET, Request::Watch { page, filter, .. }) => {
            Some((*page, filter.text().to_string()))
        }
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn reach(state: &State) -> Reach {
    machines::reach(state).expect("a page is shown")
}

#[test]
fn enter_opens_the_block_under_the_cursor() {
    for filters in [true, false] {
        let state = second_block(filters);
        let ids = rows::machines(&state);
        assert_eq!(ids.first().map(|id| &**id), Some("m-1000"), "{filters}");
        assert_eq!(ids.len(), 500);
        let key = BlockKey::new(&SiteId::new("astravets"), &BlockId::new("2"));
        assert_eq!(
            selected(&state, false),
            Some(Scope::Blocks([key].into())),
            "what is shown is what an order is about"
        );
    }
}

#[test]
fn a_filter_is_asked_of_the_gateway_and_its_count_is_the_halls() {
    let mut state = second_block(true);
    assert_eq!(
        (reach(&state).found, reach(&state).of, reach(&state).pages),
        (1_000, 2_000, 2)
    );
    let effects = typed(&mut state, "/state:faulted");
    let last = asked(&effects).pop().expect("it is asked for");
    assert_eq!(last, (0, "block=2 state:faulted".to_owned()));
    assert_eq!(
        reach(&state).unsearched,
        1,
        "the page before the answer holds other rows"
    );
    answer(&mut state, true);
    assert_eq!(reach(&state).found, 333);
    assert!(reach(&state).searched);
    press(&mut state, Code::Enter);
    // Esc takes off what was added to the block, then leads back to the blocks.
    let effects = press(&mut state, Code::Esc);
    assert_eq!(asked(&effects), [(0, "block=2".to_owned())]);
    press(&mut state, Code::Esc);
    assert!(matches!(state.nav.depth, Depth::Blocks { .. }));
}

#[test]
fn the_whole_hall_is_filtered_where_no_block_is_named() {
    let mut state = second_block(true);
    typed(&mut state, "/");
    let effects = press(&mut state, Code::Esc);
    assert_eq!(asked(&effects), [(0, String::new())]);
    answer(&mut state, true);
    assert_eq!(reach(&state).pages, 4);
    typed(&mut state, "/state:faulted");
    press(&mut state, Code::Enter);
    answer(&mut state, true);
    assert_eq!((reach(&state).found, reach(&state).pages), (667, 2));
    assert_eq!(
        selected(&state, false).map(|scope| match scope {
            Scope::Blocks(blocks) => blocks.len(),
            _ => 0,
        }),
        Some(2),
        "the hall"
    );
}

#[test]
fn pages_are_turned_within_the_filter() {
    let mut state = second_block(true);
    typed(&mut state, "sS");
    typed(&mut state, "G");
    let effects = press(&mut state, Code::PageDown);
    assert_eq!(asked(&effects), [(1, "block=2".to_owned())]);
    answer(&mut state, true);
    assert_eq!(reach(&state).page, 2);
    assert!(state.nav.machines.reverse, "and in the same order");
    assert!(reach(&state).sorted_alone);
    typed(&mut state, "gg");
    let effects = press(&mut state, Code::PageUp);
    assert_eq!(asked(&effects), [(0, "block=2".to_owned())]);
    // Fewer are let through by the time that the second page comes.
    typed(&mut state, "/ state:faulted");
    press(&mut state, Code::Enter);
    answer(&mut state, true);
    state.nav.depth = Depth::Machines {
        hall: HallId::new("h1"),
        page: 9,
    };
    state.watch.as_mut().expect("watched").page = 9;
    let effects = answer(&mut state, true);
    assert_eq!(asked(&effects), [(0, "block=2 state:faulted".to_owned())]);
}

#[test]
fn a_page_without_the_echo_was_not_searched() {
    let mut state = second_block(false);
    assert_eq!(
        (reach(&state).page, reach(&state).pages),
        (3, 4),
        "where it begins"
    );
    assert_eq!(reach(&state).unsearched, 3);
    typed(&mut state, "/state:faulted");
    press(&mut state, Code::Enter);
    answer(&mut state, false);
    assert_eq!((reach(&state).page, reach(&state).unsearched), (1, 3));
    assert!(!reach(&state).searched);
    assert!(
        rows::machines(&state).is_empty(),
        "none of block 2 is on page 1"
    );
    typed(&mut state, "/");
    press(&mut state, Code::Esc);
    answer(&mut state, false);
    assert_eq!(reach(&state).unsearched, 0, "nothing is looked for");
}

#[test]
fn another_filters_page_is_no_answer() {
    let mut state = second_block(true);
    let before = state.machines.clone();
    typed(&mut state, "/state:faulted");
    let mut late = before.clone().expect("a page");
    late.rows.clear();
    feed(&mut state, FLEET, FeedEvent::Machines(Box::new(late)));
    assert!(state.machines == before);
}

#[test]
fn a_part_that_is_not_understood_is_not_asked_for() {
    let mut state = second_block(true);
    let effects = typed(&mut state, "/foo:bar temp>");
    assert!(
        asked(&effects)
            .iter()
            .all(|(_, text)| !text.contains("foo:"))
    );
    assert_eq!(
        state.watch.as_ref().map(|w| w.filter.text().to_string()),
        Some("block=2".to_owned())
    );
}

#[test]
fn an_open_machine_stays_though_the_filter_lets_it_through_no_more() {
    let mut state = second_block(true);
    typed(&mut state, "/state:faulted");
    press(&mut state, Code::Enter);
    answer(&mut state, true);
    press(&mut state, Code::Enter);
    let Depth::Machine { machine, .. } = state.nav.depth.clone() else {
        panic!("a machine is open");
    };
    let mut mended = state.machines.clone().expect("a page");
    mended.rows.retain(|row| row.id != machine);
    let effects = feed(&mut state, FLEET, FeedEvent::Machines(Box::new(mended)));
    assert_eq!(
        asked(&effects),
        [(0, format!("machine={}", machine.as_str()))]
    );
    answer(&mut state, true);
    assert!(crate::app::racks::open(&state).is_some_and(|(_, row)| row.is_some()));
    let effects = press(&mut state, Code::Esc);
    assert_eq!(asked(&effects), [(0, "block=2 state:faulted".to_owned())]);
}
