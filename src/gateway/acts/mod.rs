//! What comes before anything acts, at every gateway: whose act it is, whether it is theirs to do, whether it is of this
//! time, and whether it was done before.
//!
//! Invariant: at a gateway that knows its operators nothing is journalled, kept or passed on before a known key has signed
//! it and its rank allows it. No act is done twice: its id is remembered, over a restart too, as long as it could be taken.

mod dead;
mod noise;
mod times;
mod used;

use std::sync::Arc;

use crate::control::authority::against_act;
use crate::domain::act::{Done, Stamp};
use crate::domain::deed::Deed;
use crate::domain::ids::{GatewayId, OrderId, SiteId};
use crate::domain::journal::{Entry, Fact};
use crate::domain::link::Request;
use crate::domain::operator::{Operator, Rank};
use crate::domain::order::{Order, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::feed::protocol::{act_form, deed_form};

use super::Refusal;
use super::ledger::{digest, stated};
use super::roll::Roll;

pub(super) use dead::Dead;
pub use dead::Void;
use noise::Noise;
pub(super) use times::{AHEAD, Times, ends};
use used::Used;

/// What an act is about: where it acts, and whose the order is that it acts on.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) sites: Vec<SiteId>,
    pub(super) issuer: Option<Arc<str>>,
}

/// Who acts. Where a gateway knows no operators: whoever they say.
#[derive(Debug, Clone, Default)]
pub(super) struct Doer {
    pub(super) name: Option<Arc<str>>,
    pub(super) rank: Option<Rank>,
    pub(super) desk: Option<Arc<str>>,
}

/// What is to become of an act.
#[derive(Debug)]
pub(super) enum Admitted {
    /// It is done now.
    Now(Doer),
    /// It was done before, and gets the answer that it got then.
    Before(Result<(), Refusal>),
}

/// What a gateway knows of who may act, and of what was done.
#[derive(Debug, Default)]
pub(super) struct Acts {
    roll: Option<Arc<Roll>>,
    used: Used,
    noise: Noise,
}

/// An act in the parts that are checked.
struct Act<'a> {
    id: OrderId,
    by: &'a Arc<str>,
    gateway: Option<&'a GatewayId>,
    desk: Option<&'a Arc<str>>,
    at: Timestamp,
    signature: Option<&'a Arc<str>>,
}

/// What is signed of an act.
fn form_of(request: &Request, stamp: Option<&Stamp>) -> Vec<u8> {
    match (request, stamp) {
        (Request::Deed(deed), _) => deed_form(deed),
        (_, Some(stamp)) => act_form(request, stamp),
        (_, None) => Vec::new(),
    }
}

impl<'a> Act<'a> {
    fn of(request: &'a Request, stamp: Option<&'a Stamp>) -> Option<Self> {
        if let Request::Deed(deed) = request {
            return Some(Self {
                id: deed.id,
                by: &deed.by,
                gateway: deed.gateway.as_ref(),
                desk: deed.desk.as_ref(),
                at: deed.at,
                signature: deed.signature.as_ref(),
            });
        }
        stamp.map(|stamp| Self {
            id: stamp.act,
            by: &stamp.by,
            gateway: Some(&stamp.gateway),
            desk: Some(&stamp.desk),
            at: stamp.at,
            signature: stamp.signature.as_ref(),
        })
    }
}

fn refusal(reason: &Reason) -> Refusal {
    let code = match reason.code() {
        "unsigned" => "unsigned",
        "unknown_operator" => "unknown_operator",
        "signature" => "signature",
        "rank" => "rank",
        "scope" => "scope",
        _ => "refused",
    };
    Refusal {
        code,
        message: nothing_done(reason.told()),
    }
}

fn refuse(code: &'static str, why: Sentence) -> Refusal {
    Refusal {
        code,
        message: nothing_done(why),
    }
}

/// Why nothing is done.
pub(super) fn nothing_done(why: Sentence) -> Sentence {
    told!("nothing-done", "nothing is done: {why}", why = why)
}

impl Acts {
    pub(super) fn new(roll: Option<Arc<Roll>>) -> Self {
        Self {
            roll,
            ..Self::default()
        }
    }

    /// Who may act, from now on.
    pub(super) fn operators(&mut self, roll: Arc<Roll>) {
        self.roll = Some(roll);
    }

    pub(super) fn roll(&self) -> Option<&Roll> {
        self.roll.as_deref()
    }

    /// What an earlier life of the gateway has done.
    pub(super) fn restore(&mut self, done: &[Done], now: Timestamp) {
        for act in done {
            self.used.restore((act.act, act.form), &act.by, act.at, now);
        }
    }

    /// Looks at an act, as far as it is known before it is done.
    pub(super) fn admit(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        about: &About,
        (gateway, now): (&str, Timestamp),
    ) -> Result<Admitted, Refusal> {
        let admitted = self.judge(request, stamp, about, (gateway, now));
        if let Err(refusal) = &admitted {
            self.noise.refused(&refusal.message, now);
        }
        admitted
    }

    fn judge(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        about: &About,
        (gateway, now): (&str, Timestamp),
    ) -> Result<Admitted, Refusal> {
        let Some(act) = Act::of(request, stamp) else {
            return match &self.roll {
                None => Ok(Admitted::Now(Doer::default())),
                Some(_) => Err(refuse(
                    "unsigned",
                    told!(
                        "act-unsigned",
                        "what acts here is signed: use a console of this version, with a key (`baseload operator new`)"
                    ),
                )),
            };
        };
        let rank = match self.roll.as_deref() {
            None => None,
            Some(roll) => Some(may(roll, &act, (request, stamp), about)?),
        };
        match act.gateway {
            Some(named) if named.as_str() != gateway => {
                return Err(refuse(
                    "wrong_gateway",
                    told!("act-other-gateway", "it is meant for another gateway"),
                ));
            }
            None if self.roll.is_some() => {
                return Err(refuse(
                    "old_rules",
                    told!(
                        "act-old-rules",
                        "it does not name this gateway: use a console of this version"
                    ),
                ));
            }
            _ => {}
        }
        // Of older rules, at a gateway where anybody may act: as open as it was.
        if act.gateway.is_some() && !times::is_near(act.at, now) {
            let no = refuse(
                "out_of_time",
                told!(
                    "act-out-of-time",
                    "it is of another time than the last 5 min by this gateway's clock"
                ),
            );
            if rank.is_some() {
                self.not_later((&act, digest(&form_of(request, stamp))), &no, now)?;
            }
            return Err(no);
        }
        let form = digest(&form_of(request, stamp));
        if let Some(before) = self.used.before((act.id, form), act.at)? {
            return Ok(Admitted::Before(before));
        }
        match rank {
            Some(_) => self.used.has_room(act.by, now)?,
            None => self.used.make_room(now),
        }
        Ok(Admitted::Now(Doer {
            name: Some(Arc::clone(act.by)),
            rank,
            desk: act.desk.cloned(),
        }))
    }

    /// An act that is of a time to come gets the same answer then.
    fn not_later(
        &mut self,
        (act, form): (&Act<'_>, [u8; 32]),
        no: &Refusal,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if act.at < now || self.used.before((act.id, form), act.at)?.is_some() {
            return Ok(());
        }
        self.used.has_room(act.by, now)?;
        self.used.keep((act.id, form), act.by, act.at, now);
        self.used.answered(act.id, Err(no.clone()));
        Ok(())
    }

    /// An act that was admitted is not done, for good: it gets the same answer again.
    pub(super) fn refuse(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        no: &Refusal,
        now: Timestamp,
    ) {
        self.begin(request, stamp, now);
        self.end(request, stamp, Err(no.clone()));
    }

    /// An act of an earlier life was refused: the same again gets the same answer.
    pub(super) fn was_refused(&mut self, act: OrderId, no: Refusal) {
        self.used.answered(act, Err(no));
    }

    /// The row that keeps an act's id, durable before anything comes of it. A deed has a row of its own, which says what
    /// became of it; what nobody has given an id is not kept.
    pub(super) fn row(request: &Request, stamp: Option<&Stamp>, now: Timestamp) -> Option<Entry> {
        let form = || digest(&form_of(request, stamp));
        stamp.map(|stamp| entry(request, stamp, form(), now))
    }

    /// The act is done now.
    pub(super) fn begin(&mut self, request: &Request, stamp: Option<&Stamp>, now: Timestamp) {
        if let Some(act) = Act::of(request, stamp) {
            let form = digest(&form_of(request, stamp));
            // The time of one of the old form was held against no clock.
            let at = act.gateway.map_or(now, |_| act.at);
            self.used.keep((act.id, form), act.by, at, now);
        }
    }

    /// The id of an act; none where nobody has given it one.
    pub(super) fn id(request: &Request, stamp: Option<&Stamp>) -> Option<OrderId> {
        match request {
            Request::Deed(deed) => Some(deed.id),
            _ => stamp.map(|stamp| stamp.act),
        }
    }

    /// What came of it.
    pub(super) fn end(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        answer: Result<(), Refusal>,
    ) {
        if let Some(id) = Self::id(request, stamp) {
            self.used.answered(id, answer);
        }
    }

    /// May this query make an id dead, and for whose orders? None: it may only look.
    pub(super) fn asks(
        &mut self,
        request: &Request,
        stamp: Option<&Stamp>,
        (gateway, now): (&str, Timestamp),
    ) -> Option<Arc<str>> {
        if self.roll.is_none() {
            return Some("".into());
        }
        stamp?.signature.as_ref()?;
        let about = About::default();
        let admitted = self.admit(request, stamp, &about, (gateway, now)).ok()?;
        match admitted {
            Admitted::Now(doer) => doer.name,
            Admitted::Before(_) => None,
        }
    }

    /// What stands against an order before it is journalled or kept. An order that is none of anybody known leaves no trace.
    pub(super) fn order(&mut self, order: &Order, now: Timestamp) -> Vec<Reason> {
        let issuer = self.roll.as_deref().map(|roll| roll.issuer(order));
        let against = issuer.and_then(Result::err).unwrap_or_default();
        if let Some(reason) = against.first() {
            self.noise.refused(&reason.sentence(), now);
        }
        against
    }
}

/// The rank of who acts, if it is theirs to do.
fn may(
    roll: &Roll,
    act: &Act<'_>,
    (request, stamp): (&Request, Option<&Stamp>),
    about: &About,
) -> Result<Rank, Refusal> {
    let doer: &Operator = roll
        .signer(act.by, act.signature, || form_of(request, stamp))
        .map_err(|reason| refusal(&reason))?;
    let against = against_act(doer, request, &about.sites, about.issuer.as_deref());
    against.map_err(|reason| refusal(&reason))?;
    if let (Request::CountersignAnswer { .. }, Some(issuer)) = (request, &about.issuer)
        && roll.same_key(issuer, act.by)
    {
        return Err(refusal(&stated(
            "same_person",
            told!(
                "same-key",
                "the second person must be another one, with another key"
            ),
        )));
    }
    Ok(doer.rank)
}

fn entry(request: &Request, stamp: &Stamp, form: [u8; 32], now: Timestamp) -> Entry {
    let order = |id: OrderId| ulid::Ulid(id.0).to_string();
    let (what, about) = match request {
        Request::OrderCancel(id) => ("order_cancel", order(*id)),
        Request::LeaseRenew(id) => ("lease_renew", order(*id)),
        Request::CountersignRequest(asked, _) => ("countersign_request", order(asked.id)),
        Request::CountersignAnswer { id, .. } => ("countersign_answer", order(*id)),
        Request::AlarmAck(id) => ("alarm_ack", id.as_str().to_owned()),
        Request::AlarmShelve { id, .. } => ("alarm_shelve", id.as_str().to_owned()),
        _ => ("act", String::new()),
    };
    Entry {
        at: now,
        actor: Arc::clone(&stamp.by),
        fact: Fact::Act(Box::new(Done {
            act: stamp.act,
            what: what.into(),
            about: about.into(),
            by: Arc::clone(&stamp.by),
            desk: Arc::clone(&stamp.desk),
            at: stamp.at,
            form,
            signature: stamp.signature.clone(),
        })),
    }
}

/// What a gateway remembers of a deed that `came` then.
pub(super) fn done(deed: &Deed, came: Timestamp) -> Done {
    Done {
        act: deed.id,
        what: deed.act.word().into(),
        about: deed.site.text(),
        by: Arc::clone(&deed.by),
        desk: deed.desk.clone().unwrap_or_else(|| "".into()),
        at: deed.gateway.as_ref().map_or(came, |_| deed.at),
        form: digest(&deed_form(deed)),
        signature: deed.signature.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deed::Act as What;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn an_act_of_the_old_form_is_remembered_no_longer_for_a_time_that_it_made_up() {
        let deed = Deed {
            id: OrderId(1),
            site: SiteId::new("lukoml"),
            act: What::Request,
            epoch: 0,
            by: "anna".into(),
            reason: "shift".into(),
            at: NOW + std::time::Duration::from_hours(1_000_000),
            gateway: None,
            desk: None,
            signature: None,
        };
        let request = Request::Deed(Box::new(deed));
        let mut acts = Acts::new(None);
        let about = About::default();
        let admit = |acts: &mut Acts, now| acts.admit(&request, None, &about, ("simulator", now));
        assert!(matches!(admit(&mut acts, NOW), Ok(Admitted::Now(_))));
        acts.begin(&request, None, NOW);
        let soon = NOW + std::time::Duration::from_mins(4);
        assert!(matches!(admit(&mut acts, soon), Ok(Admitted::Before(_))));
        let late = NOW + std::time::Duration::from_mins(11);
        acts.used.make_room(late);
        assert!(matches!(admit(&mut acts, late), Ok(Admitted::Now(_))));
        let Request::Deed(deed) = &request else {
            panic!("it is one");
        };
        acts.restore(&[done(deed, NOW)], late);
        assert!(matches!(admit(&mut acts, late), Ok(Admitted::Now(_))));
    }
}
