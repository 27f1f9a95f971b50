//! The machines of a page as a map of their racks: a sign for each, the legend of the signs, and the machine under the
//! cursor in words.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::told;
use super::{cells, inset, split, words};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::fleet::SiteView;
use crate::app::machines::{self, Reach};
use crate::app::nav::Depth;
use crate::app::racks::{self, Class, MARGIN, Map, Measure, Scale, Zoom};
use crate::app::rows;
use crate::domain::fleet::Machine;
use crate::domain::machine::Place;
use crate::domain::units::Efficiency;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::look::Glyphs;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, first_row};

/// The sign of a class.
fn sign(class: Class, measure: Measure, glyphs: Glyphs) -> char {
    let ramp = if glyphs.is_ascii() {
        ['.', '-', '+', '*', '#']
    } else {
        ['·', '░', '▒', '▓', '█']
    };
    match class {
        Class::Level(_) if measure == Measure::State => ramp[0],
        Class::Level(level) => ramp[level.min(ramp.len() - 1)],
        Class::Unknown => '?',
        Class::Waking => 'w',
        Class::Curtailed => 'c',
        Class::Offline => 'O',
        Class::Faulted => 'F',
    }
}

/// Grey unless abnormal.
fn role(class: Class, measure: Measure) -> Role {
    match (class, measure.attention(class)) {
        (Class::Faulted, _) => Role::StateFaulted,
        (Class::Offline, _) => Role::StateOffline,
        (Class::Curtailed, _) => Role::StateCurtailed,
        (Class::Waking, _) => Role::StateRestoring,
        (Class::Unknown, _) => Role::ValueBad,
        (Class::Level(_), 0) => Role::StateHashing,
        (Class::Level(_), 1) => Role::TextStrong,
        (Class::Level(_), _) => Role::Alarm3,
    }
}

/// What a map shows, with its unit.
fn title(measure: Measure, ascii: bool) -> &'static str {
    match measure {
        Measure::Temperature if ascii => say!("racks-temperature-ascii"),
        Measure::Temperature => say!("racks-temperature"),
        Measure::Hashrate => say!("racks-hashrate"),
        Measure::Power => say!("racks-power"),
        Measure::State => say!("racks-state"),
    }
}

/// The same in a few letters.
fn brief(measure: Measure, ascii: bool) -> &'static str {
    match measure {
        Measure::Temperature if ascii => "C",
        Measure::Temperature => "°C",
        Measure::Hashrate | Measure::Power => "%",
        Measure::State => "",
    }
}

fn letter_words(class: Class) -> &'static str {
    use crate::domain::fleet::MachineState;
    match class {
        Class::Faulted => words::machine_state(MachineState::Faulted),
        Class::Offline => words::machine_state(MachineState::Offline),
        Class::Curtailed => words::machine_state(MachineState::Curtailed),
        Class::Waking => words::machine_state(MachineState::Waking),
        Class::Level(_) => words::machine_state(MachineState::Hashing),
        Class::Unknown => say!("racks-unknown"),
    }
}

/// The range of a level: `<45`, `45-60`, `85+`.
fn range(measure: Measure, level: usize, whole: bool) -> String {
    let bounds = measure.bounds();
    match (level.checked_sub(1).map(|at| bounds[at]), bounds.get(level)) {
        (None, Some(high)) => format!("<{high}"),
        (Some(low), Some(high)) if whole => format!("{low}-{high}"),
        (Some(low), Some(_)) => low.to_string(),
        (Some(low), None) => format!("{low}+"),
        (None, None) => letter_words(Class::Level(0)).to_owned(),
    }
}

/// An entry of the legend: sign, its words, how many.
struct Entry {
    class: Class,
    words: String,
    count: usize,
}

/// All ranges, and the letters that stand somewhere on this page.
fn legend(measure: Measure, counts: &BTreeMap<Class, usize>, whole: bool) -> Vec<Entry> {
    let of = |class: Class| counts.get(&class).copied().unwrap_or(0);
    let levels = (0..=measure.bounds().len()).map(|level| Entry {
        class: Class::Level(level),
        words: range(measure, level, whole),
        count: of(Class::Level(level)),
    });
    let letters = Class::LETTERS.into_iter().filter(|class| of(*class) > 0);
    let letters = letters.map(|class| Entry {
        class,
        words: letter_words(class).to_owned(),
        count: of(class),
    });
    levels.chain(letters).collect()
}

/// Draws map, cursor line and legend.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, view: &SiteView) {
    let area = area.intersection(pen.area());
    let Some(page) = state.machines_shown() else {
        return;
    };
    let width = area.width.saturating_sub(2 * MARGIN);
    let Some(map) = racks::map(state, width) else {
        return;
    };
    let shown = racks::machines(page, &rows::machines(state));
    let scale = Scale::of(&page.rows);
    let measure = state.nav.racks.measure;
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    for machine in &shown {
        *counts.entry(scale.class(measure, machine)).or_default() += 1;
    }
    let scope = machines::reach(state).and_then(|reach| counted(shown.len(), reach));
    let lines = legend_lines(pen, measure, (&counts, scope), width, area.height);
    let below = lines.len() as u16 + 1;
    let below = below.min(area.height.saturating_sub(2)).max(1);
    let (top, foot) = split(area, area.height.saturating_sub(below));
    let cursor = racks::cursor(state, &map);
    cells_of(pen, top, state, (&map, cursor), (&shown, &scale));
    let (one, rest) = split(foot, 1);
    let under = cursor.and_then(|at| map.spots.get(at));
    if let Some(machine) = under.and_then(|spot| shown.get(spot.machine)) {
        told(pen, one, view, machine, racks::stale(state));
    }
    for (y, line) in (rest.y..rest.bottom()).zip(lines) {
        let mut x = rest.x.saturating_add(MARGIN);
        for (role, words) in line {
            let room = rest.right().saturating_sub(x);
            // Signs of our own are not on the list of what a text may hold.
            let mut letters = words.chars();
            x = match (letters.next(), letters.next()) {
                (Some(sign), None) if room > 0 => {
                    pen.sign(x, y, role, sign);
                    x.saturating_add(1)
                }
                _ => x.saturating_add(pen.text(x, y, room, role, &words)),
            };
        }
    }
}

type Words = Vec<(Role, String)>;

/// How much the legend says.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// Whole ranges with counts.
    Whole,
    /// Whole ranges.
    Ranges,
    /// Where each range begins; letters speak for themselves, and the line of the cursor says their words.
    Tight,
}

/// Of how many machines these are, where they are not all; what was not searched may hold more.
fn counted(n: usize, reach: Reach) -> Option<String> {
    let n = n as u64;
    let of = u64::from(reach.found);
    let whole = n == of || (reach.unsearched == 0 && reach.pages == 1);
    (!whole).then(|| say!("racks-counted", n = n, of = of))
}

/// The legend in as many lines as the height has to give, saying as much as these hold.
fn legend_lines(
    pen: &Pen<'_>,
    measure: Measure,
    (counts, scope): (&BTreeMap<Class, usize>, Option<String>),
    width: u16,
    height: u16,
) -> Vec<Words> {
    let glyphs = pen.look().glyphs;
    let most = match height {
        0..=6 => 1,
        7..=11 => 2,
        _ => 3,
    };
    let of = |form: Form| {
        let (mut lines, mut room): (Vec<Words>, u16) = (Vec::new(), 0);
        let gap = if form == Form::Whole { 3 } else { 2 };
        let head = match form {
            Form::Tight => brief(measure, glyphs.is_ascii()),
            Form::Whole | Form::Ranges => title(measure, glyphs.is_ascii()),
        };
        let entries = legend(measure, counts, form != Form::Tight);
        let entries = entries.into_iter().map(|entry| {
            let sign = sign(entry.class, measure, glyphs).to_string();
            let mut parts = vec![(role(entry.class, measure), sign)];
            match (form, entry.class) {
                (Form::Tight, Class::Level(_)) if measure != Measure::State => {
                    parts.push((Role::TextDim, entry.words));
                }
                (Form::Tight, Class::Curtailed | Class::Waking | Class::Unknown) => {}
                _ => parts.push((Role::TextDim, format!(" {}", entry.words))),
            }
            if form == Form::Whole {
                let count = format::count(entry.count as u64);
                parts.push((Role::Text, format!(" {count}")));
            }
            parts
        });
        let head = (!head.is_empty()).then(|| vec![(Role::Header, head.to_owned())]);
        // Whose counts these are; without counts there is nothing to be said of.
        let scope = scope.as_ref().filter(|_| form == Form::Whole);
        let scope = scope.map(|words| vec![(Role::Text, words.clone())]);
        for parts in head.into_iter().chain(scope).chain(entries) {
            let wide: u16 = parts.iter().map(|(_, words)| text::width(words, 200)).sum();
            match lines.last_mut() {
                Some(line) if room >= wide + gap => {
                    line.push((Role::Text, " ".repeat(usize::from(gap))));
                    line.extend(parts);
                    room -= wide + gap;
                }
                _ => {
                    lines.push(parts);
                    room = width.saturating_sub(wide);
                }
            }
        }
        lines
    };
    let whole = of(Form::Whole);
    if whole.len() <= most {
        return whole;
    }
    let ranges = of(Form::Ranges);
    if ranges.len() <= most {
        return ranges;
    }
    of(Form::Tight)
}

/// The part of the map that has the cursor in it.
fn cells_of(
    pen: &mut Pen<'_>,
    area: Rect,
    state: &State,
    (map, cursor): (&Map, Option<usize>),
    (shown, scale): (&[&Machine], &Scale),
) {
    if area.is_empty() {
        return;
    }
    let glyphs = pen.look().glyphs;
    let measure = state.nav.racks.measure;
    let at = cursor.and_then(|at| map.spots.get(at));
    let line = at.map_or(0, |spot| spot.line);
    let first = first_row(map.lines, line, area.height);
    let left = area.x.saturating_add(MARGIN);
    let y_of = |line: usize| {
        let down = line.checked_sub(first)?;
        (down < usize::from(area.height)).then(|| area.y + down as u16)
    };
    for head in &map.heads {
        if let (Some(y), Some(group)) = (y_of(head.line), map.groups.get(head.group)) {
            let here = at.is_some_and(|spot| spot.group == head.group);
            let role = if here { Role::TextStrong } else { Role::Header };
            let view = state.site_shown();
            let block = view.and_then(|v| {
                let mut blocks = v.blocks.values();
                blocks.find(|b| !group.is_rack && b.block.id.as_str() == &*group.name)
            });
            let name = told::name(block.map_or(&*group.name, |b| &b.block.name));
            pen.text(left.saturating_add(head.x), y, head.width, role, &name);
        }
    }
    for (index, spot) in map.spots.iter().enumerate() {
        let (Some(y), Some(machine)) = (y_of(spot.line), shown.get(spot.machine)) else {
            continue;
        };
        let x = left.saturating_add(spot.x);
        if x >= area.right() {
            continue;
        }
        let class = scale.class(measure, machine);
        let role = role(class, measure);
        let under = cursor == Some(index);
        let figure = match (state.nav.racks.zoom, class) {
            (Zoom::Figures, Class::Level(_)) => scale.figure(measure, machine),
            _ => None,
        };
        // A cell of figures ends with its figure or sign; what stands before it is air, or the cursor.
        let end = x
            .saturating_add(map.cell)
            .saturating_sub(u16::from(map.cell > 1));
        if let Some(figure) = figure {
            let words = format::decimal(figure.min(999.0), 0);
            pen.text_right(end, y, 3, role, &words);
        } else {
            let x = end.saturating_sub(1).max(x);
            pen.sign(x, y, role, sign(class, measure, glyphs));
        }
        if under {
            let cell = Rect {
                x,
                y,
                width: map.cell.saturating_sub(u16::from(map.cell > 1)).max(1),
                height: 1,
            };
            pen.paint(cell.intersection(area), Role::Cursor);
        }
    }
    marks(pen, area, first, map.lines);
}

/// That there is more above or below.
fn marks(pen: &mut Pen<'_>, area: Rect, first: usize, lines: usize) {
    let glyphs = pen.look().glyphs;
    let x = area.right().saturating_sub(1);
    if first > 0 {
        pen.sign(x, area.y, Role::TextDim, glyphs.up());
    }
    if first + usize::from(area.height) < lines {
        let y = area.bottom().saturating_sub(1);
        pen.sign(x, y, Role::TextDim, glyphs.down());
    }
}

/// Where a machine stands, in words.
pub(super) fn place(place: &Place) -> String {
    let rack = place.rack.as_ref();
    match (place.shelf, place.slot) {
        (Some(shelf), Some(slot)) => say!("racks-place", rack = rack, shelf = shelf, slot = slot),
        (_, Some(slot)) => say!("racks-place-slot", rack = rack, slot = slot),
        (Some(shelf), None) => say!("racks-place-shelf", rack = rack, shelf = shelf),
        (None, None) => say!("racks-place-rack", rack = rack),
    }
}

/// The machine under the cursor, in one line.
fn told(
    pen: &mut Pen<'_>,
    area: Rect,
    view: &SiteView,
    machine: &Machine,
    stale: Option<std::time::Duration>,
) {
    let ascii = pen.look().glyphs.is_ascii();
    let block = view.blocks.get(&machine.block);
    let block = told::name(block.map_or(machine.block.as_str(), |b| &b.block.name));
    let (role, word) = match cells::machine_state(machine.state) {
        Cell::Words(role, words) => (role, words),
        _ => (Role::Text, String::new()),
    };
    let mut facts = vec![
        Fact::words(0, Role::TextStrong, machine.id.as_str()),
        Fact::words(1, role, word),
    ];
    if !machine.fault.is_empty() {
        facts.push(Fact::words(2, Role::TextStrong, machine.fault.as_ref()));
    }
    if let Some(age) = stale {
        let words = say!("value-stale", age = format::span(age));
        facts.push(Fact::words(1, Role::ValueStale, words));
    }
    if machine.bad {
        facts.push(Fact::words(3, Role::ValueBad, say!("value-bad")));
    }
    let terahash = format::decimal(machine.hashrate.hs() / 1e12, 1);
    facts.push(Fact::figure(3, "", Role::Value, &terahash, "TH/s"));
    if let Some(board) = machine.board {
        let degrees = format::decimal(board.degrees(), 1);
        let unit = if ascii { "C" } else { "°C" };
        facts.push(Fact::figure(4, "", Role::Value, &degrees, unit));
    }
    let watts = format::count(machine.power.watts().max(0).unsigned_abs());
    let unit = say!("racks-watts");
    facts.push(Fact::figure(5, "", Role::ValueUncertain, &watts, unit));
    if let Some(efficiency) = Efficiency::of(machine.power, machine.hashrate) {
        let figure = format::efficiency(Some(efficiency));
        facts.push(Fact::figure(9, "", Role::Text, &figure, "J/TH"));
    }
    facts.push(Fact::words(6, Role::Text, block));
    if let Some(at) = &machine.place {
        facts.push(Fact::words(7, Role::Text, place(at)));
    }
    facts.push(Fact::words(8, Role::TextDim, machine.model.as_ref()));
    strip(pen, inset(area), 2, &facts, &[]);
}

/// How soon a key of the map gives up its place in the foot; none where it does nothing.
pub(super) fn foot_weight(state: &State, action: Action) -> Option<u8> {
    match (&state.nav.depth, action) {
        (Depth::Machines { .. }, Action::RackMap) => Some(2),
        (Depth::Machines { .. }, Action::MapMeasure) if racks::is_shown(state) => Some(2),
        (Depth::Machines { .. }, _) if racks::is_shown(state) => Some(3),
        _ => None,
    }
}
