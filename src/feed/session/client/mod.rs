//! The console's end of a session. One value lives as long as the feed is configured; links come and go.

#[cfg(test)]
mod clock_tests;
mod heard;
mod held;
mod receive;
mod request;
mod shift;
mod topic;

use std::collections::BTreeMap;
use std::time::Duration;

use self::heard::Heard;
use self::held::Held;
pub use self::request::{about, not_sent};
use self::topic::Track;
use super::pace::Pace;
use super::skew::Skew;
use crate::domain::ids::BootId;
use crate::domain::link::{FeedEvent, Going, LinkState, Request, Topic};
use crate::domain::order::OrderStatus;
use crate::domain::time::Timestamp;
use crate::feed::protocol::{ClientMessage, Resume, Subscribe, VERSION, close, write_client};

/// A server that has not said who it is by then is none.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// How long the first pong is waited for before the subscription goes out without it.
const FIRST_PONG_WITHIN: Duration = Duration::from_millis(500);
/// Between pings.
const PING_EVERY: Duration = Duration::from_secs(5);
/// A subscription that brings nothing for so long is repeated.
const SYNC_WITHIN: Duration = Duration::from_secs(10);
/// Between subscriptions for gaps, so that a broken server is not flooded.
const RESUBSCRIBE_EVERY: Duration = Duration::from_secs(1);
/// Silence is this many heartbeats.
const SILENT_BEATS: u32 = 3;

/// What a session wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Send this text.
    Send(String),
    /// Tell the console.
    Event(FeedEvent),
    /// Close the link with this code and reason.
    Close(u16, String),
}

/// What the console wants of a feed.
#[derive(Debug, Clone, Default)]
pub struct Wants {
    /// Topics; empty: all that the server serves.
    pub topics: Vec<Topic>,
    /// Updates of telemetry per second and topic, at most.
    pub max_hz: Option<f64>,
}

/// How far a link has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// None.
    Down,
    /// Open; the server has not spoken yet.
    Opened,
    /// The server has said who it is; the clocks are being compared.
    Greeted { at: Timestamp },
    /// Subscribed.
    Subscribed,
    /// Closed by us: nothing more is read.
    Closed,
}

/// The console's end of a feed.
#[derive(Debug)]
pub struct Client {
    wants: Wants,
    stage: Stage,
    opened_at: Timestamp,
    heard_at: Timestamp,
    ticked_at: Timestamp,
    heartbeat: Duration,
    live: bool,
    boot: Option<BootId>,
    tracks: BTreeMap<Topic, Track>,
    skew: Skew,
    /// How its clock goes, and what was last told of that.
    pace: Pace,
    going: Going,
    heard: Heard,
    held: Held,
    /// From `hello`, until the first pong: no better than the way here.
    rough_offset_ms: i64,
    ping_at: Timestamp,
    ping_id: u64,
    pings: BTreeMap<u64, Timestamp>,
    subscriptions: u64,
    resubscribed_at: Option<Timestamp>,
    /// What is watched, as the console asked for it.
    watches: Vec<Request>,
    /// Most bytes of a filter that the server takes, where it can filter.
    watch_filter: Option<u32>,
    /// The last answer for us alone, as the server gave it.
    answered: Option<OrderStatus>,
    bad_items: u64,
    bad_messages: u64,
}

impl Client {
    /// A session that has no link yet.
    pub fn new(wants: Wants) -> Self {
        let never = Timestamp::from_millis(0);
        Self {
            wants,
            stage: Stage::Down,
            opened_at: never,
            heard_at: never,
            ticked_at: never,
            heartbeat: Duration::from_secs(1),
            live: false,
            boot: None,
            tracks: BTreeMap::new(),
            skew: Skew::default(),
            pace: Pace::default(),
            going: Going::True,
            heard: Heard::default(),
            held: Held::default(),
            rough_offset_ms: 0,
            ping_at: never,
            ping_id: 0,
            pings: BTreeMap::new(),
            subscriptions: 0,
            resubscribed_at: None,
            watches: Vec::new(),
            watch_filter: None,
            answered: None,
            bad_items: 0,
            bad_messages: 0,
        }
    }

    /// The link is open (upgraded, subprotocol agreed).
    pub fn opened(&mut self, now: Timestamp) {
        self.stage = Stage::Opened;
        self.opened_at = now;
        self.heard_at = now;
        self.ticked_at = now;
        self.live = false;
        self.skew = Skew::default();
        self.held = Held::default();
        self.pings.clear();
        self.resubscribed_at = None;
        self.answered = None;
        for track in self.tracks.values_mut() {
            track.link_lost();
        }
    }

    /// The link is gone, whoever ended it.
    pub fn lost(&mut self) {
        self.stage = Stage::Down;
        self.live = false;
        for track in self.tracks.values_mut() {
            track.link_lost();
        }
    }

    /// The server asked for a fresh start (close 4410): nothing is resumed.
    pub fn forget(&mut self) {
        self.boot = None;
        self.tracks.clear();
    }

    /// Every topic is complete and current.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// The server's clock less ours, ms.
    fn offset_ms(&self) -> i64 {
        self.skew
            .estimate()
            .map_or(self.rough_offset_ms, |(offset, _)| offset)
    }

    fn ping(&mut self, now: Timestamp) -> Option<Output> {
        self.ping_id += 1;
        self.ping_at = now + PING_EVERY;
        self.pings.insert(self.ping_id, now);
        while self.pings.len() > 4 {
            self.pings.pop_first();
        }
        send(&ClientMessage::Ping {
            id: self.ping_id,
            sent: now,
        })
    }

    fn pong(
        &mut self,
        id: u64,
        ping_received: Timestamp,
        sent: Timestamp,
        now: Timestamp,
    ) -> Vec<Output> {
        // Our own note of when it left; what the server says of it is not needed.
        let Some(left) = self.pings.remove(&id) else {
            return Vec::new();
        };
        let (offset, off_by) = self.skew.add(left, ping_received, sent, now);
        self.pace.pinged(now, offset, off_by);
        let mut out = Vec::new();
        if let Some((offset_ms, uncertainty_ms)) = self.skew.estimate() {
            out.push(Output::Event(FeedEvent::Skew {
                offset_ms,
                uncertainty_ms,
            }));
        }
        out.extend(self.goes());
        if matches!(self.stage, Stage::Greeted { .. }) {
            out.extend(self.first_subscription(now));
        }
        out.extend(self.release(now));
        out
    }

    /// Tells how the server's clock goes, where that has changed.
    fn goes(&mut self) -> Option<Output> {
        let going = self.pace.going();
        let before = std::mem::replace(&mut self.going, going);
        (before != going).then_some(Output::Event(FeedEvent::Clock(going)))
    }

    fn first_subscription(&mut self, now: Timestamp) -> Vec<Output> {
        self.stage = Stage::Subscribed;
        let topics: Vec<Topic> = self.tracks.keys().copied().collect();
        let mut out = self.subscribe(&topics, now);
        for watch in &self.watches {
            out.extend(send(&ClientMessage::Act(self.understood(watch))));
        }
        if topics.is_empty() {
            out.extend(self.judge_live());
        }
        out
    }

    fn subscribe(&mut self, topics: &[Topic], now: Timestamp) -> Vec<Output> {
        if topics.is_empty() {
            return Vec::new();
        }
        self.subscriptions += 1;
        let mut seq = BTreeMap::new();
        for topic in topics {
            if let Some(track) = self.tracks.get_mut(topic) {
                track.asked(now);
                seq.extend(track.seq().map(|seq| (*topic, seq)));
            }
        }
        let resume = self
            .boot
            .clone()
            .filter(|_| !seq.is_empty())
            .map(|boot| Resume { boot, seq });
        send(&ClientMessage::Subscribe(Subscribe {
            id: format!("s{}", self.subscriptions).into(),
            version: VERSION,
            topics: topics.to_vec(),
            max_hz: self.wants.max_hz,
            resume,
        }))
        .into_iter()
        .collect()
    }

    /// Subscribes again to whatever has a gap, not too often.
    fn mend(&mut self, now: Timestamp) -> Vec<Output> {
        if self.stage != Stage::Subscribed
            || self
                .resubscribed_at
                .is_some_and(|at| at.age(now) < RESUBSCRIBE_EVERY && at <= now)
        {
            return Vec::new();
        }
        let topics: Vec<Topic> = self
            .tracks
            .iter()
            .filter(|(_, track)| track.needs_asking(now, SYNC_WITHIN))
            .map(|(topic, _)| *topic)
            .collect();
        if topics.is_empty() {
            return Vec::new();
        }
        self.resubscribed_at = Some(now);
        self.subscribe(&topics, now)
    }

    fn judge_live(&mut self) -> Option<Output> {
        let live = self.stage == Stage::Subscribed && self.tracks.values().all(Track::is_current);
        if live && !self.live {
            self.live = true;
            return Some(Output::Event(FeedEvent::Link(LinkState::Live)));
        }
        None
    }

    /// Time has passed; call at least ten times a second.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Output> {
        if now < self.ticked_at {
            self.clock_went_back(now);
        }
        self.ticked_at = now;
        match self.stage {
            Stage::Down | Stage::Closed => return Vec::new(),
            Stage::Opened => {
                if self.opened_at.age(now) >= HELLO_WITHIN {
                    return self.silent("no hello within 5 s");
                }
                return Vec::new();
            }
            Stage::Greeted { at } if at.age(now) >= FIRST_PONG_WITHIN => {
                return self.first_subscription(now);
            }
            Stage::Greeted { .. } | Stage::Subscribed => {}
        }
        if self.heard_at.age(now) >= self.heartbeat * SILENT_BEATS {
            return self.silent("nothing for three heartbeats");
        }
        let mut out = self.overdue(now);
        out.extend(self.mend(now));
        if self.ping_at <= now {
            out.extend(self.ping(now));
        }
        out
    }

    /// How often [`tick`](Self::tick) wants to be called: often enough that a silent link is found in time.
    pub fn pace(&self) -> Duration {
        (self.heartbeat / 2).clamp(Duration::from_millis(100), Duration::from_millis(500))
    }

    /// Our clock was set back: spans that run begin anew, or a dead link would look alive until it has caught up.
    fn clock_went_back(&mut self, now: Timestamp) {
        self.opened_at = now;
        self.heard_at = now;
        self.ping_at = now;
        self.pings.clear();
        self.resubscribed_at = None;
        if let Stage::Greeted { at } = &mut self.stage {
            *at = now;
        }
        for track in self.tracks.values_mut() {
            track.clock_went_back(now);
        }
    }

    fn silent(&mut self, why: &str) -> Vec<Output> {
        self.stage = Stage::Closed;
        vec![Output::Close(close::SILENCE, why.to_owned())]
    }
}

fn send(message: &ClientMessage) -> Option<Output> {
    write_client(message).ok().map(Output::Send)
}
