//! AVX-512: sixteen nonces at a time, a nonce a lane. Rotates and three-way logic are single instructions there.

#![allow(
    clippy::wildcard_imports,
    reason = "the instruction set's own vocabulary"
)]

use std::arch::x86_64::*;

use super::prepared::{Outer, Schedule, Start};
use super::steps::collect;
use super::{Candidates, Kernel, MAX_MIDSTATES, NonceRange, Scanned, Work};
use crate::engine::sha::{INITIAL, K};

/// Sixteen nonces, one or more midstates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// Where this CPU can run it.
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        has.then_some(Self(()))
    }
}

const LANES: usize = 16;

type Vector = __m512i;

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn all(word: u32) -> Vector {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn add(x: Vector, y: Vector) -> Vector {
    _mm512_add_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn xor3(x: Vector, y: Vector, z: Vector) -> Vector {
    _mm512_ternarylogic_epi32::<0x96>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn ch(e: Vector, f: Vector, g: Vector) -> Vector {
    _mm512_ternarylogic_epi32::<0xca>(e, f, g)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn maj(a: Vector, b: Vector, c: Vector) -> Vector {
    _mm512_ternarylogic_epi32::<0xe8>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn big0(a: Vector) -> Vector {
    xor3(
        _mm512_ror_epi32::<2>(a),
        _mm512_ror_epi32::<13>(a),
        _mm512_ror_epi32::<22>(a),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn big1(e: Vector) -> Vector {
    xor3(
        _mm512_ror_epi32::<6>(e),
        _mm512_ror_epi32::<11>(e),
        _mm512_ror_epi32::<25>(e),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn small0(w: Vector) -> Vector {
    xor3(
        _mm512_ror_epi32::<7>(w),
        _mm512_ror_epi32::<18>(w),
        _mm512_srli_epi32::<3>(w),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn small1(w: Vector) -> Vector {
    xor3(
        _mm512_ror_epi32::<17>(w),
        _mm512_ror_epi32::<19>(w),
        _mm512_srli_epi32::<10>(w),
    )
}

/// Which lanes' last digest word passes the filter.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn passing(last: Vector, highest: u32) -> u32 {
    let swap = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    let number = _mm512_shuffle_epi8(last, swap);
    u32::from(_mm512_cmple_epu32_mask(number, all(highest)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn nonces(first: u32) -> Vector {
    let places = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    add(all(first), places)
}

/// One midstate: the schedule is worked out beside the rounds.
#[target_feature(enable = "avx512f,avx512bw")]
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

/// Constants and words of rounds 18 to 63, for sixteen nonces.
type Words = [Vector; 46];

/// The schedule alone, which is the same for all midstates.
#[target_feature(enable = "avx512f,avx512bw")]
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
#[target_feature(enable = "avx512f,avx512bw")]
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

#[target_feature(enable = "avx512f,avx512bw")]
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

impl Kernel for Avx512 {
    fn name(&self) -> &'static str {
        "avx512x16"
    }

    fn lanes(&self) -> usize {
        LANES
    }

    fn midstates(&self) -> usize {
        MAX_MIDSTATES
    }

    fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
        // SAFETY: the only way to make this type is `detect`, which has seen that the CPU has both extensions.
        unsafe { scan(work, range, found) }
    }
}
