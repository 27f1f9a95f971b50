//! What an order moves, as the limits count it.

use std::collections::{HashMap, HashSet};

use crate::control::authority::Moved;
use crate::control::tally::Tally;
use crate::domain::ids::{BlockId, BlockKey, OrderId, SiteId};
use crate::domain::order::{Order, OrderKind, OrderTarget};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

use super::load::Load;
use super::nation::Fleet;
use super::orders::{Desk, Moment};
use crate::gateway::durable::Past;

/// The parts of an order.
#[derive(Debug)]
pub(super) struct Counted {
    targets: HashMap<(SiteId, BlockId), Power>,
    /// What may be moved in their place, on top.
    pub(super) extra: Power,
}

impl Counted {
    /// By what its blocks draw now, or are on their way to.
    pub(super) fn of(order: &Order, fleet: &Fleet) -> Self {
        let load = |site: &SiteId, block: &BlockId| {
            Some(&fleet.loads[fleet.block(&BlockKey::new(site, block))?])
        };
        let moves = |target: &OrderTarget| {
            let load = load(&target.site, &target.block)?;
            let key = (target.site.clone(), target.block.clone());
            Some((key, moves(load, order.kind, target.target)))
        };
        let instead = order.substitutes.iter();
        let instead = instead.filter_map(|key| Some(at_most(load(&key.site, &key.block)?)));
        let extra = match order.kind {
            OrderKind::Curtail => order.extra_max.or_zero().min(instead.sum()),
            OrderKind::Restore => Power::ZERO,
        };
        let mut targets = HashMap::new();
        for (key, moves) in order.targets.iter().filter_map(moves) {
            // One that is named twice may not hide behind the smaller.
            let most: &mut Power = targets.entry(key).or_default();
            *most = (*most).max(moves);
        }
        Self { targets, extra }
    }

    /// What one target moves.
    pub(super) fn of_target(&self, target: &OrderTarget) -> Power {
        let key = (target.site.clone(), target.block.clone());
        self.targets.get(&key).copied().unwrap_or_default()
    }

    /// All of the targets.
    pub(super) fn ordered(&self) -> Power {
        self.targets.values().copied().sum()
    }

    /// All of it.
    pub(super) fn all(&self) -> Power {
        self.ordered() + self.extra
    }

    /// All of it, after what a person moved the same way before.
    pub(super) fn after(&self, by: &str, kind: OrderKind, tally: &Tally, moment: Moment) -> Moved {
        let window = moment.bounds.window;
        Moved {
            order: self.all(),
            before: tally.of(by, kind, moment.now, window),
            window,
        }
    }
}

fn moves(load: &Load, kind: OrderKind, target: Power) -> Power {
    match kind {
        OrderKind::Curtail => {
            let draws_w = load.power_w.max(load.target_w.min(load.full_w()));
            (Power::from_watts(draws_w as i64) - target).or_zero()
        }
        OrderKind::Restore => (target - Power::from_watts(load.power_w as i64)).or_zero(),
    }
}

/// The most that taking a block off can move.
fn at_most(load: &Load) -> Power {
    Power::from_watts((load.nameplate_w - load.floor_w).max(0.0) as i64)
}

/// The most that telling a block so can have moved, whatever it drew. No target: as little as it can.
pub(super) fn told_at_most(
    fleet: &Fleet,
    key: &BlockKey,
    kind: OrderKind,
    target: Option<Power>,
) -> Power {
    let Some(index) = fleet.block(key) else {
        return Power::ZERO;
    };
    let load = &fleet.loads[index];
    let least = Power::from_watts(load.floor_w as i64);
    match (kind, target) {
        (OrderKind::Curtail, Some(target)) => {
            (Power::from_watts(load.nameplate_w as i64) - target.max(least)).or_zero()
        }
        (OrderKind::Restore, Some(target)) => (target - least).or_zero(),
        (_, None) => at_most(load),
    }
}

impl Desk {
    /// Takes up what an earlier life of the gateway has counted.
    pub(super) fn count_again(&mut self, past: &Past, fleet: &Fleet, now: Timestamp) {
        let going_on: HashSet<u128> = past.going_on().map(|id| id.0).collect();
        let goes_on = |id: OrderId| going_on.contains(&id.0);
        let mut tally = past.tally.clone();
        tally.restarted(goes_on);
        tally.weigh(|key, kind, target| told_at_most(fleet, key, kind, target));
        self.tally.join(tally);
        if let Some(at) = past.emergency {
            // The clock may have been set back since.
            self.pace.began(at.min(now));
        }
    }
}
