//! What a gateway remembers of orders, whoever obeys them.
//!
//! Invariant: an id that was taken keeps its answer as long as its order could be taken anew, a day at least, and stands
//! for that order alone; one that
//! was asked for before it came never runs for who asked. Refused and dead ids have places of their own: they never take
//! that of an order.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::OrderId;
use crate::domain::journal::{Entry, Fact};
use crate::domain::link::Item;
use crate::domain::order::{
    CALLED_BACK, Issued, Order, OrderKind, OrderStatus, Phase, Reason, TargetStatus,
};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

use crate::feed::protocol::order_form;

use super::Refusal;
use super::acts::{Dead, Void};
use super::book::{Book, Told};
use super::durable::{Keep, Past, Taken, Wake};
use super::live::Live;
use super::records::{Duty, Number, Outcome, Standing};
use super::refused::{KEPT, Refused};
use super::said::Said;

/// More targets than a message of 1 MiB can answer for.
const MOST_TARGETS: usize = 4_000;
/// An id whose order is over for so long, and can't be taken anew, but whose lease runs, is looked at again after this.
const AGAIN: Duration = Duration::from_hours(1);
/// Final answers that are kept whole; older ones keep their phase.
const WHOLE_ANSWERS: usize = 1_024;
/// Final answers in a snapshot, beside all that is under way.
const SHOWN_ANSWERS: usize = 200;
/// Refused ones among them, at most.
const SHOWN_REFUSED: usize = 50;
/// An order may raise a site's sequence by so much at most, else a wrong one would lock the site for ever.
const SEQUENCE_LEAP: u64 = 1_000_000;

/// What stands before the detail of an order that was run without its record.
const UNJOURNALED: &str = "unjournaled";

/// All ids with their answers, in memory, and where a journal is kept, durable in it before anybody hears of them.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    answers: HashMap<u128, OrderStatus>,
    /// Those that have come further than was said: they are shown to nobody.
    drafts: HashMap<u128, OrderStatus>,
    /// Whose the orders are that those ids stand for.
    taken: HashMap<u128, Taken>,
    refused: Refused,
    dead: Dead,
    finished: VecDeque<u128>,
    /// The latest of those that were refused and told.
    declined: BTreeSet<(Timestamp, u128)>,
    live: Live,
    said: Said,
    book: Option<Book>,
    /// Orders that were run and whose record is owed.
    unjournaled: HashMap<Number, u128>,
}

impl Ledger {
    /// Keeps all from now on, in a journal that holds `past` or can't be opened yet.
    pub(super) fn keep_in(
        &mut self,
        keep: Box<dyn Keep>,
        past: Result<Past, Arc<str>>,
        now: Timestamp,
    ) {
        match past {
            Ok(past) => {
                self.book = Some(Book::new(keep, Ok(())));
                self.restore(past, now);
            }
            Err(why) => self.book = Some(Book::new(keep, Err(why))),
        }
    }

    /// Takes up what an earlier life of the gateway has left. What was under way then is not any more: it has failed.
    ///
    /// Restores and sheds that are spread are gone on with: their answers stay as they are. What is known better already stays too.
    pub(super) fn restore(&mut self, past: Past, now: Timestamp) {
        if let Some(first) = self.book.as_ref().and_then(Book::first) {
            self.record(vec![first], Duty::After, now);
        }
        let goes_on: HashSet<u128> = past.going_on().map(|id| id.0).collect();
        for void in &past.dead {
            self.dead.restore(void, now);
        }
        for taken in &past.taken {
            let known = self.taken.entry(taken.id.0);
            known.or_insert_with(|| taken.clone());
        }
        let (declined, answers): (Vec<_>, Vec<_>) =
            past.answers.into_iter().partition(was_never_taken);
        // The youngest first: there are so many places only.
        for status in declined.into_iter().rev() {
            if !self.answered(status.id) {
                self.store(status, now);
            }
        }
        for mut status in answers {
            if self.answered(status.id) {
                continue;
            }
            if status.phase.is_final() || goes_on.contains(&status.id.0) {
                self.store(status, now);
                continue;
            }
            // Until what follows is recorded it stands as it did.
            self.store(status.clone(), now);
            status.targets.iter_mut().for_each(cut_off);
            status.phase = Phase::Failed;
            status.at = now;
            status.detail = told!(
                "restarted-detail",
                "the gateway restarted while it was under way: judge by the meters"
            );
            self.say(status);
        }
    }

    /// Do ids survive a restart?
    pub(super) fn is_durable(&self) -> bool {
        self.book.is_some()
    }

    /// Gives the journal what to call once it has news.
    pub(super) fn wake_with(&mut self, wake: Wake) {
        if let Some(book) = &mut self.book {
            book.wake_with(wake);
        }
    }

    /// Hands entries over to be recorded; the last one's number tells what becomes of them. None: there is no journal.
    pub(super) fn record(
        &mut self,
        entries: Vec<Entry>,
        duty: Duty,
        now: Timestamp,
    ) -> Option<Number> {
        self.book.as_mut()?.record(entries, duty, now)
    }

    /// Hears what the journal says, and tells what may be told by now. Gives what became of each entry.
    pub(super) fn hear(&mut self, now: Timestamp) -> Vec<Told> {
        let told = self.book.as_mut().map(|book| book.hear(now));
        let told = told.unwrap_or_default();
        for one in &told {
            if let Told::Settled(number, outcome) = one {
                self.said.release(*number);
                if *outcome == Outcome::Durable {
                    self.unjournaled.remove(number);
                }
            }
        }
        told
    }

    /// Why the journal can't be used, and what is owed; none where it can be.
    pub(super) fn standing(&self) -> Option<Standing> {
        self.book.as_ref()?.standing()
    }

    /// From now on the order runs without its record, which has this number.
    pub(super) fn runs_unjournaled(&mut self, id: OrderId, record: Number) {
        self.unjournaled.insert(record, id.0);
    }

    fn is_unjournaled(&self, id: OrderId) -> bool {
        self.unjournaled.values().any(|owed| *owed == id.0)
    }

    /// The record that what was said last of this order waits for; none: it is told.
    pub(super) fn awaits(&self, id: OrderId) -> Option<Number> {
        self.said.awaits(id)
    }

    /// Is told what waited for this record?
    pub(super) fn is_told(&self, record: Number) -> bool {
        self.said.is_told(record)
    }

    /// How an order stands, as far as that is told.
    pub(super) fn told(&self, id: OrderId) -> Option<OrderStatus> {
        self.said.shown(&self.look(id)?).cloned()
    }

    /// The same for who may only look: what is not told yet is not seen yet.
    pub(super) fn looked_at(&self, id: OrderId, now: Timestamp) -> OrderStatus {
        let told = self.told(id);
        told.unwrap_or_else(|| unseen(id, Phase::Unseen, now))
    }

    fn owe(&mut self, status: &OrderStatus) {
        let duty = if self.is_unjournaled(status.id) {
            Duty::AfterOwed
        } else {
            Duty::After
        };
        let entry = Entry {
            at: status.at,
            actor: "gateway".into(),
            fact: Fact::Answer(Box::new(status.clone())),
        };
        let record = self.record(vec![entry], duty, status.at);
        self.said
            .say(status, record, self.answers.get(&status.id.0));
    }

    /// Has this order been answered?
    pub(super) fn answered(&self, id: OrderId) -> bool {
        self.answers.contains_key(&id.0) || self.refused.has(id)
    }

    /// Refuses an order that leaves no record; the same again gets this answer until then, [`KEPT`] at most. Errors: there is
    /// no place for it.
    pub(super) fn refuse(
        &mut self,
        order: &Order,
        status: OrderStatus,
        until: Timestamp,
    ) -> Result<(), Refusal> {
        let now = status.at;
        self.sweep(now);
        if until >= now {
            self.refused.has_room(&order.issued_by)?;
            self.taken.insert(order.id.0, Taken::of(order));
            let until = until.min(now + KEPT);
            self.refused.add(status, &order.issued_by, until);
        }
        Ok(())
    }

    fn sweep(&mut self, now: Timestamp) {
        for gone in self.refused.sweep(now) {
            self.taken.remove(&gone);
        }
    }

    /// The order was refused for want of its record.
    pub(super) fn refuse_unrecorded(
        &mut self,
        order: &Order,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let reason = stated("journal", told!("unrecorded", "it could not be recorded"));
        self.refuse(order, declined(order, &[reason], now), order.expires_at)
    }

    /// Has an order with this id come to anything?
    pub(super) fn is_known(&self, id: OrderId) -> bool {
        self.answers.contains_key(&id.0)
    }

    /// The order was refused for want of its record, and stands in the journal all the same: it never runs.
    pub(super) fn refuse_late(&mut self, order: &Order, now: Timestamp) {
        self.taken.insert(order.id.0, Taken::of(order));
        let reason = stated(
            "journal",
            told!("recorded-late", "its record came too late"),
        );
        self.say(OrderStatus {
            id: order.id,
            phase: Phase::Rejected,
            at: now,
            detail: told!("unrecorded-in-time", "could not be recorded in time"),
            targets: refused(order, Phase::Rejected, &[reason]),
            issued: None,
        });
    }

    /// Whose order bears this id, and at which sites; none where no order was taken under it.
    pub(super) fn whose(&self, id: OrderId) -> Option<&Taken> {
        self.taken.get(&id.0)
    }

    /// What everybody is told of whose order bears this id.
    fn issued(&self, id: OrderId) -> Option<Arc<Issued>> {
        self.whose(id)?.issued.clone()
    }

    /// An order that was accepted should move so much in all.
    pub(super) fn wants(&mut self, id: OrderId, wanted: Power) {
        let taken = self.taken.get_mut(&id.0);
        if let Some(issued) = taken.and_then(|taken| taken.issued.as_mut()) {
            Arc::make_mut(issued).wanted = Some(wanted);
        }
    }

    /// The answer to an order under an id that another order has used; none where it is free, or this order's.
    pub(super) fn another(&self, order: &Order, now: Timestamp) -> Option<OrderStatus> {
        let form = self.taken.get(&order.id.0)?.form?;
        (form != digest(&order_form(order))).then(|| {
            let reason = stated(
                "id_used",
                told!("id-used", "the id is used by another order"),
            );
            declined(order, &[reason], now)
        })
    }

    /// The answer, to be brought on; nobody sees what has changed before it is said ([`Ledger::say`]).
    pub(super) fn answer_mut(&mut self, id: OrderId) -> Option<&mut OrderStatus> {
        let said = self.answers.get(&id.0)?;
        Some(self.drafts.entry(id.0).or_insert_with(|| said.clone()))
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
        if self.answered(order.id) {
            return Ok(None);
        }
        self.has_room(order)?;
        self.taken.insert(order.id.0, Taken::of(order));
        let mut status = OrderStatus {
            id: order.id,
            phase: Phase::Received,
            at: now,
            detail: "".into(),
            targets: Vec::new(),
            issued: self.issued(order.id),
        };
        self.owe(&status);
        if let Some((phase, detail, reason)) = self.against(order, nation, gateway, now) {
            status.phase = phase;
            status.detail = detail;
            status.targets = refused(order, phase, &[reason]);
        } else {
            let reasons = barred();
            if !reasons.is_empty() {
                status.phase = Phase::Rejected;
                status.detail = told!("not-theirs", "not this operator's to order");
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
    ) -> Option<(Phase, Sentence, Reason)> {
        let rejected = |detail, code, text| Some((Phase::Rejected, detail, stated(code, text)));
        if self.dead.has(order.id, &order.issued_by, now) {
            return rejected(
                told!("asked-dead", "asked for before it came: this id is dead"),
                "dead_id",
                told!(
                    "dead-id",
                    "the id was answered `not_seen` before and is dead"
                ),
            );
        }
        if *order.nation != *nation || order.gateway.as_str() != gateway {
            return Some((
                Phase::Rejected,
                told!("other-gateway", "meant for another gateway"),
                wrong_gateway(),
            ));
        }
        if order.targets.is_empty() || order.targets.len() > MOST_TARGETS {
            return rejected(
                told!("wants-targets", "wants 1 to 4,000 targets"),
                "target_count",
                told!("target-count", "an order holds 1 to 4,000 targets"),
            );
        }
        if order.expires_at <= now {
            let detail = told!("expired-before", "expired before it could begin");
            return Some((Phase::Expired, detail, Reason::Expired));
        }
        None
    }

    /// May the id of this order be remembered?
    pub(super) fn has_room(&self, order: &Order) -> Result<(), Refusal> {
        let sheds = order.emergency && order.kind == OrderKind::Curtail;
        self.live.has_room(&order.issued_by, sheds)
    }

    /// Forgets ids under which no order can be taken any more, but those that something `holds`.
    pub(super) fn forget(&mut self, now: Timestamp, holds: impl Fn(OrderId) -> bool) {
        while let Some(id) = self.live.ended(now) {
            if holds(OrderId(id)) || self.is_unjournaled(OrderId(id)) {
                self.live.over(id, now + AGAIN);
            } else if self.answers.remove(&id).is_some()
                && let Some(taken) = self.taken.remove(&id)
            {
                self.live.remove(&taken.by);
            }
        }
    }

    /// Would a question of this person make an id dead that was not before? Errors: there is no room for it.
    pub(super) fn dies(&mut self, id: OrderId, by: &str, now: Timestamp) -> Result<bool, Refusal> {
        if self.answered(id) || self.dead.has(id, by, now) {
            return Ok(false);
        }
        match self.dead.has_room(by, now) {
            // Where anybody asks, no share keeps room for the others: they may look.
            Err(_) if by.is_empty() => Ok(false),
            room => room.map(|()| true),
        }
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
        if self.dies(id, &by, now)? {
            let (by, since) = (Arc::clone(&by), now);
            self.dead.add(&Void { id, by, since });
        }
        let phase = if self.dead.has(id, &by, now) {
            Phase::NotSeen
        } else {
            Phase::Unseen
        };
        Ok(unseen(id, phase, now))
    }

    /// The answer that is stored of an id.
    pub(super) fn look(&self, id: OrderId) -> Option<OrderStatus> {
        let stored = self.answers.get(&id.0).or_else(|| self.refused.get(id));
        stored.cloned()
    }

    /// Is there something of an order to be called back? `waits`: blocks of it have not begun. False: that was done
    /// before. Errors: there never was.
    pub(super) fn cancellable(&self, id: OrderId, waits: bool) -> Result<bool, Refusal> {
        let Some(status) = self.answers.get(&id.0) else {
            return Err(unknown_order());
        };
        if waits || status.phase == Phase::Accepted {
            return Ok(true);
        }
        if status.targets.iter().any(is_called_back) {
            return Ok(false);
        }
        Err(Refusal {
            code: "too_late",
            message: told!(
                "too-late",
                "the order is {phase}, and nothing of it waits: what has moved needs an order the other way",
                phase = status.phase.word()
            ),
        })
    }

    /// Stores an answer and tells every console.
    pub(super) fn say(&mut self, mut status: OrderStatus) {
        if self.is_unjournaled(status.id) {
            status.detail = unjournaled(&status.detail);
        }
        status.issued = self.issued(status.id);
        self.owe(&status);
        self.drafts.remove(&status.id.0);
        let now = status.at;
        self.store(status, now);
    }

    fn store(&mut self, mut status: OrderStatus, now: Timestamp) {
        status.issued = self.issued(status.id);
        // It was never taken: another may come in its place, but no order has to wait for it.
        if !self.answers.contains_key(&status.id.0) && was_never_taken(&status) {
            let by = self
                .taken
                .get(&status.id.0)
                .map_or_else(|| "".into(), |t| t.by.clone());
            status.targets.truncate(MOST_DECLINED);
            let (id, at) = (status.id.0, status.at);
            let until = at + KEPT;
            self.sweep(now);
            if until < now || !self.refused.add(status, &by, until) {
                self.taken.remove(&id);
                return;
            }
            self.declined.insert((at, id));
            if self.declined.len() > SHOWN_REFUSED {
                self.declined.pop_first();
            }
            return;
        }
        if status.phase.is_final() {
            self.finished.push_back(status.id.0);
            if self.finished.len() > WHOLE_ANSWERS
                && let Some(oldest) = self.finished.pop_front()
                && let Some(answer) = self.answers.get_mut(&oldest)
            {
                (answer.targets, answer.issued) = (Vec::new(), None);
                if let Some(taken) = self.taken.get_mut(&oldest) {
                    taken.issued = None;
                }
            }
        }
        self.count(&status);
        self.answers.insert(status.id.0, status);
    }

    fn count(&mut self, status: &OrderStatus) {
        // Of an older version, without its order: it is kept for good.
        let Some(taken) = self.taken.get(&status.id.0) else {
            return;
        };
        if !self.answers.contains_key(&status.id.0) {
            self.live.add(&taken.by);
        }
        if status.phase.is_final() {
            let until = taken.expires.max(status.at + KEPT);
            self.live.over(status.id.0, until);
        }
    }

    /// The latest of what is over, and what is `under_way`.
    pub(super) fn shown(&self, under_way: impl Iterator<Item = OrderId>) -> Vec<Item> {
        let known = |id: &u128| {
            self.answers
                .get(id)
                .or_else(|| self.refused.get(OrderId(*id)))
        };
        let mut over: Vec<&OrderStatus> = self
            .finished
            .iter()
            .rev()
            .take(SHOWN_ANSWERS)
            .chain(self.declined.iter().map(|(_, id)| id))
            .filter_map(known)
            .collect();
        over.sort_by_key(|status| status.at);
        let older = over.len().saturating_sub(SHOWN_ANSWERS);
        let open: Vec<u128> = under_way.map(|id| id.0).collect();
        let open = open.iter().filter_map(known);
        over.drain(older..)
            .chain(open)
            .filter_map(|status| self.said.shown(status))
            .map(|status| Item::Order(Box::new(status.clone())))
            .collect()
    }

    /// What was said since the last call, as far as it is recorded or owed.
    pub(super) fn said(&mut self) -> Vec<Item> {
        self.said.ready()
    }
}

/// The phase of the whole, once nothing of it is under way any more.
pub(super) fn close(status: &mut OrderStatus, over: bool) {
    if !over {
        return;
    }
    let any = |phase| status.targets.iter().any(|target| target.phase == phase);
    status.phase = if any(Phase::Failed) {
        Phase::Failed
    } else if any(Phase::Delivered) {
        Phase::Delivered
    } else if any(Phase::Expired) {
        Phase::Expired
    } else {
        Phase::Cancelled
    };
    let count = |phase| {
        let with = |target: &&TargetStatus| target.phase == phase;
        status.targets.iter().filter(with).count()
    };
    let (delivered, all) = (count(Phase::Delivered), status.targets.len());
    if delivered < all {
        let back = status.targets.iter().filter(|t| is_called_back(t)).count();
        status.detail = match back {
            0 => told!(
                "part-delivered",
                "{n} of {all} blocks delivered",
                n = delivered,
                all = all
            ),
            back => told!(
                "part-delivered-back",
                "{n} of {all} blocks delivered, {back} called back",
                n = delivered,
                all = all,
                back = back
            ),
        };
    }
}

/// Why a block of an order that was called back does nothing.
pub(super) fn called_back() -> Reason {
    stated(
        CALLED_BACK,
        told!("called-back", "called back before it began"),
    )
}

fn is_called_back(target: &TargetStatus) -> bool {
    let back = |reason: &Reason| reason.code() == CALLED_BACK;
    target.reasons.iter().any(back)
}

/// Calls back what of an order has not begun, as far as its last answer says. Is anything?
pub(super) fn call_back(status: &mut OrderStatus) -> bool {
    let waits = |t: &&mut TargetStatus| !t.phase.is_final() && t.phase != Phase::Executing;
    let mut any = false;
    for target in status.targets.iter_mut().filter(waits) {
        any = true;
        target.phase = Phase::Cancelled;
        target.reasons = vec![called_back()];
    }
    let over = status.targets.iter().all(|target| target.phase.is_final());
    close(status, any && over);
    any
}

/// What was under way of an order when its gateway ended is not any more.
pub(super) fn cut_off(target: &mut TargetStatus) {
    let code = match target.phase {
        Phase::Executing => "restarted_under_way",
        phase if phase.is_final() => return,
        _ => "restarted",
    };
    target.phase = Phase::Failed;
    let text = told!("restarted", "the gateway has restarted since");
    target.reasons = vec![stated(code, text)];
}

/// An act about an order that is not known here.
pub(super) fn unknown_order() -> Refusal {
    Refusal {
        code: "unknown_order",
        message: told!(
            "never-seen",
            "this gateway never saw the order; ask for it with order_query"
        ),
    }
}

/// The detail of an order that runs without its record.
fn unjournaled(detail: &Sentence) -> Sentence {
    match &**detail {
        words if words.starts_with(UNJOURNALED) => detail.clone(),
        "" => told!("unjournaled", "unjournaled"),
        _ => told!(
            "unjournaled-more",
            "unjournaled; {what}",
            what = detail.clone()
        ),
    }
}

fn was_never_taken(status: &OrderStatus) -> bool {
    matches!(status.phase, Phase::Rejected | Phase::Expired)
}

fn unseen(id: OrderId, phase: Phase, now: Timestamp) -> OrderStatus {
    let detail = match phase {
        Phase::NotSeen => told!(
            "unseen-rejects",
            "this gateway never saw the order, and would reject it now"
        ),
        _ => told!(
            "unseen-may-come",
            "this gateway has not seen the order; it may still come"
        ),
    };
    OrderStatus {
        id,
        phase,
        at: now,
        detail,
        targets: Vec::new(),
        issued: None,
    }
}

/// SHA-256 of what is signed.
pub(super) fn digest(form: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(form).into()
}

/// More targets than these of an order that leaves no trace are not answered for.
const MOST_DECLINED: usize = 16;

/// What stands against an order to another gateway.
pub(super) fn wrong_gateway() -> Reason {
    stated(
        "wrong_gateway",
        told!("wrong-gateway", "the order names another nation or gateway"),
    )
}

/// The answer to an order of more targets than can be answered for.
pub(super) fn too_many(order: &Order, now: Timestamp) -> Option<OrderStatus> {
    let text = told!("target-count", "an order holds 1 to 4,000 targets");
    (order.targets.len() > MOST_TARGETS)
        .then(|| declined(order, &[stated("target_count", text)], now))
}

/// An order that is not taken, nor kept.
pub(super) fn declined(order: &Order, reasons: &[Reason], now: Timestamp) -> OrderStatus {
    let first = reasons.first();
    OrderStatus {
        id: order.id,
        phase: Phase::Rejected,
        at: now,
        detail: first.map_or_else(Sentence::default, Reason::told),
        targets: answers(order, Phase::Rejected, reasons, MOST_DECLINED),
        issued: Some(Arc::new(Issued::of(order))),
    }
}

fn refused(order: &Order, phase: Phase, reasons: &[Reason]) -> Vec<TargetStatus> {
    answers(order, phase, reasons, MOST_TARGETS)
}

fn answers(order: &Order, phase: Phase, reasons: &[Reason], most: usize) -> Vec<TargetStatus> {
    let targets = order.targets.iter().take(most);
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
            told!(
                "unknown-epoch",
                "the epoch is newer than any that this gateway knows"
            ),
        ));
    }
    if sequence <= seen_sequence {
        against.push(Reason::OldSequence);
    } else if sequence - seen_sequence > SEQUENCE_LEAP {
        against.push(stated(
            "sequence_leap",
            told!("sequence-leap", "the site's sequence leaps too far ahead"),
        ));
    }
    against
}

/// A reason of the gateway's own, by code and sentence.
pub(super) fn stated(code: &str, text: Sentence) -> Reason {
    Reason::Stated {
        code: code.into(),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{BlockId, SiteId};

    fn target(block: &str, phase: Phase) -> TargetStatus {
        TargetStatus {
            site: SiteId::new("astravets"),
            block: BlockId::new(block),
            phase,
            reasons: Vec::new(),
            delivered: None,
            measured_at: None,
        }
    }

    /// Each sentence of this gateway travels by its code, so that a console words it.
    #[test]
    fn what_an_order_has_come_to_is_told_by_its_code() {
        let mut status = unseen(OrderId(9), Phase::Executing, Timestamp::default());
        let targets = |last| vec![target("1", Phase::Delivered), target("2", last)];
        let code = |said: &Sentence| said.code().map(|told| told.code.to_string());
        status.targets = targets(Phase::Failed);
        close(&mut status, true);
        assert_eq!(&*status.detail, "1 of 2 blocks delivered");
        assert_eq!(code(&status.detail).as_deref(), Some("part-delivered"));
        status.targets = targets(Phase::Accepted);
        assert!(call_back(&mut status));
        assert_eq!(&*status.detail, "1 of 2 blocks delivered, 1 called back");
        assert_eq!(code(&status.detail).as_deref(), Some("part-delivered-back"));
        let without = unjournaled(&status.detail);
        assert_eq!(code(&without).as_deref(), Some("unjournaled-more"));
        assert_eq!(unjournaled(&without), without);
        let bare = unjournaled(&Sentence::default());
        assert_eq!(code(&bare).as_deref(), Some("unjournaled"));
    }
}
