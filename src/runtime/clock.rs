//! The one place that asks what time it is.

use std::sync::LazyLock;
#[cfg(not(target_os = "linux"))]
use std::time::Instant;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::time::Timestamp;

/// Now, by this machine's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The time that a console goes by: this machine's when it was first asked for, and steady from then on, through sleep
/// too. Whoever sets the machine's clock meanwhile makes no value old and no order late.
pub fn console() -> Timestamp {
    static BEGAN: LazyLock<(Duration, Timestamp)> = LazyLock::new(|| (since_boot(), now()));
    let (began, start) = *BEGAN;
    start + since_boot().saturating_sub(began)
}

/// By how many ms the machine's clock has been set since then.
pub fn set_since() -> i64 {
    now().millis().saturating_sub(console().millis())
}

#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let at = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(at.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(at.tv_nsec).unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

/// A clock that starts at this machine's time and never goes back, whatever is done to that, nor stops while the machine
/// sleeps: what a server's world and its orders run by. Consoles measure the difference, so it need not be right.
pub fn steady() -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let (began, start) = (since_boot(), now());
    move || start + since_boot().saturating_sub(began)
}
