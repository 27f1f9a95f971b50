//! Who holds a block or a hall down, since when and until when: a line of facts, and a note in a table.

use super::inset;
use super::told;
use crate::app::State;
use crate::app::fleet::{BlockView, SiteView, hall_name};
use crate::app::holding::{Holding, is_held, not_before, of_block, of_hall};
use crate::app::nav::Depth;
use crate::app::notes::short;
use crate::app::{racks, rows};
use crate::domain::fleet::BlockState;
use crate::domain::ids::{BlockId, HallId};
use crate::domain::time::Timestamp;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

use jiff::tz::TimeZone;
use ratatui::layout::Rect;
use std::time::Duration;

/// A time of day; with the day where it is not within half a day of now.
fn time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let half = Duration::from_hours(12);
    let clock = format::clock(at, zone);
    if at.age(now) > half || now.age(at) > half {
        format!("{} {clock}", format::day(at, zone))
    } else {
        clock
    }
}

/// Until when it is held.
fn until(holding: &Holding, now: Timestamp, zone: &TimeZone) -> String {
    match holding.until {
        None => say!("held-open").to_owned(),
        Some(at) if at <= now => say!("held-lapsed", time = time(at, now, zone)),
        Some(at) => say!("held-until", time = time(at, now, zone)),
    }
}

fn by(holding: &Holding) -> String {
    let by = holding.by.as_ref();
    match (holding.gives_back, holding.under_way) {
        (true, _) => say!("held-back", by = by),
        (false, true) => say!("held-going", by = by),
        (false, false) => say!("held-by", by = by),
    }
}

/// What a block's row says of it, in few words.
pub(super) fn note(state: &State, view: &BlockView, zone: &TimeZone) -> Option<String> {
    let holding = of_block(state, view)?;
    let name = holding.by.as_ref();
    if holding.gives_back {
        return Some(say!("held-note-back", by = name));
    }
    let mut words = match holding.until {
        None => say!("held-note-open", by = name),
        Some(_) => say!(
            "held-note",
            by = name,
            until = until(&holding, state.now, zone)
        ),
    };
    if !holding.reason.is_empty() {
        words.push_str(": ");
        words.push_str(&holding.reason);
    }
    Some(words)
}

/// The block that the cursor speaks of: its own row's, or its machine's.
fn block_at_cursor<'a>(state: &State, view: &'a SiteView) -> Option<&'a BlockView> {
    let id = match &state.nav.depth {
        Depth::Halls => return None,
        Depth::Blocks { hall } => {
            let id = rows::at_cursor(&state.nav.blocks, &rows::blocks(state, hall))?;
            BlockId::new(&id)
        }
        Depth::Machines { .. } => {
            let id = rows::at_cursor(&state.nav.machines, &rows::machines(state))?;
            let page = state.machines_shown()?;
            page.rows
                .iter()
                .find(|m| m.id.as_str() == &*id)?
                .block
                .clone()
        }
        Depth::Machine { .. } => racks::open(state)?.1?.block.clone(),
    };
    view.blocks.get(&id)
}

/// The facts of what is under the cursor; none where nothing is held.
pub(super) fn facts(state: &State, view: &SiteView, zone: &TimeZone) -> Vec<Fact> {
    if state.nav.depth == Depth::Halls {
        let hall = rows::at_cursor(&state.nav.halls, &rows::halls(state));
        return hall.map_or_else(Vec::new, |hall| {
            of_the_hall(state, view, &HallId::new(&hall), zone)
        });
    }
    let Some(block) = block_at_cursor(state, view) else {
        return Vec::new();
    };
    let Some(holding) = of_block(state, block) else {
        // Grey where it is only slow to say so; a block that is off with nobody named is worth a word.
        let off = block.block.state == BlockState::Curtailed && is_held(block);
        let unsaid = Fact::words(0, Role::Text, say!("held-unsaid"));
        return if off {
            vec![name(&told::name(&block.block.name)), unsaid]
        } else {
            Vec::new()
        };
    };
    let mut facts = vec![name(&told::name(&block.block.name))];
    facts.extend(of_holding(&holding, state.now, zone));
    if let Some(at) = not_before(block, state.now) {
        let words = say!("held-not-before", time = time(at, state.now, zone));
        facts.push(Fact::words(4, Role::TextDim, words));
    }
    facts
}

fn name(words: &str) -> Fact {
    Fact::words(1, Role::TextStrong, words)
}

fn of_holding(holding: &Holding, now: Timestamp, zone: &TimeZone) -> Vec<Fact> {
    let mut facts = vec![Fact::words(0, Role::Text, by(holding))];
    if let Some(since) = holding.since {
        let time = time(since, now, zone);
        let whole = say!(
            "held-since-for",
            time = time.clone(),
            span = format::age(since, now)
        );
        let brief = say!("held-since", time = time);
        facts.push(Fact::words(3, Role::TextDim, whole).or(Fact::words(3, Role::TextDim, brief)));
    }
    if !holding.gives_back {
        facts.push(Fact::words(2, Role::Text, until(holding, now, zone)));
    }
    if let Some(order) = holding.order {
        let words = say!("held-order", order = short(order.0));
        facts.push(Fact::words(5, Role::TextDim, words));
    }
    if !holding.reason.is_empty() {
        facts.push(Fact::words(6, Role::Text, holding.reason.as_ref()));
    }
    facts
}

fn of_the_hall(state: &State, view: &SiteView, hall: &HallId, zone: &TimeZone) -> Vec<Fact> {
    let found = of_hall(state, view, hall);
    let Some((count, first)) = found.hands.first() else {
        return Vec::new();
    };
    let mut facts = vec![
        name(&told::name(&hall_name(view, hall))),
        Fact::words(1, Role::Text, say!("held-blocks", n = *count)),
    ];
    facts.extend(of_holding(first, state.now, zone));
    let others: Vec<&str> = found.hands[1..]
        .iter()
        .map(|(_, h)| h.by.as_ref())
        .collect();
    if !others.is_empty() {
        let words = say!("held-also", by = others.join(", "));
        facts.push(Fact::words(2, Role::Text, words));
    }
    if found.unsaid > 0 {
        let words = say!("held-blocks-unsaid", n = found.unsaid);
        facts.push(Fact::words(3, Role::TextDim, words));
    }
    facts
}

/// Who holds what is under the cursor, for a heading that has no line for it.
pub(super) fn brief(state: &State, view: &SiteView) -> Option<Fact> {
    let holding = match &state.nav.depth {
        Depth::Halls => {
            let hall = rows::at_cursor(&state.nav.halls, &rows::halls(state))?;
            let found = of_hall(state, view, &HallId::new(&hall));
            found.hands.into_iter().next()?.1
        }
        _ => of_block(state, block_at_cursor(state, view)?)?,
    };
    Some(Fact::words(1, Role::Text, by(&holding)))
}

/// Draws the line.
pub(super) fn line(pen: &mut Pen<'_>, area: Rect, state: &State, view: &SiteView) {
    let facts = facts(state, view, &pen.look().zone);
    strip(pen, inset(area), 3, &facts, &[]);
}
