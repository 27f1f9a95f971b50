//! What is asked of which node, and when.

use std::sync::Arc;
use std::time::Duration;

use super::super::{backoff, rpc::Fault};
use super::{
    ALLOWED, Action, Ask, BACKUP, CHAIN, LONGPOLL, Now, RENEW, SECOND, SPARE, Session, TEMPLATE,
    TIP,
};
use crate::domain::mining::{Health, MiningEvent};
use crate::work::template::Template;

/// Long polls that may bring news within a second, one after the other: blocks do come close together now and then.
const QUICK: u32 = 5;
/// How long a block that is being handed in has its node to itself; after that it is asked whether it is still there.
const ALONE: Duration = Duration::from_secs(10);
/// How long a template may be made before that is said.
const LONG_MAKING: Duration = Duration::from_secs(20);

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
        if let (Some(node), Some(chain)) = (self.checker(), self.chain_known())
            && !self.hands_in(node, now)
            && let Some(block) = self.ledger.check(node, chain, now)
        {
            self.actions.push(Action::Ask(node, Ask::Depth(block)));
        }
    }

    /// The node by which the fate of blocks is told.
    pub(super) fn checker(&self) -> Option<usize> {
        let ready = || self.nodes.iter().position(|node| node.ready);
        self.active.or_else(ready)
    }

    /// Has a block in hand this node to itself?
    fn hands_in(&self, node: usize, now: Now) -> bool {
        let since = self.nodes[node].handing_in;
        since.is_some_and(|since| now.mono < since + ALONE)
    }

    /// A node that does not answer beside a long poll of ours may have no thread left for anything: what we hold open would
    /// keep our own block out.
    pub(super) fn crowded(&mut self, node: usize, fault: &Fault) {
        let open = self.nodes[node].asking[LONGPOLL];
        if !open || !matches!(fault, Fault::Slow(_)) || !self.crowded.insert(node) {
            return;
        }
        let text = format!(
            "node {} does not answer beside our long poll, as if it had no RPC thread left; its tip is asked for instead",
            node + 1
        );
        self.say(MiningEvent::Error(text.into()));
    }

    fn ask(&mut self, node: usize, now: Now) {
        self.hand_in(node, now);
        if self.hands_in(node, now) {
            return;
        }
        self.look(node, now);
        let spare = self.active.is_some_and(|active| active < node);
        if !self.nodes[node].ready || spare {
            return;
        }
        self.ask_for_template(node, now);
        if self.active == Some(node) {
            self.ask_for_news(node, now);
        }
    }

    /// Also to a node that fails: the ledger waits by itself between offers.
    fn hand_in(&mut self, node: usize, now: Now) {
        let here = &mut self.nodes[node];
        let wishes = self.wishes.as_ref().filter(|_| here.on_chain);
        let Some(chain) = wishes.map(|wishes| wishes.payouts.chain()) else {
            return;
        };
        if let Some(block) = self.ledger.offer(node, chain, here.height.only_on(), now) {
            here.handing_in = Some(now.mono);
            self.actions.push(Action::Ask(node, Ask::Submit(block)));
        }
    }

    fn look(&mut self, node: usize, now: Now) {
        let spare = self.active.is_some_and(|active| active < node);
        let here = &mut self.nodes[node];
        let due = (spare || here.height.rests()) && now.mono >= here.next_look;
        let busy = here.asking[CHAIN] || here.asking[ALLOWED];
        if (here.ready && !due) || busy || now.mono < here.retry {
            return;
        }
        here.asking[CHAIN] = true;
        here.next_look = now.mono + if here.height.rests() { BACKUP } else { SPARE };
        self.actions.push(Action::Ask(node, Ask::Chain));
    }

    fn ask_for_template(&mut self, node: usize, now: Now) {
        let polls = self.keeps_longpoll(node);
        let owed = self.owes_to(node);
        let (Some(wishes), here) = (&self.wishes, &mut self.nodes[node]) else {
            return;
        };
        let making = here.making.filter(|_| here.asking[TEMPLATE]);
        if making.is_some_and(|since| now.mono >= since + LONG_MAKING) {
            here.making = None;
            let why = "it has been making a template for more than 20 s; that is waited for, as asking anew would load it more";
            here.stands(Health::Busy, why);
        }
        if self.active == Some(node) && !polls && now.mono >= here.next_template {
            here.want = true;
        }
        if here.want && !here.asking[TEMPLATE] && !owed && now.mono >= here.retry {
            here.want = false;
            here.asking[TEMPLATE] = true;
            here.next_template = now.mono + RENEW;
            here.making = Some(now.mono);
            let ask = Ask::Template(Arc::clone(wishes));
            self.actions.push(Action::Ask(node, ask));
        }
    }

    /// Of the node that gives work: has its tip moved?
    fn ask_for_news(&mut self, node: usize, now: Now) {
        let may_wait = self.keeps_longpoll(node) && !self.owes_to(node);
        let here = &mut self.nodes[node];
        let none_comes = !here.want && !here.asking[TEMPLATE] && !here.asking[LONGPOLL];
        let free = may_wait && none_comes && now.mono >= here.longpoll_retry;
        if let (Some(id), Some(wishes), true) = (&here.longpoll_id, &self.wishes, free) {
            here.asking[LONGPOLL] = true;
            let ask = Ask::Longpoll(Arc::clone(wishes), id.clone());
            self.actions.push(Action::Ask(node, ask));
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

    /// Does this node's long poll tell us of its news?
    pub(super) fn keeps_longpoll(&self, node: usize) -> bool {
        self.settings.longpoll && !self.crowded.contains(&node)
    }
}
