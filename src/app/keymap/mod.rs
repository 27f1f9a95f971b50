//! Which key stands for which action: the table of actions, with what a person has put on other keys.
//!
//! Invariant: on no screen does a key mean two things, and nothing that ends in an order lies on a key that people press
//! without thinking.

mod configured;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use configured::{Refused, Wish, configured};

use super::actions::{ACTIONS, Action, Spec, works_on};
use super::key::{Code, Key};
use super::nav::Screen;

/// The keys of an action, where they are not those of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    keys: Vec<Key>,
    /// `g` twice, too.
    double_g: bool,
    shown: String,
}

/// Which key stands for which action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keymap {
    own: HashMap<Action, Bound>,
}

impl Keymap {
    /// The action that a key stands for on a screen of a console or of standalone mining (`solo`).
    pub fn action(&self, key: Key, screen: Screen, solo: bool) -> Option<Action> {
        ACTIONS
            .iter()
            .find(|spec| works_on(spec, screen, solo) && self.keys(spec).contains(&key))
            .map(|spec| spec.action)
    }

    /// The keys of an action.
    pub fn keys<'a>(&'a self, spec: &'a Spec) -> &'a [Key] {
        self.own.get(&spec.action).map_or(spec.keys, |b| &b.keys)
    }

    /// Does `g`, pressed twice, go to the first row?
    pub fn has_double_g(&self) -> bool {
        self.own.get(&Action::Top).is_none_or(|b| b.double_g)
    }

    /// A person's own keys as they were asked for: the action's name, and its keys.
    pub fn wishes(&self) -> Vec<(String, Vec<String>)> {
        let own = ACTIONS.iter().filter_map(|spec| {
            let bound = self.own.get(&spec.action)?;
            let double = bound.double_g.then(|| configured::DOUBLE_G.to_owned());
            let mut keys: Vec<String> = double
                .into_iter()
                .chain(bound.keys.iter().map(Key::to_string))
                .collect();
            if keys.is_empty() {
                keys.push(configured::NONE.to_owned());
            }
            Some((spec.name.to_owned(), keys))
        });
        own.collect()
    }

    /// Are the action's keys a person's own?
    pub fn is_own(&self, action: Action) -> bool {
        self.own.contains_key(&action)
    }

    /// The keys as people read them, `none` where there are none.
    pub fn shown<'a>(&'a self, spec: &'a Spec) -> &'a str {
        self.own.get(&spec.action).map_or(spec.shown, |b| &b.shown)
    }

    /// The key that footer and hints show; none where the action has no key.
    pub fn first<'a>(&'a self, spec: &'a Spec) -> Option<&'a str> {
        let shown = self.shown(spec);
        (shown != NO_KEY).then(|| shown.split(' ').next().unwrap_or(shown))
    }

    /// The key that stands for an action in a sentence; its name where it has none.
    pub fn hint(&self, action: Action) -> String {
        let spec = ACTIONS.iter().find(|spec| spec.action == action);
        spec.map_or("", |spec| self.first(spec).unwrap_or(spec.name))
            .to_owned()
    }

    /// The keys of some screens in brief: `1-8`.
    pub fn screens(&self, has: impl Fn(Screen) -> bool) -> String {
        let keys: Vec<&str> = ACTIONS
            .iter()
            .filter(|spec| matches!(spec.action, Action::Show(screen) if has(screen)))
            .filter_map(|spec| self.first(spec))
            .collect();
        let rising = keys.iter().zip(1..).all(|(key, n)| *key == n.to_string());
        match keys[..] {
            [first, .., last] if rising && keys.len() > 2 => format!("{first}-{last}"),
            _ => keys.join(" "),
        }
    }
}

/// Shown where an action has no key.
const NO_KEY: &str = "none";

/// Do the two ever work on the same screen?
fn meet(a: &Spec, b: &Spec) -> bool {
    let everywhere = Screen::ALL
        .into_iter()
        .flat_map(|s| [(s, false), (s, true)]);
    everywhere
        .into_iter()
        .any(|(screen, solo)| works_on(a, screen, solo) && works_on(b, screen, solo))
}

/// Keys that a hand finds without looking: nothing that ends in an order may lie there.
const THOUGHTLESS: [Code; 3] = [Code::Enter, Code::Esc, Code::Char(' ')];
