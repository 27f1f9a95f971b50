//! What a session makes of a pool's lines.

use std::sync::Arc;

use serde_json::Value;

use super::jobs::{Kept, Standing};
use super::{
    Asked, Ended, MOST_NOTICES, MOST_STRANGE, MOST_TURNS, Output, Session, Stage, TOO_LOW, WINDOW,
    judged, new_session, send,
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

/// Said of an answer to nothing.
const UNASKED: &str = "the pool answered something that was not asked";

type Received = Result<Vec<Output>, Ended>;

impl Session {
    /// A line has come, its end cut off.
    /// `wall` is now by the machine's clock as it is set, by which a job's time is judged.
    pub fn line(&mut self, line: &str, now: Timestamp, wall: Timestamp) -> Vec<Output> {
        if matches!(self.stage, Stage::Down | Stage::Closing) {
            return Vec::new();
        }
        self.lines += 1;
        self.heard_at = now;
        let received = protocol::read(line)
            .map_err(Ended::from)
            .and_then(|message| self.receive(message, now, wall));
        received.unwrap_or_else(|ended| self.close(ended))
    }

    /// The link can't read what comes: the session ends it with this reason.
    pub fn refuse(&mut self, refusal: Refusal) -> Vec<Output> {
        self.close(refusal.into())
    }

    fn receive(&mut self, message: Incoming, now: Timestamp, wall: Timestamp) -> Received {
        if !matches!(message, Incoming::Answer(_)) {
            self.count_notice(now)?;
        }
        match message {
            Incoming::Answer(answer) => self.answer(answer, now),
            Incoming::StrangeAnswer => self.count_strange(UNASKED),
            // Before the first answer it is no pool, or not this kind of one.
            Incoming::Nothing(what) if self.lines == 1 && what.contains("JSON") => {
                Err(Refusal::new(what).into())
            }
            Incoming::Nothing(what) => self.count_strange(what),
            Incoming::Job(notify) => self.job(*notify, now, wall),
            Incoming::Difficulty(difficulty) => {
                self.difficulty = difficulty;
                self.at_least = self.at_least.min(difficulty);
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

    /// What acts on nothing, a doubled answer say, is ignored; the first of a link is noted.
    fn count_strange(&mut self, what: &str) -> Received {
        self.strange += 1;
        match self.strange {
            1 => Ok(vec![Output::Say(MiningEvent::Error(
                format!("{what}; it is ignored").into(),
            ))]),
            2..=MOST_STRANGE => Ok(Vec::new()),
            _ => Err(Ended::new(
                Health::Wrong,
                format!("{MOST_STRANGE} lines of the pool meant nothing; the last: {what}"),
            )),
        }
    }

    fn answer(&mut self, answer: Answer, now: Timestamp) -> Received {
        let Answer { id, result } = answer;
        let Some((asked, at)) = self.asked.remove(&id) else {
            let Some(one) = self.shares.answered(id, &result, now) else {
                return self.count_strange(UNASKED);
            };
            self.latency = one.took.or(self.latency);
            let (forgotten, is_low) = (one.forgotten, one.is_low);
            let mut out = judged([one]);
            if is_low {
                out.extend(self.raised(now));
            }
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
            (self.difficulty, self.at_least) = (1.0, 0.0);
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
        // Some pools answer nothing at all to a user whom they take.
        if matches!(result, Err(_) | Ok(Value::Bool(false))) {
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

    fn job(&mut self, notify: Notify, now: Timestamp, wall: Timestamp) -> Received {
        let subscribed = !matches!(self.stage, Stage::Opened { .. });
        let Some(extranonce) = self.extranonce.clone().filter(|_| subscribed) else {
            return self.count_strange("the pool sent a job before it answered the subscription");
        };
        if notify.clean {
            self.jobs.call_off();
        }
        if let Err(why) = hours::check(self.setup.chain, notify.time, wall) {
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

    /// The pool holds its new difficulty against the present job already: what is below it is not sent any more, nor looked
    /// for.
    fn raised(&mut self, now: Timestamp) -> Vec<Output> {
        let Some(last) = self.jobs.last() else {
            return Vec::new();
        };
        if last.job.difficulty() >= self.difficulty || self.at_least >= self.difficulty {
            return Vec::new();
        }
        self.at_least = self.difficulty;
        let mut out = judged(self.shares.too_low(self.at_least, &Arc::from(TOO_LOW)));
        out.extend(self.work_again(now).map(Output::Work));
        out
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
