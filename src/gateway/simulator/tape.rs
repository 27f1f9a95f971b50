//! What a bitcoin is worth: a random walk, a step each block.

use rust_decimal::Decimal;

use crate::domain::rates::Rate;
use crate::domain::reserve::Currency;
use crate::domain::time::Timestamp;

use super::chance::Chance;

/// Dollars for a bitcoin at the start, and the bounds of the walk.
const START_USD: f64 = 97_400.0;
const LEAST_USD: f64 = 30_000.0;
const MOST_USD: f64 = 250_000.0;
/// Deviation of one step: some 2.4 % a day.
const STEP: f64 = 0.002;
/// Of what currency, how much for a dollar, and who says so.
const STATED: [(&str, f64, &str); 3] = [
    ("BYN", 3.267_1, "NBRB"),
    ("EUR", 0.921_4, "ECB"),
    ("USD", 1.0, "market index"),
];

/// The walk.
#[derive(Debug)]
pub(super) struct Tape {
    chance: Chance,
    dollars: f64,
}

impl Tape {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed, 9_000),
            dollars: START_USD,
        }
    }

    /// One step.
    pub(super) fn turn(&mut self) {
        let next = self.dollars * (1.0 + STEP * self.chance.bell());
        self.dollars = next.clamp(LEAST_USD, MOST_USD);
    }

    /// The rates as they were at a time.
    pub(super) fn rates(&self, at: Timestamp) -> Vec<Rate> {
        let rate = |(currency, a_dollar, source): (&str, f64, &str)| Rate {
            currency: Currency(currency.into()),
            per_btc: Decimal::new((self.dollars * a_dollar * 100.0).round() as i64, 2),
            at,
            source: source.into(),
        };
        STATED.into_iter().map(rate).collect()
    }
}
