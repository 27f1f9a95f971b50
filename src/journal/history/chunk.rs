//! Ten minutes of one series as bytes: presence and marks as runs, values as differences, all packed.

use super::bytes::{Broken, pack, put, put_signed, take, take_signed, unpack};

/// Seconds of a chunk.
pub(super) const SECONDS: u16 = 600;
/// The form that this version writes.
const FORM: u8 = 1;
/// No chunk is longer when unpacked: 600 values of ten bytes, as many runs, and the head.
const MOST: usize = 16 << 10;

/// A sample within its chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// The second within the chunk, below [`SECONDS`].
    pub(super) second: u16,
    /// It was shown as uncertain.
    pub(super) unsure: bool,
    /// In the series' unit.
    pub(super) value: i64,
}

/// Puts a sample in its place; a later word on the same second replaces the earlier.
pub(super) fn place(slots: &mut Vec<Slot>, slot: Slot) {
    match slots.last() {
        Some(last) if last.second >= slot.second => {
            match slots.binary_search_by_key(&slot.second, |s| s.second) {
                Ok(at) => slots[at] = slot,
                Err(at) => slots.insert(at, slot),
            }
        }
        _ => slots.push(slot),
    }
}

/// The nearest multiple of `step`, as its count.
pub(super) fn rounded(value: i64, step: i64) -> i64 {
    let step = i128::from(step.max(1));
    let count = (i128::from(value) + step / 2).div_euclid(step);
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Runs of no and yes in turn, beginning with no.
fn put_runs(out: &mut Vec<u8>, flags: impl Iterator<Item = bool>) {
    let mut run = 0;
    let mut on = false;
    for flag in flags {
        if flag != on {
            put(out, run);
            run = 0;
            on = flag;
        }
        run += 1;
    }
    put(out, run);
}

/// `count` flags from their runs.
fn take_runs(bytes: &mut &[u8], count: usize) -> Result<Vec<bool>, Broken> {
    let mut flags = Vec::with_capacity(count);
    let mut on = false;
    loop {
        let run = usize::try_from(take(bytes)?).map_err(|_| Broken)?;
        // Only the first run may be empty: else a few bytes could keep us here for ever.
        if run > count - flags.len() || (run == 0 && !flags.is_empty()) {
            return Err(Broken);
        }
        flags.resize(flags.len() + run, on);
        if flags.len() == count {
            return Ok(flags);
        }
        on = !on;
    }
}

/// Samples as bytes, at a resolution of `step`. They stand in the order of their seconds, each second once.
pub(super) fn encode(slots: &[Slot], step: i64) -> Vec<u8> {
    let mut out = vec![FORM];
    let step = step.max(1);
    put(&mut out, step.unsigned_abs());
    let mut next = slots.iter().map(|s| s.second).peekable();
    put_runs(
        &mut out,
        (0..SECONDS).map(|second| next.next_if_eq(&second).is_some()),
    );
    put_runs(&mut out, slots.iter().map(|s| s.unsure));
    let mut before = 0;
    for slot in slots {
        let value = rounded(slot.value, step);
        put_signed(&mut out, value.wrapping_sub(before));
        before = value;
    }
    pack(&out)
}

/// The samples in these bytes, whoever wrote them.
pub(super) fn decode(packed: &[u8]) -> Result<Vec<Slot>, Broken> {
    let plain = unpack(packed, MOST)?;
    let Some((&FORM, mut bytes)) = plain.split_first() else {
        return Err(Broken);
    };
    let bytes = &mut bytes;
    let step = i64::try_from(take(bytes)?).map_err(|_| Broken)?;
    let there = take_runs(bytes, usize::from(SECONDS))?;
    let count = there.iter().filter(|t| **t).count();
    let unsure = take_runs(bytes, count)?;
    let seconds = (0..SECONDS).zip(there).filter(|(_, there)| *there);
    let mut slots = Vec::with_capacity(count);
    let mut value = 0i64;
    for ((second, _), unsure) in seconds.zip(unsure) {
        value = value.wrapping_add(take_signed(bytes)?);
        slots.push(Slot {
            second,
            unsure,
            value: value.saturating_mul(step),
        });
    }
    if bytes.is_empty() {
        Ok(slots)
    } else {
        Err(Broken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slots() -> impl Strategy<Value = Vec<Slot>> {
        prop::collection::vec((0..SECONDS, any::<bool>(), any::<i64>()), 0..700).prop_map(|all| {
            let mut slots = Vec::new();
            for (second, unsure, value) in all {
                place(
                    &mut slots,
                    Slot {
                        second,
                        unsure,
                        value,
                    },
                );
            }
            slots
        })
    }

    proptest! {
        #[test]
        fn whatever_is_kept_comes_back(slots in slots()) {
            prop_assert_eq!(decode(&encode(&slots, 1)), Ok(slots));
        }

        #[test]
        fn a_resolution_costs_at_most_half_a_step(
            values in prop::collection::vec(-1_000_000_000_000i64..1_000_000_000_000, 1..600),
            step in 1i64..1_000_000,
        ) {
            let slots: Vec<Slot> = (0..).zip(&values).map(|(second, &value)| Slot { second, unsure: false, value }).collect();
            let back = decode(&encode(&slots, step)).expect("is our own");
            for (was, is) in slots.iter().zip(&back) {
                prop_assert!((was.value - is.value).abs() * 2 <= step);
            }
            // What was rounded once stays as it is.
            prop_assert_eq!(decode(&encode(&back, step)), Ok(back));
        }

        #[test]
        fn hostile_bytes_are_refused_or_bounded(bytes: Vec<u8>) {
            if let Ok(slots) = decode(&bytes) {
                prop_assert!(slots.len() <= usize::from(SECONDS));
            }
            let mut plain = vec![FORM];
            plain.extend(&bytes);
            let _ = decode(&pack(&plain));
        }

        #[test]
        fn a_chunk_cut_off_is_refused(slots in slots(), cut in 0usize..64) {
            let whole = encode(&slots, 1);
            let cut = whole.len().saturating_sub(cut + 1);
            prop_assert!(decode(&whole[..cut]).is_err());
        }
    }

    #[test]
    fn a_clock_set_back_replaces_what_it_comes_by_again() {
        let mut slots = Vec::new();
        for (second, value) in [(10, 1), (11, 2), (12, 3), (11, 4), (9, 5)] {
            place(
                &mut slots,
                Slot {
                    second,
                    unsure: false,
                    value,
                },
            );
        }
        let seen: Vec<_> = slots.iter().map(|s| (s.second, s.value)).collect();
        assert_eq!(seen, [(9, 5), (10, 1), (11, 4), (12, 3)]);
    }

    #[test]
    fn a_steady_target_costs_next_to_nothing() {
        let slots: Vec<Slot> = (0..SECONDS)
            .map(|second| Slot {
                second,
                unsure: false,
                value: 48_000_000,
            })
            .collect();
        assert!(encode(&slots, 1_000).len() < 40);
    }
}
