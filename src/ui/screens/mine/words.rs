//! What miners read, in words: difficulties, chances, fates, and a sentence for each line of the log.

use std::time::Duration;

use crate::app::mining::Entry;
use crate::app::nav::Pane;
use crate::domain::mining::{
    BlockFate, Chance, FoundBlock, Health, MiningEvent, Payment, Proof, ShareVerdict, SourceKind,
    SourceView, WorkView,
};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::theme::Role;

/// A figure with two digits that matter, which is all that a chance is worth: `3.4`, `41`, `3 100`.
fn rounded(value: f64) -> String {
    if value < 9.95 {
        let text = format::decimal(value, 1);
        let none = [format::point(), '0'];
        text.strip_suffix(&*String::from_iter(none))
            .map_or(text.clone(), str::to_owned)
    } else if value < 99.5 {
        format::decimal(value, 0)
    } else {
        let unit = 10f64.powf(value.log10().floor() - 1.0);
        format::decimal((value / unit).round() * unit, 0)
    }
}

/// A large number in words, `43`, `340 000`, `1.1 million`.
fn large(value: f64) -> String {
    // 999 999.9 is a million and not 1 000 000.
    let of = |unit: f64| (value >= unit * 0.999_5).then(|| rounded(value / unit));
    if let Some(n) = of(1e15) {
        say!("mine-quadrillion", n = n)
    } else if let Some(n) = of(1e12) {
        say!("mine-trillion", n = n)
    } else if let Some(n) = of(1e9) {
        say!("mine-billion", n = n)
    } else if let Some(n) = of(1e6) {
        say!("mine-million", n = n)
    } else {
        rounded(value)
    }
}

/// A time as it is said of chances and ages: `0.2 s`, `41 min`, `12 days`, `3 100 years`.
pub(super) fn time(span: Duration) -> String {
    const YEAR: f64 = 365.25 * 86_400.0;
    let seconds = span.as_secs_f64();
    let (value, unit) = match seconds {
        s if s < 0.000_95 => return say!("mine-ms-less").to_owned(),
        s if s < 0.095 => return say!("mine-ms", n = format::decimal(s * 1e3, 0)),
        s if s < 119.5 => (s, say!("unit-second")),
        s if s < 2.0 * 3_600.0 => (s / 60.0, say!("unit-minute")),
        s if s < 2.0 * 86_400.0 => (s / 3_600.0, say!("unit-hour")),
        s if s < 2.0 * YEAR => return say!("mine-days", n = rounded(s / 86_400.0)),
        s => return say!("mine-years", n = large(s / YEAR)),
    };
    format!("{} {unit}", rounded(value))
}

/// How long ago: whole figures, `5 min`, `12 days`.
pub(super) fn age(span: Duration) -> String {
    match span.as_secs() {
        0..=172_799 => format::span(span),
        s => say!("mine-days", n = format::count(s / 86_400)),
    }
}

/// A large count with a prefix, `12 408`, `7.20 P`.
pub(super) fn many(count: u64) -> String {
    if count < 1_000_000 {
        format::count(count)
    } else {
        difficulty(count as f64)
    }
}

/// The chance of a block: long, brief, and briefest. Plain figures, no verdict on them.
pub(super) fn chance(chance: Chance) -> [String; 3] {
    let every = time(chance.expected);
    let today = match chance.today {
        p if p >= 0.995 => {
            let blocks = 86_400.0 / chance.expected.as_secs_f64().max(1e-9);
            say!("mine-a-day", blocks = large(blocks))
        }
        p if p >= 0.1 => say!("mine-today-percent", share = format::decimal(p * 100.0, 0)),
        p => say!("mine-today-one-in", n = large(1.0 / p.max(1e-300))),
    };
    [
        say!("mine-chance-long", every = &every, today = &today),
        say!("mine-chance", every = &every, today = &today),
        today,
    ]
}

/// A difficulty: `4.66e-10`, `14.22`, `812 345`, `41.20 M`, `126.4 T`.
pub(super) fn difficulty(value: f64) -> String {
    const PREFIXES: [&str; 6] = ["M", "G", "T", "P", "E", "Z"];
    match value {
        v if !v.is_finite() || v < 0.0 => format::NONE.to_owned(),
        0.0 => "0".to_owned(),
        v if v < 0.001 => format!("{v:.2e}").replace('.', &format::point().to_string()),
        v if v < 1.0 => format::decimal(v, 4),
        v if v < 1_000.0 => format::decimal(v, 2),
        v if v < 999_999.5 => format::decimal(v, 0),
        mut v => {
            let mut prefix = 0;
            v /= 1e6;
            while v >= 999.95 && prefix + 1 < PREFIXES.len() {
                v /= 1e3;
                prefix += 1;
            }
            let places = if v < 99.995 { 2 } else { 1 };
            format!("{} {}", format::decimal(v, places), PREFIXES[prefix])
        }
    }
}

/// A text whose ends matter more than its middle (an address, a hash), cut to `room` columns.
pub(super) fn ends(text: &str, room: u16, ellipsis: char) -> String {
    let room = usize::from(room);
    // What is no plain ASCII is not ours to count; the pen cuts it at its end.
    if text.len() <= room || room < 5 || !text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return text.to_owned();
    }
    let tail = (room - 1) / 2;
    let head = room - 1 - tail;
    format!("{}{ellipsis}{}", &text[..head], &text[text.len() - tail..])
}

/// What gives the work.
pub(super) fn kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Node => say!("mine-node"),
        SourceKind::Pool => say!("mine-pool"),
    }
}

/// The same for a column of four.
pub(super) fn kind_short(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Node => say!("mine-node-short"),
        SourceKind::Pool => say!("mine-pool"),
    }
}

/// A pane's name.
pub(super) fn pane(pane: Pane) -> &'static str {
    match pane {
        Pane::Log => say!("mine-pane-log"),
        Pane::Blocks => say!("mine-pane-blocks"),
        Pane::Payout => say!("mine-pane-payout"),
        Pane::Sources => say!("mine-pane-sources"),
        Pane::Threads => say!("mine-pane-threads"),
    }
}

/// The word for how a source stands.
pub(super) fn standing(health: Health) -> &'static str {
    match health {
        Health::Connecting => say!("mine-connecting"),
        Health::Live => say!("mine-live"),
        Health::Syncing => say!("mine-syncing"),
        Health::NoPeers => say!("mine-no-peers"),
        Health::Refused => say!("mine-refused"),
        Health::Busy => say!("mine-busy"),
        Health::Down => say!("mine-down"),
        Health::Wrong => say!("mine-wrong"),
        Health::Spare => say!("mine-spare"),
    }
}

/// How a source stands.
pub(super) fn health(source: &SourceView) -> (Role, String) {
    let role = match source.health {
        Health::Live => Role::Text,
        Health::Spare => Role::TextDim,
        Health::Connecting => Role::TextStrong,
        Health::Syncing | Health::NoPeers | Health::Busy | Health::Down => Role::Alarm3,
        Health::Refused | Health::Wrong => Role::Alarm2,
    };
    let words = if source.active && source.health == Health::Live {
        say!("mine-in-use")
    } else {
        standing(source.health)
    };
    (role, words.to_owned())
}

/// Whom the coinbase pays.
pub(super) fn proof(proof: Proof) -> (Role, &'static str) {
    match proof {
        Proof::PaysUs => (Role::Ok, say!("mine-pays-us")),
        Proof::PaysUsInPart => (Role::Text, say!("mine-pays-part")),
        Proof::NotAsked => (Role::TextStrong, say!("mine-not-asked")),
        Proof::PaysOthers => (Role::Alarm2, say!("mine-pays-others")),
    }
}

/// Whom this work's coinbase pays, with the part that is ours.
pub(super) fn paid(work: &WorkView) -> (Role, String) {
    let (role, sentence) = proof(work.proof);
    if work.proof != Proof::PaysUsInPart || work.reward.sat() <= 0 {
        return (role, sentence.to_owned());
    }
    let ours: i64 = work
        .payments
        .iter()
        .filter(|payment| payment.ours)
        .map(|payment| payment.value.sat())
        .sum();
    if ours >= work.reward.sat() {
        let words = say!("mine-not-in-shares");
        return (Role::Alarm3, words.to_owned());
    }
    // Never rounded up: 99.99 is not all.
    let part = (ours as f64 / work.reward.sat() as f64 * 1_000.0).floor() / 10.0;
    let role = if part < 50.0 { Role::Alarm3 } else { role };
    let part = format::decimal(part, 1);
    (role, say!("mine-pays-percent", part = part))
}

/// Whose a payment is.
pub(super) fn whose(payment: &Payment, proof: Proof) -> (Role, &'static str) {
    match proof {
        _ if payment.ours => (Role::Value, say!("mine-yours")),
        // Nothing is paid: a commitment.
        _ if payment.value.sat() == 0 => (Role::TextDim, say!("mine-no-value")),
        Proof::NotAsked => (Role::Text, say!("mine-not-checked")),
        Proof::PaysOthers => (Role::Alarm2, say!("mine-anothers")),
        _ => (Role::Text, say!("mine-anothers")),
    }
}

/// What became of a block.
pub(super) fn fate(fate: &BlockFate) -> (Role, String) {
    match fate {
        BlockFate::Stored => (Role::TextStrong, say!("mine-stored").to_owned()),
        BlockFate::Waiting => (Role::TextStrong, say!("mine-fate-waiting").to_owned()),
        BlockFate::WithPool => (Role::Text, say!("mine-with-pool").to_owned()),
        BlockFate::Doubted(why) => (Role::Alarm3, say!("mine-doubted", why = why.as_ref())),
        BlockFate::InChain(deep) => (Role::Ok, say!("mine-in-chain", n = *deep)),
        BlockFate::SideBranch => (Role::Alarm3, say!("mine-side").to_owned()),
        BlockFate::Refused(why) => (Role::Alarm2, say!("mine-fate-refused", why = why.as_ref())),
    }
}

/// A height as it is read, `912 346`.
pub(super) fn height(height: Option<u32>) -> String {
    height.map_or_else(
        || format::NONE.to_owned(),
        |height| format::count(u64::from(height)),
    )
}

fn job(work: &WorkView) -> String {
    let mut words = match work.height {
        Some(at) => say!("mine-of-block", height = height(Some(at))),
        None => say!("mine-of-job", name = work.name.as_ref()),
    };
    if let Some(transactions) = work.transactions {
        words = say!("mine-with-transactions", what = words, n = transactions);
    }
    format!(
        "{words}, {} BTC, {}",
        format::btc(work.reward),
        paid(work).1
    )
}

fn block(block: &FoundBlock, ellipsis: char) -> String {
    let (_, fate) = fate(&block.fate);
    format!(
        "{} {fate}, {}",
        height(block.height),
        ends(&block.hash, 25, ellipsis)
    )
}

/// A line of the log: what it is about, and its sentence. What is past does not shout: where something is wrong now,
/// the figures above say so.
pub(super) fn line(entry: &Entry, ellipsis: char) -> (&'static str, Role, String) {
    match &entry.event {
        MiningEvent::State(source) => state(source),
        MiningEvent::Job(work) => {
            let role = if work.proof == Proof::PaysOthers {
                Role::TextStrong
            } else {
                Role::TextDim
            };
            (say!("mine-about-work"), role, job(work))
        }
        MiningEvent::Share {
            difficulty: value,
            verdict,
            took,
        } => {
            let (role, verdict) = judged(verdict);
            let mut words = say!(
                "mine-share-judged",
                value = difficulty(*value),
                verdict = verdict
            );
            if let Some(took) = took {
                words.push_str(", ");
                words.push_str(&latency(*took));
            }
            (say!("mine-share"), role, words)
        }
        MiningEvent::Best {
            difficulty: value,
            all_time,
        } => {
            let value = difficulty(*value);
            let words = if *all_time {
                say!("mine-best-of-all", value = value)
            } else {
                say!("mine-best-of-run", value = value)
            };
            (say!("mine-about-best"), Role::Text, words)
        }
        MiningEvent::Block(found) => (say!("mine-block"), Role::TextStrong, block(found, ellipsis)),
        MiningEvent::Message(words) => (
            say!("mine-says"),
            Role::Text,
            say!("mine-pool-says", words = words.as_ref()),
        ),
        MiningEvent::Error(words) => (say!("mine-error"), Role::TextStrong, words.to_string()),
    }
}

fn state(source: &SourceView) -> (&'static str, Role, String) {
    let (role, words) = health(source);
    let role = if matches!(role, Role::Text | Role::TextDim) {
        Role::Text
    } else {
        Role::TextStrong
    };
    let mut sentence = format!("{} {words}", source.label);
    if !source.detail.is_empty() {
        sentence.push_str(": ");
        sentence.push_str(&source.detail);
    }
    (kind(source.kind), role, sentence)
}

fn judged(verdict: &ShareVerdict) -> (Role, String) {
    match verdict {
        ShareVerdict::Accepted => (Role::Text, say!("mine-share-accepted").to_owned()),
        ShareVerdict::Stale => (Role::Text, say!("mine-share-late").to_owned()),
        ShareVerdict::Rejected(why) => (
            Role::TextStrong,
            say!("mine-share-rejected", why = why.as_ref()),
        ),
        ShareVerdict::Lost(why) => (
            Role::TextStrong,
            say!("mine-share-lost", why = why.as_ref()),
        ),
    }
}

/// How long a source's last answer took; none where it gives none now.
pub(super) fn took(source: &SourceView) -> Option<String> {
    let answers = !matches!(source.health, Health::Down | Health::Connecting);
    source.latency.filter(|_| answers).map(latency)
}

/// How long an answer took.
pub(super) fn latency(took: Duration) -> String {
    say!("mine-ms", n = format::decimal(took.as_secs_f64() * 1e3, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_told_calmly() {
        let told = |rate, network| Chance::of(rate, network).map(chance).map(|[long, ..]| long);
        assert_eq!(
            told(51e6, 126e12).as_deref(),
            Some("a block every 340 million years on average; today 1 in 120 billion")
        );
        assert_eq!(
            told(51e6, 4.66e-10).as_deref(),
            Some("a block every 1 ms or less on average; about 2.2 trillion a day")
        );
        assert_eq!(
            told(10.0, 4.66e-10).as_deref(),
            Some("a block every 0.2 s on average; about 430 000 a day")
        );
        assert_eq!(
            told(5e12, 1e6).as_deref(),
            Some("a block every 14 min on average; about 100 a day")
        );
        assert_eq!(
            told(1e12, 1e8).as_deref(),
            Some("a block every 5 days on average; today 18 %")
        );
        assert_eq!(told(0.0, 1.0), None);
    }

    #[test]
    fn difficulties_keep_the_digits_that_matter() {
        for (value, words) in [
            (4.66e-10, "4.66e-10"),
            (0.032_71, "0.0327"),
            (14.218_3, "14.22"),
            (16_384.0, "16 384"),
            (41.2e6, "41.20 M"),
            (126.41e12, "126.4 T"),
            (999_999.7, "1.00 M"),
            (f64::NAN, "-"),
            (0.0, "0"),
        ] {
            assert_eq!(difficulty(value), words);
        }
    }

    #[test]
    fn a_pool_that_pays_us_a_crumb_is_told_by_the_figure() {
        use std::sync::Arc;

        use crate::domain::time::Timestamp;
        use crate::domain::units::Sats;

        let told = |ours: i64, others: i64| {
            let payment = |value, ours| Payment {
                to: Arc::from("someone"),
                value: Sats::from_sat(value),
                ours,
            };
            paid(&WorkView {
                source: 0,
                name: "1".into(),
                height: None,
                previous: "".into(),
                transactions: None,
                fees: None,
                reward: Sats::from_sat(ours + others),
                weight: None,
                network_difficulty: 1.0,
                share_difficulty: 1.0,
                version_mask: 0,
                received: Timestamp::default(),
                payments: vec![payment(ours, true), payment(others, false)],
                coinbase_text: "".into(),
                proof: Proof::PaysUsInPart,
            })
        };
        let crumb = told(1, 312_499_999);
        assert_eq!(
            crumb,
            (Role::Alarm3, "pays you 0.0 %, others the rest".to_owned())
        );
        let (role, words) = told(99_999, 1);
        assert_eq!(
            (role, &*words),
            (Role::Text, "pays you 99.9 %, others the rest")
        );
        assert!(told(5, 0).1.contains("not in the shares"));
    }

    #[test]
    fn what_is_cut_keeps_its_ends() {
        assert_eq!(ends("abcdefghij", 7, '~'), "abc~hij");
        assert_eq!(ends("abcdefghij", 10, '~'), "abcdefghij");
        assert_eq!(ends("abcdefghij", 3, '~'), "abcdefghij");
        assert_eq!(ends("ŭŭŭŭŭŭŭŭŭŭ", 7, '~'), "ŭŭŭŭŭŭŭŭŭŭ");
    }
}
