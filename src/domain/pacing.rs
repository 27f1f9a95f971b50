//! How a gateway lets what it is told happen over time, as it says.

use super::units::{Hertz, Power};

/// How fast a restore goes, and when not. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// The fleet may rise so fast, W/s.
    pub cap_w_s: f64,
    /// A block rises at most at this part of its shedding ramp, over 0 up to 1.
    pub share: f64,
    /// Between two blocks, ms.
    pub stagger_ms: i64,
    /// Nothing is given back below or above, nor where the frequency is not known.
    pub band: (Hertz, Hertz),
    /// A stopped restore goes on after so long without a hindrance, ms.
    pub settle_ms: i64,
    /// And is given up after so long stopped, ms.
    pub patience_ms: i64,
}

impl Default for Limits {
    /// 120 MW a minute, a quarter of the shedding ramp, 1.5 s apart, 49.900 to 51.000 Hz, 10 s and 15 min.
    fn default() -> Self {
        Self {
            cap_w_s: 2e6,
            share: 0.25,
            stagger_ms: 1_500,
            band: (
                Hertz::from_millihertz(49_900),
                Hertz::from_millihertz(51_000),
            ),
            settle_ms: 10_000,
            patience_ms: 900_000,
        }
    }
}

/// Restores as they go at a gateway, by the wall's clock.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Restores {
    /// How fast, and when not.
    pub limits: Limits,
    /// From the call to wake until the first machine of a block hashes, ms.
    pub wakes_ms: i64,
}

impl Restores {
    /// What a fleet may rise by, W/s.
    pub const CAPS_W_S: std::ops::RangeInclusive<i64> = 1..=1_000_000_000_000;
    /// What any of the times may be, ms.
    pub const TIMES_MS: std::ops::RangeInclusive<i64> = 0..=86_400_000;
    /// What either end of the band may be, mHz.
    pub const BAND_MHZ: std::ops::RangeInclusive<i64> = 40_000..=60_000;

    /// Could a gateway mean this?
    pub fn is_sound(&self) -> bool {
        let Limits { band, .. } = self.limits;
        let (low, high) = (band.0.millihertz(), band.1.millihertz());
        let times = [
            self.limits.stagger_ms,
            self.limits.settle_ms,
            self.limits.patience_ms,
            self.wakes_ms,
        ];
        self.limits.cap_w_s >= 1.0
            && self.limits.cap_w_s <= *Self::CAPS_W_S.end() as f64
            && self.limits.share > 0.0
            && self.limits.share <= 1.0
            && low < high
            && [low, high].iter().all(|mhz| Self::BAND_MHZ.contains(mhz))
            && times.iter().all(|ms| Self::TIMES_MS.contains(ms))
    }
}

/// All that a gateway says of it.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Pacing {
    /// Blocks of a shed may be told to begin later than others.
    pub spreads: bool,
    /// How restores go there; none where it does not say.
    pub restores: Option<Restores>,
}

/// By how much a system that answers with so much power a hertz changes its frequency, mHz, where its load falls by
/// `less` (negative: rises). None where no such answer is possible.
pub fn answers(less: Power, a_hertz: Power) -> Option<i64> {
    let mhz = i128::from(less.watts()) * 1_000 / i128::from(a_hertz.watts()).max(1);
    (a_hertz > Power::ZERO)
        .then(|| i64::try_from(mhz).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_load_raises_the_frequency_by_what_the_system_answers_with() {
        let mw = Power::from_megawatts;
        assert_eq!(answers(mw(400), mw(2_000)), Some(200));
        assert_eq!(answers(mw(-400), mw(2_000)), Some(-200));
        assert_eq!(answers(mw(400), Power::ZERO), None);
    }
}
