//! When to try again.

use std::time::Duration;

use crate::domain::link::DownCause;
use crate::domain::time::Timestamp;

/// The first span, ms.
const FIRST_MS: u64 = 250;
/// The longest span while the link has been down for less than a minute, ms: short enough that dial and snapshot too
/// are done within a second of the server's return.
const EARLY_CAP_MS: u64 = 750;
/// The longest span after that, ms.
const LATE_CAP_MS: u64 = 10_000;
/// A refused token is not made right by asking often.
const UNAUTHORIZED: Duration = Duration::from_secs(30);
/// A link that stood so long was healthy.
const HEALTHY: Duration = Duration::from_secs(30);

/// How often a link was tried, and since when it is down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    tries: u32,
    down_since: Option<Timestamp>,
    up_since: Option<Timestamp>,
}

impl Backoff {
    /// The link stands.
    #[must_use]
    pub fn up(self, now: Timestamp) -> Self {
        Self {
            up_since: Some(now),
            ..self
        }
    }

    /// The link is down (again): the next state, and how long to wait. `jitter` is a random number from 0 to 1, so
    /// that a thousand consoles do not come back at the same moment.
    #[must_use]
    pub fn down(self, cause: DownCause, now: Timestamp, jitter: f64) -> (Self, Duration) {
        let healthy = self.up_since.is_some_and(|since| since.age(now) >= HEALTHY);
        let (tries, since) = if healthy {
            (0, now)
        } else {
            (self.tries, self.down_since.unwrap_or(now))
        };
        let next = Self {
            tries: tries.saturating_add(1),
            down_since: Some(since),
            up_since: None,
        };
        if cause == DownCause::Unauthorized {
            return (next, UNAUTHORIZED);
        }
        let cap = if since.age(now) < Duration::from_mins(1) {
            EARLY_CAP_MS
        } else {
            LATE_CAP_MS
        };
        let most = FIRST_MS
            .saturating_mul(1_u64.checked_shl(tries.min(16)).unwrap_or(u64::MAX))
            .min(cap);
        let jitter = if jitter.is_finite() {
            jitter.clamp(0.0, 1.0)
        } else {
            1.0
        };
        // Never nothing at all: a server that accepts and drops must not be asked in a tight loop.
        let wait = ((most as f64 * jitter) as u64).max(10);
        (next, Duration::from_millis(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn doubles_to_below_a_second_and_after_a_minute_to_ten() {
        let mut state = Backoff::default();
        let mut now = 0;
        let mut waits = Vec::new();
        while now < 120_000 {
            let (next, wait) = state.down(DownCause::Unreachable, at(now), 1.0);
            state = next;
            waits.push(wait.as_millis());
            now += i64::try_from(wait.as_millis()).expect("a short wait");
        }
        assert_eq!(waits[..4], [250, 500, 750, 750]);
        assert!(waits[..60].iter().all(|wait| *wait <= 750));
        assert_eq!(waits.last(), Some(&10_000));
    }

    #[test]
    fn health_resets_it_and_a_refused_token_is_retried_slowly() {
        let mut state = Backoff::default();
        for now in 0..8 {
            state = state.down(DownCause::Closed, at(now), 0.5).0;
        }
        let (_, tired) = state.up(at(100)).down(DownCause::Closed, at(5_000), 1.0);
        assert_eq!(tired.as_millis(), 750);
        let (_, rested) = state.up(at(100)).down(DownCause::Closed, at(31_000), 1.0);
        assert_eq!(rested.as_millis(), 250);
        let (_, slow) = state.down(DownCause::Unauthorized, at(9), 0.0);
        assert_eq!(slow.as_secs(), 30);
    }
}
