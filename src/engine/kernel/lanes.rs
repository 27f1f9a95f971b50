//! Both hashes of a header in vectors, a nonce a lane, in terms of a few functions (`add`, `big0`, `big1`, `small0`,
//! `small1`, `ch`, `maj`, `all`) that each instruction set's file has under the same names. Macros, so that every index
//! is a literal and all is one function with the instruction set turned on.
//!
//! Each word of the message schedule is worked out beside the round that needs it: there the processor has something to
//! do while the round's chain of additions waits, and no word is stored that could stay in a register.

/// A state word in round `$t`: its place in the array moves on by one a round, so that nothing is ever copied.
macro_rules! at {
    ($s:ident, $t:expr, $word:literal) => {
        $s[($word + 64 - $t) & 7]
    };
}

/// Round `$t`; `$kw` is the sum of its constant and its word.
macro_rules! round {
    ($s:ident, $t:expr, $kw:expr) => {
        round!($s, $t, h_and add(at!($s, $t, 7), $kw))
    };
    // The same, where `h` is in that sum.
    ($s:ident, $t:expr, h_and $hkw:expr) => {{
        let (e, f, g) = (at!($s, $t, 4), at!($s, $t, 5), at!($s, $t, 6));
        let (a, b, c) = (at!($s, $t, 0), at!($s, $t, 1), at!($s, $t, 2));
        let first = add(add($hkw, ch(e, f, g)), big1(e));
        at!($s, $t, 3) = add(at!($s, $t, 3), first);
        at!($s, $t, 7) = add(add(first, maj(a, b, c)), big0(a));
    }};
    // Only what goes to `e`, which is left in the place of `d`.
    ($s:ident, $t:expr, only_e $kw:expr) => {{
        let (e, f, g) = (at!($s, $t, 4), at!($s, $t, 5), at!($s, $t, 6));
        let first = add(add(add(at!($s, $t, 7), $kw), ch(e, f, g)), big1(e));
        at!($s, $t, 3) = add(at!($s, $t, 3), first);
    }};
}

/// The next word of the schedule, in place of the one sixteen before it.
macro_rules! next_word {
    ($w:ident, $t:expr) => {{
        $w[$t & 15] = add(
            add($w[$t & 15], small0($w[($t + 1) & 15])),
            add($w[($t + 9) & 15], small1($w[($t + 14) & 15])),
        );
        $w[$t & 15]
    }};
}

/// `$then!(t, word)` for words 18 to 63 of a header's second block, worked out from its nonce.
macro_rules! first_words {
    ($schedule:expr, $nonce:expr, $then:ident) => {
        let schedule: &Schedule = $schedule;
        // Each is set before it is read.
        let mut w = [$nonce; 16];
        w[2] = add(small0($nonce), all(schedule.c18));
        $then!(18, w[2]);
        w[3] = add($nonce, all(schedule.c19));
        $then!(19, w[3]);
        w[4] = add(small1(w[2]), all(Schedule::W20));
        $then!(20, w[4]);
        w[5] = small1(w[3]);
        $then!(21, w[5]);
        w[6] = add(small1(w[4]), all(Schedule::W22));
        $then!(22, w[6]);
        w[7] = add(small1(w[5]), all(schedule.w16));
        $then!(23, w[7]);
        w[8] = add(small1(w[6]), all(schedule.w17));
        $then!(24, w[8]);
        w[9] = add(small1(w[7]), w[2]);
        $then!(25, w[9]);
        w[10] = add(small1(w[8]), w[3]);
        $then!(26, w[10]);
        w[11] = add(small1(w[9]), w[4]);
        $then!(27, w[11]);
        w[12] = add(small1(w[10]), w[5]);
        $then!(28, w[12]);
        w[13] = add(small1(w[11]), w[6]);
        $then!(29, w[13]);
        w[14] = add(small1(w[12]), add(w[7], all(Schedule::W30)));
        $then!(30, w[14]);
        w[15] = add(small1(w[13]), add(w[8], all(schedule.c31)));
        $then!(31, w[15]);
        w[0] = add(small1(w[14]), add(w[9], all(schedule.c32)));
        $then!(32, w[0]);
        w[1] = add(
            add(small0(w[2]), all(schedule.w17)),
            add(small1(w[15]), w[10]),
        );
        $then!(33, w[1]);
        $then!(34, next_word!(w, 34));
        $then!(35, next_word!(w, 35));
        $then!(36, next_word!(w, 36));
        $then!(37, next_word!(w, 37));
        $then!(38, next_word!(w, 38));
        $then!(39, next_word!(w, 39));
        $then!(40, next_word!(w, 40));
        $then!(41, next_word!(w, 41));
        $then!(42, next_word!(w, 42));
        $then!(43, next_word!(w, 43));
        $then!(44, next_word!(w, 44));
        $then!(45, next_word!(w, 45));
        $then!(46, next_word!(w, 46));
        $then!(47, next_word!(w, 47));
        $then!(48, next_word!(w, 48));
        $then!(49, next_word!(w, 49));
        $then!(50, next_word!(w, 50));
        $then!(51, next_word!(w, 51));
        $then!(52, next_word!(w, 52));
        $then!(53, next_word!(w, 53));
        $then!(54, next_word!(w, 54));
        $then!(55, next_word!(w, 55));
        $then!(56, next_word!(w, 56));
        $then!(57, next_word!(w, 57));
        $then!(58, next_word!(w, 58));
        $then!(59, next_word!(w, 59));
        $then!(60, next_word!(w, 60));
        $then!(61, next_word!(w, 61));
        $then!(62, next_word!(w, 62));
        $then!(63, next_word!(w, 63));
    };
}

/// The first hash's rounds 3 to 17; gives the state.
macro_rules! first_rounds {
    ($schedule:expr, $start:expr, $nonce:expr) => {{
        let start: &Start = $start;
        let schedule: &Schedule = $schedule;
        // As round 4 names them: the first is what round 3 made.
        let mut s = [all(start.a2); 8];
        at!(s, 4, 0) = add($nonce, all(start.a3));
        at!(s, 4, 2) = all(start.b2);
        at!(s, 4, 3) = all(start.c2);
        at!(s, 4, 4) = add($nonce, all(start.e3));
        at!(s, 4, 5) = all(start.e2);
        at!(s, 4, 6) = all(start.f2);
        round!(s, 4, h_and all(start.khw4));
        round!(s, 5, h_and all(start.khw5));
        round!(s, 6, h_and all(start.khw6));
        round!(s, 7, all(K[7]));
        round!(s, 8, all(K[8]));
        round!(s, 9, all(K[9]));
        round!(s, 10, all(K[10]));
        round!(s, 11, all(K[11]));
        round!(s, 12, all(K[12]));
        round!(s, 13, all(K[13]));
        round!(s, 14, all(K[14]));
        round!(s, 15, all(Schedule::KW15));
        round!(s, 16, all(schedule.kw16));
        round!(s, 17, all(schedule.kw17));
        s
    }};
}

/// The second hash of a first one that ended in state `$s`; gives the last word of its digest and leaves out what that
/// does not need.
macro_rules! second_hash {
    ($s:ident, $start:expr) => {{
        let start: &Start = $start;
        let mut w = [$s[0]; 16];
        w[0] = add($s[0], all(start.mid[0]));
        w[1] = add($s[1], all(start.mid[1]));
        w[2] = add($s[2], all(start.mid[2]));
        w[3] = add($s[3], all(start.mid[3]));
        w[4] = add($s[4], all(start.mid[4]));
        w[5] = add($s[5], all(start.mid[5]));
        w[6] = add($s[6], all(start.mid[6]));
        w[7] = add($s[7], all(start.mid[7]));
        let mut s = [all(INITIAL[0]); 8];
        at!(s, 1, 0) = add(w[0], all(Outer::A0));
        at!(s, 1, 2) = all(INITIAL[1]);
        at!(s, 1, 3) = all(INITIAL[2]);
        at!(s, 1, 4) = add(w[0], all(Outer::E0));
        at!(s, 1, 5) = all(INITIAL[4]);
        at!(s, 1, 6) = all(INITIAL[5]);
        round!(s, 1, h_and add(w[1], all(Outer::KH1)));
        round!(s, 2, h_and add(w[2], all(Outer::KH2)));
        round!(s, 3, h_and add(w[3], all(Outer::KH3)));
        round!(s, 4, add(w[4], all(K[4])));
        round!(s, 5, add(w[5], all(K[5])));
        round!(s, 6, add(w[6], all(K[6])));
        round!(s, 7, add(w[7], all(K[7])));
        round!(s, 8, all(Outer::KW8));
        round!(s, 9, all(K[9]));
        round!(s, 10, all(K[10]));
        round!(s, 11, all(K[11]));
        round!(s, 12, all(K[12]));
        round!(s, 13, all(K[13]));
        round!(s, 14, all(K[14]));
        round!(s, 15, all(Outer::KW15));
        w[0] = add(w[0], small0(w[1]));
        round!(s, 16, add(w[0], all(K[16])));
        w[1] = add(add(w[1], all(Outer::C17)), small0(w[2]));
        round!(s, 17, add(w[1], all(K[17])));
        w[2] = add(add(w[2], small0(w[3])), small1(w[0]));
        round!(s, 18, add(w[2], all(K[18])));
        w[3] = add(add(w[3], small0(w[4])), small1(w[1]));
        round!(s, 19, add(w[3], all(K[19])));
        w[4] = add(add(w[4], small0(w[5])), small1(w[2]));
        round!(s, 20, add(w[4], all(K[20])));
        w[5] = add(add(w[5], small0(w[6])), small1(w[3]));
        round!(s, 21, add(w[5], all(K[21])));
        w[6] = add(add(w[6], small0(w[7])), add(small1(w[4]), all(Outer::C22)));
        round!(s, 22, add(w[6], all(K[22])));
        w[7] = add(add(w[7], all(Outer::C23)), add(small1(w[5]), w[0]));
        round!(s, 23, add(w[7], all(K[23])));
        w[8] = add(small1(w[6]), add(w[1], all(Outer::C24)));
        round!(s, 24, add(w[8], all(K[24])));
        w[9] = add(small1(w[7]), w[2]);
        round!(s, 25, add(w[9], all(K[25])));
        w[10] = add(small1(w[8]), w[3]);
        round!(s, 26, add(w[10], all(K[26])));
        w[11] = add(small1(w[9]), w[4]);
        round!(s, 27, add(w[11], all(K[27])));
        w[12] = add(small1(w[10]), w[5]);
        round!(s, 28, add(w[12], all(K[28])));
        w[13] = add(small1(w[11]), w[6]);
        round!(s, 29, add(w[13], all(K[29])));
        w[14] = add(small1(w[12]), add(w[7], all(Outer::C30)));
        round!(s, 30, add(w[14], all(K[30])));
        w[15] = add(add(small0(w[0]), all(Outer::C31)), add(small1(w[13]), w[8]));
        round!(s, 31, add(w[15], all(K[31])));
        round!(s, 32, add(next_word!(w, 32), all(K[32])));
        round!(s, 33, add(next_word!(w, 33), all(K[33])));
        round!(s, 34, add(next_word!(w, 34), all(K[34])));
        round!(s, 35, add(next_word!(w, 35), all(K[35])));
        round!(s, 36, add(next_word!(w, 36), all(K[36])));
        round!(s, 37, add(next_word!(w, 37), all(K[37])));
        round!(s, 38, add(next_word!(w, 38), all(K[38])));
        round!(s, 39, add(next_word!(w, 39), all(K[39])));
        round!(s, 40, add(next_word!(w, 40), all(K[40])));
        round!(s, 41, add(next_word!(w, 41), all(K[41])));
        round!(s, 42, add(next_word!(w, 42), all(K[42])));
        round!(s, 43, add(next_word!(w, 43), all(K[43])));
        round!(s, 44, add(next_word!(w, 44), all(K[44])));
        round!(s, 45, add(next_word!(w, 45), all(K[45])));
        round!(s, 46, add(next_word!(w, 46), all(K[46])));
        round!(s, 47, add(next_word!(w, 47), all(K[47])));
        round!(s, 48, add(next_word!(w, 48), all(K[48])));
        round!(s, 49, add(next_word!(w, 49), all(K[49])));
        round!(s, 50, add(next_word!(w, 50), all(K[50])));
        round!(s, 51, add(next_word!(w, 51), all(K[51])));
        round!(s, 52, add(next_word!(w, 52), all(K[52])));
        round!(s, 53, add(next_word!(w, 53), all(K[53])));
        round!(s, 54, add(next_word!(w, 54), all(K[54])));
        round!(s, 55, add(next_word!(w, 55), all(K[55])));
        round!(s, 56, add(next_word!(w, 56), all(K[56])));
        // `a` is not asked for any more.
        round!(s, 57, only_e add(next_word!(w, 57), all(K[57])));
        round!(s, 58, only_e add(next_word!(w, 58), all(K[58])));
        round!(s, 59, only_e add(next_word!(w, 59), all(K[59])));
        round!(s, 60, only_e add(next_word!(w, 60), all(Outer::K60)));
        at!(s, 60, 3)
    }};
}
