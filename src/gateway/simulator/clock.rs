//! The simulator's own time beside the wall's: it may run faster, but what is sent bears the wall's time.

use std::time::Duration;

use crate::domain::time::Timestamp;

/// Minsk keeps UTC+3 the whole year.
const MINSK_MS: i64 = 3 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Maps wall time to the world's milliseconds since the start, and back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: Timestamp,
    speed: f64,
}

impl Clock {
    pub(super) fn new(start: Timestamp, speed: f64) -> Self {
        let speed = if speed.is_finite() { speed } else { 1.0 };
        Self {
            start,
            speed: speed.clamp(0.01, 3_600.0),
        }
    }

    /// How much faster than the wall.
    pub(super) fn speed(self) -> f64 {
        self.speed
    }

    /// The world's time at a wall time, ms since the start; never negative.
    pub(super) fn world(self, now: Timestamp) -> i64 {
        let wall = now.millis().saturating_sub(self.start.millis()).max(0);
        (wall as f64 * self.speed) as i64
    }

    /// The wall's time of a world time.
    pub(super) fn wall(self, world_ms: i64) -> Timestamp {
        self.start.shifted((world_ms as f64 / self.speed) as i64)
    }

    /// A span of the wall as the world sees it, ms.
    pub(super) fn world_span(self, wall: Duration) -> i64 {
        (wall.as_millis() as f64 * self.speed) as i64
    }

    /// A span of the world as the wall sees it.
    pub(super) fn wall_span(self, world_ms: i64) -> Duration {
        Duration::from_millis((world_ms.max(0) as f64 / self.speed) as u64)
    }

    /// The world's date and time of day as milliseconds since 1970, Minsk time.
    fn minsk(self, world_ms: i64) -> i64 {
        self.start
            .millis()
            .saturating_add(world_ms)
            .saturating_add(MINSK_MS)
    }

    /// Hour of the day in Minsk, 0.0 up to 24.0.
    pub(super) fn hour(self, world_ms: i64) -> f64 {
        self.minsk(world_ms).rem_euclid(DAY_MS) as f64 / 3_600_000.0
    }

    /// Days since 1970-01-01 in Minsk.
    pub(super) fn day(self, world_ms: i64) -> i64 {
        self.minsk(world_ms).div_euclid(DAY_MS)
    }

    /// How cold the season is: 1 in mid-January, -1 in mid-July.
    pub(super) fn cold(self, world_ms: i64) -> f64 {
        let year = (self.day(world_ms) as f64 - 15.0) / 365.2425;
        (year * std::f64::consts::TAU).cos()
    }

    /// Saturday or Sunday.
    pub(super) fn weekend(self, world_ms: i64) -> bool {
        // 1970-01-01 was a Thursday.
        matches!((self.day(world_ms) + 3).rem_euclid(7), 5 | 6)
    }

    /// World time of the next `hour` o'clock in Minsk after `world_ms`.
    pub(super) fn next_hour(self, world_ms: i64, hour: i64) -> i64 {
        let of_day = self.minsk(world_ms).rem_euclid(DAY_MS);
        world_ms + (hour * 3_600_000 - of_day).rem_euclid(DAY_MS)
    }

    /// The world's time as milliseconds since 1970, UTC.
    pub(super) fn calendar_ms(self, world_ms: i64) -> i64 {
        self.start.millis().saturating_add(world_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faster_world_maps_both_ways() {
        let clock = Clock::new(Timestamp::from_millis(1_000_000), 60.0);
        assert_eq!(clock.world(Timestamp::from_millis(1_001_000)), 60_000);
        assert_eq!(clock.wall(60_000), Timestamp::from_millis(1_001_000));
        assert_eq!(clock.world(Timestamp::from_millis(0)), 0);
    }

    #[test]
    fn minsk_is_three_hours_ahead_and_winter_is_cold() {
        // 2026-01-17T21:00Z is Sunday 2026-01-18 00:00 in Minsk.
        let clock = Clock::new(Timestamp::from_millis(1_768_683_600_000), 1.0);
        assert!(clock.hour(0).abs() < 1e-9);
        assert!(clock.weekend(0));
        assert!(clock.cold(0) > 0.99);
        assert_eq!(clock.next_hour(1, 6), 6 * 3_600_000);
    }
}
