//! The kernel of any CPU: midstates through the `sha2` crate's compression function, which itself uses the CPU's SHA
//! instructions where it has them. The measure of all other kernels.

use super::{Candidate, Candidates, Kernel, NonceRange, Scanned, Work};
use crate::engine::sha;

/// One nonce, one midstate at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Portable;

impl Kernel for Portable {
    fn name(&self) -> &'static str {
        "sha2"
    }

    fn lanes(&self) -> usize {
        1
    }

    fn midstates(&self) -> usize {
        1
    }

    fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
        let versions = work.midstates().len();
        let highest = work.highest();
        let mut second = sha::second_block(work.tail());
        let mut outer = sha::outer_block();
        let mut done = 0;
        while done < range.count && found.room() >= versions {
            let nonce = range.word(done);
            second[12..16].copy_from_slice(&nonce.to_be_bytes());
            for (midstate, started) in (0..).zip(work.midstates()) {
                let digest = sha::finish(&started.state, &second, &mut outer);
                if digest[7].swap_bytes() <= highest {
                    found.push(Candidate {
                        word: nonce,
                        midstate,
                    });
                }
            }
            done += 1;
        }
        Scanned {
            nonces: done,
            hashes: done * versions as u64,
        }
    }
}
