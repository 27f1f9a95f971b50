//! The grid as the feeds state it: the last reading with its age, and the last minutes of its figures.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::prelude::ToPrimitive;

use super::feeds::Feed;
use super::history::MOST_UNITS;
use super::sources::{Place, Sources};
use super::trend::Trend;
use super::wanted::{self, Heard, Steps};
use crate::domain::grid::GridReading;
use crate::domain::ids::FeedId;
use crate::domain::quality::{Concern, Quality, judged, stale_from};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// The grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The last reading and the feed that it came from.
    pub reading: Option<(FeedId, GridReading)>,
    /// The place that it was of when that was told last.
    pub(super) place: Option<Place>,
    /// Its quality by age and by word, at the last tick.
    pub quality: Quality,
    /// Its age at the last tick.
    pub age: Duration,
    /// Hz, each second of the last 15 minutes.
    pub frequency: Trend,
    /// Surplus, MW.
    pub surplus: Trend,
    /// Demand, MW.
    pub demand: Trend,
    /// Mining load of the nation as this desk adds it up, MW; it stops while a table is frozen.
    pub mining: Trend,
    /// The same, which goes on.
    pub load: Trend,
    /// Where the load was a sum with stale parts: above 0.
    pub load_doubt: Trend,
    /// Where readings were uncertain: above 0.
    pub doubt: Trend,
    /// Price of a MWh.
    pub price: Trend,
    /// What each unit puts out, MW.
    pub units: BTreeMap<Arc<str>, Trend>,
    /// Instructions that were heard, those that are over among them, oldest first.
    pub heard: VecDeque<Heard>,
    /// What of their lives the journal does not know yet.
    pub(super) steps: Steps,
    /// Since when readings are heard.
    pub since: Option<Timestamp>,
    /// What each feed says, and where they contradict each other.
    pub(super) sources: Sources,
}

fn trend() -> Trend {
    Trend::new(Duration::from_secs(1), 900)
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            reading: None,
            place: None,
            quality: Quality::Bad,
            age: Duration::ZERO,
            frequency: trend(),
            surplus: trend(),
            demand: trend(),
            mining: trend(),
            load: trend(),
            load_doubt: trend(),
            doubt: trend(),
            price: trend(),
            units: BTreeMap::new(),
            heard: VecDeque::new(),
            steps: Steps::default(),
            since: None,
            sources: Sources::default(),
        }
    }
}

impl Grid {
    /// Takes a reading whatever stood before.
    pub fn replace(&mut self, feed: FeedId, reading: GridReading) {
        self.quality = reading.quality;
        self.hear(feed, &reading);
        self.reading = Some((feed, reading));
    }

    /// Forgets what other readings than those to come have left: nothing simulated stays beside what is real.
    pub fn forget(&mut self) {
        *self = Self {
            mining: self.mining.clone(),
            load: self.load.clone(),
            load_doubt: self.load_doubt.clone(),
            sources: std::mem::take(&mut self.sources),
            ..Self::default()
        };
    }

    /// Remembers what a feed says that the grid operator wants.
    pub(super) fn hear(&mut self, feed: FeedId, reading: &GridReading) {
        self.since.get_or_insert(reading.measured_at);
        wanted::hear(&mut self.heard, &mut self.steps, feed, reading);
    }

    /// Judges the reading by its age and samples the trends; that of the nation's table not while it is `frozen`.
    /// `mining` is uncertain where a part of it is only last known. Gives the time at which a reading that is fresh now
    /// will be stale, where nothing more comes.
    pub fn tick(
        &mut self,
        feeds: &[Feed],
        mining: Option<(Power, bool)>,
        now: Timestamp,
        frozen: bool,
    ) -> Option<Timestamp> {
        let mut known = None;
        let mut soonest = None;
        self.judge(feeds, now);
        let doubt = self.doubt();
        if let Some((id, reading)) = &self.reading {
            let feed = feeds.iter().find(|f| f.id == *id);
            let period = feed.map_or(super::feeds::DEFAULT_PERIOD, Feed::grid_period);
            let by_age = judged(reading.quality, reading.measured_at, now, period);
            let concern = feed.map_or(Concern::None, |f| f.concern(reading.measured_at, now));
            self.quality = by_age.max(doubt).max(concern.at_best());
            self.age = reading.measured_at.age(now);
            known = (self.quality < Quality::Stale).then_some(reading);
            soonest = known.map(|reading| stale_from(reading.measured_at, period));
        }
        self.frequency.sample(
            now,
            known
                .and_then(|r| r.frequency)
                .map(|f| f.millihertz() as f32 / 1_000.0),
        );
        let mw = |p: Option<Power>| p.map(|p| p.megawatts() as f32);
        let sign = |unsure: bool| f32::from(u8::from(unsure));
        self.surplus.sample(now, mw(known.and_then(|r| r.surplus)));
        self.demand.sample(now, mw(known.and_then(|r| r.demand)));
        self.load.sample(now, mw(mining.map(|(power, _)| power)));
        self.load_doubt
            .sample(now, mining.map(|(_, unsure)| sign(unsure)));
        let unsure = self.quality == Quality::Uncertain;
        self.doubt.sample(now, known.map(|_| sign(unsure)));
        let price = known.and_then(|r| r.price.as_ref());
        self.price
            .sample(now, price.and_then(|p| p.amount.to_f32()));
        let units = known.map_or(&[][..], |r| &r.generation);
        for unit in units.iter().take(MOST_UNITS) {
            if self.units.len() < MOST_UNITS && !self.units.contains_key(&unit.unit) {
                self.units.insert(unit.unit.clone(), trend());
            }
        }
        for (name, trend) in &mut self.units {
            let unit = units.iter().find(|u| u.unit == *name);
            trend.sample(now, mw(unit.map(|u| u.power)));
        }
        // A site that is silent is taken to draw what it drew last.
        let load = mining.map(|(power, _)| power);
        wanted::live(&mut self.heard, &mut self.steps, load, now);
        if !frozen {
            self.mining.sample(now, mw(mining.map(|(power, _)| power)));
        }
        soonest
    }
}
