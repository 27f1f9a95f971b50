//! Measured grid data, played again.
//!
//! Invariant: every value was measured once; nothing is interpolated or made up, and where the series has a hole the
//! value is missing. It plays on the wall's time by a linear map (`speed` times as fast); a reading bears the wall's
//! time at which its newest row fell due. Being no live grid, it is marked simulated.

mod series;

use std::time::Duration;

use crate::domain::filter::MachineFilter;
use crate::domain::fleet::MachinePage;
use crate::domain::grid::GridReading;
use crate::domain::ids::{GatewayId, HallId, SiteId};
use crate::domain::link::{Item, Request, Topic};
use crate::domain::operator::TwoPersons;
use crate::domain::quality::Quality;
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};
use crate::gateway::{Gateway, Identity, LinkId, Refusal};

pub use series::{ReplayError, RowFault, RowReport, Series, load_frequency, load_load};

/// The gateway's id on the wire, which is also what it calls its nation: a series knows of none.
pub const GATEWAY: &str = "replay";
/// Not more often than this is a new reading sent.
const QUICK_MS: i64 = 250;
/// A reading is repeated at least so often.
const REPORT_MS: i64 = 1_000;

/// What happens when a series is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtEnd {
    /// It begins again.
    #[default]
    Loop,
    /// Its last value stays, and turns stale.
    Hold,
}

/// One or two series being played.
#[derive(Debug)]
pub struct Replay {
    id: GatewayId,
    frequency: Option<Series>,
    load: Option<Series>,
    speed: f64,
    start: Timestamp,
    at_end: AtEnd,
    now: Timestamp,
    sent: Option<(Timestamp, GridReading)>,
}

/// Where a series stands.
struct Place {
    value: Option<f64>,
    /// When its row fell due, by the wall.
    due: Timestamp,
    ended: bool,
}

impl Replay {
    /// Plays what there is, `speed` times as fast (0.01 to 100,000), from `start` on.
    ///
    /// # Errors
    /// Where there is no series at all, or the speed is no such number.
    pub fn new(
        frequency: Option<Series>,
        load: Option<Series>,
        speed: f64,
        start: Timestamp,
    ) -> Result<Self, ReplayError> {
        if frequency.is_none() && load.is_none() {
            return Err(ReplayError::new(
                "nothing to replay: give --frequency, --load or both",
            ));
        }
        if !(0.01..=100_000.0).contains(&speed) {
            return Err(ReplayError::new(
                "the speed of a replay must lie between 0.01 and 100,000",
            ));
        }
        Ok(Self {
            id: GatewayId::new(GATEWAY),
            frequency,
            load,
            speed,
            start,
            at_end: AtEnd::default(),
            now: start,
            sent: None,
        })
    }

    /// The same under another name among gateways.
    #[must_use]
    pub fn named(self, id: &str) -> Self {
        Self {
            id: GatewayId::new(id),
            ..self
        }
    }

    /// The same with another way to end.
    #[must_use]
    pub fn ending(self, at_end: AtEnd) -> Self {
        Self { at_end, ..self }
    }

    /// Where `series` stands now.
    fn place(&self, series: &Series) -> Place {
        let wall_ms = self.now.millis().saturating_sub(self.start.millis()).max(0);
        let elapsed = (wall_ms as f64 * self.speed) as i64;
        let ended = self.at_end == AtEnd::Hold && elapsed >= series.span_ms();
        let into = if ended {
            series.span_ms() - 1
        } else {
            elapsed.rem_euclid(series.span_ms())
        };
        let (value, row_ms) = series.at(into);
        let before = if ended {
            elapsed - series.span_ms() + 1 + (into - row_ms)
        } else {
            into - row_ms
        };
        Place {
            value,
            due: self.now.shifted(-((before as f64 / self.speed) as i64)),
            ended,
        }
    }

    fn reading(&self) -> GridReading {
        let places = [&self.frequency, &self.load].map(|s| s.as_ref().map(|s| self.place(s)));
        let value = |place: &Option<Place>| place.as_ref().and_then(|place| place.value);
        let there: Vec<&Place> = places.iter().flatten().collect();
        let quality = if there.iter().any(|place| place.ended) {
            Quality::Stale
        } else if there.iter().all(|place| place.value.is_none()) {
            Quality::Bad
        } else if there.iter().any(|place| place.value.is_none()) {
            Quality::Uncertain
        } else {
            Quality::Good
        };
        GridReading {
            frequency: value(&places[0])
                .map(|mhz| Hertz::from_millihertz(50_000 + mhz.round() as i64)),
            demand: value(&places[1]).map(|mw| Power::from_watts((mw * 1e6).round() as i64)),
            quality,
            measured_at: there
                .iter()
                .map(|place| place.due)
                .max()
                .unwrap_or(self.now),
            ..GridReading::default()
        }
    }
}

impl Gateway for Replay {
    fn identity(&self) -> Identity {
        // A row each ten seconds at the wall's speed is no stale row: the period follows the series.
        let series = [&self.frequency, &self.load];
        let steps = series.into_iter().flatten().map(Series::step_ms);
        let step = steps.min().unwrap_or(REPORT_MS);
        let period = ((step as f64 / self.speed) as i64).max(REPORT_MS);
        Identity {
            gateway: self.id.clone(),
            nation: GATEWAY.into(),
            report_period: Duration::from_millis(period.unsigned_abs()),
            simulated: true,
            durable_orders: false,
            two_persons: TwoPersons::default(),
            operators: false,
        }
    }

    fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    fn snapshot(&self, topic: Topic) -> Vec<Item> {
        match topic {
            Topic::Grid => vec![Item::Grid(Box::new(self.reading()))],
            Topic::Fleet | Topic::Reserve | Topic::Alarm | Topic::Order => Vec::new(),
        }
    }

    fn changes(&mut self, topic: Topic) -> Vec<Item> {
        if topic != Topic::Grid {
            return Vec::new();
        }
        let reading = self.reading();
        let due = self.sent.as_ref().is_none_or(|(at, last)| {
            let since = self.now.millis() - at.millis();
            since >= REPORT_MS || (since >= QUICK_MS && *last != reading)
        });
        if !due {
            return Vec::new();
        }
        self.sent = Some((self.now, reading.clone()));
        vec![Item::Grid(Box::new(reading))]
    }

    fn machines(
        &self,
        _: &SiteId,
        _: &HallId,
        _: u32,
        _: &MachineFilter,
    ) -> Result<MachinePage, Refusal> {
        Err(unsupported())
    }

    fn request(&mut self, _: Request, _: LinkId, _: Timestamp) -> Result<Vec<Item>, Refusal> {
        Err(unsupported())
    }
}

fn unsupported() -> Refusal {
    Refusal {
        code: "unsupported",
        message: told!(
            "replay-only",
            "a replay serves measured grid readings only; it has no fleet and takes no orders"
        ),
    }
}
