//! The shift's handover: the report as it is signed, and who signs it.

use std::fmt::Write;

use ratatui::layout::Rect;

use super::{inset, split};
use crate::app::State;
use crate::app::handover::markdown::plain;
use crate::app::handover::{Step, View, leaving_word, taking_word};
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Lines of one line of the report, wrapped; a longer one is cut.
const WRAPS: usize = 12;

/// Draws it over the body.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, view: &View) {
    if area.height == 0 {
        return;
    }
    let asks = question(state, view);
    let ask = u16::try_from(asks.len()).unwrap_or(1).min(area.height);
    let (above, below) = split(area, area.height - ask);
    for (y, facts) in (below.y..).zip(&asks[asks.len() - usize::from(ask)..]) {
        let line = Rect {
            y,
            height: 1,
            ..below
        };
        strip(pen, inset(line), 1, facts, &[]);
    }
    let (x, _, width) = inset(above);
    let lines = wrapped(&view.text, width, usize::from(above.height), view.scroll);
    for (at, (role, line)) in lines.iter().enumerate() {
        pen.text(x, above.y + at as u16, width, *role, line);
    }
}

/// The lines from the scrolled one on, broken at words.
fn wrapped(report: &str, width: u16, height: usize, scroll: usize) -> Vec<(Role, String)> {
    let mut out = Vec::new();
    let most = report.lines().count().saturating_sub(1);
    for line in report.lines().skip(scroll.min(most)) {
        if out.len() >= height {
            break;
        }
        let heading = line.starts_with('#');
        let role = if heading {
            Role::Title
        } else if line.starts_with("**") {
            Role::Simulated
        } else {
            Role::Text
        };
        let words = plain(line.trim_start_matches('#').trim_start().trim_matches('*'));
        let item = line.starts_with("- ");
        let mut row = String::new();
        let mut rows = 0;
        for word in words.split(' ') {
            let joined = if row.is_empty() {
                word.to_owned()
            } else {
                format!("{row} {word}")
            };
            if text::width(&joined, 1_000) > width && !row.trim().is_empty() && rows < WRAPS {
                out.push((role, std::mem::take(&mut row)));
                rows += 1;
                row = if item {
                    format!("  {word}")
                } else {
                    word.to_owned()
                };
            } else {
                row = joined;
            }
        }
        out.push((role, row));
    }
    out.truncate(height);
    out
}

/// What is asked, or what has come of it.
fn question(state: &State, view: &View) -> Vec<Vec<Fact>> {
    let dim = |words: &str| Fact::words(0, Role::TextDim, words);
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let mut lines = match &view.step {
        Step::Read => vec![vec![strong(say!("handover-read"))]],
        Step::Leaving => {
            let who = say!(
                "handover-leaving",
                name = super::told::name(&state.desk.operator)
            );
            let how = if state.handover.settings.signs {
                say!("handover-with-key")
            } else {
                say!("handover-no-key")
            };
            vec![
                vec![strong(&who), dim(how)],
                typed(&leaving_word(state), view, state),
            ]
        }
        Step::Taking { at } => match taking_word(state, *at) {
            Some(word) => {
                let takers = &state.handover.settings.takers;
                let name = takers.get(*at).map_or("", |name| &**name);
                let who = say!("handover-taking", name = name.to_owned());
                let mut first = vec![strong(&who)];
                if takers.len() > 1 {
                    first.push(dim(say!("handover-others")));
                }
                vec![first, typed(&word, view, state)]
            }
            None => vec![
                vec![strong(say!("handover-taking-name"))],
                typed("", view, state),
            ],
        },
        Step::Signing => vec![vec![strong(say!("handover-signing"))]],
        Step::Done { head, file, taking } => {
            let mut hash = format!("{}:", head.seq);
            for byte in head.hash {
                let _ = write!(hash, "{byte:02x}");
            }
            let to = say!("handover-done", name = taking.to_string());
            let mut lines = vec![vec![strong(&to)], vec![dim(say!("handover-head"))]];
            // A head is noted by hand: all of it must be seen.
            let columns = usize::from(state.size.columns.saturating_sub(2)).max(8);
            lines.extend(
                hash.as_bytes()
                    .chunks(columns)
                    .map(|part| vec![strong(&String::from_utf8_lossy(part))]),
            );
            lines.push(vec![match file {
                None => dim(say!("handover-writing")),
                Some(Ok(file)) => dim(file),
                Some(Err(why)) => Fact::words(0, Role::Danger, why.to_string()),
            }]);
            let old = super::told::name(&state.desk.operator);
            lines.push(vec![dim(&say!("handover-still", name = old))]);
            lines
        }
    };
    if let Some(error) = &view.error {
        lines.insert(0, vec![Fact::words(0, Role::Danger, error.to_string())]);
    }
    lines
}

fn typed(word: &str, view: &View, state: &State) -> Vec<Fact> {
    let mut facts = Vec::new();
    if !word.is_empty() {
        facts.push(Fact::words(0, Role::TextStrong, word));
    }
    facts.push(Fact::words(0, Role::TextDim, ">"));
    // The cursor comes when keys are taken.
    let cursor = if view.is_deaf(state.now) { "" } else { "_" };
    facts.push(Fact::words(
        0,
        Role::Input,
        format!("{}{cursor}", view.typed),
    ));
    facts
}

/// The keys that work here.
pub(super) fn keys(view: &View) -> Vec<Fact> {
    let key = |weight, key: &str, words: &str| Fact::figure(weight, "", Role::Key, key, words);
    let mut facts = match view.step {
        Step::Signing => return Vec::new(),
        Step::Done { .. } => vec![key(0, "Esc", say!("handover-key-closes"))],
        _ => {
            let brief = key(0, "Esc", say!("handover-key-closes"));
            vec![key(0, "Esc", say!("handover-key-leaves")).or(brief)]
        }
    };
    match view.step {
        Step::Read => facts.extend([
            key(0, "Enter", say!("handover-key-signs")),
            key(2, "Left Right", say!("handover-key-moves")),
            key(3, "r", say!("handover-key-anew")),
        ]),
        Step::Leaving | Step::Taking { .. } => {
            facts.push(key(0, "Enter", say!("handover-key-confirms")));
        }
        _ => {}
    }
    facts.push(key(1, "Up Down", say!("handover-key-scroll")));
    facts
}
