//! The wire: protocol (JSON), session (sans-IO), socket (websocket).
//!
//! Invariant: what leaves this room towards the console is bounded, corrected to the console's own clock, and either
//! complete and in order or marked as a gap; what leaves it towards a gateway was asked for by the console, once.

pub mod protocol;
pub mod session;
pub mod socket;
