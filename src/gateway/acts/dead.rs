//! Ids that were asked for before they came: dead for orders of whoever asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::OrderId;
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::Refusal;

/// An order that exists when its id is asked for can be accepted for so long at most: an emergency's, made by a clock that
/// was not measured, expires after a day.
const DEAD_FOR: Duration = Duration::from_hours(25);
/// Dead ids in all, and of one key.
const MOST: usize = 20_000;
const MOST_OF_ONE: usize = 1_000;

/// A dead id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void {
    /// The id.
    pub id: OrderId,
    /// For whose orders; empty: anybody's.
    pub by: Arc<str>,
    /// Since when.
    pub since: Timestamp,
}

/// All of them.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Dead {
    of: HashMap<Arc<str>, HashMap<u128, Timestamp>>,
    count: usize,
    /// Nothing ends before this.
    ends_at: Option<Timestamp>,
}

impl Dead {
    /// Is it dead for orders of this person?
    pub(in crate::gateway) fn has(&self, id: OrderId, by: &str, now: Timestamp) -> bool {
        let of = |by: &str| self.of.get(by).and_then(|ids| ids.get(&id.0));
        let stands = |until: &Timestamp| *until > now;
        of(by).is_some_and(stands) || of("").is_some_and(stands)
    }

    /// Is there room for one more of this person's?
    pub(in crate::gateway) fn has_room(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        self.sweep(now);
        let own = self.of.get(by).map_or(0, HashMap::len);
        let most = if by.is_empty() { MOST } else { MOST_OF_ONE };
        if self.count < MOST && own < most {
            return Ok(());
        }
        Err(Refusal {
            code: "busy",
            message: told!(
                "many-unknown",
                "this gateway remembers all the unknown ids that it can; ask again later"
            ),
        })
    }

    /// It is dead from now on.
    pub(in crate::gateway) fn add(&mut self, void: &Void) {
        let until = void.since + DEAD_FOR;
        let ids = self.of.entry(Arc::clone(&void.by)).or_default();
        if ids.insert(void.id.0, until).is_none() {
            self.count += 1;
        }
        self.ends_at = Some(self.ends_at.map_or(until, |at| at.min(until)));
    }

    /// The same for one of an earlier life, while it stands.
    pub(in crate::gateway) fn restore(&mut self, void: &Void, now: Timestamp) {
        if void.since + DEAD_FOR > now && self.count < MOST {
            self.add(void);
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        if self.ends_at.is_none_or(|at| at > now) {
            return;
        }
        for ids in self.of.values_mut() {
            ids.retain(|_, until| *until > now);
        }
        self.of.retain(|_, ids| !ids.is_empty());
        self.count = self.of.values().map(HashMap::len).sum();
        self.ends_at = self.of.values().flat_map(|ids| ids.values()).min().copied();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn asked(dead: &mut Dead, by: &str, ids: std::ops::Range<u128>, now: Timestamp) -> usize {
        let mut taken = 0;
        for id in ids {
            if dead.has_room(by, now).is_ok() {
                dead.add(&Void {
                    id: OrderId(id),
                    by: by.into(),
                    since: now,
                });
                taken += 1;
            }
        }
        taken
    }

    #[test]
    fn a_million_queries_fill_one_bounded_store_that_forgets_nothing_before_its_end() {
        let mut dead = Dead::default();
        assert_eq!(asked(&mut dead, "anna", 0..1_000_000, NOW), MOST_OF_ONE);
        assert_eq!(asked(&mut dead, "boris", 0..10, NOW), 10, "others ask on");
        assert_eq!(dead.has_room("anna", NOW).expect_err("full").code, "busy");
        assert!(dead.has(OrderId(999), "anna", NOW) && !dead.has(OrderId(999), "boris", NOW));
        let last = NOW + DEAD_FOR;
        assert!(!dead.has(OrderId(0), "anna", last));
        assert_eq!(
            asked(&mut dead, "anna", 0..1, last),
            1,
            "there is room again"
        );
    }

    #[test]
    fn where_anybody_asks_the_store_is_bounded_too() {
        let mut dead = Dead::default();
        assert_eq!(asked(&mut dead, "", 0..1_000_000, NOW), MOST);
        assert!(dead.has(OrderId(3), "anybody", NOW));
        assert_eq!(dead.has_room("", NOW).expect_err("full").code, "busy");
    }
}
