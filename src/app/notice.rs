//! The one sentence at the bottom of the screen, typed: `ui` says it in the language of the screen. What the program
//! itself tells outside of the screen (an alert, a test) is its English.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::nav::Screen;
use super::spec::Where;
use super::tape::End;
use crate::domain::sentence::{Sentence, told};

/// What has become of a cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancel {
    /// It has left, and its gateway has not answered.
    Sent,
    /// Whether it came is not known.
    Unknown,
    /// Blocks were called back.
    Done {
        /// How many.
        back: usize,
        /// How many had begun, and go on or are there.
        on: usize,
    },
    /// All of it had begun.
    TooLate,
    /// It did not come: nothing was called back.
    NotThere,
    /// The gateway refuses it, in its own words.
    Refused(Sentence),
}

/// What is said.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A sentence as it stands: another's words, or one that has no message yet.
    Words,
    /// The desk of this config file was opened, which nobody named.
    Opened(Arc<str>),
    /// A sentence of ours, or a gateway's.
    Said(Sentence),
    /// The row's name is in the clipboard.
    Copied,
    /// A block's hash is in the clipboard.
    HashCopied,
    /// There is no block whose hash could be copied.
    NoBlock,
    /// Standalone mining has no such screen.
    NoScreen {
        /// The one asked for.
        screen: Screen,
        /// The key of Engine.
        engine: String,
        /// The key of Journal.
        journal: String,
    },
    /// No feeds disagree.
    NoDispute,
    /// Nothing here can be marked.
    NoMarks,
    /// All rows that the filter shows were marked.
    MarkedAll {
        /// Marked.
        n: usize,
        /// All there are in the nation or the site.
        of: usize,
        /// Rows are sites; else blocks.
        sites: bool,
    },
    /// A part of the filter is not understood, so nothing is marked by it.
    FilterWrong,
    /// The action is for these screens.
    WorksOn(Where),
    /// The map of racks shows machines: open a hall's first.
    OnlyOfMachines,
    /// The map of racks is not shown.
    NoRackMap {
        /// The key that shows it.
        key: String,
    },
    /// This table can't be frozen.
    NoFreeze,
    /// There is no engine.
    NoEngine,
    /// The console may only look.
    ReadOnly,
    /// The console may only look, so nothing can be ordered.
    ReadOnlyOrders,
    /// Nothing can be ordered from a frozen table.
    Frozen,
    /// Nothing is chosen to be ordered.
    NothingChosen,
    /// The journal can be written again.
    JournalAgain,
    /// The journal can't be written, for this reason.
    NoOrdersLeave(Arc<str>),
    /// A share better than all before, by its difficulty.
    BestShare(f64),
    /// A block was found here, at this height where it is known.
    BlockFound(Option<u32>),
    /// It is in the chain.
    BlockInChain(Option<u32>),
    /// Pasted text is no command.
    NoPaste,
    /// The history can be kept again.
    HistoryAgain,
    /// One emergency at a time.
    ShedRuns,
    /// Keys were pressed before what they would answer could be read.
    TooSoon,
    /// The emergency's prompt waited too long.
    ShedLapsed,
    /// A normal alarm can't be shelved.
    AlarmOver,
    /// The alarm is out of service.
    OutAlready,
    /// Out of service is an engineer's.
    EngineersOnly,
    /// A flood is not taken out of service at once.
    OneAlarm,
    /// No reason was typed.
    ReasonNeeded,
    /// The alarm was taken out of service.
    OutOfService,
    /// The alarm is back in service.
    BackInService,
    /// There is no journal for a note.
    NoJournalHere,
    /// No request of two persons is open.
    NothingWaits,
    /// No order can be called back.
    NothingToCancel,
    /// Several orders can: one is to be chosen.
    ChooseOrder,
    /// No ids could be made.
    NoIds,
    /// No site is under the cursor.
    NoSite,
    /// Lockouts are hung on blocks.
    LockoutOnSite,
    /// No block is under the cursor.
    NoBlockChosen,
    /// A prompt waited too long.
    NotAnswered,
    /// The recording has ended by itself, and how.
    RecordingEnded(End),
    /// This is a recording: whatever is pressed, nothing leaves.
    ReplayInert,
    /// The screen moves by the recorded keys: how to move it oneself.
    ReplayLook,
    /// The keys of a replay.
    ReplayKeys,
}

/// The screens of an action, in their order.
pub fn on(screens: Where) -> impl Iterator<Item = Screen> {
    let all = Screen::ALL.into_iter();
    all.filter(move |screen| screens.holds(*screen))
}

impl Cancel {
    /// In one sentence.
    pub fn told(&self) -> Sentence {
        match self {
            Self::Sent => told!("own-cancel-sent", "cancel sent"),
            Self::Unknown => told!(
                "own-cancel-unknown",
                "whether the cancel came is not known: the order is asked for"
            ),
            Self::Done { back, on } => told!(
                "own-cancel-done",
                "called back: {back} never begin, {on} have begun",
                back = *back,
                on = *on
            ),
            Self::TooLate => told!(
                "own-cancel-too-late",
                "too late to cancel: all of it had begun"
            ),
            Self::NotThere => told!(
                "own-cancel-not-there",
                "the cancel did not come there: nothing was called back"
            ),
            Self::Refused(why) => told!(
                "own-cancel-refused",
                "not cancelled: {why}",
                why = why.clone()
            ),
        }
    }
}

impl What {
    #[allow(clippy::too_many_lines, reason = "one line a sentence")]
    fn english(&self) -> String {
        let at = |height: &Option<u32>| height.map_or_else(String::new, |at| format!(" {at}"));
        match self {
            Self::Words => String::new(),
            Self::Opened(file) => format!("the desk of {file}"),
            Self::Said(sentence) => sentence.to_string(),
            Self::Copied => "copied".to_owned(),
            Self::HashCopied => "the block's hash is copied".to_owned(),
            Self::NoBlock => "no block was found yet whose hash could be copied".to_owned(),
            Self::NoScreen {
                screen,
                engine,
                journal,
            } => {
                let name = screen.name();
                format!(
                    "no {name} screen without feeds: here are {engine} Engine and {journal} Journal"
                )
            }
            Self::NoDispute => "no feeds disagree: there is nothing to choose".to_owned(),
            Self::NoMarks => "marks are for sites and blocks".to_owned(),
            Self::MarkedAll { n, of, sites } => {
                let rows = if *sites { "sites" } else { "blocks" };
                format!("all matching: {n} of {of} {rows} marked")
            }
            Self::FilterWrong => {
                "nothing is marked: a part of the filter is not understood".to_owned()
            }
            Self::WorksOn(screens) => {
                let names: Vec<&str> = on(*screens).map(Screen::name).collect();
                format!("that works on: {}", names.join(", "))
            }
            Self::OnlyOfMachines => {
                "the map of racks shows machines: open a hall's first".to_owned()
            }
            Self::NoRackMap { key } => format!("no map is shown: {key} shows the racks"),
            Self::NoFreeze => "freeze works on sites, halls and blocks".to_owned(),
            Self::NoEngine => "no engine runs in this console".to_owned(),
            Self::ReadOnly => "this console may only look (--read-only)".to_owned(),
            Self::ReadOnlyOrders => {
                "this console may only look (--read-only): no orders leave it".to_owned()
            }
            Self::Frozen => "frozen: press f to unfreeze before ordering".to_owned(),
            Self::NothingChosen => {
                "nothing is selected: put the cursor on a site or mark some with space".to_owned()
            }
            Self::JournalAgain => "the journal is written again".to_owned(),
            Self::NoOrdersLeave(why) => format!("no orders leave: {why}"),
            Self::BestShare(difficulty) => {
                format!("best share of all time: difficulty {difficulty:.1}")
            }
            Self::BlockFound(height) => format!("block{} found", at(height)),
            Self::BlockInChain(height) => format!("block{} found here is in the chain", at(height)),
            Self::HistoryAgain => "history goes on".to_owned(),
            Self::ShedRuns => "an emergency shed is running: Esc twice stops it".to_owned(),
            Self::TooSoon => {
                "typed too soon, before this could be read: dropped; type it anew".to_owned()
            }
            Self::ShedLapsed => "nothing was shed: the word was not typed in 30 s".to_owned(),
            Self::AlarmOver => "the alarm is over: nothing to shelve".to_owned(),
            Self::OutAlready => "it is out of service already".to_owned(),
            Self::EngineersOnly => {
                "only an engineer takes alarms out of service (role in the config)".to_owned()
            }
            Self::OneAlarm => "one alarm at a time: Enter opens the flood".to_owned(),
            Self::ReasonNeeded => "a reason of a few words is needed".to_owned(),
            Self::OutOfService => {
                "out of service until somebody puts it back (v shows it)".to_owned()
            }
            Self::BackInService => "back in service".to_owned(),
            Self::NoJournalHere => "this console keeps no journal to note it in".to_owned(),
            Self::NothingWaits => "nothing waits for a second person".to_owned(),
            Self::NothingToCancel => "no order waits that could be called back".to_owned(),
            Self::ChooseOrder => "several orders are under way: put the cursor on one".to_owned(),
            Self::NoIds => "no ids for the orders: nothing was sent".to_owned(),
            Self::NoSite => "no site is chosen".to_owned(),
            Self::LockoutOnSite => {
                "a lockout is hung on the Site screen: Enter opens the site".to_owned()
            }
            Self::NoBlockChosen => "no block is chosen".to_owned(),
            Self::NotAnswered => "nothing was sent: the question was not answered".to_owned(),
            Self::NoPaste => "pasted text is not taken here: type it".to_owned(),
            Self::RecordingEnded(end) => match end {
                End::Full(limit) => format!(
                    "the recording has reached its {} MiB and stopped; the console goes on",
                    limit >> 20
                ),
                End::Failed(why) => {
                    format!("the recording stopped: {why}; the console goes on")
                }
                _ => "the recording stopped: the disk is too slow for it; the console goes on"
                    .to_owned(),
            },
            Self::ReplayInert => "a replay: nothing can be ordered, changed or sent".to_owned(),
            Self::ReplayLook => {
                "the recorded keys move this screen; Tab to look around yourself".to_owned()
            }
            Self::ReplayKeys => {
                "space pause  < > 10 s  [ ] 1 min  . , step  + - speed  Tab look  q quit".to_owned()
            }
        }
    }
}

/// What is said, with its English, as which it can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// What.
    pub what: What,
    english: String,
}

impl Deref for Notice {
    type Target = str;

    fn deref(&self) -> &str {
        &self.english
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

impl From<What> for Notice {
    fn from(what: What) -> Self {
        let english = what.english();
        Self { what, english }
    }
}

impl From<&str> for Notice {
    fn from(sentence: &str) -> Self {
        Self {
            what: What::Words,
            english: sentence.to_owned(),
        }
    }
}

impl From<&String> for Notice {
    fn from(sentence: &String) -> Self {
        Self::from(sentence.as_str())
    }
}

impl From<Sentence> for Notice {
    fn from(sentence: Sentence) -> Self {
        What::Said(sentence).into()
    }
}

impl From<&Arc<str>> for Notice {
    fn from(sentence: &Arc<str>) -> Self {
        Self::from(&**sentence)
    }
}
