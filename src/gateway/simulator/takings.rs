//! What came into the accounts by day: the days before the start are drawn by chance, the others are counted.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::ids::SiteId;
use crate::domain::inflow::{Day, InflowDay, InflowRow, MOST_DAYS};
use crate::domain::reserve::{BalanceSource, Currency, Money};
use crate::domain::time::Timestamp;

use super::chance::Chance;

/// Sat by day and place of the account.
#[derive(Debug, Default)]
pub(super) struct Takings(BTreeMap<Day, BTreeMap<usize, i64>>);

impl Takings {
    /// Invents the days before `today` of an account that takes in about `a_day` sat.
    pub(super) fn begin(&mut self, place: usize, a_day: f64, today: Day, seed: u64) {
        for back in 1..MOST_DAYS {
            let day = today.before(back);
            // By day, so that the same day looks the same whenever the nation is started.
            let mut chance = Chance::new(seed ^ u64::from(day.0.unsigned_abs()), 8 + place as u64);
            let sat = a_day * chance.between(0.78, 1.0);
            self.take(place, day, sat as i64);
        }
    }

    /// Counts what came in, and forgets days that nobody is told of any more.
    pub(super) fn take(&mut self, place: usize, day: Day, sat: i64) {
        let sum = self.0.entry(day).or_default().entry(place).or_default();
        *sum = sum.saturating_add(sat);
        while self.0.len() > MOST_DAYS {
            self.0.pop_first();
        }
    }

    /// The last day, or all of them, with the site of each account and who says so.
    pub(super) fn days(
        &self,
        all: bool,
        now: Timestamp,
        of: &dyn Fn(usize) -> Option<(Option<SiteId>, BalanceSource)>,
    ) -> Vec<InflowDay> {
        let skipped = if all {
            0
        } else {
            self.0.len().saturating_sub(1)
        };
        let told = self.0.iter().skip(skipped);
        told.map(|(day, sums)| InflowDay {
            day: *day,
            rows: rows(sums, of),
            measured_at: now,
        })
        .collect()
    }
}

fn rows(
    sums: &BTreeMap<usize, i64>,
    of: &dyn Fn(usize) -> Option<(Option<SiteId>, BalanceSource)>,
) -> Vec<InflowRow> {
    let row = |(place, sat): (&usize, &i64)| {
        let (site, source) = of(*place)?;
        let money = Money {
            amount: Decimal::new(*sat, 8),
            currency: Currency("BTC".into()),
        };
        Some(InflowRow {
            site,
            money,
            source,
        })
    };
    sums.iter().filter_map(row).collect()
}
