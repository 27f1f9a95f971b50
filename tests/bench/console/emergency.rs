//! From the Enter of an emergency shed's word to the last order of its first step at its gateway: 2,400 MW, 50 sites,
//! 1,200 halls behind ten gateways.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use baseload::domain::filter::MachineFilter;
use baseload::domain::fleet::MachinePage;
use baseload::domain::ids::{GatewayId, HallId, OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::operator::TwoPersons;
use baseload::domain::order::{OrderStatus, Phase};
use baseload::domain::time::Timestamp;
use baseload::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use baseload::gateway::{Gateway, Identity, LinkId, Refusal};

use crate::common::{DEADLINE, Terminal};
use crate::{feed_support, millis, quantile};

const GATEWAYS: usize = 10;
const SITES: usize = 5;
const HALLS: usize = 24;
const RUNS: usize = 15;

/// When each order came.
type Came = Arc<Mutex<Vec<(Instant, OrderId, usize)>>>;

/// Five sites of 24 halls with a block of 2 MW, a little more in some, each. It refuses everything, so that it can be
/// asked again.
struct Region {
    number: usize,
    now: Timestamp,
    told: Timestamp,
    answers: Vec<Item>,
    came: Came,
}

impl Region {
    fn all(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for at in 0..SITES {
            let name = format!("site-{:02}", self.number * SITES + at);
            let mut site = feed_support::site(&name, self.now);
            site.meter = None;
            items.push(Item::Site(Box::new(site)));
            for hall in 0..HALLS {
                // The largest lie behind all gateways: the first step has an order for each of them.
                let watts = 2_025_000 - i64::try_from(hall * 1_000).unwrap_or(0);
                let mut block = feed_support::block(&name, &format!("b{hall:02}"), watts, self.now);
                block.hall = HallId::new(&format!("h{hall:02}"));
                block.nameplate = block.target;
                items.push(Item::Block(Box::new(block)));
            }
        }
        items
    }
}

impl Gateway for Region {
    fn identity(&self) -> Identity {
        Identity {
            two_persons: TwoPersons::default(),
            operators: false,
            gateway: GatewayId::new(&format!("bench-{}", self.number)),
            nation: "Bench".into(),
            report_period: Duration::from_secs(1),
            simulated: true,
            durable_orders: false,
        }
    }

    fn advance(&mut self, now: Timestamp) {
        self.now = now;
    }

    fn snapshot(&self, topic: Topic) -> Vec<Item> {
        match topic {
            Topic::Fleet => self.all(),
            _ => Vec::new(),
        }
    }

    fn changes(&mut self, topic: Topic) -> Vec<Item> {
        match topic {
            Topic::Fleet if self.told.age(self.now) >= Duration::from_secs(1) => {
                self.told = self.now;
                self.all()
            }
            Topic::Order => std::mem::take(&mut self.answers),
            _ => Vec::new(),
        }
    }

    fn machines(
        &self,
        _: &SiteId,
        _: &HallId,
        _: u32,
        _: &MachineFilter,
    ) -> Result<MachinePage, Refusal> {
        Err(Refusal {
            code: "unknown_hall",
            message: "no machines here".into(),
        })
    }

    fn request(
        &mut self,
        request: Request,
        _link: LinkId,
        now: Timestamp,
    ) -> Result<Vec<Item>, Refusal> {
        let Request::Order(order) = request else {
            return Ok(Vec::new());
        };
        let at = Instant::now();
        let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.push((at, order.id, order.targets.len()));
        self.answers.push(Item::Order(Box::new(OrderStatus {
            id: order.id,
            phase: Phase::Rejected,
            at: now,
            detail: "a bench obeys nobody".into(),
            targets: Vec::new(),
            issued: None,
        })));
        Ok(Vec::new())
    }
}

fn servers() -> (tokio::runtime::Runtime, Vec<String>, Came) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let came = Came::default();
    let urls = (0..GATEWAYS).map(|number| {
        let gateway = Region {
            number,
            now: feed_support::now(),
            told: feed_support::now(),
            answers: Vec::new(),
            came: came.clone(),
        };
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("a port");
            let at = listener.local_addr().expect("its address");
            let options = HubOptions::new(Arc::new(feed_support::now));
            let hub = Hub::start(Box::new(gateway), options);
            tokio::spawn(serve(
                listener,
                hub,
                ServeOptions::open("bench"),
                std::future::pending(),
            ));
            format!("ws://{at}/fleet")
        })
    });
    let urls = urls.collect();
    (runtime, urls, came)
}

pub(crate) fn run() {
    println!(
        "bar: 200 ms; {GATEWAYS} gateways, 50 sites, 1,200 halls, steps of 300 MW, journal on disk"
    );
    let (_runtime, urls, came) = servers();
    let mut args = vec!["console"];
    for url in &urls {
        args.extend(["--feed", url]);
    }
    let mut terminal = Terminal::start(&args, 120, 36);
    terminal.wait("all sites", |s| s.contains("of 50 "));
    std::thread::sleep(Duration::from_secs(2));
    let mut spans: Vec<Duration> = (0..RUNS).map(|_| once(&mut terminal, &came)).collect();
    spans.sort_unstable();
    println!(
        "Enter to the last order of the first step received: median {}, worst of {RUNS} {}",
        millis(quantile(&spans, 0.5)),
        millis(quantile(&spans, 1.0))
    );
    terminal.signal("TERM");
    terminal.ended();
}

fn received(came: &Came) -> (Option<Instant>, usize, usize) {
    let came = came.lock().unwrap_or_else(PoisonError::into_inner);
    let targets = came.iter().map(|(.., n)| n).sum();
    (came.iter().map(|(at, ..)| *at).max(), came.len(), targets)
}

fn once(terminal: &mut Terminal, came: &Came) -> Duration {
    terminal.keys("!");
    let screen = terminal.wait("the prompt", |s| s.contains("Ready."));
    let line = screen
        .lines()
        .find(|line| line.contains("and Enter to shed"))
        .expect("the word");
    let word = line
        .split_once("type ")
        .and_then(|(_, rest)| rest.split_once(" and Enter"))
        .expect("the word")
        .0
        .to_owned();
    terminal.keys(&word);
    terminal.wait_for(&format!("> {word}_"));
    came.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let typed = Instant::now();
    terminal.keys("\r");
    let until = typed + DEADLINE;
    while received(came).1 < GATEWAYS {
        assert!(Instant::now() < until, "{}", terminal.text());
        std::thread::sleep(Duration::from_millis(1));
    }
    // Esc, twice, ends it before the second step.
    terminal.keys("\x1b\x1b");
    terminal.wait_for("stopped by Esc");
    let (last, orders, targets) = received(came);
    assert_eq!(orders, GATEWAYS, "one order a gateway");
    assert!(targets > 100, "{targets} blocks: 300 MW of 2 MW each");
    terminal.wait("nothing under way", |s| !s.contains("sent, "));
    std::thread::sleep(Duration::from_millis(700));
    last.expect("they came") - typed
}
