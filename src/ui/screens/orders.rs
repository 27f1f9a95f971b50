//! Orders of this desk: sent, accepted, delivered, each by itself; and what each block of the chosen one says.

use ratatui::layout::Rect;

use super::abnormal::{life_role, share, wanted, whereto};
use super::cells::site_name;
use super::{inset, reasons, split, words};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::nav::Screen;
use crate::app::notes::short;
use crate::app::rows;
use crate::control::order::{Life, Record};
use crate::domain::ids::BlockKey;
use crate::domain::order::TargetStatus;
use crate::domain::time::Timestamp;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const ORDERS: &[Column] = &[
    Column::words("orders-col-order", (6, 6, 6), 0),
    Column::words("orders-col-where", (9, 10, 20), 4),
    Column::figures("site-col-power", 9, 1),
    Column::words("site-col-state", (9, 9, 9), 2),
    Column::words("orders-col-sent", (8, 8, 8), 7),
    Column::words("orders-col-accepted", (8, 8, 8), 6),
    Column::figures("orders-col-delivered", 9, 3),
    Column::words("orders-col-progress", (8, 12, 18), 5),
    Column::words("orders-col-detail", (10, 16, 60), 8),
];

const TARGETS: &[Column] = &[
    Column::words("nation-col-site", (9, 11, 20), 0),
    Column::words("site-col-block", (8, 8, 16), 1),
    Column::words("site-col-state", (9, 9, 9), 2),
    Column::figures("orders-col-delivered-mw", 12, 3),
    Column::words("orders-col-metered", (8, 8, 8), 5),
    Column::words("orders-col-why", (10, 24, 80), 4),
];

/// The columns with room for the longest word of the language for how far an order has come.
fn wide_enough(columns: &[Column]) -> Vec<Column> {
    let room = words::longest_life();
    let fit = |column: &Column| match column.head {
        "site-col-state" => Column {
            least: room,
            good: room,
            best: room,
            ..*column
        },
        _ => *column,
    };
    columns.iter().map(fit).collect()
}

/// Draws orders above, the chosen one's blocks below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let (head, rest) = split(area, if area.height >= 14 { 2 } else { 1 });
    heading(pen, head, state);
    if state.orders.is_empty() {
        let key = |action| state.keys.hint(action);
        let how = say!(
            "orders-none-how",
            curtail = key(Action::Curtail),
            nation = key(Action::Show(Screen::Nation)),
            mark = key(Action::Mark)
        );
        let words = [say!("orders-none"), how.as_str()];
        for (line, words) in (1..).zip(words) {
            if line < rest.height {
                pen.text(
                    rest.x + 3,
                    rest.y + line,
                    rest.width.saturating_sub(4),
                    Role::TextDim,
                    words,
                );
            }
        }
        return;
    }
    let ids = rows::orders(state);
    let cursor = rows::cursor_index(&state.nav.orders, &ids);
    let chosen = state
        .orders
        .len()
        .checked_sub(cursor + 1)
        .and_then(|at| state.orders.get(at));
    let wanted_rows = u16::try_from(state.orders.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let below = rest.height >= 10;
    let (top, low) = split(
        rest,
        if below {
            wanted_rows.min(rest.height / 2)
        } else {
            rest.height
        },
    );
    let shown = Shown {
        rows: state.orders.len(),
        cursor,
        sorted: None,
    };
    let zone = pen.look().zone.clone();
    let columns = wide_enough(ORDERS);
    table(pen, top, &columns, shown, &|at| {
        let record = state.orders.get(state.orders.len().wrapping_sub(at + 1));
        let mut row = record.map_or_else(Row::default, |r| order_row(r, state, &zone));
        row.cursor = at == cursor;
        row
    });
    if below && let Some(record) = chosen {
        targets(pen, low, record, state);
    }
}

fn heading(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let under_way = state.orders.iter().filter(|r| !r.life.is_final()).count();
    let left = [
        Fact::words(0, Role::Title, say!("orders-title")),
        Fact::words(
            1,
            Role::Text,
            say!("orders-count", under = under_way, all = state.orders.len()),
        ),
    ];
    let forgetful = state
        .feeds
        .iter()
        .filter_map(|f| f.info.as_ref())
        .any(|info| !info.durable_orders);
    let right = if forgetful {
        vec![
            Fact::words(2, Role::TextDim, say!("orders-forgetful")).or(Fact::words(
                2,
                Role::TextDim,
                say!("orders-forgetful-brief"),
            )),
        ]
    } else {
        vec![]
    };
    strip(pen, inset(area), 3, &left, &right);
}

fn when(at: Option<Timestamp>, zone: &jiff::tz::TimeZone) -> String {
    at.map_or_else(|| format::NONE.to_owned(), |at| format::clock(at, zone))
}

fn order_row(record: &Record, state: &State, zone: &jiff::tz::TimeZone) -> Row {
    let words = if record.detail.is_empty() {
        record.order.reason.as_ref()
    } else {
        record.detail.as_ref()
    };
    Row {
        cells: vec![
            Cell::new(Role::Text, short(record.order.id.0)),
            Cell::new(Role::TextStrong, whereto(record, state)),
            Cell::new(Role::Value, wanted(record)),
            Cell::new(life_role(record.life), words::life(record.life)),
            Cell::new(Role::Text, when(Some(record.sent_at), zone)),
            Cell::new(Role::Text, when(record.accepted_at(), zone)),
            Cell::new(Role::Value, format::megawatts(record.delivered())),
            Cell::Bar(share(record)),
            Cell::new(Role::TextDim, words),
        ],
        cursor: false,
        marked: false,
    }
}

fn targets(pen: &mut Pen<'_>, area: Rect, record: &Record, state: &State) {
    let (head, rest) = split(area, 1);
    let facts = [
        Fact::words(
            0,
            Role::TextDim,
            say!("orders-blocks-of", id = short(record.order.id.0)),
        ),
        Fact::figure(
            1,
            say!("orders-to"),
            Role::Text,
            record.order.gateway.as_str(),
            "",
        ),
        Fact::figure(
            2,
            say!("orders-issued-by"),
            Role::Text,
            &record.order.issued_by,
            "",
        ),
    ];
    let (x, y, width) = inset(head);
    strip(pen, (x + 2, y, width.saturating_sub(2)), 2, &facts, &[]);
    let shown = Shown {
        rows: record.order.targets.len(),
        cursor: 0,
        sorted: None,
    };
    let zone = pen.look().zone.clone();
    let columns = wide_enough(TARGETS);
    table(pen, rest, &columns, shown, &|at| {
        let target = &record.order.targets[at];
        let key = BlockKey::new(&target.site, &target.block);
        let name = state.fleet.block(&key).map_or_else(
            || target.block.as_str().to_owned(),
            |b| b.block.name.to_string(),
        );
        let stated = record
            .targets
            .iter()
            .find(|t| t.site == target.site && t.block == target.block);
        target_row(site_name(state, &target.site), name, stated, &zone)
    });
}

fn target_row(
    site: String,
    block: String,
    stated: Option<&TargetStatus>,
    zone: &jiff::tz::TimeZone,
) -> Row {
    let mut cells = vec![Cell::new(Role::Text, site), Cell::new(Role::Text, block)];
    if let Some(stated) = stated {
        let why = reasons::all(&stated.reasons, None);
        let delivered = stated
            .delivered
            .map_or_else(|| format::NONE.to_owned(), format::megawatts);
        cells.extend([
            Cell::new(Role::Text, words::life(Life::Said(stated.phase))),
            Cell::new(Role::Value, delivered),
            Cell::new(Role::TextDim, when(stated.measured_at, zone)),
            Cell::new(Role::TextStrong, why),
        ]);
    } else {
        cells.push(Cell::new(Role::TextDim, say!("orders-no-answer")));
    }
    Row {
        cells,
        cursor: false,
        marked: false,
    }
}
