//! Who holds a block down, or moves it, and until when: by this desk's own orders, and by what its gateway tells.

use std::sync::Arc;
use std::time::Duration;

use super::fleet::{BlockView, SiteView};
use super::{State, naming};
use crate::control::order::{Life, Record};
use crate::domain::fleet::BlockState;
use crate::domain::ids::{BlockKey, HallId, OrderId};
use crate::domain::order::{OrderKind, Phase};
use crate::domain::time::Timestamp;

/// The order that holds a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who issued it.
    pub by: Arc<str>,
    /// Which order.
    pub order: Option<OrderId>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Until when its lease runs; none: until restored.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Arc<str>,
    /// It has not ended: the block is on its way.
    pub under_way: bool,
    /// It gives load back.
    pub gives_back: bool,
}

/// Is it lower than it could be, or on its way?
pub fn is_held(view: &BlockView) -> bool {
    let block = &view.block;
    block.held.is_some()
        || block.target < block.nameplate
        || matches!(
            block.state,
            BlockState::Curtailed | BlockState::Ramping | BlockState::Restoring
        )
}

/// A block must stay off until then, whatever is ordered; none where it may come back.
pub fn not_before(view: &BlockView, now: Timestamp) -> Option<Timestamp> {
    let block = &view.block;
    let least = block.limits.min_off;
    let until = block.state_since + least;
    (block.state == BlockState::Curtailed && least > Duration::ZERO && until > now).then_some(until)
}

/// What holds a block; none where nothing does, or nobody has said what.
pub fn of_block(state: &State, view: &BlockView) -> Option<Holding> {
    let key = view.block.key();
    let latest = state
        .orders
        .iter()
        .rev()
        .find(|record| is_told(record, &key));
    let told = view.block.held.as_ref().map(|held| Holding {
        by: naming::person(state, &held.by).into(),
        order: held.order,
        since: held.since,
        until: held.until,
        reason: held.reason.clone(),
        under_way: matches!(
            view.block.state,
            BlockState::Ramping | BlockState::Restoring
        ),
        gives_back: view.block.state == BlockState::Restoring,
    });
    let ours = latest.map(of_record);
    match (ours, told) {
        // What this desk has under way is newer than what the gateway says of the block, or the same.
        (Some(ours), told) if ours.under_way => Some(match told {
            Some(told) if told.order == ours.order => Holding {
                under_way: true,
                gives_back: ours.gives_back,
                ..told
            },
            _ => ours,
        }),
        (_, Some(told)) => Some(told),
        (Some(ours), None) => (is_held(view) && !ours.gives_back).then_some(ours),
        (None, None) => None,
    }
}

/// An order that has reached, or may have reached, the block.
fn is_told(record: &Record, key: &BlockKey) -> bool {
    let goes = match record.life {
        Life::Recording | Life::NotSent | Life::Forgotten => false,
        Life::Sent | Life::Unknown | Life::Claimed(_) => true,
        Life::Said(phase) => !phase.is_denial(),
    };
    let target = |site: &_, block: &_| BlockKey::new(site, block) == *key;
    let refused = record
        .targets
        .iter()
        .any(|t| target(&t.site, &t.block) && (t.phase.is_denial() || t.phase == Phase::Failed));
    goes && !refused
        && record
            .order
            .targets
            .iter()
            .any(|t| target(&t.site, &t.block))
}

fn of_record(record: &Record) -> Holding {
    let order = &record.order;
    let since = record.accepted_at().unwrap_or(record.sent_at);
    Holding {
        by: order.issued_by.clone(),
        order: Some(order.id),
        since: Some(since),
        until: (!order.lease.is_zero()).then(|| since + order.lease),
        reason: order.reason.clone(),
        under_way: match record.life {
            Life::Said(phase) => !phase.is_final(),
            Life::Claimed(_) => false,
            _ => true,
        },
        gives_back: order.kind == OrderKind::Restore,
    }
}

/// What holds the blocks of a hall.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfHall {
    /// Blocks that are held or on their way.
    pub blocks: usize,
    /// Of these, blocks of which nobody has said by whom.
    pub unsaid: usize,
    /// Who holds, each once, with what is the same for all of theirs; the one with the most blocks first.
    pub hands: Vec<(usize, Holding)>,
}

/// Who holds blocks of a hall.
pub fn of_hall(state: &State, view: &SiteView, hall: &HallId) -> OfHall {
    let mut found = OfHall::default();
    let held = view.blocks.values().filter(|b| b.block.hall == *hall);
    for block in held.filter(|b| is_held(b)) {
        found.blocks += 1;
        let Some(holding) = of_block(state, block) else {
            found.unsaid += 1;
            continue;
        };
        match found.hands.iter_mut().find(|(_, h)| h.by == holding.by) {
            Some((count, shown)) => {
                *count += 1;
                shown.since = shown.since.min(holding.since).or(holding.since);
                // The last of them to end is when the hall is free; one without an end is without one.
                shown.until = shown.until.zip(holding.until).map(|(a, b)| a.max(b));
                shown.order = shown.order.filter(|order| Some(*order) == holding.order);
                if shown.reason != holding.reason {
                    shown.reason = "".into();
                }
                shown.under_way |= holding.under_way;
            }
            None => found.hands.push((1, holding)),
        }
    }
    found
        .hands
        .sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    found
}
