//! Orders of others that wait for a second person.

use std::sync::Arc;

use super::{Of, PASSED_ON_WITHIN, old, until, words};
use crate::app::journal::{self, Then};
use crate::app::notes::short;
use crate::app::{Effect, Note, State, naming, stamp};
use crate::control::plan::moves;
use crate::domain::ids::{BlockKey, FeedId, OrderId, SiteId};
use crate::domain::journal::{Fact, SeenSite};
use crate::domain::link::Request;
use crate::domain::order::{Agreement, Countersign, Order, OrderKind};
use crate::domain::quality::{Concern, Quality};
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
    let sentence = match &asked.agreement {
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
            close(state, key, "the request has changed");
            let what = words(&asked.order, moved(state, &asked.order));
            let theirs = Theirs {
                order: asked.order,
                seen: asked.seen,
            };
            state.second.theirs.insert(key, theirs);
            state.say(&format!("{by_whom} asks: {what}, by two persons: o opens"));
            return Vec::new();
        }
        Agreement::Agreed { by, .. } => format!("{} has agreed", naming::person(state, by)),
        Agreement::Refused { by, why } => {
            format!("{} refuses: {why}", naming::person(state, by))
        }
        Agreement::Lapsed => "called back, or too late".to_owned(),
    };
    let sent = &mut state.second.answered;
    sent.retain(|s| (s.feed, s.id) != key);
    if state.second.theirs.remove(&key).is_none() {
        return Vec::new();
    }
    let sentence = format!("{by_whom}'s order {}: {sentence}", short(asked.order.id.0));
    close(state, key, &sentence);
    state.say(&sentence);
    state.note(Note::order(&sentence));
    Vec::new()
}

/// Closes the view of a request that is not what it was.
fn close(state: &mut State, (feed, id): (FeedId, OrderId), why: &str) {
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
        close(state, (feed, id), "the request is gone with its link");
    }
}

/// What the megawatts may differ by between the question and the answer: a tenth, meters being what they are.
const DRIFT: i64 = 10;
/// Less than this is no difference.
const NO_DRIFT: Power = Power::from_watts(100_000);

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
) -> Option<String> {
    let order = &theirs.order;
    if state.desk.read_only {
        return Some("this console may only look (--read-only)".to_owned());
    }
    if *order.issued_by == *state.desk.operator {
        return Some("the second person must be another one".to_owned());
    }
    if let Some(why) = state.journal.refuses() {
        return Some(format!("nothing leaves unrecorded: {why}"));
    }
    match state.feed(feed).filter(|feed| feed.is_live()) {
        None => return Some("the feed is down".to_owned()),
        Some(feed) if feed.skew.is_none() => {
            return Some("the gateway's clock is not measured yet".to_owned());
        }
        Some(feed) if feed.concern >= least_clock(order.kind) => {
            return Some(format!("the gateway's {}", feed.concern.sentence()));
        }
        Some(_) => {}
    }
    if until(state, feed, order) <= state.now {
        return Some("the request has lapsed".to_owned());
    }
    let shown = shown?;
    let shares = shares(state, order, &[]);
    let unknown: usize = shares.iter().map(|s| s.unknown).sum();
    if unknown > 0 {
        return Some(format!("{unknown} of its blocks are not seen from here"));
    }
    let now: Power = shares.iter().map(|s| s.moved).sum();
    let apart = (now - shown).watts().abs();
    (apart > (shown.watts() / DRIFT).max(NO_DRIFT.watts())).then(|| {
        format!(
            "it would move {:.1} MW now, not {:.1}",
            now.megawatts(),
            shown.megawatts()
        )
    })
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
    let verb = if answer.agree { "agreed" } else { "refused" };
    if let Err(why) = recorded {
        let by_whom = naming::person(state, &answer.order.issued_by);
        let sentence = format!("{by_whom}'s order {}: not {verb}: {why}", short(id.0));
        state.say(&sentence);
        state.note(Note::order(&sentence));
        return Vec::new();
    }
    let by_whom = naming::person(state, &answer.order.issued_by);
    let sentence = format!("{by_whom}'s order {}: {verb}, on its way", short(id.0));
    state.say(&sentence);
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

fn ended(state: &mut State, sent: &Sent, what: &str) -> Vec<Effect> {
    let verb = if sent.agree { "agreement" } else { "refusal" };
    let sentence = format!("your {verb} to order {}: {what}", short(sent.id.0));
    state.say(&sentence);
    state.note(Note::order(&sentence));
    let fact = Fact::Note(sentence.into());
    journal::write(state, vec![fact]).into_iter().collect()
}

/// The gateway does not take an answer.
pub(super) fn refused(
    state: &mut State,
    feed: FeedId,
    id: OrderId,
    why: &str,
) -> Option<Vec<Effect>> {
    let sent = &mut state.second.answered;
    let at = sent.iter().position(|s| s.feed == feed && s.id == id)?;
    let sent = sent.remove(at);
    Some(ended(state, &sent, &format!("not taken: {why}")))
}

/// Requests that have lapsed, and answers that nobody passed on.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let lapsed: Vec<(FeedId, OrderId)> = state
        .second
        .theirs
        .iter()
        .filter(|((feed, _), theirs)| until(state, *feed, &theirs.order) <= now)
        .map(|(key, _)| *key)
        .collect();
    for key in lapsed {
        state.second.theirs.remove(&key);
        close(state, key, "the request has lapsed");
    }
    let (late, waiting) = std::mem::take(&mut state.second.answered)
        .into_iter()
        .partition(|sent| old(sent.at, now, PASSED_ON_WITHIN));
    state.second.answered = waiting;
    let late: Vec<Sent> = late;
    late.iter()
        .flat_map(|sent| ended(state, sent, "no word of the gateway"))
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
