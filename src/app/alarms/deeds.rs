//! What a person does to alarms: acknowledge, shelve for a chosen time with a typed reason, take out of service.

use std::sync::Arc;
use std::time::Duration;

use super::list::{self, Line};
use super::{Alarming, Key, OWN, OWN_LABEL, Out, Subject, heard, own_deed};
use crate::app::key::{Code, Key as Pressed};
use crate::app::notice::What;
use crate::app::{Effect, State, journal};
use crate::control::alarm::{Event, LONGEST_SHELF};
use crate::domain::alarm::{Alarm, AlarmState, Place, Shelf};
use crate::domain::journal::Fact;
use crate::domain::link::Request;
use crate::domain::order::span;
use crate::domain::sentence::{Sentence, told};

/// The times that an alarm can be shelved for, by the keys 1 to 5.
pub const SPANS: [Duration; 5] = [
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_hours(4),
    Duration::from_hours(8),
    Duration::from_hours(24),
];
/// A reason has at least so many characters.
pub const SHORTEST_REASON: usize = 3;
/// And at most so many.
pub const LONGEST_REASON: usize = 80;
/// A gateway's shelf can't be ended at once over the wire: it is set anew to end after this.
const BACK_IN: Duration = Duration::from_secs(5);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// For how long?
    Time {
        /// It is shelved already: 0 brings it back.
        is_shelved: bool,
    },
    /// Why, now that the time is chosen?
    Reason(Duration),
    /// Why out of service?
    Out,
    /// Back into service?
    Back,
}

/// The question at the bottom of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What is asked.
    pub ask: Ask,
    /// Which alarms it is about.
    pub members: Vec<Key>,
    /// What they tell.
    pub text: Sentence,
    /// What was typed so far.
    pub typed: String,
}

/// The times that this desk allows, with their keys.
pub fn choices(alarming: &Alarming) -> impl Iterator<Item = (char, Duration)> {
    let longest = alarming.settings.longest_shelf.min(LONGEST_SHELF);
    ('1'..).zip(SPANS).filter(move |(_, time)| *time <= longest)
}

fn barred(state: &mut State) -> bool {
    if state.desk.read_only {
        state.say(What::ReadOnly);
    }
    state.desk.read_only
}

fn label(state: &State, key: &Key) -> Arc<str> {
    if key.0 == OWN {
        return OWN_LABEL.into();
    }
    state
        .feed(key.0)
        .map_or_else(|| "".into(), |f| f.label.clone())
}

/// Is the gateway of this alarm to be reached?
fn is_reached(state: &State, key: &Key) -> bool {
    key.0 == OWN
        || state
            .feed(key.0)
            .is_some_and(crate::app::feeds::Feed::is_live)
}

/// `a`: all alarms of the line are seen; a latched one is reset.
pub(in crate::app) fn acknowledge(state: &mut State) -> Vec<Effect> {
    if barred(state) {
        return Vec::new();
    }
    let Some(line) = list::chosen(state) else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    let mut facts = Vec::new();
    let mut unreached = 0;
    for key in &line.members {
        let Some(alarm) = state.alarms.get(key) else {
            continue;
        };
        let standing = state.alarming.standing(key.0, alarm);
        if !(standing.is_unseen() || standing == AlarmState::Latched) {
            continue;
        }
        if !is_reached(state, key) {
            unreached += 1;
            continue;
        }
        facts.push(Fact::Acknowledged {
            feed: label(state, key),
            id: key.1.clone(),
            place: alarm.place(),
        });
        let words = format!("acknowledged by {}", state.desk.operator);
        heard::past(state, key.clone(), &words);
        if key.0 == OWN {
            effects.extend(own_deed(state, &key.1, Event::Acknowledge));
        } else {
            effects.push(Effect::Send(key.0, Request::AlarmAck(key.1.clone())));
        }
    }
    if unreached > 0 {
        state.say(not_reached(unreached));
    } else if line.members.len() > 1 {
        state.say(told!(
            "own-acknowledged",
            "{n} alarms acknowledged",
            n = facts.len()
        ));
    }
    effects.extend(journal::write(state, facts));
    effects
}

fn not_reached(count: usize) -> Sentence {
    told!(
        "own-not-reached",
        "{n} not sent: the link to their gateway is down",
        n = count
    )
}

/// `z`: asks for how long.
pub(in crate::app) fn shelve(state: &mut State) {
    let Some(line) = list::chosen(state).filter(|_| !barred(state)) else {
        return;
    };
    match line.state {
        AlarmState::Normal => state.say(What::AlarmOver),
        AlarmState::OutOfService => state.say(What::OutAlready),
        standing => {
            let ask = Ask::Time {
                is_shelved: standing == AlarmState::Shelved,
            };
            ask_about(state, ask, line);
        }
    }
}

/// `o`: asks why it goes out of service, or whether it comes back.
pub(in crate::app) fn out_of_service(state: &mut State) {
    let Some(line) = list::chosen(state).filter(|_| !barred(state)) else {
        return;
    };
    if &*state.desk.role != "engineer" {
        state.say(What::EngineersOnly);
    } else if line.is_parent {
        state.say(What::OneAlarm);
    } else {
        let ask = if line.state == AlarmState::OutOfService {
            Ask::Back
        } else {
            Ask::Out
        };
        ask_about(state, ask, line);
    }
}

fn ask_about(state: &mut State, ask: Ask, line: Line) {
    state.alarming.prompt = Some(Prompt {
        ask,
        members: line.members,
        text: line.text,
        typed: String::new(),
    });
}

/// Enter: a flood is shown alarm by alarm, or as one line again.
pub(in crate::app) fn expand(state: &mut State) {
    let Some(line) = list::chosen(state).filter(|line| line.is_parent) else {
        return;
    };
    if !state.alarming.expanded.remove(&line.row) {
        state.alarming.expanded.insert(line.row);
    }
}

/// A key while a question is open. Esc leaves nothing behind.
pub(in crate::app) fn key(state: &mut State, key: Pressed) -> Vec<Effect> {
    let Some(mut prompt) = state.alarming.prompt.take() else {
        return Vec::new();
    };
    let plain = !key.ctrl && !key.alt;
    match (&prompt.ask, key.code) {
        (Ask::Back, Code::Char('y')) if plain => return back_in_service(state, &prompt),
        // Any other key leaves it out of service.
        (Ask::Back, _) | (_, Code::Esc) => return Vec::new(),
        (Ask::Time { is_shelved: true }, Code::Char('0')) if plain => {
            return bring_back(state, &prompt);
        }
        (Ask::Time { .. }, Code::Char(c)) if plain => {
            let chosen = choices(&state.alarming).find(|(key, _)| *key == c);
            if let Some((_, time)) = chosen {
                prompt.ask = Ask::Reason(time);
            }
        }
        (Ask::Time { .. }, _) => {}
        (_, Code::Backspace) => drop(prompt.typed.pop()),
        (Ask::Reason(time), Code::Enter) if is_reason(&prompt.typed) => {
            let time = *time;
            return set_aside(state, &prompt, time);
        }
        (Ask::Out, Code::Enter) if is_reason(&prompt.typed) => return take_out(state, &prompt),
        (_, Code::Enter) => state.say(What::ReasonNeeded),
        (_, Code::Char(c)) => {
            let room = prompt.typed.chars().count() < LONGEST_REASON;
            if plain && room && !c.is_control() {
                prompt.typed.push(c);
            }
        }
        _ => {}
    }
    state.alarming.prompt = Some(prompt);
    Vec::new()
}

fn is_reason(typed: &str) -> bool {
    typed.trim().chars().count() >= SHORTEST_REASON
}

fn set_aside(state: &mut State, prompt: &Prompt, time: Duration) -> Vec<Effect> {
    let shelf = Shelf {
        until: state.now + time,
        reason: prompt.typed.trim().into(),
    };
    let words = format!(
        "shelved for {} by {}: {}",
        span(time),
        state.desk.operator,
        shelf.reason
    );
    let said = told!(
        "own-shelved",
        "shelved for {time_ms}, then it comes back by itself",
        time_ms = time
    );
    put_on_shelf(state, prompt, &shelf, &words, said)
}

fn put_on_shelf(
    state: &mut State,
    prompt: &Prompt,
    shelf: &Shelf,
    words: &str,
    said: Sentence,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut facts = Vec::new();
    let mut unreached = 0;
    for key in &prompt.members {
        if !is_reached(state, key) {
            unreached += 1;
            continue;
        }
        facts.push(Fact::Shelved {
            feed: label(state, key),
            id: key.1.clone(),
            place: place(state, key),
            until: shelf.until,
            reason: shelf.reason.clone(),
        });
        heard::past(state, key.clone(), words);
        if key.0 == OWN {
            effects.extend(own_deed(state, &key.1, Event::Shelve(shelf.clone())));
        } else {
            let request = Request::AlarmShelve {
                id: key.1.clone(),
                until: shelf.until,
                reason: shelf.reason.clone(),
            };
            effects.push(Effect::Send(key.0, request));
        }
    }
    if unreached > 0 {
        state.say(not_reached(unreached));
    } else {
        state.say(said);
    }
    effects.extend(journal::write(state, facts));
    effects
}

fn bring_back(state: &mut State, prompt: &Prompt) -> Vec<Effect> {
    let shelf = Shelf {
        until: state.now + BACK_IN,
        reason: "brought back by hand".into(),
    };
    let words = format!("brought back by {}", state.desk.operator);
    let said = told!("own-back-soon", "it comes back in a few seconds");
    put_on_shelf(state, prompt, &shelf, &words, said)
}

fn take_out(state: &mut State, prompt: &Prompt) -> Vec<Effect> {
    let reason: Arc<str> = prompt.typed.trim().into();
    let operator = state.desk.operator.clone();
    let words = format!("out of service by {operator}: {reason}");
    let mut effects = Vec::new();
    for key in &prompt.members {
        let Some(alarm) = state.alarms.get(key).cloned() else {
            continue;
        };
        let out = Out {
            since: state.now,
            by: operator.clone(),
            reason: reason.clone(),
            alarm: alarm.clone(),
        };
        state.alarming.out.insert(Subject::of(key.0, &alarm), out);
        heard::past(state, key.clone(), &words);
        if key.0 == OWN {
            effects.extend(own_deed(state, &key.1, Event::OutOfService(true)));
        }
        let fact = serviced(state, key, true, &reason);
        effects.extend(journal::write(state, vec![fact]));
    }
    state.say(What::OutOfService);
    effects
}

fn back_in_service(state: &mut State, prompt: &Prompt) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in &prompt.members {
        let subject = state
            .alarming
            .out
            .iter()
            .find(|(subject, out)| subject.feed == key.0 && out.alarm.id == key.1)
            .map(|(subject, _)| subject.clone())
            .or_else(|| state.alarms.get(key).map(|a| Subject::of(key.0, a)));
        if let Some(subject) = subject {
            state.alarming.out.remove(&subject);
        }
        let words = format!("back in service by {}", state.desk.operator);
        heard::past(state, key.clone(), &words);
        if key.0 == OWN {
            effects.extend(own_deed(state, &key.1, Event::OutOfService(false)));
        }
        let fact = serviced(state, key, false, &"".into());
        effects.extend(journal::write(state, vec![fact]));
    }
    state.say(What::BackInService);
    effects
}

fn serviced(state: &State, key: &Key, out: bool, reason: &Arc<str>) -> Fact {
    Fact::Serviced {
        feed: label(state, key),
        id: key.1.clone(),
        place: place(state, key),
        out,
        reason: reason.clone(),
    }
}

/// Where an alarm is, as far as it is known here.
fn place(state: &State, key: &Key) -> Place {
    state.alarms.get(key).map(Alarm::place).unwrap_or_default()
}
