//! What a scan can know before it starts. A header's nonce is the fourth word of the second block, so all that comes
//! before it, and all in the message schedule that it does not reach, is the same for every nonce: it is worked out here
//! once, by plain code, for the kernels that do their own rounds.

#![cfg_attr(
    target_arch = "aarch64",
    allow(dead_code, reason = "the kernel of that machine uses the starts alone")
)]
#![allow(
    clippy::many_single_char_names,
    reason = "the standard's names of the state words"
)]

use super::Work;
use crate::engine::sha::{INITIAL, K};

/// The word that ends the message: a one bit.
const END: u32 = 0x8000_0000;
/// Length of the message of the first hash, bits.
const FIRST_BITS: u32 = 640;
/// Length of the message of the second hash, bits.
const SECOND_BITS: u32 = 256;

pub(super) const fn small0(x: u32) -> u32 {
    x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3)
}

pub(super) const fn small1(x: u32) -> u32 {
    x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10)
}

const fn big0(x: u32) -> u32 {
    x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22)
}

const fn big1(x: u32) -> u32 {
    x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25)
}

const fn ch(e: u32, f: u32, g: u32) -> u32 {
    (e & f) ^ (!e & g)
}

const fn maj(a: u32, b: u32, c: u32) -> u32 {
    (a & b) ^ (a & c) ^ (b & c)
}

const fn sum<const N: usize>(terms: [u32; N]) -> u32 {
    let (mut total, mut i) = (0_u32, 0);
    while i < N {
        total = total.wrapping_add(terms[i]);
        i += 1;
    }
    total
}

/// Both halves of a round: what goes to `e` less `d`, and to `a`.
const fn halves(state: &[u32; 8], kw: u32) -> (u32, u32) {
    let [a, b, c, _, e, f, g, h] = *state;
    let first = sum([h, big1(e), ch(e, f, g), kw]);
    (first, sum([first, big0(a), maj(a, b, c)]))
}

/// The state after a round whose constant and word are `kw` in sum.
const fn round(state: &[u32; 8], kw: u32) -> [u32; 8] {
    let (first, both) = halves(state, kw);
    let [a, b, c, d, e, f, g, _] = *state;
    [both, a, b, c, d.wrapping_add(first), e, f, g]
}

/// Of the message schedule of a header's second block: what no nonce changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// Words 2, 16 and 17, which are free of the nonce.
    pub(super) w2: u32,
    pub(super) w16: u32,
    pub(super) w17: u32,
    /// The same with their rounds' constants.
    pub(super) kw16: u32,
    pub(super) kw17: u32,
    /// What is constant in words 18, 19, 31 and 32.
    pub(super) c18: u32,
    pub(super) c19: u32,
    pub(super) c31: u32,
    pub(super) c32: u32,
}

impl Schedule {
    pub(super) const fn new(tail: [u32; 3]) -> Self {
        let [w0, w1, w2] = tail;
        let w16 = sum([w0, small0(w1)]);
        let w17 = sum([w1, small0(w2), small1(FIRST_BITS)]);
        Self {
            w2,
            w16,
            w17,
            kw16: sum([w16, K[16]]),
            kw17: sum([w17, K[17]]),
            c18: sum([w2, small1(w16)]),
            c19: sum([small0(END), small1(w17)]),
            c31: sum([FIRST_BITS, small0(w16)]),
            c32: sum([w16, small0(w17)]),
        }
    }

    /// Constant and word of round 15.
    pub(super) const KW15: u32 = sum([K[15], FIRST_BITS]);
    /// Word 20 is this and `small1` of word 18.
    pub(super) const W20: u32 = END;
    /// Word 22 is this and `small1` of word 20.
    pub(super) const W22: u32 = FIRST_BITS;
    /// What is constant in word 30.
    pub(super) const W30: u32 = small0(FIRST_BITS);
}

/// Of one midstate: where round 4 begins, but for the nonce.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start {
    /// `a` and `e` after round 3, less the nonce.
    pub(super) a3: u32,
    pub(super) e3: u32,
    /// `a`, `b`, `c` and `e`, `f` after round 2: the same words of the rounds to come.
    pub(super) a2: u32,
    pub(super) b2: u32,
    pub(super) c2: u32,
    pub(super) e2: u32,
    pub(super) f2: u32,
    pub(super) g2: u32,
    /// Constant, word and `h` of rounds 4 to 6 in sum.
    pub(super) khw4: u32,
    pub(super) khw5: u32,
    pub(super) khw6: u32,
    /// The midstate, which is added at the end.
    pub(super) mid: [u32; 8],
}

impl Start {
    pub(super) const fn new(mid: &[u32; 8], tail: [u32; 3]) -> Self {
        let mut state = *mid;
        let mut t = 0;
        while t < 3 {
            state = round(&state, sum([K[t], tail[t]]));
            t += 1;
        }
        let (first, both) = halves(&state, K[3]);
        let [a2, b2, c2, d2, e2, f2, g2, _] = state;
        Self {
            a3: both,
            e3: sum([d2, first]),
            a2,
            b2,
            c2,
            e2,
            f2,
            g2,
            khw4: sum([K[4], END, g2]),
            khw5: sum([K[5], f2]),
            khw6: sum([K[6], e2]),
            mid: *mid,
        }
    }

    /// Of each midstate of a piece of work.
    pub(super) fn of(work: &Work) -> Vec<Self> {
        let start = |mid: &super::Midstate| Self::new(&mid.state, work.tail());
        work.midstates().iter().map(start).collect()
    }
}

/// Of the second hash: what no message changes.
pub(super) struct Outer;

impl Outer {
    const FIRST: (u32, u32) = halves(&INITIAL, K[0]);
    /// `a` and `e` after round 0, less word 0.
    pub(super) const A0: u32 = Self::FIRST.1;
    pub(super) const E0: u32 = sum([INITIAL[3], Self::FIRST.0]);
    /// Constant and `h` of rounds 1 to 3 in sum.
    pub(super) const KH1: u32 = sum([K[1], INITIAL[6]]);
    pub(super) const KH2: u32 = sum([K[2], INITIAL[5]]);
    pub(super) const KH3: u32 = sum([K[3], INITIAL[4]]);
    /// Constant and word of rounds 8 and 15.
    pub(super) const KW8: u32 = sum([K[8], END]);
    pub(super) const KW15: u32 = sum([K[15], SECOND_BITS]);
    /// What is constant in words 17, 22, 23, 24, 30 and 31.
    pub(super) const C17: u32 = small1(SECOND_BITS);
    pub(super) const C22: u32 = SECOND_BITS;
    pub(super) const C23: u32 = small0(END);
    pub(super) const C24: u32 = END;
    pub(super) const C30: u32 = small0(SECOND_BITS);
    pub(super) const C31: u32 = SECOND_BITS;
    /// The last digest word is `e` of round 60 and what was there at the start; here with that round's constant.
    pub(super) const K60: u32 = sum([K[60], INITIAL[7]]);
}
