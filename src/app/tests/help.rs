//! The help, opened and scrolled as a person would.

use super::*;
use crate::app::actions::Action;
use crate::app::help::offered;

fn from(state: &State) -> Option<usize> {
    match state.overlay {
        Overlay::Help { from } => Some(from),
        _ => None,
    }
}

fn small() -> State {
    let mut state = live();
    state.size = Size {
        columns: 40,
        rows: 12,
    };
    typed(&mut state, "?");
    state
}

#[test]
fn only_esc_q_and_its_own_key_close_the_help() {
    for code in [Code::Esc, Code::Char('q'), Code::Char('?')] {
        let mut state = small();
        assert!(press(&mut state, code).is_empty());
        assert_eq!(state.overlay, Overlay::None, "{code:?}");
        assert!(!state.asks());
    }
    let mut state = small();
    for code in "crCRtuTomMndH s*/SfyaZx12345678+-e0wp"
        .chars()
        .map(Code::Char)
        .chain([
            Code::Enter,
            Code::Left,
            Code::Right,
            Code::F(3),
            Code::Backspace,
        ])
    {
        assert!(press(&mut state, code).is_empty());
        assert!(from(&state).is_some(), "{code:?}");
        assert!(
            !state.asks() && state.nav.screen == Screen::Nation,
            "{code:?}"
        );
    }
    update(&mut state, Msg::Key(Key::ctrl('c')));
    assert!(from(&state).is_some(), "it quits, and closes nothing");
}

#[test]
fn it_scrolls_to_its_end_and_back_without_a_key_in_vain() {
    let mut state = small();
    let mut steps = 0;
    loop {
        let before = from(&state);
        press(&mut state, Code::Down);
        if from(&state) == before {
            break;
        }
        steps += 1;
    }
    assert!(steps > 20, "{steps} lines lie below");
    let end = from(&state);
    press(&mut state, Code::Home);
    assert_eq!(from(&state), Some(0));
    press(&mut state, Code::End);
    assert_eq!(from(&state), end);
    press(&mut state, Code::Up);
    assert_eq!(from(&state).map(|at| at + 1), end);
}

#[test]
fn a_tab_in_it_shows_the_first_lines() {
    let mut state = small();
    press(&mut state, Code::Tab);
    assert_eq!(state.overlay, Overlay::Tour);
}

#[test]
fn a_desk_that_may_only_look_is_offered_no_key_that_orders_or_acts() {
    let mut state = live();
    state.journal.standing = crate::app::journal::Standing::Nowhere;
    state.desk.read_only = true;
    for screen in Screen::ALL {
        state.nav.screen = screen;
        for spec in offered(&state) {
            let mut state = state.clone();
            state.nav.screen = screen;
            let key = state.keys.keys(spec)[0];
            update(&mut state, Msg::Key(key));
            let said = state
                .said
                .map(|(_, said)| format!("{said:?}"))
                .unwrap_or_default();
            assert!(
                !said.contains("ReadOnly"),
                "{} on {screen:?}: {said}",
                spec.name
            );
            assert!(
                !said.contains("NoJournal"),
                "{} on {screen:?}: {said}",
                spec.name
            );
        }
    }
}

#[test]
fn a_desk_without_an_engine_is_not_offered_its_keys() {
    let mut state = live();
    state.engine = None;
    state.nav.screen = Screen::Engine;
    let of_engine = [
        Action::PauseEngine,
        Action::MoreThreads,
        Action::FewerThreads,
        Action::NextKernel,
    ];
    assert!(offered(&state).all(|spec| !of_engine.contains(&spec.action)));
    typed(&mut state, ":pause-eng");
    let names = crate::app::palette::entries(&state);
    let pause = |entry: &crate::app::palette::Entry| match entry {
        crate::app::palette::Entry::Act { spec, .. } => spec.action == Action::PauseEngine,
        crate::app::palette::Entry::Site(_) => false,
    };
    assert!(!names.iter().any(pause));
}
