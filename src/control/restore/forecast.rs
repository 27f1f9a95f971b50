//! When the blocks of a queue will be given back, as far as can be said: the queue's own rules, run ahead.
//!
//! Invariant: `not before` means it. A forecast takes the fastest way that the limits allow; whatever is not known
//! (another restore, an instruction, the frequency) can only delay.

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
        let held = self.against(seen, limits).map(|why| match why {
            Why::NoFrequency => WaitsFor::FrequencyUnknown,
            Why::Frequency(_) => WaitsFor::Frequency,
            Why::Instruction(..) => WaitsFor::Instruction,
        });
        let calm_ms = self.stopped.is_some().then(|| {
            let since = self.calm_since.unwrap_or(seen.at_ms);
            since.saturating_add(limits.settle_ms)
        });
        let mut rising = rising.to_vec();
        let mut at_ms = seen
            .at_ms
            .max(self.next_ms)
            .max(calm_ms.unwrap_or(i64::MIN));
        // When it would come by its place alone.
        let mut turn_ms = at_ms;
        let mut rows = Vec::with_capacity(self.waiting.len());
        for block in &self.waiting {
            let mut row = Forecast {
                place: block.place,
                watts: block.watts,
                not_before_ms: None,
                expected_ms: None,
                reason: WaitsFor::Turn,
            };
            if let Some(reason) = &held {
                row.reason = reason.clone();
                rows.push(row);
                continue;
            }
            let rate = limits.rise(block.up_w_s, block.down_w_s);
            let room = room_at(&mut rising, at_ms, rate, limits.cap_w_s);
            row.reason = match (calm_ms, room) {
                (Some(_), _) => WaitsFor::Calm,
                (None, Some(room)) if room <= turn_ms => WaitsFor::Turn,
                (None, _) => WaitsFor::RampCap,
            };
            turn_ms = turn_ms.saturating_add(limits.stagger_ms);
            if let Some(room) = room {
                at_ms = room;
                let climbs_ms = (block.watts / rate.max(1.0) * 1_000.0) as i64;
                let until_ms = at_ms.saturating_add(wakes_ms).saturating_add(climbs_ms);
                row.not_before_ms = Some(at_ms);
                row.expected_ms = Some(until_ms);
                rising.push(Rising {
                    until_ms: until_ms - ((1.0 - RISEN) * climbs_ms as f64) as i64,
                    rate_w_s: rate,
                });
                at_ms = at_ms.saturating_add(limits.stagger_ms);
            }
            rows.push(row);
        }
        rows
    }
}

/// The first time from `at_ms` on at which so much more may rise; none where it never may.
fn room_at(rising: &mut Vec<Rising>, at_ms: i64, rate: f64, cap_w_s: f64) -> Option<i64> {
    let cap_w_s = cap_w_s * (1.0 + 1e-9);
    if rate > cap_w_s {
        return None;
    }
    rising.retain(|block| block.until_ms > at_ms);
    rising.sort_unstable_by_key(|block| block.until_ms);
    let mut sum: f64 = rising.iter().map(|block| block.rate_w_s).sum();
    let mut ended = 0;
    let mut room_ms = at_ms;
    while sum + rate > cap_w_s {
        let Some(next) = rising.get(ended) else {
            break;
        };
        sum -= next.rate_w_s;
        room_ms = next.until_ms;
        ended += 1;
    }
    rising.drain(..ended);
    Some(room_ms)
}
