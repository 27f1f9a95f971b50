//! What the bitcoin is worth by the rates of a feed, with their age: an estimate in whole units.

use ratatui::layout::Rect;
use rust_decimal::Decimal;

use super::{line, marked, sentence, title};
use crate::app::State;
use crate::app::feeds::Feed;
use crate::app::holdings::{self, Heard, Sums, is_heard};
use crate::domain::ids::FeedId;
use crate::domain::rates::{Freshness, Rate};
use crate::domain::reserve::BalanceSource;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const RATES: &[Column] = &[
    Column::words("reserve-col-unit", (5, 5, 6), 0),
    Column::figures("reserve-col-worth-checked", 18, 1),
    Column::figures("reserve-col-worth-claimed", 16, 4),
    Column::figures("reserve-col-per-btc", 13, 2),
    Column::words("reserve-col-rate-age", (8, 15, 18), 3),
    Column::words("reserve-col-rate-source", (6, 12, 40), 5),
];

/// Draws a line a currency, with a title where asked for.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, titled: bool) {
    let mut area = area;
    if titled && area.height > 2 {
        title(pen, line(area, 0), say!("reserve-worth").to_owned(), &[]);
        area = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
    }
    let rates = holdings::rates(state);
    if rates.is_empty() {
        sentence(pen, line(area, 0), Role::TextDim, say!("reserve-no-rates"));
        return;
    }
    let held = BalanceSource::ALL.map(|source| holdings::bitcoin(state, source));
    let shown = Shown {
        rows: rates.len(),
        cursor: 0,
        sorted: None,
    };
    let about = pen.look().glyphs.about();
    table(pen, area, RATES, shown, &|at| {
        let (feed, rate) = rates[at];
        row(state, (feed, rate), &held, about)
    });
}

fn row(state: &State, (feed, rate): (FeedId, &Rate), held: &[Option<Sums>; 2], about: &str) -> Row {
    let now = state.now;
    let freshness = rate.freshness(now);
    let age = format::age(rate.at, now);
    let unheard = !is_heard(state, feed);
    let age = match freshness {
        Freshness::Fresh if unheard => Cell::new(Role::ValueStale, format!("? {age}")),
        Freshness::Fresh => Cell::new(Role::TextDim, age),
        Freshness::Stale => Cell::new(Role::ValueStale, say!("value-stale", age = age)),
        Freshness::TooOld => Cell::new(Role::ValueBad, say!("reserve-rate-unused", age = age)),
        Freshness::Ahead => Cell::new(Role::ValueBad, say!("reserve-rate-ahead")),
    };
    let old = unheard || freshness != Freshness::Fresh;
    let worth = |source: BalanceSource, sums: &Option<Sums>| {
        let worth = sums.as_ref().and_then(|sums| {
            let worth = rate.worth(sums.held(), now)?;
            Some((worth, old || sums.unheard > 0))
        });
        worth.map_or(Cell::new(Role::TextDim, format::NONE), |(worth, old)| {
            let heard = if old { Heard::Unheard } else { Heard::Now };
            let figure = match source {
                BalanceSource::Node => format!("{about} {}", whole(worth)),
                // Its own mark says as much.
                BalanceSource::Claimed => whole(worth),
            };
            // Estimated at best, so never in the role of what is measured.
            let role = if old {
                Role::ValueStale
            } else {
                Role::ValueUncertain
            };
            Cell::new(role, marked(&figure, source, heard))
        })
    };
    let [node, claimed] = held;
    let per = format::amount(&rate.per_btc.to_string());
    let simulated = state.feed(feed).is_some_and(Feed::is_simulated);
    let source = if simulated {
        say!("reserve-rate-simulated", source = rate.source.as_ref())
    } else {
        rate.source.to_string()
    };
    Row {
        cells: vec![
            Cell::new(Role::Text, rate.currency.0.as_ref()),
            worth(BalanceSource::Node, node),
            worth(BalanceSource::Claimed, claimed),
            Cell::new(Role::Text, per),
            age,
            Cell::new(Role::TextDim, source),
        ],
        cursor: false,
        marked: false,
    }
}

/// Without decimals: the rate is no better than that.
fn whole(worth: Decimal) -> String {
    format::amount(&worth.trunc().to_string())
}
