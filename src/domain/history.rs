//! What is kept of the past: which series there are, in which units, and what is answered of them.

use std::sync::Arc;
use std::time::Duration;

use super::ids::{GatewayId, SiteId};
use super::reserve::{BalanceSource, Currency};
use super::time::Timestamp;
use super::units::{Energy, Hashrate, Power};

/// A figure of a site or of the nation.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum SiteFigure {
    /// What it draws, W.
    Power,
    /// What its machines hash, kH/s.
    Hashrate,
    /// What it is ordered to draw, W.
    Target,
}

/// A figure of the grid.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum GridFigure {
    /// mHz.
    Frequency,
    /// W; negative where load must go.
    Surplus,
    /// Demand without mining, W.
    Demand,
}

/// One series. Values are whole numbers of the unit named with each.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Series {
    /// Of a site.
    Site(SiteId, SiteFigure),
    /// Of all sites of the nation.
    Nation(SiteFigure),
    /// Of the grid.
    Grid(GridFigure),
    /// What a generating unit puts out, W.
    Unit(Arc<str>),
    /// Price of a MWh, 1/10,000 of the currency.
    Price(Currency),
    /// Bitcoin of the reserve, mature and immature, as our node checked it, sat. Histories that were begun before this was
    /// so hold what was only claimed in it too, up to then.
    Reserve,
    /// What our node checked, or what is only claimed, each alone, sat.
    ReserveOf(BalanceSource),
}

/// The longest name of a series that is kept, bytes.
pub const LONGEST_NAME: usize = 256;

impl Series {
    /// Its kind and its name within that, as they are stored.
    pub fn key(&self) -> (&'static str, &str) {
        match self {
            Self::Site(site, SiteFigure::Power) => ("site.power_w", site.as_str()),
            Self::Site(site, SiteFigure::Hashrate) => ("site.hashrate_khs", site.as_str()),
            Self::Site(site, SiteFigure::Target) => ("site.target_w", site.as_str()),
            Self::Nation(SiteFigure::Power) => ("nation.power_w", ""),
            Self::Nation(SiteFigure::Hashrate) => ("nation.hashrate_khs", ""),
            Self::Nation(SiteFigure::Target) => ("nation.target_w", ""),
            Self::Grid(GridFigure::Frequency) => ("grid.freq_mhz", ""),
            Self::Grid(GridFigure::Surplus) => ("grid.surplus_w", ""),
            Self::Grid(GridFigure::Demand) => ("grid.demand_w", ""),
            Self::Unit(unit) => ("unit.power_w", unit),
            Self::Price(currency) => ("price.e4_per_mwh", &currency.0),
            Self::Reserve => ("reserve.sat", ""),
            Self::ReserveOf(BalanceSource::Node) => ("reserve.node_sat", ""),
            Self::ReserveOf(BalanceSource::Claimed) => ("reserve.claimed_sat", ""),
        }
    }

    /// The series of a stored kind and name; none where this version knows no such kind.
    pub fn of_key(kind: &str, name: &str) -> Option<Self> {
        let site = |figure| Self::Site(SiteId::new(name), figure);
        Some(match kind {
            "site.power_w" => site(SiteFigure::Power),
            "site.hashrate_khs" => site(SiteFigure::Hashrate),
            "site.target_w" => site(SiteFigure::Target),
            "nation.power_w" => Self::Nation(SiteFigure::Power),
            "nation.hashrate_khs" => Self::Nation(SiteFigure::Hashrate),
            "nation.target_w" => Self::Nation(SiteFigure::Target),
            "grid.freq_mhz" => Self::Grid(GridFigure::Frequency),
            "grid.surplus_w" => Self::Grid(GridFigure::Surplus),
            "grid.demand_w" => Self::Grid(GridFigure::Demand),
            "unit.power_w" => Self::Unit(name.into()),
            "price.e4_per_mwh" => Self::Price(Currency(name.into())),
            "reserve.sat" => Self::Reserve,
            "reserve.node_sat" => Self::ReserveOf(BalanceSource::Node),
            "reserve.claimed_sat" => Self::ReserveOf(BalanceSource::Claimed),
            _ => return None,
        })
    }

    /// Is it the nation's own, whichever gateways tell of it? The others are told apart by the gateway that they are of.
    pub fn is_the_nations(&self) -> bool {
        matches!(self, Self::Nation(_) | Self::Reserve | Self::ReserveOf(_))
    }

    /// For how many seconds one sample stands: how often the series is sampled.
    pub fn cadence(&self) -> u16 {
        match self {
            Self::Site(..) | Self::Nation(_) | Self::Grid(_) => 1,
            Self::Unit(_) => 10,
            Self::Price(_) | Self::Reserve | Self::ReserveOf(_) => 60,
        }
    }

    /// The resolution at which values up to `greatest` are kept, in the series' unit. Power: 1 kW, less where ten
    /// minutes stay below 4 MW. Hashrate: 1/4,096 of the greatest value, or finer. All else: exact.
    pub fn resolution(&self, greatest: i64) -> i64 {
        let fine = nice(greatest.unsigned_abs() / 4_096);
        match self {
            Self::Site(_, SiteFigure::Hashrate) | Self::Nation(SiteFigure::Hashrate) => fine,
            Self::Site(..)
            | Self::Nation(_)
            | Self::Unit(_)
            | Self::Grid(GridFigure::Surplus | GridFigure::Demand) => fine.min(1_000),
            Self::Grid(GridFigure::Frequency)
            | Self::Price(_)
            | Self::Reserve
            | Self::ReserveOf(_) => 1,
        }
    }

    /// A value as a screen shows it: MW, H/s, Hz, currency, BTC.
    pub fn shown(&self, value: i64) -> f64 {
        let value = value as f64;
        match self {
            Self::Site(_, SiteFigure::Hashrate) | Self::Nation(SiteFigure::Hashrate) => {
                value * 1_000.0
            }
            Self::Grid(GridFigure::Frequency) => value / 1_000.0,
            Self::Price(_) => value / 10_000.0,
            Self::Reserve | Self::ReserveOf(_) => value / 1e8,
            Self::Site(..) | Self::Nation(_) | Self::Unit(_) | Self::Grid(_) => value / 1e6,
        }
    }
}

/// The greatest of 1, 2, 5, 10, 20, ... that is not above `most`; 1 at least.
fn nice(most: u64) -> i64 {
    let mut ten = 1u64;
    while ten <= most / 10 {
        ten *= 10;
    }
    let step = [5, 2]
        .into_iter()
        .find(|n| ten <= most / n)
        .map_or(ten, |n| n * ten);
    i64::try_from(step).unwrap_or(i64::MAX)
}

/// A hashrate in kH/s, as series hold it; saturates.
pub fn kilohashes(hashrate: Hashrate) -> i64 {
    // A float becomes the nearest integer there is.
    (hashrate.hs() / 1_000.0).round() as i64
}

/// One value of a series at one second. What was stale or bad is no sample: it is a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Of which gateway; none of what is the nation's own.
    pub gateway: Option<GatewayId>,
    /// Of which series.
    pub series: Series,
    /// In the series' unit.
    pub value: i64,
    /// It was shown as uncertain.
    pub unsure: bool,
}

/// Whose past it is. Real and simulated never share a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The nation's name, as its feed has it.
    pub nation: Arc<str>,
    /// It is a simulated one.
    pub simulated: bool,
}

/// A question: this series over this time, in at most about so many parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Of which gateway; none of what is the nation's own.
    pub gateway: Option<GatewayId>,
    /// Of which series.
    pub series: Series,
    /// From then.
    pub from: Timestamp,
    /// Until then, that itself not included.
    pub to: Timestamp,
    /// Parts wanted, 1..=[`MOST_POINTS`]; one more may come, as parts begin at whole multiples of their length.
    pub points: u16,
}

/// The most parts of one answer.
pub const MOST_POINTS: u16 = 4_096;

/// What an answer was made of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Grain {
    /// Samples.
    Second,
    /// Roll-ups of a minute.
    Minute,
    /// Roll-ups of a quarter of an hour.
    Quarter,
}

impl Grain {
    /// Its length, seconds.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Quarter => 900,
        }
    }
}

/// One part of an answer, in the series' unit.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bucket {
    /// The least.
    pub min: i64,
    /// The greatest.
    pub max: i64,
    /// The mean of what is known.
    pub mean: i64,
    /// The last.
    pub last: i64,
    /// How much of the time is known, above 0 and up to 1.
    #[serde(with = "super::exact")]
    pub coverage: f32,
    /// How much of what is known was uncertain, 0 to 1.
    #[serde(with = "super::exact")]
    pub unsure: f32,
}

/// The answer to an [`Ask`].
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// Of which gateway; none of what is the nation's own.
    #[serde(default)]
    pub gateway: Option<GatewayId>,
    /// Of which series.
    pub series: Series,
    /// When the first part begins: at or before what was asked for.
    pub from: Timestamp,
    /// How long a part is.
    #[serde(with = "super::exact")]
    pub step: Duration,
    /// What it was made of.
    pub grain: Grain,
    /// Parts, oldest first; none where nothing is known.
    pub buckets: Vec<Option<Bucket>>,
}

impl Answer {
    /// The part that holds this time.
    pub fn at(&self, time: Timestamp) -> Option<&Bucket> {
        let step = i64::try_from(self.step.as_millis()).ok()?.max(1);
        let index = time
            .millis()
            .checked_sub(self.from.millis())?
            .div_euclid(step);
        self.buckets.get(usize::try_from(index).ok()?)?.as_ref()
    }
}

/// A series added up over a time. What is not known is not guessed: look at `covered`.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Integral {
    /// The series' unit times seconds.
    #[serde(with = "super::exact")]
    pub sum: f64,
    /// For how long it is known.
    #[serde(with = "super::exact")]
    pub covered: Duration,
    /// Thereof uncertain.
    #[serde(with = "super::exact")]
    pub unsure: Duration,
    /// How long the time is.
    #[serde(with = "super::exact")]
    pub span: Duration,
}

impl Integral {
    /// How much of the time is known, 0 to 1.
    pub fn coverage(&self) -> f64 {
        if self.span.is_zero() {
            return 0.0;
        }
        (self.covered.as_secs_f64() / self.span.as_secs_f64()).min(1.0)
    }

    /// Energy, of a series in W.
    pub fn energy(&self) -> Energy {
        Energy::from_wh(self.sum / 3_600.0)
    }

    /// The mean power over what is known, of a series in W.
    pub fn mean_power(&self) -> Option<Power> {
        let seconds = self.covered.as_secs_f64();
        (seconds > 0.0).then(|| Power::from_watts((self.sum / seconds).round() as i64))
    }

    /// Hashes, of a series in kH/s. A block wants 2^32 times the difficulty of them in the mean.
    pub fn hashes(&self) -> f64 {
        self.sum * 1_000.0
    }

    /// What these hashes earn in the mean, BTC, at a difficulty and a reward of a block.
    pub fn expected_btc(&self, difficulty: f64, reward_btc: f64) -> Option<f64> {
        let btc = self.hashes() / (difficulty * 4_294_967_296.0) * reward_btc;
        btc.is_finite().then_some(btc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_never_coarser_than_said() {
        assert_eq!(nice(0), 1);
        assert_eq!(nice(9), 5);
        assert_eq!(nice(19), 10);
        assert_eq!(nice(20), 20);
        assert!(nice(u64::MAX) > 0);
        let power = Series::Nation(SiteFigure::Power);
        assert_eq!(power.resolution(48_000_000), 1_000);
        assert_eq!(power.resolution(3_500), 1, "one machine at home");
        let hashrate = Series::Nation(SiteFigure::Hashrate);
        let much = 2_700_000_000_000_000;
        assert!(hashrate.resolution(much) <= much / 4_096);
        assert_eq!(Series::Reserve.resolution(i64::MAX), 1, "money is exact");
    }

    #[test]
    fn what_is_stored_is_known_again() {
        let all = [
            Series::Site(SiteId::new("a"), SiteFigure::Power),
            Series::Site(SiteId::new("a"), SiteFigure::Hashrate),
            Series::Site(SiteId::new("a"), SiteFigure::Target),
            Series::Nation(SiteFigure::Power),
            Series::Nation(SiteFigure::Hashrate),
            Series::Nation(SiteFigure::Target),
            Series::Grid(GridFigure::Frequency),
            Series::Grid(GridFigure::Surplus),
            Series::Grid(GridFigure::Demand),
            Series::Unit("Astravets 1".into()),
            Series::Price(Currency("BYN".into())),
            Series::Reserve,
            Series::ReserveOf(BalanceSource::Node),
            Series::ReserveOf(BalanceSource::Claimed),
        ];
        for series in all {
            let (kind, name) = series.key();
            assert_eq!(Series::of_key(kind, name).as_ref(), Some(&series));
        }
        assert_eq!(Series::of_key("weather", ""), None);
    }

    #[test]
    fn energy_and_bitcoin_of_an_hour() {
        let hour = Duration::from_hours(1);
        let sum = Integral {
            sum: 1e6 * 3_600.0,
            covered: hour,
            unsure: Duration::ZERO,
            span: hour * 2,
        };
        assert!((sum.energy().wh() - 1e6).abs() < 1e-6);
        assert_eq!(sum.mean_power(), Some(Power::from_megawatts(1)));
        assert!((sum.coverage() - 0.5).abs() < 1e-9);
        assert!(sum.expected_btc(0.0, 3.125).is_none());
    }
}
