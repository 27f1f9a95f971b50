//! How far the server's clock is from ours, from four timestamps.

use std::collections::VecDeque;

use crate::domain::time::Timestamp;

/// Samples that are kept: about forty seconds of them.
const KEPT: usize = 8;
/// Samples that disagree by more than their round trips and this, ms, mean that a clock was set.
const STEP_MS: i64 = 50;

/// One ping and its pong.
#[derive(Debug, Clone, Copy)]
struct Sample {
    offset_ms: i64,
    round_trip_ms: i64,
}

/// The estimate: the sample with the shortest round trip of the last few.
#[derive(Debug, Clone, Default)]
pub struct Skew {
    samples: VecDeque<Sample>,
}

impl Skew {
    /// Adds one exchange: sent and received back by our clock, received and sent by theirs. Gives what it says by itself, as
    /// [`Skew::estimate`] does.
    pub fn add(
        &mut self,
        sent: Timestamp,
        their_received: Timestamp,
        their_sent: Timestamp,
        received: Timestamp,
    ) -> (i64, i64) {
        let [t1, t2, t3, t4] = [sent, their_received, their_sent, received].map(Timestamp::millis);
        let there = t3.saturating_sub(t2).max(0);
        let sample = Sample {
            offset_ms: (t2.saturating_sub(t1)).saturating_add(t3.saturating_sub(t4)) / 2,
            round_trip_ms: t4.saturating_sub(t1).saturating_sub(there).max(0),
        };
        if let Some((offset, off_by)) = self.estimate()
            && (sample.offset_ms - offset).abs() > off_by + sample.round_trip_ms / 2 + STEP_MS
        {
            self.samples.clear();
        }
        if self.samples.len() == KEPT {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
        (sample.offset_ms, sample.round_trip_ms / 2 + 1)
    }

    /// The server's clock less ours and how far off that may be, both ms; none before the first exchange.
    pub fn estimate(&self) -> Option<(i64, i64)> {
        self.samples
            .iter()
            .min_by_key(|sample| sample.round_trip_ms)
            .map(|sample| (sample.offset_ms, sample.round_trip_ms / 2 + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(skew: &mut Skew, start: i64, there: i64, back: i64, offset: i64) {
        let at = Timestamp::from_millis;
        skew.add(
            at(start),
            at(start + there + offset),
            at(start + there + offset),
            at(start + there + back),
        );
    }

    #[test]
    fn the_shortest_round_trip_wins() {
        let mut skew = Skew::default();
        exchange(&mut skew, 0, 40, 0, 500);
        exchange(&mut skew, 5_000, 2, 2, 500);
        exchange(&mut skew, 10_000, 0, 60, 500);
        assert_eq!(skew.estimate(), Some((500, 3)));
    }

    #[test]
    fn a_clock_that_was_set_is_believed_at_once() {
        let mut skew = Skew::default();
        exchange(&mut skew, 0, 1, 1, 0);
        exchange(&mut skew, 5_000, 3, 3, 60_000);
        assert_eq!(skew.estimate(), Some((60_000, 4)));
    }
}
