//! What waits to be sent of one topic to one console.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::book::{Batch, WireText};
use crate::domain::link::Topic;
use crate::domain::time::Timestamp;
use crate::feed::protocol::{Encoded, ItemKey, MAX_WRITE_BUFFER, update_texts};

/// Most messages that wait to be sent beside telemetry.
pub(super) const MAX_WAITING: usize = 4_096;

/// What waits of one topic.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Texts in order; with the last text of a numbered message, its number.
    pub(super) queue: VecDeque<(WireText, Option<u64>)>,
    pub(super) bytes: usize,
    /// Of them, answers to this console alone.
    pub(super) answers: usize,
    /// What the beginning of the subscription holds: it may exceed what may wait later.
    pub(super) begun: (usize, usize),
    /// The number after everything in the queue.
    pub(super) queued: u64,
    /// The number after everything sent.
    pub(super) sent: u64,
    /// Latest values that did not go into the queue, by what they are about.
    pub(super) pending: Vec<Encoded>,
    places: HashMap<ItemKey, usize>,
    pub(super) pending_seq: u64,
    /// No telemetry before this (`max_hz`).
    pub(super) due: Timestamp,
}

impl Stream {
    pub(super) fn push(&mut self, texts: &[WireText], seq: u64) {
        for (index, text) in texts.iter().enumerate() {
            self.bytes += text.len();
            let last = index + 1 == texts.len();
            self.queue.push_back((text.clone(), last.then_some(seq)));
        }
        self.queued = seq;
    }

    /// More waits than may, beside what the beginning brought.
    pub(super) fn overflows(&self) -> bool {
        self.queue.len() > MAX_WAITING + self.begun.0
            || self.bytes > MAX_WRITE_BUFFER + self.begun.1
    }

    pub(super) fn merge(&mut self, batch: &Batch) {
        for item in &batch.items {
            if let Some(place) = self.places.get(&item.key) {
                self.pending[*place] = item.clone();
            } else {
                self.places.insert(item.key.clone(), self.pending.len());
                self.pending.push(item.clone());
            }
        }
        self.pending_seq = batch.seq;
    }

    pub(super) fn pop(
        &mut self,
        topic: Topic,
        now: Timestamp,
        spacing: Option<Duration>,
    ) -> Option<WireText> {
        if self.queue.is_empty() && !self.pending.is_empty() && self.due <= now {
            let items: Vec<&Encoded> = self.pending.iter().collect();
            let texts: Vec<WireText> =
                update_texts(topic, self.pending_seq, self.queued, now, &items)
                    .into_iter()
                    .map(WireText::from)
                    .collect();
            self.pending.clear();
            self.places.clear();
            self.push(&texts, self.pending_seq);
        }
        let (text, seq) = self.queue.pop_front()?;
        self.bytes -= text.len();
        if seq.is_none() {
            self.answers = self.answers.saturating_sub(text.len());
        }
        if let Some(seq) = seq {
            self.sent = seq;
            if let Some(spacing) = spacing {
                self.due = now + spacing;
            }
        }
        Some(text)
    }

    pub(super) fn ready(&self, now: Timestamp) -> bool {
        !self.queue.is_empty() || (!self.pending.is_empty() && self.due <= now)
    }
}
