//! The last minutes of a figure, at equal steps, with gaps where nothing was known.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::time::Timestamp;

/// A ring of samples at equal steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    step: Duration,
    keep: usize,
    last: Option<Timestamp>,
    samples: VecDeque<Option<f32>>,
}

impl Trend {
    /// A trend of `keep` samples, one each `step`.
    pub fn new(step: Duration, keep: usize) -> Self {
        Self {
            step,
            keep: keep.max(1),
            last: None,
            samples: VecDeque::new(),
        }
    }

    /// Takes the value at `now` where a step has passed; none leaves a gap. Steps that were slept through are gaps.
    pub fn sample(&mut self, now: Timestamp, value: Option<f32>) {
        let step = i64::try_from(self.step.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        // A clock that was set back: the next sample follows the last one, whatever their times say.
        if self.last.is_some_and(|last| now < last) {
            self.last = Some(now);
        }
        let due = match self.last {
            None => 1,
            Some(last) => (now.millis() - last.millis()) / step,
        };
        if due <= 0 {
            return;
        }
        let missed = usize::try_from(due - 1).unwrap_or(0).min(self.keep);
        for _ in 0..missed {
            self.push(None);
        }
        self.push(value);
        self.last = Some(match self.last {
            None => now,
            Some(last) => last.shifted(due * step),
        });
    }

    fn push(&mut self, value: Option<f32>) {
        if self.samples.len() == self.keep {
            self.samples.pop_front();
        }
        self.samples.push_back(value);
    }

    /// Oldest first.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = Option<f32>> + ExactSizeIterator + '_ {
        self.samples.iter().copied()
    }

    /// How long a step is.
    pub fn step(&self) -> Duration {
        self.step
    }

    /// How many samples a full trend has.
    pub fn capacity(&self) -> usize {
        self.keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_slept_through_is_a_gap() {
        let mut trend = Trend::new(Duration::from_secs(1), 5);
        let at = |s: i64| Timestamp::from_millis(s * 1_000);
        trend.sample(at(0), Some(1.0));
        trend.sample(at(0), Some(9.0));
        trend.sample(at(1), Some(2.0));
        trend.sample(at(4), Some(3.0));
        let got: Vec<_> = trend.samples().collect();
        assert_eq!(got, vec![Some(1.0), Some(2.0), None, None, Some(3.0)]);
        trend.sample(at(1_000), None);
        assert_eq!(trend.samples().len(), 5);
    }
}
