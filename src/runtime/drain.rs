//! How fast the other end takes what is drawn, judged by the time that writes are held up, and how often frames of
//! data may be drawn so that nothing queues up on the way.
//!
//! Between this process and a slow line lie buffers (a pseudo-terminal's, sshd's): a write is held up only when they
//! are full, and what is in them then is already old. So after a hold-up less is drawn than the line takes, which
//! empties them; then the line is tried again, seldomer each time that it turns out to be as slow as before.
//!
//! Invariant: keys are not held up by this: only frames that show new data wait.

use std::time::Duration;

/// A write that takes longer was held up by the other end.
const HELD_UP: Duration = Duration::from_millis(20);
/// Of what the line takes, the part that is used, so that buffers run empty.
const USED: f64 = 0.6;
/// Data is never older than this for the sake of the line.
const LONGEST: Duration = Duration::from_secs(4);
/// The first trial of a faster pace comes after this, later ones up to [`TRIAL_LAST`].
const TRIAL_FIRST: Duration = Duration::from_secs(10);
/// The longest time between two trials.
const TRIAL_LAST: Duration = Duration::from_mins(5);
/// Two hold-ups within this time: the buffers were not empty in between.
const SOON: Duration = Duration::from_secs(10);
/// What takes so many bytes a second is no slow line.
const FAST: f64 = 200_000.0;
/// Nothing slower is reckoned with, B/s.
const SLOWEST: f64 = 30.0;
/// Lines that are known to be slower than this are serial ones, bit/s; a pseudo-terminal says 38,400.
const SERIAL: u32 = 38_400;

/// What is known of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drain {
    /// Bytes a second; none as long as nothing was held up.
    rate: Option<f64>,
    /// Time between frames that the line's own speed asks for.
    least: Duration,
    /// When a faster pace is tried, on the caller's clock.
    trial_at: Duration,
    trial_wait: Duration,
    is_trial: bool,
    /// When the buffers were full last, and the bytes written since.
    full_at: Option<Duration>,
    since_full: f64,
    /// The next frame of data is not drawn before this.
    free_at: Duration,
}

impl Drain {
    /// A line that has shown nothing yet. `bit_s`: what the terminal says of its speed, bit/s, where it does.
    pub(super) fn new(bit_s: Option<u32>) -> Self {
        let is_serial = bit_s.is_some_and(|bit_s| bit_s > 0 && bit_s < SERIAL);
        Self {
            rate: None,
            least: if is_serial {
                Duration::from_secs(1)
            } else {
                Duration::ZERO
            },
            trial_at: Duration::ZERO,
            trial_wait: TRIAL_FIRST,
            is_trial: false,
            full_at: None,
            since_full: 0.0,
            free_at: Duration::ZERO,
        }
    }

    /// A frame of so many bytes has been written, which took so long; it is `now` on a clock that never goes back.
    pub(super) fn wrote(&mut self, bytes: usize, took: Duration, now: Duration) {
        let bytes = bytes as f64;
        self.since_full += bytes;
        if took >= HELD_UP {
            self.rate = Some(self.looked(bytes, took, now).clamp(SLOWEST, FAST));
            self.full_at = Some(now);
            self.since_full = 0.0;
            if std::mem::take(&mut self.is_trial) {
                self.trial_wait = (self.trial_wait * 2).min(TRIAL_LAST);
            }
            self.trial_at = now + self.trial_wait;
        } else if let Some(rate) = self.rate
            && now >= self.trial_at
        {
            let faster = rate * 2.0;
            self.rate = (faster < FAST).then_some(faster);
            self.is_trial = true;
            self.trial_at = now + TRIAL_FIRST;
            if self.rate.is_none() {
                *self = Self {
                    least: self.least,
                    ..Self::new(None)
                };
            }
        }
        let drains = self.rate.map_or(Duration::ZERO, |rate| {
            Duration::from_secs_f64(bytes / (rate * USED))
        });
        // What several frames owe adds up: keys draw at once, and data waits for all of it.
        self.free_at = (self.free_at.max(now) + drains).min(now + LONGEST);
    }

    /// Bytes a second, from a write that was held up. Between two moments at which the buffers were full exactly that
    /// much has left them as was written; a first look counts what they swallowed as well, and is too high.
    fn looked(&self, bytes: f64, took: Duration, now: Duration) -> f64 {
        let since = self.full_at.map(|full| now.saturating_sub(full));
        match since {
            Some(since) if since < SOON => self.since_full / since.max(took).as_secs_f64(),
            _ => {
                let seen = bytes / took.as_secs_f64();
                self.rate.map_or(seen, |known| known.min(seen))
            }
        }
    }

    /// The time from `now` until the next frame of data may be drawn, where the last one was drawn at `drawn` and
    /// frames are at least `frame` apart.
    pub(super) fn wait(&self, drawn: Duration, frame: Duration, now: Duration) -> Duration {
        let due = (drawn + frame.max(self.least)).max(self.free_at);
        due.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A line with a buffer before it, and a console that draws on it.
    struct Line {
        rate: f64,
        room: f64,
        held: f64,
        now: f64,
    }

    impl Line {
        fn pass(&mut self, seconds: f64) {
            self.now += seconds;
            self.held = (self.held - seconds * self.rate).max(0.0);
        }

        /// Writes; gives the time that it took.
        fn write(&mut self, bytes: f64) -> f64 {
            let over = (self.held + bytes - self.room).max(0.0);
            let took = over / self.rate;
            self.pass(took);
            self.held += bytes;
            took
        }

        fn at(&self) -> Duration {
            Duration::from_secs_f64(self.now)
        }
    }

    /// Draws frames for a time; gives the oldest picture (seconds of backlog) in its second half, and the frames.
    fn watched(line: &mut Line, drain: &mut Drain, bytes: f64, seconds: f64) -> (f64, usize) {
        let frame = Duration::from_millis(250);
        let (start, mut last) = (line.now, line.at());
        let (mut worst, mut frames) = (0.0_f64, 0);
        while line.now < start + seconds {
            let wait = drain.wait(last, frame, line.at());
            line.pass(wait.as_secs_f64());
            last = line.at();
            let took = line.write(bytes);
            drain.wrote(bytes as usize, Duration::from_secs_f64(took), line.at());
            frames += 1;
            if line.now > start + seconds / 2.0 {
                worst = worst.max(line.held / line.rate);
            }
        }
        (worst, frames)
    }

    #[test]
    fn a_line_of_9600_baud_shows_no_old_pictures_for_long() {
        let mut line = Line {
            rate: 960.0,
            room: 12_288.0,
            held: 0.0,
            now: 0.0,
        };
        let mut drain = Drain::new(None);
        // It fills the buffer first, and learns.
        watched(&mut line, &mut drain, 600.0, 60.0);
        // In the long run the picture is fresh nearly always: count how often it is older than two frames.
        let (mut old, mut all) = (0, 0);
        for _ in 0..600 {
            let (worst, _) = watched(&mut line, &mut drain, 600.0, 2.0);
            all += 1;
            if worst > 2.0 {
                old += 1;
            }
        }
        assert!(old * 4 < all, "old in {old} of {all} looks");
    }

    #[test]
    fn a_fast_line_is_not_slowed_and_one_that_recovers_is_fast_again() {
        let mut line = Line {
            rate: 10_000_000.0,
            room: 12_288.0,
            held: 0.0,
            now: 0.0,
        };
        let mut drain = Drain::new(None);
        let (_, frames) = watched(&mut line, &mut drain, 1_500.0, 60.0);
        assert!(frames >= 239, "{frames}");
        // Three seconds of nothing, as when a train passes a tunnel.
        drain.wrote(1_500, Duration::from_secs(3), line.at());
        let (_, slowed) = watched(&mut line, &mut drain, 1_500.0, 10.0);
        assert!(slowed < 30, "{slowed}");
        watched(&mut line, &mut drain, 1_500.0, 120.0);
        let (_, frames) = watched(&mut line, &mut drain, 1_500.0, 60.0);
        assert!(frames >= 239, "{frames}");
    }

    #[test]
    fn a_serial_line_gets_one_frame_a_second() {
        let mut line = Line {
            rate: 1_000_000.0,
            room: 12_288.0,
            held: 0.0,
            now: 0.0,
        };
        let mut drain = Drain::new(Some(9_600));
        let (_, frames) = watched(&mut line, &mut drain, 100.0, 60.0);
        assert!((59..=61).contains(&frames), "{frames}");
        assert_eq!(Drain::new(Some(38_400)), Drain::new(None));
        assert_eq!(Drain::new(Some(0)), Drain::new(None));
    }

    proptest! {
        #[test]
        fn data_never_waits_longer_than_promised(
            writes in prop::collection::vec((0usize..2_000_000, 0u64..100_000, 0u64..10_000), 0..60),
        ) {
            let mut drain = Drain::new(None);
            let mut now = Duration::ZERO;
            for (bytes, took, later) in writes {
                now += Duration::from_millis(took);
                drain.wrote(bytes, Duration::from_millis(took), now);
                let frame = Duration::from_millis(250);
                prop_assert!(drain.wait(now, frame, now) <= LONGEST.max(frame));
                now += Duration::from_millis(later);
            }
        }
    }
}
