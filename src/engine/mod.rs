//! The hashing: headers, kernels, workers and the meter of what they do.
//!
//! Invariant: no header is hashed twice for one job, every hash that is counted was computed, and a kernel's word is
//! never taken for a find: each candidate is hashed again by plain code and held against the full target. This is
//! the only room with `unsafe`, and in it one file an instruction set, beside the calls that set a thread's priority and
//! read its clock.

pub mod chain;
pub mod clock;
pub mod hash;
pub mod header;
pub mod job;
pub mod kernel;
pub mod meter;
pub mod priority;
mod sensors;
mod sha;
pub mod space;
pub mod target;
pub mod worker;

pub use worker::{Engine, Find, Options};
