//! One site: its halls, the blocks of a hall, the machines of a hall.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::told;
use super::{cells, holding, inset, machine, racks as map, split, words};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::fleet::{BlockView, SiteView, hall_name};
use crate::app::machines::{self, Reach};
use crate::app::marks::is_marked;
use crate::app::nav::{Depth, Screen, SortBy, Table};
use crate::app::{racks, rows};
use crate::domain::fleet::Machine;
use crate::domain::ids::{BlockId, HallId};
use crate::domain::quality::Concern;
use crate::domain::units::{Efficiency, Power};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::look::{Glyphs, Look};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const HALLS: &[Column] = &[
    Column::words("site-col-hall", (8, 12, 24), 0),
    Column::figures("site-col-hashrate", 10, 3),
    Column::figures("site-col-power", 9, 1),
    Column::figures("site-col-target", 7, 4),
    Column::figures("site-col-efficiency", 4, 6),
    Column::words("site-col-state", (11, 16, 22), 2),
    Column::figures("site-col-machines", 17, 7),
    Column::words("site-col-quality", (9, 9, 9), 5),
    Column::figures("site-col-inlet", 8, 8),
];

const BLOCKS: &[Column] = &[
    Column::words("site-col-block", (8, 10, 20), 0),
    Column::figures("site-col-hashrate", 10, 4),
    Column::figures("site-col-power", 9, 1),
    Column::figures("site-col-target", 6, 3),
    Column::figures("site-col-efficiency", 4, 7),
    Column::words("site-col-state", (11, 12, 16), 2),
    Column::figures("site-col-for", 7, 8),
    Column::words("site-col-source", (9, 9, 9), 9),
    Column::figures("site-col-faulted", 7, 10),
    Column::words("site-col-quality", (9, 9, 9), 5),
    Column::words("site-col-notes", (10, 18, 60), 6),
];

const MACHINES: &[Column] = &[
    Column::words("site-col-machine", (8, 10, 16), 0),
    Column::words("site-col-block", (8, 8, 14), 5),
    Column::words("site-col-model", (6, 6, 14), 6),
    Column::figures("site-col-rate", 7, 2),
    Column::figures("site-col-claimed", 10, 3),
    Column::figures("site-col-efficiency", 4, 8),
    Column::words("site-col-state", (9, 9, 12), 1),
    Column::figures("site-col-board", 8, 7),
    Column::words("site-col-fault", (8, 23, 60), 4),
];

/// ASCII terminals have no degree sign.
fn heads(columns: &'static [Column], glyphs: Glyphs) -> Vec<Column> {
    let plain = |column: &Column| Column {
        head: match column.head {
            "site-col-inlet" if glyphs.is_ascii() => "site-col-inlet-ascii",
            "site-col-board" if glyphs.is_ascii() => "site-col-board-ascii",
            head => head,
        },
        ..*column
    };
    columns.iter().map(plain).collect()
}

/// Draws where we are, and the table of that depth.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let Some(view) = state.site_shown() else {
        let nation = state.keys.hint(Action::Show(Screen::Nation));
        let open = state.keys.hint(Action::Drill);
        let words = say!("site-none", nation = nation, open = open);
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            Role::TextDim,
            &words,
        );
        return;
    };
    let (head, rest) = split(area, if area.height >= 12 { 2 } else { 1 });
    heading(pen, head, state, view);
    if head.height > 1 {
        let (_, line) = split(head, 1);
        holding::line(pen, line, state, view);
    }
    match &state.nav.depth {
        Depth::Halls => halls(pen, rest, state, view),
        Depth::Blocks { hall } => blocks(pen, rest, state, view, hall, true),
        Depth::Machines { .. } if racks::is_shown(state) && state.machines_shown().is_some() => {
            map::draw(pen, rest, state, view);
        }
        Depth::Machines { .. } => machine_table(pen, rest, state, view),
        Depth::Machine { .. } => machine::draw(pen, rest, state, view),
    }
}

/// What of the hall the page shown is, and whether the filter was held against all of it.
fn reached(reach: Reach) -> String {
    let (page, pages) = (reach.page, reach.pages);
    if reach.unsearched > 0 {
        let rest = reach.unsearched;
        return say!("site-unsearched", page = page, pages = pages, n = rest);
    }
    if reach.searched {
        let (n, of) = (reach.found, reach.of);
        return say!("site-found", n = n, of = of, page = page, pages = pages);
    }
    say!("site-page", n = reach.of, page = page, pages = pages)
}

fn heading(pen: &mut Pen<'_>, area: Rect, state: &State, view: &SiteView) {
    let mut left = vec![Fact::words(
        0,
        Role::Title,
        cells::site_name(state, &view.site.id),
    )];
    match &state.nav.depth {
        Depth::Halls => {}
        Depth::Blocks { hall } => left.push(Fact::words(
            0,
            Role::TextStrong,
            told::name(&hall_name(view, hall)).as_str(),
        )),
        Depth::Machines { hall, .. } => {
            let hall = told::name(&hall_name(view, hall));
            let block = machines::block(state).and_then(|id| view.blocks.get(&id));
            if let Some(block) = block {
                let name = told::name(&block.block.name);
                left.push(Fact::words(2, Role::TextStrong, hall.as_str()));
                left.push(Fact::words(0, Role::TextStrong, name.as_str()));
            } else {
                left.push(Fact::words(0, Role::TextStrong, hall.as_str()));
            }
            let reach = machines::reach(state);
            let words = reach.map_or_else(|| say!("site-asked").to_owned(), reached);
            left.push(Fact::words(0, Role::Text, words));
            if reach.is_some_and(|reach| reach.sorted_alone) {
                left.push(Fact::words(1, Role::Text, say!("site-sorted-page")));
            }
            if let Some(age) = racks::stale(state) {
                let words = say!("value-stale", age = format::span(age));
                left.push(Fact::words(0, Role::ValueStale, words));
            }
        }
        Depth::Machine { hall, machine, .. } => {
            let hall = told::name(&hall_name(view, hall));
            left.push(Fact::words(1, Role::TextStrong, hall.as_str()));
            left.push(Fact::words(0, Role::TextStrong, machine.as_str()));
        }
    }
    if area.height < 2 {
        left.extend(holding::brief(state, view));
    }
    left.extend(lockout(state, view));
    let sum = &view.summary;
    let mut right = Vec::new();
    if sum.power.is_some() {
        let parts = match cells::power(sum.power, sum.source, sum.quality) {
            Cell::Words(role, figure) => (role, figure),
            _ => (Role::Value, String::new()),
        };
        let of = say!("frame-of-mw", power = format::megawatts(sum.target));
        right.push(Fact::figure(1, "", parts.0, &parts.1, &of));
    }
    if let Some(power) = sum.auxiliary {
        let power = format::megawatts(power);
        right.push(Fact::words(
            4,
            Role::TextDim,
            say!("frame-auxiliary", power = power),
        ));
    }
    right.extend(super::disputes::at_node(state, &view.site.grid_node));
    if let Some(limit) = view.site.node_limit {
        right.push(Fact::figure(
            4,
            say!("site-node-limit"),
            Role::Text,
            &format::whole_megawatts(limit),
            say!("unit-mw"),
        ));
    }
    if !view.site.grid_node.is_empty() {
        right.push(Fact::figure(
            5,
            say!("site-node"),
            Role::Text,
            &view.site.grid_node,
            "",
        ));
    }
    if !view.site.region.is_empty() {
        right.push(Fact::words(6, Role::TextDim, view.site.region.as_ref()));
    }
    let holder = view.site.authority.holder.as_deref();
    let epoch = say!("site-epoch", epoch = view.site.authority.epoch);
    let other = holder.map(|holder| cells::person(state, holder));
    let (weight, role, words) = match holder {
        Some(holder) if holder != &*state.desk.operator => {
            (2, Role::TextStrong, other.as_deref().unwrap_or(holder))
        }
        Some(_) => (3, Role::Text, say!("site-here")),
        None => (3, Role::TextDim, say!("site-free")),
    };
    let name = say!("site-authority");
    right.push(
        Fact::figure(weight, name, role, words, &epoch)
            .or(Fact::figure(weight, name, role, words, "")),
    );
    strip(pen, inset(area), 3, &left, &right);
}

/// Whose lockout hangs on the block under the cursor, and why; else on how many blocks some hang.
fn lockout(state: &State, view: &SiteView) -> Option<Fact> {
    let locked = view.blocks.values().filter(|b| b.block.lockout().is_some());
    let locked: Vec<&BlockView> = locked.collect();
    let at_cursor = match &state.nav.depth {
        Depth::Blocks { hall } => rows::at_cursor(&state.nav.blocks, &rows::blocks(state, hall)),
        Depth::Halls | Depth::Machines { .. } | Depth::Machine { .. } => None,
    };
    let chosen = locked.iter().find(|b| match &at_cursor {
        Some(id) => b.block.id.as_str() == &**id,
        None => locked.len() == 1,
    });
    match (chosen, locked.len()) {
        (Some(b), _) => {
            let tag = b.block.lockout()?;
            let owner = cells::person(state, &tag.owner);
            let named = told::name(&b.block.name);
            let (block, owner) = (named.as_str(), owner.as_str());
            let brief = say!("site-locked-by", block = block, owner = owner);
            let whole = match &*tag.reason {
                "" => brief.clone(),
                why => say!("site-locked-why", block = block, owner = owner, why = why),
            };
            Some(Fact {
                keeps: Some(3),
                ..Fact::words(3, Role::TextStrong, whole).or(Fact::words(
                    3,
                    Role::TextStrong,
                    brief,
                ))
            })
        }
        (None, 0) => None,
        (None, n) => Some(Fact::words(3, Role::TextStrong, say!("site-locked", n = n))),
    }
}

fn shown(table: &Table, ids: &[Arc<str>], column: impl Fn(SortBy) -> usize) -> Shown {
    Shown {
        rows: ids.len(),
        cursor: rows::cursor_index(table, ids),
        sorted: Some((column(table.sort), table.reverse)),
    }
}

fn halls(pen: &mut Pen<'_>, area: Rect, state: &State, view: &SiteView) {
    let ids = rows::halls(state);
    let columns = heads(HALLS, pen.look().glyphs);
    let glyphs = pen.look().glyphs;
    let shown = shown(&state.nav.halls, &ids, |sort| match sort {
        SortBy::Name => 0,
        SortBy::Hashrate => 1,
        SortBy::Power => 2,
        SortBy::Efficiency => 4,
        SortBy::State => 5,
        SortBy::Quality => 7,
    });
    // Below few halls there is room for the blocks of the one under the cursor.
    let wanted = u16::try_from(ids.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let with_blocks = !ids.is_empty() && area.height >= wanted.saturating_add(5);
    let (top, below) = split(area, if with_blocks { wanted } else { area.height });
    table(pen, top, &columns, shown, &|at| {
        let hall = HallId::new(&ids[at]);
        let sum = rows::hall_summary(state, view, &hall);
        let inlet = match sum.inlet {
            Some(degrees) => Cell::new(Role::Text, format::decimal(degrees, 1)),
            None => Cell::Empty,
        };
        Row {
            cells: vec![
                Cell::new(Role::Text, told::name(&hall_name(view, &hall)).as_str()),
                cells::hashrate(sum.hashrate, sum.quality),
                cells::power(sum.power, sum.source, sum.quality),
                Cell::new(Role::Text, format::megawatts(sum.target)),
                cells::efficiency(&sum),
                cells::condition(&sum, None, glyphs),
                cells::machines(sum.machines),
                cells::quality(sum.quality),
                inlet,
            ],
            cursor: at == shown.cursor,
            marked: is_marked(state, view, &ids[at]),
        }
    });
    if with_blocks && let Some(id) = ids.get(shown.cursor) {
        let hall = HallId::new(id);
        let (name, rest) = split(below, 1);
        let words = say!(
            "site-blocks-of",
            hall = told::name(&hall_name(view, &hall)).as_str()
        );
        pen.text(
            name.x + 3,
            name.y,
            name.width.saturating_sub(3),
            Role::TextDim,
            &words,
        );
        blocks(pen, rest, state, view, &hall, false);
    }
}

fn blocks(
    pen: &mut Pen<'_>,
    area: Rect,
    state: &State,
    view: &SiteView,
    hall: &HallId,
    chosen: bool,
) {
    let ids = rows::blocks(state, hall);
    let look = pen.look();
    let mut at_top = shown(&state.nav.blocks, &ids, |sort| match sort {
        SortBy::Name => 0,
        SortBy::Hashrate => 1,
        SortBy::Power => 2,
        SortBy::Efficiency => 4,
        SortBy::State => 5,
        SortBy::Quality => 9,
    });
    if !chosen {
        at_top.cursor = 0;
        at_top.sorted = None;
    }
    table(pen, area, BLOCKS, at_top, &|at| {
        let id = BlockId::new(&ids[at]);
        let mut row = view
            .blocks
            .get(&id)
            .map_or_else(Row::default, |block| block_row(state, block, look));
        row.cursor = chosen && at == at_top.cursor;
        row.marked = view
            .blocks
            .get(&id)
            .is_some_and(|b| state.nav.marked_blocks.contains(&b.block.key()));
        row
    });
}

fn block_row(state: &State, view: &BlockView, look: &Look) -> Row {
    let block = &view.block;
    let (glyphs, zone) = (look.glyphs, &look.zone);
    let efficiency = block
        .power
        .and_then(|power| Efficiency::of(power, block.hashrate))
        .map_or(Cell::Empty, |e| {
            Cell::new(Role::Text, format::efficiency(Some(e)))
        });
    let site = state.fleet.sites.get(&block.site);
    let feed = site.and_then(|site| state.feed(site.feed));
    let concern = feed.map_or(Concern::None, |f| f.concern(block.measured_at, state.now));
    let faulted = match block.machines.faulted {
        0 => Cell::Empty,
        some => Cell::new(Role::TextStrong, format::count(u64::from(some))),
    };
    Row {
        cells: vec![
            Cell::new(Role::Text, told::name(&block.name)),
            cells::hashrate(block.hashrate, view.quality),
            cells::power(block.power, Some(block.power_source), view.quality),
            Cell::new(Role::Text, format::megawatts(block.target)),
            efficiency,
            cells::block_state(
                block.state,
                view.quality,
                (concern, block.measured_at.age(state.now)),
                glyphs,
            ),
            Cell::new(
                Role::TextDim,
                format::span(block.state_since.age(state.now)),
            ),
            Cell::new(Role::TextDim, words::source(block.power_source)),
            faulted,
            cells::quality(view.quality),
            notes(state, view, zone),
        ],
        cursor: false,
        marked: false,
    }
}

/// What an operator must know before ordering: an order under way, a lockout, heat that must be delivered.
fn notes(state: &State, view: &BlockView, zone: &TimeZone) -> Cell {
    let block = &view.block;
    let mut notes = Vec::new();
    if state.fleet.pending.contains_key(&block.key()) {
        notes.push(say!("site-order").to_owned());
    }
    for tag in &block.tags {
        let owner = cells::person(state, &tag.owner);
        let (kind, owner) = (tag.kind.as_ref(), owner.as_str());
        notes.push(match &*tag.reason {
            "" => say!("site-tag", kind = kind, owner = owner),
            why => say!("site-tag-why", kind = kind, owner = owner, why = why),
        });
    }
    let heat = block.must_run_at(state.now);
    if heat > Power::ZERO {
        notes.push(say!("site-heat", power = format::megawatts(heat)));
    }
    notes.extend(holding::note(state, view, zone));
    if notes.is_empty() {
        Cell::Empty
    } else {
        Cell::new(Role::Text, notes.join(", "))
    }
}

fn machine_table(pen: &mut Pen<'_>, area: Rect, state: &State, view: &SiteView) {
    let Some(page) = state.machines_shown() else {
        let words = say!("site-machines-wait");
        pen.text(
            area.x + 3,
            area.y,
            area.width.saturating_sub(3),
            Role::TextDim,
            words,
        );
        return;
    };
    let ids = rows::machines(state);
    let by_id: std::collections::BTreeMap<&str, &Machine> =
        page.rows.iter().map(|m| (m.id.as_str(), m)).collect();
    let columns = heads(MACHINES, pen.look().glyphs);
    let shown = shown(&state.nav.machines, &ids, |sort| match sort {
        SortBy::Name => 0,
        SortBy::Hashrate => 3,
        SortBy::Power => 4,
        SortBy::Efficiency => 5,
        SortBy::State => 6,
        SortBy::Quality => 8,
    });
    let old = racks::stale(state).is_some();
    table(pen, area, &columns, shown, &|at| {
        let mut row = by_id
            .get(&*ids[at])
            .map_or_else(Row::default, |machine| machine_row(view, machine, old));
        row.cursor = at == shown.cursor;
        row
    });
}

/// `old`: the page is not told any more.
fn machine_row(view: &SiteView, machine: &Machine, old: bool) -> Row {
    let figure = |role: Role| if old { Role::ValueStale } else { role };
    let block = view
        .blocks
        .get(&machine.block)
        .map_or(machine.block.as_str(), |b| &b.block.name);
    let efficiency = Efficiency::of(machine.power, machine.hashrate).map_or(Cell::Empty, |e| {
        Cell::new(figure(Role::TextDim), format::efficiency(Some(e)))
    });
    let board = machine.board.map_or(Cell::Empty, |c| {
        Cell::new(figure(Role::Text), format::decimal(c.degrees(), 1))
    });
    Row {
        cells: vec![
            Cell::new(Role::Text, machine.id.as_str()),
            Cell::new(Role::TextDim, block),
            Cell::new(Role::TextDim, machine.model.as_ref()),
            Cell::new(
                figure(Role::Value),
                format::decimal(machine.hashrate.hs() / 1e12, 1),
            ),
            Cell::new(
                figure(Role::ValueUncertain),
                format::decimal(machine.power.watts() as f64 / 1e3, 2),
            ),
            efficiency,
            cells::machine_state(machine.state),
            board,
            Cell::new(Role::TextStrong, machine.fault.as_ref()),
        ],
        cursor: false,
        marked: false,
    }
}
