//! What a script or a screen reader is told: the nation and its sites as plain values, and what is critical.
//!
//! Invariant: every figure says what it is worth (quality, age); real and simulated ones are never added up; what is
//! not known is left out, never zero.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::app::State;
use crate::app::alarms::Key;
use crate::app::feeds::Feed;
use crate::app::fleet::{Realm, SiteView};
use crate::app::holdings;
use crate::app::progress::standing;
use crate::app::rows::condition_word;
use crate::app::wanted::{Wish, wish};
use crate::app::{sources, waiting};
use crate::domain::alarm::{Alarm, Priority};
use crate::domain::grid::{GridReading, GridState};
use crate::domain::ids::{FeedId, SiteId};
use crate::domain::link::{LinkState, Topic};
use crate::domain::order::span;
use crate::domain::quality::Quality;
use crate::domain::reserve::{BalanceSource, btc_text};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// Beyond this from 50 Hz nothing is as the system is built to hold it, mHz (ENTSO-E: 200 mHz).
const FREQUENCY_LIMIT: i64 = 200;

/// The whole report; one JSON object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Report {
    /// RFC 3339, UTC, by this machine's clock.
    pub time: String,
    /// The nation's name, where a feed has said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nation: Option<String>,
    /// Something in it is simulated.
    pub simulated: bool,
    /// The grid, where a feed serves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<Grid>,
    /// All sites of the nation added up; none where no site is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fleet: Option<Fleet>,
    /// Bitcoin of the reserve, where an account is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserve: Option<Reserve>,
    /// Alarms that nobody has acknowledged, by priority 1 to 4.
    pub alarms: [usize; 4],
    /// Orders under way, the youngest first, whoever gave them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Open>,
    /// By name.
    pub sites: Vec<Site>,
    /// In the order of the configuration.
    pub feeds: Vec<Link>,
    /// What makes the exit code 3, one sentence each.
    pub critical: Vec<String>,
}

/// The grid's last reading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Grid {
    /// mHz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freq_mhz: Option<i64>,
    /// W, signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surplus_w: Option<i64>,
    /// `good`, `uncertain`, `stale`, `bad`.
    pub quality: &'static str,
    /// ms since it was measured.
    pub age_ms: u64,
    /// The feed that it is of.
    pub feed: String,
    /// What the grid operator wants: of the instructions in force the lowest, else one that comes into force soon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<Wanted>,
    /// Each feed that states the grid, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<Stated>,
    /// What they do not agree about, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disputed: Vec<String>,
}

/// An instruction of the grid operator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Wanted {
    /// Its id.
    pub id: String,
    /// W of mining, auxiliary load included.
    pub target_w: i64,
    /// It holds now.
    pub in_force: bool,
    /// When its target must be reached.
    pub due: String,
    /// Until when it holds; left out where that is not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// W that are drawn above its target; left out where it is met, or no site is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_w: Option<i64>,
}

/// What one feed says of the grid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Stated {
    /// The feed's name.
    pub feed: String,
    /// The node or the island that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid_node: Option<String>,
    /// mHz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freq_mhz: Option<i64>,
    /// W, signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surplus_w: Option<i64>,
    /// W, signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand_w: Option<i64>,
    /// `good`, `uncertain`, `stale`, `bad`.
    pub quality: &'static str,
    /// ms since it was measured.
    pub age_ms: u64,
    /// It is the one that is believed.
    pub rules: bool,
}

/// The nation's sites added up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Fleet {
    /// H/s.
    pub hashrate_hs: f64,
    /// W that the blocks of sites whose telemetry is fresh draw.
    pub power_w: i64,
    /// W that those of the other sites drew when last heard of.
    pub last_known_power_w: i64,
    /// W that sites draw beside their blocks, as far as that can be told apart.
    pub auxiliary_w: i64,
    /// W as ordered.
    pub target_w: i64,
    /// W that can be shed within 10 s, 30 s, 5 min, 15 min.
    pub sheddable_w: [i64; 4],
    /// Sites in all.
    pub sites: usize,
    /// Those of them that are stale or bad.
    pub stale_sites: usize,
    /// Part of the blocks, by nameplate, whose telemetry is good, percent, rounded down.
    pub good_percent: u8,
}

/// Bitcoin of the reserve: what our own node checked. What is only claimed stands beside it and is never added to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Reserve {
    /// Spendable BTC, checked; left out where no account is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mature_btc: Option<String>,
    /// BTC that are not yet 100 blocks deep, checked; left out where no account is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immature_btc: Option<String>,
    /// Accounts in all, checked or claimed.
    pub accounts: usize,
    /// Accounts that nobody here has checked.
    pub claimed_accounts: usize,
    /// Accounts of them all that are old, or whose feed is not heard.
    pub unheard_accounts: usize,
    /// What is only claimed; left out where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Held>,
}

/// What accounts of one source hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Held {
    /// Spendable BTC.
    pub mature_btc: String,
    /// BTC that are not yet 100 blocks deep.
    pub immature_btc: String,
    /// Of how many accounts.
    pub accounts: usize,
    /// Thereof old, or their feed is not heard.
    pub unheard_accounts: usize,
}

/// An order under way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Open {
    /// Its ULID.
    pub id: String,
    /// `curtail` or `restore`.
    pub kind: &'static str,
    /// As the screens have it.
    pub state: String,
    /// Who gave it.
    pub by: String,
    /// At which desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desk: Option<String>,
    /// RFC 3339, UTC.
    pub sent_at: String,
    /// W in all; left out where nobody says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted_w: Option<i64>,
    /// W that meters say have moved so far.
    pub delivered_w: i64,
    /// The ids of its sites.
    pub sites: Vec<String>,
}

/// One site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Site {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// It is simulated.
    pub simulated: bool,
    /// H/s.
    pub hashrate_hs: f64,
    /// W that its blocks draw; left out where nothing measures or claims it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power_w: Option<i64>,
    /// W that it draws beside them; left out where that can't be told apart: then it is part of `power_w`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auxiliary_w: Option<i64>,
    /// W as ordered.
    pub target_w: i64,
    /// What it is doing.
    pub state: &'static str,
    /// Machines that hash.
    pub machines_hashing: u32,
    /// Machines in all.
    pub machines: u32,
    /// `good`, `uncertain`, `stale`, `bad`.
    pub quality: &'static str,
    /// ms since its oldest block was measured.
    pub age_ms: u64,
    /// Who holds authority over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The most urgent of its alarms that nobody has acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_alarm: Option<u8>,
}

/// One feed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Link {
    /// Its name in the configuration.
    pub name: String,
    /// It is live.
    pub live: bool,
    /// It is simulated, as far as is known.
    pub simulated: bool,
    /// Why it is not live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The report on what is known now; on one site alone where one is asked for, by id or name in any case.
///
/// # Errors
/// No site of that name is known.
pub(super) fn of(state: &State, site: Option<&str>) -> Result<Report, String> {
    let shown = sites(state, site);
    if let Some(wanted) = site
        && shown.is_empty()
    {
        return Err(unknown(state, wanted));
    }
    let fleet = site.is_none().then(|| fleet(state)).flatten();
    Ok(Report {
        time: stamp(state.now),
        nation: state.nation.as_deref().map(str::to_owned),
        simulated: state.is_simulated(),
        grid: grid(state),
        fleet,
        reserve: site.is_none().then(|| reserve(state)).flatten(),
        alarms: alarms(state, &shown, site.is_some()),
        critical: critical(state, &shown, site.is_some()),
        orders: open(state, &shown),
        sites: shown.into_iter().map(|view| of_site(state, view)).collect(),
        feeds: state.feeds.iter().map(link).collect(),
    })
}

/// Orders under way at these sites.
fn open(state: &State, shown: &[&SiteView]) -> Vec<Open> {
    let here: BTreeSet<&SiteId> = shown.iter().map(|view| &view.site.id).collect();
    let all = waiting::orders(state).into_iter().map(|l| l.record);
    all.filter(|record| !record.life.is_final())
        .filter_map(|record| {
            let sites: BTreeSet<&SiteId> = record.order.targets.iter().map(|t| &t.site).collect();
            let wanted = Some(record.wanted.watts()).filter(|watts| *watts > 0);
            (!sites.is_disjoint(&here)).then(|| Open {
                id: ulid::Ulid(record.order.id.0).to_string(),
                kind: record.order.kind.word(),
                state: standing(state, record),
                by: record.order.issued_by.to_string(),
                desk: record
                    .order
                    .desk
                    .as_deref()
                    .filter(|desk| !desk.is_empty())
                    .map(str::to_owned),
                sent_at: stamp(record.sent_at),
                wanted_w: wanted,
                delivered_w: record.delivered().watts(),
                sites: sites.iter().map(|id| id.as_str().to_owned()).collect(),
            })
        })
        .collect()
}

fn sites<'a>(state: &'a State, wanted: Option<&str>) -> Vec<&'a SiteView> {
    let wanted = wanted.map(str::to_lowercase);
    let is_wanted = |view: &&SiteView| {
        wanted.as_ref().is_none_or(|wanted| {
            view.site.id.as_str().to_lowercase() == *wanted
                || view.site.name.to_lowercase() == *wanted
        })
    };
    let mut shown: Vec<&SiteView> = state.fleet.sites.values().filter(is_wanted).collect();
    shown.sort_by(|a, b| a.site.name.cmp(&b.site.name));
    shown
}

fn unknown(state: &State, wanted: &str) -> String {
    let names: Vec<&str> = state
        .fleet
        .sites
        .values()
        .take(12)
        .map(|view| view.site.id.as_str())
        .collect();
    let known = if names.is_empty() {
        "no site has been heard of".to_owned()
    } else {
        format!("the first that are known: {}", names.join(", "))
    };
    format!("--site {wanted}: no site has this id or name; {known}")
}

fn grid(state: &State) -> Option<Grid> {
    let (id, reading) = state.grid.reading.as_ref()?;
    let label = |id| state.feed(id).map_or("", |feed| &feed.label).to_owned();
    let stated = |(feed, r, quality): (FeedId, &GridReading, Quality)| Stated {
        feed: label(feed),
        grid_node: r.grid_node.as_deref().map(str::to_owned),
        freq_mhz: r.frequency.map(Hertz::millihertz),
        surplus_w: r.surplus.map(Power::watts),
        demand_w: r.demand.map(Power::watts),
        quality: quality.word(),
        age_ms: millis(r.measured_at.age(state.now)),
        rules: feed == *id,
    };
    let several = state.grid.stated().count() > 1;
    let feeds = state.grid.stated().filter(|_| several).map(stated);
    let differences = state.grid.differences();
    Some(Grid {
        feed: label(*id),
        feeds: feeds.collect(),
        disputed: differences
            .iter()
            .map(|d| sources::words(state, d).to_string())
            .collect(),
        freq_mhz: reading.frequency.map(Hertz::millihertz),
        surplus_w: reading.surplus.map(Power::watts),
        instruction: wish(state, &state.totals()).map(|wish| wanted(state, &wish)),
        quality: state.grid.quality.word(),
        age_ms: millis(state.grid.age),
    })
}

fn wanted(state: &State, wish: &Wish<'_>) -> Wanted {
    let instruction = &wish.heard.instruction;
    Wanted {
        id: instruction.id.to_string(),
        target_w: instruction.target.watts(),
        in_force: wish.heard.is_in_force(state.now),
        due: stamp(wish.due),
        until: instruction.to.map(stamp),
        over_w: wish.over.map(Power::watts),
    }
}

fn fleet(state: &State) -> Option<Fleet> {
    let totals = state.totals();
    (totals.sites > 0).then(|| Fleet {
        hashrate_hs: totals.hashrate.hs(),
        power_w: totals.fresh.watts(),
        last_known_power_w: totals.last_known.watts(),
        auxiliary_w: totals.auxiliary.watts(),
        target_w: totals.target.watts(),
        sheddable_w: totals.sheddable.map(Power::watts),
        sites: totals.sites,
        stale_sites: totals.stale,
        good_percent: totals.coverage,
    })
}

fn reserve(state: &State) -> Option<Reserve> {
    let held = |source| {
        holdings::bitcoin(state, source).map(|sums| Held {
            mature_btc: btc_text(sums.mature),
            immature_btc: btc_text(sums.immature),
            accounts: sums.accounts,
            unheard_accounts: sums.unheard,
        })
    };
    let (checked, claimed) = (held(BalanceSource::Node), held(BalanceSource::Claimed));
    let sum = |of: fn(&Held) -> usize| [&checked, &claimed].into_iter().flatten().map(of).sum();
    let accounts = sum(|held| held.accounts);
    let unheard_accounts = sum(|held| held.unheard_accounts);
    let (mature_btc, immature_btc) = checked
        .map(|held| (held.mature_btc, held.immature_btc))
        .unzip();
    (accounts > 0).then(|| Reserve {
        mature_btc,
        immature_btc,
        accounts,
        claimed_accounts: claimed.as_ref().map_or(0, |held| held.accounts),
        unheard_accounts,
        claimed,
    })
}

fn of_site(state: &State, view: &SiteView) -> Site {
    let sum = &view.summary;
    let mut alarms: Vec<u8> = unseen(state)
        .filter(|(_, site)| site.is_some_and(|id| id == view.site.id.as_str()))
        .map(|(priority, _)| priority.number())
        .collect();
    alarms.sort_unstable();
    Site {
        id: view.site.id.as_str().to_owned(),
        name: match view.realm {
            Realm::ThisMachine => "this machine".to_owned(),
            _ if view.site.name.is_empty() => view.site.id.as_str().to_owned(),
            _ => view.site.name.to_string(),
        },
        simulated: view.realm == Realm::Simulated,
        hashrate_hs: sum.hashrate.hs(),
        power_w: sum.power.map(Power::watts),
        auxiliary_w: sum.auxiliary.map(Power::watts),
        target_w: sum.target.watts(),
        state: match sum.quality {
            Quality::Stale => "stale",
            Quality::Bad => "bad data",
            _ => condition_word(&sum.condition),
        },
        machines_hashing: sum.machines.hashing,
        machines: sum.machines.total,
        quality: sum.quality.word(),
        age_ms: millis(sum.age),
        authority: view.site.authority.holder.as_deref().map(str::to_owned),
        worst_alarm: alarms.first().copied(),
    }
}

fn link(feed: &Feed) -> Link {
    Link {
        name: feed.label.to_string(),
        live: feed.is_live(),
        simulated: feed.is_simulated(),
        detail: match &feed.link {
            LinkState::Live => None,
            LinkState::Down { detail, .. } => Some(detail.to_string()),
            LinkState::Connecting => Some("not connected yet".to_owned()),
            LinkState::Syncing => Some("no complete snapshot yet".to_owned()),
        },
    }
}

/// Alarms that nobody has acknowledged, with their sites.
fn unseen(state: &State) -> impl Iterator<Item = (Priority, Option<&str>)> {
    let unseen =
        |((feed, _), alarm): &(&Key, &Alarm)| state.alarming.standing(*feed, alarm).is_unseen();
    let found = state.alarms.iter().filter(unseen);
    found.map(|(_, alarm)| (alarm.priority, alarm.site.as_ref().map(SiteId::as_str)))
}

fn is_of(shown: &[&SiteView], site: Option<&str>) -> bool {
    shown.iter().any(|view| site == Some(view.site.id.as_str()))
}

fn alarms(state: &State, shown: &[&SiteView], only: bool) -> [usize; 4] {
    if !only {
        return state.alarm_counts();
    }
    let mut counts = [0; 4];
    for (priority, site) in unseen(state) {
        if is_of(shown, site) {
            counts[usize::from(priority.number() - 1)] += 1;
        }
    }
    counts
}

/// What makes the exit code 3. `only`: the sites shown alone are asked about; the grid and the feeds count all the
/// same, as nothing that they say can be trusted without them.
fn critical(state: &State, shown: &[&SiteView], only: bool) -> Vec<String> {
    let mut found = Vec::new();
    for feed in state.feeds.iter().filter(|feed| !feed.is_live()) {
        let why = link(feed).detail.unwrap_or_default();
        found.push(format!("the feed {} is not live: {why}", feed.label));
    }
    if let Some((_, reading)) = &state.grid.reading {
        if state.grid.quality >= Quality::Stale {
            let (word, age) = (state.grid.quality.word(), span(state.grid.age));
            found.push(format!("the grid's reading is {word}, {age} old"));
        } else {
            let off = |hertz: &Hertz| {
                let off = i128::from(hertz.millihertz()) - i128::from(Hertz::NOMINAL.millihertz());
                off.abs() > i128::from(FREQUENCY_LIMIT)
            };
            if let Some(hertz) = reading.frequency.filter(off) {
                let mhz = hertz.millihertz();
                let figure = crate::ui::format::hertz(hertz);
                let way = if mhz < Hertz::NOMINAL.millihertz() {
                    "low"
                } else {
                    "high"
                };
                found.push(format!("the frequency is very {way}: {figure} Hz"));
            }
            if reading.state == Some(GridState::Emergency) {
                found.push("the grid is in a state of emergency".to_owned());
            }
        }
        for dispute in state.grid.differences() {
            found.push(format!(
                "feeds disagree: {}",
                sources::words(state, &dispute)
            ));
        }
    } else if state.feeds.iter().any(|feed| feed.serves(Topic::Grid)) {
        found.push("the grid's feed has no reading".to_owned());
    }
    let urgent = unseen(state)
        .filter(|(priority, site)| *priority == Priority::P1 && (!only || is_of(shown, *site)))
        .count();
    if urgent > 0 {
        let words = if urgent == 1 { "alarm" } else { "alarms" };
        found.push(format!(
            "{urgent} {words} of priority 1 without an acknowledgement"
        ));
    }
    if only {
        for view in shown.iter().filter(|v| v.summary.quality >= Quality::Stale) {
            let sum = &view.summary;
            let (word, age) = (sum.quality.word(), span(sum.age));
            found.push(format!("{} is {word}, {age} old", view.site.name));
        }
    } else {
        let totals = state.totals();
        if totals.sites > 0 && totals.stale == totals.sites {
            found.push("the telemetry of every site is stale or bad".to_owned());
        }
    }
    found
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn stamp(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(instant) => format!("{instant:.3}"),
        Err(_) => "-".to_owned(),
    }
}
