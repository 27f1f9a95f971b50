//! The one place that asks what time it is.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::Timestamp;

/// Now, by this machine's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A clock that starts at this machine's time and never goes back, whatever is done to that: what a server's world and
/// its orders run by. Consoles measure the difference, so it need not be right.
pub fn steady() -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let (began, start) = (Instant::now(), now());
    move || start + began.elapsed()
}
