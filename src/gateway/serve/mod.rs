//! Puts a gateway on websockets: one hub that owns it, any number of listeners before it.
//!
//! Invariant: the gateway is touched by one task only; each update is encoded once; a client that does not read costs
//! a bounded amount and holds up nobody.

mod client;
mod hub;
mod listen;
mod log;
mod long;
mod places;
mod turns;

pub use hub::{Hub, HubOptions};
pub use listen::{ServeOptions, serve, serve_changing};
