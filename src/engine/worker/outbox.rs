//! What becomes of candidates: rechecked, and as finds handed over without ever waiting.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{SyncSender, TrySendError};

use super::Find;
use super::orders::Tally;
use crate::engine::kernel::{Candidate, Work};

/// Finds that may wait on either side of the channel.
pub(super) const FINDS: usize = 256;

/// One worker's finds on their way out.
pub(super) struct Outbox {
    thread: usize,
    tally: Arc<Tally>,
    finds: SyncSender<Find>,
    waiting: VecDeque<Find>,
}

impl Outbox {
    pub(super) fn new(thread: usize, tally: Arc<Tally>, finds: SyncSender<Find>) -> Self {
        Self {
            thread,
            tally,
            finds,
            waiting: VecDeque::new(),
        }
    }

    /// Does nothing wait for room in the channel?
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Rechecks a candidate; a find is handed over or waits, and where too many wait, the weakest gives way.
    pub(super) fn judge(&mut self, candidate: Candidate, work: &Work, job: u64, roll: u64) {
        let (header, hash) = work.recheck(candidate);
        let difficulty = hash.difficulty();
        if difficulty > f64::from_bits(self.tally.best.load(Relaxed)) {
            self.tally.best.store(difficulty.to_bits(), Relaxed);
        }
        if !work.target().is_met_by(&hash) {
            return;
        }
        self.tally.finds.fetch_add(1, Relaxed);
        self.waiting.push_back(Find {
            job,
            roll,
            header,
            hash,
            difficulty,
            thread: self.thread,
        });
        self.hand_over();
        if self.waiting.len() > FINDS {
            let by_difficulty =
                |a: &(usize, &Find), b: &(usize, &Find)| a.1.difficulty.total_cmp(&b.1.difficulty);
            let weakest = self.waiting.iter().enumerate().min_by(by_difficulty);
            if let Some(at) = weakest.map(|(at, _)| at) {
                self.waiting.remove(at);
                self.tally.lost.fetch_add(1, Relaxed);
            }
        }
    }

    /// Hands over what the channel takes.
    pub(super) fn hand_over(&mut self) {
        while let Some(find) = self.waiting.pop_front() {
            match self.finds.try_send(find) {
                Ok(()) => {}
                Err(TrySendError::Full(find)) => {
                    self.waiting.push_front(find);
                    return;
                }
                Err(TrySendError::Disconnected(_)) => {
                    self.tally.lost.fetch_add(1, Relaxed);
                }
            }
        }
    }
}
