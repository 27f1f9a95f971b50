//! The five lines of a first start, and the help that leads back to them.

use super::Overlay;
use super::actions::Action;

/// What comes after the help: the same key again shows the tour, any other closes it. Solo miners have no tour: their
/// first screen says it all.
pub(super) fn after_help(action: Option<Action>, solo: bool) -> Overlay {
    if action == Some(Action::Help) && !solo {
        Overlay::Tour
    } else {
        Overlay::None
    }
}
