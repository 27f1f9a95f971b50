//! Orders that hold only for a time, unless they are renewed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::ids::OrderId;
use crate::domain::order::{Order, OrderKind};
use crate::domain::sentence::told;
use crate::gateway::Refusal;
use crate::gateway::durable::Past;

use super::nation::Fleet;
use super::orders::Moment;

#[derive(Debug)]
struct Lease {
    id: OrderId,
    term: Duration,
    until: i64,
    loads: Vec<usize>,
    lapsed: bool,
}

/// All leases that have not ended.
#[derive(Debug, Default)]
pub(super) struct Leases(Vec<Lease>);

/// What an earlier life of the gateway has left: each with its term and the blocks that still hold. They run anew, so
/// that nothing comes back because the gateway was away.
pub(super) fn of(past: &Past, fleet: &Fleet) -> Vec<(OrderId, Duration, Vec<usize>)> {
    let mut found: BTreeMap<u128, (OrderId, Duration, Vec<usize>)> = BTreeMap::new();
    for (key, told) in &past.told {
        let held = told.kind == OrderKind::Curtail && !told.lease.is_zero();
        if let (true, Some(index)) = (held, fleet.block(key)) {
            let entry = found.entry(told.order.0);
            let lease = entry.or_insert_with(|| (told.order, told.lease, Vec::new()));
            lease.2.push(index);
        }
    }
    found.into_values().collect()
}

/// What has changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Lapsed now, with the blocks that hold.
    pub(super) lapsed: Vec<(OrderId, Vec<usize>)>,
    /// Lapsed before, and all their blocks have been restored since, or they were renewed.
    pub(super) over: Vec<OrderId>,
}

/// What a renewal is told where there is nothing to be renewed.
pub(super) fn no_lease() -> Refusal {
    Refusal {
        code: "no_lease",
        message: told!(
            "no-lease",
            "no lease of such an order stands here: it holds until restored, or is over"
        ),
    }
}

fn end_of(term: Duration, moment: Moment) -> i64 {
    let term = i64::try_from(term.as_millis()).unwrap_or(i64::MAX);
    let world = (term as f64 * moment.clock.speed()) as i64;
    moment.world_ms.saturating_add(world)
}

impl Leases {
    /// A lease begins; a term of zero is none.
    pub(super) fn begin(&mut self, id: OrderId, term: Duration, loads: Vec<usize>, moment: Moment) {
        if term.is_zero() {
            return;
        }
        self.0.push(Lease {
            id,
            term,
            until: end_of(term, moment),
            loads,
            lapsed: false,
        });
    }

    /// These blocks of an order that is gone on with are about to hold too.
    pub(super) fn joined(&mut self, order: &Order, loads: Vec<usize>, moment: Moment) {
        match self.0.iter_mut().find(|lease| lease.id == order.id) {
            Some(lease) => lease.loads.extend(loads),
            None => self.begin(order.id, order.lease, loads, moment),
        }
    }

    /// Another term from now, for one that has lapsed as well.
    pub(super) fn renew(&mut self, id: OrderId, moment: Moment) -> Result<(), Refusal> {
        let Some(lease) = self.0.iter_mut().find(|lease| lease.id == id) else {
            return Err(no_lease());
        };
        lease.until = end_of(lease.term, moment);
        Ok(())
    }

    /// When the lease of an order ends, in the world's time; none where it has none.
    pub(super) fn until(&self, id: OrderId) -> Option<i64> {
        let lease = self.0.iter().find(|lease| lease.id == id)?;
        Some(lease.until)
    }

    /// The order was called back.
    pub(super) fn end(&mut self, id: OrderId) {
        self.0.retain(|lease| lease.id != id);
    }

    /// These blocks of the order were called back: its lease is about the others.
    pub(super) fn without(&mut self, id: OrderId, gone: &[usize]) {
        for lease in self.0.iter_mut().filter(|lease| lease.id == id) {
            lease.loads.retain(|load| !gone.contains(load));
        }
    }

    /// Has it lapsed, with blocks that still hold, and was not renewed since?
    pub(super) fn has_lapsed(&self, id: OrderId, world_ms: i64) -> bool {
        let lapsed = |lease: &Lease| lease.lapsed && lease.until <= world_ms;
        self.0.iter().any(|lease| lease.id == id && lapsed(lease))
    }

    /// What has changed since the last call.
    pub(super) fn look(&mut self, fleet: &Fleet, world_ms: i64) -> Changes {
        let mut changes = Changes::default();
        self.0.retain_mut(|lease| {
            let restored = lease.loads.iter().all(|&load| {
                let load = &fleet.loads[load];
                // What another order has shed since is not this lease's any more.
                !load.pending && (load.target_w >= load.nameplate_w || !load.is_held_by(lease.id))
            });
            let runs = lease.until > world_ms;
            if lease.lapsed && (restored || runs) {
                changes.over.push(lease.id);
                lease.lapsed = false;
            }
            if restored {
                return false;
            }
            if !lease.lapsed && !runs {
                lease.lapsed = true;
                changes.lapsed.push((lease.id, lease.loads.clone()));
            }
            true
        });
        changes
    }
}
