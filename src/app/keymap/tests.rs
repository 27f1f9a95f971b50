use proptest::prelude::*;

use super::*;

fn wish(name: &str, keys: &[&str], line: usize) -> Wish {
    Wish {
        name: name.to_owned(),
        keys: keys.iter().map(|k| (*k).to_owned()).collect(),
        line,
    }
}

fn refusal(wishes: &[Wish]) -> Refused {
    configured(wishes).expect_err("is refused")
}

/// Two actions that work on one screen and share a key there.
fn clash(keymap: &Keymap) -> Option<(&'static str, &'static str)> {
    ACTIONS.iter().enumerate().find_map(|(i, a)| {
        let b = ACTIONS[i + 1..].iter().find(|b| {
            let shared = keymap.keys(a).iter().any(|k| keymap.keys(b).contains(k));
            shared && meet(a, b)
        })?;
        Some((a.name, b.name))
    })
}

#[test]
fn no_key_means_two_things_on_a_screen() {
    assert_eq!(clash(&Keymap::default()), None);
}

#[test]
fn names_are_unique_and_nothing_needs_a_chord_alone() {
    for (i, a) in ACTIONS.iter().enumerate() {
        assert!(
            ACTIONS[i + 1..].iter().all(|b| b.name != a.name),
            "{}",
            a.name
        );
        let chord_only = a.keys.iter().all(|k| k.ctrl);
        let spare = matches!(a.action, Action::Redraw | Action::Suspend | Action::Quit);
        assert!(!chord_only || spare, "{}", a.name);
    }
}

#[test]
fn what_the_table_shows_first_is_a_key_of_the_action() {
    for spec in ACTIONS {
        let first = Keymap::default().hint(spec.action);
        let keys: Vec<String> = spec.keys.iter().map(Key::to_string).collect();
        let is = keys.contains(&first) || (spec.action == Action::Top && first == "gg");
        assert!(is, "{}: shows {first}, has {keys:?}", spec.name);
    }
}

#[test]
fn an_own_key_takes_the_place_of_the_tables() {
    let keymap = configured(&[wish("sort", &["e", "F5"], 3)]).expect("is granted");
    let at = |key| keymap.action(key, Screen::Nation, false);
    assert_eq!(at(Key::char('e')), Some(Action::Sort));
    assert_eq!(at(Key::plain(Code::F(5))), Some(Action::Sort));
    assert_eq!(at(Key::char('s')), None, "the old one is free");
    assert_eq!(at(Key::char('c')), Some(Action::Curtail));
    assert_eq!(keymap.hint(Action::Sort), "e");
    assert_eq!(keymap.screens(|_| true), "1-8");
}

#[test]
fn two_may_change_places() {
    let both = [wish("curtail", &["k"], 1), wish("up", &["Up", "c"], 2)];
    let keymap = configured(&both).expect("is granted");
    let at = |key| keymap.action(key, Screen::Nation, false);
    assert_eq!(at(Key::char('k')), Some(Action::Curtail));
    assert_eq!(at(Key::char('c')), Some(Action::Up));
}

#[test]
fn a_conflict_names_the_key_and_both_actions() {
    let by_default = refusal(&[wish("sort", &["c"], 7)]);
    let both = refusal(&[wish("sort", &["b"], 7), wish("copy", &["b"], 9)]);
    assert_eq!(by_default.line, 7);
    assert!(by_default.what.contains("key c") && by_default.what.contains("`curtail`"));
    assert!(both.what.contains("`copy` (line 9)"), "{both:?}");
    let g = refusal(&[wish("grid", &["g"], 2)]);
    assert!(g.what.contains("`top`"), "{g:?}");
    assert!(configured(&[wish("grid", &["g"], 2), wish("top", &["Home"], 3)]).is_ok());
}

#[test]
fn what_ends_in_orders_lies_on_no_thoughtless_key_and_never_without_one_by_chance() {
    for name in ["curtail", "restore-nation", "take-authority"] {
        for key in ["Enter", "space", "Esc", "C-space"] {
            let what = refusal(&[wish(name, &[key], 4)]).what;
            assert!(what.contains("lies on"), "{name} {key}: {what}");
        }
        let without = refusal(&[wish(name, &[], 4)]);
        assert!(without.mend.contains("none"), "{without:?}");
        let said = configured(&[wish(name, &["none"], 4)]).expect("is granted");
        let spec = ACTIONS.iter().find(|s| s.name == name).expect("is there");
        assert_eq!(said.keys(spec), &[]);
        assert_eq!(said.first(spec), None);
    }
    assert!(configured(&[wish("quit", &["none"], 4)]).is_err());
    assert!(configured(&[wish("sort", &[], 4)]).is_ok());
}

#[test]
fn what_is_no_action_and_no_key_is_said() {
    assert!(
        refusal(&[wish("sortt", &["o"], 4)])
            .what
            .contains("no action")
    );
    let key = refusal(&[wish("sort", &["Hyper"], 4)]);
    assert!(
        key.what.contains("Hyper") && key.mend.contains("PgUp"),
        "{key:?}"
    );
    assert!(configured(&[wish("sort", &["o"; 9], 4)]).is_err());
    assert!(refusal(&[wish("sort", &["gg"], 4)]).what.contains("gg"));
}

proptest! {
    #[test]
    fn what_is_granted_has_no_clash_and_leaves_a_way_out(
        wishes in prop::collection::vec(
            (prop::sample::select(ACTIONS.iter().map(|s| s.name).collect::<Vec<_>>()),
             prop::collection::vec("[a-zA-Z+*]|space|Enter|F[1-9]|C-[a-z]|none|gg", 0..3)),
            0..4,
        )
    ) {
        let wishes: Vec<Wish> = wishes
            .into_iter()
            .zip(1..)
            .map(|((name, keys), line)| Wish { name: name.to_owned(), keys, line })
            .collect();
        if let Ok(keymap) = configured(&wishes) {
            prop_assert_eq!(clash(&keymap), None);
            let quit = ACTIONS.iter().find(|s| s.action == Action::Quit).expect("is there");
            prop_assert!(!keymap.keys(quit).is_empty());
        }
    }
}
