//! Ids that orders bear: how many there are, whose, and until when they must be known.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::Refusal;

/// All of them, and of one person.
const MOST: usize = 1_000_000;
const MOST_OF_ONE: usize = 100_000;
/// So many of all are for emergency sheds alone.
const FOR_EMERGENCIES: usize = 50_000;

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Live {
    count: usize,
    of: HashMap<Arc<str>, usize>,
    /// Those of orders that are over, by when none under them can be taken any more.
    ends: BTreeSet<(Timestamp, u128)>,
}

impl Live {
    /// Is there a place for one more of this person's?
    pub(super) fn has_room(&self, by: &str, emergency: bool) -> Result<(), Refusal> {
        let own = self.of.get(by).copied().unwrap_or(0);
        let room = if emergency {
            self.count < MOST
        } else {
            self.count < MOST - FOR_EMERGENCIES && own < MOST_OF_ONE
        };
        if room {
            return Ok(());
        }
        Err(Refusal {
            code: "busy",
            message: told!(
                "many-orders",
                "too many orders in the last hours: nothing was done, try again later"
            ),
        })
    }

    /// One more.
    pub(super) fn add(&mut self, by: &Arc<str>) {
        self.count += 1;
        *self.of.entry(Arc::clone(by)).or_default() += 1;
    }

    /// Its order is over, and must be known until then.
    pub(super) fn over(&mut self, id: u128, until: Timestamp) {
        self.ends.insert((until, id));
    }

    /// One that need not be known any more.
    pub(super) fn ended(&mut self, now: Timestamp) -> Option<u128> {
        let (until, _) = self.ends.first()?;
        (*until < now)
            .then(|| self.ends.pop_first())
            .flatten()
            .map(|(_, id)| id)
    }

    /// One of this person's is forgotten.
    pub(super) fn remove(&mut self, by: &str) {
        self.count = self.count.saturating_sub(1);
        if let Some(own) = self.of.get_mut(by) {
            *own -= 1;
            if *own == 0 {
                self.of.remove(by);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_uses_up_its_own_share_and_no_emergencys() {
        let mut live = Live::default();
        let names: Vec<Arc<str>> = (0..20).map(|n| format!("key {n}").into()).collect();
        let fill = |live: &mut Live, by: &Arc<str>| {
            while live.has_room(by, false).is_ok() {
                live.add(by);
            }
        };
        fill(&mut live, &names[0]);
        assert_eq!(live.count, MOST_OF_ONE);
        let busy = live.has_room(&names[0], false).expect_err("its share");
        assert_eq!(busy.code, "busy");
        assert!(live.has_room(&names[1], false).is_ok(), "others order on");
        for name in &names {
            fill(&mut live, name);
        }
        assert_eq!(live.count, MOST - FOR_EMERGENCIES);
        assert!(live.has_room("anna", false).is_err());
        assert!(live.has_room(&names[0], true).is_ok(), "any may shed");
        live.remove(&names[0]);
        assert!(live.has_room(&names[0], false).is_ok());
    }
}
