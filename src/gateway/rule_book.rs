//! The file of `--rules`: what a gateway sheds by itself, and how its restores and leases go.
//!
//! ```toml
//! [[under_frequency]]
//! name = "uf-49.80"          # its orders are issued by `rule uf-49.80`
//! below_mhz = 49800          # below this
//! for_ms = 300               # for so long
//! shed_mw = 120              # so much in all
//! step_mw = 40               # so much at once (default: all)
//! step_every_ms = 1000       # between two steps
//! most_mw = 120              # so much may stand shed by it (default: shed_mw)
//! rearm_mhz = 49950          # it fires again only after the frequency was above this
//! rearm_for_ms = 60000       # for so long
//! sites = ["lukoml"]         # default: everywhere
//! restore_above_mhz = 49980  # given back by itself above this; default: never
//! restore_for_ms = 300000
//!
//! [grid_instructions]        # follows the grid operator's instructions
//! most_mw = 300
//! most_sites = 4             # default: all
//! sites = ["lukoml"]
//! slack_mw = 5               # less than this above the target is let be
//! restore = true             # given back once no instruction is in force (default: false)
//!
//! [restore]                  # of every restore, whoever orders it
//! fleet_mw_min = 120
//! share_of_shed = 0.25
//! stagger_ms = 1500
//! band_mhz = [49900, 51000]
//! settle_ms = 10000
//! give_up_ms = 900000
//!
//! [lease]                    # a lease that lapses holds, except here
//! restore = ["mazyr", "lukoml/b03"]
//! offset_s = 60              # each block at a random offset within this
//! ```
//!
//! A rule never acts at a site whose authority somebody holds: an operator takes over by taking it (`authority`), and
//! gives the rule the site back by releasing it.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use crate::control::restore::Limits;
use crate::control::rules::{Follow, GiveBack, Rules, Under};
use crate::domain::ids::{BlockId, BlockKey, SiteId};
use crate::domain::units::{Hertz, Power};

/// Largest file, bytes.
const MOST_BYTES: usize = 256 << 10;
const MOST_RULES: usize = 64;
const MOST_MW: u32 = 100_000;
/// Longest time in a file, ms: a day.
const MOST_MS: i64 = 86_400_000;

/// All that the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleBook {
    /// What is shed by itself.
    pub rules: Rules,
    /// How restores go.
    pub restore: Limits,
    /// What comes back when its lease lapses.
    pub lease: LeaseRule,
}

/// What comes back when its lease lapses; everything else holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaseRule {
    /// Whole sites.
    pub sites: BTreeSet<SiteId>,
    /// Single blocks.
    pub blocks: BTreeSet<BlockKey>,
    /// Each block at a random offset within this, ms.
    pub offset_ms: i64,
}

impl LeaseRule {
    /// Does this block come back?
    pub fn restores(&self, key: &BlockKey) -> bool {
        self.sites.contains(&key.site) || self.blocks.contains(key)
    }
}

/// What is wrong with the file, and in which line; shown after `FILE:`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {message}")]
pub struct RuleBookError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and the mend.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    under_frequency: Vec<Spanned<UnderTable>>,
    grid_instructions: Option<Spanned<GridTable>>,
    restore: Option<Spanned<RestoreTable>>,
    lease: Option<Spanned<LeaseTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnderTable {
    name: String,
    below_mhz: i64,
    for_ms: i64,
    shed_mw: u32,
    step_mw: Option<u32>,
    #[serde(default = "second")]
    step_every_ms: i64,
    most_mw: Option<u32>,
    rearm_mhz: i64,
    #[serde(default = "minute")]
    rearm_for_ms: i64,
    sites: Option<Vec<String>>,
    restore_above_mhz: Option<i64>,
    restore_for_ms: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GridTable {
    #[serde(default = "grid")]
    name: String,
    most_mw: u32,
    most_sites: Option<usize>,
    sites: Option<Vec<String>>,
    #[serde(default = "five")]
    slack_mw: u32,
    #[serde(default)]
    restore: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestoreTable {
    fleet_mw_min: Option<f64>,
    share_of_shed: Option<f64>,
    stagger_ms: Option<i64>,
    band_mhz: Option<(i64, i64)>,
    settle_ms: Option<i64>,
    give_up_ms: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaseTable {
    restore: Vec<String>,
    #[serde(default = "sixty")]
    offset_s: i64,
}

const fn second() -> i64 {
    1_000
}

const fn minute() -> i64 {
    60_000
}

const fn five() -> u32 {
    5
}

const fn sixty() -> i64 {
    60
}

fn grid() -> String {
    "grid".into()
}

impl RuleBook {
    /// Reads the file's text.
    ///
    /// # Errors
    /// One sentence with the line: not TOML, an unknown key, something missing, a number out of its range, a name twice.
    pub fn parse(text: &str) -> Result<Self, RuleBookError> {
        let at = |offset: usize| text.get(..offset).unwrap_or(text).matches('\n').count() + 1;
        let wrong = |offset: usize, message: String| RuleBookError {
            line: at(offset),
            message,
        };
        if text.len() > MOST_BYTES {
            return Err(wrong(
                0,
                "the file is larger than 256 KiB; shorten it".into(),
            ));
        }
        let file: File = toml::from_str(text).map_err(|error| {
            let words: Vec<&str> = error.message().split_whitespace().collect();
            wrong(error.span().map_or(0, |span| span.start), words.join(" "))
        })?;
        if file.under_frequency.len() > MOST_RULES {
            return Err(wrong(
                0,
                format!("more than {MOST_RULES} rules; take some out"),
            ));
        }
        let mut book = Self::default();
        let mut names = BTreeSet::new();
        for table in file.under_frequency {
            let start = table.span().start;
            let rule = under(table.into_inner()).map_err(|what| wrong(start, what))?;
            if !names.insert(rule.name.clone()) {
                return Err(wrong(
                    start,
                    format!("two rules are called `{}`; rename one", rule.name),
                ));
            }
            book.rules.under.push(rule);
        }
        if let Some(table) = file.grid_instructions {
            let start = table.span().start;
            let rule = follow(table.into_inner()).map_err(|what| wrong(start, what))?;
            if names.contains(&rule.name) {
                return Err(wrong(
                    start,
                    format!("two rules are called `{}`; rename one", rule.name),
                ));
            }
            book.rules.follow = Some(rule);
        }
        if let Some(table) = file.restore {
            let start = table.span().start;
            book.restore = limits(&table.into_inner()).map_err(|what| wrong(start, what))?;
        }
        if let Some(table) = file.lease {
            let start = table.span().start;
            book.lease = lease(&table.into_inner()).map_err(|what| wrong(start, what))?;
        }
        Ok(book)
    }

    /// Sites that the file names.
    pub fn sites(&self) -> BTreeSet<SiteId> {
        let under = self
            .rules
            .under
            .iter()
            .filter_map(|rule| rule.sites.as_ref());
        let follow = self
            .rules
            .follow
            .iter()
            .filter_map(|rule| rule.sites.as_ref());
        let mut sites: BTreeSet<SiteId> = under.chain(follow).flatten().cloned().collect();
        sites.extend(self.lease.sites.iter().cloned());
        sites.extend(self.lease.blocks.iter().map(|key| key.site.clone()));
        sites
    }
}

fn within(name: &str, value: i64, range: std::ops::RangeInclusive<i64>) -> Result<i64, String> {
    if range.contains(&value) {
        return Ok(value);
    }
    let (low, high) = range.into_inner();
    Err(format!("`{name}` must lie between {low} and {high}"))
}

fn megawatts(name: &str, value: u32) -> Result<Power, String> {
    within(name, value.into(), 1..=MOST_MW.into()).map(Power::from_megawatts)
}

fn hertz(name: &str, value: i64) -> Result<Hertz, String> {
    within(name, value, 45_000..=55_000).map(Hertz::from_millihertz)
}

fn named(name: &str) -> Result<std::sync::Arc<str>, String> {
    let good = !name.is_empty() && name.len() <= 40 && name.chars().all(|c| c.is_ascii_graphic());
    if good {
        Ok(name.into())
    } else {
        Err("`name` wants 1 to 40 letters, digits or signs, without blanks".into())
    }
}

fn at_sites(sites: Option<Vec<String>>) -> Option<Vec<SiteId>> {
    sites.map(|sites| sites.iter().map(|site| SiteId::new(site)).collect())
}

fn under(table: UnderTable) -> Result<Under, String> {
    let below = hertz("below_mhz", table.below_mhz)?;
    if below >= Hertz::NOMINAL {
        return Err("`below_mhz` must be below 50000: nothing is shed at high frequency".into());
    }
    let rearm_above = hertz("rearm_mhz", table.rearm_mhz)?;
    if rearm_above <= below {
        return Err(
            "`rearm_mhz` must be above `below_mhz`, or the rule would fire again at once".into(),
        );
    }
    let give_back = match (table.restore_above_mhz, table.restore_for_ms) {
        (None, None) => None,
        (Some(above), Some(for_ms)) => {
            let above = hertz("restore_above_mhz", above)?;
            if above <= below {
                return Err("`restore_above_mhz` must be above `below_mhz`".into());
            }
            Some(GiveBack {
                above,
                for_ms: within("restore_for_ms", for_ms, 1_000..=MOST_MS)?,
            })
        }
        _ => {
            return Err(
                "`restore_above_mhz` and `restore_for_ms` go together; write both or none".into(),
            );
        }
    };
    let shed = megawatts("shed_mw", table.shed_mw)?;
    Ok(Under {
        name: named(&table.name)?,
        below,
        for_ms: within("for_ms", table.for_ms, 0..=MOST_MS)?,
        shed,
        step: megawatts("step_mw", table.step_mw.unwrap_or(table.shed_mw))?,
        every_ms: within("step_every_ms", table.step_every_ms, 250..=MOST_MS)?,
        most: megawatts("most_mw", table.most_mw.unwrap_or(table.shed_mw))?,
        rearm_above,
        rearm_ms: within("rearm_for_ms", table.rearm_for_ms, 1_000..=MOST_MS)?,
        sites: at_sites(table.sites),
        give_back,
    })
}

fn follow(table: GridTable) -> Result<Follow, String> {
    Ok(Follow {
        name: named(&table.name)?,
        most: megawatts("most_mw", table.most_mw)?,
        most_sites: table.most_sites.unwrap_or(usize::MAX),
        sites: at_sites(table.sites),
        slack: megawatts("slack_mw", table.slack_mw)?,
        give_back: table.restore,
    })
}

fn limits(table: &RestoreTable) -> Result<Limits, String> {
    let plain = Limits::default();
    let cap = table.fleet_mw_min.map_or(Ok(plain.cap_w_s), |mw| {
        if (0.1..=10_000.0).contains(&mw) {
            Ok(mw * 1e6 / 60.0)
        } else {
            Err("`fleet_mw_min` must lie between 0.1 and 10000".to_owned())
        }
    })?;
    let share = table.share_of_shed.unwrap_or(plain.share);
    if !(0.001..=1.0).contains(&share) {
        return Err("`share_of_shed` must lie between 0.001 and 1".into());
    }
    let band = match table.band_mhz {
        None => plain.band,
        Some((low, high)) if high - low >= 100 => {
            (hertz("band_mhz", low)?, hertz("band_mhz", high)?)
        }
        Some(_) => return Err("`band_mhz` wants [low, high], at least 100 apart".into()),
    };
    let time = |name, value: Option<i64>, plain| within(name, value.unwrap_or(plain), 0..=MOST_MS);
    Ok(Limits {
        cap_w_s: cap,
        share,
        stagger_ms: time("stagger_ms", table.stagger_ms, plain.stagger_ms)?,
        band,
        settle_ms: time("settle_ms", table.settle_ms, plain.settle_ms)?,
        patience_ms: time("give_up_ms", table.give_up_ms, plain.patience_ms)?,
    })
}

fn lease(table: &LeaseTable) -> Result<LeaseRule, String> {
    let mut rule = LeaseRule {
        offset_ms: within("offset_s", table.offset_s, 0..=3_600)? * 1_000,
        ..LeaseRule::default()
    };
    for name in &table.restore {
        match name.split_once('/') {
            Some((site, block)) => {
                let key = BlockKey::new(&SiteId::new(site), &BlockId::new(block));
                rule.blocks.insert(key);
            }
            None => {
                rule.sites.insert(SiteId::new(name));
            }
        }
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNDER: &str = "[[under_frequency]]\nname = \"uf\"\nbelow_mhz = 49800\nfor_ms = 300\nshed_mw = 120\nrearm_mhz = 49950\n";

    fn error(text: &str) -> String {
        RuleBook::parse(text).expect_err("is wrong").to_string()
    }

    #[test]
    fn the_documented_file_is_read() {
        let doc = include_str!("rule_book.rs");
        let text: String = doc
            .lines()
            .skip_while(|line| *line != "//! ```toml")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
            .collect();
        let book = RuleBook::parse(&text).expect("is good");
        assert_eq!(&*book.rules.under[0].name, "uf-49.80");
        assert_eq!(book.restore, Limits::default());
        assert!(book.rules.follow.expect("follows").give_back);
        let key = BlockKey::new(&SiteId::new("lukoml"), &BlockId::new("b03"));
        assert!(book.lease.restores(&key));
    }

    #[test]
    fn a_mistake_is_one_sentence_with_its_line_and_key() {
        let unknown = error(&format!("{UNDER}shed = 4\n"));
        assert!(unknown.starts_with("7: unknown field `shed`"), "{unknown}");
        let missing = error("\n[[under_frequency]]\nname = \"uf\"\n");
        assert!(missing.starts_with("2: missing field"), "{missing}");
        assert!(error(&UNDER.replace("49950", "49700")).contains("`rearm_mhz` must be above"));
        assert!(error(&UNDER.replace("49800", "50100")).contains("high frequency"));
        assert!(error(&UNDER.replace("= 120", "= 0")).contains("`shed_mw` must lie between 1"));
        let twice = error(&format!("{UNDER}{UNDER}"));
        assert!(twice.starts_with("7: two rules are called `uf`"), "{twice}");
        let half = error(&format!("{UNDER}restore_above_mhz = 49980\n"));
        assert!(half.contains("go together"), "{half}");
        assert!(error("[restore]\nband_mhz = [50000, 49000]\n").contains("band_mhz"));
        assert!(error("[restore]\nshare_of_shed = nan\n").contains("share_of_shed"));
    }
}
