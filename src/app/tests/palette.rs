//! The palette, the filter and marks, typed as a person would.

use super::*;
use crate::app::actions::Action;
use crate::app::help::can;
use crate::app::marks::{Marks, marks};
use crate::app::notice::What;
use crate::app::palette::{Entry, Palette, entries};

fn named(state: &State) -> Vec<String> {
    let name = |entry: &Entry| match entry {
        Entry::Act { spec, .. } => spec.name.to_owned(),
        Entry::Site(id) => id.as_str().to_owned(),
    };
    entries(state).iter().map(name).collect()
}

#[test]
fn a_few_letters_find_an_action_and_enter_does_what_its_key_does() {
    let mut by_key = live();
    typed(&mut by_key, "C");
    let mut state = live();
    typed(&mut state, ":curtnat");
    assert_eq!(named(&state)[0], "curtail-nation");
    assert!(press(&mut state, Code::Enter).is_empty(), "nothing leaves");
    assert_eq!(state.overlay, Overlay::None);
    assert_eq!(state.dialog, by_key.dialog, "the dialog of its key");
}

#[test]
fn escape_leaves_everything_as_it_was() {
    let mut state = live();
    let before = (state.nav.clone(), state.dialog.clone());
    typed(&mut state, ":shed");
    press(&mut state, Code::Esc);
    assert_eq!(
        (state.nav.clone(), state.dialog.clone(), state.overlay),
        (before.0, before.1, Overlay::None)
    );
    typed(&mut state, ":");
    assert_eq!(state.palette.typed, "", "it opens empty");
}

#[test]
fn what_was_done_last_stands_first() {
    let mut state = live();
    typed(&mut state, ":sort");
    press(&mut state, Code::Enter);
    typed(&mut state, ":reverse");
    press(&mut state, Code::Enter);
    typed(&mut state, ":");
    assert_eq!(named(&state)[..2], ["reverse", "sort"]);
    assert!(matches!(
        entries(&state)[0],
        Entry::Act { recent: true, .. }
    ));
}

#[test]
fn a_site_is_gone_to_by_its_name() {
    let mut state = live();
    typed(&mut state, ":lukom");
    assert_eq!(named(&state)[0], "lukoml");
    press(&mut state, Code::Enter);
    assert_eq!(state.nav.screen, Screen::Site);
    assert_eq!(state.nav.site, Some(SiteId::new("lukoml")));
}

#[test]
fn what_works_elsewhere_says_where_and_does_nothing() {
    let mut state = live();
    typed(&mut state, ":acknowledge");
    press(&mut state, Code::Enter);
    let said = state.said.as_ref().map(|(_, notice)| notice.what.clone());
    assert!(matches!(said, Some(What::WorksOn(_))), "{said:?}");
    assert_eq!(state.nav.screen, Screen::Nation);
}

#[test]
fn words_of_the_screen_s_language_and_a_cyrillic_layout_are_understood() {
    let mut state = live();
    let words = [("freeze", "заморозка".to_owned())];
    state.palette = Palette::in_words(words.into_iter().collect());
    typed(&mut state, ":замор");
    assert_eq!(named(&state), ["freeze"]);
    press(&mut state, Code::Esc);
    // `sort` on the keys of a Russian layout.
    typed(&mut state, ":ыщке");
    assert_eq!(named(&state)[0], "sort");
}

#[test]
fn nothing_found_is_no_action() {
    let mut state = live();
    typed(&mut state, ":zzzzqqq");
    assert!(entries(&state).is_empty());
    assert!(press(&mut state, Code::Enter).is_empty());
    assert_eq!(state.overlay, Overlay::Palette);
    assert!(!named(&live()).is_empty());
}

#[test]
fn every_action_but_itself_is_offered_somewhere() {
    let state = live();
    let offered = entries(&state);
    for spec in crate::app::actions::ACTIONS {
        let solo_only = matches!(spec.action, Action::NextPane | Action::PreviousPane);
        let there = offered
            .iter()
            .any(|e| matches!(e, Entry::Act { spec: s, .. } if s.action == spec.action));
        assert_eq!(
            there,
            !solo_only && spec.action != Action::Palette && can(&state, spec),
            "{}",
            spec.name
        );
    }
}

#[test]
fn a_filter_takes_fields_and_figures() {
    let mut state = live();
    for (filter, rows) in [
        ("/site:astr", vec!["astravets"]),
        ("/mw>100", vec!["astravets"]),
        ("/mw<100 site:luk", vec!["lukoml"]),
        ("/-site:luk", vec!["astravets"]),
        ("/quality:bad", vec![]),
    ] {
        typed(&mut state, filter);
        press(&mut state, Code::Enter);
        let shown: Vec<String> = rows::nation(&state)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(shown, rows, "{filter}");
        press(&mut state, Code::Esc);
    }
}

#[test]
fn a_filter_that_is_not_understood_marks_nothing() {
    let mut state = live();
    typed(&mut state, "/site:astr mw>");
    press(&mut state, Code::Enter);
    typed(&mut state, "*");
    assert!(state.nav.marked_sites.is_empty());
    let said = state.said.as_ref().map(|(_, notice)| notice.what.clone());
    assert_eq!(said, Some(What::FilterWrong));
}

#[test]
fn marks_out_of_sight_are_counted() {
    let mut state = live();
    typed(&mut state, "*");
    let said = state.said.as_ref().map(|(_, notice)| notice.what.clone());
    assert_eq!(
        said,
        Some(What::MarkedAll {
            n: 2,
            of: 2,
            sites: true
        })
    );
    typed(&mut state, "/lukoml");
    press(&mut state, Code::Enter);
    let wanted = Marks {
        marked: 2,
        of: 2,
        hidden: 1,
        sites: true,
    };
    assert_eq!(marks(&state), Some(wanted));
    typed(&mut state, "*");
    let wanted = Marks {
        marked: 1,
        of: 2,
        hidden: 1,
        sites: true,
    };
    assert_eq!(marks(&state), Some(wanted), "what is hidden stays marked");
    press(&mut state, Code::Esc);
    typed(&mut state, "**");
    assert_eq!(marks(&state), None, "again: none");
}

#[test]
fn a_filter_that_shows_nothing_takes_no_mark_away() {
    let mut state = live();
    typed(&mut state, "*/nowhere");
    press(&mut state, Code::Enter);
    typed(&mut state, "*");
    assert_eq!(state.nav.marked_sites.len(), 2);
}

#[test]
fn news_of_a_site_does_not_move_the_choice() {
    let mut state = live();
    typed(&mut state, ":so");
    let chosen = named(&state)[0].clone();
    snapshot(
        &mut state,
        FLEET,
        vec![Item::Site(Box::new(sample::site("so")))],
    );
    let entries = entries(&state);
    let at = crate::app::palette::chosen_of(&state, &entries).expect("still there");
    assert_eq!(named(&state)[at], chosen);
}

#[test]
fn a_site_that_is_called_as_an_action_is_told_from_it() {
    let mut state = live();
    let items = vec![Item::Site(Box::new(sample::site("help")))];
    feed(
        &mut state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Fleet,
            items,
        },
    );
    typed(&mut state, ":help");
    let site = entries(&state)
        .iter()
        .position(|entry| matches!(entry, Entry::Site(id) if id.as_str() == "help"))
        .expect("it is offered");
    for _ in 0..site {
        press(&mut state, Code::Down);
    }
    press(&mut state, Code::Enter);
    assert_eq!(state.nav.site, Some(SiteId::new("help")));
}
