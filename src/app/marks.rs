//! How many rows are marked, of how many, and how many of them are out of sight: an order goes to all of them.

use super::State;
use super::fleet::SiteView;
use super::nav::{Depth, Screen};
use super::rows;
use crate::domain::ids::{BlockId, BlockKey, SiteId};

/// What is marked of the table shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Rows marked.
    pub marked: usize,
    /// Rows that could be: sites of the nation, blocks of the site.
    pub of: usize,
    /// Thereof marked, and not shown now: by the filter, or as they stand in another hall.
    pub hidden: usize,
    /// Rows are sites; else blocks.
    pub sites: bool,
}

/// What is marked of the table shown; none where nothing is.
pub fn marks(state: &State) -> Option<Marks> {
    let nav = &state.nav;
    match (nav.screen, &nav.depth) {
        (Screen::Nation, _) if !nav.marked_sites.is_empty() => {
            let shown = rows::nation(state);
            let seen = |id: &&SiteId| shown.iter().any(|row| **row == *id.as_str());
            let marked = nav.marked_sites.len();
            let realm = state.realm();
            let sites = state.fleet.sites.values();
            Some(Marks {
                marked,
                of: sites.filter(|v| v.realm == realm).count().max(marked),
                hidden: marked - nav.marked_sites.iter().filter(seen).count(),
                sites: true,
            })
        }
        (Screen::Site, _) if !nav.marked_blocks.is_empty() => {
            let view = state.site_shown()?;
            let marked = nav.marked_blocks.len();
            Some(Marks {
                marked,
                of: view.blocks.len().max(marked),
                hidden: out_of_sight(state, nav.marked_blocks.iter()),
                sites: false,
            })
        }
        _ => None,
    }
}

/// How many of these blocks are not among the rows of the site shown.
pub(super) fn out_of_sight<'a>(state: &State, blocks: impl Iterator<Item = &'a BlockKey>) -> usize {
    let shown: Vec<BlockKey> = match (state.site_shown(), &state.nav.depth) {
        (Some(view), Depth::Blocks { hall }) => rows::blocks(state, hall)
            .iter()
            .map(|row| BlockKey::new(&view.site.id, &BlockId::new(row)))
            .collect(),
        (Some(view), Depth::Halls) => rows::halls(state)
            .iter()
            .filter(|hall| is_marked(state, view, hall))
            .flat_map(|hall| view.blocks_of(hall))
            .collect(),
        _ => Vec::new(),
    };
    blocks.filter(|key| !shown.contains(key)).count()
}

/// Are all blocks of a hall marked?
pub fn is_marked(state: &State, view: &SiteView, hall: &str) -> bool {
    let blocks = view.blocks_of(hall);
    let marked = |key| state.nav.marked_blocks.contains(key);
    !blocks.is_empty() && blocks.iter().all(marked)
}
