//! What each action does.

use std::collections::BTreeSet;

use super::actions::Action;
use super::fleet::SiteView;
use super::nav::{Depth, Pane, Screen};
use super::notice::What;
use super::rows;
use super::{
    Effect, EngineRequest, Overlay, State, alarms, axis, cancel, curtail, deeds, emergency, filter,
    machines, meters, mining, orders, racks, remark, second, sources,
};
use crate::domain::deed::Act;
use crate::domain::ids::{BlockId, BlockKey, HallId, MachineId, SiteId};
use crate::domain::order::OrderKind;

/// Does what an action names.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(effects) = racks::act(state, action) {
        return effects;
    }
    match action {
        Action::Up => step(state, |at, _| at.saturating_sub(1)),
        Action::Down => step(state, |at, _| at + 1),
        Action::Top => step(state, |_, _| 0),
        Action::Bottom => step(state, |_, len| len),
        Action::PageUp => return page(state, false),
        Action::PageDown => return page(state, true),
        Action::Drill => return drill(state),
        Action::Back | Action::Out => return back(state),
        Action::Leave => return leave(state),
        Action::Quit => return quit(state),
        Action::Show(screen) => return show(state, screen),
        Action::NextPane => pane(state, 1),
        Action::PreviousPane => pane(state, Pane::ALL.len() - 1),
        Action::NextScreen => return show(state, Screen::ALL[state.nav.screen.number() % 8]),
        Action::PreviousScreen => {
            return show(state, Screen::ALL[(state.nav.screen.number() + 6) % 8]);
        }
        Action::Filter => {
            // What was said of other rows would hide what stands now.
            state.said = None;
            state.overlay = Overlay::Filter;
        }
        Action::Sort => {
            if let Some(table) = rows::table_mut(state).filter(|t| t.frozen.is_none()) {
                table.sort = table.sort.next();
            }
        }
        Action::Reverse => {
            if let Some(table) = rows::table_mut(state).filter(|t| t.frozen.is_none()) {
                table.reverse = !table.reverse;
            }
        }
        Action::Mark => mark(state),
        Action::MarkAll => mark_all(state),
        Action::Freeze => freeze(state),
        Action::Copy if state.solo => return mining::copy(state),
        // Nothing is under the cursor: all accounts are looked at.
        Action::Copy
            if state.nav.screen == Screen::Reserve && state.nav.accounts.cursor.is_none() => {}
        Action::Copy => {
            if let Some((id, _)) = racks::open(state) {
                let id = id.as_str().to_owned();
                state.say(What::Copied);
                return vec![Effect::Copy(id)];
            }
            let row = rows::table(state).and_then(|t| rows::at_cursor(t, &rows::rows(state)));
            if let Some(row) = row {
                state.say(What::Copied);
                let of_feed = matches!(state.nav.screen, Screen::Alarms | Screen::Reserve);
                let id = row.split_once('/').filter(|_| of_feed);
                return vec![Effect::Copy(id.map_or(&*row, |(_, id)| id).to_owned())];
            }
        }
        Action::Help => state.overlay = Overlay::Help { from: 0 },
        Action::Palette => super::palette::open(state),
        Action::Curtail => curtail::open(state, OrderKind::Curtail, false),
        Action::CurtailNation => curtail::open(state, OrderKind::Curtail, true),
        Action::Restore => curtail::open(state, OrderKind::Restore, false),
        Action::RestoreNation => curtail::open(state, OrderKind::Restore, true),
        Action::CancelOrder => return cancel::open(state),
        Action::RequestAuthority => return deeds::open(state, Act::Request),
        Action::ReleaseAuthority => return deeds::open(state, Act::Release),
        Action::SecondPerson => return second::view::open(state),
        Action::EmergencyShed => return emergency::open(state),
        Action::HangTag => return deeds::open_tag(state, true),
        Action::ClearTag => return deeds::open_tag(state, false),
        Action::WriteNote => remark::open(state),
        Action::ChooseSource => return choose_source(state),
        Action::HandOver => return super::handover::open(state),
        Action::TakeAuthority => return deeds::open(state, Act::Take),
        Action::PauseEngine | Action::MoreThreads | Action::FewerThreads | Action::NextKernel => {
            return engine(state, action);
        }
        Action::NextTheme => return vec![Effect::NextTheme],
        Action::Acknowledge => return alarms::deeds::acknowledge(state),
        Action::Shelve => alarms::deeds::shelve(state),
        Action::OutOfService => alarms::deeds::out_of_service(state),
        Action::ReserveView => state.holdings.pane = state.holdings.pane.next(),
        Action::AlarmView => state.alarming.view = state.alarming.view.next(),
        Action::ZoomIn => return axis::zoom(state, true),
        Action::ZoomOut => return axis::zoom(state, false),
        Action::PanBack => return axis::pan(state, false),
        Action::PanForward => return axis::pan(state, true),
        Action::Live => drop(axis::to_live(state)),
        Action::CurtailView => state.curtailing.view = state.curtailing.view.next(),
        Action::RackMap | Action::MapMeasure | Action::MapCloser | Action::MapFarther => {}
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
    }
    Vec::new()
}

/// Of the site at hand where its meters are disputed, else of the grid, else of the first such site.
fn choose_source(state: &mut State) -> Vec<Effect> {
    let fleet = matches!(state.nav.screen, Screen::Nation | Screen::Site);
    let at_hand = fleet.then(|| meters::choose(state, true)).flatten();
    let chosen = at_hand.or_else(|| sources::choose(state));
    chosen
        .or_else(|| meters::choose(state, false))
        .unwrap_or_else(|| {
            state.say(What::NoDispute);
            Vec::new()
        })
}

fn step(state: &mut State, to: impl Fn(usize, usize) -> usize) {
    if state.solo {
        return mining::step(state, to);
    }
    if state.nav.screen == Screen::Reserve {
        return super::holdings::step(state, to);
    }
    let rows = rows::rows(state);
    if let Some(table) = rows::table_mut(state) {
        let at = to(rows::cursor_index(table, &rows), rows.len()).min(rows.len().saturating_sub(1));
        table.index = at;
        table.cursor = rows.get(at).cloned();
    }
}

fn page(state: &mut State, down: bool) -> Vec<Effect> {
    let rows = rows::rows(state);
    let at = rows::table(state).map_or(0, |t| rows::cursor_index(t, &rows));
    let body = usize::from(state.size.rows.saturating_sub(12)).max(4);
    // At the end of a page of machines, on to the next page of the hall.
    let at_end = if down { at + 1 >= rows.len() } else { at == 0 };
    if at_end
        && state.nav.screen == Screen::Site
        && let Some(effects) = machines::turn(state, down)
    {
        return effects;
    }
    step(state, |at, len| {
        if down {
            (at + body).min(len)
        } else {
            at.saturating_sub(body)
        }
    });
    Vec::new()
}

/// Another pane of a solo miner's Engine screen; from another screen, back to that one.
fn pane(state: &mut State, by: usize) {
    if state.nav.screen == Screen::Engine {
        state.nav.pane = state.nav.pane.further(by);
        state.nav.pane_cursor = 0;
    } else {
        state.nav.screen = Screen::Engine;
    }
}

fn drill(state: &mut State) -> Vec<Effect> {
    match (state.nav.screen, state.nav.depth.clone()) {
        (Screen::Alarms, _) => alarms::deeds::expand(state),
        (Screen::Nation, _) => {
            if let Some(site) = rows::site_at_cursor(state) {
                enter_site(state, site);
            }
        }
        (Screen::Site, Depth::Halls) => {
            if let Some(hall) = rows::at_cursor(&state.nav.halls, &rows::halls(state)) {
                let hall = HallId::new(&hall);
                state.nav.blocks = super::nav::Table::default();
                state.nav.depth = Depth::Blocks { hall };
            }
        }
        (Screen::Site, Depth::Blocks { hall }) => {
            if let Some(block) = rows::at_cursor(&state.nav.blocks, &rows::blocks(state, &hall)) {
                return machines::open(state, hall, &BlockId::new(&block));
            }
        }
        (Screen::Site, Depth::Machines { hall, page }) => {
            let rows = rows::machines(state);
            if let Some(id) = rows::at_cursor(&state.nav.machines, &rows) {
                let machine = MachineId::new(&id);
                state.nav.boards = super::nav::Table::default();
                state.nav.depth = Depth::Machine {
                    hall,
                    page,
                    machine,
                };
                return machines::look(state);
            }
        }
        _ => {}
    }
    Vec::new()
}

pub(super) fn enter_site(state: &mut State, site: SiteId) {
    if state.nav.site.as_ref() != Some(&site) {
        state.nav.marked_blocks.clear();
        state.nav.halls = super::nav::Table::default();
        state.nav.blocks = super::nav::Table::default();
    }
    state.nav.site = Some(site);
    state.nav.depth = Depth::Halls;
    state.nav.screen = Screen::Site;
}

fn back(state: &mut State) -> Vec<Effect> {
    // Who looks back in time comes back to the present first.
    if state.nav.screen == Screen::Grid && axis::to_live(state) {
        return Vec::new();
    }
    if unfilter(state) {
        return Vec::new();
    }
    match (state.nav.screen, state.nav.depth.clone()) {
        (screen, _) if screen == state.home() => Vec::new(),
        (Screen::Site, Depth::Machine { hall, page, .. }) => {
            state.nav.depth = Depth::Machines { hall, page };
            machines::look(state)
        }
        (Screen::Site, Depth::Machines { hall, .. }) => {
            state.nav.depth = Depth::Blocks { hall };
            machines::unwatch(state)
        }
        (Screen::Site, Depth::Blocks { .. }) => {
            state.nav.depth = Depth::Halls;
            Vec::new()
        }
        _ => show(state, state.home()),
    }
}

/// Takes the filter off; of the machines of one block what was added to that. False where there is nothing to take off.
fn unfilter(state: &mut State) -> bool {
    let of_machines = matches!(state.nav.depth, Depth::Machines { .. });
    let of_block = (state.nav.screen == Screen::Site && of_machines)
        .then(|| machines::block(state))
        .flatten();
    if of_block.is_some() && machines::is_block_alone(state) {
        return false;
    }
    let term = of_block.and_then(|id| filter::exactly("block", id.as_str()));
    let Some(table) = rows::table_mut(state).filter(|t| !t.filter.is_empty()) else {
        return false;
    };
    table.filter = term.map_or_else(String::new, |term| format!("{term} "));
    true
}

fn leave(state: &mut State) -> Vec<Effect> {
    if state.nav.screen == state.home() && state.nav.nation.filter.is_empty() {
        quit(state)
    } else {
        back(state)
    }
}

fn quit(state: &mut State) -> Vec<Effect> {
    if orders::under_way(state).next().is_some()
        || !state.second.ours.is_empty()
        || emergency::is_running(state)
    {
        state.overlay = Overlay::QuitAsk;
        Vec::new()
    } else {
        vec![Effect::Quit]
    }
}

fn show(state: &mut State, screen: Screen) -> Vec<Effect> {
    if !state.has(screen) {
        let keys = [Screen::Engine, Screen::Journal].map(|s| state.keys.hint(Action::Show(s)));
        let [engine, journal] = keys;
        state.say(What::NoScreen {
            screen,
            engine,
            journal,
        });
        return Vec::new();
    }
    let from_nation = state.nav.screen == Screen::Nation;
    let mut effects = Vec::new();
    if screen == Screen::Site && (from_nation || state.site_shown().is_none()) {
        if let Some(site) = rows::site_at_cursor(state) {
            enter_site(state, site);
        }
    } else if state.nav.screen == Screen::Site && screen != Screen::Site {
        effects = machines::unwatch(state);
    }
    let returns = screen == Screen::Site && state.nav.screen != Screen::Site;
    state.nav.screen = screen;
    if returns
        && matches!(
            state.nav.depth,
            Depth::Machines { .. } | Depth::Machine { .. }
        )
    {
        effects.extend(machines::watch(state));
    }
    effects
}

fn mark(state: &mut State) {
    let Some(row) = rows::table(state).and_then(|t| rows::at_cursor(t, &rows::rows(state))) else {
        return;
    };
    match (state.nav.screen, &state.nav.depth) {
        (Screen::Nation, _) => {
            let id = SiteId::new(&row);
            if !state.nav.marked_sites.remove(&id) {
                state.nav.marked_sites.insert(id);
            }
        }
        // A hall is its blocks.
        (Screen::Site, Depth::Halls) => {
            let of_hall = state.site_shown().map(|view| view.blocks_of(&row));
            toggle(&mut state.nav.marked_blocks, of_hall.unwrap_or_default());
        }
        (Screen::Site, Depth::Blocks { .. }) => {
            if let Some(site) = state.nav.site.clone() {
                let key = BlockKey::new(&site, &BlockId::new(&row));
                if !state.nav.marked_blocks.remove(&key) {
                    state.nav.marked_blocks.insert(key);
                }
            }
        }
        _ => {
            state.say(What::NoMarks);
            return;
        }
    }
    step(state, |at, _| at + 1);
}

/// Marks all rows that are shown; where they all are marked, none of them. What the filter hides stays as it is.
fn mark_all(state: &mut State) {
    // Marks are what orders go to: never more rows than were meant.
    if rows::filtered(state).is_some_and(|filter| filter.wrong.is_some()) {
        state.say(What::FilterWrong);
        return;
    }
    let rows = rows::rows(state);
    let (n, of, sites) = match (state.nav.screen, &state.nav.depth) {
        (Screen::Nation, _) => {
            // This machine's engine is no part of the nation: it is marked by hand only.
            let realm = state.realm();
            let of_nation = |view: &SiteView| view.realm == realm;
            let sites = &state.fleet.sites;
            let shown: Vec<SiteId> = rows
                .iter()
                .map(|row| SiteId::new(row))
                .filter(|id| sites.get(id).is_some_and(of_nation))
                .collect();
            let of = sites.values().filter(|view| of_nation(view)).count();
            (toggle(&mut state.nav.marked_sites, shown), of, true)
        }
        (Screen::Site, Depth::Blocks { .. }) => {
            let Some(view) = state.site_shown() else {
                return;
            };
            let id = &view.site.id;
            let block = |row: &std::sync::Arc<str>| BlockKey::new(id, &BlockId::new(row));
            let shown = rows.iter().map(block).collect();
            let of = view.blocks.len();
            (toggle(&mut state.nav.marked_blocks, shown), of, false)
        }
        _ => return,
    };
    if let Some(n) = n {
        state.say(What::MarkedAll { n, of, sites });
    }
}

/// Adds all to the marks and says how many; where all are marked already takes them off.
fn toggle<T: Ord>(marks: &mut BTreeSet<T>, shown: Vec<T>) -> Option<usize> {
    let all = shown.iter().all(|row| marks.contains(row));
    if all && !shown.is_empty() {
        for row in &shown {
            marks.remove(row);
        }
        return None;
    }
    let n = shown.len();
    marks.extend(shown);
    Some(n)
}

fn freeze(state: &mut State) {
    if state.is_frozen() {
        state.nav.nation.frozen = None;
        state.nav.halls.frozen = None;
        state.nav.blocks.frozen = None;
        return;
    }
    let rows = rows::rows(state);
    if state.nav.screen == Screen::Site
        && matches!(
            state.nav.depth,
            Depth::Machines { .. } | Depth::Machine { .. }
        )
    {
        state.say(What::NoFreeze);
    } else if let Some(table) = rows::table_mut(state) {
        table.frozen = Some(rows);
    }
}

fn engine(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(status) = &state.engine else {
        state.say(What::NoEngine);
        return Vec::new();
    };
    let request = match action {
        Action::PauseEngine if status.paused => EngineRequest::Resume,
        Action::PauseEngine => EngineRequest::Pause,
        Action::NextKernel => EngineRequest::NextKernel,
        Action::MoreThreads => EngineRequest::Threads(status.threads.len() + 1),
        _ => EngineRequest::Threads(status.threads.len().saturating_sub(1).max(1)),
    };
    vec![Effect::Engine(request)]
}
