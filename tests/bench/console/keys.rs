//! From a key's byte to the first change on the screen that it made, with 1,000 updates a second arriving, hashing on
//! all cores and not hashing by turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use baseload::domain::filter::MachineFilter;
use baseload::domain::fleet::MachinePage;
use baseload::domain::ids::{GatewayId, HallId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::time::Timestamp;
use baseload::domain::units::Hashrate;
use baseload::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use baseload::gateway::{Gateway, Identity, LinkId, Refusal};

use crate::common::{DEADLINE, Terminal};
use crate::{feed_support, millis, process, quantile};

/// Keys of one turn.
const KEYS: usize = 200;
/// Turns with and without hashing, each.
const TURNS: usize = 3;
const SITES: usize = 100;
const BLOCKS: usize = 10;

/// 1,000 blocks; with each tick of a millisecond as many of them change as are due for 1,000 a second.
struct Busy {
    now: Timestamp,
    started: Timestamp,
    told: u64,
    sent: Arc<AtomicU64>,
}

impl Busy {
    fn item(&self, number: u64) -> Item {
        let at = usize::try_from(number).unwrap_or(0) % (SITES * BLOCKS);
        let mut block = feed_support::block(
            &format!("site-{:03}", at / BLOCKS),
            &format!("b{}", at % BLOCKS),
            9_000_000 + i64::try_from(number * 7_919 % 500_000).unwrap_or(0),
            self.now,
        );
        block.hashrate = Hashrate::from_hs(1e15 + (number * 104_729 % 1_000_000) as f64 * 1e9);
        Item::Block(Box::new(block))
    }
}

impl Gateway for Busy {
    fn identity(&self) -> Identity {
        Identity {
            gateway: GatewayId::new("bench"),
            nation: "Bench".into(),
            report_period: Duration::from_secs(1),
            simulated: true,
            durable_orders: false,
            two_persons: baseload::domain::operator::TwoPersons::default(),
            operators: false,
        }
    }

    fn advance(&mut self, now: Timestamp) {
        self.now = now;
    }

    fn snapshot(&self, topic: Topic) -> Vec<Item> {
        if topic != Topic::Fleet {
            return Vec::new();
        }
        let sites = (0..SITES).map(|n| {
            let mut site = feed_support::site(&format!("site-{n:03}"), self.now);
            site.meter = None;
            Item::Site(Box::new(site))
        });
        sites
            .chain((0..(SITES * BLOCKS) as u64).map(|n| self.item(n)))
            .collect()
    }

    fn changes(&mut self, topic: Topic) -> Vec<Item> {
        if topic != Topic::Fleet {
            return Vec::new();
        }
        // One a millisecond.
        let due = u64::try_from(self.now.millis() - self.started.millis()).unwrap_or(0);
        let items: Vec<Item> = (self.told..due).map(|n| self.item(n)).collect();
        self.told = due;
        self.sent.fetch_add(items.len() as u64, Ordering::Relaxed);
        items
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

    fn request(&mut self, _: Request, _: LinkId, _: Timestamp) -> Result<Vec<Item>, Refusal> {
        Ok(Vec::new())
    }
}

/// Serves it on a runtime of its own; gives the address and the count of updates.
pub(crate) fn server() -> (tokio::runtime::Runtime, String, Arc<AtomicU64>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let sent = Arc::new(AtomicU64::new(0));
    let now = feed_support::now();
    let gateway = Busy {
        now,
        started: now,
        told: 0,
        sent: sent.clone(),
    };
    let at = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let at = listener.local_addr().expect("its address");
        let options = HubOptions {
            tick: Duration::from_millis(1),
            ..HubOptions::new(Arc::new(feed_support::now))
        };
        let hub = Hub::start(Box::new(gateway), options);
        tokio::spawn(serve(
            listener,
            hub,
            ServeOptions::open("bench"),
            std::future::pending(),
        ));
        at
    });
    (runtime, format!("ws://{at}/fleet"), sent)
}

pub(crate) fn run() {
    println!("bars: p99 16 ms with all cores hashing, and at most 2 x the figure without");
    let (_runtime, url, sent) = server();
    let home = tempfile::tempdir().expect("a scratch folder");
    let config = home.path().join("bench.toml");
    std::fs::write(&config, "engine = true\n").expect("writes");
    let config = config.display().to_string();
    let args = ["console", "--config", &config, "--feed", &url];
    let mut terminal = Terminal::start_in(home.path(), &args, 120, 36, &[]);
    let pid = terminal.child.process_id().expect("it runs");
    terminal.wait("all sites", |s| s.contains("of 100 "));
    let mut hashing = Vec::new();
    let mut quiet = Vec::new();
    let (from, before) = (Instant::now(), sent.load(Ordering::Relaxed));
    for _ in 0..TURNS {
        turn(&mut terminal, pid, true, &mut hashing);
        turn(&mut terminal, pid, false, &mut quiet);
    }
    let rate = (sent.load(Ordering::Relaxed) - before) as f64 / from.elapsed().as_secs_f64();
    println!("{rate:.0} updates a second");
    let mut p99 = Vec::new();
    for (name, spans) in [("hashing", &mut hashing), ("not hashing", &mut quiet)] {
        spans.sort_unstable();
        p99.push(quantile(spans, 0.99).as_secs_f64());
        println!(
            "{name}: {} keys, p50 {}, p99 {}, worst {}",
            spans.len(),
            millis(quantile(spans, 0.5)),
            millis(quantile(spans, 0.99)),
            millis(quantile(spans, 1.0))
        );
    }
    println!("p99 hashing / not hashing: {:.2}", p99[0] / p99[1]);
    terminal.keys("q");
    terminal.ended();
}

/// Sets the engine to work or to rest, then types.
fn turn(terminal: &mut Terminal, pid: u32, works: bool, spans: &mut Vec<Duration>) {
    if process::hashers_sleep(pid) == Some(works) {
        terminal.keys("6p");
        let until = Instant::now() + DEADLINE;
        while process::hashers_sleep(pid) == Some(works) {
            assert!(Instant::now() < until, "the engine does not obey");
            std::thread::sleep(Duration::from_millis(1));
        }
        terminal.keys("1gg");
    }
    std::thread::sleep(Duration::from_secs(1));
    for number in 0..KEYS {
        // At odd times, so that keys and frames do not fall into step.
        std::thread::sleep(Duration::from_millis(23 + (number as u64 * 37) % 61));
        let key = match number % 8 {
            0 | 1 => "j",
            2 | 3 => "k",
            // Opens the help, and closes it.
            _ => "?",
        };
        let before = cursor(terminal);
        let typed = Instant::now();
        terminal.keys(key);
        let changed = terminal.when(DEADLINE, |screen| cursor_of(screen) != before);
        spans.push(changed.expect("a key has an effect") - typed);
    }
}

/// The line of the table's cursor; none where no table is shown.
fn cursor(terminal: &Terminal) -> Option<u16> {
    terminal.look(cursor_of)
}

fn cursor_of(screen: &vt100::Screen) -> Option<u16> {
    (0..36).find(|row| screen.cell(*row, 1).is_some_and(|c| c.contents() == ">"))
}
