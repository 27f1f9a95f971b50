//! The nation's reserve: coins that mature, what came in, what it is worth.

use std::sync::Arc;
use std::time::Duration;

use baseload::app::State;
use baseload::app::history::{Opened, Standing};
use baseload::domain::history::{Answer, Bucket, Grain, Series};
use baseload::domain::inflow::{Day, InflowDay, InflowRow};
use baseload::domain::link::Item;
use baseload::domain::rates::Rate;
use baseload::domain::reserve::{BalanceSource, Currency, Maturing, Money};
use rust_decimal::Decimal;

use super::{at, site_id};

/// Three coinbases whose sum is 9.375 BTC.
pub(super) fn coinbases(id: &str) -> Vec<Maturing> {
    let shift = match id {
        "a1" => 0,
        "a2" => 9,
        _ => 31,
    };
    [96, 61, 42]
        .map(|back| Maturing {
            height: 975_104 - back + shift,
            amount: Decimal::new(312_500_000, 8),
        })
        .into()
}

fn rate(currency: &str, per_btc: &str, minutes: i64, source: &str) -> Item {
    Item::Rate(Box::new(Rate {
        currency: Currency(Arc::from(currency)),
        per_btc: per_btc.parse().expect("a decimal number"),
        at: at(-60 * minutes),
        source: Arc::from(source),
    }))
}

/// One fresh rate, one that is old, one that is too old.
pub(super) fn rates() -> Vec<Item> {
    vec![
        rate("BYN", "318275.10", 12, "NBRB"),
        rate("EUR", "89743.06", 150, "ECB"),
        rate("USD", "97400.00", 2_000, "market index"),
    ]
}

fn today() -> Day {
    Day::of(at(0))
}

/// A month of what two sites earned; nobody states three of its days.
pub(super) fn inflow() -> Vec<Item> {
    let row = |site: &str, sat: i64, source| InflowRow {
        site: Some(site_id(site)),
        money: Money {
            amount: Decimal::new(sat, 8),
            currency: Currency(Arc::from("BTC")),
        },
        source,
    };
    let told = (0..30usize).zip(0i64..);
    let told = told.filter(|(back, _)| !(11..14).contains(back));
    told.map(|(back, turn)| {
        let wobble = (turn * 7_919).rem_euclid(37) * 4_000_000;
        let part = if back == 0 { 2 } else { 1 };
        Item::Inflow(Box::new(InflowDay {
            day: today().before(back),
            rows: vec![
                row(
                    "Astravets",
                    (843_750_000 + wobble) / part,
                    BalanceSource::Node,
                ),
                row(
                    "Lukoml",
                    (312_500_000 - wobble) / part,
                    BalanceSource::Claimed,
                ),
                row(
                    "Mazyr",
                    (201_010_000 + wobble) / part,
                    BalanceSource::Claimed,
                ),
            ],
            measured_at: at(-12),
        }))
    })
    .collect()
}

/// What this desk kept of the last nine days, one of them missed and one spent on.
pub(crate) fn kept(state: &mut State) {
    let answer = |source, start: i64, daily: i64| {
        let mut held = start;
        let bucket = |back: i64| {
            held += match back {
                4 => -3 * daily,
                _ => daily + back * 11_000_000,
            };
            (back != 6).then_some(Bucket {
                min: held,
                max: held,
                mean: held,
                last: held,
                coverage: if back == 0 { 0.57 } else { 1.0 },
                unsure: 0.0,
            })
        };
        let missing = vec![None; 23];
        let known = (0..9).rev().map(bucket);
        Answer {
            gateway: None,
            series: Series::ReserveOf(source),
            from: today().before(31).start(),
            step: Duration::from_hours(24),
            grain: Grain::Quarter,
            buckets: missing.into_iter().chain(known).collect(),
        }
    };
    state.history.standing = Standing::Open(Opened {
        file: Arc::from("history.db"),
        writes: true,
    });
    state.history.reserve = vec![
        answer(BalanceSource::Node, 1_186_313_552_511, 1_043_750_000),
        answer(BalanceSource::Claimed, 19_744_500_000, 512_500_000),
    ];
}
