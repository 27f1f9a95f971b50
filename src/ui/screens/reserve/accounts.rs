//! Accounts by currency, the totals of each above them: bitcoin's stay in sight, others scroll with their accounts.

use ratatui::layout::Rect;
use rust_decimal::Decimal;

use super::super::cells::site_name;
use super::{mark, marked, money, role, words};
use crate::app::State;
use crate::app::holdings::{self, Heard, Sums, accounts, heard};
use crate::app::rows::of_feed;
use crate::domain::ids::FeedId;
use crate::domain::reserve::{Account, BalanceSource, Currency};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::look::Glyphs;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::table::{Cell, Column, EDGE, Layout, Row, Shown, body, heads, row};

const ACCOUNTS: &[Column] = &[
    Column::words("reserve-col-by", (3, 3, 3), 0),
    Column::words("reserve-col-account", (10, 10, 30), 0),
    Column::words("reserve-col-unit", (5, 5, 5), 4),
    Column::figures("reserve-col-mature", 18, 1),
    Column::figures("reserve-col-immature", 16, 2),
    Column::figures("reserve-col-pending", 14, 5),
    Column::figures("reserve-col-height", 9, 3),
    Column::words("reserve-col-source", (7, 7, 7), 7),
    Column::figures("reserve-col-age", 8, 6),
    Column::words("reserve-col-site", (9, 10, 20), 8),
];
/// The column of the label.
const LABEL: usize = 1;

/// A line of the table.
enum Line<'a> {
    Total(Currency, BalanceSource, Sums),
    Account(FeedId, &'a Account),
}

/// Draws heads, bitcoin's totals, and as many accounts as fit.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.is_empty() {
        return;
    }
    let inner = Rect {
        width: area.width.saturating_sub(EDGE),
        ..area
    };
    let layout = Layout::fit(ACCOUNTS, inner.width);
    let (pinned, lines) = lines(state);
    let glyphs = pen.look().glyphs;
    let mut top = 0;
    if area.height > 1 {
        heads(pen, inner, ACCOUNTS, &layout, None);
        top = 1;
    }
    let room = layout.place(LABEL).map_or(0, |(_, width)| width);
    for (source, sums) in pinned {
        if area.height < top + 2 {
            break;
        }
        let place = Rect {
            y: inner.y + top,
            height: 1,
            ..inner
        };
        let bitcoin = Currency("BTC".into());
        let total = total(&bitcoin, source, &sums, (room, glyphs));
        row(pen, place, ACCOUNTS, &layout, &total);
        top += 1;
    }
    let cursor = state.nav.accounts.cursor.as_deref();
    let at = lines.iter().position(|line| match line {
        Line::Account(feed, account) => {
            cursor.is_some_and(|cursor| *of_feed(*feed, account.id.as_str()) == *cursor)
        }
        Line::Total(..) => false,
    });
    let shown = Shown {
        rows: lines.len(),
        cursor: at.unwrap_or(0),
        sorted: None,
    };
    let rest = Rect {
        y: area.y + top,
        height: area.height - top,
        ..area
    };
    body(pen, rest, (ACCOUNTS, &layout), shown, &|line| {
        let mut row = match &lines[line] {
            Line::Total(currency, source, sums) => total(currency, *source, sums, (room, glyphs)),
            Line::Account(feed, one) => account(state, *feed, one, glyphs),
        };
        row.cursor = at == Some(line);
        row
    });
}

/// Bitcoin's totals, and the lines below them.
fn lines(state: &State) -> (Vec<(BalanceSource, Sums)>, Vec<Line<'_>>) {
    let (mut pinned, mut others) = (Vec::new(), Vec::new());
    for (currency, source, sums) in holdings::totals(state) {
        if currency.is_btc() {
            pinned.push((source, sums));
        } else {
            others.push((currency, source, sums));
        }
    }
    let mut lines = Vec::new();
    let mut others = others.into_iter().peekable();
    let mut last: Option<&Currency> = None;
    let all = accounts(state);
    let alone = |currency: &Currency| {
        let of = |(_, account): &&(FeedId, &Account)| account.currency == *currency;
        all.iter().filter(of).take(2).count() == 1
    };
    for &(feed, account) in &all {
        if last != Some(&account.currency) {
            last = Some(&account.currency);
            while let Some((currency, source, sums)) =
                others.next_if(|(currency, _, _)| *currency == account.currency)
            {
                // One account is its own total.
                if !alone(&currency) {
                    lines.push(Line::Total(currency, source, sums));
                }
            }
        }
        lines.push(Line::Account(feed, account));
    }
    (pinned, lines)
}

fn figure(amount: Decimal, source: BalanceSource, heard: Heard, bitcoin: bool) -> Cell {
    if amount.is_zero() {
        Cell::new(Role::TextDim, format::NONE)
    } else {
        let figure = money(amount, bitcoin);
        Cell::new(role(source, heard), marked(&figure, source, heard))
    }
}

fn height(height: Option<u32>) -> Cell {
    height.map_or(Cell::Empty, |height| {
        Cell::new(Role::Text, format::count(u64::from(height)))
    })
}

fn total(
    currency: &Currency,
    source: BalanceSource,
    sums: &Sums,
    (room, glyphs): (u16, Glyphs),
) -> Row {
    let heard = if sums.unheard > 0 {
        Heard::Unheard
    } else {
        Heard::Now
    };
    let (full, brief) = match source {
        BalanceSource::Node => (say!("reserve-checked"), say!("reserve-checked-brief")),
        BalanceSource::Claimed => (say!("reserve-claimed"), say!("reserve-claimed-brief")),
    };
    let label = if text::width(full, 200) <= room {
        full
    } else {
        brief
    };
    let bitcoin = currency.is_btc();
    let figure = |amount| figure(amount, source, heard, bitcoin);
    Row {
        cells: vec![
            mark(source, heard, glyphs),
            Cell::new(Role::TextStrong, label),
            Cell::new(Role::TextStrong, currency.0.as_ref()),
            figure(sums.mature),
            figure(sums.immature),
            figure(sums.pending),
            height(sums.height),
            Cell::new(Role::TextDim, words::balance(source)),
            Cell::Empty,
            Cell::new(Role::TextDim, say!("reserve-accounts", n = sums.accounts)),
        ],
        cursor: false,
        marked: false,
    }
}

fn account(state: &State, feed: FeedId, account: &Account, glyphs: Glyphs) -> Row {
    let heard = heard(state, feed, account);
    let source = account.source;
    let bitcoin = account.currency.is_btc();
    let figure = |amount| figure(amount, source, heard, bitcoin);
    let age = format::age(account.measured_at, state.now);
    let age = if heard == Heard::Now {
        Cell::new(Role::TextDim, age)
    } else {
        Cell::new(Role::ValueStale, format!("? {age}"))
    };
    let site = account.site.as_ref();
    Row {
        cells: vec![
            mark(source, heard, glyphs),
            Cell::new(Role::Text, account.label.as_ref()),
            Cell::new(Role::TextDim, account.currency.0.as_ref()),
            figure(account.mature),
            figure(account.immature),
            figure(account.pending),
            height(account.as_of.as_ref().map(|as_of| as_of.height)),
            Cell::new(Role::TextDim, words::balance(source)),
            age,
            site.map_or(Cell::new(Role::TextDim, say!("reserve-nation")), |site| {
                Cell::new(Role::Text, site_name(state, site))
            }),
        ],
        cursor: false,
        marked: false,
    }
}
