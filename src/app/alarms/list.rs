//! The list as a person reads it: the most urgent first, and what comes of one cause as one line.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::table::{Definition, definition};
use super::{Key, OWN};
use crate::app::State;
use crate::app::clocks;
use crate::app::filter;
use crate::app::rows;
use crate::domain::alarm::{Alarm, AlarmState, Priority};
use crate::domain::ids::{FeedId, SiteId};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;

/// So many alarms of one kind that come together are one line.
pub const FLOOD: usize = 5;
/// They come together as long as no more time than this passes between two.
const TOGETHER: Duration = Duration::from_mins(1);

/// Which part of the list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// What wants attention.
    #[default]
    Active,
    /// What people have set aside for a while.
    Shelved,
    /// What rules silence, and what is out of service.
    Silenced,
    /// Everything, what is over too.
    All,
}

impl View {
    /// In the order that `v` goes through.
    pub const ALL: [Self; 4] = [Self::Active, Self::Shelved, Self::Silenced, Self::All];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Shelved => "shelved",
            Self::Silenced => "silenced",
            Self::All => "all",
        }
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|v| *v == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Does it show alarms that stand so?
    pub const fn shows(self, state: AlarmState) -> bool {
        match self {
            Self::Active => state.is_open(),
            Self::Shelved => matches!(state, AlarmState::Shelved),
            Self::Silenced => matches!(state, AlarmState::Suppressed | AlarmState::OutOfService),
            Self::All => true,
        }
    }
}

/// One line of the list: an alarm, or the parent of a flood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Names the line.
    pub row: Arc<str>,
    /// Of the most urgent of its alarms.
    pub priority: Priority,
    /// Where it stands; of a flood the state that wants most attention.
    pub state: AlarmState,
    /// What sort of thing it is.
    pub kind: Arc<str>,
    /// Where.
    pub site: Option<SiteId>,
    /// What.
    pub text: Sentence,
    /// Since when; of a flood since its first.
    pub raised: Timestamp,
    /// The same as the wall has it, where this desk's own time is known to be off.
    pub at: Timestamp,
    /// Its alarms: one, or all of the flood.
    pub members: Vec<Key>,
    /// It is the parent of a flood.
    pub is_parent: bool,
    /// It stands under a parent that is shown alarm by alarm.
    pub is_child: bool,
}

/// What sort of thing an alarm tells: its kind, or its words without figures where its gateway names none.
pub fn sort_of(alarm: &Alarm) -> Arc<str> {
    if !alarm.kind.is_empty() {
        return alarm.kind.clone();
    }
    let mut sort = String::new();
    let mut digits = false;
    for c in alarm.text.chars().take(120) {
        if c.is_ascii_digit() {
            if !digits {
                sort.push('#');
            }
            digits = true;
        } else {
            digits = digits && matches!(c, '.' | ',');
            if !digits {
                sort.push(c);
            }
        }
    }
    sort.into()
}

type Found<'a> = (FeedId, &'a Alarm, AlarmState);

/// The lines of the view that is shown, through its filter.
pub fn shown(state: &State) -> Vec<Line> {
    let mut lines = lines(state, state.alarming.view);
    let filter = filter::parse(&state.nav.alarms.filter, filter::ALARMS);
    if !filter.terms.is_empty() {
        lines.retain(|line| {
            let id = line.site.as_ref();
            let view = id.and_then(|id| state.fleet.sites.get(id));
            let site = (
                id.map_or("", |id| id.as_str()),
                view.map_or("", |view| &*view.site.name),
            );
            let age = line.raised.age(state.now).as_secs_f64();
            let state = line.state.word();
            filter.shows(&filter::alarm(
                site,
                state,
                &line.kind,
                &line.text,
                line.priority,
                age,
            ))
        });
    }
    lines
}

/// The lines of a view, the most urgent first.
pub fn lines(state: &State, view: View) -> Vec<Line> {
    let mut found: Vec<Found<'_>> = state
        .alarms
        .iter()
        .map(|((feed, _), alarm)| (*feed, alarm, state.alarming.standing(*feed, alarm)))
        .filter(|(_, _, standing)| view.shows(*standing))
        .collect();
    if matches!(view, View::Silenced | View::All) {
        let listed: Vec<Key> = found.iter().map(|(f, a, _)| (*f, a.id.clone())).collect();
        // Out of service it stays in sight, though its cause is gone.
        found.extend(state.alarming.out.iter().filter_map(|(subject, out)| {
            let key = (subject.feed, out.alarm.id.clone());
            let known = listed.contains(&key);
            (!known).then_some((subject.feed, &out.alarm, AlarmState::OutOfService))
        }));
    }
    found.sort_by_key(|(_, alarm, standing)| (alarm.priority, *standing, alarm.raised));
    grouped(state, &found)
}

fn grouped(state: &State, found: &[Found<'_>]) -> Vec<Line> {
    // Sites that are silent because their feed is lost stand under that feed.
    let heads: BTreeMap<FeedId, usize> = found
        .iter()
        .enumerate()
        .filter(|(_, (feed, alarm, _))| *feed == OWN && &*alarm.kind == "feed_lost")
        .filter_map(|(at, (_, alarm, _))| {
            let (_, id) = alarm.id.as_str().split_once('/')?;
            Some((FeedId(id.parse().ok()?), at))
        })
        .collect();
    let mut of_head: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut sorts: BTreeMap<(FeedId, Priority, Arc<str>), Vec<usize>> = BTreeMap::new();
    for (at, (feed, alarm, _)) in found.iter().enumerate() {
        let view = alarm.site.as_ref().and_then(|id| state.fleet.sites.get(id));
        let over = view
            .filter(|_| *feed == OWN && &*alarm.kind == "site_stale")
            .and_then(|view| heads.get(&view.feed));
        match over {
            Some(head) => of_head.entry(*head).or_default().push(at),
            None => sorts
                .entry((*feed, alarm.priority, sort_of(alarm)))
                .or_default()
                .push(at),
        }
    }
    // For each alarm that is not a line of its own: the flood that it is part of.
    let mut floods: BTreeMap<usize, Vec<usize>> = of_head;
    for members in sorts.into_values() {
        for burst in bursts(members, found) {
            if burst.len() >= FLOOD && !floods.contains_key(&burst[0]) {
                floods.insert(burst[0], burst);
            }
        }
    }
    let child: std::collections::BTreeSet<usize> = floods.values().flatten().copied().collect();
    let mut lines = Vec::new();
    for at in 0..found.len() {
        if let Some(members) = floods.get(&at) {
            let parent = parent(state, found, at, members);
            let is_open = state.alarming.expanded.contains(&parent.row);
            lines.push(parent);
            if is_open {
                lines.extend(members.iter().map(|at| Line {
                    is_child: true,
                    ..line(state, found[*at])
                }));
            }
        } else if !child.contains(&at) {
            lines.push(line(state, found[at]));
        }
    }
    lines
}

/// Alarms of one sort by the times at which they came.
fn bursts(mut members: Vec<usize>, found: &[Found<'_>]) -> Vec<Vec<usize>> {
    members.sort_by_key(|at| found[*at].1.raised);
    let mut bursts: Vec<Vec<usize>> = Vec::new();
    for at in members {
        let last = bursts.last().and_then(|burst| burst.last());
        let near =
            last.is_some_and(|last| found[*last].1.raised.age(found[at].1.raised) <= TOGETHER);
        match bursts.last_mut() {
            Some(burst) if near => burst.push(at),
            _ => bursts.push(vec![at]),
        }
    }
    // The most urgent of a burst gives it its place.
    for burst in &mut bursts {
        burst.sort_unstable();
    }
    bursts
}

fn line(state: &State, (feed, alarm, standing): Found<'_>) -> Line {
    Line {
        row: rows::of_feed(feed, alarm.id.as_str()),
        priority: alarm.priority,
        state: standing,
        kind: alarm.kind.clone(),
        site: alarm.site.clone(),
        text: alarm.text.clone(),
        raised: alarm.raised,
        at: clocks::raised(state, feed, alarm),
        members: vec![(feed, alarm.id.clone())],
        is_parent: false,
        is_child: false,
    }
}

/// The one line of a flood. `at`: the alarm that gives it its place; where it is none of the members, it is their cause.
fn parent(state: &State, found: &[Found<'_>], at: usize, members: &[usize]) -> Line {
    let (feed, first, _) = found[at];
    let is_cause = !members.contains(&at);
    let own = is_cause.then_some(at);
    let all: Vec<usize> = own.into_iter().chain(members.iter().copied()).collect();
    let count = members.len();
    let what = |alarm: &Alarm| {
        let named = |known: &Definition| {
            let code = format!("alarm/{}", known.kind);
            Sentence::told(&code, &known.name.to_lowercase(), [])
        };
        definition(&alarm.kind).map_or_else(|| alarm.text.clone(), named)
    };
    let text = if is_cause {
        told!(
            "flood-cause",
            "{what}; {n} sites stale with it",
            what = first.text.clone(),
            n = count
        )
    } else {
        told!("flood", "{n} x {what}", n = count, what = what(first))
    };
    let states = all.iter().map(|at| found[*at].2);
    Line {
        row: rows::of_feed(feed, &format!("flood/{}", first.id.as_str())),
        priority: first.priority,
        state: states.min().unwrap_or(AlarmState::Normal),
        kind: first.kind.clone(),
        site: None,
        text,
        raised: all
            .iter()
            .map(|at| found[*at].1.raised)
            .min()
            .unwrap_or(first.raised),
        at: all
            .iter()
            .map(|at| clocks::raised(state, found[*at].0, found[*at].1))
            .min()
            .unwrap_or(first.raised),
        members: all
            .iter()
            .map(|at| (found[*at].0, found[*at].1.id.clone()))
            .collect(),
        is_parent: true,
        is_child: false,
    }
}

/// Alarms that want attention, a flood as one, by priority 1 to 4: those that somebody has not seen, and the rest.
pub fn counts(state: &State) -> ([usize; 4], [usize; 4]) {
    let (mut unseen, mut seen) = ([0; 4], [0; 4]);
    for line in lines(state, View::Active) {
        // An open flood would count twice.
        if line.is_child {
            continue;
        }
        let at = usize::from(line.priority.number()) - 1;
        if line.state.is_unseen() {
            unseen[at] += 1;
        } else {
            seen[at] += 1;
        }
    }
    (unseen, seen)
}

/// Alarms that want attention, for a handover: no floods, the most urgent first.
pub fn open(state: &State) -> Vec<(FeedId, &Alarm)> {
    standing(state, AlarmState::is_open)
}

/// Alarms that people have set aside, for a handover.
pub fn shelved(state: &State) -> Vec<(FeedId, &Alarm)> {
    standing(state, |s| s == AlarmState::Shelved)
}

fn standing(state: &State, is: impl Fn(AlarmState) -> bool) -> Vec<(FeedId, &Alarm)> {
    let mut found: Vec<(FeedId, &Alarm)> = state
        .alarms
        .iter()
        .map(|((feed, _), alarm)| (*feed, alarm))
        .filter(|(feed, alarm)| is(state.alarming.standing(*feed, alarm)))
        .collect();
    found.sort_by_key(|(_, alarm)| (alarm.priority, alarm.state, alarm.raised));
    found
}

/// The line under the cursor.
pub fn chosen(state: &State) -> Option<Line> {
    let lines = shown(state);
    let ids: Vec<Arc<str>> = lines.iter().map(|line| line.row.clone()).collect();
    let at = rows::cursor_index(&state.nav.alarms, &ids);
    lines.into_iter().nth(at)
}
