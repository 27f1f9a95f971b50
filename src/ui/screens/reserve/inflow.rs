//! What came in by day, as this desk kept it and as the feed states it, and by site.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use ratatui::layout::Rect;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::cells::site_name;
use super::{line, money, put_mark, role, sentence, title};
use crate::app::State;
use crate::app::holdings::{Heard, Stated, stated};
use crate::app::inflow::{first_day, grown};
use crate::domain::inflow::{Day, MOST_DAYS};
use crate::domain::reserve::BalanceSource;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::Fact;

/// Columns of the words before the bars, and of the mark behind them.
const WORDS: u16 = 11;
const MARK: u16 = 5;
/// Columns of the figure behind the bars.
const FIGURE: u16 = 11;
/// Days shown where there is no room for all.
const LEAST_DAYS: usize = 7;

/// One line of bars, a column a day, oldest first.
struct Band {
    words: &'static str,
    source: BalanceSource,
    /// None is a gap; uncertain ones are marked.
    days: Vec<Option<(Decimal, bool)>>,
}

impl Band {
    fn is_known(&self) -> bool {
        self.days.iter().any(Option::is_some)
    }
}

/// Draws days above, sites below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let stated = stated(state);
    let ours: Vec<Band> = BalanceSource::ALL.map(|source| ours(state, source)).into();
    let theirs: Vec<Band> = BalanceSource::ALL
        .map(|source| theirs(state, &stated, source))
        .into();
    let mut right = Vec::new();
    if !ours.iter().any(Band::is_known) {
        right.push(Fact::words(1, Role::TextDim, say!("reserve-no-past")));
    }
    title(
        pen,
        line(area, 0),
        say!("reserve-inflow").to_owned(),
        &right,
    );
    let mut bands: Vec<Band> = ours.into_iter().chain(theirs).collect();
    bands.retain(Band::is_known);
    if stated.days.is_empty() {
        sentence(pen, line(area, 1), Role::TextDim, say!("reserve-no-inflow"));
        area_below(pen, area, 2, state, &bands, &stated);
    } else {
        area_below(pen, area, 1, state, &bands, &stated);
    }
}

fn area_below(
    pen: &mut Pen<'_>,
    area: Rect,
    from: u16,
    state: &State,
    bands: &[Band],
    stated: &Stated,
) {
    let mut at = from;
    let most_sites = if area.height < 8 { 1 } else { 2 };
    let sites = most_sites.min(stated.sites.len() as u16);
    // The line of dates and a site or two keep their place.
    let room = area.height.saturating_sub(at + 1 + sites);
    let bands = &bands[..bands.len().min(usize::from(room))];
    let places = area.width.saturating_sub(2 + WORDS + MARK + FIGURE);
    let days = usize::from(places).clamp(LEAST_DAYS.min(MOST_DAYS), MOST_DAYS);
    let wide = (usize::from(places) / days).clamp(1, 2) as u16;
    for band in bands {
        // What a desk saw and what a feed says may differ by far; each has its own scale.
        let alike = bands.iter().filter(|other| other.words == band.words);
        let most = alike.flat_map(|band| band.days.iter().flatten());
        let most = most.map(|(amount, _)| *amount).max().unwrap_or_default();
        draw_band(pen, line(area, at), band, (days, wide), most);
        at += 1;
    }
    if !bands.is_empty() {
        dates(pen, line(area, at), state, (days, wide));
        at += 1;
    }
    let place = Rect {
        y: area.y + at.min(area.height),
        height: area.height.saturating_sub(at),
        ..area
    };
    by_site(pen, place, state, stated);
}

/// What this desk's own history shows.
fn ours(state: &State, source: BalanceSource) -> Band {
    let days = grown(state, source).into_iter();
    Band {
        words: say!("reserve-this-desk"),
        source,
        days: days
            .map(|day| day.map(|grown| (grown.amount, grown.unsure)))
            .collect(),
    }
}

/// What the feeds state.
fn theirs(state: &State, stated: &Stated, source: BalanceSource) -> Band {
    let first = first_day(state.now);
    let of = |(_, day): &(BalanceSource, Day)| usize::try_from(day.0.checked_sub(first.0)?).ok();
    let by_day: BTreeMap<usize, Decimal> = stated
        .days
        .iter()
        .filter(|((by, _), _)| *by == source)
        .filter_map(|(key, amount)| Some((of(key)?, *amount)))
        .collect();
    Band {
        words: say!("reserve-feed-says"),
        source,
        days: (0..MOST_DAYS)
            .map(|at| by_day.get(&at).map(|amount| (*amount, stated.unheard)))
            .collect(),
    }
}

fn draw_band(
    pen: &mut Pen<'_>,
    area: Rect,
    band: &Band,
    (days, wide): (usize, u16),
    most: Decimal,
) {
    if area.height == 0 {
        return;
    }
    let glyphs = pen.look().glyphs;
    let levels = glyphs.levels();
    let (x, y, width) = (area.x + 1, area.y, area.width.saturating_sub(2));
    pen.text(x, y, WORDS - 1, Role::TextDim, band.words);
    put_mark(pen, x + WORDS, y, band.source, Heard::Now);
    let most = most.to_f64().unwrap_or(0.0).max(f64::MIN_POSITIVE);
    let left = x + WORDS + MARK;
    let shown = &band.days[MOST_DAYS - days..];
    for (place, day) in (0u16..).zip(shown) {
        let Some((amount, unsure)) = day else {
            continue;
        };
        let heard = if *unsure { Heard::Unheard } else { Heard::Now };
        let role = role(band.source, heard);
        let share = (amount.to_f64().unwrap_or(0.0) / most).clamp(0.0, 1.0);
        let level = ((share * 8.0).ceil() as usize).clamp(1, 8) - 1;
        let sign = if amount.is_sign_negative() && !amount.is_zero() {
            glyphs.down()
        } else {
            levels[level]
        };
        for column in 0..wide {
            pen.sign(left + place * wide + column, y, role, sign);
        }
    }
    if let Some((today, unsure)) = band.days.last().copied().flatten() {
        let heard = if unsure { Heard::Unheard } else { Heard::Now };
        let figure = format::decimal(today.to_f64().unwrap_or(0.0), 4);
        let figure = super::marked(&figure, band.source, heard);
        let room = width.saturating_sub(WORDS + MARK);
        pen.text_right(
            x + width,
            y,
            room.min(FIGURE),
            role(band.source, heard),
            &figure,
        );
    }
}

/// The first and the last day, and what the figures behind are.
fn dates(pen: &mut Pen<'_>, area: Rect, state: &State, (days, wide): (usize, u16)) {
    if area.height == 0 {
        return;
    }
    let left = area.x + 1 + WORDS + MARK;
    let width = days as u16 * wide;
    let today = Day::of(state.now);
    let of = |day: Day| format::day_month(day.start(), &TimeZone::UTC);
    let first = of(today.before(days - 1));
    pen.text(left, area.y, width, Role::TextDim, &first);
    let end = left + width;
    if width > 14 {
        pen.text_right(end, area.y, 8, Role::TextDim, &of(today));
    }
    let right = area.right().saturating_sub(1);
    let room = right.saturating_sub(end + 1);
    pen.text_right(right, area.y, room, Role::TextDim, say!("reserve-today"));
}

/// The sites that brought the most in the last days.
fn by_site(pen: &mut Pen<'_>, area: Rect, state: &State, stated: &Stated) {
    let heard = if stated.unheard {
        Heard::Unheard
    } else {
        Heard::Now
    };
    let x = area.x + 1;
    let end = area.right().saturating_sub(1);
    let words = [say!("reserve-by-site"), say!("reserve-seven-days")];
    for (at, (site, source, amount)) in (0..area.height).zip(&stated.sites) {
        let y = area.y + at;
        if let Some(words) = words.get(usize::from(at)) {
            pen.text(x, y, WORDS - 1, Role::TextDim, words);
        }
        put_mark(pen, x + WORDS, y, *source, heard);
        let figure = super::marked(&money(*amount, true), *source, heard);
        let figure = format!("{figure} BTC");
        let wide = text::width(&figure, 40);
        let from = x + WORDS + MARK;
        let room = end.saturating_sub(from + wide + 2);
        let name = match site {
            Some(site) => site_name(state, site),
            None => say!("reserve-nation").to_owned(),
        };
        pen.text(from, y, room, Role::Text, &name);
        pen.text_right(end, y, wide, role(*source, heard), &figure);
    }
}
