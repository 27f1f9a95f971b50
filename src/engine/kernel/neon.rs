//! The SHA instructions of 64-bit ARM (the SHA2 part of its cryptography extension): each does four rounds of one
//! stream, and some streams side by side hide how long one takes.
//!
//! Found right, as every kernel, by comparison with plain SHA-256, on an emulated processor (`tests/aarch64/check`); no
//! speed was ever measured on a real one.

use std::arch::aarch64::{
    uint32x4_t, vaddq_u32, vgetq_lane_u32, vld1q_u32, vsha256h2q_u32, vsha256hq_u32,
    vsha256su0q_u32, vsha256su1q_u32,
};
use std::arch::is_aarch64_feature_detected;

use super::prepared::Start;
use super::steps::collect;
use super::{Candidates, Kernel, MAX_MIDSTATES, NonceRange, Scanned, Work};
use crate::engine::sha::{INITIAL, K};

/// So many nonces at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neon<const STREAMS: usize>(());

impl<const STREAMS: usize> Neon<STREAMS> {
    /// Where this CPU can run it.
    pub(super) fn detect() -> Option<Self> {
        let has = is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("sha2");
        has.then_some(Self(()))
    }
}

const END: u32 = 0x8000_0000;

type Vector = uint32x4_t;

#[inline]
#[target_feature(enable = "neon")]
fn four(words: [u32; 4]) -> Vector {
    // SAFETY: four words are read from an array of four.
    unsafe { vld1q_u32(words.as_ptr()) }
}

/// Constants of rounds `t` to `t + 3`.
#[inline]
#[target_feature(enable = "neon")]
fn constants(t: usize) -> Vector {
    four([K[t], K[t + 1], K[t + 2], K[t + 3]])
}

/// The state of each stream.
#[derive(Clone, Copy)]
struct State<const STREAMS: usize> {
    abcd: [Vector; STREAMS],
    efgh: [Vector; STREAMS],
}

impl<const STREAMS: usize> State<STREAMS> {
    /// Four rounds of each stream; `words` are words with their constants.
    #[inline]
    #[target_feature(enable = "neon,sha2")]
    fn rounds(&mut self, words: &[Vector; STREAMS]) {
        for ((abcd, efgh), words) in self.abcd.iter_mut().zip(&mut self.efgh).zip(words) {
            let before = *abcd;
            *abcd = vsha256hq_u32(before, *efgh, *words);
            *efgh = vsha256h2q_u32(*efgh, before, *words);
        }
    }

    /// The same words for all streams.
    #[inline]
    #[target_feature(enable = "neon,sha2")]
    fn known(&mut self, t: usize, first: u32, last: u32) {
        let words = four([
            K[t].wrapping_add(first),
            K[t + 1],
            K[t + 2],
            K[t + 3].wrapping_add(last),
        ]);
        self.rounds(&[words; STREAMS]);
    }
}

/// Sixteen words of a message; their places go round as the schedule moves on.
type Message = [Vector; 4];

/// The next four words of the schedule, in place of those sixteen before; `at` counts them from word 16 on.
#[inline]
#[target_feature(enable = "neon,sha2")]
fn next_four(w: &mut Message, at: usize) -> Vector {
    let [w0, w1, w2, w3] = [0, 1, 2, 3].map(|i| w[(at + i) & 3]);
    w[at & 3] = vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3);
    w[at & 3]
}

/// Constants and words of rounds 16 to 63 of each stream: four rounds, then streams.
type Words<const STREAMS: usize> = [[Vector; STREAMS]; 12];

/// The first hash's schedule, which is the same for all midstates.
#[inline]
#[target_feature(enable = "neon,sha2")]
fn schedule<const STREAMS: usize>(tail: [u32; 3], first: u32, words: &mut Words<STREAMS>) {
    let [w0, w1, w2] = tail;
    for stream in 0..STREAMS {
        let mut w = [
            four([w0, w1, w2, first.wrapping_add(stream as u32)]),
            four([END, 0, 0, 0]),
            four([0; 4]),
            four([0, 0, 0, 640]),
        ];
        for (at, words) in words.iter_mut().enumerate() {
            words[stream] = vaddq_u32(next_four(&mut w, at), constants(16 + 4 * at));
        }
    }
}

/// Both hashes; gives the bits of those streams that pass the filter.
#[inline]
#[target_feature(enable = "neon,sha2")]
fn step<const STREAMS: usize>(
    words: &Words<STREAMS>,
    start: &Start,
    first: u32,
    highest: u32,
) -> u32 {
    let zero = four([0; 4]);
    let mut state = State {
        abcd: [zero; STREAMS],
        efgh: [zero; STREAMS],
    };
    for stream in 0..STREAMS {
        let nonce = first.wrapping_add(stream as u32);
        let (a3, e3) = (start.a3.wrapping_add(nonce), start.e3.wrapping_add(nonce));
        state.abcd[stream] = four([a3, start.a2, start.b2, start.c2]);
        state.efgh[stream] = four([e3, start.e2, start.f2, start.g2]);
    }
    state.known(4, END, 0);
    state.known(8, 0, 0);
    state.known(12, 0, 640);
    for words in words {
        state.rounds(words);
    }
    let [m0, m1, m2, m3, m4, m5, m6, m7] = start.mid;
    let (low, high) = (four([m0, m1, m2, m3]), four([m4, m5, m6, m7]));
    let mut w: [Message; STREAMS] = [[zero; 4]; STREAMS];
    for (stream, w) in w.iter_mut().enumerate() {
        *w = [
            vaddq_u32(state.abcd[stream], low),
            vaddq_u32(state.efgh[stream], high),
            four([END, 0, 0, 0]),
            four([0, 0, 0, 256]),
        ];
    }
    let [a, b, c, d, e, f, g, h] = INITIAL;
    state = State {
        abcd: [four([a, b, c, d]); STREAMS],
        efgh: [four([e, f, g, h]); STREAMS],
    };
    let mut now = [zero; STREAMS];
    for at in 0..2 {
        for (now, w) in now.iter_mut().zip(&w) {
            *now = vaddq_u32(w[at], constants(4 * at));
        }
        state.rounds(&now);
    }
    state.known(8, END, 0);
    state.known(12, 0, 256);
    for at in 0..12 {
        for (now, w) in now.iter_mut().zip(&mut w) {
            *now = vaddq_u32(next_four(w, at), constants(16 + 4 * at));
        }
        state.rounds(&now);
    }
    let mut passed = 0;
    for (stream, efgh) in state.efgh.iter().enumerate() {
        let last = vgetq_lane_u32::<3>(*efgh).wrapping_add(INITIAL[7]);
        passed |= u32::from(last.swap_bytes() <= highest) << stream;
    }
    passed
}

#[target_feature(enable = "neon,sha2")]
fn scan<const STREAMS: usize>(work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
    let tail = work.tail();
    let starts = Start::of(work);
    let highest = work.highest();
    let mut words = [[four([0; 4]); STREAMS]; 12];
    let mut passed = [0; MAX_MIDSTATES];
    collect(range, found, STREAMS, starts.len(), |first| {
        schedule(tail, first, &mut words);
        for (passed, start) in passed.iter_mut().zip(&starts) {
            *passed = step(&words, start, first, highest);
        }
        passed
    })
}

impl<const STREAMS: usize> Kernel for Neon<STREAMS> {
    fn name(&self) -> &'static str {
        match STREAMS {
            2 => "armsha-x2",
            _ => "armsha-x4",
        }
    }

    fn lanes(&self) -> usize {
        STREAMS
    }

    fn midstates(&self) -> usize {
        MAX_MIDSTATES
    }

    fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
        // SAFETY: the only way to make this type is `detect`, which has seen that the CPU has the extension.
        unsafe { scan::<STREAMS>(work, range, found) }
    }
}
