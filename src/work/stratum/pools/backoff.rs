//! When to try a pool again.

use std::time::Duration;

use crate::domain::mining::Health;
use crate::work::stratum::session::Timing;

/// A link that gave work for so long was healthy.
const HEALTHY: Duration = Duration::from_secs(30);

/// How often in a row a pool failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Backoff(u32);

impl Backoff {
    /// The link has ended after it gave work for `worked`: the next state, and how long to wait. `jitter` is a random
    /// number from 0 to 1, so that a thousand miners do not come back at one moment.
    pub(super) fn down(
        self,
        health: Health,
        worked: Duration,
        timing: &Timing,
        jitter: f64,
    ) -> (Self, Duration) {
        let tries = if worked >= HEALTHY { 0 } else { self.0 };
        let most = match health {
            // What is refused or unsound is not mended by asking often.
            Health::Refused | Health::Wrong => timing.longest_wait,
            _ => timing
                .first_wait
                .saturating_mul(1_u32.checked_shl(tries).unwrap_or(u32::MAX))
                .min(timing.longest_wait),
        };
        let part = 0.5 + 0.5 * jitter.clamp(0.0, 1.0);
        (Self(tries.saturating_add(1).min(31)), most.mul_f64(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_a_cap_and_health_resets_it() {
        let timing = Timing::default();
        let mut state = Backoff::default();
        let mut waits = Vec::new();
        for _ in 0..40 {
            let (next, wait) = state.down(Health::Down, Duration::ZERO, &timing, 1.0);
            state = next;
            waits.push(wait.as_millis());
        }
        assert_eq!(
            waits[..8],
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
        );
        assert_eq!(waits.last(), Some(&30_000));
        let (_, rested) = state.down(Health::Down, HEALTHY, &timing, 0.0);
        assert_eq!(rested.as_millis(), 250);
        let (_, wrong) = Backoff::default().down(Health::Wrong, Duration::ZERO, &timing, 1.0);
        assert_eq!(wrong, timing.longest_wait);
    }
}
