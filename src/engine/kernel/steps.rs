//! A range in steps of as many nonces as a kernel does at a time, and the hits of a step in their order.

use super::{Candidate, Candidates, MAX_MIDSTATES, NonceRange, Scanned};

/// Steps through a range: `step(first)` gives for each midstate the bits of those lanes that pass the filter. A step is
/// begun only where all its hits would fit.
#[inline]
pub(super) fn collect(
    range: NonceRange,
    found: &mut Candidates,
    lanes: usize,
    midstates: usize,
    mut step: impl FnMut(u32) -> [u32; MAX_MIDSTATES],
) -> Scanned {
    let mut done = 0;
    while done < range.count {
        let width = (range.count - done).min(lanes as u64);
        if found.room() < width as usize * midstates {
            break;
        }
        let first = range.word(done);
        let passed = step(first);
        let passed = &passed[..midstates];
        if passed.iter().fold(0, |any, one| any | one) != 0 {
            sort_out(first, width as u32, passed, found);
        }
        done += width;
    }
    Scanned {
        nonces: done,
        hashes: done * midstates as u64,
    }
}

/// Hits in their order: by nonce, then by midstate. Lanes past the end of the range do not count.
#[cold]
pub(super) fn sort_out(first: u32, width: u32, passed: &[u32], found: &mut Candidates) {
    for lane in 0..width {
        for (midstate, lanes) in (0..).zip(passed) {
            if lanes >> lane & 1 != 0 {
                found.push(Candidate {
                    word: first.wrapping_add(lane),
                    midstate,
                });
            }
        }
    }
}
