//! The pools' thread: events of links and finds go to sessions, and what they want is done.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::backoff::Backoff;
use super::choice::{Standing, choose, is_wanted};
use super::end::End;
use super::{Clock, Options, Pool};
use crate::domain::mining::{BlockFate, Chain, FoundBlock, Health, MiningEvent, ShareVerdict};
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;
use crate::engine::worker::Find;
use crate::work::stratum::address::PoolAddress;
use crate::work::stratum::link::{Event, Tag};
use crate::work::stratum::protocol::Reconnect;
use crate::work::stratum::session::{Ended, Output, Session, Setup, Spent, Timing};
use crate::work::{JobIds, Teller, Told};

/// Between looks at the clock.
const TICK: Duration = Duration::from_millis(50);
/// Events of links that wait, at most; then the sockets wait.
const EVENTS: usize = 256;

/// The engine's last finds of a job come within this time after it was told of another.
const LINGER: Duration = Duration::from_secs(2);

pub(super) struct Run {
    ends: Vec<End>,
    active: Option<usize>,
    pending: u64,
    timing: Timing,
    follow_elsewhere: bool,
    teller: Teller,
    clock: Clock,
    set_by: Option<fn() -> i64>,
    events: mpsc::Sender<(Tag, Event)>,
    inbox: mpsc::Receiver<(Tag, Event)>,
    ending: bool,
    spent: Spent,
}

impl Run {
    pub(super) fn new(
        options: &Options,
        secured: Vec<Option<Arc<ClientConfig>>>,
        ids: &Arc<JobIds>,
        teller: Teller,
        clock: Clock,
    ) -> Self {
        let now = clock();
        let (events, inbox) = mpsc::channel(EVENTS);
        let ends = options
            .pools
            .iter()
            .zip(secured)
            .enumerate()
            .map(|(at, (pool, tls))| {
                let session = Session::new(setup(options, at, pool), Arc::clone(ids), now);
                End::new(at, pool.address.clone(), tls, session, now)
            })
            .collect();
        Self {
            ends,
            active: None,
            pending: 0,
            timing: options.timing,
            follow_elsewhere: options.follow_elsewhere,
            set_by: options.set_by,
            teller,
            clock,
            events,
            inbox,
            ending: false,
            spent: Spent::default(),
        }
    }

    /// Works until it is told to stop, then waits a little for answers that are due.
    pub(super) async fn until(
        mut self,
        mut stop: oneshot::Receiver<()>,
        mut finds: mpsc::Receiver<Find>,
    ) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ends_at = None;
        while !self.is_done(ends_at) {
            tokio::select! {
                biased;
                _ = &mut stop, if !self.ending => {
                    self.ending = true;
                    ends_at = Some((self.clock)() + self.timing.finish);
                }
                _ = ticks.tick() => self.tick(),
                Some(find) = finds.recv() => self.found(&find),
                Some((tag, event)) = self.inbox.recv() => self.heard(tag, event),
            }
            self.settle();
        }
        finds.close();
        while let Ok(find) = finds.try_recv() {
            self.found(&find);
        }
        let why: Arc<str> = "the program ended before the pool answered".into();
        for at in 0..self.ends.len() {
            let outputs = self.ends[at].session.give_up(&why);
            self.carry_out(at, outputs);
        }
        self.settle();
    }

    fn is_done(&self, ends_at: Option<Timestamp>) -> bool {
        let Some(ends_at) = ends_at else {
            return false;
        };
        let due = self
            .ends
            .iter()
            .any(|end| end.link.is_some() && end.session.pending() > 0);
        !due || (self.clock)() >= ends_at
    }

    /// Fails only where the miner is gone; this thread is then told to stop too.
    fn tell(&self, told: Told) {
        let _ = self.teller.send(told);
    }

    fn found(&mut self, find: &Find) {
        let now = (self.clock)();
        for at in 0..self.ends.len() {
            if let Some(outputs) = self.ends[at].session.found(find, now) {
                self.carry_out(at, outputs);
                return;
            }
        }
        // Of a job that is older than the last few.
        let is_block = find.header.target().is_ok_and(|t| t.is_met_by(&find.hash));
        if is_block && self.spent.is_news(*find.header.previous.bytes()) {
            self.tell(Told::Block(FoundBlock {
                hash: find.hash.to_string().into(),
                height: None,
                at: now,
                reward: Sats::default(),
                fate: BlockFate::Refused("its job is too old to be sent".into()),
            }));
        }
        self.tell(Told::Share {
            difficulty: find.difficulty,
            verdict: ShareVerdict::Stale,
            took: None,
        });
    }

    fn heard(&mut self, (at, number): Tag, event: Event) {
        let end = &mut self.ends[at];
        if end.number != number || end.link.is_none() {
            return;
        }
        let now = (self.clock)();
        let outputs = match event {
            Event::Opened => end.session.opened(now),
            Event::Line(line) => {
                let set_by = self.set_by.map_or(0, |set_by| set_by());
                end.session.line(&line, now, now.shifted(set_by))
            }
            Event::Refused(refusal) => end.session.refuse(refusal),
            Event::Closed(why) => {
                vec![Output::Close(Ended::new(Health::Down, why))]
            }
        };
        self.carry_out(at, outputs);
    }

    fn tick(&mut self) {
        let now = (self.clock)();
        for at in 0..self.ends.len() {
            let outputs = self.ends[at].session.tick(now);
            self.carry_out(at, outputs);
        }
        if !self.ending {
            self.dial(now);
        }
    }

    fn carry_out(&mut self, at: usize, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(line) => {
                    let sent = self.ends[at]
                        .link
                        .as_ref()
                        .is_some_and(|link| link.outbox.try_send(line.0).is_ok());
                    if !sent {
                        self.end_link(
                            at,
                            &Ended::new(Health::Down, "the pool does not read"),
                            None,
                        );
                    }
                }
                Output::Close(ended) => self.end_link(at, &ended, None),
                Output::Reconnect(to) => self.reconnect(at, to),
                Output::Work(work) => self.ends[at].fresh = Some(work),
                Output::NoWork(why) => {
                    self.ends[at].fresh = None;
                    if self.active == Some(at) {
                        self.active = None;
                        self.tell(Told::NoWork(why));
                    }
                }
                Output::Share {
                    difficulty,
                    verdict,
                    took,
                } => self.tell(Told::Share {
                    difficulty,
                    verdict,
                    took,
                }),
                Output::Block(block) => self.tell(Told::Block(block)),
                Output::Taken(hash) => self.tell(Told::Taken(hash)),
                Output::Say(event) => self.tell(Told::Say(event)),
                Output::Health(health, detail) => {
                    self.ends[at].health = health;
                    self.ends[at].detail = detail;
                }
            }
        }
    }

    /// Ends the link, if there is one, and says when to try again; `wait` is what the pool asked for.
    fn end_link(&mut self, at: usize, ended: &Ended, wait: Option<Duration>) {
        let now = (self.clock)();
        let end = &mut self.ends[at];
        if end.link.take().is_none() {
            return;
        }
        let gave = end.standing.giving_since.take();
        let worked = gave.map_or(Duration::ZERO, |since| since.age(now));
        let (backoff, after) =
            end.backoff
                .down(ended.health, worked, &self.timing, rand::random::<f64>());
        end.backoff = backoff;
        end.retry_at = now + wait.map_or(after, |wait| wait.max(after));
        end.standing.failed |=
            gave.is_none() || matches!(ended.health, Health::Wrong | Health::Refused);
        if gave.is_some() {
            end.standing.trying_since = Some(now);
        } else if wait.is_none() {
            end.detour = None;
        }
        let outputs = end.session.lost(ended, now);
        self.carry_out(at, outputs);
    }

    /// To the same host at once; to another one only where that is allowed, as it gets the password too.
    fn reconnect(&mut self, at: usize, to: Reconnect) {
        let end = &mut self.ends[at];
        let host = to.host.unwrap_or_else(|| end.address.host.clone());
        if !end.address.is_host(&host) && !self.follow_elsewhere {
            let place = end.address.to_string();
            self.tell(Told::Say(MiningEvent::Error(
                format!(
                    "{place} sends us to another host; that is not followed unless it is allowed"
                )
                .into(),
            )));
        } else {
            end.detour = Some(PoolAddress {
                host: host.trim_matches(['[', ']']).to_owned(),
                port: to.port.unwrap_or(end.address.port),
                tls: end.address.tls,
            });
        }
        let ended = Ended::new(Health::Down, "the pool asked for a new link");
        self.end_link(at, &ended, Some(to.wait));
    }

    /// Dials what is wanted, and lets go of what is not.
    fn dial(&mut self, now: Timestamp) {
        let standings: Vec<Standing> = self.ends.iter().map(|end| end.standing).collect();
        for at in 0..self.ends.len() {
            let end = &self.ends[at];
            // A share that was found in the last moment of a link is still owed to its pool.
            let owes = end.link.is_none() && end.session.pending() > 0;
            if owes || is_wanted(at, self.active, &standings, now, &self.timing) {
                self.ends[at].keep(at, now, &self.events);
            } else {
                self.let_go(at, now);
            }
        }
    }

    /// A link that is not needed any more is kept while answers are due, and for what the engine still hands on.
    fn let_go(&mut self, at: usize, now: Timestamp) {
        let end = &mut self.ends[at];
        let since = *end.lingers_since.get_or_insert(now);
        let stays = if end.session.pending() > 0 {
            self.timing.answer
        } else {
            LINGER
        };
        if end.link.is_some() && since.age(now) < stays {
            return;
        }
        end.standing = Standing::default();
        end.backoff = Backoff::default();
        end.retry_at = now;
        end.fresh = None;
        if end.link.take().is_some() {
            let outputs = end.session.lost(&Ended::new(Health::Spare, ""), now);
            self.carry_out(at, outputs);
        }
        self.ends[at].health = Health::Spare;
        self.ends[at].detail = "".into();
    }

    /// After whatever happened: which pool is mined on, and what is to be told of it.
    fn settle(&mut self) {
        let now = (self.clock)();
        for end in &mut self.ends {
            end.judge(now);
        }
        if !self.ending {
            self.pick(now);
        }
        self.show(now);
    }

    fn pick(&mut self, now: Timestamp) {
        let standings: Vec<Standing> = self.ends.iter().map(|end| end.standing).collect();
        let chosen = choose(self.active, &standings, now, &self.timing);
        let changed = chosen != self.active;
        if changed {
            if chosen.is_none() && self.active.is_some() {
                self.tell(Told::NoWork("no pool gives work".into()));
            }
            self.active = chosen;
        }
        let Some(end) = chosen.map(|at| &mut self.ends[at]) else {
            return;
        };
        let work = end.fresh.take();
        let work = work.or_else(|| changed.then(|| end.session.work_again(now)).flatten());
        if let Some(work) = work {
            self.tell(Told::Work(work));
        }
    }

    fn show(&mut self, now: Timestamp) {
        for (at, end) in self.ends.iter_mut().enumerate() {
            if let Some(told) = end.show(at, self.active == Some(at), now) {
                // Fails only where the miner is gone.
                let _ = self.teller.send(told);
            }
        }
        let pending = self
            .ends
            .iter()
            .map(|end| end.session.pending() as u64)
            .sum();
        if pending != self.pending {
            self.pending = pending;
            self.tell(Told::Pending(pending));
        }
    }
}

fn setup(options: &Options, source: usize, pool: &Pool) -> Setup {
    Setup {
        source,
        user: pool.user.clone(),
        password: pool.password.clone(),
        agent: concat!("baseload/", env!("CARGO_PKG_VERSION")).to_owned(),
        suggest: options.suggest_difficulty,
        payouts: options.payouts.clone(),
        chain: options.chain.unwrap_or(Chain::Main),
        known: options.known,
        timing: options.timing,
    }
}
