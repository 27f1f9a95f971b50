//! The grid as the feeds state it: the last reading with its age, and the last minutes of its figures.

use std::time::Duration;

use super::trend::Trend;
use crate::domain::grid::GridReading;
use crate::domain::ids::FeedId;
use crate::domain::quality::{Quality, judged};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// The grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The last reading and the feed that it came from.
    pub reading: Option<(FeedId, GridReading)>,
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
    /// Mining load of the nation as this desk adds it up, MW.
    pub mining: Trend,
}

fn trend() -> Trend {
    Trend::new(Duration::from_secs(1), 900)
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            reading: None,
            quality: Quality::Bad,
            age: Duration::ZERO,
            frequency: trend(),
            surplus: trend(),
            demand: trend(),
            mining: trend(),
        }
    }
}

impl Grid {
    /// Takes a reading. One feed is the source as long as it is fresh; another takes over when it is not.
    pub fn update(&mut self, feed: FeedId, reading: GridReading) {
        let keep = match &self.reading {
            Some((from, _)) => *from != feed && self.quality < Quality::Stale,
            None => false,
        };
        if !keep {
            self.replace(feed, reading);
        }
    }

    /// Takes a reading whatever stood before.
    pub fn replace(&mut self, feed: FeedId, reading: GridReading) {
        self.quality = reading.quality;
        self.reading = Some((feed, reading));
    }

    /// A reading that could not be read.
    pub fn bad(&mut self, feed: FeedId) {
        if let Some((from, reading)) = &mut self.reading
            && *from == feed
        {
            reading.quality = Quality::Bad;
            self.quality = Quality::Bad;
        }
    }

    /// Judges the reading by its age and samples the trends, unless `frozen`.
    pub fn tick(
        &mut self,
        period: impl Fn(FeedId) -> Option<Duration>,
        mining: Option<Power>,
        now: Timestamp,
        frozen: bool,
    ) {
        let mut known = None;
        if let Some((feed, reading)) = &self.reading {
            let period = period(*feed).unwrap_or(super::feeds::DEFAULT_PERIOD);
            self.quality = judged(reading.quality, reading.measured_at, now, period);
            self.age = reading.measured_at.age(now);
            known = (self.quality < Quality::Stale).then_some(reading);
        }
        // Frequency stays live in a frozen view (DESIGN.md: freeze stops sorting and trends only), so its trend goes on.
        self.frequency.sample(
            now,
            known
                .and_then(|r| r.frequency)
                .map(|f| f.millihertz() as f32 / 1_000.0),
        );
        if frozen {
            return;
        }
        let mw = |p: Option<Power>| p.map(|p| p.megawatts() as f32);
        self.surplus.sample(now, mw(known.and_then(|r| r.surplus)));
        self.demand.sample(now, mw(known.and_then(|r| r.demand)));
        self.mining.sample(now, mw(mining));
    }
}
