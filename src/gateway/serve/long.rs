//! Long messages are read and done one at a time: whose is next.
//!
//! Invariant: one has its turn at most, and whoever goes away gives it on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::gateway::LinkId;

use super::turns::Turns;

/// All that wait for the one turn.
#[derive(Default)]
pub(super) struct Long(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    is_taken: bool,
    turns: Turns<oneshot::Sender<LongTurn>>,
}

/// The turn; it is given on when this is dropped.
pub(super) struct LongTurn(Arc<Long>);

impl Long {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is this link's turn for so many bytes.
    pub(super) async fn turn(self: &Arc<Self>, link: LinkId, bytes: usize) -> Option<LongTurn> {
        let (gives, turn) = oneshot::channel();
        self.waiting().turns.push(link, bytes, gives);
        self.give_on();
        turn.await.ok()
    }

    /// A link has gone.
    pub(super) fn leave(&self, link: LinkId) {
        self.waiting().turns.leave(link);
    }

    fn next(&self) -> Option<oneshot::Sender<LongTurn>> {
        let mut waiting = self.waiting();
        if waiting.is_taken {
            return None;
        }
        let next = waiting.turns.pop();
        waiting.is_taken = next.is_some();
        next
    }

    fn give_on(self: &Arc<Self>) {
        if let Some(next) = self.next() {
            // Where nobody waits for it any more, it is dropped and so given on.
            drop(next.send(LongTurn(Arc::clone(self))));
        }
    }
}

impl Drop for LongTurn {
    fn drop(&mut self) {
        self.0.waiting().is_taken = false;
        self.0.give_on();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_had_least_is_next_and_who_has_gone_holds_nobody_up() {
        let long = Arc::<Long>::default();
        let first = long.turn(LinkId(1), 1 << 20).await.expect("is free");
        let waits = |link, bytes| {
            let long = Arc::clone(&long);
            Box::pin(async move { long.turn(LinkId(link), bytes).await })
        };
        let mut greedy = waits(1, 1 << 20);
        let mut gone = waits(2, 1 << 20);
        let mut small = waits(3, 40 << 10);
        assert!((&mut greedy).now_or_never().is_none());
        assert!((&mut gone).now_or_never().is_none());
        assert!((&mut small).now_or_never().is_none());
        drop(first);
        assert!((&mut greedy).now_or_never().is_none());
        let small = small.await.expect("its turn");
        drop(gone);
        drop(small);
        assert!(greedy.await.is_some());
    }
}
