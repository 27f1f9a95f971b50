//! The miner of these tests: nodes, an engine, and the loop between them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use baseload::domain::mining::{BlockFate, Chain, FoundBlock, Health, MiningEvent, WorkView};
use baseload::engine::job::Job;
use baseload::engine::worker::{Engine, Find, Options as EngineOptions};
use baseload::runtime::clock;
use baseload::work::node::{NodeOptions, Nodes, Options};
use baseload::work::payout::Payouts;
use baseload::work::template::Tag;
use baseload::work::{JobIds, Source, Told};

use crate::bcoin::{Bcoin, PATIENCE};

/// P2WSH of `OP_TRUE` on regtest: whoever shows the script may spend it.
pub(crate) const ANYONE: &str = "bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85";

/// How many finds are taken before the miner looks at what it is told.
const FINDS: usize = 256;

pub(crate) fn options(nodes: &[&Bcoin], spool: &Path) -> Options {
    let node = |node: &&Bcoin| NodeOptions {
        url: node.url(),
        auth: node.auth(),
        zmq: node.zmq(),
    };
    Options {
        nodes: nodes.iter().map(node).collect(),
        payouts: Payouts::parse(&[ANYONE]).expect("a sound address"),
        tag: Tag::default(),
        poll: Duration::from_millis(200),
        longpoll: false,
        max_template_age: Duration::from_mins(2),
        check_proposals: false,
        share_difficulty: 1e-9,
        spool: spool.to_owned(),
        check_secret: |_| Ok(()),
    }
}

pub(crate) struct Miner {
    pub(crate) nodes: Nodes,
    engine: Engine,
    job: Option<Job>,
    finds: Receiver<Find>,
    told: Receiver<Told>,
    pub(crate) chain: Option<Chain>,
    pub(crate) blocks: BTreeMap<Arc<str>, FoundBlock>,
    pub(crate) health: Vec<(Health, Arc<str>)>,
    pub(crate) work: Option<WorkView>,
    pub(crate) idle: Option<Arc<str>>,
    pub(crate) errors: Vec<Arc<str>>,
    /// Hashes of all finds: none may come twice.
    hashes: HashSet<String>,
    /// As long as it may hash.
    pub(crate) hashing: bool,
}

impl Miner {
    pub(crate) fn start(options: Options) -> Self {
        let (teller, told) = channel();
        let ends = options.nodes.len();
        let ids = Arc::new(JobIds::default());
        let nodes = Nodes::start(options, ids, teller, clock::now).expect("starts");
        let (engine, finds) = Engine::start(EngineOptions {
            threads: 1,
            idle_priority: false,
            ..EngineOptions::default()
        })
        .expect("threads");
        Self {
            nodes,
            engine,
            job: None,
            finds,
            told,
            chain: None,
            blocks: BTreeMap::new(),
            health: vec![(Health::Connecting, "".into()); ends],
            work: None,
            idle: None,
            errors: Vec::new(),
            hashes: HashSet::new(),
            hashing: true,
        }
    }

    /// Runs until `done`; what is told is taken in one by one.
    pub(crate) fn run_until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            let state = (&self.health, &self.idle, self.errors.last());
            assert!(
                began.elapsed() < PATIENCE,
                "waited in vain: {what}; {state:?}"
            );
            let mut told = self.told.recv_timeout(Duration::from_millis(1)).ok();
            while let Some(one) = told {
                self.take(one);
                told = self.told.try_recv().ok();
            }
            // A bounded number: on an easy chain finds come faster than a slow build takes them, and what is told must be heard too.
            for find in self.finds.try_iter().take(FINDS) {
                assert!(
                    self.hashes.insert(find.hash.to_string()),
                    "a header was hashed twice"
                );
                self.nodes.found(&find);
            }
        }
    }

    fn take(&mut self, told: Told) {
        match told {
            Told::Chain(chain) => self.chain = Some(chain),
            Told::Health {
                end,
                health,
                detail,
                ..
            } => self.health[end] = (health, detail),
            Told::Work(work) => {
                self.work = Some(work.view);
                self.idle = None;
                if self.hashing {
                    self.engine.set_job(work.job.clone());
                }
                self.job = Some(work.job);
            }
            Told::NoWork(why) => {
                self.engine.clear_job();
                self.work = None;
                self.job = None;
                self.idle = Some(why);
            }
            Told::Block(block) => drop(self.blocks.insert(Arc::clone(&block.hash), block)),
            Told::Say(MiningEvent::Error(text)) => self.errors.push(text),
            Told::Share { .. } | Told::Pending(_) | Told::Taken(_) | Told::Say(_) => {}
        }
    }

    pub(crate) fn hash_what_is_at_hand(&mut self) {
        self.hashing = true;
        self.engine
            .set_job(self.job.clone().expect("there is work"));
    }

    pub(crate) fn stop_hashing(&mut self) {
        self.hashing = false;
        self.engine.clear_job();
    }

    /// Stops hashing, and waits until the node has judged all and gives work on the tip.
    pub(crate) fn settle(&mut self, node: &Bcoin) {
        self.stop_hashing();
        assert!(self.engine.wait_idle(PATIENCE), "the engine stops");
        let began = Instant::now();
        loop {
            // What was found before the stop may come yet.
            self.run_for(20);
            let judged = self.blocks.values().all(|b| b.fate != BlockFate::Stored);
            let tip = node.tip();
            if judged
                && self
                    .work
                    .as_ref()
                    .is_some_and(|work| *work.previous == *tip)
            {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "no work on the tip: {:?}",
                self.health
            );
        }
    }

    /// Runs so many turns.
    pub(crate) fn run_for(&mut self, turns: u32) {
        let mut turn = 0;
        self.run_until("some turns", |_| {
            turn += 1;
            turn > turns
        });
    }

    /// Blocks in the chain.
    pub(crate) fn in_chain(&self) -> usize {
        let there = |b: &&FoundBlock| matches!(b.fate, BlockFate::InChain(_));
        self.blocks.values().filter(there).count()
    }

    /// Mines until so many of our blocks have been seen in the chain.
    pub(crate) fn mine(&mut self, blocks: usize) {
        self.run_until("blocks in the chain", |miner| miner.in_chain() >= blocks);
    }
}
