//! Both ends of a session without a socket: text and the time go in, text and events come out.
//!
//! Invariant: a topic's items are given on only in the order of their numbers, complete, and as of a known place in
//! the server's life; otherwise the topic is marked as a gap until a snapshot closes it.

pub mod backoff;
pub mod client;
mod pace;
pub mod server;
mod skew;

pub use backoff::Backoff;
pub use client::Client;
pub use skew::Skew;
