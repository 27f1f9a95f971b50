//! What each order has delivered over time, and when it should all have been there.
//!
//! Invariant: bounded in orders and in samples; a sample is what a meter said, at the time at which the meter was read,
//! and never earlier than the one before it. A promise is made once, when the order is first seen, and does not move.

use std::collections::BTreeMap;
use std::time::Duration;

use super::State;
use super::fleet::Fleet;
use crate::control::order::{Life, Record};
use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::order::{OrderKind, Phase, span};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Samples of one order; of a longer course every second one is dropped.
pub const MOST_SAMPLES: usize = 240;
/// A changed figure is not kept more often than this.
const APART: Duration = Duration::from_secs(1);
/// So much after its promise an order is late at the earliest: its meter must have been read and told.
pub const GRACE: Duration = Duration::from_secs(5);

/// The course of one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Track {
    /// When all of it should have been delivered, by the ramps and the notice of its blocks, or by the gateway's own
    /// queue; none where nobody can say.
    pub promised: Option<Timestamp>,
    samples: Vec<(Timestamp, Power)>,
}

impl Track {
    /// What was metered, oldest first: each holds until the next.
    pub fn samples(&self) -> &[(Timestamp, Power)] {
        &self.samples
    }

    /// What had been delivered at a time; none before the first reading.
    pub fn at(&self, time: Timestamp) -> Option<Power> {
        let next = self.samples.partition_point(|(at, _)| *at <= time);
        next.checked_sub(1).map(|last| self.samples[last].1)
    }

    fn take(&mut self, at: Timestamp, delivered: Power, is_final: bool) {
        match self.samples.last_mut() {
            Some((_, last)) if *last == delivered => {}
            Some((before, last)) if at < *before + APART => {
                // Too near to stand for itself: the newer figure counts, at the time of the older one at the earliest.
                if is_final || at >= *before {
                    *last = delivered;
                }
            }
            _ => self.samples.push((at, delivered)),
        }
        if self.samples.len() > MOST_SAMPLES {
            let mut index = 0;
            let newest = self.samples.len() - 1;
            self.samples.retain(|_| {
                let keep = index % 2 == 0 || index == newest;
                index += 1;
                keep
            });
        }
    }
}

/// The courses of all orders that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    tracks: BTreeMap<OrderId, Track>,
}

impl Progress {
    /// The course of an order; none before the first tick after it was made.
    pub fn of(&self, id: OrderId) -> Option<&Track> {
        self.tracks.get(&id)
    }

    /// How many orders have a course.
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Has none a course?
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    fn look(&mut self, record: &Record, fleet: &Fleet, now: Timestamp) {
        let is_new = !self.tracks.contains_key(&record.order.id);
        let track = self.tracks.entry(record.order.id).or_default();
        if is_new && record.order.kind == OrderKind::Curtail {
            track.promised = ramped(record, fleet).map(|takes| record.sent_at + takes);
        }
        let read = record.readings.iter();
        if let Some(at) = read.filter_map(|t| t.measured_at).max() {
            let end = record.ended_at.unwrap_or(now).min(now);
            let at = at.min(end).max(record.sent_at);
            track.take(at, record.delivered(), record.life.is_final());
        }
    }
}

/// How long the slowest of its blocks needs by notice, turn and ramp, as the blocks stand now; none where nothing measures
/// any of them.
fn ramped(record: &Record, fleet: &Fleet) -> Option<Duration> {
    let targets = record.order.targets.iter();
    let spans = targets.filter_map(|target| {
        let block = &fleet
            .block(&BlockKey::new(&target.site, &target.block))?
            .block;
        let moved = (block.power? - target.target).or_zero();
        let begins = block.limits.notice.max(target.after);
        Some(begins + block.limits.falls_by(moved))
    });
    spans.max()
}

/// Looks at every order; called at each tick and after each answer.
pub(super) fn tick(state: &mut State) {
    let now = state.now;
    let curtailing = &mut state.curtailing;
    let all = || state.orders.iter().chain(&curtailing.own);
    if all().count() < curtailing.progress.len() {
        let known: std::collections::BTreeSet<OrderId> = all().map(|r| r.order.id).collect();
        curtailing
            .progress
            .tracks
            .retain(|id, _| known.contains(id));
    }
    for record in all() {
        // What is over changes no more, once its end has been seen.
        let known = curtailing.progress.of(record.order.id);
        let over = record.ended_at.is_some_and(|at| at.age(now) > APART);
        if known.is_some() && over {
            continue;
        }
        curtailing.progress.look(record, &state.fleet, now);
    }
    // A restore is as fast as its gateway's queue lets it be, and only the gateway knows that.
    // Of a longer queue than is told, the last block's turn is not known: then nothing is promised.
    let queues = curtailing.queues.values();
    for queue in queues.filter(|queue| queue.more == 0) {
        let mut last: BTreeMap<OrderId, Option<Timestamp>> = BTreeMap::new();
        for row in &queue.rows {
            let entry = last.entry(row.by).or_insert(row.expected);
            *entry = (*entry).zip(row.expected).map(|(a, b)| a.max(b));
        }
        for (id, expected) in last {
            if let Some(track) = curtailing.progress.tracks.get_mut(&id)
                && track.promised.is_none()
            {
                track.promised = expected;
            }
        }
    }
}

/// Where an order stands: the one word for it, wherever it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It should have been there so long ago.
    Late(Duration),
    /// As its life says.
    Is(Life),
}

/// Where an order stands now.
pub fn stands(state: &State, record: &Record) -> Stands {
    let track = state.curtailing.progress.of(record.order.id);
    late(record, track, state.now).map_or(Stands::Is(record.life), Stands::Late)
}

/// The same in English, for files and reports, with what speaks against it.
pub fn standing(state: &State, record: &Record) -> String {
    match stands(state, record) {
        Stands::Late(late) => format!("late {}", span(late)),
        Stands::Is(_) => record.standing().to_string(),
    }
}

/// How long an order is overdue; none while it is in time, over, or promised nothing, and while nobody knows its fate.
pub fn late(record: &Record, track: Option<&Track>, now: Timestamp) -> Option<Duration> {
    let begun = matches!(
        record.life,
        Life::Sent | Life::Said(Phase::Received | Phase::Accepted | Phase::Executing)
    );
    let promised = track?.promised.filter(|_| begun)?;
    let late = promised.age(now);
    (late > GRACE).then_some(late)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn the_course_is_what_was_metered_step_by_step() {
        let mut track = Track::default();
        assert_eq!(track.at(at(5)), None);
        track.take(at(10), Power::from_megawatts(1), false);
        track.take(at(11), Power::from_megawatts(1), false);
        track.take(at(14), Power::from_megawatts(9), false);
        assert_eq!(track.samples().len(), 2, "what does not change is one step");
        assert_eq!(track.at(at(9)), None);
        assert_eq!(track.at(at(13)), Some(Power::from_megawatts(1)));
        assert_eq!(track.at(at(99)), Some(Power::from_megawatts(9)));
    }

    proptest! {
        #[test]
        fn a_course_is_bounded_in_order_and_ends_with_the_last_figure(
            steps in proptest::collection::vec((0i64..5_000, 0i64..1_000_000), 1..2_000)
        ) {
            let mut track = Track::default();
            let mut now = 0;
            for (ms, watts) in &steps {
                now += ms;
                track.take(Timestamp::from_millis(now), Power::from_watts(*watts), false);
                prop_assert!(track.samples().len() <= MOST_SAMPLES);
            }
            prop_assert!(track.samples().is_sorted_by_key(|(at, _)| *at));
            let last = steps.last().map(|(_, watts)| Power::from_watts(*watts));
            prop_assert_eq!(track.at(Timestamp::from_millis(now)), last);
        }
    }
}
