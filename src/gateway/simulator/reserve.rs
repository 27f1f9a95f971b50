//! The reserve's accounts: what is mined is owed first, then immature, and spendable 100 blocks later.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::ids::{AccountId, SiteId};
use crate::domain::inflow::{Day, InflowDay};
use crate::domain::rates::Rate;
use crate::domain::reserve::{Account, AsOf, BalanceSource, Currency, Maturing, Network};
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;

use super::chance::Chance;
use super::clock::Clock;
use super::nation::Fleet;
use super::takings::Takings;
use super::tape::Tape;

/// The whole network, EH/s, and what it mines in an hour, sat (3.125 BTC, six blocks).
const NETWORK_EHS: f64 = 1_041.0;
const NETWORK_SAT_H: f64 = 1_875_000_000.0;
/// A block each ten minutes since block 840,000 (2024-04-20T00:09:27Z).
const ANCHOR_HEIGHT: i64 = 840_000;
const ANCHOR_MS: i64 = 1_713_571_767_000;
const BLOCK_MS: i64 = 600_000;
/// Blocks until a find can be spent.
const MATURITY: u32 = 100;
/// Each account is paid by the coinbase of one block in so many: a nation finds some eight of a hundred.
const EACH: u32 = 8;
/// Sites with an account of their own; the others are paid into the nation's.
const SITES: usize = 12;

#[derive(Debug)]
struct Book {
    id: AccountId,
    label: Arc<str>,
    site: Option<SiteId>,
    source: BalanceSource,
    mature: i64,
    /// Height of the coinbase's block, sat.
    immature: VecDeque<(u32, i64)>,
    /// Sat, with a part of one.
    pending: f64,
}

/// Roubles: a balance in kopecks that energy and heat move.
#[derive(Debug)]
struct Purse {
    id: &'static str,
    label: &'static str,
    currency: &'static str,
    kopecks: f64,
    /// Of what is mined, this part of its worth comes in, kopecks a second an EH/s.
    inflow: f64,
}

/// All accounts.
#[derive(Debug)]
pub(super) struct Reserve {
    books: Vec<Book>,
    purses: Vec<Purse>,
    takings: Takings,
    tape: Tape,
    height: u32,
    hash: Arc<str>,
    seed: u64,
    read_at: i64,
}

impl Reserve {
    pub(super) fn new(seed: u64, fleet: &Fleet, clock: Clock) -> Self {
        let mut chance = Chance::new(seed, 3);
        let height = height(clock, 0);
        let mut books = vec![
            book(
                "reserve",
                "State reserve, cold",
                None,
                992_940_211_377,
                true,
            ),
            book("treasury", "Treasury, hot", None, 120_463_018_840, true),
        ];
        let mut takings = Takings::default();
        for (place, station) in (2u32..).zip(fleet.stations.iter().take(SITES)) {
            let nameplate: f64 = fleet.of(station).iter().map(|l| l.nameplate_w).sum();
            let sat = nameplate / 1e6 * 0.86 * 1e8 * chance.between(0.9, 1.1);
            let mut own = book(
                station.id.as_str(),
                &format!("{} mining", station.name),
                Some(station.id.clone()),
                sat as i64,
                chance.unit() < 0.6,
            );
            // What such a site mines in ten minutes, at 17.5 J/TH.
            let a_block = nameplate / 17.5 / 1e6 / NETWORK_EHS * NETWORK_SAT_H / 6.0;
            own.immature = (height + 1 - MATURITY..=height)
                .filter(|at| pays(place, *at))
                .map(|at| {
                    let sat = a_block * f64::from(EACH) * chance.between(0.94, 1.0);
                    (at, (sat as i64).max(1))
                })
                .collect();
            let a_day = a_block * 144.0;
            takings.begin(place as usize, a_day, Day::of(clock.wall(0)), seed);
            for (at, sat) in &own.immature {
                // What came in before midnight is in the sums of the days before.
                let day = Day::of(Timestamp::from_millis(block_ms(*at)));
                if day == Day::of(clock.wall(0)) {
                    takings.take(place as usize, day, *sat);
                }
            }
            books.push(own);
        }
        Self {
            books,
            purses: vec![
                Purse {
                    id: "byn",
                    label: "Belenergo settlement",
                    currency: "BYN",
                    kopecks: 4_182_774_112.0,
                    inflow: 18.0,
                },
                Purse {
                    id: "byn-d",
                    label: "Digital rouble, heat sales",
                    currency: "BYN-D",
                    kopecks: 612_450_330.0,
                    inflow: 2.5,
                },
            ],
            takings,
            tape: Tape::new(seed),
            height,
            hash: hash(seed, height),
            seed,
            read_at: 0,
        }
    }

    /// Adds what `exahash` by site mined in so many seconds.
    pub(super) fn mine(&mut self, exahash: &[f64], seconds: f64, world_ms: i64, clock: Clock) {
        let sat_s = NETWORK_SAT_H / 3_600.0 / NETWORK_EHS;
        for (site, ehs) in exahash.iter().enumerate() {
            let place = if site < SITES { 2 + site } else { 0 };
            if let Some(book) = self.books.get_mut(place) {
                book.pending += ehs * sat_s * seconds;
            }
        }
        let sum: f64 = exahash.iter().sum();
        for purse in &mut self.purses {
            purse.kopecks += purse.inflow * sum * seconds;
        }
        let height = height(clock, world_ms);
        if height == self.height {
            return;
        }
        self.height = height;
        self.hash = hash(self.seed, height);
        self.read_at = world_ms;
        self.tape.turn();
        let today = Day::of(clock.wall(world_ms));
        for (place, book) in self.books.iter_mut().enumerate() {
            let paid = book.pending.floor();
            if paid >= 1.0 && pays(u32::try_from(place).unwrap_or(0), height) {
                book.pending -= paid;
                book.immature.push_back((height, paid as i64));
                self.takings.take(place, today, paid as i64);
            }
            while let Some(&(at, sat)) = book.immature.front()
                && height.saturating_sub(at) >= MATURITY
            {
                book.immature.pop_front();
                book.mature += sat;
            }
        }
    }

    /// The network that the nation mines in: its difficulty is what makes that hashrate find six blocks an hour.
    pub(super) fn network(&self, now: Timestamp) -> Network {
        Network {
            difficulty: NETWORK_EHS * 1e18 * 600.0 / 4_294_967_296.0,
            reward: Sats::from_sat((NETWORK_SAT_H / 6.0) as i64),
            height: self.height,
            measured_at: now,
        }
    }

    /// All accounts as they stand.
    pub(super) fn accounts(&self, clock: Clock, now: Timestamp) -> Vec<Account> {
        let as_of = AsOf {
            height: self.height,
            hash: self.hash.clone(),
            time: clock.wall(self.read_at),
        };
        let books = self.books.iter().map(|book| Account {
            id: book.id.clone(),
            label: book.label.clone(),
            site: book.site.clone(),
            currency: Currency("BTC".into()),
            mature: Decimal::new(book.mature, 8),
            immature: Decimal::new(book.immature.iter().map(|paid| paid.1).sum(), 8),
            pending: Decimal::new(book.pending as i64, 8),
            maturing: Some(book.immature.iter().map(coinbase).collect()),
            as_of: Some(as_of.clone()),
            source: book.source,
            measured_at: now,
        });
        let purses = self.purses.iter().map(|purse| Account {
            id: AccountId::new(purse.id),
            label: purse.label.into(),
            site: None,
            currency: Currency(purse.currency.into()),
            mature: Decimal::new(purse.kopecks as i64, 2),
            immature: Decimal::ZERO,
            pending: Decimal::ZERO,
            maturing: None,
            as_of: None,
            source: BalanceSource::Claimed,
            measured_at: now,
        });
        books.chain(purses).collect()
    }

    /// What a bitcoin is worth.
    pub(super) fn rates(&self, clock: Clock) -> Vec<Rate> {
        self.tape.rates(clock.wall(self.read_at))
    }

    /// What came in: today, and all days before where `all`.
    pub(super) fn inflow(&self, all: bool, now: Timestamp) -> Vec<InflowDay> {
        let of = |place: usize| {
            let book = self.books.get(place)?;
            Some((book.site.clone(), book.source))
        };
        self.takings.days(all, now, &of)
    }
}

/// Is an account paid by the coinbase of this height?
const fn pays(place: u32, height: u32) -> bool {
    (height + place).is_multiple_of(EACH)
}

fn coinbase((height, sat): &(u32, i64)) -> Maturing {
    Maturing {
        height: *height,
        amount: Decimal::new(*sat, 8),
    }
}

/// When a block was found, by the calendar.
fn block_ms(height: u32) -> i64 {
    ANCHOR_MS + (i64::from(height) - ANCHOR_HEIGHT) * BLOCK_MS
}

fn book(id: &str, label: &str, site: Option<SiteId>, sat: i64, node: bool) -> Book {
    Book {
        id: AccountId::new(id),
        label: label.into(),
        site,
        source: if node {
            BalanceSource::Node
        } else {
            BalanceSource::Claimed
        },
        mature: sat,
        immature: VecDeque::new(),
        pending: 0.0,
    }
}

fn height(clock: Clock, world_ms: i64) -> u32 {
    let blocks = (clock.calendar_ms(world_ms) - ANCHOR_MS).div_euclid(BLOCK_MS);
    u32::try_from(ANCHOR_HEIGHT + blocks)
        .unwrap_or(MATURITY)
        .max(MATURITY)
}

/// An invented block hash with the zeros of a real one.
fn hash(seed: u64, height: u32) -> Arc<str> {
    let mut chance = Chance::new(seed ^ u64::from(height), 4);
    let mut text = "0".repeat(19);
    while text.len() < 64 {
        let digit = chance.index(16);
        // Writing to a String can't fail.
        let _ = write!(text, "{digit:x}");
    }
    text.into()
}
