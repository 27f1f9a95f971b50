//! A solo miner's Engine screen: how fast, on what work, whom it pays, what came of it. Where there is room all of it
//! stands at once; where there is less, one line a matter, and Tab shows each in the lower part.

mod panes;
mod summary;
mod top;
mod wide;
mod words;

use ratatui::layout::Rect;

pub(super) use panes::journal;
pub(super) use top::draw as top;

use super::{inset, split};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::nav::Pane;
use crate::domain::mining::{Health, MiningStatus};
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, Part, strip};

/// From this size on everything is shown at once.
const WIDE: (u16, u16) = (110, 26);

fn status(state: &State) -> Option<&MiningStatus> {
    state.mining.as_ref()?.status.as_ref()
}

/// Draws the screen.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let area = notice(pen, area, state);
    let area = if area.width >= WIDE.0 && area.height >= WIDE.1 {
        wide::draw(pen, area, state)
    } else {
        summary::draw(pen, area, state)
    };
    if area.height == 0 {
        return;
    }
    let (bar, rest) = split(area, u16::from(area.height >= 2));
    if bar.height > 0 {
        titles(pen, bar, state);
    }
    panes::draw(pen, rest, state);
}

/// Why nothing is hashed, over as many lines as the sentence needs, three at most. Gives the area below.
fn notice(pen: &mut Pen<'_>, area: Rect, state: &State) -> Rect {
    let Some(status) = status(state) else {
        return area;
    };
    let why = status.idle_because.as_ref();
    if why.is_empty() || area.height == 0 {
        return area;
    }
    let (x, y, width) = inset(area);
    let most = (area.height / 3).clamp(1, 3);
    // The last reason may be of before the source was gone, and would promise work that can't come.
    let gone = summary::shown(status).filter(|source| {
        use Health::{Busy, Down, NoPeers, Refused, Syncing};
        matches!(source.health, Busy | Down | NoPeers | Refused | Syncing)
            && !why.contains(source.label.as_ref())
    });
    let why = gone.map_or_else(
        || why.to_owned(),
        |source| {
            let comma = if source.detail.is_empty() { "" } else { ", " };
            let word = words::standing(source.health);
            format!("{why}; {}: {word}{comma}{}", source.label, source.detail)
        },
    );
    let what = if status.work.is_none() {
        say!("mine-no-work")
    } else {
        say!("mine-not-hashing")
    };
    let lines = text::wrapped(&say!("mine-why", what = what, why = why), width, most);
    for (at, line) in (0..).zip(&lines) {
        pen.text(x, y + at, width, Role::TextStrong, line);
    }
    pen.text(x, y, width, Role::Alarm3, what);
    split(area, lines.len() as u16).1
}

/// The names of the panes on a rule, the one shown chosen.
fn titles(pen: &mut Pen<'_>, area: Rect, state: &State) {
    pen.rule(area.x, area.y, area.width);
    let mut full = Vec::new();
    for pane in Pane::ALL {
        let role = if pane == state.nav.pane {
            Role::Chosen
        } else {
            Role::TextDim
        };
        full.push(Part::Words(role, format!(" {} ", words::pane(pane))));
    }
    let brief = vec![Part::Words(
        Role::Chosen,
        format!(" {} ", words::pane(state.nav.pane)),
    )];
    let names = Fact {
        weight: 0,
        forms: vec![full, brief],
        keeps: None,
    };
    let key = Fact {
        weight: 1,
        forms: vec![vec![
            Part::Words(Role::Key, format!(" {}", state.keys.hint(Action::NextPane))),
            Part::Words(Role::KeyLabel, format!(" {} ", say!("mine-next"))),
        ]],
        keeps: None,
    };
    let (x, y, width) = inset(area);
    strip(pen, (x, y, width), 2, &[names], &[key]);
}
