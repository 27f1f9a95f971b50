//! The work at hand: which template is hashed, what stops it, and how its time counts on.

use std::sync::Arc;
use std::time::Duration;

use super::super::{words, zmq::News};
use super::{Action, Ask, BLOCK_FOUND, Held, LONGPOLL, Now, SECOND, SPARE, Session, TEMPLATE};
use crate::domain::mining::{Chain, Health, MiningEvent};
use crate::engine::header::Hash;
use crate::work::hours;
use crate::work::template::Template;

/// How often a template is fetched anew for its fees.
const REFRESH: Duration = Duration::from_secs(30);
/// Where a node offers work that its own tip has made worthless, how soon it is asked again.
const AGAIN: Duration = Duration::from_millis(100);
/// How long a template is not believed that is made on the parent of a block that the node has taken.
const FOUND: Duration = Duration::from_secs(10);
/// BIP 94: so long after its parent a block may have the least difficulty.
const TESTNET_LULL: u32 = 20 * 60;

impl Session {
    /// Who found the block has stopped the work on its template; not on another one that came meanwhile.
    pub(super) fn found_on(&mut self, template: &Arc<Template>) {
        let Some(held) = &mut self.held else { return };
        if Arc::ptr_eq(&held.template, template) {
            held.stopped = true;
        } else if held.template.previous() == template.previous() {
            self.no_work(BLOCK_FOUND);
        }
    }

    pub(super) fn template(
        &mut self,
        node: usize,
        template: Arc<Template>,
        sent: Duration,
        longpolled: bool,
        now: Now,
    ) {
        if self.active.is_some_and(|active| active < node) {
            // A better one came back meanwhile.
            return self.nodes[node].stands(Health::Spare, "");
        }
        let here = &mut self.nodes[node];
        if !here.ready {
            // Asked for before it failed: what a block needs is tried anew first, then it is asked again.
            return;
        }
        let below = template.height() - 1;
        here.height
            .is_on(template.previous().to_string(), Some(below));
        let passed =
            |(at, tip): &(Duration, String)| sent < *at && template.previous().to_string() != *tip;
        if here.heard.as_ref().is_some_and(passed) {
            // Asked for before the tip moved, and made on the old one.
            here.want = true;
            return;
        }
        let chain = template.chain();
        let of_now = hours::check(chain, template.curtime(), now.wall).map_err(str::to_owned);
        let believed = &mut self.nodes[node].believed;
        let sound = of_now.and_then(|()| {
            let taken = believed.take(chain, template.target(), now.wall);
            taken.map_err(|easy| easy.to_string())
        });
        if let Err(why) = sound {
            let why = format!("its template is not hashed, as {why}");
            if self.held.as_ref().is_some_and(|held| held.node == node) {
                self.no_work(&why);
            }
            return self.fail(node, Health::Wrong, &why, now);
        }
        let finding = self.finding.is_some_and(|(previous, since)| {
            template.previous() == previous && now.mono < since + FOUND
        });
        let found = self.found.as_ref().is_some_and(|found| {
            template.previous() == found.previous
                && now.mono < found.at + FOUND
                && (self.ledger.taken(node, &found.block) || self.owes_to(node))
        });
        if finding || found {
            // Made before our block reached the node's tip; it would make a sibling of it.
            self.nodes[node].want = true;
            self.nodes[node].retry = now.mono + AGAIN;
            return;
        }
        if self.no_longer(node, below, sent, now) {
            self.nodes[node].want = true;
            return;
        }
        let lower = |held: &Held| held.node == node && template.height() < held.template.height();
        if longpolled && self.held.as_ref().is_some_and(lower) {
            // Overtaken by a later answer; should the chain really have shrunk, the next template says so again.
            self.nodes[node].want = true;
            return;
        }
        if let Some(old) = self.active.filter(|old| *old != node) {
            self.nodes[old].stands(Health::Spare, "");
            self.nodes[old].next_look = now.mono + SPARE;
            self.drop_longpoll(old);
        }
        self.active = Some(node);
        let here = &mut self.nodes[node];
        here.failures = 0;
        here.retry = now.mono;
        here.stands(Health::Live, "");
        let moved = self
            .held
            .as_ref()
            .is_none_or(|h| h.template.previous() != template.previous());
        let wanted = self.keeps_longpoll(node);
        let id = template.longpoll_id().filter(|_| wanted).map(str::to_owned);
        let here = &mut self.nodes[node];
        if here.longpoll_id != id {
            here.longpoll_id = id;
            if moved && here.asking[LONGPOLL] {
                // It waits for news that we have had otherwise.
                self.drop_longpoll(node);
            }
        }
        let here = &mut self.nodes[node];
        here.next_tip = here.next_tip.max(now.mono + self.settings.poll);
        self.hold(node, template, moved, now);
    }

    pub(super) fn hold(&mut self, node: usize, template: Arc<Template>, moved: bool, now: Now) {
        let before = self.held.take().filter(|_| !moved);
        let time = template.curtime();
        self.actions
            .push(Action::Work(node, Arc::clone(&template), time));
        if template.chain() == Chain::Testnet4 && before.as_ref().is_none_or(|h| h.parent.is_none())
        {
            self.actions
                .push(Action::Ask(node, Ask::Parent(template.previous())));
        }
        if self.settings.check_proposals && template.takes_proposals() && moved {
            self.actions
                .push(Action::Ask(node, Ask::Propose(Arc::clone(&template))));
        }
        self.held = Some(Held {
            template,
            node,
            at: now.mono,
            time,
            next_roll: now.mono + SECOND,
            stopped: false,
            parent: before.and_then(|h| h.parent),
        });
    }

    pub(super) fn tip(&mut self, node: usize, tip: &str, sent: Duration, now: Now) {
        self.nodes[node].height.is_on(tip.to_owned(), None);
        let Some(held) = self
            .held
            .as_ref()
            .filter(|h| h.node == node && h.at <= sent)
        else {
            return;
        };
        if held.template.previous().to_string() != tip {
            self.moved(node, tip, now);
            self.nodes[node].want = true;
        }
    }

    pub(super) fn ahead(&mut self, node: usize, previous: Hash, now: Now) {
        let other = |held: &Held| held.node == node && held.template.previous() != previous;
        if self.held.as_ref().is_some_and(other) {
            self.moved(node, &previous.to_string(), now);
        }
    }

    /// The node's tip is now this block.
    fn moved(&mut self, node: usize, tip: &str, now: Now) {
        self.nodes[node].heard = Some((now.mono, tip.to_owned()));
        if self.active == Some(node) {
            self.no_work("the tip has moved");
        }
    }

    pub(super) fn news(&mut self, node: usize, news: News, now: Now) {
        match news {
            News::Up => {
                self.nodes[node].want = true;
                if self.unheard.remove(&node) {
                    let text = format!("ZMQ of node {} is heard again", node + 1);
                    self.say(MiningEvent::Message(text.into()));
                }
            }
            News::Block(hash) => {
                let known =
                    |held: &Held| held.node == node && held.template.previous().to_string() == hash;
                if !self.held.as_ref().is_some_and(known) {
                    self.moved(node, &hash, now);
                    self.nodes[node].want = true;
                }
            }
            News::Gap(missed) => {
                self.nodes[node].want = true;
                let text = format!(
                    "ZMQ of node {}: {missed} messages were not heard; its tip is asked for",
                    node + 1
                );
                self.say(MiningEvent::Error(text.into()));
            }
            News::Down(why) => {
                if !self.unheard.insert(node) {
                    return;
                }
                let text = format!(
                    "ZMQ of node {}: {why}; its tip is asked for as before, and the link is tried again",
                    node + 1
                );
                self.say(MiningEvent::Error(text.into()));
            }
        }
    }

    pub(super) fn proposed(
        &mut self,
        node: usize,
        template: &Arc<Template>,
        reason: Option<&str>,
        now: Now,
    ) {
        let Some(why) = words::proposal(reason) else {
            return;
        };
        if self
            .held
            .as_ref()
            .is_some_and(|h| h.template.previous() == template.previous())
        {
            self.no_work("the node would refuse this block");
            let why = format!("it would refuse a block of its own template: {why}");
            self.fail(node, Health::Wrong, &why, now);
        }
    }

    pub(super) fn time_passes(&mut self, now: Now) {
        let Some(held) = &mut self.held else { return };
        let age = now.mono.saturating_sub(held.at);
        let node = held.node;
        // A node that says at once, or nothing of use, is not asked in a circle.
        let forgotten = held.template.expires().map(|after| after.max(SECOND));
        let max_age = forgotten.map_or(self.settings.max_age, |f| f.min(self.settings.max_age));
        if age >= max_age && !held.stopped {
            self.no_work("the work is too old, and no node gives newer");
            return;
        }
        if age >= REFRESH.min(max_age / 2) && !self.nodes[node].asking[TEMPLATE] {
            self.nodes[node].want = true;
        }
        if held.stopped || now.mono < held.next_roll {
            return;
        }
        held.next_roll = now.mono + SECOND;
        let ahead = u32::try_from(age.as_secs()).unwrap_or(u32::MAX);
        let template = Arc::clone(&held.template);
        let wanted = template
            .curtime()
            .saturating_add(ahead)
            .min(template.maxtime());
        let (time, other_bits) = rolled(&template, held.parent, wanted);
        let same = time == held.time;
        held.time = time;
        if other_bits {
            self.nodes[node].want = true;
        }
        if !same {
            self.actions.push(Action::Work(node, template, time));
        }
    }

    pub(super) fn no_work(&mut self, why: &str) {
        if let Some(held) = &mut self.held
            && !held.stopped
        {
            held.stopped = true;
            self.actions.push(Action::NoWork(why.into()));
        }
    }
}

/// The time a header may have, and whether past it the bits change: testnet4 lets a block whose time is more than 20
/// minutes after its parent's have the least difficulty (BIP 94), and holds all others to the full one.
fn rolled(template: &Template, parent: Option<u32>, wanted: u32) -> (u32, bool) {
    if template.chain() != Chain::Testnet4 {
        return (wanted, false);
    }
    let Some(lull) = parent.map(|time| time.saturating_add(TESTNET_LULL)) else {
        return (template.curtime(), false);
    };
    if template.curtime() <= lull && wanted > lull {
        return (lull, true);
    }
    (wanted, false)
}
