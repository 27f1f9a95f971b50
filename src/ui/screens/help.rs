//! The keys of the screen below, made from the table of actions; and what the letters beside figures mean.

use ratatui::layout::Rect;

use super::{inset, split, words};
use crate::app::State;
use crate::app::actions::Danger;
use crate::app::help;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Columns of the keys in a list.
const KEYS: u16 = 10;

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
    // Letters beside figures are for what feeds say.
    let all = letters();
    let letters = if state.solo { &[][..] } else { &all };
    let letters = letters.iter().map(|(key, words)| Entry {
        key: (*key).to_owned(),
        long: (*words).to_owned(),
        brief: (*words).to_owned(),
    });
    let keys = help::listed(state).map(|spec| {
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

/// Draws keys in as many lists as they need, from this line on; the last line shown says how many are below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, from: usize) {
    let entries = entries(state);
    let (head, lists) = help::room(area.height, area.width, entries.len());
    let (head, rest) = split(area, head);
    let lines = usize::from(rest.height).max(1);
    let shown = lines * usize::from(lists);
    let from = from.min(entries.len().saturating_sub(shown));
    let below = entries.len().saturating_sub(from + shown);
    title(pen, head, state, below);
    let (x, _, width) = inset(rest);
    let list = width / lists;
    let per_list = entries.len().div_ceil(usize::from(lists)).min(lines);
    for (at, entry) in entries[from..].iter().enumerate().take(shown) {
        let (column, down) = (at / per_list, at % per_list);
        let place = (x + column as u16 * list, rest.y + down as u16);
        if column < usize::from(lists) && place.1 < rest.bottom() {
            line(pen, place, list, entry);
        }
    }
}

fn title(pen: &mut Pen<'_>, head: Rect, state: &State, below: usize) {
    let keys = say!("help-keys-on", screen = words::screen(state.nav.screen));
    let legend = if state.solo {
        say!("help-legend-solo")
    } else {
        say!("help-legend")
    };
    let facts = [
        Fact::words(0, Role::Title, keys),
        Fact::words(2, Role::TextDim, legend),
    ];
    let more = (below > 0).then(|| Fact::words(1, Role::TextDim, say!("help-below", n = below)));
    strip(pen, inset(head), 3, &facts, more.as_slice());
}

fn line(pen: &mut Pen<'_>, (x, y): (u16, u16), list: u16, entry: &Entry) {
    pen.text(x, y, list.min(KEYS - 1), Role::Key, &entry.key);
    let room = list.saturating_sub(KEYS + 2);
    let fits = text::width(&entry.long, 200) <= room;
    let words = if fits { &entry.long } else { &entry.brief };
    pen.text(x + KEYS, y, room, Role::Text, words);
}
