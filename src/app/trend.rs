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

    /// Fills in what was before: `known` gives the value at a time, where it has one. What is here already stays. A trend
    /// without samples yet ends at `now`.
    pub fn fill(&mut self, now: Timestamp, known: impl Fn(Timestamp) -> Option<f32>) {
        let last = *self.last.get_or_insert(now);
        let step = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX);
        let back = |steps: usize| {
            let steps = i64::try_from(steps).unwrap_or(i64::MAX);
            last.shifted(steps.saturating_mul(step).saturating_neg())
        };
        let there = self.samples.len();
        for (at, sample) in self.samples.iter_mut().enumerate() {
            if sample.is_none() {
                *sample = known(back(there - 1 - at));
            }
        }
        let before: Vec<Option<f32>> = (there..self.keep).map(|steps| known(back(steps))).collect();
        let reach = before
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |at| at + 1);
        for value in before.into_iter().take(reach) {
            self.samples.push_front(value);
        }
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

    /// Oldest first, each with when it was taken; it stands for one step from then on.
    pub fn timed(
        &self,
    ) -> impl DoubleEndedIterator<Item = (Timestamp, Option<f32>)> + ExactSizeIterator + '_ {
        let step = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX);
        let last = self.last.unwrap_or_default();
        let newest = self.samples.len().saturating_sub(1);
        self.samples().enumerate().map(move |(at, value)| {
            let back = i64::try_from(newest - at).unwrap_or(i64::MAX);
            (
                last.shifted(step.saturating_mul(back).saturating_neg()),
                value,
            )
        })
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
    fn what_was_before_is_filled_in_and_what_is_here_stays() {
        let mut trend = Trend::new(Duration::from_secs(1), 6);
        let at = |s: i64| Timestamp::from_millis(s * 1_000);
        trend.sample(at(10), None);
        trend.sample(at(11), Some(1.0));
        let known = |t: Timestamp| {
            let s = t.millis() / 1_000;
            (7..=10).contains(&s).then_some(s as f32 * 10.0)
        };
        trend.fill(at(11), known);
        let got: Vec<_> = trend.samples().collect();
        let all = [70.0, 80.0, 90.0, 100.0, 1.0].map(Some);
        assert_eq!(got, all, "and no gap before the oldest that is known");
        trend.sample(at(12), Some(2.0));
        assert_eq!(trend.samples().len(), 6);
        let mut empty = Trend::new(Duration::from_secs(1), 3);
        empty.fill(at(10), known);
        assert_eq!(empty.samples().flatten().count(), 3);
        empty.sample(at(11), Some(5.0));
        assert_eq!(empty.samples().last(), Some(Some(5.0)));
    }

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
