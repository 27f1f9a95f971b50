//! When mined coins can be spent: 100 blocks after the block that made them.

use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;

use super::reserve::{Account, Maturing, plus};

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

/// What matures when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeLine {
    /// By blocks to go, 0 to 100.
    pub due: BTreeMap<u32, Decimal>,
    /// Of blocks that lie ahead of the tip that was stated with them.
    pub ahead: Decimal,
}

impl TimeLine {
    /// Takes in the coinbases of an account that counts up to `tip`.
    pub fn take(&mut self, maturing: &[Maturing], tip: u32) {
        for coinbase in maturing {
            let slot = match to_go(coinbase.height, tip) {
                Some(blocks) => self.due.entry(blocks).or_default(),
                None => &mut self.ahead,
            };
            *slot = plus(*slot, coinbase.amount);
        }
    }

    /// All of it.
    pub fn sum(&self) -> Decimal {
        self.due.values().copied().fold(self.ahead, plus)
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
            line.take(&all, tip);
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
            line.take(&all, tip);
            prop_assert_eq!(line.sum(), sum(&all));
        }
    }
}
