//! What people ask of the gateway, each act looked at before anything comes of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::control::pace::sites;
use crate::domain::act::Stamp;
use crate::domain::deed::Deed;
use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::journal::{Entry, Fact, Stage};
use crate::domain::link::Request;
use crate::domain::order::{Order, OrderKind, OrderStatus, Reason};
use crate::domain::sentence::told;
use crate::gateway::acts::{About, Admitted, Times, ends};
use crate::gateway::agreements::Seat;
use crate::gateway::durable::Past;
use crate::gateway::ledger::{declined, stated, too_many, unknown_order, wrong_gateway};
use crate::gateway::{LinkId, Refusal};

use super::command::Change;
use super::leases::no_lease;
use super::orders::Terms;
use super::{NATION, Simulator, Which, command};

impl Simulator {
    /// Whose an order is, before it leaves any trace: the answer to one that is not taken.
    pub(super) fn not_taken(&mut self, order: &Order) -> Option<OrderStatus> {
        let now = self.now;
        // Before anything is reckoned that takes its time.
        if let Some(refused) = too_many(order, now) {
            return Some(refused);
        }
        if let Some(refused) = self.desk.ledger().another(order, now) {
            return Some(refused);
        }
        if self.desk.ledger().answered(order.id) {
            return None;
        }
        let mut against = self.acts.order(order, now);
        if against.is_empty() && (&*order.nation, order.gateway.as_str()) != (NATION, self.id) {
            against.push(wrong_gateway());
        }
        // Its id is known to all who see who is asked to agree to it.
        let asked = self.agreements.whose(order.id);
        if against.is_empty() && asked.is_some_and(|asked| asked.issued_by != order.issued_by) {
            let text = told!("id-used", "the id is used by another order");
            against.push(stated("id_used", text));
        }
        (!against.is_empty()).then(|| declined(order, &against, now))
    }

    /// The answer to an order of a known key that is of another time: the same bytes get it as long as they could be
    /// taken otherwise. Errors: there is no place to remember it.
    pub(super) fn untimely(&mut self, order: &Order) -> Option<Result<OrderStatus, Refusal>> {
        if self.desk.ledger().answered(order.id) {
            return None;
        }
        let times = Times {
            now: self.now,
            notice: self.notice(order),
        };
        let against = self.acts.roll().and_then(|_| times.against(order))?;
        let status = declined(order, &[against], self.now);
        let until = ends(order);
        let kept = self.desk.ledger_mut().refuse(order, status.clone(), until);
        Some(kept.map(|()| status))
    }

    /// Obeys an order that is recorded, or that must be obeyed without.
    pub(super) fn obey(&mut self, order: Order, link: LinkId) -> Result<(), Refusal> {
        let roll = self.acts.roll();
        let terms = Terms {
            roll,
            standing: self.world.instructions(),
            against: roll
                .filter(|_| !order.emergency)
                .and_then(|_| self.agreements.against(&order, link)),
            times: Times {
                now: self.now,
                notice: self.notice(&order),
            },
        };
        let moment = self.moment();
        self.desk.submit(order, &mut self.fleet, moment, &terms)?;
        // What needs no notice begins at once, not with the next step.
        self.desk.begin(&mut self.fleet, moment);
        self.give_back();
        Ok(())
    }

    /// The longest notice that the contracts of an order's blocks want.
    fn notice(&self, order: &Order) -> Duration {
        if order.kind == OrderKind::Restore {
            return Duration::ZERO;
        }
        let blocks = order.targets.iter().filter_map(|target| {
            let key = BlockKey::new(&target.site, &target.block);
            Some(self.fleet.loads[self.fleet.block(&key)?].limits.notice_ms)
        });
        self.clock.wall_span(blocks.max().unwrap_or(0))
    }

    /// Whose an act is, and whether it may be done; it is not done yet.
    pub(super) fn admit(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
    ) -> Result<Admitted, Refusal> {
        let about = self.about(request);
        let here = (self.id, self.now);
        self.acts.admit(request, stamp, &about, here)
    }

    /// For whose orders a question makes an id dead that was never seen, if they may.
    pub(super) fn asks(&mut self, request: &Request, stamp: Option<&Stamp>) -> Option<Arc<str>> {
        match request {
            Request::OrderQuery(id) if self.desk.ledger().answered(*id) => None,
            _ => self.acts.asks(request, stamp, (self.id, self.now)),
        }
    }

    /// Where an act would act, and whose the order is that it is about.
    fn about(&self, request: &Request) -> About {
        let asked = |id| {
            let order = self.agreements.whose(id)?;
            Some(About {
                sites: sites(order).cloned().collect(),
                issuer: Some(Arc::clone(&order.issued_by)),
            })
        };
        let taken = |id| {
            let taken = self.desk.ledger().whose(id)?;
            Some(About {
                sites: taken.sites.to_vec(),
                issuer: Some(Arc::clone(&taken.by)),
            })
        };
        match request {
            // An order that was taken is its issuer's, whoever asks for a second person under its id.
            Request::OrderCancel(id) => taken(*id).or_else(|| asked(*id)),
            Request::LeaseRenew(id) => taken(*id),
            Request::CountersignAnswer { id, .. } => asked(*id),
            Request::CountersignRequest(order, _) => Some(About {
                sites: sites(order).cloned().collect(),
                issuer: None,
            }),
            Request::Deed(deed) => Some(About {
                sites: vec![deed.site.clone()],
                issuer: command::owner(deed, &self.fleet),
            }),
            Request::AlarmAck(id) | Request::AlarmShelve { id, .. } => Some(About {
                sites: self.alarms.site(id).into_iter().collect(),
                issuer: None,
            }),
            _ => None,
        }
        .unwrap_or_default()
    }

    /// What an earlier life of the gateway refused, as it did not know the order that it was about.
    pub(super) fn refused_then(&mut self, past: &Past) {
        let text = |id: OrderId| ulid::Ulid(id.0).to_string();
        let orders = past.answers.iter().map(|status| text(status.id));
        // One that waits for its second person is no order yet, and can be called back.
        let asked = past
            .acts
            .iter()
            .filter(|act| &*act.what == "countersign_request");
        let known: HashSet<String> = orders
            .chain(asked.map(|act| act.about.to_string()))
            .collect();
        for act in past.acts.iter().filter(|act| !known.contains(&*act.about)) {
            match &*act.what {
                "order_cancel" => self.acts.was_refused(act.act, unknown_order()),
                "lease_renew" => self.acts.was_refused(act.act, no_lease()),
                _ => {}
            }
        }
    }

    /// Does an act that is recorded; gives the order whose answer tells what came of it.
    pub(super) fn carry_out(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        seat: Seat<'_>,
    ) -> Result<Option<OrderId>, Refusal> {
        let moment = self.moment();
        match request {
            // It may not have been an order yet.
            Request::OrderCancel(id)
                if self.desk.ledger().whose(*id).is_none() && self.agreements.call_back(*id) => {}
            Request::OrderCancel(id) => {
                self.desk.cancel(*id, &mut self.fleet, moment)?;
                self.stays_off(*id);
                return Ok(Some(*id));
            }
            Request::LeaseRenew(id) => {
                self.desk.leases.renew(*id, moment)?;
                return Ok(Some(*id));
            }
            Request::CountersignRequest(order, seen) => self.ask_second(order, seen, seat)?,
            Request::CountersignAnswer {
                id,
                by,
                agree,
                why,
                signature,
                order: _,
            } => {
                let roll = self.acts.roll();
                let word = (by, *agree, why);
                self.agreements
                    .answer(*id, word, signature.clone(), roll, seat)?;
            }
            Request::AlarmAck(id) => self.alarms.acknowledge(id, stamp)?,
            Request::AlarmShelve { id, until, reason } => {
                self.alarms.shelve((id, stamp), *until, reason, self.now)?;
            }
            _ => {}
        }
        Ok(None)
    }

    /// An order may wait for its second person as long as it could be taken, if its times were those of an order.
    fn ask_second(
        &mut self,
        order: &Order,
        seen: &[crate::domain::journal::SeenSite],
        seat: Seat<'_>,
    ) -> Result<(), Refusal> {
        let times = Times {
            now: self.now,
            notice: self.notice(order),
        };
        let roll = self.acts.roll();
        if let Some(against) = roll.and_then(|_| times.against(order)) {
            return Err(Refusal {
                code: "out_of_time",
                message: told!(
                    "nothing-asked",
                    "nothing is asked: {why}",
                    why = against.told()
                ),
            });
        }
        let taken = self.desk.ledger().whose(order.id);
        if taken.is_some_and(|taken| taken.by != order.issued_by) {
            return Err(Refusal {
                code: "id_used",
                message: told!(
                    "asked-id-used",
                    "nothing is asked: the id is used by another order"
                ),
            });
        }
        self.agreements.ask(order, seen.to_vec(), seat, self.now)
    }

    /// The row of a deed: what it was, and what came of it.
    pub(super) fn row_of(&self, deed: &Deed, stage: Stage, detail: &str) -> Entry {
        Entry {
            at: self.now,
            actor: Arc::clone(&deed.by),
            fact: Fact::Deed {
                deed: Box::new(deed.clone()),
                stage,
                detail: detail.into(),
            },
        }
    }

    /// Does what a deed changes.
    pub(super) fn change(&mut self, judged: Result<Change, Reason>) -> Result<(), Refusal> {
        let change = judged.map_err(|reason| command::refusal(&reason))?;
        command::apply(change, &mut self.fleet);
        self.due.fleet = Some(Which::All);
        Ok(())
    }

    /// Authority and tags as an earlier life of the gateway has left them.
    pub(super) fn deeds_of(&mut self, past: &Past) {
        for deed in &past.deeds {
            // It was judged then, with the rank that its doer had.
            if let Ok(change) = command::judged(deed, &self.fleet, None) {
                command::apply(change, &mut self.fleet);
            }
        }
    }
}
