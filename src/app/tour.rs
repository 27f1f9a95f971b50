//! The five lines of a first start, and the help that leads back to them.

use super::Overlay;
use super::actions::Action;
use super::key::{Code, Key};

/// What comes after the help: the same key again shows the tour, any other closes it. Solo miners have no tour: their
/// first screen says it all.
pub(super) fn after_help(action: Option<Action>, solo: bool) -> Overlay {
    if action == Some(Action::Help) && !solo {
        Overlay::Tour
    } else {
        Overlay::None
    }
}

/// Keys that people press to get a text out of the way. Any other key closes it too, and does what it does: an operator
/// in a hurry never has to press it twice.
pub(super) fn only_closes(key: Key) -> bool {
    matches!(key.code, Code::Enter | Code::Esc | Code::Char(' '))
}
