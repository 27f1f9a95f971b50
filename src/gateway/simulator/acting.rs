//! What people ask of the gateway, each act looked at before anything comes of it.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::act::Stamp;
use crate::domain::deed::Deed;
use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::journal::{Entry, Fact, Stage};
use crate::domain::link::{Item, Request};
use crate::domain::order::{Order, OrderKind, OrderStatus};
use crate::gateway::acts::{About, Admitted, Doer, Times};
use crate::gateway::agreements::Seat;
use crate::gateway::durable::Past;
use crate::gateway::ledger::declined;
use crate::gateway::{LinkId, Refusal};

use super::orders::Terms;
use super::{GATEWAY, Simulator, Which, command};

impl Simulator {
    /// An order: whose it is first, then whether it can be done.
    pub(super) fn order(&mut self, order: Order, link: LinkId) -> Result<OrderStatus, Refusal> {
        let (id, now) = (order.id, self.now);
        if let Some(refused) = self.desk.ledger().another(&order, now) {
            return Ok(refused);
        }
        let times = Times {
            now,
            notice: self.notice(&order),
        };
        if self.desk.ledger_mut().look(id).is_none() {
            let against = self.acts.order(&order, times);
            if !against.is_empty() {
                return Ok(declined(&order, &against, now));
            }
        }
        let moment = self.moment();
        let roll = self.acts.roll();
        let terms = Terms {
            roll,
            standing: self.world.instructions(),
            second: roll
                .filter(|_| !order.emergency)
                .and_then(|_| self.agreements.against(&order, link)),
            times,
        };
        self.desk.submit(order, &mut self.fleet, moment, &terms)?;
        // What needs no notice begins at once, not with the next step.
        self.desk.begin(&mut self.fleet, moment);
        self.give_back();
        self.desk.query(id, None, now)
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

    /// Any act but an order.
    pub(super) fn act(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        link: LinkId,
    ) -> Result<Vec<Item>, Refusal> {
        let here = (GATEWAY, self.now);
        if let Request::OrderQuery(id) = request {
            return self.asked(*id, request, stamp);
        }
        let about = self.about(request);
        let doer = match self.acts.admit(request, stamp, &about, here)? {
            Admitted::Now(doer) => doer,
            Admitted::Before(answer) => return answer.map(|()| self.stands(request)),
        };
        self.acts
            .begin(request, stamp, self.desk.ledger_mut(), self.now)?;
        let answer = self.carry_out(request, stamp, Seat { link, doer: &doer });
        let told = answer.as_ref().map(drop).map_err(Clone::clone);
        self.acts.end(request, stamp, told);
        answer
    }

    /// Who asks after an order that was never seen makes its id dead, if they may.
    fn asked(
        &mut self,
        id: OrderId,
        request: &Request,
        stamp: Option<&Stamp>,
    ) -> Result<Vec<Item>, Refusal> {
        let asks = match self.desk.ledger_mut().look(id) {
            Some(_) => None,
            None => self.acts.asks(request, stamp, (GATEWAY, self.now)),
        };
        let status = self.desk.query(id, asks, self.now)?;
        Ok(vec![Item::Order(Box::new(status))])
    }

    /// Where an act would act, and whose the order is that it is about.
    fn about(&self, request: &Request) -> About {
        let asked = |id| {
            let order = self.agreements.whose(id)?;
            Some(About {
                sites: order.targets.iter().map(|t| t.site.clone()).collect(),
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
            Request::OrderCancel(id) => asked(*id).or_else(|| taken(*id)),
            Request::LeaseRenew(id) => taken(*id),
            Request::CountersignAnswer { id, .. } => asked(*id),
            Request::CountersignRequest(order, _) => Some(About {
                sites: order.targets.iter().map(|t| t.site.clone()).collect(),
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

    /// The answer to an act that was done before: how what it is about stands now.
    fn stands(&mut self, request: &Request) -> Vec<Item> {
        let (Request::OrderCancel(id) | Request::LeaseRenew(id)) = request else {
            return Vec::new();
        };
        let status = self.desk.ledger_mut().look(*id);
        status
            .map(|status| Item::Order(Box::new(status)))
            .into_iter()
            .collect()
    }

    fn carry_out(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        seat: Seat<'_>,
    ) -> Result<Vec<Item>, Refusal> {
        let moment = self.moment();
        let answer = match request {
            // It may not have been an order yet.
            Request::OrderCancel(id) if self.agreements.call_back(*id) => return Ok(Vec::new()),
            Request::OrderCancel(id) => self.desk.cancel(*id, &mut self.fleet, moment)?,
            Request::LeaseRenew(id) => {
                self.desk.leases.renew(*id, moment)?;
                self.desk.query(*id, None, self.now)?
            }
            Request::Deed(deed) => {
                self.deed(deed, seat.doer)?;
                return Ok(Vec::new());
            }
            Request::CountersignRequest(order, seen) => {
                self.ask_second(order, seen, seat)?;
                return Ok(Vec::new());
            }
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
                return Ok(Vec::new());
            }
            Request::AlarmAck(id) => {
                self.alarms.acknowledge(id, stamp)?;
                return Ok(Vec::new());
            }
            Request::AlarmShelve { id, until, reason } => {
                self.alarms.shelve((id, stamp), *until, reason, self.now)?;
                return Ok(Vec::new());
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![Item::Order(Box::new(answer))])
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
                message: format!("nothing is asked: {}", against.sentence()),
            });
        }
        self.agreements.ask(order, seen.to_vec(), seat, self.now)
    }

    /// Authority or a tag: what speaks against it first; what is done is durable before it is done.
    fn deed(&mut self, deed: &Deed, doer: &Doer) -> Result<(), Refusal> {
        let judged = command::judged(deed, &self.fleet, doer.rank);
        let (stage, detail) = match &judged {
            Ok(_) => (Stage::Settled, "".into()),
            Err(reason) => (Stage::Refused, reason.sentence().into()),
        };
        let entry = Entry {
            at: self.now,
            actor: Arc::clone(&deed.by),
            fact: Fact::Deed {
                deed: Box::new(deed.clone()),
                stage,
                detail,
            },
        };
        let kept = self.desk.ledger_mut().record(entry);
        let change = judged.map_err(|reason| command::refusal(&reason))?;
        kept?;
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
