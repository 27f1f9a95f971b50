//! The BIPs' own vectors, and slips of the pen.

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
