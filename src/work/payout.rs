//! Whom a block shall pay, and in what shares.

use std::collections::HashSet;
use std::sync::Arc;

use bitcoin::{Script, ScriptBuf};

use super::address::{self, AddressError, Family};
use crate::domain::mining::Chain;

/// Most payouts: each is an output of every block that is tried.
pub const MAX_PAYOUTS: usize = 100;

/// A hundredth of a percent, of which 10,000 are all.
const WHOLE: u16 = 10_000;

/// Why payouts can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayoutError {
    /// None was given.
    #[error("no payout address was given; give one with --payout ADDRESS")]
    None,
    /// More than [`MAX_PAYOUTS`].
    #[error("{0} payouts are more than {MAX_PAYOUTS}; give fewer")]
    TooMany(usize),
    /// A text that is no address which could be paid.
    #[error("the payout address {text} {error}")]
    Address {
        /// The text, cut where it is long.
        text: String,
        /// What is wrong.
        error: AddressError,
    },
    /// A share that is no percentage.
    #[error(
        "the share of {address} is not a percentage above 0, at most 100, with at most two decimals; write {address}=97.5, say"
    )]
    Percent {
        /// Whose.
        address: String,
    },
    /// Several addresses, one without a share.
    #[error("{address} has no share; of several payouts each needs one, as {address}=50")]
    NoShare {
        /// Whose.
        address: String,
    },
    /// The shares are not all there is.
    #[error("the payouts' shares sum to {}, not to 100; mend a share", percent(*sum))]
    Sum {
        /// Their sum in hundredths of a percent.
        sum: u32,
    },
    /// One script twice.
    #[error("{address} is given twice; give it once, with the sum of its shares")]
    Twice {
        /// Which.
        address: String,
    },
    /// It belongs to another chain than the node's.
    #[error("the payout address {address} is for {family}, but the node is on {}; give an address of that network, or another node", chain.word())]
    OtherChain {
        /// Which.
        address: String,
        /// Where it could be paid.
        family: Family,
        /// Where the node is.
        chain: Chain,
    },
}

fn percent(hundredths: u32) -> String {
    match hundredths % 100 {
        0 => format!("{}", hundredths / 100),
        part => format!("{}.{part:02}", hundredths / 100),
    }
}

/// One address and its share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// The address as it was given.
    pub address: Arc<str>,
    /// What it stands for.
    pub script: ScriptBuf,
    /// Where it can be paid.
    pub family: Family,
    /// Its share in hundredths of a percent, 1 to 10,000.
    pub share: u16,
}

/// Sound addresses with shares that sum to all; not yet held against a chain. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payouts(Arc<[Payout]>);

impl Payouts {
    /// From arguments `ADDRESS` or `ADDRESS=PERCENT` (at most two decimals). One address alone takes all.
    pub fn parse<S: AsRef<str>>(args: &[S]) -> Result<Self, PayoutError> {
        if args.is_empty() {
            return Err(PayoutError::None);
        }
        if args.len() > MAX_PAYOUTS {
            return Err(PayoutError::TooMany(args.len()));
        }
        let alone = args.len() == 1;
        let payouts = args
            .iter()
            .map(|arg| one(arg.as_ref().trim(), alone))
            .collect::<Result<Vec<Payout>, _>>()?;
        let mut scripts = HashSet::new();
        if let Some(twice) = payouts.iter().find(|p| !scripts.insert(&p.script)) {
            let address = twice.address.to_string();
            return Err(PayoutError::Twice { address });
        }
        let sum = payouts.iter().map(|p| u32::from(p.share)).sum();
        if sum != u32::from(WHOLE) {
            return Err(PayoutError::Sum { sum });
        }
        Ok(Self(payouts.into()))
    }

    /// The payouts, in the order of the arguments.
    pub fn list(&self) -> &[Payout] {
        &self.0
    }

    /// The chain that the first one is for; of those that share its prefix the one that is hardest to mine on.
    pub fn likely_chain(&self) -> Chain {
        match self.0.first().map(|payout| payout.family) {
            None | Some(Family::Main) => Chain::Main,
            Some(Family::PublicTests | Family::AllTests) => Chain::Testnet4,
            Some(Family::Regtest) => Chain::Regtest,
        }
    }

    /// Held against the node's chain.
    pub fn for_chain(&self, chain: Chain) -> Result<ChainPayouts, PayoutError> {
        match self.0.iter().find(|p| !p.family.fits(chain)) {
            Some(other) => Err(PayoutError::OtherChain {
                address: other.address.to_string(),
                family: other.family,
                chain,
            }),
            None => Ok(ChainPayouts {
                chain,
                payouts: self.clone(),
            }),
        }
    }

    /// Splits a value (satoshi): each share rounded down, what is left over goes to the first. In the order of the
    /// payouts; sums to `value` exactly.
    pub fn split(&self, value: u64) -> Vec<u64> {
        let portion = |p: &Payout| {
            let wide = u128::from(value) * u128::from(p.share) / u128::from(WHOLE);
            // A share is at most the whole, so this is at most `value`.
            wide as u64
        };
        let mut parts: Vec<u64> = self.0.iter().map(portion).collect();
        let rest = value - parts.iter().sum::<u64>();
        if let Some(first) = parts.first_mut() {
            *first += rest;
        }
        parts
    }

    /// The payout that a script is, if it is one.
    pub fn find(&self, script: &Script) -> Option<&Payout> {
        self.0.iter().find(|p| *p.script == *script)
    }
}

/// Payouts whose addresses can be paid on one chain. Made by [`Payouts::for_chain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainPayouts {
    chain: Chain,
    payouts: Payouts,
}

impl ChainPayouts {
    /// The chain.
    pub const fn chain(&self) -> Chain {
        self.chain
    }

    /// The payouts.
    pub const fn payouts(&self) -> &Payouts {
        &self.payouts
    }

    /// Where a prefix is shared among test networks: a sentence that says so.
    pub fn remark(&self) -> Option<String> {
        let shared = self.payouts.list().iter().find(|p| p.family.is_shared())?;
        Some(format!(
            "{} could be an address of {}: their prefix is the same; the node is on {}, so it is paid there",
            shared.address,
            shared.family,
            self.chain.word()
        ))
    }
}

fn one(arg: &str, alone: bool) -> Result<Payout, PayoutError> {
    let (text, share) = match arg.split_once('=') {
        Some((text, share)) => (text.trim(), Some(share.trim())),
        None => (arg, None),
    };
    let (script, family) = address::read(text).map_err(|error| PayoutError::Address {
        text: shown(text),
        error,
    })?;
    let address = || text.to_owned();
    let share = match share {
        Some(share) => {
            hundredths(share).ok_or_else(|| PayoutError::Percent { address: address() })?
        }
        None if alone => WHOLE,
        None => return Err(PayoutError::NoShare { address: address() }),
    };
    Ok(Payout {
        address: text.into(),
        script,
        family,
        share,
    })
}

/// A percentage as hundredths, 1 to 10,000; none where it is not one.
fn hundredths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |s: &str, most| (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 3) || !digits(part, 2) {
        return None;
    }
    let scale = if part.len() == 1 { 10 } else { 1 };
    let sum = whole.parse::<u32>().ok()? * 100 + part.parse::<u32>().ok()? * scale;
    u16::try_from(sum)
        .ok()
        .filter(|sum| (1..=WHOLE).contains(sum))
}

/// What is fit to be said of a text that is no address.
fn shown(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '.' } else { c };
    let cut: String = text.chars().map(clean).take(100).collect();
    format!("`{cut}`")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAIN: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    const MAIN_2: &str = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    const MAIN_3: &str = "3P14159f73E4gFr7JterCCQh9QjiTjiZrG";
    const TESTS: &str = "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7";
    const BCOIN: &str = "rb1qw508d6qejxtdg4y5r3zarvary0c5xw7k38f4sn";

    fn shares(args: &[&str]) -> Result<Vec<u16>, String> {
        let payouts = Payouts::parse(args).map_err(|error| error.to_string())?;
        Ok(payouts.list().iter().map(|p| p.share).collect())
    }

    #[test]
    fn shares_are_read() {
        assert_eq!(shares(&[MAIN]), Ok(vec![10_000]));
        let whole = format!("{MAIN}=100");
        assert_eq!(shares(&[&whole]), Ok(vec![10_000]));
        let (a, b) = (format!("{MAIN}=97"), format!(" {MAIN_2} = 3.00 "));
        assert_eq!(shares(&[&a, &b]), Ok(vec![9_700, 300]));
        let (a, b, c) = (
            format!("{MAIN}=99.49"),
            format!("{MAIN_2}=0.5"),
            format!("{MAIN_3}=0.01"),
        );
        assert_eq!(shares(&[&a, &b, &c]), Ok(vec![9_949, 50, 1]));
    }

    #[test]
    fn what_is_no_share_is_refused_in_words() {
        for share in [
            "", "0", "0.00", "-3", "+97", "100.01", "101", "999.99", "97.123", "97.", ".5", "1e2",
            "97%", "NaN", "1_0", "9999", "３",
        ] {
            let arg = format!("{MAIN}={share}");
            let error = shares(&[&arg]).expect_err(share);
            assert!(error.contains("is not a percentage"), "{share}: {error}");
        }
        let (a, b) = (format!("{MAIN}=97"), format!("{MAIN_2}=2.5"));
        let error = shares(&[&a, &b]).expect_err("they are too little");
        assert!(error.contains("sum to 99.50, not to 100"), "{error}");
        let error = shares(&[&a]).expect_err("it is too little");
        assert!(error.contains("sum to 97, not to 100"), "{error}");
        let error = shares(&[&a, MAIN_2]).expect_err("one has no share");
        assert!(
            error.contains(MAIN_2) && error.contains("has no share"),
            "{error}"
        );
        let upper = format!("{}=3", MAIN.to_uppercase());
        let error = shares(&[&a, &upper]).expect_err("it is the same script");
        assert!(error.contains("given twice"), "{error}");
        assert_eq!(Payouts::parse::<&str>(&[]), Err(PayoutError::None));
        let many = vec![MAIN; MAX_PAYOUTS + 1];
        assert_eq!(Payouts::parse(&many), Err(PayoutError::TooMany(101)));
        let error = shares(&["bc1q\u{1b}[2Jjunkjunkjunk"]).expect_err("it is none");
        assert!(
            error.contains("`bc1q.[2Jjunkjunkjunk` is no Bitcoin address"),
            "{error}"
        );
    }

    #[test]
    fn an_address_of_another_chain_names_both() {
        let payouts = Payouts::parse(&[MAIN]).expect("it is sound");
        let checked = payouts.for_chain(Chain::Main).expect("it fits");
        assert_eq!((checked.chain(), checked.remark()), (Chain::Main, None));
        let error = payouts
            .for_chain(Chain::Regtest)
            .expect_err("it does not fit");
        let words = error.to_string();
        assert!(
            words.contains("is for main, but the node is on regtest"),
            "{words}"
        );
        let payouts = Payouts::parse(&[TESTS]).expect("it is sound");
        let words = payouts
            .for_chain(Chain::Main)
            .expect_err("not there")
            .to_string();
        assert!(
            words.contains("is for testnet4 or signet, but the node is on main"),
            "{words}"
        );
        assert!(payouts.for_chain(Chain::Regtest).is_err());
        let checked = payouts.for_chain(Chain::Testnet4).expect("it fits");
        let remark = checked.remark().expect("the prefix is shared");
        assert!(remark.contains("testnet4 or signet") && remark.contains("node is on testnet4"));
        let payouts = Payouts::parse(&[BCOIN]).expect("it is sound");
        assert!(
            payouts
                .for_chain(Chain::Regtest)
                .is_ok_and(|p| p.remark().is_none())
        );
        assert!(payouts.for_chain(Chain::Signet).is_err());
    }

    #[test]
    fn what_is_left_over_goes_to_the_first() {
        let (a, b, c) = (
            format!("{MAIN}=33.33"),
            format!("{MAIN_2}=33.33"),
            format!("{MAIN_3}=33.34"),
        );
        let payouts = Payouts::parse(&[a, b, c]).expect("they sum to 100");
        assert_eq!(payouts.split(0), [0, 0, 0]);
        assert_eq!(payouts.split(1), [1, 0, 0]);
        assert_eq!(payouts.split(10_000), [3_333, 3_333, 3_334]);
        assert_eq!(payouts.split(10_001), [3_334, 3_333, 3_334]);
        let royalty = Payouts::parse(&[format!("{MAIN}=97"), format!("{MAIN_2}=3")]);
        let royalty = royalty.expect("they sum to 100");
        assert_eq!(royalty.split(312_500_099), [303_125_097, 9_375_002]);
    }

    proptest! {
        #[test]
        fn a_split_sums_exactly_and_is_fair(first in 1_u16..9_998, second in 1_u16..9_998, value in any::<u64>()) {
            prop_assume!(first + second < 10_000);
            let third = 10_000 - first - second;
            let arg = |a: &str, h: u16| format!("{a}={}.{:02}", h / 100, h % 100);
            let args = [arg(MAIN, first), arg(MAIN_2, second), arg(MAIN_3, third)];
            let payouts = Payouts::parse(&args).expect("they sum to 100");
            let parts = payouts.split(value);
            prop_assert_eq!(parts.iter().map(|p| u128::from(*p)).sum::<u128>(), u128::from(value));
            for (part, share) in parts.iter().zip([first, second, third]) {
                let exact = u128::from(value) * u128::from(share) / 10_000;
                let over = u128::from(*part).checked_sub(exact);
                prop_assert!(over.is_some_and(|over| over < 3));
            }
            prop_assert_eq!(u128::from(parts[1]), u128::from(value) * u128::from(second) / 10_000);
        }

        #[test]
        fn no_argument_breaks_it(args in proptest::collection::vec("\\PC{0,60}", 0..4)) {
            let _ = Payouts::parse(&args);
        }
    }
}
