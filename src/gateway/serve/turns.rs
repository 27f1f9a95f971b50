//! Whose act is next: each link has one act here at a time, and who has taken least of the gateway's time comes first.
//!
//! Invariant: a link that asks little waits for at most one act of each other link, however much those ask.

use std::collections::{BTreeMap, HashMap};

use crate::gateway::LinkId;

/// What any act costs beside its length, bytes.
const BASE: u64 = 2_048;

/// Acts that wait, in the order of what their links will have had with them.
pub(super) struct Turns<A> {
    waiting: BTreeMap<(u64, u64), (u64, A)>,
    /// What each link has had, where that is more than `served`.
    had: HashMap<LinkId, u64>,
    /// What each of those that wait has had by now, did all have their turns bit by bit.
    served: u64,
    count: u64,
}

impl<A> Default for Turns<A> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            had: HashMap::new(),
            served: 0,
            count: 0,
        }
    }
}

impl<A> Turns<A> {
    /// An act of so many bytes has come.
    pub(super) fn push(&mut self, link: LinkId, bytes: usize, act: A) {
        let had = self.had.entry(link).or_default();
        // Who was silent is owed nothing for it.
        let cost = BASE + bytes as u64;
        *had = (*had).max(self.served) + cost;
        self.count += 1;
        self.waiting.insert((*had, self.count), (cost, act));
    }

    /// The next act.
    pub(super) fn pop(&mut self) -> Option<A> {
        let among = self.waiting.len() as u64;
        let (_, (cost, act)) = self.waiting.pop_first()?;
        self.served += cost / among;
        Some(act)
    }

    /// Nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A link has gone.
    pub(super) fn leave(&mut self, link: LinkId) {
        self.had.remove(&link);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_little_is_not_behind_those_who_ask_much() {
        let mut turns = Turns::default();
        // Twenty links, each as soon as its last one is done, with long acts; one operator with a short one.
        for round in 0..50 {
            for link in 0..20 {
                turns.push(LinkId(link), 60_000, (link, round));
            }
            for _ in 0..20 {
                turns.pop();
            }
        }
        for link in 0..20 {
            turns.push(LinkId(link), 60_000, (link, 50));
        }
        turns.pop();
        turns.push(LinkId(99), 500, (99, 0));
        let before = std::iter::from_fn(|| turns.pop())
            .take_while(|act| act.0 != 99)
            .count();
        assert!(before < 20, "behind {before} others");
        turns.push(LinkId(99), 500, (99, 1));
        turns.push(LinkId(3), 60_000, (3, 51));
        assert_eq!(turns.pop(), Some((99, 1)), "and next time before them");
    }
}
