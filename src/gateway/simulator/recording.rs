//! Acts that wait for their record: nothing is done before it is durable, an emergency waits a moment only, and an answer
//! is given once what it says is recorded or owed.
//!
//! Invariant: acts about the same order, or by the same deed's site, are done in the order in which they came.

use std::sync::Arc;

use crate::domain::act::Stamp;
use crate::domain::alarm::Priority;
use crate::domain::ids::{OrderId, SiteId};
use crate::domain::journal::{self, Entry, Fact};
use crate::domain::link::{Item, Request};
use crate::domain::order::{Order, OrderKind, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::feed::session::client::about;
use crate::gateway::acts::{Acts, Admitted, Doer};
use crate::gateway::agreements::Seat;
use crate::gateway::book::Told;
use crate::gateway::records::{Duty, Number, Outcome, Standing};
use crate::gateway::refused::full;
use crate::gateway::{Late, LinkId, Refusal};

use super::Simulator;
use super::alarms::{About, Place};
use super::command::{self, Change};

/// Acts that may wait at a time, emergencies aside.
const MOST: usize = 1_024;
/// Of one link, and its emergencies among them.
const MOST_OF_LINK: usize = 256;
const MOST_URGENT_OF_LINK: usize = 32;
/// How many records are owed is told again after so long, ms.
const AGAIN_MS: i64 = 10_000;

/// What waits.
#[derive(Debug)]
enum Act {
    /// An order of a console's.
    Order(Box<Order>),
    /// One of the gateway's own; inside what a person has confirmed or not.
    Own(Box<Order>, bool),
    /// An id that is asked for; whose orders it is dead for, if it dies.
    Query(Box<Asked>, OrderId, Option<Arc<str>>),
    /// Any other, by whom it is, and what it changes where it is a deed.
    Other(Box<Asked>, Doer, Option<Result<Change, Reason>>),
}

/// A request with whose it is.
#[derive(Debug)]
struct Asked {
    request: Request,
    stamp: Option<Box<Stamp>>,
}

impl Asked {
    fn stamp(&self) -> Option<&Stamp> {
        self.stamp.as_deref()
    }
}

/// What comes next of an act.
enum Next {
    /// These are recorded first.
    Record(Vec<Entry>, Duty),
    /// It is done.
    Do,
    /// It was done before: how this order stands is told, once that is recorded.
    Tell(OrderId),
    /// Nothing: this is the answer.
    Answer(Result<Vec<Item>, Refusal>),
}

/// What acts have in common that must be done one after the other.
#[derive(Debug, PartialEq)]
enum Key {
    Id(OrderId),
    Site(SiteId),
}

/// How far it has come.
#[derive(Debug, PartialEq)]
enum Stage {
    /// An earlier one about the same goes first.
    Behind,
    /// Its record has this number.
    Recorded(Number),
    /// What became of the record.
    Settled(Number, Outcome),
    /// It was refused for want of its record, which is being written all the same.
    GivenUp(Number),
    /// It is done; what was said of this order by then is told with this record.
    Done(OrderId, Option<Number>),
    Over,
}

#[derive(Debug)]
struct Wait {
    serial: u64,
    link: Option<LinkId>,
    about: Arc<str>,
    keys: Vec<Key>,
    /// None: it is over.
    act: Option<Act>,
    stage: Stage,
}

/// All that waits, and the answers that came of it.
#[derive(Debug, Default)]
pub(super) struct Recording {
    waits: Vec<Wait>,
    serial: u64,
    late: Vec<(u64, Late)>,
    alarmed: Option<(Standing, i64)>,
    /// One has ended since those behind another were looked at.
    freed: bool,
}

fn refusal(code: &'static str, message: Sentence) -> Refusal {
    Refusal { code, message }
}

fn barred(why: &str) -> Refusal {
    let message = told!(
        "cant-record",
        "the gateway can't record it, so it does nothing: {why}",
        why = why
    );
    refusal("journal", message)
}

impl Recording {
    /// Answers that came later than their requests.
    pub(super) fn late(&mut self) -> Vec<Late> {
        self.late.drain(..).map(|(_, late)| late).collect()
    }

    /// Is there no room for one more of this link's?
    fn is_full(&self, link: LinkId, act: &Act) -> bool {
        let of_link = || self.waits.iter().filter(|wait| wait.link == Some(link));
        let hurried = |wait: &&Wait| wait.act.as_ref().is_some_and(urgent);
        if urgent(act) {
            return of_link().filter(hurried).count() >= MOST_URGENT_OF_LINK;
        }
        self.waits.len() >= MOST || of_link().count() >= MOST_OF_LINK
    }

    /// Would an act with these keys have to wait for an earlier one?
    fn stands_before(&self, keys: &[Key]) -> bool {
        let live = |wait: &&Wait| !matches!(wait.stage, Stage::Over | Stage::GivenUp(_));
        let mut waits = self.waits.iter().filter(live);
        waits.any(|wait| keys.iter().any(|key| wait.keys.contains(key)))
    }

    /// Does an earlier one stand in the way of the one at `at`?
    fn is_behind(&self, at: usize) -> bool {
        let one = &self.waits[at];
        let same = |other: &Wait| one.keys.iter().any(|key| other.keys.contains(key));
        let live = |other: &&Wait| !matches!(other.stage, Stage::Over | Stage::GivenUp(_));
        self.waits[..at].iter().filter(live).any(same)
    }

    fn note(&mut self, number: Number, outcome: Outcome) {
        for wait in &mut self.waits {
            wait.stage = match &wait.stage {
                Stage::Recorded(of) if *of == number => Stage::Settled(number, outcome),
                Stage::GivenUp(of) if *of == number && outcome == Outcome::TooLate => {
                    Stage::Settled(number, outcome)
                }
                Stage::GivenUp(of) if *of == number => Stage::Over,
                _ => continue,
            };
            return;
        }
    }
}

/// What an act must not overtake.
fn keys(request: &Request, stamp: Option<&Stamp>) -> Vec<Key> {
    let of = match request {
        Request::Order(order) | Request::CountersignRequest(order, _) => Some(Key::Id(order.id)),
        Request::OrderQuery(id)
        | Request::OrderCancel(id)
        | Request::LeaseRenew(id)
        | Request::CountersignAnswer { id, .. } => Some(Key::Id(*id)),
        Request::Deed(deed) => Some(Key::Site(deed.site.clone())),
        _ => None,
    };
    let own = Acts::id(request, stamp).map(Key::Id);
    of.into_iter().chain(own).collect()
}

impl Simulator {
    /// Has a console's act recorded and done; gives its answer where it is there at once.
    pub(super) fn ask(
        &mut self,
        request: Request,
        stamp: Option<Box<Stamp>>,
        link: LinkId,
    ) -> Result<Vec<Item>, Refusal> {
        let about = about(&request);
        let keys = keys(&request, stamp.as_deref());
        let act = match request {
            Request::Order(order) => Act::Order(order),
            Request::OrderQuery(id) => Act::Query(Box::new(Asked { request, stamp }), id, None),
            request => Act::Other(Box::new(Asked { request, stamp }), Doer::default(), None),
        };
        if self.recording.is_full(link, &act) {
            let text = told!(
                "journal-full",
                "too much waits for this gateway's journal; try again"
            );
            return Err(refusal("busy", text));
        }
        if self.recording.stands_before(&keys)
            && let Some(answer) = self.turned_away(&act)
        {
            return answer;
        }
        let serial = self.wait(Some(link), about, keys, act);
        self.carry_on();
        let late = &mut self.recording.late;
        match late.iter().position(|(of, _)| *of == serial) {
            Some(at) => late.remove(at).1.answer,
            None => Ok(Vec::new()),
        }
    }

    /// The answer to an act that is not its sender's to do: it does not even wait.
    fn turned_away(&mut self, act: &Act) -> Option<Result<Vec<Item>, Refusal>> {
        match act {
            Act::Order(order) => {
                let status = self.not_taken(order)?;
                Some(Ok(vec![Item::Order(Box::new(status))]))
            }
            Act::Other(asked, ..) => self.admit(&asked.request, asked.stamp()).err().map(Err),
            Act::Own(..) | Act::Query(..) => None,
        }
    }

    /// Has an order of the gateway's own recorded and done, unless one by the same name waits.
    pub(super) fn ask_own(&mut self, order: Order, own: bool) -> Result<(), Refusal> {
        let by = order.issued_by.clone();
        let waits =
            |wait: &Wait| matches!(&wait.act, Some(Act::Own(other, _)) if other.issued_by == by);
        if self.recording.waits.iter().any(waits) {
            return Err(refusal(
                "busy",
                told!("own-waits", "an order by {by} waits", by = &*by),
            ));
        }
        self.may_record()?;
        let keys = vec![Key::Id(order.id)];
        self.wait(None, "".into(), keys, Act::Own(order.into(), own));
        self.carry_on();
        Ok(())
    }

    /// Refused where the journal is known to be of no use.
    pub(super) fn may_record(&self) -> Result<(), Refusal> {
        let standing = self.desk.ledger().standing();
        standing.map_or(Ok(()), |standing| Err(barred(&standing.why)))
    }

    /// May anything be said of this id? Nobody knows an unknown one before the journal is read.
    pub(super) fn may_say(&self, id: OrderId) -> Result<(), Refusal> {
        let ledger = self.desk.ledger();
        match ledger.standing() {
            Some(standing) if !standing.read && !ledger.answered(id) => {
                let why = standing.why;
                let message = told!(
                    "before-unknown",
                    "whether the order came before is not known: {why}",
                    why = &*why
                );
                Err(refusal("journal", message))
            }
            _ => Ok(()),
        }
    }

    fn wait(&mut self, link: Option<LinkId>, about: Arc<str>, keys: Vec<Key>, act: Act) -> u64 {
        let recording = &mut self.recording;
        recording.serial += 1;
        let serial = recording.serial;
        recording.waits.push(Wait {
            serial,
            link,
            about,
            keys,
            act: Some(act),
            stage: Stage::Behind,
        });
        let at = recording.waits.len() - 1;
        if !recording.is_behind(at) {
            self.begin_record(at);
        }
        serial
    }

    /// Hears the journal and does what may be done by now.
    pub(super) fn carry_on(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            for told in self.desk.ledger_mut().hear(self.now) {
                moved = true;
                match told {
                    Told::Settled(number, outcome) => self.recording.note(number, outcome),
                    Told::Opened(past) => self.take_up(*past),
                }
            }
            let freed = std::mem::take(&mut self.recording.freed);
            for at in 0..self.recording.waits.len() {
                moved |= self.bring_on(at, freed);
            }
            self.recording
                .waits
                .retain(|wait| wait.stage != Stage::Over);
        }
        self.tell_of_journal();
    }

    /// Brings one on; false where it waits.
    fn bring_on(&mut self, at: usize, freed: bool) -> bool {
        let wait = &self.recording.waits[at];
        match &wait.stage {
            Stage::Behind if freed && !self.recording.is_behind(at) => self.begin_record(at),
            Stage::Settled(number, outcome) => {
                let (number, outcome) = (*number, outcome.clone());
                self.settled(at, number, outcome);
            }
            Stage::Done(id, record) if record.is_none_or(|r| self.desk.ledger().is_told(r)) => {
                // One that was refused and finds no place is known no more by now.
                let status = self.desk.ledger().told(*id).ok_or_else(full);
                self.answer(at, status.map(|status| vec![Item::Order(Box::new(status))]));
            }
            _ => return false,
        }
        true
    }

    fn answer(&mut self, at: usize, answer: Result<Vec<Item>, Refusal>) {
        self.recording.freed = true;
        let wait = &mut self.recording.waits[at];
        wait.stage = Stage::Over;
        let (serial, about) = (wait.serial, Arc::clone(&wait.about));
        if let Some(link) = wait.link {
            let late = Late {
                link,
                about,
                answer,
            };
            self.recording.late.push((serial, late));
        }
    }

    /// Nothing stands before it any more: it is recorded, or done where nothing has to be recorded first.
    fn begin_record(&mut self, at: usize) {
        let Some(mut act) = self.recording.waits[at].act.take() else {
            return;
        };
        let next = self.next(&mut act);
        self.recording.waits[at].act = Some(act);
        let (entries, duty) = match next {
            Next::Record(entries, duty) => (entries, duty),
            Next::Do => return self.do_it(at),
            Next::Tell(id) => return self.tell(at, id),
            Next::Answer(answer) => return self.answer(at, answer),
        };
        match self.desk.ledger_mut().record(entries, duty, self.now) {
            Some(number) => self.recording.waits[at].stage = Stage::Recorded(number),
            None => self.do_it(at),
        }
    }

    /// Whose it is and whether it may be done comes before anything of it is recorded.
    fn next(&mut self, act: &mut Act) -> Next {
        match act {
            Act::Order(order) => {
                if let Some(status) = self.not_taken(order) {
                    return Next::Answer(Ok(vec![Item::Order(Box::new(status))]));
                }
                if let Some(answer) = self.untimely(order) {
                    return Next::Answer(answer.map(|s| vec![Item::Order(Box::new(s))]));
                }
                let soon = is_urgent(order);
                self.next_of_order(order, if soon { Duty::Soon } else { Duty::Before })
            }
            Act::Own(order, _) => self.next_of_order(order, Duty::Before),
            Act::Query(asked, id, by) => {
                *by = self.asks(&asked.request, asked.stamp());
                self.next_of_query(*id, by.clone())
            }
            Act::Other(asked, doer, change) => match self.admit(&asked.request, asked.stamp()) {
                Err(refusal) => Next::Answer(Err(refusal)),
                Ok(Admitted::Before(Err(no))) => Next::Answer(Err(no)),
                Ok(Admitted::Before(Ok(()))) => self.stands(&asked.request),
                Ok(Admitted::Now(known)) => {
                    *doer = known;
                    self.next_of_other(asked, doer, change)
                }
            },
        }
    }

    /// What comes of an act that was done before: how what it is about stands now.
    fn stands(&self, request: &Request) -> Next {
        match request {
            Request::OrderCancel(id) | Request::LeaseRenew(id)
                if self.desk.ledger().answered(*id) =>
            {
                Next::Tell(*id)
            }
            _ => Next::Answer(Ok(Vec::new())),
        }
    }

    fn next_of_order(&self, order: &Order, duty: Duty) -> Next {
        let ledger = self.desk.ledger();
        if ledger.answered(order.id) {
            return Next::Do;
        }
        if let Err(full) = ledger.has_room(order) {
            return Next::Answer(Err(full));
        }
        Next::Record(vec![of_order(order, self.now)], duty)
    }

    fn next_of_query(&mut self, id: OrderId, by: Option<Arc<str>>) -> Next {
        if let Err(refusal) = self.may_say(id) {
            return Next::Answer(Err(refusal));
        }
        let Some(by) = by else {
            return Next::Do;
        };
        match self.desk.ledger_mut().dies(id, &by, self.now) {
            Err(busy) => Next::Answer(Err(busy)),
            Ok(false) => Next::Do,
            Ok(true) => {
                let actor = if by.is_empty() { "gateway".into() } else { by };
                let entry = Entry {
                    at: self.now,
                    actor,
                    fact: Fact::Dead(id),
                };
                Next::Record(vec![entry], Duty::Before)
            }
        }
    }

    fn next_of_other(
        &mut self,
        asked: &Asked,
        doer: &Doer,
        change: &mut Option<Result<Change, Reason>>,
    ) -> Next {
        // These move nothing, and are done while the journal is of no use too.
        let harmless = matches!(
            asked.request,
            Request::OrderCancel(_) | Request::AlarmAck(_)
        );
        let row = if let Request::Deed(deed) = &asked.request {
            let judged = command::judged(deed, &self.fleet, doer.rank);
            let row = match &judged {
                Ok(_) => self.row_of(deed, journal::Stage::Settled, ""),
                Err(reason) => self.row_of(deed, journal::Stage::Refused, &reason.sentence()),
            };
            *change = Some(judged);
            Some(row)
        } else {
            Acts::row(&asked.request, asked.stamp(), self.now)
        };
        match row {
            Some(row) if harmless => Next::Record(vec![row], Duty::Soon),
            Some(row) => Next::Record(vec![row], Duty::Before),
            None if harmless => Next::Do,
            None => match self.may_record() {
                Ok(()) => Next::Do,
                Err(refusal) => Next::Answer(Err(refusal)),
            },
        }
    }

    fn settled(&mut self, at: usize, number: Number, outcome: Outcome) {
        let wait = &mut self.recording.waits[at];
        match outcome {
            Outcome::Durable => self.do_it(at),
            Outcome::Owed => {
                if let Some(Act::Order(order)) = &wait.act {
                    let id = order.id;
                    self.desk.ledger_mut().runs_unjournaled(id, number);
                }
                self.do_it(at);
            }
            Outcome::Refused(why) => self.not_done(at, &why),
            Outcome::GivenUp(why) => {
                self.not_done(at, &why);
                self.recording.waits[at].stage = Stage::GivenUp(number);
            }
            Outcome::TooLate => self.undo_record(at),
        }
    }

    /// It is refused for want of its record, for good: the same bytes are not done later.
    fn not_done(&mut self, at: usize, why: &str) {
        let act = self.recording.waits[at].act.take();
        let (now, mut no) = (self.now, barred(why));
        match &act {
            Some(Act::Order(order)) => {
                let kept = self.desk.ledger_mut().refuse_unrecorded(order, now);
                no = kept.err().unwrap_or(no);
            }
            Some(Act::Own(order, _)) => not_recorded(order),
            // Where anybody asks, nobody's questions are remembered.
            Some(Act::Query(_, _, by)) if by.as_deref() == Some("") => {}
            Some(Act::Query(asked, ..) | Act::Other(asked, ..)) => {
                self.acts.refuse(&asked.request, asked.stamp(), &no, now);
            }
            None => {}
        }
        self.recording.waits[at].act = act;
        self.answer(at, Err(no));
    }

    /// It was refused, and stands in the journal all the same: the journal is told how things are.
    fn undo_record(&mut self, at: usize) {
        let wait = &mut self.recording.waits[at];
        wait.stage = Stage::Over;
        let now = self.now;
        match wait.act.take() {
            Some(Act::Order(order) | Act::Own(order, _))
                if !self.desk.ledger().is_known(order.id) =>
            {
                self.desk.ledger_mut().refuse_late(&order, now);
            }
            Some(Act::Query(_, id, by)) => drop(self.desk.ledger_mut().query(id, by, now)),
            Some(Act::Other(asked, ..)) => {
                let why = told!("recorded-late", "its record came too late");
                if let Request::Deed(deed) = &asked.request {
                    let row = self.row_of(deed, journal::Stage::Refused, &why);
                    self.desk.ledger_mut().record(vec![row], Duty::After, now);
                }
                let no = barred(&why);
                self.acts.refuse(&asked.request, asked.stamp(), &no, now);
            }
            Some(Act::Order(_) | Act::Own(..)) | None => {}
        }
    }

    fn do_it(&mut self, at: usize) {
        let wait = &mut self.recording.waits[at];
        let (act, link) = (wait.act.take(), wait.link);
        let now = self.now;
        let done = match act {
            Some(Act::Order(order)) => {
                let id = order.id;
                let link = link.unwrap_or(LinkId(u64::MAX));
                self.obey(*order, link).map(|()| Some(id))
            }
            Some(Act::Own(order, own)) => self.obey_own(*order, own).map(|()| None),
            Some(Act::Query(_, id, by)) => {
                let answer = self.desk.ledger_mut().query(id, by, now);
                if self.desk.ledger().answered(id) {
                    Ok(Some(id))
                } else {
                    let items = answer.map(|status| vec![Item::Order(Box::new(status))]);
                    return self.answer(at, items);
                }
            }
            Some(Act::Other(asked, doer, change)) => {
                self.acts.begin(&asked.request, asked.stamp(), now);
                let link = link.unwrap_or(LinkId(u64::MAX));
                let seat = Seat { link, doer: &doer };
                let done = match change {
                    Some(judged) => self.change(judged).map(|()| None),
                    None => self.carry_out(&asked.request, asked.stamp(), seat),
                };
                let told = done.as_ref().map(drop).map_err(Clone::clone);
                self.acts.end(&asked.request, asked.stamp(), told);
                done
            }
            None => Ok(None),
        };
        match done {
            Ok(Some(id)) => self.tell(at, id),
            Ok(None) => self.answer(at, Ok(Vec::new())),
            Err(refusal) => self.answer(at, Err(refusal)),
        }
    }

    /// How this order stands is the answer, once what was said of it by now is recorded.
    fn tell(&mut self, at: usize, id: OrderId) {
        let record = self.desk.ledger().awaits(id);
        let wait = &mut self.recording.waits[at];
        (wait.act, wait.stage) = (None, Stage::Done(id, record));
    }

    /// Says of what use the journal is: an alarm of the first priority as long as it is of none.
    fn tell_of_journal(&mut self) {
        let Some(standing) = self.desk.ledger().standing() else {
            self.recording.alarmed = None;
            return self.alarms.clear(&About::Journal, self.now);
        };
        let now = self.now.millis();
        let told = self.recording.alarmed.as_ref();
        if told.is_some_and(|(told, at)| *told == standing || now - at < AGAIN_MS) {
            return;
        }
        let text = sentence(&standing);
        let again = self.recording.alarmed.replace((standing, now)).is_some();
        if again {
            self.alarms.reword(&About::Journal, text);
        } else {
            tracing::error!(%text, "the gateway's journal");
            let (about, place) = (About::Journal, Place::Nation);
            self.alarms
                .raise(about, Priority::P1, place, || text, self.now);
        }
    }
}

/// An order of the gateway's own could not be recorded after all.
fn not_recorded(order: &Order) {
    tracing::error!(by = %order.issued_by, "an own order could not be recorded");
}

/// Does it go on without its record where it must?
fn urgent(act: &Act) -> bool {
    matches!(act, Act::Order(order) if is_urgent(order))
}

fn is_urgent(order: &Order) -> bool {
    order.emergency && order.kind == OrderKind::Curtail
}

fn of_order(order: &Order, now: Timestamp) -> Entry {
    Entry {
        at: now,
        actor: order.issued_by.clone(),
        fact: Fact::Order(Box::new(order.clone())),
    }
}

fn sentence(standing: &Standing) -> Sentence {
    let (why, owed, lost) = (&*standing.why, standing.owed, standing.lost);
    if standing.read {
        told!(
            "journal-unwritten",
            "the gateway's journal can't be written: {owed} records owed, {lost} lost; only emergency sheds are done: {why}",
            owed = owed,
            lost = lost,
            why = why
        )
    } else {
        told!(
            "journal-unread",
            "the gateway's journal can't be read: {owed} records owed, {lost} lost; only emergency sheds are done, and lockouts and old orders are unknown: {why}",
            owed = owed,
            lost = lost,
            why = why
        )
    }
}
