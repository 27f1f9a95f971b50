//! What is known of a series in each column of the axis: from the history, and from the trends of the last minutes.

use super::{Columns, RECENT};
use crate::app::State;
use crate::app::feeds::Feed;
use crate::app::history;
use crate::app::trend::Trend;
use crate::domain::history::{Answer, Grain, GridFigure, Series, SiteFigure};
use crate::domain::time::Timestamp;

/// What is known of a column's time, in the unit of the screen (Hz, MW, currency).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The least.
    pub min: f32,
    /// The mean of what is known.
    pub mean: f32,
    /// The greatest.
    pub max: f32,
    /// Some of it was uncertain.
    pub unsure: bool,
}

#[derive(Debug, Clone, Copy)]
struct Sum {
    min: f64,
    max: f64,
    /// Mean times weight.
    area: f64,
    /// Milliseconds.
    weight: f64,
    unsure: bool,
}

impl Sum {
    fn and(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            area: self.area + other.area,
            weight: self.weight + other.weight,
            unsure: self.unsure || other.unsure,
        }
    }

    fn point(self) -> Point {
        Point {
            min: self.min as f32,
            mean: (self.area / self.weight) as f32,
            max: self.max as f32,
            unsure: self.unsure,
        }
    }
}

/// Something known from a time on, for so long.
struct Piece {
    from: Timestamp,
    length: i64,
    min: f64,
    mean: f64,
    max: f64,
    unsure: bool,
}

struct Cells {
    columns: Columns,
    sums: Vec<Option<Sum>>,
}

impl Cells {
    fn new(columns: Columns) -> Self {
        Self {
            columns,
            sums: vec![None; columns.count],
        }
    }

    /// A piece shorter than a column counts where it begins; a longer one stands in every column that it covers.
    fn put(&mut self, piece: &Piece) {
        let all = [piece.min, piece.mean, piece.max];
        if piece.length <= 0 || all.iter().any(|v| !v.is_finite()) {
            return;
        }
        let first = self.columns.place(piece.from);
        let last = if piece.length <= self.columns.step {
            first
        } else {
            self.columns.place(piece.from.shifted(piece.length - 1))
        };
        let count = i64::try_from(self.sums.len()).unwrap_or(i64::MAX);
        let weight = piece.length.min(self.columns.step) as f64;
        let sum = Sum {
            min: piece.min,
            max: piece.max,
            area: piece.mean * weight,
            weight,
            unsure: piece.unsure,
        };
        for column in first.max(0)..=last.min(count - 1) {
            let Some(cell) = usize::try_from(column)
                .ok()
                .and_then(|at| self.sums.get_mut(at))
            else {
                continue;
            };
            *cell = Some(cell.map_or(sum, |known| known.and(sum)));
        }
    }
}

/// What is known of a series in each column; none is a gap.
pub fn lane(state: &State, series: &Series, columns: &Columns) -> Vec<Option<Point>> {
    let (mut recent, mut kept) = (Cells::new(*columns), Cells::new(*columns));
    if let Some((trend, doubt)) = trends(state, series) {
        put_trend(&mut recent, trend, doubt, state.now);
    }
    let mut told_until = columns.from;
    // What was answered for a longer view would stand in this one as a block, until its own answer comes; and what trends
    // hold needs no answer at all.
    let fine = i128::from(columns.step.max(1_000)) * 4;
    let looks_back = super::looks_back(state);
    let answers = answers(state, series)
        .filter(|answer| looks_back && (answer.step.as_millis().cast_signed()) <= fine);
    for answer in answers {
        told_until = told_until.max(put_answer(&mut kept, answer, state.now));
    }
    // Trends are finer than what is asked for a short view; for a long one they only have what came since.
    let is_short = columns.end() <= columns.from + RECENT + RECENT / 10;
    let known = recent.sums.into_iter().zip(kept.sums).enumerate();
    known
        .map(|(at, (recent, kept))| match (recent, kept) {
            (Some(recent), _) if is_short => Some(recent),
            (Some(recent), Some(kept)) if columns.start(at + 1) > told_until => {
                Some(kept.and(recent))
            }
            (recent, kept) => kept.or(recent),
        })
        .map(|sum| sum.map(Sum::point))
        .collect()
}

fn put_trend(cells: &mut Cells, trend: &Trend, doubt: Option<&Trend>, now: Timestamp) {
    let step = i64::try_from(trend.step().as_millis()).unwrap_or(i64::MAX);
    let doubts = doubt.into_iter().flat_map(|d| d.samples().rev());
    let doubts = doubts.chain(std::iter::repeat(None));
    for ((from, value), doubt) in trend.timed().rev().zip(doubts) {
        let Some(value) = value.map(f64::from) else {
            continue;
        };
        cells.put(&Piece {
            from,
            // A sample stands for its step, and never for what is still to come.
            length: step.min(now.millis().saturating_sub(from.millis()).saturating_add(1)),
            min: value,
            mean: value,
            max: value,
            unsure: doubt.is_some_and(|d| d > 0.0),
        });
    }
}

/// Gives until when the answer speaks.
fn put_answer(cells: &mut Cells, answer: &Answer, now: Timestamp) -> Timestamp {
    let step = i64::try_from(answer.step.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    let shown = |value| answer.series.shown(value);
    // A sample stands until the next one is due, also where it was asked for more finely.
    let stands = step.max(i64::from(answer.series.cadence()) * 1_000);
    let mut from = answer.from;
    for bucket in &answer.buckets {
        if let Some(bucket) = bucket.as_ref().filter(|_| from <= now) {
            cells.put(&Piece {
                from,
                length: stands.min(now.millis().saturating_sub(from.millis()).saturating_add(1)),
                min: shown(bucket.min),
                mean: shown(bucket.mean),
                max: shown(bucket.max),
                unsure: bucket.unsure > 0.0,
            });
        }
        from = from.shifted(step);
    }
    // The last part holds the moment of the question, and is not over.
    from.shifted(-step)
}

/// The least, the mean and the greatest of all that is known.
pub fn whole(points: &[Option<Point>]) -> Option<Point> {
    let mut count = 0.0f32;
    let mut all: Option<Point> = None;
    for point in points.iter().flatten() {
        count += 1.0;
        all = Some(all.map_or(*point, |known| Point {
            min: known.min.min(point.min),
            mean: known.mean + (point.mean - known.mean) / count,
            max: known.max.max(point.max),
            unsure: known.unsure || point.unsure,
        }));
    }
    all
}

/// What the lanes are made of at the coarsest, where the history was asked.
pub fn grain(state: &State) -> Option<Grain> {
    if !super::looks_back(state) {
        return None;
    }
    let frequency = Series::Grid(GridFigure::Frequency);
    answers(state, &frequency).map(|answer| answer.grain).max()
}

/// Answers about a series, where the history is of the same realm as what the grid's feed says.
fn answers<'a>(state: &'a State, series: &'a Series) -> impl Iterator<Item = &'a Answer> {
    let feed = state
        .grid
        .reading
        .as_ref()
        .and_then(|(feed, _)| state.feed(*feed));
    let book = state.history.book.as_ref();
    let gateway = history::gateway(state, series);
    let same = matches!(series, Series::Nation(_))
        || feed.map(Feed::is_simulated) == book.map(|book| book.simulated);
    state
        .history
        .answers
        .iter()
        .filter(move |answer| same && answer.series == *series && answer.gateway == gateway)
}

/// The trend of a series, and where it was uncertain.
fn trends<'a>(state: &'a State, series: &Series) -> Option<(&'a Trend, Option<&'a Trend>)> {
    let grid = &state.grid;
    let (trend, doubt) = match series {
        Series::Grid(GridFigure::Frequency) => (&grid.frequency, &grid.doubt),
        Series::Grid(GridFigure::Surplus) => (&grid.surplus, &grid.doubt),
        Series::Grid(GridFigure::Demand) => (&grid.demand, &grid.doubt),
        Series::Nation(SiteFigure::Power) => (&grid.load, &grid.load_doubt),
        Series::Price(_) => (&grid.price, &grid.doubt),
        Series::Unit(unit) => (grid.units.get(unit)?, &grid.doubt),
        _ => return None,
    };
    Some((trend, Some(doubt)))
}
