//! Where racks and their cells stand: bands of racks side by side, as many as the width takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Zoom;
use crate::app::rows::natural;
use crate::domain::fleet::Machine;

/// Columns between racks.
const GAP: u16 = 2;
/// A head is cut at so many columns.
const NAME: usize = 12;

/// Machines that stand together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The rack's name, or the block's id.
    pub name: Arc<str>,
    /// It is a rack; else a block whose machines' places are not known.
    pub is_rack: bool,
    /// Its machines, as places in the list that was laid out.
    pub members: Vec<usize>,
}

/// A cell of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// The machine that it shows.
    pub id: Arc<str>,
    /// Its place in the list that was laid out.
    pub machine: usize,
    /// The group that it belongs to.
    pub group: usize,
    /// Columns from the left.
    pub x: u16,
    /// Lines from the top.
    pub line: usize,
}

/// The name of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Which group.
    pub group: usize,
    /// Columns from the left.
    pub x: u16,
    /// Lines from the top.
    pub line: usize,
    /// Columns that it has.
    pub width: u16,
}

/// Cells and heads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// Columns of a cell.
    pub cell: u16,
    /// Lines in all.
    pub lines: usize,
    /// In the order of racks, then of shelves.
    pub groups: Vec<Group>,
    /// Names.
    pub heads: Vec<Head>,
    /// Cells.
    pub spots: Vec<Spot>,
    /// The machines that were laid out.
    ids: Vec<Arc<str>>,
}

/// A step of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Left,
    Right,
    Up(usize),
    Down(usize),
    First,
    Last,
}

impl Map {
    /// The spot that shows this machine, or its rack.
    pub fn spot_of(&self, id: &str) -> Option<usize> {
        let own = self.spots.iter().position(|spot| *spot.id == *id);
        own.or_else(|| {
            let of = |group: &Group| group.members.iter().any(|at| self.names(*at, id));
            let group = self.groups.iter().position(of)?;
            self.spots.iter().position(|spot| spot.group == group)
        })
    }

    fn names(&self, machine: usize, id: &str) -> bool {
        self.ids.get(machine).is_some_and(|own| **own == *id)
    }

    /// The spot that a step leads to; the same where there is none that way.
    pub(super) fn step(&self, at: usize, way: Way) -> usize {
        let Some(from) = self.spots.get(at) else {
            return 0;
        };
        let place = |index: &usize| {
            let spot = &self.spots[*index];
            (spot.line, spot.x)
        };
        let all = 0..self.spots.len();
        let of_line = |line: usize| {
            let beside = |index: &usize| self.spots[*index].x.abs_diff(from.x);
            let on = |index: &usize| self.spots[*index].line == line;
            all.clone().filter(on).min_by_key(beside)
        };
        let lines: BTreeSet<usize> = self.spots.iter().map(|spot| spot.line).collect();
        let found = match way {
            Way::First => all.min_by_key(place),
            Way::Last => all.max_by_key(place),
            Way::Left => all
                .filter(|index| self.spots[*index].line == from.line)
                .filter(|index| self.spots[*index].x < from.x)
                .max_by_key(place),
            Way::Right => all
                .filter(|index| self.spots[*index].line == from.line)
                .filter(|index| self.spots[*index].x > from.x)
                .min_by_key(place),
            Way::Up(by) => {
                let above = lines.range(..from.line).rev();
                above.take(by.max(1)).last().and_then(|line| of_line(*line))
            }
            Way::Down(by) => {
                let below = lines.range(from.line + 1..);
                below.take(by.max(1)).last().and_then(|line| of_line(*line))
            }
        };
        found.unwrap_or(at)
    }
}

/// Machines by rack where that is known, else by block.
fn groups(machines: &[&Machine]) -> Vec<Group> {
    let mut found: BTreeMap<(bool, &str), Vec<usize>> = BTreeMap::new();
    for (at, machine) in machines.iter().enumerate() {
        let key = match &machine.place {
            Some(place) => (true, &*place.rack),
            None => (false, machine.block.as_str()),
        };
        found.entry(key).or_default().push(at);
    }
    let mut groups: Vec<Group> = found
        .into_iter()
        .map(|((is_rack, name), members)| Group {
            name: name.into(),
            is_rack,
            members,
        })
        .collect();
    groups.sort_by(|a, b| {
        (!a.is_rack)
            .cmp(&!b.is_rack)
            .then(natural(&a.name, &b.name))
    });
    for group in &mut groups {
        group
            .members
            .sort_by(|a, b| natural(machines[*a].id.as_str(), machines[*b].id.as_str()));
    }
    groups
}

/// Shelf and slot of each member, from 0; none where the places are not all known, clash or are wider than the map.
fn places(group: &Group, machines: &[&Machine], most: usize) -> Option<Vec<(usize, usize)>> {
    let mut taken = BTreeSet::new();
    let mut found = Vec::with_capacity(group.members.len());
    for at in &group.members {
        let place = machines[*at].place.as_ref()?;
        let spot = (place.shelf.unwrap_or(1), place.slot?.max(1));
        if usize::from(spot.1) > most || !taken.insert(spot) {
            return None;
        }
        found.push(spot);
    }
    // A rack is as high as it has shelves with machines: a feed that counts to 9,999 does not make an empty screen.
    let shelves: BTreeSet<u16> = found.iter().map(|(shelf, _)| *shelf).collect();
    let row = |shelf: u16| shelves.range(..shelf).count();
    let spots = found.iter();
    Some(
        spots
            .map(|(shelf, slot)| (row(*shelf), usize::from(*slot) - 1))
            .collect(),
    )
}

/// The cells of a group from its own corner: line and column; and how wide it is.
fn cells(group: &Group, machines: &[&Machine], most: usize) -> (Vec<(usize, usize)>, usize) {
    let placed = places(group, machines, most).unwrap_or_else(|| {
        // Ten by ten is easily counted.
        let columns = if most >= 10 { most / 10 * 10 } else { most };
        (0..group.members.len())
            .map(|at| (at / columns, at % columns))
            .collect()
    });
    let wide = placed.iter().map(|(_, column)| column + 1).max();
    (placed, wide.unwrap_or(1))
}

/// Lays machines out in `width` columns; `worst` names the member of a group that stands for it.
pub(super) fn lay_out(
    machines: &[&Machine],
    width: u16,
    zoom: Zoom,
    worst: &dyn Fn(&[usize]) -> Option<usize>,
) -> Map {
    let cell = match zoom {
        Zoom::Racks | Zoom::Machines => 1,
        Zoom::Figures => 4,
    };
    let mut map = Map {
        cell,
        groups: groups(machines),
        ids: machines.iter().map(|m| m.id.text()).collect(),
        ..Map::default()
    };
    let most = usize::from((width / cell).max(1));
    let named = |group: &Group| group.name.chars().count().clamp(1, NAME);
    let widest = map.groups.iter().map(named).max().unwrap_or(1) as u16;
    let (mut x, mut top, mut height) = (0_u16, 0_usize, 0_usize);
    for (index, group) in map.groups.iter().enumerate() {
        let (placed, columns, head) = match zoom {
            // Name and cell stand side by side: `R07 #`.
            Zoom::Racks => (
                vec![(0, 0)],
                widest + 2,
                widest.min(width.saturating_sub(2)),
            ),
            Zoom::Machines | Zoom::Figures => {
                let (placed, wide) = cells(group, machines, most);
                let wide = (wide as u16).saturating_mul(cell);
                let columns = wide.max((named(group) as u16).min(width));
                (placed, columns, columns)
            }
        };
        if x > 0 && x.saturating_add(columns) > width {
            (x, top) = (0, top + height);
            height = 0;
        }
        map.heads.push(Head {
            group: index,
            x,
            line: top,
            width: head,
        });
        let lines = placed.iter().map(|(line, _)| line + 1).max().unwrap_or(1);
        if zoom == Zoom::Racks {
            height = 1;
            if let Some(machine) = worst(&group.members) {
                map.spots.push(Spot {
                    id: map.ids[machine].clone(),
                    machine,
                    group: index,
                    x: x + head + 1,
                    line: top,
                });
            }
        } else {
            // A head above, an empty line below.
            height = height.max(lines + 2);
            for (machine, (line, column)) in group.members.iter().zip(placed) {
                map.spots.push(Spot {
                    id: map.ids[*machine].clone(),
                    machine: *machine,
                    group: index,
                    x: x + (column as u16) * cell,
                    line: top + 1 + line,
                });
            }
        }
        x = x.saturating_add(columns).saturating_add(GAP);
    }
    let below = usize::from(zoom != Zoom::Racks && height > 0);
    map.lines = (top + height).saturating_sub(below);
    map
}
