//! How easy a block's target may be before whoever states it is not believed.
//!
//! Invariant: what is believed may get harder at once, and easier by what the network's own rules allow, however often
//! it is stated.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::mining::Chain;
use crate::domain::time::Timestamp;
use crate::engine::target::Target;

/// No block of main has been easier since 2019.
pub const MAIN_FLOOR: f64 = 1e13;
/// The easiest target of the public signet.
const SIGNET_LIMIT_BITS: u32 = 0x1e03_77ae;
/// A retarget lets the difficulty fall to a quarter at most.
const LEAST_PART: f64 = 0.25;
/// What the rounding of nBits takes away.
const ROUNDING: f64 = 1.0 - 1e-4;
/// Two retargets downwards lie further apart than this.
const RETARGET: Duration = Duration::from_hours(14 * 24);

/// The easiest target that is taken on a chain, whoever states it.
pub fn easiest(chain: Chain) -> Target {
    match chain {
        Chain::Main => Target::from_difficulty(MAIN_FLOOR),
        Chain::Testnet4 => Target::MAINNET_LIMIT,
        Chain::Signet => Target::from_bits(SIGNET_LIMIT_BITS).unwrap_or(Target::MAINNET_LIMIT),
        Chain::Regtest => Target::REGTEST_LIMIT,
    }
}

/// A difficulty of the network, and when it was first believed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The difficulty of a block.
    pub difficulty: f64,
    /// Since when.
    pub at: Timestamp,
}

impl Seen {
    /// What is gone by after another was seen: the harder one, until the time of a retarget has passed.
    pub fn and(self, other: Self) -> Self {
        let harder = other.difficulty > self.difficulty;
        if harder || self.at.age(other.at) >= RETARGET {
            other
        } else {
            self
        }
    }

    /// It can be a difficulty.
    pub fn is_sound(&self) -> bool {
        self.difficulty.is_finite() && self.difficulty > 0.0
    }
}

/// A target that is easier than can be.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("its blocks are too easy for {}: difficulty {difficulty:.3e}, and none below {least:.3e} is believed", chain.word())]
pub struct TooEasy {
    /// The chain.
    pub chain: Chain,
    /// What was stated.
    pub difficulty: f64,
    /// What may be stated.
    pub least: f64,
}

/// What one source has stated so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Believed(Option<Seen>);

impl Believed {
    /// With what is known from elsewhere (of main).
    pub fn new(known: Option<Seen>) -> Self {
        Self(known.filter(Seen::is_sound))
    }

    /// Takes a stated target, or refuses it. Only main is hard without a pause; testnet4 may fall to its least at any
    /// time, and on regtest anything goes.
    pub fn take(&mut self, chain: Chain, target: Target, now: Timestamp) -> Result<(), TooEasy> {
        let difficulty = target.difficulty();
        let fallen = self.0.map_or(0.0, |seen| seen.difficulty) * LEAST_PART * ROUNDING;
        let floor = easiest(chain);
        let (is_taken, least) = match chain {
            Chain::Regtest => return Ok(()),
            Chain::Main => (
                target <= floor && difficulty >= fallen,
                floor.difficulty().max(fallen),
            ),
            Chain::Testnet4 | Chain::Signet => (target <= floor, floor.difficulty()),
        };
        if !is_taken {
            return Err(TooEasy {
                chain,
                difficulty,
                least,
            });
        }
        let stated = Seen {
            difficulty,
            at: now,
        };
        self.0 = Some(self.0.map_or(stated, |seen| seen.and(stated)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_millis(days * 86_400_000)
    }

    fn states(believed: &mut Believed, difficulty: f64, day: i64) -> bool {
        let target = Target::from_difficulty(difficulty);
        believed.take(Chain::Main, target, at(day)).is_ok()
    }

    #[test]
    fn main_has_a_floor_and_falls_to_a_quarter_in_two_weeks_at_most() {
        let mut believed = Believed::default();
        assert!(!states(&mut believed, 9.9e12, 0));
        assert!(states(&mut believed, 8e14, 0));
        // A walk downwards counts from the hardest, not from the last.
        assert!(states(&mut believed, 3e14, 1));
        assert!(!states(&mut believed, 1e14, 2));
        assert!(states(&mut believed, 2e14, 15));
        assert!(!states(&mut believed, 4.9e13, 16));
        assert!(states(&mut believed, 5e13, 30));
        assert!(states(&mut believed, 1.3e13, 45));
        assert!(!states(&mut believed, 9.9e12, 900));
    }

    #[test]
    fn what_is_known_from_elsewhere_counts_where_it_is_sound() {
        let known = |difficulty| {
            Believed::new(Some(Seen {
                difficulty,
                at: at(0),
            }))
        };
        assert!(!states(&mut known(1e14), 2e13, 1));
        assert!(states(&mut known(1e14), 2.5e13, 1));
        for odd in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(states(&mut known(odd), 2e13, 1));
        }
    }

    #[test]
    fn each_test_network_has_its_own_limit() {
        let mut believed = Believed::default();
        let mut takes = |chain, bits| {
            let target = Target::from_bits(bits).expect("a target");
            believed.take(chain, target, at(0)).is_ok()
        };
        assert!(takes(Chain::Testnet4, 0x1901_0000) && takes(Chain::Testnet4, 0x1d00_ffff));
        assert!(!takes(Chain::Testnet4, 0x1d01_0000));
        assert!(takes(Chain::Signet, SIGNET_LIMIT_BITS) && !takes(Chain::Signet, 0x1e03_77af));
        assert!(takes(Chain::Regtest, 0x207f_ffff) && takes(Chain::Regtest, 0x2100_ffff));
    }
}
