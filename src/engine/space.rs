//! A job's headers shared out among workers.
//!
//! Invariant: what is left of a roll of the header is a list of blocks, versions by nonces. A worker gets a piece cut
//! off one of them, the rest stays on the list, and what a worker leaves over comes back to it. So no header is hashed
//! twice, and none is left out, however many workers there are and however wide the pieces are that their kernel likes.
//! Workers come here once a slice, never while they scan.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use super::header::Header;
use super::job::{Job, rolled_version};
use super::kernel::{MAX_MIDSTATES, NonceRange, Work};

/// Nonces in a slice: long enough that workers seldom meet here, short enough that many can share one nonce space.
pub const SLICE: u64 = 1 << 24;

/// Consecutive rolled versions, by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The first index.
    pub first: u32,
    /// How many.
    pub count: u32,
}

impl Versions {
    /// The first `most` of them, and what is left.
    fn cut(self, most: u32) -> (Self, Self) {
        let count = self.count.min(most);
        let rest = Self {
            first: self.first + count,
            count: self.count - count,
        };
        (Self { count, ..self }, rest)
    }
}

/// Versions and nonces of one header: each of these versions with each of these nonces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Which header of the job.
    pub roll: u64,
    /// Which versions.
    pub versions: Versions,
    /// Which nonces.
    pub nonces: NonceRange,
}

impl Slice {
    fn is_empty(&self) -> bool {
        self.versions.count == 0 || self.nonces.count == 0
    }
}

#[derive(Debug)]
struct Cursor {
    /// How many versions a slice should have.
    group: u32,
    /// The first roll that nobody has begun.
    roll: u64,
    /// What is left of those begun; the youngest is cut first.
    left: Vec<Slice>,
    used_up: bool,
    /// Threads that went without, to be woken where something comes back.
    without: Vec<Thread>,
}

/// Hands out the slices of a job.
#[derive(Debug)]
pub struct Space {
    job: Job,
    versions: u32,
    slice: u64,
    cursor: Mutex<Cursor>,
}

impl Space {
    /// Groups of `midstates` versions (1 to [`MAX_MIDSTATES`], and no more than there are), slices of `slice` nonces (at
    /// least 1).
    pub fn new(mut job: Job, midstates: usize, slice: u64) -> Self {
        while job.version_mask.count_ones() > 16 {
            job.version_mask &= job.version_mask - 1;
        }
        job.nonces = job.nonces.after(0, 1 << 32);
        let space = Self {
            versions: 1 << job.version_mask.count_ones(),
            slice: slice.clamp(1, 1 << 32),
            job,
            cursor: Mutex::new(Cursor {
                group: 1,
                roll: 0,
                left: Vec::new(),
                used_up: false,
                without: Vec::new(),
            }),
        };
        space.regroup(midstates);
        space
    }

    /// The job that is shared out.
    pub const fn job(&self) -> &Job {
        &self.job
    }

    /// From now on slices have so many versions, as [`Space::new`] bounds them. Blocks that are narrower than that wait
    /// until nothing else is left.
    pub fn regroup(&self, midstates: usize) {
        let group = midstates.clamp(1, MAX_MIDSTATES) as u32;
        self.locked().group = group.min(self.versions);
    }

    /// Has the slice as many versions as slices have now?
    pub fn suits(&self, slice: &Slice) -> bool {
        slice.versions.count == self.locked().group
    }

    /// The next slice with its work; none where all are given out (the thread that asked is then unparked when one comes
    /// back).
    pub fn claim(&self) -> Option<(Slice, Work)> {
        let mut cursor = self.locked();
        let slice = self.next(&mut cursor);
        let claimed = slice.and_then(|slice| Some((slice, self.work(&slice)?)));
        if claimed.is_none() {
            cursor.used_up = true;
            cursor.without.push(thread::current());
        }
        claimed
    }

    /// Takes back what is left of a slice.
    pub fn give_back(&self, rest: Slice) {
        if !rest.is_empty() {
            let mut cursor = self.locked();
            cursor.left.push(rest);
            cursor.used_up = false;
            for thread in cursor.without.drain(..) {
                thread.unpark();
            }
        }
    }

    /// Has a claim come too late, with nothing given back since?
    pub fn used_up(&self) -> bool {
        self.locked().used_up
    }

    fn locked(&self) -> MutexGuard<'_, Cursor> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of blocks wide enough first, then of rolls to come, then of what is narrower. Within a roll by nonce, then by
    /// version.
    fn next(&self, cursor: &mut Cursor) -> Option<Slice> {
        let group = cursor.group;
        let wide = |block: &Slice| block.versions.count >= group;
        if let Some(at) = cursor.left.iter().rposition(wide) {
            let block = cursor.left.remove(at);
            return Some(self.cut(block, cursor));
        }
        if let Some(block) = self.whole(cursor.roll) {
            cursor.roll += 1;
            return Some(self.cut(block, cursor));
        }
        let block = cursor.left.pop()?;
        Some(self.cut(block, cursor))
    }

    /// All of a roll; none where there is no such roll, or nothing in it.
    fn whole(&self, roll: u64) -> Option<Slice> {
        let versions = Versions {
            first: 0,
            count: self.versions,
        };
        let block = Slice {
            roll,
            versions,
            nonces: self.job.nonces,
        };
        (!block.is_empty() && self.job.headers.header(roll).is_some()).then_some(block)
    }

    /// A slice off a block, whose two other parts stay on the list.
    fn cut(&self, block: Slice, cursor: &mut Cursor) -> Slice {
        let (versions, others) = block.versions.cut(cursor.group);
        let later = Slice {
            versions: others,
            ..block
        };
        let rest = Slice {
            versions,
            nonces: block.nonces.after(self.slice, u64::MAX),
            ..block
        };
        cursor
            .left
            .extend([later, rest].into_iter().filter(|b| !b.is_empty()));
        Slice {
            versions,
            nonces: block.nonces.after(0, self.slice),
            ..block
        }
    }

    fn work(&self, slice: &Slice) -> Option<Work> {
        let header = self.job.headers.header(slice.roll)?;
        let versions = self.versions(&header, slice.versions);
        Work::rolled(header, &versions, self.job.target)
    }

    fn versions(&self, header: &Header, versions: Versions) -> Vec<u32> {
        (versions.first..versions.first + versions.count)
            .map(|index| rolled_version(header.version, self.job.version_mask, index))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::super::job::TimeRolled;
    use super::super::target::Target;
    use super::*;

    fn job(seconds: u32, version_mask: u32, nonces: NonceRange) -> Job {
        let bytes = include_bytes!("../../tests/fixtures/headers/mainnet-125552.bin");
        let first = Header::from_bytes(bytes);
        let headers = Arc::new(TimeRolled { first, seconds });
        Job {
            version_mask,
            nonces,
            ..Job::new(1, headers, Target::MAX)
        }
    }

    #[test]
    fn a_whole_nonce_space_is_cut_exactly() {
        let space = Space::new(job(0, 0, NonceRange::ALL), 1, SLICE);
        let mut expected = 0_u64;
        while let Some((slice, _)) = space.claim() {
            assert_eq!(u64::from(slice.nonces.first), expected);
            expected += slice.nonces.count;
        }
        assert_eq!(expected, 1 << 32);
        assert!(space.used_up());
    }

    #[test]
    fn who_went_without_is_woken_when_something_comes_back() {
        let nonces = NonceRange { first: 0, count: 8 };
        let space = Space::new(job(0, 0, nonces), 1, SLICE);
        let (slice, _) = space.claim().expect("there is one slice");
        assert!(space.claim().is_none() && space.used_up());
        space.give_back(slice);
        let patience = Duration::from_mins(2);
        let started = Instant::now();
        thread::park_timeout(patience);
        assert!(started.elapsed() < patience);
        assert_eq!(space.claim().map(|(slice, _)| slice), Some(slice));
    }

    #[test]
    fn a_mask_that_is_too_wide_is_cut() {
        let space = Space::new(job(0, u32::MAX, NonceRange::ALL), 16, SLICE);
        assert_eq!(space.versions, 1 << 16);
        assert!(space.claim().is_some());
    }

    proptest! {
        /// Workers of changing number take turns, drop out in the middle of a slice, and come back, and kernels change:
        /// all headers are hashed, each once.
        #[test]
        fn every_header_is_given_out_once(
            first in prop_oneof![Just(u32::MAX - 20), any::<u32>()],
            count in 0_u64..70,
            seconds in 0_u32..3,
            mask_bits in 0_u32..5,
            midstates in 1_usize..=16,
            slice in 1_u64..40,
            turns in proptest::collection::vec((0_u64..50, proptest::option::of(1_usize..=16)), 1..40),
        ) {
            let mask = ((1_u32 << mask_bits) - 1) << 13;
            let space = Space::new(job(seconds, mask, NonceRange { first, count }), midstates, slice);
            let mut seen = HashSet::new();
            // The turns in order; once they are through, every slice is done whole, so that it ends.
            let mut turns = turns.into_iter().chain(std::iter::repeat((u64::MAX, None)));
            while let Some((slice, work)) = space.claim() {
                prop_assert_eq!(work.midstates().len(), slice.versions.count as usize);
                let (portion, kernel) = turns.next().unwrap_or((u64::MAX, None));
                let done = portion.min(slice.nonces.count);
                for offset in 0..done {
                    for mid in work.midstates() {
                        let header = (work.tail(), mid.version, slice.nonces.word(offset));
                        prop_assert!(seen.insert(header), "given out twice: {header:?}");
                    }
                }
                if let Some(midstates) = kernel {
                    space.regroup(midstates);
                }
                space.give_back(Slice { nonces: slice.nonces.after(done, u64::MAX), ..slice });
            }
            let all = (count * u64::from(seconds + 1)) << mask_bits;
            prop_assert_eq!(seen.len() as u64, all);
        }

        /// Another kernel has groups to its liking with the next slice, as long as there is enough of the job left.
        #[test]
        fn a_change_of_groups_takes_effect_at_once(kernels in proptest::collection::vec(1_usize..=16, 1..60)) {
            let endless = Job { nonces: NonceRange { first: 0, count: 1 << 10 }, ..Job::synthetic(1, 1, 0, 1.0) };
            let space = Space::new(endless, 16, 1 << 8);
            for midstates in kernels {
                space.regroup(midstates);
                let (slice, work) = space.claim().expect("synthetic work never ends");
                prop_assert_eq!(work.midstates().len(), midstates);
                prop_assert!(space.suits(&slice));
            }
        }
    }
}
