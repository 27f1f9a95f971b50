//! What a gateway remembers of orders, whoever obeys them.
//!
//! Invariant: an id that was taken keeps its answer for the life of the gateway, and stands for that order alone; one that
//! was asked for before it came never runs for who asked. Refused and dead ids have places of their own: they never take
//! that of an order.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::domain::ids::OrderId;
use crate::domain::journal::{Entry, Fact};
use crate::domain::link::Item;
use crate::domain::order::{Order, OrderStatus, Phase, Reason, TargetStatus};
use crate::domain::time::Timestamp;

use crate::feed::protocol::order_form;

use super::Refusal;
use super::acts::{Dead, Void};
use super::durable::{Keep, Past, Taken};
use super::refused::Refused;

/// More targets than a message of 1 MiB can answer for.
const MOST_TARGETS: usize = 4_000;
/// Ids that are kept; a gateway that has run so many takes no more rather than forget one.
const MOST_IDS: usize = 1_000_000;
/// Final answers that are kept whole; older ones keep their phase.
const WHOLE_ANSWERS: usize = 1_024;
/// Final answers in a snapshot, beside all that is under way.
const SHOWN_ANSWERS: usize = 128;
/// An order may raise a site's sequence by so much at most, else a wrong one would lock the site for ever.
const SEQUENCE_LEAP: u64 = 1_000_000;

/// Answers that wait for a journal that can't be written; beyond them the oldest are only in the log of the program.
const MOST_OWED: usize = 10_000;

/// All ids with their answers, in memory, and where a journal is kept, durable in it before anybody hears of them.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    answers: HashMap<u128, OrderStatus>,
    /// Whose the orders are that those ids stand for.
    taken: HashMap<u128, Taken>,
    refused: Refused,
    dead: Dead,
    finished: VecDeque<u128>,
    log: Vec<Item>,
    keep: Option<Box<dyn Keep>>,
    /// Answers that the journal does not hold yet.
    owed: Vec<Entry>,
}

impl Ledger {
    /// Takes up what an earlier life of the gateway has left, and keeps all from now on. What was under way then is
    /// not any more: it has failed.
    ///
    /// Restores are gone on with: their answers stay as they are.
    pub(super) fn restore(&mut self, keep: Box<dyn Keep>, past: Past, now: Timestamp) {
        self.keep = Some(keep);
        let goes_on: HashSet<u128> = past.restores.iter().map(|order| order.id.0).collect();
        for void in &past.dead {
            self.dead.restore(void, now);
        }
        for taken in &past.taken {
            self.taken.insert(taken.id.0, taken.clone());
        }
        for mut status in past.answers {
            if status.phase.is_final() || goes_on.contains(&status.id.0) {
                self.store(status, now);
                continue;
            }
            for target in &mut status.targets {
                if !target.phase.is_final() {
                    let code = match target.phase {
                        Phase::Executing => "restarted_under_way",
                        _ => "restarted",
                    };
                    target.phase = Phase::Failed;
                    target.reasons = vec![stated(code, "the gateway has restarted since")];
                }
            }
            status.phase = Phase::Failed;
            status.at = now;
            status.detail =
                "the gateway restarted while it was under way: judge by the meters".into();
            self.say(status);
        }
    }

    /// Do ids survive a restart?
    pub(super) fn is_durable(&self) -> bool {
        self.keep.is_some()
    }

    /// Makes durable what is owed, and `more` with it.
    fn keep(&mut self, more: Option<Entry>) -> Result<(), Refusal> {
        let Some(keep) = &mut self.keep else {
            return Ok(());
        };
        if self.owed.is_empty() && more.is_none() {
            return Ok(());
        }
        let entries: Vec<Entry> = self.owed.iter().cloned().chain(more).collect();
        match keep.keep(entries) {
            Ok(()) => {
                self.owed.clear();
                Ok(())
            }
            Err(why) => {
                tracing::error!(%why, owed = self.owed.len(), "the gateway's journal can't be written");
                let more = self.owed.len().saturating_sub(MOST_OWED);
                self.owed.drain(..more);
                Err(Refusal {
                    code: "journal",
                    message: format!("the gateway can't record it, so it does nothing: {why}"),
                })
            }
        }
    }

    fn owe(&mut self, status: &OrderStatus) {
        if self.keep.is_some() {
            self.owed.push(Entry {
                at: status.at,
                actor: "gateway".into(),
                fact: Fact::Answer(Box::new(status.clone())),
            });
        }
    }

    /// Makes an entry durable before what it tells is done.
    pub(super) fn record(&mut self, entry: Entry) -> Result<(), Refusal> {
        self.keep(Some(entry))
    }

    /// Whose order bears this id, and at which sites; none where no order was taken under it.
    pub(super) fn whose(&self, id: OrderId) -> Option<&Taken> {
        self.taken.get(&id.0)
    }

    /// The answer to an order under an id that another order has used; none where it is free, or this order's.
    pub(super) fn another(&self, order: &Order, now: Timestamp) -> Option<OrderStatus> {
        let form = self.taken.get(&order.id.0)?.form?;
        (form != digest(&order_form(order))).then(|| {
            let reason = stated("id_used", "the id is used by another order");
            declined(order, &[reason], now)
        })
    }

    /// The stored answer, to be brought on; [`Ledger::say`] it afterwards.
    pub(super) fn answer_mut(&mut self, id: OrderId) -> Option<&mut OrderStatus> {
        self.answers.get_mut(&id.0)
    }

    /// Takes an order in: its first answer, `received` or worse, to be filled in and said. None where the id is known:
    /// nothing may happen then. `barred` tells what its issuer's rights say against it.
    pub(super) fn receive(
        &mut self,
        order: &Order,
        (nation, gateway): (&str, &str),
        now: Timestamp,
        barred: impl FnOnce() -> Vec<Reason>,
    ) -> Result<Option<OrderStatus>, Refusal> {
        if self.answers.contains_key(&order.id.0) || self.refused.has(order.id) {
            return Ok(None);
        }
        if self.answers.len() >= MOST_IDS {
            return Err(Refusal {
                code: "full",
                message: "this gateway remembers 1,000,000 order ids and takes no more; restart it"
                    .into(),
            });
        }
        // Before anything is done: an id that was run must never be taken for a new one.
        self.keep(Some(Entry {
            at: now,
            actor: order.issued_by.clone(),
            fact: Fact::Order(Box::new(order.clone())),
        }))?;
        self.taken.insert(order.id.0, Taken::of(order));
        let mut status = OrderStatus {
            id: order.id,
            phase: Phase::Received,
            at: now,
            detail: "".into(),
            targets: Vec::new(),
        };
        self.owe(&status);
        self.log.push(Item::Order(Box::new(status.clone())));
        if let Some((phase, detail, reason)) = self.against(order, nation, gateway, now) {
            status.phase = phase;
            status.detail = detail.into();
            status.targets = refused(order, phase, &[reason]);
        } else {
            let reasons = barred();
            if !reasons.is_empty() {
                status.phase = Phase::Rejected;
                status.detail = "not this operator's to order".into();
                status.targets = refused(order, Phase::Rejected, &reasons);
            }
        }
        Ok(Some(status))
    }

    /// What stands against an order as a whole.
    fn against(
        &self,
        order: &Order,
        nation: &str,
        gateway: &str,
        now: Timestamp,
    ) -> Option<(Phase, &'static str, Reason)> {
        let rejected = |detail, code, text| Some((Phase::Rejected, detail, stated(code, text)));
        if self.dead.has(order.id, &order.issued_by, now) {
            return rejected(
                "asked for before it came: this id is dead",
                "dead_id",
                "the id was answered `not_seen` before and is dead",
            );
        }
        if *order.nation != *nation || order.gateway.as_str() != gateway {
            return rejected(
                "meant for another gateway",
                "wrong_gateway",
                "the order names another nation or gateway",
            );
        }
        if order.targets.is_empty() || order.targets.len() > MOST_TARGETS {
            return rejected(
                "wants 1 to 4,000 targets",
                "target_count",
                "an order holds 1 to 4,000 targets",
            );
        }
        if order.expires_at <= now {
            let detail = "expired before it could begin";
            return Some((Phase::Expired, detail, Reason::Expired));
        }
        None
    }

    /// What is known of an id. `asks` is who has signed the question: an id that was never seen is dead for their orders
    /// from now on. Nobody: it is only looked at.
    pub(super) fn query(
        &mut self,
        id: OrderId,
        asks: Option<Arc<str>>,
        now: Timestamp,
    ) -> Result<OrderStatus, Refusal> {
        if let Some(answer) = self.look(id) {
            return Ok(answer);
        }
        let Some(by) = asks else {
            return Ok(unseen(id, Phase::Unseen, now));
        };
        if !self.dead.has(id, &by, now) {
            self.dead.has_room(&by, now)?;
            let actor = if by.is_empty() {
                "gateway".into()
            } else {
                Arc::clone(&by)
            };
            self.keep(Some(Entry {
                at: now,
                actor,
                fact: Fact::Dead(id),
            }))?;
            let since = now;
            self.dead.add(&Void { id, by, since });
        }
        Ok(unseen(id, Phase::NotSeen, now))
    }

    /// The answer that is stored of an id.
    pub(super) fn look(&mut self, id: OrderId) -> Option<OrderStatus> {
        if self.answers.contains_key(&id.0) {
            // What has been done is told even where it can't be written.
            let _ = self.keep(None);
        }
        let stored = self.answers.get(&id.0).or_else(|| self.refused.get(id));
        stored.cloned()
    }

    /// Why an order can't be called back, if so.
    pub(super) fn cancellable(&self, id: OrderId) -> Result<(), Refusal> {
        match self.answers.get(&id.0) {
            None => Err(Refusal {
                code: "unknown_order",
                message: "this gateway never saw the order; ask for it with order_query".into(),
            }),
            Some(status) if status.phase != Phase::Accepted => Err(Refusal {
                code: "too_late",
                message: format!(
                    "the order is {}: only what is not yet executing can be cancelled; restore instead",
                    status.phase.word()
                ),
            }),
            Some(_) => Ok(()),
        }
    }

    /// Stores an answer and tells every console.
    pub(super) fn say(&mut self, status: OrderStatus) {
        self.owe(&status);
        self.log.push(Item::Order(Box::new(status.clone())));
        let now = status.at;
        self.store(status, now);
    }

    fn store(&mut self, status: OrderStatus, now: Timestamp) {
        // It was never taken: another may come in its place, but no order has to wait for it.
        if !self.answers.contains_key(&status.id.0)
            && matches!(status.phase, Phase::Rejected | Phase::Expired)
        {
            let by = self
                .taken
                .get(&status.id.0)
                .map_or_else(|| "".into(), |t| t.by.clone());
            for gone in self.refused.add(status, by, now) {
                self.taken.remove(&gone);
            }
            return;
        }
        if status.phase.is_final() {
            self.finished.push_back(status.id.0);
            if self.finished.len() > WHOLE_ANSWERS
                && let Some(oldest) = self.finished.pop_front()
                && let Some(answer) = self.answers.get_mut(&oldest)
            {
                answer.targets = Vec::new();
            }
        }
        self.answers.insert(status.id.0, status);
    }

    /// The latest of what is over, and what is `under_way`.
    pub(super) fn shown(&self, under_way: impl Iterator<Item = OrderId>) -> Vec<Item> {
        let over = self.finished.iter().rev().take(SHOWN_ANSWERS).rev();
        over.copied()
            .chain(under_way.map(|id| id.0))
            .filter_map(|id| self.answers.get(&id))
            .map(|status| Item::Order(Box::new(status.clone())))
            .collect()
    }

    /// What was said since the last call.
    pub(super) fn said(&mut self) -> Vec<Item> {
        // What has been done is told even where it can't be written: nobody may be left in the dark about a load.
        let _ = self.keep(None);
        std::mem::take(&mut self.log)
    }
}

fn unseen(id: OrderId, phase: Phase, now: Timestamp) -> OrderStatus {
    let detail = match phase {
        Phase::NotSeen => "this gateway never saw the order, and would reject it now",
        _ => "this gateway has not seen the order; it may still come",
    };
    OrderStatus {
        id,
        phase,
        at: now,
        detail: detail.into(),
        targets: Vec::new(),
    }
}

/// SHA-256 of what is signed.
pub(super) fn digest(form: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(form).into()
}

/// More targets than these of an order that leaves no trace are not answered for.
const MOST_DECLINED: usize = 16;

/// An order that is not taken, nor kept.
pub(super) fn declined(order: &Order, reasons: &[Reason], now: Timestamp) -> OrderStatus {
    let first = reasons.first();
    let mut targets = refused(order, Phase::Rejected, reasons);
    targets.truncate(MOST_DECLINED);
    OrderStatus {
        id: order.id,
        phase: Phase::Rejected,
        at: now,
        detail: first.map_or_else(|| "".into(), |reason| reason.sentence().into()),
        targets,
    }
}

fn refused(order: &Order, phase: Phase, reasons: &[Reason]) -> Vec<TargetStatus> {
    let targets = order.targets.iter().take(MOST_TARGETS);
    targets
        .map(|target| TargetStatus {
            site: target.site.clone(),
            block: target.block.clone(),
            phase,
            reasons: reasons.to_vec(),
            delivered: None,
            measured_at: None,
        })
        .collect()
}

/// What stands against an order's sequence and epoch at a site that has seen these.
pub(super) fn out_of_turn(
    (sequence, epoch): (u64, u64),
    (seen_sequence, seen_epoch): (u64, u64),
) -> Vec<Reason> {
    let mut against = Vec::new();
    if epoch < seen_epoch {
        against.push(Reason::OldEpoch);
    } else if epoch > seen_epoch {
        against.push(stated(
            "unknown_epoch",
            "the epoch is newer than any that this gateway knows",
        ));
    }
    if sequence <= seen_sequence {
        against.push(Reason::OldSequence);
    } else if sequence - seen_sequence > SEQUENCE_LEAP {
        against.push(stated(
            "sequence_leap",
            "the site's sequence leaps too far ahead",
        ));
    }
    against
}

/// A reason of the gateway's own, by code and sentence.
pub(super) fn stated(code: &str, text: &str) -> Reason {
    Reason::Stated {
        code: code.into(),
        text: text.into(),
    }
}
