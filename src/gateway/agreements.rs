//! Orders that wait for their second person: passed on to every console, answered by one.
//!
//! Invariant: a gateway passes on, it does not decide: what was agreed to is checked again, with both signatures, when the
//! order itself comes. An answer stands; a second one changes nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::ids::OrderId;
use crate::domain::journal::SeenSite;
use crate::domain::link::Item;
use crate::domain::order::{Agreement, Countersign, Order};
use crate::domain::time::Timestamp;

use super::Refusal;
use super::roll::Roll;

/// Orders that may wait at a time.
const MOST_OPEN: usize = 32;
/// Answered ones that are still shown.
const SHOWN: usize = 32;

/// All of them at one gateway.
#[derive(Debug, Default)]
pub(super) struct Agreements {
    all: VecDeque<Countersign>,
    log: Vec<Item>,
}

fn refusal(code: &'static str, message: &str) -> Refusal {
    Refusal {
        code,
        message: message.to_owned(),
    }
}

impl Agreements {
    /// Asks for a second person.
    pub(super) fn ask(
        &mut self,
        order: Order,
        seen: Vec<SeenSite>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.all.iter().any(|asked| asked.order.id == order.id) {
            return Ok(());
        }
        if order.expires_at <= now {
            return Err(refusal("expired", "the order has expired: plan it anew"));
        }
        let open = |asked: &&Countersign| asked.agreement == Agreement::Asked;
        if self.all.iter().filter(open).count() >= MOST_OPEN {
            return Err(refusal(
                "full",
                "32 orders wait for a second person here already: answer or wait for those",
            ));
        }
        let asked = Countersign {
            order: Order {
                countersigned_by: None,
                signature: None,
                countersignature: None,
                ..order
            },
            seen,
            agreement: Agreement::Asked,
        };
        self.say(&asked);
        self.all.push_back(asked);
        while self.all.len() > MOST_OPEN + SHOWN {
            self.all.pop_front();
        }
        Ok(())
    }

    /// The second person's word; `signed` is theirs where they agree.
    pub(super) fn answer(
        &mut self,
        id: OrderId,
        (by, agree, why): (&Arc<str>, bool, &Arc<str>),
        signature: Option<Arc<str>>,
        roll: Option<&Roll>,
    ) -> Result<(), Refusal> {
        let Some(at) = self.all.iter().position(|asked| asked.order.id == id) else {
            return Err(refusal(
                "unknown_order",
                "no such order waits for an answer",
            ));
        };
        let asked = &self.all[at];
        if asked.agreement != Agreement::Asked {
            return Err(refusal(
                "too_late",
                "this order has been answered or has lapsed",
            ));
        }
        if **by == *asked.order.issued_by {
            return Err(refusal(
                "same_person",
                "the second person must be another one",
            ));
        }
        if agree && let Some(roll) = roll {
            let signed = Order {
                countersigned_by: Some(Arc::clone(by)),
                countersignature: signature.clone(),
                ..asked.order.clone()
            };
            roll.agrees(&signed).map_err(|reason| Refusal {
                code: "not_agreed",
                message: reason.sentence(),
            })?;
        }
        self.all[at].agreement = if agree {
            Agreement::Agreed {
                by: Arc::clone(by),
                signature,
            }
        } else {
            Agreement::Refused {
                by: Arc::clone(by),
                why: Arc::clone(why),
            }
        };
        let asked = self.all[at].clone();
        self.say(&asked);
        Ok(())
    }

    /// Its issuer asks no more. False: nothing by that id waits here.
    pub(super) fn call_back(&mut self, id: OrderId) -> bool {
        let waits =
            |asked: &&mut Countersign| asked.order.id == id && asked.agreement == Agreement::Asked;
        let Some(asked) = self.all.iter_mut().find(waits) else {
            return false;
        };
        asked.agreement = Agreement::Lapsed;
        let asked = asked.clone();
        self.say(&asked);
        true
    }

    /// Lets go of what has expired unanswered.
    pub(super) fn advance(&mut self, now: Timestamp) {
        let mut lapsed = Vec::new();
        for asked in &mut self.all {
            if asked.agreement == Agreement::Asked && asked.order.expires_at <= now {
                asked.agreement = Agreement::Lapsed;
                lapsed.push(asked.clone());
            }
        }
        for asked in &lapsed {
            self.say(asked);
        }
    }

    /// All that are shown.
    pub(super) fn shown(&self) -> impl Iterator<Item = Item> {
        self.all
            .iter()
            .map(|asked| Item::Countersign(Box::new(asked.clone())))
    }

    /// What was said since the last call.
    pub(super) fn said(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.log)
    }

    fn say(&mut self, asked: &Countersign) {
        self.log.push(Item::Countersign(Box::new(asked.clone())));
    }
}
