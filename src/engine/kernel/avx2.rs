//! AVX2: eight nonces at a time, a nonce a lane.

#![allow(
    clippy::wildcard_imports,
    reason = "the instruction set's own vocabulary"
)]

use std::arch::x86_64::*;

use super::prepared::{Outer, Schedule, Start};
use super::steps::collect;
use super::{Candidates, Kernel, MAX_MIDSTATES, NonceRange, Scanned, Work};
use crate::engine::sha::{INITIAL, K};

/// Eight nonces, one or more midstates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Where this CPU can run it.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

const LANES: usize = 8;

type Vector = __m256i;

#[inline]
#[target_feature(enable = "avx2")]
fn all(word: u32) -> Vector {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(x: Vector, y: Vector) -> Vector {
    _mm256_add_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor3(x: Vector, y: Vector, z: Vector) -> Vector {
    _mm256_xor_si256(_mm256_xor_si256(x, y), z)
}

#[inline]
#[target_feature(enable = "avx2")]
fn ch(e: Vector, f: Vector, g: Vector) -> Vector {
    _mm256_xor_si256(_mm256_and_si256(_mm256_xor_si256(f, g), e), g)
}

/// In this form the next round has use for half of it.
#[inline]
#[target_feature(enable = "avx2")]
fn maj(a: Vector, b: Vector, c: Vector) -> Vector {
    _mm256_xor_si256(
        _mm256_and_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(b, c)),
        b,
    )
}

/// Right by `RIGHT`, which is 32 less `LEFT`.
#[inline]
#[target_feature(enable = "avx2")]
fn rotated<const RIGHT: i32, const LEFT: i32>(x: Vector) -> Vector {
    _mm256_or_si256(_mm256_srli_epi32::<RIGHT>(x), _mm256_slli_epi32::<LEFT>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn big0(x: Vector) -> Vector {
    xor3(
        rotated::<2, 30>(x),
        rotated::<13, 19>(x),
        rotated::<22, 10>(x),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn big1(x: Vector) -> Vector {
    xor3(
        rotated::<6, 26>(x),
        rotated::<11, 21>(x),
        rotated::<25, 7>(x),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn small0(x: Vector) -> Vector {
    xor3(
        rotated::<7, 25>(x),
        rotated::<18, 14>(x),
        _mm256_srli_epi32::<3>(x),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn small1(x: Vector) -> Vector {
    xor3(
        rotated::<17, 15>(x),
        rotated::<19, 13>(x),
        _mm256_srli_epi32::<10>(x),
    )
}

/// Which lanes' last digest word passes the filter.
#[inline]
#[target_feature(enable = "avx2")]
fn passing(last: Vector, highest: u32) -> u32 {
    let swap = _mm256_set_epi64x(
        0x0c0d_0e0f_0809_0a0b,
        0x0405_0607_0001_0203,
        0x0c0d_0e0f_0809_0a0b,
        0x0405_0607_0001_0203,
    );
    let number = _mm256_shuffle_epi8(last, swap);
    // There is no comparison of unsigned numbers; what is not above is its own minimum.
    let passes = _mm256_cmpeq_epi32(_mm256_min_epu32(number, all(highest)), number);
    _mm256_movemask_ps(_mm256_castsi256_ps(passes)).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx2")]
fn nonces(first: u32) -> Vector {
    add(all(first), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0))
}

/// One midstate: the schedule is worked out beside the rounds.
#[target_feature(enable = "avx2")]
fn hash_one(schedule: &Schedule, start: &Start, first: u32, highest: u32) -> u32 {
    let nonce = nonces(first);
    let mut s = first_rounds!(schedule, start, nonce);
    macro_rules! both {
        ($t:expr, $word:expr) => {
            round!(s, $t, add($word, all(K[$t])));
        };
    }
    first_words!(schedule, nonce, both);
    passing(second_hash!(s, start), highest)
}

/// Constants and words of rounds 18 to 63, for eight nonces.
type Words = [Vector; 46];

/// The schedule alone, which is the same for all midstates.
#[target_feature(enable = "avx2")]
fn words(schedule: &Schedule, first: u32, words: &mut Words) {
    let nonce = nonces(first);
    macro_rules! store {
        ($t:expr, $word:expr) => {
            words[$t - 18] = add($word, all(K[$t]));
        };
    }
    first_words!(schedule, nonce, store);
}

/// One of several midstates, by a schedule that is there already.
#[target_feature(enable = "avx2")]
fn hash_rolled(schedule: &Schedule, words: &Words, start: &Start, first: u32, highest: u32) -> u32 {
    let nonce = nonces(first);
    let mut s = first_rounds!(schedule, start, nonce);
    macro_rules! scheduled {
        ($($t:literal)*) => { $( round!(s, $t, words[$t - 18]); )* };
    }
    scheduled!(18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40);
    scheduled!(41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
    passing(second_hash!(s, start), highest)
}

#[target_feature(enable = "avx2")]
fn scan(work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
    let schedule = Schedule::new(work.tail());
    let starts = Start::of(work);
    let highest = work.highest();
    let mut shared: Words = [all(0); 46];
    let mut passed = [0; MAX_MIDSTATES];
    collect(range, found, LANES, starts.len(), |first| {
        if let [start] = starts.as_slice() {
            passed[0] = hash_one(&schedule, start, first, highest);
        } else {
            words(&schedule, first, &mut shared);
            for (passed, start) in passed.iter_mut().zip(&starts) {
                *passed = hash_rolled(&schedule, &shared, start, first, highest);
            }
        }
        passed
    })
}

impl Kernel for Avx2 {
    fn name(&self) -> &'static str {
        "avx2x8"
    }

    fn lanes(&self) -> usize {
        LANES
    }

    fn midstates(&self) -> usize {
        MAX_MIDSTATES
    }

    fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
        // SAFETY: the only way to make this type is `detect`, which has seen that the CPU has the extension.
        unsafe { scan(work, range, found) }
    }
}
