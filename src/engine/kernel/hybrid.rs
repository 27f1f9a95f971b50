//! SHA and AVX-512 extensions together, sixteen nonces at a time. The SHA instructions do the rounds, and nothing else:
//! they are fast, but run in one pipe. The vector pipes beside it, which would stand idle, work out the message
//! schedules, a nonce a lane.
//!
//! What one does not wait for must stand beside it in the program, for the processor looks only some hundred
//! instructions ahead. So work goes through three stages, and each turn does all three, for three different units (a
//! unit is sixteen nonces with one midstate): the first hash's rounds of the newest, the second schedule of the one
//! before, the second hash's rounds of the one before that.

#![allow(
    clippy::wildcard_imports,
    reason = "the instruction set's own vocabulary"
)]

use std::arch::x86_64::*;

use super::prepared::{Schedule, Start};
use super::steps::sort_out;
use super::{Candidates, Kernel, MAX_MIDSTATES, NonceRange, Scanned, Work};
use crate::engine::sha::{INITIAL, K};

/// Sixteen nonces; SHA rounds, AVX-512 schedules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hybrid(());

impl Hybrid {
    /// Where this CPU can run it.
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse4.1");
        has.then_some(Self(()))
    }
}

const LANES: usize = 16;

/// Constants and words of two rounds, for each lane; lanes in the order that unpacking leaves them in.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Pair([u64; LANES]);

/// Where a lane stands in a [`Pair`].
const fn place(lane: usize) -> usize {
    (lane & 1) + 2 * (lane >> 2) + 8 * ((lane >> 1) & 1)
}

/// Half of the state of each lane, lanes in the order that the transposition wants.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Halves([__m128i; LANES]);

const fn slot(lane: usize) -> usize {
    4 * (lane & 3) + (lane >> 2)
}

/// A word of each lane.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Lasts([u32; LANES]);

type Vector = __m512i;

/// Not the three-way logic instruction: like the SHA rounds it has three operands, and the two would wait for each
/// other. The compiler makes one of two plain ones, hence the assembly.
macro_rules! xor {
    ($x:expr, $y:expr) => {{
        let (x, y) = ($x, $y);
        let xored: Vector;
        std::arch::asm!(
            "vpxord {z}, {x}, {y}",
            x = in(zmm_reg) x,
            y = in(zmm_reg) y,
            z = lateout(zmm_reg) xored,
            options(pure, nomem, nostack, preserves_flags),
        );
        xored
    }};
}

macro_rules! small {
    ($w:expr, $r1:literal $r2:literal $shift:literal) => {
        xor!(
            xor!(_mm512_ror_epi32::<$r1>($w), _mm512_ror_epi32::<$r2>($w)),
            _mm512_srli_epi32::<$shift>($w)
        )
    };
}

macro_rules! all {
    ($word:expr) => {
        _mm512_set1_epi32($word.cast_signed())
    };
}

macro_rules! next_word {
    ($w:ident, $t:expr) => {
        $w[($t) & 15] = _mm512_add_epi32(
            _mm512_add_epi32($w[($t) & 15], small!($w[($t + 1) & 15], 7 18 3)),
            _mm512_add_epi32($w[($t + 9) & 15], small!($w[($t + 14) & 15], 17 19 10)),
        );
    };
}

/// Puts words `2p` and `2p + 1` beside each other for each lane, with their constants.
macro_rules! put_pair {
    ($pairs:ident, $p:expr, $w:ident) => {
        let even = _mm512_add_epi32($w[(2 * $p) & 15], all!(K[2 * $p]));
        let odd = _mm512_add_epi32($w[(2 * $p + 1) & 15], all!(K[2 * $p + 1]));
        let to = (&raw mut $pairs[$p]).cast::<Vector>();
        to.write(_mm512_unpacklo_epi32(even, odd));
        to.add(1).write(_mm512_unpackhi_epi32(even, odd));
    };
}

macro_rules! next_pair {
    ($pairs:ident, $p:expr, $w:ident) => {
        next_word!($w, 2 * $p);
        next_word!($w, 2 * $p + 1);
        put_pair!($pairs, $p, $w);
    };
}

/// Words of sixteen lanes from their halves of the state.
macro_rules! transposed {
    ($halves:expr) => {{
        let from = (&raw const $halves).cast::<Vector>();
        let rows = [
            from.read(),
            from.add(1).read(),
            from.add(2).read(),
            from.add(3).read(),
        ];
        let low0 = _mm512_unpacklo_epi32(rows[0], rows[1]);
        let low1 = _mm512_unpacklo_epi32(rows[2], rows[3]);
        let high0 = _mm512_unpackhi_epi32(rows[0], rows[1]);
        let high1 = _mm512_unpackhi_epi32(rows[2], rows[3]);
        [
            _mm512_unpacklo_epi64(low0, low1),
            _mm512_unpackhi_epi64(low0, low1),
            _mm512_unpacklo_epi64(high0, high1),
            _mm512_unpackhi_epi64(high0, high1),
        ]
    }};
}

/// Keeps the compiler from gathering what stands apart: no load or store is moved past this. Costs nothing.
macro_rules! here {
    () => {
        std::arch::asm!("", options(nostack, preserves_flags))
    };
}

/// Two rounds of each of a group's lanes.
macro_rules! two_rounds {
    ($x:ident, $y:ident, same $kw:expr, $($i:literal $lane:literal),*) => {
        let kw = $kw;
        $( $y[$i] = _mm_sha256rnds2_epu32($y[$i], $x[$i], kw); )*
    };
    ($x:ident, $y:ident, $pairs:ident $p:literal, $($i:literal $lane:literal),*) => {
        $( $y[$i] = _mm_sha256rnds2_epu32(
            $y[$i], $x[$i], _mm_loadl_epi64((&raw const $pairs[$p].0[place($lane)]).cast()),
        ); )*
    };
}

macro_rules! constant_pair {
    ($t:literal, $even:expr, $odd:expr) => {
        _mm_set_epi32(
            0,
            0,
            K[$t + 1].wrapping_add($odd).cast_signed(),
            K[$t].wrapping_add($even).cast_signed(),
        )
    };
}

const END: u32 = 0x8000_0000;

/// Where a unit's first hash starts.
#[derive(Clone, Copy)]
struct Unit {
    abef: __m128i,
    cdgh: __m128i,
    /// Constants and words of rounds 16 and 17.
    kw16: __m128i,
}

/// A lane's number, for the words `a` and `e`.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Offset([u32; 4]);

static OFFSETS: [Offset; LANES] = {
    let mut table = [Offset([0; 4]); LANES];
    let mut lane = 0;
    while lane < LANES {
        table[lane] = Offset([0, lane as u32, 0, lane as u32]);
        lane += 1;
    }
    table
};

/// Rounds 4 to 63 of a group of lanes, with pieces of other work in between.
macro_rules! first_group {
    ($unit:ident, $pairs:ident, $to:ident, [$($i:literal $lane:literal),*],
     $p0:block $p1:block $p2:block $p3:block $p4:block) => {
        let mut x = [$( _mm_add_epi32($unit.abef, (&raw const OFFSETS[$lane]).cast::<__m128i>().read()) ),*];
        let mut y = [$( { let _ = $i; $unit.cdgh } ),*];
        two_rounds!(x, y, same constant_pair!(4, END, 0), $($i $lane),*);
        here!();
        $p0
        here!();
        two_rounds!(y, x, same constant_pair!(6, 0, 0), $($i $lane),*);
        two_rounds!(x, y, same constant_pair!(8, 0, 0), $($i $lane),*);
        two_rounds!(y, x, same constant_pair!(10, 0, 0), $($i $lane),*);
        two_rounds!(x, y, same constant_pair!(12, 0, 0), $($i $lane),*);
        two_rounds!(y, x, same constant_pair!(14, 0, 640), $($i $lane),*);
        two_rounds!(x, y, same $unit.kw16, $($i $lane),*);
        here!();
        $p1
        here!();
        two_rounds!(y, x, $pairs 9, $($i $lane),*);
        two_rounds!(x, y, $pairs 10, $($i $lane),*);
        two_rounds!(y, x, $pairs 11, $($i $lane),*);
        two_rounds!(x, y, $pairs 12, $($i $lane),*);
        two_rounds!(y, x, $pairs 13, $($i $lane),*);
        two_rounds!(x, y, $pairs 14, $($i $lane),*);
        here!();
        $p2
        here!();
        two_rounds!(y, x, $pairs 15, $($i $lane),*);
        two_rounds!(x, y, $pairs 16, $($i $lane),*);
        two_rounds!(y, x, $pairs 17, $($i $lane),*);
        two_rounds!(x, y, $pairs 18, $($i $lane),*);
        two_rounds!(y, x, $pairs 19, $($i $lane),*);
        two_rounds!(x, y, $pairs 20, $($i $lane),*);
        here!();
        $p3
        here!();
        two_rounds!(y, x, $pairs 21, $($i $lane),*);
        two_rounds!(x, y, $pairs 22, $($i $lane),*);
        two_rounds!(y, x, $pairs 23, $($i $lane),*);
        two_rounds!(x, y, $pairs 24, $($i $lane),*);
        two_rounds!(y, x, $pairs 25, $($i $lane),*);
        two_rounds!(x, y, $pairs 26, $($i $lane),*);
        here!();
        $p4
        here!();
        two_rounds!(y, x, $pairs 27, $($i $lane),*);
        two_rounds!(x, y, $pairs 28, $($i $lane),*);
        two_rounds!(y, x, $pairs 29, $($i $lane),*);
        two_rounds!(x, y, $pairs 30, $($i $lane),*);
        two_rounds!(y, x, $pairs 31, $($i $lane),*);
        $( $to.abef.0[slot($lane)] = x[$i]; )*
        $( $to.cdgh.0[slot($lane)] = y[$i]; )*
    };
}

/// Rounds 0 to 61 of a group of lanes (`e` of round 60 is what is wanted), with pieces of other work in between.
macro_rules! second_group {
    ($from:ident, [$($i:literal $lane:literal),*],
     $p0:block $p1:block $p2:block $p3:block $p4:block) => {
        let pairs = &$from.pairs;
        let abef = state!(0 1 4 5);
        let cdgh = state!(2 3 6 7);
        let mut x = [$( { let _ = $i; abef } ),*];
        let mut y = [$( { let _ = $i; cdgh } ),*];
        two_rounds!(x, y, pairs 0, $($i $lane),*);
        here!();
        $p0
        here!();
        two_rounds!(y, x, pairs 1, $($i $lane),*);
        two_rounds!(x, y, pairs 2, $($i $lane),*);
        two_rounds!(y, x, pairs 3, $($i $lane),*);
        two_rounds!(x, y, same constant_pair!(8, END, 0), $($i $lane),*);
        two_rounds!(y, x, same constant_pair!(10, 0, 0), $($i $lane),*);
        two_rounds!(x, y, same constant_pair!(12, 0, 0), $($i $lane),*);
        here!();
        $p1
        here!();
        two_rounds!(y, x, same constant_pair!(14, 0, 256), $($i $lane),*);
        two_rounds!(x, y, pairs 8, $($i $lane),*);
        two_rounds!(y, x, pairs 9, $($i $lane),*);
        two_rounds!(x, y, pairs 10, $($i $lane),*);
        two_rounds!(y, x, pairs 11, $($i $lane),*);
        two_rounds!(x, y, pairs 12, $($i $lane),*);
        here!();
        $p2
        here!();
        two_rounds!(y, x, pairs 13, $($i $lane),*);
        two_rounds!(x, y, pairs 14, $($i $lane),*);
        two_rounds!(y, x, pairs 15, $($i $lane),*);
        two_rounds!(x, y, pairs 16, $($i $lane),*);
        two_rounds!(y, x, pairs 17, $($i $lane),*);
        two_rounds!(x, y, pairs 18, $($i $lane),*);
        here!();
        $p3
        here!();
        two_rounds!(y, x, pairs 19, $($i $lane),*);
        two_rounds!(x, y, pairs 20, $($i $lane),*);
        two_rounds!(y, x, pairs 21, $($i $lane),*);
        two_rounds!(x, y, pairs 22, $($i $lane),*);
        two_rounds!(y, x, pairs 23, $($i $lane),*);
        two_rounds!(x, y, pairs 24, $($i $lane),*);
        here!();
        $p4
        here!();
        two_rounds!(y, x, pairs 25, $($i $lane),*);
        two_rounds!(x, y, pairs 26, $($i $lane),*);
        two_rounds!(y, x, pairs 27, $($i $lane),*);
        two_rounds!(x, y, pairs 28, $($i $lane),*);
        two_rounds!(y, x, pairs 29, $($i $lane),*);
        two_rounds!(x, y, pairs 30, $($i $lane),*);
        $( $from.lasts.0[$lane] = _mm_cvtsi128_si32(y[$i]).cast_unsigned(); )*
        let _ = &x;
    };
}

/// Four words of the initial state, as the SHA instructions want them.
macro_rules! state {
    ($a:literal $b:literal $e:literal $f:literal) => {
        _mm_set_epi32(
            INITIAL[$a].cast_signed(),
            INITIAL[$b].cast_signed(),
            INITIAL[$e].cast_signed(),
            INITIAL[$f].cast_signed(),
        )
    };
}

type FirstPairs = [Pair; 32];
type SecondPairs = [Pair; 31];

/// The first schedule of sixteen nonces.
#[target_feature(enable = "avx512f,avx512bw")]
fn first_schedule(schedule: &Schedule, first: u32, pairs: &mut FirstPairs) {
    let places = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    let mut w = [_mm512_setzero_si512(); 16];
    w[0] = all!(schedule.w16);
    w[1] = all!(schedule.w17);
    w[2] = all!(schedule.w2);
    w[3] = _mm512_add_epi32(all!(first), places);
    w[4] = all!(END);
    w[15] = all!(640_u32);
    macro_rules! pairs {
        ($($p:literal)*) => { $( next_pair!(pairs, $p, w); )* };
    }
    // SAFETY: a pair is two vectors, aligned as such, of which nothing else is borrowed here; the assembly is pure.
    unsafe {
        pairs!(9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
    }
}

/// Where one turn leaves things for the next.
struct Between {
    /// Ends of the first hash.
    abef: Halves,
    cdgh: Halves,
    /// The second schedule.
    pairs: SecondPairs,
    /// `e` of round 60 of the second hash.
    lasts: Lasts,
}

impl Between {
    #[target_feature(enable = "avx512f")]
    fn new() -> Self {
        let zero = Halves([_mm_setzero_si128(); LANES]);
        Self {
            abef: zero,
            cdgh: zero,
            pairs: [Pair([0; LANES]); 31],
            lasts: Lasts([0; LANES]),
        }
    }
}

/// All three stages: the first hash of `unit` into `to`, the second schedule of what is in `from` (whose midstate is
/// `mid`) into `to`, and the second hash of what was scheduled in `from` into its `lasts`.
#[target_feature(enable = "avx512f,avx512bw,sha,sse4.1")]
fn turn(unit: &Unit, first: &FirstPairs, mid: &[u32; 8], from: &mut Between, to: &mut Between) {
    let mut w = [_mm512_setzero_si512(); 16];
    let scheduled = &mut to.pairs;
    macro_rules! pair {
        ($p:literal) => {{
            next_pair!(scheduled, $p, w);
        }};
    }
    // SAFETY: pairs and halves are vectors, aligned as such, and the references they are reached by are not used in
    // another way meanwhile. The assembly is empty or pure.
    unsafe {
        first_group!(unit, first, to, [0 0, 1 1, 2 2, 3 3, 4 4],
            {
                let half = transposed!(from.abef);
                w[5] = _mm512_add_epi32(half[0], all!(mid[5]));
                w[4] = _mm512_add_epi32(half[1], all!(mid[4]));
                w[1] = _mm512_add_epi32(half[2], all!(mid[1]));
                w[0] = _mm512_add_epi32(half[3], all!(mid[0]));
            } {
                let half = transposed!(from.cdgh);
                w[7] = _mm512_add_epi32(half[0], all!(mid[7]));
                w[6] = _mm512_add_epi32(half[1], all!(mid[6]));
                w[3] = _mm512_add_epi32(half[2], all!(mid[3]));
                w[2] = _mm512_add_epi32(half[3], all!(mid[2]));
                w[8] = all!(END);
                w[15] = all!(256_u32);
            } {
                put_pair!(scheduled, 0, w);
                put_pair!(scheduled, 1, w);
            } {
                put_pair!(scheduled, 2, w);
                put_pair!(scheduled, 3, w);
            } { pair!(8) });
        first_group!(unit, first, to, [0 5, 1 6, 2 7, 3 8, 4 9],
            { pair!(9) } { pair!(10) } { pair!(11) } { pair!(12) } { pair!(13) });
        first_group!(unit, first, to, [0 10, 1 11, 2 12, 3 13, 4 14, 5 15],
            { pair!(14) } { pair!(15) } { pair!(16) } { pair!(17) } { pair!(18) });
        second_group!(from, [0 0, 1 1, 2 2, 3 3, 4 4],
            { pair!(19) } { pair!(20) } { pair!(21) } { pair!(22) } { pair!(23) });
        second_group!(from, [0 5, 1 6, 2 7, 3 8, 4 9],
            { pair!(24) } { pair!(25) } { pair!(26) } { pair!(27) } { pair!(28) });
        second_group!(from, [0 10, 1 11, 2 12, 3 13, 4 14, 5 15],
            { pair!(29) } { next_word!(w, 60); put_pair!(scheduled, 30, w); } {} {} {});
    }
}

/// Which lanes' last digest word passes the filter.
#[target_feature(enable = "avx512f,avx512bw")]
fn passing(lasts: &Lasts, highest: u32) -> u32 {
    let swap = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    // SAFETY: sixteen words, aligned as a vector.
    let lasts = unsafe { (&raw const *lasts).cast::<Vector>().read() };
    let words = _mm512_add_epi32(lasts, all!(INITIAL[7]));
    let numbers = _mm512_shuffle_epi8(words, swap);
    u32::from(_mm512_cmple_epu32_mask(numbers, all!(highest)))
}

/// A unit on its way: which sixteen nonces of the range, which midstate.
#[derive(Clone, Copy)]
struct Place {
    step: u64,
    midstate: usize,
}

#[target_feature(enable = "avx512f,avx512bw,sha,sse4.1")]
fn scan(work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
    let schedule = Schedule::new(work.tail());
    let starts = Start::of(work);
    let midstates = starts.len();
    let steps = range.count.div_ceil(LANES as u64);
    let offset = |step: u64| step * LANES as u64;
    let mut first = [Pair([0; LANES]); 32];
    let (mut from, mut to) = (&mut Between::new(), &mut Between::new());
    let mut passed = [0; MAX_MIDSTATES];
    let (mut begun, mut ended) = (0, 0);
    // The newest unit, and the one whose second schedule is next.
    let (mut newest, mut middle): (Option<Place>, Option<Place>) = (None, None);
    loop {
        let same_step = newest.filter(|place| place.midstate + 1 < midstates);
        let oldest = std::mem::replace(&mut middle, newest);
        newest = if let Some(place) = same_step {
            Some(Place {
                midstate: place.midstate + 1,
                ..place
            })
        } else {
            // All steps that are on their way may yet hit with every lane.
            let promised = (begun - ended + 1) as usize * LANES * midstates;
            (begun < steps && found.room() >= promised).then(|| {
                begun += 1;
                Place {
                    step: begun - 1,
                    midstate: 0,
                }
            })
        };
        if newest.is_none() && middle.is_none() && oldest.is_none() {
            break;
        }
        // Where there is no unit, one is made up, and nobody asks what came of it.
        let place = newest.unwrap_or(Place {
            step: 0,
            midstate: 1,
        });
        let nonce = range.word(offset(place.step));
        if place.midstate == 0 {
            first_schedule(&schedule, nonce, &mut first);
        }
        let start = &starts[place.midstate % midstates];
        let unit = Unit::new(start, &schedule, nonce);
        let mid = &starts[middle.map_or(0, |place| place.midstate)].mid;
        turn(&unit, &first, mid, from, to);
        if let Some(place) = oldest {
            passed[place.midstate] = passing(&from.lasts, work.highest());
            if place.midstate + 1 == midstates {
                let done = offset(place.step);
                let passed = &passed[..midstates];
                if passed.iter().any(|lanes| *lanes != 0) {
                    let width = (range.count - done).min(LANES as u64);
                    sort_out(range.word(done), width as u32, passed, found);
                }
                ended += 1;
            }
        }
        std::mem::swap(&mut from, &mut to);
    }
    let nonces = offset(ended).min(range.count);
    Scanned {
        nonces,
        hashes: nonces * midstates as u64,
    }
}

impl Unit {
    #[target_feature(enable = "avx512f")]
    fn new(start: &Start, schedule: &Schedule, nonce: u32) -> Self {
        let four = |words: [u32; 4]| {
            let [a, b, c, d] = words.map(u32::cast_signed);
            _mm_set_epi32(a, b, c, d)
        };
        let (a, e) = (start.a3.wrapping_add(nonce), start.e3.wrapping_add(nonce));
        Self {
            abef: four([a, start.a2, e, start.e2]),
            cdgh: four([start.b2, start.c2, start.f2, start.g2]),
            kw16: four([0, 0, schedule.kw17, schedule.kw16]),
        }
    }
}

impl Kernel for Hybrid {
    fn name(&self) -> &'static str {
        "shani-avx512x16"
    }

    fn lanes(&self) -> usize {
        LANES
    }

    /// Sixteen were measured to be slower than eight.
    fn midstates(&self) -> usize {
        8
    }

    fn scan(&self, work: &Work, range: NonceRange, found: &mut Candidates) -> Scanned {
        // SAFETY: the only way to make this type is `detect`, which has seen that the CPU has the extensions.
        unsafe { scan(work, range, found) }
    }
}
