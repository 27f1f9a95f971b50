//! What stands in the way of ordering a block, with the reason of each. Checked when the preview is made, again at
//! execute, and once more by the gateway's own rules.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::fleet::{Block, BlockState, Site};
use crate::domain::ids::{FeedId, GatewayId};
use crate::domain::order::{OrderKind, Reason};
use crate::domain::quality::{Concern, Quality};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// How a block stands with this console, beside what it says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "five facts, each an interlock of its own"
)]
pub struct Standing {
    /// Age of its telemetry.
    pub age: Duration,
    /// Its quality by age and by word.
    pub quality: Quality,
    /// What makes its figures doubtful beside that.
    pub concern: Concern,
    /// Its feed is live.
    pub link_up: bool,
    /// The skew of its feed is known, so that an expiry means something.
    pub skew_known: bool,
    /// An order of ours for it is not finished.
    pub order_pending: bool,
    /// And its gateway lets no emergency overtake that: a shed that has begun, or an emergency that it has answered.
    pub begun: bool,
    /// Its site is seen on two feeds.
    pub seen_twice: bool,
}

/// A block that might be ordered.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its site.
    pub site: &'a Site,
    /// The block.
    pub block: &'a Block,
    /// The feed that orders for it leave by.
    pub feed: FeedId,
    /// The gateway that orders for it are addressed to.
    pub gateway: &'a GatewayId,
    /// How it stands with this console.
    pub standing: Standing,
}

/// Lowest load that an order may ask of the block now: its floor, or what heat customers need.
pub fn lowest(block: &Block, now: Timestamp) -> Power {
    block.floor.max(block.must_run_at(now))
}

/// Everything that stands in the way of `kind` for this block, by `operator`, at `now`. Empty: it may be ordered.
pub fn reasons(
    candidate: &Candidate<'_>,
    kind: OrderKind,
    operator: &str,
    now: Timestamp,
) -> Vec<Reason> {
    let mut found = Vec::new();
    trust(candidate, kind, &mut found);
    command(candidate, operator, &mut found);
    machines(candidate.block, kind, now, &mut found);
    if kind == OrderKind::Curtail {
        contract(candidate.block, &mut found);
    }
    found
}

/// The code of a reason that lies in a gateway's clock: it bars no emergency.
pub const CLOCK: &str = "clock";

/// What a concern bars: a clock that does not run as ours everything, any other what gives load back.
fn doubtful(standing: &Standing, kind: OrderKind) -> Option<Reason> {
    let code = match (standing.concern, kind) {
        (Concern::ClockWrong(_), _) | (Concern::ClockSet, OrderKind::Restore) => CLOCK,
        (Concern::Slow, OrderKind::Restore) => "slow",
        _ => return None,
    };
    let mut text = standing.concern.sentence();
    if standing.concern == Concern::Slow {
        text = told!(
            "slow-age",
            "{why}: {age_ms} old",
            why = text,
            age_ms = standing.age.as_millis() as i64
        );
    }
    Some(Reason::Stated {
        code: Arc::from(code),
        text,
    })
}

fn trust(candidate: &Candidate<'_>, kind: OrderKind, found: &mut Vec<Reason>) {
    let standing = &candidate.standing;
    if !standing.link_up {
        found.push(Reason::LinkDown);
    }
    let by_clock = doubtful(standing, kind);
    let wrong = by_clock.is_some();
    found.extend(by_clock);
    match standing.quality {
        _ if wrong => {}
        Quality::Stale => found.push(Reason::StaleTelemetry { age: standing.age }),
        Quality::Bad => found.push(Reason::BadTelemetry),
        Quality::Good | Quality::Uncertain => {}
    }
    if standing.link_up && !standing.skew_known {
        found.push(Reason::Stated {
            code: Arc::from("unknown_skew"),
            text: told!("skew-unknown", "clock skew not measured yet"),
        });
    }
    if standing.seen_twice {
        found.push(Reason::SeenTwice);
    }
}

fn command(candidate: &Candidate<'_>, operator: &str, found: &mut Vec<Reason>) {
    if candidate.block.state == BlockState::Local {
        found.push(Reason::LocalMode);
    }
    if let Some(tag) = candidate.block.lockout() {
        found.push(Reason::Tagged {
            owner: tag.owner.clone(),
        });
    }
    if candidate.standing.order_pending {
        found.push(Reason::OrderPending);
    }
    if let Some(holder) = &candidate.site.authority.holder
        && &**holder != operator
    {
        found.push(Reason::Authority {
            holder: holder.clone(),
        });
    }
}

fn machines(block: &Block, kind: OrderKind, now: Timestamp, found: &mut Vec<Reason>) {
    let limits = &block.limits;
    let held = block.state_since.age(now);
    let state = match (kind, block.state) {
        (_, BlockState::Offline | BlockState::Faulted) => Some(Reason::NotAnswering),
        (OrderKind::Curtail, BlockState::Hashing) if held < limits.min_on => {
            Some(Reason::MinimumOn {
                left: limits.min_on.saturating_sub(held),
            })
        }
        (OrderKind::Restore, BlockState::Curtailed) if held < limits.min_off => {
            Some(Reason::MinimumOff {
                left: limits.min_off.saturating_sub(held),
            })
        }
        _ => None,
    };
    found.extend(state);
    if kind == OrderKind::Restore
        && let Some(limit) = limits.starts_per_hour
        && limits.starts_last_hour >= limit
    {
        found.push(Reason::StartsPerHour { limit });
    }
    // A block that nothing measures (this machine's own engine) is judged by its state: on a busy machine it may hash
    // for a while without a single batch being done.
    let down = match block.power {
        Some(power) => power <= lowest(block, now) || block.target <= lowest(block, now),
        None => block.state == BlockState::Curtailed,
    };
    let up = match block.power {
        Some(_) => block.target >= block.nameplate,
        None => block.state == BlockState::Hashing,
    };
    if kind == OrderKind::Curtail && down {
        let heat = block.must_run_at(now) > block.floor && block.target > block.floor;
        found.push(if heat {
            Reason::MustRun {
                until: block.limits.must_run_until,
            }
        } else {
            Reason::AlreadyThere
        });
    }
    if kind == OrderKind::Restore && up {
        found.push(Reason::AlreadyThere);
    }
}

/// Hours in 30 days that a block may be shed: a third of the time. Beyond, others take their turn.
pub const SHED_HOURS_CAP: f64 = 240.0;

fn contract(block: &Block, found: &mut Vec<Reason>) {
    if block.limits.shed_hours_30d >= SHED_HOURS_CAP {
        found.push(Reason::ShedHours {
            cap: SHED_HOURS_CAP as u32,
        });
    }
    if block.limits.calls_left == Some(0) {
        found.push(Reason::CallsExhausted);
    }
}
