//! The emergency shed: `!`, its prompt, and the steps that leave one after the other.
//!
//! Invariant: once its word is typed nothing but a high frequency, Esc, or a link that is down holds a step back: no
//! journal, no clock, no plan and no second person. What left unrecorded says so.

mod brake;
mod left;
mod run;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::curtail::{Scope, figure, scope_words};
use super::key::{Code, Key};
use super::nav::Screen;
use super::obstacle::{not_sent, type_exactly};
use super::scope::mixed;
use super::update::takes_text;
use super::{Effect, Overlay, State, actions, naming};
use crate::app::notice::What;
use crate::control::emergency::{Cut, INTERVAL, STEP, Shed, Step, shed};
use crate::control::interlock::Candidate;
use crate::control::plan::Excluded;
use crate::domain::ids::{BlockKey, OrderId, SiteId};
use crate::domain::order::{PlanHash, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
pub use brake::{High, Waiting, Way, is_short, stoppable, waiting, ways, ways_of, wrong_way};
use brake::{Reach, all_too_high, bar, cut, is_wide};
pub(super) use brake::{lost, stop};
pub use left::Left;
pub(super) use left::told;
use run::end;
pub(super) use run::{begin, journalled, tick};

/// A prompt that nobody answers closes after this.
pub const OPEN_FOR: Duration = Duration::from_secs(30);
/// Keys in this time after the prompt opened are dropped: they were typed before it could be read.
pub const DEAF_FOR: Duration = Duration::from_millis(300);
/// Characters that are taken.
pub(super) const LONGEST_WORD: usize = 120;
/// Two presses of Esc so close together stop a shed.
const TWICE: Duration = Duration::from_secs(2);
/// How long the end of one stays in sight.
const IN_SIGHT: Duration = Duration::from_secs(30);
/// Without a measured skew no expiry means anything: then it is so far off that no wrong clock of a gateway kills the
/// order. It can't come twice (its id) nor after a later order (its sequence).
const EXPIRES_UNMEASURED: Duration = Duration::from_hours(24);

/// The emergency shed of this desk.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// Most that one step moves; a gateway may tell less.
    pub step: Power,
    /// Between two steps.
    pub interval: Duration,
    /// What is being asked of the person.
    pub prompt: Option<Prompt>,
    confirmed: Option<Prompt>,
    /// The one that runs, or that has lately ended.
    pub run: Option<Run>,
    /// What left before this console began, and whose gateway has not been heard yet.
    before: Vec<Left>,
    /// When Esc was pressed last while one could be stopped.
    escaped: Option<Timestamp>,
}

impl Default for Emergency {
    fn default() -> Self {
        Self {
            step: STEP,
            interval: INTERVAL,
            prompt: None,
            confirmed: None,
            run: None,
            before: Vec::new(),
            escaped: None,
        }
    }
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// About what.
    pub scope: Scope,
    /// What would leave, step by step.
    pub shed: Shed,
    /// How it is cut: most that a step of it moves, and between two of them.
    pub cut: Cut,
    /// What must be typed, before Enter.
    pub word: String,
    /// What was typed so far.
    pub typed: String,
    /// Since when it is open.
    pub at: Timestamp,
    /// What is wrong with what was typed, or why it did not leave.
    pub error: Option<Sentence>,
    /// First line of what is left out that is shown.
    pub scroll: usize,
}

impl Emergency {
    /// Does one more Esc stop it?
    pub fn is_escaped(&self, now: Timestamp) -> bool {
        self.escaped
            .is_some_and(|at| at <= now && at.age(now) <= TWICE)
    }
}

impl Prompt {
    /// Is it still deaf to keys?
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        self.at.age(now) < DEAF_FOR
    }

    /// Seconds that it still waits, rounded up.
    pub fn seconds_left(&self, now: Timestamp) -> u64 {
        OPEN_FOR
            .saturating_sub(self.at.age(now))
            .as_millis()
            .div_ceil(1_000) as u64
    }

    /// Sites of which something is out of reach, their feed being down.
    pub fn unreached(&self) -> BTreeSet<&SiteId> {
        let down = |reasons: &[Reason]| reasons.contains(&Reason::LinkDown);
        let left = self.shed.excluded.iter();
        left.filter(|e| down(&e.reasons))
            .map(|e| &e.key.site)
            .collect()
    }
}

/// A shed under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The scope in words.
    pub scope: String,
    /// Steps that have not left.
    pub steps: VecDeque<Step>,
    ids: VecDeque<OrderId>,
    reach: Reach,
    hash: PlanHash,
    interval: Duration,
    wide: bool,
    /// Steps that have left.
    pub left: usize,
    /// All of them.
    pub all: usize,
    /// What has been sent.
    pub sent: Power,
    /// What was asked for.
    pub whole: Power,
    /// When the next step leaves, and how long after the last one that is.
    pub due: Timestamp,
    gap: Duration,
    /// Sites that were not reached, their feed being down.
    pub unreached: BTreeSet<SiteId>,
    /// Blocks that were barred when their step's turn came.
    pub barred: usize,
    /// When and how it ended.
    pub ended: Option<Ended>,
}

/// It stops as the console ends.
pub(super) fn with_console() -> Sentence {
    told!("own-shed-console", "stopped with the console")
}

/// How a shed has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// In one sentence.
    pub how: Sentence,
    /// The frequency that ended it, where one did.
    pub high: Option<High>,
}

impl Run {
    /// Has it ended only now?
    pub fn is_news(&self, now: Timestamp) -> bool {
        let old = |at: Timestamp| at.age(now) >= IN_SIGHT || now < at;
        self.ended.as_ref().is_some_and(|ended| !old(ended.at))
    }

    /// Steps that have not left and will not by themselves.
    pub fn kept(&self) -> usize {
        self.all.saturating_sub(self.left)
    }

    /// Sent steps that were called back.
    pub fn called_back(&self) -> usize {
        self.reach.back.len()
    }

    /// Is there more to leave?
    pub fn is_on(&self) -> bool {
        self.ended.is_none()
    }
}

/// Does one run?
pub fn is_running(state: &State) -> bool {
    state.emergency.run.as_ref().is_some_and(Run::is_on)
}

/// Takes a key before anything else does. None: it is not for the emergency shed.
pub(super) fn first(state: &mut State, key: Key) -> Option<Vec<Effect>> {
    if state.emergency.prompt.is_some() {
        return Some(typed(state, key));
    }
    // A key of one's own choice may be a letter, and a dialog's to take. `!` is part of a text only.
    let finds = state.overlay == Overlay::Palette;
    let typing = if key == Key::char('!') {
        takes_text(state) && !finds
    } else {
        state.asks() || finds || state.overlay == Overlay::Filter
    };
    let action = state.keys.action(key, state.nav.screen, state.solo);
    let shown = state.overlay != Overlay::Tour;
    if action == Some(actions::Action::EmergencyShed) && !typing && shown {
        return Some(open(state));
    }
    let over = state.asks() || state.overlay != Overlay::None;
    if key.code == Code::Esc && !over && stoppable(state) {
        return Some(escaped(state));
    }
    None
}

/// Two of them stop it: one may be a hand's slip, or the front of a key that a bad line has cut in two.
fn escaped(state: &mut State) -> Vec<Effect> {
    if state.emergency.is_escaped(state.now) {
        state.emergency.escaped = None;
        return stop(state, told!("own-shed-esc", "stopped by Esc"));
    }
    state.emergency.escaped = Some(state.now);
    Vec::new()
}

/// What marks and screen select: where no marks are shown, those of another screen are not meant.
fn selected(state: &State) -> Scope {
    let shown = state.site_shown().map(|view| view.site.id.clone());
    match (state.nav.screen, shown) {
        (Screen::Site, Some(site)) => Scope::Sites([site].into()),
        (Screen::Nation | Screen::Curtail, _) if !state.nav.marked_sites.is_empty() => {
            Scope::Sites(state.nav.marked_sites.clone())
        }
        _ => Scope::Nation,
    }
}

/// Asks for the word, unless something speaks against it; then says what.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.desk.read_only {
        state.say(What::ReadOnlyOrders);
        return Vec::new();
    }
    if is_running(state) {
        state.say(What::ShedRuns);
        return Vec::new();
    }
    // Whatever lay over the screen gives way, and a frozen table goes on: no order comes of a frozen one. What is written
    // for the handover stays.
    state.overlay = Overlay::None;
    state.dialog = None;
    state.cancelling.prompt = None;
    state.deeds.prompt = None;
    state.alarming.prompt = None;
    state.second.view = None;
    state.nav.nation.frozen = None;
    state.nav.halls.frozen = None;
    state.nav.blocks.frozen = None;
    let scope = selected(state);
    if let Some(why) = mixed(state, &scope) {
        state.say(why);
        return Vec::new();
    }
    let prompt = prompt(state, scope);
    if prompt.shed.steps.is_empty() {
        let down = prompt.shed.down;
        let why = match prompt.shed.excluded.first() {
            Some(left) if down == 0 => left.reasons.first().map_or_else(
                || told!("own-nothing-there", "nothing is there"),
                Reason::told,
            ),
            None if down == 0 => told!("own-no-block-there", "no block is known there"),
            _ => told!("own-down-already", "what can go is down already"),
        };
        let scope = scope_words(state, &prompt.scope);
        state.say(told!(
            "own-nothing-to-shed",
            "nothing to shed, {scope}: {why}",
            scope = scope,
            why = why
        ));
        return Vec::new();
    }
    if let Some(high) = all_too_high(state, is_wide(&prompt.shed), prompt.shed.parts()) {
        state.say(told!(
            "own-nothing-shed",
            "nothing is shed: {why}",
            why = high.words()
        ));
        return Vec::new();
    }
    state.emergency.prompt = Some(prompt);
    vec![Effect::DropInput]
}

/// Cuts the scope into steps.
fn prompt(state: &State, scope: Scope) -> Prompt {
    let realm = state.realm();
    let candidates = state
        .fleet
        .candidates(&state.feeds, state.now, &|view, block| match &scope {
            Scope::Nation => view.realm == realm,
            Scope::Sites(sites) => sites.contains(&view.site.id),
            Scope::Blocks(keys) => keys.contains(&block.key()),
        });
    let told = candidates.iter().map(|c| c.feed).collect::<BTreeSet<_>>();
    let cut = cut(state, &told);
    let shed = what_may_go(state, candidates, &cut);
    let place = naming::place(state, &scope);
    let word = match figure(shed.moved()) {
        Some(figure) => format!("SHED {place} {figure}"),
        None => format!("SHED {place}"),
    };
    Prompt {
        scope,
        shed,
        cut,
        word,
        typed: String::new(),
        at: state.now,
        error: None,
        scroll: 0,
    }
}

/// What the frequency bars is left out, unless that is all of it: then nothing goes, and it is said why.
fn what_may_go(state: &State, mut candidates: Vec<Candidate<'_>>, cut: &Cut) -> Shed {
    let of = |candidates: &[_]| shed(candidates, &state.desk.operator, state.now, cut);
    let all = of(&candidates);
    let wide = is_wide(&all);
    let barred = all.parts().filter_map(|part| {
        let why = bar(state, wide, part)?;
        Some((part.key.clone(), vec![why]))
    });
    let barred: BTreeMap<BlockKey, Vec<Reason>> = barred.collect();
    if barred.is_empty() || barred.len() == all.parts().count() {
        return all;
    }
    candidates.retain(|candidate| !barred.contains_key(&candidate.block.key()));
    let mut rest = of(&candidates);
    let left = barred.into_iter();
    let left = left.map(|(key, reasons)| Excluded { key, reasons });
    rest.excluded.extend(left);
    rest
}

/// A key while the prompt is open. Esc leaves nothing behind.
fn typed(state: &mut State, key: Key) -> Vec<Effect> {
    let prompt = state.emergency.prompt.as_ref();
    let high = prompt.and_then(|p| all_too_high(state, is_wide(&p.shed), p.shed.parts()));
    let Some(prompt) = state.emergency.prompt.as_mut() else {
        return Vec::new();
    };
    if key.code == Code::Esc || key == Key::ctrl('c') {
        state.emergency.prompt = None;
        return Vec::new();
    }
    match key.code {
        Code::Backspace => {
            prompt.typed.pop();
            prompt.error = None;
        }
        Code::Up => prompt.scroll = prompt.scroll.saturating_sub(1),
        Code::Down => prompt.scroll = prompt.scroll.saturating_add(1).min(10_000),
        Code::Enter if prompt.typed != prompt.word => {
            prompt.error = Some(type_exactly(&prompt.word));
        }
        Code::Enter => {
            if let Some(high) = high {
                prompt.error = Some(not_sent(high.words()));
                return Vec::new();
            }
            let count = prompt.shed.steps.iter().map(orders_of).sum();
            state.emergency.confirmed = state.emergency.prompt.take();
            return vec![Effect::MintShed { count }];
        }
        Code::Char(c) if !key.ctrl && !key.alt && prompt.typed.chars().count() < LONGEST_WORD => {
            prompt.typed.push(c);
            prompt.error = None;
        }
        _ => {}
    }
    Vec::new()
}

/// One order a gateway.
fn orders_of(step: &Step) -> usize {
    let to = step.parts.iter().map(|p| (p.feed, &p.gateway));
    to.collect::<BTreeSet<_>>().len()
}
