//! What a node answers to a block, in words a miner understands.

use super::rpc::shown;

/// A node's verdict on a block that it was handed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Taken, or taken before; whether it is in the chain, the chain tells.
    Taken,
    /// The node could not judge it yet, or the chain may still change its mind: it is offered again.
    NotYet(String),
    /// Refused in words that are not known here: told, but offered again, for they may be of the node's own trouble.
    Unclear(String),
    /// Against the rules, and why: no node will ever take it.
    Broken(String),
}

/// Reads the answer to `submitblock` (BIP 22; bcoin writes `rejected: ` before it). `None` is null.
pub fn verdict(answer: Option<&str>) -> Verdict {
    let Some(answer) = answer else {
        return Verdict::Taken;
    };
    let reason = answer.trim();
    let reason = reason.strip_prefix("rejected:").unwrap_or(reason).trim();
    match reason {
        "duplicate" => Verdict::Taken,
        "inconclusive" | "duplicate-inconclusive" => {
            Verdict::NotYet("the node has it, but another branch is ahead".to_owned())
        }
        "duplicate-invalid" => {
            Verdict::Broken("the node knows it and found it against the rules before".to_owned())
        }
        "prev-blk-not-found"
        | "bad-prevblk"
        | "inconclusive-not-best-prevblk"
        | "stale-prevblk"
        | "stale-work" => Verdict::NotYet(
            "the node does not know the block before it, or is not on it".to_owned(),
        ),
        "time-too-new" => Verdict::NotYet(
            "its time is too far ahead; check this machine's clock and the node's".to_owned(),
        ),
        "rejected" | "" => Verdict::NotYet("the node refuses it and gives no reason".to_owned()),
        _ => match words(reason) {
            "" => Verdict::Unclear(format!("the node says: {}", shown(reason))),
            words => Verdict::Broken(format!("{words} ({})", shown(reason))),
        },
    }
}

/// The words of a proposal's refusal (BIP 23); none where there is nothing against it, or the tip has moved meanwhile.
pub fn proposal(answer: Option<&str>) -> Option<String> {
    match verdict(answer) {
        Verdict::Broken(why) | Verdict::Unclear(why) => Some(why),
        Verdict::NotYet(why) if answer.is_some_and(|a| a.contains("time-too-new")) => Some(why),
        Verdict::Taken | Verdict::NotYet(_) => None,
    }
}

/// What a reason means; empty where it is not known.
fn words(reason: &str) -> &'static str {
    match reason {
        "high-hash" => "its hash is above the target: not enough work",
        "bad-diffbits" => {
            "its difficulty is not the one the chain asks for at this height and time"
        }
        "time-too-old" => "its time is not after the median of the eleven blocks before",
        "bad-version" => "its version is too old for this chain",
        "bad-txnmrklroot" => "its merkle root does not fit its transactions",
        "bad-txns-duplicate" => "a transaction is in it twice",
        "bad-cb-amount" => "its coinbase pays itself more than subsidy and fees",
        "bad-cb-height" => "its coinbase does not name its height (BIP 34)",
        "bad-cb-length" => "its coinbase script is shorter than 2 or longer than 100 bytes",
        "bad-cb-missing" => "its first transaction is no coinbase",
        "bad-cb-multiple" => "it has more than one coinbase",
        "bad-witness-merkle-match" | "bad-witness-merkle-size" => {
            "its witness commitment does not fit its transactions"
        }
        "bad-witness-nonce-size" => "its coinbase lacks the 32-byte witness value",
        "unexpected-witness" => "it holds witness data but no commitment to it",
        "bad-signet-blksig" => "its signet signature is missing or wrong",
        "bad-blk-weight" => "it weighs more than 4,000,000",
        "bad-blk-length" => "it is longer than a block may be",
        "bad-blk-sigops" => "it has more signature checks than a block may have",
        "bad-txns-nonfinal" => "a transaction in it is not final yet",
        "bad-txns-inputs-missingorspent" => "a transaction in it spends what is not there or spent",
        "bad-txns-in-belowout" => "a transaction in it spends more than it has",
        "bad-txns-premature-spend-of-coinbase" => {
            "a transaction in it spends a coinbase before its hundredth confirmation"
        }
        "invalid-prev" | "bad-prevblk-invalid" => "the block before it is against the rules",
        _ if reason.starts_with("bad-txns-") => "a transaction in it is against the rules",
        _ if reason.contains("script-verify") => "a script in it fails",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_mean_the_same() {
        for (core, bcoin) in [
            ("high-hash", "rejected: high-hash"),
            ("bad-prevblk", "rejected: bad-prevblk"),
        ] {
            assert_eq!(verdict(Some(core)), verdict(Some(bcoin)));
        }
        assert_eq!(verdict(None), Verdict::Taken);
        assert_eq!(verdict(Some("duplicate")), Verdict::Taken);
        for later in [
            "inconclusive",
            "duplicate-inconclusive",
            "prev-blk-not-found",
            "time-too-new",
        ] {
            assert!(
                matches!(verdict(Some(later)), Verdict::NotYet(_)),
                "{later}"
            );
        }
        for (broken, word) in [
            ("bad-cb-amount", "pays itself more"),
            ("bad-txns-vout-negative", "transaction"),
            ("duplicate-invalid", "against the rules"),
        ] {
            let Verdict::Broken(words) = verdict(Some(broken)) else {
                panic!("{broken} is taken lightly");
            };
            assert!(words.contains(word), "{words}");
        }
        let Verdict::Unclear(words) = verdict(Some("who knows \u{1b}[31m")) else {
            panic!("what is not known is no proof");
        };
        assert!(words.contains("who knows") && !words.contains('\u{1b}'));
    }

    #[test]
    fn a_proposal_is_refused_for_good_reasons_only() {
        assert_eq!(proposal(None), None);
        assert_eq!(proposal(Some("inconclusive-not-best-prevblk")), None);
        assert!(proposal(Some("bad-txnmrklroot")).is_some());
        assert!(proposal(Some("time-too-new")).is_some());
    }
}
