//! From a key's byte to the change on the screen that it made, while a feed changes 7,000 alarms a second; and what of
//! that lands on the desk's disk.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use baseload::domain::alarm::{AlarmState, Priority};
use baseload::domain::filter::MachineFilter;
use baseload::domain::fleet::MachinePage;
use baseload::domain::ids::{AlarmId, GatewayId, HallId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::operator::TwoPersons;
use baseload::domain::time::Timestamp;
use baseload::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use baseload::gateway::{Gateway, Identity, LinkId, Refusal};

use crate::common::{DEADLINE, Terminal};
use crate::{feed_support, told};

const A_SECOND: i64 = 7_000;
const KEYS: usize = 300;
const SITES: usize = 12;

/// A few sites, and alarms without end: some flip, some are new each time.
struct Flood {
    now: Timestamp,
    told: i64,
}

impl Flood {
    fn alarm(&self, number: i64) -> Item {
        let id = if number % 2 == 0 {
            format!("flips-{}", number % 200)
        } else {
            format!("new-{number}")
        };
        let mut alarm = feed_support::alarm(&id, self.now);
        alarm.id = AlarmId::new(&id);
        alarm.priority =
            [Priority::P1, Priority::P2, Priority::P3, Priority::P4][(number % 4) as usize];
        alarm.site = Some(SiteId::new(&format!(
            "site-{:03}",
            number.unsigned_abs() as usize % SITES
        )));
        alarm.text = format!("pump {} has stopped", number % 977).into();
        if number / 200 % 2 == 1 {
            alarm.state = AlarmState::Acknowledged;
        }
        Item::Alarm(Box::new(alarm))
    }
}

impl Gateway for Flood {
    fn identity(&self) -> Identity {
        Identity {
            gateway: GatewayId::new("bench"),
            nation: "Bench".into(),
            report_period: Duration::from_secs(1),
            simulated: true,
            durable_orders: false,
            two_persons: TwoPersons::default(),
            operators: false,
        }
    }

    fn advance(&mut self, now: Timestamp) {
        self.now = now;
    }

    fn snapshot(&self, topic: Topic) -> Vec<Item> {
        let sites = (0..SITES).flat_map(|n| {
            let name = format!("site-{n:03}");
            [
                Item::Site(Box::new(feed_support::site(&name, self.now))),
                Item::Block(Box::new(feed_support::block(
                    &name, "b1", 9_000_000, self.now,
                ))),
            ]
        });
        if topic == Topic::Fleet {
            sites.collect()
        } else {
            Vec::new()
        }
    }

    fn changes(&mut self, topic: Topic) -> Vec<Item> {
        match topic {
            Topic::Alarm => {
                let due = self.now.millis() * A_SECOND / 1_000;
                let from = self.told.max(due - A_SECOND);
                self.told = due;
                (from..due).map(|number| self.alarm(number)).collect()
            }
            Topic::Fleet if self.now.millis() % 500 < 20 => self.snapshot(topic),
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

    fn request(&mut self, _: Request, _: LinkId, _: Timestamp) -> Result<Vec<Item>, Refusal> {
        Ok(Vec::new())
    }
}

pub(crate) fn run() {
    println!("\n== keys while a feed changes {A_SECOND} alarms a second; bar: p99 50 ms");
    let (_runtime, url) = server();
    let home = tempfile::tempdir().expect("a scratch folder");
    let args = ["console", "--feed", &url];
    let mut terminal = Terminal::start_in(home.path(), &args, 120, 36, &[]);
    terminal.wait("all sites", |s| s.contains("of 12 "));
    thread::sleep(Duration::from_secs(3));
    let (before, from) = (size(home.path()), Instant::now());
    let mut nation = keys(&mut terminal, "jk");
    terminal.keys("7");
    thread::sleep(Duration::from_secs(1));
    let mut list = keys(&mut terminal, "jk");
    let (grown, took) = (size(home.path()) - before, from.elapsed().as_secs_f64());
    told("on Nation", &mut nation);
    told("on Alarms", &mut list);
    println!("on disk: {:.0} kB a second", grown as f64 / 1e3 / took);
    let heading = terminal.text();
    let shown = heading
        .lines()
        .take(8)
        .filter(|l| l.contains("in a second"));
    println!(
        "on the screen: {}",
        shown.map(str::trim).collect::<Vec<_>>().join(" ")
    );
    terminal.keys("1");
    terminal.keys("q");
    let _ = terminal.child.kill();
}

/// Moves a cursor to and fro.
fn keys(terminal: &mut Terminal, pair: &str) -> Vec<Duration> {
    let keys: Vec<String> = pair.chars().map(String::from).collect();
    let mut spans = Vec::new();
    for number in 0..KEYS / 2 {
        thread::sleep(Duration::from_millis(23 + (number as u64 * 37) % 61));
        let before = terminal.look(cursor);
        let typed = Instant::now();
        terminal.keys(&keys[number % 2]);
        let changed = terminal.when(DEADLINE, |screen| cursor(screen) != before);
        spans.push(changed.expect("a key has an effect") - typed);
    }
    spans
}

/// The line of the table's cursor.
fn cursor(screen: &vt100::Screen) -> Option<u16> {
    (0..36).find(|row| screen.cell(*row, 1).is_some_and(|c| c.contents() == ">"))
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

fn server() -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let now = feed_support::now();
    let gateway = Flood { now, told: 0 };
    let at = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let at = listener.local_addr().expect("its address");
        let options = HubOptions {
            tick: Duration::from_millis(10),
            ..HubOptions::new(Arc::new(feed_support::now))
        };
        let hub = Hub::start(Box::new(gateway), options);
        let open = ServeOptions::open("bench");
        tokio::spawn(serve(listener, hub, open, std::future::pending()));
        at
    });
    (runtime, format!("ws://{at}/fleet"))
}
