//! SHA extensions: the processor's own two-round instruction, on several nonces or midstates at once, since each of them
//! must wait for its own last result.

#![allow(
    clippy::wildcard_imports,
    reason = "the instruction set's own vocabulary"
)]

use std::arch::x86_64::*;

use super::prepared::Start;
use super::steps::collect;
use super::{Candidates, Kernel, MAX_MIDSTATES, NonceRange, Scanned, Work};
use crate::engine::sha::{INITIAL, K};

/// So many nonces at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShaNi<const STREAMS: usize>(());

impl<const STREAMS: usize> ShaNi<STREAMS> {
    /// Where this CPU can run it.
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse4.1")
            && is_x86_feature_detected!("ssse3");
        has.then_some(Self(()))
    }
}

const END: u32 = 0x8000_0000;

#[inline]
#[target_feature(enable = "sse2")]
fn four(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_set_epi32(d, c, b, a)
}

/// Constants of rounds `$t` to `$t + 3`.
macro_rules! constants {
    ($t:expr) => {
        four([K[$t], K[$t + 1], K[$t + 2], K[$t + 3]])
    };
}

/// Four rounds of each stream; `$kw!(i)` is constants and words of stream `i`.
macro_rules! four_rounds {
    ($x:ident $y:ident, $kw:ident, $($i:literal)*) => {
        $( let kw = $kw!($i);
           $y[$i] = _mm_sha256rnds2_epu32($y[$i], $x[$i], kw);
           $x[$i] = _mm_sha256rnds2_epu32($x[$i], $y[$i], _mm_shuffle_epi32::<0x0e>(kw)); )*
    };
}

/// The next four words of the schedule in place of the sixteen before.
macro_rules! next_four {
    ($w0:expr, $w1:expr, $w2:expr, $w3:expr) => {
        $w0 = _mm_sha256msg2_epu32(
            _mm_add_epi32(
                _mm_sha256msg1_epu32($w0, $w1),
                _mm_alignr_epi8::<4>($w3, $w2),
            ),
            $w3,
        )
    };
}

/// A scan of `$streams` nonces at a time.
macro_rules! streams {
    ($scan:ident, $step:ident, $streams:literal, $($i:literal)*) => {
        /// Constants and words of rounds 16 to 63 of each stream.
        #[target_feature(enable = "sha,sse4.1,ssse3")]
        fn $step(
            schedule: &[[__m128i; $streams]; 12],
            start: &Start,
            first: u32,
            highest: u32,
        ) -> u32 {
            let mut x = [$( {
                let nonce = first.wrapping_add($i);
                four([start.e2, start.e3.wrapping_add(nonce), start.a2, start.a3.wrapping_add(nonce)])
            } ),*];
            let mut y = [four([start.g2, start.f2, start.c2, start.b2]); $streams];
            macro_rules! known {
                ($t:literal $first:expr, $last:expr) => {
                    macro_rules! kw {
                        ($any:literal) => {
                            four([
                                K[$t].wrapping_add($first),
                                K[$t + 1],
                                K[$t + 2],
                                K[$t + 3].wrapping_add($last),
                            ])
                        };
                    }
                    four_rounds!(x y, kw, $($i)*);
                };
            }
            known!(4 END, 0);
            known!(8 0, 0);
            known!(12 0, 640);
            macro_rules! scheduled {
                ($at:literal) => {
                    macro_rules! kw { ($stream:literal) => { schedule[$at][$stream] }; }
                    four_rounds!(x y, kw, $($i)*);
                };
            }
            scheduled!(0); scheduled!(1); scheduled!(2); scheduled!(3); scheduled!(4); scheduled!(5);
            scheduled!(6); scheduled!(7); scheduled!(8); scheduled!(9); scheduled!(10); scheduled!(11);
            // From the order of the instructions to that of the message, and the second hash's message.
            let mid = &start.mid;
            let low = four([mid[0], mid[1], mid[2], mid[3]]);
            let high = four([mid[4], mid[5], mid[6], mid[7]]);
            let mut w = [$( {
                let abef = _mm_shuffle_epi32::<0x1b>(x[$i]);
                let ghcd = _mm_shuffle_epi32::<0xb1>(y[$i]);
                [
                    _mm_add_epi32(_mm_blend_epi16::<0xf0>(abef, ghcd), low),
                    _mm_add_epi32(_mm_alignr_epi8::<8>(ghcd, abef), high),
                    four([END, 0, 0, 0]),
                    four([0, 0, 0, 256]),
                ]
            } ),*];
            let [a, b, c, d, e, f, g, h] = INITIAL;
            x = [four([f, e, b, a]); $streams];
            y = [four([h, g, d, c]); $streams];
            macro_rules! words {
                ($t:literal $at:literal) => {
                    macro_rules! kw {
                        ($stream:literal) => { _mm_add_epi32(w[$stream][$at], constants!($t)) };
                    }
                    four_rounds!(x y, kw, $($i)*);
                };
            }
            words!(0 0);
            words!(4 1);
            known!(8 END, 0);
            known!(12 0, 256);
            macro_rules! next {
                ($w0:literal $w1:literal $w2:literal $w3:literal) => {
                    $( next_four!(w[$i][$w0], w[$i][$w1], w[$i][$w2], w[$i][$w3]); )*
                };
            }
            next!(0 1 2 3); words!(16 0);
            next!(1 2 3 0); words!(20 1);
            next!(2 3 0 1); words!(24 2);
            next!(3 0 1 2); words!(28 3);
            next!(0 1 2 3); words!(32 0);
            next!(1 2 3 0); words!(36 1);
            next!(2 3 0 1); words!(40 2);
            next!(3 0 1 2); words!(44 3);
            next!(0 1 2 3); words!(48 0);
            next!(1 2 3 0); words!(52 1);
            next!(2 3 0 1); words!(56 2);
            next!(3 0 1 2);
            // `e` of round 60, which a round later is `f`, is all that is asked for.
            0 $( | {
                let kw = _mm_add_epi32(w[$i][3], constants!(60));
                let ended = _mm_sha256rnds2_epu32(y[$i], x[$i], kw);
                let last = _mm_cvtsi128_si32(ended).cast_unsigned().wrapping_add(INITIAL[7]);
                u32::from(last.swap_bytes() <= highest) << $i
            } )*
        }

        #[target_feature(enable = "sha,sse4.1,ssse3")]
        fn $scan(work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
            let [w0, w1, w2] = work.tail();
            let starts = Start::of(work);
            let highest = work.highest();
            let mut schedule = [[four([0; 4]); $streams]; 12];
            let mut passed = [0; MAX_MIDSTATES];
            collect(range, found, $streams, starts.len(), |first| {
                let mut w = [$( [
                    four([w0, w1, w2, first.wrapping_add($i)]),
                    four([END, 0, 0, 0]),
                    four([0; 4]),
                    four([0, 0, 0, 640]),
                ] ),*];
                macro_rules! next {
                    ($at:literal: $v0:literal $v1:literal $v2:literal $v3:literal) => {
                        $(
                            next_four!(w[$i][$v0], w[$i][$v1], w[$i][$v2], w[$i][$v3]);
                            schedule[$at][$i] = _mm_add_epi32(w[$i][$v0], constants!(16 + 4 * $at));
                        )*
                    };
                }
                next!(0: 0 1 2 3); next!(1: 1 2 3 0); next!(2: 2 3 0 1); next!(3: 3 0 1 2);
                next!(4: 0 1 2 3); next!(5: 1 2 3 0); next!(6: 2 3 0 1); next!(7: 3 0 1 2);
                next!(8: 0 1 2 3); next!(9: 1 2 3 0); next!(10: 2 3 0 1); next!(11: 3 0 1 2);
                for (passed, start) in passed.iter_mut().zip(&starts) {
                    *passed = $step(&schedule, start, first, highest);
                }
                passed
            })
        }
    };
}

streams!(scan2, step2, 2, 0 1);
streams!(scan4, step4, 4, 0 1 2 3);

macro_rules! kernel {
    ($streams:literal $name:literal $scan:ident) => {
        impl Kernel for ShaNi<$streams> {
            fn name(&self) -> &'static str {
                $name
            }

            fn lanes(&self) -> usize {
                $streams
            }

            fn midstates(&self) -> usize {
                MAX_MIDSTATES
            }

            fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
                // SAFETY: the only way to make this type is `detect`, which has seen that the CPU has the extensions.
                unsafe { $scan(work, range, found) }
            }
        }
    };
}

kernel!(2 "shani-x2" scan2);
kernel!(4 "shani-x4" scan4);
