//! When the blocks of a plan move: those of a shed one after the other over the time asked for, unless it hurries; those
//! of a restore as their gateways will let them.

use std::time::Duration;

use super::{Move, Plan, hash};
use crate::domain::order::OrderKind;
use crate::domain::units::Power;

/// A block's begin is told in whole tenths of a second.
const TICK: u128 = 100;

/// When a block moves, from the order's arrival at its gateway on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// It begins to move.
    pub from: Duration,
    /// All of it has arrived.
    pub to: Duration,
}

impl Course {
    /// How long it moves.
    pub fn ramping(self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

impl Move {
    /// What of it has arrived after so long; none where nobody can say.
    pub fn arrived(&self, after: Duration) -> Option<Power> {
        let course = self.course?;
        if after >= course.to {
            return Some(self.moved);
        }
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let ramping = millis(course.ramping());
        Some(
            self.moved
                .portion(millis(after.saturating_sub(course.from)), ramping.max(1)),
        )
    }
}

/// The last block of a shed that is spread has arrived by then: four fifths of the time asked for.
pub fn last_arrival(within: Duration) -> Duration {
    within * 4 / 5
}

impl Plan {
    /// What has arrived after so long; none where that is not known of every block.
    pub fn arrived(&self, after: Duration) -> Option<Power> {
        self.moves.iter().map(|part| part.arrived(after)).sum()
    }

    /// When so many percent of it have arrived; none where that is not known.
    pub fn reaches(&self, percent: i64) -> Option<Duration> {
        let wanted = self.moved.portion(percent, 100);
        let (mut early, mut late) = (Duration::ZERO, self.takes()?);
        while late.saturating_sub(early) > Duration::from_millis(TICK as u64) {
            let middle = (early + late) / 2;
            if self.arrived(middle)? >= wanted {
                late = middle;
            } else {
                early = middle;
            }
        }
        Some(late)
    }

    /// Spreads the blocks of a shed evenly so that the last has arrived by then, but for those that are `at_once`, and
    /// those that need all the time there is. What gives up least for its megawatts goes first.
    pub fn spread(&mut self, last: Duration, at_once: impl Fn(&Move) -> bool) {
        let fits = |part: &Move| {
            let course = part.course.filter(|course| course.to < last)?;
            let price = i128::from(part.worth) * 1_000_000 / i128::from(part.moved.watts()).max(1);
            (part.moved > Power::ZERO && !at_once(part)).then_some((course.from, price))
        };
        let parts = self.moves.iter().enumerate();
        let mut turns: Vec<_> = parts
            .filter_map(|(at, part)| Some((fits(part)?, at)))
            .collect();
        turns.sort_unstable();
        if self.ask.kind == OrderKind::Curtail {
            self.take_turns(turns.into_iter().map(|(_, at)| at).collect(), last);
            self.hash = hash(self.ask, &self.moves, &self.spares);
        }
    }

    /// The blocks begin in this order, each once its share of what the first ones move is on its way.
    fn take_turns(&mut self, turns: Vec<usize>, last: Duration) {
        let moved = |at: &usize| self.moves[*at].moved;
        let before_last: Power = turns.iter().rev().skip(1).map(moved).sum();
        let mut before = Power::ZERO;
        for at in turns {
            let part = &mut self.moves[at];
            let Some(course) = part.course else { continue };
            let ramping = course.ramping();
            let latest = last.saturating_sub(ramping).as_millis();
            let share = u128::try_from(before.watts()).unwrap_or(0);
            let whole = u128::try_from(before_last.watts()).unwrap_or(0).max(1);
            let begins = latest.saturating_mul(share) / whole / TICK * TICK;
            let begins = Duration::from_millis(u64::try_from(begins).unwrap_or(0));
            if begins > course.from {
                part.after = begins;
                part.course = Some(Course {
                    from: begins,
                    to: begins + ramping,
                });
            }
            before += part.moved;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::control::amount::Amount;
    use crate::control::plan::{Ask, Proof, Unit};
    use crate::domain::ids::{BlockKey, FeedId, GatewayId};
    use crate::domain::order::PlanHash;
    use crate::domain::units::Hashrate;

    fn part(at: usize, kw: i64, (from, ramp): (u64, u64)) -> Move {
        let site = crate::domain::ids::SiteId::new("s");
        let block = crate::domain::ids::BlockId::new(&format!("{at:04}"));
        let moved = Power::from_watts(kw * 1_000);
        let from = Duration::from_millis(from);
        Move {
            key: BlockKey::new(&site, &block),
            feed: FeedId(0),
            gateway: GatewayId::new("g"),
            epoch: 0,
            site_seq: 0,
            now: Some(moved),
            target: Power::ZERO,
            moved,
            counts: moved,
            worth: kw,
            hashrate: Hashrate::ZERO,
            after: Duration::ZERO,
            course: Some(Course {
                from,
                to: from + Duration::from_millis(ramp),
            }),
        }
    }

    fn plan(within: Duration, moves: Vec<Move>) -> Plan {
        let whole = moves.iter().map(|part| part.moved).sum();
        Plan {
            ask: Ask {
                kind: OrderKind::Curtail,
                amount: Amount::Power(whole),
                within,
            },
            wanted: whole,
            whole,
            moved: whole,
            moves,
            excluded: Vec::new(),
            spares: Vec::new(),
            proof: Proof {
                unit: Unit::Hashrate,
                value: 0,
                bound: 0,
            },
            hash: PlanHash([0; 32]),
        }
    }

    #[test]
    fn four_hundred_megawatts_within_five_minutes_take_four() {
        let moves = (0..40).map(|at| part(at, 10_000, (0, 4_000))).collect();
        let mut plan = plan(Duration::from_mins(5), moves);
        plan.spread(last_arrival(plan.ask.within), |_| false);
        let arrived = |s| plan.arrived(Duration::from_secs(s)).expect("known");
        assert_eq!(arrived(240), Power::from_megawatts(400));
        assert!(arrived(239) < Power::from_megawatts(400));
        assert!(
            arrived(10) <= Power::from_megawatts(20),
            "{:?}",
            arrived(10)
        );
        for s in 1..24 {
            let here = arrived(s * 10).megawatts();
            let even = 400.0 * (s * 10) as f64 / 240.0;
            assert!((here - even).abs() <= 12.0, "{here} MW after {} s", s * 10);
        }
    }

    #[test]
    fn what_hurries_goes_at_once_and_another_spread_is_another_plan() {
        let moves: Vec<Move> = (0..4).map(|at| part(at, 10_000, (0, 4_000))).collect();
        let mut hurried = plan(Duration::from_mins(5), moves.clone());
        hurried.spread(last_arrival(hurried.ask.within), |_| true);
        assert!(hurried.moves.iter().all(|part| part.after.is_zero()));
        let mut spread = plan(Duration::from_mins(5), moves);
        spread.spread(last_arrival(spread.ask.within), |_| false);
        assert_ne!(spread.hash, hurried.hash);
    }

    proptest! {
        /// Whatever the blocks are, each that can has arrived by four fifths of the time, none begins before it could, and
        /// one that can't is not put off.
        #[test]
        fn the_last_arrives_by_four_fifths(
            blocks in proptest::collection::vec((1_i64..100_000, 0_u64..400_000, 0_u64..400_000), 0..60),
            within in 1_u64..900,
        ) {
            let within = Duration::from_secs(within);
            let before: Vec<Move> = blocks.iter().enumerate()
                .map(|(at, (kw, notice, ramp))| part(at, *kw, (*notice, *ramp))).collect();
            let mut plan = plan(within, before.clone());
            plan.spread(last_arrival(plan.ask.within), |_| false);
            for (old, new) in before.iter().zip(&plan.moves) {
                let (old, at) = (old.course.expect("known"), new.course.expect("known"));
                prop_assert!(at.from >= old.from && at.ramping() == old.ramping());
                prop_assert!(at.to <= last_arrival(within).max(old.to));
                prop_assert!(new.after.is_zero() || new.after == at.from);
            }
        }
    }
}
