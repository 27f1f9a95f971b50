//! The orders in one table with their bars, this desk's and those that gateways gave by themselves.

use ratatui::layout::Rect;

use super::super::abnormal::{wanted, whereto};
use super::super::cells::person;
use super::super::{inset, words};
use super::course::{Axis, bar};
use crate::app::State;
use crate::app::notes::short;
use crate::app::waiting::{Listed, Whose};
use crate::domain::time::Timestamp;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::table::{Cell, Column, EDGE, Layout, Row, Shown, table};

/// The column of the state.
const STATE: usize = 3;
/// The column of the bars.
const BAR: usize = 5;

const ORDERS: &[Column] = &[
    Column::words("orders-col-order", (6, 6, 6), 0),
    Column::words("orders-col-where", (9, 10, 16), 3),
    Column::figures("site-col-power", 9, 1),
    Column::words("site-col-state", (9, 9, 9), 2),
    Column::figures("orders-col-delivered", 9, 5),
    Column::words("", (18, 30, 60), 4),
    Column::words("orders-col-sent", (8, 8, 8), 8),
    Column::words("orders-col-accepted", (8, 8, 8), 7),
    Column::words("orders-col-by", (8, 15, 20), 6),
];

/// The columns, with room for the longest word for how far an order has come, and for how late it is.
fn columns(width: u16) -> Vec<Column> {
    let late = say!(
        "desk-late",
        time = format::span(std::time::Duration::from_mins(59))
    );
    let late = u16::try_from(late.chars().count()).unwrap_or(u16::MAX);
    let room = words::longest_life().max(late);
    let mut columns = ORDERS.to_vec();
    let state = &mut columns[STATE];
    (state.least, state.good, state.best) = (room, room, room);
    // Where there is room for it, a longer bar says more than the time that its `s` stands for.
    if width < 100 {
        columns[BAR].good = columns[BAR].least;
    }
    columns
}

/// Draws the orders; the axis of time stands in the heads.
pub(super) fn draw(
    pen: &mut Pen<'_>,
    area: Rect,
    state: &State,
    orders: &[Listed<'_>],
    cursor: usize,
) {
    let columns = columns(area.width);
    let layout = Layout::fit(&columns, area.width.saturating_sub(EDGE));
    let place = layout.place(BAR);
    let axis = Axis::of(orders, state, place.map_or(0, |(_, width)| width));
    let zone = pen.look().zone.clone();
    let glyphs = pen.look().glyphs;
    let shown = Shown {
        rows: orders.len(),
        cursor,
        sorted: None,
    };
    table(pen, area, &columns, shown, &|at| {
        let Some(listed) = orders.get(at) else {
            return Row::default();
        };
        let mut row = row(*listed, state, &zone);
        let cells = bar(*listed, state, axis, glyphs);
        row.cells[BAR] = Cell::Signs(cells);
        row.cursor = at == cursor;
        row
    });
    if let Some((x, width)) = place.filter(|_| area.height > 1) {
        let x = area.x.saturating_add(x);
        heads(pen, (x, area.y, width), axis, state.now);
    }
}

/// Times along the axis, as many as fit, and where now is.
fn heads(pen: &mut Pen<'_>, (x, y, width): (u16, u16, u16), axis: Axis, now: Timestamp) {
    let zone = pen.look().zone.clone();
    let now_at = axis.cell(now).unwrap_or(width);
    let word = say!("desk-now");
    let long = u16::try_from(word.chars().count()).unwrap_or(u16::MAX);
    let first = format::clock(axis.time(0), &zone);
    let room = |from: u16, long: u16| from.saturating_add(long).saturating_add(1) <= now_at;
    if room(0, 8) {
        pen.text(x, y, 8, Role::Header, &first);
    }
    let middle = now_at / 2;
    if middle > 12 && room(middle, 8) {
        let words = format::clock(axis.time(middle), &zone);
        pen.text(x.saturating_add(middle), y, 8, Role::Header, &words);
    }
    let at = now_at.min(width.saturating_sub(long));
    pen.text(x.saturating_add(at), y, long, Role::TextStrong, word);
    if at.saturating_add(long).saturating_add(9) <= width {
        let words = format::clock(axis.time(width), &zone);
        pen.text_right(x.saturating_add(width), y, 8, Role::Header, &words);
    }
}

fn when(at: Option<Timestamp>, zone: &jiff::tz::TimeZone) -> String {
    at.map_or_else(|| format::NONE.to_owned(), |at| format::clock(at, zone))
}

fn row(listed: Listed<'_>, state: &State, zone: &jiff::tz::TimeZone) -> Row {
    let record = listed.record;
    let (role, standing) = words::stands_brief(state, record);
    let standing = Cell::new(role, standing);
    let by = issuer(listed, state);
    let accepted = record.accepted_at().filter(|_| listed.whose == Whose::Ours);
    Row {
        cells: vec![
            Cell::new(Role::Text, short(record.order.id.0)),
            Cell::new(Role::TextStrong, whereto(record, state)),
            Cell::new(Role::Value, wanted(record)),
            standing,
            Cell::new(Role::Value, format::megawatts(record.delivered())),
            Cell::Empty,
            Cell::new(Role::Text, when(Some(record.sent_at), zone)),
            Cell::new(Role::Text, when(accepted, zone)),
            Cell::new(
                if listed.whose == Whose::Ours {
                    Role::TextDim
                } else {
                    Role::Text
                },
                by,
            ),
        ],
        cursor: false,
        // Where there is no room for who gave it, the sign says that it was not this desk.
        marked: listed.whose == Whose::Told,
    }
}

/// Who gave an order, and where, as far as it was not this desk.
pub(super) fn issuer(listed: Listed<'_>, state: &State) -> String {
    let order = &listed.record.order;
    let by = person(state, &order.issued_by);
    match (listed.whose, &order.desk) {
        (Whose::Gateway, _) => own_issuer(&order.issued_by),
        (Whose::Told, Some(desk)) if !desk.is_empty() && *desk != state.desk.name => {
            say!("orders-by-desk", by = by, desk = person(state, desk))
        }
        _ => by,
    }
}

/// Who gave an order that no desk gave: the gateway, by which rule.
fn own_issuer(issued_by: &str) -> String {
    let rule = issued_by.strip_prefix("rule ").unwrap_or(issued_by);
    say!("desk-own", rule = rule)
}

/// What the signs in the bars mean.
pub(super) fn legend(pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let glyphs = pen.look().glyphs;
    let rising = [0.3, 0.7, 1.0].map(|share| super::course::level(share, glyphs));
    let meanings: [(&[char], &str); 8] = [
        (&['s'], say!("desk-sign-sent")),
        (&['a'], say!("desk-sign-accepted")),
        (&rising, say!("desk-sign-delivered")),
        (&[glyphs.upright()], say!("desk-sign-promised")),
        (&['d'], say!("desk-sign-all")),
        (&['x'], say!("desk-sign-wrong")),
        (&['e'], say!("desk-sign-expires")),
        (&[glyphs.mark()], say!("desk-sign-other")),
    ];
    let (x, y, width) = inset(area);
    let end = x.saturating_add(width);
    let mut x = x.saturating_add(2);
    for (signs, words) in meanings {
        let long = text::width(words, width);
        let signs_long = u16::try_from(signs.len()).unwrap_or(u16::MAX);
        let needed = signs_long.saturating_add(1).saturating_add(long);
        // What does not fit whole is left out, not cut.
        if x.saturating_add(needed) > end {
            return;
        }
        for sign in signs {
            pen.sign(x, y, Role::Text, *sign);
            x = x.saturating_add(1);
        }
        x = x.saturating_add(1);
        x = x.saturating_add(pen.text(x, y, long, Role::TextDim, words));
        x = x.saturating_add(3);
    }
}
