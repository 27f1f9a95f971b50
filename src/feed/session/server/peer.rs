//! One console at the serving end: what it subscribed to, and what waits to be sent to it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::book::{Batch, Snapshot, WireText};
use super::stream::{MAX_WAITING, Stream};
use crate::domain::filter::MachineFilter;
use crate::domain::fleet::MachinePage;
use crate::domain::ids::{HallId, MachineId, OrderId, SiteId};
use crate::domain::link::{FeedInfo, Request, Topic};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::feed::protocol::{
    ClientMessage, Hello, Resume, ServerMessage, Subscribe, VERSION, close, read_client,
    write_server,
};
use crate::feed::session::client::about;

/// A console pings every five seconds; one that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Halls watched at a time, and pages asked for in a second.
const MAX_WATCHES: usize = 8;
/// Of these, pages that a whole hall is looked through for.
const MAX_SEARCHES: usize = 2;
/// Pages that are remembered as asked for: none is asked for again before its time, watched anew or not.
const REMEMBERED: usize = 64;
/// Most that waits to be sent beside topics and pages, bytes.
const MAX_CONTROL: usize = 2 << 20;
/// Nothing more is taken from a console while more than this waits that it alone has asked for, bytes.
const MAX_UNREAD: usize = 256 << 10;
/// More than this is not replayed: the snapshot alone tells where everything stands, and says that it does not continue.
const MAX_REPLAY: usize = 1_000;
/// Small things first, so that a page of blocks never holds back a trip of the grid.
const URGENT_FIRST: [Topic; 5] = [
    Topic::Order,
    Topic::Alarm,
    Topic::Grid,
    Topic::Reserve,
    Topic::Fleet,
];

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// May look and order.
    #[default]
    Operator,
    /// May look.
    Viewer,
}

/// What a peer is told at its start.
#[derive(Debug, Clone)]
pub struct PeerConfig {
    /// What the server says of itself on this path.
    pub info: FeedInfo,
    /// What the token allows.
    pub role: Role,
}

/// What a peer wants of the server around it.
#[derive(Debug, Clone, PartialEq)]
pub enum PeerOut {
    /// Begin these topics for it ([`Peer::begin`]).
    Subscribe {
        /// Of what.
        topics: Vec<Topic>,
        /// Where it stood.
        resume: Option<Resume>,
    },
    /// Put this to the gateway.
    Ask(Request),
    /// Fetch this page.
    Machines {
        /// The site.
        site: SiteId,
        /// The hall.
        hall: HallId,
        /// From 0.
        page: u32,
        /// The one whose detail is wanted too.
        machine: Option<MachineId>,
        /// Only those that it lets through.
        filter: MachineFilter,
    },
    /// The console reports an error of ours: for the log.
    Complaint(String),
    /// Close the link.
    Close(u16, String),
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
struct View {
    site: SiteId,
    hall: HallId,
    page: u32,
    machine: Option<MachineId>,
    filter: MachineFilter,
}

impl View {
    fn is_of(&self, site: &SiteId, hall: &HallId) -> bool {
        (&self.site, &self.hall) == (site, hall)
    }

    /// Does this page answer it? A gateway that can't filter says of no page that it has.
    fn is_met(&self, page: &MachinePage) -> bool {
        let filter = page.search.as_ref().map(|search| &search.filter);
        self.is_of(&page.site, &page.hall)
            && self.page == page.page
            && filter.is_none_or(|filter| filter == self.filter.text())
    }
}

#[derive(Debug)]
struct Watch {
    view: View,
    due: Timestamp,
}

/// One console.
#[derive(Debug)]
pub struct Peer {
    config: PeerConfig,
    streams: BTreeMap<Topic, Stream>,
    spacing: Option<Duration>,
    control: VecDeque<WireText>,
    control_bytes: usize,
    watches: Vec<Watch>,
    /// The page that waits to be sent: there is never more than one.
    page: Option<WireText>,
    /// Since when a page is on its way here.
    fetching: Option<Timestamp>,
    /// What was asked for lately, the latest last.
    fetched: VecDeque<(Timestamp, View)>,
    heard_at: Timestamp,
    sent_at: Timestamp,
    ticked_at: Timestamp,
    overflow: bool,
}

/// The order that a query is after.
fn looked_at(request: &Request) -> Option<OrderId> {
    match request {
        Request::OrderQuery(id) => Some(*id),
        Request::Stamped(request, _) => looked_at(request),
        _ => None,
    }
}

impl Peer {
    /// A console has connected; `hello` is the first thing that it will be sent.
    pub fn new(config: PeerConfig, now: Timestamp) -> Self {
        let hello = ServerMessage::Hello(Box::new(Hello {
            info: config.info.clone(),
            version: VERSION,
            time: now,
        }));
        let mut peer = Self {
            config,
            streams: BTreeMap::new(),
            spacing: None,
            control: VecDeque::new(),
            control_bytes: 0,
            watches: Vec::new(),
            page: None,
            fetching: None,
            fetched: VecDeque::new(),
            heard_at: now,
            sent_at: now,
            ticked_at: now,
            overflow: false,
        };
        peer.say(&hello);
        peer
    }

    fn say(&mut self, message: &ServerMessage) {
        if let Some(text) = write_server(message) {
            self.queue(text);
        }
    }

    fn queue(&mut self, text: String) {
        if self.control.len() >= MAX_WAITING || self.control_bytes + text.len() > MAX_CONTROL {
            self.overflow = true;
        } else {
            self.control_bytes += text.len();
            self.control.push_back(text.into());
        }
    }

    /// So much waits that this console alone has asked for that no more is taken from it until it reads.
    pub fn is_full(&self) -> bool {
        let answers: usize = self.streams.values().map(|stream| stream.answers).sum();
        self.control_bytes + answers > MAX_UNREAD
    }

    /// What it may do from now on.
    pub fn allow(&mut self, role: Role) {
        self.config.role = role;
    }

    /// Answers with an error.
    pub fn fail(&mut self, code: &str, message: impl Into<Sentence>, about: Option<Arc<str>>) {
        self.say(&ServerMessage::Error {
            code: code.into(),
            message: message.into(),
            about,
        });
    }

    /// A text message came from the console.
    pub fn text(&mut self, text: &str, now: Timestamp) -> Vec<PeerOut> {
        self.heard_at = now;
        match read_client(text) {
            Ok(ClientMessage::Subscribe(subscribe)) => self.subscribe(subscribe),
            Ok(ClientMessage::Ping { id, sent }) => {
                self.say(&ServerMessage::Pong {
                    id,
                    ping_sent: sent,
                    ping_received: now,
                    sent: now,
                });
                Vec::new()
            }
            Ok(ClientMessage::Act(request)) => self.act(request, now),
            Ok(ClientMessage::Error { code, message }) => {
                vec![PeerOut::Complaint(format!("{message} ({code})"))]
            }
            Err(unreadable) if unreadable.fatal => {
                vec![PeerOut::Close(close::BAD_MESSAGE, unreadable.message)]
            }
            Err(unreadable) => {
                self.fail(unreadable.code, unreadable.message, unreadable.about);
                Vec::new()
            }
        }
    }

    fn subscribe(&mut self, subscribe: Subscribe) -> Vec<PeerOut> {
        if subscribe.version != VERSION {
            let why = format!("this server speaks version {VERSION}");
            return vec![PeerOut::Close(close::VERSION, why)];
        }
        let serves = &self.config.info.serves;
        if let Some(other) = subscribe
            .topics
            .iter()
            .find(|topic| !serves.contains(topic))
        {
            let why = format!("`{}` is not served here", other.word());
            self.fail("not_served", why, Some(subscribe.id));
            return Vec::new();
        }
        self.spacing = subscribe
            .max_hz
            .map(|hz| Duration::from_secs_f64(1.0 / hz.clamp(0.01, 1_000.0)));
        for topic in &subscribe.topics {
            // What was waiting belongs to the old subscription.
            self.streams.remove(topic);
        }
        vec![PeerOut::Subscribe {
            topics: subscribe.topics,
            resume: subscribe.resume,
        }]
    }

    fn act(&mut self, request: Request, now: Timestamp) -> Vec<PeerOut> {
        match request {
            Request::Watch {
                site,
                hall,
                page,
                machine,
                filter,
            } => self.watch(
                View {
                    site,
                    hall,
                    page,
                    machine,
                    filter,
                },
                now,
            ),
            Request::Unwatch { site, hall } => {
                self.watches.retain(|w| !w.view.is_of(&site, &hall));
                Vec::new()
            }
            request if self.config.role == Role::Viewer => {
                // Who may only look asks how an order stands, and makes no id dead by it.
                if let Some(id) = looked_at(&request)
                    && self.config.info.serves.contains(&Topic::Order)
                {
                    return vec![PeerOut::Ask(Request::OrderLook(id))];
                }
                let why = told!("looks-only", "this token may only look; nothing is done");
                self.fail("read_only", why, Some(about(&request)));
                Vec::new()
            }
            request => {
                let serves = |topic| self.config.info.serves.contains(&topic);
                let what = match &request {
                    Request::Stamped(request, _) => request,
                    request => request,
                };
                let here = match what {
                    Request::AlarmAck(_) | Request::AlarmShelve { .. } => serves(Topic::Alarm),
                    _ => serves(Topic::Order),
                };
                if here {
                    return vec![PeerOut::Ask(request)];
                }
                let why = told!(
                    "path-serves-no-orders",
                    "orders and alarms are not served on this path; nothing is done"
                );
                self.fail("not_served", why, Some(about(&request)));
                Vec::new()
            }
        }
    }

    fn watch(&mut self, view: View, now: Timestamp) -> Vec<PeerOut> {
        if self.watches.iter().any(|w| w.view == view) {
            return Vec::new();
        }
        self.watches
            .retain(|w| !w.view.is_of(&view.site, &view.hall));
        if self.watches.len() >= MAX_WATCHES {
            let why = format!("at most {MAX_WATCHES} halls are watched at a time");
            self.fail("too_many_watches", why, Some(view.hall.as_str().into()));
            return Vec::new();
        }
        let period = self.config.info.report_period;
        let lately = self.fetched.iter().rfind(|(_, known)| *known == view);
        let due = lately.map_or(now, |(at, _)| (*at + period).max(now));
        self.watches.push(Watch { view, due });
        self.fetch(now).into_iter().collect()
    }

    /// The next page to ask for. One at a time: a console that does not read gets no more, and none takes long.
    fn fetch(&mut self, now: Timestamp) -> Option<PeerOut> {
        let period = self.config.info.report_period;
        let patience = period.max(Duration::from_secs(5));
        let second = period.min(Duration::from_secs(1));
        let on_its_way = |at: Timestamp| at <= now && at.age(now) < patience;
        let lately = || self.fetched.iter().filter(|f| f.0.age(now) < second);
        if self.page.is_some()
            || self.fetching.is_some_and(on_its_way)
            || lately().count() >= MAX_WATCHES
        {
            return None;
        }
        let searches = lately().filter(|(_, view)| !view.filter.is_empty()).count();
        let may = |view: &View| searches < MAX_SEARCHES || view.filter.is_empty();
        let watch = self
            .watches
            .iter_mut()
            .filter(|watch| watch.due <= now && may(&watch.view))
            .min_by_key(|watch| watch.due)?;
        // Asked again only when an answer has come, or should have.
        watch.due = now + patience;
        self.fetching = Some(now);
        let view = watch.view.clone();
        if self.fetched.len() == REMEMBERED {
            self.fetched.pop_front();
        }
        self.fetched.push_back((now, view.clone()));
        let View {
            site,
            hall,
            page,
            machine,
            filter,
        } = view;
        Some(PeerOut::Machines {
            site,
            hall,
            page,
            machine,
            filter,
        })
    }

    /// Begins a topic: what was missed, where that is known, then all there is.
    pub fn begin(&mut self, missed: &[Arc<Batch>], snapshot: &Snapshot) {
        let mut stream = Stream::default();
        for batch in missed.iter().filter(|_| missed.len() <= MAX_REPLAY) {
            stream.push(&batch.texts, batch.seq);
        }
        stream.push(&snapshot.texts, snapshot.seq);
        stream.begun = (stream.queue.len(), stream.bytes);
        self.streams.insert(snapshot.topic, stream);
    }

    /// Something was published.
    pub fn offer(&mut self, batch: &Batch, now: Timestamp) {
        let Some(stream) = self.streams.get_mut(&batch.topic) else {
            return;
        };
        if batch.seq <= stream.queued.max(stream.pending_seq) {
            return;
        }
        if !batch.topic.is_telemetry() {
            stream.push(&batch.texts, batch.seq);
            self.overflow |= stream.overflows();
        } else if stream.ready(now) || !stream.pending.is_empty() || stream.due > now {
            stream.merge(batch);
        } else {
            stream.push(&batch.texts, batch.seq);
        }
    }

    /// An answer for this console alone. Where it hears the topic, the answer keeps its place among the updates.
    pub fn answer(&mut self, topic: Topic, text: String) {
        match self.streams.get_mut(&topic) {
            Some(stream) => {
                stream.bytes += text.len();
                stream.answers += text.len();
                stream.queue.push_back((text.into(), None));
                self.overflow |= stream.overflows();
            }
            None => self.queue(text),
        }
    }

    /// A page for this console, if it still watches it.
    pub fn machines(&mut self, page: MachinePage, now: Timestamp) {
        let period = self.config.info.report_period;
        self.fetching = None;
        let watched = self.watches.iter_mut().find(|w| w.view.is_met(&page));
        if let Some(watch) = watched {
            watch.due = now + period;
            self.page = write_server(&ServerMessage::Machines(Box::new(page))).map(WireText::from);
        }
    }

    /// A page that could not be had: it is not asked for again.
    pub fn unwatch(&mut self, site: &SiteId, hall: &HallId) {
        self.fetching = None;
        self.watches.retain(|w| !w.view.is_of(site, hall));
    }

    /// Is there anything to send?
    pub fn ready(&self, now: Timestamp) -> bool {
        !self.control.is_empty()
            || self.page.is_some()
            || self.streams.values().any(|stream| stream.ready(now))
    }

    /// The next text to send.
    pub fn pop(&mut self, now: Timestamp) -> Option<WireText> {
        let control = self.control.pop_front();
        self.control_bytes -= control.as_ref().map_or(0, |text| text.len());
        let first = control.or_else(|| self.page.take());
        let text = first.or_else(|| {
            URGENT_FIRST.iter().find_map(|topic| {
                let spacing = self.spacing.filter(|_| topic.is_telemetry());
                self.streams
                    .get_mut(topic)
                    .and_then(|stream| stream.pop(*topic, now, spacing))
            })
        })?;
        self.sent_at = now;
        Some(text)
    }

    /// Time has passed; call at least ten times a second.
    pub fn tick(&mut self, now: Timestamp) -> Vec<PeerOut> {
        if now < self.ticked_at {
            // The clock was set back: spans that run begin anew.
            (self.heard_at, self.sent_at) = (now, now);
            for stream in self.streams.values_mut() {
                stream.due = now;
            }
            for watch in &mut self.watches {
                watch.due = now;
            }
            self.fetched.clear();
        }
        self.ticked_at = now;
        if self.overflow {
            let why = "what waits must not be dropped, and too much waits".to_owned();
            return vec![PeerOut::Close(close::TOO_SLOW, why)];
        }
        if self.heard_at.age(now) >= SILENCE {
            let why = "nothing heard for 30 s".to_owned();
            return vec![PeerOut::Close(close::SILENCE, why)];
        }
        if !self.ready(now) && self.sent_at.age(now) >= self.config.info.heartbeat {
            let seq = self
                .streams
                .iter()
                .map(|(topic, stream)| (*topic, stream.sent))
                .collect();
            self.say(&ServerMessage::Heartbeat { time: now, seq });
        }
        self.fetch(now).into_iter().collect()
    }
}
