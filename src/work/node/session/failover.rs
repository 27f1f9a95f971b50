//! Which node gives work: what chain each is on, how it stands, and who stands in.

use std::sync::Arc;
use std::time::Duration;

use super::super::rpc::Fault;
use super::super::{backoff, rpc};
use super::{ALLOWED, Action, Ask, ChainNow, Fit, LONGPOLL, Now, Session};
use crate::domain::mining::MiningEvent;
use crate::domain::mining::{Chain, Health};
use crate::work::Told;
use crate::work::template::TemplateOptions;

/// How often the answer's time is told.
const LATENCY: Duration = Duration::from_secs(5);

impl Session {
    pub(super) fn chain(&mut self, node: usize, said: &ChainNow, sent: Duration, now: Now) {
        self.nodes[node].on_chain = false;
        let chain = match chain_of(&said.word) {
            Ok(chain) => chain,
            Err(why) => return self.fail(node, Health::Wrong, &why, now),
        };
        match &self.wishes {
            Some(wishes) if wishes.payouts.chain() == chain => {}
            Some(wishes) => {
                let why = format!(
                    "it is on {}, the others are on {}; name nodes of one chain",
                    chain.word(),
                    wishes.payouts.chain().word()
                );
                return self.fail(node, Health::Wrong, &why, now);
            }
            None => match self.settings.payouts.for_chain(chain) {
                Ok(payouts) => {
                    if let Some(remark) = payouts.remark() {
                        self.say(MiningEvent::Message(remark.into()));
                    }
                    let tag = self.settings.tag.clone();
                    self.wishes = Some(Arc::new(TemplateOptions { payouts, tag }));
                    self.actions.push(Action::Tell(Told::Chain(chain)));
                }
                Err(error) => {
                    // The miner judges too, and ends where there is nothing to be paid to.
                    self.actions.push(Action::Tell(Told::Chain(chain)));
                    return self.fail(node, Health::Wrong, &error.to_string(), now);
                }
            },
        }
        self.nodes[node].on_chain = true;
        self.stands_at(node, said, sent, now);
        let here = &mut self.nodes[node];
        if !here.ready {
            self.ledger.back(node, now);
        }
        if said.fetching {
            return self.bar(node, &Fault::Fetching, now);
        }
        if here.fit == Fit::Allowed {
            return self.usable(node);
        }
        here.asking[ALLOWED] = true;
        self.actions.push(Action::Ask(node, Ask::Allowed));
    }

    /// It is on our chain, and allows what mining needs.
    pub(super) fn usable(&mut self, node: usize) {
        let here = &mut self.nodes[node];
        here.fit = Fit::Allowed;
        here.want |= !here.ready;
        here.ready = true;
        if self.active.is_some_and(|active| active < node) {
            here.failures = 0;
            here.stands(Health::Spare, "");
        }
    }

    /// It must not be mined on now, nor on what it has given.
    pub(super) fn bar(&mut self, node: usize, fault: &Fault, now: Now) {
        self.nodes[node].fit = Fit::Barred;
        let why = fault.sentence();
        if self.held.as_ref().is_some_and(|held| held.node == node) {
            self.no_work(&why);
        }
        self.fail(node, fault.health(), &why, now);
    }

    pub(super) fn fail(&mut self, node: usize, health: Health, why: &str, now: Now) {
        let here = &mut self.nodes[node];
        here.failures = here.failures.saturating_add(1);
        here.ready = false;
        if here.fit == Fit::Allowed {
            here.fit = Fit::Unknown;
        }
        here.retry = now.mono + backoff::after(here.failures, now.chance);
        here.stands(health, why);
        self.drop_longpoll(node);
        if self.active == Some(node) {
            self.active = None;
            for spare in self.nodes.iter_mut().filter(|n| n.ready) {
                spare.want = true;
                spare.retry = now.mono;
            }
        }
    }

    pub(super) fn drop_longpoll(&mut self, node: usize) {
        let here = &mut self.nodes[node];
        if std::mem::take(&mut here.asking[LONGPOLL]) {
            self.actions.push(Action::DropLongpoll(node));
        }
    }

    pub(super) fn tell_health(&mut self, now: Now) {
        for (end, node) in self.nodes.iter_mut().enumerate() {
            let active = self.active == Some(end);
            let state = (node.health, Arc::clone(&node.detail), active);
            let changed = node.told.as_ref() != Some(&state);
            let due = node.latency.is_some() && now.mono >= node.told_at + LATENCY && active;
            if !changed && !due {
                continue;
            }
            node.told = Some(state);
            node.told_at = now.mono;
            self.actions.push(Action::Tell(Told::Health {
                end,
                health: node.health,
                detail: Arc::clone(&node.detail),
                latency: node.latency,
                active,
            }));
        }
    }
}

/// A chain by the word of `getblockchaininfo`.
pub(in crate::work::node) fn chain_of(word: &str) -> Result<Chain, String> {
    match word {
        "main" => Ok(Chain::Main),
        "testnet4" => Ok(Chain::Testnet4),
        "signet" => Ok(Chain::Signet),
        "regtest" => Ok(Chain::Regtest),
        "test" | "testnet" | "testnet3" => {
            Err("it is on the old testnet3, which is not mined any more; use testnet4, signet or regtest".to_owned())
        }
        other => Err(format!(
            "it is on the chain {:?}; main, testnet4, signet and regtest can be mined",
            rpc::shown(other)
        )),
    }
}
