//! A pool's session without a socket: lines, finds and the time go in; lines, work and verdicts come out.
//!
//! Invariant: each share is judged exactly once, whatever answers are lost, doubled or late; a job is hashed only after
//! its coinbase was decoded and found to pay whom it should; a difficulty or extranonce holds from the next job on.

mod jobs;
mod receive;
mod shares;
mod terms;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

pub(super) use self::jobs::Spent;
use self::jobs::{Jobs, Standing};
use self::shares::{Judged, Share, Shares};
pub use self::terms::{Ended, Line, Output, Setup, Timing};
use super::protocol::{self, Extranonce};
use crate::domain::mining::{BlockFate, FoundBlock, Health, ShareVerdict};
use crate::domain::time::Timestamp;
use crate::engine::worker::Find;
use crate::work::ease::Believed;
use crate::work::{JobIds, Work};

/// Notices of a pool (all that is no answer) in [`WINDOW`], at most.
const MOST_NOTICES: u32 = 200;
/// The span that notices are counted in.
const WINDOW: Duration = Duration::from_secs(10);
/// Answers to nothing on one link, at most.
const MOST_STRANGE: u32 = 1000;

/// How often a pool may go from jobs that can be to ones that cannot, on one link.
const MOST_TURNS: u32 = 3;

/// Said of a share that a pool would refuse since it has raised its difficulty.
const TOO_LOW: &str = "not sent: it is below the difficulty that the pool has raised to";
/// Said of a pool that lets its miners hash a job that must be long dead.
const NO_NEW_JOB: &str = "the pool has sent no new job for too long";

/// How far a link has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// None.
    Down,
    /// Open; the subscription is not answered yet.
    Opened { at: Timestamp },
    /// Subscribed; not authorised yet.
    Subscribed { at: Timestamp },
    /// Authorised.
    Ready { at: Timestamp },
    /// We wanted it closed: nothing more is read.
    Closing,
}

/// What was asked in a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Configure,
    Subscribe,
    Authorize,
    Suggest,
}

/// A pool's session. One value lives as long as the pool is configured; links come and go.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    ids: Arc<JobIds>,
    stage: Stage,
    next_request: u64,
    asked: BTreeMap<u64, (Asked, Timestamp)>,
    /// To resume by.
    resume: Option<String>,
    extranonce: Option<Extranonce>,
    difficulty: f64,
    /// The pool has refused less on jobs that were given for less.
    at_least: f64,
    mask: Option<u32>,
    jobs: Jobs,
    shares: Shares,
    /// Work that waits for the authorisation.
    held: Option<Box<Work>>,
    /// What was given is being hashed, as far as this session knows.
    working: bool,
    /// When the last job came.
    job_at: Timestamp,
    /// The present link has been authorised.
    was_ready: bool,
    /// When the last link that had been was lost.
    ready_until: Timestamp,
    /// Lines heard on this link.
    lines: u64,
    heard_at: Timestamp,
    /// The pool hung up on `mining.configure`, so do without it for one link.
    without_configure: bool,
    notices: (Timestamp, u32),
    strange: u32,
    /// What the pool has said of its network's difficulty.
    believed: Believed,
    /// Why its last job is not hashed.
    refused: Option<Arc<str>>,
    turns: u32,
    spent: Spent,
    latency: Option<Duration>,
}

impl Session {
    /// A session that has no link yet.
    pub fn new(setup: Setup, ids: Arc<JobIds>, now: Timestamp) -> Self {
        Self {
            believed: Believed::new(setup.known),
            refused: None,
            turns: 0,
            spent: Spent::default(),
            setup,
            ids,
            stage: Stage::Down,
            next_request: 0,
            asked: BTreeMap::new(),
            resume: None,
            extranonce: None,
            difficulty: 1.0,
            at_least: 0.0,
            mask: None,
            jobs: Jobs::default(),
            shares: Shares::default(),
            held: None,
            working: false,
            job_at: now,
            was_ready: false,
            ready_until: now,
            lines: 0,
            heard_at: now,
            without_configure: false,
            notices: (now, 0),
            strange: 0,
            latency: None,
        }
    }

    /// The link is open.
    pub fn opened(&mut self, now: Timestamp) -> Vec<Output> {
        self.stage = Stage::Opened { at: now };
        self.asked.clear();
        self.mask = None;
        self.held = None;
        self.lines = 0;
        self.heard_at = now;
        self.notices = (now, 0);
        self.strange = 0;
        self.turns = 0;
        let mut out = vec![Output::Health(Health::Connecting, "".into())];
        if !self.without_configure {
            let id = self.ask(Asked::Configure, now);
            out.push(send(protocol::configure(id)));
        }
        let id = self.ask(Asked::Subscribe, now);
        let line = protocol::subscribe(id, &self.setup.agent, self.resume.as_deref());
        out.push(send(line));
        out
    }

    /// The link is gone, whoever ended it, or could not be made.
    pub fn lost(&mut self, ended: &Ended, now: Timestamp) -> Vec<Output> {
        if matches!(self.stage, Stage::Opened { .. }) && self.lines == 0 {
            // Some pools hang up at a method that they do not know, so the next link goes without it.
            self.without_configure = !self.without_configure;
        }
        if self.was_ready {
            self.was_ready = false;
            self.ready_until = now;
        }
        self.stage = Stage::Down;
        self.asked.clear();
        self.held = None;
        let mut out = judged(self.shares.link_lost(now - self.setup.timing.answer));
        out.push(Output::Health(ended.health, Arc::clone(&ended.why)));
        if matches!(ended.health, Health::Wrong | Health::Refused) {
            out.extend(self.stop_work(&ended.why));
        }
        out
    }

    /// A find of a job of this session's; none where it has no such job.
    pub fn found(&mut self, find: &Find, now: Timestamp) -> Option<Vec<Output>> {
        let kept = self.jobs.find(find.job)?;
        let standing = kept.standing;
        let is_block = kept.job.network().is_met_by(&find.hash)
            && self.spent.is_news(kept.job.notify().previous);
        let block = is_block.then(|| FoundBlock {
            hash: find.hash.to_string().into(),
            height: kept.height,
            at: now,
            reward: kept.reward,
            fate: match self.stage {
                Stage::Ready { .. } if self.shares.is_free() => BlockFate::WithPool,
                _ => BlockFate::Waiting,
            },
        });
        let mut out = Vec::new();
        let refused = |block: FoundBlock, why: &Arc<str>| {
            Output::Block(FoundBlock {
                fate: BlockFate::Refused(Arc::clone(why)),
                ..block
            })
        };
        let (share, extranonce) = (kept.job.share(find), kept.job.extranonce().clone());
        let difficulty = find.difficulty;
        let judge = |verdict| Output::Share {
            difficulty,
            verdict,
            took: None,
        };
        let Some(submit) = share else {
            let why: Arc<str> = "not sent: it is no header of its job".into();
            out.extend(block.map(|block| refused(block, &why)));
            out.push(judge(ShareVerdict::Rejected(why)));
            return Some(out);
        };
        match standing {
            Standing::Stale if block.is_none() => out.push(judge(ShareVerdict::Stale)),
            Standing::Live if block.is_none() && difficulty < self.at_least => {
                out.push(judge(ShareVerdict::Lost(TOO_LOW.into())));
            }
            Standing::Gone => {
                let why: Arc<str> = new_session();
                out.extend(block.map(|block| refused(block, &why)));
                out.push(judge(ShareVerdict::Lost(why)));
            }
            Standing::Live | Standing::Stale => {
                out.extend(block.iter().cloned().map(Output::Block));
                out.extend(judged(self.shares.push(Share {
                    submit,
                    extranonce,
                    difficulty,
                    found_at: now,
                    block,
                })));
                out.extend(self.flush(now));
            }
        }
        Some(out)
    }

    /// Time has passed; call a few times a second.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Output> {
        let mut out = Vec::new();
        if !self.was_ready {
            let timing = self.setup.timing;
            let why = "the link to the pool did not come back in time".into();
            out.extend(judged(self.shares.expire(now - timing.keep_shares, &why)));
            if self.ready_until.age(now) >= timing.hold_work {
                out.extend(self.stop_work("the link to the pool is lost"));
            }
        }
        if self.job_at.age(now) >= self.setup.timing.job_age {
            out.extend(self.stop_work(NO_NEW_JOB));
            if matches!(self.stage, Stage::Ready { at } if at.age(now) >= self.setup.timing.job_age)
            {
                out.extend(self.close(Ended::new(Health::Down, NO_NEW_JOB)));
            }
        }
        if let Some(why) = self.overdue(now) {
            out.extend(self.close(Ended::new(Health::Down, why)));
        }
        out
    }

    /// What the pool should have done by now.
    fn overdue(&self, now: Timestamp) -> Option<&'static str> {
        let timing = self.setup.timing;
        let unanswered = self.shares.asked_since();
        match self.stage {
            Stage::Down | Stage::Closing => None,
            Stage::Opened { at } | Stage::Subscribed { at } if at.age(now) >= timing.handshake => {
                Some("the pool did not answer the handshake in time")
            }
            Stage::Ready { at }
                if !self.working && self.refused.is_none() && at.age(now) >= timing.first_job =>
            {
                Some("the pool gives no job")
            }
            _ if self.heard_at.age(now) >= timing.silence => Some("the pool has fallen silent"),
            _ if unanswered.is_some_and(|since| since.age(now) >= timing.answer) => {
                Some("the pool does not answer shares")
            }
            _ => None,
        }
    }

    /// The last job once more, with headers that were not given yet: for when this pool is returned to. None where
    /// there is none.
    pub fn work_again(&mut self, now: Timestamp) -> Option<Box<Work>> {
        if !self.working {
            return None;
        }
        let last = self.jobs.last()?;
        let (notify, extranonce) = (last.job.notify().clone(), last.job.extranonce().clone());
        let difficulty = last.job.difficulty().max(self.at_least);
        self.take_up(notify, extranonce, difficulty, now).ok()
    }

    /// All shares that are not judged yet come out as lost: for when all ends.
    pub fn give_up(&mut self, why: &Arc<str>) -> Vec<Output> {
        judged(self.shares.give_up(why))
    }

    /// Shares that are not judged yet.
    pub fn pending(&self) -> usize {
        self.shares.pending()
    }

    /// It gives work, and its link stands.
    pub fn is_giving_work(&self) -> bool {
        self.working && matches!(self.stage, Stage::Ready { .. })
    }

    /// It has given work that is worth hashing, even where its link is lost for the moment.
    pub fn has_work(&self) -> bool {
        self.working
    }

    /// All that it gives is refused.
    pub fn is_refused(&self) -> bool {
        self.refused.is_some() && !self.working
    }

    /// How long the last answer took.
    pub fn latency(&self) -> Option<Duration> {
        self.latency
    }

    fn ask(&mut self, what: Asked, now: Timestamp) -> u64 {
        self.next_request += 1;
        self.asked.insert(self.next_request, (what, now));
        self.next_request
    }

    /// Sends what may be sent.
    fn flush(&mut self, now: Timestamp) -> Vec<Output> {
        let mut out = Vec::new();
        while matches!(self.stage, Stage::Ready { .. }) {
            let Some((share, block)) = self.shares.send(self.next_request + 1, now) else {
                break;
            };
            self.next_request += 1;
            let line = protocol::submit(self.next_request, &self.setup.user, share);
            out.push(send(line));
            out.extend(block.map(Output::Block));
        }
        out
    }

    fn authorize(&mut self, now: Timestamp) -> Vec<Output> {
        let id = self.ask(Asked::Authorize, now);
        let password = self.setup.password.expose_secret();
        let line = protocol::authorize(id, &self.setup.user, password);
        vec![send(line)]
    }

    fn close(&mut self, ended: Ended) -> Vec<Output> {
        self.stage = Stage::Closing;
        vec![Output::Close(ended)]
    }

    fn stop_work(&mut self, why: &str) -> Option<Output> {
        self.held = None;
        std::mem::take(&mut self.working).then(|| Output::NoWork(why.into()))
    }
}

/// Said of what belongs to a session that the pool did not resume.
fn new_session() -> Arc<str> {
    "the pool began a new session, so it could not be sent any more".into()
}

fn send(line: String) -> Output {
    Output::Send(Line(line))
}

fn judged(all: impl IntoIterator<Item = Judged>) -> Vec<Output> {
    let mut out = Vec::new();
    for one in all {
        out.push(Output::Share {
            difficulty: one.difficulty,
            verdict: one.verdict,
            took: one.took,
        });
        out.extend(one.block.map(Output::Block));
        out.extend(one.taken.map(Output::Taken));
    }
    out
}

#[cfg(test)]
mod tests;
