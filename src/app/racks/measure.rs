//! What a map can show of a machine, and in which class of it a machine falls.

use std::collections::BTreeMap;

use crate::domain::fleet::{Machine, MachineState};
use crate::domain::units::{Celsius, Hashrate};

/// What a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Measure {
    /// The hottest board, °C.
    #[default]
    Temperature,
    /// Hashrate as a part of its nameplate, or of the median of its model, %.
    Hashrate,
    /// Claimed power as a part of the median of its model, %.
    Power,
    /// What it is doing.
    State,
}

/// A class of a map's legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// It hashes, and its figure is in this range, the lowest first.
    Level(usize),
    /// It hashes, and its figure is not known.
    Unknown,
    /// Waking up.
    Waking,
    /// Asleep by order.
    Curtailed,
    /// Not answering.
    Offline,
    /// Failed.
    Faulted,
}

impl Class {
    /// Those that are no ranges.
    pub const LETTERS: [Self; 5] = [
        Self::Faulted,
        Self::Offline,
        Self::Curtailed,
        Self::Waking,
        Self::Unknown,
    ];
}

impl Measure {
    /// In the order that its key goes through.
    pub const ALL: [Self; 4] = [Self::Temperature, Self::Hashrate, Self::Power, Self::State];

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|m| *m == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Where one range ends and the next begins; none where every machine that hashes is in one class.
    pub const fn bounds(self) -> &'static [u32] {
        match self {
            Self::Temperature => &[45, 60, 75, 85],
            Self::Hashrate => &[50, 80, 95, 105],
            Self::Power => &[70, 90, 110, 130],
            Self::State => &[],
        }
    }

    /// How much a class wants a person's eye: 0 not at all, 1 to be noted, 2 abnormal.
    pub const fn attention(self, class: Class) -> u8 {
        match (self, class) {
            (_, Class::Faulted | Class::Offline)
            | (Self::Temperature | Self::Power, Class::Level(4))
            | (Self::Hashrate, Class::Level(0)) => 2,
            (_, Class::Waking | Class::Unknown)
            | (Self::Temperature | Self::Power, Class::Level(3))
            | (Self::Hashrate, Class::Level(1))
            | (Self::Power, Class::Level(0)) => 1,
            _ => 0,
        }
    }

    /// The greater, the sooner it stands for its rack.
    pub const fn severity(self, class: Class) -> usize {
        let of_level = match (self, class) {
            // The lower, the worse.
            (Self::Hashrate, Class::Level(level)) => 9 - level,
            (_, Class::Level(level)) => level,
            _ => 0,
        };
        let of_state = match class {
            Class::Faulted => 60,
            Class::Offline => 50,
            Class::Unknown | Class::Waking => 20,
            Class::Curtailed => 15,
            Class::Level(_) => 0,
        };
        let hot = if matches!(class, Class::Level(_)) {
            self.attention(class) as usize * 20
        } else {
            0
        };
        of_state + hot + of_level
    }
}

/// What the figures of a page are measured by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scale {
    hashrate: BTreeMap<String, f64>,
    power: BTreeMap<String, f64>,
}

impl Scale {
    /// The medians of those machines of each model that hash.
    pub fn of(rows: &[Machine]) -> Self {
        let mut found: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for row in rows.iter().filter(|m| m.state == MachineState::Hashing) {
            let (rates, powers) = found.entry(&*row.model).or_default();
            rates.push(row.hashrate.hs());
            powers.push(row.power.watts() as f64);
        }
        let mut scale = Self::default();
        for (model, (rates, powers)) in found {
            scale.hashrate.insert(model.to_owned(), median(rates));
            scale.power.insert(model.to_owned(), median(powers));
        }
        scale
    }

    /// The figure of a machine that hashes: °C, or %; none where it is not known.
    pub fn figure(&self, measure: Measure, machine: &Machine) -> Option<f64> {
        let share = |value: f64, of: Option<f64>| {
            of.filter(|whole| *whole > 0.0)
                .map(|whole| (value / whole * 100.0).min(9_999.0))
        };
        match measure {
            Measure::Temperature => machine.board.map(Celsius::degrees),
            Measure::Hashrate => {
                let nameplate = machine.nameplate.map(Hashrate::hs);
                let whole = nameplate.or_else(|| self.hashrate.get(&*machine.model).copied());
                share(machine.hashrate.hs(), whole)
            }
            Measure::Power => {
                let median = self.power.get(&*machine.model).copied();
                share(machine.power.watts() as f64, median)
            }
            Measure::State => None,
        }
    }

    /// The class of a machine.
    pub fn class(&self, measure: Measure, machine: &Machine) -> Class {
        match machine.state {
            MachineState::Hashing => {}
            MachineState::Curtailed => return Class::Curtailed,
            MachineState::Waking => return Class::Waking,
            MachineState::Faulted => return Class::Faulted,
            MachineState::Offline => return Class::Offline,
        }
        if measure == Measure::State {
            return Class::Level(0);
        }
        let bounds = measure.bounds();
        self.figure(measure, machine)
            .map_or(Class::Unknown, |figure| {
                Class::Level(bounds.iter().filter(|b| figure >= f64::from(**b)).count())
            })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
