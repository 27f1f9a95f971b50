//! What the gateway itself allows, whatever a console believed: every reason against one target of an order.

use crate::domain::fleet::lockout;
use crate::domain::order::{Order, OrderKind, OrderTarget, Reason};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::ledger::{out_of_turn, stated};

use super::clock::Clock;
use super::load::{Condition, Load};
use super::nation::Station;
use super::orders::Moment;

/// Why `target` can't be done now; empty: it can. `seq_seen` is the site's sequence before this order.
pub(super) fn reasons(
    order: &Order,
    target: &OrderTarget,
    station: &Station,
    load: &Load,
    seq_seen: u64,
    moment: Moment,
) -> Vec<Reason> {
    let Moment {
        world_ms,
        clock,
        now,
        own,
        rule,
        read,
        ..
    } = moment;
    let mut against = Vec::new();
    against.extend(put_off(order, target));
    commanded(order, target, station, seq_seen, own, &mut against);
    // Without its journal the gateway knows no epochs, and an emergency does not wait for them.
    if !read && order.emergency {
        against.retain(|reason| reason.code() != "unknown_epoch");
    }
    if station.silent_until.is_some_and(|until| world_ms < until)
        || load.condition == Condition::Faulted
    {
        against.push(Reason::NotAnswering);
    }
    if load.condition == Condition::Local {
        against.push(Reason::LocalMode);
    }
    against.extend(locked_out(load));
    // Shedding wins over a restore that is under way: the grid does not wait for a ramp.
    let rising = load.wakes_at > world_ms || load.power_w < load.target_w.min(load.full_w()) - 1.0;
    // Nor does an emergency, or a rule, wait for an order that has not begun.
    let hurries = order.emergency || rule;
    let overtakes = order.kind == OrderKind::Curtail && (rising || (hurries && load.waits));
    if load.pending && !overtakes {
        against.push(Reason::OrderPending);
    }
    let Some(wanted_w) = load.holds(target.target.watts() as f64) else {
        against.push(Reason::BadTarget);
        return against;
    };
    match order.kind {
        OrderKind::Curtail => down(order, load, wanted_w, world_ms, clock, now, &mut against),
        OrderKind::Restore => up(load, wanted_w, world_ms, clock, &mut against),
    }
    against
}

/// Why a target can't begin later than others: only a shed that is no emergency is spread, and not for ever.
fn put_off(order: &Order, target: &OrderTarget) -> Option<Reason> {
    let spread = order.kind == OrderKind::Curtail && !order.emergency;
    let leased = !order.lease.is_zero() && target.after >= order.lease;
    let within = spread && !leased && target.after <= OrderTarget::LONGEST_AFTER;
    (!target.after.is_zero() && !within).then(|| {
        let text = told!(
            "not-put-off",
            "only blocks of a shed that is no emergency begin later than others, within its lease and at most 1 h"
        );
        stated("after", text)
    })
}

/// The lockout that hangs on it.
pub(super) fn locked_out(load: &Load) -> Option<Reason> {
    let owner = lockout(&load.tags)?.owner.clone();
    Some(Reason::Tagged { owner })
}

/// Why an order that was accepted may not begin any more: a lockout, or an authority that has changed hands since. An
/// emergency that was accepted does not wait for whose the authority is.
pub(super) fn barred(order: &Order, row: usize, station: &Station, load: &Load) -> Option<Reason> {
    let epoch = order.targets.get(row).map(|target| target.epoch);
    let old = !order.emergency && epoch.is_some_and(|epoch| epoch < station.authority.epoch);
    locked_out(load).or_else(|| old.then_some(Reason::OldEpoch))
}

fn commanded(
    order: &Order,
    target: &OrderTarget,
    station: &Station,
    seq_seen: u64,
    own: bool,
    against: &mut Vec<Reason>,
) {
    if let Some(holder) = &station.authority.holder
        && **holder != *order.issued_by
        && !own
    {
        against.push(Reason::Authority {
            holder: holder.clone(),
        });
    }
    against.extend(out_of_turn(
        (target.site_seq, target.epoch),
        (seq_seen, station.authority.epoch),
    ));
}

fn down(
    order: &Order,
    load: &Load,
    wanted_w: f64,
    world_ms: i64,
    clock: Clock,
    now: Timestamp,
    against: &mut Vec<Reason>,
) {
    if wanted_w >= load.target_w.min(load.full_w()) {
        against.push(Reason::AlreadyThere);
    }
    if wanted_w < load.must_run_at(world_ms) {
        against.push(Reason::MustRun {
            until: load.limits.must_run_until.map(|until| clock.wall(until)),
        });
    }
    let left = load.on_since + load.limits.min_on_ms - world_ms;
    // Wear is no reason to let a grid fall: an emergency does not wait for the minimum time on.
    if left > 0 && !order.emergency {
        against.push(Reason::MinimumOn {
            left: clock.wall_span(left),
        });
    }
    if load.limits.calls_left == Some(0) {
        against.push(Reason::CallsExhausted);
    }
    let notice = clock.wall_span(load.limits.notice_ms);
    if now + notice > order.expires_at {
        against.push(Reason::Notice { notice });
    }
}

fn up(load: &Load, wanted_w: f64, world_ms: i64, clock: Clock, against: &mut Vec<Reason>) {
    if wanted_w <= load.target_w {
        against.push(Reason::AlreadyThere);
    }
    if let Some(since) = load.off_since {
        let left = since + load.limits.min_off_ms - world_ms;
        if left > 0 {
            against.push(Reason::MinimumOff {
                left: clock.wall_span(left),
            });
        }
        if let Some(limit) = load.limits.starts_per_hour
            && load.starts.len() >= limit as usize
        {
            against.push(Reason::StartsPerHour { limit });
        }
    }
}
