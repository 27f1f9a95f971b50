//! The shift's handover: read, signed by who leaves, signed by who takes over, written down.
//!
//! Invariant: what both sign is the text that was on the screen; it changes no more once the first has begun to type.

pub mod markdown;
pub mod report;

use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::history::Standing;
use super::journal::{self, Then};
use super::key::{Code, Key};
use super::{Effect, State, remark};
use crate::domain::handover::{Signed, Statement};
use crate::domain::history::{Integral, Series, SiteFigure};
use crate::domain::journal::{Fact, Head};
use crate::domain::time::Timestamp;

/// Keys in this time after a question came up are dropped: they were typed before it could be read.
const DEAF_FOR: Duration = Duration::from_millis(300);
/// Characters that are taken.
const LONGEST: usize = 80;
/// By so much the arrows move the shift's beginning.
const STEP_MS: i64 = 30 * 60 * 1_000;
/// The longest shift, days.
const MOST_DAYS: i64 = 7;
/// A shift that began less than this ago is the next one: this one is handed over late.
const LATE_MS: i64 = 60 * 60 * 1_000;

/// How this desk hands over.
#[derive(Debug, Clone)]
pub struct Settings {
    /// When shifts begin, minutes of the local day, ascending.
    pub shifts: Vec<u16>,
    /// Whose local day.
    pub zone: TimeZone,
    /// Who can sign here as the one who takes over.
    pub takers: Vec<Arc<str>>,
    /// This desk has a key to sign with.
    pub signs: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shifts: Vec::new(),
            zone: TimeZone::UTC,
            takers: Vec::new(),
            signs: false,
        }
    }
}

/// The sums of a shift.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Sums {
    /// There is no history to ask.
    #[default]
    None,
    /// They were asked for under this number.
    Asked(u64),
    /// Why there are none.
    Failed(Arc<str>),
    /// They.
    Known {
        /// Of the nation's power, W.
        power: Integral,
        /// Of its hashrate, kH/s.
        hashrate: Integral,
    },
}

/// How far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is read.
    Read,
    /// Who leaves types the word.
    Leaving,
    /// Who takes over types the word, or their name where no key of theirs is known here.
    Taking {
        /// Which of [`Settings::takers`].
        at: usize,
    },
    /// It is being signed and recorded.
    Signing,
    /// It stands in the journal.
    Done {
        /// The journal's last row with it, to be noted elsewhere.
        head: Head,
        /// The file, or why there is none; none while it is being written.
        file: Option<Result<Arc<str>, Arc<str>>>,
        /// Who took over.
        taking: Arc<str>,
    },
}

/// What is on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// When the shift began.
    pub from: Timestamp,
    /// When the report was made.
    pub until: Timestamp,
    /// Its sums.
    pub sums: Sums,
    /// The report, Markdown.
    pub text: Arc<str>,
    /// How far it has come.
    pub step: Step,
    /// What was typed.
    pub typed: String,
    /// What is wrong.
    pub error: Option<Arc<str>>,
    /// First line shown.
    pub scroll: usize,
    /// Since when this step is open.
    pub at: Timestamp,
}

impl View {
    /// Is a question open that takes no keys yet?
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        let question = matches!(self.step, Step::Leaving | Step::Taking { .. });
        question && self.at.age(now) < DEAF_FOR
    }
}

/// The handover, as this console sees it.
#[derive(Debug, Clone, Default)]
pub struct Handover {
    /// How this desk does it.
    pub settings: Settings,
    /// What is on the screen.
    pub view: Option<View>,
    tickets: u64,
}

/// What who leaves types.
pub fn leaving_word(state: &State) -> String {
    typeable("HANDOVER", &state.desk.name)
}

/// What who takes over types, where their key is known here.
pub fn taking_word(state: &State, at: usize) -> Option<String> {
    let name = state.handover.settings.takers.get(at)?;
    Some(typeable("TAKEOVER", name))
}

/// The word, and the name where every keyboard can type it.
fn typeable(word: &str, name: &str) -> String {
    let plain = !name.is_empty()
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if plain {
        format!("{word} {name}")
    } else {
        word.to_owned()
    }
}

/// Is what is typed now a person's name?
pub(super) fn takes_text(state: &State) -> bool {
    let view = state.handover.view.as_ref();
    view.is_some_and(|view| matches!(view.step, Step::Taking { .. }))
        && state.handover.settings.takers.is_empty()
}

/// When this shift began: by the config's times, else with the last handover in the journal, else with this console.
pub fn began(state: &State) -> Timestamp {
    let now = state.now;
    if let Some(at) = by_the_clock(state, now.shifted(-LATE_MS)) {
        return at;
    }
    let last = state.journal.lines.iter().rev();
    last.filter(|line| &*line.kind == "handover")
        .map(|line| line.at)
        .find(|at| *at < now)
        .unwrap_or(state.started)
        .max(now.shifted(-MOST_DAYS * 86_400_000))
}

/// The last beginning of a shift that is not after this time.
fn by_the_clock(state: &State, by: Timestamp) -> Option<Timestamp> {
    let settings = &state.handover.settings;
    let local = jiff::Timestamp::from_millisecond(by.millis())
        .ok()?
        .to_zoned(settings.zone.clone());
    let today = local.date();
    let days = [today, today.checked_sub(1.day()).ok()?];
    let times = days.into_iter().flat_map(|day| {
        settings.shifts.iter().filter_map(move |minute| {
            let (hour, minute) = (minute / 60, minute % 60);
            // Minutes come out of a recording, too: one that no day has begins no shift.
            let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
            let at = day.to_datetime(Time::new(hour, minute, 0, 0).ok()?);
            let at = at.to_zoned(settings.zone.clone()).ok()?;
            Some(Timestamp::from_millis(at.timestamp().as_millisecond()))
        })
    });
    times.filter(|at| *at <= by).max()
}

/// Opens it.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let from = began(state);
    let (now, effects) = (state.now, asked(state, from));
    let sums = effects.1;
    state.handover.view = Some(View {
        from,
        until: now,
        sums,
        text: "".into(),
        step: Step::Read,
        typed: String::new(),
        error: None,
        scroll: 0,
        at: now,
    });
    written_anew(state);
    effects.0
}

/// Asks for the sums of the time until now.
fn asked(state: &mut State, from: Timestamp) -> (Vec<Effect>, Sums) {
    if !matches!(state.history.standing, Standing::Open(_)) || from >= state.now {
        return (Vec::new(), Sums::None);
    }
    state.handover.tickets += 1;
    let ticket = state.handover.tickets;
    let of = [SiteFigure::Power, SiteFigure::Hashrate]
        .map(|figure| (Series::Nation(figure), from, state.now))
        .to_vec();
    (vec![Effect::HistorySum { ticket, of }], Sums::Asked(ticket))
}

/// Puts the report down as things stand.
fn written_anew(state: &mut State) {
    let Some(view) = &state.handover.view else {
        return;
    };
    let report = report::report(state, view.from, view.until, &view.sums);
    let text = markdown::markdown(&report).into();
    if let Some(view) = state.handover.view.as_mut() {
        view.text = text;
    }
}

/// The sums have come.
pub(super) fn summed(state: &mut State, ticket: u64, sums: Result<&[Integral], &Arc<str>>) {
    let Some(view) = state.handover.view.as_mut() else {
        return;
    };
    if view.sums != Sums::Asked(ticket) || view.step != Step::Read {
        return;
    }
    view.sums = match sums {
        Ok([power, hashrate]) => Sums::Known {
            power: *power,
            hashrate: *hashrate,
        },
        Ok(_) => Sums::Failed("the history has answered something else".into()),
        Err(why) => Sums::Failed(why.clone()),
    };
    view.error = None;
    written_anew(state);
}

/// Another beginning, or the same up to now.
fn from_anew(state: &mut State, from: Timestamp) -> Vec<Effect> {
    let now = state.now;
    let (effects, sums) = asked(state, from);
    if let Some(view) = state.handover.view.as_mut() {
        view.from = from;
        view.until = now;
        view.sums = sums;
        view.error = None;
    }
    written_anew(state);
    effects
}

/// A key while it is open. Esc leaves nothing behind, until it is signed.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(view) = state.handover.view.as_mut() else {
        return Vec::new();
    };
    let ends = key.code == Code::Esc || (key.ctrl && key.code == Code::Char('c'));
    if ends {
        // What is being recorded can't be called back; what is done can be left.
        if view.step != Step::Signing {
            state.handover.view = None;
        }
        return Vec::new();
    }
    let lines = view.text.lines().count();
    match key.code {
        Code::Up => view.scroll = view.scroll.saturating_sub(1),
        Code::Down => view.scroll = (view.scroll + 1).min(lines),
        Code::PageUp => view.scroll = view.scroll.saturating_sub(10),
        Code::PageDown => view.scroll = (view.scroll + 10).min(lines),
        _ => return of_step(state, key),
    }
    Vec::new()
}

fn of_step(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(view) = state.handover.view.as_mut() else {
        return Vec::new();
    };
    let (from, now) = (view.from, state.now);
    match (view.step.clone(), key.code) {
        (Step::Read, Code::Left) => {
            let from = from.shifted(-STEP_MS);
            let least = now.shifted(-MOST_DAYS * 86_400_000);
            return from_anew(state, from.max(least));
        }
        (Step::Read, Code::Right) => {
            let from = from.shifted(STEP_MS);
            if from < now {
                return from_anew(state, from);
            }
        }
        (Step::Read, Code::Char('r')) => return from_anew(state, from),
        (Step::Read, Code::Enter) => return begin(state),
        (Step::Leaving, Code::Enter) => {
            let word = leaving_word(state);
            return answered(state, &word, Step::Taking { at: 0 });
        }
        (Step::Taking { at }, Code::Tab) => {
            let most = state.handover.settings.takers.len().max(1);
            view.step = Step::Taking {
                at: (at + 1) % most,
            };
            view.typed.clear();
        }
        (Step::Taking { at }, Code::Enter) => return take(state, at),
        (Step::Leaving | Step::Taking { .. }, _) if remark::line(&mut view.typed, key, LONGEST) => {
            view.error = None;
        }
        (Step::Done { .. }, Code::Enter) => state.handover.view = None,
        _ => {}
    }
    Vec::new()
}

/// From reading to signing.
fn begin(state: &mut State) -> Vec<Effect> {
    let refused: Option<Arc<str>> = if state.desk.read_only {
        Some("this console may only look (--read-only)".into())
    } else if state.journal.standing == journal::Standing::Nowhere {
        Some("this console keeps no journal to hand over in".into())
    } else {
        state.journal.refuses().cloned()
    };
    let now = state.now;
    let Some(view) = state.handover.view.as_mut() else {
        return Vec::new();
    };
    let waits = matches!(view.sums, Sums::Asked(_));
    let refused = refused.or(waits.then(|| "the history is still being read".into()));
    if refused.is_some() {
        view.error = refused;
        return Vec::new();
    }
    view.step = Step::Leaving;
    view.error = None;
    view.at = now;
    vec![Effect::DropInput]
}

fn answered(state: &mut State, word: &str, next: Step) -> Vec<Effect> {
    let now = state.now;
    let Some(view) = state.handover.view.as_mut() else {
        return Vec::new();
    };
    if view.typed.trim() != word {
        view.error = Some(format!("type {word}").into());
        return Vec::new();
    }
    view.typed.clear();
    view.error = None;
    view.step = next;
    view.at = now;
    vec![Effect::DropInput]
}

/// Who takes over has answered.
fn take(state: &mut State, at: usize) -> Vec<Effect> {
    let word = taking_word(state, at);
    let named = state.handover.settings.takers.get(at).cloned();
    let operator = state.desk.operator.clone();
    let Some(view) = state.handover.view.as_ref() else {
        return Vec::new();
    };
    let typed = view.typed.trim();
    let taking: Arc<str> = named.clone().unwrap_or_else(|| typed.into());
    let wrong: Option<Arc<str>> = match word {
        _ if taking == operator => Some("who takes over is another person".into()),
        Some(word) if typed != word => Some(format!("type {word}").into()),
        None if typed.is_empty() => Some("type the name of who takes over".into()),
        _ => None,
    };
    let statement = Statement {
        desk: state.desk.name.clone(),
        nation: state.nation.clone().unwrap_or_else(|| "".into()),
        simulated: state.is_simulated(),
        from: view.from,
        until: view.until,
        head: state.journal.head.unwrap_or(Head::NONE),
        leaving: operator,
        taking,
        report: view.text.clone(),
    };
    let Some(view) = state.handover.view.as_mut() else {
        return Vec::new();
    };
    if wrong.is_some() {
        view.error = wrong;
        return Vec::new();
    }
    view.step = Step::Signing;
    view.error = None;
    let key = named.map(|_| at);
    vec![Effect::HandoverSign(Box::new(statement), key)]
}

/// Nothing was handed over: back to the last question.
fn failed(state: &mut State, why: &str) {
    let now = state.now;
    if let Some(view) = state.handover.view.as_mut() {
        view.step = Step::Taking { at: 0 };
        view.typed.clear();
        view.error = Some(why.into());
        view.at = now;
    }
}

/// Both have signed: into the journal with it.
pub(super) fn signed(state: &mut State, outcome: Result<Box<Signed>, Arc<str>>) -> Vec<Effect> {
    match outcome {
        Ok(signed) => {
            let facts = vec![
                Fact::Handover(signed.clone()),
                Fact::Takeover {
                    hash: signed.hash,
                    mark: signed.taking.clone(),
                },
            ];
            let actor = signed.statement.leaving.clone();
            journal::hold(state, &actor, facts, Then::Handover(signed))
        }
        Err(why) => {
            failed(state, &why);
            Vec::new()
        }
    }
}

/// The journal has it, or not.
pub(super) fn recorded(
    state: &mut State,
    signed: Box<Signed>,
    recorded: Result<(), &str>,
) -> Vec<Effect> {
    if let Err(why) = recorded {
        failed(state, &format!("not known to be recorded: {why}"));
        return Vec::new();
    }
    let head = state.journal.head.unwrap_or(Head::NONE);
    if let Some(view) = state.handover.view.as_mut() {
        view.step = Step::Done {
            head,
            file: None,
            taking: signed.statement.taking.clone(),
        };
    }
    vec![Effect::HandoverWrite(signed, head)]
}

/// Its file is there, or is not.
pub(super) fn written(state: &mut State, outcome: Result<Arc<str>, Arc<str>>) {
    if let Some(view) = state.handover.view.as_mut()
        && let Step::Done { file, .. } = &mut view.step
    {
        *file = Some(outcome);
    }
}
