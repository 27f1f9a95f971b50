//! The grid on one axis of time: frequency, surplus against mining load, demand, price, who generates, and what the grid
//! operator wants. The same column is the same time in every lane.

mod clock;
mod figures;
mod gutter;
mod lanes;
mod plan;
mod units;
mod wanted;

use ratatui::layout::Rect;

use crate::app::State;
use crate::app::axis::{Columns, Point, columns_of, lane};
use crate::domain::grid::GridReading;
use crate::domain::history::Series;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use gutter::Gutter;
use plan::{Part, plan};

/// What all lanes are drawn from.
struct View<'a> {
    state: &'a State,
    reading: &'a GridReading,
    gutter: Gutter,
    /// First column of the lanes, and how many there are.
    plot: (u16, u16),
    /// The columns' times.
    columns: Columns,
    /// The instructions shown, what matters most first.
    wanted: Vec<wanted::Bar<'a>>,
}

impl View<'_> {
    /// Is it not the present?
    fn is_past(&self) -> bool {
        self.state.axis.end.is_some()
    }

    /// A series in half columns.
    fn halves(&self, series: &Series) -> Vec<Option<Point>> {
        lane(self.state, series, &self.columns.halved())
    }

    /// Columns that lie within the lanes.
    fn column(&self, place: i64) -> Option<u16> {
        u16::try_from(place).ok().filter(|at| *at < self.plot.1)
    }

    /// The column of the present, where it is shown.
    fn now(&self) -> Option<u16> {
        self.column(self.columns.place(self.state.now))
    }

    /// The lanes' part of a row.
    fn lane_of(&self, row: Rect) -> Rect {
        Rect {
            x: self.plot.0,
            width: self.plot.1,
            ..row
        }
    }
}

/// Draws figures and lanes, the axis below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let Some((_, reading)) = &state.grid.reading else {
        let words = say!("grid-none");
        let width = area.width.saturating_sub(1);
        pen.text(area.x + 1, area.y, width, Role::TextDim, words);
        return;
    };
    let area = super::disputes::lines(pen, area, state);
    let gutter = Gutter::of(area.width);
    let width = area.width.saturating_sub(gutter.width + 1).max(1);
    let columns = columns_of(state, width);
    let view = View {
        state,
        reading,
        gutter,
        plot: (area.x + gutter.width, width),
        columns,
        wanted: wanted::bars(state, &columns),
    };
    let rows = plan(&view, area.height);
    let mut y = area.y;
    for part in Part::ALL {
        let place = Rect {
            y,
            height: rows[part as usize],
            ..area
        };
        y += place.height;
        if place.height > 0 {
            part_of(pen, &view, part, place, rows[Part::Units as usize]);
        }
    }
}

fn part_of(pen: &mut Pen<'_>, view: &View<'_>, part: Part, place: Rect, units: u16) {
    match part {
        Part::Figures => figures::balance(pen, view, place),
        Part::Status => figures::status(pen, view, place),
        Part::Frequency => lanes::frequency(pen, view, place),
        Part::Surplus => lanes::surplus(pen, view, place),
        Part::Demand => lanes::demand(pen, view, place),
        Part::Price => lanes::price(pen, view, place),
        Part::Head => units::heads(pen, view, place, units),
        Part::Units => units::strips(pen, view, place),
        Part::Wanted => wanted::draw(pen, view, place),
        Part::Axis => clock::axis(pen, view, place),
    }
}
