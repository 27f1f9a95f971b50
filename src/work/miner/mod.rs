//! The miner: between the source that gives work, the engine that hashes it, and the records.
//!
//! Invariant: what the engine hashes is the last work that the source gave, or nothing; a find goes to its source (which
//! puts a block on disk) before anything else learns of it; counts are of real chain work only. A person's pause is the
//! engine's own and stays, whatever work comes.

mod core;
mod drive;

pub use core::{Do, Judge, Miner, SHOWN_BLOCKS};
pub use drive::{Clock, Ended, Mining, Setup};

#[cfg(test)]
mod tests;
