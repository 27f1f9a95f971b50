//! The feeds as this desk has them, and what happened here since it started. No journal is kept yet, and it says so.

use ratatui::layout::Rect;

use super::abnormal::{link_why, link_words};
use super::{inset, mine, split};
use crate::app::State;
use crate::app::feeds::Feed;
use crate::app::notes::About;
use crate::domain::order::span;
use crate::ui::format;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const FEEDS: &[Column] = &[
    Column::words("FEED", (10, 24, 44), 0),
    Column::words("LINK", (8, 18, 60), 1),
    Column::words("SERVES", (8, 20, 30), 5),
    Column::figures("SKEW ms", 9, 3),
    Column::figures("BAD ITEMS", 9, 4),
    Column::figures("MESSAGES", 8, 4),
    Column::words("LAST GAP", (14, 16, 20), 6),
];

const NOTES: &[Column] = &[
    Column::words("AT", (8, 8, 8), 0),
    Column::words("ABOUT", (5, 5, 6), 2),
    Column::words("WHAT", (10, 60, 200), 1),
];

/// Draws the feeds above, the notes below.
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
        let forgetful = state
            .feeds
            .iter()
            .filter_map(|f| f.info.as_ref())
            .any(|i| !i.durable_orders);
        let say = |words: &str| Fact::words(0, Role::TextStrong, words);
        let fact = if forgetful {
            say("No journal is kept yet: notes live in this console, order ids in the gateway's memory.")
                .or(say("No journal yet: notes live here, order ids in the gateway's memory."))
                .or(say("No journal yet: order ids in memory"))
        } else {
            say("No journal is kept yet: notes live in this console's memory and go with it.")
                .or(say("No journal yet: notes go with this console"))
        };
        strip(pen, inset(head), 2, &[fact], &[]);
    }
    let notes = &state.notes;
    let shown = Shown {
        rows: notes.len(),
        cursor: 0,
        sorted: None,
    };
    table(pen, rest, NOTES, shown, &|at| {
        // The youngest on top.
        let Some(note) = notes.len().checked_sub(at + 1).and_then(|at| notes.get(at)) else {
            return Row::default();
        };
        let about = match note.about {
            About::Link => "link",
            About::Order => "order",
            About::Desk => "desk",
        };
        Row {
            cells: vec![
                Cell::new(Role::TextDim, format::clock(note.at, &zone)),
                Cell::new(Role::TextDim, about),
                Cell::new(Role::Text, note.text.as_ref()),
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
        let words: Vec<&str> = info.serves.iter().map(|t| t.word()).collect();
        words.join(", ")
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
        let words = format!(
            "{}, {} ago",
            span(from.age(until)),
            format::age(until, state.now)
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
