//! Rates over windows, from readings of a counter that only grows.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::domain::units::Hashrate;

/// The short window.
pub const SECOND: Duration = Duration::from_secs(1);
/// The middle window.
pub const MINUTE: Duration = Duration::from_mins(1);
/// The long window.
pub const QUARTER_HOUR: Duration = Duration::from_mins(15);

/// Readings closer together than this replace one another, so that a long window stays small.
const APART: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Timestamp,
    total: u64,
}

/// Keeps readings for as long as its longest window.
#[derive(Debug)]
pub struct Meter {
    keep: Duration,
    readings: VecDeque<Reading>,
}

impl Meter {
    /// For windows up to `longest`.
    pub const fn new(longest: Duration) -> Self {
        Self {
            keep: longest,
            readings: VecDeque::new(),
        }
    }

    /// Takes a reading of the counter. A clock that steps back, or a counter that does, begins anew: what was measured
    /// by another clock says nothing about the rate.
    pub fn feed(&mut self, at: Timestamp, total: u64) {
        let reading = Reading { at, total };
        if let Some(last) = self.readings.back()
            && (at < last.at || total < last.total)
        {
            self.readings.clear();
        }
        // The last reading may move on only while it stays close to the one before it.
        let held = self.readings.len();
        if held >= 2 && self.readings[held - 2].at.age(at) < APART {
            self.readings[held - 1] = reading;
        } else {
            self.readings.push_back(reading);
        }
        // One reading older than the window stays, as the window's beginning.
        while self.readings.len() > 2 && self.readings[1].at.age(at) >= self.keep {
            self.readings.pop_front();
        }
    }

    /// The hashrate, where hashes are counted: see [`Meter::per_second`].
    pub fn rate(&self, window: Duration) -> Hashrate {
        Hashrate::from_hs(self.per_second(window))
    }

    /// What was counted a second, from the newest reading back over `window`, or over what there is where that is less;
    /// zero with fewer than two readings.
    pub fn per_second(&self, window: Duration) -> f64 {
        let Some(last) = self.readings.back() else {
            return 0.0;
        };
        let later = self
            .readings
            .partition_point(|reading| reading.at.age(last.at) >= window);
        let first = self.readings[later.saturating_sub(1)];
        let seconds = first.at.age(last.at).as_secs_f64();
        if seconds <= 0.0 {
            return 0.0;
        }
        (last.total - first.total) as f64 / seconds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn close(rate: Hashrate, wanted: f64) {
        assert!(
            (rate.hs() - wanted).abs() < wanted * 0.01 + 0.1,
            "{rate:?} {wanted}"
        );
    }

    #[test]
    fn windows_follow_a_change_each_at_its_pace() {
        let mut meter = Meter::new(QUARTER_HOUR);
        assert_eq!(meter.rate(SECOND), Hashrate::ZERO);
        let mut total = 0;
        for step in 0..4 * 1800 {
            meter.feed(at(step * 250), total);
            total += if step < 4 * 1770 { 250 } else { 500 };
        }
        close(meter.rate(SECOND), 2000.0);
        close(meter.rate(MINUTE), 1500.0);
        close(meter.rate(QUARTER_HOUR), 1000.0 + 1000.0 * 30.0 / 900.0);
        assert!(meter.readings.len() <= 3602);
    }

    #[test]
    fn a_pause_falls_out_of_the_short_window() {
        let mut meter = Meter::new(MINUTE);
        for step in 0..10 {
            meter.feed(at(step * 500), u64::try_from(step).expect("small") * 500);
        }
        meter.feed(at(5_000), 4_500);
        meter.feed(at(5_500), 4_500);
        assert_eq!(meter.rate(SECOND), Hashrate::ZERO);
        assert!(meter.rate(MINUTE).hs() > 0.0);
    }

    #[test]
    fn a_clock_set_back_begins_anew() {
        let mut meter = Meter::new(MINUTE);
        meter.feed(at(10_000), 1_000);
        meter.feed(at(11_000), 2_000);
        meter.feed(at(2_000), 3_000);
        assert_eq!(meter.rate(MINUTE), Hashrate::ZERO);
        meter.feed(at(3_000), 3_700);
        close(meter.rate(MINUTE), 700.0);
    }

    proptest! {
        #[test]
        fn any_readings_give_a_finite_rate_and_bounded_memory(
            steps in proptest::collection::vec((-500_i64..2_000, 0_u64..1_000_000), 0..300),
        ) {
            let mut meter = Meter::new(SECOND);
            let (mut now, mut total) = (0, 0);
            for (millis, hashes) in steps {
                now += millis;
                total += hashes;
                meter.feed(at(now), total);
                let rate = meter.rate(SECOND).hs();
                prop_assert!(rate.is_finite() && rate >= 0.0);
                prop_assert!(meter.readings.len() <= 24);
            }
        }

        #[test]
        fn frequent_readings_measure_as_sparse_ones(period in 1_i64..200) {
            let mut meter = Meter::new(SECOND);
            for step in 0..(5_000 / period) {
                let now = step * period;
                meter.feed(at(now), now.unsigned_abs() * 7);
            }
            let rate = meter.rate(SECOND).hs();
            prop_assert!((rate - 7_000.0).abs() < 1.0, "{rate}");
        }
    }
}
