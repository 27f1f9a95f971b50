//! How high a node's chain is: what it has lost, and whether it is being built anew.

use std::time::Duration;

use super::super::spool::Stored;
use super::{ChainNow, Now, Session};
use crate::domain::mining::MiningEvent;

/// So many blocks a chain may be lower than before, as by a reorganisation.
const LOWER: u32 = 6;
/// So long the height of one that is lower must rest before blocks are handed in.
const REST: Duration = Duration::from_secs(30);

/// A chain that is built anew.
#[derive(Debug)]
struct Rising {
    height: u32,
    since: Duration,
}

/// What is known of a node's height.
#[derive(Debug, Default)]
pub(super) struct Height {
    /// As it stood before any loss.
    before: Option<u32>,
    tip: Option<String>,
    rising: Option<Rising>,
}

impl Height {
    /// It is lower than before, and has not rested yet.
    pub(super) const fn rests(&self) -> bool {
        self.rising.is_some()
    }

    /// The one block on which it is given others; none where it is given all.
    pub(super) fn only_on(&self) -> Option<&str> {
        let tip = self.tip.as_deref().unwrap_or_default();
        self.rising.as_ref().map(|_| tip)
    }

    /// Its tip, as displayed, and how high that is where it is known.
    pub(super) fn is_on(&mut self, tip: String, height: Option<u32>) {
        self.tip = Some(tip);
        if let (Some(before), Some(height), None) = (&mut self.before, height, &self.rising) {
            *before = height.max(*before);
        }
    }

    /// It has taken this block.
    pub(super) fn grew(&mut self, block: &Stored) {
        if self.tip.is_some() && self.tip == block.previous() {
            self.tip = Some(block.hash.to_string());
        }
    }

    /// It stands so high, and stood at `known` where nothing was heard of it before.
    fn stands(&mut self, height: u32, known: u32, now: Duration) {
        let before = *self.before.get_or_insert(known.max(height));
        let is_lower = height.saturating_add(LOWER) < before;
        match &mut self.rising {
            None if is_lower => self.rising = Some(Rising { height, since: now }),
            Some(rising) if is_lower && rising.height != height => {
                *rising = Rising { height, since: now };
            }
            Some(rising) if is_lower && now < rising.since + REST => {}
            _ => (self.before, self.rising) = (Some(height), None),
        }
    }
}

impl Session {
    /// Where a node says that its chain is.
    pub(super) fn stands_at(&mut self, node: usize, said: &ChainNow, sent: Duration, now: Now) {
        let (Some(height), Some(chain)) = (said.height, self.chain_known()) else {
            return;
        };
        let here = &mut self.nodes[node].height;
        if let Some(tip) = &said.tip {
            here.is_on(tip.clone(), None);
        }
        // A block that was found on it stood one above.
        let known = self
            .ledger
            .top(chain)
            .map_or(0, |top| top.saturating_sub(1));
        let was_lower = here.rests();
        here.stands(height, known, now.mono);
        let is_lower = here.rests();
        if is_lower && !was_lower {
            let text = format!(
                "node {} is more than {LOWER} blocks lower than before; blocks are handed in once its height has not changed for {} s, but for one on its present tip",
                node + 1,
                REST.as_secs()
            );
            self.say(MiningEvent::Error(text.into()));
        }
        if was_lower && !is_lower {
            self.ledger.back(node, now);
        }
        self.no_longer(node, height, sent, now);
    }

    /// A node's chain is only so high. True where it has lost blocks of ours by that.
    pub(super) fn no_longer(&mut self, node: usize, height: u32, sent: Duration, now: Now) -> bool {
        let Some(chain) = self.chain_known() else {
            return false;
        };
        let tells = self.checker().is_none_or(|checker| checker == node);
        let (lost, effects) = self.ledger.no_longer(node, chain, height, tells, sent, now);
        self.effects(effects);
        lost > 0
    }
}
