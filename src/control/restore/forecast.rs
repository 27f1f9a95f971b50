//! When the blocks of queues will be given back, as far as can be said: the queues' own rules, run ahead. The gateway
//! tells its queue by it, and a console what a plan is going to bring.
//!
//! Invariant: `not before` means it. A forecast takes the fastest way that the limits allow; whatever is not known
//! (another restore, an instruction, the frequency) can only delay.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Limits, Queue, Seen, Why};
use crate::domain::waiting::WaitsFor;

/// A block makes room for the next one a little before all of it is back.
const RISEN: f64 = 0.98;

/// A block that rises already.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rising {
    /// Until then, ms.
    pub until_ms: i64,
    /// How fast, W/s.
    pub rate_w_s: f64,
}

/// When one block that waits is given back, ms as the limits count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// It is told to.
    pub begins_ms: i64,
    /// All of it is back.
    pub back_ms: i64,
}

/// What is to be expected of one block that waits. Times as the limits count them, ms.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// What the driver knows it by.
    pub place: usize,
    /// What it adds, W.
    pub watts: f64,
    /// Not given back before; none while the queue is stopped by something without a known end.
    pub not_before_ms: Option<i64>,
    /// All of it back.
    pub expected_ms: Option<i64>,
    /// Why it waits.
    pub reason: WaitsFor,
}

impl Queue {
    /// Each block that waits, in its order. `rising`: what rises in the whole fleet; `wakes_ms`: how long machines take
    /// to wake.
    pub fn forecast(
        &self,
        seen: &Seen,
        limits: &Limits,
        rising: &[Rising],
        wakes_ms: i64,
    ) -> Vec<Forecast> {
        let held = self.held(seen, limits);
        let calm = self.stopped.is_some();
        let turns = together(&[self], seen, limits, rising, wakes_ms);
        // When it would come by its place alone.
        let first_ms = self.earliest_ms(seen, limits);
        let rows = self.waiting.iter().zip(turns.into_iter().flatten());
        rows.enumerate()
            .map(|(at, (block, turn))| {
                let waits_ms = limits
                    .stagger_ms
                    .saturating_mul(i64::try_from(at).unwrap_or(i64::MAX));
                let by_place = first_ms.saturating_add(waits_ms);
                Forecast {
                    place: block.place,
                    watts: block.watts,
                    not_before_ms: turn.map(|turn| turn.begins_ms),
                    expected_ms: turn.map(|turn| turn.back_ms),
                    reason: match (&held, turn) {
                        (Some(held), _) => held.clone(),
                        (None, _) if calm => WaitsFor::Calm,
                        (None, Some(turn)) if turn.begins_ms <= by_place => WaitsFor::Turn,
                        (None, _) => WaitsFor::RampCap,
                    },
                }
            })
            .collect()
    }

    /// What stops it now.
    pub fn held(&self, seen: &Seen, limits: &Limits) -> Option<WaitsFor> {
        self.against(seen, limits).map(|why| match why {
            Why::NoFrequency => WaitsFor::FrequencyUnknown,
            Why::Frequency(_) => WaitsFor::Frequency,
            Why::Instruction(..) => WaitsFor::Instruction,
        })
    }

    /// Its next block comes then at the earliest.
    fn earliest_ms(&self, seen: &Seen, limits: &Limits) -> i64 {
        let calm_ms = self.stopped.is_some().then(|| {
            let since = self.calm_since.unwrap_or(seen.at_ms);
            since.saturating_add(limits.settle_ms)
        });
        let from_ms = seen.at_ms.max(self.next_ms);
        from_ms.max(calm_ms.unwrap_or(i64::MIN))
    }
}

/// The turn of each block of each queue, where all go on side by side as they do at one gateway: what is free goes to the
/// first of them whose turn it is. None where a queue is stopped, or a block never may rise.
pub fn together(
    queues: &[&Queue],
    seen: &Seen,
    limits: &Limits,
    rising: &[Rising],
    wakes_ms: i64,
) -> Vec<Vec<Option<Turn>>> {
    let mut room = Room::of(rising, limits.cap_w_s);
    let mut lanes: Vec<Lane<'_>> = queues
        .iter()
        .map(|queue| Lane {
            queue,
            next_ms: queue.earliest_ms(seen, limits),
            stands: queue.held(seen, limits).is_some(),
            turns: Vec::with_capacity(queue.len()),
        })
        .collect();
    let mut now_ms = seen.at_ms;
    loop {
        room.pass(now_ms);
        let mut any = false;
        for lane in &mut lanes {
            any |= lane.releases(now_ms, &mut room, limits, wakes_ms);
        }
        if any {
            continue;
        }
        let next = lanes.iter().filter_map(|lane| lane.looks(now_ms, &room));
        let Some(next_ms) = next.min() else { break };
        now_ms = next_ms;
    }
    let told = |lane: Lane<'_>| {
        let never = lane.queue.len() - lane.turns.len();
        let turns = lane.turns.into_iter().map(Some);
        turns.chain(std::iter::repeat_n(None, never)).collect()
    };
    lanes.into_iter().map(told).collect()
}

/// One queue while it is run ahead.
struct Lane<'a> {
    queue: &'a Queue,
    next_ms: i64,
    /// It gives nothing back.
    stands: bool,
    turns: Vec<Turn>,
}

impl Lane<'_> {
    fn releases(&mut self, now_ms: i64, room: &mut Room, limits: &Limits, wakes_ms: i64) -> bool {
        let Some(block) = self.queue.waiting.get(self.turns.len()) else {
            return false;
        };
        let rate_w_s = limits.rise(block.up_w_s, block.down_w_s);
        if self.stands || self.next_ms > now_ms || !room.has(rate_w_s) {
            return false;
        }
        let climbs_ms = (block.watts / rate_w_s.max(1.0) * 1_000.0) as i64;
        let back_ms = now_ms.saturating_add(wakes_ms).saturating_add(climbs_ms);
        self.turns.push(Turn {
            begins_ms: now_ms,
            back_ms,
        });
        room.take(Rising {
            until_ms: back_ms - ((1.0 - RISEN) * climbs_ms as f64) as i64,
            rate_w_s,
        });
        self.next_ms = now_ms.saturating_add(limits.stagger_ms);
        true
    }

    /// When it is worth looking at again.
    fn looks(&self, now_ms: i64, room: &Room) -> Option<i64> {
        if self.stands || self.turns.len() == self.queue.len() {
            return None;
        }
        if self.next_ms > now_ms {
            return Some(self.next_ms);
        }
        room.next_ms()
    }
}

/// What may still rise beside what does. Rates are finite and not negative, so their bits are ordered as they are.
struct Room {
    cap_w_s: f64,
    sum_w_s: f64,
    ends: BinaryHeap<Reverse<(i64, u64)>>,
}

impl Room {
    fn of(rising: &[Rising], cap_w_s: f64) -> Self {
        let mut room = Self {
            cap_w_s: cap_w_s * (1.0 + 1e-9),
            sum_w_s: 0.0,
            ends: BinaryHeap::new(),
        };
        for block in rising {
            room.take(*block);
        }
        room
    }

    fn has(&self, rate_w_s: f64) -> bool {
        self.sum_w_s + rate_w_s <= self.cap_w_s
    }

    fn take(&mut self, block: Rising) {
        self.sum_w_s += block.rate_w_s;
        let end = (block.until_ms, block.rate_w_s.to_bits());
        self.ends.push(Reverse(end));
    }

    /// What has risen by then makes room.
    fn pass(&mut self, now_ms: i64) {
        while let Some(Reverse((until_ms, rate))) = self.ends.peek().copied()
            && until_ms <= now_ms
        {
            self.ends.pop();
            self.sum_w_s -= f64::from_bits(rate);
        }
        if self.ends.is_empty() {
            self.sum_w_s = 0.0;
        }
    }

    fn next_ms(&self) -> Option<i64> {
        self.ends.peek().map(|Reverse((until_ms, _))| *until_ms)
    }
}
