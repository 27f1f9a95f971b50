//! What is refused unseen is said in the log, but not line by line.

use std::time::Duration;

use crate::domain::time::Timestamp;

/// One line in so long.
const EVERY: Duration = Duration::from_secs(10);

/// Refused acts that nobody was told of yet.
#[derive(Debug, Default)]
pub(super) struct Noise {
    count: u64,
    said_at: Option<Timestamp>,
}

impl Noise {
    /// One more, for this reason.
    pub(super) fn refused(&mut self, why: &str, now: Timestamp) {
        self.count += 1;
        let due = self
            .said_at
            .is_none_or(|at| at.age(now) >= EVERY || now < at);
        if due {
            tracing::warn!(count = self.count, last = why, "acts refused");
            self.count = 0;
            self.said_at = Some(now);
        }
    }
}
