//! The task that owns a gateway: moves it on, publishes what has changed, answers what clients ask.
//!
//! Invariant: what acts goes before what is only shown, and of what acts nobody's goes before everybody else's
//! ([`Turns`]); how much waits here is bounded by the number of links. Who asks is known before it can ask, so that no
//! answer is without its asker.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::bounds::Bounds;
use crate::domain::filter::MachineFilter;
use crate::domain::fleet::MachinePage;
use crate::domain::ids::{AlarmId, BootId, HallId, MachineId, SiteId};
use crate::domain::link::{Item, Request, Topic};
use crate::domain::pacing::Pacing;
use crate::domain::sentence::Sentence;
use crate::feed::protocol::{Resume, write_order_status};
use crate::feed::session::client::about;
use crate::feed::session::server::{Batch, Book, Snapshot};
use crate::feed::socket::Clock;
use crate::gateway::roll::Roll;
use crate::gateway::{Gateway, Identity, LinkId, Refusal};

use super::log::Log;
use super::long::{Long, LongTurn};
use super::turns::Turns;

/// Of each sort of request those that wait for the gateway; a client that asks more waits itself.
const INBOX: usize = 1_024;
/// Acts are done for so long before anything else has its turn.
const SLICE: Duration = Duration::from_millis(2);
/// Pages of machines for all clients together, between two ticks.
const PAGES: usize = 20;
/// So many of them is a page for which a whole hall is looked through: nobody's filters hold the others up.
const SEARCH: usize = 10;
/// Acts longer than this are read and done one at a time, bytes: a long one takes its time.
pub(super) const LONG: usize = 32 << 10;
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
    Leave(LinkId),
    Subscribe(LinkId, Vec<Topic>, Option<Resume>, Turn),
    /// Who may act from now on.
    Operators(Arc<Roll>),
    /// A file of this sort can't be used, or can be again.
    Trouble(&'static str, Option<String>),
}

/// A link has one of these at a time: what it asks next waits until this is done.
pub(super) struct Turn {
    pub(super) _own: OwnedSemaphorePermit,
    pub(super) _long: Option<LongTurn>,
}

/// What a client wants done.
pub(super) struct Act {
    pub(super) link: LinkId,
    pub(super) request: Request,
    pub(super) bytes: usize,
    pub(super) turn: Turn,
}

/// A page that a client wants to see.
pub(super) struct Page {
    pub(super) link: LinkId,
    pub(super) of: (SiteId, HallId, u32),
    pub(super) machine: Option<MachineId>,
    pub(super) filter: MachineFilter,
}

/// What is said in `hello` and may change in a gateway's life.
#[derive(Clone, PartialEq)]
pub(super) struct Rules {
    pub(super) identity: Identity,
    pub(super) bounds: Option<Bounds>,
    pub(super) pacing: Pacing,
}

impl Rules {
    fn of(gateway: &dyn Gateway) -> Self {
        Self {
            identity: gateway.identity(),
            bounds: gateway.bounds(),
            pacing: gateway.pacing(),
        }
    }
}

/// Where a client's task asks.
#[derive(Clone)]
pub(super) struct Asks {
    pub(super) acts: mpsc::Sender<Act>,
    /// What is no act and no page.
    pub(super) rest: mpsc::Sender<Ask>,
    pub(super) pages: mpsc::Sender<Page>,
    /// One long act at a time.
    pub(super) long: Arc<Long>,
}

struct Inbox {
    acts: mpsc::Receiver<Act>,
    rest: mpsc::Receiver<Ask>,
    pages: mpsc::Receiver<Page>,
}

fn boxes() -> (Asks, Inbox) {
    let (acts, of_acts) = mpsc::channel(INBOX);
    let (rest, of_rest) = mpsc::channel(INBOX);
    let (pages, of_pages) = mpsc::channel(INBOX);
    let long = Arc::default();
    let inbox = Inbox {
        acts: of_acts,
        rest: of_rest,
        pages: of_pages,
    };
    (
        Asks {
            acts,
            rest,
            pages,
            long,
        },
        inbox,
    )
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
        message: Sentence,
        about: Arc<str>,
    },
}

/// A running gateway. Clones share it; it ends when the last one, and every listener, is gone.
#[derive(Clone)]
pub struct Hub {
    asks: Asks,
    rules: watch::Receiver<Rules>,
    boot: BootId,
    options: HubOptions,
    next: Arc<std::sync::atomic::AtomicU64>,
    clients: Weak<Clients>,
    log: Arc<Log>,
}

/// Every link's mailbox, from before its first request on. They close when the hub ends.
#[derive(Default)]
struct Clients(Mutex<HashMap<LinkId, mpsc::Sender<Tell>>>);

impl Clients {
    fn all(&self) -> MutexGuard<'_, HashMap<LinkId, mpsc::Sender<Tell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Starts the task on the present tokio runtime.
    pub fn start(mut gateway: Box<dyn Gateway>, options: HubOptions) -> Self {
        let news = Arc::new(Notify::new());
        let wakes = Arc::clone(&news);
        gateway.wake_with(Arc::new(move || wakes.notify_one()));
        let (changing, rules) = watch::channel(Rules::of(&*gateway));
        let boot = BootId::new(&format!("{:032x}", rand::random::<u128>()));
        let (asks, inbox) = boxes();
        let clients = Arc::<Clients>::default();
        let known = Arc::downgrade(&clients);
        let state = State {
            gateway,
            rules: changing,
            turns: Turns::default(),
            pages: PAGES,
            book: Book::new(boot.clone()),
            clients,
            clock: Arc::clone(&options.clock),
        };
        tokio::spawn(state.run(inbox, news, options.tick));
        Self {
            asks,
            rules,
            boot,
            options,
            next: Arc::default(),
            clients: known,
            log: Arc::default(),
        }
    }

    /// Who the gateway says that it is, and by which limits.
    pub(super) fn rules(&self) -> watch::Receiver<Rules> {
        self.rules.clone()
    }

    pub(super) fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// From now on these may act; what is under way goes on.
    pub async fn operators(&self, roll: Arc<Roll>) {
        let _ = self.asks.rest.send(Ask::Operators(roll)).await;
    }

    /// A file of this sort (`operators_file`) can't be used, in one sentence; or it can be again.
    pub async fn trouble(&self, sort: &'static str, what: Option<String>) {
        let _ = self.asks.rest.send(Ask::Trouble(sort, what)).await;
    }

    /// This life of the server.
    pub fn boot(&self) -> &BootId {
        &self.boot
    }

    pub(super) fn options(&self) -> &HubOptions {
        &self.options
    }

    /// A new client: its number, its mailbox, and where it asks. None where the hub has ended.
    pub(super) fn join(&self) -> Option<(LinkId, mpsc::Receiver<Tell>, Asks)> {
        let id = LinkId(self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let (tells, mailbox) = mpsc::channel(MAILBOX);
        self.clients.upgrade()?.all().insert(id, tells);
        Some((id, mailbox, self.asks.clone()))
    }
}

struct State {
    gateway: Box<dyn Gateway>,
    rules: watch::Sender<Rules>,
    turns: Turns<Act>,
    /// Pages that may still be made before the next tick.
    pages: usize,
    book: Book,
    clients: Arc<Clients>,
    clock: Clock,
}

impl State {
    async fn run(mut self, mut inbox: Inbox, news: Arc<Notify>, tick: Duration) {
        let mut ticks = interval(tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.take_in(&mut inbox);
            tokio::select! {
                biased;
                _ = ticks.tick() => self.tick(),
                () = ready(()), if !self.turns.is_empty() => {
                    self.act(&mut inbox);
                    // However many act, others have their turn too.
                    if let Ok(ask) = inbox.rest.try_recv() {
                        self.hear(ask);
                    }
                    yield_now().await;
                }
                act = inbox.acts.recv() => match act {
                    Some(act) => self.turns.push(act.link, act.bytes, act),
                    None => return,
                },
                () = news.notified() => self.advance(),
                Some(ask) = inbox.rest.recv() => self.hear(ask),
                Some(page) = inbox.pages.recv(), if self.pages > 0 => {
                    self.pages -= 1;
                    self.page(page);
                }
            }
        }
    }

    fn take_in(&mut self, inbox: &mut Inbox) {
        while let Ok(act) = inbox.acts.try_recv() {
            self.turns.push(act.link, act.bytes, act);
        }
    }

    /// Does what waits to be done, for a while.
    fn act(&mut self, inbox: &mut Inbox) {
        let until = Instant::now() + SLICE;
        while let Some(act) = self.turns.pop() {
            self.request(act.link, act.request);
            drop(act.turn);
            self.take_in(inbox);
            if Instant::now() >= until {
                return;
            }
        }
    }

    fn tick(&mut self) {
        self.pages = PAGES;
        self.advance();
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
        let mut items = self.gateway.changes(topic);
        if topic == Topic::Alarm {
            items = told_once(items);
        }
        if items.is_empty() {
            return;
        }
        if let Some(batch) = self.book.publish(topic, &items, (self.clock)()) {
            self.clients
                .all()
                .retain(|_, client| client.try_send(Tell::Batch(Arc::clone(&batch))).is_ok());
        }
    }

    fn tell(&mut self, id: LinkId, tell: Tell) {
        let mut clients = self.clients.all();
        if clients
            .get(&id)
            .is_some_and(|client| client.try_send(tell).is_err())
        {
            clients.remove(&id);
        }
    }

    fn hear(&mut self, ask: Ask) {
        match ask {
            Ask::Leave(id) => {
                self.clients.all().remove(&id);
                self.turns.leave(id);
            }
            Ask::Subscribe(id, topics, resume, _turn) => {
                for topic in topics {
                    self.begin(id, topic, resume.as_ref());
                }
            }
            Ask::Operators(roll) => {
                self.gateway.operators(roll, (self.clock)());
                let rules = Rules::of(&*self.gateway);
                self.rules.send_if_modified(|known| {
                    let differs = *known != rules;
                    *known = rules;
                    differs
                });
                self.publish(Topic::Alarm);
            }
            Ask::Trouble(sort, what) => {
                self.gateway.trouble(sort, what, (self.clock)());
                self.publish(Topic::Alarm);
            }
        }
    }

    fn page(&mut self, wanted: Page) {
        let (id, (site, hall, page)) = (wanted.link, wanted.of);
        if !wanted.filter.is_empty() {
            self.pages = self.pages.saturating_sub(SEARCH - 1);
        }
        match self.gateway.machines(&site, &hall, page, &wanted.filter) {
            Ok(mut page) => {
                let machine = wanted.machine.as_ref();
                let row = page.rows.iter_mut().find(|m| Some(&m.id) == machine);
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

/// An alarm that has changed more than once since the last time is told once, as it stands, with the number.
fn told_once(items: Vec<Item>) -> Vec<Item> {
    let mut places: HashMap<AlarmId, usize> = HashMap::new();
    let mut told: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        let Item::Alarm(mut alarm) = item else {
            told.push(item);
            continue;
        };
        if let Some(Item::Alarm(known)) = places.get(&alarm.id).and_then(|at| told.get_mut(*at)) {
            alarm.changes = alarm.changes.saturating_add(known.changes);
            *known = alarm;
        } else {
            places.insert(alarm.id.clone(), told.len());
            told.push(Item::Alarm(alarm));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use tokio::sync::Semaphore;
    use tokio::time::timeout;

    use super::*;
    use crate::domain::ids::OrderId;
    use crate::domain::time::Timestamp;
    use crate::gateway::simulator::{Simulator, SimulatorOptions};

    fn now() -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.expect("after 1970").as_millis();
        Timestamp::from_millis(i64::try_from(millis).expect("small"))
    }

    /// A hub that is busy has not looked at who came in when it takes what they ask.
    #[tokio::test]
    async fn who_asks_as_soon_as_it_has_come_in_gets_its_answer() {
        let gateway = Simulator::new(SimulatorOptions::at(now()));
        let hub = Hub::start(Box::new(gateway), HubOptions::new(Arc::new(now)));
        // On one thread the hub has its first turn with the first wait below.
        let (link, mut mailbox, asks) = hub.join().expect("the hub runs");
        let own = Arc::new(Semaphore::new(1));
        let turn = Turn {
            _own: own.acquire_owned().await.expect("is free"),
            _long: None,
        };
        let act = Act {
            link,
            request: Request::OrderQuery(OrderId(1)),
            bytes: 100,
            turn,
        };
        assert!(asks.acts.send(act).await.is_ok());
        let answer = async {
            while let Some(told) = mailbox.recv().await {
                if matches!(told, Tell::Answer(Topic::Order, _)) {
                    return true;
                }
            }
            false
        };
        assert!(timeout(Duration::from_mins(1), answer).await == Ok(true));
    }
}
