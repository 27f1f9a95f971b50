//! What the gateway itself allows, whatever a console believed: every reason against one target of an order.

use crate::domain::order::{Order, OrderKind, OrderTarget, Reason};
use crate::domain::time::Timestamp;
use crate::gateway::ledger::out_of_turn;

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
        read,
        ..
    } = moment;
    let mut against = Vec::new();
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
    if let Some(tag) = load.tags.iter().find(|tag| &*tag.kind == "maintenance") {
        against.push(Reason::Tagged {
            owner: tag.owner.clone(),
        });
    }
    // Shedding wins over a restore that is under way: the grid does not wait for a ramp.
    let rising = load.wakes_at > world_ms || load.power_w < load.target_w.min(load.full_w()) - 1.0;
    // Nor does an emergency wait for an order that has not begun.
    let overtakes = (order.kind == OrderKind::Curtail && rising) || (order.emergency && load.waits);
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
