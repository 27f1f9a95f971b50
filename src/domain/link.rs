//! What passes between a console and a feed, in domain terms: events on the way up, requests on the way down.
//! Both ends of the wire speak these; only `feed/protocol` knows their JSON.

use std::sync::Arc;
use std::time::Duration;

use super::act::Stamp;
use super::alarm::Alarm;
use super::deed::Deed;
use super::filter::MachineFilter;
use super::fleet::{Block, Hall, MachinePage, Site};
use super::grid::GridReading;
use super::ids::{AlarmId, BlockKey, BootId, GatewayId, HallId, MachineId, OrderId, SiteId};
use super::inflow::InflowDay;
use super::journal::SeenSite;
use super::operator::TwoPersons;
use super::order::{Countersign, Order, OrderStatus};
use super::pacing::Pacing;
use super::rates::Rate;
use super::reserve::{Account, Network};
use super::sentence::Sentence;
use super::time::Timestamp;
use super::units::{Hertz, Power};
use super::waiting::{GatewayOrder, RestoreQueue};

/// What a feed may serve.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Topic {
    /// Sites, halls, blocks.
    Fleet,
    /// The grid.
    Grid,
    /// Accounts.
    Reserve,
    /// Alarms (travel on `/fleet`).
    Alarm,
    /// Answers to orders (travel on `/fleet`).
    Order,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Fleet,
        Self::Grid,
        Self::Reserve,
        Self::Alarm,
        Self::Order,
    ];

    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Grid => "grid",
            Self::Reserve => "reserve",
            Self::Alarm => "alarm",
            Self::Order => "order",
        }
    }

    /// Telemetry is latest-wins; the rest is never dropped and is replayed within one life of the server.
    pub const fn is_telemetry(self) -> bool {
        matches!(self, Self::Fleet | Self::Grid | Self::Reserve)
    }
}

/// What a server says of itself in `hello`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FeedInfo {
    /// The feed's name.
    pub feed: Arc<str>,
    /// The gateway behind it.
    pub gateway: GatewayId,
    /// The nation.
    pub nation: Arc<str>,
    /// What it serves.
    pub serves: Vec<Topic>,
    /// This life of the server.
    pub boot: BootId,
    /// Longest silence.
    #[serde(with = "super::exact")]
    pub heartbeat: Duration,
    /// How often each item is sent at least.
    #[serde(with = "super::exact")]
    pub report_period: Duration,
    /// Not real: marked on every screen.
    pub simulated: bool,
    /// Order ids survive a restart of the gateway.
    pub durable_orders: bool,
    /// Above what it wants two persons' signatures, as it says.
    pub two_persons: TwoPersons,
    /// Most that one step of an emergency shed may move there; none where it does not say.
    pub emergency_step: Option<Power>,
    /// Between two of its steps; none where it does not say.
    #[serde(default, with = "super::exact")]
    pub emergency_interval: Option<Duration>,
    /// The frequency above which it bars an emergency shed of more than one site; none where it does not say.
    #[serde(default)]
    pub emergency_bar: Option<Hertz>,
    /// In which time it counts what a person moves; none where it judges each order by itself.
    #[serde(default, with = "super::exact")]
    pub limit_window: Option<Duration>,
    /// Most bytes of a filter that a `watch` may bear there; none where it can't filter.
    #[serde(default)]
    pub watch_filter: Option<u32>,
    /// The rules of safety that it keeps: 0 where it does not say, [`ACTS`] now.
    #[serde(default)]
    pub acts: u32,
    /// Everything that acts there is signed by somebody that it knows; not so: anybody may act there.
    #[serde(default)]
    pub operators: bool,
    /// How what it is told happens there over time, as far as it says.
    #[serde(default)]
    pub pacing: Pacing,
}

/// The rules of safety of this version, as `acts` in `hello`: every act is signed and names what it acts on.
pub const ACTS: u32 = 2;

/// One thing with its absolute value.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Item {
    /// A site.
    Site(Box<Site>),
    /// A hall.
    Hall(Box<Hall>),
    /// A block.
    Block(Box<Block>),
    /// The grid.
    Grid(Box<GridReading>),
    /// An account.
    Account(Box<Account>),
    /// The bitcoin network (topic `reserve`).
    Network(Box<Network>),
    /// What a bitcoin is worth (topic `reserve`).
    Rate(Box<Rate>),
    /// What came in on one day (topic `reserve`).
    Inflow(Box<InflowDay>),
    /// An alarm.
    Alarm(Box<Alarm>),
    /// An answer to an order.
    Order(Box<OrderStatus>),
    /// An order that waits for its second person (topic `order`).
    Countersign(Box<Countersign>),
    /// All that waits to be given back at a gateway (topic `fleet`).
    RestoreQueue(Box<RestoreQueue>),
    /// An order that a gateway gave by itself (topic `order`); its answers follow as those of any other.
    GatewayOrder(Box<GatewayOrder>),
    /// A block whose item could be named but not read: it becomes bad, the rest stands.
    BadBlock(BlockKey),
    /// A site whose item could be named but not read.
    BadSite(SiteId),
    /// A grid reading that could not be read.
    BadGrid,
}

/// Why a link is down.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum DownCause {
    /// Nobody answers there.
    Unreachable,
    /// The token was refused (HTTP 401, or close 4401): retried slowly.
    Unauthorized,
    /// TLS failed: certificate or name.
    Tls,
    /// The other end does not speak `baseload.feed.v1`.
    Version,
    /// Something else went wrong at the upgrade.
    Upgrade,
    /// Nothing for three heartbeats.
    Silence,
    /// What came broke the protocol.
    BadMessage,
    /// We fell behind, or they did.
    TooSlow,
    /// Closed by the other end.
    Closed,
}

/// How a link stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LinkState {
    /// On the way.
    Connecting,
    /// Agreed; snapshots not complete yet.
    Syncing,
    /// Live.
    Live,
    /// Not there; tried again at the time given.
    Down {
        /// Why, by kind.
        cause: DownCause,
        /// Why, as a sentence.
        detail: Sentence,
        /// Next try.
        retry_at: Timestamp,
    },
}

/// How a server's clock goes, held against this machine's, which is steady.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Going {
    /// As ours, as far as is known.
    #[default]
    True,
    /// It was set by so many ms, and too few pings have agreed since.
    Set {
        /// Positive: ahead.
        by_ms: i64,
    },
    /// It runs at so many thousandths of ours, measured over 10 s at least; 0: it stands still.
    Wrong {
        /// 1,000 would be as ours.
        permille: i64,
    },
}

/// What a feed session tells the console.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum FeedEvent {
    /// The link changed.
    Link(LinkState),
    /// The server said who it is.
    Hello(Box<FeedInfo>),
    /// A complete snapshot of a topic: what is not in it is gone.
    Snapshot {
        /// Of what.
        topic: Topic,
        /// All of it.
        items: Vec<Item>,
        /// Nothing was missed since the last one (a resume within one boot).
        continuous: bool,
    },
    /// Changed or repeated items.
    Update {
        /// Of what.
        topic: Topic,
        /// Absolute values.
        items: Vec<Item>,
    },
    /// Something was missed: the topic is stale until the next snapshot.
    Gap(Topic),
    /// The server's clock less ours, ms, and how far off that may be.
    Skew {
        /// Milliseconds; positive: the server's clock is ahead.
        offset_ms: i64,
        /// Half the round trip, ms.
        uncertainty_ms: i64,
    },
    /// The server's clock goes otherwise than was last told.
    Clock(Going),
    /// A page that was watched.
    Machines(Box<MachinePage>),
    /// The server could not do what was asked.
    Error {
        /// Its code.
        code: Arc<str>,
        /// Its sentence.
        message: Sentence,
        /// Of which request, where it says so.
        about: Option<Arc<str>>,
    },
    /// Counters since the start of this console.
    Counted {
        /// Items that were refused.
        bad_items: u64,
        /// Messages that were refused (each closed the link).
        bad_messages: u64,
    },
}

/// What a console asks of a feed.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Do this.
    Order(Box<Order>),
    /// What became of it?
    OrderQuery(OrderId),
    /// Not any more (only what is not yet executing).
    OrderCancel(OrderId),
    /// Let this order hold for another term of its lease, from now.
    LeaseRenew(OrderId),
    /// Send machine rows of this hall, this page, until unwatched.
    Watch {
        /// The site.
        site: SiteId,
        /// The hall.
        hall: HallId,
        /// From 0; 500 rows each.
        page: u32,
        /// The one of them whose detail is wanted too.
        machine: Option<MachineId>,
        /// Only those that it lets through, out of the whole hall; left out where the gateway can't filter.
        filter: MachineFilter,
    },
    /// No more machine rows of this hall.
    Unwatch {
        /// The site.
        site: SiteId,
        /// The hall.
        hall: HallId,
    },
    /// Have a second person agree to this order (unsigned), at this gateway; with what its issuer saw, site by site.
    CountersignRequest(Box<Order>, Vec<SeenSite>),
    /// What the second person says.
    CountersignAnswer {
        /// Of the order.
        id: OrderId,
        /// Who says so.
        by: Arc<str>,
        /// Yes or no.
        agree: bool,
        /// Why, in their words.
        why: Arc<str>,
        /// Where they agree: theirs, over the order with `countersigned_by` set to them.
        signature: Option<Arc<str>>,
        /// On the console that agrees: that order, to be signed as it leaves. It does not travel.
        order: Option<Box<Order>>,
    },
    /// How does this order stand? Asked by somebody who may only look: changes nothing.
    OrderLook(OrderId),
    /// One of the others, with whose act it is. Orders and deeds bear that themselves.
    Stamped(Box<Self>, Box<Stamp>),
    /// Authority over a site, or a lockout of a block.
    Deed(Box<Deed>),
    /// I have seen it.
    AlarmAck(AlarmId),
    /// Set it aside.
    AlarmShelve {
        /// Which.
        id: AlarmId,
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: Arc<str>,
    },
}
