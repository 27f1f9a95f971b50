//! What an operator types for an amount: `40`, `40 MW`, `25 %`, `off`, `all`.

use crate::domain::sentence::{Sentence, told};
use crate::domain::units::Power;

/// How much to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// So many watts.
    Power(Power),
    /// Per mille of what the selection draws now (curtail) or could take (restore), 1..=1000.
    Portion(u16),
    /// Everything that the interlocks allow.
    All,
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told())]
pub enum AmountError {
    /// Nothing typed.
    Empty,
    /// Not a number.
    Unreadable,
    /// Zero, negative or beyond any fleet.
    OutOfRange,
}

impl AmountError {
    /// In one sentence.
    pub fn told(self) -> Sentence {
        match self {
            Self::Empty => told!("own-amount-empty", "type an amount: 40 (MW), 25 % or off"),
            Self::Unreadable => told!(
                "own-amount-unreadable",
                "not an amount: type MW as 40 or 40.5, a share as 25 %, or off"
            ),
            Self::OutOfRange => told!(
                "own-amount-out-of-range",
                "an amount lies above 0 and below 100 000 MW, a share between 0.1 and 100 %"
            ),
        }
    }
}

impl Amount {
    /// Reads what was typed. A comma counts as the decimal point, as on a Belarusian keyboard.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let text = text.trim().to_lowercase().replace(',', ".");
        if text.is_empty() {
            return Err(AmountError::Empty);
        }
        if matches!(text.as_str(), "off" | "all") {
            return Ok(Self::All);
        }
        if let Some(share) = text.strip_suffix('%') {
            let per_mille = number(share)? * 10.0;
            if !(1.0..=1_000.0).contains(&per_mille) {
                return Err(AmountError::OutOfRange);
            }
            return Ok(Self::Portion(per_mille.round() as u16));
        }
        let (digits, unit) = [("gw", 1e9), ("mw", 1e6), ("kw", 1e3)]
            .iter()
            .find_map(|(suffix, unit)| text.strip_suffix(suffix).map(|digits| (digits, *unit)))
            .unwrap_or((text.as_str(), 1e6));
        let watts = number(digits)? * unit;
        if !(1.0..=1e11).contains(&watts) {
            return Err(AmountError::OutOfRange);
        }
        Ok(Self::Power(Power::from_watts(watts.round() as i64)))
    }

    /// The amount in watts, where `whole` is what the share is taken of. Rounded up: never short.
    pub fn of(self, whole: Power) -> Power {
        match self {
            Self::Power(power) => power,
            Self::Portion(per_mille) => {
                let product = i128::from(whole.watts().max(0)) * i128::from(per_mille);
                Power::from_watts(i64::try_from((product + 999) / 1_000).unwrap_or(i64::MAX))
            }
            Self::All => whole,
        }
    }
}

fn number(text: &str) -> Result<f64, AmountError> {
    let text = text.trim();
    let plain = !text.is_empty()
        && text.len() <= 12
        && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if !plain {
        return Err(AmountError::Unreadable);
    }
    text.parse().map_err(|_| AmountError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_operators_type() {
        assert_eq!(
            Amount::parse("40"),
            Ok(Amount::Power(Power::from_megawatts(40)))
        );
        assert_eq!(
            Amount::parse(" 40,5 MW"),
            Ok(Amount::Power(Power::from_watts(40_500_000)))
        );
        assert_eq!(
            Amount::parse("800kw"),
            Ok(Amount::Power(Power::from_watts(800_000)))
        );
        assert_eq!(Amount::parse("25 %"), Ok(Amount::Portion(250)));
        assert_eq!(Amount::parse("OFF"), Ok(Amount::All));
    }

    #[test]
    fn refuses_the_rest_in_words() {
        for text in ["-5", "1e9", "inf", "nan", "0x10", "4 0", "40 horses", "."] {
            assert_eq!(Amount::parse(text), Err(AmountError::Unreadable), "{text}");
        }
        for text in ["0", "0%", "101%", "100001"] {
            assert_eq!(Amount::parse(text), Err(AmountError::OutOfRange), "{text}");
        }
        assert_eq!(Amount::parse("  "), Err(AmountError::Empty));
    }

    #[test]
    fn a_share_is_rounded_up() {
        assert_eq!(Amount::Portion(333).of(Power::from_watts(10)).watts(), 4);
    }
}
