//! When mined coins can be spent: 100 blocks after the block that made them.

use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;

use super::reserve::{Account, Maturing, plus};
use super::time::Timestamp;

/// Blocks that must follow a coinbase's own before it can be spent: a rule of Bitcoin's consensus.
pub const COINBASE_MATURITY: u32 = 100;

/// What the network aims at between two blocks. Any single block may take seconds or hours.
pub const A_BLOCK: Duration = Duration::from_mins(10);

/// About how long so many blocks take.
pub fn about(blocks: u32) -> Duration {
    A_BLOCK.saturating_mul(blocks)
}

/// Blocks still to come until a coinbase of this height can be spent, seen from the tip: 0 (it could be already) to
/// 100; none where its block lies ahead of the tip.
pub fn to_go(height: u32, tip: u32) -> Option<u32> {
    let blocks = (u64::from(height) + u64::from(COINBASE_MATURITY)).saturating_sub(u64::from(tip));
    u32::try_from(blocks)
        .ok()
        .filter(|blocks| *blocks <= COINBASE_MATURITY)
}

/// How far the chain was known to reach, and when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    /// Height of its last block.
    pub height: u32,
    /// When it was the last.
    pub at: Timestamp,
}

impl Tip {
    /// Can the chain have grown from `earlier` to this? Twice as fast as it aims at, and a dozen blocks more: two nodes
    /// may differ by some. What is further ahead is of another chain, or a lie.
    pub fn follows(self, earlier: Self) -> bool {
        let time = earlier.at.age(self.at).as_secs() / A_BLOCK.as_secs();
        let most = u64::from(earlier.height) + 2 * time + 12;
        u64::from(self.height) <= most
    }
}

/// What becomes spendable at the same block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// So much.
    pub amount: Decimal,
    /// About when. Counted from the time of the tip, so that it stands still until another tip is known.
    pub at: Timestamp,
    /// A part of it, or the tip that it is counted from, is not as it stands now.
    pub old: bool,
}

/// What matures when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeLine {
    /// By blocks to go, 0 to 100.
    pub due: BTreeMap<u32, Due>,
    /// Of blocks that lie ahead of the tip.
    pub ahead: Decimal,
}

impl TimeLine {
    /// Takes in the coinbases of an account, counted from `tip`; `old` where they are not as they stand now.
    pub fn take(&mut self, maturing: &[Maturing], tip: Tip, old: bool) {
        for coinbase in maturing {
            let Some(blocks) = to_go(coinbase.height, tip.height) else {
                self.ahead = plus(self.ahead, coinbase.amount);
                continue;
            };
            let at = tip.at + about(blocks);
            let due = self.due.entry(blocks).or_insert(Due {
                amount: Decimal::ZERO,
                at,
                old,
            });
            due.amount = plus(due.amount, coinbase.amount);
            due.at = due.at.max(at);
            due.old |= old;
        }
    }

    /// All of it.
    pub fn sum(&self) -> Decimal {
        let due = self.due.values().map(|due| due.amount);
        due.fold(self.ahead, plus)
    }
}

/// What the coinbases of an account add up to.
pub fn sum(maturing: &[Maturing]) -> Decimal {
    maturing
        .iter()
        .map(|coinbase| coinbase.amount)
        .fold(Decimal::ZERO, plus)
}

/// By how much the stated immature balance exceeds its coinbases (negative: falls short of them); none where they agree,
/// or where the feed gives none.
pub fn difference(account: &Account) -> Option<Decimal> {
    let sum = sum(account.maturing.as_deref()?);
    let difference = plus(account.immature, -sum);
    (!difference.is_zero()).then_some(difference)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_coinbase_wants_100_blocks_on_top() {
        assert_eq!(to_go(900_000, 900_000), Some(100), "just found");
        assert_eq!(to_go(900_000, 900_088), Some(12));
        assert_eq!(to_go(900_000, 900_099), Some(1));
        assert_eq!(to_go(900_000, 900_100), Some(0));
        assert_eq!(to_go(900_000, 900_500), Some(0));
        assert_eq!(to_go(900_001, 900_000), None, "of a block to come");
        assert_eq!(to_go(u32::MAX, 0), None);
        assert_eq!(to_go(0, u32::MAX), Some(0));
        assert_eq!(about(12), Duration::from_hours(2));
    }

    const NOW: Timestamp = Timestamp::from_millis(1_768_484_701_000);

    fn known(height: u32) -> Tip {
        Tip { height, at: NOW }
    }

    #[test]
    fn what_is_due_stands_at_one_time_and_its_worst_part_marks_it() {
        let coinbase = |back: u32| Maturing {
            height: 900_000 - back,
            amount: Decimal::ONE,
        };
        let mut line = TimeLine::default();
        line.take(&[coinbase(60)], known(900_000), false);
        let at = NOW + Duration::from_mins(400);
        let due = |amount, at, old| Due { amount, at, old };
        assert_eq!(line.due[&40], due(Decimal::ONE, at, false));
        let earlier = Tip {
            height: 900_000,
            at: NOW.shifted(-60_000),
        };
        line.take(&[coinbase(60)], earlier, true);
        assert_eq!(line.due[&40], due(Decimal::TWO, at, true));
    }

    #[test]
    fn a_tip_that_the_chain_can_not_have_reached_does_not_follow() {
        let later = |height, hours: i64| Tip {
            height,
            at: NOW.shifted(3_600_000 * hours),
        };
        let tip = known(900_000);
        assert!(later(900_072, 12).follows(tip));
        assert!(later(900_001, 0).follows(tip));
        assert!(
            later(899_999, 0).follows(tip),
            "older, and of the same chain"
        );
        assert!(!later(900_072, 0).follows(tip));
        assert!(!later(4_000_000, 12).follows(tip));
        assert!(!known(u32::MAX).follows(known(0)));
    }

    fn coinbases() -> impl Strategy<Value = Vec<Maturing>> {
        let one = (any::<u32>(), any::<i128>(), 0u32..=28).prop_map(|(height, digits, scale)| {
            let digits = digits.unsigned_abs() % (1 << 95) + 1;
            Maturing {
                height,
                amount: Decimal::from_i128_with_scale(digits.cast_signed(), scale),
            }
        });
        proptest::collection::vec(one, 0..200)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_panics(all in coinbases(), tip: u32) {
            let mut line = TimeLine::default();
            line.take(&all, known(tip), false);
            prop_assert!(line.due.keys().all(|blocks| *blocks <= COINBASE_MATURITY));
            prop_assert!(line.sum() >= Decimal::ZERO);
        }

        #[test]
        fn the_line_is_the_sum_of_its_coinbases(
            all in proptest::collection::vec((900_000u32..900_200, 1i64..2_100_000_000_000_000), 0..200),
            tip in 900_000u32..900_300,
        ) {
            let all: Vec<Maturing> = all
                .into_iter()
                .map(|(height, sat)| Maturing { height, amount: Decimal::new(sat, 8) })
                .collect();
            let mut line = TimeLine::default();
            line.take(&all, known(tip), true);
            prop_assert_eq!(line.sum(), sum(&all));
        }
    }
}
