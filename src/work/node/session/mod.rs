//! The link to the nodes as a state machine: answers, news and the passing of time go in, questions and tellings come out.
//!
//! Invariant: one node at a time gives work, the first of the list that can; news that its tip has moved stops the work
//! on the old one before anything else is asked; no template is fetched from a node that has not yet judged a block that
//! was found here; work older than its greatest age is taken away.

mod asking;
mod failover;
mod held;
mod terms;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::failover::chain_of;
pub(super) use self::terms::{Action, Answer, Ask, Event, Settings};
use super::ledger::{Effect, Ledger, Now};
use super::rpc::Fault;
use crate::domain::mining::{Chain, Health, MiningEvent};
use crate::engine::header::Hash;
use crate::work::Told;
use crate::work::ease::Believed;
use crate::work::template::{Template, TemplateOptions};

/// How often a node in reserve is looked at.
const SPARE: Duration = Duration::from_secs(15);
/// How often a template is renewed where no long poll brings one.
const RENEW: Duration = Duration::from_secs(30);
/// A header's time counts on.
const SECOND: Duration = Duration::from_secs(1);
/// Why nothing is hashed after a find.
pub(super) const BLOCK_FOUND: &str = "block found, waiting for the next template";

const CHAIN: usize = 0;
const TEMPLATE: usize = 1;
const TIP: usize = 2;
const LONGPOLL: usize = 3;

#[derive(Debug)]
struct Node {
    /// It is on our chain, and nothing has failed since.
    ready: bool,
    /// It was on our chain when it was last asked.
    on_chain: bool,
    health: Health,
    detail: Arc<str>,
    latency: Option<Duration>,
    told: Option<(Health, Arc<str>, bool)>,
    told_at: Duration,
    failures: u32,
    retry: Duration,
    want: bool,
    /// What is under way, by [`CHAIN`] to [`LONGPOLL`].
    asking: [bool; 4],
    longpoll_id: Option<String>,
    longpoll_retry: Duration,
    longpoll_failures: u32,
    /// Those in a row that were answered at once.
    quick_polls: u32,
    next_tip: Duration,
    next_look: Duration,
    /// When a template is asked for though nothing moved: fees come in.
    next_template: Duration,
    /// What it has said of the network's difficulty.
    believed: Believed,
}

impl Node {
    fn new() -> Self {
        Self {
            believed: Believed::default(),
            ready: false,
            on_chain: false,
            health: Health::Connecting,
            detail: "".into(),
            latency: None,
            told: None,
            told_at: Duration::ZERO,
            failures: 0,
            retry: Duration::ZERO,
            want: true,
            asking: [false; 4],
            longpoll_id: None,
            longpoll_retry: Duration::ZERO,
            longpoll_failures: 0,
            quick_polls: 0,
            next_tip: Duration::ZERO,
            next_look: Duration::ZERO,
            next_template: Duration::ZERO,
        }
    }

    fn stands(&mut self, health: Health, detail: &str) {
        self.health = health;
        if *self.detail != *detail {
            self.detail = detail.into();
        }
    }
}

/// The template at hand.
#[derive(Debug)]
struct Held {
    template: Arc<Template>,
    node: usize,
    at: Duration,
    time: u32,
    next_roll: Duration,
    /// Not hashed any more.
    stopped: bool,
    /// Time of the block before, where it matters.
    parent: Option<u32>,
}

/// The last block that was found here.
#[derive(Debug)]
struct LastFound {
    previous: Hash,
    block: Hash,
    at: Duration,
}

/// The state machine.
#[derive(Debug)]
pub(super) struct Session {
    settings: Settings,
    wishes: Option<Arc<TemplateOptions>>,
    nodes: Vec<Node>,
    active: Option<usize>,
    held: Option<Held>,
    found: Option<LastFound>,
    /// A block on this one is on its way to the disk, since when.
    finding: Option<(Hash, Duration)>,
    ledger: Ledger,
    actions: Vec<Action>,
    /// Nodes whose publisher is down, which was said.
    unheard: BTreeSet<usize>,
}

impl Session {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            wishes: None,
            nodes: (0..settings.nodes).map(|_| Node::new()).collect(),
            active: None,
            held: None,
            found: None,
            finding: None,
            ledger: Ledger::new(settings.nodes),
            actions: Vec::new(),
            unheard: BTreeSet::new(),
            settings,
        }
    }

    /// Is there a found block that no node has judged?
    pub(super) fn owes(&self) -> bool {
        self.ledger.unheard()
    }

    /// Takes in what happened; gives what is to be done, in this order.
    pub(super) fn step(&mut self, event: Event, now: Now) -> Vec<Action> {
        match event {
            Event::Answer {
                node,
                ask,
                sent,
                took,
                answer,
            } => {
                if let Ok(_) | Err(Fault::Rpc { .. }) = &answer
                    && !matches!(ask, Ask::Longpoll(..) | Ask::Submit(_))
                {
                    self.nodes[node].latency = Some(took);
                }
                self.answer(node, &ask, sent, answer, now);
            }
            Event::Ahead(node, previous) => self.ahead(node, previous),
            Event::News(node, news) => self.news(node, news),
            Event::Found(block, template) => {
                self.finding = None;
                self.found = Some(LastFound {
                    previous: template.previous(),
                    block: block.hash,
                    at: now.mono,
                });
                self.found_on(&template);
                for node in &mut self.nodes {
                    node.want = true;
                }
                let effects = self.ledger.add(block, now);
                self.effects(effects);
            }
            Event::Finding(previous) => self.finding = Some((previous, now.mono)),
            Event::Kept(block) => {
                let effects = self.ledger.add(block, now);
                self.effects(effects);
            }
            Event::Tick => {}
        }
        self.time_passes(now);
        self.ask_what_is_due(now);
        self.tell_health(now);
        std::mem::take(&mut self.actions)
    }

    fn answer(
        &mut self,
        node: usize,
        ask: &Ask,
        sent: Duration,
        answer: Result<Answer, Fault>,
        now: Now,
    ) {
        let here = &mut self.nodes[node];
        match ask {
            Ask::Chain => here.asking[CHAIN] = false,
            Ask::Template(_) => here.asking[TEMPLATE] = false,
            Ask::Longpoll(..) => here.asking[LONGPOLL] = false,
            Ask::Tip => here.asking[TIP] = false,
            Ask::Parent(_) | Ask::Propose(_) | Ask::Submit(_) | Ask::Depth(_) => {}
        }
        match (ask, answer) {
            (Ask::Chain, Ok(Answer::Chain(word))) => self.chain(node, &word, now),
            (Ask::Template(_), Ok(Answer::Template(template))) => {
                self.template(node, template, false, now);
            }
            (Ask::Longpoll(..), Ok(Answer::Template(template))) => {
                self.polled(node, sent, &template, now);
                self.template(node, template, true, now);
            }
            (Ask::Longpoll(..), Err(fault)) => self.longpoll_failed(node, &fault, now),
            (Ask::Tip, Ok(Answer::Tip(tip))) => self.tip(node, &tip, sent),
            (Ask::Parent(of), Ok(Answer::Parent(time))) => {
                if let Some(held) = self.held.as_mut().filter(|h| h.template.previous() == *of) {
                    held.parent = Some(time);
                }
            }
            (Ask::Propose(template), Ok(Answer::Reason(reason))) => {
                self.proposed(node, template, reason.as_deref(), now);
            }
            (Ask::Submit(block), Ok(Answer::Reason(reason))) => {
                self.submitted(node, block.hash, Ok(reason), now);
            }
            (Ask::Submit(block), Err(fault)) => self.submitted(node, block.hash, Err(fault), now),
            (Ask::Depth(block), Ok(Answer::Depth(depth))) => {
                let effects = self.ledger.checked(node, &block.hash, Ok(depth), now);
                self.effects(effects);
            }
            (Ask::Depth(block), Err(fault)) => {
                let effects = self.ledger.checked(node, &block.hash, Err(fault), now);
                self.effects(effects);
            }
            (Ask::Chain | Ask::Template(_) | Ask::Tip, Err(fault)) => {
                self.fail(node, fault.health(), &fault.sentence(), now);
            }
            // Parent and proposal are done without; each other answer is paired with its question by the driver.
            _ => {}
        }
    }

    fn submitted(
        &mut self,
        node: usize,
        hash: Hash,
        answer: Result<Option<String>, Fault>,
        now: Now,
    ) {
        let effects = self.ledger.answered(node, &hash, answer, now);
        self.effects(effects);
        self.nodes[node].want = true;
    }

    fn owes_to(&self, node: usize) -> bool {
        self.chain_known()
            .is_some_and(|chain| self.ledger.unjudged(node, chain))
    }

    fn chain_known(&self) -> Option<Chain> {
        self.wishes.as_ref().map(|w| w.payouts.chain())
    }

    fn effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Fate(block) => self.actions.push(Action::Tell(Told::Block(block))),
                Effect::Settle(hash, end) => self.actions.push(Action::Settle(hash, end)),
                Effect::Trouble(text) => self.say(MiningEvent::Error(text.into())),
            }
        }
    }

    fn say(&mut self, event: MiningEvent) {
        self.actions.push(Action::Tell(Told::Say(event)));
    }
}

#[cfg(test)]
mod tests;
