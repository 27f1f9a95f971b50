//! The help: which actions are offered at this desk, and how far the list of their keys is scrolled.
//!
//! Invariant: no key is offered that can't work here, in the help, the foot and the palette alike.

use super::act::act;
use super::actions::{ACTIONS, Action, Danger, Spec, works_on};
use super::key::{Code, Key};
use super::{Effect, Overlay, Size, State, journal};

/// Columns below which a list of keys is too narrow to be read.
pub const LEAST: u16 = 28;
/// What the letters beside figures mean, lines.
const LETTERS: usize = 4;

/// Can this desk do it at all, on whatever screen? One that may only look neither orders nor acts, and one without an
/// engine or a journal does nothing with them.
pub fn can(state: &State, spec: &Spec) -> bool {
    let looks = state.desk.read_only || state.tape.replay().is_some();
    match spec.action {
        Action::PauseEngine | Action::MoreThreads | Action::FewerThreads | Action::NextKernel => {
            state.solo || state.engine.is_some()
        }
        // Who may only look can still see what waits.
        Action::SecondPerson => true,
        Action::Acknowledge | Action::Shelve | Action::OutOfService => !looks,
        Action::WriteNote => !looks && state.journal.standing != journal::Standing::Nowhere,
        _ => !looks || spec.danger < Danger::Authority,
    }
}

/// The actions whose keys work here and now.
pub fn offered(state: &State) -> impl Iterator<Item = &'static Spec> {
    let here = |spec: &&Spec| works_on(spec, state.nav.screen, state.solo) && can(state, spec);
    ACTIONS.iter().filter(here)
}

/// Those that the help lists by themselves; screens share a line, and what two keys do stands once.
pub fn listed(state: &State) -> impl Iterator<Item = &'static Spec> {
    offered(state).filter(|spec| !matches!(spec.action, Action::Show(_) | Action::Out))
}

/// Lines of the list: the keys, the screens, a gap, and letters, which only feeds use.
fn lines(state: &State) -> usize {
    listed(state).count() + 2 + if state.solo { 0 } else { LETTERS }
}

/// Lines of the head above the list, and lists side by side, for so many lines in an area of so many rows and columns.
pub fn room(rows: u16, columns: u16, lines: usize) -> (u16, u16) {
    let head = if rows >= 16 { 2 } else { 1 };
    let height = usize::from(rows.saturating_sub(head)).max(1);
    let needed = u16::try_from(lines.div_ceil(height)).unwrap_or(u16::MAX);
    let widest = (columns.saturating_sub(2) / LEAST).max(1);
    (head, needed.clamp(1, widest))
}

/// The last line that the list may begin with: all below it are shown then.
fn last(state: &State) -> usize {
    let Size { rows, columns } = state.size;
    // What the frame leaves to a screen that takes all of the body.
    let body = match rows {
        0..=2 => rows,
        3..=5 => rows - 1,
        6..=9 => rows - 3,
        10..=15 => rows - 4,
        _ => rows - 6,
    };
    let lines = lines(state);
    let (head, lists) = room(body, columns, lines);
    let shown = usize::from(body.saturating_sub(head).max(1)) * usize::from(lists);
    lines.saturating_sub(shown)
}

/// A key while the help is open: it scrolls, and only Esc, `q` and its own key close it.
pub(super) fn key(state: &mut State, key: Key, from: usize) -> Vec<Effect> {
    let last = last(state);
    let from = from.min(last);
    let page = usize::from(state.size.rows.saturating_sub(7)).max(1);
    let to = match key.code {
        Code::Esc | Code::Char('q') => return close(state, Overlay::None),
        // Solo miners have no first lines: their first screen says it all.
        Code::Tab if !state.solo => return close(state, Overlay::Tour),
        Code::Up | Code::Char('k') => from.saturating_sub(1),
        Code::Down | Code::Char('j') => from + 1,
        Code::PageUp => from.saturating_sub(page),
        Code::PageDown | Code::Char(' ') => from + page,
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => last,
        _ => return other(state, key),
    };
    state.overlay = Overlay::Help { from: to.min(last) };
    Vec::new()
}

fn close(state: &mut State, overlay: Overlay) -> Vec<Effect> {
    state.overlay = overlay;
    Vec::new()
}

/// Its own key closes it too; the terminal's keys do what they always do.
fn other(state: &mut State, key: Key) -> Vec<Effect> {
    match state.keys.action(key, state.nav.screen, state.solo) {
        Some(Action::Help) => close(state, Overlay::None),
        Some(action @ (Action::Quit | Action::Redraw | Action::Suspend)) => act(state, action),
        _ => Vec::new(),
    }
}
