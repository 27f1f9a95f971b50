//! The map of racks, a machine's detail and who holds a block, by keys.

use super::*;
use crate::app::holding::{is_held, not_before, of_block, of_hall};
use crate::app::racks::{Measure, Zoom, is_shown};
use crate::domain::fleet::{BlockState, Held, Machine, MachinePage, MachineState};
use crate::domain::ids::{BlockId, MachineId};
use crate::domain::machine::{BoardState, Hashboard, MachineDetail, Place};
use crate::domain::units::Hashrate;

fn row(number: u16) -> Machine {
    Machine {
        id: MachineId::new(&format!("m-{number:03}")),
        block: BlockId::new("1"),
        model: "S21".into(),
        state: MachineState::Hashing,
        hashrate: Hashrate::from_hs(2e14),
        power: Power::from_watts(3_500),
        board: None,
        fault: "".into(),
        place: Some(Place {
            rack: "r1".into(),
            shelf: Some(1 + number / 5),
            slot: Some(1 + number % 5),
        }),
        nameplate: None,
        detail: None,
        bad: false,
    }
}

fn page_of(state: &mut State, page: u32, detail: Option<&str>) {
    let watch = state.watch.clone().expect("a hall is watched");
    let mut rows: Vec<Machine> = (0..20).map(row).collect();
    for row in rows.iter_mut().filter(|m| Some(m.id.as_str()) == detail) {
        row.detail = Some(Box::new(MachineDetail {
            boards: vec![Hashboard {
                number: 1,
                chips: 84,
                chips_expected: Some(108),
                hashrate: row.hashrate,
                board: None,
                chip: None,
                voltage: None,
                frequency: None,
                errors: None,
                state: BoardState::Faulted,
            }],
            ..MachineDetail::default()
        }));
    }
    let page = MachinePage {
        site: watch.site,
        hall: watch.hall,
        page,
        pages: 3,
        total: 60,
        rows,
        measured_at: state.now,
        search: None,
    };
    feed(state, FLEET, FeedEvent::Machines(Box::new(page)));
}

fn at_machines() -> State {
    let mut state = live();
    for _ in 0..3 {
        press(&mut state, Code::Enter);
    }
    page_of(&mut state, 0, None);
    state
}

fn cursor(state: &State) -> String {
    let ids = rows::machines(state);
    let id = rows::at_cursor(&state.nav.machines, &ids).expect("a row");
    id.to_string()
}

#[test]
fn one_key_turns_the_table_into_a_map_and_back() {
    let mut state = at_machines();
    assert!(!is_shown(&state));
    typed(&mut state, "v");
    assert_eq!(
        state.nav.racks.measure,
        Measure::Temperature,
        "no map, no measure"
    );
    typed(&mut state, "i");
    assert!(is_shown(&state));
    typed(&mut state, "vv");
    assert_eq!(state.nav.racks.measure, Measure::Power);
    typed(&mut state, "+++");
    assert_eq!(state.nav.racks.zoom, Zoom::Figures);
    typed(&mut state, "---");
    assert_eq!(state.nav.racks.zoom, Zoom::Racks);
    typed(&mut state, "i");
    assert!(!is_shown(&state));
}

#[test]
fn the_map_is_for_machines_alone() {
    let mut state = live();
    press(&mut state, Code::Enter);
    typed(&mut state, "i");
    assert!(!state.nav.racks.shown);
    assert!(state.said.is_some(), "and that is said");
}

#[test]
fn arrows_and_letters_go_over_the_cells_and_leave_the_depth_alone() {
    let mut state = at_machines();
    typed(&mut state, "i");
    press(&mut state, Code::Right);
    typed(&mut state, "l");
    assert_eq!(cursor(&state), "m-002");
    typed(&mut state, "j");
    assert_eq!(cursor(&state), "m-007");
    press(&mut state, Code::Left);
    typed(&mut state, "hhhh");
    assert_eq!(cursor(&state), "m-005", "at the rack's edge it stays");
    assert!(matches!(state.nav.depth, Depth::Machines { page: 0, .. }));
    typed(&mut state, "G");
    assert_eq!(cursor(&state), "m-019");
    typed(&mut state, "gg");
    assert_eq!(cursor(&state), "m-000");
    // In the table the same keys go a level up, as everywhere.
    typed(&mut state, "ih");
    assert!(matches!(state.nav.depth, Depth::Blocks { .. }));
}

#[test]
fn the_last_line_of_a_map_leads_to_the_next_page() {
    let mut state = at_machines();
    typed(&mut state, "i");
    let effects = press(&mut state, Code::PageDown);
    assert!(effects.is_empty());
    let effects = press(&mut state, Code::PageDown);
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Send(FLEET, Request::Watch { page: 1, .. })))
    );
    assert!(is_shown(&state));
}

#[test]
fn the_detail_is_asked_for_on_open_and_no_more_after() {
    let mut state = at_machines();
    press(&mut state, Code::Down);
    let effects = press(&mut state, Code::Enter);
    let wanted = |effects: &[Effect], id: Option<&str>| {
        matches!(effects, [Effect::Send(FLEET, Request::Watch { machine, .. })]
            if machine.as_ref().map(MachineId::as_str) == id)
    };
    assert!(wanted(&effects, Some("m-001")), "{effects:?}");
    assert!(rows::boards(&state).is_empty());
    page_of(&mut state, 0, Some("m-001"));
    assert_eq!(rows::boards(&state).len(), 1);
    assert_eq!(
        typed(&mut state, "y"),
        [Effect::Copy("m-001".to_owned())],
        "the machine's name, not the board's number"
    );
    let effects = press(&mut state, Code::Esc);
    assert!(wanted(&effects, None), "{effects:?}");
    assert!(matches!(state.nav.depth, Depth::Machines { .. }));
    assert_eq!(cursor(&state), "m-001");
}

#[test]
fn after_a_lost_link_the_same_machine_is_asked_for() {
    let mut state = at_machines();
    press(&mut state, Code::Enter);
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    let effects = feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    assert!(effects.iter().any(
        |e| matches!(e, Effect::Send(FLEET, Request::Watch { machine: Some(id), .. })
            if id.as_str() == "m-000")
    ));
}

fn only_block(state: &mut State) -> &mut Block {
    let view = state.fleet.sites.values_mut().next().expect("a site");
    &mut view.blocks.values_mut().next().expect("a block").block
}

fn holding(state: &State) -> Option<crate::app::holding::Holding> {
    let view = state.fleet.sites.values().next().expect("a site");
    of_block(state, view.blocks.values().next().expect("a block"))
}

#[test]
fn what_another_desk_has_curtailed_is_told_by_the_gateway() {
    let mut state = live();
    assert_eq!(holding(&state), None);
    let until = NOW + Duration::from_hours(1);
    let block = only_block(&mut state);
    block.state = BlockState::Curtailed;
    block.state_since = NOW;
    block.limits.min_off = Duration::from_mins(5);
    block.held = Some(Held {
        by: "operator 9".into(),
        order: Some(OrderId(7)),
        since: Some(NOW),
        until: Some(until),
        reason: "evening peak".into(),
    });
    let held = holding(&state).expect("it is told");
    assert_eq!((&*held.by, held.until), ("operator 9", Some(until)));
    let view = state.fleet.sites.values().next().expect("a site");
    let block = view.blocks.values().next().expect("a block");
    assert!(is_held(block));
    assert_eq!(not_before(block, NOW), Some(NOW + Duration::from_mins(5)));
    let hall = of_hall(&state, view, &block.block.hall.clone());
    assert_eq!((hall.blocks, hall.unsaid, hall.hands.len()), (1, 0, 1));
}

#[test]
fn a_curtailed_block_of_nobody_is_not_given_a_name() {
    let mut state = live();
    only_block(&mut state).state = BlockState::Curtailed;
    assert_eq!(holding(&state), None);
    let view = state.fleet.sites.values().next().expect("a site");
    let hall = view
        .blocks
        .values()
        .next()
        .expect("a block")
        .block
        .hall
        .clone();
    let hall = of_hall(&state, view, &hall);
    assert_eq!((hall.blocks, hall.unsaid), (1, 1));
}

#[test]
fn an_order_of_this_desk_is_known_without_the_gateway() {
    let mut state = live();
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    let record = state.orders.last().expect("an order").clone();
    let site = &record.order.targets[0].site;
    let view = &state.fleet.sites[site];
    let block = &view.blocks[&record.order.targets[0].block];
    let held = of_block(&state, block).expect("ours");
    assert_eq!(held.order, Some(record.order.id));
    assert_eq!(held.by, state.desk.operator);
    assert!(held.under_way && !held.gives_back);
}
