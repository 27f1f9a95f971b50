//! How a server's clock goes, held against ours, which is steady: whether it was set, stands still, or runs too fast or
//! too slow.

use std::collections::VecDeque;

use crate::domain::link::Going;
use crate::domain::time::Timestamp;

/// Comparisons that are kept: about forty seconds of them.
const KEPT: usize = 8;
/// A rate is judged over so long at least.
const LEAST_MS: i64 = 10_000;
/// Beyond this many thousandths of our own rate it is no clock's.
const WRONG: i64 = 20;
/// A clock that jumps by more than this and what the comparison may be off was set.
const SET_MS: i64 = 500;
/// So many comparisons in a row that agree confirm a clock that was set.
const CONFIRM: u32 = 3;
/// What a message says of the time it was sent at may be so late, ms.
const LATE_MS: i64 = 2_000;
/// Between two messages that are compared.
const APART_MS: i64 = 5_000;

/// One comparison, by our clock.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: i64,
    offset: i64,
    off_by: i64,
}

/// What is known of a clock. It lives as long as its feed is configured: a link that comes and goes hides nothing.
#[derive(Debug, Default)]
pub(super) struct Pace {
    pings: VecDeque<Mark>,
    told: VecDeque<Mark>,
    set: Option<Set>,
}

#[derive(Debug)]
struct Set {
    by: i64,
    agreed: u32,
}

impl Pace {
    /// A ping was answered at `at`: theirs less ours, and how far off that may be, ms.
    pub(super) fn pinged(&mut self, at: Timestamp, offset: i64, off_by: i64) {
        let mark = Mark {
            at: at.millis(),
            offset,
            off_by,
        };
        if let Some(before) = self.pings.back() {
            let by = mark.offset.saturating_sub(before.offset);
            if by.saturating_abs() > before.off_by + mark.off_by + SET_MS {
                self.set = Some(Set { by, agreed: 1 });
            } else if let Some(set) = &mut self.set {
                set.agreed += 1;
            }
        }
        if self.set.as_ref().is_some_and(|set| set.agreed >= CONFIRM) {
            self.set = None;
        }
        push(&mut self.pings, mark);
    }

    /// A message says that it was sent at this time.
    pub(super) fn told(&mut self, at: Timestamp, sent: Timestamp) {
        let (at, sent) = (at.millis(), sent.millis());
        if self.told.back().is_none_or(|last| at - last.at >= APART_MS) {
            let mark = Mark {
                at,
                offset: sent.saturating_sub(at),
                off_by: LATE_MS,
            };
            push(&mut self.told, mark);
        }
    }

    /// How it goes.
    pub(super) fn going(&self) -> Going {
        let wrong = wrong(&self.pings).or_else(|| wrong(&self.told));
        match (wrong, &self.set) {
            (Some(permille), _) => Going::Wrong { permille },
            (None, Some(set)) => Going::Set { by_ms: set.by },
            (None, None) => Going::True,
        }
    }
}

fn push(marks: &mut VecDeque<Mark>, mark: Mark) {
    if marks.len() == KEPT {
        marks.pop_front();
    }
    marks.push_back(mark);
}

/// The rate of a clock that does not run as ours, in thousandths: over the last ten seconds, or over all that is kept,
/// where small faults show.
fn wrong(marks: &VecDeque<Mark>) -> Option<i64> {
    let last = marks.back()?;
    let begin = marks.iter().rposition(|m| last.at - m.at >= LEAST_MS)?;
    let recent: Vec<Mark> = marks.range(begin..).copied().collect();
    let coarse = [marks[0], marks[marks.len() / 2], *last];
    rate(&recent).or_else(|| rate(&coarse).filter(|_| is_one_way(marks)))
}

/// Does it never go the other way, nor stand?
fn is_one_way(marks: &VecDeque<Mark>) -> bool {
    let ways = marks.iter().zip(marks.iter().skip(1));
    let mut ways = ways.map(|(a, b)| b.offset.saturating_sub(a.offset).signum());
    let first = ways.next().unwrap_or(0);
    first != 0 && ways.all(|way| way == first)
}

/// The rate over these, where each span between two of them says the same: a clock that was set once is off in one.
fn rate(marks: &[Mark]) -> Option<i64> {
    if marks.len() < 3 {
        return None;
    }
    let mut sign = 0;
    for pair in marks.windows(2) {
        let span = pair[1].at.saturating_sub(pair[0].at);
        let off = pair[1].offset.saturating_sub(pair[0].offset);
        let sure = off.saturating_abs() - pair[0].off_by - pair[1].off_by;
        if span <= 0 || sure * 1_000 <= span * WRONG || off.signum() == -sign {
            return None;
        }
        sign = off.signum();
    }
    let (first, last) = (marks[0], marks[marks.len() - 1]);
    let span = (last.at - first.at).max(1);
    let off = last.offset.saturating_sub(first.offset);
    Some((1_000 + off.saturating_mul(1_000) / span).clamp(-1_000_000, 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    /// How a clock goes that is asked every five seconds and shows these offsets.
    fn asked(offsets: &[i64]) -> Going {
        let mut pace = Pace::default();
        for (offset, ms) in offsets.iter().zip((0..).step_by(5_000)) {
            pace.pinged(at(ms), *offset, 3);
        }
        pace.going()
    }

    #[test]
    fn a_clock_that_stands_still_or_runs_at_another_rate_is_found_within_ten_seconds() {
        let of = |permille| Going::Wrong { permille };
        assert_eq!(asked(&[0, -5_000]), Going::Set { by_ms: -5_000 });
        assert_eq!(asked(&[0, -5_000, -10_000]), of(0));
        assert_eq!(asked(&[0, -2_500, -5_000]), of(500));
        assert_eq!(asked(&[0, 5_000, 10_000]), of(2_000));
        assert_eq!(asked(&[0, 150, 300]), of(1_030));
        assert_eq!(asked(&[0, 50, 100]), Going::True, "1 % is a bad clock's");
    }

    #[test]
    fn a_clock_that_was_set_is_doubted_until_three_pings_agree() {
        assert_eq!(asked(&[0, 0, 9_000]), Going::Set { by_ms: 9_000 });
        assert_eq!(asked(&[0, 0, 9_000, 9_000]), Going::Set { by_ms: 9_000 });
        assert_eq!(asked(&[0, 0, 9_000, 9_001, 9_000]), Going::True);
    }

    #[test]
    fn a_clock_that_goes_again_is_believed_again() {
        let still = [0, -5_000, -10_000, -15_000, -15_000, -15_000];
        assert!(matches!(asked(&still[..5]), Going::Set { .. }));
        assert_eq!(asked(&still), Going::True);
    }

    #[test]
    fn without_pings_the_times_of_messages_say_it() {
        let mut pace = Pace::default();
        for second in 0..30 {
            pace.told(at(second * 1_000), at(7));
        }
        assert_eq!(pace.going(), Going::Wrong { permille: 0 });
        let mut late = Pace::default();
        for second in 0..30 {
            late.told(at(second * 1_000), at(second * 1_000 - second % 3 * 900));
        }
        assert_eq!(late.going(), Going::True, "a slow line is no wrong clock");
    }
}
