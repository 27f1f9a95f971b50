//! Which blocks a rule takes off.

use std::collections::BTreeSet;

use crate::domain::ids::BlockKey;

/// A block that could be taken off.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Which.
    pub key: BlockKey,
    /// What it would take off, W.
    pub watts: f64,
    /// What its machines need for a terahash, J.
    pub joules_per_terahash: f64,
}

/// The blocks that take at least `want_w` off where they can, and never more than `most_w`, at `most_sites` sites at most:
/// the ones that earn least first.
pub fn pick(
    mut candidates: Vec<Candidate>,
    want_w: f64,
    most_w: f64,
    most_sites: usize,
) -> Vec<BlockKey> {
    candidates.sort_by(|a, b| {
        let by_efficiency = b.joules_per_terahash.total_cmp(&a.joules_per_terahash);
        by_efficiency.then_with(|| a.key.cmp(&b.key))
    });
    let mut sites = BTreeSet::new();
    let mut keys = Vec::new();
    let mut sum_w = 0.0;
    for candidate in candidates {
        if sum_w >= want_w {
            break;
        }
        let fits = candidate.watts > 0.0 && sum_w + candidate.watts <= most_w;
        let known = sites.contains(&candidate.key.site);
        if !fits || (!known && sites.len() >= most_sites) {
            continue;
        }
        sum_w += candidate.watts;
        sites.insert(candidate.key.site.clone());
        keys.push(candidate.key);
    }
    keys
}
