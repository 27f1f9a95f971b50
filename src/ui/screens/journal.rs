//! The feeds as this desk has them, and the journal's last rows; where no journal can be written it says so plainly, and
//! shows what happened here from memory.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::abnormal::{link_why, link_words};
use super::rules::rules;
use super::{inset, mine, split, told, words};
use crate::app::State;
use crate::app::feeds::Feed;
use crate::app::journal::Standing;
use crate::app::notes::About;
use crate::app::rows;
use crate::domain::journal::{Head, Line};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const FEEDS: &[Column] = &[
    Column::words("journal-col-feed", (10, 24, 44), 0),
    Column::words("journal-col-link", (8, 18, 60), 1),
    Column::words("journal-col-serves", (8, 20, 30), 5),
    Column::figures("journal-col-skew", 9, 3),
    Column::figures("journal-col-bad-items", 9, 4),
    Column::figures("journal-col-bad-messages", 8, 4),
    Column::words("journal-col-gap", (14, 16, 20), 6),
];

const NOTES: &[Column] = &[
    Column::words("journal-col-at", (8, 8, 8), 0),
    Column::words("journal-col-about", (5, 5, 6), 2),
    Column::words("journal-col-what", (10, 60, 200), 1),
];

const LINES: &[Column] = &[
    Column::figures("journal-col-row", 7, 6),
    Column::words("journal-col-at", (8, 8, 8), 1),
    Column::words("journal-col-actor", (5, 10, 24), 5),
    Column::words("journal-col-kind", (6, 9, 9), 2),
    Column::words("journal-col-what", (10, 60, 300), 0),
];

/// Draws the feeds above, the journal below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if state.solo {
        return mine::journal(pen, area, state);
    }
    let feeds = u16::try_from(state.feeds.len())
        .unwrap_or(u16::MAX)
        .saturating_add(1);
    let (top, rest) = split(area, feeds.saturating_add(1).min(area.height / 2).max(1));
    let zone = pen.look().zone.clone();
    let shown = Shown {
        rows: state.feeds.len(),
        cursor: 0,
        sorted: None,
    };
    table(pen, top, FEEDS, shown, &|at| feed(&state.feeds[at], state));
    let (head, rest) = split(rest, 1);
    if head.height > 0 {
        let rules: Vec<Fact> = rules(state).into_iter().collect();
        strip(pen, inset(head), 2, &standing(state), &rules);
    }
    match state.journal.standing {
        Standing::Opening | Standing::Durable => lines(pen, rest, state, &zone),
        Standing::Nowhere | Standing::Broken(_) => notes(pen, rest, state, &zone),
    }
}

/// How the journal stands, in one line.
fn standing(state: &State) -> Vec<Fact> {
    let journal = &state.journal;
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    match &journal.standing {
        Standing::Nowhere => {
            vec![strong(say!("journal-nowhere-long")).or(strong(say!("journal-nowhere")))]
        }
        Standing::Opening => vec![strong(say!("journal-opening"))],
        Standing::Durable => {
            let head = journal.head.unwrap_or(Head::NONE);
            let start = data_encoding::HEXLOWER.encode(&head.hash[..6]);
            let rows = say!("journal-rows", n = head.seq);
            let top = say!("journal-head", seq = head.seq.to_string(), hash = start);
            let file = journal.file.as_deref().unwrap_or_default();
            vec![
                strong(say!("journal-name")),
                Fact::words(1, Role::Text, rows),
                Fact::words(2, Role::Text, top),
                Fact::words(3, Role::TextDim, file),
            ]
        }
        Standing::Broken(why) => {
            let waiting = match (journal.owed(), journal.lost) {
                (owed, 0) => say!("journal-waiting", n = owed),
                (owed, lost) => say!("journal-waiting-lost", n = owed, lost = lost),
            };
            vec![
                Fact::words(0, Role::Alarm2, say!("journal-broken")),
                Fact::words(1, Role::TextStrong, waiting),
                Fact::words(2, Role::Text, &**why),
            ]
        }
    }
}

fn lines(pen: &mut Pen<'_>, area: Rect, state: &State, zone: &TimeZone) {
    let rows: Vec<&Line> = rows::journal(state).collect();
    if rows.is_empty() && !state.nav.journal.filter.is_empty() {
        let words = say!("journal-no-match");
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            Role::TextDim,
            words,
        );
        return;
    }
    let ids: Vec<Arc<str>> = rows.iter().map(|l| Arc::from(l.seq.to_string())).collect();
    let shown = Shown {
        rows: rows.len(),
        cursor: rows::cursor_index(&state.nav.journal, &ids),
        sorted: None,
    };
    table(pen, area, LINES, shown, &|at| {
        let Some(line) = rows.get(at) else {
            return Row::default();
        };
        Row {
            cells: vec![
                Cell::new(Role::TextDim, format::count(line.seq)),
                Cell::new(Role::TextDim, format::clock(line.at, zone)),
                Cell::new(Role::TextDim, line.actor.as_ref()),
                Cell::new(Role::TextDim, line.kind.as_ref()),
                Cell::new(Role::Text, line.what.as_ref()),
            ],
            cursor: at == shown.cursor,
            marked: false,
        }
    });
}

fn notes(pen: &mut Pen<'_>, area: Rect, state: &State, zone: &TimeZone) {
    let notes = &state.notes;
    let shown = Shown {
        rows: notes.len(),
        cursor: 0,
        sorted: None,
    };
    table(pen, area, NOTES, shown, &|at| {
        // The youngest on top.
        let Some(note) = notes.len().checked_sub(at + 1).and_then(|at| notes.get(at)) else {
            return Row::default();
        };
        let about = match note.about {
            About::Link => say!("journal-about-link"),
            About::Order => say!("journal-about-order"),
            About::Desk => say!("journal-about-desk"),
        };
        Row {
            cells: vec![
                Cell::new(Role::TextDim, format::clock(note.at, zone)),
                Cell::new(Role::TextDim, about),
                Cell::new(Role::Text, told::sentence(&note.text)),
            ],
            cursor: false,
            marked: false,
        }
    });
}

fn feed(feed: &Feed, state: &State) -> Row {
    let (role, words) = link_words(feed, state);
    let mut link = vec![(role, words)];
    if let Some((why, next)) = link_why(feed, state) {
        link.push((Role::Text, format!(" {why}, {next}")));
    }
    let link = Cell::Mixed(link);
    let serves = feed.info.as_ref().map_or_else(String::new, |info| {
        let names: Vec<&str> = info.serves.iter().map(|t| words::topic(*t)).collect();
        names.join(", ")
    });
    let skew = feed
        .skew
        .map_or(Cell::new(Role::TextDim, format::NONE), |skew| {
            let words = format!("{} ~{}", skew.offset_ms, skew.uncertainty_ms);
            Cell::new(Role::Text, words)
        });
    let bad = |count: u64| {
        let role = if count > 0 {
            Role::TextStrong
        } else {
            Role::TextDim
        };
        Cell::new(role, format::count(count))
    };
    let gap = feed.last_gap.map_or(Cell::Empty, |(from, until)| {
        let words = say!(
            "journal-gap",
            span = format::span(from.age(until)),
            age = format::age(until, state.now)
        );
        Cell::new(Role::TextDim, words)
    });
    Row {
        cells: vec![
            Cell::new(Role::Text, feed.label.as_ref()),
            link,
            Cell::new(Role::TextDim, serves),
            skew,
            bad(feed.bad_items),
            bad(feed.bad_messages),
            gap,
        ],
        cursor: false,
        marked: false,
    }
}
