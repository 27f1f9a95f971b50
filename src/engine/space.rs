//! A job's headers shared out among workers.
//!
//! Invariant: nonces, then rolled versions, then rolls of the header are cut into slices, each given to one worker at
//! a time; what a worker leaves over goes back and is given out again. So no header is hashed twice, and none is left
//! out. Workers come here once a slice, never while they scan.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};

use super::header::Header;
use super::job::{Job, rolled_version};
use super::kernel::{MAX_MIDSTATES, NonceRange, Work};

/// Nonces in a slice: long enough that workers seldom meet here, short enough that many can share one nonce space.
pub const SLICE: u64 = 1 << 24;

/// Nonces of one header with one group of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Which header of the job.
    pub roll: u64,
    /// Which group of versions.
    pub group: u32,
    /// Which nonces.
    pub nonces: NonceRange,
}

#[derive(Debug, Default)]
struct Cursor {
    next: u64,
    returned: Vec<Slice>,
    used_up: bool,
    /// Threads that went without, to be woken where something comes back.
    without: Vec<Thread>,
}

/// Hands out the slices of a job.
#[derive(Debug)]
pub struct Space {
    job: Job,
    midstates: u32,
    groups: u64,
    slice: u64,
    cursor: Mutex<Cursor>,
}

impl Space {
    /// Groups of `midstates` versions (1 to [`MAX_MIDSTATES`], rounded down to a power of two), slices of `slice`
    /// nonces (at least 1).
    pub fn new(mut job: Job, midstates: usize, slice: u64) -> Self {
        while job.version_mask.count_ones() > 16 {
            job.version_mask &= job.version_mask - 1;
        }
        job.nonces = job.nonces.after(0, 1 << 32);
        let versions = 1_u32 << job.version_mask.count_ones();
        let wanted = 1_u32 << midstates.clamp(1, MAX_MIDSTATES).ilog2();
        let midstates = wanted.min(versions);
        Self {
            midstates,
            groups: u64::from(versions / midstates),
            slice: slice.clamp(1, 1 << 32),
            job,
            cursor: Mutex::default(),
        }
    }

    /// The job that is shared out.
    pub const fn job(&self) -> &Job {
        &self.job
    }

    /// The next slice with its work; none where all are given out (the thread that asked is then unparked when one comes
    /// back).
    pub fn claim(&self) -> Option<(Slice, Work)> {
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let returned = cursor.returned.pop();
        let slice = returned.or_else(|| self.numbered(cursor.next));
        let claimed = slice.and_then(|slice| Some((slice, self.work(&slice)?)));
        if claimed.is_none() {
            cursor.used_up = true;
            cursor.without.push(thread::current());
        } else if returned.is_none() {
            cursor.next += 1;
        }
        claimed
    }

    /// Takes back what is left of a slice.
    pub fn give_back(&self, rest: Slice) {
        if rest.nonces.count > 0 {
            let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
            cursor.returned.push(rest);
            cursor.used_up = false;
            for thread in cursor.without.drain(..) {
                thread.unpark();
            }
        }
    }

    /// Has a claim come too late, with nothing given back since?
    pub fn used_up(&self) -> bool {
        let cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        cursor.used_up
    }

    /// Slices in order: by nonce, then by group, then by roll.
    fn numbered(&self, number: u64) -> Option<Slice> {
        let nonces = self.job.nonces;
        let to_a_group = nonces.count.div_ceil(self.slice);
        if to_a_group == 0 {
            return None;
        }
        let group = number / to_a_group;
        Some(Slice {
            roll: group / self.groups,
            group: (group % self.groups) as u32,
            nonces: nonces.after(number % to_a_group * self.slice, self.slice),
        })
    }

    fn work(&self, slice: &Slice) -> Option<Work> {
        let header = self.job.headers.header(slice.roll)?;
        let versions = self.versions(&header, slice.group);
        Work::rolled(header, &versions, self.job.target)
    }

    fn versions(&self, header: &Header, group: u32) -> Vec<u32> {
        let first = group * self.midstates;
        (first..first + self.midstates)
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
        assert_eq!(space.groups, 4096);
        assert!(space.claim().is_some());
    }

    proptest! {
        /// Workers of changing number take turns, drop out in the middle of a slice, and come back: all headers are
        /// hashed, each once.
        #[test]
        fn every_header_is_given_out_once(
            first in prop_oneof![Just(u32::MAX - 20), any::<u32>()],
            count in 0_u64..70,
            seconds in 0_u32..3,
            mask_bits in 0_u32..5,
            midstates in 1_usize..=16,
            slice in 1_u64..40,
            portions in proptest::collection::vec(0_u64..50, 1..40),
        ) {
            let mask = ((1_u32 << mask_bits) - 1) << 13;
            let space = Space::new(job(seconds, mask, NonceRange { first, count }), midstates, slice);
            let mut seen = HashSet::new();
            // The portions in turn; once they are through, every slice is done whole, so that it ends.
            let mut portions = portions.into_iter().chain(std::iter::repeat(u64::MAX));
            while let Some((slice, work)) = space.claim() {
                let done = portions.next().unwrap_or(u64::MAX).min(slice.nonces.count);
                for offset in 0..done {
                    for mid in work.midstates() {
                        let header = (work.tail(), mid.version, slice.nonces.word(offset));
                        prop_assert!(seen.insert(header), "given out twice: {header:?}");
                    }
                }
                space.give_back(Slice { nonces: slice.nonces.after(done, u64::MAX), ..slice });
            }
            let all = (count * u64::from(seconds + 1)) << mask_bits;
            prop_assert_eq!(seen.len() as u64, all);
        }
    }
}
