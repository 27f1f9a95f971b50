//! Whether what is heard here is recorded, or what is shown is a recording: the marks of both, and how far a replay is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::actions::{ACTIONS, Action, Danger};
use super::key::Key;
use super::nav::Nav;
use super::notice::Notice;
use super::{Overlay, Size, State, update};
use crate::domain::time::Timestamp;

/// What this console has to do with recordings.
#[derive(Debug, Clone, Default)]
pub enum Tape {
    /// Nothing.
    #[default]
    None,
    /// All that it hears is being recorded.
    Recording,
    /// It shows a recording.
    Replay(Box<Replay>),
}

/// How a recording ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The console was closed.
    Closed,
    /// The recording had reached its limit, bytes.
    Full(u64),
    /// The disk was slower than what was to be recorded.
    Behind,
    /// It could not be written, in one sentence.
    Failed(String),
    /// Its last line is not whole: the console was killed.
    Cut,
    /// The line of this number can't be read, and why.
    Unread(u64, String),
}

/// Whose eyes a replay is seen with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The operator's: the recorded keys move the screen.
    #[default]
    Follow,
    /// The viewer's: their own keys move the screen.
    Look,
}

/// How a replay goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At its speed.
    Playing,
    /// Not.
    Paused,
    /// To another place: so much of the way is done, percent.
    Seeking(u8),
    /// It is at its end.
    Over,
}

/// A replay as it stands.
#[derive(Debug, Clone)]
pub struct Replay {
    /// How far from the recording's beginning.
    pub at: Duration,
    /// How long the recording is.
    pub length: Duration,
    /// When it was begun, by the clock of the console that was recorded.
    pub began: Timestamp,
    /// How many times faster it plays.
    pub speed: f64,
    /// How it goes on.
    pub pace: Pace,
    /// Whose eyes.
    pub mode: Mode,
    /// The last key of the operator, where that was not long ago.
    pub key: Option<Key>,
    /// The terminal that it was recorded on, as it was then, where what is drawn has another size.
    pub size: Option<Size>,
    /// How the recording ends, once it is there.
    pub end: Option<End>,
    /// Said to the viewer.
    pub said: Option<Notice>,
}

impl Tape {
    /// The replay that this is.
    pub fn replay(&self) -> Option<&Replay> {
        match self {
            Self::Replay(replay) => Some(replay),
            Self::None | Self::Recording => None,
        }
    }
}

/// What a key may do in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Nothing is on it.
    Nothing,
    /// It moves the viewer's own screen.
    Look,
    /// It would order, change or send something.
    Inert,
}

/// What a key may do, on this screen and with the recorded desk's keys.
pub fn use_of(state: &State, nav: &Nav, key: Key) -> Use {
    let Some(action) = state.keys.action(key, nav.screen, state.solo) else {
        let g = key == Key::char('g') && state.keys.has_double_g();
        return if g { Use::Look } else { Use::Nothing };
    };
    let harmless = ACTIONS
        .iter()
        .any(|spec| spec.action == action && spec.danger == Danger::None);
    match action {
        Action::Copy
        | Action::HandOver
        | Action::WriteNote
        | Action::PauseEngine
        | Action::MoreThreads
        | Action::FewerThreads
        | Action::NextKernel
        | Action::SecondPerson => Use::Inert,
        Action::Quit
        | Action::Leave
        | Action::Suspend
        | Action::Redraw
        | Action::NextTheme
        | Action::Palette => Use::Nothing,
        _ if harmless => Use::Look,
        _ => Use::Inert,
    }
}

/// Where a viewer is, apart from the operator.
#[derive(Debug, Clone, Default)]
pub struct Viewer {
    nav: Nav,
    overlay: Overlay,
    view: super::alarms::list::View,
    axis: super::axis::Axis,
    pane: super::holdings::Pane,
    curtailing: super::waiting::View,
}

impl Viewer {
    /// One who begins where the operator is.
    pub fn beside(state: &State) -> Self {
        Self {
            nav: Nav {
                g_pending: false,
                ..state.nav.clone()
            },
            overlay: Overlay::None,
            view: state.alarming.view,
            axis: state.axis.clone(),
            pane: state.holdings.pane,
            curtailing: state.curtailing.view,
        }
    }

    /// Do keys go to what lies over their screen, whatever they are?
    pub fn types(&self) -> bool {
        matches!(self.overlay, Overlay::Filter | Overlay::Help { .. })
    }

    /// Where they are.
    pub fn nav(&self) -> &Nav {
        &self.nav
    }

    /// All that is known, as they see it: nothing of what the operator has open, and their own way through the screens.
    pub fn state(&self, truth: &State, size: Size) -> State {
        let mut own = truth.clone();
        own.nav.clone_from(&self.nav);
        own.overlay = self.overlay;
        own.alarming.view = self.view;
        own.axis = self.axis.clone();
        own.holdings.pane = self.pane;
        own.curtailing.view = self.curtailing;
        own.size = size;
        own.dialog = None;
        own.cancelling.prompt = None;
        own.remark = None;
        own.deeds.prompt = None;
        own.alarming.prompt = None;
        own.second.view = None;
        own.emergency.prompt = None;
        own.handover.view = None;
        own.said = None;
        own
    }

    /// A key of theirs. What it would have made happen outside is dropped. Gives what was said.
    pub fn key(&mut self, truth: &State, size: Size, key: Key) -> Option<Notice> {
        let mut own = self.state(truth, size);
        // Nothing asks for what the recording does not hold.
        own.emergency.run = None;
        drop(update(&mut own, super::Msg::Key(key)));
        self.nav = own.nav;
        self.view = own.alarming.view;
        self.axis = own.axis;
        self.pane = own.holdings.pane;
        self.curtailing = own.curtailing.view;
        self.overlay = match own.overlay {
            Overlay::Filter => Overlay::Filter,
            Overlay::Help { from } => Overlay::Help { from },
            Overlay::None | Overlay::Tour | Overlay::QuitAsk | Overlay::Palette => Overlay::None,
        };
        own.said.map(|(_, notice)| notice)
    }
}
