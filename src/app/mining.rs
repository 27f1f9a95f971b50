//! Standalone mining as this console knows it: how it stands, what was told, which of it is worth an alert.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::nav::{Pane, Screen};
use super::notice::{Notice, What};
use super::{Effect, State};
use crate::domain::mining::{BlockFate, FoundBlock, MiningEvent, MiningStatus};
use crate::domain::time::Timestamp;

/// Lines of the log that are kept.
pub const KEPT: usize = 1_000;
/// Blocks whose news are remembered, so that each is told of once.
const REMEMBERED: usize = 64;
/// Alerts follow each other no faster: on a test chain blocks come ten a second.
const QUIET: Duration = Duration::from_secs(2);

/// One line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: MiningEvent,
}

/// What is known of standalone mining.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mining {
    /// How it stands; none until the miner has said so for the first time.
    pub status: Option<MiningStatus>,
    /// What happened, youngest last, at most [`KEPT`] lines.
    pub log: VecDeque<Entry>,
    /// Blocks that were told of, and whether as being in the chain.
    told: VecDeque<(Arc<str>, bool)>,
    alerted: Option<Timestamp>,
}

impl Mining {
    /// Takes a line. Where the log is full, the oldest job, share or message of a pool goes first: a flood of those must
    /// not push out blocks and errors.
    fn log(&mut self, at: Timestamp, event: MiningEvent) {
        if self.log.len() >= KEPT {
            let common = |e: &Entry| {
                matches!(
                    e.event,
                    MiningEvent::Job(_) | MiningEvent::Share { .. } | MiningEvent::Message(_)
                )
            };
            let oldest = self.log.iter().position(common);
            self.log.remove(oldest.unwrap_or(0));
        }
        self.log.push_back(Entry { at, event });
    }

    /// Is this block news: not told of before, or now in the chain for the first time?
    fn is_news(&mut self, block: &FoundBlock) -> bool {
        let in_chain = matches!(block.fate, BlockFate::InChain(_));
        if let Some((_, told)) = self.told.iter_mut().find(|(hash, _)| *hash == block.hash) {
            let news = in_chain && !*told;
            *told |= in_chain;
            return news;
        }
        if self.told.len() == REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back((block.hash.clone(), in_chain));
        // A block that is deep already was told of before, longer ago than is remembered.
        match block.fate {
            BlockFate::Stored
            | BlockFate::Waiting
            | BlockFate::WithPool
            | BlockFate::Doubted(_) => true,
            BlockFate::InChain(depth) => depth <= 1,
            BlockFate::Refused(_) | BlockFate::SideBranch => false,
        }
    }
}

/// Takes how mining stands.
pub(super) fn on_status(state: &mut State, status: MiningStatus) {
    state.mining.get_or_insert_default().status = Some(status);
    let rows = pane_rows(state);
    state.nav.pane_cursor = state.nav.pane_cursor.min(rows.saturating_sub(1));
}

/// Takes an event; a new all-time best and a block are worth an alert.
pub(super) fn on_event(state: &mut State, event: MiningEvent) -> Vec<Effect> {
    let now = state.now;
    let mining = state.mining.get_or_insert_default();
    let news = match &event {
        MiningEvent::Best {
            difficulty,
            all_time: true,
        } => Some(Notice::from(What::BestShare(*difficulty))),
        MiningEvent::Block(block) if mining.is_news(block) => Some(block_news(block)),
        _ => None,
    };
    mining.log(now, event);
    // Who reads older lines keeps them in sight.
    if state.nav.log_cursor > 0 {
        state.nav.log_cursor = (state.nav.log_cursor + 1).min(mining.log.len() - 1);
    }
    let Some(news) = news else {
        return Vec::new();
    };
    let quiet = mining
        .alerted
        .is_some_and(|at| at <= now && at.age(now) < QUIET);
    if !quiet {
        mining.alerted = Some(now);
    }
    let sentence = news.to_string();
    state.say(news);
    if quiet {
        Vec::new()
    } else {
        vec![Effect::Alert(sentence)]
    }
}

fn block_news(block: &FoundBlock) -> Notice {
    Notice::from(match block.fate {
        BlockFate::InChain(_) => What::BlockInChain(block.height),
        _ => What::BlockFound(block.height),
    })
}

/// Rows of the pane that is shown.
pub fn pane_rows(state: &State) -> usize {
    let status = state.mining.as_ref().and_then(|m| m.status.as_ref());
    match state.nav.pane {
        Pane::Log => state.mining.as_ref().map_or(0, |m| m.log.len()),
        Pane::Blocks => status.map_or(0, |s| s.blocks.len()),
        Pane::Payout => status
            .and_then(|s| s.work.as_ref())
            .map_or(0, |w| w.payments.len()),
        Pane::Sources => status.map_or(0, |s| s.sources.len()),
        Pane::Threads => state.engine.as_ref().map_or(0, |e| e.threads.len()),
    }
}

/// Rows under the cursor and where it stands, on the screen shown.
fn scrolled(state: &State) -> (usize, usize) {
    if state.nav.screen == Screen::Journal || state.nav.pane == Pane::Log {
        let rows = state.mining.as_ref().map_or(0, |m| m.log.len());
        (rows, state.nav.log_cursor)
    } else {
        (pane_rows(state), state.nav.pane_cursor)
    }
}

/// Moves the cursor of the pane or the log; `to` is told where it stands and how many rows there are.
pub(super) fn step(state: &mut State, to: impl Fn(usize, usize) -> usize) {
    let (rows, at) = scrolled(state);
    let at = to(at.min(rows.saturating_sub(1)), rows).min(rows.saturating_sub(1));
    if state.nav.screen == Screen::Journal || state.nav.pane == Pane::Log {
        state.nav.log_cursor = at;
    } else {
        state.nav.pane_cursor = at;
    }
}

/// The block under the cursor of the pane of blocks, the youngest on top; on other panes the youngest.
pub fn block_chosen(state: &State) -> Option<&FoundBlock> {
    let blocks = &state.mining.as_ref()?.status.as_ref()?.blocks;
    let from_top = if state.nav.pane == Pane::Blocks {
        state.nav.pane_cursor
    } else {
        0
    };
    blocks.iter().rev().nth(from_top)
}

/// Copies the chosen block's hash.
pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let Some(hash) = block_chosen(state).map(|block| block.hash.to_string()) else {
        state.say(What::NoBlock);
        return Vec::new();
    };
    state.say(What::HashCopied);
    vec![Effect::Copy(hash)]
}
