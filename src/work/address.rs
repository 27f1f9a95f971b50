//! Addresses: what script one stands for, and on which chains it can stand for it.

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

#[cfg(test)]
mod tests {
    use bitcoin::hex::DisplayHex;
    use proptest::prelude::*;

    use super::*;

    /// Of BIP 173 and BIP 350, and of base58.
    const SOUND: [(&str, &str, Family); 14] = [
        (
            "RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh",
            "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac",
            Family::Regtest,
        ),
        (
            "GUXByHDZLvU4DnVH9imSFckt3HEQ5cFgE5",
            "a914751e76e8199196d454941c45d1b3a323f1433bd687",
            Family::Regtest,
        ),
        (
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
            Family::Main,
        ),
        (
            "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
            "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
            Family::PublicTests,
        ),
        (
            "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
            "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
            Family::PublicTests,
        ),
        (
            "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
            "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
            Family::PublicTests,
        ),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            Family::Main,
        ),
        (
            "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
            Family::Regtest,
        ),
        (
            "rb1qw508d6qejxtdg4y5r3zarvary0c5xw7k38f4sn",
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
            Family::Regtest,
        ),
        (
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac",
            Family::Main,
        ),
        (
            "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
            "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87",
            Family::Main,
        ),
        (
            "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
            "76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac",
            Family::AllTests,
        ),
        (
            "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc",
            "a9144e9f39ca4688ff102128ea4ccda34105324305b087",
            Family::AllTests,
        ),
        (
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "0014e8df018c7e326cc253faac7e46cdc51e68542c42",
            Family::Main,
        ),
    ];

    #[test]
    fn sound_addresses_are_their_scripts() {
        for (text, script, family) in SOUND {
            let (read, fits) = read(text).unwrap_or_else(|error| panic!("{text} {error}"));
            assert_eq!(read.as_bytes().to_lower_hex_string(), script, "{text}");
            assert_eq!(fits, family, "{text}");
        }
    }

    #[test]
    fn addresses_are_written_as_they_are_read() {
        for (text, _, family) in SOUND {
            let chain = match family {
                Family::Main => Chain::Main,
                Family::PublicTests | Family::AllTests => Chain::Signet,
                Family::Regtest => Chain::Regtest,
            };
            let (script, _) = read(text).expect("it is sound");
            let again = of_script(&script, chain).expect("it has an address");
            assert_eq!(read(&again).expect("our own").0, script);
            // bcoin's own prefixes are read, and Bitcoin Core's are written.
            if !text.starts_with(['r', 'R', 'G']) {
                assert!(again.eq_ignore_ascii_case(text), "{again} {text}");
            }
        }
    }

    #[test]
    fn what_can_not_be_paid_is_told_apart() {
        use AddressError as E;
        for (text, error) in [
            ("", E::Length(0)),
            ("bc1pw5dgrnzv", E::Length(12)),
            ("bc1gmk9yu", E::Length(9)),
            // Anyone may spend what is paid to these.
            ("BC1SW50QGDZ25J", E::FutureVersion(16)),
            ("bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", E::FutureVersion(2)),
            ("bc1pfeessrawgf", E::ProgramLength(1)),
            (
                "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
                E::ProgramLength(1),
            ),
            // BIP 350, addresses that are invalid.
            (
                "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
                E::UnknownPrefix("tc".to_owned()),
            ),
            (
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
                E::WrongVariant,
            ),
            (
                "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
                E::WrongVariant,
            ),
            (
                "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
                E::WrongVariant,
            ),
            (
                "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
                E::WrongVariant,
            ),
            (
                "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
                E::WrongVariant,
            ),
            (
                "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
                E::NotOne,
            ),
            (
                "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
                E::NotOne,
            ),
            (
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
                E::ProgramLength(1),
            ),
            ("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", E::ProgramLength(0)),
            (
                "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
                E::MixedCase,
            ),
            (
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
                E::ProgramLength(1),
            ),
            (
                "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
                E::ProgramLength(1),
            ),
            ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", E::Checksum),
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", E::Checksum),
            // A private key and a coin of another chain.
            (
                "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
                E::NotOne,
            ),
            ("DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", E::UnknownKind(30)),
            ("not an address at all", E::NotOne),
        ] {
            assert_eq!(read(text).expect_err(text), error, "{text}");
        }
    }

    #[test]
    fn chains_are_told_by_the_prefix_as_far_as_it_tells() {
        use Chain::{Main, Regtest, Signet, Testnet4};
        for (family, chains) in [
            (Family::Main, &[Main][..]),
            (Family::PublicTests, &[Testnet4, Signet]),
            (Family::AllTests, &[Testnet4, Signet, Regtest]),
            (Family::Regtest, &[Regtest]),
        ] {
            for chain in [Main, Testnet4, Signet, Regtest] {
                assert_eq!(family.fits(chain), chains.contains(&chain), "{family}");
            }
            assert_eq!(family.is_shared(), chains.len() > 1);
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(bc1|tb1|bcrt1|rb1|1|3|m)?[\\PC]{0,80}") {
            let _ = read(&text);
        }

        #[test]
        fn a_slip_of_one_character_is_found(which in 0..SOUND.len(), at in 0_usize..90, to in "[a-zA-Z0-9]") {
            let text = SOUND[which].0;
            let at = at % text.len();
            let mut slipped = text.to_owned();
            slipped.replace_range(at..=at, &to);
            prop_assume!(!slipped.eq_ignore_ascii_case(text));
            prop_assert!(read(&slipped).is_err(), "{}", slipped);
        }
    }
}
