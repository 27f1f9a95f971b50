//! The report of a shift: from what this console knows, and nothing else. What is not known is said to be so.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::tz::TimeZone;

use super::Sums;
use crate::app::alarms::list::{self, View};
use crate::app::fleet::SiteView;
use crate::app::progress::standing;
use crate::app::waiting::{self, Listed, Whose};
use crate::app::wanted::{Heard, Stage};
use crate::app::{State, chain, holdings, orders};
use crate::control::order::Record;
use crate::domain::fleet::{Block, BlockState};
use crate::domain::history::Integral;
use crate::domain::ids::SiteId;
use crate::domain::order::{OrderKind, span};
use crate::domain::quality::Quality;
use crate::domain::reserve::{BalanceSource, Network, btc_text};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Lines of one section; more are counted.
const MOST: usize = 60;

/// One part of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// What stands there when nothing is to be told.
    pub none: &'static str,
    /// What is to be told.
    pub lines: Vec<String>,
    /// Lines beyond those that are kept.
    pub left_out: usize,
}

/// The report of a shift, in English: it is a record, and what is read is what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its heading.
    pub title: String,
    /// Of a simulated nation.
    pub simulated: bool,
    /// Desk, shift, journal.
    pub head: Vec<String>,
    /// In the order in which they are read.
    pub sections: Vec<Section>,
}

fn section(title: &'static str, none: &'static str, mut lines: Vec<String>) -> Section {
    let left_out = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    Section {
        title,
        none,
        lines,
        left_out,
    }
}

/// A time with its zone.
pub fn when(at: Timestamp, zone: &TimeZone) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).map_or_else(
        |_| format!("{} ms", at.millis()),
        |at| {
            let at = at.to_zoned(zone.clone());
            at.strftime("%Y-%m-%d %H:%M %:z").to_string()
        },
    )
}

/// As the screens have it; nothing is said to be exact that is not.
fn mw(power: Power) -> String {
    format!("{:.1} MW", power.megawatts())
}

/// The report.
pub fn report(state: &State, from: Timestamp, until: Timestamp, sums: &Sums) -> Report {
    let zone = &state.handover.settings.zone;
    let desk = if state.desk.name.is_empty() {
        "without a name"
    } else {
        &state.desk.name
    };
    let nation = state.nation.as_deref().unwrap_or("no feed has named one");
    let head = match state.journal.head {
        Some(head) => {
            let mut text = format!("{}:", head.seq);
            for byte in head.hash {
                let _ = write!(text, "{byte:02x}");
            }
            text
        }
        None => "not known".to_owned(),
    };
    let down: Vec<String> = state
        .feeds
        .iter()
        .filter(|feed| !feed.is_live())
        .map(|feed| format!("{}: not live", feed.label))
        .collect();
    Report {
        title: format!("Shift handover, {}", when(until, zone)),
        simulated: state.is_simulated(),
        head: vec![
            format!("Desk: {desk}"),
            format!("Nation: {nation}"),
            format!("Shift: {} to {}", when(from, zone), when(until, zone)),
            format!("Leaving: {}", state.desk.operator),
            format!("Head of the journal at this report: {head}"),
        ],
        sections: vec![
            section(
                "Instructions of the grid operator",
                "None in force or to come, as far as the feeds tell.",
                instructions(state, until, zone),
            ),
            section(
                "Curtailed",
                "No block is curtailed, as far as the feeds show.",
                curtailed(state, zone),
            ),
            section(
                "Orders of this desk under way",
                "None.",
                under_way(state, zone),
            ),
            section(
                "Orders of other desks and of gateways under way",
                "None that any gateway tells.",
                others(state, zone),
            ),
            section("Coming back", "No block is being restored.", coming(state)),
            section("Open alarms", "None.", alarms(state, View::Active, zone)),
            section(
                "Shelved alarms",
                "None.",
                alarms(state, View::Shelved, zone),
            ),
            section(
                "Suppressed and out of service",
                "None.",
                alarms(state, View::Silenced, zone),
            ),
            section("Tags", "None.", tags(state)),
            section("Authority", "No site is known.", authority(state)),
            section(
                "Contract calls left",
                "No site states a limit.",
                calls(state),
            ),
            section("Energy and bitcoin of the shift", "", figures(state, sums)),
            section(
                "Notes and emergencies of the shift",
                "None.",
                remembered(state, from, until, zone),
            ),
            section("Feeds that are down", "None.", down),
        ],
    }
}

/// The nation's own sites: real and simulated are never put together.
fn sites(state: &State) -> impl Iterator<Item = (&SiteId, &SiteView)> {
    let realm = state.realm();
    state
        .fleet
        .sites
        .iter()
        .filter(move |(_, view)| view.realm == realm)
}

fn instructions(state: &State, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let totals = state.totals();
    let load = (totals.sites > 0).then(|| totals.load());
    let heard = state.grid.heard.iter().filter(|h| h.is_wanted(now));
    let line = |heard: &Heard| {
        let wanted = &heard.instruction;
        let until = wanted.to.map_or_else(
            || "until further notice".to_owned(),
            |to| format!("until {}", when(to, zone)),
        );
        let over = load.map(|load| (load - wanted.target).or_zero());
        let stands = match (heard.stage, over) {
            (Stage::Ahead, _) => "to come".to_owned(),
            (_, None) => "in force, what is drawn is not known".to_owned(),
            (Stage::Ramp, Some(over)) => {
                format!("in force, {} above, its ramp gives time", mw(over))
            }
            (Stage::Above, Some(over)) => format!("in force, {} above", mw(over)),
            // One that is over is not wanted any more.
            (Stage::Met | Stage::Over, Some(_)) => "in force, met".to_owned(),
        };
        let old = match state.grid.worth(heard.feed) {
            Quality::Stale | Quality::Bad => ", last known: its feed is not live",
            _ => "",
        };
        format!(
            "{}: at most {} from {} {until}, {stands}{old}{}{}",
            wanted.id,
            mw(wanted.target),
            when(wanted.from, zone),
            if wanted.reason.is_empty() { "" } else { ": " },
            wanted.reason
        )
    };
    heard.map(line).collect()
}

fn curtailed(state: &State, zone: &TimeZone) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, view) in sites(state) {
        let down: Vec<_> = view.blocks.values().filter(|b| is_down(&b.block)).collect();
        if down.is_empty() {
            continue;
        }
        let mut ordered = Power::ZERO;
        let mut nameplate = Power::ZERO;
        let mut draws = Power::ZERO;
        let mut unknown = 0_usize;
        for block in &down {
            ordered += block.block.target;
            nameplate += block.block.nameplate;
            match block.block.power {
                Some(power) => draws += power,
                None => unknown += 1,
            }
        }
        let worst = down.iter().map(|b| b.quality).max().unwrap_or_default();
        let lowered = down.iter().filter(|b| b.block.is_lowered()).count();
        let mut line = format!(
            "{}: {} of {} blocks{}, ordered to {} of {} nameplate, draw {} ({}",
            view.site.name,
            down.len(),
            view.blocks.len(),
            match lowered {
                0 => String::new(),
                some => format!(" ({some} of them lowered in part)"),
            },
            mw(ordered),
            mw(nameplate),
            mw(draws),
            worst.word(),
        );
        if unknown > 0 {
            let _ = write!(line, ", {unknown} blocks not known");
        }
        line.push_str("). ");
        line.push_str(&why(state, id, zone));
        lines.push(line);
    }
    lines
}

/// At its floor, on the way down, or held at one of its steps.
fn is_down(block: &Block) -> bool {
    matches!(block.state, BlockState::Curtailed | BlockState::Ramping)
        || block.steps.contains(&block.target)
}

/// By the last curtailment of the site that is known; where none is, nothing is made up.
fn why(state: &State, site: &SiteId, zone: &TimeZone) -> String {
    let curtails = |r: &Record| {
        r.order.kind == OrderKind::Curtail && r.order.targets.iter().any(|t| t.site == *site)
    };
    let all = waiting::orders(state);
    let last = all.iter().find(|listed| curtails(listed.record));
    let Some(Listed { record, whose }) = last else {
        return "By no order that is known here: why and until when is not known".to_owned();
    };
    let order = &record.order;
    let until = match whose {
        // Nobody tells the lease of another's.
        Whose::Told => String::new(),
        _ if order.lease.is_zero() => ", until it is restored".to_owned(),
        _ => {
            let from = record.accepted_at().unwrap_or(record.sent_at);
            let end = when(from + order.lease, zone);
            format!(", lease until {end} where nobody has renewed it")
        }
    };
    format!(
        "Last order: {}{until}. By {}: {}",
        course(state, record, zone),
        issuer(*whose, record),
        order.reason,
    )
}

/// When an order left and how it stands, with the time at which that was measured or heard.
fn course(state: &State, record: &Record, zone: &TimeZone) -> String {
    let mut text = format!(
        "ordered at {}, {}",
        when(record.sent_at, zone),
        standing(state, record)
    );
    if let Some(at) = record.delivered_at() {
        let _ = write!(text, " by the meters at {}", when(at, zone));
    } else if let Some(at) = record.since() {
        let _ = write!(text, ", heard at {}", when(at, zone));
    }
    text
}

/// Who gave it, and at which desk where it was not this one.
fn issuer(whose: Whose, record: &Record) -> String {
    let by = &record.order.issued_by;
    match (whose, &record.order.desk) {
        (Whose::Told, Some(desk)) if !desk.is_empty() => format!("{by}, desk {desk}"),
        (Whose::Gateway, _) => format!("{by}, of gateway {}", record.order.gateway.as_str()),
        _ => by.to_string(),
    }
}

/// An order under way, with how much of it has been delivered.
fn open_order(state: &State, whose: Whose, record: &Record, zone: &TimeZone) -> String {
    format!(
        "{} of {} by {}: {}, {} delivered. {}",
        record.order.kind.word(),
        mw(record.wanted),
        issuer(whose, record),
        course(state, record, zone),
        mw(record.delivered()),
        record.order.reason,
    )
}

/// Orders of other desks and of gateways.
fn others(state: &State, zone: &TimeZone) -> Vec<String> {
    let all = waiting::orders(state).into_iter();
    let open = all.filter(|l| l.whose != Whose::Ours && !l.record.life.is_final());
    open.map(|l| open_order(state, l.whose, l.record, zone))
        .collect()
}

fn under_way(state: &State, zone: &TimeZone) -> Vec<String> {
    let orders = orders::under_way(state);
    let orders = orders.map(|record| open_order(state, Whose::Ours, record, zone));
    let waiting = state
        .second
        .ours
        .iter()
        .map(|waiting| format!("{} waits for a second person", mw(waiting.plan.moved)));
    orders.chain(waiting).collect()
}

fn coming(state: &State) -> Vec<String> {
    let site = |(_, view): (&SiteId, &SiteView)| {
        let up: Vec<_> = view
            .blocks
            .values()
            .filter(|b| b.block.state == BlockState::Restoring)
            .collect();
        let mut target = Power::ZERO;
        for block in &up {
            target += block.block.target;
        }
        (!up.is_empty()).then(|| {
            format!(
                "{}: {} of {} blocks on the way up to {}",
                view.site.name,
                up.len(),
                view.blocks.len(),
                mw(target)
            )
        })
    };
    sites(state).filter_map(site).collect()
}

fn alarms(state: &State, view: View, zone: &TimeZone) -> Vec<String> {
    let line = |line: list::Line| {
        let site = line.site.as_ref().map_or(String::new(), |id| {
            let known = state.fleet.sites.get(id);
            format!("{}: ", known.map_or(id.as_str(), |view| &view.site.name))
        });
        let mut text = format!(
            "P{} {} since {}: {site}{}",
            line.priority.number(),
            line.state.word().replace('_', " "),
            when(line.at, zone),
            line.text,
        );
        if line.members.len() > 1 {
            let _ = write!(text, " ({} alarms)", line.members.len());
        }
        let shelf = line
            .members
            .first()
            .and_then(|key| state.alarms.get(key))
            .and_then(|alarm| alarm.shelf.as_ref());
        if let Some(shelf) = shelf {
            let _ = write!(
                text,
                ". Shelved until {}: {}",
                when(shelf.until, zone),
                shelf.reason
            );
        }
        let out = state.alarming.out.values().find(|out| {
            line.members.iter().any(|(_, id)| *id == out.alarm.id) && out.alarm.site == line.site
        });
        if let Some(out) = out {
            let since = when(out.since, zone);
            let _ = write!(text, ". Out since {since} by {}: {}", out.by, out.reason);
        }
        text
    };
    list::lines(state, view).into_iter().map(line).collect()
}

fn tags(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for (_, view) in sites(state) {
        for block in view.blocks.values() {
            for tag in &block.block.tags {
                lines.push(format!(
                    "{}, {}: {} by {}: {}",
                    view.site.name, block.block.name, tag.kind, tag.owner, tag.reason
                ));
            }
        }
    }
    lines
}

fn authority(state: &State) -> Vec<String> {
    let mut held: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, view) in sites(state) {
        let holder = view.site.authority.holder.as_deref().unwrap_or("");
        held.entry(holder).or_default().push(&view.site.name);
    }
    let line = |(holder, names): (&str, Vec<&str>)| {
        let who = if holder.is_empty() {
            "held by nobody".to_owned()
        } else {
            format!("held by {holder}")
        };
        let mut shown = names.iter().take(8).copied().collect::<Vec<_>>().join(", ");
        if names.len() > 8 {
            let _ = write!(shown, " and {} more", names.len() - 8);
        }
        format!("{who}, {} sites: {shown}", names.len())
    };
    held.into_iter().map(line).collect()
}

fn calls(state: &State) -> Vec<String> {
    let line = |(_, view): (&SiteId, &SiteView)| {
        let left = view
            .blocks
            .values()
            .filter_map(|b| b.block.limits.calls_left);
        let (least, blocks) = left.fold((None, 0_usize), |(least, n), calls| {
            (Some(least.map_or(calls, |l: u32| l.min(calls))), n + 1)
        });
        least.map(|least| {
            format!(
                "{}: {least} in the block with the fewest, of {blocks} blocks with a limit",
                view.site.name
            )
        })
    };
    sites(state).filter_map(line).collect()
}

/// How much of the time is known; no more is said than that.
fn known(sum: &Integral) -> String {
    let mut text = format!("{:.0} % of the shift known", sum.coverage() * 100.0);
    if !sum.unsure.is_zero() {
        let _ = write!(text, ", {} thereof uncertain", span(sum.unsure));
    }
    text
}

/// Of when a figure is that may be hours old.
fn as_of(at: Timestamp, now: Timestamp) -> String {
    match at.age(now) {
        age if age <= Network::STALE_AFTER => "now".to_owned(),
        age => format!("of {} ago", span(age)),
    }
}

fn figures(state: &State, sums: &Sums) -> Vec<String> {
    let mut lines = Vec::new();
    match sums {
        Sums::None => lines.push("Energy: this console has no history to take it from".to_owned()),
        Sums::Asked(_) => lines.push("Energy: the history is still being read".to_owned()),
        Sums::Failed(why) => lines.push(format!("Energy: not known: {why}")),
        Sums::Known { power, hashrate } => {
            if power.covered.is_zero() {
                lines.push("Energy: not known, 0 % of the shift is in the history".to_owned());
            } else {
                lines.push(format!(
                    "Energy: {:.1} MWh, {}",
                    power.energy().wh() / 1e6,
                    known(power)
                ));
            }
            if let Some(mean) = power.mean_power() {
                lines.push(format!("Mean power of what is known: {}", mw(mean)));
            }
            let network = chain::network(state, state.realm());
            let network = network.as_ref().and_then(chain::Known::used);
            let btc = network
                .and_then(|n| hashrate.expected_btc(n.difficulty, n.reward.sat() as f64 / 1e8));
            lines.push(match btc.filter(|_| !hashrate.covered.is_zero()) {
                Some(btc) => format!(
                    "Bitcoin: {btc:.8} BTC expected in the mean of the reported hashrate at the difficulty {}, {}; this is no receipt",
                    network.map_or_else(String::new, |n| as_of(n.measured_at, state.now)),
                    known(hashrate)
                ),
                None => "Bitcoin expected: not known, hashrate or difficulty is missing or too old".to_owned(),
            });
        }
    }
    lines.extend(reserve(state));
    lines
}

/// One line for each that says so: what is checked and what is claimed is never one sum.
fn reserve(state: &State) -> impl Iterator<Item = String> {
    let bitcoin = holdings::totals(state).into_iter();
    bitcoin
        .filter(|(currency, _, _)| currency.is_btc())
        .map(|(_, source, sums)| {
            let who = match source {
                BalanceSource::Node => "checked by our node",
                BalanceSource::Claimed => "claimed by others, not checked",
            };
            format!(
                "Reserve now, {who}: {} BTC mature, {} BTC immature; accounts: {}, {} of them old or unheard of",
                btc_text(sums.mature), btc_text(sums.immature), sums.accounts, sums.unheard
            )
        })
}

fn remembered(state: &State, from: Timestamp, until: Timestamp, zone: &TimeZone) -> Vec<String> {
    let lines = &state.journal.lines;
    let of_shift = lines
        .iter()
        .filter(|line| line.at >= from && line.at <= until)
        .filter(|line| matches!(&*line.kind, "note" | "emergency"));
    let mut out: Vec<String> = of_shift
        .map(|line| {
            format!(
                "{} {}, row {}: {}",
                when(line.at, zone),
                line.actor,
                line.seq,
                line.what
            )
        })
        .collect();
    // Only the journal's last rows are held here.
    if let Some(first) = lines.front()
        && first.seq > 1
        && first.at > from
    {
        out.insert(
            0,
            format!(
                "Rows before {} are not looked at here; see baseload journal export",
                when(first.at, zone)
            ),
        );
    }
    out
}
