//! A getblocktemplate result (BIP 22, 23, 9, 145), typed and within bounds: Bitcoin Core's dialect and bcoin's.

use std::time::Duration;

use bitcoin::hex::FromHex;
use serde_json::Value;

use super::error::TemplateError;
use super::fields::{Fields, Place};
use super::limits::{Limits, MAX_BLOCK, MAX_MONEY, MAX_SIGOPS};
use super::transactions::{self, Entry};
use crate::domain::mining::Chain;
use crate::engine::header::Hash;
use crate::engine::job::VERSION_MASK;
use crate::engine::target::Target;
use crate::work::ease::easiest;

/// Heights past this would be times where a lock time is meant.
const MAX_HEIGHT: u32 = 499_999_999;

/// Seconds that a block may be ahead of the network's time.
const AHEAD: u32 = 7_200;

/// Satoshi of the first subsidy; none was greater.
const FIRST_SUBSIDY: u64 = 5_000_000_000;

/// Rules that this crate's blocks keep, or that bind transactions alone, which the node has chosen.
const KNOWN_RULES: [&str; 10] = [
    "bip16",
    "bip34",
    "bip65",
    "bip66",
    "csv",
    "segsignal",
    "segwit",
    "signet",
    "taproot",
    "testdummy",
];

/// What a node stated.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    pub version: u32,
    pub version_mask: u32,
    pub previous: Hash,
    pub height: u32,
    pub bits: u32,
    pub target: Target,
    pub curtime: u32,
    pub mintime: u32,
    pub maxtime: u32,
    pub value: u64,
    pub segwit: bool,
    pub limits: Limits,
    pub aux: Vec<Vec<u8>>,
    pub longpoll_id: Option<Box<str>>,
    pub work_id: Option<Box<str>>,
    pub submit_old: bool,
    pub expires: Option<Duration>,
    pub takes_proposals: bool,
    pub commitment: Option<Hash>,
    pub entries: Vec<Entry>,
}

impl Stated {
    pub(super) fn read(value: &Value, chain: Chain) -> Result<Self, TemplateError> {
        let fields = Fields::of(value, Place::Template)?;
        let segwit_rule = rules(&fields)?;
        check_signet(&fields)?;
        check_nonces(&fields)?;
        let (version, version_mask) = versions(&fields)?;
        let height = fields.word("height", 1, MAX_HEIGHT)?;
        let (bits, target) = bits(&fields, chain)?;
        let (curtime, mintime, maxtime) = times(&fields)?;
        let list = fields.list("transactions", usize::MAX)?;
        let entries = transactions::read(fields.need("transactions", list)?)?;
        let commitment = commitment(&fields)?;
        // Witnesses in a block that is not meant to have any make it invalid, so the commitment alone says little: some
        // nodes state it before segwit is active.
        let segwit =
            segwit_rule.unwrap_or(commitment.is_some()) || entries.iter().any(Entry::has_witness);
        Ok(Self {
            version,
            version_mask,
            previous: fields.need("previousblockhash", fields.hash("previousblockhash")?)?,
            height: fields.need("height", height)?,
            bits,
            target,
            curtime,
            mintime,
            maxtime,
            value: value_of(&fields, &entries)?,
            segwit,
            limits: limits(&fields, segwit)?,
            aux: aux(&fields)?,
            longpoll_id: fields.text("longpollid", 512)?.map(Into::into),
            work_id: fields.text("workid", 512)?.map(Into::into),
            submit_old: fields.truth("submitold")?.unwrap_or(true),
            expires: expires(&fields, curtime)?,
            takes_proposals: names(&fields, "capabilities")?.contains(&"proposal"),
            commitment,
            entries,
        })
    }
}

/// A list of short texts; empty where it is missing.
fn names<'a>(fields: &Fields<'a>, field: &'static str) -> Result<Vec<&'a str>, TemplateError> {
    let list = fields.list(field, 64)?.unwrap_or_default();
    let short = |value: &'a Value| value.as_str().filter(|text| text.len() <= 64);
    let texts: Option<Vec<&str>> = list.iter().map(short).collect();
    texts.ok_or_else(|| fields.wrong(field, "a list of texts of at most 64 bytes"))
}

/// Whether segwit is active by the rules; none where the node states no rules.
fn rules(fields: &Fields<'_>) -> Result<Option<bool>, TemplateError> {
    let rules = names(fields, "rules")?;
    for rule in &rules {
        // Without the mark a miner may ignore what it does not know (BIP 9).
        if let Some(name) = rule.strip_prefix('!')
            && !KNOWN_RULES.contains(&name)
        {
            let shown = |c: char| if c.is_ascii_graphic() { c } else { '.' };
            return Err(TemplateError::Rule(name.chars().map(shown).collect()));
        }
    }
    let stated = fields.get("rules").is_some();
    let segwit = rules
        .iter()
        .any(|rule| matches!(*rule, "segwit" | "!segwit"));
    Ok(stated.then_some(segwit))
}

/// A signet's blocks carry a signature (BIP 325), unless its challenge is true by itself.
fn check_signet(fields: &Fields<'_>) -> Result<(), TemplateError> {
    let challenge = fields.bytes("signet_challenge", 10_000)?;
    match challenge.as_deref() {
        // OP_1 to OP_16.
        None | Some([0x51..=0x60]) => Ok(()),
        Some(_) => Err(TemplateError::Signed),
    }
}

fn check_nonces(fields: &Fields<'_>) -> Result<(), TemplateError> {
    match fields.text("noncerange", 16)? {
        None => Ok(()),
        Some(all) if all.eq_ignore_ascii_case("00000000ffffffff") => Ok(()),
        Some(_) => Err(fields.wrong("noncerange", "00000000ffffffff")),
    }
}

/// The version with the bits that must be set, and the bits that may be rolled: of those of BIP 320 all that mean
/// nothing here.
fn versions(fields: &Fields<'_>) -> Result<(u32, u32), TemplateError> {
    let required = fields.word("vbrequired", 0, u32::MAX)?.unwrap_or(0);
    let version = fields.word("version", 1, i32::MAX as u32)?;
    let version = fields.need("version", version)? | required;
    let mut available = 0;
    for bit in fields.object("vbavailable", 64)?.into_iter().flatten() {
        let bit = bit.1.as_u64().filter(|bit| *bit < 32);
        let bit = bit.ok_or_else(|| fields.wrong("vbavailable", "names with bits from 0 to 31"))?;
        available |= 1_u32 << bit;
    }
    if version > i32::MAX as u32 {
        return Err(fields.wrong("vbrequired", "bits of a version above 0"));
    }
    // Only there are the bits free for use (BIP 9).
    let free = version >> 29 == 1;
    let mask = if free {
        VERSION_MASK & !(version | available)
    } else {
        0
    };
    Ok((version, mask))
}

fn bits(fields: &Fields<'_>, chain: Chain) -> Result<(u32, Target), TemplateError> {
    let bits = fields.need("bits", fields.array::<4>("bits")?)?;
    let bits = u32::from_be_bytes(bits);
    let limit = easiest(chain);
    let target = Target::from_bits(bits)
        .ok()
        .filter(|target| *target <= limit);
    let chain = chain.word();
    let target = target.ok_or(TemplateError::Bits { bits, chain })?;
    match fields.hash("target")? {
        Some(stated) if stated.number() != *target.words() => {
            Err(TemplateError::TwoTargets { bits })
        }
        _ => Ok((bits, target)),
    }
}

/// The template's time, the least and the greatest one.
fn times(fields: &Fields<'_>) -> Result<(u32, u32, u32), TemplateError> {
    let curtime = fields.need("curtime", fields.word("curtime", 1, u32::MAX)?)?;
    let mintime = fields.word("mintime", 0, u32::MAX)?.unwrap_or(curtime);
    let ahead = curtime.saturating_add(AHEAD);
    let maxtime = fields
        .word("maxtime", 0, u32::MAX)?
        .unwrap_or(ahead)
        .min(ahead);
    if (mintime..=maxtime).contains(&curtime) {
        Ok((curtime, mintime, maxtime))
    } else {
        Err(TemplateError::Time {
            curtime,
            mintime,
            maxtime,
        })
    }
}

fn value_of(fields: &Fields<'_>, entries: &[Entry]) -> Result<u64, TemplateError> {
    let value = fields.whole("coinbasevalue", 0..=MAX_MONEY)?;
    let value = fields.need("coinbasevalue", value)?;
    match transactions::fees(entries) {
        Some(fees) if !(fees..=fees.saturating_add(FIRST_SUBSIDY)).contains(&value) => {
            Err(TemplateError::Value { value })
        }
        _ => Ok(value),
    }
}

fn limits(fields: &Fields<'_>, segwit: bool) -> Result<Limits, TemplateError> {
    let network = Limits::of_network(segwit);
    let stated =
        |field, most| Ok::<u64, TemplateError>(fields.whole(field, 0..=most)?.unwrap_or(most));
    Ok(Limits {
        weight: stated("weightlimit", MAX_BLOCK)?.min(network.weight),
        size: stated("sizelimit", MAX_BLOCK)?.min(network.size),
        sigops: stated("sigoplimit", MAX_SIGOPS)?.min(network.sigops),
    })
}

/// What the node wants in the coinbase's script; values longer than that script can be are left out.
fn aux(fields: &Fields<'_>) -> Result<Vec<Vec<u8>>, TemplateError> {
    let mut wanted = Vec::new();
    for value in fields.object("coinbaseaux", 16)?.into_iter().flatten() {
        let text = value.1.as_str().filter(|text| text.len() <= 1_000);
        let bytes = text.and_then(|text| Vec::from_hex(text).ok());
        wanted.push(bytes.ok_or_else(|| fields.wrong("coinbaseaux", "names with short hex"))?);
    }
    wanted.retain(|bytes| bytes.len() <= 100);
    Ok(wanted)
}

/// The hash of a commitment script (BIP 141); what may follow its 38 bytes is not ours to keep.
fn commitment(fields: &Fields<'_>) -> Result<Option<Hash>, TemplateError> {
    const FIELD: &str = "default_witness_commitment";
    let Some(script) = fields.bytes(FIELD, 10_000)? else {
        return Ok(None);
    };
    let hash = script.strip_prefix(&crate::work::paid::COMMITMENT);
    let hash = hash.and_then(|rest| rest.first_chunk::<32>());
    let hash = hash.ok_or_else(|| fields.wrong(FIELD, "a commitment (6a24aa21a9ed and a hash)"))?;
    Ok(Some(Hash::from_bytes(*hash)))
}

/// Seconds (BIP 23); bcoin states a time of day, which is above any sensible span.
fn expires(fields: &Fields<'_>, curtime: u32) -> Result<Option<Duration>, TemplateError> {
    let stated = fields.word("expires", 0, u32::MAX)?;
    let seconds = stated.map(|stated| {
        if stated > 1_000_000_000 {
            stated.saturating_sub(curtime)
        } else {
            stated
        }
    });
    Ok(seconds.map(|seconds| Duration::from_secs(seconds.into())))
}
