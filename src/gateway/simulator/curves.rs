//! What the hour and the season make of demand, sun and air.

use super::clock::Clock;

/// Demand by hour as a part of the day's mean: a low before dawn, a plateau, a peak in the evening.
const HOURS: [f64; 24] = [
    0.88, 0.85, 0.84, 0.83, 0.84, 0.87, 0.93, 0.99, 1.04, 1.06, 1.06, 1.05, 1.04, 1.04, 1.03, 1.04,
    1.06, 1.10, 1.13, 1.12, 1.09, 1.04, 0.98, 0.92,
];

/// Demand without mining, MW: about 3,500 to 6,000.
pub(super) fn demand(clock: Clock, world_ms: i64) -> f64 {
    let mean = 4_720.0 + 520.0 * clock.cold(world_ms);
    let hour = clock.hour(world_ms);
    // The weekend comes and goes over three hours, not at midnight sharp.
    let rest = |at: i64| if clock.weekend(at) { 0.93 } else { 1.0 };
    let (before, today) = (rest(world_ms - 86_400_000), rest(world_ms));
    let rest = before + (today - before) * (hour / 3.0).min(1.0);
    let (from, part) = (hour as usize % 24, hour.fract());
    let shape = HOURS[from] + (HOURS[(from + 1) % 24] - HOURS[from]) * part;
    (mean * rest * shape).clamp(3_400.0, 6_200.0)
}

/// Sun as a part of capacity.
pub(super) fn sun(hour: f64, cold: f64) -> f64 {
    let half_day = 6.2 - 2.2 * cold;
    let angle = (hour - 13.2) / half_day * std::f64::consts::FRAC_PI_2;
    if angle.abs() >= std::f64::consts::FRAC_PI_2 {
        0.0
    } else {
        angle.cos() * (0.55 - 0.25 * cold)
    }
}

/// How cold it is outside, degrees Celsius.
pub(super) fn outside(clock: Clock, world_ms: i64) -> f64 {
    let of_day = ((clock.hour(world_ms) - 15.0) / 24.0 * std::f64::consts::TAU).cos();
    7.0 - 12.0 * clock.cold(world_ms) + 4.0 * of_day
}
