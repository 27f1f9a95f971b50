//! Answers to orders that were never taken: kept for a while, so that the same order is not judged anew.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::OrderId;
use crate::domain::order::OrderStatus;
use crate::domain::time::Timestamp;

/// Kept in all, and of one person.
const MOST: usize = 10_000;
const MOST_OF_ONE: usize = 1_000;
/// No order that came before can be taken after this.
const KEPT: Duration = Duration::from_hours(25);

/// All of them. One that finds no room is not kept: it takes nobody's place, and is refused again if it comes again.
#[derive(Debug, Default)]
pub(super) struct Refused {
    answers: HashMap<u128, (OrderStatus, Arc<str>)>,
    /// In the order in which they came.
    came: VecDeque<(u128, Timestamp)>,
    of: HashMap<Arc<str>, usize>,
}

impl Refused {
    pub(super) fn has(&self, id: OrderId) -> bool {
        self.answers.contains_key(&id.0)
    }

    pub(super) fn get(&self, id: OrderId) -> Option<&OrderStatus> {
        self.answers.get(&id.0).map(|(status, _)| status)
    }

    /// One more; gives the ids that are free now.
    pub(super) fn add(&mut self, status: OrderStatus, by: Arc<str>, now: Timestamp) -> Vec<u128> {
        let mut gone = self.sweep(now);
        let own = self.of.get(&by).copied().unwrap_or(0);
        // What a gateway's own rules or a gateway without operators refuse is nobody's, and bounded together.
        let most = if by.is_empty() { MOST } else { MOST_OF_ONE };
        if self.answers.len() >= MOST || own >= most {
            gone.push(status.id.0);
            return gone;
        }
        let id = status.id.0;
        if self.answers.insert(id, (status, Arc::clone(&by))).is_none() {
            *self.of.entry(by).or_default() += 1;
            self.came.push_back((id, now));
        }
        gone
    }

    fn sweep(&mut self, now: Timestamp) -> Vec<u128> {
        let mut gone = Vec::new();
        while let Some((id, at)) = self.came.front().copied()
            && at + KEPT <= now
        {
            self.came.pop_front();
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
