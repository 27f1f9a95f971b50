//! Who generates: a strip for each nuclear unit by name, for others too where there is room, else by kind.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::View;
use super::gutter::of_feed;
use crate::app::axis::{Point, whole};
use crate::domain::grid::{GenerationUnit, GridReading};
use crate::domain::history::Series;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::screens::words;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::lane::{columns, heights};

/// A line of the lanes: a unit, or several as one.
struct Group<'a> {
    name: String,
    units: Vec<&'a GenerationUnit>,
}

fn one(unit: &GenerationUnit) -> Group<'_> {
    Group {
        name: unit.unit.to_string(),
        units: vec![unit],
    }
}

/// Several as one; a single one keeps its name.
fn several<'a>(name: &str, units: Vec<&'a GenerationUnit>) -> Group<'a> {
    match units[..] {
        [only] => one(only),
        _ => Group {
            name: format!("{name} ({})", units.len()),
            units,
        },
    }
}

/// The nuclear ones first, then the others, each in the feed's own order.
fn sides(reading: &GridReading) -> [Vec<&GenerationUnit>; 2] {
    let (nuclear, others) = reading
        .generation
        .iter()
        .partition(|unit| &*unit.kind == "nuclear");
    [nuclear, others]
}

fn by_kind(units: Vec<&GenerationUnit>) -> Vec<Group<'_>> {
    let mut kinds: Vec<&str> = Vec::new();
    let mut of: BTreeMap<&str, Vec<&GenerationUnit>> = BTreeMap::new();
    for unit in units {
        if !of.contains_key(&*unit.kind) {
            kinds.push(&unit.kind);
        }
        of.entry(&unit.kind).or_default().push(unit);
    }
    let mut groups = Vec::new();
    for kind in kinds {
        let units = of.remove(kind).unwrap_or_default();
        groups.push(several(words::generation_kind(kind), units));
    }
    groups
}

/// How fine the lines are, the finest first.
#[derive(Debug, Clone, Copy)]
enum Detail {
    Units,
    NuclearAndKinds,
    NuclearAndOthers,
    Kinds,
    Two,
    All,
}

const DETAILS: [Detail; 6] = [
    Detail::Units,
    Detail::NuclearAndKinds,
    Detail::NuclearAndOthers,
    Detail::Kinds,
    Detail::Two,
    Detail::All,
];

fn others(units: Vec<&GenerationUnit>) -> Option<Group<'_>> {
    (!units.is_empty()).then(|| several(say!("axis-others"), units))
}

fn groups(reading: &GridReading, detail: Detail) -> Vec<Group<'_>> {
    let [nuclear, rest] = sides(reading);
    let named = |units: &[&'_ GenerationUnit]| units.len();
    match detail {
        Detail::Units => nuclear.into_iter().chain(rest).map(one).collect(),
        Detail::NuclearAndKinds => {
            let nuclear = nuclear.into_iter().map(one);
            nuclear.chain(by_kind(rest)).collect()
        }
        Detail::NuclearAndOthers if named(&nuclear) > 0 => {
            let nuclear = nuclear.into_iter().map(one);
            nuclear.chain(others(rest)).collect()
        }
        Detail::Kinds => by_kind(nuclear.into_iter().chain(rest).collect()),
        Detail::Two if named(&nuclear) > 0 => {
            let nuclear = several(words::generation_kind("nuclear"), nuclear);
            [nuclear].into_iter().chain(others(rest)).collect()
        }
        _ => vec![several(
            say!("grid-generation"),
            nuclear.into_iter().chain(rest).collect(),
        )],
    }
}

/// The finest lines that so many rows have room for.
fn fitting(reading: &GridReading, rows: u16) -> Vec<Group<'_>> {
    if rows == 0 || reading.generation.is_empty() {
        return Vec::new();
    }
    let all = DETAILS.into_iter().map(|detail| groups(reading, detail));
    let mut fit = all.filter(|groups| groups.len() <= usize::from(rows));
    fit.next().unwrap_or_default()
}

/// How many of so many rows they take.
pub(super) fn rows(reading: &GridReading, rows: u16) -> u16 {
    u16::try_from(fitting(reading, rows).len()).unwrap_or(rows)
}

/// What a group puts out in each column: known only where all of it is.
fn output(view: &View<'_>, group: &Group<'_>) -> Vec<Option<Point>> {
    let mut lanes = group
        .units
        .iter()
        .map(|unit| view.halves(&Series::Unit(unit.unit.clone())));
    let mut sum = lanes.next().unwrap_or_default();
    for lane in lanes {
        for (all, one) in sum.iter_mut().zip(lane) {
            // The least of a sum is not the sum of the least: a group has its mean alone.
            *all = all.zip(one).map(|(a, b)| Point {
                min: a.mean + b.mean,
                mean: a.mean + b.mean,
                max: a.mean + b.mean,
                unsure: a.unsure || b.unsure,
            });
        }
    }
    sum
}

/// What is abnormal about a group, else what it does.
fn state(group: &Group<'_>, room: u16) -> (Role, String) {
    let calm = |unit: &&&GenerationUnit| &*unit.state == "running";
    let abnormal: Vec<&str> = group
        .units
        .iter()
        .filter(|unit| !calm(unit))
        .map(|unit| &*unit.state)
        .collect();
    let Some(first) = abnormal.first() else {
        let running = words::generation_state("running");
        return (Role::TextDim, running.to_owned());
    };
    let word = words::generation_state(first);
    let count = abnormal.iter().filter(|state| *state == first).count();
    let long = format!("{count} {word}");
    let words = if group.units.len() > 1 && text::width(&long, 100) <= room {
        long
    } else {
        word.to_owned()
    };
    (Role::StateFaulted, words)
}

/// Heads of the columns.
pub(super) fn heads(pen: &mut Pen<'_>, view: &View<'_>, area: Rect, units: u16) {
    if units == 0 {
        return;
    }
    let gutter = view.gutter;
    let (x, y) = (area.x, area.y);
    let power = if view.is_past() {
        say!("axis-col-mean")
    } else {
        say!("grid-col-power")
    };
    pen.text(x + 1, y, 14, Role::Header, say!("grid-col-unit"));
    pen.text_right(x + gutter.figure, y, 8, Role::Header, power);
    if let Some(end) = gutter.capacity {
        pen.text_right(x + end, y, 6, Role::Header, say!("axis-col-of"));
    }
    if !view.is_past() {
        let (at, width) = gutter.state;
        pen.text(x + at, y, width, Role::Header, say!("grid-col-state"));
    }
}

/// The strips.
pub(super) fn strips(pen: &mut Pen<'_>, view: &View<'_>, area: Rect) {
    let groups = fitting(view.reading, area.height);
    for (y, group) in (area.y..area.bottom()).zip(&groups) {
        strip(pen, view, (area.x, y), group);
    }
}

fn strip(pen: &mut Pen<'_>, view: &View<'_>, (x, y): (u16, u16), group: &Group<'_>) {
    let gutter = view.gutter;
    let points = output(view, group);
    let all = whole(&points);
    let now: Power = group.units.iter().map(|u| u.power).sum();
    let capacity: Power = group.units.iter().map(|u| u.capacity).sum();
    let shown = if view.is_past() {
        all.map(|p| f64::from(p.mean))
    } else {
        Some(now.megawatts())
    };
    let figure = shown.map_or_else(|| format::NONE.to_owned(), |v| format::decimal(v, 1));
    let (role, figure) = of_feed(view, &figure);
    let room = gutter.figure.saturating_sub(text::width(&figure, 20) + 2);
    pen.text(x + 1, y, room, Role::Text, &group.name);
    pen.text_right(x + gutter.figure, y, gutter.figure, role, &figure);
    if let Some(end) = gutter.capacity {
        let capacity = format::whole_megawatts(capacity);
        pen.text_right(x + end, y, 6, Role::TextDim, &capacity);
    }
    if !view.is_past() {
        let (at, width) = gutter.state;
        let (role, words) = state(group, width);
        pen.text(x + at, y, width, role, &words);
    }
    if gutter.is_narrow {
        return;
    }
    let least = all.map_or(0.0, |p| f64::from(p.min)).min(0.0);
    let most = all
        .map_or(0.0, |p| f64::from(p.max))
        .max(capacity.megawatts());
    let place = (view.plot.0, y, view.plot.1);
    heights(pen, place, &columns(&points), (least, most));
}
