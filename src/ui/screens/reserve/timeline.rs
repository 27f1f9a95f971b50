//! When coins mature: a line of 100 blocks, and the next ones by name.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{line, money, put_mark, role, sentence, title};
use crate::app::State;
use crate::app::holdings::{Heard, chosen};
use crate::app::maturing::{Maturities, maturities};
use crate::domain::maturity::{COINBASE_MATURITY, Due, TimeLine, about};
use crate::domain::reserve::{BalanceSource, plus};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::Fact;

/// Columns before the line: the mark of who says so.
const BEFORE: u16 = 5;

/// Draws what of the account under the cursor, or of all, matures when.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let found = maturities(state);
    let one = chosen(state);
    let of = one.map(|(_, account)| account.label.clone());
    let words = match &of {
        Some(label) => say!("reserve-maturing-of", account = label.as_ref()),
        None => say!("reserve-maturing-all").to_owned(),
    };
    let right = if found.unheard > 0 {
        vec![Fact::words(
            1,
            Role::ValueStale,
            say!("reserve-unheard", n = found.unheard),
        )]
    } else {
        vec![]
    };
    title(pen, line(area, 0), words, &right);
    let mut at = 1;
    for (role, words) in notes(&found, one.is_some_and(|(_, a)| !a.currency.is_btc())) {
        sentence(pen, line(area, at), role, &words);
        at += 1;
    }
    let lines: Vec<_> = BalanceSource::ALL
        .into_iter()
        .filter_map(|source| found.lines.get(&source).map(|line| (source, line)))
        .filter(|(_, line)| !line.due.is_empty())
        .collect();
    if lines.is_empty() {
        return;
    }
    let rest = area.height.saturating_sub(at);
    // Two or more of the next coins are named, whatever else there is no room for.
    let tall = if rest > 9 { 2 } else { 1 };
    let width = area.width.saturating_sub(BEFORE + 2);
    let bands: Vec<Vec<Bar>> = lines.iter().map(|(_, line)| columns(line, width)).collect();
    let amounts = bands.iter().flatten().map(|bar| bar.amount);
    let most = amounts.max().unwrap_or_default();
    for ((source, line), band) in lines.iter().zip(&bands) {
        let place = Rect {
            x: area.x + 1 + BEFORE,
            y: area.y + at,
            width,
            height: tall.min(area.height.saturating_sub(at)),
        };
        if place.height > 0 {
            let old = line.due.values().any(|due| due.old);
            let y = place.y + place.height - 1;
            put_mark(pen, area.x + 1, y, *source, worth(old));
            bars(pen, place, band, most, *source);
        }
        at += place.height;
    }
    axis(pen, line(area, at), width);
    at += 1;
    let place = Rect {
        y: area.y + at.min(area.height),
        height: area.height.saturating_sub(at),
        ..area
    };
    next(pen, place, state, &lines);
}

/// What is to be said of it before it is believed.
fn notes(found: &Maturities, other: bool) -> Vec<(Role, String)> {
    if other {
        return vec![(Role::TextDim, say!("reserve-only-bitcoin").to_owned())];
    }
    let mut notes = Vec::new();
    if found.differ > 0 {
        let by = money(found.by, true);
        let words = say!("reserve-differs", n = found.differ, btc = by);
        notes.push((Role::ValueBad, words));
    }
    let ahead = found.lines.values().map(|line| line.ahead);
    let ahead = ahead.fold(Decimal::ZERO, plus);
    if !ahead.is_zero() {
        let words = say!("reserve-ahead", btc = money(ahead, true));
        notes.push((Role::ValueBad, words));
    }
    if found.silent > 0 {
        let words = if found.lines.is_empty() {
            say!("reserve-not-said").to_owned()
        } else {
            say!("reserve-some-silent", n = found.silent)
        };
        notes.push((Role::TextDim, words));
    } else if found.lines.values().all(|line| line.due.is_empty()) {
        notes.push((Role::TextDim, say!("reserve-nothing-immature").to_owned()));
    }
    notes
}

/// What coins are worth as figures of now.
const fn worth(old: bool) -> Heard {
    if old { Heard::Unheard } else { Heard::Now }
}

/// The coins of one column of a line.
struct Bar {
    amount: Decimal,
    old: bool,
}

/// The coins of each column of a line that is so wide, nearest first.
fn columns(line: &TimeLine, width: u16) -> Vec<Bar> {
    let blocks = u64::from(COINBASE_MATURITY);
    let wide = u64::from(width.max(1));
    (0..u64::from(width))
        .map(|column| {
            let from = column * blocks / wide;
            let until = ((column + 1) * blocks / wide).max(from + 1);
            let range = u32::try_from(from + 1).unwrap_or(1)..=u32::try_from(until).unwrap_or(1);
            let due = || line.due.range(range.clone()).map(|(_, due)| due);
            Bar {
                amount: due().map(|due| due.amount).fold(Decimal::ZERO, plus),
                old: due().any(|due| due.old),
            }
        })
        .collect()
}

/// Bars from the lower edge up, of eight heights a line.
fn bars(pen: &mut Pen<'_>, area: Rect, values: &[Bar], most: Decimal, source: BalanceSource) {
    let levels = pen.look().glyphs.levels();
    let ground = pen.look().glyphs.rule();
    let most = most.to_f64().unwrap_or(0.0).max(f64::MIN_POSITIVE);
    for (x, value) in (area.x..area.right()).zip(values) {
        let role = role(source, worth(value.old));
        let share = (value.amount.to_f64().unwrap_or(0.0) / most).clamp(0.0, 1.0);
        let mut eighths = (share * f64::from(area.height) * 8.0).ceil() as usize;
        for y in (area.top()..area.bottom()).rev() {
            match eighths {
                0 if y + 1 == area.bottom() => pen.sign(x, y, Role::TrendBand, ground),
                0 => {}
                some => pen.sign(x, y, role, levels[some.min(8) - 1]),
            }
            eighths = eighths.saturating_sub(8);
        }
    }
}

/// Blocks to go, and about how long that takes.
fn axis(pen: &mut Pen<'_>, area: Rect, width: u16) {
    if area.height == 0 {
        return;
    }
    let left = area.x + 1 + BEFORE;
    let approx = pen.look().glyphs.about();
    pen.text(left, area.y, width, Role::TextDim, say!("reserve-now"));
    let label = |blocks: u32| format!("{blocks} {approx} {}", format::span(about(blocks)));
    let last = label(COINBASE_MATURITY);
    let mut end = left + width;
    end -= pen.text_right(end, area.y, width, Role::TextDim, &last);
    for blocks in [75, 50, 25] {
        let words = label(blocks);
        let wide = text::width(&words, width);
        let at = left + (u32::from(width) * blocks / COINBASE_MATURITY) as u16;
        let from = at.saturating_sub(wide / 2);
        // Room for `now` stays, and air between labels.
        if from > left + 8 && from + wide + 2 <= end {
            pen.text(from, area.y, wide, Role::TextDim, &words);
            end = from;
        }
    }
}

/// The next coins, one line each.
fn next(pen: &mut Pen<'_>, area: Rect, state: &State, lines: &[(BalanceSource, &TimeLine)]) {
    let mut all: BTreeMap<(u32, bool), (BalanceSource, &Due)> = BTreeMap::new();
    for (source, line) in lines {
        for (blocks, due) in &line.due {
            let claimed = *source == BalanceSource::Claimed;
            all.insert((*blocks, claimed), (*source, due));
        }
    }
    let approx = pen.look().glyphs.about();
    let zone = pen.look().zone.clone();
    for (at, ((blocks, _), (source, due))) in (0..area.height).zip(&all) {
        let y = area.y + at;
        let x = area.x + 1;
        let heard = worth(due.old);
        let dim = if due.old {
            Role::ValueStale
        } else {
            Role::TextDim
        };
        put_mark(pen, x, y, *source, heard);
        let words = match blocks {
            0 => say!("reserve-due").to_owned(),
            blocks => say!("reserve-in-blocks", n = *blocks),
        };
        let counted = if due.old {
            Role::ValueStale
        } else {
            Role::Text
        };
        pen.text_right(x + 19, y, 15, counted, &words);
        let figure = super::marked(&money(due.amount, true), *source, heard);
        pen.text_right(x + 37, y, 17, role(*source, heard), &figure);
        pen.text(x + 38, y, 3, Role::TextDim, "BTC");
        if *blocks > 0 {
            // A time of day that has passed would be taken for tomorrow's.
            let words = if due.at > state.now {
                format!("{approx} {}", format::hour_minute(due.at, &zone))
            } else {
                say!("reserve-by-now").to_owned()
            };
            let room = area.right().saturating_sub(x + 43);
            pen.text(x + 43, y, room, dim, &words);
        }
    }
}
