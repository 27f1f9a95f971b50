//! Restores as a console promises them and as a simulated nation then runs them: from the keys to the meters, on
//! made-up time.

use std::sync::Arc;
use std::time::Duration;

use baseload::app::curtail::Dialog;
use baseload::app::feeds::Feed;
use baseload::app::key::{Code, Key};
use baseload::app::{Desk, Effect, Msg, Size, State, update};
use baseload::domain::fleet::{Block, BlockState};
use baseload::domain::ids::{BootId, FeedId, OrderId};
use baseload::domain::link::{ACTS, FeedEvent, FeedInfo, Item, LinkState, Request, Topic};
use baseload::domain::operator::TwoPersons;
use baseload::domain::time::Timestamp;
use baseload::domain::units::Power;
use baseload::gateway::simulator::{Simulator, SimulatorOptions};
use baseload::gateway::{Gateway, LinkId};
use baseload::ui::look::{Glyphs, Look};
use baseload::ui::theme::{DEFAULT, Tier, built_in};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;

/// 2026-11-22T08:00:00Z: 11:00 in Minsk, no evening peak near.
const START: Timestamp = Timestamp::from_millis(1_795_334_400_000);
const FEED: FeedId = FeedId(0);
const LINK: LinkId = LinkId(1);

/// A nation and the console before it.
pub struct Desks {
    gateway: Simulator,
    now: Timestamp,
    console: State,
    orders: u128,
}

/// What a restore was to bring, and what it brought.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// What was ordered, MW.
    pub ordered: f64,
    /// Until nine tenths of that are back, as the preview said, s.
    pub promised: f64,
    /// Until the meters said so, s; none: not within twice that time and a minute.
    pub metered: Option<f64>,
    /// Until all is back as the gateway's own queue said once it had the order, s.
    pub queued: f64,
    /// The same as the preview said.
    pub all: f64,
}

impl Kept {
    /// How far the promise was off, as a part of what it took.
    pub fn error(&self) -> f64 {
        self.metered.map_or(f64::INFINITY, |metered| {
            (self.promised - metered).abs() / metered
        })
    }
}

impl Desks {
    /// The nation of this seed, and a console that has heard all of it.
    pub fn of(seed: u64) -> Self {
        let gateway = Simulator::new(SimulatorOptions {
            seed,
            ..SimulatorOptions::at(START)
        });
        let desk = Desk {
            name: Arc::from("A"),
            operator: Arc::from("op"),
            role: Arc::from("dispatcher"),
            read_only: false,
        };
        let feeds = vec![Feed::new(FEED, "fleet")];
        let console = State::new(
            desk,
            feeds,
            Size {
                columns: 120,
                rows: 36,
            },
            START,
        );
        let mut desks = Self {
            gateway,
            now: START,
            console,
            orders: 0,
        };
        desks.connect();
        desks.wait(2.0);
        desks
    }

    fn hear(&mut self, event: FeedEvent) {
        update(&mut self.console, Msg::Feed(FEED, event));
    }

    fn connect(&mut self) {
        let known = self.gateway.identity();
        let info = FeedInfo {
            feed: Arc::from("fleet"),
            gateway: known.gateway,
            nation: known.nation,
            serves: vec![Topic::Fleet, Topic::Grid, Topic::Order],
            boot: BootId::new("b"),
            heartbeat: Duration::from_secs(1),
            report_period: known.report_period,
            simulated: known.simulated,
            durable_orders: known.durable_orders,
            watch_filter: None,
            two_persons: TwoPersons::default(),
            emergency_step: None,
            emergency_interval: None,
            emergency_bar: None,
            limit_window: None,
            acts: ACTS,
            operators: false,
            pacing: self.gateway.pacing(),
        };
        self.hear(FeedEvent::Hello(Box::new(info)));
        let skew = FeedEvent::Skew {
            offset_ms: 0,
            uncertainty_ms: 1,
        };
        self.hear(skew.clone());
        self.hear(FeedEvent::Link(LinkState::Live));
        self.hear(skew);
    }

    /// So many seconds pass for the nation, a quarter at a time; then the console hears how it stands.
    pub fn wait(&mut self, seconds: f64) {
        for _ in 0..(seconds * 4.0) as u32 {
            self.now = self.now + Duration::from_millis(250);
            self.gateway.advance(self.now);
        }
        update(&mut self.console, Msg::Tick(self.now));
        for topic in [Topic::Fleet, Topic::Grid, Topic::Order] {
            let items = self.gateway.snapshot(topic);
            let continuous = topic == Topic::Order;
            self.hear(FeedEvent::Snapshot {
                topic,
                items,
                continuous,
            });
        }
        update(&mut self.console, Msg::Tick(self.now));
    }

    /// All blocks as they stand.
    pub fn blocks(&self) -> Vec<Block> {
        let items = self.gateway.snapshot(Topic::Fleet).into_iter();
        items
            .filter_map(|item| match item {
                Item::Block(block) => Some(*block),
                _ => None,
            })
            .collect()
    }

    /// What the blocks draw in all, MW.
    pub fn drawn(&self) -> f64 {
        let drawn: Power = self.blocks().iter().filter_map(|block| block.power).sum();
        drawn.megawatts()
    }

    fn keys(&mut self, text: &str) -> Vec<Effect> {
        let keys = text.chars().map(Key::char);
        keys.flat_map(|key| update(&mut self.console, Msg::Key(key)))
            .collect()
    }

    fn enter(&mut self) -> Vec<Effect> {
        update(&mut self.console, Msg::Key(Key::plain(Code::Enter)))
    }

    /// The plan of the nation for this, as the console shows it; none where there is none.
    pub fn preview(&mut self, key: char, amount: &str) -> Option<&baseload::control::plan::Plan> {
        update(&mut self.console, Msg::Key(Key::plain(Code::Esc)));
        self.keys(&format!("{key}{amount}"));
        self.enter();
        self.console.dialog.as_ref()?.plan.as_ref()
    }

    /// Sends the plan that is shown.
    pub fn send(&mut self) {
        self.keys("a");
        self.wait(1.0);
        let dialog = self.console.dialog.as_ref();
        let word = dialog.and_then(Dialog::word).expect("it is armed");
        self.keys(&word);
        assert!(
            matches!(*self.enter(), [Effect::Mint { count: 1 }]),
            "{:?}",
            self.console.dialog
        );
        self.orders += 1;
        let effects = update(&mut self.console, Msg::Minted(vec![OrderId(self.orders)]));
        for effect in effects {
            if let Effect::Send(_, Request::Order(order)) = effect {
                let order = Request::Order(order);
                self.gateway
                    .request(order, LINK, self.now)
                    .expect("is taken");
            }
        }
    }

    /// Sheds so much and waits until all of it may come back.
    pub fn shed(&mut self, amount: &str) {
        self.preview('C', amount).expect("a shed");
        self.send();
        self.wait(400.0);
    }

    /// Gives so much back; what was promised of it, and what came.
    pub fn restore(&mut self, amount: &str) -> Option<Kept> {
        let plan = self.preview('R', amount)?;
        let ordered = plan.moved.megawatts();
        let promised = plan.reaches(90).expect("its pacing is known").as_secs_f64();
        let all = plan.takes().expect("its pacing is known").as_secs_f64();
        self.send();
        let (sent, before) = (self.now, self.drawn());
        self.wait(1.0);
        let queued = self.queued(sent);
        let mut metered = None;
        let mut waited = 1.0;
        while metered.is_none() && waited < promised * 2.0 + 60.0 {
            self.wait(1.0);
            waited += 1.0;
            metered = (self.drawn() - before >= 0.9 * ordered).then_some(waited);
        }
        Some(Kept {
            ordered,
            promised,
            metered,
            queued,
            all,
        })
    }

    /// What the console shows, line by line.
    pub fn screen(&self) -> Vec<String> {
        let look = Look::new(
            built_in(DEFAULT).expect("built in"),
            Tier::Mono,
            Glyphs::Ascii,
        );
        let mut terminal = Terminal::new(TestBackend::new(120, 36)).expect("in memory");
        let drawn = terminal.draw(|frame| baseload::ui::view(&self.console, &look, frame));
        let buffer = drawn.expect("drawing into memory does not fail").buffer;
        let line = |line: &[Cell]| line.iter().map(Cell::symbol).collect::<String>();
        let lines = buffer.content.chunks(120);
        lines
            .map(|cells| line(cells).trim_end().to_owned())
            .collect()
    }

    fn queued(&self, since: Timestamp) -> f64 {
        let items = self.gateway.snapshot(Topic::Fleet).into_iter();
        let queue = items.filter_map(|item| match item {
            Item::RestoreQueue(queue) => Some(*queue),
            _ => None,
        });
        let rows = queue.flat_map(|queue| queue.rows);
        let last = rows.filter_map(|row| row.expected).max();
        last.map_or(0.0, |last| since.age(last).as_secs_f64())
    }

    /// Blocks that are off.
    pub fn off(&self) -> usize {
        let blocks = self.blocks();
        let off = |block: &&Block| block.state == BlockState::Curtailed;
        blocks.iter().filter(off).count()
    }
}
