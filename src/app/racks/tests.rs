//! The map: every machine has its cell, the cursor reaches all of them, and classes are what they say.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::layout::{Way, lay_out};
use super::{Class, Map, Measure, Scale, Zoom};
use crate::domain::fleet::{Machine, MachineState};
use crate::domain::ids::{BlockId, MachineId};
use crate::domain::machine::Place;
use crate::domain::units::{Celsius, Hashrate, Power};

fn machine(number: usize, place: Option<Place>) -> Machine {
    Machine {
        id: MachineId::new(&format!("m-{number}")),
        block: BlockId::new(&format!("b{}", number % 3)),
        model: "S21".into(),
        state: MachineState::Hashing,
        hashrate: Hashrate::from_hs(2e14),
        power: Power::from_watts(3_500),
        board: Some(Celsius::from_degrees(65.0)),
        fault: "".into(),
        place,
        nameplate: None,
        detail: None,
        bad: false,
    }
}

fn place(rack: &str, shelf: u16, slot: u16) -> Place {
    Place {
        rack: rack.into(),
        shelf: Some(shelf),
        slot: Some(slot),
    }
}

fn laid(machines: &[Machine], width: u16, zoom: Zoom) -> Map {
    let rows: Vec<&Machine> = machines.iter().collect();
    lay_out(&rows, width, zoom, &|members| members.first().copied())
}

#[test]
fn a_rack_is_drawn_as_it_stands() {
    let machines: Vec<Machine> = (0..7)
        .map(|at| machine(at, Some(place("r1", 3 + at as u16 / 3, 1 + at as u16 % 3))))
        .collect();
    let map = laid(&machines, 40, Zoom::Machines);
    let at: Vec<(usize, u16)> = map.spots.iter().map(|s| (s.line, s.x)).collect();
    // The head is line 0; shelves below 3 have no machine and no line.
    assert_eq!(at, [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0)]);
    assert_eq!(map.lines, 4);
}

#[test]
fn places_that_clash_are_not_believed() {
    let machines: Vec<Machine> = (0..4)
        .map(|at| machine(at, Some(place("r1", 1, 1))))
        .collect();
    let map = laid(&machines, 40, Zoom::Machines);
    let cells: BTreeSet<(usize, u16)> = map.spots.iter().map(|s| (s.line, s.x)).collect();
    assert_eq!(cells.len(), 4, "none hides another");
}

#[test]
fn racks_come_by_their_numbers_and_blocks_after_them() {
    let machines = [
        machine(0, None),
        machine(1, Some(place("r10", 1, 1))),
        machine(2, Some(place("r2", 1, 1))),
    ];
    let map = laid(&machines, 40, Zoom::Machines);
    let names: Vec<&str> = map.groups.iter().map(|group| &*group.name).collect();
    assert_eq!(names, ["r2", "r10", "b0"]);
    assert!(!map.groups[2].is_rack);
}

#[test]
fn a_cell_of_a_rack_is_its_worst_machine() {
    let mut machines: Vec<Machine> = (0..9)
        .map(|at| machine(at, Some(place("r1", 1, 1 + at as u16))))
        .collect();
    machines[3].board = Some(Celsius::from_degrees(91.0));
    machines[5].state = MachineState::Curtailed;
    let scale = Scale::of(&machines);
    let severity = |at: usize| {
        let class = scale.class(Measure::Temperature, &machines[at]);
        Measure::Temperature.severity(class)
    };
    assert_eq!((0..9).max_by_key(|at| severity(*at)), Some(3));
    machines[7].state = MachineState::Faulted;
    let severity = |at: usize| {
        let class = scale.class(Measure::Temperature, &machines[at]);
        Measure::Temperature.severity(class)
    };
    assert_eq!((0..9).max_by_key(|at| severity(*at)), Some(7));
}

#[test]
fn hashrate_is_judged_by_the_nameplate_else_by_its_like() {
    let mut machines: Vec<Machine> = (0..5).map(|at| machine(at, None)).collect();
    machines[0].hashrate = Hashrate::from_hs(0.8e14);
    let scale = Scale::of(&machines);
    let of = |machine: &Machine| scale.class(Measure::Hashrate, machine);
    assert_eq!(of(&machines[0]), Class::Level(0), "40 % of the median");
    assert_eq!(of(&machines[1]), Class::Level(3));
    machines[1].nameplate = Some(Hashrate::from_hs(3e14));
    assert_eq!(of(&machines[1]), Class::Level(1), "67 % of its nameplate");
    machines[2].board = None;
    assert_eq!(
        scale.class(Measure::Temperature, &machines[2]),
        Class::Unknown
    );
}

#[test]
fn what_is_worse_is_never_drawn_as_less() {
    for measure in Measure::ALL {
        let levels = 0..=measure.bounds().len();
        let classes = levels.map(Class::Level).chain(Class::LETTERS);
        let mut ranked: Vec<(usize, u8)> = classes
            .map(|class| (measure.severity(class), measure.attention(class)))
            .collect();
        ranked.sort_unstable();
        let abnormal = ranked.iter().position(|(_, attention)| *attention == 2);
        let after = &ranked[abnormal.unwrap_or(ranked.len())..];
        assert!(
            after.iter().all(|(_, attention)| *attention == 2),
            "{measure:?}"
        );
    }
}

fn any_place() -> impl Strategy<Value = Option<Place>> {
    let short = || proptest::option::of(0_u16..=9_999);
    proptest::option::of(
        ("[a-z0-9.й]{1,20}", short(), short()).prop_map(|(rack, shelf, slot)| Place {
            rack: Arc::from(rack),
            shelf,
            slot,
        }),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_machine_has_one_cell_and_the_cursor_reaches_it(
        places in proptest::collection::vec(any_place(), 1..60),
        width in 0_u16..130,
        closer in any::<bool>(),
    ) {
        let machines: Vec<Machine> =
            places.into_iter().enumerate().map(|(at, place)| machine(at, place)).collect();
        let zoom = if closer { Zoom::Figures } else { Zoom::Machines };
        let map = laid(&machines, width, zoom);
        let shown: BTreeSet<usize> = map.spots.iter().map(|spot| spot.machine).collect();
        prop_assert_eq!(shown.len(), machines.len());
        prop_assert_eq!(map.spots.len(), machines.len());
        let cells: BTreeSet<(usize, u16)> = map.spots.iter().map(|s| (s.line, s.x)).collect();
        prop_assert_eq!(cells.len(), machines.len(), "no cell hides another");
        for spot in &map.spots {
            prop_assert!(spot.line < map.lines.max(1));
            prop_assert!(spot.x + map.cell <= width.max(map.cell));
        }
        // Line by line from the first, and along each line to both ends.
        let mut seen = BTreeSet::new();
        let mut at = map.step(0, Way::First);
        loop {
            let mut along = at;
            loop {
                seen.insert(along);
                let next = map.step(along, Way::Left);
                if next == along { break; }
                along = next;
            }
            loop {
                seen.insert(along);
                let next = map.step(along, Way::Right);
                if next == along { break; }
                along = next;
            }
            let below = map.step(at, Way::Down(1));
            if below == at { break; }
            at = below;
        }
        prop_assert_eq!(seen.len(), machines.len());
    }

    #[test]
    fn each_rack_is_one_cell_from_afar(
        places in proptest::collection::vec(any_place(), 1..60),
        width in 0_u16..130,
    ) {
        let machines: Vec<Machine> =
            places.into_iter().enumerate().map(|(at, place)| machine(at, place)).collect();
        let map = laid(&machines, width, Zoom::Racks);
        prop_assert_eq!(map.spots.len(), map.groups.len());
        for machine in &machines {
            let at = map.spot_of(machine.id.as_str()).expect("its rack has a cell");
            let group = &map.groups[map.spots[at].group];
            prop_assert!(group.members.iter().any(|m| machines[*m].id == machine.id));
        }
    }
}
