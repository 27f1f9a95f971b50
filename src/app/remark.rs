//! A note of the operator's for the journal: one line, typed, written with who and when.

use super::journal::{self, Then};
use super::key::{Code, Key};
use super::notice::What;
use super::{Effect, Note, State};
use crate::domain::journal::Fact;
use crate::domain::sentence::told;

/// Characters of a note, and of a reason.
pub const LONGEST: usize = 200;

/// A note that is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remark {
    /// What was typed so far.
    pub typed: String,
}

/// Begins one.
pub(super) fn open(state: &mut State) {
    if state.desk.read_only {
        state.say(What::ReadOnly);
    } else if state.journal.standing == journal::Standing::Nowhere {
        state.say(What::NoJournalHere);
    } else {
        state.remark = Some(Remark::default());
    }
}

/// Types a key into a line of at most so many characters; false where the key is none for a line.
pub(super) fn line(text: &mut String, key: Key, most: usize) -> bool {
    match key.code {
        Code::Backspace => {
            text.pop();
        }
        Code::Char(c) if !key.ctrl && !key.alt && !c.is_control() => {
            if text.chars().count() < most {
                text.push(c);
            }
        }
        _ => return false,
    }
    true
}

/// A key while it is being typed. Esc leaves nothing behind.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(remark) = state.remark.as_mut() else {
        return Vec::new();
    };
    if line(&mut remark.typed, key, LONGEST) {
        return Vec::new();
    }
    match key.code {
        Code::Esc => state.remark = None,
        Code::Enter => {
            let text = remark.typed.trim().to_owned();
            state.remark = None;
            if text.is_empty() {
                return Vec::new();
            }
            state.note(Note::desk(text.clone()));
            let operator = state.desk.operator.clone();
            let fact = Fact::Note(text.into());
            return journal::hold(state, &operator, vec![fact], Then::Note);
        }
        _ => {}
    }
    Vec::new()
}

/// The journal has it, or gets it when it can be written: so long it is kept here.
pub(super) fn recorded(state: &mut State, recorded: Result<(), &str>) {
    state.say(match recorded {
        Ok(()) => told!("own-noted", "noted"),
        Err(why) => told!(
            "own-kept-here",
            "kept here until the journal can be written: {why}",
            why = why
        ),
    });
}
