//! Alarms of the gateways and of this console itself, in one list: raised by [`causes`] after their delays, grouped by
//! [`list`], counted by [`rates`], acknowledged, shelved and taken out of service by [`deeds`].
//!
//! The console's own alarms stand in [`State::alarms`] beside the gateways', under [`OWN`]: whoever counts or draws
//! alarms knows one kind only.

pub mod causes;
pub mod deeds;
pub mod heard;
pub mod list;
pub mod rates;
pub mod table;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::{Effect, State, incoming, journal};
use crate::control::alarm::{self, Event, Level, Life};
use crate::domain::alarm::{Alarm, AlarmState};
use crate::domain::ids::{AlarmId, BlockId, FeedId, SiteId};
use crate::domain::journal::Fact;
use crate::domain::sentence::Sentence;
use crate::domain::time::Timestamp;
use causes::Cause;
use table::Definition;

/// The console's own alarms stand under this id; no configured feed has it.
pub const OWN: FeedId = FeedId(u16::MAX);
/// The console as the one who raises alarms, in the journal.
pub const OWN_LABEL: &str = "this console";
/// The console's own alarms that may stand at once.
const MAX_OWN: usize = super::MAX_ALARMS;
/// Causes are looked at so often; delays are counted in seconds.
const LOOK: Duration = Duration::from_secs(1);

/// An alarm, unique at this console.
pub type Key = (FeedId, AlarmId);

/// What a desk may configure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The bell and a notification for alarms of the top priority.
    pub call: bool,
    /// An alarm may be shelved for so long.
    pub longest_shelf: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            call: true,
            longest_shelf: Duration::from_hours(8),
        }
    }
}

/// What an alarm is about, whichever occurrence of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    feed: FeedId,
    kind: Arc<str>,
    site: Option<SiteId>,
    block: Option<BlockId>,
    /// Of the console's own: the id, which is the same each time.
    id: Option<AlarmId>,
}

impl Subject {
    /// Of this alarm; a gateway that names no kind is known by its words less their figures.
    pub fn of(feed: FeedId, alarm: &Alarm) -> Self {
        Self {
            feed,
            kind: list::sort_of(alarm),
            site: alarm.site.clone(),
            block: alarm.block.clone(),
            id: (feed == OWN).then(|| alarm.id.clone()),
        }
    }
}

/// An alarm out of service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Out {
    /// Since when.
    pub since: Timestamp,
    /// By whom.
    pub by: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
    /// The alarm as it stood then.
    pub alarm: Alarm,
}

/// One line of an alarm's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// When, by this console's clock.
    pub at: Timestamp,
    /// What.
    pub what: Arc<str>,
}

#[derive(Debug, Clone)]
struct Own {
    life: Life,
    definition: &'static Definition,
    site: Option<SiteId>,
    block: Option<BlockId>,
    text: Sentence,
}

/// All that this console knows of alarms beside the alarms themselves.
#[derive(Debug, Clone, Default)]
pub struct Alarming {
    /// What the desk has configured.
    pub settings: Settings,
    /// Which part of the list is shown.
    pub view: list::View,
    /// Floods that are shown alarm by alarm.
    pub expanded: BTreeSet<Arc<str>>,
    /// What is being asked of the person.
    pub prompt: Option<deeds::Prompt>,
    /// Alarms that are out of service here.
    pub out: BTreeMap<Subject, Out>,
    own: BTreeMap<AlarmId, Own>,
    suppressed: BTreeSet<Key>,
    history: BTreeMap<Key, VecDeque<Past>>,
    raises: VecDeque<rates::Raise>,
    called: BTreeSet<Key>,
    called_at: Option<Timestamp>,
    looked_at: Option<Timestamp>,
}

impl Alarming {
    /// Where an alarm stands for this desk: what a rule or a person here sets aside goes before what its gateway says.
    pub fn standing(&self, feed: FeedId, alarm: &Alarm) -> AlarmState {
        if alarm.state == AlarmState::Normal || feed == OWN {
            return alarm.state;
        }
        if !self.out.is_empty() && self.out.contains_key(&Subject::of(feed, alarm)) {
            return AlarmState::OutOfService;
        }
        let set_aside =
            !self.suppressed.is_empty() && self.suppressed.contains(&(feed, alarm.id.clone()));
        if set_aside && alarm.state != AlarmState::Shelved {
            return AlarmState::Suppressed;
        }
        alarm.state
    }

    /// What has become of an alarm since this console knows it, oldest first.
    pub fn history(&self, key: &Key) -> impl Iterator<Item = &Past> {
        self.history.get(key).into_iter().flatten()
    }
}

/// Time has passed: causes are looked at, shelves end, and a person is called where one is needed.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let due = state
        .alarming
        .looked_at
        .is_none_or(|at| at > now || at.age(now) >= LOOK);
    let mut effects = Vec::new();
    if due && !state.solo {
        state.alarming.looked_at = Some(now);
        effects = look(state);
        state.alarming.suppressed = causes::suppressed(state);
        heard::prune(state);
    }
    effects.extend(heard::call(state));
    effects
}

fn look(state: &mut State) -> Vec<Effect> {
    let found = causes::found(state);
    let now = state.now;
    let mut changed = BTreeSet::new();
    let out: BTreeSet<AlarmId> = state
        .alarming
        .out
        .keys()
        .filter_map(|s| s.id.clone())
        .collect();
    let mut own = std::mem::take(&mut state.alarming.own);
    let named: BTreeSet<&AlarmId> = found.iter().map(|cause| &cause.id).collect();
    for (id, kept) in &mut own {
        if !named.contains(id) {
            let timing = kept.definition.timing;
            let gone = alarm::apply(&mut kept.life, Event::Level(Level::Absent), timing, now);
            if gone {
                changed.insert(id.clone());
            }
        }
    }
    for cause in found {
        if !own.contains_key(&cause.id) && own.len() >= MAX_OWN {
            continue;
        }
        let id = cause.id.clone();
        let is_out = out.contains(&id);
        let kept = own
            .entry(id.clone())
            .or_insert_with(|| fresh(&cause, is_out));
        if told(kept, cause, now) {
            changed.insert(id);
        }
    }
    let mut facts = Vec::new();
    for id in changed {
        if let Some(kept) = own.get(&id) {
            facts.extend(publish(state, &id, kept));
        }
    }
    own.retain(|_, kept| !kept.life.is_over());
    state.alarming.own = own;
    let entries = journal::entries(state, OWN_LABEL, facts);
    journal::emit(state, entries).into_iter().collect()
}

fn fresh(cause: &Cause, is_out: bool) -> Own {
    let mut life = Life::default();
    if is_out {
        let timing = cause.definition.timing;
        alarm::apply(
            &mut life,
            Event::OutOfService(true),
            timing,
            Timestamp::default(),
        );
    }
    Own {
        life,
        definition: cause.definition,
        site: cause.site.clone(),
        block: cause.block.clone(),
        text: cause.text.clone(),
    }
}

/// Tells one alarm how its cause stands.
fn told(own: &mut Own, cause: Cause, now: Timestamp) -> bool {
    let timing = own.definition.timing;
    let suppressed = alarm::apply(
        &mut own.life,
        Event::Suppress(cause.suppressed),
        timing,
        now,
    );
    let was = own.life.is_present();
    let changed = alarm::apply(&mut own.life, Event::Level(cause.level), timing, now);
    // The words of an alarm that stands stay as they were when it was raised.
    if !was && cause.level == Level::Present {
        own.text = cause.text;
    }
    suppressed || changed
}

/// Puts one of the console's own alarms into the list as it stands now; gives what the journal should hold of it.
fn publish(state: &mut State, id: &AlarmId, own: &Own) -> Option<Fact> {
    let alarm = Alarm {
        id: id.clone(),
        priority: own.definition.priority,
        state: own.life.state(),
        kind: own.definition.kind.into(),
        site: own.site.clone(),
        block: own.block.clone(),
        text: own.text.clone(),
        raised: own.life.raised,
        occurrence: None,
        cleared: own.life.cleared,
        shelf: own.life.shelf().cloned(),
        changes: 1,
    };
    let before = state.alarms.get(&(OWN, id.clone())).cloned();
    heard::note(state, OWN, before.as_ref(), &alarm);
    state.alarms.insert((OWN, id.clone()), alarm.clone());
    incoming::least_go(&mut state.alarms, OWN);
    // What rules silence comes by the hundred with each curtailment and is no record of anything.
    let quiet = |s: AlarmState| matches!(s, AlarmState::Normal | AlarmState::Suppressed);
    let was = before.map_or(AlarmState::Normal, |b| b.state);
    (!(quiet(was) && quiet(alarm.state))).then(|| Fact::Alarm {
        feed: OWN_LABEL.into(),
        alarm: Box::new(alarm),
    })
}

/// A person does something to one of the console's own alarms.
fn own_deed(state: &mut State, id: &AlarmId, event: Event) -> Vec<Effect> {
    let now = state.now;
    let Some(mut kept) = state.alarming.own.remove(id) else {
        return Vec::new();
    };
    let timing = kept.definition.timing;
    let fact = if alarm::apply(&mut kept.life, event, timing, now) {
        publish(state, id, &kept)
    } else {
        None
    };
    if !kept.life.is_over() {
        state.alarming.own.insert(id.clone(), kept);
    }
    let entries = journal::entries(state, OWN_LABEL, fact.into_iter().collect());
    journal::emit(state, entries).into_iter().collect()
}
