//! Messages that seem to be of another time: they wait until a ping has said how the server's clock stands, so that a
//! clock that was set makes no value old, nor one of the future.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Client, Output, Stage};
use crate::domain::time::Timestamp;
use crate::feed::protocol::ServerMessage;

/// So far from what the last pings have said, beyond what they may be off, ms.
const FAR_MS: i64 = 1_000;
/// An answer is waited for so long.
const WAIT: Duration = Duration::from_secs(2);
/// Messages that wait at most.
const MOST: usize = 32;
/// A slow line is not suspected again so soon.
const AGAIN: Duration = Duration::from_secs(4);

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Held {
    since: Option<Timestamp>,
    messages: VecDeque<ServerMessage>,
    /// When the last suspicion was settled.
    settled: Option<Timestamp>,
}

/// When a message was sent, where it says so.
fn sent(message: &ServerMessage) -> Option<Timestamp> {
    match message {
        ServerMessage::Heartbeat { time, .. } => Some(*time),
        ServerMessage::Snapshot { part, .. } | ServerMessage::Update { part, .. } => part.time,
        _ => None,
    }
}

impl Client {
    /// A message comes: at once, or once its time is understood.
    pub(super) fn listen(&mut self, message: ServerMessage, now: Timestamp) -> Vec<Output> {
        let mut out = Vec::new();
        if let Some(sent) = sent(&message) {
            self.pace.told(now, sent);
            out.extend(self.goes());
            if self.is_strange(sent, now) {
                self.held.since = Some(now);
                out.extend(self.ping(now));
            }
        }
        if self.held.since.is_none() || matches!(message, ServerMessage::Pong { .. }) {
            out.extend(self.message(message, now));
            return out;
        }
        self.held.messages.push_back(message);
        if self.held.messages.len() > MOST {
            out.extend(self.release(now));
        }
        out
    }

    fn is_strange(&self, sent: Timestamp, now: Timestamp) -> bool {
        let Some((offset, off_by)) = self.skew.estimate() else {
            return false;
        };
        let lately = |at: Timestamp| at <= now && at.age(now) < AGAIN;
        let told = sent.millis().saturating_sub(now.millis());
        let far = told.saturating_sub(offset).saturating_abs() > off_by + FAR_MS;
        far && self.stage == Stage::Subscribed
            && self.held.since.is_none()
            && !self.held.settled.is_some_and(lately)
    }

    /// All that waits is taken in, by what is known now.
    pub(super) fn release(&mut self, now: Timestamp) -> Vec<Output> {
        if self.held.since.take().is_none() {
            return Vec::new();
        }
        self.held.settled = Some(now);
        let messages = std::mem::take(&mut self.held.messages);
        let open = |client: &Self| !matches!(client.stage, Stage::Down | Stage::Closed);
        let mut out = Vec::new();
        for message in messages {
            if open(self) {
                out.extend(self.message(message, now));
            }
        }
        out
    }

    /// What has waited too long is taken in.
    pub(super) fn overdue(&mut self, now: Timestamp) -> Vec<Output> {
        match self.held.since {
            Some(since) if since.age(now) >= WAIT || now < since => self.release(now),
            _ => Vec::new(),
        }
    }
}
