//! The last few jobs, for finds that come late.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::units::Sats;
use crate::work::stratum::job::PoolJob;

/// Blocks whose successors are remembered.
const MOST_SPENT: usize = 64;
/// Finds on one block that are told as blocks, at most.
const MOST_SIBLINGS: u8 = 8;
/// How many are kept.
const MOST: usize = 16;

/// What a find of a job is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// To be sent.
    Live,
    /// The pool has called it off.
    Stale,
    /// It belongs to a session that is no more.
    Gone,
}

#[derive(Debug)]
pub(super) struct Kept {
    /// The engine's number.
    pub(super) id: u64,
    pub(super) job: Arc<PoolJob>,
    pub(super) standing: Standing,
    pub(super) height: Option<u32>,
    pub(super) reward: Sats,
}

/// The blocks on which some were found, and how many. A chain takes one of them; more than one is told because the pool
/// may refuse the first, and not all because where every hash is a block they are no news.
#[derive(Debug, Default)]
pub(in crate::work::stratum) struct Spent(VecDeque<([u8; 32], u8)>);

impl Spent {
    /// Whether a find on this block is told as a block; it counts then.
    pub(in crate::work::stratum) fn is_news(&mut self, previous: [u8; 32]) -> bool {
        let Some((_, count)) = self.0.iter_mut().find(|(known, _)| *known == previous) else {
            self.0.truncate(MOST_SPENT - 1);
            self.0.push_front((previous, 1));
            return true;
        };
        let is_news = *count < MOST_SIBLINGS;
        *count += u8::from(is_news);
        is_news
    }
}

#[derive(Debug, Default)]
pub(super) struct Jobs {
    kept: VecDeque<Kept>,
    /// Rises with each job that is taken up.
    takes: u64,
}

impl Jobs {
    /// A number for the next take of a job.
    pub(super) fn next_take(&mut self) -> u64 {
        self.takes += 1;
        self.takes
    }

    pub(super) fn keep(&mut self, job: Kept) {
        if self.kept.len() >= MOST {
            self.kept.pop_front();
        }
        self.kept.push_back(job);
    }

    pub(super) fn find(&self, id: u64) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.id == id)
    }

    pub(super) fn last(&self) -> Option<&Kept> {
        self.kept.back()
    }

    /// The pool has called off all jobs so far.
    pub(super) fn call_off(&mut self) {
        for kept in &mut self.kept {
            if kept.standing == Standing::Live {
                kept.standing = Standing::Stale;
            }
        }
    }

    /// A session begins: jobs under another extranonce belong to no session any more. Whether the last one is among
    /// them.
    pub(super) fn begin(&mut self, is_ours: impl Fn(&PoolJob) -> bool) -> bool {
        for kept in &mut self.kept {
            if !is_ours(&kept.job) {
                kept.standing = Standing::Gone;
            }
        }
        self.last()
            .is_some_and(|kept| kept.standing == Standing::Gone)
    }
}
