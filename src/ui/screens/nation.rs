//! All sites: where the megawatts are, and where something is wrong.

use ratatui::layout::Rect;

use super::cells;
use super::split;
use crate::app::State;
use crate::app::actions::Action;
use crate::app::fleet::{Realm, SiteView};
use crate::app::nav::SortBy;
use crate::app::rows;
use crate::app::summary::Totals;
use crate::domain::ids::SiteId;
use crate::domain::quality::Quality;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::look::Glyphs;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::table::{Cell, Column, EDGE, Layout, Row, Shown, row, table};

const COLUMNS: &[Column] = &[
    Column::words("nation-col-site", (10, 12, 24), 0),
    Column::figures("nation-col-hashrate", 10, 3),
    Column::figures("nation-col-power", 9, 1),
    Column::figures("nation-col-target", 7, 4),
    Column::figures("nation-col-auxiliary", 6, 9),
    Column::figures("nation-col-efficiency", 4, 6),
    Column::words("nation-col-state", (11, 18, 24), 2),
    Column::figures("nation-col-machines", 17, 7),
    Column::words("nation-col-quality", (9, 9, 9), 5),
    Column::words("nation-col-trend", (9, 12, 60), 8),
];

/// The column that says what a site does.
const STATE: usize = 6;

/// The column that each order of rows belongs to.
const fn column(sort: SortBy) -> usize {
    match sort {
        SortBy::Name => 0,
        SortBy::Hashrate => 1,
        SortBy::Power => 2,
        SortBy::Efficiency => 5,
        SortBy::State => STATE,
        SortBy::Quality => 8,
    }
}

/// Draws the table, and the nation's totals in the last line.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let totals = state.totals();
    let with_total = area.height >= 5 && totals.sites > 0;
    let (area, last) = split(area, area.height - u16::from(with_total));
    let ids = rows::nation(state);
    if ids.is_empty() {
        empty(pen, area, state);
    } else {
        let cursor = rows::cursor_index(&state.nav.nation, &ids);
        let shown = Shown {
            rows: ids.len(),
            cursor,
            sorted: Some((column(state.nav.nation.sort), state.nav.nation.reverse)),
        };
        let glyphs = pen.look().glyphs;
        let room = Layout::fit(COLUMNS, area.width.saturating_sub(EDGE))
            .place(STATE)
            .map_or(0, |(_, width)| width);
        table(pen, area, COLUMNS, shown, &|at| {
            let id = SiteId::new(&ids[at]);
            let mut row = state
                .fleet
                .sites
                .get(&id)
                .map_or_else(Row::default, |view| site_row(state, view, glyphs));
            if let (Some(view), Some(cell)) = (state.fleet.sites.get(&id), row.cells.get_mut(STATE))
            {
                cells::held(state, view, cell, room);
            }
            row.cursor = at == cursor;
            row.marked = state.nav.marked_sites.contains(&id);
            row
        });
    }
    if with_total {
        total(pen, last, state, &totals);
    }
}

fn empty(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let words = if state.fleet.sites.is_empty() {
        say!("nation-none").to_owned()
    } else {
        let key = state.keys.hint(Action::Back);
        say!("nation-no-match", key = key)
    };
    pen.text(
        area.x + 3,
        area.y + 1.min(area.height),
        area.width,
        Role::TextDim,
        &words,
    );
}

/// The site's name, with what must be known of it before its figures.
fn name(state: &State, view: &SiteView) -> String {
    let name = cells::site_name(state, &view.site.id);
    match view.realm {
        Realm::ThisMachine => say!("nation-this-machine").to_owned(),
        Realm::Simulated if state.realm() == Realm::Real => say!("nation-simulated", name = name),
        _ => name,
    }
}

fn site_row(state: &State, view: &SiteView, glyphs: Glyphs) -> Row {
    let sum = &view.summary;
    let measured = sum.power.is_some();
    let trend = cells::history(&view.trend);
    let nameplate = if measured {
        sum.nameplate.megawatts() as f32
    } else {
        0.0
    };
    // Room above, so that a steady site is a calm line and not a solid bar.
    let high = 1.6 * trend.range().map_or(1.0, |(_, most)| most.max(nameplate));
    let alarm = cells::worst_alarm(state, &view.site.id);
    let target = if measured || sum.target.watts() > 0 {
        Cell::new(Role::Text, format::megawatts(sum.target))
    } else {
        Cell::Empty
    };
    let mut condition = cells::condition(sum, alarm, glyphs);
    if !view.also_on.is_empty() {
        condition = Cell::new(Role::Alarm2, say!("nation-two-feeds"));
    }
    Row {
        cells: vec![
            Cell::new(Role::Text, name(state, view)),
            cells::hashrate(sum.hashrate, sum.quality),
            if measured {
                cells::power(sum.power, sum.source, sum.quality)
            } else {
                Cell::Empty
            },
            target,
            cells::auxiliary(sum.auxiliary),
            cells::efficiency(sum),
            condition,
            cells::machines(sum.machines),
            cells::quality(sum.quality),
            Cell::Spark(trend, 0.0, high),
        ],
        cursor: false,
        marked: false,
    }
}

/// The last line: all sites of the realm, with what the sum is worth.
fn total(pen: &mut Pen<'_>, area: Rect, state: &State, totals: &Totals) {
    let layout = Layout::fit(COLUMNS, area.width.saturating_sub(EDGE));
    let quality = if totals.stale > 0 {
        Quality::Stale
    } else {
        Quality::Good
    };
    let trend = cells::history(&state.grid.mining);
    let high = trend.range().map_or(1.0, |(_, most)| most * 1.6);
    let words = Row {
        cells: vec![
            Cell::new(Role::TextStrong, say!("nation-total")),
            cells::hashrate(totals.hashrate, quality),
            cells::power(Some(totals.power()), None, quality),
            Cell::new(Role::Text, format::megawatts(totals.target)),
            cells::auxiliary(Some(totals.auxiliary).filter(|power| *power > Power::ZERO)),
            Cell::new(Role::Text, format::efficiency(totals.efficiency)),
            Cell::new(
                Role::Text,
                say!("nation-hashing", n = totals.hashing, sites = totals.sites),
            ),
            cells::machines(totals.machines),
            Cell::new(Role::TextDim, say!("nation-good", share = totals.coverage)),
            Cell::Spark(trend, 0.0, high),
        ],
        cursor: false,
        marked: false,
    };
    row(pen, area, COLUMNS, &layout, &words);
}
