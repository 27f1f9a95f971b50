//! Mining on pools, with the real engine: a pool of our own that judges for itself, and a real one.
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a test binary has no readers of its documentation"
)]

mod failover;
mod flapping;
mod hostile;
mod judge;
mod miner;
mod real;
mod scripted;
