//! The command palette: every action and every site by a few letters of its name.
//!
//! Invariant: it does what the action's key would do, no more: what ends in an order opens the same dialog.

use std::cmp::Reverse;
use std::collections::HashMap;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::act::{act, enter_site};
use super::actions::{ACTIONS, Action, Spec, works_on};
use super::key::{Code, Key};
use super::layout::latin;
use super::notice::What;
use super::{Effect, Overlay, State, help};
use crate::domain::ids::SiteId;

/// Actions that are remembered.
const RECENT: usize = 8;
/// Letters that are taken.
const LONGEST: usize = 60;
/// Sites that are offered at once.
const SITES: usize = 20;
/// What a match in the name is worth above one in the help: about two letters.
const CALLED: u32 = 40;

/// The palette.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Palette {
    /// What was typed.
    pub typed: String,
    /// The line chosen, by its name: news from a feed may move the lines, never the choice.
    choice: String,
    /// What was done last, the latest first.
    recent: Vec<Action>,
    /// Words of each action in the language of the screen, which are searched beside the English ones.
    words: HashMap<&'static str, String>,
}

impl Palette {
    /// A palette that also searches these words, by the name of the action.
    pub fn in_words(words: HashMap<&'static str, String>) -> Self {
        Self {
            words,
            ..Self::default()
        }
    }
}

/// One line of it.
#[derive(Debug, Clone)]
pub enum Entry {
    /// An action.
    Act {
        /// Which.
        spec: &'static Spec,
        /// It can be done on the screen shown.
        here: bool,
        /// It was done lately.
        recent: bool,
    },
    /// A site to go to.
    Site(SiteId),
}

impl Entry {
    /// What tells it from every other line: a feed may call a site as an action is called.
    fn key(&self) -> String {
        match self {
            Self::Act { spec, .. } => format!("do {}", spec.name),
            Self::Site(id) => format!("go {}", id.as_str()),
        }
    }
}

/// Opens it, nothing typed.
pub(super) fn open(state: &mut State) {
    state.palette.typed.clear();
    state.overlay = Overlay::Palette;
    choose(state, 0);
}

/// Which of these is chosen; none where what was chosen is gone.
pub fn chosen_of(state: &State, entries: &[Entry]) -> Option<usize> {
    let choice = &state.palette.choice;
    entries.iter().position(|entry| entry.key() == *choice)
}

fn choose(state: &mut State, at: usize) {
    let entries = entries(state);
    let at = at.min(entries.len().saturating_sub(1));
    state.palette.choice = entries.get(at).map(Entry::key).unwrap_or_default();
}

/// What is offered, the best first; with nothing typed what was done last, then what can be done here.
pub fn entries(state: &State) -> Vec<Entry> {
    let palette = &state.palette;
    let recency = |action: Action| palette.recent.iter().position(|a| *a == action);
    let offered = ACTIONS
        .iter()
        .filter(|spec| spec.action != Action::Palette)
        .filter(|spec| works_somewhere(spec, state) && help::can(state, spec));
    let mut found: Vec<(u32, Entry)> = Vec::new();
    let mut scorer = Scorer::of(&palette.typed);
    for spec in offered {
        let own = palette.words.get(spec.name).map_or("", String::as_str);
        // What it is called weighs more than what is said of it.
        let called = scorer.called(&format!("{} {}", spec.name, spec.label));
        let told = scorer.told(&format!("{} {own}", spec.help));
        let score = called.map(|score| score + CALLED).max(told);
        if let Some(score) = score {
            found.push((
                score,
                Entry::Act {
                    spec,
                    here: works_on(spec, state.nav.screen, state.solo),
                    recent: recency(spec.action).is_some(),
                },
            ));
        }
    }
    let rank = |entry: &Entry| match entry {
        Entry::Act { spec, here, .. } => (!here, recency(spec.action).unwrap_or(RECENT)),
        Entry::Site(_) => (false, RECENT),
    };
    if palette.typed.trim().is_empty() {
        // Recent ones first, then as the help screen has them.
        found.sort_by_key(|(_, entry)| {
            let (elsewhere, recency) = rank(entry);
            (recency, elsewhere)
        });
    } else {
        found.extend(sites(state, &mut scorer));
        found.sort_by_key(|(score, entry)| {
            let (elsewhere, recency) = rank(entry);
            (Reverse(*score), elsewhere, recency)
        });
    }
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn sites(state: &State, scorer: &mut Scorer) -> Vec<(u32, Entry)> {
    let mut found: Vec<(u32, Entry)> = state
        .fleet
        .sites
        .values()
        .filter_map(|view| {
            let (name, id) = (&view.site.name, view.site.id.as_str());
            let score = scorer.called(&format!("site {name} {id}"))? + CALLED;
            Some((score, Entry::Site(view.site.id.clone())))
        })
        .collect();
    found.sort_by_key(|(score, _)| Reverse(*score));
    found.truncate(SITES);
    found
}

fn works_somewhere(spec: &Spec, state: &State) -> bool {
    let mut screens = super::nav::Screen::ALL.into_iter();
    screens.any(|screen| works_on(spec, screen, state.solo))
}

/// Scores texts against what was typed, as it is and as a Latin keyboard would have had it.
struct Scorer {
    matcher: Matcher,
    /// Letters in that order, anywhere.
    fuzzy: Vec<Pattern>,
    /// Each word as it stands: in a whole sentence a few letters are found almost always.
    whole: Vec<Pattern>,
    chars: Vec<char>,
}

impl Scorer {
    fn of(typed: &str) -> Self {
        let other: String = typed.chars().map(latin).collect();
        let mut texts = vec![typed.to_owned()];
        if other != typed {
            texts.push(other);
        }
        let patterns = |kind: AtomKind| {
            let of = |text: &String| {
                Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, kind)
            };
            texts.iter().map(of).collect()
        };
        Self {
            matcher: Matcher::new(Config::DEFAULT),
            fuzzy: patterns(AtomKind::Fuzzy),
            whole: patterns(AtomKind::Substring),
            chars: Vec::new(),
        }
    }

    /// Of a name; none where it does not hold all letters that were typed, in that order.
    fn called(&mut self, name: &str) -> Option<u32> {
        best(&self.fuzzy, name, &mut self.matcher, &mut self.chars)
    }

    /// Of a sentence; none where it does not hold every word that was typed.
    fn told(&mut self, sentence: &str) -> Option<u32> {
        best(&self.whole, sentence, &mut self.matcher, &mut self.chars)
    }
}

fn best(
    patterns: &[Pattern],
    text: &str,
    matcher: &mut Matcher,
    chars: &mut Vec<char>,
) -> Option<u32> {
    let text = Utf32Str::new(text, chars);
    let scores = patterns.iter().map(|p| p.score(text, matcher));
    scores.max().flatten()
}

pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let at = chosen_of(state, &entries(state)).unwrap_or(0);
    match key.code {
        Code::Esc => state.overlay = Overlay::None,
        Code::Up | Code::BackTab => choose(state, at.saturating_sub(1)),
        Code::Down | Code::Tab => choose(state, at + 1),
        Code::Backspace => {
            state.palette.typed.pop();
            choose(state, 0);
        }
        Code::Enter => return chosen(state),
        Code::Char(c)
            if !key.ctrl
                && !key.alt
                && !c.is_control()
                && state.palette.typed.chars().count() < LONGEST =>
        {
            state.palette.typed.push(c);
            choose(state, 0);
        }
        _ => {}
    }
    Vec::new()
}

fn chosen(state: &mut State) -> Vec<Effect> {
    let mut entries = entries(state);
    let Some(at) = chosen_of(state, &entries) else {
        return Vec::new();
    };
    state.overlay = Overlay::None;
    match entries.swap_remove(at) {
        Entry::Site(id) => {
            let leave = super::machines::unwatch(state);
            enter_site(state, id);
            leave
        }
        Entry::Act {
            spec, here: true, ..
        } => {
            let recent = &mut state.palette.recent;
            recent.retain(|action| *action != spec.action);
            recent.insert(0, spec.action);
            recent.truncate(RECENT);
            act(state, spec.action)
        }
        Entry::Act { spec, .. } => {
            state.say(What::WorksOn(spec.screens));
            Vec::new()
        }
    }
}
