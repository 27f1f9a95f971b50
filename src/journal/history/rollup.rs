//! Minutes and quarters of an hour: least, greatest, mean, last and how much was known; many of them as bytes.

use super::bytes::{Broken, pack, put, put_signed, take, take_signed, unpack};
use super::chunk::{Slot, rounded};

/// Minutes that lie together: six hours.
pub(super) const MINUTES: usize = 360;
/// Quarters of an hour that lie together: two days.
pub(super) const QUARTERS: usize = 192;
/// The form that this version writes.
const FORM: u8 = 1;
/// No block is longer when unpacked: 360 points of six values of ten bytes, and the head.
const MOST: usize = 32 << 10;

/// What is known of a stretch of time; at least one sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) mean: i64,
    pub(super) last: i64,
    /// Samples.
    pub(super) seen: u32,
    /// Samples thereof that were uncertain.
    pub(super) unsure: u32,
}

/// Points in the order of time; none where nothing was known.
pub(super) type Block = Vec<Option<Point>>;

/// Adds points up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    point: Option<Point>,
    total: i128,
}

impl Sum {
    /// Takes the next point in the order of time.
    pub(super) fn add(&mut self, next: Point) {
        self.total += i128::from(next.mean) * i128::from(next.seen);
        self.point = Some(match self.point {
            None => next,
            Some(sum) => Point {
                min: sum.min.min(next.min),
                max: sum.max.max(next.max),
                mean: 0,
                last: next.last,
                seen: sum.seen.saturating_add(next.seen),
                unsure: sum.unsure.saturating_add(next.unsure),
            },
        });
    }

    /// What they come to.
    pub(super) fn point(&self) -> Option<Point> {
        let point = self.point?;
        let seen = i128::from(point.seen.max(1));
        let mean = (self.total + seen / 2).div_euclid(seen);
        Some(Point {
            mean: i64::try_from(mean)
                .unwrap_or(point.last)
                .clamp(point.min, point.max),
            ..point
        })
    }
}

/// A sample as a point.
pub(super) fn of_slot(slot: &Slot) -> Point {
    Point {
        min: slot.value,
        max: slot.value,
        mean: slot.value,
        last: slot.value,
        seen: 1,
        unsure: u32::from(slot.unsure),
    }
}

/// Samples of a chunk by parts of so many seconds: the part's number within the chunk, and what it comes to.
pub(super) fn by_parts(slots: &[Slot], seconds: u16) -> Vec<(u16, Point)> {
    let mut parts: Vec<(u16, Sum)> = Vec::new();
    for slot in slots {
        let part = slot.second / seconds.max(1);
        match parts.last_mut() {
            Some((last, sum)) if *last == part => sum.add(of_slot(slot)),
            _ => {
                let mut sum = Sum::default();
                sum.add(of_slot(slot));
                parts.push((part, sum));
            }
        }
    }
    let whole = |(part, sum): (u16, Sum)| Some((part, sum.point()?));
    parts.into_iter().filter_map(whole).collect()
}

/// Points as bytes, at a resolution of `step`.
pub(super) fn encode(block: &[Option<Point>], step: i64) -> Vec<u8> {
    let mut out = vec![FORM];
    let step = step.max(1);
    put(&mut out, step.unsigned_abs());
    for point in block {
        put(&mut out, point.map_or(0, |p| u64::from(p.seen)));
    }
    let round = |value| rounded(value, step);
    let points = || block.iter().flatten();
    for point in points() {
        put(&mut out, u64::from(point.unsure));
    }
    let mut before = 0;
    for point in points() {
        let mean = round(point.mean);
        put_signed(&mut out, mean.wrapping_sub(before));
        before = mean;
    }
    // Each beside the mean: what swings little costs little.
    for part in [|p: &Point| p.min, |p: &Point| p.max, |p: &Point| p.last] {
        for point in points() {
            put_signed(&mut out, round(part(point)).wrapping_sub(round(point.mean)));
        }
    }
    pack(&out)
}

/// The points in these bytes, `count` of them, whoever wrote them.
pub(super) fn decode(packed: &[u8], count: usize) -> Result<Block, Broken> {
    let plain = unpack(packed, MOST)?;
    let Some((&FORM, mut bytes)) = plain.split_first() else {
        return Err(Broken);
    };
    let bytes = &mut bytes;
    let step = i64::try_from(take(bytes)?).map_err(|_| Broken)?;
    let small = |bytes: &mut &[u8]| u32::try_from(take(bytes)?).map_err(|_| Broken);
    let seen = (0..count)
        .map(|_| small(bytes))
        .collect::<Result<Vec<u32>, Broken>>()?;
    let there = seen.iter().filter(|seen| **seen > 0).count();
    let unsure = (0..there)
        .map(|_| small(bytes))
        .collect::<Result<Vec<u32>, Broken>>()?;
    let mut column = |sum: bool| {
        let mut value = 0i64;
        (0..there)
            .map(|_| {
                let next = take_signed(bytes)?;
                value = if sum { value.wrapping_add(next) } else { next };
                Ok(value)
            })
            .collect::<Result<Vec<i64>, Broken>>()
    };
    let mean = column(true)?;
    let (min, max, last) = (column(false)?, column(false)?, column(false)?);
    if !bytes.is_empty() {
        return Err(Broken);
    }
    let beside = |mean: i64, off: i64| mean.wrapping_add(off).saturating_mul(step);
    let mut at = 0;
    let block = seen.into_iter().map(|seen| {
        if seen == 0 {
            return None;
        }
        let i = at;
        at += 1;
        Some(Point {
            min: beside(mean[i], min[i]),
            max: beside(mean[i], max[i]),
            mean: beside(mean[i], 0),
            last: beside(mean[i], last[i]),
            seen,
            unsure: unsure[i].min(seen),
        })
    });
    Ok(block.collect())
}

/// The greatest value of a block, whatever its sign: what its resolution goes by.
pub(super) fn greatest(block: &[Option<Point>]) -> i64 {
    let reach = |p: &Point| p.min.saturating_abs().max(p.max.saturating_abs());
    block.iter().flatten().map(reach).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block() -> impl Strategy<Value = Block> {
        let point = (any::<[i64; 3]>(), 1u32..900, 0u32..900).prop_map(|(mut v, seen, unsure)| {
            v.sort_unstable();
            Point {
                min: v[0],
                mean: v[1],
                max: v[2],
                last: v[2],
                seen,
                unsure: unsure.min(seen),
            }
        });
        prop::collection::vec(prop::option::of(point), QUARTERS)
    }

    proptest! {
        #[test]
        fn whatever_is_kept_comes_back(block in block()) {
            prop_assert_eq!(decode(&encode(&block, 1), QUARTERS), Ok(block));
        }

        #[test]
        fn hostile_bytes_are_refused_or_bounded(bytes: Vec<u8>) {
            let _ = decode(&bytes, MINUTES);
            let mut plain = vec![FORM];
            plain.extend(&bytes);
            let _ = decode(&pack(&plain), MINUTES);
        }

        #[test]
        fn parts_come_to_what_their_samples_are(values in prop::collection::vec(-1_000i64..1_000, 600)) {
            let slots: Vec<Slot> = (0..).zip(&values).map(|(second, &value)| Slot { second, unsure: value < 0, value }).collect();
            let parts = by_parts(&slots, 60);
            prop_assert_eq!(parts.len(), 10);
            for (part, point) in parts {
                let mine = &values[usize::from(part) * 60..][..60];
                prop_assert_eq!(Some(&point.min), mine.iter().min());
                prop_assert_eq!(Some(&point.max), mine.iter().max());
                prop_assert_eq!(Some(&point.last), mine.last());
                prop_assert_eq!(point.seen, 60);
                let mean = mine.iter().sum::<i64>() as f64 / 60.0;
                prop_assert!((point.mean as f64 - mean).abs() <= 0.5);
            }
        }
    }
}
