//! One block of machines as a load on the grid: it falls fast, rises late and slowly, and never leaves its limits.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::fleet::{BlockState, MachineCounts, PowerSource, Tag};
use crate::domain::ids::{BlockId, OrderId};
use crate::domain::order::{Order, OrderKind};
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::units::{Celsius, Hashrate, Power};

use super::own::LOOP;

/// What a sleeping machine draws: its control board.
pub(super) const SLEEP_W: f64 = 25.0;
/// Machines of a block fall asleep within this time.
pub(super) const SLEEP_MS: i64 = 4_000;
/// Shortest time from the call to wake until the first machine hashes.
pub(super) const WAKE_MS: i64 = 10_000;
/// After this time, a block that draws more than its target is faulted.
pub(super) const OVERDRAW_MS: i64 = 60_000;

/// A machine type with its published figures.
#[derive(Debug, PartialEq)]
pub(super) struct Class {
    pub(super) model: &'static str,
    pub(super) terahash: f64,
    pub(super) watts: f64,
}

/// The types that the nation runs.
pub(super) const CLASSES: [Class; 4] = [
    Class {
        model: "S21",
        terahash: 200.0,
        watts: 3_500.0,
    },
    Class {
        model: "S21 XP",
        terahash: 270.0,
        watts: 3_645.0,
    },
    Class {
        model: "M66S",
        terahash: 298.0,
        watts: 5_500.0,
    },
    Class {
        model: "M63S",
        terahash: 390.0,
        watts: 7_200.0,
    },
];

/// What stands between a block and its orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Sound,
    Faulted,
    Local,
}

/// What a block's own instruments said last.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) power: Power,
    pub(super) hashrate: Hashrate,
    pub(super) machines: MachineCounts,
    pub(super) inlet: Celsius,
    pub(super) state: BlockState,
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    pub(super) stale: u64,
    pub(super) quality: Quality,
    pub(super) at: Timestamp,
}

/// Limits in the world's own time.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    pub(super) ramp_down_w_s: f64,
    pub(super) ramp_up_w_s: f64,
    pub(super) min_off_ms: i64,
    pub(super) min_on_ms: i64,
    pub(super) starts_per_hour: Option<u32>,
    pub(super) must_run_w: f64,
    pub(super) must_run_until: Option<i64>,
    pub(super) notice_ms: i64,
    pub(super) calls_left: Option<u32>,
}

/// Machines that joined a curtailed block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Joined {
    pub(super) machines: u32,
    /// They are gone by then.
    pub(super) until: i64,
    /// They obey once the block is told its target again.
    pub(super) hears: bool,
}

/// What a block remembers of the order that moved it last.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) order: OrderId,
    pub(super) kind: OrderKind,
    pub(super) by: Arc<str>,
    pub(super) reason: Arc<str>,
    /// World time; none where an earlier life of the gateway has begun it.
    pub(super) since: Option<i64>,
}

impl Hold {
    /// This order begins now.
    pub(super) fn of(order: &Order, world_ms: i64) -> Self {
        Self {
            order: order.id,
            kind: order.kind,
            by: order.issued_by.clone(),
            reason: order.reason.clone(),
            since: Some(world_ms),
        }
    }
}

/// A block.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) station: usize,
    pub(super) hall: usize,
    pub(super) id: BlockId,
    pub(super) name: Arc<str>,
    pub(super) class: &'static Class,
    pub(super) total: u32,
    pub(super) faulted: u32,
    pub(super) offline: u32,
    /// How its machines are tuned, as a part of nameplate.
    pub(super) tune: f64,
    pub(super) nameplate_w: f64,
    pub(super) floor_w: f64,
    pub(super) steps: Vec<f64>,
    pub(super) source: PowerSource,
    /// What firmware claims over what is true.
    pub(super) claim: f64,
    /// How much warmer than the site's air.
    pub(super) warmer: f64,
    pub(super) limits: Limits,
    pub(super) tags: Vec<Tag>,
    pub(super) condition: Condition,
    /// True draw.
    pub(super) power_w: f64,
    /// Ordered draw.
    pub(super) target_w: f64,
    /// World time of the last change of the target.
    pub(super) target_since: i64,
    /// Nothing rises before this world time.
    pub(super) wakes_at: i64,
    pub(super) state: BlockState,
    pub(super) state_since: i64,
    pub(super) off_since: Option<i64>,
    pub(super) on_since: i64,
    pub(super) starts: VecDeque<i64>,
    pub(super) shed_ms: i64,
    /// Since when it draws more than its target, by its meter.
    pub(super) over_since: Option<i64>,
    /// An order is under way.
    pub(super) pending: bool,
    /// That order has not begun, and is no emergency's.
    pub(super) waits: bool,
    /// How fast it may rise, as it was told, W/s.
    pub(super) rise_w_s: f64,
    /// It rises no further for now: its restore is stopped.
    pub(super) held: bool,
    /// Who issued the curtailment that holds it.
    pub(super) shed_by: Option<Arc<str>>,
    /// The order that moved it last.
    pub(super) hold: Option<Hold>,
    /// Does not obey until then.
    pub(super) stuck_until: Option<i64>,
    /// Claims to obey, but this part of its machines hashes on until then.
    pub(super) lying: Option<(f64, i64)>,
    /// Machines that joined late and draw beside the target until then.
    pub(super) late: Option<Joined>,
    pub(super) shares: [f64; 3],
    pub(super) reading: Reading,
}

impl Load {
    /// Is it off by this lease? Who shed it last decides about it; what the gateway itself sheds serves the lease's order.
    pub(super) fn is_held_by(&self, lease: OrderId) -> bool {
        let theirs = |hold: &Hold| {
            hold.kind == OrderKind::Curtail && hold.order != lease && *hold.by != *LOOP
        };
        !self.hold.as_ref().is_some_and(theirs)
    }

    /// Machines that could hash.
    pub(super) fn healthy(&self) -> u32 {
        self.total.saturating_sub(self.faulted + self.offline)
    }

    /// What it draws with every healthy machine hashing; within floor and nameplate.
    pub(super) fn full_w(&self) -> f64 {
        let awake = (self.class.watts * self.tune - SLEEP_W).max(0.0);
        (self.floor_w + f64::from(self.healthy()) * awake).min(self.nameplate_w)
    }

    /// What its true draw moves to.
    pub(super) fn goal_w(&self, world_ms: i64) -> f64 {
        let full = self.full_w();
        if self.stuck_until.is_some_and(|until| world_ms < until) {
            return self.power_w.min(full);
        }
        let mut goal = match self.condition {
            Condition::Local => full,
            Condition::Sound | Condition::Faulted => self.target_w.min(full),
        };
        if let Some((part, until)) = self.lying
            && world_ms < until
        {
            goal = goal.max(full * part);
        }
        if let Some(joined) = self.late
            && world_ms < joined.until
        {
            goal += f64::from(joined.machines) * self.class.watts * self.tune;
        }
        goal.clamp(self.floor_w, full.max(self.floor_w))
    }

    /// Falls towards its goal for `dt_ms`; gives how much it wants to rise instead, W.
    pub(super) fn fall(&mut self, world_ms: i64, dt_ms: i64) -> f64 {
        let goal = self.goal_w(world_ms);
        let seconds = dt_ms as f64 / 1_000.0;
        if self.power_w > goal {
            let most = self.limits.ramp_down_w_s * seconds;
            self.power_w = (self.power_w - most).max(goal);
            return 0.0;
        }
        if world_ms < self.wakes_at || self.held {
            return 0.0;
        }
        let rate = self.limits.ramp_up_w_s.min(self.rise_w_s);
        (goal - self.power_w).min(rate * seconds)
    }

    /// Sets a new target at a world time.
    pub(super) fn order(&mut self, target_w: f64, world_ms: i64) {
        self.waits = false;
        if target_w > self.target_w {
            self.wakes_at = world_ms + WAKE_MS;
            if self.off_since.is_some() {
                self.starts.push_back(world_ms);
                self.on_since = world_ms;
            }
        } else {
            self.wakes_at = world_ms;
        }
        self.held = false;
        // Machines that joined meanwhile hear it as well.
        if self.late.is_some_and(|late| late.hears) {
            self.late = None;
        }
        self.target_w = target_w;
        self.target_since = world_ms;
        self.over_since = None;
    }

    /// What it still rises by, W, and how fast, W/s, waking machines included; none where it does not.
    pub(super) fn rising(&self, world_ms: i64) -> Option<(f64, f64)> {
        let left_w = self.goal_w(world_ms) - self.power_w;
        let rises = left_w > 0.01 * self.nameplate_w && self.condition == Condition::Sound;
        rises.then(|| (left_w, self.limits.ramp_up_w_s.min(self.rise_w_s)))
    }

    /// Where the draw stands to the goal decides the state.
    pub(super) fn judge(&mut self, world_ms: i64) {
        let near = self.nameplate_w * 0.01;
        let goal = self.target_w.min(self.full_w()).max(self.floor_w);
        let overdue = self
            .over_since
            .is_some_and(|since| world_ms - since >= OVERDRAW_MS);
        let state = match self.condition {
            Condition::Local => BlockState::Local,
            Condition::Faulted => BlockState::Faulted,
            Condition::Sound if overdue => BlockState::Faulted,
            Condition::Sound if self.power_w > goal + near => BlockState::Ramping,
            Condition::Sound if self.power_w < goal - near => BlockState::Restoring,
            Condition::Sound if self.target_w < self.nameplate_w && goal <= self.floor_w + near => {
                BlockState::Curtailed
            }
            Condition::Sound => BlockState::Hashing,
        };
        if state != self.state {
            self.state = state;
            self.state_since = world_ms;
        }
        let off = self.power_w <= self.floor_w + near && self.target_w <= self.floor_w + near;
        match (off, self.off_since) {
            (true, None) => self.off_since = Some(world_ms),
            (false, Some(_)) => self.off_since = None,
            _ => {}
        }
        while self
            .starts
            .front()
            .is_some_and(|at| world_ms - at >= 3_600_000)
        {
            self.starts.pop_front();
        }
    }

    /// Is it on its way?
    pub(super) fn moving(&self) -> bool {
        matches!(self.state, BlockState::Ramping | BlockState::Restoring) || self.pending
    }

    /// Its machines by what they do; those on the way up count as curtailed until they hash.
    pub(super) fn counts(&self) -> MachineCounts {
        let healthy = self.healthy();
        let awake = (self.class.watts * self.tune - SLEEP_W).max(1.0);
        let hashing = ((self.power_w - self.floor_w) / awake)
            .round()
            .clamp(0.0, f64::from(healthy)) as u32;
        MachineCounts {
            total: self.total,
            hashing,
            curtailed: healthy - hashing,
            faulted: self.faulted,
            offline: self.offline,
        }
    }

    /// The heat floor that holds at a world time, W.
    pub(super) fn must_run_at(&self, world_ms: i64) -> f64 {
        match self.limits.must_run_until {
            Some(until) if until <= world_ms => 0.0,
            _ => self.limits.must_run_w,
        }
    }

    /// The draw that a target stands for, where the block can hold it. Anything up to the floor means off.
    pub(super) fn holds(&self, target_w: f64) -> Option<f64> {
        // A watt more or less: targets cross the wire in whole watts.
        let is = |level: f64| (level - target_w).abs() <= 1.0;
        if (0.0..=self.floor_w + 1.0).contains(&target_w) {
            return Some(self.floor_w);
        }
        if is(self.nameplate_w) {
            return Some(self.nameplate_w);
        }
        self.steps.iter().copied().find(|step| is(*step))
    }

    /// A second's worth of shares; about one in ten seconds a machine.
    pub(super) fn count_shares(&mut self, seconds: f64, late_part: f64) {
        let done = f64::from(self.counts().hashing) * seconds * 0.1;
        self.shares[0] += done;
        self.shares[1] += done * 0.0015;
        self.shares[2] += done * late_part;
    }
}
