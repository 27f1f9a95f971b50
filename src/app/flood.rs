//! What one feed may write into the journal: alarms, authority and tags that change without end are written so often,
//! and told by their number beyond.
//!
//! Invariant: nothing that changed is passed over in silence: each change has its row, or is counted in one.

use std::collections::BTreeMap;

use crate::domain::alarm::{Alarm, AlarmState, Priority};
use crate::domain::ids::AlarmId;
use crate::domain::journal::Fact;
use crate::domain::time::Timestamp;

/// Rows that a feed may write at once: a bad hour of a whole nation.
const BURST: usize = 500;
/// And how many more with each second.
const REFILL: usize = 5;
/// Rows of one alarm in a second; then it waits, and is written as it stands at the second's end.
const OF_ONE: u32 = 2;
/// Alarms that wait for the second's end.
const WAITING: usize = super::MAX_ALARMS;
/// Fewer changes in a second are no flood.
const MANY: u64 = 20;

/// One feed's second.
#[derive(Debug, Clone)]
pub(super) struct Flood {
    since: Timestamp,
    left: usize,
    rows: BTreeMap<AlarmId, u32>,
    waiting: BTreeMap<AlarmId, Alarm>,
    /// Changes that have no row of their own.
    more: u64,
    /// Of those, alarms of the top priority.
    urgent: usize,
    changes: u64,
    /// Changes of alarms in the second before.
    pub(super) last: u64,
}

impl Flood {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            since: now,
            left: BURST,
            rows: BTreeMap::new(),
            waiting: BTreeMap::new(),
            more: 0,
            urgent: 0,
            changes: 0,
            last: 0,
        }
    }

    /// An alarm has changed; true: it is written now.
    pub(super) fn takes(&mut self, alarm: &Alarm) -> bool {
        self.changes += u64::from(alarm.changes);
        let rows = self.rows.get(&alarm.id).copied().unwrap_or(0);
        if self.left > 0 && rows < OF_ONE {
            self.left -= 1;
            self.rows.insert(alarm.id.clone(), rows + 1);
            return true;
        }
        if let Some(known) = self.waiting.get_mut(&alarm.id) {
            let changes = known.changes.saturating_add(alarm.changes);
            *known = Alarm {
                changes,
                ..alarm.clone()
            };
        } else if self.waiting.len() < WAITING {
            self.waiting.insert(alarm.id.clone(), alarm.clone());
        } else {
            self.more += u64::from(alarm.changes);
            self.urgent += usize::from(alarm.priority == Priority::P1);
        }
        false
    }

    /// Something else has changed; true: it is written now.
    pub(super) fn takes_other(&mut self) -> bool {
        let room = self.left > 0;
        self.left -= usize::from(room);
        self.more += u64::from(!room);
        room
    }

    /// The second is over: what waited, as far as there is room, the most urgent first; and how much more there was.
    pub(super) fn over(&mut self, label: &str, now: Timestamp) -> Vec<Fact> {
        let after = now.millis() - self.since.millis();
        // Also where the clock was set back.
        if (0..1_000).contains(&after) {
            return Vec::new();
        }
        let seconds = usize::try_from(after / 1_000).unwrap_or(1);
        self.left = self.left.saturating_add(seconds * REFILL).min(BURST);
        let mut waiting: Vec<Alarm> = std::mem::take(&mut self.waiting).into_values().collect();
        waiting.sort_by_key(|alarm| (alarm.state == AlarmState::Normal, alarm.priority));
        let beyond = waiting.split_off(waiting.len().min(self.left));
        self.left -= waiting.len();
        let count = |alarm: &Alarm| u64::from(alarm.changes);
        let more = self.more + beyond.iter().map(count).sum::<u64>();
        let row = |alarm| Fact::Alarm {
            feed: label.into(),
            alarm: Box::new(alarm),
        };
        let mut facts: Vec<Fact> = waiting.into_iter().map(row).collect();
        if more > 0 {
            let urgent = beyond.iter().filter(|a| a.priority == Priority::P1).count() + self.urgent;
            let text = format!(
                "{label}: {more} more changes of alarms, authority and tags in a second, not written one by one ({urgent} alarms of the top priority among them)"
            );
            facts.push(Fact::Note(text.into()));
        }
        *self = Self {
            left: self.left,
            last: self.changes,
            ..Self::new(now)
        };
        facts
    }

    /// So many changes of alarms came in the last second that they are no news one by one.
    pub(super) const fn is_flood(&self) -> bool {
        self.last > MANY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(id: usize, priority: Priority) -> Alarm {
        Alarm {
            id: AlarmId::new(&id.to_string()),
            priority,
            state: AlarmState::Unacknowledged,
            kind: "".into(),
            site: None,
            block: None,
            text: "t".into(),
            raised: Timestamp::default(),
            cleared: None,
            shelf: None,
            changes: 1,
            occurrence: None,
        }
    }

    fn counted(facts: &[Fact]) -> u64 {
        let of = |fact: &Fact| match fact {
            Fact::Alarm { alarm, .. } => u64::from(alarm.changes),
            Fact::Note(text) => {
                let (_, rest) = text.split_once(": ").expect("a label");
                let number = rest.split(' ').next().expect("a number");
                number.parse().expect("a number")
            }
            _ => 0,
        };
        facts.iter().map(of).sum()
    }

    #[test]
    fn every_change_has_its_row_or_is_counted_in_one_and_rows_are_few() {
        let mut flood = Flood::new(Timestamp::default());
        let (mut rows, mut told) = (0, 0);
        for second in 1..=60 {
            for change in 0..7_000 {
                let id = change % 5_000 + second * 10_000;
                let written = flood.takes(&alarm(id, Priority::P3));
                rows += usize::from(written);
                told += u64::from(written);
            }
            let facts = flood.over(
                "pool",
                Timestamp::from_millis(i64::try_from(second).expect("small") * 1_000),
            );
            rows += facts.len();
            told += counted(&facts);
        }
        assert_eq!(told, 60 * 7_000);
        assert!(rows <= BURST + 60 * (REFILL + 1), "{rows} rows");
        assert_eq!((flood.last, flood.is_flood()), (7_000, true));
    }

    #[test]
    fn an_alarm_that_flips_is_written_as_it_stands_with_its_number() {
        let mut flood = Flood::new(Timestamp::default());
        let written = (0..100)
            .filter(|_| flood.takes(&alarm(1, Priority::P1)))
            .count();
        let facts = flood.over("pool", Timestamp::from_millis(1_000));
        assert_eq!((written, counted(&facts), facts.len()), (2, 98, 1));
        assert!(matches!(&facts[0], Fact::Alarm { alarm, .. } if alarm.changes == 98));
        assert!(
            flood.takes(&alarm(1, Priority::P1)),
            "and then it is news again"
        );
    }

    #[test]
    fn alarms_of_the_top_priority_that_had_no_room_are_counted() {
        let mut flood = Flood::new(Timestamp::default());
        for id in 0..BURST + WAITING + 7 {
            flood.takes(&alarm(id, Priority::P1));
        }
        let facts = flood.over("pool", Timestamp::from_millis(1_000));
        let Some(Fact::Note(text)) = facts.last() else {
            unreachable!("more came than is written: {facts:?}");
        };
        let urgent = WAITING + 7 - REFILL;
        assert!(text.contains(&format!("({urgent} alarms")), "{text}");
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nothing_back() {
        let mut flood = Flood::new(Timestamp::from_millis(9_000_000));
        for _ in 0..3 {
            flood.takes(&alarm(1, Priority::P1));
        }
        assert_eq!(flood.over("pool", Timestamp::default()).len(), 1);
    }
}
