//! The one `select!`: signals and input first, then messages; executes effects; draws when dirty.
//!
//! Invariant: nothing here waits for a feed, a disk or the terminal. A key is answered from the state as it is; frames
//! are written by a thread of their own; whatever ends the loop, the terminal is given back.

mod aside;
pub mod clock;
mod drain;
pub mod handover;
pub mod history;
mod keyboard;
mod keys;
pub mod paint;
pub mod print;
pub mod run;
mod sgr;
mod signals;
pub mod tape;
pub mod terminal;
pub mod themes;
