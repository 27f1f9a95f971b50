//! The link to the nodes as a state machine: answers, news and the passing of time go in, questions and tellings come out.
//!
//! Invariant: one node at a time gives work, the first of the list that can; news that its tip has moved stops the work
//! on the old one before anything else is asked; a block in hand goes to its node before every other question, and no
//! template is fetched from one that has yet to judge it; work older than its greatest age is taken away.

mod asking;
mod failover;
mod height;
mod held;
mod terms;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::failover::chain_of;
use self::height::Height;
pub(super) use self::terms::{Action, Answer, Ask, ChainNow, Event, Settings};
use super::ledger::{Effect, Ledger, Now};
use super::rpc::Fault;
use super::spool::Stored;
use crate::domain::mining::{Chain, Health, MiningEvent};
use crate::engine::header::Hash;
use crate::work::Told;
use crate::work::ease::Believed;
use crate::work::template::{Template, TemplateOptions};

/// How often a node in reserve is looked at.
const SPARE: Duration = Duration::from_secs(15);
/// How often a template is renewed where no long poll brings one.
const RENEW: Duration = Duration::from_secs(30);
/// How often the tip is asked for where a long poll, or a template under way, will tell of it too.
const BACKUP: Duration = Duration::from_secs(5);
/// A header's time counts on.
const SECOND: Duration = Duration::from_secs(1);
/// Why nothing is hashed after a find.
pub(super) const BLOCK_FOUND: &str = "block found, waiting for the next template";

const CHAIN: usize = 0;
const TEMPLATE: usize = 1;
const TIP: usize = 2;
const LONGPOLL: usize = 3;
const ALLOWED: usize = 4;

/// May a node be mined on?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Something has failed since it was tried.
    Unknown,
    /// It allows what a found block needs.
    Allowed,
    /// It refuses that, or is still fetching its chain.
    Barred,
}

#[derive(Debug)]
struct Node {
    /// It is on our chain, allows what mining needs, and nothing has failed since.
    ready: bool,
    /// It was on our chain when it was last asked.
    on_chain: bool,
    fit: Fit,
    /// Since when a found block is being handed in.
    handing_in: Option<Duration>,
    height: Height,
    health: Health,
    detail: Arc<str>,
    latency: Option<Duration>,
    told: Option<(Health, Arc<str>, bool)>,
    told_at: Duration,
    failures: u32,
    retry: Duration,
    want: bool,
    /// What is under way, by [`CHAIN`] to [`ALLOWED`].
    asking: [bool; 5],
    longpoll_id: Option<String>,
    longpoll_retry: Duration,
    longpoll_failures: u32,
    /// Those in a row that were answered at once.
    quick_polls: u32,
    next_tip: Duration,
    next_look: Duration,
    /// When a template is asked for though nothing moved: fees come in.
    next_template: Duration,
    /// Since when a template is made; none where that was said to be long.
    making: Option<Duration>,
    /// The last tip that it told of beside a template, and when.
    heard: Option<(Duration, String)>,
    /// What it has said of the network's difficulty.
    believed: Believed,
}

impl Node {
    fn new() -> Self {
        Self {
            believed: Believed::default(),
            ready: false,
            on_chain: false,
            fit: Fit::Unknown,
            handing_in: None,
            height: Height::default(),
            health: Health::Connecting,
            detail: "".into(),
            latency: None,
            told: None,
            told_at: Duration::ZERO,
            failures: 0,
            retry: Duration::ZERO,
            want: true,
            asking: [false; 5],
            longpoll_id: None,
            longpoll_retry: Duration::ZERO,
            longpoll_failures: 0,
            quick_polls: 0,
            next_tip: Duration::ZERO,
            next_look: Duration::ZERO,
            next_template: Duration::ZERO,
            making: None,
            heard: None,
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
    /// Nodes that had no thread left beside a long poll of ours.
    crowded: BTreeSet<usize>,
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
            crowded: BTreeSet::new(),
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
            Event::Ahead(node, previous) => self.ahead(node, previous, now),
            Event::News(node, news) => self.news(node, news, now),
            Event::Found(block, template) => {
                self.finding = None;
                self.found = Some(LastFound {
                    previous: template.previous(),
                    block: block.hash,
                    at: now.mono,
                });
                self.found_on(&template);
                for node in 0..self.nodes.len() {
                    self.nodes[node].want = true;
                    // It may hold the one thread that the block needs.
                    self.drop_longpoll(node);
                    if !self.nodes[node].on_chain {
                        // A block in hand waits for no back-off.
                        self.nodes[node].retry = now.mono;
                    }
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
            Ask::Allowed => here.asking[ALLOWED] = false,
            Ask::Template(_) => here.asking[TEMPLATE] = false,
            Ask::Longpoll(..) => here.asking[LONGPOLL] = false,
            Ask::Tip => here.asking[TIP] = false,
            Ask::Submit(_) => here.handing_in = None,
            Ask::Parent(_) | Ask::Propose(_) | Ask::Depth(_) => {}
        }
        match (ask, answer) {
            (Ask::Chain, Ok(Answer::Chain(said))) => self.chain(node, &said, sent, now),
            (Ask::Allowed, Ok(Answer::Allowed)) => self.usable(node),
            (Ask::Template(_), Ok(Answer::Template(template))) => {
                self.template(node, template, sent, false, now);
            }
            (Ask::Longpoll(..), Ok(Answer::Template(template))) => {
                self.polled(node, sent, &template, now);
                self.template(node, template, sent, true, now);
            }
            (Ask::Longpoll(..), Err(fault)) => self.longpoll_failed(node, &fault, now),
            (Ask::Tip, Ok(Answer::Tip(tip))) => self.tip(node, &tip, sent, now),
            (Ask::Parent(of), Ok(Answer::Parent(time))) => {
                if let Some(held) = self.held.as_mut().filter(|h| h.template.previous() == *of) {
                    held.parent = Some(time);
                }
            }
            (Ask::Propose(template), Ok(Answer::Reason(reason))) => {
                self.proposed(node, template, reason.as_deref(), now);
            }
            (Ask::Submit(block), Ok(Answer::Reason(reason))) => {
                self.submitted(node, block, Ok(reason), now);
            }
            (Ask::Submit(block), Err(fault)) => self.submitted(node, block, Err(fault), now),
            (Ask::Depth(block), Ok(Answer::Depth(depth))) => {
                self.no_longer(node, depth.tip, sent, now);
                let effects = self.ledger.checked(node, &block.hash, Ok(depth), now);
                self.effects(effects);
            }
            (Ask::Depth(block), Err(fault)) => {
                let effects = self.ledger.checked(node, &block.hash, Err(fault), now);
                self.effects(effects);
            }
            (Ask::Allowed, Err(fault))
                if !matches!(fault.health(), Health::Down | Health::Busy) =>
            {
                self.bar(node, &fault, now);
            }
            (Ask::Tip, Err(Fault::Slow(_))) if self.makes_the_only_template(node) => {
                self.nodes[node].next_tip = now.mono + BACKUP;
            }
            (Ask::Chain | Ask::Allowed | Ask::Template(_) | Ask::Tip, Err(fault)) => {
                // Who comes back may have another chain: blocks wait until that is known.
                self.nodes[node].on_chain &= !fault.is_gone();
                self.crowded(node, &fault);
                self.fail(node, fault.health(), &fault.sentence(), now);
            }
            // Parent and proposal are done without; each other answer is paired with its question by the driver.
            _ => {}
        }
    }

    fn submitted(
        &mut self,
        node: usize,
        block: &Stored,
        answer: Result<Option<String>, Fault>,
        now: Now,
    ) {
        let here = &mut self.nodes[node];
        here.want = true;
        match &answer {
            Ok(None) => here.height.grew(block),
            Ok(Some(_)) | Err(Fault::Rpc { .. }) => {}
            // Is it the node, or this connection alone?
            Err(_) => here.next_tip = now.mono,
        }
        let barred = match &answer {
            Err(fault @ (Fault::Forbidden(_) | Fault::Missing(_))) => Some(fault.clone()),
            _ => None,
        };
        let effects = self.ledger.answered(node, &block.hash, answer, now);
        self.effects(effects);
        if let Some(fault) = barred {
            // It can't take a block any more, so none is looked for on its work.
            self.bar(node, &fault, now);
        }
    }

    /// Is it making a template, which may keep it from all else, while no other node could give one? Beside a long poll of
    /// ours it may rather have no thread left.
    fn makes_the_only_template(&self, node: usize) -> bool {
        let mut others = self.nodes.iter().enumerate().filter(|(n, _)| *n != node);
        let asking = &self.nodes[node].asking;
        asking[TEMPLATE] && !asking[LONGPOLL] && !others.any(|(_, other)| other.ready)
    }

    fn owes_to(&self, node: usize) -> bool {
        let only_on = self.nodes[node].height.only_on();
        self.chain_known()
            .is_some_and(|chain| self.ledger.unjudged(node, chain, only_on))
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
