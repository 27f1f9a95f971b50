//! The history, as the loop needs it.

use tokio::sync::mpsc;

use crate::app::{Effect, Msg};

/// Joins the loop to the history's thread. The loop never waits for it.
pub struct HistoryWiring {
    /// Carries out [`Effect::HistoryOpen`], [`Effect::HistoryTake`], [`Effect::HistoryAsk`] and
    /// [`Effect::HistorySum`], at once.
    pub execute: Box<dyn FnMut(Effect)>,
    /// What it says: [`Msg::HistoryStands`] and one [`Msg::HistoryAnswer`] for each question. It must not end before the
    /// loop: whoever joins the two keeps a sender.
    pub news: mpsc::UnboundedReceiver<Msg>,
}
