//! Which rows a table shows, in which order: filtered, sorted, or as they stood when frozen.

use std::cmp::Reverse;
use std::sync::Arc;

use super::State;
use super::filter::{self, Facts, Fields, Filter};
use super::fleet::{BlockView, SiteView};
use super::nav::{Depth, Screen, SortBy, Table};
use super::summary::{self, Summary};
use super::waiting::View;
use crate::domain::ids::{FeedId, HallId, SiteId};
use crate::domain::journal::Line;
use crate::domain::quality::Quality;

/// What a row is sorted by.
struct Sortable {
    id: Arc<str>,
    name: Arc<str>,
    /// What a filter looks at; none where there is no filter: 1,000 sites are arranged for each frame.
    facts: Option<Facts>,
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
        Screen::Curtail => Some(match state.curtailing.view {
            View::Orders => &nav.orders,
            View::Queue => &nav.queue,
            View::Authority => &nav.authority,
        }),
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
        Screen::Curtail => Some(match state.curtailing.view {
            View::Orders => &mut nav.orders,
            View::Queue => &mut nav.queue,
            View::Authority => &mut nav.authority,
        }),
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
        (Screen::Curtail, _) => super::waiting::rows(state),
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
    let filter = filter::parse(&state.nav.journal.filter, filter::JOURNAL);
    let now = state.now;
    state
        .journal
        .lines
        .iter()
        .rev()
        .filter(move |line| filter.terms.is_empty() || filter.shows(&filter::journal(line, now)))
}

/// Site ids of the nation's table, this machine's own engine last.
pub fn nation(state: &State) -> Vec<Arc<str>> {
    let table = &state.nav.nation;
    let (own, sites): (Vec<&SiteView>, Vec<&SiteView>) = state
        .fleet
        .sites
        .values()
        .partition(|v| v.realm == super::fleet::Realm::ThisMachine);
    let is_filtered = !table.filter.is_empty();
    let sortable = |view: &&SiteView| {
        let facts = is_filtered.then(|| filter::site(view));
        let (id, name) = (view.site.id.text(), view.site.name.clone());
        of_summary(id, name, facts, &view.summary)
    };
    let mut shown = arranged(table, filter::SITES, sites.iter().map(sortable).collect());
    let own = own.iter().map(sortable).collect();
    shown.extend(arranged(table, filter::SITES, own));
    shown
}

/// Hall ids of the site shown.
pub fn halls(state: &State) -> Vec<Arc<str>> {
    let Some(view) = state.site_shown() else {
        return Vec::new();
    };
    let is_filtered = !state.nav.halls.filter.is_empty();
    let found = hall_ids(view)
        .into_iter()
        .map(|id| {
            let sum = hall_summary(state, view, &id);
            let name = super::fleet::hall_name(view, &id);
            let facts = is_filtered.then(|| filter::hall(id.as_str(), &name, &sum));
            of_summary(id.text(), name, facts, &sum)
        })
        .collect();
    arranged(&state.nav.halls, filter::HALLS, found)
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
        .map(|b| of_block(state, b))
        .collect();
    arranged(&state.nav.blocks, filter::BLOCKS, found)
}

/// Machine ids of the page shown.
pub fn machines(state: &State) -> Vec<Arc<str>> {
    let Some(page) = state.machines_shown() else {
        return Vec::new();
    };
    let is_filtered = !state.nav.machines.filter.is_empty();
    let found = page
        .rows
        .iter()
        .map(|m| Sortable {
            id: m.id.text(),
            name: m.id.text(),
            facts: is_filtered.then(|| filter::machine(m)),
            hashrate: m.hashrate.hs(),
            power: m.power.watts(),
            efficiency: m.power.watts() as f64 / m.hashrate.hs().max(1.0),
            state: u8::MAX - m.state as u8,
            quality: Quality::Good,
        })
        .collect();
    arranged(&state.nav.machines, filter::MACHINES, found)
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
            facts: None,
            hashrate: board.hashrate.hs(),
            power: 0,
            efficiency: 0.0,
            state: u8::MAX - board.state as u8,
            quality: Quality::Good,
        }
    });
    arranged(&state.nav.boards, NO_FIELDS, found.collect())
}

/// Lines of the alarm list as rows: with their feed, as two gateways may use one id.
pub fn alarms(state: &State) -> Vec<Arc<str>> {
    let lines = super::alarms::list::shown(state);
    lines.into_iter().map(|line| line.row).collect()
}

/// Accounts as rows: with their feed.
pub fn accounts(state: &State) -> Vec<Arc<str>> {
    let accounts = super::holdings::accounts(state).into_iter();
    accounts
        .map(|(feed, account)| of_feed(feed, account.id.as_str()))
        .collect()
}

/// A row that is unique only together with its feed.
pub fn of_feed(feed: FeedId, id: &str) -> Arc<str> {
    Arc::from(format!("{}/{id}", feed.0))
}

/// Order ids, the youngest first.
pub fn orders(state: &State) -> Vec<Arc<str>> {
    let all = super::waiting::orders(state).into_iter();
    all.map(|listed| Arc::from(ulid::Ulid(listed.record.order.id.0).to_string()))
        .collect()
}

fn of_summary(id: Arc<str>, name: Arc<str>, facts: Option<Facts>, sum: &Summary) -> Sortable {
    Sortable {
        id,
        name,
        facts,
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

fn of_block(state: &State, view: &BlockView) -> Sortable {
    let block = &view.block;
    Sortable {
        id: block.id.text(),
        name: block.name.clone(),
        facts: (!state.nav.blocks.filter.is_empty()).then(|| filter::block(view, state.now)),
        hashrate: block.hashrate.hs(),
        power: block
            .power
            .map_or(0, super::super::domain::units::Power::watts),
        efficiency: block.power.map_or(0.0, |p| p.watts() as f64) / block.hashrate.hs().max(1.0),
        state: u8::MAX - block.state as u8,
        quality: view.quality,
    }
}

/// A table without a filter.
const NO_FIELDS: Fields = Fields {
    words: &[],
    figures: &[],
};

/// The fields that a filter of the table shown knows; none where the table has no filter.
pub fn fields(state: &State) -> Option<Fields> {
    match (state.nav.screen, &state.nav.depth) {
        (Screen::Nation, _) => Some(filter::SITES),
        (Screen::Site, Depth::Halls) => Some(filter::HALLS),
        (Screen::Site, Depth::Blocks { .. }) => Some(filter::BLOCKS),
        (Screen::Site, Depth::Machines { .. }) => Some(filter::MACHINES),
        (Screen::Alarms, _) => Some(filter::ALARMS),
        (Screen::Journal, _) => Some(filter::JOURNAL),
        _ => None,
    }
}

/// The filter of the table shown, read.
pub fn filtered(state: &State) -> Option<Filter> {
    let table = table(state).filter(|table| !table.filter.is_empty())?;
    Some(filter::parse(&table.filter, fields(state)?))
}

fn arranged(table: &Table, fields: Fields, mut found: Vec<Sortable>) -> Vec<Arc<str>> {
    if !table.filter.is_empty() {
        let filter = filter::parse(&table.filter, fields);
        found.retain(|row| row.facts.as_ref().is_none_or(|facts| filter.shows(facts)));
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
