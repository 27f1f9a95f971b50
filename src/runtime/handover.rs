//! Who signs and writes handovers, as the loop needs them.

use tokio::sync::mpsc;

use crate::app::{Effect, Msg};

/// Joins the loop to what signs. The loop never waits for it: a passphrase takes its time, and so may a disk.
pub struct HandoverWiring {
    /// Carries out [`Effect::HandoverSign`] and [`Effect::HandoverWrite`].
    pub execute: Box<dyn FnMut(Effect)>,
    /// [`Msg::HandoverSigned`] and [`Msg::HandoverWritten`], one for each.
    pub news: mpsc::UnboundedReceiver<Msg>,
}
