//! Addresses: what script one stands for, and on which chains it can stand for it.

#[cfg(test)]
mod tests;

use std::fmt;

use bitcoin::bech32::primitives::decode::{
    SegwitHrpstring, SegwitHrpstringError, UncheckedHrpstring,
};
use bitcoin::bech32::{Bech32, Bech32m, Fe32};
use bitcoin::hashes::Hash as _;
use bitcoin::{Address, PubkeyHash, Script, ScriptBuf, ScriptHash, WitnessProgram, WitnessVersion};

use crate::domain::mining::Chain;

/// Longest text that is looked at: BIP 173 allows 90 characters.
const MAX_LEN: usize = 90;

/// The chains on which an address means something, as its prefix tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Main alone: `bc1`, `1`, `3`.
    Main,
    /// Testnet4 and signet (and older testnets): `tb1`.
    PublicTests,
    /// Every test network: `m`, `n`, `2`.
    AllTests,
    /// Regtest alone: `bcrt1`, and the prefixes of bcoin's regtest (`rb1` and two of base58).
    Regtest,
}

impl Family {
    /// Can an address of this family be paid on `chain`?
    pub const fn fits(self, chain: Chain) -> bool {
        match self {
            Self::Main => matches!(chain, Chain::Main),
            Self::PublicTests => matches!(chain, Chain::Testnet4 | Chain::Signet),
            Self::AllTests => !matches!(chain, Chain::Main),
            Self::Regtest => matches!(chain, Chain::Regtest),
        }
    }

    /// More than one chain shares the prefix, so the address does not tell which one was meant.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::PublicTests | Self::AllTests)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Main => "main",
            Self::PublicTests => "testnet4 or signet",
            Self::AllTests => "a test network (testnet4, signet or regtest)",
            Self::Regtest => "regtest",
        })
    }
}

/// Why a text is no address that could be paid. Said of "the address", which the caller names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Longer than any address, or empty.
    #[error("has {0} characters, and an address has 14 to 90")]
    Length(usize),
    /// Bech32 with capitals and small letters (BIP 173).
    #[error("mixes capitals and small letters; write all of it small")]
    MixedCase,
    /// The checksum does not hold.
    #[error("has a wrong checksum: a character is wrong or missing; copy it anew")]
    Checksum,
    /// The checksum is the other one (BIP 350).
    #[error("has the checksum of another witness version (BIP 350); ask its owner for a new one")]
    WrongVariant,
    /// A witness version that no rule of the network guards yet: anyone might spend it.
    #[error(
        "is of witness version {0}, which the network does not know yet; coins there could be taken by anyone"
    )]
    FutureVersion(u8),
    /// A program of a length that its version does not have.
    #[error("is of witness version {0}, but its program is not as long as that version has it")]
    ProgramLength(u8),
    /// A bech32 prefix of another coin or network.
    #[error("begins with `{0}1`, which is no prefix of main, testnet4, signet or regtest")]
    UnknownPrefix(String),
    /// A base58 version byte of another coin or kind.
    #[error(
        "is of an unknown kind (base58 version {0}); pay to a key hash, a script hash or a witness program"
    )]
    UnknownKind(u8),
    /// Anything else.
    #[error("is no Bitcoin address")]
    NotOne,
}

/// The script that `text` stands for, and where.
pub fn read(text: &str) -> Result<(ScriptBuf, Family), AddressError> {
    let length = text.chars().count();
    if !(14..=MAX_LEN).contains(&length) {
        return Err(AddressError::Length(length));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(AddressError::NotOne);
    }
    match segwit_prefix(text) {
        Some(family) => segwit(text).map(|script| (script, family)),
        None => base58(text).map_err(|error| unknown_segwit(text).unwrap_or(error)),
    }
}

/// The address of a script on a chain, as people write it there; none where a script has no address.
pub fn of_script(script: &Script, chain: Chain) -> Option<String> {
    let network = match chain {
        Chain::Main => bitcoin::Network::Bitcoin,
        Chain::Testnet4 => bitcoin::Network::Testnet4,
        Chain::Signet => bitcoin::Network::Signet,
        Chain::Regtest => bitcoin::Network::Regtest,
    };
    let address = Address::from_script(script, network).ok()?;
    Some(address.to_string())
}

/// Longer prefixes first: `bcrt1` before `bc1`.
const PREFIXES: [(&str, Family); 4] = [
    ("bcrt1", Family::Regtest),
    ("bc1", Family::Main),
    ("tb1", Family::PublicTests),
    ("rb1", Family::Regtest),
];

fn segwit_prefix(text: &str) -> Option<Family> {
    let found = PREFIXES.iter().find(|(prefix, _)| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    });
    found.map(|(_, family)| *family)
}

/// Sound bech32 of another prefix: worth another sentence than "no address".
fn unknown_segwit(text: &str) -> Option<AddressError> {
    let sound = SegwitHrpstring::new(text).ok()?;
    Some(AddressError::UnknownPrefix(sound.hrp().to_lowercase()))
}

fn segwit(text: &str) -> Result<ScriptBuf, AddressError> {
    let small = text.contains(|c: char| c.is_ascii_lowercase());
    if small && text.contains(|c: char| c.is_ascii_uppercase()) {
        return Err(AddressError::MixedCase);
    }
    let sound = SegwitHrpstring::new(text).map_err(|error| refusal(text, &error))?;
    let version = sound.witness_version().to_u8();
    let program: Vec<u8> = sound.byte_iter().collect();
    match (version, program.len()) {
        (0, 20 | 32) | (1, 32) => {}
        (0 | 1, _) => return Err(AddressError::ProgramLength(version)),
        _ => return Err(AddressError::FutureVersion(version)),
    }
    let version = WitnessVersion::try_from(version).map_err(|_| AddressError::NotOne)?;
    let program = WitnessProgram::new(version, &program).map_err(|_| AddressError::NotOne)?;
    Ok(ScriptBuf::new_witness_program(&program))
}

fn refusal(text: &str, error: &SegwitHrpstringError) -> AddressError {
    let Ok(unchecked) = UncheckedHrpstring::new(text) else {
        return AddressError::NotOne;
    };
    let version = unchecked.witness_version().map(Fe32::to_u8);
    match (error, version) {
        (SegwitHrpstringError::Checksum(_), Some(0..=16))
            if unchecked.has_valid_checksum::<Bech32>()
                || unchecked.has_valid_checksum::<Bech32m>() =>
        {
            AddressError::WrongVariant
        }
        (SegwitHrpstringError::Checksum(_), _) => AddressError::Checksum,
        (
            SegwitHrpstringError::WitnessLength(_) | SegwitHrpstringError::Padding(_),
            Some(version),
        ) => AddressError::ProgramLength(version),
        _ => AddressError::NotOne,
    }
}

/// Version bytes of base58: key hashes and script hashes.
fn base58(text: &str) -> Result<(ScriptBuf, Family), AddressError> {
    let bytes = match bitcoin::base58::decode_check(text) {
        Ok(bytes) => bytes,
        Err(bitcoin::base58::Error::IncorrectChecksum(_)) => return Err(AddressError::Checksum),
        Err(_) => return Err(AddressError::NotOne),
    };
    let Some((version, hash)) = bytes.split_first() else {
        return Err(AddressError::NotOne);
    };
    let Ok(hash) = <[u8; 20]>::try_from(hash) else {
        return Err(AddressError::NotOne);
    };
    let key = || ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array(hash));
    let script = || ScriptBuf::new_p2sh(&ScriptHash::from_byte_array(hash));
    Ok(match version {
        0x00 => (key(), Family::Main),
        0x05 => (script(), Family::Main),
        0x6f => (key(), Family::AllTests),
        0xc4 => (script(), Family::AllTests),
        0x3c => (key(), Family::Regtest),
        0x26 => (script(), Family::Regtest),
        other => return Err(AddressError::UnknownKind(*other)),
    })
}
