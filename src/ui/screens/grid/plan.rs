//! Which lane gets how many rows.

use super::{View, units};

/// The parts of the screen, from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Figures,
    Status,
    Frequency,
    Surplus,
    Demand,
    Price,
    Head,
    Units,
    Wanted,
    Axis,
}

impl Part {
    pub(super) const ALL: [Self; 10] = [
        Self::Figures,
        Self::Status,
        Self::Frequency,
        Self::Surplus,
        Self::Demand,
        Self::Price,
        Self::Head,
        Self::Units,
        Self::Wanted,
        Self::Axis,
    ];
}

/// As many as there are.
const ALL_ROWS: u16 = 64;

/// What gets rows, in the order of what matters: up to so many in all. 80x24 leaves 14 rows, 120x36 leaves 22.
const STEPS: &[(Part, u16)] = &[
    (Part::Status, 1),
    (Part::Frequency, 1),
    (Part::Wanted, 1),
    (Part::Axis, 1),
    (Part::Figures, 1),
    (Part::Frequency, 2),
    (Part::Surplus, 2),
    (Part::Frequency, 3),
    (Part::Units, 1),
    (Part::Surplus, 3),
    (Part::Units, 3),
    (Part::Frequency, 4),
    (Part::Demand, 1),
    (Part::Price, 1),
    (Part::Head, 1),
    (Part::Units, 6),
    (Part::Frequency, 5),
    (Part::Surplus, 4),
    (Part::Wanted, 2),
    (Part::Units, ALL_ROWS),
    (Part::Frequency, 7),
    (Part::Surplus, 5),
    (Part::Demand, 2),
    (Part::Wanted, 4),
    (Part::Price, 2),
    (Part::Frequency, 9),
    (Part::Surplus, 7),
    (Part::Demand, 4),
    (Part::Price, 3),
    (Part::Frequency, 16),
    (Part::Surplus, 12),
];

/// Rows of each part, in the order of [`Part::ALL`].
pub(super) fn plan(view: &View<'_>, height: u16) -> [u16; 10] {
    let mut rows = [0u16; 10];
    let mut left = height;
    for (part, wanted) in STEPS {
        let at = *part as usize;
        let wanted = most(view, *part, (*wanted).min(rows[at] + left));
        let more = wanted.saturating_sub(rows[at]);
        rows[at] += more;
        left -= more;
    }
    rows
}

/// How many of so many rows a part can use.
fn most(view: &View<'_>, part: Part, rows: u16) -> u16 {
    let has = match part {
        Part::Demand => !view.gutter.is_narrow && view.reading.demand.is_some(),
        Part::Price => !view.gutter.is_narrow && view.reading.price.is_some(),
        Part::Head => !view.gutter.is_narrow && !view.reading.generation.is_empty(),
        Part::Units => return units::rows(view.reading, rows),
        Part::Wanted => return rows.min(u16::try_from(view.wanted.len()).unwrap_or(u16::MAX)),
        _ => true,
    };
    if has { rows } else { 0 }
}
