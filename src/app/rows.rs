//! Which rows a table shows, in which order: filtered, sorted, or as they stood when frozen.

use std::cmp::Reverse;
use std::sync::Arc;

use super::State;
use super::fleet::{BlockView, SiteView};
use super::nav::{Depth, Screen, SortBy, Table};
use super::summary::{self, Summary};
use crate::domain::ids::{FeedId, HallId, SiteId};
use crate::domain::journal::Line;
use crate::domain::quality::Quality;

/// What a row is sorted by.
struct Sortable {
    id: Arc<str>,
    name: Arc<str>,
    text: String,
    hashrate: f64,
    power: i64,
    efficiency: f64,
    state: u8,
    quality: Quality,
}

/// The table that has the cursor now.
pub fn table(state: &State) -> Option<&Table> {
    let nav = &state.nav;
    match nav.screen {
        Screen::Nation => Some(&nav.nation),
        Screen::Site => Some(match nav.depth {
            Depth::Halls => &nav.halls,
            Depth::Blocks { .. } => &nav.blocks,
            Depth::Machines { .. } => &nav.machines,
            Depth::Machine { .. } => &nav.boards,
        }),
        Screen::Curtail => Some(&nav.orders),
        Screen::Alarms => Some(&nav.alarms),
        Screen::Reserve => Some(&nav.accounts),
        Screen::Journal => Some(&nav.journal),
        Screen::Grid | Screen::Engine => None,
    }
}

/// The same, to be changed.
pub fn table_mut(state: &mut State) -> Option<&mut Table> {
    let nav = &mut state.nav;
    match nav.screen {
        Screen::Nation => Some(&mut nav.nation),
        Screen::Site => Some(match nav.depth {
            Depth::Halls => &mut nav.halls,
            Depth::Blocks { .. } => &mut nav.blocks,
            Depth::Machines { .. } => &mut nav.machines,
            Depth::Machine { .. } => &mut nav.boards,
        }),
        Screen::Curtail => Some(&mut nav.orders),
        Screen::Alarms => Some(&mut nav.alarms),
        Screen::Reserve => Some(&mut nav.accounts),
        Screen::Journal => Some(&mut nav.journal),
        Screen::Grid | Screen::Engine => None,
    }
}

/// The ids of the rows of the table that has the cursor, in the order shown.
pub fn rows(state: &State) -> Vec<Arc<str>> {
    let nav = &state.nav;
    match (nav.screen, &nav.depth) {
        (Screen::Nation, _) => nation(state),
        (Screen::Site, Depth::Halls) => halls(state),
        (Screen::Site, Depth::Blocks { hall }) => blocks(state, hall),
        (Screen::Site, Depth::Machines { .. }) => machines(state),
        (Screen::Site, Depth::Machine { .. }) => boards(state),
        (Screen::Curtail, _) => orders(state),
        (Screen::Alarms, _) => alarms(state),
        (Screen::Reserve, _) => accounts(state),
        (Screen::Journal, _) => journal(state)
            .map(|line| Arc::from(line.seq.to_string()))
            .collect(),
        (Screen::Grid | Screen::Engine, _) => Vec::new(),
    }
}

/// Rows of the journal that the filter lets through, the youngest first.
pub fn journal(state: &State) -> impl Iterator<Item = &Line> {
    let needle = state.nav.journal.filter.to_lowercase();
    let holds = move |text: &str| text.to_lowercase().contains(&needle);
    let all = state.nav.journal.filter.is_empty();
    state
        .journal
        .lines
        .iter()
        .rev()
        .filter(move |line| all || holds(&line.what) || holds(&line.kind) || holds(&line.actor))
}

/// Site ids of the nation's table, this machine's own engine last.
pub fn nation(state: &State) -> Vec<Arc<str>> {
    let table = &state.nav.nation;
    let (own, sites): (Vec<&SiteView>, Vec<&SiteView>) = state
        .fleet
        .sites
        .values()
        .partition(|v| v.realm == super::fleet::Realm::ThisMachine);
    // What only a filter reads is not made for the 1,000 sites of each frame without one.
    let is_filtered = !table.filter.is_empty();
    let sortable = |view: &&SiteView| {
        let site = &view.site;
        let text = is_filtered.then(|| format!("{} {} {}", site.name, site.region, site.grid_node));
        of_summary(
            site.id.text(),
            site.name.clone(),
            text.as_deref(),
            &view.summary,
        )
    };
    let mut shown = arranged(table, sites.iter().map(sortable).collect());
    shown.extend(arranged(table, own.iter().map(sortable).collect()));
    shown
}

/// Hall ids of the site shown.
pub fn halls(state: &State) -> Vec<Arc<str>> {
    let Some(view) = state.site_shown() else {
        return Vec::new();
    };
    let found = hall_ids(view)
        .into_iter()
        .map(|id| {
            let sum = hall_summary(state, view, &id);
            let name = super::fleet::hall_name(view, &id);
            of_summary(id.text(), name.clone(), Some(&name), &sum)
        })
        .collect();
    arranged(&state.nav.halls, found)
}

/// Every hall that is named or has a block.
pub fn hall_ids(view: &SiteView) -> Vec<HallId> {
    let mut ids: Vec<HallId> = view.halls.keys().cloned().collect();
    for block in view.blocks.values() {
        if !view.halls.contains_key(&block.block.hall) && !ids.contains(&block.block.hall) {
            ids.push(block.block.hall.clone());
        }
    }
    ids
}

/// The figures of a hall.
pub fn hall_summary(state: &State, view: &SiteView, hall: &HallId) -> Summary {
    summary::of_blocks(
        view.blocks.values().filter(|b| b.block.hall == *hall),
        state.now,
    )
}

/// Block ids of a hall of the site shown.
pub fn blocks(state: &State, hall: &HallId) -> Vec<Arc<str>> {
    let Some(view) = state.site_shown() else {
        return Vec::new();
    };
    let found = view
        .blocks
        .values()
        .filter(|b| b.block.hall == *hall)
        .map(of_block)
        .collect();
    arranged(&state.nav.blocks, found)
}

/// Machine ids of the page shown.
pub fn machines(state: &State) -> Vec<Arc<str>> {
    let Some(page) = state.machines_shown() else {
        return Vec::new();
    };
    let found = page
        .rows
        .iter()
        .map(|m| Sortable {
            id: m.id.text(),
            name: m.id.text(),
            text: format!(
                "{} {} {} {}",
                m.id.as_str(),
                m.model,
                m.state.word(),
                m.fault
            ),
            hashrate: m.hashrate.hs(),
            power: m.power.watts(),
            efficiency: m.power.watts() as f64 / m.hashrate.hs().max(1.0),
            state: u8::MAX - m.state as u8,
            quality: Quality::Good,
        })
        .collect();
    arranged(&state.nav.machines, found)
}

/// Hashboards of the machine that is open, by their numbers.
pub fn boards(state: &State) -> Vec<Arc<str>> {
    let row = super::racks::open(state).and_then(|(_, row)| row);
    let Some(detail) = row.and_then(|row| row.detail.as_ref()) else {
        return Vec::new();
    };
    let found = detail.boards.iter().map(|board| {
        let id: Arc<str> = Arc::from(board.number.to_string());
        Sortable {
            id: id.clone(),
            name: id,
            text: format!("{} {}", board.number, board.state.word()),
            hashrate: board.hashrate.hs(),
            power: 0,
            efficiency: 0.0,
            state: u8::MAX - board.state as u8,
            quality: Quality::Good,
        }
    });
    arranged(&state.nav.boards, found.collect())
}

/// Lines of the alarm list as rows: with their feed, as two gateways may use one id.
pub fn alarms(state: &State) -> Vec<Arc<str>> {
    let lines = super::alarms::list::shown(state);
    lines.into_iter().map(|line| line.row).collect()
}

/// Accounts as rows: with their feed.
pub fn accounts(state: &State) -> Vec<Arc<str>> {
    let keys = state.reserve.keys();
    keys.map(|(feed, id)| of_feed(*feed, id.as_str())).collect()
}

/// A row that is unique only together with its feed.
pub fn of_feed(feed: FeedId, id: &str) -> Arc<str> {
    Arc::from(format!("{}/{id}", feed.0))
}

/// Order ids, the youngest first.
pub fn orders(state: &State) -> Vec<Arc<str>> {
    state
        .orders
        .iter()
        .rev()
        .map(|r| Arc::from(ulid::Ulid(r.order.id.0).to_string()))
        .collect()
}

/// `text`: what a filter looks at; none where there is no filter.
fn of_summary(id: Arc<str>, name: Arc<str>, text: Option<&str>, sum: &Summary) -> Sortable {
    Sortable {
        id,
        name,
        text: text.map_or_else(String::new, |text| {
            format!(
                "{text} {} {}",
                condition_word(&sum.condition),
                sum.quality.word()
            )
        }),
        hashrate: sum.hashrate.hs(),
        power: sum
            .power
            .map_or(0, super::super::domain::units::Power::watts),
        efficiency: sum.efficiency.map_or(
            0.0,
            super::super::domain::units::Efficiency::joules_per_terahash,
        ),
        state: sum.condition.rank(),
        quality: sum.quality,
    }
}

/// The word for a condition, as the filter knows it.
pub const fn condition_word(condition: &summary::Condition) -> &'static str {
    use summary::Condition;
    match condition {
        Condition::Unknown => "unknown",
        Condition::Offline => "offline",
        Condition::Faulted { .. } => "faulted",
        Condition::Ramping => "ramping",
        Condition::Restoring => "restoring",
        Condition::Curtailed => "curtailed",
        Condition::Partly { .. } => "partly curtailed",
        Condition::Local { .. } => "local",
        Condition::Hashing => "hashing",
    }
}

fn of_block(view: &BlockView) -> Sortable {
    let block = &view.block;
    Sortable {
        id: block.id.text(),
        name: block.name.clone(),
        text: format!(
            "{} {} {} {}",
            block.name,
            block.id.as_str(),
            block.state.word(),
            view.quality.word()
        ),
        hashrate: block.hashrate.hs(),
        power: block
            .power
            .map_or(0, super::super::domain::units::Power::watts),
        efficiency: block.power.map_or(0.0, |p| p.watts() as f64) / block.hashrate.hs().max(1.0),
        state: u8::MAX - block.state as u8,
        quality: view.quality,
    }
}

fn arranged(table: &Table, mut found: Vec<Sortable>) -> Vec<Arc<str>> {
    if !table.filter.is_empty() {
        let needle = table.filter.to_lowercase();
        found.retain(|row| {
            row.text.to_lowercase().contains(&needle) || row.id.to_lowercase().contains(&needle)
        });
    }
    match table.sort {
        SortBy::Name => found.sort_by(|a, b| natural(&a.name, &b.name)),
        SortBy::Hashrate => found.sort_by(|a, b| b.hashrate.total_cmp(&a.hashrate)),
        SortBy::Power => found.sort_by_key(|row| Reverse(row.power)),
        SortBy::Efficiency => found.sort_by(|a, b| b.efficiency.total_cmp(&a.efficiency)),
        SortBy::State => found.sort_by_key(|row| row.state),
        SortBy::Quality => found.sort_by_key(|row| Reverse(row.quality)),
    }
    if table.reverse {
        found.reverse();
    }
    let mut ids: Vec<Arc<str>> = found.into_iter().map(|row| row.id).collect();
    if let Some(frozen) = &table.frozen {
        let place = |id: &Arc<str>| frozen.iter().position(|f| f == id).unwrap_or(usize::MAX);
        ids.sort_by_key(place);
    }
    ids
}

/// Text with numbers in it as people order it: block 2 before block 10.
pub(super) fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let cut = |text: &str| {
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).take(12);
        text.len() - digits.count()
    };
    // Without a copy of either: a nation of 1,000 sites is sorted for every frame.
    let ((head_a, number_a), (head_b, number_b)) = (a.split_at(cut(a)), b.split_at(cut(b)));
    head_a
        .chars()
        .flat_map(char::to_lowercase)
        .cmp(head_b.chars().flat_map(char::to_lowercase))
        .then_with(|| number(number_a).cmp(&number(number_b)))
        .then_with(|| a.cmp(b))
}

fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(0)
}

/// The site id under the cursor of the nation's table.
pub fn site_at_cursor(state: &State) -> Option<SiteId> {
    at_cursor(&state.nav.nation, &nation(state)).map(|id| SiteId::new(&id))
}

/// The row under the cursor: the one it was put on, or what stands in its place.
pub fn at_cursor(table: &Table, rows: &[Arc<str>]) -> Option<Arc<str>> {
    table
        .cursor
        .as_ref()
        .filter(|id| rows.contains(id))
        .or_else(|| rows.get(table.index.min(rows.len().saturating_sub(1))))
        .cloned()
}

/// The index of the row under the cursor.
pub fn cursor_index(table: &Table, rows: &[Arc<str>]) -> usize {
    at_cursor(table, rows)
        .and_then(|id| rows.iter().position(|r| *r == id))
        .unwrap_or(0)
}
