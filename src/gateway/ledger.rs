//! What a gateway remembers of orders, whoever obeys them.
//!
//! Invariant: an id that has been answered keeps its answer for the life of the gateway; one that was asked for before
//! it came never runs.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::domain::ids::OrderId;
use crate::domain::link::Item;
use crate::domain::order::{Order, OrderStatus, Phase, Reason, TargetStatus};
use crate::domain::time::Timestamp;

use super::Refusal;

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

/// All ids with their answers, in memory.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    answers: HashMap<u128, OrderStatus>,
    dead: HashSet<u128>,
    finished: VecDeque<u128>,
    log: Vec<Item>,
}

impl Ledger {
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
        if self.answers.contains_key(&order.id.0) {
            return Ok(None);
        }
        if self.answers.len() + self.dead.len() >= MOST_IDS {
            return Err(Refusal {
                code: "full",
                message: "this gateway remembers 1,000,000 order ids and takes no more; restart it"
                    .into(),
            });
        }
        let mut status = OrderStatus {
            id: order.id,
            phase: Phase::Received,
            at: now,
            detail: "".into(),
            targets: Vec::new(),
        };
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
        if self.dead.contains(&order.id.0) {
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

    /// What is known of an id. An id that was never seen is dead from now on.
    pub(super) fn query(&mut self, id: OrderId, now: Timestamp) -> OrderStatus {
        if let Some(answer) = self.answers.get(&id.0) {
            return answer.clone();
        }
        if self.answers.len() + self.dead.len() < MOST_IDS {
            self.dead.insert(id.0);
        }
        OrderStatus {
            id,
            phase: Phase::NotSeen,
            at: now,
            detail: "this gateway never saw the order, and would reject it now".into(),
            targets: Vec::new(),
        }
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
        if status.phase.is_final() {
            self.finished.push_back(status.id.0);
            if self.finished.len() > WHOLE_ANSWERS
                && let Some(oldest) = self.finished.pop_front()
                && let Some(answer) = self.answers.get_mut(&oldest)
            {
                answer.targets = Vec::new();
            }
        }
        self.log.push(Item::Order(Box::new(status.clone())));
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
        std::mem::take(&mut self.log)
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
