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
