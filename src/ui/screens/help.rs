//! The keys of the screen below, made from the table of actions; and what the letters beside figures mean.

use ratatui::layout::Rect;

use super::{inset, split, words};
use crate::app::State;
use crate::app::actions::{ACTIONS, Action, Danger, works_on};
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Columns of the keys in a list.
const KEYS: u16 = 10;
/// Columns below which a list is too narrow to be read.
const LEAST: u16 = 28;

fn letters() -> [(&'static str, &'static str); 4] {
    [
        ("?", say!("help-stale")),
        ("f", say!("help-firmware")),
        ("n", say!("help-nameplate")),
        (say!("help-alarm-keys"), say!("help-alarms")),
    ]
}

/// A key with what it does, at length and in brief.
struct Entry {
    key: String,
    long: String,
    brief: String,
}

/// Words, and in brackets what they do to the world.
fn join(words: &str, tail: &str) -> String {
    if tail.is_empty() {
        words.to_owned()
    } else {
        format!("{words} {tail}")
    }
}

fn entries(state: &State) -> Vec<Entry> {
    let at = state.nav.screen;
    // Letters beside figures are for what feeds say.
    let all = letters();
    let letters = if state.solo { &[][..] } else { &all };
    let letters = letters.iter().map(|(key, words)| Entry {
        key: (*key).to_owned(),
        long: (*words).to_owned(),
        brief: (*words).to_owned(),
    });
    let keys = ACTIONS
        .iter()
        .filter(|spec| {
            works_on(spec, at, state.solo) && !matches!(spec.action, Action::Show(_) | Action::Out)
        })
        .map(|spec| {
            let tail = match spec.danger {
                Danger::Authority => say!("help-asks"),
                Danger::Orders => say!("help-order"),
                Danger::Machine => say!("help-acts"),
                Danger::None => "",
            };
            Entry {
                key: state.keys.shown(spec).to_owned(),
                long: join(words::help(spec), tail),
                brief: join(words::label(spec), tail),
            }
        });
    let screens = Entry {
        key: state.keys.screens(|screen| state.has(screen)),
        long: say!("help-screens").to_owned(),
        brief: say!("foot-screens").to_owned(),
    };
    let gap = Entry {
        key: String::new(),
        long: String::new(),
        brief: String::new(),
    };
    keys.chain([screens, gap]).chain(letters).collect()
}

/// Draws keys in as many lists as they need.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let (head, rest) = split(area, if area.height >= 16 { 2 } else { 1 });
    let title = [
        Fact::words(
            0,
            Role::Title,
            say!("help-keys-on", screen = words::screen(state.nav.screen)),
        ),
        Fact::words(
            1,
            Role::TextDim,
            if state.solo {
                say!("help-legend-solo")
            } else {
                say!("help-legend")
            },
        ),
    ];
    strip(pen, inset(head), 3, &title, &[]);
    let (x, _, width) = inset(rest);
    let entries = entries(state);
    let lines = usize::from(rest.height).max(1);
    let needed = u16::try_from(entries.len().div_ceil(lines)).unwrap_or(u16::MAX);
    let lists = needed.clamp(1, (width / LEAST).max(1));
    let list = width / lists;
    let per_list = entries.len().div_ceil(usize::from(lists)).min(lines);
    for (at, entry) in entries
        .iter()
        .enumerate()
        .take(per_list * usize::from(lists))
    {
        let x = x + (at / per_list) as u16 * list;
        let y = rest.y + (at % per_list) as u16;
        if y >= rest.bottom() {
            continue;
        }
        pen.text(x, y, list.min(KEYS - 1), Role::Key, &entry.key);
        let room = list.saturating_sub(KEYS + 2);
        let fits = text::width(&entry.long, 200) <= room;
        let words = if fits { &entry.long } else { &entry.brief };
        pen.text(x + KEYS, y, room, Role::Text, words);
    }
}
