//! Reads measured series. A bad row is counted and named by its line; it never ends the reading.

use std::fmt;
use std::io::Read;

use csv::StringRecord;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Largest file, bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Most values of a series.
const MOST_VALUES: usize = 4_000_000;
/// Lines that a report names.
const NAMED_LINES: usize = 10;
/// No synchronous system runs further from 50 Hz, mHz.
const MOST_MILLIHERTZ: f64 = 2_500.0;
/// No country draws more, MW.
const MOST_MEGAWATTS: f64 = 1e6;
/// Rows further than this from all others have a wrong date.
const ASTRAY_MS: i64 = 31 * 86_400_000;
/// A value stands for this many steps; then the series has a hole.
const HOLE_STEPS: i64 = 3;

const FIVE_MINUTES_MS: i64 = 300_000;
const DAY_COLUMNS: usize = 288;

/// Why nothing can be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReplayError {
    message: String,
}

impl ReplayError {
    pub(super) fn new(message: &str) -> Self {
        Self {
            message: message.into(),
        }
    }
}

/// What can be wrong with a row, or with one value of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowFault {
    /// Other than two columns (frequency) or 291 (load).
    Columns,
    /// No date, or one far away from all others.
    Date,
    /// No number, or not a finite one.
    Number,
    /// A number that no grid has.
    Absurd,
    /// The same time again; the first stands.
    Duplicate,
    /// Earlier than the row before; taken in its place.
    OutOfOrder,
}

impl RowFault {
    const ALL: [Self; 6] = [
        Self::Columns,
        Self::Date,
        Self::Number,
        Self::Absurd,
        Self::Duplicate,
        Self::OutOfOrder,
    ];

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Columns => "with a wrong number of columns",
            Self::Date => "with a bad date",
            Self::Number => "with a bad number",
            Self::Absurd => "with an absurd value",
            Self::Duplicate => "given twice",
            Self::OutOfOrder => "out of order",
        }
    }
}

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowReport {
    /// Rows, a header not counted.
    pub rows: u64,
    /// Values that are played.
    pub values: u64,
    counts: [u64; 6],
    lines: Vec<(u64, RowFault)>,
}

impl RowReport {
    /// How often a fault was met.
    pub fn count(&self, fault: RowFault) -> u64 {
        RowFault::ALL
            .iter()
            .zip(self.counts)
            .find(|(known, _)| **known == fault)
            .map_or(0, |(_, count)| count)
    }

    /// All faults together.
    pub fn faults(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The first ten faults with their lines, from 1.
    pub fn lines(&self) -> &[(u64, RowFault)] {
        &self.lines
    }

    fn note(&mut self, line: u64, fault: RowFault) {
        for (known, count) in RowFault::ALL.iter().zip(&mut self.counts) {
            if *known == fault {
                *count += 1;
            }
        }
        if self.lines.len() < NAMED_LINES {
            self.lines.push((line, fault));
        }
    }
}

impl fmt::Display for RowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {} values", self.rows, self.values)?;
        for fault in RowFault::ALL {
            let count = self.count(fault);
            if count > 0 {
                let lines = self.lines.iter().filter(|line| line.1 == fault);
                let lines: Vec<String> = lines.map(|line| line.0.to_string()).collect();
                write!(f, "; {count} {}", fault.words())?;
                if !lines.is_empty() {
                    write!(f, " (line {})", lines.join(", "))?;
                }
            }
        }
        Ok(())
    }
}

/// A measured series in order of time. Never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Milliseconds since the first, and the value.
    points: Vec<(i64, f64)>,
    step_ms: i64,
}

impl Series {
    /// How many values it has.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The usual time from value to value, ms.
    pub fn step_ms(&self) -> i64 {
        self.step_ms
    }

    /// How long it plays at the speed of the wall, ms; at least one step.
    pub fn span_ms(&self) -> i64 {
        self.points.last().map_or(0, |last| last.0) + self.step_ms
    }

    /// The value that stands so many ms into the series, none in a hole, and the time of its row.
    pub(super) fn at(&self, into_ms: i64) -> (Option<f64>, i64) {
        let after = self.points.partition_point(|point| point.0 <= into_ms);
        let Some(&(row_ms, value)) = self.points.get(after.saturating_sub(1)) else {
            return (None, into_ms);
        };
        let fresh = into_ms - row_ms < self.step_ms * HOLE_STEPS;
        (fresh.then_some(value), row_ms)
    }
}

/// Reads rows of `2017-01-12 00:00:00,-18.2`: a time and the deviation from 50 Hz in mHz.
///
/// # Errors
/// One sentence where the file can't be read, is larger than 64 MiB or 4 million values, or holds no good row.
pub fn load_frequency(reader: impl Read) -> Result<(Series, RowReport), ReplayError> {
    gather(reader, 10_000, "frequency", |record, values| {
        let [time, value] = [record.get(0), record.get(1)].map(Option::unwrap_or_default);
        if record.len() != 2 {
            return Err(RowFault::Columns);
        }
        let at: DateTime = time.parse().map_err(|_| RowFault::Date)?;
        let at = millis(at).ok_or(RowFault::Date)?;
        let deviation = number(value)?;
        if deviation.abs() > MOST_MILLIHERTZ {
            return Err(RowFault::Absurd);
        }
        values.push((at, Ok(deviation)));
        Ok(())
    })
}

/// Reads rows of a day: `Year,Month,Day` and 288 columns of MW, one for each five minutes.
///
/// # Errors
/// As [`load_frequency`].
pub fn load_load(reader: impl Read) -> Result<(Series, RowReport), ReplayError> {
    gather(reader, FIVE_MINUTES_MS, "load", |record, values| {
        if record.len() != 3 + DAY_COLUMNS {
            return Err(RowFault::Columns);
        }
        let part = |column: usize| record.get(column).unwrap_or_default();
        let date = || {
            let (year, month, day) = (
                part(0).parse().ok()?,
                part(1).parse().ok()?,
                part(2).parse().ok()?,
            );
            let date = Date::new(year, month, day).ok()?;
            millis(date.at(0, 0, 0, 0))
        };
        let midnight = date().ok_or(RowFault::Date)?;
        let mut at = midnight;
        for column in 3..3 + DAY_COLUMNS {
            let value = number(part(column)).and_then(|mw| {
                let sane = (0.0..=MOST_MEGAWATTS).contains(&mw);
                if sane { Ok(mw) } else { Err(RowFault::Absurd) }
            });
            values.push((at, value));
            at += FIVE_MINUTES_MS;
        }
        Ok(())
    })
}

type Values = Vec<(i64, Result<f64, RowFault>)>;

/// Reads all rows with `parse`, which appends the values of a row or says what is wrong with it as a whole.
fn gather(
    reader: impl Read,
    step_ms: i64,
    what: &str,
    parse: impl Fn(&StringRecord, &mut Values) -> Result<(), RowFault>,
) -> Result<(Series, RowReport), ReplayError> {
    let mut report = RowReport::default();
    let mut good: Vec<(i64, u64, f64)> = Vec::new();
    let mut bounded = reader.take(MOST_BYTES + 1);
    // No quotes: a stray one would swallow the rest of the file as a single field.
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .quoting(false)
        .trim(csv::Trim::All)
        .from_reader(&mut bounded);
    let mut bytes = csv::ByteRecord::new();
    let mut values = Values::new();
    let mut last_ms = i64::MIN;
    loop {
        match rows.read_byte_record(&mut bytes) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                return Err(ReplayError {
                    message: format!("the {what} file can't be read: {error}"),
                });
            }
        }
        let line = bytes.position().map_or(0, csv::Position::line);
        // Bytes that are no text become replacement characters, and so a bad date or number.
        let record: StringRecord = bytes
            .iter()
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect();
        if report.rows == 0 && line == 1 && is_header(&record) {
            continue;
        }
        report.rows += 1;
        values.clear();
        if let Err(fault) = parse(&record, &mut values) {
            report.note(line, fault);
            continue;
        }
        if values.first().is_some_and(|first| first.0 < last_ms) {
            report.note(line, RowFault::OutOfOrder);
        }
        for (at, value) in values.drain(..) {
            last_ms = at;
            match value {
                Ok(value) => good.push((at, line, value)),
                Err(fault) => report.note(line, fault),
            }
        }
        if good.len() > MOST_VALUES {
            return Err(ReplayError {
                message: format!("the {what} file has more than 4,000,000 values; cut it"),
            });
        }
    }
    drop(rows);
    if bounded.limit() == 0 {
        return Err(ReplayError {
            message: format!("the {what} file is larger than 64 MiB; cut it"),
        });
    }
    let points = in_order(good, &mut report);
    let Some(&(first, _)) = points.first() else {
        return Err(ReplayError {
            message: format!("the {what} file holds no row that can be played: {report}"),
        });
    };
    report.values = points.len() as u64;
    let points: Vec<(i64, f64)> = points.iter().map(|&(at, v)| (at - first, v)).collect();
    let step_ms = usual_step(&points).unwrap_or(step_ms);
    Ok((Series { points, step_ms }, report))
}

/// Sorts by time, drops what is given twice and what lies far away from the longest stretch.
fn in_order(mut good: Vec<(i64, u64, f64)>, report: &mut RowReport) -> Vec<(i64, f64)> {
    good.sort_by_key(|point| point.0);
    let mut single: Vec<(i64, u64, f64)> = Vec::with_capacity(good.len());
    for point in good {
        match single.last() {
            Some(last) if last.0 == point.0 => report.note(point.1, RowFault::Duplicate),
            _ => single.push(point),
        }
    }
    let mut stretches = single.chunk_by(|a, b| b.0 - a.0 <= ASTRAY_MS);
    let longest = stretches.clone().map(<[_]>::len).max().unwrap_or_default();
    let mut kept = Vec::new();
    for stretch in stretches.by_ref() {
        if stretch.len() == longest && kept.is_empty() {
            kept = stretch.iter().map(|&(at, _, value)| (at, value)).collect();
        } else {
            for point in stretch {
                report.note(point.1, RowFault::Date);
            }
        }
    }
    kept
}

/// The most frequent distance of neighbours; none for a single value.
fn usual_step(points: &[(i64, f64)]) -> Option<i64> {
    let mut steps: Vec<i64> = points
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    steps.sort_unstable();
    steps
        .chunk_by(|a, b| a == b)
        .max_by_key(|same| same.len())
        .and_then(|same| same.first().copied())
}

fn is_header(record: &StringRecord) -> bool {
    let first = record.get(0).unwrap_or_default();
    first.eq_ignore_ascii_case("year") || first.to_ascii_lowercase().starts_with("time")
}

fn number(text: &str) -> Result<f64, RowFault> {
    let value: f64 = text.parse().map_err(|_| RowFault::Number)?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(RowFault::Number)
    }
}

/// Local time without a zone as if it were UTC: only distances count. Years outside 1900 to 2200 are no dates of
/// measurements.
fn millis(at: DateTime) -> Option<i64> {
    if !(1900..=2200).contains(&at.year()) {
        return None;
    }
    let zoned = at.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}
