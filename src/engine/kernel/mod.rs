//! What scans nonces: one trait, and one file an instruction set behind it.
//!
//! Invariant: whatever a kernel is made of, it gives the same candidates in the same order as every other: all nonces
//! of the range whose hash passes the filter of the target's highest word, and no others.

#[cfg(target_arch = "x86_64")]
#[macro_use]
mod lanes;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod hybrid;
pub mod measure;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod prepared;
#[cfg(target_arch = "x86_64")]
mod shani;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod steps;
mod work;

use std::sync::LazyLock;

pub use measure::fastest;
pub use portable::Portable;
pub use work::{Candidate, Candidates, MAX_MIDSTATES, Midstate, NonceRange, Work};

/// How far a scan got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// Nonces of the range that are done, from its first on, each with every midstate. Fewer than asked for only where
    /// the candidates were about to overflow: empty them and go on from there.
    pub nonces: u64,
    /// Headers hashed, exactly: nonces times midstates.
    pub hashes: u64,
}

/// One way to scan.
pub trait Kernel: Send + Sync {
    /// As `--kernel` and the screen name it: the instruction set and the streams, `sha2` or `avx512x16`.
    fn name(&self) -> &'static str;

    /// Nonces that it does at a time. Any range is scanned exactly, also one that is no multiple of this.
    fn lanes(&self) -> usize;

    /// How many version-rolled midstates it likes to have, 1 to [`MAX_MIDSTATES`]. It takes any number in between.
    fn midstates(&self) -> usize;

    /// Hashes the range's nonces with each midstate and adds those that pass the filter to `found`: by nonce in the
    /// order of the range, then by midstate. A step (up to [`Kernel::lanes`] nonces with all midstates) is begun only
    /// where all its hits would fit, so nothing is lost and nothing is hashed twice. `found` must hold at least one step
    /// ([`Candidates::CAPACITY`] always does).
    fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned;
}

impl std::fmt::Debug for dyn Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The kernels that run on this CPU, the simplest first.
pub fn kernels() -> &'static [&'static dyn Kernel] {
    static HERE: LazyLock<Vec<&'static dyn Kernel>> = LazyLock::new(detect);
    &HERE
}

fn detect() -> Vec<&'static dyn Kernel> {
    let mut found: Vec<&'static dyn Kernel> = vec![&Portable];
    let mut add = |kernel: Option<&'static dyn Kernel>| found.extend(kernel);
    #[cfg(target_arch = "x86_64")]
    {
        add(avx2::Avx2::detect().map(leaked));
        add(shani::ShaNi::<2>::detect().map(leaked));
        add(shani::ShaNi::<4>::detect().map(leaked));
        add(avx512::Avx512::detect().map(leaked));
        add(hybrid::Hybrid::detect().map(leaked));
    }
    #[cfg(target_arch = "aarch64")]
    {
        add(neon::Neon::<2>::detect().map(leaked));
        add(neon::Neon::<4>::detect().map(leaked));
    }
    // Nothing to add on other machines.
    add(None);
    found
}

/// Kernels live as long as the program.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn leaked<K: Kernel + 'static>(kernel: K) -> &'static dyn Kernel {
    Box::leak(Box::new(kernel))
}

/// The kernel after this one; after the last the first.
pub fn next(kernel: &dyn Kernel) -> &'static dyn Kernel {
    let here = kernels();
    let at = here.iter().position(|k| k.name() == kernel.name());
    here[at.map_or(0, |at| at + 1) % here.len()]
}

/// The kernel of this name, where this CPU can run it.
pub fn by_name(name: &str) -> Option<&'static dyn Kernel> {
    kernels().iter().copied().find(|k| k.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_from_one_kernel_to_the_next_comes_round() {
        let mut kernel: &'static dyn Kernel = &Portable;
        for expected in kernels().iter().skip(1).chain(kernels().first()) {
            kernel = next(kernel);
            assert_eq!(kernel.name(), expected.name());
        }
        assert_eq!(kernel.name(), Portable.name());
    }
}
