//! Calling an order back, block by block: what has not begun never does, the rest goes on and may be ordered the other
//! way from the same dialog.
//!
//! Invariant: it leaves only after arming and the typed word; the console never sends it a second time by itself. After a
//! lost link nobody knows whether it came, until the order's status has been asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use super::curtail::{self, ARMED_FOR, DEAF_FOR};
use super::journal::{self, Then};
use super::key::{Code, Key};
use super::nav::Screen;
use super::notes::short;
use super::notice::{Cancel, What};
use super::scope::Scope;
use super::waiting::View;
use super::{Effect, Note, State, rows, waiting};
use crate::control::order::{ANSWER_WITHIN, Life, Record};
use crate::control::plan::Excluded;
use crate::domain::ids::{BlockKey, FeedId, OrderId};
use crate::domain::journal::{Fact, Fate};
use crate::domain::link::Request;
use crate::domain::operator::Rank;
use crate::domain::order::{OrderKind, Phase, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;

/// Cancels whose fate is remembered.
const KEPT: usize = 20;
/// So long after its gateway has spoken of the order again, a cancel that shows nowhere in it has not come.
const SETTLES: Duration = Duration::from_secs(3);
/// The longest word that is taken.
const LONGEST: usize = 20;

/// Where the dialog stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// What would be called back is shown.
    Check,
    /// It is armed; the word is being typed.
    Armed {
        /// Since when.
        at: Timestamp,
        /// What was typed so far.
        typed: String,
    },
    /// It has left.
    Sent,
}

/// What is wrong, or was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing of it waits.
    NothingWaits,
    /// Only its issuer and a dispatcher may.
    Anothers,
    /// The feed is down.
    NoLink,
    /// The word was not that.
    Word,
    /// The time is over.
    TimeOver,
}

/// The dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Whose gateway has it.
    pub feed: FeedId,
    /// Which order.
    pub id: OrderId,
    /// Where it stands.
    pub step: Step,
    /// What is wrong.
    pub wrong: Option<Wrong>,
}

impl Prompt {
    /// What must be typed.
    pub fn word(&self) -> String {
        format!("CANCEL {}", short(self.id.0))
    }

    /// Is it armed, but still deaf to keys?
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        matches!(&self.step, Step::Armed { at, .. } if at.age(now) < DEAF_FOR)
    }

    /// Seconds that it still waits for its word, rounded up.
    pub fn seconds_left(&self, now: Timestamp) -> Option<u64> {
        let Step::Armed { at, .. } = &self.step else {
            return None;
        };
        let left = ARMED_FOR.saturating_sub(at.age(now)).as_millis();
        u64::try_from(left.div_ceil(1_000)).ok()
    }
}

/// A cancel that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// To whose gateway.
    pub feed: FeedId,
    /// Of which order.
    pub id: OrderId,
    /// What has become of it.
    pub fate: Cancel,
    /// Blocks that were cancelled before it.
    before: usize,
    /// Since when nothing is known of it, over a live link.
    since: Timestamp,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Cancelling {
    /// The dialog.
    pub prompt: Option<Prompt>,
    /// What has left, the youngest last.
    pub sent: Vec<Sent>,
}

/// What has become of the last cancel of an order; none: there was none.
pub fn fate(state: &State, feed: FeedId, id: OrderId) -> Option<&Cancel> {
    let of = |sent: &&Sent| sent.feed == feed && sent.id == id;
    let last = state.cancelling.sent.iter().rev().find(of);
    last.map(|sent| &sent.fate)
}

/// An order on the screen, whoever gave it.
pub fn record(state: &State, feed: FeedId, id: OrderId) -> Option<&Record> {
    let all = state.orders.iter().chain(state.curtailing.heard());
    let mut all = all.filter(|r| r.feed == feed && r.order.id == id);
    all.next()
}

/// What could be called back.
fn waits(record: &Record) -> usize {
    match record.life {
        Life::Recording => 0,
        _ => record.shares().waits,
    }
}

/// Is there an order that could be called back?
pub fn can(state: &State) -> bool {
    let mut all = state.orders.iter().chain(state.curtailing.heard());
    all.any(|record| waits(record) > 0)
}

/// Asks about the order under the cursor; where there is none, about the only one that can be called back, or shows all.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.desk.read_only {
        state.say(What::ReadOnlyOrders);
        return Vec::new();
    }
    let open = open_orders(state);
    let chosen = at_cursor(state).or(open.first().copied());
    let Some((feed, id)) = chosen else {
        state.say(What::NothingToCancel);
        return Vec::new();
    };
    if at_cursor(state).is_none() && open.len() > 1 {
        state.nav.screen = Screen::Curtail;
        state.curtailing.view = View::Orders;
        state.say(What::ChooseOrder);
        return Vec::new();
    }
    let wrong = record(state, feed, id).and_then(|record| against(state, record));
    state.cancelling.prompt = Some(Prompt {
        feed,
        id,
        step: Step::Check,
        wrong,
    });
    vec![Effect::DropInput]
}

/// What could be called back of, the youngest first.
fn open_orders(state: &State) -> Vec<(FeedId, OrderId)> {
    let all = waiting::orders(state).into_iter().map(|l| l.record);
    let open = all.filter(|record| waits(record) > 0);
    open.map(|record| (record.feed, record.order.id)).collect()
}

/// The order under the cursor of the Curtail screen: the one itself, or the one by which a block waits to come back.
fn at_cursor(state: &State) -> Option<(FeedId, OrderId)> {
    if state.nav.screen != Screen::Curtail {
        return None;
    }
    let at = |table| rows::cursor_index(table, &rows::rows(state));
    match state.curtailing.view {
        View::Orders => {
            let record = waiting::orders(state).get(at(&state.nav.orders))?.record;
            Some((record.feed, record.order.id))
        }
        View::Queue => {
            let queue = waiting::queue(state);
            let row = queue.get(at(&state.nav.queue))?;
            record(state, row.feed, row.queued.by)?;
            Some((row.feed, row.queued.by))
        }
        View::Authority => None,
    }
}

/// What speaks against calling it back now, as far as this console knows.
fn against(state: &State, record: &Record) -> Option<Wrong> {
    let feed = state.feed(record.feed).filter(|feed| feed.is_live());
    let Some(feed) = feed else {
        return Some(Wrong::NoLink);
    };
    let known = feed.info.as_ref().is_some_and(|info| info.operators);
    let own = record.order.issued_by == state.desk.operator;
    let dispatches = Rank::of(&state.desk.role) == Some(Rank::Dispatcher);
    if waits(record) == 0 {
        Some(Wrong::NothingWaits)
    } else if known && !own && !dispatches {
        Some(Wrong::Anothers)
    } else {
        None
    }
}

/// A key while the dialog is open. Esc leaves nothing behind; Enter alone never commits.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    if key.code == Code::Esc || (key.ctrl && key.code == Code::Char('c')) {
        state.cancelling.prompt = None;
        return Vec::new();
    }
    let Some(prompt) = state.cancelling.prompt.as_mut() else {
        return Vec::new();
    };
    let plain = !key.ctrl && !key.alt;
    match (&mut prompt.step, key.code) {
        (Step::Check, Code::Char('a')) if plain => arm(state),
        (Step::Check | Step::Sent, Code::Char('r')) if plain => turn(state),
        (Step::Armed { typed, .. }, Code::Char(c)) if plain && typed.len() < LONGEST => {
            typed.push(c);
            Vec::new()
        }
        (Step::Armed { typed, .. }, Code::Backspace) => {
            typed.pop();
            Vec::new()
        }
        (Step::Armed { .. }, Code::Enter) => confirmed(state),
        _ => Vec::new(),
    }
}

fn set(state: &mut State, step: Step, wrong: Option<Wrong>) {
    if let Some(prompt) = state.cancelling.prompt.as_mut() {
        (prompt.step, prompt.wrong) = (step, wrong);
    }
}

/// The order that is asked about, and what speaks against it.
fn asked(state: &State) -> Option<(&Record, Option<Wrong>)> {
    let prompt = state.cancelling.prompt.as_ref()?;
    let record = record(state, prompt.feed, prompt.id)?;
    Some((record, against(state, record)))
}

fn arm(state: &mut State) -> Vec<Effect> {
    let wrong = asked(state).map_or(Some(Wrong::NothingWaits), |(_, wrong)| wrong);
    let step = match wrong {
        Some(_) => Step::Check,
        None => Step::Armed {
            at: state.now,
            typed: String::new(),
        },
    };
    set(state, step, wrong);
    // What was typed ahead was typed before this could be read.
    vec![Effect::DropInput]
}

/// The other way for what has moved already: its blocks in the dialog of that order.
fn turn(state: &mut State) -> Vec<Effect> {
    let Some((record, _)) = asked(state) else {
        return Vec::new();
    };
    let moved = moved(record);
    if moved.is_empty() {
        return Vec::new();
    }
    let kind = match record.order.kind {
        OrderKind::Curtail => OrderKind::Restore,
        OrderKind::Restore => OrderKind::Curtail,
    };
    state.cancelling.prompt = None;
    curtail::open_on(state, kind, Some(Scope::Blocks(moved)));
    vec![Effect::DropInput]
}

/// Blocks that a plan leaves out because an order of this desk is under way on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// How many.
    pub blocks: usize,
    /// Which orders, the oldest first.
    pub orders: Vec<OrderId>,
}

/// What of these an order of this desk is under way on; none: nothing.
pub fn under_way(state: &State, excluded: &[Excluded]) -> Option<UnderWay> {
    let pending = |left: &&Excluded| left.reasons.contains(&Reason::OrderPending);
    let keys: BTreeSet<&BlockKey> = excluded.iter().filter(pending).map(|l| &l.key).collect();
    let on = |record: &&Record| {
        let mut targets = record.order.targets.iter();
        targets.any(|t| keys.contains(&BlockKey::new(&t.site, &t.block)))
    };
    let open = state.orders.iter().filter(|r| !r.life.is_final());
    let orders = open.filter(on).map(|r| r.order.id).collect();
    (!keys.is_empty()).then_some(UnderWay {
        blocks: keys.len(),
        orders,
    })
}

/// The blocks of an order that have begun to move, or are there.
pub fn moved(record: &Record) -> BTreeSet<BlockKey> {
    let targets = record.targets.iter();
    let moved = targets.filter(|t| matches!(t.phase, Phase::Executing | Phase::Delivered));
    moved.map(|t| BlockKey::new(&t.site, &t.block)).collect()
}

fn confirmed(state: &mut State) -> Vec<Effect> {
    let Some(prompt) = state.cancelling.prompt.clone() else {
        return Vec::new();
    };
    let Step::Armed { typed, .. } = &prompt.step else {
        return Vec::new();
    };
    if *typed != prompt.word() {
        set(state, prompt.step, Some(Wrong::Word));
        return Vec::new();
    }
    let (before, wrong) = match asked(state) {
        Some((record, wrong)) => (record.back(), wrong),
        None => (0, Some(Wrong::NothingWaits)),
    };
    if wrong.is_some() {
        set(state, Step::Check, wrong);
        return Vec::new();
    }
    set(state, Step::Sent, None);
    let (feed, id) = (prompt.feed, prompt.id);
    let since = state.now;
    let all = &mut state.cancelling.sent;
    all.retain(|sent| (sent.feed, sent.id) != (feed, id));
    if all.len() == KEPT {
        all.remove(0);
    }
    all.push(Sent {
        feed,
        id,
        fate: Cancel::Sent,
        before,
        since,
    });
    let facts = vec![fact(id, Fate::CancelSent, "")];
    let operator = state.desk.operator.clone();
    journal::hold(state, &operator, facts, Then::Cancel(feed, id))
}

fn fact(id: OrderId, fate: Fate, detail: &str) -> Fact {
    Fact::Fate {
        id,
        fate,
        detail: detail.into(),
    }
}

/// The journal has answered: it leaves.
pub(super) fn leave(state: &mut State, feed: FeedId, id: OrderId) -> Vec<Effect> {
    tell(state, id, &Cancel::Sent);
    vec![Effect::Send(feed, Request::OrderCancel(id))]
}

fn tell(state: &mut State, id: OrderId, fate: &Cancel) {
    let sentence = told!(
        "own-order-stands",
        "order {id}: {how}",
        id = &*short(id.0),
        how = fate.told()
    );
    state.say(sentence.clone());
    state.note(Note::order(sentence));
}

fn is_open(fate: &Cancel) -> bool {
    matches!(fate, Cancel::Sent | Cancel::Unknown)
}

/// The gateway, or our own link, refuses what is about this order. None: no cancel of it is open over this feed.
pub(super) fn refused(
    state: &mut State,
    feed: FeedId,
    about: &str,
    (code, why): (&str, &Sentence),
) -> Option<Vec<Effect>> {
    let id = OrderId(ulid::Ulid::from_string(about).ok()?.0);
    let spoken = record(state, feed, id)?.stated.is_some();
    let of = |sent: &&mut Sent| sent.feed == feed && sent.id == id && is_open(&sent.fate);
    let sent = state.cancelling.sent.iter_mut().find(of)?;
    // Of an order that its gateway has not spoken of yet, it may be the order itself that did not leave.
    if code == "not_sent" && !spoken {
        return None;
    }
    let (fate, row) = match code {
        "not_sent" => (Cancel::NotThere, Fate::CancelLost),
        "too_late" => (Cancel::TooLate, Fate::CancelRefused),
        _ => (Cancel::Refused(why.clone()), Fate::CancelRefused),
    };
    sent.fate = fate.clone();
    tell(state, id, &fate);
    let facts = vec![fact(id, row, why)];
    Some(journal::write(state, facts).into_iter().collect())
}

/// What the order's status says of a cancel.
fn settled(sent: &Sent, record: &Record, now: Timestamp, live: bool) -> Option<Cancel> {
    let shares = record.shares();
    let back = record.back().saturating_sub(sent.before);
    let on = shares.moves + shares.there;
    let whole = record.life == Life::Said(Phase::Cancelled);
    let waited = sent.since.age(now);
    Some(match (&sent.fate, record.life) {
        _ if back > 0 || whole => Cancel::Done { back, on },
        (Cancel::Sent, Life::Unknown) => Cancel::Unknown,
        _ if record.life.is_final() => Cancel::TooLate,
        (Cancel::Sent, _) if !live || waited >= ANSWER_WITHIN => Cancel::Unknown,
        (Cancel::Unknown, stands) if live && stands != Life::Unknown && waited >= SETTLES => {
            Cancel::NotThere
        }
        _ => return None,
    })
}

/// Time has passed: an armed cancel is disarmed, and what is known of those that have left is told.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    if let Some(prompt) = state.cancelling.prompt.as_mut()
        && let Step::Armed { at, .. } = prompt.step
        // A clock that was set back would keep it armed until it has caught up.
        && (at.age(now) >= ARMED_FOR || now < at)
    {
        (prompt.step, prompt.wrong) = (Step::Check, Some(Wrong::TimeOver));
    }
    let gone = asked(state).is_none();
    state.cancelling.prompt = state.cancelling.prompt.take().filter(|_| !gone);
    if state
        .cancelling
        .sent
        .iter()
        .all(|sent| !is_open(&sent.fate))
    {
        return Vec::new();
    }
    let live = state.live();
    let mut all = std::mem::take(&mut state.cancelling.sent);
    let mut effects = Vec::new();
    for sent in all.iter_mut().filter(|sent| is_open(&sent.fate)) {
        effects.extend(look(state, sent, live.contains(&sent.feed)));
    }
    state.cancelling.sent = all;
    effects
}

/// Looks at one that has left, and asks about its order where it brings no word.
fn look(state: &mut State, sent: &mut Sent, live: bool) -> Vec<Effect> {
    let (feed, id, now) = (sent.feed, sent.id, state.now);
    let record = record(state, feed, id);
    // It counts from when its gateway speaks of the order again.
    let dark = !live || record.is_none_or(|record| record.life == Life::Unknown);
    if sent.fate == Cancel::Unknown && (dark || now < sent.since) {
        sent.since = now;
    }
    let fate = match record {
        Some(record) => settled(sent, record, now, live),
        None => Some(Cancel::NotThere),
    };
    let Some(fate) = fate.filter(|fate| *fate != sent.fate) else {
        return Vec::new();
    };
    (sent.fate, sent.since) = (fate.clone(), now);
    tell(state, id, &fate);
    let row = match fate {
        Cancel::Unknown => Some(Fate::CancelUnknown),
        Cancel::NotThere => Some(Fate::CancelLost),
        Cancel::TooLate => Some(Fate::CancelRefused),
        _ => None,
    };
    let facts = row.map(|row| fact(id, row, "")).into_iter().collect();
    let mut effects: Vec<Effect> = journal::write(state, facts).into_iter().collect();
    if fate == Cancel::Unknown && live {
        effects.push(Effect::Send(feed, Request::OrderQuery(id)));
    }
    effects
}
