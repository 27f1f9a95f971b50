//! The filter line: what is typed, what of it is not understood, and which fields there are; then what stands.

use crate::app::State;
use crate::app::actions::Action;
use crate::app::filter::{Why, Wrong};
use crate::app::machines;
use crate::app::marks::{Marks, marks};
use crate::app::nav::{Depth, Screen};
use crate::app::rows;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;

/// What is being typed; beside it the part that is not understood, else as many fields as there is room for.
pub(super) fn typing(
    pen: &mut Pen<'_>,
    (x, y, width): (u16, u16, u16),
    state: &State,
    typed: &str,
) {
    // The end of a long one stays in sight: that is where the hand is.
    let whole = format!(" / {typed}_ ");
    let line = end_of(&whole, width);
    pen.text(x, y, width, Role::Input, line);
    let taken = text::width(line, width);
    let room = width.saturating_sub(taken + 2);
    let wrong = rows::filtered(state).and_then(|filter| filter.wrong);
    if let Some(wrong) = wrong {
        let words = format!(" {} ", sentence(&wrong));
        pen.text(x + taken, y, room, Role::TextStrong, &words);
        return;
    }
    let Some(fields) = rows::fields(state) else {
        return;
    };
    let words = fields.words.iter().map(|name| format!("{name}:"));
    let figures = fields.figures.iter().map(|name| format!("{name}>"));
    let mut hint = String::new();
    for name in words.chain(figures) {
        if text::width(&hint, 200) + text::width(&name, 40) + 2 > room {
            break;
        }
        hint.push(' ');
        hint.push_str(&name);
    }
    if !hint.is_empty() {
        hint.push(' ');
        pen.text(x + taken, y, room, Role::TextDim, &hint);
    }
}

/// The end of a text, as much as has room.
fn end_of(text: &str, room: u16) -> &str {
    let mut rest = text;
    while text::width(rest, room.saturating_add(1)) > room {
        let mut chars = rest.chars();
        chars.next();
        rest = chars.as_str();
    }
    rest
}

fn sentence(wrong: &Wrong) -> String {
    let part = wrong.part.as_str();
    match wrong.why {
        Why::NoField => say!("filter-no-field", part = part),
        Why::NoNumber => say!("filter-no-number", part = part),
        Why::NoText => say!("filter-no-text", part = part),
        Why::Open => say!("filter-open", part = part),
        Why::NoFigure => say!("filter-no-figure", part = part),
    }
}

/// What stands: the filter with what is wrong in it, and the marks with what of them is not in sight.
pub(super) fn standing(state: &State, typed: &str, width: u16) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(marks) = marks(state) {
        parts.push(marked(marks));
    }
    let typed = typed.trim();
    // Which block is shown stands in the head, and Esc leaves it.
    if !typed.is_empty() && !is_of_block(state) {
        let wrong = rows::filtered(state).and_then(|filter| filter.wrong);
        let key = state.keys.hint(Action::Back);
        parts.push(match wrong {
            Some(wrong) => sentence(&wrong),
            None => say!("foot-filter", text = typed, key = key),
        });
    }
    // Where both do not fit, the marks do: an order goes to them.
    while parts.len() > 1 && text::width(&parts.join("   "), 500) + 2 > width {
        parts.pop();
    }
    (!parts.is_empty()).then(|| parts.join("   "))
}

fn is_of_block(state: &State) -> bool {
    let of_machines = matches!(state.nav.depth, Depth::Machines { .. });
    state.nav.screen == Screen::Site && of_machines && machines::is_block_alone(state)
}

fn marked(marks: Marks) -> String {
    let (n, of) = (marks.marked, marks.of);
    let mut words = if marks.sites {
        say!("filter-sites-marked", n = n, of = of)
    } else {
        say!("filter-blocks-marked", n = n, of = of)
    };
    if marks.hidden > 0 {
        words.push_str(", ");
        words.push_str(&say!("filter-hidden", n = marks.hidden));
    }
    words
}
