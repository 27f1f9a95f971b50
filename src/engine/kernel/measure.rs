//! How fast a kernel is here, and which is the fastest. What is measured is checked: each portion holds nonces that are
//! known to solve their header, and a kernel that misses one, or finds what is none, has no speed.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::{Candidate, Candidates, Kernel, NonceRange, Work, kernels};
use crate::engine::clock::thread_time;
use crate::engine::header::Header;
use crate::engine::job::{VERSION_MASK, rolled_version};

/// How long a candidate is tried at the start, at most.
const TRIAL: Duration = Duration::from_millis(50);
/// Processor time that is enough for a trial.
const TRIAL_WORK: Duration = Duration::from_millis(8);
/// How long a portion should take: so short that most of them are not interrupted.
const PORTION: Duration = Duration::from_millis(1);

/// The first header of the chain, whose solution everyone knows.
const KNOWN: &[u8; 80] = b"\x01\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \x3b\xa3\xed\xfd\x7a\x7b\x12\xb2\x7a\xc7\x2c\x3e\x67\x76\x8f\x61\
    \x7f\xc8\x1b\xc3\x88\x8a\x51\x32\x3a\x9f\xb8\xaa\x4b\x1e\x5e\x4a\
    \x29\xab\x5f\x49\xff\xff\x00\x1d\x1d\xac\x2b\x7c";

/// What a kernel did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// Headers hashed.
    pub hashes: u64,
    /// Time that passed.
    pub wall: Duration,
    /// Processor time of the thread.
    pub cpu: Duration,
    /// Of the fastest portion, headers a second of processor time: what the kernel can do where nobody disturbs it.
    pub best: f64,
}

/// A kernel's candidates are not those of plain SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "kernel {kernel} misses a known nonce, or finds one that is none: it is not to be used on this machine"
)]
pub struct Wrong {
    /// Its name.
    pub kernel: &'static str,
}

/// Portions of work with known solutions, one after the other.
#[derive(Debug)]
pub struct Measuring {
    kernel: &'static dyn Kernel,
    midstates: u32,
    header: Header,
    portion: u64,
    number: u32,
    found: Candidates,
}

impl Measuring {
    /// Of a kernel with so many rolled versions (1 to [`super::MAX_MIDSTATES`], bounded).
    pub fn new(kernel: &'static dyn Kernel, midstates: usize) -> Self {
        Self {
            kernel,
            midstates: midstates.clamp(1, super::MAX_MIDSTATES) as u32,
            header: Header::from_bytes(KNOWN),
            portion: 64,
            number: 0,
            found: Candidates::new(),
        }
    }

    /// Portions until `wall` has passed or `cpu` is spent, and at least one.
    pub fn run(&mut self, wall: Duration, cpu: Duration) -> Result<Measured, Wrong> {
        let (started, spent) = (Instant::now(), thread_time());
        let mut total = Measured::default();
        while total.hashes == 0 || (total.wall < wall && total.cpu < cpu) {
            let before = thread_time();
            let hashes = self.next_portion()?;
            let took = thread_time().saturating_sub(before);
            total.hashes += hashes;
            if took > PORTION / 4 {
                total.best = total.best.max(hashes as f64 / took.as_secs_f64());
            }
            if took < PORTION / 2 {
                self.portion = (self.portion * 2).min(1 << 24);
            }
            total.wall = started.elapsed();
            total.cpu = thread_time().saturating_sub(spent);
        }
        Ok(total)
    }

    /// The known nonce stands at another place each time, and so does its version among the rolled ones.
    fn next_portion(&mut self) -> Result<u64, Wrong> {
        let wrong = Wrong {
            kernel: self.kernel.name(),
        };
        let known = Candidate {
            word: self.header.nonce.swap_bytes(),
            midstate: (self.number % self.midstates) as u8,
        };
        let versions: Vec<u32> = (0..self.midstates)
            .map(|i| {
                let index = if i == u32::from(known.midstate) {
                    0
                } else {
                    // Other ones each time, so that the same headers come again only after thousands of portions.
                    1 + self.number % 4095 * 16 + i
                };
                rolled_version(self.header.version, VERSION_MASK, index)
            })
            .collect();
        let target = self.header.target().map_err(|_| wrong)?;
        let work = Work::rolled(self.header, &versions, target).ok_or(wrong)?;
        let before = u64::from(self.number.wrapping_mul(0x9e37_79b9)) % self.portion;
        let range = NonceRange {
            first: known.word.wrapping_sub(before as u32),
            count: self.portion,
        };
        self.number = self.number.wrapping_add(1);
        let scanned = self.kernel.scan(&work, range, &mut self.found);
        let (mut seen, mut sound) = (0, scanned.nonces == range.count);
        for hit in self.found.drain() {
            seen += u32::from(hit == known);
            sound &= work.recheck(hit).1.number()[0] <= work.highest();
        }
        if seen == 1 && sound {
            Ok(scanned.hashes)
        } else {
            Err(wrong)
        }
    }
}

/// The fastest kernel of this CPU that makes no mistake: each is tried for at most 50 ms, once in the life of the
/// program.
pub fn fastest() -> &'static dyn Kernel {
    static FASTEST: LazyLock<&'static dyn Kernel> = LazyLock::new(|| {
        let rated = kernels().iter().filter_map(|kernel| {
            let mut measuring = Measuring::new(*kernel, kernel.midstates());
            let measured = measuring.run(TRIAL, TRIAL_WORK).ok()?;
            Some((measured.best, *kernel))
        });
        let best = rated.max_by(|(a, _), (b, _)| a.total_cmp(b));
        best.map_or(&super::Portable, |(_, kernel)| kernel)
    });
    *FASTEST
}

#[cfg(test)]
mod tests {
    use super::super::{Portable, Scanned};
    use super::*;

    #[test]
    fn every_kernel_of_this_cpu_can_be_measured() {
        for kernel in kernels() {
            for midstates in [1, 5, 16] {
                let mut measuring = Measuring::new(*kernel, midstates);
                let measured = measuring.run(Duration::from_millis(2), Duration::MAX);
                let measured = measured.expect("the kernel makes no mistake");
                assert!(measured.hashes > 0 && measured.hashes.is_multiple_of(midstates as u64));
                assert!(measured.wall >= Duration::from_millis(2));
            }
        }
        assert!(kernels().iter().any(|k| k.name() == fastest().name()));
    }

    /// Fast, and of no use.
    struct Blind;

    impl Kernel for Blind {
        fn name(&self) -> &'static str {
            "blind"
        }

        fn lanes(&self) -> usize {
            1
        }

        fn midstates(&self) -> usize {
            1
        }

        fn scan(&self, _: &Work, range: NonceRange, _: &mut Candidates) -> Scanned {
            Scanned {
                nonces: range.count,
                hashes: range.count,
            }
        }
    }

    /// Finds what is there, and more.
    struct Liar;

    impl Kernel for Liar {
        fn name(&self) -> &'static str {
            "liar"
        }

        fn lanes(&self) -> usize {
            1
        }

        fn midstates(&self) -> usize {
            1
        }

        fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
            found.push(Candidate {
                word: range.first.wrapping_sub(1),
                midstate: 0,
            });
            Portable.scan(work, range, found)
        }
    }

    #[test]
    fn a_wrong_kernel_has_no_speed() {
        for kernel in [&Blind as &'static dyn Kernel, &Liar] {
            let measured = Measuring::new(kernel, 1).run(Duration::ZERO, Duration::ZERO);
            let kernel = kernel.name();
            assert_eq!(measured, Err(Wrong { kernel }));
        }
    }
}
