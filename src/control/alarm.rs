//! The life of one alarm (ISA-18.2 / IEC 62682): a pure state machine over a condition, its delays, and what people do.
//!
//! Invariant: nothing here asks the time, and no step of the clock can lose an alarm: a clock that is set back starts
//! a delay anew and ends a shelf that would last longer than it may.

use std::time::Duration;

use crate::domain::alarm::{AlarmState, Shelf};
use crate::domain::time::Timestamp;

/// What the condition of an alarm says now. Its deadband lies between `Present` and `Absent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// It is there.
    Present,
    /// Inside the deadband: as it was.
    Between,
    /// It is not there.
    Absent,
    /// Nobody knows: as it was, and delays do not run.
    Unknown,
    /// Somebody else raises the same: nothing is said here.
    Elsewhere,
}

/// How an alarm behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The condition must be there so long before the alarm is raised.
    pub on: Duration,
    /// It must be gone so long before the alarm returns.
    pub off: Duration,
    /// Once raised it is kept until a person resets it.
    pub latching: bool,
}

/// What can happen to an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Its condition was looked at.
    Level(Level),
    /// A person has seen it; of a latched one: resets it.
    Acknowledge,
    /// A person sets it aside.
    Shelve(Shelf),
    /// A person brings it back.
    Unshelve,
    /// A rule silences it, or does so no longer.
    Suppress(bool),
    /// A person takes it out of service, or puts it back.
    OutOfService(bool),
}

/// No alarm is set aside for longer, whatever is configured.
pub const LONGEST_SHELF: Duration = Duration::from_hours(24);

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the standard's states are what these five independent facts come to; `Life::state` is the only place that says so"
)]
pub struct Life {
    present: bool,
    seen: bool,
    kept: bool,
    suppressed: bool,
    out: bool,
    shelf: Option<Shelf>,
    /// Since when the condition is not as `present` says.
    turning: Option<Timestamp>,
    /// When it was raised last.
    pub raised: Timestamp,
    /// When it returned, since it was raised last.
    pub cleared: Option<Timestamp>,
}

impl Life {
    /// Where it stands.
    pub fn state(&self) -> AlarmState {
        // What takes it from the operator's list comes first, the strongest before the weaker.
        if self.out {
            return AlarmState::OutOfService;
        }
        let is_normal = !self.present && !self.kept;
        if self.suppressed && !is_normal {
            return AlarmState::Suppressed;
        }
        if self.shelf.is_some() {
            return AlarmState::Shelved;
        }
        match (self.present, self.kept, self.seen) {
            (true, _, false) => AlarmState::Unacknowledged,
            (true, _, true) => AlarmState::Acknowledged,
            (false, true, false) => AlarmState::ReturnedUnacknowledged,
            (false, true, true) => AlarmState::Latched,
            (false, false, _) => AlarmState::Normal,
        }
    }

    /// How it is set aside.
    pub fn shelf(&self) -> Option<&Shelf> {
        self.shelf.as_ref()
    }

    /// Its condition is there, by its delays.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// Nothing of it needs to be remembered.
    pub fn is_over(&self) -> bool {
        self.state() == AlarmState::Normal && self.turning.is_none()
    }

    fn raise(&mut self, now: Timestamp) {
        self.present = true;
        self.kept = true;
        self.seen = false;
        self.raised = now;
        self.cleared = None;
    }

    fn settle(&mut self, latching: bool) {
        if !self.present && self.seen && !latching {
            self.kept = false;
        }
    }
}

/// Applies what happened at `now`. Gives true where its state has changed.
pub fn apply(life: &mut Life, event: Event, timing: Timing, now: Timestamp) -> bool {
    let before = (life.state(), life.raised);
    expire(life, now);
    match event {
        Event::Level(level) => look(life, level, timing, now),
        Event::Acknowledge => {
            if life.state() == AlarmState::Latched {
                life.kept = false;
            } else if life.state().is_unseen() {
                life.seen = true;
                life.settle(timing.latching);
            }
        }
        Event::Shelve(shelf) => {
            let lasts = shelf.until.millis().saturating_sub(now.millis());
            let state = life.state();
            let can_be = state.is_open() || state == AlarmState::Shelved;
            if lasts > 0 && lasts <= longest_ms() && can_be {
                life.shelf = Some(shelf);
            }
        }
        Event::Unshelve => life.shelf = None,
        Event::Suppress(yes) => life.suppressed = yes,
        Event::OutOfService(yes) => life.out = yes,
    }
    before != (life.state(), life.raised)
}

fn longest_ms() -> i64 {
    i64::try_from(LONGEST_SHELF.as_millis()).unwrap_or(i64::MAX)
}

/// Ends a shelf whose time is over. A clock set back must not make it last longer than any shelf may.
fn expire(life: &mut Life, now: Timestamp) {
    let over = life.shelf.as_ref().is_some_and(|shelf| {
        let left = shelf.until.millis().saturating_sub(now.millis());
        left <= 0 || left > longest_ms()
    });
    if over {
        life.shelf = None;
    }
}

fn look(life: &mut Life, level: Level, timing: Timing, now: Timestamp) {
    let turns = match level {
        Level::Present => !life.present,
        Level::Absent => life.present,
        Level::Between | Level::Unknown => false,
        Level::Elsewhere => {
            *life = Life {
                out: life.out,
                raised: life.raised,
                ..Life::default()
            };
            return;
        }
    };
    if !turns {
        life.turning = None;
        return;
    }
    // A clock set back starts the delay anew: else it might last for hours.
    let since = match life.turning {
        Some(since) if since <= now => since,
        _ => now,
    };
    life.turning = Some(since);
    let delay = if life.present { timing.off } else { timing.on };
    if since.age(now) < delay {
        return;
    }
    life.turning = None;
    if life.present {
        life.present = false;
        life.cleared = Some(now);
        // What nobody could see while a rule silenced it is no news afterwards.
        if life.suppressed || life.out {
            life.seen = true;
        }
        life.settle(timing.latching && !life.suppressed && !life.out);
    } else {
        life.raise(now);
    }
}

#[cfg(test)]
#[path = "alarm_tests.rs"]
mod tests;
