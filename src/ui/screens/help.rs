//! The keys of the screen below, made from the table of actions; and what the letters beside figures mean.

use ratatui::layout::Rect;

use super::{inset, split};
use crate::app::State;
use crate::app::actions::{ACTIONS, Danger, Spec, works_on};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Columns of one list of keys.
const LIST: u16 = 58;

const LETTERS: &[(&str, &str)] = &[
    ("?", "old or unusable: what was last known"),
    ("f", "claimed by firmware, not metered"),
    ("n", "from the data sheet, not measured"),
    ("!1 to !4", "alarm, 1 the most urgent"),
];

/// Draws keys in as many lists as there is room for.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let (head, rest) = split(area, if area.height >= 20 { 2 } else { 1 });
    let title = [
        Fact::words(
            0,
            Role::Title,
            format!("Keys on {}", state.nav.screen.name()),
        ),
        Fact::words(
            1,
            Role::TextDim,
            "what ends in an order is armed and typed first",
        ),
    ];
    strip(pen, inset(head), 3, &title, &[]);
    let specs: Vec<&Spec> = ACTIONS
        .iter()
        .filter(|spec| works_on(spec, state.nav.screen))
        .collect();
    let lists = (rest.width / LIST).clamp(1, 4);
    let lines = specs.len() + LETTERS.len() + 1;
    let height = usize::from(rest.height);
    // Letters first where not all fits: without them figures are misread, while every key has its place in the footer.
    let per_list = lines.div_ceil(usize::from(lists)).min(height.max(1));
    for at in 0..(per_list * usize::from(lists)).min(lines) {
        let list = at / per_list;
        let x = rest.x + list as u16 * LIST + 1;
        let y = rest.y + (at % per_list) as u16;
        if y >= rest.bottom() {
            continue;
        }
        if let Some(spec) = specs.get(at) {
            line(pen, (x, y), rest, Some(spec.danger), spec.shown, spec.help);
        } else if let Some((letter, words)) = at
            .checked_sub(specs.len() + 1)
            .and_then(|at| LETTERS.get(at))
        {
            line(pen, (x, y), rest, None, letter, words);
        }
    }
}

fn line(
    pen: &mut Pen<'_>,
    (x, y): (u16, u16),
    area: Rect,
    danger: Option<Danger>,
    key: &str,
    words: &str,
) {
    let room = area.right().saturating_sub(x);
    pen.text(x, y, room.min(9), Role::Key, key);
    let sign = match danger {
        Some(Danger::Orders) => "order",
        Some(Danger::Machine) => "acts",
        _ => "",
    };
    pen.text(
        x + 10,
        y,
        room.saturating_sub(10).min(40),
        Role::Text,
        words,
    );
    pen.text(x + 51, y, room.saturating_sub(51), Role::TextStrong, sign);
}
