//! What the console knows and how it changes: `update(&mut State, Msg) -> Vec<Effect>`.
//!
//! Invariant: no terminal, no socket, no clock. Time and sizes arrive in messages, whatever shall happen outside leaves
//! as an effect, and the same messages give the same state. It never acts on its own: every order comes from a person's
//! keys.

mod act;
pub mod actions;
pub mod ahead;
pub mod alarms;
pub mod axis;
mod bar;
pub mod cancel;
pub mod chain;
pub mod clocks;
pub mod curtail;
pub mod deeds;
mod delivery;
pub mod emergency;
pub mod feeds;
pub mod filter;
pub mod fleet;
mod flood;
pub mod grid;
pub mod handover;
pub mod help;
pub mod history;
pub mod holding;
pub mod holdings;
mod incoming;
pub mod inflow;
pub mod journal;
pub mod key;
pub mod keymap;
mod layout;
pub mod machines;
pub mod marks;
pub mod maturing;
pub mod meters;
pub mod mining;
pub mod naming;
pub mod nav;
pub mod notes;
pub mod notice;
mod obstacle;
pub mod orders;
pub mod palette;
pub mod progress;
pub mod racks;
pub mod remark;
pub mod rows;
pub mod scope;
pub mod second;
pub mod sources;
mod spec;
pub mod stamp;
pub mod summary;
pub mod tape;
#[cfg(test)]
mod tests;
mod told;
pub mod trend;
mod update;
pub mod waiting;
pub mod wanted;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub use notes::Note;
pub use update::update;

use crate::control::order::Record;
use crate::control::plan::Plan;
use crate::domain::alarm::Alarm;
use crate::domain::fleet::MachinePage;
use crate::domain::ids::{AccountId, AlarmId, FeedId, OrderId};
use crate::domain::link::{FeedEvent, Request};
use crate::domain::mining::{MiningEvent, MiningStatus};
use crate::domain::reserve::Account;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use feeds::Feed;
use fleet::{Fleet, Realm, SiteView};
use key::Key;
use machines::Watch;
use nav::{Depth, Nav, Screen};

/// Columns and rows of the terminal; 0x0 is taken for 80x24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Size {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl Size {
    /// What a terminal says of itself; one that does not know says 0x0 and gets 80x24.
    pub fn of(columns: u16, rows: u16) -> Self {
        if columns == 0 || rows == 0 {
            Self {
                columns: 80,
                rows: 24,
            }
        } else {
            Self { columns, rows }
        }
    }
}

/// Who sits here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Desk {
    /// The desk's name.
    pub name: Arc<str>,
    /// The operator's name, as it stands in orders.
    pub operator: Arc<str>,
    /// `viewer`, `operator`, `dispatcher`, `engineer`.
    pub role: Arc<str>,
    /// May only look.
    pub read_only: bool,
}

/// What happens.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub enum Msg {
    /// Time passes.
    Tick(Timestamp),
    /// A key.
    Key(Key),
    /// A paste; never a command.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// A feed says something.
    Feed(FeedId, FeedEvent),
    /// This machine's engine says how it does.
    Engine(Box<crate::domain::hashing::EngineStatus>),
    /// How standalone mining stands.
    Mining(Box<MiningStatus>),
    /// Something happened in standalone mining.
    MiningEvent(MiningEvent),
    /// The ids that were asked for.
    Minted(Vec<OrderId>),
    /// The id that an act of authority was asked for.
    MintedDeed(OrderId),
    /// The ids of an emergency's orders.
    MintedShed(Vec<OrderId>),
    /// An order could not be handed to its link.
    NotSent(OrderId),
    /// The journal stands open, or why it does not.
    JournalOpened(Result<Box<journal::Opened>, Arc<str>>),
    /// What became of entries.
    Journalled {
        /// The number that [`Effect::Journal`] bore.
        ticket: u64,
        /// They are durable, or why not.
        outcome: Result<Box<journal::Recorded>, Box<journal::Unrecorded>>,
    },
    /// How the history stands, whenever that changes.
    HistoryStands(Result<history::Opened, Arc<str>>),
    /// What was asked of the history.
    HistoryAnswer {
        /// The number that [`Effect::HistoryAsk`] bore.
        ticket: u64,
        /// In the order of the questions, or why there are none.
        answers: Result<Vec<crate::domain::history::Answer>, Arc<str>>,
    },
    /// What was asked to be added up.
    HistorySums {
        /// The number that [`Effect::HistorySum`] bore.
        ticket: u64,
        /// In the order of the questions, or why there are none.
        sums: Result<Vec<crate::domain::history::Integral>, Arc<str>>,
    },
    /// A statement bears its signatures, or why it can't.
    HandoverSigned(Result<Box<crate::domain::handover::Signed>, Arc<str>>),
    /// The file that a handover was written to, or why it was not.
    HandoverWritten(Result<Arc<str>, Arc<str>>),
    /// This machine's clock, as anybody may set it, is so many ms ahead of the steady one that all else here goes by.
    OwnClock(i64),
    /// Someone outside wants us to end (a signal).
    Terminate,
}

/// What shall happen outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Over that feed's link.
    Send(FeedId, Request),
    /// Make so many order ids.
    Mint {
        /// How many.
        count: usize,
    },
    /// Make the id of an act of authority.
    MintDeed,
    /// Make so many ids for the orders of an emergency.
    MintShed {
        /// How many.
        count: usize,
    },
    /// Into the journal, all or none; answered by [`Msg::Journalled`], in the order of the tickets.
    Journal {
        /// Names the answer.
        ticket: u64,
        /// What happened.
        entries: Vec<crate::domain::journal::Entry>,
    },
    /// Open the history of this nation, in place of any other; answered by [`Msg::HistoryStands`].
    HistoryOpen(crate::domain::history::Book),
    /// Keep what is shown at this second. Nobody waits for it.
    HistoryTake(Timestamp, Vec<crate::domain::history::Sample>),
    /// Questions to the history; answered by [`Msg::HistoryAnswer`].
    HistoryAsk {
        /// Names the answer.
        ticket: u64,
        /// What is asked.
        asks: Vec<crate::domain::history::Ask>,
    },
    /// Series to be added up over a time; answered by [`Msg::HistorySums`].
    HistorySum {
        /// Names the answer.
        ticket: u64,
        /// Which, from when, until when.
        of: Vec<(crate::domain::history::Series, Timestamp, Timestamp)>,
    },
    /// Sign this; who takes over has the key file of this number. Answered by [`Msg::HandoverSigned`].
    HandoverSign(Box<crate::domain::handover::Statement>, Option<usize>),
    /// Write this into a file, with the row that it stands in; answered by [`Msg::HandoverWritten`].
    HandoverWrite(
        Box<crate::domain::handover::Signed>,
        crate::domain::journal::Head,
    ),
    /// Throw away keys that are waiting.
    DropInput,
    /// To the clipboard (OSC 52).
    Copy(String),
    /// To this machine's engine.
    Engine(EngineRequest),
    /// Call a person: the terminal's bell and a notification (OSC 9) with this sentence.
    Alert(String),
    /// Wear the next theme.
    NextTheme,
    /// Draw everything anew.
    Redraw,
    /// To the shell until `fg`.
    Suspend,
    /// End.
    Quit,
}

/// What a person wants of this machine's engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineRequest {
    /// Stop hashing.
    Pause,
    /// Go on.
    Resume,
    /// With so many threads.
    Threads(usize),
    /// With the next of the kernels that this machine can run; after the last the first.
    NextKernel,
}

/// What lies over the screen, beside the curtail dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// This screen's keys.
    Help {
        /// The first line shown, from 0.
        from: usize,
    },
    /// Five lines for whoever sits here for the first time.
    Tour,
    /// A filter is being typed.
    Filter,
    /// An action is being looked for.
    Palette,
    /// Orders are under way: really quit?
    QuitAsk,
}

/// All that the console knows.
#[derive(Debug, Clone)]
pub struct State {
    /// Now, by this machine's clock.
    pub now: Timestamp,
    /// When ages and totals were last judged.
    pub judged_at: Timestamp,
    /// Something came since then that ages and totals may depend on.
    pub unjudged: bool,
    /// When the first value that was fresh then will be stale, where nothing more comes.
    pub stale_from: Option<Timestamp>,
    /// By how many ms this machine's clock has been set since the console started.
    pub own_clock_ms: i64,
    /// When the console started.
    pub started: Timestamp,
    /// The terminal.
    pub size: Size,
    /// Who sits here.
    pub desk: Desk,
    /// It is the embedded demo nation.
    pub demo: bool,
    /// A solo miner's own machine: no feeds, and only the screens that have sense there.
    pub solo: bool,
    /// The nation's name, as the feeds have it.
    pub nation: Option<Arc<str>>,
    /// The feeds, in the order of the configuration.
    pub feeds: Vec<Feed>,
    /// All sites.
    pub fleet: Fleet,
    /// The grid.
    pub grid: grid::Grid,
    /// The Grid screen's axis of time.
    pub axis: axis::Axis,
    /// Accounts.
    pub reserve: BTreeMap<(FeedId, AccountId), Account>,
    /// What is stated beside the accounts: rates and inflow.
    pub holdings: holdings::Holdings,
    /// The bitcoin network, as each feed states it; [`chain::network`] says which is believed.
    pub networks: BTreeMap<FeedId, crate::domain::reserve::Network>,
    /// Alarms.
    pub alarms: BTreeMap<(FeedId, AlarmId), Alarm>,
    /// What this desk knows of alarms beside the alarms themselves.
    pub alarming: alarms::Alarming,
    /// Orders of this desk, oldest first.
    pub orders: Vec<Record>,
    /// What the Curtail screen knows beside this desk's orders.
    pub curtailing: waiting::Curtailing,
    /// Plans that were executed and wait for ids.
    pub minting: Vec<Plan>,
    /// Acts of authority: what is asked, and what is not answered yet.
    pub deeds: deeds::Deeds,
    /// What waits for a second person.
    pub second: second::Second,
    /// A note that is being typed for the journal.
    pub remark: Option<remark::Remark>,
    /// By how much power the system answers to a hertz; none where the desk does not know.
    pub response: Option<Power>,
    /// The emergency shed: its limits, what is asked, and what runs.
    pub emergency: emergency::Emergency,
    /// This machine's engine, where it runs.
    pub engine: Option<crate::domain::hashing::EngineStatus>,
    /// H/s of this machine, each second of the last 15 minutes.
    pub engine_trend: trend::Trend,
    /// Standalone mining, where it runs.
    pub mining: Option<mining::Mining>,
    /// Machine rows that were asked for.
    pub watch: Option<Watch>,
    /// The last page of them.
    pub machines: Option<MachinePage>,
    /// Where a person is.
    pub nav: Nav,
    /// Over the screen.
    pub overlay: Overlay,
    /// Which key stands for which action.
    pub keys: keymap::Keymap,
    /// What the palette remembers and what is typed into it.
    pub palette: palette::Palette,
    /// The curtail dialog.
    pub dialog: Option<curtail::Dialog>,
    /// Orders that are called back.
    pub cancelling: cancel::Cancelling,
    /// One sentence at the bottom, with the time it was said.
    pub said: Option<(Timestamp, notice::Notice)>,
    /// What happened at this desk, youngest last.
    pub notes: VecDeque<Note>,
    /// The journal, as this console sees it.
    pub journal: journal::Journal,
    /// The history, as this console sees it.
    pub history: history::History,
    /// The shift's handover.
    pub handover: handover::Handover,
    /// Whether this is recorded, or a recording.
    pub tape: tape::Tape,
}

/// Alarms of one feed that are kept.
pub const MAX_ALARMS: usize = 2_000;
/// Accounts of one feed that are kept.
pub const MAX_FEED_ACCOUNTS: usize = 5_000;
/// Accounts that are kept in all; each feed has its share, so that none crowds another's out.
pub const MAX_ACCOUNTS: usize = 20_000;

impl State {
    /// A console that has heard nothing yet.
    pub fn new(desk: Desk, feeds: Vec<Feed>, size: Size, now: Timestamp) -> Self {
        Self {
            now,
            judged_at: now,
            unjudged: true,
            stale_from: None,
            own_clock_ms: 0,
            started: now,
            size,
            desk,
            demo: false,
            solo: false,
            nation: None,
            feeds,
            fleet: Fleet::default(),
            grid: grid::Grid::default(),
            axis: axis::Axis::default(),
            reserve: BTreeMap::new(),
            holdings: holdings::Holdings::default(),
            networks: BTreeMap::new(),
            alarms: BTreeMap::new(),
            alarming: alarms::Alarming::default(),
            orders: Vec::new(),
            curtailing: waiting::Curtailing::default(),
            minting: Vec::new(),
            deeds: deeds::Deeds::default(),
            second: second::Second::default(),
            remark: None,
            response: None,
            emergency: emergency::Emergency::default(),
            engine: None,
            engine_trend: trend::Trend::new(std::time::Duration::from_secs(1), 900),
            mining: None,
            watch: None,
            machines: None,
            nav: Nav::default(),
            overlay: Overlay::None,
            keys: keymap::Keymap::default(),
            palette: palette::Palette::default(),
            dialog: None,
            cancelling: cancel::Cancelling::default(),
            said: None,
            notes: VecDeque::new(),
            journal: journal::Journal::default(),
            history: history::History::default(),
            handover: handover::Handover::default(),
            tape: tape::Tape::None,
        }
    }

    /// A solo miner's console: no feeds, the Engine screen first.
    pub fn solo(desk: Desk, size: Size, now: Timestamp) -> Self {
        let mut state = Self::new(desk, Vec::new(), size, now);
        state.solo = true;
        state.nav.screen = Screen::Engine;
        state.mining = Some(mining::Mining::default());
        state
    }

    /// The screen that it starts on, and that `q` leaves the program from.
    pub fn home(&self) -> Screen {
        if self.solo {
            Screen::Engine
        } else {
            Screen::Nation
        }
    }

    /// Is that screen to be had here?
    pub fn has(&self, screen: Screen) -> bool {
        !self.solo || matches!(screen, Screen::Engine | Screen::Journal)
    }

    /// A feed by its id.
    pub fn feed(&self, id: FeedId) -> Option<&Feed> {
        self.feeds.iter().find(|f| f.id == id)
    }

    /// Is anything on the screen simulated? Then the word stands on every screen.
    pub fn is_simulated(&self) -> bool {
        self.demo || self.feeds.iter().any(Feed::is_simulated)
    }

    /// The realm that the nation's totals speak of: real sites where there are any, else simulated ones.
    pub fn realm(&self) -> Realm {
        if curtail::has_realm(self, Realm::Real) {
            Realm::Real
        } else {
            Realm::Simulated
        }
    }

    /// The nation's totals.
    pub fn totals(&self) -> summary::Totals {
        summary::totals(&self.fleet, self.realm())
    }

    /// The site that the Site screen shows.
    pub fn site_shown(&self) -> Option<&SiteView> {
        match &self.nav.site {
            Some(id) => self.fleet.sites.get(id),
            None => None,
        }
    }

    /// The machine page of the hall shown, where it has come.
    pub fn machines_shown(&self) -> Option<&MachinePage> {
        let (Depth::Machines { hall, .. } | Depth::Machine { hall, .. }) = &self.nav.depth else {
            return None;
        };
        let site = self.nav.site.as_ref()?;
        let page = self.watch.as_ref().map(|watch| watch.page);
        self.machines
            .as_ref()
            .filter(|m| m.site == *site && m.hall == *hall && Some(m.page) == page)
    }

    /// Does what is shown change with the second at most, as long as nothing comes? While something is asked, armed or
    /// under way it may change sooner.
    pub fn is_at_rest(&self) -> bool {
        self.overlay == Overlay::None
            && !self.asks()
            && self.emergency.run.is_none()
            && self.engine.as_ref().is_none_or(|engine| engine.idle)
            && orders::under_way(self).next().is_none()
    }

    /// Is something asked of the person?
    pub fn asks(&self) -> bool {
        self.dialog.is_some()
            || self.cancelling.prompt.is_some()
            || self.deeds.prompt.is_some()
            || self.alarming.prompt.is_some()
            || self.second.view.is_some()
            || self.handover.view.is_some()
            || self.remark.is_some()
            || self.emergency.prompt.is_some()
    }

    /// Is what is asked so new that nobody can have read it yet?
    pub fn is_deaf(&self) -> bool {
        let now = self.now;
        let deaf = [
            self.emergency.prompt.as_ref().map(|it| it.is_deaf(now)),
            self.dialog.as_ref().map(|it| it.is_deaf(now)),
            self.cancelling.prompt.as_ref().map(|it| it.is_deaf(now)),
            self.second.view.as_ref().map(|it| it.is_deaf(now)),
            self.handover.view.as_ref().map(|it| it.is_deaf(now)),
        ];
        deaf.contains(&Some(true))
    }

    /// Is the table shown frozen?
    pub fn is_frozen(&self) -> bool {
        self.nav.nation.frozen.is_some()
            || self.nav.halls.frozen.is_some()
            || self.nav.blocks.frozen.is_some()
    }

    /// Alarms not acknowledged, by priority 1 to 4; a flood is one.
    pub fn alarm_counts(&self) -> [usize; 4] {
        alarms::list::counts(self).0
    }

    /// Ids of the feeds that are live.
    pub fn live(&self) -> BTreeSet<FeedId> {
        self.feeds
            .iter()
            .filter(|f| f.is_live())
            .map(|f| f.id)
            .collect()
    }

    /// Says one sentence at the bottom of the screen.
    pub fn say(&mut self, sentence: impl Into<notice::Notice>) {
        self.said = Some((self.now, sentence.into()));
    }

    /// Notes what happened.
    pub fn note(&mut self, note: Note) {
        if self.notes.len() == notes::KEPT {
            // A feed that errs a thousand times must not push out what was ordered.
            let oldest = self
                .notes
                .iter()
                .position(|n| n.about == notes::About::Link);
            self.notes.remove(oldest.unwrap_or(0));
        }
        self.notes.push_back(Note {
            at: self.now,
            ..note
        });
    }
}
