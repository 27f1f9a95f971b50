//! The machines of a hall: which of them are asked for, a page at a time, and what of the hall a page shows.
//!
//! Invariant: whatever is shown of a page says whether the whole hall was looked through for it. The gateway's echo of
//! the filter alone says that it was.

use super::filter::{self, MACHINES, MachineFilter};
use super::fleet::SiteView;
use super::nav::{Depth, SortBy, Table};
use super::{Effect, State, rows};
use crate::domain::fleet::MachinePage;
use crate::domain::ids::{BlockId, FeedId, HallId, MachineId, SiteId};
use crate::domain::link::Request;

/// Rows of a page.
const PAGE: u32 = 500;

/// Which machines are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Over which feed.
    pub feed: FeedId,
    /// The site.
    pub site: SiteId,
    /// The hall.
    pub hall: HallId,
    /// The page, from 0.
    pub page: u32,
    /// The machine whose detail is asked for too.
    pub machine: Option<MachineId>,
    /// Only those that it lets through, where the gateway can filter.
    pub filter: MachineFilter,
    /// Pages that came since it was asked for.
    pub heard: u32,
}

impl Watch {
    fn is_met(&self, feed: FeedId, page: &MachinePage) -> bool {
        let echo = page.search.as_ref().map(|search| &search.filter);
        let of = (self.feed, &self.site, &self.hall, self.page);
        of == (feed, &page.site, &page.hall, page.page)
            && echo.is_none_or(|filter| filter == self.filter.text())
    }

    /// The request that it stands for.
    pub(super) fn request(&self) -> Request {
        Request::Watch {
            site: self.site.clone(),
            hall: self.hall.clone(),
            page: self.page,
            machine: self.machine.clone(),
            filter: self.filter.clone(),
        }
    }
}

/// What the filter that stands asks a gateway for; the empty one where it is too much to be asked for.
fn wanted(state: &State) -> MachineFilter {
    MachineFilter::typed(&state.nav.machines.filter).unwrap_or_default()
}

/// What the Site screen shows now, to be asked for. `alone`: of the open machine's page that machine only, as the
/// filter does not let it through any more.
fn asked(state: &State, alone: bool) -> Option<Watch> {
    let (hall, page, machine) = match &state.nav.depth {
        Depth::Machines { hall, page } => (hall, *page, None),
        Depth::Machine {
            hall,
            page,
            machine,
        } => (hall, *page, Some(machine)),
        Depth::Halls | Depth::Blocks { .. } => return None,
    };
    let view = state.site_shown()?;
    let only = machine.filter(|_| alone).and_then(only);
    Some(Watch {
        feed: view.feed,
        site: view.site.id.clone(),
        hall: hall.clone(),
        page: if only.is_some() { 0 } else { page },
        machine: machine.cloned(),
        filter: only.unwrap_or_else(|| wanted(state)),
        heard: 0,
    })
}

fn only(machine: &MachineId) -> Option<MachineFilter> {
    MachineFilter::read(&filter::exactly("machine", machine.as_str())?).ok()
}

fn ask(state: &mut State, alone: bool) -> Vec<Effect> {
    state.watch = asked(state, alone);
    let watch = state.watch.iter();
    watch
        .map(|watch| Effect::Send(watch.feed, watch.request()))
        .collect()
}

/// Asks for the machines that the Site screen shows now, and for no others any more.
pub(super) fn watch(state: &mut State) -> Vec<Effect> {
    let mut effects = unwatch(state);
    effects.extend(ask(state, false));
    effects
}

/// Asks for the detail of the machine that is open, or no more, beside the page that is shown.
pub(super) fn look(state: &mut State) -> Vec<Effect> {
    let effects = ask(state, false);
    let both = state.watch.as_ref().zip(state.machines.as_ref());
    // The page of one machine alone is no page of the hall.
    if !both.is_some_and(|(watch, page)| watch.is_met(watch.feed, page)) {
        state.machines = None;
    }
    effects
}

/// Asks for no machines any more.
pub(super) fn unwatch(state: &mut State) -> Vec<Effect> {
    state.machines = None;
    let Some(watch) = state.watch.take() else {
        return Vec::new();
    };
    vec![Effect::Send(
        watch.feed,
        Request::Unwatch {
            site: watch.site,
            hall: watch.hall,
        },
    )]
}

/// Asks anew where the filter has changed, from its first page. What stands stays until the answer is there.
pub(super) fn follow(state: &mut State) -> Vec<Effect> {
    let filter = wanted(state);
    let has_changed = state
        .watch
        .as_ref()
        .is_some_and(|watch| watch.filter != filter);
    match &mut state.nav.depth {
        Depth::Machines { page, .. } if has_changed => {
            *page = 0;
            ask(state, false)
        }
        _ => Vec::new(),
    }
}

/// A page has come.
pub(super) fn heard(state: &mut State, feed: FeedId, page: MachinePage) -> Vec<Effect> {
    let watch = state.watch.as_mut().filter(|w| w.is_met(feed, &page));
    let Some(watch) = watch else {
        return Vec::new();
    };
    watch.heard = watch.heard.saturating_add(1);
    let last = page.pages.saturating_sub(1);
    let is_beyond = page.page > last && page.search.is_some();
    let open = watch.machine.as_ref().filter(|_| page.search.is_some());
    let is_hidden = open.is_some_and(|id| {
        only(id).is_some_and(|only| only != watch.filter) && !page.rows.iter().any(|m| m.id == *id)
    });
    state.machines = Some(page);
    if is_hidden {
        return ask(state, true);
    }
    match &mut state.nav.depth {
        // Fewer are let through than when this page was turned to.
        Depth::Machines { page, .. } if is_beyond => {
            *page = last;
            watch_page(state)
        }
        _ => Vec::new(),
    }
}

fn watch_page(state: &mut State) -> Vec<Effect> {
    // Another page is another list; filter and order are the hall's.
    let table = &mut state.nav.machines;
    table.cursor = None;
    table.index = 0;
    watch(state)
}

/// Another page of the hall, or of what the filter lets through; none where there is no further one.
pub(super) fn turn(state: &mut State, down: bool) -> Option<Vec<Effect>> {
    let pages = state.machines_shown().map_or(1, |m| m.pages);
    let Depth::Machines { page, .. } = &mut state.nav.depth else {
        return None;
    };
    *page = match down {
        true if *page + 1 < pages => *page + 1,
        false if *page > 0 => *page - 1,
        _ => return None,
    };
    Some(watch_page(state))
}

/// Opens the machines of a block: those of its hall, with the filter that shows this block.
pub(super) fn open(state: &mut State, hall: HallId, block: &BlockId) -> Vec<Effect> {
    let term = filter::exactly("block", block.as_str());
    let view = state.site_shown();
    let filters = view
        .and_then(|view| state.feed(view.feed)?.info.as_ref()?.watch_filter)
        .is_some();
    let page = view.map_or(0, |view| first_page(view, &hall, block));
    state.nav.machines = Table {
        // The blank lets more be typed after it.
        filter: term.map_or_else(String::new, |term| format!("{term} ")),
        ..Table::default()
    };
    state.nav.depth = Depth::Machines {
        hall,
        page: if filters { 0 } else { page },
    };
    watch(state)
}

/// The page of the hall that a block begins on, where a gateway lists a hall block by block.
fn first_page(view: &SiteView, hall: &HallId, block: &BlockId) -> u32 {
    let of_hall = view.blocks.values().filter(|b| b.block.hall == *hall);
    let before = of_hall.filter(|b| rows::natural(b.block.id.as_str(), block.as_str()).is_lt());
    let before = before.map(|b| b.block.machines.total);
    before.fold(0, u32::saturating_add) / PAGE
}

/// The one block that the filter of machines is about.
pub fn block(state: &State) -> Option<BlockId> {
    let filter = wanted(state);
    let named = filter.block()?;
    let blocks = state.site_shown()?.blocks.keys();
    let is_named = |id: &&BlockId| id.as_str().to_lowercase() == named;
    blocks.into_iter().find(is_named).cloned()
}

/// Does the filter say no more than which block is shown?
pub fn is_block_alone(state: &State) -> bool {
    let nothing_wrong = filter::parse(&state.nav.machines.filter, MACHINES)
        .wrong
        .is_none();
    nothing_wrong && wanted(state).terms() == 1 && block(state).is_some()
}

/// What of a hall the page shown is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Machines that could be on one of the pages.
    pub found: u32,
    /// Machines of the hall.
    pub of: u32,
    /// The page, from 1.
    pub page: u32,
    /// All pages.
    pub pages: u32,
    /// Pages that the filter was not held against.
    pub unsearched: u32,
    /// Is there a filter, held against the whole hall?
    pub searched: bool,
    /// The order is that of this page, not of the hall.
    pub sorted_alone: bool,
}

/// What of a hall the page shown is; none where there is no page.
pub fn reach(state: &State) -> Option<Reach> {
    let page = state.machines_shown()?;
    let table = &state.nav.machines;
    let typed = filter::parse(&table.filter, MACHINES);
    let echo = page.search.as_ref();
    let search = echo.filter(|search| *search.filter == typed.text);
    let pages = page.pages.max(1);
    let is_open = search.is_none() && (echo.is_some() || !typed.terms.is_empty());
    Some(Reach {
        found: search.map_or(page.total, |search| search.found),
        of: search.map_or(page.total, |search| search.of),
        page: page.page.saturating_add(1),
        pages,
        unsearched: if is_open { pages - 1 } else { 0 },
        searched: search.is_some(),
        sorted_alone: pages > 1 && (table.sort != SortBy::Name || table.reverse),
    })
}
