//! How many alarms come, against what one operator can handle (ISA-18.2-2016, 16.5; EEMUA 191).

use std::time::Duration;

use crate::app::State;
use crate::domain::alarm::{Alarm, AlarmState, Priority};
use crate::domain::time::Timestamp;

/// On average one operator is to get no more in 10 min.
pub const AVERAGE: usize = 1;
/// The most that can be managed on average in 10 min.
pub const MANAGEABLE: usize = 2;
/// More in 10 min is a flood.
pub const FLOOD: usize = 10;
/// Fewer than this should stand for longer than a day.
pub const FEW_STALE: usize = 5;
/// One that stands for so long is stale.
pub const STALE: Duration = Duration::from_hours(24);

const WINDOW: Duration = Duration::from_mins(10);
const KEPT_FOR: Duration = Duration::from_hours(24);
const KEPT: usize = 20_000;

/// An alarm was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Raise {
    at: Timestamp,
    priority: Priority,
}

/// The figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Raised in the last 10 min.
    pub ten_minutes: usize,
    /// Raised in the last 24 h, as far as this console was up, by priority 1 to 4.
    pub day: [usize; 4],
    /// Alarms that stand.
    pub standing: usize,
    /// Of them, those that nobody has seen.
    pub unseen: usize,
    /// Of them, those that have stood for a day.
    pub stale: usize,
    /// Set aside by people.
    pub shelved: usize,
    /// Silenced by rules.
    pub suppressed: usize,
    /// Out of service.
    pub out: usize,
}

impl Rates {
    /// More come than one operator can handle.
    pub fn is_flood(&self) -> bool {
        self.ten_minutes > FLOOD
    }
}

pub(super) fn raised(state: &mut State, alarm: &Alarm) {
    let at = alarm.raised;
    if at.age(state.now) >= KEPT_FOR {
        return;
    }
    let raises = &mut state.alarming.raises;
    if raises.len() == KEPT {
        raises.pop_front();
    }
    raises.push_back(Raise {
        at,
        priority: alarm.priority,
    });
}

pub(super) fn prune(state: &mut State) {
    let now = state.now;
    let raises = &mut state.alarming.raises;
    raises.retain(|raise| raise.at.age(now) < KEPT_FOR);
}

/// The figures of now.
pub fn rates(state: &State) -> Rates {
    let now = state.now;
    let mut rates = Rates::default();
    for raise in &state.alarming.raises {
        rates.day[usize::from(raise.priority.number()) - 1] += 1;
        rates.ten_minutes += usize::from(raise.at.age(now) < WINDOW);
    }
    for ((feed, _), alarm) in &state.alarms {
        match state.alarming.standing(*feed, alarm) {
            AlarmState::Shelved => rates.shelved += 1,
            AlarmState::Suppressed => rates.suppressed += 1,
            AlarmState::OutOfService | AlarmState::Normal => {}
            open => {
                let present = matches!(open, AlarmState::Unacknowledged | AlarmState::Acknowledged);
                rates.standing += usize::from(present);
                rates.unseen += usize::from(open.is_unseen());
                rates.stale += usize::from(present && alarm.raised.age(now) >= STALE);
            }
        }
    }
    rates.out = state.alarming.out.len();
    rates
}
