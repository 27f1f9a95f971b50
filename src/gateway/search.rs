//! The machines of a hall that a filter lets through, page by page.

use crate::domain::filter::MachineFilter;
use crate::domain::fleet::{Machine, MachinePage, Search};
use crate::domain::ids::{HallId, SiteId};
use crate::domain::time::Timestamp;

/// Rows of a page.
pub(super) const PAGE: usize = 500;

/// A page of those of all a hall's machines that the filter lets through; one beyond the last is empty.
pub(super) fn page(
    (site, hall): (&SiteId, &HallId),
    all: impl Iterator<Item = Machine>,
    filter: &MachineFilter,
    page: u32,
    measured_at: Timestamp,
) -> MachinePage {
    let first = page as usize * PAGE;
    let (mut of, mut found) = (0, 0);
    let mut rows = Vec::new();
    for row in all {
        of += 1;
        if filter.shows(&row) {
            if (first..first + PAGE).contains(&found) {
                rows.push(row);
            }
            found += 1;
        }
    }
    MachinePage {
        site: site.clone(),
        hall: hall.clone(),
        page,
        pages: found.div_ceil(PAGE).max(1) as u32,
        total: of,
        rows,
        measured_at,
        search: (!filter.is_empty()).then(|| Search {
            filter: filter.text().clone(),
            found: found as u32,
            of,
        }),
    }
}
