//! A person's own keys: read, checked against each other and against the table.

use super::{Bound, Keymap, NO_KEY, THOUGHTLESS, meet};
use crate::app::actions::{ACTIONS, Action, Danger, Spec};
use crate::app::key::Key;

/// What a person wants of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The action's name.
    pub name: String,
    /// The keys as written, in place of all that the table gives it.
    pub keys: Vec<String>,
    /// Where it stands in the file, from 1.
    pub line: usize,
}

/// Why a wish can't be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The line of the wish.
    pub line: usize,
    /// The action's name as written.
    pub name: String,
    /// What is wrong.
    pub what: String,
    /// The mend.
    pub mend: String,
}

/// Most keys of one action.
const MOST: usize = 8;
/// Said in place of keys: the action is to have none.
pub(super) const NONE: &str = "none";
/// The one key that is pressed twice.
pub(super) const DOUBLE_G: &str = "gg";

/// The table with a person's wishes over it; the first wish that can't be granted is the error.
pub fn configured(wishes: &[Wish]) -> Result<Keymap, Refused> {
    let mut keymap = Keymap::default();
    let mut lines: Vec<(Action, usize)> = Vec::new();
    for wish in wishes {
        let spec = spec(wish)?;
        let bound = bound(wish, spec)?;
        keymap.own.insert(spec.action, bound);
        lines.push((spec.action, wish.line));
    }
    for wish in wishes {
        if let Some(spec) = ACTIONS.iter().find(|spec| spec.name == wish.name) {
            alone(&keymap, spec, wish, &lines)?;
        }
    }
    Ok(keymap)
}

fn refused(wish: &Wish, what: impl Into<String>, mend: impl Into<String>) -> Refused {
    Refused {
        line: wish.line,
        name: wish.name.clone(),
        what: what.into(),
        mend: mend.into(),
    }
}

fn spec(wish: &Wish) -> Result<&'static Spec, Refused> {
    ACTIONS
        .iter()
        .find(|spec| spec.name == wish.name)
        .ok_or_else(|| {
            refused(
                wish,
                "is no action",
                "`baseload keys` lists the names of all actions",
            )
        })
}

fn bound(wish: &Wish, spec: &Spec) -> Result<Bound, Refused> {
    let dangerous = spec.danger >= Danger::Authority;
    if wish.keys.len() > MOST {
        return Err(refused(
            wish,
            format!("has {} keys", wish.keys.len()),
            format!("an action has at most {MOST}"),
        ));
    }
    if wish.keys.is_empty() && dangerous {
        return Err(refused(
            wish,
            "is left without a key, and it ends in an order or in authority over a site",
            format!("write \"{NONE}\" where that is meant, else a key"),
        ));
    }
    let said_none = wish.keys == [NONE];
    let written: &[String] = if said_none { &[] } else { &wish.keys };
    if written.is_empty() && spec.action == Action::Quit {
        return Err(refused(
            wish,
            "is left without a key",
            "the console needs a way out: give it one",
        ));
    }
    let mut keys = Vec::new();
    let mut double_g = false;
    for text in written {
        if text == DOUBLE_G && spec.action == Action::Top {
            double_g = true;
            continue;
        }
        let key = Key::parse(text).map_err(|mend| {
            let shown: String = text.chars().take(40).collect();
            refused(
                wish,
                format!("has the key \"{}\"", shown.escape_default()),
                mend,
            )
        })?;
        if dangerous && THOUGHTLESS.contains(&key.code) {
            return Err(refused(
                wish,
                format!("lies on {key}, and it ends in an order or in authority over a site"),
                "take a key that nobody presses without thinking",
            ));
        }
        keys.push(key);
    }
    let words: Vec<String> = double_g
        .then(|| DOUBLE_G.to_owned())
        .into_iter()
        .chain(keys.iter().map(Key::to_string))
        .collect();
    let shown = if words.is_empty() {
        NO_KEY.to_owned()
    } else {
        words.join(" ")
    };
    Ok(Bound {
        keys,
        double_g,
        shown,
    })
}

/// No other action that works on one of its screens has one of its keys.
fn alone(
    keymap: &Keymap,
    spec: &Spec,
    wish: &Wish,
    lines: &[(Action, usize)],
) -> Result<(), Refused> {
    let others = ACTIONS.iter().filter(|o| o.action != spec.action);
    for other in others.filter(|other| meet(spec, other)) {
        let line = lines.iter().find(|(action, _)| *action == other.action);
        let shared = keymap
            .keys(spec)
            .iter()
            .find(|key| keymap.keys(other).contains(key));
        let first_g = |a: &Spec, b: &Spec| {
            a.action == Action::Top
                && keymap.has_double_g()
                && keymap.keys(b).contains(&Key::char('g'))
        };
        let shared = match shared {
            Some(key) => key.to_string(),
            None if first_g(spec, other) || first_g(other, spec) => "g".to_owned(),
            None => continue,
        };
        let place = match line {
            Some((_, line)) => format!(" (line {line})"),
            None => " (by default)".to_owned(),
        };
        return Err(refused(
            wish,
            format!("has the key {shared}, and so has `{}`{place}", other.name),
            format!("give `{}` or `{}` another key", spec.name, other.name),
        ));
    }
    Ok(())
}
