//! Processor time of the calling thread: what a rate is measured against where others share the processor. And how fast
//! the processor's reference clock ticks, so that such times can be told in cycles.

use std::time::{Duration, Instant};

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

/// How long the reference clock is watched before its speed is believed.
const WATCHED: Duration = Duration::from_millis(200);

/// The speed of the processor's reference clock: its time stamp counter, where that one ticks evenly whatever the cores
/// do (invariant TSC). It is measured against the system's monotonic clock, once, from the start to the first time that
/// someone asks after 200 ms; nobody waits for it.
#[derive(Debug)]
pub struct Reference {
    start: Option<(u64, Instant)>,
    gigahertz: Option<f64>,
}

impl Reference {
    /// Begins to watch it.
    pub fn start() -> Self {
        Self {
            start: steady().then(ticks),
            gigahertz: None,
        }
    }

    /// Its speed, in ticks a nanosecond; none yet, or none at all where there is no such clock.
    pub fn gigahertz(&mut self) -> Option<f64> {
        if self.gigahertz.is_none()
            && let Some((from, started)) = self.start
            && started.elapsed() >= WATCHED
        {
            let (to, now) = ticks();
            let nanos = now.duration_since(started).as_nanos() as f64;
            self.gigahertz = Some(to.wrapping_sub(from) as f64 / nanos);
        }
        self.gigahertz
    }
}

/// Does the time stamp counter tick evenly, also in sleep and at other clock speeds? (CPUID 0x8000_0007, EDX bit 8.)
#[cfg(target_arch = "x86_64")]
fn steady() -> bool {
    use std::arch::x86_64::__cpuid;
    const EXTENDED: u32 = 0x8000_0000;
    const POWER: u32 = 0x8000_0007;
    __cpuid(EXTENDED).eax >= POWER && __cpuid(POWER).edx & 1 << 8 != 0
}

/// The counter and the time that belongs to it: of some tries the one with the least in between.
#[cfg(target_arch = "x86_64")]
fn ticks() -> (u64, Instant) {
    let read = || {
        // SAFETY: every x86-64 processor has this instruction; where a system forbids it, the program ends, no more.
        unsafe { std::arch::x86_64::_rdtsc() }
    };
    let tries = (0..8).map(|_| {
        let (before, now, after) = (read(), Instant::now(), read());
        (after.wrapping_sub(before), before, now)
    });
    let best = tries.min_by_key(|(between, ..)| *between);
    best.map_or_else(
        || (read(), Instant::now()),
        |(between, before, now)| (before.wrapping_add(between / 2), now),
    )
}

#[cfg(not(target_arch = "x86_64"))]
fn steady() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn ticks() -> (u64, Instant) {
    (0, Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_clock_has_a_plausible_speed_or_none() {
        let mut reference = Reference::start();
        let asked = Instant::now();
        while asked.elapsed() < WATCHED {
            std::thread::yield_now();
        }
        let speed = reference.gigahertz();
        assert_eq!(speed.is_some(), steady());
        assert!(
            speed.is_none_or(|ghz| (0.01..100.0).contains(&ghz)),
            "{speed:?}"
        );
        assert_eq!(reference.gigahertz(), speed, "it is measured once");
    }

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
