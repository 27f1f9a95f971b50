//! The axis below the lanes: local times at round ticks, the present marked; and times in words.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Instant};
use ratatui::layout::Rect;

use super::View;
use crate::app::axis::{Columns, Window};
use crate::domain::time::Timestamp;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Round steps between ticks, seconds.
const STEPS: [i64; 22] = [
    1,
    2,
    5,
    10,
    15,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    20 * DAY,
];

/// Columns of a label with its mark and a gap.
const fn room_for(step: i64) -> i64 {
    if step < MINUTE { 8 + 3 } else { 5 + 3 }
}

/// The least round step whose labels do not touch.
fn step_of(columns: &Columns) -> i64 {
    let wide = |step: &i64| step * 1_000 / columns.step.max(1) >= room_for(*step);
    STEPS.into_iter().find(wide).unwrap_or(30 * DAY)
}

/// The local time of day that a moment has, rounded down to a whole step since midnight, or since the first of 1970.
fn floor(at: Timestamp, step: i64, zone: &TimeZone) -> Option<DateTime> {
    let local = Instant::from_millisecond(at.millis()).ok()?;
    let local = local.to_zoned(zone.clone()).datetime();
    let since = local.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    let seconds = since.as_secs();
    let back = SignedDuration::from_secs(seconds.rem_euclid(step));
    let whole = SignedDuration::from_secs(seconds);
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .checked_add(whole - back)
        .ok()
}

/// A tick: when, and what stands at it.
struct Tick {
    at: Timestamp,
    label: String,
}

fn ticks(columns: &Columns, zone: &TimeZone) -> Vec<Tick> {
    let step = step_of(columns);
    let mut ticks = Vec::new();
    let Some(mut local) = floor(columns.from, step, zone) else {
        return ticks;
    };
    // Labels have a width, so there are never more ticks than columns.
    for _ in 0..columns.count + 2 {
        let Ok(next) = local.checked_add(SignedDuration::from_secs(step)) else {
            break;
        };
        let Ok(zoned) = local.to_zoned(zone.clone()) else {
            break;
        };
        let at = Timestamp::from_millis(zoned.timestamp().as_millisecond());
        if at >= columns.end() {
            break;
        }
        if at >= columns.from {
            let is_day = local.time() == jiff::civil::Time::midnight();
            let label = if is_day && columns.step > 1 {
                format::short_day(at, zone)
            } else if step < MINUTE {
                format::clock(at, zone)
            } else {
                format::minute(at, zone)
            };
            ticks.push(Tick { at, label });
        }
        local = next;
    }
    ticks
}

/// Draws the axis.
pub(super) fn axis(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let look = pen.look();
    let (left, width) = view.plot;
    let mark = look.glyphs.upright();
    if !view.gutter.is_narrow {
        let room = view.gutter.width.saturating_sub(2);
        let zone = look.zone_name.clone();
        pen.text_right(left - 1, area.y, room, Role::TextDim, &zone);
    }
    // The present has its place first.
    let mut taken: Option<(u16, u16)> = None;
    if let Some(now) = view.now() {
        let word = say!("axis-now");
        let length = text::width(word, width);
        let (from, until) = if now >= length {
            pen.text(left + now - length, area.y, length, Role::TextStrong, word);
            (now - length, now)
        } else {
            let room = width - now - 1;
            pen.text(left + now + 1, area.y, room, Role::TextStrong, word);
            (now, now + length)
        };
        pen.sign(left + now, area.y, Role::TextStrong, mark);
        taken = Some((from, until));
    }
    let mut free = 0;
    for tick in ticks(&view.columns, &look.zone) {
        let Some(at) = view.column(view.columns.place(tick.at)) else {
            continue;
        };
        let end = at + text::width(&tick.label, 20);
        let clear = taken.is_none_or(|(from, until)| end + 1 < from || at > until + 1);
        if at >= free && end < width && clear {
            pen.sign(left + at, area.y, Role::TextDim, mark);
            pen.text(
                left + at + 1,
                area.y,
                width - at - 1,
                Role::TextDim,
                &tick.label,
            );
            free = end + 2;
        }
    }
}

/// A stretch of time in words: `03:10-04:10`, with seconds where it is short, with the day where that is not today's.
pub(super) fn stretch(window: Window, now: Timestamp, zone: &TimeZone) -> String {
    let short = window.from.age(window.to).as_secs() < 900;
    let clock = |at| {
        if short {
            format::clock(at, zone)
        } else {
            format::minute(at, zone)
        }
    };
    let day = |at| format::day(at, zone);
    let (from, to) = (window.from, window.to);
    if day(from) != day(to) {
        let dated = |at| format!("{} {}", format::short_day(at, zone), clock(at));
        format!("{} - {}", dated(from), dated(to))
    } else if day(from) == day(now) {
        format!("{}-{}", clock(from), clock(to))
    } else {
        format!("{} {}-{}", day(from), clock(from), clock(to))
    }
}
