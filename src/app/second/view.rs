//! The view of a request: what it is about, and the word that answers it.

use std::time::Duration;

use super::{ours, theirs};
use crate::app::key::{Code, Key};
use crate::app::notice::What;
use crate::app::obstacle::not_sent;
use crate::app::{Effect, State};
use crate::domain::ids::{FeedId, OrderId};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Keys in this time after the view opened are dropped: they were typed before it could be read.
const DEAF_FOR: Duration = Duration::from_millis(300);
/// Characters that are taken.
const LONGEST: usize = 120;
/// What refuses; a few words of why follow it.
pub const REFUSE: &str = "REFUSE";
/// What calls an own request back.
pub const CANCEL: &str = "CANCEL";

/// Which request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// One of this desk, by its first order.
    Ours(OrderId),
    /// Another's.
    Theirs(FeedId, OrderId),
}

/// What is being looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Which.
    pub of: Of,
    /// What it would move, as this console saw when the view opened.
    pub moved: Power,
    /// What answers it, before Enter.
    pub word: String,
    /// What was typed so far.
    pub typed: String,
    /// One sentence about what is wrong.
    pub error: Option<Sentence>,
    /// First row of the table shown.
    pub scroll: usize,
    /// Since when it is open.
    pub at: Timestamp,
}

impl View {
    /// Does it not take keys yet?
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        self.at.age(now) < DEAF_FOR
    }
}

/// All requests, others' first.
fn all(state: &State) -> Vec<Of> {
    let theirs = state.second.theirs.keys();
    let ours = state.second.ours.iter();
    theirs
        .map(|(feed, id)| Of::Theirs(*feed, *id))
        .chain(ours.map(|waiting| Of::Ours(waiting.id())))
        .collect()
}

fn view(state: &State, of: Of) -> Option<View> {
    let (moved, word) = match of {
        Of::Ours(id) => {
            let waiting = state.second.ours.iter().find(|w| w.id() == id)?;
            (waiting.plan.moved, CANCEL.to_owned())
        }
        Of::Theirs(feed, id) => {
            let order = &state.second.theirs.get(&(feed, id))?.order;
            let moved = theirs::moved(state, order);
            (moved, theirs::word(state, order, moved))
        }
    };
    Some(View {
        of,
        moved,
        word,
        typed: String::new(),
        error: None,
        scroll: 0,
        at: state.now,
    })
}

/// Opens the oldest request, or says that there is none.
pub(in crate::app) fn open(state: &mut State) -> Vec<Effect> {
    state.second.view = all(state).first().and_then(|of| view(state, *of));
    if state.second.view.is_none() {
        state.say(What::NothingWaits);
        return Vec::new();
    }
    vec![Effect::DropInput]
}

/// Is it the reason of a refusal that is being typed? The words themselves are Latin, whatever the layout; what stands
/// behind `REFUSE` is a text.
pub(in crate::app) fn takes_text(state: &State) -> bool {
    let typed = state.second.view.as_ref().map(|view| view.typed.as_str());
    let behind = typed.and_then(|typed| typed.strip_prefix(REFUSE));
    behind.is_some_and(|behind| behind.starts_with(' '))
}

/// A key while the view is open. Esc leaves everything as it is.
pub(in crate::app) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    if key.code == Code::Esc || (key.ctrl && key.code == Code::Char('c')) {
        state.second.view = None;
        return Vec::new();
    }
    let others = all(state);
    let Some(shown) = state.second.view.as_mut() else {
        return Vec::new();
    };
    match key.code {
        Code::Tab => {
            let at = others.iter().position(|of| *of == shown.of).unwrap_or(0);
            let next = others.get((at + 1) % others.len().max(1)).copied();
            state.second.view = next.and_then(|of| view(state, of));
            return vec![Effect::DropInput];
        }
        Code::Up => shown.scroll = shown.scroll.saturating_sub(1),
        Code::Down => shown.scroll = shown.scroll.saturating_add(1).min(10_000),
        Code::Backspace => {
            shown.typed.pop();
            shown.error = None;
        }
        Code::Char(c)
            if !key.ctrl
                && !key.alt
                && !c.is_control()
                && shown.typed.chars().count() < LONGEST =>
        {
            shown.typed.push(c);
            shown.error = None;
        }
        Code::Enter => return entered(state),
        _ => {}
    }
    Vec::new()
}

fn entered(state: &mut State) -> Vec<Effect> {
    let Some(shown) = state.second.view.clone() else {
        return Vec::new();
    };
    match shown.of {
        Of::Ours(id) if shown.typed == CANCEL => {
            state.second.view = None;
            ours::call_back(state, id)
        }
        Of::Ours(_) => wrong(
            state,
            told!(
                "own-type-cancel",
                "type {word} exactly, in capitals; it still waits",
                word = CANCEL
            ),
        ),
        Of::Theirs(feed, id) => {
            let Some(theirs) = state.second.theirs.get(&(feed, id)).cloned() else {
                state.second.view = None;
                return Vec::new();
            };
            let refusal = shown.typed.strip_prefix(REFUSE).map(str::trim);
            let (agree, why) = match refusal {
                _ if shown.typed == shown.word => (true, ""),
                Some("") => {
                    let words = told!(
                        "own-say-why",
                        "say why: {refuse} and a few words",
                        refuse = REFUSE
                    );
                    return wrong(state, words);
                }
                Some(why) => (false, why),
                None => {
                    let words = told!(
                        "own-type-or-refuse",
                        "type {word} exactly, in capitals, or {refuse} and why; nothing was sent",
                        word = &*shown.word,
                        refuse = REFUSE
                    );
                    return wrong(state, words);
                }
            };
            if let Some(why) = theirs::bar(state, feed, &theirs, agree.then_some(shown.moved)) {
                // The word names what it would move now.
                let fresh = view(state, shown.of);
                state.second.view = fresh.map(|fresh| View {
                    at: shown.at,
                    scroll: shown.scroll,
                    ..fresh
                });
                return wrong(state, not_sent(why));
            }
            state.second.view = None;
            theirs::answer(state, feed, &theirs, agree, why)
        }
    }
}

fn wrong(state: &mut State, why: Sentence) -> Vec<Effect> {
    if let Some(shown) = state.second.view.as_mut() {
        shown.error = Some(why);
    }
    Vec::new()
}

/// A view of what is over closes.
pub(super) fn tick(state: &mut State) {
    let Some(shown) = &state.second.view else {
        return;
    };
    // A clock that was set back would keep it deaf until it has caught up.
    if !all(state).contains(&shown.of) || state.now < shown.at {
        state.second.view = None;
    }
}
