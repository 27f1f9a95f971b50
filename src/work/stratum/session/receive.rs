//! What a session makes of a pool's lines.

use std::sync::Arc;

use serde_json::Value;

use super::jobs::{Kept, Standing};
use super::{
    Asked, Ended, MOST_NOTICES, MOST_STRANGE, MOST_TURNS, Output, Session, Stage, WINDOW, judged,
    new_session, send,
};
use crate::domain::mining::{Health, MiningEvent, WorkView};
use crate::domain::time::Timestamp;
use crate::engine::header::Hash;
use crate::engine::target::Target;
use crate::work::Work;
use crate::work::hours;
use crate::work::stratum::coinbase;
use crate::work::stratum::job::PoolJob;
use crate::work::stratum::protocol::{
    self, Answer, Extranonce, Incoming, Notify, PoolError, Refusal, read_mask, read_subscription,
};

type Received = Result<Vec<Output>, Ended>;

impl Session {
    /// A line has come, its end cut off.
    pub fn line(&mut self, line: &str, now: Timestamp) -> Vec<Output> {
        if matches!(self.stage, Stage::Down | Stage::Closing) {
            return Vec::new();
        }
        self.lines += 1;
        self.heard_at = now;
        let received = protocol::read(line)
            .map_err(Ended::from)
            .and_then(|message| self.receive(message, now));
        received.unwrap_or_else(|ended| self.close(ended))
    }

    /// The link can't read what comes: the session ends it with this reason.
    pub fn refuse(&mut self, refusal: Refusal) -> Vec<Output> {
        self.close(refusal.into())
    }

    fn receive(&mut self, message: Incoming, now: Timestamp) -> Received {
        if !matches!(message, Incoming::Answer(_)) {
            self.count_notice(now)?;
        }
        match message {
            Incoming::Answer(answer) => self.answer(answer, now),
            Incoming::StrangeAnswer => self.count_strange(),
            Incoming::Job(notify) => self.job(*notify, now),
            Incoming::Difficulty(difficulty) => {
                self.difficulty = difficulty;
                Ok(Vec::new())
            }
            Incoming::Extranonce(extranonce) => {
                self.extranonce = Some(extranonce);
                Ok(Vec::new())
            }
            Incoming::VersionMask(mask) => Ok(self.new_mask(mask, now)),
            Incoming::Reconnect(to) => {
                self.stage = Stage::Closing;
                Ok(vec![Output::Reconnect(to)])
            }
            Incoming::Message(text) if text.is_empty() => Ok(Vec::new()),
            Incoming::Message(text) => Ok(vec![Output::Say(MiningEvent::Message(text.into()))]),
            Incoming::WantsVersion(id) => {
                Ok(vec![send(protocol::answer_version(&id, &self.setup.agent))])
            }
            Incoming::Unknown(id) => Ok(id
                .map(|id| send(protocol::refuse_method(&id)))
                .into_iter()
                .collect()),
        }
    }

    fn count_notice(&mut self, now: Timestamp) -> Result<(), Ended> {
        let (since, count) = &mut self.notices;
        if since.age(now) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count > MOST_NOTICES {
            return Err(Ended::new(
                Health::Wrong,
                format!("the pool floods us: more than {MOST_NOTICES} notices in 10 s"),
            ));
        }
        Ok(())
    }

    /// An answer to nothing, a doubled one say, is ignored; the first of a link is noted.
    fn count_strange(&mut self) -> Received {
        self.strange += 1;
        match self.strange {
            1 => Ok(vec![Output::Say(MiningEvent::Error(
                "the pool answered something that was not asked; it is ignored".into(),
            ))]),
            2..=MOST_STRANGE => Ok(Vec::new()),
            _ => Err(Ended::new(
                Health::Wrong,
                "the pool answers what was never asked, again and again",
            )),
        }
    }

    fn answer(&mut self, answer: Answer, now: Timestamp) -> Received {
        let Answer { id, result } = answer;
        let Some((asked, at)) = self.asked.remove(&id) else {
            let Some(one) = self.shares.answered(id, &result, now) else {
                return self.count_strange();
            };
            self.latency = one.took.or(self.latency);
            let forgotten = one.forgotten;
            let mut out = judged([one]);
            if forgotten {
                out.extend(self.close(Ended::new(
                    Health::Down,
                    "the pool has forgotten who we are; the session is begun anew",
                )));
            } else {
                out.extend(self.flush(now));
            }
            return Ok(out);
        };
        self.latency = Some(at.age(now));
        match asked {
            Asked::Configure => {
                let agreed = result.ok().map(|result| read_mask(&result)).transpose()?;
                self.mask = agreed.flatten();
                Ok(Vec::new())
            }
            Asked::Subscribe => self.subscribed(result, now),
            Asked::Authorize => self.authorized(&result, now),
            Asked::Suggest => Ok(Vec::new()),
        }
    }

    fn subscribed(&mut self, result: Result<Value, PoolError>, now: Timestamp) -> Received {
        let resumed = self.resume.take();
        let result = result.map_err(|error| {
            Ended::new(
                Health::Refused,
                format!("the pool refuses the subscription: {error}"),
            )
        })?;
        let subscription = read_subscription(&result)?;
        let extranonce = subscription.extranonce;
        self.resume = subscription.session.or(resumed);
        let mut out = judged(self.shares.begin(&extranonce, &new_session()));
        if self.extranonce.as_ref() != Some(&extranonce) {
            self.difficulty = 1.0;
        }
        if self.jobs.begin(|job| *job.extranonce() == extranonce) {
            out.extend(self.stop_work("the pool began a new session"));
        }
        self.extranonce = Some(extranonce);
        self.stage = Stage::Subscribed { at: now };
        out.extend(self.authorize(now));
        Ok(out)
    }

    fn authorized(&mut self, result: &Result<Value, PoolError>, now: Timestamp) -> Received {
        if *result != Ok(Value::Bool(true)) {
            let said = match result {
                Ok(_) => String::new(),
                Err(error) => format!(": {error}"),
            };
            let why = format!(
                "the pool refuses the user or password{said}; see --user and --password-file"
            );
            return Err(Ended::new(Health::Refused, why));
        }
        self.stage = Stage::Ready { at: now };
        self.was_ready = true;
        let mut out = self.flush(now);
        if let Some(difficulty) = self.setup.suggest {
            let id = self.ask(Asked::Suggest, now);
            out.push(send(protocol::suggest_difficulty(id, difficulty)));
        }
        match self.held.take() {
            Some(work) => out.extend(self.give(work)),
            // A resumed session's job is still good.
            None if self.working => out.push(Output::Health(Health::Live, "".into())),
            None => {}
        }
        Ok(out)
    }

    fn give(&mut self, work: Box<Work>) -> [Output; 2] {
        self.working = true;
        [Output::Health(Health::Live, "".into()), Output::Work(work)]
    }

    fn job(&mut self, notify: Notify, now: Timestamp) -> Received {
        let extranonce = self
            .extranonce
            .clone()
            .filter(|_| !matches!(self.stage, Stage::Opened { .. }))
            .ok_or_else(|| {
                Refusal::new("the pool sent a job before it answered the subscription")
            })?;
        if notify.clean {
            self.jobs.call_off();
        }
        if let Err(why) = hours::check(self.setup.chain, notify.time, now) {
            let why = format!("the pool's job is not hashed, as {why}, and begin anew");
            return self.not_hashed(why.into(), notify.clean);
        }
        // A job without any target is refused below.
        if let Ok(target) = Target::from_bits(notify.bits)
            && let Err(easy) = self.believed.take(self.setup.chain, target, now)
        {
            let why = format!(
                "the pool's job is not hashed, as {easy}; the pool of another network needs --network"
            );
            return self.not_hashed(why.into(), notify.clean);
        }
        let work = self.take_up(notify, extranonce, self.difficulty, now)?;
        self.refused = None;
        self.job_at = now;
        if matches!(self.stage, Stage::Ready { .. }) {
            return Ok(self.give(work).into());
        }
        self.held = Some(work);
        Ok(Vec::new())
    }

    /// A job that every few hashes would solve, or that is on its way there, or of another time: it is not hashed, which
    /// is said once.
    fn not_hashed(&mut self, why: Arc<str>, clean: bool) -> Received {
        let mut out: Vec<Output> = clean
            .then(|| self.stop_work("the pool's job is not believed"))
            .flatten()
            .into_iter()
            .collect();
        if self.refused.is_none() {
            self.turns += 1;
            if self.turns > MOST_TURNS {
                return Err(Ended::new(Health::Wrong, why));
            }
            if self.working {
                out.push(Output::Say(MiningEvent::Error(Arc::clone(&why))));
            }
        }
        let why = Arc::clone(self.refused.get_or_insert(why));
        if !self.working {
            out.push(Output::Health(Health::Wrong, why));
        }
        Ok(out)
    }

    /// BIP 310: the mask may change at any time. The job at hand is taken up again under it.
    fn new_mask(&mut self, mask: u32, now: Timestamp) -> Vec<Output> {
        if self.mask.is_none_or(|old| old == mask) {
            return Vec::new();
        }
        self.mask = Some(mask);
        if !self.is_giving_work() {
            return Vec::new();
        }
        let work = self.work_again(now);
        work.map(Output::Work).into_iter().collect()
    }

    /// Makes a job into work under what holds now, and keeps it for its finds.
    pub(super) fn take_up(
        &mut self,
        notify: Notify,
        extranonce: Extranonce,
        difficulty: f64,
        now: Timestamp,
    ) -> Result<Box<Work>, Refusal> {
        let take = self.jobs.next_take();
        let job = Arc::new(PoolJob::new(
            notify, extranonce, self.mask, take, difficulty,
        )?);
        let (extranonce2, _) = job
            .rolled(0)
            .ok_or_else(|| Refusal::new("the job leaves no extranonce to fill"))?;
        let (bytes, range) = job.coinbase(&extranonce2);
        let network_difficulty = job.network().difficulty();
        let coinbase = coinbase::read(&bytes, &range, &self.setup.payouts, self.setup.chain)?;
        let id = self.ids.next();
        self.jobs.keep(Kept {
            id,
            job: Arc::clone(&job),
            standing: Standing::Live,
            height: coinbase.height,
            reward: coinbase.reward,
        });
        let view = WorkView {
            source: self.setup.source,
            name: protocol::clean(&job.notify().id).into(),
            height: coinbase.height,
            previous: Hash::from_bytes(job.notify().previous).to_string().into(),
            transactions: None,
            fees: None,
            reward: coinbase.reward,
            weight: None,
            network_difficulty,
            share_difficulty: difficulty,
            version_mask: job.rolled_mask(),
            received: now,
            payments: coinbase.payments,
            coinbase_text: coinbase.text.into(),
            proof: coinbase.proof,
        };
        Ok(Box::new(Work {
            job: job.engine_job(id),
            view,
        }))
    }
}
