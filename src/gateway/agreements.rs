//! Orders that wait for their second person: passed on to every console, answered by one.
//!
//! Invariant: a gateway passes on, it does not decide: what was agreed to is checked again, with both signatures, when the
//! order itself comes. An answer stands; a second one changes nothing. The second person's word comes over another link
//! than the order, and from another desk, and is held against the order when it comes.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::ids::OrderId;
use crate::domain::journal::SeenSite;
use crate::domain::link::Item;
use crate::domain::order::{Agreement, Countersign, Order, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;

use super::acts::Doer;
use super::ledger::stated;
use super::roll::Roll;
use super::{LinkId, Refusal};

/// Orders that may wait at a time, and those of one person among them.
const MOST_OPEN: usize = 32;
const MOST_OF_ONE: usize = 8;
/// Agreements of one person that are held until their orders come: nobody fills another's share.
const MOST_GIVEN_OF_ONE: usize = 128;
/// Answered ones that are still shown.
const SHOWN: usize = 32;

/// An order that waits, and where it was asked from.
#[derive(Debug)]
struct Asked {
    item: Countersign,
    link: LinkId,
    desk: Option<Arc<str>>,
}

/// An agreement, and where it was given.
#[derive(Debug)]
struct Given {
    id: OrderId,
    by: Arc<str>,
    link: LinkId,
    desk: Option<Arc<str>>,
    until: Timestamp,
}

/// All of them at one gateway.
#[derive(Debug, Default)]
pub(super) struct Agreements {
    all: VecDeque<Asked>,
    given: Vec<Given>,
    log: Vec<Item>,
}

/// Where an act came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat<'a> {
    pub(super) link: LinkId,
    pub(super) doer: &'a Doer,
}

fn refusal(code: &'static str, message: Sentence) -> Refusal {
    Refusal { code, message }
}

/// The order as it is asked for: what is not to be signed yet is left out.
fn unsigned(order: &Order) -> Order {
    Order {
        countersigned_by: None,
        countersigned_desk: None,
        signature: None,
        countersignature: None,
        ..order.clone()
    }
}

impl Agreements {
    /// Asks for a second person.
    pub(super) fn ask(
        &mut self,
        order: &Order,
        seen: Vec<SeenSite>,
        seat: Seat<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if let Some(asked) = self
            .all
            .iter()
            .find(|asked| asked.item.order.id == order.id)
        {
            return if unsigned(&asked.item.order) == unsigned(order) {
                Ok(())
            } else {
                Err(refusal(
                    "id_used",
                    told!("id-waits", "another order waits under this id"),
                ))
            };
        }
        if seat.doer.rank.is_some() && order.desk != seat.doer.desk {
            let why = told!("desk-unnamed", "the order does not name the desk that asks");
            return Err(refusal("desk", why));
        }
        if order.expires_at <= now {
            return Err(refusal(
                "expired",
                told!("ask-expired", "the order has expired: plan it anew"),
            ));
        }
        let open = |asked: &&Asked| asked.item.agreement == Agreement::Asked;
        let own = |asked: &&Asked| asked.item.order.issued_by == order.issued_by;
        if self.all.iter().filter(open).filter(own).count() >= MOST_OF_ONE
            && seat.doer.rank.is_some()
        {
            return Err(refusal(
                "full",
                told!(
                    "eight-wait",
                    "8 orders of yours wait for a second person here already: wait for those"
                ),
            ));
        }
        if self.all.iter().filter(open).count() >= MOST_OPEN {
            return Err(refusal(
                "full",
                told!(
                    "many-wait",
                    "32 orders wait for a second person here already: answer or wait for those"
                ),
            ));
        }
        let item = Countersign {
            order: unsigned(order),
            seen,
            agreement: Agreement::Asked,
        };
        self.say(&item);
        self.all.push_back(Asked {
            item,
            link: seat.link,
            desk: seat.doer.desk.clone(),
        });
        // One that still waits is never pushed out.
        while self.all.len() > MOST_OPEN + SHOWN
            && let Some(at) = self.all.iter().position(|asked| !open(&asked))
        {
            self.all.remove(at);
        }
        Ok(())
    }

    /// Who asks for a second person under this order, and where the order acts.
    pub(super) fn whose(&self, id: OrderId) -> Option<&Order> {
        let asked = self.all.iter().find(|asked| asked.item.order.id == id)?;
        Some(&asked.item.order)
    }

    /// The second person's word; `signed` is theirs where they agree.
    pub(super) fn answer(
        &mut self,
        id: OrderId,
        (by, agree, why): (&Arc<str>, bool, &Arc<str>),
        signature: Option<Arc<str>>,
        roll: Option<&Roll>,
        seat: Seat<'_>,
    ) -> Result<(), Refusal> {
        let Some(at) = self.all.iter().position(|asked| asked.item.order.id == id) else {
            return Err(refusal(
                "unknown_order",
                told!("nothing-waits", "no such order waits for an answer"),
            ));
        };
        let Asked {
            item: asked,
            link,
            desk,
        } = &self.all[at];
        if asked.agreement != Agreement::Asked {
            return Err(refusal(
                "too_late",
                told!("answered", "this order has been answered or has lapsed"),
            ));
        }
        if **by == *asked.order.issued_by {
            return Err(refusal(
                "same_person",
                told!("same-person", "the second person must be another one"),
            ));
        }
        if roll.is_some() && *link == seat.link {
            let why = told!(
                "same-link-asks",
                "the second person must answer over another link than the one that asks"
            );
            return Err(refusal("same_link", why));
        }
        if roll.is_some() && *desk == seat.doer.desk {
            let why = told!(
                "same-desk-asks",
                "the second person must sit at another desk than the one that asks"
            );
            return Err(refusal("same_desk", why));
        }
        if agree && let Some(roll) = roll {
            let own = self.given.iter().filter(|given| given.by == *by);
            if own.count() >= MOST_GIVEN_OF_ONE {
                return Err(refusal(
                    "busy",
                    told!(
                        "many-agreed",
                        "128 agreements of yours wait for their orders: try again later"
                    ),
                ));
            }
            let signed = Order {
                countersigned_by: Some(Arc::clone(by)),
                countersigned_desk: seat.doer.desk.clone(),
                countersignature: signature.clone(),
                ..asked.order.clone()
            };
            roll.agrees(&signed).map_err(|reason| Refusal {
                code: "not_agreed",
                message: reason.told(),
            })?;
            self.given.push(Given {
                id,
                by: Arc::clone(by),
                link: seat.link,
                desk: seat.doer.desk.clone(),
                until: asked.order.expires_at,
            });
        }
        self.all[at].item.agreement = if agree {
            Agreement::Agreed {
                by: Arc::clone(by),
                desk: seat.doer.desk.clone(),
                signature,
            }
        } else {
            Agreement::Refused {
                by: Arc::clone(by),
                why: Arc::clone(why),
            }
        };
        let asked = self.all[at].item.clone();
        self.say(&asked);
        Ok(())
    }

    /// What stands against an order that bears a second person's signature, coming over this link. Who agreed to it must
    /// have said so here, over another link and at another desk.
    pub(super) fn against(&self, order: &Order, link: LinkId) -> Option<Reason> {
        let by = order.countersigned_by.as_ref()?;
        let given = |given: &&Given| given.id == order.id && given.by == *by;
        let Some(given) = self.given.iter().find(given) else {
            let text = told!(
                "second-unheard",
                "this gateway has not heard the second person agree, or has restarted since: ask anew"
            );
            return Some(stated("two_persons", text));
        };
        let same_desk = given.desk == order.desk || given.desk.is_none();
        if same_desk || given.desk != order.countersigned_desk {
            let text = told!(
                "same-desk",
                "the second person must sit at another desk than the one that orders"
            );
            return Some(stated("same_desk", text));
        }
        (given.link == link).then(|| {
            let text = told!(
                "same-link",
                "the second person must answer over another link than the one that orders"
            );
            stated("same_link", text)
        })
    }

    /// Its issuer asks no more. False: nothing by that id waits here.
    pub(super) fn call_back(&mut self, id: OrderId) -> bool {
        let waits = |asked: &&mut Asked| {
            asked.item.order.id == id && asked.item.agreement == Agreement::Asked
        };
        let Some(asked) = self.all.iter_mut().find(waits) else {
            return false;
        };
        asked.item.agreement = Agreement::Lapsed;
        let item = asked.item.clone();
        self.say(&item);
        true
    }

    /// Lets go of what has expired unanswered.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.given.retain(|given| given.until > now);
        let mut lapsed = Vec::new();
        for Asked { item: asked, .. } in &mut self.all {
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
            .map(|asked| Item::Countersign(Box::new(asked.item.clone())))
    }

    /// What was said since the last call.
    pub(super) fn said(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.log)
    }

    fn say(&mut self, asked: &Countersign) {
        self.log.push(Item::Countersign(Box::new(asked.clone())));
    }
}
