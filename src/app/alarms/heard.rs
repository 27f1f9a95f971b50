//! Each change of an alarm, noted once: its history, the rate figures, what is said about it, and the call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Key, OWN, Past, rates};
use crate::app::{Effect, State, clocks};
use crate::domain::alarm::{Alarm, AlarmState, Priority};
use crate::domain::ids::FeedId;
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;

/// Lines of history that are kept of one alarm.
const LINES: usize = 16;
/// However many come, a person is called no oftener.
pub const CALLS_APART: Duration = Duration::from_secs(10);

/// An alarm is as `after` says from now on.
pub(in crate::app) fn note(state: &mut State, feed: FeedId, before: Option<&Alarm>, after: &Alarm) {
    let was = before.map_or(AlarmState::Normal, |alarm| alarm.state);
    let again = before.is_some_and(|b| b.shelf != after.shelf);
    if was == after.state && !again {
        return;
    }
    let is_news = matches!(
        was,
        AlarmState::Normal
            | AlarmState::ReturnedUnacknowledged
            | AlarmState::Latched
            | AlarmState::Suppressed
    );
    if is_news && after.state == AlarmState::Unacknowledged {
        // One that stood before this console came up is not of today's rate.
        rates::raised(state, after);
    }
    if was == AlarmState::Shelved && after.state.is_open() {
        state.say(told!(
            "own-off-its-shelf",
            "back from its shelf: {what}",
            what = after.text.clone()
        ));
    }
    let words = words(was, after, feed);
    let key = (feed, after.id.clone());
    // It may have stood for hours when this console came up.
    if after.state == AlarmState::Unacknowledged && was == AlarmState::Normal {
        let at = clocks::raised(state, feed, after);
        past_at(state, key, &words, at);
    } else {
        past(state, key, &words);
    }
}

fn words(was: AlarmState, after: &Alarm, feed: FeedId) -> String {
    match (was, after.state) {
        (AlarmState::Shelved, now) if now.is_open() => "back from its shelf by its time".to_owned(),
        (AlarmState::Suppressed, AlarmState::Unacknowledged) => "no longer suppressed".to_owned(),
        (_, AlarmState::Unacknowledged) => "raised".to_owned(),
        (_, AlarmState::Acknowledged) => "acknowledged".to_owned(),
        (_, AlarmState::ReturnedUnacknowledged) => "returned, nobody had seen it".to_owned(),
        (_, AlarmState::Latched) => "returned, kept until reset".to_owned(),
        (_, AlarmState::Shelved) => after.shelf.as_ref().map_or_else(
            || "shelved".to_owned(),
            |shelf| format!("shelved: {}", shelf.reason),
        ),
        (_, AlarmState::Suppressed) if feed == OWN => "suppressed by rule".to_owned(),
        (_, AlarmState::Suppressed) => "suppressed by its gateway".to_owned(),
        (_, AlarmState::OutOfService) => "out of service".to_owned(),
        (_, AlarmState::Normal) => "normal".to_owned(),
    }
}

/// A line of an alarm's history.
pub(super) fn past(state: &mut State, key: Key, what: &str) {
    let now = state.now;
    past_at(state, key, what, now);
}

fn past_at(state: &mut State, key: Key, what: &str, at: Timestamp) {
    let lines = state.alarming.history.entry(key).or_default();
    if lines.len() == LINES {
        lines.pop_front();
    }
    lines.push_back(Past {
        at,
        what: Arc::from(what),
    });
}

/// Forgets the history of alarms that are gone.
pub(super) fn prune(state: &mut State) {
    let alarms = &state.alarms;
    let alarming = &mut state.alarming;
    if alarming.history.len() > alarms.len() {
        alarming.history.retain(|key, _| alarms.contains_key(key));
    }
    rates::prune(state);
}

/// Calls a person for alarms of the top priority that nobody has seen: once for each, once for all that come together.
pub(in crate::app) fn call(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let alarming = &state.alarming;
    let calls = |key: &Key, alarm: &Alarm| {
        alarm.priority == Priority::P1
            && alarming.standing(key.0, alarm) == AlarmState::Unacknowledged
    };
    let standing: BTreeMap<Key, Sentence> = state
        .alarms
        .iter()
        .filter(|(key, alarm)| calls(key, alarm))
        .map(|(key, alarm)| (key.clone(), alarm.text.clone()))
        .collect();
    let called = &mut state.alarming.called;
    called.retain(|key| standing.contains_key(key));
    let fresh: Vec<(&Key, &Sentence)> = standing
        .iter()
        .filter(|(k, _)| !called.contains(k))
        .collect();
    let lately = state
        .alarming
        .called_at
        .is_some_and(|at| at <= now && at.age(now) < CALLS_APART);
    let Some((_, text)) = fresh.first() else {
        return Vec::new();
    };
    if lately {
        return Vec::new();
    }
    let sentence = match fresh.len() {
        1 => format!("alarm: {text}"),
        more => format!("{more} alarms of the top priority: {text}"),
    };
    let keys: Vec<Key> = fresh.iter().map(|(key, _)| (*key).clone()).collect();
    state.alarming.called.extend(keys);
    if !state.alarming.settings.call {
        return Vec::new();
    }
    state.alarming.called_at = Some(now);
    vec![Effect::Alert(sentence)]
}
