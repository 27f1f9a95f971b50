//! The task that owns a gateway: moves it on, publishes what has changed, answers what clients ask.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::fleet::MachinePage;
use crate::domain::ids::{BootId, HallId, MachineId, SiteId};
use crate::domain::link::{Item, Request, Topic};
use crate::domain::units::Power;
use crate::feed::protocol::{Resume, write_order_status};
use crate::feed::session::client::about;
use crate::feed::session::server::{Batch, Book, Snapshot};
use crate::feed::socket::Clock;
use crate::gateway::{Gateway, Identity, LinkId, Refusal};

/// Requests of all clients that wait for the gateway; a client that asks more waits itself.
const INBOX: usize = 1_024;
/// Messages that wait for one client's task (not its socket), which does nothing but take them.
const MAILBOX: usize = 1_024;

/// How a hub runs.
#[derive(Clone)]
pub struct HubOptions {
    /// What time it is.
    pub clock: Clock,
    /// How often the gateway is moved on.
    pub tick: Duration,
    /// Longest silence, at most a second.
    pub heartbeat: Duration,
}

impl HubOptions {
    /// Ten times a second, a heartbeat each second.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            tick: Duration::from_millis(100),
            heartbeat: Duration::from_secs(1),
        }
    }
}

/// What a client's task asks of the hub.
pub(super) enum Ask {
    Join(LinkId, mpsc::Sender<Tell>),
    Leave(LinkId),
    Subscribe(LinkId, Vec<Topic>, Option<Resume>),
    Request(LinkId, Request),
    Machines(LinkId, (SiteId, HallId, u32), Option<MachineId>),
}

/// What the hub tells a client's task.
pub(super) enum Tell {
    Begin(Vec<Arc<Batch>>, Arc<Snapshot>),
    Batch(Arc<Batch>),
    Answer(Topic, String),
    Machines(Box<MachinePage>),
    Unwatch(SiteId, HallId),
    Error {
        code: &'static str,
        message: String,
        about: Arc<str>,
    },
}

/// A running gateway. Clones share it; it ends when the last one, and every listener, is gone.
#[derive(Clone)]
pub struct Hub {
    asks: mpsc::Sender<Ask>,
    identity: Identity,
    emergency_step: Option<Power>,
    boot: BootId,
    options: HubOptions,
    next: Arc<std::sync::atomic::AtomicU64>,
}

impl Hub {
    /// Starts the task on the present tokio runtime.
    pub fn start(mut gateway: Box<dyn Gateway>, options: HubOptions) -> Self {
        let news = Arc::new(Notify::new());
        let wakes = Arc::clone(&news);
        gateway.wake_with(Arc::new(move || wakes.notify_one()));
        let identity = gateway.identity();
        let emergency_step = gateway.emergency_step();
        let boot = BootId::new(&format!("{:032x}", rand::random::<u128>()));
        let (asks, inbox) = mpsc::channel(INBOX);
        let state = State {
            gateway,
            book: Book::new(boot.clone()),
            clients: HashMap::new(),
            clock: Arc::clone(&options.clock),
        };
        tokio::spawn(state.run(inbox, news, options.tick));
        Self {
            asks,
            identity,
            emergency_step,
            boot,
            options,
            next: Arc::default(),
        }
    }

    /// Who the gateway says that it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Most that one step of an emergency shed may move there.
    pub fn emergency_step(&self) -> Option<Power> {
        self.emergency_step
    }

    /// This life of the server.
    pub fn boot(&self) -> &BootId {
        &self.boot
    }

    pub(super) fn options(&self) -> &HubOptions {
        &self.options
    }

    /// A new client: its number, its mailbox, and where it asks. None where the hub has ended.
    pub(super) async fn join(&self) -> Option<(LinkId, mpsc::Receiver<Tell>, mpsc::Sender<Ask>)> {
        let id = LinkId(self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let (tells, mailbox) = mpsc::channel(MAILBOX);
        self.asks.send(Ask::Join(id, tells)).await.ok()?;
        Some((id, mailbox, self.asks.clone()))
    }
}

struct State {
    gateway: Box<dyn Gateway>,
    book: Book,
    clients: HashMap<LinkId, mpsc::Sender<Tell>>,
    clock: Clock,
}

impl State {
    async fn run(mut self, mut inbox: mpsc::Receiver<Ask>, news: Arc<Notify>, tick: Duration) {
        let mut ticks = interval(tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                ask = inbox.recv() => match ask {
                    Some(ask) => self.hear(ask),
                    None => return,
                },
                () = news.notified() => self.advance(),
                _ = ticks.tick() => self.advance(),
            }
        }
    }

    fn advance(&mut self) {
        self.gateway.advance((self.clock)());
        for topic in Topic::ALL {
            self.publish(topic);
        }
        self.answer_late();
    }

    /// Gives the answers that had to wait for their record.
    fn answer_late(&mut self) {
        for late in self.gateway.late() {
            self.answer(late.link, late.about, late.answer);
        }
    }

    /// Sends what has changed. A client whose mailbox is full is let go: its task sees it closed.
    fn publish(&mut self, topic: Topic) {
        let items = self.gateway.changes(topic);
        if items.is_empty() {
            return;
        }
        if let Some(batch) = self.book.publish(topic, &items, (self.clock)()) {
            self.clients
                .retain(|_, client| client.try_send(Tell::Batch(Arc::clone(&batch))).is_ok());
        }
    }

    fn tell(&mut self, id: LinkId, tell: Tell) {
        if let Some(client) = self.clients.get(&id)
            && client.try_send(tell).is_err()
        {
            self.clients.remove(&id);
        }
    }

    fn hear(&mut self, ask: Ask) {
        match ask {
            Ask::Join(id, client) => {
                self.clients.insert(id, client);
            }
            Ask::Leave(id) => {
                self.clients.remove(&id);
            }
            Ask::Subscribe(id, topics, resume) => {
                for topic in topics {
                    self.begin(id, topic, resume.as_ref());
                }
            }
            Ask::Request(id, request) => self.request(id, request),
            Ask::Machines(id, (site, hall, page), machine) => {
                match self.gateway.machines(&site, &hall, page) {
                    Ok(mut page) => {
                        let row = page
                            .rows
                            .iter_mut()
                            .find(|m| Some(&m.id) == machine.as_ref());
                        if let Some(row) = row {
                            row.detail = self.gateway.machine(&site, row).map(Box::new);
                        }
                        self.tell(id, Tell::Machines(Box::new(page)));
                    }
                    Err(refusal) => {
                        let about = hall.as_str().into();
                        self.tell(id, Tell::Unwatch(site, hall));
                        self.tell(
                            id,
                            Tell::Error {
                                code: refusal.code,
                                message: refusal.message,
                                about,
                            },
                        );
                    }
                }
            }
        }
    }

    fn begin(&mut self, id: LinkId, topic: Topic, resume: Option<&Resume>) {
        // What has changed since the last tick comes first, or it would follow the snapshot that holds it.
        self.publish(topic);
        let now = (self.clock)();
        let missed = resume
            .filter(|resume| &resume.boot == self.book.boot() && !topic.is_telemetry())
            .and_then(|resume| resume.seq.get(&topic))
            .and_then(|seq| self.book.since(topic, *seq))
            .unwrap_or_default();
        let snapshot = self.book.fresh_snapshot(topic, now).unwrap_or_else(|| {
            let items = self.gateway.snapshot(topic);
            self.book.snapshot(topic, &items, now)
        });
        self.tell(id, Tell::Begin(missed, snapshot));
    }

    fn request(&mut self, id: LinkId, request: Request) {
        let about = about(&request);
        let answer = self.gateway.request(request, id, (self.clock)());
        // Everybody hears of it before the asker's own answer, so that nobody sees an order go backwards.
        self.publish(Topic::Order);
        self.publish(Topic::Alarm);
        self.answer(id, about, answer);
        self.answer_late();
    }

    fn answer(&mut self, id: LinkId, about: Arc<str>, answer: Result<Vec<Item>, Refusal>) {
        match answer {
            Ok(items) => {
                for item in items {
                    match item {
                        Item::Order(status) => {
                            for text in write_order_status(&status) {
                                self.tell(id, Tell::Answer(Topic::Order, text));
                            }
                        }
                        // Alarms and telemetry reach the asker with everybody else's.
                        other => tracing::debug!(?other, "an answer that no message carries"),
                    }
                }
            }
            Err(refusal) => self.tell(
                id,
                Tell::Error {
                    code: refusal.code,
                    message: refusal.message,
                    about,
                },
            ),
        }
    }
}
