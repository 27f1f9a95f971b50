//! Accounts of the state reserve, each with who says so and up to which block.

use ratatui::layout::Rect;

use super::cells::site_name;
use super::{inset, split, words};
use crate::app::State;
use crate::app::rows;
use crate::domain::reserve::{Account, BalanceSource};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

use rust_decimal::Decimal;

const ACCOUNTS: &[Column] = &[
    Column::words("reserve-col-account", (10, 14, 30), 0),
    Column::words("reserve-col-unit", (5, 5, 6), 2),
    Column::figures("reserve-col-mature", 18, 1),
    Column::figures("reserve-col-immature", 16, 4),
    Column::figures("reserve-col-pending", 16, 6),
    Column::words("reserve-col-source", (7, 8, 8), 3),
    Column::figures("reserve-col-height", 9, 7),
    Column::figures("reserve-col-age", 7, 5),
    Column::words("reserve-col-site", (9, 10, 20), 8),
];

/// Draws totals above, accounts below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let (head, rest) = split(area, area.height.min(3));
    let total = state.bitcoin();
    let line = |at: u16| {
        inset(Rect {
            y: head.y + at,
            height: 1,
            ..head
        })
    };
    let btc = |weight, name: &str, amount: Decimal| {
        Fact::figure(weight, name, Role::Value, &money(amount, true), "BTC")
    };
    if head.height >= 1 {
        let left = [
            btc(0, say!("reserve-mature"), total.mature),
            btc(1, say!("reserve-immature"), total.immature),
            btc(2, say!("reserve-pending"), total.pending),
        ];
        let claimed = if total.claimed > 0 {
            vec![Fact::words(
                3,
                Role::TextStrong,
                say!("reserve-claimed", n = total.claimed, all = total.accounts),
            )]
        } else {
            vec![]
        };
        strip(pen, line(0), 3, &left, &claimed);
    }
    if head.height >= 2
        && let Some(network) = &state.network
    {
        let facts = [
            Fact::figure(
                0,
                say!("reserve-block"),
                Role::Text,
                &format::count(u64::from(network.height)),
                "",
            ),
            Fact::figure(
                2,
                say!("reserve-difficulty"),
                Role::Text,
                &format::decimal(network.difficulty, 0),
                "",
            ),
            Fact::figure(
                1,
                say!("reserve-reward"),
                Role::Text,
                &format::btc(network.reward),
                "BTC",
            ),
        ];
        strip(pen, line(1), 3, &facts, &[]);
    }
    if state.reserve.is_empty() {
        let words = say!("reserve-none");
        pen.text(
            rest.x + 1,
            rest.y,
            rest.width.saturating_sub(1),
            Role::TextDim,
            words,
        );
        return;
    }
    let accounts: Vec<&Account> = state.reserve.values().collect();
    let ids = rows::accounts(state);
    let shown = Shown {
        rows: accounts.len(),
        cursor: rows::cursor_index(&state.nav.accounts, &ids),
        sorted: None,
    };
    table(pen, rest, ACCOUNTS, shown, &|at| {
        let mut row = account(state, accounts[at]);
        row.cursor = at == shown.cursor;
        row
    });
}

/// Bitcoin with its eight decimals; other currencies as they came.
fn money(amount: Decimal, bitcoin: bool) -> String {
    if bitcoin {
        format::amount(&format!("{amount:.8}"))
    } else {
        format::amount(&amount.to_string())
    }
}

fn account(state: &State, account: &Account) -> Row {
    let bitcoin = account.currency.is_btc();
    let figure = |amount: Decimal| {
        let role = if account.source == BalanceSource::Claimed {
            Role::ValueUncertain
        } else {
            Role::Value
        };
        if amount.is_zero() {
            Cell::new(Role::TextDim, format::NONE)
        } else {
            Cell::new(role, money(amount, bitcoin))
        }
    };
    let height = account.as_of.as_ref().map_or(Cell::Empty, |as_of| {
        Cell::new(Role::Text, format::count(u64::from(as_of.height)))
    });
    Row {
        cells: vec![
            Cell::new(Role::Text, account.label.as_ref()),
            Cell::new(Role::TextDim, account.currency.0.as_ref()),
            figure(account.mature),
            figure(account.immature),
            figure(account.pending),
            Cell::new(Role::TextDim, words::balance(account.source)),
            height,
            Cell::new(Role::TextDim, format::age(account.measured_at, state.now)),
            account
                .site
                .as_ref()
                .map_or(Cell::new(Role::TextDim, say!("reserve-nation")), |s| {
                    Cell::new(Role::Text, site_name(state, s))
                }),
        ],
        cursor: false,
        marked: false,
    }
}
