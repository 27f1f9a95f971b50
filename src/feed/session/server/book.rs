//! What was published, by topic, with its numbers. One book stands behind any number of peers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::BootId;
use crate::domain::link::{Item, Topic};
use crate::domain::time::Timestamp;
use crate::feed::protocol::{Encoded, encode_item, snapshot_texts, update_texts};

/// A text that is encoded once and shared by every socket that sends it.
pub type WireText = tokio_tungstenite::tungstenite::Utf8Bytes;

/// Orders, answers and alarms are kept so long for consoles that come back.
const RETENTION: Duration = Duration::from_mins(2);
/// And at most so much of them by topic, bytes; who missed more gets a snapshot.
const RETAINED_BYTES: usize = 32 << 20;
/// A snapshot is made anew after this, even where nothing has changed, so that its `time` is true.
const SNAPSHOT_KEPT: Duration = Duration::from_millis(500);

/// One published update.
#[derive(Debug)]
pub struct Batch {
    /// Of what.
    pub topic: Topic,
    /// Its number; the one before it is one less.
    pub seq: u64,
    /// Each item, to be joined with others for a slow peer.
    pub items: Vec<Encoded>,
    /// The whole message for a peer that has the one before it, in parts.
    pub texts: Vec<WireText>,
}

/// All there is of a topic.
#[derive(Debug)]
pub struct Snapshot {
    /// Of what.
    pub topic: Topic,
    /// The number that it stands at.
    pub seq: u64,
    /// The message, in parts.
    pub texts: Vec<WireText>,
}

#[derive(Debug, Default)]
struct Log {
    seq: u64,
    kept: VecDeque<(Timestamp, Arc<Batch>)>,
    kept_bytes: usize,
    snapshot: Option<(Timestamp, Arc<Snapshot>)>,
}

/// What was published.
#[derive(Debug)]
pub struct Book {
    boot: BootId,
    logs: BTreeMap<Topic, Log>,
}

fn bytes(batch: &Batch) -> usize {
    batch.texts.iter().map(|text| text.len()).sum()
}

impl Book {
    /// An empty book of a new life.
    pub fn new(boot: BootId) -> Self {
        Self {
            boot,
            logs: BTreeMap::new(),
        }
    }

    /// This life.
    pub fn boot(&self) -> &BootId {
        &self.boot
    }

    /// The last number of a topic.
    pub fn seq(&self, topic: Topic) -> u64 {
        self.logs.get(&topic).map_or(0, |log| log.seq)
    }

    /// Takes in changed items; none where there is nothing to send.
    pub fn publish(&mut self, topic: Topic, items: &[Item], now: Timestamp) -> Option<Arc<Batch>> {
        let items: Vec<Encoded> = items.iter().filter_map(encode_item).collect();
        if items.is_empty() {
            return None;
        }
        let log = self.logs.entry(topic).or_default();
        let prev = log.seq;
        log.seq += 1;
        let all: Vec<&Encoded> = items.iter().collect();
        let texts = update_texts(topic, log.seq, prev, now, &all)
            .into_iter()
            .map(WireText::from)
            .collect();
        let batch = Arc::new(Batch {
            topic,
            seq: log.seq,
            items,
            texts,
        });
        if !topic.is_telemetry() {
            log.kept_bytes += bytes(&batch);
            log.kept.push_back((now, Arc::clone(&batch)));
            while let Some((at, oldest)) = log.kept.front()
                && (at.age(now) > RETENTION || log.kept_bytes > RETAINED_BYTES)
            {
                log.kept_bytes -= bytes(oldest);
                log.kept.pop_front();
            }
        }
        Some(batch)
    }

    /// What a peer missed that last had `from`; none where that is not known any more (or never was ours).
    pub fn since(&self, topic: Topic, from: u64) -> Option<Vec<Arc<Batch>>> {
        let log = self.logs.get(&topic)?;
        if from > log.seq {
            return None;
        }
        let missed = usize::try_from(log.seq - from).ok()?;
        let first = log.kept.len().checked_sub(missed)?;
        Some(
            log.kept
                .range(first..)
                .map(|(_, batch)| Arc::clone(batch))
                .collect(),
        )
    }

    /// A snapshot that still stands, if there is one.
    pub fn fresh_snapshot(&self, topic: Topic, now: Timestamp) -> Option<Arc<Snapshot>> {
        let log = self.logs.get(&topic)?;
        let (at, snapshot) = log.snapshot.as_ref()?;
        (snapshot.seq == log.seq && at.age(now) < SNAPSHOT_KEPT && *at <= now)
            .then(|| Arc::clone(snapshot))
    }

    /// Makes a snapshot of all items of a topic, as of the last number published.
    pub fn snapshot(&mut self, topic: Topic, items: &[Item], now: Timestamp) -> Arc<Snapshot> {
        let encoded: Vec<Encoded> = items.iter().filter_map(encode_item).collect();
        let log = self.logs.entry(topic).or_default();
        let texts = snapshot_texts(topic, &self.boot, log.seq, now, &encoded)
            .into_iter()
            .map(WireText::from)
            .collect();
        let snapshot = Arc::new(Snapshot {
            topic,
            seq: log.seq,
            texts,
        });
        log.snapshot = Some((now, Arc::clone(&snapshot)));
        snapshot
    }
}
