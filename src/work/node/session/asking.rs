//! What is asked of which node, and when.

use std::sync::Arc;
use std::time::Duration;

use super::super::{backoff, rpc::Fault};
use super::{Action, Ask, CHAIN, LONGPOLL, Now, RENEW, SECOND, SPARE, Session, TEMPLATE, TIP};
use crate::work::template::Template;

/// How often the tip is asked for where a long poll tells of it too.
const BACKUP: Duration = Duration::from_secs(5);
/// Long polls that may bring news within a second, one after the other: blocks do come close together now and then.
const QUICK: u32 = 5;

impl Session {
    pub(super) fn polled(&mut self, node: usize, sent: Duration, template: &Template, now: Now) {
        let here = &mut self.nodes[node];
        here.longpoll_failures = 0;
        let same = self
            .held
            .as_ref()
            .is_some_and(|h| h.template.previous() == template.previous());
        let at_once = now.mono < sent + SECOND;
        here.quick_polls = if at_once { here.quick_polls + 1 } else { 0 };
        // A node that answers at once must not be asked in a circle, be it without news or with a tip that it makes up
        // each time.
        let wait = if at_once && (same || here.quick_polls > QUICK) {
            SECOND
        } else {
            Duration::ZERO
        };
        here.longpoll_retry = now.mono + wait;
    }

    pub(super) fn longpoll_failed(&mut self, node: usize, fault: &Fault, now: Now) {
        let here = &mut self.nodes[node];
        here.longpoll_failures += 1;
        let idle = matches!(fault, Fault::Slow(_));
        let wait = if idle {
            Duration::ZERO
        } else {
            backoff::after(here.longpoll_failures, now.chance)
        };
        here.longpoll_retry = now.mono + wait;
        if let Fault::Rpc { .. } = fault {
            // The id is of no use; the next template brings another.
            here.longpoll_id = None;
        }
        // Is it the node, or this connection alone?
        here.next_tip = now.mono;
        if self.held.as_ref().is_some_and(|held| held.stopped) {
            // The head of this answer may have stopped the work; the rest of it does not come.
            here.want = true;
        }
    }

    pub(super) fn ask_what_is_due(&mut self, now: Now) {
        for node in 0..self.nodes.len() {
            self.ask(node, now);
        }
        let checker = self
            .active
            .or_else(|| self.nodes.iter().position(|n| n.ready));
        if let (Some(node), Some(chain)) = (checker, self.chain_known())
            && let Some(block) = self.ledger.check(node, chain, now)
        {
            self.actions.push(Action::Ask(node, Ask::Depth(block)));
        }
    }

    pub(super) fn ask(&mut self, node: usize, now: Now) {
        let active = self.active;
        let here = &mut self.nodes[node];
        let spare = active.is_some_and(|active| active < node);
        let look = !here.ready || (spare && now.mono >= here.next_look);
        if look && !here.asking[CHAIN] && now.mono >= here.retry {
            here.asking[CHAIN] = true;
            here.next_look = now.mono + SPARE;
            self.actions.push(Action::Ask(node, Ask::Chain));
        }
        let Some(wishes) = self.wishes.clone() else {
            return;
        };
        let chain = wishes.payouts.chain();
        // Also to a node that fails: the ledger waits by itself between offers.
        if self.nodes[node].on_chain
            && let Some(block) = self.ledger.offer(node, chain, now)
        {
            self.actions.push(Action::Ask(node, Ask::Submit(block)));
        }
        let owed = self.ledger.unjudged(node, chain);
        let here = &mut self.nodes[node];
        if !here.ready || spare {
            return;
        }
        if active == Some(node) && !self.settings.longpoll && now.mono >= here.next_template {
            here.want = true;
        }
        if here.want && !here.asking[TEMPLATE] && !owed && now.mono >= here.retry {
            here.want = false;
            here.asking[TEMPLATE] = true;
            here.next_template = now.mono + RENEW;
            self.actions
                .push(Action::Ask(node, Ask::Template(Arc::clone(&wishes))));
        }
        if active != Some(node) {
            return;
        }
        let here = &mut self.nodes[node];
        if let Some(id) = here.longpoll_id.clone()
            && !here.asking[LONGPOLL]
            && now.mono >= here.longpoll_retry
        {
            here.asking[LONGPOLL] = true;
            self.actions
                .push(Action::Ask(node, Ask::Longpoll(wishes, id)));
        }
        if !here.asking[TIP] && now.mono >= here.next_tip {
            here.asking[TIP] = true;
            let every = if here.asking[LONGPOLL] {
                BACKUP.max(self.settings.poll)
            } else {
                self.settings.poll
            };
            here.next_tip = now.mono + every;
            self.actions.push(Action::Ask(node, Ask::Tip));
        }
    }
}
