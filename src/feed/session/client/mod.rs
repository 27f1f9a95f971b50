//! The console's end of a session. One value lives as long as the feed is configured; links come and go.

mod shift;
mod topic;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use self::shift::shift_items;
use self::topic::{Step, Track};
use super::skew::Skew;
use crate::domain::ids::{BootId, HallId, SiteId};
use crate::domain::link::{FeedEvent, Item, LinkState, Request, Topic};
use crate::domain::order::OrderStatus;
use crate::domain::time::Timestamp;
use crate::feed::protocol::{
    ClientMessage, Hello, Part, Resume, ServerMessage, Subscribe, VERSION, close, read_server,
    write_client,
};

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
/// Halls watched at a time.
const MAX_WATCHES: usize = 8;

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
    /// From `hello`, until the first pong: no better than the way here.
    rough_offset_ms: i64,
    ping_at: Timestamp,
    ping_id: u64,
    pings: BTreeMap<u64, Timestamp>,
    subscriptions: u64,
    resubscribed_at: Option<Timestamp>,
    watches: Vec<(SiteId, HallId, u32)>,
    /// The last answer for us alone, as the server gave it.
    answered: Option<OrderStatus>,
    bad_items: u64,
    bad_messages: u64,
}

/// The id of a request, as an `error` names it.
pub fn about(request: &Request) -> Arc<str> {
    match request {
        Request::Order(order) => order_text(order.id.0),
        Request::OrderQuery(id) | Request::OrderCancel(id) => order_text(id.0),
        Request::Watch { hall, .. } | Request::Unwatch { hall, .. } => hall.as_str().into(),
        Request::AlarmAck(id) | Request::AlarmShelve { id, .. } => id.as_str().into(),
    }
}

fn order_text(id: u128) -> Arc<str> {
    ulid::Ulid(id).to_string().into()
}

/// The event that says of a request that it was not sent.
pub fn not_sent(request: &Request, why: &str) -> FeedEvent {
    FeedEvent::Error {
        code: "not_sent".into(),
        message: why.into(),
        about: Some(about(request)),
    }
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
            rough_offset_ms: 0,
            ping_at: never,
            ping_id: 0,
            pings: BTreeMap::new(),
            subscriptions: 0,
            resubscribed_at: None,
            watches: Vec::new(),
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

    /// A text message came.
    pub fn text(&mut self, text: &str, now: Timestamp) -> Vec<Output> {
        if matches!(self.stage, Stage::Down | Stage::Closed) {
            return Vec::new();
        }
        self.heard_at = now;
        match read_server(text) {
            Ok(message) => self.message(message, now),
            Err(bad) => self.refuse(&bad.0),
        }
    }

    /// Something came that is no text message.
    pub fn refuse(&mut self, why: &str) -> Vec<Output> {
        self.bad_messages += 1;
        self.stage = Stage::Closed;
        vec![
            self.counted(),
            Output::Close(close::BAD_MESSAGE, why.to_owned()),
        ]
    }

    fn counted(&self) -> Output {
        Output::Event(FeedEvent::Counted {
            bad_items: self.bad_items,
            bad_messages: self.bad_messages,
        })
    }

    fn message(&mut self, message: ServerMessage, now: Timestamp) -> Vec<Output> {
        match (self.stage, message) {
            (Stage::Opened, ServerMessage::Hello(hello)) => self.hello(&hello, now),
            (Stage::Opened, ServerMessage::Unknown) => Vec::new(),
            (Stage::Opened, _) => self.refuse("the first message is not hello"),
            (_, ServerMessage::Hello(_)) => self.refuse("a second hello"),
            (
                _,
                ServerMessage::Pong {
                    id,
                    ping_received,
                    sent,
                    ..
                },
            ) => self.pong(id, ping_received, sent, now),
            (_, ServerMessage::Snapshot { boot, part }) => self.snapshot(&boot, part, now),
            (_, ServerMessage::Update { prev, part }) => self.update(prev, part, now),
            (_, ServerMessage::Heartbeat { seq, .. }) => self.heartbeat(&seq, now),
            (_, ServerMessage::Machines(mut page)) => {
                page.measured_at = page.measured_at.shifted(-self.offset_ms());
                vec![Output::Event(FeedEvent::Machines(page))]
            }
            (_, ServerMessage::OrderStatus { status, continues }) => {
                self.answer(*status, continues)
            }
            (
                _,
                ServerMessage::Error {
                    code,
                    message,
                    about,
                },
            ) => vec![Output::Event(FeedEvent::Error {
                code,
                message,
                about,
            })],
            (_, ServerMessage::Unknown) => Vec::new(),
        }
    }

    /// An answer for us alone. One of very many blocks comes in several messages, and grows with each.
    fn answer(&mut self, status: OrderStatus, continues: bool) -> Vec<Output> {
        let whole = match self.answered.take() {
            Some(mut before) if continues && before.id == status.id => {
                before.targets.extend(status.targets);
                before
            }
            _ if continues => return self.refuse("a status that continues none"),
            _ => status,
        };
        self.answered = Some(whole.clone());
        let mut items = vec![Item::Order(Box::new(whole))];
        shift_items(&mut items, -self.offset_ms());
        vec![Output::Event(FeedEvent::Update {
            topic: Topic::Order,
            items,
        })]
    }

    fn hello(&mut self, hello: &Hello, now: Timestamp) -> Vec<Output> {
        if hello.version != VERSION {
            self.stage = Stage::Closed;
            let why = format!("the server speaks version {}, not {VERSION}", hello.version);
            return vec![Output::Close(close::VERSION, why)];
        }
        let info = hello.info.clone();
        self.heartbeat = info.heartbeat;
        self.rough_offset_ms = hello.time.millis().saturating_sub(now.millis());
        if self.boot.as_ref() != Some(&info.boot) {
            for track in self.tracks.values_mut() {
                track.server_restarted();
            }
            self.boot = Some(info.boot.clone());
        }
        let wanted: Vec<Topic> = info
            .serves
            .iter()
            .copied()
            .filter(|topic| self.wants.topics.is_empty() || self.wants.topics.contains(topic))
            .collect();
        self.tracks.retain(|topic, _| wanted.contains(topic));
        for topic in wanted {
            self.tracks.entry(topic).or_default();
        }
        self.stage = Stage::Greeted { at: now };
        let mut out = vec![
            Output::Event(FeedEvent::Hello(Box::new(info))),
            Output::Event(FeedEvent::Link(LinkState::Syncing)),
        ];
        out.extend(self.ping(now));
        out
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
        self.skew.add(left, ping_received, sent, now);
        let mut out = Vec::new();
        if let Some((offset_ms, uncertainty_ms)) = self.skew.estimate() {
            out.push(Output::Event(FeedEvent::Skew {
                offset_ms,
                uncertainty_ms,
            }));
        }
        if matches!(self.stage, Stage::Greeted { .. }) {
            out.extend(self.first_subscription(now));
        }
        out
    }

    fn first_subscription(&mut self, now: Timestamp) -> Vec<Output> {
        self.stage = Stage::Subscribed;
        let topics: Vec<Topic> = self.tracks.keys().copied().collect();
        let mut out = self.subscribe(&topics, now);
        for (site, hall, page) in self.watches.clone() {
            out.extend(send(&ClientMessage::Act(Request::Watch {
                site,
                hall,
                page,
            })));
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

    fn snapshot(&mut self, boot: &BootId, part: Part, now: Timestamp) -> Vec<Output> {
        if self.boot.as_ref() != Some(boot) {
            return self.refuse("a snapshot of another life of the server");
        }
        let (topic, bad) = (part.topic, part.bad);
        let Some(track) = self.tracks.get_mut(&topic) else {
            return Vec::new();
        };
        let step = track.snapshot(part, now);
        let mut out = self.step(topic, step, now);
        out.extend(self.count(bad));
        out.extend(self.judge_live());
        out
    }

    fn update(&mut self, prev: u64, part: Part, now: Timestamp) -> Vec<Output> {
        let (topic, bad) = (part.topic, part.bad);
        let Some(track) = self.tracks.get_mut(&topic) else {
            return Vec::new();
        };
        let step = track.update(prev, part, now);
        let mut out = self.step(topic, step, now);
        out.extend(self.count(bad));
        out
    }

    fn heartbeat(&mut self, seq: &BTreeMap<Topic, u64>, now: Timestamp) -> Vec<Output> {
        let mut out = Vec::new();
        for (topic, seq) in seq {
            if let Some(track) = self.tracks.get_mut(topic)
                && track.lost_tail(*seq)
            {
                out.extend(self.step(*topic, Step::Gap, now));
            }
        }
        out
    }

    fn step(&mut self, topic: Topic, step: Step, now: Timestamp) -> Vec<Output> {
        let offset = -self.offset_ms();
        match step {
            Step::Nothing => Vec::new(),
            Step::Apply(mut items) => {
                shift_items(&mut items, offset);
                vec![Output::Event(FeedEvent::Update { topic, items })]
            }
            Step::Replace {
                mut items,
                continuous,
            } => {
                shift_items(&mut items, offset);
                vec![Output::Event(FeedEvent::Snapshot {
                    topic,
                    items,
                    continuous,
                })]
            }
            Step::Gap => {
                let mut out = vec![Output::Event(FeedEvent::Gap(topic))];
                out.extend(self.mend(now));
                out
            }
            Step::Hostile(why) => self.refuse(why),
        }
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

    fn count(&mut self, bad: u64) -> Option<Output> {
        (bad > 0).then(|| {
            self.bad_items = self.bad_items.saturating_add(bad);
            self.counted()
        })
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
        let mut out = self.mend(now);
        if self.ping_at <= now {
            out.extend(self.ping(now));
        }
        out
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

    /// The console asks for something. What cannot be sent now is said at once, never kept for later; a watch alone
    /// is remembered, since it changes nothing there.
    pub fn request(&mut self, request: &Request) -> Vec<Output> {
        match request {
            Request::Watch { site, hall, page } => {
                self.watches.retain(|(s, h, _)| (s, h) != (site, hall));
                self.watches.push((site.clone(), hall.clone(), *page));
                if self.watches.len() > MAX_WATCHES {
                    self.watches.remove(0);
                }
            }
            Request::Unwatch { site, hall } => {
                self.watches.retain(|(s, h, _)| (s, h) != (site, hall));
            }
            _ => {}
        }
        let remembered = matches!(request, Request::Watch { .. } | Request::Unwatch { .. });
        if self.stage != Stage::Subscribed {
            return if remembered {
                Vec::new()
            } else {
                vec![Output::Event(not_sent(request, "the link is down"))]
            };
        }
        let sent = match request {
            // The gateway judges by its own clock.
            Request::AlarmShelve { id, until, reason } => Request::AlarmShelve {
                id: id.clone(),
                until: until.shifted(self.offset_ms()),
                reason: Arc::clone(reason),
            },
            _ => request.clone(),
        };
        match write_client(&ClientMessage::Act(sent)) {
            Ok(text) => vec![Output::Send(text)],
            Err(bad) => vec![Output::Event(not_sent(request, &bad.0))],
        }
    }
}

fn send(message: &ClientMessage) -> Option<Output> {
    write_client(message).ok().map(Output::Send)
}
