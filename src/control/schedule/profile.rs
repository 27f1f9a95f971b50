//! What is wanted over the next steps, and how fast it may be given back.

use std::time::Duration;

use crate::domain::grid::Instruction;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Most steps that a schedule has: two hours in steps of five minutes.
pub const MOST_STEPS: usize = 24;
/// An hour in steps of five minutes.
pub const STEPS: usize = 12;
/// Length of a step.
pub const STEP: Duration = Duration::from_mins(5);
/// A restore goes at a quarter of the speed of the shedding, at most.
const SLOWER: i64 = 4;

/// What is wanted, step by step. Sheds are sent at a step's beginning and count as far as they have arrived at its end;
/// restores are sent once these have arrived, so that nothing is missing in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Length of a step.
    pub step: Duration,
    /// By step: the most that is wanted off at any moment of it. At most [`MOST_STEPS`].
    pub wanted: Vec<Power>,
    /// Most that all blocks together may give back in one step.
    pub give_back: Power,
}

impl Profile {
    /// A flat amount from now on for `span`, seen over [`STEPS`] steps or as many as it takes. `cap` is the fleet's own
    /// limit on restoring, W/min.
    pub fn hold(amount: Power, span: Duration, cap: Option<Power>) -> Self {
        let held = span.as_millis().div_ceil(STEP.as_millis());
        let held = usize::try_from(held).unwrap_or(MOST_STEPS).min(MOST_STEPS);
        let wanted = (0..held.max(STEPS))
            .map(|at| if at < held { amount } else { Power::ZERO })
            .collect();
        Self {
            step: STEP,
            wanted,
            give_back: give_back(amount, cap),
        }
    }

    /// What a grid instruction asks of a fleet that draws `drawn` now, over the hour from `now` on.
    pub fn instructed(
        drawn: Power,
        instruction: &Instruction,
        now: Timestamp,
        cap: Option<Power>,
    ) -> Self {
        let amount = (drawn - instruction.target).or_zero();
        let from = instruction.from.millis();
        let to = instruction.to.map_or(i64::MAX, Timestamp::millis);
        let ramp = instruction.ramp_w_s;
        let step = i64::try_from(STEP.as_millis()).unwrap_or(i64::MAX);
        let wanted = (0..STEPS as i64).map(|at| {
            // It only rises until it ends: the most of a step is at its end, or where the instruction ends.
            let begins = now.millis().saturating_add(at * step);
            let ends = begins.saturating_add(step).min(to);
            if ends <= from || to <= begins {
                Power::ZERO
            } else if ramp > Power::ZERO {
                amount.min(ramp.portion(ends - from.min(ends), 1_000))
            } else {
                amount
            }
        });
        let fastest = if ramp > Power::ZERO {
            amount.min(ramp.portion(step, 1_000))
        } else {
            amount
        };
        Self {
            step: STEP,
            wanted: wanted.collect(),
            give_back: give_back(fastest, cap),
        }
    }
}

/// What may come back in a step after sheds of `fastest` a step.
fn give_back(fastest: Power, cap: Option<Power>) -> Power {
    let slow = fastest.portion(1, SLOWER);
    let minutes = i64::try_from(STEP.as_secs() / 60).unwrap_or(i64::MAX);
    cap.map_or(slow, |cap| slow.min(cap.portion(minutes, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const MW: fn(i64) -> Power = Power::from_megawatts;

    #[test]
    fn a_hold_is_flat_and_comes_back_at_a_quarter() {
        let profile = Profile::hold(MW(80), Duration::from_mins(31), None);
        assert_eq!(profile.wanted[..7], [MW(80); 7]);
        assert_eq!(profile.wanted[7..], [Power::ZERO; 5]);
        assert_eq!(profile.give_back, MW(20));
        let capped = Profile::hold(MW(80), Duration::from_hours(9), Some(MW(3)));
        assert_eq!((capped.wanted.len(), capped.give_back), (24, MW(15)));
    }

    #[test]
    fn an_instruction_is_met_at_the_most_it_asks_in_each_step() {
        let mins = |m: i64| Timestamp::from_millis(m * 60_000);
        let instruction = Instruction {
            id: Arc::from("1"),
            target: MW(40),
            from: mins(7),
            to: Some(mins(22)),
            ramp_w_s: Power::from_watts(50_000),
            reason: Arc::from(""),
        };
        let profile = Profile::instructed(MW(70), &instruction, mins(0), None);
        // 3 MW a minute from minute 7: 9 MW at 10, 24 at 15, all 30 by 17, nothing after 22.
        let mw: Vec<i64> = profile
            .wanted
            .iter()
            .map(|p| p.watts() / 1_000_000)
            .collect();
        assert_eq!(mw, [0, 9, 24, 30, 30, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(profile.give_back, Power::from_watts(3_750_000));
        let none = Profile::instructed(MW(30), &instruction, mins(0), None);
        assert!(none.wanted.iter().all(|p| *p == Power::ZERO));
    }
}
