//! What stands on the screens, told message by message and read line by line.

mod auxiliary;
mod counted;
mod foot;
mod instructed;
mod stopped;
mod worded;

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::feeds::Feed;
use crate::app::journal::Journal;
use crate::app::key::{Code, Key};
use crate::app::{Desk, Effect, Msg, Size, State, update};
use crate::domain::fleet::{Block, Site};
use crate::domain::grid::GridReading;
use crate::domain::ids::{BootId, FeedId, GatewayId};
use crate::domain::journal::Fact;
use crate::domain::link::{DownCause, FeedEvent, FeedInfo, Item, LinkState, Topic};
use crate::domain::sample;
use crate::domain::sentence::told;
use crate::domain::units::{Hertz, Power};
use crate::ui::look::{Glyphs, Look};
use crate::ui::theme::{DEFAULT, Tier, built_in};

const FEED: FeedId = FeedId(0);
/// The sizes of a control room and of a hall's terminal.
const SIZES: [(u16, u16); 2] = [(120, 36), (80, 24)];

/// A console with one live feed, and what it has written into its journal.
struct Console {
    state: State,
    facts: Vec<Fact>,
}

fn mw(megawatts: i64) -> Power {
    Power::from_megawatts(megawatts)
}

fn info() -> FeedInfo {
    FeedInfo {
        feed: Arc::from("fleet"),
        gateway: GatewayId::new("g"),
        nation: Arc::from("Belarus"),
        serves: vec![Topic::Fleet, Topic::Grid, Topic::Order, Topic::Alarm],
        boot: BootId::new("b"),
        heartbeat: Duration::from_secs(1),
        report_period: Duration::from_secs(1),
        simulated: false,
        durable_orders: false,
        two_persons: crate::domain::operator::TwoPersons::default(),
        emergency_step: None,
        emergency_interval: None,
        emergency_bar: None,
        limit_window: None,
        acts: crate::domain::link::ACTS,
        operators: false,
        watch_filter: None,
        pacing: crate::domain::pacing::Pacing::default(),
    }
}

/// Two sites: Astravets of two blocks of 100 MW, Lukoml of one of 50 MW.
fn nation() -> Vec<Item> {
    vec![
        Item::Site(Box::new(sample::site("astravets"))),
        Item::Site(Box::new(sample::site("lukoml"))),
        Item::Block(Box::new(sample::block("astravets", "1", 100, 17.0))),
        Item::Block(Box::new(sample::block("astravets", "2", 100, 19.0))),
        Item::Block(Box::new(sample::block("lukoml", "1", 50, 21.0))),
    ]
}

impl Console {
    fn new(fleet: Vec<Item>) -> Self {
        let desk = Desk {
            name: Arc::from("A"),
            operator: Arc::from("op"),
            role: Arc::from("dispatcher"),
            read_only: false,
        };
        let feeds = vec![Feed::new(FEED, "fleet")];
        let mut state = State::new(desk, feeds, Size::of(120, 36), sample::NOW);
        state.journal = Journal::opening();
        let facts = Vec::new();
        let mut console = Self { state, facts };
        console.connect();
        let topic = Topic::Fleet;
        let continuous = false;
        console.hears(FeedEvent::Snapshot {
            topic,
            items: fleet,
            continuous,
        });
        console.tells(Msg::Tick(sample::NOW));
        console
    }

    fn connect(&mut self) {
        self.hears(FeedEvent::Hello(Box::new(info())));
        self.hears(FeedEvent::Skew {
            offset_ms: 0,
            uncertainty_ms: 1,
        });
        self.hears(FeedEvent::Link(LinkState::Live));
    }

    fn loses_its_link(&mut self) {
        self.hears(FeedEvent::Link(LinkState::Down {
            cause: DownCause::Closed,
            detail: told!("own-link-closed-there", "closed by the server"),
            retry_at: sample::NOW,
        }));
    }

    fn tells(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = update(&mut self.state, msg);
        for effect in &effects {
            if let Effect::Journal { entries, .. } = effect {
                self.facts.extend(entries.iter().map(|e| e.fact.clone()));
            }
        }
        effects
    }

    fn hears(&mut self, event: FeedEvent) {
        self.tells(Msg::Feed(FEED, event));
    }

    fn hears_of(&mut self, topic: Topic, items: Vec<Item>) {
        self.hears(FeedEvent::Update { topic, items });
    }

    /// The grid as it is now.
    fn reads(&mut self, reading: GridReading) {
        let measured_at = self.state.now;
        let frequency = reading.frequency.or(Some(Hertz::NOMINAL));
        let reading = GridReading {
            frequency,
            measured_at,
            ..reading
        };
        self.hears_of(Topic::Grid, vec![Item::Grid(Box::new(reading))]);
    }

    /// The fleet says again what it said, measured now.
    fn repeats(&mut self) {
        let now = self.state.now;
        let mut items = Vec::new();
        for view in self.state.fleet.sites.values() {
            items.push(Item::Site(Box::new(Site {
                measured_at: now,
                ..view.site.clone()
            })));
            items.extend(view.blocks.values().map(|view| {
                Item::Block(Box::new(Block {
                    measured_at: now,
                    ..view.block.clone()
                }))
            }));
        }
        self.hears_of(Topic::Fleet, items);
    }

    fn passes(&mut self, millis: i64) -> Vec<Effect> {
        let now = self.state.now.shifted(millis);
        self.tells(Msg::Tick(now))
    }

    fn types(&mut self, text: &str) -> Vec<Effect> {
        let keys = text.chars().map(Key::char);
        keys.flat_map(|key| self.tells(Msg::Key(key))).collect()
    }

    fn presses(&mut self, code: Code) -> Vec<Effect> {
        self.tells(Msg::Key(Key::plain(code)))
    }

    /// The lines of the screen at a size.
    fn lines(&self, (width, height): (u16, u16)) -> Vec<String> {
        let mut state = self.state.clone();
        state.size = Size::of(width, height);
        let theme = built_in(DEFAULT).expect("the default theme loads");
        let look = Look::new(theme, Tier::Mono, Glyphs::Ascii);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        crate::ui::screens::paint(&state, &look, &mut buffer);
        let line = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        (0..height).map(line).collect()
    }

    fn screen(&self, size: (u16, u16)) -> String {
        self.lines(size).join("\n")
    }

    /// The line that answers "is all well".
    fn head(&self, size: (u16, u16)) -> String {
        self.lines(size).swap_remove(1)
    }

    /// Open alarms of a kind.
    fn alarms(&self, kind: &str) -> usize {
        let alarms = self.state.alarms.values();
        alarms
            .filter(|alarm| {
                &*alarm.kind == kind && alarm.state.is_open() && alarm.cleared.is_none()
            })
            .count()
    }
}
