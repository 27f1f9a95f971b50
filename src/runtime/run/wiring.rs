//! What the loop is joined to: feeds, engine, journal, mining, themes, history, handover, a recording.

use tokio::sync::mpsc;

use crate::app::{EngineRequest, Msg};
use crate::domain::hashing::EngineStatus;
use crate::domain::ids::FeedId;
use crate::domain::journal::Entry;
use crate::domain::link::{FeedEvent, Request};
use crate::domain::mining::MiningStatus;
use crate::domain::time::Timestamp;
use crate::runtime::handover::HandoverWiring;
use crate::runtime::history::HistoryWiring;
use crate::runtime::tape::{Deck, Recording};
use crate::runtime::themes::ThemesWiring;

/// What the loop is joined to.
pub struct Wiring {
    /// Hands a request to a feed's link at once; false where the link can't take it.
    pub send: Box<dyn FnMut(FeedId, Request) -> bool>,
    /// What the feeds say.
    pub events: mpsc::Receiver<(FeedId, FeedEvent)>,
    /// This machine's engine.
    pub engine: Option<EngineWiring>,
    /// The journal.
    pub journal: Option<JournalWiring>,
    /// Standalone mining.
    pub mining: Option<MiningWiring>,
    /// Other themes.
    pub themes: Option<ThemesWiring>,
    /// The history of figures.
    pub history: Option<HistoryWiring>,
    /// Who signs and writes handovers.
    pub handover: Option<HandoverWiring>,
    /// All that the console hears goes into this, too.
    pub recording: Option<Recording>,
    /// What is shown is a recording: keys are its, and nothing leaves.
    pub deck: Option<Deck>,
}

/// The journal, as the loop needs it.
pub struct JournalWiring {
    /// Sends entries on their way at once; the number comes back with the answer.
    pub append: Box<dyn FnMut(u64, Vec<Entry>)>,
    /// What it says: [`Msg::JournalOpened`], and one [`Msg::Journalled`] for each append, in order.
    pub news: mpsc::UnboundedReceiver<Msg>,
}

/// Standalone mining, as the loop needs it.
pub struct MiningWiring {
    /// How it stands.
    pub status: Box<dyn FnMut() -> MiningStatus>,
    /// What happens in it ([`Msg::MiningEvent`]), and its end ([`Msg::Terminate`]).
    pub news: mpsc::Receiver<Msg>,
}

/// This machine's engine, as the loop needs it.
pub struct EngineWiring {
    /// How it does.
    pub status: Box<dyn FnMut(Timestamp) -> EngineStatus>,
    /// What a person wants of it.
    pub request: Box<dyn FnMut(EngineRequest)>,
}
