//! One machine: where it stands, how it does, and its hashboards.

use ratatui::layout::Rect;

use super::told;
use super::{cells, inset, racks as map, split};
use crate::app::State;
use crate::app::fleet::SiteView;
use crate::app::nav::SortBy;
use crate::app::{racks, rows};
use crate::domain::fleet::{Machine, MachineState};
use crate::domain::machine::{BoardState, Hashboard, MachineDetail};
use crate::domain::units::{Celsius, Efficiency, Hashrate};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const BOARDS: &[Column] = &[
    Column::words("board-col-number", (5, 5, 6), 0),
    Column::words("board-col-state", (8, 9, 14), 1),
    Column::figures("board-col-chips", 9, 2),
    Column::figures("board-col-rate", 7, 3),
    Column::figures("board-col-board", 8, 4),
    Column::figures("board-col-chip", 8, 5),
    Column::figures("board-col-voltage", 6, 6),
    Column::figures("board-col-frequency", 5, 7),
    Column::figures("board-col-errors", 8, 8),
];
const ASCII: &[Column] = &[
    BOARDS[0],
    BOARDS[1],
    BOARDS[2],
    BOARDS[3],
    Column::figures("board-col-board-ascii", 8, 4),
    Column::figures("board-col-chip-ascii", 8, 5),
    BOARDS[6],
    BOARDS[7],
    BOARDS[8],
];

/// How many missed pages say that a feed has no detail to give.
const PATIENCE: u32 = 2;

/// A name, and what stands behind it.
struct Line {
    weight: u8,
    name: &'static str,
    parts: Vec<(Role, String)>,
}

impl Line {
    fn new(weight: u8, name: &'static str, role: Role, words: impl Into<String>) -> Self {
        Self {
            weight,
            name,
            parts: vec![(role, words.into())],
        }
    }

    fn and(mut self, role: Role, words: impl Into<String>) -> Self {
        self.parts.push((Role::Text, " ".to_owned()));
        self.parts.push((role, words.into()));
        self
    }
}

/// Draws facts above, hashboards below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, view: &SiteView) {
    let Some((_, row)) = racks::open(state) else {
        return;
    };
    let Some(machine) = row else {
        let words = match state.machines_shown() {
            None => say!("site-machines-wait"),
            Some(_) => say!("machine-gone"),
        };
        sentence(pen, area, Role::TextDim, words);
        return;
    };
    let mut facts = facts(pen, state, view, machine);
    let area = whole_fault(pen, area, &mut facts);
    let columns = match area.width {
        0..60 => 0,
        60..110 => 2,
        _ => 3,
    };
    let lines = if columns == 0 {
        3
    } else {
        facts.len().div_ceil(columns) as u16
    };
    let (top, rest) = if columns > 0 && area.height >= lines + 4 {
        let (top, rest) = split(area, lines + 1);
        in_columns(pen, top, &facts, lines);
        (top, rest)
    } else {
        // As many lines as leave room for the heads and two boards.
        let (top, rest) = split(area, area.height.saturating_sub(3).clamp(1, 3));
        in_strips(pen, top, &facts);
        (top, rest)
    };
    debug_assert!(top.bottom() <= rest.y);
    boards(pen, rest, state, machine);
}

/// Columns of the names of facts, and one fact's with its name.
fn measures(width: u16, facts: &[Line]) -> (u16, u16) {
    let longest = facts.iter().map(|line| text::width(line.name, 40));
    let name = longest.max().unwrap_or(0).saturating_add(2);
    let columns = if width < 110 { 2 } else { 3 };
    (name, width.saturating_sub(2) / columns)
}

/// What is wrong is told whole: where its place is too narrow it stands above all else. Gives the area below it.
fn whole_fault(pen: &mut Pen<'_>, area: Rect, facts: &mut Vec<Line>) -> Rect {
    let (name, wide) = measures(area.width, facts);
    let room = wide.saturating_sub(name + 2);
    let long = |line: &Line| {
        let words = |(role, words): &(Role, String)| {
            *role == Role::StateFaulted && text::width(words, room + 1) > room
        };
        line.name == say!("machine-fault") && line.parts.iter().any(words)
    };
    let Some(at) = facts.iter().position(long) else {
        return area;
    };
    let fault = facts.remove(at);
    let (x, _, width) = inset(area);
    let name = if area.width < 60 { 0 } else { name };
    if name > 0 && area.height > 0 {
        pen.text(x, area.y, width, Role::TextDim, fault.name);
    }
    let room = width.saturating_sub(name);
    let lines: Vec<String> = fault
        .parts
        .iter()
        .flat_map(|(_, words)| text::wrapped(words, room, area.height))
        .collect();
    let (above, below) = split(area, lines.len() as u16);
    for (y, line) in (above.y..above.bottom()).zip(&lines) {
        pen.text(x.saturating_add(name), y, room, Role::StateFaulted, line);
    }
    below
}

fn sentence(pen: &mut Pen<'_>, area: Rect, role: Role, words: &str) {
    if area.height > 0 {
        let room = area.width.saturating_sub(3);
        pen.text(area.x.saturating_add(3), area.y, room, role, words);
    }
}

fn in_columns(pen: &mut Pen<'_>, area: Rect, facts: &[Line], lines: u16) {
    let (x, _, _) = inset(area);
    let (name, wide) = measures(area.width, facts);
    for (at, line) in facts.iter().enumerate() {
        let (column, down) = (at as u16 / lines, at as u16 % lines);
        let y = area.y.saturating_add(down);
        if y >= area.bottom() {
            continue;
        }
        let left = x.saturating_add(column * wide);
        let end = left.saturating_add(wide).saturating_sub(2);
        pen.text(left, y, end.saturating_sub(left), Role::TextDim, line.name);
        let mut at = left.saturating_add(name);
        for (role, words) in &line.parts {
            let room = end.saturating_sub(at);
            at = at.saturating_add(pen.text(at, y, room, *role, words));
        }
    }
}

/// Where there is no room for a list: the more important first, shared out over the lines.
fn in_strips(pen: &mut Pen<'_>, area: Rect, facts: &[Line]) {
    let mut sorted: Vec<&Line> = facts.iter().collect();
    sorted.sort_by_key(|line| line.weight);
    let lines = usize::from(area.height.max(1));
    let each = if area.width < 60 { 2 } else { 4 };
    for (down, group) in sorted.chunks(each).take(lines).enumerate() {
        let facts: Vec<Fact> = group
            .iter()
            .enumerate()
            .map(|(at, line)| {
                let words: String = line.parts.iter().map(|(_, words)| words.as_str()).collect();
                let role = line.parts.first().map_or(Role::Text, |(role, _)| *role);
                Fact::words(at as u8, role, words)
            })
            .collect();
        let line = Rect {
            y: area.y.saturating_add(down as u16),
            height: 1,
            ..area
        };
        strip(pen, inset(line), 2, &facts, &[]);
    }
}

fn facts(pen: &Pen<'_>, state: &State, view: &SiteView, machine: &Machine) -> Vec<Line> {
    let detail = machine.detail.as_deref();
    let (role, word) = match cells::machine_state(machine.state) {
        Cell::Words(role, words) => (role, words),
        _ => (Role::Text, String::new()),
    };
    let mut standing = Line::new(0, say!("machine-state"), role, word);
    if let Some(since) = detail.and_then(|detail| detail.state_since) {
        let span = say!("machine-for", span = format::age(since, state.now));
        standing = standing.and(Role::TextDim, span);
    }
    if let Some(age) = racks::stale(state) {
        let words = say!("value-stale", age = format::span(age));
        standing = standing.and(Role::ValueStale, words);
    }
    let block = view.blocks.get(&machine.block);
    let block = told::name(block.map_or(machine.block.as_str(), |b| &b.block.name));
    let mut lines = vec![standing];
    // Its place is kept where there is no fault, so that nothing moves when one comes.
    lines.push(if machine.fault.is_empty() {
        Line::new(
            9,
            say!("machine-fault"),
            Role::TextDim,
            say!("machine-no-fault"),
        )
    } else {
        Line::new(
            1,
            say!("machine-fault"),
            Role::StateFaulted,
            machine.fault.as_ref(),
        )
    });
    let terahash = format::decimal(machine.hashrate.hs() / 1e12, 1);
    let name = say!("machine-hashrate");
    lines.push(match machine.nameplate {
        None => Line::new(2, name, Role::Value, format!("{terahash} TH/s")),
        Some(plate) => {
            let of = format::decimal(plate.hs() / 1e12, 1);
            let share = format::decimal(machine.hashrate.hs() / plate.hs().max(1.0) * 100.0, 0);
            let words = say!("machine-of-nameplate", of = of, share = share);
            Line::new(2, name, Role::Value, terahash).and(Role::TextDim, words)
        }
    });
    let watts = format::count(machine.power.watts().max(0).unsigned_abs());
    let power = format!("{watts} {}", say!("racks-watts"));
    let mut power = Line::new(3, say!("machine-power"), Role::ValueUncertain, power);
    if let Some(efficiency) = Efficiency::of(machine.power, machine.hashrate) {
        let words = format!("{} J/TH", format::efficiency(Some(efficiency)));
        power = power.and(Role::Text, words);
    }
    lines.push(power);
    let place = machine.place.as_ref().map(map::place);
    lines.push(match place {
        Some(place) => Line::new(4, say!("machine-place"), Role::Text, place),
        None => Line::new(9, say!("machine-place"), Role::TextDim, format::NONE),
    });
    lines.push(Line::new(5, say!("machine-block"), Role::Text, block));
    lines.push(Line::new(
        6,
        say!("machine-model"),
        Role::Text,
        machine.model.as_ref(),
    ));
    if machine.bad {
        lines.push(Line::new(
            2,
            say!("machine-feed"),
            Role::ValueBad,
            say!("machine-bad"),
        ));
    }
    if let Some(detail) = detail {
        lines.extend(of_detail(pen, detail));
    }
    lines
}

fn degrees(pen: &Pen<'_>, value: Celsius) -> String {
    let unit = if pen.look().glyphs.is_ascii() {
        "C"
    } else {
        "°C"
    };
    format!("{} {unit}", format::decimal(value.degrees(), 0))
}

fn of_detail(pen: &Pen<'_>, detail: &MachineDetail) -> Vec<Line> {
    let mut lines = Vec::new();
    if !detail.fans.is_empty() {
        let mut fans = Line {
            weight: 7,
            name: say!("machine-fans"),
            parts: Vec::new(),
        };
        let turning = detail.fans.iter().filter(|rpm| **rpm > 0);
        let (least, most) = (turning.clone().min(), turning.max());
        let still = detail.fans.iter().filter(|rpm| **rpm == 0).count();
        // A fan that stands still while others turn is what a technician looks for.
        let stands = |rpm: u32| rpm == 0 && most.is_some();
        if let (Some(least), Some(most), true) = (least, most, detail.fans.len() > 4) {
            fans.parts.push((Role::Text, format!("{least}-{most} ")));
            if still > 0 {
                let words = say!("machine-still", n = still);
                fans.parts.push((Role::StateFaulted, format!("{words} ")));
            }
        } else {
            for rpm in &detail.fans {
                let role = if stands(*rpm) {
                    Role::StateFaulted
                } else {
                    Role::Text
                };
                fans.parts.push((role, rpm.to_string()));
                fans.parts.push((Role::Text, " ".to_owned()));
            }
        }
        fans.parts
            .push((Role::TextDim, say!("machine-rpm").to_owned()));
        lines.push(fans);
    }
    if let Some(psu) = &detail.psu {
        let mut line = Line::new(8, say!("machine-psu"), Role::Text, psu.model.as_ref());
        if let Some(output) = psu.output {
            let volts = format::decimal(output.millivolts() as f64 / 1e3, 1);
            line = line.and(Role::Text, format!("{volts} {}", say!("machine-volt")));
        }
        if let Some(temperature) = psu.temperature {
            line = line.and(Role::Text, degrees(pen, temperature));
        }
        lines.push(line);
    }
    if !detail.firmware.is_empty() {
        let words = detail.firmware.as_ref();
        lines.push(Line::new(9, say!("machine-firmware"), Role::Text, words));
    }
    if let Some(uptime) = detail.uptime {
        let words = format::span(uptime);
        lines.push(Line::new(10, say!("machine-uptime"), Role::Text, words));
    }
    lines
}

fn boards(pen: &mut Pen<'_>, area: Rect, state: &State, machine: &Machine) {
    let Some(detail) = &machine.detail else {
        let heard = state.watch.as_ref().map_or(0, |watch| watch.heard);
        let words = if machine.bad {
            say!("machine-boards-bad")
        } else if heard < PATIENCE {
            say!("machine-asked")
        } else {
            say!("machine-no-detail")
        };
        return sentence(pen, area, Role::TextDim, words);
    };
    if detail.boards.is_empty() {
        let words = if machine.state == MachineState::Offline {
            say!("machine-silent")
        } else {
            say!("machine-no-boards")
        };
        return sentence(pen, area, Role::TextDim, words);
    }
    let ids = rows::boards(state);
    let by_number = |id: &str| detail.boards.iter().find(|b| b.number.to_string() == *id);
    let table_of = &state.nav.boards;
    let cursor = rows::cursor_index(table_of, &ids);
    let sorted = match table_of.sort {
        SortBy::Name => Some(0),
        SortBy::State => Some(1),
        SortBy::Hashrate => Some(3),
        SortBy::Power | SortBy::Efficiency | SortBy::Quality => None,
    };
    let shown = Shown {
        rows: ids.len(),
        cursor,
        sorted: sorted.map(|at| (at, table_of.reverse)),
    };
    let columns = if pen.look().glyphs.is_ascii() {
        ASCII
    } else {
        BOARDS
    };
    table(pen, area, columns, shown, &|at| {
        let mut row = by_number(&ids[at]).map_or_else(Row::default, board_row);
        row.cursor = at == cursor;
        row
    });
}

fn board_row(board: &Hashboard) -> Row {
    let (role, word) = match board.state {
        BoardState::Hashing => (Role::StateHashing, say!("board-hashing")),
        BoardState::Asleep => (Role::StateCurtailed, say!("board-asleep")),
        BoardState::Faulted => (Role::StateFaulted, say!("board-faulted")),
        BoardState::Missing => (Role::StateOffline, say!("board-missing")),
    };
    let short = board.chips_expected.is_some_and(|all| board.chips < all);
    let chips = match board.chips_expected {
        Some(all) => format!("{} / {all}", board.chips),
        None => board.chips.to_string(),
    };
    let figure = |value: Option<f64>, places: usize| match value {
        Some(value) => Cell::new(Role::Text, format::decimal(value, places)),
        None => Cell::new(Role::TextDim, format::NONE),
    };
    let terahash = |rate: Hashrate| format::decimal(rate.hs() / 1e12, 1);
    Row {
        cells: vec![
            Cell::new(Role::Text, board.number.to_string()),
            Cell::new(role, word),
            Cell::new(if short { Role::TextStrong } else { Role::Text }, chips),
            Cell::new(Role::Value, terahash(board.hashrate)),
            figure(board.board.map(Celsius::degrees), 1),
            figure(board.chip.map(Celsius::degrees), 1),
            figure(board.voltage.map(|v| v.millivolts() as f64 / 1e3), 2),
            figure(board.frequency.map(|f| f.millihertz() as f64 / 1e9), 0),
            match board.errors {
                Some(errors) => Cell::new(Role::Text, format::count(errors)),
                None => Cell::new(Role::TextDim, format::NONE),
            },
        ],
        cursor: false,
        marked: false,
    }
}
