//! Questions that need a typed line or two, above the lowest rule: why, and the word; or a note for the journal.

use ratatui::layout::Rect;

use super::inset;
use crate::app::State;
use crate::app::deeds::{Field, Prompt};
use crate::app::remark::Remark;
use crate::domain::deed::Act;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Draws the question that is open, if any, in the lines above `floor`; a rule stands at `ruled` already.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, (ruled, floor): (u16, u16), state: &State) {
    let lines: Vec<Vec<Fact>> = match (&state.deeds.prompt, &state.remark) {
        (Some(prompt), _) => asked(prompt, area.width),
        (None, Some(remark)) => noted(remark, area.width),
        (None, None) => return,
    };
    // A rule above, where there is room for one; what is typed into stays to the last.
    let room = floor.saturating_sub(area.y);
    let height = (lines.len() as u16 + 1).min(room);
    let place = Rect {
        y: floor - height,
        height,
        ..area
    };
    pen.clear(place);
    let shown = lines.len().min(usize::from(height));
    // Never two rules one below the other.
    if usize::from(height) > shown && place.y != ruled + 1 {
        pen.rule(place.x, place.y, place.width);
    }
    let first = floor - shown as u16;
    for (at, facts) in lines[lines.len() - shown..].iter().enumerate() {
        let line = Rect {
            y: first + at as u16,
            height: 1,
            ..area
        };
        strip(pen, inset(line), 1, facts, &[]);
    }
}

/// What is asked, the reason, the word.
fn asked(prompt: &Prompt, width: u16) -> Vec<Vec<Fact>> {
    let (long, brief) = title(prompt);
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let at_reason = prompt.field == Field::Reason;
    let lead = say!("prompt-why");
    let reason = if prompt.reason.is_empty() && !at_reason {
        Fact::words(0, Role::Text, prompt.offered.as_str())
    } else {
        let taken = lead.chars().count() as u16 + 3;
        typed(&prompt.reason, at_reason, width.saturating_sub(taken))
    };
    let mut why = vec![Fact::words(0, Role::TextDim, lead), reason];
    if at_reason && prompt.reason.is_empty() {
        let offered = say!("prompt-enter", offered = prompt.offered.as_str());
        why.push(Fact::words(0, Role::TextDim, offered));
    }
    let word = Fact::figure(0, say!("dialog-type"), Role::TextStrong, &prompt.word, ">");
    let mut what = vec![strong(&long).or(strong(&brief))];
    if prompt.hidden > 0 {
        let words = say!("filter-hidden", n = prompt.hidden);
        what.push(Fact::words(0, Role::ValueUncertain, words));
    }
    vec![
        what,
        why,
        vec![word, typed(&prompt.typed, !at_reason, width)],
    ]
}

/// A typed line, its end in sight.
fn typed(line: &str, here: bool, room: u16) -> Fact {
    let mut from = 0;
    while text::width(&line[from..], 500) >= room.max(2) {
        from += line[from..].chars().next().map_or(1, char::len_utf8);
    }
    let line = &line[from..];
    if here {
        Fact::words(0, Role::Input, format!("{line}_"))
    } else {
        Fact::words(0, Role::Text, line)
    }
}

/// In full and in brief.
fn title(prompt: &Prompt) -> (String, String) {
    let site = prompt.name.as_ref();
    let which = prompt.which.as_str();
    let by = prompt.holder.as_deref();
    match (prompt.acts.first(), by) {
        (Some(Act::Take), Some(holder)) => (
            say!("prompt-take-from", site = site, holder = holder),
            say!("prompt-take-from-brief", site = site, holder = holder),
        ),
        (Some(Act::Take), None) => (
            say!("prompt-take", site = site),
            say!("prompt-take-brief", site = site),
        ),
        (Some(Act::Release), _) => (
            say!("prompt-release", site = site),
            say!("prompt-release-brief", site = site),
        ),
        (Some(Act::TagSet { .. }), _) => (
            say!("prompt-tag", site = site, which = which),
            say!("prompt-tag-brief", site = site, which = which),
        ),
        (Some(Act::TagClear { .. }), owner) => {
            let owner = owner.unwrap_or(say!("prompt-nobody"));
            (
                say!("prompt-untag", owner = owner, site = site, which = which),
                say!("prompt-untag-brief", site = site, which = which),
            )
        }
        _ => (
            say!("prompt-request", site = site),
            say!("prompt-request-brief", site = site),
        ),
    }
}

fn noted(remark: &Remark, width: u16) -> Vec<Vec<Fact>> {
    vec![
        vec![Fact::words(0, Role::TextStrong, say!("prompt-note"))],
        vec![
            Fact::words(0, Role::TextDim, ">"),
            typed(&remark.typed, true, width.saturating_sub(5)),
        ],
    ]
}
