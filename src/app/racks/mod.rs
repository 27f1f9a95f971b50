//! The machines of a page as a map of their racks: what it shows, how near, and the cursor over its cells.
//!
//! Invariant: the map shows the machines of the page that the table shows, neither more nor fewer, and both have one
//! cursor; where the cells stand is worked out here, so that keys and screen agree.

mod layout;
mod measure;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use layout::{Group, Head, Map, Spot};
pub use measure::{Class, Measure, Scale};

use super::actions::Action;
use super::key::{Code, Key};
use super::nav::{Depth, Screen};
use super::notice::What;
use super::{Effect, State, rows};
use crate::domain::fleet::{Machine, MachinePage};
use crate::domain::ids::MachineId;
use crate::domain::quality::{Concern, SLOW_AFTER, is_ahead};
use layout::Way;

/// How near the map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Zoom {
    /// A cell for each rack: its worst machine.
    Racks,
    /// A cell for each machine.
    #[default]
    Machines,
    /// A figure for each machine.
    Figures,
}

/// How the map stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Racks {
    /// It is shown in place of the table.
    pub shown: bool,
    /// What it shows.
    pub measure: Measure,
    /// How near.
    pub zoom: Zoom,
}

/// Columns at the left and right of the map that stay free.
pub const MARGIN: u16 = 1;

/// Is the map on the screen?
pub fn is_shown(state: &State) -> bool {
    state.nav.racks.shown
        && state.nav.screen == Screen::Site
        && matches!(state.nav.depth, Depth::Machines { .. })
}

/// The machines of the page that the filter lets through.
pub fn machines<'a>(page: &'a MachinePage, ids: &[Arc<str>]) -> Vec<&'a Machine> {
    let wanted: std::collections::BTreeSet<&str> = ids.iter().map(|id| &**id).collect();
    page.rows
        .iter()
        .filter(|m| wanted.contains(m.id.as_str()))
        .collect()
}

/// The map of the page shown, in so many columns.
pub fn map(state: &State, width: u16) -> Option<Map> {
    let page = state.machines_shown()?;
    let shown = machines(page, &rows::machines(state));
    let racks = state.nav.racks;
    let scale = Scale::of(&page.rows);
    let worst = |members: &[usize]| {
        let by = |at: &&usize| {
            racks
                .measure
                .severity(scale.class(racks.measure, shown[**at]))
        };
        // Of equals the first, so that the cell does not jump.
        members.iter().rev().max_by_key(by).copied()
    };
    Some(layout::lay_out(&shown, width, racks.zoom, &worst))
}

/// Where the cursor is in the map: the place of its spot.
pub fn cursor(state: &State, map: &Map) -> Option<usize> {
    let ids = rows::machines(state);
    let id = rows::at_cursor(&state.nav.machines, &ids)?;
    map.spot_of(&id)
}

/// Does what a key of the map does; none where the action is another's.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::RackMap | Action::MapMeasure | Action::MapCloser | Action::MapFarther => {
            set(state, action);
            return Some(Vec::new());
        }
        _ if !is_shown(state) => return None,
        _ => {}
    }
    let way = match action {
        Action::Up => Way::Up(1),
        Action::Down => Way::Down(1),
        Action::Top => Way::First,
        Action::Bottom => Way::Last,
        Action::PageUp => return page(state, false),
        Action::PageDown => return page(state, true),
        _ => return None,
    };
    go(state, way);
    Some(Vec::new())
}

/// Left and right go over the cells of the map, where they else go a level up and down.
pub(super) fn sideways(state: &mut State, key: Key) -> bool {
    let way = match key.code {
        Code::Left | Code::Char('h') => Way::Left,
        Code::Right | Code::Char('l') => Way::Right,
        _ => return false,
    };
    let meant = state.keys.action(key, state.nav.screen, state.solo);
    let level = matches!(meant, Some(Action::Back | Action::Out | Action::Drill));
    if !level || !is_shown(state) {
        return false;
    }
    go(state, way);
    true
}

fn set(state: &mut State, action: Action) {
    if !matches!(state.nav.depth, Depth::Machines { .. }) {
        state.say(What::OnlyOfMachines);
        return;
    }
    if action != Action::RackMap && !state.nav.racks.shown {
        let key = state.keys.hint(Action::RackMap);
        state.say(What::NoRackMap { key });
        return;
    }
    let racks = &mut state.nav.racks;
    match action {
        Action::MapMeasure => racks.measure = racks.measure.next(),
        Action::MapCloser => {
            racks.zoom = match racks.zoom {
                Zoom::Racks => Zoom::Machines,
                Zoom::Machines | Zoom::Figures => Zoom::Figures,
            }
        }
        Action::MapFarther => {
            racks.zoom = match racks.zoom {
                Zoom::Figures => Zoom::Machines,
                Zoom::Machines | Zoom::Racks => Zoom::Racks,
            }
        }
        _ => racks.shown = !racks.shown,
    }
}

fn go(state: &mut State, way: Way) -> bool {
    let width = state.size.columns.saturating_sub(2 * MARGIN);
    let Some(map) = map(state, width) else {
        return false;
    };
    let Some(at) = cursor(state, &map) else {
        return false;
    };
    let to = map.step(at, way);
    let Some(spot) = map.spots.get(to) else {
        return false;
    };
    let id = spot.id.clone();
    let table = &mut state.nav.machines;
    // Where this row goes, the one that takes its place in the table has the cursor.
    table.cursor = Some(id.clone());
    let ids = rows::machines(state);
    state.nav.machines.index = ids.iter().position(|row| *row == id).unwrap_or(0);
    to != at
}

/// A page of lines; at the last of them on to the next page of the hall, as in the table.
fn page(state: &mut State, down: bool) -> Option<Vec<Effect>> {
    let body = usize::from(state.size.rows.saturating_sub(12)).max(4);
    let moved = go(state, if down { Way::Down(body) } else { Way::Up(body) });
    if moved {
        return Some(Vec::new());
    }
    // The table's own page keys turn the page at its first and last row.
    let ids = rows::machines(state);
    let row = if down { ids.last() } else { ids.first() };
    state.nav.machines.cursor = row.cloned();
    None
}

/// The machine whose detail is open, as the page shows it.
pub fn open(state: &State) -> Option<(&MachineId, Option<&Machine>)> {
    let Depth::Machine { machine, .. } = &state.nav.depth else {
        return None;
    };
    let page = state.machines_shown();
    let row = page.and_then(|page| page.rows.iter().find(|m| m.id == *machine));
    Some((machine, row))
}

/// How old the page shown is, where it is too old to be taken for what is.
pub fn stale(state: &State) -> Option<std::time::Duration> {
    let page = state.machines_shown()?;
    let feed = state.feed(state.watch.as_ref()?.feed);
    let age = page.measured_at.age(state.now);
    let period = feed.map_or(super::feeds::DEFAULT_PERIOD, super::feeds::Feed::period);
    let live = feed.is_some_and(super::feeds::Feed::is_live);
    let slow_after = feed.map_or(SLOW_AFTER, |feed| feed.slow_after);
    let wrong = feed.is_some_and(|f| f.concern(page.measured_at, state.now) > Concern::ClockSet);
    let ahead = is_ahead(page.measured_at, state.now);
    let old = age > (period * 3).min(slow_after);
    (!live || old || wrong || ahead).then_some(age)
}
