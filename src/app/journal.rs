//! The journal as the console sees it: what is on its way there, what waits for it, and its last rows.
//!
//! Invariant: where a journal is kept, an order leaves only once it is durable there, and an answer is shown only once
//! it is, or marked where it can't be. What touches orders is done in the order in which it came, whatever waits for
//! the disk. Keys never wait.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::flood::Flood;
use super::{Effect, State, orders};
use crate::control::plan::Plan;
use crate::domain::ids::{FeedId, OrderId, SiteId};
use crate::domain::journal::{Entry, Fact, Figure, Head, Line, Seen, SeenSite};
use crate::domain::link::Item;
use crate::domain::order::OrderStatus;
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Rows that are shown.
pub const KEPT: usize = 2_000;
/// What waits for the disk longer than this goes on without it: an answer is shown, marked; an order is not sent.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Entries that could not be written are tried again after this.
const AGAIN: Duration = Duration::from_secs(5);
/// Entries that are kept for a journal that can't be written.
const OWED: usize = 10_000;
/// Of a feed that errs without end, one error in this time is written: a disk is not its to fill.
const ERRORS_APART: Duration = Duration::from_secs(10);

/// How the journal stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// None is kept here: pictures and trials only.
    #[default]
    Nowhere,
    /// It is being opened.
    Opening,
    /// What was written is durable.
    Durable,
    /// It can't be written, in one sentence.
    Broken(Arc<str>),
}

/// A journal that stands open.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Opened {
    /// Its file.
    pub file: Arc<str>,
    /// Its last rows, oldest first.
    pub lines: Vec<Line>,
    /// The emergency orders among them.
    #[serde(default)]
    pub left: Vec<super::emergency::Left>,
    /// Its last row.
    pub head: Head,
}

/// Entries that are durable.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recorded {
    /// As rows.
    pub lines: Vec<Line>,
    /// The last row with them.
    pub head: Head,
}

/// Entries that could not be written.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Unrecorded {
    /// Why, in one sentence.
    pub why: Arc<str>,
    /// They.
    pub entries: Vec<Entry>,
}

/// What is done once the journal has answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Then {
    /// These orders leave.
    Leave(Vec<OrderId>),
    /// A gateway's answer is shown.
    Status(FeedId, OrderStatus),
    /// A server's refusal is shown.
    Refused(OrderStatus),
    /// This act of authority leaves.
    Deed(FeedId, Box<crate::domain::deed::Deed>),
    /// The requests of this plan, named by its first order, leave.
    Ask(OrderId),
    /// This answer of the second person leaves.
    Answer(FeedId, Box<super::second::theirs::Answer>),
    /// These orders of an emergency have left already: they are marked where they are not in the journal.
    Emergency(Vec<OrderId>),
    /// This cancel leaves.
    Cancel(FeedId, OrderId),
    /// A link refused an order.
    NotSent(OrderId),
    /// This handover stands: it is written out.
    Handover(Box<crate::domain::handover::Signed>),
    /// A feed's link is live, or gone.
    Link(FeedId, bool),
    /// A note is said to be noted.
    Note,
}

#[derive(Debug, Clone, PartialEq)]
struct Held {
    ticket: u64,
    since: Timestamp,
    then: Then,
}

/// The journal.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    /// How it stands.
    pub standing: Standing,
    /// Its file, once it was opened.
    pub file: Option<Arc<str>>,
    /// Its last row.
    pub head: Option<Head>,
    /// Its last rows, oldest first, at most [`KEPT`].
    pub lines: VecDeque<Line>,
    /// Entries that could not be kept even here.
    pub lost: u64,
    ticket: u64,
    held: VecDeque<Held>,
    owed: VecDeque<Entry>,
    tried: Timestamp,
    /// When an error of each feed was written last.
    erred: BTreeMap<FeedId, Timestamp>,
    /// What each feed writes in this second.
    floods: BTreeMap<FeedId, Flood>,
}

impl Journal {
    /// One that is being opened.
    pub fn opening() -> Self {
        Self {
            standing: Standing::Opening,
            ..Self::default()
        }
    }

    /// Why no order may be given, where the journal can't be written.
    pub fn refuses(&self) -> Option<&Arc<str>> {
        match &self.standing {
            Standing::Broken(why) => Some(why),
            _ => None,
        }
    }

    /// Changes of alarms in the last second, of the feed that changes most; none where they are few.
    pub fn flood(&self) -> Option<u64> {
        let many = self.floods.values().filter(|flood| flood.is_flood());
        many.map(|flood| flood.last).max()
    }

    fn flood_of(&mut self, feed: FeedId, now: Timestamp) -> &mut Flood {
        self.floods.entry(feed).or_insert_with(|| Flood::new(now))
    }

    /// Entries that wait for a journal that can't be written.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }

    fn took(&mut self, lines: Vec<Line>, head: Head) {
        self.standing = Standing::Durable;
        self.head = Some(head);
        self.lines.extend(lines);
        let more = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..more);
    }

    fn owe(&mut self, entries: Vec<Entry>) {
        let is_emergency =
            |e: &Entry| matches!(&e.fact, Fact::Intent { order, .. } if order.emergency);
        let left = entries.iter().any(is_emergency);
        for entry in entries {
            // An order that could not be recorded is not sent: there is nothing to record. Those of an emergency have
            // left all the same.
            let unsent = matches!(
                entry.fact,
                Fact::Plan(_)
                    | Fact::Intent { .. }
                    | Fact::Asked { .. }
                    | Fact::Answered { .. }
                    | Fact::Handover(_)
                    | Fact::Takeover { .. }
            );
            if unsent && !left {
                continue;
            }
            if self.owed.len() == OWED {
                self.owed.pop_front();
                self.lost += 1;
            }
            self.owed.push_back(entry);
        }
    }
}

/// Facts of this moment as entries.
pub(super) fn entries(state: &State, actor: &str, facts: Vec<Fact>) -> Vec<Entry> {
    if facts.is_empty() {
        return Vec::new();
    }
    let actor: Arc<str> = Arc::from(actor);
    let at = state.now;
    let entry = |fact| Entry {
        at,
        actor: actor.clone(),
        fact,
    };
    facts.into_iter().map(entry).collect()
}

/// Sends entries on their way; nothing waits for them.
pub(super) fn emit(state: &mut State, entries: Vec<Entry>) -> Option<Effect> {
    if entries.is_empty() || state.journal.standing == Standing::Nowhere {
        return None;
    }
    state.journal.ticket += 1;
    Some(Effect::Journal {
        ticket: state.journal.ticket,
        entries,
    })
}

/// The operator's facts, which nothing waits for.
pub(super) fn write(state: &mut State, facts: Vec<Fact>) -> Option<Effect> {
    let operator = state.desk.operator.clone();
    let entries = entries(state, &operator, facts);
    emit(state, entries)
}

/// Does `then` once the facts are durable and all that came before is done.
pub(super) fn hold(state: &mut State, actor: &str, facts: Vec<Fact>, then: Then) -> Vec<Effect> {
    let entries = entries(state, actor, facts);
    let sent = emit(state, entries);
    if state.journal.standing == Standing::Nowhere
        || (sent.is_none() && state.journal.held.is_empty())
    {
        return done(state, then, Ok(()));
    }
    let since = state.now;
    let ticket = match (&sent, state.journal.held.back()) {
        (None, Some(last)) => last.ticket,
        _ => state.journal.ticket,
    };
    state.journal.held.push_back(Held {
        ticket,
        since,
        then,
    });
    sent.into_iter().collect()
}

/// Is this the last thing that is held of its order? None where nothing of it is held.
pub(super) fn said_last(state: &State, status: &OrderStatus) -> Option<bool> {
    let of = |held: &Held| match &held.then {
        Then::Status(_, held) if held.id == status.id => Some(held.clone()),
        _ => None,
    };
    let last = state.journal.held.iter().rev().find_map(of)?;
    Some(
        last.phase == status.phase
            && last.detail == status.detail
            && last.targets == status.targets,
    )
}

fn done(state: &mut State, then: Then, recorded: Result<(), &str>) -> Vec<Effect> {
    match (then, recorded) {
        (Then::Leave(ids), Ok(())) => orders::leave(state, &ids),
        (Then::Leave(ids), Err(why)) => orders::stay(state, &ids, why),
        (Then::Emergency(ids), _) => {
            super::emergency::journalled(state, &ids, recorded);
            Vec::new()
        }
        (Then::Status(feed, status), _) => orders::show(state, feed, status, recorded.is_ok()),
        (Then::Refused(status), _) => orders::show_refused(state, status, recorded.is_ok()),
        (Then::Deed(feed, deed), _) => super::deeds::leave(state, feed, *deed, recorded),
        (Then::Ask(id), _) => super::second::ours::asked(state, id, recorded),
        (Then::Answer(feed, answer), _) => {
            super::second::theirs::leave(state, feed, *answer, recorded)
        }
        // What calls back moves nothing: it leaves in any case.
        (Then::Cancel(feed, id), _) => super::cancel::leave(state, feed, id),
        (Then::NotSent(id), _) => orders::not_sent(state, id),
        (Then::Handover(signed), _) => super::handover::recorded(state, signed, recorded),
        (Then::Link(feed, live), _) => orders::link(state, feed, live),
        (Then::Note, _) => {
            super::remark::recorded(state, recorded);
            Vec::new()
        }
    }
}

/// The journal stands open, or does not.
pub(super) fn opened(state: &mut State, outcome: Result<Box<Opened>, Arc<str>>) {
    match outcome {
        Ok(opened) => {
            let again = state.journal.refuses().is_some();
            state.journal.file = Some(opened.file);
            state.journal.lines.clear();
            state.journal.took(opened.lines, opened.head);
            super::emergency::told(state, opened.left);
            if again {
                state.say(super::notice::What::JournalAgain);
            }
        }
        Err(why) => broken(state, &why),
    }
}

/// Says once that the journal can't be written, and owes it a row about that.
fn broken(state: &mut State, why: &Arc<str>) {
    let standing = Standing::Broken(why.clone());
    if state.journal.standing == standing {
        return;
    }
    state.journal.standing = standing;
    state.journal.tried = state.now;
    state.say(super::notice::What::NoOrdersLeave(why.to_string().into()));
    let fact = Fact::Note(format!("the journal could not be written: {why}").into());
    let operator = state.desk.operator.clone();
    let entries = entries(state, &operator, vec![fact]);
    state.journal.owe(entries);
}

/// The journal has answered.
pub(super) fn journalled(
    state: &mut State,
    ticket: u64,
    outcome: Result<Box<Recorded>, Box<Unrecorded>>,
) -> Vec<Effect> {
    let recorded = match outcome {
        Ok(recorded) => {
            if state.journal.refuses().is_some() {
                state.say(super::notice::What::JournalAgain);
            }
            state.journal.took(recorded.lines, recorded.head);
            Ok(())
        }
        Err(unrecorded) => {
            broken(state, &unrecorded.why);
            state.journal.owe(unrecorded.entries);
            Err(unrecorded.why)
        }
    };
    let mut effects = Vec::new();
    while let Some(held) = state
        .journal
        .held
        .pop_front_if(|held| held.ticket <= ticket)
    {
        let outcome = recorded.as_ref().copied().map_err(|why| &**why);
        effects.extend(done(state, held.then, outcome));
    }
    effects
}

/// Time has passed: what has waited too long goes on without the journal, and what it is owed is tried again.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let mut effects = of_floods(state);
    while let Some(held) = state
        .journal
        .held
        .pop_front_if(|held| held.since.age(now) >= PATIENCE || now < held.since)
    {
        let why = "the journal's disk does not answer";
        effects.extend(done(state, held.then, Err(why)));
    }
    let journal = &mut state.journal;
    let due = journal.tried.age(now) >= AGAIN || now < journal.tried;
    if !journal.owed.is_empty() && due {
        journal.tried = now;
        let owed: Vec<Entry> = journal.owed.drain(..).collect();
        effects.extend(emit(state, owed));
    }
    effects
}

/// What the operator has before him when he confirms a plan.
pub(super) fn seen(state: &State, plan: &Plan) -> Seen {
    let totals = state.totals();
    let quality = |id: &SiteId| {
        let view = state.fleet.sites.get(id);
        view.map_or(Quality::Bad, |view| view.summary.quality)
    };
    let mut sites: BTreeMap<&SiteId, Power> = BTreeMap::new();
    for part in &plan.moves {
        *sites.entry(&part.key.site).or_insert(Power::ZERO) += part.moved;
    }
    let sites: Vec<SeenSite> = sites
        .into_iter()
        .map(|(site, moved)| SeenSite {
            site: site.clone(),
            moved,
            quality: quality(site),
        })
        .collect();
    let worst = sites.iter().map(|s| s.quality).max().unwrap_or_default();
    let of_nation = if totals.stale > 0 {
        Quality::Stale
    } else {
        Quality::Good
    };
    let hashrate: f64 = plan.moves.iter().map(|m| m.hashrate.hs()).sum();
    let seconds = i64::try_from(plan.ask.within.as_secs()).unwrap_or(i64::MAX);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let figure = |name: &'static str, value, quality| Figure {
        name: name.into(),
        value,
        quality,
    };
    Seen {
        plan: plan.hash,
        figures: vec![
            figure("wanted_w", plan.wanted.watts(), Quality::Good),
            figure("moved_w", plan.moved.watts(), worst),
            figure("within_s", seconds, Quality::Good),
            figure("hashrate_ghs", (hashrate / 1e9) as i64, worst),
            figure("mining_w", totals.power().watts(), of_nation),
            figure("sites", count(totals.sites), of_nation),
            figure("sites_stale", count(totals.stale), Quality::Good),
        ],
        sites,
        excluded: plan
            .excluded
            .iter()
            .map(|e| (e.key.clone(), e.reasons.clone()))
            .collect(),
    }
}

/// What a feed complains of.
pub(super) fn of_error(state: &mut State, feed: FeedId, sentence: &str) -> Option<Effect> {
    let now = state.now;
    let last = state.journal.erred.get(&feed);
    if last.is_some_and(|at| *at <= now && at.age(now) < ERRORS_APART) {
        return None;
    }
    state.journal.erred.insert(feed, now);
    let label = state
        .feed(feed)
        .map_or_else(|| "".into(), |f| f.label.clone());
    let entries = entries(state, &label, vec![Fact::Note(sentence.into())]);
    emit(state, entries)
}

/// Alarms of a feed that are not as they were, as far as it may write them.
pub(super) fn of_alarms(state: &mut State, index: usize, items: &[Item]) -> Vec<Entry> {
    let feed = &state.feeds[index];
    let flood = state.journal.flood_of(feed.id, state.now);
    let news = items.iter().filter_map(|item| match item {
        Item::Alarm(alarm) => {
            let known = state.alarms.get(&(feed.id, alarm.id.clone()));
            // One that went and came again between two messages is another occurrence.
            let facts = |a: &crate::domain::alarm::Alarm| (a.state, a.priority, a.occurrence);
            let same = known.is_some_and(|known| facts(known) == facts(alarm));
            (!same && flood.takes(alarm)).then(|| Fact::Alarm {
                feed: feed.label.clone(),
                alarm: alarm.clone(),
            })
        }
        _ => None,
    });
    let (news, label) = (news.collect(), feed.label.clone());
    entries(state, &label, news)
}

/// Seconds are over: what of each feed has waited.
fn of_floods(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    for index in 0..state.feeds.len() {
        let (id, label) = (state.feeds[index].id, state.feeds[index].label.clone());
        let now = state.now;
        let facts = state.journal.flood_of(id, now).over(&label, now);
        let entries = entries(state, &label, facts);
        effects.extend(emit(state, entries));
    }
    effects
}

/// Changes of authority and of tags in what a feed says.
pub(super) fn of_fleet(state: &mut State, index: usize, items: &[Item]) -> Vec<Entry> {
    let feed = &state.feeds[index];
    let mut facts = Vec::new();
    for item in items {
        match item {
            Item::Site(site) => {
                let known = state
                    .fleet
                    .sites
                    .get(&site.id)
                    .filter(|v| v.feed == feed.id);
                if known.is_some_and(|v| v.site.authority != site.authority) {
                    facts.push(Fact::Authority {
                        site: site.id.clone(),
                        holder: site.authority.holder.clone(),
                        epoch: site.authority.epoch,
                    });
                }
            }
            Item::Block(block) => {
                let owned = state
                    .fleet
                    .sites
                    .get(&block.site)
                    .filter(|v| v.feed == feed.id);
                let Some(known) = owned.and_then(|v| v.blocks.get(&block.id)) else {
                    continue;
                };
                if known.block.tags == block.tags {
                    continue;
                }
                let (before, after) = (&known.block.tags, &block.tags);
                let gone = before.iter().filter(|t| !after.contains(t));
                let new = after.iter().filter(|t| !before.contains(t));
                for (tag, hung) in gone.map(|t| (t, false)).chain(new.map(|t| (t, true))) {
                    facts.push(Fact::Tag {
                        block: block.key(),
                        tag: tag.clone(),
                        hung,
                    });
                }
            }
            _ => {}
        }
    }
    let id = feed.id;
    limited(state, id, facts)
}

/// Facts of a feed beside its alarms, as far as it may write them.
fn limited(state: &mut State, feed: FeedId, mut facts: Vec<Fact>) -> Vec<Entry> {
    let label = state.feed(feed).map(|feed| feed.label.clone());
    let flood = state.journal.flood_of(feed, state.now);
    facts.retain(|_| flood.takes_other());
    entries(state, &label.unwrap_or_default(), facts)
}

/// The same, sent on their way.
pub(super) fn of_feed(state: &mut State, feed: FeedId, facts: Vec<Fact>) -> Option<Effect> {
    let entries = limited(state, feed, facts);
    emit(state, entries)
}
