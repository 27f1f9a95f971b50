//! Answers from a history: the coarsest grain that still gives the points wanted, and what is not packed yet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::chunk::{SECONDS, Slot};
use super::head::{self, Id, Open};
use super::rollup::{MINUTES, Point, QUARTERS, Sum, by_parts, of_slot};
use super::schema::open_to_read;
use super::store::{Ids, Key, id_of, load_series, row, stored, stored_block};
use super::trouble::Trouble;
use crate::domain::history::{Answer, Ask, Bucket, Grain, Integral, MOST_POINTS, Series};
use crate::domain::time::Timestamp;

/// A file with what is not packed yet.
pub(super) struct Look<'a> {
    pub(super) connection: &'a Connection,
    pub(super) ids: &'a Ids,
    pub(super) open: &'a Open,
}

/// A history that another process may be writing.
#[derive(Debug)]
pub struct Reader {
    at: PathBuf,
    connection: Connection,
}

impl Reader {
    /// Opens a file to look at it.
    pub fn open(at: &Path) -> Result<Self, Trouble> {
        Ok(Self {
            at: at.to_owned(),
            connection: open_to_read(at)?,
        })
    }

    /// Answers questions.
    pub fn answer(&self, asks: &[Ask]) -> Result<Vec<Answer>, Trouble> {
        let key = |ask: &Ask| (ask.gateway.clone(), ask.series.clone());
        let wanted: BTreeSet<Key> = asks.iter().map(key).collect();
        self.look(&wanted, |look| {
            asks.iter().map(|ask| answer(look, ask)).collect()
        })
    }

    /// Adds a series of the nation's own up over a time: energy of a series in W, hashes of one in kH/s.
    pub fn integral(
        &self,
        series: &Series,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Integral, Trouble> {
        self.look(&BTreeSet::from([(None, series.clone())]), |look| {
            integral(look, series, from, to)
        })
    }

    /// All from one moment: nothing is packed by the writer in between.
    fn look<T>(
        &self,
        wanted: &BTreeSet<Key>,
        ask: impl FnOnce(&Look<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        let run = || {
            let moment = self.connection.unchecked_transaction()?;
            let ids = load_series(&moment)?;
            let numbers: BTreeSet<Id> = wanted.iter().filter_map(|key| id_of(&ids, key)).collect();
            let open = head::load(&moment, |id| numbers.contains(&id))?;
            ask(&Look {
                connection: &moment,
                ids: &ids,
                open: &open,
            })
        };
        run().map_err(|error| Trouble::of(&self.at, &error))
    }
}

/// How long a part is, and what it is made of: so that at most `points` parts cover the time.
fn grain_of(span_s: i64, points: i64) -> (Grain, i64) {
    let width = (span_s + points - 1) / points;
    let grain = match width {
        ..60 => Grain::Second,
        60..900 => Grain::Minute,
        _ => Grain::Quarter,
    };
    let unit = grain.seconds();
    (grain, (width.max(1) + unit - 1) / unit * unit)
}

/// Answers one question.
pub(super) fn answer(look: &Look<'_>, ask: &Ask) -> rusqlite::Result<Answer> {
    let from_s = second(ask.from);
    // The part that holds the last millisecond asked for.
    let to_s = second(ask.to.shifted(999)).max(from_s);
    let points = i64::from(ask.points.clamp(1, MOST_POINTS));
    let (grain, step) = grain_of((to_s - from_s).max(1), points);
    let first = from_s.div_euclid(step);
    let last = (to_s + step - 1).div_euclid(step).max(first);
    let count = usize::try_from(last - first).unwrap_or(0);
    let mut sums = vec![Sum::default(); count];
    if let Some(id) = id_of(look.ids, &(ask.gateway.clone(), ask.series.clone())) {
        collect(look, grain, id, first * step..last * step, |at, point| {
            let index = usize::try_from(at.div_euclid(step) - first);
            if let Some(sum) = index.ok().and_then(|i| sums.get_mut(i)) {
                sum.add(point);
            }
        })?;
    }
    let cadence = ask.series.cadence();
    Ok(Answer {
        gateway: ask.gateway.clone(),
        series: ask.series.clone(),
        from: Timestamp::from_millis(first.saturating_mul(step).saturating_mul(1_000)),
        step: Duration::from_secs(step.unsigned_abs()),
        grain,
        buckets: sums.iter().map(|s| bucket(s, step, cadence)).collect(),
    })
}

fn bucket(sum: &Sum, step: i64, cadence: u16) -> Option<Bucket> {
    let point = sum.point()?;
    let known = f64::from(point.seen) * f64::from(cadence);
    Some(Bucket {
        min: point.min,
        max: point.max,
        mean: point.mean,
        last: point.last,
        coverage: (known / step as f64).min(1.0) as f32,
        unsure: (f64::from(point.unsure) / f64::from(point.seen.max(1))) as f32,
    })
}

/// Seconds within what series are kept for.
fn second(at: Timestamp) -> i64 {
    at.millis().div_euclid(1_000).clamp(0, 253_402_300_799)
}

/// Gives each point of the grain, with the second at which it begins, in the order of time. What is not packed yet comes
/// after what is: the two lie in different ten minutes, unless a clock was set back.
fn collect(
    look: &Look<'_>,
    grain: Grain,
    id: Id,
    span: std::ops::Range<i64>,
    mut each: impl FnMut(i64, Point),
) -> rusqlite::Result<()> {
    if span.is_empty() {
        return Ok(());
    }
    let length = i64::from(SECONDS);
    let (first, last) = (
        span.start.div_euclid(length),
        (span.end - 1).div_euclid(length),
    );
    let mut give = |at: i64, point: Point| {
        if span.contains(&at) {
            each(at, point);
        }
    };
    match grain {
        Grain::Second => {
            for index in first..=last {
                for slot in stored(look.connection, index, id)? {
                    give(index * length + i64::from(slot.second), of_slot(&slot));
                }
            }
        }
        Grain::Minute => blocks(look, "minute", id, &span, 60, MINUTES, &mut give)?,
        Grain::Quarter => blocks(look, "quarter", id, &span, 900, QUARTERS, &mut give)?,
    }
    for ((index, of), slots) in look.open.range((first, 0)..=(last, Id::MAX)) {
        if *of == id {
            give_open(grain, index * length, slots, &mut give);
        }
    }
    Ok(())
}

fn give_open(grain: Grain, begins: i64, slots: &[Slot], give: &mut impl FnMut(i64, Point)) {
    if grain == Grain::Second {
        for slot in slots {
            give(begins + i64::from(slot.second), of_slot(slot));
        }
        return;
    }
    // A quarter is no multiple of ten minutes: minutes of it are given, and fall where they belong.
    for (part, point) in by_parts(slots, 60) {
        let at = begins + i64::from(part) * 60;
        give(at.div_euclid(grain.seconds()) * grain.seconds(), point);
    }
}

fn blocks(
    look: &Look<'_>,
    table: &str,
    id: Id,
    span: &std::ops::Range<i64>,
    unit: i64,
    count: usize,
    give: &mut impl FnMut(i64, Point),
) -> rusqlite::Result<()> {
    let length = unit * count.cast_signed() as i64;
    for index in span.start.div_euclid(length)..=(span.end - 1).div_euclid(length) {
        let block = stored_block(look.connection, table, row(index, id), count)?;
        for (at, point) in (0..).zip(block.unwrap_or_default()) {
            if let Some(point) = point {
                give(index * length + at * unit, point);
            }
        }
    }
    Ok(())
}

/// Adds a series up: whole minutes from their roll-ups, the ends by the second.
pub(super) fn integral(
    look: &Look<'_>,
    series: &Series,
    from: Timestamp,
    to: Timestamp,
) -> rusqlite::Result<Integral> {
    let (from, to) = (second(from), second(to));
    let mut sum = Integral {
        span: Duration::from_secs((to - from).max(0).unsigned_abs()),
        ..Integral::default()
    };
    let Some(id) = look.ids.get(&(None, series.clone())) else {
        return Ok(sum);
    };
    let cadence = f64::from(series.cadence());
    let mut add = |_: i64, point: Point| {
        let seconds = f64::from(point.seen) * cadence;
        sum.sum += point.mean as f64 * seconds;
        sum.covered += Duration::from_secs_f64(seconds);
        sum.unsure += Duration::from_secs_f64(f64::from(point.unsure) * cadence);
    };
    let inner = (from + 59).div_euclid(60) * 60..to.div_euclid(60) * 60;
    if inner.is_empty() {
        collect(look, Grain::Second, *id, from..to, &mut add)?;
    } else {
        collect(look, Grain::Second, *id, from..inner.start, &mut add)?;
        collect(look, Grain::Minute, *id, inner.clone(), &mut add)?;
        collect(look, Grain::Second, *id, inner.end..to, &mut add)?;
    }
    Ok(sum)
}
