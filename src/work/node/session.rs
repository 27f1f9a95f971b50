//! The link to the nodes as a state machine: answers, news and the passing of time go in, questions and tellings come out.
//!
//! Invariant: one node at a time gives work, the first of the list that can; news that its tip has moved stops the work
//! on the old one before anything else is asked; no template is fetched from a node that has not yet judged a block that
//! was found here; work older than its greatest age is taken away.

use std::sync::Arc;
use std::time::Duration;

use super::backoff;
use super::ledger::{Depth, Effect, Ledger, Now};
use super::rpc::Fault;
use super::spool::{End, Stored};
use super::words;
use super::zmq::News;
use crate::domain::mining::{Chain, Health, MiningEvent};
use crate::engine::header::Hash;
use crate::work::Told;
use crate::work::payout::Payouts;
use crate::work::template::{Tag, Template, TemplateOptions};

/// How often a template is fetched anew for its fees.
const REFRESH: Duration = Duration::from_secs(30);
/// How often a node in reserve is looked at.
const SPARE: Duration = Duration::from_secs(15);
/// How often the tip is asked for where a long poll tells of it too.
const BACKUP: Duration = Duration::from_secs(5);
/// How often the answer's time is told.
const LATENCY: Duration = Duration::from_secs(5);
/// A header's time counts on.
const SECOND: Duration = Duration::from_secs(1);
/// Where a node offers work that its own tip has made worthless, how soon it is asked again.
const AGAIN: Duration = Duration::from_millis(100);
/// How long a template is not believed that is made on the parent of a block that the node has taken.
const FOUND: Duration = Duration::from_secs(10);
/// Why nothing is hashed after a find.
pub(super) const BLOCK_FOUND: &str = "block found, waiting for the next template";
/// BIP 94: so long after its parent a block may have the least difficulty.
const TESTNET_LULL: u32 = 20 * 60;

/// What is asked of a node.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// Which chain it is on.
    Chain,
    /// A template, made to these wishes.
    Template(Arc<TemplateOptions>),
    /// A template once there is a newer one than this id's.
    Longpoll(Arc<TemplateOptions>, String),
    /// The hash of its tip.
    Tip,
    /// The time of a block.
    Parent(Hash),
    /// Whether it would take the template's first block.
    Propose(Arc<Template>),
    /// To take a block.
    Submit(Arc<Stored>),
    /// Where the chain is, and what is at the block's height.
    Depth(Arc<Stored>),
}

/// What a node answers.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// The chain, in the node's word.
    Chain(String),
    /// To `Template` and `Longpoll`.
    Template(Arc<Template>),
    /// As displayed.
    Tip(String),
    /// Seconds since 1970.
    Parent(u32),
    /// To `Propose` and `Submit`.
    Reason(Option<String>),
    /// To `Depth`.
    Depth(Depth),
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A node answered, or did not.
    Answer {
        /// Which node.
        node: usize,
        /// What was asked.
        ask: Ask,
        /// When.
        sent: Duration,
        /// How long it took.
        took: Duration,
        /// Its answer.
        answer: Result<Answer, Fault>,
    },
    /// The head of a long poll's answer names this tip; the rest is on its way.
    Ahead(usize, Hash),
    /// A publisher told something.
    News(usize, News),
    /// A block on this one was found; it is on its way to the disk.
    Finding(Hash),
    /// A block was found, and is on disk.
    Found(Arc<Stored>, Arc<Template>),
    /// A block of an earlier run.
    Kept(Arc<Stored>),
    /// Time passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(super) enum Action {
    /// Ask a node; each question is answered once.
    Ask(usize, Ask),
    /// Forget the long poll that is under way; it is not answered any more.
    DropLongpoll(usize),
    /// Hash on this template with this time.
    Work(usize, Arc<Template>, u32),
    /// Stop hashing.
    NoWork(Arc<str>),
    /// Tell the miner.
    Tell(Told),
    /// Settle a block in the spool.
    Settle(Hash, End),
}

/// What the session goes by.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) nodes: usize,
    pub(super) payouts: Payouts,
    pub(super) tag: Tag,
    pub(super) poll: Duration,
    pub(super) max_age: Duration,
    pub(super) check_proposals: bool,
}

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
    next_tip: Duration,
    next_look: Duration,
}

impl Node {
    fn new() -> Self {
        Self {
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
            next_tip: Duration::ZERO,
            next_look: Duration::ZERO,
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

    /// Who found the block has stopped the work on its template; not on another one that came meanwhile.
    fn found_on(&mut self, template: &Arc<Template>) {
        let Some(held) = &mut self.held else { return };
        if Arc::ptr_eq(&held.template, template) {
            held.stopped = true;
        } else if held.template.previous() == template.previous() {
            self.no_work(BLOCK_FOUND);
        }
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

    fn chain(&mut self, node: usize, word: &str, now: Now) {
        self.nodes[node].on_chain = false;
        let chain = match chain_of(word) {
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
        let here = &mut self.nodes[node];
        here.on_chain = true;
        if !here.ready {
            here.ready = true;
            here.want = true;
            self.ledger.back(node, now);
        }
        let here = &mut self.nodes[node];
        here.next_look = now.mono + SPARE;
        if self.active.is_some_and(|active| active < node) {
            here.failures = 0;
            here.stands(Health::Spare, "");
        }
    }

    fn template(&mut self, node: usize, template: Arc<Template>, longpolled: bool, now: Now) {
        if self.active.is_some_and(|active| active < node) {
            // A better one came back meanwhile.
            return self.nodes[node].stands(Health::Spare, "");
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
        here.ready = true;
        here.failures = 0;
        here.retry = now.mono;
        here.stands(Health::Live, "");
        let moved = self
            .held
            .as_ref()
            .is_none_or(|h| h.template.previous() != template.previous());
        let here = &mut self.nodes[node];
        let id = template.longpoll_id().map(str::to_owned);
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

    fn hold(&mut self, node: usize, template: Arc<Template>, moved: bool, now: Now) {
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

    fn polled(&mut self, node: usize, sent: Duration, template: &Template, now: Now) {
        let here = &mut self.nodes[node];
        here.longpoll_failures = 0;
        let same = self
            .held
            .as_ref()
            .is_some_and(|h| h.template.previous() == template.previous());
        // A node that answers without news must not be asked in a circle.
        let wait = if same && now.mono < sent + SECOND {
            SECOND
        } else {
            Duration::ZERO
        };
        here.longpoll_retry = now.mono + wait;
    }

    fn longpoll_failed(&mut self, node: usize, fault: &Fault, now: Now) {
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

    fn tip(&mut self, node: usize, tip: &str, sent: Duration) {
        let Some(held) = self
            .held
            .as_ref()
            .filter(|h| h.node == node && h.at <= sent)
        else {
            return;
        };
        if held.template.previous().to_string() != tip {
            self.moved(node);
        }
    }

    fn ahead(&mut self, node: usize, previous: Hash) {
        let other = |held: &Held| held.node == node && held.template.previous() != previous;
        if self.active == Some(node) && self.held.as_ref().is_some_and(other) {
            self.no_work("the tip has moved");
        }
    }

    fn moved(&mut self, node: usize) {
        self.nodes[node].want = true;
        if self.active == Some(node) {
            self.no_work("the tip has moved");
        }
    }

    fn news(&mut self, node: usize, news: News) {
        match news {
            News::Up => self.nodes[node].want = true,
            News::Block(hash) => {
                let known =
                    |held: &Held| held.node == node && held.template.previous().to_string() == hash;
                if !self.held.as_ref().is_some_and(known) {
                    self.moved(node);
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
                let text = format!(
                    "ZMQ of node {}: {why}; the long poll goes on, and the link is tried again",
                    node + 1
                );
                self.say(MiningEvent::Error(text.into()));
            }
        }
    }

    fn proposed(&mut self, node: usize, template: &Arc<Template>, reason: Option<&str>, now: Now) {
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

    fn fail(&mut self, node: usize, health: Health, why: &str, now: Now) {
        let here = &mut self.nodes[node];
        here.failures = here.failures.saturating_add(1);
        here.ready = false;
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

    fn drop_longpoll(&mut self, node: usize) {
        let here = &mut self.nodes[node];
        if std::mem::take(&mut here.asking[LONGPOLL]) {
            self.actions.push(Action::DropLongpoll(node));
        }
    }

    fn time_passes(&mut self, now: Now) {
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

    fn ask_what_is_due(&mut self, now: Now) {
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

    fn ask(&mut self, node: usize, now: Now) {
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
        if here.want && !here.asking[TEMPLATE] && !owed && now.mono >= here.retry {
            here.want = false;
            here.asking[TEMPLATE] = true;
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

    fn tell_health(&mut self, now: Now) {
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

    fn owes_to(&self, node: usize) -> bool {
        self.chain_known()
            .is_some_and(|chain| self.ledger.unjudged(node, chain))
    }

    fn chain_known(&self) -> Option<Chain> {
        self.wishes.as_ref().map(|w| w.payouts.chain())
    }

    fn no_work(&mut self, why: &str) {
        if let Some(held) = &mut self.held
            && !held.stopped
        {
            held.stopped = true;
            self.actions.push(Action::NoWork(why.into()));
        }
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

/// A chain by the word of `getblockchaininfo`.
pub(super) fn chain_of(word: &str) -> Result<Chain, String> {
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
            super::rpc::shown(other)
        )),
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

#[cfg(test)]
mod tests;
