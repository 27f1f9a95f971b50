//! A miner for the tests: the real engine on the real pools, all that is told counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use baseload::domain::mining::{
    Chain, FoundBlock, Health, MiningEvent, ShareCounts, ShareVerdict, WorkView,
};
use baseload::domain::time::Timestamp;
use baseload::engine::{self, Engine, Find};
use baseload::work::stratum::{Options, Pool, PoolAddress, Pools, Timing};
use baseload::work::{Source, Told};
use secrecy::SecretString;

/// Far beyond what anything here takes on a loaded machine.
pub const DEADLINE: Duration = Duration::from_mins(3);

pub struct Miner {
    engine: Engine,
    finds: Receiver<Find>,
    pub pools: Option<Pools>,
    told: Receiver<Told>,
    pub found: u64,
    pub counts: ShareCounts,
    pub blocks: Vec<FoundBlock>,
    pub healths: Vec<(usize, Health, String)>,
    pub active: Option<usize>,
    pub work: Option<WorkView>,
    pub jobs: u64,
    pub said: Vec<MiningEvent>,
    /// Finds beyond these are not given on.
    pub most: u64,
}

/// Waits short enough for tests.
pub fn quick() -> Timing {
    Timing {
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(200),
        return_after: Duration::from_millis(200),
        spare_after: Duration::from_secs(20),
        ..Timing::default()
    }
}

pub fn pool(at: SocketAddr, user: &str) -> Pool {
    Pool {
        address: PoolAddress {
            host: at.ip().to_string(),
            port: at.port(),
            tls: false,
        },
        user: user.to_owned(),
        password: SecretString::from(format!("secret of {user}")),
        ca: None,
    }
}

pub fn options(pools: Vec<Pool>) -> Options {
    Options {
        pools,
        chain: Some(Chain::Regtest),
        timing: quick(),
        ..Options::default()
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("fits"))
}

impl Miner {
    pub fn start(options: Options) -> Self {
        let engine = engine::Options {
            threads: 1,
            idle_priority: false,
            ..engine::Options::default()
        };
        let (engine, finds) = Engine::start(engine).expect("a thread");
        let (teller, told) = channel();
        let pools =
            Pools::start(options, Arc::default(), teller, Arc::new(now)).expect("pools start");
        Self {
            engine,
            finds,
            pools: Some(pools),
            told,
            found: 0,
            counts: ShareCounts::default(),
            blocks: Vec::new(),
            healths: Vec::new(),
            active: None,
            work: None,
            jobs: 0,
            said: Vec::new(),
            most: u64::MAX,
        }
    }

    pub fn judged(&self) -> u64 {
        self.counts.accepted
            + self.counts.stale
            + self.counts.rejected_total()
            + self.counts.lost_total()
    }

    /// Mines until this holds.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !holds(self) {
            assert!(
                started.elapsed() < DEADLINE,
                "{what}: still {:?} of {} found, {:?}, active {:?}",
                self.counts,
                self.found,
                self.healths.last(),
                self.active
            );
            self.step();
        }
    }

    fn step(&mut self) {
        // A bounded number: on an easy chain finds come faster than a slow build takes them, and what is told must be heard too.
        let finds: Vec<Find> = self.finds.try_iter().take(256).collect();
        for find in finds {
            if self.found < self.most
                && let Some(pools) = &mut self.pools
            {
                self.found += 1;
                pools.found(&find);
            }
        }
        if let Ok(told) = self.told.recv_timeout(Duration::from_millis(2)) {
            self.hear(told);
            while let Ok(told) = self.told.try_recv() {
                self.hear(told);
            }
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Work(work) => {
                self.jobs += 1;
                self.work = Some(work.view);
                self.engine.set_job(work.job);
            }
            Told::NoWork(_) => {
                self.work = None;
                self.engine.clear_job();
            }
            Told::Share { verdict, .. } => match verdict {
                ShareVerdict::Accepted => self.counts.accepted += 1,
                ShareVerdict::Stale => self.counts.stale += 1,
                ShareVerdict::Rejected(why) => *self.counts.rejected.entry(why).or_default() += 1,
                ShareVerdict::Lost(why) => *self.counts.lost.entry(why).or_default() += 1,
            },
            Told::Pending(pending) => self.counts.pending = pending,
            Told::Health {
                end,
                health,
                detail,
                active,
                ..
            } => {
                self.healths.push((end, health, detail.to_string()));
                if active {
                    self.active = Some(end);
                } else if self.active == Some(end) {
                    self.active = None;
                }
            }
            Told::Block(block) => self.blocks.push(block),
            Told::Say(event) => self.said.push(event),
            Told::Chain(_) | Told::Taken(_) => {}
        }
    }

    /// Stops hashing; what was found is waited for.
    pub fn finish(&mut self) {
        self.engine.clear_job();
        assert!(self.engine.wait_idle(DEADLINE));
        self.until("all are judged", |miner| miner.judged() >= miner.found);
        drop(self.pools.take());
        while let Ok(told) = self.told.recv() {
            self.hear(told);
        }
        assert_eq!(self.judged(), self.found, "{:?}", self.counts);
        assert_eq!(self.counts.pending, 0);
    }

    /// Ends the pools at once, whatever is still open.
    pub fn break_off(&mut self) {
        drop(self.pools.take());
        while let Ok(told) = self.told.recv() {
            self.hear(told);
        }
    }
}
