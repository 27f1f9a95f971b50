//! Orders of this desk that wait for their second person.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PASSED_ON_WITHIN, REMEMBERED, WAIT, bound, longer, old, refuses, words};
use crate::app::journal::{self, Then};
use crate::app::notes::short;
use crate::app::obstacle::obstacle;
use crate::app::{Effect, Note, State, delivery, naming, orders};
use crate::control::order::Record;
use crate::control::plan::{Move, Plan};
use crate::domain::ids::{FeedId, GatewayId, OrderId};
use crate::domain::journal::{Fact, SecondWord, SeenSite};
use crate::domain::link::Request;
use crate::domain::order::{Agreement, Countersign, Order};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// How one order of a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Its gateway wants one signature: it waits for the others.
    Free,
    /// The request is on its way into the journal.
    Recording,
    /// The request has left, then.
    Sent(Timestamp),
    /// The gateway has passed it on.
    Asked,
    /// A second person has agreed.
    Agreed,
}

/// One gateway's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The feed that it leaves by.
    pub feed: FeedId,
    /// The order; with its second person once one has agreed.
    pub order: Order,
    /// What it should move.
    pub wanted: Power,
    /// What the issuer saw of its sites.
    pub seen: Vec<SeenSite>,
    /// How it stands.
    pub stands: Stands,
}

/// A confirmed plan that waits. Its orders leave together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The plan.
    pub plan: Plan,
    /// Its orders.
    pub parts: Vec<Part>,
    /// Since when.
    pub since: Timestamp,
    /// Until when, by this console's clock.
    pub until: Timestamp,
}

impl Waiting {
    /// The order that it is named after.
    pub fn id(&self) -> OrderId {
        self.parts.first().map_or(OrderId(0), |part| part.order.id)
    }

    /// The plan in a few words.
    pub fn words(&self) -> Sentence {
        match self.parts.as_slice() {
            [part] => words(&part.order, part.wanted),
            _ => self
                .whole()
                .map_or_else(Sentence::default, |all| words(&all, self.plan.moved)),
        }
    }

    /// Its orders as if they were one, to be looked at.
    pub fn whole(&self) -> Option<Order> {
        let first = self.parts.first()?.order.clone();
        let parts = || self.parts.iter().map(|part| &part.order);
        Some(Order {
            targets: parts().flat_map(|o| o.targets.clone()).collect(),
            substitutes: parts().flat_map(|o| o.substitutes.clone()).collect(),
            extra_max: parts().map(|o| o.extra_max).sum(),
            ..first
        })
    }
}

/// A request that is over.
#[derive(Debug, Clone)]
pub(super) struct Over {
    feed: FeedId,
    id: OrderId,
    /// The link was gone: it is called back when it is there again.
    owed: bool,
}

/// Which plan, and which order of it.
pub(super) fn place(state: &State, feed: FeedId, id: OrderId) -> Option<(usize, usize)> {
    let plans = state.second.ours.iter().enumerate();
    plans.into_iter().find_map(|(at, waiting)| {
        let of = |part: &Part| part.feed == feed && part.order.id == id;
        waiting.parts.iter().position(of).map(|part| (at, part))
    })
}

/// The confirmed plan waits: its requests leave once they are in the journal.
pub(in crate::app) fn ask(
    state: &mut State,
    plan: Plan,
    groups: BTreeMap<(FeedId, GatewayId), Vec<Move>>,
    ids: Vec<OrderId>,
) -> Vec<Effect> {
    let two = bound(state, &plan).map_or_else(Default::default, |bound| bound.gateways);
    let seen = journal::seen(state, &plan);
    let mut parts = Vec::new();
    for (((feed, gateway), moves), id) in groups.into_iter().zip(ids) {
        let needs = two.contains(&(feed, gateway.clone()));
        let wanted = moves.iter().map(|m| m.moved).sum();
        let mut order = orders::made(state, &plan, feed, gateway, &moves, id);
        order.expires_at = order.expires_at + longer();
        let of_order = |site: &&SeenSite| order.targets.iter().any(|t| t.site == site.site);
        parts.push(Part {
            feed,
            wanted,
            seen: seen.sites.iter().filter(of_order).cloned().collect(),
            stands: if needs {
                Stands::Recording
            } else {
                Stands::Free
            },
            order,
        });
    }
    let mut facts = vec![Fact::Plan(Box::new(seen))];
    facts.extend(parts.iter().map(|part| Fact::Asked {
        order: Box::new(part.order.clone()),
        wanted: part.wanted,
    }));
    let waiting = Waiting {
        plan,
        parts,
        since: state.now,
        until: state.now + WAIT,
    };
    let id = waiting.id();
    state.second.ours.push(waiting);
    state.nav.marked_sites.clear();
    state.nav.marked_blocks.clear();
    let operator = state.desk.operator.clone();
    journal::hold(state, &operator, facts, Then::Ask(id))
}

/// The journal has answered: the requests leave, or nothing is asked.
pub(in crate::app) fn asked(
    state: &mut State,
    id: OrderId,
    recorded: Result<(), &str>,
) -> Vec<Effect> {
    let now = state.now;
    let Some(at) = state.second.ours.iter().position(|w| w.id() == id) else {
        return Vec::new();
    };
    if let Err(why) = recorded {
        let why = told!("own-not-journaled", "not in the journal: {why}", why = why);
        return end(state, at, SecondWord::NotSent, None, why);
    }
    let waiting = &mut state.second.ours[at];
    let mut effects = Vec::new();
    for part in &mut waiting.parts {
        if part.stands == Stands::Recording {
            part.stands = Stands::Sent(now);
            let order = Box::new(part.order.clone());
            let request = Request::CountersignRequest(order, part.seen.clone());
            effects.push(Effect::Send(part.feed, request));
        }
    }
    let sentence = told!(
        "own-waits-second",
        "waits for a second person: {what} (order {id})",
        what = waiting.words(),
        id = &*short(id.0)
    );
    state.say(sentence.clone());
    state.note(Note::order(sentence));
    effects
}

/// The word of a gateway about one of ours.
pub(super) fn heard(state: &mut State, feed: FeedId, asked: Countersign) -> Vec<Effect> {
    let Some((at, which)) = place(state, feed, asked.order.id) else {
        return Vec::new();
    };
    let part = &state.second.ours[at].parts[which];
    if matches!(
        part.stands,
        Stands::Agreed | Stands::Recording | Stands::Free
    ) {
        return Vec::new();
    }
    if asked.order.plan != part.order.plan || bare(&asked.order) != bare(&part.order) {
        let why = told!(
            "own-shows-another",
            "the gateway shows another order than was asked for"
        );
        return end(state, at, SecondWord::NotSent, None, why);
    }
    match asked.agreement {
        Agreement::Asked => {
            state.second.ours[at].parts[which].stands = Stands::Asked;
            Vec::new()
        }
        Agreement::Agreed {
            by,
            desk,
            signature,
        } => agreed(state, (at, which), &by, desk, signature),
        Agreement::Refused { by, why } => {
            state.second.ours[at].parts[which].stands = Stands::Agreed;
            let words = refuses(state, &by, &why);
            end(state, at, SecondWord::Refused, Some(&by), words)
        }
        Agreement::Lapsed => {
            state.second.ours[at].parts[which].stands = Stands::Agreed;
            end(state, at, SecondWord::Lapsed, None, nobody())
        }
    }
}

fn nobody() -> Sentence {
    told!("own-nobody-agreed", "nobody has agreed in time")
}

fn bare(order: &Order) -> Order {
    Order {
        countersigned_by: None,
        countersigned_desk: None,
        signature: None,
        countersignature: None,
        ..order.clone()
    }
}

/// 64 bytes in hexadecimal. Whose they are the gateway knows, which holds the roll.
fn is_signature(text: &str) -> bool {
    text.len() == 128 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn agreed(
    state: &mut State,
    (at, which): (usize, usize),
    by: &Arc<str>,
    desk: Option<Arc<str>>,
    signature: Option<Arc<str>>,
) -> Vec<Effect> {
    let waiting = &mut state.second.ours[at];
    let part = &mut waiting.parts[which];
    let sound = signature.as_deref().is_some_and(is_signature);
    if **by == *part.order.issued_by || by.trim().is_empty() || !sound {
        part.stands = Stands::Agreed;
        let why = if sound {
            told!("same-person", "the second person must be another one")
        } else {
            told!(
                "own-no-signature",
                "what came as an agreement bears no signature"
            )
        };
        return end(state, at, SecondWord::NotSent, Some(by), why);
    }
    part.order.countersigned_by = Some(by.clone());
    part.order.countersigned_desk = desk;
    part.order.countersignature = signature;
    part.stands = Stands::Agreed;
    let mut facts = vec![Fact::Second {
        id: part.order.id,
        plan: part.order.plan,
        word: SecondWord::Agreed,
        by: Some(by.clone()),
        why: "".into(),
    }];
    let ready = |part: &Part| matches!(part.stands, Stands::Agreed | Stands::Free);
    let all = waiting.parts.iter().all(ready);
    if all && let Some(why) = bar(state, at) {
        let mut effects: Vec<Effect> = journal::write(state, facts).into_iter().collect();
        let why = told!(
            "own-agreed-but",
            "{who} has agreed, but {why}",
            who = &*naming::person(state, by),
            why = why
        );
        effects.extend(end(state, at, SecondWord::NotSent, None, why));
        return effects;
    }
    if !all {
        state.say(told!(
            "own-agreed-others",
            "{who} has agreed; others are still asked",
            who = &*naming::person(state, by)
        ));
        return journal::write(state, facts).into_iter().collect();
    }
    let waiting = state.second.ours.remove(at);
    let sentence = told!(
        "own-agreed-leaves",
        "order {id}: {what}: {who} has agreed: it leaves",
        id = &*short(waiting.id().0),
        what = waiting.words(),
        who = &*naming::person(state, by)
    );
    let mut leaving = Vec::new();
    for part in waiting.parts {
        over(state, part.feed, part.order.id, false);
        facts.push(Fact::Intent {
            order: Box::new(part.order.clone()),
            wanted: part.wanted,
        });
        leaving.push(part.order.id);
        let record = Record::recording(part.order, part.feed, part.wanted, state.now);
        state.orders.push(delivery::with_before(state, record));
    }
    orders::trim(state);
    orders::pending(state);
    state.say(sentence.clone());
    state.note(Note::order(sentence));
    let operator = state.desk.operator.clone();
    journal::hold(state, &operator, facts, Then::Leave(leaving))
}

/// What speaks against its leaving now: minutes have passed since it was confirmed.
fn bar(state: &State, at: usize) -> Option<Sentence> {
    let waiting = &state.second.ours[at];
    if state.now >= waiting.until {
        return Some(told!("own-too-late", "too late"));
    }
    if let Some(obstacle) = obstacle(state, &waiting.plan) {
        return Some(obstacle);
    }
    let targets = waiting.parts.iter().flat_map(|part| &part.order.targets);
    for target in targets {
        let view = state.fleet.sites.get(&target.site)?;
        if target.site_seq <= view.site.site_seq || target.site_seq < view.used_seq {
            return Some(told!(
                "own-ordered-since",
                "{site} has had another order since",
                site = &view.site.name
            ));
        }
    }
    None
}

/// It will not leave. What was asked is called back, where it can be.
fn end(
    state: &mut State,
    at: usize,
    word: SecondWord,
    by: Option<&Arc<str>>,
    why: Sentence,
) -> Vec<Effect> {
    let waiting = state.second.ours.remove(at);
    let live = state.live();
    let mut effects = Vec::new();
    let mut facts = Vec::new();
    for part in &waiting.parts {
        let open = matches!(part.stands, Stands::Sent(_) | Stands::Asked);
        let reached = live.contains(&part.feed);
        if open && reached {
            let request = Request::OrderCancel(part.order.id);
            effects.push(Effect::Send(part.feed, request));
        }
        over(state, part.feed, part.order.id, open && !reached);
        facts.push(Fact::Second {
            id: part.order.id,
            plan: part.order.plan,
            word,
            by: by.cloned(),
            why: why.english().clone(),
        });
    }
    let sentence = told!(
        "own-request-ended",
        "order {id}: {what}: not sent: {why}",
        id = &*short(waiting.id().0),
        what = waiting.words(),
        why = why
    );
    state.say(sentence.clone());
    state.note(Note::order(sentence));
    effects.extend(journal::write(state, facts));
    effects
}

fn over(state: &mut State, feed: FeedId, id: OrderId, owed: bool) {
    let all = &mut state.second.over;
    all.push_back(Over { feed, id, owed });
    while all.len() > REMEMBERED {
        all.pop_front();
    }
}

/// The person calls a request back.
pub(super) fn call_back(state: &mut State, id: OrderId) -> Vec<Effect> {
    match state.second.ours.iter().position(|w| w.id() == id) {
        Some(at) => {
            let why = told!("own-called-back", "called back");
            end(state, at, SecondWord::CalledBack, None, why)
        }
        None => Vec::new(),
    }
}

/// The console ends: whatever waits is called back.
pub(in crate::app) fn call_back_all(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    while !state.second.ours.is_empty() {
        let why = told!("own-console-ended", "this console was ended");
        effects.extend(end(state, 0, SecondWord::CalledBack, None, why));
    }
    effects
}

/// What could not be called back while the link was gone.
pub(super) fn call_back_owed(state: &mut State, feed: FeedId) -> Vec<Effect> {
    let mut effects = Vec::new();
    for over in &mut state.second.over {
        if over.feed == feed && std::mem::take(&mut over.owed) {
            effects.push(Effect::Send(feed, Request::OrderCancel(over.id)));
        }
    }
    effects
}

/// A word about an order of this operator that does not wait here any more, or never did.
pub(super) fn late(state: &mut State, feed: FeedId, asked: &Countersign) -> Vec<Effect> {
    let id = asked.order.id;
    let sent = state.orders.iter().any(|r| r.order.id == id);
    let ended = state
        .second
        .over
        .iter()
        .any(|o| o.feed == feed && o.id == id);
    if let Agreement::Agreed { by, .. } = &asked.agreement
        && ended
        && !sent
    {
        let sentence = told!(
            "own-agreed-late",
            "order {id}: {who}'s agreement came too late: nothing was sent",
            id = &*short(id.0),
            who = &*naming::person(state, by)
        );
        if state
            .said
            .as_ref()
            .is_none_or(|(_, said)| **said != *sentence)
        {
            let fact = Fact::Note(sentence.english().clone());
            state.say(sentence.clone());
            state.note(Note::order(sentence));
            return journal::write(state, vec![fact]).into_iter().collect();
        }
    }
    Vec::new()
}

/// A snapshot lacks what the gateway had passed on before: it has forgotten.
pub(super) fn only(state: &mut State, feed: FeedId, has: &dyn Fn(OrderId) -> bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    let gone =
        |part: &Part| part.feed == feed && part.stands == Stands::Asked && !has(part.order.id);
    while let Some(at) = state
        .second
        .ours
        .iter()
        .position(|w| w.parts.iter().any(gone))
    {
        let why = told!("own-forgotten", "the gateway knows nothing of it any more");
        effects.extend(end(state, at, SecondWord::NotSent, None, why));
    }
    effects
}

/// A link is gone, and with it what waited there.
pub(super) fn lost(state: &mut State, feed: FeedId) -> Vec<Effect> {
    let mut effects = Vec::new();
    while let Some(at) = state
        .second
        .ours
        .iter()
        .position(|w| w.parts.iter().any(|part| part.feed == feed))
    {
        let why = told!("own-link-lost", "the link was lost while it waited");
        effects.extend(end(state, at, SecondWord::NotSent, None, why));
    }
    effects
}

/// The gateway does not take a request. What comes about one that is over is no news.
pub(super) fn refused(
    state: &mut State,
    feed: FeedId,
    id: OrderId,
    why: &Sentence,
) -> Option<Vec<Effect>> {
    if let Some((at, which)) = place(state, feed, id) {
        // Nothing stands there that could be called back.
        state.second.ours[at].parts[which].stands = Stands::Free;
        return Some(end(state, at, SecondWord::NotSent, None, why.clone()));
    }
    let of = |over: &&Over| over.feed == feed && over.id == id;
    let left = state.orders.iter().any(|r| r.order.id == id);
    (!left && state.second.over.iter().any(|over| of(&over))).then(Vec::new)
}

/// What has waited too long.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let mut effects = Vec::new();
    for at in (0..state.second.ours.len()).rev() {
        let waiting = &state.second.ours[at];
        let unheard = waiting.parts.iter().any(
            |part| matches!(part.stands, Stands::Sent(sent) if old(sent, now, PASSED_ON_WITHIN)),
        );
        if now >= waiting.until || now < waiting.since {
            effects.extend(end(state, at, SecondWord::Lapsed, None, nobody()));
        } else if unheard {
            let why = told!(
                "own-not-passed-on",
                "the gateway has not passed the request on"
            );
            effects.extend(end(state, at, SecondWord::NotSent, None, why));
        }
    }
    effects
}
