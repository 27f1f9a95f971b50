//! Processor time of the calling thread: what a rate is measured against where others share the processor.

use std::time::Duration;

/// Processor time that the calling thread has taken so far. Where the system does not tell, time that has passed.
#[cfg(unix)]
pub fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` lives until the call returns and is only written to.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) } != 0;
    if failed {
        return passed();
    }
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Processor time that the calling thread has taken so far. Where the system does not tell, time that has passed.
#[cfg(not(unix))]
pub fn thread_time() -> Duration {
    passed()
}

fn passed() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_and_it_never_runs_back() {
        let before = thread_time();
        let mut last = before;
        while last == before {
            let now = thread_time();
            assert!(now >= last);
            last = now;
        }
    }
}
