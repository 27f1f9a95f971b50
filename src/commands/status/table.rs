//! The report as one plain table: no colour, no escape, no drawn line, one line a site; for pipes and screen readers.

use std::fmt::Write as _;

use super::report::{Open, Report, Reserve, Site};
use crate::domain::order::span;
use crate::domain::units::{Hashrate, Hertz, Power};
use crate::ui::format::{self, NONE};
use crate::ui::look::Glyphs;
use crate::ui::text;

/// Widest name of a site; more is cut.
const NAME: usize = 24;
/// Widest sentence.
const WIDEST: u16 = 400;

/// The whole report, its last line break included. What feeds say is made harmless.
pub(super) fn table(report: &Report) -> String {
    let mut out = String::new();
    let simulated = if report.simulated { "  SIMULATED" } else { "" };
    let nation = report.nation.as_deref().unwrap_or("no nation yet");
    line(&mut out, &format!("{nation}{simulated}  {}", report.time));
    if let Some(sentence) = grid(report) {
        line(&mut out, &sentence);
    }
    if let Some(fleet) = &report.fleet {
        let mut words = format!(
            "mining {} of {} MW, {}",
            mw(fleet.power_w.saturating_add(fleet.last_known_power_w)),
            mw(fleet.target_w),
            format::hashrate(Hashrate::from_hs(fleet.hashrate_hs)),
        );
        if fleet.auxiliary_w > 0 {
            let _ = write!(words, " and {} auxiliary", mw(fleet.auxiliary_w));
        }
        let _ = write!(words, ", {} % good", fleet.good_percent);
        if fleet.stale_sites > 0 {
            let (stale, last) = (fleet.stale_sites, mw(fleet.last_known_power_w));
            let _ = write!(
                words,
                "; {stale} of {} sites stale: {last} MW of it is last known",
                fleet.sites
            );
        }
        line(&mut out, &words);
        let [a, b, c, d] = fleet.sheddable_w.map(mw);
        line(
            &mut out,
            &format!("sheddable MW: 10 s {a}, 30 s {b}, 5 min {c}, 15 min {d}"),
        );
    }
    if let Some(held) = &report.reserve {
        reserve(&mut out, held);
    }
    let [one, two, three, four] = report.alarms;
    line(
        &mut out,
        &format!(
            "alarms not acknowledged: priority 1 {one}, priority 2 {two}, priority 3 {three}, priority 4 {four}"
        ),
    );
    for order in &report.orders {
        line(&mut out, &of_order(order));
    }
    if !report.sites.is_empty() {
        out.push('\n');
        sites(&mut out, &report.sites);
    }
    if !report.critical.is_empty() {
        out.push('\n');
        for sentence in &report.critical {
            line(&mut out, &format!("CRITICAL  {sentence}"));
        }
    }
    out
}

/// An order under way, in one sentence.
fn of_order(order: &Open) -> String {
    let wanted = order.wanted_w.map_or_else(|| NONE.to_owned(), mw);
    let desk = order.desk.as_ref();
    let desk = desk.map_or_else(String::new, |desk| format!(", {desk}"));
    format!(
        "order {}: {} {}, {} of {wanted} MW, by {}{desk}",
        order.id,
        order.kind,
        order.state,
        mw(order.delivered_w),
        order.by
    )
}

/// What is checked is the reserve; what is claimed has a line of its own under its own word.
fn reserve(out: &mut String, held: &Reserve) {
    let old = |unheard: usize| match unheard {
        0 => String::new(),
        some => format!(", {some} old or unheard of"),
    };
    let claimed = held.claimed.as_ref();
    if let (Some(mature), Some(immature)) = (&held.mature_btc, &held.immature_btc) {
        let accounts = held.accounts.saturating_sub(held.claimed_accounts);
        let unheard = claimed.map_or(0, |claimed| claimed.unheard_accounts);
        let unheard = old(held.unheard_accounts.saturating_sub(unheard));
        line(
            out,
            &format!(
                "reserve {mature} BTC mature, {immature} BTC immature; accounts: {accounts}, checked{unheard}"
            ),
        );
    }
    if let Some(claimed) = claimed {
        line(
            out,
            &format!(
                "claimed {} BTC mature, {} BTC immature; accounts: {}, not checked{}",
                claimed.mature_btc,
                claimed.immature_btc,
                claimed.accounts,
                old(claimed.unheard_accounts)
            ),
        );
    }
}

fn grid(report: &Report) -> Option<String> {
    let grid = report.grid.as_ref()?;
    let hertz = grid.freq_mhz.map_or_else(
        || NONE.to_owned(),
        |mhz| format::hertz(Hertz::from_millihertz(mhz)),
    );
    let surplus = grid.surplus_w.map_or_else(|| NONE.to_owned(), mw);
    let mut words = format!("frequency {hertz} Hz, surplus {surplus} MW");
    if let Some(wanted) = &grid.instruction {
        let (target, due) = (mw(wanted.target_w), &wanted.due);
        let over = match wanted.over_w {
            Some(over) => format!(": {} over", mw(over)),
            None => String::new(),
        };
        let _ = write!(words, ", grid wants {target} MW by {due}{over}");
    }
    if grid.quality != "good" {
        let old = span(std::time::Duration::from_millis(grid.age_ms));
        let _ = write!(words, ", {}, {old} old", grid.quality);
    }
    Some(words)
}

fn sites(out: &mut String, sites: &[Site]) {
    let wide = sites.iter().map(|site| shown(site).chars().count());
    let wide = wide.max().unwrap_or(0).clamp(4, NAME);
    line(
        out,
        &format!(
            "{:<wide$}  {:>11}  {:>9}  {:>9}  {:<17}  {:>17}  {:<9}  {:<5}  AUTHORITY",
            "SITE", "HASHRATE", "MW", "TARGET", "STATE", "MACHINES", "QUALITY", "ALARM",
        ),
    );
    for site in sites {
        let name: String = shown(site).chars().take(NAME).collect();
        let machines = format!(
            "{}/{}",
            format::count(u64::from(site.machines_hashing)),
            format::count(u64::from(site.machines))
        );
        line(
            out,
            &format!(
                "{name:<wide$}  {:>11}  {:>9}  {:>9}  {:<17}  {machines:>17}  {:<9}  {:<5}  {}",
                format::hashrate(Hashrate::from_hs(site.hashrate_hs)),
                site.power_w.map_or_else(|| NONE.to_owned(), mw_tenth),
                mw_tenth(site.target_w),
                site.state,
                site.quality,
                site.worst_alarm
                    .map_or_else(|| NONE.to_owned(), |priority| priority.to_string()),
                site.authority.as_deref().unwrap_or(NONE),
            ),
        );
    }
}

/// A name as it is shown: harmless, whatever the feed has put in it.
fn shown(site: &Site) -> String {
    text::clean(&site.name, WIDEST, Glyphs::Unicode)
}

fn mw(watts: i64) -> String {
    format::whole_megawatts(Power::from_watts(watts))
}

fn mw_tenth(watts: i64) -> String {
    format::megawatts(Power::from_watts(watts))
}

fn line(out: &mut String, words: &str) {
    out.push_str(text::clean(words, WIDEST, Glyphs::Unicode).trim_end());
    out.push('\n');
}
