//! Machines in their racks, one of them from near, and blocks that others hold.

use std::sync::Arc;
use std::time::Duration;

use baseload::app::{Size, State};
use baseload::domain::fleet::{Held, Machine, MachineState};
use baseload::domain::ids::OrderId;
use baseload::domain::machine::{BoardState, Hashboard, MachineDetail, Place, Psu};
use baseload::domain::units::{Celsius, Hashrate, Hertz, Voltage};

use super::{at, choose, machines, press};

/// What the gateways say of who holds what: by an operator of another desk for a time, and by a rule until restored.
pub(super) fn held(name: &str, number: i64) -> Option<Held> {
    let of = |by: &str, lease: Option<i64>, reason: &str| {
        Some(Held {
            by: Arc::from(by),
            order: Some(OrderId(
                0x019b_c1ce_83e0_1dd5_e5cd_fbbf_f9a1_b2c3 + u128::from(number.unsigned_abs()),
            )),
            since: Some(at(-1_500)),
            until: lease.map(at),
            reason: Arc::from(reason),
        })
    };
    match (name, number) {
        ("Mazyr", 2) => of("rule low frequency", None, "49.91 Hz for 3 s"),
        ("Mazyr", _) => of(
            "operator 9, desk B",
            Some(7_200),
            "evening peak of the grid",
        ),
        _ => None,
    }
}

/// Puts a machine into its rack, a few of them too warm or too slow, and tells the detail of the one asked for.
pub(super) fn dress(row: &mut Machine, number: i64, asked: bool) {
    let short = |value: i64| u16::try_from(value).ok();
    row.place = Some(Place {
        rack: Arc::from(format!("A{:02}", 1 + (number - 1) / 40)),
        shelf: short(1 + (number - 1) % 40 / 4),
        slot: short(1 + (number - 1) % 4),
    });
    row.nameplate = Some(Hashrate::from_hs(200e12));
    if row.state == MachineState::Hashing {
        let warmer = match number % 97 {
            12 => 23.0,
            35 => 12.0,
            60..=66 => -9.0,
            90 => -22.0,
            _ => 0.0,
        };
        row.board = row
            .board
            .map(|c| Celsius::from_degrees(c.degrees() + warmer));
        if number % 61 == 5 {
            row.hashrate = Hashrate::from_hs(row.hashrate.hs() * 0.66);
        }
        if number % 83 == 9 {
            row.hashrate = Hashrate::from_hs(row.hashrate.hs() * 0.33);
        }
    }
    row.detail = asked.then(|| Box::new(detail(row)));
}

fn detail(row: &Machine) -> MachineDetail {
    let works = row.state == MachineState::Hashing;
    let board = |number: u8| {
        let bad = !works && number == 2;
        let asleep = !works && number != 2;
        Hashboard {
            number,
            chips: if bad { 0 } else { 108 },
            chips_expected: Some(108),
            hashrate: Hashrate::from_hs(row.hashrate.hs() / 3.0),
            board: (!bad).then(|| Celsius::from_degrees(60.0 + f64::from(number))),
            chip: (!bad).then(|| Celsius::from_degrees(71.5 + f64::from(number))),
            voltage: works.then(|| Voltage::from_millivolts(13_150)),
            frequency: works.then(|| Hertz::from_millihertz(525_000_000_000)),
            errors: Some(418 * u64::from(number)),
            state: match (bad, asleep) {
                (true, _) => BoardState::Missing,
                (_, true) => BoardState::Asleep,
                _ => BoardState::Hashing,
            },
        }
    };
    MachineDetail {
        state_since: Some(at(-86_400)),
        uptime: Some(Duration::from_hours(288)),
        firmware: "2025.11.2".into(),
        psu: Some(Psu {
            model: "APW17".into(),
            output: Some(Voltage::from_millivolts(13_900)),
            temperature: Some(Celsius::from_degrees(57.0)),
        }),
        fans: vec![5_520, 5_490, if works { 5_610 } else { 0 }, 5_580],
        boards: (1..=3).map(board).collect(),
    }
}

/// The map in each measure and zoom, machines from near, and who holds what.
pub(super) fn all(told: &State, _: Size) -> Vec<(&'static str, State)> {
    let with = |keys: &str| {
        let mut state = told.clone();
        choose(&mut state, "Lukoml");
        press(&mut state, "\n\n\n");
        machines(&mut state);
        press(&mut state, keys);
        machines(&mut state);
        state
    };
    let held = |keys: &str| {
        let mut state = told.clone();
        choose(&mut state, "Mazyr");
        press(&mut state, keys);
        state
    };
    vec![
        ("racks", with("ijjjl")),
        ("racks-hashrate", with("ivG")),
        ("racks-power", with("ivvlll")),
        ("racks-state", with("ivvvj")),
        ("racks-near", with("i+lllljjj")),
        ("racks-far", with("i-ll")),
        ("racks-filter", with("i/faulted\n")),
        ("machine", with("\n")),
        ("machine-faulted", with("jjjjjj\nj")),
        ("machine-no-detail", {
            let mut state = with("\n");
            if let Some(page) = &mut state.machines {
                for row in &mut page.rows {
                    row.detail = None;
                }
            }
            state
        }),
        ("held-hall", held("\n")),
        ("held-block", held("\n\nj")),
    ]
}
