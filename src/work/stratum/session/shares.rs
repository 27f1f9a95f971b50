//! Shares between their find and their verdict.
//!
//! Invariant: each share that is taken in comes out judged exactly once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::domain::mining::{BlockFate, FoundBlock, ShareVerdict};
use crate::domain::time::Timestamp;
use crate::work::stratum::protocol::{Extranonce, PoolError, Submit};

/// Shares that may be unanswered at one time; more wait here.
pub(super) const MOST_ASKED: usize = 1024;
/// Shares that may wait; of more, the oldest are lost.
pub(super) const MOST_WAITING: usize = 4096;
/// How often a share may go unanswered before it is given up.
const MOST_IGNORED: u32 = 2;
/// Different reasons of pools that are kept apart.
const MOST_REASONS: usize = 32;
/// Characters of a pool's reason.
const REASON: usize = 80;

/// A share on its way.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) submit: Submit,
    /// The extranonce that it was found under.
    pub(super) extranonce: Extranonce,
    pub(super) difficulty: f64,
    pub(super) found_at: Timestamp,
    /// It is a block too.
    pub(super) block: Option<FoundBlock>,
}

#[derive(Debug)]
struct Kept {
    share: Share,
    /// How often it was sent.
    times: u32,
    /// How often the pool had its time to answer and did not.
    ignored: u32,
    sent_at: Timestamp,
}

/// A share with its verdict.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) difficulty: f64,
    pub(super) verdict: ShareVerdict,
    pub(super) took: Option<Duration>,
    /// What is new of the block that it is.
    pub(super) block: Option<FoundBlock>,
    /// The block that it is, where the pool has taken it.
    pub(super) taken: Option<Arc<str>>,
    /// The pool no longer knows who we are.
    pub(super) forgotten: bool,
    /// Its hash is above the pool's target.
    pub(super) is_low: bool,
}

/// Why a pool refuses a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Stale,
    Duplicate,
    Low,
    Unknown,
    NotSubscribed,
    Other,
}

/// By the number that most pools have agreed on, else by the words that they use.
fn why(error: &PoolError) -> Why {
    let said = error.message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match error.code {
        Some(21) => Why::Stale,
        Some(22) => Why::Duplicate,
        Some(23) => Why::Low,
        Some(24) => Why::Unknown,
        Some(25) => Why::NotSubscribed,
        _ if has(&["stale"]) => Why::Stale,
        _ if has(&["job"])
            && has(&[
                "not found",
                "unknown job",
                "invalid job",
                "expired",
                "no such",
            ]) =>
        {
            Why::Stale
        }
        _ if has(&["duplicate"]) => Why::Duplicate,
        _ if has(&[
            "low diff",
            "difficulty too low",
            "above target",
            "high-hash",
            "high hash",
        ]) =>
        {
            Why::Low
        }
        _ if has(&["unauthorized", "unauthorised", "not authorized"]) => Why::Unknown,
        _ if has(&["not subscribed"]) => Why::NotSubscribed,
        _ => Why::Other,
    }
}

/// All shares of a pool that are not judged yet.
#[derive(Debug, Default)]
pub(super) struct Shares {
    waiting: VecDeque<Kept>,
    asked: BTreeMap<u64, Kept>,
    /// By their words without digits.
    reasons: BTreeMap<String, Arc<str>>,
}

impl Shares {
    /// How many are not judged yet.
    pub(super) fn pending(&self) -> usize {
        self.waiting.len() + self.asked.len()
    }

    /// Takes a share in; where too many wait, the oldest comes out as lost.
    pub(super) fn push(&mut self, share: Share) -> Option<Judged> {
        self.waiting.push_back(Kept {
            sent_at: share.found_at,
            share,
            times: 0,
            ignored: 0,
        });
        if self.waiting.len() <= MOST_WAITING {
            return None;
        }
        let oldest = self.waiting.pop_front()?;
        Some(lost(
            oldest,
            &"too many shares waited for the pool to answer".into(),
        ))
    }

    /// The next share to send, as request number `id`, and the block that it is where that leaves only now; none where
    /// none waits or enough are unanswered.
    pub(super) fn send(
        &mut self,
        id: u64,
        now: Timestamp,
    ) -> Option<(&Submit, Option<FoundBlock>)> {
        if self.asked.len() >= MOST_ASKED {
            return None;
        }
        let mut next = self.waiting.pop_front()?;
        next.times += 1;
        next.sent_at = now;
        let waited = next
            .share
            .block
            .as_mut()
            .filter(|block| block.fate == BlockFate::Waiting);
        let leaves = waited.map(|block| {
            block.fate = BlockFate::WithPool;
            block.clone()
        });
        Some((&self.asked.entry(id).or_insert(next).share.submit, leaves))
    }

    /// Does one that is taken in now leave at once?
    pub(super) fn is_free(&self) -> bool {
        self.waiting.is_empty() && self.asked.len() < MOST_ASKED
    }

    /// The pool has answered; none where no share was asked under this number.
    pub(super) fn answered(
        &mut self,
        id: u64,
        result: &Result<Value, PoolError>,
        now: Timestamp,
    ) -> Option<Judged> {
        let kept = self.asked.remove(&id)?;
        let refusal = result.as_ref().err().map_or(Why::Other, why);
        let verdict = self.verdict(result, refusal, kept.times);
        let reason = match &verdict {
            ShareVerdict::Accepted => None,
            ShareVerdict::Stale => Some(Arc::from("the pool calls it stale")),
            ShareVerdict::Rejected(why) | ShareVerdict::Lost(why) => Some(Arc::clone(why)),
        };
        let taken = kept.share.block.as_ref().filter(|_| reason.is_none());
        Some(Judged {
            difficulty: kept.share.difficulty,
            verdict,
            took: Some(kept.sent_at.age(now)),
            taken: taken.map(|block| Arc::clone(&block.hash)),
            block: kept.share.block.zip(reason).map(|(block, why)| FoundBlock {
                fate: BlockFate::Doubted(why),
                ..block
            }),
            forgotten: matches!(refusal, Why::Unknown | Why::NotSubscribed),
            is_low: refusal == Why::Low,
        })
    }

    fn verdict(&mut self, result: &Result<Value, PoolError>, why: Why, times: u32) -> ShareVerdict {
        let error = match result {
            Ok(Value::Bool(true)) => return ShareVerdict::Accepted,
            Ok(Value::String(word)) if word.eq_ignore_ascii_case("ok") => {
                return ShareVerdict::Accepted;
            }
            Ok(_) => return ShareVerdict::Rejected("refused without a reason".into()),
            Err(error) => error,
        };
        ShareVerdict::Rejected(match why {
            Why::Stale => return ShareVerdict::Stale,
            // What was sent again and is there already arrived the first time: its answer was lost, not the share.
            Why::Duplicate if times > 1 => return ShareVerdict::Accepted,
            Why::Duplicate => "duplicate: the pool has this share already".into(),
            Why::Low => "low difficulty: its hash is above the pool's target".into(),
            Why::Unknown => "unauthorised: the pool does not know the user".into(),
            Why::NotSubscribed => "not subscribed: the pool has forgotten the session".into(),
            Why::Other => self.reason(error),
        })
    }

    /// A pool's own words, of a bounded number of kinds: what differs in digits only is one kind, told as it was said
    /// first.
    fn reason(&mut self, error: &PoolError) -> Arc<str> {
        let words: String = error.message.chars().take(REASON).collect();
        let kind: String = words.chars().filter(|c| !c.is_ascii_digit()).collect();
        if let Some(known) = self.reasons.get(&kind) {
            return Arc::clone(known);
        }
        if self.reasons.len() >= MOST_REASONS {
            return "other: of many reasons".into();
        }
        let reason: Arc<str> = match words.trim() {
            "" => "other: the pool says no more".into(),
            words => format!("other: the pool says \"{words}\"").into(),
        };
        self.reasons.insert(kind, Arc::clone(&reason));
        reason
    }

    /// Those that wait and are below this difficulty come out as lost; blocks are sent all the same.
    pub(super) fn too_low(&mut self, difficulty: f64, why: &Arc<str>) -> Vec<Judged> {
        self.lose(why, |kept| {
            kept.share.difficulty < difficulty && kept.share.block.is_none()
        })
    }

    /// The link is gone: what was not answered waits again, before all that was found later. What was sent up to `due`
    /// had its time; where that happened too often it comes out as lost.
    pub(super) fn link_lost(&mut self, due: Timestamp) -> Vec<Judged> {
        let asked = std::mem::take(&mut self.asked);
        for mut kept in asked.into_values().rev() {
            kept.ignored += u32::from(kept.sent_at <= due);
            // It may never have arrived.
            if let Some(block) = &mut kept.share.block {
                block.fate = BlockFate::Waiting;
            }
            self.waiting.push_front(kept);
        }
        self.lose(&"the pool did not answer it".into(), |kept| {
            kept.ignored >= MOST_IGNORED
        })
    }

    /// Those that this extranonce does not belong to come out as lost; for when a session begins.
    pub(super) fn begin(&mut self, extranonce: &Extranonce, why: &Arc<str>) -> Vec<Judged> {
        self.lose(why, |kept| kept.share.extranonce != *extranonce)
    }

    /// Those that were found before `then` and still wait come out as lost; blocks wait on.
    pub(super) fn expire(&mut self, then: Timestamp, why: &Arc<str>) -> Vec<Judged> {
        self.lose(why, |kept| {
            kept.share.found_at < then && kept.share.block.is_none()
        })
    }

    /// All come out as lost.
    pub(super) fn give_up(&mut self, why: &Arc<str>) -> Vec<Judged> {
        let asked = std::mem::take(&mut self.asked);
        self.waiting.extend(asked.into_values());
        self.lose(why, |_| true)
    }

    fn lose(&mut self, why: &Arc<str>, is_lost: impl Fn(&Kept) -> bool) -> Vec<Judged> {
        let waiting = std::mem::take(&mut self.waiting);
        let (gone, stay) = waiting.into_iter().partition(is_lost);
        self.waiting = stay;
        let gone: VecDeque<Kept> = gone;
        gone.into_iter().map(|kept| lost(kept, why)).collect()
    }

    /// Since when the oldest unanswered share waits for its answer.
    pub(super) fn asked_since(&self) -> Option<Timestamp> {
        self.asked.values().map(|kept| kept.sent_at).min()
    }
}

fn lost(kept: Kept, why: &Arc<str>) -> Judged {
    let never_sent = kept.times == 0;
    Judged {
        difficulty: kept.share.difficulty,
        verdict: ShareVerdict::Lost(Arc::clone(why)),
        took: None,
        // A block that did reach the pool once may yet be in the chain: only the pool can tell.
        block: kept
            .share
            .block
            .filter(|_| never_sent)
            .map(|block| FoundBlock {
                fate: BlockFate::Refused(format!("it was never sent: {why}").into()),
                ..block
            }),
        taken: None,
        forgotten: false,
        is_low: false,
    }
}
