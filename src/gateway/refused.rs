//! Answers to orders that were never taken: kept for a while, so that the same order is not judged anew.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::OrderId;
use crate::domain::order::OrderStatus;
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::Refusal;

/// Kept in all, and of one person.
const MOST: usize = 10_000;
const MOST_OF_ONE: usize = 1_000;
/// No order that came before can be taken after this.
pub(super) const KEPT: Duration = Duration::from_hours(25);

/// There is no place for the answer to one more.
pub(super) fn full() -> Refusal {
    Refusal {
        code: "busy",
        message: told!(
            "many-refused",
            "too many orders were refused in the last hours: nothing was done, try again later"
        ),
    }
}

/// All of them. One that finds no room is not kept: it takes nobody's place, and is refused again if it comes again.
#[derive(Debug, Default)]
pub(super) struct Refused {
    answers: HashMap<u128, (OrderStatus, Arc<str>)>,
    /// When each ends.
    ends: BTreeSet<(Timestamp, u128)>,
    of: HashMap<Arc<str>, usize>,
}

impl Refused {
    pub(super) fn has(&self, id: OrderId) -> bool {
        self.answers.contains_key(&id.0)
    }

    pub(super) fn get(&self, id: OrderId) -> Option<&OrderStatus> {
        self.answers.get(&id.0).map(|(status, _)| status)
    }

    /// Is there a place for one more of this person's?
    pub(super) fn has_room(&self, by: &str) -> Result<(), Refusal> {
        let own = self.of.get(by).copied().unwrap_or(0);
        // What a gateway's own rules or a gateway without operators refuse is nobody's, and bounded together.
        let most = if by.is_empty() { MOST } else { MOST_OF_ONE };
        if self.answers.len() < MOST && own < most {
            return Ok(());
        }
        Err(full())
    }

    /// One more, until then; false where it finds no room.
    pub(super) fn add(&mut self, status: OrderStatus, by: &Arc<str>, until: Timestamp) -> bool {
        let id = status.id.0;
        if let Some((known, _)) = self.answers.get_mut(&id) {
            *known = status;
            return true;
        }
        if self.has_room(by).is_err() {
            return false;
        }
        self.answers.insert(id, (status, Arc::clone(by)));
        *self.of.entry(Arc::clone(by)).or_default() += 1;
        self.ends.insert((until, id))
    }

    /// Forgets those whose time is over; gives the ids that are free now.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<u128> {
        let mut gone = Vec::new();
        while let Some((until, id)) = self.ends.first().copied()
            && until < now
        {
            self.ends.pop_first();
            if let Some((_, by)) = self.answers.remove(&id)
                && let Some(count) = self.of.get_mut(&by)
            {
                *count = count.saturating_sub(1);
            }
            gone.push(id);
        }
        gone
    }
}
