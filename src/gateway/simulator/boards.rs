//! One machine from near: hashboards, fans and power supply, made on demand to agree with its row.
//!
//! Invariant: the boards' hashrates add up to the machine's, its hottest board is the row's, and a fault names the part
//! that is bad.

use std::time::Duration;

use crate::domain::fleet::{Machine, MachineState};
use crate::domain::machine::{BoardState, Hashboard, MachineDetail, Place, Psu};
use crate::domain::units::{Celsius, Hashrate, Hertz, Voltage};

use super::chance::Chance;
use super::clock::Clock;
use super::load::{Class, Load};

/// Slots of a shelf.
const SLOTS: usize = 5;
/// Shelves of a rack.
const SHELVES: usize = 10;
/// Boards that are hotter than this shut themselves down, °C.
const TOO_HOT_C: f64 = 88.0;

/// What has failed in a machine, and how its firmware says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Board(usize),
    Chain(usize),
    Heat(usize),
    Fan,
    Psu,
}

impl Failure {
    /// By chance, `draw` from 0 to 1; where it is a board, one that the machine has.
    pub(super) fn drawn(draw: f64, class: &Class) -> Self {
        let (boards, _) = made_of(class);
        let at = (draw * 5_000.0) as usize;
        let board = at % boards;
        match at / 1_000 {
            0 => Self::Board(board),
            1 => Self::Fan,
            2 => Self::Heat(board),
            3 => Self::Psu,
            _ => Self::Chain(board),
        }
    }

    /// In the firmware's words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Board(at) => format!("hashboard {} not found", at + 1),
            Self::Chain(at) => format!("hashboard {}: chip chain broken at 84", at + 1),
            Self::Heat(at) => format!("hashboard {} over temperature", at + 1),
            Self::Fan => "fan 1 stopped".to_owned(),
            Self::Psu => "power supply fault".to_owned(),
        }
    }

    /// The failure that a machine's firmware has named so.
    pub(super) fn named(words: &str, class: &Class) -> Option<Self> {
        let boards = 0..made_of(class).0;
        boards
            .flat_map(|at| [Self::Board(at), Self::Chain(at), Self::Heat(at)])
            .chain([Self::Fan, Self::Psu])
            .find(|failure| failure.words() == words)
    }

    /// The hottest board of a machine that has failed so, where heat is what failed it.
    pub(super) fn heat(self) -> Option<f64> {
        matches!(self, Self::Heat(_)).then_some(TOO_HOT_C)
    }
}

/// Hashboards of a type, and chips of each.
fn made_of(class: &Class) -> (usize, u16) {
    match class.model {
        "S21 XP" => (3, 91),
        "M66S" => (4, 132),
        "M63S" => (4, 156),
        _ => (3, 108),
    }
}

/// Where the machine of this number stands: block by block, rack by rack, shelf by shelf.
pub(super) fn place(load: &Load, number: usize) -> Place {
    let rack = number / (SLOTS * SHELVES);
    let short = |value: usize| u16::try_from(value + 1).ok();
    Place {
        rack: format!("{}.{:02}", load.id.as_str(), rack + 1).into(),
        shelf: short(number / SLOTS % SHELVES),
        slot: short(number % SLOTS),
    }
}

/// The detail of a machine whose row stands as `row`. `chance` is its own.
pub(super) fn detail(
    load: &Load,
    row: &Machine,
    failure: Option<Failure>,
    chance: &mut Chance,
    clock: Clock,
    world_ms: i64,
) -> MachineDetail {
    let firmware = ["2025.11.2", "2025.11.2", "2025.09.0"][chance.index(3)];
    let up_ms = (chance.between(0.2, 40.0) * 86_400_000.0) as i64;
    if row.state == MachineState::Offline {
        // Nobody answers: what is known is what was known before.
        return MachineDetail {
            firmware: firmware.into(),
            ..MachineDetail::default()
        };
    }
    let hashing = row.state == MachineState::Hashing;
    let asleep = matches!(row.state, MachineState::Curtailed);
    let since = match row.state {
        MachineState::Hashing | MachineState::Faulted => world_ms - up_ms,
        _ => load.state_since,
    };
    MachineDetail {
        state_since: Some(clock.wall(since)),
        uptime: Some(Duration::from_millis(up_ms.unsigned_abs())),
        firmware: firmware.into(),
        psu: Some(Psu {
            model: if load.class.watts > 5_000.0 {
                "P463B"
            } else {
                "APW17"
            }
            .into(),
            output: Some(Voltage::from_millivolts(match (failure, asleep) {
                (Some(Failure::Psu), _) => 0,
                (_, true) => 12_000,
                _ => (chance.between(13.1, 14.9) * 1_000.0) as i64,
            })),
            temperature: row
                .board
                .map(|board| Celsius::from_degrees((board.degrees() * 0.8).round())),
        }),
        fans: (0..4)
            .map(|fan| match failure {
                Some(Failure::Fan) if fan == 0 => 0,
                _ if hashing => chance.between(5_200.0, 6_300.0) as u32,
                _ => chance.between(900.0, 1_300.0) as u32,
            })
            .collect(),
        boards: boards(load, row, failure, chance),
    }
}

fn boards(
    load: &Load,
    row: &Machine,
    failure: Option<Failure>,
    chance: &mut Chance,
) -> Vec<Hashboard> {
    let (count, chips) = made_of(load.class);
    let hashing = row.state == MachineState::Hashing;
    let weights: Vec<f64> = (0..count).map(|_| chance.between(0.97, 1.03)).collect();
    let sum: f64 = weights.iter().sum();
    let hottest = match failure {
        Some(Failure::Board(at) | Failure::Chain(at) | Failure::Heat(at)) => {
            // The one that is not there has no temperature.
            if matches!(failure, Some(Failure::Board(_))) {
                (at + 1) % count
            } else {
                at
            }
        }
        _ => chance.index(count),
    };
    let mut left = row.hashrate.hs();
    (0..count)
        .map(|at| {
            // The last takes what is left, so that the sum is the machine's to the last hash.
            let rate = if at + 1 == count {
                left
            } else {
                row.hashrate.hs() * weights[at] / sum
            };
            left -= rate;
            let cooler = if at == hottest {
                0.0
            } else {
                chance.between(0.5, 5.0)
            };
            let board = row
                .board
                .map(|hot| ((hot.degrees() - cooler) * 10.0).round() / 10.0);
            let warmer = if hashing {
                chance.between(9.0, 14.0)
            } else {
                1.0
            };
            let errors = chance.between(0.0, 900.0) as u64;
            let made = Hashboard {
                number: u8::try_from(at + 1).unwrap_or(u8::MAX),
                chips,
                chips_expected: Some(chips),
                hashrate: Hashrate::from_hs(rate.max(0.0)),
                board: board.map(Celsius::from_degrees),
                chip: board.map(|c| Celsius::from_degrees(((c + warmer) * 10.0).round() / 10.0)),
                voltage: Some(Voltage::from_millivolts(if hashing {
                    (chance.between(12.8, 13.6) * 1_000.0) as i64
                } else {
                    0
                })),
                frequency: Some(Hertz::from_millihertz(if hashing {
                    (chance.between(490.0, 560.0) as i64) * 1_000_000_000
                } else {
                    0
                })),
                errors: Some(errors),
                state: if hashing {
                    BoardState::Hashing
                } else {
                    BoardState::Asleep
                },
            };
            match failure {
                Some(Failure::Board(bad)) if bad == at => Hashboard {
                    chips: 0,
                    board: None,
                    chip: None,
                    voltage: None,
                    frequency: None,
                    errors: None,
                    state: BoardState::Missing,
                    ..made
                },
                Some(Failure::Chain(bad)) if bad == at => Hashboard {
                    chips: 84.min(chips - 1),
                    errors: Some(errors + 20_000),
                    state: BoardState::Faulted,
                    ..made
                },
                Some(Failure::Heat(bad)) if bad == at => Hashboard {
                    state: BoardState::Faulted,
                    ..made
                },
                _ => made,
            }
        })
        .collect()
}
