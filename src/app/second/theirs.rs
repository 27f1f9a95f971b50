//! Orders of others that wait for a second person.

use std::sync::Arc;

use super::{Of, PASSED_ON_WITHIN, old, refuses, until, words};
use crate::app::journal::{self, Then};
use crate::app::notes::short;
use crate::app::obstacle::drifted;
use crate::app::{Effect, Note, State, bar, naming, stamp};
use crate::control::plan::moves;
use crate::domain::ids::{BlockKey, FeedId, OrderId, SiteId};
use crate::domain::journal::{Fact, SeenSite};
use crate::domain::link::Request;
use crate::domain::order::{Agreement, Countersign, Order, OrderKind};
use crate::domain::quality::{Concern, Quality};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Requests of one feed that are kept; a gateway passes on 32 at a time.
const MOST: usize = 64;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Theirs {
    /// The order, as its gateway passes it on.
    pub order: Order,
    /// What its issuer saw, as their console says.
    pub seen: Vec<SeenSite>,
}

/// An answer of this desk.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The order, with this desk's operator as its second person where he agrees.
    pub order: Order,
    /// Yes or no.
    pub agree: bool,
    /// Why not.
    pub why: Arc<str>,
}

/// One that has left, when, and over which feed.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    feed: FeedId,
    id: OrderId,
    agree: bool,
    at: Timestamp,
}

/// What an order would do at one site, as this console sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The site.
    pub site: SiteId,
    /// Blocks that are ordered.
    pub blocks: usize,
    /// Of them, blocks that no feed of this console shows.
    pub unknown: usize,
    /// What the site draws now; where that is not known, what those blocks do.
    pub now: Power,
    /// What would move.
    pub moved: Power,
    /// What their telemetry is worth.
    pub quality: Quality,
    /// What the issuer saw move; none where his console says nothing.
    pub seen: Option<Power>,
}

/// An order by site, in the order of its targets, as this console sees it now.
pub fn shares(state: &State, order: &Order, seen: &[SeenSite]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for target in &order.targets {
        let at = shares
            .iter()
            .position(|s| s.site == target.site)
            .unwrap_or_else(|| {
                let seen = seen.iter().find(|s| s.site == target.site);
                shares.push(Share {
                    site: target.site.clone(),
                    blocks: 0,
                    unknown: 0,
                    now: Power::ZERO,
                    moved: Power::ZERO,
                    quality: Quality::Good,
                    seen: seen.map(|s| s.moved),
                });
                shares.len() - 1
            });
        let share = &mut shares[at];
        share.blocks += 1;
        let key = BlockKey::new(&target.site, &target.block);
        if let Some(view) = state.fleet.block(&key) {
            share.now += view.block.power.unwrap_or(Power::ZERO);
            share.moved += moves(&view.block, order.kind, target.target);
            share.quality = share.quality.max(view.quality);
        } else {
            share.unknown += 1;
            share.quality = Quality::Bad;
        }
    }
    // A site is known by what it draws as a whole, where that is known, as in its issuer's preview.
    for share in &mut shares {
        let view = state.fleet.sites.get(&share.site);
        if let Some(whole) = view.and_then(|view| view.summary.power) {
            share.now = whole;
        }
    }
    shares
}

/// What an order would move, as this console sees it now.
pub fn moved(state: &State, order: &Order) -> Power {
    shares(state, order, &[]).iter().map(|s| s.moved).sum()
}

/// A gateway passes on another's request, or how it ended.
pub(super) fn heard(state: &mut State, feed: FeedId, asked: Countersign) -> Vec<Effect> {
    let key = (feed, asked.order.id);
    let by_whom = naming::person(state, &asked.order.issued_by).into_owned();
    let what = match &asked.agreement {
        Agreement::Asked => {
            let known = state.second.theirs.get(&key);
            if known.is_some_and(|known| known.order == asked.order) {
                return Vec::new();
            }
            let of_feed = state.second.theirs.keys().filter(|(f, _)| *f == feed);
            if known.is_none() && of_feed.count() >= MOST {
                return Vec::new();
            }
            if until(state, feed, &asked.order) <= state.now {
                return Vec::new();
            }
            let why = told!("own-request-changed", "the request has changed");
            close(state, key, why);
            let what = words(&asked.order, moved(state, &asked.order));
            let theirs = Theirs {
                order: asked.order,
                seen: asked.seen,
            };
            state.second.theirs.insert(key, theirs);
            state.say(told!(
                "own-asks",
                "{who} asks: {what}, by two persons: o opens",
                who = &*by_whom,
                what = what
            ));
            return Vec::new();
        }
        Agreement::Agreed { by, .. } => {
            let who = &*naming::person(state, by);
            told!("own-agreed", "{who} has agreed", who = who)
        }
        Agreement::Refused { by, why } => refuses(state, by, why),
        Agreement::Lapsed => told!("own-back-or-late", "called back, or too late"),
    };
    let sent = &mut state.second.answered;
    sent.retain(|s| (s.feed, s.id) != key);
    if state.second.theirs.remove(&key).is_none() {
        return Vec::new();
    }
    let sentence = of_another(state, &asked.order, what);
    close(state, key, sentence.clone());
    state.say(sentence.clone());
    state.note(Note::order(sentence));
    Vec::new()
}

/// What is said of another's order.
fn of_another(state: &State, order: &Order, what: Sentence) -> Sentence {
    told!(
        "own-of-another",
        "{who}'s order {id}: {what}",
        who = &*naming::person(state, &order.issued_by),
        id = &*short(order.id.0),
        what = what
    )
}

/// Closes the view of a request that is not what it was.
fn close(state: &mut State, (feed, id): (FeedId, OrderId), why: Sentence) {
    let of = Of::Theirs(feed, id);
    if state.second.view.as_ref().is_some_and(|v| v.of == of) {
        state.second.view = None;
        state.say(why);
    }
}

/// Requests of this feed that `has` does not know are gone.
pub(super) fn only(state: &mut State, feed: FeedId, has: &dyn Fn(OrderId) -> bool) {
    let gone: Vec<OrderId> = state
        .second
        .theirs
        .keys()
        .filter(|(f, id)| *f == feed && !has(*id))
        .map(|(_, id)| *id)
        .collect();
    for id in gone {
        state.second.theirs.remove(&(feed, id));
        let why = told!("own-gone-with-link", "the request is gone with its link");
        close(state, (feed, id), why);
    }
}

/// The least that a clock must be at fault to bar an order.
const fn least_clock(kind: OrderKind) -> Concern {
    match kind {
        OrderKind::Curtail => Concern::ClockWrong(i64::MIN),
        OrderKind::Restore => Concern::ClockSet,
    }
}

/// What stands against this desk's answering; against its agreeing, where `shown` was on the screen.
pub(super) fn bar(
    state: &State,
    feed: FeedId,
    theirs: &Theirs,
    shown: Option<Power>,
) -> Option<Sentence> {
    let order = &theirs.order;
    if let Some(why) = bar::bar(state, feed) {
        return Some(why);
    }
    if *order.issued_by == *state.desk.operator {
        return Some(told!(
            "same-person",
            "the second person must be another one"
        ));
    }
    let concern = state.feed(feed).map(|feed| feed.concern);
    if let Some(concern) = concern.filter(|concern| *concern >= least_clock(order.kind)) {
        return Some(told!(
            "own-its-clock",
            "the gateway's {what}",
            what = concern.sentence()
        ));
    }
    if until(state, feed, order) <= state.now {
        return Some(lapsed());
    }
    let shown = shown?;
    let shares = shares(state, order, &[]);
    let unknown: usize = shares.iter().map(|s| s.unknown).sum();
    if unknown > 0 {
        return Some(told!(
            "own-unseen-blocks",
            "{n} of its blocks are not seen from here",
            n = unknown
        ));
    }
    drifted(shares.iter().map(|s| s.moved).sum(), shown)
}

fn lapsed() -> Sentence {
    told!("own-lapsed", "the request has lapsed")
}

/// The person has answered: into the journal, then it leaves.
pub(super) fn answer(
    state: &mut State,
    feed: FeedId,
    theirs: &Theirs,
    agree: bool,
    why: &str,
) -> Vec<Effect> {
    let operator = state.desk.operator.clone();
    let order = Order {
        countersigned_by: agree.then(|| operator.clone()),
        countersigned_desk: stamp::desk(state, feed).filter(|_| agree),
        ..theirs.order.clone()
    };
    let fact = Fact::Answered {
        order: Box::new(order.clone()),
        agree,
        why: why.into(),
        moved: moved(state, &order),
    };
    let answer = Answer {
        order,
        agree,
        why: why.into(),
    };
    let then = Then::Answer(feed, Box::new(answer));
    journal::hold(state, &operator, vec![fact], then)
}

/// The journal has answered: the answer leaves, or it does not.
pub(in crate::app) fn leave(
    state: &mut State,
    feed: FeedId,
    answer: Answer,
    recorded: Result<(), &str>,
) -> Vec<Effect> {
    let id = answer.order.id;
    let what = match (recorded, answer.agree) {
        (Ok(()), true) => told!("own-agreement-leaves", "agreed, on its way"),
        (Ok(()), false) => told!("own-refusal-leaves", "refused, on its way"),
        (Err(why), true) => told!("own-not-agreed", "not agreed: {why}", why = why),
        (Err(why), false) => told!("own-not-refused", "not refused: {why}", why = why),
    };
    let sentence = of_another(state, &answer.order, what);
    state.say(sentence.clone());
    if recorded.is_err() {
        state.note(Note::order(sentence));
        return Vec::new();
    }
    state.second.answered.push(Sent {
        feed,
        id,
        agree: answer.agree,
        at: state.now,
    });
    let request = Request::CountersignAnswer {
        id,
        by: state.desk.operator.clone(),
        agree: answer.agree,
        why: answer.why,
        signature: None,
        order: answer.agree.then(|| Box::new(answer.order)),
    };
    vec![Effect::Send(feed, request)]
}

fn ended(state: &mut State, sent: &Sent, what: Sentence) -> Vec<Effect> {
    let id = &*short(sent.id.0);
    let sentence = if sent.agree {
        told!(
            "own-your-agreement",
            "your agreement to order {id}: {what}",
            id = id,
            what = what
        )
    } else {
        told!(
            "own-your-refusal",
            "your refusal to order {id}: {what}",
            id = id,
            what = what
        )
    };
    let fact = Fact::Note(sentence.english().clone());
    state.say(sentence.clone());
    state.note(Note::order(sentence));
    journal::write(state, vec![fact]).into_iter().collect()
}

/// The gateway does not take an answer.
pub(super) fn refused(
    state: &mut State,
    feed: FeedId,
    id: OrderId,
    why: &Sentence,
) -> Option<Vec<Effect>> {
    let sent = &mut state.second.answered;
    let at = sent.iter().position(|s| s.feed == feed && s.id == id)?;
    let sent = sent.remove(at);
    let what = told!("own-not-taken", "not taken: {why}", why = why.clone());
    Some(ended(state, &sent, what))
}

/// Requests that have lapsed, and answers that nobody passed on.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let over: Vec<(FeedId, OrderId)> = state
        .second
        .theirs
        .iter()
        .filter(|((feed, _), theirs)| until(state, *feed, &theirs.order) <= now)
        .map(|(key, _)| *key)
        .collect();
    for key in over {
        state.second.theirs.remove(&key);
        close(state, key, lapsed());
    }
    let (late, waiting) = std::mem::take(&mut state.second.answered)
        .into_iter()
        .partition(|sent| old(sent.at, now, PASSED_ON_WITHIN));
    state.second.answered = waiting;
    let late: Vec<Sent> = late;
    late.iter()
        .flat_map(|sent| {
            let what = told!("own-no-word", "no word of the gateway");
            ended(state, sent, what)
        })
        .collect()
}

/// The word that agrees: it names sites that may be taken for others, and the megawatts, or the blocks where nothing
/// measures them.
pub(super) fn word(state: &State, order: &Order, moved: Power) -> String {
    let figure = crate::app::curtail::figure(moved)
        .unwrap_or_else(|| format!("{} BLOCKS", order.targets.len()));
    let ordered = order.targets.iter().map(|target| &target.site);
    let instead = order.substitutes.iter().map(|key| &key.site);
    match state.fleet.words_of(ordered.chain(instead)) {
        Some(names) => format!("AGREE {names} {figure}"),
        None => format!("AGREE {figure}"),
    }
}
