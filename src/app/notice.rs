//! The one sentence at the bottom of the screen, typed: `ui` says it in the language of the screen. What the program
//! itself tells outside of the screen (an alert, a test) is its English.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::nav::Screen;
use super::tape::End;

/// What is said.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A sentence as it stands: another's words, or one that has no message yet.
    Words,
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
    /// Nothing here can be marked.
    NoMarks,
    /// So many sites of all were marked.
    Marked {
        /// Marked.
        sites: usize,
        /// All there are.
        of: usize,
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
    /// The recording has ended by itself, and how.
    RecordingEnded(End),
    /// This is a recording: whatever is pressed, nothing leaves.
    ReplayInert,
    /// The screen moves by the recorded keys: how to move it oneself.
    ReplayLook,
    /// The keys of a replay.
    ReplayKeys,
}

impl What {
    fn english(&self) -> String {
        let at = |height: &Option<u32>| height.map_or_else(String::new, |at| format!(" {at}"));
        match self {
            Self::Words => String::new(),
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
            Self::NoMarks => "marks are for sites and blocks".to_owned(),
            Self::Marked { sites, of } => format!("{sites} of {of} sites marked"),
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

impl From<&Arc<str>> for Notice {
    fn from(sentence: &Arc<str>) -> Self {
        Self::from(&**sentence)
    }
}
