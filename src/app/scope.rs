//! What an order is about: what marks and cursor select, in words, and what of it is no longer there.

use std::collections::BTreeSet;

use super::State;
use super::fleet::Realm;
use super::nav::{Depth, Screen};
use super::rows;
use crate::control::plan::Excluded;
use crate::domain::ids::{BlockId, BlockKey, SiteId};
use crate::domain::order::Reason;
use crate::domain::sentence::{Sentence, told};

/// What an order is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every site of the nation (this machine's engine is no part of it).
    Nation,
    /// These sites.
    Sites(BTreeSet<SiteId>),
    /// These blocks.
    Blocks(BTreeSet<BlockKey>),
}

/// What marks and cursor select on the screen shown.
pub fn selected(state: &State, nation: bool) -> Option<Scope> {
    if nation {
        return Some(Scope::Nation);
    }
    match state.nav.screen {
        // On the Curtail screen what was marked before is still meant; the nation only where nothing is.
        Screen::Nation | Screen::Curtail if !state.nav.marked_sites.is_empty() => {
            Some(Scope::Sites(state.nav.marked_sites.clone()))
        }
        Screen::Nation => rows::site_at_cursor(state).map(|id| Scope::Sites([id].into())),
        Screen::Site => {
            let view = state.site_shown()?;
            if !state.nav.marked_blocks.is_empty() {
                return Some(Scope::Blocks(state.nav.marked_blocks.clone()));
            }
            let row = rows::at_cursor(rows::table(state)?, &rows::rows(state));
            let of_hall = |hall: &str| Scope::Blocks(view.blocks_of(hall).into_iter().collect());
            match &state.nav.depth {
                Depth::Halls => row.map(|hall| of_hall(&hall)),
                Depth::Blocks { .. } => row.map(|id| {
                    Scope::Blocks([BlockKey::new(&view.site.id, &BlockId::new(&id))].into())
                }),
                // Where the machines of one block are shown, that block is meant.
                Depth::Machines { hall, .. } | Depth::Machine { hall, .. } => {
                    Some(match super::machines::block(state) {
                        Some(id) => Scope::Blocks([BlockKey::new(&view.site.id, &id)].into()),
                        None => of_hall(hall.as_str()),
                    })
                }
            }
        }
        Screen::Curtail if !state.nav.marked_blocks.is_empty() => {
            Some(Scope::Blocks(state.nav.marked_blocks.clone()))
        }
        _ => Some(Scope::Nation),
    }
}

/// What was selected and is in no feed any more: it is left out, and that is said.
pub(super) fn gone(state: &State, scope: &Scope) -> Vec<Excluded> {
    let missing = |key: BlockKey| Excluded {
        key,
        reasons: vec![Reason::Unknown],
    };
    match scope {
        Scope::Nation => Vec::new(),
        Scope::Sites(sites) => sites
            .iter()
            .filter(|id| !state.fleet.sites.contains_key(*id))
            .map(|id| missing(BlockKey::new(id, &BlockId::new(""))))
            .collect(),
        Scope::Blocks(keys) => keys
            .iter()
            .filter(|key| state.fleet.block(key).is_none())
            .map(|key| missing(key.clone()))
            .collect(),
    }
}

/// Why no order may be about all of that at once: what is simulated, what is real and this machine's engine are never
/// added up, and the grid must get what was typed.
pub(super) fn mixed(state: &State, scope: &Scope) -> Option<Sentence> {
    let realm = |site: &SiteId| state.fleet.sites.get(site).map(|view| view.realm);
    let realms: BTreeSet<Realm> = match scope {
        Scope::Nation => BTreeSet::new(),
        Scope::Sites(sites) => sites.iter().filter_map(realm).collect(),
        Scope::Blocks(keys) => keys.iter().filter_map(|key| realm(&key.site)).collect(),
    };
    (realms.len() > 1).then(|| {
        let kind = |realm: &Realm| match realm {
            Realm::Real => told!("own-real-sites", "real sites"),
            Realm::Simulated => told!("own-simulated-sites", "simulated sites"),
            Realm::ThisMachine => told!("own-this-machine", "this machine"),
        };
        let kinds = realms.iter().map(kind);
        let kinds = kinds
            .reduce(|some, more| told!("own-and", "{some} and {more}", some = some, more = more));
        told!(
            "own-mixed",
            "{kinds} are marked together; an order is for one kind: unmark the rest (space)",
            kinds = kinds.unwrap_or_default()
        )
    })
}

/// The scope in words for the dialog's first line.
pub fn scope_words(state: &State, scope: &Scope) -> Sentence {
    match scope {
        Scope::Nation => told!("own-the-nation", "the nation"),
        Scope::Sites(sites) if sites.len() == 1 => sites
            .first()
            .and_then(|id| state.fleet.sites.get(id))
            .map_or_else(
                || told!("own-one-site", "1 site"),
                |view| view.site.name.clone().into(),
            ),
        Scope::Sites(sites) => {
            told!("own-sites-marked", "{n} sites marked", n = sites.len())
        }
        Scope::Blocks(blocks) if blocks.len() == 1 => told!("own-one-block", "1 block"),
        Scope::Blocks(blocks) => told!("own-blocks", "{n} blocks", n = blocks.len()),
    }
}
